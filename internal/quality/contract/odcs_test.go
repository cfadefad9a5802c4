package contract

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"socle/internal/asset"
	"socle/internal/fault"
	"socle/internal/schema"
)

func bound(x float64) *float64 { return &x }

// full is a contract with a rule of each kind, and parts that Socle only keeps.
func full() (Contract, asset.Dataset, schema.Schema) {
	c := Contract{Name: "Cantines", Version: "1.2.0", Status: "active", Purpose: "Suivre les repas", Usage: "Par école", Limitations: "Sans les maternelles",
		Extra: map[string]any{"domain": "vie-scolaire", "tags": []any{"cantine", "bio"}, "customProperties": []any{map[string]any{"property": "cout", "value": "A"}}},
		Rules: []Rule{
			{ID: "lignes", Kind: Rows, Least: bound(300), Limit: bound(2000)},
			{ID: "volume", Kind: Volume, Limit: bound(12.5), Description: "Une école ne ferme pas tous les jours"},
			{ID: "cle", Kind: Unique, Fields: []string{"uai", "annee"}, Limit: bound(0)},
			{ID: "uai-unique", Kind: Unique, Fields: []string{"uai"}, Limit: bound(0)},
			{ID: "ecoles", Kind: Reference, Fields: []string{"uai"}, Dataset: "annuaire", Field: "uai", Least: bound(98)},
			{ID: "tarifs", Kind: Empty, Fields: []string{"tarif"}, Limit: bound(1.5)},
			{ID: "derive", Kind: Drift, Fields: []string{"tarif"}, Limit: bound(0.25)},
			{ID: "departements", Kind: ByPart, Fields: []string{"departement"}, Limit: bound(20)},
			{ID: "soda", Kind: Other, Fields: []string{"departement"}, Raw: map[string]any{"quality": map[string]any{"type": "custom", "engine": "soda", "implementation": "- schema"}}},
			{ID: "fraicheur", Kind: Freshness, Limit: bound(400)},
			{ID: "conservation", Kind: Other, Raw: map[string]any{"slaProperties": map[string]any{"property": "retention", "value": 3, "unit": "y"}}},
		}}
	d := asset.Dataset{Asset: asset.Asset{UID: "0193a0d2-0000-7000-8000-000000000001", ID: "cantines"}, Title: "Cantines", Key: []string{"uai"}, Fields: map[string]asset.FieldDoc{"tarif": {Label: "Tarif", Description: "En euros"}}}
	fields := schema.Schema{Fields: []schema.Field{{Name: "uai", Label: "UAI", Type: schema.Text}, {Name: "annee", Type: schema.Integer}, {Name: "tarif", Type: schema.Decimal}, {Name: "departement", Type: schema.Text},
		{Name: "position", Type: schema.Point}, {Name: "le", Type: schema.Date}, {Name: "a", Type: schema.Datetime}, {Name: "ouvert", Type: schema.Boolean}}}
	return c, d, fields
}

func TestAContractWrittenAsADocumentIsReadBackTheSame(t *testing.T) {
	c, d, fields := full()
	text, err := Write(c, d, fields)
	if err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "cantines.odcs.yaml")
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(golden, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil || string(want) != string(text) {
		t.Errorf("the document is not that of %s: run with UPDATE=1 and look (%v)\n%s", golden, err, text)
	}
	back, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	byID := func(c Contract) map[string]Rule {
		all := map[string]Rule{}
		for _, r := range c.Rules {
			all[r.ID] = r
		}
		return all
	}
	if got, want := byID(back), byID(c); !reflect.DeepEqual(got, want) {
		t.Errorf("read back: %+v\nwant %+v", got, want)
	}
	if back.Name != c.Name || back.Version != c.Version || back.Status != c.Status || back.Purpose != c.Purpose || back.Usage != c.Usage || back.Limitations != c.Limitations || !reflect.DeepEqual(back.Extra, c.Extra) {
		t.Errorf("read back: %+v", back)
	}
	again, err := Write(back, d, fields)
	if err != nil || string(again) != string(text) {
		t.Errorf("written again, it differs (%v)", err)
	}
}

const head = "apiVersion: v3.1.0\nkind: DataContract\nid: x\nversion: 1.0.0\nstatus: active\n"

func TestWhatIsNotAContractIsRefusedWithItsPlace(t *testing.T) {
	rule := func(text string) string {
		return head + "schema:\n- name: t\n  properties:\n  - name: code\n    quality:\n    - " + strings.ReplaceAll(text, "\n", "\n      ") + "\n"
	}
	for name, tc := range map[string]struct{ text, says string }{
		"not YAML":                  {"a: [", "YAML"},
		"a list":                    {"- a\n", "object"},
		"nothing":                   {"", "object"},
		"no version":                {"apiVersion: v3.0.2\nkind: DataContract\nid: x\n", "version"},
		"an old standard":           {strings.Replace(head, "v3.1.0", "v2.2.2", 1), "line 1, apiVersion"},
		"another kind":              {strings.Replace(head, "DataContract", "DataProduct", 1), "line 2, kind"},
		"a status of nobody":        {strings.Replace(head, "active", "parfait", 1), "line 5, status"},
		"a part of nobody":          {head + "qualite: x\n", "line 6, qualite"},
		"a key twice":               {head + "name: a\nname: b\n", "written twice"},
		"two datasets":              {head + "schema:\n- name: a\n- name: b\n", "one dataset"},
		"a property without a name": {head + "schema:\n- name: t\n  properties:\n  - description: x\n", "schema[0].properties[0].name"},
		"a schema that is no list":  {head + "schema: x\n", "list"},
		"a rule without comparison": {rule("metric: nullValues\nunit: percent"), "comparison is missing"},
		"two comparisons":           {rule("metric: duplicateValues\nmustBe: 0\nmustBeLessThan: 3"), "one comparison"},
		"an unknown metric":         {rule("metric: nulls\nmustBe: 0"), "not a metric"},
		"an unknown type of rule":   {rule("type: magic"), "not a type of rule"},
		"a negative number":         {rule("metric: duplicateValues\nmustBe: -1"), "positive number"},
		"a not-a-number":            {rule("metric: duplicateValues\nmustBe: .nan"), "positive number"},
		"bounds out of order":       {head + "schema:\n- name: t\n  quality:\n  - metric: rowCount\n    mustBeBetween: [9, 1]\n", "smaller number comes first"},
		"a comparison not checked":  {rule("metric: duplicateValues\nmustNotBe: 3"), "not checked here"},
		"an unknown check of Socle": {rule("type: custom\nengine: socle\nimplementation: {check: magic}"), "does not exist"},
		"a drift without a value":   {rule("type: custom\nengine: socle\nimplementation: {check: drift}"), "required"},
		"a drift of everything":     {head + "schema:\n- name: t\n  quality:\n  - type: custom\n    engine: socle\n    implementation: {check: drift, mostPSI: 1}\n", "about a field"},
		"two rules of one id":       {head + "slaProperties:\n- {id: a, property: freshness, value: 1, unit: d}\n- {id: a, property: latency, value: 2, unit: d}\n", "two rules"},
		"an identifier with spaces": {head + "slaProperties:\n- {id: 'a b', property: freshness, value: 1, unit: d}\n", "letters, digits"},
		"a freshness in parsecs":    {head + "slaProperties:\n- {property: freshness, value: 1, unit: pc}\n", "unit is d"},
		"required: maybe":           {head + "schema:\n- name: t\n  properties:\n  - name: code\n    required: maybe\n", "true or false"},
	} {
		_, err := Parse([]byte(tc.text))
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if message := fault.Message(err); !strings.Contains(message.EN, tc.says) || message.FR == "" {
			t.Errorf("%s: %q does not say %q", name, message.EN, tc.says)
		}
	}
}

func TestDocumentsOfOthersAreUnderstood(t *testing.T) {
	for name, tc := range map[string]struct {
		text string
		want []Rule
	}{
		"latency in hours":                   {head + "slaProperties:\n- {property: latency, value: 48, unit: h}\n", []Rule{{ID: "freshness", Kind: Freshness, Limit: bound(2)}}},
		"required and unique of a property":  {head + "schema:\n- name: t\n  properties:\n  - name: code\n    required: true\n", []Rule{{ID: "empty-code", Kind: Empty, Fields: []string{"code"}, Limit: bound(0)}}},
		"a metric by its name of before 3.1": {head + "schema:\n- name: t\n  quality:\n  - rule: rowCount\n    mustBeGreaterThan: 9\n", []Rule{{ID: "rows", Kind: Rows, Least: bound(10)}}},
		"a rule in SQL is kept": {head + "schema:\n- name: t\n  quality:\n  - type: sql\n    query: SELECT 1\n    mustBe: 1\n",
			[]Rule{{ID: "other", Kind: Other, Raw: map[string]any{"quality": map[string]any{"type": "sql", "query": "SELECT 1", "mustBe": 1}}}}},
		"an anchor": {head + "slaProperties:\n- &f {property: freshness, value: 3, unit: d}\nsupport: []\n", []Rule{{ID: "freshness", Kind: Freshness, Limit: bound(3)}}},
		"JSON":      {`{"apiVersion": "v3.0.2", "kind": "DataContract", "id": "x", "version": "1", "slaProperties": [{"property": "freshness", "value": 3, "unit": "d"}]}`, []Rule{{ID: "freshness", Kind: Freshness, Limit: bound(3)}}},
	} {
		c, err := Parse([]byte(tc.text))
		if err != nil || !reflect.DeepEqual(c.Rules, tc.want) {
			t.Errorf("%s: %+v (%v)", name, c.Rules, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	c, d, fields := full()
	text, err := Write(c, d, fields)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(text))
	f.Add(head + "schema: &a [*a]\n")
	f.Add("a: &a [x]\nb: *a\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := Parse([]byte(text))
		if err != nil {
			return
		}
		written, err := Write(c, d, fields)
		if err != nil {
			return // a kept part that YAML cannot write, such as a key that is a list
		}
		back, err := Parse(written)
		if err != nil {
			t.Fatalf("what was written is refused: %v\n%s", err, written)
		}
		if len(back.Rules) < len(c.Rules) {
			t.Fatalf("%d rules written, %d read back\n%s", len(c.Rules), len(back.Rules), written)
		}
	})
}
