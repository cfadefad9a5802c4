// Package registry keeps the schemas that files must satisfy, and holds files against them.
//
// A schema is named by its owner and itself ("academie-saint-aurele/annuaire") and has versions, numbered as semver
// does, which never change: their document is kept byte for byte. Stewards of the organisation that owns a schema
// publish its versions, from a file, an address, or the editor of the portal. Anybody may read them and hold a file
// against one. A dataset declares the schemas of its files, and what happens at a publication that breaks them.
package registry

import (
	"context"
	"database/sql"
	"embed"
	"html"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"time"

	"socle/internal/access"
	"socle/internal/asset"
	"socle/internal/audit"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/jobs"
	"socle/internal/lake"
	"socle/internal/outbound"
	"socle/internal/store"
	"socle/internal/validate"
)

// Migrations makes the tables of the registry.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Kind is the language in which a schema is written.
type Kind string

// The kinds of schema, by their names in the catalogue of schema.data.gouv.fr.
const (
	TableSchema Kind = "tableschema"
	DataPackage Kind = "datapackage"
	JSONSchema  Kind = "jsonschema"
)

// Label is the name of the kind for people.
func (k Kind) Label() string {
	switch k {
	case DataPackage:
		return "Data Package"
	case JSONSchema:
		return "JSON Schema"
	}
	return "Table Schema"
}

// Ref names a schema: its owner, which is the slug of an organisation, and its own name there.
type Ref struct {
	Owner string `json:"owner"`
	Name  string `json:"name"`
}

// String is "owner/name".
func (r Ref) String() string { return r.Owner + "/" + r.Name }

var validName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,99}$`)

// ParseRef reads "owner/name" and "owner/name@1.2.0"; the version is "" when it is not named, or "latest".
func ParseRef(text string) (ref Ref, version string, err error) {
	name, version, _ := strings.Cut(strings.TrimSpace(text), "@")
	owner, name, found := strings.Cut(name, "/")
	if version == Latest {
		version = ""
	}
	if !found || !validName.MatchString(owner) || !validName.MatchString(name) {
		return Ref{}, "", fault.New(fault.Invalid, "schema_name_invalid", i18n.T(
			"« %s » n’est pas le nom d’un schéma : écrivez le producteur, une barre oblique, le nom, comme academie-saint-aurele/annuaire, et s’il le faut @1.0.0.",
			"“%s” is no name of a schema: write the owner, a slash, the name, as in academie-saint-aurele/annuaire, and if need be @1.0.0.", clip(text))).At("schema")
	}
	return Ref{owner, name}, version, nil
}

// Latest, in place of the number of a version, names the greatest one.
const Latest = "latest"

// Schema is an entry of the registry. Kind, Title, Description and Fields are those of its latest version.
type Schema struct {
	ID string
	Ref
	OrgID       string
	Kind        Kind
	Title       string
	Description string
	Fields      int // how many fields the latest version describes
	Latest      string
	Versions    []Version // the greatest first, without their documents
	CreatedAt   time.Time
	UpdatedAt   time.Time // when the last version was published
}

// Version is one state of a schema. It never changes.
type Version struct {
	SchemaID    string
	Number      string // "1.2.0", see https://semver.org
	Kind        Kind
	Title       string
	Description string
	Fields      int
	Document    []byte // as it came; only [Service.Version] fills it in
	SHA256      string // of the document, in hexadecimal
	Note        string // what changed, for readers
	Origin      string // where it was fetched from; "" when it was not
	Author      string
	AuthorName  string
	PublishedAt time.Time
}

// Parts are the services that the registry works with; all are required but Parquet.
type Parts struct {
	Store    *store.DB
	Audit    *audit.Log
	Identity *identity.Service
	Assets   *asset.Service
	Access   *access.Service
	Lake     *lake.Lake
	Outbound *outbound.Client
	Parquet  validate.Parquet // reads Parquet; nil where nobody can
	Lists    validate.Lists   // reference lists for the rules of datasets; nil when there are none
	Datasets Datasets         // what foreign keys refer to; nil when there is nothing
}

// Options are the limits of the registry. Zero values take the defaults.
type Options struct {
	MaxBytes int64 // of a document; 2 MB
	MaxFile  int64 // of a file to infer a schema from, or to hold against one; 2 GB
	// KeptOfStrangers is how many bytes of files of people who are not signed in are kept at once, all of them together; 5 GB.
	KeptOfStrangers int64
	// Limit counts a file sent to the page of checks and refuses one too many, by the address or the account of who asks; nil: none
	// is refused. It may write headers.
	Limit    func(w http.ResponseWriter, r *http.Request) error
	Site     string                   // name of the portal, for the feed
	URL      string                   // public address of the portal without a final slash; made from the request when empty
	Markdown func(text string) string // a description as safe HTML; nil: escaped text
	Log      *slog.Logger
}

// Service is the registry. It is safe for concurrent use.
type Service struct {
	Parts
	options Options
	log     *slog.Logger
	jobs    *jobs.Runner

	// Changed is called in each transaction that changes what a dataset declares; nil for nobody. It is set before use.
	Changed func(ctx context.Context, tx *sql.Tx, datasetUID string) error
}

// New returns the registry over migrated services.
func New(parts Parts, options Options) *Service {
	if options.MaxBytes <= 0 {
		options.MaxBytes = 2_000_000
	}
	if options.MaxFile <= 0 {
		options.MaxFile = 2_000_000_000
	}
	if options.KeptOfStrangers <= 0 {
		options.KeptOfStrangers = 5_000_000_000
	}
	if options.Markdown == nil {
		options.Markdown = html.EscapeString
	}
	s := &Service{Parts: parts, options: options, log: options.Log}
	if s.log == nil {
		s.log = slog.Default()
	}
	return s
}

// clip shortens what somebody typed, to say it back.
func clip(text string) string {
	if runes := []rune(text); len(runes) > 120 {
		return string(runes[:120]) + "…"
	}
	return text
}
