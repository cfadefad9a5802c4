package engine

import (
	"context"

	"socle/internal/schema"
)

// Writer turns uploaded files into the Parquet files of a version. Each call has a database of its own, which may
// touch the file read and the folder written and nothing else, and whose memory is given back at the end.
type Writer struct{ options Options }

// NewWriter returns a writer with the limits of options; Allowed is not used.
func NewWriter(options Options) *Writer { return &Writer{options: options} }

// A Conversion says how the cells of one column of a text file become the values of a field.
type Conversion struct {
	Skip    bool         // the column is not kept
	Field   schema.Field // Name, Type, Format and Scale matter
	Misfits bool         // some cells do not fit: they become empty; false lets the faster conversion run
}

// WriteRequest is a text file to convert. Every row must have as many cells as there are conversions.
type WriteRequest struct {
	Path      string       // UTF-8 text
	Delimiter rune         // ';', ',', '\t'…
	Quote     rune         // '"' usually; 0 for none
	SkipLines int          // lines before the first row of data, the header among them
	Columns   []Conversion // one for each column, in order
	Target    string       // the Parquet file to make; its folder must exist, the file must not
}

// WriteResult is what was written.
type WriteResult struct {
	Rows   int64
	Bytes  int64
	Nulls  map[string]int64 // empty cells of each field
	Schema schema.Schema    // fields as written
}

// WriteCSV converts a text file to Parquet, rows in the same order. Empty cells and misfits become empty values.
// On error no target remains.
func (w *Writer) WriteCSV(ctx context.Context, request WriteRequest) (WriteResult, error) {
	return WriteResult{}, errNotYet
}

// InspectParquet reads the columns of an uploaded Parquet file as the schema they would have, and its number of rows.
func (w *Writer) InspectParquet(ctx context.Context, path string) (schema.Schema, int64, error) {
	return schema.Schema{}, 0, errNotYet
}

// WriteParquet rewrites an uploaded Parquet file with the types of fields, in the order of the file's columns, one
// field a column; an element of fields with an empty name leaves its column out. Lists and structures become JSON.
// A file that is cut short or is no Parquet gives a fault of kind Invalid.
func (w *Writer) WriteParquet(ctx context.Context, path string, fields []schema.Field, target string) (WriteResult, error) {
	return WriteResult{}, errNotYet
}
