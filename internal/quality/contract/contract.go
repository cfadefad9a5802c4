// Package contract keeps what a producer promises of a dataset beyond its schema, and checks it: how fresh, how many rows in
// all and by category, how few empty cells, no row twice, distributions that stay, codes that a reference list has.
//
// A contract is written in the Open Data Contract Standard (ODCS) version 3, as YAML, or in a form; both say the same. It is
// checked at each publication, and freshness every hour. A promise that breaks is told to the producer by mail, once until
// it holds again, and shows on the page of the dataset; the history of results is kept.
package contract

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
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/jobs"
	"socle/internal/lake"
	"socle/internal/notify"
	"socle/internal/query"
	"socle/internal/store"
)

// Migrations makes the tables of contracts.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// A Contract is what is promised of one dataset.
type Contract struct {
	DatasetUID  string         `json:"-"`
	Name        string         `json:"name"`
	Version     string         `json:"version"` // of the contract, as its author numbers it
	Status      string         `json:"status"`  // one of [Statuses]; only an active contract is checked
	Purpose     string         `json:"purpose,omitempty"`
	Usage       string         `json:"usage,omitempty"`
	Limitations string         `json:"limitations,omitempty"`
	Rules       []Rule         `json:"rules"`
	Extra       map[string]any `json:"extra,omitempty"` // parts of the standard that Socle does not use, given back as they came
	Edition     int64          `json:"-"`               // counts the changes; a change names the edition that it was made from
	UpdatedAt   time.Time      `json:"-"`
}

// Statuses are the states of a contract, in the order in which a form offers them.
var Statuses = []string{"draft", "active", "deprecated", "retired"}

// Kind is what a rule is about.
type Kind string

// The kinds of rules. The comment says what Limit bounds.
const (
	Freshness Kind = "freshness" // days since the last version, at most
	Rows      Kind = "rows"      // rows, from Least to Limit
	Volume    Kind = "volume"    // percent of rows more or less than the version before, at most
	ByPart    Kind = "parts"     // percent of rows that a value of the field loses against the version before, at most
	Drift     Kind = "drift"     // population stability index of the field against the version before, at most
	Empty     Kind = "empty"     // percent of rows without a value of the field, at most
	Unique    Kind = "unique"    // rows that repeat the fields of another, at most
	Reference Kind = "reference" // percent of the filled rows whose value the field of another dataset has: Least
	Other     Kind = "other"     // kept and given back, not checked here
)

// Kinds lists the kinds that a person may add, in the order in which a form offers them.
var Kinds = []Kind{Freshness, Rows, Volume, ByPart, Drift, Empty, Unique, Reference}

// A Rule is one promise.
type Rule struct {
	ID          string         `json:"id"` // stable within the contract
	Kind        Kind           `json:"kind"`
	Fields      []string       `json:"fields,omitempty"`
	Least       *float64       `json:"least,omitempty"`
	Limit       *float64       `json:"limit,omitempty"`
	Dataset     string         `json:"dataset,omitempty"` // id of the reference
	Field       string         `json:"field,omitempty"`   // of the reference
	Description string         `json:"description,omitempty"`
	Raw         map[string]any `json:"raw,omitempty"` // of [Other]: the rule as it came
}

// State is what a check says of a rule.
type State string

// The states of a rule.
const (
	Kept    State = "kept"
	Broken  State = "broken"
	Unknown State = "unknown" // nothing to compare with yet, or it cannot be checked
)

// An Outcome is what a check found of one rule.
type Outcome struct {
	Rule  string    `json:"rule"`
	State State     `json:"state"`
	Value *float64  `json:"value,omitempty"` // in the unit of the limit
	Text  i18n.Text `json:"text"`            // what was found, in a sentence
}

// A Result is one check of a contract.
type Result struct {
	ID       string    `json:"id"`
	Version  int       `json:"version"` // of the dataset
	Edition  int64     `json:"edition"` // of the contract
	At       time.Time `json:"at"`
	Cause    string    `json:"cause"` // "publication", "schedule", "person"
	Outcomes []Outcome `json:"outcomes"`
	Fresh    []string  `json:"newlyBroken,omitempty"` // rules that held before
}

// Count says how many outcomes are in a state.
func (r Result) Count(state State) (n int) {
	for _, o := range r.Outcomes {
		if o.State == state {
			n++
		}
	}
	return n
}

// Of returns the outcome of a rule, Unknown when the check did not know it.
func (r Result) Of(rule string) Outcome {
	for _, o := range r.Outcomes {
		if o.Rule == rule {
			return o
		}
	}
	return Outcome{Rule: rule, State: Unknown, Text: i18n.T("Pas encore vérifié.", "Not checked yet.")}
}

// Engine is what contracts need of the engine.
type Engine interface {
	Measure(ctx context.Context, sources []query.Source, ask func(ctx context.Context, m *engine.Measures) error) error
	CoverKeys(ctx context.Context, a, b engine.Key, examples int) (engine.KeyCoverage, error)
}

// Services are the services that contracts work with. Mailer may be nil: nobody is told. Now is store.Now when nil.
type Services struct {
	Store  *store.DB
	Audit  *audit.Log
	People *identity.Service
	Assets *asset.Service
	Access *access.Service
	Lake   *lake.Lake
	Engine Engine
	Mailer notify.Mailer
	Now    func() time.Time
	URL    string // public address of the portal without a final slash, for links in mails
	Log    *slog.Logger
}

// Service keeps and checks contracts. It is safe for concurrent use.
type Service struct {
	Services
	jobs *jobs.Runner

	// Changed is called in each transaction that changes a contract or keeps a check of it; nil for nobody. It is set before use.
	Changed func(ctx context.Context, tx *sql.Tx, datasetUID string) error
}

// New returns the service over migrated services.
func New(services Services) *Service {
	if services.Log == nil {
		services.Log = slog.Default()
	}
	if services.Now == nil {
		services.Now = store.Now
	}
	return &Service{Services: services}
}

func (s *Service) tell(ctx context.Context, tx *sql.Tx, datasetUID string) error {
	if s.Changed == nil {
		return nil
	}
	return s.Changed(ctx, tx, datasetUID)
}

// Work gives the service the runner of its jobs.
func (s *Service) Work(runner *jobs.Runner) { s.jobs = runner }
