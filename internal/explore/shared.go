package explore

import (
	"context"
	"sync"
)

// shared lets those who ask for one thing at once share its readings. Everybody gets what was read after they asked, so that nobody misses
// what was written before: who comes while it is being read waits for the next reading, with all the others who came meanwhile.
type shared[T any] struct {
	read func(context.Context) (T, error)

	mu            sync.Mutex
	running, next *reading[T]
}

type reading[T any] struct {
	done  chan struct{}
	value T
	err   error
}

// get returns what is read from now on.
func (s *shared[T]) get(ctx context.Context) (T, error) {
	s.mu.Lock()
	var mine *reading[T]
	switch {
	case s.running == nil:
		mine = &reading[T]{done: make(chan struct{})}
		s.running = mine
		go s.run(context.WithoutCancel(ctx))
	case s.next == nil:
		s.next = &reading[T]{done: make(chan struct{})}
		mine = s.next
	default:
		mine = s.next
	}
	s.mu.Unlock()
	select {
	case <-mine.done:
		return mine.value, mine.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}

// run reads until nobody waits.
func (s *shared[T]) run(ctx context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.running != nil {
		r := s.running
		s.mu.Unlock()
		r.value, r.err = guarded(ctx, s.read)
		close(r.done)
		s.mu.Lock()
		s.running, s.next = s.next, nil
	}
}
