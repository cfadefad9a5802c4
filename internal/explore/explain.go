package explore

import (
	"context"
	"fmt"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"socle/internal/engine"
	"socle/internal/query"
)

// Explainer is what explore needs of an engine to show how it runs a plan.
type Explainer interface {
	Explain(plan *query.Plan, name string) (text string, parameters []any)
	ExplainFacets(plan *query.Plan, facets []query.Facet, name string) []engine.FacetReading
}

// explained is a plan as it is shown. It is the plan before it was narrowed: what access takes away, and by which
// condition, is nobody's business; only that something may be is said.
type explained struct {
	Dataset    string         `json:"dataset"`
	Version    int            `json:"version"`
	Narrowed   bool           `json:"narrowed_by_access"`
	Plan       map[string]any `json:"plan"`
	SQL        string         `json:"sql,omitempty"`
	Parameters []any          `json:"parameters,omitempty"`
}

// explainedFacets is how facets are counted.
type explainedFacets struct {
	Dataset  string                `json:"dataset"`
	Version  int                   `json:"version"`
	Narrowed bool                  `json:"narrowed_by_access"`
	Plan     map[string]any        `json:"plan"`
	Readings []engine.FacetReading `json:"readings" nullable:"false" doc:"What is asked of the version, one statement for all the facets that see the same rows"`
}

// explainParameter asks for the plan.
var explainParameter = switchParameter("explain", "Answer with the plan of the question instead of its rows.", false)

// orExplained adds to an answer the plan that may come instead.
func orExplained(of answer) answer { return orObject[explained](of) }

// orObject adds to an answer an object that may come instead.
func orObject[T any](of answer) answer {
	return func(registry huma.Registry) *huma.Response {
		response := of(registry)
		media := *response.Content["application/json"]
		media.Schema = &huma.Schema{AnyOf: []*huma.Schema{media.Schema, registry.Schema(reflect.TypeFor[T](), true, "")}}
		response.Content["application/json"] = &media
		return response
	}
}

// explain answers with the plan of a request instead of its rows. What could not be asked cannot be explained either.
func (s *Service) explain(w http.ResponseWriter, r *http.Request, d *source, request query.Request) error {
	narrowed, err := d.plan(request)
	if err != nil {
		return err
	}
	plan, err := query.Bind(d.from(), d.fields, request, d.options())
	if err != nil {
		return err
	}
	return s.answer(w, r, keyOf("explain", plan.Key(), narrowed.Key(), d.view.Key()), d.everybody, func(context.Context) ([]byte, error) {
		answer := explained{Dataset: d.ID, Version: d.head.Number, Narrowed: !d.view.Whole(), Plan: plan.Explain()}
		if explainer, ok := s.engine.(Explainer); ok {
			answer.SQL, answer.Parameters = explainer.Explain(plan, (&sqlVersion{d.ID, d.head.Number}).name())
		}
		return encode(answer)
	})
}

// explainFacets answers with how the facets of a request are counted, before the plan was narrowed.
func (s *Service) explainFacets(w http.ResponseWriter, r *http.Request, d *source, request query.Request, facets []query.Facet) error {
	options := query.WithFacets(d.options(), facets)
	narrowed, err := d.planWith(request, options)
	if err != nil {
		return err
	}
	plan, err := query.Bind(d.from(), d.fields, request, options)
	if err != nil {
		return err
	}
	key := keyOf("explain facets", plan.Key(), narrowed.Key(), d.view.Key(), fmt.Sprintf("%+v", facets))
	return s.answer(w, r, key, d.everybody, func(context.Context) ([]byte, error) {
		answer := explainedFacets{Dataset: d.ID, Version: d.head.Number, Narrowed: !d.view.Whole(), Plan: plan.Explain(), Readings: []engine.FacetReading{}}
		if explainer, ok := s.engine.(Explainer); ok && len(facets) > 0 {
			answer.Readings = explainer.ExplainFacets(plan, facets, (&sqlVersion{d.ID, d.head.Number}).name())
		}
		return encode(answer)
	})
}
