package score

import (
	"math"
	"slices"

	"socle/internal/french/outlines"
	"socle/internal/i18n"
	"socle/internal/schema"
)

// places checks that positions lie where the rest of the row says: in the commune whose code it has; without a code, near the other
// rows of the same territory, which tell where it is.
type places struct {
	r                *reader
	column           int
	commune          int // column of the codes of communes, -1 when there is none
	territory        int // column of the territory, -1 when there is none
	near             float64
	france           bool // nearly all lie in France
	groups           map[string]*group
	total            int64
	far, away, vague faults
	outside          faults // of the commune
}

// group is the positions of one territory. The first ones are kept to find its middle.
type group struct {
	first  []placed
	middle schema.Coordinates
	limit  float64 // kilometres; 0 until the middle is known
}

type placed struct {
	row record // only the cells that an example shows
	at  schema.Coordinates
}

const (
	groupSize   = 200 // positions that settle the middle of a territory
	groupLeast  = 5   // fewer settle nothing
	mostGroups  = 5000
	nearRegion  = 400.0 // kilometres from the middle of a region or an académie to its ends
	nearDep     = 200.0
	nearCommune = 60.0
)

// boxes are France and its territories overseas, in degrees: west, south, east, north.
var boxes = [][4]float64{{-5.6, 41.2, 9.8, 51.3}, {-63.4, 14.2, -60.7, 18.3}, {-54.8, 2, -51.4, 6.1}, {55.1, -21.5, 55.95, -20.7}, {44.9, -13.2, 45.4, -12.5},
	{-56.6, 46.6, -56, 47.3}, {163, -23, 169, -19}, {-155, -28.5, -134, -7}, {-178.4, -14.6, -175.8, -13}}

func inFrance(c schema.Coordinates) bool {
	return slices.ContainsFunc(boxes, func(b [4]float64) bool { return c.Lon >= b[0] && c.Lat >= b[1] && c.Lon <= b[2] && c.Lat <= b[3] })
}

func newPlaces(r *reader) (list []detector) {
	for i, f := range r.fields {
		if f.Type != schema.Point {
			continue
		}
		p := &places{r: r, column: i, commune: r.communeCodes(), territory: -1, groups: map[string]*group{}}
		for _, kind := range []struct {
			words []string
			near  float64
		}{{[]string{"departement", "dep", "dept"}, nearDep}, {[]string{"academie", "region"}, nearRegion}, {[]string{"commune", "insee", "ville", "localite"}, nearCommune}} {
			for j := range r.fields {
				if p.territory < 0 && r.sample.has(j, kind.words...) && (r.fields[j].Type == schema.Text || r.fields[j].Type == schema.Integer) {
					p.territory, p.near = j, kind.near
				}
			}
		}
		p.france = r.sample.share(i, func(v any) bool { c, ok := v.(schema.Coordinates); return ok && inFrance(c) }) >= 0.8
		p.far.Kind, p.away.Kind, p.vague.Kind = "far-from-its-territory", "outside-france", "vague-position"
		p.away.Text = i18n.T("Colonne « %s » : des positions sont hors de France.", "Column “%s”: positions are outside France.", f.Label)
		p.vague.Text = i18n.T("Colonne « %s » : des positions ne sont données qu’à dix kilomètres près.", "Column “%s”: positions are given to within ten kilometres only.", f.Label)
		if p.commune >= 0 {
			p.outside.Kind, p.outside.Fields = "outside-its-commune", []string{f.Name, r.fields[p.commune].Name}
			p.outside.Text = i18n.T("Colonne « %s » : des positions sont hors de la commune que dit « %s ».", "Column “%s”: positions are outside the commune that “%s” says.", f.Label, r.fields[p.commune].Label)
		}
		if p.territory >= 0 {
			p.far.Fields = []string{f.Name, r.fields[p.territory].Name}
			p.far.Text = i18n.T("Colonne « %s » : des positions sont très loin de celles du même territoire (« %s »).", "Column “%s”: positions are very far from those of the same territory (“%s”).", f.Label, r.fields[p.territory].Label)
		}
		list = append(list, p)
	}
	return list
}

// communeCodes is the first column of codes of communes, -1 when there is none.
func (r *reader) communeCodes() int {
	return slices.IndexFunc(r.fields, func(f schema.Field) bool {
		i := slices.IndexFunc(r.fields, func(g schema.Field) bool { return g.Name == f.Name })
		kind, known := r.codeKindOf(i, f)
		return known && kind.label.EN == "commune code"
	})
}

func (p *places) criterion() string { return "consistent-places" }

func (p *places) look(row record) {
	at, ok := row.values[p.column].(schema.Coordinates)
	if !ok {
		return
	}
	p.total++
	switch {
	case at.Lon == 0 && at.Lat == 0, p.france && !inFrance(at):
		p.away.add(p.r, row, p.columns()...)
		return
	case coarse(at.Lon) && coarse(at.Lat):
		p.vague.add(p.r, row, p.columns()...)
		return
	}
	if p.commune >= 0 {
		if inside, known := outlines.Within(textOf(row.values[p.commune]), at.Lon, at.Lat); known {
			if !inside {
				p.outside.add(p.r, row, p.commune, p.column)
			}
			return
		}
	}
	if p.territory < 0 {
		return
	}
	name := textOf(row.values[p.territory])
	g := p.groups[name]
	if g == nil {
		if name == "" || len(p.groups) >= mostGroups {
			return
		}
		g = &group{}
		p.groups[name] = g
	}
	if g.limit > 0 {
		p.compare(g, placed{row, at})
		return
	}
	g.first = append(g.first, placed{p.few(row), at})
	if len(g.first) == groupSize {
		p.settle(g)
	}
}

// few is a row with the cells that an example shows only: rows are read again over the same memory.
func (p *places) few(row record) record {
	few := record{n: row.n, values: make([]any, len(row.values))}
	for _, i := range p.columns() {
		few.values[i] = row.values[i]
	}
	return few
}

func (p *places) columns() []int {
	if p.territory < 0 {
		return []int{p.column}
	}
	return []int{p.territory, p.column}
}

// coarse reports whether a coordinate has one decimal at most.
func coarse(x float64) bool { return math.Abs(x*10-math.Round(x*10)) < 1e-9 }

// settle finds the middle of a territory and how far from it its positions may be, then compares those that were kept.
func (p *places) settle(g *group) {
	lons, lats, distances := make([]float64, len(g.first)), make([]float64, len(g.first)), make([]float64, len(g.first))
	for i, one := range g.first {
		lons[i], lats[i] = one.at.Lon, one.at.Lat
	}
	g.middle = schema.Coordinates{Lon: median(lons), Lat: median(lats)}
	for i, one := range g.first {
		distances[i] = kilometres(g.middle, one.at)
	}
	g.limit = max(p.near, 5*median(distances))
	for _, one := range g.first {
		p.compare(g, one)
	}
	g.first = nil
}

func (p *places) compare(g *group, one placed) {
	if kilometres(g.middle, one.at) > g.limit {
		p.far.add(p.r, one.row, p.columns()...)
	}
}

func (p *places) tally() Tally {
	for _, name := range sortedKeys(p.groups) {
		if g := p.groups[name]; g.limit == 0 && len(g.first) >= groupLeast {
			p.settle(g)
		}
	}
	t := Tally{Bad: p.far.Bad + p.away.Bad + p.vague.Bad + p.outside.Bad, Total: p.total}
	return t.with(p.total, p.r.fields[p.column].Name, &p.far, &p.away, &p.vague, &p.outside)
}

func median(numbers []float64) float64 {
	slices.Sort(numbers)
	return numbers[len(numbers)/2]
}

// kilometres is the distance on a sphere of radius 6,371 km, by the haversine formula.
func kilometres(a, b schema.Coordinates) float64 {
	const radian = math.Pi / 180
	dLat, dLon := (b.Lat-a.Lat)*radian, (b.Lon-a.Lon)*radian
	h := math.Pow(math.Sin(dLat/2), 2) + math.Cos(a.Lat*radian)*math.Cos(b.Lat*radian)*math.Pow(math.Sin(dLon/2), 2)
	return 2 * 6371 * math.Asin(math.Sqrt(min(1, h)))
}
