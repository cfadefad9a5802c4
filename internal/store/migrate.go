package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"syscall"
	"time"

	"github.com/pressly/goose/v3"

	"socle/internal/fault"
	"socle/internal/i18n"
)

// migrationLock is the advisory lock that PostgreSQL holds while the tables change, in Socle's own number.
const migrationLock = 0x50C1F

// Migrate brings the tables up to date from the "migrations/*.sql" files of several packages, in the order of the
// date-time that begins their names ("20261124080100_audit.sql"), in the format of goose. It runs once at a time
// even when several processes start together. It answers Unavailable when a later version of the program has
// already been here, because this one would not understand what it finds.
func (db *DB) Migrate(ctx context.Context, migrations ...fs.FS) error {
	files, err := merge(migrations)
	if err != nil || len(files) == 0 {
		return err
	}
	return db.Alone(ctx, func(ctx context.Context) error { return db.migrate(ctx, files) })
}

// Alone runs do, which changes tables, while no other process changes them.
func (db *DB) Alone(ctx context.Context, do func(ctx context.Context) error) error {
	release, err := db.lockMigrations(ctx)
	if err != nil {
		return fmt.Errorf("store: migration lock: %w", err)
	}
	defer release()
	return do(ctx)
}

func (db *DB) migrate(ctx context.Context, files merged) error {
	dialect := goose.DialectSQLite3
	if db.Dialect == PostgreSQL {
		dialect = goose.DialectPostgres
	}
	provider, err := goose.NewProvider(dialect, db.writer, files, goose.WithDisableGlobalRegistry(true),
		goose.WithLogger(goose.NopLogger()), goose.WithTableName("migrations"), goose.WithAllowOutofOrder(true))
	if err != nil {
		return fmt.Errorf("store: migrations: %w", err)
	}
	current, latest, err := provider.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("store: migrations: %w", err)
	}
	if current > latest {
		return fault.New(fault.Unavailable, "store_too_new", i18n.T(
			"Ces données ont été ouvertes par une version plus récente de Socle. Mettez ce programme à jour.",
			"This data was opened by a later version of Socle. Update this program."))
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("store: migrations: %w", err)
	}
	return nil
}

// merged is the migration files of several packages, by name. It is an [fs.GlobFS], which is all that goose reads.
type merged map[string]fs.FS

func merge(migrations []fs.FS) (merged, error) {
	files := merged{}
	for _, from := range migrations {
		names, err := fs.Glob(from, "migrations/*.sql")
		if err != nil {
			return nil, fmt.Errorf("store: migrations: %w", err)
		}
		for _, name := range names {
			if _, taken := files[path.Base(name)]; taken {
				return nil, fmt.Errorf("store: two packages have a migration called %s", path.Base(name))
			}
			files[path.Base(name)] = from
		}
	}
	return files, nil
}

// Open implements [fs.FS].
func (m merged) Open(name string) (fs.File, error) {
	from, ok := m[name]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return from.Open(path.Join("migrations", name))
}

// Glob implements [fs.GlobFS].
func (m merged) Glob(pattern string) ([]string, error) {
	var names []string
	for name := range m {
		ok, err := path.Match(pattern, name)
		if err != nil {
			return nil, err
		}
		if ok {
			names = append(names, name)
		}
	}
	slices.Sort(names) // goose keeps the order that it is given
	return names, nil
}

// lockMigrations keeps other processes from changing the tables until release.
func (db *DB) lockMigrations(ctx context.Context) (release func(), err error) {
	if db.Dialect == SQLite {
		return lockFile(ctx, db.path+".lock")
	}
	conn, err := db.DB.Conn(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock($1)", migrationLock); err != nil {
		conn.Close()
		return nil, err
	}
	return func() {
		// The lock goes with the session, should this fail.
		_, _ = conn.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", migrationLock)
		conn.Close()
	}, nil
}

// lockFile takes a lock that the system releases when the process ends, however it ends.
func lockFile(ctx context.Context, name string) (release func(), err error) {
	file, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { file.Close() }, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			file.Close()
			return nil, err
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			file.Close()
			return nil, ctx.Err()
		}
	}
}
