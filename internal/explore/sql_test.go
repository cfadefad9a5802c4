package explore

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"socle/internal/asset"
	"socle/internal/schema"
)

// results are exams of the invented schools.
func (h *house) results() {
	h.t.Helper()
	fields := []schema.Field{{Name: "uai", Label: "UAI", Type: schema.Text, Concept: "uai"}, {Name: "session", Label: "Session", Type: schema.Date}, {Name: "taux", Label: "Taux", Type: schema.Decimal, Format: "comma"}}
	h.publish(h.describe(asset.Dataset{Asset: asset.Asset{ID: "resultats-examens"}, Title: "Résultats aux examens"}), fields,
		"0750000X;2023-07-01;80,5\n0750000X;2024-07-01;85\n0750000X;2025-07-01;82\n0760001X;2025-07-01;60\n")
}

// sqlAnswer is the answer of the API.
type sqlAnswer struct {
	Datasets  []sqlVersion     `json:"datasets"`
	Columns   []sqlColumn      `json:"columns"`
	RowCount  int              `json:"row_count"`
	Truncated bool             `json:"truncated"`
	Rows      []map[string]any `json:"rows"`
}

func (h *house) sql(text string, headers ...string) (*http.Response, string, sqlAnswer) {
	h.t.Helper()
	answer, body := h.get(PathSQL+"?"+url.Values{"sql": {text}}.Encode(), headers...)
	var a sqlAnswer
	if answer.StatusCode == http.StatusOK {
		h.must(json.Unmarshal([]byte(body), &a))
	}
	return answer, body, a
}

func TestSQLAnswersOverSeveralDatasets(t *testing.T) {
	h := portal(t)
	h.results()
	const text = `SELECT nom, session, taux FROM etablissements JOIN "resultats-examens" USING (uai) WHERE uai = '0750000X' ORDER BY session`
	answer, body, got := h.sql(text)
	if got.RowCount != 3 || got.Truncated || fmt.Sprint(got.Rows[0]) != "map[nom:Lycée Victor Hugo 0 session:2023-07-01 taux:80.5]" ||
		fmt.Sprint(got.Columns) != "[{nom text 0} {session date 0} {taux decimal 0}]" || fmt.Sprint(got.Datasets) != "[{etablissements 1} {resultats-examens 1}]" {
		t.Errorf("%s", body)
	}
	etag := answer.Header.Get("ETag")
	if again, _ := h.get(PathSQL+"?"+url.Values{"sql": {text}}.Encode(), "If-None-Match", etag); etag == "" || again.StatusCode != http.StatusNotModified {
		t.Errorf("the same statement again: status %d, tag %q", again.StatusCode, etag)
	}
	if got := answer.Header.Get("Cache-Control"); !strings.Contains(got, "public") || answer.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("open data may be kept by anybody: %q", got)
	}
	h.results2()
	if again, _ := h.get(PathSQL+"?"+url.Values{"sql": {text}}.Encode(), "If-None-Match", etag); again.StatusCode != http.StatusOK {
		t.Errorf("after another version: status %d", again.StatusCode)
	}
	if _, _, got := h.sql(`SELECT count(*) AS n FROM "resultats-examens@1" UNION ALL SELECT count(*) FROM "resultats-examens"`); fmt.Sprint(got.Rows) != "[map[n:4] map[n:1]]" {
		t.Errorf("two versions side by side: %v", got.Rows)
	}
	if _, _, got := h.sql("SELECT uai FROM etablissements LIMIT 0"); got.RowCount != 0 || got.Rows == nil {
		t.Errorf("no rows: %+v", got)
	}
	if answer, _ := h.get(PathSQL + "?limit=7&" + url.Values{"sql": {"SELECT uai FROM etablissements"}}.Encode()); answer.StatusCode != 200 {
		t.Errorf("limit: %d", answer.StatusCode)
	}
	for media, body := range map[string]string{"application/json": `{"sql": "SELECT 1 AS un"}`, "application/sql": "SELECT 1 AS un", "text/plain; charset=utf-8": "SELECT 1 AS un"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.server.URL+PathSQL, strings.NewReader(body))
		h.must(err)
		r.Header.Set("Content-Type", media)
		answer, err := http.DefaultClient.Do(r)
		h.must(err)
		got, err := io.ReadAll(answer.Body)
		h.must(err)
		answer.Body.Close()
		if answer.StatusCode != http.StatusOK || !strings.Contains(string(got), `"rows":[{"un": 1}]`) {
			t.Errorf("POST %s: %d %s", media, answer.StatusCode, got)
		}
	}
}

func (h *house) results2() {
	d, err := h.assets.Get(h.admin, "resultats-examens")
	h.must(err)
	h.publish(d, []schema.Field{{Name: "uai", Label: "UAI", Type: schema.Text}, {Name: "session", Label: "Session", Type: schema.Date}, {Name: "taux", Label: "Taux", Type: schema.Decimal}}, "0750000X;2026-07-01;99\n")
}

func TestSQLThatIsRefusedSaysWhatAndWhere(t *testing.T) {
	h := portal(t)
	for text, want := range map[string]struct {
		status int
		says   string
	}{
		"":                                                {400, "écrivez une requête"},
		"SELECT * FROM etablissement":                     {404, "Ligne 1, caractère 15"},
		"SELECT * FROM etablissement e":                   {404, "Vouliez-vous dire"},
		"SELECT *\nFROM 'x.csv'":                          {404, "Ligne 2, caractère 6"},
		"SELECT * FROM read_csv('/etc/passwd')":           {400, "fonction de table"},
		"SELECT getenv('HOME')":                           {400, "n’est pas permise"},
		"SELECT nomm FROM etablissements":                 {400, "caractère 8"},
		"SELECT * FROM \"etablissements@7\"":              {404, "n’existe pas"},
		"DROP TABLE etablissements":                       {400, "seules les lectures"},
		"SELECT CAST(nom AS INTEGER) FROM etablissements": {400, "TRY_CAST"},
	} {
		answer, body, _ := h.sql(text)
		if answer.StatusCode != want.status || !strings.Contains(body, want.says) || strings.Contains(body, "parquet") || strings.Contains(body, "Victor") {
			t.Errorf("%q: %d %s", text, answer.StatusCode, body)
		}
	}
	if answer, body := h.get(PathSQL + "?sql=SELECT+1&format=exe"); answer.StatusCode != 400 || !strings.Contains(body, "parquet") {
		t.Errorf("a format that is not offered: %d %s", answer.StatusCode, body)
	}
	if answer, body := h.get(PathSQL + "?sql=SELECT+1&limit=100000"); answer.StatusCode != 400 {
		t.Errorf("too many rows: %d %s", answer.StatusCode, body)
	}
}

func TestSQLSeesWhatWhoAsksSees(t *testing.T) {
	h := portal(t)
	d := h.notes("suivi-notes", asset.Restricted)
	for _, text := range []string{`SELECT * FROM interne`, `SELECT count(*) FROM "interne@1"`, `SELECT * FROM restreint`, `SELECT * FROM "suivi-notes"`, `SELECT 1 FROM etablissements WHERE EXISTS (SELECT 1 FROM interne)`,
		`WITH x AS (SELECT * FROM interne) SELECT 1`, `SELECT * FROM "suivi-notes@9"`, `SELECT * FROM "suivi-notes@2"`} {
		answer, body, _ := h.sql(text)
		for _, name := range []string{"suivi-notes", "restreint", "interne"} {
			text = strings.ReplaceAll(text, name, strings.Repeat("z", len(name)))
			body = strings.ReplaceAll(body, name, strings.Repeat("z", len(name)))
		}
		absent, says, _ := h.sql(text)
		if answer.StatusCode != http.StatusNotFound || absent.StatusCode != answer.StatusCode || body != says {
			t.Errorf("%s: %d %s\nis told apart from what does not exist: %d %s", text, answer.StatusCode, body, absent.StatusCode, says)
		}
	}
	member := []string{"Authorization", "Apikey " + h.secret}
	if answer, _, got := h.sql("SELECT sum(n) AS n FROM interne", member...); fmt.Sprint(got.Rows) != "[map[n:3]]" || !strings.Contains(answer.Header.Get("Cache-Control"), "private") {
		t.Errorf("a member reads what is internal: %v, %s", got, answer.Header.Get("Cache-Control"))
	}
	secret := h.granted(d, []string{"code", "plus"}, "n < 10")
	reader := []string{"Authorization", "Bearer " + secret}
	for text, want := range map[string]string{
		`SELECT * FROM "suivi-notes" ORDER BY code`:                                                                              "[map[code:a plus:true] map[code:d plus:true] map[code:e plus:false]]",
		`SELECT count(*) AS k FROM "suivi-notes"`:                                                                                "[map[k:3]]",
		`SELECT count(*) AS k FROM "suivi-notes@1"`:                                                                              "[map[k:3]]",
		`SELECT a.code AS k FROM "suivi-notes" a JOIN "suivi-notes@1" b USING (code)`:                                            "[map[k:a]]",
		`SELECT max(code) AS k, min(plus) AS p FROM "suivi-notes"`:                                                               "[map[k:e p:false]]",
		`SELECT (SELECT count(*) FROM "suivi-notes" WHERE code = 'b') AS k`:                                                      "[map[k:0]]",
		`SELECT code AS k FROM "suivi-notes" WHERE CAST(CASE code WHEN 'b' THEN 'x' ELSE '1' END AS INTEGER) = 1 AND code < 'c'`: "[map[k:a]]",
	} {
		if _, body, got := h.sql(text, reader...); fmt.Sprint(got.Rows) != want {
			t.Errorf("%s: %v %s", text, got.Rows, body)
		}
	}
	for _, text := range []string{`SELECT n FROM "suivi-notes"`, `SELECT code FROM "suivi-notes" ORDER BY n`, `SELECT sum(n) FROM "suivi-notes"`, `SELECT s.n FROM "suivi-notes" s`, `SELECT * EXCLUDE (n) FROM "suivi-notes"`} {
		answer, body, _ := h.sql(text, reader...)
		_, absent, _ := h.sql(strings.NewReplacer("(n)", "(y)", " n ", " y ", "BY n", "BY y", ".n", ".y").Replace(text), reader...)
		if answer.StatusCode != http.StatusBadRequest || strings.ReplaceAll(body, "n", "y") != strings.ReplaceAll(absent, "n", "y") {
			t.Errorf("%s: %d %s\nis told apart from %s", text, answer.StatusCode, body, absent)
		}
	}
	if answer, body, _ := h.sql(`SELECT * FROM interne`, reader...); answer.StatusCode != 200 && answer.StatusCode != 404 {
		t.Errorf("an application of another organisation: %d %s", answer.StatusCode, body)
	}
	if answer, _, _ := h.sql(`SELECT * FROM restreint`, reader...); answer.StatusCode != http.StatusNotFound {
		t.Errorf("a grant on one dataset opens another: %d", answer.StatusCode)
	}
}

func TestSQLAnswersAreTakenAwayAsFiles(t *testing.T) {
	h := portal(t)
	const text = "SELECT uai, effectif, ips, rentree, pos FROM etablissements ORDER BY uai LIMIT 3"
	file := func(format string) (*http.Response, string) {
		answer, body := h.get(PathSQL + "?format=" + format + "&" + url.Values{"sql": {text}}.Encode())
		if answer.StatusCode != 200 || answer.Header.Get("Socle-Row-Count") != "3" || !strings.Contains(answer.Header.Get("Content-Disposition"), "requete.") {
			t.Errorf("%s: %d %v", format, answer.StatusCode, answer.Header)
		}
		return answer, body
	}
	if _, body := file("csv"); !strings.HasPrefix(body, "uai,effectif,ips,rentree,pos\n0750000X,10,80,2017-09-01,\"48, 2\"\n") {
		t.Errorf("csv: %s", body)
	}
	var rows []map[string]any
	if _, body := file("json"); json.Unmarshal([]byte(body), &rows) != nil || len(rows) != 3 || rows[0]["effectif"] != 10.0 {
		t.Errorf("json: %s", body)
	}
	if _, body := file("jsonl"); strings.Count(body, "\n") != 3 {
		t.Errorf("ndjson: %s", body)
	}
	_, body := file("xlsx")
	book, err := excelize.OpenReader(bytes.NewReader([]byte(body)))
	h.must(err)
	if value, err := book.GetCellValue(book.GetSheetName(0), "A2"); err != nil || value != "0750000X" {
		t.Errorf("xlsx: %q %v", value, err)
	}
	if _, body := file("parquet"); !strings.HasPrefix(body, "PAR1") || !strings.HasSuffix(body, "PAR1") {
		t.Errorf("parquet: %.20q", body)
	}
	if answer, body := h.get(PathSQL + "?format=csv&" + url.Values{"sql": {"SELECT CAST(nom AS INTEGER) FROM etablissements"}}.Encode()); answer.StatusCode != 400 || strings.Contains(body, "Victor") {
		t.Errorf("a file that fails halfway: %d %s", answer.StatusCode, body)
	}
	if answer, body := h.get(PathSQL + "?format=csv&" + url.Values{"sql": {"SELECT a.uai FROM etablissements a, etablissements b, etablissements c"}}.Encode()); answer.StatusCode != 413 || !strings.Contains(body, "million") {
		t.Errorf("a file of 27 million rows: %d %s", answer.StatusCode, body)
	}
}

func TestTheConsoleShowsTheAnswerAndHelps(t *testing.T) {
	h := portal(t)
	h.results()
	open := func(params ...string) (int, string) {
		values := url.Values{}
		for i := 0; i < len(params); i += 2 {
			values.Add(params[i], params[i+1])
		}
		answer, body := h.get(PathConsole + "?" + values.Encode())
		return answer.StatusCode, html.UnescapeString(body)
	}
	status, page := open()
	for _, want := range []string{"Croiser des données", "Requête SQL", "etablissements – Établissements scolaires", "resultats-examens", "Exécuter cet exemple", "USING (uai)", "SELECT academie, count(*)"} {
		if !strings.Contains(page, want) && status == 200 {
			t.Errorf("the empty page does not say %q", want)
		}
	}
	for _, hidden := range []string{"interne", "restreint"} {
		if strings.Contains(page, hidden+" –") {
			t.Errorf("the help names %s to everybody", hidden)
		}
	}
	const text = "SELECT academie, count(*) AS n\nFROM etablissements\nGROUP BY academie ORDER BY n DESC, academie"
	status, page = open("sql", text)
	for _, want := range []string{"3\u00a0lignes", "Val-d’Ombre", "format=csv", "Adresse de cette page", "version 1", "Code UAI", "Se croise avec", text} {
		if status != 200 || !strings.Contains(page, want) {
			t.Errorf("the answer (%d) does not say %q", status, want)
		}
	}
	if _, page := open("sql", text, "vue", "graphique"); strings.Count(page, `class="s-bars__value"`) != 3 || !strings.Contains(page, "n, par academie") {
		t.Error("the chart has not a bar for each row")
	}
	if _, page := open("sql", `SELECT session, taux FROM "resultats-examens" WHERE uai = '0750000X' ORDER BY 1`, "vue", "graphique"); !strings.Contains(page, "<polyline") || !strings.Contains(page, "le plus haut 85") {
		t.Error("no line over time, or none in words")
	}
	if _, page := open("sql", "SELECT nom FROM etablissements LIMIT 2", "vue", "graphique"); !strings.Contains(page, "Il faut une colonne qui nomme") {
		t.Error("a chart that cannot be does not say why")
	}
	if status, page := open("sql", "SELECT * FROM etablissements WHERE"); status != 400 || !strings.Contains(page, "n’est pas finie") || !strings.Contains(page, "SELECT * FROM etablissements WHERE") {
		t.Errorf("an error: %d", status)
	}
	if status, page := open("sql", "SELECT '<script>alert(1)</script>' AS \"<b>\""); status != 200 || strings.Contains(page, "<script>alert") && !strings.Contains(page, "&lt;script") {
		_, raw := h.get(PathConsole + "?" + url.Values{"sql": {"SELECT '<script>alert(1)</script>' AS \"<b>\""}}.Encode())
		if strings.Contains(raw, "<script>alert") {
			t.Error("what was typed became markup")
		}
	}
	if _, page := open("jeu", "resultats-examens"); !strings.Contains(page, "Établissements scolaires, par «\u00a0uai\u00a0»") {
		t.Error("the help does not say what a dataset goes together with")
	}
}
