package web

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"socle/internal/i18n"
	"socle/internal/identity"
)

const (
	langCookie   = "socle_lang"
	schemeCookie = "socle_scheme"
	themeCookie  = "socle_theme"
)

// schemes are the colour schemes a reader can choose: that of their system, light, dark.
var schemes = []string{"system", "light", "dark"}

// view is what the layout knows of the request.
type view struct {
	site    *Site
	request string // id, for error pages
	lang    i18n.Lang
	scheme  string
	theme   string
	who     identity.Principal
	path    string
	query   url.Values
	origin  string
	flashes []Flash
}

type viewKey struct{}

func viewOf(ctx context.Context) *view {
	if v, ok := ctx.Value(viewKey{}).(*view); ok {
		return v
	}
	return &view{site: bare, lang: i18n.From(ctx), scheme: "system", theme: ThemeNeutral, path: "/"}
}

// bare stands for the site where a page is rendered outside of one, in tests of templates.
var bare = &Site{options: Options{Name: i18n.T("Socle", "Socle"), Theme: ThemeNeutral}, assets: &Assets{}}

// newView reads the reader's preferences: in the address when they have just chosen, else in a cookie.
func (s *Site) newView(w http.ResponseWriter, r *http.Request) *view {
	v := &view{site: s, request: requestID(r.Context()), lang: i18n.FR, scheme: "system", theme: s.options.Theme,
		path: r.URL.Path, origin: s.origin(r)}
	page := s.mounted(r.URL.Path) == nil
	if page { // an address of the API may be long, and who owns it reads it
		v.query = r.URL.Query()
	}
	if code := s.preference(w, r, "lang", langCookie, []string{"fr", "en"}, v.query); code != "" {
		v.lang = i18n.ParseLang(code)
	}
	if scheme := s.preference(w, r, "scheme", schemeCookie, schemes, v.query); scheme != "" {
		v.scheme = scheme
	}
	if s.options.ThemeSwitch {
		if theme := s.preference(w, r, "theme", themeCookie, []string{ThemeNeutral, ThemeDSFR}, v.query); s.assets.HasTheme(theme) {
			v.theme = theme
		}
	}
	if page {
		v.flashes = takeFlashes(w, r)
	}
	return v
}

// preference returns what was just chosen in the address of a page, which it remembers, or what is remembered. An address
// that a mounted handler owns may use the same words for something else: there is no chosen then.
func (s *Site) preference(w http.ResponseWriter, r *http.Request, name, cookie string, allowed []string, chosen url.Values) string {
	if value := chosen.Get(name); slices.Contains(allowed, value) {
		s.remember(w, cookie, value)
		return value
	}
	if c, err := r.Cookie(cookie); err == nil && slices.Contains(allowed, c.Value) {
		return c.Value
	}
	return ""
}

func (s *Site) remember(w http.ResponseWriter, cookie, value string) {
	// Scripts may read and write it: it holds a preference, no secret.
	http.SetCookie(w, &http.Cookie{Name: cookie, Value: value, Path: "/", MaxAge: int((365 * 24 * time.Hour).Seconds()),
		Secure: s.options.Secure, SameSite: http.SameSiteLaxMode})
}

// takeFlashes reads the messages left by [Redirect] and removes them.
func takeFlashes(w http.ResponseWriter, r *http.Request) []Flash {
	c, err := r.Cookie(flashCookie)
	if err != nil || r.Method != http.MethodGet || IsPartial(r) {
		return nil
	}
	http.SetCookie(w, &http.Cookie{Name: flashCookie, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	text, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil {
		return nil
	}
	var flashes []Flash
	if json.Unmarshal(text, &flashes) != nil {
		return nil
	}
	return flashes
}

// origin is the public address of the site, from the configuration or from the request.
func (s *Site) origin(r *http.Request) string {
	if s.options.URL != "" {
		return strings.TrimSuffix(s.options.URL, "/")
	}
	scheme := "http"
	if s.isHTTPS(r) {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}

func (s *Site) isHTTPS(r *http.Request) bool {
	return r.TLS != nil || s.options.Secure || s.options.TrustProxy && r.Header.Get("X-Forwarded-Proto") == "https"
}

// URL returns the public address of a path, for links that leave the site.
func URL(r *http.Request, path string) string { return viewOf(r.Context()).origin + path }

// with returns the address of this page with a preference changed.
func (v *view) with(name, value string) string {
	query := v.plainQuery()
	query.Set(name, value)
	return (&url.URL{Path: v.path, RawQuery: query.Encode()}).String()
}

// here is the address of this page without preferences.
func (v *view) here() string {
	return (&url.URL{Path: v.path, RawQuery: v.plainQuery().Encode()}).String()
}

// plainQuery are the parameters of this page that are not preferences of its reader.
func (v *view) plainQuery() url.Values {
	query := url.Values{}
	for key, values := range v.query {
		if key != "lang" && key != "scheme" && key != "theme" {
			query[key] = values
		}
	}
	return query
}

// signInURL is where to sign in, to come back here.
func (v *view) signInURL() string { return "/connexion?suite=" + url.QueryEscape(v.here()) }

// menu lists the entries of the navigation that the reader may take.
func (v *view) menu() []MenuItem {
	var items []MenuItem
	for _, item := range v.site.options.Menu {
		if item.Permission.Check(v.who) == nil {
			items = append(items, item)
		}
	}
	return items
}

func (v *view) canSignIn() bool { return v.site.options.People != nil }

// documentTitle is the title of the window: that of the page, then that of the site.
func (v *view) documentTitle(info PageInfo) string {
	name := v.site.options.Name.In(v.lang)
	if info.Title == "" {
		if tagline := v.site.options.Tagline.In(v.lang); tagline != "" {
			return name + " – " + tagline
		}
		return name
	}
	return info.Title + " – " + name
}

func (v *view) canonical(info PageInfo) string {
	if info.Canonical != "" {
		return v.origin + info.Canonical
	}
	return v.origin + (&url.URL{Path: v.path}).EscapedPath()
}
