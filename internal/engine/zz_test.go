package engine

import (
	"bytes"
	"testing"

	"socle/internal/query"
)

func TestZZ(t *testing.T) {
	b := open(t, Options{})
	for _, r := range []query.Request{{Select: `ifnull(nom, "=1+1") as n, id - 5 as m`, Limit: 1}, {Select: "id", Limit: 1}, {Select: "nom, id", Limit: 3}} {
		plan := bind(t, 1, r)
		want := b.rows(t, plan)
		bad := 0
		for range 20 {
			if got := b.rows(t, plan); got[0] != want[0] {
				bad++
			}
		}
		bad2 := 0
		var first string
		for range 3000 {
			var out bytes.Buffer
			if _, err := b.Copy(t.Context(), plan, CopyOptions{Format: CSV, NeutralizeFormulas: true}, &out); err != nil {
				t.Fatal(err)
			}
			if bad2 == 0 && first != "" && out.String() != first { t.Log(compile(b.tables[1], plan, CopyOptions{Format: CSV, NeutralizeFormulas: true}.csvColumns).sql, out.String(), "FIRST", first) }; if first == "" {
				first = out.String()
			}
			if out.String() != first {
				bad2++
			}
		}
		t.Logf("%v direct %d/2000 copy %d/1000", r.Select, bad, bad2)
	}
}
