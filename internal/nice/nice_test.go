package nice

import (
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
