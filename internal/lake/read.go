package lake

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"

	"socle/internal/fault"
	"socle/internal/i18n"
)

// ErrErased answers whoever reads the data of a version that a retention decision removed.
var ErrErased = fault.New(fault.Gone, "version_erased", i18n.T(
	"Les données de cette version ont été supprimées par décision ; sa fiche reste consultable.",
	"The data of this version was removed by decision; its record can still be read."))

// Head returns the newest version of a dataset. It answers NotFound when there is none. Versions are shared: do not
// change what their slices hold.
func (l *Lake) Head(ctx context.Context, datasetUID string) (Version, error) {
	s, err := scanState(l.db.QueryRowContext(ctx, selectState+
		` v WHERE dataset_uid = $1 AND number = (SELECT number FROM lake_heads h WHERE h.dataset_uid = v.dataset_uid)`, datasetUID).Scan)
	return l.one(ctx, s, err)
}

// Get returns a version of a dataset, whose data may have been erased. It answers NotFound.
func (l *Lake) Get(ctx context.Context, datasetUID string, number int) (Version, error) {
	s, err := scanState(l.db.QueryRowContext(ctx, selectState+` WHERE dataset_uid = $1 AND number = $2`, datasetUID, number).Scan)
	return l.one(ctx, s, err)
}

func (l *Lake) one(ctx context.Context, s state, err error) (Version, error) {
	if errors.Is(err, sql.ErrNoRows) {
		return Version{}, noVersion()
	}
	if err != nil {
		return Version{}, fmt.Errorf("lake: version: %w", err)
	}
	return l.complete(ctx, s)
}

// List returns every version of a dataset, the newest first, those erased included.
func (l *Lake) List(ctx context.Context, datasetUID string) ([]Version, error) {
	return l.list(ctx, selectState+` WHERE dataset_uid = $1 ORDER BY number DESC`, datasetUID)
}

// Heads returns the newest version of every dataset that has one, by uid.
func (l *Lake) Heads(ctx context.Context) (map[string]Version, error) {
	versions, err := l.list(ctx, selectState+
		` v WHERE number = (SELECT number FROM lake_heads h WHERE h.dataset_uid = v.dataset_uid)`)
	if err != nil {
		return nil, err
	}
	heads := make(map[string]Version, len(versions))
	for _, v := range versions {
		heads[v.DatasetUID] = v
	}
	return heads, nil
}

func (l *Lake) list(ctx context.Context, query string, args ...any) ([]Version, error) {
	rows, err := l.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("lake: versions: %w", err)
	}
	defer rows.Close()
	var states []state
	for rows.Next() {
		s, err := scanState(rows.Scan)
		if err != nil {
			return nil, fmt.Errorf("lake: versions: %w", err)
		}
		states = append(states, s)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, fmt.Errorf("lake: versions: %w", err)
	}
	versions := make([]Version, len(states))
	for i, s := range states {
		if versions[i], err = l.complete(ctx, s); err != nil {
			return nil, err
		}
	}
	return versions, nil
}

// Open reads a file of a version, the original for instance. It answers [ErrErased]. The reader may be positioned,
// as [net/http.ServeContent] does.
func (l *Lake) Open(ctx context.Context, v Version, file File) (io.ReadSeekCloser, error) {
	if v.Erased != nil {
		return nil, ErrErased
	}
	return l.blobs.Open(ctx, file.Key)
}

// Local returns local paths of the Parquet files of a version, in order, for reading. Call release when done: until
// then the local copies stay. It answers NotFound and [ErrErased].
func (l *Lake) Local(ctx context.Context, datasetUID string, number int) (v Version, paths []string, release func(), err error) {
	if v, err = l.Get(ctx, datasetUID, number); err != nil {
		return v, nil, nil, err
	}
	if v.Erased != nil {
		return v, nil, nil, ErrErased
	}
	var releases []func()
	release = func() {
		for _, r := range releases {
			r()
		}
	}
	for _, file := range v.Files {
		path, done, err := l.local(ctx, file)
		if err != nil {
			release()
			return v, nil, nil, err
		}
		paths, releases = append(paths, path), append(releases, done)
	}
	return v, paths, release, nil
}

func (l *Lake) local(ctx context.Context, file File) (path string, release func(), err error) {
	if l.cache != nil {
		return l.cache.get(ctx, file)
	}
	folder := l.blobs.(interface{ Path(string) string })
	return folder.Path(file.Key), func() {}, nil
}

// remove deletes a blob and its local copy.
func (l *Lake) remove(ctx context.Context, key string) error {
	if l.cache != nil {
		l.cache.drop(key)
	}
	return l.blobs.Delete(ctx, key)
}

// ByWrite returns the version that a write became, and whether it became one: for whoever lost the answer of
// [Write.Commit].
func (l *Lake) ByWrite(ctx context.Context, writeID string) (Version, bool, error) {
	var uid string
	var number int
	// Identifiers of writes hold letters, digits and hyphens; "0" is the character after "/".
	err := l.db.QueryRowContext(ctx, `SELECT dataset_uid, number FROM lake_files WHERE blob_key > $1 AND blob_key < $2 LIMIT 1`,
		writeID+"/", writeID+"0").Scan(&uid, &number)
	if errors.Is(err, sql.ErrNoRows) {
		return Version{}, false, nil
	}
	if err != nil {
		return Version{}, false, fmt.Errorf("lake: version of write %s: %w", writeID, err)
	}
	v, err := l.Get(ctx, uid, number)
	return v, err == nil, err
}
