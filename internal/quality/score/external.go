package score

import (
	"strings"
	"time"
	"unicode/utf8"

	"socle/internal/asset"
	"socle/internal/i18n"
)

// External is the score that somebody else's method gives, from the description alone.
type External struct {
	Points int         `json:"points"`
	Of     int         `json:"of"`
	Grade  i18n.Text   `json:"grade,omitzero"`
	Parts  []Indicator `json:"parts"`
}

// Indicator is one line of such a method.
type Indicator struct {
	ID     string    `json:"id"` // as the method calls it: "dcat:keyword", "temporal_coverage"
	Group  i18n.Text `json:"group,omitzero"`
	Label  i18n.Text `json:"label"`
	Points int       `json:"points"`
	Of     int       `json:"of"`
}

// france is the quality score of data.gouv.fr: nine questions about the description, a ninth of the score each (udata,
// compute_quality_score).
func (s subject) france() External {
	d, has := s.dataset, s.version.Number > 0
	_, rhythm := asset.FrequencyOf(d.Frequency)
	licence, known := asset.LicenceOf(d.Licence)
	inTime := rhythm && (d.NextDue.IsZero() || s.now.Before(d.NextDue.Add(24*time.Hour)))
	out := External{Of: 9}
	for _, q := range []struct {
		id    string
		label i18n.Text
		yes   bool
	}{
		{"license", i18n.T("Une licence est renseignée", "A licence is given"), d.Licence != "" && (!known || licence.ID != asset.NoLicence)},
		{"temporal_coverage", i18n.T("La couverture temporelle est renseignée", "The temporal coverage is given"), d.CoverageStart != "" || d.CoverageEnd != ""},
		{"spatial", i18n.T("La couverture spatiale est renseignée", "The spatial coverage is given"), d.Spatial != ""},
		{"update_frequency", i18n.T("La fréquence de mise à jour est renseignée", "The update frequency is given"), rhythm},
		{"update_fulfilled_in_time", i18n.T("La fréquence annoncée est respectée", "The announced frequency is kept"), has && inTime},
		{"dataset_description_quality", i18n.T("La description dépasse 100 caractères", "The description is over 100 characters"), utf8.RuneCountInString(strings.TrimSpace(d.Description)) > 100},
		{"has_open_format", i18n.T("Un fichier est dans un format ouvert", "A file is in an open format"), has},
		{"all_resources_available", i18n.T("Les fichiers sont disponibles", "The files are available"), has && s.version.Erased == nil},
		{"resources_documentation", i18n.T("Les fichiers sont documentés", "The files are documented"), has},
	} {
		i := Indicator{ID: q.id, Label: q.label, Of: 1}
		if q.yes {
			i.Points, out.Points = 1, out.Points+1
		}
		out.Parts = append(out.Parts, i)
	}
	return out
}

// europe is the Metadata Quality Assessment of data.europa.eu: 405 points in five dimensions, each indicator all or nothing.
//
// Source: the tables of https://data.europa.eu/mqa/methodology, as the programs that apply them outside of that portal copy
// them too (ckan-mqa, yoda-validator). The vocabularies and DCAT-AP itself are kept by construction: this portal writes the metadata.
func (s subject) europe() External {
	d, has := s.dataset, s.version.Number > 0
	open := has && d.Level == asset.Open
	_, known := asset.LicenceOf(d.Licence)
	licensed := d.Licence != "" && d.Licence != asset.NoLicence
	out := External{}
	var group i18n.Text
	line := func(points int, yes bool, id, fr, en string) {
		i := Indicator{ID: id, Group: group, Label: i18n.T(fr, en), Of: points}
		if yes {
			i.Points = points
		}
		out.Points, out.Of = out.Points+i.Points, out.Of+i.Of
		out.Parts = append(out.Parts, i)
	}
	group = i18n.T("Repérabilité", "Findability")
	line(30, len(d.Keywords) > 0, "dcat:keyword", "Mots-clés", "Keywords")
	line(30, len(d.Themes) > 0, "dcat:theme", "Thèmes", "Categories")
	line(20, d.Spatial != "", "dct:spatial", "Couverture spatiale", "Geographic coverage")
	line(20, d.CoverageStart != "" || d.CoverageEnd != "", "dct:temporal", "Couverture temporelle", "Time coverage")
	group = i18n.T("Accessibilité", "Accessibility")
	line(50, open, "dcat:accessURL answers", "L’adresse d’accès répond", "The access address answers")
	line(20, has, "dcat:downloadURL", "Une adresse de téléchargement est donnée", "A download address is given")
	line(30, open, "dcat:downloadURL answers", "L’adresse de téléchargement répond", "The download address answers")
	group = i18n.T("Interopérabilité", "Interoperability")
	line(20, has, "dct:format", "Format", "Format")
	line(10, has, "dcat:mediaType", "Type de média", "Media type")
	line(10, has, "dct:format and dcat:mediaType from a vocabulary", "Format et type tirés d’un vocabulaire", "Format and media type from a vocabulary")
	line(20, has, "dct:format non-proprietary", "Format non propriétaire", "Non-proprietary format")
	line(20, has, "dct:format machine-readable", "Format lisible par une machine", "Machine-readable format")
	line(30, d.Title != "" && d.Description != "", "DCAT-AP", "Propriétés obligatoires de DCAT-AP", "Mandatory properties of DCAT-AP")
	group = i18n.T("Réutilisabilité", "Reusability")
	line(20, licensed, "dct:license", "Licence", "Licence")
	line(10, licensed && known, "dct:license from a vocabulary", "Licence tirée d’un vocabulaire", "Licence from a vocabulary")
	line(10, true, "dct:accessRights", "Conditions d’accès", "Access restrictions")
	line(5, true, "dct:accessRights from a vocabulary", "Conditions d’accès tirées d’un vocabulaire", "Access restrictions from a vocabulary")
	line(20, d.Contact != "", "dcat:contactPoint", "Contact", "Contact point")
	line(10, true, "dct:publisher", "Éditeur", "Publisher")
	group = i18n.T("Contexte", "Contextuality")
	line(5, licensed, "dct:rights", "Droits", "Rights")
	line(5, has, "dcat:byteSize", "Taille du fichier", "File size")
	line(5, !d.CreatedAt.IsZero(), "dct:issued", "Date de création", "Date of issue")
	line(5, !d.UpdatedAt.IsZero(), "dct:modified", "Date de modification", "Modification date")
	out.Grade = europeGrade(out.Points)
	return out
}

// europeGrade is how data.europa.eu calls points: 0–120, 121–220, 221–350, 351–405.
func europeGrade(points int) i18n.Text {
	switch {
	case points > 350:
		return i18n.T("excellent", "excellent")
	case points > 220:
		return i18n.T("bon", "good")
	case points > 120:
		return i18n.T("suffisant", "sufficient")
	}
	return i18n.T("mauvais", "bad")
}
