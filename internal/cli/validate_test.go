package cli

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const pupilSchema = `{"fields":[{"name":"uai","type":"string","format":"uai"},{"name":"effectif","type":"integer","constraints":{"required":true,"minimum":0}}],"primaryKey":"uai"}`

func TestTheExitCodeOfAValidationSaysWhatWasFound(t *testing.T) {
	data := t.TempDir()
	schema := write(t, "schema.json", pupilSchema)
	valid, faulty := write(t, "bon.csv", "uai,effectif\n0750655E,12\n"), write(t, "faux.csv", "uai,effectif\n0750655D,12\n0750655E,-1\n0750655E,x\n")
	redirect := httptest.NewServer(http.RedirectHandler("http://10.0.0.1/schema.json", http.StatusFound))
	defer redirect.Close()
	for _, c := range []struct {
		name  string
		args  []string
		code  int
		wants []string // in what is written
	}{
		{"a valid file", []string{valid, "--schema", schema}, exitDone, []string{"Valid: 1 row"}},
		{"faults", []string{faulty, "--schema", schema}, exitRefused, []string{"Did you mean “0750655E”?", "is already on line 3", "[constraint-error]"}},
		{"faults in French", []string{faulty, "--schema", schema, "--lang", "fr"}, exitRefused, []string{"Voulez-vous dire «\u00a00750655E\u00a0»"}},
		{"without a schema", []string{valid}, exitDone, []string{"Valid"}},
		{"a page", []string{faulty, "--schema", schema, "--format", "html"}, exitRefused, []string{"<!doctype html>", "0750655D"}},
		{"a calendar that agendas refuse", []string{write(t, "zone.ics", calendar("TZNAME:MET", "DTSTART:20251017T220000Z"))}, exitRefused,
			[]string{"✗ STANDARD/TZNAME", "Line 12: TZNAME is already on line 11", "VEVENT/DTSTART", "Did you mean “DTSTART;VALUE=DATE:20251018”?", "1 event"}},
		{"a calendar that agendas read", []string{write(t, "bon.ics", calendar("TZNAME;LANGUAGE=fr:heure normale", "DTSTART;VALUE=DATE:20251018"))}, exitDone, []string{"Valid: 1 event"}},
		{"a calendar and a schema", []string{write(t, "bon.ics", calendar("", "DTSTART;VALUE=DATE:20251018")), "--schema", schema}, exitMisuse, nil},
		{"no such file", []string{filepath.Join(data, "absent.csv"), "--schema", schema}, exitMisuse, nil},
		{"no such schema", []string{valid, "--schema", "absent.json"}, exitMisuse, nil},
		{"no such name", []string{valid, "--schema", "academie/absent"}, exitMisuse, nil},
		{"a schema that is not one", []string{valid, "--schema", valid}, exitMisuse, nil},
		{"a schema that cannot be checked", []string{valid, "--schema", write(t, "s.json", `{"fields":[{"name":"a","type":"string","constraints":{"pattern":"(?=x)"}}]}`)}, exitMisuse, nil},
		{"a private address", []string{valid, "--schema", redirect.URL}, exitMisuse, nil},
		{"a redirect to a private address", []string{valid, "--schema", redirect.URL, "--allow-private", "127.0.0.0/8"}, exitMisuse, nil},
		{"another protocol", []string{valid, "--schema", "file:///etc/hostname"}, exitMisuse, nil},
		{"no file", nil, exitMisuse, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := append([]string{"validate"}, c.args...)
			if !strings.Contains(strings.Join(args, " "), "--lang") {
				args = append(args, "--lang", "en")
			}
			code, out, errs := run(t, data, args...)
			if code != c.code || code == exitMisuse && strings.TrimSpace(errs) == "" {
				t.Errorf("exit code %d, want %d: %s%s", code, c.code, out, errs)
			}
			for _, want := range c.wants {
				if !strings.Contains(out, want) {
					t.Errorf("%q is not in %s", want, out)
				}
			}
		})
	}
}

// calendar is an agenda of one event, with one more line in the block of its zone.
func calendar(inZone, start string) string {
	lines := []string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Demo//FR", "BEGIN:VTIMEZONE", "TZID:Europe/Paris", "BEGIN:STANDARD", "DTSTART:19961027T030000", "TZOFFSETFROM:+0200", "TZOFFSETTO:+0100",
		"RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU", "TZNAME:CET", inZone, "END:STANDARD", "END:VTIMEZONE", "BEGIN:VEVENT", "UID:a@demo.example", "DTSTAMP:20250901T080000Z", "SUMMARY:Vacances de la Toussaint", start, "END:VEVENT", "END:VCALENDAR", ""}
	return strings.ReplaceAll(strings.Join(lines, "\r\n"), "\r\n\r\n", "\r\n")
}

func TestTheJSONOfAValidationGroupsFaultsByFieldAndRule(t *testing.T) {
	schema, faulty := write(t, "schema.json", pupilSchema), write(t, "faux.csv", "uai,effectif\n"+strings.Repeat("0750655E,x\n", 150))
	code, out, errs := run(t, t.TempDir(), "validate", faulty, "--schema", schema, "--json")
	var report struct {
		Valid  bool
		Errors []struct {
			Field, Rule, Type string
			Count             int64
			Examples          []struct {
				Row, Line int64
				Cell      string
				Message   struct{ FR, EN string }
			}
		}
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil || code != exitRefused {
		t.Fatalf("%d %v %s", code, err, errs)
	}
	if len(report.Errors) != 2 || report.Errors[0].Count != 150 || len(report.Errors[0].Examples) != 100 || report.Errors[1].Type != "primary-key" || report.Errors[1].Count != 149 {
		t.Errorf("%+v", report.Errors)
	}
	if e := report.Errors[0].Examples[99]; e.Row != 100 || e.Line != 101 || e.Cell != "x" || e.Message.FR == "" || e.Message.EN == "" {
		t.Errorf("%+v", e)
	}
	code, out, _ = run(t, t.TempDir(), "validate", faulty, "--schema", schema, "--format", "frictionless")
	if code != exitRefused || !strings.Contains(out, `"rowNumber": 2`) || !strings.Contains(out, `"type": "type-error"`) {
		t.Errorf("%d %s", code, out)
	}
}

func TestAPackageIsValidatedWhole(t *testing.T) {
	folder := t.TempDir()
	for name, content := range map[string]string{"datapackage.json": `{"resources":[{"name":"a","path":"a.csv","schema":{"fields":[{"name":"k"}],"foreignKeys":[{"fields":["k"],"reference":{"resource":"b","fields":["k"]}}]}},
		{"name":"b","path":"b.csv","schema":{"fields":[{"name":"k"}]}}]}`, "a.csv": "k\n1\n2\n", "b.csv": "k\n1\n"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	code, out, errs := run(t, t.TempDir(), "validate", filepath.Join(folder, "datapackage.json"), "--lang", "en")
	if code != exitRefused || !strings.Contains(out, "[foreign-key]") || !strings.Contains(out, "“2” is not in table “b” (k)") {
		t.Errorf("%d %s %s", code, out, errs)
	}
}

func TestADescriptionOfAFileIsValidatedWithTheFile(t *testing.T) {
	folder := t.TempDir()
	for name, content := range map[string]string{"a.resource.json": `{"name":"a","path":"a.csv","dialect":{"delimiter":";"},"schema":{"fields":[{"name":"k"},{"name":"n","type":"integer"}],"foreignKeys":[{"fields":["k"],"reference":{"resource":"b","fields":["k"]}}]}}`,
		"a.csv": "k;n\n1;2\n2;x\n", "dataresource.json": `{"path":"../a.csv"}`, "rows.json": `[{"name":"x","path":"y"}]`} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		file string
		code int
		want string
	}{
		{"a.resource.json", exitRefused, "“x” is not a whole number"},
		{"a.resource.json", exitRefused, "table “b” is not checked"},
		{"dataresource.json", exitMisuse, "a file of the package has a name"},
		{"rows.json", exitDone, "1 row"},
	} {
		if code, out, errs := run(t, t.TempDir(), "validate", filepath.Join(folder, c.file)); code != c.code || !strings.Contains(out+errs, c.want) {
			t.Errorf("%s: %d, %q is not in %s%s", c.file, code, c.want, out, errs)
		}
	}
}
