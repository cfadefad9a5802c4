package ingest

import (
	"context"
	"errors"
	"io"
	"time"

	"socle/internal/api"
	"socle/internal/fault"
	"socle/internal/format"
	"socle/internal/i18n"
	"socle/internal/jobs"
	"socle/internal/lake"
	"socle/internal/web"
)

// DraftState is where a draft is.
type DraftState string

// The states of a draft.
const (
	DraftReady     DraftState = "ready"     // read; its owner looks at the types and may change them
	DraftWorking   DraftState = "working"   // a job prepares or publishes it
	DraftPrepared  DraftState = "prepared"  // converted and compared: it waits for a confirmation
	DraftPublished DraftState = "published" // it became a version, or was the same as the head
)

// Draft is a file received and read that nobody but its owner sees.
type Draft struct {
	ID        string
	Owner     string // id of the person or application
	OwnerName string
	State     DraftState
	Name      string // of the file
	Bytes     int64
	SHA256    string
	Request   Request   // what was asked so far
	Reading   Reading   // what the file holds
	Changes   *Changes  // against the head, once prepared
	Prepared  *Prepared // what preparation made, once prepared
	Personal  []Personal
	JobID     int64
	Problem   i18n.Text // why the last job failed; zero when it did not
	Result    *DraftResult
	CreatedAt time.Time
	UpdatedAt time.Time
	ExpiresAt time.Time
	Files     []lake.File
}

// DraftResult is what became of a draft.
type DraftResult struct {
	DatasetID string `json:"datasetId"`
	Number    int    `json:"number"`
	Unchanged bool   `json:"unchanged"`
	Created   bool   `json:"created"`
}

// Prepared is the outcome of a conversion, to publish without doing it again.
type Prepared struct {
	Version     lake.Version `json:"version"`
	Fingerprint string       `json:"fingerprint"`
}

// Reading is what reading the whole file found.
type Reading struct {
	Kind     format.Kind    `json:"kind"`
	Rows     int64          `json:"rows"`
	Columns  []Column       `json:"columns"`
	Options  format.Options `json:"options"` // choices made, forced or detected
	HasNames bool           `json:"hasNames"`
	Sheets   []string       `json:"sheets,omitempty"`
	Preview  []format.Row   `json:"preview,omitempty"`
	Notes    []format.Note  `json:"notes,omitempty"`
}

// Stage receives a file, keeps it and reads it whole, as a draft of the principal of ctx.
func (s *Service) Stage(ctx context.Context, name string, body io.Reader, r Request) (Draft, error) {
	return Draft{}, errors.ErrUnsupported
}

// StageURL stages the file at an address.
func (s *Service) StageURL(ctx context.Context, address string, r Request) (Draft, error) {
	return Draft{}, errors.ErrUnsupported
}

// Draft returns a draft of the principal of ctx; to others it does not exist.
func (s *Service) Draft(ctx context.Context, id string) (Draft, error) {
	return Draft{}, errors.ErrUnsupported
}

// Drafts lists the drafts of the principal of ctx that were not published, the newest first.
func (s *Service) Drafts(ctx context.Context) ([]Draft, error) { return nil, errors.ErrUnsupported }

// Adjust changes what is asked of a draft, and reads the file again when that changes how it reads.
func (s *Service) Adjust(ctx context.Context, id string, r Request) (Draft, error) {
	return Draft{}, errors.ErrUnsupported
}

// Submit has a draft prepared and, unless something must be confirmed or shown first, published, by a job.
func (s *Service) Submit(ctx context.Context, id string) (Draft, error) {
	return Draft{}, errors.ErrUnsupported
}

// Discard removes a draft and its file.
func (s *Service) Discard(ctx context.Context, id string) error { return errors.ErrUnsupported }

// Kinds are the kinds of job that ingestion does: hand them to the runner, and the runner to [Service.Work].
func (s *Service) Kinds() []jobs.Kind { return nil }

// Work gives the runner that does the jobs. Without it, [Service.Submit] works at once.
func (s *Service) Work(runner *jobs.Runner) { s.jobs = runner }

// Pages are the pages of publishing and of versions.
func (s *Service) Pages() web.Routes { return nil }

// Operations registers the operations of publishing and of versions.
func (s *Service) Operations(a *api.API) {}

var errNoFile = fault.New(fault.Invalid, "file_required", i18n.T("Choisissez un fichier, ou donnez son adresse.", "Choose a file, or give its address.")).At("file")
