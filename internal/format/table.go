package format

import (
	"context"
	"io"
	"iter"

	"socle/internal/schema"
)

// A Table is an open source: a delimited file in UTF-8 with its header. For a CSV in UTF-8 the file is the source
// itself; any other source has been rewritten to the scratch folder, with the [Canonical] dialect for formats that
// are not delimited text.
//
// Two kinds of nothing are kept apart: an unquoted empty cell is null, "" between quotes is an empty text.
type Table struct {
	Source   Source
	Path     string   // the delimited file
	Options  Options  // every choice made, forced or detected
	Dialect  Dialect  //
	Encoding string   // of the source as it came
	BOM      int      // bytes to skip at the beginning of Path
	Header   []string // labels as they came, one for each column; extra columns have an empty label
	Columns  int      // len(Header)
	HasNames bool     // whether the file has a header row
	Skipped  int      // records before the header (titles, notes)
	Sheets   []string // sheets of the workbook, for a choice
	Preview  []Row    // first rows, at most 50
	Notes    []Note   // what a person should know about how the file was read

	DataLine int64 // physical line of Path where the first data record begins: DuckDB skips DataLine-1 lines

	labelled    int       // cells of the header record
	data        int64     // offset in Path of the first data record
	rawHeader   []byte    // the header record as it stands, to recognise its repetitions
	plainHeader bool      // everything before the data takes one physical line a record
	texts       []bool    // typed sources: the columns that held nothing but strings
	place       positions // where rows are in the source, when they are not lines of Path
	limits      Limits
}

// Labelled is how many columns the header names, if only by an empty label: the columns after those are there because
// most records have cells beyond the header.
func (t *Table) Labelled() int {
	if !t.HasNames || t.labelled == 0 {
		return t.Columns
	}
	return min(t.labelled, t.Columns)
}

// A Row is one record.
type Row struct {
	Number int64 // from 1, in the order of the file, counting data rows only
	Line   int64 // where it begins: physical line, sheet row, or element of a JSON array, from 1
	Cells  []Cell
	Extra  []Cell // cells beyond the last column
}

// A Cell is one value as text. Null is an absent value: not the same as an empty text.
type Cell struct {
	Text string
	Null bool
}

// Open makes a table of a source that is not wrapped. Files that must be rewritten go to the folder scratch.
// Faults say what is wrong and where: an empty file, an unclosed quote, broken JSON, an unreadable workbook.
func Open(ctx context.Context, src Source, scratch string, opts Options, progress Progress) (*Table, error) {
	return open(ctx, src, scratch, opts, progress)
}

// Progress is told how many bytes were read of how many. It is called a few times a second at most, from one
// goroutine at a time, and may be nil.
type Progress func(done, total int64)

// Rows reads the table in order, from the first data row: repeated header lines and blank lines are not rows.
// Rows are only valid until the next one. Cells that are not UTF-8 come decoded as Windows-1252.
func (t *Table) Rows(ctx context.Context) iter.Seq2[Row, error] { return t.rows(ctx) }

// Normalise writes the table in the [Canonical] dialect: UTF-8, comma, a header of the labels, every row with
// exactly one cell for each column, texts quoted when they hold a comma, a quote or a line end, or are empty;
// nulls as nothing at all. DuckDB reads it with everything forced. It returns the number of data rows written: those that
// are left out, told by their number, are not; nil leaves none out.
func Normalise(ctx context.Context, t *Table, w io.Writer, out func(row int64) bool, progress Progress) (int64, error) {
	return normalise(ctx, t, w, out, progress)
}

// A Misfit is a cell that does not fit the type of its field, or a row that does not fit the table.
type Misfit struct {
	Row    int64        // number of the data row, 0 when the record is not a row
	Line   int64        // physical line, sheet row or element, as in [Row]
	Column int          // from 0; -1 when the whole row is meant
	Field  schema.Field // zero when the whole row is meant
	Value  string       // as it came
	Kind   IssueKind    //
}

// Misfits reads the table again and yields every cell that does not fit its field, and every irregular row, in
// the order of the file. It holds one row in memory. missing are the markers that count as empty for each field
// ([Guess.Missing]), by position; fields are in the order of the columns.
func Misfits(ctx context.Context, t *Table, guesses []Guess) iter.Seq2[Misfit, error] {
	return misfits(ctx, t, guesses)
}
