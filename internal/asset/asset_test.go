package asset_test

import (
	"context"
	"database/sql"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"socle/internal/asset"
	"socle/internal/audit"
	"socle/internal/fault"
	"socle/internal/identity"
	"socle/internal/store"
	"socle/internal/store/storetest"
)

const org, otherOrg = "org-1", "org-2"

// open migrates the store and gives it two organisations.
func open(t *testing.T, db *store.DB) (*asset.Service, context.Context) {
	t.Helper()
	if err := db.Migrate(t.Context(), audit.Migrations, identity.Migrations, asset.Migrations); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{org, otherOrg} {
		_, err := db.ExecContext(t.Context(), `INSERT INTO organizations (id, slug, name, kind, description, url, own, created_at, updated_at)
			VALUES ($1, $1, $1, '', '', '', 0, $2, $2)`, id, store.At(store.Now()))
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx := identity.With(t.Context(), identity.Principal{Kind: identity.Person, UserID: "u1", Name: "Camille"})
	return asset.New(db, audit.New(db)), ctx
}

func create(t *testing.T, ctx context.Context, s *asset.Service, d asset.Dataset) asset.Dataset {
	t.Helper()
	if d.OrgID == "" {
		d.OrgID = org
	}
	d, err := s.CreateDataset(ctx, d)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestADatasetComesBackAsItWasDescribed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, ctx := open(t, db)
		yes := true
		created := create(t, ctx, s, asset.Dataset{
			Asset: asset.Asset{ID: "effectifs", Level: asset.Internal}, Title: "  Effectifs d’élèves ", Description: "**Ici**",
			Licence: "Licence Ouverte v2.0 (Etalab)", Keywords: []string{"Élève", "eleve", " collège  public ", ""}, Themes: []string{"Éducation"},
			Frequency: "annuelle", CoverageStart: "2024-09", CoverageEnd: "2026", Spatial: "France", Contact: "Bureau des données",
			Source: "Enquête", Key: []string{"uai"}, Fields: map[string]asset.FieldDoc{"uai": {Label: "UAI", Unit: "", Facet: &yes}},
		})
		if created.Title != "Effectifs d’élèves" || created.Licence != "lov2" || created.Frequency != "annual" ||
			!reflect.DeepEqual(created.Keywords, []string{"Élève", "collège public"}) || created.State != asset.Draft ||
			created.CreatedBy != "u1" || created.Edition != 1 || created.DescribedAt.IsZero() {
			t.Errorf("kept as %+v", created)
		}
		byID, err := s.Get(ctx, "effectifs")
		if err != nil || !reflect.DeepEqual(byID, created) {
			t.Errorf("by id:\n%+v\nwant\n%+v (%v)", byID, created, err)
		}
		byUID, err := s.ByUID(ctx, created.UID)
		if err != nil || !reflect.DeepEqual(byUID, created) {
			t.Errorf("by uid: %+v (%v)", byUID, err)
		}
		if a, err := s.Asset(ctx, created.UID); err != nil || a != created.Asset {
			t.Errorf("as an asset: %+v (%v)", a, err)
		}
	})
}

func TestWhatCannotBeADatasetIsRefusedWithItsField(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, ctx := open(t, db)
		create(t, ctx, s, asset.Dataset{Asset: asset.Asset{ID: "taken"}, Title: "Taken"})
		tests := []struct {
			name  string
			wrong func(*asset.Dataset)
			code  string
			field string
		}{
			{"no title", func(d *asset.Dataset) { d.Title = " " }, "title_missing", "title"},
			{"a long title", func(d *asset.Dataset) { d.Title = strings.Repeat("é", 501) }, "text_too_long", "title"},
			{"an id with capitals", func(d *asset.Dataset) { d.ID = "Abc" }, "id_invalid", "id"},
			{"an id that climbs", func(d *asset.Dataset) { d.ID = "../etc" }, "id_invalid", "id"},
			{"an id of 101 characters", func(d *asset.Dataset) { d.ID = strings.Repeat("a", 101) }, "id_invalid", "id"},
			{"an id that is taken", func(d *asset.Dataset) { d.ID = "taken" }, "id_taken", "id"},
			{"a level that does not exist", func(d *asset.Dataset) { d.Level = "secret" }, "level_unknown", "access"},
			{"an organisation that does not exist", func(d *asset.Dataset) { d.OrgID = "none" }, "organization_not_found", "organization"},
			{"a licence that nobody knows", func(d *asset.Dataset) { d.Licence = "ma licence" }, "licence_unknown", "licence"},
			{"a licence that is a script", func(d *asset.Dataset) { d.Licence = "javascript:alert(1)" }, "licence_unknown", "licence"},
			{"a frequency that nobody knows", func(d *asset.Dataset) { d.Frequency = "souvent" }, "frequency_unknown", "frequency"},
			{"a day that does not exist", func(d *asset.Dataset) { d.CoverageStart = "2026-02-30" }, "coverage_invalid", "coverageStart"},
			{"a month that does not exist", func(d *asset.Dataset) { d.CoverageEnd = "2026-13" }, "coverage_invalid", "coverageEnd"},
			{"a date in words", func(d *asset.Dataset) { d.CoverageEnd = "hier" }, "coverage_invalid", "coverageEnd"},
			{"a period that ends before it begins", func(d *asset.Dataset) { d.CoverageStart, d.CoverageEnd = "2026-09", "2026-08-31" },
				"coverage_reversed", "coverageEnd"},
		}
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				d := asset.Dataset{Asset: asset.Asset{ID: "new", OrgID: org}, Title: "New"}
				test.wrong(&d)
				_, err := s.CreateDataset(ctx, d)
				f, ok := err.(*fault.Error)
				if !ok || f.Code != test.code || f.Field != test.field {
					t.Errorf("got %v, want %s at %s", err, test.code, test.field)
				}
				if n, _ := s.Count(ctx, asset.Filter{States: []asset.State{asset.Draft}}); n != 1 {
					t.Errorf("%d datasets, the refused one left something", n)
				}
			})
		}
	})
}

func TestAnIDIsMadeFromTheTitleAndIsFree(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, ctx := open(t, db)
		for _, test := range []struct{ title, want string }{
			{"Effectifs d’élèves 2026", "effectifs-d-eleves-2026"},
			{"Effectifs d'élèves (2026)", "effectifs-d-eleves-2026-2"},
			{"???", "dataset"},
			{strings.Repeat("a", 120), strings.Repeat("a", 100)},
			{strings.Repeat("a", 130), strings.Repeat("a", 98) + "-2"},
		} {
			if d := create(t, ctx, s, asset.Dataset{Title: test.title}); d.ID != test.want {
				t.Errorf("%q became %q, want %q", test.title, d.ID, test.want)
			}
		}
	})
}

func TestOfTwoEditsFromTheSameEditionTheSecondIsRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, ctx := open(t, db)
		first := create(t, ctx, s, asset.Dataset{Title: "One"})
		second := first
		first.Title = "Two"
		if _, err := s.UpdateDataset(ctx, first); err != nil {
			t.Fatal(err)
		}
		second.Title = "Three"
		if _, err := s.UpdateDataset(ctx, second); !fault.Is(err, fault.Conflict) {
			t.Errorf("got %v", err)
		}
		if d, err := s.ByUID(ctx, first.UID); err != nil || d.Title != "Two" || d.Edition != 2 {
			t.Errorf("kept %q, edition %d (%v)", d.Title, d.Edition, err)
		}
	})
}

func TestOfManySimultaneousEditsExactlyOneIsKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, ctx := open(t, db)
		d := create(t, ctx, s, asset.Dataset{Title: "One"})
		var group sync.WaitGroup
		kept := make(chan string, 8)
		for i := range 8 {
			group.Go(func() {
				mine := d
				mine.Title = fmt.Sprintf("Title %d", i)
				if _, err := s.UpdateDataset(ctx, mine); err == nil {
					kept <- mine.Title
				} else if !fault.Is(err, fault.Conflict) {
					t.Error(err)
				}
			})
		}
		group.Wait()
		now, err := s.ByUID(ctx, d.UID)
		if err != nil || len(kept) != 1 || now.Title != <-kept {
			t.Errorf("%d edits kept; the title is %q (%v)", len(kept), now.Title, err)
		}
	})
}

func TestAnEditMovesOnlyTheDatesItShould(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, ctx := open(t, db)
		d := create(t, ctx, s, asset.Dataset{Title: "One"})
		same, err := s.UpdateDataset(ctx, d)
		if err != nil || same.Edition != 1 {
			t.Errorf("an edit that changes nothing made edition %d (%v)", same.Edition, err)
		}
		moved := d
		moved.OrgID, moved.Level = otherOrg, asset.Restricted
		moved, err = s.UpdateDataset(ctx, moved)
		if err != nil || moved.Edition != 2 || !moved.DescribedAt.Equal(d.DescribedAt) || !moved.UpdatedAt.After(d.UpdatedAt) {
			t.Errorf("a new owner and level: %+v (%v)", moved, err)
		}
		moved.ID, moved.State, moved.Description = "stolen", asset.Published, "Text"
		described, err := s.UpdateDataset(ctx, moved)
		if err != nil || !described.DescribedAt.After(d.DescribedAt) || described.ID != d.ID || described.State != asset.Draft {
			t.Errorf("a new description: %+v (%v)", described, err)
		}
	})
}

func TestPublishingSetsTheDatesAndTheState(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, ctx := open(t, db)
		d := create(t, ctx, s, asset.Dataset{Title: "One", Frequency: "monthly"})
		at := time.Date(2026, 1, 31, 8, 0, 0, 0, time.UTC)
		publish := func() error {
			return db.Tx(ctx, func(ctx context.Context, tx *sql.Tx) error { return s.Published(ctx, tx, d.UID, at) })
		}
		if err := publish(); err != nil {
			t.Fatal(err)
		}
		d, err := s.ByUID(ctx, d.UID)
		if err != nil || d.State != asset.Published || !d.PublishedAt.Equal(at) || d.Edition != 1 ||
			!d.NextDue.Equal(time.Date(2026, 2, 28, 8, 0, 0, 0, time.UTC)) {
			t.Errorf("published: %+v (%v)", d, err)
		}
		if d.Late(at) || !d.Late(d.NextDue.Add(time.Second)) {
			t.Error("late is after the due date")
		}
		d.Frequency = "annual"
		if d, err = s.UpdateDataset(ctx, d); err != nil || !d.NextDue.Equal(at.AddDate(1, 0, 0)) {
			t.Errorf("with another frequency, next due %v (%v)", d.NextDue, err)
		}
		if err := s.SetState(ctx, d.UID, asset.Withdrawn, "doublon"); err != nil {
			t.Fatal(err)
		}
		if err := publish(); fault.CodeOf(err) != "dataset_withdrawn" {
			t.Errorf("publishing a withdrawn dataset: %v", err)
		}
		if list, err := s.List(ctx, asset.Filter{}); err != nil || len(list) != 0 {
			t.Errorf("a withdrawn dataset is listed: %v (%v)", list, err)
		}
		if _, err := s.Get(ctx, d.ID); err != nil {
			t.Errorf("the record of a withdrawn dataset stays: %v", err)
		}
	})
}

func TestTheRevisionMovesWithTheCatalogueAndOnlyThen(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, ctx := open(t, db)
		d := create(t, ctx, s, asset.Dataset{Title: "One"})
		tests := []struct {
			name  string
			act   func() error
			moves bool
		}{
			{"creating", func() error {
				_, err := s.CreateDataset(ctx, asset.Dataset{Title: "Two", Asset: asset.Asset{OrgID: org}})
				return err
			}, true},
			{"creating in vain", func() error { _, _ = s.CreateDataset(ctx, asset.Dataset{Title: "Two"}); return nil }, false},
			{"reading", func() error { _, err := s.List(ctx, asset.Filter{}); return err }, false},
			{"describing", func() error { d.Title = "Three"; var err error; d, err = s.UpdateDataset(ctx, d); return err }, true},
			{"describing the same", func() error { _, err := s.UpdateDataset(ctx, d); return err }, false},
			{"publishing", func() error { return s.SetState(ctx, d.UID, asset.Published, "") }, true},
			{"publishing again", func() error { return s.SetState(ctx, d.UID, asset.Published, "") }, false},
			{"renaming", func() error { return s.Rename(ctx, d.UID, "three") }, true},
			{"relating", func() error { return s.Relate(ctx, d.UID, "documents", "https://example.org/") }, true},
			{"relating again", func() error { return s.Relate(ctx, d.UID, "documents", "https://example.org/") }, false},
			{"unrelating", func() error { return s.Unrelate(ctx, d.UID, "documents", "https://example.org/") }, true},
			{"unrelating again", func() error { return s.Unrelate(ctx, d.UID, "documents", "https://example.org/") }, false},
		}
		for _, test := range tests {
			before, err := s.Revision(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if err := test.act(); err != nil {
				t.Errorf("%s: %v", test.name, err)
			}
			if after, err := s.Revision(ctx); err != nil || (after > before) != test.moves {
				t.Errorf("%s: from %d to %d (%v)", test.name, before, after, err)
			}
		}
	})
}

func TestTheListIsFilteredAndSorted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, ctx := open(t, db)
		var uids []string
		for i, d := range []asset.Dataset{
			{Asset: asset.Asset{ID: "a", OrgID: org}, Title: "A"},
			{Asset: asset.Asset{ID: "b", OrgID: otherOrg, Level: asset.Restricted}, Title: "B"},
			{Asset: asset.Asset{ID: "c", OrgID: org, Level: asset.Internal}, Title: "C"},
			{Asset: asset.Asset{ID: "d", OrgID: org}, Title: "D"},
		} {
			d = create(t, ctx, s, d)
			uids = append(uids, d.UID)
			if d.ID == "d" {
				continue // stays a draft
			}
			at := time.Date(2026, 1, 10-i, 0, 0, 0, 0, time.UTC)
			err := db.Tx(ctx, func(ctx context.Context, tx *sql.Tx) error { return s.Published(ctx, tx, d.UID, at) })
			if err != nil {
				t.Fatal(err)
			}
		}
		tests := []struct {
			name   string
			filter asset.Filter
			want   string
			count  int
		}{
			{"everything published", asset.Filter{}, "a b c", 3},
			{"drafts", asset.Filter{States: []asset.State{asset.Draft}}, "d", 1},
			{"no state", asset.Filter{States: []asset.State{}}, "", 0},
			{"one organisation", asset.Filter{OrgID: org}, "a c", 2},
			{"one level", asset.Filter{Level: asset.Restricted}, "b", 1},
			{"some of them", asset.Filter{UIDs: []string{uids[2], uids[0], uids[3]}}, "a c", 2},
			{"none of them", asset.Filter{UIDs: []string{}}, "", 0},
			{"a condition of access", asset.Filter{Where: "assets.level = $1 OR assets.org_id = $2", Args: []any{"open", otherOrg}, OrgID: org}, "a", 1},
			{"the last published first, by two", asset.Filter{Order: asset.ByNew, Limit: 2}, "a b", 3},
			{"the rest", asset.Filter{Order: asset.ByNew, Limit: 2, Offset: 2}, "c", 3},
			{"the never published last", asset.Filter{Order: asset.ByNew, States: []asset.State{asset.Draft, asset.Published}}, "a b c d", 4},
			{"the last changed first", asset.Filter{Order: asset.ByUpdated}, "a b c", 3},
		}
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				list, err := s.List(ctx, test.filter)
				if err != nil {
					t.Fatal(err)
				}
				var ids []string
				for _, d := range list {
					ids = append(ids, d.ID)
				}
				if got := strings.Join(ids, " "); got != test.want {
					t.Errorf("got %q, want %q", got, test.want)
				}
				if n, err := s.Count(ctx, test.filter); err != nil || n != test.count {
					t.Errorf("counted %d, want %d (%v)", n, test.count, err)
				}
			})
		}
	})
}

func TestRelationsAreSeenFromBothEnds(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, ctx := open(t, db)
		a, b := create(t, ctx, s, asset.Dataset{Title: "A"}), create(t, ctx, s, asset.Dataset{Title: "B"})
		if err := s.Relate(ctx, a.UID, "derived-from", b.UID); err != nil {
			t.Fatal(err)
		}
		for _, uid := range []string{a.UID, b.UID} {
			list, err := s.Relations(ctx, uid)
			if err != nil || len(list) != 1 || list[0].Subject != a.UID || list[0].Object != b.UID || list[0].CreatedBy != "u1" {
				t.Errorf("seen as %+v (%v)", list, err)
			}
		}
		if err := s.Relate(ctx, "none", "derived-from", b.UID); !fault.Is(err, fault.NotFound) {
			t.Errorf("a subject that does not exist: %v", err)
		}
		if err := s.Relate(ctx, a.UID, "Derived From", b.UID); !fault.Is(err, fault.Invalid) {
			t.Errorf("a predicate that is none: %v", err)
		}
	})
}

func TestAnotherKindOfAssetMayBeRegistered(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, ctx := open(t, db)
		var a asset.Asset
		err := db.Tx(ctx, func(ctx context.Context, tx *sql.Tx) (err error) {
			a, err = s.Register(ctx, tx, asset.Asset{ID: "story-1", Kind: "story", OrgID: org})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := s.Asset(ctx, a.UID); err != nil || got != a || got.Level != asset.Open || got.State != asset.Draft {
			t.Errorf("registered as %+v (%v)", got, err)
		}
		if _, err := s.Get(ctx, "story-1"); !fault.Is(err, fault.NotFound) {
			t.Errorf("a story is not a dataset: %v", err)
		}
		if err := s.Rename(ctx, a.UID, "story-2"); err != nil {
			t.Error(err)
		}
		if _, err := s.CreateDataset(ctx, asset.Dataset{Title: "X", Asset: asset.Asset{ID: "story-2", OrgID: org}}); fault.CodeOf(err) != "id_taken" {
			t.Errorf("assets of all kinds share their ids: %v", err)
		}
	})
}

func TestEveryChangeIsInTheRecord(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, ctx := open(t, db)
		d := create(t, ctx, s, asset.Dataset{Title: "One"})
		d.Contact, d.Level = "somebody@example.org", asset.Restricted
		if _, err := s.UpdateDataset(ctx, d); err != nil {
			t.Fatal(err)
		}
		if err := s.SetState(ctx, d.UID, asset.Withdrawn, "doublon"); err != nil {
			t.Fatal(err)
		}
		list, err := audit.New(db).List(ctx, audit.Filter{Asset: d.UID}, audit.Page{})
		if err != nil || len(list) != 3 {
			t.Fatalf("%d entries (%v)", len(list), err)
		}
		var acts []string
		for _, e := range list {
			acts = append(acts, e.Action)
			if e.Actor != "u1" || strings.Contains(fmt.Sprint(e.Detail), "example.org") {
				t.Errorf("recorded as %+v", e)
			}
		}
		if got := strings.Join(acts, " "); got != "dataset.state dataset.describe dataset.create" {
			t.Errorf("acts: %s", got)
		}
	})
}
