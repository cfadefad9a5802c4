package engine

import (
	"errors"
	"math/rand/v2"
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
	f.Fuzz(func(t *testing.T, text string) { b.mustStayInside(t, text) })
}

// FuzzSQLGrammar does the same with statements that are well formed, made by a grammar that follows the bytes.
func FuzzSQLGrammar(f *testing.F) {
	b := openSQL(f, SQLLimits{Timeout: 3 * time.Second, MemoryLimit: 100_000_000, Concurrency: 8})
	random := rand.New(rand.NewPCG(20261124, 8))
	for range 100 {
		seed := make([]byte, 40+random.IntN(200))
		for i := range seed {
			seed[i] = byte(random.UintN(256))
		}
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed []byte) {
		g := &grammar{bytes: seed}
		b.mustStayInside(t, g.query())
	})
}

// mustStayInside fails the test when a statement that the checker accepts reads, or tries to read, anything but the
// relations that it named.
func (b *sqlBench) mustStayInside(t *testing.T, text string) {
	t.Helper()
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
	switch {
	case errors.As(err, &refusal):
		return
	case err != nil:
		t.Fatalf("%q cannot be printed: %v", text, err)
	}
	conn, err := b.db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
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
}

// grammar makes statements out of bytes: well formed more often than not, and hostile here and there.
type grammar struct {
	bytes []byte
	depth int
}

func (g *grammar) pick(choices ...string) string { return choices[g.next(len(choices))] }

func (g *grammar) next(n int) int {
	if len(g.bytes) == 0 {
		return 0 // the first choice is always one that ends
	}
	b := g.bytes[0]
	g.bytes = g.bytes[1:]
	return int(b) % n
}

// deeper makes what is inside, or the plain thing when there is too much already.
func (g *grammar) deeper(plain string, inside ...func() string) string {
	if g.depth > 6 || len(g.bytes) == 0 {
		return plain
	}
	g.depth++
	defer func() { g.depth-- }()
	return inside[g.next(len(inside))]()
}

func (g *grammar) name() string {
	return g.pick("uai", "nom", "effectif", "taux", "x", "e.uai", "langues", "position", "public", "ouverture", "current_date", `"e"."nom"`, "rowid", "file_row_number", "filename", "*", "e.*", "#1", "$1", "COLUMNS('.*')")
}

func (g *grammar) function() string {
	return g.pick("lower", "sum", "count", "coalesce", "max", "length", "list", "string_agg", "unnest", "row_number", "lag", "json_extract", "date_trunc", "lpad", "read_text", "getenv", "query", "glob", "repeat", "main.lower", "pg_catalog.version", `"lower"`, "struct_pack", "list_value")
}

func (g *grammar) expr() string {
	e, sub := g.expr, func() string { return "(" + g.query() + ")" }
	return g.deeper("uai", g.name, g.name, func() string {
		return g.pick("1", "'x'", "NULL", "true", "1.5", "DATE '2020-01-01'", "INTERVAL 1 DAY", "[1, 2]", "{'a': 1}", "''", "1e3", "'%'")
	},
		func() string {
			return "(" + e() + " " + g.pick("=", "+", "||", "AND", "OR", "<", "IS DISTINCT FROM", "LIKE", "->>", "//", "IN", "~", "->") + " " + e() + ")"
		},
		func() string {
			return g.function() + "(" + e() + g.pick("", ", "+e(), ", 3, 'x'") + ")" + g.pick("", "", " OVER ()", " FILTER (WHERE "+e()+")", " OVER (PARTITION BY "+e()+" ORDER BY "+e()+")")
		},
		func() string { return "CASE WHEN " + e() + " THEN " + e() + " ELSE " + e() + " END" },
		func() string {
			return g.pick("CAST(", "TRY_CAST(") + e() + " AS " + g.pick("INTEGER", "VARCHAR", "DATE", "JSON", "INTEGER[]", "BLOB", "mon_type", "DECIMAL(5,2)") + ")"
		},
		sub, func() string { return "EXISTS " + sub() }, func() string { return e() + " IN " + sub() }, func() string { return "NOT " + e() }, func() string { return e() + " BETWEEN " + e() + " AND " + e() }, func() string { return e() + " AS " + g.pick("x", `"a b"`, "uai", `"q""r"`) })
}

func (g *grammar) table() string {
	return g.deeper("etablissements e", func() string {
		return g.pick("etablissements", `"resultats-examens"`, `"etablissements@1"`, "grand", "t", "r1", "c1", "'x.csv'", `"/etc/passwd"`, "information_schema.tables", "main.etablissements", "duckdb_settings", "recurring.t", "e") +
			g.pick("", " e", " AS t(x, y)", ` AS "etablissements"`, " TABLESAMPLE 10%", " AT (VERSION => 1)")
	}, func() string { return "(" + g.query() + ") " + g.pick("e", "t", "r1", "etablissements") },
		func() string {
			return g.table() + g.pick(" JOIN ", " LEFT JOIN ", " FULL JOIN ", " SEMI JOIN ", " ASOF JOIN ") + g.table() + g.pick(" USING (uai)", " ON "+g.expr())
		},
		func() string {
			return g.table() + g.pick(", ", " CROSS JOIN ", " NATURAL JOIN ", " POSITIONAL JOIN ", ", LATERAL ") + g.table()
		},
		func() string {
			return g.pick("range(10)", "read_csv('x')", "unnest([1])", "query('SELECT 1')", "glob('*')", "duckdb_tables()") + g.pick("", " t")
		},
		func() string { return "(VALUES (" + g.expr() + ", " + g.expr() + ")) v(uai, x)" })
}

func (g *grammar) query() string {
	text := "SELECT " + g.pick("", "DISTINCT ", "DISTINCT ON (uai) ") + g.expr() + g.pick("", ", "+g.expr()) + " FROM " + g.table() + g.pick("", " WHERE "+g.expr()) +
		g.pick("", "", " GROUP BY ALL", " GROUP BY "+g.expr(), " GROUP BY ROLLUP (uai)") + g.pick("", "", " HAVING "+g.expr()) + g.pick("", "", " QUALIFY "+g.expr()) +
		g.pick("", " ORDER BY "+g.expr()+g.pick("", " DESC NULLS LAST"), " ORDER BY ALL") + g.pick("", " LIMIT 3", " LIMIT "+g.expr())
	return g.deeper(text, func() string { return text }, func() string { return text },
		func() string {
			return "(" + text + ")" + g.pick(" UNION ", " UNION ALL ", " EXCEPT ", " UNION BY NAME ") + "(" + g.query() + ")"
		},
		func() string {
			return "WITH " + g.pick("", "RECURSIVE ") + g.pick("t", "etablissements", "r1", "c1", `"x.csv"`) + g.pick("", "(uai)") + " AS " + g.pick("", "MATERIALIZED ") + "(" + g.query() + ") " + text
		})
}
