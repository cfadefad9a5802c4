package app

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"socle/internal/audit"
	"socle/internal/identity"
)

// form sends a form with a file and returns the status and the address that the answer leads to.
func (h *house) form(who, path, name, content string) (int, string) {
	h.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write([]byte(content))
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		h.t.Fatal(err)
	}
	answer, err := h.clients[who].Post(h.url+path, form.FormDataContentType(), &body)
	if err != nil {
		h.t.Fatal(err)
	}
	answer.Body.Close()
	return answer.StatusCode, answer.Header.Get("Location")
}

func TestWhoPublishesGivesBackCorrectedRowsAndAStewardThoseThatAreRight(t *testing.T) {
	h := furnished(t)
	const dataset = "/jeux/sections-sportives-2024"
	page := dataset + "/versions/1/quarantaine"
	if text := h.shows(visitor, page, "lignes-de-cote.csv"); strings.Contains(text, "/quarantaine/corriger") || strings.Contains(text, "/quarantaine/rendre") {
		t.Error("a visitor is offered to give rows back")
	}
	if text := h.shows(publisher, page, "/quarantaine/corriger"); strings.Contains(text, "/quarantaine/rendre") {
		t.Error("who publishes is offered to judge the rules")
	}
	h.shows(steward, page, "/quarantaine/corriger", "/quarantaine/rendre")
	for who, want := range map[string]int{visitor: http.StatusUnauthorized, publisher: http.StatusForbidden} {
		answer, err := h.clients[who].PostForm(h.url+page+"/rendre", url.Values{"motif": {"Justes."}})
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != want || strings.HasPrefix(answer.Header.Get("Location"), "/publier/") {
			t.Errorf("%q gives back what a steward alone may: %d %s", who, answer.StatusCode, answer.Header.Get("Location"))
		}
	}
	before := h.head("sections-sportives-2024")
	list := h.shows(publisher, dataset+"/versions/1/lignes-de-cote.csv")

	// The rows as they were set aside, sent back uncorrected, are set aside again; what is sent must have the same columns.
	if status, to := h.form(publisher, page+"/corriger", "lignes.csv", "a;b\n1;2\n"); status != http.StatusBadRequest || to != "" {
		t.Errorf("other columns: %d %s", status, to)
	}
	status, draft := h.form(publisher, page+"/corriger", "lignes.csv", list)
	if status != http.StatusSeeOther || !strings.HasPrefix(draft, "/publier/") {
		t.Fatalf("the rows sent back: %d %s", status, draft)
	}
	h.submit(publisher, draft, "mise", url.Values{})
	h.submit(publisher, draft, "Publication terminée", url.Values{})
	second := h.head("sections-sportives-2024")
	if second.Number != 2 || second.Rows != before.Rows || second.Quarantine.Aside != before.Quarantine.Aside {
		t.Errorf("version %d: %d rows, %d set aside; before %d and %d", second.Number, second.Rows, second.Quarantine.Aside, before.Rows, before.Quarantine.Aside)
	}

	page = dataset + "/versions/2/quarantaine"
	if to := h.post(steward, page+"/rendre", url.Values{"motif": {""}}); to != "" {
		t.Errorf("without a reason: %s", to)
	}
	draft = h.post(steward, page+"/rendre", url.Values{"motif": {"La section est en sommeil cette année."}})
	if !strings.HasPrefix(draft, "/publier/") {
		t.Fatalf("the judgement leads to %q", draft)
	}
	h.submit(steward, draft, "publié tel quel", url.Values{})
	h.submit(steward, draft, "Publication terminée", url.Values{})
	third := h.head("sections-sportives-2024")
	if third.Number != 3 || third.Rows != before.Rows+before.Quarantine.Aside || third.Quarantine.Aside != 0 || third.Note != "La section est en sommeil cette année." {
		t.Errorf("version %d: %d rows, %d set aside, %q", third.Number, third.Rows, third.Quarantine.Aside, third.Note)
	}
	h.shows(visitor, dataset+"/versions/3", "La section est en sommeil cette année.")
	entries, err := h.app.Audit.List(identity.With(t.Context(), identity.System()), audit.Filter{Asset: third.DatasetUID}, audit.Page{})
	if err != nil {
		t.Fatal(err)
	}
	waived := 0
	for _, e := range entries {
		if e.Detail["rulesWaived"] == true && e.Detail["mends"] != nil {
			waived++
		}
	}
	if waived != 1 {
		t.Errorf("the record tells of %d judgements: %+v", waived, entries)
	}
}
