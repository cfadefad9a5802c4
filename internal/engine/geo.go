package engine

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/duckdb/duckdb-go/v2"
	"github.com/peterstace/simplefeatures/geom"
)

// DuckDB computes nothing on geometries without an extension that would have to be downloaded, so these functions of
// ours are added to it. A geometry that cannot be read gives an empty value; none of them ever panics into DuckDB.
//
//	geo_covers(shape, lon, lat)   2 when the point is inside the constant geometry, 1 on its edge, 0 outside
//	geo_intersects(geojson, shape)  whether they share a place
//	geo_within(geojson, shape)    whether the first is inside the constant one
//	geo_distance(geojson, lon, lat)  metres from the nearest place of the geometry
//	geo_bounds(geojson)           [west, south, east, north]
//	geo_hull("lon lat lon lat …")  the convex hull as GeoJSON
//
// A constant geometry comes by its key among the shapes of the questions under way: its text would be copied for each row.
func addGeography(ctx context.Context, db *sql.DB, shapes *shapes) error {
	connection, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer connection.Close()
	parts := map[duckdb.Type]duckdb.TypeInfo{}
	for _, t := range []duckdb.Type{duckdb.TYPE_VARCHAR, duckdb.TYPE_DOUBLE, duckdb.TYPE_BOOLEAN, duckdb.TYPE_INTEGER} {
		if parts[t], err = duckdb.NewTypeInfo(t); err != nil {
			return err
		}
	}
	word, double := parts[duckdb.TYPE_VARCHAR], parts[duckdb.TYPE_DOUBLE]
	doubles, err := duckdb.NewListInfo(double)
	if err != nil {
		return err
	}
	for name, f := range map[string]*geoFunction{
		"geo_covers": {[]duckdb.TypeInfo{word, double, double}, parts[duckdb.TYPE_INTEGER], func(args []driver.Value) any {
			if shape := shapes.get(args[0].(string)); shape != nil {
				return shape.place(args[1].(float64), args[2].(float64))
			}
			return nil
		}},
		"geo_intersects": {[]duckdb.TypeInfo{word, word}, parts[duckdb.TYPE_BOOLEAN], func(args []driver.Value) any {
			return relate(args[0].(string), shapes.get(args[1].(string)), (*preparedShape).intersects)
		}},
		"geo_within": {[]duckdb.TypeInfo{word, word}, parts[duckdb.TYPE_BOOLEAN], func(args []driver.Value) any {
			return relate(args[0].(string), shapes.get(args[1].(string)), (*preparedShape).contains)
		}},
		"geo_distance": {[]duckdb.TypeInfo{word, double, double}, double, func(args []driver.Value) any {
			return distanceTo(args[0].(string), args[1].(float64), args[2].(float64))
		}},
		"geo_bounds": {[]duckdb.TypeInfo{word}, doubles, func(args []driver.Value) any {
			if box, ok := scanBox(args[0].(string)); ok {
				return []float64{box.west, box.south, box.east, box.north}
			}
			return nil
		}},
		"geo_hull": {[]duckdb.TypeInfo{word}, word, func(args []driver.Value) any { return hullOf(args[0].(string)) }},
	} {
		if err := duckdb.RegisterScalarUDF(connection, name, f); err != nil {
			return fmt.Errorf("engine: function %s: %w", name, err)
		}
	}
	return nil
}

// geoFunction is a scalar function over the values of one row.
type geoFunction struct {
	takes []duckdb.TypeInfo
	gives duckdb.TypeInfo
	of    func(args []driver.Value) any
}

func (f *geoFunction) Config() duckdb.ScalarFuncConfig {
	return duckdb.ScalarFuncConfig{InputTypeInfos: f.takes, ResultTypeInfo: f.gives}
}

func (f *geoFunction) Executor() duckdb.ScalarFuncExecutor {
	return duckdb.ScalarFuncExecutor{RowContextExecutor: func(ctx context.Context, values []driver.Value) (any, error) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		return f.safely(values), nil
	}}
}

// safely is the value of the function, empty when the geometry library gives up on a geometry.
func (f *geoFunction) safely(values []driver.Value) (result any) {
	defer func() {
		if recover() != nil {
			result = nil
		}
	}()
	return f.of(values)
}

// relate compares a geometry of the data with a constant one, after their boxes.
func relate(geojson string, shape *preparedShape, holds func(*preparedShape, geom.Geometry) bool) any {
	box, ok := scanBox(geojson)
	if !ok || shape == nil {
		return nil
	}
	if !box.meets(shape.box) {
		return false
	}
	g, err := geom.UnmarshalGeoJSON([]byte(geojson), geom.NoValidate{})
	if err != nil {
		return nil
	}
	return holds(shape, g.Force2D())
}

// distanceTo is the distance in metres from a place to a geometry. The nearest place is looked for on a plane that
// touches the Earth there, then measured on the sphere: exact for what is near, which is what people ask.
func distanceTo(geojson string, lon, lat float64) any {
	g, err := geom.UnmarshalGeoJSON([]byte(geojson), geom.NoValidate{})
	if err != nil || g.IsEmpty() {
		return nil
	}
	flat := math.Cos(lat * math.Pi / 180)
	plane := func(p geom.XY) geom.XY { return geom.XY{X: (p.X - lon) * flat, Y: p.Y - lat} }
	origin := geom.XY{}.AsPoint().AsGeometry()
	local := g.Force2D().TransformXY(plane)
	if geom.Intersects(local, origin) {
		return 0.0
	}
	return nearestOn(local, lon, lat, flat)
}

// nearestOn finds the place on the lines and points of a geometry that is nearest to the origin of the plane, and measures
// on the sphere how far it is. It looks at each edge once: an index would be slower to make, and far slower when many
// edges are alike.
func nearestOn(local geom.Geometry, lon, lat, flat float64) any {
	best := geom.XY{X: math.Inf(1)}
	consider := func(p geom.XY) {
		if math.Hypot(p.X, p.Y) < math.Hypot(best.X, best.Y) {
			best = p
		}
	}
	for _, part := range local.Dump() {
		for _, line := range linesOf(part) {
			points := line.Coordinates()
			for i := range points.Length() {
				a := points.GetXY(i)
				consider(a)
				if i+1 < points.Length() {
					b := points.GetXY(i + 1)
					d := b.Sub(a)
					if length := d.Dot(d); length > 0 {
						consider(a.Add(d.Scale(min(1, max(0, -a.Dot(d)/length)))))
					}
				}
			}
		}
		if part.IsPoint() {
			if p, ok := part.MustAsPoint().XY(); ok {
				consider(p)
			}
		}
	}
	if math.IsInf(best.X, 1) {
		return nil
	}
	return haversine(lon, lat, best.X/max(flat, 1e-9)+lon, best.Y+lat)
}

func linesOf(g geom.Geometry) []geom.LineString {
	switch g.Type() {
	case geom.TypeLineString:
		return []geom.LineString{g.MustAsLineString()}
	case geom.TypePolygon:
		return g.MustAsPolygon().DumpRings()
	}
	return nil
}

// haversine is the distance in metres between two places on the sphere.
func haversine(lon1, lat1, lon2, lat2 float64) float64 {
	const radian = math.Pi / 180
	a, b := math.Sin((lat2-lat1)*radian/2), math.Sin((lon2-lon1)*radian/2)
	return 2 * earthRadius * math.Asin(math.Min(1, math.Sqrt(a*a+math.Cos(lat1*radian)*math.Cos(lat2*radian)*b*b)))
}

// hullOf is the convex hull of longitudes and latitudes. Of each ten thousand points only the hull goes on, so that the
// memory does not grow with them.
func hullOf(text string) any {
	most := 20_000 // numbers
	flat := make([]float64, 0, most)
	shrink := func() geom.Geometry {
		return geom.NewLineString(geom.NewSequence(slices.Clone(flat), geom.DimXY)).AsGeometry().ConvexHull()
	}
	for number := range strings.SplitSeq(text, " ") {
		x, ok := parseFloat(number)
		if !ok || math.IsNaN(x) || math.IsInf(x, 0) {
			return nil
		}
		if flat = append(flat, x); len(flat) == most {
			hull := shrink().DumpCoordinates()
			flat = flat[:0]
			for i := range hull.Length() {
				flat = append(flat, hull.GetXY(i).X, hull.GetXY(i).Y)
			}
			most = max(most, 2*len(flat)) // on a circle, all points count
		}
	}
	if len(flat) == 0 || len(flat)%2 != 0 {
		return nil
	}
	return geoJSON(shrink())
}

func geoJSON(g geom.Geometry) any {
	text, err := g.ForceCCW().MarshalJSON()
	if err != nil || g.IsEmpty() {
		return nil
	}
	return string(text)
}

// box is a rectangle of longitudes and latitudes.
type box struct{ west, south, east, north float64 }

func (b box) meets(o box) bool {
	return b.west <= o.east && o.west <= b.east && b.south <= o.north && o.south <= b.north
}

func (b box) inside(o box) bool {
	return b.west >= o.west && b.east <= o.east && b.south >= o.south && b.north <= o.north
}

func emptyBox() box { return box{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)} }

func (b *box) add(lon, lat float64) {
	b.west, b.east = math.Min(b.west, lon), math.Max(b.east, lon)
	b.south, b.north = math.Min(b.south, lat), math.Max(b.north, lat)
}

// scanBox finds the box of a GeoJSON geometry without building it: most rows of a question are dismissed by it.
func scanBox(geojson string) (box, bool) {
	b, found := emptyBox(), false
	rest := geojson
	for {
		i := strings.Index(rest, `"coordinates"`)
		if i < 0 {
			return b, found
		}
		rest = rest[i+len(`"coordinates"`):]
		var ok bool
		if rest, ok = scanCoordinates(rest, &b); !ok {
			return b, false
		}
		found = found || b.west <= b.east
	}
}

// scanCoordinates reads the nested arrays that follow and adds each position to the box.
func scanCoordinates(s string, b *box) (rest string, ok bool) {
	depth, place := 0, 0 // place: which number of the innermost array comes next
	var lon float64
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == '[':
			depth, place = depth+1, 0
			i++
		case c == ']':
			if depth--; depth == 0 {
				return s[i+1:], true
			}
			place = 0
			i++
		case c == '-' || c >= '0' && c <= '9':
			if depth == 0 {
				return s, false
			}
			end := i + 1
			for end < len(s) && strings.IndexByte("0123456789.eE+-", s[end]) >= 0 {
				end++
			}
			x, valid := parseFloat(s[i:end])
			if !valid {
				return s, false
			}
			if place == 0 {
				lon = x
			} else if place == 1 {
				b.add(lon, x)
			}
			place++
			i = end
		case c == ',' || c == ':' || c == ' ' || c == '\n' || c == '\t' || c == '\r':
			i++
		default:
			return s, false
		}
	}
	return "", false
}
