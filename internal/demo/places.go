package demo

import (
	"fmt"
	"math"
	"strings"

	"socle/internal/asset"
)

func (w *world) population() Dataset {
	t := table{header: []string{"Code commune", "Commune", "Code département", "Département", "Code région", "Année", "Population", "Moins de 20 ans", "Superficie (km²)"}}
	r := w.draw("population")
	for _, c := range w.communes {
		area := round(6+60*r.Float64(), 2)
		for year := 2019; year <= 2024; year++ {
			people := int(float64(c.population) * (1 + 0.004*float64(year-2024)))
			t.add(c.code, c.name, c.departement.code, c.departement.name, regionCode, year, people, int(float64(people)*(0.19+0.08*r.Float64())), area)
		}
	}
	return Dataset{
		Org: "region-vallombrie",
		Dataset: asset.Dataset{
			Asset: asset.Asset{ID: "population-communes"}, Title: "Population des communes de la " + Region,
			Description: joinLines("La population de chaque commune de 2019 à 2024, celle de moins de vingt ans, et la superficie : de quoi rapporter les autres chiffres au nombre d’habitants.", invented),
			Keywords:    []string{"population", "communes", "démographie"}, Themes: []string{"Territoires"}, Frequency: "annual",
			CoverageStart: "2019", CoverageEnd: "2024", Spatial: "Région " + Region, Key: []string{"code_commune", "annee"}, Contact: "territoires@demo.example",
			Fields: map[string]asset.FieldDoc{"population": {Label: "Population", Unit: "habitants"}, "departement": {Label: "Département", Facet: &yes}, "annee": {Label: "Année", Facet: &yes}},
		},
		Files: []File{{Name: "population.tsv", Data: t.csv(dialect{delimiter: "\t", comma: true}, nil)}},
	}
}

func (w *world) buses() Dataset {
	t := table{header: []string{"ligne", "depart", "arrivee", "departement", "longueur_km", "arrets", "eleves_transportes", "jours"}}
	var lines []string
	r := w.draw("buses")
	for i, from := range w.communes {
		to := w.communes[40*(i/40)+r.IntN(3)] // towards one of the three largest communes of the département
		if from.code == to.code {
			continue
		}
		var path []string
		for step := range 6 {
			k := float64(step) / 5
			bend := 0.012 * math.Sin(math.Pi*k) * r.NormFloat64()
			path = append(path, fmt.Sprintf("[%.5f,%.5f]", from.lon+k*(to.lon-from.lon)+bend, from.lat+k*(to.lat-from.lat)-bend))
		}
		km := 111 * math.Hypot(to.lat-from.lat, 0.7*(to.lon-from.lon))
		t.add(fmt.Sprintf("%s-%02d", from.departement.code, i%40+1), from.name, to.name, from.departement.name, round(1.3*km, 1), 3+r.IntN(14), 12+r.IntN(48),
			[]string{"lundi à vendredi", "lundi, mardi, jeudi, vendredi"}[r.IntN(2)])
		lines = append(lines, `{"type":"LineString","coordinates":[`+strings.Join(path, ",")+`]}`)
	}
	return Dataset{
		Org: "region-vallombrie",
		Dataset: asset.Dataset{
			Asset: asset.Asset{ID: "lignes-transport-scolaire"}, Title: "Lignes de transport scolaire",
			Description: joinLines("Le tracé de chaque ligne de car scolaire, d’une commune vers le collège ou le lycée le plus proche, avec sa longueur, ses arrêts et les élèves transportés.", invented),
			Keywords:    []string{"transport scolaire", "cars", "mobilité"}, Themes: []string{"Territoires", "Vie scolaire"}, Frequency: "annual",
			CoverageStart: "2025-09", CoverageEnd: "2026-07", Spatial: "Région " + Region, Key: []string{"ligne"}, Contact: "transports@demo.example",
			Fields: map[string]asset.FieldDoc{"longueur_km": {Label: "Longueur", Unit: "km"}, "departement": {Label: "Département", Facet: &yes}, "jours": {Label: "Jours", Facet: &yes}},
		},
		Files: []File{{Name: "lignes.geojson", Data: t.geojson(func(row int) string { return lines[row] })}},
	}
}
