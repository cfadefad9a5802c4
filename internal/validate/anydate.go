package validate

import (
	"regexp"
	"strings"
	"sync"
)

// The layouts that the format "any" tries, in order. The standard leaves them to implementations and advises against
// them; these are the ways of writing that are found in French files and that mean one thing only, the day before the
// month when both are written with digits, unless the year comes first.
var (
	anyDays   = []string{"%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%d/%m/%y", "%d %B %Y", "%d %b %Y", "%B %d, %Y", "%b %d, %Y", "%B %d %Y", "%b %d %Y", "%a, %d %b %Y", "%A %d %B %Y", "%Y-%m", "%B %Y", "%b %Y", "%Y"}
	anyClocks = []string{"%H:%M:%S", "%H:%M", "%H:%M:%S.%f", "%Hh%M", "%H h %M", "%I:%M %p", "%I:%M:%S %p", "%I:%M%p", "%I%p", "%I %p"}
	zoneAtEnd = regexp.MustCompile(`\s*(Z|[+-]\d\d:?\d\d)$`)
	ordinal   = regexp.MustCompile(`(?i)\b(\d{1,2})(?:er|st|nd|rd|th)\b`)
)

// anyLayouts are the compiled layouts of days and of clocks.
type anyLayouts struct{ days, clocks []*layout }

// anyWays are the layouts, compiled the first time that they are of use.
var anyWays = sync.OnceValue(newAnyLayouts)

func newAnyLayouts() *anyLayouts {
	compiled := func(formats []string) []*layout {
		layouts := make([]*layout, 0, len(formats))
		for _, f := range formats {
			if l, wrong := newLayout(f); wrong == nil {
				layouts = append(layouts, l)
			}
		}
		return layouts
	}
	return &anyLayouts{compiled(anyDays), compiled(anyClocks)}
}

func (a *anyLayouts) day(text string) (int64, bool) {
	text = ordinal.ReplaceAllString(strings.TrimSpace(text), "$1")
	for _, l := range a.days {
		if c, ok := l.read([]byte(text)); ok {
			if days, ok := c.date(); ok {
				return days, true
			}
		}
	}
	return 0, false
}

func (a *anyLayouts) clock(text string) (int64, bool) {
	text = strings.TrimSpace(text)
	var zone int64
	if m := zoneAtEnd.FindStringSubmatchIndex(text); m != nil {
		zone, _ = isoZone([]byte(text[m[2]:m[3]])) // of its form, says the pattern
		text = text[:m[0]]
	}
	for _, l := range a.clocks {
		if c, ok := l.read([]byte(text)); ok {
			return c.clock() - zone, true
		}
	}
	return 0, false
}

// moment reads a day, a separator and a time, or a day alone.
func (a *anyLayouts) moment(text string) (int64, bool) {
	text = strings.TrimSpace(text)
	for i := 0; i < len(text); i++ {
		if text[i] != ' ' && text[i] != 'T' {
			continue
		}
		days, ok := a.day(text[:i])
		if !ok {
			continue
		}
		if clock, ok := a.clock(strings.TrimPrefix(strings.TrimSpace(text[i+1:]), "à ")); ok {
			return days*day + clock, true
		}
	}
	days, ok := a.day(text)
	return days * day, ok
}

func (a *anyLayouts) cast(kind string) func([]byte, *value) bool {
	return func(v []byte, o *value) (ok bool) {
		o.exact = true
		switch kind {
		case "date":
			if o.num, ok = a.day(string(v)); !ok {
				var at int64
				at, ok = a.moment(string(v))
				o.num = at / day
			}
		case "time":
			if o.num, ok = a.clock(string(v)); !ok {
				var at int64
				at, ok = a.moment(string(v))
				o.num = at % day
			}
		default:
			o.num, ok = a.moment(string(v))
		}
		return ok
	}
}
