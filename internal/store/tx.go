package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
)

// writeLock is the advisory lock that PostgreSQL takes for each transaction of [DB.Tx], in Socle's own number.
const writeLock = 0x50C1E

// attempts is how often a transaction is tried when the database asks to try again.
const attempts = 5

type txKey struct{ db *DB }

// Tx runs do in a transaction that commits when do returns nil, and is undone otherwise or when do panics. One
// transaction writes at a time, so keep it short: no file, no network inside. A Tx within a Tx joins it: its error
// must end the outer one. When the database asks to try again (deadlock, serialization), do runs again from its start; it must therefore
// change nothing but the store.
func (db *DB) Tx(ctx context.Context, do func(ctx context.Context, tx *sql.Tx) error) error {
	if tx := db.current(ctx); tx != nil {
		return do(ctx, tx)
	}
	for attempt := 1; ; attempt++ {
		err := db.once(ctx, do)
		if err == nil || attempt == attempts || !retriable(err) {
			return err
		}
		wait := time.Duration(rand.Int64N(int64(attempt) * int64(20*time.Millisecond)))
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		}
	}
}

func (db *DB) once(ctx context.Context, do func(ctx context.Context, tx *sql.Tx) error) error {
	tx, err := db.writer.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("store: begin: %w", err)
	}
	defer tx.Rollback() // does nothing after Commit
	if db.Dialect == PostgreSQL {
		if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock($1)", writeLock); err != nil {
			return fmt.Errorf("store: write lock: %w", err)
		}
	}
	if err := do(context.WithValue(ctx, txKey{db}, tx), tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("store: commit: %w", err)
	}
	return nil
}

// Snapshot runs look in a transaction that sees the store as it is at one instant, and changes nothing. Within a
// Tx, it sees what the Tx sees.
func (db *DB) Snapshot(ctx context.Context, look func(ctx context.Context, tx *sql.Tx) error) error {
	if tx := db.current(ctx); tx != nil {
		return look(ctx, tx)
	}
	options := &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead}
	if db.Dialect == SQLite {
		options.Isolation = sql.LevelDefault // a transaction of SQLite always sees one instant
	}
	tx, err := db.DB.BeginTx(ctx, options)
	if err != nil {
		return fmt.Errorf("store: snapshot: %w", err)
	}
	defer tx.Rollback()
	return look(context.WithValue(ctx, txKey{db}, tx), tx)
}

func (db *DB) current(ctx context.Context) *sql.Tx {
	tx, _ := ctx.Value(txKey{db}).(*sql.Tx)
	return tx
}

// ExecContext changes the store, in the transaction of ctx if there is one.
func (db *DB) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if tx := db.current(ctx); tx != nil {
		return tx.ExecContext(ctx, query, args...)
	}
	return db.writer.ExecContext(ctx, query, args...)
}

// QueryContext reads the store, in the transaction of ctx if there is one.
func (db *DB) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if tx := db.current(ctx); tx != nil {
		return tx.QueryContext(ctx, query, args...)
	}
	return db.DB.QueryContext(ctx, query, args...)
}

// QueryRowContext reads one row, in the transaction of ctx if there is one.
func (db *DB) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if tx := db.current(ctx); tx != nil {
		return tx.QueryRowContext(ctx, query, args...)
	}
	return db.DB.QueryRowContext(ctx, query, args...)
}

// retriable reports whether the database undid the transaction only because of another one.
func retriable(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "40001" || pg.Code == "40P01" // serialization_failure, deadlock_detected
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		return lite.Code()&0xff == 5 // SQLITE_BUSY, with its extended codes
	}
	return false
}

// IsDuplicate reports whether err says that a unique value is already taken.
func IsDuplicate(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "23505" // unique_violation
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		return lite.Code() == 2067 || lite.Code() == 1555 // SQLITE_CONSTRAINT_UNIQUE, …_PRIMARYKEY
	}
	return false
}

// IsOrphan reports whether err says that a row refers to one that does not exist, or is still referred to.
func IsOrphan(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "23503" // foreign_key_violation
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		return lite.Code() == 787 // SQLITE_CONSTRAINT_FOREIGNKEY
	}
	return false
}
