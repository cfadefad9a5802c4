package engine

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"socle/internal/schema"
)

// diffExamples is how many rows of each kind a difference shows.
const diffExamples = 20

// Diff compares two versions, row by row when key names the fields that identify one. It ends the reading of both
// tables.
func (e *Engine) Diff(ctx context.Context, before, after Table, key []string) (*Difference, error) {
	defer before.done()
	defer after.done()
	ctx, leave, err := e.scans.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	ctx, cancel := e.limited(ctx)
	defer cancel()
	d := differ{comparer: comparer{engine: e, before: before, after: after}, out: &Difference{Key: key}}
	d.columns()
	for _, name := range key {
		f, ok := d.both(name)
		if !ok { // the key cannot serve: whole rows are compared
			d.out.Key, d.key = nil, nil
			break
		}
		d.key = append(d.key, f)
	}
	if err := d.count(ctx); err != nil {
		return nil, e.explain(ctx, err)
	}
	compare := d.rows
	if len(d.key) > 0 {
		compare = d.keyed
	}
	if err := compare(ctx); err != nil {
		return nil, e.explain(ctx, err)
	}
	return d.out, nil
}

// differ fills a difference.
type differ struct {
	comparer
	out    *Difference
	key    []schema.Field
	common []schema.Field // columns of both, with the same type
}

func (d *differ) columns() {
	for _, f := range d.before.Schema.Fields {
		now, ok := d.after.Schema.Field(f.Name)
		switch {
		case !ok:
			d.out.ColumnsRemoved = append(d.out.ColumnsRemoved, f)
		case now.Type != f.Type:
			d.out.ColumnsRetyped = append(d.out.ColumnsRetyped, Retyped{Name: f.Name, Before: f.Type, After: now.Type})
		case now.Scale == f.Scale:
			d.common = append(d.common, f)
		}
	}
	for _, f := range d.after.Schema.Fields {
		if _, ok := d.before.Schema.Field(f.Name); !ok {
			d.out.ColumnsAdded = append(d.out.ColumnsAdded, f)
		}
	}
}

func (d *differ) count(ctx context.Context) error {
	return d.engine.scans.db.QueryRowContext(ctx, fmt.Sprintf("SELECT (SELECT count(*) FROM %s), (SELECT count(*) FROM %s)",
		relation(d.before.Paths), relation(d.after.Paths))).Scan(&d.out.RowsBefore, &d.out.RowsAfter)
}

// selected is the columns of both, called c0, c1… so that no name of a file meets one of ours.
func (d *differ) selected() string {
	parts := make([]string, len(d.common))
	for i, f := range d.common {
		parts[i] = plainSQL(f, identifier(f.Name)) + " AS c" + strconv.Itoa(i)
	}
	return joinWith(parts, ", ", "1 AS c0")
}

// rows compares whole rows, each as often as it stands in a version.
func (d *differ) rows(ctx context.Context) error {
	one := "SELECT " + d.selected() + " FROM " + relation(d.before.Paths)
	two := "SELECT " + d.selected() + " FROM " + relation(d.after.Paths)
	for _, side := range []struct {
		sql   string
		count *int64
		list  *[]Example
		after bool
	}{{two + " EXCEPT ALL " + one, &d.out.Added, &d.out.AddedRows, true}, {one + " EXCEPT ALL " + two, &d.out.Removed, &d.out.RemovedRows, false}} {
		if err := d.engine.scans.db.QueryRowContext(ctx, "SELECT count(*) FROM ("+side.sql+")").Scan(side.count); err != nil {
			return err
		}
		if *side.count == 0 {
			continue
		}
		examples, err := d.examples(ctx, fmt.Sprintf("SELECT * FROM (%s) ORDER BY ALL LIMIT %d", side.sql, diffExamples), 1)
		if err != nil {
			return err
		}
		for _, e := range examples {
			if side.after {
				e.Before, e.After = nil, e.Before
			}
			*side.list = append(*side.list, e)
		}
	}
	return nil
}

// keyed pairs rows by their key. Rows whose key is empty or not unique in either version are set aside.
func (d *differ) keyed(ctx context.Context) error {
	var key, present, same []string
	place := map[string]int{}
	for i, f := range d.common {
		place[f.Name] = i
	}
	for _, f := range d.key {
		column := "c" + strconv.Itoa(place[f.Name])
		key, present = append(key, column), append(present, column+" IS NOT NULL")
		same = append(same, "b."+column+" = a."+column)
	}
	changed, sums := []string{}, []string{}
	for i, f := range d.common {
		differs := fmt.Sprintf("b.c%[1]d IS DISTINCT FROM a.c%[1]d", i)
		sums = append(sums, "count(*) FILTER (WHERE paired AND "+differs+")")
		if !contains(d.key, f.Name) {
			changed = append(changed, differs)
		}
	}
	keys, on := strings.Join(key, ", "), strings.Join(same, " AND ")
	side := func(name string, t Table) string {
		return fmt.Sprintf("%s0 AS (SELECT %s, count(*) OVER (PARTITION BY %s) AS times FROM (SELECT %s FROM %s))",
			name, "*", keys, d.selected(), relation(t.Paths))
	}
	with := fmt.Sprintf(`WITH %s, %s,
		twice AS (SELECT %[3]s FROM b0 WHERE times > 1 UNION SELECT %[3]s FROM a0 WHERE times > 1),
		b AS (SELECT *, true AS here FROM b0 WHERE %[4]s AND times = 1 AND (%[3]s) NOT IN (SELECT (%[3]s) FROM twice WHERE %[4]s)),
		a AS (SELECT *, true AS here FROM a0 WHERE %[4]s AND times = 1 AND (%[3]s) NOT IN (SELECT (%[3]s) FROM twice WHERE %[4]s)) `,
		side("b", d.before), side("a", d.after), keys, strings.Join(present, " AND "))
	differ := "(" + joinWith(changed, " OR ", "false") + ")"

	perColumn := make([]int64, len(d.common))
	var usable int64
	into := []any{&d.out.Added, &d.out.Removed, &d.out.Changed, &usable}
	for i := range perColumn {
		into = append(into, &perColumn[i])
	}
	statement := with + "SELECT count(*) FILTER (WHERE b.here IS NULL), count(*) FILTER (WHERE a.here IS NULL), count(*) FILTER (WHERE paired AND " + differ +
		"), count(b.here) + count(a.here), " + joinWith(sums, ", ", "0") + " FROM b FULL JOIN a ON " + on + ", LATERAL (SELECT b.here IS NOT NULL AND a.here IS NOT NULL AS paired)"
	if err := d.engine.scans.db.QueryRowContext(ctx, statement).Scan(into...); err != nil {
		return err
	}
	d.out.DuplicateKeys = d.out.RowsBefore + d.out.RowsAfter - usable
	d.out.ChangedBy = map[string]int64{}
	for i, f := range d.common {
		if !contains(d.key, f.Name) {
			d.out.ChangedBy[f.Name] = perColumn[i]
		}
	}
	return d.keyedExamples(ctx, with, on, differ, keys)
}

func (d *differ) keyedExamples(ctx context.Context, with, on, differ, keys string) (err error) {
	list := func(alias string) string {
		parts := make([]string, len(d.common))
		for i := range d.common {
			parts[i] = alias + ".c" + strconv.Itoa(i)
		}
		return strings.Join(parts, ", ")
	}
	order := fmt.Sprintf(" ORDER BY %s LIMIT %d", keys, diffExamples)
	if d.out.Removed > 0 {
		if d.out.RemovedRows, err = d.examples(ctx, with+"SELECT "+list("b")+" FROM b ANTI JOIN a ON "+on+order, 1); err != nil {
			return err
		}
	}
	if d.out.Added > 0 {
		added, err := d.examples(ctx, with+"SELECT "+list("a")+" FROM a ANTI JOIN b ON "+on+order, 1)
		if err != nil {
			return err
		}
		for _, e := range added {
			d.out.AddedRows = append(d.out.AddedRows, Example{After: e.Before})
		}
	}
	if d.out.Changed > 0 {
		byKey := "b." + strings.ReplaceAll(keys, ", ", ", b.")
		d.out.ChangedRows, err = d.examples(ctx, with+"SELECT "+list("b")+", "+list("a")+" FROM b JOIN a ON "+on+" WHERE "+differ+
			fmt.Sprintf(" ORDER BY %s LIMIT %d", byKey, diffExamples), 2)
	}
	return err
}

// examples reads rows that hold the common columns of one version, or of both one after the other.
func (d *differ) examples(ctx context.Context, statement string, sides int) ([]Example, error) {
	rows, err := d.engine.scans.db.QueryContext(ctx, statement)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var examples []Example
	for rows.Next() {
		raw, into := make([]any, sides*len(d.common)), make([]any, sides*len(d.common))
		for i := range raw {
			into[i] = &raw[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		values := make([]map[string]any, 2)
		for side := range sides {
			values[side] = map[string]any{}
			for i, f := range d.common {
				if values[side][f.Name], err = plainValue(f, raw[side*len(d.common)+i]); err != nil {
					return nil, err
				}
			}
		}
		examples = append(examples, Example{Before: values[0], After: values[1]})
	}
	return examples, rows.Err()
}

func contains(fields []schema.Field, name string) bool {
	for _, f := range fields {
		if f.Name == name {
			return true
		}
	}
	return false
}
