package query

import (
	"testing"

	"socle/internal/fault"
)

var seeds = []string{`nom = "a" and not (effectif in [1..3[ or "x" in langues)`, `count(distinct ifnull(nom,"x")) as n, *, include(a*)`,
	`range(effectif,*,10,*)`, `within_distance(position, geom'POINT(1 2)', 10km)`, `now(months=-1, mondays=+1) > maj`, "`select` is not null", `date'2017/04'`,
	`-1 - - 2*(3+ips)/0`, `facet(name="nom",sort="-count")`, `nom like "x" desc, avg(ips) asc`, `1e5 .5 1..2 ]`, `'\'\\`, "é", `date_format(maj,'dd ''de'' MMMM')`}

func FuzzConditionsReadBackAsTheyPrint(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, err := parseCondition("where", text)
		if err != nil || n == nil {
			return
		}
		printed := show(n)
		again, err := parseCondition("where", printed)
		if err != nil {
			if err.Fault.Code == CodeSyntax && (len(printed) > maxText/2 || countBrackets(printed) > maxDepth/2) {
				return // printing adds brackets, which may pass a limit
			}
			t.Fatalf("%q prints as %q: %v", text, printed, err)
		}
		if got := show(again); got != printed {
			t.Fatalf("%q prints as %q, then %q", text, printed, got)
		}
	})
}

func countBrackets(s string) (n int) {
	for _, c := range s {
		if c == '(' || c == '-' {
			n++
		}
	}
	return n
}

func FuzzBindingNeverPanicsAndExplainsItself(f *testing.F) {
	for _, s := range seeds {
		f.Add(s, s, s, s, "nom:a", "cursor")
	}
	f.Add("count(*) as n", "nom='x'", "academie, year(maj)", "n desc", "maj:2019/08", "")
	f.Fuzz(func(t *testing.T, sel, where, group, order, refine, cursor string) {
		p, err := Bind(Source{"d", 1}, schools, Request{Select: sel, Where: []string{where}, GroupBy: group, OrderBy: order, Refine: []string{refine}},
			Options{Now: now})
		if err != nil {
			if !fault.Is(err, fault.Invalid) || fault.Message(err).FR == "" {
				t.Fatalf("%v", err)
			}
			return
		}
		if p.Key() == "" || len(p.Columns) == 0 {
			t.Fatal("a plan without key or columns")
		}
		_ = p.Resume(cursor)
		_ = p.Hide(func(f string) bool { return f == "nom" })
	})
}
