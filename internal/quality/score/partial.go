package score

import (
	"socle/internal/i18n"
	"socle/internal/schema"
)

// mostTerritories is how many territories a file has at most, for the last period of each to be looked at.
const mostTerritories = 1000

// Behind is the territories of a file that have not its last period.
type Behind struct {
	Field string   `json:"field"`
	Names []string `json:"names"` // the first ones
	Count int64    `json:"count"`
	Of    int64    `json:"of"` // territories
	Last  int      `json:"last"`
}

// periodsByPlace finds the last year that each territory has figures of.
type periodsByPlace struct {
	r           *reader
	year, place int
	last        map[string]int // nil once there are too many
}

func newPeriodsByPlace(r *reader) []detector {
	year, place := -1, -1
	for i, f := range r.fields {
		switch {
		case year < 0 && r.sample.year[i] && r.sample.has(i, yearWords...):
			year = i
		case place < 0 && (f.Type == schema.Text || f.Type == schema.Integer) && r.sample.has(i, "departement", "dep", "dept", "academie", "region"):
			place = i
		}
	}
	if year < 0 || place < 0 {
		return nil
	}
	return []detector{&periodsByPlace{r: r, year: year, place: place, last: map[string]int{}}}
}

func (p *periodsByPlace) criterion() string { return "timely-period" }

func (p *periodsByPlace) look(row record) {
	name, year := textOf(row.values[p.place]), yearOf(row.values[p.year])
	if p.last == nil || name == "" || year == 0 {
		return
	}
	p.last[name] = max(p.last[name], year)
	if len(p.last) > mostTerritories {
		p.last = nil
	}
}

// tally counts nothing: the measure of periods asks behind.
func (p *periodsByPlace) tally() Tally { return Tally{} }

// behind tells the territories that have not the last year; nil when all have it, or when half have not: then nothing is
// expected of the others.
func (p *periodsByPlace) behind() *Behind {
	b := &Behind{Field: p.r.fields[p.place].Name, Of: int64(len(p.last))}
	for _, year := range p.last {
		b.Last = max(b.Last, year)
	}
	for _, name := range sortedKeys(p.last) {
		if p.last[name] == b.Last {
			continue
		}
		if b.Count++; len(b.Names) < exampleRows {
			b.Names = append(b.Names, name)
		}
	}
	if b.Count == 0 || b.Count*2 >= b.Of {
		return nil
	}
	return b
}

// measure is the share of the territories that are behind.
func (b Behind) measure(label string) Measure {
	m := measured(float64(b.Count), float64(b.Of))
	f := Finding{Kind: "partial-update", Fields: []string{b.Field}, Bad: b.Count, Total: b.Of,
		Text: i18n.T("Colonne « %s » : des territoires n’ont pas les chiffres de %d, que les autres ont.", "Column “%s”: territories have not the figures of %d, which the others have.", label, b.Last)}
	for _, name := range b.Names {
		f.Examples = append(f.Examples, Example{Cells: []Cell{{b.Field, clip(name)}}})
	}
	m.Findings = []Finding{f}
	return m
}
