package format

import (
	"bufio"
	"encoding/json"
	"io"
	"strconv"

	"socle/internal/projection"
	"socle/internal/schema"
)

// geojsonWriter writes a feature collection (RFC 7946). The geometry is the first field that has one, a geometry
// before a point; the other fields are properties. Coordinates that are not degrees come with the member "crs" of the
// specification of 2008, which RFC 7946 took out and GDAL still reads.
type geojsonWriter struct {
	nothingAside
	w       *bufio.Writer
	options WriteOptions
	to      projection.System
	fields  []schema.Field
	names   [][]byte
	place   int // index of the field that is the geometry, -1 when none is
	rows    int
	scratch []byte
}

func newGeoJSONWriter(w io.Writer, o WriteOptions) Writer {
	return &geojsonWriter{w: bufio.NewWriterSize(w, 64<<10), options: o, to: o.system()}
}

// Begin implements [Writer].
func (g *geojsonWriter) Begin(s schema.Schema) (err error) {
	g.fields, g.place = s.Fields, placeOf(s.Fields)
	if g.names, err = memberNames(g.options.titled(s.Fields)); err != nil {
		return err
	}
	g.w.WriteString(`{"type":"FeatureCollection",`)
	if g.to.Code != projection.WGS84 {
		g.w.WriteString(`"crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::` + strconv.Itoa(g.to.Code) + `"}},`)
	}
	_, err = g.w.WriteString(`"features":[`)
	return err
}

// Row implements [Writer].
func (g *geojsonWriter) Row(values []any) error {
	if g.rows > 0 {
		g.w.WriteByte(',')
	}
	g.rows++
	g.w.WriteString("\n{\"type\":\"Feature\",\"geometry\":")
	var place any
	if g.place >= 0 {
		place = values[g.place]
	}
	g.geometry(place)
	g.w.WriteString(`,"properties":`)
	if err := writeObject(g.w, g.fields, g.names, values, g.place); err != nil {
		return err
	}
	return g.w.WriteByte('}')
}

func (g *geojsonWriter) geometry(place any) {
	if raw, ok := place.(json.RawMessage); ok && g.to.Geographic() { // as it is kept, whatever it is
		g.w.Write(raw)
		return
	}
	shape := placed(place, g.to)
	if shape == nil {
		g.w.WriteString("null")
		return
	}
	g.scratch = shape.appendGeoJSON(g.scratch[:0])
	g.w.Write(g.scratch)
}

// End implements [Writer].
func (g *geojsonWriter) End() error {
	g.w.WriteString("\n]}\n")
	return g.w.Flush()
}

// titled gives fields the names that an export has for them, told apart where two would be the same.
func (o WriteOptions) titled(fields []schema.Field) []schema.Field {
	list := make([]schema.Field, len(fields))
	taken := map[string]bool{}
	for i, f := range fields {
		base := o.title(f)
		name := base
		for n := 2; taken[name]; n++ {
			name = base + " " + strconv.Itoa(n)
		}
		taken[name] = true
		f.Name = name
		list[i] = f
	}
	return list
}
