// Package scratch gives whoever works with files a folder of their own. Each holds a lock on it, which the system releases when the
// process ends, however it ends: a folder that nobody has locked belongs to the dead, and may be removed.
package scratch

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"socle/internal/store"
)

// Folder is where the folders are. Processes that start or end at the same time may share it.
type Folder struct {
	Dir  string
	Node string // names this folder, the same for ever, among those that share a store
}

const (
	holderFile = ".holder" // locked by who works in a folder
	gateFile   = ".gate"   // locked while a folder is made or examined, so that none is seen before its lock
	nodeFile   = ".node"
)

// Open opens the folder at dir, and makes it when it is not there.
func Open(dir string) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, err
	}
	f := &Folder{Dir: dir}
	gate, err := f.gate(context.Background())
	if err != nil {
		return nil, err
	}
	defer gate.Close()
	name := filepath.Join(dir, nodeFile)
	text, err := os.ReadFile(name)
	if err == nil && len(text) > 0 {
		f.Node = string(text)
		return f, nil
	}
	f.Node = store.NewID()
	return f, os.WriteFile(name, []byte(f.Node), 0o640)
}

func (f *Folder) gate(ctx context.Context) (*os.File, error) {
	return Lock(ctx, filepath.Join(f.Dir, gateFile))
}

// Space is a folder held by this process.
type Space struct {
	Dir    string
	holder *os.File
}

// Hold makes the folder called id, unless it is there, and holds it. It fails when somebody else does.
func (f *Folder) Hold(ctx context.Context, id string) (*Space, error) {
	gate, err := f.gate(ctx)
	if err != nil {
		return nil, err
	}
	defer gate.Close()
	dir := filepath.Join(f.Dir, id)
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
	return &Space{Dir: dir, holder: holder}, nil
}

// Release removes the folder and what is in it.
func (s *Space) Release() error {
	err := os.RemoveAll(s.Dir)
	s.holder.Close()
	return err
}

// Held reports whether somebody alive works in the folder called id.
func (f *Folder) Held(ctx context.Context, id string) (bool, error) {
	gate, err := f.gate(ctx)
	if err != nil {
		return false, err
	}
	defer gate.Close()
	return locked(filepath.Join(f.Dir, id, holderFile))
}

// Abandoned lists the folders in which nobody works.
func (f *Folder) Abandoned(ctx context.Context) ([]string, error) {
	gate, err := f.gate(ctx)
	if err != nil {
		return nil, err
	}
	defer gate.Close()
	entries, err := os.ReadDir(f.Dir)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, entry := range entries {
		if !entry.IsDir() || strings.HasPrefix(entry.Name(), ".") {
			continue
		}
		busy, err := locked(filepath.Join(f.Dir, entry.Name(), holderFile))
		if err != nil {
			return nil, err
		}
		if !busy {
			ids = append(ids, entry.Name())
		}
	}
	return ids, nil
}

// RemoveAbandoned removes a folder unless somebody has begun to work in it again.
func (f *Folder) RemoveAbandoned(ctx context.Context, id string) error {
	gate, err := f.gate(ctx)
	if err != nil {
		return err
	}
	defer gate.Close()
	busy, err := locked(filepath.Join(f.Dir, id, holderFile))
	if busy || err != nil {
		return err
	}
	return os.RemoveAll(filepath.Join(f.Dir, id))
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

// Lock takes the lock of a file, waiting for it. Closing the file releases it.
func Lock(ctx context.Context, name string) (*os.File, error) {
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
