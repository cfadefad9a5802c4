package explore

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"socle/internal/query"
	"socle/internal/schema"
)

// The facets of the catalogue that are counted when none is asked for.
var catalogFacetNames = []string{"publisher", "theme", "keyword", "features", "modified", "license", "language", "territory"}

// catalogFacets counts the datasets by the values of some of their metadata.
func (s *Service) catalogFacets(w http.ResponseWriter, r *http.Request) error {
	p, err := parametersOf(r)
	if err != nil {
		return err
	}
	request, shape, asked := p.filters(), p.shape(), p.texts("facet")
	request.Select, request.GroupBy, request.OrderBy = "", "", ""
	if p.err != nil {
		return p.err
	}
	names := asked
	if len(names) == 0 {
		names = catalogFacetNames
	}
	var facets []query.Facet
	for _, name := range names {
		facet, err := query.BindFacet(catalogSchema(), withoutDots(name), catalogOptions())
		if err != nil {
			return err
		}
		facets = append(facets, facet)
	}
	selection, err := bindCatalogWith(request, query.WithFacets(catalogOptions(), facets))
	if err != nil {
		return err
	}
	list, seen, everybody, err := s.sources(r.Context())
	if err != nil {
		return err
	}
	key := keyOf("catalog facets", seen, p.canonical("where", "refine", "exclude", "facet", "timezone", "include_links"), shape.key(s, r))
	return s.answer(w, r, key, everybody, func(ctx context.Context) ([]byte, error) {
		e := &evaluator{ctx: ctx, zone: shape.zone, find: s.finder()}
		rows := makeRows(list, s.base(r), shape)
		answer := facetsAnswer{Facets: []facetAnswer{}}
		if shape.links {
			answer.Links = []link{{"self", s.self(r)}}
		}
		for _, facet := range facets {
			name, _ := pathOf(facet.Field.Name)
			if values := e.count(selection.plan, facet, rows); len(values) > 0 || len(asked) > 0 {
				answer.Facets = append(answer.Facets, facetAnswer{name, values})
			}
		}
		if e.err != nil {
			return nil, e.err
		}
		return encode(answer)
	})
}

// count gives the values of a facet with the number of datasets of each.
func (e *evaluator) count(plan *query.Plan, facet query.Facet, rows []*catalogRow) []facetValue {
	but := ""
	if facet.Disjunctive {
		but = facet.Field.Name
	}
	kept := e.filterBut(plan, rows, but)
	if facet.Field.Type.Temporal() {
		return e.periods(plan, facet, kept)
	}
	counts := map[string]int64{}
	for _, row := range kept {
		for _, value := range facetTexts(e.value(query.Field{Field: facet.Field}, row)) {
			counts[value]++
		}
	}
	states := statesOf(plan, facet.Field.Name)
	values := []facetValue{}
	for value, n := range counts {
		values = append(values, facetValue{Name: value, Value: value, Count: n, State: states.of(value)})
	}
	for value, state := range states {
		if _, counted := counts[value]; !counted {
			values = append(values, facetValue{Name: value, Value: value, State: state})
		}
	}
	return arranged(values, facet)
}

// states tells which values of a facet are refined on or excluded.
type states map[string]string

func (s states) of(value string) string {
	if state, named := s[value]; named {
		return state
	}
	return "displayed"
}

func statesOf(plan *query.Plan, field string) states {
	s := states{}
	for _, refinement := range plan.Refinements {
		if refinement.Field.Name != field {
			continue
		}
		for _, value := range refinement.Values {
			s[value.Text] = map[bool]string{true: "excluded", false: "refined"}[refinement.Exclude]
		}
	}
	return s
}

func facetTexts(value any) []string {
	switch v := value.(type) {
	case bool:
		return []string{strconv.FormatBool(v)}
	case int64:
		return []string{strconv.FormatInt(v, 10)}
	case nil:
		return nil
	}
	return textsOf(value)
}

// arranged sorts and cuts the values of one level.
func arranged(values []facetValue, facet query.Facet) []facetValue {
	slices.SortFunc(values, func(a, b facetValue) int {
		byCount, byValue := cmp.Compare(a.Count, b.Count), cmp.Compare(query.Fold(a.Name), query.Fold(b.Name))
		if facet.Field.Type == schema.Integer {
			x, _ := strconv.ParseInt(a.Value, 10, 64)
			y, _ := strconv.ParseInt(b.Value, 10, 64)
			byValue = cmp.Compare(x, y)
		}
		switch facet.Sort {
		case query.ByCount:
			return cmp.Or(byCount, byValue)
		case query.ByValue:
			return byValue
		case query.ByValueDesc:
			return -byValue
		}
		return cmp.Or(-byCount, byValue)
	})
	limit := facet.Limit
	if limit <= 0 {
		limit = 100
	}
	return values[:min(limit, len(values))]
}

// periods counts by year, then by month in a year that is refined, then by day in a month that is.
func (e *evaluator) periods(plan *query.Plan, facet query.Facet, rows []*catalogRow) []facetValue {
	s := statesOf(plan, facet.Field.Name)
	var level func(prefix string, depth int) []facetValue
	level = func(prefix string, depth int) []facetValue {
		counts := map[string]int64{}
		for _, row := range rows {
			t, ok := e.value(query.Field{Field: facet.Field}, row).(time.Time)
			if !ok {
				continue
			}
			parts := strings.Split(t.In(e.zone).Format("2006/01/02"), "/")
			if path := strings.Join(parts[:depth], "/"); prefix == "" || strings.HasPrefix(path, prefix+"/") {
				counts[path]++
			}
		}
		values := []facetValue{}
		for path, n := range counts {
			v := facetValue{Name: path[strings.LastIndex(path, "/")+1:], Value: path, Count: n, State: s.of(path)}
			open := slices.ContainsFunc(slices.Collect(refinedPaths(s)), func(refined string) bool {
				return refined == path || strings.HasPrefix(refined, path+"/")
			})
			if open {
				v.State = "refined"
				if depth < 3 {
					v.Facets = level(path, depth+1)
				}
			}
			values = append(values, v)
		}
		return arranged(values, facet)
	}
	values := level("", 1)
	for path, state := range s {
		if state == "excluded" && !strings.Contains(path, "/") && !slices.ContainsFunc(values, func(v facetValue) bool { return v.Value == path }) {
			values = append(values, facetValue{Name: path, Value: path, State: state})
		}
	}
	return arranged(values, facet)
}

func refinedPaths(s states) func(func(string) bool) {
	return func(yield func(string) bool) {
		for path, state := range s {
			if state == "refined" && !yield(path) {
				return
			}
		}
	}
}
