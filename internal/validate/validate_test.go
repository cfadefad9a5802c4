package validate

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"socle/internal/format"
	"socle/internal/schema/frictionless"
)

// opened makes a table of a text, as a file of the given name.
func opened(t testing.TB, name, data string) *format.Table {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	src, err := format.Detect(ctx, path, name)
	if err != nil {
		t.Fatal(err)
	}
	table, err := format.Open(ctx, src, t.TempDir(), format.Options{HeaderRow: 1}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func compiled(t testing.TB, schema string, o Options) *Program {
	t.Helper()
	s, err := frictionless.Parse([]byte(schema))
	if err != nil {
		t.Fatal(err)
	}
	p, err := Compile(context.Background(), s, o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func validated(t testing.TB, schema, data string, o Options) *Report {
	t.Helper()
	r, err := compiled(t, schema, o).Run(context.Background(), opened(t, "donnees.csv", data))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// found lists the faults of a report: "row field rule".
func found(r *Report) []string {
	var out []string
	for _, g := range r.Errors {
		for _, e := range g.Examples {
			out = append(out, strings.TrimSpace(fmt.Sprintf("%d %s %s", e.Row, g.Field, g.Rule)))
		}
	}
	sort.Strings(out)
	return out
}

func TestEachRuleOfAFieldFindsItsFaults(t *testing.T) {
	for _, c := range []struct {
		name, schema, data string
		want               []string
	}{
		{"types", `{"fields":[{"name":"n","type":"integer"},{"name":"d","type":"date"},{"name":"b","type":"boolean"}]}`,
			"n,d,b\n1,2026-01-31,true\nx,2026-02-30,oui\n", []string{"2 b type", "2 d type", "2 n type"}},
		{"constraints", `{"fields":[{"name":"n","type":"integer","constraints":{"required":true,"minimum":2,"maximum":"5"}},{"name":"s","type":"string","constraints":{"pattern":"[a-z]+","maxLength":3,"enum":["abc","abcd"]}}]}`,
			"n,s\n1,abc\n,abcd\n6,ABC\n3,\n", []string{"1 n minimum", "2 n required", "2 s maxLength", "3 n maximum", "3 s enum", "3 s pattern"}},
		{"unique values", `{"fields":[{"name":"n","type":"integer","constraints":{"unique":true}},{"name":"s"}]}`,
			"n,s\n1,a\n01,b\n,c\n,d\n2,e\n1,f\n", []string{"2 n unique", "6 n unique"}},
		{"a primary key", `{"fields":[{"name":"a"},{"name":"b"}],"primaryKey":["a","b"]}`,
			"a,b\n1,1\n1,2\n1,1\n,1\n", []string{"3  primaryKey", "4  primaryKey"}},
		{"unique keys leave out what is empty", `{"fields":[{"name":"a"},{"name":"b"}],"uniqueKeys":[["a","b"]]}`,
			"a,b\n1,\n1,\n1,2\n1,2\n", []string{"4  uniqueKeys"}},
		{"a reference to the table itself", `{"fields":[{"name":"id"},{"name":"parent"}],"foreignKeys":[{"fields":["parent"],"reference":{"fields":["id"]}}]}`,
			"id,parent\n1,\n2,1\n3,9\n", []string{"3  foreignKeys"}},
		{"rows of another width", `{"fields":[{"name":"a"},{"name":"b"}]}`,
			"a,b\n1,2,3\n1\n\n,\n", []string{"1  extra-cell", "2 b missing-cell", "3  blank-row", "3  blank-row"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := validated(t, c.schema, c.data, Options{})
			got := found(r)
			for i := range c.want {
				c.want[i] = strings.TrimSpace(c.want[i])
			}
			if fmt.Sprint(got) != fmt.Sprint(c.want) || r.Valid == (len(c.want) > 0) {
				t.Errorf("got %q\nwant %q", got, c.want)
			}
		})
	}
}
