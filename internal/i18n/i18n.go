// Package i18n carries what Socle says to people, in French and in English, side by side.
//
// A sentence is written once, where it is used, in both languages: [T]("Publier", "Publish"). There is no
// catalogue of keys to keep in step, and a missing translation does not compile. The package also formats
// numbers, sizes and dates as each language writes them. It knows nothing else.
package i18n

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Lang is a language of the interface.
type Lang string

// The languages of the interface; French is the default.
const (
	FR Lang = "fr"
	EN Lang = "en"
)

// ParseLang returns the language that s names ("en", "en-GB", …); anything but English is French.
func ParseLang(s string) Lang {
	if s = strings.ToLower(s); s == "en" || strings.HasPrefix(s, "en-") {
		return EN
	}
	return FR
}

// Text is one sentence in each language. The zero Text is empty in both.
type Text struct {
	FR string `json:"fr"`
	EN string `json:"en"`
}

// T builds a Text from a French and an English format; both take the same arguments, as [fmt.Sprintf] does.
// An argument that is itself a Text appears in the language of the sentence. A plain space that French does not let a line break at
// (before : ; ? ! » and after «) becomes a no-break one, so that sentences may be typed with any keyboard; arguments stay as they are.
func T(fr, en string, args ...any) Text {
	if strings.ContainsAny(fr, ":;?!»") {
		fr = frenchSpaces.Replace(fr)
	}
	if len(args) == 0 {
		return Text{FR: fr, EN: en}
	}
	return Text{FR: fmt.Sprintf(fr, localise(FR, args)...), EN: fmt.Sprintf(en, localise(EN, args)...)}
}

var frenchSpaces = strings.NewReplacer(" :", noBreak+":", " ;", narrowSpace+";", " ?", narrowSpace+"?", " !", narrowSpace+"!", "« ", "«"+noBreak, " »", noBreak+"»")

func localise(lang Lang, args []any) []any {
	out := make([]any, len(args))
	for i, arg := range args {
		if text, ok := arg.(Text); ok {
			arg = text.In(lang)
		}
		out[i] = arg
	}
	return out
}

// In returns the sentence in a language, or the French one when the other is missing.
func (t Text) In(lang Lang) string {
	if lang == EN && t.EN != "" {
		return t.EN
	}
	return t.FR
}

// IsZero reports whether the text says nothing.
func (t Text) IsZero() bool { return t == Text{} }

type contextKey struct{}

// With returns a context whose messages are in lang.
func With(ctx context.Context, lang Lang) context.Context {
	return context.WithValue(ctx, contextKey{}, lang)
}

// From returns the language of ctx, French when none was set.
func From(ctx context.Context) Lang {
	if lang, ok := ctx.Value(contextKey{}).(Lang); ok {
		return lang
	}
	return FR
}

// S is the short form for templates: the sentence in the language of ctx.
func S(ctx context.Context, fr, en string, args ...any) string {
	return T(fr, en, args...).In(From(ctx))
}

// The spaces of French typography: a narrow no-break space groups digits and goes before : ; ! ? and %.
const (
	narrowSpace = "\u202f"
	noBreak     = "\u00a0"
)

// Integer writes n with its digits in groups of three: "12 345" in French, "12,345" in English.
func Integer[N ~int | ~int32 | ~int64](lang Lang, n N) string {
	digits := fmt.Sprintf("%d", n)
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	separator := narrowSpace
	if lang == EN {
		separator = ","
	}
	var groups []string
	for len(digits) > 3 {
		groups = append([]string{digits[len(digits)-3:]}, groups...)
		digits = digits[:len(digits)-3]
	}
	return sign + strings.Join(append([]string{digits}, groups...), separator)
}

// Decimal writes x with at most the given number of decimals, without trailing zeros.
func Decimal(lang Lang, x float64, decimals int) string {
	whole, fraction, _ := strings.Cut(fmt.Sprintf("%.*f", decimals, x), ".")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "-", whole[1:]
	}
	var n int64
	if _, err := fmt.Sscan(whole, &n); err == nil {
		whole = Integer(lang, n)
	}
	fraction = strings.TrimRight(fraction, "0")
	if fraction == "" {
		return sign + whole
	}
	if lang == EN {
		return sign + whole + "." + fraction
	}
	return sign + whole + "," + fraction
}

// Percent writes a ratio between 0 and 1 as a percentage with at most one decimal.
func Percent(lang Lang, ratio float64) string {
	if lang == EN {
		return Decimal(lang, ratio*100, 1) + "%"
	}
	return Decimal(lang, ratio*100, 1) + noBreak + "%"
}

// Bytes writes a size in the decimal units that people read on their own files: "1,2 Mo", "1.2 MB".
func Bytes(lang Lang, n int64) string {
	units := []string{"octets", "ko", "Mo", "Go", "To"}
	if lang == EN {
		units = []string{"bytes", "kB", "MB", "GB", "TB"}
	}
	size, unit := float64(n), 0
	for size >= 999.5 && unit < len(units)-1 {
		size, unit = size/1000, unit+1
	}
	decimals := 1
	if unit == 0 || size >= 100 {
		decimals = 0
	}
	return Decimal(lang, size, decimals) + noBreak + units[unit]
}

var frenchMonths = [...]string{"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août",
	"septembre", "octobre", "novembre", "décembre"}

// Date writes a day in full: "24 novembre 2026", "1er mai 2026", "24 November 2026".
func Date(lang Lang, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	if lang == EN {
		return t.Format("2 January 2006")
	}
	day := fmt.Sprintf("%d", t.Day())
	if t.Day() == 1 {
		day = "1er"
	}
	return fmt.Sprintf("%s %s %d", day, frenchMonths[t.Month()-1], t.Year())
}

// DateTime writes a day and the time of it, in the time zone that t carries.
func DateTime(lang Lang, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	if lang == EN {
		return Date(lang, t) + " at " + t.Format("15:04")
	}
	return Date(lang, t) + " à " + t.Format("15:04")
}

// Count writes a number with its noun: Count(2, T("ligne", "row"), T("lignes", "rows")) says "2 lignes", "2 rows".
// French says the singular for zero, English the plural.
func Count[N ~int | ~int32 | ~int64](n N, one, many Text) Text {
	french, english := many.FR, many.EN
	if n > -2 && n < 2 {
		french = one.FR
	}
	if n == 1 {
		english = one.EN
	}
	return Text{FR: Integer(FR, n) + noBreak + french, EN: Integer(EN, n) + " " + english}
}
