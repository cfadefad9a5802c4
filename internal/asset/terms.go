package asset

import (
	"slices"
	"strings"
	"time"

	"socle/internal/i18n"
	"socle/internal/schema"
)

// Licence is a licence that a dataset may have.
type Licence struct {
	ID    string // as the national open data portal writes it: "lov2", "odc-odbl"…
	Title string // its own title, in its own language
	URL   string // the text of it; "" when there is none
	Open  bool   // conforms to the open definition

	spellings []string // other ways of writing it, as [schema.Name] folds them
}

// DefaultLicence is the licence of a dataset that names none: Licence Ouverte 2.0.
const DefaultLicence = "lov2"

// NoLicence is the licence of a dataset about which nothing is said.
const NoLicence = "notspecified"

// Licences returns the known licences, in the order in which a form offers them.
func Licences() []Licence {
	return []Licence{
		{"lov2", "Licence Ouverte / Open Licence 2.0", "https://www.etalab.gouv.fr/licence-ouverte-open-licence/", true,
			[]string{"licence_ouverte_2_0", "licence_ouverte_v2_0", "licence_ouverte_version_2_0", "licence_ouverte_v2", "licence_ouverte_2",
				"licence_ouverte", "open_licence_2_0", "open_licence_v2_0", "open_licence", "lo_2_0", "lo2", "etalab_2_0", "etalab",
				"licence_ouverte_etalab", "licence_ouverte_v2_0_etalab", "licence_ouverte_2_0_etalab", "licence_ouverte_etalab_2_0",
				"licence_etalab", "licence_ouverte_open_licence_version_2_0", "licence_ouverte_open_licence_v2_0",
				"licence_ouverte_open_licence", "etalab_open_licence_2_0"}},
		{"fr-lo", "Licence Ouverte / Open Licence 1.0", "https://www.data.gouv.fr/fr/licences", true,
			[]string{"licence_ouverte_1_0", "licence_ouverte_v1_0", "licence_ouverte_v1", "licence_ouverte_version_1_0", "etalab_1_0"}},
		{"odc-odbl", "Open Data Commons Open Database License (ODbL)", "https://opendatacommons.org/licenses/odbl/1-0/", true,
			[]string{"odbl", "odbl_1_0", "open_database_license", "open_database_license_odbl", "licence_odbl", "odc_odbl_1_0"}},
		{"odc-by", "Open Data Commons Attribution License", "https://opendatacommons.org/licenses/by/1-0/", true,
			[]string{"odc_by_1_0", "open_data_commons_attribution"}},
		{"odc-pddl", "Open Data Commons Public Domain Dedication and Licence (PDDL)", "https://opendatacommons.org/licenses/pddl/1-0/", true,
			[]string{"pddl", "pddl_1_0"}},
		{"cc-zero", "Creative Commons CC0 1.0", "https://creativecommons.org/publicdomain/zero/1.0/", true,
			[]string{"cc0", "cc0_1_0", "cc_zero_1_0", "creative_commons_zero"}},
		{"cc-by", "Creative Commons Attribution 4.0", "https://creativecommons.org/licenses/by/4.0/", true,
			[]string{"cc_by_4_0", "creative_commons_attribution", "creative_commons_by"}},
		{"cc-by-sa", "Creative Commons Attribution – Share Alike 4.0", "https://creativecommons.org/licenses/by-sa/4.0/", true,
			[]string{"cc_by_sa_4_0", "creative_commons_attribution_share_alike", "creative_commons_by_sa"}},
		{NoLicence, "Licence non précisée", "", false,
			[]string{"not_specified", "license_not_specified", "licence_not_specified", "non_precisee", "non_precise", "aucune", "none"}},
	}
}

// LicenceOf returns the licence that text names, by its id, its title, its address or another usual spelling, and
// whether there is one.
func LicenceOf(text string) (Licence, bool) {
	folded := schema.Name(text)
	address := bareAddress(text)
	for _, l := range Licences() {
		if folded == schema.Name(l.ID) || folded == schema.Name(l.Title) || slices.Contains(l.spellings, folded) ||
			(l.URL != "" && address == bareAddress(l.URL)) {
			return l, true
		}
	}
	return Licence{}, false
}

// bareAddress is an address without what does not tell two pages apart.
func bareAddress(text string) string {
	text = strings.ToLower(strings.TrimSpace(text))
	text = strings.TrimPrefix(strings.TrimPrefix(text, "https://"), "http://")
	return strings.TrimSuffix(strings.TrimPrefix(text, "www."), "/")
}

// Frequency is how often a dataset is published.
type Frequency struct {
	ID    string    // "annual"; in capitals, the code of the European Union's frequency vocabulary unless EU says otherwise
	EU    string    // the code in that vocabulary: "ANNUAL_2"
	Label i18n.Text //

	// The time from one publication to the next: a number of months, of days, or a duration; nothing when there is
	// no rhythm.
	months, days int
	rest         time.Duration
	spellings    []string // other ways of writing it, as [schema.Name] folds them
}

// Frequencies returns the known frequencies, the most frequent first.
func Frequencies() []Frequency {
	return []Frequency{
		{"continuous", "CONT", i18n.T("En continu", "Continuous"), 0, 0, 0, []string{"continu", "temps_reel", "real_time", "realtime"}},
		{"hourly", "HOURLY", i18n.T("Toutes les heures", "Hourly"), 0, 0, time.Hour, []string{"horaire"}},
		{"daily", "DAILY", i18n.T("Quotidienne", "Daily"), 0, 1, 0, []string{"quotidien", "journaliere", "tous_les_jours", "every_day", "jour"}},
		{"weekly", "WEEKLY", i18n.T("Hebdomadaire", "Weekly"), 0, 7, 0, []string{"toutes_les_semaines", "semaine"}},
		{"biweekly", "BIWEEKLY", i18n.T("Toutes les deux semaines", "Every two weeks"), 0, 14, 0, []string{"fortnightly", "bimensuelle", "bimensuel", "quinzaine"}},
		{"monthly", "MONTHLY", i18n.T("Mensuelle", "Monthly"), 1, 0, 0, []string{"mensuel", "tous_les_mois", "mois"}},
		{"bimonthly", "BIMONTHLY", i18n.T("Tous les deux mois", "Every two months"), 2, 0, 0, []string{"bimestrielle", "bimestriel"}},
		{"quarterly", "QUARTERLY", i18n.T("Trimestrielle", "Quarterly"), 3, 0, 0, []string{"trimestriel", "trimestre"}},
		{"semiannual", "ANNUAL_2", i18n.T("Semestrielle", "Twice a year"), 6, 0, 0, []string{"semestriel", "semestre", "half_yearly", "annual_2"}},
		{"annual", "ANNUAL", i18n.T("Annuelle", "Annual"), 12, 0, 0, []string{"annuel", "yearly", "tous_les_ans", "par_an", "an", "annee_scolaire"}},
		{"biennial", "BIENNIAL", i18n.T("Tous les deux ans", "Every two years"), 24, 0, 0, []string{"biennale", "bisannuelle", "bisannuel"}},
		{"triennial", "TRIENNIAL", i18n.T("Tous les trois ans", "Every three years"), 36, 0, 0, []string{"triennale", "triennal"}},
		{"irregular", "IRREG", i18n.T("Irrégulière", "Irregular"), 0, 0, 0, []string{"irregulier", "ponctuelle", "ponctuel", "as_needed", "au_besoin"}},
		{"never", "NEVER", i18n.T("Jamais : publication unique", "Never: published once"), 0, 0, 0, []string{"punctual", "unique", "une_fois", "aucune", "jamais"}},
		{"unknown", "UNKNOWN", i18n.T("Inconnue", "Unknown"), 0, 0, 0, []string{"inconnu", "non_precisee"}},
	}
}

// FrequencyOf returns the frequency that text names, by its id, its label or another usual spelling, and whether
// there is one.
func FrequencyOf(text string) (Frequency, bool) {
	folded := schema.Name(text)
	for _, f := range Frequencies() {
		if folded == f.ID || folded == schema.Name(f.EU) || folded == schema.Name(f.Label.FR) || folded == schema.Name(f.Label.EN) ||
			slices.Contains(f.spellings, folded) {
			return f, true
		}
	}
	return Frequency{}, false
}

// Next returns when the publication after the one of last is due, the zero time when the frequency has no rhythm.
// A month too short for the day ends on its last day.
func (f Frequency) Next(last time.Time) time.Time {
	if last.IsZero() || (f.months == 0 && f.days == 0 && f.rest == 0) {
		return time.Time{}
	}
	first := time.Date(last.Year(), last.Month()+time.Month(f.months), 1, last.Hour(), last.Minute(), last.Second(),
		last.Nanosecond(), last.Location())
	lastDay := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(last.Day(), lastDay)-1+f.days).Add(f.rest)
}
