package explore

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"socle/internal/access"
	"socle/internal/asset"
	"socle/internal/identity"
)

func TestRecordsAnswerTheQueriesOfTheReference(t *testing.T) {
	h := portal(t)
	const records = "/catalog/datasets/etablissements/records"
	count := func(params ...string) int {
		t.Helper()
		return int(h.json(records, params...)["total_count"].(float64))
	}
	rows := func(params ...string) []map[string]any {
		t.Helper()
		var list []map[string]any
		for _, row := range h.json(records, params...)["results"].([]any) {
			list = append(list, row.(map[string]any))
		}
		return list
	}

	if answer := h.json(records, "limit", "2"); answer["total_count"] != 300.0 || len(answer["results"].([]any)) != 2 {
		t.Errorf("two rows of 300: %v", answer)
	}
	if n := len(rows()); n != 10 {
		t.Errorf("a page has 10 rows when nothing is said, got %d", n)
	}
	for _, tc := range []struct {
		name  string
		where []string
		want  int
	}{
		{"a number and an equality", []string{`effectif >= 10 and academie = "Paris"`}, 100},
		{"equality is exact", []string{`nom = "Lycée Victor Hugo 0"`}, 1},
		{"a bare string is full text", []string{`"hugo 299"`}, 1},
		{"and binds tighter than or", []string{`academie = "Paris" or academie = "Lyon" and secteur = "Public"`}, 150},
		{"is null", []string{`code is null`}, 60},
		{"a range of dates", []string{`rentree in [date'2017'..date'2018-12-31']`}, 120},
		{"in a list", []string{`academie in ("Paris", "Lyon")`}, 200},
		{"starts with, case counting", []string{`startswith(uai, "075")`}, 100},
		{"starts with, another case", []string{`startswith(nom, "lycée")`}, 0},
		{"a boolean field alone", []string{`ouvert`}, 150},
		{"clauses add up", []string{`secteur = "Public"`, `academie = "Lyon"`}, 50},
		{"not", []string{`not secteur = "Public"`}, 150},
	} {
		var params []string
		for _, where := range tc.where {
			params = append(params, "where", where)
		}
		if got := count(params...); got != tc.want {
			t.Errorf("%s: %d rows, want %d", tc.name, got, tc.want)
		}
	}
	if got := count("refine", "academie:Paris", "refine", "type:Lycée"); got != 36 && got != 33 && got != 34 {
		t.Errorf("two facets refined: %d rows", got)
	}
	if got := count("refine", "rentree:2019"); got != 60 {
		t.Errorf("a year refined: %d rows", got)
	}
	if got := count("refine", "rentree:2019/09"); got != 60 {
		t.Errorf("a month refined: %d rows", got)
	}
	if got := count("exclude", "secteur:Privé"); got != 150 {
		t.Errorf("a value excluded: %d rows", got)
	}

	grouped := h.json(records, "select", "academie, count(*) as n, avg(effectif) as moy", "group_by", "academie", "order_by", "n desc, academie", "limit", "20000")
	if _, there := grouped["total_count"]; there || len(grouped["results"].([]any)) != 3 {
		t.Errorf("grouped answers have no total_count: %v", grouped)
	}
	years := rows("group_by", "year(rentree)", "select", "count(*) as n")
	if len(years) != 5 || years[0]["year(rentree)"] != 2017.0 {
		t.Errorf("grouped by year: %v", years)
	}
	codes := rows("group_by", "code", "select", "count(*) as n")
	if last := codes[len(codes)-1]; len(codes) != 8 || last["code"] != nil || last["n"] != 60.0 {
		t.Errorf("empty values make a group, the last one: %v", codes)
	}
	whole := h.json(records, "select", "median(ips) as m, percentile(ips, 90) as p")
	if list := whole["results"].([]any); len(list) != 1 {
		t.Errorf("an aggregate without groups is one row: %v", whole)
	}
	sorted := rows("order_by", "code desc", "limit", "100", "select", "code", "offset", "200")
	if sorted[len(sorted)-1]["code"] != nil || sorted[0]["code"] == nil {
		t.Error("empty values come last in both directions")
	}
	if row := rows("select", "include(e*), lower(nom) as n", "limit", "1")[0]; row["effectif"] == nil || row["n"] != "lycée victor hugo 0" || row["uai"] != nil {
		t.Errorf("patterns and functions in select: %v", row)
	}
	near := rows("select", "nom, distance(pos, geom'POINT(2 48)') as d", "order_by", "d", "limit", "1")
	if near[0]["nom"] != "Lycée Victor Hugo 0" || near[0]["d"] != 0.0 {
		t.Errorf("the nearest comes first: %v", near)
	}
}

func TestARowHasEveryFieldInTheShapeOfTheExploreAPI(t *testing.T) {
	h := portal(t)
	_, body := h.get(with("/catalog/datasets/etablissements/records", "limit", "1", "where", "uai = '0750000X'", "timezone", "Europe/Paris"))
	want := `{"total_count": 1, "results": [{"uai": "0750000X", "nom": "Lycée Victor Hugo 0", "academie": "Paris", "type": "Lycée", "secteur": "Public", ` +
		`"effectif": 10, "ips": 80.0, "ouvert": true, "rentree": "2017-09-01", "maj": "2026-01-15T23:30:00+01:00", "pos": {"lon": 2.0, "lat": 48.0}, "code": null}]}`
	if body != want {
		t.Errorf("got\n%s\nwant\n%s", body, want)
	}
	one := h.json("/catalog/datasets/etablissements/records", "limit", "1", "offset", "41", "include_app_metas", "true", "include_links", "true")
	row := one["results"].([]any)[0].(map[string]any)
	id, isText := row["_id"].(string)
	if !isText || row["_timestamp"] == nil || row["_size"] == nil || row["_links"] == nil {
		t.Fatalf("metadata of a row: %v", row)
	}
	same := h.json("/catalog/datasets/etablissements/records/" + id)
	if same["uai"] != row["uai"] || len(same) != len(schoolFields) {
		t.Errorf("a record by its identifier: %v, want %v", same, row)
	}
	h.refused(404, "/catalog/datasets/etablissements/records/999999")
	h.refused(404, "/catalog/datasets/etablissements/records/abc")
	h.refused(400, "/catalog/datasets/etablissements/records/"+id, "select", "count(*)")
}

func TestMistakesAreToldWithTheirCode(t *testing.T) {
	h := portal(t)
	for _, tc := range []struct {
		path   string
		params []string
		status int
		code   string
	}{
		{"/catalog/datasets/etablissements/records", []string{"limit", "101"}, 400, "InvalidRESTParameterError"},
		{"/catalog/datasets/etablissements/records", []string{"limit", "100", "offset", "9950"}, 400, "InvalidRESTParameterError"},
		{"/catalog/datasets/etablissements/records", []string{"select", "foo("}, 400, "ODSQLSyntaxError"},
		{"/catalog/datasets/etablissements/records", []string{"select", "efectif"}, 400, "ODSQLError"},
		{"/catalog/datasets/etablissements/records", []string{"where", "effectif > "}, 400, "ODSQLSyntaxError"},
		{"/catalog/datasets/etablissements/records", []string{"group_by", "academie", "order_by", "academie, avg(effectif)"}, 400, "ODSQLError"},
		{"/catalog/datasets/etablissements/facets", []string{"facet", "absent"}, 400, "ODSQLError"},
		{"/catalog/datasets/etablissements/exports/doc", nil, 400, "InvalidRESTParameterError"},
		{"/catalog/datasets/etablissements/exports/csv", []string{"delimiter", "#"}, 400, "InvalidRESTParameterError"},
		{"/catalog/datasets/etablissements/exports/geojson", []string{"epsg", "27572"}, 400, "InvalidRESTParameterError"},
		{"/catalog/datasets/absent", nil, 404, "UnknownDatasetError"},
		{"/catalog/datasets/absent/records", nil, 404, "UnknownDatasetError"},
		{"/catalog/datasets", []string{"where", "absent = 1"}, 400, "ODSQLError"},
		{"/catalog/rien", nil, 404, "UnknownPathError"},
		{"/catalog/datasets/etablissements/attachments/autre", nil, 404, "UnknownAttachmentError"},
	} {
		if f := h.refused(tc.status, tc.path, tc.params...); f.ErrorCode != tc.code {
			t.Errorf("%s %v: code %s, want %s", tc.path, tc.params, f.ErrorCode, tc.code)
		}
	}
	if f := h.refused(400, "/catalog/datasets/etablissements/records", "select", "efectif"); f.Suggestion != "effectif" || f.Position == nil || f.Parameter != "select" {
		t.Errorf("a misspelt field is suggested: %+v", f)
	}
	if f := h.refused(400, "/catalog/datasets/etablissements/records", "limit", "101", "lang", "fr"); !strings.Contains(f.Message, "paramètre limit") {
		t.Errorf("lang=fr speaks French: %+v", f)
	}
}

func TestWhoMayNotSeeADatasetIsToldThatItDoesNotExist(t *testing.T) {
	h := portal(t)
	for _, id := range []string{"interne", "restreint"} {
		for _, end := range []string{"", "/records", "/records/0", "/facets", "/exports", "/exports/csv", "/attachments", "/attachments/original"} {
			f := h.refused(404, "/catalog/datasets/"+id+end)
			if absent := h.refused(404, "/catalog/datasets/absente"+end); strings.ReplaceAll(f.Message, id, "absente") != absent.Message || f.ErrorCode != absent.ErrorCode {
				t.Errorf("%s%s is not told as what does not exist: %+v", id, end, f)
			}
		}
	}
	ids := func(headers ...string) []string {
		_, body := h.get(with("/catalog/datasets", "select", "dataset_id", "order_by", "dataset_id"), headers...)
		var answer struct {
			Total   int                 `json:"total_count"`
			Results []map[string]string `json:"results"`
		}
		if err := json.Unmarshal([]byte(body), &answer); err != nil {
			t.Fatal(err, body)
		}
		var list []string
		for _, result := range answer.Results {
			list = append(list, result["dataset_id"])
		}
		if answer.Total != len(list) {
			t.Errorf("total_count %d for %d datasets", answer.Total, len(list))
		}
		return list
	}
	if got := ids(); !slices.Equal(got, []string{"calendrier", "etablissements"}) {
		t.Errorf("anybody sees %v", got)
	}
	if got := ids("Authorization", "Apikey "+h.secret); !slices.Equal(got, []string{"calendrier", "etablissements", "interne", "restreint"}) {
		t.Errorf("a member sees %v", got)
	}
	for _, name := range []string{"apikey", "access_token"} {
		answer, body := h.get(with("/catalog/datasets/restreint/records", name, h.secret, "include_links", "true"))
		if answer.StatusCode != 200 || !strings.Contains(answer.Header.Get("Cache-Control"), "private") || strings.Contains(body, h.secret) {
			t.Errorf("a key in the address: status %d, %s, %s", answer.StatusCode, answer.Header.Get("Cache-Control"), body)
		}
	}
	h.refused(401, "/catalog/datasets", "apikey", "socle_faux")
	_, facets := h.get(with("/catalog/facets"))
	if strings.Contains(facets, "Pilotage") {
		t.Error("the facets tell of a hidden dataset")
	}
}

func TestAGrantShowsItsFieldsAndItsRowsAndNothingElse(t *testing.T) {
	h := portal(t)
	d := h.describe(asset.Dataset{Asset: asset.Asset{ID: "suivi", Level: asset.Restricted}, Title: "Suivi par établissement"})
	h.publish(d, schoolFields, schools(60))
	other, err := h.people.CreateOrganization(h.admin, identity.Organization{Name: "Laboratoire"})
	h.must(err)
	key, token, err := h.people.CreateToken(h.admin, identity.NewToken{Name: "Étude", OrgID: other.ID, Role: identity.Reader, Scopes: []identity.Scope{identity.ScopeRead}})
	h.must(err)
	h.refused(404, "/catalog/datasets/suivi/records", "apikey", key)
	grant, err := h.access.Grant(h.admin, access.Grant{SubjectKind: access.ToApplication, SubjectID: token.ID, AssetUID: d.UID, Purpose: "Essai",
		LegalBasis: "Mission d’intérêt public", Fields: []string{"nom", "type", "effectif"}, RowFilter: `secteur = "Public"`})
	h.must(err)
	page := h.json("/catalog/datasets/suivi/records", "apikey", key)
	if row := page["results"].([]any)[0].(map[string]any); page["total_count"] != 30.0 || len(row) != 3 {
		t.Errorf("records: %v rows, %v", page["total_count"], row)
	}
	for _, params := range [][]string{{"select", "uai"}, {"where", `academie = "Paris"`}, {"order_by", "ips"}, {"group_by", "secteur"}, {"refine", "secteur:Privé"}} {
		h.refused(400, "/catalog/datasets/suivi/records", append(params, "apikey", key)...)
	}
	if found := h.json("/catalog/datasets/suivi/records", "where", `"Paris"`, "apikey", key); found["total_count"] != 0.0 {
		t.Error("full text tells of a hidden field")
	}
	object := h.json("/catalog/datasets/suivi", "apikey", key)
	if len(object["fields"].([]any)) != 3 || len(object["attachments"].([]any)) != 0 || object["metas"].(map[string]any)["default"].(map[string]any)["records_count"] != nil {
		t.Errorf("the object tells too much: %v", object)
	}
	h.refused(404, "/catalog/datasets/suivi/attachments/original", "apikey", key)
	_, body := h.get(with("/catalog/datasets/suivi/exports/csv", "with_bom", "false", "apikey", key))
	if lines := strings.Split(strings.TrimSpace(body), "\n"); len(lines) != 31 || strings.TrimSpace(lines[0]) != "nom;type;effectif" {
		t.Errorf("export: %d lines, %s", len(lines), lines[0])
	}
	who, err := h.people.TokenPrincipal(h.admin, key)
	h.must(err)
	if page := h.page(who, "suivi", "/jeux/suivi/colonnes", h.service.Statistics); strings.Contains(page, "Effectif") {
		t.Error("the statistics are of every row")
	}
	if page := h.page(who, "suivi", "/jeux/suivi", h.service.Table); !strings.Contains(page, "sur 30 lignes") || strings.Contains(page, "0750000X") {
		t.Error("the table shows more than the grant")
	}
	h.must(h.access.Revoke(h.admin, grant.ID, "Fin de l’étude"))
	h.refused(404, "/catalog/datasets/suivi/records", "apikey", key)
}

func TestEveryAnswerCanBeReadByScriptsOfOtherSitesAndAskedAgainCheaply(t *testing.T) {
	h := portal(t)
	for _, path := range []string{"", "/catalog", "/catalog/datasets", "/catalog/facets", "/catalog/exports", "/catalog/exports/csv", "/catalog/datasets/etablissements",
		"/catalog/datasets/etablissements/records", "/catalog/datasets/etablissements/records/3", "/catalog/datasets/etablissements/facets",
		"/catalog/datasets/etablissements/exports", "/catalog/datasets/etablissements/exports/csv", "/catalog/datasets/etablissements/attachments",
		"/catalog/datasets/etablissements/attachments/original"} {
		answer, body := h.get(Prefix + path)
		etag := answer.Header.Get("ETag")
		if answer.StatusCode != 200 || etag == "" || answer.Header.Get("Access-Control-Allow-Origin") != "*" || answer.Header.Get("Cache-Control") == "" || body == "" {
			t.Errorf("%s: status %d, headers %v", path, answer.StatusCode, answer.Header)
		}
		if slash, other := h.get(Prefix + path + "/"); slash.StatusCode != 200 || other != body {
			t.Errorf("%s/: status %d, the same answer: %t", path, slash.StatusCode, other == body)
		}
		if again, rest := h.get(Prefix+path, "If-None-Match", etag); again.StatusCode != 304 || rest != "" {
			t.Errorf("%s asked again: status %d", path, again.StatusCode)
		}
		if head, rest := h.do(http.MethodHead, Prefix+path); head.StatusCode != 200 || rest != "" || head.Header.Get("ETag") != etag ||
			head.Header.Get("Content-Type") != answer.Header.Get("Content-Type") {
			t.Errorf("HEAD %s: status %d, headers %v", path, head.StatusCode, head.Header)
		}
	}
	answer, _ := h.do(http.MethodOptions, Prefix+"/catalog/datasets", "Origin", "https://ailleurs.example", "Access-Control-Request-Method", "GET")
	if answer.StatusCode != 204 || !strings.Contains(answer.Header.Get("Access-Control-Allow-Headers"), "Authorization") {
		t.Errorf("before asking: %d %v", answer.StatusCode, answer.Header)
	}
	if answer, _ := h.do(http.MethodPost, Prefix+"/catalog/datasets"); answer.StatusCode != 405 || answer.Header.Get("Allow") == "" {
		t.Errorf("POST: %d", answer.StatusCode)
	}
	zipped, body := h.get(with("/catalog/datasets/etablissements/records", "limit", "50"), "Accept-Encoding", "gzip")
	reader, err := gzip.NewReader(strings.NewReader(body))
	if err != nil || zipped.Header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("gzip: %v %v", err, zipped.Header)
	}
	if plain, err := io.ReadAll(reader); err != nil || !json.Valid(plain) {
		t.Errorf("gzip: %v", err)
	}
}

func TestANewVersionChangesTheAnswerAndItsTag(t *testing.T) {
	h := portal(t)
	first, before := h.get(with("/catalog/datasets/calendrier/records"))
	d, err := h.assets.Get(h.admin, "calendrier")
	h.must(err)
	h.publish(d, schoolFields[:2], "a;b\nc;d\ne;f\n")
	second, after := h.get(with("/catalog/datasets/calendrier/records"), "If-None-Match", first.Header.Get("ETag"))
	if second.StatusCode != 200 || before == after || second.Header.Get("X-Socle-Version") != "2" || !strings.Contains(after, `"total_count": 3`) {
		t.Errorf("status %d, version %s: %s", second.StatusCode, second.Header.Get("X-Socle-Version"), after)
	}
}

func TestTheObjectOfADatasetHasTheKeysOfTheReference(t *testing.T) {
	h := portal(t)
	object := h.json("/catalog/datasets/etablissements")
	for _, key := range []string{"dataset_id", "dataset_uid", "attachments", "has_records", "data_visible", "features", "metas", "fields"} {
		if _, there := object[key]; !there {
			t.Errorf("no %q", key)
		}
	}
	metas := object["metas"].(map[string]any)["default"].(map[string]any)
	for _, key := range []string{"title", "description", "theme", "keyword", "publisher", "license", "license_url", "language", "modified",
		"modified_updates_on_data_change", "modified_updates_on_metadata_change", "metadata_processed", "data_processed", "records_count", "references",
		"attributions", "territory", "geographic_reference", "geographic_reference_auto", "geographic_area", "geographic_area_mode", "timezone",
		"metadata_languages", "parent_domain", "source_domain", "source_domain_title", "source_domain_address", "source_dataset", "shared_catalog",
		"oauth_scope", "federated"} {
		if _, there := metas[key]; !there {
			t.Errorf("no metadata %q", key)
		}
	}
	if metas["records_count"] != 300.0 || metas["publisher"] != "Académie de Nulle-Part" || metas["title"] != "Établissements scolaires" ||
		!strings.Contains(metas["license"].(string), "Licence Ouverte") {
		t.Errorf("metadata: %v", metas)
	}
	types := map[string]string{}
	for _, field := range object["fields"].([]any) {
		f := field.(map[string]any)
		types[f["name"].(string)] = f["type"].(string)
		if _, is := f["annotations"].(map[string]any); !is || f["label"] == "" {
			t.Errorf("field %v", f)
		}
	}
	for name, want := range map[string]string{"uai": "text", "effectif": "int", "ips": "double", "ouvert": "boolean", "rentree": "date", "maj": "datetime", "pos": "geo_point_2d"} {
		if types[name] != want {
			t.Errorf("type of %s: %s, want %s", name, types[name], want)
		}
	}
	if chosen := h.json("/catalog/datasets/etablissements", "select", "dataset_id, metas.default.title, records_count"); len(chosen) != 3 ||
		chosen["metas"].(map[string]any)["default"].(map[string]any)["title"] != "Établissements scolaires" || chosen["records_count"] != 300.0 {
		t.Errorf("chosen members: %v", chosen)
	}
}

func TestTheCatalogueIsQueriedLikeADataset(t *testing.T) {
	h := portal(t)
	ids := func(params ...string) string {
		t.Helper()
		var list []string
		for _, result := range h.json("/catalog/datasets", append(params, "select", "dataset_id")...)["results"].([]any) {
			list = append(list, result.(map[string]any)["dataset_id"].(string))
		}
		return strings.Join(list, " ")
	}
	for _, tc := range []struct {
		name   string
		params []string
		want   string
	}{
		{"all", nil, "calendrier etablissements"},
		{"the most rows first", []string{"order_by", "records_count desc"}, "etablissements calendrier"},
		{"full text forgives accents and plurals", []string{"where", `search("college")`}, "etablissements"},
		{"a bare string", []string{"where", `"calendriers"`}, "calendrier"},
		{"full text and a facet", []string{"where", `search("collège")`, "refine", "theme:Établissements", "order_by", "modified desc"}, "etablissements"},
		{"a facet by its path", []string{"refine", "default.theme:Vie scolaire"}, "calendrier"},
		{"a value excluded", []string{"exclude", "theme:Vie scolaire"}, "etablissements"},
		{"a keyword in a list", []string{"where", `"vacances" in keyword`}, "calendrier"},
		{"an equality on a list", []string{"where", `theme = "Établissements"`}, "etablissements"},
		{"a number", []string{"where", "default.records_count > 100 and metas.default.federated is false"}, "etablissements"},
		{"a date", []string{"where", "modified > now(months=-1)"}, "calendrier etablissements"},
		{"a date to come", []string{"where", "modified > now(years=+1)"}, ""},
		{"a feature", []string{"refine", "features:geo"}, "etablissements"},
		{"like", []string{"where", `title like "Cal*"`}, "calendrier"},
		{"an identifier", []string{"where", `dataset_id: "calendrier"`}, "calendrier"},
		{"the second page", []string{"limit", "1", "offset", "1"}, "etablissements"},
	} {
		if got := ids(tc.params...); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
	grouped := h.json("/catalog/datasets", "group_by", "publisher", "select", "publisher, count(*) as n, sum(records_count) as rows")
	if row := grouped["results"].([]any)[0].(map[string]any); row["n"] != 2.0 || row["rows"] != 302.0 || grouped["total_count"] != nil {
		t.Errorf("grouped: %v", grouped)
	}
	linked := h.json("/catalog/datasets", "limit", "1", "include_links", "true")
	if len(linked["_links"].([]any)) != 4 || linked["results"].([]any)[0].(map[string]any)["_links"] == nil {
		t.Errorf("links: %v", linked["_links"])
	}
	facets := h.json("/catalog/facets", "facet", "theme", "facet", "modified", "refine", "theme:Établissements")
	list := facets["facets"].([]any)
	theme := list[0].(map[string]any)["facets"].([]any)[0].(map[string]any)
	if len(list) != 2 || theme["state"] != "refined" || theme["count"] != 1.0 {
		t.Errorf("facets of the catalogue: %v", facets)
	}
}

func TestFacetsCountTheRowsOfEachValue(t *testing.T) {
	h := portal(t)
	facets := h.json("/catalog/datasets/etablissements/facets", "facet", "academie", "facet", "secteur", "refine", "secteur:Public")["facets"].([]any)
	if len(facets) != 2 {
		t.Fatalf("facets: %v", facets)
	}
	for i, values := range [][]float64{{50, 50, 50}, {150, 150}} {
		got := facets[i].(map[string]any)["facets"].([]any)
		if len(got) != len(values) {
			t.Errorf("facet %d: %v", i, got)
			continue
		}
		for j, want := range values {
			if n := got[j].(map[string]any)["count"]; n != want {
				t.Errorf("facet %d, value %d: %v, want %v", i, j, n, want)
			}
		}
	}
	dates := h.json("/catalog/datasets/etablissements/facets", "facet", "rentree", "refine", "rentree:2019")["facets"].([]any)
	text, err := encode(dates)
	h.must(err)
	if !strings.Contains(string(text), `"2019/09"`) || !strings.Contains(string(text), `"state":"refined"`) {
		t.Errorf("a refined year opens its months: %s", text)
	}
	if unasked := h.json("/catalog/datasets/etablissements/facets")["facets"].([]any); len(unasked) < 4 {
		t.Errorf("facets offered: %v", unasked)
	}
}

func TestADatasetWithoutDataIsEmptyAndSaysSo(t *testing.T) {
	h := portal(t)
	d := h.describe(asset.Dataset{Asset: asset.Asset{ID: "promis"}, Title: "Promis"})
	h.must(h.assets.SetState(h.admin, d.UID, asset.Published, "annonce"))
	if answer := h.json("/catalog/datasets/promis/records"); answer["total_count"] != 0.0 {
		t.Errorf("records: %v", answer)
	}
	if answer := h.json("/catalog/datasets/promis"); answer["has_records"] != false || len(answer["attachments"].([]any)) != 0 {
		t.Errorf("object: %v", answer)
	}
	h.refused(404, "/catalog/datasets/promis/exports/csv")
	h.refused(404, "/catalog/datasets/promis/attachments/original")
}

// The description of the API is not part of the project; when a copy is at hand, every path that it names is known here.
func TestEveryPathOfTheDescriptionIsAnswered(t *testing.T) {
	file := os.Getenv("SOCLE_EXPLORE_OPENAPI")
	if file == "" {
		t.Skip("set SOCLE_EXPLORE_OPENAPI to the OpenAPI description of the Explore API v2.1 to compare with it")
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var description struct {
		Paths map[string]map[string]any `json:"paths"`
	}
	if err := json.Unmarshal(text, &description); err != nil {
		t.Fatal(err)
	}
	h := portal(t)
	notYet := []string{"/catalog/exports/dcat{dcat_ap_format}", "/catalog/datasets/{dataset_id}/exports/gpx"}
	for path := range description.Paths {
		if slices.Contains(notYet, path) {
			continue
		}
		address := strings.NewReplacer("{dataset_id}", "etablissements", "{record_id}", "1", "{format}", "json").Replace(path)
		if answer, body := h.get(Prefix + address); answer.StatusCode != 200 {
			t.Errorf("%s: status %d: %s", path, answer.StatusCode, body)
		}
	}
}

func FuzzNoParameterBreaksTheAPI(f *testing.F) {
	for _, seed := range []string{"where=a", "select=count(*)&group_by=type", "refine=rentree:2019/13", "order_by=random(1)", "where=search(\"a\")&limit=-1", "facet=facet(name=\"type\",limit=0)",
		"where=effectif%20in%20]1..[", "timezone=Europe/Paris&group_by=range(maj,1%20month)", "select=effectif/0", "where=within_distance(pos,geom'POINT(999 999)',1km)", "refine=effectif:99999999999999999999",
		"select=`effectif`%20as%20`a", "where=%00%ff", "limit=1&offset=9998", "group_by=range(effectif,0)", "where=date'0000-00-00'<rentree", "order_by=effectif%20desc,effectif", "select=percentile(ips,101)"} {
		f.Add(seed)
	}
	h := portal(f)
	f.Fuzz(func(t *testing.T, parameters string) {
		h.t = t
		for _, path := range []string{"/catalog/datasets", "/catalog/facets", "/catalog/datasets/etablissements/records", "/catalog/datasets/etablissements/facets"} {
			u := url.URL{Path: Prefix + path, RawQuery: strings.ToValidUTF8(strings.Map(printable, parameters), "")}
			answer, body := h.get(u.String())
			if answer.StatusCode >= 500 || answer.StatusCode == 200 && !json.Valid([]byte(body)) {
				t.Errorf("%s: status %d: %s", u.String(), answer.StatusCode, body)
			}
		}
	})
}

// printable leaves out what a client cannot put in a request line.
func printable(r rune) rune {
	if r <= ' ' || r == '#' || r > 126 {
		return -1
	}
	return r
}
