package cli

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// schoolSchema describes a school with its classes; part of it is in another document.
const schoolSchema = `{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","required":["uai","classes"],"additionalProperties":false,
 "properties":{"uai":{"type":"string","format":"uai"},"classes":{"type":"array","minItems":1,"items":{"$ref":"classe.json"}}}}`

const classSchema = `{"type":"object","required":["niveau"],"properties":{"niveau":{"enum":["6e","5e","4e","3e"]},"effectif":{"type":"integer","minimum":0,"maximum":40}}}`

func TestAJSONFileIsHeldAgainstAJSONSchema(t *testing.T) {
	folder := t.TempDir()
	for name, content := range map[string]string{"ecole.json": schoolSchema, "classe.json": classSchema, "dehors.json": `{"type":"object","$ref":"../ailleurs.json"}`, "lien.json": `{"type":"object","$ref":"passwd.json"}`,
		"prive.json": `{"type":"object","$ref":"http://10.0.0.1/x.json"}`, "motif.json": `{"type":"object","properties":{"code":{"type":"string","pattern":"^(?!00)[0-9]{5}$"}}}`, "faux.json": `{"type":"objet"}`} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("/etc/passwd", filepath.Join(folder, "passwd.json")); err != nil {
		t.Fatal(err)
	}
	served := httptest.NewServer(http.FileServer(http.Dir(folder)))
	defer served.Close()
	led := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/classe.json" { // where the schema says that the rest of it is
			http.Redirect(w, r, "http://169.254.169.254/latest", http.StatusFound)
			return
		}
		_, _ = w.Write([]byte(schoolSchema))
	}))
	defer led.Close()
	good := write(t, "bon.json", `{"uai":"0750655E","classes":[{"niveau":"6e","effectif":27}]}`)
	bad := write(t, "faux.json", "{\n \"uai\": \"0750655D\",\n \"classes\": [\n  {\"niveau\": \"6e\"},\n  {\"niveau\": \"7e\", \"effectif\": 41},\n  {}\n ],\n \"ville\": \"Rennes\"\n}\n")
	lines := write(t, "lignes.jsonl", `{"uai":"0750655E","classes":[{"niveau":"6e"}]}`+"\n"+`{"uai":"0750655E","classes":[]}`+"\n"+`{"uai":`+"\n"+`{"classes":[{"niveau":3}]}`+"\n")
	for _, c := range []struct {
		name, file, schema string
		code               int
		wants              []string
	}{
		{"a right document", good, filepath.Join(folder, "ecole.json"), exitDone, []string{"Valid"}},
		{"a schema at an address, with the documents that it refers to", good, served.URL + "/ecole.json", exitDone, []string{"Valid"}},
		{"a wrong document", bad, filepath.Join(folder, "ecole.json"), exitRefused, []string{"Line 2, “/uai”: “0750655D” is not of format “uai”", "Did you mean “0750655E”?", "Line 5, “/classes/1/niveau”: “7e” is not in the list",
			"Line 5, “/classes/1/effectif”: “41” is out of bounds: at most 40", "Line 6, “/classes/2/niveau” is missing", "Line 8, “/ville”: “Rennes” is not in the schema", "/classes/*/niveau"}},
		{"lines", lines, filepath.Join(folder, "ecole.json"), exitRefused, []string{"4 faults in 3 rows, of 4 rows", "Line 2, “/classes” is out of bounds: at least 1 item", "Line 3, “/” is not valid JSON", "Line 4, “/uai” is missing"}},
		{"a table", write(t, "t.csv", "uai\n0750655E\n"), filepath.Join(folder, "ecole.json"), exitMisuse, []string{"For a table, give a Table Schema"}},
		{"a file that is no JSON", write(t, "x.json", `{"uai":`), filepath.Join(folder, "ecole.json"), exitRefused, []string{"not valid JSON"}},
		{"a number that would take gigabytes", write(t, "n.json", `{"uai":1e999999999}`), filepath.Join(folder, "ecole.json"), exitRefused, []string{"out of range"}},
		{"a reference out of the folder", good, filepath.Join(folder, "dehors.json"), exitMisuse, []string{"neither a file of its folder"}},
		{"a reference to a link that leads out", good, filepath.Join(folder, "lien.json"), exitMisuse, []string{"neither a file of its folder"}},
		{"a reference to a private address", good, filepath.Join(folder, "prive.json"), exitMisuse, []string{"10.0.0.1"}},
		{"a reference that redirects to a private address", good, led.URL + "/ecole.json", exitMisuse, []string{"169.254.169.254"}},
		{"an expression that needs going back", good, filepath.Join(folder, "motif.json"), exitMisuse, []string{"/properties/code", "looks around"}},
		{"a schema that is not one", good, filepath.Join(folder, "faux.json"), exitMisuse, []string{"at “/type”"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, out, errs := run(t, t.TempDir(), "validate", c.file, "--schema", c.schema, "--allow-private", "127.0.0.0/8")
			if code != c.code {
				t.Errorf("exit code %d, want %d: %s%s", code, c.code, out, errs)
			}
			for _, want := range c.wants {
				if !strings.Contains(out+errs, want) {
					t.Errorf("%q is not in %s%s", want, out, errs)
				}
			}
		})
	}
}
