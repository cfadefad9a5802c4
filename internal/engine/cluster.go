package engine

import (
	"context"
	"fmt"
	"maps"
	"math"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/query"
)

// A merger says that the points of one geohash cell belong with those of another.
type merger struct{ from, into int64 }

// mostCells bounds the cells of a geo_cluster: a map cannot show more.
const mostCells = 50_000

// cluster prepares the groups of a plan that are clusters of points: it reads the cells, and finds which are close
// enough to be one. Every later statement on the table knows what was found.
func (e *Engine) cluster(ctx context.Context, table Table, plan *query.Plan) (Table, error) {
	for _, g := range plan.Groups {
		grouping, is := g.Expr.(query.GeoCluster)
		if !is {
			continue
		}
		cells, err := e.cells(ctx, table, plan, grouping)
		if err != nil {
			return table, err
		}
		merged := maps.Clone(table.merged)
		if merged == nil {
			merged = map[string][]merger{}
		}
		merged[query.Canonical(grouping)] = mergeCells(cells, reach(grouping))
		table.merged = merged
	}
	return table, nil
}

// gathered is a cell, or several merged, with the mean position of its points.
type gathered struct {
	cell     int64
	lon, lat float64
	count    float64
}

// cells counts the points of each cell, the fullest first.
func (e *Engine) cells(ctx context.Context, table Table, plan *query.Plan, grouping query.GeoCluster) ([]gathered, error) {
	ctx, cancel := e.limited(ctx)
	defer cancel()
	s := newCompiler(table, plan).cellsSQL(plan, grouping)
	rows, err := e.ask(ctx, table, s)
	if err != nil {
		return nil, e.explain(ctx, err)
	}
	defer rows.Close()
	var cells []gathered
	for rows.Next() {
		var g gathered
		if err := rows.Scan(&g.cell, &g.lon, &g.lat, &g.count); err != nil {
			return nil, fmt.Errorf("engine: read cells: %w", err)
		}
		if cells = append(cells, g); len(cells) > mostCells {
			return nil, fault.New(fault.Invalid, query.CodeMeaning, i18n.T("geo_cluster donne plus de %d cases\u00a0: baissez le zoom, ou filtrez d’abord.",
				"geo_cluster gives more than %d cells: lower the zoom, or filter first.", mostCells)).At("group_by")
		}
	}
	return cells, e.explain(ctx, rows.Err())
}

// reach is the radius of a clustering in metres: pixels of a web map at its zoom, on the equator.
func reach(g query.GeoCluster) float64 {
	return float64(g.Radius) * 2 * math.Pi * earthRadius / 256 / math.Exp2(float64(g.Zoom))
}

// geohashBits are the bits of longitude and latitude of the finest geohash whose cell is larger than the radius.
func geohashBits(g query.GeoCluster) (lon, lat int) {
	around := 2 * math.Pi * earthRadius
	lon, lat = 3, 2
	for length := 2; length <= 12; length++ {
		l, m := (5*length+1)/2, 5*length/2
		if math.Min(around/math.Exp2(float64(l)), around/2/math.Exp2(float64(m))) <= reach(g) {
			break
		}
		lon, lat = l, m
	}
	return lon, lat
}

// mergeCells puts each cell into the nearest fuller one whose centre is closer than the radius, if there is one, and
// moves that centre. The cells come the fullest first.
func mergeCells(cells []gathered, radius float64) []merger {
	grid := newGrid(radius)
	var merged []merger
	kept := make([]gathered, 0, len(cells))
	for _, cell := range cells {
		nearest, distance := -1, radius
		grid.around(cell.lon, cell.lat, func(i int) {
			if d := haversine(cell.lon, cell.lat, kept[i].lon, kept[i].lat); d < distance || d == distance && i < nearest {
				nearest, distance = i, d
			}
		})
		if nearest < 0 {
			grid.put(cell.lon, cell.lat, len(kept))
			kept = append(kept, cell)
			continue
		}
		into := &kept[nearest]
		grid.remove(into.lon, into.lat, nearest)
		all := into.count + cell.count
		into.lon += (cell.lon - into.lon) * cell.count / all
		into.lat += (cell.lat - into.lat) * cell.count / all
		into.count = all
		grid.put(into.lon, into.lat, nearest)
		merged = append(merged, merger{cell.cell, into.cell})
	}
	return merged
}

// grid finds places close to another one: rows of latitude as high as the radius, cut in squares.
type grid struct {
	height float64 // degrees
	places map[[2]int]map[int]bool
}

func newGrid(radius float64) grid {
	return grid{math.Max(radius/earthRadius*180/math.Pi, 1e-7), map[[2]int]map[int]bool{}}
}

// width is that of the squares of a row, in degrees of longitude.
func (g grid) width(row int) float64 {
	farthest := math.Max(math.Abs(float64(row)*g.height), math.Abs(float64(row+1)*g.height))
	return math.Min(g.height/math.Max(math.Cos(math.Min(farthest, 90)*math.Pi/180), 1e-6), 360)
}

func (g grid) square(lon, lat float64) [2]int {
	row := int(math.Floor(lat / g.height))
	return [2]int{row, int(math.Floor(lon / g.width(row)))}
}

func (g grid) put(lon, lat float64, place int) {
	square := g.square(lon, lat)
	if g.places[square] == nil {
		g.places[square] = map[int]bool{}
	}
	g.places[square][place] = true
}

func (g grid) remove(lon, lat float64, place int) { delete(g.places[g.square(lon, lat)], place) }

func (g grid) around(lon, lat float64, visit func(place int)) {
	row := g.square(lon, lat)[0]
	for r := row - 1; r <= row+1; r++ {
		column := int(math.Floor(lon / g.width(r)))
		for col := column - 1; col <= column+1; col++ {
			for place := range g.places[[2]int{r, col}] {
				visit(place)
			}
		}
	}
}
