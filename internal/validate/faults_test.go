package validate

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"socle/internal/schema/frictionless"
)

const manyRules = `{"fields":[{"name":"id","type":"string","constraints":{"unique":true}},{"name":"n","type":"integer","constraints":{"required":true,"minimum":0}},
	{"name":"d","type":"date"},{"name":"x","type":"number"},{"name":"nir","type":"string","format":"nir"}],
	"primaryKey":["id"],"uniqueKeys":[["n","d"]],"foreignKeys":[{"fields":"n","reference":{"resource":"","fields":"n"}}],
	"custom_checks":[{"name":"monotonic","params":{"column":"x"}},{"name":"compare-columns-value","params":{"column":"n","op":"<=","column2":"x"}}]}`

func TestEveryFaultIsVisitedInTheOrderOfTheFileAndAsManyAsWereCounted(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	var b strings.Builder
	b.WriteString("id,n,d,x,nir\n")
	for i := range 60_000 { // several blocks
		switch random.IntN(40) {
		case 0:
			b.WriteString("\n")
		case 1:
			b.WriteString("id,n,d,x,nir\n")
		case 2:
			b.WriteString("a,b\n")
		case 3:
			b.WriteString("a,1,2020-01-01,1,2,3,4\n")
		default:
			fmt.Fprintf(&b, "k%d,%d,%s,%d,%s\n", random.IntN(80_000), random.IntN(30)-1, []string{"2020-01-01", "31/12/2020", ""}[random.IntN(3)], i, []string{"", "269054958815780", "269054958815781"}[random.IntN(3)])
		}
	}
	table := opened(t, "donnees.csv", b.String())
	report, err := compiled(t, manyRules, Options{Keep: true}).Run(context.Background(), table)
	if err != nil {
		t.Fatal(err)
	}
	counts, shown := map[*Group]int64{}, map[*Group]int{}
	var last, total int64
	err = report.Tasks[0].Faults(context.Background(), report, func(f Fault) error {
		total++
		if f.Line < last {
			t.Fatalf("line %d comes after line %d", f.Line, last)
		}
		last = f.Line
		counts[f.Group]++
		if f.Masked && strings.Contains(f.Cell+f.Message.FR+f.Suggestion, "26905") {
			t.Errorf("a NIR is in clear: %+v", f.Example)
		}
		if n := shown[f.Group]; n < len(f.Group.Examples) {
			if e := f.Group.Examples[n]; e.Row != f.Row || e.Line != f.Line || e.Cell != f.Cell {
				t.Errorf("%s %s: the example %d is %+v, the fault %+v", f.Group.Field, f.Group.Rule, n, e, f.Example)
			}
			shown[f.Group]++
		}
		return nil
	})
	if err != nil || total != report.Stats.Errors || total < 10_000 {
		t.Errorf("%d faults are visited of %d (%v)", total, report.Stats.Errors, err)
	}
	for i := range report.Errors {
		if g := &report.Errors[i]; counts[g] != g.Count {
			t.Errorf("%s %s: %d visited of %d", g.Field, g.Rule, counts[g], g.Count)
		}
	}
	stop := errors.New("enough")
	if err := report.Tasks[0].Faults(context.Background(), report, func(Fault) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("a visit that stops ends with %v", err)
	}
}

func TestOnlyAnotherWritingOfTheSameValueIsSure(t *testing.T) {
	for _, test := range []struct {
		kind frictionless.Type
		a, b string
		want bool
	}{
		{frictionless.String, "0750655e", "0750655E", true}, {frictionless.String, "750655E", "0750655E", true}, {frictionless.String, " 075 0655 E ", "0750655E", true},
		{frictionless.String, "1001", "01001", true}, {frictionless.String, "9731", "09731", false}, {frictionless.String, "9881", "09881", false}, {frictionless.String, "0750655D", "0750655E", false}, {frictionless.String, "Natatoin", "Natation", false}, {frictionless.String, "natation", "Natation", true},
		{frictionless.Number, "12,5", "12.5", true}, {frictionless.Number, "95 %", "95", false}, {frictionless.Integer, "1 250", "1250", true},
		{frictionless.Date, "31/12/2025", "2025-12-31", true}, {frictionless.Boolean, "oui", "true", true},
	} {
		if got := sameValue(&frictionless.Field{Type: test.kind}, test.a, test.b); got != test.want {
			t.Errorf("%q and %q: %v", test.a, test.b, got)
		}
	}
}

func TestWhatIsSureIsMendedAndTheRestStaysAsItCame(t *testing.T) {
	const rules = `{"fieldsMatch":"equal","fields":[{"name":"uai","type":"string","format":"uai"},{"name":"ouvert_le","type":"date"},{"name":"taux","type":"number"},{"name":"sport","type":"string","constraints":{"enum":["Natation","Judo"]}}],"primaryKey":["uai"]}`
	const data = "UAI;ouvert_le;taux;sport\n0750655E;31/12/2025;12,5;natation\n\n750654D;2025-01-01;\"95 % ; sûr\";Natatoin\nUAI;ouvert_le;taux;sport\n0690026D;;-1;Judo;en trop\n0690026D;;2;Judo;\n"
	report := validated(t, rules, data, Options{Keep: true, AnyCase: true})
	var mended, list strings.Builder
	done, err := report.Mend(context.Background(), &mended)
	if err != nil {
		t.Fatal(err)
	}
	const want = "uai;ouvert_le;taux;sport\n0750655E;2025-12-31;12.5;Natation\n0750654D;2025-01-01;\"95 % ; sûr\";Natatoin\n0690026D;;-1;Judo;en trop\n0690026D;;2;Judo\n"
	if mended.String() != want {
		t.Errorf("mended:\n%s\nwant:\n%s", mended.String(), want)
	}
	if done.Cells != 5 || done.Rows != 2 || done.Names != 1 || done.Left != 4 {
		t.Errorf("%+v\n%s", done, found(report))
	}
	if err := report.List(context.Background(), &list, "fr"); err != nil || int64(strings.Count(list.String(), "\n")) != report.Stats.Errors+1 {
		t.Errorf("%d faults are listed (%v):\n%s", report.Stats.Errors, err, list.String())
	}
}
