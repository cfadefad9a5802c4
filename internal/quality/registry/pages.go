package registry

import (
	"net/http"
	"net/url"
	"slices"

	"socle/internal/access"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/schema/frictionless"
	"socle/internal/web"
	"socle/internal/web/ui"
)

// The addresses of pages that have no schema in them.
const (
	pathFeed     = "/schemas/schemas.atom"
	pathNew      = "/schemas/nouveau"
	pathValidate = "/valider"
)

// Pages is the table of the pages of the registry. Schemas are for everybody to read; who publishes them is asked of
// the organisation that owns them.
func (s *Service) Pages() web.Routes {
	return slices.Concat(web.Routes{
		{Pattern: "GET " + pathSchemas, Permission: access.Public, Handler: s.showList},
		{Pattern: "GET /schemas/schemas.json", Permission: access.Public, Handler: s.showCatalogue},
		{Pattern: "GET " + pathFeed, Permission: access.Public, Handler: s.showFeed},
		{Pattern: "GET /schemas/{owner}/{name}", Permission: access.Public, Handler: s.showSchema},
		{Pattern: "GET /schemas/{owner}/{name}/flux.atom", Permission: access.Public, Handler: s.showFeed},
		{Pattern: "GET /schemas/{owner}/{name}/{version}", Permission: access.Public, Handler: s.showSchema},
		{Pattern: "GET /schemas/{owner}/{name}/{version}/schema.json", Permission: access.Public, Handler: s.showDocument},
	}, s.editorPages(), s.checkPages(), s.rulesPages())
}

// listing is the page of all schemas.
type listing struct {
	Text     string
	Schemas  []Schema
	Owners   map[string]string // names of the organisations, by slug
	Publish  bool              // the reader may publish schemas
	Searched bool
}

func (s *Service) showList(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	page := listing{Text: r.URL.Query().Get("q"), Owners: map[string]string{}, Publish: access.On(access.Steward).Check(identity.From(ctx)) == nil}
	var err error
	if page.Schemas, err = s.List(ctx, page.Text); err != nil {
		return err
	}
	organizations, err := s.Identity.Organizations(ctx)
	if err != nil {
		return err
	}
	for _, o := range organizations {
		page.Owners[o.Slug] = o.Name
	}
	lang := i18n.From(ctx)
	title := i18n.T("Schémas de données", "Data schemas").In(lang)
	info := web.PageInfo{Title: title, Active: "schemas", Crumbs: []ui.Crumb{{Label: title}}, NoIndex: page.Text != "",
		Alternates: []web.Alternate{{Type: "application/atom+xml", URL: pathFeed, Title: title}, {Type: "application/json", URL: "/schemas/schemas.json", Title: title}}}
	return web.Render(w, r, http.StatusOK, listPage(info, page))
}

// shown is a version of a schema as its page shows it.
type shown struct {
	Schema   Schema
	Version  Version
	Table    *frictionless.Schema // nil when the schema is of another kind
	Owner    identity.Organization
	Text     string // description as HTML
	Decides  bool   // the reader may publish another version
	Named    bool   // the reader may know who published
	Document string // the document, for a kind that is not drawn
	Base     string
}

// Outdated reports whether there is a later version than the one shown.
func (v shown) Outdated() bool { return v.Version.Number != v.Schema.Latest }

func (s *Service) showSchema(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	schema, version, err := s.Version(ctx, refOf(r), r.PathValue("version"))
	if err != nil {
		return err
	}
	if asked := r.PathValue("version"); asked != "" && asked != version.Number {
		http.Redirect(w, r, schemaPath(schema.Ref, version.Number), http.StatusFound) // "latest", "v1.0.0"
		return nil
	}
	page := shown{Schema: schema, Version: version, Text: s.options.Markdown(version.Description), Named: signedIn(ctx), Base: s.base(r),
		Decides: s.Access.CanIn(ctx, identity.From(ctx), access.Steward, schema.OrgID) == nil}
	if page.Owner, err = s.Identity.Organization(ctx, schema.OrgID); err != nil {
		return err
	}
	if version.Kind == TableSchema {
		if page.Table, err = frictionless.Parse(version.Document); err != nil {
			return err
		}
	} else {
		page.Document = string(version.Document)
	}
	info := web.PageInfo{Title: version.Title, Active: "schemas", NoIndex: page.Outdated(), Canonical: schemaPath(schema.Ref),
		Crumbs:     []ui.Crumb{{Label: i18n.T("Schémas", "Schemas").In(i18n.From(ctx)), URL: pathSchemas}, {Label: version.Title}},
		Alternates: []web.Alternate{{Type: "application/json", URL: documentPath(schema.Ref, version.Number), Title: "schema.json"}}}
	return web.Render(w, r, http.StatusOK, schemaPage(info, page))
}

// validatePath is where to hold a file against a schema.
func validatePath(ref Ref) string { return "/valider?schema=" + url.QueryEscape(ref.String()) }
