package score

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"socle/internal/access"
	"socle/internal/asset"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/web"
	"socle/internal/web/ui"
)

// The addresses of quality.
const (
	PathQuality  = "/qualite"
	PathCriteria = "/qualite/criteres"
)

// Routes is the table of the pages. A badge and a document ask whether the dataset may be read.
func (s *Service) Routes() web.Routes {
	return web.Routes{
		{Pattern: "GET " + PathQuality, Permission: access.Public, Handler: s.overview},
		{Pattern: "GET " + PathCriteria, Permission: access.Public, Handler: s.explain},
		{Pattern: "GET /jeux/{id}/qualite.svg", Permission: access.Public, Handler: s.badge},
		{Pattern: "GET /jeux/{id}/qualite.json", Permission: access.Public, Handler: s.document},
		{Pattern: "GET /jeux/{id}/qualite.jsonld", Permission: access.Public, Handler: s.dqv},
	}
}

func datasetPath(id string, parts ...string) string {
	return "/jeux/" + url.PathEscape(id) + strings.Join(append([]string{""}, parts...), "/")
}

// panel is what the quality tab of a dataset shows.
type panel struct {
	Dataset asset.Dataset
	Score   Score
	Found   bool
	Whole   bool // the reader sees all of the data, so that examples may be shown
	Edits   bool // the reader may mend what the description lacks
	Rules   Rules
	History []Moment
	Labels  map[string]string // of the fields
	URL     string            // public address of the portal
}

// Panel draws the quality of a dataset, for the page that shows it; its reader was checked already.
func (s *Service) Panel(r *http.Request, d asset.Dataset) (templ.Component, error) {
	ctx := r.Context()
	view, err := s.Access.View(ctx, identity.From(ctx), d.Asset)
	if err != nil {
		return nil, err
	}
	p := panel{Dataset: d, Whole: view.Whole(), Rules: s.rules, Labels: map[string]string{}, URL: s.base(r),
		Edits: s.Access.Can(ctx, identity.From(ctx), access.Describe, d.Asset) == nil}
	if p.Score, p.Found, err = s.Get(ctx, d.UID); err != nil {
		return nil, err
	}
	if p.History, err = s.History(ctx, d.UID); err != nil {
		return nil, err
	}
	head, err := s.Versions.Head(ctx, d.UID)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	for _, f := range head.Schema.Fields {
		p.Labels[f.Name] = first(d.Fields[f.Name].Label, f.Label, f.Name)
	}
	if !p.Whole {
		p.Score = p.Score.partly()
	}
	return panelView(p), nil
}

// partly is what somebody may know of a score who sees only a part of the data: points and rates. Findings show values; counts,
// and rates of many figures, tell how many rows or columns there are that they do not see.
func (s Score) partly() Score {
	lines := make([]Line, len(s.Lines))
	for i, l := range s.Lines {
		m := Measure{Criterion: l.Measure.Criterion, State: l.Measure.State}
		if l.Counts() {
			m.Bad, m.Total, m.Coarse = twoFigures(l.Measure.Rate()), 1, true
		}
		l.Measure = m
		lines[i] = l
	}
	s.Lines = lines
	return s
}

// twoFigures keeps two figures of a rate.
func twoFigures(rate float64) float64 {
	x, _ := strconv.ParseFloat(strconv.FormatFloat(rate, 'g', 2, 64), 64)
	return x
}

func (s *Service) base(r *http.Request) string {
	if s.URL != "" {
		return s.URL
	}
	return web.URL(r, "")
}

// scoreOf returns the score of the dataset that the address of a page names.
func (s *Service) scoreOf(r *http.Request) (asset.Dataset, Score, error) {
	return s.See(r.Context(), r.PathValue("id"))
}

// See returns the last score of a dataset, as who asks may know it: the evidence is for who sees all of the data. It answers
// NotFound before the first one.
func (s *Service) See(ctx context.Context, id string) (asset.Dataset, Score, error) {
	d, err := s.Assets.Get(ctx, id)
	if err != nil {
		return d, Score{}, err
	}
	view, err := s.Access.View(ctx, identity.From(ctx), d.Asset)
	if err != nil {
		return d, Score{}, err
	}
	score, found, err := s.Get(ctx, d.UID)
	if err != nil {
		return d, Score{}, err
	}
	if !found {
		return d, Score{}, fault.New(fault.NotFound, "score_not_found", i18n.T(
			"La qualité de ce jeu n’a pas encore été mesurée. Elle l’est peu après chaque publication.",
			"The quality of this dataset was not measured yet. It is soon after each publication."))
	}
	if !view.Whole() {
		score = score.partly()
	}
	return d, score, nil
}

// explain answers with the page that explains the criteria, made from their file, and what their weights change for the datasets
// that the reader sees.
func (s *Service) explain(w http.ResponseWriter, r *http.Request) error {
	lang := i18n.From(r.Context())
	title := i18n.T("Comment la qualité est mesurée", "How quality is measured").In(lang)
	info := web.PageInfo{Title: title, Active: "qualite", Crumbs: []ui.Crumb{{Label: i18n.T("Qualité", "Quality").In(lang), URL: PathQuality}, {Label: title}}}
	seen, err := s.Summary(r.Context())
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, criteriaPage(info, s.rules, seen.All.Scored))
}

// overview answers with the quality of what the reader may see, by organisation and by theme, in the order of the alphabet: it is
// no league table.
func (s *Service) overview(w http.ResponseWriter, r *http.Request) error {
	v, err := s.Summary(r.Context())
	if err != nil {
		return err
	}
	title := i18n.T("Qualité des données", "Quality of the data").In(i18n.From(r.Context()))
	return web.Render(w, r, http.StatusOK, overviewPage(web.PageInfo{Title: title, Active: "qualite", Crumbs: []ui.Crumb{{Label: title}}}, v))
}
