// Package detective compares what Socle finds in values and in columns with what the State's own detector finds,
// csv-detective, on that package's test values, on its lists of communes, and on real files.
//
// It is installed by make test-detective, which runs these tests; go test ./... skips them. Each difference is in
// docs/codes.md with its reason: the test fails for one that is not there, and for one there that is no more.
package detective

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"socle/internal/format"
	"socle/internal/french"
	"socle/internal/french/cog"
	"socle/internal/schema"
)

// detect asks the detector.
func detect(t *testing.T, into any, args ...string) {
	t.Helper()
	python := os.Getenv("SOCLE_DETECTIVE")
	if python == "" {
		t.Skip("run “make test-detective”: it installs the State’s detector")
	}
	command := exec.CommandContext(t.Context(), python, append([]string{"detect.py"}, args...)...)
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("csv-detective: %v", err)
	}
	if err := json.Unmarshal(out, into); err != nil {
		t.Fatal(err)
	}
}

// communes is the list, which make assets builds.
func communes(t *testing.T) *french.Communes {
	list, err := cog.Load()
	if errors.Is(err, cog.ErrAbsent) {
		t.Skip("the list of communes was not built: run “make assets”")
	}
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// column reads a file of one column that holds the value, and says what the column is.
func column(t *testing.T, value string) schema.Type {
	t.Helper()
	path := filepath.Join(t.TempDir(), "colonne.csv")
	text := "colonne\n\"" + strings.ReplaceAll(value, `"`, `""`) + "\"\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return guesses(t, path)[0].Field.Type
}

func guesses(t *testing.T, path string) []format.Guess {
	t.Helper()
	ctx := t.Context()
	source, err := format.Detect(ctx, path, filepath.Base(path))
	if err != nil {
		t.Fatal(err)
	}
	table, err := format.Open(ctx, source, t.TempDir(), format.Options{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	profile, err := format.Scan(ctx, table, nil)
	if err != nil {
		t.Fatal(err)
	}
	return format.Infer(table, profile)
}

// documented reads the rows of a table of docs/codes.md, without the last column, which is the reason.
func documented(t *testing.T, title string) []string {
	t.Helper()
	text, err := os.ReadFile("../../docs/codes.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(text), title+"\n")
	if !found {
		t.Fatalf("docs/codes.md has no section %q", title)
	}
	if next := strings.Index(section, "\n#"); next >= 0 {
		section = section[:next]
	}
	var rows []string
	for _, line := range strings.Split(section, "\n") {
		cells := strings.Split(strings.Trim(line, "| "), " | ")
		if !strings.HasPrefix(line, "| `") || len(cells) < 2 {
			continue
		}
		if strings.TrimSpace(cells[len(cells)-1]) == "" {
			t.Errorf("docs/codes.md gives no reason for %s", line)
		}
		rows = append(rows, strings.Join(cells[:len(cells)-1], " | "))
	}
	return rows
}

// mustDocument fails the test for what only one of the lists has.
func mustDocument(t *testing.T, title string, found []string) {
	t.Helper()
	known := documented(t, title)
	for _, row := range found {
		if !slices.Contains(known, row) {
			t.Errorf("not in docs/codes.md, “%s”: | %s |", title, row)
		}
	}
	for _, row := range known {
		if !slices.Contains(found, row) {
			t.Errorf("in docs/codes.md, “%s”, but no longer so: | %s |", title, row)
		}
	}
}

func TestTheTestValuesOfTheDetectorAreJudgedAlike(t *testing.T) {
	var values []struct {
		Format          string
		Value           string
		Valid, Expected bool
	}
	detect(t, &values, "values")
	list := communes(t)
	check := func(f func(string) french.Verdict) func(string) bool {
		return func(s string) bool { return f(s).Valid }
	}
	is := func(types ...schema.Type) func(string) bool {
		return func(s string) bool { return slices.Contains(types, column(t, s)) }
	}
	counterparts := map[string]func(string) bool{
		"uai": check(french.UAI), "siren": check(french.SIREN), "siret": check(french.SIRET), "code_postal": check(french.Postal),
		"code_commune":     func(s string) bool { return list.At(s, time.Time{}).Valid },
		"code_departement": check(french.Departement), "code_region": check(french.Region), "region": check(french.Region), "code_rna": check(french.RNA),
		"code_waldec": check(french.RNA), "tel_fr": check(french.Phone), "email": check(french.Email), "date": is(schema.Date),
		"datetime_naive": is(schema.Datetime), "datetime_aware": is(schema.Datetime), "int": is(schema.Integer),
		"float": is(schema.Decimal, schema.Integer), "bool": is(schema.Boolean), "geojson": is(schema.Geometry, schema.Point),
		"json": is(schema.JSON, schema.Geometry, schema.Point), "latlon_wgs": is(schema.Point), "lonlat_wgs": is(schema.Point),
	}
	word := map[bool]string{true: "yes", false: "no"}
	var differences []string
	compared := 0
	for _, v := range values {
		counterpart := counterparts[v.Format]
		if counterpart == nil {
			continue
		}
		compared++
		if ours := counterpart(v.Value); ours != v.Valid {
			shown, _ := json.Marshal(v.Value)
			differences = append(differences, "`"+v.Format+"` | `"+strings.Trim(string(shown), `"`)+"` | "+word[v.Valid]+" | "+word[ours])
		}
	}
	t.Logf("%d values compared, %d differ", compared, len(differences))
	mustDocument(t, "### Test values", differences)
}

func TestTheCommunesOfEachYearAreTheSame(t *testing.T) {
	var years map[string][]string
	detect(t, &years, "communes")
	list := communes(t)
	var differences []string
	for _, year := range slices.Sorted(maps.Keys(years)) {
		day, err := time.Parse("2006-01-02", year+"-01-01")
		if err != nil {
			t.Fatal(err)
		}
		theirs := years[year]
		parts := 0
		for _, code := range theirs {
			if list.At(code, day).Valid {
				continue
			}
			// The detector also takes the code of a delegated or associated commune, which was a commune once.
			if len(list.Find(code)) == 0 {
				differences = append(differences, "`"+year+"` | `"+code+"` | yes | no")
			}
			parts++
		}
		missing := 0
		for _, code := range list.Codes() {
			if list.At(code, day).Valid && !has(theirs, code) {
				missing++
				if collectivity := code[:3]; slices.Contains([]string{"975", "977", "978", "984", "986", "987", "988", "989"}, collectivity) {
					code = collectivity + "…"
				}
				if row := "`" + year + "` | `" + code + "` | no | yes"; !slices.Contains(differences, row) {
					differences = append(differences, row)
				}
			}
		}
		t.Logf("%s: %d codes, of which %d are parts of a commune for Socle; %d communes that they have not", year, len(theirs), parts, missing)
	}
	mustDocument(t, "### Communes by year", differences)
}

func has(sorted []string, code string) bool {
	_, found := slices.BinarySearch(sorted, code)
	return found
}

// theirFormats says which of our types and concepts a format of the detector is; formats that Socle does not look for are
// not there.
var theirFormats = map[string]string{"uai": "uai", "siret": "siret", "siren": "siren", "code_commune": "commune", "code_postal": "postal",
	"code_departement": "departement", "code_region": "region", "region": "region", "code_rna": "rna", "tel_fr": "phone", "email": "email", "date": "date",
	"datetime_naive": "datetime", "datetime_aware": "datetime", "int": "integer", "year": "integer", "float": "decimal", "bool": "boolean", "geojson": "geometry",
	"latlon_wgs": "point", "lonlat_wgs": "point", "latitude_wgs": "decimal", "longitude_wgs": "decimal", "latitude_wgs_fr_metropole": "decimal",
	"longitude_wgs_fr_metropole": "decimal", "latitude_l93": "decimal", "longitude_l93": "decimal", "string": "text"}

// ours says what a column is, in the same words.
func ours(g format.Guess) string {
	if g.Field.Concept != "" {
		return g.Field.Concept
	}
	return string(g.Field.Type)
}

func TestTheColumnsOfRealFilesMeanTheSame(t *testing.T) {
	folder := os.Getenv("SOCLE_REAL_DATA")
	if folder == "" {
		folder = filepath.Join("..", "..", "..", "shared", "data")
	}
	files, err := filepath.Glob(filepath.Join(folder, "education", "*.csv"))
	if err != nil || len(files) == 0 {
		t.Skip("no real files here: set SOCLE_REAL_DATA to the folder that has them")
	}
	var found map[string]map[string]string
	detect(t, &found, append([]string{"columns"}, files...)...)
	var differences []string
	same := 0
	for _, path := range files {
		for _, g := range guesses(t, path) {
			if g.Values == 0 {
				continue
			}
			theirs, named := found[path][g.Field.Label]
			means, known := theirFormats[theirs]
			switch {
			case !named || !known:
			case means == ours(g):
				same++
			default:
				differences = append(differences, "`"+filepath.Base(path)+"` | `"+g.Field.Name+"` | "+theirs+" | "+ours(g))
			}
		}
	}
	t.Logf("%d columns mean the same, %d differ", same, len(differences))
	mustDocument(t, "### Columns of real files", differences)
}
