package format

import (
	"socle/internal/french"
	"socle/internal/i18n"
	"socle/internal/schema"
)

// pluralOf names the values of a type.
func pluralOf(t schema.Type) i18n.Text {
	switch t {
	case schema.Integer:
		return i18n.T("des entiers", "whole numbers")
	case schema.Decimal:
		return i18n.T("des nombres", "numbers")
	case schema.Boolean:
		return i18n.T("des oui ou non", "yes or no")
	case schema.Date:
		return i18n.T("des dates", "dates")
	case schema.Datetime:
		return i18n.T("des dates avec l’heure", "dates with a time")
	case schema.Point:
		return i18n.T("des points", "points")
	case schema.Geometry:
		return i18n.T("des formes géographiques", "geometries")
	case schema.JSON:
		return i18n.T("des valeurs JSON", "JSON values")
	}
	return i18n.T("des textes", "texts")
}

// reasonFor says in a sentence why a field has its type.
func reasonFor(g *Guess) i18n.Text {
	all := i18n.Text{FR: i18n.Integer(i18n.FR, g.Values), EN: i18n.Integer(i18n.EN, g.Values)}
	switch {
	case g.Values == 0:
		return i18n.T("La colonne est vide.", "The column is empty.")
	case g.Field.Type == schema.Text:
		return i18n.T("Les valeurs sont des textes.", "The values are texts.")
	case g.Misfits > 0:
		return i18n.T("Les valeurs (%s) sont %s, sauf %d, qui restent vides et sont listées dans le rapport de quarantaine.",
			"The values (%s) are %s, but for %d, which stay empty and are listed in the quarantine report.", all, pluralOf(g.Field.Type), g.Misfits)
	case g.Exact:
		return i18n.T("Toutes les valeurs (%s) sont des nombres, gardés avec toutes leurs décimales.", "All values (%s) are numbers, kept with all their decimals.", all)
	}
	return i18n.T("Toutes les valeurs (%s) sont %s.", "All values (%s) are %s.", all, pluralOf(g.Field.Type))
}

// textReason says why a column whose values would fit another type is text; zero when it is no such column.
func textReason(t *Table, c *ColumnProfile, column int, typ schema.Type) i18n.Text {
	marked, _ := c.marked()
	values := c.Filled - marked
	_, numbers := c.best(schema.Decimal, t.Options)
	if typ != schema.Text || values == 0 || numbers < values-values/toleratedShare {
		return i18n.Text{}
	}
	switch {
	case c.counts[cIntZeros] > 0:
		e := c.examples[cIntZeros][0]
		return i18n.T("Un code : des valeurs commencent par un zéro, par exemple « %s » à la ligne %d.", "A code: some values begin with a zero, for instance “%s” on line %d.", e.Value, e.Line)
	case t.texts != nil && t.texts[column]:
		return i18n.T("Le fichier donne ces nombres comme des textes.", "The file gives these numbers as texts.")
	case isCode(conceptOf(c, schema.Text)):
		return i18n.T("Un code, d’après la forme et la clé des valeurs.", "A code, after the form and the key of the values.")
	case saysCode(c.Name):
		return i18n.T("Un code, d’après le nom de la colonne.", "A code, after the name of the column.")
	case c.counts[cIntBig] > 0:
		return i18n.T("Des nombres trop longs pour être gardés exacts autrement que comme textes.", "Numbers too long to be kept exact otherwise than as texts.")
	}
	return i18n.Text{}
}

// shareOf reports whether n of the filled cells is at least percent of them, and at least one.
func (c *ColumnProfile) shareOf(n int64, percent int64) bool {
	return n > 0 && n*100 >= c.Filled*percent
}

// conceptOf says what the values identify: from their shape and key, or from a name that they do not contradict.
func conceptOf(c *ColumnProfile, typ schema.Type) string {
	if typ != schema.Text && typ != schema.Integer {
		return ""
	}
	few := c.Filled < 20
	named := func(word string) bool { return anyWord(c.Name, []string{word}) }
	switch {
	case c.shareOf(c.codes[french.CodeUAI], 90):
		return "uai"
	case c.shareOf(c.codes[french.CodeSIRET], 90):
		return "siret"
	case c.shareOf(c.codes[french.CodeSIREN], 90) && (!few || named("siren")):
		return "siren"
	case c.shareOf(c.codes[french.CodeNIR], 50):
		return "nir"
	case c.shareOf(c.codes[french.CodeNUMEN], 50):
		return "numen"
	case c.shareOf(c.codes[french.CodeINE]+c.codes[french.CodeINEWeak], 90) && (c.shareOf(c.codes[french.CodeINE], 50) || !few || named("ine")):
		return "ine"
	case c.shareOf(c.codes[french.CodeEmail], 50):
		return "email"
	case c.shareOf(c.codes[french.CodePhone], 50):
		return "phone"
	}
	if typ != schema.Text {
		return ""
	}
	for _, place := range []struct {
		concept string
		words   []string
		check   func(string) french.Verdict
	}{
		{"postal", []string{"postal", "cp", "codepostal"}, french.Postal},
		{"commune", []string{"commune", "insee", "cog", "numcom", "depcom", "codgeo", "com"}, french.Commune},
		{"departement", []string{"departement", "dep", "dept", "numdep"}, french.Departement},
		{"academie", []string{"academie", "academies", "acad"}, french.Academie},
		{"region", []string{"region", "regions"}, french.Region},
		{"mef", []string{"mef", "mefstat"}, french.MEF},
		{"rna", []string{"rna", "waldec"}, french.RNA},
		{"tva", []string{"tva"}, french.VAT},
		{"iban", []string{"iban"}, french.IBAN},
	} {
		if anyWord(c.Name, place.words) && c.examplesPass(place.check) {
			return place.concept
		}
	}
	return ""
}

// examplesPass reports whether every kept value passes a check.
func (c *ColumnProfile) examplesPass(check func(string) french.Verdict) bool {
	seen := false
	for k, examples := range c.examples {
		for _, e := range examples {
			if class(k) == cBlank || class(k).missing() {
				continue
			}
			if !check(e.Value).Valid {
				return false
			}
			seen = true
		}
	}
	return seen
}

// personalCodes are the identifiers of people, with the share of the filled cells from which a column is said to
// hold them; one cell is enough where the shape can hardly be anything else.
var personalCodes = []struct {
	concept string
	percent int64
	codes   []french.Code
	name    i18n.Text
}{
	{"email", 0, []french.Code{french.CodeEmail}, i18n.Text{FR: "une adresse électronique", EN: "an e-mail address"}},
	{"nir", 1, []french.Code{french.CodeNIR}, i18n.Text{FR: "un numéro de sécurité sociale (NIR)", EN: "a social security number (NIR)"}},
	{"numen", 1, []french.Code{french.CodeNUMEN}, i18n.Text{FR: "un NUMEN", EN: "a NUMEN"}},
	{"ine", 20, []french.Code{french.CodeINE}, i18n.Text{FR: "un identifiant national d’élève (INE)", EN: "a national pupil identifier (INE)"}},
	{"phone", 20, []french.Code{french.CodePhone}, i18n.Text{FR: "un numéro de téléphone", EN: "a telephone number"}},
}

// personal reports whether a column holds identifiers of people, by its values or by its name, and why.
func personal(c *ColumnProfile, typ schema.Type) (bool, i18n.Text) {
	for _, p := range personalCodes {
		var n int64
		for _, code := range p.codes {
			n += c.codes[code]
		}
		if c.shareOf(n, p.percent) {
			return true, i18n.T("La forme est celle d’%s : %s sur %d.", "The form is that of %s: %s of %d.",
				p.name, i18n.Count(n, i18n.T("valeur", "value"), i18n.T("valeurs", "values")), c.Filled)
		}
	}
	if conceptOf(c, typ) == "ine" {
		return true, i18n.T("Les valeurs ont la forme et la clé d’un INE.", "The values have the form and the key of an INE.")
	}
	word := saysPerson(c.Name)
	if word == "" || c.Filled == 0 || typ != schema.Text && typ != schema.Integer {
		return false, i18n.Text{}
	}
	for _, p := range personalCodes {
		if p.concept == word {
			return true, i18n.T("Le nom de la colonne annonce %s.", "The name of the column announces %s.", p.name)
		}
	}
	return false, i18n.Text{}
}
