package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"socle/internal/fault"
	"socle/internal/i18n"
)

var errNoPage = fault.New(fault.NotFound, "page_not_found", i18n.T(
	"Cette page n’existe pas, ou n’existe plus. Vérifiez l’adresse, ou cherchez dans le catalogue.",
	"This page does not exist, or no longer does. Check the address, or search the catalogue."))

// methodError is the one status that no meaning of fault has.
type methodError struct{ cause *fault.Error }

func (e methodError) Error() string { return e.cause.Error() }

func (e methodError) Unwrap() error { return e.cause }

func errMethod(allow string) error {
	return methodError{fault.New(fault.Invalid, "method_not_allowed", i18n.T(
		"Cette adresse n’accepte que : %s.", "This address takes only: %s.", allow))}
}

func statusOf(err error) int {
	var method methodError
	if errors.As(err, &method) {
		return http.StatusMethodNotAllowed
	}
	return fault.KindOf(err).Status()
}

// writeError answers with the page of an error, or lets the mounted handler that the path belongs to answer in its
// own form. Errors that a person did not cause are logged with their cause.
func (s *Site) writeError(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		return // the reader has left
	}
	status := statusOf(err)
	if status >= 500 && !errors.Is(err, errAssetsMissing) {
		s.log.ErrorContext(r.Context(), "request failed", "path", r.URL.Path, "error", err, "request", requestID(r.Context()))
	}
	clean(w.Header())
	if writer, ok := s.mounted(r.URL.Path).(ErrorWriter); ok {
		writer.WriteError(w, r, err)
		return
	}
	ctx := r.Context()
	if _, known := ctx.Value(viewKey{}).(*view); !known {
		v := s.newView(w, r)
		ctx = i18n.With(context.WithValue(ctx, viewKey{}, v), v.lang)
		r = r.WithContext(ctx)
	}
	if signedOut(err) && viewOf(ctx).canSignIn() && r.Method == http.MethodGet && r.Header.Get("Authorization") == "" && !wantsJSON(r) {
		_ = Redirect(w, r, viewOf(ctx).signInURL())
		return
	}
	if wantsJSON(r) || !s.assets.Built() {
		s.writePlain(w, r, status, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	if renderErr := Render(w, r, status, errorPage(status, fault.Message(err).In(i18n.From(ctx)))); renderErr != nil {
		s.log.ErrorContext(ctx, "error page", "error", renderErr)
		s.writePlain(w, r, status, err)
	}
}

// clean removes what a handler had said about an answer that will not come.
func clean(h http.Header) {
	for _, name := range []string{"Content-Type", "Content-Length", "Content-Disposition", "Content-Encoding", "ETag", "Last-Modified", "Cache-Control"} {
		h.Del(name)
	}
}

func wantsJSON(r *http.Request) bool {
	accept := r.Header.Get("Accept")
	return strings.Contains(accept, "json") && !strings.Contains(accept, "text/html")
}

// writePlain answers without the layout: to programs, and where the layout is what is missing.
func (s *Site) writePlain(w http.ResponseWriter, r *http.Request, status int, err error) {
	message := fault.Message(err).In(i18n.From(r.Context()))
	w.Header().Set("Cache-Control", "no-store")
	if wantsJSON(r) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(map[string]any{"status": status, "title": http.StatusText(status), "detail": message,
			"code": fault.CodeOf(err), "request": requestID(r.Context())})
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(message + "\n"))
}

// errorTitle is what the page of an error says first.
func errorTitle(ctx context.Context, status int) string {
	switch status {
	case http.StatusBadRequest:
		return i18n.S(ctx, "Demande incorrecte", "Bad request")
	case http.StatusUnauthorized:
		return i18n.S(ctx, "Connexion nécessaire", "Please sign in")
	case http.StatusForbidden:
		return i18n.S(ctx, "Accès refusé", "Access denied")
	case http.StatusNotFound:
		return i18n.S(ctx, "Page introuvable", "Page not found")
	case http.StatusMethodNotAllowed:
		return i18n.S(ctx, "Action impossible ici", "Not possible here")
	case http.StatusConflict:
		return i18n.S(ctx, "La situation a changé", "Things have changed")
	case http.StatusRequestEntityTooLarge:
		return i18n.S(ctx, "Envoi trop volumineux", "Too large")
	case http.StatusTooManyRequests:
		return i18n.S(ctx, "Trop de demandes", "Too many requests")
	case http.StatusServiceUnavailable:
		return i18n.S(ctx, "Service momentanément indisponible", "Service unavailable for the moment")
	}
	return i18n.S(ctx, "Erreur interne", "Internal error")
}
