package explore

import (
	"encoding/json"
	"fmt"
	"html"
	"math"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/geojson"

	"socle/internal/asset"
	"socle/internal/schema"
)

var zoneFields = []schema.Field{{Name: "nom", Label: "Nom", Type: schema.Text}, {Name: "n", Label: "N", Type: schema.Integer}, {Name: "contour", Label: "Contour", Type: schema.Geometry}}

// shapeRow is a row of CSV with a shape.
func shapeRow(name string, n int, geometry string) string {
	return fmt.Sprintf("%s;%d;\"%s\"\n", name, n, strings.ReplaceAll(geometry, `"`, `""`))
}

// layers asks for a tile of shapes and decodes it.
func (h *house) layers(dataset string, t square, params url.Values, headers ...string) map[string][]*geojson.Feature {
	h.t.Helper()
	answer, body := h.get(address(fmt.Sprintf("%s/%s/%d/%d/%d.mvt", TilesPrefix, dataset, t.z, t.x, t.y), params), headers...)
	found := map[string][]*geojson.Feature{}
	if answer.StatusCode == http.StatusNoContent {
		return found
	}
	if answer.StatusCode != http.StatusOK {
		h.t.Fatalf("%v: status %d: %s", t, answer.StatusCode, body)
	}
	decoded, err := mvt.Unmarshal([]byte(body))
	h.must(err)
	for _, layer := range decoded {
		found[layer.Name] = layer.Features
	}
	return found
}

func TestTilesDrawShapesThatAreSeenAndGatherTheOthers(t *testing.T) {
	h := portal(t)
	d := h.describe(asset.Dataset{Asset: asset.Asset{ID: "zones"}, Title: "Zones"})
	var rows strings.Builder
	rows.WriteString(shapeRow("grande", 1, `{"type":"Polygon","coordinates":[[[0,40],[10,40],[10,50],[0,50],[0,40]],[[4,44],[4,46],[6,46],[6,44],[4,44]]]}`))
	rows.WriteString(shapeRow("ligne", 2, `{"type":"LineString","coordinates":[[-20,-10],[-10,-20],[-5,-12]]}`))
	rows.WriteString(shapeRow("plusieurs", 3, `{"type":"GeometryCollection","geometries":[{"type":"MultiPolygon","coordinates":[[[[60,10],[70,10],[70,20],[60,10]]]]},{"type":"MultiLineString","coordinates":[[[61,30],[69,35]]]}]}`))
	for i := range 50 { // as small as a building
		lon, lat := 2.3+float64(i)/10000, 48.85
		rows.WriteString(shapeRow(fmt.Sprint("petite ", i), 100+i, fmt.Sprintf(`{"type":"Polygon","coordinates":[[[%v,%v],[%v,%v],[%v,%v],[%v,%v]]]}`, lon, lat, lon+0.00005, lat, lon, lat+0.00005, lon, lat)))
	}
	rows.WriteString(shapeRow("point", 4, `{"type":"Point","coordinates":[120,0]}`))
	rows.WriteString("sans forme;5;\n")
	rows.WriteString(shapeRow("au pôle", 6, `{"type":"Polygon","coordinates":[[[-100,80],[-90,80],[-90,90],[-100,80]]]}`))
	h.publish(d, zoneFields, rows.String())

	world := h.layers("zones", square{}, nil)
	if len(world["shapes"]) != 5 { // two of them are parts of one row
		t.Errorf("%d shapes on the map of the world", len(world["shapes"]))
	}
	if n := points(world["points"]); n != 51 {
		t.Errorf("%d places gathered, of 50 small areas and a point", n)
	}
	for _, f := range world["shapes"] {
		if f.Properties["record"] == nil || f.Properties["title"] == nil {
			t.Errorf("a shape without its record: %v", f.Properties)
		}
		if area, is := f.Geometry.(orb.Polygon); is && area[0].Orientation() != orb.CCW { // seen on the screen, clockwise
			t.Errorf("%v is wound backwards", f.Properties)
		}
	}
	large := h.layers("zones", square{3, 4, 2}, nil)
	var holes int
	for _, f := range large["shapes"] {
		if area, is := f.Geometry.(orb.Polygon); is && f.Properties["title"] == "grande" {
			holes = len(area) - 1
			if left := area.Bound().Min[0]; left > 1 || left < -shapeBuffer {
				t.Errorf("the edge at 0° is drawn at %v of the tile that begins there", left)
			}
			row := h.json("/catalog/datasets/zones/records/" + f.Properties["record"].(string))
			if row["nom"] != "grande" {
				t.Errorf("the record is %v", row["nom"])
			}
		}
	}
	if holes != 1 {
		t.Errorf("a hole is lost: %+v", large)
	}
	if inside := h.layers("zones", square{8, 134, 92}, nil); len(inside["shapes"]) == 0 { // 8.4°, 43.5°: within the large one, far from its edges
		t.Errorf("a tile within an area is empty: %v", inside)
	}
	if beside := h.layers("zones", square{8, 10, 92}, nil); len(beside) != 0 {
		t.Errorf("a tile far from everything has %v", beside)
	}
	near := h.layers("zones", square{20, int((2.3 + 180) / 360 * math.Exp2(20)), 360776}, nil)
	for y := 360700; y < 360900 && len(near) == 0; y++ {
		near = h.layers("zones", square{20, int((2.3 + 180) / 360 * math.Exp2(20)), y}, nil)
	}
	if len(near["shapes"]) == 0 {
		t.Error("a small area is not drawn on the zoom of streets")
	}
	if few := h.layers("zones", square{}, url.Values{"where": {"n < 3"}}); len(few["shapes"]) != 2 || len(few["points"]) != 0 {
		t.Errorf("filtered: %v", few)
	}
	var described tileSetObject
	answer, body := h.get(TilesPrefix + "/zones/tiles.json")
	h.must(unmarshal(body, &described))
	if answer.StatusCode != http.StatusOK || len(described.Layers) != 2 || described.Layers[0].ID != "shapes" || described.Points != 55 || fmt.Sprint(described.Bounds) != "[-100 -20 120 90]" {
		t.Errorf("%s", body)
	}
}

func TestShapesOfTilesShowWhatTheReaderMaySee(t *testing.T) {
	h := portal(t)
	d := h.describe(asset.Dataset{Asset: asset.Asset{ID: "secteurs", Level: asset.Restricted}, Title: "Secteurs"})
	square1 := func(west int) string {
		return fmt.Sprintf(`{"type":"Polygon","coordinates":[[[%d,0],[%d,0],[%d,9],[%d,9],[%d,0]]]}`, west, west+9, west+9, west, west)
	}
	h.publish(d, zoneFields, shapeRow("a", 1, square1(0))+shapeRow("b", 2, square1(20))+shapeRow("c", 3, square1(40)))
	granted := []string{"Authorization", "Bearer " + h.granted(d, []string{"contour"}, "n < 3")}
	seen := h.layers("secteurs", square{}, nil, granted...)["shapes"]
	if len(seen) != 2 || seen[0].Properties["title"] != nil {
		t.Errorf("a grant shows %v", seen)
	}
	if answer, _ := h.get(TilesPrefix + "/secteurs/0/0/0.mvt"); answer.StatusCode != http.StatusNotFound {
		t.Errorf("to anybody: %d", answer.StatusCode)
	}
}

func TestHostileShapesDoNotBreakATile(t *testing.T) {
	h := portal(t)
	d := h.describe(asset.Dataset{Asset: asset.Asset{ID: "bizarres"}, Title: "Bizarres"})
	var rows strings.Builder
	for i, geometry := range []string{`{"type":"Polygon","coordinates":[]}`, `{"type":"Polygon","coordinates":[[]]}`, `{"type":"Polygon","coordinates":[[[0,0]]]}`, `{"type":"Polygon","coordinates":[[[0,0],[1,1],[0,0],[1,1],[0,0]]]}`,
		`{"type":"LineString","coordinates":[]}`, `{"type":"LineString","coordinates":[[5,5]]}`, `{"type":"LineString","coordinates":[[1e300,1e300],[-1e300,-1e300]]}`, `{"type":"Nothing"}`, `{"type":"GeometryCollection","geometries":[]}`,
		`{"type":"Polygon","coordinates":[[[0,0],[10,10],[0,10],[10,0],[0,0]]]}`, `{"type":"MultiPolygon","coordinates":[[[[0,0],[9,0],[9,9],[0,0]]],[]]}`, `{"type":"Point","coordinates":[]}`, `{"type":"LineString","coordinates":[[1,2,3],[4,5,6]]}`} {
		rows.WriteString(shapeRow("x", i, geometry))
	}
	h.publish(d, zoneFields, rows.String())
	for _, at := range []square{{}, {4, 8, 7}, {22, 2097152, 2097151}} {
		answer, body := h.get(fmt.Sprintf("%s/bizarres/%d/%d/%d.mvt", TilesPrefix, at.z, at.x, at.y))
		if answer.StatusCode != http.StatusOK && answer.StatusCode != http.StatusNoContent {
			t.Errorf("%v: %d %s", at, answer.StatusCode, body)
		}
		if _, err := mvt.Unmarshal([]byte(body)); err != nil {
			t.Errorf("%v: %v", at, err)
		}
	}
}

func TestTheMapOfShapesOrOfManyPointsIsDrawnFromTiles(t *testing.T) {
	h := portal(t)
	d := h.describe(asset.Dataset{Asset: asset.Asset{ID: "zones"}, Title: "Zones"})
	h.publish(d, zoneFields, shapeRow("a", 1, `{"type":"LineString","coordinates":[[0,0],[9,9]]}`)+shapeRow("b", 2, `{"type":"LineString","coordinates":[[0,0],[9,9]]}`))
	var many strings.Builder
	for i := range mapPoints + 1 {
		fmt.Fprintf(&many, "x;%d;\"%v,%v\"\n", i, 48+float64(i%1000)/1000, 2+float64(i/1000)/100)
	}
	h.publish(h.describe(asset.Dataset{Asset: asset.Asset{ID: "nombreux"}, Title: "Nombreux"}), edgeFields, many.String())
	for _, test := range []struct {
		dataset, page string
		points        int64
		says          string
	}{{"zones", "/jeux/zones/carte?filtre=nom:egal:a", 1, "1\u00a0lieu"}, {"nombreux", "/jeux/nombreux/carte", mapPoints + 1, "20\u202f001\u00a0lieux"}} {
		page := h.page(nobody, test.dataset, test.page, h.service.Map)
		tiles := html.UnescapeString(regexp.MustCompile(`data-map-tiles="([^"]*)"`).FindStringSubmatch(page)[1])
		var described tileSetObject
		answer, body := h.get(tiles)
		h.must(unmarshal(body, &described))
		if answer.StatusCode != http.StatusOK || described.Points != test.points || !strings.Contains(page, `data-map=""`) {
			t.Errorf("%s: %d %s", tiles, answer.StatusCode, body)
		}
		if !strings.Contains(page, test.says) {
			t.Errorf("%s does not say %s", test.page, test.says)
		}
	}
}

func unmarshal(body string, into any) error { return json.Unmarshal([]byte(body), into) }
