package french

import (
	"slices"
	"strings"
)

// An AcademyRecord is one of the thirty académies, with the départements that it covers.
type AcademyRecord struct {
	Code         string // of the ministry, two digits
	Name         string
	Region       string   // code of the région académique, that of the region of the same ground
	Departements []string // codes of the official geographic code
}

// A RegionRecord is one of the eighteen regions.
type RegionRecord struct{ Code, Name string }

// Regions returns the regions by code.
//
// Source: Insee, official geographic code, since 2016.
func Regions() []RegionRecord {
	return []RegionRecord{{"01", "Guadeloupe"}, {"02", "Martinique"}, {"03", "Guyane"}, {"04", "La Réunion"}, {"06", "Mayotte"}, {"11", "Île-de-France"},
		{"24", "Centre-Val de Loire"}, {"27", "Bourgogne-Franche-Comté"}, {"28", "Normandie"}, {"32", "Hauts-de-France"}, {"44", "Grand Est"},
		{"52", "Pays de la Loire"}, {"53", "Bretagne"}, {"75", "Nouvelle-Aquitaine"}, {"76", "Occitanie"}, {"84", "Auvergne-Rhône-Alpes"},
		{"93", "Provence-Alpes-Côte d’Azur"}, {"94", "Corse"}}
}

// Academies returns the académies by code, as they are since January 2020, when Caen and Rouen became Normandie.
//
// Source: code de l’éducation, articles R222-2 and following; codes of the ministry’s nomenclature N_ACADEMIE.
func Academies() []AcademyRecord {
	list := make([]AcademyRecord, 0, 30)
	for _, line := range []string{
		"01 11 Paris: 75", "02 93 Aix-Marseille: 04 05 13 84", "03 27 Besançon: 25 39 70 90", "04 75 Bordeaux: 24 33 40 47 64",
		"06 84 Clermont-Ferrand: 03 15 43 63", "07 27 Dijon: 21 58 71 89", "08 84 Grenoble: 07 26 38 73 74", "09 32 Lille: 59 62",
		"10 84 Lyon: 01 42 69", "11 76 Montpellier: 11 30 34 48 66", "12 44 Nancy-Metz: 54 55 57 88", "13 75 Poitiers: 16 17 79 86",
		"14 53 Rennes: 22 29 35 56", "15 44 Strasbourg: 67 68", "16 76 Toulouse: 09 12 31 32 46 65 81 82", "17 52 Nantes: 44 49 53 72 85",
		"18 24 Orléans-Tours: 18 28 36 37 41 45", "19 44 Reims: 08 10 51 52", "20 32 Amiens: 02 60 80", "22 75 Limoges: 19 23 87",
		"23 93 Nice: 06 83", "24 11 Créteil: 77 93 94", "25 11 Versailles: 78 91 92 95", "27 94 Corse: 2A 2B", "28 04 La Réunion: 974",
		"31 02 Martinique: 972", "32 01 Guadeloupe: 971 977 978", "33 03 Guyane: 973", "43 06 Mayotte: 976", "70 28 Normandie: 14 27 50 61 76",
	} {
		head, departements, _ := strings.Cut(line, ": ")
		list = append(list, AcademyRecord{Code: head[:2], Region: head[3:5], Name: head[6:], Departements: strings.Fields(departements)})
	}
	return list
}

// AcademyOf returns the académie of a département, in any of the forms that [Departement] accepts, and whether it has one:
// Saint-Pierre-et-Miquelon and the Pacific have vice-rectorats.
func AcademyOf(departement string) (AcademyRecord, bool) {
	code := shortDepartement(compact(departement))
	for _, a := range Academies() {
		if slices.Contains(a.Departements, code) {
			return a, true
		}
	}
	return AcademyRecord{}, false
}

// shortDepartement is the code of the official geographic code for one of the ministry: 035 is 35, 620 is 2A, 720 is 2B.
func shortDepartement(code string) string {
	switch {
	case code == "620":
		return "2A"
	case code == "720":
		return "2B"
	case len(code) == 3 && code[0] == '0':
		return code[1:]
	}
	return code
}

// Academie checks an académie, by its code of two digits or by its name. Caen and Rouen, merged in 2020, are answered with
// Normandie.
func Academie(s string) Verdict {
	code := compact(s)
	if code == "05" || code == "21" || Fold(strings.TrimSpace(s)) == "caen" || Fold(strings.TrimSpace(s)) == "rouen" {
		v := invalid("cette académie fait partie de celle de Normandie depuis 2020", "this académie has been part of that of Normandie since 2020")
		if v.Suggestion = "Normandie"; allDigits(code) {
			v.Suggestion = "70"
		}
		return v
	}
	if len(code) == 1 && Academie("0"+code).Valid {
		v := invalid("il manque le zéro du début", "the leading zero is missing")
		v.Suggestion = "0" + code
		return v
	}
	for _, a := range Academies() {
		switch {
		case a.Code == code:
			return valid(code)
		case namesPlace(s, a.Name):
			return valid(a.Name)
		}
	}
	return invalid("« %s » n’est pas une académie", "“%s” is not an académie", short(s))
}

// Region checks a region, by its code of two digits or by its name.
func Region(s string) Verdict {
	code := compact(s)
	if len(code) == 1 && Region("0"+code).Valid {
		v := invalid("il manque le zéro du début", "the leading zero is missing")
		v.Suggestion = "0" + code
		return v
	}
	for _, r := range Regions() {
		switch {
		case r.Code == code:
			return valid(code)
		case namesPlace(s, r.Name):
			return valid(r.Name)
		}
	}
	return invalid("« %s » n’est pas une région", "“%s” is not a region", short(s))
}

// namesPlace compares two names of a place, whatever the case, the accents, the hyphens and an article before it.
func namesPlace(s, name string) bool { return placeKey(s) == placeKey(name) }

func placeKey(s string) string {
	key := strings.Join(strings.FieldsFunc(Fold(s), func(r rune) bool { return r == ' ' || r == '-' || r == '\'' || r == '\u00a0' }), " ")
	return strings.TrimPrefix(key, "la ")
}

// short keeps a message readable, whatever was sent.
func short(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}
