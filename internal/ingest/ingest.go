// Package ingest turns a file into a version: it receives the bytes, keeps them as they came, decides types over the
// whole file, converts, compares with the head, and publishes in one transaction.
//
// A cell that does not fit never stops a publication and never disappears: it is left empty and listed in the
// quarantine, as are the rows that break the rules of the dataset when it says so. A large loss against the head, or columns about people in an open dataset, are held until a person
// confirms them. The command line publishes at once; pages go through a [Draft], which waits for its owner.
package ingest

import (
	"embed"
	"log/slog"
	"time"

	"socle/internal/access"
	"socle/internal/asset"
	"socle/internal/audit"
	"socle/internal/engine"
	"socle/internal/fault"
	"socle/internal/format"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/jobs"
	"socle/internal/lake"
	"socle/internal/outbound"
	"socle/internal/schema"
	"socle/internal/store"
	"socle/internal/validate"
)

// Migrations makes the table of drafts.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Request is what somebody asks of a publication. Zero values are decided: for a dataset that exists, as it is and as
// its head was read; for a new one, the title from the file's name, the installation's own organisation, open.
type Request struct {
	ID              string                 `json:"id,omitempty"`              // of the dataset; made from the title when empty
	Title           string                 `json:"title,omitempty"`           //
	Org             string                 `json:"org,omitempty"`             // id or slug of the organisation
	Level           asset.Level            `json:"level,omitempty"`           //
	Read            format.Options         `json:"read,omitzero"`             // encoding, delimiter, header row, sheet… to force
	Types           map[string]schema.Type `json:"types,omitempty"`           // types to force, by technical name
	Labels          map[string]string      `json:"labels,omitempty"`          // labels to give, by technical name
	Key             []string               `json:"key,omitempty"`             // fields that together identify a row; nil keeps
	Schema          string                 `json:"schema,omitempty"`          // of the registry, that a new dataset declares; one that exists has its own rules
	Policy          validate.Policy        `json:"policy,omitempty"`          // of a new dataset, with Schema; warn when empty
	Waive           bool                   `json:"waive,omitempty"`           // publish the rows that would be set aside: a steward judged them right
	Mends           int                    `json:"mends,omitempty"`           // number of the version whose rows set aside this gives back, for the record
	Once            bool                   `json:"once,omitempty"`            // Read holds for this file alone, not for those that follow
	Note            string                 `json:"note,omitempty"`            // about this version, for readers
	AcceptLoss      string                 `json:"acceptLoss,omitempty"`      // why a large loss is right; readers see it
	New             bool                   `json:"new,omitempty"`             // the dataset must not exist yet
	ConfirmPersonal bool                   `json:"confirmPersonal,omitempty"` // open although columns identify people
	DryRun          bool                   `json:"dryRun,omitempty"`          // do everything but publish
	Progress        func(Progress)         `json:"-"`                         // told how far it is; may be nil
}

// Step is a part of the work.
type Step string

// The steps, in order.
const (
	StepReceive Step = "receive" // the bytes come in and are kept
	StepRead    Step = "read"    // every cell is read, types are decided
	StepConvert Step = "convert" // the columns are written
	StepCheck   Step = "check"   // misfits are listed, the head is compared
	StepPublish Step = "publish" // the version becomes visible
)

// Progress says how far a publication is.
type Progress struct {
	Step  Step
	Label i18n.Text // what is being done, for people
	Ratio float64   // of the whole, 0 to 1
	Done  int64     // bytes of this step, when they can be counted
	Total int64     // 0 when not known
}

// Result is what a publication did, or would do.
type Result struct {
	Dataset   asset.Dataset `json:"dataset"`
	Version   lake.Version  `json:"version"`            // the version published; after a dry run, what it would have been
	Created   bool          `json:"created"`            // the dataset is new
	Unchanged bool          `json:"unchanged"`          // same bytes and settings as the head, which Version is
	DryRun    bool          `json:"dryRun"`             //
	Columns   []Column      `json:"columns"`            // how each column was read
	Changes   *Changes      `json:"changes,omitempty"`  // against the head; nil for a first version
	Notes     []format.Note `json:"notes,omitempty"`    // what a person should know
	Personal  []Personal    `json:"personal,omitempty"` // columns that identify people
	Checked   []Checked     `json:"checked,omitempty"`  // against the schemas that the dataset declares
}

// Column is how a column was read.
type Column struct {
	format.Guess
	Forced bool `json:"forced,omitempty"` // the type was chosen by a person
}

// Personal is a column that identifies people, and why it is thought so.
type Personal struct {
	Name  string    `json:"name"`
	Label string    `json:"label"`
	Why   i18n.Text `json:"why"`
}

// LossError holds a publication that would lose much against the head. It is a Conflict with the code "large_loss".
type LossError struct {
	Fault   *fault.Error
	Changes *Changes
}

// Error is the sentence of the fault.
func (e *LossError) Error() string { return e.Fault.Error() }

// Unwrap returns the fault.
func (e *LossError) Unwrap() error { return e.Fault }

// PersonalError holds a publication that would open columns about people. It is a Conflict with the code
// "personal_data".
type PersonalError struct {
	Fault   *fault.Error
	Columns []Personal
}

// Error is the sentence of the fault.
func (e *PersonalError) Error() string { return e.Fault.Error() }

// Unwrap returns the fault.
func (e *PersonalError) Unwrap() error { return e.Fault }

// Options are the limits of ingestion. Zero values take the defaults.
type Options struct {
	MaxBytes  int64              // of a file received; 20 GB
	Columns   int                // of a table; 10,000
	Unwrapped int64              // bytes that may come out of an archive; 64 GB
	DraftLife time.Duration      // how long a draft waits; 7 days
	Log       *slog.Logger       // slog.Default() when nil
	Interrupt func(point string) // for tests: called where a crash would be interesting
}

// Parts are the services that ingestion works with; all are required but Outbound and Rules.
type Parts struct {
	Store    *store.DB
	Audit    *audit.Log
	Identity *identity.Service
	Assets   *asset.Service
	Access   *access.Service
	Lake     *lake.Lake
	Writer   *engine.Writer
	Engine   *engine.Engine
	Outbound *outbound.Client
	Rules    Rules // what the files of datasets must satisfy; nil when nothing is asked
}

// Service publishes. It is safe for concurrent use.
type Service struct {
	Parts
	options Options
	log     *slog.Logger
	jobs    *jobs.Runner
}

// New returns the service.
func New(parts Parts, options Options) *Service {
	if options.MaxBytes <= 0 {
		options.MaxBytes = 20_000_000_000
	}
	if options.Columns <= 0 {
		options.Columns = 10_000
	}
	if options.DraftLife <= 0 {
		options.DraftLife = 7 * 24 * time.Hour
	}
	s := &Service{Parts: parts, options: options, log: options.Log}
	if s.log == nil {
		s.log = slog.Default()
	}
	return s
}

// Resolver finds the files of versions for the engine.
type Resolver struct{ Lake *lake.Lake }

func (s *Service) point(name string) {
	if s.options.Interrupt != nil {
		s.options.Interrupt(name)
	}
}

// stepStarts is where each step begins in the whole, as measured on a large CSV.
var stepStarts = map[Step]float64{StepReceive: 0, StepRead: 0.15, StepConvert: 0.4, StepCheck: 0.9, StepPublish: 0.97}

var stepLabels = map[Step]i18n.Text{
	StepReceive: i18n.T("Réception du fichier", "Receiving the file"),
	StepRead:    i18n.T("Lecture de toutes les cellules", "Reading every cell"),
	StepConvert: i18n.T("Conversion des colonnes", "Converting the columns"),
	StepCheck:   i18n.T("Contrôle et comparaison avec la version courante", "Checking and comparing with the current version"),
	StepPublish: i18n.T("Publication", "Publishing"),
}

var stepOrder = []Step{StepReceive, StepRead, StepConvert, StepCheck, StepPublish}

// tell reports progress: the part done of a step, in its own measure.
func (r Request) tell(step Step, done, total int64) {
	if r.Progress == nil {
		return
	}
	end := 1.0
	for i, s := range stepOrder {
		if s == step && i+1 < len(stepOrder) {
			end = stepStarts[stepOrder[i+1]]
		}
	}
	ratio := stepStarts[step]
	if total > 0 {
		ratio += (end - ratio) * min(1, float64(done)/float64(total))
	}
	r.Progress(Progress{Step: step, Label: stepLabels[step], Ratio: ratio, Done: done, Total: total})
}

func (r Request) follow(step Step) format.Progress {
	if r.Progress == nil {
		return nil
	}
	return func(done, total int64) { r.tell(step, done, total) }
}
