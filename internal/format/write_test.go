package format

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"

	"socle/internal/fault"
	"socle/internal/schema"
)

var writtenSchema = schema.Schema{Fields: []schema.Field{
	{Name: "uai", Label: "Code UAI", Type: schema.Text},
	{Name: "eleves", Label: "Élèves", Type: schema.Integer},
	{Name: "taux", Type: schema.Decimal},
	{Name: "public", Type: schema.Boolean},
	{Name: "rentree", Type: schema.Date},
	{Name: "maj", Type: schema.Datetime},
	{Name: "position", Type: schema.Point},
	{Name: "niveaux", Type: schema.JSON},
}}

var writtenRows = [][]any{
	{"0350001A", int64(512), 0.125, true, time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 9, 1, 6, 30, 0, 0, time.UTC),
		schema.Coordinates{Lon: -1.5, Lat: 48.25}, json.RawMessage(`["6e","5e"]`)},
	{"=cmd|' /C calc'!A0", nil, nil, false, nil, nil, nil, nil},
	{"deux  espaces\net une ligne", int64(9007199254740993), -1.5, nil, time.Date(1789, 7, 14, 0, 0, 0, 0, time.UTC), nil, nil, nil},
}

func write(t *testing.T, format string, o WriteOptions) []byte {
	t.Helper()
	var b bytes.Buffer
	w := NewWriter(format, &b, o)
	if err := w.Begin(writtenSchema); err != nil {
		t.Fatal(err)
	}
	for _, row := range writtenRows {
		if err := w.Row(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.End(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestTextFormatsAreWrittenAsTheyAlwaysWere(t *testing.T) {
	for format, want := range map[string]string{
		"csv": `uai,eleves,taux,public,rentree,maj,position,niveaux
0350001A,512,0.125,true,2026-09-01,2026-09-01T06:30:00+00:00,"48.25, -1.5","[""6e"",""5e""]"
=cmd|' /C calc'!A0,,,false,,,,
"deux  espaces
et une ligne",9007199254740993,-1.5,,1789-07-14,,,
`,
		"ndjson": `{"uai":"0350001A","eleves":512,"taux":0.125,"public":true,"rentree":"2026-09-01","maj":"2026-09-01T06:30:00+00:00","position":{"lon":-1.5,"lat":48.25},"niveaux":["6e","5e"]}
{"uai":"=cmd|' /C calc'!A0","eleves":null,"taux":null,"public":false,"rentree":null,"maj":null,"position":null,"niveaux":null}
{"uai":"deux  espaces\net une ligne","eleves":9007199254740993,"taux":-1.5,"public":null,"rentree":"1789-07-14","maj":null,"position":null,"niveaux":null}
`,
	} {
		if got := string(write(t, format, WriteOptions{})); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", format, got, want)
		}
	}
}

func TestGeoJSONHoldsThePlaceAndTheRest(t *testing.T) {
	var collection struct {
		Type     string
		Features []struct {
			Geometry   *struct{ Coordinates []float64 }
			Properties map[string]any
		}
	}
	if err := json.Unmarshal(write(t, "geojson", WriteOptions{}), &collection); err != nil {
		t.Fatal(err)
	}
	if len(collection.Features) != 3 || collection.Features[0].Geometry.Coordinates[1] != 48.25 || collection.Features[1].Geometry != nil {
		t.Errorf("%+v", collection)
	}
	if _, repeated := collection.Features[0].Properties["position"]; repeated || collection.Features[0].Properties["uai"] != "0350001A" {
		t.Errorf("properties: %v", collection.Features[0].Properties)
	}
}

func TestAWorkbookShowsCodesAsTextAndDaysAsDays(t *testing.T) {
	file, err := excelize.OpenReader(bytes.NewReader(write(t, "xlsx", WriteOptions{Labels: true, Title: "Élèves : 2026/2027"})))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	sheet := file.GetSheetName(0)
	for cell, want := range map[string]string{
		"A1": "Code UAI", "B1": "Élèves", "C1": "taux", "A2": "0350001A", "B2": "512", "C2": "0.125", "D2": "TRUE", "E2": "2026-09-01",
		"F2": "2026-09-01 06:30:00", "G2": "48.25, -1.5", "H2": `["6e","5e"]`, "A3": "=cmd|' /C calc'!A0", "B3": "",
		"B4": "9007199254740993", "E4": "1789-07-14",
	} {
		if got, err := file.GetCellValue(sheet, cell); err != nil || got != want {
			t.Errorf("%s = %q, want %q (%v)", cell, got, want, err)
		}
	}
	if formula, _ := file.GetCellFormula(sheet, "A3"); formula != "" {
		t.Errorf("a text became the formula %q", formula)
	}
}

func TestFormulasAreNeutralisedOnRequest(t *testing.T) {
	for _, format := range []string{"csv", "xlsx", "ods"} {
		content := string(write(t, format, WriteOptions{Neutralise: true}))
		switch format {
		case "xlsx":
			file, err := excelize.OpenReader(strings.NewReader(content))
			if err != nil {
				t.Fatal(err)
			}
			content, _ = file.GetCellValue(file.GetSheetName(0), "A3")
			file.Close()
		case "ods":
			content = zipMember(t, content, "content.xml")
		}
		if !strings.Contains(strings.ReplaceAll(content, "&#39;", "'"), "'=cmd|") {
			t.Errorf("%s does not neutralise: %.400s", format, content)
		}
	}
	for text, want := range map[string]bool{"=1+1": true, "+33 1": true, "-12,5": false, "+4": false, "@SUM(A1)": true, "-": true, "": false, "a=b": false, "\t=1": true} {
		if isFormula(text) != want {
			t.Errorf("isFormula(%q) = %v", text, !want)
		}
	}
}

func TestAnOpenDocumentSheetKeepsTypesAndSpaces(t *testing.T) {
	content := zipMember(t, string(write(t, "ods", WriteOptions{})), "content.xml")
	for _, want := range []string{`office:value="512"`, `office:boolean-value="true"`, `office:date-value="2026-09-01"`,
		`office:date-value="2026-09-01T06:30:00"`, `<text:p>deux<text:s text:c="2"/>espaces</text:p><text:p>et une ligne</text:p>`,
		`<text:p>9007199254740993</text:p>`} {
		if !strings.Contains(content, want) {
			t.Errorf("missing %s in %s", want, content)
		}
	}
}

func TestASheetThatWouldBeCutIsRefused(t *testing.T) {
	wide := schema.Schema{Fields: make([]schema.Field, sheetColumns+1)}
	for _, format := range []string{"xlsx", "ods"} {
		if err := NewWriter(format, io.Discard, WriteOptions{}).Begin(wide); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", format, err)
		}
	}
}

func zipMember(t *testing.T, archive, name string) string {
	t.Helper()
	r, err := zip.NewReader(strings.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := r.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	content, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestWhatASheetCannotHoldIsTextOrSaysSo(t *testing.T) {
	s := schema.Schema{Fields: []schema.Field{{Name: "v", Type: schema.Decimal, Scale: 2}, {Name: "f", Type: schema.Decimal}, {Name: "t", Type: schema.Text}}}
	rows := [][]any{{"12345678901234567890.25", math.NaN(), strings.Repeat("𝄞", 20_000)}, {"12.50", math.Inf(-1), "a\x01b"}, {"-0.10", 1e300, strings.Repeat("a", cellText)}}
	file, err := excelize.OpenReader(bytes.NewReader(written(t, "xlsx", WriteOptions{}, s, rows)))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	sheet := file.GetSheetName(0)
	for cell, want := range map[string]string{"A2": "12345678901234567890.25", "A3": "12.5", "A4": "-0.1", "B2": "NaN", "B3": "-Inf", "C3": "a\ufffdb", "C4": strings.Repeat("a", cellText)} {
		if got, err := file.GetCellValue(sheet, cell); err != nil || got != want {
			t.Errorf("%s = %.60q, want %.60q (%v)", cell, got, want, err)
		}
	}
	if long, _ := file.GetCellValue(sheet, "C2"); !strings.HasSuffix(long, "(20000 caractères : texte entier en CSV, ODS ou Parquet)") || len(utf16.Encode([]rune(long))) > cellText {
		t.Errorf("a text that was cut does not say so: %.80q", long[len(long)-80:])
	}
	content := zipMember(t, string(written(t, "ods", WriteOptions{}, s, rows)), "content.xml")
	if strings.Count(content, "𝄞") != 20_000 || !strings.Contains(content, `office:value="12.50"`) || strings.Contains(content, `office:value="NaN"`) || strings.Contains(content, "\x01") {
		t.Error("ODS loses something")
	}
}
