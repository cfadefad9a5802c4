package nice

import (
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
)

func TestWorkThatCanWaitGivesWayAndLeavesOthersAsTheyWere(t *testing.T) {
	priorityNow := func() int {
		raw, err := syscall.Getpriority(syscall.PRIO_PROCESS, 0)
		if err != nil {
			t.Fatal(err)
		}
		return 20 - raw // the system call answers 20 less the value, never negative
	}
	before, during := priorityNow(), 0
	Run(func() { during = priorityNow() })
	if during != Priority && during < before {
		t.Errorf("the work ran with %d, from %d", during, before)
	}
	if after := priorityNow(); after != before {
		t.Errorf("who asked has %d after, %d before", after, before)
	}
}

func TestAPanicComesBackToWhoAsked(t *testing.T) {
	defer func() {
		if recover() != "broken" {
			t.Error("the panic did not come back")
		}
	}()
	Run(func() { panic("broken") })
}

func TestPiecesOfSlowWorkTakeTurnsOnAFewThreadsThatGiveWay(t *testing.T) {
	var running, most atomic.Int64
	var wait sync.WaitGroup
	for range 50 {
		wait.Go(func() {
			Do(func() {
				now := running.Add(1)
				for seen := most.Load(); now > seen && !most.CompareAndSwap(seen, now); seen = most.Load() {
				}
				if raw, err := syscall.Getpriority(syscall.PRIO_PROCESS, 0); err != nil || 20-raw < Priority {
					t.Errorf("a piece ran with the priority %d: %v", 20-raw, err)
				}
				runtime.Gosched()
				running.Add(-1)
			})
		})
	}
	wait.Wait()
	if most.Load() > int64(Processors()) {
		t.Errorf("%d pieces at once on %d processors", most.Load(), Processors())
	}
}

func TestAPieceThatPanicsLeavesItsTurnToTheNext(t *testing.T) {
	for range 3 * Processors() {
		func() {
			defer func() {
				if recover() != "broken" {
					t.Error("the panic did not come back")
				}
			}()
			Do(func() { panic("broken") })
		}()
	}
	done := false
	if Do(func() { done = true }); !done {
		t.Error("nothing is done any more")
	}
}
