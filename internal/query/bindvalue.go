package query

import (
	"math"
	"strconv"
	"strings"

	"socle/internal/i18n"
	"socle/internal/schema"
)

// value gives a node its meaning as a value.
func (b *binder) value(n node) (Expr, *SyntaxError) {
	switch n := n.(type) {
	case name:
		return b.name(n)
	case text:
		return Literal{Kind: Text, Text: n.value}, nil
	case number:
		return b.number(n)
	case boolean:
		return Literal{Kind: Boolean, Boolean: n.value}, nil
	case null:
		return Literal{}, nil
	case moment:
		p, ok := parsePeriod(n.value)
		if !ok {
			return nil, b.badDate(n, n.value)
		}
		if p.day {
			return p.literal(p.start, schema.Date, b.location), nil
		}
		return p.literal(p.start, schema.Datetime, b.location), nil
	case negation:
		of, err := b.numeric(n.of)
		if err != nil {
			return nil, err
		}
		return Negate{of}, nil
	case operation:
		if i := strings.Index("+-*/", n.op); i >= 0 && len(n.op) == 1 {
			return b.arithmetic(n, ArithmeticOp(i))
		}
		return b.condition(n)
	case call:
		return b.call(n)
	case quantity:
		if f, ok := b.field(n.digits + n.unit); ok { // a field called 3d
			return Field{f}, nil
		}
		return nil, b.fail(n, show(n), i18n.T("«\u00a0%s\u00a0» n’est pas une valeur ici", "“%s” is not a value here", quote(show(n))))
	case geometry, starNode:
		return nil, b.fail(n, show(n), i18n.T("«\u00a0%s\u00a0» n’est pas une valeur ici", "“%s” is not a value here", quote(show(n))))
	default:
		return b.condition(n)
	}
}

// name finds the field, or in order_by and group_by the computed column, that a name means.
func (b *binder) name(n name) (Expr, *SyntaxError) {
	lower := strings.ToLower(n.text)
	if expr, ok := b.aliases[lower]; ok && b.inOrder {
		return expr, nil
	}
	if f, ok := b.field(n.text); ok {
		if b.lists[f.Name] && !b.inAggregate {
			return Element{Field{f}}, nil
		}
		return Field{f}, nil
	}
	if group, ok := b.groups[lower]; ok && b.clause == "select" {
		g := b.in("group_by", b.groupBy)
		g.groups, g.inGroup = nil, true
		return g.value(group.expr)
	}
	if expr, ok := b.aliases[lower]; ok && (b.inOrder || b.inGroup) {
		return expr, nil
	}
	return nil, b.unknownField(n.at, n.text)
}

func (b *binder) field(name string) (schema.Field, bool) {
	if f, ok := b.fields.Field(name); ok {
		return f, true
	}
	for _, f := range b.fields.Fields {
		if strings.EqualFold(f.Name, name) {
			return f, true
		}
	}
	return schema.Field{}, false
}

func (b *binder) unknownField(at int, text string) *SyntaxError {
	candidates := b.fields.Names()
	for alias := range b.aliases {
		if b.inOrder || b.inGroup {
			candidates = append(candidates, alias)
		}
	}
	return b.failAt(at, text, i18n.T("le champ «\u00a0%s\u00a0» n’existe pas", "the field “%s” does not exist", quote(text))).
		suggesting(nearest(text, candidates))
}

func (b *binder) badDate(n node, value string) *SyntaxError {
	return b.fail(n, value, i18n.T("«\u00a0%s\u00a0» n’est pas une date\u00a0: écrivez par exemple date'2024-09-01' ou date'2024-09-01T08:00'",
		"“%s” is not a date: write date'2024-09-01' or date'2024-09-01T08:00' for instance", quote(value)))
}

func (b *binder) number(n number) (Literal, *SyntaxError) {
	if i, err := strconv.ParseInt(n.digits, 10, 64); err == nil {
		return Literal{Kind: Integer, Integer: i}, nil
	}
	f, err := strconv.ParseFloat(n.digits, 64)
	if err != nil || math.IsInf(f, 0) {
		return Literal{}, b.fail(n, n.digits, i18n.T("le nombre «\u00a0%s\u00a0» est trop grand", "the number “%s” is too large", quote(n.digits)))
	}
	return Literal{Kind: Decimal, Decimal: f}, nil
}

// toNumber reads digits as a finite number.
func toNumber(digits string) (float64, bool) {
	f, err := strconv.ParseFloat(digits, 64)
	return f, err == nil && !math.IsInf(f, 0) && !math.IsNaN(f)
}

// numeric is a value that must be a number.
func (b *binder) numeric(n node) (Expr, *SyntaxError) {
	expr, err := b.value(n)
	if err != nil {
		return nil, err
	}
	if t := expr.Type(); !t.Numeric() && t != "" {
		return nil, b.fail(n, show(n), i18n.T("«\u00a0%s\u00a0» n’est pas un nombre", "“%s” is not a number", quote(show(n))))
	}
	return expr, nil
}

func (b *binder) arithmetic(n operation, op ArithmeticOp) (Expr, *SyntaxError) {
	left, err := b.numeric(n.left)
	if err != nil {
		return nil, err
	}
	right, err := b.numeric(n.right)
	if err != nil {
		return nil, err
	}
	return Arithmetic{op, left, right}, nil
}

// literal reads a constant that is compared with a value of type t.
func (b *binder) literal(n node, t schema.Type) (Literal, *SyntaxError) {
	switch n := n.(type) {
	case null:
		return Literal{}, nil
	case text:
		return b.textAs(n, n.value, t)
	case number:
		if t == schema.Text { // codes: uai = 0350001
			return Literal{Kind: Text, Text: n.digits}, nil
		}
		if t.Numeric() || t == "" || t == schema.JSON {
			return b.number(n)
		}
		if t.Temporal() {
			return b.textAs(n, n.digits, t)
		}
	case boolean:
		if t == schema.Boolean || t == "" || t == schema.JSON {
			return Literal{Kind: Boolean, Boolean: n.value}, nil
		}
	case moment:
		p, ok := parsePeriod(n.value)
		if !ok {
			return Literal{}, b.badDate(n, n.value)
		}
		if t.Temporal() {
			return p.literal(p.start, t, b.location), nil
		}
		if t == schema.JSON { // a list of days holds them as texts
			return Literal{Kind: Text, Text: n.value}, nil
		}
	case call:
		if n.function == "now" {
			literal, err := b.nowCall(n)
			if err != nil || t.Temporal() {
				return literal, err
			}
		}
	case negation:
		if inner, ok := n.of.(number); ok && t.Numeric() {
			literal, err := b.number(inner)
			literal.Integer, literal.Decimal = -literal.Integer, -literal.Decimal
			return literal, err
		}
	default:
		return Literal{}, b.fail(n, show(n), i18n.T("«\u00a0%s\u00a0» n’est pas une constante", "“%s” is not a constant", quote(show(n))))
	}
	return Literal{}, b.mismatch(n, show(n), t)
}

func (b *binder) mismatch(n node, found string, t schema.Type) *SyntaxError {
	return b.fail(n, found, i18n.T("«\u00a0%s\u00a0» ne se compare pas à %s", "“%s” does not compare with %s", quote(found), typeName(t)))
}

// textAs reads text as a constant of type t, because addresses often quote everything.
func (b *binder) textAs(n node, s string, t schema.Type) (Literal, *SyntaxError) {
	switch t {
	case schema.Integer, schema.Decimal:
		if i, err := strconv.ParseInt(s, 10, 64); err == nil {
			return Literal{Kind: Integer, Integer: i}, nil
		}
		if f, err := strconv.ParseFloat(s, 64); err == nil && !math.IsInf(f, 0) && !math.IsNaN(f) {
			return Literal{Kind: Decimal, Decimal: f}, nil
		}
	case schema.Boolean:
		switch Fold(s) {
		case "true", "vrai", "oui", "1":
			return Literal{Kind: Boolean, Boolean: true}, nil
		case "false", "faux", "non", "0":
			return Literal{Kind: Boolean}, nil
		}
	case schema.Date, schema.Datetime:
		p, ok := parsePeriod(s)
		if !ok {
			return Literal{}, b.badDate(n, s)
		}
		return p.literal(p.start, t, b.location), nil
	case schema.Text, schema.JSON, "":
		return Literal{Kind: Text, Text: s}, nil
	}
	return Literal{}, b.mismatch(n, s, t)
}

func typeName(t schema.Type) i18n.Text {
	switch t {
	case schema.Integer:
		return i18n.T("un nombre entier", "an integer")
	case schema.Decimal:
		return i18n.T("un nombre", "a number")
	case schema.Boolean:
		return i18n.T("un booléen (true ou false)", "a boolean (true or false)")
	case schema.Date:
		return i18n.T("une date", "a date")
	case schema.Datetime:
		return i18n.T("une date et une heure", "a date and time")
	case schema.Point, schema.Geometry:
		return i18n.T("une position", "a position")
	case schema.JSON:
		return i18n.T("une liste", "a list")
	}
	return i18n.T("un texte", "a text")
}
