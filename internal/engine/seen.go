package engine

import (
	"strconv"
	"strings"

	"socle/internal/query"
	"socle/internal/schema"
)

// Databases evaluate conditions in the order that they find cheapest. A condition of somebody who sees some rows only
// could be computed on a row that is hidden, and its error would tell what the row holds. So, where rows are hidden,
// conditions that may fail stand behind a wall: a subquery of the rows that are seen, with a limit that no table
// reaches, which no database moves a condition through. Those that cannot fail stay with the filter, where the
// statistics of the files still serve them; a plan from which nothing is hidden has no wall.

// wall is a limit that no table reaches.
var wall = " LIMIT " + strconv.FormatInt(1<<62, 10)

// condition is one condition of a plan in SQL, and whether it can fail on no row.
type condition struct {
	sql  string
	sure bool
}

// source writes what a plan reads, to stand after FROM, and its WHERE, "" when there is none. The refinements of one
// field are left out when except names it.
func (c *compiler) source(plan *query.Plan, except string, more ...condition) (from, where string) {
	var conditions []condition
	for _, e := range conjuncts(plan.Where) {
		conditions = append(conditions, condition{c.condition(e), sure(e)})
	}
	for _, r := range plan.Refinements {
		if except == "" || r.Field.Name != except || r.Exclude {
			conditions = append(conditions, condition{c.refinement(r), true})
		}
	}
	conditions = append(conditions, more...)
	var inside, outside []string
	for _, one := range conditions {
		if one.sure || plan.Seen == nil {
			inside = append(inside, one.sql)
		} else {
			outside = append(outside, one.sql)
		}
	}
	if plan.Seen != nil {
		inside = append(inside, c.condition(plan.Seen))
	}
	if len(outside) == 0 {
		return c.relation(c.table), whereAll(inside)
	}
	columns := "*"
	for _, column := range c.places(c.table) {
		columns += ", " + column
	}
	return "(SELECT " + columns + " FROM " + c.relation(c.table) + whereAll(inside) + wall + ") AS seen", whereAll(outside)
}

func whereAll(conditions []string) string {
	if len(conditions) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(conditions, " AND ")
}

// conjuncts are the conditions that must all hold.
func conjuncts(e query.Expr) []query.Expr {
	switch e := e.(type) {
	case nil:
		return nil
	case query.And:
		var all []query.Expr
		for _, part := range e.Of {
			all = append(all, conjuncts(part)...)
		}
		return all
	}
	return []query.Expr{e}
}

// sure reports whether a condition can fail on no row: what it computes are comparisons of the values of fields with
// constants of their own type, and searches in texts. Whatever is not known here may fail.
func sure(e query.Expr) bool {
	switch e := e.(type) {
	case query.And:
		return allSure(e.Of)
	case query.Or:
		return allSure(e.Of)
	case query.Not:
		return sure(e.Of)
	case query.IsNull:
		return plainField(e.Of)
	case query.IsBool:
		return plainField(e.Of)
	case query.Compare:
		return comparable(e.Left, e.Right) || comparable(e.Right, e.Left)
	case query.In:
		for _, value := range e.Values {
			if !comparable(e.Of, value) {
				return false
			}
		}
		return true
	case query.Between:
		return (e.Low.Kind == query.Null || comparable(e.Of, e.Low)) && (e.High.Kind == query.Null || comparable(e.Of, e.High))
	case query.Like:
		return plainField(e.Of)
	case query.Match, query.RowIs:
		return true
	case query.InBox:
		return plainField(e.Of) && e.Of.Type() == schema.Point
	}
	return false
}

func allSure(parts []query.Expr) bool {
	for _, part := range parts {
		if !sure(part) {
			return false
		}
	}
	return true
}

func plainField(e query.Expr) bool {
	_, is := e.(query.Field)
	return is
}

// comparable reports whether a field and a constant are of types that are compared without a conversion that may fail.
func comparable(of, with query.Expr) bool {
	field, isField := of.(query.Field)
	value, isConstant := with.(query.Literal)
	if !isField || !isConstant {
		return false
	}
	switch field.Type() {
	case schema.Text:
		return value.Kind == query.Text
	case schema.Integer:
		return value.Kind == query.Integer
	case schema.Decimal: // an exact one is compared with a whole number as another exact one, which may not hold it
		return value.Kind == query.Decimal || value.Kind == query.Integer && !field.Exact()
	case schema.Boolean:
		return value.Kind == query.Boolean
	case schema.Date:
		return value.Kind == query.Date
	case schema.Datetime:
		return value.Kind == query.Datetime
	}
	return false
}
