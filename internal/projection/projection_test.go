package projection

import (
	"math"
	"slices"
	"testing"
)

// The expected values are those of PROJ 9 (pyproj 3.7).
func TestPointsFallWherePROJPutsThem(t *testing.T) {
	for _, tc := range []struct {
		code                  int
		lon, lat, east, north float64
	}{
		{2154, 2.3522, 48.8566, 652469.0227, 6862035.2594},
		{2154, -1.6778, 48.1173, 352107.3798, 6789966.5419},
		{2154, 7.7521, 48.5734, 1050362.6954, 6840899.6472},
		{2154, 9.15, 42.15, 1208774.3495, 6136455.6355},
		{2154, -5.1, 48.45, 102085.5448, 6847330.3448},
		{3857, 2.3522, 48.8566, 261845.7062, 6250564.3495},
		{3857, 55.45, -20.88, 6172665.7645, -2377575.6084},
		{3857, -61.5, 16.2, -6846148.6838, 1827895.5331},
		{5490, -61.5331, 16.2411, 656770.8974, 1796166.1758},
		{5490, -61.0742, 14.6161, 707436.9540, 1616745.5974},
		{2972, -52.3269, 4.9224, 352877.1425, 544232.7201},
		{2972, -54.03, 5.48, 164212.8594, 606571.6747},
		{2975, 55.4504, -20.8789, 338807.6094, 7690477.7454},
		{2975, 55.8, -21.3, 375529.5836, 7644176.4245},
		{4471, 45.2279, -12.7806, 524735.3747, 8587115.8115},
		{4467, -56.18, 46.78, 562596.2720, 5181043.2102},
		{3163, 166.4572, -22.2711, 447120.4136, 214554.5805},
		{3163, 164.2, -20.5, 212232.6172, 409629.9726},
		{32620, -61.5331, 16.2411, 656770.8974, 1796166.1759},
		{32620, -63.05, 18.07, 494708.9608, 1997930.8143},
		{32631, 2.3522, 48.8566, 452482.5327, 5411717.1769},
		{32631, 6.5, 43.1, 784828.1392, 4777867.7653},
		{3297, -149.5667, -17.5333, 227501.5100, 8059607.4486},
		{3943, 1.4442, 43.6047, 1574400.6469, 2268339.8887},
		{3950, 3.0573, 50.6292, 1704054.1985, 9269986.1049},
		{3948, -1.6778, 48.1173, 1351952.2728, 7223603.6760},
		{25832, 7.7521, 48.5734, 407949.3794, 5380786.1288},
		{32740, 55.4504, -20.8789, 338807.6094, 7690477.7453},
	} {
		s, known := EPSG(tc.code)
		if !known {
			t.Fatalf("EPSG:%d is not known", tc.code)
		}
		x, y, ok := s.Project(tc.lon, tc.lat)
		if !ok || math.Abs(x-tc.east) > 0.001 || math.Abs(y-tc.north) > 0.001 {
			t.Errorf("EPSG:%d of %v, %v: %.4f, %.4f, want %.4f, %.4f", tc.code, tc.lon, tc.lat, x, y, tc.east, tc.north)
		}
	}
}

// The examples that the guidance note works out, on its own ellipsoids: Jamaica and Texas are not ours, so these are the
// parameters of its systems with the ellipsoids it gives.
func TestTheExamplesOfTheGuidanceNoteComeOut(t *testing.T) {
	const foot = 0.3048006096012192 // of the United States survey
	clarke := datum{ellipsoid: ellipsoid{"Clarke 1866", 6378206.4, 294.9786982}}
	texas := System{datum: clarke, method: conic, lat0: 27 + 50.0/60, lon0: -99, lat1: 28 + 23.0/60, lat2: 30 + 17.0/60, east: 2_000_000 * foot}
	texas.prepare()
	x, y, _ := texas.Project(-96, 28.5)
	if math.Abs(x/foot-2963503.91) > 0.02 || math.Abs(y/foot-254759.80) > 0.02 {
		t.Errorf("Texas South Central: %.2f, %.2f feet", x/foot, y/foot)
	}
}

func TestWhatAProjectionCannotShowIsSaid(t *testing.T) {
	for _, tc := range []struct {
		code     int
		lon, lat float64
	}{{3857, 0, 90}, {2154, 3, -90}, {2975, -124.5, 0}} {
		s, _ := EPSG(tc.code)
		if x, y, ok := s.Project(tc.lon, tc.lat); ok {
			t.Errorf("EPSG:%d shows %v, %v at %v, %v", tc.code, tc.lon, tc.lat, x, y)
		}
	}
	if _, known := EPSG(27572); known {
		t.Error("Lambert II étendu lies on another datum, which takes a grid")
	}
}

func TestEverySystemIsDescribed(t *testing.T) {
	codes := Codes()
	for _, code := range Common() {
		if !slices.Contains(codes, code) {
			t.Errorf("EPSG:%d is named and not known", code)
		}
	}
	for _, code := range codes {
		s, _ := EPSG(code)
		x, y, ok := s.Project(s.lon0, s.lat0)
		if s.Name == "" || len(s.WKT()) < 100 || !ok || !s.Geographic() && s.method != web && (math.Abs(x-s.east) > 1e-6 || math.Abs(y-s.north) > 1e-6) {
			t.Errorf("EPSG:%d: %q, origin at %v, %v", code, s.Name, x, y)
		}
	}
}
