package format

import (
	"context"
	"os"
	"path/filepath"
	"strings"
)

// rewriter turns the rows of a source that is not delimited text into a canonical file without a header.
type rewriter struct {
	table  *Table
	out    *canonical
	sheet  bool // the header must be found among the rows; JSON has its own
	forced int
	held   []sourceRow // first rows of a sheet, until the header is found
	rows   int64
	text   []int64 // cells of each column that the source says are texts
	other  []int64 // cells that it says are something else
}

func openJSON(ctx context.Context, src Source, scratch string, opts Options, progress Progress) (*Table, error) {
	r := &rewriter{table: &Table{HasNames: true}}
	facts, err := r.run(ctx, src, scratch, opts)
	if err != nil {
		return nil, err
	}
	t := r.table
	t.Header, t.Columns = facts.header, len(facts.header)
	t.texts = make([]bool, t.Columns)
	typed := false
	for _, n := range r.other {
		typed = typed || n > 0
	}
	for i := range min(len(r.text), t.Columns) {
		t.texts[i] = typed && r.text[i] > 0 && r.other[i] == 0
	}
	t.Options.HeaderRow = 0
	if t.Columns == 0 {
		return nil, emptyFile(src.Name)
	}
	return t, nil
}

func openXLSX(ctx context.Context, src Source, scratch string, opts Options, progress Progress) (*Table, error) {
	return openSheet(ctx, src, scratch, opts)
}

func openODS(ctx context.Context, src Source, scratch string, opts Options, progress Progress) (*Table, error) {
	return openSheet(ctx, src, scratch, opts)
}

func openSheet(ctx context.Context, src Source, scratch string, opts Options) (*Table, error) {
	r := &rewriter{table: &Table{}, sheet: true, forced: opts.HeaderRow}
	facts, err := r.run(ctx, src, scratch, opts)
	if err != nil {
		return nil, err
	}
	r.table.Sheets, r.table.Options.Sheet = facts.sheets, facts.sheet
	if r.table.Columns == 0 {
		return nil, emptyFile(src.Name)
	}
	return r.table, nil
}

// run reads the source into the scratch file and fills what all tables have.
func (r *rewriter) run(ctx context.Context, src Source, scratch string, opts Options) (sourceFacts, error) {
	t := r.table
	t.Source, t.Options, t.Dialect, t.Encoding, t.limits = src, opts, Canonical, utf8Name, opts.Limits
	t.Path, t.DataLine, t.plainHeader = filepath.Join(scratch, "rows.csv"), 1, true
	file, err := os.Create(t.Path)
	if err != nil {
		return sourceFacts{}, err
	}
	r.out = newCanonical(file)
	facts, err := readSource(ctx, src, opts, r.row)
	if err == nil && r.held != nil {
		err = r.release()
	}
	if err == nil {
		err = r.out.flush()
	}
	if closing := file.Close(); err == nil {
		err = closing
	}
	t.Notes = append(t.Notes, facts.notes...)
	return facts, err
}

// row takes one row of the source; its cells are only valid during the call.
func (r *rewriter) row(row sourceRow) error {
	if r.sheet && r.table.Columns == 0 {
		r.held = append(r.held, sourceRow{line: row.line, cells: append([]sourceCell(nil), row.cells...)})
		if len(r.held) < sniffed {
			return nil
		}
		return r.release()
	}
	return r.write(row)
}

// release finds the header among the first rows of a sheet, and writes those that are data.
func (r *rewriter) release() error {
	d := draft{}
	for _, row := range r.held {
		var cells []string
		full := 0
		for _, c := range row.cells {
			cells = append(cells, c.Text)
			if strings.TrimSpace(c.Text) != "" {
				full++
			}
		}
		d.records, d.nonNull, d.lines, d.takes = append(d.records, cells), append(d.nonNull, full), append(d.lines, int(row.line)), append(d.takes, 1)
	}
	d.starts = make([]int, len(d.records))
	header, first := d.header(r.forced)
	t := r.table
	for _, record := range d.records[min(max(header, 0), len(d.records)):] {
		t.Columns = max(t.Columns, len(record))
	}
	t.Header = make([]string, t.Columns)
	t.HasNames, t.Skipped, t.Options.HeaderRow = header >= 0, first, -1
	if header >= 0 {
		t.Skipped, t.Options.HeaderRow = header, header+1
		for i, cell := range d.records[header] {
			t.Header[i] = strings.TrimSpace(cell)
		}
		t.noteSkipped(header, d.lines[header])
		if t.Columns > 1 {
			t.rawHeader = canonicalRecord(d.records[header], t.Columns)
		}
	}
	held := r.held
	r.held = nil
	for _, row := range held[first:] {
		if err := r.write(row); err != nil {
			return err
		}
	}
	return nil
}

// canonicalRecord is how the canonical file would hold a record of texts, without its line end.
func canonicalRecord(cells []string, width int) []byte {
	var b strings.Builder
	out := newCanonical(&b)
	for i := range width {
		if i < len(cells) && cells[i] != "" {
			out.text(i, []byte(cells[i]))
		} else {
			out.null(i)
		}
	}
	if out.flush() != nil {
		return nil
	}
	return []byte(b.String())
}

func (r *rewriter) write(row sourceRow) error {
	r.rows++
	r.table.place.mark(r.rows, row.line)
	for len(r.text) < len(row.cells) {
		r.text, r.other = append(r.text, 0), append(r.other, 0)
	}
	for i, c := range row.cells {
		switch {
		case c.Null:
			r.out.null(i)
			continue
		case c.text:
			r.text[i]++
		default:
			r.other[i]++
		}
		r.out.text(i, []byte(c.Text))
	}
	for i := len(row.cells); i < r.table.Columns; i++ {
		r.out.null(i)
	}
	r.out.end()
	return nil
}
