package validate

import (
	"context"
	"slices"
	"strings"
	"unicode"

	"socle/internal/format"
	"socle/internal/french"
	"socle/internal/schema/frictionless"
)

// A Fault is one fault of a table, as whoever mends the table needs it.
type Fault struct {
	Example
	Group  *Group // its field and rule
	Column int    // of the table, from 0; -1 for the row or the header
	Value  string // the cell as it came, whole and in clear: to mend with, never to show
	Sure   bool   // the suggestion is the same value written otherwise: a case, a space, a lost zero, a comma, a date

	noRow bool
}

// late are the faults that are known only once the table was read, by rule: keys, and the order of rows between blocks.
type late map[int]map[int32]rowBits

func (l late) add(rule int, at format.Place) {
	if l[rule] == nil {
		l[rule] = map[int32]rowBits{}
	}
	bits := l[rule][at.Block]
	bits.add(at.Row)
	l[rule][at.Block] = bits
}

// Faults visits every fault of the table, not only the first ones: those of the header, then those of the rows in the
// order of the file. It reads the table again, which must still be where it was; what it holds does not grow with the
// number of faults. It asks for a report made with [Options.Keep].
func (t *Task) Faults(ctx context.Context, report *Report, visit func(Fault) error) error {
	r := t.run
	groups := map[int]*Group{}
	for i := range report.Errors {
		g := &report.Errors[i]
		if r == nil || g.rule < 0 {
			for _, e := range g.Examples {
				if err := visit(Fault{Example: e, Group: g, Column: -1}); err != nil {
					return err
				}
			}
			continue
		}
		groups[g.rule] = g
	}
	if len(groups) == 0 {
		return nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	blocks := make(chan *rereading)
	done := make(chan error, 1)
	go func() {
		var readers []*rereader
		_, err := format.Walk(ctx, r.table, func() format.Visitor {
			v := &rereader{worker: r.newWorker(), blocks: blocks, ctx: ctx}
			v.worker.again = true
			readers = append(readers, v)
			return v
		}, nil)
		for _, v := range readers {
			v.hand()
		}
		close(blocks)
		done <- err
	}()
	err := inOrder(blocks, func(b *rereading) error {
		for _, s := range b.found {
			if err := visit(r.fault(groups[s.rule], s)); err != nil {
				return err
			}
		}
		return nil
	}, cancel)
	if walked := <-done; err == nil {
		err = walked
	}
	return err
}

// inOrder takes the blocks as the file has them, however they come. After an error it lets the readers end.
func inOrder(blocks <-chan *rereading, take func(*rereading) error, stop func()) error {
	waiting := map[int32]*rereading{}
	var next int32
	var first error
	for b := range blocks {
		if first != nil {
			continue
		}
		waiting[b.block] = b
		for first == nil && waiting[next] != nil {
			b := waiting[next]
			delete(waiting, next)
			next++
			if first = take(b); first != nil {
				stop()
			}
		}
	}
	return first
}

// caught is a fault met in the second reading.
type caught struct {
	seen
	rule  int
	full  string
	noRow bool // the record is a blank line, or the header again
}

// rereading is what a block holds.
type rereading struct {
	block int32
	found []caught
}

// rereader holds the blocks again against the program, and keeps every fault of the one at hand.
type rereader struct {
	worker *worker
	blocks chan<- *rereading
	ctx    context.Context
	now    *rereading
}

// Visit implements [format.Visitor].
func (v *rereader) Visit(r *format.Record) {
	if v.now == nil || v.now.block != r.Block {
		v.hand()
		v.now = &rereading{block: r.Block}
	}
	w := v.worker
	w.found = w.found[:0]
	w.Visit(r)
	for rule, marks := range w.run.late {
		if !r.Blank && !r.Repeated && marks[r.Block].has(r.Row) {
			w.found = append(w.found, w.lateFault(rule))
		}
	}
	slices.SortStableFunc(w.found, func(a, b caught) int { return a.rule - b.rule })
	for _, f := range w.found {
		f.noRow = r.Blank || r.Repeated
		if f.column >= 0 && int(f.column) < r.Cells() {
			cell, _ := r.Cell(int(f.column))
			f.full = string(cell)
		}
		v.now.found = append(v.now.found, f)
	}
}

// hand gives the block at hand to whoever puts them in order.
func (v *rereader) hand() {
	if v.now == nil {
		return
	}
	select {
	case v.blocks <- v.now:
	case <-v.ctx.Done():
	}
	v.now = nil
}

func (b rowBits) has(row int32) bool {
	return int(row>>6) < len(b) && b[row>>6]&(1<<(row&63)) != 0
}

// lateFault tells the fault of a key, or of the order of rows, at the record.
func (w *worker) lateFault(rule int) caught {
	r := w.run
	s := seen{at: w.record.Place, column: -1}
	if i := rule - r.keyBase; i >= 0 {
		s.cell = w.cellsOf(r.program.keys[i].fields)
		if fields := r.program.keys[i].fields; len(fields) == 1 {
			s.column = int32(r.binding.columns[fields[0]])
		}
	} else if field := r.program.rows[rule-r.rowBase].field; field >= 0 {
		s.column, s.cell = int32(r.binding.columns[field]), clip(w.cell(field))
	}
	return caught{seen: s, rule: rule}
}

// fault tells a fault with everything that mending it takes.
func (r *tableRun) fault(g *Group, f caught) Fault {
	rule, field := r.ruleAt(f.rule)
	e := r.example(rule, field, f.seen)
	out := Fault{Example: e, Group: g, Column: int(f.column), Value: f.full, noRow: f.noRow}
	if e.Suggestion != "" && out.Column >= 0 {
		out.Sure = sameValue(field.def, f.full, e.Suggestion)
	}
	return out
}

// ruleAt returns a rule of the run by its number, with its field.
func (r *tableRun) ruleAt(n int) (*rule, *field) {
	p := r.program
	switch {
	case n < tableRules:
		return &tableRule[n], nil
	case n >= r.keyBase:
		k := &p.keys[n-r.keyBase]
		return &k.rule, p.fieldAt(k.field)
	case n >= r.rowBase:
		row := &p.rows[n-r.rowBase]
		return &row.rule, p.fieldAt(row.field)
	}
	i := lastBase(r.bases, n)
	return &p.fields[i].rules[n-r.bases[i]], &p.fields[i]
}

func lastBase(bases []int, n int) int {
	i, exact := slices.BinarySearch(bases, n)
	if !exact {
		i--
	}
	return i
}

// sameValue reports whether two texts are one value written in two ways, so that a program may write the second for the
// first without asking anybody. A letter that changes is another value, even when it was probably meant.
func sameValue(def *frictionless.Field, a, b string) bool {
	switch def.Type {
	case frictionless.Date, frictionless.Datetime, frictionless.Time, frictionless.YearMonth, frictionless.Boolean:
		return true // read in one way only, else nothing is suggested
	case frictionless.Number, frictionless.Integer:
		return strings.IndexFunc(a, func(r rune) bool { return unicode.IsLetter(r) || r == '%' }) < 0
	}
	bare := func(text string) string {
		text = strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				return r
			}
			return -1
		}, french.Fold(text))
		return strings.TrimLeft(text, "0")
	}
	return bare(a) == bare(b) && !cutOverseas(a, b)
}

// cutOverseas reports whether a zero put back before a code may be another code: 9731 is 09731, of the Ariège, that lost its
// zero, or one of 97310 to 97319, of Guyane, that lost its last digit.
func cutOverseas(a, b string) bool {
	a = strings.TrimSpace(a)
	return len(a) == 4 && b == "0"+a && (strings.HasPrefix(a, "97") || strings.HasPrefix(a, "98"))
}
