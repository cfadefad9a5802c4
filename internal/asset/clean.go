package asset

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/schema"
)

// The longest texts, in characters: far above any honest use.
const (
	maxLine  = 500
	maxText  = 100_000
	maxTerms = 100
)

// MakeID makes an identifier from a title or the name of a file: "Effectifs d’élèves 2026" becomes
// "effectifs-d-eleves-2026". It returns "" for a text without a letter or a digit.
func MakeID(text string) string {
	id := strings.ReplaceAll(schema.Name(text), "_", "-")
	if len(id) > 100 {
		id = strings.TrimRight(id[:100], "-")
	}
	return id
}

func checkID(id string) error {
	if ValidID(id) {
		return nil
	}
	return fault.New(fault.Invalid, "id_invalid", i18n.T(
		"L’identifiant « %s » ne convient pas : des minuscules sans accent, des chiffres, « - » et « _ », au plus 100 caractères, en commençant par une lettre ou un chiffre.",
		"The identifier “%s” will not do: lower-case letters without accents, digits, “-” and “_”, 100 characters at most, beginning with a letter or a digit.",
		clip(id))).At("id")
}

func badLevel(level Level) error {
	return fault.New(fault.Invalid, "level_unknown", i18n.T(
		"Le niveau d’accès « %s » n’existe pas. Choisissez « open » (ouvert), « internal » (interne) ou « restricted » (restreint).",
		"The access level “%s” does not exist. Choose “open”, “internal” or “restricted”.", clip(string(level)))).At("access")
}

// clean returns the description as it is kept, or what is wrong with it.
func (d Dataset) clean() (Dataset, error) {
	for _, line := range []struct {
		text     *string
		field    string
		required bool
		most     int
	}{
		{&d.Title, "title", true, maxLine}, {&d.Description, "description", false, maxText}, {&d.Spatial, "spatial", false, maxLine},
		{&d.Contact, "contact", false, maxLine}, {&d.Source, "source", false, maxLine},
	} {
		*line.text = strings.TrimSpace(*line.text)
		if line.required && *line.text == "" {
			return d, fault.New(fault.Invalid, "title_missing", i18n.T(
				"Le jeu de données n’a pas de titre. Donnez-lui-en un, tel qu’un visiteur le chercherait.",
				"The dataset has no title. Give it one, as a visitor would look for it.")).At(line.field)
		}
		if n := utf8.RuneCountInString(*line.text); n > line.most {
			return d, fault.New(fault.TooLarge, "text_too_long", i18n.T(
				"Ce texte fait %d caractères ; il en faut au plus %d.", "This text has %d characters; at most %d are allowed.",
				n, line.most)).At(line.field)
		}
	}
	if !d.Level.Valid() {
		return d, badLevel(d.Level)
	}
	d.Keywords, d.Themes, d.Key = terms(d.Keywords), terms(d.Themes), terms(d.Key)
	if d.Fields == nil {
		d.Fields = map[string]FieldDoc{}
	}
	if err := d.checkFields(); err != nil {
		return d, err
	}
	var err error
	if d.Licence, err = cleanLicence(d.Licence); err != nil {
		return d, err
	}
	if d.Frequency, err = cleanFrequency(d.Frequency); err != nil {
		return d, err
	}
	return d, d.checkCoverage()
}

func (d Dataset) checkFields() error {
	for name, doc := range d.Fields {
		if doc.Role != "" && !slices.Contains(Roles, doc.Role) {
			return fault.New(fault.Invalid, "role_unknown", i18n.T(
				"Le rôle « %s » du champ « %s » n’existe pas.", "The role “%s” of the field “%s” does not exist.",
				clip(string(doc.Role)), clip(name))).At("fields")
		}
		if doc.Sensitivity != "" && !slices.Contains(Sensitivities, doc.Sensitivity) {
			return fault.New(fault.Invalid, "sensitivity_unknown", i18n.T(
				"La sensibilité « %s » du champ « %s » n’existe pas. Choisissez « public », « internal », « personal » ou « sensitive ».",
				"The sensitivity “%s” of the field “%s” does not exist. Choose “public”, “internal”, “personal” or “sensitive”.",
				clip(string(doc.Sensitivity)), clip(name))).At("fields")
		}
	}
	return nil
}

// terms trims words and drops the empty and the repeated ones, whatever their case and accents.
func terms(words []string) []string {
	kept, seen := []string{}, map[string]bool{}
	for _, word := range words {
		word = strings.Join(strings.Fields(word), " ")
		folded := schema.Name(word)
		if word == "" || seen[folded] || len(kept) == maxTerms {
			continue
		}
		if utf8.RuneCountInString(word) > maxLine {
			word = string([]rune(word)[:maxLine])
		}
		seen[folded] = true
		kept = append(kept, word)
	}
	return kept
}

func cleanLicence(text string) (string, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return DefaultLicence, nil
	}
	if l, ok := LicenceOf(text); ok {
		return l.ID, nil
	}
	if address, err := url.Parse(text); err == nil && (address.Scheme == "https" || address.Scheme == "http") && address.Host != "" {
		return text, nil
	}
	ids := make([]string, 0, 9)
	for _, l := range Licences() {
		ids = append(ids, l.ID)
	}
	return "", fault.New(fault.Invalid, "licence_unknown", i18n.T(
		"La licence « %s » n’est pas connue. Donnez l’adresse de son texte, ou l’un de ces noms : %s.",
		"The licence “%s” is not known. Give the address of its text, or one of these names: %s.",
		clip(text), strings.Join(ids, ", "))).At("licence")
}

func cleanFrequency(text string) (string, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return "", nil
	}
	if f, ok := FrequencyOf(text); ok {
		return f.ID, nil
	}
	ids := make([]string, 0, 16)
	for _, f := range Frequencies() {
		ids = append(ids, f.ID)
	}
	return "", fault.New(fault.Invalid, "frequency_unknown", i18n.T(
		"La fréquence « %s » n’est pas connue. Choisissez parmi : %s.",
		"The frequency “%s” is not known. Choose among: %s.", clip(text), strings.Join(ids, ", "))).At("frequency")
}

var dayLayout = regexp.MustCompile(`^\d{4}(-\d{2}(-\d{2})?)?$`)

func (d Dataset) checkCoverage() error {
	for _, bound := range []struct{ text, field string }{{d.CoverageStart, "coverageStart"}, {d.CoverageEnd, "coverageEnd"}} {
		if bound.text == "" {
			continue
		}
		valid := dayLayout.MatchString(bound.text)
		if valid {
			_, err := time.Parse(time.DateOnly[:len(bound.text)], bound.text)
			valid = err == nil
		}
		if !valid {
			return fault.New(fault.Invalid, "coverage_invalid", i18n.T(
				"« %s » n’est pas une date. Écrivez une année, un mois ou un jour : 2026, 2026-09 ou 2026-09-01.",
				"“%s” is not a date. Write a year, a month or a day: 2026, 2026-09 or 2026-09-01.", clip(bound.text))).At(bound.field)
		}
	}
	// "2026" ends after "2026-09" begins: only the part that both give can be compared.
	common := min(len(d.CoverageStart), len(d.CoverageEnd))
	if common > 0 && d.CoverageEnd[:common] < d.CoverageStart[:common] {
		return fault.New(fault.Invalid, "coverage_reversed", i18n.T(
			"La période couverte finit (%s) avant de commencer (%s).", "The period covered ends (%s) before it begins (%s).",
			d.CoverageEnd, d.CoverageStart)).At("coverageEnd")
	}
	return nil
}

// clip keeps a message readable, whatever was sent.
func clip(text string) string {
	if r := []rune(text); len(r) > 80 {
		return string(r[:80]) + "…"
	}
	return text
}
