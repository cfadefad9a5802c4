package jobs

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"

	"socle/internal/store"
)

// How long River remembers a job that is over.
const remember = 30 * 24 * time.Hour

// Runner inserts and runs jobs.
type Runner struct {
	db      *store.DB
	client  *river.Client[*sql.Tx]
	kinds   map[string]Kind
	log     *slog.Logger
	id      string
	options Options
	closing atomic.Bool
	hurry   context.Context    // over a little after Close began: what only describes the past then waits no longer
	hasten  context.CancelFunc // ends hurry
	end     context.CancelFunc // ends the beat
	beating sync.WaitGroup
	working working
}

// working are the jobs that this process works on.
type working struct {
	mutex sync.Mutex
	kinds map[int64]string // by the id of the job
}

func (w *working) begin(id int64, kind string) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if w.kinds == nil {
		w.kinds = map[int64]string{}
	}
	w.kinds[id] = kind
}

func (w *working) over(id int64) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	delete(w.kinds, id)
}

// names says which jobs are not over, each as its kind and its number; empty when all are.
func (w *working) names() (names []string) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	for _, id := range slices.Sorted(maps.Keys(w.kinds)) {
		names = append(names, fmt.Sprintf("%s %d", w.kinds[id], id))
	}
	return names
}

func driverOf(db *store.DB) riverdriver.Driver[*sql.Tx] {
	if db.Dialect == store.SQLite {
		return riversqlite.New(db.Writer())
	}
	return riverdatabasesql.New(db.Writer())
}

// Migrate makes River's tables. It follows [store.DB.Migrate]. Processes that start together wait for each other.
func Migrate(ctx context.Context, db *store.DB) error {
	return db.Alone(ctx, func(ctx context.Context) error {
		migrator, err := rivermigrate.New(driverOf(db), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			return fmt.Errorf("jobs: migrate: %w", err)
		}
		if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
			return fmt.Errorf("jobs: migrate: %w", err)
		}
		return nil
	})
}

// New returns a runner that knows kinds of job. It runs nothing before [Runner.Start]. Two kinds of the same name
// are an error.
func New(db *store.DB, options Options, kinds ...Kind) (*Runner, error) {
	if options.Workers <= 0 {
		options.Workers = 2
	}
	if options.Poll <= 0 {
		options.Poll = time.Second
	}
	if options.beat <= 0 {
		options.beat = 5 * time.Second
	}
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	if options.grace <= 0 {
		options.grace = 3 * time.Second
	}
	r := &Runner{db: db, kinds: map[string]Kind{}, log: options.Log, id: store.NewID(), options: options}
	r.hurry, r.hasten = context.WithCancel(context.Background())
	workers, longest := river.NewWorkers(), defaultTimeout
	var periodic []*river.PeriodicJob
	for _, kind := range kinds {
		if err := kind.add(workers, r, kind); err != nil {
			return nil, fmt.Errorf("jobs: %w", err)
		}
		r.kinds[kind.name] = kind
		longest = max(longest, kind.options.Timeout)
		if kind.options.Every > 0 {
			periodic = append(periodic, periodically(kind))
		}
	}
	config := &river.Config{
		ID:                          r.id,
		Logger:                      slog.New(warnings{r.log.Handler()}),
		FetchPollInterval:           options.Poll,
		FetchCooldown:               min(options.Poll, 100*time.Millisecond),
		JobTimeout:                  defaultTimeout,
		RescueStuckJobsAfter:        longest + time.Hour, // a dead process is found long before, see revive
		CompletedJobRetentionPeriod: remember,
		CancelledJobRetentionPeriod: remember,
		DiscardedJobRetentionPeriod: remember,
		Workers:                     workers,
		PeriodicJobs:                periodic,
		RetryPolicy:                 retries{options.backoff},
		PollOnly:                    db.Dialect == store.PostgreSQL, // through database/sql nothing listens
	}
	if db.Dialect == store.SQLite {
		config.ReindexerIndexNames = []string{} // those of PostgreSQL, which are looked for every night
	}
	if len(kinds) > 0 {
		config.Queues = map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: options.Workers}}
	} else {
		config.Workers = nil
	}
	var err error
	if r.client, err = river.NewClient(driverOf(db), config); err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	return r, nil
}

// periodicKey makes the periodic jobs of a kind follow each other, never overlap.
const periodicKey = "periodic"

func periodically(kind Kind) *river.PeriodicJob {
	return river.NewPeriodicJob(river.PeriodicInterval(kind.options.Every), func() (river.JobArgs, *river.InsertOpts) {
		return parcel{name: kind.name, Key: periodicKey, Args: kind.empty}, insertOptions(kind, Insert{Key: periodicKey})
	}, &river.PeriodicJobOpts{RunOnStart: kind.options.AtStart})
}

func insertOptions(kind Kind, o Insert) *river.InsertOpts {
	options := &river.InsertOpts{MaxAttempts: kind.options.MaxAttempts, ScheduledAt: o.At}
	if o.Key != "" {
		options.UniqueOpts = river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{rivertype.JobStateAvailable,
			rivertype.JobStatePending, rivertype.JobStateRunning, rivertype.JobStateRetryable, rivertype.JobStateScheduled}}
	}
	return options
}

const insertDetails = `INSERT INTO job_details (job_id, key_text, asset, owner, ratio, doing, message, stopped, updated_at)
	VALUES ($1, $2, $3, $4, 0, '', '', 0, $5) ON CONFLICT (job_id) DO UPDATE SET key_text = excluded.key_text, asset = excluded.asset,
	owner = excluded.owner, ratio = 0, doing = '', message = '', stopped = 0, updated_at = excluded.updated_at`

// Insert adds a job in a transaction, or at once when tx is nil. fresh is false when a job with the same key was
// already there, whose id is returned. A kind that the runner does not know is an error.
func (r *Runner) Insert(ctx context.Context, tx *sql.Tx, args Args, o Insert) (id int64, fresh bool, err error) {
	if tx == nil {
		err = r.db.Tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
			id, fresh, err = r.Insert(ctx, tx, args, o)
			return err
		})
		return id, fresh, err
	}
	kind, ok := r.kinds[args.Kind()]
	if !ok {
		return 0, false, fmt.Errorf("jobs: nobody does jobs of kind %q", args.Kind())
	}
	text, err := json.Marshal(args)
	if err != nil {
		return 0, false, fmt.Errorf("jobs: arguments of %s: %w", kind.name, err)
	}
	result, err := r.client.InsertTx(ctx, tx, parcel{name: kind.name, Key: o.Key, Args: text}, insertOptions(kind, o))
	if err != nil {
		return 0, false, fmt.Errorf("jobs: insert %s: %w", kind.name, err)
	}
	if result.UniqueSkippedAsDuplicate {
		return result.Job.ID, false, nil
	}
	_, err = tx.ExecContext(ctx, insertDetails, result.Job.ID, o.Key, o.Asset, o.Owner, store.At(store.Now()))
	if err != nil {
		return 0, false, fmt.Errorf("jobs: insert %s: %w", kind.name, err)
	}
	return result.Job.ID, true, nil
}

// Start begins to run jobs, until [Runner.Close]. Jobs that a dead process left running are taken up again, within
// half a minute of its death.
func (r *Runner) Start(ctx context.Context) error {
	if len(r.kinds) == 0 {
		return errors.New("jobs: no kind of job to run")
	}
	if err := r.live(ctx); err != nil {
		return err
	}
	// The jobs outlive the context of the start: Close ends them.
	background, end := context.WithCancel(context.WithoutCancel(ctx))
	if err := r.client.Start(background); err != nil {
		end()
		return fmt.Errorf("jobs: start: %w", err)
	}
	r.end = end
	r.beating.Go(func() { r.beat(background) })
	return nil
}

// Close stops taking jobs, cancels those that run (they will be taken up again) and waits for them until ctx ends. It is an
// error when some are not over by then, and only then: what River still wants to write may wait longer for a database that
// does not answer, 13 seconds to give up its lead and 37 to note that jobs are over, and nothing depends on it. Others take the
// lead when its time is over, and a job that is not noted runs once more. A runner that never started closes at once.
func (r *Runner) Close(ctx context.Context) error {
	if r.end == nil || !r.closing.CompareAndSwap(false, true) {
		return nil
	}
	defer time.AfterFunc(r.options.grace, r.hasten).Stop()
	stopped := r.client.StopAndCancel(ctx)
	r.end()
	r.beating.Wait()
	if names := r.working.names(); stopped != nil && len(names) > 0 {
		return fmt.Errorf("jobs: close: %w: still at work: %s", stopped, strings.Join(names, ", "))
	}
	_, gone := r.db.ExecContext(ctx, `DELETE FROM job_runners WHERE id = $1`, r.id)
	if err := errors.Join(stopped, gone); err != nil {
		r.log.WarnContext(ctx, "jobs: the database did not answer in time at the end; other processes find out by themselves", "error", err)
	}
	return nil
}

// retries waits longer after each failure: 10 seconds, then twice as much, up to an hour.
type retries struct {
	wait func(attempt int) time.Duration
}

// NextRetry implements [river.ClientRetryPolicy].
func (p retries) NextRetry(job *rivertype.JobRow) time.Time {
	attempt := len(job.Errors) + 1
	if p.wait != nil {
		return time.Now().Add(p.wait(attempt))
	}
	return time.Now().Add(min(10*time.Second<<min(attempt-1, 20), time.Hour))
}

// warnings keeps River's daily life out of the log.
type warnings struct{ slog.Handler }

// Enabled implements [slog.Handler].
func (w warnings) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && w.Handler.Enabled(ctx, level)
}

// WithAttrs implements [slog.Handler].
func (w warnings) WithAttrs(attrs []slog.Attr) slog.Handler {
	return warnings{w.Handler.WithAttrs(attrs)}
}

// WithGroup implements [slog.Handler].
func (w warnings) WithGroup(name string) slog.Handler { return warnings{w.Handler.WithGroup(name)} }
