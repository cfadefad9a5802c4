package format

import (
	"context"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"

	"socle/internal/schema"
)

func misfits(ctx context.Context, t *Table, guesses []Guess) iter.Seq2[Misfit, error] {
	return func(yield func(Misfit, error) bool) {
		var buffer []byte
		for r, err := range t.records(ctx) {
			if err != nil {
				yield(Misfit{}, err)
				return
			}
			if !t.misfitsOf(&r, guesses, &buffer, func(m Misfit) bool { return yield(m, nil) }) {
				return
			}
		}
	}
}

// misfitsOf yields what does not fit in one record; it returns false when yield did.
func (t *Table) misfitsOf(r *record, guesses []Guess, buffer *[]byte, yield func(Misfit) bool) bool {
	at := Misfit{Row: r.number, Line: t.line(r.number, r.line), Column: -1}
	if r.repeated {
		at.Row, at.Kind = 0, RepeatedHeader
		return yield(at)
	}
	width := len(guesses)
	for i, s := range r.spans[:min(len(r.spans), width)] {
		if s.start == s.end && s.flags&quoted == 0 {
			continue
		}
		m := at
		m.Column, m.Field = i, guesses[i].Field
		text, _ := r.cell(s, buffer)
		if s.flags&stray != 0 {
			m.Kind, m.Value = StrayQuote, string(text)
			if !yield(m) {
				return false
			}
		}
		if s.flags&high != 0 && t.Encoding == utf8Name && !utf8.Valid(r.data[s.start:s.end]) {
			m.Kind, m.Value = BadEncoding, string(text)
			if !yield(m) {
				return false
			}
		}
		if !accepted(&guesses[i], text) {
			m.Kind, m.Value = Value, string(text)
			if !yield(m) {
				return false
			}
		}
	}
	switch n := len(r.spans); {
	case n < width:
		at.Kind = ShortRow
		return yield(at)
	case n > width && slices.ContainsFunc(r.spans[width:], func(s span) bool { return s.end > s.start }):
		at.Kind = LongRow
		at.Value = string(decode(r.data[r.spans[width].start:r.spans[n-1].end], buffer))
		return yield(at)
	}
	return true
}

// accepted reports whether a cell is stored as it is: it fits, or it is one of the markers that count as empty.
func accepted(g *Guess, text []byte) bool {
	if g.Field.Type == schema.Text || Fits(g.Field, text) {
		return true
	}
	v := trim(text)
	return len(v) <= 5 && slices.Contains(g.Missing, strings.ToLower(string(v)))
}
