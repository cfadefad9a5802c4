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
	overlap := func(share float64) Overlap {
		o := Overlap{InA: share, InB: share / 2, Shared: int64(100 * share)}
		o.bound(200, 100)
		return o
	}
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

func TestAnIntervalIsThatOfWilson(t *testing.T) {
	for _, tc := range []struct {
		share     float64
		sample    int
		low, high float64
	}{{0, 10, 0, 0.2775}, {1, 10, 0.7225, 1}, {1, 3, 0.4385, 1}, {0.5, 10, 0.2366, 0.7634}, {0.2, 100, 0.1334, 0.2888}, {0.3, 0, 0, 1}} {
		if low, high := wilson(tc.share, tc.sample); math.Abs(low-tc.low) > 1e-4 || math.Abs(high-tc.high) > 1e-4 {
			t.Errorf("%.1f of %d: %.4f to %.4f, want %.4f to %.4f", tc.share, tc.sample, low, high, tc.low, tc.high)
		}
	}
}

// TestFewValuesThatMeetByChanceAreNoPivot draws small fields of one name, whose values have nothing to do with each other
// but are few enough to meet: codes of two digits. Those that do share their values are still found, and said to be few.
func TestFewValuesThatMeetByChanceAreNoPivot(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 17))
	codes := make([]uint64, 100)
	for i := range codes {
		codes[i] = r.Uint64()
	}
	draw := func(n int) Field {
		f := Field{Ref: Ref{"d", "code"}, Sketch: Sketch{Rows: int64(n), Filled: int64(n), Distinct: int64(n)}}
		for _, i := range r.Perm(len(codes))[:n] {
			f.Sketch.Least = append(f.Sketch.Least, codes[i])
		}
		slices.Sort(f.Sketch.Least)
		return f
	}
	const pairs = 4000
	chance, byShareAlone := 0, 0
	for range pairs {
		a, b := draw(3+r.IntN(15)), draw(3+r.IntN(15))
		o := Compare(a.Sketch, b.Sketch)
		if related(a, b, o) {
			chance++
		}
		if o.Strength() >= sameName {
			byShareAlone++
		}
	}
	if share := float64(chance) / pairs; share > 0.01 {
		t.Errorf("%.3f of the pairs that share by chance are proposed", share)
	}
	if byShareAlone < pairs/20 {
		t.Errorf("only %d pairs share a quarter of their values: the test says nothing", byShareAlone)
	}
	for _, n := range []int{3, 5, 12} {
		a := draw(n)
		o := Compare(a.Sketch, a.Sketch)
		if !related(a, a, o) || !o.Few() || o.Compared != n || o.Margin != 0 {
			t.Errorf("the same %d values: %+v", n, o)
		}
	}
}
