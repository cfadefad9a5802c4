package explore

import (
	"container/list"
	"context"
	"fmt"
	"runtime/debug"
	"sync"
)

// cache keeps encoded answers in memory, the least recently used leaving first, and lets identical requests that
// come at once be computed once. An answer is kept under a key that names the version and the plan, so that it is
// true for ever: nothing here expires.
type cache struct {
	limit int64 // bytes, keys included
	each  int64 // bytes of the largest answer kept

	mu      sync.Mutex
	size    int64
	order   *list.List // of *kept, the most recently used first
	byKey   map[string]*list.Element
	flights map[string]*flight
}

type kept struct {
	key  string
	body []byte
}

// flight is an answer being computed for everybody who waits for it.
type flight struct {
	done    chan struct{}
	cancel  context.CancelFunc
	waiting int
	body    []byte
	err     error
}

func newCache(limit int64) *cache {
	return &cache{limit: limit, each: limit / 16, order: list.New(), byKey: map[string]*list.Element{}, flights: map[string]*flight{}}
}

// answer returns the body kept under key, or makes it. The making goes on as long as somebody waits for it, even
// when the first to ask has left, and is interrupted when nobody does any more.
func (c *cache) answer(ctx context.Context, key string, compute func(context.Context) ([]byte, error)) ([]byte, error) {
	c.mu.Lock()
	if element, found := c.byKey[key]; found {
		c.order.MoveToFront(element)
		c.mu.Unlock()
		return element.Value.(*kept).body, nil
	}
	f, flying := c.flights[key]
	if !flying {
		work, cancel := context.WithCancel(context.WithoutCancel(ctx))
		f = &flight{done: make(chan struct{}), cancel: cancel}
		c.flights[key] = f
		go c.fly(work, key, f, compute)
	}
	f.waiting++
	c.mu.Unlock()

	select {
	case <-f.done:
		return f.body, f.err
	case <-ctx.Done():
		c.leave(key, f)
		return nil, ctx.Err()
	}
}

func (c *cache) fly(ctx context.Context, key string, f *flight, compute func(context.Context) ([]byte, error)) {
	defer f.cancel()
	f.body, f.err = guarded(ctx, compute)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.flights[key] == f {
		delete(c.flights, key)
	}
	if f.err == nil {
		c.keep(key, f.body)
	}
	close(f.done)
}

// guarded turns a panic into an error: it happens away from the request, where nothing else would catch it.
func guarded(ctx context.Context, compute func(context.Context) ([]byte, error)) (body []byte, err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("compute an answer: %v\n%s", reason, debug.Stack())
		}
	}()
	return compute(ctx)
}

// leave is called by who no longer waits.
func (c *cache) leave(key string, f *flight) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f.waiting--; f.waiting == 0 {
		f.cancel()
		if c.flights[key] == f { // who asks from now on needs a computation of their own
			delete(c.flights, key)
		}
	}
}

// keep is called with the lock held.
func (c *cache) keep(key string, body []byte) {
	size := int64(len(key) + len(body))
	if size > c.each {
		return
	}
	if _, found := c.byKey[key]; found {
		return
	}
	c.byKey[key] = c.order.PushFront(&kept{key, body})
	c.size += size
	for c.size > c.limit {
		last := c.order.Back()
		old := c.order.Remove(last).(*kept)
		delete(c.byKey, old.key)
		c.size -= int64(len(old.key) + len(old.body))
	}
}
