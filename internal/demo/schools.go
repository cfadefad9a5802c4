package demo

import (
	"fmt"
	"math"
	"slices"
	"time"

	"socle/internal/asset"
	"socle/internal/schema"
)

var (
	yes = true
	no  = false
)

// What the columns that many datasets share mean.
func schoolFields(more map[string]asset.FieldDoc) map[string]asset.FieldDoc {
	fields := map[string]asset.FieldDoc{
		"uai":              {Label: "UAI", Description: "Identifiant de l’établissement : sept chiffres, dont trois pour le département, et une lettre de contrôle.", Facet: &no},
		"code_commune":     {Label: "Code commune", Description: "Code de la commune au format du code officiel géographique. Territoire fictif.", Facet: &no},
		"code_departement": {Label: "Code département", Facet: &no},
		"departement":      {Label: "Département", Facet: &yes},
		"secteur":          {Label: "Secteur", Description: "Public, ou privé sous contrat avec l’État.", Facet: &yes},
	}
	for name, doc := range more {
		fields[name] = doc
	}
	return fields
}

func (w *world) directory() Dataset {
	return Dataset{
		Org: "direction-enseignement",
		Dataset: asset.Dataset{
			Asset: asset.Asset{ID: "annuaire-etablissements"}, Title: "Annuaire des écoles, collèges et lycées",
			Description: joinLines("Un établissement par ligne : son identifiant, son nom, son adresse, sa position et son effectif.",
				"## Comment c’est produit\n\nL’annuaire est tiré chaque année du répertoire des établissements, après la rentrée. Un établissement fermé en cours d’année reste jusqu’à la version suivante, avec l’état « À fermer ».",
				"## À savoir\n\n- La nature de l’établissement est donnée par son code et par son libellé : 101 maternelle, 151 élémentaire, 302 lycée général et technologique, 320 lycée professionnel, 340 collège.\n- La position est celle de l’entrée principale.", invented),
			Keywords: []string{"établissements", "écoles", "collèges", "lycées", "adresses", "UAI"}, Themes: []string{"Établissements"},
			Frequency: "annual", CoverageStart: "2024-09-01", CoverageEnd: "2026-07-04", Spatial: "Région " + Region, Key: []string{"uai"},
			Contact: "annuaire@demo.example", Source: "Répertoire des établissements (fictif)",
			Fields: schoolFields(map[string]asset.FieldDoc{
				"nature":         {Label: "Code nature", Description: "101 maternelle, 151 élémentaire, 302 lycée général et technologique, 320 lycée professionnel, 340 collège.", Facet: &no},
				"nature_libelle": {Label: "Nature", Facet: &yes},
				"etat":           {Label: "État", Facet: &yes},
				"effectif":       {Label: "Effectif", Description: "Élèves inscrits à la rentrée.", Unit: "élèves"},
				"position":       {Label: "Position", Description: "Latitude et longitude de l’entrée, en degrés (WGS 84)."},
			}),
		},
		Files: []File{
			{Name: "annuaire-2024.csv", Data: w.directoryOf(2024), Note: "Rentrée 2024."},
			{Name: "annuaire-2025.csv", Data: w.directoryOf(2025), Note: "Rentrée 2025 : quelques ouvertures, fermetures et changements de nom."},
		},
	}
}

func (w *world) directoryOf(year int) []byte {
	t := table{header: []string{"UAI", "Nom de l’établissement", "Nature", "Nature (libellé)", "Secteur", "Adresse", "Code postal", "Code commune",
		"Commune", "Code département", "Département", "Téléphone", "Date d’ouverture", "État", "Effectif", "Position"}}
	r := w.draw("directory")
	for _, s := range w.schools {
		fate := r.IntN(200) // drawn whether it serves or not, so that both years agree on the others
		state := "Ouvert"
		switch {
		case fate == 0 && year == 2025, fate == 1 && year == 2024:
			continue // closed since, or not open yet
		case fate == 0:
			state = "À fermer"
		case fate == 2 && year == 2025:
			s.name += " (fusion)"
		}
		label := map[string]string{"101": "École maternelle", "151": "École élémentaire", "302": "Lycée général et technologique", "320": "Lycée professionnel", "340": "Collège"}[s.nature]
		t.add(s.uai, s.name, s.nature, label, sector(s.private), s.address, s.commune.postal, s.commune.code, s.commune.name,
			s.commune.departement.code, s.commune.departement.name, s.phone, s.opened, state, s.in(year), fmt.Sprintf("%.6f, %.6f", s.lat, s.lon))
	}
	return t.csv(dialect{delimiter: ";", bom: true}, nil)
}

// in is the number of pupils in a school year, which begins in September of that year.
func (s school) in(year int) int {
	drift := 1 - 0.012*float64(year-2025) + 0.02*math.Sin(float64(year*7+s.pupils))
	return max(8, int(float64(s.pupils)*drift))
}

func (w *world) accessibility() Dataset {
	t := table{header: []string{"uai", "nom", "code_commune", "entree_accessible", "ascenseur", "sanitaires_adaptes", "boucle_magnetique", "places_stationnement", "diagnostic_du"}}
	r := w.draw("accessibility")
	for _, s := range w.schools {
		var visited any
		if r.IntN(8) > 0 {
			visited = time.Date(2021+r.IntN(5), time.Month(1+r.IntN(12)), 1+r.IntN(28), 0, 0, 0, 0, time.UTC)
		}
		t.add(s.uai, s.name, s.commune.code, r.IntN(10) < 8, s.kind != "École" && r.IntN(10) < 7, r.IntN(10) < 7, r.IntN(10) < 2, r.IntN(5), visited)
	}
	return Dataset{
		Org: "direction-enseignement",
		Dataset: asset.Dataset{
			Asset: asset.Asset{ID: "accessibilite-etablissements"}, Title: "Accessibilité des établissements aux personnes handicapées",
			Description: joinLines("Ce qu’une personne à mobilité réduite, sourde ou malentendante trouve en arrivant dans chaque établissement.",
				"Les réponses sont celles des chefs d’établissement ; la date est celle du dernier diagnostic, vide s’il n’a pas eu lieu.", invented),
			Keywords: []string{"accessibilité", "handicap", "établissements"}, Themes: []string{"Établissements", "École inclusive"},
			Frequency: "annual", CoverageStart: "2025", CoverageEnd: "2025", Spatial: "Région " + Region, Key: []string{"uai"},
			Contact: "annuaire@demo.example",
			Fields: schoolFields(map[string]asset.FieldDoc{
				"entree_accessible":    {Label: "Entrée accessible", Facet: &yes},
				"ascenseur":            {Label: "Ascenseur", Facet: &yes},
				"places_stationnement": {Label: "Places de stationnement", Description: "Places réservées à moins de 50 mètres.", Unit: "places"},
				"diagnostic_du":        {Label: "Date du diagnostic"},
			}),
		},
		Files: []File{{Name: "accessibilite.csv", Data: t.csv(dialect{delimiter: ",", yes: "oui", no: "non"}, nil)}},
	}
}

func (w *world) digital() Dataset {
	t := table{header: []string{"uai", "departement", "type", "fibre", "debit_mbit_s", "ordinateurs", "eleves_par_ordinateur", "espace_numerique", "logiciels"}}
	r := w.draw("digital")
	software := []string{"suite bureautique", "géométrie dynamique", "tableur", "dictée vocale", "montage audio", "programmation visuelle"}
	for _, s := range w.schools {
		computers := 4 + r.IntN(1+s.pupils/5)
		fibre := r.IntN(10) < 7
		speed := 8 + r.IntN(40)
		if fibre {
			speed = 100 * (1 + r.IntN(10))
		}
		var portal any
		if s.kind != "École" {
			portal = []string{"ENT Estuaire", "ENT Lavoir"}[r.IntN(2)]
		}
		first := r.IntN(len(software))
		t.add(s.uai, s.commune.departement.name, s.kind, fibre, speed, computers, round(float64(s.pupils)/float64(computers), 1), portal,
			software[first:min(len(software), first+1+r.IntN(3))])
	}
	return Dataset{
		Org: "academie-saint-aurele",
		Dataset: asset.Dataset{
			Asset: asset.Asset{ID: "equipement-numerique"}, Title: "Équipement numérique des écoles et établissements",
			Description: joinLines("Raccordement, débit, ordinateurs et logiciels de chaque école et établissement, d’après l’enquête annuelle.",
				"Le débit est celui du contrat, en mégabits par seconde. La liste des logiciels est celle des plus installés.", invented),
			Keywords: []string{"numérique", "ordinateurs", "fibre", "ENT"}, Themes: []string{"Numérique éducatif"},
			Frequency: "annual", CoverageStart: "2025-09", CoverageEnd: "2026-07", Spatial: "Académie de Saint-Aurèle", Key: []string{"uai"},
			Contact: "numerique@demo.example",
			Fields: schoolFields(map[string]asset.FieldDoc{
				"type":                  {Label: "Type d’établissement", Facet: &yes},
				"fibre":                 {Label: "Fibre optique", Facet: &yes},
				"debit_mbit_s":          {Label: "Débit", Unit: "Mbit/s"},
				"eleves_par_ordinateur": {Label: "Élèves par ordinateur"},
				"espace_numerique":      {Label: "Espace numérique de travail", Description: "Vide pour les écoles, qui n’en ont pas.", Facet: &yes},
			}),
		},
		Files: []File{{Name: "equipement-numerique.ndjson", Data: t.ndjson()}},
	}
}

// canteens loses a département in its second version, as happens to real files; the loss is explained.
func (w *world) canteens() Dataset {
	file := func(year int, without string) []byte {
		t := table{header: []string{"UAI", "Établissement", "Code commune", "Département", "Gestion", "Repas servis par jour", "Tarif moyen (€)", "Part de bio (%)", "Remarque"}}
		r := w.draw(fmt.Sprint("canteens ", year))
		for _, s := range w.schools {
			price, bio, served := round(2.1+2.4*r.Float64(), 2), round(60*r.Float64()*r.Float64(), 1), int(float64(s.in(year))*(0.4+0.5*r.Float64()))
			remark := []string{"", "", "", "", "Cuisine sur place", "Livraison par la cuisine centrale, rue du Four", "Menu « sans viande » chaque vendredi", "Travaux ; service réduit"}[r.IntN(8)]
			management := []string{"Régie", "Régie", "Délégation", "Groupement"}[r.IntN(4)]
			if s.commune.departement.name != without && s.nature != "101" {
				t.add(s.uai, s.name, s.commune.code, s.commune.departement.name, management, served, price, bio, remark)
			}
		}
		return t.csv(dialect{delimiter: ";", comma: true, bom: true}, nil)
	}
	return Dataset{
		Org: "region-vallombrie",
		Dataset: asset.Dataset{
			Asset: asset.Asset{ID: "restauration-scolaire"}, Title: "Restauration scolaire : repas, tarifs et produits biologiques",
			Description: joinLines("Pour chaque école élémentaire, collège et lycée : les repas servis par jour, le tarif moyen et la part de produits issus de l’agriculture biologique.",
				"Les écoles maternelles, servies avec l’école élémentaire voisine, ne figurent pas.", invented),
			Keywords: []string{"cantine", "restauration", "tarifs", "bio"}, Themes: []string{"Vie scolaire"},
			Frequency: "annual", CoverageStart: "2024-09", CoverageEnd: "2026-07", Spatial: "Région " + Region, Key: []string{"uai"},
			Contact: "restauration@demo.example",
			Fields: schoolFields(map[string]asset.FieldDoc{
				"gestion":               {Label: "Mode de gestion", Facet: &yes},
				"repas_servis_par_jour": {Label: "Repas servis par jour", Unit: "repas"},
				"tarif_moyen":           {Label: "Tarif moyen", Description: "Moyenne des tarifs payés par les familles, toutes aides déduites.", Unit: "€"},
				"part_de_bio":           {Label: "Part de bio", Description: "Part des achats, en valeur.", Unit: "%"},
			}),
		},
		Files: []File{
			{Name: "restauration-2024.csv", Data: file(2024, ""), Note: "Année scolaire 2024-2025."},
			{Name: "restauration-2025.csv", Data: file(2025, "Haute-Serpine"), Note: "Année scolaire 2025-2026, sans la Haute-Serpine.",
				Loss: "La Haute-Serpine change de logiciel de facturation : ses chiffres 2025-2026 ne sont pas encore disponibles et reviendront avec la prochaine version. La version 1 les garde pour 2024-2025."},
		},
	}
}

func (w *world) boarding() Dataset {
	t := table{header: []string{"UAI", "Établissement", "Département", "Places filles", "Places garçons", "Ouvert le week-end", "Tarif annuel"}}
	r := w.draw("boarding")
	for _, s := range w.of("Lycée", "Collège") {
		if r.IntN(4) == 0 {
			t.add(s.uai, s.name, s.commune.departement.name, 10*(1+r.IntN(9)), 10*(1+r.IntN(9)), r.IntN(5) == 0, 1150+50*r.IntN(24))
		}
	}
	slices.SortFunc(t.rows, func(a, b []any) int { return b[3].(int) - a[3].(int) })
	return Dataset{
		Org: "academie-saint-aurele",
		Dataset: asset.Dataset{
			Asset: asset.Asset{ID: "internats"}, Title: "Internats des collèges et lycées",
			Description: joinLines("Les établissements qui logent des élèves : places pour les filles et pour les garçons, ouverture le week-end, tarif annuel.", invented),
			Keywords:    []string{"internat", "hébergement"}, Themes: []string{"Vie scolaire"}, Frequency: "annual",
			CoverageStart: "2025-09", CoverageEnd: "2026-07", Spatial: "Académie de Saint-Aurèle", Key: []string{"uai"}, Contact: "internats@demo.example",
			Fields: schoolFields(map[string]asset.FieldDoc{"tarif_annuel": {Label: "Tarif annuel", Unit: "€"}}),
		},
		Files: []File{{Name: "internats.tsv.gz", Data: gzipped(t.csv(dialect{delimiter: "\t", yes: "oui", no: "non"}, nil)), Types: map[string]schema.Type{"tarif_annuel": schema.Integer}}},
	}
}
