package catalog_test

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// read decodes an answer and fails unless it has the status.
func read[T any](t *testing.T, a answer, status int) T {
	t.Helper()
	var body T
	if a.status != status {
		t.Fatalf("status %d, want %d: %s", a.status, status, a.body)
	}
	check(t, json.Unmarshal([]byte(a.body), &body))
	return body
}

type dataset struct {
	ID, UID, Title, Organization, Access, State, Licence, Frequency string
	Keywords                                                        []string
	Fields                                                          map[string]struct{ Label, Description string }
	Edition                                                         int64
	Version                                                         *struct {
		Number int
		Rows   int64
	}
}

func TestProgramsDescribeADataset(t *testing.T) {
	p := open(t)
	made := read[dataset](t, p.json("contributor", "POST", "/api/v1/datasets",
		`{"title":"Résultats d’essai","organization":"rectorat","licence":"Licence Ouverte v2.0","keywords":["essai"]}`), http.StatusCreated)
	if made.ID != "resultats-d-essai" || made.State != "draft" || made.Access != "open" || made.Licence != "lov2" || made.Version != nil {
		t.Errorf("made: %+v", made)
	}
	if got := p.json("contributor", "POST", "/api/v1/datasets", `{"title":"Résultats d’essai","organization":"rectorat"}`).status; got != http.StatusConflict {
		t.Errorf("an id that is taken answers %d", got)
	}
	if got := p.json("contributor", "POST", "/api/v1/datasets", `{"title":"Ailleurs"}`).status; got != http.StatusForbidden {
		t.Errorf("creating in another’s organisation answers %d", got)
	}
	before := read[dataset](t, p.get("anonymous", "/api/v1/datasets/effectifs-colleges"), http.StatusOK)
	if before.Version == nil || before.Version.Rows != 1200 {
		t.Errorf("the version is %+v", before.Version)
	}
	change := func(edition int64) string {
		return `{"edition":` + strconv.FormatInt(edition, 10) + `,"frequency":"monthly","fields":{"uai":{"label":"Code UAI"}}}`
	}
	after := read[dataset](t, p.json("steward", "PATCH", "/api/v1/datasets/effectifs-colleges", change(before.Edition)), http.StatusOK)
	if after.Frequency != "monthly" || after.Title != before.Title || after.Fields["uai"].Label != "Code UAI" || after.Fields["effectif"].Description == "" {
		t.Errorf("after: %+v", after)
	}
	if got := p.json("steward", "PATCH", "/api/v1/datasets/effectifs-colleges", change(before.Edition)).status; got != http.StatusConflict {
		t.Errorf("a change from an old edition answers %d", got)
	}
	if got := p.json("reader", "PATCH", "/api/v1/datasets/effectifs-colleges", change(after.Edition)).status; got != http.StatusForbidden {
		t.Errorf("a reader’s change answers %d", got)
	}
	p.get("anonymous", "/api/v1/datasets/effectifs-colleges/schema").holds(t, `"name":"uai"`, `"type":"integer"`, `"type":"geopoint"`, `"primaryKey":["uai"]`)
}

func TestProgramsDecideOfAccess(t *testing.T) {
	p := open(t)
	refused := p.json("steward", "PUT", "/api/v1/datasets/suivi-eleves/access", `{"access":"open"}`)
	if refused.status != http.StatusConflict {
		t.Fatalf("opening identifiers of people answers %d", refused.status)
	}
	refused.holds(t, `"code":"personal_identifiers"`, "INE")
	read[dataset](t, p.json("steward", "PUT", "/api/v1/datasets/suivi-eleves/access", `{"access":"internal"}`), http.StatusOK)
	if got := p.get("outsider", "/jeux/suivi-eleves").status; got != http.StatusOK {
		t.Errorf("the internal dataset answers %d", got)
	}
	gone := read[dataset](t, p.json("steward", "PUT", "/api/v1/datasets/suivi-eleves/state", `{"withdrawn":true,"reason":"essai"}`), http.StatusOK)
	back := read[dataset](t, p.json("steward", "PUT", "/api/v1/datasets/suivi-eleves/state", `{"withdrawn":false,"reason":"essai"}`), http.StatusOK)
	if gone.State != "withdrawn" || back.State != "published" {
		t.Errorf("withdrawn it is %s, put back it is %s", gone.State, back.State)
	}
}

func TestProgramsListWhatTheyMaySee(t *testing.T) {
	p := open(t)
	type page struct {
		Items []dataset
		Total int
		Next  string
	}
	if got := read[page](t, p.get("anonymous", "/api/v1/datasets"), 200); got.Total != 1 {
		t.Errorf("a visitor sees %d datasets", got.Total)
	}
	seen := map[string]bool{}
	path := "/api/v1/datasets?sort=title&limit=1"
	for cursor := ""; ; {
		got := read[page](t, p.get("reader", path+"&cursor="+cursor), 200)
		for _, d := range got.Items {
			seen[d.ID] = true
		}
		if cursor = got.Next; cursor == "" {
			break
		}
	}
	if len(seen) != 3 {
		t.Errorf("page by page, a reader sees %v", seen)
	}
	if got := p.get("anonymous", "/api/v1/datasets?cursor=x").status; got != http.StatusBadRequest {
		t.Errorf("a cursor made up answers %d", got)
	}
}

func TestATokenDoesWhatItsScopeSays(t *testing.T) {
	p := open(t)
	made := read[struct{ ID, Secret string }](t, p.json("steward", "POST", "/api/v1/tokens", `{"name":"essai","scope":"read","days":30}`), http.StatusCreated)
	if !strings.HasPrefix(made.Secret, "socle_") {
		t.Fatalf("the secret is %q", made.Secret)
	}
	with := func(method, path, body string) int {
		r := must(http.NewRequestWithContext(t.Context(), method, p.url+path, strings.NewReader(body)))(t)
		r.Header.Set("Authorization", "Bearer "+made.Secret)
		r.Header.Set("Content-Type", "application/json")
		response := must(http.DefaultClient.Do(r))(t)
		check(t, response.Body.Close())
		return response.StatusCode
	}
	for _, c := range []struct {
		method, path, body string
		want               int
	}{
		{"GET", "/api/v1/datasets/suivi-eleves", "", 200},
		{"PATCH", "/api/v1/datasets/suivi-eleves", `{"title":"Pris"}`, 403},
		{"PUT", "/api/v1/datasets/suivi-eleves/access", `{"access":"open","confirmed":true}`, 403},
		{"POST", "/api/v1/tokens", `{"name":"plus","scope":"admin"}`, 403},
		{"GET", "/api/v1/users", "", 403},
	} {
		if got := with(c.method, c.path, c.body); got != c.want {
			t.Errorf("%s %s with a reading token answers %d, want %d", c.method, c.path, got, c.want)
		}
	}
	if got := p.json("outsider", "DELETE", "/api/v1/tokens/"+made.ID, "").status; got != http.StatusNotFound {
		t.Errorf("revoking somebody else’s token answers %d", got)
	}
	if got := p.json("steward", "DELETE", "/api/v1/tokens/"+made.ID, "").status; got != http.StatusNoContent {
		t.Errorf("revoking answers %d", got)
	}
	if got := with("GET", "/api/v1/datasets/suivi-eleves", ""); got != http.StatusUnauthorized && got != http.StatusNotFound {
		t.Errorf("a revoked token is answered %d", got)
	}
}

func TestProgramsAdminister(t *testing.T) {
	p := open(t)
	o := read[struct{ Slug string }](t, p.json("platform", "POST", "/api/v1/organizations", `{"name":"Fédération d’essai","kind":"association"}`), 201)
	user := read[struct{ ID string }](t, p.json("platform", "POST", "/api/v1/users", `{"email":"api@exemple.fr","name":"Venue par l’API","organization":"`+o.Slug+`","role":"publisher"}`), 201)
	if link := p.mailedLink("api@exemple.fr"); link == "" {
		t.Error("no link was sent")
	}
	if got := p.json("platform", "PUT", "/api/v1/organizations/"+o.Slug+"/members/"+user.ID, `{"role":"steward"}`).status; got != http.StatusNoContent {
		t.Errorf("giving a role answers %d", got)
	}
	p.get("platform", "/api/v1/organizations/"+o.Slug+"/members").holds(t, `"role":"steward"`)
	read[struct{ Disabled bool }](t, p.json("platform", "PATCH", "/api/v1/users/"+user.ID, `{"disabled":true}`), 200)
	p.get("platform", "/api/v1/audit/verification").holds(t, `"entries":`).lacks(t, `"broken"`)
	p.get("platform", "/api/v1/audit?action=dataset.&dataset=effectifs-colleges").holds(t, `"action":"dataset.publish"`)
	p.get("platform", "/api/v1/me").holds(t, `"platformAdministrator":true`)
	p.json("administrator", "PATCH", "/api/v1/organizations/rectorat", `{"website":"https://exemple.fr"}`).holds(t, `"website":"https://exemple.fr"`)
}
