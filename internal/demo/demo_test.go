package demo

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"

	"socle/internal/asset"
	"socle/internal/french"
	"socle/internal/schema"
)

func datasets(t *testing.T) []Dataset {
	t.Helper()
	all, err := Datasets(DefaultSeed)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestTheSameSeedGivesTheSameBytes(t *testing.T) {
	first, second := datasets(t), datasets(t)
	other, err := Datasets(DefaultSeed + 1)
	if err != nil {
		t.Fatal(err)
	}
	for i, d := range first {
		for j, f := range d.Files {
			if !bytes.Equal(f.Data, second[i].Files[j].Data) {
				t.Errorf("%s: two runs differ", f.Name)
			}
			if d.ID != "calendrier-scolaire" && bytes.Equal(f.Data, other[i].Files[j].Data) {
				t.Errorf("%s: another seed gives the same bytes", f.Name)
			}
		}
	}
}

func TestEveryDatasetIsDescribedAndMarkedAsInvented(t *testing.T) {
	orgs := map[string]bool{}
	for _, o := range Organizations() {
		orgs[o.Slug] = true
		if !strings.Contains(o.Description, "Données fictives") {
			t.Errorf("%s is not marked", o.Slug)
		}
	}
	seen := map[string]bool{}
	levels := map[asset.Level]int{}
	formats := map[string]bool{}
	for _, d := range datasets(t) {
		if seen[d.ID] || !asset.ValidID(d.ID) {
			t.Errorf("%q is taken or cannot be an identifier", d.ID)
		}
		seen[d.ID] = true
		levels[d.Level]++
		if !orgs[d.Org] {
			t.Errorf("%s belongs to %q, which does not exist", d.ID, d.Org)
		}
		if !strings.Contains(d.Description, "Données fictives") {
			t.Errorf("%s is not marked", d.ID)
		}
		if d.Title == "" || len(d.Keywords) == 0 || len(d.Themes) == 0 || d.CoverageStart == "" || d.Spatial == "" || d.Contact == "" || len(d.Files) == 0 {
			t.Errorf("%s is not fully described", d.ID)
		}
		if _, ok := asset.FrequencyOf(d.Frequency); !ok {
			t.Errorf("%s: frequency %q is unknown", d.ID, d.Frequency)
		}
		for _, f := range d.Files {
			_, extension, _ := strings.Cut(f.Name, ".")
			formats[extension] = true
			if len(f.Data) < 200 || len(f.Data) > 5_000_000 {
				t.Errorf("%s: %d bytes", f.Name, len(f.Data))
			}
		}
	}
	if len(seen) < 12 || levels[asset.Internal] == 0 || levels[asset.Restricted] == 0 || len(formats) < 6 {
		t.Errorf("%d datasets, levels %v, formats %v", len(seen), levels, formats)
	}
}

func TestSchoolsHaveAValidUAIOfNoRealDepartement(t *testing.T) {
	w := newWorld(DefaultSeed)
	seen := map[string]bool{}
	for _, s := range w.schools {
		if v := french.UAI(s.uai); !v.Valid || seen[s.uai] {
			t.Errorf("%s: %s (or it is there twice)", s.uai, v.Reason.EN)
		}
		seen[s.uai] = true
		if v := french.Commune(s.commune.code); !v.Valid {
			t.Errorf("%s: %s", s.commune.code, v.Reason.EN)
		}
		if s.lat < 44.5 || s.lat > 47.2 || s.lon < -6.5 || s.lon > -3 {
			t.Errorf("%s lies at %f, %f: not at sea", s.uai, s.lat, s.lon)
		}
	}
	if len(w.communes) != 120 || len(w.schools) < 600 || len(w.schools) > 2500 {
		t.Errorf("%d communes, %d schools", len(w.communes), len(w.schools))
	}
	for i := range 500 {
		if v := french.SIRET(siret(i)); !v.Valid {
			t.Errorf("%s: %s", siret(i), v.Reason.EN)
		}
	}
}

// rowsOf reads back the regular delimited and line formats; nil for the others.
func rowsOf(t *testing.T, f File) (header []string, rows [][]string) {
	t.Helper()
	delimiter, data := ';', f.Data
	if strings.HasSuffix(f.Name, "csv") && !utf8.Valid(data) {
		decoded, err := charmap.Windows1252.NewDecoder().Bytes(data)
		if err != nil {
			t.Fatal(err)
		}
		data = decoded
	}
	switch {
	case strings.HasSuffix(f.Name, ".tsv"):
		delimiter = '\t'
	case strings.HasSuffix(f.Name, ".csv"):
		if line, _, _ := bytes.Cut(f.Data, []byte("\n")); !bytes.Contains(line, []byte(";")) {
			delimiter = ','
		}
	default:
		return nil, nil
	}
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	r.Comma = delimiter
	all, err := r.ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", f.Name, err)
	}
	return all[0], all[1:]
}

func TestTheDeclaredKeyIdentifiesARow(t *testing.T) {
	for _, d := range datasets(t) {
		if d.ID == "subventions-associations-sportives" || d.Rules.Schema != "" {
			continue // bad on purpose
		}
		for _, f := range d.Files {
			header, rows := rowsOf(t, f)
			if header == nil {
				continue
			}
			names := schema.Names(header)
			place := map[string]int{}
			for i, name := range names {
				place[name] = i
			}
			seen := map[string]bool{}
			for _, row := range rows {
				var parts []string
				for _, name := range d.Key {
					i, ok := place[name]
					if !ok {
						t.Fatalf("%s: the key names %q, the columns are %v", f.Name, name, names)
					}
					parts = append(parts, row[i])
				}
				key := strings.Join(parts, "\x00")
				if seen[key] {
					t.Fatalf("%s: %q is there twice", f.Name, parts)
				}
				seen[key] = true
			}
			for name := range d.Fields {
				if _, ok := place[name]; !ok && name != "uai" && name != "code_commune" && name != "code_departement" && name != "departement" && name != "secteur" {
					t.Errorf("%s: the dictionary describes %q, the columns are %v", f.Name, name, names)
				}
			}
			for name := range f.Types {
				if _, ok := place[name]; !ok {
					t.Errorf("%s: a type is forced on %q, the columns are %v", f.Name, name, names)
				}
			}
		}
	}
}

func TestPartsSumToTheirTotal(t *testing.T) {
	for _, d := range datasets(t) {
		if d.ID != "effectifs-second-degre" {
			continue
		}
		_, rows := rowsOf(t, d.Files[0])
		for _, row := range rows {
			var girls, boys, total int
			if _, err := fmt.Sscan(strings.Join(row[8:], " "), &girls, &boys, &total); err != nil || girls+boys != total {
				t.Fatalf("%v: %d + %d ≠ %d (%v)", row, girls, boys, total, err)
			}
		}
		return
	}
	t.Fatal("the dataset is missing")
}

func TestNobodyGoesBackToSchoolOnASunday(t *testing.T) {
	days := 0
	for _, d := range datasets(t) {
		if d.ID != "calendrier-scolaire" {
			continue
		}
		_, rows := rowsOf(t, d.Files[0])
		for _, row := range rows {
			begin, err := time.Parse(time.DateOnly, row[5])
			if err != nil {
				t.Fatal(err)
			}
			end, err := time.Parse(time.DateOnly, row[6])
			if err != nil || end.Before(begin) {
				t.Fatalf("%v: %v", row, err)
			}
			if strings.Contains(strings.ToLower(row[4]), "rentrée") {
				if days++; begin.Weekday() == time.Saturday || begin.Weekday() == time.Sunday {
					t.Errorf("%v is a %s", row, begin.Weekday())
				}
			}
		}
	}
	if days < 20 {
		t.Errorf("only %d days of return", days)
	}
}

func TestOtherFormatsAreWellFormed(t *testing.T) {
	for _, d := range datasets(t) {
		for _, f := range d.Files {
			switch {
			case strings.HasSuffix(f.Name, ".geojson"):
				var collection struct{ Features []map[string]any }
				if err := json.Unmarshal(f.Data, &collection); err != nil || len(collection.Features) < 50 {
					t.Errorf("%s: %d features, %v", f.Name, len(collection.Features), err)
				}
			case strings.HasSuffix(f.Name, ".xlsx"):
				book, err := excelize.OpenReader(bytes.NewReader(f.Data))
				if err != nil {
					t.Fatalf("%s: %v", f.Name, err)
				}
				rows, err := book.GetRows(book.GetSheetName(0))
				if err != nil || len(rows) < 100 || rows[0][1] != "UAI" {
					t.Errorf("%s: %d rows, %v", f.Name, len(rows), err)
				}
				book.Close()
			case strings.HasSuffix(f.Name, ".ndjson"):
				for line := range bytes.Lines(f.Data) {
					if !json.Valid(line) {
						t.Fatalf("%s: %s", f.Name, line)
					}
				}
			}
		}
	}
}

func TestTheBadFileIsBadInTheWaysItSays(t *testing.T) {
	for _, d := range datasets(t) {
		if d.ID != "subventions-associations-sportives" {
			continue
		}
		data := d.Files[0].Data
		if utf8.Valid(data) {
			t.Error("the file should not be UTF-8")
		}
		counts := map[int]int{}
		for line := range strings.Lines(string(data)) {
			counts[strings.Count(line, ";")]++
		}
		if len(counts) < 3 {
			t.Errorf("rows have these numbers of separators: %v", counts)
		}
		for _, bad := range []string{"31/02/2024", "deux mille", "Total"} {
			if !bytes.Contains(data, []byte(bad)) {
				t.Errorf("%q is missing", bad)
			}
		}
		return
	}
	t.Fatal("the dataset is missing")
}

func TestTheBenchmarkFileIsRegularAndRepeatable(t *testing.T) {
	const rows = 20_000
	var first, second bytes.Buffer
	for _, b := range []*bytes.Buffer{&first, &second} {
		if err := WriteBenchCSV(b, rows); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("two runs differ")
	}
	if each := first.Len() / rows; each < 140 || each > 210 {
		t.Errorf("%d bytes a row", each)
	}
	r := csv.NewReader(bufio.NewReader(&first))
	r.Comma = ';'
	n := -1
	for {
		record, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil || len(record) != len(BenchHeader) || len(record) != len(BenchTypes) || len(record) != 15 {
			t.Fatalf("row %d: %v, %v", n, record, err)
		}
		n++
	}
	if n != rows {
		t.Errorf("%d rows, want %d", n, rows)
	}
}

func TestDemoAccountsShowEachRole(t *testing.T) {
	orgs := map[string]bool{"": true}
	for _, o := range Organizations() {
		orgs[o.Slug] = true
	}
	roles := map[string]bool{}
	for _, a := range Accounts() {
		for org, role := range a.Roles {
			if !orgs[org] {
				t.Errorf("%s has a role in %q, which does not exist", a.Email, org)
			}
			roles[role.String()] = true
		}
		if !strings.HasSuffix(a.Email, ".example") || a.Purpose.EN == "" || len(a.Password) < 15 {
			t.Errorf("%+v", a)
		}
	}
	if len(roles) != 5 {
		t.Errorf("roles shown: %v", roles)
	}
}
