package explore

import (
	"net/http"
	"strings"
	"testing"

	"socle/internal/schema"
)

// Every construct of the language on every field, sensible or not: the answer is rows or a mistake told, never a fault
// of ours.
func TestNoConstructOnAnyFieldIsAFaultOfOurs(t *testing.T) {
	h := build(t)
	fields := append([]schema.Field{{Name: "objet", Label: "Objet", Type: schema.JSON}, {Name: "forme", Label: "Forme", Type: schema.Geometry},
		{Name: "select", Label: "Mot réservé", Type: schema.Text}, {Name: "2024", Label: "Chiffres", Type: schema.Integer},
		{Name: "exact", Label: "Exact", Type: schema.Decimal, Scale: 3}}, schoolFields...)
	rows := strings.Split(strings.TrimSpace(schools(40)), "\n")
	for i := range rows {
		rows[i] = `"[""a"",""b""]";"{""type"":""Polygon"",""coordinates"":[[[2,48],[3,48],[3,49],[2,48]]]}";mot;7;1234567890123456789.125;` + rows[i]
	}
	rows = append(rows, strings.Repeat(";", len(fields)-1))
	h.publish(h.describe(datasetNamed("tout")), fields, strings.Join(rows, "\n")+"\n")

	where := []string{"X", "X = 1", `X = "a"`, "X = date'2020'", "X = true", "X != null", "X > 1.5", `X > "m"`, "X in (1, 2)", `X in ("a", "b")`, "X in [1..10]", "X in ]date'2019'..date'2020'[",
		`X in ["a".."c"]`, "X is null", "X is not null", "X is true", "not X is false", `X like "a*"`, `X like "a"`, `X: "a"`, "X: 1", `"a" in X`, `search(X, "victr hug")`, `suggest(X, "vic")`, `startswith(X, "07")`,
		"within_distance(X, geom'POINT(2 48)', 5km)", "in_bbox(X, 48, 2, 49, 3)", "length(X) > 2", "year(X) = 2020", "X + 1 > 2", "X / 0 > 1", "- X < 0", "X = X", "X > now(months=-1)", `lower(X) = "a"`,
		`ifnull(X, "a") = "a"`, "ifnull(X, 0) = 0", "hour(X) = 1", `date_format(X, "YYYY-MM") = "2020-09"`, "distance(X, geom'POINT(2 48)') < 1000", "within(X, geom'POLYGON((2 48,3 48,3 49,2 48))')",
		"not disjoint(X, geom'POLYGON((2 48,3 48,3 49))')", "intersects(X, geom'LINESTRING(2 48,3 49)')", "geometry(X, geom'POINT(2 48)', WITHIN)", "within(X, geom'POINT(2 48)')", `startswith(X, "a")`, "true in X", "1.5 in X", "X not in (null)", `X like "?*"`}
	selects := []string{"X", "X as y", "count(X)", "count(distinct X)", "sum(X)", "avg(X)", "min(X)", "max(X)", "median(X)", "percentile(X, 90)", "X * 2", "X / 3", "length(X)", "upper(X)", "year(X)", "quarter(X)", "dayofweek(X)", "millisecond(X)",
		`date_format(X, "EEEE d MMMM yyyy")`, "distance(X, geom'POINT(2 48)')", "ifnull(X, null)", "X, X", "include(*)", "exclude(X*)", "bbox(X)", "envelope(X)", "json_format(X)", "json_format(X, null)", "bbox(X) as b, envelope(X) as e, count(*)", "random(1)", "*, X"}
	groups := []string{"X", "X as y", "year(X)", "month(X)", "lower(X)", "range(X, 5)", "range(X, *, 10, 50, *)", "range(X, 1 month)", "range(X, 2 days)", "range(X, 1 w)", `date_format(X, "YYYY")`, "ifnull(X, 0)", "geo_cluster(X, 3)", "geo_cluster(X, 25, 1)", "X, academie", "range(X, 1h)", "range(X, *, date'2020', *)", "range(X, 10, 20)"}
	orders := []string{"X", "X desc", "length(X)", "X, X desc", "random(3)", "distance(X, geom'POINT(2 48)')", "count(X)"}
	calls := map[string][]string{"where": where, "select": selects, "group_by": groups, "order_by": orders,
		"refine": {"X:a", "X:1", "X:2020/09", "X:true", "X:"}, "exclude": {"X:a", "X:1"}}
	const records = "/catalog/datasets/tout/records"
	for _, f := range fields {
		name := f.Name
		if name == "select" || name == "2024" {
			name = quoteName(name)
		}
		for parameter, texts := range calls {
			for _, text := range texts {
				address := with(records, parameter, strings.ReplaceAll(text, "X", name), "limit", "3", "include_app_metas", "true", "timezone", "Europe/Paris")
				h.sound(address)
			}
		}
		for _, facet := range []string{"X", `facet(name="X", sort="-count", limit=2)`, `facet(name="X", sort="alphanum", disjunctive=true)`, `facet(name="X", sort="-num")`} {
			h.sound(with("/catalog/datasets/tout/facets", "facet", strings.ReplaceAll(facet, "X", f.Name), "refine", f.Name+":2020"))
			h.sound(with("/catalog/datasets/tout/facets", "facet", strings.ReplaceAll(facet, "X", f.Name), "exclude", f.Name+":2020"))
		}
		for _, order := range []string{"random(1)", "count(*) desc", name + " desc"} {
			h.sound(with(records, "group_by", name, "select", name+", count(*), count(distinct "+name+")", "order_by", order))
		}
		for _, format := range []string{"csv", "json", "geojson", "xlsx", "ods", "ical", "parquet"} {
			h.sound(with("/catalog/datasets/tout/exports/"+format, "select", name))
			h.sound(with("/catalog/datasets/tout/exports/"+format, "select", "json_format("+name+") as j, "+name))
			h.sound(with("/catalog/datasets/tout/exports/"+format, "select", "count(*), bbox(pos), envelope(pos)", "group_by", name+", geo_cluster(pos, 4)"))
		}
	}
	for _, format := range []string{"csv", "json", "jsonl", "geojson", "xlsx", "ods", "ical", "parquet"} {
		if answer, body := h.get(with("/catalog/datasets/tout/exports/" + format)); answer.StatusCode != http.StatusOK || answer.Header.Get("Socle-Row-Count") != "41" {
			t.Errorf("%s of every type: status %d, %s rows: %.300s", format, answer.StatusCode, answer.Header.Get("Socle-Row-Count"), body)
		}
	}
}

// sound asks an address, whose answer must be sense or a mistake told.
func (h *house) sound(address string) {
	h.t.Helper()
	answer, body := h.get(address)
	if answer.StatusCode >= 500 {
		h.t.Errorf("%s: status %d: %.200s", address, answer.StatusCode, body)
	}
}
