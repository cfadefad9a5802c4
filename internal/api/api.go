// Package api is the door for programs: operations with the permission that each asks, described by an OpenAPI 3.1
// document that is generated from the code.
//
// Operations live under /api/v1 and are registered by the capabilities, typed on both sides. Errors are problems
// (RFC 9457) with a code for machines and a sentence in the language of Accept-Language. Who asks comes in the
// context, by session or by token, and is set by the site that this handler is mounted on.
package api

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"socle/internal/access"
)

// Prefix is where the operations live; the path of an operation does not repeat it.
const Prefix = "/api/v1"

// Options configures an [API].
type Options struct {
	Title   string       // of the OpenAPI document; "API Socle" when empty
	Version string       // of the program
	URL     string       // public address of the site without a final slash; "" when not known
	Log     *slog.Logger // slog.Default() when nil
}

// API holds the operations. Mount its [API.Handler] on the site under "/api/".
type API struct {
	huma huma.API
	mux  *http.ServeMux
	log  *slog.Logger
}

// New returns an API without operations but its own description.
func New(options Options) *API {
	mux := http.NewServeMux()
	config := huma.DefaultConfig(options.Title, options.Version)
	return &API{huma: humago.NewWithPrefix(mux, Prefix, config), mux: mux, log: options.Log}
}

// Register adds an operation. op needs OperationID, Method, Path ("/datasets/{id}") and Summary; the answers that
// permission and faults can give are added to its description.
func Register[I, O any](a *API, permission access.Permission, op huma.Operation, handler func(context.Context, *I) (*O, error)) {
	huma.Register(a.huma, op, handler)
}

// Handler answers a request outside the typed operations: an upload in a stream, the shapes of another API.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Route is a raw way in, with its full path ("GET /api/explore/v2.1/catalog/datasets"). It is not in the OpenAPI document.
type Route struct {
	Pattern    string
	Permission access.Permission
	Handler    Handler
}

// Routes is a table of raw routes.
type Routes []Route

// Handle adds raw routes. onError writes the answer for an error of a handler or of its permission; nil writes a
// problem.
func (a *API) Handle(routes Routes, onError func(w http.ResponseWriter, r *http.Request, err error)) {
	for _, route := range routes {
		a.mux.HandleFunc(route.Pattern, func(w http.ResponseWriter, r *http.Request) { _ = route.Handler(w, r) })
	}
}

// List is one page of a list, in answers.
type List[T any] struct {
	Items []T    `json:"items"`
	Total int    `json:"total" doc:"Number of elements over all pages"`
	Next  string `json:"next,omitempty" doc:"Cursor of the next page; absent on the last one"`
}

// Handler returns everything under /api/.
func (a *API) Handler() http.Handler { return a.mux }
