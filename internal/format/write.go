package format

import (
	"io"

	"socle/internal/schema"
)

// A Writer writes rows in one format, streaming. Begin, then Row for each, then End; an error is final.
// Values are those of package schema: string, int64, float64, bool, time.Time, schema.Coordinates,
// json.RawMessage, nil.
type Writer interface {
	Begin(s schema.Schema) error
	Row(values []any) error
	End() error
}

// WriteOptions are the choices of an export.
type WriteOptions struct {
	// Neutralise puts an apostrophe before texts that a spreadsheet would run as a formula (=, +, -, @, tab,
	// carriage return at their beginning), numbers excepted.
	Neutralise bool
	Labels     bool   // headers are the labels instead of the technical names
	Title      string // name of the sheet
	Scratch    string // folder for temporary files; the system's when empty
}

// NewWriter returns the writer for "xlsx", "ods", "geojson", "csv", "json" or "ndjson", nil for any other name.
func NewWriter(format string, w io.Writer, o WriteOptions) Writer { return newWriter(format, w, o) }
