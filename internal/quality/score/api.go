package score

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"socle/internal/access"
	"socle/internal/api"
	"socle/internal/i18n"
)

// Operations registers what programs may read of quality. The handlers show what who asks may see: the evidence only to who sees
// all of the data.
func (s *Service) Operations(a *api.API) {
	op := func(id, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: http.MethodGet, Path: path, Tags: []string{"quality"}, Summary: summary}
	}
	api.Register(a, access.Public, op("get-score", "/datasets/{id}/score", "Read the quality score of a dataset: dimensions, criteria with their formula and evidence, what would win points, scores of others"), s.apiScore)
	api.Register(a, access.Public, op("list-score-history", "/datasets/{id}/score/history", "List how the score of a dataset moved, the newest first"), s.apiHistory)
	api.Register(a, access.Public, op("list-score-criteria", "/scores/criteria", "List the criteria of the score with their formula, weight and thresholds"), s.apiCriteria)
	api.Register(a, access.Public, op("list-organization-scores", "/scores/organizations", "Read the quality of the datasets of each organisation, together"), s.apiOrganizations)
	api.Register(a, access.Public, op("list-domain-scores", "/scores/domains", "Read the quality of the datasets of each domain (theme), together"), s.apiDomains)
}

type output[T any] struct{ Body T }

type apiPath struct {
	ID string `path:"id" doc:"Identifier of the dataset"`
}

type apiResult struct {
	ID     string  `json:"id"`
	Title  string  `json:"title"`
	Points float64 `json:"points" doc:"Won"`
	Of     float64 `json:"of" doc:"That could be won; 0 when nothing was measured"`
}

type apiScoreBody struct {
	Dataset    string              `json:"dataset" doc:"Identifier of the dataset"`
	Version    int                 `json:"version" doc:"Measured; 0 when the dataset has none"`
	Rules      string              `json:"rules" doc:"Version of the criteria"`
	At         time.Time           `json:"at"`
	Points     float64             `json:"points" doc:"Of 100"`
	Letter     string              `json:"letter" enum:"A,B,C,D,E"`
	Free       float64             `json:"free" doc:"Points before the ceilings"`
	Counted    float64             `json:"counted" doc:"Weight of the criteria that count, of 100: the rest does not apply, or was not measured"`
	Ceilings   []apiCeiling        `json:"ceilings" doc:"Faults that bound the whole score"`
	Parts      []apiResult         `json:"parts"`
	Dimensions []apiResult         `json:"dimensions" doc:"After ISO/IEC 25012"`
	Criteria   []apiScoreCriterion `json:"criteria"`
	Next       []apiAction         `json:"next" doc:"What would win points, the most first"`
	Europe     apiExternal         `json:"europe" doc:"The Metadata Quality Assessment of the European Union, of 405 points"`
	France     apiExternal         `json:"france" doc:"The quality score of data.gouv.fr: questions answered yes, of 9"`
	URL        string              `json:"url" doc:"Page that shows it"`
}

type apiCeiling struct {
	ID    string  `json:"id"`
	Title string  `json:"title"`
	Most  float64 `json:"most" doc:"Points at most"`
}

type apiAction struct {
	Criterion string  `json:"criterion"`
	Action    string  `json:"action"`
	Gain      float64 `json:"gain" doc:"Points of 100"`
	URL       string  `json:"url" doc:"Page where it is done"`
}

type apiScoreCriterion struct {
	APICriterion
	State    string       `json:"state" enum:"measured,inapplicable,unmeasured" doc:"Only what was measured counts"`
	Bad      float64      `json:"bad" doc:"Numerator of the rate of faults; for who does not see all of the data, the rate itself, of two figures"`
	Total    float64      `json:"total" doc:"Denominator; 1 for who does not see all of the data"`
	Rate     float64      `json:"rate" doc:"Of faults, from 0 to 1"`
	Points   float64      `json:"points" doc:"Of the weight"`
	Gain     float64      `json:"gain" doc:"Points of 100 that mending everything here would win"`
	Why      string       `json:"why,omitempty" doc:"What was measured, or why it was not"`
	Evidence []apiFinding `json:"evidence" doc:"Faults that were found; empty for who does not see all of the data"`
}

type apiFinding struct {
	Kind     string       `json:"kind" doc:"Stable name of the kind of fault"`
	Text     string       `json:"text"`
	Fields   []string     `json:"fields,omitempty"`
	Bad      int64        `json:"bad"`
	Total    int64        `json:"total"`
	Examples []apiExample `json:"examples,omitempty" doc:"At most 20 rows; what is about people is masked"`
	Hint     string       `json:"hint,omitempty" doc:"What to look at: the finding may be right as it is, and costs no point"`
}

type apiExample struct {
	Row   int64             `json:"row,omitempty" doc:"Number of the row of data, from 1"`
	Cells map[string]string `json:"cells" doc:"Values by field"`
}

type apiExternal struct {
	Points     int            `json:"points"`
	Of         int            `json:"of"`
	Grade      string         `json:"grade,omitempty"`
	Indicators []apiIndicator `json:"indicators"`
}

type apiIndicator struct {
	ID     string `json:"id" doc:"As the method calls it"`
	Group  string `json:"group,omitempty"`
	Label  string `json:"label"`
	Points int    `json:"points"`
	Of     int    `json:"of"`
}

// APICriterion is a criterion in the API. It has an exported name, because the description of the API passes over others where
// they are embedded.
type APICriterion struct {
	ID        string  `json:"id"`
	Title     string  `json:"title"`
	Dimension string  `json:"dimension"`
	Part      string  `json:"part" enum:"data,documentation"`
	Weight    float64 `json:"weight" doc:"Points of 100"`
	Formula   string  `json:"formula" doc:"Of the rate of faults"`
	Curve     string  `json:"curve" enum:"errors,share" doc:"How the rate becomes points between ok and ko: a line in its logarithm (errors), or in itself (share)"`
	OK        float64 `json:"ok" doc:"Rate up to which every point is given"`
	KO        float64 `json:"ko" doc:"Rate from which none is"`
	Action    string  `json:"action" doc:"What mends it"`
}

func criterionBody(ctx context.Context, c Criterion) APICriterion {
	return APICriterion{c.ID, say(ctx, c.Title), c.Dimension, string(c.Part), c.Weight, say(ctx, c.Formula), string(c.Curve), c.OK, c.KO, say(ctx, c.Action)}
}

// partTitle names a half of the score.
func partTitle(id string) i18n.Text {
	if id == string(Documentation) {
		return i18n.T("Documentation et usage", "Documentation and use")
	}
	return i18n.T("Données", "Data")
}

func dimensionBodies(ctx context.Context, rules Rules, results []Result) []apiResult {
	list := []apiResult{}
	for _, r := range results {
		list = append(list, apiResult{r.ID, say(ctx, rules.dimension(r.ID).Title), r.Points, r.Of})
	}
	return list
}

func lineBody(ctx context.Context, l Line) apiScoreCriterion {
	m := l.Measure
	body := apiScoreCriterion{APICriterion: criterionBody(ctx, l.Criterion), State: string(m.State), Bad: m.Bad, Total: m.Total, Rate: m.Rate(), Points: l.Points, Gain: l.Gain, Evidence: []apiFinding{}}
	if !m.Why.IsZero() {
		body.Why = say(ctx, m.Why)
	}
	for _, f := range m.Findings {
		finding := apiFinding{Kind: f.Kind, Text: say(ctx, f.Text), Fields: f.Fields, Bad: f.Bad, Total: f.Total}
		if !f.Hint.IsZero() {
			finding.Hint = say(ctx, f.Hint)
		}
		for _, e := range f.Examples {
			cells := map[string]string{}
			for _, c := range e.Cells {
				if before, twice := cells[c.Field]; twice { // several ways of writing one value
					c.Value = before + " | " + c.Value
				}
				cells[c.Field] = c.Value
			}
			finding.Examples = append(finding.Examples, apiExample{e.Row, cells})
		}
		body.Evidence = append(body.Evidence, finding)
	}
	return body
}

func externalBody(ctx context.Context, e External) apiExternal {
	body := apiExternal{Points: e.Points, Of: e.Of, Indicators: []apiIndicator{}}
	if !e.Grade.IsZero() {
		body.Grade = say(ctx, e.Grade)
	}
	for _, i := range e.Parts {
		body.Indicators = append(body.Indicators, apiIndicator{i.ID, say(ctx, i.Group), say(ctx, i.Label), i.Points, i.Of})
	}
	return body
}

func (s *Service) apiScore(ctx context.Context, in *apiPath) (*output[apiScoreBody], error) {
	d, score, err := s.See(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	body := apiScoreBody{Dataset: d.ID, Version: score.Version, Rules: score.Rules, At: score.At, Points: score.Points, Letter: score.Letter, Free: score.Free, Counted: score.Counted,
		Ceilings: []apiCeiling{}, Dimensions: dimensionBodies(ctx, s.rules, score.Dimensions), Next: []apiAction{},
		Europe: externalBody(ctx, score.Europe), France: externalBody(ctx, score.France), URL: s.URL + datasetPath(d.ID, "qualite")}
	for _, c := range score.Ceilings {
		body.Ceilings = append(body.Ceilings, apiCeiling{c.ID, say(ctx, c.Title), c.Most})
	}
	for _, p := range score.Parts {
		body.Parts = append(body.Parts, apiResult{p.ID, say(ctx, partTitle(p.ID)), p.Points, p.Of})
	}
	for _, l := range score.Lines {
		body.Criteria = append(body.Criteria, lineBody(ctx, l))
	}
	for _, l := range score.Next() {
		body.Next = append(body.Next, apiAction{l.ID, say(ctx, l.Action), l.Gain, s.URL + l.URL(d.ID)})
	}
	return &output[apiScoreBody]{body}, nil
}

type apiMoment struct {
	At         time.Time   `json:"at"`
	Version    int         `json:"version"`
	Rules      string      `json:"rules"`
	Points     float64     `json:"points"`
	Letter     string      `json:"letter"`
	Dimensions []apiResult `json:"dimensions"`
}

func (s *Service) apiHistory(ctx context.Context, in *apiPath) (*output[api.List[apiMoment]], error) {
	d, _, err := s.See(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	history, err := s.History(ctx, d.UID)
	if err != nil {
		return nil, err
	}
	body := api.List[apiMoment]{Items: []apiMoment{}, Total: len(history)}
	for _, m := range history {
		body.Items = append(body.Items, apiMoment{m.At, m.Version, m.Rules, m.Points, m.Letter, dimensionBodies(ctx, s.rules, m.Dimensions)})
	}
	return &output[api.List[apiMoment]]{body}, nil
}

func (s *Service) apiCriteria(ctx context.Context, _ *struct{}) (*output[api.List[APICriterion]], error) {
	body := api.List[APICriterion]{Items: []APICriterion{}, Total: len(s.rules.Criteria)}
	for _, c := range s.rules.Criteria {
		body.Items = append(body.Items, criterionBody(ctx, c))
	}
	return &output[api.List[APICriterion]]{body}, nil
}

type apiCollection struct {
	ID         string             `json:"id" doc:"Slug of the organisation, or the theme"`
	Name       string             `json:"name"`
	Datasets   int                `json:"datasets" doc:"That have a score and that you may see"`
	Mean       float64            `json:"mean" doc:"Of their points"`
	Letters    map[string]int     `json:"letters" doc:"Datasets by letter"`
	Dimensions []apiResult        `json:"dimensions"`
	Scores     []apiCollectionRow `json:"scores" doc:"Dataset by dataset"`
	URL        string             `json:"url"`
}

type apiCollectionRow struct {
	Dataset string  `json:"dataset" doc:"Identifier"`
	Title   string  `json:"title"`
	Points  float64 `json:"points"`
	Letter  string  `json:"letter"`
	Version int     `json:"version"`
	URL     string  `json:"url" doc:"Its score, in this API"`
}

func (s *Service) apiOrganizations(ctx context.Context, _ *struct{}) (*output[api.List[apiCollection]], error) {
	v, err := s.Summary(ctx)
	return s.collectionBodies(ctx, v.Organizations), err
}

func (s *Service) apiDomains(ctx context.Context, _ *struct{}) (*output[api.List[apiCollection]], error) {
	v, err := s.Summary(ctx)
	return s.collectionBodies(ctx, v.Themes), err
}

func (s *Service) collectionBodies(ctx context.Context, list []Collection) *output[api.List[apiCollection]] {
	body := api.List[apiCollection]{Items: []apiCollection{}, Total: len(list)}
	for _, g := range list {
		one := apiCollection{ID: g.ID, Name: g.Name, Datasets: len(g.Scored), Mean: g.Mean(), Letters: map[string]int{}, Dimensions: dimensionBodies(ctx, s.rules, g.Dimensions(s.rules)), URL: s.URL + g.URL}
		for _, grade := range s.rules.Grades {
			one.Letters[grade.Letter] = g.Count(grade.Letter)
		}
		for _, scored := range g.Scored {
			one.Scores = append(one.Scores, apiCollectionRow{scored.Dataset.ID, scored.Dataset.Title, scored.Score.Points, scored.Score.Letter, scored.Score.Version,
				s.URL + api.Prefix + "/datasets/" + url.PathEscape(scored.Dataset.ID) + "/score"})
		}
		body.Items = append(body.Items, one)
	}
	return &output[api.List[apiCollection]]{body}
}
