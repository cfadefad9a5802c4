package ingest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"socle/internal/store"
)

const (
	draftColumns = `id, owner, owner_name, state, name, byte_count, sha256, job_id, content, created_at, updated_at, expires_at`
	addDraft     = `INSERT INTO ingest_drafts (` + draftColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`
	oneDraft     = `SELECT ` + draftColumns + ` FROM ingest_drafts WHERE id = $1`
	openDrafts   = `SELECT ` + draftColumns + ` FROM ingest_drafts WHERE owner = $1 AND state <> $2 AND expires_at > $3 ORDER BY created_at DESC, id`
	changeDraft  = `UPDATE ingest_drafts SET state = $1, job_id = $2, content = $3, updated_at = $4 WHERE id = $5 AND updated_at = $6`
	removeDraft  = `DELETE FROM ingest_drafts WHERE id = $1`
	oldDrafts    = `DELETE FROM ingest_drafts WHERE expires_at < $1`
)

func insertDraft(ctx context.Context, tx *sql.Tx, d Draft) error {
	_, err := tx.ExecContext(ctx, addDraft, d.ID, d.Owner, d.OwnerName, string(d.State), d.Name, d.Bytes, d.SHA256, d.JobID,
		store.AsJSON(d.DraftContent), store.At(d.CreatedAt), store.At(d.UpdatedAt), store.At(d.ExpiresAt))
	if err != nil {
		return fmt.Errorf("ingest: draft: %w", err)
	}
	return nil
}

func scanDraft(scan func(...any) error) (Draft, error) {
	var d Draft
	var state string
	var content store.JSON[DraftContent]
	var created, updated, expires store.Time
	err := scan(&d.ID, &d.Owner, &d.OwnerName, &state, &d.Name, &d.Bytes, &d.SHA256, &d.JobID, &content, &created, &updated, &expires)
	d.State, d.DraftContent = DraftState(state), content.V
	d.CreatedAt, d.UpdatedAt, d.ExpiresAt = created.Time, updated.Time, expires.Time
	return d, err
}

func readDraft(ctx context.Context, db store.Queryer, id string) (Draft, error) {
	d, err := scanDraft(db.QueryRowContext(ctx, oneDraft, id).Scan)
	if errors.Is(err, sql.ErrNoRows) || err == nil && d.ExpiresAt.Before(store.Now()) {
		return Draft{}, noDraft()
	}
	if err != nil {
		return Draft{}, fmt.Errorf("ingest: draft %s: %w", id, err)
	}
	return d, nil
}

func listDrafts(ctx context.Context, db store.Queryer, owner string) ([]Draft, error) {
	rows, err := db.QueryContext(ctx, openDrafts, owner, string(DraftPublished), store.At(store.Now()))
	if err != nil {
		return nil, fmt.Errorf("ingest: drafts: %w", err)
	}
	defer rows.Close()
	var list []Draft
	for rows.Next() {
		d, err := scanDraft(rows.Scan)
		if err != nil {
			return nil, fmt.Errorf("ingest: drafts: %w", err)
		}
		list = append(list, d)
	}
	return list, rows.Err()
}

// saveDraft keeps a draft as it now is. It answers a fault of kind Conflict when somebody changed it since it was read.
func (s *Service) saveDraft(ctx context.Context, d *Draft) error {
	now := store.Now()
	if !now.After(d.UpdatedAt) {
		now = d.UpdatedAt.Add(time.Microsecond)
	}
	result, err := s.Store.ExecContext(ctx, changeDraft, string(d.State), d.JobID, store.AsJSON(d.DraftContent), store.At(now), d.ID, store.At(d.UpdatedAt))
	if err != nil {
		return fmt.Errorf("ingest: draft %s: %w", d.ID, err)
	}
	if n, err := result.RowsAffected(); err != nil || n != 1 {
		return errors.Join(busyDraft(), err)
	}
	d.UpdatedAt = now
	return nil
}

func deleteDraft(ctx context.Context, db store.Queryer, id string) error {
	if _, err := db.ExecContext(ctx, removeDraft, id); err != nil {
		return fmt.Errorf("ingest: draft %s: %w", id, err)
	}
	return nil
}
