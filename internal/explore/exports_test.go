package explore

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/query"
)

const exportsPath = "/catalog/datasets/etablissements/exports/"

func TestEveryExportHoldsEveryRowTwiceTheSame(t *testing.T) {
	h := portal(t)
	for _, link := range h.json("/catalog/datasets/etablissements/exports")["_links"].([]any)[1:] {
		name := link.(map[string]any)["rel"].(string)
		answer, body := h.get(with(exportsPath + name))
		if answer.StatusCode != 200 {
			t.Fatalf("%s: status %d: %s", name, answer.StatusCode, body)
		}
		sum := sha256.Sum256([]byte(body))
		digest := "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"
		if answer.Header.Get("Socle-Row-Count") != "300" || answer.Header.Get("Socle-Digest") != digest || answer.Header.Get("Repr-Digest") != digest {
			t.Errorf("%s: headers %v", name, answer.Header)
		}
		if answer.Header.Get("X-Socle-Version") != "1" || answer.Header.Get("X-Total-Count") != "300" ||
			!strings.Contains(answer.Header.Get("Content-Disposition"), "etablissements-v1.") {
			t.Errorf("%s: headers %v", name, answer.Header)
		}
		if _, again := h.get(with(exportsPath + name)); again != body {
			t.Errorf("%s: two exports of one version differ", name)
		}
	}
	if _, ndjson := h.get(with(exportsPath + "ndjson")); strings.Count(ndjson, "\n") < 299 {
		t.Error("ndjson is another name of jsonl")
	}
}

func TestALongExportIsFollowedByItsDigest(t *testing.T) {
	h := build(t)
	h.publish(h.describe(datasetNamed("grand")), schoolFields, schools(20_000))
	answer, body := h.get(with("/catalog/datasets/grand/exports/csv"))
	sum := sha256.Sum256([]byte(body))
	digest := "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"
	if answer.Header.Get("Socle-Digest") != "" || answer.Trailer.Get("Socle-Row-Count") != "20000" || answer.Trailer.Get("Socle-Digest") != digest || answer.Trailer.Get("Repr-Digest") != digest {
		t.Errorf("trailers %v", answer.Trailer)
	}
}

func TestASmallExportIsCompressedOnceAndSentAgain(t *testing.T) {
	h := portal(t)
	_, plain := h.get(with(exportsPath + "jsonl"))
	for range 2 {
		answer, body := h.get(with(exportsPath+"jsonl"), "Accept-Encoding", "gzip, br")
		reader, err := gzip.NewReader(strings.NewReader(body))
		h.must(err)
		text, err := io.ReadAll(reader)
		if err != nil || string(text) != plain || answer.Header.Get("Content-Encoding") != "gzip" || answer.Header.Get("Repr-Digest") != "" || !strings.Contains(strings.Join(answer.Header.Values("Vary"), ","), "Accept-Encoding") {
			t.Errorf("%v %v", err, answer.Header)
		}
	}
	answer, body := h.do(http.MethodHead, with(exportsPath+"jsonl"))
	if body != "" || answer.Header.Get("Content-Length") != strconv.Itoa(len(plain)) || answer.Header.Get("Socle-Row-Count") != "300" {
		t.Errorf("HEAD: %v", answer.Header)
	}
}

func TestCSVFollowsItsParameters(t *testing.T) {
	h := portal(t)
	_, body := h.get(with(exportsPath + "csv"))
	if !strings.HasPrefix(body, "\ufeffuai;nom;academie;") {
		t.Errorf("the usual beginning: %.60q", body)
	}
	_, body = h.get(with(exportsPath+"csv", "delimiter", ",", "use_labels", "true", "with_bom", "false", "where", `secteur = "Public"`, "limit", "7", "order_by", "effectif desc"))
	rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	if err != nil || len(rows) != 8 || rows[0][0] != "Code UAI" {
		t.Errorf("%v: %d lines, %v", err, len(rows), rows[0])
	}
	_, body = h.get(with("/catalog/datasets/calendrier/exports/csv", "with_bom", "false", "quote_all", "true"))
	if !strings.Contains(body, `"=1+1"`) || !strings.Contains(body, `"a;b"`) {
		t.Errorf("everything between quotes: %q", body)
	}
	_, body = h.get(with("/catalog/datasets/calendrier/exports/csv", "with_bom", "false", "neutralise_formulas", "true"))
	if !strings.Contains(body, `'=1+1`) {
		t.Errorf("a formula made harmless: %q", body)
	}
}

func TestExportsAreReadBackByOtherReaders(t *testing.T) {
	h := portal(t)
	_, records := h.get(with("/catalog/datasets/etablissements/records", "limit", "100"))
	var page struct {
		Results []map[string]any `json:"results"`
	}
	h.must(json.Unmarshal([]byte(records), &page))
	_, body := h.get(with(exportsPath+"json", "limit", "100"))
	var list []map[string]any
	h.must(json.Unmarshal([]byte(body), &list))
	got, err := encode(list)
	h.must(err)
	want, err := encode(page.Results)
	h.must(err)
	if !bytes.Equal(got, want) {
		t.Errorf("the JSON export and the records differ:\n%.400s\n%.400s", got, want)
	}
	_, body = h.get(with(exportsPath + "geojson"))
	var collection struct {
		Type     string
		Features []struct {
			Geometry   struct{ Type string }
			Properties map[string]any
		}
	}
	h.must(json.Unmarshal([]byte(body), &collection))
	if collection.Type != "FeatureCollection" || len(collection.Features) != 300 || collection.Features[0].Geometry.Type != "Point" {
		t.Errorf("GeoJSON: %s, %d features", collection.Type, len(collection.Features))
	}
	_, body = h.get(with(exportsPath + "xlsx"))
	book, err := excelize.OpenReader(strings.NewReader(body))
	h.must(err)
	defer book.Close()
	rows, err := book.GetRows(book.GetSheetList()[0])
	if err != nil || len(rows) != 301 || rows[1][0] != "0750000X" {
		t.Errorf("XLSX: %v, %d rows", err, len(rows))
	}
	answer, body := h.get(with(exportsPath+"csv", "compressed", "true"))
	reader, err := gzip.NewReader(strings.NewReader(body))
	h.must(err)
	text, err := io.ReadAll(reader)
	if err != nil || strings.Count(string(text), "\n") != 301 || !strings.Contains(answer.Header.Get("Content-Disposition"), ".csv.gz") {
		t.Errorf("gzip: %v, %d lines", err, strings.Count(string(text), "\n"))
	}
	if _, body = h.get(with(exportsPath+"parquet", "parquet_compression", "zstd")); !strings.HasPrefix(body, "PAR1") || !strings.HasSuffix(body, "PAR1") {
		t.Errorf("Parquet: %.8q", body)
	}
}

func TestTheOriginalIsGivenByteForByteAndInParts(t *testing.T) {
	h := portal(t)
	attachments := h.json("/catalog/datasets/calendrier/attachments")["attachments"].([]any)
	if len(attachments) != 1 || !strings.HasSuffix(attachments[0].(map[string]any)["href"].(string), "/attachments/original") {
		t.Fatalf("attachments: %v", attachments)
	}
	answer, body := h.get(with("/catalog/datasets/calendrier/attachments/original"))
	if body != "Nom;N\n=1+1;4\n\"a;b\";5\n" || !strings.Contains(answer.Header.Get("Content-Disposition"), "calendrier.csv") {
		t.Errorf("%q %v", body, answer.Header)
	}
	if answer, body = h.get(with("/catalog/datasets/calendrier/attachments/original"), "Range", "bytes=0-2"); answer.StatusCode != 206 || body != "Nom" {
		t.Errorf("a part: %d %q", answer.StatusCode, body)
	}
}

func TestTheCatalogueIsExported(t *testing.T) {
	h := portal(t)
	_, body := h.get(with("/catalog/exports/csv", "with_bom", "false"))
	reader := csv.NewReader(strings.NewReader(body))
	reader.Comma = ';'
	rows, err := reader.ReadAll()
	if err != nil || len(rows) != 3 || rows[0][0] != "dataset_id" || rows[1][0] != "calendrier" {
		t.Errorf("%v %v", err, rows)
	}
	_, body = h.get(with("/catalog/exports/json", "where", "records_count > 100"))
	var list []datasetObject
	if err := json.Unmarshal([]byte(body), &list); err != nil || len(list) != 1 || list[0].DatasetID != "etablissements" {
		t.Errorf("%v %.200s", err, body)
	}
	if answer, body := h.get(with("/catalog/exports/xlsx")); answer.StatusCode != 200 || !strings.HasPrefix(body, "PK") {
		t.Errorf("XLSX: %d", answer.StatusCode)
	}
	if answer, _ := h.get(with("/catalog/exports/csv", "quote_all", "true", "group_by", "theme", "select", "theme, count(*) as n")); answer.StatusCode != 200 {
		t.Errorf("grouped: %d", answer.StatusCode)
	}
}

func TestTheCatalogueIsDescribedInTheFormatsOfOthers(t *testing.T) {
	h := portal(t)
	h.service.name = i18n.T("Portail d’essai", "Trial portal")
	kinds := map[string]string{"rss": "application/rss+xml", "rdf": "application/rdf+xml", "dcat": "application/rdf+xml", "ttl": "text/turtle",
		"data.json": "application/json", "dublin_core": "application/rdf+xml"}
	for format, kind := range kinds {
		answer, body := h.get(with("/catalog/exports/" + format))
		if answer.StatusCode != 200 || !strings.HasPrefix(answer.Header.Get("Content-Type"), kind) || answer.Header.Get("Socle-Row-Count") != "2" ||
			!strings.Contains(body, "Calendrier scolaire") || strings.Contains(body, "Suivi restreint") {
			t.Errorf("%s: %d %v %.400s", format, answer.StatusCode, answer.Header, body)
		}
		if strings.Contains(kind, "xml") {
			for decoder := xml.NewDecoder(strings.NewReader(body)); ; {
				if _, err := decoder.Token(); err == io.EOF {
					break
				} else if err != nil {
					t.Fatalf("%s: %v", format, err)
				}
			}
		}
		if one, body := h.get(with("/catalog/exports/"+format, "where", "records_count > 100")); one.Header.Get("Socle-Row-Count") != "1" || strings.Contains(body, "Calendrier scolaire") {
			t.Errorf("%s filtered: %.400s", format, body)
		}
		h.refused(400, "/catalog/exports/"+format, "select", "title")
	}
	for format, says := range map[string]string{"rss": "<title>Catalogue des données, Portail d’essai</title>", "dcat": "<foaf:name xml:lang=\"fr\">Portail d’essai</foaf:name>", "ttl": "Catalogue des données, Portail d’essai"} {
		if _, body := h.get(with("/catalog/exports/" + format)); !strings.Contains(body, says) {
			t.Errorf("%s does not say %s: %.900s", format, says, body)
		}
	}
	_, body := h.get(with("/catalog/exports/dcat", "include_exports", "csv,geojson", "where", `dataset_id = "etablissements"`))
	if strings.Count(body, "<dcat:Distribution ") != 2 || !strings.Contains(body, "/exports/csv?use_labels=true") {
		t.Errorf("two exports: %s", body)
	}
	_, body = h.get(with("/catalog/exports/dcat", "where", `dataset_id = "etablissements"`))
	for _, said := range []string{`<dct:accessRights rdf:resource="http://publications.europa.eu/resource/authority/access-right/PUBLIC"/>`, `<dct:format rdf:resource="http://publications.europa.eu/resource/authority/file-type/CSV"/>`,
		`/jeux/etablissements/versions/1/original"`, `<dcat:byteSize rdf:datatype="http://www.w3.org/2001/XMLSchema#nonNegativeInteger">`, "<dct:rights"} {
		if !strings.Contains(body, said) {
			t.Errorf("a harvester is not told %s: %s", said, body)
		}
	}
	_, body = h.get(with("/catalog/exports/dcat", "use_labels_in_exports", "false"))
	if strings.Contains(body, "use_labels") {
		t.Error("the labels were not asked for")
	}
	h.refused(400, "/catalog/exports/dcat", "include_exports", "csv,doc")
	if f := h.refused(400, "/catalog/exports/dcat_ap_de"); !strings.Contains(f.Message, "dublin_core") {
		t.Errorf("the formats offered: %s", f.Message)
	}
}

func TestASheetThatWouldNotHoldTheRowsIsRefusedBeforeAnyIsRead(t *testing.T) {
	h := portal(t)
	s := h.service
	d := &source{published: &published{}, view: whole(t)}
	d.head.Rows = 2_000_000
	for _, tc := range []struct {
		limit   int
		refused bool
	}{{-1, true}, {1_048_576, true}, {1_048_575, false}} {
		err := s.fitsSheet(t.Context(), d, &query.Plan{Limit: tc.limit}, exportFormat{name: "xlsx"})
		if (err != nil) != tc.refused || err != nil && (!fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "parquet")) {
			t.Errorf("limit %d: %v", tc.limit, err)
		}
	}
}

func TestExportsForMapsAreProjectedOnRequest(t *testing.T) {
	h := portal(t)
	_, body := h.get(with(exportsPath+"geojson", "epsg", "2154", "limit", "1", "select", "pos"))
	if !strings.Contains(body, `"urn:ogc:def:crs:EPSG::2154"`) || !strings.Contains(body, `"coordinates":[625`) {
		t.Errorf("Lambert-93: %s", body)
	}
	for _, tc := range [][]string{{"geojson", "27572"}, {"csv", "2154"}, {"kml", "3857"}, {"gpx", "-1"}} {
		h.refused(400, exportsPath+tc[0], "epsg", tc[1])
	}
	_, body = h.get(with(exportsPath+"gpx", "limit", "1", "name_field", "uai", "description_field_list", "academie, effectif", "use_extension", "false"))
	if !strings.Contains(body, "<name>0750000X</name><desc>Académie: Paris&#xA;Effectif: 10</desc></wpt>") {
		t.Errorf("GPX: %s", body)
	}
}

// broken gives some bytes, then fails.
type broken struct {
	Engine
	before int
}

func (b broken) copy(_ context.Context, w io.Writer) (int64, error) {
	if _, err := w.Write(make([]byte, b.before)); err != nil {
		return 0, err
	}
	return 0, errors.New("the disk is gone")
}

func TestAnExportThatBreaksIsNeverTakenForAWholeOne(t *testing.T) {
	for before, name := range map[int]string{0: "before the first byte", 1_000_000: "in the middle"} {
		t.Run(name, func(t *testing.T) {
			s := New(Options{Log: quiet()})
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if err := s.stream(w, r, download{name: "a.csv", mediaType: mediaCSV}, broken{before: before}.copy); err != nil {
					s.Fail(w, r, err)
				}
			}))
			defer server.Close()
			answer, err := http.Get(server.URL)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			_, err = io.ReadAll(answer.Body)
			if before == 0 && (answer.StatusCode != 500 || err != nil || answer.Header.Get("Content-Disposition") != "") {
				t.Errorf("status %d, %v", answer.StatusCode, err)
			}
			if before > 0 && err == nil {
				t.Error("the cut does not show")
			}
		})
	}
}

func TestKnownRowsAreThoseOfTheExport(t *testing.T) {
	d := &source{published: &published{}, view: whole(t)}
	d.head.Rows = 100
	for _, tc := range []struct{ limit, offset, want int }{{-1, 0, 100}, {10, 0, 10}, {-1, 30, 70}, {50, 80, 20}, {5, 200, 0}} {
		n, known := knownRows(d, &query.Plan{Limit: tc.limit, Offset: tc.offset})
		if !known || strconv.FormatInt(n, 10) != strconv.Itoa(tc.want) {
			t.Errorf("limit %d, offset %d: %d, want %d", tc.limit, tc.offset, n, tc.want)
		}
	}
	if _, known := knownRows(d, &query.Plan{Limit: -1, Grouped: true}); known {
		t.Error("groups must be counted")
	}
}
