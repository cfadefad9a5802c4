package explore

import (
	"cmp"
	"context"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"time"

	"socle/internal/engine"
	"socle/internal/i18n"
	"socle/internal/query"
)

type queryInput struct {
	Dataset  string   `json:"dataset" jsonschema:"identifier of the dataset, as search_datasets gives it"`
	Select   string   `json:"select,omitempty" jsonschema:"fields, expressions and aggregates, separated by commas, each with an alias if needed: academie, avg(ips) as ips; every field when absent"`
	Where    string   `json:"where,omitempty" jsonschema:"condition on rows, such as: secteur = 'Public' and effectif > 500"`
	GroupBy  string   `json:"group_by,omitempty" jsonschema:"fields or expressions to group by, such as: academie, year(rentree) as annee"`
	OrderBy  string   `json:"order_by,omitempty" jsonschema:"such as: n desc, academie"`
	Refine   []string `json:"refine,omitempty" jsonschema:"field:value pairs to keep, such as: academie:Paris"`
	Exclude  []string `json:"exclude,omitempty" jsonschema:"field:value pairs to leave out"`
	Limit    int      `json:"limit,omitempty" jsonschema:"rows at most: 20 when absent, 100 at most; 500 groups at most"`
	Offset   int      `json:"offset,omitempty" jsonschema:"rows to skip: next_offset of the answer before"`
	Timezone string   `json:"timezone,omitempty" jsonschema:"time zone of hours and days, Europe/Paris when absent"`
	Version  int      `json:"version,omitempty" jsonschema:"an earlier version, by its number; the newest when absent"`
}

// rowsAnswer is rows or groups with their source.
type rowsAnswer struct {
	Total    *int64            `json:"total,omitempty" jsonschema:"rows that fulfil the conditions, on all pages; absent for groups"`
	Columns  []fieldWords      `json:"columns"`
	Rows     []json.RawMessage `json:"rows" jsonschema:"one object a row, by name of column"`
	Next     int               `json:"next_offset,omitempty" jsonschema:"offset of the rows that follow; absent when there are none"`
	Cut      string            `json:"cut,omitempty" jsonschema:"why there are fewer rows than asked for; absent when nothing was cut"`
	Citation citation          `json:"citation"`
}

// values are the parameters by which the Explore API asks the same.
func (in queryInput) values() url.Values {
	most := toolRows
	if in.GroupBy != "" {
		most = toolGroups
	}
	values := url.Values{"limit": {strconv.Itoa(min(cmp.Or(max(in.Limit, 0), 20), most))}, "timezone": {cmp.Or(in.Timezone, pageZone)}}
	for name, value := range map[string]string{"select": in.Select, "where": in.Where, "group_by": in.GroupBy, "order_by": in.OrderBy} {
		if value = strings.TrimSpace(value); value != "" {
			values.Set(name, value)
		}
	}
	for name, list := range map[string][]string{"refine": in.Refine, "exclude": in.Exclude} {
		if len(list) > 0 {
			values[name] = list
		}
	}
	if in.Offset != 0 {
		values.Set("offset", strconv.Itoa(in.Offset))
	}
	return values
}

// toolQuery asks what the Explore API would be asked, and gives as much of the answer as fits.
func (s *Service) toolQuery(ctx context.Context, in queryInput) (*rowsAnswer, error) {
	values := in.values()
	p := &parameters{values: values}
	request, shape := p.page(), p.shape()
	if p.err != nil {
		return nil, p.err
	}
	d, err := s.findFor(ctx, in.Dataset, in.Version)
	if err != nil {
		return nil, err
	}
	if dependsOnNow(request) {
		d.now = time.Now()
	}
	plan, err := d.plan(request)
	if err != nil {
		return nil, err
	}
	plan.Position = !plan.Grouped
	body, err := s.cache.answer(ctx, keyOf("records", plan.Key(), d.version(), shape.key(s, nil)), asBody(func(ctx context.Context) ([]byte, error) {
		return s.page(ctx, nil, d, plan, shape, nil)
	}))
	if err != nil {
		return nil, err
	}
	answer := &rowsAnswer{Columns: columnWords(plan.Columns), Citation: s.cite(ctx, d, "/records", values)}
	return answer, answer.fill(ctx, body.text, plan)
}

// fill takes from an answer of the Explore API the rows that fit.
func (a *rowsAnswer) fill(ctx context.Context, body []byte, plan *query.Plan) error {
	var page struct {
		Total   *int64            `json:"total_count"`
		Results []json.RawMessage `json:"results"`
		Next    string            `json:"next"`
	}
	if err := json.Unmarshal(body, &page); err != nil {
		return err
	}
	a.Total, a.Rows = page.Total, []json.RawMessage{}
	size := 0
	for _, row := range page.Results {
		if size += len(row); size > toolBytes {
			a.Cut = i18n.S(ctx, "%d lignes sur les %d demandées : la réponse est limitée à %d Ko. Choisissez moins de colonnes avec select, ou agrégez.",
				"%d rows of the %d asked for: the answer is bounded to %d kB. Choose fewer columns with select, or aggregate.", len(a.Rows), len(page.Results), toolBytes/1000)
			break
		}
		a.Rows = append(a.Rows, row)
	}
	if (page.Next != "" || a.Cut != "") && len(a.Rows) > 0 {
		a.Next = plan.Offset + len(a.Rows)
	}
	return nil
}

func columnWords(columns []query.Column) []fieldWords {
	list := make([]fieldWords, len(columns))
	for i, c := range columns {
		list[i] = fieldWords{Name: c.Name, Type: string(c.Type()), Unit: c.Field.Unit}
		if c.Label != c.Name {
			list[i].Label = c.Label
		}
	}
	return list
}

type readInput struct {
	Dataset string   `json:"dataset" jsonschema:"identifier of the dataset, as search_datasets gives it"`
	Fields  []string `json:"fields,omitempty" jsonschema:"names of the fields to read; every field when absent"`
	Limit   int      `json:"limit,omitempty" jsonschema:"rows at most: 5 when absent, 100 at most"`
	Offset  int      `json:"offset,omitempty" jsonschema:"rows to skip"`
	Version int      `json:"version,omitempty" jsonschema:"an earlier version, by its number; the newest when absent"`
}

func (s *Service) toolRead(ctx context.Context, in readInput) (*rowsAnswer, error) {
	quoted := make([]string, len(in.Fields))
	for i, name := range in.Fields {
		quoted[i] = quoteName(strings.ReplaceAll(name, "`", ""))
	}
	return s.toolQuery(ctx, queryInput{Dataset: in.Dataset, Select: strings.Join(quoted, ", "), Limit: cmp.Or(max(in.Limit, 0), 5), Offset: in.Offset, Version: in.Version})
}

type valuesInput struct {
	Dataset string `json:"dataset" jsonschema:"identifier of the dataset, as search_datasets gives it"`
	Field   string `json:"field" jsonschema:"name of the field, as describe_dataset gives it"`
	Where   string `json:"where,omitempty" jsonschema:"count only the rows that fulfil this condition, such as: academie like '*val*'"`
	Limit   int    `json:"limit,omitempty" jsonschema:"values at most: 50 when absent, 500 at most"`
	Version int    `json:"version,omitempty" jsonschema:"an earlier version, by its number; the newest when absent"`
}

type valuesAnswer struct {
	Field    string       `json:"field"`
	Values   []valueCount `json:"values"`
	Cut      string       `json:"cut,omitempty" jsonschema:"that there are other values; absent when all are given"`
	Citation citation     `json:"citation"`
}

type valueCount struct {
	Value string `json:"value"`
	Count int64  `json:"count" jsonschema:"rows that have it"`
}

// toolValues counts the rows by the values of a field.
func (s *Service) toolValues(ctx context.Context, in valuesInput) (*valuesAnswer, error) {
	limit := min(cmp.Or(max(in.Limit, 0), 50), toolGroups)
	d, err := s.findFor(ctx, in.Dataset, in.Version)
	if err != nil {
		return nil, err
	}
	facets, err := d.bindFacets([]string{strings.TrimSpace(in.Field)})
	if err != nil {
		return nil, err
	}
	values := url.Values{"facet": {"facet(name=" + quoteValue(facets[0].Field.Name) + ", limit=" + strconv.Itoa(limit) + ")"}}
	request := query.Request{Limit: -1}
	if where := strings.TrimSpace(in.Where); where != "" {
		request.Where = []string{where}
		values.Set("where", where)
	}
	plan, err := d.plan(request)
	if err != nil {
		return nil, err
	}
	facets[0].Limit = limit + 1 // one more than is given, to know whether there is one
	counted, err := s.engine.Facets(ctx, plan, facets)
	if err != nil {
		return nil, err
	}
	answer := &valuesAnswer{Field: facets[0].Field.Name, Values: []valueCount{}, Citation: s.cite(ctx, d, "/facets", values)}
	answer.fill(ctx, counted, limit)
	return answer, nil
}

func (a *valuesAnswer) fill(ctx context.Context, counted []engine.FacetResult, limit int) {
	size := 0
	for _, facet := range counted {
		for i, v := range facet.Values {
			if size += len(v.Value) + 30; i == limit || size > toolBytes {
				a.Cut = i18n.S(ctx, "Les %d valeurs les plus fréquentes ; il y en a d’autres. Filtrez avec where.", "The %d most frequent values; there are others. Filter with where.", i)
				return
			}
			a.Values = append(a.Values, valueCount{v.Value, v.Count})
		}
	}
}
