package lake

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"socle/internal/i18n"
	"socle/internal/store"
)

// LeftoverKind is what a dead writer left.
type LeftoverKind string

// The kinds of leftovers.
const (
	LeftoverScratch LeftoverKind = "scratch" // a scratch folder in which nobody works
	LeftoverWrite   LeftoverKind = "write"   // a write whose process died, or that was kept too long
	LeftoverBlob    LeftoverKind = "blob"    // a file that no version and no write names
)

// Leftover is something that nobody needs any more.
type Leftover struct {
	Kind  LeftoverKind `json:"kind"`
	Name  string       `json:"name"`
	Bytes int64        `json:"bytes,omitempty"`
	Since time.Time    `json:"since,omitzero"`

	row writeRow
}

// Leftovers lists what dead writers left. What belongs to a writer alive, here or on another machine, is not in it.
func (l *Lake) Leftovers(ctx context.Context) ([]Leftover, error) {
	// The order matters: a blob has a write row before it exists, and a version row before it loses the write row.
	var blobs []Blob
	for blob, err := range l.blobs.List(ctx, "") {
		if err != nil {
			return nil, err
		}
		blobs = append(blobs, blob)
	}
	writes, err := listWrites(ctx, l.db)
	if err != nil {
		return nil, err
	}
	named, err := l.keys(ctx)
	if err != nil {
		return nil, err
	}
	ids, err := l.scratch.Abandoned(ctx)
	if err != nil {
		return nil, fmt.Errorf("lake: scratch: %w", err)
	}
	var found []Leftover
	for _, id := range ids {
		found = append(found, Leftover{Kind: LeftoverScratch, Name: id})
	}
	owned := map[string]bool{}
	for _, row := range writes {
		owned[row.id] = true
		alive, err := l.isAlive(ctx, row)
		if err != nil {
			return nil, err
		}
		if !alive {
			found = append(found, Leftover{Kind: LeftoverWrite, Name: row.id, Since: row.started, row: row})
		}
	}
	for _, blob := range blobs {
		if strings.HasPrefix(blob.Key, TablesPrefix) {
			continue
		}
		owner, _, _ := strings.Cut(blob.Key, "/")
		if !named[blob.Key] && !owned[owner] {
			found = append(found, Leftover{Kind: LeftoverBlob, Name: blob.Key, Bytes: blob.Bytes, Since: blob.Modified})
		}
	}
	return found, nil
}

// isAlive reports whether a write still belongs to somebody.
func (l *Lake) isAlive(ctx context.Context, row writeRow) (bool, error) {
	now := store.Now()
	if row.state == writeKept {
		return row.kept.until.After(now), nil
	}
	if row.node == l.node {
		held, err := l.scratch.Held(ctx, row.id)
		if err != nil {
			return false, fmt.Errorf("lake: scratch: %w", err)
		}
		return held, nil
	}
	return row.lease.After(now), nil
}

// keys are the blobs that versions need: those of versions that were not erased.
func (l *Lake) keys(ctx context.Context) (map[string]bool, error) {
	rows, err := l.db.QueryContext(ctx, `SELECT f.blob_key FROM lake_files f
		JOIN lake_versions v ON v.dataset_uid = f.dataset_uid AND v.number = f.number WHERE v.erased_at IS NULL`)
	if err != nil {
		return nil, fmt.Errorf("lake: files: %w", err)
	}
	defer rows.Close()
	keys := map[string]bool{}
	for rows.Next() {
		var key string
		if err := rows.Scan(&key); err != nil {
			return nil, fmt.Errorf("lake: files: %w", err)
		}
		keys[key] = true
	}
	return keys, rows.Err()
}

// Clean removes what [Lake.Leftovers] finds and returns it. A write that was kept and whose process died later goes
// back to what was kept.
func (l *Lake) Clean(ctx context.Context) ([]Leftover, error) {
	found, err := l.Leftovers(ctx)
	if err != nil {
		return nil, err
	}
	for _, leftover := range found {
		switch leftover.Kind {
		case LeftoverScratch:
			err = l.scratch.RemoveAbandoned(ctx, leftover.Name)
		case LeftoverWrite:
			err = l.discard(ctx, leftover.row)
		case LeftoverBlob:
			err = l.remove(ctx, leftover.Name)
		}
		if err != nil {
			return nil, fmt.Errorf("lake: clean %s %s: %w", leftover.Kind, leftover.Name, err)
		}
	}
	return found, nil
}

// discard undoes a write that nobody works on: its row first, so that it can no longer be committed, then its blobs.
func (l *Lake) discard(ctx context.Context, row writeRow) error {
	keep := row.state == writeActive && row.kept.until.After(store.Now())
	mine := false
	err := l.db.Tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var result sql.Result
		var err error
		if keep {
			result, err = tx.ExecContext(ctx, parkWrite, writeKept, row.id, row.state, row.node, store.At(row.lease))
		} else {
			result, err = tx.ExecContext(ctx, deleteWrite, row.id, row.state, row.node, store.At(row.lease))
		}
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		mine = n == 1
		return err
	})
	if err != nil || !mine {
		return err
	}
	var gone []string
	for blob, err := range l.blobs.List(ctx, row.id+"/") {
		if err != nil {
			return err
		}
		if !keep || !slices.Contains(row.kept.keys, blob.Key) {
			gone = append(gone, blob.Key)
		}
	}
	for _, key := range gone {
		if err := l.remove(ctx, key); err != nil {
			return err
		}
	}
	return nil
}

// Damage is a file of a version that is not as its record says.
type Damage struct {
	DatasetUID string    `json:"datasetUid"`
	Number     int       `json:"number"`
	Key        string    `json:"key"`
	Problem    i18n.Text `json:"problem"`
}

// Check compares the files of every version with their record: there, and of the right size; deep reads them whole
// and compares their digest too.
func (l *Lake) Check(ctx context.Context, deep bool) ([]Damage, error) {
	versions, err := l.list(ctx, selectState+` ORDER BY dataset_uid, number`)
	if err != nil {
		return nil, err
	}
	var damages []Damage
	for _, v := range versions {
		if v.Erased != nil {
			continue
		}
		for _, file := range v.files() {
			problem, err := l.examine(ctx, file, deep)
			if err != nil {
				return nil, err
			}
			if !problem.IsZero() {
				damages = append(damages, Damage{v.DatasetUID, v.Number, file.Key, problem})
			}
		}
	}
	return damages, nil
}

func (l *Lake) examine(ctx context.Context, file File, deep bool) (i18n.Text, error) {
	size, err := l.blobs.Size(ctx, file.Key)
	if errors.Is(err, ErrNoBlob) {
		return i18n.T("le fichier manque", "the file is missing"), nil
	}
	if err != nil {
		return i18n.Text{}, err
	}
	if size != file.Bytes {
		return i18n.T("le fichier fait %d octets au lieu de %d", "the file has %d bytes instead of %d", size, file.Bytes), nil
	}
	if !deep {
		return i18n.Text{}, nil
	}
	reader, err := l.blobs.Open(ctx, file.Key)
	if err != nil {
		return i18n.Text{}, err
	}
	defer reader.Close()
	digest, err := hashReader(ctx, reader)
	if err != nil {
		return i18n.Text{}, err
	}
	if digest != file.SHA256 {
		return i18n.T("le contenu du fichier a changé (empreinte différente)", "the content of the file has changed (another digest)"), nil
	}
	return i18n.Text{}, nil
}
