package sql

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"socle/internal/fault"
	"socle/internal/i18n"
)

// Error is what is wrong with a statement, and where. It carries a [fault.Error].
type Error struct {
	Position int // in the text, in characters from 0; -1 when it is not about a place
	Fault    *fault.Error
}

func (e *Error) Error() string { return e.Fault.Error() }

// Unwrap returns the fault with its sentence in both languages.
func (e *Error) Unwrap() error { return e.Fault }

// place says where a byte of a text is, as people count: lines and characters from 1.
func place(text string, at int) (position int, words i18n.Text) {
	at = max(0, min(at, len(text)))
	before := text[:at]
	line := strings.Count(before, "\n") + 1
	column := utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
	return utf8.RuneCountInString(before), i18n.T("Ligne %d, caractère %d", "Line %d, character %d", line, column)
}

// refuse is an error at a byte of the text. what says what is wrong, without its place and without a full stop.
func refuse(text string, at int, what i18n.Text) *Error {
	position, where := place(text, at)
	return &Error{Position: position, Fault: fault.New(fault.Invalid, "sql_refused", i18n.T("%s\u00a0: %s.", "%s: %s.", where, what)).At("sql")}
}

// At is an error at a character of the text, counted from 0; a negative one is no place in particular. what is a
// sentence without its full stop.
func At(kind fault.Kind, code, text string, position int, what i18n.Text) *Error {
	if position < 0 {
		return &Error{Position: -1, Fault: fault.New(kind, code, i18n.T("%s.", "%s.", capital(what))).At("sql")}
	}
	at := 0
	for range position {
		_, size := utf8.DecodeRuneInString(text[min(at, len(text)):])
		at += size
	}
	_, where := place(text, at)
	return &Error{Position: position, Fault: fault.New(kind, code, i18n.T("%s\u00a0: %s.", "%s: %s.", where, what)).At("sql")}
}

func capital(t i18n.Text) i18n.Text {
	up := func(s string) string {
		_, size := utf8.DecodeRuneInString(s)
		return strings.ToUpper(s[:size]) + s[size:]
	}
	return i18n.Text{FR: up(t.FR), EN: up(t.EN)}
}

var nearWord = regexp.MustCompile(`at or near "((?s:.*))"`)

// notSQL says that a text cannot be read, and at which word.
func notSQL(text string, p parsed) *Error {
	at, err := strconv.Atoi(p.Position)
	if err != nil {
		at = 0
	}
	if word := nearWord.FindStringSubmatch(p.Message); word != nil {
		return refuse(text, at, i18n.T("«\u00a0%s\u00a0» n’est pas attendu ici", "“%s” is not expected here", quote(word[1])))
	}
	if strings.Contains(p.Message, "end of input") {
		return refuse(text, len(text), i18n.T("la requête n’est pas finie", "the query is not finished"))
	}
	return refuse(text, at, i18n.T("la requête ne peut pas être lue", "the query cannot be read"))
}

// quote shows a piece of text inside a sentence, cut when long.
func quote(s string) string {
	if utf8.RuneCountInString(s) > 40 {
		s = string([]rune(s)[:40]) + "…"
	}
	return s
}
