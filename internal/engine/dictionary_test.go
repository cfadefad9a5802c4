package engine

import (
	"slices"
	"strings"
	"testing"

	"socle/internal/query"
)

// TestWordsAreFoundTheSameWhetherValuesAreReadFirstOrNot asks the same conditions of a version whose values are read first and of
// one whose rows are read.
func TestWordsAreFoundTheSameWhetherValuesAreReadFirstOrNot(t *testing.T) {
	plain, lifted := open(t, Options{}), open(t, Options{})
	plain.dictionaries.from, lifted.dictionaries.from = 1<<40, 0
	found := 0
	for _, where := range []string{
		`"rennes"`, `"PARIS"`, `"introuvable"`, `academie like "ren*"`, `academie like "Lille"`, `not academie like "*e*"`, `academie like "?yon"`,
		`search(academie, "renes")`, `search("pari")`, `suggest(academie, "pa")`, `startswith(academie, "P")`, `not "rennes"`, `"rennes" or nom is null`,
		`search(nom, "lycée victor")`, `nom like "*Hugo"`, `"é"`, `academie like "*"`,
	} {
		for _, r := range []query.Request{{Select: "id, nom, academie", Where: []string{where}, Limit: 40, OrderBy: ""},
			{Select: "count(*) as n", GroupBy: "academie", Where: []string{where}, Limit: -1}} {
			want, got := plain.rows(t, bind(t, 1, r)), lifted.rows(t, bind(t, 1, r))
			if !slices.Equal(got, want) {
				t.Errorf("%s:\nvalues first %v\nrows         %v", where, got, want)
			}
			found += len(want)
		}
		total := bind(t, 1, query.Request{Where: []string{where}})
		want, err := plain.Count(t.Context(), total)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := lifted.Count(t.Context(), total); err != nil || got != want {
			t.Errorf("%s: %d rows, want %d (%v)", where, got, want, err)
		}
	}
	if found == 0 {
		t.Error("no condition found a row")
	}
}

func TestValuesAreReadFirstWhereTheyAreFew(t *testing.T) {
	b := open(t, Options{})
	b.dictionaries.from = 0
	statement := func(where string) string {
		plan := bind(t, 1, query.Request{Where: []string{where}, Limit: 10})
		table, release, err := b.resolve(t.Context(), plan.From)
		if err != nil {
			t.Fatal(err)
		}
		defer release()
		if table, err = b.prepare(t.Context(), table, plan); err != nil {
			t.Fatal(err)
		}
		return compile(table, plan, wire).sql
	}
	if few := statement(`academie like "ren*"`); !strings.Contains(few, "list_contains") || strings.Contains(few, "ORDER BY") {
		t.Errorf("a column of few values is compared row by row, or its rows are sorted: %s", few)
	}
	b.dictionaries.from = 1 << 40
	if small := statement(`nom like "ren*"`); strings.Contains(small, "list_contains") {
		t.Errorf("the values of a small version are read first: %s", small)
	}
}

func TestTheValuesRememberedAreBounded(t *testing.T) {
	d := newDictionaries()
	long := strings.Repeat("x", 1<<20)
	for i := range 200 {
		d.keep(&columnTexts{key: string(rune('a' + i)), values: []string{long}, few: true, bytes: len(long)})
	}
	if d.bytes > textsInMemory || d.order.Len() != len(d.byColumn) || d.order.Len() == 0 {
		t.Errorf("%d bytes in %d columns, %d listed", d.bytes, len(d.byColumn), d.order.Len())
	}
}
