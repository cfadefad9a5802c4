package lake

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/store"
)

const (
	insertWrite = `INSERT INTO lake_writes (id, node, state, started_at, lease_until, kept_keys) VALUES ($1, $2, $3, $4, $5, '[]')`
	selectWrite = `SELECT id, node, state, started_at, lease_until, kept_until, kept_keys FROM lake_writes`
	resumeWrite = `UPDATE lake_writes SET state = $1, node = $2, lease_until = $3 WHERE id = $4`
	renewWrite  = `UPDATE lake_writes SET lease_until = $1 WHERE id = $2 AND state = $3 AND node = $4`
	keepWrite   = `UPDATE lake_writes SET state = $1, kept_until = $2, kept_keys = $3 WHERE id = $4 AND state = $5 AND node = $6`
	forgetKept  = `UPDATE lake_writes SET kept_until = NULL, kept_keys = '[]' WHERE id = $1 AND state = $2 AND node = $3`

	deleteActiveWrite = `DELETE FROM lake_writes WHERE id = $1 AND state = $2 AND node = $3`
	// The lease is in the condition so that a writer who came back in between is left alone.
	deleteWrite = `DELETE FROM lake_writes WHERE id = $1 AND state = $2 AND node = $3 AND lease_until = $4`
	parkWrite   = `UPDATE lake_writes SET state = $1 WHERE id = $2 AND state = $3 AND node = $4 AND lease_until = $5`
)

// writeRow is a row of lake_writes.
type writeRow struct {
	id, node, state string
	started, lease  time.Time
	kept            keeping
}

func scanWrite(scan func(...any) error) (writeRow, error) {
	var row writeRow
	var started, lease, kept store.Time
	var keys store.JSON[[]string]
	err := scan(&row.id, &row.node, &row.state, &started, &lease, &kept, &keys)
	row.started, row.lease, row.kept = started.Time, lease.Time, keeping{kept.Time, keys.V}
	return row, err
}

func readWrite(ctx context.Context, db store.Queryer, id string) (writeRow, error) {
	row, err := scanWrite(db.QueryRowContext(ctx, selectWrite+` WHERE id = $1`, id).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return row, goneWrite()
	}
	if err != nil {
		return row, fmt.Errorf("lake: write %s: %w", id, err)
	}
	return row, nil
}

func listWrites(ctx context.Context, db store.Queryer) ([]writeRow, error) {
	rows, err := db.QueryContext(ctx, selectWrite+` ORDER BY id`)
	if err != nil {
		return nil, fmt.Errorf("lake: writes: %w", err)
	}
	defer rows.Close()
	var list []writeRow
	for rows.Next() {
		row, err := scanWrite(rows.Scan)
		if err != nil {
			return nil, fmt.Errorf("lake: writes: %w", err)
		}
		list = append(list, row)
	}
	return list, rows.Err()
}

const (
	selectHead  = `SELECT number FROM lake_heads WHERE dataset_uid = $1`
	upsertHead  = `INSERT INTO lake_heads (dataset_uid, number) VALUES ($1, $2) ON CONFLICT (dataset_uid) DO UPDATE SET number = excluded.number`
	addVersion  = `INSERT INTO lake_versions (dataset_uid, number, published_at, author, author_name, row_count, byte_count, original_sha256, fingerprint, note, record) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`
	addFile     = `INSERT INTO lake_files (blob_key, dataset_uid, number, role, place, name, byte_count, row_count, sha256) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`
	selectState = `SELECT dataset_uid, number, erased_at, erased_by, erased_reason FROM lake_versions`
	selectText  = `SELECT record FROM lake_versions WHERE dataset_uid = $1 AND number = $2`
)

// headNumber returns the number of the head, 0 when there is none.
func headNumber(ctx context.Context, db store.Queryer, uid string) (int, error) {
	var number int
	err := db.QueryRowContext(ctx, selectHead, uid).Scan(&number)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("lake: head: %w", err)
	}
	return number, nil
}

func insertVersion(ctx context.Context, tx *sql.Tx, v Version) error {
	_, err := tx.ExecContext(ctx, addVersion, v.DatasetUID, v.Number, store.At(v.PublishedAt), v.Author, v.AuthorName,
		v.Rows, v.Bytes, v.Original.SHA256, v.Fingerprint, v.Note, store.AsJSON(v))
	if err != nil {
		return fmt.Errorf("lake: version: %w", err)
	}
	for i, f := range v.files() {
		_, err := tx.ExecContext(ctx, addFile, f.Key, v.DatasetUID, v.Number, string(f.Role), i, f.Name, f.Bytes, f.Rows, f.SHA256)
		if err != nil {
			return fmt.Errorf("lake: file: %w", err)
		}
	}
	if _, err := tx.ExecContext(ctx, upsertHead, v.DatasetUID, v.Number); err != nil {
		return fmt.Errorf("lake: head: %w", err)
	}
	return nil
}

// files lists every file of the version.
func (v Version) files() []File {
	files := append([]File(nil), v.Files...)
	if v.Original.Key != "" {
		files = append(files, v.Original)
	}
	if v.Quarantine.File != nil {
		files = append(files, *v.Quarantine.File)
	}
	return files
}

// state is what of a version may still change: whether it was erased.
type state struct {
	uid    string
	number int
	erased *Erasure
}

func scanState(scan func(...any) error) (state, error) {
	var s state
	var at store.Time
	var by, reason store.Text
	err := scan(&s.uid, &s.number, &at, &by, &reason)
	if !at.IsZero() {
		s.erased = &Erasure{At: at.Time, By: string(by), Reason: string(reason)}
	}
	return s, err
}

// decoded remembers versions, whose records never change, so that the hot ones are not decoded at each request.
type decoded struct {
	mu       sync.Mutex
	versions map[versionKey]Version
}

type versionKey struct {
	uid    string
	number int
}

const decodedMost = 512

// complete gives the version of a state, from memory or from its record.
func (l *Lake) complete(ctx context.Context, s state) (Version, error) {
	key := versionKey{s.uid, s.number}
	l.decoded.mu.Lock()
	v, ok := l.decoded.versions[key]
	l.decoded.mu.Unlock()
	if !ok {
		var record store.JSON[Version]
		if err := l.db.QueryRowContext(ctx, selectText, s.uid, s.number).Scan(&record); err != nil {
			return Version{}, fmt.Errorf("lake: version %d of %s: %w", s.number, s.uid, err)
		}
		v = record.V
		l.decoded.mu.Lock()
		if l.decoded.versions == nil || len(l.decoded.versions) >= decodedMost {
			l.decoded.versions = map[versionKey]Version{}
		}
		l.decoded.versions[key] = v
		l.decoded.mu.Unlock()
	}
	v.Erased = s.erased
	return v, nil
}

func noVersion() *fault.Error {
	return fault.New(fault.NotFound, "version_not_found", i18n.T(
		"Cette version n’existe pas.", "This version does not exist."))
}
