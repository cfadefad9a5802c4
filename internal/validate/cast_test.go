package validate

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"socle/internal/fault"
	"socle/internal/schema/frictionless"
)

// verdict says which rules one value of a field breaks; "" for none.
func verdict(t *testing.T, field, value string) string {
	t.Helper()
	var b strings.Builder
	w := csv.NewWriter(&b)
	if err := w.WriteAll([][]string{{"a", "b"}, {value, "x"}}); err != nil {
		t.Fatal(err)
	}
	r := validated(t, `{"fields":[{"name":"a",`+field+`},{"name":"b"}]}`, b.String(), Options{})
	var rules []string
	for _, g := range r.Errors {
		rules = append(rules, g.Rule)
	}
	return strings.Join(rules, " ")
}

func TestValuesAreOfTheirTypeOrNot(t *testing.T) {
	for _, c := range []struct {
		field    string
		yes, not []string
	}{
		{`"type":"integer"`, []string{"0", "-12", "+7", " 3 ", "000", "123456789012345678901234567890"}, []string{"1.0", "1 000", "1e3", "", "-", "x", "1_0", "٣"}},
		{`"type":"integer","groupChar":" ","bareNumber":false`, []string{"1 000", "12 élèves", "n° 7"}, []string{"1.5", "x"}},
		{`"type":"number"`, []string{"1", "-1.5", ".5", "5.", "1e3", "1E-3", "NaN", "inf", "-INF", "1e999999"}, []string{"1,5", "1 000", "e5", "1e", "1e+", "--1", "infinity", "0x1"}},
		{`"type":"number","decimalChar":",","groupChar":" "`, []string{"1 000,5", "2"}, []string{"1.5", "1,5,5"}},
		{`"type":"number","bareNumber":false`, []string{"95%", "€95", "EUR -1.5"}, []string{"x", "1.5.5"}},
		{`"type":"boolean"`, []string{"true", "TRUE", "1", "False", "0"}, []string{"oui", "tRue", " true"}},
		{`"type":"boolean","trueValues":["oui"],"falseValues":["non"]`, []string{"oui", "non"}, []string{"true", "Oui"}},
		{`"type":"date"`, []string{"2024-02-29", "0001-01-01"}, []string{"2023-02-29", "2024-2-29", "29/02/2024", "2024-02-29T00:00:00", "0000-01-01"}},
		{`"type":"date","format":"%d/%m/%Y"`, []string{"29/02/2024", "1/2/2024"}, []string{"2024-02-29", "31/04/2024", "32/01/2024"}},
		{`"type":"date","format":"%d %B %Y"`, []string{"1 March 2024", "1 mars 2024"}, []string{"1 marss 2024"}},
		{`"type":"date","format":"any"`, []string{"2024-02-29", "29/02/2024", "1er mars 2024", "March 1, 2024"}, []string{"bientôt", "31/02/2024"}},
		{`"type":"time"`, []string{"08:30:00", "08:30:00.5", "24:00:00", "08:30:00+02:00"}, []string{"8:30", "08:30", "25:00:00", "08:60:00"}},
		{`"type":"datetime"`, []string{"2024-02-29T08:30:00", "2024-02-29T08:30:00Z", "2024-02-29 08:30:00.123+0200"}, []string{"2024-02-30T08:30:00", "2024-02-29", "2024-02-29T08:30"}},
		{`"type":"datetime","format":"%d/%m/%Y %H:%M"`, []string{"29/02/2024 08:30"}, []string{"29/02/2024", "29/02/2024 24:00"}},
		{`"type":"year"`, []string{"2024", "0001"}, []string{"24", "20240", "2o24", "-001"}},
		{`"type":"yearmonth"`, []string{"2024-12"}, []string{"2024-13", "2024-1", "202412", "2024-00"}},
		{`"type":"duration"`, []string{"P1Y2M3DT4H5M6.7S", "-P1D", "PT1S", "P2W"}, []string{"P", "PT", "1D", "P1H", "P1DT"}},
		{`"type":"geopoint"`, []string{"-1.68, 48.11", "180,90"}, []string{"48.11", "181,0", "0,91", "a,b", "1,2,3"}},
		{`"type":"geopoint","format":"array"`, []string{"[-1.68, 48.11]"}, []string{"-1.68,48.11", "[1]", "[1,2,3]", `["a","b"]`}},
		{`"type":"geopoint","format":"object"`, []string{`{"lon":1,"lat":2}`}, []string{`{"lon":1}`, `{"lon":1,"lat":2,"alt":3}`, "[1,2]"}},
		{`"type":"geojson"`, []string{`{"type":"Point","coordinates":[1,2]}`, `{"type":"Feature","geometry":null,"properties":null}`, `{"type":"FeatureCollection","features":[]}`},
			[]string{`{"type":"Point"}`, `{"type":"Point","coordinates":["a"]}`, `{"type":"Polygon","coordinates":[[[0,0],[1,1]]]}`, "[1,2]", `{"coordinates":[1,2]}`}},
		{`"type":"object"`, []string{"{}", `{"a":[1]}`}, []string{"[]", "{", "1"}},
		{`"type":"array"`, []string{"[]", "[1, {}]"}, []string{"{}", "[1,]", "a"}},
		{`"type":"list"`, []string{"a", "a,b,"}, nil},
		{`"type":"list","delimiter":"|","itemType":"date"`, []string{"2024-01-01", "2024-01-01|2024-12-31"}, []string{"2024-01-01,2024-12-31", "2024-01-01|x"}},
		{`"type":"string","format":"email"`, []string{"ce.0350122T@ac-rennes.example.org"}, []string{"a@b", "a b@c.fr", ".a@b.fr", "a@-b.fr", "a@b.c1"}},
		{`"type":"string","format":"uri"`, []string{"https://example.org/é?a=1#b", "mailto:a@b.fr", "urn:isbn:1"}, []string{"example.org", "https://a b", "://a", "http:", "https://a/%zz"}},
		{`"type":"string","format":"uuid"`, []string{"123e4567-e89b-42d3-a456-426614174000"}, []string{"123e4567e89b42d3a456426614174000", "123e4567-e89b-42d3-a456-42661417400g"}},
		{`"type":"string","format":"binary"`, []string{"YWJj", "YQ=="}, []string{"YQ", "é"}},
		{`"type":"any"`, []string{"x", "1"}, nil},
	} {
		for _, v := range c.yes {
			if broken := verdict(t, c.field, v); broken != "" {
				t.Errorf("%s refuses %q: %s", c.field, v, broken)
			}
		}
		for _, v := range c.not {
			if broken := verdict(t, c.field, v); broken != "type" && v != "" {
				t.Errorf("%s accepts %q (%s)", c.field, v, broken)
			}
		}
	}
}

func TestConstraintsSpeakOfTheMeaningOfValues(t *testing.T) {
	for _, c := range []struct{ field, value, broken string }{
		{`"type":"number","constraints":{"minimum":0.1}`, "0.10", ""},
		{`"type":"number","constraints":{"minimum":0.1}`, "0.09999999999999999999", "minimum"},
		{`"type":"number","constraints":{"maximum":"9007199254740992"}`, "9007199254740993", "maximum"},
		{`"type":"number","constraints":{"exclusiveMinimum":1,"exclusiveMaximum":2}`, "1.0", "exclusiveMinimum"},
		{`"type":"number","constraints":{"exclusiveMinimum":1,"exclusiveMaximum":2}`, "2e0", "exclusiveMaximum"},
		{`"type":"number","constraints":{"minimum":0}`, "NaN", "minimum"},
		{`"type":"number","decimalChar":",","constraints":{"maximum":1.5}`, "1,50", ""},
		{`"type":"date","format":"%d/%m/%Y","constraints":{"minimum":"2020-01-01"}`, "31/12/2019", "minimum"},
		{`"type":"datetime","constraints":{"maximum":"2020-01-01T00:00:00Z"}`, "2020-01-01T01:30:00+02:00", ""},
		{`"type":"duration","constraints":{"minimum":"P1M"}`, "P27D", "minimum"},
		{`"type":"duration","constraints":{"minimum":"P1M"}`, "P32D", ""},
		{`"type":"integer","constraints":{"enum":[1,"2"]}`, "01", ""},
		{`"type":"integer","constraints":{"enum":[1,"2"]}`, "3", "enum"},
		{`"type":"boolean","trueValues":["oui"],"falseValues":["non"],"constraints":{"enum":[true]}`, "non", "enum"},
		{`"type":"object","constraints":{"enum":["{\"a\":1,\"b\":2}"]}`, `{"b": 2, "a": 1}`, ""},
		{`"type":"string","constraints":{"minLength":4,"maxLength":4}`, "élan", ""},
		{`"type":"string","constraints":{"maxLength":4}`, "élans", "maxLength"},
		{`"type":"array","constraints":{"minLength":2}`, "[1]", "minLength"},
		{`"type":"object","constraints":{"maxLength":1}`, `{"a":1,"b":2}`, "maxLength"},
		{`"type":"list","constraints":{"maxLength":2}`, "a,b,c", "maxLength"},
		{`"type":"array","constraints":{"jsonSchema":{"items":{"type":"integer","minimum":2}}}`, "[2,1]", "jsonSchema"},
		{`"type":"object","constraints":{"jsonSchema":{"required":["a"],"properties":{"a":{"pattern":"^x"}}}}`, `{"a":"xy"}`, ""},
		{`"type":"string","categories":["a",{"value":"b","label":"B"}]`, "c", "categories"},
		{`"type":"integer","categories":[{"value":1,"label":"un"}]`, "1", ""},
		{`"type":"integer","missingValues":["","-"],"constraints":{"required":true}`, "-", "required"},
		{`"type":"integer","missingValues":[]`, "", "type"},
		{`"type":"integer","missingValues":[{"value":"NSP","label":"ne sait pas"}]`, "NSP", ""},
		{`"type":"string","missingValues":[],"constraints":{"required":true}`, "", ""},
		{`"type":"string","format":"uai"`, "0750655D", "uai"},
		{`"type":"string","format":"fr:siret"`, "35600000049837", ""},
		{`"type":"string","format":"iban"`, "FR7630006000011234567890188", "iban"},
		{`"type":"string","format":"ine"`, "1234567890G", "ine"},
	} {
		if broken := verdict(t, c.field, c.value); broken != c.broken {
			t.Errorf("%s on %q breaks %q, want %q", c.field, c.value, broken, c.broken)
		}
	}
}

func TestASchemaThatCannotBeCheckedIsRefusedWithTheReason(t *testing.T) {
	for field, want := range map[string]string{
		`"type":"string","constraints":{"pattern":"(?=a)"}`:                            "fields[0].constraints.pattern",
		`"type":"integer","constraints":{"minimum":"x"}`:                               "fields[0].constraints.minimum",
		`"type":"date","constraints":{"maximum":"31/12/2020"}`:                         "fields[0].constraints.maximum",
		`"type":"date","format":"%Q"`:                                                  "fields[0].format",
		`"type":"date","format":"jour"`:                                                "fields[0].format",
		`"type":"object","constraints":{"jsonSchema":{"type":3}}`:                      "fields[0].constraints.jsonSchema",
		`"type":"object","constraints":{"jsonSchema":{"$ref":"http://127.0.0.1/x"}}`:   "fields[0].constraints.jsonSchema",
		`"type":"object","constraints":{"jsonSchema":{"pattern":"(a)\\1"}}`:            "fields[0].constraints.jsonSchema",
		`"type":"object","constraints":{"jsonSchema":{"$ref":"file:///etc/hostname"}}`: "fields[0].constraints.jsonSchema",
	} {
		s, err := frictionless.Parse([]byte(`{"fields":[{"name":"a",` + field + `}]}`))
		if err != nil {
			t.Fatal(err)
		}
		_, err = Compile(context.Background(), s, Options{})
		if problems := frictionless.ProblemsOf(err); fault.CodeOf(err) != "schema_invalid" || len(problems) != 1 || problems[0].Path != want || problems[0].Message.FR == "" {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func TestColumnsAreMatchedAsTheSchemaWants(t *testing.T) {
	for _, c := range []struct {
		match, header string
		want          string
	}{
		{"exact", "a,b", ""}, {"exact", "b,a", "incorrect-label:2"}, {"exact", "a", "missing-label:1"}, {"exact", "b", "missing-label:1"}, {"exact", "z,a,b", "extra-label:1"}, {"exact", "a,z,b", "extra-label:1"}, {"exact", "z", "incorrect-label:1 missing-label:1"}, {"exact", "a,b,c", "extra-label:1"}, {"exact", "a,a", "duplicate-label:1"}, {"exact", "a,", "blank-label:1"},
		{"equal", "b,a", ""}, {"equal", "b", "missing-label:1"}, {"equal", "b,a,c", "extra-label:1"},
		{"subset", "c,b,a", ""}, {"subset", "c,b", "missing-label:1"},
		{"superset", "b", ""}, {"superset", "b,c", "extra-label:1"},
		{"partial", "c,b", ""}, {"partial", "c,d", "unmatched-header:1"},
	} {
		row := strings.Repeat(",1", strings.Count(c.header, ","))
		r := validated(t, `{"fields":[{"name":"a"},{"name":"b"}],"fieldsMatch":"`+c.match+`"}`, c.header+"\n1"+row+"\n", Options{})
		var got []string
		for _, g := range r.Errors {
			got = append(got, fmt.Sprintf("%s:%d", g.Type, g.Count))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s with the columns %s: %v, want %s", c.match, c.header, got, c.want)
		}
	}
}

func TestASocialSecurityNumberIsNeverShown(t *testing.T) {
	const nir = "269054958815780"
	r := validated(t, `{"fields":[{"name":"nir","type":"string","format":"nir","constraints":{"unique":true}},{"name":"n","type":"integer"},{"name":"x","type":"string","constraints":{"maxLength":3}},{"name":"y"}],"primaryKey":["nir"],
		"custom_checks":[{"name":"mutually-exclusive","params":{"columns":["nir","y"]}}]}`,
		"nir,n,x,y\n"+nir+","+nir+",numéro 2 69 05 49 588 157 80,1\n"+nir+",1,,\n269054958815781,1,,\n", Options{})
	out, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{nir, "269054958815781", "2 69 05"} {
		if strings.Contains(string(out), shown) && shown != "269054958815780" || strings.Count(string(out), nir) > strings.Count(string(out), "comme "+nir)+strings.Count(string(out), "like "+nir) {
			t.Errorf("%s is shown in %s", shown, out)
		}
	}
	if r.Group("nir", "unique") == nil || r.Group("x", "maxLength") == nil || r.Group("", "mutually-exclusive") == nil {
		t.Errorf("%s", out)
	}
}
