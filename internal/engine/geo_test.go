package engine

import (
	"database/sql/driver"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/peterstace/simplefeatures/geom"

	"socle/internal/query"
)

func shapeOf(t *testing.T, wkt string) geom.Geometry {
	t.Helper()
	g, err := geom.UnmarshalWKT(wkt, geom.NoValidate{})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// star is a polygon around a centre, whose edges never cross.
func star(random *rand.Rand, x, y float64, vertices int) string {
	points := make([]string, vertices+1)
	for i := range vertices {
		angle, length := 2*math.Pi*float64(i)/float64(vertices), 0.2+random.Float64()
		points[i] = fmt.Sprintf("%v %v", x+length*math.Cos(angle), y+length*math.Sin(angle))
	}
	points[vertices] = points[0]
	return "(" + strings.Join(points, ",") + ")"
}

func TestAPointLiesInAPreparedShapeAsInTheShape(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, wkt := range []string{
		"POLYGON(" + star(random, 2, 48, 5) + ")", "POLYGON(" + star(random, 2, 48, 3000) + ")",
		"POLYGON((0 46, 4 46, 4 50, 0 50, 0 46)," + star(random, 2, 48, 40) + ")",
		"MULTIPOLYGON((" + star(random, 0, 46, 30) + "),(" + star(random, 4, 50, 30) + "))",
		"POLYGON((0 46, 4 46, 4 50, 0 50, 0 46))", "POLYGON((1 48, 3 48, 3 48, 2 47, 1 48))",
		"LINESTRING(0 46, 4 50)", "POINT(2 48)", "MULTIPOINT(2 48, 3 49)",
		"GEOMETRYCOLLECTION(POLYGON((0 46, 3 46, 3 49, 0 46)),POLYGON((1 46, 4 46, 4 49, 1 46)))",
	} {
		g := shapeOf(t, wkt)
		prepared := prepare(g)
		for i := range 3000 {
			p := geom.XY{X: 4.5 * random.Float64(), Y: 45.5 + 5*random.Float64()}
			if i%3 == 0 { // on the grid, where edges and vertices are
				p = geom.XY{X: math.Round(p.X), Y: math.Round(p.Y)}
			}
			if got, want := prepared.place(p.X, p.Y) != outside, geom.Intersects(p.AsPoint().AsGeometry(), g); got != want {
				t.Errorf("%.60s: %v is there: %t, want %t", wkt, p, got, want)
				break
			}
		}
	}
	square := prepare(shapeOf(t, "POLYGON((0 0, 4 0, 4 4, 0 4, 0 0),(1 1, 3 1, 3 3, 1 3, 1 1))"))
	for p, want := range map[geom.XY]int32{{X: 0.5, Y: 0.5}: within, {X: 2, Y: 2}: outside, {X: 0, Y: 2}: onEdge, {X: 4, Y: 4}: onEdge, {X: 1, Y: 2}: onEdge,
		{X: 5, Y: 2}: outside, {X: 0.5, Y: 3}: within, {X: math.NaN(), Y: 1}: outside} {
		if got := square.place(p.X, p.Y); got != want {
			t.Errorf("%v: place %d, want %d", p, got, want)
		}
	}
}

func TestTheBoxOfAGeometryIsFoundInItsText(t *testing.T) {
	for text, want := range map[string]string{
		`{"type":"Point","coordinates":[2.5,48]}`:                                                                                 "2.5 48 2.5 48",
		`{ "coordinates" : [ [ [ -1e0 , 2 ] , [ 3.5 , -4 , 900 ] ] ] , "type":"Polygon" }`:                                        "-1 -4 3.5 2",
		`{"type":"Polygon","bbox":[0,0,90,90],"coordinates":[[[1,1],[2,1],[2,2],[1,1]]]}`:                                         "1 1 2 2",
		`{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[1,2]},{"type":"Point","coordinates":[3,-4]}]}`: "1 -4 3 2",
		`{"type":"MultiPolygon","coordinates":[[[[0,0],[1,0],[1,1],[0,0]]],[[[5,5],[6,5],[6,6],[5,5]]]]}`:                         "0 0 6 6",
		`{"type":"Polygon","coordinates":[]}`:                                                                                     "", `{"type":"Point"}`: "", `{"coordinates":[[1,2}`: "", `{"coordinates":["a","b"]}`: "", `[]`: "", `{"coordinates":3}`: "",
		`{"coordinates":[1,2`: "", `{"coordinates":[1-2,2]}`: "",
	} {
		got := ""
		if b, ok := scanBox(text); ok {
			got = fmt.Sprint(b.west, b.south, b.east, b.north)
		}
		if got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestGeometriesThatCannotBeReadAreEmptyAndCrossingOnesAreBounded(t *testing.T) {
	all := newShapes()
	question, other := &heldShapes{all: all}, &heldShapes{all: all}
	key := question.hold("POLYGON((0 0, 10 0, 10 10, 0 10, 0 0))")
	area := all.get(key)
	var spiral []string
	for i := range 300_000 { // an area that crosses itself all the time
		spiral = append(spiral, fmt.Sprintf("[%v,%v]", 1+math.Mod(float64(i)*0.618, 8), 1+math.Mod(float64(i)*0.414, 8)))
	}
	for text, want := range map[string]any{
		`{"type":"Polygon","coordinates":[[[1,1],[2,1],[2,2],[1,1]]]}`:           true,
		`{"type":"Polygon","coordinates":[[[1,1],[20,1],[20,2],[1,1]]]}`:         false,
		`{"type":"Polygon","coordinates":[[[1,1],[9,9],[9,1],[1,9],[1,1]]]}`:     true,
		`{"type":"Polygon","coordinates":[[[1,1],[2,1]]]}`:                       true,
		`{"type":"Polygon","coordinates":[[[30,1],[32,1],[31,5],[30,1]]]}`:       false,
		`{"type":"Polygon","coordinates":[[` + strings.Join(spiral, ",") + `]]}`: true,
		`{"type":"Nothing","coordinates":[1,1]}`:                                 nil,
		`{"type":"Polygon"}`:                                                     nil,
		`{`:                                                                      nil,
	} {
		within := &geoFunction{of: func([]driver.Value) any { return relate(text, area, (*preparedShape).contains) }}
		if got := within.safely(nil); got != want {
			t.Errorf("%.70s: inside is %v, want %v", text, got, want)
		}
	}
	if again := other.hold("POLYGON((0 0, 10 0, 10 10, 0 10, 0 0))"); again != key || all.get(again) != area {
		t.Error("a geometry is read once for all the questions that have it")
	}
	question.release()
	if all.get(key) != area {
		t.Error("the geometry was forgotten while a question had it")
	}
	if other.release(); all.get(key) != nil || len(all.byKey) != 0 {
		t.Error("the geometry was kept although no question has it")
	}
	if all.get(question.hold("POLYGON((")) != nil || relate(`{"type":"Point","coordinates":[1,1]}`, nil, (*preparedShape).contains) != nil {
		t.Error("a constant that cannot be read must give nothing")
	}
	panics := &geoFunction{of: func([]driver.Value) any { panic("the library gives up") }}
	if got := panics.safely(nil); got != nil {
		t.Errorf("got %v", got)
	}
}

func TestDistancesToShapesAreThoseToTheirNearestPlace(t *testing.T) {
	square := `{"type":"Polygon","coordinates":[[[2,48],[3,48],[3,49],[2,49],[2,48]]]}`
	for _, tc := range []struct{ lon, lat, want float64 }{
		{2.5, 48.5, 0}, {2, 48, 0}, {2.5, 47, haversine(2.5, 47, 2.5, 48)}, {1, 48.5, haversine(1, 48.5, 2, 48.5)}, {1, 47, haversine(1, 47, 2, 48)},
	} {
		if got, _ := distanceTo(square, tc.lon, tc.lat).(float64); math.Abs(got-tc.want) > 1+tc.want/1000 {
			t.Errorf("from %v %v: %v m, want %v", tc.lon, tc.lat, got, tc.want)
		}
	}
	if got, _ := distanceTo(`{"type":"Point","coordinates":[2,48]}`, 2.1, 48.1).(float64); math.Abs(got-haversine(2, 48, 2.1, 48.1)) > 1e-6 {
		t.Errorf("to a point: %v", got)
	}
	if got := distanceTo(`{"type":"Point","coordinates":[]}`, 2, 48); got != nil {
		t.Errorf("to nothing: %v", got)
	}
}

func TestCellsThatAreCloseBecomeOneAndOthersStay(t *testing.T) {
	cells := []gathered{{cell: 1, lon: 0.001, lat: 45, count: 100}, {cell: 2, lon: -0.001, lat: 45, count: 50}, {cell: 3, lon: 1, lat: 45, count: 40},
		{cell: 4, lon: 0.002, lat: 45.0005, count: 10}, {cell: 5, lon: 1, lat: 45.2, count: 5}, {cell: 6, lon: 0.002, lat: 80, count: 3}, {cell: 7, lon: -0.002, lat: 80, count: 2}}
	for range 5 {
		if got, want := mergeCells(cells, 500), []merger{{2, 1}, {4, 1}, {7, 6}}; !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	}
	if got := mergeCells(cells, 1); len(got) != 0 {
		t.Errorf("nothing is within a metre: %v", got)
	}
	if got := mergeCells(cells, 1e8); len(got) != len(cells)-1 {
		t.Errorf("everything is within the Earth: %v", got)
	}
}

func TestTheCellsOfAClusterAreTheFinestThatAreLargerThanItsRadius(t *testing.T) {
	for _, tc := range []struct{ zoom, radius, lon, lat int }{{0, 40, 3, 2}, {3, 40, 8, 7}, {10, 40, 18, 17}, {25, 40, 25, 25}, {25, 1, 30, 30}} {
		g := query.GeoCluster{Zoom: tc.zoom, Radius: tc.radius}
		lon, lat := geohashBits(g)
		if width := 2 * math.Pi * earthRadius / math.Exp2(float64(lon)); (lon+lat)%5 != 0 || width <= reach(g) && lon > 3 {
			t.Errorf("%+v: %d and %d bits, cells of %v m for a radius of %v m", tc, lon, lat, width, reach(g))
		}
	}
}

func TestAPlanOfClustersCountsEveryRowOnceAndPages(t *testing.T) {
	b := open(t, Options{})
	for _, zoom := range []int{0, 4, 8, 9, 10, 14} {
		r := query.Request{Select: "count(*) as n", GroupBy: fmt.Sprintf("geo_cluster(position, %d) as g", zoom), Limit: -1}
		all := b.rows(t, bind(t, 1, r))
		total := 0
		for _, row := range all {
			var n int
			if _, err := fmt.Sscan(row[strings.LastIndex(row, "|")+1:], &n); err != nil {
				t.Fatal(row)
			}
			total += n
		}
		count, err := b.Count(t.Context(), bind(t, 1, r))
		if err != nil || total != 10_000 || count != int64(len(all)) {
			t.Errorf("zoom %d: %d rows in %d groups, %d counted: %v", zoom, total, len(all), count, err)
		}
		r.Limit, r.Offset = 2, 1
		if got := b.rows(t, bind(t, 1, r)); len(all) > 3 && !slices.Equal(got, all[1:3]) {
			t.Errorf("zoom %d: page %v, want %v", zoom, got, all[1:3])
		}
	}
}

func TestTheHullOfPointsIsTheirConvexHull(t *testing.T) {
	b := open(t, Options{})
	got := b.rows(t, bind(t, 1, query.Request{Select: "envelope(position) as e", Limit: 1}))
	hull, err := geom.UnmarshalGeoJSON([]byte(got[0]))
	if err != nil {
		t.Fatal(got, err)
	}
	if want := shapeOf(t, "POLYGON((-1.4 48, -0.6 48, -0.6 48.6, -1.4 48.6, -1.4 48))"); !geom.ExactEquals(hull, want, geom.IgnoreOrder, geom.ToleranceXY(1e-9)) {
		t.Errorf("got %s", hull.AsText())
	}
	if got := b.rows(t, bind(t, 1, query.Request{Select: "envelope(position), bbox(position)", Where: []string{"position is null"}, Limit: 1})); got[0] != "<nil>|<nil>" {
		t.Errorf("the hull of nothing is %v", got)
	}
	if got := b.rows(t, bind(t, 1, query.Request{Select: "envelope(position) as e, bbox(position) as b", Where: []string{"id = 1"}, Limit: 1})); !strings.HasPrefix(got[0], `{"type":"Point"`) {
		t.Errorf("the hull of one point is %v", got)
	}
}

func TestTheHullOfManyPointsGoesThroughThemByPieces(t *testing.T) {
	var square, circle strings.Builder
	for i := range 50_000 {
		fmt.Fprintf(&square, "%v %v ", math.Mod(float64(i)*0.6180339887, 1), math.Mod(float64(i)*0.4142135623, 1))
		fmt.Fprintf(&circle, "%v %v ", math.Cos(float64(i)), math.Sin(float64(i)))
	}
	text, _ := hullOf(square.String() + "0 0 1 0 1 1 0 1").(string)
	hull, err := geom.UnmarshalGeoJSON([]byte(text))
	if err != nil || !geom.ExactEquals(hull, shapeOf(t, "POLYGON((0 0, 1 0, 1 1, 0 1, 0 0))"), geom.IgnoreOrder) {
		t.Errorf("a square gives %.200s, %v", text, err)
	}
	text, _ = hullOf(strings.TrimSpace(circle.String())).(string)
	if hull, err = geom.UnmarshalGeoJSON([]byte(text)); err != nil || math.Abs(hull.Area()-math.Pi) > 1e-3 {
		t.Errorf("a circle has an area of %v, %v", hull.Area(), err)
	}
	for _, text := range []string{"", "1", "a b", "1 NaN"} {
		if got := hullOf(text); got != nil {
			t.Errorf("%q gives %v", text, got)
		}
	}
}

func TestFunctionsOfPlacesBearAnyText(t *testing.T) {
	b := open(t, Options{Timeout: 20 * time.Second})
	deep := strings.Repeat(`{"type":"GeometryCollection","geometries":[`, 1000) + strings.Repeat(`]}`, 1000)
	brackets := `{"type":"Polygon","coordinates":` + strings.Repeat("[", 200_000) + strings.Repeat("]", 200_000) + "}"
	long := `{"type":"LineString","coordinates":[` + strings.Repeat("[1,2],[3,4],", 100_000) + `[5,6]]}`
	texts := []any{nil, "", " ", "x", "null", "[]", "{}", `"coordinates"`, `{"coordinates":}`, `{"type":"Point","coordinates":[]}`, `{"type":"Point","coordinates":[1]}`,
		`{"type":"Point","coordinates":[1e999,1e999]}`, `{"type":"Point","coordinates":["a","b"]}`, `{"type":"Polygon","coordinates":[[]]}`, `{"type":"Polygon","coordinates":[[[0,0],[0,0],[0,0],[0,0]]]}`,
		`{"type":"MultiPolygon","coordinates":[[[[0,0],[1,1],[0,1],[1,0],[0,0]]]]}`, `{"type":"Point","coordinates":[1,2,3,4,5,6]}`, `{"type":"Point","coordinates":[1e308,-1e308]}`,
		`{"type":"Point","coordinates":[NaN,1]}`, deep, brackets, long, strings.Repeat("1 2 ", 300_000) + "3 4", strings.Repeat(" ", 100_000), strings.Repeat("1e308 -1e308 ", 1000) + "0 0", "\u00e9\u2028\x00", "1 2 3", "Infinity NaN"}
	held := &heldShapes{all: b.options.shapes}
	defer held.release()
	keys := []any{nil, "", "no such key", held.hold("POLYGON((0 0, 4 0, 4 4, 0 4, 0 0))"), held.hold("POLYGON((0 0, 4 4, 0 4, 4 0, 0 0))"), held.hold("POINT EMPTY"), held.hold("GEOMETRYCOLLECTION EMPTY"), held.hold("rubbish"), held.hold("LINESTRING(0 0, 4 6)"), held.hold("LINESTRING(0 5, 4 1)")}
	numbers := []any{nil, 0.0, 1e308, math.Inf(1), math.Inf(-1), math.NaN(), -180.0, 90.0}
	ask := func(call string, args ...any) {
		t.Helper()
		began := time.Now()
		var answer any
		if err := b.db.QueryRowContext(t.Context(), "SELECT "+call, args...).Scan(&answer); err != nil {
			t.Errorf("%s %.60v: %v", call, args, err)
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("%s %.60v takes %v", call, args, took)
		}
	}
	for _, text := range texts {
		ask("geo_bounds(CAST($1 AS VARCHAR))", text)
		ask("geo_hull(CAST($1 AS VARCHAR))", text)
		for _, x := range numbers {
			ask("geo_distance(CAST($1 AS VARCHAR), CAST($2 AS DOUBLE), CAST($3 AS DOUBLE))", text, x, x)
		}
		for _, key := range keys {
			ask("geo_intersects(CAST($1 AS VARCHAR), CAST($2 AS VARCHAR))", text, key)
			ask("geo_within(CAST($1 AS VARCHAR), CAST($2 AS VARCHAR))", text, key)
		}
	}
	for _, key := range keys {
		for _, x := range numbers {
			for _, y := range numbers {
				ask("geo_covers(CAST($1 AS VARCHAR), CAST($2 AS DOUBLE), CAST($3 AS DOUBLE))", key, x, y)
			}
		}
	}
}
