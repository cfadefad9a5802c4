package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"socle/internal/asset"
	"socle/internal/engine"
	"socle/internal/engine/trinotest"
	"socle/internal/identity"
	"socle/internal/ingest"
	"socle/internal/lake/laketest"
	"socle/internal/query"
	"socle/internal/schema"
	"socle/internal/store/storetest"
)

// manyNodes is a program in its many-node configuration, whose every version is asked of Trino, beside an engine of
// DuckDB alone on the same lake.
type manyNodes struct {
	*App
	duck   *engine.Engine
	beside *App // another node on the same store and bucket, which has no Trino
	schema schema.Schema
	source query.Source
}

const trialRows = 5000

// trialTimeout is patient: three nodes of Trino share a machine with all the rest.
const trialTimeout = 10 * time.Minute

// trialFile has each type of column, with empty cells, accents, ties and instants around the changes of hour.
func trialFile(rows int) string {
	var b strings.Builder
	b.WriteString("id;nom;commune;effectif;ips;budget;public;rentree;maj;position;langues;contour\n")
	names := []string{"École Victor Hugo", "Lycée Simone-Veil", "Collège d'Œuvre", "", "Cité scolaire « L'Étang »", "ECOLE 2 rue\tdu Port", "Lycée Ærø"}
	instants := []string{"2025-03-30T00:59:59Z", "2025-03-30T01:00:00Z", "2025-10-26T00:30:00Z", "2025-10-26T01:30:00Z", "2024-12-31T23:30:00.123456Z", ""}
	for i := range rows {
		row := []string{fmt.Sprint(i), names[i%len(names)], []string{"Rennes", "Nice", "Saint-Denis"}[i%3], fmt.Sprint(i * 7 % 1000), fmt.Sprintf("%d.%d", 60+i%90, i%10),
			fmt.Sprintf("%d.%02d", i*i%100000, i%100), []string{"true", "false", ""}[i%3], fmt.Sprintf("20%02d-%02d-%02d", 18+i%9, 1+i%12, 1+i%28), instants[i%len(instants)],
			fmt.Sprintf("\"48.%d, -1.%d\"", i%100, i*3%100), []string{`"[""anglais"",""breton""]"`, `"[""anglais""]"`, ""}[i%3], trialShape(i)}
		if i%11 == 0 {
			row[3], row[4], row[9], row[11] = "", "", "", ""
		}
		b.WriteString(strings.Join(row, ";") + "\n")
	}
	return b.String()
}

// trialShape is a geometry of GeoJSON in a cell of CSV: lines and areas, here and there one that crosses itself or another kind.
func trialShape(i int) string {
	west, south := -1.5+float64(i%40)/100, 48+float64(i*7%40)/100
	if odd := []string{`{""type"":""Polygon"",""coordinates"":[[[%[1]g,%[2]g],[%[3]g,%[4]g],[%[3]g,%[2]g],[%[1]g,%[4]g],[%[1]g,%[2]g]]]}`,
		`{""type"":""Point"",""coordinates"":[%[1]g,%[2]g]}`, `{""type"":""MultiPoint"",""coordinates"":[[%[1]g,%[2]g],[%[3]g,%[4]g]]}`,
		`{""type"":""MultiPolygon"",""coordinates"":[[[[%[1]g,%[2]g],[%[3]g,%[2]g],[%[3]g,%[4]g],[%[1]g,%[2]g]]],[[[%[1]g,%[2]g],[%[3]g,%[2]g],[%[3]g,%[4]g],[%[1]g,%[2]g]]]]}`,
		`{""type"":""GeometryCollection"",""geometries"":[{""type"":""Point"",""coordinates"":[%[1]g,%[2]g]},{""type"":""LineString"",""coordinates"":[[%[1]g,%[2]g],[%[3]g,%[4]g]]}]}`}; i%13 < len(odd) {
		return fmt.Sprintf(`"`+odd[i%13]+`"`, west, south, west+0.05, south+0.03)
	}
	if i%2 == 0 {
		return fmt.Sprintf(`"{""type"":""LineString"",""coordinates"":[[%[1]g,%[2]g],[%[3]g,%[4]g]]}"`, west, south, west+0.05, south+0.03)
	}
	return fmt.Sprintf(`"{""type"":""Polygon"",""coordinates"":[[[%[1]g,%[2]g],[%[3]g,%[2]g],[%[3]g,%[4]g],[%[1]g,%[4]g],[%[1]g,%[2]g]]]}"`, west, south, west+0.05, south+0.03)
}

// trialCircle is an area of many corners.
func trialCircle(corners int) string {
	points := make([]string, corners+1)
	for i := range points {
		sin, cos := math.Sincos(2 * math.Pi * float64(i%corners) / float64(corners))
		points[i] = fmt.Sprint(-1.5+0.4*cos, " ", 48.5+0.4*sin)
	}
	return "POLYGON((" + strings.Join(points, ",") + "))"
}

func startManyNodes(t *testing.T) *manyNodes {
	t.Helper()
	dsn, bucket := storetest.DSN(t), laketest.Bucket(t)
	address := trinotest.Cluster(t, dsn, bucket)
	ctx := identity.With(t.Context(), identity.System())
	open := func(trino string) *App {
		a, err := Open(ctx, Config{URL: "https://data.example.org", DataDir: t.TempDir(), DatabaseURL: dsn, Bucket: bucket, Engine: trino, Timeout: trialTimeout, SQLWorker: []string{os.Args[0], engine.SQLWorkerArgument}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := a.Close(); err != nil {
				t.Error(err)
			}
		})
		return a
	}
	a := open(address)
	if err := a.Start(ctx); err != nil {
		t.Fatal(err)
	}
	var result ingest.Result
	var err error
	for version := 1; version <= 2; version++ {
		result, err = a.Ingest.Publish(ctx, "essai.csv", strings.NewReader(trialFile(trialRows*version)), ingest.Request{ID: "essai", Level: asset.Open, ConfirmPersonal: true, Types: map[string]schema.Type{"contour": schema.Geometry}})
		if err != nil {
			t.Fatal(err)
		}
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		late, err := a.Tables.Late(ctx)
		if err == nil && len(late) == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the job did not write the table: %v, %v", late, err)
		}
	}
	duck, err := engine.Open(engine.Options{Allowed: a.Lake.Folders(), Scratch: t.TempDir(), Timeout: trialTimeout}, ingest.Resolver{Lake: a.Lake})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { duck.Close() })
	source := query.Source{Dataset: result.Dataset.UID, Version: result.Version.Number}
	if _, wanted, err := a.findTable(ctx, source); err != nil || !wanted {
		t.Fatalf("the version is not asked of Trino: %v", err)
	}
	return &manyNodes{a, duck, open(""), result.Version.Schema, source}
}

func (m *manyNodes) bind(t *testing.T, r query.Request) *query.Plan {
	t.Helper()
	plan, err := query.Bind(m.source, m.schema, r, query.Options{Now: time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatalf("%+v: %v", r, err)
	}
	return plan
}

// answer reads a plan whole: values, with doubles as they are, identifiers and cursors.
func answer(ctx context.Context, e *engine.Engine, plan *query.Plan) (rows [][]any, err error) {
	answered, err := e.Query(ctx, plan)
	if err != nil {
		return nil, err
	}
	defer answered.Close()
	for answered.Next() {
		row := slices.Clone(answered.Values())
		if plan.Position {
			row = append(row, int64(answered.ID()), answered.Cursor().String())
		}
		rows = append(rows, row)
	}
	return rows, answered.Err()
}

// sameValue allows doubles, which are added in another order, their last digits.
func sameValue(a, b any) bool {
	x, isX := a.(float64)
	y, isY := b.(float64)
	if isX && isY {
		return x == y || math.Abs(x-y) <= 1e-9*math.Max(math.Abs(x), math.Abs(y)) || math.IsNaN(x) && math.IsNaN(y)
	}
	return fmt.Sprintf("%T %v", a, a) == fmt.Sprintf("%T %v", b, b)
}

func sameRows(a, b [][]any) bool {
	return slices.EqualFunc(a, b, func(x, y []any) bool { return slices.EqualFunc(x, y, sameValue) })
}

// trialQuestions are the constructs of the language.
var trialQuestions = []query.Request{
	{}, {Limit: 20, Offset: 4000}, {Select: "id, nom, maj", OrderBy: "nom desc, maj"}, {OrderBy: "effectif"}, {OrderBy: "ips desc", Limit: 50}, {OrderBy: "budget desc", Limit: 50},
	{OrderBy: "public, rentree desc", Limit: 100}, {OrderBy: "maj desc", Limit: 100}, {Select: "id, position", Where: []string{"position is not null"}, Limit: 30},
	{Select: "effectif + 1 as a, effectif - ips as b, effectif * 2 as c, effectif / 0 as d, effectif / 3 as e, -effectif as f, ips * 1.5 as g"},
	{Select: "length(nom) as n, lower(nom) as l, upper(nom) as u, ifnull(nom, 'rien') as i, ifnull(effectif, 0) as z"},
	{Select: "year(rentree) as y, quarter(rentree) as q, month(rentree) as m, day(rentree) as d, dayofweek(rentree) as w"},
	{Select: "year(maj) as y, month(maj) as m, day(maj) as d, hour(maj) as h, minute(maj) as i, second(maj) as s, millisecond(maj) as l", Timezone: "Europe/Paris"},
	{Select: "hour(maj) as h", Timezone: "Indian/Reunion"}, {Select: "id", OrderBy: "random(7)", Limit: 100},
	{Select: `date_format(maj, "yyyy yy xxxx xx ww w e E EEEE D DDD M MM MMM MMMM d dd H HH m mm s ss") as f`, Timezone: "Europe/Paris"},
	{Select: `date_format(rentree, "EEEE d MMMM yyyy 'le' e") as f`, Lang: "fr"}, {Select: `date_format(rentree, "EEE d MMM") as f`, Lang: "en"},
	{Select: "distance(position, geom'POINT(-1.5 48.2)') as d, id", OrderBy: "distance(position, geom'POINT(-1.5 48.2)')", Limit: 40},
	{Where: []string{"effectif > 500 and ips <= 100 or not public"}}, {Where: []string{"effectif in [100..200["}}, {Where: []string{"effectif in ]100..200]"}}, {Where: []string{"commune in ('Rennes', 'Nice')"}},
	{Where: []string{"effectif in (7, 14, 21)"}}, {Where: []string{"nom is null"}}, {Where: []string{"public is true"}}, {Where: []string{"public is false"}}, {Where: []string{"not (public is true)"}}, {Where: []string{"not (effectif > 10)"}},
	{Where: []string{"rentree >= date'2024-06-01'"}}, {Where: []string{"maj < date'2025-03-30T01:00:00Z'"}}, {Where: []string{"maj in [date'2025-01-01'..date'2025-12-31']"}}, {Where: []string{"maj > now(years=-2)"}}, {Where: []string{"budget > 500.5"}},
	{Where: []string{`nom like "ecole"`}}, {Where: []string{`nom like "*cole*"`}}, {Where: []string{`nom like "É?ole%"`}}, {Where: []string{`nom like "oeuvre"`}},
	{Where: []string{`search("lycee sim")`}}, {Where: []string{`search(nom, "ecloe vic")`}}, {Where: []string{`search(nom, "scolair etan")`}}, {Where: []string{`suggest(nom, "vic hu")`}}, {Where: []string{`startswith(nom, "Lyc")`}}, {Where: []string{`"rennes"`}},
	{Where: []string{`search(nom, "cloe vi")`}}, {Where: []string{`search(nom, "simoen ve")`}}, {Where: []string{`search(nom, "collgee d")`}}, {Where: []string{`"breton" in langues`}}, {Where: []string{`langues = "anglais"`}},
	{Where: []string{"within_distance(position, geom'POINT(-1.5 48.2)', 10km)"}}, {Where: []string{"in_bbox(position, 48.1, -1.5, 48.4, -1.2)"}},
	{Where: []string{"within(position, geom'POLYGON((-1.6 48.1, -1.2 48.1, -1.2 48.5, -1.6 48.5, -1.6 48.1))')"}},
	{Where: []string{"intersects(position, geom'POLYGON((-1.6 48.1, -1.2 48.1, -1.2 48.5, -1.6 48.5, -1.6 48.1))')"}}, {Where: []string{"disjoint(position, geom'POLYGON((-1.6 48.1, -1.2 48.1, -1.2 48.5, -1.6 48.5, -1.6 48.1))')"}},
	{Where: []string{"within(position, geom'POLYGON((-1.9 48.1, -1.1 48.9, -1.1 48.1, -1.9 48.1))')"}}, {Where: []string{"intersects(position, geom'POLYGON((-1.9 48.1, -1.1 48.9, -1.1 48.1, -1.9 48.1))')"}},
	{Where: []string{"disjoint(position, geom'POLYGON((-1.87 48.13, -1.13 48.87, -1.5 48.99, -1.87 48.13),(-1.5 48.6, -1.4 48.8, -1.45 48.85, -1.5 48.6))')"}},
	{Where: []string{"within(position, geom'MULTIPOLYGON(((-1.9 48.1, -1.8 48.15, -1.8 48.2, -1.9 48.1)),((-1.5 48.5, -1.3 48.5, -1.33 48.77, -1.5 48.5)))')"}},
	{Where: []string{"intersects(position, geom'POINT(-1.5 48.5)')"}}, {Where: []string{"within(position, geom'POINT(-1.5 48.5)')"}}, {Where: []string{"disjoint(position, geom'POINT(-1.5 48.5)')"}},
	{Where: []string{"intersects(position, geom'MULTIPOINT(-1.5 48.5, -1.2 48.4)')"}}, {Where: []string{"intersects(position, geom'LINESTRING(-1.9 48.1, -1.1 48.9)')"}}, {Where: []string{"disjoint(position, geom'LINESTRING(-1.9 48.1, -1.1 48.9)')"}},
	{Where: []string{"within(position, geom'GEOMETRYCOLLECTION(POLYGON((-1.6 48.1, -1.2 48.1, -1.2 48.5, -1.6 48.1)),POINT(-1.9 48.7))')"}},
	{Where: []string{"intersects(position, geom'" + trialCircle(1500) + "')"}}, {Where: []string{"within(position, geom'" + trialCircle(5000) + "')"}},
	{Where: []string{"in_bbox(contour, 48.1, -1.5, 48.4, -1.2)"}}, {Select: "id, contour", OrderBy: "id desc", Limit: 20}, {Select: "bbox(contour) as b, bbox(position) as p, count(contour) as n", GroupBy: "commune"},
	{Where: []string{"intersects(contour, geom'POLYGON((-1.6 48.1, -1.2 48.1, -1.2 48.5, -1.6 48.5, -1.6 48.1))')"}}, {Where: []string{"within(contour, geom'POLYGON((-1.6 48.1, -1.2 48.1, -1.2 48.5, -1.6 48.5, -1.6 48.1))')"}},
	{Where: []string{"disjoint(contour, geom'POLYGON((-1.6 48.1, -1.2 48.1, -1.2 48.5, -1.6 48.5, -1.6 48.1))')"}}, {Where: []string{"within_distance(contour, geom'POINT(-1.5 48.2)', 5km)"}},
	{Select: "id, distance(contour, geom'POINT(-1.5 48.2)') as d", OrderBy: "d, id", Limit: 30}, {Select: "envelope(position) as e", GroupBy: "commune"}, {Select: "length(nom) * effectif as p, json_format(nom) as j", Limit: 40},
	{Refine: []string{"commune:Nice"}}, {Refine: []string{"rentree:2024"}}, {Refine: []string{"rentree:2024/05"}}, {Exclude: []string{"commune:Nice"}}, {Refine: []string{"langues:breton"}}, {Refine: []string{"public:true"}},
	{Select: "count(*) as n, sum(effectif) as s, avg(effectif) as a, min(effectif) as i, max(effectif) as x, median(effectif) as m, percentile(ips, 90) as p, count(distinct nom) as d, count(nom) as c"},
	{Select: "count(*) as n, sum(budget) as s, min(maj) as i, max(maj) as x, min(rentree) as r, max(nom) as t, avg(ips) as a", GroupBy: "commune"},
	{Select: "count(*) as n, median(ips) as m, percentile(effectif, 10) as p", GroupBy: "commune, public", OrderBy: "n desc"}, {Select: "count(*) as n", GroupBy: "nom", OrderBy: "n desc, nom"},
	{Select: "count(*) as n", GroupBy: "range(effectif, 100)"}, {Select: "count(*) as n", GroupBy: "range(ips, 0.1)", Limit: 50}, {Select: "count(*) as n", GroupBy: "range(effectif, *, 10, 50, 500, *)"},
	{Select: "count(*) as n", GroupBy: "range(maj, 1 month)", Timezone: "Europe/Paris"}, {Select: "count(*) as n", GroupBy: "range(maj, 6 hours)", Timezone: "Europe/Paris"}, {Select: "count(*) as n", GroupBy: "range(rentree, 1 year)"},
	{Select: "count(*) as n", GroupBy: "range(rentree, 1 week)"}, {Select: "count(*) as n", GroupBy: "range(maj, 15 minutes)"}, {Select: "count(*) as n", GroupBy: "range(rentree, 3 days)", Limit: 30}, {Select: "count(*) as n", GroupBy: "year(rentree)"},
	{Select: "count(*) as n", GroupBy: "geo_cluster(position, 10, 40)"}, {Select: "include(i*)", Limit: 3}, {Select: "exclude(nom), commune", Limit: 3}, {Select: "id, nom", Where: []string{"id < 0"}},
	{Select: "count(*) as n", Where: []string{"id < 0"}}, {Select: "id", Limit: 0}, {Select: "*", OrderBy: "commune, id desc", Limit: 10, Offset: 7}, {Select: "count(*) as n", GroupBy: "langues"},
}

func TestTrinoAndDuckDBGiveTheSameAnswers(t *testing.T) {
	m := startManyNodes(t)
	ctx := t.Context()
	t.Run("rows, counts and cursors", func(t *testing.T) {
		same := 0
		var duckTime, trinoTime time.Duration
		for _, r := range trialQuestions {
			if r.Limit == 0 && r.Select != "id" {
				r.Limit = -1
			}
			plan := m.bind(t, r)
			plan.Position = !plan.Grouped
			began := time.Now()
			want, err := answer(ctx, m.duck, plan)
			duckTime += time.Since(began)
			if err != nil {
				t.Errorf("DuckDB: %+v: %v", r, err)
				continue
			}
			began = time.Now()
			got, err := answer(ctx, m.Engine, plan)
			trinoTime += time.Since(began)
			if err != nil {
				t.Errorf("Trino: %+v: %v", r, err)
				continue
			}
			if !sameRows(got, want) {
				t.Errorf("%+v\nTrino  %d rows %.600v\nDuckDB %d rows %.600v", r, len(got), differing(got, want), len(want), differing(want, got))
				continue
			}
			n, err := m.Engine.Count(ctx, plan)
			if all, e := m.duck.Count(ctx, plan); err != nil || e != nil || n != all {
				t.Errorf("%+v: Trino counts %d rows, DuckDB %d: %v %v", r, n, all, err, e)
				continue
			}
			same++
		}
		t.Logf("%d of %d questions with equal answers; DuckDB %v, Trino %v in all", same, len(trialQuestions), duckTime.Round(time.Millisecond), trinoTime.Round(time.Millisecond))
	})
	t.Run("conditions beside hidden rows", func(t *testing.T) {
		seen, err := query.Condition(m.schema, "effectif < 100 and commune = 'Nice'")
		if err != nil {
			t.Fatal(err)
		}
		const wide = "effectif * effectif * 92233720368547 > -1" // too wide a number from 317 on
		for _, r := range []query.Request{{Where: []string{wide}, Limit: -1}, {Where: []string{wide, "ips > 70"}, OrderBy: "effectif, nom", Limit: 20}, {Where: []string{wide}, Select: "count(*) as n", GroupBy: "public", Limit: -1}} {
			plan := m.bind(t, r)
			if _, err := answer(ctx, m.Engine, plan); err == nil {
				t.Errorf("%+v: the condition does not fail on a hidden row", r)
			}
			plan.See(seen)
			want, err := answer(ctx, m.duck, plan)
			got, e := answer(ctx, m.Engine, plan)
			if err != nil || e != nil || len(want) == 0 || !sameRows(got, want) {
				t.Errorf("%+v\nTrino  %.300v %v\nDuckDB %.300v %v", r, got, e, want, err)
			}
		}
	})
	t.Run("what goes through the doors", func(t *testing.T) {
		const data = "/api/explore/v2.1/catalog/datasets/essai"
		for _, path := range []string{"/tiles/essai/tiles.json", "/tiles/essai/0/0/0.mvt", "/tiles/essai/9/253/177.mvt", "/tiles/essai/14/8120/5690.mvt", "/tiles/essai/9/253/177.mvt?where=effectif>500",
			data + "/records?limit=5&order_by=id", data + "/facets?facet=commune&facet=langues&facet=rentree", data + "/exports/geojson?limit=20&order_by=id", data + "/exports/csv?where=id<50",
			data + "/diff?from=1&to=2&limit=5", "/api/v1/sql?" + url.Values{"sql": {"SELECT commune, count(*) AS n, max(effectif) AS m FROM essai GROUP BY 1 ORDER BY 1"}}.Encode(), data + "/records?explain=true&limit=1"} {
			var said [2]string
			for i, node := range []*App{m.App, m.beside} {
				w := httptest.NewRecorder()
				node.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "https://data.example.org"+strings.ReplaceAll(path, " ", "%20"), nil))
				said[i] = fmt.Sprint(w.Code, " ", w.Body.String())
			}
			if said[0] != said[1] || !strings.HasPrefix(said[0], "20") {
				t.Errorf("%s\nTrino  %.500q\nDuckDB %.500q", path, said[0], said[1])
			}
		}
	})
	t.Run("facets", func(t *testing.T) {
		var facets []query.Facet
		for _, f := range m.schema.Fields {
			if f.Type != schema.Point && f.Type != schema.Geometry {
				facets = append(facets, query.Facet{Field: f, Limit: 30})
			}
		}
		for _, r := range []query.Request{{Limit: -1}, {Limit: -1, Refine: []string{"commune:Nice"}}, {Limit: -1, Refine: []string{"rentree:2024"}, Where: []string{"effectif > 10"}}} {
			plan := m.bind(t, r)
			want, err := m.duck.Facets(ctx, plan, facets)
			if err != nil {
				t.Fatal(err)
			}
			got, err := m.Engine.Facets(ctx, plan, facets)
			if err != nil {
				t.Fatal(err)
			}
			for i := range want {
				if fmt.Sprintf("%+v", got[i].Values) != fmt.Sprintf("%+v", want[i].Values) {
					t.Errorf("%s %+v\nTrino  %.600v\nDuckDB %.600v", want[i].Facet.Field.Name, r, got[i].Values, want[i].Values)
				}
			}
		}
	})
	t.Run("files", func(t *testing.T) {
		for _, r := range []query.Request{{Limit: -1}, {Limit: 10, OrderBy: "nom, id desc"}, {Limit: -1, Timezone: "Europe/Paris", Where: []string{"nom is null"}},
			{Limit: -1, Select: "count(*) as n, max(maj) as m", GroupBy: "commune"}, {Limit: -1, Select: "nom"}} {
			plan := m.bind(t, r)
			for _, o := range []engine.CopyOptions{{Format: engine.CSV}, {Format: engine.JSON}, {Format: engine.NDJSON}, {Format: engine.CSV, NeutralizeFormulas: true, QuoteAll: true}} {
				var want, got bytes.Buffer
				rows, err := m.duck.Copy(ctx, plan, o, &want)
				if err != nil {
					t.Fatal(err)
				}
				n, err := m.Engine.Copy(ctx, plan, o, &got)
				if err != nil || n != rows || got.String() != want.String() {
					t.Errorf("%s %+v: %d rows, want %d: %v\n got %.500s\nwant %.500s", o.Format, r, n, rows, err, got.String(), want.String())
				}
			}
			var parquet bytes.Buffer
			if n, err := m.Engine.Copy(ctx, plan, engine.CopyOptions{Format: engine.Parquet}, &parquet); err != nil || n == 0 || !bytes.HasPrefix(parquet.Bytes(), []byte("PAR1")) {
				t.Errorf("parquet %+v: %d rows, %d bytes, %v", r, n, parquet.Len(), err)
			}
		}
	})
	t.Run("figures", func(t *testing.T) {
		want, err := m.duck.Statistics(ctx, m.source)
		if err != nil {
			t.Fatal(err)
		}
		got, err := m.Engine.Statistics(ctx, m.source)
		if err != nil {
			t.Fatal(err)
		}
		for i := range want.Columns {
			a, b := got.Columns[i], want.Columns[i]
			if a.Mean != nil && b.Mean != nil && sameValue(*a.Mean, *b.Mean) { // added in another order
				a.Mean = b.Mean
			}
			if x, y := asJSON(t, a), asJSON(t, b); x != y {
				t.Errorf("%s\nTrino  %s\nDuckDB %s", a.Field.Name, x, y)
			}
		}
	})
	t.Run("an old version, and one that was erased", func(t *testing.T) {
		old := *m
		old.source.Version = 1
		plan := old.bind(t, query.Request{Select: "count(*) as n, sum(effectif) as s", Limit: 1})
		want, err := answer(ctx, m.duck, plan)
		got, e := answer(ctx, m.Engine, plan)
		if err != nil || e != nil || !sameRows(got, want) || got[0][0] != int64(trialRows) {
			t.Errorf("version 1: Trino %v, DuckDB %v: %v %v", got, want, e, err)
		}
	})
	t.Run("on a million rows, each warm", func(t *testing.T) {
		result, err := m.Ingest.Publish(identity.With(ctx, identity.System()), "grand.csv", strings.NewReader(trialFile(1_000_000)), ingest.Request{ID: "grand", Level: asset.Open, ConfirmPersonal: true, Types: map[string]schema.Type{"contour": schema.Geometry}})
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Tables.Project(identity.With(ctx, identity.System()), result.Dataset.UID); err != nil {
			t.Fatal(err)
		}
		large := *m
		large.source = query.Source{Dataset: result.Dataset.UID, Version: result.Version.Number}
		for name, r := range map[string]query.Request{
			"groups":   {Select: "count(*) as n, sum(effectif) as s, avg(ips) as a, median(budget) as m", GroupBy: "commune, public", Limit: -1},
			"page":     {Where: []string{"effectif > 500 and commune = 'Nice'"}, OrderBy: "nom, ips desc", Limit: 100},
			"deep":     {Limit: 100, Offset: 900_000},
			"one row":  {Where: []string{"id = 765432"}, Limit: 1},
			"words":    {Select: "count(*) as n", Where: []string{`search(nom, "scolaire etan")`}, Limit: 1},
			"everyone": {Select: "id, nom, maj", Limit: -1},
		} {
			plan := large.bind(t, r)
			var took [2]time.Duration
			var answers [2][][]any
			for i, e := range []*engine.Engine{m.duck, m.Engine} {
				for range 2 {
					began := time.Now()
					if answers[i], err = answer(ctx, e, plan); err != nil {
						t.Fatalf("%s: %v", name, err)
					}
					took[i] = time.Since(began)
				}
			}
			if !sameRows(answers[0], answers[1]) {
				t.Errorf("%s: other answers: DuckDB %.300v Trino %.300v", name, differing(answers[0], answers[1]), differing(answers[1], answers[0]))
			}
			t.Logf("%-8s DuckDB %7v  Trino %7v  %d rows", name, took[0].Round(time.Millisecond), took[1].Round(time.Millisecond), len(answers[0]))
		}
	})
	t.Run("a question that its asker gives up ends at once", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
		defer cancel()
		plan := m.bind(t, query.Request{Select: "id, nom", Where: []string{`search(nom, "scolaire etangg lycee")`}, OrderBy: "random(1), nom", Limit: 100})
		if _, err := answer(ctx, m.Engine, plan); err != nil && ctx.Err() == nil {
			t.Errorf("not the end of the context: %v", err)
		}
	})
}

func asJSON(t *testing.T, value any) string {
	t.Helper()
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// differing are the first rows of a that b does not have at their place.
func differing(a, b [][]any) [][]any {
	var out [][]any
	for i := range a {
		if i >= len(b) || !slices.EqualFunc(a[i], b[i], sameValue) {
			if out = append(out, a[i]); len(out) == 3 {
				break
			}
		}
	}
	return out
}
