package explore

import (
	"context"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/geojson"

	"socle/internal/access"
	"socle/internal/api"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/query"
	"socle/internal/schema"
)

// TilesPrefix is where the tiles live.
const TilesPrefix = "/tiles"

// A tile holds at most as many features as it has squares: 256, or 4,096 on the zooms of streets.
const (
	tileZooms   = 22
	tileExtent  = 4096 // units of a side
	tileLayer   = "points"
	tileSide    = 16 // squares of a side: 32 of the 512 pixels at which tiles are drawn
	tileStreets = 14 // zoom from which squares are four times smaller
	mediaTile   = "application/vnd.mapbox-vector-tile"
)

// TileRoutes are the ways into the vector tiles of the places of a dataset. Give them to the door together with
// [Service.Fail].
func (s *Service) TileRoutes() api.Routes {
	handler := func(h api.Handler) api.Handler { return s.asked(s.versioned(h)) }
	return api.Routes{
		{Pattern: "GET " + TilesPrefix + "/{dataset_id}/tiles.json", Permission: access.Public, Handler: handler(s.tileSet)},
		{Pattern: "GET " + TilesPrefix + "/{dataset_id}/{z}/{x}/{y}", Permission: access.Public, Handler: handler(s.tile)},
		{Pattern: "GET " + TilesPrefix + "/{path...}", Permission: access.Public, Handler: s.nothing},
		{Pattern: "OPTIONS " + TilesPrefix + "/{path...}", Permission: access.Public, Handler: s.options},
		{Pattern: TilesPrefix + "/{path...}", Permission: access.Public, Handler: s.readOnly},
	}
}

// square is a tile: the column x and the row y of the map of the web cut in 2^z columns and rows.
type square struct{ z, x, y int }

func squareOf(r *http.Request) (square, error) {
	var t square
	last, ok := strings.CutSuffix(r.PathValue("y"), ".mvt")
	for _, part := range []struct {
		text string
		into *int
	}{{r.PathValue("z"), &t.z}, {r.PathValue("x"), &t.x}, {last, &t.y}} {
		n, err := strconv.Atoi(part.text)
		ok = ok && err == nil && n >= 0
		*part.into = n
	}
	if ok = ok && t.z <= tileZooms; ok {
		ok = t.x < 1<<t.z && t.y < 1<<t.z
	}
	if !ok {
		return t, fault.New(fault.Invalid, codeParameter, i18n.T(
			"Cette tuile n’existe pas : l’adresse d’une tuile est /tiles/JEU/z/x/y.mvt, avec z de 0 à %d, x et y de 0 à 2^z − 1.",
			"This tile does not exist: the address of a tile is /tiles/DATASET/z/x/y.mvt, with z from 0 to %d, x and y from 0 to 2^z − 1.", tileZooms))
	}
	return t, nil
}

// edges are the limits of a tile on the square map of side 1; the last ones are excluded. They are exact.
func (t square) edges() (west, north, side float64) {
	side = math.Exp2(float64(-t.z))
	return float64(t.x) * side, float64(t.y) * side, side
}

// cells is how many squares a side of the tile is cut in.
func (t square) cells() int {
	if t.z >= tileStreets {
		return 4 * tileSide
	}
	return tileSide
}

// box is a box of latitudes and longitudes a little larger than the tile: comparing numbers is cheaper than
// projecting, and files say the extremes of theirs. At the edges of the map it is open.
func (t square) box(of query.Expr) query.Expr {
	const margin = 1e-6 // degrees
	west, north, side := t.edges()
	b := query.InBox{Of: of, Min: schema.Coordinates{Lon: lonAt(west) - margin, Lat: latAt(north+side) - margin},
		Max: schema.Coordinates{Lon: lonAt(west+side) + margin, Lat: latAt(north) + margin}}
	if t.x == 0 { // 180° east is there too
		b.Min.Lon, b.Max.Lon = -360, 360
	}
	if t.y == 0 {
		b.Max.Lat = 90
	}
	if t.y == 1<<t.z-1 {
		b.Min.Lat = -90
	}
	return b
}

// lonAt and latAt are the degrees of a place on the square map of side 1.
func lonAt(x float64) float64 { return x*360 - 180 }
func latAt(y float64) float64 { return math.Atan(math.Sinh(math.Pi*(1-2*y))) * 180 / math.Pi }

// placeField is the field whose places are drawn: the one asked for, else the first of points, else the first of shapes.
func (d *source) placeField(name string) (schema.Field, error) {
	if name == "" {
		for _, wanted := range []schema.Type{schema.Point, schema.Geometry} {
			if f, found := d.fields.First(wanted); found {
				return f, nil
			}
		}
	} else if f, found := d.fields.Field(name); found && (f.Type == schema.Point || f.Type == schema.Geometry) {
		return f, nil
	}
	return schema.Field{}, fault.New(fault.Invalid, codeParameter, i18n.T(
		"Ce jeu de données n’a pas de champ de positions de ce nom : il n’a pas de tuiles.", "This dataset has no field of positions of that name: it has no tiles.")).At("field")
}

// placePlan is a grouped plan over the points that a request keeps, narrowed to what who asks may see. complete adds the
// groups and the columns.
func (d *source) placePlan(request query.Request, place schema.Field, complete func(*query.Plan)) (*query.Plan, error) {
	return d.readPlan(request, place, func(plan *query.Plan) error {
		plan.Grouped, plan.Columns = true, nil
		complete(plan)
		return nil
	})
}

// readPlan is a plan over the places that a request keeps, narrowed to what who asks may see. complete decides the columns.
func (d *source) readPlan(request query.Request, place schema.Field, complete func(*query.Plan) error) (*query.Plan, error) {
	if err := d.needData(); err != nil {
		return nil, err
	}
	request.Select, request.GroupBy, request.OrderBy = "", "", ""
	plan, err := query.Bind(d.from(), d.fields, request, d.options())
	if err != nil {
		return nil, err
	}
	plan.Restrict(query.Not{Of: query.IsNull{Of: query.Field{Field: place}}})
	if err := complete(plan); err != nil {
		return nil, err
	}
	return plan, d.view.Narrow(plan, d.schema)
}

func column(name string, e query.Expr) query.Column {
	return query.Column{Name: name, Label: name, Expr: e}
}

// tilePlan gathers the points of a tile by the squares of its grid.
func (d *source) tilePlan(t square, request query.Request, place schema.Field) (*query.Plan, error) {
	of := query.Field{Field: place}
	east, south := query.Mercator{Of: of}, query.Mercator{Of: of, South: true}
	west, north, side := t.edges()
	width := side / float64(t.cells())
	within := func(e query.Expr, low float64) query.Expr {
		return query.Between{Of: e, Low: decimal(low), High: decimal(low + side), HighOpen: true}
	}
	return d.placePlan(request, place, func(plan *query.Plan) {
		plan.Restrict(t.box(of))
		plan.Restrict(within(east, west))
		plan.Restrict(within(south, north))
		plan.Groups = []query.Group{{Name: "row", Expr: query.BandWidth{Of: south, Width: width}}, {Name: "column", Expr: query.BandWidth{Of: east, Width: width}}}
		plan.Columns = []query.Column{column("points", query.Aggregate{Func: query.Count}), column("east", query.Aggregate{Func: query.Average, Of: east}),
			column("south", query.Aggregate{Func: query.Average, Of: south}), column("record", query.Aggregate{Func: query.Minimum, Of: query.RowNumber{}})}
		if title := titleOf(placeFields(d, place), place); title.Type == schema.Text {
			plan.Columns = append(plan.Columns, column("title", query.Aggregate{Func: query.Minimum, Of: query.Field{Field: title}}))
		}
		plan.Limit = t.cells() * t.cells()
	})
}

func decimal(x float64) query.Literal { return query.Literal{Kind: query.Decimal, Decimal: x} }

// tile answers with the points of one tile, gathered where they are close.
func (s *Service) tile(w http.ResponseWriter, r *http.Request) error {
	t, err := squareOf(r)
	if err != nil {
		return err
	}
	d, err := s.find(r.Context(), r.PathValue("dataset_id"))
	if err != nil {
		return err
	}
	p, err := parametersOf(r)
	if err != nil {
		return err
	}
	request, name := p.filters(), p.text("field")
	if p.err != nil {
		return p.err
	}
	place, err := d.placeField(name)
	if err != nil {
		return err
	}
	planned, draw := d.tilePlan, s.drawTile
	if place.Type == schema.Geometry {
		planned, draw = d.shapePlan, s.drawShapes
	}
	plan, err := planned(t, request, place)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("X-Socle-Version", strconv.Itoa(d.head.Number))
	key := keyOf("tile", plan.Key(), d.version())
	freshness(h, d.everybody)
	if unchanged(w, r, key) {
		return nil
	}
	tile, err := s.cache.answer(r.Context(), key, asBody(func(ctx context.Context) ([]byte, error) { return draw(ctx, t, plan) }))
	if err != nil {
		return err
	}
	if len(tile.text) == 0 {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	h.Set("Content-Type", mediaTile)
	tile.send(w, r)
	return nil
}

// pointFeature is some points in one place. Those that are gathered have the properties that maps give to clusters:
// cluster, point_count, point_count_abbreviated; a point alone has its record and its title.
func pointFeature(at orb.Point, points, record int64, title string) *geojson.Feature {
	feature := geojson.NewFeature(at)
	if points > 1 {
		feature.Properties["cluster"], feature.Properties["point_count"] = true, points
		feature.Properties["point_count_abbreviated"] = abbreviated(points)
		return feature
	}
	feature.Properties["record"] = strconv.FormatInt(record, 10) // a text: a script has no such large numbers
	if title != "" {
		feature.Properties["title"] = title
	}
	return feature
}

// drawTile runs the plan of a tile and writes its features, none as no byte at all.
func (s *Service) drawTile(ctx context.Context, t square, plan *query.Plan) ([]byte, error) {
	rows, err := s.engine.Query(ctx, plan)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	west, north, side := t.edges()
	unit := func(at, from float64) float64 {
		return math.Min(math.Max(math.Floor((at-from)/side*tileExtent), 0), tileExtent-1)
	}
	layer := &mvt.Layer{Name: tileLayer, Version: 2, Extent: tileExtent}
	for rows.Next() {
		values := rows.Values()
		points, _ := values[0].(int64)
		east, _ := values[1].(float64)
		south, _ := values[2].(float64)
		record, _ := values[3].(int64)
		title, _ := values[len(values)-1].(string)
		layer.Features = append(layer.Features, pointFeature(orb.Point{unit(east, west), unit(south, north)}, points, record, title))
	}
	if err := rows.Err(); err != nil || len(layer.Features) == 0 {
		return nil, err
	}
	return mvt.Marshal(mvt.Layers{layer})
}

// abbreviated writes a number in the little room of a circle: 950, 1.2k, 12k, 3.4M.
func abbreviated(n int64) string {
	for _, unit := range []struct {
		size float64
		name string
	}{{1e6, "M"}, {1e3, "k"}} {
		if x := float64(n) / unit.size; x >= 0.9995 {
			if x < 9.95 {
				return strconv.FormatFloat(x, 'f', 1, 64) + unit.name
			}
			return strconv.FormatFloat(x, 'f', 0, 64) + unit.name
		}
	}
	return strconv.FormatInt(n, 10)
}
