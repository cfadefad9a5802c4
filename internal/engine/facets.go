package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"socle/internal/query"
	"socle/internal/schema"
)

// A facetKey is what one facet counts: an expression that gives a text, and how many levels of the hierarchy it shows.
type facetKey struct {
	facet query.Facet
	sql   string
	depth int // levels of a date: 1 years, 2 months, 3 days
}

// usualFacetLimit is how many values of a facet are given when it does not say.
const usualFacetLimit = 100

// openFacetLimit bounds the values read of a hierarchy, which are counted together afterwards.
const openFacetLimit = 20_000

// Facets counts the rows of the plan by the values of each facet, in as few readings as possible: one for all the
// facets that see the same rows.
func (e *Engine) Facets(ctx context.Context, plan *query.Plan, facets []query.Facet) ([]FacetResult, error) {
	table, release, err := e.findFor(ctx, plan)
	if err != nil {
		return nil, err
	}
	defer release()
	ctx, leave, err := e.admit(ctx, &table, plan)
	if err != nil {
		return nil, err
	}
	defer leave()
	ctx, cancel := e.limited(ctx)
	defer cancel()
	if table, err = e.prepare(ctx, table, plan); err != nil {
		return nil, err
	}
	results := make([]FacetResult, len(facets))
	together := []int{}
	for i, f := range facets {
		results[i].Facet = f
		if alone(plan, f) {
			if err := e.countFacets(ctx, table, plan, f.Field.Name, results, []int{i}); err != nil {
				return nil, err
			}
			continue
		}
		together = append(together, i)
	}
	if len(together) > 0 {
		err = e.countFacets(ctx, table, plan, "", results, together)
	}
	return results, err
}

// alone reports whether a facet does not see the same rows as the others: a list counts once for each of its
// values, and a disjunctive facet ignores its own refinement.
func alone(plan *query.Plan, f query.Facet) bool {
	if f.Field.Type == schema.JSON {
		return true
	}
	return f.Disjunctive && slices.ContainsFunc(plan.Refinements, func(r query.Refinement) bool { return r.Field.Name == f.Field.Name && !r.Exclude })
}

// countFacets fills the results at some places with one query. The refinements of the field except are left out when
// its facet is disjunctive.
func (e *Engine) countFacets(ctx context.Context, table Table, plan *query.Plan, except string, results []FacetResult, places []int) error {
	if except != "" && !results[places[0]].Facet.Disjunctive {
		except = ""
	}
	c := newCompiler(table, plan)
	keys := make([]facetKey, len(places))
	for i, place := range places {
		keys[i] = c.facetKey(plan, results[place].Facet)
	}
	s := c.finish(statement{c.facetSQL(plan, except, keys), c.args})
	rows, err := e.ask(ctx, table, s)
	if err != nil {
		return e.explain(ctx, err)
	}
	defer rows.Close()
	found := make([][]FacetValue, len(places))
	for rows.Next() {
		var set int
		var v FacetValue
		if err := rows.Scan(&set, &v.Value, &v.Count); err != nil {
			return fmt.Errorf("engine: read facets: %w", err)
		}
		v.Value = c.facetName(keys[set].facet.Field, v.Value)
		v.Name = v.Value
		found[set] = append(found[set], v)
	}
	if err := rows.Err(); err != nil {
		return e.explain(ctx, err)
	}
	for i, place := range places {
		results[place].Values = arrange(plan, keys[i], found[i])
	}
	return nil
}

func (c *compiler) facetKey(plan *query.Plan, f query.Facet) facetKey {
	field := identifier(f.Field.Name)
	key := facetKey{facet: f, sql: "CAST(" + field + " AS VARCHAR)"}
	if f.Field.Type.Temporal() {
		key.depth = 1
		for _, r := range plan.Refinements {
			if r.Field.Name == f.Field.Name && !r.Exclude {
				for _, v := range r.Values {
					key.depth = max(key.depth, min(strings.Count(datePath(v.Text), "/")+2, 3))
				}
			}
		}
		key.sql = c.dayPath(key.depth, c.local(query.Field{Field: f.Field}))
	}
	return key
}

func datePath(s string) string { return strings.ReplaceAll(s, "-", "/") }

// facetSQL gives rows (number of the facet, value, count). The most frequent values are picked in SQL, so that a
// facet on an identifier does not come out whole.
func (c *compiler) facetSQL(plan *query.Plan, except string, keys []facetKey) string {
	from, where := c.source(plan, except)
	if len(keys) == 1 {
		k := keys[0]
		value := k.sql
		if k.facet.Field.Type == schema.JSON {
			from, value = c.listItems(from, identifier(k.facet.Field.Name))
		}
		return fmt.Sprintf("SELECT 0, v, n FROM (SELECT v, count(*) AS n FROM (SELECT %s AS v FROM %s) GROUP BY v) WHERE v IS NOT NULL ORDER BY %s LIMIT %d",
			value, from+where, k.rank("n", "v"), k.take())
	}
	var selected, names, sets, number, pick, values []string
	for i, k := range keys {
		name := "k" + strconv.Itoa(i)
		selected = append(selected, k.sql+" AS "+name)
		names = append(names, name)
		sets = append(sets, "("+name+")")
		bit := 1<<len(keys) - 1 - 1<<(len(keys)-1-i) // GROUPING is 0 for the key of the set, the first key the highest bit
		number = append(number, fmt.Sprintf("WHEN %d THEN %d", bit, i))
		values = append(values, fmt.Sprintf("WHEN %d THEN %s", bit, name))
		pick = append(pick, fmt.Sprintf("(f = %d AND row_number() OVER (PARTITION BY f ORDER BY %s) <= %d)", i, k.rank("n", "v"), k.take()))
	}
	grouping := "GROUPING(" + strings.Join(names, ", ") + ")"
	return fmt.Sprintf("SELECT f, v, n FROM (SELECT f, v, n, %s AS picked FROM (SELECT CASE %s %s END AS f, CASE %s %s END AS v, count(*) AS n FROM (SELECT %s FROM %s) "+
		"GROUP BY GROUPING SETS (%s)) WHERE v IS NOT NULL) WHERE picked", strings.Join(pick, " OR "), grouping, strings.Join(number, " "), grouping,
		strings.Join(values, " "), strings.Join(selected, ", "), from+where, strings.Join(sets, ", "))
}

// rank is the order in which the values of a facet are picked.
func (k facetKey) rank(count, value string) string {
	number := "TRY_CAST(" + value + " AS DOUBLE)"
	if !k.facet.Field.Type.Numeric() {
		number = "CAST(NULL AS DOUBLE)"
	}
	switch k.facet.Sort {
	case query.ByCount:
		return count + ", " + number + ", " + value
	case query.ByValue:
		return number + ", " + value
	case query.ByValueDesc:
		return number + " DESC NULLS LAST, " + value + " DESC"
	default:
		return count + " DESC, " + number + ", " + value
	}
}

func (k facetKey) limit() int {
	if k.facet.Limit > 0 {
		return k.facet.Limit
	}
	return usualFacetLimit
}

func (k facetKey) take() int {
	if k.facet.Hierarchical {
		return openFacetLimit
	}
	return k.limit()
}

// arrange sorts the values, marks what is refined, and builds the levels of a hierarchy.
func arrange(plan *query.Plan, k facetKey, values []FacetValue) []FacetValue {
	refined, excluded := map[string]bool{}, map[string]bool{}
	for _, r := range plan.Refinements {
		for _, v := range r.Values {
			if r.Field.Name != k.facet.Field.Name {
				continue
			}
			path := v.Text
			if k.facet.Field.Type.Temporal() {
				path = datePath(path)
			}
			if r.Exclude {
				excluded[path] = true
			} else {
				refined[path] = true
			}
		}
	}
	if k.facet.Hierarchical {
		values = level(values, k.facet.Separator, "", refined)
	}
	for path := range excluded {
		if !slices.ContainsFunc(values, func(v FacetValue) bool { return v.Value == path }) {
			values = append(values, FacetValue{Name: path, Value: path})
		}
	}
	k.finish(values, refined, excluded)
	return values[:min(len(values), k.limit())]
}

// level adds up the values that have the same next part after a path; the next level shows where a refinement opens it.
func level(values []FacetValue, separator, above string, refined map[string]bool) []FacetValue {
	var out []FacetValue
	place := map[string]int{}
	inside := map[string][]FacetValue{}
	for _, v := range values {
		rest := strings.TrimPrefix(v.Value, above)
		part, _, deeper := strings.Cut(rest, separator)
		path := above + part
		i, known := place[path]
		if !known {
			i = len(out)
			place[path] = i
			out = append(out, FacetValue{Name: part, Value: path})
		}
		out[i].Count += v.Count
		if deeper {
			inside[path] = append(inside[path], v)
		}
	}
	for i := range out {
		path := out[i].Value
		for r := range refined {
			if len(inside[path]) > 0 && (r == path || strings.HasPrefix(r, path+separator)) {
				out[i].Values = level(inside[path], separator, path+separator, refined)
				break
			}
		}
	}
	return out
}

// finish sorts each level and gives each value its state.
func (k facetKey) finish(values []FacetValue, refined, excluded map[string]bool) {
	for i := range values {
		v := &values[i]
		v.State = "displayed"
		switch {
		case refined[v.Value] || k.above(v.Value, refined):
			v.State = "refined"
		case excluded[v.Value]:
			v.State = "excluded"
		}
		k.finish(v.Values, refined, excluded)
	}
	slices.SortStableFunc(values, k.compare)
}

// above reports whether a value holds one that is refined on, further down the hierarchy.
func (k facetKey) above(value string, refined map[string]bool) bool {
	for path := range refined {
		if k.facet.Hierarchical && strings.HasPrefix(path, value+k.facet.Separator) {
			return true
		}
	}
	return false
}

func (k facetKey) compare(a, b FacetValue) int {
	value := cmp.Compare(query.Fold(a.Value), query.Fold(b.Value))
	if k.facet.Field.Type.Numeric() {
		x, _ := strconv.ParseFloat(a.Value, 64)
		y, _ := strconv.ParseFloat(b.Value, 64)
		value = cmp.Compare(x, y)
	}
	value = cmp.Or(value, cmp.Compare(a.Value, b.Value))
	switch k.facet.Sort {
	case query.ByCount:
		return cmp.Or(cmp.Compare(a.Count, b.Count), value)
	case query.ByValue:
		return value
	case query.ByValueDesc:
		return -value
	default:
		return cmp.Or(cmp.Compare(b.Count, a.Count), value)
	}
}
