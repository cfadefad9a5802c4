package ingest

import (
	"path/filepath"
	"strings"
	"testing"

	"socle/internal/asset"
)

// TestRealFilesLandWithTheirRowsAndTypes publishes real files, when they are there. types names a few fields whose type
// is easy to get wrong.
func TestRealFilesLandWithTheirRowsAndTypes(t *testing.T) {
	folder := realData(t)
	w := newWorld(t)
	for _, tc := range []struct {
		path  string
		rows  int64
		types string
	}{
		{"education/fr-en-annuaire-education.csv", 996, "identifiant_de_l_etablissement:text code_postal:text code_departement:text nombre_d_eleves:integer position:point"},
		{"education/fr-en-adresse-et-geolocalisation-etablissements-premier-et-second-degre.csv", 117, "code_etablissement:text code_postal:text latitude:decimal code_region:text date_ouverture:date"},
		{"education/fr-en-college-effectifs-niveau-sexe-lv.csv", 374, "rentree_scolaire:integer numero_du_college:text rep:boolean"},
		{"education/fr-en-ecoles-effectifs-nb_classes.csv", 2704, "code_postal:text nombre_total_d_eleves:integer"},
		{"education/fr-en-effectifs-second-degre.csv", 823, "annee_scolaire:text code_departement:text nombre_d_eleves:integer"},
		{"education/portal-monitoring.csv", 281, "modified:date popularity_score:decimal federated:boolean"},
		{"pupils/student-por.csv", 370, "age:integer schoolsup:boolean"},
		{"geo/gares.geojson", 3884, "code_uic:text code_ligne:text geometry:point idreseau:integer"},
		{"inventory/dataroom.json", 518, "nom_base:text"},
		{"formats/file.csv.gz", 6, "code_departement:text"},
		{"formats/table.csv.zip", 2, "name:text"},
		{"formats/file.parquet", 1000, "annee:integer is_true:boolean categories:json"},
		{"formats/file.ods", 3, "date_de_la_ceremonie:date"},
		{"formats/table-with-ints-floats-dates.ods", 3, "int:integer float:decimal date:date datetime:datetime"},
		{"formats/file.xlsx", 6, "nom:text"},
		{"formats/sheets.xlsx", 1, "name:text"},
		{"formats/repeated-header.csv", 404, "txcouvglo_com_2014:decimal geo_info:point"},
		{"csv/spectrum/newlines_crlf.csv", 3, "a:text b:integer"},
		{"csv/spectrum/comma_in_quotes.csv", 1, "zip:text"},
		{"csv/spectrum/utf8.csv", 2, "c:text"},
	} {
		result, err := w.PublishFile(system(t), filepath.Join(folder, filepath.FromSlash(tc.path)), Request{Title: strings.NewReplacer("/", " ", ".", " ").Replace(tc.path), Level: asset.Open, ConfirmPersonal: true})
		if err != nil {
			t.Errorf("%s: %v", tc.path, err)
			continue
		}
		if result.Version.Rows != tc.rows {
			t.Errorf("%s: %d rows, want %d", tc.path, result.Version.Rows, tc.rows)
		}
		for want := range strings.FieldsSeq(tc.types) {
			name, typ, _ := strings.Cut(want, ":")
			if f, ok := result.Version.Schema.Field(name); !ok || string(f.Type) != typ {
				t.Errorf("%s: field %s is %q, want %s", tc.path, name, f.Type, typ)
			}
		}
	}
}
