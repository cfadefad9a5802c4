package validate

import (
	"encoding/json"
	"regexp"
	"strings"

	"socle/internal/french"
	"socle/internal/french/outlines"
	"socle/internal/i18n"
)

// gps is french-gps-coordinates: a text [lon,lat] of a place of France.
func (k *checker) gps() {
	r := simpleRule("french-gps-coordinates", i18n.T("Coordonnées en France", "Coordinates in France"), i18n.T("n’est pas un point de France écrit [longitude,latitude]", "is not a point of France written [longitude,latitude]"),
		i18n.T("Écrivez la longitude puis la latitude entre crochets : [-1.68,48.11].", "Write the longitude then the latitude between brackets: [-1.68,48.11]."))
	r.reason = func(cell string) i18n.Text {
		if lon, lat, ok := pointOf("array", []byte(cell)); ok && inFrance(lat, lon) {
			return i18n.T("la longitude et la latitude sont inversées", "the longitude and the latitude are swapped")
		}
		return i18n.Text{}
	}
	k.cell(r, false, func(v []byte, o *value) bool {
		lon, lat, ok := pointOf("array", v)
		return ok && inFrance(lon, lat)
	})
}

// inFrance reports whether a point is in the box of metropolitan France or of an overseas territory.
func inFrance(lon, lat float64) bool {
	for _, b := range franceBoxes {
		if b.holds(lon, lat) {
			return true
		}
	}
	return false
}

var yearInterval = regexp.MustCompile(`^(\d{4})/(\d{4})$`)

// yearInterval is YYYY/YYYY, the second not before the first; YYYY alone when the schema allows it.
func (k *checker) yearInterval() {
	alone := string(k.check.Params.Get("allow-year-only")) == "true" || strings.EqualFold(k.check.Params.Text("allow-year-only"), "true") || strings.EqualFold(k.check.Params.Text("allow-year-only"), "yes")
	k.cell(simpleRule("year-interval", i18n.T("Période en années", "Period in years"), i18n.T("n’est pas une période de la forme AAAA/AAAA", "is not a period of the form YYYY/YYYY"),
		i18n.T("Écrivez la première et la dernière année : 2020/2024.", "Write the first and the last year: 2020/2024.")), false, func(v []byte, o *value) bool {
		if alone && len(v) == 4 && onlyDigits(v) {
			return true
		}
		m := yearInterval.FindSubmatch(v)
		return m != nil && string(m[1]) <= string(m[2])
	})
}

// The words of opening hours in OpenStreetMap.
//
// Source: https://wiki.openstreetmap.org/wiki/Key:opening_hours/specification; what is checked is the words and the times,
// not that a rule means something.
var hoursWord = regexp.MustCompile(`^(?:(?:Mo|Tu|We|Th|Fr|Sa|Su|PH|SH|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|week|easter|off|closed|open|unknown|24/7|sunrise|sunset|dawn|dusk)|(?:[01]?\d|2[0-8]):[0-5]\d|\d{1,4}|"[^"]*"|\|\||[-+,;:/\[\]() ])`)

func openingHours(v []byte, o *value) bool {
	rest := strings.TrimSpace(string(v))
	said := false
	for rest != "" {
		m := hoursWord.FindString(rest)
		if m == "" {
			return false
		}
		said = said || len(m) > 1
		rest = rest[len(m):]
	}
	return said
}

// The nine subjects of the nomenclature of acts sent to the prefect.
//
// Source: nomenclature @ctes, first level.
var subjects = []string{"commande publique", "urbanisme", "domaine et patrimoine", "fonction publique", "institutions et vie politique",
	"libertes publiques et pouvoirs de police", "finances locales", "domaines de competences par themes", "autres domaines de competences"}

func nomenclatureActe(v []byte, o *value) bool {
	first, _, more := strings.Cut(string(v), "/")
	first = strings.Join(strings.Fields(french.Fold(first)), " ")
	for _, s := range subjects {
		if more && first == s {
			return true
		}
	}
	return false
}

// box is a rectangle of longitudes and latitudes, in degrees.
type box struct{ west, south, east, north float64 }

func (b box) holds(lon, lat float64) bool {
	return lon >= b.west && lon <= b.east && lat >= b.south && lat <= b.north
}

// pointInTerritory is point-in-territory: a point (a geopoint, or lon and lat) is in the commune of the row, or near it; or in
// its département, which is written, or begins the code of a commune whose outline is not known.
func (k *checker) pointInTerritory() {
	fields, where := k.pointColumns()
	territory := k.column("territory", "commune", "departement")
	if k.wrong {
		return
	}
	p := k.program
	fields = append(fields, territory)
	k.row(rule{title: i18n.T("Point dans son territoire", "Point within its territory"), wrong: i18n.T("le point est hors de la commune ou du département de la ligne", "the point is out of the commune or the département of the row"),
		expect: i18n.T("Le point est dans le territoire que dit « %s ».", "The point is in the territory that “%s” says.", p.schema.Fields[territory].Name), fix: i18n.T("Vérifiez que la longitude et la latitude ne sont pas inversées, et que le code est le bon.", "Check that the longitude and the latitude are not swapped, and that the code is the right one.")},
		-1, fields, func(w *worker) bool {
			lon, lat, ok := where(w)
			if !ok || w.values[territory].state != good {
				return true
			}
			code := string(w.cell(territory))
			if inside, known := outlines.Within(code, lon, lat); known {
				return inside
			}
			inside, known := outlines.WithinDepartement(code, lon, lat)
			return inside || !known
		})
}

// pointColumns are the columns of a point, and how a row gives it.
func (k *checker) pointColumns() (fields []int, where func(w *worker) (lon, lat float64, ok bool)) {
	if k.check.Params.Text("lon") != "" {
		x, y := k.column("lon"), k.column("lat")
		return []int{x, y}, func(w *worker) (float64, float64, bool) {
			if w.values[x].state != good || w.values[y].state != good {
				return 0, 0, false
			}
			a, ok := w.rational(x)
			b, also := w.rational(y)
			if !ok || !also {
				return 0, 0, false
			}
			lon, _ := a.Float64()
			lat, _ := b.Float64()
			return lon, lat, true
		}
	}
	field := k.column("column")
	return []int{field}, func(w *worker) (float64, float64, bool) {
		if w.values[field].state != good {
			return 0, 0, false
		}
		v := w.cell(field)
		if json.Valid(v) && len(v) > 0 && v[0] == '[' {
			return pointOf("array", v)
		}
		return pointOf(w.run.program.fields[field].def.Format, v)
	}
}
