package engine

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"socle/internal/query"
	"socle/internal/schema"
)

var compareSQL = map[query.CompareOp]string{query.Equal: " = ", query.NotEqual: " <> ", query.Less: " < ", query.LessEqual: " <= ",
	query.Greater: " > ", query.GreaterEqual: " >= "}

// condition writes a condition, which may be null where the language says false; a negation settles it.
func (c *compiler) condition(e query.Expr) string {
	switch e := e.(type) {
	case query.And:
		return c.joined(e.Of, " AND ", "true")
	case query.Or:
		return c.joined(e.Of, " OR ", "false")
	case query.Not:
		if null, ok := e.Of.(query.IsNull); ok {
			return "(" + c.value(null.Of) + " IS NOT NULL)"
		}
		return "(NOT coalesce(" + c.condition(e.Of) + ", false))"
	case query.IsNull:
		return "(" + c.value(e.Of) + " IS NULL)"
	case query.IsBool:
		if e.Want {
			return "coalesce(" + c.value(e.Of) + ", false)"
		}
		return "(NOT coalesce(" + c.value(e.Of) + ", true))"
	case query.Compare:
		return "(" + c.value(e.Left) + compareSQL[e.Op] + c.value(e.Right) + ")"
	case query.In:
		return c.in(e)
	case query.Between:
		return c.between(e)
	case query.Like:
		return c.like(e)
	case query.Match:
		return c.match(e)
	case query.Contains:
		return c.listHas(c.value(e.List), c.bind(jsonOf(e.Value)))
	case query.WithinDistance:
		return c.within(e)
	case query.InBox:
		return c.inBox(e)
	case query.Related:
		return c.related(e)
	case query.RowIs:
		return c.rowIs(c.table, e.ID)
	default:
		return c.value(e)
	}
}

func (c *compiler) joined(parts []query.Expr, operator, none string) string {
	if len(parts) == 0 {
		return none
	}
	written := make([]string, len(parts))
	for i, part := range parts {
		written[i] = c.condition(part)
	}
	return "(" + strings.Join(written, operator) + ")"
}

// fewValues is how many values of a list DuckDB compares one by one; of more it makes a join.
const fewValues = 4

func (c *compiler) in(e query.In) string {
	if len(e.Values) == 0 {
		return "false"
	}
	values := make([]string, len(e.Values))
	for i, v := range e.Values {
		values[i] = c.literal(v)
	}
	c.joins = c.joins || len(values) > fewValues
	return "(" + c.value(e.Of) + " IN (" + strings.Join(values, ", ") + "))"
}

func (c *compiler) between(e query.Between) string {
	of := c.value(e.Of)
	parts := []string{}
	if e.Low.Kind != query.Null {
		parts = append(parts, of+map[bool]string{false: " >= ", true: " > "}[e.LowOpen]+c.literal(e.Low))
	}
	if e.High.Kind != query.Null {
		parts = append(parts, of+map[bool]string{false: " <= ", true: " < "}[e.HighOpen]+c.literal(e.High))
	}
	if len(parts) == 0 {
		return "(" + of + " IS NOT NULL)"
	}
	return "(" + strings.Join(parts, " AND ") + ")"
}

// folded is a text as [query.Fold] writes it. Ligatures cost a pass, so only terms that may meet one ask for them.
func (c *compiler) fold(of string, ligatures bool) string {
	of = c.folded(of)
	if ligatures {
		of = "replace(replace(" + of + ", 'œ', 'oe'), 'æ', 'ae')"
	}
	return of
}

func mayHoldLigature(term string) bool {
	return strings.Contains(term, "oe") || strings.Contains(term, "ae")
}

func (c *compiler) like(e query.Like) string {
	if f, is := e.Of.(query.Field); is && f.Type() == schema.Text {
		return c.tested(textTest{f.Name, "like\x00" + e.Pattern, func(c *compiler, of string) string { return c.likeText(of, e) }})
	}
	return c.likeText(c.value(e.Of), e)
}

func (c *compiler) likeText(of string, e query.Like) string {
	if !strings.ContainsAny(e.Pattern, "*?%") {
		var parts []string
		for _, term := range query.Terms(e.Pattern) {
			parts = append(parts, c.word(of, term, false))
		}
		if len(parts) == 0 {
			return "(" + of + " IS NOT NULL)"
		}
		return "(" + strings.Join(parts, " AND ") + ")"
	}
	return c.likePattern(of, query.Fold(e.Pattern))
}

// likePattern compares a whole text with a folded pattern. A regular expression does it in a time that grows with the
// text alone, where LIKE may try every way to share it among many stars. The search for the longest run of letters
// comes first, because it is cheap.
func (c *compiler) likePattern(of, pattern string) string {
	of = c.fold(of, mayHoldLigature(pattern))
	expression := `(?s)\A` + strings.NewReplacer(`\*`, ".*", `%`, ".*", `\?`, ".").Replace(regexp.QuoteMeta(pattern)) + `\z`
	longest := ""
	for _, run := range strings.FieldsFunc(pattern, func(r rune) bool { return strings.ContainsRune("*%?", r) }) {
		if len(run) > len(longest) {
			longest = run
		}
	}
	matches := c.matches(of, c.bind(expression))
	if longest == "" {
		return matches
	}
	return "(" + c.contains(of, c.bind(longest)) + " AND " + matches + ")"
}

// match writes a full-text condition: for each term, one of the fields has it.
func (c *compiler) match(e query.Match) string {
	var all []string
	for i, term := range e.Terms {
		var any []string
		for _, f := range e.Fields {
			if f.Type() == schema.Integer {
				if n, err := strconv.ParseInt(term, 10, 64); err == nil && e.Mode == query.Words {
					any = append(any, fmt.Sprintf("%s = %d", identifier(f.Name), n))
				}
				continue
			}
			if f.Type() == schema.JSON && e.Mode == query.StartsWith {
				any = append(any, c.elementStartsWith(identifier(f.Name), c.bind(term)))
				continue
			}
			last := i == len(e.Terms)-1
			if f.Type() == schema.Text {
				any = append(any, c.tested(wordTest(f.Field, term, e.Mode, last)))
				continue
			}
			any = append(any, c.term(identifier(f.Name), term, e.Mode, last))
		}
		if len(any) == 0 {
			return "false"
		}
		all = append(all, "("+strings.Join(any, " OR ")+")")
	}
	if len(all) == 0 {
		return "true"
	}
	return "(" + strings.Join(all, " AND ") + ")"
}

func (c *compiler) term(of, term string, mode query.MatchMode, last bool) string {
	switch mode {
	case query.StartsWith:
		return "starts_with(" + of + ", " + c.bind(term) + ")"
	case query.Suggest:
		return c.word(of, term, true)
	case query.Search:
		if last {
			return c.word(of, term, true)
		}
		return c.near(of, term)
	default:
		return c.word(of, term, false)
	}
}

// word looks for a whole word, or for the beginning of one. The search for the letters comes first, because it is
// cheap and most rows do not have them.
func (c *compiler) word(of, term string, prefix bool) string {
	of = c.fold(of, mayHoldLigature(term))
	pattern := `(^|[^\p{L}\p{N}])` + regexp.QuoteMeta(term)
	if !prefix {
		pattern += `($|[^\p{L}\p{N}])`
	}
	return "(" + c.contains(of, c.bind(term)) + " AND " + c.matches(of, c.bind(pattern)) + ")"
}

// nearWord looks for a word within the typing slips that the language forgives.
func (c *compiler) near(of, term string) string {
	slips := query.Slips(term)
	exact := c.word(of, term, false)
	if slips == 0 {
		return exact
	}
	return "(" + exact + " OR " + c.nearWord(c, c.fold(of, mayHoldLigature(term)), term, slips) + ")"
}

func jsonOf(l query.Literal) string {
	var value any = l.Text
	switch l.Kind {
	case query.Integer:
		value = l.Integer
	case query.Decimal:
		value = l.Decimal
	case query.Boolean:
		value = l.Boolean
	case query.Date, query.Datetime:
		value = bound(l)
	}
	data, err := json.Marshal(value)
	if err != nil { // an infinity, which no list holds
		return "null"
	}
	return string(data)
}

// refinement writes the condition of one facet.
func (c *compiler) refinement(r query.Refinement) string {
	field := query.Field{Field: r.Field}
	var any []string
	for _, v := range r.Values {
		switch {
		case v.Until.Kind != query.Null:
			any = append(any, c.between(query.Between{Of: field, Low: v.Value, High: v.Until, HighOpen: true}))
		case r.Field.Type == schema.JSON:
			any = append(any, c.condition(query.Contains{List: field, Value: v.Value}))
			if text := v.Value.Text; json.Valid([]byte(text)) && !strings.ContainsAny(text, "\"[{") { // a number or a boolean of the list
				any = append(any, c.listHas(c.value(field), c.bind(text)))
			}
		case v.Below != "":
			any = append(any, "("+identifier(r.Field.Name)+" = "+c.literal(v.Value)+" OR starts_with("+identifier(r.Field.Name)+", "+c.bind(v.Below)+"))")
		default:
			any = append(any, c.condition(query.Compare{Op: query.Equal, Left: field, Right: v.Value}))
		}
	}
	condition := "(" + strings.Join(any, " OR ") + ")"
	if r.Exclude {
		return "(NOT coalesce(" + condition + ", false))"
	}
	return condition
}
