package engine

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"socle/internal/query"
)

// withCopies opens an engine that sorts its small versions too, on disk as on the large ones.
func withCopies(t *testing.T, options Options) bench {
	b := open(t, options)
	b.copies.fields, b.copies.whole = 0, 0
	return b
}

// sort asks for one value of a field until there is a copy of the version by it, or none was made.
func (b bench) sort(t *testing.T, version int, where string) (made bool) {
	t.Helper()
	for range sortedLookups + 1 {
		b.rows(t, bind(t, version, query.Request{Select: "id", Where: []string{where}, Limit: 5}))
	}
	deadline := time.Now().Add(time.Minute)
	for time.Now().Before(deadline) {
		b.copies.mu.Lock()
		state := b.copies.order.Front().Value.(*versionCopy).state
		b.copies.mu.Unlock()
		if state == ready || state == unfit {
			return state == ready
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatal("no copy was made, and nobody said why")
	return false
}

// TestASortedCopyAnswersAsTheVersion compares what an engine says before and after it has copies.
func TestASortedCopyAnswersAsTheVersion(t *testing.T) {
	plain, sorted := open(t, Options{}), withCopies(t, Options{})
	for _, version := range []int{1, 2} {
		if !sorted.sort(t, version, `uai = "0350161A"`) || !sorted.sort(t, version, "effectif = 12") {
			t.Fatal("a field of many values, asked for again and again, has no copy")
		}
		for _, r := range []query.Request{
			{Where: []string{`uai = "0350161A"`}},
			{Where: []string{"effectif = 12"}, Limit: 10, Offset: 7},
			{Where: []string{"effectif = 12"}, OrderBy: "ips desc", Limit: 25},
			{Where: []string{"effectif = 12 and public = true"}, OrderBy: "academie", Limit: 25},
			{Where: []string{"effectif = 12 or effectif = 13"}, Limit: 25},
			{Where: []string{"effectif = 12", `"rennes"`}, Limit: 25},
			{Where: []string{"effectif = 5000"}},
			{Refine: []string{"effectif:12"}, Limit: 25},
			{Exclude: []string{"effectif:12"}, Limit: 25},
			{Where: []string{"effectif = 12"}, GroupBy: "academie", Select: "sum(ips) as s, count(*) as n", Limit: -1},
		} {
			if r.Select == "" {
				r.Select = "id, uai, nom, position, maj"
			}
			plan := bind(t, version, r)
			compareRows(t, fmt.Sprintf("version %d, %+v", version, r), plain, sorted, plan)
		}
	}
}

// TestACursorGoesFromAVersionToItsCopy walks over pages while the copy appears.
func TestACursorGoesFromAVersionToItsCopy(t *testing.T) {
	b := withCopies(t, Options{})
	request := query.Request{Select: "id", Where: []string{"effectif = 12"}, Limit: 10}
	whole := b.rows(t, bind(t, 1, query.Request{Select: "id", Where: request.Where, Limit: -1}))
	var walked []string
	var after *query.Cursor
	for page := 0; ; page++ {
		plan := bind(t, 1, request)
		plan.Position, plan.After = true, after
		rows, err := b.Query(t.Context(), plan)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for ; rows.Next(); n++ {
			walked = append(walked, show(rows.Values()))
			position := rows.Cursor()
			after = &position
		}
		rows.Close()
		if n < request.Limit {
			break
		}
		if page == 1 && !b.sort(t, 1, "effectif = 12") {
			t.Fatal("no copy")
		}
	}
	if !slices.Equal(walked, whole) {
		t.Errorf("%d rows page by page, %d at once", len(walked), len(whole))
	}
}

func TestOnlyAFieldOfManyValuesThatLieApartGetsACopy(t *testing.T) {
	b := withCopies(t, Options{})
	if b.sort(t, 1, `academie = "Rennes"`) {
		t.Error("a field of five values has a copy")
	}
	if b.sort(t, 1, "id = 4000") {
		t.Error("a field by which the file is sorted has a copy")
	}
	small := open(t, Options{})
	if small.sort(t, 1, "effectif = 12") {
		t.Error("a small version has a copy")
	}
}

func TestCopiesStayWithinTheirRoomAndGoWithTheirVersion(t *testing.T) {
	b := withCopies(t, Options{Copies: 1})
	if b.sort(t, 1, "effectif = 12") {
		t.Error("a copy is larger than all copies may be")
	}
	left, err := filepath.Glob(filepath.Join(b.copies.folder, "*.parquet"))
	if err != nil || len(left) > 0 {
		t.Errorf("what was not kept is still there: %v %v", left, err)
	}
	b = withCopies(t, Options{})
	if !b.sort(t, 2, "effectif = 12") {
		t.Fatal("no copy")
	}
	if err := os.Remove(b.tables[2].Paths[0]); err != nil {
		t.Fatal(err)
	}
	b.copies.dropErased()
	if left, err = filepath.Glob(filepath.Join(b.copies.folder, "*.parquet")); err != nil || len(left) > 0 || b.copies.bytes != 0 {
		t.Errorf("the copy of a version that is no more is still there: %v, %d bytes, %v", left, b.copies.bytes, err)
	}
}
