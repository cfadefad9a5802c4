package query

import (
	"encoding/json"
	"reflect"
	"strings"
	"time"
)

// words are the names of what expressions hold as numbers.
var words = map[reflect.Type][]string{
	reflect.TypeFor[ArithmeticOp]():  {"+", "-", "*", "/"},
	reflect.TypeFor[CompareOp]():     {"=", "!=", "<", "<=", ">", ">="},
	reflect.TypeFor[ScalarFunc]():    {"length", "lower", "upper", "ifnull", "year", "quarter", "month", "day", "dayofweek", "hour", "minute", "second", "millisecond", "json_format", "random"},
	reflect.TypeFor[AggregateFunc](): {"count", "sum", "avg", "min", "max", "median", "percentile", "bbox", "envelope"},
	reflect.TypeFor[Relation]():      {"intersects", "disjoint", "within"},
	reflect.TypeFor[MatchMode]():     {"words", "search", "suggest", "startswith"},
	reflect.TypeFor[PeriodUnit]():    {"millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year"},
}

// Explain writes the plan as plain values, to be shown: what is read, kept, grouped, ordered, and the window. It is no
// language of any engine.
func (p *Plan) Explain() map[string]any {
	columns, groups, order, refinements := []any{}, []any{}, []any{}, []any{}
	for _, c := range p.Columns {
		columns = append(columns, map[string]any{"name": c.Name, "type": c.Type(), "value": explain(reflect.ValueOf(c.Expr))})
	}
	for _, g := range p.Groups {
		groups = append(groups, map[string]any{"name": g.Name, "value": explain(reflect.ValueOf(g.Expr))})
	}
	for _, o := range p.Order {
		order = append(order, map[string]any{"value": explain(reflect.ValueOf(o.Expr)), "descending": o.Desc, "nulls": "last"})
	}
	for _, r := range p.Refinements {
		values := []string{}
		for _, v := range r.Values {
			values = append(values, v.Text)
		}
		refinements = append(refinements, map[string]any{"field": r.Field.Name, "values": values, "exclude": r.Exclude})
	}
	fields := p.Fields()
	if fields == nil {
		fields = []string{}
	}
	zone := p.Timezone
	if zone == "" {
		zone = "UTC"
	}
	out := map[string]any{"fields": fields, "columns": columns, "filter": nil, "refinements": refinements, "grouped": p.Grouped, "groups": groups,
		"order": order, "tie_break": "row number", "limit": nil, "offset": p.Offset, "after_cursor": p.After != nil, "timezone": zone}
	if p.Grouped {
		out["tie_break"] = "group keys"
	}
	if p.Where != nil {
		out["filter"] = explain(reflect.ValueOf(p.Where))
	}
	if p.Limit >= 0 {
		out["limit"] = p.Limit
	}
	return out
}

// explain writes an expression as an object whose "is" names it and whose other members are its parts. It reads the
// types of expressions themselves, so that a new one needs nothing here.
func explain(v reflect.Value) any {
	if v.Kind() == reflect.Interface {
		if v.IsNil() {
			return nil
		}
		v = v.Elem()
	}
	switch x := v.Interface().(type) {
	case Field:
		return map[string]any{"is": "field", "name": x.Name, "type": x.Field.Type}
	case Literal:
		return map[string]any{"is": "literal", "type": x.Type(), "value": x.plain()}
	case time.Time:
		return x
	case json.RawMessage:
		return x
	}
	switch v.Kind() {
	case reflect.Struct:
		object := map[string]any{}
		if _, is := v.Interface().(Expr); is {
			object["is"] = snake(v.Type().Name())
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				object[snake(v.Type().Field(i).Name)] = explain(v.Field(i))
			}
		}
		return object
	case reflect.Slice:
		list := []any{}
		for i := range v.Len() {
			list = append(list, explain(v.Index(i)))
		}
		return list
	case reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return explain(v.Elem())
	case reflect.Int:
		if names := words[v.Type()]; int(v.Int()) < len(names) {
			return names[v.Int()]
		}
	}
	return v.Interface()
}

// plain is the value of a constant.
func (l Literal) plain() any {
	switch l.Kind {
	case Text:
		return l.Text
	case Integer:
		return l.Integer
	case Decimal:
		return l.Decimal
	case Boolean:
		return l.Boolean
	case Date:
		return l.Time.Format(time.DateOnly)
	case Datetime:
		return l.Time
	}
	return nil
}

// snake writes a Go name as a member of JSON.
func snake(name string) string {
	var b strings.Builder
	for i, r := range name {
		if r >= 'A' && r <= 'Z' {
			if i > 0 {
				b.WriteByte('_')
			}
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}
