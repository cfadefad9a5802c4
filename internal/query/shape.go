package query

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math"
	"regexp"
	"strings"

	"github.com/peterstace/simplefeatures/geom"

	"socle/internal/i18n"
	"socle/internal/schema"
)

// A Shape is a constant geometry of a plan: valid, on the Earth, in degrees (WGS 84).
type Shape struct {
	WKT      string             // as ISO 19125 writes it, longitude before latitude
	Min, Max schema.Coordinates // the corners of the box around it
}

// maxVertices bounds a constant geometry: it is compared with every row.
const maxVertices = 10_000

var (
	hexText  = regexp.MustCompile(`^(?:0x|\\x)?((?:[0-9A-Fa-f]{2})+)$`)
	ewktSRID = regexp.MustCompile(`^(?i:SRID\s*=\s*4326\s*;\s*)`)
)

// ParseShape reads a geometry as ODSQL writes one: WKT, WKB in hexadecimal, or GeoJSON. A ring that is not closed is
// closed, as in the examples of the reference.
func ParseShape(text string) (Shape, error) {
	g, err := readGeometry(strings.TrimSpace(text))
	if err != nil {
		return Shape{}, err
	}
	if g = closeRings(g.Force2D()); g.IsEmpty() {
		return Shape{}, errors.New("the geometry is empty")
	}
	if n := g.DumpCoordinates().Length(); n > maxVertices {
		return Shape{}, errTooManyVertices
	}
	if err := g.Validate(); err != nil {
		return Shape{}, err
	}
	low, high, ok := g.Envelope().MinMaxXYs()
	if !ok || !(low.X >= -360 && high.X <= 360 && low.Y >= -90 && high.Y <= 90) {
		return Shape{}, errors.New("the geometry is not on the Earth")
	}
	return Shape{WKT: g.AsText(), Min: schema.Coordinates{Lon: low.X, Lat: low.Y}, Max: schema.Coordinates{Lon: high.X, Lat: high.Y}}, nil
}

var errTooManyVertices = errors.New("the geometry has too many vertices")

// readGeometry reads the three notations. What it returns may be invalid: see [geom.Geometry.Validate].
func readGeometry(text string) (g geom.Geometry, err error) {
	switch m := hexText.FindStringSubmatch(text); {
	case strings.HasPrefix(text, "{"):
		var feature struct {
			Type     string
			Geometry json.RawMessage
		}
		if err := json.Unmarshal([]byte(text), &feature); err != nil {
			return g, err
		}
		if feature.Type == "Feature" {
			text = string(feature.Geometry)
		}
		return geom.UnmarshalGeoJSON([]byte(text), geom.NoValidate{})
	case m != nil:
		bytes, err := hex.DecodeString(m[1])
		if err != nil {
			return g, err
		}
		if rest, ok := walkWKB(bytes, 0); !ok || len(rest) > 0 {
			return g, errors.New("the binary geometry does not hold what it promises")
		}
		return geom.UnmarshalWKB(bytes, geom.NoValidate{})
	}
	return geom.UnmarshalWKT(ewktSRID.ReplaceAllString(text, ""), geom.NoValidate{})
}

// walkWKB goes through a binary geometry and reports whether it holds as many parts as it says: a parser makes room for
// what is promised before it looks. It returns what follows.
func walkWKB(b []byte, depth int) (rest []byte, ok bool) {
	if len(b) < 5 || b[0] > 1 || depth > maxDepth {
		return nil, false
	}
	var order binary.ByteOrder = binary.BigEndian
	if b[0] == 1 {
		order = binary.LittleEndian
	}
	code := order.Uint32(b[1:])
	kind, size := code%1000, map[uint32]int{0: 16, 1: 24, 2: 24, 3: 32}[code/1000] // of a position, in bytes
	b = b[5:]
	if size == 0 || kind < 1 || kind > 7 {
		return nil, false
	}
	count := func() (int, bool) {
		if len(b) < 4 {
			return 0, false
		}
		n := order.Uint32(b)
		b = b[4:]
		return int(n), true
	}
	positions := func(n int) bool {
		if n > len(b)/size {
			return false
		}
		b = b[n*size:]
		return true
	}
	if kind == 1 {
		ok = positions(1)
		return b, ok
	}
	n, ok := count()
	switch {
	case !ok || n > len(b):
		return nil, false
	case kind == 2:
		ok = positions(n)
	case kind == 3:
		for range n {
			points, counted := count()
			if !counted || !positions(points) {
				return nil, false
			}
		}
	default:
		for range n {
			if b, ok = walkWKB(b, depth+1); !ok {
				return nil, false
			}
		}
	}
	return b, ok
}

// closeRings repeats the first vertex of each ring at its end where it is not.
func closeRings(g geom.Geometry) geom.Geometry {
	switch g.Type() {
	case geom.TypePolygon:
		return closePolygon(g.MustAsPolygon()).AsGeometry()
	case geom.TypeMultiPolygon:
		all := g.MustAsMultiPolygon()
		closed := make([]geom.Polygon, all.NumPolygons())
		for i := range closed {
			closed[i] = closePolygon(all.PolygonN(i))
		}
		return geom.NewMultiPolygon(closed).AsGeometry()
	case geom.TypeGeometryCollection:
		all := g.MustAsGeometryCollection()
		closed := make([]geom.Geometry, all.NumGeometries())
		for i := range closed {
			closed[i] = closeRings(all.GeometryN(i))
		}
		return geom.NewGeometryCollection(closed).AsGeometry()
	}
	return g
}

func closePolygon(p geom.Polygon) geom.Polygon {
	rings := p.DumpRings()
	for i, ring := range rings {
		points := ring.Coordinates()
		if n := points.Length(); n > 2 && points.GetXY(0) != points.GetXY(n-1) {
			flat := make([]float64, 0, 2*n+2)
			for j := range n {
				flat = append(flat, points.GetXY(j).X, points.GetXY(j).Y)
			}
			rings[i] = geom.NewLineString(geom.NewSequence(append(flat, flat[0], flat[1]), geom.DimXY))
		}
	}
	return geom.NewPolygon(rings)
}

const shapeUsage = "geom'POLYGON((2.2 48.8, 2.5 48.8, 2.5 48.9, 2.2 48.8))'"

// shape reads a constant geometry.
func (b *binder) shape(n node) (Shape, *SyntaxError) {
	g, ok := n.(geometry)
	if !ok {
		return Shape{}, b.fail(n, show(n), i18n.T("il faut une géométrie, comme %s", "a geometry is needed, such as %s", shapeUsage))
	}
	shape, err := ParseShape(g.value)
	switch {
	case errors.Is(err, errTooManyVertices):
		return shape, b.fail(n, "", i18n.T("la géométrie a plus de %d sommets\u00a0: simplifiez-la", "the geometry has more than %d vertices: simplify it", maxVertices))
	case err != nil:
		return shape, b.fail(n, quote(g.value), i18n.T("«\u00a0%s\u00a0» n’est pas une géométrie valable, longitude puis latitude, sans bord qui se croise, comme %s",
			"“%s” is not a valid geometry, longitude then latitude, without edges that cross, such as %s", quote(g.value), shapeUsage))
	}
	return shape, nil
}

// point reads a constant position.
func (b *binder) point(n node) (schema.Coordinates, *SyntaxError) {
	if g, ok := n.(geometry); ok {
		shape, err := ParseShape(g.value)
		if err == nil && strings.HasPrefix(shape.WKT, "POINT") && math.Abs(shape.Min.Lon) <= 180 {
			return shape.Min, nil
		}
	}
	return schema.Coordinates{}, b.fail(n, quote(show(n)), i18n.T("une position s’écrit geom'POINT(2.35 48.85)', longitude puis latitude",
		"a position is written geom'POINT(2.35 48.85)', longitude then latitude"))
}

// spatial is a value that must be a position or a geometry.
func (b *binder) spatial(n node) (Expr, *SyntaxError) {
	of, err := b.value(n)
	if err != nil {
		return nil, err
	}
	if !of.Type().Spatial() {
		return nil, b.fail(n, show(n), i18n.T("«\u00a0%s\u00a0» n’est pas un champ géographique", "“%s” is not a geographic field", quote(show(n))))
	}
	return of, nil
}

var metres = map[string]float64{"mi": 1609.344, "yd": 0.9144, "ft": 0.3048, "m": 1, "cm": 0.01, "km": 1000, "mm": 0.001}

// distance reads distance(g, from), and the condition within_distance(g, from, 10km), once called distance too.
func (b *binder) distance(n call) (Expr, *SyntaxError) {
	usage := "distance(champ, geom'POINT(2.35 48.85)')"
	if n.function == "within_distance" || len(n.args) == 3 {
		usage = "within_distance(champ, geom'POINT(2.35 48.85)', 10km)"
		if len(n.args) != 3 {
			return nil, b.usage(n, usage)
		}
	} else if err := b.arity(n, 2, 2, usage); err != nil {
		return nil, err
	}
	of, err := b.spatial(n.args[0].value)
	if err != nil {
		return nil, err
	}
	from, err := b.point(n.args[1].value)
	if err != nil {
		return nil, err
	}
	if len(n.args) == 2 {
		return Distance{Of: of, From: from}, nil
	}
	length, ok := readLength(n.args[2].value)
	if !ok {
		return nil, b.fail(n.args[2].value, show(n.args[2].value), i18n.T("une distance s’écrit 10km\u00a0; les unités sont mi, yd, ft, m, cm, km et mm",
			"a distance is written 10km; the units are mi, yd, ft, m, cm, km and mm"))
	}
	if n.function == "distance" {
		b.deprecate(Deprecation{"DISTANCE_FUNCTION", "distance() in where is now called within_distance()"})
	}
	return WithinDistance{Of: of, From: from, Metres: length}, nil
}

// readLength reads a distance in metres; a number without unit is one.
func readLength(n node) (float64, bool) {
	switch n := n.(type) {
	case quantity:
		length, ok := toNumber(n.digits)
		unit := metres[strings.ToLower(n.unit)]
		return length * unit, ok && unit > 0
	case number:
		return toNumber(n.digits)
	}
	return 0, false
}

// relations are the words of the old geometry() and the names of the new functions.
var relations = map[string]Relation{"intersects": Intersects, "disjoint": Disjoint, "within": Inside}

// relation reads intersects(g, geom'…'), disjoint, within, and the old geometry(g, geom'…', WITHIN).
func (b *binder) relation(n call) (Expr, *SyntaxError) {
	usage, most := n.function+"(champ, "+shapeUsage+")", 2
	if n.function == "geometry" {
		usage, most = "geometry(champ, "+shapeUsage+", INTERSECTS)", 3
	}
	if err := b.arity(n, 2, most, usage); err != nil {
		return nil, err
	}
	of, err := b.spatial(n.args[0].value)
	if err != nil {
		return nil, err
	}
	shape, err := b.shape(n.args[1].value)
	if err != nil {
		return nil, err
	}
	op := relations[n.function]
	if n.function == "geometry" {
		word := "intersects"
		if len(n.args) == 3 {
			word = strings.ToLower(strings.Trim(show(n.args[2].value), "\"`"))
		}
		var known bool
		if op, known = relations[word]; !known {
			return nil, b.usage(n, usage)
		}
		b.deprecate(Deprecation{"GEOMETRY_FUNCTION", "geometry() is now called " + word + "()"})
	}
	return Related{Op: op, Of: of, To: shape}, nil
}

func (b *binder) inBox(n call) (Expr, *SyntaxError) {
	usage := "in_bbox(champ, 48, 2, 49, 3)"
	if err := b.arity(n, 5, 5, usage); err != nil {
		return nil, err
	}
	of, err := b.spatial(n.args[0].value)
	if err != nil {
		return nil, err
	}
	var corner [4]float64
	for i := range corner {
		digits, isNumber := n.args[i+1].value.(number)
		value, ok := toNumber(digits.digits)
		if !isNumber || !ok {
			return nil, b.usage(n, usage)
		}
		corner[i] = value
	}
	return InBox{Of: of, Min: schema.Coordinates{Lon: min(corner[1], corner[3]), Lat: min(corner[0], corner[2])},
		Max: schema.Coordinates{Lon: max(corner[1], corner[3]), Lat: max(corner[0], corner[2])}}, nil
}

// clusters reads geo_cluster(position, zoom[, radius]).
func (b *binder) clusters(n call) (Expr, *SyntaxError) {
	usage := "geo_cluster(position, 8) ou geo_cluster(position, 8, 40)"
	if err := b.arity(n, 2, 3, usage); err != nil {
		return nil, err
	}
	if !b.inGroup {
		return nil, b.fail(n, n.function, i18n.T("geo_cluster ne sert que dans group_by", "geo_cluster is only for group_by"))
	}
	of, err := b.value(n.args[0].value)
	if err != nil {
		return nil, err
	}
	if of.Type() != schema.Point {
		return nil, b.fail(n.args[0].value, show(n.args[0].value), i18n.T("geo_cluster demande une position", "geo_cluster needs a position"))
	}
	settings := [2]int64{0, 40}
	for i, arg := range n.args[1:] {
		literal, err := b.literal(arg.value, schema.Integer)
		if err != nil {
			return nil, err
		}
		if literal.Kind != Integer {
			return nil, b.usage(n, usage)
		}
		settings[i] = literal.Integer
	}
	if zoom, radius := settings[0], settings[1]; zoom < 0 || zoom > 25 || radius < 1 || radius > 10_000 {
		return nil, b.fail(n, show(n), i18n.T("le zoom de geo_cluster va de 0 à 25, et son rayon de 1 à 10\u202f000 pixels",
			"the zoom of geo_cluster goes from 0 to 25, and its radius from 1 to 10,000 pixels"))
	}
	return GeoCluster{Of: of, Zoom: int(settings[0]), Radius: int(settings[1])}, nil
}
