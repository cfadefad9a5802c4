package engine

import "socle/internal/schema"

// Writer turns uploaded files into the Parquet files of a version. Each call has a database of its own, which may
// touch the file read and the folder written and nothing else, and whose memory is given back at the end.
type Writer struct{ options Options }

// NewWriter returns a writer with the limits of options; Allowed is not used.
func NewWriter(options Options) *Writer { return &Writer{options: options} }

// A Conversion says how the cells of one column of a text file become the values of a field.
type Conversion struct {
	Skip    bool         // the column is not kept
	Field   schema.Field // Name, Type, Format and Scale matter
	Misfits bool         // some cells hold what is no value of the field: they become empty; false lets the faster conversion run
}

// WriteRequest is a text file to convert. Every row must have as many cells as there are conversions.
type WriteRequest struct {
	Path      string       // UTF-8 text
	Delimiter rune         // ';', ',', '\t'…
	Quote     rune         // '"' usually; 0 for none
	SkipLines int          // lines before the first row of data, the header among them
	MaxLine   int          // bytes of the longest row, which decide how much memory is taken
	Rows      int64        // in the file, which with its bytes decide how many are written together; 0 when not known
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
