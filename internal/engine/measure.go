package engine

import (
	"context"
	"fmt"
	"math"
	"strings"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/query"
	"socle/internal/schema"
)

// Measures asks figures of one version, the files of which it holds until the question is over. It is what contracts are
// checked with: each figure is one reading of the columns that it names.
type Measures struct {
	engine *Engine
	tables []Table
	from   []string
}

// Measure opens versions and hands them over for a few figures.
func (e *Engine) Measure(ctx context.Context, sources []query.Source, ask func(ctx context.Context, m *Measures) error) error {
	m := &Measures{engine: e}
	for _, source := range sources {
		table, release, err := e.resolve(ctx, source)
		if err != nil {
			return err
		}
		defer release()
		m.tables, m.from = append(m.tables, table), append(m.from, relation(table.Paths))
	}
	ctx, leave, err := e.scans.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	ctx, cancel := e.limited(ctx)
	defer cancel()
	return ask(ctx, m)
}

func (m *Measures) one(ctx context.Context, text string, into ...any) error {
	if err := m.engine.scans.db.QueryRowContext(ctx, text).Scan(into...); err != nil {
		return m.engine.explain(ctx, err)
	}
	return nil
}

// field finds a field of a version, or says that it is not there.
func (m *Measures) field(version int, name string) (schema.Field, error) {
	f, there := m.tables[version].Schema.Field(name)
	if !there {
		return f, fault.New(fault.Invalid, "field_absent", i18n.T("Le champ « %s » n’est pas dans cette version.", "The field “%s” is not in this version.", name))
	}
	return f, nil
}

// Rows is how many rows a version has, by its place in the sources.
func (m *Measures) Rows(ctx context.Context, version int) (n int64, err error) {
	return n, m.one(ctx, "SELECT count(*) FROM "+m.from[version], &n)
}

// Empty is how many rows have no value of a field; a text of blanks is no value.
func (m *Measures) Empty(ctx context.Context, version int, name string) (n int64, err error) {
	f, err := m.field(version, name)
	if err != nil {
		return 0, err
	}
	filled := identifier(name) + " IS NOT NULL"
	if f.Type == schema.Text {
		filled = "trim(" + identifier(name) + ") <> ''"
	}
	return n, m.one(ctx, "SELECT count(*) - count(*) FILTER ("+filled+") FROM "+m.from[version], &n)
}

// Repeated is how many rows have the values of another row before them in all of the fields; rows where one is empty are
// left out, as SQL does.
func (m *Measures) Repeated(ctx context.Context, version int, names []string) (n int64, err error) {
	var columns, filled []string
	for _, name := range names {
		if _, err := m.field(version, name); err != nil {
			return 0, err
		}
		columns, filled = append(columns, identifier(name)), append(filled, identifier(name)+" IS NOT NULL")
	}
	return n, m.one(ctx, fmt.Sprintf("SELECT coalesce(sum(n - 1), 0)::BIGINT FROM (SELECT count(*) AS n FROM %s WHERE %s GROUP BY %s)",
		m.from[version], strings.Join(filled, " AND "), strings.Join(columns, ", ")), &n)
}

// A Part is the rows of one value in two versions.
type Part struct {
	Value         string // as text; "" for the rows without a value
	Before, After int64
}

// Parts counts the rows of each value of a field in two versions (0 and 1 of the sources), those that lost the greatest share
// first, at most so many.
func (m *Measures) Parts(ctx context.Context, name string, most int) ([]Part, error) {
	for version := range 2 {
		if _, err := m.field(version, name); err != nil {
			return nil, err
		}
	}
	side := func(version int) string {
		return fmt.Sprintf("(SELECT coalesce(CAST(%s AS VARCHAR), '') AS v, count(*) AS n FROM %s GROUP BY v)", identifier(name), m.from[version])
	}
	rows, err := m.engine.scans.db.QueryContext(ctx, fmt.Sprintf(`SELECT coalesce(b.v, a.v) AS v, coalesce(b.n, 0) AS before, coalesce(a.n, 0) AS after FROM %s AS b FULL JOIN %s AS a ON a.v = b.v
		ORDER BY CASE WHEN before = 0 THEN 2.0 ELSE after / before END, before DESC, v LIMIT %d`, side(0), side(1), most))
	if err != nil {
		return nil, m.engine.explain(ctx, err)
	}
	defer rows.Close()
	var parts []Part
	for rows.Next() {
		var p Part
		if err := rows.Scan(&p.Value, &p.Before, &p.After); err != nil {
			return nil, m.engine.explain(ctx, err)
		}
		parts = append(parts, p)
	}
	return parts, m.engine.explain(ctx, rows.Err())
}

// The bands of a distribution: tenths of the version before for what has an order, and for the rest the values that it has
// most, those beyond put together.
const (
	driftBands  = 10
	driftValues = 50
)

// Drift is how far the distribution of a field went from the version 0 of the sources to the version 1: the population
// stability index, sum over bands of (q - p) ln(q / p), where a share is one ten-thousandth at least. Below 0.1 nothing
// moved; from 0.25 much did.
func (m *Measures) Drift(ctx context.Context, name string) (float64, error) {
	f, err := m.field(0, name)
	if err != nil {
		return 0, err
	}
	after, err := m.field(1, name)
	if err != nil {
		return 0, err
	}
	if after.Type != f.Type {
		return math.Inf(1), nil // the type itself changed
	}
	band := m.valueBands(name)
	if f.Type.Numeric() || f.Type.Temporal() {
		band = m.tenths(f)
	}
	// Each side: the band of each row, and how many rows each has.
	text := fmt.Sprintf(`%s, b AS (SELECT band, count(*) AS n FROM (SELECT %s AS band FROM %s) GROUP BY band), a AS (SELECT band, count(*) AS n FROM (SELECT %s AS band FROM %s) GROUP BY band),
		s AS (SELECT greatest(coalesce(b.n, 0) / (SELECT sum(n) FROM b), 0.0001) AS p, greatest(coalesce(a.n, 0) / (SELECT sum(n) FROM a), 0.0001) AS q FROM b FULL JOIN a ON a.band = b.band)
		SELECT coalesce(sum((q - p) * ln(q / p)), 0)::DOUBLE FROM s`, band.with, band.of, m.from[0], band.of, m.from[1])
	var psi float64
	return psi, m.one(ctx, text, &psi)
}

// bands is how rows are put in bands: what comes before, and the expression of the band of a row.
type bands struct{ with, of string }

func (m *Measures) valueBands(name string) bands {
	value := "coalesce(CAST(" + identifier(name) + " AS VARCHAR), '')"
	return bands{with: fmt.Sprintf(`WITH top AS (SELECT list(v) AS values FROM (SELECT %s AS v, count(*) AS n FROM %s GROUP BY v ORDER BY n DESC, v LIMIT %d))`, value, m.from[0], driftValues),
		of: "CASE WHEN list_contains((SELECT values FROM top), " + value + ") THEN 'v' || " + value + " ELSE 'other' END"}
}

func (m *Measures) tenths(f schema.Field) bands {
	value := "CAST(" + identifier(f.Name) + " AS DOUBLE)"
	if f.Type.Temporal() {
		value = "epoch(CAST(" + identifier(f.Name) + " AS TIMESTAMP))"
	}
	var shares []string
	for i := 1; i < driftBands; i++ {
		shares = append(shares, fmt.Sprintf("%.1f", float64(i)/driftBands))
	}
	return bands{with: fmt.Sprintf(`WITH cuts AS (SELECT quantile_cont(%s, [%s]) AS c FROM %s)`, value, strings.Join(shares, ", "), m.from[0]),
		of: "CASE WHEN " + identifier(f.Name) + " IS NULL THEN -1 ELSE len(list_filter((SELECT c FROM cuts), lambda x: x < " + value + ")) END"}
}
