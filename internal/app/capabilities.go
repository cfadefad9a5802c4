package app

import (
	"bytes"
	"context"
	"net/http"
	"path/filepath"
	"slices"
	"time"

	"socle/internal/access"
	"socle/internal/api"
	"socle/internal/asset"
	"socle/internal/catalog"
	"socle/internal/demo"
	"socle/internal/engine"
	"socle/internal/explore"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/ingest"
	"socle/internal/jobs"
	"socle/internal/mcp"
	"socle/internal/nice"
	"socle/internal/quality/pivot"
	"socle/internal/quality/registry"
	"socle/internal/quality/score"
	stewardship "socle/internal/quality/steward"
	"socle/internal/validate"
	"socle/internal/web"
)

// openCapabilities builds what the platform can do, hands each what it needs of the others, and opens the doors.
func (a *App) openCapabilities(context.Context) (err error) {
	config := a.Config
	a.Schemas = registry.New(registry.Parts{Store: a.Store, Audit: a.Audit, Identity: a.People, Assets: a.Assets, Access: a.Access, Lake: a.Lake,
		Outbound: a.Outbound, Parquet: a.Writer, Lists: lists{a.Assets, a.Access, a.Lake, a.Engine}, Datasets: lists{a.Assets, a.Access, a.Lake, a.Engine}}, registry.Options{Site: config.Name.FR, URL: config.URL, Markdown: safeHTML(catalog.NewMarkdown()), Log: a.log,
		Limit: a.take})
	a.Ingest = ingest.New(ingest.Parts{Store: a.Store, Audit: a.Audit, Identity: a.People, Assets: a.Assets, Access: a.Access, Lake: a.Lake,
		Writer: a.Writer, Engine: a.Engine, Outbound: a.Outbound, Rules: a.Schemas}, ingest.Options{Log: a.log})
	a.Explore = explore.New(explore.Options{Assets: a.Assets, Access: a.Access, Organizations: a.People, Keys: a.People, Versions: a.Lake,
		Engine: a.Engine, SQL: a.Engine, Differ: a.Engine, Index: a.Index, Markdown: safeHTML(catalog.NewMarkdown()), Name: config.Name, URL: config.URL, Scratch: filepath.Join(config.DataDir, "scratch"), Log: a.log,
		CacheBytes: answersInMemory(), Limit: a.take})
	a.openPivots()
	passwords := catalog.NewPasswords(a.Store, a.People, a.Audit, a.Mailer, config.Name)
	if err := a.openQuality(); err != nil {
		return err
	}
	if a.Jobs, err = jobs.New(a.Store, jobs.Options{Log: a.log}, a.jobKinds(passwords)...); err != nil {
		return err
	}
	a.onClose(func() error {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		return a.Jobs.Close(ctx)
	})
	a.Ingest.Work(a.Jobs)
	a.Steward.Work(a.Jobs)
	a.Score.Work(a.Jobs)
	a.Schemas.Work(a.Jobs)
	a.Contracts.Work(a.Jobs)
	a.followVersions()
	a.followDescriptions()
	a.Catalog = catalog.New(catalog.Options{Assets: a.Assets, People: a.People, Access: a.Access, Lake: a.Lake, Index: a.Index, Log: a.Audit,
		Jobs: a.Jobs, Passwords: passwords, Data: a.Explore, Versions: a.Ingest, Quality: a.Score, Drafter: a.Dictionary, Comments: a.Steward, Panels: a.panels(),
		Site: catalog.Site{Name: config.Name, Description: config.Description, URL: config.URL, Demo: config.Demo, Legal: config.Legal}})
	a.openDoors()
	return nil
}

// jobKinds are the kinds of work done in the background.
func (a *App) jobKinds(passwords *catalog.Passwords) []jobs.Kind {
	return append(slices.Concat(a.Ingest.Kinds(), a.Schemas.Kinds(), a.tableKinds(), a.Score.Kinds(), a.Pivots.Kinds(), a.Steward.Kinds(), a.Contracts.Kinds()), passwords.JobKind(),
		jobs.Handle(jobs.KindOptions{Title: i18n.T("Ménage des sessions", "Clearing old sessions"), Every: time.Hour},
			func(ctx context.Context, _ *jobs.Job, _ purgeSessions) error { return a.People.Purge(ctx) }),
		jobs.Handle(jobs.KindOptions{Title: i18n.T("Ménage des dépôts abandonnés", "Clearing abandoned deposits"), Every: 6 * time.Hour, AtStart: true},
			func(ctx context.Context, _ *jobs.Job, _ cleanLake) error {
				_, err := a.Lake.Clean(ctx)
				return err
			}))
}

type purgeSessions struct{}

func (purgeSessions) Kind() string { return "identity.purge" }

type cleanLake struct{}

func (cleanLake) Kind() string { return "lake.clean" }

// take counts a call as the API does; the API is opened after what it serves.
func (a *App) take(w http.ResponseWriter, r *http.Request) error { return a.api.Take(w, r) }

// openDoors gives the routes of every capability to the doors.
func (a *App) openDoors() {
	config := a.Config
	var site *web.Site
	share := func(percent int) time.Duration { return time.Duration(percent*nice.Processors()) * time.Minute / 100 }
	limits := api.Limits{Anonymous: config.AnonymousCalls, Key: config.KeyCalls, AnonymousWork: share(config.AnonymousWork), KeyWork: share(config.KeyWork), Address: func(r *http.Request) string { return site.Remote(r) }}
	a.api = api.New(api.Options{Title: "API Socle", Version: config.Version, URL: config.URL, DocsURL: "/documentation/api", Limits: limits, Log: a.log})
	a.Catalog.Operations(a.api)
	a.Ingest.Operations(a.api)
	a.Schemas.Operations(a.api)
	a.Pivots.Operations(a.api)
	a.Contracts.Operations(a.api)
	a.Score.Operations(a.api)
	a.operations()
	a.api.Handle(a.Explore.Routes(), a.Explore.Fail)
	a.api.Handle(a.Explore.SQLRoutes(), nil)
	a.Explore.DescribeSQL(a.api)
	a.api.Handle(a.Explore.TileRoutes(), a.Explore.Fail)
	site = web.New(web.Options{Name: config.Name, Tagline: config.Tagline, Operator: config.Operator, Theme: config.Theme, URL: config.URL,
		Secure: len(config.URL) > 8 && config.URL[:8] == "https://", Notice: config.Notice, Menu: menu(), People: a.People, Account: a.People,
		SignInHint: config.SignInHint, FooterLinks: catalog.FooterLinks(), OpenAPI: a.api.Document,
		MoreAPIs: []web.DescribedAPI{{URL: explore.DocumentPath, Document: a.Explore.Document}}, Log: a.log, TrustProxy: config.TrustProxy, Ready: a.Ready, ThemeSwitch: config.ThemeSwitch})
	site.Handle(a.Catalog.Routes())
	site.Handle(a.Ingest.Pages())
	site.Handle(a.Schemas.Pages())
	site.Handle(a.Pivots.Pages())
	site.Handle(a.Contracts.Pages())
	site.Handle(a.Explore.Pages())
	site.Handle(a.Score.Routes())
	site.Handle(a.Dictionary.Routes())
	site.Handle(a.Steward.Routes())
	site.Mount("/api/", a.api.Handler())
	site.Mount(explore.TilesPrefix+"/", a.api.Handler())
	a.Assistants = mcp.New(mcp.Options{Name: config.Name.FR, Version: config.Version, URL: config.URL, Instructions: explore.ToolInstructions, TrustProxy: config.TrustProxy,
		Log: a.log, Limit: a.api.Take})
	a.Explore.Tools(a.Assistants)
	site.Mount(mcp.Path, a.Assistants.Handler())
	a.site, a.handler = site, site.Handler()
}

// safeHTML turns descriptions into HTML; one that cannot be is empty.
func safeHTML(markdown *catalog.Markdown) func(string) string {
	return func(source string) string {
		html, err := markdown.HTML(source)
		if err != nil {
			return ""
		}
		return html
	}
}

// menu is the main navigation.
func menu() []web.MenuItem {
	return []web.MenuItem{
		{Key: "catalogue", Label: i18n.T("Jeux de données", "Datasets"), URL: "/jeux", Permission: access.Public},
		{Key: "sql", Label: i18n.T("Croiser des données", "SQL console"), URL: explore.PathConsole, Permission: access.Public},
		{Key: "schemas", Label: i18n.T("Schémas", "Schemas"), URL: "/schemas", Permission: access.Public},
		{Key: "pivots", Label: i18n.T("Pivots", "Pivots"), URL: pivot.Path, Permission: access.Public},
		{Key: "qualite", Label: i18n.T("Qualité", "Quality"), URL: score.PathQuality, Permission: access.Public},
		{Key: "organisations", Label: i18n.T("Organisations", "Organisations"), URL: "/organisations", Permission: access.Public},
		{Key: "publier", Label: i18n.T("Publier", "Publish"), URL: "/publier", Permission: access.On(access.Contribute)},
		{Key: "travail", Label: i18n.T("À faire", "To do"), URL: stewardship.PathWork, Permission: access.On(access.Contribute)},
		{Key: "aide", Label: i18n.T("Aide", "Help"), URL: "/aide", Permission: access.Public},
		{Key: "administration", Label: i18n.T("Administration", "Administration"), URL: "/administration", Permission: access.Platform},
	}
}

// API serves the APIs alone, for whoever is in the context of the request: the command line asks it as the program.
func (a *App) API() http.Handler { return a.api.Handler() }

// DemoPublisher publishes the files of the demonstration.
func (a *App) DemoPublisher() demo.Publisher { return demoPublisher{a} }

type demoPublisher struct{ app *App }

// Versions implements [demo.Publisher].
func (d demoPublisher) Versions(ctx context.Context, datasetUID string) (int, error) {
	versions, err := d.app.Lake.List(ctx, datasetUID)
	return len(versions), err
}

// Publish implements [demo.Publisher]. The numbers and addresses of the demonstration are nobody's, so opening them is
// confirmed.
func (d demoPublisher) Publish(ctx context.Context, p demo.Publication) error {
	_, err := d.app.Ingest.Publish(ctx, p.Name, bytes.NewReader(p.Data), ingest.Request{ID: p.Dataset.ID, Types: p.Types, Note: p.Note,
		AcceptLoss: p.AcceptLoss, ConfirmPersonal: p.Dataset.Level == asset.Open})
	return err
}

// DemoRegistry keeps the schemas of the demonstration.
func (a *App) DemoRegistry() demo.Registry { return demoRegistry{a.Schemas} }

type demoRegistry struct{ schemas *registry.Service }

// Keep implements [demo.Registry].
func (d demoRegistry) Keep(ctx context.Context, s demo.Schema) error {
	ref := registry.Ref{Owner: s.Owner, Name: s.Name}
	if _, _, err := d.schemas.Version(ctx, ref, s.Number); !fault.Is(err, fault.NotFound) {
		return err
	}
	_, _, err := d.schemas.Publish(ctx, registry.NewVersion{Ref: ref, Number: s.Number, Document: s.Document, Note: s.Note})
	return err
}

// Declare implements [demo.Registry].
func (d demoRegistry) Declare(ctx context.Context, datasetID string, r demo.Rules) error {
	_, err := d.schemas.Declare(ctx, datasetID, registry.Rules{Schemas: []string{r.Schema}, Policy: validate.Policy(r.Policy)})
	return err
}

// answersInMemory is the memory for small answers, in bytes: a sixty-fourth of the machine's, at most 512 MB. Files take as much.
func answersInMemory() int64 { return max(min(engine.MachineMemory()/64, 512_000_000), 64_000_000) }
