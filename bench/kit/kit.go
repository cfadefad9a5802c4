// Package kit is what the benchmarks share: the file that they all read, a Socle server of their own, clients that ask as fast as
// they are answered, and tables.
package kit

import (
	"bufio"
	"compress/gzip"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"socle/internal/demo"
)

// compressedRows are those of a file from which it is compressed, for the disk.
const compressedRows = 50_000_000

// File writes the file of the benchmarks, of 15 columns, once, and keeps it for the next run. It returns its path. A very large one is compressed.
func File(dir string, rows int) (string, error) {
	path := filepath.Join(dir, fmt.Sprintf("bench-%d.csv", rows))
	if rows >= compressedRows {
		path += ".gz"
	}
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	f, err := os.Create(path + ".part")
	if err != nil {
		return "", err
	}
	defer f.Close()
	if rows >= compressedRows {
		err = writeCompressed(f, rows)
	} else {
		err = demo.WriteBenchCSV(f, rows)
	}
	if err != nil {
		return "", err
	}
	return path, os.Rename(path+".part", path)
}

func writeCompressed(w io.Writer, rows int) error {
	z, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		return err
	}
	buffered := bufio.NewWriterSize(z, 1<<20)
	return errors.Join(demo.WriteBenchCSV(buffered, rows), buffered.Flush(), z.Close())
}

// Head reads the first bytes of a file of the benchmarks, decompressed.
func Head(path string, bytes int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			return nil, err
		}
	}
	return io.ReadAll(io.LimitReader(r, bytes))
}

// Parquet returns the one Parquet file of a data folder's only dataset.
func Parquet(data string) (path string, err error) {
	err = filepath.WalkDir(data, func(p string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(p, ".parquet") && path == "" {
			path = p
		}
		return err
	})
	if err == nil && path == "" {
		err = fmt.Errorf("no Parquet file under %s", data)
	}
	return path, err
}

// Quote writes a text as SQL does.
func Quote(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// ReadAll reads every value of an answer, as a program that uses it would, and returns the number of rows.
func ReadAll(rows *sql.Rows) (n int64, err error) {
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return 0, err
	}
	values := make([]any, len(columns))
	for i := range values {
		values[i] = new(any)
	}
	for ; rows.Next(); n++ {
		if err := rows.Scan(values...); err != nil {
			return n, err
		}
	}
	return n, rows.Err()
}

// Median is the middle of some values, zero when there are none.
func Median[T int64 | time.Duration | float64](values []T) T {
	if len(values) == 0 {
		return 0
	}
	return slices.Sorted(slices.Values(values))[len(values)/2]
}

// FreeAddress is one where nobody listens.
func FreeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// Machine says when and on what a run was made, for the head of its tables.
func Machine() string {
	host, _ := os.Hostname()
	memory := "?"
	if text, err := os.ReadFile("/proc/meminfo"); err == nil {
		var kilobytes int64
		if _, err := fmt.Sscanf(string(text), "MemTotal: %d", &kilobytes); err == nil {
			memory = fmt.Sprintf("%.0f GB", float64(kilobytes)/1e6)
		}
	}
	return fmt.Sprintf("%s, %s, %d cores, %s of memory", time.Now().Format(time.DateOnly), host, runtime.NumCPU(), memory)
}

// Milliseconds writes a duration as the tables do.
func Milliseconds(d time.Duration) string {
	switch ms := float64(d.Microseconds()) / 1000; {
	case ms >= 10_000:
		return fmt.Sprintf("%.1f s", ms/1000)
	case ms >= 100:
		return fmt.Sprintf("%.0f ms", ms)
	case ms >= 10:
		return fmt.Sprintf("%.1f ms", ms)
	default:
		return fmt.Sprintf("%.2f ms", ms)
	}
}

// Publish runs `socle publish` into a folder.
func Publish(file, data, id string) error {
	command := exec.Command("bin/socle", "publish", file, "--data", data, "--id", id, "--title", "Bench", "--access", "open")
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("socle publish: %w: %s", err, output)
	}
	return nil
}

// Published publishes the file of the benchmarks into a data folder of its own, once, and returns the folder.
func Published(dir string, rows int) (data string, err error) {
	file, err := File(dir, rows)
	if err != nil {
		return "", err
	}
	data = filepath.Join(dir, fmt.Sprintf("data-%d", rows))
	if _, err := Parquet(data); err == nil {
		return data, nil
	}
	return data, Publish(file, data, "bench")
}
