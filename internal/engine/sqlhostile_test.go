package engine

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"socle/internal/fault"
	"socle/internal/query"
	"socle/internal/query/sql"
)

// refused are statements that the checker must not let through, each with a word of the sentence that says why.
var refused = []struct{ text, why string }{
	// other statements
	{"", "write a query"}, {"   \n", "write a query"}, {"-- rien", "one query"}, {";", "one query"},
	{"SELECT 1; SELECT 2", "one query"}, {"SELECT 1; ATTACH 'x.db'", "only reading"}, {"SELECT 1;;DROP TABLE t", "only reading"},
	{"ATTACH '/tmp/x.db' AS x", "only reading"}, {"DETACH x", "only reading"}, {"COPY etablissements TO '/tmp/x.csv'", "only reading"},
	{"COPY (SELECT 1) TO '/tmp/x'", "only reading"}, {"PRAGMA database_list", ""}, {"SET memory_limit = '1TB'", "only reading"}, {"RESET memory_limit", "only reading"},
	{"INSTALL httpfs", "only reading"}, {"LOAD httpfs", "only reading"}, {"CREATE TABLE t AS SELECT 1", "only reading"}, {"CREATE MACRO f() AS 1", "only reading"},
	{"INSERT INTO etablissements VALUES (1)", "only reading"}, {"UPDATE etablissements SET nom = ''", "only reading"}, {"DELETE FROM etablissements", "only reading"},
	{"DROP VIEW etablissements", "only reading"}, {"CALL pragma_version()", "only reading"}, {"EXPLAIN SELECT 1", "only reading"}, {"EXPLAIN ANALYZE SELECT 1", "only reading"},
	{"PREPARE p AS SELECT 1", "only reading"}, {"EXECUTE p", "only reading"}, {"EXPORT DATABASE '/tmp/x'", "only reading"}, {"IMPORT DATABASE '/tmp/x'", "only reading"},
	{"BEGIN; SELECT 1; COMMIT", "only reading"}, {"CHECKPOINT", "only reading"}, {"VACUUM", "only reading"}, {"USE x", "only reading"}, {"SET VARIABLE x = 1", "only reading"},
	{"CREATE SECRET s (TYPE s3)", "only reading"}, {"CREATE SEQUENCE s", "only reading"},
	{"DESCRIBE etablissements", "DESCRIBE"}, {"SUMMARIZE etablissements", "SUMMARIZE"}, {"SHOW TABLES", ""}, {"SHOW ALL TABLES", ""}, {"SHOW etablissements", ""},
	{"SELECT * FROM (DESCRIBE etablissements)", "DESCRIBE"}, {"SELECT * FROM (SUMMARIZE etablissements)", "DESCRIBE"}, {"WITH x AS (SHOW TABLES) SELECT * FROM x", ""},
	// files and other relations
	{"SELECT * FROM 'x.csv'", ""}, {"SELECT * FROM \"/etc/passwd\"", ""}, {"SELECT * FROM '%FOLDER%/v1.parquet'", ""}, {"SELECT * FROM \"%FOLDER%/v1.parquet\"", ""},
	{"FROM '%FOLDER%/*.parquet'", ""}, {"SELECT * FROM '%FOLDER%/v1.parquet' AS etablissements", ""}, {"SELECT * FROM 'https://example.org/x.parquet'", ""},
	{"SELECT * FROM etablissements JOIN '%FOLDER%/v2.parquet' USING (uai)", ""}, {"SELECT (SELECT count(*) FROM '%FOLDER%/v2.parquet')", ""},
	{"SELECT * FROM etablissements WHERE uai IN (FROM '%FOLDER%/v2.parquet' SELECT uai)", ""}, {"SELECT 1 UNION ALL SELECT uai FROM '%FOLDER%/v1.parquet'", ""},
	{"SELECT 1 LIMIT (SELECT count(*) FROM '%FOLDER%/v1.parquet')", ""}, {"SELECT 1 ORDER BY (SELECT count(*) FROM '%FOLDER%/v1.parquet')", ""},
	{"WITH etablissements AS (SELECT * FROM '%FOLDER%/v1.parquet') SELECT * FROM etablissements", ""},
	{"WITH \"%FOLDER%/v1.parquet\" AS (SELECT * FROM \"%FOLDER%/v1.parquet\") SELECT 1", ""},
	{"SELECT * FROM information_schema.tables", "not a dataset"}, {"SELECT * FROM pg_catalog.pg_class", "not a dataset"}, {"SELECT * FROM main.etablissements", "not a dataset"},
	{"SELECT * FROM memory.main.etablissements", "not a dataset"}, {"SELECT * FROM duckdb_settings", ""}, {"SELECT * FROM sqlite_master", ""}, {"SELECT * FROM pg_class", ""},
	{"SELECT * FROM duckdb_tables()", "table function"}, {"SELECT * FROM duckdb_secrets()", "table function"}, {"SELECT * FROM pragma_database_list()", "table function"},
	{"SELECT * FROM temp.x", "not a dataset"}, {"SELECT * FROM r1", ""}, {"SELECT * FROM etablissements, r1", ""}, {"WITH x AS (SELECT 1) SELECT * FROM c1", ""},
	{"SELECT * FROM \"etablissements@0\"", "number of the version"}, {"SELECT * FROM \"etablissements@1;DROP\"", "number of the version"}, {"SELECT * FROM \"etablissements@-1\"", ""}, {"SELECT * FROM \"etablissements@99\"", ""},
	{"SELECT * FROM etablissements AT (VERSION => 3)", "not allowed"}, {"SELECT * FROM \"ｅtablissements\"", ""}, {"SELECT * FROM \"etablissements\u200b\"", ""},
	// table functions
	{"SELECT * FROM range(1000000000000)", "table function"}, {"SELECT * FROM generate_series(1, 10)", "table function"}, {"SELECT * FROM read_csv('/etc/passwd')", "table function"},
	{"SELECT * FROM read_parquet('%FOLDER%/v1.parquet')", "table function"}, {"SELECT * FROM parquet_scan(['%FOLDER%/v1.parquet'])", "table function"}, {"SELECT * FROM read_text('/etc/passwd')", "table function"},
	{"SELECT * FROM read_blob('/etc/passwd')", "table function"}, {"SELECT * FROM read_json_auto('/etc/passwd')", "table function"}, {"SELECT * FROM glob('/*')", "table function"},
	{"SELECT * FROM parquet_metadata('%FOLDER%/v1.parquet')", "table function"}, {"SELECT * FROM parquet_kv_metadata('x')", "table function"}, {"SELECT * FROM sniff_csv('/etc/passwd')", "table function"},
	{"SELECT * FROM query('SELECT 1')", "table function"}, {"SELECT * FROM query_table('etablissements')", "table function"}, {"SELECT * FROM query_table(['etablissements'])", "table function"},
	{"SELECT * FROM json_execute_serialized_sql('x')", "table function"}, {"SELECT * FROM sql_auto_complete('SEL')", "table function"}, {"SELECT * FROM unnest([1, 2])", "table function"},
	{"SELECT * FROM repeat('x', 10)", "table function"}, {"SELECT * FROM etablissements, LATERAL range(10)", "table function"}, {"SELECT * FROM etablissements CROSS JOIN range(effectif)", "table function"},
	{"SELECT * FROM test_all_types()", "table function"}, {"SELECT * FROM checkpoint()", "table function"}, {"SELECT * FROM summary(TABLE etablissements)", ""}, {"SELECT * FROM seq_scan('x')", "table function"},
	{"SELECT * FROM (SELECT read_text('/etc/passwd'))", "function"}, {"SELECT * FROM json_each('[1]')", "table function"}, {"SELECT * FROM enable_logging()", "table function"}, {"SELECT * FROM which_secret('x', 'y')", "table function"},
	// functions
	{"SELECT read_text('/etc/passwd')", "function"}, {"SELECT getenv('HOME')", "function"}, {"SELECT current_setting('memory_limit')", "function"}, {"SELECT getvariable('x')", "function"},
	{"SELECT version()", "function"}, {"SELECT current_database()", "function"}, {"SELECT current_schemas(true)", "function"}, {"SELECT pg_get_viewdef(1)", "function"}, {"SELECT nextval('s')", "function"},
	{"SELECT txid_current()", "function"}, {"SELECT current_query()", "function"}, {"SELECT repeat('x', 10000000000)", "function"}, {"SELECT printf('%1000000000d', 1)", "function"}, {"SELECT format('{:>1000000000}', 'x')", "function"},
	{"SELECT lpad('x', 1000000000, 'y')", "length"}, {"SELECT lpad('x', effectif, 'y') FROM etablissements", "length"}, {"SELECT rpad('x', 500 * 500, 'y')", "length"}, {"SELECT bar(1, 0, 1, 1000000000)", "function"},
	{"SELECT range(1000000000)", "function"}, {"SELECT generate_series(1, 1000000000)", "function"}, {"SELECT list_resize([1], 1000000000)", "function"}, {"SELECT array_resize([1], 1000000000)", "function"},
	{"SELECT hash('x')", "function"}, {"SELECT random()", "function"}, {"SELECT uuid()", "function"}, {"SELECT now()", "function"}, {"SELECT setseed(0.5)", "function"}, {"SELECT error('x')", "function"},
	{"SELECT sleep(10)", "function"}, {"SELECT pg_sleep(10)", "function"}, {"SELECT sleep_ms(10)", "function"}, {"SELECT write_log('x')", "function"}, {"SELECT stats(effectif) FROM etablissements", "function"},
	{"SELECT json_serialize_sql('SELECT 1')", "function"}, {"SELECT in_search_path('a', 'b')", "function"}, {"SELECT has_table_privilege('x', 'y')", "function"}, {"SELECT can_cast_implicitly(1, 2)", "function"},
	{"SELECT main.read_text('x')", "function"}, {"SELECT system.main.lower('x')", ""}, {"SELECT pg_catalog.format_type(1, 2)", ""}, {"SELECT \"READ_TEXT\"('/etc/passwd')", "function"}, {"SELECT rEaD_tExT('/etc/passwd')", "function"},
	{"SELECT getenv/**/('HOME')", "function"}, {"SELECT 'HOME'.getenv()", ""}, {"SELECT sum(getenv('HOME')) OVER ()", "function"}, {"SELECT 1 ORDER BY getenv('HOME')", "function"}, {"SELECT count(*) FILTER (WHERE getenv('HOME') IS NULL)", "function"},
	{"SELECT CASE WHEN getenv('HOME') IS NULL THEN 1 END", "function"}, {"SELECT 1 LIMIT length(getenv('HOME'))", "function"}, {"SELECT string_agg(uai, getenv('HOME')) FROM etablissements", "function"},
	{"SELECT * REPLACE (getenv('HOME') AS nom) FROM etablissements", "function"}, {"SELECT 1 WHERE 1 = (SELECT length(getenv('HOME')))", "function"}, {"VALUES (getenv('HOME'))", "function"}, {"SELECT DISTINCT ON (getenv('x')) 1", "function"},
	{"SELECT lag(1, 1, getenv('x')) OVER ()", "function"}, {"SELECT sum(1) OVER (ORDER BY getenv('x'))", "function"}, {"SELECT sum(1) OVER (ROWS BETWEEN length(getenv('x')) PRECEDING AND CURRENT ROW)", "function"}, {"SELECT 1 GROUP BY getenv('x')", "function"},
	{"SELECT current_user", "not allowed"}, {"SELECT CURRENT_DATE", "not allowed"}, {"SELECT user", "not allowed"}, {"SELECT localtimestamp", "not allowed"}, {"SELECT current_catalog", "not allowed"},
	// our own, of places: what they take is trusted to be a geometry of ours
	{"SELECT geo_covers('x', 1, 2)", "function"}, {"SELECT geo_intersects('{}', 'x')", "function"}, {"SELECT geo_within('{}', 'x')", "function"}, {"SELECT geo_distance('{}', 1, 2)", "function"},
	{"SELECT geo_bounds('{}')", "function"}, {"SELECT geo_hull('1 2')", "function"}, {"SELECT \"GEO_HULL\"(string_agg(uai, ' ')) FROM etablissements", "function"}, {"SELECT main.geo_bounds('{}')", "function"},
	// constructs
	{"SELECT COLUMNS('.*') FROM etablissements", "not allowed"}, {"SELECT COLUMNS(c -> true) FROM etablissements", "not allowed"}, {"SELECT *COLUMNS(*) FROM etablissements", "not allowed"},
	{"SELECT list_transform([1], x -> getenv('HOME'))", "function"}, {"SELECT list_value(lambda x: x)", "not allowed"}, {"SELECT [x FOR x IN [1, 2]]", ""}, {"SELECT ?", "parameters"}, {"SELECT $1", "parameters"}, {"SELECT $nom", "parameters"},
	{"SELECT * FROM etablissements POSITIONAL JOIN etablissements e", "not allowed"}, {"SELECT * FROM etablissements TABLESAMPLE 10%", "not allowed"}, {"SELECT * FROM etablissements USING SAMPLE 3", "not allowed"},
	{"SELECT 1 LIMIT 10%", "not allowed"}, {"PIVOT etablissements ON academie USING count(*)", "only reading"}, {"SELECT * FROM etablissements PIVOT (count(*) FOR academie IN ('Lyon'))", "PIVOT"}, {"UNPIVOT etablissements ON effectif INTO NAME n VALUE v", "PIVOT"},
	{"SELECT #1 FROM etablissements", "not allowed"}, {"SELECT CAST('x' AS mon_type)", "not allowed"}, {"SELECT CAST('x' AS BLOB)", "type"}, {"SELECT CAST('a' AS ENUM('a'))", "type"}, {"SELECT CAST('x' AS BIT)", "type"}, {"SELECT CAST('x' AS VARCHAR COLLATE evil)", ""},
	{"SELECT TRY(1)", ""}, {"SELECT 5!", "function"}, {"SELECT @5", "function"}, {"SELECT 'a' COLLATE \"x.y\"", "not allowed"}, {"SELECT count(*) FROM (SELECT 1", "not finished"}, {"SELEC 1", "not expected"},
	{"WITH RECURSIVE t(x) USING KEY (x) AS (SELECT 1 UNION SELECT 2 FROM recurring.t) SELECT * FROM t", ""}, {"WITH x AS (DELETE FROM etablissements RETURNING *) SELECT * FROM x", ""},
	{"SELECT MAP {'a': getenv('x')}", "function"}, {"SELECT {'a': getenv('x')}", "function"}, {"SELECT [getenv('x')]", "function"}, {"SELECT x.read_text('y')", ""}, {"SELECT \xff", "UTF-8"}, {"SELECT 1 \x00", "UTF-8"},
	{"SELECT export_aggregate(1)", "function"}, {"SELECT sum(effectif) EXPORT_STATE FROM etablissements", ""}, {"SELECT array_agg(struct_pack(a := getenv('x')))", "function"}, {"SELECT nom FROM etablissements FOR UPDATE", ""},
	{"SELECT 1 INTO t", ""}, {"SELECT row_to_json(etablissements) FROM etablissements", "function"}, {"SELECT remap_struct(1, 2, 3, 4)", "function"}, {"SELECT create_sort_key('x', 'ASC')", "function"}, {"SELECT alias(1)", "function"}, {"SELECT typeof(1)", "function"},
	// too much
	{strings.Repeat("(", 200) + "SELECT 1" + strings.Repeat(")", 200), "brackets"}, {"SELECT " + strings.Repeat("(", 5000) + "1" + strings.Repeat(")", 5000), "brackets"}, {"SELECT '" + strings.Repeat("x", 30_000) + "'", "long"},
	{"SELECT " + strings.Repeat("NOT ", 4000) + "true", ""}, {"SELECT 1" + strings.Repeat("+1", 9000), ""},
	{"SELECT * FROM etablissements" + strings.Repeat(", etablissements", 40), ""}, {"SELECT " + strings.Repeat("CASE WHEN true THEN ", 900) + "1" + strings.Repeat(" END", 900), ""},
	{"SELECT 1 WHERE 1 IN (" + strings.Repeat("1,", 9000) + "1)", "complicated"}, {"SELECT " + strings.Repeat("'a'||", 3900) + "'a'", ""}, {"SELECT 1" + strings.Repeat("::INTEGER", 2000), ""},
}

func TestWhatIsNotALookAtDatasetsIsRefused(t *testing.T) {
	b := openSQL(t, SQLLimits{})
	for _, test := range refused {
		text := strings.ReplaceAll(test.text, "%FOLDER%", b.folder)
		got, _, err := b.ask(t, text)
		if err == nil {
			t.Errorf("%.200s\nruns, and gives %.200q", text, got)
			continue
		}
		var refusal *sql.Error
		if !errors.As(err, &refusal) || fault.KindOf(err) == fault.Internal {
			t.Errorf("%.200s\nfails with %v", text, err)
			continue
		}
		if code := refusal.Fault.Code; code == "sql_error" { // it got as far as the engine
			t.Errorf("%.200s\nwas let through by the checker: %v", text, err)
		}
		if !strings.Contains(refusal.Fault.Message.EN, test.why) {
			t.Errorf("%.200s\nsays %q, not %q", text, refusal.Fault.Message.EN, test.why)
		}
		if strings.Contains(refusal.Fault.Message.FR, b.folder) && !strings.Contains(text, b.folder) {
			t.Errorf("%.200s\nnames a path: %s", text, refusal.Fault.Message.FR)
		}
	}
	t.Logf("%d statements", len(refused))
}

func TestStrangeStatementsEndInAnAnswerOrAReason(t *testing.T) {
	b := openSQL(t, SQLLimits{})
	for _, text := range []string{"SELECT " + strings.Repeat("- ", 9000) + "1", "SELECT 1" + strings.Repeat(" UNION ALL SELECT 1", 1000), "VALUES " + strings.Repeat("(1),", 3900) + "(1)",
		"SELECT a" + strings.Repeat(".a", 9000), "SELECT " + strings.Repeat("'a'||", 240) + "'a'", "SELECT 1" + strings.Repeat(" UNION SELECT 1", 240), "SELECT " + strings.Repeat("uai, ", 3000) + "uai FROM etablissements",
		"SELECT 1 AS \"" + strings.Repeat("x", 10_000) + "\"", "SELECT '\\\"''" + "\n\t\u00e9\u2028", "SELECT \"\"\"\" FROM etablissements", "SELECT 1 AS \"\"", "SELECT \"\"", "SELECT ''",
		"SELECT regexp_matches('" + strings.Repeat("a", 5000) + "', '" + strings.Repeat("(a*)*", 80) + "b')", "SELECT 1e400", "SELECT -9223372036854775808 - 1", "SELECT 99999999999999999999999999999999999999999",
		"WITH a AS (SELECT 1), a AS (SELECT 2) SELECT * FROM a", "WITH a AS (SELECT * FROM b), b AS (SELECT 1) SELECT * FROM a", "WITH a AS (SELECT * FROM a) SELECT * FROM a", "SELECT * FROM etablissements e, etablissements E",
		"SELECT x.* FROM etablissements", "SELECT * EXCLUDE (uai, nom, academie, effectif, ips, budget, public, ouverture, maj, position, langues) FROM etablissements", "SELECT * FROM etablissements ORDER BY 99", "SELECT uai FROM etablissements LIMIT -1",
		"SELECT uai FROM etablissements LIMIT 99999999999999999999", "SELECT TRY_CAST(uai AS JSON), to_json(1)", "SELECT * FROM etablissements GROUP BY ()", "SELECT sum(uai) FROM etablissements", "SELECT count(*) OVER (PARTITION BY count(*)) FROM etablissements",
		"SELECT make_date(99999999, 1, 1)", "SELECT chr(-1)", "SELECT chr(0)", "SELECT substring('x', -9223372036854775808, 9223372036854775807)", "SELECT left('abc', -9223372036854775808)", "SELECT 'a' LIKE 'a' ESCAPE 'xx'", "SELECT unnest(unnest([[1]]))",
		"SELECT split_part('a', '', -9223372036854775808)", "SELECT strftime(DATE '2020-01-01', '%Q%q%')", "SELECT quantile_cont(effectif, 2) FROM etablissements", "SELECT json_extract('[1]', '$[*]..')", "SELECT width_bucket(1, 1, 1, 0)", "SELECT date_trunc('x', DATE '2020-01-01')",
		"SELECT equi_width_bins(0, 10, 2000000000, true)", "SELECT list_extract([1], -9223372036854775808)", "SELECT [1, 2][-9223372036854775808:9223372036854775807]", "SELECT nth_value(1, -1) OVER ()", "SELECT ntile(0) OVER ()", "SELECT lag(1, -9223372036854775808) OVER ()",
		"SELECT max(effectif, 2000000000) FROM etablissements", "SELECT approx_quantile(effectif, 1e10) FROM etablissements", "SELECT DATE '99999999-01-01'", "SELECT INTERVAL 99999999999 YEAR", "SELECT to_timestamp(1e300)", "SELECT time_bucket(INTERVAL 0 DAY, DATE '2020-01-01')"} {
		_, _, err := b.ask(t, text)
		if fault.KindOf(err) == fault.Internal && err != nil {
			t.Errorf("%.120s: %v", text, err)
		}
	}
}

func TestAStatementThatNeverEndsIsEnded(t *testing.T) {
	b := openSQL(t, SQLLimits{Timeout: 500 * time.Millisecond, MemoryLimit: 120_000_000})
	for name, text := range map[string]string{
		"a cross join":            `SELECT count(*) FROM grand a, grand b WHERE a.t < b.t || a.t`,
		"a recursion without end": `WITH RECURSIVE t(i) AS (SELECT 1 UNION ALL SELECT i FROM t) SELECT count(*) FROM t`,
		"a recursion that grows":  `WITH RECURSIVE t(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM t, (VALUES (1), (2)) v) SELECT count(*) FROM t`,
		"a join that multiplies":  `SELECT a.t, count(*) FROM grand a JOIN grand b ON a.n % 2 = b.n % 2 GROUP BY a.t`,
		"a sort of a cross join":  `SELECT * FROM grand a, grand b ORDER BY a.t || b.t DESC`,
		"a list of everything":    `SELECT list(a.t || b.t) FROM grand a, grand b`,
		"a text of everything":    `SELECT length(string_agg(a.t || b.t, ',')) FROM grand a, grand b`,
		"texts that grow": `WITH a AS (SELECT t||t||t||t||t||t||t||t||t||t AS t FROM grand), b AS (SELECT t||t||t||t||t||t||t||t||t||t AS t FROM a), c AS (SELECT t||t||t||t||t||t||t||t||t||t AS t FROM b),
			d AS (SELECT t||t||t||t||t||t||t||t||t||t AS t FROM c), e AS (SELECT t||t||t||t||t||t||t||t||t||t AS t FROM d) SELECT max(length(t || t || t || t)) FROM e`,
		"a window over a product":  `SELECT sum(a.n) OVER (ORDER BY b.t) FROM grand a, grand b`,
		"a distinct of a product":  `SELECT count(DISTINCT a.t || b.t) FROM grand a, grand b`,
		"a pattern over a product": `SELECT count(*) FROM grand a, grand b WHERE regexp_matches(a.t || b.t, '(x+x+)+y')`,
	} {
		begun := time.Now()
		_, _, err := b.ask(t, text)
		if kind := fault.KindOf(err); err == nil || kind != fault.TooLarge {
			t.Errorf("%s: %v", name, err)
		}
		if took := time.Since(begun); took > 30*time.Second {
			t.Errorf("%s: ended after %s", name, took)
		}
	}
	for deadline := time.Now().Add(30 * time.Second); ; { // a machine that does something else may need more than the second of a statement
		got, _, err := b.ask(t, "SELECT count(*) FROM grand")
		if err == nil && got == "300000" {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("afterwards: %q, %v", got, err)
		}
	}
}

func TestNoErrorTellsOfARowThatIsNotShown(t *testing.T) {
	b := openSQL(t, SQLLimits{})
	b.narrow = func(name string, plan *query.Plan) {
		if name == "etablissements" {
			condition, err := query.Condition(schools, "academie = 'Lyon'")
			if err != nil {
				t.Fatal(err)
			}
			plan.Restrict(condition)
			if err := plan.Hide(func(field string) bool { return field == "budget" }); err != nil {
				t.Fatal(err)
			}
		}
	}
	for text, want := range map[string]string{
		`SELECT count(*) FROM etablissements`: "2",
		`SELECT uai FROM etablissements WHERE CAST(CASE WHEN nom LIKE '%Zola%' THEN 'boum' ELSE '1' END AS INTEGER) = 1 ORDER BY uai`:                         "A\nB",
		`SELECT uai FROM etablissements WHERE 1 / CASE WHEN uai = 'D' THEN 0 ELSE 1 END = 1 ORDER BY uai`:                                                     "A\nB",
		`SELECT uai FROM etablissements WHERE effectif * CASE WHEN uai = 'C' THEN 9223372036854775807 ELSE 1 END > 0 ORDER BY uai`:                            "A\nB",
		`SELECT count(*) FROM etablissements e JOIN "resultats-examens" r ON CAST(CASE e.uai WHEN 'C' THEN 'x' ELSE '1' END AS INTEGER) = 1`:                  "10",
		`SELECT sum(CAST(CASE uai WHEN 'C' THEN 'x' ELSE '1' END AS INTEGER)) FROM etablissements`:                                                            "2",
		`SELECT (SELECT count(*) FROM etablissements WHERE academie = 'Paris'), (SELECT max(ips) FROM etablissements), (SELECT min(uai) FROM etablissements)`: "0|110|A",
		`SELECT count(*) FROM etablissements a FULL JOIN etablissements b USING (academie)`:                                                                   "4",
		`WITH x AS (SELECT * FROM etablissements) SELECT uai FROM x WHERE CAST(CASE uai WHEN 'C' THEN 'x' ELSE '1' END AS INTEGER) = 1 ORDER BY 1`:            "A\nB",
		`SELECT uai FROM etablissements ORDER BY CAST(CASE uai WHEN 'C' THEN 'x' ELSE '1' END AS INTEGER), uai LIMIT 5`:                                       "A\nB",
		`SELECT academie FROM etablissements GROUP BY academie HAVING max(CAST(CASE uai WHEN 'D' THEN 'x' ELSE '1' END AS INTEGER)) = 1`:                      "Lyon",
	} {
		if got, _, err := b.ask(t, text); err != nil || got != want {
			t.Errorf("%s\ngot  %q (%v)\nwant %q", text, got, err, want)
		}
	}
	for _, text := range []string{`SELECT budget FROM etablissements`, `SELECT uai FROM etablissements WHERE budget > 1`, `SELECT e.budget FROM etablissements e`,
		`SELECT sum(budget) FROM etablissements`, `SELECT uai FROM etablissements ORDER BY budget`, `SELECT * EXCLUDE (budget) FROM etablissements`,
		`SELECT (SELECT max(budget) FROM etablissements)`, `SELECT etablissements.budget FROM "resultats-examens", etablissements`, `SELECT 1 FROM etablissements a JOIN etablissements b USING (budget)`} {
		_, _, err := b.ask(t, text)
		_, _, absent := b.ask(t, strings.ReplaceAll(text, "budget", "absente"))
		if err == nil || absent == nil || fault.CodeOf(err) != fault.CodeOf(absent) || strings.ReplaceAll(err.Error(), "budget", "absente") != absent.Error() {
			t.Errorf("%s: %v\nis told apart from a column that does not exist: %v", text, err, absent)
		}
	}
	for _, text := range []string{`SELECT CAST(nom AS INTEGER) FROM etablissements`, `SELECT absente FROM etablissements`, `SELECT lower(effectif, 3) FROM etablissements`, `SELECT CAST(ips AS TIMESTAMP) FROM etablissements`} {
		_, _, err := b.ask(t, text)
		for _, secret := range []string{b.folder, "parquet", "Hugo", "Veil", "r1", "budget", "LINE"} {
			if message := fault.Message(err); err == nil || strings.Contains(message.FR+message.EN, secret) {
				t.Errorf("%s: the error shows %q: %v", text, secret, message)
			}
		}
	}
}

func TestErrorsSayWhatAndWhere(t *testing.T) {
	b := openSQL(t, SQLLimits{})
	for text, want := range map[string]string{
		"SELECT nom,\n  effectiff FROM etablissements":              "Line 2, character 3: the column “effectiff” does not exist",
		"SELECT e.effectiff FROM etablissements e":                  "Line 1, character 8: the column “effectiff”",
		"SELECT nom FROM inconnu":                                   "Line 1, character 17",
		"SELECT nom FROM etablissements WHERE":                      "not finished",
		"SELECT x.nom FROM etablissements":                          "“x” is not a dataset named in FROM",
		"SELECT uai FROM etablissements, \"resultats-examens\"":     "Line 1, character 8: the column “uai” is in several datasets",
		"SELECT nom, count(*) FROM etablissements":                  "Line 1, character 8: the column “nom” must be in GROUP BY",
		"SELECT lower(effectif, 2) FROM etablissements":             "“lower” does not take",
		"SELECT CAST(nom AS INTEGER) FROM etablissements":           "TRY_CAST",
		"SELECT (SELECT uai FROM etablissements)":                   "gives several",
		"SELECT nom FROM etablissements WHERE count(*) > 1":         "HAVING",
		"SELECT 1 UNION SELECT 1, 2":                                "number of columns",
		"SELECT «nom» FROM etablissements":                          "Line 1",
		"SELECT nom FROM etablissements, etablissements":            "several datasets",
		"SELECT effectif * 9223372036854775807 FROM etablissements": "exceeds",
		"SELECT nom\nFROM etablissements\nGROUPE BY nom":            "Line 3",
	} {
		if _, _, err := b.ask(t, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\nsays %v\nnot  %s", text, err, want)
		}
	}
}

func TestStatementsWaitForAPlaceAndAreToldWhenThereIsNone(t *testing.T) {
	b := openSQL(t, SQLLimits{Concurrency: 1, Wait: 50 * time.Millisecond})
	s, err := b.ParseSQL(t.Context(), "SELECT * FROM grand")
	if err != nil {
		t.Fatal(err)
	}
	relations, err := b.relate(s)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := b.SQL(t.Context(), s, relations, 1_000_000)
	if err != nil || !rows.Next() {
		t.Fatal(err)
	}
	if _, _, err := b.ask(t, "SELECT 1"); fault.CodeOf(err) != "sql_busy" {
		t.Errorf("the second statement: %v", err)
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	if _, err := b.SQL(gone, s, relations, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("somebody who left: %v", err)
	}
	if err := rows.Close(); err != nil {
		t.Error(err)
	}
	if got, _, err := b.ask(t, "SELECT count(*) FROM grand"); err != nil || got != "300000" {
		t.Errorf("afterwards: %q, %v", got, err)
	}
	left, err := filepath.Glob(filepath.Join(b.folder, "scratch", "sql-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}
