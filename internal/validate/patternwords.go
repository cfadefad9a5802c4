package validate

import (
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"socle/internal/i18n"
)

// Patterns are said in words to those who never met a regular expression: “two upper-case letters, «-», 3 digits”. What
// would not be plainer in words stays an expression.

// mostParts is how many things in a row a sentence about a pattern may name.
const mostParts = 8

// PatternWords says the expression of a pattern in words; ok is false when words would not be plainer.
func PatternWords(expr string) (words i18n.Text, ok bool) {
	tree, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return words, false
	}
	parts, ok := partsOf(tree)
	if !ok || len(parts) == 0 || len(parts) > mostParts {
		return words, false
	}
	join := func(and string, of func(i18n.Text) string) string {
		var b strings.Builder
		for i, p := range parts {
			switch {
			case i > 0 && i == len(parts)-1:
				b.WriteString(and)
			case i > 0:
				b.WriteString(", ")
			}
			b.WriteString(of(p))
		}
		return b.String()
	}
	return i18n.Text{FR: join(", puis ", func(t i18n.Text) string { return t.FR }), EN: join(", then ", func(t i18n.Text) string { return t.EN })}, true
}

// partsOf names the parts of an expression, in order.
func partsOf(re *syntax.Regexp) (parts []i18n.Text, ok bool) {
	switch re.Op {
	case syntax.OpBeginText, syntax.OpEndText, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpEmptyMatch:
		return nil, true
	case syntax.OpCapture:
		return partsOf(re.Sub[0])
	case syntax.OpLiteral:
		text := string(re.Rune)
		if re.Flags&syntax.FoldCase != 0 {
			return nil, false
		}
		return []i18n.Text{{FR: "« " + text + " »", EN: "“" + text + "”"}}, true
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			more, ok := partsOf(sub)
			if !ok {
				return nil, false
			}
			parts = append(parts, more...)
		}
		return parts, true
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return counted(re, 1, 1)
	case syntax.OpStar:
		return counted(re.Sub[0], 0, -1)
	case syntax.OpPlus:
		return counted(re.Sub[0], 1, -1)
	case syntax.OpQuest:
		return counted(re.Sub[0], 0, 1)
	case syntax.OpRepeat:
		return counted(re.Sub[0], re.Min, re.Max)
	}
	return nil, false
}

// counted says how many times one character comes.
func counted(re *syntax.Regexp, least, most int) ([]i18n.Text, bool) {
	for re.Op == syntax.OpCapture {
		re = re.Sub[0]
	}
	if re.Op == syntax.OpLiteral && least == 0 && most == 1 {
		text := string(re.Rune)
		return []i18n.Text{{FR: "« " + text + " » si besoin", EN: "“" + text + "” if need be"}}, true
	}
	n, ok := kindOf(re)
	if !ok {
		return nil, false
	}
	one := i18n.Text{FR: n.article + n.one.FR, EN: "one " + n.one.EN}
	switch {
	case least == 1 && most == 1:
		return []i18n.Text{one}, true
	case least == most:
		return []i18n.Text{i18n.T("%d %s", "%d %s", least, n.many)}, true
	case least == 0 && most == 1:
		return []i18n.Text{i18n.T("%s si besoin", "%s if need be", one)}, true
	case least <= 1 && most < 0:
		if least == 0 {
			return []i18n.Text{i18n.T("des %s si besoin", "%s if need be", n.many)}, true
		}
		return []i18n.Text{i18n.T("au moins %s", "at least %s", one)}, true
	case most < 0:
		return []i18n.Text{i18n.T("au moins %d %s", "at least %d %s", least, n.many)}, true
	case least == 0:
		return []i18n.Text{i18n.T("au plus %d %s", "at most %d %s", most, n.many)}, true
	}
	return []i18n.Text{i18n.T("de %d à %d %s", "%d to %d %s", least, most, n.many)}, true
}

// noun names the characters of a class.
type noun struct {
	article   string // French, of one
	one, many i18n.Text
}

// kindOf names the characters that an expression of one character takes.
func kindOf(re *syntax.Regexp) (noun, bool) {
	switch re.Op {
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return noun{"un ", i18n.T("caractère", "character"), i18n.T("caractères", "characters")}, true
	case syntax.OpCharClass:
	default:
		return noun{}, false
	}
	rest := slices.Clone(re.Rune) // pairs: first, last
	take := func(first, last rune) bool {
		for i := 0; i < len(rest); i += 2 {
			if rest[i] <= first && rest[i+1] >= last {
				cut := slices.Clone(rest[:i])
				if rest[i] < first {
					cut = append(cut, rest[i], first-1)
				}
				if rest[i+1] > last {
					cut = append(cut, last+1, rest[i+1])
				}
				rest = append(cut, rest[i+2:]...)
				return true
			}
		}
		return false
	}
	if len(rest) > 0 && rest[len(rest)-1] == unicode.MaxRune {
		return noun{}, false // all but some
	}
	digits, upper, lower := take('0', '9'), take('A', 'Z'), take('a', 'z')
	if len(rest) == 0 {
		switch {
		case digits && !upper && !lower:
			return noun{"un ", i18n.T("chiffre", "digit"), i18n.T("chiffres", "digits")}, true
		case !digits && upper && !lower:
			return noun{"une ", i18n.T("lettre majuscule sans accent", "upper-case letter"), i18n.T("lettres majuscules sans accent", "upper-case letters")}, true
		case !digits && !upper && lower:
			return noun{"une ", i18n.T("lettre minuscule sans accent", "lower-case letter"), i18n.T("lettres minuscules sans accent", "lower-case letters")}, true
		case !digits && upper && lower:
			return noun{"une ", i18n.T("lettre sans accent", "letter"), i18n.T("lettres sans accent", "letters")}, true
		}
	}
	list, ok := ranges(rest)
	if !ok {
		return noun{}, false
	}
	for _, group := range []struct {
		there       bool
		first, last string
	}{{lower, "a", "z"}, {upper, "A", "Z"}, {digits, "0", "9"}} {
		if group.there {
			list = append([]i18n.Text{i18n.T("%s à %s", "%s to %s", group.first, group.last)}, list...)
		}
	}
	said := i18n.Text{FR: joinTexts(list, i18n.FR), EN: joinTexts(list, i18n.EN)}
	return noun{"un ", i18n.T("caractère parmi %s", "character among %s", said), i18n.T("caractères parmi %s", "characters among %s", said)}, true
}

// ranges names the characters of a few ranges; ok is false when they are many, or cannot be seen.
func ranges(pairs []rune) (list []i18n.Text, ok bool) {
	for i := 0; i < len(pairs); i += 2 {
		first, last := pairs[i], pairs[i+1]
		if !unicode.IsGraphic(first) || !unicode.IsGraphic(last) || len(list) > mostParts {
			return nil, false
		}
		switch {
		case first == ' ' && last == ' ':
			list = append(list, i18n.T("espace", "space"))
		case first == last:
			list = append(list, i18n.T("%s", "%s", string(first)))
		case last-first == 1:
			list = append(list, i18n.T("%s", "%s", string(first)), i18n.T("%s", "%s", string(last)))
		default:
			list = append(list, i18n.T("%s à %s", "%s to %s", string(first), string(last)))
		}
	}
	return list, true
}

func joinTexts(list []i18n.Text, lang i18n.Lang) string {
	texts := make([]string, len(list))
	for i, t := range list {
		texts[i] = t.In(lang)
	}
	return strings.Join(texts, ", ")
}

// patternSample makes a value that an expression takes, as short as can be; "" when none is found. p is the expression,
// compiled.
func patternSample(expr string, p *pattern) string {
	tree, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return ""
	}
	var b strings.Builder
	if !sampleOf(tree, &b) || b.Len() > 100 {
		return ""
	}
	if !p.match([]byte(b.String())) {
		return ""
	}
	return b.String()
}

// sampleOf writes the shortest text that an expression takes. Digits and letters follow each other, so that a reader
// sees which may change.
func sampleOf(re *syntax.Regexp, b *strings.Builder) bool {
	times := 1
	switch re.Op {
	case syntax.OpBeginText, syntax.OpEndText, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpEmptyMatch, syntax.OpStar, syntax.OpQuest:
		return true
	case syntax.OpLiteral:
		b.WriteString(string(re.Rune))
		return true
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteByte('x')
		return true
	case syntax.OpCharClass:
		return sampleChar(re.Rune, b)
	case syntax.OpAlternate:
		return sampleOf(re.Sub[0], b)
	case syntax.OpRepeat:
		times = re.Min
	case syntax.OpCapture, syntax.OpConcat, syntax.OpPlus:
	default:
		return false
	}
	for range times {
		for _, sub := range re.Sub {
			if b.Len() > 100 || !sampleOf(sub, b) {
				return false
			}
		}
	}
	return true
}

// sampleChar writes a character of a class: a digit or a letter that comes after the one before, else its first.
func sampleChar(pairs []rune, b *strings.Builder) bool {
	has := func(r rune) bool {
		for i := 0; i < len(pairs); i += 2 {
			if r >= pairs[i] && r <= pairs[i+1] {
				return true
			}
		}
		return false
	}
	n := rune(b.Len())
	for _, r := range []rune{'1' + n%9, 'A' + n%26, 'a' + n%26} {
		if has(r) {
			b.WriteRune(r)
			return true
		}
	}
	if len(pairs) == 0 || !strconv.IsPrint(pairs[0]) {
		return false
	}
	b.WriteRune(pairs[0])
	return true
}
