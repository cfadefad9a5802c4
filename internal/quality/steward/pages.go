package steward

import (
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
	"socle/internal/schema"
	"socle/internal/web"
	"socle/internal/web/ui"
)

// PathWork is the list of what a producer should do first.
const PathWork = "/compte/travail"

// Routes is the table of the pages. Each asks about the dataset itself.
func (s *Service) Routes() web.Routes {
	return web.Routes{
		{Pattern: "GET " + PathWork, Permission: access.On(access.Contribute), Handler: s.work},
		{Pattern: "GET /jeux/{id}/remarques", Permission: access.Public, Handler: s.comments},
		{Pattern: "POST /jeux/{id}/remarques", Permission: access.SignedIn, Handler: s.say},
		{Pattern: "POST /jeux/{id}/remarques/{comment}/reponse", Permission: access.SignedIn, Handler: s.reply},
		{Pattern: "POST /jeux/{id}/remarques/{comment}/resolution", Permission: access.On(access.Describe), Handler: s.resolve},
		{Pattern: "POST /jeux/{id}/remarques/{comment}/retrait", Permission: access.On(access.Steward), Handler: s.remove},
	}
}

func pathOf(id string, parts ...string) string {
	return "/jeux/" + url.PathEscape(id) + strings.Join(append([]string{""}, parts...), "/")
}

// talk is what is said of a dataset, as who asks may see it.
type talk struct {
	Dataset  asset.Dataset
	Version  int
	Fields   []schema.Field // that may be talked of
	Comments []Comment
	Signed   bool
	Me       string // id of the reader
	Team     bool   // may answer and resolve
	Steward  bool   // may remove
	Typed    Comment
	FromText string
	ToText   string
	Errors   web.FormErrors
}

func (s *Service) open(r *http.Request) (talk, error) {
	ctx := r.Context()
	who := identity.From(ctx)
	d, err := s.Assets.Get(ctx, r.PathValue("id"))
	if err != nil {
		return talk{}, err
	}
	view, err := s.Access.View(ctx, who, d.Asset)
	if err != nil {
		return talk{}, err
	}
	t := talk{Dataset: d, Signed: who.Kind == identity.Person, Me: who.UserID, Errors: web.FormErrors{},
		Team: s.Access.Can(ctx, who, access.Describe, d.Asset) == nil, Steward: s.Access.Can(ctx, who, access.Steward, d.Asset) == nil}
	head, err := s.Versions.Head(ctx, d.UID)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return t, err
	}
	t.Version, t.Fields = head.Number, view.Schema(head.Schema).Fields
	if t.Comments, err = s.List(ctx, d.UID); err != nil {
		return t, err
	}
	if !view.Whole() {
		t.Comments = visible(t.Comments, t.Fields)
	}
	return t, nil
}

// visible leaves out what is said of fields and rows that are not seen.
func visible(list []Comment, fields []schema.Field) (seen []Comment) {
	shown := schema.Schema{Fields: fields}
	for _, c := range list {
		if _, ok := shown.Field(c.Field); c.From == 0 && (c.Field == "" || ok) {
			seen = append(seen, c)
		}
	}
	return seen
}

func (s *Service) comments(w http.ResponseWriter, r *http.Request) error {
	t, err := s.open(r)
	if err != nil {
		return err
	}
	t.Typed.Field = r.URL.Query().Get("champ")
	t.FromText, t.ToText = r.URL.Query().Get("de"), r.URL.Query().Get("a")
	return s.show(w, r, t, http.StatusOK)
}

func (s *Service) show(w http.ResponseWriter, r *http.Request, t talk, status int) error {
	lang := i18n.From(r.Context())
	title := i18n.T("Remarques", "Comments").In(lang)
	info := web.PageInfo{Title: title + " – " + t.Dataset.Title, Active: "catalogue", NoIndex: true, Crumbs: []ui.Crumb{{Label: i18n.T("Catalogue", "Catalogue").In(lang), URL: "/jeux"},
		{Label: t.Dataset.Title, URL: pathOf(t.Dataset.ID)}, {Label: title}}}
	return web.Render(w, r, status, talkPage(info, t))
}

// fail shows the page again with what is wrong, when it is about what was typed.
func (s *Service) fail(w http.ResponseWriter, r *http.Request, t talk, err error) error {
	errors, known := web.FormError(err)
	if !known {
		return err
	}
	t.Errors = errors
	return s.show(w, r, t, fault.KindOf(err).Status())
}

func (s *Service) say(w http.ResponseWriter, r *http.Request) error {
	t, err := s.open(r)
	if err != nil {
		return err
	}
	t.Typed = Comment{Field: r.PostFormValue("champ"), Body: r.PostFormValue("texte")}
	t.FromText, t.ToText = strings.TrimSpace(r.PostFormValue("de")), strings.TrimSpace(r.PostFormValue("a"))
	var first, last error
	t.Typed.From, first = number(t.FromText)
	t.Typed.To, last = number(t.ToText)
	for _, err := range []error{first, last} {
		if err != nil {
			return s.fail(w, r, t, fault.New(fault.Invalid, "rows_invalid", i18n.T("Donnez des numéros de lignes.", "Give numbers of rows.")).At("de"))
		}
	}
	c, err := s.Say(r.Context(), t.Dataset, t.Typed)
	if err != nil {
		return s.fail(w, r, t, err)
	}
	return s.done(w, r, t, c.ID, i18n.T("Merci : votre remarque est publiée, et le producteur est prévenu.", "Thank you: your comment is published, and the producer is told."))
}

func number(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	return strconv.ParseInt(text, 10, 64)
}

func (s *Service) done(w http.ResponseWriter, r *http.Request, t talk, comment string, text i18n.Text) error {
	return web.Redirect(w, r, pathOf(t.Dataset.ID, "remarques")+"#remarque-"+comment, web.Flash{Kind: web.Success, Text: text})
}

func (s *Service) reply(w http.ResponseWriter, r *http.Request) error {
	t, err := s.open(r)
	if err != nil {
		return err
	}
	if err := s.Reply(r.Context(), t.Dataset, r.PathValue("comment"), r.PostFormValue("texte")); err != nil {
		return s.fail(w, r, t, err)
	}
	return s.done(w, r, t, r.PathValue("comment"), i18n.T("La réponse est publiée.", "The answer is published."))
}

func (s *Service) resolve(w http.ResponseWriter, r *http.Request) error {
	t, err := s.open(r)
	if err != nil {
		return err
	}
	version, err := number(strings.TrimSpace(r.PostFormValue("version")))
	if err == nil {
		err = s.Resolve(r.Context(), t.Dataset, r.PathValue("comment"), int(version))
	}
	if err != nil {
		return s.fail(w, r, t, err)
	}
	return s.done(w, r, t, r.PathValue("comment"), i18n.T("La remarque est close.", "The comment is closed."))
}

func (s *Service) remove(w http.ResponseWriter, r *http.Request) error {
	t, err := s.open(r)
	if err != nil {
		return err
	}
	if err := s.Remove(r.Context(), t.Dataset, r.PathValue("comment"), r.PostFormValue("motif")); err != nil {
		return s.fail(w, r, t, err)
	}
	return s.done(w, r, t, "", i18n.T("La remarque est retirée ; le journal le dit.", "The comment is removed; the record says so."))
}

// Panel draws, under the data of a dataset, what is said of it.
func (s *Service) Panel(r *http.Request, d asset.Dataset) (templ.Component, error) {
	ctx := r.Context()
	s.Used(d.UID)
	view, err := s.Access.View(ctx, identity.From(ctx), d.Asset)
	if err != nil {
		return nil, err
	}
	head, err := s.Versions.Head(ctx, d.UID)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	list, err := s.List(ctx, d.UID)
	if err != nil {
		return nil, err
	}
	if !view.Whole() {
		list = visible(list, view.Schema(head.Schema).Fields)
	}
	return panelView(d, list), nil
}

// work answers with what the datasets of the reader need first.
func (s *Service) work(w http.ResponseWriter, r *http.Request) error {
	list, err := s.WorkList(r.Context())
	if err != nil {
		return err
	}
	lang := i18n.From(r.Context())
	title := i18n.T("À faire", "To do").In(lang)
	return web.Render(w, r, http.StatusOK, workPage(web.PageInfo{Title: title, Active: "travail", NoIndex: true, Crumbs: []ui.Crumb{{Label: i18n.T("Mon compte", "My account").In(lang), URL: "/compte"}, {Label: title}}}, list))
}
