package format

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/schema"
)

func gzipped(t testing.TB, content []byte) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func zipped(t testing.TB, files ...string) string {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		w, err := z.Create(files[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, files[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// workbookOf makes a workbook from the XML of its rows and of its shared texts.
func workbookOf(t testing.TB, rows, shared string) string {
	const relationships = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	return zipped(t,
		"xl/workbook.xml", `<workbook xmlns:r="`+relationships+`"><sheets><sheet name="A" r:id="a"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels", `<Relationships><Relationship Id="a" Type="`+relationships+`/worksheet" Target="sheet.xml"/></Relationships>`,
		"xl/sharedStrings.xml", "<sst>"+shared+"</sst>",
		"xl/sheet.xml", "<worksheet><sheetData>"+rows+"</sheetData></worksheet>")
}

func encrypted(t testing.TB, archive string) string {
	b := []byte(archive)
	for _, at := range []struct{ signature, flags int }{{bytes.Index(b, []byte("PK\x03\x04")), 6}, {bytes.Index(b, []byte("PK\x01\x02")), 8}} {
		b[at.signature+at.flags] |= 1
	}
	return string(b)
}

// readOnly does what a publication does before anything is written, and returns its error.
func readOnly(t testing.TB, path, name string, opts Options) (*Table, *Profile, error) {
	ctx := context.Background()
	src, err := Detect(ctx, path, name)
	if err == nil {
		src, err = Unwrap(ctx, src, t.TempDir(), opts)
	}
	if err != nil {
		return nil, nil, err
	}
	table, err := Open(ctx, src, t.TempDir(), opts, nil)
	if err != nil {
		return nil, nil, err
	}
	p, err := Scan(ctx, table, nil)
	return table, p, err
}

func TestAFileThatCannotBeReadSaysWhyAndWhere(t *testing.T) {
	csv := "a;b\n" + strings.Repeat("1;2\n", 5000)
	whole, blanks := gzipped(t, []byte(csv)), strings.Repeat(" ", 1<<20)
	for _, tc := range []struct {
		name, file, content, code, says string
		opts                            Options
	}{
		{"an empty file", "a.csv", "", "empty_file", "vide", Options{}},
		{"nothing but blanks", "a.csv", " \n\r\n\t", "empty_file", "vide", Options{}},
		{"nothing but a byte order mark", "a.csv", "\xEF\xBB\xBF", "empty_file", "vide", Options{}},
		{"an unclosed quote", "a.csv", "a;b\n1;\"x\n2;y\n", "unclosed_quote", "ligne 2", Options{}},
		{"an unclosed quote far away", "a.csv", csv + "1;\"x\n", "unclosed_quote", "ligne 5002", Options{}},
		{"a NUL byte", "a.csv", "a;b\n1;2\n1;x\x00\n", "nul_byte", "ligne 3 (octet 12)", Options{}},
		{"an endless line", "a.csv", "a;b\n1;2\n" + strings.Repeat("x", 5<<20), "row_too_long", "ligne 3", Options{Limits: Limits{Record: 1000}}},
		{"an endless first line", "a.csv", strings.Repeat("x", 1<<20), "row_too_long", "ligne 1", Options{Limits: Limits{Record: 1000}}},
		{"a cell that a quote opens and nothing closes", "a.csv", "a;b\n1;\"" + strings.Repeat("x\n", 3<<20), "row_too_long", "ligne 2", Options{Limits: Limits{Record: 1000}}},
		{"an endless text in JSON", "a.json", `[{"a":1},{"a":"` + strings.Repeat("x", 5<<20) + `"}]`, "row_too_long", "élément 2", Options{Limits: Limits{Record: 1000}}},
		{"an endless number in JSON", "a.json", `{"total":` + strings.Repeat("1", 5<<20) + `,"data":[{"a":1}]}`, "row_too_long", "élément 1", Options{Limits: Limits{Record: 1000}}},
		{"endless blanks in JSON", "a.json", `[{"a":1},` + strings.Repeat(" ", 5<<20) + `{"a":1}]`, "row_too_long", "élément 2", Options{Limits: Limits{Record: 1000}}},
		{"an endless geometry", "a.geojson", `{"type":"FeatureCollection","features":[{"geometry":[` + strings.Repeat("1,", 3<<20), "row_too_long", "élément 1", Options{Limits: Limits{Record: 1000}}},
		{"an endless line of NDJSON", "a.ndjson", "{\"a\":1}\n{\"a\":\"" + strings.Repeat("x", 5<<20) + "\"}\n", "row_too_long", "ligne 2", Options{Limits: Limits{Record: 1000}}},
		{"an endless cell of a workbook", "a.xlsx", workbookOf(t, "<row r=\"1\"><c t=\"inlineStr\"><is><t>"+strings.Repeat("x", 5<<20)+"</t></is></c></row>", ""), "row_too_long", "cellule", Options{Limits: Limits{Record: 1000}}},
		{"an endless shared text of a workbook", "a.xlsx", workbookOf(t, "", "<si><t>"+strings.Repeat("x", 5<<20)+"</t></si>"), "row_too_long", "cellule", Options{Limits: Limits{Record: 1000}}},
		{"a workbook that is a bomb", "a.xlsx", workbookOf(t, strings.Repeat("<row>"+blanks+"</row>", 80), ""), "archive_too_large", "se déplie", Options{}},
		{"a workbook whose texts are a bomb", "a.xlsx", workbookOf(t, "", strings.Repeat("<si><t>"+blanks+"</t></si>", 80)), "archive_too_large", "se déplie", Options{}},
		{"too many columns", "a.csv", strings.Repeat("a;", 50) + "b\n", "too_many_columns", "51 colonnes", Options{Limits: Limits{Columns: 50}}},
		{"an unknown encoding", "a.csv", "a;b\n", "unknown_encoding", "EBCDIC", Options{Encoding: "EBCDIC"}},
		{"a delimiter of two characters", "a.csv", "a;b\n", "bad_dialect", "un seul caractère", Options{Delimiter: ";;"}},
		{"an old workbook", "a.xls", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 and so on", "xls_refused", "XLSX", Options{}},
		{"a workbook with a password", "a.xlsx", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" + strings.Join(strings.Split("EncryptedPackage", ""), "\x00") + "\x00", "workbook_encrypted", "mot de passe", Options{}},
		{"a calendar", "a.ics", "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n", "calendar_refused", "tableau de ses dates", Options{}},
		{"a PDF", "a.csv", "%PDF-1.7", "pdf_refused", "PDF", Options{}},
		{"a web page", "a.csv", "<!DOCTYPE html><html>", "web_page_refused", "page web", Options{}},
		{"XML", "a.xml", "<?xml version='1.0'?><a/>", "xml_refused", "XML", Options{}},
		{"another archive", "a.7z", "7z\xBC\xAF\x27\x1C", "archive_refused", "gzip ou zip", Options{}},
		{"a truncated gzip", "a.csv.gz", whole[:len(whole)-20], "archive_truncated", "coupée", Options{}},
		{"a damaged gzip", "a.csv.gz", whole[:len(whole)-6] + "\x00\x00\x00\x00\x00\x00", "archive_truncated", "abîmée", Options{}},
		{"half a gzip header", "a.csv.gz", whole[:5], "archive_unreadable", "incomplète", Options{}},
		{"a truncated zip", "a.zip", zipped(t, "a.csv", csv)[:60], "archive_unreadable", "incomplète", Options{}},
		{"a zip with a path that leaves", "a.zip", zipped(t, "../a.csv", "a;b\n"), "archive_escapes", "../a.csv", Options{}},
		{"a zip with a path of another system", "a.zip", zipped(t, `..\a.csv`, "a;b\n"), "archive_escapes", `..\a.csv`, Options{}},
		{"a zip with several tables", "a.zip", zipped(t, "a.csv", "a;b\n", "b.csv", "a;b\n"), "archive_many_tables", "« a.csv », « b.csv »", Options{}},
		{"a zip without a table", "a.zip", zipped(t, "a.doc", "x"), "archive_no_table", "aucun tableau", Options{}},
		{"a zip without the file asked for", "a.zip", zipped(t, "a.csv", "x"), "archive_no_member", "b.csv", Options{Member: "b.csv"}},
		{"a zip with a password", "a.zip", encrypted(t, zipped(t, "a.csv", "a;b\n")), "archive_encrypted", "mot de passe", Options{}},
		{"a zip in a zip", "a.zip", zipped(t, "a.csv", zipped(t, "a.csv", "a;b\n")), "archive_in_archive", "autre archive", Options{}},
		{"a shapefile", "a.zip", zipped(t, "a.shp", "x", "a.dbf", "x"), "shapefile_refused", "GeoJSON", Options{}},
		{"a truncated Parquet", "a.parquet", "PAR1 and so on", "parquet_truncated", "incomplet", Options{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, _, err := readOnly(t, put(t, "f", tc.content), tc.file, tc.opts)
			if fault.CodeOf(err) != tc.code {
				t.Fatalf("got %v, want %s", err, tc.code)
			}
			if text := fault.Message(err); !strings.Contains(text.FR, tc.says) || text.EN == "" || strings.Contains(text.FR+text.EN, "%!") {
				t.Errorf("the message does not say %q: %s", tc.says, text.In(i18n.FR))
			}
		})
	}
}

func TestABombIsStoppedBeforeItFillsTheDisk(t *testing.T) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	zeros := bytes.Repeat([]byte("0;0\n"), 1<<18)
	for range 80 {
		if _, err := z.Write(zeros); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	src, err := Detect(context.Background(), put(t, "a.gz", b.String()), "a.csv.gz")
	if err != nil {
		t.Fatal(err)
	}
	scratch := t.TempDir()
	_, err = Unwrap(context.Background(), src, scratch, Options{})
	if fault.CodeOf(err) != "archive_too_large" || !fault.Is(err, fault.TooLarge) {
		t.Fatalf("got %v", err)
	}
	if info, err := os.Stat(filepath.Join(scratch, "unwrapped")); err != nil || info.Size() > freely+1<<20 {
		t.Errorf("%v bytes were written", info)
	}
}

func TestIrregularFilesAreReadWithAWordAboutIt(t *testing.T) {
	var names []string
	for i := range 10000 {
		names = append(names, fmt.Sprintf("c%d", i))
	}
	wide, ones := strings.Join(names, ";"), strings.TrimSuffix(strings.Repeat("1;", 10000), ";")
	for _, tc := range []struct {
		name, content string
		rows          int64
		columns       int
		regular       bool
		counts        map[IssueKind]int64
		note          string
	}{
		{"header only", "a;b\n", 0, 2, true, nil, "no_rows"},
		{"header only, without a line end", "a;b", 0, 2, true, nil, "no_rows"},
		{"one column", "nom\nRennes\nBrest\n", 2, 1, true, nil, ""},
		{"one column of prose with commas", "avis\nBon, mais cher\nRien à dire\nCalme, propre, bien placé\n", 3, 1, true, nil, ""},
		{"numbers without a header", "1;2\n3;4\n", 2, 2, true, nil, "no_header"},
		{"10,000 columns", wide + "\n" + ones + "\n", 1, 10000, true, nil, ""},
		{"short and long rows", "a;b;c\n1;2;3\n1;2\n1;2;3;4;5\n1;2;3\n", 4, 3, false, map[IssueKind]int64{ShortRow: 1, LongRow: 1}, "short_row"},
		{"delimiters too many", "a;b\n1;2;\n1;2;\n3;4\n", 3, 2, false, nil, "trailing_delimiters"},
		{"the header again", "a;b\n1;2\na;b\n3;4\n", 2, 2, false, map[IssueKind]int64{RepeatedHeader: 1}, "repeated_header"},
		{"blank lines", "a;b\n\n1;2\n\n\n3;4\n\n", 2, 2, false, nil, "blank_lines"},
		{"titles above the names", "Effectifs de la rentrée;;\nSource : fictive;;\nuai;nom;total\nx;y;1\nz;w;2\n", 2, 3, true, nil, "skipped_lines"},
		{"duplicate and empty names", "a;a;;select\n1;2;3;4\n1;2;3;4\n", 2, 4, true, nil, "unnamed_columns"},
		{"CRLF", "a;b\r\n1;2\r\n3;4\r\n", 2, 2, true, nil, ""},
		{"CRLF, the last line without one", "a;b\r\n1;2\r\n3;4", 2, 2, true, nil, ""},
		{"CR alone", "a;b\r1;2\r3;4\r", 2, 2, false, nil, ""},
		{"mixed line ends", "a;b\n1;2\r\n3;4\n", 2, 2, false, nil, ""},
		{"a quote in the middle of a cell", "a;b\n37'8\"N;x\n", 1, 2, false, map[IssueKind]int64{StrayQuote: 1}, "stray_quote"},
		{"UTF-8 with one cell of Latin-1", "a;b\né;1\nè;2\n\xe9t\xe9;3\n", 3, 2, false, map[IssueKind]int64{BadEncoding: 1}, "bad_encoding"},
		{"Latin-1", "acad\xe9mie;b\nCr\xe9teil;1\n", 1, 2, true, nil, "encoding"},
		{"UTF-8 with its mark", "\xEF\xBB\xBFa;b\n1;2\n", 1, 2, true, nil, ""},
		{"UTF-16 with its mark", "\xff\xfe" + wideText("a;b\n1;é\n"), 1, 2, true, nil, "encoding"},
		{"UTF-16 without", wideText("a;b\n1;x\n"), 1, 2, true, nil, "encoding"},
		{"tabs", "a\tb\n1,5\t2\n", 1, 2, true, nil, ""},
		{"bars", "a|b\n1|2\n", 1, 2, true, nil, ""},
		{"apostrophes as quotes", "'a','b'\n'1,2','x'\n'3,4','y'\n", 2, 2, true, nil, ""},
		{"decimal commas between semicolons", "a;b\n1,5;2,5\n3,5;4,5\n", 2, 2, true, nil, ""},
		{"commas", "a,b\n\"x, y\",2\n", 1, 2, true, nil, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			table, p, err := readOnly(t, put(t, "a.csv", tc.content), "a.csv", Options{})
			if err != nil {
				t.Fatal(err)
			}
			if p.Rows != tc.rows || table.Columns != tc.columns || p.Regular != tc.regular || fmt.Sprint(p.Counts) != fmt.Sprint(tc.counts) {
				t.Errorf("%d rows, %d columns, regular %v, %v; want %d, %d, %v, %v", p.Rows, table.Columns, p.Regular, p.Counts, tc.rows, tc.columns, tc.regular, tc.counts)
			}
			var codes []string
			for _, n := range p.Notes {
				codes = append(codes, n.Code)
				if strings.Contains(n.Text.FR+n.Text.EN, "%!") {
					t.Error(n.Text)
				}
			}
			if tc.note != "" && !strings.Contains(strings.Join(codes, " "), tc.note) {
				t.Errorf("notes %v, want %s", codes, tc.note)
			}
			if tc.note == "" && len(codes) > 0 {
				t.Errorf("notes %v, want none", codes)
			}
		})
	}
}

func wideText(s string) string {
	var b strings.Builder
	for _, r := range s {
		b.WriteByte(byte(r))
		b.WriteByte(byte(r >> 8))
	}
	return b.String()
}

func TestTypesAreChosenByTheWholeColumn(t *testing.T) {
	column := func(values ...string) string { return "x;v\n" + "1;" + strings.Join(values, "\n1;") + "\n" }
	many := func(value string, n int, others ...string) string {
		var all []string
		for range n {
			all = append(all, value)
		}
		return column(append(all, others...)...)
	}
	for _, tc := range []struct {
		name, header, content string
		typ                   schema.Type
		format, concept       string
		personal              bool
		misfits, marked       int64
	}{
		{"whole numbers", "v", column("1", "2", "-3"), schema.Integer, "", "", false, 0, 0},
		{"one text among a few", "v", column("1", "2", "x"), schema.Text, "", "", false, 0, 0},
		{"one text among many", "v", many("1", 150, "x"), schema.Integer, "", "", false, 1, 0},
		{"two texts among a hundred", "v", many("1", 100, "x", "y"), schema.Text, "", "", false, 0, 0},
		{"decimals late in the column", "v", many("1", 2000, "1.5"), schema.Decimal, "", "", false, 0, 0},
		{"decimal commas", "v", column("1,5", "2"), schema.Decimal, FormatComma, "", false, 0, 0},
		{"thousands", "v", column("1 234", "12"), schema.Integer, FormatSpaces, "", false, 0, 0},
		{"missing markers", "v", column("1", "NA", "nd", "2", "-"), schema.Integer, "", "", false, 0, 3},
		{"markers in a text stay", "v", column("a", "NA"), schema.Text, "", "", false, 0, 0},
		{"a leading zero anywhere", "v", many("12", 2000, "01"), schema.Text, "", "", false, 0, 0},
		{"beyond a whole number", "v", column("99999999999999999999", "1"), schema.Text, "", "", false, 0, 0},
		{"more decimals than a float", "v", column("0.12345678901234567890", "1.5"), schema.Decimal, "", "", false, 0, 0},
		{"yes or no", "v", column("oui", "NON"), schema.Boolean, "oui/non", "", false, 0, 0},
		{"zeros and ones", "ulis", column("0", "1"), schema.Boolean, "1/0", "", false, 0, 0},
		{"zeros and ones that count", "nombre_d_ulis", column("0", "1"), schema.Integer, "", "", false, 0, 0},
		{"ones alone", "v", column("1", "1"), schema.Integer, "", "", false, 0, 0},
		{"zeros and ones of a code", "code_etat", column("0", "1"), schema.Text, "", "", false, 0, 0},
		{"years", "annee", column("2022", "2023"), schema.Integer, "", "", false, 0, 0},
		{"French dates", "v", column("24/11/2026", "1/2/2026"), schema.Date, FormatSlash, "", false, 0, 0},
		{"days and instants", "v", column("2026-11-24", "2026-11-24T10:00"), schema.Datetime, "", "", false, 0, 0},
		{"points", "geo", column("48.1, -1.6", "47.2, -1.5"), schema.Point, FormatLatLon, "", false, 0, 0},
		{"points the other way round", "geo", column("-1.6, 48.1", "-1.5, 47.2"), schema.Point, FormatLonLat, "", false, 0, 0},
		{"UAI", "v", column("0350722V", "0750655E"), schema.Text, "", "uai", false, 0, 0},
		{"SIRET", "v", column("73282932000074", "11004301500012"), schema.Text, "", "siret", false, 0, 0},
		{"postal codes", "code_postal", column("35000", "75001"), schema.Text, "", "postal", false, 0, 0},
		{"communes", "code_commune", column("35238", "2A004"), schema.Text, "", "commune", false, 0, 0},
		{"départements", "departement", column("35", "75"), schema.Text, "", "departement", false, 0, 0},
		{"addresses by value", "v", column("contact", "a.b@example.org", "x"), schema.Text, "", "", true, 0, 0},
		{"addresses by name", "courriel", column("-", "absent"), schema.Text, "", "", true, 0, 0},
		{"telephones", "v", column("02 99 00 00 00", "0299000001"), schema.Text, "", "phone", true, 0, 0},
		{"INE", "eleve", column("123456789AB", "987654321CD"), schema.Text, "", "ine", true, 0, 0},
		{"NIR", "v", column("295109912611193"), schema.Text, "", "nir", true, 0, 0},
		{"a column called INE", "ine", column("1", "2"), schema.Text, "", "", true, 0, 0},
		{"how many have a telephone", "nombre_telephones", column("1", "2"), schema.Integer, "", "", false, 0, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			content := strings.Replace(tc.content, "x;v\n", "x;"+tc.header+"\n", 1)
			table, p, err := readOnly(t, put(t, "a.csv", content), "a.csv", Options{})
			if err != nil {
				t.Fatal(err)
			}
			g := Infer(table, p)[1]
			if g.Field.Type != tc.typ || g.Field.Format != tc.format || g.Field.Concept != tc.concept || g.Field.Personal != tc.personal || g.Misfits != tc.misfits || g.Marked != tc.marked {
				t.Errorf("%+v", g)
			}
			if g.Reason.FR == "" || g.Reason.EN == "" || strings.Contains(g.Reason.FR+g.Reason.EN, "%!") || g.Field.Personal && g.Why.IsZero() {
				t.Errorf("no reason: %v %v", g.Reason, g.Why)
			}
		})
	}
}

func TestMisfitsComeWithTheirLineAndValue(t *testing.T) {
	content := "id;v\n" + strings.Repeat("a;1\n", 200) + "\"b\nb\";oops\nc;2;3\nd\nid;v\ne;1/2\n"
	table, p, err := readOnly(t, put(t, "a.csv", content), "a.csv", Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for m, err := range Misfits(context.Background(), table, Infer(table, p)) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%s row %d line %d column %d %q", m.Kind, m.Row, m.Line, m.Column, m.Value))
	}
	want := `value row 201 line 202 column 1 "oops"
long_row row 202 line 204 column -1 "3"
short_row row 203 line 205 column -1 ""
repeated_header row 0 line 206 column -1 ""
value row 204 line 207 column 1 "1/2"`
	if strings.Join(got, "\n") != want {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
}

func TestALastLineOfHeadersMayEndWithoutALineEnd(t *testing.T) {
	for size := 3; size <= 130; size++ { // some of these fill the memory that the head is read into to the last byte
		content := "a;" + strings.Repeat("b", size-2)
		table, _, err := readOnly(t, put(t, "entetes.csv", content), "entetes.csv", Options{})
		if err != nil || len(table.Header) != 2 || table.Header[1] != content[2:] {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}
