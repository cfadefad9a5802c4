package format

import (
	"context"

	"socle/internal/i18n"
	"socle/internal/schema"
)

// A Note is something a person should know about a file, that does not stop its publication.
type Note struct {
	Code string    `json:"code"` // stable, snake case
	Text i18n.Text `json:"text"`
}

// IssueKind is what is irregular about a row, or a cell.
type IssueKind string

// The irregularities. All but Value are found by [Scan]; Value by [Misfits].
const (
	Value          IssueKind = "value"           // a cell does not fit its type: kept empty
	ShortRow       IssueKind = "short_row"       // fewer cells than columns: the last ones are empty
	LongRow        IssueKind = "long_row"        // more cells than columns: the extra ones are only in the quarantine
	RepeatedHeader IssueKind = "repeated_header" // the header again: not a row
	BadEncoding    IssueKind = "bad_encoding"    // a cell that is not UTF-8: read as Windows-1252
	StrayQuote     IssueKind = "stray_quote"     // a quote where none may be: read as it stands
)

// RowIssue is an irregular row.
type RowIssue struct {
	Kind   IssueKind `json:"kind"`
	Line   int64     `json:"line"`            // see [Row]
	Cells  int       `json:"cells"`           // how many cells the record has
	Column int       `json:"column"`          // from 0, for a cell; -1 for a row
	Value  string    `json:"value,omitempty"` // the extra cells or the bad cell, at most 200 bytes
}

// Profile is what one reading of the whole table learns.
type Profile struct {
	Rows      int64               `json:"rows"`
	Bytes     int64               `json:"bytes"`
	Columns   []ColumnProfile     `json:"columns"`
	MaxRecord int                 `json:"maxRecord"` // bytes of the longest record, for DuckDB's max_line_size
	Regular   bool                `json:"regular"`   // DuckDB can read Table.Path as it is, everything forced
	Blank     int64               `json:"blank"`     // blank lines, which are no rows
	Counts    map[IssueKind]int64 `json:"counts,omitempty"`
	Issues    []RowIssue          `json:"issues,omitempty"` // the first 1,000 in the order of the file; Misfits lists all
	Pairs     []Pair              `json:"pairs,omitempty"`  // columns that are a latitude and its longitude
	Notes     []Note              `json:"notes,omitempty"`
}

// Pair names two numeric columns that together are a point.
type Pair struct {
	Latitude  int `json:"latitude"` // index of the column
	Longitude int `json:"longitude"`
}

// Scan reads the whole table once, on every processor, and profiles every cell for every type. The result does
// not depend on how the file is cut among processors. Faults: an unclosed quote (with the line where it opened), a
// NUL byte (with line and byte), a row longer than the limit.
func Scan(ctx context.Context, t *Table, progress Progress) (*Profile, error) {
	return scan(ctx, t, defaultBlock, nil, progress)
}

// ScanWithout profiles the rows of a table but some, told by the block and the row of their [Place]: what is left out is
// counted nowhere, and the others stay where they are in the file.
func ScanWithout(ctx context.Context, t *Table, out func(block, row int32) bool, progress Progress) (*Profile, error) {
	return scan(ctx, t, defaultBlock, out, progress)
}

// A Guess is the field proposed for a column, with the evidence.
type Guess struct {
	Field     schema.Field  `json:"field"`
	Null      int64         `json:"null"`                // cells with nothing in them
	EmptyText int64         `json:"emptyText"`           // cells with "" or blanks: null unless the field is text
	Missing   []string      `json:"missing,omitempty"`   // markers that count as empty, in lower case; none for text
	Marked    int64         `json:"marked"`              // cells that hold one of them
	Values    int64         `json:"values"`              // cells that hold something else
	Fits      int64         `json:"fits"`                // values that fit the type
	Misfits   int64         `json:"misfits"`             // values that do not: Values - Fits
	Reason    i18n.Text     `json:"reason"`              // why this type, in a sentence
	Why       i18n.Text     `json:"why"`                 // why the field is personal; zero when it is not
	NearMiss  *NearMiss     `json:"nearMiss,omitempty"`  // a stricter type that few values refuse
	Exact     bool          `json:"exact"`               // the decimals are stored exactly
	FitsAll   []schema.Type `json:"fitsAll,omitempty"`   // every type that all values fit, for a form
	Examples  []Example     `json:"examples,omitempty"`  // first values
	Offenders []Example     `json:"offenders,omitempty"` // first values that do not fit
}

// Nulls returns how many cells of the column are null once it is stored with the guessed type. The engine
// checks its own count against it.
func (g Guess) Nulls() int64 {
	if g.Field.Type == schema.Text {
		return g.Null
	}
	return g.Null + g.EmptyText + g.Marked + g.Misfits
}

// NearMiss says which type a text column almost has.
type NearMiss struct {
	Type     schema.Type `json:"type"`
	Format   string      `json:"format,omitempty"`
	Misfits  int64       `json:"misfits"`
	Examples []Example   `json:"examples"`
	Text     i18n.Text   `json:"text"`
}

// Example is a value and where it first stands.
type Example struct {
	Value string `json:"value"`
	Line  int64  `json:"line"`

	row int64
}

// Infer proposes a field for each column from the profile of the whole table.
//
// The strictest type that every value fits is taken; with at least 100 values, a number, date, datetime or point
// that at most 1 % refuse is taken too, and those go to the quarantine. Codes stay text.
func Infer(t *Table, p *Profile) []Guess { return infer(t, p) }

// Retype gives the guess for one column when a person forces its type: the best format is chosen when format is
// empty. The counts are exact, from the same profile.
func Retype(t *Table, p *Profile, column int, typ schema.Type, format string) (Guess, error) {
	return retype(t, p, column, typ, format)
}
