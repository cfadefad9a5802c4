package french

import (
	"strings"
	"testing"
	"time"
)

const someCommunes = `code,name,kind,from,until,successor,postal
01025,Bâgé-Dommartin,commune,,,,01380
01144,Dommartin,commune,,2018-01-01,01025,
01144,Dommartin,part,,,01025,
14666,Sannerville,commune,,2017-01-01,,
14666,Sannerville,commune,2020-01-01,,,14940
20004,Ajaccio,commune,,1976-01-01,2A004,
2A004,Ajaccio,commune,1976-01-01,,,20000 20090 20167
75001,Alfortville,commune,,1968-01-01,94002,
75056,Paris,commune,,,,75001 75002
75101,Paris 1er Arrondissement,arrondissement,,,,75001
01002,Petit-Lieu,part,,,01025,
`

func TestACommuneIsValidAtADate(t *testing.T) {
	list, err := ReadCommunes(strings.NewReader(someCommunes))
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		code, day  string
		valid      bool
		suggestion string
	}{
		{"01025", "", true, ""},
		{"01144", "2017-12-31", true, ""},
		{"01144", "2018-01-01", false, "01025"},
		{"01144", "", false, "01025"},
		{"14666", "2018-06-01", false, ""},
		{"14666", "2016-06-01", true, ""},
		{"14666", "2021-01-01", true, ""},
		{"2a004", "2000-01-01", true, ""},
		{"2A004", "1970-01-01", false, ""},
		{"75101", "", true, ""},
		{"75001", "", false, "75101"},
		{"75001", "1960-01-01", true, ""},
		{"20090", "", false, ""}, // the shape alone refuses it: Corsica has letters
		{"14940", "", false, "14666"},
		{"01002", "", false, "01025"},
		{"99100", "", true, ""},
		{"1025", "", false, "01025"},
		{"1999", "", false, ""},
		{"01999", "", false, ""},
	} {
		var day time.Time
		if tc.day != "" {
			day, _ = time.Parse(dayForm, tc.day)
		}
		v := list.At(tc.code, day)
		if v.Valid != tc.valid || v.Suggestion != tc.suggestion || !v.Valid && v.Reason.FR == "" {
			t.Errorf("%s on %q: %+v, want %t, suggestion %q", tc.code, tc.day, v, tc.valid, tc.suggestion)
		}
	}
}

func TestABrokenListOfCommunesIsRefused(t *testing.T) {
	for _, text := range []string{"code,name,kind,from,until,successor,postal\n01001,A,commune,hier,,,\n", "a,b\n", "code,name,kind,from,until,successor,postal\n01001\n"} {
		if _, err := ReadCommunes(strings.NewReader(text)); err == nil {
			t.Errorf("%q was read", text)
		}
	}
}
