package engine

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"socle/internal/fault"
	"socle/internal/schema"
)

func writer(t *testing.T) *Writer {
	t.Helper()
	return NewWriter(Options{Scratch: filepath.Join(t.TempDir(), "scratch"), Threads: 2, MemoryLimit: 500_000_000})
}

// convert writes cells, one a row, as a column of a field, and returns what a reader finds, "∅" for nothing.
func convert(t *testing.T, c Conversion, cells ...string) []string {
	t.Helper()
	dir := t.TempDir()
	source, target := filepath.Join(dir, "in.csv"), filepath.Join(dir, "out.parquet")
	var b strings.Builder
	b.WriteString("n;v\n")
	for _, cell := range cells {
		if cell != "" {
			cell = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
		}
		b.WriteString("1;" + cell + "\n")
	}
	if err := os.WriteFile(source, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	w := writer(t)
	result, err := w.WriteCSV(t.Context(), WriteRequest{Path: source, Delimiter: ';', Quote: '"', SkipLines: 1, Target: target,
		Columns: []Conversion{{Skip: true}, c}})
	if err != nil {
		t.Fatal(err)
	}
	db, err := w.open(nil, []string{target})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), "SELECT coalesce(CAST(v AS VARCHAR), '∅') FROM read_parquet("+text(target)+")")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var got []string
	nulls := int64(0)
	for rows.Next() {
		var value string
		if err := rows.Scan(&value); err != nil {
			t.Fatal(err)
		}
		if value == "∅" {
			nulls++
		}
		got = append(got, value)
	}
	if result.Rows != int64(len(cells)) || result.Nulls["v"] != nulls {
		t.Errorf("the result says %d rows and %d empty, there are %d and %d", result.Rows, result.Nulls["v"], len(cells), nulls)
	}
	return got
}

func TestEachCellBecomesTheValueItSays(t *testing.T) {
	field := func(typ schema.Type, format string) schema.Field {
		return schema.Field{Name: "v", Type: typ, Format: format}
	}
	for _, tc := range []struct {
		field   schema.Field
		misfits bool
		cells   string // separated by |
		want    string
	}{
		{field(schema.Text, ""), false, "01001||=1|  x ", "01001|∅|=1|  x "},
		{field(schema.Integer, ""), false, "12|-3|+4|", "12|-3|4|∅"},
		{field(schema.Integer, ""), true, "12|1e3|1_000|12bis|99999999999999999999| 7 ", "12|∅|∅|∅|∅|7"},
		{field(schema.Integer, "spaces"), true, "1 234|1\u00a0234\u202f567|12 34|89", "1234|1234567|∅|89"},
		{field(schema.Decimal, ""), true, "1.5|-.5|1e3|1,5|NaN|5", "1.5|-0.5|1000.0|∅|∅|5.0"},
		{field(schema.Decimal, "comma"), true, "1,5|-0,25|1.5|12", "1.5|-0.25|∅|12.0"},
		{field(schema.Decimal, "comma spaces"), true, "1 234,5|12 345 678|1,2|a", "1234.5|12345678.0|1.2|∅"},
		{schema.Field{Name: "v", Type: schema.Decimal, Scale: 3}, false, "12345678901234567.125|0.1", "12345678901234567.125|0.100"},
		{field(schema.Boolean, "oui/non"), true, "oui|NON|Oui|peut-être|", "true|false|true|∅|∅"},
		{field(schema.Date, ""), true, "2026-02-28|2026-02-30|28/02/2026|", "2026-02-28|∅|∅|∅"},
		{field(schema.Date, "%d/%m/%Y"), true, "28/02/2026|1/9/2026|30/02/2026|2026-02-28|01/09/26", "2026-02-28|2026-09-01|∅|∅|∅"},
		{field(schema.Datetime, ""), false, "2026-07-01T12:00:00|2026-01-01 12:00|2026-01-01|2026-07-01T12:00:00+02:00|2026-07-01 12:00Z", "2026-07-01 10:00:00+00|2026-01-01 11:00:00+00|2025-12-31 23:00:00+00|2026-07-01 10:00:00+00|2026-07-01 12:00:00+00"},
		{field(schema.Datetime, "%d/%m/%Y"), true, "01/07/2026 12:00|01/07/2026T12:00:30|1/7/2026|x", "2026-07-01 10:00:00+00|2026-07-01 10:00:30+00|2026-06-30 22:00:00+00|∅"},
		{field(schema.Datetime, ""), true, "2026-07-01T12:00:00+02:00|2026-07-01T12:00:00Z", "2026-07-01 10:00:00+00|2026-07-01 12:00:00+00"},
		{field(schema.Point, "lat,lon"), true, "48.1, -1.6|48.1,-1.6|91,0|1,2,3", "{'lon': -1.6, 'lat': 48.1}|{'lon': -1.6, 'lat': 48.1}|∅|∅"},
		{field(schema.Point, "json"), true, `{"lon":-1.6,"lat":48.1}|{"lon":-1.6}|nothing`, "{'lon': -1.6, 'lat': 48.1}|∅|∅"},
		{field(schema.Point, "geojson"), true, `{"type":"Point","coordinates":[-1.6,48.1]}`, "{'lon': -1.6, 'lat': 48.1}"},
		{field(schema.JSON, ""), true, `["a","b"]|{"a":1}|[`, `["a","b"]|{"a":1}|∅`},
	} {
		got := convert(t, Conversion{Field: tc.field, Misfits: tc.misfits}, strings.Split(tc.cells, "|")...)
		if strings.Join(got, "|") != tc.want {
			t.Errorf("%s %q: %q\n got %q\nwant %q", tc.field.Type, tc.field.Format, tc.cells, got, tc.want)
		}
	}
}

func TestACellThatWasThoughtToFitIsEmptyAndStopsNothing(t *testing.T) {
	got := convert(t, Conversion{Field: schema.Field{Name: "v", Type: schema.Integer}}, "1", "deux", "3")
	if strings.Join(got, "|") != "1|∅|3" {
		t.Errorf("got %q", got)
	}
}

func TestAnEmptyTextIsNotNothing(t *testing.T) {
	dir := t.TempDir()
	source, target := filepath.Join(dir, "in.csv"), filepath.Join(dir, "out.parquet")
	if err := os.WriteFile(source, []byte("a,b\n1,\"\"\n2,\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	result, err := writer(t).WriteCSV(t.Context(), WriteRequest{Path: source, Delimiter: ',', Quote: '"', SkipLines: 1, Target: target,
		Columns: []Conversion{{Field: schema.Field{Name: "a", Type: schema.Integer}}, {Field: schema.Field{Name: "b", Type: schema.Text}}}})
	if err != nil || result.Nulls["b"] != 1 {
		t.Errorf("%+v, %v", result, err)
	}
}

func TestAParquetFileKeepsItsTypesAndNestedValuesBecomeJSON(t *testing.T) {
	dir := t.TempDir()
	source, target := filepath.Join(dir, "in.parquet"), filepath.Join(dir, "out.parquet")
	w := writer(t)
	db, err := w.open([]string{dir}, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec(`COPY (SELECT 1::INT AS "Nombre d'élèves", 'a' AS nom, [1, 2] AS liste, {'x': 1} AS objet, TIMESTAMP '2026-01-01 08:00:00' AS quand,
		1.25::DECIMAL(10, 2) AS prix, 18446744073709551615::UBIGINT AS grand FROM range(3)) TO ` + text(source) + ` (FORMAT parquet)`)
	db.Close()
	if err != nil {
		t.Fatal(err)
	}
	fields, rows, err := w.InspectParquet(t.Context(), source)
	if err != nil || rows != 3 {
		t.Fatal(rows, err)
	}
	var types []string
	for _, f := range fields.Fields {
		types = append(types, f.Name+":"+string(f.Type))
	}
	if got, want := strings.Join(types, " "), "nombre_d_eleves:integer nom:text liste:json objet:json quand:datetime prix:decimal grand:text"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	result, err := w.WriteParquet(t.Context(), source, fields.Fields, "", target)
	if err != nil || result.Rows != 3 || result.Nulls["liste"] != 0 {
		t.Errorf("%+v, %v", result, err)
	}
}

func TestABrokenParquetFileIsSaidToBe(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "cut.parquet")
	if err := os.WriteFile(path, []byte("PAR1 and then nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, _, err := writer(t).InspectParquet(t.Context(), path)
	if !fault.Is(err, fault.Invalid) {
		t.Errorf("%v", err)
	}
	target := filepath.Join(dir, "out.parquet")
	if _, err := writer(t).WriteParquet(t.Context(), path, []schema.Field{{Name: "a"}}, "", target); !fault.Is(err, fault.Invalid) {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(target); err == nil {
		t.Error("a target remains")
	}
}

func TestAWriterReachesNothingButItsFiles(t *testing.T) {
	dir := t.TempDir()
	secret := filepath.Join(t.TempDir(), "secret.csv")
	if err := os.WriteFile(secret, []byte("a\n1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w := writer(t)
	db, err := w.open([]string{dir}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, statement := range []string{
		"SELECT * FROM read_csv(" + text(secret) + ")", "SELECT * FROM read_text('/etc/passwd')", "COPY (SELECT 1) TO " + text(secret),
		"ATTACH " + text(filepath.Join(t.TempDir(), "x.db")), "INSTALL httpfs", "LOAD httpfs", "SET enable_external_access = true",
		"SET memory_limit = '100GB'", "SELECT * FROM read_parquet('https://example.org/a.parquet')",
		"EXPORT DATABASE " + text(t.TempDir()), "SET allowed_directories = ['/']",
	} {
		if _, err := db.Exec(statement); err == nil {
			t.Errorf("allowed: %s", statement)
		}
	}
}

func TestWideRowsAreWrittenInSmallerGroups(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.csv")
	if err := os.WriteFile(path, make([]byte, 1_000_000), 0o600); err != nil {
		t.Fatal(err)
	}
	for rows, want := range map[int64]int64{0: 122_880, 10_000: 122_880, 1_000_000: 122_880, 1_000: 18_432, 500: 8_192} {
		if got := rowGroup(WriteRequest{Path: path, Rows: rows}); got != want {
			t.Errorf("%d rows in a megabyte: groups of %d rows, want %d", rows, got, want)
		}
	}
}
