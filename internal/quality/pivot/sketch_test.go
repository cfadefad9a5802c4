package pivot

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// sketchOf is the sketch of the values from, from+1… (n of them), each with its hash.
func sketchOf(hashes map[int]uint64, from, n, size int) Sketch {
	s := Sketch{Rows: int64(n), Filled: int64(n), Distinct: int64(n), Long: int64(n)}
	for i := range n {
		s.Least = append(s.Least, hashes[from+i])
	}
	slices.Sort(s.Least)
	s.Least = s.Least[:min(size, len(s.Least))]
	return s
}

func hashesOf(r *rand.Rand, n int) map[int]uint64 {
	hashes := map[int]uint64{}
	for i := range n {
		hashes[i] = r.Uint64()
	}
	return hashes
}

func TestWhatSketchesSayIsNearWhatIs(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 11))
	outside, compared := 0, 0
	for range 400 {
		nA, nB := 1+r.IntN(9000), 1+r.IntN(9000)
		from := r.IntN(nA + 1)
		hashes := hashesOf(r, max(nA, from+nB))
		a, b := sketchOf(hashes, 0, nA, 1024), sketchOf(hashes, from, nB, 1024)
		shared := max(0, min(nA, from+nB)-from)
		o := Compare(a, b)
		for _, side := range []struct{ got, want float64 }{{o.InB, float64(shared) / float64(nA)}, {o.InA, float64(shared) / float64(nB)}} {
			compared++
			if d := math.Abs(side.got - side.want); d > 3*o.Margin+1e-9 {
				t.Errorf("%d and %d values, %d shared: %.3f for %.3f, margin %.3f", nA, nB, shared, side.got, side.want, o.Margin)
			} else if d > o.Margin+1e-9 {
				outside++
			}
		}
		if nA <= 1024 && nB <= 1024 && (o.Margin != 0 || o.Shared != int64(shared)) {
			t.Errorf("two whole sketches are exact: %d shared, want %d", o.Shared, shared)
		}
		if back := Compare(b, a); back != o.reversed() {
			t.Errorf("seen from the other side: %+v, want %+v", back, o.reversed())
		}
	}
	if share := float64(outside) / float64(compared); share > 0.05 {
		t.Errorf("%.3f of the shares are out of their margin, of which 0.05 may be", share)
	}
}

func TestASketchComesBackFromTheStore(t *testing.T) {
	hashes := []uint64{0, 1, 1 << 40, math.MaxUint64}
	if got, err := unpack(pack(hashes)); err != nil || !slices.Equal(got, hashes) {
		t.Errorf("%v (%v)", got, err)
	}
	if got, err := unpack(pack(nil)); err != nil || len(got) != 0 {
		t.Errorf("%v (%v)", got, err)
	}
	for _, bad := range []string{"AAAA", "é", pack([]uint64{2, 1})} {
		if _, err := unpack(bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

func TestTwoFieldsAreRelatedOnlyWhenMoreThanChanceSaysSo(t *testing.T) {
	field := func(name, concept string, long int64) Field {
		return Field{Ref: Ref{"d", name}, Concept: concept, Sketch: Sketch{Distinct: 100, Long: long}}
	}
	overlap := func(share float64) Overlap { return Overlap{InA: share, InB: share / 2, Shared: int64(100 * share)} }
	for _, tc := range []struct {
		name string
		a, b Field
		o    Overlap
		want bool
	}{
		{"the same concept, a few values shared", field("uai", "uai", 100), field("numero", "uai", 100), overlap(0.1), true},
		{"the same concept, nothing shared", field("uai", "uai", 100), field("uai", "uai", 100), overlap(0), false},
		{"two concepts whose values look alike", field("code", "postal", 100), field("code", "commune", 100), overlap(0.9), false},
		{"the same name, a third shared", field("discipline", "", 0), field("discipline", "", 0), overlap(0.34), true},
		{"the same name, little shared", field("code", "", 0), field("code", "", 0), overlap(0.1), false},
		{"other names, small numbers", field("code_nature", "", 0), field("code_type", "", 0), overlap(1), false},
		{"other names, long values", field("etablissement", "", 100), field("lycee", "", 100), overlap(0.6), true},
	} {
		if got := related(tc.a, tc.b, tc.o); got != tc.want {
			t.Errorf("%s: %t", tc.name, got)
		}
	}
}
