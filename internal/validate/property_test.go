package validate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"socle/internal/french"
)

// Every function that reads faster than the plain way is held against the plain way.

func TestAnAutomatonAcceptsWhatItsExpressionDoes(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, expr := range []string{`^[0-9]{7}[A-HJ-NPR-Z]$`, `(a|ab)(c|bcd)(d*)`, `^([0-9]{2}|2[AB])[0-9]{3}$`, `[a-z]+(-[a-z]+)*`, `.*x.{3}`, `(?i)oui|non`, `\d{3,5}`, `a?b?c?`, ``, `^$`, `[^,]*`} {
		p, wrong := newPattern(expr, mostStates)
		if wrong != nil {
			t.Fatalf("%s: %s", expr, wrong.EN)
		}
		if p.automaton == nil {
			t.Errorf("%s has no automaton", expr)
			continue
		}
		for range 3000 {
			v := make([]byte, r.IntN(10))
			for i := range v {
				v[i] = "abcdxOUINoui0123459AZ-,.\n"[r.IntN(25)]
			}
			if matched, told := p.automaton.match(v); told && matched != p.expr.Match(v) {
				t.Fatalf("%s on %q: the automaton says %t", expr, v, matched)
			}
		}
	}
}

func TestAnExpressionOfXMLSchemaIsTranslatedOrRefusedWithTheReason(t *testing.T) {
	for _, c := range []struct {
		expr, yes, no string // texts separated by spaces
	}{
		{`\d{3}`, "123 ١٢٣", "12 1234 a12"},
		{`[a-z-[aeiou]]+`, "xyz b", "a xa"},
		{`\i\c*`, "_a.b-c élan", "1a -x"},
		{`\p{IsBasicLatin}+`, "abc", "é"},
		{`a|b`, "a b", "ab ax"},
		{`^a|b$`, "a b", "ax xb"},
		{`[\w]+`, "été_1", "a.b"},
		{`[^\d]`, "a", "1"},
		{`\p{Lu}\p{Ll}+`, "Éa", "éa"},
		{`[[]x]?`, "[x]", "x"},
		{`\u00e9t\x41`, "étA", "eta"},
		{`(?#un mot)a`, "a", "b"},
	} {
		p, wrong := newPattern(c.expr, mostStates)
		if wrong != nil {
			t.Errorf("%s is refused: %s", c.expr, wrong.EN)
			continue
		}
		for _, v := range strings.Fields(c.yes) {
			if !p.match([]byte(v)) {
				t.Errorf("%s refuses %q", c.expr, v)
			}
		}
		for _, v := range strings.Fields(c.no) {
			if p.match([]byte(v)) {
				t.Errorf("%s accepts %q", c.expr, v)
			}
		}
	}
	for expr, why := range map[string]string{`(?=a)b`: "looks around", `(?<!a)b`: "looks around", `(a)\1`: "backreference", `(?>a)b`: "atomic", `a++b`: "possessive",
		`(a`: "cannot be read", `[a`: "never closed", `a{2000}`: "cannot be read", `\p{IsKlingon}`: "not known"} {
		if _, wrong := newPattern(expr, mostStates); wrong == nil || !strings.Contains(wrong.EN, why) {
			t.Errorf("%s must be refused because: %s; said %v", expr, why, wrong)
		}
	}
}

func TestAnExpressionThatExplodesElsewhereTakesNoTimeHere(t *testing.T) {
	p, wrong := newPattern(`(a+)+(a|aa)*b`, mostStates)
	if wrong != nil {
		t.Fatal(wrong.EN)
	}
	if p.match(bytes.Repeat([]byte("a"), 50_000)) || !p.match([]byte("aaab")) || p.match([]byte(strings.Repeat("é", 20_000))) {
		t.Error("the verdict is wrong")
	}
}

func FuzzTranslate(f *testing.F) {
	for _, expr := range []string{`\d{3}`, `[a-z-[aeiou]]`, `\p{IsGreek}[^\s\S]`, `(?P<x>a)`, `[\-\]]`, `\c\I`} {
		f.Add(expr, "abc")
	}
	f.Fuzz(func(t *testing.T, expr, text string) {
		if len(expr) > 200 || len(text) > 200 {
			return
		}
		p, wrong := newPattern(expr, mostStates)
		if wrong != nil {
			if wrong.FR == "" || wrong.EN == "" {
				t.Fatal("refused without a reason")
			}
			return
		}
		if p.automaton != nil {
			if matched, told := p.automaton.match([]byte(text)); told && matched != p.expr.MatchString(text) {
				t.Fatalf("%q on %q", expr, text)
			}
		}
	})
}

func TestAnAddressIsAcceptedAsThePlainRuleDoes(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 20000 {
		v := make([]byte, r.IntN(14))
		for i := range v {
			v[i] = "ab.@-Z0_+é "[r.IntN(12)]
		}
		text := string(v)
		if strings.TrimSpace(text) != text {
			continue
		}
		var o value
		if castEmail(v, &o) != french.Email(text).Valid {
			t.Fatalf("%q: %t", text, castEmail(v, &o))
		}
	}
}

func TestNumbersCompareAndAreEqualAsRationals(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	number := func() string {
		s := []string{"", "-", "+"}[r.IntN(3)]
		for range 1 + r.IntN(22) {
			s += string("0123456789"[r.IntN(10)])
		}
		if r.IntN(2) == 0 {
			s += "."
			for range r.IntN(8) {
				s += string("0012345"[r.IntN(7)])
			}
		}
		if r.IntN(4) == 0 {
			s += fmt.Sprintf("e%d", r.IntN(30)-15)
		}
		return s
	}
	for range 20000 {
		a, b := number(), number()
		if r.IntN(5) == 0 {
			b = a + "e0"
			if strings.Contains(a, "e") {
				b = a
			}
		}
		var oa, ob value
		if !castNumber([]byte(a), &oa) || !castNumber([]byte(b), &ob) {
			t.Fatalf("%q or %q is refused", a, b)
		}
		x, ok := new(big.Rat).SetString(strings.TrimPrefix(a, "+"))
		y, also := new(big.Rat).SetString(strings.TrimPrefix(b, "+"))
		if !ok || !also {
			t.Fatalf("%q or %q is not read by big", a, b)
		}
		want := x.Cmp(y)
		if got := decimalOf([]byte(a)).compare(decimalOf([]byte(b))); got != want {
			t.Fatalf("%s and %s: %d, want %d", a, b, got, want)
		}
		if fa, quick := oa.float(); quick {
			if fb, quick := ob.float(); quick && (fa < fb) != (want < 0) || quick && (fa > fb) != (want > 0) {
				t.Fatalf("%s and %s as floats: %v %v", a, b, fa, fb)
			}
		}
		key := func(s string, o *value) string {
			if o.exact {
				return string(appendNumber(nil, o.num, int(o.scale)))
			}
			return string(decimalOf([]byte(s)).appendTo(nil))
		}
		if (key(a, &oa) == key(b, &ob)) != (want == 0) {
			t.Fatalf("%s and %s: keys %q and %q", a, b, key(a, &oa), key(b, &ob))
		}
	}
}

func TestDatesAreThoseOfTheCalendar(t *testing.T) {
	for year := -3; year < 2500; year += 7 {
		for month := 0; month <= 13; month++ {
			for d := 0; d <= 32; d++ {
				days, ok := daysOf(year, month, d)
				at := time.Date(year, time.Month(month), d, 0, 0, 0, 0, time.UTC)
				is := at.Day() == d && int(at.Month()) == month
				if ok != is || ok && days*86400 != at.Unix() {
					t.Fatalf("%d-%d-%d: %d %t, want %d %t", year, month, d, days, ok, at.Unix()/86400, is)
				}
			}
		}
	}
}

// The report is the same however the keys are kept and the file is cut.
func TestAReportDoesNotDependOnMemoryNorOnProcessors(t *testing.T) {
	var b strings.Builder
	r := rand.New(rand.NewPCG(8, 9))
	b.WriteString("id,parent,date,n\n")
	for i := range 60_000 {
		fmt.Fprintf(&b, "%d,%d,2026-%02d-%02d,%d\n", r.IntN(50_000), r.IntN(52_000), r.IntN(13)+1, r.IntN(29)+1, i-r.IntN(3))
	}
	schema := `{"fields":[{"name":"id","type":"integer","constraints":{"unique":true}},{"name":"parent","type":"integer"},{"name":"date","type":"date"},{"name":"n","type":"integer"}],
		"primaryKey":["id"],"uniqueKeys":[["id","parent"]],"foreignKeys":[{"fields":["parent"],"reference":{"fields":["id"]}}],
		"custom_checks":[{"name":"monotonic","params":{"column":"n"}}]}`
	var first string
	for _, memory := range []int64{1 << 30, 1 << 16} {
		report := validated(t, schema, b.String(), Options{Memory: memory, Scratch: t.TempDir()})
		report.Stats.Seconds = 0
		out, err := json.Marshal(report)
		if err != nil {
			t.Fatal(err)
		}
		if first == "" {
			first = string(out)
			// Recomputed plainly.
			ids, repeated, orphans := map[string]bool{}, int64(0), int64(0)
			lines := strings.Split(strings.TrimSpace(b.String()), "\n")[1:]
			for _, l := range lines {
				id, _, _ := strings.Cut(l, ",")
				if ids[id] {
					repeated++
				}
				ids[id] = true
			}
			for _, l := range lines {
				if !ids[strings.Split(l, ",")[1]] {
					orphans++
				}
			}
			if g := report.Group("id", "unique"); g == nil || g.Count != repeated || len(g.Examples) != most {
				t.Errorf("%d repetitions, want %d", g.Count, repeated)
			}
			if g := report.Group("", "foreignKeys"); g == nil || g.Count != orphans {
				t.Errorf("%d orphans, want %d", g.Count, orphans)
			}
		} else if string(out) != first {
			t.Error("the report depends on how keys are kept")
		}
	}
}

func TestThePatternsOfPublishedSchemasAreRead(t *testing.T) {
	// Anchored or not, with the classes of Python: as they are written in schema.data.gouv.fr.
	for expr, value := range map[string]string{`^\d{14}$`: "24350013900189", `^([013-9]\d|2[AB1-9])\d{3}$`: "2A004", `(?:(?:18|19|20)[0-9]{2}|FR)`: "1999", `[A-Za-zÀ-ÖØ-öø-ÿ' -]+`: "Étang d'Or"} {
		if p, wrong := newPattern(expr, mostStates); wrong != nil || !p.match([]byte(value)) {
			t.Errorf("%s refuses %s: %v", expr, value, wrong)
		}
	}
}
