package engine

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"socle/internal/fault"
	"socle/internal/nice"
	"socle/internal/query"
)

func TestALongQuestionLeavesItsPlaceToShortOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLanes(Options{Concurrency: 2, Timeout: time.Minute}, &nice.Waiters{})
		enter := func() (context.Context, func()) {
			ctx, leave, err := l.enter(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return ctx, leave
		}
		first, leaveFirst := enter()
		second, leaveSecond := enter()
		start := time.Now()
		third, leaveThird := enter() // waits until one of the first two is long
		if waited := time.Since(start); waited != l.moment {
			t.Errorf("a place was free after %v", waited)
		}
		fourth, leaveFourth := enter()
		time.Sleep(l.moment + time.Millisecond)
		for name, ctx := range map[string]context.Context{"first": first, "second": second} {
			if ctx.Err() != nil {
				t.Errorf("the %s was interrupted although there was room for it: %v", name, context.Cause(ctx))
			}
		}
		for name, ctx := range map[string]context.Context{"third": third, "fourth": fourth} {
			if !errors.Is(context.Cause(ctx), errCrowded) {
				t.Errorf("the %s is long too, and goes on: %v", name, context.Cause(ctx))
			}
		}
		leaveFirst()
		leaveThird()
		leaveFourth()
		fifth, leaveFifth := enter()
		time.Sleep(l.moment + time.Millisecond)
		if fifth.Err() != nil {
			t.Error("there was room for another long question")
		}
		leaveFifth()
		leaveSecond()
		leaveSecond() // harmless twice
		if len(l.short)+len(l.long) != 0 {
			t.Errorf("%d places are still taken", len(l.short)+len(l.long))
		}
	})
}

func TestReadingInTheBackgroundGivesWayToWhoAsks(t *testing.T) {
	b := open(t, Options{})
	for _, background := range []bool{false, true} {
		ctx := t.Context()
		if background {
			ctx = nice.InBackground(ctx)
		}
		rows, err := b.Query(ctx, bind(t, 1, query.Request{Limit: -1}))
		if err != nil {
			t.Fatal(err)
		}
		if gives := rows.source.(*stream).rest != nil; gives != background {
			t.Errorf("in the background: %v, gives way: %v", background, gives)
		}
		rows.Close()
	}
	synctest.Test(t, func(t *testing.T) {
		l := newLanes(Options{Concurrency: 2, Timeout: time.Minute}, &nice.Waiters{})
		for name, c := range map[string]struct {
			ctx   context.Context
			asked time.Duration // for so long
			pause bool
		}{
			"somebody":          {t.Context(), time.Minute, true},
			"somebody, over":    {t.Context(), 0, false},
			"in the background": {nice.InBackground(t.Context()), time.Minute, false},
		} {
			_, leave, err := l.enter(c.ctx)
			if err != nil {
				t.Fatal(err)
			}
			if c.asked == 0 {
				leave()
			}
			pace := nice.NewPace(l.waiters, 1)
			time.Sleep(time.Second)
			start := time.Now()
			if pace.Pause(t.Context()); time.Since(start) > 0 != c.pause {
				t.Errorf("%s: a pause of %v", name, time.Since(start))
			}
			leave()
		}
	})
}

func TestScansAreWaitedForByThemselvesAndWithAllOthers(t *testing.T) {
	b := open(t, Options{})
	waiting := func(w *nice.Waiters) (somebody bool) {
		synctest.Test(t, func(t *testing.T) {
			pace := nice.NewPace(w, 1)
			time.Sleep(time.Second)
			start := time.Now()
			pace.Pause(t.Context())
			somebody = time.Since(start) > 0
		})
		return somebody
	}
	large := Table{Paths: []string{"x"}, Rows: scannedRows}
	stored := large
	stored.wants = true
	for name, c := range map[string]struct {
		table Table
		where []string
		scans bool // who asks waits for a scan that a store of rows does not make needless
	}{"a page": {large, nil, false}, "a scan": {large, []string{"effectif = 12"}, true}, "a scan until rows are stored": {stored, []string{"effectif = 12"}, false}} {
		_, leave, err := b.admit(t.Context(), &c.table, bind(t, 1, query.Request{Where: c.where, Limit: 20}))
		if err != nil {
			t.Fatal(err)
		}
		if all, scans := waiting(b.lanes.waiters), waiting(b.scans.waiters); !all || scans != c.scans {
			t.Errorf("%s: somebody waits: %v, for a scan: %v", name, all, scans)
		}
		leave()
		if waiting(b.lanes.waiters) || waiting(b.scans.waiters) {
			t.Errorf("%s: somebody waits after the answer", name)
		}
	}
}

func TestAQuestionThatIsLongWhenTooManyAreIsToldSo(t *testing.T) {
	b := open(t, Options{Concurrency: 1})
	b.moment = time.Nanosecond
	b.long <- struct{}{}
	var err error
	for range 200 { // the timer may come after the answer
		if _, err = b.Count(t.Context(), bind(t, 1, query.Request{Where: []string{"id > " + strconv.Itoa(int(time.Now().UnixNano()%1_000_000_000))}, Limit: -1})); err != nil {
			break
		}
	}
	if fault.CodeOf(err) != "engine_crowded" || !fault.Is(err, fault.Unavailable) {
		t.Errorf("%v", err)
	}
	if len(b.short) != 0 {
		t.Error("its place was not given back")
	}
}

// slowly is a reader of an export that looks at the threads of the process while the export goes on.
type slowly struct {
	bytes.Buffer
	low int
}

func (s *slowly) Write(p []byte) (int, error) {
	if s.low == 0 {
		threads, _ := filepath.Glob("/proc/self/task/*/stat")
		for _, path := range threads {
			text, err := os.ReadFile(path)
			if err != nil {
				continue // the thread has ended
			}
			_, after, _ := strings.Cut(string(text), ") ")
			if values := strings.Fields(after); len(values) > 16 && values[16] == strconv.Itoa(nice.LastPriority) { // field 19 of proc(5): nice
				s.low++
			}
		}
	}
	return s.Buffer.Write(p)
}

func TestExportsGiveWayToQuestions(t *testing.T) {
	b := open(t, Options{Threads: 3})
	out := &slowly{}
	rows, err := b.Copy(t.Context(), bind(t, 1, query.Request{Limit: -1}), CopyOptions{Format: CSV}, out)
	if err != nil || rows != 10000 {
		t.Fatal(rows, err)
	}
	if want := 3; out.low < want { // two of the database, and the one that runs the export
		t.Errorf("%d threads have a low priority, want %d", out.low, want)
	}
	if len(b.exports.places) != 0 {
		t.Error("the place of the export was not given back")
	}
}

func TestExportsOfManyAtOnceAreLimitedAndTheOthersWaitOrAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &exporter{&database{options: Options{Timeout: time.Minute}}, make(chan struct{}, 16), &nice.Waiters{}}
		var entered, refused atomic.Int64
		var first func()
		var once sync.Once
		for range 50 {
			go func() {
				leave, err := e.enterFor(t.Context(), Table{})
				switch {
				case err == nil:
					entered.Add(1)
					once.Do(func() { first = leave })
				case fault.Is(err, fault.Unavailable):
					refused.Add(1)
				default:
					t.Error(err)
				}
			}()
		}
		synctest.Wait()
		if entered.Load() != 16 || refused.Load() != 0 {
			t.Fatalf("%d exports are under way, %d are refused", entered.Load(), refused.Load())
		}
		first()
		synctest.Wait()
		if entered.Load() != 17 {
			t.Errorf("%d exports have been under way after one was over", entered.Load())
		}
		time.Sleep(time.Minute + time.Second)
		if entered.Load() != 17 || refused.Load() != 33 {
			t.Errorf("a minute later, %d exports have been under way, %d are refused", entered.Load(), refused.Load())
		}
	})
}
