package query

import (
	"strings"
	"testing"
)

func TestNothingIsReadBehindTheFirstThingTooMany(t *testing.T) {
	for _, tc := range []struct {
		name, text string
		read       int // tokens at most
		said       string
	}{
		{"brackets", strings.Repeat("(", 50_000), maxDepth + 4, "nested"},
		{"not, and brackets", strings.Repeat("not (", 30_000), maxDepth + 4, "nested"},
		{"signs", "effectif > " + strings.Repeat("- ", 50_000) + "1", maxDepth + 8, "nested"},
		{"functions", strings.Repeat("lower(", 30_000), 2*maxDepth + 8, "nested"},
		{"values of a list", "effectif in (" + strings.Repeat("1,", 90_000) + "1)", 2*maxList + 8, "in a row"},
		{"alternatives", strings.Repeat("nom or ", 25_000) + "nom", 2*maxTerms + 8, "in a row"},
		{"sums", "1" + strings.Repeat("+1", 90_000), 2*maxChain + 8, "in a row"},
		{"lists side by side", strings.Repeat("effectif in ("+strings.Repeat("1,", 5_000)+"1) and ", 15) + "true", maxRead + 1, "words"},
		{"a strange character far behind a mistake", "nom = = " + strings.Repeat("(", 1_000) + "§", 5, "unexpected"},
	} {
		p, err := newParser("where", tc.text)
		if err == nil {
			_, err = p.expression()
		}
		if err == nil || !strings.Contains(err.Fault.Message.EN, tc.said) {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		if p.lexer.read > tc.read {
			t.Errorf("%s: %d tokens were read, %d are enough", tc.name, p.lexer.read, tc.read)
		}
	}
}

func TestTheFirstMistakeOfATextIsTheOneThatIsTold(t *testing.T) {
	for text, said := range map[string]string{
		"nom = 'a":              "not closed",
		"nom = “a”":             "straight quote",
		"nom in ('a', 'b":       "not closed",
		"nom = = 'a":            "unexpected",
		"nom = 'a' and (nom ; ": "means nothing",
	} {
		if _, err := parseCondition("where", text); err == nil || !strings.Contains(err.Fault.Message.EN, said) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
