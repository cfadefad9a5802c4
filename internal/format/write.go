package format

import (
	"io"
	"slices"

	"socle/internal/schema"
)

// A Writer writes rows in one format, streaming. Begin, then Row for each, then End; an error is final. Close comes
// last, whatever happened: it frees what the writer put aside. Values are those of package schema: string, int64,
// float64, bool, time.Time, schema.Coordinates, json.RawMessage, nil. An instant is written on the clocks of its
// location.
type Writer interface {
	Begin(s schema.Schema) error
	Row(values []any) error
	End() error
	Close() error
}

// WriteOptions are the choices of an export. A format ignores those that are not its own.
type WriteOptions struct {
	// Neutralise puts an apostrophe before texts that a spreadsheet would run as a formula (=, +, -, @, tab,
	// carriage return at their beginning), numbers excepted.
	Neutralise bool
	Labels     bool     // headers are the labels instead of the technical names
	Title      string   // name of the sheet, of the document, of the layer
	Scratch    string   // folder for temporary files; the system's when empty
	Calendar   Calendar // of "ical"
	EPSG       int      // system of the coordinates of "geojson", "fgb" and "shp"; 0 is that of the data, WGS 84

	NameField         string   // of "gpx" and "kml": what names a place; found by its name when empty
	DescriptionFields []string // of "gpx": what describes it
	Extensions        bool     // of "gpx": every field is in an extension of the format, as GDAL writes it; else in the description

	Resource string        // of RDF: address of the dataset; its fields are fragments of it
	Record   func() string // of RDF: address of the row being written, "" when it has none
}

// writers makes the writer of each format.
var writers = map[string]func(w io.Writer, o WriteOptions) Writer{
	"arrow":   newArrowWriter,
	"csv":     newCSVWriter,
	"geojson": newGeoJSONWriter,
	"fgb":     newFGBWriter,
	"gpx":     newGPXWriter,
	"ical":    newICalWriter,
	"json":    func(w io.Writer, _ WriteOptions) Writer { return newJSONWriter(w, true) },
	"jsonld":  newJSONLDWriter,
	"kml":     newKMLWriter,
	"n3":      newTurtleWriter,
	"ndjson":  func(w io.Writer, _ WriteOptions) Writer { return newJSONWriter(w, false) },
	"ods":     newODSWriter,
	"rdfxml":  newRDFXMLWriter,
	"shp":     newSHPWriter,
	"turtle":  newTurtleWriter,
	"xlsx":    newXLSXWriter,
}

// NewWriter returns the writer of a format by its name, nil for a name that is none: see [Written].
func NewWriter(format string, w io.Writer, o WriteOptions) Writer {
	if make := writers[format]; make != nil {
		return make(w, o)
	}
	return nil
}

// Written lists the formats that [NewWriter] knows, in alphabetical order.
func Written() []string {
	names := make([]string, 0, len(writers))
	for name := range writers {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// nothingAside is the Close of the writers that put nothing aside.
type nothingAside struct{}

// Close implements [Writer].
func (nothingAside) Close() error { return nil }
