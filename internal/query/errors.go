package query

import (
	"strings"
	"unicode/utf8"

	"socle/internal/fault"
	"socle/internal/i18n"
)

// The codes of faults, as the Explore API names them.
const (
	CodeSyntax  = "ODSQLSyntaxError" // the text cannot be read
	CodeMeaning = "ODSQLError"       // the text can be read and means nothing on this dataset
)

// SyntaxError is what is wrong with a query, and where. It carries a [fault.Error] of kind Invalid whose code is
// [CodeSyntax] or [CodeMeaning].
type SyntaxError struct {
	Clause     string    // the parameter at fault: "select", "where", "group_by", "order_by", "refine", "exclude", "facet"
	Text       string    // the clause as it came
	Position   int       // where in the clause, in characters from 0
	Found      string    // the word there; "" at the end
	Expected   i18n.Text // what could have been there; zero when many things could
	Suggestion string    // the field or function that was probably meant; ""
	Fault      *fault.Error
}

func (e *SyntaxError) Error() string { return e.Fault.Error() }

// Unwrap returns the fault with its sentence in both languages.
func (e *SyntaxError) Unwrap() error { return e.Fault }

// problem builds an error at a byte of a clause. what says what is wrong, without its place and without a full stop.
func problem(code, clause, text string, at int, found string, what i18n.Text) *SyntaxError {
	position := utf8.RuneCountInString(text[:min(at, len(text))])
	message := i18n.T("Paramètre %s, caractère %d\u00a0: %s.", "Parameter %s, character %d: %s.", clause, position+1, what)
	return &SyntaxError{Clause: clause, Text: text, Position: position, Found: found,
		Fault: fault.New(fault.Invalid, code, message).At(clause)}
}

// suggesting adds the word that was probably meant.
func (e *SyntaxError) suggesting(word string) *SyntaxError {
	if word == "" {
		return e
	}
	e.Suggestion = word
	e.Fault.Message.FR += " Vouliez-vous dire «\u00a0" + word + "\u00a0»\u202f?"
	e.Fault.Message.EN += " Did you mean “" + word + "”?"
	return e
}

func tooLong(clause, text string) *SyntaxError {
	return problem(CodeSyntax, clause, "", 0, "", i18n.T("le texte fait %s, la limite est de %s", "the text is %s long, the limit is %s",
		i18n.Text{FR: i18n.Bytes(i18n.FR, int64(len(text))), EN: i18n.Bytes(i18n.EN, int64(len(text)))},
		i18n.Text{FR: i18n.Bytes(i18n.FR, int64(maxText)), EN: i18n.Bytes(i18n.EN, int64(maxText))}))
}

func tooManyWords(clause, text string, at int) *SyntaxError {
	return problem(CodeSyntax, clause, text, at, "", i18n.T("le texte a plus de %d mots et signes", "the text has more than %d words and signs", maxRead))
}

func notUTF8(clause, text string) *SyntaxError {
	at := 0
	for at < len(text) {
		r, size := utf8.DecodeRuneInString(text[at:])
		if r == utf8.RuneError && size <= 1 {
			break
		}
		at += size
	}
	return problem(CodeSyntax, clause, text, at, "", i18n.T("le texte n’est pas en UTF-8", "the text is not UTF-8"))
}

func strangeCharacter(clause, text string, at int, found string) *SyntaxError {
	what := i18n.T("le caractère «\u00a0%s\u00a0» n’a pas de sens ici", "the character “%s” means nothing here", found)
	if strings.ContainsAny(found, "“”«»’‘") {
		what = i18n.T("«\u00a0%s\u00a0» n’est pas un guillemet droit\u00a0: écrivez \"…\" ou '…'",
			"“%s” is not a straight quote: write \"…\" or '…'", found)
	} else if r, _ := utf8.DecodeRuneInString(found); r > 127 {
		what = i18n.T("«\u00a0%s\u00a0» n’a pas de sens ici\u00a0: un texte s’écrit entre guillemets, un nom de champ sans accent",
			"“%s” means nothing here: text is written between quotes, a field’s name without accents", found)
	}
	return problem(CodeSyntax, clause, text, at, found, what)
}

func unclosed(clause, text string, at int, quote string) *SyntaxError {
	return problem(CodeSyntax, clause, text, at, quote, i18n.T("le guillemet %s ouvert ici n’est pas fermé", "the quote %s opened here is not closed", quote))
}

// quote shows a piece of text inside a sentence, cut when long.
func quote(s string) string {
	if utf8.RuneCountInString(s) > 40 {
		s = string([]rune(s)[:40]) + "…"
	}
	return s
}

// nearest returns the candidate closest to word, "" when none is close enough to be a slip.
func nearest(word string, candidates []string) string {
	word = strings.ToLower(word)
	best, distance := "", max(1, len(word)/3)+1
	for _, c := range candidates {
		if len(c) > 64 || len(word) > 64 {
			continue
		}
		if d := levenshtein(word, strings.ToLower(c)); d < distance {
			best, distance = c, d
		}
	}
	if best != "" {
		return best
	}
	for _, c := range candidates { // the start of a longer name
		if len(word) >= 3 && strings.HasPrefix(strings.ToLower(c), word) {
			return c
		}
	}
	return ""
}

// levenshtein is the least number of letters to add, drop, change or swap with their neighbour (the optimal
// string alignment distance) that makes a into b.
func levenshtein(a, b string) int {
	s, t := []rune(a), []rune(b)
	before, row := make([]int, len(t)+1), make([]int, len(t)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(s); i++ {
		next := make([]int, len(t)+1)
		next[0] = i
		for j := 1; j <= len(t); j++ {
			cost := 1
			if s[i-1] == t[j-1] {
				cost = 0
			}
			next[j] = min(row[j]+1, next[j-1]+1, row[j-1]+cost)
			if i > 1 && j > 1 && s[i-1] == t[j-2] && s[i-2] == t[j-1] {
				next[j] = min(next[j], before[j-2]+1)
			}
		}
		before, row = row, next
	}
	return row[len(t)]
}

// Nearest returns the candidate that a misspelt word probably meant, "" when none is close enough to be a slip.
func Nearest(word string, candidates []string) string { return nearest(word, candidates) }
