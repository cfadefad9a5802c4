package validate

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/schema/frictionless"
)

// elsewhere is the rows of other tables, by the name of the table.
type elsewhere map[string][][]Referred

// Referred implements [Tables].
func (e elsewhere) Referred(_ context.Context, key frictionless.ForeignKey, each func([]Referred) error) error {
	rows, known := e[key.Resource]
	if !known {
		return fault.New(fault.NotFound, "reference_not_found", i18n.T("absent", "absent"))
	}
	for _, row := range rows {
		if err := each(row); err != nil {
			return err
		}
	}
	return nil
}

func TestAFileAloneIsHeldAgainstTheTablesThatItRefersTo(t *testing.T) {
	const schema = `{"fields":[{"name":"uai","type":"string"},{"name":"jour","type":"date","format":"%d/%m/%Y"},{"name":"prix","type":"number","decimalChar":","}],
		"foreignKeys":[{"fields":["uai"],"reference":{"resource":"ecoles","fields":["code"]}},{"fields":["uai","jour"],"reference":{"resource":"visites","fields":["ecole","date"]}},
		{"fields":["prix"],"reference":{"resource":"tarifs","fields":["montant"]}}]}`
	const file = "uai;jour;prix\nA;01/09/2025;1,50\nB;02/09/2025;2\n;;\nC;01/09/2025;\n"
	plain := func(text string) Referred { return Referred{Text: text, Plain: true} }
	for name, c := range map[string]struct {
		tables Tables
		want   []string // rule and lines of the faults
		notes  int      // references that are not held
	}{
		"nobody knows the tables": {nil, nil, 3},
		"one table is known":      {elsewhere{"ecoles": {{{Text: "A"}}, {{Text: "B"}}, {{Text: ""}}}}, []string{"foreignKeys[0] 5"}, 2},
		"dates and numbers as JSON writes them": {elsewhere{"ecoles": {{{Text: "A"}}, {{Text: "B"}}, {{Text: "C"}}}, "tarifs": {{plain("1.5")}, {plain("3")}},
			"visites": {{{Text: "A"}, plain("2025-09-01")}, {{Text: "B"}, plain("2025-09-03")}, {{Text: "C"}, plain("2025-09-01")}}}, []string{"foreignKeys[1] 3", "foreignKeys[2] 3"}, 0},
		"dates and numbers as the file writes them": {elsewhere{"ecoles": {{{Text: "A"}}, {{Text: "B"}}, {{Text: "C"}}}, "tarifs": {{{Text: "1,5"}}, {{Text: "2,0"}}},
			"visites": {{{Text: "A"}, {Text: "01/09/2025"}}, {{Text: "B"}, {Text: "02/09/2025"}}, {{Text: "C"}, {Text: "01/09/2025"}}}}, nil, 0},
		"an empty table": {elsewhere{"ecoles": nil, "visites": nil, "tarifs": nil}, []string{"foreignKeys[0] 2", "foreignKeys[0] 3", "foreignKeys[0] 5", "foreignKeys[1] 2", "foreignKeys[1] 3", "foreignKeys[1] 5", "foreignKeys[2] 2", "foreignKeys[2] 3"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := frictionless.Parse([]byte(schema))
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), "a.csv")
			if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
				t.Fatal(err)
			}
			report, err := Check(t.Context(), File{Path: path}, s, t.TempDir(), Options{Tables: c.tables})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, g := range report.Errors {
				for _, e := range g.Examples {
					if g.Type == codeForeign {
						got = append(got, g.Rule+" "+i18n.Integer(i18n.EN, e.Line))
					}
				}
			}
			if strings.Join(got, ", ") != strings.Join(c.want, ", ") {
				t.Errorf("found %v, want %v", got, c.want)
			}
			notes := 0
			for _, w := range report.Warnings {
				if w.Code == "reference_unchecked" {
					notes++
				}
			}
			if notes != c.notes {
				t.Errorf("%d references are not held, want %d", notes, c.notes)
			}
		})
	}
}
