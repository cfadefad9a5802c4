package web

import (
	"net/http"
	"slices"

	"socle/internal/access"
	"socle/internal/i18n"
	"socle/internal/identity"
)

func (s *Site) ownRoutes() Routes {
	routes := Routes{
		{"POST /affichage", access.Public, s.chooseScheme},
	}
	if s.options.People != nil {
		routes = append(routes, Routes{
			{"GET /connexion", access.Public, s.showSignIn},
			{"POST /connexion", access.Public, s.signIn},
			{"POST /deconnexion", access.Public, s.signOut},
		}...)
	}
	if s.options.Account != nil {
		routes = append(routes, Routes{
			{"GET /compte", access.SignedIn, s.showAccount},
			{"POST /compte/mot-de-passe", access.SignedIn, s.changePassword},
			{"POST /compte/jetons", access.SignedIn, s.createToken},
			{"POST /compte/jetons/{id}/revoquer", access.SignedIn, s.revokeToken},
		}...)
	}
	if s.options.OpenAPI != nil {
		routes = append(routes, Route{"GET " + apiPagePath, access.Public, s.showAPI})
	}
	return routes
}

// chooseScheme remembers light, dark or that of the system. It changes nothing but a cookie of the reader's own.
func (s *Site) chooseScheme(w http.ResponseWriter, r *http.Request) error {
	if scheme := r.PostFormValue("scheme"); slices.Contains(schemes, scheme) {
		s.remember(w, schemeCookie, scheme)
	}
	return Redirect(w, r, LocalPath(r.PostFormValue("suite"), "/"))
}

func (s *Site) showSignIn(w http.ResponseWriter, r *http.Request) error {
	next := LocalPath(r.URL.Query().Get("suite"), "/")
	if !identity.From(r.Context()).IsAnonymous() {
		return Redirect(w, r, next)
	}
	w.Header().Set("Cache-Control", "no-store")
	return Render(w, r, http.StatusOK, signInPage(signInForm{Next: next}))
}

type signInForm struct {
	Email  string
	Next   string
	Errors FormErrors
}

func (s *Site) signIn(w http.ResponseWriter, r *http.Request) error {
	form := signInForm{Email: r.PostFormValue("email"), Next: LocalPath(r.PostFormValue("suite"), "/")}
	secret, session, err := s.options.People.SignIn(r.Context(), form.Email, r.PostFormValue("password"), s.Remote(r))
	if err != nil {
		wrong, ours := FormError(err)
		if !ours {
			return err
		}
		form.Errors = wrong
		w.Header().Set("Cache-Control", "no-store")
		return Render(w, r, statusOf(err), signInPage(form))
	}
	s.setSession(w, secret, session)
	return Redirect(w, r, form.Next)
}

func (s *Site) signOut(w http.ResponseWriter, r *http.Request) error {
	if cookie, err := r.Cookie(s.sessionCookie()); err == nil {
		if err := s.options.People.SignOut(r.Context(), cookie.Value); err != nil {
			return err
		}
	}
	s.clearSession(w)
	return Redirect(w, r, "/", Flash{Kind: Success, Text: i18n.T("Vous êtes déconnecté.", "You are signed out.")})
}
