// Package pivot finds the variables by which datasets can be joined, lets stewards confirm them, and shows what each join
// would meet.
//
// After each publication a job keeps a sketch of every field that may be a key: the smallest hashes of its different
// values, a few kilobytes whatever its size. Two sketches say how many values two fields share, so that a field is
// compared with those of all datasets without reading them again. What looks like a key of several datasets is proposed;
// a person who stewards the dataset confirms or refuses; confirmed fields of one pivot are linked, and their joins are
// counted exactly. Fields about people are never sketched. Nobody learns here of a dataset, a field or a value that they
// may not read whole.
package pivot

import (
	"context"
	"database/sql"
	"embed"
	"log/slog"
	"time"

	"socle/internal/access"
	"socle/internal/asset"
	"socle/internal/audit"
	"socle/internal/engine"
	"socle/internal/lake"
	"socle/internal/store"
)

// Migrations makes the tables of pivots.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// A Ref names a field of a dataset.
type Ref struct {
	Dataset string // uid
	Field   string
}

// A Field is a field that may be a key, as the newest version has it.
type Field struct {
	Ref
	Version int
	Label   string
	Concept string // what it identifies (package french), or ""
	Sketch  Sketch
}

// State is what a person decided of a field.
type State string

// The states of a field in a pivot. One of which nobody decided has none.
const (
	Confirmed State = "confirmed"
	Refused   State = "refused"
)

// A Member is a field of a pivot with its dataset, as who asks sees it.
type Member struct {
	Field
	Dataset asset.Dataset
	State   State
	Decided time.Time
}

// A Pivot is a variable that several datasets share.
type Pivot struct {
	ID      string // in addresses: the concept, or the name of the fields
	Concept string
	Members []Member // confirmed, the reference first, then by title
}

// Reference is the member that the others are compared with: the one with most values of those that identify rows.
func (p Pivot) Reference() Member { return p.Members[0] }

// A Link is a field that shares values with another.
type Link struct {
	Other   Member
	Overlap Overlap // of the field with the other: A is the field
}

// A Proposal is a field on which who asks may decide.
type Proposal struct {
	Member
	Pivot    string // the pivot that it would be of
	Links    []Link // the strongest first
	Examples []string
}

// A Decision is a field of which somebody decided, with the pivot that it is in or was refused for.
type Decision struct {
	Member
	Pivot string
}

// A Join is another dataset that can be read together with one.
type Join struct {
	Pivot string
	Field Member // of the dataset
	Other Member
	SQL   string
}

// Engine is what pivots need of the engine.
type Engine interface {
	SketchKey(ctx context.Context, key engine.Key, most int) (engine.KeySketch, error)
	CoverKeys(ctx context.Context, a, b engine.Key, examples int) (engine.KeyCoverage, error)
	KeyExamples(ctx context.Context, key engine.Key, most int) ([]string, error)
}

// Console returns the address that opens a statement in the SQL console.
type Console func(sql string) string

// Parts are the services that pivots work with. Console may be nil.
type Parts struct {
	Store   *store.DB
	Audit   *audit.Log
	Assets  *asset.Service
	Access  *access.Service
	Lake    *lake.Lake
	Engine  Engine
	Console Console
	Log     *slog.Logger
}

// Service finds and keeps pivots. It is safe for concurrent use.
type Service struct {
	Parts

	// Changed is called in each transaction that changes what a dataset shares with others, for each of them; nil for nobody. It
	// is set before use.
	Changed func(ctx context.Context, tx *sql.Tx, datasetUID string) error
}

// New returns the service over migrated services.
func New(parts Parts) *Service {
	if parts.Log == nil {
		parts.Log = slog.Default()
	}
	return &Service{Parts: parts}
}
