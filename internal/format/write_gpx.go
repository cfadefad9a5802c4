package format

import (
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"socle/internal/schema"
)

// gpxWriter writes waypoints and tracks (GPX 1.1, https://www.topografix.com/GPX/1/1). GPX knows points, lines, and no
// other coordinates than degrees: the rings of a polygon are the segments of a track. Rows without a place are left
// out. The schema wants every waypoint before the first track, so tracks wait in a scratch file.
type gpxWriter struct {
	w       *xmlText
	options WriteOptions
	fields  []schema.Field
	place   int
	name    int
	told    []int // fields of the description
	aside   *os.File
	tracks  *xmlText // on aside
}

func newGPXWriter(w io.Writer, o WriteOptions) Writer {
	return &gpxWriter{w: newXMLText(w), options: o}
}

// Begin implements [Writer].
func (g *gpxWriter) Begin(s schema.Schema) error {
	g.fields, g.place = s.Fields, placeOf(s.Fields)
	g.name = titleField(s.Fields, g.options.NameField)
	for i, f := range s.Fields {
		for _, name := range g.options.DescriptionFields {
			if f.Name == name {
				g.told = append(g.told, i)
			}
		}
		if len(g.options.DescriptionFields) == 0 && !g.options.Extensions && i != g.place && i != g.name {
			g.told = append(g.told, i)
		}
	}
	g.w.raw(xml.Header, `<gpx version="1.1" creator="Socle" xmlns="http://www.topografix.com/GPX/1/1" xmlns:ogr="http://osgeo.org/gdal"><metadata>`)
	g.w.element("name", g.options.Title)
	g.w.raw("</metadata>")
	return nil
}

// Row implements [Writer].
func (g *gpxWriter) Row(values []any) error {
	if g.place < 0 {
		return nil
	}
	shape := geometryOf(values[g.place])
	if shape == nil {
		return nil
	}
	points, segments := trace(*shape)
	for _, p := range points {
		g.w.raw("\n<wpt", at(p), ">")
		altitude(g.w, p)
		g.about(g.w, values)
		g.w.raw("</wpt>")
	}
	if len(segments) == 0 {
		return nil
	}
	if err := g.putAside(); err != nil {
		return err
	}
	g.tracks.raw("\n<trk>")
	g.about(g.tracks, values)
	for _, segment := range segments {
		g.tracks.raw("<trkseg>")
		for _, p := range segment {
			g.tracks.raw("<trkpt", at(p), ">")
			altitude(g.tracks, p)
			g.tracks.raw("</trkpt>")
		}
		g.tracks.raw("</trkseg>")
	}
	g.tracks.raw("</trk>")
	return nil
}

// trace takes a geometry apart in points and lines.
func trace(g geometry) (points []vertex, lines [][]vertex) {
	points, lines = g.points, append(lines, g.lines...)
	for _, rings := range g.polygons {
		lines = append(lines, rings...)
	}
	for _, member := range g.members {
		p, l := trace(member)
		points, lines = append(points, p...), append(lines, l...)
	}
	return points, lines
}

func at(p vertex) string {
	return ` lat="` + strconv.FormatFloat(p[1], 'f', -1, 64) + `" lon="` + strconv.FormatFloat(p[0], 'f', -1, 64) + `"`
}

func altitude(w *xmlText, p vertex) {
	if len(p) > 2 {
		w.element("ele", strconv.FormatFloat(p[2], 'f', -1, 64))
	}
}

// about writes what is known of a waypoint or a track, in the order of the schema: name, description, extensions.
func (g *gpxWriter) about(w *xmlText, values []any) {
	if g.name >= 0 && values[g.name] != nil {
		w.element("name", asText(g.fields[g.name], values[g.name]))
	}
	var lines []string
	for _, i := range g.told {
		if values[i] != nil {
			label := g.fields[i].Label
			if label == "" {
				label = g.fields[i].Name
			}
			lines = append(lines, label+": "+asText(g.fields[i], values[i]))
		}
	}
	if len(lines) > 0 {
		w.element("desc", strings.Join(lines, "\n"))
	}
	if !g.options.Extensions {
		return
	}
	w.raw("<extensions>")
	for i, f := range g.fields {
		if i != g.place && values[i] != nil {
			w.element("ogr:"+elementName(f.Name), plain(f, values[i]))
		}
	}
	w.raw("</extensions>")
}

// elementName makes a name that an XML element can have.
func elementName(name string) string {
	name = schema.Name(name)
	if name == "" || name[0] >= '0' && name[0] <= '9' {
		return "_" + name
	}
	return name
}

func (g *gpxWriter) putAside() (err error) {
	if g.aside != nil {
		return nil
	}
	if g.aside, err = os.CreateTemp(g.options.Scratch, "gpx-"); err != nil {
		return fmt.Errorf("format: gpx: %w", err)
	}
	g.tracks = newXMLText(g.aside)
	return nil
}

// End implements [Writer].
func (g *gpxWriter) End() error {
	if g.aside != nil {
		if err := g.tracks.flush(); err != nil {
			return fmt.Errorf("format: gpx: %w", err)
		}
		if _, err := g.aside.Seek(0, io.SeekStart); err != nil {
			return fmt.Errorf("format: gpx: %w", err)
		}
		if _, err := io.Copy(g.w.w, g.aside); err != nil {
			return fmt.Errorf("format: gpx: %w", err)
		}
	}
	g.w.raw("\n</gpx>\n")
	return g.w.flush()
}

// Close implements [Writer].
func (g *gpxWriter) Close() error {
	if g.aside == nil {
		return nil
	}
	_ = os.Remove(g.aside.Name())
	return g.aside.Close()
}
