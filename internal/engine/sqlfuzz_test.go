package engine

import (
	"context"
	"errors"
	"regexp"
	"testing"
	"time"

	"github.com/duckdb/duckdb-go/v2"

	"socle/internal/fault"
	"socle/internal/query/sql"
)

var ourNames = regexp.MustCompile(`^[rc][0-9]+$`)

// FuzzSQL asserts that whatever the checker accepts reads the relations that it named and nothing else: the database
// itself says which tables the printed statement would read, and a process that may open no other file runs it without
// being refused one.
func FuzzSQL(f *testing.F) {
	b := openSQL(f, SQLLimits{Timeout: 3 * time.Second, MemoryLimit: 100_000_000, Concurrency: 8})
	for _, test := range refused {
		f.Add(test.text)
	}
	for _, text := range []string{
		`SELECT e.uai, r.taux FROM etablissements e JOIN "resultats-examens" r USING (uai) WHERE r.session = 2025 ORDER BY 1 LIMIT 3`,
		`WITH RECURSIVE t(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM t WHERE i < 5) SELECT * FROM t, etablissements`,
		`SELECT academie, sum(effectif) FILTER (WHERE public) OVER (PARTITION BY academie ORDER BY uai) FROM "etablissements@1" QUALIFY true`,
		`SELECT * EXCLUDE (langues) REPLACE (lower(nom) AS nom) FROM etablissements WHERE uai IN (SELECT uai FROM "resultats-examens") OR EXISTS (SELECT 1)`,
		`SELECT [1, 2][1], {'a': 1}, CASE WHEN true THEN DATE '2020-01-01' END, langues->>'$[0]' FROM etablissements, (VALUES (1, 'x')) v(n, t) GROUP BY ALL HAVING count(*) > 1`,
		`SELECT DISTINCT ON (academie) * FROM etablissements UNION ALL BY NAME SELECT * FROM "resultats-examens" ORDER BY ALL`,
	} {
		f.Add(text)
	}
	conn, err := b.db.Conn(context.Background())
	if err != nil {
		f.Fatal(err)
	}
	defer conn.Close()
	f.Fuzz(func(t *testing.T, text string) {
		s, err := b.ParseSQL(t.Context(), text)
		if err != nil {
			if fault.KindOf(err) == fault.Internal {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		process, err := b.processes.take()
		if err != nil {
			t.Fatal(err)
		}
		printed, err := process.print(t.Context(), s)
		process.stop()
		var refusal *sql.Error
		if err != nil && !errors.As(err, &refusal) {
			t.Fatalf("%q cannot be printed: %v", text, err)
		}
		if err != nil {
			return
		}
		names, err := duckdb.GetTableNames(conn, printed, false)
		if err != nil {
			t.Fatalf("%q became %q: %v", text, printed, err)
		}
		for _, name := range names {
			if !ourNames.MatchString(name) {
				t.Fatalf("%q became %q, which reads %q", text, printed, name)
			}
		}
		relations, err := b.relate(s)
		if err != nil {
			return
		}
		rows, err := b.SQL(t.Context(), s, relations, 10)
		if err == nil {
			for rows.Next() {
			}
			err = errors.Join(rows.Err(), rows.Close())
		}
		if err != nil && (fault.KindOf(err) == fault.Internal || fault.CodeOf(err) == "sql_outside") {
			t.Fatalf("%q became %q: %v", text, printed, err)
		}
	})
}
