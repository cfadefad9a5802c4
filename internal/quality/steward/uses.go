package steward

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"time"

	"socle/internal/i18n"
	"socle/internal/jobs"
	"socle/internal/store"
)

// uses counts in memory, between two writings, how often each dataset was used.
type uses struct {
	mu     sync.Mutex
	counts map[string]int64 // by uid
}

// Used counts one use of a dataset: a page of it, an answer of an API. It is quick, and knows nothing of who.
func (s *Service) Used(datasetUID string) {
	s.uses.mu.Lock()
	defer s.uses.mu.Unlock()
	if s.uses.counts == nil {
		s.uses.counts = map[string]int64{}
	}
	s.uses.counts[datasetUID]++
}

// writeUses is the job that writes the counts.
type writeUses struct{}

// Kind implements [jobs.Args].
func (writeUses) Kind() string { return "quality.uses" }

func (s *Service) usesKind() jobs.Kind {
	return jobs.Handle(jobs.KindOptions{Title: i18n.T("Compter les usages", "Count the uses"), Every: 10 * time.Minute},
		func(ctx context.Context, _ *jobs.Job, _ writeUses) error { return s.WriteUses(ctx) })
}

// WriteUses adds what was counted to the uses of the day. What cannot be written is counted again later.
func (s *Service) WriteUses(ctx context.Context) error {
	s.uses.mu.Lock()
	counts := s.uses.counts
	s.uses.counts = nil
	s.uses.mu.Unlock()
	if len(counts) == 0 {
		return nil
	}
	day := store.Now().Format(time.DateOnly)
	err := s.Store.Tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for uid, n := range counts {
			if _, err := tx.ExecContext(ctx, `INSERT INTO quality_uses (dataset_uid, day, uses) VALUES ($1, $2, $3)
				ON CONFLICT (dataset_uid, day) DO UPDATE SET uses = quality_uses.uses + excluded.uses`, uid, day, n); err != nil {
				return fmt.Errorf("steward: uses: %w", err)
			}
		}
		return nil
	})
	if err != nil {
		s.uses.mu.Lock()
		defer s.uses.mu.Unlock()
		if s.uses.counts == nil {
			s.uses.counts = map[string]int64{}
		}
		for uid, n := range counts {
			s.uses.counts[uid] += n
		}
	}
	return err
}

// Uses is how often each dataset was used in the last ninety days, those of the last minutes included.
func (s *Service) Uses(ctx context.Context) (map[string]int64, error) {
	since := store.Now().AddDate(0, 0, -90).Format(time.DateOnly)
	rows, err := s.Store.QueryContext(ctx, `SELECT dataset_uid, sum(uses) FROM quality_uses WHERE day >= $1 GROUP BY dataset_uid`, since)
	if err != nil {
		return nil, fmt.Errorf("steward: uses: %w", err)
	}
	defer rows.Close()
	out := map[string]int64{}
	for rows.Next() {
		var uid string
		var n int64
		if err := rows.Scan(&uid, &n); err != nil {
			return nil, fmt.Errorf("steward: uses: %w", err)
		}
		out[uid] = n
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("steward: uses: %w", err)
	}
	s.uses.mu.Lock()
	defer s.uses.mu.Unlock()
	for uid, n := range s.uses.counts {
		out[uid] += n
	}
	return out, nil
}
