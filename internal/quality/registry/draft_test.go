package registry_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"socle/internal/fault"
	"socle/internal/identity"
	"socle/internal/quality/registry"
	"socle/internal/schema/frictionless"
	"socle/internal/store"
	"socle/internal/store/storetest"
)

// act sends a form to a page, and returns where it leads.
func (h *house) act(t *testing.T, pattern, path string, form url.Values) (status int, to, body string) {
	t.Helper()
	mux := http.NewServeMux()
	for _, route := range h.Pages() {
		mux.HandleFunc(route.Pattern, func(w http.ResponseWriter, r *http.Request) {
			if err := route.Handler(w, r); err != nil {
				http.Error(w, fault.Message(err).FR, fault.KindOf(err).Status())
			}
		})
	}
	method, _, _ := strings.Cut(pattern, " ")
	r := httptest.NewRequestWithContext(h.steward, method, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, r)
	return w.Code, w.Header().Get("Location"), w.Body.String()
}

func (h *house) post(t *testing.T, path string, form url.Values) string {
	t.Helper()
	status, to, body := h.act(t, "POST", path, form)
	if status != http.StatusSeeOther {
		t.Fatalf("%s answers %d: %s", path, status, body)
	}
	return to
}

func (h *house) table(t *testing.T, id string) *frictionless.Schema {
	t.Helper()
	d, err := h.Draft(h.steward, id)
	if err != nil {
		t.Fatal(err)
	}
	table, err := frictionless.Parse([]byte(d.Document))
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestASchemaIsMadeInThePortalFieldByField(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := build(t, db)
		d, err := h.Begin(h.steward, registry.DraftContent{})
		if err != nil {
			t.Fatal(err)
		}
		page := "/atelier-schemas/" + d.ID
		h.post(t, page+"/champs/nouveau", url.Values{"nom": {"uai"}, "type": {"string"}, "format": {"uai"}, "obligatoire": {"1"}, "consigne": {"Sept chiffres\r\net une lettre"}, "exemple": {"0750655E"}})
		h.post(t, page+"/champs/nouveau", url.Values{"nom": {"effectif"}, "type": {"integer"}, "minimum": {"1"}, "exemple": {"12"}})
		h.post(t, page+"/champs/nouveau", url.Values{"nom": {"filles"}, "type": {"integer"}})
		h.post(t, page+"/champs/nouveau", url.Values{"nom": {"etat"}, "type": {"string"}, "valeurs": {"ouvert\r\n\r\nfermé\r\n"}, "manquantes": {"ND = non disponible"}})
		h.post(t, page, url.Values{"action": {"monter:2"}})
		h.post(t, page+"/regles", url.Values{"regle": {"compare-columns-value"}, "colonne": {"filles"}, "comparaison": {"<="}, "autre": {"effectif"}})
		h.post(t, page, url.Values{"action": {"presentation"}, "titre": {"Effectifs"}, "description": {"Un.\r\nDeux."}, "cle": {"uai"}, "correspondance": {"equal"}, "manquantes": {""}})
		h.post(t, page+"/champs/2", url.Values{"nom": {"total"}, "type": {"integer"}, "minimum": {"1"}})
		table := h.table(t, d.ID)
		var names []string
		for _, f := range table.Fields {
			names = append(names, f.Name)
		}
		if got := strings.Join(names, " "); got != "uai filles total etat" {
			t.Errorf("fields in the order %s", got)
		}
		if c := table.CustomChecks[0]; c.Params.Text("column2") != "total" {
			t.Errorf("the rule does not follow the field that was renamed: %+v", c)
		}
		if f := table.Field("etat"); len(f.Constraints.Enum) != 2 || len(f.MissingValues) != 2 || f.MissingValues[1].Label != "non disponible" {
			t.Errorf("etat: %+v", f)
		}
		if f := table.Field("uai"); registry.Instruction(f) != "Sept chiffres\net une lettre" || !f.Constraints.Required || f.Format != "uai" || string(f.Example) != `"0750655E"` {
			t.Errorf("uai: %+v", f)
		}
		h.post(t, page, url.Values{"action": {"retirer:1"}})
		if table = h.table(t, d.ID); len(table.CustomChecks) != 0 || len(table.Fields) != 3 {
			t.Errorf("a rule speaks of a field that is gone: %+v", table.CustomChecks)
		}
		to := h.post(t, page, url.Values{"action": {"publier"}, "org": {"academie"}, "nom": {"effectifs"}, "note": {"Début"}})
		schema, v, err := h.Version(t.Context(), registry.Ref{Owner: "academie", Name: "effectifs"}, "")
		if err != nil || to != "/schemas/academie/effectifs" || v.Number != "1.0.0" || schema.Title != "Effectifs" || !strings.Contains(string(v.Document), `"primaryKey"`) {
			t.Errorf("published at %s: %+v (%v)", to, v, err)
		}
		if _, err := h.Draft(h.steward, d.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("the draft stays: %v", err)
		}
	})
}

func TestADraftBelongsToItsOwner(t *testing.T) {
	h := build(t, storetest.SQLite(t))
	d, err := h.Begin(h.steward, registry.DraftContent{})
	if err != nil {
		t.Fatal(err)
	}
	other := identity.With(t.Context(), identity.Principal{Kind: identity.Person, UserID: "v", Roles: map[string]identity.Role{h.orgs["academie"].ID: identity.Steward}})
	if _, err := h.Draft(other, d.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("somebody else reads it: %v", err)
	}
	if err := h.Discard(other, d.ID); err != nil {
		t.Fatal(err)
	}
	if err := h.Save(other, d); !fault.Is(err, fault.NotFound) {
		t.Errorf("somebody else changes it: %v", err)
	}
	if _, err := h.Draft(h.steward, d.ID); err != nil {
		t.Errorf("somebody else removed it: %v", err)
	}
	if _, err := h.Begin(h.as(t, "academie", identity.Publisher), registry.DraftContent{}); !fault.Is(err, fault.Forbidden) {
		t.Errorf("a publisher makes schemas: %v", err)
	}
}

func TestADocumentThatIsNotTouchedIsPublishedByteForByte(t *testing.T) {
	h := build(t, storetest.SQLite(t))
	if err := h.publish(h.steward, "1.0.0", directory); err != nil {
		t.Fatal(err)
	}
	d, err := h.Revise(h.steward, annuaire)
	if err != nil {
		t.Fatal(err)
	}
	h.post(t, "/atelier-schemas/"+d.ID+"/document", url.Values{"document": {strings.ReplaceAll(directory, "\n", "\r\n")}})
	h.post(t, "/atelier-schemas/"+d.ID, url.Values{"action": {"publier"}, "org": {"academie"}, "nom": {"annuaire"}})
	_, v, err := h.Version(t.Context(), annuaire, "")
	if err != nil || string(v.Document) != directory || v.Number != "1.0.1" {
		t.Errorf("%s is %q (%v)", v.Number, v.Document, err)
	}
}

func TestWhatCannotBeCheckedIsNotPublished(t *testing.T) {
	h := build(t, storetest.SQLite(t))
	for name, test := range map[string]struct{ document, says string }{
		"a regular expression that explodes in others and that RE2 lacks": {`{"fields":[{"name":"a","type":"string","constraints":{"pattern":"(a+)\\1"}}]}`, "pattern"},
		"a bound that is no number":                                       {`{"fields":[{"name":"a","type":"integer","constraints":{"minimum":"un"}}]}`, "minimum"},
		"a schema of nothing":                                             {`{"fields":[]}`, "aucun champ"},
	} {
		d, err := h.Begin(h.steward, registry.DraftContent{Document: test.document})
		if err != nil {
			t.Fatal(err)
		}
		status, _, body := h.act(t, "POST", "/atelier-schemas/"+d.ID, url.Values{"action": {"publier"}, "org": {"academie"}, "nom": {"a"}})
		if status != http.StatusBadRequest && status != http.StatusUnprocessableEntity || !strings.Contains(body, test.says) {
			t.Errorf("%s: %d\n%s", name, status, body)
		}
	}
	d, err := h.Begin(h.steward, registry.DraftContent{})
	if err != nil {
		t.Fatal(err)
	}
	if status, _, body := h.act(t, "POST", "/atelier-schemas/"+d.ID+"/document", url.Values{"document": {`{"fields":[{"type":1},{"name":2}]}`}}); status == http.StatusSeeOther || !strings.Contains(body, "fields[1]") {
		t.Errorf("a document that is no schema is kept: %d", status)
	}
}

func TestTheNumberThatIsProposedSaysHowMuchChanges(t *testing.T) {
	const before = `{"fields":[{"name":"a","type":"string"},{"name":"b","type":"integer"}]}`
	for after, want := range map[string]string{
		`{"title":"Texte","fields":[{"name":"a","type":"string"},{"name":"b","type":"integer","description":"x"}]}`: "1.0.1",
		`{"fields":[{"name":"a","type":"string"},{"name":"b","type":"integer"},{"name":"c","type":"date"}]}`:        "1.1.0",
		`{"fields":[{"name":"a","type":"string","constraints":{"maxLength":3}},{"name":"b","type":"integer"}]}`:     "2.0.0",
		`{"fields":[{"name":"a","type":"string"}]}`:                                                                 "2.0.0",
		`{"fields":[{"name":"a","type":"string","constraints":{"required":true}},{"name":"b","type":"integer"}]}`:   "2.0.0",
		`{"fields":[{"name":"a","type":"string"},{"name":"b","type":"number"}]}`:                                    "2.0.0",
		`{"fields":[{"name":"a","type":"string"},{"name":"b","type":"integer"}],"primaryKey":["a"]}`:                "2.0.0",
	} {
		h := build(t, storetest.SQLite(t))
		if err := h.publish(h.steward, "1.0.0", before); err != nil {
			t.Fatal(err)
		}
		d, err := h.Begin(h.steward, registry.DraftContent{Org: "academie", Name: "annuaire", Document: after})
		if err != nil {
			t.Fatal(err)
		}
		h.post(t, "/atelier-schemas/"+d.ID, url.Values{"action": {"publier"}, "org": {"academie"}, "nom": {"annuaire"}})
		if _, v, err := h.Version(t.Context(), annuaire, ""); err != nil || v.Number != want {
			t.Errorf("%s is %s, want %s (%v)", after, v.Number, want, err)
		}
	}
}
