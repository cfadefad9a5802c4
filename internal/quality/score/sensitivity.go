package score

import (
	"cmp"
	"slices"
)

// Variation is how much a weight is varied, up and down, to see whether the order of the datasets hangs on it.
const Variation = 0.2

// Sensitivity is what the order of some datasets owes to the weight of one criterion.
type Sensitivity struct {
	Criterion Criterion
	Places    int // that one dataset moves, at most, when the weight varies by [Variation]
	Moved     int // datasets that move
	Letters   int // datasets whose letter changes
}

// Sensitivities varies the weight of each criterion, one at a time, and compares the order of the datasets with what it is; what
// moves them most comes first. Datasets of the same points have the same place.
func (r Rules) Sensitivities(scored []Scored) []Sensitivity {
	before, letters := make([]float64, len(scored)), make([]string, len(scored))
	for i, one := range scored {
		before[i] = one.Score.weighed("", 1)
		letters[i] = r.letter(before[i])
	}
	places := ranks(before)
	var list []Sensitivity
	for _, c := range r.Criteria {
		s := Sensitivity{Criterion: c}
		for _, factor := range []float64{1 - Variation, 1 + Variation} {
			after := make([]float64, len(scored))
			moved, changed := 0, 0
			for i, one := range scored {
				after[i] = one.Score.weighed(c.ID, factor)
				if r.letter(after[i]) != letters[i] {
					changed++
				}
			}
			for i, place := range ranks(after) {
				if place != places[i] {
					moved++
					s.Places = max(s.Places, place-places[i], places[i]-place)
				}
			}
			s.Moved, s.Letters = max(s.Moved, moved), max(s.Letters, changed)
		}
		list = append(list, s)
	}
	slices.SortStableFunc(list, func(a, b Sensitivity) int {
		return cmp.Or(cmp.Compare(b.Places, a.Places), cmp.Compare(b.Letters, a.Letters), cmp.Compare(b.Moved, a.Moved))
	})
	return list
}

// weighed are the points of a score were the weight of a criterion so many times what it is.
func (s Score) weighed(criterion string, factor float64) float64 {
	won, counted := 0.0, 0.0
	for _, l := range s.Lines {
		if !l.Counts() {
			continue
		}
		weight := l.Weight
		if l.ID == criterion {
			weight *= factor
		}
		won, counted = won+weight*l.share(l.Measure.Rate()), counted+weight
	}
	points := 0.0
	if counted > 0 {
		points = round(100 * won / counted)
	}
	for _, c := range s.Ceilings {
		points = min(points, c.Most)
	}
	return points
}

// ranks are the places of some points, from 1: one more than how many are greater.
func ranks(points []float64) []int {
	places := make([]int, len(points))
	for i, p := range points {
		places[i] = 1
		for _, other := range points {
			if other > p {
				places[i]++
			}
		}
	}
	return places
}
