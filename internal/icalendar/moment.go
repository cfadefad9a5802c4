package icalendar

import (
	"strings"
	"time"

	"socle/internal/i18n"
)

// paris is the clocks that readers live on unless the file says otherwise; UTC on a machine that does not know them.
func paris() *time.Location {
	zone, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		return time.UTC
	}
	return zone
}

// moment is a day or an instant as a calendar writes it.
type moment struct {
	at   time.Time // on its own clocks, as if they were those of UTC
	day  bool
	utc  bool
	zone string // that TZID names
}

const (
	dayForm     = "20060102"
	instantForm = "20060102T150405"
)

// read reads a value as the parameters of its line say. Without VALUE, it is an instant.
func (l content) read(value string) (moment, bool) {
	m := moment{zone: l.param("TZID"), day: strings.EqualFold(l.param("VALUE"), "DATE")}
	form := instantForm
	if m.day {
		form = dayForm
	} else {
		value, m.utc = strings.CutSuffix(value, "Z")
	}
	at, err := time.Parse(form, value)
	m.at = at
	return m, err == nil && len(value) == len(form) && !(m.utc && m.zone != "")
}

// universal is the instant of a moment, on the clocks of a zone when it names none that is known.
func (m moment) universal(own *time.Location) time.Time {
	if m.utc {
		return m.at
	}
	if m.zone != "" {
		if zone, err := time.LoadLocation(m.zone); err == nil {
			own = zone
		}
	}
	year, month, day := m.at.Date()
	hour, minute, second := m.at.Clock()
	return time.Date(year, month, day, hour, minute, second, 0, own)
}

// date judges a day or an instant.
func (c *checker) date(top *component, l content) {
	kind := strings.ToUpper(l.param("VALUE"))
	if kind != "" && kind != "DATE" && kind != "DATE-TIME" {
		c.misspelt(l, "", i18n.T("un jour (VALUE=DATE) ou un instant, pas VALUE=%s", "a day (VALUE=DATE) or an instant, not VALUE=%s", kind))
		return
	}
	m, ok := l.read(l.value)
	switch _, err := time.Parse(dayForm, l.value); {
	case ok && top.rule.clock && (m.day || m.utc || m.zone != ""):
		c.misspelt(l, "", i18n.T("un instant des horloges du fuseau, comme 19961027T030000", "an instant of the clocks of the zone, like 19961027T030000"))
	case ok:
		c.use(l)
	case err == nil && kind == "":
		c.misspelt(l, l.name+";VALUE=DATE:"+l.value, i18n.T("un instant, comme 20251018T080000Z, ou VALUE=DATE quand c’est un jour", "an instant, like 20251018T080000Z, or VALUE=DATE when it is a day"))
	case m.utc && m.zone != "":
		c.misspelt(l, l.name+":"+l.value, i18n.T("un instant en temps universel (…Z) ou d’un fuseau (TZID), pas les deux", "an instant in universal time (…Z) or of a zone (TZID), not both"))
	default:
		c.misspelt(l, "", i18n.T("un jour qui existe, comme 20251018 avec VALUE=DATE, ou un instant, comme 20251018T080000Z", "a day that exists, like 20251018 with VALUE=DATE, or an instant, like 20251018T080000Z"))
	}
}

// dates judges a list of days or instants. Periods (VALUE=PERIOD) are left to who reads them.
func (c *checker) dates(_ *component, l content) {
	if strings.EqualFold(l.param("VALUE"), "PERIOD") {
		return
	}
	for value := range strings.SplitSeq(l.value, ",") {
		if _, ok := l.read(value); !ok {
			c.misspelt(l, "", i18n.T("des jours (VALUE=DATE) ou des instants ; « %s » n’en est pas un", "days (VALUE=DATE) or instants; “%s” is none", value))
			return
		}
	}
	c.use(l)
}

// instant judges an instant that must be in universal time.
func (c *checker) instant(_ *component, l content) {
	if m, ok := l.read(l.value); !ok || !m.utc {
		instead := ""
		if ok && !m.day && m.zone == "" {
			instead = l.name + ":" + l.value + "Z"
		}
		c.misspelt(l, instead, i18n.T("un instant en temps universel, comme 20251018T080000Z", "an instant in universal time, like 20251018T080000Z"))
	}
}

// use remembers that a date names a zone. One that begins with a solidus is known to all (3.2.19).
func (c *checker) use(l content) {
	zone := l.param("TZID")
	if zone == "" || strings.HasPrefix(zone, "/") {
		return
	}
	key := digestOf(zone)
	u := c.used[key]
	if u == nil {
		if len(c.used) >= mostZones {
			return
		}
		u = &use{zone: beginning(zone), first: Fault{Rule: ruleZone, Line: l.line, Component: c.top().name, Property: l.name, Content: beginning(l.text)}}
		c.used[key] = u
	}
	u.times++
}

// beginning is as much of a text as is shown, without holding on to the rest.
func beginning(text string) string {
	return strings.Clone(strings.ToValidUTF8(text[:min(len(text), mostShown)], ""))
}

// identify says when another event has the same identifier. Those that change one occasion of a series share it.
func (c *checker) identify(top *component) {
	uid, there := top.first["UID"]
	if !there {
		return
	}
	if len(c.identifiers) >= mostIdentifiers {
		c.facts.Uncompared = true
		return
	}
	key := digestOf(top.name + "\n" + uid.value + "\n" + top.first["RECURRENCE-ID"].text)
	if line, again := c.identifiers[key]; again {
		c.wrong(ruleUnique, uid, "", i18n.T("L’événement de la ligne %d a déjà cet UID.", "The event of line %d has this UID already.", line))
		return
	}
	c.identifiers[key] = top.line
}

// timing holds the end of an event against its beginning.
func (c *checker) timing(top *component) {
	start, has := top.first["DTSTART"]
	begin, ok := start.read(start.value)
	if !has || !ok {
		return
	}
	last, ends := top.first["DTEND"]
	if due, there := top.first["DUE"]; there {
		last, ends = due, true
	}
	length, lasts := top.first["DURATION"]
	if ends && lasts {
		c.wrong(ruleOrder, length, "", i18n.T("Le bloc a %s et DURATION : un seul des deux est admis.", "The block has %s and DURATION: only one of them is allowed.", last.name))
	}
	if !ends {
		c.meantDay(start, begin, nil, length.value)
		return
	}
	end, ok := last.read(last.value)
	if !ok {
		return
	}
	if begin.day != end.day {
		c.wrong(ruleOrder, last, "", i18n.T("DTSTART et %s ne sont pas du même type : l’un est un jour, l’autre un instant.", "DTSTART and %s are not of the same type: one is a day, the other an instant.", last.name))
		return
	}
	from, to := begin.universal(c.zone), end.universal(c.zone)
	if !to.After(from) {
		instead := ""
		if begin.day && to.Equal(from) {
			instead = last.name + ";VALUE=DATE:" + end.at.AddDate(0, 0, 1).Format(dayForm)
		}
		c.wrong(ruleOrder, last, instead, i18n.T("%s n’est pas après DTSTART (ligne %d).", "%s is not after DTSTART (line %d).", last.name, start.line))
		return
	}
	if to.Sub(from) >= 365*24*time.Hour {
		if c.facts.LongEvents++; c.facts.LongEvents == 1 {
			c.facts.FirstLongEvent = top.line
		}
	}
	c.meantDay(start, begin, &end, "")
}

// meantDay says when instants stand for days: midnights of the clocks of the readers that were written in universal time,
// so at 22:00 or 23:00 the day before for those of Paris; or such hours without a word of universal time, over whole days.
func (c *checker) meantDay(start content, begin moment, end *moment, length string) {
	if begin.day || length != "" && !strings.HasSuffix(length, "D") && length != "PT24H" {
		return
	}
	var first, morrow time.Time
	switch {
	case begin.utc:
		first = begin.at.In(c.zone)
		if midnight(begin.at) || !midnight(first) {
			return
		}
		if end != nil {
			morrow = end.at.In(c.zone)
			if !end.utc || !midnight(morrow) {
				return
			}
		}
	case end != nil && !end.utc && evening(begin.at) && evening(end.at) && end.at.Sub(begin.at) >= 23*time.Hour:
		first, morrow = begin.at.Add(2*time.Hour), end.at.Add(2*time.Hour) // into the next day
	default:
		return
	}
	wrong := i18n.T("L’événement commence à %s la veille : le %s était sans doute voulu.", "The event begins at %s the day before: %s was probably meant.", begin.at.Format("15:04"), i18n.Text{FR: first.Format("02/01/2006"), EN: first.Format(time.DateOnly)})
	if !morrow.IsZero() {
		wrong = i18n.T("%s La fin s’écrit alors DTEND;VALUE=DATE:%s.", "%s The end is then written DTEND;VALUE=DATE:%s.", wrong, morrow.Format(dayForm))
	}
	c.wrong(WholeDay, start, "DTSTART;VALUE=DATE:"+first.Format(dayForm), wrong)
}

func midnight(t time.Time) bool {
	hour, minute, second := t.Clock()
	return hour == 0 && minute == 0 && second == 0
}

func evening(t time.Time) bool {
	hour, minute, second := t.Clock()
	return (hour == 22 || hour == 23) && minute == 0 && second == 0
}
