package demo

import (
	"fmt"
	"math"
	"time"

	"socle/internal/asset"
	"socle/internal/schema"
)

// facility is a kind of sports facility: how many inhabitants there are for one, and what it is like.
type facility struct {
	family, kind string
	inhabitants  int
	activities   string
	indoor       bool
	length       int      // metres; 0 when it has none
	floors       []string // none when it has none
}

var facilities = []facility{
	{"Terrain de grands jeux", "Terrain de football", 1400, "Football", false, 105, []string{"Gazon naturel", "Gazon synthétique", "Stabilisé"}},
	{"Terrain de grands jeux", "Terrain de rugby", 9000, "Rugby", false, 120, []string{"Gazon naturel", "Gazon synthétique"}},
	{"Salle multisports", "Gymnase", 2600, "Basket-ball, handball, balle au filet", true, 44, []string{"Parquet", "Résine"}},
	{"Court de tennis", "Court découvert", 1900, "Tennis", false, 36, []string{"Terre battue", "Béton poreux", "Résine"}},
	{"Court de tennis", "Court couvert", 6500, "Tennis", true, 36, []string{"Terre battue", "Résine"}},
	{"Bassin de natation", "Piscine", 11000, "Natation", true, 25, []string{"Carrelage", "Inox"}},
	{"Équipement d’athlétisme", "Piste d’athlétisme", 14000, "Athlétisme", false, 400, []string{"Synthétique", "Cendrée"}},
	{"Plateau extérieur", "Plateau multisports", 1200, "Basket-ball, futsal", false, 40, []string{"Enrobé", "Béton"}},
	{"Skatepark", "Skatepark", 8000, "Skateboard, trottinette", false, 25, []string{"Béton", "Enrobé"}},
	{"Équipement nautique", "Base nautique", 15000, "Voile, aviron", false, 0, nil},
	{"Salle de combat", "Dojo", 5200, "Judo, karaté", true, 20, []string{"Tatami"}},
	{"Boulodrome", "Boulodrome", 2100, "Pétanque", false, 30, []string{"Stabilisé"}},
}

func (w *world) facilities() Dataset {
	t := table{header: []string{"numero", "nom", "famille", "type", "code_commune", "commune", "departement", "couvert", "annee_mise_en_service", "annee_travaux",
		"longueur", "largeur", "nature_du_sol", "acces_handicap", "eclairage", "places_tribune", "activites", "gestionnaire", "maj"}}
	var points []string
	r := w.draw("facilities")
	managers := []string{"Commune", "Commune", "Commune", "Intercommunalité", "Département", "Association"}
	for _, c := range w.communes {
		for k, f := range facilities {
			count := c.population / f.inhabitants
			if r.Float64() < math.Mod(float64(c.population)/float64(f.inhabitants), 1) {
				count++
			}
			for n := range count {
				opened := 1955 + r.IntN(70)
				var works, width any
				if r.IntN(3) > 0 && opened < 2015 {
					works = opened + 8 + r.IntN(2026-opened-8)
				}
				if f.length > 0 {
					width = round(float64(f.length)*(0.45+0.2*r.Float64()), 1)
				}
				var floor any
				if len(f.floors) > 0 {
					floor = f.floors[r.IntN(len(f.floors))]
				}
				t.add(fmt.Sprintf("E%s%02d%03d", c.code, k+1, n+1), f.kind+" "+places[r.IntN(len(places))], f.family, f.kind, c.code, c.name, c.departement.name,
					f.indoor, opened, works, f.length, width, floor, r.IntN(10) < 6, r.IntN(10) < 5, 50*r.IntN(12), f.activities,
					managers[r.IntN(len(managers))], time.Date(2024+r.IntN(2), time.Month(1+r.IntN(12)), 1+r.IntN(28), 0, 0, 0, 0, time.UTC))
				spread := 0.004 + 0.02*math.Min(1, float64(c.population)/90000)
				points = append(points, fmt.Sprintf(`{"type":"Point","coordinates":[%.6f,%.6f]}`, c.lon+spread*r.NormFloat64(), c.lat+spread*r.NormFloat64()))
			}
		}
	}
	return Dataset{
		Org: "direction-sports",
		Dataset: asset.Dataset{
			Asset: asset.Asset{ID: "equipements-sportifs"}, Title: "Recensement des équipements sportifs",
			Description: joinLines("Chaque équipement sportif ouvert au public : où il est, ce qu’on y pratique, de quand il date, ses dimensions et son accessibilité.",
				"## Comment c’est produit\n\nLes communes déclarent leurs équipements, la direction des sports vérifie et publie. La date de mise à jour est celle de la dernière déclaration.",
				"La région est placée en mer, dans le golfe de Gascogne, pour qu’aucun lieu réel ne soit désigné.", invented),
			Keywords: []string{"équipements sportifs", "gymnases", "piscines", "stades", "recensement"}, Themes: []string{"Sport"}, Frequency: "quarterly",
			CoverageStart: "2024-01", CoverageEnd: "2025-12", Spatial: "Région " + Region, Key: []string{"numero"}, Contact: "equipements@demo.example",
			Fields: map[string]asset.FieldDoc{"numero": {Label: "Numéro de l’équipement", Facet: &no}, "famille": {Label: "Famille", Facet: &yes}, "type": {Label: "Type", Facet: &yes},
				"departement": {Label: "Département", Facet: &yes}, "couvert": {Label: "Couvert", Facet: &yes}, "acces_handicap": {Label: "Accessible", Description: "Accessible aux personnes handicapées, d’après le gestionnaire.", Facet: &yes},
				"longueur": {Label: "Longueur", Unit: "m"}, "largeur": {Label: "Largeur", Unit: "m"}, "maj": {Label: "Mise à jour"},
				"gestionnaire": {Label: "Gestionnaire", Facet: &yes}, "places_tribune": {Label: "Places en tribune", Unit: "places"}},
		},
		Files: []File{{Name: "equipements-sportifs.geojson", Data: t.geojson(func(row int) string { return points[row] })}},
	}
}

var federations = []struct {
	name  string
	rate  float64 // licences for one inhabitant
	women float64
}{
	{"Football", 0.034, 0.12}, {"Tennis", 0.015, 0.31}, {"Équitation", 0.010, 0.83}, {"Judo", 0.008, 0.29}, {"Basket-ball", 0.011, 0.36}, {"Handball", 0.008, 0.37},
	{"Rugby", 0.005, 0.14}, {"Natation", 0.006, 0.55}, {"Gymnastique", 0.005, 0.82}, {"Balle au filet", 0.012, 0.52},
}

func (w *world) licences() Dataset {
	t := table{header: []string{"saison", "federation", "code_commune", "commune", "departement", "age", "femmes", "hommes", "total"}}
	r := w.draw("licences")
	for season := 2024; season <= 2025; season++ {
		for _, f := range federations {
			for _, c := range w.communes {
				for _, age := range []struct {
					name  string
					share float64
				}{{"0 à 9 ans", 0.22}, {"10 à 17 ans", 0.34}, {"18 à 34 ans", 0.20}, {"35 à 59 ans", 0.17}, {"60 ans et plus", 0.07}} {
					total := int(float64(c.population)*f.rate*age.share*(0.6+0.8*r.Float64()) + 0.5)
					if total == 0 {
						continue
					}
					women := int(math.Round(float64(total) * math.Min(1, f.women*(0.7+0.6*r.Float64()))))
					t.add(season, f.name, c.code, c.name, c.departement.name, age.name, women, total-women, total)
				}
			}
		}
	}
	return Dataset{
		Org: "direction-sports",
		Dataset: asset.Dataset{
			Asset: asset.Asset{ID: "licences-sportives"}, Title: "Licences sportives par fédération, commune, âge et sexe",
			Description: joinLines("Le nombre de licences délivrées par les fédérations, selon la commune de résidence, la tranche d’âge et le sexe, pour deux saisons.",
				"Une personne licenciée dans deux fédérations compte deux fois.", invented),
			Keywords: []string{"licences", "fédérations", "pratique sportive", "clubs"}, Themes: []string{"Sport"}, Frequency: "annual",
			CoverageStart: "2024", CoverageEnd: "2025", Spatial: "Région " + Region, Key: []string{"saison", "federation", "code_commune", "age"}, Contact: "licences@demo.example",
			Fields: map[string]asset.FieldDoc{"saison": {Label: "Saison", Facet: &yes}, "federation": {Label: "Fédération", Facet: &yes}, "age": {Label: "Tranche d’âge", Facet: &yes},
				"departement": {Label: "Département", Facet: &yes}, "total": {Label: "Licences", Unit: "licences"}},
		},
		Files: []File{{Name: "licences.csv", Data: t.csv(dialect{delimiter: ","}, nil)}},
	}
}

func (w *world) clubs() Dataset {
	t := table{header: []string{"club", "commune", "code_commune", "licencies", "equipes", "cree_le", "accueil_handi", "horaires"}}
	r := w.draw("clubs")
	days := []string{"lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"}
	for _, c := range w.communes {
		if c.population < 1500 {
			continue
		}
		for n := range 1 + c.population/22000 {
			hours := []string{days[r.IntN(6)] + " 18:00-20:00"}
			if r.IntN(2) == 0 {
				hours = append(hours, days[r.IntN(6)]+" 10:00-12:00")
			}
			t.add(fmt.Sprintf("%s de %s %d", []string{"Filet", "Volant", "Étoile", "Réveil"}[r.IntN(4)], c.name, n+1), c.name, c.code, 20+r.IntN(180), 2+r.IntN(9),
				time.Date(1962+r.IntN(60), time.Month(1+r.IntN(12)), 1+r.IntN(28), 0, 0, 0, 0, time.UTC), r.IntN(3) == 0, hours)
		}
	}
	return Dataset{
		Org: "federation-balle-au-filet",
		Dataset: asset.Dataset{
			Asset: asset.Asset{ID: "clubs-balle-au-filet"}, Title: "Clubs de balle au filet",
			Description: joinLines("Les clubs affiliés à la fédération, leurs licenciés, leurs équipes et leurs horaires d’entraînement.",
				"La balle au filet se joue à cinq, avec une balle légère et un filet circulaire. Elle n’existe pas : comme tout le reste.", invented),
			Licence: "odc-odbl", Keywords: []string{"clubs", "balle au filet", "associations"}, Themes: []string{"Sport"}, Frequency: "semiannual",
			CoverageStart: "2025-09", CoverageEnd: "2026-06", Spatial: "Région " + Region, Key: []string{"club"}, Contact: "clubs@demo.example",
			Fields: map[string]asset.FieldDoc{"accueil_handi": {Label: "Accueil handisport", Facet: &yes}, "cree_le": {Label: "Créé le"}, "licencies": {Label: "Licenciés"}},
		},
		Files: []File{{Name: "clubs.ndjson.gz", Data: gzipped(t.ndjson())}},
	}
}

// subsidies is a bad file, of the kind that a small office sends: Windows-1252, amounts in words or with their
// currency, impossible dates, wrong numbers, short and long rows, a total at the end.
func (w *world) subsidies() Dataset {
	t := table{header: []string{"Année", "Bénéficiaire", "SIRET", "Objet", "Montant (€)", "Voté le", "Versé"}}
	r := w.draw("subsidies")
	for i := range 420 {
		c := w.communes[r.IntN(40)]
		var amount any = float64(250 * (1 + r.IntN(60)))
		var voted any = time.Date(2023+i%3, time.Month(1+r.IntN(12)), 1+r.IntN(28), 0, 0, 0, 0, time.UTC)
		number := siret(1000 + i)
		switch {
		case i%97 == 11:
			amount = "à déterminer"
		case i%89 == 5:
			amount = "deux mille"
		case i%101 == 40:
			voted = "31/02/2024"
		case i%73 == 20:
			voted = "printemps 2025"
		case i%61 == 7:
			number = number[:13] + string(rune('0'+(number[13]-'0'+1)%10)) // a wrong key
		case i%7 == 3:
			amount = amount.(float64) + 0.5
		}
		t.add(2023+i%3, fmt.Sprintf("Amicale sportive de %s", c.name), number, []string{"Fonctionnement", "Matériel", "Tournoi de printemps ; coupe", "Déplacements"}[r.IntN(4)],
			amount, voted, r.IntN(5) > 0)
	}
	return Dataset{
		Org: "departement-lirande",
		Dataset: asset.Dataset{
			Asset: asset.Asset{ID: "subventions-associations-sportives"}, Title: "Subventions du département aux associations sportives",
			Description: joinLines("Les subventions votées de 2023 à 2025, leur bénéficiaire, leur objet, leur montant et la date du vote.",
				"## Un fichier imparfait\n\nLe fichier d’origine est tel que le service l’a envoyé : quelques montants en toutes lettres, des dates impossibles, des lignes trop courtes ou trop longues, un total en dernière ligne. Rien n’est perdu : ce qui ne convient pas est dans le rapport de quarantaine de la version, ligne par ligne.", invented),
			Keywords: []string{"subventions", "associations", "finances"}, Themes: []string{"Sport", "Finances"}, Frequency: "annual",
			CoverageStart: "2023", CoverageEnd: "2025", Spatial: "Département de la Lirande", Contact: "subventions@demo.example",
			Fields: map[string]asset.FieldDoc{"annee": {Label: "Année", Facet: &yes}, "objet": {Label: "Objet", Facet: &yes}, "montant": {Label: "Montant", Unit: "€"}},
		},
		Files: []File{{Name: "subventions_VF_2.csv", Types: map[string]schema.Type{"montant": schema.Decimal, "vote_le": schema.Date},
			Data: t.csv(dialect{delimiter: ";", comma: true, french: true, latin: true, yes: "oui", no: "non"}, map[int]string{
				60: "2023;Amicale sportive inconnue;;Fonctionnement", 211: "2024;Amicale des deux rives;;Matériel;1500;12/06/2024;oui;;reliquat 2022", 420: "Total;;;;2 961 750,00 €;;",
			})}},
	}
}
