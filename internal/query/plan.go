package query

import (
	"slices"

	"socle/internal/fault"
	"socle/internal/i18n"
)

// children returns the expressions directly inside another.
func children(e Expr) []Expr {
	switch e := e.(type) {
	case Arithmetic:
		return []Expr{e.Left, e.Right}
	case Negate:
		return []Expr{e.Of}
	case Call:
		return e.Args
	case DateFormat:
		return []Expr{e.Of}
	case Distance:
		return []Expr{e.Of}
	case Aggregate:
		if e.Of == nil {
			return nil
		}
		return []Expr{e.Of}
	case BandStatic:
		return []Expr{e.Of}
	case BandWidth:
		return []Expr{e.Of}
	case BandPeriod:
		return []Expr{e.Of}
	case Mercator:
		return []Expr{e.Of}
	case GeoCluster:
		return []Expr{e.Of}
	case Element:
		return []Expr{e.Field}
	case Related:
		return []Expr{e.Of}
	case Compare:
		return []Expr{e.Left, e.Right}
	case And:
		return e.Of
	case Or:
		return e.Of
	case Not:
		return []Expr{e.Of}
	case IsNull:
		return []Expr{e.Of}
	case IsBool:
		return []Expr{e.Of}
	case In:
		return []Expr{e.Of}
	case Between:
		return []Expr{e.Of}
	case Like:
		return []Expr{e.Of}
	case Contains:
		return []Expr{e.List}
	case Match:
		fields := make([]Expr, len(e.Fields))
		for i, f := range e.Fields {
			fields[i] = f
		}
		return fields
	case WithinDistance:
		return []Expr{e.Of}
	case InBox:
		return []Expr{e.Of}
	case Field, Literal, RowNumber, RowIs:
	}
	return nil
}

// Walk visits an expression and what is inside it, the outer first, until visit says no for a part.
func Walk(e Expr, visit func(Expr) bool) {
	if e == nil || !visit(e) {
		return
	}
	for _, child := range children(e) {
		Walk(child, visit)
	}
}

func hasAggregate(e Expr) (found bool) {
	Walk(e, func(e Expr) bool {
		_, is := e.(Aggregate)
		found = found || is
		return !found
	})
	return found
}

// looseField returns a field that e reads outside aggregates and group keys, "" when there is none. The keys are
// canonical.
func looseField(e Expr, keys []string) (loose string) {
	Walk(e, func(e Expr) bool {
		if _, is := e.(Aggregate); is || loose != "" {
			return false
		}
		if len(keys) > 0 && slices.Contains(keys, canonicalExpr(e)) {
			return false
		}
		if f, is := e.(Field); is {
			loose = f.Name
		}
		return true
	})
	return loose
}

// groupKeys are the keys of the groups, canonical.
func (p *Plan) groupKeys() []string {
	keys := make([]string, len(p.Groups))
	for i, g := range p.Groups {
		keys[i] = canonicalExpr(g.Expr)
	}
	return keys
}

// same reports whether two expressions always have the same value.
func same(a, b Expr) bool { return canonicalExpr(a) == canonicalExpr(b) }

// Restrict keeps only the rows that also fulfil the condition.
func (p *Plan) Restrict(condition Expr) {
	switch where := p.Where.(type) {
	case nil:
		p.Where = condition
	case And:
		p.Where = And{append(slices.Clone(where.Of), condition)}
	default:
		p.Where = And{[]Expr{where, condition}}
	}
}

// See takes away the rows that do not fulfil the condition, as if the version did not have them.
func (p *Plan) See(condition Expr) {
	if p.Seen != nil {
		condition = And{[]Expr{p.Seen, condition}}
	}
	p.Seen = condition
}

// expressions are all the expressions of the plan but those of refinements and of the rows that are seen.
func (p *Plan) expressions() []Expr {
	var all []Expr
	for _, c := range p.Columns {
		all = append(all, c.Expr)
	}
	for _, g := range p.Groups {
		all = append(all, g.Expr)
	}
	for _, o := range p.Order {
		all = append(all, o.Expr)
	}
	return append(all, p.Where)
}

// Fields returns the names of the fields that the plan reads for the question itself, without repetition: those of
// the condition that decides which rows are seen are not among them.
func (p *Plan) Fields() []string {
	var names []string
	add := func(name string) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, e := range p.expressions() {
		Walk(e, func(e Expr) bool {
			if f, is := e.(Field); is {
				add(f.Name)
			}
			return true
		})
	}
	for _, r := range p.Refinements {
		add(r.Field.Name)
	}
	return names
}

// Hide takes fields away from the plan: out of *, of patterns and of full text, in silence. A plan that names
// such a field is refused as if the field did not exist, with a fault of kind Invalid. The condition of [Plan.See] may
// read hidden fields.
func (p *Plan) Hide(hidden func(field string) bool) error {
	p.Columns = slices.DeleteFunc(slices.Clone(p.Columns), func(c Column) bool {
		f, is := c.Expr.(Field)
		return c.Star && is && hidden(f.Name)
	})
	p.Where = withoutHidden(p.Where, hidden)
	for _, name := range p.Fields() {
		if hidden(name) {
			return fault.New(fault.Invalid, CodeMeaning, i18n.T("Le champ «\u00a0%s\u00a0» n’existe pas.", "The field “%s” does not exist.", quote(name)))
		}
	}
	if len(p.Columns) == 0 {
		return fault.New(fault.Invalid, CodeMeaning, i18n.T("Aucune colonne n’est choisie.", "No column is selected."))
	}
	return nil
}

// withoutHidden narrows the full-text conditions that read every field.
func withoutHidden(e Expr, hidden func(string) bool) Expr {
	narrow := func(parts []Expr) []Expr {
		out := make([]Expr, len(parts))
		for i, part := range parts {
			out[i] = withoutHidden(part, hidden)
		}
		return out
	}
	switch e := e.(type) {
	case And:
		return And{narrow(e.Of)}
	case Or:
		return Or{narrow(e.Of)}
	case Not:
		return Not{withoutHidden(e.Of, hidden)}
	case Match:
		if e.Star {
			e.Fields = slices.DeleteFunc(slices.Clone(e.Fields), func(f Field) bool { return hidden(f.Name) })
		}
		return e
	}
	return e
}

// Unformatted is the plan with the texts themselves where it has json_format: what every file but a JSON one holds.
func (p *Plan) Unformatted() *Plan {
	plain := *p
	plain.Columns = slices.Clone(p.Columns)
	for i, c := range plain.Columns {
		if call, is := c.Expr.(Call); is && call.Func == JSONFormat {
			plain.Columns[i].Expr = call.Args[0]
		}
	}
	return &plain
}

// Total is the plan whose rows are those that p would give without limit, offset and cursor.
func (p *Plan) Total() *Plan {
	total := *p
	total.Limit, total.Offset, total.After, total.Order, total.Position = -1, 0, nil, nil, false
	return &total
}
