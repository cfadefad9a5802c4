// Package app builds the program: every service once, in order, each handed what it needs of the others, and closes
// them in reverse. It alone knows everybody. The commands, the tests and the benchmarks start the same [App].
package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"socle/internal/access"
	"socle/internal/api"
	"socle/internal/asset"
	"socle/internal/audit"
	"socle/internal/catalog"
	"socle/internal/engine"
	"socle/internal/explore"
	"socle/internal/identity"
	"socle/internal/ingest"
	"socle/internal/jobs"
	"socle/internal/lake"
	"socle/internal/mcp"
	"socle/internal/nice"
	"socle/internal/notify"
	"socle/internal/outbound"
	"socle/internal/quality/contract"
	"socle/internal/quality/dictionary"
	"socle/internal/quality/pivot"
	"socle/internal/quality/registry"
	"socle/internal/quality/score"
	stewardship "socle/internal/quality/steward"
	"socle/internal/search"
	"socle/internal/store"
	"socle/internal/tables"
	"socle/internal/web"
)

// App is the program. Its services may be used directly by the commands.
type App struct {
	Config   Config
	Store    *store.DB
	Audit    *audit.Log
	People   *identity.Service
	Assets   *asset.Service
	Access   *access.Service
	Lake     *lake.Lake
	Tables   *tables.Service // nil when the configuration wants none
	Engine   *engine.Engine
	Writer   *engine.Writer
	Index    *search.Index
	Mailer   notify.Mailer
	Outbound *outbound.Client
	Jobs     *jobs.Runner
	Ingest   *ingest.Service
	Explore  *explore.Service
	Catalog  *catalog.Catalog
	Schemas  *registry.Service
	Score    *score.Service
	Pivots   *pivot.Service

	Dictionary *dictionary.Service
	Steward    *stewardship.Service
	Contracts  *contract.Service

	Assistants *mcp.Door

	log     *slog.Logger
	api     *api.API
	site    *web.Site
	handler http.Handler
	closers []func() error
}

// Open builds the program on a data folder, which it makes and migrates as needed. It starts nothing in the
// background: see [App.Start].
func Open(ctx context.Context, config Config) (_ *App, err error) {
	a := &App{Config: config, log: config.Log}
	if a.log == nil {
		a.log = slog.Default()
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()
	if config.DataDir, err = filepath.Abs(config.DataDir); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	a.Config.DataDir = config.DataDir
	if err := os.MkdirAll(config.DataDir, 0o750); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	for _, build := range []func(context.Context) error{a.openStore, a.openLake, a.openTables, a.openEngine, a.openNeighbours, a.openCapabilities} {
		if err := build(ctx); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// openStore opens and migrates the store, and what lives in it alone.
func (a *App) openStore(ctx context.Context) (err error) {
	dsn := a.Config.DatabaseURL
	if dsn == "" {
		dsn = "sqlite:" + filepath.Join(a.Config.DataDir, "socle.db")
	}
	if a.Store, err = store.Open(ctx, dsn); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	a.onClose(a.Store.Close)
	migrations := []fs.FS{audit.Migrations, identity.Migrations, asset.Migrations, access.Migrations, jobs.Migrations, lake.Migrations, tables.Migrations,
		catalog.Migrations, ingest.Migrations, registry.Migrations, score.Migrations, pivot.Migrations, dictionary.Migrations, stewardship.Migrations,
		contract.Migrations}
	if err := a.Store.Migrate(ctx, migrations...); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	if err := jobs.Migrate(ctx, a.Store); err != nil {
		return fmt.Errorf("jobs: %w", err)
	}
	a.Audit = audit.New(a.Store)
	a.People = identity.New(a.Store, a.Audit)
	if _, err := a.People.Setup(ctx, "", a.Config.Organization); err != nil {
		return fmt.Errorf("own organisation: %w", err)
	}
	a.Assets = asset.New(a.Store, a.Audit)
	a.People.Changed = a.Assets.Touch
	a.Access = access.New(a.Store, a.Audit)
	return nil
}

func (a *App) openLake(ctx context.Context) (err error) {
	options := lake.Options{Dir: filepath.Join(a.Config.DataDir, "lake"), Log: a.log}
	if a.Config.Bucket != "" {
		if options.Blobs, err = lake.OpenBucket(ctx, a.Config.Bucket); err != nil {
			return fmt.Errorf("lake: %w", err)
		}
	}
	if a.Lake, err = lake.Open(ctx, a.Store, a.Assets, a.Audit, options); err != nil {
		return err
	}
	a.onClose(a.Lake.Close)
	return nil
}

func (a *App) openEngine(context.Context) (err error) {
	options := engine.Options{Allowed: a.Lake.Folders(), Scratch: filepath.Join(a.Config.DataDir, "scratch"), MemoryLimit: a.Config.MemoryLimit, Timeout: a.Config.Timeout,
		Threads: a.Config.Threads, SQL: engine.SQLLimits{Worker: a.Config.SQLWorker}, Trino: a.trino()}
	if options.Threads <= 0 {
		options.Threads = nice.Processors()
	}
	if a.Engine, err = engine.Open(options, ingest.Resolver{Lake: a.Lake}); err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	a.onClose(a.Engine.Close)
	a.Writer = engine.NewWriter(options)
	return nil
}

func (a *App) openNeighbours(context.Context) (err error) {
	a.Outbound = outbound.New(outbound.Options{AllowPrivate: a.Config.AllowPrivate, UserAgent: strings.TrimSpace("Socle " + a.Config.Version)})
	mail := a.Config.Mail
	if mail.Host == "" && mail.Folder == "" {
		mail.Folder = filepath.Join(a.Config.DataDir, "mail")
	}
	if mail.From.Email == "" {
		mail.From = notify.Address{Name: a.Config.Name.FR, Email: "ne-pas-repondre@socle.invalid"}
	}
	if a.Mailer, err = notify.Open(mail); err != nil {
		return fmt.Errorf("mail: %w", err)
	}
	if a.Index, err = search.New(catalog.NewSource(a.Assets, a.People, a.Lake)); err != nil {
		return fmt.Errorf("search: %w", err)
	}
	a.onClose(a.Index.Close)
	return nil
}

// Start runs the work in the background, until [App.Close], and spares the first visitor the wait for the index.
func (a *App) Start(ctx context.Context) error {
	if err := a.Index.Refresh(ctx); err != nil {
		return fmt.Errorf("search: %w", err)
	}
	return a.Jobs.Start(ctx)
}

// Handler serves the portal and its APIs.
func (a *App) Handler() http.Handler { return a.handler }

// Pages returns the routes of the pages, as the site has them.
func (a *App) Pages() web.Routes { return a.site.Routes() }

// Ready answers nil when requests can be served: the store answers.
func (a *App) Ready(ctx context.Context) error { return a.Store.PingContext(ctx) }

func (a *App) onClose(f func() error) { a.closers = append(a.closers, f) }

// Close ends what runs and closes every service, the last opened first.
func (a *App) Close() error {
	var errs []error
	for i := len(a.closers) - 1; i >= 0; i-- {
		errs = append(errs, a.closers[i]())
	}
	a.closers = nil
	return errors.Join(errs...)
}
