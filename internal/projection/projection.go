// Package projection turns degrees of longitude and latitude into the coordinates that maps of France are drawn in.
//
// It knows the systems that French administrations publish in, by their EPSG codes. All of them lie on datums that
// EPSG holds equal to WGS 84 within a metre (a transformation of zero), so that only the projection is to be
// computed. The formulas are those of the IOGP publication 373-7-2, "Geomatics Guidance Note 7, part 2" (EPSG),
// 2024, whose section each function names.
package projection

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// A System is a coordinate reference system.
type System struct {
	Code int    // of EPSG
	Name string // of EPSG

	datum   datum
	method  method
	lat0    float64 // degrees: latitude of the origin
	lon0    float64 // degrees: longitude of the origin, or of the central meridian
	lat1    float64 // degrees: standard parallels of a conic projection
	lat2    float64
	scale   float64 // on the central meridian
	east    float64 // metres: coordinates given to the origin
	north   float64
	forward func(lon, lat float64) (x, y float64) // radians in; nil when geographic
}

// method is a way of projecting.
type method int

const (
	geographic method = iota
	conic             // Lambert Conic Conformal (2SP), EPSG method 9802
	transverse        // Transverse Mercator, EPSG method 9807
	web               // Popular Visualisation Pseudo Mercator, EPSG method 1024
)

// datum is what a system says of the Earth.
type datum struct {
	system    string // name of its geographic system
	name      string
	ellipsoid ellipsoid
}

type ellipsoid struct {
	name    string
	a       float64 // metres: half the great axis
	inverse float64 // of the flattening
}

var (
	grs80 = ellipsoid{"GRS 1980", 6378137, 298.257222101}
	wgs84 = ellipsoid{"WGS 84", 6378137, 298.257223563}
)

// squared is the square of the eccentricity.
func (e ellipsoid) squared() float64 {
	f := 1 / e.inverse
	return 2*f - f*f
}

// WGS84 is the code of the degrees of longitude and latitude in which everything is kept.
const WGS84 = 4326

var systems = known()

// EPSG returns the system that has a code, false when it is not known.
func EPSG(code int) (System, bool) {
	s, found := systems[code]
	return s, found
}

// Common lists the codes to name to somebody who asked for one that is not known.
func Common() []int {
	return []int{WGS84, 3857, 2154, 3943, 5490, 2972, 2975, 4471, 4467, 3163, 32620, 32631}
}

// Codes lists every code that is known, in order.
func Codes() []int {
	codes := make([]int, 0, len(systems))
	for code := range systems {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	return codes
}

func known() map[int]System {
	list := map[int]System{}
	add := func(s System) {
		s.prepare()
		list[s.Code] = s
	}
	world := datum{"WGS 84", "World Geodetic System 1984", wgs84}
	france := datum{"RGF93 v1", "Reseau Geodesique Francais 1993 v1", grs80}
	europe := datum{"ETRS89", "European Terrestrial Reference System 1989", grs80}
	caledonia := datum{"RGNC91-93", "Reseau Geodesique de Nouvelle Caledonie 91-93", grs80}
	polynesia := datum{"RGPF", "Reseau Geodesique de la Polynesie Francaise", grs80}
	add(System{Code: WGS84, datum: world})
	add(System{Code: 3857, Name: "WGS 84 / Pseudo-Mercator", datum: world, method: web})
	add(System{Code: 4258, datum: europe})
	add(System{Code: 4171, datum: france})
	add(System{Code: 2154, Name: "RGF93 v1 / Lambert-93", datum: france, method: conic, lat0: 46.5, lon0: 3, lat1: 49, lat2: 44, east: 700_000, north: 6_600_000})
	for zone := 1; zone <= 9; zone++ {
		lat := float64(41 + zone)
		add(System{Code: 3941 + zone, Name: fmt.Sprintf("RGF93 v1 / CC%d", 41+zone), datum: france, method: conic, lat0: lat, lon0: 3,
			lat1: lat - 0.75, lat2: lat + 0.75, east: 1_700_000, north: float64(zone)*1_000_000 + 200_000})
	}
	add(System{Code: 4749, datum: caledonia})
	add(System{Code: 3163, Name: "RGNC91-93 / Lambert New Caledonia", datum: caledonia, method: conic, lat0: -21.5, lon0: 166,
		lat1: -(20 + 40.0/60), lat2: -(22 + 20.0/60), east: 400_000, north: 300_000})
	for _, overseas := range []struct {
		geographic, projected int
		datum                 datum
		zone                  int // of UTM, negative in the south
	}{
		{5489, 5490, datum{"RGAF09", "Reseau Geodesique des Antilles Francaises 2009", grs80}, 20},
		{4624, 2972, datum{"RGFG95", "Reseau Geodesique Francais Guyane 1995", grs80}, 22},
		{4627, 2975, datum{"RGR92", "Reseau Geodesique de la Reunion 1992", grs80}, -40},
		{4470, 4471, datum{"RGM04", "Reseau Geodesique de Mayotte 2004", grs80}, -38},
		{4463, 4467, datum{"RGSPM06", "Reseau Geodesique de Saint Pierre et Miquelon 2006", grs80}, 21},
		{4687, 3296, polynesia, -5}, {4687, 3297, polynesia, -6}, {4687, 3298, polynesia, -7}, {4687, 3299, polynesia, -8},
	} {
		add(System{Code: overseas.geographic, datum: overseas.datum})
		add(utm(overseas.projected, overseas.datum, overseas.zone))
	}
	for zone := 1; zone <= 60; zone++ {
		add(utm(32600+zone, world, zone))
		add(utm(32700+zone, world, -zone))
		if zone >= 28 && zone <= 38 {
			add(utm(25800+zone, europe, zone))
		}
	}
	return list
}

// utm is a zone of the Universal Transverse Mercator grid, negative in the south.
func utm(code int, d datum, zone int) System {
	s := System{Code: code, Name: fmt.Sprintf("%s / UTM zone %dN", d.system, zone), datum: d, method: transverse, scale: 0.9996, east: 500_000}
	if zone < 0 {
		zone = -zone
		s.Name, s.north = fmt.Sprintf("%s / UTM zone %dS", d.system, zone), 10_000_000
	}
	s.lon0 = float64(6*zone - 183)
	return s
}

// prepare computes what does not depend on the point.
func (s *System) prepare() {
	switch s.method {
	case geographic:
		s.Name = s.datum.system
	case conic:
		s.forward = s.conic()
	case transverse:
		s.forward = s.transverse()
	case web:
		a := s.datum.ellipsoid.a
		s.forward = func(lon, lat float64) (float64, float64) { // section 3.2.1.2: a sphere, whatever the ellipsoid
			return a * lon, a * math.Log(math.Tan(math.Pi/4+lat/2))
		}
	}
}

// Geographic reports whether coordinates stay degrees of longitude and latitude.
func (s System) Geographic() bool { return s.forward == nil }

// Project turns degrees into the coordinates of the system, east before north. It reports false for a point that the
// projection cannot show, a pole for most of them.
func (s System) Project(lon, lat float64) (x, y float64, ok bool) {
	if s.forward == nil {
		return lon, lat, true
	}
	x, y = s.forward(lon*math.Pi/180, lat*math.Pi/180)
	const most = 1e8 // metres: nothing on Earth is farther
	return x, y, math.Abs(x) < most && math.Abs(y) < most
}

// conic is the Lambert Conic Conformal projection with two standard parallels (section 3.1.1.1).
func (s *System) conic() func(lon, lat float64) (float64, float64) {
	a, e := s.datum.ellipsoid.a, math.Sqrt(s.datum.ellipsoid.squared())
	radians := func(degrees float64) float64 { return degrees * math.Pi / 180 }
	m := func(lat float64) float64 {
		return math.Cos(lat) / math.Sqrt(1-e*e*math.Sin(lat)*math.Sin(lat))
	}
	t := func(lat float64) float64 {
		return math.Tan(math.Pi/4-lat/2) / math.Pow((1-e*math.Sin(lat))/(1+e*math.Sin(lat)), e/2)
	}
	lat0, lat1, lat2, lon0 := radians(s.lat0), radians(s.lat1), radians(s.lat2), radians(s.lon0)
	n := (math.Log(m(lat1)) - math.Log(m(lat2))) / (math.Log(t(lat1)) - math.Log(t(lat2)))
	f := m(lat1) / (n * math.Pow(t(lat1), n))
	origin := a * f * math.Pow(t(lat0), n)
	return func(lon, lat float64) (float64, float64) {
		r, theta := a*f*math.Pow(t(lat), n), n*turn(lon-lon0)
		return s.east + r*math.Sin(theta), s.north + origin - r*math.Cos(theta)
	}
}

// transverse is the Transverse Mercator projection by the series of Krüger, with an origin on the equator (section
// 3.2.3.1, "JHS formulas").
func (s *System) transverse() func(lon, lat float64) (float64, float64) {
	e := math.Sqrt(s.datum.ellipsoid.squared())
	n := 1 / (2*s.datum.ellipsoid.inverse - 1)
	n2, n3, n4 := n*n, n*n*n, n*n*n*n
	b := s.datum.ellipsoid.a / (1 + n) * (1 + n2/4 + n4/64)
	h := [4]float64{n/2 - 2.0/3*n2 + 5.0/16*n3 + 41.0/180*n4, 13.0/48*n2 - 3.0/5*n3 + 557.0/1440*n4, 61.0/240*n3 - 103.0/140*n4, 49561.0 / 161280 * n4}
	lon0 := s.lon0 * math.Pi / 180
	return func(lon, lat float64) (float64, float64) {
		q := math.Asinh(math.Tan(lat)) - e*math.Atanh(e*math.Sin(lat))
		beta := math.Atan(math.Sinh(q))
		away := turn(lon - lon0)
		if math.Abs(away) > math.Pi/2 { // the other side of the Earth, which the formula would fold back
			return math.Inf(1), math.Inf(1)
		}
		eta0 := math.Atanh(math.Cos(beta) * math.Sin(away))
		xi0 := math.Asin(math.Sin(beta) * math.Cosh(eta0))
		xi, eta := xi0, eta0
		for i, coefficient := range h {
			k := float64(2 * (i + 1))
			xi += coefficient * math.Sin(k*xi0) * math.Cosh(k*eta0)
			eta += coefficient * math.Cos(k*xi0) * math.Sinh(k*eta0)
		}
		return s.east + s.scale*b*eta, s.north + s.scale*b*xi
	}
}

// turn brings a difference of longitudes between -π and π.
func turn(angle float64) float64 { return math.Remainder(angle, 2*math.Pi) }

// WKT describes the system as the .prj of a shapefile does (OGC 01-009, with the names of Esri).
func (s System) WKT() string {
	e := s.datum.ellipsoid
	word := func(name string) string { return strings.NewReplacer(" / ", "_", " ", "_").Replace(name) }
	base := fmt.Sprintf(`GEOGCS["GCS_%s",DATUM["D_%s",SPHEROID["%s",%s,%s]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]`,
		word(s.datum.system), word(s.datum.name), word(e.name), decimal(e.a), decimal(e.inverse))
	if s.Code == WGS84 || s.datum.ellipsoid == wgs84 {
		base = strings.NewReplacer("GCS_WGS_84", "GCS_WGS_1984", "D_World_Geodetic_System_1984", "D_WGS_1984", `"WGS_84"`, `"WGS_1984"`).Replace(base)
	}
	if s.forward == nil {
		return base
	}
	projection, parameters := "", []string{"False_Easting", decimal(s.east), "False_Northing", decimal(s.north), "Central_Meridian", decimal(s.lon0)}
	switch s.method {
	case conic:
		projection = "Lambert_Conformal_Conic"
		parameters = append(parameters, "Standard_Parallel_1", decimal(s.lat1), "Standard_Parallel_2", decimal(s.lat2), "Latitude_Of_Origin", decimal(s.lat0))
	case transverse:
		projection = "Transverse_Mercator"
		parameters = append(parameters, "Scale_Factor", decimal(s.scale), "Latitude_Of_Origin", decimal(s.lat0))
	case web:
		projection = "Mercator_Auxiliary_Sphere"
		parameters = append(parameters, "Standard_Parallel_1", "0.0", "Auxiliary_Sphere_Type", "0.0")
	}
	text := fmt.Sprintf(`PROJCS["%s",%s,PROJECTION["%s"]`, word(s.Name), base, projection)
	for i := 0; i < len(parameters); i += 2 {
		text += fmt.Sprintf(`,PARAMETER["%s",%s]`, parameters[i], parameters[i+1])
	}
	return text + `,UNIT["Meter",1.0]]`
}

func decimal(v float64) string {
	text := strconv.FormatFloat(v, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}
