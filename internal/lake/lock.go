package lake

import (
	"context"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
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
	dir := filepath.Join(l.scratch.dir, ".locks")
	if err := os.MkdirAll(dir, 0o750); err != nil {
		unlock()
		return nil, fmt.Errorf("lake: lock: %w", err)
	}
	file, err := lockFile(ctx, filepath.Join(dir, stripe))
	if err != nil {
		unlock()
		return nil, fmt.Errorf("lake: lock: %w", err)
	}
	return func() { file.Close(); unlock() }, nil
}
