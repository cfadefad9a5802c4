package score

import "testing"

// scoredAs makes scores of rates of two criteria.
func scoredAs(r Rules, rates ...[2]float64) (list []Scored) {
	for _, rate := range rates {
		m := map[string]Measure{"validity-cells": measured(rate[0], 1), "open-licence": measured(rate[1], 1)}
		list = append(list, Scored{Score: r.assemble(m, nil)})
	}
	return list
}

func TestTheOrderOfDatasetsIsComparedWithWhatAnotherWeightWouldGive(t *testing.T) {
	r := rules(t)
	// Of ten points, eight are for the cells and two for the licence: the second dataset passes the first when the licence
	// weighs more, the third is last whatever the weights.
	list := scoredAs(r, [2]float64{0, 1}, [2]float64{0.003, 0}, [2]float64{1, 1})
	for _, s := range r.Sensitivities(list) {
		want := [2]int{0, 0} // nothing measures it
		if s.Criterion.ID == "validity-cells" || s.Criterion.ID == "open-licence" {
			want = [2]int{1, 2}
		}
		if got := [2]int{s.Places, s.Moved}; got != want {
			t.Errorf("%s: %d places at most, %d datasets move; want %v", s.Criterion.ID, s.Places, s.Moved, want)
		}
	}
	if points := list[0].Score.weighed("", 1); points != list[0].Score.Points {
		t.Errorf("without a variation, %v points instead of %v", points, list[0].Score.Points)
	}
	if got := ranks([]float64{50, 80, 50, 10}); got[0] != 2 || got[1] != 1 || got[2] != 2 || got[3] != 4 {
		t.Errorf("places: %v", got)
	}
}
