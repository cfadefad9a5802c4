package format

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/schema"
)

// A Calendar says how rows become events. Columns are named by their place among those of the rows; None is no
// column.
type Calendar struct {
	Name        string         // of the agenda, as it shows in the list of agendas
	Description string         // of the agenda
	URL         string         // the page of the dataset
	Namespace   string         // uid of the dataset: it keeps events of two datasets apart
	Revised     time.Time      // when the version was published
	Sequence    int            // number of the version
	Zone        *time.Location // the clocks that events are written on; Europe/Paris when nil
	Lang        i18n.Lang      // of the few sentences that are added

	Begin, End, Title, Text, Place, Position, Link Column

	EndExcluded bool     // the day of End is no longer part of the event
	Told        []Column // told in the description, one a line
	Identity    []Column // what tells an event from all others, in every version
}

// A Column is a column of the rows: its place from 1, so that the zero value is none.
type Column int

// None is no column.
const None Column = 0

func (c Column) of(values []any) any {
	if c == None || int(c) > len(values) {
		return nil
	}
	return values[c-1]
}

// maxEvents bounds the memory in which a calendar remembers the identifiers that it gave.
const maxEvents = 500_000

// icalWriter writes rows as the events of a calendar (RFC 5545, with the properties of RFC 7986 and those older ones
// that agendas still read).
//
// Days are days: an event whose ends are days, or midnights of its own clocks, is written with VALUE=DATE and no time
// zone, so that no agenda moves it. Other events are written on the clocks of Paris with the one VTIMEZONE that the
// file holds, or in UTC when other clocks are asked for.
type icalWriter struct {
	nothingAside
	w        *bufio.Writer
	calendar Calendar
	paris    bool
	fields   []schema.Field
	given    map[[16]byte]int // identifiers, with how many events have asked for each
	parts    int              // components written
	stamp    string
}

func newICalWriter(w io.Writer, o WriteOptions) Writer {
	c := o.Calendar
	if c.Zone == nil {
		c.Zone = parisZone()
	}
	return &icalWriter{w: bufio.NewWriterSize(w, 64<<10), calendar: c, paris: c.Zone.String() == parisName, given: map[[16]byte]int{},
		stamp: c.Revised.UTC().Format(icalUTC)}
}

const (
	parisName = "Europe/Paris"
	icalDay   = "20060102"
	icalLocal = "20060102T150405"
	icalUTC   = "20060102T150405Z"
	// An agenda that subscribed is asked to come back twice a day.
	icalRefresh = "PT12H"
)

// parisZone is the clocks of Paris, UTC on a machine that does not know them.
func parisZone() *time.Location {
	zone, err := time.LoadLocation(parisName)
	if err != nil {
		return time.UTC
	}
	return zone
}

// parisRules says when the clocks of Paris change: those of the European Union since the end of 1996 (directive
// 2000/84/EC for the rule in force). Events before are written in UTC.
const parisRules = `BEGIN:VTIMEZONE
TZID:Europe/Paris
BEGIN:DAYLIGHT
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
TZNAME:CEST
DTSTART:19970330T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
BEGIN:STANDARD
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
TZNAME:CET
DTSTART:19961027T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE`

var parisRulesFrom = time.Date(1996, 10, 27, 1, 0, 0, 0, time.UTC)

// Begin writes the head of the calendar.
func (c *icalWriter) Begin(s schema.Schema) error {
	c.fields = s.Fields
	o := c.calendar
	c.line("BEGIN:VCALENDAR")
	c.line("VERSION:2.0")
	c.line("PRODID:-//Socle//Explore API v2.1//FR")
	c.line("CALSCALE:GREGORIAN")
	for _, name := range []string{"NAME", "X-WR-CALNAME"} {
		c.text(name, o.Name)
	}
	for _, name := range []string{"DESCRIPTION", "X-WR-CALDESC"} {
		c.text(name, o.Description)
	}
	if o.URL != "" {
		c.line("URL:" + uri(o.URL))
	}
	c.line("X-WR-TIMEZONE:" + o.Zone.String())
	c.line("LAST-MODIFIED:" + c.stamp)
	c.line("REFRESH-INTERVAL;VALUE=DURATION:" + icalRefresh)
	c.line("X-PUBLISHED-TTL:" + icalRefresh)
	if c.paris && (c.isInstant(o.Begin) || c.isInstant(o.End)) {
		c.rules()
	}
	return nil
}

func (c *icalWriter) isInstant(column Column) bool {
	return column != None && int(column) <= len(c.fields) && c.fields[column-1].Type == schema.Datetime
}

func (c *icalWriter) rules() {
	for line := range strings.SplitSeq(parisRules, "\n") {
		c.line(line)
	}
	c.parts++
}

// Row writes an event. A row that has no day at all is no event, and is left out.
func (c *icalWriter) Row(values []any) error {
	o := c.calendar
	when, ok := c.occasion(values)
	if !ok {
		return nil
	}
	id, err := c.identify(values)
	if err != nil {
		return err
	}
	c.parts++
	c.line("BEGIN:VEVENT")
	c.line("UID:" + id)
	c.line("DTSTAMP:" + c.stamp)
	c.line("LAST-MODIFIED:" + c.stamp)
	c.line("SEQUENCE:" + strconv.Itoa(o.Sequence))
	c.line(c.moment("DTSTART", when.begin, when.days))
	if when.days || when.end.After(when.begin) {
		c.line(c.moment("DTEND", when.end, when.days))
	}
	title := c.written(o.Title, values)
	if title == "" {
		title = o.Name
	}
	c.text("SUMMARY", oneLine(title))
	c.text("DESCRIPTION", c.story(values, when))
	c.text("LOCATION", oneLine(c.written(o.Place, values)))
	if at, ok := o.Position.of(values).(schema.Coordinates); ok {
		c.line("GEO:" + coordinate(at.Lat) + ";" + coordinate(at.Lon))
	}
	if link := c.written(o.Link, values); strings.HasPrefix(link, "https://") || strings.HasPrefix(link, "http://") {
		c.line("URL:" + uri(link))
	}
	if when.days { // a holiday does not make anybody busy
		c.line("TRANSP:TRANSPARENT")
	}
	c.line("END:VEVENT")
	return nil
}

// End writes the end of the calendar. A calendar must hold something (RFC 5545, 3.6): without an event, it is the
// rules of its clocks.
func (c *icalWriter) End() error {
	if c.parts == 0 {
		c.rules()
	}
	c.line("END:VCALENDAR")
	return c.w.Flush()
}

// occasion is when an event takes place. The end is the first moment, or the first day, after it.
type occasion struct {
	begin, end time.Time // when days, midnights in UTC
	days       bool
	warning    i18n.Text // what is odd about it, if anything is
}

// longEvent is the length from which an event says how long it is: it may be a mistake in a year.
const longEvent = 300 * 24 * time.Hour

// occasion finds when the event of a row takes place, false when nothing says.
func (c *icalWriter) occasion(values []any) (occasion, bool) {
	begin, hasBegin := c.edge(c.calendar.Begin, values)
	end, hasEnd := c.edge(c.calendar.End, values)
	switch {
	case hasBegin && hasEnd:
		return c.between(begin, end), true
	case hasEnd:
		begin = end
	case !hasBegin:
		return occasion{}, false
	}
	return c.alone(begin), true
}

// alone is an event of which one end is known: it lasts its day, or no time.
func (c *icalWriter) alone(e edge) occasion {
	if e.day {
		day := dayOf(e.at)
		return occasion{begin: day, end: day.AddDate(0, 0, 1), days: true}
	}
	return occasion{begin: e.at, end: e.at}
}

// between is an event of which both ends are known.
func (c *icalWriter) between(begin, end edge) occasion {
	if end.before(begin) {
		o := c.alone(begin)
		o.warning = i18n.T("La fin indiquée (%s) précède le début.", "The end given (%s) is before the beginning.", shown(end.at, end.date))
		return o
	}
	switch utc := end.at.UTC(); {
	case !begin.date && !end.date && midnight(begin.at.UTC()) && midnight(utc):
		// Days that the source wrote as midnights of UTC.
		begin, end = edge{at: begin.at.UTC(), day: true}, edge{at: utc, day: true}
	case end.date && !c.calendar.EndExcluded:
		end.at = end.at.AddDate(0, 0, 1)
	case !end.date && begin.day && end.at.Hour() == 23 && end.at.Minute() == 59:
		end = edge{at: dayOf(end.at).AddDate(0, 0, 1), day: true}
	}
	var o occasion
	if begin.day && end.day {
		o = occasion{begin: dayOf(begin.at), end: dayOf(end.at), days: true}
		if !o.end.After(o.begin) {
			o.end = o.begin.AddDate(0, 0, 1)
		}
	} else {
		o = occasion{begin: c.instant(begin), end: c.instant(end)}
	}
	if length := o.end.Sub(o.begin); length >= longEvent {
		o.warning = i18n.T("Dure %d jours.", "Lasts %d days.", int(length.Hours()/24))
	}
	return o
}

// edge is one end of an event.
type edge struct {
	at   time.Time // on the clocks of the calendar, or the midnight of a day in UTC
	date bool      // it comes from a field of days
	day  bool      // it is a day, or the midnight of one
}

// edge reads one end of an event, false when there is none, or none that iCalendar, which writes years with four
// digits, can say with its morrow.
func (c *icalWriter) edge(column Column, values []any) (edge, bool) {
	t, ok := column.of(values).(time.Time)
	if !ok || t.Year() < 1 || t.Year() >= 9999 {
		return edge{}, false
	}
	if !c.isInstant(column) {
		return edge{at: dayOf(t), date: true, day: true}, true
	}
	local := t.In(c.calendar.Zone)
	return edge{at: local, day: midnight(local)}, true
}

// before compares days when one of the two is a day.
func (e edge) before(begin edge) bool {
	if e.date || begin.date {
		return dayOf(e.at).Before(dayOf(begin.at))
	}
	return e.at.Before(begin.at)
}

// instant is the instant of an edge: that of a day is its midnight on the clocks of the calendar.
func (c *icalWriter) instant(e edge) time.Time {
	if e.date {
		year, month, day := e.at.Date()
		return time.Date(year, month, day, 0, 0, 0, 0, c.calendar.Zone)
	}
	return e.at
}

func midnight(t time.Time) bool {
	hour, minute, second := t.Clock()
	return hour == 0 && minute == 0 && second == 0
}

func dayOf(t time.Time) time.Time {
	year, month, day := t.Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

func shown(t time.Time, day bool) string {
	if day {
		return t.Format(time.DateOnly)
	}
	return t.Format("2006-01-02 15:04")
}

// moment writes a property that is a day or an instant.
func (c *icalWriter) moment(name string, t time.Time, day bool) string {
	switch {
	case day:
		return name + ";VALUE=DATE:" + t.Format(icalDay)
	case c.paris && t.After(parisRulesFrom):
		return name + ";TZID=" + parisName + ":" + t.In(c.calendar.Zone).Format(icalLocal)
	}
	return name + ":" + t.UTC().Format(icalUTC)
}

// identify gives the event of a row its identifier: the same in every version that holds the same thing, and never
// twice the same in one file. Rows that nothing tells apart are counted.
func (c *icalWriter) identify(values []any) (string, error) {
	sum := sha256.New()
	fmt.Fprintf(sum, "%q", c.calendar.Namespace)
	for _, column := range c.calendar.Identity {
		if value := column.of(values); value != nil { // a column that a later version adds empty changes nothing
			fmt.Fprintf(sum, " %q=%q", c.fields[column-1].Name, plain(c.fields[column-1], value))
		}
	}
	var id [16]byte
	copy(id[:], sum.Sum(nil))
	if len(c.given) >= maxEvents {
		return "", fault.New(fault.Invalid, "calendar_too_long", i18n.T(
			"Un calendrier ne peut pas contenir plus de %d événements. Filtrez les lignes avec where ou refine, ou choisissez csv, json ou parquet.",
			"A calendar cannot hold more than %d events. Filter the rows with where or refine, or choose csv, json or parquet.", maxEvents))
	}
	c.given[id]++
	text := hex.EncodeToString(id[:])
	if again := c.given[id]; again > 1 {
		text += "-" + strconv.Itoa(again)
	}
	return text + "@socle", nil
}

// written is the text of a column.
func (c *icalWriter) written(column Column, values []any) string {
	value := column.of(values)
	if value == nil {
		return ""
	}
	f := c.fields[column-1]
	switch v := value.(type) {
	case bool:
		if v {
			return i18n.T("oui", "yes").In(c.calendar.Lang)
		}
		return i18n.T("non", "no").In(c.calendar.Lang)
	case time.Time:
		return shown(v.In(c.clocks(f)), f.Type == schema.Date)
	case json.RawMessage:
		var list []string
		if json.Unmarshal(v, &list) == nil {
			return strings.Join(list, ", ")
		}
	}
	return strings.TrimSpace(plain(f, value))
}

func (c *icalWriter) clocks(f schema.Field) *time.Location {
	if f.Type == schema.Date {
		return time.UTC
	}
	return c.calendar.Zone
}

// story is what the description of an event tells.
func (c *icalWriter) story(values []any, s occasion) string {
	var lines []string
	if text := c.written(c.calendar.Text, values); text != "" {
		lines = append(lines, text)
	}
	for _, column := range c.calendar.Told {
		if text := c.written(column, values); text != "" && text != "-" && c.fields[column-1].Type != schema.Geometry {
			f := c.fields[column-1]
			label := f.Label
			if label == "" {
				label = f.Name
			}
			lines = append(lines, i18n.T("%s\u00a0: %s", "%s: %s", label, text).In(c.calendar.Lang))
		}
	}
	if warning := s.warning.In(c.calendar.Lang); warning != "" {
		lines = append(lines, warning)
	}
	return strings.Join(lines, "\n")
}

// text writes a property whose value is a text (RFC 5545, 3.3.11), nothing when it is empty.
func (c *icalWriter) text(name, value string) {
	if value != "" {
		c.line(name + ":" + icalText.Replace(strings.Map(printable, value)))
	}
}

var icalText = strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\r\n", `\n`, "\r", `\n`, "\n", `\n`)

// printable drops the control characters, which a content line may not hold.
func printable(r rune) rune {
	if r < ' ' && r != '\n' && r != '\r' && r != '\t' || r == 0x7f {
		return -1
	}
	return r
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// uri takes out of an address what would end its line.
func uri(address string) string {
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r == 0x7f {
			return -1
		}
		return r
	}, address)
}

func coordinate(v float64) string { return strconv.FormatFloat(v, 'f', 6, 64) }

// line writes a content line, folded at 75 octets (RFC 5545, 3.1) without cutting a character. The buffer keeps the
// first error for the end.
func (c *icalWriter) line(text string) {
	const most = 75
	for room := most; len(text) > room; room = most - 1 { // the space that begins the following lines counts
		cut := room
		for cut > 0 && !utf8.RuneStart(text[cut]) {
			cut--
		}
		if cut == 0 { // not UTF-8
			cut = room
		}
		c.w.WriteString(text[:cut] + "\r\n ")
		text = text[cut:]
	}
	c.w.WriteString(text + "\r\n")
}
