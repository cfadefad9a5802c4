package french

import "socle/internal/i18n"

// A Concept is something that the values of a field may identify, with the check of one value.
type Concept struct {
	Name     string // in schemas and addresses; never changes
	Label    i18n.Text
	Example  string // a right value that nobody bears, or a public one
	Personal bool   // identifies a person: a report never shows a value in clear
	Keyed    bool   // a key in the value finds a single wrong digit
	Check    func(string) Verdict
}

// Concepts lists the concepts that the package knows.
func Concepts() []Concept {
	return []Concept{
		{"uai", i18n.T("Établissement scolaire (UAI)", "School (UAI)"), "0750655E", false, true, UAI},
		{"ine", i18n.T("Élève ou étudiant (INE)", "Pupil or student (INE)"), "1234567890V", true, false, func(s string) Verdict { v, _ := INE(s); return v }},
		{"nir", i18n.T("Numéro de sécurité sociale (NIR)", "Social security number (NIR)"), "269054958815780", true, true, NIR},
		{"numen", i18n.T("Agent de l’éducation nationale (NUMEN)", "Agent of the ministry (NUMEN)"), "01E9501234ABC", true, false, NUMEN},
		{"siren", i18n.T("Entreprise ou organisme (SIREN)", "Company or body (SIREN)"), "110043015", false, true, SIREN},
		{"siret", i18n.T("Établissement (SIRET)", "Establishment (SIRET)"), "11004301500012", false, true, SIRET},
		{"tva", i18n.T("Numéro de TVA", "VAT number"), "FR44732829320", false, true, VAT},
		{"rna", i18n.T("Association (RNA)", "Association (RNA)"), "W751212517", false, false, RNA},
		{"commune", i18n.T("Commune (code officiel géographique)", "Commune (official geographic code)"), "35238", false, false, Commune},
		{"postal", i18n.T("Code postal", "Postal code"), "35000", false, false, Postal},
		{"departement", i18n.T("Département", "Département"), "35", false, false, Departement},
		{"academie", i18n.T("Académie", "Académie"), "14", false, false, Academie},
		{"region", i18n.T("Région", "Region"), "53", false, false, Region},
		{"mef", i18n.T("Formation (MEF)", "Training (MEF)"), "10010012110", false, false, MEF},
		{"iban", i18n.T("Compte bancaire (IBAN)", "Bank account (IBAN)"), "FR7630006000011234567890189", true, true, IBAN},
		{"phone", i18n.T("Téléphone", "Telephone"), "0199000000", true, false, Phone},
		{"email", i18n.T("Adresse électronique", "E-mail address"), "accueil@example.org", true, false, Email},
	}
}

// ConceptOf returns the concept of a name and whether there is one.
func ConceptOf(name string) (Concept, bool) {
	for _, c := range Concepts() {
		if c.Name == name {
			return c, true
		}
	}
	return Concept{}, false
}
