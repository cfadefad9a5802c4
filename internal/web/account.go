package web

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/web/ui"
)

// Account is what the account page needs of identity.
type Account interface {
	ChangePassword(ctx context.Context, userID, current, password, keep string) error
	Organizations(ctx context.Context) ([]identity.Organization, error)
	Tokens(ctx context.Context, userID, orgID string) ([]identity.Token, error)
	CreateToken(ctx context.Context, t identity.NewToken) (string, identity.Token, error)
	RevokeToken(ctx context.Context, id string) error
}

type accountPageInfo struct {
	Who           identity.Principal
	Organizations []identity.Organization // those where the person has a role
	Tokens        []identity.Token
	Secret        string // of the token just made: shown this once
	Errors        FormErrors
	TokenName     string
}

func (s *Site) showAccount(w http.ResponseWriter, r *http.Request) error {
	return s.renderAccount(w, r, http.StatusOK, accountPageInfo{})
}

func (s *Site) renderAccount(w http.ResponseWriter, r *http.Request, status int, info accountPageInfo) error {
	info.Who = identity.From(r.Context())
	organizations, err := s.options.Account.Organizations(r.Context())
	if err != nil {
		return err
	}
	for _, o := range organizations {
		if info.Who.Roles[o.ID] > identity.NoRole {
			info.Organizations = append(info.Organizations, o)
		}
	}
	tokens, err := s.options.Account.Tokens(r.Context(), info.Who.UserID, "")
	if err != nil {
		return err
	}
	info.Tokens = slices.DeleteFunc(tokens, func(t identity.Token) bool { return !t.RevokedAt.IsZero() })
	w.Header().Set("Cache-Control", "no-store")
	return Render(w, r, status, accountPage(info))
}

// person returns who is signed in with a session: a token must not make tokens, nor change the password.
func person(r *http.Request) (identity.Principal, error) {
	who := identity.From(r.Context())
	if who.Kind != identity.Person || who.SessionID == "" {
		return who, fault.New(fault.Forbidden, "session_required", i18n.T(
			"Cette action demande une connexion dans le navigateur.", "This takes signing in with a browser."))
	}
	return who, nil
}

func (s *Site) changePassword(w http.ResponseWriter, r *http.Request) error {
	who, err := person(r)
	if err != nil {
		return err
	}
	err = s.options.Account.ChangePassword(r.Context(), who.UserID, r.PostFormValue("current"), r.PostFormValue("password"), who.SessionID)
	if wrong, ours := FormError(err); ours {
		if wrong[""] != (i18n.Text{}) {
			wrong.Add("current", wrong[""])
		}
		return s.renderAccount(w, r, statusOf(err), accountPageInfo{Errors: wrong})
	}
	if err != nil {
		return err
	}
	return Redirect(w, r, "/compte", Flash{Success, i18n.T("Le mot de passe est changé. Les autres sessions sont fermées.",
		"The password is changed. Other sessions are closed.")})
}

// tokenLife is how long each choice of the form lasts; the empty choice is without end.
var tokenLife = map[string]time.Duration{"30": 30 * 24 * time.Hour, "365": 365 * 24 * time.Hour}

func (s *Site) createToken(w http.ResponseWriter, r *http.Request) error {
	who, err := person(r)
	if err != nil {
		return err
	}
	name, scope := strings.TrimSpace(r.PostFormValue("name")), identity.Scope(r.PostFormValue("scope"))
	if name == "" || !slices.Contains(identity.Scopes, scope) {
		wrong := FormErrors{"name": i18n.T("Donnez un nom au jeton : ce à quoi il servira.", "Name the token: what it will be used for.")}
		return s.renderAccount(w, r, http.StatusBadRequest, accountPageInfo{Errors: wrong, TokenName: name})
	}
	token := identity.NewToken{Name: name, UserID: who.UserID, Scopes: []identity.Scope{scope}}
	if life, bounded := tokenLife[r.PostFormValue("life")]; bounded {
		token.Expires = time.Now().Add(life)
	}
	secret, _, err := s.options.Account.CreateToken(r.Context(), token)
	if err != nil {
		return err
	}
	return s.renderAccount(w, r, http.StatusOK, accountPageInfo{Secret: secret})
}

func (s *Site) revokeToken(w http.ResponseWriter, r *http.Request) error {
	who, err := person(r)
	if err != nil {
		return err
	}
	tokens, err := s.options.Account.Tokens(r.Context(), who.UserID, "")
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(tokens, func(t identity.Token) bool { return t.ID == r.PathValue("id") }) {
		return fault.New(fault.NotFound, "token_not_found", i18n.T("Ce jeton n’existe pas.", "This token does not exist."))
	}
	if err := s.options.Account.RevokeToken(r.Context(), r.PathValue("id")); err != nil {
		return err
	}
	return Redirect(w, r, "/compte", Flash{Success, i18n.T("Le jeton est révoqué.", "The token is revoked.")})
}

func roleName(ctx context.Context, role identity.Role) string {
	switch role {
	case identity.Reader:
		return i18n.S(ctx, "Lecture", "Reader")
	case identity.Contributor:
		return i18n.S(ctx, "Contribution", "Contributor")
	case identity.Publisher:
		return i18n.S(ctx, "Publication", "Publisher")
	case identity.Steward:
		return i18n.S(ctx, "Gestion des données", "Steward")
	case identity.Administrator:
		return i18n.S(ctx, "Administration", "Administrator")
	}
	return ""
}

func scopeName(ctx context.Context, scope identity.Scope) string {
	switch scope {
	case identity.ScopePublish:
		return i18n.S(ctx, "Lire et publier", "Read and publish")
	case identity.ScopeAdmin:
		return i18n.S(ctx, "Tout ce que je peux faire", "Everything that I may do")
	}
	return i18n.S(ctx, "Lire", "Read")
}

func profile(ctx context.Context, info accountPageInfo) []ui.Fact {
	facts := []ui.Fact{{Label: i18n.S(ctx, "Nom", "Name"), Text: info.Who.Name}}
	if info.Who.Email != "" {
		facts = append(facts, ui.Fact{Label: i18n.S(ctx, "Adresse électronique", "E-mail address"), Text: info.Who.Email})
	}
	for _, o := range info.Organizations {
		facts = append(facts, ui.Fact{Label: o.Name, Text: roleName(ctx, info.Who.Roles[o.ID])})
	}
	return facts
}

func scopeOptions(ctx context.Context) []ui.Option {
	options := make([]ui.Option, len(identity.Scopes))
	for i, scope := range identity.Scopes {
		options[i] = ui.Option{Value: string(scope), Label: scopeName(ctx, scope)}
	}
	return options
}
