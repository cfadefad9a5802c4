package score

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"socle/internal/i18n"
)

//go:embed criteria.json
var criteriaFile []byte

// Part is one of the two halves that a score shows apart, so that a well-described bad file cannot hide.
type Part string

// The parts.
const (
	Data          Part = "data"
	Documentation Part = "documentation"
)

// Dimension is a characteristic of quality, after ISO/IEC 25012.
type Dimension struct {
	ID      string    `json:"id"`
	Title   i18n.Text `json:"title"`
	Meaning i18n.Text `json:"meaning"`
}

// Criterion is one thing that is measured: a rate of faults, what it is worth, and what to do about it.
type Criterion struct {
	ID        string    `json:"id"`
	Dimension string    `json:"dimension"`
	Part      Part      `json:"part"`
	Weight    float64   `json:"weight"` // points of 100
	Curve     Curve     `json:"curve"`
	OK        float64   `json:"ok"` // rate up to which every point is given
	KO        float64   `json:"ko"` // rate from which none is
	Title     i18n.Text `json:"title"`
	Formula   i18n.Text `json:"formula"` // of the rate, in words
	Action    i18n.Text `json:"action"`  // what mends it
	Link      string    `json:"link"`    // the page where that is done; {id} is the dataset
}

// Ceiling is a fault that bounds the whole score, whatever the rest is worth.
type Ceiling struct {
	ID        string    `json:"id"`
	Criterion string    `json:"criterion,omitempty"` // holds when the rate of this criterion…
	Above     float64   `json:"above,omitempty"`     // …is over this
	Most      float64   `json:"most"`                // points at most
	Title     i18n.Text `json:"title"`
}

// Grade is a letter and the points from which it is given.
type Grade struct {
	Letter string  `json:"letter"`
	Least  float64 `json:"least"`
}

// Rules are the criteria with their weights and ceilings: what the ministry's data administrator signs. They are data, in
// criteria.json; a change of them is a new version of them.
type Rules struct {
	Version    string      `json:"version"`
	Grades     []Grade     `json:"letters"`
	Dimensions []Dimension `json:"dimensions"`
	Ceilings   []Ceiling   `json:"ceilings"`
	Criteria   []Criterion `json:"criteria"`
}

// The ceilings that are no rate of a criterion.
const (
	ceilingNoRows      = "no-rows"
	ceilingIdentifiers = "open-identifiers"
)

// LoadRules returns the rules of this program.
var LoadRules = sync.OnceValues(func() (Rules, error) {
	var rules Rules
	if err := json.Unmarshal(criteriaFile, &rules); err != nil {
		return rules, fmt.Errorf("score: criteria.json: %w", err)
	}
	return rules, nil
})

// letter is the letter of so many points of 100.
func (r Rules) letter(points float64) string {
	for _, g := range r.Grades {
		if points >= g.Least {
			return g.Letter
		}
	}
	return ""
}

// dimension returns a dimension, one that is called by its id when the rules have it no more.
func (r Rules) dimension(id string) Dimension {
	for _, d := range r.Dimensions {
		if d.ID == id {
			return d
		}
	}
	return Dimension{ID: id, Title: i18n.Text{FR: id, EN: id}}
}

// of returns the criteria of a dimension.
func (r Rules) of(dimension string) []Criterion {
	return slices.DeleteFunc(slices.Clone(r.Criteria), func(c Criterion) bool { return c.Dimension != dimension })
}
