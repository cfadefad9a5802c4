package app

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"socle/internal/identity"
	"socle/internal/jobs"
	"socle/internal/web/webtest"
)

func TestTheDictionaryLeadsToTheCommentsOfEachField(t *testing.T) {
	h := furnished(t)
	const canteens = "/jeux/restauration-scolaire"
	h.post(contributor, canteens+"/remarques", url.Values{"champ": {"uai"}, "texte": {"Cet établissement est fermé."}})
	_, _, text := h.get(visitor, canteens+"/dictionnaire")
	row, _, _ := strings.Cut(text[strings.Index(text, `id="colonne-uai"`):], "</tr>")
	if !strings.Contains(row, `href="`+canteens+`/remarques?champ=uai"`) || !strings.Contains(strings.ReplaceAll(row, "\u00a0", " "), "1 remarque en attente") {
		t.Errorf("the row of the field does not lead to its comment:\n%s", row)
	}
	if status, _, text := h.get(contributor, canteens+"/remarques?champ=uai"); status != http.StatusOK || !strings.Contains(text, `value="uai" selected`) {
		t.Errorf("%d: the form does not speak of the field already", status)
	}
}

// studied waits until the fields of the demonstration are compared: until then pages about pivots differ from one reading to the next.
func (h *house) studied() {
	h.t.Helper()
	system := identity.With(h.t.Context(), identity.System())
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(50 * time.Millisecond) {
		left := 0
		for kind, states := range map[string][]jobs.State{"pivot.study": {jobs.Waiting, jobs.Running, jobs.Retrying}, "pivot.late": {jobs.Waiting, jobs.Running}} {
			list, err := h.app.Jobs.List(system, jobs.Filter{Kind: kind, States: states})
			if err != nil {
				h.t.Fatal(err)
			}
			left += len(list)
		}
		if left == 0 {
			return
		}
		if time.Now().After(deadline) {
			h.t.Fatalf("%d studies of pivots are not over", left)
		}
	}
}

// TestAConfirmedFieldIsTakenBackFromThePageOfItsPivot is a steward in front of a browser: the field leaves the pivot, is
// proposed again with what its few values are worth, and the decision is in the list.
func TestAConfirmedFieldIsTakenBackFromThePageOfItsPivot(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser is slow: not with -short")
	}
	h := furnished(t)
	h.studied()
	browser := webtest.Start(t)
	if _, _, page := h.get(visitor, "/pivots/uai"); strings.Contains(page, "Retirer") {
		t.Error("a visitor is offered to take a decision back")
	}
	browser.Look(t, webtest.Page{URL: h.url + "/pivots/uai", Cookies: h.cookies(steward)})
	steps := person{t, browser.Open(t, h.url+"/pivots/uai", webtest.Views()[0], h.cookies(steward)...)}
	steps.clicks("Retirer")
	steps.sees("Décision reprise")
	if problems := steps.tab.Problems(); len(problems) > 0 {
		t.Error(problems)
	}
	browser.Look(t, webtest.Page{URL: h.url + "/pivots/propositions", Cookies: h.cookies(steward)})
}

func TestTheSchoolsOfTheDemonstrationAreAPivotThatOpensOnlyWhatOneMayRead(t *testing.T) {
	h := furnished(t)
	_, _, everybody := h.get(visitor, "/pivots/uai")
	if !strings.Contains(everybody, "annuaire-etablissements") || strings.Contains(everybody, "lutte-contre-le-decrochage") {
		t.Error("a visitor sees the open datasets of the pivot, and none that is restricted")
	}
	if _, _, page := h.get(steward, "/pivots/uai"); !strings.Contains(page, "lutte-contre-le-decrochage") {
		t.Error("the steward of a restricted dataset sees it in the pivot")
	}
	if status, _, _ := h.get(visitor, "/pivots/uai/couverture?a=annuaire-etablissements&b=lutte-contre-le-decrochage"); status != 404 {
		t.Errorf("the coverage of a restricted dataset answers a visitor %d, want 404", status)
	}
	if _, _, page := h.get(visitor, "/jeux/annuaire-etablissements"); !strings.Contains(page, "Croiser avec…") || strings.Contains(page, "lutte-contre-le-decrochage") {
		t.Error("the page of a dataset says with which open ones it joins")
	}
	status, _, page := h.get(visitor, "/pivots/uai/couverture?a=annuaire-etablissements&b=effectifs-second-degre")
	if status != 200 || !strings.Contains(page, "/sql?") {
		t.Errorf("the coverage of two open datasets: %d", status)
	}
	status, _, text := h.get(visitor, "/api/v1/pivots/uai/coverage?a=annuaire-etablissements&b=effectifs-second-degre")
	if status != 200 || !strings.Contains(text, `"matched"`) {
		t.Errorf("the same by the API: %d %s", status, text)
	}
	if to := h.post(steward, "/pivots/decisions", url.Values{"pivot": {"uai"}, "champ": {"lutte-contre-le-decrochage:uai"}, "decision": {"refused"}}); to != "/pivots/propositions" {
		t.Errorf("a decision leads to %q", to)
	}
	if _, _, page := h.get(steward, "/pivots/uai"); strings.Contains(page, "lutte-contre-le-decrochage") {
		t.Error("a refused field has left the pivot")
	}
	if to := h.post(steward, "/pivots/decisions", url.Values{"pivot": {"uai"}, "champ": {"annuaire-etablissements:uai"}, "decision": {"refused"}}); to != "" {
		t.Error("the steward of one organisation decides for another")
	}
}
