package demo

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"socle/internal/asset"
	"socle/internal/schema"
)

// levels are the classes of each kind of school.
var levels = map[string][]string{
	"101": {"Petite section", "Moyenne section", "Grande section"},
	"151": {"CP", "CE1", "CE2", "CM1", "CM2"},
	"340": {"6e", "5e", "4e", "3e"},
	"302": {"Seconde", "Première", "Terminale"},
	"320": {"Seconde professionnelle", "Première professionnelle", "Terminale professionnelle", "CAP"},
}

func (w *world) primary() Dataset {
	t := table{header: []string{"UAI", "École", "Commune", "Département", "Rentrée", "Niveau", "Élèves", "Classes"}}
	r := w.draw("primary")
	for _, s := range w.of("École") {
		for _, level := range levels[s.nature] {
			pupils := share(r, s.in(2025), len(levels[s.nature]))
			t.add(s.uai, s.name, s.commune.name, s.commune.departement.name, "2025", level, pupils, max(1, int(math.Round(float64(pupils)/23))))
		}
	}
	return Dataset{
		Org: "academie-saint-aurele",
		Dataset: asset.Dataset{
			Asset: asset.Asset{ID: "effectifs-premier-degre"}, Title: "Effectifs d’élèves des écoles maternelles et élémentaires, par niveau",
			Description: joinLines("Le nombre d’élèves et de classes de chaque école, par niveau, constaté à la rentrée.",
				"Le fichier d’origine vient d’un tableur ancien : il est écrit en Windows-1252, ce que la plateforme reconnaît.", invented),
			Keywords: []string{"effectifs", "élèves", "écoles", "premier degré"}, Themes: []string{"Élèves et effectifs"}, Frequency: "annual",
			CoverageStart: "2025-09-01", CoverageEnd: "2026-07-04", Spatial: "Académie de Saint-Aurèle", Key: []string{"uai", "rentree", "niveau"},
			Contact: "statistiques@demo.example",
			Fields: schoolFields(map[string]asset.FieldDoc{"niveau": {Label: "Niveau", Facet: &yes}, "rentree": {Label: "Rentrée", Facet: &yes},
				"eleves": {Label: "Élèves", Unit: "élèves"}}),
		},
		Files: []File{{Name: "effectifs-1d.csv", Data: t.csv(dialect{delimiter: ";", latin: true}, nil)}},
	}
}

// share draws the part of one class among n.
func share(r *rand.Rand, total, n int) int {
	return max(3, int(float64(total)/float64(n)*(0.85+0.3*r.Float64())))
}

func (w *world) secondary() Dataset {
	t := table{header: []string{"annee_scolaire", "uai", "nom", "type", "secteur", "code_departement", "departement", "niveau", "filles", "garcons", "total"}}
	r := w.draw("secondary")
	for year := 2022; year <= 2025; year++ {
		for _, s := range w.of("Collège", "Lycée") {
			for _, level := range levels[s.nature] {
				total := share(r, s.in(year), len(levels[s.nature]))
				girls := int(float64(total) * (0.42 + 0.14*r.Float64()))
				t.add(schoolYear(year), s.uai, s.name, s.kind, sector(s.private), s.commune.departement.code, s.commune.departement.name, level, girls, total-girls, total)
			}
		}
	}
	return Dataset{
		Org: "direction-statistiques",
		Dataset: asset.Dataset{
			Asset: asset.Asset{ID: "effectifs-second-degre"}, Title: "Effectifs d’élèves des collèges et lycées, par niveau et par sexe",
			Description: joinLines("Quatre rentrées, de 2022 à 2025 : les filles, les garçons et le total de chaque niveau, dans chaque collège et lycée.",
				"## À savoir\n\n- Le total est toujours la somme des filles et des garçons.\n- Les élèves sont comptés là où ils sont inscrits, une seule fois.", invented),
			Keywords: []string{"effectifs", "élèves", "collèges", "lycées", "second degré"}, Themes: []string{"Élèves et effectifs"}, Frequency: "annual",
			CoverageStart: "2022-09-01", CoverageEnd: "2026-07-04", Spatial: "Région " + Region, Key: []string{"annee_scolaire", "uai", "niveau"},
			Contact: "statistiques@demo.example", Source: "Constat de rentrée (fictif)",
			Fields: schoolFields(map[string]asset.FieldDoc{
				"annee_scolaire": {Label: "Année scolaire", Facet: &yes}, "type": {Label: "Type d’établissement", Facet: &yes}, "niveau": {Label: "Niveau", Facet: &yes},
				"garcons": {Label: "Garçons", Unit: "élèves"}, "filles": {Label: "Filles", Unit: "élèves"}, "total": {Label: "Total", Unit: "élèves"},
			}),
		},
		Files: []File{{Name: "effectifs-second-degre.csv", Data: t.csv(dialect{delimiter: ";"}, nil)}},
	}
}

func schoolYear(start int) string { return strconv.Itoa(start) + "-" + strconv.Itoa(start+1) }

// exam draws how many sit and pass, more often where families are better off.
func exam(r *rand.Rand, s school, year, part int) (sat, passed int) {
	sat = max(5, int(float64(s.in(year))/float64(part)*(0.9+0.15*r.Float64())))
	rate := 0.86 + 0.0028*(s.wealth-100) + 0.035*r.NormFloat64()
	return sat, int(math.Round(float64(sat) * math.Max(0.45, math.Min(1, rate))))
}

// brevet holds cells that do not fit: small groups hidden by a letter, a rate in words, a shifted row.
func (w *world) brevet() Dataset {
	t := table{header: []string{"Session", "UAI", "Collège", "Secteur", "Département", "Inscrits", "Présents", "Admis", "Taux de réussite", "Mention très bien"}}
	r := w.draw("brevet")
	for year := 2023; year <= 2026; year++ {
		for i, s := range w.of("Collège") {
			sat, passed := exam(r, s, year-1, 4)
			enrolled := sat + r.IntN(4)
			var rate, best any = round(100*float64(passed)/float64(sat), 1), int(float64(passed) * 0.3 * r.Float64())
			switch {
			case sat < 30:
				best = "secret"
			case i == 7 && year == 2025:
				rate = "quatre-vingt-dix"
			case i == 19 && year == 2025:
				rate = "93,4 % (provisoire)"
			case i == 23 && year == 2024:
				best = "à vérifier"
			}
			t.add(year, s.uai, s.name, sector(s.private), s.commune.departement.name, enrolled, sat, passed, rate, best)
		}
	}
	return Dataset{
		Org: "direction-enseignement",
		Dataset: asset.Dataset{
			Asset: asset.Asset{ID: "resultats-brevet"}, Title: "Résultats du diplôme national du brevet, par collège",
			Description: joinLines("Sessions 2023 à 2026 : inscrits, présents, admis, taux de réussite et mentions « très bien » de chaque collège.",
				"## À savoir\n\nQuelques cellules du fichier ne sont pas des nombres (« secret » pour les très petits groupes, taux provisoires). Elles sont vides dans les données, et listées dans le rapport de quarantaine de la version.", invented),
			Keywords: []string{"brevet", "DNB", "examens", "résultats", "collèges"}, Themes: []string{"Examens et résultats"}, Frequency: "annual",
			CoverageStart: "2023", CoverageEnd: "2026", Spatial: "Région " + Region, Key: []string{"session", "uai"}, Contact: "examens@demo.example",
			Fields: schoolFields(map[string]asset.FieldDoc{"session": {Label: "Session", Facet: &yes},
				"taux_de_reussite":  {Label: "Taux de réussite", Description: "Admis pour cent présents.", Unit: "%"},
				"mention_tres_bien": {Label: "Mentions très bien", Description: "Admis avec 16 ou plus de moyenne."}}),
		},
		Files: []File{{Name: "brevet.csv", Data: t.csv(dialect{delimiter: ";", comma: true, bom: true}, nil),
			Types: map[string]schema.Type{"taux_de_reussite": schema.Decimal, "mention_tres_bien": schema.Integer}}},
	}
}

func (w *world) baccalaureat() (Dataset, error) {
	t := table{header: []string{"Session", "UAI", "Lycée", "Voie", "Secteur", "Département", "Présents", "Admis", "Taux de réussite", "Taux attendu", "Valeur ajoutée", "Publié le"}}
	r := w.draw("baccalaureat")
	for year := 2023; year <= 2026; year++ {
		for _, s := range w.of("Lycée") {
			tracks := []string{"Générale", "Technologique"}
			if s.nature == "320" {
				tracks = []string{"Professionnelle"}
			}
			for _, track := range tracks {
				sat, passed := exam(r, s, year-1, 3*len(tracks))
				rate := round(100*float64(passed)/float64(sat), 1)
				expected := round(86+0.26*(s.wealth-100), 1)
				t.add(year, s.uai, s.name, track, sector(s.private), s.commune.departement.name, sat, passed, rate, expected, round(rate-expected, 1),
					time.Date(year+1, 3, 18, 0, 0, 0, 0, time.UTC))
			}
		}
	}
	data, err := t.xlsx("Résultats")
	return Dataset{
		Org: "direction-statistiques",
		Dataset: asset.Dataset{
			Asset: asset.Asset{ID: "resultats-baccalaureat"}, Title: "Résultats du baccalauréat et valeur ajoutée des lycées",
			Description: joinLines("Pour chaque lycée et chaque voie : présents, admis, taux de réussite, et l’écart avec le taux attendu d’après l’origine sociale des élèves.",
				"## Comment c’est produit\n\nLe taux attendu est celui d’élèves comparables dans l’ensemble de la région. La valeur ajoutée est la différence entre le taux constaté et le taux attendu : elle dit ce que le lycée apporte, et n’est pas un classement.", invented),
			Keywords: []string{"baccalauréat", "examens", "résultats", "lycées", "valeur ajoutée"}, Themes: []string{"Examens et résultats"}, Frequency: "annual",
			CoverageStart: "2023", CoverageEnd: "2026", Spatial: "Région " + Region, Key: []string{"session", "uai", "voie"}, Contact: "statistiques@demo.example",
			Fields: schoolFields(map[string]asset.FieldDoc{"session": {Label: "Session", Facet: &yes}, "voie": {Label: "Voie", Facet: &yes},
				"taux_de_reussite": {Label: "Taux de réussite", Unit: "%"}, "taux_attendu": {Label: "Taux attendu", Unit: "%"},
				"valeur_ajoutee": {Label: "Valeur ajoutée", Description: "Taux de réussite moins taux attendu.", Unit: "points"}}),
		},
		Files: []File{{Name: "baccalaureat.xlsx", Data: data}},
	}, err
}

func (w *world) socialPosition() Dataset {
	t := table{header: []string{"Rentrée scolaire", "UAI", "Nom du collège", "Code INSEE de la commune", "Commune", "Département", "Secteur", "IPS", "Écart-type de l’IPS"}}
	r := w.draw("social position")
	for year := 2023; year <= 2025; year++ {
		for _, s := range w.of("Collège") {
			t.add(schoolYear(year), s.uai, s.name, s.commune.code, s.commune.name, s.commune.departement.name, sector(s.private),
				round(s.wealth+1.5*r.NormFloat64(), 1), round(24+10*r.Float64(), 1))
		}
	}
	slices.SortStableFunc(t.rows, func(a, b []any) int { return len(a[4].(string)) - len(b[4].(string)) })
	return Dataset{
		Org: "direction-statistiques",
		Dataset: asset.Dataset{
			Asset: asset.Asset{ID: "indice-position-sociale-colleges"}, Title: "Indice de position sociale des collèges",
			Description: joinLines("L’indice de position sociale (IPS) résume les conditions de vie des élèves d’un collège d’après les professions de leurs parents : plus il est élevé, plus elles sont favorables.",
				"L’écart-type dit si les élèves se ressemblent : plus il est grand, plus le collège est mixte.", invented),
			Keywords: []string{"IPS", "mixité sociale", "collèges"}, Themes: []string{"Élèves et effectifs"}, Frequency: "annual",
			CoverageStart: "2023-09", CoverageEnd: "2026-07", Spatial: "Région " + Region, Key: []string{"rentree_scolaire", "uai"}, Contact: "statistiques@demo.example",
			Fields: schoolFields(map[string]asset.FieldDoc{"ips": {Label: "IPS", Description: "Moyenne des indices des élèves ; de 50 à 160 environ."},
				"rentree_scolaire": {Label: "Rentrée scolaire", Facet: &yes}}),
		},
		Files: []File{{Name: "ips-colleges.csv", Data: t.csv(dialect{delimiter: ";", comma: true}, nil)}},
	}
}
