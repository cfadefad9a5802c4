package catalog

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/store"
	"socle/internal/web"
	"socle/internal/web/ui"
)

// userList is the page that lists people and adds one.
type userList struct {
	Users         []identity.User
	Organizations []identity.Organization
	Name, Email   string // as typed
	OrgID         string
	Role          identity.Role
	CanSend       bool
	Errors        web.FormErrors
}

// listUsers shows everybody who has an account.
func (c *Catalog) listUsers(w http.ResponseWriter, r *http.Request) error {
	return c.renderUsers(w, r, userList{Role: identity.Publisher}, http.StatusOK)
}

func (c *Catalog) renderUsers(w http.ResponseWriter, r *http.Request, page userList, status int) error {
	var err error
	if page.Users, err = c.people.Users(r.Context()); err != nil {
		return err
	}
	if page.Organizations, err = c.people.Organizations(r.Context()); err != nil {
		return err
	}
	page.CanSend = c.jobs != nil && c.passwords != nil
	return web.Render(w, r, status, usersPage(c.adminInfo(r, i18n.T("Utilisateurs", "Users")), page))
}

// adminInfo is what the layout must know of a page of the administration.
func (c *Catalog) adminInfo(r *http.Request, title i18n.Text, under ...ui.Crumb) web.PageInfo {
	lang := i18n.From(r.Context())
	home := i18n.T("Administration", "Administration").In(lang)
	crumbs := []ui.Crumb{{Label: home, URL: pathAdmin}}
	if title.In(lang) == home {
		crumbs = []ui.Crumb{{Label: home}}
	} else {
		crumbs = append(append(crumbs, under...), ui.Crumb{Label: title.In(lang)})
	}
	return web.PageInfo{Title: title.In(lang), Active: "administration", NoIndex: true, Crumbs: crumbs}
}

// createUser adds somebody, gives a first role, and sends the link by which they choose a password.
func (c *Catalog) createUser(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return badForm(err)
	}
	page := userList{Name: strings.TrimSpace(r.PostForm.Get("nom")), Email: strings.TrimSpace(r.PostForm.Get("courriel")),
		OrgID: r.PostForm.Get("organisation"), Role: parseRole(r.PostForm.Get("role")), Errors: web.FormErrors{}}
	if page.Name == "" {
		page.Errors.Add("nom", i18n.T("Écrivez le nom de la personne ou du service.", "Write the name of the person or service."))
		return c.renderUsers(w, r, page, http.StatusBadRequest)
	}
	user, err := c.people.CreateUser(r.Context(), page.Email, page.Name, "")
	if err == nil && page.OrgID != "" && page.Role != identity.NoRole {
		err = c.people.SetMembership(r.Context(), user.ID, page.OrgID, page.Role)
	}
	if err != nil {
		var found web.FormErrors
		status, known := formStatus(err, &found)
		if !known {
			return err
		}
		page.Errors.Add("courriel", fault.Message(err))
		return c.renderUsers(w, r, page, status)
	}
	return c.invited(w, r, user)
}

// invited sends the link to somebody new and says so.
func (c *Catalog) invited(w http.ResponseWriter, r *http.Request, user identity.User) error {
	if c.jobs == nil || c.passwords == nil {
		return web.Redirect(w, r, userPath(user.ID), web.Flash{Kind: web.Warning, Text: i18n.T(
			"Le compte est ouvert, mais ce portail n’envoie pas de courriel : donnez un mot de passe avec « socle user ».",
			"The account is open, but this portal sends no mail: set a password with “socle user”.")})
	}
	if err := c.sendLink(r.Context(), user.ID, purposeInvite, c.base(r)); err != nil {
		return err
	}
	return web.Redirect(w, r, userPath(user.ID), web.Flash{Kind: web.Success, Text: i18n.T(
		"Un lien pour choisir un mot de passe part à %s. Il sert une fois, pendant sept jours.",
		"A link to choose a password is leaving for %s. It works once, for seven days.", user.Email)})
}

// userDetail is the page of one person.
type userDetail struct {
	User          identity.User
	Roles         map[string]identity.Role // by organisation id
	Organizations []identity.Organization
	Tokens        []identity.Token
	CanSend       bool
	Self          bool // it is the reader
	Now           time.Time
}

// showUser shows somebody's roles and tokens.
func (c *Catalog) showUser(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	user, err := c.people.User(ctx, r.PathValue("id"))
	if err != nil {
		return err
	}
	page := userDetail{User: user, CanSend: c.jobs != nil && c.passwords != nil, Self: identity.From(ctx).UserID == user.ID, Now: store.Now()}
	if page.Roles, err = c.rolesOf(ctx, user.ID); err != nil {
		return err
	}
	if page.Organizations, err = c.people.Organizations(ctx); err != nil {
		return err
	}
	if page.Tokens, err = c.people.Tokens(ctx, user.ID, ""); err != nil {
		return err
	}
	info := c.adminInfo(r, i18n.Text{FR: user.Name, EN: user.Name},
		ui.Crumb{Label: i18n.T("Utilisateurs", "Users").In(i18n.From(ctx)), URL: pathUsers})
	return web.Render(w, r, http.StatusOK, userPage(info, page))
}

// rolesOf returns the roles of somebody by organisation, also while their account is closed.
func (c *Catalog) rolesOf(ctx context.Context, userID string) (map[string]identity.Role, error) {
	memberships, err := c.people.Memberships(ctx, userID)
	if err != nil {
		return nil, err
	}
	held := map[string]identity.Role{}
	for _, m := range memberships {
		held[m.OrgID] = m.Role
	}
	return held, nil
}

// saveUserRoles gives somebody the roles of the form, organisation by organisation.
func (c *Catalog) saveUserRoles(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	user, err := c.people.User(ctx, r.PathValue("id"))
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return badForm(err)
	}
	now, err := c.rolesOf(ctx, user.ID)
	if err != nil {
		return err
	}
	organizations, err := c.people.Organizations(ctx)
	if err != nil {
		return err
	}
	for _, o := range organizations {
		value, named := r.PostForm["role."+o.ID]
		if !named || parseRole(value[0]) == now[o.ID] {
			continue
		}
		if err := c.people.SetMembership(ctx, user.ID, o.ID, parseRole(value[0])); err != nil {
			return err
		}
	}
	return web.Redirect(w, r, userPath(user.ID), web.Flash{Kind: web.Success, Text: i18n.T("Les rôles sont enregistrés.", "The roles are saved.")})
}

// actOnUser disables an account, opens it again, or sends a new link.
func (c *Catalog) actOnUser(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	user, err := c.people.User(ctx, r.PathValue("id"))
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return badForm(err)
	}
	switch action := r.PostForm.Get("action"); action {
	case "lien":
		return c.invited(w, r, user)
	case "fermer", "rouvrir":
		if user.ID == identity.From(ctx).UserID {
			return errOwnAccount
		}
		if err := c.people.DisableUser(ctx, user.ID, action == "fermer"); err != nil {
			return err
		}
		message := i18n.T("Le compte est rouvert.", "The account is open again.")
		if action == "fermer" {
			message = i18n.T("Le compte est fermé : sessions et jetons ne servent plus.", "The account is closed: its sessions and tokens no longer work.")
		}
		return web.Redirect(w, r, userPath(user.ID), web.Flash{Kind: web.Success, Text: message})
	}
	return fault.New(fault.Invalid, "action_unknown", i18n.T("Cette action n’existe pas.", "There is no such action.")).At("action")
}

// parseRole reads a role from a form; anything unknown is no role.
func parseRole(s string) identity.Role {
	if n, err := strconv.Atoi(s); err == nil && slices.Contains(roles, identity.Role(n)) {
		return identity.Role(n)
	}
	return identity.NoRole
}
