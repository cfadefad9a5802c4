// Package jobs runs work in the background: now, later or periodically, on River, in the store of the house.
//
// A job is inserted in the transaction of the act that needs it, runs at least once, and must be safe to run again.
// It is unique by key if asked, retried with back-off, visible with its progress, cancellable, and taken up again
// when the process that ran it died. The application hands over the kinds of job that it knows.
package jobs

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"log/slog"
	"time"

	"socle/internal/i18n"
	"socle/internal/store"
)

// Migrations makes the table of progress; River's own tables are made by [Migrate].
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Args are the arguments of a job: a structure that JSON can carry, without secrets or personal data. Kind names the
// kind of job, in two characters or more, for ever.
type Args interface{ Kind() string }

// Kind is a kind of job and how to do it; see [Handle].
type Kind struct {
	name    string
	options KindOptions
}

// KindOptions are the settings of a kind. Zero values are sensible.
type KindOptions struct {
	Title       i18n.Text     // what people read in the list of jobs
	MaxAttempts int           // 8 when 0
	Timeout     time.Duration // of one attempt; 1 hour when 0
	Every       time.Duration // runs periodically with zero arguments; 0: only when inserted
	AtStart     bool          // a periodic kind runs when the program starts too
}

// Handle says how to do the jobs of a kind. An error retries the job later, unless it is wrapped by [Stop].
func Handle[A Args](options KindOptions, work func(ctx context.Context, job *Job, args A) error) Kind {
	var zero A
	return Kind{name: zero.Kind(), options: options}
}

// Stop wraps an error that another attempt would only repeat.
func Stop(err error) error { return err }

// Job is a job at work.
type Job struct {
	ID      int64
	Attempt int // from 1
}

// Progress says how far the job is, from 0 to 1, and what it is doing. It may be called often: it writes at most
// twice a second.
func (j *Job) Progress(ctx context.Context, ratio float64, doing i18n.Text) {}

// State is where a job is in its life.
type State string

// The states.
const (
	Waiting   State = "waiting"   // soon, or at its time
	Running   State = "running"   //
	Retrying  State = "retrying"  // failed, will be tried again
	Done      State = "done"      //
	Failed    State = "failed"    // every attempt failed
	Cancelled State = "cancelled" //
)

// Over reports whether nothing more will happen.
func (s State) Over() bool { return s == Done || s == Failed || s == Cancelled }

// Status is what a page shows of a job.
type Status struct {
	ID          int64
	Kind        string
	Title       i18n.Text
	State       State
	Ratio       float64   // 0 to 1
	Doing       i18n.Text // what it is doing, or did last
	Error       string    // of the last attempt that failed, for operators
	Message     i18n.Text // the same, for people
	Attempt     int
	MaxAttempts int
	Key         string // see [Insert]
	Asset       string // uid of the asset that it works on, or ""
	Owner       string // id of who asked for it, or ""
	CreatedAt   time.Time
	ScheduledAt time.Time
	StartedAt   time.Time
	EndedAt     time.Time
}

// Insert are the settings of one job. Zero values are sensible.
type Insert struct {
	Key   string    // while a job of this kind and key is not over, inserting another returns it
	Asset string    // uid of the asset that it works on
	Owner string    // id of who asks for it
	At    time.Time // not before; now when zero
}

// Options are the settings of a runner. Zero values are sensible.
type Options struct {
	Workers int           // jobs at once; 2 when 0
	Poll    time.Duration // how often to look for work; 1 second when 0
	Log     *slog.Logger
}

// Runner inserts and runs jobs.
type Runner struct{ db *store.DB }

// Migrate makes River's tables. It follows [store.DB.Migrate].
func Migrate(ctx context.Context, db *store.DB) error { return errors.ErrUnsupported }

// New returns a runner that knows kinds of job. It runs nothing before [Runner.Start].
func New(db *store.DB, options Options, kinds ...Kind) (*Runner, error) { return &Runner{db: db}, nil }

// Start begins to run jobs, until [Runner.Close]. Jobs that a dead process left running are taken up again.
func (r *Runner) Start(ctx context.Context) error { return errors.ErrUnsupported }

// Close stops taking jobs, cancels those that run (they will be taken up again) and waits for them.
func (r *Runner) Close(ctx context.Context) error { return errors.ErrUnsupported }

// Insert adds a job in a transaction, or at once when tx is nil. fresh is false when a job with the same key was
// already there, whose id is returned.
func (r *Runner) Insert(ctx context.Context, tx *sql.Tx, args Args, o Insert) (id int64, fresh bool, err error) {
	return 0, false, errors.ErrUnsupported
}

// Status returns what is known of a job. It answers NotFound; finished jobs are forgotten after 30 days.
func (r *Runner) Status(ctx context.Context, id int64) (Status, error) {
	return Status{}, errors.ErrUnsupported
}

// Filter chooses jobs; the zero Filter takes them all.
type Filter struct {
	Kind   string
	Asset  string
	Owner  string
	States []State
	Limit  int   // 50 when 0, at most 1000
	Before int64 // only ids smaller than this one; 0 from the newest
}

// List returns jobs, the newest first.
func (r *Runner) List(ctx context.Context, f Filter) ([]Status, error) {
	return nil, errors.ErrUnsupported
}

// Cancel stops a job: one that waits will not run, one that runs sees its context end. Cancelling one that is over
// changes nothing.
func (r *Runner) Cancel(ctx context.Context, id int64) error { return errors.ErrUnsupported }

// Retry runs again, now, a job that waits, failed or was cancelled.
func (r *Runner) Retry(ctx context.Context, id int64) error { return errors.ErrUnsupported }
