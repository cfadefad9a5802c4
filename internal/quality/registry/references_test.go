package registry_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"socle/internal/app"
	"socle/internal/asset"
	"socle/internal/identity"
	"socle/internal/quality/registry"
	"socle/internal/validate"
)

// platform is the whole program on a data folder, asked by its API.
type platform struct {
	*app.App
	t   *testing.T
	ctx context.Context
	org identity.Organization
}

func open(t *testing.T) *platform {
	t.Helper()
	program, err := app.Open(t.Context(), app.Config{DataDir: filepath.Join(t.TempDir(), "data"), Log: slog.New(slog.DiscardHandler), Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = program.Close() })
	p := &platform{App: program, t: t, ctx: identity.With(t.Context(), identity.System())}
	if p.org, err = program.People.Own(p.ctx); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *platform) post(ctx context.Context, path, content string) (int, string) {
	p.t.Helper()
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, path, strings.NewReader(content))
	r.Header.Set("Content-Type", "application/octet-stream")
	w := httptest.NewRecorder()
	p.API().ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func (p *platform) schema(name, document string) string {
	p.t.Helper()
	ref := registry.Ref{Owner: p.org.Slug, Name: name}
	if _, _, err := p.Schemas.Publish(p.ctx, registry.NewVersion{Ref: ref, Document: []byte(document)}); err != nil {
		p.t.Fatal(err)
	}
	return ref.String()
}

func (p *platform) dataset(id string, level asset.Level, policy validate.Policy, schema, content string) (int, string) {
	p.t.Helper()
	if _, err := p.Assets.CreateDataset(p.ctx, asset.Dataset{Asset: asset.Asset{ID: id, OrgID: p.org.ID, Level: level}, Title: id}); err != nil {
		p.t.Fatal(err)
	}
	if schema != "" {
		if _, err := p.Schemas.Declare(p.ctx, id, registry.Rules{Schemas: []string{schema}, Policy: policy}); err != nil {
			p.t.Fatal(err)
		}
	}
	return p.post(p.ctx, "/api/v1/datasets/"+id+"/versions?name=fichier.csv&settings="+url.QueryEscape(`{"confirmPersonal":true}`), content)
}

func TestAReferenceToAnotherSchemaIsHeldAgainstTheDatasetsThatDeclareIt(t *testing.T) {
	p := open(t)
	schools := p.schema("ecoles", `{"fields":[{"name":"uai","type":"string"},{"name":"nom","type":"string"}],"primaryKey":"uai"}`)
	clubs := p.schema("clubs", `{"fields":[{"name":"club","type":"string"},{"name":"ecole","type":"string"}],
		"foreignKeys":[{"fields":["ecole"],"schema":"`+schools+`","reference":{"resource":"ecoles","fields":["uai"]}}]}`)
	named := p.schema("clubs-nommes", `{"fields":[{"name":"club","type":"string"},{"name":"ecole","type":"string"}],
		"foreignKeys":[{"fields":["ecole"],"reference":{"resource":"annuaire-nord","fields":["uai"]}}]}`)
	const file = "club;ecole\nJudo;0590001A\nVoile;0330001B\nEscrime;0990009Z\n"
	check := func(schema string) string {
		status, report := p.post(t.Context(), "/api/v1/validations?name=clubs.csv&schema="+url.QueryEscape(schema), file)
		if status != http.StatusOK {
			t.Fatalf("%d %s", status, report)
		}
		return report
	}
	if report := check(clubs); !strings.Contains(report, "reference_unchecked") || strings.Contains(report, "foreign-key") {
		t.Errorf("no dataset declares the schema: %s", report)
	}
	for id, level := range map[string]asset.Level{"annuaire-nord": asset.Open, "annuaire-reserve": asset.Restricted} {
		content := map[string]string{"annuaire-nord": "uai;nom\n0590001A;Collège A\n", "annuaire-reserve": "uai;nom\n0330001B;Collège B\n"}[id]
		if status, answer := p.dataset(id, level, validate.Warn, schools, content); status >= 300 {
			t.Fatalf("%d %s", status, answer)
		}
	}
	for _, schema := range []string{clubs, named} {
		if report := check(schema); !strings.Contains(report, `"count":2`) || !strings.Contains(report, "0330001B") || strings.Contains(report, "0590001A") {
			t.Errorf("%s: a visitor sees one of the two datasets: %s", schema, report)
		}
	}
	// Whoever publishes here may read both datasets: one row refers to no school, and is set aside.
	if status, answer := p.dataset("clubs", asset.Open, validate.SetAside, clubs, file); status >= 300 {
		t.Fatalf("%d %s", status, answer)
	}
	d, err := p.Assets.Get(p.ctx, "clubs")
	if err != nil {
		t.Fatal(err)
	}
	head, err := p.Lake.Head(p.ctx, d.UID)
	if err != nil || head.Rows != 2 {
		t.Errorf("%d rows are published, want 2 (%v)", head.Rows, err)
	}
	if status, answer := p.dataset("clubs-stricts", asset.Open, validate.Block, clubs, file); status < 400 || !strings.Contains(answer, "schema_broken") {
		t.Errorf("a file that breaks a reference is not refused: %d %s", status, answer)
	}
}
