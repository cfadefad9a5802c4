package explore

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"socle/internal/asset"
	"socle/internal/schema"
)

// gauged are the fields of a dataset whose hidden rows hold what computations cannot bear.
var gauged = []schema.Field{{Name: "code", Label: "Code", Type: schema.Text}, {Name: "n", Label: "N", Type: schema.Integer},
	{Name: "x", Label: "X", Type: schema.Decimal}, {Name: "jour", Label: "Jour", Type: schema.Date}, {Name: "pos", Label: "Position", Type: schema.Point, Format: "lat,lon"}}

// Rows whose code has one letter are seen; the hidden ones come first, between and last.
const (
	hiddenRows = "zsecret;9000000000000000000;1e300;0001-01-01;\"48,2\"\nzcaché;-9223372036854775807;-1e308;9999-12-31;\"47,1\"\n"
	seenRows   = "a;1;1.5;2024-02-29;\"48.1,2.1\"\nb;0;0;2025-01-01;\"48.2,2.2\"\nc;;;;\n"
)

// hostile are conditions that fail on the hidden rows and on none of the others.
var hostile = []string{
	"n * 9223372036854775807 > -1", "n * n > -1", "n * n > -1 or code = 'a'", "n * n >= 0 and length(code) < 5", "n + 1000000000000000000 > 0", "n - 1000000000000000000 < 0", "-n - 2 < 5", "(n * 4611686018427387904) / 2 >= 0",
	"not (n * 9223372036854775807 < 0)", "n * 9223372036854775807 is null", "n * 9223372036854775807 in [0..1]", "n * 9223372036854775807 in (0, 1)",
	"code = 'a' or n * 9223372036854775807 > 0", "n * 9223372036854775807 > 0 and code = 'a'", "(n * 9223372036854775807 > 0) is true",
	"ifnull(n, 0) * 9223372036854775807 >= 0", "length(code) * n * 1000000000000000000 >= 0", "year(jour) * n * 1000000000000000 >= 0",
	"x * 1e300 > 0", "distance(pos, geom'POINT(2 48)') * n * 1000000000000 >= 0", "within_distance(pos, geom'POINT(2.1 48.1)', 1km)",
}

func TestAConditionIsNeverComputedOnARowThatIsHidden(t *testing.T) {
	h := build(t)
	for _, id := range []string{"tout", "partie"} {
		level := asset.Restricted
		rows := []string{hiddenRows + seenRows + hiddenRows, hiddenRows + "d;1;2;2024-01-01;\n" + seenRows}
		if id == "partie" { // what is seen of the other one, and nothing else
			level, rows = asset.Open, []string{seenRows, "d;1;2;2024-01-01;\n" + seenRows}
		}
		d := h.describe(asset.Dataset{Asset: asset.Asset{ID: id, Level: level}, Title: "Essai"})
		for _, csv := range rows {
			h.publish(d, gauged, csv)
		}
	}
	all, err := h.assets.Get(h.admin, "tout")
	h.must(err)
	for name, filter := range map[string]string{"a value": "code <= 'd'", "values": "code in ('a', 'b', 'c', 'd')", "a computation": `length(code) < 2 and not search(code, "zzzz")`} {
		t.Run("seen by "+name, func(t *testing.T) { tryHostile(t, h, h.granted(all, nil, filter)) })
	}
}

// tryHostile asks everything of both datasets: the answers are the same.
func tryHostile(t *testing.T, h *house, secret string) {
	key := []string{"Authorization", "Apikey " + secret}
	ask := func(t *testing.T, path string, params ...string) {
		t.Helper()
		var answers [2]string
		for i, id := range []string{"tout", "partie"} {
			address := strings.ReplaceAll(path, "DATASET", id)
			if strings.HasPrefix(address, "/catalog") {
				address = with(address, params...)
			} else if len(params) > 0 {
				address += "?" + strings.TrimPrefix(with("", params...), Prefix+"?")
			}
			answer, body := h.get(address, key...)
			body = regexp.MustCompile(`"next": ?"[^"]*"|"record_id": ?"[^"]*"|"published_at":"[^"]*"`).ReplaceAllString(body, "")
			answers[i] = fmt.Sprintf("%d %s", answer.StatusCode, strings.ReplaceAll(body, id, ""))
		}
		if answers[0] != answers[1] {
			t.Errorf("%s %q\nwith hidden rows    %.400s\nwithout hidden rows %.400s", path, params, answers[0], answers[1])
		}
	}
	const path = "/catalog/datasets/DATASET"
	for _, where := range hostile {
		ask(t, path+"/records", "where", where)
		ask(t, path+"/records", "where", where, "order_by", "n * 4611686018427387904", "select", "code, n * 4611686018427387904 as grand")
		ask(t, path+"/records", "where", where, "group_by", "code", "select", "count(*) as c, sum(n * 4611686018427387904) as s")
		ask(t, path+"/records", "where", where, "group_by", "range(n * 4611686018427387904, 0, 1, 10)", "select", "count(*) as c")
		ask(t, path+"/records", "where", where, "group_by", "geo_cluster(pos, 10)", "select", "count(*) as c")
		ask(t, path+"/facets", "where", where, "facet", "code")
		ask(t, path+"/facets", "where", where, "facet", `facet(name="code", disjunctive=true)`, "facet", "jour", "refine", "code:a")
		ask(t, path+"/versions/1/records", "where", where)
		for _, format := range []string{"csv", "json", "geojson"} {
			ask(t, path+"/exports/"+format, "where", where)
		}
		drawn := [2]int{}
		for i, id := range []string{"tout", "partie"} {
			drawn[i] = points(h.tile(id, square{}, url.Values{"where": {where}}, key...))
		}
		if drawn[0] != drawn[1] {
			t.Errorf("tile where %s: %v points", where, drawn)
		}
	}
	for _, select_ := range []string{"n * 4611686018427387904 as grand", "sum(n * 4611686018427387904) as grand", "n + n as double, -n as moins", "sum(n) as s, avg(x * 1e300) as m", "max(n) * 4611686018427387904 as m"} {
		ask(t, path+"/records", "select", select_)
		ask(t, path+"/exports/csv", "select", select_)
	}
	for _, by := range []string{"n * 9223372036854775807", "range(n * 9223372036854775807, 10)", "range(x, 0.5)", "year(jour) * n * 1000000000000000"} {
		ask(t, path+"/records", "group_by", by, "select", "count(*) as c")
	}
	for _, order := range []string{"n * 9223372036854775807", "n * 9223372036854775807 desc", "-n", "year(jour) * n * 1000000000000000"} {
		ask(t, path+"/records", "order_by", order)
		var pages [2][]string
		for i, id := range []string{"tout", "partie"} {
			for cursor := ""; ; {
				params := []string{"order_by", order, "limit", "1"}
				if cursor != "" {
					params = append(params, "cursor", cursor)
				}
				answer, body := h.get(with("/catalog/datasets/"+id+"/records", params...), key...)
				code := regexp.MustCompile(`"code": ?"(\w)"`).FindStringSubmatch(body)
				next := regexp.MustCompile(`"next": ?"([^"]*)"`).FindStringSubmatch(body)
				if answer.StatusCode != http.StatusOK || len(code) == 0 {
					t.Fatalf("%s by %s: %d %s", id, order, answer.StatusCode, body)
				}
				if pages[i] = append(pages[i], code[1]); len(next) == 0 {
					break
				}
				cursor = next[1]
			}
		}
		if fmt.Sprint(pages[0]) != fmt.Sprint(pages[1]) || len(pages[0]) != 4 {
			t.Errorf("pages by %s: %v with hidden rows, %v without", order, pages[0], pages[1])
		}
	}
	ask(t, path+"/diff", "from", "1", "to", "2")
	ask(t, path+"/diff/exports/csv", "from", "1", "to", "2")
	for _, where := range hostile[:3] {
		ask(t, "/api/v1/sql", "sql", `SELECT code FROM "DATASET" WHERE `+where)
	}
	address := h.assistants()
	assistant := h.assistant(address, secret)
	for _, where := range hostile {
		var answers [2]string
		for i, id := range []string{"tout", "partie"} {
			text, failed := h.use(assistant, "query_dataset", map[string]any{"dataset": id, "where": where, "select": "code, n"}, nil)
			rows, _, _ := strings.Cut(text, `"citation"`)
			answers[i] = fmt.Sprint(failed, rows)
		}
		if answers[0] != answers[1] {
			t.Errorf("assistant: %s\nwith hidden rows    %.300s\nwithout hidden rows %.300s", where, answers[0], answers[1])
		}
	}
}
