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
type cache[T any] struct {
	limit int64         // bytes, keys included
	each  int64         // bytes of the largest answer kept
	weigh func(T) int64 // bytes that an answer takes

	mu      sync.Mutex
	size    int64
	order   *list.List // of *kept, the most recently used first
	byKey   map[string]*list.Element
	flights map[string]*flight[T]
}

type kept[T any] struct {
	key  string
	size int64
	body T
}

// flight is an answer being computed for everybody who waits for it.
type flight[T any] struct {
	done    chan struct{}
	cancel  context.CancelFunc
	waiting int
	body    T
	err     error
}

func newCache[T any](limit int64, weigh func(T) int64) *cache[T] {
	return &cache[T]{limit: limit, each: limit / 16, weigh: weigh, order: list.New(), byKey: map[string]*list.Element{},
		flights: map[string]*flight[T]{}}
}

// answer returns the body kept under key, or makes it. The making goes on as long as somebody waits for it, even
// when the first to ask has left, and is interrupted when nobody does any more.
func (c *cache[T]) answer(ctx context.Context, key string, compute func(context.Context) (T, error)) (T, error) {
	c.mu.Lock()
	if element, found := c.byKey[key]; found {
		c.order.MoveToFront(element)
		c.mu.Unlock()
		return element.Value.(*kept[T]).body, nil
	}
	f, flying := c.flights[key]
	if !flying {
		work, cancel := context.WithCancel(context.WithoutCancel(ctx))
		f = &flight[T]{done: make(chan struct{}), cancel: cancel}
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
		var none T
		return none, ctx.Err()
	}
}

func (c *cache[T]) fly(ctx context.Context, key string, f *flight[T], compute func(context.Context) (T, error)) {
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
func guarded[T any](ctx context.Context, compute func(context.Context) (T, error)) (body T, err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("compute an answer: %v\n%s", reason, debug.Stack())
		}
	}()
	return compute(ctx)
}

// leave is called by who no longer waits.
func (c *cache[T]) leave(key string, f *flight[T]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f.waiting--; f.waiting == 0 {
		f.cancel()
		if c.flights[key] == f { // who asks from now on needs a computation of their own
			delete(c.flights, key)
		}
	}
}

// get returns the body kept under key, false when there is none.
func (c *cache[T]) get(key string) (body T, found bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	element, found := c.byKey[key]
	if !found {
		return body, false
	}
	c.order.MoveToFront(element)
	return element.Value.(*kept[T]).body, true
}

// put keeps a body under key.
func (c *cache[T]) put(key string, body T) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.keep(key, body)
}

// keep is called with the lock held.
func (c *cache[T]) keep(key string, body T) {
	size := int64(len(key)) + c.weigh(body)
	if _, found := c.byKey[key]; found || size > c.each {
		return
	}
	c.byKey[key] = c.order.PushFront(&kept[T]{key, size, body})
	c.size += size
	for c.size > c.limit {
		old := c.order.Remove(c.order.Back()).(*kept[T])
		delete(c.byKey, old.key)
		c.size -= old.size
	}
}
