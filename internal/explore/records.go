package explore

import (
	"context"
	"net/http"
	"strconv"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/nice"
	"socle/internal/query"
)

// records answers with one page of rows, or of groups.
func (s *Service) records(w http.ResponseWriter, r *http.Request) error {
	p, err := parametersOf(r)
	if err != nil {
		return err
	}
	request, shape, cursor, why := p.page(), p.shape(), p.cursor(), p.boolean("explain", false)
	d, err := s.find(cursor.in(r.Context()), r.PathValue("dataset_id"))
	if err != nil {
		return err
	}
	if p.err != nil {
		return p.err
	}
	if dependsOnNow(request) {
		d.now = cursor.now()
	}
	if !d.hasData() && d.head.Erased == nil {
		return s.writeJSON(w, r, keyOf("records", d.version()), d.everybody, struct {
			Total   int   `json:"total_count"`
			Results []any `json:"results"`
		}{0, []any{}})
	}
	if why {
		return s.explain(w, r, d, request)
	}
	plan, err := d.plan(request)
	if err != nil {
		return err
	}
	if cursor != nil {
		if err := cursor.apply(plan); err != nil {
			return err
		}
	}
	plan.Position = !plan.Grouped
	deprecate(w.Header(), plan)
	w.Header().Set("X-Socle-Version", strconv.Itoa(d.head.Number))
	key := keyOf("records", plan.Key(), d.version(), shape.key(s, r))
	return s.answer(w, r, key, d.everybody, func(ctx context.Context) ([]byte, error) {
		return s.page(ctx, r, d, plan, shape, cursor)
	})
}

// key names what the shape changes in an answer, the address included when it is written in it.
func (f shape) key(s *Service, r *http.Request) string {
	key := f.lang + " " + f.zone.String()
	if f.appMetas {
		key += " metas"
	}
	if f.links {
		key += " " + s.self(r)
	}
	return key
}

func (s *Service) page(ctx context.Context, r *http.Request, d *source, plan *query.Plan, shape shape, cursor *resume) ([]byte, error) {
	results, written, last, err := s.appendRows(ctx, r, nil, d, plan, shape)
	if err != nil {
		return nil, err
	}
	total := int64(-1)
	switch {
	case plan.Grouped:
	case last == nil && plan.After == nil && plan.Limit > 0 && (written > 0 || plan.Offset == 0):
		total = int64(plan.Offset + written) // the page is the last one: it says how many rows there are
	default:
		if total, err = s.engine.Count(ctx, plan); err != nil {
			return nil, err
		}
	}
	body := make([]byte, 0, len(results)+256)
	body = append(body, '{')
	if total >= 0 {
		body = strconv.AppendInt(append(body, `"total_count": `...), total, 10)
		body = append(body, ", "...)
	}
	if shape.links {
		list, err := encode(s.pageLinks(r, plan.Offset, plan.Limit, total))
		if err != nil {
			return nil, err
		}
		body = append(append(append(body, `"_links": `...), list...), ", "...)
	}
	body = append(append(body, `"results": [`...), results...)
	if last == nil {
		return append(body, "]}"...), nil
	}
	return append(append(append(body, ']'), nextMember...), cursor.next(plan, *last, d.now)+`"}`...), nil
}

// appendRows writes the rows of a plan, and returns how many. When others follow, last is the place of the last one.
func (s *Service) appendRows(ctx context.Context, r *http.Request, body []byte, d *source, plan *query.Plan, shape shape) (_ []byte, n int, last *query.Cursor, err error) {
	more := *plan
	if plan.Limit > 0 {
		more.Limit++ // one row more than is written, to know whether there is one
	}
	rows, err := s.engine.Query(ctx, &more)
	if err != nil {
		return nil, 0, nil, err
	}
	defer rows.Close()
	encoder := newRowEncoder(rows.Columns(), shape.zone)
	row := func() (err error) {
		body = append(body, '{')
		if plan.Position {
			if body, err = s.appendMetas(body, r, d, rows.ID(), shape); err != nil {
				return err
			}
		}
		start := len(body)
		if body, err = encoder.append(body, rows.Values()); err != nil {
			return err
		}
		if plan.Position && shape.appMetas {
			body = strconv.AppendInt(append(body, `, "_size": `...), int64(len(body)-start), 10)
		}
		body = append(body, '}')
		return nil
	}
	place, ended := &query.Cursor{}, false
	some := func() {
		for until := n + rowsInATurn; n < until && !ended && err == nil; {
			switch {
			case !rows.Next():
				ended, err = true, rows.Err()
			case n == plan.Limit:
				ended, last = true, place
			default:
				if n == plan.Limit-1 {
					*place = rows.Cursor()
				}
				if n > 0 {
					body = append(body, ", "...)
				}
				err = row()
				n++
			}
		}
	}
	for !ended && err == nil {
		if n < rowsAtOnce {
			some()
		} else {
			nice.Do(some) // thousands of groups; once the first ones are there all are, and nothing is waited for
		}
	}
	if err != nil {
		return nil, 0, nil, err
	}
	return body, n, last, nil
}

// appendMetas writes what the platform says of a row, each member followed by a comma.
func (s *Service) appendMetas(body []byte, r *http.Request, d *source, id query.RowID, shape shape) ([]byte, error) {
	record := strconv.FormatInt(int64(id), 10)
	if shape.links {
		dataset := s.base(r) + d.path()
		list, err := encode([]link{{"self", dataset + "/records/" + record}, {"datasets", s.base(r) + "/catalog/datasets"}, {"dataset", dataset}})
		if err != nil {
			return nil, err
		}
		body = append(append(append(body, `"_links": `...), list...), ", "...)
	}
	if shape.appMetas {
		body = append(body, `"_id": "`+record+`", "_timestamp": "`+instant(d.head.PublishedAt.In(shape.zone))+`", `...)
	}
	return body, nil
}

// record answers with one row, by its identifier in the version.
func (s *Service) record(w http.ResponseWriter, r *http.Request) error {
	d, err := s.find(r.Context(), r.PathValue("dataset_id"))
	if err != nil {
		return err
	}
	p, err := parametersOf(r)
	if err != nil {
		return err
	}
	zone, _ := p.timezone()
	request := query.Request{Select: p.text("select"), Timezone: zone, Lang: p.lang(), Limit: 1}
	shape := p.shape()
	if p.err != nil {
		return p.err
	}
	name := r.PathValue("record_id")
	id, err := strconv.ParseInt(name, 10, 64)
	if err != nil || id < 0 {
		return unknownRecord(name)
	}
	plan, err := d.plan(request)
	if err != nil {
		return err
	}
	if plan.Grouped {
		return fault.New(fault.Invalid, query.CodeMeaning, i18n.T(
			"Un enregistrement seul ne s’agrège pas : retirez les agrégats de select.",
			"A single record cannot be aggregated: take the aggregates out of select.")).At("select")
	}
	plan.Restrict(query.RowIs{ID: query.RowID(id)})
	plan.Position = shape.appMetas || shape.links
	w.Header().Set("X-Socle-Version", strconv.Itoa(d.head.Number))
	return s.answer(w, r, keyOf("record", plan.Key(), d.version(), shape.key(s, r)), d.everybody, func(ctx context.Context) ([]byte, error) {
		body, _, _, err := s.appendRows(ctx, r, nil, d, plan, shape)
		if err == nil && len(body) == 0 {
			return nil, unknownRecord(name)
		}
		return body, err
	})
}
