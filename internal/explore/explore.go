// Package explore gives the data of a dataset away: the Explore API v2.1 that scripts of the field already speak,
// exports, and the table, figures, map and calls that the page of a dataset shows.
//
// Whatever comes in, an address or a form, becomes a plan on one version, is narrowed by access, and is run by the
// engine. A version never changes, so every answer has a tag made of the version and the plan, and small answers
// stay in memory. What is not visible to who asks does not exist here either.
package explore

import (
	"context"
	"io"
	"log/slog"
	"net/http"

	"socle/internal/access"
	"socle/internal/asset"
	"socle/internal/engine"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/lake"
	"socle/internal/query"
	"socle/internal/query/sql"
	"socle/internal/search"
)

// Versions is what explore needs of the lake.
type Versions interface {
	Head(ctx context.Context, datasetUID string) (lake.Version, error)
	Get(ctx context.Context, datasetUID string, number int) (lake.Version, error)
	List(ctx context.Context, datasetUID string) ([]lake.Version, error)
	Open(ctx context.Context, v lake.Version, file lake.File) (io.ReadSeekCloser, error)
}

// Engine is what explore needs of the engine.
type Engine interface {
	Query(ctx context.Context, plan *query.Plan) (*engine.Rows, error)
	Count(ctx context.Context, plan *query.Plan) (int64, error)
	Facets(ctx context.Context, plan *query.Plan, facets []query.Facet) ([]engine.FacetResult, error)
	Copy(ctx context.Context, plan *query.Plan, options engine.CopyOptions, w io.Writer) (int64, error)
	Statistics(ctx context.Context, source query.Source) (*engine.Statistics, error)
}

// Organizations is what explore needs of identity: the names of publishers.
type Organizations interface {
	Organizations(ctx context.Context) ([]identity.Organization, error)
}

// Keys tells who holds the key that a request carries in the manner of the Explore API.
type Keys interface {
	TokenPrincipal(ctx context.Context, secret string) (identity.Principal, error)
}

// Options is what the service is made of. Everything is required but what says otherwise.
type Options struct {
	Assets        *asset.Service
	Access        *access.Service
	Organizations Organizations
	Keys          Keys // nil: no key is known
	Versions      Versions
	Engine        Engine
	Differ        Differ                   // compares versions; nil: they are not compared
	SQL           SQLEngine                // nil: no SQL
	Index         *search.Index            // over the catalogue, documents named by uid; nil: words are looked for in titles and descriptions as they are
	Markdown      func(text string) string // a description as safe HTML; nil: escaped text
	Name          i18n.Text                // of the portal, in the documents of the catalogue; none when empty
	URL           string                   // public address of the portal without a final slash; made from the request when empty
	CacheBytes    int64                    // memory for small answers; 64 MB when 0
	Scratch       string                   // folder for what an export must put aside; the system's when empty
	Log           *slog.Logger             // slog.Default() when nil
	Used          func(datasetUID string)  // told of each question about a dataset, never of who asks; nil for nobody

	// Limit counts a statement asked on the page of SQL and refuses one too many, by the address or the account of who
	// asks; nil counts nothing. The API counts its own calls.
	Limit func(w http.ResponseWriter, r *http.Request) error
}

// Service answers the Explore API and draws the data part of the page of a dataset. It is safe for concurrent use.
type Service struct {
	assets     *asset.Service
	access     *access.Service
	keys       Keys
	versions   Versions
	engine     Engine
	index      *search.Index
	name       i18n.Text
	url        string
	scratch    string
	log        *slog.Logger
	catalogue  *catalogue
	sql        SQLEngine
	limit      func(w http.ResponseWriter, r *http.Request) error // nil: none
	differ     Differ                                             // nil: versions are not compared here
	cache      *cache[*body]
	results    *cache[*sqlResult]
	statements *cache[*sql.Statement]
	figures    *cache[*engine.Statistics]
	files      *cache[*sentFile]
	used       func(datasetUID string)
}

// New returns the service over migrated services.
func New(o Options) *Service {
	if o.CacheBytes <= 0 {
		o.CacheBytes = 64_000_000
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Markdown == nil {
		o.Markdown = escaped
	}
	return &Service{assets: o.Assets, access: o.Access, keys: o.Keys, versions: o.Versions, engine: o.Engine, index: o.Index,
		name: o.Name, url: o.URL, scratch: o.Scratch, log: o.Log, used: o.Used, cache: newCache(o.CacheBytes, (*body).weight),
		figures: newCache(o.CacheBytes/4, weightOf),
		sql:     o.SQL, limit: o.Limit, differ: o.Differ, results: newCache(o.CacheBytes/2, (*sqlResult).weight),
		statements: newCache(o.CacheBytes/16, func(s *sql.Statement) int64 { return 2_000 + 60*int64(len(s.Text)) }),
		files:      newCache(o.CacheBytes, weightOfFile),
		catalogue: &catalogue{assets: o.Assets, organizations: o.Organizations, versions: o.Versions, markdown: o.Markdown,
			revision: &shared[int64]{read: o.Assets.Revision}}}
}
