package cli

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// instants are what no two installations have in common: times, and the digests of a record that holds them.
var instants = regexp.MustCompile(`\d{4}-\d\d-\d\d(T[0-9:.]+(Z|\+00:00))?|[0-9a-f-]{36,}`)

// TestACommandSaysTheSameOfAServerAsOfADataFolder runs each command that can act on a server both ways, for people and for
// machines, and compares the codes and what is written.
func TestACommandSaysTheSameOfAServerAsOfADataFolder(t *testing.T) {
	local, served := t.TempDir(), t.TempDir()
	admin := token(t, "administrator", "admin", "--data", served)
	token(t, "administrator", "admin", "--data", local)
	server := start(t, "serve", "--data", served)
	good, empty := write(t, "Effectifs.csv", pupils), write(t, "vide.csv", "")
	personal := write(t, "eleves.csv", "nom;courriel\nA;a@exemple.fr\nB;b@exemple.fr\n")
	target := filepath.Join(t.TempDir(), "a.xlsx")
	rules := write(t, "regles.schema.json", `{"fields":[{"name":"Code UAI"},{"name":"Nom du collège"},{"name":"Élèves","type":"integer","constraints":{"minimum":100}},{"name":"Rentrée"}]}`)
	for _, tc := range []struct {
		args string // {good} and the like are files
		code int
		say  string
	}{
		{"publish {good} --dry-run", exitDone, "Dry run: “effectifs” would have 3 rows."},
		{"publish {good} --note Note", exitDone, "“effectifs”, version 1, published: 3 rows."},
		{"publish {good}", exitDone, "“effectifs” is already up to date"},
		{"publish {good} --id force --type eleves=text", exitDone, "“force”, version 1, published"},
		{"publish {good} --id nul --type rien=text", exitRefused, "rien"},
		{"publish {good} --id ailleurs --org absente", exitRefused, "There is no organisation “absente”."},
		{"publish {empty}", exitRefused, "The file “vide.csv” is empty."},
		{"publish {personal} --id p", exitRefused, "courriel"},
		{"publish {personal} --id p --access open", exitDone, "“p”, version 1, published: 2 rows."},
		{"publish {good} --access nowhere", exitMisuse, "--access"},
		{"publish {good} --id r1 --on-fault block", exitMisuse, "--schema"},
		{"publish {good} --id r1 --schema {rules} --dry-run", exitMisuse, "socle validate --schema"},
		{"publish {good} --id r1 --schema absent.json", exitMisuse, "absent.json"},
		{"publish {good} --id r1 --schema nulle/part", exitRefused, "nulle/part"},
		{"publish {good} --id r1 --schema {rules} --on-fault refuse", exitMisuse, "--on-fault"},
		{"publish {good} --id r1 --schema {rules} --on-fault block", exitRefused, "does not satisfy the schema"},
		{"publish {good} --id r1 --schema {rules} --on-fault quarantine", exitDone, "1 row set aside"},
		{"publish {good} --id r1 --schema {rules} --on-fault quarantine", exitDone, "already up to date"},
		{"publish {good} --id r1 --schema {rules}", exitDone, "published: 3 rows."},
		{"publish {good} --id r2 --schema installation/r1 --dry-run", exitDone, "Schema “installation/r1@1.0.0”: 1 fault."},
		{"datasets", exitDone, "Effectifs"},
		{"datasets --search introuvable", exitDone, ""},
		{"query effectifs --where eleves>100 --select code_uai,eleves", exitDone, "0350001A"},
		{"query effectifs --select count(*) --group-by rentree --order-by rentree", exitDone, "2"},
		{"query absent", exitRefused, "absent"},
		{"query effectifs --where nope=1", exitRefused, "nope"},
		{"query effectifs --limit x", exitMisuse, "limit"},
		{"export effectifs", exitDone, "0350003C;Collège C;;…"},
		{"export effectifs --labels --delimiter ,", exitDone, "Code UAI,"},
		{"export effectifs --format json", exitDone, "0350003C"},
		{"export effectifs --format xlsx --output {target}", exitDone, "written"},
		{"export effectifs --format docx", exitRefused, "docx"},
		{"export absent", exitRefused, "absent"},
		{"audit verify", exitDone, "Record intact"},
		{"validate {good} --schema academie/absent", exitMisuse, "academie/absent"},
		{"doctor --dry-run", exitDone, "Nothing left by interrupted work"},
		{"doctor --deep", exitDone, "Files of versions: all there"},
		{"user list", exitDone, "administrator@exemple.fr"},
		{"user role administrator@exemple.fr nobody", exitRefused, "nobody"},
		{"user role absent@exemple.fr reader", exitRefused, "absent@exemple.fr"},
		{"user role administrator@exemple.fr publisher --org absente", exitRefused, "absente"},
		{"publish http://127.0.0.1/secret.csv --id secret", exitRefused, "127.0.0.1"},
	} {
		args := strings.Fields(strings.NewReplacer("{good}", good, "{empty}", empty, "{personal}", personal, "{target}", target, "{rules}", rules).Replace(tc.args))
		for _, machine := range []bool{false, true} {
			if machine {
				args = append(args, "--json")
			}
			here, there := outcomeOf(program(append(args, "--data", local)...)), outcomeOf(program(append(args, "--server", server, "--token", admin)...))
			// What is explained besides, on standard error, may be shorter from afar; addresses are those of the server.
			if here.code != there.code || here.out != strings.ReplaceAll(there.out, server, "") {
				t.Errorf("%v\non the folder: %+v\non the server: %+v", args, here, there)
			}
			if here.code != tc.code || !machine && !strings.Contains(here.out+here.errs, tc.say) {
				t.Errorf("%v: code %d, want %d; %q not in %s%s", args, here.code, tc.code, tc.say, here.out, here.errs)
			}
			exports := args[0] == "export" && tc.code == exitDone
			if machine && tc.code != exitMisuse && !exports && !json.Valid([]byte(here.out)) {
				t.Errorf("%v: not JSON: %s", args, here.out)
			}
			if machine && tc.code == exitRefused && !strings.Contains(here.out, `"code": "`) {
				t.Errorf("%v: the error has no code: %s", args, here.out)
			}
		}
	}
	for _, tc := range []struct {
		args []string
		code int
		say  string
	}{
		{[]string{"publish", good, "--id", "x", "--server", server}, exitRefused, "Sign in"},
		{[]string{"publish", good, "--id", "x", "--server", server, "--token", "faux"}, exitRefused, ""},
		{[]string{"audit", "verify", "--server", server}, exitRefused, ""},
		{[]string{"datasets", "--server", server}, exitDone, "Effectifs"},
		{[]string{"query", "effectifs", "--server", server}, exitDone, "0350001A"},
		{[]string{"datasets", "--server", "nowhere"}, exitMisuse, "https://"},
		{[]string{"datasets", "--server", "http://127.0.0.1:1"}, exitFault, "does not answer"},
		{[]string{"serve", "--server", server}, exitMisuse, "--data"},
		{[]string{"demo", "--server", server}, exitMisuse, "--data"},
		{[]string{"doctor", "--server", server}, exitRefused, "Sign in"},
		{[]string{"user", "list", "--server", server}, exitRefused, "Sign in"},
		{[]string{"user", "add", "a@exemple.fr", "--server", server}, exitRefused, "Sign in"},
		{[]string{"user", "add", "a@exemple.fr", "--role", "publisher", "--server", server, "--token", admin}, exitDone, "A link to choose a password"},
		{[]string{"user", "add", "a@exemple.fr", "--server", server, "--token", admin}, exitRefused, "already has this e-mail"},
		{[]string{"user", "list", "--server", server, "--token", admin}, exitDone, "Publisher"},
		{[]string{"user", "role", "a@exemple.fr", "none", "--server", server, "--token", admin}, exitDone, ""},
		{[]string{"user", "token", "a@exemple.fr", "--server", server, "--token", admin}, exitMisuse, "for oneself only"},
		{[]string{"user", "token", "administrator@exemple.fr", "--server", server, "--token", admin}, exitDone, "socle_"},
		{[]string{"user", "token", "absent@exemple.fr", "--data", local}, exitRefused, ""},
		{[]string{"user", "list", "--data", local, "--json"}, exitDone, "administrator@exemple.fr"},
		{[]string{"version", "--json"}, exitDone, `"version": "test"`},
		{[]string{"doctor", "--data", local, "--json"}, exitDone, `"damage": []`},
		{[]string{"audit", "verify", "--data", filepath.Join(good, "x")}, exitFault, ""},
	} {
		if got := outcomeOf(program(tc.args...)); got.code != tc.code || !strings.Contains(got.out+got.errs, tc.say) {
			t.Errorf("%v: code %d, want %d; %q not in %s%s", tc.args, got.code, tc.code, tc.say, got.out, got.errs)
		}
	}
}

// ended is what a command did, without what differs between installations.
type ended struct {
	code      int
	out, errs string
}

func outcomeOf(command *exec.Cmd) ended {
	var out, errs bytes.Buffer
	command.Stdout, command.Stderr = &out, &errs
	_ = command.Run() // its code says it
	return ended{command.ProcessState.ExitCode(), instants.ReplaceAllString(out.String(), "…"), instants.ReplaceAllString(errs.String(), "…")}
}
