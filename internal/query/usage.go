package query

import (
	"regexp"

	"socle/internal/i18n"
)

// usageWord finds the words of a usage that are not of the language itself.
var usageWord = regexp.MustCompile(`\b(champ|nombre|texte|valeur|sinon|ou)\b`)

// usageIn says a usage in both languages: the places for arguments have French names where they are written.
func usageIn(usage string) i18n.Text {
	english := map[string]string{"champ": "field", "nombre": "number", "texte": "text", "valeur": "value", "sinon": "otherwise", "ou": "or"}
	return i18n.Text{FR: usage, EN: usageWord.ReplaceAllStringFunc(usage, func(word string) string { return english[word] })}
}
