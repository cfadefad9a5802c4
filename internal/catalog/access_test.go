package catalog_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"socle/internal/access"
	"socle/internal/asset"
	"socle/internal/schema"
)

// The people of the matrix, in the order of its columns: anonymous, signed in without a role, then the roles of the
// organisation that owns the datasets, then the administrator of the installation.
var people = []string{"anonymous", "outsider", "reader", "contributor", "publisher", "steward", "administrator", "platform"}

func TestEachRouteLetsInWhoItShould(t *testing.T) {
	p := open(t)
	// 200 shown, 303 sent to sign in, 403 refused, 404 said not to exist.
	for _, row := range []struct {
		path string
		want string // one status for each of people
	}{
		{"/", "200 200 200 200 200 200 200 200"},
		{"/jeux", "200 200 200 200 200 200 200 200"},
		{"/jeux.atom", "200 200 200 200 200 200 200 200"},
		{"/organisations", "200 200 200 200 200 200 200 200"},
		{"/organisations/rectorat", "200 200 200 200 200 200 200 200"},
		{"/aide", "200 200 200 200 200 200 200 200"},
		{"/aide/api", "200 200 200 200 200 200 200 200"},
		{"/accessibilite", "200 200 200 200 200 200 200 200"},
		{"/mentions-legales", "200 200 200 200 200 200 200 200"},
		{"/connexion/oubli", "200 200 200 200 200 200 200 200"},

		{"/jeux/effectifs-colleges", "200 200 200 200 200 200 200 200"},
		{"/jeux/effectifs-colleges/dictionnaire", "200 200 200 200 200 200 200 200"},
		{"/jeux/effectifs-colleges/carte", "200 200 200 200 200 200 200 200"},
		{"/jeux/agents", "404 200 200 200 200 200 200 200"},
		{"/jeux/agents/telechargements", "404 200 200 200 200 200 200 200"},
		{"/jeux/suivi-eleves", "404 404 200 200 200 200 200 200"},
		{"/jeux/suivi-eleves/dictionnaire", "404 404 200 200 200 200 200 200"},
		{"/jeux/brouillon", "404 404 404 200 200 200 200 200"},
		{"/jeux/n-existe-pas", "404 404 404 404 404 404 404 404"},

		{"/jeux/effectifs-colleges/modifier", "303 403 403 403 200 200 200 200"},
		{"/jeux/effectifs-colleges/modifier/dictionnaire", "303 403 403 403 200 200 200 200"},
		{"/jeux/effectifs-colleges/acces", "303 403 403 403 403 200 200 200"},
		{"/jeux/suivi-eleves/acces", "303 403 403 403 403 200 200 200"},
		{"/organisations/rectorat/modifier", "303 403 403 403 403 403 200 200"},

		{"/compte", "303 200 200 200 200 200 200 200"},
		{"/compte/brouillons", "303 200 200 200 200 200 200 200"},
		{"/administration", "303 403 403 403 403 403 403 200"},
		{"/administration/utilisateurs", "303 403 403 403 403 403 403 200"},
		{"/administration/organisations", "303 403 403 403 403 403 403 200"},
		{"/administration/journal", "303 403 403 403 403 403 403 200"},
		{"/administration/taches", "303 403 403 403 403 403 403 200"},

		{"/api/v1/datasets", "200 200 200 200 200 200 200 200"},
		{"/api/v1/datasets/agents", "404 200 200 200 200 200 200 200"},
		{"/api/v1/datasets/suivi-eleves", "404 404 200 200 200 200 200 200"},
		{"/api/v1/datasets/suivi-eleves/schema", "404 404 200 200 200 200 200 200"},
		{"/api/v1/organizations/rectorat/members", "401 403 403 403 403 403 200 200"},
		{"/api/v1/me", "401 200 200 200 200 200 200 200"},
		{"/api/v1/tokens", "401 200 200 200 200 200 200 200"},
		{"/api/v1/users", "401 403 403 403 403 403 403 200"},
		{"/api/v1/audit", "401 403 403 403 403 403 403 200"},
		{"/api/v1/audit/verification", "401 403 403 403 403 403 403 200"},
	} {
		want := strings.Fields(row.want)
		for i, who := range people {
			if got := strconv.Itoa(p.get(who, row.path).status); got != want[i] {
				t.Errorf("GET %s as %s answers %s, want %s", row.path, who, got, want[i])
			}
		}
	}
}

func TestEachChangeIsRefusedToWhoMayNotMakeIt(t *testing.T) {
	p := open(t)
	forms := map[string]url.Values{
		"/jeux/effectifs-colleges/modifier":              {"titre": {"Pris"}, "edition": {"1"}},
		"/jeux/effectifs-colleges/modifier/dictionnaire": {"champ": {"uai"}, "uai.libelle": {"Pris"}, "edition": {"1"}},
		"/jeux/suivi-eleves/acces":                       {"niveau": {"open"}, "confirmation": {"oui"}},
		"/jeux/effectifs-colleges/retrait":               {"motif": {"pris"}},
	}
	for path, form := range forms {
		for _, who := range []string{"anonymous", "outsider", "reader", "contributor", "publisher"} {
			if who == "publisher" && strings.Contains(path, "/modifier") {
				continue // who publishes also describes
			}
			if got := p.post(who, path, form).status; got < 300 || got == http.StatusSeeOther && who != "anonymous" {
				t.Errorf("POST %s as %s answers %d", path, who, got)
			}
		}
	}
	for path, form := range map[string]url.Values{
		"/organisations/rectorat/modifier": {"nom": {"Pris"}},
		"/organisations/rectorat/membres":  {"courriel": {"outsider@exemple.fr"}, "role": {"5"}},
		"/administration/utilisateurs":     {"nom": {"X"}, "courriel": {"x@exemple.fr"}},
		"/administration/organisations":    {"nom": {"X"}},
	} {
		for _, who := range []string{"anonymous", "outsider", "reader", "publisher", "steward"} {
			if got := p.post(who, path, form).status; got < 300 || got == http.StatusSeeOther && who != "anonymous" {
				t.Errorf("POST %s as %s answers %d", path, who, got)
			}
		}
	}
	if d := p.edition("effectifs-colleges"); d.Title != "Effectifs des collèges" || d.State != "published" || len(d.Fields) != 1 {
		t.Errorf("something changed: %+v", d)
	}
	if d := p.edition("suivi-eleves"); d.Level != "restricted" {
		t.Errorf("the restricted dataset is now %s", d.Level)
	}
	if o := must(p.people.Organization(p.ctx, "rectorat"))(t); o.Name != "Rectorat d’essai" {
		t.Errorf("the organisation is now called %q", o.Name)
	}
	if users := must(p.people.Users(p.ctx))(t); len(users) != 7 {
		t.Errorf("there are %d people, want 7", len(users))
	}
}

func TestNothingTellsAVisitorThatHiddenDatasetsExist(t *testing.T) {
	p := open(t)
	for _, path := range []string{"/", "/jeux", "/jeux?q=secret", "/jeux?q=agents", "/jeux.atom", "/sitemap.xml", "/organisations",
		"/organisations/rectorat", "/api/v1/datasets", "/api/v1/datasets?q=suivi", "/jeux?theme=Personnels"} {
		p.get("anonymous", path).lacks(t, "Agents par service", "Suivi individuel", "suivi-eleves", "brouillon", "Un jeu retiré")
	}
	unknown, hidden := p.get("anonymous", "/jeux/n-existe-pas"), p.get("anonymous", "/jeux/suivi-eleves")
	if got, want := stripped(hidden.body, "suivi-eleves"), stripped(unknown.body, "n-existe-pas"); got != want {
		t.Error("a hidden dataset and one that does not exist answer different pages")
	}
	p.get("anonymous", "/organisations").holds(t, "1\u00a0jeu de données")
	p.get("outsider", "/organisations").holds(t, "2\u00a0jeux de données")
	p.get("anonymous", "/sitemap.xml").holds(t, "/jeux/effectifs-colleges")
	p.get("platform", "/sitemap.xml").lacks(t, "suivi-eleves", "agents")
}

func TestAGrantShowsWhatItSaysAndNothingElse(t *testing.T) {
	p := open(t)
	d := p.dataset("notes", asset.Restricted, asset.Dataset{Title: "Notes par classe", Key: []string{"ine"},
		Fields: map[string]asset.FieldDoc{"ine": {Description: "Colonne que personne ne doit deviner"}, "classe": {Description: "La classe"}}})
	p.publish(d, "ine;classe\n", schema.Schema{Fields: []schema.Field{{Name: "ine", Label: "INE", Type: schema.Text, Personal: true},
		{Name: "classe", Label: "Classe", Type: schema.Text}}}, 4321)
	outsider := must(p.people.UserByEmail(p.ctx, "outsider@exemple.fr"))(t)
	must(p.rights.Grant(p.ctx, access.Grant{SubjectKind: access.ToPerson, SubjectID: outsider.ID, AssetUID: d.UID, Fields: []string{"classe"},
		RowFilter: `classe = "6A"`, Purpose: "essai"}))(t)
	for _, path := range []string{"/", "/jeux", "/jeux?q=notes", "/jeux?tri=lignes", "/jeux/notes", "/jeux/notes/dictionnaire", "/jeux/notes/telechargements",
		"/organisations/rectorat", "/api/v1/datasets/notes", "/api/v1/datasets/notes/schema", "/api/v1/datasets"} {
		page := p.get("outsider", path)
		if page.status != http.StatusOK {
			t.Errorf("%s answers %d", path, page.status)
		}
		page.lacks(t, "4321", "4\u202f321", "deviner", ">INE<", `"ine"`, "notes.csv", "/versions/1/original")
	}
	p.get("outsider", "/jeux?q=ine").lacks(t, "Notes par classe")
	p.get("outsider", "/jeux/notes/dictionnaire").holds(t, "La classe")
	p.get("reader", "/jeux/notes").holds(t, "4\u202f321")
	p.get("reader", "/jeux/notes/telechargements").holds(t, "/versions/1/original")
}

// stripped is a page without what names the dataset or the request.
func stripped(page, id string) string {
	page = strings.ReplaceAll(strings.ReplaceAll(page, id, "ID"), strings.ReplaceAll(id, "-", " "), "ID")
	if i := strings.Index(page, "s-error__request"); i >= 0 {
		page = page[:i]
	}
	return page
}
