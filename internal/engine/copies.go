package engine

import (
	"container/list"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"socle/internal/rowstore"
)

// A copy is a version in another form, on the disk of the node, that answers sooner than its files: see [rowCopy], [wholeRows] and
// [sortedLookups]. It is a cache: it is made in the background once it would have been of use some times, and is gone with the process.

// idColumn of a copy is the identifier of the row in its version.
const idColumn = "_id"

// copies are those of an engine. It is safe for concurrent use.
type copies struct {
	folder string
	limit  int64 // bytes
	fields int64 // rows of a version from which a field may get a copy
	whole  int64 // rows of a version from which it is large: its whole copy is compressed, and what takes long gives way
	stored int64 // rows of a version up to which they are stored

	mu    sync.Mutex
	bytes int64
	order *list.List // of *versionCopy, latest first
	byKey map[string]*list.Element
	stop  context.CancelFunc
	ctx   context.Context
	work  sync.WaitGroup

	quick, wholes, large copyQueue // the first are made in a second, the next in some, the last in a minute or more
	sorted, compressed   copyQueue // the rows of a large version that are stored do not wait until it is sorted or compressed
}

type versionCopy struct {
	madeCopy
	version string   // see versionKey
	form    string   // "" for a whole one, [rowsForm] for a store of rows, else the field that it is sorted by
	sources []string // the files that it is a copy of
	count   int64    // of rows
	asked   int      // how often it would have been of use
	state   copyState
	users   int
}

// madeCopy is what the making of a copy gives.
type madeCopy struct {
	path    string
	bytes   int64
	catalog string       // the name under which databases know a copy that is one itself
	rows    *rowCopy     // a copy that is a store of rows
	forget  func() error // makes the databases forget it before its file goes; nil when they have nothing to forget
}

type copyState int

const (
	wanted copyState = iota
	queued           // to be made
	making
	ready
	unfit // it would be of no use, or there was no room
)

// openCopies keeps copies in a folder.
func openCopies(folder string, limit int64) *copies {
	s := &copies{folder: folder, limit: limit, fields: fieldRows, whole: wholeRows, stored: storedRows, order: list.New(), byKey: map[string]*list.Element{},
		quick: copyQueue{most: 2}, wholes: copyQueue{most: 2}, large: copyQueue{most: 1}, sorted: copyQueue{most: 1}, compressed: copyQueue{most: 1}}
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.work.Go(s.sweep)
	return s
}

func (s *copies) close() {
	s.stop()
	s.work.Wait()
	for element := s.order.Front(); element != nil; element = element.Next() {
		if rows := element.Value.(*versionCopy).rows; rows != nil {
			rows.store.Close()
		}
	}
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

func versionKey(table Table) string { return strings.Join(table.Paths, "\x00") }

func copyKey(version, form string) string { return version + "\x00" + form }

// ask finds the copy of a version in a form and takes hold of it; without one, it says whether it is time to make one: after so many
// questions.
func (s *copies) ask(table Table, form string, after int) (copied *versionCopy, due bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	version := versionKey(table)
	key := copyKey(version, form)
	element, known := s.byKey[key]
	if !known {
		element = s.order.PushFront(&versionCopy{version: version, form: form, sources: table.Paths, count: table.Rows})
		s.byKey[key] = element
		s.forget()
	}
	s.order.MoveToFront(element)
	c := element.Value.(*versionCopy)
	c.asked++
	if c.state == ready {
		c.users++
		return c, false
	}
	return nil, c.state == wanted && c.asked >= after
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
	delete(s.byKey, copyKey(c.version, c.form))
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

// hopeless reports whether a copy will not be made.
func (s *copies) hopeless(table Table, form string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	element, known := s.byKey[copyKey(versionKey(table), form)]
	return known && element.Value.(*versionCopy).state == unfit
}

// settle says what became of a copy.
func (s *copies) settle(table Table, form string, state copyState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if element, known := s.byKey[copyKey(versionKey(table), form)]; known {
		element.Value.(*versionCopy).state = state
	}
}

// copyQueue is what waits to be copied.
type copyQueue struct {
	waiting []copyOrder
	makers  int
	most    int // copies that are made at once
}

// copyOrder is a copy that is to be made, and how, or one that is there and to which something is added.
type copyOrder struct {
	copy  *versionCopy
	adds  bool
	write func(context.Context) (madeCopy, error)
}

// queueOf is the queue of the copies of rows of a version: those of small ones do not wait for those of others.
func (s *copies) queueOf(table Table) *copyQueue {
	switch {
	case table.Rows <= quickRows:
		return &s.quick
	case table.Rows < s.whole:
		return &s.wholes
	}
	return &s.large
}

// next takes out what is most worth its time.
func (q *copyQueue) next() (order copyOrder, found bool) {
	if len(q.waiting) == 0 {
		return order, false
	}
	best := 0
	for i, o := range q.waiting {
		if o.copy.worth() > q.waiting[best].copy.worth() {
			best = i
		}
	}
	order = q.waiting[best]
	q.waiting = slices.Delete(q.waiting, best, best+1)
	return order, true
}

// startedRows are those that are read in the time that it takes to start any question.
const startedRows = 100_000

// worth is what a copy saves in the time of making it, in some unit: it takes time by its rows, and saves the same again for each question,
// and what it takes to start one.
func (c *versionCopy) worth() float64 {
	return float64(c.asked) * float64(startedRows+c.count) / float64(1+c.count)
}

// make has a copy made in the background, if it is not to be made already.
func (s *copies) make(table Table, form string, queue *copyQueue, write func(context.Context) (madeCopy, error)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	element, known := s.byKey[copyKey(versionKey(table), form)]
	if !known || element.Value.(*versionCopy).state != wanted || s.ctx.Err() != nil {
		return
	}
	c := element.Value.(*versionCopy)
	c.state = queued
	s.enqueue(queue, copyOrder{copy: c, write: write})
}

// improve has something added in the background to a copy that is held; what write returns is what it adds.
func (s *copies) improve(c *versionCopy, queue *copyQueue, write func(context.Context) (madeCopy, error)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx.Err() == nil {
		c.users++ // it is not to go meanwhile
		s.enqueue(queue, copyOrder{c, true, write})
	}
}

// enqueue puts an order into a queue. It is called with the lock held.
func (s *copies) enqueue(queue *copyQueue, order copyOrder) {
	queue.waiting = append(queue.waiting, order)
	if queue.makers < queue.most {
		queue.makers++
		s.work.Go(func() { s.makeAll(queue) })
	}
}

// makeAll makes the copies of a queue until none waits.
func (s *copies) makeAll(queue *copyQueue) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer func() { queue.makers-- }()
	for order, found := queue.next(); found && s.ctx.Err() == nil; order, found = queue.next() {
		if !order.adds {
			order.copy.state = making
		}
		s.mu.Unlock()
		made, err := order.write(s.ctx)
		s.mu.Lock()
		if order.adds {
			s.added(order.copy, made, err)
		} else {
			s.keep(order.copy, made, err)
		}
	}
}

// added counts what was added to a copy. It is called with the lock held.
func (s *copies) added(c *versionCopy, made madeCopy, err error) {
	c.users--
	c.bytes += made.bytes
	s.bytes += made.bytes
	if err != nil && s.ctx.Err() == nil {
		slog.Warn("a copy of a version could not be made better", "error", err)
	}
}

// keep says where a copy is, if it was made and there is room for it. It is called with the lock held.
func (s *copies) keep(c *versionCopy, made madeCopy, err error) {
	if err == nil && s.room(made.bytes) {
		c.madeCopy, c.state = made, ready
		s.bytes += made.bytes
		return
	}
	c.state = unfit
	if made.path != "" {
		s.remove(made)
	}
	if err != nil && s.ctx.Err() == nil && !errors.Is(err, rowstore.ErrUnfit) && !errors.Is(err, errNoRoom) {
		slog.Warn("a copy of a version could not be made", "error", err)
	}
}

// free reports whether there is room for so many bytes beside all other copies.
func (s *copies) free(bytes int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bytes+bytes <= s.limit
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
