package score_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"socle/internal/asset"
	"socle/internal/identity"
	"socle/internal/store/storetest"
)

// ask calls an operation as somebody, and reads the answer into a value.
func (h *house) ask(who identity.Principal, path string, into any) int {
	h.t.Helper()
	r := httptest.NewRequestWithContext(identity.With(h.t.Context(), who), http.MethodGet, "/api/v1"+path, nil)
	r.Header.Set("Accept-Language", "en")
	w := httptest.NewRecorder()
	h.API().ServeHTTP(w, r)
	if w.Code == http.StatusOK {
		if err := json.Unmarshal(w.Body.Bytes(), into); err != nil {
			h.t.Fatalf("%s: %v: %s", path, err, w.Body)
		}
	}
	return w.Code
}

// answer is what the test reads of a score.
type answer struct {
	Dataset, Letter, URL string
	Version              int
	Points, Counted      float64
	Dimensions           []struct {
		ID, Title  string
		Points, Of float64
	}
	Criteria []struct {
		ID, Formula, Action, State string
		Weight, Bad, Total, Gain   float64
		Evidence                   []struct {
			Kind     string
			Bad      int64
			Examples []struct {
				Row   int64
				Cells map[string]string
			}
		}
	}
	Next []struct {
		Criterion, Action, URL string
		Gain                   float64
	}
	Europe, France struct{ Points, Of int }
}

func TestProgramsReadScoresOfWhatTheyMaySee(t *testing.T) {
	h := newHouse(t, storetest.DSN(t))
	file := table("uai;effectif", 40, func(i int) string { return uai(max(i, 2)) + ";" + fmt.Sprint(i) })
	kept := h.publish("ouvert", func(d *asset.Dataset) { d.Themes = []string{"Établissements"} }, file)
	h.publish("ferme", func(d *asset.Dataset) { d.Level, d.Themes = asset.Restricted, []string{"Secret"} }, file)

	var got answer
	if status := h.ask(identity.Principal{}, "/datasets/ouvert/score", &got); status != http.StatusOK {
		t.Fatalf("a score answers %d", status)
	}
	if got.Dataset != "ouvert" || got.Points != kept.Points || got.Letter != kept.Letter || got.Version != 1 || len(got.Dimensions) != len(h.Score.Rules().Dimensions) || got.Dimensions[0].Title == "" ||
		len(got.Criteria) != len(h.Score.Rules().Criteria) || got.Europe.Of != 405 || got.France.Of != 9 || !strings.HasSuffix(got.URL, "/jeux/ouvert/qualite") {
		t.Errorf("the score: %+v", got)
	}
	for i, next := range got.Next {
		if next.Action == "" || next.URL == "" || strings.Contains(next.URL, "{id}") || i > 0 && next.Gain > got.Next[i-1].Gain {
			t.Errorf("next action %d: %+v", i, next)
		}
	}
	proven := false
	for _, c := range got.Criteria {
		if c.Formula == "" || c.Action == "" || c.Weight <= 0 {
			t.Errorf("a criterion that explains nothing: %+v", c)
		}
		for _, f := range c.Evidence {
			proven = proven || c.ID == "unique-key" && f.Kind == "repeated-key" && f.Bad == 2
		}
	}
	if !proven {
		t.Error("the key that is repeated twice is not in the evidence")
	}
	var history, organizations, domains, criteria struct {
		Total int
		Items []struct {
			ID, Name string
			Datasets int
			Mean     float64
			Letters  map[string]int
			Scores   []struct{ Dataset string }
		}
	}
	for path, into := range map[string]any{"/datasets/ouvert/score/history": &history, "/scores/organizations": &organizations, "/scores/domains": &domains, "/scores/criteria": &criteria} {
		if status := h.ask(identity.Principal{}, path, into); status != http.StatusOK {
			t.Errorf("%s answers %d", path, status)
		}
	}
	if history.Total == 0 || criteria.Total != len(h.Score.Rules().Criteria) {
		t.Errorf("%d moments, %d criteria", history.Total, criteria.Total)
	}
	if organizations.Total != 1 || organizations.Items[0].Datasets != 1 || organizations.Items[0].Mean != kept.Points || organizations.Items[0].Letters[kept.Letter] != 1 || organizations.Items[0].Scores[0].Dataset != "ouvert" {
		t.Errorf("by organisation, a visitor sees %+v", organizations.Items)
	}
	if domains.Total != 1 || domains.Items[0].Name != "Établissements" {
		t.Errorf("by domain, a visitor sees %+v", domains.Items)
	}
	for _, path := range []string{"/datasets/ferme/score", "/datasets/ferme/score/history", "/datasets/nulle-part/score"} {
		if status := h.ask(identity.Principal{}, path, &got); status != http.StatusNotFound {
			t.Errorf("%s answers a visitor %d, want 404", path, status)
		}
	}
	if status := h.ask(identity.System(), "/datasets/ferme/score", &got); status != http.StatusOK || got.Dataset != "ferme" {
		t.Errorf("the platform reads the score of a restricted dataset: %d", status)
	}
	if h.ask(identity.System(), "/scores/domains", &domains); domains.Total != 2 {
		t.Errorf("by domain, the platform sees %d", domains.Total)
	}
}

func TestTheDescriptionHasEveryMemberOfACriterion(t *testing.T) {
	h := newHouse(t, "")
	var document struct {
		Components struct {
			Schemas map[string]struct{ Properties map[string]any }
		}
	}
	if status := h.ask(identity.Principal{}, "/openapi.json", &document); status != http.StatusOK {
		t.Fatalf("status %d", status)
	}
	for _, member := range []string{"id", "weight", "action", "state", "evidence"} {
		if document.Components.Schemas["ApiScoreCriterion"].Properties[member] == nil {
			t.Errorf("%s is not described: %v", member, document.Components.Schemas["ApiScoreCriterion"])
		}
	}
}
