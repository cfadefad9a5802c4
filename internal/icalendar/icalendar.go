// Package icalendar holds a calendar file against its norm, RFC 5545 (with the properties of RFC 7986), and says what is
// wrong on which line. Agendas refuse a file, or move its events, for faults that no table has: a property that is there
// twice in a block, a clock that no block describes, an instant where a day was meant.
//
// [Check] reads the file once, line by line, in memory that does not grow with it but for digests of the identifiers of events and zones.
// Properties and components that the norm leaves to others (X-…, those that IANA registers) are read and not judged.
package icalendar

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"socle/internal/i18n"
)

// A Fault is one rule that one line, or one component, breaks.
type Fault struct {
	Rule      Rule
	Line      int64     // from 1; of the first line when it is folded, of the BEGIN when it is about a component
	Component string    // "VEVENT", "STANDARD"…; empty outside
	Property  string    // "DTSTART"…; empty when the whole component, or the line, is at fault
	Content   string    // the line as it came, unfolded
	Wrong     i18n.Text // what is wrong, a sentence
	Instead   string    // the line that was probably meant; empty when nobody can say
}

// Facts are what a calendar holds, and what makes it odd without breaking the norm.
type Facts struct {
	Lines  int64 // of the file
	Events int64 // VEVENT, VTODO, VJOURNAL and VFREEBUSY
	Faulty int64 // of them, with a fault of their own
	Mark   bool  // the file begins with a byte order mark

	LongLines, FirstLongLine   int64 // lines of over 75 octets, which should be folded
	LongEvents, FirstLongEvent int64 // events of a year or more
	Uncompared                 bool  // there were too many identifiers to compare them all
}

// What bounds the memory of a reading.
const (
	mostLine        = 1 << 20 // octets of a content line, unfolded
	mostIdentifiers = 1_000_000
	mostZones       = 1_000 // that dates name
	mostLanguages   = 1_000 // of the names of a zone
	mostShown       = 1_000 // octets of a line or a name that is kept to be shown
	mostDepth       = 16
)

// Looks reports whether the beginning of a file is that of a calendar.
func Looks(head []byte) bool {
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	return len(head) >= len(beginCalendar) && strings.EqualFold(string(head[:len(beginCalendar)]), beginCalendar)
}

const beginCalendar = "BEGIN:VCALENDAR"

// Check reads a calendar and hands over its faults in the order in which they are found. The error is that of reading.
func Check(ctx context.Context, in io.Reader, found func(Fault)) (Facts, error) {
	c := newChecker(found)
	lines := &unfolder{in: bufio.NewReaderSize(in, 1<<16)}
	for {
		line, err := lines.next()
		if err == io.EOF {
			break
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return c.facts, err
		}
		c.line(line)
	}
	c.facts.Lines, c.facts.Mark = lines.number, lines.mark
	c.facts.LongLines, c.facts.FirstLongLine = lines.long, lines.firstLong
	c.end(lines)
	return c.facts, nil
}

// checker is a calendar being read.
type checker struct {
	report      func(Fault)
	facts       Facts
	stack       []*component
	calendars   int
	identifiers map[digest]int64 // first line of each event
	declared    map[digest]bool  // zones that the file describes
	used        map[digest]*use  // zones that its dates name
	zone        *time.Location   // the clocks that its readers live on
}

func newChecker(found func(Fault)) *checker {
	return &checker{report: found, identifiers: map[digest]int64{}, declared: map[digest]bool{}, used: map[digest]*use{}, zone: paris()}
}

// digest stands for a text that may be long, in what is kept.
type digest [16]byte

func digestOf(text string) digest {
	sum := sha256.Sum256([]byte(text))
	return digest(sum[:16])
}

// use is the dates that name a zone.
type use struct {
	zone  string // its beginning
	first Fault
	times int64
}

// component is a block that is being read.
type component struct {
	name  string
	line  int64
	rule  componentRule
	first map[string]content // first property of each name that is judged
	names map[digest]bool    // languages of the names of a zone
	parts int                // components in it
	bad   bool               // a fault of its own was found
}

func (c *checker) top() *component {
	if len(c.stack) == 0 {
		return nil
	}
	return c.stack[len(c.stack)-1]
}

// wrong reports a fault of a line of the current component.
func (c *checker) wrong(rule Rule, at content, instead string, wrong i18n.Text) {
	f := Fault{Rule: rule, Line: at.line, Property: at.name, Content: at.text, Wrong: wrong, Instead: instead}
	if top := c.top(); top != nil {
		f.Component, top.bad = top.name, true
	}
	c.report(f)
}

// line takes one content line.
func (c *checker) line(l content) {
	if l.broken != nil {
		c.wrong(ruleLine, content{line: l.line, text: l.text}, "", *l.broken)
		return
	}
	switch l.name {
	case "BEGIN":
		c.begin(l)
		return
	case "END":
		c.close(l)
		return
	}
	top := c.top()
	if top == nil {
		c.wrong(ruleBlocks, l, "", i18n.T("La ligne est hors du calendrier : il commence par BEGIN:VCALENDAR et finit par END:VCALENDAR.",
			"The line is out of the calendar, which begins with BEGIN:VCALENDAR and ends with END:VCALENDAR."))
		return
	}
	c.count(top, l)
	if value := valueRules[l.name]; value != nil && top.rule.known {
		value(c, top, l)
	}
	if l.name == "X-WR-TIMEZONE" {
		if zone, err := time.LoadLocation(l.value); err == nil && l.value != "" && l.value != "Local" {
			c.zone = zone
		}
	}
}

// related are the properties that are held against others, in blocks that may have several of them too.
var related = names("UID", "RECURRENCE-ID", "DTSTART", "DTEND", "DUE", "DURATION", "TZID", "METHOD")

// count says when a property that may be there once is there again, and keeps the first of those that are judged.
func (c *checker) count(top *component, l content) {
	if l.name == "TZNAME" && top.rule.clock {
		c.countName(top, l)
		return
	}
	before, again := top.first[l.name]
	switch {
	case !again && related[l.name]:
		top.first[l.name] = l
	case !again && top.rule.once[l.name]:
		top.first[l.name] = content{line: l.line}
	case again && top.rule.once[l.name]:
		c.wrong(ruleOnce, l, "", i18n.T("%s est déjà à la ligne %d de ce bloc %s, qui n’en prend qu’un.", "%s is already on line %d of this %s block, which takes one.", l.name, before.line, top.name))
	}
}

// countName does so for the name of a zone, of which there is one in each language.
func (c *checker) countName(top *component, l content) {
	language := digestOf(strings.ToLower(l.param("LANGUAGE")))
	switch {
	case top.names[language]:
		c.wrong(ruleOnce, l, "", i18n.T("%s est déjà à la ligne %d de ce bloc %s dans la même langue : des agendas refusent alors tout le fichier.",
			"%s is already on line %d of this %s block in the same language: agendas then refuse the whole file.", l.name, top.first[l.name].line, top.name))
	case len(top.names) < mostLanguages:
		top.names[language] = true
		if _, there := top.first[l.name]; !there {
			top.first[l.name] = content{line: l.line}
		}
	}
}

// begin opens a component.
func (c *checker) begin(l content) {
	name := strings.ToUpper(l.value)
	rule := components[name]
	inside := ""
	if top := c.top(); top != nil {
		inside = top.name
		top.parts++
	}
	switch {
	case len(c.stack) >= mostDepth:
		c.wrong(ruleBlocks, l, "", i18n.T("Les blocs sont emboîtés sur plus de %d niveaux.", "Blocks are nested over more than %d levels.", mostDepth))
		return
	case rule.known && !rule.inside[inside]:
		where := i18n.T("dans un bloc %s", "in a %s block", inside)
		if inside == "" {
			where = i18n.T("hors d’un calendrier", "out of a calendar")
		}
		c.wrong(ruleBlocks, l, "", i18n.T("Un bloc %s ne se met pas %s.", "A %s block is not put %s.", name, where))
	case !rule.known && inside == "":
		c.wrong(ruleBlocks, l, "", i18n.T("Le fichier commence par BEGIN:VCALENDAR, pas par BEGIN:%s.", "The file begins with BEGIN:VCALENDAR, not with BEGIN:%s.", name))
	}
	if name == "VCALENDAR" {
		c.calendars++
	}
	c.stack = append(c.stack, &component{name: name, line: l.line, rule: rule, first: map[string]content{}, names: map[digest]bool{}})
}

// close ends a component. An END that has no BEGIN closes nothing; one that passes over blocks closes them too.
func (c *checker) close(l content) {
	name := strings.ToUpper(l.value)
	at := len(c.stack) - 1
	for at >= 0 && c.stack[at].name != name {
		at--
	}
	if at < 0 {
		c.wrong(ruleBlocks, l, "", i18n.T("END:%s ferme un bloc qui n’est pas ouvert.", "END:%s closes a block that is not open.", name))
		return
	}
	for i := len(c.stack) - 1; i > at; i-- {
		open := c.stack[i]
		c.wrong(ruleBlocks, l, "END:"+open.name, i18n.T("Le bloc %s de la ligne %d n’est pas fermé avant END:%s.", "The %s block of line %d is not closed before END:%s.", open.name, open.line, name))
		c.leave()
	}
	c.leave()
}

// leave judges a component as a whole, and takes it off.
func (c *checker) leave() {
	top := c.top()
	own := content{line: top.line, text: "BEGIN:" + top.name}
	for _, name := range top.rule.required {
		if _, there := top.first[name]; there || name == "DTSTART" && c.has("METHOD") && !top.rule.clock {
			continue
		}
		missing := own
		missing.name = name
		c.wrong(ruleRequired, missing, "", i18n.T("Ce bloc %s n’a pas de %s.", "This %s block has no %s.", top.name, name))
	}
	if top.name == "VTIMEZONE" {
		if len(c.declared) < mostIdentifiers {
			c.declared[digestOf(top.first["TZID"].value)] = true
		} else {
			c.facts.Uncompared = true
		}
	}
	if top.rule.parts && top.parts == 0 {
		c.wrong(ruleBlocks, own, "", top.rule.lacks)
	}
	if top.rule.occasion {
		c.facts.Events++
		c.identify(top)
		c.timing(top)
		if top.bad {
			c.facts.Faulty++
		}
	}
	c.stack = c.stack[:len(c.stack)-1]
}

// has reports whether the calendar being read has a property, before this point.
func (c *checker) has(name string) bool {
	_, there := c.stack[0].first[name]
	return there
}

// end judges what only the whole file says.
func (c *checker) end(lines *unfolder) {
	last := content{line: lines.number}
	for len(c.stack) > 0 {
		open := c.top()
		c.wrong(ruleBlocks, last, "END:"+open.name, i18n.T("Le bloc %s de la ligne %d n’est pas fermé : le fichier est peut-être coupé.", "The %s block of line %d is not closed: the file may be cut.", open.name, open.line))
		c.leave()
	}
	if c.calendars == 0 {
		c.wrong(ruleBlocks, content{line: 1}, beginCalendar, i18n.T("Le fichier ne contient pas de calendrier (BEGIN:VCALENDAR).", "The file holds no calendar (BEGIN:VCALENDAR)."))
	}
	if lines.bare > 0 {
		c.wrong(ruleEnds, content{line: lines.firstBare}, "", i18n.T("%s ne finissent pas par CR LF, la fin de ligne de la norme.", "%s do not end with CR LF, the line end of the norm.",
			i18n.Count(lines.bare, i18n.T("ligne", "line"), i18n.T("lignes", "lines"))))
	}
	if len(c.declared) == mostIdentifiers {
		return
	}
	maps.DeleteFunc(c.used, func(zone digest, _ *use) bool { return c.declared[zone] })
	for _, u := range slices.SortedFunc(maps.Values(c.used), func(a, b *use) int { return cmp.Compare(a.first.Line, b.first.Line) }) {
		u.first.Wrong = i18n.T("Aucun bloc VTIMEZONE ne décrit le fuseau « %s », que %s nomment.", "No VTIMEZONE block describes the zone “%s”, which %s name.", u.zone,
			i18n.Count(u.times, i18n.T("date", "date"), i18n.T("dates", "dates")))
		c.report(u.first)
	}
}

// String says a fault in one line, for tests and logs of programs.
func (f Fault) String() string {
	return fmt.Sprintf("%d %s/%s %s", f.Line, f.Component, f.Property, f.Rule.Name)
}
