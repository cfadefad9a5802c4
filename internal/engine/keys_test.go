package engine

import (
	"path/filepath"
	"slices"
	"testing"

	"socle/internal/query"
	"socle/internal/schema"
)

// keyFile writes a version with one text column from a SELECT, and returns its key.
func keyFile(t *testing.T, b bench, version int, selected string) Key {
	t.Helper()
	path := filepath.Join(b.folder, filepath.Base(t.Name())+string(rune('a'+version%26))+".parquet")
	if _, err := b.raw.Exec("COPY (" + selected + ") TO " + text(path) + " (FORMAT parquet)"); err != nil {
		t.Fatal(err)
	}
	b.tables[version] = Table{Paths: []string{path}, Schema: schema.Schema{Fields: []schema.Field{{Name: "code", Type: schema.Text}}}}
	return Key{Source: query.Source{Dataset: "d", Version: version}, Field: "code"}
}

func TestASketchCountsExactlyAndKeepsTheLeastHashes(t *testing.T) {
	b := open(t, Options{})
	key := keyFile(t, b, 70, `SELECT CASE WHEN i % 10 = 0 THEN NULL WHEN i % 10 = 1 THEN ' ' ELSE ['', ' '][1 + i % 2] || ['a', 'A'][1 + i % 2] || (10000 + i % 500) END AS code FROM range(5000) t(i)`)
	s, err := b.SketchKey(t.Context(), key, 100)
	if err != nil {
		t.Fatal(err)
	}
	if s.Rows != 5000 || s.Filled != 4000 || s.Distinct != 400 || s.Long != 400 || len(s.Least) != 100 || !slices.IsSorted(s.Least) {
		t.Errorf("%d rows, %d filled, %d different, %d long, %d hashes", s.Rows, s.Filled, s.Distinct, s.Long, len(s.Least))
	}
	all, err := b.SketchKey(t.Context(), key, 1000)
	if err != nil || len(all.Least) != 400 || !slices.Equal(all.Least[:100], s.Least) {
		t.Errorf("%d hashes of 400 values, of which the first are not those of the smaller sketch (%v)", len(all.Least), err)
	}
	empty, err := b.SketchKey(t.Context(), keyFile(t, b, 71, `SELECT NULL::VARCHAR AS code FROM range(3)`), 10)
	if err != nil || empty.Rows != 3 || empty.Filled != 0 || empty.Distinct != 0 || len(empty.Least) != 0 {
		t.Errorf("an empty column: %+v (%v)", empty, err)
	}
	if _, err := b.SketchKey(t.Context(), Key{Source: key.Source, Field: "absent"}, 10); err == nil {
		t.Error("a field that is not there has a sketch")
	}
}

func TestACoverageSaysWhatAJoinMeetsAndLeaves(t *testing.T) {
	b := open(t, Options{})
	schools := keyFile(t, b, 72, `SELECT 'S' || i AS code FROM range(10) t(i)`)
	pupils := keyFile(t, b, 73, `SELECT CASE WHEN i < 2 THEN NULL ELSE 'S' || (i % 15) END AS code FROM range(32) t(i)`)
	c, err := b.CoverKeys(t.Context(), schools, pupils, 3)
	if err != nil {
		t.Fatal(err)
	}
	// 30 rows of pupils have S0 to S14: ten of each five values are S10 to S14.
	want := KeyCoverage{Rows: 20, A: KeySide{Rows: 10, Matched: 10, Distinct: 10, MatchedDistinct: 10, MostRows: 1},
		B: KeySide{Rows: 32, Empty: 2, Matched: 20, Distinct: 15, MatchedDistinct: 10, MostRows: 2, Unmatched: []string{"S10", "S11", "S12"}}}
	if c.Rows != want.Rows || !sameSide(c.A, want.A) || !sameSide(c.B, want.B) {
		t.Errorf("%+v\nwant %+v", c, want)
	}
	none, err := b.CoverKeys(t.Context(), schools, keyFile(t, b, 74, `SELECT NULL::VARCHAR AS code FROM range(4)`), 0)
	if err != nil || none.Rows != 0 || none.A.Matched != 0 || none.B.Empty != 4 || none.B.Rows != 4 || len(none.A.Unmatched) != 0 {
		t.Errorf("nothing to meet: %+v (%v)", none, err)
	}
	values, err := b.KeyExamples(t.Context(), schools, 2)
	if err != nil || !slices.Equal(values, []string{"S0", "S1"}) {
		t.Errorf("examples %v (%v)", values, err)
	}
}

func sameSide(a, b KeySide) bool {
	return a.Rows == b.Rows && a.Empty == b.Empty && a.Matched == b.Matched && a.Distinct == b.Distinct && a.MatchedDistinct == b.MatchedDistinct && a.MostRows == b.MostRows &&
		slices.Equal(a.Unmatched, b.Unmatched)
}
