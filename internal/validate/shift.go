package validate

import (
	"slices"
	"strconv"
	"strings"

	"socle/internal/format"
	"socle/internal/i18n"
)

// A row whose values are shifted: a delimiter that stands in a text, or one that is missing, moves every value after it
// by one column. Such a row breaks many rules that say nothing of the cause; so it is said once more, as what it is. The
// evidence must be strong: at least two cells that are not of their type, all of which are once the values are put back.

// ShiftedRow is the name of the rule that the values of a row are in their columns.
const ShiftedRow = "shifted-row"

// The ways to put the values of a row back, as they are noted with the fault.
const (
	cutText     = "cut"   // a delimiter stands in a text, whose two parts are to be joined
	extraCellAt = "extra" // an empty cell is in excess
	shiftRight  = "right" // a cell is in excess, and nothing tells which part of the row it belongs to
	shiftLeft   = "left"  // a cell, or its delimiter, is missing
)

// shiftedAt returns the column (from 0) where putting the values back by one cures the row, and how to; ok is false when
// nothing does.
func (w *worker) shiftedAt(r *format.Record, cells int) (column int, how string, ok bool) {
	if w.typed || w.badCells() < 2 && cells <= w.width || w.width < 4 {
		return 0, "", false
	}
	for _, strict := range []bool{true, false} {
		for i := range w.faulty {
			if column, how, ok = w.shiftedNear(r, cells, w.columns[w.faulty[i].bound].column, strict); ok {
				return column, how, true
			}
		}
	}
	return 0, "", false
}

// shiftedNear is shiftedAt for the column of one fault, or the one before: the text that was cut may suit its column.
func (w *worker) shiftedNear(r *format.Record, cells, at int, strict bool) (column int, how string, ok bool) {
	before := max(at-1, 0)
	for _, from := range []int{at, before} {
		if !w.curedBy(r, cells, from, 1, strict) {
			continue
		}
		mend := w.excessAt(r, from)
		if mend != shiftRight {
			return from, mend, true
		}
		if !ok {
			column, how, ok = from, mend, true
		}
	}
	if ok {
		return column, how, true
	}
	for _, from := range []int{before, at} {
		if w.curedBy(r, cells, from, -1, strict) {
			return from, shiftLeft, true
		}
	}
	return 0, "", false
}

// excessAt says what the cell in excess at a column is.
func (w *worker) excessAt(r *format.Record, column int) string {
	excess, null := r.Cell(column)
	if null || len(excess) == 0 {
		return extraCellAt
	}
	i := slices.IndexFunc(w.columns, func(c bound) bool { return c.column == column-1 })
	if i < 0 || w.columns[i].absent {
		return shiftRight
	}
	first, _ := r.Cell(column - 1)
	whole := slices.Concat(first, []byte{w.run.table.Dialect.Delimiter}, excess)
	var o value
	if w.columns[i].f.eval(whole, false, &o); o.state != good || o.faults != 0 {
		return shiftRight
	}
	return cutText
}

// noteShift is what is noted of a shifted row: how it is put back, and the names of the columns that this speaks of.
func (w *worker) noteShift(column int, how string) string {
	name := func(i int) string {
		if labels := w.run.binding.labels; i >= 0 && i < len(labels) && labels[i] != "" {
			return labels[i]
		}
		return strconv.Itoa(i + 1)
	}
	return how + "\n" + name(column-1) + "\n" + name(column)
}

// sayShift says what noteShift noted.
func sayShift(note string) i18n.Text {
	how, names, _ := strings.Cut(note, "\n")
	before, name, _ := strings.Cut(names, "\n")
	switch how {
	case cutText:
		return i18n.T("à partir de la colonne « %s », chaque valeur est une colonne trop à droite. Réunissez « %s » et « %s », qui sont un seul texte coupé par le séparateur, puis ramenez les suivantes d’une colonne vers la gauche",
			"from column “%s” on, every value is one column too far to the right. Join “%s” and “%s”, which are one text that the delimiter cut, then bring the next ones back by one column", name, before, name)
	case extraCellAt:
		return i18n.T("à partir de la colonne « %s », chaque valeur est une colonne trop à droite. Supprimez cette cellule vide (ou réunissez, plus à gauche, un texte que le séparateur a coupé), puis ramenez les suivantes d’une colonne vers la gauche",
			"from column “%s” on, every value is one column too far to the right. Remove this empty cell (or join, further to the left, a text that the delimiter cut), then bring the next ones back by one column", name)
	case shiftLeft:
		return i18n.T("à partir de la colonne « %s », chaque valeur est une colonne trop à gauche. Insérez à cet endroit la cellule qui manque : les suivantes avancent d’une colonne vers la droite",
			"from column “%s” on, every value is one column too far to the left. Insert the missing cell there: the next ones move one column to the right", name)
	}
	return i18n.T("à partir de la colonne « %s », chaque valeur est une colonne trop à droite. Retirez la cellule de trop, puis ramenez les suivantes d’une colonne vers la gauche",
		"from column “%s” on, every value is one column too far to the right. Remove the cell in excess, then bring the next ones back by one column", name)
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
// delimiter is in excess (by is 1), the one before when a delimiter is missing (by is -1). To be strict is to ask that it
// have no other fault either.
func (w *worker) curedBy(r *format.Record, cells, from, by int, strict bool) bool {
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
		if c.f.eval(v, false, &o); o.state == bad || strict && o.faults != 0 {
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
