package engine

import (
	"bufio"
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"sync"

	"github.com/duckdb/duckdb-go/v2"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/nice"
)

// sqlProcess is a running process that parses and runs SQL: see [ServeSQL].
type sqlProcess struct {
	command *exec.Cmd
	in      io.WriteCloser
	encoder *gob.Encoder
	decoder *gob.Decoder
	end     sync.Once
}

// sqlProcesses starts processes, and keeps one that has parsed only for whoever comes next.
type sqlProcesses struct {
	command []string
	idle    chan *sqlProcess
}

func newSQLProcesses(command []string) *sqlProcesses {
	return &sqlProcesses{command: command, idle: make(chan *sqlProcess, 1)}
}

// take returns a process, ready.
func (p *sqlProcesses) take() (*sqlProcess, error) {
	select {
	case process := <-p.idle:
		return process, nil
	default:
	}
	if len(p.command) == 0 {
		return nil, fault.New(fault.Unavailable, "sql_absent", i18n.T("Les requêtes SQL ne sont pas proposées ici.", "SQL queries are not offered here."))
	}
	process := &sqlProcess{command: exec.Command(p.command[0], p.command[1:]...)}
	process.command.Env = []string{} // nothing of ours: a statement that reached the environment would find none
	var err error
	if process.in, err = process.command.StdinPipe(); err != nil {
		return nil, fmt.Errorf("engine: sql process: %w", err)
	}
	out, err := process.command.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("engine: sql process: %w", err)
	}
	nice.RunLast(func() { err = process.command.Start() }) // people at the console give way to everybody else, as all that this thread starts
	if err != nil {
		return nil, fmt.Errorf("engine: sql process: %w", err)
	}
	process.encoder, process.decoder = gob.NewEncoder(process.in), gob.NewDecoder(bufio.NewReaderSize(out, 64<<10))
	return process, nil
}

// give keeps a process that did nothing but parse for later.
func (p *sqlProcesses) give(process *sqlProcess) {
	select {
	case p.idle <- process:
	default:
		process.stop()
	}
}

func (p *sqlProcesses) close() {
	for {
		select {
		case process := <-p.idle:
			process.stop()
		default:
			return
		}
	}
}

// stop ends the process, wherever it is, and waits for its end.
func (p *sqlProcess) stop() {
	p.end.Do(func() {
		_ = p.command.Process.Kill() // it may be over already
		_ = p.command.Wait()         // it was killed: the status says so and nothing else
	})
}

// ask sends a request and returns the first part of the answer. The process ends with ctx.
func (p *sqlProcess) ask(ctx context.Context, request sqlRequest) (sqlAnswer, error) {
	stop := context.AfterFunc(ctx, p.stop)
	defer stop()
	if err := p.encoder.Encode(request); err != nil {
		return sqlAnswer{}, p.lost(ctx)
	}
	return p.next(ctx)
}

// next returns the next part of an answer.
func (p *sqlProcess) next(ctx context.Context) (sqlAnswer, error) {
	var answer sqlAnswer
	if err := p.decoder.Decode(&answer); err != nil {
		return sqlAnswer{}, p.lost(ctx)
	}
	if f := answer.Failure; f != nil {
		if !f.Database {
			return answer, fmt.Errorf("engine: sql process: %w", errors.New(f.Text))
		}
		return answer, &duckdb.Error{Type: duckdb.ErrorType(f.Kind), Msg: f.Text}
	}
	return answer, nil
}

// errSQLLost says that the process ended before its answer did: it took too much memory, or the database broke.
var errSQLLost = errors.New("engine: the sql process ended")

func (p *sqlProcess) lost(ctx context.Context) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return errSQLLost
}

// about asks a process a question about a text: its tree, or the text of a tree.
func (p *sqlProcess) about(ctx context.Context, request sqlRequest) (string, error) {
	answer, err := p.ask(ctx, request)
	return answer.Text, err
}

// rows reads the data of an answer as one stream.
type sqlRows struct {
	ctx     context.Context
	process *sqlProcess
	rest    []byte
	end     error
}

func (r *sqlRows) Read(b []byte) (int, error) {
	for len(r.rest) == 0 {
		if r.end != nil {
			return 0, r.end
		}
		answer, err := r.process.next(r.ctx)
		switch {
		case err != nil:
			r.end = err
		case answer.End:
			r.end = io.EOF
		}
		r.rest = answer.Data
	}
	n := copy(b, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}
