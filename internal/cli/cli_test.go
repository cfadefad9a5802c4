package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// run runs one command on a data folder and returns its code and what it wrote.
func run(t *testing.T, data string, args ...string) (code int, out, errs string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	t.Setenv("LANG", "en_GB.UTF-8")
	code = Main(append(args, "--data", data), &stdout, &stderr, "test")
	return code, stdout.String(), stderr.String()
}

func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const pupils = "Code UAI;Nom du collège;Élèves;Rentrée\n0350001A;Collège A;512;2026-09-01\n0350002B;Collège B;48;2026-09-01\n0350003C;Collège C;;2025-09-01\n"

func TestAFileIsPublishedFoundQuestionedAndExported(t *testing.T) {
	data := filepath.Join(t.TempDir(), "new", "data")
	file := write(t, "Effectifs des collèges.csv", pupils)

	code, out, errs := run(t, data, "publish", file, "--json")
	if code != exitDone {
		t.Fatalf("publish: %d %s %s", code, out, errs)
	}
	var published outcome
	if err := json.Unmarshal([]byte(out), &published); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if published.Dataset != "effectifs-des-colleges" || published.Version != 1 || published.Rows != 3 || !published.Created {
		t.Errorf("%+v", published)
	}
	var fields []string
	for _, f := range published.Fields {
		fields = append(fields, f.Name+":"+string(f.Type))
	}
	if got, want := strings.Join(fields, " "), "code_uai:text nom_du_college:text eleves:integer rentree:date"; got != want {
		t.Errorf("fields %s, want %s", got, want)
	}

	if code, out, _ = run(t, data, "publish", file); code != exitDone || !strings.Contains(out, "already up to date") {
		t.Errorf("the same bytes again: %d %s", code, out)
	}
	if code, out, errs = run(t, data, "datasets", "--search", "college"); code != exitDone || !strings.Contains(out, "effectifs-des-colleges") {
		t.Errorf("datasets: %d %s %s", code, out, errs)
	}
	code, out, errs = run(t, data, "query", "effectifs-des-colleges", "--where", "eleves > 100", "--select", "nom_du_college, eleves", "--json")
	if code != exitDone || strings.Join(strings.Fields(out), "") != `[{"nom_du_college":"CollègeA","eleves":512}]` {
		t.Errorf("query: %d %s %s", code, out, errs)
	}
	target := filepath.Join(t.TempDir(), "out.csv")
	code, out, errs = run(t, data, "export", "effectifs-des-colleges", "--output", target)
	content, err := os.ReadFile(target)
	if code != exitDone || err != nil || string(content) != strings.Replace(pupils, "Code UAI;Nom du collège;Élèves;Rentrée", "code_uai;nom_du_college;eleves;rentree", 1) {
		t.Errorf("export: %d %s %s\n%s", code, out, errs, content)
	}
	for _, args := range [][]string{{"doctor", "--deep"}, {"audit", "verify"}, {"user", "list"}, {"version"}} {
		if code, out, errs := run(t, data, args...); code != exitDone {
			t.Errorf("%v: %d %s %s", args, code, out, errs)
		}
	}
}

func TestTheExitCodeSaysWhatHappened(t *testing.T) {
	data := t.TempDir()
	good := write(t, "a.csv", pupils)
	personal := write(t, "eleves.csv", "nom;courriel\nA;a@exemple.fr\nB;b@exemple.fr\n")
	for _, tc := range []struct {
		args []string
		code int
		say  string
	}{
		{[]string{"publish", good, "--id", "a", "--dry-run"}, exitDone, "Dry run"},
		{[]string{"publish", filepath.Join(data, "absent.csv")}, exitRefused, "does not exist"},
		{[]string{"publish", write(t, "vide.csv", "")}, exitRefused, "empty"},
		{[]string{"publish", good, "--type", "eleves"}, exitMisuse, "FIELD=TYPE"},
		{[]string{"publish", good, "--type", "eleves=nombre"}, exitMisuse, "FIELD=TYPE"},
		{[]string{"publish", good, "--access", "public"}, exitMisuse, "--access"},
		{[]string{"publish", personal, "--id", "p"}, exitRefused, "courriel"},
		{[]string{"publish", personal, "--id", "p", "--access", "open"}, exitDone, "published"},
		{[]string{"query", "absent"}, exitRefused, "absent"},
		{[]string{"query", "p", "--where", "nope = 1"}, exitRefused, "nope"},
		{[]string{"nothing"}, exitMisuse, "nothing"},
		{[]string{"doctor", "--server", "http://127.0.0.1:1"}, exitFault, "does not answer"},
		{[]string{"datasets", "--server", "http://127.0.0.1:1"}, exitFault, "does not answer"},
		{[]string{"publish", "http://127.0.0.1:1/x.csv"}, exitRefused, "127.0.0.1"},
	} {
		code, out, errs := run(t, data, tc.args...)
		if code != tc.code || !strings.Contains(out+errs, tc.say) {
			t.Errorf("%v: code %d, want %d; %q not in\n%s%s", tc.args, code, tc.code, tc.say, out, errs)
		}
	}
}

func TestALargeLossWaitsForANote(t *testing.T) {
	data := t.TempDir()
	var all, half strings.Builder
	all.WriteString("departement;ecole\n")
	half.WriteString("departement;ecole\n")
	for i := range 200 {
		line := []string{"Nord", "Sud"}[i%2] + ";École " + string(rune('A'+i%26)) + "\n"
		all.WriteString(line)
		if i%2 == 0 {
			half.WriteString(line)
		}
	}
	if code, out, errs := run(t, data, "publish", write(t, "ecoles.csv", all.String()), "--id", "ecoles"); code != exitDone {
		t.Fatalf("%s %s", out, errs)
	}
	lost := write(t, "ecoles.csv", half.String())
	if code, _, errs := run(t, data, "publish", lost, "--id", "ecoles"); code != exitRefused || !strings.Contains(errs, "--accept-loss") || !strings.Contains(errs, "Sud") {
		t.Errorf("a large loss: %d %s", code, errs)
	}
	if code, out, errs := run(t, data, "publish", lost, "--id", "ecoles", "--accept-loss", "Le Sud a son propre jeu."); code != exitDone {
		t.Errorf("accepted: %d %s %s", code, out, errs)
	}
}
