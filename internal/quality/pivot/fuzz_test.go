package pivot

import (
	"math"
	"slices"
	"testing"
)

// FuzzUnpack reads anything as the hashes of a sketch: what is one is written back as it was.
func FuzzUnpack(f *testing.F) {
	f.Add(pack(nil))
	f.Add(pack([]uint64{0, 1, 1 << 40, math.MaxUint64}))
	f.Add("AAAA")
	f.Fuzz(func(t *testing.T, text string) {
		hashes, err := unpack(text)
		if err != nil {
			return
		}
		if again, err := unpack(pack(hashes)); err != nil || !slices.Equal(again, hashes) {
			t.Fatalf("%v, then %v (%v)", hashes, again, err)
		}
	})
}

// FuzzCompare compares any two sketches: shares are shares, and both sides say the same.
func FuzzCompare(f *testing.F) {
	f.Add([]byte{1, 2, 3}, []byte{2, 3, 4}, uint16(3), uint16(9))
	f.Add([]byte{}, []byte{0}, uint16(0), uint16(1))
	f.Fuzz(func(t *testing.T, a, b []byte, more, others uint16) {
		sketch := func(values []byte, more uint16) Sketch {
			var s Sketch
			for _, v := range values {
				s.Least = append(s.Least, uint64(v)<<40)
			}
			slices.Sort(s.Least)
			s.Least = slices.Compact(s.Least)
			s.Distinct = int64(len(s.Least)) + int64(more)
			s.Rows, s.Filled, s.Long = s.Distinct, s.Distinct, s.Distinct
			return s
		}
		x, y := sketch(a, more), sketch(b, others)
		o := Compare(x, y)
		for _, share := range []float64{o.InA, o.InB, o.Margin} {
			if !(share >= 0 && share <= 1) {
				t.Fatalf("%+v", o)
			}
		}
		if o.Shared < 0 || o.Shared > min(x.Distinct, y.Distinct) {
			t.Fatalf("%d values shared by %d and %d", o.Shared, x.Distinct, y.Distinct)
		}
		if back := Compare(y, x); back != o.reversed() {
			t.Fatalf("%+v, and from the other side %+v", o, back)
		}
	})
}
