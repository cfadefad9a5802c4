package format

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"time"

	flatbuffers "github.com/google/flatbuffers/go"

	"socle/internal/projection"
	"socle/internal/schema"
)

// fgbWriter writes FlatGeobuf 3 (https://flatgeobuf.org, header.fbs and feature.fbs): streaming, so without the index
// and without the number of features, which both come before them. Positions are flat: an altitude is left out.
type fgbWriter struct {
	nothingAside
	w       *bufio.Writer
	options WriteOptions
	to      projection.System
	fields  []schema.Field
	place   int
	b       *flatbuffers.Builder
	values  []byte
}

var fgbMagic = []byte{'f', 'g', 'b', 3, 'f', 'g', 'b', 1}

// The types of columns and of geometries, as FlatGeobuf numbers them.
const (
	fgbBool, fgbLong, fgbDouble, fgbString, fgbJSON, fgbDatetime = 2, 7, 10, 11, 12, 13

	fgbUnknown, fgbPoint, fgbLine, fgbPolygon, fgbPoints, fgbLines, fgbPolygons, fgbCollection = 0, 1, 2, 3, 4, 5, 6, 7
)

func newFGBWriter(w io.Writer, o WriteOptions) Writer {
	return &fgbWriter{w: bufio.NewWriterSize(w, 64<<10), options: o, to: o.system(), b: flatbuffers.NewBuilder(1024)}
}

// fgbType is the type of a column. Days are texts as they are read everywhere; a decimal kept exactly is a text too, for
// a double would lose its digits.
func fgbType(f schema.Field) byte {
	switch f.Type {
	case schema.Integer:
		return fgbLong
	case schema.Decimal:
		if f.Exact() {
			return fgbString
		}
		return fgbDouble
	case schema.Boolean:
		return fgbBool
	case schema.Date, schema.Datetime:
		return fgbDatetime
	case schema.JSON:
		return fgbJSON
	}
	return fgbString
}

// Begin writes the header.
func (g *fgbWriter) Begin(s schema.Schema) error {
	g.fields, g.place = s.Fields, placeOf(s.Fields)
	b := g.b
	var columns []flatbuffers.UOffsetT
	for i, f := range g.options.titled(s.Fields) {
		if i == g.place {
			continue
		}
		name, title, description := b.CreateString(f.Name), b.CreateString(f.Label), b.CreateString(f.Description)
		b.StartObject(11)
		b.PrependUOffsetTSlot(0, name, 0)
		b.PrependByteSlot(1, fgbType(f), 0)
		b.PrependUOffsetTSlot(2, title, 0)
		b.PrependUOffsetTSlot(3, description, 0)
		columns = append(columns, b.EndObject())
	}
	list := offsets(b, columns)
	title, org := b.CreateString(g.options.Title), b.CreateString("EPSG")
	b.StartObject(6)
	b.PrependUOffsetTSlot(0, org, 0)
	b.PrependInt32Slot(1, int32(g.to.Code), 0)
	system := b.EndObject()
	b.StartObject(14)
	b.PrependUOffsetTSlot(0, title, 0)
	b.PrependByteSlot(2, g.kind(), fgbUnknown)
	b.PrependUOffsetTSlot(7, list, 0)
	b.PrependUint16Slot(9, 0, 16) // no index
	b.PrependUOffsetTSlot(10, system, 0)
	b.FinishSizePrefixed(b.EndObject())
	g.w.Write(fgbMagic)
	_, err := g.w.Write(b.FinishedBytes())
	return err
}

// kind is the type of every geometry, unknown when they may differ.
func (g *fgbWriter) kind() byte {
	if g.place >= 0 && g.fields[g.place].Type == schema.Point {
		return fgbPoint
	}
	return fgbUnknown
}

func offsets(b *flatbuffers.Builder, list []flatbuffers.UOffsetT) flatbuffers.UOffsetT {
	b.StartVector(4, len(list), 4)
	for i := len(list) - 1; i >= 0; i-- {
		b.PrependUOffsetT(list[i])
	}
	return b.EndVector(len(list))
}

// Row writes a feature.
func (g *fgbWriter) Row(values []any) error {
	b := g.b
	b.Reset()
	var shape flatbuffers.UOffsetT
	if g.place >= 0 {
		if place := placed(values[g.place], g.to); place != nil {
			shape = fgbGeometry(b, *place)
		}
	}
	if err := g.properties(values); err != nil {
		return err
	}
	properties := b.CreateByteVector(g.values)
	b.StartObject(3)
	if shape != 0 {
		b.PrependUOffsetTSlot(0, shape, 0)
	}
	b.PrependUOffsetTSlot(1, properties, 0)
	b.FinishSizePrefixed(b.EndObject())
	_, err := g.w.Write(b.FinishedBytes())
	return err
}

// properties writes the values that are there: the number of their column, then the value.
func (g *fgbWriter) properties(values []any) error {
	g.values = g.values[:0]
	column := -1
	for i, f := range g.fields {
		if i == g.place {
			continue
		}
		column++
		if values[i] == nil {
			continue
		}
		g.values = binary.LittleEndian.AppendUint16(g.values, uint16(column))
		switch v := values[i].(type) {
		case int64:
			if fgbType(f) == fgbLong {
				g.values = binary.LittleEndian.AppendUint64(g.values, uint64(v))
				continue
			}
		case float64:
			if fgbType(f) == fgbDouble {
				g.values = binary.LittleEndian.AppendUint64(g.values, math.Float64bits(v))
				continue
			}
		case bool:
			g.values = append(g.values, map[bool]byte{true: 1}[v])
			continue
		}
		text := fgbText(f, values[i])
		if fgbType(f) == fgbLong || fgbType(f) == fgbDouble {
			return fmt.Errorf("format: fgb: a %T in the column %s", values[i], f.Name)
		}
		g.values = binary.LittleEndian.AppendUint32(g.values, uint32(len(text)))
		g.values = append(g.values, text...)
	}
	return nil
}

func fgbText(f schema.Field, value any) string {
	if t, ok := value.(time.Time); ok && f.Type == schema.Datetime {
		return t.Format("2006-01-02T15:04:05.999-07:00")
	}
	if raw, ok := value.(json.RawMessage); ok {
		return string(raw)
	}
	return plain(f, value)
}

// fgbGeometry writes a geometry and returns its place. Rings and lines are one array of coordinates and the places
// where each ends; a multiple polygon is a list of polygons.
func fgbGeometry(b *flatbuffers.Builder, g geometry) flatbuffers.UOffsetT {
	switch {
	case len(g.members) > 0 || g.kind == "GeometryCollection":
		var parts []flatbuffers.UOffsetT
		for _, member := range g.members {
			parts = append(parts, fgbGeometry(b, member))
		}
		return fgbParts(b, fgbCollection, parts)
	case g.kind == "MultiPolygon":
		var parts []flatbuffers.UOffsetT
		for _, rings := range g.polygons {
			parts = append(parts, fgbFlat(b, fgbPolygon, rings))
		}
		return fgbParts(b, fgbPolygons, parts)
	case g.kind == "Polygon":
		return fgbFlat(b, fgbPolygon, g.polygons[0])
	case g.kind == "MultiLineString":
		return fgbFlat(b, fgbLines, g.lines)
	case g.kind == "LineString":
		return fgbFlat(b, fgbLine, g.lines)
	case g.kind == "MultiPoint":
		return fgbFlat(b, fgbPoints, [][]vertex{g.points})
	}
	return fgbFlat(b, fgbPoint, [][]vertex{g.points})
}

func fgbParts(b *flatbuffers.Builder, kind byte, parts []flatbuffers.UOffsetT) flatbuffers.UOffsetT {
	list := offsets(b, parts)
	b.StartObject(8)
	b.PrependByteSlot(6, kind, fgbUnknown)
	b.PrependUOffsetTSlot(7, list, 0)
	return b.EndObject()
}

func fgbFlat(b *flatbuffers.Builder, kind byte, lines [][]vertex) flatbuffers.UOffsetT {
	count := 0
	for _, line := range lines {
		count += len(line)
	}
	var ends flatbuffers.UOffsetT
	if kind == fgbPolygon || kind == fgbLines {
		b.StartVector(4, len(lines), 4)
		for i, end := len(lines)-1, count; i >= 0; i-- {
			b.PrependUint32(uint32(end))
			end -= len(lines[i])
		}
		ends = b.EndVector(len(lines))
	}
	b.StartVector(8, 2*count, 8)
	for i := len(lines) - 1; i >= 0; i-- {
		for j := len(lines[i]) - 1; j >= 0; j-- {
			b.PrependFloat64(lines[i][j][1])
			b.PrependFloat64(lines[i][j][0])
		}
	}
	coordinates := b.EndVector(2 * count)
	b.StartObject(8)
	if ends != 0 {
		b.PrependUOffsetTSlot(0, ends, 0)
	}
	b.PrependUOffsetTSlot(1, coordinates, 0)
	b.PrependByteSlot(6, kind, fgbUnknown)
	return b.EndObject()
}

// End implements [Writer].
func (g *fgbWriter) End() error { return g.w.Flush() }
