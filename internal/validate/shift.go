package validate

import "socle/internal/format"

// A row whose values are shifted: a delimiter that stands in a text, or one that is missing, moves every value after it
// by one column. Such a row breaks many rules that say nothing of the cause; so it is said once more, as what it is. The
// evidence must be strong: at least two cells that are not of their type, all of which are once the values are put back.

// shiftedAt returns the column (from 0) where putting the values back by one cures the row; ok is false when nothing does.
func (w *worker) shiftedAt(r *format.Record, cells int) (column int, ok bool) {
	if w.typed || w.badCells() < 2 && cells <= w.width || w.width < 4 {
		return 0, false
	}
	for i := range w.faulty {
		at := w.columns[w.faulty[i].bound].column
		for _, by := range []int{1, -1} {
			for from := max(at-1, 0); from <= at; from++ {
				if w.curedBy(r, cells, from, by) {
					return from, true
				}
			}
		}
	}
	return 0, false
}

// badCells counts the cells of the row that are not of their type.
func (w *worker) badCells() (n int) {
	for _, f := range w.faulty {
		if f.faults&(1<<ruleType) != 0 {
			n++
		}
	}
	return n
}

// curedBy reports whether every column from one on is of its type with the value of its neighbour: the next one when a
// delimiter is in excess (by is 1), the one before when a delimiter is missing (by is -1).
func (w *worker) curedBy(r *format.Record, cells, from, by int) bool {
	cured, filled := 0, 0
	var o value
	for i := range w.columns {
		c := &w.columns[i]
		if w.values[c.field].state == bad && c.column < from {
			return false // a fault that the shift does not explain
		}
		if c.column < from || c.absent {
			continue
		}
		source := c.column + by
		if c.column == from && by < 0 || source >= cells {
			continue // the two values that were one, or the cell that the row lacks
		}
		v, _ := r.Cell(source)
		if c.f.eval(v, false, &o); o.state == bad {
			return false
		}
		if o.state == good && !plainText(c.f) {
			filled++
			if w.values[c.field].state == bad {
				cured++
			}
		}
	}
	return cured >= 2 && filled >= 2
}

// plainText reports whether any text is of the type: then it is no evidence.
func plainText(f *field) bool {
	return (f.def.Type == "string" || f.def.Type == "any" || f.def.Type == "") && f.def.Format == ""
}
