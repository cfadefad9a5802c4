package validate

import "testing"

func TestEveryFieldHasASampleThatBreaksNoRule(t *testing.T) {
	for fields, want := range map[string]string{
		`{"name":"x","type":"string","format":"uai","example":"9730001N"}`:                       "9730001N",
		`{"name":"x","type":"string","format":"uai","example":"faux"}`:                           "0750655E",
		`{"name":"x","type":"string","constraints":{"pattern":"[A-Z]-[0-9]{2}"}}`:                "A-34",
		`{"name":"x","type":"date","format":"%d/%m/%Y"}`:                                         "24/11/2026",
		`{"name":"x","type":"date","constraints":{"maximum":"1999-12-31"}}`:                      "1999-12-31",
		`{"name":"x","type":"number","decimalChar":","}`:                                         "12,5",
		`{"name":"x","type":"number","constraints":{"minimum":100}}`:                             "100",
		`{"name":"x","type":"boolean","trueValues":["vrai"],"falseValues":["faux"]}`:             "vrai",
		`{"name":"x","type":"string","categories":[{"value":"D","label":"débutant"},"C"]}`:       "D",
		`{"name":"x","type":"string","format":"email"}`:                                          "accueil@example.org",
		`{"name":"x","type":"time"}`:                                                             "08:30:00",
		`{"name":"x","type":"year","constraints":{"maximum":2000}}`:                              "2000",
		`{"name":"y","type":"string"}`:                                                           "",
		`{"name":"x","type":"string"}`:                                                           "",
		`{"name":"x","type":"integer","constraints":{"minimum":5,"maximum":6,"enum":["7","5"]}}`: "5",
	} {
		if got := compiled(t, `{"fields":[`+fields+`]}`, Options{}).Sample("x"); got != want {
			t.Errorf("%s: the sample is %q, want %q", fields, got, want)
		}
	}
}
