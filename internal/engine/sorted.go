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

	"socle/internal/nice"
	"socle/internal/query"
	"socle/internal/schema"
)

// Most questions on a large version name one establishment. Its rows lie all over a file that keeps the order of the source, so the
// whole column has to be read to find them. A field that is asked for again and again gets a copy of the version sorted by it, on the
// disk of the node, in which the rows of one value are together. A copy is a cache: it is made in the background when nothing better is
// to be done, and is gone with the process.

const (
	sortedRows    = 1_000_000 // of the versions that are worth a copy
	sortedLookups = 3         // after which a field gets one
	sortedValues  = 64        // in a part of a file, from which a field is worth a copy
	sortedGroup   = 20_480    // rows in a group of a copy: a lookup reads one or two
	idColumn      = "_id"     // of a copy: the identifier of the row in its version
)

// sortedCopies are those of an engine. It is safe for concurrent use.
type sortedCopies struct {
	folder string   // of this process
	holder *os.File // locked as long as the process lives
	limit  int64    // bytes
	from   int64    // rows

	mu      sync.Mutex
	bytes   int64
	order   *list.List // of *sortedCopy, latest first
	byField map[string]*list.Element
	stop    context.CancelFunc
	ctx     context.Context
	work    sync.WaitGroup
	turn    chan struct{} // one copy is made at a time
}

type sortedCopy struct {
	key     string
	sources []string // the files that it is a copy of
	lookups int
	state   copyState
	path    string
	bytes   int64
	users   int
}

type copyState int

const (
	wanted copyState = iota
	making
	ready
	unfit // the field has few values, the file is sorted by it already, or there was no room
)

const sortedPrefix = "sorted-"

// openSorted makes the folder of the copies, and removes those of processes that are dead.
func openSorted(scratch string, limit int64) (*sortedCopies, error) {
	old, err := filepath.Glob(filepath.Join(scratch, sortedPrefix+"*"))
	if err != nil {
		return nil, err
	}
	for _, folder := range old {
		if holder, err := lockFolder(folder); err == nil {
			os.RemoveAll(folder)
			holder.Close()
		}
	}
	folder, err := os.MkdirTemp(scratch, sortedPrefix)
	if err != nil {
		return nil, fmt.Errorf("engine: the folder of sorted copies: %w", err)
	}
	holder, err := lockFolder(folder)
	if err != nil {
		return nil, fmt.Errorf("engine: the folder of sorted copies: %w", err)
	}
	if folder, err = filepath.Abs(folder); err != nil {
		return nil, err
	}
	s := &sortedCopies{folder: folder, holder: holder, limit: limit, from: sortedRows, order: list.New(), byField: map[string]*list.Element{}, turn: make(chan struct{}, 1)}
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

func (s *sortedCopies) close() {
	s.stop()
	s.work.Wait()
	os.RemoveAll(s.folder)
	s.holder.Close()
}

// sweep removes, for as long as the process lives, the copies of versions whose data is there no more: a version can be erased.
func (s *sortedCopies) sweep() {
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

func (s *sortedCopies) dropErased() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for element := s.order.Back(); element != nil; {
		before := element.Prev()
		if c := element.Value.(*sortedCopy); c.state == ready && slices.ContainsFunc(c.sources, missing) {
			s.drop(element)
		}
		element = before
	}
}

func missing(path string) bool {
	_, err := os.Stat(path)
	return errors.Is(err, fs.ErrNotExist)
}

// useSorted answers from a copy sorted by a field that the plan wants one value of, if there is one; else it counts the lookup.
// Groups are left alone: sums of doubles depend on the order in which they are made, and must not change from one day to the next.
func (e *Engine) useSorted(ctx context.Context, table Table, plan *query.Plan) Table {
	if table.Far != nil || plan.Grouped {
		return table
	}
	for _, looked := range lookups(plan) {
		if copied, fit := e.sorted.lookup(table, looked.field); copied != nil {
			table.sorted = copied.path
			table.held.then = append(table.held.then, func() { e.sorted.leave(copied) })
			return table
		} else if fit && e.worthSorting(ctx, table, looked) {
			e.sorted.make(e, plan.From, looked.field, sortedKey(table, looked.field.Name))
		}
	}
	return table
}

// A lookup is one value that a plan wants of a field.
type lookup struct {
	field schema.Field
	value query.Literal
}

// lookups lists them.
func lookups(plan *query.Plan) []lookup {
	var found []lookup
	add := func(left, right query.Expr) {
		f, isField := left.(query.Field)
		v, isValue := right.(query.Literal)
		if isField && isValue && (f.Type() == schema.Text && v.Kind == query.Text || f.Type() == schema.Integer && v.Kind == query.Integer) {
			found = append(found, lookup{f.Field, v})
		}
	}
	var walk func(query.Expr)
	walk = func(e query.Expr) {
		switch e := e.(type) {
		case query.And:
			for _, part := range e.Of {
				walk(part)
			}
		case query.Compare:
			if e.Op == query.Equal {
				add(e.Left, e.Right)
			}
		}
	}
	walk(plan.Where)
	walk(plan.Seen)
	for _, r := range plan.Refinements {
		if !r.Exclude && len(r.Values) == 1 && r.Values[0].Until.Kind == query.Null && r.Values[0].Below == "" {
			add(query.Field{Field: r.Field}, r.Values[0].Value)
		}
	}
	return found
}

func sortedKey(table Table, field string) string {
	return strings.Join(table.Paths, "\x00") + "\x00" + field
}

// lookup finds the copy of a version by a field and takes hold of it; without one, it says whether it is time to make one.
func (s *sortedCopies) lookup(table Table, field schema.Field) (copied *sortedCopy, due bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := sortedKey(table, field.Name)
	element, known := s.byField[key]
	if !known {
		element = s.order.PushFront(&sortedCopy{key: key, sources: table.Paths})
		s.byField[key] = element
		s.forget()
	}
	s.order.MoveToFront(element)
	c := element.Value.(*sortedCopy)
	switch c.state {
	case ready:
		c.users++
		return c, false
	case wanted:
		c.lookups++
		return nil, c.lookups >= sortedLookups
	}
	return nil, false
}

// forget drops what was counted long ago and never copied.
func (s *sortedCopies) forget() {
	const remembered = 10_000
	for element := s.order.Back(); element != nil && s.order.Len() > remembered; {
		before := element.Prev()
		if c := element.Value.(*sortedCopy); c.state == wanted || c.state == unfit {
			s.drop(element)
		}
		element = before
	}
}

func (s *sortedCopies) drop(element *list.Element) {
	c := s.order.Remove(element).(*sortedCopy)
	delete(s.byField, c.key)
	if c.path != "" {
		s.bytes -= c.bytes
		os.Remove(c.path)
	}
}

func (s *sortedCopies) leave(c *sortedCopy) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.users--
}

// settle says what became of a copy.
func (s *sortedCopies) settle(table Table, field string, state copyState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if element, known := s.byField[sortedKey(table, field)]; known {
		element.Value.(*sortedCopy).state = state
	}
}

// worthSorting asks the footers of the files: a large version, a field of many values, and files that are not sorted by it already.
func (e *Engine) worthSorting(ctx context.Context, table Table, looked lookup) bool {
	var paths []string
	for _, path := range table.Paths {
		paths = append(paths, text(path))
	}
	cast := "VARCHAR"
	value := any(looked.value.Text)
	if looked.field.Type == schema.Integer {
		cast, value = "BIGINT", looked.value.Integer
	}
	var rows, least, groups, meet int64
	err := e.db.QueryRowContext(ctx, fmt.Sprintf("SELECT coalesce(sum(num_values), 0), coalesce(min(coalesce(stats_distinct_count, %d)), 0), count(*), "+
		"count(*) FILTER (WHERE $2 BETWEEN TRY_CAST(stats_min_value AS %s) AND TRY_CAST(stats_max_value AS %[2]s)) FROM parquet_metadata([%[3]s]) WHERE path_in_schema = $1",
		sortedValues, cast, strings.Join(paths, ", ")), looked.field.Name, value).Scan(&rows, &least, &groups, &meet)
	if worth := err == nil && rows >= e.sorted.from && least >= sortedValues && meet*2 >= groups; worth {
		return true
	}
	if ctx.Err() == nil {
		e.sorted.settle(table, looked.field.Name, unfit)
	}
	return false
}

// make makes a copy in the background, if nobody does already.
func (s *sortedCopies) make(e *Engine, source query.Source, field schema.Field, key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	element, known := s.byField[key]
	if !known || element.Value.(*sortedCopy).state != wanted || s.ctx.Err() != nil {
		return
	}
	c := element.Value.(*sortedCopy)
	c.state = making
	s.work.Go(func() {
		select {
		case s.turn <- struct{}{}:
			defer func() { <-s.turn }()
		case <-s.ctx.Done():
			return
		}
		path, bytes, err := e.writeSorted(s.ctx, source, field)
		s.mu.Lock()
		defer s.mu.Unlock()
		if err != nil || !s.room(bytes) {
			c.state = unfit
			if path != "" {
				os.Remove(path)
			}
			if err != nil && s.ctx.Err() == nil {
				slog.Warn("a sorted copy could not be made", "field", field.Name, "error", err)
			}
			return
		}
		c.path, c.bytes, c.state = path, bytes, ready
		s.bytes += bytes
	})
}

// room drops the copies used longest ago until there is room for more bytes, and reports whether there is.
func (s *sortedCopies) room(bytes int64) bool {
	for element := s.order.Back(); element != nil && s.bytes+bytes > s.limit; {
		before := element.Prev()
		if c := element.Value.(*sortedCopy); c.state == ready && c.users == 0 {
			s.drop(element)
		}
		element = before
	}
	return s.bytes+bytes <= s.limit
}

// writeSorted writes the version sorted by a field, at the pace of exports.
func (e *Engine) writeSorted(ctx context.Context, source query.Source, field schema.Field) (path string, bytes int64, err error) {
	table, release, err := e.resolve(ctx, source) // again: what the question held is released with it
	if err != nil {
		return "", 0, err
	}
	defer release()
	file, err := os.CreateTemp(e.sorted.folder, "*.parquet")
	if err != nil {
		return "", 0, err
	}
	path = file.Name()
	file.Close()
	leave, err := e.exports.enter(ctx)
	if err != nil {
		return path, 0, err
	}
	defer leave()
	dialect := duckSQL{}
	columns := []string{dialect.rowID(table) + " AS " + identifier(idColumn)}
	for _, f := range table.Schema.Fields {
		columns = append(columns, identifier(f.Name))
	}
	statement := fmt.Sprintf("COPY (SELECT %s FROM %s ORDER BY %s, %s) TO %s (FORMAT parquet, ROW_GROUP_SIZE %d)", strings.Join(columns, ", "),
		dialect.relation(table), identifier(field.Name), identifier(idColumn), text(path), sortedGroup)
	nice.Run(func() { _, err = e.exports.db.ExecContext(ctx, statement) })
	if err != nil {
		return path, 0, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return path, 0, err
	}
	return path, info.Size(), nil
}
