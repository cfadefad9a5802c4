package pivot

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"socle/internal/access"
	"socle/internal/api"
	"socle/internal/engine"
)

// Operations registers what programs may do with pivots. The handlers show what who asks may read whole.
func (s *Service) Operations(a *api.API) {
	op := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Tags: []string{"pivots"}, Summary: summary}
	}
	steward := access.On(access.Steward)
	api.Register(a, access.Public, op("list-pivots", http.MethodGet, "/pivots", "List the pivot variables and the datasets that share them"), s.apiList)
	api.Register(a, access.Public, op("get-pivot", http.MethodGet, "/pivots/{pivot}", "Read one pivot variable"), s.apiGet)
	api.Register(a, access.Public, op("get-pivot-coverage", http.MethodGet, "/pivots/{pivot}/coverage", "Count what joining two datasets by a pivot meets, exactly"), s.apiCoverage)
	api.Register(a, steward, op("list-pivot-proposals", http.MethodGet, "/pivot-proposals", "List the fields that may be pivots and on which one may decide"), s.apiProposals)
	api.Register(a, steward, op("decide-pivot", http.MethodPut, "/pivots/{pivot}/members/{dataset}/{field}", "Confirm or refuse a field in a pivot"), s.apiDecide)
	api.Register(a, steward, op("take-back-pivot", http.MethodDelete, "/pivots/{pivot}/members/{dataset}/{field}", "Take back what was decided of a field: it leaves the pivot, and may be proposed again"), s.apiTakeBack)
	api.Register(a, steward, op("list-pivot-decisions", http.MethodGet, "/pivot-decisions", "List what was decided of the fields on which one may decide"), s.apiDecisions)
}

type output[T any] struct{ Body T }

type apiPivotMember struct {
	Dataset  string `json:"dataset" doc:"Identifier of the dataset"`
	Title    string `json:"title"`
	Field    string `json:"field"`
	Label    string `json:"label"`
	Concept  string `json:"concept,omitempty" doc:"What the values identify: uai, commune, siret…"`
	Version  int    `json:"version"`
	Rows     int64  `json:"rows"`
	Filled   int64  `json:"filled"`
	Distinct int64  `json:"distinct" doc:"Different values, whatever their case; exact"`
}

func memberBody(m Member) apiPivotMember {
	return apiPivotMember{m.Dataset.ID, m.Dataset.Title, m.Ref.Field, m.Label, m.Concept, m.Version, m.Sketch.Rows, m.Sketch.Filled, m.Sketch.Distinct}
}

type apiPivot struct {
	ID      string           `json:"id"`
	Label   string           `json:"label" doc:"In French"`
	Members []apiPivotMember `json:"members" doc:"The first is the reference: the most complete list in which each value appears once"`
}

func pivotBody(p Pivot) apiPivot {
	body := apiPivot{ID: p.ID, Label: label(p.ID).FR, Members: []apiPivotMember{}}
	for _, m := range p.Members {
		body.Members = append(body.Members, memberBody(m))
	}
	return body
}

func (s *Service) apiList(ctx context.Context, _ *struct{}) (*output[api.List[apiPivot]], error) {
	list, err := s.Pivots(ctx)
	body := api.List[apiPivot]{Items: []apiPivot{}, Total: len(list)}
	for _, p := range list {
		body.Items = append(body.Items, pivotBody(p))
	}
	return &output[api.List[apiPivot]]{body}, err
}

type apiPivotPath struct {
	Pivot string `path:"pivot"`
}

func (s *Service) apiGet(ctx context.Context, in *apiPivotPath) (*output[apiPivot], error) {
	p, err := s.Pivot(ctx, in.Pivot)
	if err != nil {
		return nil, err
	}
	return &output[apiPivot]{pivotBody(p)}, nil
}

type apiPivotPair struct {
	Pivot string `path:"pivot"`
	A     string `query:"a" required:"true" doc:"Identifier of a dataset, or dataset:field"`
	B     string `query:"b" required:"true" doc:"Identifier of another, or dataset:field"`
}

type apiPivotCoverage struct {
	A    apiPivotSide `json:"a"`
	B    apiPivotSide `json:"b"`
	Rows int64        `json:"rows" doc:"Rows of the join"`
	SQL  string       `json:"sql" doc:"The join, ready to run"`
}

type apiPivotSide struct {
	Member          apiPivotMember `json:"member"`
	Rows            int64          `json:"rows"`
	Empty           int64          `json:"empty" doc:"Rows without a value"`
	Matched         int64          `json:"matched" doc:"Rows whose value the other has"`
	Unmatched       int64          `json:"unmatched" doc:"Rows with a value that the other has not"`
	Distinct        int64          `json:"distinct"`
	MatchedDistinct int64          `json:"matchedDistinct"`
	MostRows        int64          `json:"mostRows" doc:"Most rows that one value has: 1 when it identifies rows"`
	Examples        []string       `json:"examples,omitempty" doc:"A few values that the other has not; of open datasets only"`
}

func sideBody(m Member, s engine.KeySide) apiPivotSide {
	return apiPivotSide{memberBody(m), s.Rows, s.Empty, s.Matched, s.Rows - s.Matched - s.Empty, s.Distinct, s.MatchedDistinct, s.MostRows, s.Unmatched}
}

func (s *Service) apiCoverage(ctx context.Context, in *apiPivotPair) (*output[apiPivotCoverage], error) {
	v, err := s.coverage(ctx, in.Pivot, in.A, in.B)
	if err != nil {
		return nil, err
	}
	return &output[apiPivotCoverage]{apiPivotCoverage{sideBody(v.A, v.Coverage.A), sideBody(v.B, v.Coverage.B), v.Coverage.Rows, v.SQL}}, nil
}

type apiPivotProposal struct {
	Member   apiPivotMember `json:"member"`
	Pivot    string         `json:"pivot" doc:"The pivot that the field would be of"`
	Links    []apiPivotLink `json:"links"`
	Examples []string       `json:"examples,omitempty" doc:"Of open datasets only"`
}

type apiPivotLink struct {
	Other   apiPivotMember `json:"other"`
	Overlap Overlap        `json:"overlap" doc:"Estimated shares of different values; margin is 0 when they are exact. low and high bound the larger share, 19 times in 20, as if the compared values were a draw of those to come"`
}

func (s *Service) apiProposals(ctx context.Context, _ *struct{}) (*output[api.List[apiPivotProposal]], error) {
	list, err := s.Proposals(ctx)
	body := api.List[apiPivotProposal]{Items: []apiPivotProposal{}, Total: len(list)}
	for _, p := range list {
		item := apiPivotProposal{Member: memberBody(p.Member), Pivot: p.Pivot, Examples: p.Examples, Links: []apiPivotLink{}}
		for _, l := range p.Links {
			item.Links = append(item.Links, apiPivotLink{memberBody(l.Other), l.Overlap})
		}
		body.Items = append(body.Items, item)
	}
	return &output[api.List[apiPivotProposal]]{body}, err
}

type apiPivotDecision struct {
	Pivot   string `path:"pivot"`
	Dataset string `path:"dataset"`
	Field   string `path:"field"`
	Body    struct {
		State State `json:"state" enum:"confirmed,refused"`
	}
}

func (s *Service) apiDecide(ctx context.Context, in *apiPivotDecision) (*struct{}, error) {
	return nil, s.Decide(ctx, in.Dataset, in.Field, in.Pivot, in.Body.State)
}

type apiPivotMemberPath struct {
	Pivot   string `path:"pivot"`
	Dataset string `path:"dataset"`
	Field   string `path:"field"`
}

func (s *Service) apiTakeBack(ctx context.Context, in *apiPivotMemberPath) (*struct{}, error) {
	return nil, s.TakeBack(ctx, in.Dataset, in.Field, in.Pivot)
}

type apiPivotDecided struct {
	Member  apiPivotMember `json:"member"`
	Pivot   string         `json:"pivot"`
	State   State          `json:"state" enum:"confirmed,refused"`
	Decided time.Time      `json:"decided"`
}

func (s *Service) apiDecisions(ctx context.Context, _ *struct{}) (*output[api.List[apiPivotDecided]], error) {
	list, err := s.Decided(ctx)
	body := api.List[apiPivotDecided]{Items: []apiPivotDecided{}, Total: len(list)}
	for _, d := range list {
		body.Items = append(body.Items, apiPivotDecided{memberBody(d.Member), d.Pivot, d.State, d.Decided})
	}
	return &output[api.List[apiPivotDecided]]{body}, err
}
