package lake

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"socle/internal/asset"
	"socle/internal/audit"
	"socle/internal/fault"
	"socle/internal/identity"
	"socle/internal/lake/laketest"
	"socle/internal/schema"
	"socle/internal/store"
	"socle/internal/store/storetest"
)

// world is a lake with a dataset to publish.
type world struct {
	*Lake
	db     *store.DB
	log    *audit.Log
	assets *asset.Service
	uid    string
}

func migrate(ctx context.Context, db *store.DB) (*audit.Log, *asset.Service, error) {
	err := db.Migrate(ctx, audit.Migrations, identity.Migrations, asset.Migrations, Migrations)
	log := audit.New(db)
	return log, asset.New(db, log), err
}

func system(t testing.TB) context.Context { return identity.With(t.Context(), identity.System()) }

// each runs a test on every place where a lake may be: both stores, and a folder or a bucket of a real S3 server.
func each(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	for place, blobs := range map[string]func(*testing.T) Blobs{
		"folder": func(*testing.T) Blobs { return nil },
		"S3":     bucket,
	} {
		t.Run(place, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, db *store.DB) { test(t, newWorld(t, db, Options{Blobs: blobs(t)})) })
		})
	}
}

// bucket opens an empty bucket of a real S3 server.
func bucket(t *testing.T) Blobs {
	t.Helper()
	b, err := OpenBucket(t.Context(), laketest.Bucket(t))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func newWorld(t testing.TB, db *store.DB, options Options) *world {
	t.Helper()
	ctx := system(t)
	log, assets, err := migrate(ctx, db)
	if err != nil {
		t.Fatal(err)
	}
	org, err := identity.New(db, log).Setup(ctx, "", "")
	if err != nil {
		t.Fatal(err)
	}
	dataset, err := assets.CreateDataset(ctx, asset.Dataset{Asset: asset.Asset{ID: "ecoles", OrgID: org.ID}, Title: "Écoles"})
	if err != nil {
		t.Fatal(err)
	}
	if options.Dir == "" {
		options.Dir = t.TempDir()
	}
	l, err := Open(ctx, db, assets, log, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return &world{Lake: l, db: db, log: log, assets: assets, uid: dataset.UID}
}

// fill adds an original and a data file with some content to a write.
func fill(ctx context.Context, w *Write, content string) error {
	for role, name := range map[Role]string{RoleOriginal: "écoles.csv", RoleData: "part.parquet"} {
		path := filepath.Join(w.Dir, name)
		if err := os.WriteFile(path, []byte(string(role)+content), 0o600); err != nil {
			return err
		}
		if _, err := w.Add(ctx, role, name, path, 3, ""); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) begin(t testing.TB, content string) *Write {
	t.Helper()
	write, err := w.Begin(system(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := fill(system(t), write, content); err != nil {
		t.Fatal(err)
	}
	return write
}

func (w *world) publication(base int) Publication {
	return Publication{Base: base, Prepare: func(context.Context, *sql.Tx) (string, error) { return w.uid, nil },
		Version: Version{Rows: 3, Fingerprint: "f", Schema: schema.Schema{Fields: []schema.Field{{Name: "uai", Type: schema.Text}}}}}
}

func (w *world) publish(t testing.TB, base int, content string) Version {
	t.Helper()
	v, err := w.begin(t, content).Commit(system(t), w.publication(base))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func (w *world) wantClean(t testing.TB) {
	t.Helper()
	if left, err := w.Leftovers(t.Context()); err != nil || len(left) > 0 {
		t.Errorf("leftovers: %+v, %v", left, err)
	}
	if damage, err := w.Check(t.Context(), true); err != nil || len(damage) > 0 {
		t.Errorf("damage: %+v, %v", damage, err)
	}
	if report, err := w.log.Verify(t.Context()); err != nil || !report.OK() {
		t.Errorf("record: %+v, %v", report, err)
	}
}

func readAll(t testing.TB, l *Lake, v Version, f File) string {
	t.Helper()
	r, err := l.Open(t.Context(), v, f)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestAVersionIsPublishedWholeAndReadBack(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		if _, err := w.Head(ctx, w.uid); !fault.Is(err, fault.NotFound) {
			t.Errorf("a dataset without version has a head: %v", err)
		}
		before, err := w.assets.Revision(ctx)
		if err != nil {
			t.Fatal(err)
		}
		first, second := w.publish(t, 0, "a"), w.publish(t, 1, "b")
		if first.Number != 1 || second.Number != 2 {
			t.Errorf("numbers %d, %d", first.Number, second.Number)
		}
		head, err := w.Head(ctx, w.uid)
		if err != nil || head.Number != 2 || head.Rows != 3 || len(head.Files) != 1 || head.Bytes != 5 || head.Original.Name != "écoles.csv" {
			t.Errorf("head: %+v, %v", head, err)
		}
		if got := readAll(t, w.Lake, first, first.Original); got != "originala" {
			t.Errorf("the original of version 1 reads %q", got)
		}
		versions, err := w.List(ctx, w.uid)
		if err != nil || len(versions) != 2 || versions[0].Number != 2 {
			t.Errorf("list: %v, %v", versions, err)
		}
		heads, err := w.Heads(ctx)
		if err != nil || len(heads) != 1 || heads[w.uid].Number != 2 {
			t.Errorf("heads: %v, %v", heads, err)
		}
		_, paths, release, err := w.Local(ctx, w.uid, 1)
		if err != nil {
			t.Fatal(err)
		}
		defer release()
		if data, err := os.ReadFile(paths[0]); err != nil || string(data) != "dataa" {
			t.Errorf("local file: %q, %v", data, err)
		}
		if after, err := w.assets.Revision(ctx); err != nil || after <= before {
			t.Errorf("the revision did not move: %d, %d, %v", before, after, err)
		}
		entries, err := w.log.List(ctx, audit.Filter{Action: "dataset.publish"}, audit.Page{})
		if err != nil || len(entries) != 2 || entries[0].Actor != "system" || entries[0].Asset != w.uid {
			t.Errorf("record: %+v, %v", entries, err)
		}
		w.wantClean(t)
	})
}

func TestPublishingAgainstAnotherHeadIsRefused(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.publish(t, 0, "a")
		late := w.begin(t, "b")
		if _, err := late.Commit(system(t), w.publication(0)); fault.CodeOf(err) != "head_moved" {
			t.Errorf("got %v", err)
		}
		if v, err := late.Commit(system(t), w.publication(1)); err != nil || v.Number != 2 {
			t.Errorf("after comparing again: %v, %v", v.Number, err)
		}
		w.wantClean(t)
	})
}

func TestManyPublishersGetNumbersWithoutGaps(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				release, err := w.Lock(t.Context(), "ecoles")
				if err != nil {
					t.Error(err)
					return
				}
				defer release()
				head, err := headNumber(t.Context(), w.db, w.uid)
				if err != nil {
					t.Error(err)
				}
				w.publish(t, head, "x")
			})
		}
		group.Wait()
		versions, err := w.List(t.Context(), w.uid)
		if err != nil || len(versions) != 8 {
			t.Fatalf("%d versions, %v", len(versions), err)
		}
		for i, v := range versions {
			if v.Number != 8-i {
				t.Errorf("version %d in place of %d", v.Number, 8-i)
			}
		}
		w.wantClean(t)
	})
}

func TestAWriteGivenUpLeavesNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		write := w.begin(t, "a")
		write.Abort()
		write.Abort()
		w.wantClean(t)
		for blob, err := range w.blobs.List(t.Context(), "") {
			t.Errorf("left %v, %v", blob, err)
		}
		if _, err := os.Stat(write.Dir); !errors.Is(err, os.ErrNotExist) {
			t.Error("the scratch folder is still there")
		}
	})
}

func TestAKeptWriteIsTakenUpOnceAndPublished(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := system(t)
		write := w.begin(t, "a")
		kept, err := write.Keep(ctx, time.Now().Add(time.Hour), RoleOriginal)
		if err != nil || len(kept) != 1 {
			t.Fatal(kept, err)
		}
		w.wantClean(t)
		again, err := w.Resume(ctx, write.ID, kept)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Resume(ctx, write.ID, kept); fault.CodeOf(err) != "write_busy" {
			t.Errorf("taken up twice: %v", err)
		}
		w.wantClean(t)
		original, _ := again.File(RoleOriginal)
		path, release, err := again.Local(ctx, original)
		if err != nil {
			t.Fatal(err)
		}
		release()
		if data, err := os.ReadFile(path); err != nil || string(data) != "originala" {
			t.Errorf("kept file: %q, %v", data, err)
		}
		v, err := again.Commit(ctx, w.publication(0))
		if err != nil || v.Original.SHA256 != kept[0].SHA256 {
			t.Errorf("%+v, %v", v, err)
		}
		if _, err := w.Resume(ctx, write.ID, kept); !fault.Is(err, fault.NotFound) {
			t.Errorf("a published write was taken up: %v", err)
		}
		w.wantClean(t)
	})
}

func TestAKeptWriteWhosePublicationFailsIsKeptStill(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := system(t)
		write := w.begin(t, "a")
		kept, err := write.Keep(ctx, time.Now().Add(time.Hour), RoleOriginal)
		if err != nil {
			t.Fatal(err)
		}
		again, err := w.Resume(ctx, write.ID, kept)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(again.Dir, "x.parquet")
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := again.Add(ctx, RoleData, "x.parquet", path, 1, ""); err != nil {
			t.Fatal(err)
		}
		again.Abort()
		var keys []string
		for blob, err := range w.blobs.List(ctx, "") {
			if err != nil {
				t.Fatal(err)
			}
			keys = append(keys, blob.Key)
		}
		if len(keys) != 1 || keys[0] != kept[0].Key {
			t.Errorf("blobs after giving up: %v", keys)
		}
		if err := w.Discard(ctx, write.ID); err != nil {
			t.Fatal(err)
		}
		if err := w.Discard(ctx, write.ID); err != nil {
			t.Errorf("discarding twice: %v", err)
		}
		for blob := range w.blobs.List(ctx, "") {
			t.Errorf("left after discarding: %v", blob)
		}
		w.wantClean(t)
	})
}

func TestAKeptWriteExpires(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		write := w.begin(t, "a")
		if _, err := write.Keep(system(t), time.Now().Add(-time.Second), RoleOriginal); err != nil {
			t.Fatal(err)
		}
		cleaned, err := w.Clean(t.Context())
		if err != nil || len(cleaned) != 1 || cleaned[0].Kind != LeftoverWrite {
			t.Errorf("cleaned %+v, %v", cleaned, err)
		}
		w.wantClean(t)
	})
}

func TestCleaningNeverTouchesALivingWriter(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := system(t)
		write := w.begin(t, "a")
		// Another program on the same folder, as doctor is.
		doctor, err := Open(ctx, w.db, w.assets, w.log, Options{Dir: w.options.Dir, Blobs: w.blobs})
		if err != nil {
			t.Fatal(err)
		}
		// Another machine on the same store and the same blobs: it sees the lease only.
		away, err := Open(ctx, w.db, w.assets, w.log, Options{Dir: t.TempDir(), Blobs: w.blobs})
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range []*Lake{doctor, away} {
			if cleaned, err := l.Clean(ctx); err != nil || len(cleaned) > 0 {
				t.Errorf("cleaned %+v, %v", cleaned, err)
			}
		}
		if _, err := write.Commit(ctx, w.publication(0)); err != nil {
			t.Error(err)
		}
		w.wantClean(t)
	})
}

func TestAWriteCleanedAwayCanNoLongerBeCommitted(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := system(t)
		write := w.begin(t, "a")
		if _, err := w.db.ExecContext(ctx, `UPDATE lake_writes SET node = 'elsewhere', lease_until = $1`, store.At(time.Now().Add(-time.Hour))); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Clean(ctx); err != nil {
			t.Fatal(err)
		}
		if _, err := write.Commit(ctx, w.publication(0)); fault.CodeOf(err) != "write_gone" {
			t.Errorf("got %v", err)
		}
		write.Abort()
		if _, err := w.Head(ctx, w.uid); !fault.Is(err, fault.NotFound) {
			t.Errorf("it was published: %v", err)
		}
		w.wantClean(t)
	})
}

func TestErasingRemovesTheDataAndKeepsTheRecord(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := system(t)
		first := w.publish(t, 0, "a")
		if err := w.Erase(ctx, w.uid, 1, "demande"); fault.CodeOf(err) != "version_is_head" {
			t.Errorf("the head was erased: %v", err)
		}
		w.publish(t, 1, "b")
		if err := w.Erase(ctx, w.uid, 1, " "); !fault.Is(err, fault.Invalid) {
			t.Errorf("erased without reason: %v", err)
		}
		for range 2 {
			if err := w.Erase(ctx, w.uid, 1, "durée de conservation"); err != nil {
				t.Fatal(err)
			}
		}
		v, err := w.Get(ctx, w.uid, 1)
		if err != nil || v.Erased == nil || v.Erased.Reason != "durée de conservation" || v.Rows != 3 {
			t.Errorf("record: %+v, %v", v, err)
		}
		if _, err := w.Open(ctx, v, v.Original); !errors.Is(err, ErrErased) {
			t.Errorf("open: %v", err)
		}
		if _, _, _, err := w.Local(ctx, w.uid, 1); !errors.Is(err, ErrErased) {
			t.Errorf("local: %v", err)
		}
		if _, err := w.blobs.Size(ctx, first.Files[0].Key); !errors.Is(err, ErrNoBlob) {
			t.Errorf("the file is still there: %v", err)
		}
		entries, err := w.log.List(ctx, audit.Filter{Action: "version.erase"}, audit.Page{})
		if err != nil || len(entries) != 1 {
			t.Errorf("record: %+v, %v", entries, err)
		}
		w.wantClean(t)
	})
}

func TestDamageIsFound(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		v := w.publish(t, 0, "abcd")
		key := v.Files[0].Key
		put := func(content string) error {
			path := filepath.Join(t.TempDir(), "content")
			return errors.Join(os.WriteFile(path, []byte(content), 0o600), w.blobs.Put(ctx, key, path))
		}
		for name, harm := range map[string]func() error{
			"changed": func() error { return put("dataabcX") },
			"cut":     func() error { return put("da") },
			"missing": func() error { return w.blobs.Delete(ctx, key) },
		} {
			if err := errors.Join(put("dataabcd"), harm()); err != nil {
				t.Fatal(err)
			}
			damage, err := w.Check(ctx, true)
			if err != nil || len(damage) != 1 || damage[0].Key != key || damage[0].Problem.FR == "" {
				t.Errorf("%s: %+v, %v", name, damage, err)
			}
			quick, err := w.Check(ctx, false)
			if err != nil || (len(quick) == 1) == (name == "changed") {
				t.Errorf("%s, without reading: %+v, %v", name, quick, err)
			}
		}
	})
}

func TestAnOrphanIsFoundAndCleared(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		v := w.publish(t, 0, "a")
		path := filepath.Join(t.TempDir(), "orphan")
		if err := errors.Join(os.WriteFile(path, []byte("left by a writer long dead"), 0o600), w.blobs.Put(ctx, "gone/data-1.parquet", path)); err != nil {
			t.Fatal(err)
		}
		cleaned, err := w.Clean(ctx)
		if err != nil || len(cleaned) != 1 || cleaned[0].Kind != LeftoverBlob || cleaned[0].Name != "gone/data-1.parquet" || cleaned[0].Bytes != 26 {
			t.Errorf("cleaned %+v, %v", cleaned, err)
		}
		if got := readAll(t, w.Lake, v, v.Original); got != "originala" {
			t.Errorf("the original reads %q", got)
		}
		w.wantClean(t)
	})
}

func TestAnotherNodeReadsWhatThisOnePublishesAndKeepsABoundedCopy(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		blobs := bucket(t)
		w := newWorld(t, db, Options{Blobs: blobs})
		ctx := t.Context()
		away, err := Open(ctx, db, w.assets, w.log, Options{Dir: t.TempDir(), Blobs: blobs, Cache: 10})
		if err != nil {
			t.Fatal(err)
		}
		for number, content := range []string{"a", "b", "c"} {
			w.publish(t, number, content)
			_, paths, release, err := away.Local(ctx, w.uid, number+1)
			if err != nil {
				t.Fatal(err)
			}
			if data, err := os.ReadFile(paths[0]); err != nil || string(data) != "data"+content {
				t.Errorf("version %d: %q, %v", number+1, data, err)
			}
			release()
		}
		copies, err := os.ReadDir(away.cache.dir)
		if err != nil || len(copies) != 2 { // of five bytes each
			t.Errorf("copies %v, %v", copies, err)
		}
		// The copy of the first version made room for the others: it is fetched again, and no longer what it was.
		first, err := w.Get(ctx, w.uid, 1)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "altered")
		if err := errors.Join(os.WriteFile(path, []byte("dataX"), 0o600), blobs.Put(ctx, first.Files[0].Key, path)); err != nil {
			t.Fatal(err)
		}
		if _, _, _, err := away.Local(ctx, w.uid, 1); err == nil || !strings.Contains(err.Error(), "damaged") {
			t.Errorf("an altered file is served: %v", err)
		}
	})
}

func TestAKeyTellsTheKindOfFileAndNothingElse(t *testing.T) {
	w := &Write{ID: "w"}
	for name, want := range map[string]string{"écoles.CSV": "w/original-1.csv", "sans": "w/original-1", "a.b/../c": "w/original-1",
		"x.tar.gz": "w/original-1.gz", "x.trop-long": "w/original-1", "x.": "w/original-1."} {
		if got := w.key(RoleOriginal, 1, name); strings.TrimSuffix(got, ".") != strings.TrimSuffix(want, ".") {
			t.Errorf("%q: %q", name, got)
		}
	}
}
