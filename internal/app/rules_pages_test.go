package app

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"socle/internal/lake"
	"socle/internal/validate"
)

// head is the current version of a dataset.
func (h *house) head(id string) lake.Version {
	h.t.Helper()
	d, err := h.app.Assets.Get(h.t.Context(), id)
	if err != nil {
		h.t.Fatal(err)
	}
	v, err := h.app.Lake.Head(h.t.Context(), d.UID)
	if err != nil {
		h.t.Fatal(err)
	}
	return v
}

// shows fails the test for a page that does not come or lacks a text.
func (h *house) shows(who, path string, texts ...string) string {
	h.t.Helper()
	status, _, page := h.get(who, path)
	if status != http.StatusOK {
		h.t.Errorf("%s: %d", path, status)
	}
	for _, text := range texts {
		if !strings.Contains(page, text) {
			h.t.Errorf("%s does not show %q", path, text)
		}
	}
	return page
}

func TestANewcomerSeesWhatTheFilesOfTheDemonstrationBreakAndAStewardDecidesWhatBecomesOfIt(t *testing.T) {
	h := furnished(t)
	const warned, parted, schema = "/jeux/sections-sportives-2025", "/jeux/sections-sportives-2024", "academie-saint-aurele/sections-sportives"
	h.shows(visitor, warned, "Contrôles à la publication", "version 1.1.0", `href="/jeux/sections-sportives-2025/versions/1#schema-`)
	h.shows(visitor, warned+"/versions/1", "Règles de "+schema+"@1.1.0 que le fichier enfreint", `href="/schemas/`+schema+`/1.1.0"`)
	v := h.head("sections-sportives-2024")
	if v.Quarantine.Aside == 0 || v.Rows == 0 {
		t.Fatalf("nothing is set aside: %+v", v.Quarantine)
	}
	h.shows(visitor, parted, "mises de côté")
	h.shows(visitor, parted+"/versions/1/quarantaine", "Consigne", "lignes-de-cote.csv")
	rows := strings.Split(strings.TrimSpace(h.shows(visitor, parted+"/versions/1/lignes-de-cote.csv", "uai;etablissement;sport;")), "\n")
	if int64(len(rows)) != v.Quarantine.Aside+1 {
		t.Errorf("%d rows to correct, %d set aside", len(rows)-1, v.Quarantine.Aside)
	}

	if status, _, _ := h.get(publisher, warned+"/regles"); status != http.StatusForbidden && status != http.StatusNotFound {
		t.Errorf("who publishes sees the rules: %d", status)
	}
	h.shows(steward, warned+"/regles", `value="`+schema+`" selected`, `value="`+schema+`@1.0.0"`, `value="quarantine"`)
	if to := h.post(steward, warned+"/regles", url.Values{"schemas": {schema, "nulle/part"}, "policy": {"block"}}); to != "" {
		t.Error("a schema that is not there is declared")
	}
	if to := h.post(steward, warned+"/regles", url.Values{"schemas": {schema + "@1.1.0", "", schema + "@1.1.0"}, "policy": {"block"}}); to == "" {
		t.Fatal("the rules are not kept")
	}
	d, err := h.app.Assets.Get(t.Context(), "sections-sportives-2025")
	if err != nil {
		t.Fatal(err)
	}
	if rules, err := h.app.Schemas.RulesOf(t.Context(), d.UID); err != nil || rules.Policy != validate.Block || !slices.Equal(rules.Schemas, []string{schema + "@1.1.0"}) {
		t.Errorf("%+v, %v", rules, err)
	}

	faulty := strings.Join(rows, "\n")
	draft := h.deposit(publisher, "sections-sportives-2025", "sections.csv", faulty)
	h.shows(publisher, draft, "refuser le fichier")
	h.submit(publisher, draft, "Règles de "+schema+"@1.1.0 que le fichier enfreint", url.Values{})
	if h.head("sections-sportives-2025").Number != 1 {
		t.Error("a file that breaks the rules is published")
	}
	first := h.deposit(publisher, "", "Sections à venir.csv", faulty)
	h.shows(publisher, first, `name="schema"`, `name="politique"`)
	h.submit(publisher, first, "Contrôle par le schéma", url.Values{"titre": {"Sections à venir"}, "org": {"academie-saint-aurele"}, "niveau": {"internal"}, "destination": {"nouveau"},
		"schema": {schema}, "politique": {"warn"}})
	h.submit(publisher, first, "est publiée", url.Values{})
	if d, err = h.app.Assets.Get(t.Context(), "sections-a-venir"); err != nil {
		t.Fatal(err)
	}
	if rules, err := h.app.Schemas.RulesOf(t.Context(), d.UID); err != nil || rules.Policy != validate.Warn || !slices.Equal(rules.Schemas, []string{schema}) {
		t.Errorf("of the first publication: %+v, %v", rules, err)
	}
}
