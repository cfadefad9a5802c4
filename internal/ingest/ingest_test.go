package ingest

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"socle/internal/access"
	"socle/internal/asset"
	"socle/internal/audit"
	"socle/internal/engine"
	"socle/internal/identity"
	"socle/internal/lake"
	"socle/internal/outbound"
	"socle/internal/store"
	"socle/internal/store/storetest"
)

// world is an installation that can publish.
type world struct {
	*Service
	org identity.Organization
}

func system(t testing.TB) context.Context { return identity.With(t.Context(), identity.System()) }

// build makes the parts on a folder, as the program does.
func build(ctx context.Context, db *store.DB, dir string, options Options, interrupt func(string)) (*world, error) {
	if err := db.Migrate(ctx, audit.Migrations, identity.Migrations, asset.Migrations, access.Migrations, lake.Migrations, Migrations); err != nil {
		return nil, err
	}
	log := audit.New(db)
	people, assets := identity.New(db, log), asset.New(db, log)
	org, err := people.Setup(ctx, "", "")
	if err != nil {
		return nil, err
	}
	l, err := lake.Open(ctx, db, assets, log, lake.Options{Dir: filepath.Join(dir, "lake"), Interrupt: interrupt})
	if err != nil {
		return nil, err
	}
	limits := engine.Options{Allowed: l.Folders(), Scratch: filepath.Join(dir, "engine"), MemoryLimit: 2_000_000_000}
	e, err := engine.Open(limits, Resolver{l})
	if err != nil {
		return nil, err
	}
	options.Interrupt = interrupt
	s := New(Parts{Store: db, Audit: log, Identity: people, Assets: assets, Access: access.New(db, log), Lake: l,
		Writer: engine.NewWriter(limits), Engine: e, Outbound: outbound.New(outbound.Options{})}, options)
	return &world{Service: s, org: org}, nil
}

func (w *world) close() {
	w.Lake.Close()
	w.Engine.Close()
}

func newWorldOn(t testing.TB, db *store.DB, options Options) *world {
	t.Helper()
	w, err := build(system(t), db, t.TempDir(), options, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.close)
	return w
}

func newWorld(t testing.TB) *world { return newWorldOn(t, storetest.SQLite(t), Options{}) }

func (w *world) publishText(t testing.TB, name, content string, r Request) (Result, error) {
	t.Helper()
	return w.Publish(system(t), name, strings.NewReader(content), r)
}

func (w *world) must(t testing.TB, name, content string, r Request) Result {
	t.Helper()
	result, err := w.publishText(t, name, content, r)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func (w *world) wantClean(t testing.TB) {
	t.Helper()
	if left, err := w.Lake.Leftovers(t.Context()); err != nil || len(left) > 0 {
		t.Errorf("leftovers: %+v, %v", left, err)
	}
	if damage, err := w.Lake.Check(t.Context(), true); err != nil || len(damage) > 0 {
		t.Errorf("damage: %+v, %v", damage, err)
	}
	if report, err := w.Audit.Verify(t.Context()); err != nil || !report.OK() {
		t.Errorf("record: %+v, %v", report, err)
	}
}

// realData is the folder of real files, outside the project.
func realData(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("SOCLE_REAL_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the real files are not there; set SOCLE_REAL_DATA to their folder to publish them")
	}
	return dir
}
