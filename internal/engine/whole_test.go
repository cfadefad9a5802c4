package engine

import (
	"bytes"
	"container/list"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"socle/internal/query"
)

// copyWhole asks for rows of a version until there is a whole copy of it, or none was made.
func (b bench) copyWhole(t *testing.T, version int) (made bool) {
	t.Helper()
	table := b.tables[version]
	table.Rows = 10_000
	b.tables[version] = table
	for range wholeAfter {
		b.rows(t, bind(t, version, query.Request{Select: "id + 1", Limit: 5})) // nothing for a store of rows
	}
	deadline := time.Now().Add(time.Minute)
	for time.Now().Before(deadline) {
		if copied, _ := b.copies.ask(table, "", 1_000); copied != nil {
			b.copies.leave(copied)
			return true
		}
		if b.copies.gaveUp(table) {
			return false
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatal("no copy was made, and nobody said why")
	return false
}

// gaveUp reports whether a copy of a version could not be made.
func (s *copies) gaveUp(table Table) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(slices.Collect(maps.Values(s.byKey)), func(e *list.Element) bool {
		c := e.Value.(*versionCopy)
		return c.version == versionKey(table) && c.state == unfit
	})
}

// TestAWholeCopyAnswersAsTheVersion compares what an engine says before and after it has copies, of a version of one file and of one of several.
func TestAWholeCopyAnswersAsTheVersion(t *testing.T) {
	plain, whole := open(t, Options{}), open(t, Options{})
	plain.copies.whole, plain.copies.stored = 0, 0
	for _, version := range []int{1, 2} {
		if !whole.copyWhole(t, version) {
			t.Fatal("a small version, asked for again and again, has no copy")
		}
		for _, r := range []query.Request{
			{},
			{Limit: 20, Offset: 990},
			{Limit: 20, Offset: 4990},
			{Limit: 20, Offset: 1_000_000},
			{Where: []string{`uai = "0350161A"`}},
			{Where: []string{"id = 4000"}},
			{Where: []string{"id in (4000, 3, 1200, 17)"}, Limit: 3},
			{Where: []string{"effectif = 12"}, Limit: 10, Offset: 7},
			{Where: []string{"effectif = 12"}, Limit: -1},
			{Where: []string{"effectif = 12"}, OrderBy: "ips desc", Limit: 25},
			{Where: []string{"effectif = 12 or effectif = 13"}, Limit: 25},
			{Where: []string{`"rennes"`}, Limit: 25},
			{Where: []string{`within_distance(position, geom'POINT(-1.7 48.1)', 20km)`}, Limit: 25},
			{Where: []string{`maj >= date'2024-01-01'`}, OrderBy: "maj", Limit: 25},
			{Refine: []string{"effectif:12"}, Limit: 25},
			{Exclude: []string{"effectif:12"}, Limit: 25},
			{Where: []string{"effectif = 12"}, GroupBy: "academie", Select: "sum(ips) as s, count(*) as n", Limit: -1},
			{Where: []string{"effectif = 12"}, GroupBy: "academie", Select: "sum(effectif) as s, count(*) as n, min(maj) as m", OrderBy: "n desc", Limit: 20},
			{GroupBy: "academie, effectif", Select: "count(distinct uai) as n, max(ips) as m", Limit: -1},
			{Select: "count(*) as n, max(ips) as m", Limit: -1},
			{Limit: -1},
		} {
			if r.Select == "" {
				r.Select = "id, uai, nom, position, maj"
			}
			plan := bind(t, version, r)
			plan.Position = !plan.Grouped
			compareRows(t, fmt.Sprintf("version %d, %+v", version, r), plain, whole, plan)
			var file, copied bytes.Buffer
			for engine, out := range map[*Engine]*bytes.Buffer{plain.Engine: &file, whole.Engine: &copied} {
				if _, err := engine.Copy(t.Context(), plan, CopyOptions{Format: CSV}, out); err != nil {
					t.Fatal(err)
				}
			}
			if !bytes.Equal(file.Bytes(), copied.Bytes()) {
				t.Errorf("version %d, %+v: the export of a copy differs", version, r)
			}
		}
	}
}

// copyLarge scans a version as if it were large until there is a copy of it, or none was made.
func (b bench) copyLarge(t *testing.T, version int) (made bool) {
	t.Helper()
	b.copies.whole, b.copies.stored = 0, 0
	table := b.tables[version]
	table.Rows = scannedRows
	b.tables[version] = table
	for range wholeAfter {
		b.rows(t, bind(t, version, query.Request{Select: "id + 1", Where: []string{"ips > 3"}, Limit: 5}))
	}
	eventually(t, "a copy, or none", func() bool {
		copied, _ := b.copies.ask(table, "", 1_000)
		if made = copied != nil; made {
			b.copies.leave(copied)
		}
		return made || b.copies.gaveUp(table)
	})
	return made
}

// TestACopyOfALargeVersionAnswersAsTheVersion compares what scans say before and after there is a compressed copy.
func TestACopyOfALargeVersionAnswersAsTheVersion(t *testing.T) {
	for _, version := range []int{1, 2} {
		plain, copied := open(t, Options{}), open(t, Options{})
		if !copied.copyLarge(t, version) {
			t.Fatal("a large version that is scanned again and again has no copy")
		}
		for _, r := range []query.Request{
			{Where: []string{"effectif > 12"}, Limit: 10, Offset: 7},
			{Where: []string{"effectif > 12 and public = true and not (academie = \"Rennes\")"}, Limit: 50},
			{Where: []string{"effectif > 90 or ips is null"}, OrderBy: "ips desc, id", Limit: 25},
			{Where: []string{`maj >= date'2024-01-01'`}, OrderBy: "maj", Limit: 25},
			{Where: []string{`within_distance(position, geom'POINT(-1.7 48.1)', 20km)`}, Limit: 25},
			{Where: []string{`"rennes"`}, Limit: 25},
			{Where: []string{`nom like "coll*"`}, Limit: 25},
			{OrderBy: "effectif desc", Limit: 25, Offset: 400},
			{Where: []string{"effectif > 12"}, Limit: -1},
			{GroupBy: "academie", Select: "sum(effectif) as s, avg(effectif) as a, count(*) as n, max(ips) as m", OrderBy: "n desc", Limit: 20},
			{GroupBy: "academie", Select: "avg(ips) as a", Limit: 20},
			{Select: "avg(effectif) as a, count(distinct uai) as n", Where: []string{"ips >= 2.5"}, Limit: -1},
		} {
			if r.Select == "" {
				r.Select = "id, uai, nom, position, maj, budget, langues"
			}
			plan := bind(t, version, r)
			plan.Position = !plan.Grouped
			compareRows(t, fmt.Sprintf("version %d, %+v", version, r), plain, copied, plan)
		}
	}
}

func TestAVersionIsCopiedAFewRowsAtATime(t *testing.T) {
	b := open(t, Options{})
	for version, files := range map[int][]int{1: {6_000, 4_000}, 2: {10_000}} {
		for _, atOnce := range []int{1_000, 4_000, 5_999, 100_000} {
			parts, rests := 0, 0
			for _, rows := range files {
				parts += rows/atOnce + 1 // the last one is not full, and may be empty
			}
			made, err := b.writeDatabase(t.Context(), query.Source{Dataset: "ecoles", Version: version}, b.compressor, int64(atOnce), func() { rests++ })
			if err != nil {
				t.Fatal(err)
			}
			if rests != parts {
				t.Errorf("version %d, %d rows at a time: it rested %d times, wanted %d", version, atOnce, rests, parts)
			}
			var there, different int
			rows := identifier(made.catalog) + ".rows"
			if err := b.Engine.db.QueryRow("SELECT (SELECT count(*) FROM "+rows+"), (SELECT count(*) FROM ("+numberedRows(b.tables[version])+
				" EXCEPT SELECT * FROM "+rows+"))").Scan(&there, &different); err != nil || there != 10_000 || different > 0 {
				t.Errorf("version %d, %d rows at a time: %d rows, %d of them not as they are in the files (%v)", version, atOnce, there, different, err)
			}
			if err := made.forget(); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestScansOfALargeVersionReadItsCopyAndTestsOfTextsTheFiles(t *testing.T) {
	b := open(t, Options{})
	if !b.copyLarge(t, 2) {
		t.Fatal("no copy")
	}
	if err := os.Rename(b.tables[2].Paths[0], b.tables[2].Paths[0]+".away"); err != nil { // only the copy can answer from here on
		t.Fatal(err)
	}
	for text, r := range map[string]struct {
		request query.Request
		copied  bool
	}{
		"a condition on numbers": {query.Request{Select: "id", Where: []string{"ips > 5"}, Limit: 10}, true},
		"groups, a mean":         {query.Request{Select: "avg(effectif) as a", GroupBy: "academie", Limit: 10}, true},
		"a mean of doubles":      {query.Request{Select: "avg(ips) as a", GroupBy: "academie", Limit: 10}, false},
		"words":                  {query.Request{Select: "id", Where: []string{`search(nom, "collège")`}, Limit: 10}, false},
		"a pattern":              {query.Request{Select: "id", Where: []string{`nom like "coll*"`}, Limit: 10}, false},
		"a page of all":          {query.Request{Select: "id", Limit: 10}, false},
	} {
		rows, err := b.Query(t.Context(), bind(t, 2, r.request))
		if err == nil {
			for rows.Next() {
			}
			err = errors.Join(rows.Err(), rows.Close())
		}
		if (err == nil) != r.copied {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestAVersionLargerThanAllCopiesMayBeHasNone(t *testing.T) {
	b := open(t, Options{Copies: 1})
	if b.copyLarge(t, 2) {
		t.Error("it has one")
	}
	left, err := os.ReadDir(b.copies.folder)
	if err != nil || slices.ContainsFunc(left, func(e os.DirEntry) bool { return filepath.Ext(e.Name()) == ".duckdb" }) {
		t.Errorf("%v is left (%v)", left, err)
	}
}

func TestAWholeCopyAnswersWithoutTheFiles(t *testing.T) {
	b := open(t, Options{})
	if !b.copyWhole(t, 2) {
		t.Fatal("no copy")
	}
	if err := os.Rename(b.tables[2].Paths[0], b.tables[2].Paths[0]+".away"); err != nil { // only the copy can answer from here on
		t.Fatal(err)
	}
	if got := b.rows(t, bind(t, 2, query.Request{Select: "id", Where: []string{"id = 4000"}, Limit: 10})); !slices.Equal(got, []string{"4000"}) {
		t.Errorf("got %v", got)
	}
	if got := b.rows(t, bind(t, 2, query.Request{Select: "count(*) as n", GroupBy: "id", Where: []string{"id = 4000"}, Limit: 10})); !slices.Equal(got, []string{"4000|1"}) {
		t.Errorf("got %v", got)
	}
	if got := b.rows(t, bind(t, 2, query.Request{Select: "id", Limit: 2, Offset: 1})); !slices.Equal(got, []string{"1", "2"}) {
		t.Errorf("got %v", got)
	}
}

func TestOnlyGroupsWithoutSumsOfDoublesAreReadFromCopies(t *testing.T) {
	for selected, want := range map[string]bool{
		"count(*) as n":                    true,
		"sum(effectif) as s":               true,
		"count(distinct uai) as n":         true,
		"min(ips) as a, max(maj) as b":     true,
		"1 + sum(effectif) * 2 as s":       true,
		"sum(ips) as s":                    false,
		"count(*) as n, 1 + avg(ips) as a": false,
		"avg(effectif) as a":               true,
		"avg(budget) as a":                 false, // computed with doubles
		"median(ips) as m":                 false,
		"bbox(position) as b":              false,
	} {
		if got := orderless(bind(t, 1, query.Request{GroupBy: "academie", Select: selected})); got != want {
			t.Errorf("%s: orderless is %v, want %v", selected, got, want)
		}
	}
	for _, r := range []query.Request{{GroupBy: "academie", Select: "count(*) as n", OrderBy: "sum(ips)"}, {GroupBy: "geo_cluster(position, 8)", Select: "count(*) as n"}} {
		if orderless(bind(t, 1, r)) {
			t.Errorf("%+v is said to be orderless", r)
		}
	}
	if !orderless(bind(t, 1, query.Request{Select: "ips"})) {
		t.Error("rows are said not to be orderless")
	}
}

func TestAWholeCopyGoesWithItsVersion(t *testing.T) {
	b := open(t, Options{})
	if !b.copyWhole(t, 2) {
		t.Fatal("no copy")
	}
	if err := os.Remove(b.tables[2].Paths[0]); err != nil {
		t.Fatal(err)
	}
	b.copies.dropErased()
	deadline := time.Now().Add(10 * time.Second)
	for {
		left, err := filepath.Glob(filepath.Join(b.copies.folder, "*.duckdb*"))
		if err != nil {
			t.Fatal(err)
		}
		if len(left) == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the copy of a version that is no more is still there: %v", left)
		}
		time.Sleep(5 * time.Millisecond)
	}
	var known int
	if err := b.db.QueryRow("SELECT count(*) FROM duckdb_databases() WHERE database_name LIKE 'copy-%'").Scan(&known); err != nil || known != 0 {
		t.Errorf("%d databases are still known (%v)", known, err)
	}
}
