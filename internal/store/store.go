// Package store keeps what Socle knows in SQL: SQLite in the data folder by default, PostgreSQL for many nodes.
//
// One SQL text serves both: parameters are $1, $2…, identifiers are UUIDs in TEXT, instants are [Time] in TEXT,
// booleans are [Bool] in INTEGER, structures are [JSON] in TEXT. On both databases one transaction of
// [DB.Tx] writes at a time, so a check made inside it still holds when it commits. A committed transaction
// survives the kill of the process and the loss of power.
package store

import (
	"context"
	"database/sql"
)

// Dialect is the database behind a [DB].
type Dialect string

// The databases.
const (
	SQLite     Dialect = "sqlite"
	PostgreSQL Dialect = "postgresql"
)

// Queryer runs SQL: a [DB], or a transaction of it.
type Queryer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// DB is an open store. The embedded pool reads; on SQLite it has several connections. Inside [DB.Tx], the queries
// made on the DB with the context of the transaction run in that transaction.
type DB struct {
	*sql.DB
	Dialect Dialect

	writer *sql.DB // SQLite: the one connection that writes; PostgreSQL: the same pool
	path   string  // SQLite: the file
}

// Writer is the pool to hand to a library that manages its own transactions. On SQLite it has one connection.
func (db *DB) Writer() *sql.DB { return db.writer }

var (
	_ Queryer = (*DB)(nil)
	_ Queryer = (*sql.Tx)(nil)
)
