package explore

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

const noPosition = -1

// What the API refuses: the parameters, the code, the position of the fault in its parameter, and what the message in
// French must say.
var trialRefusals = []struct {
	params, code string
	position     int
	says         string
}{
	{`limit=101`, codeParameter, noPosition, "limit"},
	{`limit=100&offset=9950`, codeParameter, noPosition, "offset"},
	{`group_by=commune&limit=20001`, codeParameter, noPosition, "limit"},
	{`lang=xx`, codeParameter, noPosition, "lang"},
	{`timezone=Mars/Phobos`, codeParameter, noPosition, "fuseau"},
	{`select=foo(`, "ODSQLSyntaxError", 4, "s’arrête trop tôt"},
	{`select=foo(id)`, "ODSQLError", 0, "n’existe pas"},
	{`select=lenght(nom)`, "ODSQLError", 0, "length"},
	{`where=efectif > 3`, "ODSQLError", 0, "effectif"},
	{`where=effectif > `, "ODSQLSyntaxError", 11, "on attendait un champ"},
	{`where=(effectif > 3`, "ODSQLSyntaxError", 13, "« ) »"},
	{`where=effectif > 3)`, "ODSQLSyntaxError", 12, "inattendu"},
	{`where=effectif >> 3`, "ODSQLSyntaxError", 10, "inattendu"},
	{`where=commune = Paris`, "ODSQLError", 10, "n’existe pas"},
	{`where=commune = “Paris”`, "ODSQLSyntaxError", 10, "guillemet droit"},
	{`where=commune = "Paris`, "ODSQLSyntaxError", 10, "n’est pas fermé"},
	{`where=effectif`, "ODSQLError", 0, "il manque une comparaison"},
	{`where=effectif = "beaucoup"`, "ODSQLError", 11, "un nombre entier"},
	{`where=effectif in [1 2]`, "ODSQLSyntaxError", 15, "« .. » ou « to »"},
	{`where=jour = date'2023-02-30'`, "ODSQLError", 7, "n’est pas une date"},
	{`where=jour = date'hier'`, "ODSQLError", 7, "n’est pas une date"},
	{`where=ouvert > 3`, "ODSQLError", 9, "un booléen"},
	{`where=nom + 1 = 2`, "ODSQLError", 0, "n’est pas un nombre"},
	{`where=count(*) > 3`, "ODSQLError", 9, "where"},
	{`where=jour > now(moths=-1)`, "ODSQLError", 11, "months"},
	{`where=within_distance(pos, geom'POINT(2 48)', 5 lieues)`, "ODSQLError", 40, "les unités sont"},
	{`where=within_distance(nom, geom'POINT(2 48)', 5km)`, "ODSQLError", 16, "n’est pas un champ géographique"},
	{`where=within_distance(pos, geom'POINT(200 48)', 5km)`, "ODSQLError", 21, "longitude puis latitude"},
	{`where=within(pos, geom'POLYGON((0 0, 1 1, 1 0, 0 1, 0 0))')`, "ODSQLError", 12, "sans bord qui se croise"},
	{`where=within(pos, geom'CERCLE(0 0)')`, "ODSQLError", 12, "n’est pas une géométrie valable"},
	{`where=in_bbox(pos, 48, 2, 49)`, "ODSQLError", 0, "in_bbox(champ"},
	{`where=search()`, "ODSQLError", 0, "search(champ"},
	{`where=search(effectif, "x")`, "ODSQLError", 7, "champs de texte"},
	{`where=nom like 3`, "ODSQLError", 4, "like compare"},
	{`select=commune, count(*)&group_by=secteur`, "ODSQLError", 0, "group_by"},
	{`select=id, commune as id`, "ODSQLError", 15, "deux colonnes"},
	{`select=avg(nom)`, "ODSQLError", 4, "demande un nombre"},
	{`select=count(distinct *)`, "ODSQLError", 0, "count(distinct champ)"},
	{`select=sum(avg(ips))`, "ODSQLError", 4, "en contenir une autre"},
	{`select=percentile(ips, 101)`, "ODSQLError", 0, "percentile(nombre, 90)"},
	{`select=include(zzz*)`, "ODSQLError", 0, "aucun champ"},
	{`select=date_format(jour, "Q")`, "ODSQLError", 18, "ne désigne rien"},
	{`select=random(1)`, "ODSQLError", 0, "order_by"},
	{`select=geo_cluster(pos, 3)`, "ODSQLError", 0, "group_by"},
	{`select=json_format(effectif)`, "ODSQLError", 12, "texte"},
	{`order_by=commune, avg(ips)&group_by=commune`, "ODSQLError", 9, "précéder"},
	{`order_by=avg(ips)`, "ODSQLError", 0, "group_by"},
	{`order_by=nom up`, "ODSQLSyntaxError", 4, "inattendu"},
	{`order_by=pos`, "ODSQLError", 0, "position"},
	{`group_by=pos`, "ODSQLError", 0, "position"},
	{`group_by=count(*)`, "ODSQLError", 0, "grouper"},
	{`group_by=range(effectif, 50, 10)`, "ODSQLError", 20, "croître"},
	{`group_by=range(jour, 2 months)`, "ODSQLError", 12, "par 1"},
	{`group_by=range(jour, 1 hour)`, "ODSQLError", 12, "sans heure"},
	{`group_by=range(jour, 1 lustre)`, "ODSQLError", 0, "range("},
	{`group_by=geo_cluster(pos, 26)`, "ODSQLError", 0, "de 0 à 25"},
	{`refine=communne:Paris`, "ODSQLError", 0, "commune"},
	{`refine=commune`, "ODSQLError", 0, "il manque"},
	{`refine=jour:2024/13`, "ODSQLError", 5, "n’est pas une date"},
}

func TestWhatMeansNothingIsRefusedWithItsPlace(t *testing.T) { newTrial(t).refusals(t) }

func (x *trial) refusals(t *testing.T) {
	for _, c := range trialRefusals {
		f := x.refused(http.StatusBadRequest, "/catalog/datasets/essai/records?"+asTyped(c.params))
		position := noPosition
		if f.Position != nil {
			position = *f.Position
		}
		said := strings.Contains(strings.ReplaceAll(f.Messages.FR, "\u00a0", " "), c.says)
		if f.ErrorCode != c.code || position != c.position || !said || f.Messages.EN == "" || f.Message != f.Messages.EN {
			t.Errorf("%s\ngot %s at %d: %s / %s", c.params, f.ErrorCode, position, f.Messages.FR, f.Messages.EN)
		}
	}
}

// repeat writes n parts made by a pattern of fmt.Sprintf, with something between them.
func repeat(n int, pattern, between string) string {
	parts := make([]string, n)
	for i := range parts {
		parts[i] = fmt.Sprintf(pattern, i)
	}
	return strings.Join(parts, between)
}

func TestHostileQuestionsAreRefusedOrBounded(t *testing.T) { newTrial(t).hostile(t) }

func (x *trial) hostile(t *testing.T) {
	zigzag := "POLYGON((" + repeat(6000, "%[1]d.5 1", ",") + "))"
	for name, c := range map[string]struct {
		param, value string
		status       int
	}{
		"a list of a hundred thousand values":      {"where", "id in (" + repeat(20_000, "%d", ",") + ")", 400},
		"a list within the limit":                  {"where", "id in (" + repeat(9_000, "%d", ",") + ")", 200},
		"deep brackets":                            {"where", strings.Repeat("(", 5000) + "ouvert" + strings.Repeat(")", 5000), 400},
		"deep negations":                           {"where", strings.Repeat("not ", 5000) + "ouvert", 400},
		"deep functions":                           {"select", strings.Repeat("lower(", 5000) + "nom" + strings.Repeat(")", 5000), 400},
		"a long sum":                               {"where", "effectif" + strings.Repeat("+1", 5000) + " > 1", 400},
		"many conditions":                          {"where", repeat(5000, "effectif = %d", " or "), 400},
		"conditions within the limit":              {"where", repeat(1900, "effectif = %d", " or "), 200},
		"many columns":                             {"select", repeat(5000, "effectif + %d", ","), 400},
		"many groups":                              {"group_by", repeat(200, "range(effectif, %d.5) as g", ","), 400},
		"a pattern that tries everything":          {"where", `nom like "` + strings.Repeat("*e*?", 200) + `z"`, 200},
		"a pattern too long":                       {"where", `nom like "` + strings.Repeat("*e", 5000) + `"`, 400},
		"many words":                               {"where", `"` + repeat(500, "mot%d", " ") + `"`, 400},
		"a word too long":                          {"where", `search(nom, "` + strings.Repeat("e", 20_000) + ` x")`, 400},
		"a geometry of many vertices":              {"where", "within(pos, geom'POLYGON((" + repeat(11_000, "0.%d 1", ",") + "))')", 400},
		"a geometry that lies on itself":           {"where", "within(pos, geom'" + zigzag + "')", 400},
		"a geometry of nested collections":         {"where", "within(pos, geom'" + strings.Repeat("GEOMETRYCOLLECTION(", 5000) + "POINT(1 1)" + strings.Repeat(")", 5000) + "')", 200},
		"a binary geometry that promises too much": {"where", "within(pos, geom'0103000000FFFFFFFFFFFFFFFF')", 400},
		"a number beyond the numbers":              {"where", "effectif = 1e999", 400},
		"an overflow":                              {"select", "effectif * 9223372036854775807 as x", 400},
		"a sum beyond the integers":                {"select", "sum(9000000000000000000 + effectif) as s", 400},
		"a clause of a megabyte":                   {"where", `nom = "` + strings.Repeat("x", 300_000) + `"`, 400},
	} {
		answer, body := x.get(Prefix + "/catalog/datasets/essai/records?" + c.param + "=" + url.QueryEscape(c.value))
		if answer.StatusCode != c.status {
			t.Errorf("%s: status %d, want %d: %.300s", name, answer.StatusCode, c.status, body)
		}
	}
}

func TestOldNamesAreSaidToBeOld(t *testing.T) {
	x := newTrial(t)
	for where, want := range map[string]string{
		`distance(pos, geom'POINT(2 48)', 5km)`:                "DISTANCE_FUNCTION: distance() in where is now called within_distance()",
		`geometry(pos, geom'POINT(2 48)', INTERSECTS)`:         "GEOMETRY_FUNCTION: geometry() is now called intersects()",
		`within_distance(pos, geom'POINT(2 48)', 5km)`:         "",
		`distance(pos, geom'POINT(2 48)') < 5000`:              "",
		`not geometry(pos, geom'POINT(2 48)', DISJOINT)`:       "GEOMETRY_FUNCTION: geometry() is now called disjoint()",
		`geometry(forme, geom'POINT(2 48)', within) or ouvert`: "GEOMETRY_FUNCTION: geometry() is now called within()",
	} {
		answer, body := x.get(with("/catalog/datasets/essai/records", "where", where))
		if got := answer.Header.Get("ODS-Explore-API-Deprecation"); answer.StatusCode != http.StatusOK || got != want || (want != "") != (answer.Header.Get("Link") != "") {
			t.Errorf("%s: %d, %q, want %q: %.200s", where, answer.StatusCode, got, want, body)
		}
	}
}

func TestARandomOrderIsTheSameForTheSameSeed(t *testing.T) { newTrial(t).randomOrders(t) }

func (x *trial) randomOrders(t *testing.T) {
	order := func(params string) string {
		got, refusal := x.answer(params)
		if refusal != "" {
			t.Fatalf("%s: %s", params, refusal)
		}
		return strings.Join(got.rows, "\n")
	}
	for _, params := range []string{`select=id&limit=50&order_by=random(%d)`, `select=count(*)&group_by=code&order_by=random(%d)`, `group_by=commune,secteur&order_by=random(%d) desc`} {
		first, again, other := order(fmt.Sprintf(params, 1)), order(fmt.Sprintf(params, 1)), order(fmt.Sprintf(params, 2))
		if first != again || first == other || first == order(strings.TrimSuffix(strings.Split(params, "order_by")[0], "&")) {
			t.Errorf("%s: the order does not follow the seed", params)
		}
	}
}

func TestAnExportHoldsTheTextItselfWhereRowsHoldItsJSON(t *testing.T) { newTrial(t).textsOfJSON(t) }

func (x *trial) textsOfJSON(t *testing.T) {
	for format, want := range map[string]string{"json": `{"j":[1,2]}`, "jsonl": `{"j":"[1,2]"}`, "csv": "\ufeffj\n[1,2]\n"} {
		_, body := x.get(with("/catalog/datasets/essai/exports/"+format, "select", "json_format(brut) as j", "where", `brut = "[1,2]"`, "limit", "1"))
		if got := strings.NewReplacer("\r", "", " ", "").Replace(body); !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", format, got, want)
		}
	}
}
