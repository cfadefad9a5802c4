package store

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the PostgreSQL driver
	_ "modernc.org/sqlite"             // the SQLite driver

	"socle/internal/fault"
	"socle/internal/i18n"
)

const (
	readers     = 8                // connections that read SQLite
	connections = 16               // connections to PostgreSQL
	busyTimeout = 10 * time.Second // how long SQLite waits for another process to finish writing
)

// Open opens the store that dsn names: "sqlite:PATH", a file made if absent, or "postgres://…". It answers
// [fault.Invalid] for anything else, and [fault.Unavailable] when the database does not answer.
func Open(ctx context.Context, dsn string) (*DB, error) {
	switch {
	case strings.HasPrefix(dsn, "sqlite:"):
		return openSQLite(ctx, strings.TrimPrefix(dsn, "sqlite:"))
	case strings.HasPrefix(dsn, "postgres://"), strings.HasPrefix(dsn, "postgresql://"):
		return openPostgreSQL(ctx, dsn)
	}
	return nil, fault.New(fault.Invalid, "database_url", i18n.T(
		"L’adresse de la base n’est pas reconnue. Écrivez « sqlite:CHEMIN » ou « postgres://… ».",
		"The database address is not recognised. Write “sqlite:PATH” or “postgres://…”."))
}

// openSQLite opens the file twice: several connections that read, and one that writes and takes the write lock
// when its transaction begins, so that it never has to give up half-way.
func openSQLite(ctx context.Context, path string) (*DB, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	if err := touch(absolute); err != nil {
		return nil, err
	}
	// FULL, and not NORMAL, because an acknowledged version must survive the loss of power.
	options := url.Values{"_pragma": {
		fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds()),
		"journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "temp_store(MEMORY)",
	}}
	file := (&url.URL{Scheme: "file", Path: absolute}).String()
	options.Set("_txlock", "immediate")
	writer, err := sql.Open("sqlite", file+"?"+options.Encode())
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	writer.SetMaxOpenConns(1)
	if err := writer.PingContext(ctx); err != nil {
		return nil, unavailable(err, writer)
	}
	options.Set("_txlock", "deferred")
	reader, err := sql.Open("sqlite", file+"?"+options.Encode())
	if err != nil {
		writer.Close()
		return nil, fmt.Errorf("store: %w", err)
	}
	reader.SetMaxOpenConns(readers)
	reader.SetMaxIdleConns(readers)
	return &DB{DB: reader, Dialect: SQLite, writer: writer, path: absolute}, nil
}

// touch makes the file, and its folder, for the owner only: it holds the hashes of secrets. What SQLite puts beside
// it takes the same rights.
func touch(path string) error {
	err := os.MkdirAll(filepath.Dir(path), 0o750)
	if err == nil {
		var file *os.File
		if file, err = os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600); err == nil {
			err = file.Close()
		}
	}
	if err == nil {
		return nil
	}
	return fault.New(fault.Unavailable, "database_file", i18n.T(
		"Le fichier de la base de données ne peut pas être ouvert : %s. Vérifiez les droits sur le dossier.",
		"The database file cannot be opened: %s. Check the rights on the folder.", path)).Because(err)
}

func openPostgreSQL(ctx context.Context, dsn string) (*DB, error) {
	pool, err := sql.Open("pgx", dsn)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections / 2)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	if err := pool.PingContext(ctx); err != nil {
		return nil, unavailable(err, pool)
	}
	return &DB{DB: pool, Dialect: PostgreSQL, writer: pool}, nil
}

func unavailable(err error, pool *sql.DB) error {
	pool.Close()
	return fault.New(fault.Unavailable, "database_unavailable", i18n.T(
		"La base de données ne répond pas. Vérifiez son adresse et qu’elle est en marche.",
		"The database does not answer. Check its address and that it is running.")).Because(err)
}

// Close closes every connection.
func (db *DB) Close() error {
	err := db.DB.Close()
	if db.writer != db.DB {
		if e := db.writer.Close(); err == nil {
			err = e
		}
	}
	return err
}
