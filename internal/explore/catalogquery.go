package explore

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"

	"socle/internal/i18n"
	"socle/internal/query"
	"socle/internal/search"
)

// catalogKey names the catalogue as who asks sees it.
func catalogKey(snapshot *snapshot, list []*source) string {
	key := strconv.FormatInt(snapshot.revision, 10)
	for _, d := range list {
		if !d.everybody {
			key += " " + d.UID + d.view.Key()
		}
	}
	return key
}

// sources opens every dataset that who asks may see. everybody reports whether anybody would see the same list.
func (s *Service) sources(ctx context.Context) (list []*source, key string, everybody bool, err error) {
	snapshot, visible, err := s.visible(ctx)
	if err != nil {
		return nil, "", false, err
	}
	everybody = true
	for _, d := range visible {
		opened, err := s.open(ctx, d)
		if err != nil {
			continue // a grant that ended since the list was made
		}
		list = append(list, opened)
		everybody = everybody && opened.everybody
	}
	return list, catalogKey(snapshot, list), everybody, nil
}

// datasets answers with one page of the catalogue.
func (s *Service) datasets(w http.ResponseWriter, r *http.Request) error {
	p, err := parametersOf(r)
	if err != nil {
		return err
	}
	request, shape := p.page(), p.shape()
	if p.err != nil {
		return p.err
	}
	selection, err := bindCatalog(request)
	if err != nil {
		return err
	}
	list, seen, everybody, err := s.sources(r.Context())
	if err != nil {
		return err
	}
	base := s.base(r)
	key := keyOf("datasets", seen, p.canonical("select", "where", "order_by", "group_by", "limit", "offset", "refine", "exclude", "timezone", "include_links"), base, shape.key(s, r))
	return s.answer(w, r, key, everybody, func(ctx context.Context) ([]byte, error) {
		rows, total, err := s.runCatalog(ctx, selection, list, base, shape)
		if err != nil {
			return nil, err
		}
		var out members
		if !selection.plan.Grouped {
			out = append(out, member{"total_count", total})
		}
		if shape.links {
			out = append(out, member{"_links", s.pageLinks(r, request.Offset, request.Limit, int64(total))})
		}
		return encode(append(out, member{"results", rows}))
	})
}

// runCatalog gives the rows of a catalogue query, and how many there are on all pages.
func (s *Service) runCatalog(ctx context.Context, selected selection, list []*source, base string, f shape) ([]json.Marshaler, int, error) {
	e := &evaluator{ctx: ctx, zone: f.zone, find: s.finder()}
	rows := e.filter(selected.plan, makeRows(list, base, f))
	results := []json.Marshaler{}
	if selected.plan.Grouped {
		groups := e.group(selected.plan, rows)
		for _, g := range window(groups, selected.plan) {
			results = append(results, g.members(e, selected.plan))
		}
		return results, len(groups), e.err
	}
	e.sort(selected.plan, rows)
	for _, row := range window(rows, selected.plan) {
		results = append(results, selected.project(row.source, base, f))
	}
	return results, len(rows), e.err
}

func makeRows(list []*source, base string, f shape) []*catalogRow {
	rows := make([]*catalogRow, len(list))
	for i, d := range list {
		rows[i] = newCatalogRow(d, base, f)
	}
	return rows
}

func window[T any](list []T, plan *query.Plan) []T {
	list = list[min(plan.Offset, len(list)):]
	if plan.Limit >= 0 {
		list = list[:min(plan.Limit, len(list))]
	}
	return list
}

// finder asks the index for the datasets that words find, with their places.
func (s *Service) finder() func(context.Context, string) (map[string]int, error) {
	if s.index == nil {
		return nil
	}
	return func(ctx context.Context, words string) (map[string]int, error) {
		result, err := s.index.Search(ctx, search.Query{Text: words, Limit: math.MaxInt32})
		if err != nil {
			return nil, fmt.Errorf("search the catalogue: %w", err)
		}
		places := make(map[string]int, len(result.Hits))
		for i, hit := range result.Hits {
			places[hit.Document.ID] = i
		}
		return places, nil
	}
}

// filter keeps the rows that fulfil the conditions and the refinements of the plan.
func (e *evaluator) filter(plan *query.Plan, rows []*catalogRow) []*catalogRow {
	return e.filterBut(plan, rows, "")
}

// filterBut is filter without the refinements on one field.
func (e *evaluator) filterBut(plan *query.Plan, rows []*catalogRow, but string) []*catalogRow {
	var kept []*catalogRow
	for _, row := range rows {
		if !e.holds(plan.Where, row) {
			continue
		}
		refused := slices.ContainsFunc(plan.Refinements, func(refinement query.Refinement) bool {
			return refinement.Field.Name != but && e.refined(refinement, row) == refinement.Exclude
		})
		if !refused {
			kept = append(kept, row)
		}
	}
	return kept
}

// refined reports whether a dataset has one of the values of a refinement.
func (e *evaluator) refined(refinement query.Refinement, row *catalogRow) bool {
	value := e.value(query.Field{Field: refinement.Field}, row)
	return slices.ContainsFunc(refinement.Values, func(v query.RefineValue) bool {
		if until := literalValue(v.Until); until != nil {
			from, ok := compareValues(value, literalValue(v.Value))
			to, _ := compareValues(value, until)
			return ok && from >= 0 && to < 0
		}
		if list, ok := value.([]string); ok {
			return slices.Contains(list, v.Text)
		}
		return equal(value, literalValue(v.Value))
	})
}

// sort puts rows in the order of the plan, then of full text, then of identifiers.
func (e *evaluator) sort(plan *query.Plan, rows []*catalogRow) {
	slices.SortStableFunc(rows, func(a, b *catalogRow) int {
		for _, order := range plan.Order {
			if c := nullsLast(e.value(order.Expr, a), e.value(order.Expr, b), order.Desc); c != 0 {
				return c
			}
		}
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.ID, b.ID))
	})
}

// nullsLast compares two values; empty ones come last whatever the direction.
func nullsLast(a, b any, desc bool) int {
	if a == nil || b == nil {
		return cmp.Compare(map[bool]int{true: 1}[a == nil], map[bool]int{true: 1}[b == nil])
	}
	order, ok := compareValues(a, b)
	if !ok { // lists: by their first elements
		order = slices.Compare(textsOf(a), textsOf(b))
	}
	if desc {
		return -order
	}
	return order
}

// catalogGroup is the datasets that share the keys of a grouped query.
type catalogGroup struct {
	keys []any
	rows []*catalogRow
}

// group gathers rows by the keys of the plan. A dataset with several values in a key is in several groups.
func (e *evaluator) group(plan *query.Plan, rows []*catalogRow) []*catalogGroup {
	byKey := map[string]*catalogGroup{}
	var groups []*catalogGroup
	add := func(keys []any, row *catalogRow) {
		name := fmt.Sprintf("%#v", keys)
		g, known := byKey[name]
		if !known {
			g = &catalogGroup{keys: slices.Clone(keys)}
			byKey[name] = g
			groups = append(groups, g)
		}
		if row != nil {
			g.rows = append(g.rows, row)
		}
	}
	if len(plan.Groups) == 0 {
		add(nil, nil)
	}
	var spread func(keys []any, rest []query.Group, row *catalogRow)
	spread = func(keys []any, rest []query.Group, row *catalogRow) {
		if len(rest) == 0 {
			add(keys, row)
			return
		}
		value := e.value(rest[0].Expr, row)
		if list, ok := value.([]string); ok {
			for _, element := range list {
				spread(append(keys, element), rest[1:], row)
			}
			return
		}
		spread(append(keys, value), rest[1:], row)
	}
	for _, row := range rows {
		spread(nil, plan.Groups, row)
	}
	slices.SortStableFunc(groups, func(a, b *catalogGroup) int {
		for _, order := range plan.Order {
			if c := nullsLast(a.value(e, plan, order.Expr), b.value(e, plan, order.Expr), order.Desc); c != 0 {
				return c
			}
		}
		for i := range a.keys {
			if c := nullsLast(a.keys[i], b.keys[i], false); c != 0 {
				return c
			}
		}
		return 0
	})
	return groups
}

// value gives the value of an expression for a group: a key, an aggregate, or what is made of them.
func (g *catalogGroup) value(e *evaluator, plan *query.Plan, expr query.Expr) any {
	for i, key := range plan.Groups {
		if fmt.Sprintf("%#v", key.Expr) == fmt.Sprintf("%#v", expr) {
			return g.keys[i]
		}
	}
	switch x := expr.(type) {
	case query.Aggregate:
		return e.aggregate(x, g.rows)
	case query.Literal:
		return literalValue(x)
	case query.Arithmetic:
		return arithmetic(x, g.value(e, plan, x.Left), g.value(e, plan, x.Right))
	case query.Negate:
		if n, ok := number(g.value(e, plan, x.Of)); ok {
			return asType(-n, x.Type())
		}
		return nil
	}
	return e.fail(i18n.T("cette expression sur un groupe", "this expression on a group"))
}

func (g *catalogGroup) members(e *evaluator, plan *query.Plan) members {
	var out members
	for _, column := range plan.Columns {
		name := column.Name
		switch column.Expr.(type) {
		case query.Field, query.Element:
			name, _ = pathOf(name)
		}
		out = append(out, member{name, e.output(g.value(e, plan, column.Expr), column.Type())})
	}
	return out
}

// aggregate computes one value over the datasets of a group.
func (e *evaluator) aggregate(x query.Aggregate, rows []*catalogRow) any {
	if x.Of == nil {
		return int64(len(rows))
	}
	var values []any
	seen := map[string]bool{}
	for _, row := range rows {
		value := e.value(x.Of, row)
		if value == nil {
			continue
		}
		if name := fmt.Sprintf("%#v", value); x.Distinct && seen[name] {
			continue
		} else {
			seen[name] = true
		}
		values = append(values, value)
	}
	if x.Func == query.Count {
		return int64(len(values))
	}
	if len(values) == 0 {
		return nil
	}
	slices.SortFunc(values, func(a, b any) int { return nullsLast(a, b, false) })
	switch x.Func {
	case query.Minimum:
		return values[0]
	case query.Maximum:
		return values[len(values)-1]
	case query.Median:
		return interpolated(values, 0.5)
	case query.Percentile:
		return interpolated(values, x.Fraction)
	}
	sum := 0.0
	for _, value := range values {
		n, ok := number(value)
		if !ok {
			return nil
		}
		sum += n
	}
	if x.Func == query.Average {
		return sum / float64(len(values))
	}
	return asType(sum, x.Type())
}

// interpolated is the value below which a fraction of sorted numbers lies, between its neighbours (the definition
// number 7 of Hyndman and Fan, Sample Quantiles in Statistical Packages, 1996).
func interpolated(values []any, fraction float64) any {
	place := fraction * float64(len(values)-1)
	low := int(math.Floor(place))
	a, okA := number(values[low])
	b, okB := number(values[min(low+1, len(values)-1)])
	if !okA || !okB {
		return values[int(math.Round(place))]
	}
	return a + (b-a)*(place-float64(low))
}
