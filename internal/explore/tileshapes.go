package explore

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/paulmach/orb"
	clipping "github.com/paulmach/orb/clip"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/geojson"
	"github.com/paulmach/orb/project"
	"github.com/paulmach/orb/simplify"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/query"
	"socle/internal/schema"
)

// Lines and areas are drawn as they are where they are large enough to be seen, simplified to half a pixel; the others
// are gathered by squares, as points are. So a tile is bounded, and nothing that it stands for is lost.
const (
	shapeLayer    = "shapes"
	shapeBuffer   = 64      // units beyond the edges, so that outlines do not show where tiles meet
	shapePixel    = 8       // units: smaller shapes are gathered
	shapeDetail   = 4       // units that an outline may be off
	shapeFeatures = 2_000   // drawn in a tile; the others are gathered
	shapeVertices = 100_000 // of all of them
	shapeRows     = 100_000 // read for a tile
)

// shapePlan reads the shapes that meet a tile.
func (d *source) shapePlan(t square, request query.Request, place schema.Field) (*query.Plan, error) {
	return d.readPlan(request, place, func(plan *query.Plan) error {
		if t.z > 0 {
			meets, err := query.ParseShape(t.area())
			if err != nil {
				return fmt.Errorf("explore: area of a tile: %w", err)
			}
			plan.Restrict(query.Related{Op: query.Intersects, Of: query.Field{Field: place}, To: meets})
		}
		plan.Columns = []query.Column{column("record", query.RowNumber{}), column("shape", query.Field{Field: place})}
		if title := titleOf(placeFields(d, place), place); title.Type == schema.Text {
			plan.Columns = append(plan.Columns, column("title", query.Field{Field: title}))
		}
		plan.Limit = shapeRows + 1
		return nil
	})
}

// area is the tile with its buffer, as a polygon of degrees; it goes to the poles at the edges of the map.
func (t square) area() string {
	left, top, side := t.edges()
	margin := side * shapeBuffer / tileExtent
	west, east := math.Max(lonAt(left-margin), -180), math.Min(lonAt(left+side+margin), 180)
	south, north := latAt(math.Min(top+side+margin, 1)), latAt(math.Max(top-margin, 0))
	if t.y == 0 {
		north = 90
	}
	if t.y == 1<<t.z-1 {
		south = -90
	}
	return fmt.Sprintf("POLYGON((%[1]v %[2]v, %[3]v %[2]v, %[3]v %[4]v, %[1]v %[4]v, %[1]v %[2]v))", west, south, east, north)
}

// shapeTile is a tile being drawn.
type shapeTile struct {
	square
	shapes   *mvt.Layer
	cells    map[[2]int]*shapeCell
	vertices int
}

// shapeCell is the shapes of one square that are not drawn.
type shapeCell struct {
	count       int64
	east, south float64 // sums of their middles
	record      int64
	title       string
}

// drawShapes runs the plan of a tile and writes its features, none as no byte at all.
func (s *Service) drawShapes(ctx context.Context, t square, plan *query.Plan) ([]byte, error) {
	rows, err := s.engine.Query(ctx, plan)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	tile := &shapeTile{square: t, shapes: &mvt.Layer{Name: shapeLayer, Version: 2, Extent: tileExtent}, cells: map[[2]int]*shapeCell{}}
	read := 0
	for rows.Next() {
		if read++; read > shapeRows {
			return nil, fault.New(fault.TooLarge, "tile_too_large", i18n.T(
				"Cette tuile rassemble plus de %d formes : agrandissez la carte, ou filtrez.", "This tile holds more than %d shapes: zoom in, or filter.", shapeRows))
		}
		values := rows.Values()
		record, _ := values[0].(int64)
		shape, _ := values[1].(json.RawMessage)
		title := ""
		if len(values) > 2 {
			title, _ = values[2].(string)
		}
		tile.add(shape, record, title)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return tile.marshal()
}

// add draws a shape, or gathers it. One that cannot be read is left out, as everywhere.
func (t *shapeTile) add(shape json.RawMessage, record int64, title string) {
	read, err := geojson.UnmarshalGeometry(shape)
	if err != nil || read == nil || read.Geometry() == nil {
		return
	}
	g := project.Geometry(orb.Clone(read.Geometry()), t.project)
	bound := g.Bound()
	if bound.IsEmpty() || !(bound.Min[0] <= bound.Max[0]) {
		return
	}
	if math.Max(bound.Max[0]-bound.Min[0], bound.Max[1]-bound.Min[1]) >= shapePixel && t.draw(g, record, title) {
		return
	}
	t.gather(bound.Center(), record, title)
}

// project gives the units of the tile to degrees.
func (t *shapeTile) project(p orb.Point) orb.Point {
	west, north, side := t.edges()
	lat := math.Max(-mapEdge, math.Min(mapEdge, p[1])) * math.Pi / 180
	x, y := (p[0]+180)/360, 0.5-math.Log(math.Tan(math.Pi/4+lat/2))/(2*math.Pi)
	return orb.Point{(x - west) / side * tileExtent, (y - north) / side * tileExtent}
}

// mapEdge is the latitude at which the map of the web ends.
const mapEdge = 85.0511287798066

// draw adds the parts of a shape that are in the tile, and reports whether the shape is settled: drawn, or elsewhere.
func (t *shapeTile) draw(g orb.Geometry, record int64, title string) bool {
	if parts, is := g.(orb.Collection); is {
		settled := false
		for _, part := range parts {
			settled = t.draw(part, record, title) || settled
		}
		return settled
	}
	if g.Dimensions() == 0 || len(t.shapes.Features) >= shapeFeatures || t.vertices >= shapeVertices {
		return false
	}
	clipped := clipping.Geometry(orb.Bound{Min: orb.Point{-shapeBuffer, -shapeBuffer}, Max: orb.Point{tileExtent + shapeBuffer, tileExtent + shapeBuffer}}, g)
	if clipped == nil {
		return true // beside the tile
	}
	clipped = tidy(orb.Round(simplify.DouglasPeucker(shapeDetail).Simplify(clipped), 1))
	if clipped == nil {
		return false
	}
	feature := geojson.NewFeature(clipped)
	feature.Properties["record"] = strconv.FormatInt(record, 10) // a text: a script has no such large numbers
	if title != "" {
		feature.Properties["title"] = title
	}
	t.vertices += vertices(clipped)
	t.shapes.Features = append(t.shapes.Features, feature)
	return true
}

// tidy leaves out what rounding made flat, and winds rings as tiles want them; nil when nothing is left.
func tidy(g orb.Geometry) orb.Geometry {
	switch g := g.(type) {
	case orb.LineString:
		if len(g) < 2 || g.Bound().Min == g.Bound().Max {
			return nil
		}
		return g
	case orb.MultiLineString:
		g = slices.DeleteFunc(g, func(line orb.LineString) bool { return tidy(line) == nil })
		if len(g) == 0 {
			return nil
		}
		return g
	case orb.Polygon:
		if len(g) == 0 || len(g[0]) < 4 || g[0].Orientation() == 0 {
			return nil
		}
		rings := slices.DeleteFunc(g, func(ring orb.Ring) bool { return len(ring) < 4 || ring.Orientation() == 0 })
		for i, ring := range rings {
			if (ring.Orientation() == orb.CCW) != (i == 0) {
				ring.Reverse()
			}
		}
		return rings
	case orb.MultiPolygon:
		kept := orb.MultiPolygon{}
		for _, polygon := range g {
			if tidied, is := tidy(polygon).(orb.Polygon); is {
				kept = append(kept, tidied)
			}
		}
		if len(kept) == 0 {
			return nil
		}
		return kept
	}
	return nil
}

func vertices(g orb.Geometry) (n int) {
	project.Geometry(g, func(p orb.Point) orb.Point { n++; return p })
	return n
}

// gather counts a shape in the square where its middle is. It does in one tile only.
func (t *shapeTile) gather(middle orb.Point, record int64, title string) {
	if !(middle[0] >= 0 && middle[0] < tileExtent && middle[1] >= 0 && middle[1] < tileExtent) {
		return
	}
	width := float64(tileExtent) / float64(t.square.cells())
	at := [2]int{int(middle[1] / width), int(middle[0] / width)}
	cell := t.cells[at]
	if cell == nil {
		cell = &shapeCell{record: record, title: title}
		t.cells[at] = cell
	}
	cell.count++
	cell.east, cell.south = cell.east+middle[0], cell.south+middle[1]
}

func (t *shapeTile) marshal() ([]byte, error) {
	points := &mvt.Layer{Name: tileLayer, Version: 2, Extent: tileExtent}
	for _, at := range slices.SortedFunc(maps.Keys(t.cells), func(a, b [2]int) int { return cmp.Or(a[0]-b[0], a[1]-b[1]) }) {
		cell := t.cells[at]
		n := float64(cell.count)
		points.Features = append(points.Features, pointFeature(orb.Point{math.Floor(cell.east / n), math.Floor(cell.south / n)}, cell.count, cell.record, cell.title))
	}
	var layers mvt.Layers
	for _, layer := range []*mvt.Layer{t.shapes, points} {
		if len(layer.Features) > 0 {
			layers = append(layers, layer)
		}
	}
	if len(layers) == 0 {
		return nil, nil
	}
	return mvt.Marshal(layers)
}
