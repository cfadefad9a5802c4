package format

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"encoding/xml"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"

	"socle/internal/fault"
	"socle/internal/schema"
)

var mapSchema = schema.Schema{Fields: []schema.Field{
	{Name: "code", Label: "Code", Type: schema.Text}, {Name: "nom", Label: "Nom & libellé", Type: schema.Text}, {Name: "n", Type: schema.Integer},
	{Name: "taux", Type: schema.Decimal}, {Name: "exact", Type: schema.Decimal, Scale: 2}, {Name: "ouvert", Type: schema.Boolean}, {Name: "jour", Type: schema.Date},
	{Name: "maj", Type: schema.Datetime}, {Name: "niveaux", Type: schema.JSON}, {Name: "forme", Type: schema.Geometry}, {Name: "2024", Type: schema.Integer},
}}

func mapRows() [][]any {
	day, at := time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 9, 1, 6, 30, 0, 125_000_000, time.UTC)
	shape := func(text string) any { return json.RawMessage(text) }
	return [][]any{
		{"a", "Un <point>", int64(1), 0.5, "12345678901234567890.25", true, day, at, shape(`["6e","5e"]`), shape(`{"type":"Point","coordinates":[2.5,48,35]}`), int64(7)},
		{"b", "Une \"ligne\"\nà suivre", int64(math.MaxInt64), math.NaN(), "-0.10", false, nil, nil, shape(`{"a":1}`), shape(`{"type":"LineString","coordinates":[[2,48],[3,49]]}`), nil},
		{"c", "Deux polygones \x01", nil, math.Inf(1), nil, nil, nil, nil, nil,
			shape(`{"type":"MultiPolygon","coordinates":[[[[0,44],[1,44],[1,45],[0,44]]],[[[3,44],[4,44],[4,45],[3,44]],[[3.5,44.2],[3.6,44.2],[3.6,44.25],[3.5,44.2]]]]}`), nil},
		{"d", "Un ensemble", nil, nil, nil, nil, nil, nil, nil,
			shape(`{"type":"GeometryCollection","geometries":[{"type":"MultiPoint","coordinates":[[1,44],[2,45]]},{"type":"MultiLineString","coordinates":[[[1,44],[2,45]]]}]}`), nil},
		{nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil},
		{"f", strings.Repeat("é", 200), nil, nil, nil, nil, nil, nil, nil, shape(`{"type":"Polygon","coordinates":"?"}`), nil},
	}
}

func written(t *testing.T, format string, o WriteOptions, s schema.Schema, rows [][]any) []byte {
	t.Helper()
	var b bytes.Buffer
	o.Scratch = t.TempDir()
	w := NewWriter(format, &b, o)
	if err := w.Begin(s); err != nil {
		t.Fatalf("%s: %v", format, err)
	}
	for _, row := range rows {
		if err := w.Row(row); err != nil {
			t.Fatalf("%s: %v", format, err)
		}
	}
	if err := w.End(); err != nil {
		t.Fatalf("%s: %v", format, err)
	}
	if err := w.Close(); err != nil {
		t.Errorf("%s: %v", format, err)
	}
	if left, err := os.ReadDir(o.Scratch); err != nil || len(left) > 0 {
		t.Errorf("%s leaves %v in its scratch folder (%v)", format, left, err)
	}
	return b.Bytes()
}

func TestEveryFormatIsWrittenAsItAlwaysWas(t *testing.T) {
	record := 0
	o := WriteOptions{Title: "Lieux d’essai", Extensions: true, Resource: "https://exemple.fr/jeux/lieux",
		Record: func() string { record++; return "https://exemple.fr/jeux/lieux/" + string(rune('0'+record)) }}
	for name, format := range map[string]string{"lieux.geojson": "geojson", "lieux.kml": "kml", "lieux.gpx": "gpx", "lieux.fgb": "fgb",
		"lieux.ttl": "turtle", "lieux.rdf": "rdfxml", "lieux.jsonld": "jsonld", "lieux.ndjson": "ndjson", "lieux.csv": "csv"} {
		record = 0
		got := written(t, format, o, mapSchema, mapRows())
		golden(t, name, got)
		if strings.HasSuffix(name, "kml") || strings.HasSuffix(name, "gpx") || strings.HasSuffix(name, "rdf") {
			for decoder := xml.NewDecoder(bytes.NewReader(got)); ; {
				if _, err := decoder.Token(); err == io.EOF {
					break
				} else if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
			}
		}
		if strings.HasSuffix(name, "json") && format == "geojson" || format == "jsonld" {
			if !json.Valid(got) {
				t.Errorf("%s is no JSON: %s", name, got)
			}
		}
	}
	shapes := string(written(t, "shp", o, mapSchema, mapRows())) // its members: how they are compressed belongs to the library
	for _, name := range []string{"lieux_d_essai_polygones.shp", "lieux_d_essai_polygones.shx", "lieux_d_essai_polygones.dbf", "lieux_d_essai_polygones.prj"} {
		golden(t, name, []byte(zipMember(t, shapes, name)))
	}
	o.EPSG = 2154
	golden(t, "lambert.geojson", written(t, "geojson", o, mapSchema, mapRows()))
}

func TestAnEmptyExportIsAWholeFile(t *testing.T) {
	for _, format := range Written() {
		if got := written(t, format, WriteOptions{Title: "Rien", Resource: "https://exemple.fr/a"}, mapSchema, nil); len(got) == 0 && format != "ndjson" {
			t.Errorf("%s of nothing is no file", format)
		}
	}
}

func TestAnExportThatIsLeftHalfwayLeavesNothing(t *testing.T) {
	for _, format := range Written() {
		scratch := t.TempDir()
		w := NewWriter(format, io.Discard, WriteOptions{Scratch: scratch})
		if err := w.Begin(mapSchema); err != nil {
			t.Fatal(err)
		}
		for range 300 {
			for _, row := range mapRows() {
				if err := w.Row(row); err != nil {
					t.Fatalf("%s: %v", format, err)
				}
			}
		}
		if err := w.Close(); err != nil {
			t.Errorf("%s: %v", format, err)
		}
		if left, _ := os.ReadDir(scratch); len(left) > 0 {
			t.Errorf("%s leaves %v", format, left)
		}
	}
}

func TestAShapefileHasALayerForEachKindOfShape(t *testing.T) {
	archive := written(t, "shp", WriteOptions{Title: "Lieux"}, mapSchema, mapRows())
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]uint32{}
	for _, f := range r.File {
		if strings.HasSuffix(f.Name, ".shp") {
			content := zipMember(t, string(archive), f.Name)
			kinds[f.Name] = binary.LittleEndian.Uint32([]byte(content[32:36]))
			if size := binary.BigEndian.Uint32([]byte(content[24:28])); int(size)*2 != len(content) {
				t.Errorf("%s says it has %d bytes and has %d", f.Name, size*2, len(content))
			}
		}
	}
	if len(kinds) != 4 || kinds["lieux_points.shp"] != 1 || kinds["lieux_multipoints.shp"] != 8 || kinds["lieux_lignes.shp"] != 3 || kinds["lieux_polygones.shp"] != 5 {
		t.Errorf("layers: %v", kinds)
	}
	if readMe := zipMember(t, string(archive), "LISEZMOI.txt"); !strings.Contains(readMe, "nom: 1 × > 254 octets") || !strings.Contains(readMe, "taux: 1 × NaN") {
		t.Errorf("what did not fit is not told: %s", readMe)
	}
}

func TestATableTooWideForAShapefileIsRefused(t *testing.T) {
	err := NewWriter("shp", io.Discard, WriteOptions{}).Begin(schema.Schema{Fields: make([]schema.Field, 300)})
	if !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
}

func TestNamesOfColumnsAreTenLettersAndDiffer(t *testing.T) {
	got := strings.Join(dbfNames([]schema.Field{{Name: "code_postal_commune"}, {Name: "code_postal_ecole"}, {Name: "code_postal"}, {Name: "count(*)"}, {Name: "…"}}), " ")
	if got != "code_posta code_pos_1 code_pos_2 count champ" {
		t.Error(got)
	}
}

func TestAnArrowStreamHoldsTheTypesAndTheValues(t *testing.T) { // its bytes belong to the library
	r, err := ipc.NewReader(bytes.NewReader(written(t, "arrow", WriteOptions{}, mapSchema, slices.Delete(mapRows(), 1, 3))))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	var got bytes.Buffer
	for _, f := range r.Schema().Fields() {
		got.WriteString(f.Name + " " + f.Type.String() + "\n")
	}
	for r.Next() {
		rows, err := r.RecordBatch().MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		got.Write(append(rows, '\n'))
	}
	golden(t, "lieux.arrow.txt", got.Bytes())
}

func TestAnArrowStreamIsReadBackBatchAfterBatch(t *testing.T) {
	var rows [][]any
	for range 5000 {
		rows = append(rows, mapRows()...)
	}
	r, err := ipc.NewReader(bytes.NewReader(written(t, "arrow", WriteOptions{}, mapSchema, rows)))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	var n, batches int64
	for r.Next() {
		if batches == 0 {
			exact := r.RecordBatch().Column(4).(*array.Decimal128)
			if exact.ValueStr(0) != "12345678901234567890.25" || exact.ValueStr(1) != "-0.1" && exact.ValueStr(1) != "-0.10" {
				t.Errorf("decimals: %s, %s", exact.ValueStr(0), exact.ValueStr(1))
			}
		}
		n += r.RecordBatch().NumRows()
		batches++
	}
	if r.Err() != nil || n != 30_000 || batches != 4 {
		t.Errorf("%d rows in %d batches, %v", n, batches, r.Err())
	}
}

func TestClocksOfBeforeTimeZonesGiveTheRightInstant(t *testing.T) {
	at := time.Date(1789, 7, 14, 12, 0, 0, 0, time.UTC)
	if got := Instant(at.In(parisZone())); got != "1789-07-14T12:09:00+00:09" {
		t.Error(got)
	}
}
