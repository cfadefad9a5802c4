package web

import (
	"errors"
	"net"
	"net/http"
	"strings"
	"time"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
)

// sessionCookie names the cookie of the session. Over HTTPS its prefix makes browsers refuse one set by anybody else.
func (s *Site) sessionCookie() string {
	if s.options.Secure {
		return "__Host-socle_session"
	}
	return "socle_session"
}

// principal says who asks: the holder of the token in Authorization, else of the session in the cookie, else
// nobody. A token that is not valid is an error; a session that is over is forgotten.
func (s *Site) principal(w http.ResponseWriter, r *http.Request) (identity.Principal, error) {
	if s.options.People == nil {
		return identity.Principal{Kind: identity.Anonymous}, nil
	}
	if secret, given, err := bearer(r); given {
		if err != nil {
			return identity.Principal{}, err
		}
		return s.options.People.TokenPrincipal(r.Context(), secret)
	}
	cookie, err := r.Cookie(s.sessionCookie())
	if err != nil || cookie.Value == "" {
		return identity.Principal{Kind: identity.Anonymous}, nil
	}
	who, err := s.options.People.SessionPrincipal(r.Context(), cookie.Value)
	if fault.Is(err, fault.Unauthenticated) {
		s.clearSession(w)
		return identity.Principal{Kind: identity.Anonymous}, nil
	}
	return who, err
}

// bearer reads the token of the header Authorization. "Apikey" is what clients of the Explore API send.
func bearer(r *http.Request) (secret string, given bool, err error) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return "", false, nil
	}
	scheme, secret, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") && !strings.EqualFold(scheme, "Apikey") || strings.TrimSpace(secret) == "" {
		return "", true, fault.New(fault.Unauthenticated, "authorization_scheme", i18n.T(
			"L’en-tête Authorization doit être de la forme « Bearer socle_… ».",
			"The Authorization header must read “Bearer socle_…”."))
	}
	return strings.TrimSpace(secret), true, nil
}

func (s *Site) setSession(w http.ResponseWriter, secret string, session identity.Session) {
	// The cookie outlives the session, which the server alone ends: its expiry moves with use.
	http.SetCookie(w, &http.Cookie{Name: s.sessionCookie(), Value: secret, Path: "/", HttpOnly: true, Secure: s.options.Secure,
		SameSite: http.SameSiteLaxMode, MaxAge: int(max(time.Until(session.ExpiresAt), 30*24*time.Hour).Seconds())})
}

func (s *Site) clearSession(w http.ResponseWriter) {
	http.SetCookie(w, &http.Cookie{Name: s.sessionCookie(), Path: "/", HttpOnly: true, Secure: s.options.Secure,
		SameSite: http.SameSiteLaxMode, MaxAge: -1})
}

// Remote is the address that asks, for throttling only: it is never logged.
func (s *Site) Remote(r *http.Request) string {
	if s.options.TrustProxy {
		// The last address is the one that our own proxy saw; those before it are whatever the sender wrote.
		forwarded := strings.Split(r.Header.Get("X-Forwarded-For"), ",")
		if last := strings.TrimSpace(forwarded[len(forwarded)-1]); last != "" {
			return last
		}
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// signedOut reports whether err means that signing in could help.
func signedOut(err error) bool {
	var e *fault.Error
	return errors.As(err, &e) && e.Kind == fault.Unauthenticated
}
