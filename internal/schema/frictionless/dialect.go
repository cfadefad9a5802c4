package frictionless

import (
	"fmt"

	"socle/internal/i18n"
)

// A Dialect is a Table Dialect: how a table is written in its file. The zero Dialect is that of the standard, in which
// only what was said is forced; the rest is found out from the file.
type Dialect struct {
	Header      *bool // nil means true
	HeaderRows  []int // from 1; nil means [1]
	HeaderJoin  string
	CommentRows []int
	CommentChar string

	Delimiter        string
	LineTerminator   string
	QuoteChar        string
	DoubleQuote      *bool // nil means true
	EscapeChar       string
	NullSequence     string
	SkipInitialSpace bool
	SkipBlankRows    bool // of frictionless-py: blank rows are no fault

	Property string   // structured files: where the rows are
	ItemType string   // "array" or "object"
	ItemKeys []string //

	SheetNumber int // from 1; 0 when not said
	SheetName   string
	Table       string // of a database

	Extra Extra

	order []string
}

// ParseDialect reads a Table Dialect. The fault is dialect_invalid.
func ParseDialect(data []byte) (*Dialect, error) {
	r := &reader{}
	what := i18n.T("Ce n’est pas un dialecte de table (Table Dialect)", "This is not a Table Dialect")
	o, ok := r.document(data)
	if !ok {
		return nil, r.err("dialect_invalid", what)
	}
	d := r.dialect(o)
	return d, r.err("dialect_invalid", what)
}

func (r *reader) dialect(o *object) *Dialect {
	d := &Dialect{order: o.order}
	d.Header, d.HeaderRows, d.HeaderJoin = o.truth("header"), r.rows(o, "headerRows"), o.text("headerJoin")
	d.CommentRows, d.CommentChar = r.rows(o, "commentRows"), o.text("commentChar")
	d.Delimiter, d.LineTerminator, d.QuoteChar = o.text("delimiter"), o.text("lineTerminator"), o.text("quoteChar")
	d.DoubleQuote, d.EscapeChar, d.NullSequence = o.truth("doubleQuote"), o.text("escapeChar"), o.text("nullSequence")
	if b := o.truth("skipInitialSpace"); b != nil {
		d.SkipInitialSpace = *b
	}
	d.Property, d.ItemType, d.ItemKeys = o.text("property"), o.text("itemType"), o.texts("itemKeys")
	if n := o.natural("sheetNumber"); n != nil {
		d.SheetNumber = *n
	}
	d.SheetName, d.Table = o.text("sheetName"), o.text("table")
	for _, c := range []struct{ name, said string }{{"delimiter", d.Delimiter}, {"quoteChar", d.QuoteChar}, {"escapeChar", d.EscapeChar}} {
		if len(c.said) > 1 {
			r.wrong(o.at(c.name), "un seul caractère est attendu ; « %s » a été trouvé", "a single character is expected; “%s” was found", c.said)
		}
	}
	if d.EscapeChar != "" && d.QuoteChar != "" {
		r.note(o.at("escapeChar"), "« escapeChar » et « quoteChar » s’excluent", "“escapeChar” and “quoteChar” exclude each other")
	}
	d.Extra = o.rest()
	d.asFrictionless()
	return d
}

// rows is a list of numbers of rows, from 1.
func (r *reader) rows(o *object, name string) []int {
	elements, ok := o.list(name)
	if !ok {
		return nil
	}
	rows := []int{}
	for i, raw := range elements {
		holder := &object{reader: r, path: fmt.Sprintf("%s[%d]", o.at(name), i), members: []Member{{"", raw}}}
		switch n := holder.natural(""); {
		case n == nil:
		case *n == 0:
			r.wrong(holder.path, "les lignes se comptent à partir de 1", "rows are counted from 1")
		default:
			rows = append(rows, *n)
		}
	}
	return rows
}

// MarshalJSON writes the dialect on one line.
func (d *Dialect) MarshalJSON() ([]byte, error) {
	w := writer{order: d.order, extra: d.Extra}
	w.choice("header", d.Header)
	w.numbers("headerRows", d.HeaderRows)
	w.choice("doubleQuote", d.DoubleQuote)
	w.numbers("commentRows", d.CommentRows)
	w.text("headerJoin", d.HeaderJoin)
	w.text("commentChar", d.CommentChar)
	w.text("delimiter", d.Delimiter)
	w.text("lineTerminator", d.LineTerminator)
	w.text("quoteChar", d.QuoteChar)
	w.text("escapeChar", d.EscapeChar)
	w.text("nullSequence", d.NullSequence)
	w.truth("skipInitialSpace", d.SkipInitialSpace)
	w.text("property", d.Property)
	w.text("itemType", d.ItemType)
	w.list("itemKeys", d.ItemKeys)
	if d.SheetNumber > 0 {
		w.put("sheetNumber", d.SheetNumber)
	}
	w.text("sheetName", d.SheetName)
	w.text("table", d.Table)
	return w.object()
}

// choice writes what may be true, false or not said.
func (w *writer) choice(name string, value *bool) {
	if value != nil {
		w.put(name, *value)
	}
}

func (w *writer) numbers(name string, value []int) {
	if value != nil {
		w.put(name, value)
	}
}
