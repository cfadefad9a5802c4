package explore

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"socle/internal/access"
	"socle/internal/asset"
	"socle/internal/identity"
	"socle/internal/schema"
)

// walk follows the cursors of a question to the end and returns the values of a column, page by page.
func (h *house) walk(column, path string, params ...string) (values []string, pages int) {
	h.t.Helper()
	cursor := ""
	for {
		asked := params
		if cursor != "" {
			asked = append(slices.Clone(params), "cursor", cursor)
		}
		answer, body := h.get(with(path, asked...))
		var page struct {
			Results []map[string]any `json:"results"`
			Next    string           `json:"next"`
		}
		if err := json.Unmarshal([]byte(body), &page); err != nil || answer.StatusCode != http.StatusOK {
			h.t.Fatalf("%s %v: status %d: %s", path, asked, answer.StatusCode, body)
		}
		for _, row := range page.Results {
			values = append(values, fmt.Sprint(row[column]))
		}
		link := answer.Header.Get("Link")
		if (page.Next != "") != strings.Contains(link, `rel="next"`) || page.Next != "" && !strings.Contains(link, page.Next) {
			h.t.Fatalf("the header and the body do not agree: %q, %q", link, page.Next)
		}
		if pages++; page.Next == "" {
			return values, pages
		}
		cursor = page.Next
	}
}

func TestCursorsGoThroughEveryRowOnceInTheOrderAsked(t *testing.T) {
	h := portal(t)
	const path = "/catalog/datasets/etablissements/records"
	for _, test := range []struct{ name, column, order, where, group string }{
		{"in the order of the file", "uai", "", "", ""},
		{"by a number with many equals", "uai", "effectif desc", "", ""},
		{"by texts with empty ones", "uai", "code, academie desc", "", ""},
		{"by empty ones downwards", "uai", "code desc", "", ""},
		{"by a day", "uai", "rentree", "secteur = 'Public'", ""},
		{"by an instant and a decimal", "uai", "maj desc, ips", "", ""},
		{"by a yes or no", "uai", "ouvert", "", ""},
		{"by an expression", "uai", "effectif * 2 + length(nom)", "", ""},
		{"by what now() says", "uai", "effectif", "rentree < now()", ""},
		{"groups", "uai", "total desc", "", "uai"},
		{"groups by an aggregate with many equals", "uai", "", "", "uai"},
	} {
		t.Run(test.name, func(t *testing.T) {
			params := []string{"limit", "7"}
			export := []string{}
			add := func(name, value string) {
				if value != "" {
					params, export = append(params, name, value), append(export, name, value)
				}
			}
			add("order_by", test.order)
			add("where", test.where)
			add("group_by", test.group)
			if test.group != "" {
				add("select", "avg(ips) as total")
			}
			got, pages := h.walk(test.column, path, params...)
			_, body := h.get(with("/catalog/datasets/etablissements/exports/json", export...))
			var rows []map[string]any
			if err := json.Unmarshal([]byte(body), &rows); err != nil {
				t.Fatal(err, body)
			}
			var want []string
			for _, row := range rows {
				want = append(want, fmt.Sprint(row[test.column]))
			}
			if !slices.Equal(got, want) || pages != (len(want)+6)/7 {
				t.Errorf("%d rows on %d pages, the export has %d:\n%v\n%v", len(got), pages, len(want), got, want)
			}
		})
	}
}

func TestACursorOfAnotherQuestionIsRefused(t *testing.T) {
	h := portal(t)
	const path = "/catalog/datasets/etablissements/records"
	cursor, _ := h.json(path, "limit", "5", "order_by", "effectif")["next"].(string)
	if cursor == "" {
		t.Fatal("a page that others follow has no cursor")
	}
	if _, more := h.json(path, "limit", "0")["next"]; more {
		t.Error("a page of no rows leads on")
	}
	if _, more := h.json(path, "limit", "100", "offset", "200")["next"]; more {
		t.Error("the last page leads on")
	}
	h.json(path, "limit", "50", "order_by", "effectif", "cursor", cursor) // another size of page is the same question
	forged := func(change func(*resume)) string {
		var c resume
		data, err := base64.RawURLEncoding.DecodeString(cursor)
		h.must(err)
		h.must(json.Unmarshal(data, &c))
		change(&c)
		return c.String()
	}
	after := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	for name, params := range map[string][]string{
		"another order":      {"order_by", "ips", "cursor", cursor},
		"another filter":     {"order_by", "effectif", "where", "ips > 90", "cursor", cursor},
		"other columns":      {"order_by", "effectif", "select", "uai", "cursor", cursor},
		"rubbish":            {"order_by", "effectif", "cursor", "abc"},
		"and an offset":      {"order_by", "effectif", "offset", "5", "cursor", cursor},
		"two":                {"order_by", "effectif", "cursor", cursor, "cursor", cursor},
		"a text as a number": {"order_by", "effectif", "cursor", forged(func(c *resume) { c.After = after(`{"k":[{"k":1,"s":"x"}],"r":3}`) })},
		"too few keys":       {"order_by", "effectif", "cursor", forged(func(c *resume) { c.After = after(`{"r":3}`) })},
		"a negative offset":  {"order_by", "effectif", "cursor", forged(func(c *resume) { c.Offset = -1 })},
	} {
		if f := h.refused(http.StatusBadRequest, path, params...); f.Parameter != "cursor" {
			t.Errorf("%s: %+v", name, f)
		}
	}
	h.refused(http.StatusNotFound, path, "order_by", "effectif", "cursor", forged(func(c *resume) { c.Version = 99 }))
	if f := h.refused(http.StatusBadRequest, "/catalog/datasets/calendrier/records", "cursor", cursor); f.Parameter != "cursor" {
		t.Errorf("another dataset: %+v", f)
	}
}

var noted = []schema.Field{{Name: "code", Label: "Code", Type: schema.Text}, {Name: "n", Label: "N", Type: schema.Integer}}

// notes is a dataset with three versions whose second was erased.
func (h *house) notes(id string, level asset.Level) asset.Dataset {
	h.t.Helper()
	d := h.describe(asset.Dataset{Asset: asset.Asset{ID: id, Level: level}, Title: "Notes", Key: []string{"code"}})
	h.publish(d, noted, "a;1\nb;2\nc;3\n")
	h.publish(d, noted, "a;1\n")
	h.publish(d, append(slices.Clone(noted), schema.Field{Name: "plus", Label: "Plus", Type: schema.Boolean, Format: "oui/non"}), "a;1;oui\nb;20;non\nd;4;oui\ne;5;non\n")
	h.must(h.lake.Erase(h.admin, d.UID, 2, "essai"))
	return d
}

func TestEachVersionAnswersOnEachPath(t *testing.T) {
	h := portal(t)
	d := h.notes("notes", asset.Open)
	const path = "/catalog/datasets/notes"
	total := func(path string, params ...string) any { return h.json(path, params...)["total_count"] }
	if got := []any{total(path + "/records"), total(path + "/versions/1/records"), total(path + "/versions/3/records")}; fmt.Sprint(got) != "[4 3 4]" {
		t.Errorf("rows of the versions: %v", got)
	}
	first, err := h.lake.Get(h.admin, d.UID, 1)
	h.must(err)
	if got := total(path+"/records", "as_of", first.PublishedAt.Format(time.RFC3339Nano)); got != 3.0 {
		t.Errorf("as of the first version: %v", got)
	}
	if got := total(path+"/records", "as_of", time.Now().In(parisZone()).Format(time.DateOnly), "timezone", "Europe/Paris"); got != 4.0 {
		t.Errorf("as of today: %v", got)
	}
	old := h.json(path+"/versions/1", "include_links", "true")
	if fields := old["fields"].([]any); len(fields) != 2 || !strings.Contains(fmt.Sprint(old["_links"]), "/versions/1/records") {
		t.Errorf("the first version is described as %v", old)
	}
	answer, body := h.get(with(path + "/versions/1/exports/csv"))
	if answer.StatusCode != 200 || strings.Count(body, "\n") != 4 || !strings.Contains(answer.Header.Get("Content-Disposition"), "v1") {
		t.Errorf("export of the first version: %s", body)
	}
	if got := h.json(path+"/versions/1/facets", "facet", "code"); !strings.Contains(fmt.Sprint(got), "name:c") {
		t.Errorf("facets of the first version: %v", got)
	}
	if got := h.json(path + "/versions/1/records/2"); got["code"] != "c" {
		t.Errorf("a record of the first version: %v", got)
	}
	list := h.json(path + "/versions")
	if versions := list["results"].([]any); list["total_count"] != 3.0 || versions[1].(map[string]any)["erased_at"] == nil || versions[0].(map[string]any)["records_count"] != 4.0 {
		t.Errorf("versions: %v", list)
	}
	for _, rest := range []string{"", "/records", "/records/0", "/facets", "/exports", "/exports/csv", "/attachments"} {
		if f := h.refused(http.StatusGone, path+"/versions/2"+rest); f.ErrorCode != "ErasedDataError" || !strings.Contains(f.Message, "Reason: ") {
			t.Errorf("erased%s: %+v", rest, f)
		}
		for _, n := range []string{"4", "0", "-1", "x", "99999999999999999999"} {
			if f := h.refused(http.StatusNotFound, path+"/versions/"+n+rest); f.ErrorCode != "UnknownVersionError" {
				t.Errorf("version %s%s: %+v", n, rest, f)
			}
		}
	}
	h.refused(http.StatusNotFound, path+"/records", "as_of", "2001-01-01")
	h.refused(http.StatusBadRequest, path+"/records", "as_of", "hier")
	h.refused(http.StatusBadRequest, path+"/versions/1/records", "as_of", "2026-01-01")
}

func TestACursorStaysOnItsVersionWhenAnotherIsPublished(t *testing.T) {
	h := portal(t)
	d := h.describe(datasetNamed("vivant"))
	h.publish(d, noted, "a;1\nb;2\nc;3\nd;4\n")
	cursor := h.json("/catalog/datasets/vivant/records", "limit", "2")["next"].(string)
	h.publish(d, noted, "x;1\ny;2\nz;3\n")
	if rest := h.json("/catalog/datasets/vivant/records", "limit", "2", "cursor", cursor); !strings.Contains(fmt.Sprint(rest["results"]), "code:c") || rest["total_count"] != 4.0 {
		t.Errorf("the second page is %v", rest)
	}
	h.refused(http.StatusBadRequest, "/catalog/datasets/vivant/versions/2/records", "cursor", cursor)
	h.must(h.lake.Erase(h.admin, d.UID, 1, "essai"))
	if f := h.refused(http.StatusGone, "/catalog/datasets/vivant/records", "limit", "2", "cursor", cursor); f.ErrorCode != "ErasedDataError" || !strings.HasSuffix(f.Message, "Reason: essai") {
		t.Errorf("erased meanwhile: %+v", f)
	}
}

// granted opens a part of a dataset to the application whose token is returned.
func (h *house) granted(d asset.Dataset, fields []string, rows string) string {
	h.t.Helper()
	other, err := h.people.CreateOrganization(h.admin, identity.Organization{Name: "Hors les murs " + d.ID + rows})
	h.must(err)
	secret, token, err := h.people.CreateToken(h.admin, identity.NewToken{Name: "Lecture", OrgID: other.ID, Role: identity.Reader, Scopes: []identity.Scope{identity.ScopeRead}})
	h.must(err)
	_, err = h.access.Grant(h.admin, access.Grant{SubjectKind: access.ToApplication, SubjectID: token.ID, AssetUID: d.UID, Purpose: "Étude", Fields: fields, RowFilter: rows})
	h.must(err)
	return secret
}

func TestVersionsOfARestrictedDatasetAreAskedForLikeTheDataset(t *testing.T) {
	h := portal(t)
	d := h.notes("suivi", asset.Restricted)
	for _, rest := range []string{"/versions", "/versions/1", "/versions/2/records", "/versions/1/records", "/versions/1/exports/csv", "/versions/9", "/records?as_of=2001-01-01"} {
		if answer, body := h.get(with("/catalog/datasets/suivi") + rest); answer.StatusCode != http.StatusNotFound || !strings.Contains(body, "UnknownDatasetError") {
			t.Errorf("%s: status %d: %s", rest, answer.StatusCode, body)
		}
	}
	secret := h.granted(d, []string{"code"}, "n < 3")
	_, body := h.get(with("/catalog/datasets/suivi/versions/1/records"), "Authorization", "Apikey "+secret)
	if !strings.Contains(body, `"total_count": 2`) || strings.Contains(body, `"n"`) {
		t.Errorf("the part of the first version that the grant shows: %s", body)
	}
	_, body = h.get(with("/catalog/datasets/suivi/versions"), "Authorization", "Apikey "+secret)
	if strings.Contains(body, `"records_count":3`) || strings.Contains(body, `"bytes":1`) {
		t.Errorf("the list tells of rows that the grant does not show: %s", body)
	}
}

func TestADifferenceSaysWhichRowsAndColumnsChanged(t *testing.T) {
	h := portal(t)
	d := h.notes("notes", asset.Open)
	const path = "/catalog/datasets/notes/diff"
	got := h.json(path, "from", "1", "to", "3")
	if fmt.Sprint(got["counts"]) != "map[added:2 changed:1 removed:1 set_aside:0]" || fmt.Sprint(got["key"]) != "[code]" || got["total_count"] != 4.0 {
		t.Errorf("counts: %v", got)
	}
	if columns := fmt.Sprint(got["columns"]); columns != "map[added:[map[name:plus type:boolean]] removed:[] retyped:[]]" {
		t.Errorf("columns: %s", columns)
	}
	if rows := fmt.Sprint(got["results"]); rows != "[map[after:map[code:b n:20] before:map[code:b n:2] change:changed rows:1] map[after:<nil> before:map[code:c n:3] change:removed rows:1] "+
		"map[after:map[code:d n:4] before:<nil> change:added rows:1] map[after:map[code:e n:5] before:<nil> change:added rows:1]]" {
		t.Errorf("rows: %s", rows)
	}
	if back := h.json(path, "from", "3", "to", "1"); fmt.Sprint(back["counts"]) != "map[added:1 changed:1 removed:2 set_aside:0]" {
		t.Errorf("the other way: %v", back["counts"])
	}
	if page := h.json(path, "from", "1", "to", "3", "limit", "1", "offset", "1", "change", "added,removed"); page["total_count"] != 3.0 || !strings.Contains(fmt.Sprint(page["results"]), "code:d") {
		t.Errorf("a page of some kinds: %v", page)
	}
	if same := h.json(path, "from", "3", "to", "3"); same["total_count"] != 0.0 {
		t.Errorf("a version and itself: %v", same)
	}
	_, csv := h.get(with(path+"/exports/csv", "from", "1", "to", "3"))
	if want := "change,rows,code,n,before.n\nchanged,1,b,20,2\nremoved,1,c,3,3\nadded,1,d,4,\nadded,1,e,5,\n"; csv != want {
		t.Errorf("csv: %q", csv)
	}
	if _, lines := h.get(with(path+"/exports/jsonl", "from", "1", "to", "3", "change", "removed")); lines != `{"change":"removed","rows":1,"before":{"code": "c", "n": 3},"after":null}`+"\n" {
		t.Errorf("jsonl: %q", lines)
	}
	for name, test := range map[string]struct {
		status int
		params []string
	}{"an erased version": {410, []string{"from", "2", "to", "3"}}, "the newest against the erased one before": {410, nil}, "an unknown version": {404, []string{"from", "1", "to", "9"}},
		"rubbish": {400, []string{"from", "x"}}, "an unknown kind": {400, []string{"from", "1", "change", "moved"}}, "before the first": {404, []string{"to", "1"}}} {
		if f := h.refused(test.status, path, test.params...); f.Message == "" {
			t.Errorf("%s: %+v", name, f)
		}
	}
	h.refused(http.StatusBadRequest, path+"/exports/xlsx", "from", "1", "to", "3")
	h.publish(d, noted, "a;1\na;2\n;3\nb;20\nd;4\ne;5\n")
	if got := h.json(path, "from", "1", "to", "4"); fmt.Sprint(got["counts"]) != "map[added:2 changed:1 removed:1 set_aside:4]" {
		t.Errorf("keys that are empty or not unique: %v", got["counts"])
	}
}

func TestADifferenceWithoutKeyComparesWholeRows(t *testing.T) {
	h := portal(t)
	d := h.describe(datasetNamed("sans-cle"))
	h.publish(d, noted, "a;1\na;1\na;1\nb;2\nc;\n")
	h.publish(d, noted, "a;1\nb;3\nc;\nd;4\nd;4\n")
	got := h.json("/catalog/datasets/sans-cle/diff")
	if fmt.Sprint(got["counts"]) != "map[added:3 changed:0 removed:3 set_aside:0]" || fmt.Sprint(got["key"]) != "[]" {
		t.Errorf("counts: %v", got)
	}
	if rows := fmt.Sprint(got["results"]); !strings.Contains(rows, "map[after:<nil> before:map[code:a n:1] change:removed rows:2]") || !strings.Contains(rows, "map[after:map[code:d n:4] before:<nil> change:added rows:2]") {
		t.Errorf("rows: %s", rows)
	}
}

func TestADifferenceShowsWhatWhoAsksSeesOfBothSides(t *testing.T) {
	h := portal(t)
	d := h.notes("suivi", asset.Restricted)
	h.refused(http.StatusNotFound, "/catalog/datasets/suivi/diff", "from", "1", "to", "3")
	secret := h.granted(d, []string{"code", "n"}, "n < 5")
	_, body := h.get(with("/catalog/datasets/suivi/diff", "from", "1", "to", "3"), "Authorization", "Apikey "+secret)
	// b goes from 2 to 20: who sees what is below 5 sees it leave. e, at 5, is not seen; nor is the column "plus".
	for _, want := range []string{`"added":1,"removed":2,"changed":0`, `"added":[],"removed":[],"retyped":[]`} {
		if !strings.Contains(body, want) {
			t.Errorf("%s does not say %s", body, want)
		}
	}
	if strings.Contains(body, "20") && strings.Contains(body, `"n": 20`) || strings.Contains(body, "plus") || strings.Contains(body, `"e"`) {
		t.Errorf("what is not shown is told: %s", body)
	}
}

func TestAPlanIsExplainedWithoutWhatIsHidden(t *testing.T) {
	h := portal(t)
	got := h.json("/catalog/datasets/etablissements/records", "select", "academie, avg(ips) as moyenne", "group_by", "academie", "where", "effectif > 20 and secteur = 'Public'",
		"order_by", "moyenne desc", "limit", "5", "explain", "true")
	plan := got["plan"].(map[string]any)
	if got["version"] != 1.0 || got["narrowed_by_access"] != false || plan["limit"] != 5.0 || fmt.Sprint(plan["fields"]) != "[academie ips effectif secteur]" ||
		!strings.Contains(fmt.Sprint(plan["filter"]), "op:>") || fmt.Sprint(got["parameters"]) != "[Public]" {
		t.Errorf("%v", got)
	}
	if sql := got["sql"].(string); !strings.Contains(sql, `FROM "etablissements@1" WHERE`) || strings.Contains(sql, "parquet") || strings.Contains(sql, "/") && strings.Contains(sql, "blobs") {
		t.Errorf("sql: %s", sql)
	}
	h.json("/catalog/datasets/etablissements/exports/csv", "explain", "true", "where", "within_distance(pos, geom'POINT(2 48)', 5km) and search('hugo') and not startswith(nom, 'X')")
	h.json("/catalog/datasets/etablissements/records", "explain", "true", "select", "count(*) as n", "group_by", "geo_cluster(pos, 8)")
	h.json("/catalog/datasets/etablissements/records", "explain", "true", "group_by", "range(rentree, 1 year) as an", "select", "median(ips) as m", "order_by", "an")
	h.refused(http.StatusBadRequest, "/catalog/datasets/etablissements/records", "explain", "true", "where", "effectif >")
	facets := h.json("/catalog/datasets/etablissements/facets", "explain", "true", "facet", "academie", "facet", "secteur", "refine", "academie:Paris", "where", "effectif > 20")
	readings := facets["readings"].([]any)
	if len(readings) != 2 || fmt.Sprint(readings[0].(map[string]any)["facets"]) != "[secteur]" || !strings.Contains(fmt.Sprint(readings), `FROM "etablissements@1"`) || strings.Contains(fmt.Sprint(readings), "parquet") {
		t.Errorf("facets: %v", facets)
	}
	d := h.notes("suivi", asset.Restricted)
	secret := h.granted(d, []string{"code"}, "n < 3 and plus is not null")
	_, body := h.get(with("/catalog/datasets/suivi/records", "explain", "true", "where", "code = 'a'"), "Authorization", "Apikey "+secret)
	_, counted := h.get(with("/catalog/datasets/suivi/facets", "explain", "true", "facet", "code"), "Authorization", "Apikey "+secret)
	body += counted
	if strings.Count(body, `"narrowed_by_access":true`) != 2 || strings.Contains(body, "plus") || strings.Contains(body, `\"n\"`) || strings.Contains(body, "< 3") {
		t.Errorf("the plan tells what is hidden: %s", body)
	}
	answer, _ := h.get(with("/catalog/datasets/suivi/records", "explain", "true", "where", "n = 1"), "Authorization", "Apikey "+secret)
	if answer.StatusCode != http.StatusBadRequest {
		t.Errorf("a hidden field is explained: %d", answer.StatusCode)
	}
}
