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
		label i18n.Text
		yes   bool
	}{
		{i18n.T("Une licence est renseignée", "A licence is given"), d.Licence != "" && (!known || licence.ID != asset.NoLicence)},
		{i18n.T("La couverture temporelle est renseignée", "The temporal coverage is given"), d.CoverageStart != "" || d.CoverageEnd != ""},
		{i18n.T("La couverture spatiale est renseignée", "The spatial coverage is given"), d.Spatial != ""},
		{i18n.T("La fréquence de mise à jour est renseignée", "The update frequency is given"), rhythm},
		{i18n.T("La fréquence annoncée est respectée", "The announced frequency is kept"), has && inTime},
		{i18n.T("La description dépasse 100 caractères", "The description is over 100 characters"), utf8.RuneCountInString(strings.TrimSpace(d.Description)) > 100},
		{i18n.T("Un fichier est dans un format ouvert", "A file is in an open format"), has},
		{i18n.T("Les fichiers sont disponibles", "The files are available"), has && s.version.Erased == nil},
		{i18n.T("Les fichiers sont documentés", "The files are documented"), has},
	} {
		i := Indicator{Label: q.label, Of: 1}
		if q.yes {
			i.Points, out.Points = 1, out.Points+1
		}
		out.Parts = append(out.Parts, i)
	}
	return out
}

// europe is the Metadata Quality Assessment of the portal of the European Union, of 405 points. The groups, their totals and the
// grades are those it publishes; the points of each indicator are from general knowledge of its method, and the page says so.
func (s subject) europe() External {
	d, has := s.dataset, s.version.Number > 0
	open := has && d.Level == asset.Open
	_, known := asset.LicenceOf(d.Licence)
	groups := []struct {
		title i18n.Text
		lines []struct {
			label  i18n.Text
			points int
			yes    bool
		}
	}{}
	group := func(fr, en string) {
		groups = append(groups, struct {
			title i18n.Text
			lines []struct {
				label  i18n.Text
				points int
				yes    bool
			}
		}{title: i18n.T(fr, en)})
	}
	line := func(points int, yes bool, fr, en string) {
		g := &groups[len(groups)-1]
		g.lines = append(g.lines, struct {
			label  i18n.Text
			points int
			yes    bool
		}{i18n.T(fr, en), points, yes})
	}
	group("Repérabilité", "Findability")
	line(30, len(d.Keywords) > 0, "Mots-clés", "Keywords")
	line(30, len(d.Themes) > 0, "Thèmes", "Categories")
	line(20, d.Spatial != "", "Couverture spatiale", "Geographic coverage")
	line(20, d.CoverageStart != "" || d.CoverageEnd != "", "Couverture temporelle", "Time coverage")
	group("Accessibilité", "Accessibility")
	line(50, open, "L’adresse d’accès répond", "The access address answers")
	line(20, has, "Une adresse de téléchargement est donnée", "A download address is given")
	line(30, open, "L’adresse de téléchargement répond", "The download address answers")
	group("Interopérabilité", "Interoperability")
	line(20, has, "Format", "Format")
	line(10, has, "Type de média", "Media type")
	line(10, has, "Format et type tirés d’un vocabulaire", "Format and media type from a vocabulary")
	line(20, has, "Format non propriétaire", "Non-proprietary format")
	line(20, has, "Format lisible par une machine", "Machine-readable format")
	line(30, d.Title != "" && d.Description != "", "Propriétés obligatoires de DCAT-AP", "Mandatory properties of DCAT-AP")
	group("Réutilisabilité", "Reusability")
	line(20, d.Licence != "" && d.Licence != asset.NoLicence, "Licence", "Licence")
	line(10, known, "Licence tirée d’un vocabulaire", "Licence from a vocabulary")
	line(10, true, "Conditions d’accès", "Access restrictions")
	line(5, true, "Conditions d’accès tirées d’un vocabulaire", "Access restrictions from a vocabulary")
	line(20, d.Contact != "", "Contact", "Contact point")
	line(10, true, "Éditeur", "Publisher")
	group("Contexte", "Contextuality")
	line(5, d.Licence != "", "Droits", "Rights")
	line(5, has, "Taille du fichier", "File size")
	line(5, !d.CreatedAt.IsZero(), "Date de création", "Date of issue")
	line(5, !d.UpdatedAt.IsZero(), "Date de modification", "Modification date")
	out := External{}
	for _, g := range groups {
		for _, l := range g.lines {
			i := Indicator{Group: g.title, Label: l.label, Of: l.points}
			if l.yes {
				i.Points = l.points
			}
			out.Points, out.Of = out.Points+i.Points, out.Of+i.Of
			out.Parts = append(out.Parts, i)
		}
	}
	switch { // https://data.europa.eu/mqa/methodology
	case out.Points > 350:
		out.Grade = i18n.T("excellent", "excellent")
	case out.Points > 220:
		out.Grade = i18n.T("bon", "good")
	case out.Points > 120:
		out.Grade = i18n.T("suffisant", "sufficient")
	default:
		out.Grade = i18n.T("mauvais", "bad")
	}
	return out
}
