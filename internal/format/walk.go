package format

import (
	"context"
	"math"
	"os"
	"slices"
	"sync"
	"unicode/utf8"

	"socle/internal/nice"
)

// A Visitor is shown the records of a table by [Walk], one at a time, those of a block in order.
type Visitor interface {
	Visit(r *Record)
}

// A Place is where a record is, before the blocks ahead of it have been counted: see [Layout].
type Place struct {
	Block  int32
	Record int32 // of the block, from 0, blank lines and repeated headers included
	Row    int32 // of the block, from 0; for what is no row, the row that follows
	Line   int64 // physical line of Path
}

// Before orders places as the file does.
func (p Place) Before(q Place) bool {
	return p.Block < q.Block || p.Block == q.Block && p.Record < q.Record
}

// A Record is one record of a table: a row, a blank line or the header again. It and its cells are only valid while
// it is visited.
type Record struct {
	Place
	Blank    bool // a line with nothing in it
	Repeated bool // the header again

	data   []byte
	splits *splitter
	arena  []byte // for the cells that are not simply their bytes
}

// Cells is how many cells the record has.
func (r *Record) Cells() int { return len(r.splits.spans) }

// Cell is the text of a cell; null is an unquoted nothing. Cells that are not UTF-8 come decoded as Windows-1252.
func (r *Record) Cell(i int) (text []byte, null bool) {
	s := r.splits.spans[i]
	v := r.data[s.start:s.end]
	if s.flags&^quoted == 0 {
		return v, s.start == s.end && s.flags == 0
	}
	return r.special(v, s), false
}

func (r *Record) special(v []byte, s span) []byte {
	if s.flags&(doubled|trailer) != 0 {
		room := r.arena[len(r.arena):]
		v = r.splits.value(r.data, s, &room)
		if len(r.arena)+len(v) <= cap(r.arena) {
			r.arena = r.arena[:len(r.arena)+len(v)]
		}
	}
	if s.flags&high != 0 && !utf8.Valid(v) {
		var room []byte
		v = decode(v, &room)
	}
	return v
}

// A Layout says where the records that were walked are in the whole table.
type Layout struct {
	Rows    int64 // data rows
	Records int64 // with the blank lines and the repeated headers

	table         *Table
	rows, records []int64 // before each block
}

// Where returns the number of the data row at a place, or of the one that follows what is no row, the line where it is
// as in [Row.Line], and the number of the record, both numbers from 1.
func (l *Layout) Where(p Place) (row, line, record int64) {
	row = l.rows[p.Block] + int64(p.Row) + 1
	return row, l.table.line(row, p.Line), l.records[p.Block] + int64(p.Record) + 1
}

// FirstRows returns how many data rows come before each block.
func (l *Layout) FirstRows() []int64 { return l.rows }

// Walk shows every record after the header to visitors, one for each processor, made by the given function. The
// visitors work at the same time, each on blocks of its own; what they learn must be put together by the caller. The
// faults are those of [Scan].
func Walk(ctx context.Context, t *Table, visitor func() Visitor, progress Progress) (*Layout, error) {
	info, err := os.Stat(t.Path)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	tasks := make(chan block, 1)
	processors := nice.Processors()
	buffers := make(chan []byte, processors+3)
	for range cap(buffers) {
		buffers <- nil
	}
	var group sync.WaitGroup
	var lock sync.Mutex
	layout := &Layout{table: t}
	for range processors {
		v := visitor()
		group.Go(func() {
			s := newSplitter(t.Dialect)
			for b := range tasks {
				rows, records := t.visit(b, &s, v)
				buffers <- b.data[:0]
				lock.Lock()
				for len(layout.rows) <= b.index {
					layout.rows, layout.records = append(layout.rows, 0), append(layout.records, 0)
				}
				layout.rows[b.index], layout.records[b.index] = rows, records
				lock.Unlock()
			}
		})
	}
	tell := throttle(progress)
	for b, problem := range t.blocks(ctx, defaultBlock, func() []byte { return <-buffers }) {
		if err = problem; err != nil {
			break
		}
		tasks <- b
		tell(b.done, info.Size())
	}
	close(tasks)
	group.Wait()
	if err != nil {
		return nil, err
	}
	tell(info.Size(), info.Size())
	layout.Rows, layout.Records = before(layout.rows), before(layout.records)
	return layout, nil
}

// visit shows the records of a block, and returns how many rows and records it has.
func (t *Table) visit(b block, s *splitter, v Visitor) (rows, records int64) {
	s.quotes = b.quotes
	r := Record{Place: Place{Block: int32(min(b.index, math.MaxInt32)), Line: b.line}, data: b.data, splits: s, arena: make([]byte, 0, 4096)}
	for pos := 0; pos < len(b.data); {
		next := s.record(b.data, pos)
		r.Blank = s.blank
		r.Repeated = !s.blank && len(t.rawHeader) > 0 && repeats(b.data[pos:next], t.rawHeader)
		r.arena = r.arena[:0]
		v.Visit(&r)
		if !r.Blank && !r.Repeated {
			r.Row++
		}
		r.Record++
		r.Line += int64(s.lines)
		pos = next
	}
	return int64(r.Row), int64(r.Record)
}

// before turns counts into what comes before each, and returns the sum.
func before(counts []int64) int64 {
	var total int64
	for i, n := range counts {
		counts[i], total = total, total+n
	}
	return total
}

// RecordsBefore is how many records come before the data: titles, notes and the header.
func (t *Table) RecordsBefore() int {
	if t.HasNames {
		return t.Skipped + 1
	}
	return t.Skipped
}

// Typed reports whether the source itself tells a null from an empty text: JSON and workbooks do, delimited text does not.
func (t *Table) Typed() bool { return !slices.Contains([]Kind{CSV, TSV}, t.Source.Kind) }
