package engine

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/query"
	"socle/internal/query/sql"
	"socle/internal/schema"
)

// SQLLimits bound the SQL that people type. Zero values mean the defaults that each says.
type SQLLimits struct {
	MemoryLimit int64         // bytes of one statement; a quarter of the engine's, at most 2 GB
	Threads     int           // of one statement; half of the engine's
	Concurrency int           // statements at once, the others wait; half of the engine's threads, so that other questions keep the rest
	Timeout     time.Duration // of one statement; 20 s
	Wait        time.Duration // for a place; 20 s
	Worker      []string      // command that starts this program as a process for SQL: see [ServeSQL]; nil: no SQL here
}

func (l SQLLimits) complete(o Options) SQLLimits {
	if l.MemoryLimit <= 0 {
		l.MemoryLimit = min(o.MemoryLimit/4, 2_000_000_000)
	}
	if l.Threads <= 0 {
		l.Threads = max(o.Threads/2, 1)
	}
	if l.Concurrency <= 0 {
		l.Concurrency = max(o.Threads/2, 1)
	}
	if l.Timeout <= 0 {
		l.Timeout = 20 * time.Second
	}
	if l.Wait <= 0 {
		l.Wait = 20 * time.Second
	}
	return l
}

// A Relation is what a relation of a checked statement reads: a dataset as who asks may see it.
type Relation struct {
	Alias string      // the name that the checked statement gives it
	Plan  *query.Plan // every row and field that is seen, narrowed
	Whole bool        // nothing was narrowed
}

// ParseSQL checks a text that a person typed: see package sql. Its errors are faults; those about the text are [*sql.Error].
func (e *Engine) ParseSQL(ctx context.Context, text string) (*sql.Statement, error) {
	if err := sql.Prepare(text); err != nil {
		return nil, err
	}
	ctx, cancel := e.limitedSQL(ctx)
	defer cancel()
	process, err := e.processes.take()
	if err != nil {
		return nil, err
	}
	tree, err := process.about(ctx, sqlRequest{Parse: text})
	if err != nil {
		process.stop()
		return nil, e.explainSQL(ctx, &sql.Statement{Text: text}, err)
	}
	e.processes.give(process)
	return sql.Check(text, []byte(tree))
}

// print writes a checked statement with our names for relations, and makes sure that it reads back as what was checked.
func (p *sqlProcess) print(ctx context.Context, s *sql.Statement) (string, error) {
	tree, err := s.Tree()
	if err != nil {
		return "", err
	}
	text, err := p.about(ctx, sqlRequest{Print: string(tree)})
	if err != nil {
		return "", err
	}
	again, err := p.about(ctx, sqlRequest{Parse: text})
	if err != nil {
		return "", err
	}
	return text, s.Verify([]byte(again))
}

// limitedSQL gives a statement its time.
func (e *Engine) limitedSQL(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, e.sql.Timeout, errTimeout)
}

// SQL runs a checked statement over its relations and gives at most limit rows. The columns of the answer have the types
// of fields.
func (e *Engine) SQL(ctx context.Context, s *sql.Statement, relations []Relation, limit int) (*Rows, error) {
	leave, err := e.enterSQL(ctx)
	if err != nil {
		return nil, err
	}
	r := &Rows{release: []func(){leave}}
	if err := e.openSQL(ctx, r, s, relations, limit); err != nil {
		r.free()
		return nil, err
	}
	return r, nil
}

// SQLParquet is [Engine.SQL] whose rows are written as a Parquet file; it returns how many there are.
func (e *Engine) SQLParquet(ctx context.Context, s *sql.Statement, relations []Relation, limit int, w io.Writer) (int64, error) {
	leave, err := e.enterSQL(ctx)
	if err != nil {
		return 0, err
	}
	r := &Rows{release: []func(){leave}}
	defer r.free()
	process, limited, answer, err := e.startSQL(ctx, r, s, relations, sqlRun{Limit: limit, Parquet: true})
	if err != nil {
		return 0, err
	}
	for !answer.End {
		if _, err := w.Write(answer.Data); err != nil {
			return 0, err
		}
		if answer, err = process.next(limited); err != nil {
			return 0, r.explain(err)
		}
	}
	return answer.Rows, nil
}

// enterSQL waits for a place among the statements at once.
func (e *Engine) enterSQL(ctx context.Context) (leave func(), err error) {
	wait, stop := context.WithTimeout(ctx, e.sql.Wait)
	defer stop()
	select {
	case e.sqlPlaces <- struct{}{}:
		return func() { <-e.sqlPlaces }, nil
	case <-wait.Done():
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fault.New(fault.Unavailable, "sql_busy", i18n.T("Trop de requêtes SQL sont en cours\u00a0; réessayez dans un moment.",
			"Too many SQL queries are running; try again in a moment."))
	}
}

// openSQL starts a statement whose rows are wanted.
func (e *Engine) openSQL(ctx context.Context, r *Rows, s *sql.Statement, relations []Relation, limit int) error {
	process, limited, answer, err := e.startSQL(ctx, r, s, relations, sqlRun{Limit: limit})
	if err != nil {
		return err
	}
	r.plan = &query.Plan{}
	for _, f := range answer.Columns {
		r.plan.Columns = append(r.plan.Columns, query.Column{Name: f.Name, Label: f.Name, Expr: query.Field{Field: f}, Field: f})
	}
	types := r.wireTypes()
	r.raw, r.values = make([]any, len(types)), make([]any, len(answer.Columns))
	r.source = &sqlSource{newWireRows(&sqlRows{ctx: limited, process: process}, types)}
	return nil
}

// startSQL starts a statement in a process of its own, which may touch the files of its relations and nothing else, and
// returns the first part of its answer. What must be undone is added to r.
func (e *Engine) startSQL(ctx context.Context, r *Rows, s *sql.Statement, relations []Relation, run sqlRun) (*sqlProcess, context.Context, sqlAnswer, error) {
	fail := func(err error) (*sqlProcess, context.Context, sqlAnswer, error) { return nil, nil, sqlAnswer{}, err }
	var err error
	if run.With, run.Files, run.Args, err = e.relations(ctx, r, relations); err != nil {
		return fail(err)
	}
	if run.Scratch, err = os.MkdirTemp(e.options.Scratch, "sql-"); err != nil {
		return fail(fmt.Errorf("engine: %w", err))
	}
	r.release = append(r.release, func() { _ = os.RemoveAll(run.Scratch) })
	process, err := e.processes.take()
	if err != nil {
		return fail(err)
	}
	limited, cancel := e.limitedSQL(ctx)
	stop := context.AfterFunc(limited, process.stop)
	r.release = append(r.release, func() { stop(); process.stop(); cancel() })
	r.explain = func(err error) error { return e.explainSQL(limited, s, err) }
	if run.Text, err = process.print(limited, s); err != nil {
		return fail(r.explain(err))
	}
	run.MemoryLimit, run.ScratchSize, run.Threads = e.sql.MemoryLimit, e.options.ScratchSize/4, e.sql.Threads
	answer, err := process.ask(limited, sqlRequest{Run: &run})
	if err != nil {
		return fail(r.explain(err))
	}
	return process, limited, answer, nil
}

// sqlSource reads what a process sends; the process is ended by whoever holds the rows.
type sqlSource struct{ *wireRows }

func (*sqlSource) close() error { return nil }

// relations writes each relation as a named subquery.
func (e *Engine) relations(ctx context.Context, r *Rows, relations []Relation) (with string, files []string, args []any, err error) {
	var parts []string
	for _, relation := range relations {
		table, release, err := e.resolve(ctx, relation.Plan.From)
		if err != nil {
			return "", nil, nil, err
		}
		r.release = append(r.release, release)
		c := newCompiler(table, relation.Plan)
		c.args = args
		compiled := c.statement(relation.Plan, sqlColumns)
		if !relation.Whole { // a condition of the statement must never see a row that is not shown: the limit is a wall
			compiled.sql += wall
		}
		parts = append(parts, identifier(relation.Alias)+" AS NOT MATERIALIZED ("+compiled.sql+")")
		files, args = append(files, table.Paths...), compiled.args
	}
	if len(parts) > 0 {
		with = "WITH " + strings.Join(parts, ", ") + " "
	}
	return with, files, args, nil
}

// sqlColumns gives each field its name and a type that SQL knows: lists and geometries are JSON.
func sqlColumns(c *compiler, plan *query.Plan, _ []sortKey) []string {
	columns := make([]string, len(plan.Columns))
	for i, column := range plan.Columns {
		value := c.value(column.Expr)
		if t := column.Type(); t == schema.JSON || t == schema.Geometry {
			value = "CAST(" + value + " AS JSON)"
		}
		columns[i] = value + " AS " + identifier(column.Name)
	}
	return columns
}
