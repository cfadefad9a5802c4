package explore

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// Facets: the parameters, and SQL that gives for each value shown, in order, its depth, value, count and state.
var trialFacets = []struct{ params, sql string }{
	{`facet=commune`, `SELECT 0, commune, count(*), 'displayed' FROM t WHERE commune IS NOT NULL GROUP BY 2 ORDER BY 3 DESC, fold(commune), commune`},
	{`facet=facet(name="commune")`, `SELECT 0, commune, count(*), 'displayed' FROM t WHERE commune IS NOT NULL GROUP BY 2 ORDER BY 3 DESC, fold(commune), commune`},
	{`facet=facet(name="commune", sort="alphanum")`, `SELECT 0, commune, count(*), 'displayed' FROM t WHERE commune IS NOT NULL GROUP BY 2 ORDER BY fold(commune), commune`},
	{`facet=facet(name="commune", sort="-alphanum", limit=3)`, `SELECT 0, commune, count(*), 'displayed' FROM t WHERE commune IS NOT NULL GROUP BY 2 ORDER BY fold(commune) DESC, commune DESC LIMIT 3`},
	{`facet=facet(name="code", sort="-count", limit=4)`, `SELECT 0, code, count(*), 'displayed' FROM t WHERE code IS NOT NULL GROUP BY 2 ORDER BY 3 DESC, 2 LIMIT 4`},
	{`facet=facet(name="effectif", sort="num", limit=5)`, `SELECT 0, effectif::VARCHAR, count(*), 'displayed' FROM t WHERE effectif IS NOT NULL GROUP BY effectif ORDER BY effectif LIMIT 5`},
	{`facet=facet(name="effectif", sort="-num", limit=5)`, `SELECT 0, effectif::VARCHAR, count(*), 'displayed' FROM t WHERE effectif IS NOT NULL GROUP BY effectif ORDER BY effectif DESC LIMIT 5`},
	{`facet=ouvert`, `SELECT 0, ouvert::VARCHAR, count(*), 'displayed' FROM t WHERE ouvert IS NOT NULL GROUP BY 2 ORDER BY 3 DESC`},
	{`facet=langues`, `SELECT 0, u, count(*), 'displayed' FROM (SELECT unnest(items(langues)) AS u FROM t) GROUP BY 2 ORDER BY 3 DESC, 2`},
	{`facet=notes`, `SELECT 0, u, count(*), 'displayed' FROM (SELECT unnest(items(notes)) AS u FROM t) GROUP BY 2 ORDER BY 3 DESC, 2`},
	{`facet=commune&where=effectif > 100`, `SELECT 0, commune, count(*), 'displayed' FROM t WHERE commune IS NOT NULL AND effectif > 100 GROUP BY 2 ORDER BY 3 DESC, fold(commune), commune`},
	// A disjunctive facet keeps the counts of its other values; one that is not keeps its refined values only.
	{`facet=commune&refine=commune:Paris`, `SELECT 0, commune, count(*), if(commune = 'Paris', 'refined', 'displayed') FROM t WHERE commune IS NOT NULL GROUP BY 2 ORDER BY 3 DESC, fold(commune), commune`},
	{`facet=facet(name="commune", disjunctive=false)&refine=commune:Paris`, `SELECT 0, 'Paris', count(*), 'refined' FROM t WHERE commune = 'Paris'`},
	{`facet=secteur&refine=commune:Paris&refine=commune:Lyon`, `SELECT 0, secteur, count(*), 'displayed' FROM t WHERE secteur IS NOT NULL AND commune IN ('Paris', 'Lyon') GROUP BY 2 ORDER BY 3 DESC`},
	{`facet=langues&refine=langues:breton`, `SELECT 0, u, count(*), if(u = 'breton', 'refined', 'displayed') FROM (SELECT unnest(items(langues)) AS u FROM t WHERE list_contains(items(langues), 'breton')) GROUP BY 2 ORDER BY 3 DESC, 2`},
	{`facet=facet(name="langues", disjunctive=true, sort="alphanum")&refine=langues:breton`, `SELECT 0, u, count(*), if(u = 'breton', 'refined', 'displayed') FROM (SELECT unnest(items(langues)) AS u FROM t) GROUP BY 2 ORDER BY 2`},
	{`facet=notes&refine=notes:3`, `SELECT 0, u, count(*), if(u = '3', 'refined', 'displayed') FROM (SELECT unnest(items(notes)) AS u FROM t WHERE list_contains(items(notes), '3')) GROUP BY 2 ORDER BY 3 DESC, 2`},
	{`facet=secteur&exclude=secteur:Privé`, `SELECT 0, secteur, count(*), 'displayed' FROM t WHERE secteur = 'Public' GROUP BY 2 UNION ALL SELECT 0, 'Privé', 0, 'excluded'`},
	// Days are years, months in a year that is refined, days in a month that is.
	{`facet=jour`, `SELECT 0, year(jour)::VARCHAR, count(*), 'displayed' FROM t WHERE jour IS NOT NULL GROUP BY 2 ORDER BY 2 DESC`},
	{`facet=facet(name="jour", sort="alphanum")`, `SELECT 0, year(jour)::VARCHAR, count(*), 'displayed' FROM t WHERE jour IS NOT NULL GROUP BY 2 ORDER BY 2`},
	{`facet=facet(name="jour", disjunctive=false)&refine=jour:2024`, `SELECT 0, '2024', count(*), 'refined' FROM t WHERE year(jour) = 2024 UNION ALL (SELECT 1, strftime(jour, '%Y/%m'), count(*), 'displayed' FROM t WHERE year(jour) = 2024 GROUP BY 2 ORDER BY 2 DESC)`},
	{`facet=facet(name="jour", disjunctive=false)&refine=jour:2024/12`, `SELECT 0, '2024', count(*), 'refined' FROM t WHERE year(jour) = 2024 AND month(jour) = 12 UNION ALL SELECT 1, '2024/12', count(*), 'refined' FROM t WHERE year(jour) = 2024 AND month(jour) = 12 UNION ALL (SELECT 2, strftime(jour, '%Y/%m/%d'), count(*), 'displayed' FROM t WHERE year(jour) = 2024 AND month(jour) = 12 GROUP BY 2 ORDER BY 2 DESC)`},
	{`facet=maj&timezone=Europe/Paris`, `SELECT 0, year(paris(maj))::VARCHAR, count(*), 'displayed' FROM t WHERE maj IS NOT NULL GROUP BY 2 ORDER BY 2 DESC`},
	// A text with levels.
	{`facet=facet(name="chemin", hierarchical=true, separator="/")`, `SELECT 0, split_part(chemin, '/', 1), count(*), 'displayed' FROM t WHERE chemin IS NOT NULL GROUP BY 2 ORDER BY 3 DESC`},
	{`facet=facet(name="chemin", hierarchical=true, separator="/", disjunctive=false)&refine=chemin:Europe/France`, `SELECT 0, 'Europe', count(*), 'refined' FROM t WHERE chemin LIKE 'Europe/France/%' UNION ALL SELECT 1, 'Europe/France', count(*), 'refined' FROM t WHERE chemin LIKE 'Europe/France/%' UNION ALL (SELECT 2, chemin, count(*), 'displayed' FROM t WHERE chemin LIKE 'Europe/France/%' GROUP BY 2 ORDER BY 3 DESC, 2)`},
	{`facet=facet(name="chemin", hierarchical=true, separator="/", disjunctive=false)&refine=chemin:Europe`, `SELECT 0, 'Europe', count(*), 'refined' FROM t WHERE chemin LIKE 'Europe%' UNION ALL (SELECT 1, 'Europe/' || split_part(chemin, '/', 2), count(*), 'displayed' FROM t WHERE chemin LIKE 'Europe/%' GROUP BY 2 ORDER BY 3 DESC, 2)`},
	{`facet=chemin`, `SELECT 0, chemin, count(*), 'displayed' FROM t WHERE chemin IS NOT NULL GROUP BY 2 ORDER BY 3 DESC, fold(chemin)`},
}

func TestFacetsAreThoseOfHandWrittenSQL(t *testing.T) { newTrial(t).facets(t) }

func (x *trial) facets(t *testing.T) {
	for _, c := range trialFacets {
		var got []string
		var walk func(depth int, values []any)
		walk = func(depth int, values []any) {
			for _, v := range values {
				value := v.(map[string]any)
				path := value["value"].(string)
				if depth > 0 && !strings.HasSuffix(path, "/"+value["name"].(string)) {
					t.Errorf("%s: the name of %s is %s", c.params, path, value["name"])
				}
				got = append(got, fmt.Sprintf("%d | %s | %v | %s", depth, path, value["count"], value["state"]))
				if inner, open := value["facets"].([]any); open {
					walk(depth+1, inner)
				}
			}
		}
		facets := x.json("/catalog/datasets/essai/facets?" + asTyped(c.params))["facets"].([]any)
		walk(0, facets[0].(map[string]any)["facets"].([]any))
		if want := x.expected(c.sql, time.UTC).rows; !slices.Equal(got, want) {
			t.Errorf("%s\n got %q\nwant %q", c.params, got, want)
		}
	}
	for params, code := range map[string]string{`facet=comune`: "ODSQLError", `facet=facet(commune)`: "ODSQLError", `facet=facet(name="commune", sort="top")`: "ODSQLError",
		`facet=facet(name="commune", limit=0)`: "ODSQLError", `facet=pos`: "ODSQLError", `facet=facet(name="commune"`: "ODSQLSyntaxError", `facet=`: ""} {
		if code == "" {
			x.json("/catalog/datasets/essai/facets?" + params)
		} else if f := x.refused(400, "/catalog/datasets/essai/facets?"+asTyped(params)); f.ErrorCode != code || f.Position == nil || f.Parameter != "facet" {
			t.Errorf("%s: %+v", params, f)
		}
	}
}
