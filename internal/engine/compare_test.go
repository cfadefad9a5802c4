package engine

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"socle/internal/query"
	"socle/internal/schema"
)

// tables resolves versions of one dataset to files made from SQL, one a version.
type tables struct {
	dir    string
	fields []schema.Schema
}

func (f tables) Resolve(_ context.Context, s query.Source) (Table, error) {
	return Table{Paths: []string{filepath.Join(f.dir, fmt.Sprintf("%d.parquet", s.Version))}, Schema: f.fields[s.Version-1]}, nil
}

// made writes versions and opens an engine on them.
func made(t *testing.T, fields []schema.Schema, statements ...string) (*Engine, tables) {
	t.Helper()
	f := tables{dir: t.TempDir(), fields: fields}
	db, err := writer(t).open([]string{f.dir}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for i, statement := range statements {
		if _, err := db.Exec("COPY (" + statement + ") TO " + text(filepath.Join(f.dir, fmt.Sprintf("%d.parquet", i+1))) + " (FORMAT parquet)"); err != nil {
			t.Fatal(err)
		}
	}
	e, err := Open(Options{Allowed: []string{f.dir}, Scratch: t.TempDir(), Threads: 2}, f)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e, f
}

func (f tables) table(t *testing.T, version int) Table {
	t.Helper()
	table, err := f.Resolve(t.Context(), query.Source{Version: version})
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func fieldsOf(pairs ...string) schema.Schema {
	var s schema.Schema
	for _, pair := range pairs {
		name, typ, _ := strings.Cut(pair, ":")
		s.Fields = append(s.Fields, schema.Field{Name: name, Label: name, Type: schema.Type(typ)})
	}
	return s
}

func TestStatisticsDescribeEveryColumn(t *testing.T) {
	fields := fieldsOf("n:integer", "x:decimal", "ville:text", "jour:date", "place:point", "vide:text", "oui:boolean")
	e, _ := made(t, []schema.Schema{fields}, `SELECT i AS n, CASE i WHEN 3 THEN 'nan'::DOUBLE ELSE i / 2 END AS x, ['Ici', 'Là', NULL][1 + i % 3] AS ville,
		DATE '2026-01-01' + i::INT AS jour, {'lon': 1.5::DOUBLE, 'lat': 48::DOUBLE} AS place, NULL::VARCHAR AS vide, i > 4 AS oui FROM range(10) t(i)`)
	s, err := e.Statistics(t.Context(), query.Source{Dataset: "d", Version: 1})
	if err != nil {
		t.Fatal(err)
	}
	n, x, city, day, place, empty := s.Columns[0], s.Columns[1], s.Columns[2], s.Columns[3], s.Columns[4], s.Columns[5]
	if s.Rows != 10 || n.Min != int64(0) || n.Max != int64(9) || n.Distinct != 10 || *n.Mean != 4.5 || *n.Median != 4.5 || n.Approximate {
		t.Errorf("integers: %+v", n)
	}
	if len(n.Histogram) != 10 || n.Histogram[3].Count != 1 || len(n.MostFrequent) != 0 {
		t.Errorf("bars: %+v", n.Histogram)
	}
	total := int64(0)
	for _, bin := range x.Histogram {
		total += bin.Count
	}
	if x.Max != 4.5 || total != 9 {
		t.Errorf("a value that is no number belongs to no bar: %+v", x)
	}
	if city.Empty != 3 || city.Distinct != 2 || city.Min != "Ici" || city.MostFrequent[0] != (Frequent{"Ici", 4}) {
		t.Errorf("texts: %+v", city)
	}
	if day.Min != time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) || len(day.Histogram) != histogramBins {
		t.Errorf("days: %+v", day)
	}
	if place.Distinct != 1 || place.Min != nil || empty.Empty != 10 || empty.Min != nil {
		t.Errorf("points %+v, nothing %+v", place, empty)
	}
}

func TestLossesSayWhatDisappears(t *testing.T) {
	fields := fieldsOf("departement:text", "uai:text", "eleves:integer")
	e, f := made(t, []schema.Schema{fields, fields},
		`SELECT ['Nord', 'Sud'][1 + i % 2] AS departement, 'U' || i AS uai, i AS eleves FROM range(10) t(i)`,
		`SELECT 'Nord' AS departement, 'U' || i AS uai, NULL::BIGINT AS eleves FROM range(0, 12, 2) t(i)`)
	l, err := e.Losses(t.Context(), f.table(t, 1), f.table(t, 2), LossRequest{Categories: []string{"departement"}, Codes: []string{"uai", "absent"}})
	if err != nil {
		t.Fatal(err)
	}
	if l.RowsBefore != 10 || l.RowsAfter != 6 {
		t.Errorf("rows: %+v", l)
	}
	if len(l.Categories) != 1 || l.Categories[0].Total != 1 || l.Categories[0].Values[0] != (CategoryCount{"Sud", 5, 0}) {
		t.Errorf("categories: %+v", l.Categories)
	}
	if len(l.Emptied) != 1 || l.Emptied[0].Field.Name != "eleves" || l.Emptied[0].After != 0 {
		t.Errorf("emptied: %+v", l.Emptied)
	}
	if len(l.Codes) != 1 || l.Codes[0].Before != 10 || l.Codes[0].Disappeared != 5 || l.Codes[0].Appeared != 1 || len(l.Codes[0].Examples) != 5 {
		t.Errorf("codes: %+v", l.Codes)
	}
}

func TestADifferenceByKeyTellsAddedRemovedAndChanged(t *testing.T) {
	before, after := fieldsOf("id:text", "n:integer", "gone:text", "kind:integer"), fieldsOf("id:text", "n:integer", "new:text", "kind:text")
	e, f := made(t, []schema.Schema{before, after},
		`SELECT * REPLACE (n::BIGINT AS n) FROM (VALUES ('a', 1, 'x', 1), ('b', 2, 'x', 1), ('c', 3, 'x', 1), ('d', 4, 'x', 1), ('d', 5, 'x', 1), (NULL, 6, 'x', 1)) t(id, n, gone, kind)`,
		`SELECT * REPLACE (n::BIGINT AS n) FROM (VALUES ('a', 1, 'y', 'k'), ('b', 9, 'y', 'k'), ('e', NULL, 'y', 'k'), ('d', 4, 'y', 'k')) t(id, n, "new", kind)`)
	d, err := e.Diff(t.Context(), f.table(t, 1), f.table(t, 2), []string{"id"})
	if err != nil {
		t.Fatal(err)
	}
	if d.Added != 1 || d.Removed != 1 || d.Changed != 1 || d.ChangedBy["n"] != 1 || d.DuplicateKeys != 4 || d.RowsBefore != 6 || d.RowsAfter != 4 {
		t.Errorf("%+v", d)
	}
	if len(d.ColumnsAdded) != 1 || len(d.ColumnsRemoved) != 1 || len(d.ColumnsRetyped) != 1 {
		t.Errorf("columns: %+v", d)
	}
	if d.AddedRows[0].After["id"] != "e" || d.RemovedRows[0].Before["id"] != "c" || d.ChangedRows[0].Before["n"] != int64(2) || d.ChangedRows[0].After["n"] != int64(9) {
		t.Errorf("examples: %+v %+v %+v", d.AddedRows, d.RemovedRows, d.ChangedRows)
	}
}

func TestADifferenceWithoutKeyComparesWholeRows(t *testing.T) {
	fields := fieldsOf("a:text", "n:integer")
	e, f := made(t, []schema.Schema{fields, fields},
		`SELECT * REPLACE (n::BIGINT AS n) FROM (VALUES ('x', 1), ('x', 1), ('y', 2)) t(a, n)`, `SELECT * REPLACE (n::BIGINT AS n) FROM (VALUES ('x', 1), ('y', 3)) t(a, n)`)
	d, err := e.Diff(t.Context(), f.table(t, 1), f.table(t, 2), nil)
	if err != nil {
		t.Fatal(err)
	}
	if d.Added != 1 || d.Removed != 2 || d.AddedRows[0].After["n"] != int64(3) || len(d.RemovedRows) != 2 || d.ChangedBy != nil {
		t.Errorf("%+v", d)
	}
}
