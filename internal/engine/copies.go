package engine

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// A copy is a version in another form, on the disk of the node, that answers sooner than its files: see [wholeAfter] and [sortedRows]. It
// is a cache: it is made in the background once it would have been of use some times, and is gone with the process.

const (
	idColumn     = "_id" // of a copy: the identifier of the row in its version
	copiesPrefix = "copies-"
)

// copies are those of an engine. It is safe for concurrent use.
type copies struct {
	folder string   // of this process
	holder *os.File // locked as long as the process lives
	limit  int64    // bytes
	large  int64    // rows of the versions that are copied for a field; smaller ones are copied whole

	mu    sync.Mutex
	bytes int64
	order *list.List // of *versionCopy, latest first
	byKey map[string]*list.Element
	stop  context.CancelFunc
	ctx   context.Context
	work  sync.WaitGroup
	turn  chan struct{} // one copy is made at a time
}

type versionCopy struct {
	madeCopy
	key     string
	sources []string // the files that it is a copy of
	asked   int      // how often it would have been of use
	state   copyState
	users   int
}

// madeCopy is what the making of a copy gives.
type madeCopy struct {
	path    string
	bytes   int64
	catalog string       // the name under which databases know a copy that is one itself
	forget  func() error // makes the databases forget it before its file goes; nil when they have nothing to forget
}

type copyState int

const (
	wanted copyState = iota
	making
	ready
	unfit // it would be of no use, or there was no room
)

// openCopies makes the folder of the copies, and removes those of processes that are dead.
func openCopies(scratch string, limit int64) (*copies, error) {
	old, err := filepath.Glob(filepath.Join(scratch, copiesPrefix+"*"))
	if err != nil {
		return nil, err
	}
	for _, folder := range old {
		if holder, err := lockFolder(folder); err == nil {
			os.RemoveAll(folder)
			holder.Close()
		}
	}
	folder, err := os.MkdirTemp(scratch, copiesPrefix)
	if err != nil {
		return nil, fmt.Errorf("engine: the folder of copies: %w", err)
	}
	holder, err := lockFolder(folder)
	if err != nil {
		return nil, fmt.Errorf("engine: the folder of copies: %w", err)
	}
	if folder, err = filepath.Abs(folder); err != nil {
		return nil, err
	}
	s := &copies{folder: folder, holder: holder, limit: limit, large: sortedRows, order: list.New(), byKey: map[string]*list.Element{}, turn: make(chan struct{}, 1)}
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.work.Go(s.sweep)
	return s, nil
}

// lockFolder fails when a process alive has locked the folder.
func lockFolder(folder string) (*os.File, error) {
	holder, err := os.OpenFile(filepath.Join(folder, ".holder"), os.O_CREATE|os.O_RDWR, 0o640)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(holder.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		holder.Close()
		return nil, err
	}
	return holder, nil
}

func (s *copies) close() {
	s.stop()
	s.work.Wait()
	os.RemoveAll(s.folder)
	s.holder.Close()
}

// sweep removes, for as long as the process lives, the copies of versions whose data is there no more: a version can be erased.
func (s *copies) sweep() {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-tick.C:
			s.dropErased()
		}
	}
}

func (s *copies) dropErased() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for element := s.order.Back(); element != nil; {
		before := element.Prev()
		if c := element.Value.(*versionCopy); c.state == ready && slices.ContainsFunc(c.sources, missing) {
			s.drop(element)
		}
		element = before
	}
}

func missing(path string) bool {
	_, err := os.Stat(path)
	return errors.Is(err, fs.ErrNotExist)
}

func copyKey(table Table, form string) string {
	return strings.Join(table.Paths, "\x00") + "\x00" + form
}

// ask finds the copy of a version in a form (the field by which it is sorted; "" for a whole one) and takes hold of it; without one, it
// says whether it is time to make one: after so many questions.
func (s *copies) ask(table Table, form string, after int) (copied *versionCopy, due bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := copyKey(table, form)
	element, known := s.byKey[key]
	if !known {
		element = s.order.PushFront(&versionCopy{key: key, sources: table.Paths})
		s.byKey[key] = element
		s.forget()
	}
	s.order.MoveToFront(element)
	c := element.Value.(*versionCopy)
	switch c.state {
	case ready:
		c.users++
		return c, false
	case wanted:
		c.asked++
		return nil, c.asked >= after
	}
	return nil, false
}

// forget drops what was counted long ago and never copied.
func (s *copies) forget() {
	const remembered = 10_000
	for element := s.order.Back(); element != nil && s.order.Len() > remembered; {
		before := element.Prev()
		if c := element.Value.(*versionCopy); c.state == wanted || c.state == unfit {
			s.drop(element)
		}
		element = before
	}
}

func (s *copies) drop(element *list.Element) {
	c := s.order.Remove(element).(*versionCopy)
	delete(s.byKey, c.key)
	if c.path != "" {
		s.bytes -= c.bytes
		s.remove(c.madeCopy)
	}
}

// remove takes a copy away. Databases are told beside, for they may be busy and the lock is held.
func (s *copies) remove(c madeCopy) {
	if c.forget == nil {
		os.Remove(c.path)
		return
	}
	s.work.Go(func() {
		if err := c.forget(); err != nil {
			slog.Warn("a copy of a version could not be forgotten", "error", err)
		}
		os.Remove(c.path)
	})
}

func (s *copies) leave(c *versionCopy) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.users--
}

// settle says what became of a copy.
func (s *copies) settle(table Table, form string, state copyState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if element, known := s.byKey[copyKey(table, form)]; known {
		element.Value.(*versionCopy).state = state
	}
}

// make makes a copy in the background, if nobody does already.
func (s *copies) make(key string, write func(context.Context) (madeCopy, error)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	element, known := s.byKey[key]
	if !known || element.Value.(*versionCopy).state != wanted || s.ctx.Err() != nil {
		return
	}
	c := element.Value.(*versionCopy)
	c.state = making
	s.work.Go(func() {
		select {
		case s.turn <- struct{}{}:
			defer func() { <-s.turn }()
		case <-s.ctx.Done():
			return
		}
		made, err := write(s.ctx)
		s.mu.Lock()
		defer s.mu.Unlock()
		if err != nil || !s.room(made.bytes) {
			c.state = unfit
			if made.path != "" {
				s.remove(made)
			}
			if err != nil && s.ctx.Err() == nil {
				slog.Warn("a copy of a version could not be made", "error", err)
			}
			return
		}
		c.madeCopy, c.state = made, ready
		s.bytes += made.bytes
	})
}

// room drops the copies used longest ago until there is room for more bytes, and reports whether there is.
func (s *copies) room(bytes int64) bool {
	for element := s.order.Back(); element != nil && s.bytes+bytes > s.limit; {
		before := element.Prev()
		if c := element.Value.(*versionCopy); c.state == ready && c.users == 0 {
			s.drop(element)
		}
		element = before
	}
	return s.bytes+bytes <= s.limit
}
