package validate

import (
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"

	"socle/internal/i18n"
)

// A pattern is a regular expression of a schema, ready to be held against whole values. The engine never backtracks:
// its time is proportional to the value, whatever the expression.
type pattern struct {
	automaton *automaton // for ASCII values; nil when it would have too many states
	expr      *regexp.Regexp
}

func (p *pattern) match(v []byte) bool {
	if p.automaton != nil {
		if matched, told := p.automaton.match(v); told {
			return matched
		}
	}
	return p.expr.Match(v)
}

// newPattern compiles an expression. What RE2 cannot express is refused with the reason. Its automaton has at most so many
// states.
func newPattern(expr string, states int) (*pattern, *i18n.Text) {
	translated, wrong := translate(expr)
	if wrong != nil {
		return nil, wrong
	}
	whole := `\A(?:` + translated + `)\z`
	compiled, err := regexp.Compile(whole)
	if err != nil {
		said := err.Error()
		if e, ok := err.(*syntax.Error); ok {
			said = string(e.Code) + " : " + strings.TrimSuffix(strings.TrimPrefix(e.Expr, `\A(?:`), `)\z`)
		}
		t := i18n.T("l’expression régulière ne se lit pas (%s)", "the regular expression cannot be read (%s)", said)
		return nil, &t
	}
	return &pattern{newAutomaton(whole, states), compiled}, nil
}

// translate turns an expression of XML Schema, or of the Python that most schemas are written for, into one of RE2.
// The classes \d \w \s \i \c speak of Unicode; a class may be subtracted from another: [a-z-[aeiou]].
//
// Source: XML Schema part 2, appendix F.
func translate(expr string) (string, *i18n.Text) {
	t := &translator{in: expr}
	for t.pos < len(t.in) && t.wrong == nil {
		switch c := t.in[t.pos]; {
		case c == '\\':
			t.escape(false)
		case c == '[':
			class := t.class()
			t.out.WriteString(class)
		case c == '(' && strings.HasPrefix(t.in[t.pos:], "(?"):
			t.group()
		case (c == '*' || c == '+' || c == '?' || c == '}') && strings.HasPrefix(t.in[t.pos+1:], "+"):
			t.refuse("un quantificateur possessif", "a possessive quantifier", t.in[t.pos:t.pos+2])
		default:
			_, size := utf8.DecodeRuneInString(t.in[t.pos:])
			t.out.WriteString(t.in[t.pos : t.pos+size])
			t.pos += size
		}
	}
	if t.wrong != nil {
		return "", t.wrong
	}
	return t.out.String(), nil
}

type translator struct {
	in    string
	pos   int
	out   strings.Builder
	wrong *i18n.Text
}

func (t *translator) refuse(fr, en, what string) {
	if t.wrong == nil {
		text := i18n.T("l’expression régulière contient %s (« %s ») : cela demande de revenir en arrière dans le texte, ce que ce moteur refuse pour que son temps reste borné. Écrivez-la autrement",
			"the regular expression holds %s (“%s”): this needs going back in the text, which this engine refuses so that its time stays bounded. Write it otherwise", i18n.T(fr, en), what)
		t.wrong = &text
	}
}

// group passes the groups that RE2 has, and refuses the others.
func (t *translator) group() {
	rest := t.in[t.pos:]
	for _, look := range []string{"(?=", "(?!", "(?<=", "(?<!"} {
		if strings.HasPrefix(rest, look) {
			t.refuse("une assertion qui regarde autour d’elle", "an assertion that looks around", look)
			return
		}
	}
	switch {
	case strings.HasPrefix(rest, "(?>"):
		t.refuse("un groupe atomique", "an atomic group", "(?>")
	case strings.HasPrefix(rest, "(?("):
		t.refuse("un groupe conditionnel", "a conditional group", "(?(")
	case strings.HasPrefix(rest, "(?P="):
		t.refuse("un rappel de groupe", "a backreference", "(?P=")
	case strings.HasPrefix(rest, "(?#"):
		end := strings.IndexByte(rest, ')')
		if end < 0 {
			end = len(rest) - 1
		}
		t.pos += end + 1
		return
	}
	t.out.WriteString("(?")
	t.pos += 2
}

// The classes of XML Schema, as what stands between brackets.
const (
	classDigit   = `\p{Nd}`
	classSpace   = ` \t\n\r`
	classNotWord = `\p{P}\p{Z}\p{C}` // what \w leaves out
	classInitial = `_:\pL`
	className    = `_:\pL\p{M}\p{Nd}.\-·`
)

// escape translates what follows a backslash; within brackets, only what may stand there.
func (t *translator) escape(inside bool) {
	if t.pos+1 >= len(t.in) {
		t.out.WriteString(`\\`)
		t.pos++
		return
	}
	c := t.in[t.pos+1]
	t.pos += 2
	set := func(content string, not bool) {
		switch {
		case inside && not:
			t.out.WriteString(negated[c])
		case inside:
			t.out.WriteString(content)
		case not:
			t.out.WriteString("[^" + content + "]")
		default:
			t.out.WriteString("[" + content + "]")
		}
	}
	switch c {
	case 'd', 'D':
		set(classDigit, c == 'D')
	case 's', 'S':
		set(classSpace, c == 'S')
	case 'i', 'I':
		set(classInitial, c == 'I')
	case 'c', 'C':
		set(className, c == 'C')
	case 'w', 'W':
		// \w is everything but punctuation, separators and the rest; Python and most schemas hold _ for a word too.
		if inside {
			t.out.WriteString(map[byte]string{'w': `_\pL\pM\pN\pS`, 'W': `\p{Pc}\p{Pd}\p{Ps}\p{Pe}\p{Pi}\p{Pf}\p{Po}\pZ\pC`}[c])
		} else if c == 'w' {
			t.out.WriteString(`[_\pL\pM\pN\pS]`)
		} else {
			t.out.WriteString(`[^_\pL\pM\pN\pS]`)
		}
	case 'p', 'P':
		t.property(c)
	case 'Z':
		t.out.WriteString(`\z`)
	case 'u', 'x':
		t.code(c)
	case '1', '2', '3', '4', '5', '6', '7', '8', '9':
		t.refuse("un rappel de groupe", "a backreference", `\`+string(c))
	case 'e', 'h', 'H', 'R', 'X', 'K', 'G':
		t.refuse("une séquence qui n’est pas d’XML Schema", "a sequence that is not of XML Schema", `\`+string(c))
	default:
		if c < utf8.RuneSelf && (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9') {
			t.out.WriteString(`\` + string(c)) // \n \t \A \b: the same in RE2, or refused by it
			return
		}
		t.pos--
		r, size := utf8.DecodeRuneInString(t.in[t.pos:])
		t.pos += size
		t.out.WriteString(regexp.QuoteMeta(string(r)))
		if r == '-' && inside {
			return
		}
	}
}

// negated are the complements that may stand in a class.
var negated = map[byte]string{'D': `\P{Nd}`, 'S': `\S`, 'I': `\PL`, 'C': `\PL`}

// code reads \uXXXX and \xXX.
func (t *translator) code(kind byte) {
	n := map[byte]int{'u': 4, 'x': 2}[kind]
	if t.pos+n > len(t.in) {
		t.out.WriteString(`\` + string(kind))
		return
	}
	t.out.WriteString(`\x{` + t.in[t.pos:t.pos+n] + `}`)
	t.pos += n
}

// property translates \p{…}; the blocks of XML Schema (IsBasicLatin…) become their ranges where they are of use.
func (t *translator) property(c byte) {
	rest := t.in[t.pos:]
	end := strings.IndexByte(rest, '}')
	if !strings.HasPrefix(rest, "{Is") || end < 0 {
		t.out.WriteString(`\` + string(c))
		if strings.HasPrefix(rest, "{") && end > 0 {
			t.out.WriteString(rest[:end+1])
			t.pos += end + 1
		}
		return
	}
	name := rest[3:end]
	ranges, known := blocks[name]
	if !known || c == 'P' {
		text := i18n.T("le bloc Unicode « %s » n’est pas connu : écrivez ses caractères, comme [\\u0000-\\u007F]", "the Unicode block “%s” is not known: write its characters, like [\\u0000-\\u007F]", name)
		t.wrong = &text
		return
	}
	t.pos += end + 1
	t.out.WriteString("[" + ranges + "]")
}

var blocks = map[string]string{
	"BasicLatin": `\x00-\x7F`, "Latin-1Supplement": `\x{80}-\x{FF}`, "LatinExtended-A": `\x{100}-\x{17F}`, "LatinExtended-B": `\x{180}-\x{24F}`,
	"GreekandCoptic": `\x{370}-\x{3FF}`, "Greek": `\x{370}-\x{3FF}`, "Cyrillic": `\x{400}-\x{4FF}`, "GeneralPunctuation": `\x{2000}-\x{206F}`,
	"CurrencySymbols": `\x{20A0}-\x{20CF}`, "LatinExtendedAdditional": `\x{1E00}-\x{1EFF}`,
}

// class translates a class between brackets. RE2 has no subtraction: what is subtracted is computed.
func (t *translator) class() string {
	start := t.pos
	t.pos++
	outer := t.out
	t.out = strings.Builder{}
	defer func() { t.out = outer }()
	t.out.WriteByte('[')
	if t.pos < len(t.in) && t.in[t.pos] == '^' {
		t.out.WriteByte('^')
		t.pos++
	}
	for first := true; t.pos < len(t.in) && t.wrong == nil; first = false {
		c := t.in[t.pos]
		switch {
		case c == ']' && !first:
			t.pos++
			t.out.WriteByte(']')
			return t.out.String()
		case c == '\\':
			t.escape(true)
		case c == '-' && strings.HasPrefix(t.in[t.pos:], "-["):
			t.pos++
			base := t.out.String() + "]"
			less := t.class()
			if t.pos < len(t.in) && t.in[t.pos] == ']' {
				t.pos++
			}
			return t.subtract(base, less)
		case c == '[':
			t.out.WriteString(`\[`)
			t.pos++
		default:
			_, size := utf8.DecodeRuneInString(t.in[t.pos:])
			t.out.WriteString(t.in[t.pos : t.pos+size])
			t.pos += size
		}
	}
	if t.wrong == nil {
		text := i18n.T("l’expression régulière ouvre un crochet qui n’est jamais refermé (« %s »)", "the regular expression opens a bracket that is never closed (“%s”)", t.in[start:])
		t.wrong = &text
	}
	return ""
}

// subtract computes a class without the characters of another.
func (t *translator) subtract(base, less string) string {
	if t.wrong != nil {
		return ""
	}
	a, err := syntax.Parse(base, syntax.Perl)
	b, also := syntax.Parse(less, syntax.Perl)
	if err != nil || also != nil {
		text := i18n.T("l’expression régulière soustrait une classe qui ne se lit pas", "the regular expression subtracts a class that cannot be read")
		t.wrong = &text
		return ""
	}
	var kept []rune
	hole := runesOf(b)
	for from := runesOf(a); len(from) > 1; from = from[2:] {
		low, high := from[0], from[1]
		for i := 0; i+1 < len(hole) && low <= high; i += 2 {
			if hole[i+1] < low || hole[i] > high {
				continue
			}
			if hole[i] > low {
				kept = append(kept, low, hole[i]-1)
			}
			low = hole[i+1] + 1
		}
		if low <= high {
			kept = append(kept, low, high)
		}
	}
	if len(kept) == 0 {
		return `[^\x{0}-\x{10FFFF}]`
	}
	return (&syntax.Regexp{Op: syntax.OpCharClass, Rune: kept}).String()
}

// runesOf are the ranges of a class.
func runesOf(r *syntax.Regexp) []rune {
	switch r.Op {
	case syntax.OpCharClass:
		return r.Rune
	case syntax.OpLiteral:
		return []rune{r.Rune[0], r.Rune[0]}
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return []rune{0, utf8.MaxRune}
	}
	return nil
}

// search is an expression that may hold anywhere in a text.
type search struct {
	*regexp.Regexp
	as string // as it was written
}

func (s search) String() string { return s.as }

func compileSearch(as, translated string) (search, error) {
	compiled, err := regexp.Compile(translated)
	return search{compiled, as}, err
}
