// Package storetest runs a test on each database that Socle supports.
//
// SQLite is a file in the test's folder. PostgreSQL is a real one: the first test that needs it makes a cluster in
// a temporary folder from the programs that the system has installed, and the cluster goes away with the tests.
package storetest

import (
	"database/sql"
	"fmt"
	"net/url"
	"path/filepath"
	"sync/atomic"
	"testing"

	"socle/internal/store"
)

// Each runs test on an empty SQLite file and on an empty database of a real PostgreSQL.
func Each(t *testing.T, test func(t *testing.T, db *store.DB)) {
	t.Helper()
	t.Run("SQLite", func(t *testing.T) { test(t, SQLite(t)) })
	t.Run("PostgreSQL", func(t *testing.T) { test(t, PostgreSQL(t)) })
}

// SQLite opens an empty SQLite store that goes away with the test.
func SQLite(t testing.TB) *store.DB {
	t.Helper()
	return Open(t, "sqlite:"+filepath.Join(t.TempDir(), "socle.db"))
}

// PostgreSQL opens an empty PostgreSQL store that goes away with the test.
func PostgreSQL(t testing.TB) *store.DB {
	t.Helper()
	return Open(t, DSN(t))
}

// Open opens a store and closes it with the test: a second process, for the test, when dsn is that of another.
func Open(t testing.TB, dsn string) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

var databases atomic.Int64

// DSN makes an empty PostgreSQL database that goes away with the test, and returns its address.
func DSN(t testing.TB) string {
	t.Helper()
	cluster, err := start()
	if err != nil {
		t.Fatal(err)
	}
	admin, err := sql.Open("pgx", cluster.dsn("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	name := fmt.Sprintf("test_%d", databases.Add(1))
	if _, err := admin.ExecContext(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		admin, err := sql.Open("pgx", cluster.dsn("postgres"))
		if err != nil {
			return
		}
		defer admin.Close()
		// The folder goes away in any case.
		_, _ = admin.Exec("DROP DATABASE " + name + " WITH (FORCE)")
	})
	return cluster.dsn(name)
}

// dsn is the address of a database of the cluster, through its socket.
func (c *cluster) dsn(database string) string {
	query := url.Values{"host": {c.folder}, "user": {"postgres"}, "sslmode": {"disable"}}
	return "postgres:///" + database + "?" + query.Encode()
}
