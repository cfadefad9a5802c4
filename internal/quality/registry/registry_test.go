package registry_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"socle/internal/access"
	"socle/internal/asset"
	"socle/internal/audit"
	"socle/internal/fault"
	"socle/internal/identity"
	"socle/internal/jobs"
	"socle/internal/lake"
	"socle/internal/outbound"
	"socle/internal/quality/registry"
	"socle/internal/store"
	"socle/internal/store/storetest"
)

// house is a registry with two organisations.
type house struct {
	*registry.Service
	db      *store.DB
	orgs    map[string]identity.Organization // by slug
	steward context.Context                  // a steward of "academie"
}

func build(t *testing.T, db *store.DB) *house {
	t.Helper()
	ctx := identity.With(t.Context(), identity.System())
	if err := db.Migrate(ctx, audit.Migrations, identity.Migrations, asset.Migrations, access.Migrations, jobs.Migrations, lake.Migrations, registry.Migrations); err != nil {
		t.Fatal(err)
	}
	log := audit.New(db)
	people := identity.New(db, log)
	h := &house{db: db, orgs: map[string]identity.Organization{}}
	for _, slug := range []string{"academie", "region"} {
		org, err := people.CreateOrganization(ctx, identity.Organization{Slug: slug, Name: slug})
		if err != nil {
			t.Fatal(err)
		}
		h.orgs[slug] = org
	}
	h.Service = registry.New(registry.Parts{Store: db, Audit: log, Identity: people, Assets: asset.New(db, log), Access: access.New(db, log),
		Outbound: outbound.New(outbound.Options{})}, registry.Options{Site: "Essai"})
	h.steward = h.as(t, "academie", identity.Steward)
	return h
}

// as is a context in which somebody with a role asks.
func (h *house) as(t *testing.T, slug string, role identity.Role) context.Context {
	return identity.With(t.Context(), identity.Principal{Kind: identity.Person, UserID: "u", Name: "Quelqu’un", Roles: map[string]identity.Role{h.orgs[slug].ID: role}})
}

const directory = `{
  "title": "Annuaire",  "description": "Les écoles.",
	"fields": [ {"name":"uai", "type": "string"}, {"name": "nom", "type":"string", "x-note": "é"} ]
}`

var annuaire = registry.Ref{Owner: "academie", Name: "annuaire"}

func (h *house) publish(ctx context.Context, number, document string) error {
	_, _, err := h.Publish(ctx, registry.NewVersion{Ref: annuaire, Number: number, Document: []byte(document), Note: "Une note"})
	return err
}

func TestADocumentIsKeptByteForByte(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := build(t, db)
		if err := h.publish(h.steward, "1.0.0", directory); err != nil {
			t.Fatal(err)
		}
		marked := "\ufeff" + strings.ReplaceAll(directory, "\n", "\r\n")
		if err := h.publish(h.steward, "v1.0.1", marked); err != nil {
			t.Fatal(err)
		}
		for number, want := range map[string]string{"1.0.0": directory, "1.0.1": marked, "": marked, registry.Latest: marked, "v1.0.0": directory} {
			schema, v, err := h.Version(t.Context(), annuaire, number)
			if err != nil || !bytes.Equal(v.Document, []byte(want)) || schema.Latest != "1.0.1" || schema.Title != "Annuaire" || schema.Fields != 2 {
				t.Errorf("version %q: %q, %+v (%v)", number, v.Document, schema, err)
			}
		}
		document, err := h.Document(t.Context(), "academie/annuaire@1.0.0")
		if err != nil || string(document) != directory {
			t.Errorf("by its name: %q (%v)", document, err)
		}
	})
}

func TestAPublishedVersionNeverChanges(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := build(t, db)
		for _, number := range []string{"1.0.0", "2.0.0-rc.1", "1.10.0", "1.9.0"} {
			if err := h.publish(h.steward, number, directory); err != nil {
				t.Fatal(err)
			}
		}
		if err := h.publish(h.steward, "v1.9.0", `{"fields":[]}`); fault.CodeOf(err) != "schema_version_taken" {
			t.Errorf("published twice: %v", err)
		}
		schema, err := h.Get(t.Context(), annuaire)
		if err != nil {
			t.Fatal(err)
		}
		var numbers []string
		for _, v := range schema.Versions {
			numbers = append(numbers, v.Number)
		}
		if want := []string{"2.0.0-rc.1", "1.10.0", "1.9.0", "1.0.0"}; !slices.Equal(numbers, want) || schema.Latest != "1.10.0" {
			t.Errorf("versions %v, the latest is %s", numbers, schema.Latest)
		}
		entries, err := audit.New(db).List(t.Context(), audit.Filter{Action: "schema.publish"}, audit.Page{})
		if err != nil || len(entries) != 4 {
			t.Errorf("%d publications in the record (%v)", len(entries), err)
		}
	})
}

func TestAVersionWithoutANumberTakesThatOfTheDocumentOrTheNext(t *testing.T) {
	h := build(t, storetest.SQLite(t))
	for _, test := range []struct{ document, want string }{
		{directory, "1.0.0"}, {directory, "1.1.0"}, {`{"version":"3.2.1","fields":[{"name":"a"}]}`, "3.2.1"}, {`{"version":"3.2.1","fields":[{"name":"a"}]}`, "3.3.0"},
		{`{"version":"deux","fields":[{"name":"a"}]}`, "3.4.0"},
	} {
		_, v, err := h.Publish(h.steward, registry.NewVersion{Ref: annuaire, Document: []byte(test.document)})
		if err != nil || v.Number != test.want {
			t.Errorf("%s takes %s, want %s (%v)", test.document, v.Number, test.want, err)
		}
	}
}

func TestOnlyStewardsOfTheOwnerPublishSchemas(t *testing.T) {
	h := build(t, storetest.SQLite(t))
	for name, test := range map[string]struct {
		ctx  context.Context
		ref  registry.Ref
		want string
	}{
		"nobody":                           {t.Context(), annuaire, "sign_in_needed"},
		"a publisher":                      {h.as(t, "academie", identity.Publisher), annuaire, "role_needed"},
		"a steward of another":             {h.as(t, "region", identity.Steward), annuaire, "role_needed"},
		"a steward":                        {h.steward, annuaire, "internal"},
		"for an organisation unknown":      {h.steward, registry.Ref{Owner: "nulle-part", Name: "a"}, "organization_unknown"},
		"under the id of the organisation": {h.steward, registry.Ref{Owner: h.orgs["academie"].ID, Name: "a"}, "organization_unknown"},
		"under a name that is a path":      {h.steward, registry.Ref{Owner: "academie", Name: "../a"}, "schema_name_invalid"},
	} {
		_, _, err := h.Publish(test.ctx, registry.NewVersion{Ref: test.ref, Document: []byte(directory)})
		if got := fault.CodeOf(err); (err == nil) != (test.want == "internal") || got != test.want {
			t.Errorf("%s: %v, want %s", name, err, test.want)
		}
	}
}

func TestWhatIsNoSchemaIsRefusedWithTheReason(t *testing.T) {
	h := build(t, storetest.SQLite(t))
	for name, test := range map[string]struct{ document, code, says string }{
		"broken JSON":            {"{\n \"fields\": [,]}", "schema_invalid", "ligne 2"},
		"a list":                 {"[1]", "schema_invalid", "objet JSON"},
		"another object":         {`{"a": 1}`, "schema_invalid", "fields"},
		"a page":                 {"<html>", "schema_invalid", "ligne 1"},
		"fields that are a text": {`{"fields": "a"}`, "schema_invalid", "fields"},
		"a field without a name": {`{"fields": [{"type":"string"}]}`, "schema_invalid", "fields[0]"},
		"a key on nothing":       {`{"fields":[{"name":"a"}],"primaryKey":"b"}`, "schema_invalid", "primaryKey"},
		"Latin-1":                {"{\"title\":\"\xe9\",\"fields\":[]}", "schema_invalid", "UTF-8"},
		"a huge document":        {`{"description":"` + strings.Repeat("a", 2_000_000) + `","fields":[]}`, "schema_too_large", "taille acceptée"},
		"too many fields":        {`{"fields":[` + strings.Repeat(`{"name":"a"},`, 10_000) + `{"name":"a"}]}`, "schema_too_large", "10001"},
		"a package of nothing":   {`{"resources":"x"}`, "schema_invalid", "resources"},
	} {
		err := h.publish(h.steward, "1.0.0", test.document)
		if fault.CodeOf(err) != test.code || !strings.Contains(fault.Message(err).FR, test.says) {
			t.Errorf("%s: %v", name, fault.Message(err).FR)
		}
	}
	if err := h.publish(h.steward, "1.2", directory); fault.CodeOf(err) != "schema_version_invalid" {
		t.Errorf("1.2 is no version: %v", err)
	}
	if all, err := h.List(t.Context(), ""); err != nil || len(all) != 0 {
		t.Errorf("something was kept: %v (%v)", all, err)
	}
}

func TestASchemaByAddressIsNotLedInside(t *testing.T) {
	h := build(t, storetest.SQLite(t))
	inside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		t.Error("the request went inside")
		_, _ = w.Write([]byte(directory))
	}))
	defer inside.Close()
	if _, err := h.Fetch(h.steward, inside.URL); fault.CodeOf(err) != "outbound_address_refused" {
		t.Errorf("a private address: %v", err)
	}
	// Only the server that redirects may be reached.
	outside := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://127.0.0.2:1/schema.json", http.StatusFound)
	}))
	outside.Start()
	defer outside.Close()
	h.Outbound = outbound.New(outbound.Options{AllowPrivate: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}})
	if _, err := h.Fetch(h.steward, outside.URL); fault.CodeOf(err) != "outbound_address_refused" {
		t.Errorf("a redirection inside: %v", err)
	}
}

func TestASchemaIsFoundByItsWordsWhateverTheirAccents(t *testing.T) {
	h := build(t, storetest.SQLite(t))
	if err := h.publish(h.steward, "", directory); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]int{"": 1, "ECOLES annuaire": 1, "academie/": 1, "lycée": 0} {
		if got, err := h.List(t.Context(), text); err != nil || len(got) != want {
			t.Errorf("%q finds %d (%v)", text, len(got), err)
		}
	}
}

func TestANameOfASchemaIsReadInEveryForm(t *testing.T) {
	for text, want := range map[string]string{"a/b": "a/b ", " a/b@1.0.0": "a/b 1.0.0", "a/b@latest": "a/b ", "a": "", "a/b/c": "", "A/b": "", "": "", "a/..": "a/.. "} {
		ref, version, err := registry.ParseRef(text)
		got := ref.String() + " " + version
		if err != nil {
			got = ""
		}
		if text == "a/.." {
			want = ""
		}
		if got != want {
			t.Errorf("%q is read as %q, want %q", text, got, want)
		}
	}
}
