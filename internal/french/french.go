// Package french knows the codes and the ways of writing of the French administration: UAI, INE, NIR, SIREN,
// SIRET, communes, départements, telephone numbers, and how to fold a text so that searches forgive accents.
//
// Every check is a pure function on a string that says whether the value is right and, when it is not, why.
// Sources of the rules are named beside each. The package knows nothing of tables.
package french

import (
	"strings"
	"unicode"

	"socle/internal/i18n"

	"golang.org/x/text/unicode/norm"
)

// A Verdict is the answer of a check.
type Verdict struct {
	Valid      bool
	Canonical  string    // the value as it should be written, when it is valid or can be mended
	Reason     i18n.Text // why it is not valid, or what is doubtful about it; zero when all is well
	Suggestion string    // the value that was probably meant, when it can be told
}

// Fold returns s in lower case without accents, with ligatures opened ("Œuvre" → "oeuvre"), and typographic
// apostrophes made plain, for comparisons and searches.
func Fold(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range norm.NFKD.String(s) {
		switch r {
		case 'œ', 'Œ':
			b.WriteString("oe")
		case 'æ', 'Æ':
			b.WriteString("ae")
		case 'ß':
			b.WriteString("ss")
		case 'ø', 'Ø':
			b.WriteByte('o')
		case 'ł', 'Ł':
			b.WriteByte('l')
		case '’', 'ʼ', '‘':
			b.WriteByte('\'')
		default:
			if !unicode.Is(unicode.Mn, r) {
				b.WriteRune(unicode.ToLower(r))
			}
		}
	}
	return b.String()
}

func valid(canonical string) Verdict { return Verdict{Valid: true, Canonical: canonical} }

func invalid(fr, en string, args ...any) Verdict {
	return Verdict{Reason: i18n.T(fr, en, args...)}
}

// compact removes the separators that people put in codes, and raises the letters.
func compact(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case ' ', '\u00a0', '\u202f', '.', '-', '\t':
			return -1
		}
		return unicode.ToUpper(r)
	}, s)
}

func allDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
