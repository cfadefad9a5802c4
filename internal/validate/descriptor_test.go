package validate

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"socle/internal/schema/frictionless"
)

func TestInfinitiesAreBeyondAllNumbersAndNaNIsNone(t *testing.T) {
	s, err := frictionless.Parse([]byte(`{"fields":[{"name":"u","type":"number","constraints":{"unique":true}},{"name":"n","type":"number","constraints":{"minimum":-5}},{"name":"x","type":"number","constraints":{"maximum":5}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "d.csv")
	if err := os.WriteFile(path, []byte("u,n,x\nNaN,NaN,NaN\nINF,INF,INF\n-INF,-INF,-INF\ninf,1,1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := Check(context.Background(), File{Path: path}, s, t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, g := range r.Errors {
		for _, e := range g.Examples {
			got = append(got, fmt.Sprintf("%s %s %d", g.Field, g.Rule, e.Row))
		}
	}
	if said := strings.Join(got, ", "); said != "u unique 4, n minimum 1, n minimum 3, x maximum 1, x maximum 2" {
		t.Error(said)
	}
}

// alone validates one resource that holds its data, or a file next to it.
func alone(t *testing.T, resource, file string) *Report {
	t.Helper()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "d.csv"), []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := frictionless.ParseResource([]byte(resource))
	if err != nil {
		t.Fatal(err)
	}
	r, err := Bundle{Folder: folder, Scratch: t.TempDir()}.Package(context.Background(), p, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestTheRowsOfADescriptionAreRead(t *testing.T) {
	const schema = `"schema":{"fields":[{"name":"a","type":"integer"},{"name":"b"}]}`
	for rows, want := range map[string]string{
		`[["a","b"],[1,"x, \"y\""],["z",null]]`: "a type 2",
		`[{"b":"x","a":1},{"a":"z"}]`:           "a type 2", // members have no order
		`[{"b":"x","a":1,"c":2}]`:               "a extra-label",
		`[["a","b"],["1","x"]]`:                 "",
	} {
		r := alone(t, `{"name":"r","data":`+rows+`,`+schema+`}`, "")
		got := ""
		for _, g := range r.Errors {
			got = strings.TrimSuffix(fmt.Sprintf("a %s %d", g.Rule, g.Examples[0].Row), " 0")
		}
		if got != want {
			t.Errorf("%s: %q, want %q", rows, got, want)
		}
	}
}

func TestTheNamesOfTheSchemaTellTheDelimiterThatTheRowsDoNot(t *testing.T) {
	r := alone(t, `{"name":"r","path":"d.csv","schema":{"fields":[{"name":"id","type":"integer"},{"name":"b"},{"name":"c"}]}}`, "# clean this data!\nid,b,c\n1,x,y\n2,x\n3,x,y,z\n4\n")
	if g := r.Group("id", "type"); g != nil || r.Stats.Rows != 4 || r.Group("b", "missing-cell") == nil {
		t.Errorf("%d rows, %+v", r.Stats.Rows, r.Errors)
	}
}
