package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// copyTo runs COPY (statement) TO a named pipe and gives w what comes out, in constant memory. It returns the
// number of rows. When w fails, the copy is interrupted and what remains in the pipe is thrown away: closing the
// pipe under DuckDB would raise SIGPIPE in one of its threads and end the process.
func (d *database) copyTo(ctx context.Context, s statement, options string, w io.Writer) (rows int64, err error) {
	folder, err := os.MkdirTemp(d.options.Scratch, "pipe-")
	if err != nil {
		return 0, fmt.Errorf("engine: %w", err)
	}
	defer os.RemoveAll(folder)
	path, err := filepath.Abs(filepath.Join(folder, "out"))
	if err != nil {
		return 0, fmt.Errorf("engine: %w", err)
	}
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		return 0, fmt.Errorf("engine: make a pipe: %w", err)
	}
	// Opened without blocking, then held open for writing too: the reader sees the end when the copy is over, whether
	// or not DuckDB ever opened its side.
	reader, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return 0, fmt.Errorf("engine: open the pipe: %w", err)
	}
	defer reader.Close()
	widen(reader)
	keeper, err := os.OpenFile(path, os.O_WRONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return 0, fmt.Errorf("engine: open the pipe: %w", err)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		if err := drain(w, reader); err != nil {
			cancel(err)
			io.Copy(io.Discard, reader)
		}
	}()
	result, err := d.db.ExecContext(ctx, "COPY ("+s.sql+") TO "+text(path)+" ("+options+", USE_TMP_FILE false)", s.args...)
	keeper.Close()
	<-drained
	if cause := context.Cause(ctx); cause != nil {
		var failed *writeError
		if errors.As(cause, &failed) {
			return 0, failed.err
		}
	}
	if err != nil {
		return 0, d.explain(ctx, err)
	}
	return affected(result)
}

// widePipe is how much a pipe holds: with the usual 64 kB, writer and reader wake each other a thousand times for a hundred megabytes.
const widePipe = 1 << 20

// widen gives a pipe more room, where the system lets it.
func widen(pipe *os.File) {
	if raw, err := pipe.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) { _, _ = unix.FcntlInt(fd, unix.F_SETPIPE_SZ, widePipe) })
	}
}

func affected(result sql.Result) (int64, error) {
	rows, err := result.RowsAffected()
	if err != nil {
		return 0, fmt.Errorf("engine: count the rows: %w", err)
	}
	return rows, nil
}

// writeError is a failure of who receives.
type writeError struct{ err error }

func (e *writeError) Error() string { return e.err.Error() }

// drain copies the pipe to w.
func drain(w io.Writer, r io.Reader) error {
	buffer := make([]byte, 256<<10)
	for {
		n, err := r.Read(buffer)
		if n > 0 {
			if _, werr := w.Write(buffer[:n]); werr != nil {
				return &writeError{werr}
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return &writeError{err}
		}
	}
}
