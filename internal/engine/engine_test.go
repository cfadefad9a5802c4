package engine

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"socle/internal/fault"
	"socle/internal/query"
	"socle/internal/schema"
)

var fields = schema.Schema{Fields: []schema.Field{
	{Name: "id", Type: schema.Integer},
	{Name: "uai", Type: schema.Text, Label: "Code UAI"},
	{Name: "nom", Type: schema.Text, Label: "Nom; long"},
	{Name: "academie", Type: schema.Text},
	{Name: "effectif", Type: schema.Integer},
	{Name: "ips", Type: schema.Decimal},
	{Name: "budget", Type: schema.Decimal, Scale: 2},
	{Name: "public", Type: schema.Boolean},
	{Name: "rentree", Type: schema.Date},
	{Name: "maj", Type: schema.Datetime},
	{Name: "position", Type: schema.Point},
	{Name: "langues", Type: schema.JSON},
	{Name: "select", Type: schema.Text},
}}

const sample = `SELECT i::BIGINT AS id, '035' || lpad((i * 7 % 9999)::VARCHAR, 4, '0') || chr((65 + i % 23)::INT) AS uai,
 CASE WHEN i % 11 = 0 THEN NULL ELSE ['Collège', 'Lycée', 'École'][1 + i % 3] || ' ' || ['Victor Hugo', 'Simone-Veil', 'Œuvre de l''Étang', '=HYPERLINK("x")'][1 + i % 4] END AS nom,
 CASE WHEN i % 13 = 0 THEN NULL ELSE ['Rennes', 'Paris', 'Lyon', 'Créteil', 'Nice'][1 + i % 5] END AS academie,
 CASE WHEN i % 17 = 0 THEN NULL ELSE i % 97 END::BIGINT AS effectif, CASE WHEN i % 7 = 0 THEN NULL ELSE (i % 50) / 4.0 END::DOUBLE AS ips,
 (i / 100.0)::DECIMAL(38,2) AS budget, CASE WHEN i % 19 = 0 THEN NULL ELSE i % 2 = 0 END AS public, DATE '2018-01-15' + (i % 2500)::INT AS rentree,
 TIMESTAMPTZ '2019-12-31 22:30:00+00' + INTERVAL (i * 7) HOUR AS maj,
 CASE WHEN i % 5 = 0 THEN NULL ELSE {'lon': -1.5 + (i % 10) / 10.0, 'lat': 48.0 + (i % 7) / 10.0}::STRUCT(lon DOUBLE, lat DOUBLE) END AS position,
 CASE WHEN i % 4 = 0 THEN NULL ELSE '["anglais", "' || ['breton', 'espagnol'][1 + i % 2] || '"]' END AS langues, 'x' || i % 3 AS "select"`

// files resolves versions to files of a folder: version 1 is two files, version 2 one.
type files struct{ tables map[int]Table }

func (f files) Resolve(_ context.Context, source query.Source) (Table, error) {
	table, ok := f.tables[source.Version]
	if !ok {
		return Table{}, fault.New(fault.NotFound, "version_not_found", fault.Message(nil))
	}
	return table, nil
}

type bench struct {
	*Engine
	raw    *sql.DB // a DuckDB without lock, to compare with
	folder string
	tables map[int]Table
}

func open(t *testing.T, options Options) bench {
	t.Helper()
	folder := t.TempDir()
	raw, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { raw.Close() })
	b := bench{raw: raw, folder: folder, tables: map[int]Table{}}
	make := func(name, from string) string {
		path := filepath.Join(folder, name)
		if _, err := raw.Exec("COPY (" + sample + " FROM range(" + from + ") t(i)) TO " + text(path) + " (FORMAT parquet, ROW_GROUP_SIZE 2048)"); err != nil {
			t.Fatal(err)
		}
		return path
	}
	first, second := make("a.parquet", "0, 6000"), make("b.parquet", "6000, 10000")
	b.tables[1] = Table{Paths: []string{first, second}, Schema: fields}
	b.tables[2] = Table{Paths: []string{make("c.parquet", "0, 10000")}, Schema: fields}
	options.Allowed, options.Scratch = append(options.Allowed, folder), t.TempDir()
	if b.Engine, err = Open(options, files{b.tables}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Engine.Close() })
	return b
}

func bind(t *testing.T, version int, r query.Request) *query.Plan {
	t.Helper()
	plan, err := query.Bind(query.Source{Dataset: "d", Version: version}, fields, r, query.Options{})
	if err != nil {
		t.Fatalf("%+v: %v", r, err)
	}
	return plan
}

func (b bench) rows(t *testing.T, plan *query.Plan) []string {
	t.Helper()
	rows, err := b.Query(t.Context(), plan)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		out = append(out, show(rows.Values()))
	}
	if rows.Err() != nil {
		t.Fatal(rows.Err())
	}
	return out
}

func show(values []any) string {
	var parts []string
	for _, v := range values {
		switch v := v.(type) {
		case time.Time:
			parts = append(parts, v.UTC().Format("2006-01-02T15:04:05"))
		case schema.Coordinates:
			parts = append(parts, fmt.Sprintf("%g,%g", v.Lon, v.Lat))
		case map[string]any:
			parts = append(parts, fmt.Sprintf("%v,%v", v["lon"], v["lat"]))
		case json.RawMessage:
			parts = append(parts, string(v))
		default:
			parts = append(parts, fmt.Sprint(v))
		}
	}
	return strings.Join(parts, "|")
}

func (b bench) sql(t *testing.T, statement string) []string {
	t.Helper()
	statement = strings.ReplaceAll(statement, "$t", relation(b.tables[1].Paths))
	rows, err := b.raw.Query(statement)
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for rows.Next() {
		values, targets := make([]any, len(names)), make([]any, len(names))
		for i := range values {
			targets[i] = &values[i]
		}
		if err := rows.Scan(targets...); err != nil {
			t.Fatal(err)
		}
		out = append(out, show(values))
	}
	return out
}

func TestPlansGiveWhatHandWrittenSQLGives(t *testing.T) {
	b := open(t, Options{})
	const row = " FROM $t "
	const tail = " ORDER BY file_index, file_row_number"
	for _, tc := range []struct {
		r   query.Request
		sql string
	}{
		{query.Request{Select: "id, nom", Limit: 20}, "SELECT id, nom" + row + "WHERE id < 20" + tail},
		{query.Request{Select: "id", Limit: 5, Offset: 5998}, "SELECT i FROM range(5998, 6003) t(i)"},
		{query.Request{Limit: 3}, `SELECT id, uai, nom, academie, effectif, ips, budget::VARCHAR, public, rentree, maj, position, langues, "select"` + row + tail + " LIMIT 3"},
		{query.Request{Select: "id", Where: []string{`effectif > 10 and academie = "Paris"`}}, "SELECT id" + row + "WHERE effectif > 10 AND academie = 'Paris'" + tail},
		{query.Request{Select: "id", Where: []string{`not effectif > 10`}}, "SELECT id" + row + "WHERE effectif <= 10 OR effectif IS NULL" + tail},
		{query.Request{Select: "id", Where: []string{`effectif != 10`}}, "SELECT id" + row + "WHERE effectif <> 10" + tail},
		{query.Request{Select: "id", Where: []string{`public`}}, "SELECT id" + row + "WHERE public" + tail},
		{query.Request{Select: "id", Where: []string{`public is not true`}}, "SELECT id" + row + "WHERE public IS NOT TRUE" + tail},
		{query.Request{Select: "id", Where: []string{`academie in ("Paris","Lyon") or id in ]9990..9993[`}}, "SELECT id" + row + "WHERE academie IN ('Paris','Lyon') OR id IN (9991,9992)" + tail},
		{query.Request{Select: "id", Where: []string{`academie not in ("Paris","Lyon")`}}, "SELECT id" + row + "WHERE academie IS NULL OR academie NOT IN ('Paris','Lyon')" + tail},
		{query.Request{Select: "id", Where: []string{`nom is null`}}, "SELECT id" + row + "WHERE nom IS NULL" + tail},
		{query.Request{Select: "id", Where: []string{`rentree in [date'2020'..date'2020-06']`}}, "SELECT id" + row + "WHERE rentree BETWEEN '2020-01-01' AND '2020-06-01'" + tail},
		{query.Request{Select: "id", Where: []string{`maj >= date'2020'`}, Timezone: "Europe/Paris", Limit: 50}, "SELECT id" + row + "WHERE maj >= TIMESTAMPTZ '2019-12-31 23:00:00+00'" + tail + " LIMIT 50"},
		{query.Request{Select: "id", Where: []string{`rentree >= date'2020-01-01T12:00'`}}, "SELECT id" + row + "WHERE rentree > '2020-01-01'" + tail},
		{query.Request{Select: "id", Where: []string{`"lycee veil"`}}, "SELECT id" + row + "WHERE nom = 'Lycée Simone-Veil'" + tail},
		{query.Request{Select: "id", Where: []string{`"oeuvre etang"`}}, "SELECT id" + row + "WHERE contains(nom, 'Œuvre')" + tail},
		{query.Request{Select: "id", Where: []string{`"lyc"`}}, "SELECT id" + row + "WHERE false"},
		{query.Request{Select: "id", Where: []string{`"9876"`}}, "SELECT id" + row + "WHERE id = 9876 OR effectif = 9876" + tail},
		{query.Request{Select: "id", Where: []string{`suggest(nom, "lyc hug")`}}, "SELECT id" + row + "WHERE nom = 'Lycée Victor Hugo'" + tail},
		{query.Request{Select: "id", Where: []string{`search(nom, "lycé victr hug")`}}, "SELECT id" + row + "WHERE nom = 'Lycée Victor Hugo'" + tail},
		{query.Request{Select: "id", Where: []string{`startswith(nom, "Lyc")`}}, "SELECT id" + row + "WHERE nom LIKE 'Lyc%'" + tail},
		{query.Request{Select: "id", Where: []string{`startswith(nom, "lyc")`}}, "SELECT 1" + row + "WHERE false"},
		{query.Request{Select: "id", Where: []string{`nom like "*victor*"`}}, "SELECT id" + row + "WHERE nom LIKE '%Victor%'" + tail},
		{query.Request{Select: "id", Where: []string{`nom like "hugo"`}}, "SELECT id" + row + "WHERE nom LIKE '%Hugo'" + tail},
		{query.Request{Select: "id", Where: []string{`"breton" in langues`}}, "SELECT id" + row + "WHERE langues LIKE '%breton%'" + tail},
		{query.Request{Select: "id", Where: []string{`in_bbox(position, 48.1, -1.2, 48.3, -0.9)`}}, "SELECT id" + row + "WHERE position.lat BETWEEN 48.1 AND 48.3 AND position.lon BETWEEN -1.2 AND -0.9" + tail},
		{query.Request{Select: "id, effectif / (effectif - effectif) as x, effectif + 1 as y, -ips * 2 as z", Limit: 5}, "SELECT id, NULL, effectif + 1, -ips * 2" + row + tail + " LIMIT 5"},
		{query.Request{Select: "year(maj) as y, hour(maj) as h, dayofweek(rentree) as d", Timezone: "Europe/Paris", Limit: 9}, "SELECT year(timezone('Europe/Paris', maj)), hour(timezone('Europe/Paris', maj)), isodow(rentree) - 1" + row + tail + " LIMIT 9"},
		{query.Request{Select: `date_format(rentree, "dd/MM/yyyy 'le' EEEE d MMMM") as f`, Limit: 1}, "SELECT '15/01/2018 le lundi 15 janvier'"},
		{query.Request{Select: `length(nom) as l, lower(nom) as m, ifnull(nom, "?") as n`, Limit: 12}, "SELECT length(nom), lower(nom), coalesce(nom, '?')" + row + tail + " LIMIT 12"},
		{query.Request{Select: "id", OrderBy: "effectif desc, academie", Limit: 60}, "SELECT id" + row + "ORDER BY effectif DESC NULLS LAST, academie ASC NULLS LAST, file_index, file_row_number LIMIT 60"},
		{query.Request{Select: "id", OrderBy: "nom", Limit: 10, Offset: 9085}, "SELECT id" + row + "ORDER BY nom ASC NULLS LAST, file_index, file_row_number LIMIT 10 OFFSET 9085"},
		{query.Request{Select: "count(*) as n, avg(effectif) as a, sum(effectif) as s, min(ips), max(rentree), count(nom), count(distinct nom), median(ips), percentile(ips, 90), sum(budget)"},
			"SELECT count(*), avg(effectif), sum(effectif)::BIGINT, min(ips), max(rentree), count(nom), count(distinct nom), median(ips), quantile_cont(ips, 0.9), sum(budget)::DOUBLE" + row},
		{query.Request{Select: "count(*) as n", GroupBy: "academie", OrderBy: "n desc"}, "SELECT academie, count(*) n" + row + "GROUP BY 1 ORDER BY n DESC, academie NULLS LAST"},
		{query.Request{Select: "count(*) as n, academie", GroupBy: "academie", Limit: 2, Offset: 1}, "SELECT n, academie FROM (SELECT academie, count(*) n" + row + "GROUP BY 1) ORDER BY academie NULLS LAST LIMIT 2 OFFSET 1"},
		{query.Request{Select: "year(rentree) + 1 as suivante, count(*) / 2 as moitie", GroupBy: "year(rentree)"}, "SELECT y, y + 1, n / 2 FROM (SELECT year(rentree) y, count(*) n" + row + "GROUP BY 1) ORDER BY y"},
		{query.Request{Select: "count(*)", GroupBy: "range(effectif, *, 10, 50, *)"}, "SELECT ['[*, 10[', '[10, 50[', '[50, *['][1 + b], n FROM (SELECT CASE WHEN effectif < 10 THEN 0 WHEN effectif < 50 THEN 1 WHEN effectif >= 50 THEN 2 END b, count(*) n" + row + "GROUP BY 1) ORDER BY b NULLS LAST"},
		{query.Request{Select: "count(*)", GroupBy: "range(ips, 2.5) as r", OrderBy: "r desc", Limit: 2}, "SELECT x, n FROM (SELECT floor(ips / 2.5) b, '[' || b * 2.5 || ', ' || (b + 1) * 2.5 || '[' x, count(*) n" + row + "WHERE ips IS NOT NULL GROUP BY ALL ORDER BY b DESC LIMIT 2)"},
		{query.Request{Select: "count(*)", GroupBy: "range(maj, 1 month)", Timezone: "Europe/Paris", Limit: 3}, "SELECT timezone('Europe/Paris', m), n FROM (SELECT date_trunc('month', timezone('Europe/Paris', maj)) m, count(*) n" + row + "GROUP BY 1) ORDER BY m LIMIT 3"},
		{query.Request{Select: "count(*)", GroupBy: "range(rentree, 10 days)", Limit: 3}, "SELECT m, n FROM (SELECT time_bucket(INTERVAL 10 DAY, rentree, DATE '1970-01-01') m, count(*) n" + row + "GROUP BY 1) ORDER BY m LIMIT 3"},
		{query.Request{Select: "id", Refine: []string{"academie:Paris", "rentree:2019/08"}, Exclude: []string{"nom:Lycée Victor Hugo"}}, "SELECT id" + row + "WHERE academie = 'Paris' AND year(rentree) = 2019 AND month(rentree) = 8 AND coalesce(nom, '') <> 'Lycée Victor Hugo'" + tail},
		{query.Request{Select: "id", Refine: []string{"langues:espagnol"}, Limit: 30}, "SELECT id" + row + "WHERE langues LIKE '%espagnol%'" + tail + " LIMIT 30"},
		{query.Request{Select: "id", Where: []string{"`select` = \"x1\""}, OrderBy: "id desc", Limit: 3}, `SELECT id` + row + `WHERE "select" = 'x1' ORDER BY id DESC LIMIT 3`},
		{query.Request{Select: "id", Where: []string{"budget = 12.34"}}, "SELECT 1234"},
	} {
		if tc.r.Limit == 0 {
			tc.r.Limit = -1
		}
		want := b.sql(t, tc.sql)
		for version := 1; version <= 2; version++ {
			if got := b.rows(t, bind(t, version, tc.r)); !slices.Equal(got, want) {
				t.Errorf("version %d %+v\n got %d rows %.300v\nwant %d rows %.300v", version, tc.r, len(got), got, len(want), want)
			}
		}
		total := tc.r
		total.Limit, total.Offset = -1, 0
		n, err := b.Count(t.Context(), bind(t, 1, tc.r))
		if all := b.rows(t, bind(t, 1, total)); err != nil || n != int64(len(all)) {
			t.Errorf("%+v counts %d rows, there are %d: %v", tc.r, n, len(all), err)
		}
	}
}

func TestCursorsWalkThroughEveryRowOnce(t *testing.T) {
	b := open(t, Options{})
	for _, r := range []query.Request{
		{Select: "id"}, {Select: "id", OrderBy: "effectif desc, nom"}, {Select: "id", OrderBy: "maj desc"}, {Select: "id", OrderBy: "budget"},
		{Select: "id", OrderBy: "ips", Where: []string{"public"}}, {GroupBy: "nom, public", Select: "count(*)"}, {GroupBy: "range(ips, 0.5)", OrderBy: "count(*) desc", Select: "count(*)"},
		{Select: "id", OrderBy: "random(3)", Where: []string{"id < 2000"}}, {Select: "id", OrderBy: "public, rentree desc"},
	} {
		for version := 1; version <= 2; version++ {
			r.Limit = -1
			want := b.rows(t, bind(t, version, r))
			var got []string
			cursor := ""
			for r.Limit = 997; ; {
				plan := bind(t, version, r)
				plan.Position = true
				if cursor != "" {
					if err := plan.Resume(cursor); err != nil {
						t.Fatal(err)
					}
				}
				rows, err := b.Query(t.Context(), plan)
				if err != nil {
					t.Fatal(err)
				}
				n := 0
				for ; rows.Next(); n++ {
					got = append(got, show(rows.Values()))
					cursor = rows.Cursor().String()
				}
				if err := errors.Join(rows.Err(), rows.Close()); err != nil {
					t.Fatal(err)
				}
				if n < r.Limit {
					break
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("version %d %+v: %d rows by cursor, %d in all", version, r, len(got), len(want))
			}
		}
	}
}

func TestARowIsFoundByItsIdentifier(t *testing.T) {
	b := open(t, Options{})
	plan := bind(t, 1, query.Request{Select: "id", Where: []string{"id = 7001"}, Limit: 1})
	plan.Position = true
	rows, err := b.Query(t.Context(), plan)
	if err != nil || !rows.Next() {
		t.Fatal(err)
	}
	id := rows.ID()
	rows.Close()
	if id != 1<<query.RowBits+1001 {
		t.Errorf("identifier %d", id)
	}
	one := bind(t, 1, query.Request{Select: "id", Limit: 10})
	one.Restrict(query.RowIs{ID: id})
	if got := b.rows(t, one); !slices.Equal(got, []string{"7001"}) {
		t.Error(got)
	}
}

func TestFilesAreWrittenInTheShapesOfTheExploreAPI(t *testing.T) {
	b := open(t, Options{})
	r := query.Request{Select: "id, nom, budget, public, rentree, maj, position, langues", Limit: 4}
	for name, tc := range map[string]struct {
		r       query.Request
		options CopyOptions
		want    string
	}{
		"csv": {r, CopyOptions{Format: CSV, BOM: true, Labels: true}, "\ufeffid;\"Nom; long\";budget;public;rentree;maj;position;langues\n" +
			"0;;0.00;;2018-01-15;2019-12-31T22:30:00+00:00;;\n" +
			"1;Lycée Simone-Veil;0.01;false;2018-01-16;2020-01-01T05:30:00+00:00;48.1, -1.4;anglais,espagnol\n" +
			"2;École Œuvre de l'Étang;0.02;true;2018-01-17;2020-01-01T12:30:00+00:00;48.2, -1.3;anglais,breton\n" +
			"3;\"Collège =HYPERLINK(\"\"x\"\")\";0.03;false;2018-01-18;2020-01-01T19:30:00+00:00;48.3, -1.2;anglais,espagnol\n"},
		"json": {r, CopyOptions{Format: JSON}, `[{"id":0,"nom":null,"budget":0.00,"public":null,"rentree":"2018-01-15","maj":"2019-12-31T22:30:00+00:00","position":null,"langues":null},` +
			`{"id":1,"nom":"Lycée Simone-Veil","budget":0.01,"public":false,"rentree":"2018-01-16","maj":"2020-01-01T05:30:00+00:00","position":{"lon":-1.4,"lat":48.1},"langues":["anglais","espagnol"]},` +
			`{"id":2,"nom":"École Œuvre de l'Étang","budget":0.02,"public":true,"rentree":"2018-01-17","maj":"2020-01-01T12:30:00+00:00","position":{"lon":-1.3,"lat":48.2},"langues":["anglais","breton"]},` +
			`{"id":3,"nom":"Collège =HYPERLINK(\"x\")","budget":0.03,"public":false,"rentree":"2018-01-18","maj":"2020-01-01T19:30:00+00:00","position":{"lon":-1.2,"lat":48.3},"langues":["anglais","espagnol"]}]`},
		"ndjson":     {query.Request{Select: "id, maj", Limit: 2, Timezone: "Europe/Paris"}, CopyOptions{Format: NDJSON}, "{\"id\":0,\"maj\":\"2019-12-31T23:30:00+01:00\"}\n{\"id\":1,\"maj\":\"2020-01-01T06:30:00+01:00\"}\n"},
		"quoted":     {query.Request{Select: "id, nom", Limit: 2}, CopyOptions{Format: CSV, QuoteAll: true, Delimiter: ','}, "\"id\",\"nom\"\n\"0\",\n\"1\",\"Lycée Simone-Veil\"\n"},
		"formulas":   {query.Request{Select: `ifnull(nom, "=1+1") as n, id - 5 as m`, Limit: 1}, CopyOptions{Format: CSV, NeutralizeFormulas: true}, "n;m\n'=1+1;-5\n"},
		"lists":      {query.Request{Select: "langues", Limit: 1, Offset: 1}, CopyOptions{Format: CSV, ListSeparator: "|"}, "langues\nanglais|espagnol\n"},
		"empty csv":  {query.Request{Select: "id", Where: []string{"id < 0"}, Limit: -1}, CopyOptions{Format: CSV}, "id\n"},
		"empty json": {query.Request{Select: "id", Where: []string{"id < 0"}, Limit: -1}, CopyOptions{Format: JSON}, "[]"},
		"grouped":    {query.Request{Select: "count(*) as n", GroupBy: "academie", Where: []string{`academie = "Nice"`}, Limit: -1}, CopyOptions{Format: CSV}, "academie;n\nNice;1846\n"},
	} {
		var out bytes.Buffer
		n, err := b.Copy(t.Context(), bind(t, 1, tc.r), tc.options, &out)
		got := out.String()
		if tc.options.Format == JSON {
			var compact bytes.Buffer
			if e := json.Compact(&compact, out.Bytes()); e != nil {
				t.Errorf("%s: %v in %s", name, e, got)
			}
			got = compact.String()
		}
		if err != nil || got != tc.want {
			t.Errorf("%s: %d rows, %v\n got %s\nwant %s", name, n, err, got, tc.want)
		}
	}
}

func TestACopyIsWholeInOrderAndCounted(t *testing.T) {
	b := open(t, Options{})
	for _, format := range []Format{CSV, NDJSON, Parquet} {
		path := filepath.Join(b.folder, "out."+string(format))
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		n, err := b.Copy(t.Context(), bind(t, 1, query.Request{Limit: -1}), CopyOptions{Format: format}, f)
		if err = errors.Join(err, f.Close()); err != nil || n != 10000 {
			t.Errorf("%s: %d rows: %v", format, n, err)
		}
		reader := map[Format]string{CSV: "read_csv", NDJSON: "read_json", Parquet: "read_parquet"}[format]
		if got := b.sql(t, "SELECT count(*), count(DISTINCT id), min(id), max(id), bool_and(coalesce(id = before + 1, true)) FROM (SELECT id, lag(id) OVER () AS before FROM "+reader+"("+text(path)+"))"); got[0] != "10000|10000|0|9999|true" {
			t.Errorf("%s: %v", format, got)
		}
	}
	if left, err := filepath.Glob(filepath.Join(b.options.Scratch, "pipe-*")); err != nil || len(left) > 0 {
		t.Errorf("pipes are left behind: %v %v", left, err)
	}
}

// brokenWriter fails after some bytes, as a client that goes away.
type brokenWriter struct{ room int }

var errGone = errors.New("the client is gone")

func (w *brokenWriter) Write(p []byte) (int, error) {
	if w.room -= len(p); w.room < 0 {
		return 0, errGone
	}
	return len(p), nil
}

func TestACopyEndsWithItsReaderOrItsContext(t *testing.T) {
	b := open(t, Options{})
	plan := bind(t, 1, query.Request{Limit: -1})
	if _, err := b.Copy(t.Context(), plan, CopyOptions{Format: CSV}, &brokenWriter{1000}); !errors.Is(err, errGone) {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.Copy(ctx, plan, CopyOptions{Format: CSV}, io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if n, err := b.Copy(t.Context(), plan, CopyOptions{Format: CSV}, io.Discard); err != nil || n != 10000 {
		t.Errorf("the engine does not work any more: %d %v", n, err)
	}
}

func TestNothingOutsideTheFoldersIsReached(t *testing.T) {
	b := open(t, Options{})
	outside := filepath.Join(t.TempDir(), "secret.csv")
	if err := os.WriteFile(outside, []byte("a\n1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{
		"SELECT * FROM read_csv(" + text(outside) + ")", "SELECT * FROM read_text('/etc/passwd')", "SELECT * FROM '/etc/passwd'",
		"SELECT * FROM read_text(" + text(b.folder+"/../*") + ")", "SELECT * FROM glob('/etc/*')",
		"COPY (SELECT 1) TO " + text(filepath.Join(filepath.Dir(outside), "x.csv")), "ATTACH " + text(outside+".db"), "INSTALL httpfs", "LOAD spatial",
		"SET memory_limit = '1TB'", "SET enable_external_access = true", "SET lock_configuration = false", "SET threads = 64", "RESET memory_limit",
		"SET allowed_directories = ['/']", "SELECT * FROM read_csv('https://example.org/a.csv')", "EXPORT DATABASE '/var/tmp/x'", "SET TimeZone = 'Asia/Tokyo'",
	} {
		rows, err := b.db.QueryContext(t.Context(), statement)
		if err == nil {
			for rows.Next() {
			}
			err = rows.Err()
			rows.Close()
		}
		if err == nil {
			t.Errorf("%s was allowed", statement)
		}
	}
}

func TestAQuestionEndsWithItsContextAndItsTime(t *testing.T) {
	b := open(t, Options{Timeout: 300 * time.Millisecond, Concurrency: 2})
	slow := "SELECT count(*) FROM range(100000000) a, range(1000) b WHERE (a.range + b.range) % 3 = 5"
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	begin := time.Now()
	_, err := b.db.ExecContext(ctx, slow)
	if err = b.explain(ctx, err); !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) > 5*time.Second {
		t.Errorf("after %v: %v", time.Since(begin), err)
	}
	limited, stop := b.limited(t.Context())
	defer stop()
	_, err = b.db.ExecContext(limited, slow)
	if err = b.explain(limited, err); fault.CodeOf(err) != "query_too_slow" {
		t.Errorf("%v", err)
	}
}

func TestTooMuchMemoryIsRefusedWithoutHarm(t *testing.T) {
	b := open(t, Options{MemoryLimit: 30_000_000, ScratchSize: 1_000_000})
	_, err := b.db.ExecContext(t.Context(), "SELECT list(range) FROM range(30000000)")
	if err = b.explain(t.Context(), err); !fault.Is(err, fault.TooLarge) {
		t.Errorf("%v", err)
	}
	if got := b.rows(t, bind(t, 1, query.Request{Select: "count(*)", Limit: 1})); got[0] != "10000" {
		t.Error(got)
	}
}

func TestManyQuestionsAtOnceWaitForTheirTurn(t *testing.T) {
	b := open(t, Options{Concurrency: 3})
	var group sync.WaitGroup
	failures := make(chan error, 64)
	for i := range 64 {
		group.Go(func() {
			plan, err := query.Bind(query.Source{Version: 1}, fields, query.Request{Select: "count(*)", Where: []string{fmt.Sprintf("id >= %d", i)}, Limit: 1}, query.Options{})
			if err == nil {
				var rows *Rows
				if rows, err = b.Query(context.Background(), plan); err == nil {
					if !rows.Next() || rows.Values()[0] != int64(10000-i) {
						err = fmt.Errorf("question %d: %v", i, rows.Values())
					}
					err = errors.Join(err, rows.Err(), rows.Close())
				}
			}
			if err != nil {
				failures <- err
			}
		})
	}
	group.Wait()
	close(failures)
	for err := range failures {
		t.Error(err)
	}
	if len(b.short)+len(b.long) != 0 {
		t.Errorf("%d places were not given back", len(b.short)+len(b.long))
	}
}

func TestFacetsCountWhatTheirRefinementsLeave(t *testing.T) {
	b := open(t, Options{})
	disjunctive := query.Options{Disjunctive: func(f string) bool { return f == "academie" }}
	plan, err := query.Bind(query.Source{Version: 1}, fields, query.Request{Refine: []string{"academie:Paris", "rentree:2019/08"}, Exclude: []string{"public:true"}, Limit: -1}, disjunctive)
	if err != nil {
		t.Fatal(err)
	}
	var facets []query.Facet
	for _, text := range []string{"academie", "public", "rentree", "effectif", "langues", `facet(name="uai", limit=2)`} {
		f, err := query.BindFacet(fields, text, disjunctive)
		if err != nil {
			t.Fatal(err)
		}
		facets = append(facets, f)
	}
	facets[3].Sort = query.ByValue
	results, err := b.Facets(t.Context(), plan, facets)
	if err != nil {
		t.Fatal(err)
	}
	const others = "coalesce(public, false) = false AND year(rentree) = 2019 AND month(rentree) = 8"
	check := func(name string, got []FacetValue, sql string) {
		t.Helper()
		var shown []string
		for _, v := range got {
			if v.State != "excluded" {
				shown = append(shown, fmt.Sprintf("%s|%d", v.Value, v.Count))
			}
		}
		if want := b.sql(t, sql); !slices.Equal(shown, want) {
			t.Errorf("%s\n got %v\nwant %v", name, shown, want)
		}
	}
	check("academie", results[0].Values, "SELECT academie, count(*) n FROM $t WHERE "+others+" AND academie IS NOT NULL GROUP BY 1 ORDER BY n DESC, strip_accents(academie)")
	check("effectif", results[3].Values, "SELECT effectif, count(*) n FROM $t WHERE academie = 'Paris' AND effectif IS NOT NULL AND "+others+" GROUP BY 1 ORDER BY 1 LIMIT 100")
	check("langues", results[4].Values, "SELECT l, count(*) n FROM (SELECT unnest(['anglais', CASE WHEN langues LIKE '%breton%' THEN 'breton' ELSE 'espagnol' END]) l FROM $t WHERE langues IS NOT NULL AND academie = 'Paris' AND "+others+") GROUP BY 1 ORDER BY n DESC, l")
	years := results[2].Values
	if len(years) != 1 || years[0].Value != "2019" || len(years[0].Values) != 1 || years[0].Values[0].Value != "2019/08" || years[0].Values[0].Name != "08" || years[0].Values[0].State != "refined" || len(years[0].Values[0].Values) == 0 {
		t.Errorf("%+v", years)
	}
	if paris := results[0].Values; !slices.ContainsFunc(paris, func(v FacetValue) bool { return v.Value == "Paris" && v.State == "refined" }) {
		t.Errorf("%+v", paris)
	}
	if !slices.ContainsFunc(results[1].Values, func(v FacetValue) bool { return v.Value == "true" && v.State == "excluded" }) {
		t.Errorf("%+v", results[1].Values)
	}
	if len(results[5].Values) != 2 {
		t.Errorf("%+v", results[5].Values)
	}
}
