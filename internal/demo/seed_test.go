package demo

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	"socle/internal/asset"
	"socle/internal/audit"
	"socle/internal/identity"
	"socle/internal/store"
	"socle/internal/store/storetest"
)

// shelf keeps publications in the order in which they came, and may fail at one of them.
type shelf struct {
	db     *store.DB
	assets *asset.Service
	failAt int
	kept   []Publication
}

func (s *shelf) Versions(_ context.Context, uid string) (int, error) {
	n := 0
	for _, p := range s.kept {
		if p.Dataset.UID == uid {
			n++
		}
	}
	return n, nil
}

var errFull = errors.New("the disk is full")

func (s *shelf) Publish(ctx context.Context, p Publication) error {
	if s.failAt > 0 && len(s.kept) == s.failAt {
		return errFull
	}
	s.kept = append(s.kept, p)
	return s.db.Tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		return s.assets.Published(ctx, tx, p.Dataset.UID, store.Now())
	})
}

func TestSeedingCompletesWhatIsMissingAndLeavesTheRest(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		if err := db.Migrate(ctx, audit.Migrations, identity.Migrations, asset.Migrations); err != nil {
			t.Fatal(err)
		}
		log := audit.New(db)
		people, assets := identity.New(db, log), asset.New(db, log)
		if _, err := people.Setup(ctx, "", ""); err != nil {
			t.Fatal(err)
		}
		publisher := &shelf{db: db, assets: assets, failAt: 12}
		var done, total int
		seeder := Seeder{People: people, Assets: assets, Publisher: publisher, Progress: func(d, n int, _ asset.Dataset) { done, total = d, n }}
		if err := seeder.Run(ctx); !errors.Is(err, errFull) {
			t.Fatalf("got %v, want the failure of the publisher", err)
		}
		publisher.failAt = 0
		if err := seeder.Run(ctx); err != nil {
			t.Fatal(err)
		}
		if done != total || total != len(publisher.kept) || total < 20 {
			t.Errorf("progress %d of %d, %d files published", done, total, len(publisher.kept))
		}

		// What people do afterwards is theirs.
		d, err := assets.Get(ctx, "calendrier-scolaire")
		if err != nil {
			t.Fatal(err)
		}
		d.Title = "Mon calendrier"
		if _, err := assets.UpdateDataset(ctx, d); err != nil {
			t.Fatal(err)
		}
		gone, err := assets.Get(ctx, "restauration-scolaire")
		if err != nil {
			t.Fatal(err)
		}
		if err := assets.SetState(ctx, gone.UID, asset.Withdrawn, "essai"); err != nil {
			t.Fatal(err)
		}
		before := len(publisher.kept)
		if err := seeder.Run(ctx); err != nil {
			t.Fatal(err)
		}
		if d, err = assets.Get(ctx, "calendrier-scolaire"); err != nil || d.Title != "Mon calendrier" {
			t.Errorf("seeding again wrote over a change: %q, %v", d.Title, err)
		}
		if len(publisher.kept) != before {
			t.Errorf("seeding again published %d files", len(publisher.kept)-before)
		}

		for _, a := range Accounts() {
			secret, _, err := people.SignIn(ctx, a.Email, a.Password, "192.0.2.1")
			if err != nil {
				t.Fatalf("%s cannot sign in: %v", a.Email, err)
			}
			p, err := people.SessionPrincipal(ctx, secret)
			if err != nil {
				t.Fatal(err)
			}
			if _, admin := a.Roles[""]; p.PlatformAdmin != admin {
				t.Errorf("%s administers the platform: %v", a.Email, p.PlatformAdmin)
			}
		}
		restricted, err := assets.Get(ctx, "lutte-contre-le-decrochage")
		if err != nil || restricted.Level != asset.Restricted {
			t.Errorf("the restricted dataset is %q, %v", restricted.Level, err)
		}
		if report, err := log.Verify(ctx); err != nil || !report.OK() || report.Entries < 30 {
			t.Errorf("the record does not hold: %+v, %v", report, err)
		}
	})
}
