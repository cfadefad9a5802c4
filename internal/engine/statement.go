package engine

import (
	"fmt"
	"strconv"
	"strings"

	"socle/internal/query"
	"socle/internal/schema"
)

// statement is a compiled plan: what it reads, and how its columns are to be decoded.
type statement struct {
	sql  string
	args []any
}

// sortKey is one key of the total order.
type sortKey struct {
	sql  string
	expr query.Expr // nil for the row number
	desc bool
}

// output turns the columns of a plan into SQL.
type output func(c *compiler, plan *query.Plan, keys []sortKey) []string

// compile writes a plan as one SELECT whose columns output decides.
func compile(table Table, plan *query.Plan, columns output) statement {
	return newCompiler(table, plan).statement(plan, columns)
}

// compileCopy writes the SELECT of a COPY. There DuckDB takes any rows to make up a limit, unless it is told the order.
func compileCopy(table Table, plan *query.Plan, columns output) statement {
	c := newCompiler(table, plan)
	c.explicit = plan.Limit >= 0
	return c.statement(plan, columns)
}

func (c *compiler) statement(plan *query.Plan, columns output) statement {
	var from, where string
	if plan.Grouped {
		from = "(" + c.groups(plan) + ") AS groups"
	}
	keys := c.keys(plan)
	selected := strings.Join(columns(c, plan, keys), ", ")
	var after []condition
	if plan.After != nil {
		after = []condition{c.after(plan, keys)}
	}
	offset := plan.Offset
	if page, is := c.page(plan); is {
		after, offset = append(after, page), 0
	}
	if !plan.Grouped {
		from, where = c.source(plan, "", after...)
	} else if len(after) > 0 {
		where = " WHERE " + after[0].sql
	}
	sql := "SELECT " + selected + " FROM " + from + where + c.order(plan, keys)
	if offset > 0 {
		sql += " OFFSET " + strconv.Itoa(offset)
	}
	if plan.Limit >= 0 {
		sql += " LIMIT " + strconv.Itoa(plan.Limit)
	}
	return c.finish(statement{sql, c.args})
}

// page is a page of all rows in their order as the condition that it is: the rows of a file are numbered from 0, so that those before
// the page need not be read.
func (c *compiler) page(plan *query.Plan) (condition, bool) {
	all := plan.Where == nil && plan.Seen == nil && len(plan.Refinements) == 0 && len(plan.Order) == 0 && plan.After == nil && !plan.Grouped
	if !all || plan.Offset == 0 || plan.Limit < 0 || c.table.Far != nil || len(c.table.Paths) != 1 {
		return condition{}, false
	}
	row := c.rowID(c.table)
	return condition{fmt.Sprintf("%[1]s >= %[2]d AND %[1]s < %[3]d", row, plan.Offset, plan.Offset+plan.Limit), true}, true
}

// groups writes the inner query of a grouped plan: keys as g0, g1…, aggregates as a0, a1…. From then on the compiler
// writes these expressions as those columns.
func (c *compiler) groups(plan *query.Plan) string {
	inner := map[string]string{}
	var columns, beside, keys []string
	var only []condition
	for i, g := range plan.Groups {
		column := "g" + strconv.Itoa(i)
		c.group = append(c.group, column)
		columns = append(columns, c.groupKey(g.Expr)+" AS "+column)
		switch e := g.Expr.(type) {
		case query.GeoCluster:
			beside = append(beside, c.centre(e)+" AS "+column+"c")
		case query.BandStatic:
			only = append(only, c.inBands(e)...)
		}
		keys = append(keys, strconv.Itoa(i+1))
		inner[query.Canonical(g.Expr)] = column
	}
	count := 0
	collect := func(e query.Expr) {
		query.Walk(e, func(e query.Expr) bool {
			if _, is := e.(query.Aggregate); !is {
				return true
			}
			if name := query.Canonical(e); inner[name] == "" {
				column := "a" + strconv.Itoa(count)
				count++
				columns = append(columns, c.value(e)+" AS "+column)
				inner[name] = column
			}
			return false
		})
	}
	for _, column := range plan.Columns {
		collect(column.Expr)
	}
	for _, o := range plan.Order {
		collect(o.Expr)
	}
	if columns = append(columns, beside...); len(columns) == 0 {
		columns = []string{"1"}
	}
	from, where := c.source(plan, "", only...)
	sql := "SELECT " + strings.Join(columns, ", ") + " FROM " + from + c.mergers(plan) + c.elements(plan) + where
	if len(keys) > 0 {
		sql += " GROUP BY " + strings.Join(keys, ", ")
	} else if count == 0 {
		sql += " LIMIT 1"
	}
	c.inner = inner
	return sql
}

// keys are the sort keys of a plan that people asked for, then what makes the order total.
func (c *compiler) keys(plan *query.Plan) []sortKey {
	var keys []sortKey
	for _, o := range plan.Order {
		keys = append(keys, sortKey{c.sortable(o.Expr), o.Expr, o.Desc})
	}
	if plan.Grouped {
		for _, g := range plan.Groups {
			keys = append(keys, sortKey{c.sortable(g.Expr), g.Expr, false})
		}
	}
	return keys
}

// sortable is the value that an expression sorts by: the key of a group, not what it looks like.
func (c *compiler) sortable(e query.Expr) string {
	if column, ok := c.inner[query.Canonical(e)]; ok {
		return column
	}
	switch e.(type) {
	case query.BandStatic, query.BandWidth:
		return c.groupKey(e)
	}
	return c.value(e)
}

func (c *compiler) order(plan *query.Plan, keys []sortKey) string {
	var parts []string
	for _, k := range keys {
		direction := " ASC"
		if k.desc {
			direction = " DESC"
		}
		parts = append(parts, k.sql+direction+" NULLS LAST")
	}
	if !plan.Grouped && (len(parts) > 0 || c.explicit || c.joins || !c.ordered()) {
		parts = append(parts, c.tieBreak(c.table)...)
	}
	if len(parts) == 0 {
		return ""
	}
	return " ORDER BY " + strings.Join(parts, ", ")
}

// after writes the condition of the rows that come later than the cursor in the total order.
func (c *compiler) after(plan *query.Plan, keys []sortKey) condition {
	var branches []string
	fields := true
	var equal []string
	for i, k := range keys {
		if i >= len(plan.After.Keys) {
			break
		}
		value := plan.After.Keys[i]
		fields = fields && (value.Kind == query.Null || comparable(k.expr, value)) && plainField(k.expr)
		if value.Kind == query.Null {
			equal = append(equal, k.sql+" IS NULL")
			continue
		}
		written := c.keyLiteral(k, value)
		operator := " > "
		if k.desc {
			operator = " < "
		}
		later := fmt.Sprintf("(%s%s%s OR %s IS NULL)", k.sql, operator, written, k.sql)
		branches = append(branches, "("+strings.Join(append(append([]string{}, equal...), later), " AND ")+")")
		equal = append(equal, k.sql+" = "+written)
	}
	if !plan.Grouped {
		later := c.rowID(c.table) + " > " + strconv.FormatInt(int64(plan.After.Row), 10)
		branches = append(branches, "("+strings.Join(append(equal, later), " AND ")+")")
	}
	if len(branches) == 0 {
		return condition{"false", true}
	}
	return condition{"(" + strings.Join(branches, " OR ") + ")", fields}
}

// keyLiteral writes the value of a sort key; an exact decimal travels as text.
func (c *compiler) keyLiteral(k sortKey, value query.Literal) string {
	if f, ok := k.expr.(query.Field); ok && f.Exact() && value.Kind == query.Text {
		return fmt.Sprintf("CAST(%s AS DECIMAL(38,%d))", c.bind(value.Text), f.Scale)
	}
	return c.literal(value)
}

// wire writes the columns of a plan as [Rows] decodes them, and with positions the row and the sort keys.
func wire(c *compiler, plan *query.Plan, keys []sortKey) []string {
	var columns []string
	for _, column := range plan.Columns {
		columns = append(columns, c.wireValue(c.value(column.Expr), column.Expr)...)
	}
	if plan.Position {
		if !plan.Grouped {
			columns = append(columns, c.rowID(c.table))
		}
		for _, k := range keys {
			columns = append(columns, c.wireValue(k.sql, keyExpr(k.expr))...)
		}
	}
	for i := range columns { // ORDER BY looks at these names first, and must not find that of a field twice
		columns[i] += " AS _w" + strconv.Itoa(i)
	}
	return columns
}

// keyExpr is the expression whose type the key of a group has: bands sort by their number.
func keyExpr(e query.Expr) query.Expr {
	switch e.(type) {
	case query.BandStatic, query.BandWidth, query.GeoCluster:
		return query.Literal{Kind: query.Integer}
	}
	return e
}

// wireValue writes a value as types that need no interpretation: whole numbers, doubles, booleans, texts.
func (c *compiler) wireValue(sql string, e query.Expr) []string {
	switch e.Type() {
	case schema.Integer:
		return []string{"CAST(" + sql + " AS BIGINT)"}
	case schema.Decimal:
		if f, ok := e.(query.Field); ok && f.Exact() {
			return []string{"CAST(" + sql + " AS VARCHAR)"}
		}
		return []string{"CAST(" + sql + " AS DOUBLE)"}
	case schema.Date, schema.Datetime:
		return []string{c.micros(e.Type(), sql)}
	case schema.Point:
		return []string{c.member(sql, "lon"), c.member(sql, "lat")}
	case "":
		return []string{"CAST(" + sql + " AS VARCHAR)"}
	}
	return []string{sql}
}
