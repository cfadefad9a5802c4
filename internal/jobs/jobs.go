// Package jobs runs work in the background: now, later or periodically, on River, in the store of the house.
//
// A job is inserted in the transaction of the act that needs it, runs at least once, and must be safe to run again.
// It is unique by key if asked, retried with back-off, visible with its progress, cancellable, and taken up again
// when the process that ran it died. The application hands over the kinds of job that it knows.
package jobs

import (
	"embed"
	"log/slog"
	"time"

	"socle/internal/i18n"
)

// Migrations makes the tables of progress; River's own tables are made by [Migrate].
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Args are the arguments of a job: a structure that JSON can carry, without secrets or personal data. Kind names the
// kind of job, in two characters or more, for ever; it must not depend on the arguments.
type Args interface{ Kind() string }

// State is where a job is in its life.
type State string

// The states.
const (
	Waiting   State = "waiting"   // runs soon, or at its time
	Running   State = "running"   //
	Retrying  State = "retrying"  // failed, will be tried again
	Done      State = "done"      //
	Failed    State = "failed"    // every attempt failed, or another would fail the same
	Cancelled State = "cancelled" //
)

// Over reports whether nothing more will happen.
func (s State) Over() bool { return s == Done || s == Failed || s == Cancelled }

// Status is what a page shows of a job.
type Status struct {
	ID          int64     `json:"id"`
	Kind        string    `json:"kind"`
	Title       i18n.Text `json:"title"`
	State       State     `json:"state"`
	Ratio       float64   `json:"ratio"`   // 0 to 1
	Doing       i18n.Text `json:"doing"`   // what it is doing, or did last
	Message     i18n.Text `json:"message"` // why the last attempt failed, for people
	Error       string    `json:"-"`       // the same, for operators
	Attempt     int       `json:"attempt"` // attempts begun
	MaxAttempts int       `json:"maxAttempts"`
	Key         string    `json:"key,omitempty"`   // see [Insert]
	Asset       string    `json:"asset,omitempty"` // uid of the asset that it works on, or ""
	Owner       string    `json:"owner,omitempty"` // id of who asked for it, or ""
	CreatedAt   time.Time `json:"createdAt"`
	ScheduledAt time.Time `json:"scheduledAt"` // when it runs, or will be tried again
	StartedAt   time.Time `json:"startedAt"`   // of the last attempt; zero before
	EndedAt     time.Time `json:"endedAt"`     // zero before
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
	Log     *slog.Logger  // nil keeps silent

	grace   time.Duration           // how long after the beginning of Close the end of a job is still noted; 3 seconds when 0
	beat    time.Duration           // how often the process says that it lives; 5 seconds when 0
	backoff func(int) time.Duration // wait after an attempt, by its number from 1; growing to an hour when nil
}
