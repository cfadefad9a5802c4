package validate

import (
	"regexp"
	"strconv"
	"strings"

	"socle/internal/i18n"
)

// A layout is a format of strptime, as Python documents it: dates, times and moments are read with it.
type layout struct {
	parts   []part // positional reading, when every part has a fixed width; nil otherwise
	width   int
	pattern *regexp.Regexp
	groups  []byte // directive of each group of the pattern
}

// part is a directive with its width, or a literal byte.
type part struct {
	directive byte // 0 for a literal
	literal   byte
	width     int
}

// What each directive accepts. The order of the alternatives is that of Python, which tries the longest first.
var directives = map[byte]string{
	'Y': `(\d\d\d\d)`, 'y': `(\d\d)`, 'm': `(1[0-2]|0[1-9]|[1-9])`, 'd': `(3[01]|[12]\d|0[1-9]|[1-9]| [1-9])`,
	'H': `(2[0-3]|[01]\d|\d)`, 'I': `(1[0-2]|0[1-9]|[1-9])`, 'M': `([0-5]\d|\d)`, 'S': `(6[01]|[0-5]\d|\d)`, 'f': `(\d{1,6})`,
	'j': `(36[0-6]|3[0-5]\d|[12]\d\d|0[1-9]\d|00[1-9]|[1-9]\d|0[1-9]|[1-9])`, 'p': `(?i:(am|pm))`,
	'z': `([+-]\d\d:?[0-5]\d(?::?[0-5]\d(?:\.\d{1,6})?)?|Z)`, 'Z': `(?i:(utc|gmt|[a-z]{3,5}))`,
	'b': `(?i:(` + monthsShort + `))`, 'B': `(?i:(` + monthsLong + `))`,
	'a': `(?i:(mon|tue|wed|thu|fri|sat|sun|lun\.?|mar\.?|mer\.?|jeu\.?|ven\.?|sam\.?|dim\.?))`,
	'A': `(?i:(monday|tuesday|wednesday|thursday|friday|saturday|sunday|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche))`,
	'U': `(5[0-3]|[0-4]\d|\d)`, 'W': `(5[0-3]|[0-4]\d|\d)`, 'w': `([0-6])`, 'u': `([1-7])`,
	'G': `(\d\d\d\d)`, 'V': `(5[0-3]|0[1-9]|[1-4]\d|\d)`, '%': `%`,
}

const (
	monthsLong  = `january|february|march|april|may|june|july|august|september|october|november|december|janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre`
	monthsShort = `jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|janv\.?|févr\.?|mars|avr\.?|mai|juin|juil\.?|août|sept\.?|oct\.?|nov\.?|déc\.?`
)

// shorthands are directives that stand for several.
var shorthands = strings.NewReplacer("%c", "%a %b %d %H:%M:%S %Y", "%x", "%m/%d/%y", "%X", "%H:%M:%S", "%D", "%m/%d/%y", "%F", "%Y-%m-%d", "%T", "%H:%M:%S", "%R", "%H:%M")

// newLayout compiles a format.
func newLayout(format string) (*layout, *i18n.Text) {
	format = shorthands.Replace(format)
	l := &layout{}
	var pattern strings.Builder
	pattern.WriteString(`^`)
	fixed := true
	said := false
	for i := 0; i < len(format); i++ {
		c := format[i]
		if c != '%' || i+1 == len(format) {
			if strings.IndexByte(" \t\n", c) >= 0 {
				pattern.WriteString(`\s+`)
			} else {
				pattern.WriteString(regexp.QuoteMeta(string(c)))
			}
			l.parts = append(l.parts, part{literal: c, width: 1})
			continue
		}
		i++
		d := format[i]
		accepts, known := directives[d]
		if !known {
			t := i18n.T("« %%%s » n’est pas une directive de strptime connue", "“%%%s” is not a known directive of strptime", string(d))
			return nil, &t
		}
		if d == '%' {
			pattern.WriteString(`%`)
			l.parts = append(l.parts, part{literal: '%', width: 1})
			continue
		}
		said = true
		pattern.WriteString(accepts)
		l.groups = append(l.groups, d)
		width := map[byte]int{'Y': 4, 'm': 2, 'd': 2, 'H': 2, 'M': 2, 'S': 2}[d]
		fixed = fixed && width > 0
		l.parts = append(l.parts, part{directive: d, width: width})
	}
	if !said {
		t := i18n.T("le format « %s » ne dit ni jour ni heure : écrivez-le avec des directives comme %%d/%%m/%%Y", "the format “%s” says neither day nor time: write it with directives like %%d/%%m/%%Y", format)
		return nil, &t
	}
	pattern.WriteString(`$`)
	var err error
	if l.pattern, err = regexp.Compile(pattern.String()); err != nil {
		t := i18n.T("le format « %s » ne se lit pas", "the format “%s” cannot be read", format)
		return nil, &t
	}
	if !fixed {
		l.parts = nil
	}
	for _, p := range l.parts {
		l.width += p.width
	}
	return l, nil
}

// civil is what a text says of a date and a time.
type civil struct {
	year, month, day     int
	hour, minute, second int
	micro                int64
	zone                 int64 // microseconds
	yearDay, half        int
	hasDay, hasHalf      bool
}

// read reads a text; ok is false when it is not of the format, or is no date.
func (l *layout) read(v []byte) (c civil, ok bool) {
	c = civil{year: 1900, month: 1, day: 1}
	if l.parts != nil && len(v) == l.width {
		if l.positional(v, &c) {
			return c, true
		}
	}
	m := l.pattern.FindSubmatchIndex(v)
	if m == nil {
		return c, false
	}
	for i, d := range l.groups {
		if !c.set(d, string(v[m[2*i+2]:m[2*i+3]])) {
			return c, false
		}
	}
	if c.hasHalf && (c.hour == 12) != (c.half == 12) {
		c.hour = (c.hour + 12) % 24
	}
	if c.yearDay > 0 && !c.hasDay {
		first, _ := daysOf(c.year, 1, 1)
		c.fromDays(first + int64(c.yearDay) - 1)
	}
	return c, true
}

// positional reads digits at their places.
func (l *layout) positional(v []byte, c *civil) bool {
	for _, p := range l.parts {
		if p.directive == 0 {
			if v[0] != p.literal {
				return false
			}
			v = v[1:]
			continue
		}
		var n int
		var ok bool
		if p.width == 4 {
			n, ok = four(v)
		} else {
			n, ok = two(v)
		}
		if !ok {
			return false
		}
		switch p.directive {
		case 'Y':
			c.year = n
		case 'm':
			c.month = n
		case 'd':
			c.day = n
		case 'H':
			c.hour = n
		case 'M':
			c.minute = n
		case 'S':
			c.second = n
		}
		v = v[p.width:]
	}
	return c.hour < 24 && c.minute < 60 && c.second < 62 && c.month >= 1 && c.month <= 12 && c.day >= 1 && c.day <= 31
}

// set takes what one directive read.
func (c *civil) set(directive byte, text string) bool {
	n, _ := strconv.Atoi(strings.TrimSpace(text)) // 0 for names, which are looked up
	switch directive {
	case 'Y', 'G':
		c.year = n
	case 'y':
		if c.year = 1900 + n; n < 69 {
			c.year = 2000 + n
		}
	case 'm':
		c.month, c.hasDay = n, true
	case 'd':
		c.day, c.hasDay = n, true
	case 'b', 'B':
		c.month, c.hasDay = monthNamed(text), true
	case 'H':
		c.hour = n
	case 'I':
		c.hour = n
	case 'p':
		c.hasHalf = true
		if c.half = 0; strings.EqualFold(text, "pm") {
			c.half = 12
		}
	case 'M':
		c.minute = n
	case 'S':
		c.second = n
	case 'f':
		micro, _ := strconv.ParseInt((text + "00000")[:6], 10, 64) // digits, says the pattern
		c.micro = micro
	case 'j':
		c.yearDay = n
	case 'z':
		if text != "Z" && text != "z" {
			zone, ok := isoZone([]byte(text)[:min(len(text), 6)])
			c.zone = zone
			return ok || len(text) > 6
		}
	}
	return true
}

func monthNamed(text string) int {
	text = strings.ToLower(strings.TrimSuffix(text, "."))
	for _, names := range []string{monthsLong, monthsShort} {
		for i, name := range strings.Split(names, "|") {
			if strings.TrimSuffix(name, `\.?`) == text {
				return i%12 + 1
			}
		}
	}
	return 0
}

func (c *civil) fromDays(days int64) {
	t := timeOf(days)
	c.year, c.month, c.day = t.Year(), int(t.Month()), t.Day()
}

// date returns the day that was read.
func (c *civil) date() (int64, bool) {
	if c.year < 1 {
		return 0, false
	}
	return daysOf(c.year, c.month, c.day)
}

// clock returns the time of the day that was read.
func (c *civil) clock() int64 {
	return (int64(c.hour)*3600+int64(c.minute)*60+int64(c.second))*second + c.micro - c.zone
}

// cast makes the cast of a type from the format.
func (l *layout) cast(kind string) func([]byte, *value) bool {
	return func(v []byte, o *value) bool {
		c, ok := l.read(v)
		if !ok {
			return false
		}
		days, ok := c.date()
		o.exact = true
		switch kind {
		case "date":
			o.num = days
		case "time":
			o.num = c.clock()
		default:
			o.num = days*day + c.clock()
		}
		return ok
	}
}
