package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/store"
)

const (
	defaultLimit = 50
	maxLimit     = 1000
)

// Filter chooses jobs; the zero Filter takes them all.
type Filter struct {
	Kind   string
	Asset  string
	Owner  string
	States []State
	Limit  int   // 50 when 0, at most 1000
	Before int64 // only ids smaller than this one; 0 from the newest
}

// Status returns what is known of a job. It answers NotFound; a job is forgotten 30 days after its end.
func (r *Runner) Status(ctx context.Context, id int64) (Status, error) {
	job, err := r.client.JobGet(ctx, id)
	if err != nil {
		return Status{}, explain(err, "status")
	}
	list, err := r.statuses(ctx, []*rivertype.JobRow{job})
	if err != nil {
		return Status{}, err
	}
	return list[0], nil
}

// conditions are the states as River's table knows them. A job that [Stop] ended is cancelled for River.
var conditions = map[State]string{
	Waiting:   `state IN ('available', 'pending', 'scheduled')`,
	Running:   `state = 'running'`,
	Retrying:  `state = 'retryable'`,
	Done:      `state = 'completed'`,
	Failed:    `(state = 'discarded' OR (state = 'cancelled' AND id IN (SELECT job_id FROM job_details WHERE stopped = 1)))`,
	Cancelled: `(state = 'cancelled' AND id NOT IN (SELECT job_id FROM job_details WHERE stopped = 1))`,
}

// List returns jobs, the newest first.
func (r *Runner) List(ctx context.Context, f Filter) ([]Status, error) {
	limit := f.Limit
	if limit <= 0 {
		limit = defaultLimit
	}
	params := river.NewJobListParams().OrderBy(river.JobListOrderByID, river.SortOrderDesc).First(min(limit, maxLimit))
	if f.Kind != "" {
		params = params.Kinds(f.Kind)
	}
	if f.Before > 0 {
		params = params.Where("id < @before", river.NamedArgs{"before": f.Before})
	}
	if f.Asset != "" {
		params = params.Where("id IN (SELECT job_id FROM job_details WHERE asset = @asset)", river.NamedArgs{"asset": f.Asset})
	}
	if f.Owner != "" {
		params = params.Where("id IN (SELECT job_id FROM job_details WHERE owner = @owner)", river.NamedArgs{"owner": f.Owner})
	}
	if len(f.States) > 0 {
		wanted := make([]string, 0, len(f.States))
		for _, state := range f.States {
			condition, ok := conditions[state]
			if !ok {
				return nil, fmt.Errorf("jobs: no state %q", state)
			}
			wanted = append(wanted, condition)
		}
		params = params.Where("(" + strings.Join(wanted, " OR ") + ")")
	}
	list, err := r.client.JobList(ctx, params)
	if err != nil {
		return nil, fmt.Errorf("jobs: list: %w", err)
	}
	return r.statuses(ctx, list.Jobs)
}

// Cancel stops a job: one that waits will not run, one that runs sees its context end within a second or two.
// Cancelling one that is over changes nothing. It answers NotFound.
func (r *Runner) Cancel(ctx context.Context, id int64) error {
	_, err := r.client.JobCancel(ctx, id)
	return explain(err, "cancel")
}

// Retry runs again, now, a job that waits, failed or was cancelled. It answers NotFound.
func (r *Runner) Retry(ctx context.Context, id int64) error {
	_, err := r.client.JobRetry(ctx, id)
	return explain(err, "retry")
}

func explain(err error, doing string) error {
	if errors.Is(err, rivertype.ErrNotFound) {
		return fault.New(fault.NotFound, "job_not_found", i18n.T(
			"Cette tâche n’existe pas, ou elle est finie depuis plus d’un mois.",
			"This job does not exist, or it ended more than a month ago."))
	}
	if err != nil {
		return fmt.Errorf("jobs: %s: %w", doing, err)
	}
	return nil
}

// statuses completes what River says of jobs with what Socle does.
func (r *Runner) statuses(ctx context.Context, jobs []*rivertype.JobRow) ([]Status, error) {
	list := make([]Status, len(jobs))
	if len(jobs) == 0 {
		return list, nil
	}
	parameters, ids := make([]string, len(jobs)), make([]any, len(jobs))
	for i, job := range jobs {
		list[i] = r.status(job)
		parameters[i], ids[i] = "$"+strconv.Itoa(i+1), job.ID
	}
	rows, err := r.db.QueryContext(ctx, `SELECT job_id, key_text, asset, owner, ratio, doing, message, stopped FROM job_details
		WHERE job_id IN (`+strings.Join(parameters, ", ")+`)`, ids...)
	if err != nil {
		return nil, fmt.Errorf("jobs: details: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var d Status
		var doing, message store.JSON[i18n.Text]
		var stopped bool
		if err := rows.Scan(&id, &d.Key, &d.Asset, &d.Owner, &d.Ratio, &doing, &message, &stopped); err != nil {
			return nil, fmt.Errorf("jobs: details: %w", err)
		}
		s := &list[slices.IndexFunc(list, func(s Status) bool { return s.ID == id })]
		s.Key, s.Asset, s.Owner, s.Ratio, s.Doing, s.Message = d.Key, d.Asset, d.Owner, d.Ratio, doing.V, message.V
		if s.State == Cancelled && stopped {
			s.State = Failed
		}
	}
	return list, rows.Err()
}

func (r *Runner) status(job *rivertype.JobRow) Status {
	s := Status{ID: job.ID, Kind: job.Kind, Title: r.kinds[job.Kind].options.Title, State: stateOf(job.State), Attempt: job.Attempt,
		MaxAttempts: job.MaxAttempts, CreatedAt: job.CreatedAt.UTC(), ScheduledAt: job.ScheduledAt.UTC(),
		StartedAt: instant(job.AttemptedAt), EndedAt: instant(job.FinalizedAt)}
	if s.Title.IsZero() {
		s.Title = i18n.T(job.Kind, job.Kind)
	}
	if n := len(job.Errors); n > 0 {
		s.Error = job.Errors[n-1].Error
	}
	return s
}

func instant(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

func stateOf(state rivertype.JobState) State {
	switch state {
	case rivertype.JobStateRunning:
		return Running
	case rivertype.JobStateRetryable:
		return Retrying
	case rivertype.JobStateCompleted:
		return Done
	case rivertype.JobStateDiscarded:
		return Failed
	case rivertype.JobStateCancelled:
		return Cancelled
	}
	return Waiting
}
