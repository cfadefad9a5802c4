package query

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// kind is the kind of a token.
type kind int

const (
	tokEnd      kind = iota
	tokWord          // a name or a keyword, as written
	tokQuoted        // a name between back-quotes
	tokNumber        // digits, maybe with a fraction and an exponent
	tokQuantity      // a number stuck to a unit: 10km, 5d
	tokString        // text between quotes, its escapes undone
	tokDate          // date'…'
	tokGeometry      // geom'…'
	tokSymbol        // an operator or a bracket
	tokBad           // what cannot be cut into words: see lexer.err
)

// token is one word of the language. Positions count bytes; messages turn them into characters.
type token struct {
	kind       kind
	text       string // the value: undone escapes, no quotes; the lower-case word for nothing but tokSymbol
	unit       string // of a tokQuantity
	start, end int
}

// Limits on what a clause may hold, so that nobody can make reading it the work: words are cut as the parser asks for them, and
// nothing after the first thing too many is looked at.
const (
	maxText  = 200_000 // bytes of a clause
	maxRead  = 25_000  // words of a clause
	maxDepth = 64      // brackets and functions inside one another
	maxChain = 200     // arithmetic operators in a row
	maxTerms = 2_000   // conditions joined by the same "and" or "or", columns, groups, sort keys
	maxKeys  = 100     // group keys, sort keys
	maxList  = 10_000  // values of an "in" list
	maxWords = 50      // words of a full-text search
	maxLike  = 1_000   // bytes of a pattern of "like", or of a word that is looked for
)

var (
	quantityWord = regexp.MustCompile(`^([0-9]+)((?i:mi|yd|ft|cm|km|mm)|ms|s|m|h|d|w|M|q|y|(?:millisecond|second|minute|hour|day|week|month|quarter|year)s?)$`)
	exponent     = regexp.MustCompile(`^[eE][+-]?[0-9]+`)
)

// lexer cuts a clause into tokens, one at a time.
type lexer struct {
	clause, text string
	at           int
	read         int          // tokens cut so far
	err          *SyntaxError // what ended the cutting: no token comes after it
}

// newLexer refuses a text of which not even a word can be read.
func newLexer(clause, text string) (lexer, *SyntaxError) {
	if len(text) > maxText {
		return lexer{}, tooLong(clause, text)
	}
	if !utf8.ValidString(text) {
		return lexer{}, notUTF8(clause, text)
	}
	return lexer{clause: clause, text: text}, nil
}

// token returns the next token: tokEnd at the end and ever after, tokBad from the first thing that is none.
func (l *lexer) token() token {
	if l.err == nil {
		var t token
		if t, l.err = l.next(); l.err == nil {
			if l.read++; l.read <= maxRead {
				return t
			}
			l.err = tooManyWords(l.clause, l.text, t.start)
		}
	}
	return token{kind: tokBad, start: l.at, end: l.at}
}

func (l *lexer) next() (token, *SyntaxError) {
	for l.at < len(l.text) && strings.IndexByte(" \t\r\n\u00a0", l.text[l.at]) >= 0 {
		l.at++
	}
	start := l.at
	if start == len(l.text) {
		return token{kind: tokEnd, start: start, end: start}, nil
	}
	switch c := l.text[start]; {
	case isDigit(c):
		return l.number(), nil
	case isWord(c):
		return l.word()
	case c == '"' || c == '\'':
		return l.quoted(tokString, start)
	case c == '`':
		return l.quoted(tokQuoted, start)
	}
	for _, symbol := range []string{"..", "<=", ">=", "!=", "<>", "(", ")", "[", "]", ",", "+", "-", "*", "/", "=", "<", ">", ":", "?", "%"} {
		if strings.HasPrefix(l.text[start:], symbol) {
			l.at += len(symbol)
			return token{kind: tokSymbol, text: symbol, start: start, end: l.at}, nil
		}
	}
	_, size := utf8.DecodeRuneInString(l.text[start:])
	return token{}, strangeCharacter(l.clause, l.text, start, l.text[start:start+size])
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isWord(c byte) bool {
	return isDigit(c) || c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func (l *lexer) run() string {
	start := l.at
	for l.at < len(l.text) && isWord(l.text[l.at]) {
		l.at++
	}
	return l.text[start:l.at]
}

// number reads what starts with a digit: a number, a quantity, or a name such as 2024_effectif.
func (l *lexer) number() token {
	start := l.at
	for l.at < len(l.text) && isDigit(l.text[l.at]) {
		l.at++
	}
	fraction := l.at+1 < len(l.text) && l.text[l.at] == '.' && isDigit(l.text[l.at+1])
	if fraction {
		for l.at++; l.at < len(l.text) && isDigit(l.text[l.at]); l.at++ {
		}
	}
	digits := l.text[start:l.at]
	if e := exponent.FindString(l.text[l.at:]); e != "" && (l.at+len(e) == len(l.text) || !isWord(l.text[l.at+len(e)])) {
		l.at += len(e)
		return token{kind: tokNumber, text: l.text[start:l.at], start: start, end: l.at}
	}
	rest := l.run()
	switch {
	case rest == "":
		return token{kind: tokNumber, text: digits, start: start, end: l.at}
	case quantityWord.MatchString("1"+rest) && !strings.HasPrefix(l.text[l.at:], "("):
		return token{kind: tokQuantity, text: digits, unit: rest, start: start, end: l.at}
	case fraction: // 1.5abc: the number, then the word, which the parser will refuse
		l.at = start + len(digits)
		return token{kind: tokNumber, text: digits, start: start, end: l.at}
	}
	return token{kind: tokWord, text: l.text[start:l.at], start: start, end: l.at}
}

// word reads a name, which may have dots (metas.default.title), or the start of a date or geometry.
func (l *lexer) word() (token, *SyntaxError) {
	start := l.at
	word := l.run()
	if l.at < len(l.text) && (l.text[l.at] == '\'' || l.text[l.at] == '"') {
		switch strings.ToLower(word) {
		case "date":
			return l.quoted(tokDate, start)
		case "geom":
			return l.quoted(tokGeometry, start)
		}
	}
	for l.at+1 < len(l.text) && l.text[l.at] == '.' && isWord(l.text[l.at+1]) {
		l.at++
		l.run()
	}
	return token{kind: tokWord, text: l.text[start:l.at], start: start, end: l.at}, nil
}

// quoted reads to the closing quote. A backslash takes the next character as it is.
func (l *lexer) quoted(k kind, start int) (token, *SyntaxError) {
	quote := l.text[l.at]
	opened := l.at
	var b strings.Builder
	for l.at++; l.at < len(l.text); l.at++ {
		c := l.text[l.at]
		switch {
		case c == quote:
			l.at++
			return token{kind: k, text: b.String(), start: start, end: l.at}, nil
		case c == '\\' && quote != '`' && l.at+1 < len(l.text):
			l.at++
			b.WriteByte(unescape(l.text[l.at]))
		default:
			b.WriteByte(c)
		}
	}
	return token{}, unclosed(l.clause, l.text, opened, string(quote))
}

func unescape(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 't':
		return '\t'
	case 'r':
		return '\r'
	}
	return c
}
