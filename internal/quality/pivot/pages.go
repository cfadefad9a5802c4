package pivot

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"socle/internal/access"
	"socle/internal/asset"
	"socle/internal/engine"
	"socle/internal/fault"
	"socle/internal/french"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/web"
	"socle/internal/web/ui"
)

// Path is the page of the pivots.
const Path = "/pivots"

const (
	pathProposals = Path + "/propositions"
	pathDecisions = Path + "/decisions"
)

// Pages is the table of the pages of pivots. What each shows is what who asks may read.
func (s *Service) Pages() web.Routes {
	steward := access.On(access.Steward)
	return web.Routes{
		{Pattern: "GET " + Path, Permission: access.Public, Handler: s.showNetwork},
		{Pattern: "GET " + pathProposals, Permission: steward, Handler: s.showProposals},
		{Pattern: "POST " + pathDecisions, Permission: steward, Handler: s.decide},
		{Pattern: "GET " + Path + "/{pivot}", Permission: access.Public, Handler: s.showPivot},
		{Pattern: "GET " + Path + "/{pivot}/couverture", Permission: access.Public, Handler: s.showCoverage},
	}
}

func pivotPath(id string) string { return Path + "/" + url.PathEscape(id) }

func coveragePath(id string, a, b Member) string {
	return pivotPath(id) + "/couverture?" + url.Values{"a": {memberName(a)}, "b": {memberName(b)}}.Encode()
}

func memberName(m Member) string { return m.Dataset.ID + ":" + m.Ref.Field }

// label is how people call a pivot.
func label(id string) i18n.Text {
	if c, known := french.ConceptOf(id); known {
		return c.Label
	}
	words := strings.ReplaceAll(id, "-", " ")
	if words != "" {
		words = strings.ToUpper(words[:1]) + words[1:]
	}
	return i18n.Text{FR: words, EN: words}
}

func info(r *http.Request, title i18n.Text, crumbs ...ui.Crumb) web.PageInfo {
	lang := i18n.From(r.Context())
	home := ui.Crumb{Label: i18n.T("Variables pivots", "Pivot variables").In(lang)}
	if len(crumbs) > 0 {
		home.URL = Path
	}
	return web.PageInfo{Title: title.In(lang), Active: "pivots", Crumbs: append([]ui.Crumb{home}, crumbs...)}
}

// networkView is the page of all pivots.
type networkView struct {
	Pivots   []Pivot
	Drawing  drawing
	Steward  bool
	Waiting  int // proposals
	Datasets int
}

func (s *Service) showNetwork(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	list, err := s.Pivots(ctx)
	if err != nil {
		return err
	}
	v := networkView{Pivots: list, Drawing: draw(i18n.From(ctx), list), Steward: access.On(access.Steward).Check(identity.From(ctx)) == nil}
	var uids []string
	for _, p := range list {
		for _, m := range p.Members {
			uids = append(uids, m.Ref.Dataset)
		}
	}
	slices.Sort(uids)
	v.Datasets = len(slices.Compact(uids))
	if v.Steward {
		proposals, err := s.Proposals(ctx)
		if err != nil {
			return err
		}
		v.Waiting = len(proposals)
	}
	page := info(r, i18n.T("Variables pivots", "Pivot variables"))
	page.Description = i18n.T("Les codes que plusieurs jeux de données partagent, et par lesquels ils se croisent.", "The codes that several datasets share, and by which they are joined.").In(i18n.From(ctx))
	return web.Render(w, r, http.StatusOK, networkPage(page, v))
}

// pivotView is the page of one pivot.
type pivotView struct {
	Pivot    Pivot
	Coverage []engine.KeyCoverage // of each member with the reference: A is the member; zero for the reference itself
	Yours    []bool               // the members on which who asks may decide
}

// decides reports whether who asks may decide on a member.
func (v pivotView) decides() bool { return slices.Contains(v.Yours, true) }

func (s *Service) showPivot(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	p, err := s.Pivot(ctx, r.PathValue("pivot"))
	if err != nil {
		return err
	}
	v := pivotView{Pivot: p, Coverage: make([]engine.KeyCoverage, len(p.Members))}
	for _, m := range p.Members {
		v.Yours = append(v.Yours, s.mayDecide(ctx, m))
	}
	for i, m := range p.Members[1:] {
		if v.Coverage[i+1], err = s.Cover(ctx, m, p.Reference()); err != nil {
			return err
		}
	}
	return web.Render(w, r, http.StatusOK, pivotPage(info(r, label(p.ID), ui.Crumb{Label: label(p.ID).In(i18n.From(ctx))}), v))
}

// coverageView is the page of a join.
type coverageView struct {
	Pivot    Pivot
	A, B     Member
	Coverage engine.KeyCoverage
	SQL      string
	Console  string
}

func (s *Service) showCoverage(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v, err := s.coverage(ctx, r.PathValue("pivot"), r.URL.Query().Get("a"), r.URL.Query().Get("b"))
	if err != nil {
		return err
	}
	if s.Console != nil {
		v.Console = s.Console(v.SQL)
	}
	lang := i18n.From(ctx)
	title := i18n.T("Croiser %s et %s", "Join %s and %s", v.A.Dataset.Title, v.B.Dataset.Title)
	page := info(r, title, ui.Crumb{Label: label(v.Pivot.ID).In(lang), URL: pivotPath(v.Pivot.ID)}, ui.Crumb{Label: i18n.T("Couverture", "Coverage").In(lang)})
	page.NoIndex = true
	return web.Render(w, r, http.StatusOK, coveragePage(page, v))
}

// coverage counts the join of two members of a pivot that who asks sees.
func (s *Service) coverage(ctx context.Context, pivot, a, b string) (v coverageView, err error) {
	if v.Pivot, err = s.Pivot(ctx, pivot); err != nil {
		return v, err
	}
	if v.A, err = v.Pivot.Member(a); err != nil {
		return v, err
	}
	if v.B, err = v.Pivot.Member(b); err != nil {
		return v, err
	}
	if v.Coverage, err = s.Cover(ctx, v.A, v.B); err != nil {
		return v, err
	}
	v.SQL, err = s.joinSQL(ctx, v.A, v.B)
	return v, err
}

func (s *Service) showProposals(w http.ResponseWriter, r *http.Request) error {
	list, err := s.Proposals(r.Context())
	if err != nil {
		return err
	}
	decided, err := s.Decided(r.Context())
	if err != nil {
		return err
	}
	title := i18n.T("Variables pivots proposées", "Proposed pivot variables")
	page := info(r, title, ui.Crumb{Label: i18n.T("Propositions", "Proposals").In(i18n.From(r.Context()))})
	page.NoIndex = true
	return web.Render(w, r, http.StatusOK, proposalsPage(page, groups(list), decided))
}

// proposalGroup is the proposals of one pivot.
type proposalGroup struct {
	Pivot string
	List  []Proposal
}

func groups(list []Proposal) []proposalGroup {
	var all []proposalGroup
	for _, p := range list {
		if n := len(all) - 1; n >= 0 && all[n].Pivot == p.Pivot {
			all[n].List = append(all[n].List, p)
			continue
		}
		all = append(all, proposalGroup{p.Pivot, []Proposal{p}})
	}
	return all
}

// takeBack is the decision of a form that undoes another.
const takeBack = "reprendre"

// decide confirms or refuses a field, or every field proposed for a pivot; or takes back what was decided of it.
func (s *Service) decide(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "bad_form", i18n.T("Le formulaire n’a pas pu être lu.", "The form could not be read.")).Because(err)
	}
	ctx := r.Context()
	pivot, decision := r.PostForm.Get("pivot"), r.PostForm.Get("decision")
	n := 0
	for _, name := range r.PostForm["champ"] {
		id, field, _ := strings.Cut(name, ":")
		decide := func() error { return s.Decide(ctx, id, field, pivot, State(decision)) }
		if decision == takeBack {
			decide = func() error { return s.TakeBack(ctx, id, field, pivot) }
		}
		if err := decide(); err != nil {
			return err
		}
		n++
	}
	message := map[string]i18n.Text{string(Confirmed): i18n.T("Confirmé dans « %s ».", "Confirmed in “%s”.", label(pivot)), string(Refused): i18n.T("Refusé : ce champ ne sera plus proposé.", "Refused: this field will not be proposed again."),
		takeBack: i18n.T("Décision reprise : le champ n’est plus dans « %s », et sera de nouveau proposé tant qu’il partage des valeurs.", "Decision taken back: the field is no longer in “%s”, and will be proposed again while it shares values.", label(pivot))}[decision]
	if n > 1 {
		message = i18n.T("%s décidés pour « %s ».", "%s decided for “%s”.", i18n.Count(n, i18n.T("champ", "field"), i18n.T("champs", "fields")), label(pivot))
	}
	back := web.LocalPath(r.PostForm.Get("retour"), pathProposals)
	if decision == takeBack && back == pivotPath(pivot) {
		if _, err := s.Pivot(ctx, pivot); fault.Is(err, fault.NotFound) {
			back = Path // of two, one is left: there is no pivot to go back to
		}
	}
	return web.Redirect(w, r, back, web.Flash{Kind: web.Success, Text: message})
}

// joinGroup is the datasets that one can be joined with, by a pivot.
type joinGroup struct {
	Pivot string
	Joins []shownJoin
}

type shownJoin struct {
	Join
	Console  string
	Coverage string
}

// Panel draws with which datasets one can be joined, on its page; nil when there is none.
func (s *Service) Panel(r *http.Request, d asset.Dataset) (templ.Component, error) {
	joins, err := s.Joins(r.Context(), d.UID)
	if err != nil || len(joins) == 0 {
		return nil, err
	}
	var all []joinGroup
	for _, j := range joins {
		shown := shownJoin{Join: j, Coverage: coveragePath(j.Pivot, j.Field, j.Other)}
		if s.Console != nil {
			shown.Console = s.Console(j.SQL)
		}
		if n := len(all) - 1; n >= 0 && all[n].Pivot == j.Pivot {
			all[n].Joins = append(all[n].Joins, shown)
			continue
		}
		all = append(all, joinGroup{j.Pivot, []shownJoin{shown}})
	}
	return joinsPanel(all), nil
}
