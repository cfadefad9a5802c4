package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/a-h/templ"

	"socle/internal/fault"
	"socle/internal/i18n"
)

// Render answers with a component and a status. The component is rendered whole before the first byte leaves, so
// that an error in it still becomes an error page.
func Render(w http.ResponseWriter, r *http.Request, status int, component templ.Component) error {
	var page bytes.Buffer
	if err := component.Render(r.Context(), &page); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Add("Vary", "Cookie, HX-Request-Type")
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "private, no-cache")
	}
	w.WriteHeader(status)
	if r.Method == http.MethodHead {
		return nil
	}
	_, _ = page.WriteTo(w) // the reader may have left; there is nobody to tell
	return nil
}

// IsPartial reports whether a script of the page asks for a part of it, which it will put in place itself. A
// handler may then render that part without the layout.
func IsPartial(r *http.Request) bool {
	return r.Header.Get("HX-Request-Type") == "partial"
}

// The kinds of message, which choose its colour and its icon.
const (
	Info    = "info"
	Success = "success"
	Warning = "warning"
	Failure = "error"
)

// Flash is a message shown once, at the top of the next page.
type Flash struct {
	Kind string    `json:"k"` // [Info], [Success], [Warning] or [Failure]
	Text i18n.Text `json:"t"`
}

const flashCookie = "socle_flash"

// Redirect answers 303 See Other to target, with messages for the page that it opens.
func Redirect(w http.ResponseWriter, r *http.Request, target string, messages ...Flash) error {
	if len(messages) > 0 {
		text, err := json.Marshal(messages)
		if err != nil {
			return err
		}
		http.SetCookie(w, &http.Cookie{Name: flashCookie, Value: base64.RawURLEncoding.EncodeToString(text), Path: "/",
			MaxAge: 60, HttpOnly: true, Secure: viewOf(r.Context()).site.options.Secure, SameSite: http.SameSiteLaxMode})
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, target, http.StatusSeeOther)
	return nil
}

// LocalPath returns target when it is a path of this site, and fallback when it leads anywhere else. Use it for
// every "next" that came in a request.
func LocalPath(target, fallback string) string {
	u, err := url.Parse(target)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(target, "/") || strings.HasPrefix(target, "//") ||
		strings.ContainsAny(target, "\\\r\n\t") {
		return fallback
	}
	return target
}

// FormErrors says what is wrong with each field of a form, by the name of the field; "" is the form as a whole.
type FormErrors map[string]i18n.Text

// FormError turns a fault about what somebody typed into errors to show beside the fields. It reports false for
// any other error, which the handler should return.
func FormError(err error) (FormErrors, bool) {
	var e *fault.Error
	if !errors.As(err, &e) {
		return nil, false
	}
	switch e.Kind {
	case fault.Invalid, fault.Conflict, fault.Unauthenticated, fault.TooMany, fault.TooLarge:
		return FormErrors{e.Field: e.Message}, true
	}
	return nil, false
}

// Add writes what is wrong with a field; the first message about a field stays.
func (f FormErrors) Add(field string, message i18n.Text) {
	if _, taken := f[field]; !taken {
		f[field] = message
	}
}

// In returns the message about a field, "" when there is none.
func (f FormErrors) In(lang i18n.Lang, field string) string { return f[field].In(lang) }

// NotModified sets the ETag and answers 304 when the reader already holds that answer; the handler then returns
// nil at once. tag is any string that changes with the answer; who reads and in what language are added to it.
func NotModified(w http.ResponseWriter, r *http.Request, tag string, modified time.Time) bool {
	v := viewOf(r.Context())
	sum := sha256.Sum256([]byte(strings.Join([]string{tag, string(v.lang), v.scheme, v.theme, v.who.Actor(), v.who.SessionID}, "\x00")))
	etag := `W/"` + hex.EncodeToString(sum[:16]) + `"`
	if len(v.flashes) > 0 {
		return false // the page carries a message that must be seen
	}
	w.Header().Set("ETag", etag)
	if !modified.IsZero() {
		w.Header().Set("Last-Modified", modified.UTC().Format(http.TimeFormat))
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	for held := range strings.SplitSeq(r.Header.Get("If-None-Match"), ",") {
		held = strings.TrimSpace(held)
		if held == "*" || strings.TrimPrefix(held, "W/") == strings.TrimPrefix(etag, "W/") {
			w.WriteHeader(http.StatusNotModified)
			return true
		}
	}
	return false
}
