package query

import (
	"slices"
	"strconv"
	"time"

	"socle/internal/i18n"
	"socle/internal/schema"
)

var dateParts = map[string]ScalarFunc{"year": Year, "quarter": Quarter, "month": Month, "day": Day, "dayofweek": DayOfWeek,
	"hour": Hour, "minute": Minute, "second": Second, "millisecond": Millisecond}

var aggregates = map[string]AggregateFunc{"count": Count, "sum": Sum, "avg": Average, "min": Minimum, "max": Maximum,
	"median": Median, "percentile": Percentile, "bbox": Bounds, "envelope": Hull}

func knownFunctions() []string {
	known := []string{"date_format", "disjoint", "distance", "exclude", "geo_cluster", "geometry", "ifnull", "in_bbox", "include", "intersects",
		"json_format", "length", "lower", "now", "random", "range", "search", "startswith", "suggest", "upper", "within", "within_distance"}
	for f := range dateParts {
		known = append(known, f)
	}
	for f := range aggregates {
		known = append(known, f)
	}
	slices.Sort(known)
	return known
}

// call gives a function its meaning.
func (b *binder) call(n call) (Expr, *SyntaxError) {
	if f, ok := dateParts[n.function]; ok {
		return b.datePart(n, f)
	}
	if f, ok := aggregates[n.function]; ok {
		return b.aggregate(n, f)
	}
	if n.distinct {
		return nil, b.fail(n, "distinct", i18n.T("distinct ne va qu’avec count", "distinct only goes with count"))
	}
	switch n.function {
	case "length":
		return b.textCall(n, Length)
	case "lower":
		return b.textCall(n, Lower)
	case "upper":
		return b.textCall(n, Upper)
	case "ifnull":
		return b.ifNull(n)
	case "now":
		return b.nowCall(n)
	case "random":
		return b.random(n)
	case "date_format":
		return b.dateFormat(n)
	case "range":
		return b.bands(n)
	case "search":
		return b.match(n, Search)
	case "suggest":
		return b.match(n, Suggest)
	case "startswith":
		return b.match(n, StartsWith)
	case "distance", "within_distance":
		return b.distance(n)
	case "in_bbox":
		return b.inBox(n)
	case "intersects", "disjoint", "within", "geometry":
		return b.relation(n)
	case "geo_cluster":
		return b.clusters(n)
	case "json_format":
		return b.jsonFormat(n)
	}
	return nil, b.fail(n, n.function, i18n.T("la fonction «\u00a0%s\u00a0» n’existe pas", "the function “%s” does not exist", quote(n.function))).
		suggesting(nearest(n.function, knownFunctions()))
}

// arity checks the number of arguments; usage shows how to write the call.
func (b *binder) arity(n call, least, most int, usage string) *SyntaxError {
	if len(n.args) < least || len(n.args) > most {
		return b.usage(n, usage)
	}
	return nil
}

func (b *binder) usage(n call, usage string) *SyntaxError {
	return b.fail(n, n.function, i18n.T("la fonction %s s’écrit %s", "the function %s is written %s", n.function, usageIn(usage)))
}

func (b *binder) textCall(n call, f ScalarFunc) (Expr, *SyntaxError) {
	if err := b.arity(n, 1, 1, n.function+"(texte)"); err != nil {
		return nil, err
	}
	of, err := b.value(n.args[0].value)
	if err != nil {
		return nil, err
	}
	if t := of.Type(); t != schema.Text && t != "" {
		return nil, b.usage(n, n.function+"(texte)")
	}
	return Call{f, []Expr{of}}, nil
}

func (b *binder) datePart(n call, f ScalarFunc) (Expr, *SyntaxError) {
	usage := n.function + "(date)"
	if err := b.arity(n, 1, 1, usage); err != nil {
		return nil, err
	}
	of, err := b.value(n.args[0].value)
	if err != nil {
		return nil, err
	}
	if !of.Type().Temporal() {
		return nil, b.fail(n.args[0].value, show(n.args[0].value), i18n.T("%s demande une date", "%s needs a date", n.function))
	}
	return Call{f, []Expr{of}}, nil
}

func (b *binder) ifNull(n call) (Expr, *SyntaxError) {
	usage := "ifnull(champ, valeur)"
	if err := b.arity(n, 2, 2, usage); err != nil {
		return nil, err
	}
	of, err := b.value(n.args[0].value)
	if err != nil {
		return nil, err
	}
	var other Expr
	if constant(n.args[1].value) && of.Type() != "" {
		literal, err := b.literal(n.args[1].value, of.Type())
		if err != nil {
			return nil, err
		}
		if of.Type() == schema.Integer && literal.Kind == Decimal {
			return Call{IfNull, []Expr{Arithmetic{Multiply, of, Literal{Kind: Decimal, Decimal: 1}}, literal}}, nil
		}
		other = literal
	} else if other, err = b.value(n.args[1].value); err != nil {
		return nil, err
	}
	if !comparable(of.Type(), other.Type()) || of.Type().Spatial() || of.Type() == schema.JSON {
		return nil, b.mismatch(n.args[1].value, show(n.args[1].value), of.Type())
	}
	return Call{IfNull, []Expr{of, other}}, nil
}

// jsonFormat reads json_format(text[, fallback]).
func (b *binder) jsonFormat(n call) (Expr, *SyntaxError) {
	usage := `json_format(texte) ou json_format(texte, "sinon")`
	if err := b.arity(n, 1, 2, usage); err != nil {
		return nil, err
	}
	if b.clause != "select" {
		return nil, b.fail(n, n.function, i18n.T("json_format ne sert que dans select", "json_format is only for select"))
	}
	of, err := b.value(n.args[0].value)
	if err != nil {
		return nil, err
	}
	if of.Type() != schema.Text {
		return nil, b.fail(n.args[0].value, show(n.args[0].value), i18n.T("json_format demande un champ de texte", "json_format needs a text field"))
	}
	args := []Expr{of}
	if len(n.args) == 2 {
		fallback, err := b.literal(n.args[1].value, schema.Text)
		if err != nil {
			return nil, err
		}
		args = append(args, fallback)
	}
	return Call{JSONFormat, args}, nil
}

// nowCall moves the moment of the request as the named arguments say, one after the other. Of an argument given
// more than once, the last counts.
func (b *binder) nowCall(n call) (Literal, *SyntaxError) {
	last := map[string]int{}
	for i, arg := range n.args {
		last[arg.name] = i
	}
	t := b.now.Truncate(time.Microsecond)
	for i, arg := range n.args {
		if last[arg.name] != i {
			continue
		}
		digits, ok := arg.value.(number)
		count, err := strconv.Atoi(digits.digits)
		valid := arg.name != "" && ok && err == nil
		if valid {
			t, valid = moveNow(t, arg.name, count)
		}
		if !valid || t.Year() < 1 || t.Year() > 9999 {
			return Literal{}, b.failAt(arg.at, show(n), i18n.T("now() prend des arguments comme year=2024, months=-1 ou mondays=-1",
				"now() takes arguments such as year=2024, months=-1 or mondays=-1")).suggesting(nearestArgument(arg.name))
		}
	}
	return Literal{Kind: Datetime, Time: t.UTC()}, nil
}

func nearestArgument(name string) string {
	known := slices.Concat(setters, weekdays, []string{"years", "months", "weeks", "days", "hours", "minutes", "seconds", "microseconds"})
	if name == "" || slices.Contains(known, name) {
		return ""
	}
	return nearest(name, known)
}

func (b *binder) random(n call) (Expr, *SyntaxError) {
	if !b.inOrder {
		return nil, b.fail(n, n.function, i18n.T("random ne sert que dans order_by", "random is only for order_by"))
	}
	if err := b.arity(n, 0, 1, "random(1)"); err != nil {
		return nil, err
	}
	seed := Literal{Kind: Integer, Integer: 1}
	if len(n.args) == 1 {
		var err *SyntaxError
		if seed, err = b.literal(n.args[0].value, schema.Integer); err != nil {
			return nil, err
		}
	}
	return Call{Random, []Expr{seed}}, nil
}

func (b *binder) dateFormat(n call) (Expr, *SyntaxError) {
	usage := "date_format(date, \"dd/MM/yyyy\")"
	if err := b.arity(n, 2, 2, usage); err != nil {
		return nil, err
	}
	of, err := b.value(n.args[0].value)
	if err != nil {
		return nil, err
	}
	pattern, ok := n.args[1].value.(text)
	if !of.Type().Temporal() || !ok {
		return nil, b.usage(n, usage)
	}
	parts, bad := readDateFormat(pattern.value)
	if bad != "" {
		return nil, b.fail(pattern, bad, i18n.T("la lettre «\u00a0%s\u00a0» ne désigne rien dans un format de date\u00a0; un texte s’y écrit entre apostrophes",
			"the letter “%s” means nothing in a date format; text in it is written between apostrophes", bad))
	}
	return DateFormat{Of: of, Parts: parts, Lang: b.lang}, nil
}

func (b *binder) aggregate(n call, f AggregateFunc) (Expr, *SyntaxError) {
	if b.inAggregate {
		return nil, b.fail(n, n.function, i18n.T("une agrégation ne peut pas en contenir une autre", "an aggregation cannot contain another"))
	}
	usage := n.function + "(nombre)"
	most := 1
	switch f {
	case Count:
		usage = "count(*), count(champ) ou count(distinct champ)"
	case Percentile:
		usage, most = "percentile(nombre, 90)", 2
	}
	if err := b.arity(n, most, most, usage); err != nil {
		return nil, err
	}
	if n.distinct && f != Count {
		return nil, b.usage(n, usage)
	}
	if _, star := n.args[0].value.(starNode); star {
		if f != Count || n.distinct {
			return nil, b.usage(n, usage)
		}
		return Aggregate{Func: Count}, nil
	}
	inner := *b
	inner.inAggregate = true
	of, err := inner.value(n.args[0].value)
	if err != nil {
		return nil, err
	}
	a := Aggregate{Func: f, Of: of, Distinct: n.distinct}
	t := of.Type()
	ok := t.Numeric()
	switch f {
	case Count:
		ok = t != ""
	case Bounds:
		ok = t.Spatial()
	case Hull:
		ok = t == schema.Point
	case Minimum, Maximum:
		ok = t.Numeric() || t.Temporal() || t == schema.Text || t == schema.Boolean
	case Percentile:
		fraction, isNumber := n.args[1].value.(number)
		percent, err := strconv.ParseFloat(fraction.digits, 64)
		if !isNumber || err != nil || percent < 0 || percent > 100 {
			return nil, b.usage(n, usage)
		}
		a.Fraction = percent / 100
	}
	switch {
	case ok:
		return a, nil
	case f == Bounds || f == Hull:
		return nil, b.fail(n.args[0].value, show(n.args[0].value), i18n.T("%s demande un champ géographique", "%s needs a geographic field", n.function))
	}
	return nil, b.fail(n.args[0].value, show(n.args[0].value), i18n.T("%s demande un nombre", "%s needs a number", n.function))
}

// match reads search, suggest and startswith: fields, or *, or nothing, then a text.
func (b *binder) match(n call, mode MatchMode) (Expr, *SyntaxError) {
	usage := n.function + "(champ, \"texte\")"
	if len(n.args) == 0 {
		return nil, b.usage(n, usage)
	}
	last, ok := n.args[len(n.args)-1].value.(text)
	if !ok {
		return nil, b.usage(n, usage)
	}
	m := Match{Mode: mode, Terms: Terms(last.value)}
	if mode == StartsWith {
		m.Terms = []string{last.value}
	}
	for _, arg := range n.args[:len(n.args)-1] {
		if _, star := arg.value.(starNode); star {
			m.Star = true
			continue
		}
		of, err := b.value(arg.value)
		if err != nil {
			return nil, err
		}
		field, isField := of.(Field)
		if !isField || field.Type() != schema.Text && field.Type() != schema.JSON {
			return nil, b.fail(arg.value, show(arg.value), i18n.T("%s cherche dans des champs de texte", "%s looks into text fields", n.function))
		}
		m.Fields = append(m.Fields, field)
	}
	if m.Star = m.Star || len(n.args) == 1; m.Star {
		m.Fields = b.searchable()
	}
	return b.fullText(n.args[len(n.args)-1].value, m)
}
