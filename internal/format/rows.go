package format

import (
	"bufio"
	"context"
	"io"
	"iter"
	"os"
	"sort"
)

// positions says where rows are in their source: from row rows[i] on, row r is at place places[i] + r - rows[i].
// Empty, it says nothing and the physical line counts.
type positions struct {
	rows, places []int64
}

// mark says that the given row is at a place. Only jumps are kept.
func (p *positions) mark(row, place int64) {
	if n := len(p.rows); n > 0 && place-p.places[n-1] == row-p.rows[n-1] {
		return
	}
	p.rows, p.places = append(p.rows, row), append(p.places, place)
}

// LinesAreRows says that the source has no lines that a person could look at, as Parquet: its rows go by their number.
func (t *Table) LinesAreRows() { t.place = positions{rows: []int64{1}, places: []int64{1}} }

// line is where a row is in the source, given its physical line in Path.
func (t *Table) line(row, line int64) int64 {
	p := &t.place
	if len(p.rows) == 0 {
		return line
	}
	i := max(sort.Search(len(p.rows), func(i int) bool { return p.rows[i] > row })-1, 0)
	return p.places[i] + row - p.rows[i]
}

// record is one record of the delimited file, as bytes.
type record struct {
	number   int64
	line     int64
	done     int64 // bytes of the file read so far
	data     []byte
	spans    []span
	repeated bool // the header again
	*splitter
}

// records reads the file in order. Blank lines are left out.
func (t *Table) records(ctx context.Context) iter.Seq2[record, error] {
	return func(yield func(record, error) bool) {
		s := newSplitter(t.Dialect)
		var number int64
		var buffer []byte
		for b, err := range t.blocks(ctx, 1<<20, func() []byte { return buffer }) {
			if err != nil {
				yield(record{}, err)
				return
			}
			s.quotes = b.quotes
			line := b.line
			for pos := 0; pos < len(b.data); {
				next := s.record(b.data, pos)
				if !s.blank {
					r := record{number: number + 1, line: line, done: b.done, data: b.data, spans: s.spans, splitter: &s}
					if r.repeated = len(t.rawHeader) > 0 && repeats(b.data[pos:next], t.rawHeader); !r.repeated {
						number++
					}
					if !yield(r, nil) {
						return
					}
				}
				line += int64(s.lines)
				pos = next
			}
			buffer = b.data[:0]
		}
	}
}

// cell is the text of one span of the record, decoded; null is an unquoted nothing.
func (r *record) cell(s span, buffer *[]byte) (text []byte, null bool) {
	if s.start == s.end && s.flags&quoted == 0 {
		return nil, true
	}
	v := r.value(r.data, s, buffer)
	if s.flags&high != 0 {
		v = decode(v, buffer)
	}
	return v, false
}

func (t *Table) rows(ctx context.Context) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		var cells []Cell
		var buffer []byte
		for r, err := range t.records(ctx) {
			if err != nil {
				yield(Row{}, err)
				return
			}
			if r.repeated {
				continue
			}
			cells = cells[:0]
			for _, s := range r.spans {
				v, null := r.cell(s, &buffer)
				cells = append(cells, Cell{Text: string(v), Null: null})
			}
			for len(cells) < t.Columns {
				cells = append(cells, Cell{Null: true})
			}
			row := Row{Number: r.number, Line: t.line(r.number, r.line), Cells: cells[:t.Columns], Extra: cells[t.Columns:]}
			if !yield(row, nil) {
				return
			}
		}
	}
}

func normalise(ctx context.Context, t *Table, w io.Writer, without func(row int64) bool, progress Progress) (int64, error) {
	info, err := os.Stat(t.Path)
	if err != nil {
		return 0, err
	}
	out := newCanonical(w)
	for i, label := range t.Header {
		out.text(i, []byte(label))
	}
	out.end()
	tell := throttle(progress)
	var rows int64
	var buffer []byte
	for r, err := range t.records(ctx) {
		if err != nil {
			return rows, err
		}
		if r.repeated || without != nil && without(r.number) {
			continue
		}
		for i := range t.Columns {
			if i >= len(r.spans) {
				out.null(i)
				continue
			}
			if v, null := r.cell(r.spans[i], &buffer); null {
				out.null(i)
			} else {
				out.text(i, v)
			}
		}
		out.end()
		rows++
		if rows%1000 == 0 {
			tell(r.done, info.Size())
		}
	}
	tell(info.Size(), info.Size())
	return rows, out.flush()
}

// canonical writes the canonical dialect.
type canonical struct {
	w      *bufio.Writer
	hollow bool // the row is one null so far
}

func newCanonical(w io.Writer) *canonical { return &canonical{w: bufio.NewWriterSize(w, 1<<18)} }

// null writes an absent cell. A row of one column that is null would be a blank line, which readers skip: it is
// written as a blank text instead, which no type but text tells from a null.
func (c *canonical) null(i int) {
	if i > 0 {
		c.w.WriteByte(',')
	}
	c.hollow = i == 0
}

// text writes a text cell, quoted when it must be.
func (c *canonical) text(i int, v []byte) {
	if i > 0 {
		c.w.WriteByte(',')
	}
	c.hollow = false
	if !needsQuotes(v) {
		c.w.Write(v)
		return
	}
	c.w.WriteByte('"')
	start := 0
	for j, b := range v {
		if b == '"' {
			c.w.Write(v[start : j+1])
			start = j
		}
	}
	c.w.Write(v[start:])
	c.w.WriteByte('"')
}

func needsQuotes(v []byte) bool {
	if len(v) == 0 {
		return true
	}
	for _, b := range v {
		if b == ',' || b == '"' || b == '\n' || b == '\r' {
			return true
		}
	}
	return false
}

func (c *canonical) end() {
	if c.hollow {
		c.w.WriteString(`""`)
	}
	c.w.WriteByte('\n')
}

// flush reports the first error of all the writes before it.
func (c *canonical) flush() error { return c.w.Flush() }
