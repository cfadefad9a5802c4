package validate

import (
	"strings"
	"testing"
)

func TestACodeIsWrittenInOneWayAndWrittenOtherwiseItIsMended(t *testing.T) {
	for _, c := range []struct {
		format, cell, mended string // mended is empty for a value that is right as it is
	}{
		{"siret", "11004301500012", ""}, {"siret", "110 043 015 00012", "11004301500012"}, {"siren", "110 043 015", "110043015"},
		{"commune", "2A004", ""}, {"commune", "2a004", "2A004"}, {"commune", "35 238", "35238"}, {"uai", "0750655e", "0750655E"}, {"departement", "2b", "2B"}, {"postal", "35 000", "35000"},
		{"phone", "01 99 00 00 00", ""}, {"iban", "FR76 3000 6000 0112 3456 7890 189", ""}, // printed in groups
	} {
		r := validated(t, `{"fields":[{"name":"code","type":"string","format":"`+c.format+`"}]}`, "code\n"+c.cell+"\n", Options{Keep: true})
		g := r.Group("code", c.format)
		if (g != nil) != (c.mended != "") || g != nil && g.Examples[0].Suggestion != c.mended {
			t.Errorf("%s %q: %+v", c.format, c.cell, g)
			continue
		}
		var out strings.Builder
		if done, err := r.Mend(t.Context(), &out); err != nil || g != nil && (done.Cells != 1 || out.String() != "code\n"+c.mended+"\n") {
			t.Errorf("%s %q is mended as %q (%v)", c.format, c.cell, out.String(), err)
		}
	}
	// The checks of Validata take any way of writing, as they do there.
	if r := validated(t, `{"fields":[{"name":"siret"}],"custom_checks":[{"name":"french-siret-value","params":{"column":"siret"}}]}`, "siret\n110 043 015 00012\n", Options{}); !r.Valid {
		t.Errorf("%s", found(r))
	}
}

func TestABlankRowIsOneFault(t *testing.T) {
	for name, data := range map[string]string{"a line of nothing": "id,n\n1,a\n\n2,b\n", "a line of delimiters": "id,n\n1,a\n,\n2,b\n"} {
		r := validated(t, `{"fields":[{"name":"id"},{"name":"n"}],"primaryKey":"id"}`, data, Options{Keep: true})
		if r.Stats.Errors != 1 || r.Group("", "blank-row") == nil {
			t.Errorf("%s: %s", name, found(r))
		}
		n := 0
		if err := r.Tasks[0].Faults(t.Context(), r, func(Fault) error { n++; return nil }); err != nil || n != 1 {
			t.Errorf("%s: %d faults are listed (%v)", name, n, err)
		}
	}
}
