package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"

	"socle/internal/nice"
	"socle/internal/query"
	"socle/internal/schema"
)

// Parquet is made to read much at once: for twenty rows of a table, whole groups of rows are decompressed. Most questions that a portal
// gets are for a few rows of a small version, so a small version that is asked for again and again is copied whole into a database of
// DuckDB's own, uncompressed, where a few rows are read as such. What a store of rows answers is asked of it first: see [rowCopy].
//
// A large version is copied whole too, but compressed, for what scans it: DuckDB reads half as much, twice as fast, as from Parquet. Tests
// of texts stay with the files, whose dictionaries they need: see [textTest].

const (
	wholeAfter = 20        // questions after which a version is copied
	wholeRows  = 1_000_000 // of a version that is not small
)

// errNoRoom is why a copy is not made that would be larger than all copies may be.
var errNoRoom = errors.New("engine: no room for a copy")

// copier is a database that makes copies, each on the thread that asks for it.
type copier struct{ *database }

// openCopier opens one for so many copies at once. Uncompressed ones are read much more than they weigh.
func openCopier(options Options, folders []string, uncompressed bool, atOnce int) (*copier, error) {
	options.Threads, options.Concurrency, options.uncompressed = 1, atOnce, uncompressed
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
		table = e.useSorted(ctx, table, plan)
		if table.sorted == "" && scanned(table, plan) && !readsTexts(plan) {
			table = e.useWhole(table, plan, wholeAfter, &e.copies.compressed, e.writeScanned)
		}
		return table
	}
	after := wholeAfter
	if table.awaits {
		after = math.MaxInt
	}
	if table.Rows >= e.dictionaries.from && readsTexts(plan) {
		return table
	}
	return e.useWhole(table, plan, after, &e.copies.wholes, e.writeWhole)
}

// useWhole answers from the whole copy of a version, if there is one; else it counts the question, and has the copy made after so many.
func (e *Engine) useWhole(table Table, plan *query.Plan, after int, queue *copyQueue, write func(context.Context, query.Source) (madeCopy, error)) Table {
	copied, due := e.copies.ask(table, "", after)
	if copied != nil {
		table.whole = copied.catalog
		table.held.then = append(table.held.then, func() { e.copies.leave(copied) })
	} else if due {
		e.copies.make(table, "", queue, func(ctx context.Context) (madeCopy, error) { return write(ctx, plan.From) })
	}
	return table
}

// readsTexts reports whether a plan looks into texts, or into lists, rather than comparing them.
func readsTexts(plan *query.Plan) (reads bool) {
	look := func(e query.Expr) bool {
		switch e := e.(type) {
		case query.Like, query.Match, query.Contains, query.Element:
			reads = true
		case query.Call:
			reads = reads || slices.ContainsFunc(e.Args, func(of query.Expr) bool { return of.Type() == schema.Text })
		}
		return !reads
	}
	query.Walk(plan.Where, look)
	query.Walk(plan.Seen, look)
	walkAnswer(plan, look)
	return reads
}

// walkAnswer visits what a plan computes of its rows: groups, columns and orders.
func walkAnswer(plan *query.Plan, visit func(query.Expr) bool) {
	for _, g := range plan.Groups {
		query.Walk(g.Expr, visit)
	}
	for _, c := range plan.Columns {
		query.Walk(c.Expr, visit)
	}
	for _, o := range plan.Order {
		query.Walk(o.Expr, visit)
	}
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
			case query.Sum, query.Average:
				exact = exact && e.Of.Type() == schema.Integer
			default:
				exact = false
			}
		case query.GeoCluster:
			exact = false // a centre is a mean
		}
		return exact
	}
	walkAnswer(plan, look)
	return exact
}

// writeWhole copies a small version whole. That does not give way: the scans that such a copy makes needless cost more.
func (e *Engine) writeWhole(ctx context.Context, source query.Source) (madeCopy, error) {
	return e.writeDatabase(ctx, source, e.copier, math.MaxInt64, func() {})
}

// compressedAtOnce are the rows of a large version that are copied between two looks at who waits: as many as DuckDB compresses together.
const compressedAtOnce = 122_880

// writeScanned copies a large version whole. It takes as long as some ten scans. It goes last as they do, on one processor, and pauses when
// as many wait as there are processors: a copy that used them all made who asks for a page wait ten times longer.
func (e *Engine) writeScanned(ctx context.Context, source query.Source) (c madeCopy, err error) {
	table, release, err := e.resolve(ctx, source)
	if err != nil {
		return c, err
	}
	bytes, err := sizeOf(table.Paths)
	release()
	if err != nil {
		return c, fmt.Errorf("engine: %w", err)
	}
	if 2*bytes > e.copies.limit {
		return c, errNoRoom
	}
	nice.RunLast(func() {
		pace := nice.NewPace(e.lanes.waiters, nice.Processors())
		c, err = e.writeDatabase(ctx, source, e.compressor, compressedAtOnce, func() { pace.Pause(ctx) })
	})
	return c, err
}

// writeDatabase writes a version as a database, so many rows at a time with a rest after them, and opens it where questions are answered.
func (e *Engine) writeDatabase(ctx context.Context, source query.Source, by *copier, atOnce int64, rest func()) (c madeCopy, err error) {
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
	if err = by.writeTable(ctx, c, table, atOnce, rest); err != nil {
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

// writeTable makes the file of a copy.
func (d *copier) writeTable(ctx context.Context, into madeCopy, table Table, atOnce int64, rest func()) (err error) {
	conn, err := d.db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("engine: make a copy: %w", err)
	}
	defer conn.Close()
	exec := func(ctx context.Context, format string, args ...any) (rows int64, err error) {
		done, err := conn.ExecContext(ctx, fmt.Sprintf(format, args...))
		if err != nil {
			return 0, fmt.Errorf("engine: make a copy: %w", err)
		}
		return done.RowsAffected()
	}
	name := identifier(into.catalog)
	if _, err := exec(ctx, "ATTACH %s AS %s", text(into.path), name); err != nil {
		return err
	}
	defer func() {
		_, left := exec(context.WithoutCancel(ctx), "DETACH %s", name)
		err = errors.Join(err, left)
	}()
	if _, err := exec(ctx, "CREATE TABLE %s.rows AS %s LIMIT 0", name, numberedRows(table)); err != nil {
		return err
	}
	for file := range table.Paths {
		for from, added := int64(0), atOnce; added == atOnce; from += added {
			if added, err = exec(ctx, "INSERT INTO %s.rows %s", name, numberedPart(table, file, from, atOnce)); err != nil {
				return err
			}
			rest()
		}
	}
	_, err = exec(ctx, "CHECKPOINT %s", name)
	return err
}

// numberedPart selects, of one file of a version, so many rows from one on, with their identifiers.
func numberedPart(table Table, file int, from, rows int64) string {
	one := Table{Paths: table.Paths[file : file+1], Schema: table.Schema}
	id := fmt.Sprintf("%d + %s", int64(file)<<query.RowBits, duckSQL{}.rowID(one))
	return fmt.Sprintf("%s WHERE %s >= %d AND %[2]s < %[4]d", numberedAs(id, one), duckSQL{}.rowID(one), from, from+rows)
}
