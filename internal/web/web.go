// Package web is the door for browsers: routes with the permission that each asks, the layout of every page,
// forms, languages, themes, assets and errors shown as pages.
//
// It knows people and rights, and no capability. A capability hands over its [Routes]; the handler of a route
// parses the request, calls a service and answers with [Render], [Redirect] or an error, which becomes a page in
// the reader's language. Every page reads without JavaScript. The look is in the subpackage ui and in assets.
package web

import (
	"context"
	"log/slog"
	"net/http"

	"socle/internal/access"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/web/ui"
)

// Handler answers a request, or returns an error that the site turns into a page: a fault keeps its meaning and
// its sentence, anything else is an internal error and goes to the log only. It must not have written anything
// when it returns an error.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Route is one way in: a pattern of [http.ServeMux] with its method ("GET /jeux/{id}"), who may take it, and what
// answers. GET routes answer HEAD too.
type Route struct {
	Pattern    string
	Permission access.Permission
	Handler    Handler
}

// Routes is the table of a capability; put it first in its pages.go.
type Routes []Route

// People is what the site needs of identity: who holds a secret, and signing in and out.
type People interface {
	SessionPrincipal(ctx context.Context, secret string) (identity.Principal, error)
	TokenPrincipal(ctx context.Context, secret string) (identity.Principal, error)
	SignIn(ctx context.Context, email, password, remote string) (string, identity.Session, error)
	SignOut(ctx context.Context, secret string) error
}

// Options configures a [Site]. The zero value of each field works.
type Options struct {
	Name        i18n.Text      // of the site, in the header and in titles; "Socle" when empty
	Tagline     i18n.Text      // under the name
	Operator    i18n.Text      // who is responsible, in the footer
	Theme       string         // [ThemeNeutral] (default) or [ThemeDSFR]
	URL         string         // public address without a final slash ("https://data.exemple.fr"); made from the request when empty
	Secure      bool           // served over HTTPS: cookies say so
	Notice      i18n.Text      // shown above every page, for instance that the data are invented
	Menu        []MenuItem     // main navigation
	FooterLinks []FooterLink   // after those of the site itself
	People      People         // nil: nobody can sign in
	Account     Account        // what the account page needs; nil: no such page
	SignInHint  i18n.Text      // under the sign-in form, for instance the demonstration accounts
	OpenAPI     DocumentFunc   // the OpenAPI document that /documentation/api presents; nil: no such page
	MoreAPIs    []DescribedAPI // other APIs that the page presents after it
	Log         *slog.Logger   // slog.Default() when nil
	TrustProxy  bool           // behind a proxy that sets X-Forwarded-For and X-Forwarded-Proto
	Ready       ReadyFunc      // what /readyz asks; nil: always ready
	MapTiles    string         // address of background map tiles, "https://tuiles.exemple.fr/{z}/{x}/{y}.png"; none when empty
	MapCredit   string         // what their owner asks to be credited as
	ThemeSwitch bool           // a reader may choose a theme with ?theme=; for tests and development
}

// ReadyFunc answers nil when the program can serve.
type ReadyFunc func(ctx context.Context) error

// DescribedAPI is an API with the address of its OpenAPI document.
type DescribedAPI struct {
	URL      string
	Document DocumentFunc
}

// DocumentFunc returns an OpenAPI document, as JSON.
type DocumentFunc func() ([]byte, error)

// MenuItem is an entry of the main navigation.
type MenuItem struct {
	Key        string // matched with PageInfo.Active
	Label      i18n.Text
	URL        string
	Permission access.Permission // shown to those who may take it
}

// FooterLink is a link at the bottom of every page.
type FooterLink struct {
	Label i18n.Text
	URL   string
}

// PageInfo is what the layout must know of a page.
type PageInfo struct {
	Title       string     // without the name of the site, which is added; empty on the home page
	Description string     // for search engines and previews; plain text
	Crumbs      []ui.Crumb // from the home page, which is added, to this page
	Active      string     // key of the menu entry
	Wide        bool       // use the full width of the window: tables, maps
	Canonical   string     // path of the page that this one is a view of; its own path when empty
	NoIndex     bool       // keep search engines away
	JSONLD      any        // structured data, marshalled into the head
	Scripts     []string   // logical names of bundles this page needs besides "app": "map"
	Alternates  []Alternate
}

// Alternate is another form of the page, for machines: a feed, a JSON document.
type Alternate struct {
	Type, URL, Title string
}
