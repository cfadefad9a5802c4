package engine

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"io"
	"os"
	"slices"
	"time"

	"socle/internal/nice"
	"socle/internal/query"
	"socle/internal/schema"
)

// streamed is how many rows an answer may have before it comes through a pipe. DuckDB's driver holds a whole answer
// in memory; through the pipe it never holds more than a buffer.
const streamed = 20_000

// Rows are the rows of an answer, one after the other. Close must be called; it is harmless to call it twice.
type Rows struct {
	plan    *query.Plan
	keys    []query.Expr
	source  wireSource
	types   []schema.Type // of the wire columns
	raw     []any         // the wire columns of the current row
	values  []any
	err     error
	closed  bool
	explain func(error) error // gives an error its words; nil: as it is
	release []func()          // called in the reverse order
}

// wireCSV are the options of the CSV of a stream: everything is quoted but the empty values.
const wireCSV = `FORMAT csv, HEADER false, DELIMITER ',', QUOTE '"', ESCAPE '"', NULLSTR '', FORCE_QUOTE *`

// wireSource gives the wire columns of one row after the other; io.EOF at the end.
type wireSource interface {
	read(raw []any) error
	close() error
}

// Query runs a plan and returns its rows.
func (e *Engine) Query(ctx context.Context, plan *query.Plan) (*Rows, error) {
	table, release, err := e.findFor(ctx, plan)
	if err != nil {
		return nil, err
	}
	r := newRows(plan)
	if answer, ok := e.rowsOf(ctx, &table, plan, r); ok {
		r.source, r.release = answer, []func(){release}
		return r, nil
	}
	few := brief(table)
	long := (plan.Limit < 0 || plan.Limit > streamed) && !few
	var leave func()
	if long {
		table = e.useCopy(ctx, table, plan)
		table.scans = scanned(table, plan)
		leave, err = e.exports.enterFor(ctx, table)
	} else {
		ctx, leave, err = e.admit(ctx, &table, plan)
	}
	if err != nil {
		release()
		return nil, err
	}
	r.release = []func(){release, leave}
	if table, err = e.prepare(ctx, table, plan); err != nil {
		r.free()
		return nil, err
	}
	switch {
	case table.Far != nil:
		r.source, err = e.openFar(ctx, compile(table, plan, wire), long)
	case long:
		r.source = e.openStream(ctx, compileCopy(table, plan, wire), r.types)
	default:
		r.source, err = e.openDirect(ctx, table, compile(table, plan, wire))
		if err == nil && few {
			r.source, err = hold(r.source, len(r.types))
			leave() // who reads slowly keeps nobody waiting
		}
	}
	if err != nil {
		r.free()
		return nil, err
	}
	return r, nil
}

// newRows are the rows of a plan before any source of them.
func newRows(plan *query.Plan) *Rows {
	r := &Rows{plan: plan}
	for _, o := range plan.Order {
		r.keys = append(r.keys, keyExpr(o.Expr))
	}
	if plan.Grouped {
		for _, g := range plan.Groups {
			r.keys = append(r.keys, keyExpr(g.Expr))
		}
	}
	r.types = r.wireTypes()
	r.raw, r.values = make([]any, len(r.types)), make([]any, len(plan.Columns))
	return r
}

// wireTypes are the types of the wire columns.
func (r *Rows) wireTypes() []schema.Type {
	var types []schema.Type
	add := func(e query.Expr) {
		switch t := e.Type(); {
		case t == schema.Point:
			types = append(types, schema.Decimal, schema.Decimal)
		case t.Temporal():
			types = append(types, schema.Integer)
		case t == schema.Integer, t == schema.Boolean:
			types = append(types, t)
		case t == schema.Decimal && !exact(e):
			types = append(types, t)
		default:
			types = append(types, schema.Text)
		}
	}
	for _, c := range r.plan.Columns {
		add(c.Expr)
	}
	if r.plan.Position {
		if !r.plan.Grouped {
			types = append(types, schema.Integer)
		}
		for _, k := range r.keys {
			add(k)
		}
	}
	return types
}

func exact(e query.Expr) bool {
	f, ok := e.(query.Field)
	return ok && f.Exact()
}

// Columns says what the values are.
func (r *Rows) Columns() []query.Column { return r.plan.Columns }

// Next goes to the next row and reports whether there is one. After false, see [Rows.Err].
func (r *Rows) Next() bool {
	if r.err != nil || r.closed {
		return false
	}
	if err := r.source.read(r.raw); err != nil {
		if err != io.EOF {
			r.err = err
			if r.explain != nil {
				r.err = r.explain(err)
			}
		}
		return false
	}
	at := 0
	for i, c := range r.plan.Columns {
		r.values[i], at = decode(r.raw, at, c.Expr)
	}
	return true
}

// decode makes the value of an expression from the wire columns at a place, and returns the next place.
func decode(raw []any, at int, e query.Expr) (any, int) {
	value := raw[at]
	t := e.Type()
	switch {
	case t == schema.Point:
		if value == nil || raw[at+1] == nil {
			return nil, at + 2
		}
		return schema.Coordinates{Lon: value.(float64), Lat: raw[at+1].(float64)}, at + 2
	case value == nil:
	case t.Temporal():
		return time.UnixMicro(value.(int64)).UTC(), at + 1
	case t == schema.JSON, t == schema.Geometry:
		return json.RawMessage(value.(string)), at + 1
	}
	return value, at + 1
}

// Values is the current row: nil, string, int64, float64, bool, time.Time (UTC), [schema.Coordinates] or
// [encoding/json.RawMessage]. An exact decimal is a string. The slice is reused by Next.
func (r *Rows) Values() []any { return r.values }

func (r *Rows) positionAt() int {
	at := 0
	for _, c := range r.plan.Columns {
		at++
		if c.Type() == schema.Point {
			at++
		}
	}
	return at
}

// ID is the identifier of the current row, when the plan asked for positions and is not grouped.
func (r *Rows) ID() query.RowID {
	if !r.plan.Position || r.plan.Grouped {
		return 0
	}
	id, _ := r.raw[r.positionAt()].(int64)
	return query.RowID(id)
}

// Cursor is the place of the current row, when the plan asked for positions.
func (r *Rows) Cursor() query.Cursor {
	if !r.plan.Position {
		return query.Cursor{}
	}
	c := query.Cursor{Row: r.ID()}
	at := r.positionAt()
	if !r.plan.Grouped {
		at++
	}
	for _, k := range r.keys {
		var value any
		value, at = decode(r.raw, at, k)
		c.Keys = append(c.Keys, keyValue(value, k))
	}
	return c
}

func keyValue(value any, e query.Expr) query.Literal {
	switch value := value.(type) {
	case string:
		return query.Literal{Kind: query.Text, Text: value}
	case int64:
		return query.Literal{Kind: query.Integer, Integer: value}
	case float64:
		return query.Literal{Kind: query.Decimal, Decimal: value}
	case bool:
		return query.Literal{Kind: query.Boolean, Boolean: value}
	case time.Time:
		kind := query.Datetime
		if e.Type() == schema.Date {
			kind = query.Date
		}
		return query.Literal{Kind: kind, Time: value}
	}
	return query.Literal{}
}

// Err is what ended the rows early, if anything did.
func (r *Rows) Err() error { return r.err }

// Close ends the reading and frees its place.
func (r *Rows) Close() error {
	if r.closed {
		return nil
	}
	err := r.source.close()
	r.free()
	return err
}

func (r *Rows) free() {
	r.closed = true
	for _, release := range slices.Backward(r.release) {
		release()
	}
	r.release = nil
}

// direct reads an answer that the driver holds.
type direct struct {
	rows    *sql.Rows
	explain func(error) error
	cancel  context.CancelFunc
	targets []any
}

func (e *Engine) openDirect(ctx context.Context, table Table, s statement) (wireSource, error) {
	ctx, cancel := e.limited(ctx)
	explain := func(err error) error { return e.explain(ctx, err) }
	rows, err := e.ask(ctx, table, s)
	if err != nil {
		err = explain(err)
		cancel()
		return nil, err
	}
	return &direct{rows: rows, explain: explain, cancel: cancel}, nil
}

func (d *direct) read(raw []any) error {
	if !d.rows.Next() {
		if err := d.rows.Err(); err != nil {
			return d.explain(err)
		}
		return io.EOF
	}
	if d.targets == nil {
		d.targets = make([]any, len(raw))
		for i := range raw {
			d.targets[i] = &raw[i]
		}
	}
	return d.explain(d.rows.Scan(d.targets...))
}

func (d *direct) close() error {
	defer d.cancel()
	return d.rows.Close()
}

// briefFiles is the size of the files, in bytes, of the versions whose rows may all be held in memory.
const briefFiles = 256 << 10

// brief reports whether a version is so small that any answer about it is short, that of all its rows included.
func brief(table Table) bool {
	if table.Far != nil || table.Rows == 0 || table.Rows > streamed {
		return false
	}
	bytes, err := sizeOf(table.Paths)
	return err == nil && bytes <= briefFiles
}

// sizeOf is the size of files together, in bytes.
func sizeOf(paths []string) (bytes int64, err error) {
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return 0, err
		}
		bytes += info.Size()
	}
	return bytes, nil
}

// held is an answer read to its end.
type held struct{ rows [][]any }

func hold(source wireSource, columns int) (*held, error) {
	h := &held{}
	raw := make([]any, columns) // the same for every row, as a source may count on
	for {
		if err := source.read(raw); err == io.EOF {
			return h, source.close()
		} else if err != nil {
			return nil, errors.Join(err, source.close())
		}
		h.rows = append(h.rows, slices.Clone(raw))
	}
}

func (h *held) read(raw []any) error {
	if len(h.rows) == 0 {
		return io.EOF
	}
	copy(raw, h.rows[0])
	h.rows = h.rows[1:]
	return nil
}

func (h *held) close() error { return nil }

// stream reads an answer through a pipe, as CSV in which everything but the empty values is quoted.
type stream struct {
	*wireRows
	pipe   *io.PipeReader
	cancel context.CancelFunc
	done   chan error
	rest   func() // lets others go first, before each row; nil when somebody waits for the rows
}

func (e *Engine) openStream(ctx context.Context, s statement, types []schema.Type) wireSource {
	ctx, cancel := context.WithCancel(ctx)
	reader, writer := io.Pipe()
	st := &stream{wireRows: newWireRows(reader, types), pipe: reader, cancel: cancel, done: make(chan error, 1)}
	if nice.IsBackground(ctx) {
		pace := nice.NewPace(e.exports.waiters, 1)
		st.rest = func() { pace.Pause(ctx) }
	}
	go func() {
		_, err := e.exports.copyTo(ctx, s, wireCSV, writer)
		st.done <- err
		if err == nil {
			err = io.EOF
		}
		writer.CloseWithError(err)
	}()
	return st
}

func (s *stream) read(raw []any) error {
	if s.rest != nil {
		s.rest()
	}
	return s.wireRows.read(raw)
}

// close stops the writing and waits for its end.
func (s *stream) close() error {
	s.cancel()
	s.pipe.Close()
	<-s.done
	return nil
}
