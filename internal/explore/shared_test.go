package explore

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
)

func TestThoseWhoAskAtOnceShareWhatIsReadAfterTheyAsked(t *testing.T) {
	var written, readings atomic.Int64
	s := &shared[int64]{read: func(context.Context) (int64, error) {
		readings.Add(1)
		return written.Load(), nil
	}}
	var wait sync.WaitGroup
	for range 16 {
		wait.Go(func() {
			for range 500 {
				before := written.Add(1)
				if got, err := s.get(t.Context()); err != nil || got < before {
					t.Errorf("read %d, when %d was written before (%v)", got, before, err)
				}
			}
		})
	}
	wait.Wait()
	if n := readings.Load(); n > 8_000 {
		t.Errorf("%d readings for 8000 questions", n)
	}
}

func TestWhoAsksAtOnceWithAReadingWaitsForTheNext(t *testing.T) {
	begun, proceed := make(chan struct{}), make(chan struct{})
	var readings atomic.Int64
	s := &shared[int64]{read: func(context.Context) (int64, error) {
		n := readings.Add(1)
		if n == 1 {
			close(begun)
			<-proceed
		}
		return n, nil
	}}
	first := make(chan int64)
	go func() { n, _ := s.get(t.Context()); first <- n }()
	<-begun
	later := make(chan int64, 10)
	for range 10 {
		go func() { n, _ := s.get(t.Context()); later <- n }()
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	if _, err := s.get(gone); !errors.Is(err, context.Canceled) {
		t.Errorf("who has left waits all the same: %v", err)
	}
	close(proceed)
	if n := <-first; n != 1 {
		t.Errorf("the first got reading %d", n)
	}
	for range 10 {
		if n := <-later; n < 2 {
			t.Errorf("who came later got reading %d, which had begun", n)
		}
	}
}

func TestAReadingThatFailsFailsForThoseWhoWaitForIt(t *testing.T) {
	broken := errors.New("broken")
	s := &shared[int]{read: func(context.Context) (int, error) { panic(broken) }}
	if _, err := s.get(t.Context()); err == nil {
		t.Error("a panic was no error")
	}
	s.read = func(context.Context) (int, error) { return 7, nil }
	if n, err := s.get(t.Context()); n != 7 || err != nil {
		t.Errorf("after a failure: %d, %v", n, err)
	}
}
