package engine

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"socle/internal/query"
	"socle/internal/schema"
)

// This file writes in SQL what a plan says of places: points as pairs of numbers, so that the files' statistics can skip
// what cannot match; geometries by functions of the dialect.

// earthRadius is the mean radius of the Earth in metres (IUGG R1).
const earthRadius = 6371008.8

// distance is the haversine distance in metres.
func (c *compiler) distance(of query.Expr, from schema.Coordinates) string {
	p := c.value(of)
	if of.Type() == schema.Geometry {
		return duckSQL{}.shapeDistance(p, from)
	}
	lon, lat := c.member(p, "lon"), c.member(p, "lat")
	// least() passes over what is empty, so an empty position is settled first.
	return fmt.Sprintf("(CASE WHEN %[3]s IS NOT NULL THEN %[1]s * asin(least(1, sqrt(pow(sin(radians(%[3]s - %[5]s) / 2), 2) + cos(radians(%[5]s)) * cos(radians(%[3]s)) * pow(sin(radians(%[2]s - %[4]s) / 2), 2)))) END)",
		float(2*earthRadius), lon, lat, float(from.Lon), float(from.Lat))
}

// within first keeps the band of latitudes that the circle touches: comparing is cheaper than sines.
func (c *compiler) within(e query.WithinDistance) string {
	if e.Of.Type() == schema.Geometry {
		return "(" + c.distance(e.Of, e.From) + " <= " + float(e.Metres) + ")"
	}
	lat := c.member(c.value(e.Of), "lat")
	degrees := e.Metres / earthRadius * 180 / math.Pi
	return fmt.Sprintf("(%s BETWEEN %s AND %s AND %s <= %s)", lat, float(e.From.Lat-degrees-1e-9), float(e.From.Lat+degrees+1e-9),
		c.distance(e.Of, e.From), float(e.Metres))
}

func (c *compiler) inBox(e query.InBox) string {
	of := c.value(e.Of)
	if e.Of.Type() == schema.Point {
		return "(" + c.pointInBox(of, e.Min, e.Max) + ")"
	}
	edges := c.shapeEdges(of)
	return fmt.Sprintf("(%s >= %s AND %s >= %s AND %s <= %s AND %s <= %s)", edges[0], float(e.Min.Lon), edges[1], float(e.Min.Lat),
		edges[2], float(e.Max.Lon), edges[3], float(e.Max.Lat))
}

func (c *compiler) pointInBox(point string, low, high schema.Coordinates) string {
	return fmt.Sprintf("%s BETWEEN %s AND %s AND %s BETWEEN %s AND %s", c.member(point, "lat"), float(low.Lat), float(high.Lat),
		c.member(point, "lon"), float(low.Lon), float(high.Lon))
}

// related compares with a constant geometry; for points, its box goes first.
func (c *compiler) related(e query.Related) string {
	of := c.value(e.Of)
	if e.Of.Type() == schema.Geometry {
		return duckSQL{}.shapeRelated(c, e.Op, of, e.To)
	}
	box, near := c.pointInBox(of, e.To.Min, e.To.Max), c.pointRelated(c, e.Op, of, e.To)
	if e.Op == query.Disjoint {
		return fmt.Sprintf("(CASE WHEN %s THEN %s ELSE %s IS NOT NULL END)", box, near, c.member(of, "lat"))
	}
	return "(" + box + " AND " + near + ")"
}

// bounds is the box around the points or geometries of a group, as a polygon.
func (c *compiler) bounds(of query.Expr) string {
	value := c.value(of)
	edges := [4]string{c.member(value, "lon"), c.member(value, "lat"), c.member(value, "lon"), c.member(value, "lat")}
	if of.Type() == schema.Geometry {
		edges = c.shapeEdges(value)
	}
	for i, aggregate := range []string{"min", "min", "max", "max"} {
		edges[i] = c.digits(aggregate + "(" + edges[i] + ")")
	}
	west, south, east, north := edges[0], edges[1], edges[2], edges[3]
	corner := func(lon, lat string) string { return "'[' || " + lon + " || ',' || " + lat + " || ']'" }
	ring := strings.Join([]string{corner(west, south), corner(east, south), corner(east, north), corner(west, north), corner(west, south)}, " || ',' || ")
	return `('{"type":"Polygon","coordinates":[[' || ` + ring + ` || ']]}')`
}

// cell is the number of the geohash cell of a point: bits of longitude, then of latitude.
func (c *compiler) cell(e query.GeoCluster) string {
	p := c.value(e.Of)
	lon, lat := geohashBits(e)
	part := func(of string, low, width float64, bits int) string {
		return fmt.Sprintf("least(greatest(CAST(floor((%s + %s) / %s) AS BIGINT), 0), %d)", of, float(low), float(width/float64(int64(1)<<bits)), int64(1)<<bits-1)
	}
	return fmt.Sprintf("(CASE WHEN %s IS NOT NULL THEN %s * %d + %s END)", c.member(p, "lon"), part(c.member(p, "lon"), 180, 360, lon), int64(1)<<lat, part(c.member(p, "lat"), 90, 180, lat))
}

// cellsSQL gives (cell, mean longitude, mean latitude, number of points) of the rows of a plan.
func (c *compiler) cellsSQL(plan *query.Plan, e query.GeoCluster) statement {
	lon, lat := c.member(c.value(e.Of), "lon"), c.member(c.value(e.Of), "lat")
	from, where := c.source(plan, "", condition{lon + " IS NOT NULL", true})
	return c.finish(statement{fmt.Sprintf("SELECT %s AS cell, avg(%s), avg(%s), CAST(count(*) AS DOUBLE) AS n FROM %s%s GROUP BY 1 ORDER BY n DESC, cell",
		c.cell(e), lon, lat, from, where), c.args})
}

// clusterKey is the cell of a point, or the one that its cell was merged into.
func (c *compiler) clusterKey(e query.GeoCluster) string {
	if len(c.table.merged[query.Canonical(e)]) == 0 {
		return c.cell(e)
	}
	return "coalesce(" + identifier("into:"+query.Canonical(e)) + ", " + c.cell(e) + ")"
}

// mergers joins to a relation the cells that were merged into others.
func (c *compiler) mergers(plan *query.Plan) string {
	var joins string
	for _, g := range plan.Groups {
		e, is := g.Expr.(query.GeoCluster)
		if !is {
			continue
		}
		var from, into []string
		for _, m := range c.table.merged[query.Canonical(e)] {
			from, into = append(from, strconv.FormatInt(m.from, 10)), append(into, strconv.FormatInt(m.into, 10))
		}
		if len(from) > 0 {
			fromColumn, intoColumn := identifier("cell:"+query.Canonical(e)), identifier("into:"+query.Canonical(e))
			joins += " LEFT JOIN " + c.pairs(from, into, fromColumn, intoColumn) + " ON " + fromColumn + " = " + c.cell(e)
		}
	}
	return joins
}

// centre is the mean position of a group of points, to the centimetre: the last digits of a mean depend on the order in
// which threads add.
func (c *compiler) centre(e query.GeoCluster) string {
	lon, lat := c.member(c.value(e.Of), "lon"), c.member(c.value(e.Of), "lat")
	return "CASE WHEN count(" + lon + ") > 0 THEN " + c.pointOf("round(avg("+lon+"), 7)", "round(avg("+lat+"), 7)") + " END"
}

// mercatorEdge is the latitude at which the map of the web ends, so that it is a square.
const mercatorEdge = 85.0511287798066

// mercator is a coordinate on the map of the web (EPSG:3857, cut to a square of side 1). Its last value is below 1, so
// that squares cut from the map hold every point once.
func (c *compiler) mercator(e query.Mercator) string {
	const last = "0.9999999999999999e0"
	p := c.value(e.Of)
	if !e.South {
		turn := "((" + c.member(p, "lon") + " + 180) / 360e0)"
		return fmt.Sprintf("least(%[1]s - floor(%[1]s), %[2]s)", turn, last)
	}
	lat := c.member(p, "lat")
	half := fmt.Sprintf("radians(least(greatest(%s, %s), %s)) / 2", lat, float(-mercatorEdge), float(mercatorEdge))
	south := fmt.Sprintf("(0.5e0 - ln(tan(%s + %s)) / %s)", float(math.Pi/4), half, float(2*math.Pi))
	return fmt.Sprintf("CASE WHEN %s IS NOT NULL THEN least(greatest(%s, 0e0), %s) END", lat, south, last)
}
