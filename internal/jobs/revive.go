package jobs

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"socle/internal/store"
)

// deadAfter is how many beats a process may miss before its jobs are given to others.
const deadAfter = 6

// beat says, until ctx ends, that this process lives, and takes up the jobs of those that no longer do.
func (r *Runner) beat(ctx context.Context) {
	ticker := time.NewTicker(r.options.beat)
	defer ticker.Stop()
	for tick := 0; ; tick++ {
		for _, duty := range []func(context.Context) error{r.live, r.revive} {
			if err := duty(ctx); err != nil && ctx.Err() == nil {
				r.log.WarnContext(ctx, "jobs: beat", "error", err)
			}
		}
		if tick%1000 == 0 {
			if err := r.sweep(ctx); err != nil && ctx.Err() == nil {
				r.log.WarnContext(ctx, "jobs: sweep", "error", err)
			}
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// live notes that this process is alive.
func (r *Runner) live(ctx context.Context) error {
	_, err := r.db.ExecContext(ctx, `INSERT INTO job_runners (id, seen_at) VALUES ($1, $2)
		ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at`, r.id, store.At(store.Now()))
	if err != nil {
		return fmt.Errorf("jobs: %w", err)
	}
	return nil
}

// alive returns the processes that said lately that they live.
func (r *Runner) alive(ctx context.Context) (map[string]bool, error) {
	since := store.At(store.Now().Add(-deadAfter * r.options.beat))
	rows, err := r.db.QueryContext(ctx, `SELECT id FROM job_runners WHERE seen_at >= $1`, since)
	if err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	defer rows.Close()
	ids := map[string]bool{}
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("jobs: %w", err)
		}
		ids[id] = true
	}
	return ids, rows.Err()
}

// The job must still be at the attempt that was seen, because its process may just have ended it.
const (
	reviveJob = `UPDATE river_job SET state = 'available' WHERE id = $1 AND attempt = $2 AND state = 'running'`
	buryJob   = `UPDATE river_job SET state = 'discarded', finalized_at = CURRENT_TIMESTAMP
		WHERE id = $1 AND attempt = $2 AND state = 'running'`
)

// revive gives back the jobs that run nowhere. A job that was at its last attempt has failed: it may be what kills
// the processes that run it.
func (r *Runner) revive(ctx context.Context) error {
	list, err := r.client.JobList(ctx, river.NewJobListParams().States(rivertype.JobStateRunning).First(1000))
	if err != nil || len(list.Jobs) == 0 {
		return err
	}
	alive, err := r.alive(ctx)
	if err != nil {
		return err
	}
	for _, job := range list.Jobs {
		if len(job.AttemptedBy) == 0 || alive[job.AttemptedBy[len(job.AttemptedBy)-1]] {
			continue
		}
		statement := reviveJob
		if job.Attempt >= job.MaxAttempts {
			statement = buryJob
		}
		if _, err := r.db.ExecContext(ctx, statement, job.ID, job.Attempt); err != nil {
			return fmt.Errorf("jobs: revive %d: %w", job.ID, err)
		}
		r.log.WarnContext(ctx, "job taken up again: its process died", "job", job.ID, "kind", job.Kind, "attempt", job.Attempt)
	}
	return nil
}

// sweep forgets the details of the jobs that River has forgotten, and the processes that died long ago.
func (r *Runner) sweep(ctx context.Context) error {
	return r.db.Tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM job_details WHERE job_id NOT IN (SELECT id FROM river_job)`); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM job_runners WHERE seen_at < $1`, store.At(store.Now().Add(-24*time.Hour)))
		return err
	})
}
