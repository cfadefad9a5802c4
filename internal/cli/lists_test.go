package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// listed is a schema whose one check asks for a list.
func listed(list string) string {
	return `{"fields":[{"name":"uai"}],"custom_checks":[{"name":"in-list","params":{"column":"uai","list":"` + list + `"}}]}`
}

func TestAValueIsLookedForInTheListThatTheSchemaNames(t *testing.T) {
	served, local := t.TempDir(), t.TempDir()
	key := token(t, "administrator", "admin", "--data", served)
	server := start(t, "serve", "--data", served)
	schools := write(t, "annuaire.csv", "uai;nom;ville\n0350001A;A;Rennes\n0350002B;B;Rennes\n")
	ok(t, program("publish", schools, "--id", "annuaire", "--server", server, "--token", key))
	ok(t, program("publish", schools, "--id", "reserve", "--access", "restricted", "--server", server, "--token", key))
	ok(t, program("publish", schools, "--id", "annuaire", "--data", local))
	one := write(t, "un.csv", "uai\n0350001A\n0350002B\n")
	ok(t, program("publish", one, "--id", "uais", "--data", local))

	folder := t.TempDir() // of a schema with a list next to it, and a link that leads out
	for name, content := range map[string]string{"uais.csv": "uai\n0350001A\n0350002B\n", "voisin.json": listed("uais.csv"), "colonne.json": listed("deux.csv#code"),
		"deux.csv": "nom,code\nA,0350001A\nB,0350002B\n", "dehors.json": listed("lien.csv"), "plus-haut.json": listed("../" + filepath.Base(filepath.Dir(schools)) + "/annuaire.csv#uai")} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(schools, filepath.Join(folder, "lien.csv")); err != nil {
		t.Fatal(err)
	}
	file := write(t, "faux.csv", "uai\n0350001A\n0359999Z\n0350002B\n")
	found := "“0359999Z” is not in list"
	for _, c := range []struct {
		name string
		args []string
		code int
		want string // in what is written
	}{
		{"a file that is given", []string{"--schema", write(t, "s.json", listed("ecoles")), "--list", "ecoles=" + schools + "#uai"}, exitRefused, found},
		{"a file of one column", []string{"--schema", write(t, "s.json", listed("ecoles")), "--list", "ecoles=" + one}, exitRefused, found},
		{"a file of which no column is said", []string{"--schema", write(t, "s.json", listed("ecoles")), "--list", "ecoles=" + schools}, exitMisuse, "say which one is the list"},
		{"a file that is not there", []string{"--schema", write(t, "s.json", listed("ecoles")), "--list", "ecoles=absent.csv"}, exitMisuse, "absent.csv"},
		{"a list without a name", []string{"--schema", write(t, "s.json", listed("ecoles")), "--list", schools}, exitMisuse, "NAME=FILE"},
		{"a file next to the schema", []string{"--schema", filepath.Join(folder, "voisin.json")}, exitRefused, found},
		{"a column of a file next to the schema", []string{"--schema", filepath.Join(folder, "colonne.json")}, exitRefused, found},
		{"a link that leads out of the folder of the schema", []string{"--schema", filepath.Join(folder, "dehors.json")}, exitDone, "does not exist here"},
		{"a path that leaves the folder of the schema", []string{"--schema", filepath.Join(folder, "plus-haut.json")}, exitDone, "does not exist here"},
		{"a field of a dataset of the data folder", []string{"--schema", write(t, "s.json", listed("annuaire:uai"))}, exitRefused, found},
		{"a dataset of one field", []string{"--schema", write(t, "s.json", listed("uais"))}, exitRefused, found},
		{"a dataset of several fields", []string{"--schema", write(t, "s.json", listed("annuaire"))}, exitMisuse, "annuaire:uai"},
		{"a field of a dataset of a server", []string{"--schema", write(t, "s.json", listed("annuaire:uai")), "--server", server, "--token", key}, exitRefused, found},
		{"a dataset that is not open to who asks", []string{"--schema", write(t, "s.json", listed("reserve:uai")), "--server", server}, exitDone, "not open to who asks"},
		{"a dataset that is open to who asks", []string{"--schema", write(t, "s.json", listed("reserve:uai")), "--server", server, "--token", key}, exitRefused, found},
		{"a dataset that does not exist", []string{"--schema", write(t, "s.json", listed("absent:uai"))}, exitDone, "list “absent:uai” does not exist here"},
		{"a dataset that the server does not have", []string{"--schema", write(t, "s.json", listed("uais")), "--server", server}, exitDone, "list “uais” does not exist here"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, out, errs := run(t, local, append([]string{"validate", file}, c.args...)...)
			if code != c.code || !strings.Contains(out+errs, c.want) {
				t.Errorf("exit code %d, want %d and %q: %s%s", code, c.code, c.want, out, errs)
			}
		})
	}
}

func TestACommuneIsLookedForOnTheDayOfItsRow(t *testing.T) {
	schema := write(t, "s.json", `{"fields":[{"name":"commune"},{"name":"jour","type":"date"}],"custom_checks":[
		{"name":"commune-at-date","params":{"column":"commune","date":"jour"}},{"name":"in-list","params":{"column":"commune","list":"communes"}}]}`)
	// Chancé (35053) became a part of Piré-Chancé (35220) on 2019-01-01; 35999 never was a commune.
	file := write(t, "communes.csv", "commune,jour\n35238,2026-01-01\n35053,2018-12-31\n35053,2019-01-01\n35999,2019-01-01\n")
	code, out, errs := run(t, filepath.Join(t.TempDir(), "none"), "validate", file, "--schema", schema)
	for _, want := range []string{"3 faults in 2 rows, of 4 rows", "Line 4, “commune”: “35053” is not a commune on the day of the row", "Line 5, “commune”: “35999” is not in list “communes”"} {
		if code != exitRefused || !strings.Contains(out, want) {
			t.Errorf("%d, %q is not in %s%s", code, want, out, errs)
		}
	}
}

func TestAReferenceIsHeldAgainstTheTableThatItNames(t *testing.T) {
	served, local := t.TempDir(), t.TempDir()
	key := token(t, "administrator", "admin", "--data", served)
	server := start(t, "serve", "--data", served)
	schools := write(t, "annuaire.csv", "uai;ouverture;nom\n0350001A;2001-09-01;A\n0350002B;2002-09-01;B\n")
	ok(t, program("publish", schools, "--id", "annuaire", "--access", "restricted", "--server", server, "--token", key))
	ok(t, program("publish", schools, "--id", "annuaire", "--data", local))
	folder := t.TempDir()
	refers := func(to string) string {
		return `{"fields":[{"name":"ecole"},{"name":"jour","type":"date","format":"%d/%m/%Y"}],"foreignKeys":[{"fields":["ecole","jour"],"reference":{"resource":"` + to + `","fields":["uai","ouverture"]}}]}`
	}
	for name, content := range map[string]string{"voisin.json": refers("ecoles.csv"), "ecoles.csv": "uai,ouverture\n0350001A,01/09/2001\n0350002B,01/09/2002\n", "annuaire.json": refers("annuaire"), "absent.json": refers("absent")} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	file := write(t, "clubs.csv", "ecole;jour\n0350001A;01/09/2001\n0350002B;01/09/2001\n")
	given := write(t, "liste.csv", "uai;ouverture\n0350001A;01/09/2001\n")
	found, unheld := "Line 3", "is not checked: it is not known here"
	for _, c := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"a dataset of the data folder", []string{"--schema", filepath.Join(folder, "annuaire.json")}, exitRefused, found},
		{"a dataset of a server", []string{"--schema", filepath.Join(folder, "annuaire.json"), "--server", server, "--token", key}, exitRefused, found},
		{"a dataset that is not open to who asks", []string{"--schema", filepath.Join(folder, "annuaire.json"), "--server", server}, exitDone, unheld},
		{"a file next to the schema", []string{"--schema", filepath.Join(folder, "voisin.json")}, exitRefused, found},
		{"a file that is given", []string{"--schema", filepath.Join(folder, "absent.json"), "--list", "absent=" + given}, exitRefused, found},
		{"a file that lacks the column", []string{"--schema", filepath.Join(folder, "absent.json"), "--list", "absent=" + file}, exitMisuse, "has no column “uai”"},
		{"a table that nobody knows", []string{"--schema", filepath.Join(folder, "absent.json")}, exitDone, unheld},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, out, errs := run(t, local, append([]string{"validate", file}, c.args...)...)
			if code != c.code || !strings.Contains(out+errs, c.want) {
				t.Errorf("exit code %d, want %d and %q: %s%s", code, c.code, c.want, out, errs)
			}
		})
	}
}
