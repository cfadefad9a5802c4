package engine

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// A workFolder holds what a process writes for itself: copies of versions, pipes, what does not fit in memory. It is locked for as long as
// the process lives, so that whoever starts later knows which folders are those of the dead, and removes them.
type workFolder struct {
	path   string
	holder *os.File
}

const workPrefix = "process-"

// openWorkFolder makes the folder of this process, and removes those of processes that are dead.
func openWorkFolder(scratch string) (*workFolder, error) {
	old, err := filepath.Glob(filepath.Join(scratch, workPrefix+"*"))
	if err != nil {
		return nil, err
	}
	for _, folder := range old {
		if holder, err := lockFolder(folder); err == nil {
			os.RemoveAll(folder)
			holder.Close()
		}
	}
	for {
		folder, err := os.MkdirTemp(scratch, workPrefix)
		if err != nil {
			return nil, fmt.Errorf("engine: the folder of work in progress: %w", err)
		}
		holder, err := lockFolder(folder)
		if err == nil {
			_, err = os.Stat(filepath.Join(folder, lockName))
		}
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.EWOULDBLOCK) {
			continue // another process, which starts too, came between and took it for one of a dead process
		}
		if err != nil {
			return nil, fmt.Errorf("engine: the folder of work in progress: %w", err)
		}
		if folder, err = filepath.Abs(folder); err != nil {
			return nil, err
		}
		return &workFolder{folder, holder}, nil
	}
}

const lockName = ".holder"

// lockFolder fails when a process alive has locked the folder.
func lockFolder(folder string) (*os.File, error) {
	holder, err := os.OpenFile(filepath.Join(folder, lockName), os.O_CREATE|os.O_RDWR, 0o640)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(holder.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		holder.Close()
		return nil, err
	}
	return holder, nil
}

func (f *workFolder) close() {
	os.RemoveAll(f.path)
	f.holder.Close()
}
