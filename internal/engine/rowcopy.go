package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"sync"

	"socle/internal/nice"
	"socle/internal/query"
	"socle/internal/rowstore"
	"socle/internal/schema"
)

// rowCopy is a copy of a version that is a store of rows. A portal is asked for pages and for single rows a thousand times more often than
// for anything else, and to plan such a statement, to start it and to read its columns takes a database that is made for scans a millisecond or
// more. A store finds them in a twentieth of that. It answers only what is the same by construction: fields as they are, compared with
// single values of their own type.
type rowCopy struct {
	store *rowstore.Store
	at    map[string]int // the first column of a field

	mu      sync.Mutex
	lookups map[int]int // by column
}

const (
	rowsForm     = "\x00rows" // no field has this name
	rowsAfter    = 3          // questions after which the rows of a small version are stored
	rowsForOne   = 5_000      // rows of a version for which it takes one question more: storing them costs as much as answering from the files
	indexedAfter = 2          // lookups of a field after which the store has an index of it
	quickRows    = 100_000    // of a version whose rows are stored in a second; others wait in another queue
	storedRows   = 20_000_000 // of a version that takes too long to store
	storedAtOnce = 20_000     // rows that are read from the files at a time
)

// fieldCondition is a [rowstore.Condition] on a field by its name; "" is the identifier.
type fieldCondition struct {
	field  string
	is     rowstore.Operator
	values []any
}

var operators = map[query.CompareOp]rowstore.Operator{query.Equal: rowstore.Equal, query.NotEqual: rowstore.NotEqual, query.Less: rowstore.Less,
	query.LessEqual: rowstore.LessEqual, query.Greater: rowstore.Greater, query.GreaterEqual: rowstore.GreaterEqual}

// turned are the operators with their sides exchanged.
var turned = map[query.CompareOp]query.CompareOp{query.Equal: query.Equal, query.NotEqual: query.NotEqual, query.Less: query.Greater,
	query.LessEqual: query.GreaterEqual, query.Greater: query.Less, query.GreaterEqual: query.LessEqual}

// stored is a constant as a store holds the values of a field, if it can be compared with them there as a database does.
func stored(e query.Expr, with query.Expr) (field string, value any, ok bool) {
	if !comparable(e, with) {
		return "", nil, false
	}
	f, v := e.(query.Field), with.(query.Literal)
	switch f.Type() {
	case schema.Text:
		return f.Name, v.Text, true
	case schema.Integer:
		return f.Name, v.Integer, true
	case schema.Date, schema.Datetime:
		return f.Name, v.Time.UnixMicro(), true
	}
	return "", nil, false
}

// rowConditions are the conditions of a plan, if they all are such that a store knows; around is one on a distance, nil for none.
func rowConditions(plan *query.Plan) (all []fieldCondition, around *query.WithinDistance, ok bool) {
	for _, e := range append(conjuncts(plan.Where), conjuncts(plan.Seen)...) {
		if within, is := e.(query.WithinDistance); is && around == nil && plainField(within.Of) && within.Of.Type() == schema.Point {
			around = &within
			continue
		}
		some, ok := rowCondition(e)
		if !ok {
			return nil, nil, false
		}
		all = append(all, some...)
	}
	for _, r := range plan.Refinements {
		some, ok := rowRefinement(r)
		if !ok {
			return nil, nil, false
		}
		all = append(all, some...)
	}
	if plan.After != nil {
		if len(plan.After.Keys) > 0 || len(plan.Order) > 0 {
			return nil, nil, false
		}
		all = append(all, fieldCondition{"", rowstore.Greater, []any{int64(plan.After.Row)}})
	}
	return all, around, true
}

func rowCondition(e query.Expr) ([]fieldCondition, bool) {
	switch e := e.(type) {
	case query.RowIs:
		return []fieldCondition{{"", rowstore.Equal, []any{int64(e.ID)}}}, true
	case query.Compare:
		left, right, op := e.Left, e.Right, e.Op
		if _, constant := left.(query.Literal); constant {
			left, right, op = right, left, turned[op]
		}
		field, value, ok := stored(left, right)
		return []fieldCondition{{field, operators[op], []any{value}}}, ok
	case query.In:
		return oneOf(e.Of, e.Values)
	case query.Between:
		return rowBetween(e)
	}
	return nil, false
}

func oneOf(of query.Expr, list []query.Literal) ([]fieldCondition, bool) {
	c := fieldCondition{is: rowstore.In}
	for _, one := range list {
		field, value, ok := stored(of, one)
		if !ok {
			return nil, false
		}
		c.field, c.values = field, append(c.values, value)
	}
	return []fieldCondition{c}, len(list) > 0 && len(list) <= fewValues
}

func rowBetween(e query.Between) (all []fieldCondition, ok bool) {
	for _, end := range []struct {
		value     query.Literal
		is, isNot rowstore.Operator
		open      bool
	}{{e.Low, rowstore.GreaterEqual, rowstore.Greater, e.LowOpen}, {e.High, rowstore.LessEqual, rowstore.Less, e.HighOpen}} {
		if end.value.Kind == query.Null {
			continue
		}
		field, value, ok := stored(e.Of, end.value)
		if !ok {
			return nil, false
		}
		if end.open {
			end.is = end.isNot
		}
		all = append(all, fieldCondition{field, end.is, []any{value}})
	}
	return all, len(all) > 0
}

func rowRefinement(r query.Refinement) ([]fieldCondition, bool) {
	field := query.Field{Field: r.Field}
	if r.Exclude || len(r.Values) == 0 {
		return nil, false
	}
	if first := r.Values[0]; first.Until.Kind != query.Null {
		if len(r.Values) > 1 {
			return nil, false
		}
		return rowBetween(query.Between{Of: field, Low: first.Value, High: first.Until, HighOpen: true})
	}
	var values []query.Literal
	for _, v := range r.Values {
		if v.Below != "" || v.Until.Kind != query.Null || r.Field.Type == schema.JSON {
			return nil, false
		}
		values = append(values, v.Value)
	}
	if len(values) == 1 {
		return rowCondition(query.Compare{Op: query.Equal, Left: field, Right: values[0]})
	}
	return oneOf(field, values)
}

// plainRows reports whether a plan shows fields as they are, in an order of fields that a store sorts as a database does.
func plainRows(plan *query.Plan) bool {
	if plan.Grouped {
		return false
	}
	for _, c := range plan.Columns {
		if !plainField(c.Expr) {
			return false
		}
	}
	for _, o := range plan.Order {
		f, is := o.Expr.(query.Field)
		if !is || f.Exact() {
			return false
		}
		switch f.Type() {
		case schema.Text, schema.Integer, schema.Decimal, schema.Boolean, schema.Date, schema.Datetime:
		default:
			return false
		}
	}
	return true
}

// askStore finds the store of the rows of a version, for a plan that one answers, takes hold of it and puts the conditions of the plan as a
// question; else it counts the plan, and says in the table whether a store is to come.
func (e *Engine) askStore(table *Table, plan *query.Plan) (copied *versionCopy, q rowstore.Question) {
	if table.Far != nil || table.Rows == 0 || table.Rows > e.copies.stored || !plainRows(plan) {
		return nil, q
	}
	conditions, around, ok := rowConditions(plan)
	if !ok {
		return nil, q
	}
	copied, due := e.copies.ask(*table, rowsForm, rowsAfter+int(table.Rows/rowsForOne))
	if copied == nil {
		if due {
			e.copies.make(*table, rowsForm, e.copies.queueOf(*table), func(ctx context.Context) (madeCopy, error) { return e.writeRows(ctx, plan.From) })
		}
		table.wants = !e.copies.hopeless(*table, rowsForm)
		table.awaits = table.wants && table.Rows < e.copies.whole
		return nil, q
	}
	for _, c := range conditions {
		at := rowstore.ID
		if c.field != "" {
			at = copied.rows.at[c.field]
			if c.is == rowstore.Equal || c.is == rowstore.In {
				e.indexRows(*table, copied, at)
			}
		}
		q.Where = append(q.Where, rowstore.Condition{Column: at, Is: c.is, Values: c.values})
	}
	if around != nil {
		lon := copied.rows.at[around.Of.(query.Field).Name]
		e.indexRows(*table, copied, lon+1, lon)
		q.Around = &rowstore.Around{Lon: lon, Lat: lon + 1, FromLon: around.From.Lon, FromLat: around.From.Lat, Metres: around.Metres,
			Distance: haversine, MetresInDegree: earthRadius * math.Pi / 180}
	}
	return copied, q
}

// indexRows counts a lookup of a field, and has it indexed once there were enough.
func (e *Engine) indexRows(table Table, copied *versionCopy, column int, beside ...int) {
	if copied.rows.store.Indexed(column) || !copied.rows.looked(column) {
		return
	}
	e.copies.improve(copied, e.copies.queueOf(table), func(ctx context.Context) (made madeCopy, err error) {
		before := copied.rows.store.Bytes()
		index := func() { err = copied.rows.store.Index(ctx, column, beside...) }
		if table.Rows < e.copies.whole {
			index()
		} else {
			nice.Run(index)
		}
		made.bytes = max(copied.rows.store.Bytes()-before, 0)
		return made, err
	})
}

// looked counts a lookup in a column, and reports whether it is the one after which the column is worth an index.
func (c *rowCopy) looked(column int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lookups[column]++
	return c.lookups[column] == indexedAfter
}

// rowsOf answers a plan from the store of the rows of its version; ok is false when there is none, or it would have too much to look at.
func (e *Engine) rowsOf(ctx context.Context, table *Table, plan *query.Plan, r *Rows) (answer *held, ok bool) {
	copied, q := e.askStore(table, plan)
	if copied == nil {
		return nil, false
	}
	defer e.copies.leave(copied)
	q.Limit, q.Offset = plan.Limit, plan.Offset
	if len(q.Where) == 0 && q.Around == nil && len(plan.Order) == 0 && plan.Offset > 0 && len(table.Paths) == 1 { // the rows of a file are numbered from 0
		q.Where, q.Offset = []rowstore.Condition{{Column: rowstore.ID, Is: rowstore.GreaterEqual, Values: []any{int64(plan.Offset)}}}, 0
	}
	add := func(e query.Expr) {
		field := e.(query.Field)
		column := copied.rows.at[field.Name]
		if q.Columns = append(q.Columns, column); field.Type() == schema.Point {
			q.Columns = append(q.Columns, column+1)
		}
	}
	for _, c := range plan.Columns {
		add(c.Expr)
	}
	if plan.Position {
		q.Columns = append(q.Columns, rowstore.ID)
	}
	for _, o := range plan.Order {
		q.Order = append(q.Order, rowstore.Key{Column: copied.rows.at[o.Expr.(query.Field).Name], Descending: o.Desc})
		if plan.Position {
			add(o.Expr)
		}
	}
	rows, err := copied.rows.store.Rows(ctx, q)
	if err != nil {
		missed(err)
		return nil, false
	}
	for i, t := range r.types {
		if t == schema.Boolean {
			for _, row := range rows {
				if number, is := row[i].(int64); is {
					row[i] = number != 0
				}
			}
		}
	}
	return &held{rows}, true
}

// countOf counts the rows of a plan in the store of the rows of its version.
func (e *Engine) countOf(ctx context.Context, table *Table, plan *query.Plan) (count int64, ok bool) {
	copied, q := e.askStore(table, plan)
	if copied == nil {
		return 0, false
	}
	defer e.copies.leave(copied)
	count, err := copied.rows.store.Count(ctx, q)
	if err != nil {
		missed(err)
	}
	return count, err == nil
}

// missed says why a store did not answer, unless that is usual. Whoever asked is answered in another way.
func missed(err error) {
	if !errors.Is(err, rowstore.ErrTooMuch) && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		slog.Warn("a store of rows did not answer", "error", err)
	}
}

// writeRows stores the rows of a version. Those of a large one take a minute or more: that gives way to whoever asks, to scans too although
// they go last, but for those that it will make needless, and takes no room of other copies.
func (e *Engine) writeRows(ctx context.Context, source query.Source) (c madeCopy, err error) {
	table, release, err := e.resolve(ctx, source) // again: what the question held is released with it
	if err != nil {
		return c, err
	}
	defer release()
	if table.Rows < e.copies.whole {
		return e.storeRows(ctx, table, source, func(int64) bool { return true }, func() {})
	}
	nice.Run(func() {
		pace := nice.NewPace(e.scans.waiters, 1)
		c, err = e.storeRows(ctx, table, source, e.copies.free, func() { pace.Pause(ctx) })
	})
	return c, err
}

// storeRows stores the rows of a table for as long as there is room for so many bytes. It rests after each of them.
func (e *Engine) storeRows(ctx context.Context, table Table, source query.Source, room func(bytes int64) bool, rest func()) (c madeCopy, err error) {
	file, err := os.CreateTemp(e.copies.folder, "*.rows")
	if err != nil {
		return c, err
	}
	file.Close()
	plan := &query.Plan{From: source, Position: true, Limit: storedAtOnce}
	copied := &rowCopy{at: map[string]int{}, lookups: map[int]int{}}
	columns := 0
	for _, f := range table.Schema.Fields {
		plan.Columns = append(plan.Columns, query.Column{Name: f.Name, Expr: query.Field{Field: f}})
		copied.at[f.Name] = columns
		if columns++; f.Type == schema.Point {
			columns++
		}
	}
	copied.store, err = rowstore.Build(ctx, file.Name(), columns, func(add func([]any) error) error {
		addOne := func(row []any) error {
			rest()
			return add(row)
		}
		for {
			added, err := e.copier.storeSome(ctx, table, plan, columns, addOne)
			if err != nil {
				return err
			}
			if info, err := os.Stat(file.Name()); err == nil && !room(info.Size()) {
				return errNoRoom
			}
			if added < plan.Limit {
				return nil
			}
			plan.Offset += added
		}
	})
	if err != nil {
		return madeCopy{}, err
	}
	return madeCopy{path: file.Name(), bytes: copied.store.Bytes(), rows: copied, forget: copied.store.Close}, nil
}

// storeSome reads the rows of a plan whose columns are those of a store, and adds them to it.
func (c *copier) storeSome(ctx context.Context, table Table, plan *query.Plan, columns int, add func([]any) error) (added int, err error) {
	s := compile(table, plan, wire)
	rows, err := c.db.QueryContext(ctx, s.sql, s.args...)
	if err != nil {
		return 0, fmt.Errorf("engine: store rows: %w", err)
	}
	defer rows.Close()
	row, places := make([]any, 1+columns), make([]any, 1+columns)
	for i := range row {
		places[i] = &row[(i+1)%len(row)] // the identifier comes last, and is stored first
	}
	for ; rows.Next(); added++ {
		if err := rows.Scan(places...); err != nil {
			return added, fmt.Errorf("engine: store rows: %w", err)
		}
		if err := add(row); err != nil {
			return added, err
		}
	}
	return added, rows.Err()
}
