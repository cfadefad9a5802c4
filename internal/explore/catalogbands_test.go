package explore

import (
	"fmt"
	"testing"
	"time"

	"socle/internal/query"
)

func TestTheCatalogueKnowsTheFunctionsOfTheLanguage(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	row := &catalogRow{values: map[string]any{"title": "Lycées d’une région", "modified": time.Date(2024, 12, 31, 23, 30, 5, 0, time.UTC), "records_count": int64(12),
		"theme": []string{"École", "Vie"}}}
	e := &evaluator{ctx: t.Context(), zone: paris}
	for expression, want := range map[string]string{
		`date_format(modified, "EEEE d MMMM yyyy 'à' HH:mm")`:                     "mercredi 1 janvier 2025 à 00:30",
		`date_format(modified, "E MMM yy xxxx xx w ww e D DDD M MM dd H m s ss")`: "mer. janv. 25 2025 25 1 01 3 1 001 1 01 01 0 30 5 05",
		`date_format(license, "yyyy")`:                                            "refused",
		`range(records_count, *, 10, 50)`:                                         "[10, 50[",
		`range(records_count, 50, *)`:                                             "<nil>",
		`range(records_count, 5)`:                                                 "[10, 15[",
		`range(records_count, 0.5)`:                                               "[12, 12.5[",
		`range(modified, *, date'2025', *)`:                                       "[2025-01-01T00:00:00+01:00, *[",
		`range(modified, 1 year)`:                                                 "2025-01-01T00:00:00+01:00",
		`range(modified, 1 quarter)`:                                              "2025-01-01T00:00:00+01:00",
		`range(modified, 1 month)`:                                                "2025-01-01T00:00:00+01:00",
		`range(modified, 1 week)`:                                                 "2024-12-30T00:00:00+01:00",
		`range(modified, 1 day)`:                                                  "2025-01-01T00:00:00+01:00",
		`range(modified, 10 days)`:                                                "2024-12-23T00:00:00+01:00",
		`range(modified, 1 hour)`:                                                 "2025-01-01T00:00:00+01:00",
		`range(modified, 15 minutes)`:                                             "2025-01-01T00:30:00+01:00",
		`year(modified)`:                                                          "2025",
		`length(title)`:                                                           "19",
		`lower(title)`:                                                            "lycées d’une région",
		`ifnull(license, "aucune")`:                                               "aucune",
		`records_count / 0`:                                                       "<nil>",
	} {
		selected, err := bindCatalog(query.Request{Select: expression, Timezone: "Europe/Paris", Limit: 10})
		got := "refused"
		if err == nil {
			column := selected.plan.Columns[0]
			got = fmt.Sprint(e.output(e.value(column.Expr, row), column.Type()))
		}
		if got != want || e.err != nil {
			t.Errorf("%s: %s, want %s (%v, %v)", expression, got, want, err, e.err)
		}
	}
	for condition, want := range map[string]bool{
		`search(title, "lyces regio")`: true, `search(title, "lices reg")`: false, `search(title, "lice lyc")`: false, `search(title, "regoin lyc")`: true,
		`suggest(title, "reg")`: true, `suggest(title, "egion")`: false, `startswith(title, "Lyc")`: true, `startswith(title, "lyc")`: false,
		`title like "*région"`: true, `title like "lycees"`: true, `"École" in theme`: true, `theme = "Vie"`: true, `not license = "x"`: true,
		`modified in [date'2025'..date'2026'[`: true, `records_count in ]12..20]`: false, `license is null and records_count > 11.5`: true,
	} {
		selected, err := bindCatalog(query.Request{Where: []string{condition}, Timezone: "Europe/Paris", Limit: 10})
		if err != nil {
			t.Errorf("%s: %v", condition, err)
		} else if got := e.holds(selected.plan.Where, row); got != want || e.err != nil {
			t.Errorf("%s: %t, want %t (%v)", condition, got, want, e.err)
		}
	}
	if a, b := random("uid", int64(1)), random("uid", int64(2)); a == b || a != random("uid", int64(1)) || a < 0 || a >= 1 {
		t.Errorf("random gives %v and %v", a, b)
	}
}
