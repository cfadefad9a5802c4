package french

import (
	"strings"
)

// A Place is a territory of a [Level]: its code and its name.
type Place struct{ Code, Name string }

// A Level is a division of the country whose list is official: the départements, the académies, the regions, or the zones of
// the school holidays.
type Level struct {
	Name   string  // that of the concept: "departement", "academie", "region"; or "zone"
	Places []Place // by code, as codes are sorted
	index  map[string]int
}

// Levels returns the levels, the finest first, and the zones last.
//
// Source: Insee, official geographic code; code de l’éducation; the ministry’s school calendar, whose zones are A, B, C, and one
// for Corsica and for each territory overseas that has rectors of its own.
func Levels() []Level {
	departements := level("departement", departementList())
	academies := make([]Place, 0, 30)
	for _, a := range Academies() {
		academies = append(academies, Place{a.Code, a.Name})
	}
	regions := make([]Place, 0, 18)
	for _, r := range Regions() {
		regions = append(regions, Place(r))
	}
	ofAcademies := level("academie", academies)
	for _, merged := range []string{"05", "21", "caen", "rouen"} { // Normandie, before 2020
		ofAcademies.index[merged] = ofAcademies.index["normandie"]
	}
	zones := level("zone", []Place{{"A", "Zone A"}, {"B", "Zone B"}, {"C", "Zone C"}, {"", "Corse"}, {"", "Guadeloupe"}, {"", "Guyane"}, {"", "Martinique"}, {"", "Mayotte"}, {"", "La Réunion"}})
	return []Level{departements, ofAcademies, level("region", regions), zones}
}

func level(name string, places []Place) Level {
	l := Level{Name: name, Places: places, index: map[string]int{}}
	for i, p := range places {
		if p.Code != "" {
			l.index[levelKey(p.Code)] = i
		}
		l.index[levelKey(p.Name)] = i
	}
	return l
}

// Find returns which of the places a value names, by its name or by its code in any of its forms, even one that lost its zero; -1
// for none.
func (l Level) Find(value string) int {
	for _, key := range []string{levelKey(value), levelKey("0" + strings.TrimSpace(value)), strings.ToLower(shortDepartement(compact(value)))} {
		if i, ok := l.index[key]; ok {
			return i
		}
	}
	return -1
}

// levelKey is a name without case, accents, punctuation and the article before it.
func levelKey(s string) string {
	words := strings.FieldsFunc(Fold(s), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	if len(words) > 1 && (words[0] == "la" || words[0] == "academie") {
		words = words[1:]
	}
	return strings.Join(words, " ")
}

// departementList is the 101 départements.
func departementList() []Place {
	var list []Place
	for _, line := range strings.Split(strings.TrimSpace(departementNames), "\n") {
		for _, entry := range strings.Split(line, ", ") {
			code, name, _ := strings.Cut(entry, " ")
			list = append(list, Place{code, name})
		}
	}
	return list
}

const departementNames = `
01 Ain, 02 Aisne, 03 Allier, 04 Alpes-de-Haute-Provence, 05 Hautes-Alpes, 06 Alpes-Maritimes, 07 Ardèche, 08 Ardennes, 09 Ariège
10 Aube, 11 Aude, 12 Aveyron, 13 Bouches-du-Rhône, 14 Calvados, 15 Cantal, 16 Charente, 17 Charente-Maritime, 18 Cher, 19 Corrèze
21 Côte-d’Or, 22 Côtes-d’Armor, 23 Creuse, 24 Dordogne, 25 Doubs, 26 Drôme, 27 Eure, 28 Eure-et-Loir, 29 Finistère, 2A Corse-du-Sud, 2B Haute-Corse
30 Gard, 31 Haute-Garonne, 32 Gers, 33 Gironde, 34 Hérault, 35 Ille-et-Vilaine, 36 Indre, 37 Indre-et-Loire, 38 Isère, 39 Jura
40 Landes, 41 Loir-et-Cher, 42 Loire, 43 Haute-Loire, 44 Loire-Atlantique, 45 Loiret, 46 Lot, 47 Lot-et-Garonne, 48 Lozère, 49 Maine-et-Loire
50 Manche, 51 Marne, 52 Haute-Marne, 53 Mayenne, 54 Meurthe-et-Moselle, 55 Meuse, 56 Morbihan, 57 Moselle, 58 Nièvre, 59 Nord
60 Oise, 61 Orne, 62 Pas-de-Calais, 63 Puy-de-Dôme, 64 Pyrénées-Atlantiques, 65 Hautes-Pyrénées, 66 Pyrénées-Orientales, 67 Bas-Rhin, 68 Haut-Rhin, 69 Rhône
70 Haute-Saône, 71 Saône-et-Loire, 72 Sarthe, 73 Savoie, 74 Haute-Savoie, 75 Paris, 76 Seine-Maritime, 77 Seine-et-Marne, 78 Yvelines, 79 Deux-Sèvres
80 Somme, 81 Tarn, 82 Tarn-et-Garonne, 83 Var, 84 Vaucluse, 85 Vendée, 86 Vienne, 87 Haute-Vienne, 88 Vosges, 89 Yonne
90 Territoire de Belfort, 91 Essonne, 92 Hauts-de-Seine, 93 Seine-Saint-Denis, 94 Val-de-Marne, 95 Val-d’Oise
971 Guadeloupe, 972 Martinique, 973 Guyane, 974 La Réunion, 976 Mayotte
`
