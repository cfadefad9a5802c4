package explore

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"socle/internal/asset"
	"socle/internal/schema"
)

// The differential test of the query language: each line of the tables in odsql_where_test.go, odsql_select_test.go and
// odsql_group_test.go is a question to the API and, written by hand, the SQL that DuckDB answers it with on the same
// file. Names of columns, values, order and number of rows must be the same.

// trialFields are the fields of the invented dataset "essai": each type, and names that need back-quotes.
var trialFields = []schema.Field{
	{Name: "id", Label: "id", Type: schema.Integer}, {Name: "uai", Label: "uai", Type: schema.Text}, {Name: "nom", Label: "nom", Type: schema.Text},
	{Name: "commune", Label: "commune", Type: schema.Text}, {Name: "secteur", Label: "secteur", Type: schema.Text}, {Name: "effectif", Label: "effectif", Type: schema.Integer},
	{Name: "ips", Label: "ips", Type: schema.Decimal}, {Name: "budget", Label: "budget", Type: schema.Decimal, Scale: 2}, {Name: "ouvert", Label: "ouvert", Type: schema.Boolean, Format: "oui/non"},
	{Name: "jour", Label: "jour", Type: schema.Date}, {Name: "maj", Label: "maj", Type: schema.Datetime}, {Name: "pos", Label: "pos", Type: schema.Point, Format: "lat,lon"},
	{Name: "langues", Label: "langues", Type: schema.JSON}, {Name: "notes", Label: "notes", Type: schema.JSON}, {Name: "forme", Label: "forme", Type: schema.Geometry},
	{Name: "ouest", Label: "ouest", Type: schema.Decimal}, {Name: "sud", Label: "sud", Type: schema.Decimal}, {Name: "est", Label: "est", Type: schema.Decimal},
	{Name: "nord", Label: "nord", Type: schema.Decimal}, {Name: "chemin", Label: "chemin", Type: schema.Text}, {Name: "brut", Label: "brut", Type: schema.Text},
	{Name: "code", Label: "code", Type: schema.Text}, {Name: "select", Label: "select", Type: schema.Text}, {Name: "2024", Label: "2024", Type: schema.Integer},
	{Name: "pop_2020", Label: "pop_2020", Type: schema.Integer}, {Name: "pop_2021", Label: "pop_2021", Type: schema.Integer},
}

// trialRows writes n rows as CSV: with empty cells, accents, ties, instants around the changes of hour, lists, points
// and rectangles. The same seed gives the same rows.
func trialRows(n int) string {
	random := rand.New(rand.NewPCG(20, 26))
	pick := func(values ...string) string { return values[random.IntN(len(values))] }
	or := func(share float64, value string) string {
		if random.Float64() < share {
			return ""
		}
		return value
	}
	instants := []string{"2025-03-30T00:30:00Z", "2025-03-30T00:59:59Z", "2025-03-30T01:00:00Z", "2025-10-26T00:30:00Z", "2025-10-26T01:30:00Z",
		"2024-12-31T22:59:59.999Z", "2024-12-31T23:30:00Z", "2025-06-30T22:00:00Z"}
	days := []string{"2024-12-29", "2024-12-30", "2024-12-31", "2025-01-01", "2027-01-03", "2024-02-29", "2025-08-31", "2025-09-01"}
	quoted := func(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
	var b strings.Builder
	for i := range n {
		instant := instants[random.IntN(len(instants))]
		if i%2 == 0 {
			instant = time.Date(2023, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(random.Int64N(3*365*86400)) * time.Second).Format(time.RFC3339)
		}
		day := days[random.IntN(len(days))]
		if i%3 == 0 {
			day = time.Date(2023, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, random.IntN(1100)).Format(time.DateOnly)
		}
		langues := []string{"anglais", "espagnol", "breton", "basque", "occitan"}
		random.Shuffle(len(langues), func(i, j int) { langues[i], langues[j] = langues[j], langues[i] })
		list, _ := json.Marshal(langues[:random.IntN(4)])
		lat, lon := 48+random.IntN(1000), 2000+random.IntN(900)
		west, south := float64(random.IntN(100))/10, 40+float64(random.IntN(100))/10
		east, north := west+float64(1+random.IntN(20))/10, south+float64(1+random.IntN(20))/10
		shape := fmt.Sprintf(`{"type":"Polygon","coordinates":[[[%[1]v,%[2]v],[%[3]v,%[2]v],[%[3]v,%[4]v],[%[1]v,%[4]v],[%[1]v,%[2]v]]]}`, west, south, east, north)
		corner := []string{fmt.Sprint(west), fmt.Sprint(south), fmt.Sprint(east), fmt.Sprint(north)}
		if i%11 == 0 {
			shape, corner = "", []string{"", "", "", ""}
		}
		cells := []string{
			strconv.Itoa(i), or(0, fmt.Sprintf("%s%04d%s", pick("075", "035", "069", "2A0"), random.IntN(300), pick("A", "B", "C", "d"))),
			or(0.1, quoted(pick("Lycée", "Collège", "École", "lycée", "LYCEE")+" "+pick("Victor Hugo", "Simone-Veil", "de l’Œuvre", "d'Étang", "Victor-Hugo (annexe)", "Jean Moulin"))),
			or(0.05, pick("Paris", "Besançon", "Saint-Étienne", "Lyon", "Nîmes", "PARIS", "L'Haÿ-les-Roses", "Le Mans")),
			or(0.15, pick("Public", "Privé")), or(0.1, strconv.Itoa(random.IntN(120))), or(0.12, strconv.FormatFloat(float64(random.IntN(200))/8+80, 'f', -1, 64)),
			or(0.2, fmt.Sprintf("%d.%02d", random.IntN(90000), random.IntN(100))), or(0.2, pick("oui", "non")), or(0.1, day), or(0.1, instant),
			or(0.15, fmt.Sprintf(`"48.%03d,2.%03d"`, lat-48, lon-2000)), or(0.15, quoted(string(list))), or(0.3, fmt.Sprintf(`"[%d,%d]"`, random.IntN(5), random.IntN(5))),
			quoted(shape), corner[0], corner[1], corner[2], corner[3],
			or(0.1, pick("Europe/France/Paris", "Europe/France/Lyon", "Europe/Italie", "Asie/Japon/Tokyo", "Europe", "Afrique/Mali")),
			or(0.1, quoted(pick(`{"a":1,"b":[2]}`, `[1,2]`, `pas du JSON`, `"texte"`, `{`))), or(0.4, fmt.Sprintf("%03d", random.IntN(12))),
			pick("x", "y", "z"), strconv.Itoa(random.IntN(4)), strconv.Itoa(1000 + random.IntN(50)), strconv.Itoa(2000 + random.IntN(50))}
		b.WriteString(strings.ReplaceAll(strings.Join(cells, ";"), `;"";`, ";;") + "\n")
	}
	return b.String()
}

// trial is the dataset behind the real handlers, and a DuckDB of its own that reads the same file.
type trial struct {
	*house
	db *sql.DB
}

// tools are the words of the expected SQL.
var tools = []string{
	`CREATE MACRO fold(x) AS replace(replace(strip_accents(lower(x)), 'œ', 'oe'), 'æ', 'ae')`,
	`CREATE MACRO words(x) AS list_filter(string_split_regex(fold(x), '[^\p{L}\p{N}]+'), lambda w: w <> '')`,
	`CREATE MACRO has(x, w) AS list_contains(words(x), w)`,
	`CREATE MACRO begins(x, w) AS len(list_filter(words(x), lambda v: starts_with(v, w))) > 0`,
	`CREATE MACRO near(x, w, slips) AS len(list_filter(words(x), lambda v: levenshtein(v, w) <= slips)) > 0`,
	`CREATE MACRO metres(p, lon, lat) AS 2 * 6371008.8 * asin(sqrt(sin(radians(p.lat - lat) / 2) ** 2 + cos(radians(lat)) * cos(radians(p.lat)) * sin(radians(p.lon - lon) / 2) ** 2))`,
	`CREATE MACRO paris(x) AS timezone('Europe/Paris', x)`,
	`CREATE MACRO items(x) AS from_json(x, '["VARCHAR"]')`,
	`CREATE MACRO fr(d) AS ['lundi','mardi','mercredi','jeudi','vendredi','samedi','dimanche'][isodow(d)]`,
	`CREATE MACRO mois(d) AS ['janvier','février','mars','avril','mai','juin','juillet','août','septembre','octobre','novembre','décembre'][month(d)]`,
}

func newTrial(t *testing.T) *trial {
	t.Helper()
	return newTrialIn(t, build(t))
}

// newTrialIn publishes the dataset in a house.
func newTrialIn(t *testing.T, h *house) *trial {
	t.Helper()
	d := h.describe(asset.Dataset{Asset: asset.Asset{ID: "essai"}, Title: "Essai"})
	v := h.publish(d, trialFields, trialRows(1200))
	_, paths, release, err := h.lake.Local(h.admin, d.UID, v.Number)
	h.must(err)
	t.Cleanup(release)
	db, err := sql.Open("duckdb", "")
	h.must(err)
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1)
	for _, statement := range append(tools, "SET TimeZone = 'UTC'", "CREATE VIEW t AS SELECT * EXCLUDE _row, file_row_number AS rn FROM read_parquet(['"+strings.Join(paths, "','")+"'])") {
		if _, err := db.Exec(statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	return &trial{h, db}
}

// table is an answer: the names of its columns and its rows, as texts that compare.
type answered struct {
	names []string
	rows  []string
	total int // -1 when the answer does not say
}

// expected runs the SQL. Instants are shown as the clocks of zone show them.
func (x *trial) expected(statement string, zone *time.Location) answered {
	x.t.Helper()
	rows, err := x.db.QueryContext(x.t.Context(), statement)
	if err != nil {
		x.t.Fatalf("the expected SQL is wrong: %s: %v", statement, err)
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	x.must(err)
	out := answered{total: -1}
	for _, c := range types {
		out.names = append(out.names, c.Name())
	}
	for rows.Next() {
		values, targets := make([]any, len(types)), make([]any, len(types))
		for i := range values {
			targets[i] = &values[i]
		}
		x.must(rows.Scan(targets...))
		cells := make([]string, len(values))
		for i, v := range values {
			if moment, ok := v.(time.Time); ok {
				v = moment.Format(time.DateOnly)
				if types[i].DatabaseTypeName() != "DATE" {
					v = moment.In(zone).Format("2006-01-02T15:04:05.999999-07:00")
				}
			}
			cells[i] = plain(v)
		}
		out.rows = append(out.rows, strings.Join(cells, " | "))
	}
	x.must(rows.Err())
	return out
}

// plain writes a value so that equal values are equal texts: numbers to ten digits, JSON without spaces.
func plain(v any) string {
	switch v := v.(type) {
	case nil:
		return "∅"
	case string:
		var inner any
		if (strings.HasPrefix(v, "{") || strings.HasPrefix(v, "[")) && json.Unmarshal([]byte(v), &inner) == nil {
			return plain(inner)
		}
		return v
	case json.Number:
		f, err := v.Float64()
		if err != nil {
			return v.String()
		}
		return plain(f)
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1e15 {
			return strconv.FormatInt(int64(v), 10)
		}
		return strconv.FormatFloat(v, 'g', 10, 64)
	case int64, int32, int16, int8, bool, int:
		return fmt.Sprint(v)
	case []any:
		parts := make([]string, len(v))
		for i, item := range v {
			parts[i] = plain(item)
		}
		return "[" + strings.Join(parts, ",") + "]"
	case map[string]any:
		if v["type"] == "Feature" {
			return plain(v["geometry"])
		}
		var parts []string
		for key, item := range v {
			parts = append(parts, key+":"+plain(item))
		}
		slices.Sort(parts)
		return "{" + strings.Join(parts, ",") + "}"
	}
	return fmt.Sprint(v)
}

// answer asks the API; the parameters are written as in an address, with spaces and signs as they are.
func (x *trial) answer(params string) (answered, string) {
	x.t.Helper()
	answer, body := x.get(Prefix + "/catalog/datasets/essai/records?" + asTyped(params))
	if answer.StatusCode != http.StatusOK {
		return answered{}, body
	}
	var page struct {
		Total   *int              `json:"total_count"`
		Results []json.RawMessage `json:"results"`
	}
	x.must(json.Unmarshal([]byte(body), &page))
	out := answered{total: -1}
	if page.Total != nil {
		out.total = *page.Total
	}
	for i, row := range page.Results {
		names, cells := members1(x.t, row)
		if i == 0 {
			out.names = names
		}
		out.rows = append(out.rows, strings.Join(cells, " | "))
	}
	return out, ""
}

// members1 reads the members of a JSON object in their order.
func members1(t testing.TB, object []byte) (names, cells []string) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(object))
	d.UseNumber()
	if _, err := d.Token(); err != nil {
		t.Fatal(err)
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		var value any
		if err := d.Decode(&value); err != nil {
			t.Fatal(err)
		}
		names, cells = append(names, name.(string)), append(cells, plain(value))
	}
	return names, cells
}

// asTyped encodes parameters written plainly: "where=a = 1&limit=2". An "&" between two spaces stays in its value.
func asTyped(params string) string {
	var parts []string
	for _, part := range strings.Split(params, "&") {
		name, value, _ := strings.Cut(part, "=")
		parts = append(parts, name+"="+url.QueryEscape(value))
	}
	return strings.Join(parts, "&")
}

// check asks one question both ways. Without a limit in the question, the first page is compared row by row and the
// total by its number.
func (x *trial) check(params, statement string) {
	x.t.Helper()
	if !strings.Contains(params, "limit=") {
		params += "&limit=-1"
	}
	zone := time.UTC
	for _, part := range strings.Split(params, "&") {
		if name, found := strings.CutPrefix(part, "timezone="); found {
			var err error
			zone, err = time.LoadLocation(name)
			x.must(err)
		}
	}
	want := x.expected(statement, zone)
	got, refusal := x.answer(params)
	if refusal != "" {
		x.t.Errorf("%s\nis refused: %s", params, refusal)
		return
	}
	if got.total >= 0 && strings.Contains(params, "limit=-1") && !strings.Contains(params, "offset=") {
		if got.total != len(want.rows) {
			x.t.Errorf("%s\n%s\ncounts %d rows, want %d", params, statement, got.total, len(want.rows))
		}
		want.rows = want.rows[:min(len(want.rows), maxLimit)]
	}
	if len(want.rows) > 0 && len(got.rows) > 0 && !slices.Equal(got.names, want.names) {
		x.t.Errorf("%s\nnames its columns %q, want %q", params, got.names, want.names)
	}
	for i := range max(len(got.rows), len(want.rows)) {
		a, b := "(nothing)", "(nothing)"
		if i < len(got.rows) {
			a = got.rows[i]
		}
		if i < len(want.rows) {
			b = want.rows[i]
		}
		if a != b {
			x.t.Errorf("%s\n%s\nrow %d of %d is %s\nwant, of %d,  %s", params, statement, i, len(got.rows), a, len(want.rows), b)
			return
		}
	}
}
