package score

import (
	"math"
	"slices"
	"strings"

	"socle/internal/i18n"
	"socle/internal/schema"
)

// sum is a column that is said, by its name or by its values, to be the sum of others.
type sum struct {
	total int
	parts []int

	rows int64
	bad  faults
}

// totals compares totals with their parts.
type totals struct {
	r    *reader
	sums []*sum
}

// The words that tell two halves of a whole.
var halves = [][2]string{{"filles", "garcons"}, {"fille", "garcon"}, {"femmes", "hommes"}, {"femme", "homme"}, {"feminin", "masculin"}, {"feminins", "masculins"},
	{"girls", "boys"}, {"women", "men"}, {"female", "male"}, {"f", "g"}, {"f", "h"}, {"f", "m"}, {"public", "prive"}, {"publics", "prives"}}

var totalWords = []string{"total", "totaux", "ensemble", "tous", "somme", "all", "effectif", "effectifs", "eleves", "nombre", "nb", "licences", "licencies", "inscrits"}

// sureTotal are the words that say a total whatever else the name says.
var sureTotal = []string{"total", "totaux", "ensemble", "somme"}

func newTotals(r *reader) []detector {
	t := &totals{r: r}
	numeric := func(i int) bool { return r.fields[i].Type.Numeric() && !r.fields[i].IsYear() }
	for i := range r.fields {
		if !numeric(i) {
			continue
		}
		for j := range r.fields {
			if i != j && numeric(j) {
				if stem, ok := twins(r.sample.words[i], r.sample.words[j]); ok {
					t.halvesOf(i, j, stem, numeric)
				}
			}
		}
		if r.sample.has(i, sureTotal...) {
			t.runOf(i, numeric)
		}
	}
	if t.sums == nil {
		return nil
	}
	return []detector{t}
}

// twins reports whether two names differ by the words of two halves only, and returns the words that they share.
func twins(a, b []string) (stem []string, ok bool) {
	for _, h := range halves {
		at := slices.Index(a, h[0])
		if at < 0 || len(a) != len(b) || b[at] != h[1] {
			continue
		}
		same := slices.Clone(a)
		same[at] = h[1]
		if slices.Equal(same, b) {
			return slices.Delete(slices.Clone(a), at, at+1), true
		}
	}
	return nil, false
}

// halvesOf finds the total of two halves: the column of the same name without the half, or with a word that says a total. Of
// several, the one that the sample agrees most with.
func (t *totals) halvesOf(i, j int, stem []string, numeric func(int) bool) {
	best, most := -1, 0.0
	for k := range t.r.fields {
		if k == i || k == j || !numeric(k) {
			continue
		}
		rest := slices.DeleteFunc(slices.Clone(t.r.sample.words[k]), func(w string) bool { return slices.Contains(totalWords, w) || slices.Contains(stem, w) })
		if len(rest) > 0 {
			continue
		}
		if agrees := t.agreement(k, []int{i, j}); agrees > most {
			best, most = k, agrees
		}
	}
	if most >= 0.4 {
		t.add(best, []int{i, j})
	}
}

// runOf finds the run of columns before or after a total that nearly always sums to it.
func (t *totals) runOf(total int, numeric func(int) bool) {
	var best []int
	most := 0.0
	for _, step := range []int{-1, 1} {
		var run []int
		for k := total + step; k >= 0 && k < len(t.r.fields) && numeric(k) && len(run) < 30; k += step {
			run = append(run, k)
			if agrees := t.agreement(total, run); len(run) >= 2 && agrees > most {
				best, most = slices.Clone(run), agrees
			}
		}
	}
	if most >= 0.7 {
		slices.Sort(best)
		t.add(total, best)
	}
}

func (t *totals) add(total int, parts []int) {
	if slices.ContainsFunc(t.sums, func(s *sum) bool {
		return s.total == total && (len(s.parts) >= len(parts) || slices.Equal(s.parts, parts))
	}) {
		return
	}
	s := &sum{total: total, parts: parts}
	s.bad.Kind = "parts-and-total"
	names := make([]string, len(parts))
	for i, p := range parts {
		names[i] = t.r.fields[p].Label
		s.bad.Fields = append(s.bad.Fields, t.r.fields[p].Name)
	}
	s.bad.Fields = append(s.bad.Fields, t.r.fields[total].Name)
	s.bad.Text = i18n.T("« %s » n’est pas la somme de : %s.", "“%s” is not the sum of: %s.", t.r.fields[total].Label, strings.Join(names, ", "))
	t.sums = append(t.sums, s)
}

// agreement is the part of the rows of the sample where the parts make the total.
func (t *totals) agreement(total int, parts []int) float64 {
	rows, equal := 0, 0
	for _, row := range t.r.sample.rows {
		if filled, same := compareSum(row, total, parts); filled {
			rows++
			if same {
				equal++
			}
		}
	}
	if rows < 3 {
		return 0
	}
	return float64(equal) / float64(rows)
}

func compareSum(row record, total int, parts []int) (filled, same bool) {
	whole, ok := numberOf(row.values[total])
	if !ok {
		return false, false
	}
	sum := 0.0
	for _, p := range parts {
		x, ok := numberOf(row.values[p])
		if !ok {
			return false, false
		}
		sum += x
	}
	return true, math.Abs(sum-whole) <= 1e-6*max(1, math.Abs(whole))
}

func (t *totals) criterion() string { return "consistent-totals" }

func (t *totals) look(row record) {
	for _, s := range t.sums {
		filled, same := compareSum(row, s.total, s.parts)
		if !filled {
			continue
		}
		s.rows++
		if !same {
			s.bad.add(t.r, row, append(slices.Clone(s.parts), s.total)...)
		}
	}
}

func (t *totals) tally() Tally {
	var out Tally
	for _, s := range t.sums {
		out.Bad, out.Total = out.Bad+s.bad.Bad, out.Total+s.rows
		out = out.with(s.rows, "", &s.bad)
	}
	return out
}

// shift finds rows several values of which are of the kind of the column beside: what a stray separator does.
type shift struct {
	r       *reader
	bad     faults
	total   int64
	strange []int // columns of the row under look
}

func newShift(r *reader) []detector {
	if len(r.fields) < 3 {
		return nil
	}
	s := &shift{r: r}
	s.bad.Kind = "shifted-row"
	s.bad.Text = i18n.T("Des lignes semblent décalées d’une colonne : un séparateur de trop, ou de moins.", "Rows seem shifted by a column: a separator too many, or one too few.")
	return []detector{s}
}

func (s *shift) criterion() string { return "consistent-shift" }

func (s *shift) look(row record) {
	s.total++
	s.strange = s.strange[:0]
	for i, v := range row.values {
		if s.unusual(v, i) {
			s.strange = append(s.strange, i)
		}
	}
	if len(s.strange) < 2 { // nearly every row
		return
	}
	for _, step := range []int{-1, 1} {
		var shifted []int
		for _, i := range s.strange {
			if from := i + step; from >= 0 && from < len(row.values) && s.fits(row.values[i], i, from) {
				shifted = append(shifted, i)
			}
		}
		if len(shifted) >= 2 {
			s.bad.add(s.r, row, shifted...)
			return
		}
	}
}

// unusual reports whether a value is not what its column usually has.
func (s *shift) unusual(v any, column int) bool {
	if empty(v) {
		return false
	}
	l := s.r.sample
	if s.r.fields[column].Type.Numeric() {
		x, ok := numberOf(v)
		return ok && !math.IsNaN(l.low[column]) && (x < l.low[column] || x > l.high[column])
	}
	return s.r.fields[column].Type == schema.Text && l.usual[column] != none && shapeOf(v) != l.usual[column]
}

// fits reports whether a value that is unusual in its column would be usual in another one.
func (s *shift) fits(v any, column, other int) bool {
	l := s.r.sample
	if s.r.fields[other].Type.Numeric() {
		x, ok := numberOf(v)
		return ok && (s.r.fields[column].Type.Numeric() || l.usual[other] != l.usual[column]) && x >= l.low[other] && x <= l.high[other]
	}
	if s.r.fields[column].Type.Numeric() {
		return l.usual[other] == shapeOf(textOf(v))
	}
	return l.usual[other] != l.usual[column] && l.usual[other] == shapeOf(v)
}

func (s *shift) tally() Tally {
	t := Tally{Bad: s.bad.Bad, Total: s.total}
	s.bad.Fields = []string{}
	return t.with(s.total, "", &s.bad)
}
