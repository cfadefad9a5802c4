package engine

import (
	"context"
	"fmt"
	"os"
	"strings"

	"socle/internal/nice"
	"socle/internal/query"
	"socle/internal/schema"
)

// Most questions on a large version name one establishment. Its rows lie all over a file that keeps the order of the source, so the
// whole column has to be read to find them. A field that is asked for again and again gets a copy of the version sorted by it, on the
// disk of the node, in which the rows of one value are together.

const (
	sortedLookups = 3          // after which a field gets one
	fieldRows     = 20_000     // of a version from which a field is worth a copy
	sortedRows    = 20_000_000 // of a version that takes too long to sort
	sortedValues  = 64         // in a part of a file, from which a field is worth a copy
	sortedGroup   = 20_480     // rows in a group of a copy: a lookup reads one or two
)

// useSorted answers from a copy sorted by a field that the plan wants one value of, if there is one; else it counts the lookup.
func (e *Engine) useSorted(ctx context.Context, table Table, plan *query.Plan) Table {
	if table.Rows > sortedRows {
		return table
	}
	for _, looked := range lookups(plan) {
		if copied, due := e.copies.ask(table, looked.field.Name, sortedLookups); copied != nil {
			table.sorted = copied.path
			table.held.then = append(table.held.then, func() { e.copies.leave(copied) })
			return table
		} else if due && e.worthCopying(ctx, table, looked) {
			e.copies.make(table, looked.field.Name, &e.copies.sorted, func(ctx context.Context) (madeCopy, error) {
				return e.writeSorted(ctx, plan.From, looked.field)
			})
		}
	}
	return table
}

// A lookup is one value that a plan wants of a field.
type lookup struct {
	field schema.Field
	value query.Literal
}

// lookups lists them.
func lookups(plan *query.Plan) []lookup {
	var found []lookup
	add := func(left, right query.Expr) {
		f, isField := left.(query.Field)
		v, isValue := right.(query.Literal)
		if isField && isValue && (f.Type() == schema.Text && v.Kind == query.Text || f.Type() == schema.Integer && v.Kind == query.Integer) {
			found = append(found, lookup{f.Field, v})
		}
	}
	var walk func(query.Expr)
	walk = func(e query.Expr) {
		switch e := e.(type) {
		case query.And:
			for _, part := range e.Of {
				walk(part)
			}
		case query.Compare:
			if e.Op == query.Equal {
				add(e.Left, e.Right)
			}
		}
	}
	walk(plan.Where)
	walk(plan.Seen)
	for _, r := range plan.Refinements {
		if !r.Exclude && len(r.Values) == 1 && r.Values[0].Until.Kind == query.Null && r.Values[0].Below == "" {
			add(query.Field{Field: r.Field}, r.Values[0].Value)
		}
	}
	return found
}

// worthCopying asks the footers of the files: a large version, a field of many values, and files that are not sorted by it already.
func (e *Engine) worthCopying(ctx context.Context, table Table, looked lookup) bool {
	var paths []string
	for _, path := range table.Paths {
		paths = append(paths, text(path))
	}
	cast := "VARCHAR"
	value := any(looked.value.Text)
	if looked.field.Type == schema.Integer {
		cast, value = "BIGINT", looked.value.Integer
	}
	var rows, least, groups, meet int64
	err := e.db.QueryRowContext(ctx, fmt.Sprintf("SELECT coalesce(sum(num_values), 0), coalesce(min(coalesce(stats_distinct_count, %d)), 0), count(*), "+
		"count(*) FILTER (WHERE $2 BETWEEN TRY_CAST(stats_min_value AS %s) AND TRY_CAST(stats_max_value AS %[2]s)) FROM parquet_metadata([%[3]s]) WHERE path_in_schema = $1",
		sortedValues, cast, strings.Join(paths, ", ")), looked.field.Name, value).Scan(&rows, &least, &groups, &meet)
	if worth := err == nil && rows >= e.copies.fields && least >= sortedValues && meet*2 >= groups; worth {
		return true
	}
	if ctx.Err() == nil {
		e.copies.settle(table, looked.field.Name, unfit)
	}
	return false
}

// writeSorted writes the version sorted by a field. It takes as long as many scans and gives way, but less than they do: it makes them needless.
func (e *Engine) writeSorted(ctx context.Context, source query.Source, field schema.Field) (c madeCopy, err error) {
	table, release, err := e.resolve(ctx, source) // again: what the question held is released with it
	if err != nil {
		return c, err
	}
	defer release()
	file, err := os.CreateTemp(e.copies.folder, "*.parquet")
	if err != nil {
		return c, err
	}
	c.path = file.Name()
	file.Close()
	leave, err := e.exports.enter(ctx)
	if err != nil {
		return c, err
	}
	defer leave()
	statement := fmt.Sprintf("COPY (%s ORDER BY %s, %s) TO %s (FORMAT parquet, ROW_GROUP_SIZE %d)", numberedRows(table),
		identifier(field.Name), identifier(idColumn), text(c.path), sortedGroup)
	nice.Run(func() { _, err = e.exports.db.ExecContext(ctx, statement) })
	if err != nil {
		return c, err
	}
	info, err := os.Stat(c.path)
	if err != nil {
		return c, err
	}
	c.bytes = info.Size()
	return c, nil
}

// numberedRows selects the rows of a version with their identifiers, as a copy has them.
func numberedRows(table Table) string { return numberedAs(duckSQL{}.rowID(table), table) }

func numberedAs(id string, table Table) string {
	columns := []string{id + " AS " + identifier(idColumn)}
	for _, f := range table.Schema.Fields {
		columns = append(columns, identifier(f.Name))
	}
	return "SELECT " + strings.Join(columns, ", ") + " FROM " + duckSQL{}.relation(table)
}
