package engine

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"socle/internal/query"
)

// A join gives its rows in no order, and DuckDB makes joins of conditions that do not look like one. Whatever has no
// order of its own must then be sorted, or a page and an export differ from one run to the next.
func TestNoPlanGoesThroughAJoinWithoutBeingSorted(t *testing.T) {
	b := open(t, Options{})
	var many []string
	for i := range 300 {
		many = append(many, strconv.Itoa(i*7))
	}
	list := strings.Join(many, ", ")
	for name, r := range map[string]query.Request{
		"a list of numbers":             {Where: []string{"id in (" + list + ")"}},
		"a list after a computation":    {Where: []string{"id - 5 in (" + list + ")"}},
		"not in a list":                 {Where: []string{"not id in (" + list + ")"}},
		"a list or something else":      {Where: []string{"id in (" + list + `) or nom = "x"`}},
		"a list of texts":               {Where: []string{`academie in ("Paris", "Lyon", "Nice", "Lille", "Rennes", "Dijon", "Caen")`}},
		"five values":                   {Where: []string{"id - 5 in (1, 2, 3, 4, 5)"}},
		"four values":                   {Where: []string{"id - 5 in (1, 2, 3, 4)"}},
		"two values":                    {Where: []string{`academie in ("Paris", "Lyon")`}},
		"a list of dates":               {Where: []string{`rentree in (date'2018-01-15', date'2018-01-16', date'2018-01-17', date'2018-01-18', date'2018-01-19', date'2018-01-20')`}},
		"several refinements":           {Refine: []string{"academie:Paris", "academie:Lyon"}},
		"words":                         {Where: []string{`search(nom, "lycée victor")`}},
		"a pattern":                     {Where: []string{`nom like "*Hugo"`}},
		"a text in a list of the field": {Where: []string{`"breton" in langues`}},
		"a distance":                    {Where: []string{"within_distance(position, geom'POINT(-1.4 48.1)', 10km)"}},
	} {
		r.Select = `id, ifnull(nom, "=1+1") as n`
		for _, limit := range []int{10, -1} {
			r.Limit = limit
			plan := bind(t, 1, r)
			table, release, err := b.resolve(t.Context(), plan.From)
			if err != nil {
				t.Fatal(err)
			}
			_, columns, err := CopyOptions{Format: CSV, NeutralizeFormulas: true}.settings()
			if err != nil {
				t.Fatal(err)
			}
			for _, output := range []output{wire, columns} {
				s := compile(table, plan, output)
				var kind, text string
				if err := b.db.QueryRowContext(t.Context(), "EXPLAIN "+s.sql, s.args...).Scan(&kind, &text); err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				if strings.Contains(text, "JOIN") && !strings.Contains(text, "ORDER_BY") && !strings.Contains(text, "TOP_N") {
					t.Errorf("%s, limit %d: a join and no order:\n%s", name, limit, text)
				}
			}
			release()
		}
	}
}

func TestAListOfValuesGivesTheSameRowsInTheSameOrderEachTime(t *testing.T) {
	b := open(t, Options{})
	var want []string
	var many []string
	for i := range 300 {
		many = append(many, strconv.Itoa(i*33-5))
		want = append(want, strconv.Itoa(i*33))
	}
	for range 50 {
		got := b.rows(t, bind(t, 1, query.Request{Select: "id", Where: []string{"id - 5 in (" + strings.Join(many, ", ") + ")"}, Limit: -1}))
		if !slices.Equal(got, want) {
			t.Fatalf("%d rows, the first %v", len(got), got[:min(5, len(got))])
		}
	}
}
