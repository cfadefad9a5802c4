package query

import (
	"testing"

	"socle/internal/fault"
)

var seeds = []string{`nom = "a" and not (effectif in [1..3[ or "x" in langues)`, `count(distinct ifnull(nom,"x")) as n, *, include(a*)`,
	`range(effectif,*,10,*)`, `within_distance(position, geom'POINT(1 2)', 10km)`, `now(months=-1, mondays=+1) > maj`, "`select` is not null", `date'2017/04'`,
	`-1 - - 2*(3+ips)/0`, `facet(name="nom",sort="-count")`, `nom like "x" desc, avg(ips) asc`, `1e5 .5 1..2 ]`, `'\'\\`, "é", `date_format(maj,'dd ''de'' MMMM')`,
	`now(+a=0)`, `now(+a=0 and b, c)`}

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

func FuzzGeometriesAreReadOrRefused(f *testing.F) {
	for _, s := range []string{"POINT(1 1)", "POLYGON((0 0,1 0,1 1,0 0))", "MULTIPOLYGON(((0 0,1 0,1 1)),((2 2,3 2,3 3,2 2)))", "LINESTRING(0 0, 1 1)", "POINT EMPTY",
		"GEOMETRYCOLLECTION(POINT(1 1),LINESTRING(0 0,1 1))", "0101000000CDCCCCCCCCCC0240CDCCCCCCCC6C4840", "0103000000FFFFFFFFFFFFFFFF", "SRID=4326;POINT Z(1 2 3)",
		`{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1]]]}`, `{"type":"Feature","geometry":{"type":"Point","coordinates":[1,2]}}`, `{"type":"Feature"}`, "POINT(1e400 NaN)",
		"000000000300000001000000030000000000000000000000000000000000000000000000000000000000000000"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		shape, err := ParseShape(text)
		if err != nil {
			return
		}
		again, err := ParseShape(shape.WKT)
		if err != nil || again != shape {
			t.Fatalf("%q reads as %+v, then as %+v: %v", text, shape, again, err)
		}
		if !(shape.Min.Lon <= shape.Max.Lon && shape.Min.Lat <= shape.Max.Lat) {
			t.Fatalf("%q has no box: %+v", text, shape)
		}
	})
}
