package query

import "testing"

func TestAUsageIsSaidInEachLanguage(t *testing.T) {
	for usage, want := range map[string]string{
		"geo_cluster(position, 8) ou geo_cluster(position, 8, 40)": "geo_cluster(position, 8) or geo_cluster(position, 8, 40)",
		`json_format(texte) ou json_format(texte, "sinon")`:        `json_format(text) or json_format(text, "otherwise")`,
		facetUsage:              `facet(name="field", disjunctive=true, sort="-count", limit=20)`,
		"ifnull(champ, valeur)": "ifnull(field, value)",
	} {
		if got := usageIn(usage); got.FR != usage || got.EN != want {
			t.Errorf("%+v, want %q", got, want)
		}
	}
}
