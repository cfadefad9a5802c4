package pivot

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"sort"
)

// sketchSize is how many hashes a sketch keeps: 16 KB, and a share of values known within four points, 19 times in 20.
const sketchSize = 2048

// A Sketch says what values a field has, in a bounded space. The hashes are spread evenly over 64 bits, so the smallest ones
// are a sample of the different values, and the same values are in the samples of two fields (Bar-Yossef et al., 2002,
// k minimum values).
type Sketch struct {
	Rows     int64
	Filled   int64
	Distinct int64 // exact
	Long     int64 // of five characters or more
	Least    []uint64
}

// whole reports whether every value is in the sketch.
func (s Sketch) whole() bool { return int64(len(s.Least)) >= s.Distinct }

// reach is the largest hash up to which the sketch has every value.
func (s Sketch) reach() uint64 {
	if s.whole() || len(s.Least) == 0 {
		return math.MaxUint64
	}
	return s.Least[len(s.Least)-1]
}

// Identifies reports whether each row has a value of its own.
func (s Sketch) Identifies() bool { return s.Distinct > 0 && s.Distinct == s.Filled }

// Overlap says what share of the values of two fields the other has.
type Overlap struct {
	InB     float64 `json:"inB"`    // share of the different values of A that B has
	InA     float64 `json:"inA"`    // share of those of B that A has
	Shared  int64   `json:"shared"` // different values in both, rounded
	Sampled int     `json:"sampled"`
	Margin  float64 `json:"margin"` // the shares are right within this, 19 times in 20; 0 when exact

	// What the larger share is worth. Even when it is exact it may be a coincidence: of three values, two may be met by
	// chance. The bounds are those of what the fields would share of values to come, if these were drawn at random.
	Compared int     `json:"compared"` // values that it is counted on
	Low      float64 `json:"low"`
	High     float64 `json:"high"`
}

// Few reports whether so few values were compared that the larger share says little.
func (o Overlap) Few() bool { return o.Compared > 0 && o.High-o.Low > fewWidth }

// Strength sorts overlaps: the larger share counts.
func (o Overlap) Strength() float64 { return max(o.InA, o.InB) }

// reversed is the same overlap seen from B.
func (o Overlap) reversed() Overlap {
	o.InA, o.InB = o.InB, o.InA
	return o
}

// Compare estimates what two fields share. Values whose hash both sketches reach are known for sure; they are a sample of
// all, and everything when both sketches are whole.
func Compare(a, b Sketch) Overlap {
	limit := min(a.reach(), b.reach())
	inA := a.Least[:sort.Search(len(a.Least), func(i int) bool { return a.Least[i] > limit })]
	inB := b.Least[:sort.Search(len(b.Least), func(i int) bool { return b.Least[i] > limit })]
	both := 0
	for i, j := 0, 0; i < len(inA) && j < len(inB); {
		switch {
		case inA[i] < inB[j]:
			i++
		case inA[i] > inB[j]:
			j++
		default:
			both, i, j = both+1, i+1, j+1
		}
	}
	o := Overlap{Sampled: max(len(inA), len(inB))}
	if len(inA) > 0 {
		o.InB = float64(both) / float64(len(inA))
	}
	if len(inB) > 0 {
		o.InA = float64(both) / float64(len(inB))
	}
	o.bound(len(inA), len(inB))
	if a.whole() && b.whole() {
		o.Shared = int64(both)
		return o
	}
	// The larger sample says best how many values there are in all; of two of one size, neither side does.
	byA, byB := o.InB*float64(a.Distinct), o.InA*float64(b.Distinct)
	switch {
	case len(inA) == len(inB):
		byA = (byA + byB) / 2
	case len(inA) < len(inB):
		byA = byB
	}
	o.Shared = min(int64(math.Round(byA)), a.Distinct, b.Distinct)
	o.Margin = max(margin(o.InB, len(inA)), margin(o.InA, len(inB)))
	return o
}

// bound says what the larger share is worth, the one of which most is certain when they are equal.
func (o *Overlap) bound(ofA, ofB int) {
	lowB, highB := wilson(o.InB, ofA)
	lowA, highA := wilson(o.InA, ofB)
	o.Compared, o.Low, o.High = ofA, lowB, highB
	if lowA > lowB || lowA == lowB && ofB > ofA {
		o.Compared, o.Low, o.High = ofB, lowA, highA
	}
}

// wilson is the interval of a share seen in a sample, 19 times in 20. It holds for small samples and for shares of none or
// all, where the usual one does not.
//
// Source: Wilson, Probable inference, the law of succession, and statistical inference, 1927; as Brown, Cai and DasGupta,
// Interval estimation for a binomial proportion, 2001, advise for samples of forty or fewer.
func wilson(share float64, sample int) (low, high float64) {
	const z = 1.96
	if sample == 0 {
		return 0, 1
	}
	n := float64(sample)
	middle := (share + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(share*(1-share)/n+z*z/(4*n*n))
	return max(0, middle-half), min(1, middle+half)
}

// margin is the half-width of the interval of Agresti and Coull for a share seen in a sample: it does not pretend to be
// certain where a small sample shows none or all.
func margin(share float64, sample int) float64 {
	const z = 1.96
	if sample == 0 {
		return 1
	}
	n := float64(sample) + z*z
	p := (share*float64(sample) + z*z/2) / n
	return math.Min(1, z*math.Sqrt(p*(1-p)/n)+math.Abs(p-share))
}

// pack writes hashes for the store.
func pack(hashes []uint64) string {
	raw := make([]byte, 0, 8*len(hashes))
	for _, h := range hashes {
		raw = binary.BigEndian.AppendUint64(raw, h)
	}
	return base64.RawStdEncoding.EncodeToString(raw)
}

// unpack reads what pack wrote.
func unpack(text string) ([]uint64, error) {
	raw, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil || len(raw)%8 != 0 {
		return nil, fmt.Errorf("pivot: a sketch that is not one (%d bytes): %w", len(raw), err)
	}
	hashes := make([]uint64, len(raw)/8)
	for i := range hashes {
		hashes[i] = binary.BigEndian.Uint64(raw[8*i:])
	}
	if !slices.IsSorted(hashes) {
		return nil, fmt.Errorf("pivot: a sketch out of order")
	}
	return hashes, nil
}

// The thresholds from which two fields may be the same variable. See related. Shares must be passed by their lower bound.
const (
	leastValues     = 3    // different values of a key
	sameConcept     = 0.05 // share of values in common
	sameName        = 0.25
	otherwiseShare  = 0.5
	otherwiseValues = 20  // different values of five characters or more: short ones are shared by accident
	fewWidth        = 0.2 // between the bounds of a share that says little
)

// related reports whether two fields may be the same variable: their values meet, and something else says so, a concept,
// a name, or values too long and too many to meet by accident. The lower bound of the share counts, so that a few values
// that meet by chance do not make a pivot.
func related(a, b Field, o Overlap) bool {
	if o.Shared == 0 || a.Concept != "" && b.Concept != "" && a.Concept != b.Concept {
		return false
	}
	switch {
	case a.Concept != "" && a.Concept == b.Concept:
		return o.Low >= sameConcept
	case a.Ref.Field == b.Ref.Field:
		return o.Low >= sameName && min(a.Sketch.Distinct, b.Sketch.Distinct) >= leastValues
	default:
		return o.Low >= otherwiseShare && min(a.Sketch.Long, b.Sketch.Long) >= otherwiseValues
	}
}
