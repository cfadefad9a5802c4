package explore

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/query"
	"socle/internal/schema"
)

// evaluator runs the expressions of a catalogue query in memory, over some thousands of datasets at most. It keeps
// the first error; values are nil for null, string, int64, float64, bool, time.Time and []string.
type evaluator struct {
	ctx   context.Context
	zone  *time.Location
	find  func(ctx context.Context, words string) (map[string]int, error) // uid → place of what full text finds; nil: words are compared as they are
	found map[string]map[string]int
	err   error
}

func (e *evaluator) fail(what i18n.Text) any {
	if e.err == nil {
		e.err = fault.New(fault.Invalid, query.CodeMeaning, i18n.T("Sur le catalogue, %s n’est pas disponible.", "On the catalogue, %s is not available.", what))
	}
	return nil
}

// value gives the value of an expression for one dataset.
func (e *evaluator) value(expr query.Expr, row *catalogRow) any {
	switch x := expr.(type) {
	case query.Field:
		_, inner := pathOf(x.Name)
		return row.values[inner]
	case query.Element: // grouping spreads the list over its values
		return e.value(x.Field, row)
	case query.Literal:
		return literalValue(x)
	case query.Negate:
		if n, ok := number(e.value(x.Of, row)); ok {
			return asType(-n, x.Type())
		}
		return nil
	case query.Arithmetic:
		return arithmetic(x, e.value(x.Left, row), e.value(x.Right, row))
	case query.Call:
		return e.call(x, row)
	case query.Aggregate:
		return e.fail(i18n.T("un agrégat à cet endroit", "an aggregate in this place"))
	case query.DateFormat:
		return e.dateFormat(x, e.value(x.Of, row))
	case query.Distance:
		return e.fail(i18n.T("distance", "distance"))
	case query.BandStatic:
		return e.bandStatic(x, e.value(x.Of, row))
	case query.BandWidth:
		return bandWidth(x, e.value(x.Of, row))
	case query.BandPeriod:
		return e.bandPeriod(x, e.value(x.Of, row))
	}
	return e.holds(expr, row)
}

// holds reports whether a condition is true for one dataset.
func (e *evaluator) holds(expr query.Expr, row *catalogRow) bool {
	switch x := expr.(type) {
	case nil:
		return true
	case query.And:
		return !slices.ContainsFunc(x.Of, func(part query.Expr) bool { return !e.holds(part, row) })
	case query.Or:
		return slices.ContainsFunc(x.Of, func(part query.Expr) bool { return e.holds(part, row) })
	case query.Not:
		return !e.holds(x.Of, row)
	case query.Compare:
		order, ok := compareValues(e.value(x.Left, row), e.value(x.Right, row))
		return ok && compared(x.Op, order)
	case query.IsNull:
		return e.value(x.Of, row) == nil
	case query.IsBool:
		value, ok := e.value(x.Of, row).(bool)
		return ok && value == x.Want
	case query.In:
		value := e.value(x.Of, row)
		return slices.ContainsFunc(x.Values, func(l query.Literal) bool { return equal(value, literalValue(l)) })
	case query.Between:
		return betweenValues(x, e.value(x.Of, row))
	case query.Contains:
		list, _ := e.value(x.List, row).([]string)
		return slices.ContainsFunc(list, func(element string) bool { return equal(element, literalValue(x.Value)) })
	case query.Like:
		return slices.ContainsFunc(textsOf(e.value(x.Of, row)), func(text string) bool { return fits(query.Fold(x.Pattern), query.Fold(text)) })
	case query.Match:
		return e.match(x, row)
	case query.Field, query.Literal, query.Call:
		value, ok := e.value(expr, row).(bool)
		return ok && value
	}
	e.fail(i18n.T("cette condition", "this condition"))
	return false
}

// match is full text: over everything it asks the index of the catalogue, over named fields it compares words.
func (e *evaluator) match(x query.Match, row *catalogRow) bool {
	if x.Star && e.find != nil && x.Mode != query.StartsWith {
		words := strings.Join(x.Terms, " ")
		if _, asked := e.found[words]; !asked {
			places, err := e.find(e.ctx, words)
			if err != nil && e.err == nil {
				e.err = err
			}
			if e.found == nil {
				e.found = map[string]map[string]int{}
			}
			e.found[words] = places
		}
		place, found := e.found[words][row.UID]
		if found && row.rank == 0 {
			row.rank = place + 1
		}
		return found
	}
	var texts []string
	for _, field := range x.Fields {
		texts = append(texts, textsOf(e.value(field, row))...)
	}
	if x.Mode == query.StartsWith {
		return slices.ContainsFunc(texts, func(text string) bool { return strings.HasPrefix(text, strings.Join(x.Terms, " ")) })
	}
	var words []string
	for _, text := range texts {
		words = append(words, query.Terms(text)...)
	}
	for i, term := range x.Terms {
		prefix := x.Mode == query.Suggest || x.Mode == query.Search && i == len(x.Terms)-1
		slips := 0
		if x.Mode == query.Search && !prefix {
			slips = query.Slips(term)
		}
		if !slices.ContainsFunc(words, func(word string) bool {
			return word == term || prefix && strings.HasPrefix(word, term) || slips > 0 && query.Levenshtein(word, term) <= slips
		}) {
			return false
		}
	}
	return true
}

func (e *evaluator) call(x query.Call, row *catalogRow) any {
	args := make([]any, len(x.Args))
	for i, arg := range x.Args {
		args[i] = e.value(arg, row)
	}
	if x.Func == query.IfNull {
		for _, arg := range args {
			if arg != nil {
				return arg
			}
		}
		return nil
	}
	switch x.Func {
	case query.Random:
		return random(row.UID, args[0])
	case query.JSONFormat:
		return e.fail(i18n.T("json_format", "json_format"))
	}
	switch value := args[0].(type) {
	case string:
		switch x.Func {
		case query.Length:
			return int64(len([]rune(value)))
		case query.Lower:
			return strings.ToLower(value)
		case query.Upper:
			return strings.ToUpper(value)
		}
	case time.Time:
		return datePart(x.Func, value.In(e.zone))
	}
	return nil
}

func datePart(part query.ScalarFunc, t time.Time) any {
	parts := map[query.ScalarFunc]int{query.Year: t.Year(), query.Quarter: (int(t.Month()) + 2) / 3, query.Month: int(t.Month()), query.Day: t.Day(),
		query.DayOfWeek: (int(t.Weekday()) + 6) % 7, query.Hour: t.Hour(), query.Minute: t.Minute(), query.Second: t.Second(),
		query.Millisecond: t.Nanosecond() / 1e6}
	if n, known := parts[part]; known {
		return int64(n)
	}
	return nil
}

func literalValue(l query.Literal) any {
	switch l.Kind {
	case query.Text:
		return l.Text
	case query.Integer:
		return l.Integer
	case query.Decimal:
		return l.Decimal
	case query.Boolean:
		return l.Boolean
	case query.Date, query.Datetime:
		return l.Time
	}
	return nil
}

func number(value any) (float64, bool) {
	switch n := value.(type) {
	case int64:
		return float64(n), true
	case float64:
		return n, true
	}
	return 0, false
}

func asType(n float64, t schema.Type) any {
	if t == schema.Integer {
		return int64(n)
	}
	return n
}

func arithmetic(x query.Arithmetic, left, right any) any {
	a, okA := number(left)
	b, okB := number(right)
	if !okA || !okB || x.Op == query.Divide && b == 0 {
		return nil
	}
	result := map[query.ArithmeticOp]float64{query.Add: a + b, query.Subtract: a - b, query.Multiply: a * b}[x.Op]
	if x.Op == query.Divide {
		result = a / b
	}
	if math.IsNaN(result) || math.IsInf(result, 0) {
		return nil
	}
	return asType(result, x.Type())
}

// compareValues orders two values of comparable types; false when either is null or they have no order.
func compareValues(a, b any) (int, bool) {
	if x, ok := number(a); ok {
		y, ok := number(b)
		return cmp.Compare(x, y), ok
	}
	switch x := a.(type) {
	case string:
		y, ok := b.(string)
		return cmp.Compare(x, y), ok
	case time.Time:
		y, ok := b.(time.Time)
		return x.Compare(y), ok
	case band:
		y, ok := b.(band)
		return cmp.Compare(x.place, y.place), ok
	case bool:
		y, ok := b.(bool)
		order := map[bool]int{true: 1}
		return order[x] - order[y], ok
	}
	return 0, false
}

func equal(a, b any) bool {
	order, ok := compareValues(a, b)
	return ok && order == 0
}

func compared(op query.CompareOp, order int) bool {
	switch op {
	case query.Equal:
		return order == 0
	case query.NotEqual:
		return order != 0
	case query.Less:
		return order < 0
	case query.LessEqual:
		return order <= 0
	case query.Greater:
		return order > 0
	}
	return order >= 0
}

func betweenValues(x query.Between, value any) bool {
	if value == nil {
		return false
	}
	if low := literalValue(x.Low); low != nil {
		if order, ok := compareValues(value, low); !ok || order < 0 || order == 0 && x.LowOpen {
			return false
		}
	}
	if high := literalValue(x.High); high != nil {
		if order, ok := compareValues(value, high); !ok || order > 0 || order == 0 && x.HighOpen {
			return false
		}
	}
	return true
}

func textsOf(value any) []string {
	switch v := value.(type) {
	case string:
		return []string{v}
	case []string:
		return v
	}
	return nil
}

// fits reports whether a text is as a pattern says, * or % standing for anything and ? for one character.
func fits(pattern, text string) bool {
	p, t := []rune(strings.ReplaceAll(pattern, "%", "*")), []rune(text)
	i, j, star, mark := 0, 0, -1, 0
	for j < len(t) {
		switch {
		case i < len(p) && p[i] == '*':
			star, mark = i, j
			i++
		case i < len(p) && (p[i] == '?' || p[i] == t[j]):
			i, j = i+1, j+1
		case star >= 0:
			mark++
			i, j = star+1, mark
		default:
			return false
		}
	}
	for i < len(p) && p[i] == '*' {
		i++
	}
	return i == len(p)
}

// output is a value as JSON holds it.
func (e *evaluator) output(value any, t schema.Type) any {
	if in, ok := value.(band); ok {
		return in.text
	}
	if moment, ok := value.(time.Time); ok {
		if t == schema.Date {
			return moment.Format(time.DateOnly)
		}
		return second(moment, e.zone)
	}
	return value
}
