package validate

import (
	"strings"
	"testing"
)

func TestAPatternIsSaidInWordsWithAValueToWriteLike(t *testing.T) {
	for expr, want := range map[string][2]string{
		`[0-9]{5}`:                 {"5 chiffres", "12345"},
		`^\d{5}$`:                  {"5 chiffres", "12345"},
		`[0-9][0-9AB][0-9]{3}`:     {"un chiffre, un caractère parmi 0 à 9, A, B, puis 3 chiffres", "12345"},
		`[A-Z]{2}-[0-9]{3}`:        {"2 lettres majuscules sans accent, « - », puis 3 chiffres", "AB-456"},
		`(FR)?[0-9]+`:              {"« FR » si besoin, puis au moins un chiffre", "1"},
		`[a-zA-Z]{2,4}`:            {"de 2 à 4 lettres sans accent", "AB"},
		`.{3,}`:                    {"au moins 3 caractères", "xxx"},
		`(oui|non)`:                {"", "oui"},
		`[^;]*`:                    {"", ""},
		`(([a-z]{2}-?){3}){2}\d`:   {"", "abcdefghijkl4"},
		`\p{Lu}[0-9]`:              {"", "A2"},
		`[é ]x`:                    {"un caractère parmi espace, é, puis « x »", " x"},
		`[a-z]{900}`:               {"900 lettres minuscules sans accent", ""},
		`([0-9]{2})\.([0-9]{2})?z`: {"", "12.z"},
	} {
		p, wrong := newPattern(expr, 0)
		if wrong != nil {
			t.Fatal(expr, wrong)
		}
		words, said := PatternWords(expr)
		if strings.ReplaceAll(words.FR, "\u00a0", " ") != strings.ReplaceAll(want[0], "\u00a0", " ") || said != (want[0] != "") {
			t.Errorf("%s is said %q, want %q", expr, words.FR, want[0])
		}
		if got := patternSample(expr, p); got != want[1] {
			t.Errorf("%s: the sample is %q, want %q", expr, got, want[1])
		}
	}
}
