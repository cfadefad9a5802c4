package query

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // time zones must be known on machines that have no such files

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/schema"
)

// momentText is a day or an instant, in full or in part: 2017, 2017-04, 2017/04/03, 2017-04-03T08:02:01.5+02:00.
var momentText = regexp.MustCompile(`^(\d{4})(?:[-/](\d{1,2})(?:[-/](\d{1,2})(?:[T ](\d{1,2})(?::(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?\s*(Z|z|[+-]\d{2}:?\d{2})?)?)?)?$`)

// A period is a day or an instant as somebody wrote it, with what its precision covers.
type period struct {
	start  time.Time // wall clock, as UTC
	end    time.Time // just after
	day    bool      // no time was written
	offset bool      // an offset was written: start and end are instants, not wall clocks
}

// parsePeriod reads a date; ok is false when text is none or does not exist in the calendar.
func parsePeriod(text string) (p period, ok bool) {
	m := momentText.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		return p, false
	}
	n := make([]int, 7)
	for i := range n {
		n[i], _ = strconv.Atoi(m[i+1])
	}
	month, day := max(n[1], 1), max(n[2], 1)
	nanoseconds, _ := strconv.Atoi((m[7] + "000000000")[:9])
	p.start = time.Date(n[0], time.Month(month), day, n[3], n[4], n[5], nanoseconds, time.UTC)
	exists := p.start.Month() == time.Month(month) && p.start.Day() == day && p.start.Hour() == n[3] && p.start.Minute() == n[4] && p.start.Second() == n[5]
	if !exists || m[2] != "" && n[1] == 0 || m[3] != "" && n[2] == 0 || n[0] == 0 {
		return p, false
	}
	p.day = m[4] == ""
	switch {
	case m[2] == "":
		p.end = p.start.AddDate(1, 0, 0)
	case m[3] == "":
		p.end = p.start.AddDate(0, 1, 0)
	case m[4] == "":
		p.end = p.start.AddDate(0, 0, 1)
	case m[5] == "":
		p.end = p.start.Add(time.Hour)
	case m[6] == "":
		p.end = p.start.Add(time.Minute)
	default:
		p.end = p.start.Add(time.Microsecond)
	}
	if zone := m[8]; zone != "" {
		p.offset = true
		if zone != "Z" && zone != "z" {
			digits := strings.Replace(zone[1:], ":", "", 1)
			hours, _ := strconv.Atoi(digits[:2])
			minutes, _ := strconv.Atoi(digits[2:])
			if hours > 18 || minutes > 59 {
				return p, false
			}
			shift := time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
			if zone[0] == '+' {
				shift = -shift
			}
			p.start, p.end = p.start.Add(shift), p.end.Add(shift)
		}
	}
	return p, true
}

// literal is a moment of the period for a field of type t: days have no time zone, instants are in location.
func (p period) literal(at time.Time, t schema.Type, location *time.Location) Literal {
	switch {
	case t == schema.Datetime && !p.offset:
		return Literal{Kind: Datetime, Time: inZone(at, location)}
	case t == schema.Datetime:
		return Literal{Kind: Datetime, Time: at}
	case p.day:
		return Literal{Kind: Date, Time: at}
	}
	return Literal{Kind: Datetime, Time: at}
}

// inZone is the instant at which clocks of location show what wall shows.
func inZone(wall time.Time, location *time.Location) time.Time {
	return time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), wall.Nanosecond(), location).UTC()
}

// zone finds the time zone of a request.
func zone(name string) (*time.Location, error) {
	if name == "" {
		return time.UTC, nil
	}
	location, err := time.LoadLocation(name)
	if err != nil || strings.EqualFold(name, "local") {
		return nil, fault.New(fault.Invalid, "InvalidRESTParameterError", i18n.T(
			"Le fuseau horaire «\u00a0%s\u00a0» n’existe pas. Écrivez par exemple Europe/Paris.",
			"There is no time zone “%s”. Write Europe/Paris for instance.", quote(name))).At("timezone")
	}
	return location, nil
}

var (
	setters  = []string{"year", "month", "day", "hour", "minute", "second", "microsecond", "weekday"}
	weekdays = []string{"mondays", "tuesdays", "wednesdays", "thursdays", "fridays", "saturdays", "sundays"}
)

// furthest is how far now() goes in each unit: past the years that dates have, or as far as a Go duration does.
var furthest = map[string]int{"years": 10_000, "months": 120_000, "weeks": 520_000, "days": 3_660_000, "hours": 2_500_000, "minutes": 150_000_000,
	"seconds": 9_000_000_000, "microseconds": 9_000_000_000_000_000, "mondays": 520_000, "tuesdays": 520_000, "wednesdays": 520_000,
	"thursdays": 520_000, "fridays": 520_000, "saturdays": 520_000, "sundays": 520_000}

// moveNow applies one named argument of now(). Days are cut to the length of the month.
func moveNow(t time.Time, name string, n int) (time.Time, bool) {
	y, m, d := t.Date()
	at := func(y int, m time.Month, d int) time.Time {
		last := time.Date(y, m+1, 0, 0, 0, 0, 0, t.Location()).Day()
		return time.Date(y, m, min(d, last), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), t.Location())
	}
	clock := func(hour, minute, second, nanosecond int) time.Time {
		return time.Date(y, m, d, hour, minute, second, nanosecond, t.Location())
	}
	if most, moves := furthest[name]; moves && (n > most || n < -most) {
		return t, false
	}
	if i := slices.Index(weekdays, name); i >= 0 {
		return toWeekday(t, i, n), true
	}
	switch name {
	case "year":
		return at(n, m, d), n >= 1 && n <= 9999
	case "month":
		return at(y, time.Month(n), d), n >= 1 && n <= 12
	case "day":
		return at(y, m, n), n >= 1
	case "hour":
		return clock(n, t.Minute(), t.Second(), t.Nanosecond()), n >= 0 && n <= 23
	case "minute":
		return clock(t.Hour(), n, t.Second(), t.Nanosecond()), n >= 0 && n <= 59
	case "second":
		return clock(t.Hour(), t.Minute(), n, t.Nanosecond()), n >= 0 && n <= 59
	case "microsecond":
		return clock(t.Hour(), t.Minute(), t.Second(), n*1000), n >= 0 && n <= 999_999
	case "weekday":
		return toWeekday(t, n, 1), n >= 0 && n <= 6
	case "years":
		return at(y+n, m, d), true
	case "months":
		first := time.Date(y, m+time.Month(n), 1, 0, 0, 0, 0, t.Location())
		return at(first.Year(), first.Month(), d), true
	case "weeks":
		return t.AddDate(0, 0, 7*n), true
	case "days":
		return t.AddDate(0, 0, n), true
	case "hours":
		return t.Add(time.Duration(n) * time.Hour), true
	case "minutes":
		return t.Add(time.Duration(n) * time.Minute), true
	case "seconds":
		return t.Add(time.Duration(n) * time.Second), true
	case "microseconds":
		return t.Add(time.Duration(n) * time.Microsecond), true
	}
	return t, false
}

// toWeekday goes to the nth such day of the week, today counting as the first: n = 1 is today or after, -1 today or before.
func toWeekday(t time.Time, weekday, n int) time.Time {
	today := (int(t.Weekday()) + 6) % 7
	if n > 0 {
		return t.AddDate(0, 0, (weekday-today+7)%7+7*(n-1))
	}
	if n < 0 {
		return t.AddDate(0, 0, -((today-weekday+7)%7)+7*(n+1))
	}
	return t
}

// dateTokens are the tokens of date_format by how they may be written: a run of one letter.
var dateTokens = map[string]string{"yy": "yy", "YY": "yy", "yyyy": "yyyy", "YYYY": "yyyy", "xx": "xx", "xxxx": "xxxx", "w": "w", "ww": "ww", "e": "e",
	"E": "E", "EE": "E", "EEE": "E", "EEEE": "EEEE", "D": "D", "DDD": "DDD", "M": "M", "MM": "MM", "MMM": "MMM", "MMMM": "MMMM", "d": "d", "dd": "dd",
	"H": "H", "HH": "HH", "m": "m", "mm": "mm", "s": "s", "ss": "ss"}

// readDateFormat cuts a pattern in parts; bad is the first run of letters that is no token. Text stands between
// apostrophes; two of them are one, inside text and outside.
func readDateFormat(pattern string) (parts []DatePart, bad string) {
	var free strings.Builder
	flush := func() {
		if free.Len() > 0 {
			parts = append(parts, DatePart{Text: free.String()})
			free.Reset()
		}
	}
	inText := false
	for i := 0; i < len(pattern); {
		c := pattern[i]
		switch {
		case strings.HasPrefix(pattern[i:], "''"):
			free.WriteByte('\'')
			i += 2
		case c == '\'':
			inText = !inText
			i++
		case inText || !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'):
			free.WriteByte(c)
			i++
		default:
			run := pattern[i : i+len(pattern[i:])-len(strings.TrimLeft(pattern[i:], string(c)))]
			token, known := dateTokens[run]
			if !known {
				return nil, run
			}
			flush()
			parts = append(parts, DatePart{Token: token})
			i += len(run)
		}
	}
	flush()
	return parts, ""
}
