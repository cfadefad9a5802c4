package lake

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"socle/internal/store"
)

// scratch is the folder where writers work. Each has a subfolder and holds a lock on it, which the system releases
// when the process ends, however it ends: an unlocked subfolder belongs to nobody.
type scratch struct {
	dir  string
	node string // names this folder among those that share a store
}

const (
	holderFile = ".holder" // locked by who works in a subfolder
	gateFile   = ".gate"   // locked while a subfolder is made or examined, so that none is seen before its lock
	nodeFile   = ".node"
)

func openScratch(dir string) (*scratch, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, err
	}
	s := &scratch{dir: dir}
	gate, err := lockFile(context.Background(), filepath.Join(dir, gateFile))
	if err != nil {
		return nil, err
	}
	defer gate.Close()
	name := filepath.Join(dir, nodeFile)
	text, err := os.ReadFile(name)
	if err == nil && len(text) > 0 {
		s.node = string(text)
		return s, nil
	}
	s.node = store.NewID()
	return s, os.WriteFile(name, []byte(s.node), 0o640)
}

// workspace is a subfolder held by this process.
type workspace struct {
	dir    string
	holder *os.File
}

func (s *scratch) hold(ctx context.Context, id string) (*workspace, error) {
	gate, err := lockFile(ctx, filepath.Join(s.dir, gateFile))
	if err != nil {
		return nil, err
	}
	defer gate.Close()
	dir := filepath.Join(s.dir, id)
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, err
	}
	holder, err := os.OpenFile(filepath.Join(dir, holderFile), os.O_CREATE|os.O_RDWR, 0o640)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(holder.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		holder.Close()
		return nil, err
	}
	return &workspace{dir: dir, holder: holder}, nil
}

// release removes the subfolder and what is in it.
func (w *workspace) release() error {
	err := os.RemoveAll(w.dir)
	w.holder.Close()
	return err
}

// held reports whether somebody alive works in the subfolder id.
func (s *scratch) held(ctx context.Context, id string) (bool, error) {
	gate, err := lockFile(ctx, filepath.Join(s.dir, gateFile))
	if err != nil {
		return false, err
	}
	defer gate.Close()
	return locked(filepath.Join(s.dir, id, holderFile))
}

// abandoned lists the subfolders in which nobody works.
func (s *scratch) abandoned(ctx context.Context) ([]string, error) {
	gate, err := lockFile(ctx, filepath.Join(s.dir, gateFile))
	if err != nil {
		return nil, err
	}
	defer gate.Close()
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, entry := range entries {
		if !entry.IsDir() || strings.HasPrefix(entry.Name(), ".") {
			continue
		}
		busy, err := locked(filepath.Join(s.dir, entry.Name(), holderFile))
		if err != nil {
			return nil, err
		}
		if !busy {
			ids = append(ids, entry.Name())
		}
	}
	return ids, nil
}

// removeAbandoned removes a subfolder unless somebody has begun to work in it again.
func (s *scratch) removeAbandoned(ctx context.Context, id string) error {
	gate, err := lockFile(ctx, filepath.Join(s.dir, gateFile))
	if err != nil {
		return err
	}
	defer gate.Close()
	busy, err := locked(filepath.Join(s.dir, id, holderFile))
	if busy || err != nil {
		return err
	}
	return os.RemoveAll(filepath.Join(s.dir, id))
}

// locked reports whether a process holds the lock of a file; nobody holds the lock of a file that is not there.
func locked(name string) (bool, error) {
	file, err := os.OpenFile(name, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer file.Close()
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return true, nil
	}
	return false, err
}

// lockFile takes the lock of a file, waiting for it. Closing the file releases it.
func lockFile(ctx context.Context, name string) (*os.File, error) {
	file, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o640)
	if err != nil {
		return nil, err
	}
	for wait := time.Millisecond; ; wait = min(2*wait, 50*time.Millisecond) {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return file, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			file.Close()
			return nil, err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			file.Close()
			return nil, ctx.Err()
		}
	}
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
