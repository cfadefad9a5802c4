package query

import (
	"strconv"
	"strings"

	"socle/internal/i18n"
	"socle/internal/schema"
)

// condition gives a node its meaning as a condition: a bare text is full text, a boolean field must be true.
func (b *binder) condition(n node) (Expr, *SyntaxError) {
	switch n := n.(type) {
	case text:
		return b.fullText(n, Match{Mode: Words, Fields: b.searchable(), Terms: Terms(n.value), Star: true})
	case logic:
		parts := make([]Expr, len(n.of))
		for i, part := range n.of {
			var err *SyntaxError
			if parts[i], err = b.condition(part); err != nil {
				return nil, err
			}
		}
		if n.op == "or" {
			return Or{parts}, nil
		}
		return And{parts}, nil
	case inversion:
		of, err := b.condition(n.of)
		if err != nil {
			return nil, err
		}
		return Not{of}, nil
	case is:
		return b.is(n)
	case inList:
		return b.inList(n)
	case inRange:
		return b.inRange(n)
	case inField:
		return b.inField(n)
	case operation:
		switch n.op {
		case "like":
			return b.like(n)
		case "=", "!=", "<", "<=", ">", ">=", ":":
			return b.compare(n)
		}
	case name, boolean, call:
		expr, err := b.value(n)
		if err != nil || expr.Type() == schema.Boolean {
			return expr, err
		}
	}
	return nil, b.fail(n, show(n), i18n.T("«\u00a0%s\u00a0» n’est pas une condition\u00a0: il manque une comparaison", "“%s” is not a condition: a comparison is missing", quote(show(n))))
}

// fullText bounds the work of a full-text condition: each word is looked for in each field of each row.
func (b *binder) fullText(n node, m Match) (Expr, *SyntaxError) {
	if len(m.Terms) > maxWords {
		return nil, b.fail(n, "", i18n.T("la recherche a plus de %d mots", "the search has more than %d words", maxWords))
	}
	for _, term := range m.Terms {
		if len(term) > maxLike {
			return nil, b.fail(n, quote(term), i18n.T("le mot «\u00a0%s\u00a0» est trop long", "the word “%s” is too long", quote(term)))
		}
	}
	return m, nil
}

// searchable are the fields that full text reads. Integers are there for whole numbers among the terms.
func (b *binder) searchable() []Field {
	var fields []Field
	for _, f := range b.fields.Fields {
		if f.Type == schema.Text || f.Type == schema.JSON || f.Type == schema.Integer {
			fields = append(fields, Field{f})
		}
	}
	return fields
}

var compareOps = map[string]CompareOp{"=": Equal, ":": Equal, "!=": NotEqual, "<": Less, "<=": LessEqual, ">": Greater, ">=": GreaterEqual}

var mirrored = map[CompareOp]CompareOp{Equal: Equal, NotEqual: NotEqual, Less: Greater, LessEqual: GreaterEqual, Greater: Less, GreaterEqual: LessEqual}

func constant(n node) bool {
	switch n := n.(type) {
	case text, number, boolean, null, moment:
		return true
	case call:
		return n.function == "now"
	}
	return false
}

func (b *binder) compare(n operation) (Expr, *SyntaxError) {
	op, left, right := compareOps[n.op], n.left, n.right
	if constant(left) && !constant(right) {
		op, left, right = mirrored[op], right, left
	}
	of, err := b.value(left)
	if err != nil {
		return nil, err
	}
	if t := of.Type(); t.Spatial() {
		return nil, b.mismatch(right, show(right), t)
	}
	if !constant(right) {
		other, err := b.value(right)
		if err != nil {
			return nil, err
		}
		if !comparable(of.Type(), other.Type()) {
			return nil, b.mismatch(right, show(right), of.Type())
		}
		return Compare{op, of, other}, nil
	}
	if n.op == ":" && of.Type() == schema.Text {
		if f, ok := of.(Field); ok {
			if literal, err := b.literal(right, schema.Text); err == nil && literal.Kind == Text {
				return b.fullText(right, Match{Mode: Words, Fields: []Field{f}, Terms: Terms(literal.Text)})
			}
		}
	}
	literal, err := b.literal(right, of.Type())
	if err != nil {
		return nil, err
	}
	if literal.Kind == Null {
		return Literal{Kind: Boolean}, nil
	}
	if of.Type() == schema.JSON {
		if op != Equal {
			return nil, b.mismatch(right, show(right), schema.JSON)
		}
		return contains(of, literal), nil
	}
	return Compare{op, of, literal}, nil
}

// contains is whether a list has a value. A number may be there as a text, because codes are.
func contains(list Expr, value Literal) Expr {
	switch value.Kind {
	case Integer, Decimal:
		digits := strconv.FormatInt(value.Integer, 10)
		if value.Kind == Decimal {
			digits = strconv.FormatFloat(value.Decimal, 'f', -1, 64)
		}
		return Or{[]Expr{Contains{list, value}, Contains{list, Literal{Kind: Text, Text: digits}}}}
	}
	return Contains{list, value}
}

func comparable(a, b schema.Type) bool {
	return a == b || a == "" || b == "" || a.Numeric() && b.Numeric() || a.Temporal() && b.Temporal()
}

func (b *binder) is(n is) (Expr, *SyntaxError) {
	of, err := b.value(n.of)
	if err != nil {
		return nil, err
	}
	var expr Expr = IsNull{of}
	if n.what != "null" {
		if of.Type() != schema.Boolean {
			return nil, b.fail(n.of, show(n.of), i18n.T("«\u00a0%s\u00a0» n’est pas un booléen", "“%s” is not a boolean", quote(show(n.of))))
		}
		expr = IsBool{Of: of, Want: n.what == "true"}
	}
	if n.not {
		expr = Not{expr}
	}
	return expr, nil
}

func (b *binder) inList(n inList) (Expr, *SyntaxError) {
	of, err := b.value(n.of)
	if err != nil {
		return nil, err
	}
	if of.Type().Spatial() {
		return nil, b.mismatch(n.of, show(n.of), of.Type())
	}
	in := In{Of: of}
	for _, v := range n.values {
		literal, err := b.literal(v, of.Type())
		if err != nil {
			return nil, err
		}
		if literal.Kind != Null {
			in.Values = append(in.Values, literal)
		}
	}
	if of.Type() == schema.JSON {
		any := Or{Of: []Expr{}}
		for _, v := range in.Values {
			any.Of = append(any.Of, contains(of, v))
		}
		return any, nil
	}
	return in, nil
}

func (b *binder) inRange(n inRange) (Expr, *SyntaxError) {
	of, err := b.value(n.of)
	if err != nil {
		return nil, err
	}
	if t := of.Type(); !t.Numeric() && !t.Temporal() && t != schema.Text {
		return nil, b.fail(n.of, show(n.of), i18n.T("un intervalle demande un nombre, une date ou un texte", "a range needs a number, a date or a text"))
	}
	between := Between{Of: of, LowOpen: n.lowOpen, HighOpen: n.highOpen}
	for _, end := range []struct {
		n  node
		to *Literal
	}{{n.low, &between.Low}, {n.high, &between.High}} {
		if _, star := end.n.(starNode); star {
			continue
		}
		if *end.to, err = b.literal(end.n, of.Type()); err != nil {
			return nil, err
		}
		if end.to.Kind == Null {
			return nil, b.fail(end.n, "null", i18n.T("null ne borne pas un intervalle\u00a0; * dit qu’il n’y a pas de borne", "null does not bound a range; * says that there is no bound"))
		}
	}
	return between, nil
}

func (b *binder) inField(n inField) (Expr, *SyntaxError) {
	field, err := b.value(n.field)
	if err != nil {
		return nil, err
	}
	literal, err := b.literal(n.value, field.Type())
	if err != nil {
		return nil, err
	}
	switch {
	case literal.Kind == Null:
		return Literal{Kind: Boolean}, nil
	case field.Type() == schema.JSON:
		return contains(field, literal), nil
	case field.Type().Spatial():
		return nil, b.mismatch(n.value, show(n.value), field.Type())
	}
	return Compare{Equal, field, literal}, nil
}

func (b *binder) like(n operation) (Expr, *SyntaxError) {
	of, err := b.value(n.left)
	if err != nil {
		return nil, err
	}
	pattern, ok := n.right.(text)
	if !ok || of.Type() != schema.Text && of.Type() != schema.JSON {
		return nil, b.fail(n, show(n), i18n.T("like compare un champ de texte à un texte entre guillemets", "like compares a text field with a text between quotes"))
	}
	if f, ok := of.(Field); ok && !strings.ContainsAny(pattern.value, "*?%") {
		return b.fullText(pattern, Match{Mode: Words, Fields: []Field{f}, Terms: Terms(pattern.value)})
	}
	if len(pattern.value) > maxLike {
		return nil, b.fail(pattern, quote(pattern.value), i18n.T("le motif fait plus de %d caractères", "the pattern is longer than %d characters", maxLike))
	}
	return Like{Of: of, Pattern: pattern.value}, nil
}
