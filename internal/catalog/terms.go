package catalog

import (
	"strings"
	"time"

	"socle/internal/asset"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/schema"
)

// licenceOf returns the licence that an id or an address names. One that is not in the list is shown as it is.
func licenceOf(id string) asset.Licence {
	if licence, known := asset.LicenceOf(id); known {
		return licence
	}
	return asset.Licence{ID: id, Title: id, URL: safeLink(id)}
}

// frequencyLabel returns how people call a rhythm of publication.
func frequencyLabel(id string) i18n.Text {
	if frequency, known := asset.FrequencyOf(id); known {
		return frequency.Label
	}
	return i18n.Text{FR: id, EN: id}
}

// levelLabel returns how people call a level of access.
func levelLabel(level asset.Level) i18n.Text {
	switch level {
	case asset.Internal:
		return i18n.T("Interne", "Internal")
	case asset.Restricted:
		return i18n.T("Restreint", "Restricted")
	}
	return i18n.T("Ouvert", "Open")
}

// levelMeaning says who may read an asset of a level.
func levelMeaning(level asset.Level) i18n.Text {
	switch level {
	case asset.Internal:
		return i18n.T("toute personne connectée", "anybody who is signed in")
	case asset.Restricted:
		return i18n.T("les membres de l’organisation et les personnes autorisées", "members of the organisation and authorised people")
	}
	return i18n.T("tout le monde, sans compte", "everybody, without an account")
}

// stateLabel returns how people call the state of an asset.
func stateLabel(state asset.State) i18n.Text {
	switch state {
	case asset.Draft:
		return i18n.T("Brouillon", "Draft")
	case asset.Withdrawn:
		return i18n.T("Retiré", "Withdrawn")
	}
	return i18n.T("Publié", "Published")
}

// typeLabel returns how people call the type of a field.
func typeLabel(t schema.Type) i18n.Text {
	switch t {
	case schema.Integer:
		return i18n.T("nombre entier", "integer")
	case schema.Decimal:
		return i18n.T("nombre décimal", "decimal")
	case schema.Boolean:
		return i18n.T("oui ou non", "yes or no")
	case schema.Date:
		return i18n.T("date", "date")
	case schema.Datetime:
		return i18n.T("date et heure", "date and time")
	case schema.Point:
		return i18n.T("point géographique", "geographic point")
	case schema.Geometry:
		return i18n.T("forme géographique", "geographic shape")
	case schema.JSON:
		return i18n.T("valeur structurée", "structured value")
	}
	return i18n.T("texte", "text")
}

// roleMeaning says what a role lets do.
func roleMeaning(role identity.Role) i18n.Text {
	switch role {
	case identity.Reader:
		return i18n.T("lit les jeux restreints de l’organisation", "reads the organisation’s restricted datasets")
	case identity.Contributor:
		return i18n.T("prépare des brouillons", "prepares drafts")
	case identity.Publisher:
		return i18n.T("publie des versions et décrit les jeux", "publishes versions and describes datasets")
	case identity.Steward:
		return i18n.T("décide de l’accès aux jeux et les retire", "decides who reads datasets and withdraws them")
	case identity.Administrator:
		return i18n.T("gère les membres et l’organisation", "manages members and the organisation")
	}
	return i18n.Text{}
}

// roles lists the roles that can be given, the narrowest first.
var roles = []identity.Role{identity.Reader, identity.Contributor, identity.Publisher, identity.Steward, identity.Administrator}

// facetLabel returns how people read a value of a facet.
func facetLabel(lang i18n.Lang, key, value string, organizations map[string]string) string {
	switch key {
	case FacetOrganization:
		return first(organizations[value], value)
	case FacetLicence:
		return licenceOf(value).Title
	case FacetLevel:
		return levelLabel(asset.Level(value)).In(lang)
	case FacetFeature:
		return featureLabel(value).In(lang)
	}
	return value
}

func featureLabel(feature string) i18n.Text {
	switch feature {
	case FeatureGeo:
		return i18n.T("Carte", "Map")
	case FeatureTime:
		return i18n.T("Dates", "Dates")
	case FeatureNumbers:
		return i18n.T("Chiffres", "Figures")
	}
	return i18n.Text{FR: feature, EN: feature}
}

// period writes the period that a dataset covers: "de 2019 à 2024", "depuis septembre 2024", "jusqu’au 1er août 2024".
func period(start, end string) i18n.Text {
	from, to := partialDate(start), partialDate(end)
	switch {
	case start == "" && end == "":
		return i18n.Text{}
	case start == end:
		return from
	case start == "":
		return i18n.Text{FR: joinDate("jusqu’au ", "jusqu’en ", "jusqu’en ", end, to), EN: "until " + to.EN}
	case end == "":
		return i18n.Text{FR: joinDate("depuis le ", "depuis ", "depuis ", start, from), EN: "since " + from.EN}
	}
	return i18n.Text{FR: joinDate("du ", "de ", "d’", start, from) + joinDate(" au ", " à ", " à ", end, to), EN: "from " + from.EN + " to " + to.EN}
}

// joinDate puts before a date the word that French wants: one for a day, one for a year or a month, one for those
// that begin with a vowel.
func joinDate(day, other, vowel, date string, text i18n.Text) string {
	switch {
	case strings.Count(date, "-") == 2:
		return day + text.FR
	case strings.HasPrefix(text.FR, "a") || strings.HasPrefix(text.FR, "o"): // avril, août, octobre
		return vowel + text.FR
	}
	return other + text.FR
}

// partialDate writes a year, a month or a day as people read it.
func partialDate(s string) i18n.Text {
	switch strings.Count(s, "-") {
	case 1:
		if t, err := parseMonth(s); err == nil {
			return i18n.Text{FR: monthOf(i18n.FR, t), EN: monthOf(i18n.EN, t)}
		}
	case 2:
		if t, err := parseDay(s); err == nil {
			return i18n.Text{FR: i18n.Date(i18n.FR, t), EN: i18n.Date(i18n.EN, t)}
		}
	}
	return i18n.Text{FR: s, EN: s}
}

func parseDay(s string) (time.Time, error)   { return time.Parse("2006-01-02", s) }
func parseMonth(s string) (time.Time, error) { return time.Parse("2006-01", s) }

// monthOf writes a month in full: the date of its second day, without the day.
func monthOf(lang i18n.Lang, month time.Time) string {
	_, rest, _ := strings.Cut(i18n.Date(lang, month.AddDate(0, 0, 1)), " ")
	return rest
}
