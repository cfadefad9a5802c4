package lake

import (
	"context"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"sync"

	"socle/internal/scratch"
)

// stripes is how many lock files serve all names; two names that share one only wait for each other needlessly.
const stripes = 256

// Lock serialises work on a name among this process and the others on this folder, until release. It spares work
// between machines that share only the store, where the Base of a [Publication] has the last word.
func (l *Lake) Lock(ctx context.Context, name string) (release func(), err error) {
	hash := fnv.New32a()
	hash.Write([]byte(name))
	stripe := fmt.Sprintf("%03d.lock", hash.Sum32()%stripes)
	unlock, err := l.locks.lock(ctx, stripe)
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(l.scratch.Dir, ".locks")
	if err := os.MkdirAll(dir, 0o750); err != nil {
		unlock()
		return nil, fmt.Errorf("lake: lock: %w", err)
	}
	file, err := scratch.Lock(ctx, filepath.Join(dir, stripe))
	if err != nil {
		unlock()
		return nil, fmt.Errorf("lake: lock: %w", err)
	}
	return func() { file.Close(); unlock() }, nil
}

// keyed holds a lock for each name while somebody wants it.
type keyed struct {
	mu   sync.Mutex
	held map[string]*turn
}

type turn struct {
	free    chan struct{} // holds one token when nobody has the lock
	waiting int
}

func (k *keyed) lock(ctx context.Context, name string) (release func(), err error) {
	k.mu.Lock()
	if k.held == nil {
		k.held = map[string]*turn{}
	}
	t := k.held[name]
	if t == nil {
		t = &turn{free: make(chan struct{}, 1)}
		t.free <- struct{}{}
		k.held[name] = t
	}
	t.waiting++
	k.mu.Unlock()
	leave := func() {
		k.mu.Lock()
		if t.waiting--; t.waiting == 0 {
			delete(k.held, name)
		}
		k.mu.Unlock()
	}
	select {
	case <-t.free:
		return func() { t.free <- struct{}{}; leave() }, nil
	case <-ctx.Done():
		leave()
		return nil, ctx.Err()
	}
}
