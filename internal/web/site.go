package web

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
)

// The themes. The design system of the French State is reserved for its sites.
const (
	ThemeNeutral = "neutral"
	ThemeDSFR    = "dsfr"
)

// The limits on what a request may send: a page's form, and anything mounted until its handler says otherwise.
const (
	formLimit  = 1 << 20
	headerTime = 10 * time.Second
	bodyTime   = 30 * time.Second
	answerTime = 2 * time.Minute
)

// Site serves pages. Make it with [New], give it routes, then serve [Site.Handler].
type Site struct {
	options    Options
	log        *slog.Logger
	mux        *http.ServeMux
	assets     *Assets
	protection *http.CrossOriginProtection
	routes     Routes
	mounts     []mount
}

// mount is a part of the site that answers and reports errors itself.
type mount struct {
	prefix  string
	handler http.Handler
}

// ErrorWriter is implemented by a mounted handler that writes the errors of what surrounds it in its own form: the
// API answers problems where pages answer pages.
type ErrorWriter interface {
	WriteError(w http.ResponseWriter, r *http.Request, err error)
}

// New returns a site without routes of its own but assets, errors, /healthz, /readyz, signing in and out.
func New(options Options) *Site {
	if options.Name.IsZero() {
		options.Name = i18n.T("Socle", "Socle")
	}
	if options.Theme == "" {
		options.Theme = ThemeNeutral
	}
	s := &Site{options: options, log: options.Log, mux: http.NewServeMux(), assets: EmbeddedAssets(),
		protection: http.NewCrossOriginProtection()}
	if s.log == nil {
		s.log = slog.Default()
	}
	if s.assets.Built() && !s.assets.HasTheme(options.Theme) {
		s.log.Warn("the theme is not in the assets of this build: pages use the neutral one", "theme", options.Theme)
		s.options.Theme = ThemeNeutral
	}
	s.mux.Handle("GET "+assetPrefix, s.assets)
	s.mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { writeState(w, nil) })
	s.mux.HandleFunc("GET /readyz", s.ready)
	s.Handle(s.ownRoutes())
	return s
}

// Handle adds the routes of a capability. It panics on a pattern that conflicts, as [http.ServeMux] does: that is a
// mistake in the program, found when it starts.
func (s *Site) Handle(routes Routes) {
	s.routes = append(s.routes, routes...)
	for _, route := range routes {
		s.mux.HandleFunc(strings.Join(strings.Fields(route.Pattern), " "), func(w http.ResponseWriter, r *http.Request) {
			err := route.Permission.Check(identity.From(r.Context()))
			if err == nil {
				err = s.page(route.Handler, w, r)
			}
			if err != nil {
				s.writeError(w, r, err)
			}
		})
	}
}

// Routes returns every route of the site, its own and those of the capabilities.
func (s *Site) Routes() Routes { return slices.Clone(s.routes) }

// page runs a handler once the assets that its page needs are there.
func (s *Site) page(handler Handler, w http.ResponseWriter, r *http.Request) error {
	if !s.assets.Built() {
		return errAssetsMissing
	}
	return handler(w, r)
}

// Mount gives everything under a pattern ("/api/") to a handler that decides and reports errors itself. Who asks is
// already in the context of the request.
func (s *Site) Mount(pattern string, handler http.Handler) {
	s.mux.Handle(pattern, handler)
	path := pattern
	if _, after, found := strings.Cut(pattern, " "); found {
		path = strings.TrimSpace(after)
	}
	s.mounts = append(s.mounts, mount{prefix: path, handler: handler})
}

// mounted returns the mounted handler that a path belongs to, nil when it is a page's.
func (s *Site) mounted(path string) http.Handler {
	var best mount
	for _, m := range s.mounts {
		if len(m.prefix) > len(best.prefix) && (path == m.prefix || strings.HasSuffix(m.prefix, "/") && strings.HasPrefix(path, m.prefix)) {
			best = m
		}
	}
	return best.handler
}

// Handler returns the whole site, with everything that surrounds a handler: who asks, in what language, limits,
// compression, protection, log, errors.
func (s *Site) Handler() http.Handler {
	return s.observe(s.secure(compress(http.HandlerFunc(s.serve))))
}

// serve completes the request (who, what language, how much) and routes it.
func (s *Site) serve(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, assetPrefix) || r.URL.Path == "/healthz" || r.URL.Path == "/readyz" {
		s.mux.ServeHTTP(w, r)
		return
	}
	r, err := s.complete(w, r)
	if err == nil {
		err = s.checkOrigin(r)
	}
	if err != nil {
		s.writeError(w, r, err)
		return
	}
	if _, pattern := s.mux.Handler(r); pattern == "" {
		s.unknown(w, r)
		return
	}
	s.mux.ServeHTTP(w, r)
}

// complete puts in the request's context who asks, the language and what the layout needs, and bounds its body.
func (s *Site) complete(w http.ResponseWriter, r *http.Request) (*http.Request, error) {
	v := s.newView(w, r)
	ctx := i18n.With(context.WithValue(r.Context(), viewKey{}, v), v.lang)
	body := r.Body
	ctx = context.WithValue(ctx, bodyKey{}, body)
	r = r.WithContext(ctx)
	r.Body = limited{http.MaxBytesReader(w, body, formLimit), formLimit}

	who, err := s.principal(w, r)
	if err != nil {
		return r, err
	}
	v.who = who
	return r.WithContext(identity.With(ctx, who)), nil
}

// checkOrigin refuses what another site makes a signed-in browser send. A token is never sent by a browser on its
// own, so a request that carries one needs no such protection.
func (s *Site) checkOrigin(r *http.Request) error {
	if r.Header.Get("Authorization") != "" {
		return nil
	}
	if err := s.protection.Check(r); err != nil {
		return fault.New(fault.Forbidden, "cross_origin", i18n.T(
			"Cette demande vient d’un autre site : elle a été refusée. Recommencez depuis une page de ce site.",
			"This request comes from another site: it was refused. Start again from a page of this site.")).Because(err)
	}
	return nil
}

// unknown answers where no route matches: another method, a final slash too many, or nothing there.
func (s *Site) unknown(w http.ResponseWriter, r *http.Request) {
	probe := &statusProbe{header: http.Header{}}
	s.mux.ServeHTTP(probe, r)
	if allow := probe.header.Get("Allow"); probe.status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", allow)
		s.writeError(w, r, errMethod(allow))
		return
	}
	if path := strings.TrimRight(r.URL.Path, "/"); path != r.URL.Path && path != "" && r.Method == http.MethodGet {
		trimmed := r.Clone(r.Context())
		trimmed.URL.Path, trimmed.URL.RawPath = path, ""
		if _, pattern := s.mux.Handler(trimmed); pattern != "" {
			http.Redirect(w, r, LocalPath(trimmed.URL.RequestURI(), "/"), http.StatusMovedPermanently)
			return
		}
	}
	s.writeError(w, r, errNoPage)
}

// statusProbe learns what the router would answer, without answering.
type statusProbe struct {
	header http.Header
	status int
}

func (p *statusProbe) Header() http.Header         { return p.header }
func (p *statusProbe) Write(b []byte) (int, error) { return len(b), nil }
func (p *statusProbe) WriteHeader(status int)      { p.status = status }

func (s *Site) ready(w http.ResponseWriter, r *http.Request) {
	var err error
	if s.options.Ready != nil {
		ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
		defer cancel()
		err = s.options.Ready(ctx)
	}
	if err != nil {
		s.log.WarnContext(r.Context(), "not ready", "error", err)
	}
	writeState(w, err)
}

func writeState(w http.ResponseWriter, err error) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	if err != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte("unavailable\n"))
		return
	}
	_, _ = w.Write([]byte("ok\n"))
}

type bodyKey struct{}

// LimitBody replaces the limit on the size of the request's body (1 MB for a page) and gives the sender more time.
// Call it before reading anything. Reading beyond the limit fails with a fault TooLarge.
func LimitBody(w http.ResponseWriter, r *http.Request, bytes int64) {
	if body, ok := r.Context().Value(bodyKey{}).(interface {
		Read([]byte) (int, error)
		Close() error
	}); ok {
		r.Body = limited{http.MaxBytesReader(w, body, bytes), bytes}
	}
	// The slowest line that is worth waiting for carries 64 kB a second.
	patience := bodyTime + time.Duration(bytes/(64<<10))*time.Second
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(patience))
}

// Stream lifts the time limit on an answer that may take long: an export, a large file. Compressing it gives way to other answers.
// Call it before the first byte.
func Stream(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Time{})
	for {
		if c, found := w.(*compressor); found {
			c.slow = true
			return
		}
		inside, more := w.(interface{ Unwrap() http.ResponseWriter })
		if !more {
			return
		}
		w = inside.Unwrap()
	}
}

// limited turns the error of [http.MaxBytesReader] into a fault that says the limit.
type limited struct {
	body interface {
		Read([]byte) (int, error)
		Close() error
	}
	limit int64
}

func (l limited) Close() error { return l.body.Close() }

func (l limited) Read(b []byte) (int, error) {
	n, err := l.body.Read(b)
	var over *http.MaxBytesError
	if errors.As(err, &over) {
		err = fault.New(fault.TooLarge, "body_too_large", i18n.Text{
			FR: "L’envoi dépasse la limite de " + i18n.Bytes(i18n.FR, l.limit) + ".",
			EN: "What was sent is over the limit of " + i18n.Bytes(i18n.EN, l.limit) + ".",
		}).Because(err)
	}
	return n, err
}

// Server returns a server of handler on an address, with the time limits that keep slow senders from holding it.
func Server(ctx context.Context, handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       bodyTime,
		WriteTimeout:      answerTime,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}
