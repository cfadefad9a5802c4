package validate

import (
	"encoding/binary"
	"strings"
	"unicode/utf8"

	"socle/internal/format"
)

// The rules that every table has, before those of its schema.
const (
	blankRow = iota
	extraCell
	repeatedHeader
	shiftedRow
	tableRules
)

// seen is one fault that may be shown.
type seen struct {
	at     format.Place
	cell   string
	column int32  // of the table, from 0, where the rule does not say it
	note   string // what the rule adds: the key that is repeated
}

// worker holds the cells of its blocks against the program.
type worker struct {
	run      *tableRun
	typed    bool
	width    int // columns of the table
	columns  []bound
	values   []value // of the row, by field
	memos    []memo
	nothing  []value // what an empty cell means, by bound column
	counts   []int64 // by rule of the run
	examples [][]seen
	block    int32
	bits     rowBits
	marked   map[int32]rowBits
	writers  []*keyWriter // of the keys
	parents  []*keyWriter // of the keys that other tables refer to
	faulty   []faultyCell
	rows     []rowState // of the rules that remember the row before
	record   *format.Record
	key      []byte
	again    bool // reads a second time: every fault of the record goes to found, and nothing is counted
	found    []caught
}

// bound is a field over a column.
type bound struct {
	field    int
	column   int
	f        *field
	base     int // first rule of the field in the run
	remember bool
	absent   bool // the whole column is missing: said once, at the header
}

type faultyCell struct {
	bound  int32
	faults uint64
}

// Visit holds one record against the program.
func (w *worker) Visit(r *format.Record) {
	if r.Block != w.block {
		w.newBlock(r.Block)
	}
	w.record = r
	switch {
	case r.Blank:
		w.fault(blankRow, seen{at: r.Place})
		return
	case r.Repeated:
		w.fault(repeatedHeader, seen{at: r.Place})
		return
	}
	w.faulty = w.faulty[:0]
	cells, nulls := r.Cells(), 0
	for i := range w.columns {
		c := &w.columns[i]
		if c.column >= cells || c.absent {
			o := w.nothing[i]
			if c.column >= cells && !c.absent && !w.typed {
				o.faults |= 1 << ruleMissingCell
			}
			w.values[c.field] = o
			nulls++
			if o.faults != 0 && !c.absent {
				w.faulty = append(w.faulty, faultyCell{int32(i), o.faults})
			}
			continue
		}
		v, null := r.Cell(c.column)
		o := &w.values[c.field]
		switch {
		case len(v) == 0 && (null || !w.typed):
			*o = w.nothing[i]
		case c.remember:
			slot, known := w.memos[i].find(v)
			if known {
				*o = slot.meaning
				break
			}
			c.f.eval(v, false, o)
			if slot != nil {
				slot.keep(v, *o)
			}
		default:
			c.f.eval(v, false, o)
		}
		if o.state == empty {
			nulls++
		}
		if o.faults != 0 {
			w.faulty = append(w.faulty, faultyCell{int32(i), o.faults})
		}
	}
	if nulls == len(w.columns) && nulls > 0 && !w.filledElsewhere(cells) {
		w.mark(r.Row)
		w.fault(blankRow, seen{at: r.Place})
		return
	}
	if len(w.faulty) > 0 {
		w.mark(r.Row)
		w.cells(r, cells)
		if column, how, ok := w.shiftedAt(r, cells); ok {
			v, _ := r.Cell(min(column, cells-1))
			w.fault(shiftedRow, seen{at: r.Place, cell: clip(v), column: int32(column), note: w.noteShift(column, how)})
		}
	}
	if cells > w.width && !w.typed {
		w.extra(r, cells)
	}
	w.rules(r)
	w.keys(r)
}

// filledElsewhere reports whether a column that no field describes holds something: then the row is not blank.
func (w *worker) filledElsewhere(cells int) bool {
	if len(w.columns) >= w.width {
		return false
	}
	for i := range cells {
		if v, _ := w.record.Cell(i); len(v) > 0 && !w.run.described(i) {
			return true
		}
	}
	return false
}

// newBlock begins a block: what was learnt of the one before is put away.
func (w *worker) newBlock(block int32) {
	w.putAway()
	w.block = block
	for i := range w.memos {
		w.memos[i].renew()
	}
	for i := range w.rows {
		w.rows[i].renew(block)
	}
}

func (w *worker) putAway() {
	if len(w.bits) > 0 {
		w.marked[w.block] = w.bits
		w.bits = nil
	}
}

func (w *worker) mark(row int32) { w.bits.add(row) }

// fault counts a fault, and keeps it among the examples while they are few. A worker sees its blocks in order, so the
// first that it keeps are its first.
func (w *worker) fault(rule int, s seen) {
	if w.again {
		w.found = append(w.found, caught{seen: s, rule: rule})
		return
	}
	w.counts[rule]++
	if len(w.examples[rule]) < w.run.most {
		w.examples[rule] = append(w.examples[rule], s)
	}
}

// full reports whether no more examples of a rule are kept.
func (w *worker) full(rule int) bool {
	return len(w.examples[rule]) >= w.run.most
}

// cells counts what is wrong with the cells of the row.
func (w *worker) cells(r *format.Record, cells int) {
	for _, faulty := range w.faulty {
		c := &w.columns[faulty.bound]
		for bit, left := 0, faulty.faults; left != 0; bit, left = bit+1, left>>1 {
			if left&1 == 0 {
				continue
			}
			rule := c.base + bit
			if w.full(rule) {
				w.counts[rule]++
				continue
			}
			s := seen{at: r.Place, column: int32(c.column)}
			if c.column < cells {
				v, _ := r.Cell(c.column)
				s.cell = clip(v)
			}
			w.fault(rule, s)
		}
	}
}

// extra counts the cells beyond the last column.
func (w *worker) extra(r *format.Record, cells int) {
	w.mark(r.Row)
	for i := w.width; i < cells; i++ {
		v, _ := r.Cell(i)
		w.fault(extraCell, seen{at: r.Place, cell: clip(v), column: int32(i)})
	}
}

// clip keeps the beginning of a cell, whole characters.
func clip(v []byte) string {
	const shown = 200
	if len(v) <= shown {
		return strings.ToValidUTF8(string(v), "\uFFFD")
	}
	cut := shown
	for cut > shown-4 && !utf8.RuneStart(v[cut]) {
		cut--
	}
	return strings.ToValidUTF8(string(v[:cut]), "\uFFFD") + "…"
}

// keys puts the keys of the row in their stores.
func (w *worker) keys(r *format.Record) {
	for i := range w.run.program.keys {
		k := &w.run.program.keys[i]
		if w.writers[i] == nil {
			continue
		}
		filled, nulls := w.composeKey(k.fields)
		switch {
		case k.kind == primaryKey && (filled == 0 || nulls > 0):
			w.mark(r.Row)
			w.fault(w.run.keyBase+i, seen{at: r.Place})
			continue
		case filled == 0, k.kind != foreignKey && filled < len(k.fields), filled+nulls < len(k.fields):
			continue // what is not of its type is said to be so, and compared with nothing
		}
		if !w.again {
			w.writers[i].put(w.key, r.Place)
		}
	}
	if w.again {
		return
	}
	for i, writer := range w.parents {
		if filled, _ := w.composeKey(w.run.wanted[i].fields); filled > 0 {
			writer.put(w.key, format.Place{})
		}
	}
}

// composeKey writes the key of the row for some fields, and says how many are filled and how many are empty.
func (w *worker) composeKey(fields []int) (filled, nulls int) {
	w.key = w.key[:0]
	for _, i := range fields {
		o := &w.values[i]
		if o.state != good {
			if o.state == empty {
				nulls++
			}
			w.key = append(w.key, 0)
			continue
		}
		filled++
		v, _ := w.record.Cell(w.run.binding.columns[i])
		f := &w.run.program.fields[i]
		w.key = keyPart(w.key, f, v, o, len(fields) == 1)
	}
	return filled, nulls
}

// keyParts reads what composeKey wrote; an empty part is nil.
func keyParts(key []byte, fields int) []*string {
	if fields == 1 {
		s := string(key[1:])
		return []*string{&s}
	}
	var parts []*string
	for len(key) > 0 {
		n, i := binary.Uvarint(key)
		key = key[i:]
		if n == 0 {
			parts = append(parts, nil)
			continue
		}
		s := string(key[:n-1])
		parts, key = append(parts, &s), key[n-1:]
	}
	return parts
}
