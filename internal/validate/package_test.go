package validate

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"socle/internal/fault"
	"socle/internal/schema/frictionless"
)

// packaged validates a package made of files.
func packaged(t *testing.T, descriptor string, files map[string]string) (*Report, error) {
	t.Helper()
	folder := t.TempDir()
	for name, content := range files {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p, err := frictionless.ParsePackage([]byte(descriptor))
	if err != nil {
		t.Fatal(err)
	}
	return Bundle{Folder: folder, Scratch: t.TempDir()}.Package(context.Background(), p, Options{})
}

func TestReferencesBetweenTablesAreCheckedEvenInACycle(t *testing.T) {
	r, err := packaged(t, `{"resources":[
		{"name":"ecoles","path":"ecoles.csv","schema":{"fields":[{"name":"uai"},{"name":"commune"}],"primaryKey":"uai","foreignKeys":[{"fields":["commune"],"reference":{"resource":"communes","fields":["code"]}}]}},
		{"name":"communes","path":["c1.csv","c2.csv"],"schema":"communes.json"},
		{"name":"dedans","data":[{"id":1,"uai":"A"},{"id":2,"uai":"Z"}],"schema":{"fields":[{"name":"id","type":"integer"},{"name":"uai"}],"foreignKeys":[{"fields":["uai"],"reference":{"resource":"ecoles","fields":["uai"]}}]}}]}`,
		map[string]string{
			"ecoles.csv": "uai,commune\nA,1\nB,2\nC,9\n", "c1.csv": "code,chef\n1,A\n", "c2.csv": "2,B\n3,X\n",
			"communes.json": `{"fields":[{"name":"code"},{"name":"chef"}],"foreignKeys":[{"fields":["chef"],"reference":{"resource":"ecoles","fields":["uai"]}}]}`,
		})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, g := range r.Errors {
		for _, e := range g.Examples {
			got = append(got, fmt.Sprintf("%s %s %d %s", g.Table, g.Type, e.Row, e.Cell))
		}
	}
	want := "ecoles foreign-key 3 9; communes foreign-key 3 X; dedans foreign-key 2 Z"
	if strings.Join(got, "; ") != want || len(r.Tasks) != 3 || r.Valid {
		t.Errorf("%v, want %s", got, want)
	}
}

func TestWhatIsWrongWithTheFilesOfAPackageIsAFault(t *testing.T) {
	r, err := packaged(t, `{"resources":[{"name":"absent","path":"x.csv","schema":{"fields":[{"name":"a"}]}},{"name":"vide","path":"vide.csv"},
		{"name":"autre","path":"a.csv","bytes":3,"hash":"sha256:00","schema":{"fields":[{"name":"a"}]}}]}`, map[string]string{"a.csv": "a\n1\n", "vide.csv": ""})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, g := range r.Errors {
		got = append(got, g.Table+" "+g.Type)
	}
	if strings.Join(got, ", ") != "absent scheme-error, vide source-error, autre byte-count, autre hash-count" || r.Valid || r.Stats.Errors != 4 {
		t.Errorf("%v", got)
	}
}

func TestALinkMayNotLeadOutOfAPackage(t *testing.T) {
	folder, secret := t.TempDir(), filepath.Join(t.TempDir(), "secret.csv")
	if err := os.WriteFile(secret, []byte("a\n1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(secret, filepath.Join(folder, "lien.csv")); err != nil {
		t.Skip(err)
	}
	p, err := frictionless.ParsePackage([]byte(`{"resources":[{"name":"a","path":"lien.csv"},{"name":"b","path":"http://192.0.2.1/b.csv"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	r, err := Bundle{Folder: folder, Scratch: t.TempDir()}.Package(context.Background(), p, Options{})
	if err != nil || len(r.Errors) != 2 || r.Errors[0].Rule != "file_outside" || r.Errors[1].Rule != "fetch_refused" {
		t.Errorf("%v %+v", err, r)
	}
}

func TestAMillionFaultsAreCountedAndAFewAreKept(t *testing.T) {
	var b strings.Builder
	b.WriteString("a,b\n")
	for i := range 500_000 {
		fmt.Fprintf(&b, "x%d,y%d\n", i, i)
	}
	r := validated(t, `{"fields":[{"name":"a","type":"integer"},{"name":"b","type":"date"}]}`, b.String(), Options{Examples: 7})
	if r.Stats.Errors != 1_000_000 || r.Stats.FaultyRows != 500_000 || len(r.Errors) != 2 || len(r.Errors[1].Examples) != 7 || r.Errors[1].Count != 500_000 {
		t.Errorf("%+v", r.Stats)
	}
	for i, e := range r.Errors[0].Examples {
		if e.Row != int64(i+1) || e.Line != int64(i+2) || e.Cell != fmt.Sprintf("x%d", i) {
			t.Errorf("example %d is %+v", i, e)
		}
	}
	faulty := r.Tasks[0].Faulty()
	if !faulty.Has(1) || !faulty.Has(500_000) || faulty.Has(0) || faulty.Has(500_001) {
		t.Error("the faulty rows are wrong")
	}
}

func TestEveryFormatIsRead(t *testing.T) {
	schema := `{"fields":[{"name":"id","type":"integer"},{"name":"d","type":"date"}],"fieldsMatch":"equal"}`
	for name, content := range map[string]string{
		"a.csv": "id,d\n1,2024-01-01\nx,\n", "a.tsv": "id\td\n1\t2024-01-01\nx\t\n", "a.txt": "Effectifs de la rentrée\n\nid;d\n1;2024-01-01\nx;2024-01-02\n" + strings.Repeat("2;2024-01-03\n", 12),
		"a.json": `[{"id":1,"d":"2024-01-01"},{"id":"x","d":null}]`, "a.ndjson": "{\"id\":1,\"d\":\"2024-01-01\"}\n{\"id\":\"x\"}\n",
	} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := frictionless.Parse([]byte(schema))
		if err != nil {
			t.Fatal(err)
		}
		r, err := Check(context.Background(), File{Path: path}, s, t.TempDir(), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := found(r); fmt.Sprint(got) != "[2 id type]" || r.Stats.Rows < 2 {
			t.Errorf("%s: %q, %d rows", name, got, r.Stats.Rows)
		}
	}
}

func TestTheDialectIsFollowed(t *testing.T) {
	for _, c := range []struct{ dialect, content string }{
		{`{"delimiter":"|","quoteChar":"'"}`, "a|b\n'x|y'|1\nz|no\n"},
		{`{"commentChar":"#"}`, "# un commentaire\na,b\n\"x,y\",1\n# encore\nz,no\n"},
		{`{"commentRows":[1]}`, "remarque\na,b\nx,1\nz,no\n"},
		{`{"skipInitialSpace":true}`, "a, b\nx, 1\nz, no\n"},
		{`{"escapeChar":"\\"}`, "a,b\nx\\,y,1\nz,no\n"},
		{`{"nullSequence":"\\N"}`, "a,b\nx,1\ny,\\N\nz,no\n"},
		{`{"lineTerminator":";"}`, "a,b;x,1;z,no;"},
		{`{"header":false}`, "x,1\nz,no\n"},
	} {
		path := filepath.Join(t.TempDir(), "a.csv")
		if err := os.WriteFile(path, []byte(c.content), 0o600); err != nil {
			t.Fatal(err)
		}
		d, err := frictionless.ParseDialect([]byte(c.dialect))
		if err != nil {
			t.Fatal(err)
		}
		s, err := frictionless.Parse([]byte(`{"fields":[{"name":"a"},{"name":"b","type":"integer"}]}`))
		if err != nil {
			t.Fatal(err)
		}
		r, err := Check(context.Background(), File{Path: path, Dialect: d}, s, t.TempDir(), Options{})
		if err != nil {
			t.Errorf("%s: %v", c.dialect, err)
			continue
		}
		if g := r.Group("b", "type"); r.Stats.Errors != 1 || g == nil || g.Examples[0].Cell != "no" {
			t.Errorf("%s: %q", c.dialect, found(r))
		}
	}
}

func TestAFileThatIsNoTableIsAFaultOfTheReport(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.csv")
	if err := os.WriteFile(path, []byte("a,b\n\"1,2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := frictionless.Parse([]byte(`{"fields":[{"name":"a"},{"name":"b"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	r, err := Check(context.Background(), File{Path: path}, s, t.TempDir(), Options{})
	if err != nil || r.Valid || len(r.Errors) != 1 || r.Errors[0].Rule != "unclosed_quote" {
		t.Errorf("%v %+v", err, r)
	}
	if _, err := Check(context.Background(), File{Path: path + "x"}, s, t.TempDir(), Options{}); err == nil || fault.KindOf(err) != fault.Internal {
		t.Errorf("a file that is not there: %v", err)
	}
}
