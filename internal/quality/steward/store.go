package steward

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"socle/internal/fault"
	"socle/internal/store"
)

const selectComment = `SELECT id, dataset_uid, number, field, row_from, row_to, author, body, state, resolved_in, created_at FROM quality_comments`

func scanComment(row interface{ Scan(...any) error }) (Comment, error) {
	var c Comment
	var created store.Time
	err := row.Scan(&c.ID, &c.Dataset, &c.Version, &c.Field, &c.From, &c.To, &c.Author, &c.Body, &c.State, &c.ResolvedIn, &created)
	c.CreatedAt, c.Answers = created.Time, []Answer{}
	return c, err
}

// Get returns a comment of a dataset with its answers. It answers NotFound.
func (s *Service) Get(ctx context.Context, datasetUID, id string) (Comment, error) {
	c, err := scanComment(s.Store.QueryRowContext(ctx, selectComment+` WHERE id = $1 AND dataset_uid = $2`, id, datasetUID))
	if errors.Is(err, sql.ErrNoRows) {
		return c, noComment()
	}
	if err != nil {
		return c, fmt.Errorf("steward: %w", err)
	}
	answers, err := s.answers(ctx, ` WHERE comment_id = $1`, id)
	if err != nil {
		return c, err
	}
	c.Answers = append(c.Answers, answers[id]...)
	list := []Comment{c}
	err = s.sign(ctx, list)
	return list[0], err
}

// sign writes under each comment how its author is called today; one who is no more has no name.
func (s *Service) sign(ctx context.Context, list []Comment) error {
	names := map[string]string{}
	for i, c := range list {
		name, known := names[c.Author]
		if !known {
			user, err := s.People.User(ctx, c.Author)
			if err != nil && !fault.Is(err, fault.NotFound) {
				return err
			}
			name = user.Name
			names[c.Author] = name
		}
		list[i].AuthorName = name
	}
	return nil
}

// List lists the comments of a dataset but those removed, the newest first.
func (s *Service) List(ctx context.Context, datasetUID string) ([]Comment, error) {
	rows, err := s.Store.QueryContext(ctx, selectComment+` WHERE dataset_uid = $1 AND state <> $2 ORDER BY created_at DESC, id DESC LIMIT 500`, datasetUID, Removed)
	if err != nil {
		return nil, fmt.Errorf("steward: %w", err)
	}
	defer rows.Close()
	list := []Comment{}
	for rows.Next() {
		c, err := scanComment(rows)
		if err != nil {
			return nil, fmt.Errorf("steward: %w", err)
		}
		list = append(list, c)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("steward: %w", err)
	}
	answers, err := s.answers(ctx, ` WHERE comment_id IN (SELECT id FROM quality_comments WHERE dataset_uid = $1)`, datasetUID)
	for i := range list {
		list[i].Answers = append(list[i].Answers, answers[list[i].ID]...)
	}
	if err != nil {
		return nil, err
	}
	return list, s.sign(ctx, list)
}

func (s *Service) answers(ctx context.Context, where string, value string) (map[string][]Answer, error) {
	rows, err := s.Store.QueryContext(ctx, `SELECT comment_id, author, producer, body, created_at FROM quality_answers`+where+` ORDER BY created_at, id`, value)
	if err != nil {
		return nil, fmt.Errorf("steward: answers: %w", err)
	}
	defer rows.Close()
	out := map[string][]Answer{}
	for rows.Next() {
		var comment string
		var a Answer
		var producer store.Bool
		var created store.Time
		if err := rows.Scan(&comment, &a.Author, &producer, &a.Body, &created); err != nil {
			return nil, fmt.Errorf("steward: answers: %w", err)
		}
		a.Producer, a.CreatedAt = bool(producer), created.Time
		out[comment] = append(out[comment], a)
	}
	return out, rows.Err()
}

func insertComment(ctx context.Context, tx *sql.Tx, c Comment) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO quality_comments (id, dataset_uid, number, field, row_from, row_to, author, body, state, resolved_in, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, $10)`, c.ID, c.Dataset, c.Version, c.Field, c.From, c.To, c.Author, c.Body, c.State, store.At(c.CreatedAt))
	if err != nil {
		return fmt.Errorf("steward: %w", err)
	}
	return nil
}

func insertAnswer(ctx context.Context, tx *sql.Tx, comment string, a Answer) (string, error) {
	id := store.NewID()
	_, err := tx.ExecContext(ctx, `INSERT INTO quality_answers (id, comment_id, author, producer, body, created_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		id, comment, a.Author, store.Bool(a.Producer), a.Body, store.At(a.CreatedAt))
	if err != nil {
		return "", fmt.Errorf("steward: answer: %w", err)
	}
	return id, nil
}

func setState(ctx context.Context, tx *sql.Tx, id string, state State, version int, body string) error {
	_, err := tx.ExecContext(ctx, `UPDATE quality_comments SET state = $1, resolved_in = $2, body = $3, updated_at = $4 WHERE id = $5`, state, version, body, store.At(store.Now()), id)
	if err != nil {
		return fmt.Errorf("steward: %w", err)
	}
	return nil
}

// waiting counts the comments that wait for the team of each dataset.
func (s *Service) waiting(ctx context.Context) (map[string]int, error) {
	rows, err := s.Store.QueryContext(ctx, `SELECT dataset_uid, count(*) FROM quality_comments WHERE state = $1 GROUP BY dataset_uid`, Open)
	if err != nil {
		return nil, fmt.Errorf("steward: %w", err)
	}
	defer rows.Close()
	out := map[string]int{}
	for rows.Next() {
		var uid string
		var n int
		if err := rows.Scan(&uid, &n); err != nil {
			return nil, fmt.Errorf("steward: %w", err)
		}
		out[uid] = n
	}
	return out, rows.Err()
}
