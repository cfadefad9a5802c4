package format

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"socle/internal/schema"
)

// realFolder is where real files may be found; tests that want them say so when they are not there.
func realFolder(t *testing.T) string {
	folder := os.Getenv("SOCLE_REAL_DATA")
	if folder == "" {
		folder = filepath.Join("..", "..", "..", "shared", "data")
	}
	if _, err := os.Stat(folder); err != nil {
		t.Skip("no real files here: set SOCLE_REAL_DATA to the folder that has them")
	}
	return folder
}

// read takes a file all the way from its bytes to its guesses.
func read(t *testing.T, path string, opts Options) (*Table, *Profile, []Guess) {
	t.Helper()
	ctx := context.Background()
	src, err := Detect(ctx, path, filepath.Base(path))
	if err != nil {
		t.Fatalf("detect: %v", err)
	}
	if src, err = Unwrap(ctx, src, t.TempDir(), opts); err != nil {
		t.Fatalf("unwrap: %v", err)
	}
	table, err := Open(ctx, src, t.TempDir(), opts, nil)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	p, err := Scan(ctx, table, nil)
	if err != nil {
		t.Fatalf("scan: %v", err)
	}
	return table, p, Infer(table, p)
}

func TestRealFilesAreReadWithTheirRowsAndTypes(t *testing.T) {
	folder := realFolder(t)
	for _, tc := range []struct {
		path    string
		rows    int64
		columns int
		types   map[string]schema.Type
	}{
		{"education/fr-en-annuaire-education.csv", 996, 69, map[string]schema.Type{"identifiant_de_l_etablissement": schema.Text, "code_postal": schema.Text,
			"code_departement": schema.Text, "ecole_maternelle": schema.Boolean, "telephone": schema.Text, "siren_siret": schema.Text,
			"nombre_d_eleves": schema.Integer, "position": schema.Point, "coordonnee_x": schema.Decimal, "latitude": schema.Decimal, "date_ouverture": schema.Date}},
		{"education/fr-en-adresse-et-geolocalisation-etablissements-premier-et-second-degre.csv", 117, 35, map[string]schema.Type{"position": schema.Point,
			"code_ministere": schema.Text, "code_region": schema.Text, "date_ouverture": schema.Date}},
		{"education/fr-en-college-effectifs-niveau-sexe-lv.csv", 374, 75, map[string]schema.Type{"rentree_scolaire": schema.Integer, "numero_du_college": schema.Text, "rep": schema.Boolean, "rep_2": schema.Boolean}},
		{"education/fr-en-ecoles-effectifs-nb_classes.csv", 2704, 23, map[string]schema.Type{"nombre_total_d_eleves": schema.Integer, "code_postal": schema.Text}},
		{"education/fr-en-effectifs-second-degre.csv", 823, 14, map[string]schema.Type{"annee_scolaire": schema.Text, "nombre_d_eleves": schema.Integer}},
		{"education/portal-monitoring.csv", 281, 19, map[string]schema.Type{"federated": schema.Boolean, "modified": schema.Date, "popularity_score": schema.Decimal}},
		{"pupils/student-por.csv", 370, 30, map[string]schema.Type{"age": schema.Integer, "schoolsup": schema.Boolean, "failures": schema.Integer}},
		{"geo/gares.geojson", 3884, 18, map[string]schema.Type{"code_uic": schema.Text, "idreseau": schema.Integer, "x_l93": schema.Decimal, "geometry": schema.Point, "c_geo": schema.Point, "fret": schema.Boolean}},
		{"inventory/dataroom.json", 518, 31, map[string]schema.Type{"qualite": schema.Integer, "datemaj": schema.Date, "nombre": schema.Text, "statut_opendata": schema.Boolean}},
		{"formats/b_test_file.csv", 6, 3, map[string]schema.Type{"code_departement": schema.Text, "code_region": schema.Text, "partly_empty": schema.Integer}},
		{"formats/c_test_file.csv", 1, 3, nil},
		{"formats/file.csv.gz", 6, 3, map[string]schema.Type{"partly_empty": schema.Integer}},
		{"formats/table.csv.zip", 2, 2, nil},
		{"formats/repeated-header.csv", 404, 11, map[string]schema.Type{"numcom": schema.Text, "txcouvglo_com_2014": schema.Decimal, "structured_info": schema.JSON, "geo_info": schema.Point}},
		{"formats/file.ods", 3, 5, map[string]schema.Type{"annee": schema.Integer, "date_de_la_ceremonie": schema.Date}},
		{"formats/file.xls", 5, 8, map[string]schema.Type{"cp": schema.Text}}, // an ODS under a false name
		{"formats/table-with-ints-floats-dates.ods", 3, 4, map[string]schema.Type{"int": schema.Integer, "float": schema.Decimal, "date": schema.Date, "datetime": schema.Datetime}},
		{"formats/file.xlsx", 6, 2, nil},
		{"formats/merged-cells.xlsx", 0, 1, nil},
		{"formats/multiline-headers.xlsx", 3, 4, nil},
		{"formats/preserve-formatting.xlsx", 2, 11, nil},
		{"formats/sheets.xlsx", 1, 2, nil},
		{"formats/skip-rows.xlsx", 2, 2, map[string]schema.Type{"a": schema.Integer}},
		{"csv/spectrum/comma_in_quotes.csv", 1, 5, map[string]schema.Type{"zip": schema.Text}},
		{"csv/spectrum/empty.csv", 2, 3, nil},
		{"csv/spectrum/empty_crlf.csv", 2, 3, nil},
		{"csv/spectrum/escaped_quotes.csv", 2, 2, nil},
		{"csv/spectrum/json.csv", 1, 2, map[string]schema.Type{"val": schema.Point}},
		{"csv/spectrum/location_coordinates.csv", 1, 4, nil},
		{"csv/spectrum/newlines.csv", 3, 3, nil},
		{"csv/spectrum/newlines_crlf.csv", 3, 3, nil},
		{"csv/spectrum/quotes_and_newlines.csv", 2, 2, nil},
		{"csv/spectrum/simple.csv", 1, 3, nil},
		{"csv/spectrum/simple_crlf.csv", 1, 3, nil},
		{"csv/spectrum/utf8.csv", 2, 3, nil},
	} {
		t.Run(tc.path, func(t *testing.T) {
			_, p, guesses := read(t, filepath.Join(folder, tc.path), Options{})
			if p.Rows != tc.rows || len(guesses) != tc.columns {
				t.Errorf("%d rows and %d columns, want %d and %d", p.Rows, len(guesses), tc.rows, tc.columns)
			}
			for name, want := range tc.types {
				i := slices.IndexFunc(guesses, func(g Guess) bool { return g.Field.Name == name })
				if i < 0 {
					t.Errorf("no field %s", name)
				} else if got := guesses[i].Field.Type; got != want {
					t.Errorf("%s is %s, want %s", name, got, want)
				}
			}
		})
	}
}
