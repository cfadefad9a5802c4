// Package api is the door for programs: operations with the permission that each asks, described by an OpenAPI 3.1
// document that is generated from the code.
//
// Operations live under /api/v1 and are registered by the capabilities, typed on both sides. Errors are problems
// (RFC 9457) with a code for machines and a sentence in the language of Accept-Language. Who asks comes in the
// context, by session or by token, and is set by the site that this handler is mounted on.
package api

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"socle/internal/access"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
)

// Prefix is where the operations live; the path of an operation does not repeat it.
const Prefix = "/api/v1"

// DocumentPath is the address of the OpenAPI document.
const DocumentPath = Prefix + "/openapi.json"

// Options configures an [API].
type Options struct {
	Title   string       // of the OpenAPI document; "API Socle" when empty
	Version string       // of the program
	URL     string       // public address of the site without a final slash; "" when not known
	DocsURL string       // page that presents the document, where /api/v1/docs leads; "" for none
	Limits  Limits       // on the calls of one caller; none when zero
	Log     *slog.Logger // slog.Default() when nil
}

// API holds the operations. Mount it on the site under "/api/".
type API struct {
	huma    huma.API
	mux     *http.ServeMux
	limiter *Limiter
	log     *slog.Logger
	problem *huma.Schema
}

// New returns an API without operations but its own description.
func New(options Options) *API {
	if options.Title == "" {
		options.Title = "API Socle"
	}
	if options.Version == "" {
		options.Version = "dev"
	}
	a := &API{mux: http.NewServeMux(), limiter: NewLimiter(options.Limits), log: options.Log}
	if a.log == nil {
		a.log = slog.Default()
	}
	config := huma.DefaultConfig(options.Title, options.Version)
	config.OpenAPIPath, config.DocsPath, config.SchemasPath = "", "", "" // served here, without a script from elsewhere
	config.CreateHooks = nil                                             // no "$schema" in the answers
	config.Transformers = []huma.Transformer{a.translate}
	config.OnAddOperation = append(config.OnAddOperation, describeAbsence)
	config.Servers = []*huma.Server{{URL: options.URL + Prefix}}
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token": {Type: "http", Scheme: "bearer", Description: "A token, made on the account page or with “socle user token”."},
	}
	a.huma = humago.NewWithPrefix(a.mux, Prefix, config)
	a.problem = huma.SchemaFromType(a.huma.OpenAPI().Components.Schemas, problemType)
	a.mux.HandleFunc("GET "+DocumentPath, a.serveDocument)
	if options.DocsURL != "" {
		a.mux.Handle("GET "+Prefix+"/docs", http.RedirectHandler(options.DocsURL, http.StatusSeeOther))
	}
	return a
}

// Register adds an operation. op needs OperationID, Method, Path ("/datasets/{id}") and Summary; the answers that
// permission and faults can give are added to its description.
func Register[I, O any](a *API, permission access.Permission, op huma.Operation, handler func(context.Context, *I) (*O, error)) {
	if !permission.IsPublic() {
		op.Security = []map[string][]string{{"token": {}}}
	}
	op.Middlewares = append(huma.Middlewares{a.allow(permission)}, op.Middlewares...)
	a.describeProblems(&op, permission)
	huma.Register(a.huma, op, func(ctx context.Context, input *I) (*O, error) {
		output, err := handler(ctx, input)
		if err != nil {
			return nil, a.report(ctx, err)
		}
		return output, nil
	})
}

// Take counts a call that comes by another door together with those of the API, writes the headers that say what is left,
// and answers [LimitError] when nothing is.
func (a *API) Take(w http.ResponseWriter, r *http.Request) error { return a.limiter.Take(w, r) }

// allow stops a request that comes too often or whose principal may not take the operation, before its body is read.
func (a *API) allow(permission access.Permission) func(huma.Context, func(huma.Context)) {
	return func(c huma.Context, next func(huma.Context)) {
		r, w := humago.Unwrap(c)
		err := a.limiter.Take(w, r)
		if err == nil {
			err = permission.Check(identity.From(c.Context()))
		}
		if err != nil {
			a.WriteError(w, r, err)
			return
		}
		next(huma.WithContext(c, a.limiter.pays(r).Context()))
	}
}

// describeProblems writes in the document which errors an operation can answer.
func (a *API) describeProblems(op *huma.Operation, permission access.Permission) {
	codes := []int{http.StatusBadRequest, http.StatusTooManyRequests, http.StatusInternalServerError}
	if !permission.IsPublic() {
		codes = append(codes, http.StatusUnauthorized, http.StatusForbidden)
	}
	if strings.Contains(op.Path, "{") {
		codes = append(codes, http.StatusNotFound)
	}
	if op.Method != http.MethodGet && op.Method != http.MethodHead {
		codes = append(codes, http.StatusConflict, http.StatusRequestEntityTooLarge)
	}
	if op.Responses == nil {
		op.Responses = map[string]*huma.Response{}
	}
	for _, code := range append(codes, op.Errors...) {
		op.Responses[strconv.Itoa(code)] = &huma.Response{Description: http.StatusText(code),
			Content: map[string]*huma.MediaType{problemMedia: {Schema: a.problem}}}
	}
	op.Errors = nil
	op.Responses["default"] = &huma.Response{Description: "Error", Content: map[string]*huma.MediaType{problemMedia: {Schema: a.problem}}}
}

// Handler answers a request outside the typed operations: an upload in a stream, the shapes of another API.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Route is a raw way in, with its full path ("GET /api/explore/v2.1/catalog/datasets"). It is not in the OpenAPI document.
type Route struct {
	Pattern    string
	Permission access.Permission
	Handler    Handler
	Identify   func(r *http.Request) (*http.Request, error) // reads who asks where the site does not look; may be nil
	Unlimited  bool                                         // does not count as a call
}

// Routes is a table of raw routes.
type Routes []Route

// Handle adds raw routes. onError writes the answer for an error of a handler or of its permission; nil writes a
// problem.
func (a *API) Handle(routes Routes, onError func(w http.ResponseWriter, r *http.Request, err error)) {
	if onError == nil {
		onError = a.WriteError
	}
	for _, route := range routes {
		a.mux.HandleFunc(strings.Join(strings.Fields(route.Pattern), " "), func(w http.ResponseWriter, r *http.Request) {
			if err := a.take(route, w, r); err != nil {
				onError(w, r, err)
			}
		})
	}
}

func (a *API) take(route Route, w http.ResponseWriter, r *http.Request) error {
	if route.Identify != nil {
		known, err := route.Identify(r)
		if err != nil { // who tries keys that are not known counts as who has none
			return errors.Join(a.limiter.Take(w, r), err)
		}
		r = known
	}
	if !route.Unlimited {
		if err := a.limiter.Take(w, r); err != nil {
			return err
		}
	}
	if err := route.Permission.Check(identity.From(r.Context())); err != nil {
		return err
	}
	err := route.Handler(w, a.limiter.pays(r))
	announce(w.Header(), err, a.limiter.now())
	return err
}

// List is one page of a list, in answers.
type List[T any] struct {
	Items []T    `json:"items"`
	Total int    `json:"total" doc:"Number of elements over all pages"`
	Next  string `json:"next,omitempty" doc:"Cursor of the next page; absent on the last one"`
}

// Document returns the OpenAPI 3.1 document, as JSON.
func (a *API) Document() ([]byte, error) { return json.Marshal(a.huma.OpenAPI()) }

func (a *API) serveDocument(w http.ResponseWriter, r *http.Request) {
	text, err := a.Document()
	if err != nil {
		a.WriteError(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/vnd.oai.openapi+json;version=3.1")
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Cache-Control", "public, max-age=300")
	_, _ = w.Write(text)
}

// ServeHTTP answers everything under /api/, in the language of Accept-Language.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r = r.WithContext(i18n.With(r.Context(), language(r)))
	w.Header().Add("Vary", "Accept-Language")
	if _, pattern := a.mux.Handler(r); pattern == "" {
		a.unknown(w, r)
		return
	}
	a.mux.ServeHTTP(w, r)
}

// unknown answers where no operation matches. A router that knows the path under another method says which.
func (a *API) unknown(w http.ResponseWriter, r *http.Request) {
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		probe := r.Clone(r.Context())
		probe.Method = method
		if _, pattern := a.mux.Handler(probe); pattern != "" {
			allowed = append(allowed, method)
		}
	}
	if len(allowed) > 0 {
		allow := strings.Join(allowed, ", ")
		w.Header().Set("Allow", allow)
		a.writeProblem(w, r, http.StatusMethodNotAllowed, fault.New(fault.Invalid, "method_not_allowed",
			i18n.T("Cette adresse n’accepte que : %s.", "This address takes only: %s.", allow)))
		return
	}
	a.WriteError(w, r, fault.New(fault.NotFound, "operation_not_found", i18n.T(
		"Cette adresse n’existe pas dans l’API. La liste des opérations est à %s.",
		"This address does not exist in the API. The list of operations is at %s.", DocumentPath)))
}

// language reads the first language of Accept-Language that is one of ours; French when none is.
func language(r *http.Request) i18n.Lang {
	for item := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		tag, _, _ := strings.Cut(strings.TrimSpace(strings.ToLower(item)), ";")
		switch primary, _, _ := strings.Cut(tag, "-"); primary {
		case "fr":
			return i18n.FR
		case "en":
			return i18n.EN
		}
	}
	return i18n.FR
}

// Handler returns everything under /api/.
func (a *API) Handler() http.Handler { return a }
