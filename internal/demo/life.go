package demo

import (
	"time"

	"socle/internal/asset"
	"socle/internal/schema"
)

// zones are those of the invented calendar; none is called A, B or C, lest a date be taken for a real one.
var zones = []string{"Amont", "Aval", "Côte"}

func (w *world) calendar() Dataset {
	t := table{header: []string{"annee_scolaire", "zone", "departement", "population", "description", "date_debut", "date_fin"}}
	day := func(year int, month time.Month, d int) time.Time {
		return time.Date(year, month, d, 0, 0, 0, 0, time.UTC)
	}
	for year := 2024; year <= 2027; year++ {
		weekday := func(t time.Time, step int) time.Time {
			for t.Weekday() == time.Saturday || t.Weekday() == time.Sunday {
				t = t.AddDate(0, 0, step)
			}
			return t
		}
		begin := weekday(day(year, 9, 1), 1)
		// Saturdays: holidays begin on the day that the lessons end, and end on the Monday when they begin again.
		saturday := func(t time.Time) time.Time { return t.AddDate(0, 0, (6-int(t.Weekday())+7)%7) }
		for i, zone := range zones {
			winter, spring := saturday(day(year+1, 2, 6+7*i)), saturday(day(year+1, 4, 3+7*i))
			periods := []struct {
				name       string
				begin, end time.Time
			}{
				{"Rentrée des élèves", begin, begin},
				{"Vacances d’automne", saturday(day(year, 10, 17)), saturday(day(year, 10, 17)).AddDate(0, 0, 16)},
				{"Vacances de fin d’année", saturday(day(year, 12, 18)), saturday(day(year, 12, 18)).AddDate(0, 0, 16)},
				{"Vacances d’hiver", winter, winter.AddDate(0, 0, 16)},
				{"Vacances de printemps", spring, spring.AddDate(0, 0, 16)},
				{"Début des vacances d’été", saturday(day(year+1, 7, 3)), saturday(day(year+1, 7, 3))},
			}
			for _, p := range periods {
				t.add(schoolYear(year), zone, departements[i].name, "Élèves", p.name, p.begin, p.end)
				if p.name == "Rentrée des élèves" {
					before := weekday(begin.AddDate(0, 0, -1), -1)
					t.add(schoolYear(year), zone, departements[i].name, "Enseignants", "Prérentrée des enseignants", before, before)
				}
			}
		}
	}
	return Dataset{
		Org: "direction-enseignement",
		Dataset: asset.Dataset{
			Asset: asset.Asset{ID: "calendrier-scolaire"}, Title: "Calendrier scolaire par zone",
			Description: joinLines("Les rentrées et les vacances des trois zones de la région, de 2024-2025 à 2027-2028. Les dates sont des jours entiers : les vacances commencent après la classe du premier jour et se terminent le matin du dernier.",
				"Chaque zone correspond à un département : Amont à la Lirande, Aval à la Vaulne, Côte à la Haute-Serpine.", invented),
			Keywords: []string{"calendrier", "vacances", "rentrée", "zones"}, Themes: []string{"Vie scolaire"}, Frequency: "annual",
			CoverageStart: "2024-09-01", CoverageEnd: "2028-07-08", Spatial: "Région " + Region, Key: []string{"annee_scolaire", "zone", "population", "description"},
			Contact: "calendrier@demo.example", Source: "Arrêté fixant le calendrier scolaire (fictif)",
			Fields: map[string]asset.FieldDoc{"annee_scolaire": {Label: "Année scolaire", Facet: &yes}, "zone": {Label: "Zone", Facet: &yes}, "population": {Label: "Population", Facet: &yes},
				"departement": {Label: "Département", Facet: &yes}, "date_debut": {Label: "Date de début", Description: "Premier jour ; les vacances commencent après la classe."},
				"date_fin": {Label: "Date de fin", Description: "Dernier jour ; les cours reprennent ce jour-là au matin.", Role: asset.EventEndExcluded}},
		},
		Files: []File{{Name: "calendrier-scolaire.csv", Data: t.csv(dialect{delimiter: ";"}, nil)}},
	}
}

func (w *world) staff() (Dataset, error) {
	t := table{header: []string{"Rentrée", "UAI", "Établissement", "Département", "Catégorie", "Agents", "Équivalents temps plein", "Part de femmes"}}
	r := w.draw("staff")
	for _, s := range w.of("Collège", "Lycée") {
		for _, c := range []struct {
			name string
			each float64 // pupils for one agent
		}{{"Enseignants", 13}, {"Direction", 260}, {"Éducation", 85}, {"Administration", 150}, {"Santé et social", 420}, {"Accompagnement des élèves handicapés", 70}} {
			agents := max(1, int(float64(s.pupils)/c.each*(0.8+0.4*r.Float64())))
			t.add(2025, s.uai, s.name, s.commune.departement.name, c.name, agents, round(float64(agents)*(0.78+0.2*r.Float64()), 1), round(0.45+0.4*r.Float64(), 2))
		}
	}
	data, err := t.xlsx("Personnels")
	return Dataset{
		Org: "direction-statistiques",
		Dataset: asset.Dataset{
			Asset: asset.Asset{ID: "personnels-etablissements"}, Title: "Personnels des collèges et lycées, par catégorie",
			Description: joinLines("Combien d’agents travaillent dans chaque collège et lycée, par catégorie, en nombre et en équivalents temps plein. Aucun agent n’est désigné.", invented),
			Keywords:    []string{"personnels", "enseignants", "AESH", "emplois"}, Themes: []string{"Personnels"}, Frequency: "annual",
			CoverageStart: "2025-09", CoverageEnd: "2026-07", Spatial: "Région " + Region, Key: []string{"rentree", "uai", "categorie"}, Contact: "statistiques@demo.example",
			Fields: schoolFields(map[string]asset.FieldDoc{"categorie": {Label: "Catégorie", Facet: &yes}, "part_de_femmes": {Label: "Part de femmes", Description: "Entre 0 et 1."}}),
		},
		Files: []File{{Name: "personnels.xlsx", Data: data}},
	}, err
}

// incidents is internal: whoever is signed in reads it, and nobody else learns that it exists.
func (w *world) incidents() Dataset {
	t := table{header: []string{"mois", "departement", "type_etablissement", "nature", "signalements"}}
	r := w.draw("incidents")
	for month := range 20 {
		at := time.Date(2024, time.Month(9+month), 1, 0, 0, 0, 0, time.UTC)
		for _, d := range departements {
			for _, kind := range []string{"École", "Collège", "Lycée"} {
				for _, nature := range []string{"Atteinte aux biens", "Violence verbale", "Violence physique", "Harcèlement", "Intrusion"} {
					t.add(at.Format("2006-01"), d.name, kind, nature, 5+r.IntN(60))
				}
			}
		}
	}
	return Dataset{
		Org: "academie-saint-aurele",
		Dataset: asset.Dataset{
			Asset: asset.Asset{ID: "signalements-vie-scolaire", Level: asset.Internal}, Title: "Signalements de vie scolaire, par mois et par département",
			Description: joinLines("Le nombre de faits signalés par les chefs d’établissement, par nature, sans désigner d’établissement ni de personne.",
				"**Accès interne** : réservé aux personnes connectées.", invented),
			Keywords: []string{"climat scolaire", "signalements", "harcèlement"}, Themes: []string{"Vie scolaire"}, Frequency: "monthly",
			CoverageStart: "2024-09", CoverageEnd: "2026-04", Spatial: "Académie de Saint-Aurèle", Key: []string{"mois", "departement", "type_etablissement", "nature"},
			Contact: "vie-scolaire@demo.example",
			Fields: map[string]asset.FieldDoc{"nature": {Label: "Nature des faits", Facet: &yes}, "departement": {Label: "Département", Facet: &yes},
				"type_etablissement": {Label: "Type d’établissement", Facet: &yes}, "mois": {Label: "Mois", Description: "Année et mois, comme 2025-03."}},
		},
		Files: []File{{Name: "signalements.csv", Data: t.csv(dialect{delimiter: ";"}, nil), Types: map[string]schema.Type{"mois": schema.Text}}},
	}
}

// dropout is restricted: small groups by school, for the académie alone.
func (w *world) dropout() Dataset {
	t := table{header: []string{"uai", "etablissement", "departement", "annee_scolaire", "jeunes_reperes", "jeunes_contactes", "retours_en_formation"}}
	r := w.draw("dropout")
	for _, s := range w.of("Lycée", "Collège") {
		found := r.IntN(1 + s.pupils/40)
		reached := 0
		back := 0
		if found > 0 {
			reached = r.IntN(found + 1)
		}
		if reached > 0 {
			back = r.IntN(reached + 1)
		}
		t.add(s.uai, s.name, s.commune.departement.name, "2025-2026", found, reached, back)
	}
	return Dataset{
		Org: "academie-saint-aurele",
		Dataset: asset.Dataset{
			Asset: asset.Asset{ID: "lutte-contre-le-decrochage", Level: asset.Restricted}, Title: "Lutte contre le décrochage : jeunes repérés, contactés, revenus en formation",
			Description: joinLines("Par établissement, pour les équipes de l’académie. Les groupes sont parfois très petits : c’est pourquoi l’accès est restreint.", invented),
			Keywords:    []string{"décrochage", "persévérance"}, Themes: []string{"Orientation"}, Frequency: "quarterly",
			CoverageStart: "2025-09", CoverageEnd: "2026-06", Spatial: "Académie de Saint-Aurèle", Key: []string{"uai", "annee_scolaire"}, Contact: "decrochage@demo.example",
			Fields: schoolFields(nil),
		},
		Files: []File{{Name: "decrochage.csv", Data: t.csv(dialect{delimiter: ";"}, nil)}},
	}
}
