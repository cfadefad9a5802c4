package score

import (
	"slices"
	"sync"
	"time"

	"socle/internal/i18n"
	"socle/internal/schema"
)

// The lengths that tell an event from a state.
const (
	longPeriod  = 366 * 24 * time.Hour
	shortPeriod = 150 * 24 * time.Hour
)

// periods compares beginnings with ends.
type periods struct {
	r              *reader
	begin, end     int
	reversed, long faults
	total, short   int64
}

var ends = [][2]string{{"debut", "fin"}, {"start", "end"}, {"begin", "end"}, {"ouverture", "fermeture"}, {"du", "au"}, {"from", "to"}, {"depuis", "jusqu"}}

func newPeriods(r *reader) (list []detector) {
	for i, f := range r.fields {
		if !f.Type.Temporal() {
			continue
		}
		for j, g := range r.fields {
			if g.Type.Temporal() && isEnd(r.sample.words[i], r.sample.words[j]) {
				p := &periods{r: r, begin: i, end: j}
				p.reversed.Kind, p.long.Kind = "ends-before-it-begins", "over-a-year"
				p.reversed.Fields = []string{f.Name, g.Name}
				p.long.Fields = p.reversed.Fields
				p.reversed.Text = i18n.T("Des périodes finissent (« %s ») avant de commencer (« %s »).", "Periods end (“%s”) before they begin (“%s”).", g.Label, f.Label)
				p.long.Text = i18n.T("De « %s » à « %s », des événements durent plus d’un an, alors que les autres sont courts.", "From “%s” to “%s”, events last over a year, while the others are short.", f.Label, g.Label)
				list = append(list, p)
			}
		}
	}
	return list
}

// isEnd reports whether two names differ by the words of a beginning and of its end only.
func isEnd(a, b []string) bool {
	for _, e := range ends {
		if at := slices.Index(a, e[0]); at >= 0 && len(a) == len(b) && b[at] == e[1] {
			same := slices.Clone(a)
			same[at] = e[1]
			if slices.Equal(same, b) {
				return true
			}
		}
	}
	return false
}

func (p *periods) criterion() string { return "consistent-periods" }

func (p *periods) look(row record) {
	begin, ok := row.values[p.begin].(time.Time)
	end, too := row.values[p.end].(time.Time)
	if !ok || !too {
		return
	}
	p.total++
	switch length := end.Sub(begin); {
	case length < 0:
		p.reversed.add(p.r, row, p.begin, p.end)
	case length > longPeriod:
		p.long.add(p.r, row, p.begin, p.end)
	case length <= shortPeriod:
		p.short++
	}
}

func (p *periods) tally() Tally {
	if p.long.Bad*4 > p.total || p.short*2 < p.total { // long periods are usual here
		p.long = faults{}
	}
	return Tally{Bad: p.reversed.Bad + p.long.Bad, Total: p.total}.with(p.total, "", &p.reversed, &p.long)
}

// paris is the clock of the schools of metropolitan France.
var paris = sync.OnceValue(func() *time.Location {
	zone, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		return time.UTC
	}
	return zone
})

// days finds instants that were days: midnight on the clocks of Paris, so 22:00 or 23:00 the day before in universal time.
type days struct {
	r      *reader
	column int
	moved  faults
	total  int64
}

func newDays(r *reader) (list []detector) {
	for i, f := range r.fields {
		if f.Type != schema.Datetime {
			continue
		}
		d := &days{r: r, column: i}
		d.moved.Kind = "day-at-22-or-23"
		d.moved.Text = i18n.T("Colonne « %s » : les instants tombent à 22 h ou 23 h (UTC), minuit à Paris ; un jour était voulu, et les agendas montrent la veille.",
			"Column “%s”: the instants fall at 22:00 or 23:00 (UTC), midnight in Paris; a day was meant, and agendas show the day before.", f.Label)
		list = append(list, d)
	}
	return list
}

func (d *days) criterion() string { return "consistent-days" }

func (d *days) look(row record) {
	at, ok := row.values[d.column].(time.Time)
	if !ok {
		return
	}
	d.total++
	local := at.In(paris())
	if hour := at.UTC().Hour(); (hour == 22 || hour == 23) && local.Hour() == 0 && local.Minute() == 0 && local.Second() == 0 {
		d.moved.add(d.r, row, d.column)
	}
}

func (d *days) tally() Tally {
	if d.moved.Bad*10 < d.total*8 { // a few events do begin at midnight
		d.moved = faults{}
	}
	return Tally{Bad: d.moved.Bad, Total: d.total}.with(d.total, d.r.fields[d.column].Name, &d.moved)
}
