package engine

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"time"

	"socle/internal/query"
	"socle/internal/schema"
)

const (
	exactRows       = 1_000_000 // up to so many rows, distinct values and medians are exact
	columnsAtOnce   = 40        // columns described by one query
	detailedColumns = 200       // columns that get a histogram and their most frequent values
	histogramBins   = 20
	mostFrequent    = 10
	frequentOf      = 200_000 // no list of frequent values for a column with more different ones
)

// Statistics describes every column of a version: one reading for the counts of all columns, then one for the
// histogram and one for the most frequent values of each, which read that column alone.
func (e *Engine) Statistics(ctx context.Context, source query.Source) (*Statistics, error) {
	table, release, err := e.find(ctx, source)
	if err != nil {
		return nil, err
	}
	defer release()
	lane := &e.lanes
	if table.scans = table.Far == nil && table.Rows >= scannedRows; table.scans {
		lane = &e.scans.lanes
	}
	ctx, leave, err := lane.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	ctx, cancel := e.limited(ctx)
	defer cancel()
	d := describer{dialect: dialectOf(table), db: e.placeOf(table)}
	d.from = d.relation(table)
	s := &Statistics{Columns: make([]ColumnStatistics, len(table.Schema.Fields))}
	if err := d.db.QueryRowContext(ctx, "SELECT count(*) FROM "+d.from).Scan(&s.Rows); err != nil {
		return nil, e.explain(ctx, err)
	}
	d.rows = s.Rows
	for i, f := range table.Schema.Fields {
		s.Columns[i] = ColumnStatistics{Field: f, Approximate: s.Rows > exactRows}
	}
	for first := 0; first < len(s.Columns); first += columnsAtOnce {
		if err := d.counts(ctx, s.Columns[first:min(first+columnsAtOnce, len(s.Columns))]); err != nil {
			return nil, e.explain(ctx, err)
		}
	}
	for i := range s.Columns[:min(detailedColumns, len(s.Columns))] {
		if err := d.details(ctx, &s.Columns[i]); err != nil {
			return nil, e.explain(ctx, err)
		}
	}
	return s, nil
}

// describer reads figures from the files of a version.
type describer struct {
	dialect
	db   *sql.DB
	from string
	rows int64
}

// number leaves out the values that are no number, which have no place in an order.
func (d describer) number(f schema.Field, column string) string {
	if f.Type == schema.Decimal && !f.Exact() {
		return "CASE WHEN " + d.finite(column) + " THEN " + column + " END"
	}
	return column
}

func ordered(t schema.Type) bool {
	return t == schema.Text || t.Numeric() || t.Temporal() || t == schema.Boolean
}

// counts fills the figures that one reading gives.
func (d describer) counts(ctx context.Context, columns []ColumnStatistics) error {
	var selected []string
	var into []any
	type raw struct {
		filled, distinct int64
		low, high        any
		mean, median     sql.NullFloat64
	}
	found := make([]raw, len(columns))
	for i, c := range columns {
		column := identifier(c.Field.Name)
		distinct := "count(DISTINCT " + column + ")"
		if c.Approximate {
			distinct = d.approximateCount(column)
		}
		selected = append(selected, "count("+column+")", distinct)
		into = append(into, &found[i].filled, &found[i].distinct)
		if ordered(c.Field.Type) {
			value := d.number(c.Field, column)
			selected = append(selected, plainSQL(c.Field, "min("+value+")"), plainSQL(c.Field, "max("+value+")"))
			into = append(into, &found[i].low, &found[i].high)
		}
		if c.Field.Type.Numeric() {
			value := "CAST(" + d.number(c.Field, column) + " AS DOUBLE)"
			median := d.percentile(value, 0.5)
			if c.Approximate {
				median = d.approximateMedian(value)
			}
			selected = append(selected, "avg("+value+")", median)
			into = append(into, &found[i].mean, &found[i].median)
		}
	}
	if err := d.db.QueryRowContext(ctx, "SELECT "+joinWith(selected, ", ", "1")+" FROM "+d.from).Scan(into...); err != nil {
		return err
	}
	for i := range columns {
		c, r := &columns[i], found[i]
		c.Empty, c.Distinct = d.rows-r.filled, min(r.distinct, r.filled)
		var err error
		if c.Min, err = plainValue(c.Field, r.low); err != nil {
			return err
		}
		if c.Max, err = plainValue(c.Field, r.high); err != nil {
			return err
		}
		if r.mean.Valid {
			c.Mean = &r.mean.Float64
		}
		if r.median.Valid {
			c.Median = &r.median.Float64
		}
	}
	return nil
}

func (d describer) details(ctx context.Context, c *ColumnStatistics) error {
	if c.Distinct > 1 && (c.Field.Type.Numeric() || c.Field.Type.Temporal()) {
		if err := d.histogram(ctx, c); err != nil {
			return err
		}
	}
	if c.Distinct < 1 || c.Distinct > frequentOf || !ordered(c.Field.Type) || c.Distinct == d.rows-c.Empty && c.Distinct > 1 {
		return nil
	}
	return d.frequent(ctx, c)
}

// histogram cuts what lies between the smallest and the largest value in equal parts.
func (d describer) histogram(ctx context.Context, c *ColumnStatistics) error {
	value := "CAST(" + d.number(c.Field, identifier(c.Field.Name)) + " AS DOUBLE)"
	if c.Field.Type.Temporal() {
		value = d.epoch(c.Field.Type, identifier(c.Field.Name))
	}
	var low, high float64
	if err := d.db.QueryRowContext(ctx, "SELECT coalesce(min("+value+"), 0), coalesce(max("+value+"), 0) FROM "+d.from).Scan(&low, &high); err != nil {
		return err
	}
	if !(high > low) {
		return nil
	}
	bins := histogramBins
	if c.Field.Type == schema.Integer && high-low < float64(bins) {
		bins = int(high-low) + 1
	}
	width := (high - low) / float64(bins)
	rows, err := d.db.QueryContext(ctx, fmt.Sprintf("SELECT CAST(least(floor((%s - %s) / %s), %d) AS INTEGER), count(*) FROM %s WHERE %s IS NOT NULL GROUP BY 1",
		value, float(low), float(width), bins-1, d.from, value))
	if err != nil {
		return err
	}
	defer rows.Close()
	c.Histogram = make([]Bin, bins)
	for i := range c.Histogram {
		c.Histogram[i].Low, c.Histogram[i].High = edge(c.Field, low+float64(i)*width), edge(c.Field, low+float64(i+1)*width)
	}
	c.Histogram[bins-1].High = edge(c.Field, high)
	for rows.Next() {
		var bin int
		var n int64
		if err := rows.Scan(&bin, &n); err != nil {
			return err
		}
		c.Histogram[max(bin, 0)].Count += n
	}
	return rows.Err()
}

// edge is the border of a bar: a number, or the instant of so many seconds.
func edge(f schema.Field, x float64) any {
	if f.Type.Temporal() {
		whole, fraction := math.Modf(x)
		return time.Unix(int64(whole), int64(fraction*1e9)).UTC()
	}
	return x
}

func (d describer) frequent(ctx context.Context, c *ColumnStatistics) error {
	column := identifier(c.Field.Name)
	rows, err := d.db.QueryContext(ctx, fmt.Sprintf("SELECT %s, n FROM (SELECT %s, count(*) AS n FROM %s WHERE %[2]s IS NOT NULL GROUP BY %[2]s) ORDER BY n DESC, %[2]s LIMIT %[4]d",
		plainSQL(c.Field, column), column, d.from, mostFrequent))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var raw any
		var n int64
		if err := rows.Scan(&raw, &n); err != nil {
			return err
		}
		value, err := plainValue(c.Field, raw)
		if err != nil {
			return err
		}
		c.MostFrequent = append(c.MostFrequent, Frequent{Value: value, Count: n})
	}
	return rows.Err()
}
