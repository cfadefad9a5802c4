package engine

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/query"
	"socle/internal/schema"
)

// The kinds of change of a row.
const (
	RowAdded   = "added"
	RowRemoved = "removed"
	RowChanged = "changed"
)

// A Comparison is two plans over versions of one dataset, as somebody sees them: every row and field that they see.
type Comparison struct {
	Before, After *query.Plan
	Key           []string // names of the fields that identify a row; none, or one that a side does not have: whole rows are compared
	Kinds         []string // of changes; all when empty
	Limit, Offset int      // rows; a negative limit is none
}

// ChangeCounts says how many rows changed.
type ChangeCounts struct {
	Added, Removed, Changed int64
	SetAside                int64 // rows whose key is empty or not unique in a version: they are not compared
}

// Common returns the fields of both sides that can be compared: of the same name and type, in the order of the later
// side; and the key, empty when it cannot serve.
func (c Comparison) Common() (common []schema.Field, key []string) {
	for _, column := range c.After.Columns {
		i := slices.IndexFunc(c.Before.Columns, func(b query.Column) bool { return b.Name == column.Name })
		if i >= 0 && c.Before.Columns[i].Field.Type == column.Field.Type && c.Before.Columns[i].Field.Scale == column.Field.Scale {
			common = append(common, column.Field)
		}
	}
	for _, name := range c.Key {
		if !slices.ContainsFunc(common, func(f schema.Field) bool { return f.Name == name }) {
			return common, nil
		}
	}
	return common, c.Key
}

// Changes gives the rows that changed, in the order of their key, or of their values. Each has the kind of change, how
// many rows it stands for, then the values of the common fields before, then after.
func (e *Engine) Changes(ctx context.Context, c Comparison) (*Rows, error) {
	r := &Rows{}
	ctx, s, err := e.compare(ctx, r, c, c.Limit < 0 || c.Limit > streamed)
	if err != nil {
		r.free()
		return nil, err
	}
	statement, columns := s.rows(c)
	r.plan = &query.Plan{Columns: columns}
	types := r.wireTypes()
	r.raw, r.values = make([]any, len(types)), make([]any, len(columns))
	if c.Limit < 0 || c.Limit > streamed {
		r.source = e.openStream(ctx, statement, types)
	} else if r.source, err = e.openDirect(ctx, Table{scans: true}, statement); err != nil {
		r.free()
		return nil, err
	}
	return r, nil
}

// CountChanges counts the rows that changed, of every kind.
func (e *Engine) CountChanges(ctx context.Context, c Comparison) (ChangeCounts, error) {
	r := &Rows{}
	defer r.free()
	ctx, s, err := e.compare(ctx, r, c, false)
	if err != nil {
		return ChangeCounts{}, err
	}
	ctx, cancel := e.limited(ctx)
	defer cancel()
	var n ChangeCounts
	count := func(kind string) string {
		return "coalesce(sum(times) FILTER (WHERE change = '" + kind + "'), 0)::BIGINT"
	}
	text := s.with + "SELECT " + count(RowAdded) + ", " + count(RowRemoved) + ", " + count(RowChanged) + ", (" + s.aside + ")::BIGINT FROM changes"
	if err := e.scans.db.QueryRowContext(ctx, text, s.args...).Scan(&n.Added, &n.Removed, &n.Changed, &n.SetAside); err != nil {
		return ChangeCounts{}, e.explain(ctx, err)
	}
	return n, nil
}

// comparing is a comparison being written: a relation "changes" with the columns change, times, b0…, a0…
type comparing struct {
	compiler *compiler
	common   []schema.Field
	order    []string // columns whose values put the changes in order
	with     string
	aside    string // expression that counts the rows set aside
	args     []any
}

// compare takes a place, among exports when the reading is long, and writes the relation of changes. What must be undone
// is added to r.
func (e *Engine) compare(ctx context.Context, r *Rows, c Comparison, long bool) (context.Context, *comparing, error) {
	s := &comparing{}
	var key []string
	if s.common, key = c.Common(); len(s.common) == 0 {
		return nil, nil, fault.New(fault.Invalid, "nothing_in_common", i18n.T(
			"Ces deux versions n’ont aucune colonne en commun.", "These two versions have no column in common."))
	}
	var sides [2]string
	for i, plan := range []*query.Plan{c.Before, c.After} {
		table, release, err := e.resolve(ctx, plan.From)
		if err != nil {
			return nil, nil, err
		}
		r.release = append(r.release, release)
		side := newCompiler(table, plan)
		side.args = s.args
		compiled := side.statement(plan, s.columns)
		sides[i], s.args, s.compiler = compiled.sql, compiled.args, side
	}
	var leave func()
	var err error
	if long {
		leave, err = e.exports.enter(ctx)
	} else {
		ctx, leave, err = e.scans.enter(ctx)
	}
	if err != nil {
		return nil, nil, err
	}
	r.release = append(r.release, leave)
	if len(key) > 0 {
		s.keyed(sides, key)
	} else {
		s.whole(sides)
	}
	return ctx, s, nil
}

// columns gives the common fields of a side as c0, c1…, so that no name of a file meets one of ours.
func (s *comparing) columns(c *compiler, plan *query.Plan, _ []sortKey) []string {
	columns := make([]string, len(s.common))
	for i, f := range s.common {
		at := slices.IndexFunc(plan.Columns, func(column query.Column) bool { return column.Name == f.Name })
		columns[i] = c.value(plan.Columns[at].Expr) + " AS c" + strconv.Itoa(i)
	}
	return columns
}

// each writes something for each common column.
func (s *comparing) each(format string) string {
	parts := make([]string, len(s.common))
	for i := range s.common {
		parts[i] = strings.ReplaceAll(format, "#", strconv.Itoa(i))
	}
	return strings.Join(parts, ", ")
}

// whole compares rows as a whole: each stands for as many as one side has more of than the other.
func (s *comparing) whole(sides [2]string) {
	s.order = strings.Split(s.each("coalesce(a#, b#)"), ", ")
	s.aside = "0"
	s.with = fmt.Sprintf(`WITH b AS (%s), a AS (%s),
		sums AS (SELECT %s, count(*) FILTER (WHERE later) - count(*) FILTER (WHERE NOT later) AS more
			FROM (SELECT *, false AS later FROM b UNION ALL SELECT *, true AS later FROM a) GROUP BY %[3]s),
		changes AS (SELECT CASE WHEN more > 0 THEN 'added' ELSE 'removed' END AS change, abs(more) AS times, %s, %s FROM sums WHERE more <> 0) `,
		sides[0], sides[1], s.each("c#"), s.each("CASE WHEN more < 0 THEN c# END AS b#"), s.each("CASE WHEN more > 0 THEN c# END AS a#"))
}

// keyed pairs rows by their key. Those whose key is empty or not unique in a version are set aside.
func (s *comparing) keyed(sides [2]string, key []string) {
	var columns, present, pairs, differs []string
	for i, f := range s.common {
		column := "c" + strconv.Itoa(i)
		if slices.Contains(key, f.Name) {
			columns, present, pairs = append(columns, column), append(present, column+" IS NOT NULL"), append(pairs, "b."+column+" = a."+column)
			s.order = append(s.order, fmt.Sprintf("coalesce(a%[1]d, b%[1]d)", i))
			continue
		}
		differs = append(differs, "b."+column+" IS DISTINCT FROM a."+column)
	}
	keys := strings.Join(columns, ", ")
	once := func(side string) string {
		return fmt.Sprintf("SELECT %[1]s0.*, true AS here FROM %[1]s0 ANTI JOIN twice USING (%[2]s) WHERE %[3]s", side, keys, strings.Join(present, " AND "))
	}
	s.aside = "(SELECT count(*) FROM b0) + (SELECT count(*) FROM a0) - (SELECT count(*) FROM b) - (SELECT count(*) FROM a)"
	s.with = fmt.Sprintf(`WITH b0 AS (%s), a0 AS (%s),
		twice AS (SELECT %[3]s FROM b0 GROUP BY %[3]s HAVING count(*) > 1 UNION SELECT %[3]s FROM a0 GROUP BY %[3]s HAVING count(*) > 1),
		b AS (%[4]s), a AS (%[5]s),
		changes AS (SELECT CASE WHEN b.here IS NULL THEN 'added' WHEN a.here IS NULL THEN 'removed' ELSE 'changed' END AS change, 1 AS times, %[6]s, %[7]s
			FROM b FULL JOIN a ON %[8]s WHERE b.here IS NULL OR a.here IS NULL OR %[9]s) `,
		sides[0], sides[1], keys, once("b"), once("a"), s.each("b.c# AS b#"), s.each("a.c# AS a#"), strings.Join(pairs, " AND "), joinWith(differs, " OR ", "false"))
}

// rows writes the reading of the changes, and what its columns are.
func (s *comparing) rows(c Comparison) (statement, []query.Column) {
	columns := []query.Column{column(schema.Field{Name: "change", Type: schema.Text}), column(schema.Field{Name: "times", Type: schema.Integer})}
	selected := []string{"change", "CAST(times AS BIGINT)"}
	for _, side := range []string{"b", "a"} {
		for i, f := range s.common {
			columns = append(columns, column(f))
			selected = append(selected, s.compiler.wireValue(side+strconv.Itoa(i), query.Field{Field: f})...)
		}
	}
	text := s.with + "SELECT " + strings.Join(selected, ", ") + " FROM changes"
	if len(c.Kinds) > 0 {
		text += " WHERE change IN (" + strings.Trim(texts(c.Kinds), "[]") + ")"
	}
	text += " ORDER BY " + strings.Join(s.order, ", ") + ", change"
	if c.Limit >= 0 {
		text += " LIMIT " + strconv.Itoa(c.Limit)
	}
	return statement{text + " OFFSET " + strconv.Itoa(c.Offset), s.args}, columns
}

func column(f schema.Field) query.Column {
	return query.Column{Name: f.Name, Label: f.Label, Expr: query.Field{Field: f}, Field: f}
}

// A FacetReading is one statement that counts facets.
type FacetReading struct {
	Facets     []string `json:"facets"` // names of the fields that it counts
	SQL        string   `json:"sql"`
	Parameters []any    `json:"parameters,omitempty"`
}

// ExplainFacets returns the statements that [Engine.Facets] runs, as [Engine.Explain] does: first those of the facets that
// see the same rows, then the others.
func (e *Engine) ExplainFacets(plan *query.Plan, facets []query.Facet, name string) []FacetReading {
	table := Table{Paths: []string{name}}
	var together []query.Facet
	readings := [][]query.Facet{}
	for _, f := range facets {
		if alone(plan, f) {
			readings = append(readings, []query.Facet{f})
		} else {
			together = append(together, f)
		}
	}
	if len(together) > 0 {
		readings = append([][]query.Facet{together}, readings...)
	}
	out := make([]FacetReading, len(readings))
	for i, counted := range readings {
		c := newCompiler(table, plan)
		except := ""
		keys := make([]facetKey, len(counted))
		for j, f := range counted {
			keys[j] = c.facetKey(plan, f)
			out[i].Facets = append(out[i].Facets, f.Field.Name)
			if alone(plan, f) && f.Disjunctive {
				except = f.Field.Name
			}
		}
		out[i].SQL = strings.ReplaceAll(c.facetSQL(plan, except, keys), relation(table.Paths), identifier(name))
		out[i].Parameters = c.args
	}
	return out
}

// Explain returns the statement that a plan becomes, with its parameters. name stands for the version that it reads: no
// path and no file is in it.
func (e *Engine) Explain(plan *query.Plan, name string) (text string, parameters []any) {
	table := Table{Paths: []string{name}}
	s := compile(table, plan, func(c *compiler, plan *query.Plan, _ []sortKey) []string {
		columns := make([]string, len(plan.Columns))
		for i, column := range plan.Columns {
			columns[i] = c.value(column.Expr) + " AS " + identifier(column.Name)
		}
		return columns
	})
	return strings.ReplaceAll(s.sql, relation(table.Paths), identifier(name)), s.args
}
