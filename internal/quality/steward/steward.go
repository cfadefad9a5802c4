// Package steward is where readers and producers meet about a dataset: what readers say of a field or of rows, what the
// producer answers and in which version it is mended, and the list of what a producer should do first.
//
// Whoever may read a dataset and is signed in may say something of it; its team answers, resolves, and can remove what does not
// belong, which the record tells. The team is written to by mail, from a job. What is worth doing first comes from the score, handed
// over through [Tasks], weighed by how much each dataset is used.
package steward

import (
	"context"
	"embed"
	"time"

	"socle/internal/access"
	"socle/internal/asset"
	"socle/internal/audit"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/jobs"
	"socle/internal/lake"
	"socle/internal/notify"
	"socle/internal/store"
)

// Migrations makes the tables of comments and uses.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// State is where a comment is in its life.
type State string

// The states.
const (
	Open     State = "open"
	Answered State = "answered"
	Resolved State = "resolved"
	Removed  State = "removed" // by a steward; its text is gone
)

// Comment is what a reader says of a dataset.
type Comment struct {
	ID         string    `json:"id"`
	Dataset    string    `json:"-"` // uid
	Version    int       `json:"version"`
	Field      string    `json:"field,omitempty"`
	From       int64     `json:"from,omitempty"` // first row, from 1; 0 for no rows in particular
	To         int64     `json:"to,omitempty"`
	Author     string    `json:"-"`
	AuthorName string    `json:"author,omitempty"` // today; "" for somebody who was erased
	Body       string    `json:"body"`
	State      State     `json:"state"`
	ResolvedIn int       `json:"resolvedIn,omitempty"` // version that mends it
	CreatedAt  time.Time `json:"createdAt"`
	Answers    []Answer  `json:"answers"`
}

// Answer is a word in the talk under a comment.
type Answer struct {
	Author    string    `json:"-"`
	Producer  bool      `json:"producer"` // said by the team of the dataset
	Body      string    `json:"body"`
	CreatedAt time.Time `json:"createdAt"`
}

// Task is one thing that would make a dataset better.
type Task struct {
	Label i18n.Text
	Gain  float64 // points of 100
	URL   string
}

// Worth is what a dataset is worth, and what would win the most points, in order.
type Worth struct {
	Letter string
	Points float64
	Tasks  []Task
}

// Tasks tells what a dataset is worth; it reports false when that was not measured.
type Tasks func(ctx context.Context, datasetUID string) (Worth, bool, error)

// Versions is what stewardship needs of the lake.
type Versions interface {
	Head(ctx context.Context, datasetUID string) (lake.Version, error)
}

// Options is what the service is made of; all is required but URL.
type Options struct {
	Store    *store.DB
	Audit    *audit.Log
	Assets   *asset.Service
	Access   *access.Service
	People   *identity.Service
	Versions Versions
	Mailer   notify.Mailer
	Tasks    Tasks
	URL      string // public address of the portal without a final slash: mails have no link without it
}

// Service keeps what is said. It is safe for concurrent use.
type Service struct {
	Options
	jobs *jobs.Runner
	uses uses
}

// New returns the service over migrated services.
func New(o Options) *Service { return &Service{Options: o} }

// Work gives the runner that sends mails. It is called before the first comment.
func (s *Service) Work(runner *jobs.Runner) { s.jobs = runner }

func noComment() error {
	return fault.New(fault.NotFound, "comment_not_found", i18n.T("Cette remarque n’existe pas.", "This comment does not exist."))
}
