package cli

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
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

// book makes a workbook of one sheet, or of several, from its rows.
func book(t *testing.T, sheets ...[][]any) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for i, rows := range sheets {
		name := fmt.Sprintf("Sheet%d", i+1)
		if _, err := f.NewSheet(name); err != nil {
			t.Fatal(err)
		}
		for j, row := range rows {
			if err := f.SetSheetRow(name, fmt.Sprintf("A%d", j+1), &row); err != nil {
				t.Fatal(err)
			}
		}
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// published is an installation with one dataset, to which nothing must happen.
func published(t *testing.T) (data string) {
	t.Helper()
	data = t.TempDir()
	if code, out, errs := run(t, data, "publish", write(t, "bon.csv", pupils), "--id", "jeu"); code != exitDone {
		t.Fatalf("%s %s", out, errs)
	}
	t.Cleanup(func() {
		if code, out, _ := run(t, data, "query", "jeu", "--select", "count(*) as n", "--json"); code != exitDone || !strings.Contains(out, `"n": 3`) {
			t.Errorf("the dataset changed: %d %s", code, out)
		}
		if code, out, _ := run(t, data, "datasets", "--json"); code != exitDone || strings.Count(out, `"dataset_id"`) != 1 {
			t.Errorf("something was published: %d %s", code, out)
		}
		if code, out, errs := run(t, data, "doctor", "--deep", "--json"); code != exitDone || !strings.Contains(out, `"cleared": []`) {
			t.Errorf("something was left: %d %s %s", code, out, errs)
		}
		left, err := os.ReadDir(filepath.Join(data, "scratch"))
		left = slices.DeleteFunc(left, func(e os.DirEntry) bool { return e.Name() == ".gate" || e.Name() == ".node" }) // those of the folder itself
		if err != nil && !os.IsNotExist(err) || len(left) > 0 {
			t.Errorf("left in the scratch folder: %v %v", left, err)
		}
	})
	return data
}

// TestBadInputIsRefusedWithAClearMessage publishes what cannot be, to a dataset that exists and to one that does not, and
// checks that nothing is published, changed or left.
func TestBadInputIsRefusedWithAClearMessage(t *testing.T) {
	data := published(t)
	parquet := filepath.Join(t.TempDir(), "jeu.parquet")
	if code, out, errs := run(t, data, "export", "jeu", "--format", "parquet", "--output", parquet); code != exitDone {
		t.Fatalf("%s %s", out, errs)
	}
	whole, err := os.ReadFile(parquet)
	if err != nil {
		t.Fatal(err)
	}
	header := []any{"code", "nom"}
	many := gzipped(t, strings.NewReader(strings.Repeat("a;b\n1;2\n", 10_000)))
	for _, tc := range []struct {
		name    string
		content []byte
		say     string
	}{
		{"vide.csv", nil, "The file “vide.csv” is empty."},
		{"blancs.csv", []byte(" \n\r\n\t"), "The file “blancs.csv” is empty"},
		{"entetes.csv", []byte("code;nom;valeur\n"), "The file has headers only: there is no row to publish."},
		{"entetes.xlsx", book(t, [][]any{header}), "The file has headers only: there is no row to publish."},
		{"entetes-et-autre.xlsx", book(t, [][]any{header}, [][]any{header, {"01", "A"}}), "The sheet “Sheet1” has headers only: there is no row to publish. Choose another sheet: Sheet2."},
		{"rien.xlsx", book(t, nil), "The file “rien.xlsx” is empty"},
		{"guillemet.csv", []byte("a;b\n1;2\n3;\"jamais fermé\n4;5\n"), "A quote that opens on line 3 is never closed"},
		{"nuls.csv", []byte("a;b\n1;2\n3;\x00\n"), "The file holds a NUL byte on line 3 (byte 11)"},
		{"bombe.gz", gzipped(t, &zeros{left: 500_000_000}), "The archive “bombe.gz” unfolds beyond what is allowed"},
		{"evasion.zip", zipped(t, "../../etc/passwd.csv"), "holds a path that leaves its folder, “../../etc/passwd.csv”: it is refused whole"},
		{"plusieurs.zip", zipped(t, "a.csv", "b.csv"), "holds 2 tables (“a.csv”, “b.csv”): choose one"},
		{"coupe.csv.gz", many[:len(many)/2], "The archive “coupe.csv.gz” is cut or damaged: reading stops after"},
		{"coupe.parquet", whole[:len(whole)/2], "The Parquet file “coupe.parquet” is incomplete: its end is missing"},
		{"coupe.xlsx", book(t, [][]any{header, {"01", "A"}})[:4000], "is incomplete or damaged"},
		{"vieux.xls", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 600)), "save it as XLSX, ODS or CSV"},
		{"page.csv", []byte("<!DOCTYPE html><html><body>Connexion</body></html>"), "“page.csv” is a web page"},
		{"casse.json", []byte("[{\"a\":1},\n{\"a\":}]"), "The file is no longer valid JSON at line 2 (byte"},
		{"coupe.json", []byte("[{\"a\":1},{\"a\""), "The JSON file stops before its end, at line 1 (byte 13)"},
	} {
		for _, id := range []string{"jeu", "nouveau"} {
			code, out, errs := run(t, data, "publish", write(t, tc.name, string(tc.content)), "--id", id)
			if code != exitRefused || out != "" {
				t.Errorf("%s as %s: code %d\n%s%s", tc.name, id, code, out, errs)
			}
			if !strings.Contains(errs, tc.say) {
				t.Errorf("%s: the message is not %q but %s", tc.name, tc.say, errs)
			}
		}
	}
}

// TestALineOfTwoGigabytesIsRefusedInBoundedMemory streams the line through a pipe into a process of its own.
func TestALineOfTwoGigabytesIsRefusedInBoundedMemory(t *testing.T) {
	data := published(t)
	for _, tc := range []struct{ name, head, say string }{
		{"ligne.csv", "a;b\n1;2\n", "Line 3 exceeds 33.6"},
		{"ligne.json", "[{\"a\":1},{\"a\":\"", "Element 2 (byte 9) is over 33.6"},
	} {
		path := filepath.Join(t.TempDir(), tc.name)
		if err := syscall.Mkfifo(path, 0o600); err != nil {
			t.Fatal(err)
		}
		go func() {
			pipe, err := os.OpenFile(path, os.O_WRONLY, 0)
			if err != nil {
				t.Error(err)
				return
			}
			defer pipe.Close()
			chunk := bytes.Repeat([]byte("x"), 1<<20)
			_, err = io.WriteString(pipe, tc.head)
			for range 2000 {
				if err == nil {
					_, err = pipe.Write(chunk)
				}
			}
			if err != nil {
				t.Error(err)
			}
		}()
		command := program("publish", path, "--data", data, "--id", "jeu")
		out, err := command.CombinedOutput()
		if command.ProcessState.ExitCode() != exitRefused || !strings.Contains(string(out), tc.say) {
			t.Errorf("%s: %v %s", tc.name, err, out)
		}
		if peak := command.ProcessState.SysUsage().(*syscall.Rusage).Maxrss; peak > 600_000 {
			t.Errorf("%s: %d kB of memory at the peak", tc.name, peak)
		}
	}
}

// TestAPrivateAddressIsRefused gives addresses that lead inside, each as a person or an attacker would write it.
func TestAPrivateAddressIsRefused(t *testing.T) {
	data := published(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/redirect" {
			http.Redirect(w, r, "http://169.254.169.254/latest/meta-data", http.StatusFound)
			return
		}
		t.Errorf("the file was asked for: %s", r.URL)
	}))
	defer server.Close()
	port := server.URL[strings.LastIndexByte(server.URL, ':'):]
	refused := func(address, leads string) string {
		return fmt.Sprintf("The address “%s” leads to a private or reserved network (%s): it is refused.", address, leads)
	}
	for _, tc := range []struct{ address, say string }{
		{"http://127.0.0.1" + port + "/a.csv", refused("127.0.0.1", "127.0.0.1")},
		{"http://10.1.2.3/a.csv", refused("10.1.2.3", "10.1.2.3")},
		{"http://192.168.1.1/a.csv", refused("192.168.1.1", "192.168.1.1")},
		{"http://169.254.169.254/latest/meta-data", refused("169.254.169.254", "169.254.169.254")},
		{"http://[::1]" + port + "/a.csv", refused("::1", "::1")},
		{"http://[::ffff:127.0.0.1]" + port + "/a.csv", refused("::ffff:127.0.0.1", "127.0.0.1")},
		{"http://0.0.0.0" + port + "/a.csv", refused("0.0.0.0", "0.0.0.0")},
		{"http://localhost" + port + "/a.csv", "The address “localhost” leads to a private or reserved network ("}, // a name that resolves to one
		{"https://jeton:secret@exemple.fr/a.csv", "holds a user name or a password"},
		{"http://" + strings.Repeat("a", 300) + "/a.csv", "does not exist"},
	} {
		code, out, errs := run(t, data, "publish", tc.address, "--id", "jeu")
		if code != exitRefused || !strings.Contains(errs, tc.say) || strings.Contains(errs, "secret") {
			t.Errorf("%s: code %d, the message is not %q but %s%s", tc.address, code, tc.say, out, errs)
		}
	}
	// Leave is given for the network of the first server only: where it redirects to is looked at as well.
	redirecting := program("publish", "http://127.0.0.1"+port+"/redirect", "--data", data, "--id", "jeu", "--allow-private", "127.0.0.0/8")
	if out, _ := redirecting.CombinedOutput(); redirecting.ProcessState.ExitCode() != exitRefused || !strings.Contains(string(out), "(169.254.169.254): it is refused.") {
		t.Errorf("a redirection inside: %s", out)
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
	if code, out, errs := run(t, data, "query", "mot-reserve", "--select", "`select`, `from`", "--where", "`select` = 1 and `where` = 3", "--json"); code != exitDone ||
		strings.Join(strings.Fields(out), "") != `[{"select":1,"from":2}]` {
		t.Errorf("fields named as words of the language: %d %s %s", code, out, errs)
	}
	if _, out, _ := run(t, data, "export", "doubles"); out != "a;a_2;colonne_3;a_3\n1;2;3;4\n" {
		t.Errorf("repeated and empty names: %s", out)
	}
	if _, out, _ := run(t, data, "export", "melange"); out != "nom;ville\nRené;Orléans\nAndré;Nîmes\n" {
		t.Errorf("mixed encodings: %s", out)
	}
	if _, out, _ := run(t, data, "export", "inegal"); out != "a;b;c;colonne_4\n1;2;3;\n4;5;;\n6;7;8;9\n" {
		t.Errorf("ragged rows: %s", out)
	}
}

// TestFormulasAreNeutralisedOnRequest exports texts that a spreadsheet would run.
func TestFormulasAreNeutralisedOnRequest(t *testing.T) {
	data := t.TempDir()
	formulas := []string{"=1+1", "+1+1", "-1+1", "@SUM(A1)", "=cmd|' /C calc'!A0"}
	if code, out, errs := run(t, data, "publish", write(t, "a.csv", "formule\n"+strings.Join(formulas, "\n")+"\n"), "--id", "formules"); code != exitDone {
		t.Fatalf("%s %s", out, errs)
	}
	for _, neutralise := range []bool{false, true} {
		var want []string
		args := []string{"export", "formules"}
		for _, formula := range formulas {
			if neutralise {
				formula = "'" + formula
			}
			want = append(want, formula)
		}
		if neutralise {
			args = append(args, "--neutralise")
		}
		if _, out, errs := run(t, data, args...); strings.TrimSpace(out) != "formule\n"+strings.Join(want, "\n") {
			t.Errorf("CSV, neutralise %v: %s %s", neutralise, out, errs)
		}
		target := filepath.Join(t.TempDir(), "a.xlsx")
		run(t, data, append(args, "--format", "xlsx", "--output", target)...)
		sheet, err := excelize.OpenFile(target)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := sheet.GetRows(sheet.GetSheetName(0))
		if err != nil || len(rows) != 6 {
			t.Fatalf("%v %v", rows, err)
		}
		for i, row := range rows[1:] {
			cell := fmt.Sprintf("A%d", i+2)
			formula, _ := sheet.GetCellFormula(sheet.GetSheetName(0), cell)
			if row[0] != want[i] || formula != "" {
				t.Errorf("XLSX, neutralise %v: %q, want %q; formula %q", neutralise, row[0], want[i], formula)
			}
		}
		sheet.Close()
	}
}
