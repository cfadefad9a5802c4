package validate

import (
	"math"
	"regexp"
	"strconv"
)

var durationShape = regexp.MustCompile(`^([+-])?P(?:(\d+)W|(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:[.,]\d+)?)S)?)?)$`)

// span is a duration: months do not have a length of their own.
type span struct {
	months  int64
	seconds float64
}

// durationOf reads PnYnMnDTnHnMnS, or PnW.
func durationOf(v []byte) (span, bool) {
	m := durationShape.FindSubmatch(v)
	if m == nil {
		return span{}, false
	}
	said := false
	part := func(i int) float64 {
		if len(m[i]) == 0 {
			return 0
		}
		said = true
		n, _ := strconv.ParseFloat(string(m[i]), 64) // digits, says the shape; a comma was replaced
		return n
	}
	for i, c := range m[9] {
		if c == ',' {
			m[9] = append(append(append([]byte{}, m[9][:i]...), '.'), m[9][i+1:]...)
			break
		}
	}
	clock := part(7)*3600 + part(8)*60 + part(9)
	if len(m[6]) > 0 && !said {
		return span{}, false // a T with nothing after it
	}
	s := span{int64(part(3)*12 + part(4)), part(2)*7*86400 + part(5)*86400 + clock}
	if string(m[1]) == "-" {
		s.months, s.seconds = -s.months, -s.seconds
	}
	return s, said
}

func castDuration(v []byte, o *value) bool {
	_, ok := durationOf(v)
	return ok
}

// The moments that durations are added to in order to be compared: longer and shorter months follow them.
//
// Source: XML Schema part 2, order relation on duration.
var references = [...][3]int{{1696, 9, 1}, {1697, 2, 1}, {1903, 3, 1}, {1903, 7, 1}}

// compare orders durations; ok is false when they have no order, like a month and thirty days.
func (s span) compare(t span) (order int, ok bool) {
	for i, r := range references {
		a, b := s.after(r), t.after(r)
		each := 0
		switch {
		case a < b:
			each = -1
		case a > b:
			each = 1
		}
		if i > 0 && each != order {
			return 0, false
		}
		order = each
	}
	return order, true
}

// after is the moment of a duration after a reference, in seconds.
func (s span) after(r [3]int) float64 {
	months := int64(r[0])*12 + int64(r[1]) - 1 + s.months
	year := int(math.Floor(float64(months) / 12))
	month := int(months-int64(year)*12) + 1
	days, _ := daysOf(year, month, 1) // a first of the month always is
	return float64(days)*86400 + s.seconds
}
