package store

import (
	"context"
	"fmt"
	"io/fs"
)

// Migrate brings the tables up to date from the "migrations/*.sql" files of several packages, in the order of the
// date-time that begins their names ("20261124080000_audit.sql"), in the format of goose. It runs once at a time
// even when several processes start together.
func (db *DB) Migrate(ctx context.Context, migrations ...fs.FS) error {
	return fmt.Errorf("store: not migrated")
}
