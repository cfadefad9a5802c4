package rowstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// ErrTooMuch says that a question would look at more rows than a store does for one.
var ErrTooMuch = errors.New("rowstore: too many rows to look at")

const (
	smallRows  = 3_000  // of a store whose rows may all be looked at
	manyRows   = 2_000  // that are read one by one for a question
	manyCounts = 20_000 // that are counted in an index for a question: 60 ns each
	pageRows   = 100    // that are read by their identifiers
	statements = 64     // that stay prepared
)

// ID is the column of the identifiers.
const ID = -1

// An Operator compares the value of a column with that of a condition.
type Operator string

// The operators. [In] is for several values, one of which is that of the column.
const (
	Equal        Operator = "="
	NotEqual     Operator = "<>"
	Less         Operator = "<"
	LessEqual    Operator = "<="
	Greater      Operator = ">"
	GreaterEqual Operator = ">="
	In           Operator = "IN"
)

// A Condition compares a column with values of its own type: string, compared by bytes, or int64. A row without a value fulfils none.
type Condition struct {
	Column int
	Is     Operator
	Values []any
}

// Around keeps the rows whose point is at most so many metres from a place. Longitudes and latitudes are columns of float64, in degrees.
type Around struct {
	Lon, Lat       int
	FromLon        float64
	FromLat        float64
	Metres         float64
	Distance       func(lon1, lat1, lon2, lat2 float64) float64 // in metres, on the sphere
	MetresInDegree float64                                      // of latitude
}

// A Key is a column that rows are sorted by; those without a value come last, whatever the direction.
type Key struct {
	Column     int
	Descending bool
}

// A Question asks for the rows that fulfil all conditions, sorted by the keys, then by their identifiers.
type Question struct {
	Columns []int // what is read of each row; one at least, [ID] may be among them
	Where   []Condition
	Around  *Around // nil for everywhere
	Order   []Key
	Limit   int // rows at most; negative for no limit
	Offset  int
}

// Rows answers a question. Booleans come back as the int64 0 or 1.
func (s *Store) Rows(ctx context.Context, q Question) ([][]any, error) {
	if q.Around != nil {
		return s.rowsAround(ctx, q)
	}
	lead, err := s.lead(ctx, q.Where, len(q.Order) > 0 || q.Limit < 0)
	if err != nil {
		return nil, err
	}
	if len(q.Where) == 0 && !s.Small() && (q.Offset > manyCounts || len(q.Order) > 0 || q.Limit < 0) || q.Limit > manyRows {
		return nil, ErrTooMuch
	}
	columns := make([]string, len(q.Columns))
	for i, c := range q.Columns {
		columns[i] = column(c)
	}
	where, args := s.where(q.Where, lead)
	var b strings.Builder
	b.WriteString("SELECT " + strings.Join(columns, ", ") + " FROM rows" + where + " ORDER BY ")
	for _, k := range q.Order {
		name, direction := "+"+column(k.Column), ""
		if k.Descending {
			direction = " DESC"
		}
		b.WriteString(name + direction + " NULLS LAST, ")
	}
	b.WriteString("id LIMIT ? OFFSET ?")
	return s.read(ctx, b.String(), append(args, int64(q.Limit), int64(q.Offset)), len(q.Columns))
}

// Count says how many rows a question is about, whatever its limit and its offset.
func (s *Store) Count(ctx context.Context, q Question) (int64, error) {
	if q.Around != nil {
		near, err := s.around(ctx, q)
		return int64(len(near)), err
	}
	conditions := q.Where
	if len(conditions) == 0 {
		return s.rows, nil
	}
	lead, err := s.lead(ctx, conditions, false)
	if err != nil {
		return 0, err
	}
	where, args := s.where(conditions, lead)
	count, err := s.number(ctx, "SELECT count(*) FROM (SELECT 1 FROM rows"+where+" LIMIT ?)", append(args, int64(manyCounts+1)))
	if err == nil && count > manyCounts {
		err = ErrTooMuch
	}
	return count, err
}

// none is the place of no condition.
const none = -1

// lead finds the condition whose index a question follows, none when all rows are looked at. Where the rows that it leads to have to be
// read, for other conditions or to be sorted, they must not be many.
func (s *Store) lead(ctx context.Context, conditions []Condition, sorted bool) (at int, err error) {
	for i, c := range conditions {
		switch {
		case c.Column == ID && (c.Is == Equal || c.Is == In || len(conditions) == 1 && !sorted):
			return i, nil
		case c.Is != Equal && c.Is != In || !s.Indexed(c.Column):
			continue
		case s.Small() || len(conditions) == 1 && c.Is == Equal && !sorted:
			return i, nil
		}
		where, args := s.where(conditions[i:i+1], 0)
		rows, err := s.number(ctx, "SELECT count(*) FROM (SELECT 1 FROM rows"+where+" LIMIT ?)", append(args, int64(manyRows+1)))
		if err != nil {
			return none, err
		}
		if rows <= manyRows {
			return i, nil
		}
	}
	if len(conditions) == 0 || s.Small() {
		return none, nil
	}
	return none, ErrTooMuch
}

// where writes conditions so that SQLite follows the index of one of them, and no other.
func (s *Store) where(conditions []Condition, lead int) (string, []any) {
	if len(conditions) == 0 {
		return "", nil
	}
	var args []any
	written := make([]string, len(conditions))
	for i, c := range conditions {
		name := column(c.Column)
		if i != lead {
			name = "+" + name // an expression, and no column: no index serves it
		}
		if written[i] = name + " " + string(c.Is) + " ?"; c.Is == In {
			written[i] = name + " IN (?" + strings.Repeat(", ?", max(len(c.Values)-1, 0)) + ")"
		}
		args = append(args, c.Values...)
	}
	return " WHERE " + strings.Join(written, " AND "), args
}

// doubtful is how near the edge of a circle, in metres, two programs may disagree on which side a point is.
const doubtful = 1e-6

// around finds the identifiers of the rows around a place, in their order.
func (s *Store) around(ctx context.Context, q Question) (near []int64, err error) {
	a := q.Around
	if !s.Indexed(a.Lat) && !s.Small() {
		return nil, ErrTooMuch
	}
	where, args := s.where(q.Where, none)
	band := " WHERE " + column(a.Lat) + " BETWEEN ? AND ?"
	if where != "" {
		band += " AND" + strings.TrimPrefix(where, " WHERE")
	}
	degrees := a.Metres/a.MetresInDegree + 1e-9
	args = append([]any{a.FromLat - degrees, a.FromLat + degrees}, args...)
	rows, err := s.read(ctx, "SELECT id, "+column(a.Lon)+", "+column(a.Lat)+" FROM rows"+band+" LIMIT ?", append(args, int64(manyRows+1)), 3)
	if err != nil {
		return nil, err
	}
	if len(rows) > manyRows {
		return nil, ErrTooMuch
	}
	for _, row := range rows {
		lon, isLon := row[1].(float64)
		lat, isLat := row[2].(float64)
		if !isLon || !isLat {
			continue
		}
		metres := a.Distance(lon, lat, a.FromLon, a.FromLat)
		if math.Abs(metres-a.Metres) < doubtful {
			return nil, ErrTooMuch
		}
		if metres <= a.Metres {
			near = append(near, row[0].(int64))
		}
	}
	slices.Sort(near)
	return near, nil
}

// rowsAround are the rows of a page of those around a place.
func (s *Store) rowsAround(ctx context.Context, q Question) ([][]any, error) {
	if len(q.Order) > 0 || q.Limit < 0 || q.Limit > pageRows {
		return nil, ErrTooMuch
	}
	near, err := s.around(ctx, q)
	if err != nil {
		return nil, err
	}
	near = near[min(q.Offset, len(near)):]
	near = near[:min(q.Limit, len(near))]
	if len(near) == 0 {
		return nil, nil
	}
	ids := make([]any, len(near))
	for i, id := range near {
		ids[i] = id
	}
	return s.Rows(ctx, Question{Columns: q.Columns, Where: []Condition{{ID, In, ids}}, Limit: -1})
}

func (s *Store) number(ctx context.Context, statement string, args []any) (n int64, err error) {
	rows, err := s.read(ctx, statement, args, 1)
	if err != nil {
		return 0, err
	}
	return rows[0][0].(int64), nil
}

// read runs a statement to its end. What it looks at is bounded, so that nobody needs to stop it: the driver would start a goroutine
// for every question to wait for that.
func (s *Store) read(ctx context.Context, statement string, args []any, columns int) (all [][]any, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	prepared, done, err := s.prepare(statement)
	if err != nil {
		return nil, err
	}
	defer done()
	rows, err := prepared.QueryContext(context.WithoutCancel(ctx), args...)
	if err != nil {
		return nil, fmt.Errorf("rowstore: %w", err)
	}
	defer rows.Close()
	places := make([]any, columns)
	for rows.Next() {
		row := make([]any, columns)
		for i := range row {
			places[i] = &row[i]
		}
		if err := rows.Scan(places...); err != nil {
			return nil, fmt.Errorf("rowstore: %w", err)
		}
		all = append(all, row)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("rowstore: %w", err)
	}
	return all, nil
}

// prepare finds a statement among those that stay prepared, or prepares it: for this time only when there are many.
func (s *Store) prepare(text string) (prepared *sql.Stmt, done func(), err error) {
	s.mu.RLock()
	prepared, known := s.statements[text]
	full := len(s.statements) >= statements
	s.mu.RUnlock()
	if known {
		return prepared, func() {}, nil
	}
	if prepared, err = s.db.Prepare(text); err != nil {
		return nil, nil, fmt.Errorf("rowstore: %w", err)
	}
	if full {
		return prepared, func() { prepared.Close() }, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if other, known := s.statements[text]; known { // somebody else came first
		prepared.Close()
		return other, func() {}, nil
	}
	s.statements[text] = prepared
	return prepared, func() {}, nil
}
