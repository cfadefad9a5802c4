package explore

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"socle/internal/schema"
)

// readerFields have every type.
var readerFields = []schema.Field{
	{Name: "id", Label: "Identifiant", Type: schema.Text}, {Name: "texte", Label: "Texte", Type: schema.Text},
	{Name: "entier", Label: "Entier", Type: schema.Integer}, {Name: "decimal", Label: "Décimal", Type: schema.Decimal},
	{Name: "exact", Label: "Exact", Type: schema.Decimal, Scale: 3}, {Name: "booleen", Label: "Booléen", Type: schema.Boolean, Format: "true/false"},
	{Name: "debut", Label: "Début", Type: schema.Date}, {Name: "instant", Label: "Instant", Type: schema.Datetime},
	{Name: "liste", Label: "Liste", Type: schema.JSON}, {Name: "pos", Label: "Position", Type: schema.Point, Format: "lat,lon"},
	{Name: "forme", Label: "Forme", Type: schema.Geometry}, {Name: "un_nom_de_colonne_fort_long", Label: "Long", Type: schema.Integer},
}

// readerRows are ordinary rows, then what exports stumble on. An empty cell is no value.
func readerRows() [][]string {
	var rows [][]string
	for i := range 200 {
		shape := []string{
			fmt.Sprintf(`{"type":"Polygon","coordinates":[[[%[1]d,45],[%[1]d.5,45],[%[1]d.5,45.5],[%[1]d,45]]]}`, i%6),
			fmt.Sprintf(`{"type":"LineString","coordinates":[[%d,45],[2.25,46.5]]}`, i%5),
			`{"type":"Point","coordinates":[2.5,48.125]}`,
			`{"type":"MultiPolygon","coordinates":[[[[0,44],[1,44],[1,45],[0,44]]],[[[3,44],[4,44],[4,45],[3,44]],[[3.5,44.2],[3.6,44.2],[3.6,44.25],[3.5,44.2]]]]}`,
			`{"type":"MultiPoint","coordinates":[[1,44],[2,45.5]]}`,
			`{"type":"MultiLineString","coordinates":[[[1,44],[2,45.5]],[[3,44],[4,45.5]]]}`,
			"",
		}[i%7]
		rows = append(rows, []string{fmt.Sprintf("ordinaire-%d", i), fmt.Sprintf("École n° %d", i), fmt.Sprint(i*37 - 1000), fmt.Sprint(float64(i)/8 - 3), fmt.Sprintf("%d.%03d", i, i%1000),
			fmt.Sprint(i%3 == 0), fmt.Sprintf("2026-%02d-%02d", 1+i%12, 1+i%28), fmt.Sprintf("2026-%02d-%02dT%02d:%02d:07Z", 1+i%12, 1+i%28, i%24, i%60),
			fmt.Sprintf(`["zone %d","b"]`, i%3), fmt.Sprintf("%.3f, %.3f", 45+float64(i)/50, -1+float64(i)/40), shape, fmt.Sprint(i)})
	}
	return append(rows,
		[]string{"rien", "", "", "", "", "", "", "", "", "", "", ""},
		[]string{"ponctuation", "a;b,c\t\"d\" 'e' <f> & \\g\nligne\r\nautre", "0", "-0.5", "-0.001", "false", "1899-12-31", "1789-07-14T12:00:00Z", `["x;y","z"]`, "0.5, 0.5", "", "1"},
		[]string{"formule", "=cmd|' /C calc'!A0", "9007199254740993", "1e300", "12345678901234567890123456789012345.678", "true", "0001-01-01", "2026-07-01T10:00:00.123456Z", `{"a":[1,2]}`, "-21.1, 55.5", "", "2"},
		[]string{"écritures", "é 𝄞 مرحبا 日本語 👩‍🏫\u00a0fin", "-9223372036854775808", "1e-300", "0.100", "", "1900-01-15", "1900-03-01T00:00:00Z", `[]`, "48.8566, 2.3522", "", "3"},
		[]string{"contrôle", "a\x01b\x0bc\x1fd_x0041_", "9223372036854775807", "0.1", "1.000", "", "9998-12-31", "9998-12-31T00:00:00Z", "", "", "", "4"},
		[]string{"long", strings.Repeat("très long ", 5000) + "fin", "1", "2", "3.000", "true", "2026-02-28", "2026-03-29T01:30:00Z", "", "", "", "5"},
	)
}

// TestExportsAreReadBackByIndependentReaders writes every export, and lets the readers of others compare them with what
// was published: see scripts/read-exports.py. It needs GDAL and a Python with its packages: `make test-readers`.
func TestExportsAreReadBackByIndependentReaders(t *testing.T) {
	python := os.Getenv("SOCLE_READERS")
	if python == "" {
		t.Skip("SOCLE_READERS names no Python: run make test-readers")
	}
	folder := os.Getenv("SOCLE_READERS_FOLDER")
	if folder == "" {
		folder = t.TempDir()
	}
	h := build(t)
	rows := readerRows()
	var body bytes.Buffer
	w := csv.NewWriter(&body)
	w.Comma = ';'
	h.must(w.WriteAll(rows))
	d := datasetNamed("lecteurs")
	d.Key = []string{"id"}
	h.publish(h.describe(d), readerFields, body.String())
	names := make([]string, len(readerFields))
	for i, f := range readerFields {
		names[i] = f.Name
	}
	truth, err := json.Marshal(map[string]any{"fields": names, "rows": rows})
	h.must(err)
	h.must(os.WriteFile(filepath.Join(folder, "truth.json"), truth, 0o600))

	for _, link := range h.json("/catalog/datasets/lecteurs/exports")["_links"].([]any)[1:] {
		name := link.(map[string]any)["rel"].(string)
		answer, content := h.get(with("/catalog/datasets/lecteurs/exports/" + name))
		if answer.StatusCode != 200 {
			t.Fatalf("%s: %d %s", name, answer.StatusCode, content)
		}
		h.must(os.WriteFile(filepath.Join(folder, "lecteurs."+extensionOf(name)), []byte(content), 0o600))
	}
	for name, params := range map[string][]string{
		"points.geojson": {"select", "exclude(forme)"}, "points.fgb": {"select", "exclude(forme)"}, "points.shp.zip": {"select", "exclude(forme)"},
		"points.gpx": {"select", "exclude(forme)"}, "points.kml": {"select", "exclude(forme)"},
		"lambert.geojson": {"epsg", "2154"}, "lambert.fgb": {"epsg", "2154"}, "lambert.shp.zip": {"epsg", "2154"},
		"paris.csv":    {"timezone", "Europe/Paris", "quote_all", "true", "delimiter", "\t", "with_bom", "false"},
		"zstd.parquet": {"parquet_compression", "zstd"},
	} {
		format := strings.TrimSuffix(name[strings.Index(name, ".")+1:], ".zip")
		answer, content := h.get(with("/catalog/datasets/lecteurs/exports/"+format, params...))
		if answer.StatusCode != 200 {
			t.Fatalf("%s: %d %s", name, answer.StatusCode, content)
		}
		h.must(os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600))
	}
	for _, link := range h.json("/catalog/exports")["_links"].([]any)[1:] {
		name := link.(map[string]any)["rel"].(string)
		_, content := h.get(with("/catalog/exports/" + name))
		h.must(os.WriteFile(filepath.Join(folder, "catalogue."+name), []byte(content), 0o600))
	}
	out, err := exec.CommandContext(t.Context(), python, "../../scripts/read-exports.py", folder).CombinedOutput()
	t.Log("\n" + string(out))
	h.must(err)
}

func extensionOf(name string) string {
	for _, f := range exportFormats {
		if f.name == name {
			return f.extension
		}
	}
	return name
}
