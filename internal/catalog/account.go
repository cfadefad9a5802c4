package catalog

import (
	"context"
	"net/http"
	"strings"

	"socle/internal/asset"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/jobs"
	"socle/internal/web"
	"socle/internal/web/ui"
)

// showDrafts lists what one may see and is not published.
func (c *Catalog) showDrafts(w http.ResponseWriter, r *http.Request) error {
	drafts, err := c.drafts(r, "")
	if err != nil {
		return err
	}
	lang := i18n.From(r.Context())
	title := i18n.T("Brouillons et jeux retirés", "Drafts and withdrawn datasets").In(lang)
	return web.Render(w, r, http.StatusOK, draftsPage(web.PageInfo{Title: title, NoIndex: true, Active: "compte",
		Crumbs: []ui.Crumb{{Label: i18n.T("Mon compte", "My account").In(lang), URL: pathAccount}, {Label: title}}}, drafts))
}

// drafts lists the datasets that are not published and that who asks may see, in one organisation or in all.
func (c *Catalog) drafts(r *http.Request, orgID string) ([]asset.Dataset, error) {
	scope, err := c.access.Scope(r.Context(), identity.From(r.Context()))
	if err != nil {
		return nil, err
	}
	where, args := scope.SQL(1)
	return c.assets.List(r.Context(), asset.Filter{States: []asset.State{asset.Draft, asset.Withdrawn}, OrgID: orgID,
		Where: where, Args: args, Order: asset.ByUpdated, Limit: 100})
}

var errDifferent = i18n.T("Les deux mots de passe ne sont pas les mêmes.", "The two passwords are not the same.")

// choosing is the page that a link opens to choose a password.
type choosing struct {
	Secret string
	User   identity.User
	Errors web.FormErrors
}

// choosePassword shows the form that a link opens.
func (c *Catalog) choosePassword(w http.ResponseWriter, r *http.Request) error {
	user, err := c.passwords.Holder(r.Context(), r.PathValue("secret"))
	if err != nil {
		return err
	}
	return c.renderChoosing(w, r, choosing{Secret: r.PathValue("secret"), User: user}, http.StatusOK)
}

func (c *Catalog) renderChoosing(w http.ResponseWriter, r *http.Request, form choosing, status int) error {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer") // the address holds a secret
	title := i18n.T("Choisir mon mot de passe", "Choose my password").In(i18n.From(r.Context()))
	return web.Render(w, r, status, choosePage(web.PageInfo{Title: title, NoIndex: true, Crumbs: []ui.Crumb{{Label: title}}}, form))
}

// savePassword sets the password of the holder of a link.
func (c *Catalog) savePassword(w http.ResponseWriter, r *http.Request) error {
	secret := r.PathValue("secret")
	user, err := c.passwords.Holder(r.Context(), secret)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return badForm(err)
	}
	form := choosing{Secret: secret, User: user, Errors: web.FormErrors{}}
	if r.PostForm.Get("nouveau") != r.PostForm.Get("confirmation") {
		form.Errors.Add("confirmation", errDifferent)
		return c.renderChoosing(w, r, form, http.StatusBadRequest)
	}
	if err := c.passwords.Choose(r.Context(), secret, r.PostForm.Get("nouveau")); err != nil {
		var found web.FormErrors
		status, known := formStatus(err, &found)
		if !known {
			return err
		}
		form.Errors.Add("nouveau", fault.Message(err))
		return c.renderChoosing(w, r, form, status)
	}
	return web.Redirect(w, r, pathSignIn, web.Flash{Kind: web.Success,
		Text: i18n.T("Votre mot de passe est enregistré : connectez-vous.", "Your password is saved: sign in.")})
}

// forgotten shows the form that asks for a link.
func (c *Catalog) forgotten(w http.ResponseWriter, r *http.Request) error {
	title := i18n.T("Mot de passe oublié", "Forgotten password").In(i18n.From(r.Context()))
	return web.Render(w, r, http.StatusOK, forgottenPage(web.PageInfo{Title: title, NoIndex: true,
		Crumbs: []ui.Crumb{{Label: title}}}, c.canSendLinks()))
}

// canSendLinks reports whether people who are not signed in may ask for a link: the address in the mail must come
// from the configuration, never from the request, which anybody can forge.
func (c *Catalog) canSendLinks() bool { return c.site.URL != "" && c.jobs != nil && c.passwords != nil }

// askForLink sends a link to the holder of a mailbox. The answer is the same whether the account exists or not.
func (c *Catalog) askForLink(w http.ResponseWriter, r *http.Request) error {
	if !c.canSendLinks() {
		return fault.New(fault.Unavailable, "links_not_sent", i18n.T("Ce portail n’envoie pas de lien : demandez à un administrateur.",
			"This portal sends no link: ask an administrator."))
	}
	if err := r.ParseForm(); err != nil {
		return badForm(err)
	}
	user, err := c.people.UserByEmail(r.Context(), strings.TrimSpace(r.PostForm.Get("courriel")))
	switch {
	case err == nil && !user.Disabled:
		recent, err := c.passwords.Recent(r.Context(), user.ID)
		if err != nil {
			return err
		}
		if !recent {
			if err := c.sendLink(r.Context(), user.ID, purposeReset, c.site.URL); err != nil {
				return err
			}
		}
	case err != nil && !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Invalid):
		return err
	}
	return web.Redirect(w, r, pathSignIn, web.Flash{Kind: web.Info, Text: i18n.T(
		"Si un compte existe à cette adresse, un lien pour choisir un nouveau mot de passe vient d’y être envoyé. Il sert une fois, pendant une heure.",
		"If an account exists at this address, a link to choose a new password was just sent to it. It works once, for an hour.")})
}

func (c *Catalog) sendLink(ctx context.Context, userID, purpose, base string) error {
	_, _, err := c.jobs.Insert(ctx, nil, LinkArgs{UserID: userID, Purpose: purpose, Site: base},
		jobs.Insert{Key: purpose + ":" + userID, Owner: identity.From(ctx).UserID})
	return err
}
