package demo

import (
	"fmt"
	"time"

	"socle/internal/asset"
)

// sections are the sports sections of a school year, as schools fill them in: with mistakes that the schema finds. Those of
// 2024 set the rows at fault aside, those of 2025 are published as they are, and the page says what is wrong.
func (w *world) sections(year int) Dataset {
	sports := []string{"Athlétisme", "Balle au filet", "Basket-ball", "Football", "Handball", "Judo", "Natation", "Rugby", "Voile"}
	t := table{header: []string{"uai", "etablissement", "sport", "code_commune", "ouverte_le", "filles", "garcons", "total", "heures", "courriel"}}
	r := w.draw(fmt.Sprint("sections ", year))
	for _, s := range w.schools {
		if s.nature != "340" && s.nature != "302" || r.IntN(3) == 0 {
			continue
		}
		girls, boys := 6+r.IntN(14), 6+r.IntN(14)
		var total, hours any = girls + boys, 3 + float64(r.IntN(6))/2
		uai, sport := s.uai, sports[r.IntN(len(sports))]
		mail := any(fmt.Sprintf("section-%d@demo.example", len(t.rows)+1))
		switch r.IntN(14) {
		case 0:
			total = girls + boys + 1 + r.IntN(5) // not the sum
		case 1:
			sport = []string{"Curling", "natation", "Hand-ball"}[r.IntN(3)]
		case 2:
			hours = 20 + r.IntN(20) // of the year rather than the week
		case 3:
			uai = uai[:7] // its letter is lost
		case 4:
			mail = "à demander au secrétariat"
		}
		t.add(uai, s.name, sport, s.commune.code, time.Date(1990+r.IntN(34), time.September, 1, 0, 0, 0, 0, time.UTC), girls, boys, total, hours, mail)
	}
	t.rows = append(t.rows, t.rows[1]) // sent twice
	policy, says := "warn", "Le fichier est publié tel que les établissements l’ont rempli : la page dit ce qui s’écarte du schéma, et où."
	if year == 2024 {
		policy, says = "quarantine", "Les lignes qui s’écartent du schéma sont mises de côté : elles sont dans la quarantaine de la version, avec la consigne pour les corriger."
	}
	return Dataset{
		Org: "academie-saint-aurele",
		Dataset: asset.Dataset{
			Asset: asset.Asset{ID: fmt.Sprintf("sections-sportives-%d", year)}, Title: fmt.Sprintf("Sections sportives scolaires, rentrée %d", year),
			Description: joinLines("Les sections sportives des collèges et des lycées : l’établissement, le sport, les élèves inscrits et les heures par semaine.",
				"## Comment c’est produit\n\nChaque établissement remplit une ligne par section, d’après le schéma « Sections sportives scolaires ». "+says, invented),
			Keywords: []string{"sections sportives", "sport scolaire", "collèges", "lycées"}, Themes: []string{"Sport"}, Frequency: "annual",
			CoverageStart: fmt.Sprintf("%d-09-01", year), CoverageEnd: fmt.Sprintf("%d-07-04", year+1), Spatial: "Région " + Region, Contact: "sections@demo.example",
			Fields: schoolFields(map[string]asset.FieldDoc{
				"etablissement": {Label: "Établissement"}, "sport": {Label: "Sport", Facet: &yes}, "code_commune": {Label: "Code commune"},
				"ouverte_le": {Label: "Ouverte le"}, "filles": {Label: "Filles", Unit: "élèves"}, "garcons": {Label: "Garçons", Unit: "élèves"},
				"total": {Label: "Total", Unit: "élèves"}, "heures": {Label: "Heures par semaine", Unit: "heures"}, "courriel": {Label: "Courriel de la section"},
			}),
		},
		Files: []File{{Name: fmt.Sprintf("sections-sportives-%d.csv", year), Data: t.csv(dialect{delimiter: ";"}, nil), Note: fmt.Sprintf("Rentrée %d.", year)}},
		Rules: Rules{Schema: "academie-saint-aurele/sections-sportives", Policy: policy},
	}
}
