package explore

import (
	"context"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"socle/internal/query"
)

// Explainer is what explore needs of an engine to show how it runs a plan.
type Explainer interface {
	Explain(plan *query.Plan, name string) (text string, parameters []any)
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

// explainParameter asks for the plan.
var explainParameter = switchParameter("explain", "Answer with the plan of the question instead of its rows.", false)

// orExplained adds to an answer the plan that may come instead.
func orExplained(of answer) answer {
	return func(registry huma.Registry) *huma.Response {
		response := of(registry)
		media := *response.Content["application/json"]
		media.Schema = &huma.Schema{AnyOf: []*huma.Schema{media.Schema, registry.Schema(reflect.TypeFor[explained](), true, "")}}
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
