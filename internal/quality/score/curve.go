package score

import "math"

// Curve is how a rate of faults becomes a share of points.
type Curve string

// The curves. Errors feel their order of magnitude: one in a thousand, one in a hundred and one in ten are as far from
// each other. Shares of a whole that is small, such as columns, are felt as they are.
const (
	CurveErrors Curve = "errors"
	CurveShare  Curve = "share"
)

// share is the part of its points that a criterion is worth at a rate of faults: all of them up to OK, none from KO on, and in
// between a line in the logarithm of the rate, or in the rate itself.
func (c Criterion) share(rate float64) float64 {
	switch {
	case rate <= c.OK:
		return 1
	case rate >= c.KO:
		return 0
	case c.Curve == CurveErrors:
		return (math.Log10(c.KO) - math.Log10(rate)) / (math.Log10(c.KO) - math.Log10(c.OK))
	}
	return (c.KO - rate) / (c.KO - c.OK)
}
