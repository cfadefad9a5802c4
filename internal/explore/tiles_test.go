package explore

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/geojson"

	"socle/internal/asset"
	"socle/internal/schema"
)

// tile asks for a tile and decodes it; an empty one has no feature.
func (h *house) tile(dataset string, t square, params url.Values, headers ...string) []*geojson.Feature {
	h.t.Helper()
	answer, body := h.get(address(fmt.Sprintf("%s/%s/%d/%d/%d.mvt", TilesPrefix, dataset, t.z, t.x, t.y), params), headers...)
	if answer.StatusCode == http.StatusNoContent {
		return nil
	}
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != mediaTile || answer.Header.Get("Access-Control-Allow-Origin") != "*" {
		h.t.Fatalf("%v: status %d, %v: %s", t, answer.StatusCode, answer.Header, body)
	}
	layers, err := mvt.Unmarshal([]byte(body))
	h.must(err)
	if len(layers) != 1 || layers[0].Name != tileLayer || layers[0].Version != 2 || len(layers[0].Features) > t.cells()*t.cells() {
		h.t.Fatalf("%v: layers %+v", t, layers)
	}
	for _, f := range layers[0].Features {
		if p := f.Point(); p[0] < 0 || p[0] >= tileExtent || p[1] < 0 || p[1] >= tileExtent {
			h.t.Errorf("%v: a feature at %v is outside", t, p)
		}
	}
	return layers[0].Features
}

// points counts what the features of a tile gather.
func points(features []*geojson.Feature) (n int) {
	for _, f := range features {
		if f.Properties["cluster"] == true {
			n += int(f.Properties["point_count"].(float64))
		} else {
			n++
		}
	}
	return n
}

// walkTiles goes down from the whole world to a zoom, through the tiles that hold something, and counts at each zoom.
func (h *house) walkTiles(dataset string, zoom int, params url.Values, headers ...string) []int {
	h.t.Helper()
	counts := make([]int, zoom+1)
	var down func(t square)
	down = func(t square) {
		n := points(h.tile(dataset, t, params, headers...))
		if counts[t.z] += n; n == 0 || t.z == zoom {
			return
		}
		for i := range 4 {
			down(square{t.z + 1, 2*t.x + i%2, 2*t.y + i/2})
		}
	}
	down(square{})
	return counts
}

// edgeFields are those of places that are hard to draw.
var edgeFields = []schema.Field{{Name: "nom", Label: "Nom", Type: schema.Text}, {Name: "n", Label: "N", Type: schema.Integer}, {Name: "pos", Label: "Position", Type: schema.Point, Format: "lat,lon"}}

// edges are points on the borders of tiles, at the poles, on either side of the antimeridian, twice in one place, and one
// row without a place.
const edges = "coin;1;\"0,0\"\nnord-ouest;2;\"40.97989806962013,-90\"\nbord;3;\"0,45\"\npôle nord;4;\"90,10\"\npôle sud;5;\"-90,-170\"\nest;6;\"12,180\"\nouest;7;\"12,-180\"\n" +
	"presque;8;\"12,179.9999999999\"\ndouble;9;\"48.85,2.35\"\ndouble;10;\"48.85,2.35\"\nhaut;11;\"85.0511287798066,0\"\nbas;12;\"-85.0511287798066,0\"\nnulle part;13;\n"

func TestTilesHoldEveryPointOnceAtEveryZoom(t *testing.T) {
	h := portal(t)
	h.publish(h.describe(asset.Dataset{Asset: asset.Asset{ID: "bords"}, Title: "Bords du monde"}), edgeFields, edges)
	for _, test := range []struct {
		dataset string
		zoom    int
		params  url.Values
		want    int
	}{
		{"bords", 6, nil, 12},
		{"bords", 3, url.Values{"where": {"n > 3"}}, 9},
		{"etablissements", 8, nil, 300},
		{"etablissements", 4, url.Values{"where": {"academie = 'Paris'", "secteur = 'Public'"}}, 50},
		{"etablissements", 4, url.Values{"refine": {"academie:Paris"}, "exclude": {"secteur:Public"}}, 50},
		{"etablissements", 2, url.Values{"where": {"search('victor')"}, "field": {"pos"}}, 300},
	} {
		for zoom, n := range h.walkTiles(test.dataset, test.zoom, test.params) {
			if n != test.want {
				t.Errorf("%s %v: the tiles of zoom %d hold %d points, the dataset %d", test.dataset, test.params, zoom, n, test.want)
			}
		}
	}
}

func TestPointsOfATileAreWhereTheyAreAndSayWhichRecordTheyAre(t *testing.T) {
	h := portal(t)
	h.publish(h.describe(asset.Dataset{Asset: asset.Asset{ID: "bords"}, Title: "Bords du monde"}), edgeFields, edges)
	for _, test := range []struct {
		name     string
		lat, lon float64
		zoom     int
		title    string
		count    int
	}{
		{"a corner of four tiles", 0, 0, 10, "coin", 1},
		{"a border", 0, 45, 10, "bord", 1},
		{"the north pole, on the edge of the map", 90, 10, 6, "pôle nord", 1},
		{"the south pole", -90, -170, 6, "pôle sud", 1},
		{"180° east and 180° west, which are one", 12, 180, 18, "", 2},
		{"just before", 12, 179.9999999, 18, "presque", 1},
		{"twice in one place, however near", 48.85, 2.35, 22, "", 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			x := (test.lon + 180) / 360
			x -= math.Floor(x)
			lat := math.Max(-85.0511287798066, math.Min(85.0511287798066, test.lat)) * math.Pi / 180
			y := math.Max(0, math.Min(0.5-math.Log(math.Tan(math.Pi/4+lat/2))/(2*math.Pi), 0.9999999999999999))
			side := math.Exp2(float64(test.zoom))
			at := square{test.zoom, int(x * side), int(y * side)}
			px, py := (x*side-float64(at.x))*tileExtent, (y*side-float64(at.y))*tileExtent
			found := slices.IndexFunc(h.tile("bords", at, nil), func(f *geojson.Feature) bool {
				return math.Abs(f.Point()[0]-px) <= 1 && math.Abs(f.Point()[1]-py) <= 1
			})
			if found < 0 {
				t.Fatalf("nothing at %v in %v: %v", []float64{px, py}, at, h.tile("bords", at, nil))
			}
			f := h.tile("bords", at, nil)[found]
			if points([]*geojson.Feature{f}) != test.count || test.count == 1 && f.Properties["title"] != test.title {
				t.Errorf("%v", f.Properties)
			}
			if test.count == 1 {
				row := h.json("/catalog/datasets/bords/records/" + f.Properties["record"].(string))
				if row["nom"] != test.title {
					t.Errorf("the record %v is %v, want %s", f.Properties["record"], row["nom"], test.title)
				}
			}
		})
	}
}

func TestTilesShowWhatTheReaderMaySee(t *testing.T) {
	h := portal(t)
	d := h.describe(asset.Dataset{Asset: asset.Asset{ID: "lieux-suivis", Level: asset.Restricted}, Title: "Lieux suivis"})
	h.publish(d, edgeFields, edges)
	if answer, body := h.get(TilesPrefix + "/lieux-suivis/0/0/0.mvt"); answer.StatusCode != http.StatusNotFound || !strings.Contains(body, "UnknownDatasetError") {
		t.Errorf("to anybody: %d %s", answer.StatusCode, body)
	}
	member := []string{"Authorization", "Bearer " + h.secret}
	if n := points(h.tile("lieux-suivis", square{}, nil, member...)); n != 12 {
		t.Errorf("a member sees %d points", n)
	}
	granted := []string{"Authorization", "Bearer " + h.granted(d, []string{"pos"}, "n < 4")}
	features := h.tile("lieux-suivis", square{}, nil, granted...)
	if points(features) != 3 || h.walkTiles("lieux-suivis", 3, nil, granted...)[3] != 3 {
		t.Errorf("a grant that shows three rows: %d points", points(features))
	}
	for _, f := range features {
		if f.Properties["title"] != nil {
			t.Errorf("a field that the grant hides: %v", f.Properties)
		}
	}
	if answer, body := h.get(TilesPrefix+"/lieux-suivis/0/0/0.mvt?where=n+%3E+1", granted...); answer.StatusCode != http.StatusBadRequest {
		t.Errorf("a condition on a hidden field: %d %s", answer.StatusCode, body)
	}
	answer, body := h.get(TilesPrefix+"/lieux-suivis/tiles.json", granted...)
	var set tileSetObject
	h.must(json.Unmarshal([]byte(body), &set))
	if set.Points != 3 || len(set.Labels) != 1 || !strings.Contains(answer.Header.Get("Cache-Control"), "private") {
		t.Errorf("the set of a grant: %s %v", body, answer.Header)
	}
}

func TestTilesAreKeptByTagAndRefusedInWords(t *testing.T) {
	h := portal(t)
	const world = TilesPrefix + "/etablissements/0/0/0.mvt"
	answer, _ := h.get(world)
	etag := answer.Header.Get("ETag")
	if again, _ := h.get(world, "If-None-Match", etag); etag == "" || again.StatusCode != http.StatusNotModified {
		t.Errorf("the same tile again: %d, tag %q", again.StatusCode, etag)
	}
	if other, _ := h.get(world+"?where=n", "If-None-Match", etag); other.StatusCode != http.StatusBadRequest {
		t.Errorf("another question under the same tag: %d", other.StatusCode)
	}
	if !strings.Contains(answer.Header.Get("Cache-Control"), "public") || answer.Header.Get("X-Socle-Version") != "1" {
		t.Errorf("headers %v", answer.Header)
	}
	if packed, _ := h.get(TilesPrefix+"/etablissements/8/129/88.mvt", "Accept-Encoding", "gzip"); packed.StatusCode == 200 && packed.Header.Get("Content-Length") == "" && packed.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("not compressed: %v", packed.Header)
	}
	for address, want := range map[string]int{
		"/etablissements/23/0/0.mvt": 400, "/etablissements/1/2/0.mvt": 400, "/etablissements/1/0/-1.mvt": 400, "/etablissements/a/0/0.mvt": 400, "/etablissements/0/0/0.png": 400,
		"/etablissements/0/0/0.mvt?field=nom": 400, "/etablissements/0/0/0.mvt?where=zzz": 400, "/calendrier/0/0/0.mvt": 400, "/zzz/0/0/0.mvt": 404, "/interne/0/0/0.mvt": 404,
		"/etablissements": 404, "/etablissements/22/0/0.mvt": 204, "/etablissements/5/0/0.mvt": 204,
	} {
		answer, body := h.get(TilesPrefix + address)
		var f failure
		if answer.StatusCode != want || want >= 400 && (json.Unmarshal([]byte(body), &f) != nil || f.ErrorCode == "") {
			t.Errorf("%s: %d %s, want %d", address, answer.StatusCode, body, want)
		}
	}
	_, body := h.get(TilesPrefix + "/etablissements/tiles.json?where=academie%3D%27Paris%27")
	var set tileSetObject
	h.must(json.Unmarshal([]byte(body), &set))
	if set.Points != 100 || len(set.Bounds) != 4 || math.Abs(set.Bounds[0]-2) > 0.1 || math.Abs(set.Bounds[3]-48.99) > 0.05 || !strings.HasSuffix(set.Tiles[0], "/{z}/{x}/{y}.mvt?where=academie%3D%27Paris%27") {
		t.Errorf("%s", body)
	}
	u, err := url.Parse(strings.Replace(set.Record, "{record}", "0", 1))
	h.must(err)
	if answer, body := h.get(u.RequestURI()); answer.StatusCode != http.StatusOK || !strings.Contains(body, "Lycée Victor Hugo 0") {
		t.Errorf("the address of a record: %d %s", answer.StatusCode, body)
	}
}

func TestNumbersInCirclesAreShort(t *testing.T) {
	for n, want := range map[int64]string{2: "2", 999: "999", 1000: "1.0k", 1234: "1.2k", 9960: "10k", 45_678: "46k", 999_600: "1.0M", 12_000_000: "12M"} {
		if got := abbreviated(n); got != want {
			t.Errorf("%d is written %s, want %s", n, got, want)
		}
	}
}
