package score

import (
	"slices"
	"strings"

	"socle/internal/french"
	"socle/internal/i18n"
	"socle/internal/schema"
)

// The bounds of the search for absent territories.
const (
	mostPlaces  = 400 // different values of a column of territories, at most
	placesKnown = 0.8 // the share of them that must be on the official list
	placesNamed = 10  // absent ones that a finding names
)

// absences finds the territories of an official list that a file leaves out, when it has most of the others. It needs no version
// before: a first publication may already lack the territories overseas.
type absences struct {
	r       *reader
	levels  []french.Level
	columns []placeColumn
}

type placeColumn struct {
	at    int
	level string              // that the name of the column, or its concept, says; "" when only its values may
	seen  map[string]struct{} // nil once the column has too many values
}

// levelWords are the words of a column's name that say a level.
var levelWords = map[string][]string{"departement": {"departement", "dep", "dept"}, "academie": {"academie", "academies"}, "region": {"region", "reg"}, "zone": {"zone", "zones"}}

func newAbsences(r *reader) []detector {
	a := &absences{r: r, levels: french.Levels()}
	dated := slices.ContainsFunc(r.fields, func(f schema.Field) bool { return f.Type.Temporal() })
	if !dated { // only a calendar is expected to tell the holidays of every zone
		a.levels = a.levels[:len(a.levels)-1]
	}
	for i, f := range r.fields {
		if f.Type != schema.Text && f.Type != schema.Integer || r.masked[i] {
			continue
		}
		c := placeColumn{at: i, seen: map[string]struct{}{}}
		for _, l := range a.levels {
			if c.level == "" && (f.Concept == l.Name || r.sample.has(i, levelWords[l.Name]...)) {
				c.level = l.Name
			}
		}
		if c.level != "" || f.Type == schema.Text {
			a.columns = append(a.columns, c)
		}
	}
	if a.columns == nil {
		return nil
	}
	return []detector{a}
}

func (a *absences) criterion() string { return CriterionPopulation }

func (a *absences) look(row record) {
	for i := range a.columns {
		c := &a.columns[i]
		if v := row.values[c.at]; c.seen != nil && !empty(v) {
			if c.seen[textOf(v)] = struct{}{}; len(c.seen) > mostPlaces {
				c.seen = nil
			}
		}
	}
}

// tally counts no fault, for a file may be right to leave a territory out: it gives a hint at most, of the finest level that lacks
// some, since who adds its territories completes the coarser ones.
func (a *absences) tally() Tally {
	for _, l := range a.levels {
		for _, c := range a.columns {
			if absent := c.absent(l); len(absent) > 0 {
				return Tally{Findings: []Finding{absentFinding(a.r.fields[c.at], l, absent)}}
			}
		}
	}
	return Tally{}
}

// absent returns the places of a level that the column leaves out; none when it is no column of that level, or covers too little
// of it for the others to be expected.
func (c placeColumn) absent(l french.Level) (names []string) {
	if c.level != "" && c.level != l.Name {
		return nil
	}
	there, known := map[int]bool{}, 0
	for value := range c.seen {
		if c.level == "" && len(levelName(value)) < 3 { // a short code may mean anything
			continue
		}
		if i := l.Find(value); i >= 0 {
			there[i] = true
			known++
		}
	}
	if float64(known) < placesKnown*float64(len(c.seen)) || !coversMost(l, there) {
		return nil
	}
	for i, p := range l.Places {
		if !there[i] {
			names = append(names, p.Name)
		}
	}
	return names
}

// coversMost reports whether two thirds of a level are there. The zones A, B and C are most of the country.
func coversMost(l french.Level, there map[int]bool) bool {
	if l.Name == "zone" {
		return there[0] && there[1] && there[2]
	}
	return 3*len(there) >= 2*len(l.Places)
}

// levelName is what of a value is letters.
func levelName(value string) string {
	return strings.Map(func(c rune) rune {
		if c >= '0' && c <= '9' {
			return -1
		}
		return c
	}, strings.TrimSpace(value))
}

func absentFinding(field schema.Field, l french.Level, absent []string) Finding {
	n, of := len(absent), len(l.Places)
	list := strings.Join(absent[:min(n, placesNamed)], ", ")
	if n > placesNamed {
		list += "…"
	}
	what := map[string]i18n.Text{"departement": i18n.T("départements", "départements"), "academie": i18n.T("académies", "académies"), "region": i18n.T("régions", "regions"),
		"zone": i18n.T("zones du calendrier scolaire", "zones of the school calendar")}[l.Name]
	return Finding{Kind: "absent-territories", Fields: []string{field.Name}, Bad: int64(n), Total: int64(of),
		Text: i18n.T("Colonne « %s » : presque toute la liste officielle des %s y est. Absents : %s.", "Column “%s”: nearly the whole official list of %s is there. Absent: %s.", field.Label, what, list),
		Hint: i18n.T("Si ces territoires ont de telles données, ajoutez leurs lignes ; si le jeu ne les concerne pas, dites-le dans sa description (couverture géographique).",
			"If these territories have such data, add their rows; if the dataset is not about them, say so in its description (spatial coverage).")}
}
