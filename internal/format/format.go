// Package format turns bytes into rows, and rows into bytes.
//
// Reading takes four steps. [Detect] says what a file is from its first bytes; [Unwrap] takes it out of its gzip
// or zip, safely; [Open] makes a [Table] of it: a delimited UTF-8 file with its dialect and header, the file
// itself whenever that is possible; [Scan] reads all of it once and says everything that can be known of each
// column. From the resulting [Profile], [Infer] chooses types, on the whole file and never on a sample. The other
// direction is [NewWriter]. Parquet is only detected here: the engine reads it.
package format

import (
	"path/filepath"
	"strings"
)

// Kind is what a file is.
type Kind string

// The kinds of files. Everything but XLS can be read; Parquet is read by the engine.
const (
	CSV     Kind = "csv"
	TSV     Kind = "tsv"
	JSON    Kind = "json"
	NDJSON  Kind = "ndjson"
	GeoJSON Kind = "geojson"
	XLSX    Kind = "xlsx"
	ODS     Kind = "ods"
	Parquet Kind = "parquet"
)

// Compression is what a file is wrapped in.
type Compression string

// The wrappings that [Unwrap] takes off.
const (
	Plain Compression = ""
	Gzip  Compression = "gzip"
	Zip   Compression = "zip"
)

// A Source is a file on disk and what it is.
type Source struct {
	Path        string      `json:"-"`
	Name        string      `json:"name"`                  // the name it came with, for its extension and for messages
	Kind        Kind        `json:"kind"`                  // empty while the file is wrapped: see [Unwrap]
	Compression Compression `json:"compression,omitempty"` // what it is wrapped in, or was before Unwrap
	Member      string      `json:"member,omitempty"`      // the file of the zip archive that was taken
	Size        int64       `json:"size"`                  // bytes at Path
}

// Wrapped reports whether the source must go through [Unwrap] before it can be opened.
func (s Source) Wrapped() bool { return s.Kind == "" }

// Limits bound what an untrusted file may cost. The zero value takes the defaults.
type Limits struct {
	Unwrapped int64 // bytes that may come out of a gzip or a zip; default 64 GB
	Ratio     int64 // times the wrapped size that may come out, past the first 64 MB; default 300
	Record    int   // bytes of one row; default 32 MiB
	Columns   int   // default 20,000
	Cells     int64 // cells of one spreadsheet row gap or repetition that are followed; default 1,048,576 rows
}

func (l Limits) withDefaults() Limits {
	if l.Unwrapped <= 0 {
		l.Unwrapped = 64_000_000_000
	}
	if l.Ratio <= 0 {
		l.Ratio = 300
	}
	if l.Record <= 0 {
		l.Record = 32 << 20
	}
	if l.Columns <= 0 {
		l.Columns = 20_000
	}
	if l.Cells <= 0 {
		l.Cells = 1 << 20
	}
	return l
}

// Options are the choices that a person may force; zero values are detected. [Table.Options] holds the choices
// that were made, forced or not, so that they can be recorded, shown, and given again.
type Options struct {
	Encoding  string `json:"encoding,omitempty"`  // "utf-8", "windows-1252", "iso-8859-1", "utf-16le", "utf-16be"
	Delimiter string `json:"delimiter,omitempty"` // one ASCII character; "\t" for a tab
	Quote     string `json:"quote,omitempty"`     // one ASCII character, or "none"
	HeaderRow int    `json:"headerRow,omitempty"` // record that holds the names, from 1; -1 when there is none
	Sheet     string `json:"sheet,omitempty"`     // sheet of a workbook, by name
	Member    string `json:"member,omitempty"`    // file of a zip archive, by name
	// DecimalComma says how "1,234" reads: "comma" for a decimal comma, "point" for a decimal point.
	// When empty, each column decides from its values.
	DecimalComma string `json:"decimal,omitempty"`
	Limits       Limits `json:"-"`
}

// Dialect is how a delimited file is written.
type Dialect struct {
	Delimiter byte   `json:"delimiter"`
	Quote     byte   `json:"quote"`   // 0 when nothing is quoted
	Newline   string `json:"newline"` // "\n", "\r\n" or "\r"
}

// Canonical is the dialect that [Normalise] writes.
var Canonical = Dialect{Delimiter: ',', Quote: '"', Newline: "\n"}

func extension(name string) string {
	return strings.TrimPrefix(strings.ToLower(filepath.Ext(name)), ".")
}
