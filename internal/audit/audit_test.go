package audit_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"socle/internal/audit"
	"socle/internal/store"
	"socle/internal/store/storetest"
)

func open(t *testing.T, db *store.DB) *audit.Log {
	t.Helper()
	if err := db.Migrate(t.Context(), audit.Migrations); err != nil {
		t.Fatal(err)
	}
	return audit.New(db)
}

func record(t *testing.T, log *audit.Log, q store.Queryer, action string) {
	t.Helper()
	err := log.Record(t.Context(), q, audit.Entry{Actor: "u1", ActorName: "Camille", Action: action, Asset: "a1",
		Detail: map[string]any{"rows": 12, "note": "<é> & \x00", "nested": map[string]any{"b": 1, "a": 2}}})
	if err != nil {
		t.Fatal(err)
	}
}

func verify(t *testing.T, log *audit.Log) audit.Report {
	t.Helper()
	report, err := log.Verify(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestTheRecordHoldsWhenNobodyTouchesIt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		log := open(t, db)
		if report := verify(t, log); !report.OK() || report.Entries != 0 {
			t.Errorf("an empty record: %+v", report)
		}
		for i := range 5 {
			record(t, log, db, fmt.Sprintf("dataset.act%d", i))
		}
		if report := verify(t, log); !report.OK() || report.Entries != 5 || len(report.Head) != 64 {
			t.Errorf("five entries: %+v", report)
		}
	})
}

func TestWhateverIsTamperedWithIsFoundAtItsPlace(t *testing.T) {
	tests := []struct {
		name   string
		tamper []string
		broken int64
		reason string
	}{
		{"an action is edited", []string{`UPDATE audit_entries SET action = 'x.y' WHERE seq = 3`}, 3, audit.ReasonChanged},
		{"an instant is edited", []string{`UPDATE audit_entries SET at = '2020-01-01T00:00:00.000000Z' WHERE seq = 2`}, 2, audit.ReasonChanged},
		{"a name is edited", []string{`UPDATE audit_entries SET actor_name = 'Dominique' WHERE seq = 1`}, 1, audit.ReasonChanged},
		{"a detail gets a space", []string{`UPDATE audit_entries SET detail = detail || ' ' WHERE seq = 4`}, 4, audit.ReasonChanged},
		{"a part moves from a field to the next", []string{`UPDATE audit_entries SET actor = 'u', actor_name = '1Camille' WHERE seq = 4`}, 4, audit.ReasonChanged},
		{"an entry is deleted", []string{`DELETE FROM audit_entries WHERE seq = 3`}, 3, audit.ReasonMissing},
		{"the first entry is deleted", []string{`DELETE FROM audit_entries WHERE seq = 1`}, 1, audit.ReasonMissing},
		{"an entry is deleted and the others move up", []string{`DELETE FROM audit_entries WHERE seq = 3`,
			`UPDATE audit_entries SET seq = 3 WHERE seq = 4`, `UPDATE audit_entries SET seq = 4 WHERE seq = 5`}, 3, audit.ReasonChanged},
		{"two entries change places", []string{`UPDATE audit_entries SET seq = 99 WHERE seq = 2`,
			`UPDATE audit_entries SET seq = 2 WHERE seq = 3`, `UPDATE audit_entries SET seq = 3 WHERE seq = 99`}, 2, audit.ReasonChanged},
		{"the tail is cut", []string{`DELETE FROM audit_entries WHERE seq > 3`}, 4, audit.ReasonMissing},
		{"everything is deleted", []string{`DELETE FROM audit_entries`}, 1, audit.ReasonMissing},
		{"the tail is cut and the head's number follows", []string{`DELETE FROM audit_entries WHERE seq > 3`,
			`UPDATE audit_head SET seq = 3`}, 3, audit.ReasonHead},
		{"the head goes back", []string{`UPDATE audit_head SET seq = 3`}, 4, audit.ReasonHead},
		{"the head is deleted", []string{`DELETE FROM audit_head`}, 1, audit.ReasonHead},
		{"an entry is added by hand", []string{`INSERT INTO audit_entries SELECT 6, at, actor, actor_name, action, asset, detail, hash, hash
			FROM audit_entries WHERE seq = 5`}, 6, audit.ReasonChanged},
		{"the link is edited with its hash left alone", []string{`UPDATE audit_entries SET previous = '' WHERE seq = 2`}, 2, audit.ReasonChanged},
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		log := open(t, db)
		for i := range 5 {
			record(t, log, db, fmt.Sprintf("dataset.act%d", i))
		}
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				undo := errors.New("undo")
				err := db.Tx(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
					for _, statement := range test.tamper {
						if _, err := tx.ExecContext(ctx, statement); err != nil {
							return err
						}
					}
					report, err := log.Verify(ctx)
					if err != nil || report.Broken != test.broken || report.Reason != test.reason {
						t.Errorf("found %+v, %v; want entry %d, %s", report, err, test.broken, test.reason)
					}
					return undo
				})
				if !errors.Is(err, undo) {
					t.Fatal(err)
				}
			})
		}
	})
}

func TestARewrittenHashIsFoundAtTheNextEntry(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		log := open(t, db)
		for range 3 {
			record(t, log, db, "dataset.publish")
		}
		// The second entry of another record of the same length: its own hash is right, its place is not.
		elsewhere := storetest.SQLite(t)
		other := open(t, elsewhere)
		for range 3 {
			if err := other.Record(t.Context(), elsewhere, audit.Entry{Actor: "u2", Action: "dataset.publish"}); err != nil {
				t.Fatal(err)
			}
		}
		list, err := other.List(t.Context(), audit.Filter{}, audit.Page{})
		if err != nil || len(list) != 3 {
			t.Fatalf("%d entries, %v", len(list), err)
		}
		e := list[1]
		_, err = db.ExecContext(t.Context(), `UPDATE audit_entries SET at = $1, actor = $2, actor_name = '', asset = '', detail = '{}',
			previous = $3, hash = $4 WHERE seq = 2`, store.At(e.At), e.Actor, e.Previous, e.Hash)
		if err != nil {
			t.Fatal(err)
		}
		if report := verify(t, log); report.Broken != 2 || report.Reason != audit.ReasonChain {
			t.Errorf("found %+v", report)
		}
	})
}

func TestAnEntryGoesWithTheActItTells(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		log := open(t, db)
		undo := errors.New("undo")
		err := db.Tx(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
			record(t, log, tx, "dataset.publish")
			return undo
		})
		if report := verify(t, log); !errors.Is(err, undo) || report.Entries != 0 || !report.OK() {
			t.Errorf("an act undone left %+v", report)
		}
	})
}

func TestWritersInSeveralProcessesMakeOneChain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		log := open(t, db)
		var group sync.WaitGroup
		for range 6 {
			group.Go(func() {
				for range 8 {
					if err := log.Record(t.Context(), db, audit.Entry{Actor: "u", Action: "a.b"}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		group.Wait()
		if report := verify(t, log); !report.OK() || report.Entries != 48 {
			t.Errorf("found %+v", report)
		}
	})
}

func TestAnEntryWithoutActorOrActionIsRefused(t *testing.T) {
	db := storetest.SQLite(t)
	log := open(t, db)
	for _, entry := range []audit.Entry{{Actor: "u"}, {Action: "a.b"}} {
		if err := log.Record(t.Context(), db, entry); err == nil {
			t.Errorf("%+v was recorded", entry)
		}
	}
}

func TestTheListIsFilteredAndPaged(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		log := open(t, db)
		start := store.Now()
		for i := range 6 {
			entry := audit.Entry{Actor: fmt.Sprintf("u%d", i%2), Action: "dataset.publish", Asset: fmt.Sprintf("a%d", i)}
			if i == 5 {
				entry.Action, entry.Detail = "user.create", map[string]any{"n": 1}
			}
			if err := log.Record(t.Context(), db, entry); err != nil {
				t.Fatal(err)
			}
		}
		tests := []struct {
			name   string
			filter audit.Filter
			page   audit.Page
			want   []int64
		}{
			{"everything, the newest first", audit.Filter{}, audit.Page{}, []int64{6, 5, 4, 3, 2, 1}},
			{"a page", audit.Filter{}, audit.Page{Limit: 2, Before: 5}, []int64{4, 3}},
			{"by actor", audit.Filter{Actor: "u0"}, audit.Page{}, []int64{5, 3, 1}},
			{"by asset", audit.Filter{Asset: "a2"}, audit.Page{}, []int64{3}},
			{"by action", audit.Filter{Action: "user.create"}, audit.Page{}, []int64{6}},
			{"by the thing acted on", audit.Filter{Action: "user."}, audit.Page{}, []int64{6}},
			{"by a prefix whose signs mean nothing", audit.Filter{Action: "user_%*"}, audit.Page{}, nil},
			{"before anything", audit.Filter{Until: start}, audit.Page{}, nil},
			{"since the start, by actor and thing", audit.Filter{From: start, Actor: "u1", Action: "dataset.*"}, audit.Page{Limit: 1}, []int64{4}},
			{"in the future", audit.Filter{From: start.Add(time.Hour)}, audit.Page{}, nil},
		}
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				list, err := log.List(t.Context(), test.filter, test.page)
				if err != nil || len(list) != len(test.want) {
					t.Fatalf("got %d entries, %v; want %v", len(list), err, test.want)
				}
				for i, e := range list {
					if e.Seq != test.want[i] {
						t.Errorf("entry %d is number %d, want %d", i, e.Seq, test.want[i])
					}
				}
			})
		}
	})
}
