package lake

import (
	"context"
	"database/sql"
)

// TablesPrefix begins the keys of the metadata of package tables, which is no blob of a version and no leftover.
const TablesPrefix = "tables/"

// Location is the address of a blob for other programs.
func (l *Lake) Location(key string) string { return l.blobs.Location(key) }

// ClientSettings are what other programs need to reach the blobs, beside the keys that the environment gives: the
// region, the endpoint and the manner of addresses, in the words of Iceberg's settings.
func (l *Lake) ClientSettings() map[string]string {
	if bucket, ok := l.blobs.(*Bucket); ok {
		return bucket.settings
	}
	return nil
}

// RemoveTable deletes the metadata of a table, whose keys begin with prefix.
func (l *Lake) RemoveTable(ctx context.Context, prefix string) error {
	var keys []string
	for blob, err := range l.blobs.List(ctx, prefix) {
		if err != nil {
			return err
		}
		keys = append(keys, blob.Key)
	}
	for _, key := range keys {
		if err := l.blobs.Delete(ctx, key); err != nil {
			return err
		}
	}
	return nil
}

func (l *Lake) changed(ctx context.Context, tx *sql.Tx, datasetUID string) error {
	if l.Changed == nil {
		return nil
	}
	return l.Changed(ctx, tx, datasetUID)
}
