package format

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"socle/internal/fault"
)

// sourceOf writes a file and reads it; rows come as "line: a|b|∅", a text between quotes.
func sourceOf(t *testing.T, kind Kind, content []byte, o Options) ([]string, sourceFacts, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "source")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	var rows []string
	facts, err := readSource(t.Context(), Source{Path: path, Kind: kind}, o, func(r sourceRow) error {
		cells := make([]string, len(r.cells))
		for i, c := range r.cells {
			switch {
			case c.Null:
				cells[i] = "∅"
			case c.text:
				cells[i] = fmt.Sprintf("%q", c.Text)
			default:
				cells[i] = c.Text
			}
		}
		rows = append(rows, fmt.Sprintf("%d: %s", r.line, strings.Join(cells, "|")))
		return nil
	})
	return rows, facts, err
}

func TestAWorkbookIsReadAsItIsMeant(t *testing.T) {
	file := excelize.NewFile()
	defer file.Close()
	style := func(format string) int {
		id, err := file.NewStyle(&excelize.Style{CustomNumFmt: &format})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	set := func(cell string, value any) {
		if err := file.SetCellValue("Sheet1", cell, value); err != nil {
			t.Fatal(err)
		}
	}
	for cell, value := range map[string]any{"A1": "code", "B1": "jour", "C1": "taux", "A3": 1001, "B3": 46023, "C3": 0.30000000000000004,
		"D3": true, "E3": "01001", "A4": time.Date(2026, 9, 1, 8, 30, 0, 0, time.UTC), "C4": 46023.5, "F4": 12345678901234} {
		set(cell, value)
	}
	for cell, id := range map[string]int{"A3": style("00000"), "B3": style("dd/mm/yyyy"), "A4": style("dd/mm/yyyy hh:mm"), "C4": style(`[$-40C]d mmmm yyyy "à" hh:mm`)} {
		if err := file.SetCellStyle("Sheet1", cell, cell, id); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := file.NewSheet("Autre"); err != nil {
		t.Fatal(err)
	}
	content, err := file.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	rows, facts, err := sourceOf(t, XLSX, content.Bytes(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{`1: "code"|"jour"|"taux"`, `3: "01001"|2026-01-01|0.3|true|"01001"`,
		`4: 2026-09-01T08:30:00|∅|2026-01-01T12:00:00|∅|∅|12345678901234`}
	if strings.Join(rows, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(rows, "\n"), strings.Join(want, "\n"))
	}
	if len(facts.sheets) != 2 || len(facts.notes) != 1 {
		t.Errorf("%+v", facts)
	}
	if _, _, err := sourceOf(t, XLSX, content.Bytes(), Options{Sheet: "Absente"}); fault.CodeOf(err) != "sheet_not_found" {
		t.Error(err)
	}
	for _, cut := range []int{100, content.Len() / 2} {
		if _, _, err := sourceOf(t, XLSX, content.Bytes()[:cut], Options{}); !fault.Is(err, fault.Invalid) {
			t.Errorf("a workbook cut at %d: %v", cut, err)
		}
	}
}

func TestAMillionEmptyRowsAreNone(t *testing.T) {
	var b bytes.Buffer
	w := NewWriter("ods", &b, WriteOptions{})
	if err := w.Begin(writtenSchema); err != nil {
		t.Fatal(err)
	}
	empty := make([]any, len(writtenSchema.Fields))
	for range 200_000 {
		if err := w.Row(empty); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.End(); err != nil {
		t.Fatal(err)
	}
	rows, _, err := sourceOf(t, ODS, b.Bytes(), Options{})
	if err != nil || len(rows) != 1 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}

func TestAnOpenDocumentSheetReadsBackWhatWasWritten(t *testing.T) {
	rows, _, err := sourceOf(t, ODS, write(t, "ods", WriteOptions{}), Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`1: "uai"|"eleves"|"taux"|"public"|"rentree"|"maj"|"position"|"niveaux"`,
		`2: "0350001A"|512|0.125|true|2026-09-01|2026-09-01T06:30:00|"48.25, -1.5"|"[\"6e\",\"5e\"]"`,
		`3: "=cmd|' /C calc'!A0"|∅|∅|false`,
		`4: "deux  espaces\net une ligne"|"9007199254740993"|-1.5|∅|1789-07-14`,
	}
	if strings.Join(rows, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(rows, "\n"), strings.Join(want, "\n"))
	}
}

func TestJSONIsReadWhereverItsObjectsAre(t *testing.T) {
	for _, tc := range []struct {
		kind    Kind
		content string
		header  string
		want    string
	}{
		{JSON, `[{"a":1,"b":"01"},{"b":null,"c":[1, 2]},{"a":true,"c":{"x": 1}}]`, "a b c", `1: 1|"01"|∅ 2: ∅|∅|[1,2] 3: true|∅|{"x":1}`},
		{JSON, "\ufeff" + `{"total":2,"links":{"a":[1]},"results":[{"a":1},{"a":2}],"next":null}`, "a", "1: 1 2: 2"},
		{NDJSON, "{\"a\":1}\n\n{\"a\":1e3,\"é\":\"x\"}\n", "a é", `1: 1|∅ 3: 1e3|"x"`},
		{GeoJSON, `{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"nom":"A"},"geometry":{"type":"Point","coordinates":[1,2]}},
			{"type":"Feature","properties":null,"geometry":null}]}`, "nom geometry", `1: "A"|{"type":"Point","coordinates":[1,2]} 2: ∅|∅`},
	} {
		rows, facts, err := sourceOf(t, tc.kind, []byte(tc.content), Options{})
		if err != nil || strings.Join(facts.header, " ") != tc.header || strings.Join(rows, " ") != tc.want {
			t.Errorf("%s %s\n got %s / %s (%v)\nwant %s / %s", tc.kind, tc.content, facts.header, rows, err, tc.header, tc.want)
		}
	}
}

func TestBrokenJSONSaysWhereItBreaks(t *testing.T) {
	for _, tc := range []struct {
		kind          Kind
		content, code string
		say           string
	}{
		{JSON, "[{\"a\":1},\n{\"a\":}]", "json_invalid", "line 2"},
		{JSON, "[{\"a\":1},\n{\"a\":1", "json_truncated", "line 2"},
		{JSON, `[1,2]`, "json_not_objects", "Element 1"},
		{JSON, `"texte"`, "json_not_table", "array of objects"},
		{JSON, `{"a":1}`, "json_not_table", "array of objects"},
		{JSON, `[{"a":1}] suite`, "json_invalid", "byte"},
		{NDJSON, "{\"a\":1}\n{\"a\":\n", "json_invalid", "Line 2"},
	} {
		_, _, err := sourceOf(t, tc.kind, []byte(tc.content), Options{})
		if fault.CodeOf(err) != tc.code || !strings.Contains(fault.Message(err).EN, tc.say) {
			t.Errorf("%s: %s: %v", tc.content, fault.CodeOf(err), fault.Message(err).EN)
		}
	}
}

func FuzzReadSource(f *testing.F) {
	f.Add([]byte(`[{"a":1}]`), uint8(0))
	f.Add([]byte("{\"a\":1}\n"), uint8(1))
	f.Add([]byte(`{"features":[{"properties":{},"geometry":null}]}`), uint8(2))
	f.Add([]byte("PK\x03\x04"), uint8(3))
	f.Fuzz(func(t *testing.T, content []byte, which uint8) {
		kinds := []Kind{JSON, NDJSON, GeoJSON, XLSX, ODS}
		path := filepath.Join(t.TempDir(), "source")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		_, _ = readSource(context.Background(), Source{Path: path, Kind: kinds[int(which)%len(kinds)]}, Options{}, func(sourceRow) error { return nil })
	})
}
