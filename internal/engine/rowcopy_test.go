package engine

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"socle/internal/query"
	"socle/internal/rowstore"
)

// storeRows asks for pages of a version until its rows are stored, and then looks fields up until each has an index.
func (b bench) storeRows(t *testing.T, version int, indexed ...string) *versionCopy {
	t.Helper()
	table := b.tables[version]
	table.Rows = 10_000
	b.tables[version] = table
	for range rowsAfter + 10_000/rowsForOne {
		b.rows(t, bind(t, version, query.Request{Select: "id", Limit: 5}))
	}
	var copied *versionCopy
	eventually(t, "the rows are stored", func() bool {
		if b.copies.hopeless(table, rowsForm) {
			t.Fatal("the rows cannot be stored")
		}
		copied, _ = b.copies.ask(table, rowsForm, 1_000)
		return copied != nil
	})
	t.Cleanup(func() { b.copies.leave(copied) })
	for _, where := range indexed {
		for range indexedAfter {
			b.rows(t, bind(t, version, query.Request{Select: "id", Where: []string{where}, Limit: 5}))
		}
		field := strings.FieldsFunc(strings.TrimPrefix(where, "within_distance("), func(r rune) bool { return r == ' ' || r == ',' })[0]
		column := copied.rows.at[field]
		if field == "position" {
			column++ // its latitude
		}
		eventually(t, "an index of "+field, func() bool { return copied.rows.store.Indexed(column) })
	}
	return copied
}

func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not after a minute: %s", what)
		}
	}
}

// TestStoredRowsAnswerAsTheVersion compares what an engine says from the files and from stored rows, of a version of one file and of one of several.
func TestStoredRowsAnswerAsTheVersion(t *testing.T) {
	plain, storing := open(t, Options{}), open(t, Options{})
	plain.copies.whole, plain.copies.stored = 0, 0
	const all = "id, uai, nom, academie, effectif, ips, budget, public, rentree, maj, position, langues, select"
	for _, version := range []int{1, 2} {
		copied := storing.storeRows(t, version, `uai = "0350161A"`, "effectif = 12", `academie = "Paris"`, "id in (1, 2)", "rentree = date'2020-01-01'", "within_distance(position, geom'POINT(1 1)', 2km)")
		for _, c := range []struct {
			request query.Request
			from    string // "store" for what the store must answer, "" for what it must leave
		}{
			{query.Request{Limit: 20}, "store"},
			{query.Request{Limit: 20, Offset: 5990}, "store"},
			{query.Request{Limit: 20, Offset: 9995}, "store"},
			{query.Request{Limit: 20, Offset: 1_000_000}, "any"},
			{query.Request{Limit: 0}, "any"},
			{query.Request{Where: []string{`uai = "0350161A"`}, Limit: 10}, "store"},
			{query.Request{Where: []string{`"0350161A" = uai`}, Limit: 10}, "store"},
			{query.Request{Where: []string{`uai = "nothing"`}, Limit: 10}, "store"},
			{query.Request{Where: []string{`uai = "0350161A"`}, Limit: -1}, "store"},
			{query.Request{Where: []string{"id = 4000"}, Limit: 1}, "store"},
			{query.Request{Where: []string{"id in (4000, 3, 1200, 17)"}, Limit: 3}, "store"},
			{query.Request{Where: []string{"id in (4000, 3, 1200, 17, 18)"}, Limit: 3}, ""},
			{query.Request{Where: []string{"effectif = 12"}, Limit: 10, Offset: 7}, "store"},
			{query.Request{Where: []string{"effectif = 12", "ips > 3"}, Limit: 10}, ""}, // a constant that is no decimal
			{query.Request{Where: []string{"effectif = 12", "id >= 2000", "id < 7000"}, Limit: 10}, "store"},
			{query.Request{Where: []string{"effectif = 12", "id in [2000 .. 7000["}, Limit: 10}, "store"},
			{query.Request{Where: []string{"effectif = 12", "id in ]2037 .. 7000]"}, Limit: 10}, "store"},
			{query.Request{Where: []string{"effectif = 12", `nom != "École Victor Hugo"`}, Limit: 100}, "store"}, // not those without a name
			{query.Request{Where: []string{"effectif = 12", `nom < "L"`}, Limit: 100}, "store"},
			{query.Request{Where: []string{"effectif = 12", "maj >= date'2022-01-01'"}, Limit: 100}, "any"},
			{query.Request{Where: []string{"effectif = 12", "rentree >= date'2020-01-01'"}, Limit: 100}, "store"},
			{query.Request{Where: []string{"rentree = date'2020-01-01'"}, Limit: 100}, "store"},
			{query.Request{Where: []string{"effectif = 12"}, OrderBy: "academie, nom desc", Limit: 25}, "store"},
			{query.Request{Where: []string{"effectif = 12"}, OrderBy: "ips desc", Limit: 25}, "store"},
			{query.Request{Where: []string{"effectif = 12"}, OrderBy: "public desc, maj", Limit: 25, Offset: 3}, "store"},
			{query.Request{Where: []string{"effectif = 12"}, OrderBy: "budget", Limit: 25}, ""},
			{query.Request{Where: []string{"effectif = 12"}, OrderBy: "length(nom)", Limit: 25}, ""},
			{query.Request{Where: []string{"effectif = 12"}, Limit: -1}, "store"},
			{query.Request{Where: []string{"effectif = 12 or effectif = 13"}, Limit: 25}, ""},
			{query.Request{Where: []string{"effectif = 12.0"}, Limit: 25}, ""},
			{query.Request{Where: []string{"academie = \"Paris\""}, Limit: 25}, "store"},
			{query.Request{Where: []string{"academie = \"Paris\"", "effectif = 12"}, Limit: 25}, "store"},
			{query.Request{OrderBy: "nom", Limit: 25}, ""},
			{query.Request{Refine: []string{"effectif:12"}, Limit: 25}, "store"},
			{query.Request{Refine: []string{"academie:Paris", "effectif:12"}, Limit: 25}, "store"},
			{query.Request{Refine: []string{"effectif:12", "rentree:2021"}, Limit: 25}, "store"},
			{query.Request{Refine: []string{"effectif:12", "rentree:2021/03"}, Limit: 25}, "store"},
			{query.Request{Refine: []string{"effectif:12", "langues:anglais"}, Limit: 25}, ""},
			{query.Request{Exclude: []string{"effectif:12"}, Limit: 25}, ""},
			{query.Request{Where: []string{`"rennes"`}, Limit: 25}, ""},
			{query.Request{Where: []string{`within_distance(position, geom'POINT(-1.7 48.1)', 20km)`}, Limit: 25, Offset: 3}, "any"}, // many are near
			{query.Request{Where: []string{`within_distance(position, geom'POINT(-0.9 48.31)', 2km)`}, Limit: 25, Offset: 3}, "store"},
			{query.Request{Where: []string{`within_distance(position, geom'POINT(-0.9 48.31)', 2km)`, "effectif = 13"}, Limit: 25}, "store"},
			{query.Request{Where: []string{`within_distance(position, geom'POINT(-0.9 48.31)', 2km)`, "id > 3000"}, Limit: 25}, "store"},
			{query.Request{Where: []string{`within_distance(position, geom'POINT(-0.9 48.31)', 2km)`}, OrderBy: "id", Limit: 25}, ""},
			{query.Request{Where: []string{`not within_distance(position, geom'POINT(-0.9 48.31)', 2km)`}, Limit: 25}, ""},
			{query.Request{Select: "id, effectif + 1", Where: []string{"effectif = 12"}, Limit: 25}, ""},
			{query.Request{Select: "count(*) as n", Limit: 25}, ""},
		} {
			if c.request.Select == "" {
				c.request.Select = all
			}
			plan := bind(t, version, c.request)
			plan.Position = !plan.Grouped
			name := fmt.Sprintf("version %d, %+v", version, c.request)
			compareRows(t, name, plain, storing, plan)
			table := storing.tables[version]
			if _, ok := storing.rowsOf(t.Context(), &table, plan, newRows(plan)); c.from != "any" && ok != (c.from == "store") {
				t.Errorf("%s: the store answers: %v", name, ok)
			}
		}
		for _, plan := range continued(t, version) {
			compareRows(t, fmt.Sprintf("version %d, continued", version), plain, storing, plan)
		}
		if copied.users < 1 {
			t.Errorf("version %d: the store has %d users", version, copied.users)
		}
	}
}

func TestTheRowsOfALargeVersionAreStoredBesideOtherCopies(t *testing.T) {
	plain, storing := open(t, Options{}), open(t, Options{})
	storing.copies.whole = 5_000 // rows: the versions have ten thousand
	first := storing.storeRows(t, 1, `uai = "0350161A"`)
	for _, r := range []query.Request{{Limit: 20, Offset: 5990}, {Where: []string{`uai = "0350161A"`}, Limit: 10}, {Where: []string{"ips > 3"}, Limit: 10}} {
		r.Select = "id, nom, position"
		compareRows(t, fmt.Sprintf("%+v", r), plain, storing, bind(t, 1, r))
	}
	storing.copies.mu.Lock()
	storing.copies.limit = storing.copies.bytes + 1000
	storing.copies.mu.Unlock()
	table := storing.tables[2]
	table.Rows = 10_000
	storing.tables[2] = table
	for range rowsAfter + 10_000/rowsForOne {
		storing.rows(t, bind(t, 2, query.Request{Select: "id", Limit: 5}))
	}
	eventually(t, "the second is given up, for want of room", func() bool { return storing.copies.hopeless(table, rowsForm) })
	if first.state != ready {
		t.Error("the first one had to go for it")
	}
	left, err := filepath.Glob(filepath.Join(storing.copies.folder, "*.rows"))
	if err != nil || len(left) != 1 {
		t.Errorf("%v is there (%v)", left, err)
	}
}

func TestTheStoringOfRowsRestsBeforeEachRow(t *testing.T) {
	b := open(t, Options{})
	rests := 0
	made, err := b.Engine.storeRows(t.Context(), b.tables[1], query.Source{Dataset: "ecoles", Version: 1}, b.copies.free, func() { rests++ })
	if err != nil {
		t.Fatal(err)
	}
	defer made.forget()
	if rests != 10_000 {
		t.Errorf("%d rests for 10,000 rows", rests)
	}
}

// continued are plans that go on after a row, or see some of the rows only.
func continued(t *testing.T, version int) (plans []*query.Plan) {
	after := query.Cursor{Row: 5000}
	if version == 1 {
		after.Row = 1<<query.RowBits + 100
	}
	for _, r := range []query.Request{{Limit: 20}, {Limit: 20, Where: []string{"effectif = 12"}}} {
		r.Select = "id, uai, position"
		one, seen := bind(t, version, r), bind(t, version, r)
		one.Position, one.After = true, &after
		seen.See(bind(t, version, query.Request{Where: []string{`academie = "Paris"`}}).Where)
		record := bind(t, version, r)
		record.Restrict(query.RowIs{ID: after.Row})
		plans = append(plans, one, seen, record)
	}
	return plans
}

func compareRows(t *testing.T, name string, plain, copied bench, plan *query.Plan) {
	t.Helper()
	if want, got := plain.rows(t, plan), copied.rows(t, plan); !slices.Equal(got, want) {
		t.Errorf("%s:\ncopy    %v\nversion %v", name, got, want)
	}
	want, err := plain.Count(t.Context(), plan)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := copied.Count(t.Context(), plan); err != nil || got != want {
		t.Errorf("%s: %d rows, want %d (%v)", name, got, want, err)
	}
}

// TestAnyPlanIsAnsweredFromStoredRowsAsFromTheVersion draws plans.
func TestAnyPlanIsAnsweredFromStoredRowsAsFromTheVersion(t *testing.T) {
	plain, storing := open(t, Options{}), open(t, Options{})
	plain.copies.whole, plain.copies.stored = 0, 0
	storing.storeRows(t, 2, "effectif = 12", `academie = "Paris"`, `select = "x1"`)
	r := rand.New(rand.NewPCG(1, 5))
	one := func(list ...string) string { return list[r.IntN(len(list))] }
	for range 300 {
		request := query.Request{Select: one("id", "id, nom, position", "maj, rentree, public", "uai, langues, budget, ips"), Limit: 1 + r.IntN(40), Offset: r.IntN(60)}
		for range r.IntN(4) {
			request.Where = append(request.Where, one(
				fmt.Sprintf("effectif = %d", r.IntN(100)), fmt.Sprintf("effectif in (%d, %d)", r.IntN(100), r.IntN(100)), fmt.Sprintf("id %s %d", one("<", "<=", ">", ">=", "!=", "="), r.IntN(10_000)),
				`academie = "`+one("Rennes", "Paris", "paris", "Créteil")+`"`, `select = "x`+one("0", "1", "9")+`"`, `nom `+one("<", ">", "=", "!=")+` "`+one("Collège Simone-Veil", "École", "Œuvre", "é")+`"`,
				fmt.Sprintf("rentree %s date'20%d-0%d-11'", one("<", ">=", "="), 18+r.IntN(7), 1+r.IntN(9)), fmt.Sprintf("effectif in [%d..%d]", r.IntN(50), 50+r.IntN(50))))
		}
		var order []string
		for range r.IntN(3) {
			order = append(order, one("nom", "academie", "effectif", "ips", "public", "rentree", "maj")+one("", " desc"))
		}
		request.OrderBy = strings.Join(order, ", ")
		plan := bind(t, 2, request)
		plan.Position = true
		compareRows(t, fmt.Sprintf("%+v", request), plain, storing, plan)
	}
}

func TestStoredRowsAnswerWithoutTheFiles(t *testing.T) {
	b := open(t, Options{})
	b.storeRows(t, 2, "effectif = 12")
	if err := os.Rename(b.tables[2].Paths[0], b.tables[2].Paths[0]+".away"); err != nil { // only the store can answer from here on
		t.Fatal(err)
	}
	for want, r := range map[string]query.Request{"12": {Select: "id", Where: []string{"effectif = 12"}, Limit: 1}, "1": {Select: "id", Limit: 1, Offset: 1}} {
		if got := b.rows(t, bind(t, 2, r)); !slices.Equal(got, []string{want}) {
			t.Errorf("%+v: got %v", r, got)
		}
	}
	if n, err := b.Count(t.Context(), bind(t, 2, query.Request{Where: []string{"effectif = 12"}})); err != nil || n != 97 {
		t.Errorf("%d rows (%v)", n, err)
	}
}

func TestAVersionWithANumberThatIsNoneIsNotStored(t *testing.T) {
	b := open(t, Options{})
	path := b.tables[2].Paths[0]
	if _, err := b.raw.Exec("COPY (SELECT * REPLACE (CASE WHEN id = 77 THEN 'nan'::DOUBLE ELSE ips END AS ips) FROM " + text(path) + ") TO " + text(path+".nan") + " (FORMAT parquet)"); err != nil {
		t.Fatal(err)
	}
	b.tables[2] = Table{Paths: []string{path + ".nan"}, Schema: fields, Rows: 10_000}
	for range rowsAfter + 10_000/rowsForOne {
		b.rows(t, bind(t, 2, query.Request{Select: "ips", Limit: 5}))
	}
	eventually(t, "the copy is given up", func() bool { return b.copies.hopeless(b.tables[2], rowsForm) })
	if left, err := filepath.Glob(filepath.Join(b.copies.folder, "*.rows*")); err != nil || len(left) > 0 {
		t.Errorf("files of the store are left: %v (%v)", left, err)
	}
}

func TestStoredRowsGoWithTheirVersion(t *testing.T) {
	b := open(t, Options{})
	table := b.tables[2]
	table.Rows = 10_000
	b.tables[2] = table
	for range rowsAfter + 10_000/rowsForOne {
		b.rows(t, bind(t, 2, query.Request{Select: "id", Limit: 5}))
	}
	eventually(t, "the rows are stored", func() bool {
		copied, _ := b.copies.ask(table, rowsForm, 1_000)
		if copied != nil {
			b.copies.leave(copied)
		}
		return copied != nil
	})
	if err := os.Remove(table.Paths[0]); err != nil {
		t.Fatal(err)
	}
	b.copies.dropErased()
	eventually(t, "the files of the store are gone", func() bool {
		left, err := filepath.Glob(filepath.Join(b.copies.folder, "*.rows*"))
		return err == nil && len(left) == 0
	})
	if b.copies.bytes != 0 {
		t.Errorf("%d bytes are still counted", b.copies.bytes)
	}
}

func TestOperatorsTurnWithTheirSides(t *testing.T) {
	for written, want := range map[string]fieldCondition{
		"5 < id":  {"id", rowstore.Greater, []any{int64(5)}},
		"5 >= id": {"id", rowstore.LessEqual, []any{int64(5)}},
		"id <= 5": {"id", rowstore.LessEqual, []any{int64(5)}},
	} {
		got, _, ok := rowConditions(bind(t, 2, query.Request{Where: []string{written}}))
		if !ok || len(got) != 1 || got[0].field != want.field || got[0].is != want.is || got[0].values[0] != want.values[0] {
			t.Errorf("%s: %+v", written, got)
		}
	}
}
