package score

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"socle/internal/engine"
	"socle/internal/query"
	"socle/internal/schema"
)

// readerEdition moves when what a reading looks for changes: readings of another edition are made again.
const readerEdition = 6

// The bounds of a reading.
const (
	exampleRows  = 20         // rows kept as the proof of a finding
	mostFindings = 20         // of a criterion
	sampleRows   = 10_000     // rows that are looked at first, to learn what is usual in each column
	hashedRows   = 30_000_000 // rows whose copies are looked for: eight bytes each
)

// Engine is what a reading needs of the engine.
type Engine interface {
	Query(ctx context.Context, plan *query.Plan) (*engine.Rows, error)
}

// Tally is what a reading measured for one criterion: Total is 0 when there was nothing to measure.
type Tally struct {
	Bad      int64     `json:"bad"`
	Total    int64     `json:"total"`
	Findings []Finding `json:"findings,omitempty"`
}

// Reading is what one reading of every row of a version found.
type Reading struct {
	Edition int              `json:"edition"`
	Version int              `json:"version"`
	Rows    int64            `json:"rows"`
	Digest  string           `json:"digest"`           // of the values, whatever the order of the rows
	Filled  map[string]int64 `json:"filled"`           // filled cells, by field
	Listed  []string         `json:"listed"`           // fields of few values repeated: lists, perhaps codes
	Latest  int              `json:"latest"`           // last year that the values are about; 0 when none says
	Closed  *Closed          `json:"closed,omitempty"` // how a directory says which of its establishments are closed
	Links   []Link           `json:"links,omitempty"`  // a sample of the addresses in the columns
	Behind  *Behind          `json:"behind,omitempty"` // territories without the last period
	Tallies map[string]Tally `json:"tallies"`
}

// record is a row under a reading.
type record struct {
	n      int64 // from 1
	values []any
	hash   uint64 // of the values
}

// detector looks at every row once, and tells in the end what it counted.
type detector interface {
	criterion() string
	look(r record)
	tally() Tally
}

// reader reads a version.
type reader struct {
	fields    []schema.Field
	masked    []bool
	sample    *sample
	detectors []detector
	rows      int64
	filled    []int64
	digest    uint64
	latest    int
	key       []string
	asOf      time.Time // when the version was published
}

// read looks at every row of a plan of all the fields of a version that was published at asOf. key is the declared key, masked the
// fields whose values are about people.
func read(ctx context.Context, e Engine, plan *query.Plan, asOf time.Time, key []string, masked func(schema.Field) bool) (*Reading, error) {
	r := &reader{key: key, asOf: asOf}
	for _, c := range plan.Columns {
		r.fields = append(r.fields, c.Field)
		r.masked = append(r.masked, masked(c.Field))
	}
	r.filled = make([]int64, len(r.fields))
	rows, err := e.Query(ctx, plan)
	if err != nil {
		return nil, fmt.Errorf("score: read version %d: %w", plan.From.Version, err)
	}
	defer rows.Close()
	var first []record
	for rows.Next() {
		values := rows.Values()
		if r.sample != nil {
			r.look(record{n: r.rows + 1, values: values})
			continue
		}
		first = append(first, record{n: int64(len(first)) + 1, values: slices.Clone(values)})
		if len(first) == sampleRows {
			r.learn(first)
			first = nil
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("score: read version %d: %w", plan.From.Version, err)
	}
	if r.sample == nil {
		r.learn(first)
	}
	return r.result(plan.From.Version), nil
}

// learn makes the detectors, for what is usual in the first rows, and shows them those rows.
func (r *reader) learn(first []record) {
	r.sample = newSample(r.fields, first)
	for _, make := range detectors {
		r.detectors = append(r.detectors, make(r)...)
	}
	for _, row := range first {
		r.look(row)
	}
}

func (r *reader) look(row record) {
	r.rows++
	for i, v := range row.values {
		if !empty(v) {
			r.filled[i]++
			if r.sample.year[i] {
				r.latest = max(r.latest, yearOf(v))
			}
		}
	}
	row.hash = hashOf(row.values)
	r.digest += row.hash // a sum: the order of the rows does not matter
	for _, d := range r.detectors {
		d.look(row)
	}
}

func (r *reader) result(version int) *Reading {
	out := &Reading{Edition: readerEdition, Version: version, Rows: r.rows, Digest: strconv.FormatUint(r.digest, 16), Filled: map[string]int64{},
		Latest: r.latest, Tallies: map[string]Tally{}}
	for i, f := range r.fields {
		out.Filled[f.Name] = r.filled[i]
	}
	for _, d := range r.detectors {
		t := d.tally()
		switch d := d.(type) {
		case *spellings:
			out.Listed = append(out.Listed, d.listed()...)
		case *closings:
			out.Closed = d.directory()
		case *periodsByPlace:
			out.Behind = d.behind()
		case *linkSample:
			out.Links = append(out.Links, d.links()...)
		}
		sum := out.Tallies[d.criterion()]
		sum.Bad, sum.Total, sum.Findings = sum.Bad+t.Bad, sum.Total+t.Total, append(sum.Findings, t.Findings...)
		out.Tallies[d.criterion()] = sum
	}
	for criterion, t := range out.Tallies {
		t.Findings = worst(t.Findings)
		out.Tallies[criterion] = t
	}
	slices.Sort(out.Listed)
	return out
}

// worst returns the findings of most faults, the worst first, at most [mostFindings].
func worst(findings []Finding) []Finding {
	slices.SortStableFunc(findings, func(a, b Finding) int { return cmp.Compare(b.Bad, a.Bad) })
	return findings[:min(len(findings), mostFindings)]
}

// withoutExamples is the reading without a value of the data: what is kept once the data is not the head any more.
func (r Reading) withoutExamples() Reading {
	tallies := map[string]Tally{}
	for criterion, t := range r.Tallies {
		// A hint names what the data lacks.
		t.Findings = slices.DeleteFunc(slices.Clone(t.Findings), func(f Finding) bool { return !f.Hint.IsZero() })
		for i := range t.Findings {
			t.Findings[i].Examples = nil
		}
		tallies[criterion] = t
	}
	r.Tallies, r.Links = tallies, nil
	if r.Behind != nil {
		behind := *r.Behind
		behind.Names, r.Behind = nil, &behind
	}
	return r
}

// detectors make what looks at the rows, each when there is something to look at.
var detectors = []func(*reader) []detector{newCodes, newContacts, newPlaceholders, newTotals, newPeriods, newDays, newShift, newSpellings, newNames, newPlaces, newCopies, newClosings, newLinks, newPeriodsByPlace, newAbsences}

// example shows some cells of a row.
func (r *reader) example(row record, columns ...int) Example {
	e := Example{Row: row.n}
	for _, i := range columns {
		value := textOf(row.values[i])
		if r.masked[i] {
			value = mask(value)
		}
		e.Cells = append(e.Cells, Cell{Field: r.fields[i].Name, Value: clip(value)})
	}
	return e
}

// faults counts one kind of fault and keeps its first examples.
type faults struct {
	Finding
}

func (f *faults) add(r *reader, row record, columns ...int) {
	f.Bad++
	if len(f.Examples) < exampleRows {
		f.Examples = append(f.Examples, r.example(row, columns...))
	}
}

// mask keeps the shape of a value and none of it: letters become x, digits 9.
func mask(s string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c >= '0' && c <= '9':
			return '9'
		case c == ' ' || c == '.' || c == '-' || c == '@' || c == '+':
			return c
		}
		return 'x'
	}, s)
}

func clip(s string) string {
	if r := []rune(s); len(r) > 100 {
		return string(r[:100]) + "…"
	}
	return s
}
