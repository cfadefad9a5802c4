package validate

import (
	"cmp"
	"slices"

	"socle/internal/format"
	"socle/internal/schema/frictionless"
)

// A rowRule is a rule over several cells of a row.
type rowRule struct {
	rule
	field  int   // where the fault is shown; -1 for the row
	fields []int // that it looks at; without the column of one the rule is not checked
	holds  func(w *worker) bool
	note   func(w *worker) string // what to note of a row that breaks the rule; nil for nothing
	order  *orderRule             // of the rules that compare a row with the one before
}

// rules holds the row against the rules over several cells.
func (w *worker) rules(r *format.Record) {
	p := w.run.program
	for i := range p.rows {
		rule := &p.rows[i]
		if !w.rows[i].on {
			continue
		}
		if rule.order != nil {
			if w.rows[i].step(w, rule.order) {
				continue
			}
		} else if rule.holds(w) {
			continue
		}
		w.mark(r.Row)
		w.broken(i)
	}
}

func (w *worker) broken(i int) {
	rule := &w.run.program.rows[i]
	s := seen{at: w.record.Place, column: -1}
	if rule.field >= 0 && w.run.binding.columns[rule.field] >= 0 {
		s.column = int32(w.run.binding.columns[rule.field])
		s.cell = clip(w.cell(rule.field))
	} else if !w.full(w.run.rowBase + i) {
		s.cell = w.cellsOf(rule.fields)
		if rule.note != nil {
			s.note = rule.note(w)
		}
	}
	w.fault(w.run.rowBase+i, s)
}

// cell is the text of a field in the row; nothing when the row is too short.
func (w *worker) cell(field int) []byte {
	column := w.run.binding.columns[field]
	if column < 0 || column >= w.record.Cells() {
		return nil
	}
	v, _ := w.record.Cell(column)
	return v
}

// cellsOf shows several cells, those that may not be shown masked.
func (w *worker) cellsOf(fields []int) string {
	var b []byte
	for i, field := range fields {
		if i > 0 {
			b = append(b, ", "...)
		}
		text := string(w.cell(field))
		if w.run.program.fields[field].masked {
			text = mask(text)
		}
		b = append(b, text...)
	}
	return clip(b)
}

// compareValues orders two good cells of fields of the same kind; ok is false when they have no order.
func (p *Program) compareValues(a int, va []byte, oa *value, b int, vb []byte, ob *value) (order int, ok bool) {
	fa, fb := p.fields[a].def, p.fields[b].def
	if isNumeric(fa.Type) && isNumeric(fb.Type) {
		x, quick := oa.float()
		y, also := ob.float()
		if quick && also {
			return cmp.Compare(x, y), true
		}
		if oa.num == notFinite || ob.num == notFinite {
			return 0, false
		}
		return plainDecimal(fa, va).compare(plainDecimal(fb, vb)), true
	}
	if fa.Type == fb.Type && oa.exact && ob.exact {
		return cmp.Compare(oa.num, ob.num), true
	}
	switch {
	case fa.Type == frictionless.Date && fb.Type == frictionless.Datetime:
		return cmp.Compare(oa.num*day, ob.num), true
	case fa.Type == frictionless.Datetime && fb.Type == frictionless.Date:
		return cmp.Compare(oa.num, ob.num*day), true
	case fa.Type == frictionless.Duration && fb.Type == frictionless.Duration:
		x, _ := durationOf(va) // both were read
		y, _ := durationOf(vb)
		return x.compare(y)
	case fa.Type == frictionless.String || fa.Type == frictionless.Any:
		return cmp.Compare(string(va), string(vb)), true
	}
	return 0, false
}

func isNumeric(t frictionless.Type) bool {
	return t == frictionless.Number || t == frictionless.Integer
}

// plainDecimal reads a good number, however it is written.
func plainDecimal(def *frictionless.Field, v []byte) decimal {
	if undo := writing(def); undo != nil {
		v, _ = undo(v, nil) // it was read
	}
	return decimalOf(v)
}

// An orderRule says that a column never goes down, or never up.
type orderRule struct {
	field  int
	down   bool
	strict bool
}

// rowState is what a worker remembers of a rule from row to row.
type rowState struct {
	on    bool
	begun bool // a value was met in this block
	last  edge
	edges map[int32][2]edge // first and last value of each block
	block int32
}

// edge is a value with where it is.
type edge struct {
	at   format.Place
	text []byte
	o    value
}

func (r *tableRun) newRowStates() []rowState {
	states := make([]rowState, len(r.program.rows))
	for i := range states {
		states[i] = rowState{on: r.has(r.program.rows[i].fields), edges: map[int32][2]edge{}}
	}
	return states
}

func (s *rowState) renew(block int32) { s.begun, s.block = false, block }

// step compares the row with the one before in the block.
func (s *rowState) step(w *worker, rule *orderRule) (holds bool) {
	o := &w.values[rule.field]
	if o.state != good {
		return true
	}
	now := edge{at: w.record.Place, text: append(s.last.text[:0:0], w.cell(rule.field)...), o: *o}
	holds = true
	if s.begun {
		holds = w.run.program.inOrder(rule, &s.last, &now)
		ends := s.edges[s.block]
		ends[1] = now
		s.edges[s.block] = ends
	} else {
		s.edges[s.block] = [2]edge{now, now}
	}
	s.begun, s.last = true, now
	return holds
}

func (p *Program) inOrder(rule *orderRule, before, after *edge) bool {
	order, ok := p.compareValues(rule.field, before.text, &before.o, rule.field, after.text, &after.o)
	if rule.down {
		order = -order
	}
	return !ok || order < 0 || order == 0 && !rule.strict
}

// joinRows compares the last value of each block with the first of the next.
func (r *tableRun) joinRows() {
	for i := range r.program.rows {
		rule := r.program.rows[i].order
		if rule == nil {
			continue
		}
		all := map[int32][2]edge{}
		for _, w := range r.workers {
			for block, ends := range w.rows[i].edges {
				all[block] = ends
			}
		}
		var blocks []int32
		for block := range all {
			blocks = append(blocks, block)
		}
		slices.Sort(blocks)
		for j := 1; j < len(blocks); j++ {
			before, after := all[blocks[j-1]][1], all[blocks[j]][0]
			if r.program.inOrder(rule, &before, &after) {
				continue
			}
			bits := r.marked[after.at.Block]
			bits.add(after.at.Row)
			r.marked[after.at.Block] = bits
			n := r.rowBase + i
			if r.late != nil {
				r.late.add(n, after.at)
			}
			r.counts[n]++
			r.shown[n] = append(r.shown[n], seen{at: after.at, cell: clip(after.text), column: int32(r.binding.columns[rule.field])})
		}
	}
}
