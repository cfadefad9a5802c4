package explore

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"socle/internal/access"
	"socle/internal/api"
	"socle/internal/asset"
	"socle/internal/audit"
	"socle/internal/engine"
	"socle/internal/identity"
	"socle/internal/lake"
	"socle/internal/query"
	"socle/internal/schema"
	"socle/internal/search"
	"socle/internal/store"
	"socle/internal/store/storetest"
	"socle/internal/tables"
	"socle/internal/web"
)

// house is a portal with invented data: an open dataset of schools, an internal and a restricted one, one without
// data, behind the doors that the program uses.
type house struct {
	t       testing.TB
	db      *store.DB
	service *Service
	assets  *asset.Service
	people  *identity.Service
	access  *access.Service
	lake    *lake.Lake
	writer  *engine.Writer
	server  *httptest.Server
	admin   context.Context
	org     identity.Organization
	secret  string // token of an application of the organisation
}

// files finds versions in the lake, as the program does.
type files struct{ lake *lake.Lake }

func (f files) Resolve(ctx context.Context, source query.Source) (engine.Table, error) {
	v, paths, release, err := f.lake.Local(ctx, source.Dataset, source.Version)
	return engine.Table{Paths: paths, Schema: v.Schema, Release: release}, err
}

// indexed feeds the index of words with titles and descriptions.
type indexed struct{ assets *asset.Service }

func (i indexed) Revision(ctx context.Context) (int64, error) { return i.assets.Revision(ctx) }

func (i indexed) Documents(ctx context.Context) iter.Seq2[search.Document, error] {
	return func(yield func(search.Document, error) bool) {
		list, err := i.assets.List(ctx, asset.Filter{})
		if err != nil {
			yield(search.Document{}, err)
			return
		}
		for _, d := range list {
			if !yield(search.Document{ID: d.UID, Title: d.Title, Description: d.Description, Keywords: d.Keywords}, nil) {
				return
			}
		}
	}
}

// TestMain lets the test program be the process that runs SQL.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == engine.SQLWorkerArgument {
		if err := engine.ServeSQL(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func build(t testing.TB) *house {
	t.Helper()
	return buildOn(t, storetest.SQLite(t), nil, nil)
}

// buildOn builds a house on a store. Its files are in blobs, nil for a folder; far, when there is one, gives the engine of large versions.
func buildOn(t testing.TB, db *store.DB, blobs lake.Blobs, far func(*house) *engine.Trino) *house {
	t.Helper()
	h := &house{t: t, db: db, admin: identity.With(t.Context(), identity.System())}
	h.must(db.Migrate(h.admin, audit.Migrations, identity.Migrations, asset.Migrations, access.Migrations, lake.Migrations, tables.Migrations))
	log := audit.New(db)
	h.assets, h.people, h.access = asset.New(db, log), identity.New(db, log), access.New(db, log)
	quiet := quiet()
	dir := t.TempDir()
	program, err := os.Executable()
	h.must(err)
	h.lake, err = lake.Open(h.admin, db, h.assets, log, lake.Options{Dir: filepath.Join(dir, "lake"), Blobs: blobs, Log: quiet})
	h.must(err)
	t.Cleanup(func() { h.lake.Close() })
	limits := engine.Options{Allowed: h.lake.Folders(), Scratch: filepath.Join(dir, "scratch"), MemoryLimit: 500_000_000, Threads: 2,
		SQL: engine.SQLLimits{Worker: []string{program, engine.SQLWorkerArgument}}}
	if far != nil {
		limits.Trino, limits.Timeout = far(h), 10*time.Minute
	}
	h.writer = engine.NewWriter(limits)
	e, err := engine.Open(limits, files{h.lake})
	h.must(err)
	t.Cleanup(func() { e.Close() })
	index, err := search.New(indexed{h.assets})
	h.must(err)
	t.Cleanup(func() { index.Close() })
	h.org, err = h.people.CreateOrganization(h.admin, identity.Organization{Name: "Académie de Nulle-Part", Slug: "nulle-part"})
	h.must(err)
	h.secret, _, err = h.people.CreateToken(h.admin, identity.NewToken{Name: "Essai", OrgID: h.org.ID, Role: identity.Reader, Scopes: []identity.Scope{identity.ScopeRead}})
	h.must(err)
	h.service = New(Options{Assets: h.assets, Access: h.access, Organizations: h.people, Keys: h.people, Versions: h.lake, Engine: e, SQL: e, Differ: e, Index: index, Log: quiet, Scratch: dir})

	h.serve(api.Limits{})
	return h
}

// serve opens the doors, with limits on the calls of one caller.
func (h *house) serve(limits api.Limits) {
	quiet := quiet()
	door := api.New(api.Options{Version: "test", Limits: limits, Log: quiet})
	door.Handle(h.service.Routes(), h.service.Fail)
	door.Handle(h.service.SQLRoutes(), nil)
	door.Handle(h.service.TileRoutes(), h.service.Fail)
	site := web.New(web.Options{People: h.people, Log: quiet, ThemeSwitch: true})
	site.Handle(h.service.Pages())
	site.Mount("/api/", door.Handler())
	site.Mount(TilesPrefix+"/", door.Handler())
	h.server = httptest.NewServer(site.Handler())
	h.t.Cleanup(h.server.Close)
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// describe adds a dataset without data.
func (h *house) describe(d asset.Dataset) asset.Dataset {
	h.t.Helper()
	d.OrgID = h.org.ID
	made, err := h.assets.CreateDataset(h.admin, d)
	h.must(err)
	return made
}

// publish gives a dataset a version made of rows of CSV.
func (h *house) publish(d asset.Dataset, fields []schema.Field, rows string) lake.Version {
	h.t.Helper()
	w, err := h.lake.Begin(h.admin)
	h.must(err)
	source := filepath.Join(w.Dir, d.ID+".csv")
	header := make([]string, len(fields))
	columns := make([]engine.Conversion, len(fields))
	for i, f := range fields {
		header[i], columns[i] = f.Label, engine.Conversion{Field: f, Misfits: true}
	}
	h.must(os.WriteFile(source, []byte(strings.Join(header, ";")+"\n"+rows), 0o600))
	target := filepath.Join(w.Dir, "data.parquet")
	written, err := h.writer.WriteCSV(h.admin, engine.WriteRequest{Path: source, Delimiter: ';', Quote: '"', SkipLines: 1, Columns: columns, Target: target})
	h.must(err)
	_, err = w.Add(h.admin, lake.RoleData, "data.parquet", target, written.Rows, "")
	h.must(err)
	_, err = w.Add(h.admin, lake.RoleOriginal, d.ID+".csv", source, 0, "")
	h.must(err)
	head, err := headOf(h.admin, h.lake, d.UID)
	h.must(err)
	v, err := w.Commit(h.admin, lake.Publication{Version: lake.Version{Rows: written.Rows, Schema: schema.Schema{Fields: fields}}, Base: head.Number,
		Prepare: func(context.Context, *sql.Tx) (string, error) { return d.UID, nil }})
	h.must(err)
	return v
}

// schoolFields are the fields of the dataset of schools.
var schoolFields = []schema.Field{
	{Name: "uai", Label: "Code UAI", Type: schema.Text, Concept: "uai"}, {Name: "nom", Label: "Nom de l’établissement", Type: schema.Text},
	{Name: "academie", Label: "Académie", Type: schema.Text}, {Name: "type", Label: "Type", Type: schema.Text},
	{Name: "secteur", Label: "Secteur", Type: schema.Text}, {Name: "effectif", Label: "Effectif", Type: schema.Integer, Unit: "élèves"},
	{Name: "ips", Label: "IPS", Type: schema.Decimal, Format: "comma"}, {Name: "ouvert", Label: "Ouvert", Type: schema.Boolean, Format: "oui/non"},
	{Name: "rentree", Label: "Rentrée", Type: schema.Date}, {Name: "maj", Label: "Mise à jour", Type: schema.Datetime},
	{Name: "pos", Label: "Position", Type: schema.Point, Format: "lat,lon"}, {Name: "code", Label: "Code", Type: schema.Text},
}

// schools are rows of invented schools.
func schools(n int) string {
	academies, types := []string{"Paris", "Lyon", "Val-d’Ombre"}, []string{"Lycée", "Collège", "École"}
	var b strings.Builder
	for i := range n {
		code := fmt.Sprintf("0%03d", i%7)
		if i%5 == 0 {
			code = ""
		}
		fmt.Fprintf(&b, "%s;%s;%s;%s;%s;%d;%s;%s;%s;%s;%s;%s\n", fmt.Sprintf("%03d%04dX", 75+i%3, i), fmt.Sprintf("%s Victor Hugo %d", types[i%3], i), academies[i%3], types[i/3%3],
			[]string{"Public", "Privé"}[i%2], 10+i*7%900, strings.Replace(fmt.Sprintf("%.1f", 80+float64(i%60)/2), ".", ",", 1),
			[]string{"oui", "non"}[i%2], fmt.Sprintf("%d-09-01", 2017+i%5), fmt.Sprintf("2026-%02d-15T22:30:00Z", 1+i%12),
			fmt.Sprintf("\"%.4f,%.4f\"", 48+float64(i%100)/100, 2+float64(i%90)/100), code)
	}
	return b.String()
}

// portal is a house with its datasets.
func portal(t testing.TB) *house {
	t.Helper()
	h := build(t)
	h.publish(h.describe(asset.Dataset{Asset: asset.Asset{ID: "etablissements"}, Title: "Établissements scolaires", Description: "Les collèges et lycées d’une région inventée.",
		Keywords: []string{"école", "annuaire"}, Themes: []string{"Établissements"}, Key: []string{"uai"}, Source: "Recensement fictif"}), schoolFields, schools(300))
	few := []schema.Field{{Name: "nom", Label: "Nom", Type: schema.Text}, {Name: "n", Label: "N", Type: schema.Integer}}
	h.publish(h.describe(asset.Dataset{Asset: asset.Asset{ID: "interne", Level: asset.Internal}, Title: "Notes internes", Themes: []string{"Pilotage"}}), few, "a;1\nb;2\n")
	h.publish(h.describe(asset.Dataset{Asset: asset.Asset{ID: "restreint", Level: asset.Restricted}, Title: "Suivi restreint"}), few, "c;3\n")
	h.publish(h.describe(asset.Dataset{Asset: asset.Asset{ID: "calendrier"}, Title: "Calendrier scolaire", Themes: []string{"Vie scolaire"}, Keywords: []string{"vacances"}}), few, "=1+1;4\n\"a;b\";5\n")
	return h
}

// get asks the server and returns its answer with the whole body.
func (h *house) get(path string, headers ...string) (*http.Response, string) {
	h.t.Helper()
	return h.do(http.MethodGet, path, headers...)
}

func (h *house) do(method, path string, headers ...string) (*http.Response, string) {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), method, h.server.URL+path, nil)
	h.must(err)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, Transport: &http.Transport{DisableCompression: true}}
	defer client.CloseIdleConnections()
	answer, err := client.Do(r)
	h.must(err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	h.must(err)
	return answer, string(body)
}

// with writes an address of the API with parameters, given as name, value, name, value…
func with(path string, params ...string) string {
	values := url.Values{}
	for i := 0; i+1 < len(params); i += 2 {
		values.Add(params[i], params[i+1])
	}
	if len(values) == 0 {
		return Prefix + path
	}
	return Prefix + path + "?" + values.Encode()
}

// json asks for an answer that must be 200 and JSON.
func (h *house) json(path string, params ...string) map[string]any {
	h.t.Helper()
	answer, body := h.get(with(path, params...))
	if answer.StatusCode != http.StatusOK {
		h.t.Fatalf("%s %v: status %d: %s", path, params, answer.StatusCode, body)
	}
	var value map[string]any
	if err := json.Unmarshal([]byte(body), &value); err != nil {
		h.t.Fatalf("%s: %v in %s", path, err, body)
	}
	return value
}

// refused asks for an answer that must be an error, and returns its code.
func (h *house) refused(status int, path string, params ...string) failure {
	h.t.Helper()
	answer, body := h.get(with(path, params...))
	var f failure
	if err := json.Unmarshal([]byte(body), &f); err != nil || answer.StatusCode != status {
		h.t.Fatalf("%s %v: status %d, want %d: %s", path, params, answer.StatusCode, status, body)
	}
	if f.Message == "" || f.ErrorCode == "" || f.Messages.FR == "" {
		h.t.Errorf("%s %v: the error says too little: %s", path, params, body)
	}
	return f
}

func datasetNamed(id string) asset.Dataset {
	return asset.Dataset{Asset: asset.Asset{ID: id}, Title: id}
}
