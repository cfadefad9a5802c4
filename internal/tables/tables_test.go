package tables

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"socle/internal/asset"
	"socle/internal/audit"
	"socle/internal/engine"
	"socle/internal/identity"
	"socle/internal/lake"
	"socle/internal/lake/laketest"
	"socle/internal/schema"
	"socle/internal/store"
	"socle/internal/store/storetest"
)

// world is a lake with its tables and one dataset.
type world struct {
	*Service
	lake   *lake.Lake
	assets *asset.Service
	writer *engine.Writer
	uid    string
}

// each runs a test on both stores, with the blobs of the first in a folder and those of the second in S3.
func each(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	t.Run("SQLite and a folder", func(t *testing.T) { test(t, newWorld(t, storetest.SQLite(t), nil)) })
	t.Run("PostgreSQL and S3", func(t *testing.T) {
		bucket, err := lake.OpenBucket(t.Context(), laketest.Bucket(t)+"&prefix=socle/")
		if err != nil {
			t.Fatal(err)
		}
		test(t, newWorld(t, storetest.PostgreSQL(t), bucket))
	})
}

func system(t testing.TB) context.Context { return identity.With(t.Context(), identity.System()) }

func newWorld(t *testing.T, db *store.DB, blobs lake.Blobs) *world {
	t.Helper()
	ctx := system(t)
	check(t, db.Migrate(ctx, audit.Migrations, identity.Migrations, asset.Migrations, lake.Migrations, Migrations))
	log := audit.New(db)
	assets := asset.New(db, log)
	org, err := identity.New(db, log).Setup(ctx, "", "")
	check(t, err)
	dataset, err := assets.CreateDataset(ctx, asset.Dataset{Asset: asset.Asset{ID: "ecoles-1er-degre", OrgID: org.ID}, Title: "Écoles"})
	check(t, err)
	dir := t.TempDir()
	l, err := lake.Open(ctx, db, assets, log, lake.Options{Dir: dir, Blobs: blobs})
	check(t, err)
	t.Cleanup(func() { l.Close() })
	s, err := Open(ctx, Options{Store: db, Lake: l, Assets: assets})
	check(t, err)
	return &world{s, l, assets, engine.NewWriter(engine.Options{Scratch: filepath.Join(dir, "scratch"), Threads: 1, MemoryLimit: 500_000_000}), dataset.UID}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var wide = []schema.Field{{Name: "id", Label: "Identifiant", Type: schema.Integer}, {Name: "nom", Type: schema.Text}, {Name: "budget", Type: schema.Decimal, Scale: 2},
	{Name: "taux", Type: schema.Decimal}, {Name: "public", Type: schema.Boolean}, {Name: "ouverture", Type: schema.Date}, {Name: "maj", Type: schema.Datetime},
	{Name: "lieu", Type: schema.Point, Format: "lat,lon"}, {Name: "langues", Type: schema.JSON}}

// publish makes a version of some rows, in which column "id" counts from first.
func (w *world) publish(t *testing.T, fields []schema.Field, first, rows int) lake.Version {
	t.Helper()
	ctx := system(t)
	write, err := w.lake.Begin(ctx)
	check(t, err)
	defer write.Abort()
	var lines string
	for i := first; i < first+rows; i++ {
		lines += fmt.Sprintf("%d;École %d;%d.25;0.5;true;2026-09-01;2026-09-01T08:00:00Z;48.1, -1.6;\"[\"\"anglais\"\"]\"\n", i, i, i)
	}
	source := filepath.Join(write.Dir, "source.csv")
	check(t, os.WriteFile(source, []byte(lines), 0o600))
	columns := make([]engine.Conversion, len(wide))
	for i := range wide {
		columns[i] = engine.Conversion{Field: wide[i], Misfits: true, Skip: true}
		if j := slices.IndexFunc(fields, func(f schema.Field) bool { return f.Name == wide[i].Name }); j >= 0 {
			columns[i].Field, columns[i].Skip = fields[j], false
		}
		if columns[i].Field.Type == schema.Boolean {
			columns[i].Field.Format = "true/false"
		}
	}
	target := filepath.Join(write.Dir, "part.parquet")
	result, err := w.writer.WriteCSV(ctx, engine.WriteRequest{Path: source, Delimiter: ';', Quote: '"', Columns: columns, Target: target})
	check(t, err)
	_, err = write.Add(ctx, lake.RoleOriginal, "ecoles.csv", source, 0, "")
	check(t, err)
	_, err = write.Add(ctx, lake.RoleData, "part.parquet", target, result.Rows, "")
	check(t, err)
	base := 0
	if head, err := w.lake.Head(ctx, w.uid); err == nil {
		base = head.Number
	}
	v, err := write.Commit(ctx, lake.Publication{Base: base, Version: lake.Version{Rows: result.Rows, Schema: schema.Schema{Fields: fields}},
		Prepare: func(context.Context, *sql.Tx) (string, error) { return w.uid, nil }})
	check(t, err)
	return v
}

// shown checks that the tables show some versions, with the files of the lake and no other.
func (w *world) shown(t *testing.T, versions ...int) {
	t.Helper()
	ctx := system(t)
	late, err := w.Late(ctx)
	if err != nil || len(late) > 0 {
		t.Fatalf("late after the projection: %v, %v", late, err)
	}
	list, err := w.List(ctx)
	check(t, err)
	var numbers []int
	for _, one := range list {
		numbers = append(numbers, one.Version)
		if !one.Numbered {
			t.Errorf("version %d: the rows are said to have no number", one.Version)
		}
		v, err := w.lake.Get(ctx, w.uid, one.Version)
		check(t, err)
		shown, err := w.load(ctx, one.Table)
		check(t, err)
		data, err := files(ctx, shown, one.ID)
		check(t, err)
		var got, want []string
		for _, file := range data {
			got = append(got, fmt.Sprint(file.FilePath(), " ", file.Count(), " rows ", file.FileSizeBytes(), " bytes"))
		}
		for _, file := range v.Files {
			want = append(want, fmt.Sprint(w.lake.Location(file.Key), " ", file.Rows, " rows ", file.Bytes, " bytes"))
		}
		if !slices.Equal(got, want) {
			t.Errorf("version %d: the table has the files\n%q, the lake\n%q", one.Version, got, want)
		}
	}
	if !slices.Equal(numbers, versions) {
		t.Errorf("the tables show the versions %v, want %v", numbers, versions)
	}
}

func TestTheTableShowsEachVersionAsASnapshotOfTheFilesOfTheLake(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := system(t)
		w.publish(t, wide, 0, 300)
		if late, err := w.Late(ctx); err != nil || !slices.Equal(late, []string{w.uid}) {
			t.Fatalf("late before the projection: %v, %v", late, err)
		}
		check(t, w.Project(ctx, w.uid))
		w.shown(t, 1)
		w.publish(t, wide, 0, 200)
		w.publish(t, wide, 5, 100)
		check(t, w.Project(ctx, w.uid))
		w.shown(t, 1, 2, 3)
		before, err := w.List(ctx)
		check(t, err)
		check(t, w.Project(ctx, w.uid))
		if again, err := w.List(ctx); err != nil || !slices.Equal(before, again) {
			t.Errorf("the projection of what is projected changed %v to %v, %v", before, again, err)
		}
		if leftovers, err := w.lake.Leftovers(ctx); err != nil || len(leftovers) > 0 {
			t.Errorf("the metadata of the table is taken for leftovers: %v, %v", leftovers, err)
		}
	})
}

func TestAnErasedVersionLeavesTheTable(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := system(t)
		for range 3 {
			w.publish(t, wide, 0, 10)
		}
		check(t, w.Project(ctx, w.uid))
		check(t, w.lake.Erase(ctx, w.uid, 2, "durée de conservation"))
		if late, err := w.Late(ctx); err != nil || len(late) != 1 {
			t.Errorf("late after an erasure: %v, %v", late, err)
		}
		check(t, w.Project(ctx, w.uid))
		w.shown(t, 1, 3)
	})
}

func TestOtherColumnsMakeAnotherTable(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := system(t)
		w.publish(t, wide, 0, 10)
		check(t, w.Project(ctx, w.uid))
		narrow := []schema.Field{{Name: "id", Type: schema.Text}, wide[1]}
		w.publish(t, narrow, 0, 20)
		check(t, w.Project(ctx, w.uid))
		w.shown(t, 2)
		if _, there, err := w.Snapshot(ctx, w.uid, 1); there || err != nil {
			t.Errorf("the version of other columns is still shown: %v, %v", there, err)
		}
	})
}

func TestTheTableFollowsTheNameOfTheDataset(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := system(t)
		w.publish(t, wide, 0, 10)
		check(t, w.Project(ctx, w.uid))
		check(t, w.assets.Rename(ctx, w.uid, "ecoles"))
		if late, err := w.Late(ctx); err != nil || len(late) != 1 {
			t.Errorf("late after another name: %v, %v", late, err)
		}
		check(t, w.Project(ctx, w.uid))
		w.shown(t, 1)
		if old, err := w.load(ctx, "ecoles-1er-degre"); old != nil || err != nil {
			t.Errorf("the table of the old name is still there: %v, %v", old, err)
		}
	})
}

func TestTheTablesAreMadeAgainFromNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := system(t)
		w.publish(t, wide, 0, 10)
		w.publish(t, wide, 0, 20)
		check(t, w.Project(ctx, w.uid))
		// A crash between the table and what the store knows of it.
		check(t, w.remember(ctx, w.uid, nil))
		if late, err := w.Late(ctx); err != nil || len(late) != 1 {
			t.Errorf("late after a crash: %v, %v", late, err)
		}
		check(t, w.Project(ctx, w.uid))
		w.shown(t, 1, 2)
		// Somebody dropped the table.
		check(t, w.catalog.DropTable(ctx, identifier("ecoles-1er-degre")))
		check(t, w.Project(ctx, w.uid))
		w.shown(t, 1, 2)
		check(t, w.Rebuild(ctx, w.uid))
		w.shown(t, 1, 2)
	})
}
