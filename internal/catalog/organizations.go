package catalog

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"socle/internal/access"
	"socle/internal/asset"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/search"
	"socle/internal/web"
	"socle/internal/web/ui"
)

// organizationCard is an organisation in a list, with how many datasets of it the reader may see.
type organizationCard struct {
	Organization identity.Organization
	Summary      string
	Datasets     int
}

// organizationCards lists organisations by name; those without a visible dataset come only when all is true.
func (c *Catalog) organizationCards(ctx context.Context, all bool) ([]organizationCard, error) {
	list, err := c.people.Organizations(ctx)
	if err != nil {
		return nil, err
	}
	scope, err := c.access.Scope(ctx, identity.From(ctx))
	if err != nil {
		return nil, err
	}
	result, err := c.index.Search(ctx, search.Query{Visible: Visible(scope), Facets: []string{FacetOrganization}})
	if err != nil {
		return nil, err
	}
	counts := map[string]int{}
	for _, count := range result.Facets[FacetOrganization] {
		counts[count.Value] = count.Count
	}
	var cards []organizationCard
	for _, o := range list {
		if n := counts[o.Slug]; n > 0 || all {
			cards = append(cards, organizationCard{o, c.markdown.Excerpt(o.Description, summaryLength), n})
		}
	}
	return cards, nil
}

// listOrganizations shows who publishes.
func (c *Catalog) listOrganizations(w http.ResponseWriter, r *http.Request) error {
	cards, err := c.organizationCards(r.Context(), identity.From(r.Context()).PlatformAdmin)
	if err != nil {
		return err
	}
	lang := i18n.From(r.Context())
	title := i18n.T("Organisations", "Organisations").In(lang)
	return web.Render(w, r, http.StatusOK, organizationsPage(web.PageInfo{Title: title, Active: "organisations", Crumbs: []ui.Crumb{{Label: title}},
		Description: i18n.T("Les organisations qui publient sur %s.", "The organisations that publish on %s.", c.site.Name).In(lang)}, cards))
}

// organizationView is what the page of an organisation shows.
type organizationView struct {
	Organization identity.Organization
	Parent       identity.Organization
	Children     []identity.Organization
	Text         string // description as HTML
	Found        found
	Drafts       []asset.Dataset
	CanManage    bool
}

// showOrganization shows an organisation and what it publishes.
func (c *Catalog) showOrganization(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	o, err := c.people.Organization(ctx, r.PathValue("slug"))
	if err != nil {
		return err
	}
	v := organizationView{Organization: o}
	v.CanManage = c.access.CanIn(ctx, identity.From(ctx), access.Administer, o.ID) == nil
	if v.Text, err = c.markdown.HTML(o.Description); err != nil {
		return err
	}
	q := r.URL.Query()
	q["organisation"] = []string{o.Slug}
	if v.Found, err = c.find(ctx, parseWish(q), pageSize); err != nil {
		return err
	}
	if v.Drafts, err = c.drafts(r, o.ID); err != nil {
		return err
	}
	list, err := c.people.Organizations(ctx)
	if err != nil {
		return err
	}
	for _, other := range list {
		if other.ID == o.ParentID {
			v.Parent = other
		}
		if other.ParentID == o.ID {
			v.Children = append(v.Children, other)
		}
	}
	lang := i18n.From(ctx)
	info := web.PageInfo{Title: o.Name, Active: "organisations", Description: c.markdown.Excerpt(o.Description, 160),
		Canonical: organizationPath(o.Slug),
		Crumbs:    []ui.Crumb{{Label: i18n.T("Organisations", "Organisations").In(lang), URL: pathOrganizations}, {Label: o.Name}}}
	return web.Render(w, r, http.StatusOK, organizationPage(info, v))
}

// organizationForm is the form that creates or changes an organisation.
type organizationForm struct {
	Organization identity.Organization
	New          bool
	Others       []identity.Organization // that may be its parent
	Members      []member
	Errors       web.FormErrors
	MemberEmail  string
}

// member is somebody who has a role in an organisation.
type member struct {
	User identity.User
	Role identity.Role
}

// newOrganization shows an empty form.
func (c *Catalog) newOrganization(w http.ResponseWriter, r *http.Request) error {
	return c.renderOrganizationForm(w, r, organizationForm{New: true}, http.StatusOK)
}

// createOrganization adds an organisation.
func (c *Catalog) createOrganization(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return badForm(err)
	}
	form := organizationForm{New: true, Errors: web.FormErrors{}, Organization: readOrganization(identity.Organization{}, r.PostForm)}
	form.Organization.Slug = strings.TrimSpace(r.PostForm.Get("adresse-courte"))
	return c.keepOrganization(w, r, form, c.people.CreateOrganization)
}

// editOrganization shows the form of an organisation and its members.
func (c *Catalog) editOrganization(w http.ResponseWriter, r *http.Request) error {
	o, err := c.administered(r.Context(), r.PathValue("slug"))
	if err != nil {
		return err
	}
	return c.renderOrganizationForm(w, r, organizationForm{Organization: o}, http.StatusOK)
}

// saveOrganization keeps the form of an organisation.
func (c *Catalog) saveOrganization(w http.ResponseWriter, r *http.Request) error {
	o, err := c.administered(r.Context(), r.PathValue("slug"))
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return badForm(err)
	}
	form := organizationForm{Organization: readOrganization(o, r.PostForm), Errors: web.FormErrors{}}
	return c.keepOrganization(w, r, form, c.people.UpdateOrganization)
}

func readOrganization(o identity.Organization, form url.Values) identity.Organization {
	text := func(name string) string { return strings.TrimSpace(form.Get(name)) }
	o.Name, o.Kind, o.ParentID = text("nom"), text("nature"), text("rattachement")
	o.Description, o.URL = strings.ReplaceAll(text("description"), "\r\n", "\n"), text("site")
	return o
}

func (c *Catalog) keepOrganization(w http.ResponseWriter, r *http.Request, form organizationForm,
	keep func(context.Context, identity.Organization) (identity.Organization, error)) error {
	if form.Organization.Name == "" {
		form.Errors.Add("nom", i18n.T("Donnez le nom de l’organisation.", "Give the name of the organisation."))
	}
	if form.Organization.URL != "" && safeLink(form.Organization.URL) == "" {
		form.Errors.Add("site", i18n.T("Écrivez une adresse complète, qui commence par https://.", "Write a whole address, beginning with https://."))
	}
	if len(form.Errors) > 0 {
		return c.renderOrganizationForm(w, r, form, http.StatusBadRequest)
	}
	kept, err := keep(r.Context(), form.Organization)
	if err != nil {
		status, known := formStatus(err, &form.Errors)
		if !known {
			return err
		}
		return c.renderOrganizationForm(w, r, form, status)
	}
	return web.Redirect(w, r, organizationPath(kept.Slug), web.Flash{Kind: web.Success,
		Text: i18n.T("L’organisation est enregistrée.", "The organisation is saved.")})
}

func (c *Catalog) renderOrganizationForm(w http.ResponseWriter, r *http.Request, form organizationForm, status int) error {
	ctx := r.Context()
	list, err := c.people.Organizations(ctx)
	if err != nil {
		return err
	}
	form.Others = slices.DeleteFunc(list, func(o identity.Organization) bool { return o.ID == form.Organization.ID })
	if !form.New {
		memberships, err := c.people.Members(ctx, form.Organization.ID)
		if err != nil {
			return err
		}
		for _, m := range memberships {
			user, err := c.people.User(ctx, m.UserID)
			if err != nil {
				return err
			}
			form.Members = append(form.Members, member{user, m.Role})
		}
	}
	lang := i18n.From(ctx)
	info := web.PageInfo{Title: i18n.T("Nouvelle organisation", "New organisation").In(lang), NoIndex: true, Active: "organisations",
		Crumbs: []ui.Crumb{{Label: i18n.T("Organisations", "Organisations").In(lang), URL: pathOrganizations}}}
	if !form.New {
		info.Title = i18n.T("Gérer %s", "Manage %s", form.Organization.Name).In(lang)
		info.Crumbs = append(info.Crumbs, ui.Crumb{Label: form.Organization.Name, URL: organizationPath(form.Organization.Slug)})
	}
	info.Crumbs = append(info.Crumbs, ui.Crumb{Label: info.Title})
	return web.Render(w, r, status, organizationFormPage(info, form))
}

// saveMember gives somebody who has an account a role in an organisation, changes it, or takes it away.
func (c *Catalog) saveMember(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	o, err := c.administered(r.Context(), r.PathValue("slug"))
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return badForm(err)
	}
	form := organizationForm{Organization: o, MemberEmail: strings.TrimSpace(r.PostForm.Get("courriel")), Errors: web.FormErrors{}}
	userID := r.PostForm.Get("utilisateur")
	if userID == "" {
		user, err := c.people.UserByEmail(ctx, form.MemberEmail)
		if err != nil {
			if !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Invalid) {
				return err
			}
			form.Errors.Add("courriel", i18n.T("Personne n’a de compte à cette adresse. Un administrateur du portail peut en ouvrir un.",
				"Nobody has an account at this address. An administrator of the portal can open one."))
			return c.renderOrganizationForm(w, r, form, http.StatusBadRequest)
		}
		userID = user.ID
	}
	if err := c.people.SetMembership(ctx, userID, o.ID, parseRole(r.PostForm.Get("role"))); err != nil {
		var found web.FormErrors
		status, known := formStatus(err, &found)
		if !known {
			return err
		}
		form.Errors.Add("", fault.Message(err))
		return c.renderOrganizationForm(w, r, form, status)
	}
	return web.Redirect(w, r, organizationPath(o.Slug, "modifier")+"#membres", web.Flash{Kind: web.Success,
		Text: i18n.T("Les membres sont à jour.", "The members are up to date.")})
}
