package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/nice"
	"socle/internal/store"
)

const (
	defaultAttempts = 8
	defaultTimeout  = time.Hour
	progressEvery   = 500 * time.Millisecond
)

// KindOptions are the settings of a kind. Zero values are sensible.
type KindOptions struct {
	Title       i18n.Text     // what people read in the list of jobs
	MaxAttempts int           // 8 when 0
	Timeout     time.Duration // of one attempt; 1 hour when 0
	Every       time.Duration // also runs periodically, with zero arguments, one at a time; 0: only when inserted
	AtStart     bool          // a periodic kind runs when the program starts too
	Background  bool          // gives way to whoever asks something: nobody waits for it
}

// Kind is a kind of job and how to do it; see [Handle].
type Kind struct {
	name    string
	options KindOptions
	empty   json.RawMessage                                          // the zero arguments
	add     func(workers *river.Workers, r *Runner, kind Kind) error // hands the kind to River
}

// Handle says how to do the jobs of a kind. An error retries the job later, unless it comes from [Stop].
func Handle[A Args](options KindOptions, work func(ctx context.Context, job *Job, args A) error) Kind {
	var zero A
	if options.MaxAttempts == 0 {
		options.MaxAttempts = defaultAttempts
	}
	if options.Timeout == 0 {
		options.Timeout = defaultTimeout
	}
	empty, err := json.Marshal(zero)
	return Kind{name: zero.Kind(), options: options, empty: empty, add: func(workers *river.Workers, r *Runner, kind Kind) error {
		if err != nil {
			return fmt.Errorf("jobs: arguments of %s: %w", kind.name, err)
		}
		return river.AddWorkerSafely(workers, &worker[A]{runner: r, kind: kind, work: work})
	}}
}

// Stop wraps an error that another attempt would only repeat: the job fails at once.
func Stop(err error) error {
	if err == nil {
		return nil
	}
	return &stop{err}
}

type stop struct{ cause error }

func (s *stop) Error() string { return s.cause.Error() }
func (s *stop) Unwrap() error { return s.cause }

// envelope is how the arguments of a job of a known kind come back from River.
type envelope[A Args] struct {
	Key  string `json:"key"`
	Args A      `json:"args"`
}

// Kind implements [river.JobArgs].
func (e envelope[A]) Kind() string { return e.Args.Kind() }

// parcel is how the arguments of any job go to River. Two jobs of a kind are the same when their keys are.
type parcel struct {
	name string
	Key  string          `json:"key" river:"unique"`
	Args json.RawMessage `json:"args"`
}

// Kind implements [river.JobArgs].
func (p parcel) Kind() string { return p.name }

// worker does the jobs of a kind for River.
type worker[A Args] struct {
	river.WorkerDefaults[envelope[A]]
	runner *Runner
	kind   Kind
	work   func(ctx context.Context, job *Job, args A) error
}

// Timeout implements [river.Worker].
func (w *worker[A]) Timeout(*river.Job[envelope[A]]) time.Duration { return w.kind.options.Timeout }

// Work implements [river.Worker].
func (w *worker[A]) Work(ctx context.Context, j *river.Job[envelope[A]]) error {
	if w.runner.closing.Load() {
		return river.JobSnooze(0) // fetched in the last moment: for the next process
	}
	w.runner.working.begin(j.ID, w.kind.name)
	defer w.runner.working.over(j.ID)
	job := &Job{ID: j.ID, Attempt: j.Attempt, runner: w.runner}
	err := w.guard(ctx, job, j.Args.Args)
	return w.runner.ended(ctx, job, w.kind, err)
}

// guard turns a panic into an error, so that a defect in one kind stops neither the others nor the program.
func (w *worker[A]) guard(ctx context.Context, job *Job, args A) (err error) {
	defer func() {
		if defect := recover(); defect != nil {
			err = fmt.Errorf("jobs: %s panicked: %v", w.kind.name, defect)
		}
	}()
	if w.kind.options.Background {
		nice.Run(func() { err = w.work(nice.InBackground(ctx), job, args) })
		return err
	}
	return w.work(ctx, job, args)
}

// Job is a job at work.
type Job struct {
	ID      int64
	Attempt int // from 1

	runner *Runner
	mutex  sync.Mutex
	last   time.Time // of the last progress written
}

const (
	saveProgress = `INSERT INTO job_details (job_id, key_text, asset, owner, ratio, doing, message, stopped, updated_at)
		VALUES ($1, '', '', '', $2, $3, '', 0, $4) ON CONFLICT (job_id) DO UPDATE
		SET ratio = excluded.ratio, doing = excluded.doing, updated_at = excluded.updated_at`
	saveEnd = `INSERT INTO job_details (job_id, key_text, asset, owner, ratio, doing, message, stopped, updated_at)
		VALUES ($1, '', '', '', $2, '', $3, $4, $5) ON CONFLICT (job_id) DO UPDATE
		SET ratio = CASE WHEN excluded.ratio < 1 THEN job_details.ratio ELSE 1 END, message = excluded.message,
			stopped = excluded.stopped, updated_at = excluded.updated_at`
)

// Progress says how far the job is, from 0 to 1, and what it is doing. It may be called often and from several
// goroutines: it writes at most twice a second, and the end always. A progress that cannot be written is only
// logged: it is no reason to fail the work.
func (j *Job) Progress(ctx context.Context, ratio float64, doing i18n.Text) {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	if time.Since(j.last) < progressEvery && ratio < 1 {
		return
	}
	j.last = time.Now()
	_, err := j.runner.db.ExecContext(ctx, saveProgress, j.ID, min(max(ratio, 0), 1), store.AsJSON(doing), store.At(store.Now()))
	if err != nil && ctx.Err() == nil {
		j.runner.log.WarnContext(ctx, "job progress not written", "job", j.ID, "error", err)
	}
}

// ended writes how an attempt ended, and tells River what to do next.
func (r *Runner) ended(ctx context.Context, job *Job, kind Kind, err error) error {
	if err != nil && r.closing.Load() && ctx.Err() != nil {
		return river.JobSnooze(0) // not its fault: the next process takes it up
	}
	if err != nil && errors.Is(context.Cause(ctx), rivertype.ErrJobCancelledRemotely) {
		return err // somebody cancelled it: River knows
	}
	var message i18n.Text
	ratio, final := 1.0, false
	if err != nil {
		var stopped *stop
		final = errors.As(err, &stopped)
		ratio, message = 0, fault.Message(err)
		r.log.WarnContext(ctx, "job failed", "job", job.ID, "kind", kind.name, "attempt", job.Attempt, "final", final, "error", err)
	}
	// The context may be over: the attempt timed out, or was cancelled.
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	defer context.AfterFunc(r.hurry, cancel)()
	_, saved := r.db.ExecContext(late, saveEnd, job.ID, ratio, store.AsJSON(message), store.Bool(final), store.At(store.Now()))
	if saved != nil {
		r.log.WarnContext(ctx, "job end not written", "job", job.ID, "error", saved)
	}
	if final {
		return river.JobCancel(err)
	}
	return err
}
