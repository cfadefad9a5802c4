package contract

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"socle/internal/access"
	"socle/internal/api"
	"socle/internal/fault"
	"socle/internal/i18n"
)

// Operations registers what programs may do with contracts. The handlers ask about the dataset itself.
func (s *Service) Operations(a *api.API) {
	op := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Tags: []string{"contracts"}, Summary: summary}
	}
	describe := access.On(access.Describe)
	api.Register(a, access.Public, op("get-contract", http.MethodGet, "/datasets/{id}/contract", "Read the contract of a dataset, with its document (ODCS, YAML) and its last check"), s.apiGet)
	api.Register(a, describe, op("put-contract", http.MethodPut, "/datasets/{id}/contract", "Write the contract of a dataset from a document (ODCS v3, YAML or JSON), and check it"), s.apiPut)
	api.Register(a, describe, op("delete-contract", http.MethodDelete, "/datasets/{id}/contract", "Remove the contract of a dataset"), s.apiDelete)
	api.Register(a, access.Public, op("list-contract-results", http.MethodGet, "/datasets/{id}/contract/results", "List the checks of the contract of a dataset, the newest first"), s.apiResults)
}

type output[T any] struct{ Body T }

type apiContract struct {
	Name     string             `json:"name"`
	Version  string             `json:"version"`
	Status   string             `json:"status"`
	Edition  int64              `json:"edition" doc:"Counts the changes"`
	Changed  time.Time          `json:"updatedAt"`
	Rules    []apiContractRule  `json:"rules"`
	Document string             `json:"document" doc:"The contract in the Open Data Contract Standard, as YAML"`
	Last     *apiContractResult `json:"lastCheck,omitempty"`
}

type apiContractRule struct {
	ID     string   `json:"id"`
	Kind   Kind     `json:"kind" enum:"freshness,rows,volume,parts,drift,empty,unique,reference,other"`
	Fields []string `json:"fields,omitempty"`
	Text   string   `json:"text" doc:"What is promised, in the language of the caller"`
	State  State    `json:"state" enum:"kept,broken,unknown"`
	Value  *float64 `json:"value,omitempty"`
	Found  string   `json:"found" doc:"What the last check found, in the language of the caller"`
}

type apiContractResult struct {
	ID      string    `json:"id"`
	Version int       `json:"version" doc:"Of the dataset"`
	At      time.Time `json:"at"`
	Cause   string    `json:"cause" enum:"publication,schedule,person"`
	Kept    int       `json:"kept"`
	Broken  int       `json:"broken"`
	Unknown int       `json:"unknown"`
	Fresh   []string  `json:"newlyBroken,omitempty" doc:"Rules that held before"`
}

type apiContractPath struct {
	ID string `path:"id"`
}

func resultBody(r Result) apiContractResult {
	return apiContractResult{r.ID, r.Version, r.At, r.Cause, r.Count(Kept), r.Count(Broken), r.Count(Unknown), r.Fresh}
}

// there is a dataset that has a contract that who asks sees.
func (s *Service) there(ctx context.Context, id string) (Sight, error) {
	v, err := s.See(ctx, id)
	if err == nil && v.Contract.Edition == 0 {
		err = fault.New(fault.NotFound, "contract_not_found", i18n.T("Ce jeu de données n’a pas de contrat.", "This dataset has no contract."))
	}
	return v, err
}

func (s *Service) apiGet(ctx context.Context, in *apiContractPath) (*output[apiContract], error) {
	v, err := s.there(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	document, err := Write(v.Contract, v.Dataset, v.Head.Schema)
	if err != nil {
		return nil, err
	}
	body := apiContract{Name: v.Contract.Name, Version: v.Contract.Version, Status: v.Contract.Status, Edition: v.Contract.Edition, Changed: v.Contract.UpdatedAt, Document: string(document), Rules: []apiContractRule{}}
	for _, r := range v.Contract.Rules {
		o := last(v).Of(r.ID)
		body.Rules = append(body.Rules, apiContractRule{r.ID, r.Kind, r.Fields, say(ctx, sentence(r)), o.State, o.Value, say(ctx, o.Text)})
	}
	if r := last(v); r.ID != "" {
		result := resultBody(r)
		body.Last = &result
	}
	return &output[apiContract]{body}, nil
}

type apiContractDocument struct {
	ID   string `path:"id"`
	Body struct {
		Document string `json:"document" maxLength:"1000000" doc:"The contract in the Open Data Contract Standard v3, YAML or JSON"`
		Edition  int64  `json:"edition,omitempty" doc:"The edition that the change was made from; the last one when absent"`
	}
}

func (s *Service) apiPut(ctx context.Context, in *apiContractDocument) (*output[apiContract], error) {
	v, err := s.See(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	c, err := Parse([]byte(in.Body.Document))
	if err != nil {
		return nil, err
	}
	if c.Edition = in.Body.Edition; c.Edition == 0 {
		c.Edition = v.Contract.Edition
	}
	if err := s.Save(ctx, in.ID, c); err != nil {
		return nil, err
	}
	if _, err := s.Check(ctx, v.Dataset.UID, onRequest); err != nil {
		return nil, err
	}
	return s.apiGet(ctx, &apiContractPath{in.ID})
}

func (s *Service) apiDelete(ctx context.Context, in *apiContractPath) (*struct{}, error) {
	return nil, s.Remove(ctx, in.ID)
}

func (s *Service) apiResults(ctx context.Context, in *apiContractPath) (*output[api.List[apiContractResult]], error) {
	v, err := s.there(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	body := api.List[apiContractResult]{Items: []apiContractResult{}, Total: len(v.Results)}
	for _, r := range v.Results {
		body.Items = append(body.Items, resultBody(r))
	}
	return &output[api.List[apiContractResult]]{body}, nil
}
