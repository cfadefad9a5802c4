package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"socle/internal/query"
	"socle/internal/schema"
)

// Parquet is made to read much at once: for twenty rows of a table, whole groups of rows are decompressed. Most questions that a portal
// gets are for a few rows of a small version, so a small version that is asked for again and again is copied whole into a database of
// DuckDB's own, uncompressed, where a few rows are read as such. What a store of rows answers is asked of it first: see [rowCopy].

const (
	wholeAfter = 20        // questions after which a small version is copied
	wholeRows  = 1_000_000 // of a version that is not small
)

// copier is the database that makes copies, each on the thread that asks for it. Whole ones do not give way: the scans that such a copy
// makes needless cost more.
type copier struct{ *database }

func openCopier(options Options, folders []string) (*copier, error) {
	options.Threads, options.Concurrency = 1, 2
	options.MemoryLimit = quarters(options.MemoryLimit, 1)
	d, err := openDatabase(options, folders, nil)
	if err != nil {
		return nil, err
	}
	return &copier{d}, nil
}

// useCopy answers from a copy of the version, if there is one that fits the plan; else it counts the question.
// Sums of doubles are left to the files: they depend on the order in which they are made, and must not change from one day to the next.
func (e *Engine) useCopy(ctx context.Context, table Table, plan *query.Plan) Table {
	if table.Far != nil || !orderless(plan) {
		return table
	}
	if table.Rows == 0 || table.Rows >= e.copies.whole {
		return e.useSorted(ctx, table, plan)
	}
	after := wholeAfter
	if table.awaits {
		after = math.MaxInt
	}
	copied, due := e.copies.ask(table, "", after)
	if copied != nil {
		table.whole = copied.catalog
		table.held.then = append(table.held.then, func() { e.copies.leave(copied) })
	} else if due {
		e.copies.make(table, "", &e.copies.wholes, func(ctx context.Context) (madeCopy, error) { return e.writeWhole(ctx, plan.From) })
	}
	return table
}

// orderless reports whether what a plan computes is the same to the last digit in whatever order the rows are read: rows are, and so are
// groups of what is counted, compared and added exactly.
func orderless(plan *query.Plan) bool {
	if !plan.Grouped {
		return true
	}
	exact := true
	look := func(e query.Expr) bool {
		switch e := e.(type) {
		case query.Aggregate:
			switch e.Func {
			case query.Count, query.Minimum, query.Maximum:
			case query.Sum:
				exact = exact && e.Of.Type() == schema.Integer
			default:
				exact = false
			}
		case query.GeoCluster:
			exact = false // a centre is a mean
		}
		return exact
	}
	for _, g := range plan.Groups {
		query.Walk(g.Expr, look)
	}
	for _, c := range plan.Columns {
		query.Walk(c.Expr, look)
	}
	for _, o := range plan.Order {
		query.Walk(o.Expr, look)
	}
	return exact
}

// writeWhole writes a version as a database, and opens it where questions are answered.
func (e *Engine) writeWhole(ctx context.Context, source query.Source) (c madeCopy, err error) {
	table, release, err := e.resolve(ctx, source) // again: what the question held is released with it
	if err != nil {
		return c, err
	}
	defer release()
	file, err := os.CreateTemp(e.copies.folder, "*")
	if err != nil {
		return c, err
	}
	path := file.Name()
	c.catalog, c.path = "copy-"+filepath.Base(path), path+".duckdb"
	if err := errors.Join(file.Close(), os.Remove(path)); err != nil { // DuckDB wants to make it
		return c, err
	}
	if err = e.copier.write(ctx, c, table); err != nil {
		return c, err
	}
	info, err := os.Stat(c.path)
	if err != nil {
		return c, err
	}
	c.bytes = info.Size()
	answering := []*sql.DB{e.db, e.scans.db, e.exports.db}
	name := identifier(c.catalog)
	c.forget = func() error {
		var errs []error
		for _, db := range answering {
			_, err := db.ExecContext(context.WithoutCancel(ctx), "DETACH DATABASE IF EXISTS "+name)
			errs = append(errs, err)
		}
		return errors.Join(errs...)
	}
	for _, db := range answering {
		if _, err := db.ExecContext(ctx, "ATTACH "+text(c.path)+" AS "+name+" (READ_ONLY)"); err != nil {
			return c, fmt.Errorf("engine: open a copy: %w", err)
		}
	}
	return c, nil
}

// write makes the file of a copy.
func (c *copier) write(ctx context.Context, into madeCopy, table Table) (err error) {
	name := identifier(into.catalog)
	exec := func(format string, args ...any) {
		if err == nil {
			if _, err = c.db.ExecContext(ctx, fmt.Sprintf(format, args...)); err != nil {
				err = fmt.Errorf("engine: make a copy: %w", err)
			}
		}
	}
	exec("ATTACH %s AS %s", text(into.path), name)
	if err != nil {
		return err
	}
	defer func() {
		if _, detached := c.db.ExecContext(context.WithoutCancel(ctx), "DETACH "+name); err == nil && detached != nil {
			err = fmt.Errorf("engine: make a copy: %w", detached)
		}
	}()
	exec("CREATE TABLE %s.rows AS %s", name, numberedRows(table))
	exec("CHECKPOINT %s", name)
	return err
}
