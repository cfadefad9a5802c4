package outlines

import (
	"bytes"
	"compress/gzip"
	"math"
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
		{"Tremblay, in Val-Couesnon, which took it in in 2019", "35004", -1.4750, 48.4230, true, true},
		{"Rennes, in Val-Couesnon", "35004", -1.6800, 48.1113, false, true},
		{"Tremblay, which is no more a commune", "35341", -1.4750, 48.4230, true, true},
		{"Antrain, in Tremblay", "35341", -1.4860, 48.4610, false, true},
		{"Dommartin, which was one until 2018, in what took it in", "01144", 4.9950, 46.3360, true, true},
		{"Bourg-en-Bresse, in Dommartin", "01144", 5.2280, 46.2050, false, true},
		{"Alfortville, by its code of the Seine", "75001", 2.4200, 48.8050, true, true},
		{"a commune that was one again after the outlines", "14666", -0.2230, 49.1800, false, false},
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

func TestAPointIsInItsDepartementOrIsNot(t *testing.T) {
	for _, tc := range []struct {
		place, code   string
		lon, lat      float64
		inside, known bool
	}{
		{"Rennes, in Ille-et-Vilaine", "35", -1.6800, 48.1113, true, true},
		{"Rennes, by the code of the ministry", "035", -1.6800, 48.1113, true, true},
		{"Rennes, by the code of another commune", "35051", -1.6800, 48.1113, true, true},
		{"Dinan, in the box of Ille-et-Vilaine, but in Côtes-d’Armor", "35", -2.0490, 48.4550, false, true},
		{"Dinan, in Côtes-d’Armor", "22", -2.0490, 48.4550, true, true},
		{"three hundred metres at sea, off Saint-Malo", "35", -2.0290, 48.6530, true, true},
		{"Montreuil, by Paris", "75", 2.4430, 48.8620, false, true},
		{"Paris", "75", 2.3461, 48.8462, true, true},
		{"the enclave of Valréas, in Vaucluse", "84", 4.9900, 44.3840, true, true},
		{"the enclave of Valréas, in Drôme, which is around it", "26", 4.9900, 44.3840, false, true},
		{"Ajaccio, in Corse-du-Sud", "2A", 8.7386, 41.9192, true, true},
		{"Ajaccio, in Haute-Corse by the code of the ministry", "720", 8.7386, 41.9192, false, true},
		{"Saint-Denis of La Réunion", "974", 55.4504, -20.8789, true, true},
		{"longitude and latitude swapped", "35", 48.1113, -1.6800, false, true},
		{"a commune that was one again after the outlines", "14666", -0.2230, 49.1800, true, true},
		{"Saint-Pierre-et-Miquelon, which has no outline", "975", -56.17, 46.78, false, false},
		{"no département", "zz", -1.68, 48.11, false, false},
		{"nothing", "", 0, 0, false, false},
	} {
		if inside, known := WithinDepartement(tc.code, tc.lon, tc.lat); inside != tc.inside || known != tc.known {
			t.Errorf("%s: inside %v, known %v; want %v, %v", tc.place, inside, known, tc.inside, tc.known)
		}
	}
}

// The box comes first, to save time: it must not hide a point that is near.
func TestABoxHoldsWhatIsNearItsOutline(t *testing.T) {
	all, err := communes()
	if err != nil {
		t.Fatal(err)
	}
	for code, o := range all {
		west := o.rings[0][0]
		for _, v := range o.rings[0] {
			if v.lon < west.lon {
				west = v
			}
		}
		narrow := math.Cos(float64(west.lat) * Unit * math.Pi / 180)
		lon, lat := float64(west.lon)*Unit-0.99*Margin/111.195/narrow, float64(west.lat)*Unit
		if !o.near(lon, lat) || !o.within(lon, lat) {
			t.Errorf("%s: a point nearly %v km west of it is not within", code, Margin)
		}
	}
}

func BenchmarkAPointInADepartement(b *testing.B) {
	for _, tc := range []struct {
		name     string
		lon, lat float64
	}{{"inside", 2.2880, 49.8900}, {"beside", 2.08, 49.60}, {"far", -1.68, 48.11}} {
		b.Run(tc.name, func(b *testing.B) {
			for b.Loop() {
				WithinDepartement("80", tc.lon, tc.lat)
			}
		})
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
