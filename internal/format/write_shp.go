package format

import (
	"archive/zip"
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/projection"
	"socle/internal/schema"
)

// shpWriter writes zipped shapefiles (ESRI Shapefile Technical Description, July 1998). A shapefile holds one kind of
// shape, so points, lines and polygons are layers of their own, and rows without a place are a table. The headers of
// the files tell lengths and widths that are known at the end only: everything waits in scratch files, which Close
// removes. Positions are flat: an altitude is left out.
type shpWriter struct {
	w       io.Writer
	options WriteOptions
	to      projection.System
	fields  []schema.Field
	place   int
	layers  map[string]*shpLayer
	record  []byte
}

// The kinds of shape, as the description numbers them.
const (
	shapeNull, shapePoint, shapeLine, shapePolygon, shapePoints = 0, 1, 3, 5, 8
)

// The names of layers, behind that of the archive.
const (
	layerPoints   = "points"
	layerSeveral  = "multipoints"
	layerLines    = "lignes"
	layerPolygons = "polygones"
	layerNone     = "sans_geometrie"
)

// shpMost is the size from which readers no longer follow: their offsets have 31 bits.
const shpMost = 1<<31 - 1

// shpLayer is a shapefile being made.
type shpLayer struct {
	kind   uint32
	shapes *scratchFile // records of the .shp
	index  *scratchFile // records of the .shx
	table  *dbfTable
	box    [4]float64 // of everything: least x, least y, most x, most y
}

func newSHPWriter(w io.Writer, o WriteOptions) Writer {
	return &shpWriter{w: w, options: o, to: o.system(), layers: map[string]*shpLayer{}}
}

// Begin implements [Writer].
func (s *shpWriter) Begin(fields schema.Schema) error {
	s.fields, s.place = fields.Fields, placeOf(fields.Fields)
	if len(fields.Fields) > dbfFields {
		return fault.New(fault.Invalid, "table_too_wide", i18n.T(
			"Un shapefile ne peut pas avoir plus de %d colonnes. Choisissez des colonnes avec select, ou le format fgb, geojson ou parquet.",
			"A shapefile cannot have more than %d columns. Choose columns with select, or fgb, geojson or parquet.", dbfFields))
	}
	return nil
}

// Row implements [Writer].
func (s *shpWriter) Row(values []any) error {
	var shape *geometry
	if s.place >= 0 {
		shape = placed(values[s.place], s.to)
	}
	written := false
	for _, part := range shapes(shape) {
		layer, err := s.layer(part.layer, part.kind)
		if err != nil {
			return err
		}
		if err := layer.add(s.encode(part), part.box()); err != nil {
			return err
		}
		if err := layer.table.add(values); err != nil {
			return err
		}
		written = true
	}
	if written {
		return nil
	}
	layer, err := s.layer(layerNone, shapeNull)
	if err != nil {
		return err
	}
	return layer.table.add(values)
}

// shpPart is the part of a geometry that goes to one layer.
type shpPart struct {
	layer string
	kind  uint32
	parts [][]vertex
}

// shapes takes a geometry apart by layers. A collection gives a row to each layer that it has a part in.
func shapes(g *geometry) []shpPart {
	if g == nil {
		return nil
	}
	if g.kind == "Point" {
		return []shpPart{{layerPoints, shapePoint, [][]vertex{g.points}}}
	}
	var points []vertex
	var lines, rings [][]vertex
	gather(*g, &points, &lines, &rings)
	var list []shpPart
	if len(points) > 0 {
		list = append(list, shpPart{layerSeveral, shapePoints, [][]vertex{points}})
	}
	if len(lines) > 0 {
		list = append(list, shpPart{layerLines, shapeLine, lines})
	}
	if len(rings) > 0 {
		list = append(list, shpPart{layerPolygons, shapePolygon, rings})
	}
	return list
}

func gather(g geometry, points *[]vertex, lines, rings *[][]vertex) {
	*points = append(*points, g.points...)
	*lines = append(*lines, g.lines...)
	for _, polygon := range g.polygons {
		for i, ring := range polygon {
			if len(ring) > 0 {
				*rings = append(*rings, turned(ring, i == 0))
			}
		}
	}
	for _, member := range g.members {
		gather(member, points, lines, rings)
	}
}

// turned gives a ring in the direction that shapefiles want: clockwise for an outer one, the other way for a hole.
func turned(ring []vertex, outer bool) []vertex {
	area := 0.0
	for i := range ring {
		next := ring[(i+1)%len(ring)]
		area += ring[i][0]*next[1] - next[0]*ring[i][1]
	}
	if (area < 0) == outer {
		return ring
	}
	ring = slices.Clone(ring)
	slices.Reverse(ring)
	return ring
}

func (p shpPart) box() [4]float64 {
	box := noBox
	for _, part := range p.parts {
		for _, at := range part {
			box = joined(box, [4]float64{at[0], at[1], at[0], at[1]})
		}
	}
	return box
}

var noBox = [4]float64{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}

func joined(a, b [4]float64) [4]float64 {
	return [4]float64{min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])}
}

// encode writes the content of a record of the .shp.
func (s *shpWriter) encode(p shpPart) []byte {
	b := binary.LittleEndian.AppendUint32(s.record[:0], p.kind)
	if p.kind == shapePoint {
		s.record = appendFloats(b, p.parts[0][0][0], p.parts[0][0][1])
		return s.record
	}
	box := p.box()
	b = appendFloats(b, box[:]...)
	total := 0
	for _, part := range p.parts {
		total += len(part)
	}
	if p.kind != shapePoints {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(p.parts)))
	}
	b = binary.LittleEndian.AppendUint32(b, uint32(total))
	if p.kind != shapePoints {
		start := 0
		for _, part := range p.parts {
			b = binary.LittleEndian.AppendUint32(b, uint32(start))
			start += len(part)
		}
	}
	for _, part := range p.parts {
		for _, at := range part {
			b = appendFloats(b, at[0], at[1])
		}
	}
	s.record = b
	return b
}

func appendFloats(b []byte, values ...float64) []byte {
	for _, v := range values {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	}
	return b
}

// layer returns the layer of a name, made when it is the first time.
func (s *shpWriter) layer(name string, kind uint32) (*shpLayer, error) {
	if layer := s.layers[name]; layer != nil {
		return layer, nil
	}
	layer := &shpLayer{kind: kind, box: noBox}
	s.layers[name] = layer // first, so that Close finds what follows
	var err error
	if layer.table, err = newDBFTable(s.options, s.fields, s.place); err != nil {
		return nil, err
	}
	if kind == shapeNull {
		return layer, nil
	}
	if layer.shapes, err = newScratchFile(s.options.Scratch); err != nil {
		return nil, err
	}
	layer.index, err = newScratchFile(s.options.Scratch)
	return layer, err
}

// add writes a record of the .shp and of the .shx.
func (l *shpLayer) add(content []byte, box [4]float64) error {
	if l.shapes.size+int64(len(content))+108 > shpMost {
		return shpTooLarge()
	}
	var head [8]byte
	binary.BigEndian.PutUint32(head[:], uint32((l.shapes.size+100)/2)) // lengths are in words of 16 bits
	binary.BigEndian.PutUint32(head[4:], uint32(len(content)/2))
	if err := l.index.write(head[:]); err != nil {
		return err
	}
	binary.BigEndian.PutUint32(head[:], uint32(l.index.size/8)) // records are numbered from 1
	if err := l.shapes.write(head[:]); err != nil {
		return err
	}
	l.box = joined(l.box, box)
	return l.shapes.write(content)
}

func shpTooLarge() error {
	return fault.New(fault.Invalid, "shapefile_too_large", i18n.T(
		"Un shapefile ne peut pas dépasser 2 Go. Filtrez les lignes, ou choisissez le format fgb, geojson ou parquet.",
		"A shapefile cannot be larger than 2 GB. Filter the rows, or choose fgb, geojson or parquet."))
}

// header is that of the .shp and of the .shx, whose records have a size.
func (l *shpLayer) header(size int64) []byte {
	b := make([]byte, 0, 100)
	b = binary.BigEndian.AppendUint32(b, 9994)
	b = append(b, make([]byte, 20)...)
	b = binary.BigEndian.AppendUint32(b, uint32((size+100)/2))
	b = binary.LittleEndian.AppendUint32(b, 1000)
	b = binary.LittleEndian.AppendUint32(b, l.kind)
	b = appendFloats(b, l.box[:]...)
	return append(b, make([]byte, 32)...)
}

// End writes the archive.
func (s *shpWriter) End() error {
	if len(s.layers) == 0 { // nothing to show is a layer of points, empty
		layer, err := s.layer(layerPoints, shapePoint)
		if err != nil {
			return err
		}
		layer.box = [4]float64{}
	}
	for _, layer := range s.layers { // before any byte leaves
		if err := layer.table.settle(); err != nil {
			return err
		}
	}
	archive := zip.NewWriter(s.w)
	var notes []string
	for _, name := range []string{layerPoints, layerSeveral, layerLines, layerPolygons, layerNone} {
		layer := s.layers[name]
		if layer == nil {
			continue
		}
		if err := s.pack(archive, name, layer); err != nil {
			return fmt.Errorf("format: shp: %w", err)
		}
		for _, note := range layer.table.notes() {
			notes = append(notes, name+": "+note)
		}
	}
	if err := addMember(archive, "LISEZMOI.txt", strings.NewReader(s.readMe(notes))); err != nil {
		return fmt.Errorf("format: shp: %w", err)
	}
	if err := archive.Close(); err != nil {
		return fmt.Errorf("format: shp: %w", err)
	}
	return nil
}

func (s *shpWriter) pack(archive *zip.Writer, name string, l *shpLayer) error {
	base := schema.Name(s.options.Title)
	if len(base) > 60 {
		base = base[:60]
	}
	base = strings.Trim(base+"_"+name, "_")
	if l.kind != shapeNull {
		shapes, err := l.shapes.reader()
		if err != nil {
			return err
		}
		if err := addMember(archive, base+".shp", strings.NewReader(string(l.header(l.shapes.size))), shapes); err != nil {
			return err
		}
		index, err := l.index.reader()
		if err != nil {
			return err
		}
		if err := addMember(archive, base+".shx", strings.NewReader(string(l.header(l.index.size))), index); err != nil {
			return err
		}
		if err := addMember(archive, base+".prj", strings.NewReader(s.to.WKT())); err != nil {
			return err
		}
	}
	if err := addMember(archive, base+".cpg", strings.NewReader("UTF-8")); err != nil {
		return err
	}
	table, err := archive.Create(base + ".dbf")
	if err != nil {
		return err
	}
	return l.table.write(table)
}

// addMember adds a file to an archive.
func addMember(archive *zip.Writer, name string, parts ...io.Reader) error {
	w, err := archive.Create(name)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, io.MultiReader(parts...))
	return err
}

// readMe says which column is which, and what a shapefile could not hold.
func (s *shpWriter) readMe(notes []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\nEPSG:%d %s\n\nColonnes / Columns\n", s.options.Title, s.to.Code, s.to.Name)
	for i, name := range dbfNames(s.fields) {
		if i != s.place {
			fmt.Fprintf(&b, "%-10s  %s (%s)\n", name, s.fields[i].Label, s.fields[i].Name)
		}
	}
	if len(notes) > 0 {
		b.WriteString("\nCe qu’un shapefile ne peut pas contenir (entier en fgb, geojson, csv, parquet)\nWhat a shapefile cannot hold (whole in fgb, geojson, csv, parquet)\n")
		b.WriteString(strings.Join(notes, "\n") + "\n")
	}
	return b.String()
}

// Close removes the scratch files.
func (s *shpWriter) Close() error {
	for _, layer := range s.layers {
		layer.shapes.remove()
		layer.index.remove()
		if layer.table != nil {
			layer.table.rows.remove()
		}
	}
	return nil
}

// scratchFile is a temporary file written from beginning to end, then read.
type scratchFile struct {
	file *os.File
	w    *bufio.Writer
	size int64
}

func newScratchFile(folder string) (*scratchFile, error) {
	file, err := os.CreateTemp(folder, "export-")
	if err != nil {
		return nil, fmt.Errorf("format: scratch: %w", err)
	}
	return &scratchFile{file: file, w: bufio.NewWriterSize(file, 64<<10)}, nil
}

func (s *scratchFile) write(b []byte) error {
	s.size += int64(len(b))
	if _, err := s.w.Write(b); err != nil {
		return fmt.Errorf("format: scratch: %w", err)
	}
	return nil
}

// reader reads the file from its beginning.
func (s *scratchFile) reader() (*bufio.Reader, error) {
	if err := s.w.Flush(); err != nil {
		return nil, fmt.Errorf("format: scratch: %w", err)
	}
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("format: scratch: %w", err)
	}
	return bufio.NewReaderSize(s.file, 64<<10), nil
}

func (s *scratchFile) remove() {
	if s != nil {
		_ = os.Remove(s.file.Name()) // what stays is cleared with the scratch folder
		_ = s.file.Close()
	}
}
