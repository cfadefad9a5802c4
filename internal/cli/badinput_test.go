package cli

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

func gzipped(t *testing.T, content io.Reader) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.Copy(w, content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zipped(t *testing.T, names ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range names {
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, "a;b\n1;2\n"); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// zeros reads as many zero bytes as asked: a bomb once compressed.
type zeros struct{ left int64 }

func (z *zeros) Read(p []byte) (int, error) {
	if z.left <= 0 {
		return 0, io.EOF
	}
	n := int(min(int64(len(p)), z.left))
	clear(p[:n])
	z.left -= int64(n)
	return n, nil
}

// TestBadInputIsRefusedWithAClearMessage publishes what cannot be, and checks that nothing was published and that the
// dataset which was there before is untouched.
func TestBadInputIsRefusedWithAClearMessage(t *testing.T) {
	data := t.TempDir()
	if code, out, errs := run(t, data, "publish", write(t, "bon.csv", pupils), "--id", "jeu"); code != exitDone {
		t.Fatalf("%s %s", out, errs)
	}
	parquet := filepath.Join(t.TempDir(), "jeu.parquet")
	if code, out, errs := run(t, data, "export", "jeu", "--format", "parquet", "--output", parquet); code != exitDone {
		t.Fatalf("%s %s", out, errs)
	}
	whole, err := os.ReadFile(parquet)
	if err != nil {
		t.Fatal(err)
	}
	many := gzipped(t, strings.NewReader(strings.Repeat("a;b\n1;2\n", 10_000)))
	for _, tc := range []struct {
		name    string
		content []byte
		say     string // in the message
	}{
		{"vide.csv", nil, "empty"},
		{"entetes.csv", []byte("code;nom;valeur\n"), "no row"},
		{"guillemet.csv", []byte("a;b\n1;2\n3;\"jamais fermé\n4;5\n"), "line 3"},
		{"nuls.csv", []byte("a;b\n1;2\n3;\x00\n"), "NUL"},
		{"bombe.gz", gzipped(t, &zeros{left: 500_000_000}), "unfolds"},
		{"evasion.zip", zipped(t, "../../etc/passwd.csv"), "../"},
		{"plusieurs.zip", zipped(t, "a.csv", "b.csv"), "a.csv"},
		{"coupe.csv.gz", many[:len(many)/2], "cut"},
		{"coupe.parquet", whole[:len(whole)/2], "Parquet"},
		{"vieux.xls", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 600)), "XLSX"},
		{"page.csv", []byte("<!DOCTYPE html><html><body>Connexion</body></html>"), "page"},
		{"casse.json", []byte("[{\"a\":1},\n{\"a\":}]"), "line 2"},
		{"coupe.json", []byte("[{\"a\":1},{\"a\""), "stops"},
	} {
		code, out, errs := run(t, data, "publish", write(t, tc.name, string(tc.content)), "--id", "jeu")
		if code != exitRefused {
			t.Errorf("%s: code %d\n%s%s", tc.name, code, out, errs)
		}
		if !strings.Contains(errs, tc.say) {
			t.Errorf("%s: the message does not say %q: %s", tc.name, tc.say, errs)
		}
	}
	if code, out, _ := run(t, data, "query", "jeu", "--select", "count(*) as n", "--json"); code != exitDone || !strings.Contains(out, `"n": 3`) {
		t.Errorf("the dataset changed: %d %s", code, out)
	}
	if code, out, errs := run(t, data, "doctor", "--json"); code != exitDone || !strings.Contains(out, `"cleared": []`) {
		t.Errorf("something was left: %d %s %s", code, out, errs)
	}
}

// TestOddFilesArePublishedWhole publishes what is unusual and right.
func TestOddFilesArePublishedWhole(t *testing.T) {
	data := t.TempDir()
	book := excelize.NewFile()
	defer book.Close()
	for cell, value := range map[string]any{"A1": "code", "B1": "n", "A2": "01", "B2": 1, "A900000": "02", "B900000": 2} {
		if err := book.SetCellValue("Sheet1", cell, value); err != nil {
			t.Fatal(err)
		}
	}
	sparse, err := book.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	wide := make([]string, 10_000)
	for i := range wide {
		wide[i] = "c"
	}
	values := strings.TrimSuffix(strings.Repeat("1;", 10_000), ";")
	for _, tc := range []struct{ id, name, content, rows, field string }{
		{"une-colonne", "a.csv", "uai\n0350001A\n0350002B\n", "2", "uai"},
		{"large", "a.csv", strings.Join(wide, ";") + "\n" + values + "\n", "1", "c_10000"},
		{"inegal", "a.csv", "a;b;c\n1;2;3\n4;5\n6;7;8;9\n", "3", "c"},
		{"latin", "a.csv", "nom;ville\nRen\xe9;Orl\xe9ans\n", "1", "ville"},
		{"melange", "a.csv", "nom;ville\nRené;Orléans\nAndr\xe9;N\xeemes\n", "2", "ville"},
		{"utf16", "a.csv", "\xff\xfen\x00;\x00v\x00\n\x001\x00;\x002\x00\n\x00", "1", "v"},
		{"doubles", "a.csv", "a;A;;a\n1;2;3;4\n", "1", "a_3"},
		{"mot-reserve", "a.csv", "select;from;where\n1;2;3\n", "1", "select"},
		{"formule", "a.csv", "nom;formule\nA;=1+1\nB;@SUM(A1)\n", "2", "formule"},
		{"clairseme", "a.xlsx", sparse.String(), "2", "code"},
	} {
		code, out, errs := run(t, data, "publish", write(t, tc.name, tc.content), "--id", tc.id)
		if code != exitDone {
			t.Errorf("%s: %d %s %s", tc.id, code, out, errs)
			continue
		}
		code, out, errs = run(t, data, "query", tc.id, "--select", "count(*) as n, count(`"+tc.field+"`) as m", "--json")
		if code != exitDone || !strings.Contains(out, `"n": `+tc.rows) {
			t.Errorf("%s: %d %s %s", tc.id, code, out, errs)
		}
	}
	for _, neutralise := range []bool{false, true} {
		args := []string{"export", "formule"}
		if neutralise {
			args = append(args, "--neutralise")
		}
		if _, out, errs := run(t, data, args...); strings.Contains(out, "'=1+1") != neutralise {
			t.Errorf("neutralise %v: %s %s", neutralise, out, errs)
		}
	}
}
