package format

import (
	"bytes"
	"context"
	"os"
	"slices"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"socle/internal/nice"
)

// listed is how many irregular rows a profile lists; all are counted.
const listed = 1000

// worker profiles blocks. Each has its own counts, added up at the end.
type worker struct {
	splitter
	table       *Table
	stats       []stat
	memos       []memo // of the columns
	issues      []located
	counts      map[IssueKind]int64
	rows        map[int]int64 // rows of each block
	blanks      int64
	crlfs, lfs  int64
	loose       int64 // carriage returns elsewhere than before a line feed
	trailing    int64 // records with empty cells after the last column
	multibyte   bool  // a cell holds valid UTF-8 beyond ASCII
	longest     int
	buffer      []byte
	headerFirst []byte                      // the raw header record, to recognise its repetitions
	out         func(block, row int32) bool // rows that are left out; nil for none
	left        int64                       // how many were
}

// located is an issue whose row number is not known yet.
type located struct {
	RowIssue
	at sighting
}

func scan(ctx context.Context, t *Table, size int, out func(block, row int32) bool, progress Progress) (*Profile, error) {
	info, err := os.Stat(t.Path)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	workers := make([]*worker, nice.Processors())
	tasks := make(chan block, 1)
	buffers := make(chan []byte, len(workers)+3)
	for range cap(buffers) {
		buffers <- nil
	}
	var group sync.WaitGroup
	for i := range workers {
		w := newWorker(t)
		w.out = out
		workers[i] = w
		group.Go(func() {
			for b := range tasks {
				w.block(b)
				buffers <- b.data[:0]
			}
			w.settle()
		})
	}
	tell := throttle(progress)
	for b, problem := range t.blocks(ctx, size, func() []byte { return <-buffers }) {
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
	return t.profile(workers, info.Size()), nil
}

// settle counts what the memos still hold.
func (w *worker) settle() {
	for i := range w.stats {
		w.stats[i].settleAll(&w.memos[i])
	}
}

func newWorker(t *Table) *worker {
	return &worker{splitter: newSplitter(t.Dialect), table: t, stats: make([]stat, t.Columns), memos: newMemos(t.Columns), counts: map[IssueKind]int64{},
		rows: map[int]int64{}, headerFirst: t.rawHeader}
}

// block profiles every cell of a block.
func (w *worker) block(b block) {
	data := b.data
	w.quotes = b.quotes
	line, row := b.line, int32(0)
	returns := 0
	crlfs := w.crlfs
	for i := range w.memos {
		w.memos[i].renew()
	}
	if w.newline == '\n' {
		returns = bytes.Count(data, []byte{'\r'})
	}
	for pos := 0; pos < len(data); {
		next := w.record(data, pos)
		w.longest = max(w.longest, next-pos)
		switch {
		case w.crlf:
			w.crlfs++
		case next < len(data) || b.ended:
			w.lfs++
		}
		switch {
		case w.blank:
			w.blanks++
		case len(w.headerFirst) > 0 && repeats(data[pos:next], w.headerFirst):
			w.issue(RowIssue{Kind: RepeatedHeader, Line: line, Cells: len(w.spans), Column: -1}, &sighting{block: b.index, row: row, line: line})
		case w.out != nil && w.out(int32(b.index), row):
			w.left++
			row++
		default:
			w.cells(data, &sighting{block: b.index, row: row, line: line})
			row++
		}
		line += int64(w.lines)
		pos = next
	}
	w.loose += int64(returns) - (w.crlfs - crlfs)
	w.rows[b.index] = int64(row)
}

// repeats reports whether a record is the header again, whatever its line end.
func repeats(record, header []byte) bool {
	return len(record) > len(header) && record[0] == header[0] && bytes.HasPrefix(record, header) &&
		len(bytes.Trim(record[len(header):], "\r\n")) == 0
}

// cells profiles the cells of the record that was just cut.
func (w *worker) cells(data []byte, at *sighting) {
	width := len(w.stats)
	n := min(len(w.spans), width)
	stats, memos := w.stats[:n], w.memos[:n]
	for i, s := range w.spans[:n] {
		stat := &stats[i]
		if s.start == s.end && s.flags&quoted == 0 {
			stat.null++
			continue
		}
		v := data[s.start:s.end]
		if s.flags&^(quoted|high) == 0 {
			slot, known := stat.again(&memos[i], v)
			switch {
			case known:
				continue
			case slot != nil && (s.flags&high == 0 || utf8.Valid(v)):
				w.multibyte = w.multibyte || s.flags&high != 0
				stat.remember(slot, v, stat.add(v, s.flags, at))
				continue
			}
		}
		if s.flags&^quoted != 0 {
			v = w.special(data, s, i, at)
		}
		stat.add(v, s.flags, at)
	}
	if len(w.spans) == width {
		return
	}
	if len(w.spans) < width {
		for i := n; i < width; i++ {
			w.stats[i].null++
		}
		w.issue(RowIssue{Kind: ShortRow, Line: at.line, Cells: len(w.spans), Column: -1}, at)
		return
	}
	extra := w.spans[width:]
	from, to := extra[0].start, extra[len(extra)-1].end
	if !slices.ContainsFunc(extra, func(s span) bool { return s.end > s.start }) {
		w.trailing++
		return
	}
	w.issue(RowIssue{Kind: LongRow, Line: at.line, Cells: len(w.spans), Column: -1, Value: clip(decode(data[from:to], &w.buffer))}, at)
}

// special gives the text of a cell that is not simply its bytes.
func (w *worker) special(data []byte, s span, column int, at *sighting) []byte {
	v := w.value(data, s, &w.buffer)
	if s.flags&stray != 0 {
		w.issue(RowIssue{Kind: StrayQuote, Line: at.line, Cells: len(w.spans), Column: column, Value: clip(v)}, at)
	}
	if s.flags&high == 0 {
		return v
	}
	if utf8.Valid(v) {
		w.multibyte = true
		return v
	}
	v = decode(v, &w.buffer)
	w.stats[column].badEncoding++
	w.issue(RowIssue{Kind: BadEncoding, Line: at.line, Cells: len(w.spans), Column: column, Value: clip(v)}, at)
	return v
}

func (w *worker) issue(issue RowIssue, at *sighting) {
	w.counts[issue.Kind]++
	if len(w.issues) < listed {
		w.issues = append(w.issues, located{issue, *at})
	}
}

// decode reads bytes that are not UTF-8 as Windows-1252, which every byte has a meaning in.
func decode(v []byte, buffer *[]byte) []byte {
	if utf8.Valid(v) {
		return v
	}
	out := make([]byte, 0, 2*len(v))
	for _, c := range v {
		out = utf8.AppendRune(out, charmap.Windows1252.DecodeByte(c))
	}
	*buffer = out
	return out
}

// profile adds up what the workers saw.
func (t *Table) profile(workers []*worker, size int64) *Profile {
	p := &Profile{Bytes: size, Counts: map[IssueKind]int64{}, Columns: make([]ColumnProfile, t.Columns)}
	var rows []int64
	all := newWorker(t)
	for _, w := range workers {
		for i, n := range w.rows {
			if len(rows) <= i {
				rows = append(rows, make([]int64, i+1-len(rows))...)
			}
			rows[i] = n
		}
		all.blanks, all.crlfs, all.lfs, all.left = all.blanks+w.blanks, all.crlfs+w.crlfs, all.lfs+w.lfs, all.left+w.left
		all.loose, all.trailing = all.loose+w.loose, all.trailing+w.trailing
		all.multibyte = all.multibyte || w.multibyte
		all.longest = max(all.longest, w.longest)
		for kind, n := range w.counts {
			p.Counts[kind] += n
		}
		all.issues = append(all.issues, w.issues...)
		for i := range w.stats {
			all.stats[i].merge(&w.stats[i])
		}
	}
	before := make([]int64, len(rows)+1) // rows before each block
	for i, n := range rows {
		before[i+1] = before[i] + n
	}
	p.Rows, p.Blank, p.MaxRecord = before[len(rows)]-all.left, all.blanks, all.longest
	where := func(s sighting) (row, line int64) {
		row = before[s.block] + int64(s.row) + 1
		return row, t.line(row, s.line)
	}
	t.encodingOfWhole(p, all)
	p.Issues = issuesOf(all.issues, p.Counts, where)
	p.Regular = t.regular(p, all)
	for i, name := range t.technicalNames() {
		p.Columns[i] = columnProfile(t.Header[i], name, &all.stats[i], where)
	}
	t.describe(p, all)
	return p
}

// encodingOfWhole tells a file that is Windows-1252 throughout from one that mixes encodings.
func (t *Table) encodingOfWhole(p *Profile, all *worker) {
	if p.Counts[BadEncoding] == 0 || all.multibyte || t.Encoding != "utf-8" {
		return
	}
	t.Encoding, t.Options.Encoding = "windows-1252", "windows-1252"
	delete(p.Counts, BadEncoding)
	all.loose++ // the bytes are not UTF-8: they must be rewritten
}

func issuesOf(issues []located, counts map[IssueKind]int64, where func(sighting) (int64, int64)) []RowIssue {
	slices.SortStableFunc(issues, func(a, b located) int {
		switch {
		case a.at.before(b.at):
			return -1
		case b.at.before(a.at):
			return 1
		}
		return 0
	})
	var out []RowIssue
	for _, i := range issues {
		if counts[i.Kind] == 0 || len(out) == listed {
			continue
		}
		issue := i.RowIssue
		_, issue.Line = where(i.at)
		out = append(out, issue)
	}
	return out
}

// regular reports whether DuckDB, told everything, would read from Path exactly the rows and cells counted here.
func (t *Table) regular(p *Profile, all *worker) bool {
	mixed := all.crlfs > 0 && t.Dialect.Newline == "\n" || all.lfs > 0 && t.Dialect.Newline == "\r\n"
	return len(p.Counts) == 0 && p.Blank == 0 && all.loose == 0 && all.trailing == 0 && !mixed && t.Dialect.Newline != "\r" && t.plainHeader
}
