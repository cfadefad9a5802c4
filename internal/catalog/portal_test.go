package catalog_test

import (
	"context"
	"database/sql"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"socle/internal/access"
	"socle/internal/api"
	"socle/internal/asset"
	"socle/internal/audit"
	"socle/internal/catalog"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/jobs"
	"socle/internal/lake"
	"socle/internal/notify"
	"socle/internal/schema"
	"socle/internal/search"
	"socle/internal/store"
	"socle/internal/web"
)

// portal is the catalogue over its real services, on a temporary folder, served on a free port.
type portal struct {
	t       testing.TB
	url     string
	ctx     context.Context // of the program itself
	people  *identity.Service
	assets  *asset.Service
	lake    *lake.Lake
	log     *audit.Log
	rights  *access.Service
	mail    string // folder of the messages
	org     identity.Organization
	clients map[string]*http.Client // by who: "anonymous", "outsider", the name of a role, "platform"
}

// password is that of every account of a test portal.
const password = "une phrase assez longue"

// drawn stands for the table, the figures and the map, which explore draws in the program.
type drawn struct{}

func says(text string) (templ.Component, error) {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, "<p>"+text+"</p>")
		return err
	}), nil
}

func (drawn) Table(*http.Request, asset.Dataset) (templ.Component, error) { return says("le tableau") }
func (drawn) Statistics(*http.Request, asset.Dataset) (templ.Component, error) {
	return says("les chiffres")
}
func (drawn) Map(*http.Request, asset.Dataset) (templ.Component, error)   { return says("la carte") }
func (drawn) Calls(*http.Request, asset.Dataset) (templ.Component, error) { return says("les appels") }
func (drawn) History(*http.Request, asset.Dataset) (templ.Component, error) {
	return says("l’historique")
}

// open starts a portal with an organisation, somebody in each role, and datasets of each level and state.
func open(t testing.TB) *portal {
	t.Helper()
	if !web.EmbeddedAssets().Built() {
		t.Fatal("the assets of the pages are not built: run “make assets”")
	}
	ctx := i18n.With(identity.With(t.Context(), identity.System()), i18n.FR)
	dir := t.TempDir()
	p := &portal{t: t, ctx: ctx, mail: filepath.Join(dir, "mail"), clients: map[string]*http.Client{}}
	db := must(store.Open(ctx, "sqlite:"+filepath.Join(dir, "socle.db")))(t)
	t.Cleanup(func() { _ = db.Close() })
	check(t, db.Migrate(ctx, audit.Migrations, identity.Migrations, asset.Migrations, access.Migrations, jobs.Migrations, lake.Migrations, catalog.Migrations))
	check(t, jobs.Migrate(ctx, db))
	p.log = audit.New(db)
	p.people, p.assets = identity.New(db, p.log), asset.New(db, p.log)
	p.rights = access.New(db, p.log)
	own := must(p.people.Setup(ctx, "", "Portail d’essai"))(t)
	p.lake = must(lake.Open(ctx, db, p.assets, p.log, lake.Options{Dir: filepath.Join(dir, "lake")}))(t)
	t.Cleanup(func() { _ = p.lake.Close() })
	index := must(search.New(catalog.NewSource(p.assets, p.people, p.lake)))(t)
	t.Cleanup(func() { _ = index.Close() })
	mailer := must(notify.Open(notify.Options{From: notify.Address{Email: "portail@exemple.fr"}, Folder: p.mail}))(t)
	quiet := slog.New(slog.DiscardHandler)
	site := catalog.Site{Name: i18n.T("Portail d’essai", "Trial portal"), URL: "http://portail.exemple.fr", Demo: true,
		Description: i18n.T("Des données inventées, pour essayer.", "Invented data, to try."),
		Legal:       catalog.Legal{Publisher: "Rectorat d’essai\n1 rue des Tests", Contact: "contact@exemple.fr", Security: "mailto:securite@exemple.fr"}}
	passwords := catalog.NewPasswords(db, p.people, p.log, mailer, site.Name)
	runner := must(jobs.New(db, jobs.Options{Log: quiet, Poll: 20 * time.Millisecond}, passwords.JobKind()))(t)
	check(t, runner.Start(ctx))
	t.Cleanup(func() { _ = runner.Close(context.Background()) })
	c := catalog.New(catalog.Options{Assets: p.assets, People: p.people, Access: p.rights, Lake: p.lake, Index: index, Log: p.log,
		Jobs: runner, Passwords: passwords, Data: drawn{}, Versions: drawn{}, Site: site})
	operations := api.New(api.Options{Log: quiet})
	c.Operations(operations)
	pages := web.New(web.Options{Name: site.Name, People: p.people, Account: p.people, Log: quiet, ThemeSwitch: true, OpenAPI: operations.Document, FooterLinks: catalog.FooterLinks(), Menu: []web.MenuItem{
		{Key: "catalogue", Label: i18n.T("Catalogue", "Catalogue"), URL: "/jeux", Permission: access.Public},
		{Key: "organisations", Label: i18n.T("Organisations", "Organisations"), URL: "/organisations", Permission: access.Public},
		{Key: "administration", Label: i18n.T("Administration", "Administration"), URL: "/administration", Permission: access.Platform},
		{Key: "aide", Label: i18n.T("Aide", "Help"), URL: "/aide", Permission: access.Public}}})
	pages.Handle(c.Routes())
	pages.Mount("/api/", operations)
	server := httptest.NewServer(pages.Handler())
	t.Cleanup(server.Close)
	p.url = server.URL
	p.populate(own)
	return p
}

// populate adds people and datasets.
func (p *portal) populate(own identity.Organization) {
	t := p.t
	p.org = must(p.people.CreateOrganization(p.ctx, identity.Organization{Slug: "rectorat", Name: "Rectorat d’essai", Kind: "academie",
		Description: "Le **rectorat** d’une académie inventée."}))(t)
	p.clients["anonymous"] = newClient(t)
	for who, role := range map[string]identity.Role{"outsider": 0, "reader": identity.Reader, "contributor": identity.Contributor,
		"publisher": identity.Publisher, "steward": identity.Steward, "administrator": identity.Administrator, "platform": 0} {
		user := must(p.people.CreateUser(p.ctx, who+"@exemple.fr", "Personne "+who, password))(t)
		if role > 0 {
			check(t, p.people.SetMembership(p.ctx, user.ID, p.org.ID, role))
		}
		if who == "platform" {
			check(t, p.people.SetMembership(p.ctx, user.ID, own.ID, identity.Administrator))
		}
		p.signIn(who)
	}
	colleges := p.dataset("effectifs-colleges", asset.Open, asset.Dataset{Title: "Effectifs des collèges", Themes: []string{"Établissements"},
		Description: "Les élèves **par collège**.\n\n## Précautions\n\nUne ligne par collège et par rentrée.", Keywords: []string{"élèves", "rentrée"},
		Frequency: "annual", CoverageStart: "2019", CoverageEnd: "2025-09", Spatial: "Région d’Armeline", Contact: "donnees@exemple.fr",
		Source: "https://exemple.fr/enquete", Key: []string{"uai"},
		Fields: map[string]asset.FieldDoc{"effectif": {Description: "Élèves présents à la rentrée", Unit: "élèves"}}})
	p.publish(colleges, "uai;effectif;position;date\n", schema.Schema{Fields: []schema.Field{
		{Name: "uai", Label: "UAI", Type: schema.Text, Concept: "uai"}, {Name: "effectif", Label: "Effectif", Type: schema.Integer},
		{Name: "position", Label: "Position", Type: schema.Point}, {Name: "date", Label: "Date", Type: schema.Date}}}, 1200)
	agents := p.dataset("agents", asset.Internal, asset.Dataset{Title: "Agents par service", Themes: []string{"Personnels"}})
	p.publish(agents, "service\n", schema.Schema{Fields: []schema.Field{{Name: "service", Label: "Service", Type: schema.Text}}}, 40)
	suivi := p.dataset("suivi-eleves", asset.Restricted, asset.Dataset{Title: "Suivi individuel secret"})
	p.publish(suivi, "ine\n", schema.Schema{Fields: []schema.Field{{Name: "ine", Label: "INE", Type: schema.Text, Personal: true}}}, 7)
	p.dataset("brouillon", asset.Open, asset.Dataset{Title: "Un brouillon caché"})
	retire := p.dataset("retire", asset.Open, asset.Dataset{Title: "Un jeu retiré"})
	p.publish(retire, "a\n", schema.Schema{Fields: []schema.Field{{Name: "a", Label: "A", Type: schema.Text}}}, 1)
	check(t, p.assets.SetState(p.ctx, retire.UID, asset.Withdrawn, "essai"))
}

func (p *portal) dataset(id string, level asset.Level, d asset.Dataset) asset.Dataset {
	d.ID, d.Level, d.OrgID = id, level, p.org.ID
	return must(p.assets.CreateDataset(p.ctx, d))(p.t)
}

// publish commits a version whose original is text; nobody reads its Parquet file here.
func (p *portal) publish(d asset.Dataset, text string, s schema.Schema, rows int64) {
	w := must(p.lake.Begin(p.ctx))(p.t)
	for role, name := range map[lake.Role]string{lake.RoleOriginal: d.ID + ".csv", lake.RoleData: "data.parquet"} {
		path := filepath.Join(w.Dir, name)
		check(p.t, os.WriteFile(path, []byte(text), 0o600))
		must(w.Add(p.ctx, role, name, path, rows, ""))(p.t)
	}
	must(w.Commit(p.ctx, lake.Publication{Version: lake.Version{Schema: s, Rows: rows, Note: "Première version."},
		Prepare: func(context.Context, *sql.Tx) (string, error) { return d.UID, nil }}))(p.t)
}

func newClient(t testing.TB) *http.Client {
	jar := must(cookiejar.New(nil))(t)
	return &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// signIn opens a session in a new browser.
func (p *portal) signIn(who string) {
	p.clients[who] = newClient(p.t)
	answer := p.post(who, "/connexion", url.Values{"email": {who + "@exemple.fr"}, "password": {password}})
	if answer.status != http.StatusSeeOther {
		p.t.Fatalf("%s cannot sign in: %d\n%s", who, answer.status, answer.body)
	}
}

// answer is what a browser received.
type answer struct {
	status int
	body   string
	header http.Header
}

func (p *portal) get(who, path string) answer { return p.do(who, http.MethodGet, path, "", nil) }

func (p *portal) post(who, path string, form url.Values) answer {
	return p.do(who, http.MethodPost, path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
}

func (p *portal) json(who, method, path, body string) answer {
	return p.do(who, method, path, "application/json", strings.NewReader(body))
}

func (p *portal) do(who, method, path, media string, body io.Reader) answer {
	p.t.Helper()
	r := must(http.NewRequestWithContext(p.t.Context(), method, p.url+path, body))(p.t)
	if media != "" {
		r.Header.Set("Content-Type", media)
	}
	response := must(p.clients[who].Do(r))(p.t)
	defer response.Body.Close()
	text := must(io.ReadAll(response.Body))(p.t)
	return answer{response.StatusCode, string(text), response.Header}
}

// edition is the current edition of a dataset, as its form carries it.
func (p *portal) edition(id string) asset.Dataset { return must(p.assets.Get(p.ctx, id))(p.t) }

func must[T any](value T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		check(t, err)
		return value
	}
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// holds fails unless every text is in the page.
func (a answer) holds(t *testing.T, texts ...string) answer {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(a.body, text) {
			t.Errorf("the page does not say %q (status %d)", text, a.status)
		}
	}
	return a
}

// lacks fails when a text is in the page.
func (a answer) lacks(t *testing.T, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(a.body, text) {
			t.Errorf("the page says %q", text)
		}
	}
}
