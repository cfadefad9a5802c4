package jobs

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/store"
	"socle/internal/store/storetest"
)

// sum is the arguments of a job of the tests.
type sum struct {
	Numbers []int `json:"numbers"`
}

func (sum) Kind() string { return "test_sum" }

// other is another kind.
type other struct{}

func (other) Kind() string { return "test_other" }

var quick = Options{Poll: 20 * time.Millisecond, beat: 100 * time.Millisecond, grace: 100 * time.Millisecond, backoff: func(int) time.Duration { return time.Millisecond }}

func migrate(t testing.TB, db *store.DB) {
	t.Helper()
	if err := db.Migrate(t.Context(), Migrations); err != nil {
		t.Fatal(err)
	}
	if err := Migrate(t.Context(), db); err != nil {
		t.Fatal(err)
	}
}

// run starts a runner that stops with the test.
func run(t testing.TB, db *store.DB, kinds ...Kind) *Runner {
	t.Helper()
	r, err := New(db, quick, kinds...)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stopRunner(t, r) })
	return r
}

func stopRunner(t testing.TB, r *Runner) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := r.Close(ctx); err != nil {
		t.Error(err)
	}
}

func insert(t testing.TB, r *Runner, args Args, o Insert) int64 {
	t.Helper()
	id, fresh, err := r.Insert(t.Context(), nil, args, o)
	if err != nil || !fresh {
		t.Fatalf("inserted %d, fresh %t, %v", id, fresh, err)
	}
	return id
}

// wait returns the status of a job when it is in one of the states.
func wait(t testing.TB, r *Runner, id int64, states ...State) Status {
	t.Helper()
	var last Status
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		var err error
		if last, err = r.Status(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		for _, state := range states {
			if last.State == state {
				return last
			}
		}
	}
	t.Fatalf("job %d is still %+v, want %v", id, last, states)
	return last
}

func TestAJobRunsOnceAndShowsItsProgress(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		migrate(t, db)
		total, gate := make(chan int, 1), make(chan bool)
		r := run(t, db, Handle(KindOptions{Title: i18n.T("Somme", "Sum")}, func(ctx context.Context, job *Job, args sum) error {
			job.Progress(ctx, 0.5, i18n.T("À moitié", "Half-way"))
			<-gate
			n := 0
			for _, number := range args.Numbers {
				n += number
			}
			total <- n
			return nil
		}))
		id := insert(t, r, sum{[]int{1, 2, 3}}, Insert{Asset: "a1", Owner: "u1"})
		for s := wait(t, r, id, Running); s.Ratio != 0.5; s = wait(t, r, id, Running) {
			time.Sleep(10 * time.Millisecond)
		}
		half := wait(t, r, id, Running)
		if half.Doing.EN != "Half-way" || half.Title.FR != "Somme" || half.Asset != "a1" || half.Owner != "u1" || half.StartedAt.IsZero() || half.State.Over() {
			t.Errorf("half-way: %+v", half)
		}
		close(gate)
		done := wait(t, r, id, Done)
		if <-total != 6 || done.Ratio != 1 || done.Attempt != 1 || done.EndedAt.IsZero() || !done.State.Over() {
			t.Errorf("done: %+v", done)
		}
	})
}

func TestAJobGoesWithTheTransactionThatInsertsIt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		migrate(t, db)
		r := run(t, db, Handle(KindOptions{}, func(context.Context, *Job, sum) error { return nil }))
		undo := errors.New("undo")
		var lost, kept int64
		err := db.Tx(t.Context(), func(ctx context.Context, tx *sql.Tx) (err error) {
			if lost, _, err = r.Insert(ctx, tx, sum{}, Insert{}); err != nil {
				return err
			}
			return undo
		})
		if !errors.Is(err, undo) {
			t.Fatal(err)
		}
		if list, err := r.List(t.Context(), Filter{}); err != nil || len(list) != 0 {
			t.Errorf("the job %d of a transaction undone is there: %+v (%v)", lost, list, err)
		}
		err = db.Tx(t.Context(), func(ctx context.Context, tx *sql.Tx) (err error) {
			kept, _, err = r.Insert(ctx, tx, sum{}, Insert{})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		wait(t, r, kept, Done)
	})
}

func TestAFailureIsRetriedThenGivenUp(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		migrate(t, db)
		var attempts atomic.Int64
		refusal := fault.New(fault.Unavailable, "away", i18n.T("Le serveur est absent.", "The server is away."))
		r := run(t, db,
			Handle(KindOptions{MaxAttempts: 3}, func(_ context.Context, job *Job, args sum) error {
				attempts.Add(1)
				if len(args.Numbers) > 0 && job.Attempt == 2 {
					return nil
				}
				return refusal
			}),
			Handle(KindOptions{MaxAttempts: 2}, func(context.Context, *Job, other) error { panic("defect") }))
		healed := wait(t, r, insert(t, r, sum{[]int{1}}, Insert{}), Done, Failed)
		if healed.State != Done || healed.Attempt != 2 || attempts.Swap(0) != 2 || !healed.Message.IsZero() {
			t.Errorf("healed at the second attempt: %+v", healed)
		}
		failed := wait(t, r, insert(t, r, sum{}, Insert{}), Done, Failed)
		if failed.State != Failed || failed.Attempt != 3 || attempts.Load() != 3 || failed.Message.FR != "Le serveur est absent." || failed.Error == "" {
			t.Errorf("given up at the third: %+v", failed)
		}
		panicked := wait(t, r, insert(t, r, other{}, Insert{}), Done, Failed)
		if panicked.State != Failed || panicked.Attempt != 2 || !strings.Contains(panicked.Error, "defect") || strings.Contains(panicked.Message.EN, "defect") {
			t.Errorf("a defect is for the operator only: %+v", panicked)
		}
	})
}

func TestAnErrorThatWouldRepeatStopsAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		migrate(t, db)
		var attempts atomic.Int64
		r := run(t, db, Handle(KindOptions{}, func(context.Context, *Job, sum) error {
			attempts.Add(1)
			return Stop(fault.New(fault.Invalid, "wrong", i18n.T("Faux.", "Wrong.")))
		}))
		id := insert(t, r, sum{}, Insert{})
		s := wait(t, r, id, Failed, Cancelled, Retrying)
		if s.State != Failed || attempts.Load() != 1 || s.Message.EN != "Wrong." {
			t.Errorf("%+v after %d attempts", s, attempts.Load())
		}
		for state, want := range map[State]int{Failed: 1, Cancelled: 0} {
			if list, err := r.List(t.Context(), Filter{States: []State{state}}); err != nil || len(list) != want {
				t.Errorf("%d jobs listed as %s (%v)", len(list), state, err)
			}
		}
		if err := r.Retry(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(20 * time.Second); attempts.Load() < 2 && time.Now().Before(deadline); {
			time.Sleep(20 * time.Millisecond)
		}
		if attempts.Load() != 2 {
			t.Error("a person may ask for another attempt")
		}
	})
}

func TestAJobIsUniqueByKeyUntilItIsOver(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		migrate(t, db)
		gate := make(chan bool)
		r := run(t, db, Handle(KindOptions{}, func(context.Context, *Job, sum) error { <-gate; return nil }),
			Handle(KindOptions{}, func(context.Context, *Job, other) error { return nil }))
		first := insert(t, r, sum{[]int{1}}, Insert{Key: "k"})
		again, fresh, err := r.Insert(t.Context(), nil, sum{[]int{2}}, Insert{Key: "k"})
		if err != nil || fresh || again != first {
			t.Errorf("while it waits: %d, fresh %t, %v; want %d", again, fresh, err, first)
		}
		wait(t, r, first, Running)
		if again, fresh, err = r.Insert(t.Context(), nil, sum{}, Insert{Key: "k"}); err != nil || fresh || again != first {
			t.Errorf("while it runs: %d, fresh %t, %v; want %d", again, fresh, err, first)
		}
		insert(t, r, other{}, Insert{Key: "k"}) // another kind
		second := insert(t, r, sum{}, Insert{Key: "k2"})
		third := insert(t, r, sum{}, Insert{}) // no key: never the same
		fourth := insert(t, r, sum{}, Insert{})
		close(gate)
		for _, id := range []int64{first, second, third, fourth} {
			wait(t, r, id, Done)
		}
		wait(t, r, insert(t, r, sum{}, Insert{Key: "k"}), Done) // over: the key is free
	})
}

func TestAJobIsCancelledWaitingOrRunning(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		migrate(t, db)
		r := run(t, db, Handle(KindOptions{}, func(ctx context.Context, _ *Job, _ sum) error { <-ctx.Done(); return ctx.Err() }))
		later := insert(t, r, sum{}, Insert{At: time.Now().Add(time.Hour)})
		now := insert(t, r, sum{}, Insert{})
		wait(t, r, now, Running)
		elsewhere, err := New(db, quick, Handle(KindOptions{}, func(context.Context, *Job, sum) error { return nil }))
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range []int64{later, now} { // asked of another process
			if err := elsewhere.Cancel(t.Context(), id); err != nil {
				t.Fatal(err)
			}
			if s := wait(t, r, id, Cancelled, Failed, Done); s.State != Cancelled || !s.Message.IsZero() {
				t.Errorf("%+v", s)
			}
		}
		if err := r.Cancel(t.Context(), now); err != nil {
			t.Errorf("cancelling twice: %v", err)
		}
		for _, act := range []func(context.Context, int64) error{r.Cancel, r.Retry} {
			if err := act(t.Context(), 999); !fault.Is(err, fault.NotFound) {
				t.Errorf("a job that does not exist: %v", err)
			}
		}
		if _, err := r.Status(t.Context(), 999); !fault.Is(err, fault.NotFound) {
			t.Errorf("a job that does not exist: %v", err)
		}
	})
}

func TestAPeriodicJobRunsAgainAndNeverTwiceAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		migrate(t, db)
		var runs, at, most atomic.Int64
		r := run(t, db, Handle(KindOptions{Every: 300 * time.Millisecond, AtStart: true}, func(context.Context, *Job, other) error {
			most.Store(max(most.Load(), at.Add(1)))
			defer at.Add(-1)
			runs.Add(1)
			time.Sleep(50 * time.Millisecond)
			return nil
		}))
		for deadline := time.Now().Add(30 * time.Second); runs.Load() < 3 && time.Now().Before(deadline); {
			time.Sleep(20 * time.Millisecond)
		}
		if runs.Load() < 3 || most.Load() != 1 {
			t.Errorf("%d runs, %d at once", runs.Load(), most.Load())
		}
		if list, err := r.List(t.Context(), Filter{Kind: "test_other"}); err != nil || len(list) < 3 {
			t.Errorf("%d listed (%v)", len(list), err)
		}
	})
}

func TestAClosedRunnerLeavesItsJobToTheNext(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		migrate(t, db)
		first := run(t, db, Handle(KindOptions{}, func(ctx context.Context, _ *Job, _ sum) error { <-ctx.Done(); return ctx.Err() }))
		id := insert(t, first, sum{}, Insert{})
		wait(t, first, id, Running)
		stopRunner(t, first)
		second := run(t, db, Handle(KindOptions{}, func(context.Context, *Job, sum) error { return nil }))
		if s := wait(t, second, id, Done); s.Attempt != 1 || s.Error != "" {
			t.Errorf("a stop is not the job's fault: %+v", s)
		}
	})
}

// locked keeps a table of a PostgreSQL from everybody else until the test is over: a database that does not answer.
func locked(t *testing.T, db *store.DB, table string) {
	t.Helper()
	tx, err := db.Writer().BeginTx(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tx.Rollback() }) // or the database goes first
	if _, err := tx.ExecContext(t.Context(), "LOCK TABLE "+table+" IN ACCESS EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
}

func TestARunnerClosesOnADatabaseThatDoesNotAnswer(t *testing.T) {
	for _, table := range []string{"river_leader", "river_job", "job_details", "job_runners"} {
		t.Run(table, func(t *testing.T) {
			db := storetest.PostgreSQL(t)
			migrate(t, db)
			begun := make(chan bool)
			r, err := New(db, quick, Handle(KindOptions{}, func(ctx context.Context, _ *Job, _ sum) error { close(begun); <-ctx.Done(); return nil }))
			if err != nil {
				t.Fatal(err)
			}
			if err := r.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			insert(t, r, sum{}, Insert{})
			<-begun
			for leaders := 0; leaders == 0; time.Sleep(20 * time.Millisecond) {
				if err := db.QueryRowContext(t.Context(), `SELECT count(*) FROM river_leader`).Scan(&leaders); err != nil {
					t.Fatal(err)
				}
			}
			locked(t, db, table)
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
			defer cancel()
			if err := r.Close(ctx); err != nil {
				t.Errorf("the only job is over, and yet: %v", err)
			}
		})
	}
}

func TestARunnerThatClosesNamesTheJobsThatDoNotEnd(t *testing.T) {
	db := storetest.SQLite(t)
	migrate(t, db)
	begun, gate := make(chan bool), make(chan bool)
	r, err := New(db, quick, Handle(KindOptions{}, func(context.Context, *Job, sum) error { close(begun); <-gate; return nil }))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	id := insert(t, r, sum{}, Insert{})
	<-begun
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	if err := r.Close(ctx); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("test_sum %d", id)) {
		t.Errorf("%v", err)
	}
	close(gate)
	<-r.client.Stopped()
}

// TestMain lets the tests start this program again as a process that they kill.
func TestMain(m *testing.M) {
	if dsn := os.Getenv("SOCLE_TEST_VICTIM"); dsn != "" {
		if err := victim(dsn); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// victim runs jobs that never end, and says so when one has begun.
func victim(dsn string) error {
	ctx := context.Background()
	db, err := store.Open(ctx, dsn)
	if err != nil {
		return err
	}
	r, err := New(db, quick, Handle(KindOptions{MaxAttempts: 2}, func(ctx context.Context, job *Job, _ sum) error {
		job.Progress(ctx, 0.4, i18n.T("En cours", "Under way"))
		fmt.Println("begun")
		select {}
	}))
	if err != nil {
		return err
	}
	if err := r.Start(ctx); err != nil {
		return err
	}
	select {}
}

func TestAJobWhoseProcessWasKilledIsTakenUpAgain(t *testing.T) {
	for name, dsn := range map[string]func() string{
		"SQLite":     func() string { return "sqlite:" + filepath.Join(t.TempDir(), "socle.db") },
		"PostgreSQL": func() string { return storetest.DSN(t) },
	} {
		t.Run(name, func(t *testing.T) {
			dsn := dsn()
			db := storetest.Open(t, dsn)
			migrate(t, db)
			done := Handle(KindOptions{MaxAttempts: 2}, func(context.Context, *Job, sum) error { return nil })
			outside, err := New(db, quick, done)
			if err != nil {
				t.Fatal(err)
			}
			saved, lost := insert(t, outside, sum{[]int{1}}, Insert{}), int64(0)
			killOne := func() {
				process := exec.Command(os.Args[0], "-test.run=^$")
				process.Env, process.Stderr = append(os.Environ(), "SOCLE_TEST_VICTIM="+dsn), os.Stderr
				output, err := process.StdoutPipe()
				if err != nil {
					t.Fatal(err)
				}
				if err := process.Start(); err != nil {
					t.Fatal(err)
				}
				if line, err := bufio.NewReader(output).ReadString('\n'); err != nil || line != "begun\n" {
					t.Fatalf("the process said %q (%v)", line, err)
				}
				if err := process.Process.Kill(); err != nil {
					t.Fatal(err)
				}
				_ = process.Wait() // it was killed
			}
			killOne()
			if s := wait(t, outside, saved, Running); s.Ratio != 0.4 {
				t.Errorf("what the dead process left: %+v", s)
			}
			r := run(t, db, done)
			if s := wait(t, r, saved, Done, Failed); s.State != Done || s.Attempt != 2 {
				t.Errorf("taken up again: %+v", s)
			}
			stopRunner(t, r)

			lost = insert(t, outside, sum{[]int{2}}, Insert{})
			killOne()
			killOne()
			if s := wait(t, run(t, db, done), lost, Failed, Done); s.State != Failed || s.Attempt != 2 {
				t.Errorf("a job that killed two processes is given up: %+v", s)
			}
		})
	}
}

func TestTheListIsFilteredAndPaged(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		migrate(t, db)
		r, err := New(db, quick, Handle(KindOptions{}, func(context.Context, *Job, sum) error { return nil }),
			Handle(KindOptions{}, func(context.Context, *Job, other) error { return nil }))
		if err != nil {
			t.Fatal(err)
		}
		a := insert(t, r, sum{}, Insert{Asset: "a1", Owner: "u1"})
		b := insert(t, r, sum{}, Insert{Asset: "a2", Owner: "u1"})
		c := insert(t, r, other{}, Insert{Asset: "a1", Owner: "u2", At: time.Now().Add(time.Hour)})
		if err := r.Cancel(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		for name, test := range map[string]struct {
			filter Filter
			want   []int64
		}{
			"everything, the newest first": {Filter{}, []int64{c, b, a}},
			"a page":                       {Filter{Limit: 1, Before: c}, []int64{b}},
			"by kind":                      {Filter{Kind: "test_sum"}, []int64{b, a}},
			"by asset":                     {Filter{Asset: "a1"}, []int64{c, a}},
			"by owner and asset":           {Filter{Owner: "u1", Asset: "a1"}, []int64{a}},
			"by state":                     {Filter{States: []State{Waiting}}, []int64{c, a}},
			"by two states":                {Filter{States: []State{Cancelled, Running, Failed}}, []int64{b}},
			"none":                         {Filter{States: []State{Done}}, nil},
		} {
			list, err := r.List(t.Context(), test.filter)
			if err != nil || len(list) != len(test.want) {
				t.Errorf("%s: %d jobs (%v), want %d", name, len(list), err, len(test.want))
				continue
			}
			for i, s := range list {
				if s.ID != test.want[i] {
					t.Errorf("%s: job %d is %d, want %d", name, i, s.ID, test.want[i])
				}
			}
		}
		if _, err := r.List(t.Context(), Filter{States: []State{"sleeping"}}); err == nil {
			t.Error("a state that does not exist lists nothing in silence")
		}
	})
}

func TestARunnerKnowsItsKinds(t *testing.T) {
	db := storetest.SQLite(t)
	migrate(t, db)
	kind := Handle(KindOptions{}, func(context.Context, *Job, sum) error { return nil })
	if _, err := New(db, quick, kind, kind); err == nil {
		t.Error("the second one would silently replace the first")
	}
	r, err := New(db, quick, kind)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.Insert(t.Context(), nil, other{}, Insert{}); err == nil {
		t.Error("a job that nobody does was inserted")
	}
	if err := r.Close(t.Context()); err != nil {
		t.Errorf("closing a runner that never started: %v", err)
	}
}

func TestForgottenJobsLeaveNoDetails(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		migrate(t, db)
		r, err := New(db, quick, Handle(KindOptions{}, func(context.Context, *Job, sum) error { return nil }))
		if err != nil {
			t.Fatal(err)
		}
		insert(t, r, sum{}, Insert{})
		gone := insert(t, r, sum{}, Insert{})
		if _, err := r.client.JobDelete(t.Context(), gone); err != nil {
			t.Fatal(err)
		}
		if err := r.sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		var left int
		if err := db.QueryRowContext(t.Context(), `SELECT count(*) FROM job_details`).Scan(&left); err != nil || left != 1 {
			t.Errorf("%d details left (%v)", left, err)
		}
	})
}
