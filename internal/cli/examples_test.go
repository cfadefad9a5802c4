package cli

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// effectifs is the file that the documentation publishes.
const effectifs = "academie;code_postal;college;effectif\nRennes;35000;Collège A;512\nRennes;01000;Collège B;48\nNantes;44000;Collège C;250\n"

// effectifsSchema is the schema that the documentation has it declare.
const effectifsSchema = `{"fields":[{"name":"academie"},{"name":"code_postal"},{"name":"college"},{"name":"effectif","type":"integer","constraints":{"minimum":100}}]}`

var blocks = regexp.MustCompile("(?ms)^```sh\n(.*?)^```$")

// TestTheExamplesOfTheDocumentationWork runs the commands of the documents, in their order, in a folder where "bin/socle" is
// this program. Addresses lead to a server with the demonstration. The targets of make are not run from within a test.
func TestTheExamplesOfTheDocumentationWork(t *testing.T) {
	demo := start(t, "demo", "--data", t.TempDir())
	for _, document := range []string{"README.md", "docs/operations.md", "docs/fr/guide.md", "docs/quality.md"} {
		text, err := os.ReadFile(filepath.Join("..", "..", document))
		if err != nil {
			t.Fatal(err)
		}
		if document == "docs/quality.md" {
			measured(t, demo)
		}
		t.Run(document, func(t *testing.T) {
			t.Chdir(newUser(t))
			here := strings.NewReplacer("http://localhost:8080", demo, "127.0.0.1:8080", "127.0.0.1:0", "/srv/socle", "srv", "curl ", "curl --fail --silent --show-error ")
			ran := 0
			for _, block := range blocks.FindAllStringSubmatch(string(text), -1) {
				for command := range strings.Lines(strings.ReplaceAll(block[1], "\\\n", "")) {
					if command = strings.TrimSpace(here.Replace(command)); !strings.HasPrefix(command, "make ") {
						example(t, command)
						ran++
					}
				}
			}
			if ran == 0 {
				t.Error("no example was found")
			}
		})
	}
}

// measured waits for the first scores, which come in the background soon after the start.
func measured(t *testing.T, server string) {
	t.Helper()
	for range 600 {
		answer, err := http.Get(server + "/api/v1/datasets/annuaire-etablissements/score")
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode == http.StatusOK {
			return
		}
		time.Sleep(200 * time.Millisecond)
	}
	t.Fatal("the quality of the demonstration is never measured")
}

// example runs a command, which must succeed and say something. A server must start and stop.
func example(t *testing.T, command string) {
	t.Helper()
	if words := strings.Fields(command); strings.HasSuffix(words[0], "socle") && words[1] == "serve" {
		start(t, words[1], words[2:]...)
		return
	}
	shell := exec.Command("bash", "-c", command)
	shell.Env = append(os.Environ(), asProgram+"=1", "PATH=bin:"+os.Getenv("PATH"))
	shell.Stdin = strings.NewReader("une phrase assez longue\n") // the password that "user add" asks for
	if out, err := shell.CombinedOutput(); err != nil || len(out) == 0 {
		t.Errorf("%s\n%v: %s", command, err, out)
	}
}

// newUser is the folder of somebody who has built the program and has a file to publish.
func newUser(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	self, err := filepath.Abs(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		os.Mkdir(filepath.Join(folder, "bin"), 0o755),
		os.Symlink(self, filepath.Join(folder, "bin", "socle")),
		os.WriteFile(filepath.Join(folder, "effectifs.csv"), []byte(effectifs), 0o600),
		os.WriteFile(filepath.Join(folder, "effectifs.schema.json"), []byte(effectifsSchema), 0o600),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return folder
}
