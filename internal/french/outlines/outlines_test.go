package outlines

import (
	"bytes"
	"compress/gzip"
	"testing"
)

func TestAPointIsInItsCommuneOrIsNot(t *testing.T) {
	for _, tc := range []struct {
		place, commune string
		lon, lat       float64
		inside, known  bool
	}{
		{"the town hall of Rennes, in Rennes", "35238", -1.6800, 48.1113, true, true},
		{"the town hall of Cesson-Sévigné, in Rennes", "35238", -1.6030, 48.1210, false, true},
		{"the town hall of Cesson-Sévigné, in Cesson-Sévigné", "35051", -1.6030, 48.1210, true, true},
		{"longitude and latitude swapped", "35238", 48.1113, -1.6800, false, true},
		{"the Panthéon, in an arrondissement of Paris", "75105", 2.3461, 48.8462, true, true},
		{"the town hall of Ajaccio", "2A004", 8.7386, 41.9192, true, true},
		{"the town hall of Saint-Denis de La Réunion", "97411", 55.4504, -20.8789, true, true},
		{"Bordeaux, in Lille", "59350", -0.5792, 44.8378, false, true},
		{"Lomme, which Lille took in", "59350", 2.9870, 50.6440, true, true},
		{"a commune that does not exist", "35999", -1.68, 48.11, false, false},
		{"no code of a commune", "35", -1.68, 48.11, false, false},
		{"nothing", "", 0, 0, false, false},
	} {
		if inside, known := Within(tc.commune, tc.lon, tc.lat); inside != tc.inside || known != tc.known {
			t.Errorf("%s: inside %v, known %v; want %v, %v", tc.place, inside, known, tc.inside, tc.known)
		}
	}
	if n, err := Known(); err != nil || n < 35_000 {
		t.Errorf("%d outlines (%v)", n, err)
	}
}

// A square with a hole: a point in the hole, far from its edges, is outside.
func TestAHoleIsOutside(t *testing.T) {
	o := outline{rings: [][]vertex{{{0, 0}, {100, 0}, {100, 100}, {0, 100}}, {{30, 30}, {70, 30}, {70, 70}, {30, 70}}}}
	for _, tc := range []struct {
		lon, lat     float64
		inside, near bool
	}{{0.015, 0.015, true, false}, {0.05, 0.05, false, false}, {0.0335, 0.05, false, true}, {-0.003, 0.05, false, true}, {-0.01, 0.05, false, false}} {
		if o.holds(tc.lon, tc.lat) != tc.inside || o.near(tc.lon, tc.lat) != tc.near {
			t.Errorf("%v, %v: inside %v, near %v", tc.lon, tc.lat, o.holds(tc.lon, tc.lat), o.near(tc.lon, tc.lat))
		}
	}
}

func TestABrokenFileOfOutlinesIsRefused(t *testing.T) {
	pack := func(b []byte) *bytes.Reader {
		var out bytes.Buffer
		w := gzip.NewWriter(&out)
		_, _ = w.Write(b)
		_ = w.Close()
		return bytes.NewReader(out.Bytes())
	}
	for name, content := range map[string]*bytes.Reader{"not compressed": bytes.NewReader([]byte("35238")), "half a code": pack([]byte("352")), "no rings": pack([]byte("35238")),
		"a ring cut short": pack(append([]byte("35238"), 1, 5, 2)), "as many vertices as one can write": pack(append([]byte("35238"), 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f))} {
		if all, err := read(content); err == nil {
			t.Errorf("%s is read: %v", name, all)
		}
	}
}
