package format

import (
	"bufio"
	"encoding/json"
	"encoding/xml"
	"io"
	"strconv"
	"strings"

	"socle/internal/schema"
)

// kmlWriter writes placemarks (OGC 12-007r2, KML 2.3, without what 2.2 lacks). KML knows no other coordinates than
// degrees. Every field but the place is data of the placemark, with the text that the field has elsewhere.
type kmlWriter struct {
	nothingAside
	w       *xmlText
	options WriteOptions
	fields  []schema.Field
	place   int
	name    int
}

func newKMLWriter(w io.Writer, o WriteOptions) Writer {
	return &kmlWriter{w: newXMLText(w), options: o}
}

// Begin implements [Writer].
func (k *kmlWriter) Begin(s schema.Schema) error {
	k.fields, k.place = s.Fields, placeOf(s.Fields)
	k.name = titleField(s.Fields, k.options.NameField)
	k.w.raw(xml.Header, `<kml xmlns="http://www.opengis.net/kml/2.2"><Document>`)
	k.w.element("name", k.options.Title)
	return nil
}

// Row implements [Writer].
func (k *kmlWriter) Row(values []any) error {
	k.w.raw("\n<Placemark>")
	if k.name >= 0 {
		k.w.element("name", plain(k.fields[k.name], values[k.name]))
	}
	k.w.raw("<ExtendedData>")
	for i, f := range k.fields {
		if i == k.place || values[i] == nil {
			continue
		}
		k.w.raw(`<Data name="`)
		k.w.text(k.options.title(f))
		k.w.raw(`">`)
		k.w.element("value", plain(f, values[i]))
		k.w.raw("</Data>")
	}
	k.w.raw("</ExtendedData>")
	if k.place >= 0 {
		if g := geometryOf(values[k.place]); g != nil {
			k.geometry(*g)
		}
	}
	k.w.raw("</Placemark>")
	return nil
}

// geometry writes a geometry; several of one row are one MultiGeometry.
func (k *kmlWriter) geometry(g geometry) {
	several := len(g.points)+len(g.lines)+len(g.polygons) > 1 || len(g.members) > 0
	if several {
		k.w.raw("<MultiGeometry>")
	}
	for _, p := range g.points {
		k.w.raw("<Point>")
		k.coordinates([]vertex{p})
		k.w.raw("</Point>")
	}
	for _, line := range g.lines {
		k.w.raw("<LineString>")
		k.coordinates(line)
		k.w.raw("</LineString>")
	}
	for _, rings := range g.polygons {
		k.w.raw("<Polygon>")
		for i, ring := range rings {
			side := "innerBoundaryIs"
			if i == 0 {
				side = "outerBoundaryIs"
			}
			k.w.raw("<", side, "><LinearRing>")
			k.coordinates(ring)
			k.w.raw("</LinearRing></", side, ">")
		}
		k.w.raw("</Polygon>")
	}
	for _, member := range g.members {
		k.geometry(member)
	}
	if several {
		k.w.raw("</MultiGeometry>")
	}
}

func (k *kmlWriter) coordinates(line []vertex) {
	k.w.raw("<coordinates>")
	for i, p := range line {
		if i > 0 {
			k.w.raw(" ")
		}
		for j, v := range p[:min(len(p), 3)] {
			if j > 0 {
				k.w.raw(",")
			}
			k.w.raw(strconv.FormatFloat(v, 'f', -1, 64))
		}
	}
	k.w.raw("</coordinates>")
}

// End implements [Writer].
func (k *kmlWriter) End() error {
	k.w.raw("\n</Document></kml>\n")
	return k.w.flush()
}

// titleField is the index of the field that names a row: the one asked for, else one whose name says so, else the
// first text; -1 when there is none.
func titleField(fields []schema.Field, asked string) int {
	best := -1
	for i, f := range fields {
		if asked != "" && f.Name == asked {
			return i
		}
		if f.Type != schema.Text {
			continue
		}
		for _, word := range strings.Split(f.Name, "_") {
			switch word {
			case "nom", "name", "titre", "title", "libelle", "intitule", "appellation":
				if best < 0 || !titled(fields[best]) {
					best = i
				}
			}
		}
		if best < 0 {
			best = i
		}
	}
	return best
}

func titled(f schema.Field) bool {
	return strings.Contains(f.Name, "nom") || strings.Contains(f.Name, "name") || strings.Contains(f.Name, "titre") || strings.Contains(f.Name, "title") ||
		strings.Contains(f.Name, "libelle") || strings.Contains(f.Name, "intitule") || strings.Contains(f.Name, "appellation")
}

// xmlText writes XML. It keeps the first error until it is flushed. What XML 1.0 cannot hold, control characters for
// the most part, is written as U+FFFD.
type xmlText struct{ w *bufio.Writer }

func newXMLText(w io.Writer) *xmlText { return &xmlText{bufio.NewWriterSize(w, 64<<10)} }

func (x *xmlText) raw(parts ...string) {
	for _, part := range parts {
		x.w.WriteString(part)
	}
}

func (x *xmlText) text(text string) { _ = xml.EscapeText(x.w, []byte(text)) } // the buffer keeps its error

func (x *xmlText) element(name, text string) {
	x.raw("<", name, ">")
	x.text(text)
	x.raw("</", name, ">")
}

func (x *xmlText) flush() error { return x.w.Flush() }

// asText is a value as people read it: the elements of a list one after the other.
func asText(f schema.Field, value any) string {
	if raw, ok := value.(json.RawMessage); ok {
		var list []string
		if json.Unmarshal(raw, &list) == nil {
			return strings.Join(list, ", ")
		}
	}
	return plain(f, value)
}
