package engine

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"socle/internal/fault"
	"socle/internal/query"
	"socle/internal/query/sql"
	"socle/internal/schema"
)

// TestMain lets the test program be the process that parses and runs SQL.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == SQLWorkerArgument {
		if err := ServeSQL(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// The datasets that the statements of these tests read.
var schools = schema.Schema{Fields: []schema.Field{{Name: "uai", Type: schema.Text}, {Name: "nom", Type: schema.Text}, {Name: "academie", Type: schema.Text},
	{Name: "effectif", Type: schema.Integer}, {Name: "ips", Type: schema.Decimal}, {Name: "budget", Type: schema.Decimal, Scale: 2}, {Name: "public", Type: schema.Boolean},
	{Name: "ouverture", Type: schema.Date}, {Name: "maj", Type: schema.Datetime}, {Name: "position", Type: schema.Point}, {Name: "langues", Type: schema.JSON}}}

var exams = schema.Schema{Fields: []schema.Field{{Name: "uai", Type: schema.Text}, {Name: "session", Type: schema.Integer}, {Name: "taux", Type: schema.Decimal}}}

const schoolRows = `SELECT * FROM (VALUES
 ('A', 'Lycée Hugo', 'Lyon', 100, 90.5, 10.10, true, DATE '2000-09-01', TIMESTAMPTZ '2026-01-01 10:00:00+00', {'lon': 4.8, 'lat': 45.7}, '["anglais", "italien"]'),
 ('B', 'Collège Veil', 'Lyon', 300, 110.0, 20.20, false, DATE '1995-01-15', TIMESTAMPTZ '2026-02-01 10:00:00+00', NULL, '["anglais"]'),
 ('C', 'École Zola', 'Paris', 50, NULL, 30.30, true, DATE '2010-03-20', TIMESTAMPTZ '2026-03-01 10:00:00+00', {'lon': 2.3, 'lat': 48.8}, NULL),
 ('D', 'Lycée Curie', NULL, NULL, 70.25, 0.01, NULL, NULL, NULL, NULL, '[]')) t(uai, nom, academie, effectif, ips, budget, public, ouverture, maj, position, langues)`

const examRows = `SELECT * FROM (VALUES ('A', 2024, 80.0), ('A', 2025, 90.0), ('B', 2024, 70.0), ('B', 2025, 75.5), ('E', 2025, 60.0)) t(uai, session, taux)`

// openSQL is an engine over the datasets of these tests.
func openSQL(t testing.TB, limits SQLLimits) *sqlBench {
	t.Helper()
	folder := t.TempDir()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	limits.Worker = []string{program, SQLWorkerArgument}
	raw, err := openDatabase(Options{Scratch: folder, Threads: 1, Concurrency: 1, MemoryLimit: 500_000_000, ScratchSize: 1_000_000_000}, []string{folder}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	b := &sqlBench{tables: map[int]Table{}, folder: folder}
	for version, made := range map[int]struct {
		rows   string
		fields schema.Schema
	}{1: {schoolRows, schools}, 2: {examRows, exams}, 3: {"SELECT i AS n, 'x' || i AS t FROM range(300000) r(i)", schema.Schema{Fields: []schema.Field{{Name: "n", Type: schema.Integer}, {Name: "t", Type: schema.Text}}}}} {
		path := filepath.Join(folder, fmt.Sprintf("v%d.parquet", version))
		var columns []string
		for _, f := range made.fields.Fields {
			kind := map[schema.Type]string{schema.Integer: "BIGINT", schema.Decimal: "DOUBLE", schema.Text: "VARCHAR", schema.JSON: "VARCHAR", schema.Point: "STRUCT(lon DOUBLE, lat DOUBLE)"}[f.Type]
			if f.Exact() {
				kind = "DECIMAL(38, 2)"
			}
			if kind == "" {
				columns = append(columns, identifier(f.Name))
			} else {
				columns = append(columns, "CAST("+identifier(f.Name)+" AS "+kind+") AS "+identifier(f.Name))
			}
		}
		if _, err := raw.db.Exec("COPY (SELECT " + strings.Join(columns, ", ") + " FROM (" + made.rows + ")) TO " + text(path) + " (FORMAT parquet, USE_TMP_FILE false)"); err != nil {
			t.Fatal(err)
		}
		b.tables[version] = Table{Paths: []string{path}, Schema: made.fields}
	}
	b.Engine, err = Open(Options{Allowed: []string{folder}, Scratch: filepath.Join(folder, "scratch"), Threads: 2, MemoryLimit: 800_000_000, SQL: limits}, files{b.tables})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

type sqlBench struct {
	*Engine
	tables map[int]Table
	folder string
	narrow func(name string, plan *query.Plan) // nil: everything is seen
}

// relate gives each relation of a statement the dataset that it names.
func (b *sqlBench) relate(s *sql.Statement) ([]Relation, error) {
	var relations []Relation
	for _, r := range s.Relations {
		version, known := map[string]int{"etablissements": 1, "resultats-examens": 2, "grand": 3}[r.Dataset]
		if !known || r.Version > 1 {
			return nil, sql.At(fault.NotFound, "sql_unknown_dataset", s.Text, r.Position, fault.Message(nil))
		}
		plan := query.All(query.Source{Dataset: r.Dataset, Version: version}, b.tables[version].Schema)
		if b.narrow != nil {
			b.narrow(r.Dataset, plan)
		}
		relations = append(relations, Relation{Alias: r.Alias, Plan: plan, Whole: b.narrow == nil})
	}
	return relations, nil
}

// ask runs a statement to its end, and writes its rows one a line, values apart by "|".
func (b *sqlBench) ask(t testing.TB, text string) (string, []query.Column, error) {
	t.Helper()
	s, err := b.ParseSQL(t.Context(), text)
	if err != nil {
		return "", nil, err
	}
	relations, err := b.relate(s)
	if err != nil {
		return "", nil, err
	}
	rows, err := b.SQL(t.Context(), s, relations, 1000)
	if err != nil {
		return "", nil, err
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var cells []string
		for _, value := range rows.Values() {
			switch v := value.(type) {
			case time.Time:
				value = v.Format("2006-01-02T15:04")
			case []byte:
				value = string(v)
			case fmt.Stringer:
				value = v.String()
			}
			if raw, ok := value.(interface{ MarshalJSON() ([]byte, error) }); ok {
				if text, err := raw.MarshalJSON(); err == nil {
					value = string(text)
				}
			}
			cells = append(cells, fmt.Sprint(value))
		}
		out = append(out, strings.Join(cells, "|"))
	}
	return strings.Join(out, "\n"), rows.Columns(), rows.Err()
}

func TestStatementsGiveTheirRows(t *testing.T) {
	b := openSQL(t, SQLLimits{})
	for _, test := range []struct{ text, want string }{
		{`SELECT uai FROM etablissements ORDER BY uai`, "A\nB\nC\nD"},
		{`select UAI from Etablissements order by 1 desc limit 2 offset 1`, "C\nB"},
		{`SELECT nom, effectif * 2 AS double FROM "etablissements" WHERE academie = 'Lyon' ORDER BY effectif`, "Lycée Hugo|200\nCollège Veil|600"},
		{`SELECT count(*) FROM etablissements`, "4"},
		{`SELECT academie, sum(effectif) AS n FROM etablissements GROUP BY academie ORDER BY n DESC NULLS LAST`, "Lyon|400\nParis|50\n<nil>|<nil>"},
		{`SELECT academie, count(*) AS n FROM etablissements GROUP BY ALL HAVING count(*) > 1`, "Lyon|2"},
		{`SELECT avg(ips) FILTER (WHERE public), min(nom), max(ouverture) FROM etablissements`, "90.5|Collège Veil|2010-03-20T00:00"},
		{`SELECT e.nom, r.taux FROM etablissements e JOIN "resultats-examens" r ON e.uai = r.uai WHERE r.session = 2025 ORDER BY e.uai`, "Lycée Hugo|90\nCollège Veil|75.5"},
		{`SELECT nom, taux FROM etablissements LEFT JOIN "resultats-examens" USING (uai) WHERE session IS NULL ORDER BY nom`, "Lycée Curie|<nil>\nÉcole Zola|<nil>"},
		{`SELECT uai FROM "resultats-examens" ANTI JOIN etablissements USING (uai)`, "E"},
		{`SELECT uai FROM etablissements SEMI JOIN "resultats-examens" USING (uai) ORDER BY 1`, "A\nB"},
		{`SELECT count(*) FROM etablissements FULL JOIN "resultats-examens" USING (uai)`, "7"},
		{`SELECT count(*) FROM etablissements, "resultats-examens"`, "20"},
		{`SELECT count(*) FROM etablissements NATURAL JOIN "resultats-examens"`, "4"},
		{`SELECT r.uai, c.mot FROM "resultats-examens" r ASOF JOIN (SELECT 2025 AS depuis, 'x' AS mot) c ON r.session >= c.depuis ORDER BY 1`, "A|x\nB|x\nE|x"},
		{`SELECT uai FROM etablissements UNION SELECT uai FROM "resultats-examens" ORDER BY uai`, "A\nB\nC\nD\nE"},
		{`SELECT uai FROM etablissements EXCEPT SELECT uai FROM "resultats-examens" ORDER BY 1`, "C\nD"},
		{`(SELECT uai FROM etablissements) INTERSECT (SELECT uai FROM "resultats-examens") ORDER BY 1`, "A\nB"},
		{`SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3`, "1\n2\n3"},
		{`WITH lyon AS (SELECT * FROM etablissements WHERE academie = 'Lyon') SELECT count(*) FROM lyon`, "2"},
		{`WITH etablissements AS (SELECT * FROM "etablissements" WHERE public) SELECT count(*) FROM etablissements`, "2"},
		{`WITH a AS (SELECT uai FROM etablissements), b AS (SELECT uai FROM a WHERE uai > 'B') SELECT * FROM b ORDER BY 1`, "C\nD"},
		{`WITH RECURSIVE t(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM t WHERE i < 5) SELECT sum(i) FROM t`, "15"},
		{`SELECT nom FROM etablissements e WHERE EXISTS (SELECT 1 FROM "resultats-examens" r WHERE r.uai = e.uai AND r.taux > 80)`, "Lycée Hugo"},
		{`SELECT nom FROM etablissements WHERE uai NOT IN (SELECT uai FROM "resultats-examens") ORDER BY nom`, "Lycée Curie\nÉcole Zola"},
		{`SELECT nom FROM etablissements WHERE effectif = (SELECT max(effectif) FROM etablissements)`, "Collège Veil"},
		{`SELECT e.uai, (SELECT avg(taux) FROM "resultats-examens" r WHERE r.uai = e.uai) FROM etablissements e ORDER BY 1`, "A|85\nB|72.75\nC|<nil>\nD|<nil>"},
		{`SELECT uai, session, lag(taux) OVER (PARTITION BY uai ORDER BY session) FROM "resultats-examens" ORDER BY 1, 2`, "A|2024|<nil>\nA|2025|80\nB|2024|<nil>\nB|2025|70\nE|2025|<nil>"},
		{`SELECT uai, sum(taux) OVER (ORDER BY session, uai ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) FROM "resultats-examens" ORDER BY session, uai`, "A|80\nB|150\nA|240\nB|315.5\nE|375.5"},
		{`SELECT uai, rank() OVER w FROM etablissements WINDOW w AS (ORDER BY ips DESC NULLS LAST) ORDER BY 2`, "B|1\nA|2\nD|3\nC|4"},
		{`SELECT uai FROM "resultats-examens" QUALIFY row_number() OVER (PARTITION BY uai ORDER BY taux DESC) = 1 ORDER BY uai`, "A\nB\nE"},
		{`SELECT CASE WHEN effectif > 200 THEN 'grand' WHEN effectif IS NULL THEN NULL ELSE 'petit' END FROM etablissements ORDER BY uai`, "petit\ngrand\npetit\n<nil>"},
		{`SELECT coalesce(academie, 'inconnue'), nullif(effectif, 50), ifnull(ips, 0) FROM etablissements ORDER BY uai`, "Lyon|100|90.5\nLyon|300|110\nParis|<nil>|0\ninconnue|<nil>|70.25"},
		{`SELECT upper(nom), substring(nom, 1, 3), length(nom), nom LIKE 'Ly%', nom ILIKE 'lycée%', replace(nom, 'Lycée', 'L.') FROM etablissements WHERE uai = 'A'`, "LYCÉE HUGO|Lyc|10|true|true|L. Hugo"},
		{`SELECT strip_accents(nom) || '!', lpad(uai, 3, '0'), concat_ws('-', uai, academie), nom ~ '^L.*', regexp_extract(nom, '[A-Z]\w+$') FROM etablissements WHERE uai = 'A'`, "Lycee Hugo!|00A|A-Lyon|true|Hugo"},
		{`SELECT year(ouverture), extract(month FROM ouverture), date_trunc('year', ouverture), ouverture + INTERVAL 1 DAY, date_diff('day', ouverture, DATE '2000-09-11') FROM etablissements WHERE uai = 'A'`, "2000|9|2000-01-01T00:00|2000-09-02T00:00|10"},
		{`SELECT strftime(ouverture, '%d/%m/%Y'), maj AT TIME ZONE 'Europe/Paris', CAST(maj AS DATE) FROM etablissements WHERE uai = 'A'`, "01/09/2000|2026-01-01T11:00|2026-01-01T00:00"},
		{`SELECT budget, sum(budget) OVER (), round(budget, 1), budget / 2 FROM etablissements WHERE uai = 'A'`, "10.10|10.10|10.1|5.05"},
		{`SELECT position, position.lat FROM etablissements WHERE uai = 'A'`, "{4.8 45.7}|45.7"},
		{`SELECT json_array_length(langues), langues->>'$[0]', langues FROM etablissements WHERE uai = 'A'`, `2|anglais|["anglais","italien"]`},
		{`SELECT l, count(*) FROM (SELECT unnest(from_json(langues, '["VARCHAR"]')) AS l FROM etablissements) GROUP BY l ORDER BY 2 DESC, 1`, "anglais|2\nitalien|1"},
		{`SELECT string_agg(uai, '+' ORDER BY uai DESC), list(uai ORDER BY uai), count(DISTINCT academie), median(effectif), quantile_cont(effectif, 0.5), arg_max(nom, effectif) FROM etablissements`, `D+C+B+A|["A","B","C","D"]|2|100|100|Collège Veil`},
		{`SELECT * EXCLUDE (langues, position, maj, ouverture, public) FROM etablissements WHERE uai = 'C'`, "C|École Zola|Paris|50|<nil>|30.30"},
		{`SELECT e.* REPLACE (lower(nom) AS nom) FROM etablissements e WHERE uai = 'D'`, "D|lycée curie|<nil>|<nil>|70.25|0.01|<nil>|<nil>|<nil>|<nil>|[]"},
		{`SELECT DISTINCT academie FROM etablissements WHERE academie IS NOT NULL ORDER BY 1`, "Lyon\nParis"},
		{`SELECT DISTINCT ON (academie) academie, uai FROM etablissements WHERE academie IS NOT NULL ORDER BY academie, uai DESC`, "Lyon|B\nParis|C"},
		{`SELECT academie, public, count(*) FROM etablissements WHERE academie = 'Lyon' GROUP BY ROLLUP (academie, public) ORDER BY 1 NULLS LAST, 2 NULLS LAST`, "Lyon|false|1\nLyon|true|1\nLyon|<nil>|2\n<nil>|<nil>|2"},
		{`SELECT * FROM (VALUES (1, 'un'), (2, 'deux')) AS t(n, mot) ORDER BY n DESC`, "2|deux\n1|un"},
		{`SELECT n.mot, e.nom FROM (VALUES ('A', 'x')) n(uai, mot) JOIN etablissements e USING (uai)`, "x|Lycée Hugo"},
		{`FROM etablissements SELECT uai WHERE effectif BETWEEN 60 AND 200 -- un commentaire`, "A"},
		{"SELECT /* ; DROP */ uai FROM \"etablissements@1\" WHERE nom = 'Lycée Hugo'\n;", "A"},
		{`SELECT "etablissements@1".uai FROM "etablissements@1", (SELECT max(effectif) AS m FROM etablissements) x WHERE effectif = x.m`, "B"},
		{`SELECT 'it''s', 1.5, 1e3, true, NULL, -3, 7 // 2, 7 % 4, 2 ^ 3, 10 / 4, 123456789012345678`, "it's|1.5|1000.0|true|<nil>|-3|3|3|8|2.5|123456789012345678"},
		{`SELECT TRY_CAST('x' AS INTEGER), CAST('12' AS BIGINT), '2026-01-02'::DATE, CAST(1.005 AS DECIMAL(5, 2)), CAST('3' AS DOUBLE)`, "<nil>|12|2026-01-02T00:00|1.01|3"},
		{`SELECT e.uai, l.n FROM etablissements e, LATERAL (SELECT count(*) AS n FROM "resultats-examens" r WHERE r.uai = e.uai) l ORDER BY 1`, "A|2\nB|2\nC|0\nD|0"},
		{`SELECT uai FROM etablissements WHERE (academie, public) = ('Lyon', true) OR uai IN ('D') ORDER BY uai`, "A\nD"},
		{`SELECT nom FROM etablissements ORDER BY nom COLLATE NOACCENT`, "Collège Veil\nÉcole Zola\nLycée Curie\nLycée Hugo"},
		{`SELECT DISTINCT etablissements.academie AS a FROM etablissements WHERE a IS NOT NULL ORDER BY ALL`, "Lyon\nParis"},
		{`SELECT corr(effectif, ips) IS NULL, stddev_pop(effectif) > 0, approx_count_distinct(uai) FROM etablissements`, "false|true|4"},
		{`TABLE "resultats-examens" LIMIT 1`, "A|2024|80"},
	} {
		got, _, err := b.ask(t, test.text)
		if err != nil || got != test.want {
			t.Errorf("%s\ngot  %q (%v)\nwant %q", test.text, got, err, test.want)
		}
	}
}
