// Package fault gives an error one of a few meanings, a sentence for the person and a cause for the operator.
//
// A capability returns a fault where somebody else decides what to do about it; the doors turn the meaning into
// a status and the sentence into a page or a problem, the command line into an exit code. Every other error is
// [Internal]: its text goes to the log and never to the person.
package fault

import (
	"errors"
	"net/http"

	"socle/internal/i18n"
)

// Kind is what an error means to whoever must react to it.
type Kind int

// The meanings of an error.
const (
	Internal        Kind = iota // a defect or a broken machine; the person can only try later
	Invalid                     // what was sent is wrong and must be changed
	Unauthenticated             // who is asking is not known
	Forbidden                   // who is asking may not
	NotFound                    // it does not exist, or the asker may not know that it does
	Conflict                    // it does not fit what is there now; look again, then retry or confirm
	TooLarge                    // over a limit that the message names
	TooMany                     // too often; the message says when to come back
	Unavailable                 // something needed is away for the moment
	Gone                        // it was there, and was removed for good; the message says why
)

var statuses = [...]int{http.StatusInternalServerError, http.StatusBadRequest, http.StatusUnauthorized,
	http.StatusForbidden, http.StatusNotFound, http.StatusConflict, http.StatusRequestEntityTooLarge,
	http.StatusTooManyRequests, http.StatusServiceUnavailable, http.StatusGone}

// Status is the HTTP status that carries the meaning.
func (k Kind) Status() int { return statuses[k] }

// Error is an error with a meaning.
type Error struct {
	Kind    Kind
	Code    string    // stable name for machines, in snake case: "dataset_not_found"
	Message i18n.Text // what is wrong, where, and what to do about it; safe to show to anybody
	Field   string    // the form field or parameter at fault, if one is
	Cause   error     // for the log; nil when the message says everything
}

// New returns an error with a meaning, a code for machines and a sentence for people.
func New(kind Kind, code string, message i18n.Text) *Error {
	return &Error{Kind: kind, Code: code, Message: message}
}

// At names the form field or parameter at fault. It returns a copy.
func (e *Error) At(field string) *Error {
	c := *e
	c.Field = field
	return &c
}

// Because attaches the cause. It returns a copy, or e itself when err is nil.
func (e *Error) Because(err error) *Error {
	if err == nil {
		return e
	}
	c := *e
	c.Cause = err
	return &c
}

// Error is the English sentence with the cause, for logs.
func (e *Error) Error() string {
	text := e.Message.In(i18n.EN)
	if text == "" {
		text = e.Code
	}
	if e.Cause != nil {
		return text + ": " + e.Cause.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// KindOf returns the meaning of err, [Internal] when it has none.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// Is reports whether err has the meaning kind; a nil error has none.
func Is(err error, kind Kind) bool { return err != nil && KindOf(err) == kind }

// CodeOf returns the machine code of err, "internal" when it has none.
func CodeOf(err error) string {
	var e *Error
	if errors.As(err, &e) && e.Code != "" {
		return e.Code
	}
	return "internal"
}

// Message returns what the person may read about err. The text of an error without meaning is never shown.
func Message(err error) i18n.Text {
	var e *Error
	if errors.As(err, &e) && !e.Message.IsZero() {
		return e.Message
	}
	return i18n.T("Une erreur interne est survenue. Rien n’a été perdu ; réessayez dans un moment.",
		"An internal error occurred. Nothing was lost; try again in a moment.")
}
