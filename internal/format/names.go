package format

import (
	"slices"
	"strings"

	"socle/internal/schema"
)

// The words of technical names that say what a column holds, whatever its values look like.
var (
	codeWords = []string{"code", "codes", "uai", "rne", "siret", "siren", "insee", "cog", "ine", "nir", "numen", "finess", "cp", "mef", "rna",
		"naf", "ape", "uuid", "matricule", "identifiant", "postal", "postale", "telephone", "tel", "phone", "fax", "isbn", "ean", "iban"}
	codeFirst   = []string{"id", "num", "numero", "no", "n", "ref", "reference", "cle", "nomenclature"}
	placeWords  = []string{"departement", "dep", "dept"}
	countWords  = []string{"nombre", "nb", "nbre", "effectif", "effectifs", "total", "count", "number", "montant", "somme", "quantite", "qte", "taux", "age", "rang", "niveau", "note", "score", "duree", "capacite", "places"}
	geoWords    = []string{"geo", "point", "position", "coordonnees", "coordonnee", "coords", "coord", "latlon", "latlong", "localisation", "location", "wgs84", "geopoint", "gps", "geolocalisation", "geom", "geometry", "geoshape"}
	latitudes   = []string{"latitude", "lat", "y_wgs84", "wgs84_y", "lat_wgs84"}
	longitudes  = []string{"longitude", "lon", "lng", "long", "x_wgs84", "wgs84_x", "lon_wgs84"}
	neverCodes  = []string{"numerique", "numeriques", "numerateur", "numeraire"}
	personWords = map[string]string{"ine": "ine", "nir": "nir", "nss": "nir", "numen": "numen", "mail": "email", "mails": "email", "email": "email",
		"emails": "email", "courriel": "email", "courriels": "email", "mel": "email", "telephone": "phone", "telephones": "phone", "tel": "phone",
		"phone": "phone", "portable": "phone", "mobile": "phone", "gsm": "phone", "fax": "phone"}
)

// words cuts a technical name.
func words(name string) []string { return strings.Split(name, "_") }

func anyWord(name string, list []string) bool {
	return slices.ContainsFunc(words(name), func(w string) bool { return slices.Contains(list, w) })
}

// saysCount reports whether a name announces a quantity.
func saysCount(name string) bool { return anyWord(name, countWords) }

// saysCode reports whether a name announces a code: digits that are not a quantity.
func saysCode(name string) bool {
	if saysCount(name) {
		return false
	}
	parts := words(name)
	first := parts[0]
	switch {
	case anyWord(name, codeWords), slices.Contains(codeFirst, first), slices.Contains(parts, "id"), slices.Contains(placeWords, first):
		return true
	case strings.HasPrefix(first, "num") && !slices.Contains(neverCodes, first):
		return true
	}
	return strings.HasPrefix(first, "code") || strings.HasSuffix(name, "_num") || strings.HasSuffix(name, "_numero")
}

func saysPlace(name string) bool { return anyWord(name, geoWords) }

// saysPerson returns which personal identifier a name announces, "" for none.
func saysPerson(name string) string {
	if saysCount(name) {
		return ""
	}
	for _, w := range words(name) {
		if concept := personWords[w]; concept != "" {
			return concept
		}
	}
	return ""
}

// pairsOf finds the columns that are a latitude and its longitude: the same name but for that word.
func pairsOf(names []string) []Pair {
	var pairs []Pair
	for i, name := range names {
		for k, latitude := range latitudes {
			rest, ok := without(name, latitude)
			if !ok {
				continue
			}
			for j, other := range names {
				if k < len(longitudes) && j != i && sameRest(other, rest) {
					pairs = append(pairs, Pair{Latitude: i, Longitude: j})
				}
			}
			break
		}
	}
	return pairs
}

func sameRest(name, rest string) bool {
	for _, longitude := range longitudes {
		if r, ok := without(name, longitude); ok && r == rest {
			return true
		}
	}
	return false
}

// without takes a word off a name, at one of its ends or alone.
func without(name, word string) (rest string, ok bool) {
	switch {
	case name == word:
		return "", true
	case strings.HasPrefix(name, word+"_"):
		return name[len(word)+1:], true
	case strings.HasSuffix(name, "_"+word):
		return name[:len(name)-len(word)-1], true
	}
	return "", false
}

// technicalNames are the names of the columns of a table.
func (t *Table) technicalNames() []string { return schema.Names(t.Header) }
