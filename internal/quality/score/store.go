package score

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"socle/internal/asset"
	"socle/internal/i18n"
	"socle/internal/store"
)

// stored is what is kept of a dataset.
type stored struct {
	score   Score
	reading Reading
	before  string // digest of the version before that of the reading
}

// keptReading is a reading as it is stored.
type keptReading struct {
	Reading
	Before string `json:"before,omitempty"`
}

func (s *Service) kept(ctx context.Context, uid string) (stored, bool, error) {
	var score store.JSON[Score]
	var reading store.JSON[keptReading]
	err := s.Store.QueryRowContext(ctx, `SELECT score, reading FROM quality_scores WHERE dataset_uid = $1`, uid).Scan(&score, &reading)
	if errors.Is(err, sql.ErrNoRows) {
		return stored{}, false, nil
	}
	if err != nil {
		return stored{}, false, fmt.Errorf("score: %w", err)
	}
	return stored{score.V, reading.V.Reading, reading.V.Before}, true, nil
}

// Get returns the last score of a dataset, and whether there is one. It does not ask who may see it.
func (s *Service) Get(ctx context.Context, uid string) (Score, bool, error) {
	kept, found, err := s.kept(ctx, uid)
	return kept.score, found, err
}

const (
	saveScore = `INSERT INTO quality_scores (dataset_uid, number, rules, computed_at, points, letter, score, reading)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (dataset_uid) DO UPDATE SET number = excluded.number, rules = excluded.rules,
		computed_at = excluded.computed_at, points = excluded.points, letter = excluded.letter, score = excluded.score, reading = excluded.reading`
	saveHistory = `INSERT INTO quality_score_history (id, dataset_uid, number, rules, computed_at, points, letter, dimensions)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`
	lastHistory = `SELECT number, rules, points, letter FROM quality_score_history WHERE dataset_uid = $1 ORDER BY computed_at DESC, id DESC LIMIT 1`
)

// keep stores a score, and adds to the history when it moved.
func (s *Service) keep(ctx context.Context, score Score, reading *Reading, before string) error {
	kept := keptReading{Before: before}
	if reading != nil {
		kept.Reading = *reading
	}
	tenths := int64(math.Round(score.Points * 10))
	return s.Store.Tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, saveScore, score.Dataset, score.Version, score.Rules, store.At(score.At), tenths, score.Letter,
			store.AsJSON(score), store.AsJSON(kept)); err != nil {
			return fmt.Errorf("score: keep: %w", err)
		}
		var number int
		var rules, letter string
		var points int64
		err := tx.QueryRowContext(ctx, lastHistory, score.Dataset).Scan(&number, &rules, &points, &letter)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("score: history: %w", err)
		}
		if err == nil && number == score.Version && rules == score.Rules && points == tenths && letter == score.Letter {
			return nil
		}
		if _, err := tx.ExecContext(ctx, saveHistory, store.NewID(), score.Dataset, score.Version, score.Rules, store.At(score.At), tenths, score.Letter,
			store.AsJSON(score.Dimensions)); err != nil {
			return fmt.Errorf("score: history: %w", err)
		}
		return nil
	})
}

// Moment is a score as it was.
type Moment struct {
	At         time.Time `json:"at"`
	Version    int       `json:"version"`
	Rules      string    `json:"rules"`
	Points     float64   `json:"points"`
	Letter     string    `json:"letter"`
	Dimensions []Result  `json:"dimensions"`
}

// History lists how the score of a dataset moved, the newest first, at most a hundred moments.
func (s *Service) History(ctx context.Context, uid string) ([]Moment, error) {
	rows, err := s.Store.QueryContext(ctx, `SELECT number, rules, computed_at, points, letter, dimensions FROM quality_score_history
		WHERE dataset_uid = $1 ORDER BY computed_at DESC, id DESC LIMIT 100`, uid)
	if err != nil {
		return nil, fmt.Errorf("score: history: %w", err)
	}
	defer rows.Close()
	list := []Moment{}
	for rows.Next() {
		var m Moment
		var at store.Time
		var tenths int64
		var dimensions store.JSON[[]Result]
		if err := rows.Scan(&m.Version, &m.Rules, &at, &tenths, &m.Letter, &dimensions); err != nil {
			return nil, fmt.Errorf("score: history: %w", err)
		}
		m.At, m.Points, m.Dimensions = at.Time, float64(tenths)/10, dimensions.V
		list = append(list, m)
	}
	return list, rows.Err()
}

// Scored is a dataset with its letter, for lists.
type Scored struct {
	Dataset asset.Dataset
	Score   Score
}

// List returns the scores of the datasets that a filter chooses, those without a score left out.
func (s *Service) List(ctx context.Context, filter asset.Filter) ([]Scored, error) {
	datasets, err := s.Assets.List(ctx, filter)
	if err != nil {
		return nil, err
	}
	rows, err := s.Store.QueryContext(ctx, `SELECT dataset_uid, score FROM quality_scores`)
	if err != nil {
		return nil, fmt.Errorf("score: list: %w", err)
	}
	defer rows.Close()
	scores := map[string]json.RawMessage{}
	for rows.Next() {
		var uid, text string
		if err := rows.Scan(&uid, &text); err != nil {
			return nil, fmt.Errorf("score: list: %w", err)
		}
		scores[uid] = json.RawMessage(text)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("score: list: %w", err)
	}
	var list []Scored
	for _, d := range datasets {
		if text, ok := scores[d.UID]; ok {
			one := Scored{Dataset: d}
			if err := json.Unmarshal(text, &one.Score); err != nil {
				return nil, fmt.Errorf("score: list: %w", err)
			}
			list = append(list, one)
		}
	}
	return list, nil
}

const (
	readLinks = `SELECT url, checked_at, failures, dead, why FROM quality_links`
	keepLink  = `INSERT INTO quality_links (url, checked_at, failures, dead, why) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (url) DO UPDATE SET checked_at = excluded.checked_at, failures = excluded.failures, dead = excluded.dead, why = excluded.why`
	dropLinks = `DELETE FROM quality_links WHERE checked_at < $1`
)

// linkStates returns what is known of every address.
func (s *Service) linkStates(ctx context.Context) (map[string]linkState, error) {
	rows, err := s.Store.QueryContext(ctx, readLinks)
	if err != nil {
		return nil, fmt.Errorf("score: links: %w", err)
	}
	defer rows.Close()
	states := map[string]linkState{}
	for rows.Next() {
		var l linkState
		var at store.Time
		var dead int64
		var why store.JSON[i18n.Text]
		if err := rows.Scan(&l.URL, &at, &l.Failures, &dead, &why); err != nil {
			return nil, fmt.Errorf("score: links: %w", err)
		}
		l.Checked, l.Dead, l.Why = at.Time, dead != 0, why.V
		states[l.URL] = l
	}
	return states, rows.Err()
}

// keepLinks remembers what a round was answered, and forgets the addresses that no dataset has any more.
func (s *Service) keepLinks(ctx context.Context, asked []linkState) error {
	return s.Store.Tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for _, l := range asked {
			dead := 0
			if l.Dead {
				dead = 1
			}
			if _, err := tx.ExecContext(ctx, keepLink, l.URL, store.At(l.Checked), l.Failures, dead, store.AsJSON(l.Why)); err != nil {
				return fmt.Errorf("score: links: %w", err)
			}
		}
		if _, err := tx.ExecContext(ctx, dropLinks, store.At(s.Now().Add(-linkForgotten))); err != nil {
			return fmt.Errorf("score: links: %w", err)
		}
		return nil
	})
}
