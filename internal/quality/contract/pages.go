package contract

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"socle/internal/access"
	"socle/internal/asset"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/web"
	"socle/internal/web/ui"
)

// Pages is the table of the pages of contracts. The handlers ask about the dataset itself.
func (s *Service) Pages() web.Routes {
	describe := access.On(access.Describe)
	return web.Routes{
		{Pattern: "GET /jeux/{id}/contrat", Permission: access.Public, Handler: s.show},
		{Pattern: "GET /jeux/{id}/contrat.yaml", Permission: access.Public, Handler: s.download},
		{Pattern: "GET /jeux/{id}/contrat/modifier", Permission: describe, Handler: s.edit},
		{Pattern: "POST /jeux/{id}/contrat/modifier", Permission: describe, Handler: s.save},
		{Pattern: "POST /jeux/{id}/contrat/document", Permission: describe, Handler: s.load},
		{Pattern: "POST /jeux/{id}/contrat/verification", Permission: describe, Handler: s.verify},
		{Pattern: "POST /jeux/{id}/contrat/retrait", Permission: describe, Handler: s.remove},
	}
}

func contractPath(id string, page ...string) string {
	return "/jeux/" + url.PathEscape(id) + "/contrat" + strings.Join(append([]string{""}, page...), "/")
}

// info is what the layout must know of a page about the contract of a dataset.
func info(r *http.Request, d asset.Dataset, title i18n.Text, sub bool) web.PageInfo {
	lang := i18n.From(r.Context())
	crumbs := []ui.Crumb{{Label: i18n.T("Catalogue", "Catalogue").In(lang), URL: "/jeux"}, {Label: d.Title, URL: "/jeux/" + url.PathEscape(d.ID)}}
	if sub {
		crumbs = append(crumbs, ui.Crumb{Label: i18n.T("Contrat", "Contract").In(lang), URL: contractPath(d.ID)})
	}
	return web.PageInfo{Title: title.In(lang) + " – " + d.Title, Active: "catalogue", Crumbs: append(crumbs, ui.Crumb{Label: title.In(lang)}), NoIndex: d.Level != asset.Open || sub}
}

func (s *Service) show(w http.ResponseWriter, r *http.Request) error {
	v, err := s.See(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	if v.Contract.Edition == 0 && !v.May {
		return fault.New(fault.NotFound, "contract_not_found", i18n.T("Ce jeu de données n’a pas de contrat.", "This dataset has no contract."))
	}
	page := info(r, v.Dataset, i18n.T("Contrat de données", "Data contract"), false)
	page.Alternates = []web.Alternate{{Type: "application/yaml", URL: contractPath(v.Dataset.ID) + ".yaml", Title: "ODCS"}}
	return web.Render(w, r, http.StatusOK, contractPage(page, v))
}

// download gives the document of the standard.
func (s *Service) download(w http.ResponseWriter, r *http.Request) error {
	v, err := s.See(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	if v.Contract.Edition == 0 {
		return fault.New(fault.NotFound, "contract_not_found", i18n.T("Ce jeu de données n’a pas de contrat.", "This dataset has no contract."))
	}
	text, err := Write(v.Contract, v.Dataset, v.Head.Schema)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/yaml; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+v.Dataset.ID+`.odcs.yaml"`)
	_, _ = w.Write(text)
	return nil
}

// form is the form of a contract.
type form struct {
	Sight
	Edited   Contract
	Document string // what was pasted
	Errors   web.FormErrors
}

// editable returns the dataset and its contract for who may change it.
func (s *Service) editable(r *http.Request) (form, error) {
	v, err := s.See(r.Context(), r.PathValue("id"))
	if err != nil {
		return form{}, err
	}
	if !v.May {
		return form{}, fault.New(fault.Forbidden, "role_needed", i18n.T("Le contrat se modifie avec le rôle de publication dans l’organisation.", "The contract is changed with the role of publisher in the organisation."))
	}
	f := form{Sight: v, Edited: v.Contract}
	if f.Edited.Edition == 0 {
		f.Edited = Contract{Name: v.Dataset.Title, Version: "1.0.0", Status: "active"}
	}
	return f, nil
}

func (s *Service) edit(w http.ResponseWriter, r *http.Request) error {
	f, err := s.editable(r)
	if err != nil {
		return err
	}
	return s.renderForm(w, r, f, http.StatusOK)
}

func (s *Service) renderForm(w http.ResponseWriter, r *http.Request, f form, status int) error {
	return web.Render(w, r, status, formPage(info(r, f.Dataset, i18n.T("Modifier le contrat", "Edit the contract"), true), f))
}

// save keeps the contract of the form, or adds an empty rule to it.
func (s *Service) save(w http.ResponseWriter, r *http.Request) error {
	f, err := s.editable(r)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "bad_form", i18n.T("Le formulaire n’a pas pu être lu.", "The form could not be read.")).Because(err)
	}
	if f.Edited, err = readForm(r.PostForm, f.Contract); err == nil {
		if r.PostForm.Get("action") == "ajouter" {
			kind := Kind(r.PostForm.Get("nouvelle"))
			if slices.Contains(Kinds, kind) {
				rule := Rule{Kind: kind}
				if kind == Unique {
					zero := 0.0
					rule.Limit = &zero
				}
				f.Edited.Rules = append(f.Edited.Rules, rule)
			}
			return s.renderForm(w, r, f, http.StatusOK)
		}
		err = s.Save(r.Context(), f.Dataset.ID, f.Edited)
	}
	return s.saved(w, r, f, err)
}

// saved checks a contract that was saved and shows it, or shows the form again with what is wrong.
func (s *Service) saved(w http.ResponseWriter, r *http.Request, f form, err error) error {
	if err != nil {
		errors, shown := web.FormError(err)
		if !shown {
			return err
		}
		f.Errors = errors
		return s.renderForm(w, r, f, http.StatusUnprocessableEntity)
	}
	if _, err := s.Check(r.Context(), f.Dataset.UID, onRequest); err != nil {
		return err
	}
	return web.Redirect(w, r, contractPath(f.Dataset.ID), web.Flash{Kind: web.Success, Text: i18n.T("Contrat enregistré.", "Contract saved.")})
}

// load reads a document of the standard, pasted or sent.
func (s *Service) load(w http.ResponseWriter, r *http.Request) error {
	f, err := s.editable(r)
	if err != nil {
		return err
	}
	r.Body = http.MaxBytesReader(w, r.Body, 2*mostBytes)
	text := r.PostFormValue("document") // reads forms with a file too
	if file, _, err := r.FormFile("fichier"); err == nil {
		defer file.Close()
		bytes, err := io.ReadAll(io.LimitReader(file, mostBytes+1))
		if err != nil {
			return err
		}
		if len(bytes) > 0 {
			text = string(bytes)
		}
	}
	f.Document = text
	read, err := Parse([]byte(text))
	if err == nil {
		read.Edition = f.Contract.Edition
		err = s.Save(r.Context(), f.Dataset.ID, read)
	}
	return s.saved(w, r, f, err)
}

func (s *Service) verify(w http.ResponseWriter, r *http.Request) error {
	f, err := s.editable(r)
	if err != nil {
		return err
	}
	if _, err := s.Check(r.Context(), f.Dataset.UID, onRequest); err != nil {
		return err
	}
	return web.Redirect(w, r, contractPath(f.Dataset.ID), web.Flash{Kind: web.Success, Text: i18n.T("Contrat vérifié.", "Contract checked.")})
}

func (s *Service) remove(w http.ResponseWriter, r *http.Request) error {
	f, err := s.editable(r)
	if err != nil {
		return err
	}
	if err := s.Remove(r.Context(), f.Dataset.ID); err != nil {
		return err
	}
	return web.Redirect(w, r, "/jeux/"+url.PathEscape(f.Dataset.ID), web.Flash{Kind: web.Success, Text: i18n.T("Contrat retiré. Ses résultats restent.", "Contract removed. Its results stay.")})
}

// readForm reads the contract of a form. Rules that the form does not show (those of other tools) are taken from what is kept.
func readForm(values url.Values, kept Contract) (Contract, error) {
	c := Contract{Name: values.Get("nom"), Version: values.Get("version"), Status: values.Get("etat"), Purpose: strings.TrimSpace(values.Get("objet")),
		Usage: strings.TrimSpace(values.Get("usage")), Limitations: strings.TrimSpace(values.Get("limites")), Extra: kept.Extra}
	c.Edition, _ = strconv.ParseInt(values.Get("edition"), 10, 64)
	var wrong error
	number := func(name string) *float64 {
		text := strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", ",", ".").Replace(values.Get(name))
		if text == "" {
			return nil
		}
		value, err := strconv.ParseFloat(text, 64)
		if err != nil {
			wrong = fault.New(fault.Invalid, "contract_number", i18n.T("« %s » n’est pas un nombre.", "“%s” is not a number.", clip(values.Get(name)))).At(name)
			return nil
		}
		return &value
	}
	for i := range mostRules + 1 {
		prefix := "regle." + strconv.Itoa(i) + "."
		kind := Kind(values.Get(prefix + "genre"))
		if kind == "" {
			break
		}
		id := values.Get(prefix + "id")
		if values.Get(prefix+"retirer") != "" {
			continue
		}
		if kind == Other {
			if at := slices.IndexFunc(kept.Rules, func(r Rule) bool { return r.ID == id }); at >= 0 {
				c.Rules = append(c.Rules, kept.Rules[at])
			}
			continue
		}
		rule := Rule{ID: id, Kind: kind, Least: number(prefix + "min"), Limit: number(prefix + "max"), Description: strings.TrimSpace(values.Get(prefix + "description")),
			Dataset: strings.TrimSpace(values.Get(prefix + "jeu")), Field: strings.TrimSpace(values.Get(prefix + "champ-reference"))}
		for _, field := range strings.Split(values.Get(prefix+"champ"), ",") {
			if field = strings.TrimSpace(field); field != "" {
				rule.Fields = append(rule.Fields, field)
			}
		}
		if at := slices.IndexFunc(kept.Rules, func(r Rule) bool { return r.ID == id }); kind == Reference && rule.Dataset == "" && at >= 0 {
			rule.Dataset, rule.Field = kept.Rules[at].Dataset, kept.Rules[at].Field
		}
		c.Rules = append(c.Rules, rule)
	}
	return c, wrong
}

// Panel draws what a dataset promises and whether it holds, on its page; nil when it promises nothing.
func (s *Service) Panel(r *http.Request, d asset.Dataset) (templ.Component, error) {
	v, err := s.See(r.Context(), d.ID)
	if err != nil || v.Contract.Edition == 0 && !v.May || v.Head.Number == 0 {
		return nil, err
	}
	return panel(v), nil
}
