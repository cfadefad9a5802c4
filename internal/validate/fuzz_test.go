package validate

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"socle/internal/fault"
	"socle/internal/schema/frictionless"
)

// FuzzCheck holds any file against any schema: the verdict is one that can be told, its counts agree, and it does not
// depend on how much memory keys have.
func FuzzCheck(f *testing.F) {
	f.Add(`{"fields":[{"name":"a","type":"integer","constraints":{"unique":true,"minimum":2}},{"name":"b","format":"uai"}],"primaryKey":["a","b"]}`, "a,b\n1,0750655E\n1,0750655e\n,\nx\n1,2,3\n")
	f.Add(`{"fields":[{"name":"d","type":"date","format":"any"},{"name":"n","type":"number","decimalChar":","}],"uniqueKeys":[["d"]],"custom_checks":[{"name":"monotonic","params":{"column":"d"}}]}`, "d;n\n2020-01-01;1,5\n01/02/2020;x\n\n2020-01-01;2\n")
	f.Add(`{"fields":[{"name":"o","type":"object","constraints":{"jsonSchema":{"required":["a"]}}},{"name":"g","type":"geojson"},{"name":"l","type":"list","itemType":"integer"}],"missingValues":["-"]}`, "o,g,l\n\"{\"\"a\"\":1}\",-,\"1,2\"\n{},x,a\n")
	f.Add(`{"fields":[{"name":"a"},{"name":"b"},{"name":"c","type":"boolean"}],"foreignKeys":[{"fields":["a"],"reference":{"resource":"","fields":["b"]}}],"custom_checks":[{"name":"sum-columns","params":{"column":"a","columns":["b"]}},{"name":"conditional-required","params":{"column":"a","when":"b"}}]}`, "a\tb\tc\n1\t1\ttrue\n2\t\tvrai\n")
	f.Fuzz(func(t *testing.T, schema, data string) {
		if len(schema) > 1500 || len(data) > 3000 {
			return
		}
		s, err := frictionless.Parse([]byte(schema))
		if err != nil {
			return
		}
		path := filepath.Join(t.TempDir(), "d.csv")
		if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
		var said []string
		for _, memory := range []int64{1, 0} {
			r, err := Check(context.Background(), File{Path: path}, s, t.TempDir(), Options{Memory: memory, Keep: true})
			if err != nil {
				if fault.KindOf(err) == fault.Internal {
					t.Fatalf("a defect: %v", err)
				}
				return
			}
			var counted int64
			for _, g := range r.Errors {
				counted += g.Count
				if g.Message.FR == "" || g.Message.EN == "" || len(g.Examples) == 0 || int64(len(g.Examples)) > g.Count {
					t.Fatalf("%+v", g)
				}
			}
			if counted != r.Stats.Errors || r.Valid != (counted == 0) || r.Stats.FaultyRows > r.Stats.Rows+counted {
				t.Fatalf("%d counted, %+v", counted, r.Stats)
			}
			var visited int64
			if task := &r.Tasks[0]; task.Read() {
				if err := task.Faults(context.Background(), r, func(Fault) error { visited++; return nil }); err != nil || visited != counted {
					t.Fatalf("%d faults visited of %d: %v", visited, counted, err)
				}
			}
			r.Stats.Seconds = 0
			text, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			said = append(said, string(text))
		}
		if said[0] != said[1] {
			t.Fatalf("with keys on disk:\n%s\nin memory:\n%s", said[0], said[1])
		}
	})
}

// FuzzDialect reads any text in any dialect.
func FuzzDialect(f *testing.F) {
	f.Add("a;b\n# rien\n'x''y';\\;z\n", ";", "'", "#", "\\", "NA")
	f.Add("a,b\r\"1\"\"\",NA\r", ",", `"`, "", "", "NA")
	f.Fuzz(func(t *testing.T, data, delimiter, quote, comment, escape, null string) {
		if len(data) > 3000 || len(delimiter) > 1 || len(quote) > 1 || len(comment) > 1 || len(escape) > 1 || len(data) == 0 {
			return
		}
		path := filepath.Join(t.TempDir(), "d.csv")
		if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
		d := &frictionless.Dialect{Delimiter: delimiter, QuoteChar: quote, CommentChar: comment, EscapeChar: escape, NullSequence: null}
		s, err := frictionless.Parse([]byte(`{"fields":[{"name":"a","type":"integer"}]}`))
		if err != nil {
			t.Fatal(err)
		}
		r, err := Check(context.Background(), File{Path: path, Dialect: d}, s, t.TempDir(), Options{})
		if err != nil && fault.KindOf(err) == fault.Internal {
			t.Fatalf("a defect: %v", err)
		}
		if r != nil {
			var out strings.Builder
			if err := r.HTML(&out, "fr"); err != nil {
				t.Fatal(err)
			}
		}
	})
}
