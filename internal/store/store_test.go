package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"socle/internal/fault"
	"socle/internal/store"
	"socle/internal/store/storetest"
)

func migration(name, sql string) fstest.MapFS {
	return fstest.MapFS{"migrations/" + name: {Data: []byte("-- +goose Up\n" + sql)}}
}

var things = migration("20260101000000_things.sql",
	"CREATE TABLE things (id TEXT PRIMARY KEY, at TEXT, good INTEGER NOT NULL, list TEXT, n BIGINT NOT NULL);")

func ready(t *testing.T, db *store.DB) {
	t.Helper()
	if err := db.Migrate(t.Context(), things); err != nil {
		t.Fatal(err)
	}
}

func run(t *testing.T, q store.Queryer, query string, args ...any) {
	t.Helper()
	if _, err := q.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, q store.Queryer) int {
	t.Helper()
	var n int
	if err := q.QueryRowContext(t.Context(), "SELECT count(*) FROM things").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

const insert = "INSERT INTO things (id, at, good, list, n) VALUES ($1, $2, $3, $4, $5)"

func TestValuesComeBackAsTheyWent(t *testing.T) {
	at := time.Date(2026, 11, 24, 8, 0, 0, 120_000_000, time.FixedZone("Paris", 3600))
	tests := []struct {
		name string
		at   time.Time
		good store.Bool
		list []string
	}{
		{"an instant in another zone, true, a list", at, true, []string{"é", "b"}},
		{"nothing", time.Time{}, false, nil},
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ready(t, db)
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				id := store.NewID()
				run(t, db, insert, id, store.At(test.at), test.good, store.AsJSON(test.list), 3)
				var when store.Time
				var good store.Bool
				var plain bool
				var list store.JSON[[]string]
				err := db.QueryRowContext(t.Context(), "SELECT at, good, good, list FROM things WHERE id = $1", id).
					Scan(&when, &good, &plain, &list)
				if err != nil {
					t.Fatal(err)
				}
				if !when.Equal(test.at) || good != test.good || plain != bool(test.good) || len(list.V) != len(test.list) {
					t.Errorf("came back as %v %v %v %v", when, good, plain, list.V)
				}
			})
		}
	})
}

func TestParametersMayBeUsedTwiceAndOutOfOrder(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ready(t, db)
		run(t, db, insert, "a", nil, store.Bool(true), nil, 1)
		run(t, db, insert, "b", nil, store.Bool(true), nil, 2)
		var id string
		err := db.QueryRowContext(t.Context(), "SELECT id FROM things WHERE n = $2 AND id <> $1 AND n = $2", "a", 2).Scan(&id)
		if err != nil || id != "b" {
			t.Errorf("got %q, %v", id, err)
		}
	})
}

func TestInstantsSortAsText(t *testing.T) {
	early := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, later := range []time.Duration{time.Microsecond, 500 * time.Millisecond, time.Second, 24 * time.Hour} {
		a, _ := store.At(early).Value()
		b, _ := store.At(early.Add(later)).Value()
		if a.(string) >= b.(string) || len(a.(string)) != len(b.(string)) {
			t.Errorf("%s should sort before %s", a, b)
		}
	}
}

func TestAFailedTransactionLeavesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ready(t, db)
		refusal := errors.New("refused")
		err := db.Tx(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
			run(t, tx, insert, "a", nil, store.Bool(true), nil, 1)
			return refusal
		})
		if !errors.Is(err, refusal) || count(t, db) != 0 {
			t.Errorf("got %v, and %d rows", err, count(t, db))
		}
	})
}

func TestATransactionUndoesAPanicAndFreesTheWriter(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ready(t, db)
		func() {
			defer func() { _ = recover() }()
			_ = db.Tx(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
				run(t, tx, insert, "a", nil, store.Bool(true), nil, 1)
				panic("defect")
			})
		}()
		run(t, db, insert, "b", nil, store.Bool(true), nil, 1)
		if n := count(t, db); n != 1 {
			t.Errorf("%d rows, want the second one only", n)
		}
	})
}

func TestQueriesWithTheContextOfATransactionRunInIt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ready(t, db)
		err := db.Tx(t.Context(), func(ctx context.Context, _ *sql.Tx) error {
			if _, err := db.ExecContext(ctx, insert, "a", nil, store.Bool(true), nil, 1); err != nil {
				return err
			}
			var n int
			if err := db.QueryRowContext(ctx, "SELECT count(*) FROM things").Scan(&n); err != nil || n != 1 {
				t.Errorf("inside: %d rows, %v", n, err)
			}
			if n := count(t, db); n != 0 {
				t.Errorf("outside: %d rows before the commit", n)
			}
			return db.Tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
				run(t, tx, insert, "b", nil, store.Bool(true), nil, 1)
				return nil
			})
		})
		if n := count(t, db); err != nil || n != 2 {
			t.Errorf("%d rows, %v", n, err)
		}
	})
}

func TestASnapshotSeesOneInstant(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ready(t, db)
		err := db.Snapshot(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
			before := count(t, tx)
			run(t, db, insert, "a", nil, store.Bool(true), nil, 1)
			if after := count(t, tx); before != 0 || after != 0 {
				t.Errorf("saw %d rows, then %d", before, after)
			}
			return nil
		})
		if n := count(t, db); err != nil || n != 1 {
			t.Errorf("%d rows afterwards, %v", n, err)
		}
	})
}

func TestConcurrentTransactionsLoseNoUpdate(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ready(t, db)
		run(t, db, insert, "a", nil, store.Bool(true), nil, 0)
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				for range 10 {
					err := db.Tx(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
						var n int
						if err := tx.QueryRowContext(ctx, "SELECT n FROM things WHERE id = 'a'").Scan(&n); err != nil {
							return err
						}
						_, err := tx.ExecContext(ctx, "UPDATE things SET n = $1 WHERE id = 'a'", n+1)
						return err
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		group.Wait()
		var n int
		if err := db.QueryRowContext(t.Context(), "SELECT n FROM things").Scan(&n); err != nil || n != 80 {
			t.Errorf("counted to %d, want 80 (%v)", n, err)
		}
	})
}

func TestADuplicateIsRecognised(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ready(t, db)
		run(t, db, insert, "a", nil, store.Bool(true), nil, 0)
		_, err := db.ExecContext(t.Context(), insert, "a", nil, store.Bool(true), nil, 0)
		if !store.IsDuplicate(err) {
			t.Errorf("%v is a duplicate", err)
		}
		_, err = db.ExecContext(t.Context(), insert, "b", nil, nil, nil, 0)
		if err == nil || store.IsDuplicate(err) {
			t.Errorf("%v is not a duplicate", err)
		}
	})
}

func TestTheMigrationsOfSeveralPackagesMakeOneSequence(t *testing.T) {
	later := migration("20260102000000_more.sql", "ALTER TABLE things ADD COLUMN more TEXT;")
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for range 2 { // the second time does nothing
			if err := db.Migrate(t.Context(), later, things); err != nil {
				t.Fatal(err)
			}
		}
		run(t, db, "INSERT INTO things (id, good, n, more) VALUES ('a', 1, 1, 'more')")
	})
}

func TestAFailedMigrationLeavesThePreviousTables(t *testing.T) {
	broken := migration("20260102000000_broken.sql", "CREATE TABLE half (id TEXT);\nCREATE TABLE things (id TEXT);")
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		if err := db.Migrate(t.Context(), things, broken); err == nil {
			t.Fatal("a migration that fails must say so")
		}
		if _, err := db.ExecContext(t.Context(), "INSERT INTO half (id) VALUES ('a')"); err == nil {
			t.Error("half of a migration stayed")
		}
		if n := count(t, db); n != 0 {
			t.Errorf("%d rows", n)
		}
	})
}

func TestALaterProgramsTablesAreRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		later := migration("20990101000000_later.sql", "CREATE TABLE later (id TEXT);")
		if err := db.Migrate(t.Context(), things, later); err != nil {
			t.Fatal(err)
		}
		if err := db.Migrate(t.Context(), things); fault.CodeOf(err) != "store_too_new" {
			t.Errorf("got %v", err)
		}
	})
}

func TestTwoMigrationsOfTheSameNameAreRefused(t *testing.T) {
	if err := storetest.SQLite(t).Migrate(t.Context(), things, things); err == nil {
		t.Error("the second one would silently replace the first")
	}
}

func TestProcessesThatStartTogetherMigrateOnce(t *testing.T) {
	for _, dsn := range []string{"sqlite:" + filepath.Join(t.TempDir(), "socle.db"), storetest.DSN(t)} {
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				if err := storetest.Open(t, dsn).Migrate(t.Context(), things); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
	}
}

func TestTwoProcessesShareAnSQLiteFile(t *testing.T) {
	dsn := "sqlite:" + filepath.Join(t.TempDir(), "a folder with spaces & 100% é?", "socle.db")
	stores := []*store.DB{storetest.Open(t, dsn), storetest.Open(t, dsn)}
	ready(t, stores[0])
	var group sync.WaitGroup
	for i, db := range stores {
		group.Go(func() {
			for n := range 50 {
				err := db.Tx(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
					_, err := tx.ExecContext(ctx, insert, fmt.Sprintf("%d-%d", i, n), nil, store.Bool(true), nil, n)
					return err
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if n := count(t, stores[0]); n != 100 {
		t.Errorf("%d rows, want 100", n)
	}
}

func TestSQLiteSyncsEveryCommitToDisk(t *testing.T) {
	db := storetest.SQLite(t)
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"} {
		for _, pool := range []*sql.DB{db.DB, db.Writer()} {
			var got string
			if err := pool.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
				t.Errorf("%s is %s, want %s (%v)", pragma, got, want, err)
			}
		}
	}
}

func TestAnUnusableAddressSaysWhatToDo(t *testing.T) {
	tests := []struct{ name, dsn, code string }{
		{"another database", "mysql://localhost/socle", "database_url"},
		{"nothing", "", "database_url"},
		{"a server that is not there", "postgres://nobody@127.0.0.1:1/none?connect_timeout=1", "database_unavailable"},
		{"a folder in place of the file", "sqlite:" + t.TempDir(), "database_file"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := store.Open(t.Context(), test.dsn)
			if fault.CodeOf(err) != test.code {
				t.Errorf("got %v, want %s", err, test.code)
			}
		})
	}
}

func TestIdentifiersSortByTime(t *testing.T) {
	last := ""
	for range 1000 {
		id := store.NewID()
		if strings.Compare(id, last) <= 0 {
			t.Fatalf("%s came after %s", id, last)
		}
		last = id
	}
}

func TestAStatementThatStaysPreparedReadsWhatIsThere(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		early := db.Statement("SELECT count(*) FROM things WHERE n = $1")
		var n int
		if err := early.QueryRowContext(t.Context(), 3).Scan(&n); err == nil {
			t.Error("there is no table, and nobody said so")
		}
		ready(t, db)
		for want := range 3 {
			if err := early.QueryRowContext(t.Context(), 3).Scan(&n); err != nil || n != want {
				t.Errorf("%d rows, want %d (%v)", n, want, err)
			}
			run(t, db, insert, store.NewID(), nil, store.Bool(true), nil, 3)
		}
		err := db.Tx(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
			run(t, tx, insert, store.NewID(), nil, store.Bool(true), nil, 3)
			return early.QueryRowContext(ctx, 3).Scan(&n)
		})
		if err != nil || n != 4 {
			t.Errorf("a transaction sees %d of its rows (%v)", n, err)
		}
	})
}
