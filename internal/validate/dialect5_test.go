package validate

import (
	"os"
	"path/filepath"
	"testing"

	"socle/internal/schema/frictionless"
)

func TestDialectsInTheWordsOfFrictionlessAreRead(t *testing.T) {
	for name, c := range map[string]struct {
		dialect, data string
	}{
		"an object for CSV":            {`{"csv":{"delimiter":"|","quoteChar":"'","skipInitialSpace":true}}`, "id|n\n1| 'a|b'\n"},
		"a null sequence, an escape":   {`{"csv":{"delimiter":";","nullSequence":"NULL","escapeChar":"\\"}}`, "id;n\n1;a\\;b\nNULL;c\n"},
		"the row of names":             {`{"headerRows":[2],"csv":{"delimiter":";"}}`, "un export;\nid;n\n1;a\n"},
		"comments":                     {`{"commentChar":"#"}`, "# un export\nid,n\n1,a\n# fin\n"},
		"blank rows":                   {`{"skipBlankRows":true}`, "id,n\n1,a\n\n,\n2,b\n"},
		"the standard comes before it": {`{"delimiter":",","csv":{"delimiter":";"}}`, "id,n\n1,a\n"},
	} {
		t.Run(name, func(t *testing.T) {
			dialect, err := frictionless.ParseDialect([]byte(c.dialect))
			if err != nil {
				t.Fatal(err)
			}
			s, err := frictionless.Parse([]byte(`{"fields":[{"name":"id","type":"integer"},{"name":"n"}]}`))
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), "a.csv")
			if err := os.WriteFile(path, []byte(c.data), 0o600); err != nil {
				t.Fatal(err)
			}
			report, err := Check(t.Context(), File{Path: path, Dialect: dialect}, s, t.TempDir(), Options{})
			if err != nil || !report.Valid {
				t.Errorf("%v: %s", err, found(report))
			}
		})
	}
}
