// Package score says what a dataset is worth: about forty criteria, each a rate of faults that anybody can check, gathered
// by the dimensions of ISO/IEC 25012 into points of 100 and a letter.
//
// The criteria are data (criteria.json), so that they can be discussed and signed. Measuring takes two parts: one reading of
// every row of a version through a plan, whose findings are kept with the version, and what the description says, measured
// again whenever it changes or time passes. The same input gives the same score, to the byte. What neighbours measure
// (validation, pivots, contracts) comes through [Measurer]; what nobody measured is said, and counts neither way.
package score

import (
	"embed"
	"math"
	"slices"
	"time"

	"socle/internal/i18n"
)

// Migrations makes the tables of scores.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// State is whether a criterion could be measured.
type State string

// The states of a measure.
const (
	Measured     State = "measured"
	Inapplicable State = "inapplicable" // nothing in the dataset that it could measure
	Unmeasured   State = "unmeasured"   // it applies, or may, and nobody measured it
)

// Finding is a fault that was found, with its proof.
type Finding struct {
	Kind     string    `json:"kind"` // stable: "lost-zeros", "parts-and-total"…
	Text     i18n.Text `json:"text"` // what was found, in a sentence
	Fields   []string  `json:"fields,omitempty"`
	Bad      int64     `json:"bad"`
	Total    int64     `json:"total"`
	Examples []Example `json:"examples,omitempty"` // at most [exampleRows]
	Hint     i18n.Text `json:"hint,omitzero"`      // what to look at, of a finding that may be no fault and costs no point
}

// Example is a row that has the fault. What identifies people is masked.
type Example struct {
	Row   int64  `json:"row"` // number of the row of data, from 1; 0 when the example is no row
	Cells []Cell `json:"cells"`
}

// Cell is a value of an example.
type Cell struct {
	Field string `json:"field"`
	Value string `json:"value"`
}

// Measure is what one criterion measured.
type Measure struct {
	Criterion string    `json:"criterion"`
	State     State     `json:"state"`
	Bad       float64   `json:"bad"` // numerator
	Total     float64   `json:"total"`
	Why       i18n.Text `json:"why,omitzero"` // what was measured, or why it was not
	Findings  []Finding `json:"findings,omitempty"`
	Link      string    `json:"link,omitempty"`   // a better page than that of the criterion
	Coarse    bool      `json:"coarse,omitempty"` // Bad is the rate, of two figures: its reader may not know how many there are
}

// Rate is the rate of faults, between 0 and 1.
func (m Measure) Rate() float64 {
	if m.Total <= 0 {
		return 0
	}
	return min(1, max(0, m.Bad/m.Total))
}

// Line is a criterion with its measure and what it is worth.
type Line struct {
	Criterion
	Measure Measure `json:"measure"`
	Points  float64 `json:"points"` // of Weight
	Gain    float64 `json:"gain"`   // points of 100 to win here, as the score is now
}

// Counts reports whether the line is in the score.
func (l Line) Counts() bool { return l.Measure.State == Measured }

// Result is what the lines of a dimension, or of a part, are worth together.
type Result struct {
	ID     string  `json:"id"`
	Points float64 `json:"points"` // won
	Of     float64 `json:"of"`     // that could be won; 0 when nothing was measured
}

// Share is what is won of what could be, between 0 and 1.
func (r Result) Share() float64 {
	if r.Of == 0 {
		return 0
	}
	return r.Points / r.Of
}

// Score is what a dataset is worth at a moment.
type Score struct {
	Dataset    string    `json:"dataset"` // uid
	Version    int       `json:"version"` // 0 when there is none
	Rules      string    `json:"rules"`   // version of the criteria
	At         time.Time `json:"at"`
	Points     float64   `json:"points"` // of 100, to one decimal
	Letter     string    `json:"letter"`
	Free       float64   `json:"free"`    // points before the ceilings
	Counted    float64   `json:"counted"` // weight of the criteria that count, of 100
	Parts      []Result  `json:"parts"`
	Dimensions []Result  `json:"dimensions"`
	Ceilings   []Ceiling `json:"ceilings,omitempty"` // that hold
	Lines      []Line    `json:"lines"`
	Europe     External  `json:"europe"` // European Union, MQA
	France     External  `json:"france"` // data.gouv.fr
}

// assemble makes a score of measures. Criteria without a measure are said unmeasured.
func (r Rules) assemble(measures map[string]Measure, ceilings []string) Score {
	s := Score{Rules: r.Version}
	parts, dimensions := map[string]*Result{}, map[string]*Result{}
	add := func(to map[string]*Result, id string, l Line) {
		if to[id] == nil {
			to[id] = &Result{ID: id}
		}
		if l.Counts() {
			to[id].Points += l.Points
			to[id].Of += l.Weight
		}
	}
	won := 0.0
	for _, c := range r.Criteria {
		m, known := measures[c.ID]
		if !known {
			m = Measure{State: Unmeasured}
		}
		m.Criterion = c.ID
		l := Line{Criterion: c, Measure: m}
		if l.Counts() {
			l.Points = c.Weight * c.share(m.Rate())
			won += l.Points
			s.Counted += c.Weight
		}
		add(parts, string(c.Part), l)
		add(dimensions, c.Dimension, l)
		s.Lines = append(s.Lines, l)
	}
	if s.Counted > 0 {
		s.Free = round(100 * won / s.Counted)
		for i, l := range s.Lines {
			if l.Counts() {
				s.Lines[i].Gain = round(100 * (l.Weight - l.Points) / s.Counted)
			}
			s.Lines[i].Points = round(l.Points)
		}
	}
	s.Points = s.Free
	for _, c := range r.Ceilings {
		m, known := measures[c.Criterion]
		if slices.Contains(ceilings, c.ID) || known && m.State == Measured && m.Rate() > c.Above {
			s.Ceilings = append(s.Ceilings, c)
			s.Points = min(s.Points, c.Most)
		}
	}
	s.Letter = r.letter(s.Points)
	for _, p := range []Part{Data, Documentation} {
		s.Parts = append(s.Parts, rounded(parts[string(p)], string(p)))
	}
	for _, d := range r.Dimensions {
		s.Dimensions = append(s.Dimensions, rounded(dimensions[d.ID], d.ID))
	}
	return s
}

func rounded(r *Result, id string) Result {
	if r == nil {
		return Result{ID: id}
	}
	return Result{ID: id, Points: round(r.Points), Of: r.Of}
}

func round(x float64) float64 { return math.Round(x*10) / 10 }

// Next lists what is worth doing, the most points first.
func (s Score) Next() []Line {
	var list []Line
	for _, l := range s.Lines {
		if l.Gain >= 0.1 {
			list = append(list, l)
		}
	}
	slices.SortStableFunc(list, func(a, b Line) int {
		switch {
		case a.Gain > b.Gain:
			return -1
		case a.Gain < b.Gain:
			return 1
		}
		return 0
	})
	return list
}

// Hints lists what was found that may be right as it is: it costs no point, and only a person can tell.
func (s Score) Hints() (list []Finding) {
	for _, l := range s.Lines {
		for _, f := range l.Measure.Findings {
			if !f.Hint.IsZero() {
				list = append(list, f)
			}
		}
	}
	return list
}

// Line returns the line of a criterion; the zero line when there is none.
func (s Score) Line(criterion string) Line {
	for _, l := range s.Lines {
		if l.ID == criterion {
			return l
		}
	}
	return Line{}
}
