package format

import (
	"encoding/json"
	"errors"
	"strconv"

	"socle/internal/projection"
	"socle/internal/schema"
)

// A vertex is longitude, latitude and, sometimes, altitude; or what a projection makes of them.
type vertex []float64

// geometry is a GeoJSON geometry (RFC 7946) taken apart. Single and multiple ones are held alike.
type geometry struct {
	kind     string // as GeoJSON names it
	points   []vertex
	lines    [][]vertex
	polygons [][][]vertex // rings, the outer one first
	members  []geometry   // of a collection
}

var errGeometry = errors.New("format: not a GeoJSON geometry")

// geometryOf reads the value of a field that places things; nil when there is none, or none that can be drawn.
func geometryOf(value any) *geometry {
	switch v := value.(type) {
	case schema.Coordinates:
		return &geometry{kind: "Point", points: []vertex{{v.Lon, v.Lat}}}
	case json.RawMessage:
		g, err := parseGeometry(v)
		if err != nil || g.empty() {
			return nil
		}
		return &g
	}
	return nil
}

func parseGeometry(raw json.RawMessage) (geometry, error) {
	var shell struct {
		Type        string            `json:"type"`
		Coordinates json.RawMessage   `json:"coordinates"`
		Geometries  []json.RawMessage `json:"geometries"`
	}
	if err := json.Unmarshal(raw, &shell); err != nil {
		return geometry{}, err
	}
	g := geometry{kind: shell.Type}
	var target any
	var point vertex
	var line []vertex
	var rings [][]vertex
	switch shell.Type {
	case "Point":
		target = &point
	case "MultiPoint":
		target = &g.points
	case "LineString":
		target = &line
	case "MultiLineString":
		target = &g.lines
	case "Polygon":
		target = &rings
	case "MultiPolygon":
		target = &g.polygons
	case "GeometryCollection":
		for _, member := range shell.Geometries {
			inner, err := parseGeometry(member)
			if err != nil {
				return geometry{}, err
			}
			g.members = append(g.members, inner)
		}
		return g, nil
	default:
		return geometry{}, errGeometry
	}
	if err := json.Unmarshal(shell.Coordinates, target); err != nil {
		return geometry{}, err
	}
	if len(point) > 0 {
		g.points = []vertex{point}
	}
	if len(line) > 0 {
		g.lines = [][]vertex{line}
	}
	if len(rings) > 0 {
		g.polygons = [][][]vertex{rings}
	}
	return g, g.check()
}

// check refuses positions of fewer than two numbers.
func (g geometry) check() error {
	var err error
	g.each(func(p vertex) {
		if len(p) < 2 {
			err = errGeometry
		}
	})
	return err
}

// each visits every vertex.
func (g geometry) each(visit func(vertex)) {
	for _, p := range g.points {
		visit(p)
	}
	for _, line := range g.lines {
		for _, p := range line {
			visit(p)
		}
	}
	for _, rings := range g.polygons {
		for _, ring := range rings {
			for _, p := range ring {
				visit(p)
			}
		}
	}
	for _, member := range g.members {
		member.each(visit)
	}
}

func (g geometry) empty() bool {
	empty := true
	g.each(func(vertex) { empty = false })
	return empty
}

// project puts the positions into another system, in place. It reports false when one of them cannot be shown.
func (g geometry) project(to projection.System) bool {
	shown := true
	if to.Geographic() {
		return true
	}
	g.each(func(p vertex) {
		x, y, ok := to.Project(p[0], p[1])
		p[0], p[1], shown = x, y, shown && ok
	})
	return shown
}

// placed is the geometry of a value in a system, nil when there is none to show.
func placed(value any, to projection.System) *geometry {
	g := geometryOf(value)
	if g == nil || !g.project(to) {
		return nil
	}
	return g
}

// appendGeoJSON writes the geometry, with millimetres when it is in metres.
func (g geometry) appendGeoJSON(b []byte) []byte {
	b = append(append(append(b, `{"type":"`...), g.kind...), '"')
	if g.kind == "GeometryCollection" {
		b = append(b, `,"geometries":[`...)
		for i, member := range g.members {
			if i > 0 {
				b = append(b, ',')
			}
			b = member.appendGeoJSON(b)
		}
		return append(b, "]}"...)
	}
	b = append(b, `,"coordinates":`...)
	switch g.kind {
	case "Point":
		b = appendPosition(b, g.points[0])
	case "MultiPoint":
		b = appendList(b, g.points, appendPosition)
	case "LineString":
		b = appendList(b, g.lines[0], appendPosition)
	case "MultiLineString":
		b = appendList(b, g.lines, appendLine)
	case "Polygon":
		b = appendList(b, g.polygons[0], appendLine)
	case "MultiPolygon":
		b = appendList(b, g.polygons, func(b []byte, rings [][]vertex) []byte { return appendList(b, rings, appendLine) })
	}
	return append(b, '}')
}

func appendList[T any](b []byte, list []T, one func([]byte, T) []byte) []byte {
	b = append(b, '[')
	for i, item := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = one(b, item)
	}
	return append(b, ']')
}

func appendLine(b []byte, line []vertex) []byte { return appendList(b, line, appendPosition) }

func appendPosition(b []byte, p vertex) []byte {
	return appendList(b, p, func(b []byte, v float64) []byte { return strconv.AppendFloat(b, v, 'f', -1, 64) })
}

// placeOf is the index of the field that places rows: a geometry before a point, -1 when there is none.
func placeOf(fields []schema.Field) int {
	for _, wanted := range []schema.Type{schema.Geometry, schema.Point} {
		for i, f := range fields {
			if f.Type == wanted {
				return i
			}
		}
	}
	return -1
}

// system is the one that an export asks for, degrees when it says nothing.
func (o WriteOptions) system() projection.System {
	if s, known := projection.EPSG(o.EPSG); known {
		return s
	}
	s, _ := projection.EPSG(projection.WGS84)
	return s
}
