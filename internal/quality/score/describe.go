package score

import (
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"socle/internal/asset"
	"socle/internal/i18n"
	"socle/internal/lake"
	"socle/internal/schema"
)

// subject is what a score is about.
type subject struct {
	dataset  asset.Dataset
	version  lake.Version // the zero version when there is none
	received Received
	reading  *Reading // nil when there is no data to read
	before   string   // digest of the version before, "" when not known
	now      time.Time
}

// doc is what people say of a field.
func (s subject) doc(f schema.Field) asset.FieldDoc { return s.dataset.Fields[f.Name] }

func (s subject) label(f schema.Field) string { return first(s.doc(f).Label, f.Label, f.Name) }

func (s subject) meaning(f schema.Field) string { return first(s.doc(f).Description, f.Description) }

func first(texts ...string) string {
	for _, t := range texts {
		if strings.TrimSpace(t) != "" {
			return t
		}
	}
	return ""
}

func measured(bad, total float64) Measure { return Measure{State: Measured, Bad: bad, Total: total} }

func inapplicable(why i18n.Text) Measure { return Measure{State: Inapplicable, Why: why} }

func flag(bad bool, why i18n.Text) Measure {
	m := measured(0, 1)
	if bad {
		m.Bad, m.Why = 1, why
	}
	return m
}

// described measures what the description says.
func (s subject) described() map[string]Measure {
	d := s.dataset
	return map[string]Measure{
		"understood-names": s.names(), "understood-definitions": s.definitions(), "understood-slots": s.slots(), "understood-codes": s.codeLists(),
		"understood-description": s.description(), "open-findable": s.findable(), "open-licence": s.licence(),
		"open-contact":    flag(d.Contact == "", i18n.T("Aucun contact n’est donné.", "No contact is given.")),
		"traced-source":   flag(d.Source == "", i18n.T("La source des données n’est pas dite.", "The source of the data is not said.")),
		"traced-coverage": s.coverage(), "traced-personal": s.personal(), "timely-due": s.due(), "timely-period": s.period(),
	}
}

// eachField measures the fields that have something to say about; faulty tells the weight of what is missing, of 1.
func (s subject) eachField(kind string, text i18n.Text, applies func(schema.Field) bool, faulty func(schema.Field) float64) Measure {
	finding := Finding{Kind: kind, Text: text}
	var bad, total float64
	for _, f := range s.version.Schema.Fields {
		if !applies(f) {
			continue
		}
		total++
		if missing := faulty(f); missing > 0 {
			bad += missing
			finding.Bad++
			finding.Fields = append(finding.Fields, f.Name)
		}
	}
	if total == 0 {
		return inapplicable(i18n.T("Aucune colonne n’est concernée.", "No column is concerned."))
	}
	m := measured(bad, total)
	if finding.Bad > 0 {
		finding.Total = int64(total)
		m.Findings = []Finding{finding}
	}
	return m
}

func always(schema.Field) bool { return true }

func oneIf(holds bool) float64 {
	if holds {
		return 1
	}
	return 0
}

// leastDefinition is how many characters say something.
const leastDefinition = 20

func (s subject) definitions() Measure {
	return s.eachField("no-definition", i18n.T("Des colonnes n’ont pas de définition, ou une qui ne dit rien de plus que leur nom.",
		"Columns have no definition, or one that says no more than their name."), always, func(f schema.Field) float64 {
		text := s.meaning(f)
		vague := utf8.RuneCountInString(strings.TrimSpace(text)) < leastDefinition || bareWord(text) == bareWord(s.label(f)) || bareWord(text) == bareWord(f.Name)
		return oneIf(vague)
	})
}

func (s subject) slots() Measure {
	return s.eachField("slots", i18n.T("Des colonnes n’ont pas tout ce qu’un dictionnaire dit : consigne de saisie, exemple, sensibilité, unité des mesures.",
		"Columns do not have all that a dictionary says: entry instruction, example, sensitivity, unit of measures."), always, func(f schema.Field) float64 {
		doc := s.doc(f)
		missing, of := oneIf(doc.Instructions == "")+oneIf(doc.Example == "" || !fits(doc.Example, f.Type))+oneIf(doc.Sensitivity == ""), 3.0
		if f.Type == schema.Decimal || f.Type == schema.Integer && !f.IsYear() {
			missing, of = missing+oneIf(first(doc.Unit, f.Unit) == ""), of+1
		}
		return missing / of
	})
}

// fits reports whether an example could be a value of the type.
func fits(example string, t schema.Type) bool {
	text := strings.TrimSpace(strings.ReplaceAll(example, ",", "."))
	switch t {
	case schema.Integer, schema.Decimal:
		_, ok := numberOf(strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "").Replace(text))
		return ok
	case schema.Date, schema.Datetime:
		return yearOf(text) > 0
	}
	return text != ""
}

// isCoded reports whether the values of a field are codes that need a list: few, repeated, and short or made of digits; or a
// name that says so.
func (s subject) isCoded(f schema.Field) bool {
	words := strings.Split(f.Name, "_")
	said := slices.ContainsFunc(words, func(w string) bool {
		return slices.Contains([]string{"code", "cod", "nature", "type", "statut", "etat", "categorie"}, w)
	})
	return f.Type != schema.Boolean && !f.Personal && f.Concept == "" && said || s.reading != nil && f.Type == schema.Text && said && slices.Contains(s.reading.Listed, f.Name)
}

func (s subject) codeLists() Measure {
	return s.eachField("no-code-list", i18n.T("Des colonnes de codes ne mènent à aucune nomenclature : un lecteur ne sait pas ce que veut dire chaque code.",
		"Columns of codes lead to no code list: a reader does not know what each code means."), s.isCoded, func(f schema.Field) float64 {
		doc := s.doc(f)
		return oneIf(doc.Nomenclature == "" && doc.Norm == "")
	})
}

func (s subject) description() Measure {
	length := utf8.RuneCountInString(strings.TrimSpace(s.dataset.Description))
	switch {
	case length == 0:
		return flag(true, i18n.T("Le jeu n’a pas de description.", "The dataset has no description."))
	case length <= 100:
		m := measured(0.5, 1)
		m.Why = i18n.T("La description fait %d caractères ; il en faut plus de 100.", "The description has %d characters; it takes more than 100.", length)
		return m
	}
	return measured(0, 1)
}

func (s subject) findable() Measure {
	m := measured(oneIf(len(s.dataset.Themes) == 0)+oneIf(len(s.dataset.Keywords) == 0), 2)
	switch {
	case m.Bad == 2:
		m.Why = i18n.T("Ni thème, ni mot-clé.", "No theme, no keyword.")
	case len(s.dataset.Themes) == 0:
		m.Why = i18n.T("Aucun thème.", "No theme.")
	case len(s.dataset.Keywords) == 0:
		m.Why = i18n.T("Aucun mot-clé.", "No keyword.")
	}
	return m
}

func (s subject) licence() Measure {
	if s.dataset.Level != asset.Open {
		return inapplicable(i18n.T("Le jeu n’est pas ouvert : son usage suit un accès, pas une licence.", "The dataset is not open: its use follows a grant, not a licence."))
	}
	licence, known := asset.LicenceOf(s.dataset.Licence)
	switch {
	case s.dataset.Licence == "" || licence.ID == asset.NoLicence:
		return flag(true, i18n.T("Aucune licence n’est dite : personne ne sait ce qu’il a le droit de faire.", "No licence is said: nobody knows what they may do."))
	case !known:
		m := measured(0.5, 1)
		m.Why = i18n.T("La licence n’est pas de celles que la plateforme connaît.", "The licence is not one that the platform knows.")
		return m
	}
	return measured(0, 1)
}

func (s subject) coverage() Measure {
	d := s.dataset
	m := measured(oneIf(d.CoverageStart == "" && d.CoverageEnd == "")+oneIf(d.Spatial == ""), 2)
	if m.Bad > 0 {
		m.Why = i18n.T("La période ou le territoire couvert manque.", "The period or the territory covered is missing.")
	}
	return m
}

func (s subject) personal() Measure {
	return s.eachField("sensitivity-not-said", i18n.T("Des colonnes semblent identifier des personnes, et personne n’a dit leur sensibilité.",
		"Columns seem to identify people, and nobody said their sensitivity."), func(f schema.Field) bool { return f.Personal },
		func(f schema.Field) float64 { return oneIf(s.doc(f).Sensitivity == "") })
}

func (s subject) due() Measure {
	d := s.dataset
	frequency, known := asset.FrequencyOf(d.Frequency)
	if !known {
		return flag(true, i18n.T("Aucune fréquence de mise à jour n’est annoncée.", "No update frequency is announced."))
	}
	if d.NextDue.IsZero() || !d.Late(s.now) {
		return measured(0, 1)
	}
	period := frequency.Next(d.NextDue).Sub(d.NextDue)
	m := measured(min(1, float64(s.now.Sub(d.NextDue))/float64(max(period, time.Hour))), 1)
	m.Bad = math.Round(m.Bad*100) / 100 // a score does not move with the minute
	m.Why = i18n.T("Une nouvelle version était attendue le %s.", "A new version was due on %s.", i18n.Text{FR: i18n.Date(i18n.FR, d.NextDue), EN: i18n.Date(i18n.EN, d.NextDue)})
	return m
}

// period compares the years in the data with the date of publication, and the data with that of the version before.
func (s subject) period() Measure {
	if s.reading == nil {
		return Measure{State: Unmeasured, Why: i18n.T("Aucune donnée n’a été lue.", "No data was read.")}
	}
	if s.before != "" && s.before == s.reading.Digest {
		m := flag(true, i18n.T("Cette version contient exactement les données de la précédente, sous une nouvelle date.", "This version holds exactly the data of the one before, under a new date."))
		m.Findings = []Finding{{Kind: "same-data-new-date", Text: m.Why, Bad: 1, Total: 1}}
		return m
	}
	latest := s.reading.Latest
	if latest == 0 {
		return inapplicable(i18n.T("Aucune colonne ne dit de quelle période sont les données.", "No column says of what period the data is."))
	}
	declared := yearOf(s.dataset.CoverageEnd)
	published := s.version.PublishedAt.Year()
	switch {
	case declared > latest+1:
		m := flag(true, i18n.T("La description annonce des données jusqu’à %d ; les plus récentes sont de %d.", "The description announces data until %d; the most recent is of %d.", declared, latest))
		m.Findings = []Finding{{Kind: "stale-figures", Text: m.Why, Bad: 1, Total: 1}}
		return m
	case declared == 0 && published-latest > 2:
		m := flag(true, i18n.T("La version a été publiée en %d ; ses chiffres les plus récents sont de %d, et la description ne dit pas la période.", "The version was published in %d; its most recent figures are of %d, and the description does not say the period.", published, latest))
		m.Findings = []Finding{{Kind: "stale-figures", Text: m.Why, Bad: 1, Total: 1}}
		return m
	}
	if b := s.reading.Behind; b != nil {
		label := b.Field
		if f, ok := s.version.Schema.Field(b.Field); ok {
			label = s.label(f)
		}
		return b.measure(label)
	}
	return measured(0, 1)
}

// Words that tell the language of a name, with the codes and words of the field.
var (
	frenchWords  = strings.Fields("nom prenom libelle numero nombre annee rentree debut fin ville commune departement academie region pays adresse etablissement ecole college lycee eleve eleves effectif effectifs fille filles garcon garcons secteur nature etat taux part population scolaire postal telephone courriel classe niveau diplome formation enseignant enseignants licence licences equipement surface hauteur largeur longueur date heure jour mois adherents salle categorie sexe statut mise jour ouverture fermeture identifiant voie")
	englishWords = strings.Fields("name first last label number year start end begin city town country address school schools student students pupil pupils teacher teachers count level rate share phone email website width height length day month week update updated created description title status category gender sex female male girls boys women men street zip room size value opening closing latitude longitude")
)

// names finds columns named in another language than most of the others, or by a bare code.
func (s subject) names() Measure {
	language := map[string]int{}
	of := func(f schema.Field) string {
		french, english := 0, 0
		for _, w := range strings.Split(schema.Name(s.label(f)), "_") {
			switch {
			case slices.Contains(frenchWords, w):
				french++
			case slices.Contains(englishWords, w):
				english++
			}
		}
		switch {
		case french > english:
			return "fr"
		case english > french:
			return "en"
		}
		return ""
	}
	for _, f := range s.version.Schema.Fields {
		language[of(f)]++
	}
	usual := "fr"
	if language["en"] > language["fr"] {
		usual = "en"
	}
	return s.eachField("mixed-names", i18n.T("Les noms des colonnes mêlent le français, l’anglais et des codes.", "The names of the columns mix French, English and codes."), always, func(f schema.Field) float64 {
		spoken := of(f)
		return oneIf(spoken != "" && spoken != usual || spoken == "" && bareCode(s.label(f)))
	})
}

// bareCode reports whether a name says nothing to who does not know it: "v12", "cd_ntr", "x_3".
func bareCode(label string) bool {
	words := strings.Split(schema.Name(label), "_")
	known := []string{"uai", "siret", "siren", "id", "url", "cp", "nb", "tel", "mail", "ine", "rne", "rep", "upi", "ulis", "segpa", "cle", "lat", "lon", "x", "y", "lv1", "lv2"}
	for _, w := range words {
		vowels := strings.ContainsAny(w, "aeiouy")
		digits := strings.ContainsAny(w, "0123456789")
		if slices.Contains(known, w) || vowels && !(digits && len(w) <= 4) && len(w) > 2 {
			return false
		}
	}
	return true
}
