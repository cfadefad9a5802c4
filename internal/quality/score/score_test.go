package score

import (
	"math"
	"strings"
	"testing"

	"socle/internal/schema"
)

func rules(t *testing.T) Rules {
	t.Helper()
	r, err := LoadRules()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestTheCriteriaAreWhatAReaderIsTold(t *testing.T) {
	r := rules(t)
	weights, ids, dimensions := map[Part]float64{}, map[string]bool{}, map[string]bool{}
	for _, d := range r.Dimensions {
		dimensions[d.ID] = true
	}
	for _, c := range r.Criteria {
		if ids[c.ID] || !dimensions[c.Dimension] || c.Weight <= 0 || c.KO <= c.OK || c.OK < 0 || c.Curve == CurveErrors && c.OK == 0 || c.Curve != CurveErrors && c.Curve != CurveShare {
			t.Errorf("criterion %q cannot be computed: %+v", c.ID, c)
		}
		for _, text := range []string{c.Title.FR, c.Title.EN, c.Formula.FR, c.Formula.EN, c.Action.FR, c.Action.EN} {
			if text == "" || strings.Contains(text, " :") || strings.Contains(text, "« ") && !strings.Contains(text, "«\u00a0") {
				t.Errorf("criterion %q says %q", c.ID, text)
			}
		}
		ids[c.ID] = true
		weights[c.Part] += c.Weight
	}
	if weights[Data] != 70 || weights[Documentation] != 30 {
		t.Errorf("weights: %v", weights)
	}
	for _, c := range r.Ceilings {
		if c.Criterion != "" && !ids[c.Criterion] {
			t.Errorf("the ceiling %q is about a criterion that there is not", c.ID)
		}
	}
}

func TestARateBecomesPointsByItsOrderOfMagnitude(t *testing.T) {
	errors := Criterion{Curve: CurveErrors, OK: 0.001, KO: 0.1}
	share := Criterion{Curve: CurveShare, OK: 0, KO: 0.5}
	for _, tc := range []struct {
		c    Criterion
		rate float64
		want float64
	}{
		{errors, 0, 1}, {errors, 0.001, 1}, {errors, 0.01, 0.5}, {errors, 0.1, 0}, {errors, 1, 0},
		{share, 0, 1}, {share, 0.25, 0.5}, {share, 0.5, 0}, {share, 1, 0},
	} {
		if got := tc.c.share(tc.rate); math.Abs(got-tc.want) > 1e-9 {
			t.Errorf("%s at %v: %v, want %v", tc.c.Curve, tc.rate, got, tc.want)
		}
	}
}

// perfect measures every criterion without a fault.
func perfect(r Rules) map[string]Measure {
	m := map[string]Measure{}
	for _, c := range r.Criteria {
		m[c.ID] = measured(0, 100)
	}
	return m
}

func TestMeasuresMakeAScore(t *testing.T) {
	r := rules(t)
	for _, tc := range []struct {
		name     string
		change   func(map[string]Measure)
		ceilings []string
		points   float64
		letter   string
		counted  float64
	}{
		{"without a fault", func(map[string]Measure) {}, nil, 100, "A", 100},
		{"what does not apply leaves the sum", func(m map[string]Measure) { m["validity-cells"] = Measure{State: Inapplicable} }, nil, 100, "A", 92},
		{"what nobody measured leaves it too", func(m map[string]Measure) { delete(m, "validity-schema") }, nil, 100, "A", 96},
		{"no definition: C at best", func(m map[string]Measure) { m["understood-definitions"] = measured(10, 10) }, nil, 74, "C", 100},
		{"one key in five hundred is repeated: C at best", func(m map[string]Measure) { m["unique-key"] = measured(2, 1000) }, nil, 74, "C", 100},
		{"identifiers of people in an open dataset", func(map[string]Measure) {}, []string{ceilingIdentifiers}, 39, "E", 100},
		{"no data", func(m map[string]Measure) { clear(m) }, []string{ceilingNoRows}, 0, "E", 0},
	} {
		m := perfect(r)
		tc.change(m)
		s := r.assemble(m, tc.ceilings)
		if s.Points != tc.points || s.Letter != tc.letter || s.Counted != tc.counted {
			t.Errorf("%s: %v points, %s, over %v; want %v, %s, %v", tc.name, s.Points, s.Letter, s.Counted, tc.points, tc.letter, tc.counted)
		}
	}
}

func TestTheNextActionsWinTheMostPointsFirst(t *testing.T) {
	r := rules(t)
	m := perfect(r)
	m["open-contact"], m["validity-cells"], m["understood-slots"] = measured(1, 1), measured(1, 100), measured(1, 2)
	next := r.assemble(m, nil).Next()
	var ids []string
	for i, l := range next {
		ids = append(ids, l.ID)
		if i > 0 && l.Gain > next[i-1].Gain {
			t.Errorf("%s wins more than what is before it", l.ID)
		}
	}
	if got := strings.Join(ids, " "); got != "validity-cells understood-slots open-contact" {
		t.Errorf("in the order %s", got)
	}
}

func TestAMaskedValueKeepsItsShapeOnly(t *testing.T) {
	for value, want := range map[string]string{"1234567890V": "9999999999x", "Zoé d’Aure": "xxx xxxxxx", "06 12 34 56 78": "99 99 99 99 99", "a.b@demo.example": "x.x@xxxx.xxxxxxx"} {
		if got := mask(value); got != want {
			t.Errorf("%q is masked as %q, want %q", value, got, want)
		}
	}
}

func TestTheHashOfARowTellsItsCellsApart(t *testing.T) {
	for _, pair := range [][2][]any{{{"a", "bc"}, {"ab", "c"}}, {{nil, "x"}, {"x", nil}}, {{int64(1)}, {"1"}}, {{1.0}, {int64(1)}}, {{schema.Coordinates{Lon: 1, Lat: 2}}, {schema.Coordinates{Lon: 2, Lat: 1}}}} {
		if hashOf(pair[0]) == hashOf(pair[1]) {
			t.Errorf("%v and %v have the same", pair[0], pair[1])
		}
	}
}
