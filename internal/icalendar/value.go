package icalendar

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"socle/internal/i18n"
)

// valueRules judge the value of the properties whose type the norm fixes.
var valueRules = map[string]func(c *checker, top *component, l content){
	"DTSTART": (*checker).date, "DTEND": (*checker).date, "DUE": (*checker).date, "RECURRENCE-ID": (*checker).date, "EXDATE": (*checker).dates, "RDATE": (*checker).dates,
	"DTSTAMP": (*checker).instant, "CREATED": (*checker).instant, "LAST-MODIFIED": (*checker).instant, "COMPLETED": (*checker).instant,
	"DURATION": shaped(duration, "une durée, comme P1D ou PT1H30M", "a duration, like P1D or PT1H30M"), "REFRESH-INTERVAL": shaped(duration, "une durée, comme PT12H", "a duration, like PT12H"),
	"TZOFFSETFROM": shaped(offset, "un décalage, comme +0100", "an offset, like +0100"), "TZOFFSETTO": shaped(offset, "un décalage, comme +0100", "an offset, like +0100"),
	"RRULE": (*checker).recurrence, "GEO": (*checker).geo, "PRIORITY": within(0, 9), "PERCENT-COMPLETE": within(0, 100), "SEQUENCE": within(0, 1<<31-1), "REPEAT": within(0, 1<<31-1),
	"URL": shaped(address, "une adresse, comme https://…", "an address, like https://…"), "TZURL": shaped(address, "une adresse, comme https://…", "an address, like https://…"), "SOURCE": shaped(address, "une adresse, comme https://…", "an address, like https://…"),
	"ORGANIZER": shaped(address, "une adresse, comme mailto:…", "an address, like mailto:…"), "ATTENDEE": shaped(address, "une adresse, comme mailto:…", "an address, like mailto:…"),
	"VERSION": among("2.0"), "CALSCALE": among("GREGORIAN"), "TRANSP": among("OPAQUE", "TRANSPARENT"), "STATUS": (*checker).status,
	"SUMMARY": (*checker).text, "DESCRIPTION": (*checker).text, "LOCATION": (*checker).text, "COMMENT": (*checker).text, "CONTACT": (*checker).text, "TZNAME": (*checker).text,
	"CATEGORIES": (*checker).texts, "RESOURCES": (*checker).texts, "UID": (*checker).named, "PRODID": (*checker).named, "TZID": (*checker).named,
}

var (
	duration = regexp.MustCompile(`^[+-]?P(\d+W|\d+D(T(\d+H)?(\d+M)?(\d+S)?)?|T(\d+H(\d+M)?(\d+S)?|\d+M(\d+S)?|\d+S))$`)
	offset   = regexp.MustCompile(`^[+-](0\d|1\d|2[0-3])[0-5]\d([0-5]\d)?$`)
	address  = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*:[^\s]+$`)
)

// misspelt reports a value that is not what the property takes.
func (c *checker) misspelt(l content, instead string, what i18n.Text) {
	c.wrong(ruleValue, l, instead, i18n.T("%s attend %s.", "%s expects %s.", l.name, what))
}

func shaped(shape *regexp.Regexp, french, english string) func(*checker, *component, content) {
	return func(c *checker, _ *component, l content) {
		if !shape.MatchString(l.value) {
			c.misspelt(l, "", i18n.T(french, english))
		}
	}
}

func within(least, greatest int) func(*checker, *component, content) {
	return func(c *checker, _ *component, l content) {
		if n, err := strconv.Atoi(l.value); err != nil || n < least || n > greatest {
			c.misspelt(l, "", i18n.T("un nombre entier de %d à %d", "a whole number from %d to %d", least, greatest))
		}
	}
}

func among(values ...string) func(*checker, *component, content) {
	return func(c *checker, _ *component, l content) {
		if !slices.Contains(values, strings.ToUpper(l.value)) {
			instead := ""
			if len(values) == 1 {
				instead = l.name + ":" + values[0]
			}
			c.misspelt(l, instead, i18n.T("%s", "%s", strings.Join(values, ", ")))
		}
	}
}

// status judges the state of an event, which depends on what it is (3.8.1.11).
func (c *checker) status(top *component, l content) {
	if states := map[string][]string{"VEVENT": {"TENTATIVE", "CONFIRMED", "CANCELLED"}, "VTODO": {"NEEDS-ACTION", "COMPLETED", "IN-PROCESS", "CANCELLED"}, "VJOURNAL": {"DRAFT", "FINAL", "CANCELLED"}}[top.name]; states != nil {
		among(states...)(c, top, l)
	}
}

// geo judges a position: a latitude, a semicolon, a longitude (3.8.1.6).
func (c *checker) geo(_ *component, l content) {
	lat, lon, _ := strings.Cut(l.value, ";")
	y, errY := strconv.ParseFloat(lat, 64)
	x, errX := strconv.ParseFloat(lon, 64)
	if errY != nil || errX != nil || !(y >= -90 && y <= 90 && x >= -180 && x <= 180) {
		c.misspelt(l, "", i18n.T("une latitude et une longitude, comme 48.8566;2.3522", "a latitude and a longitude, like 48.8566;2.3522"))
	}
}

// named judges a text that may not be empty.
func (c *checker) named(top *component, l content) {
	if strings.TrimSpace(l.value) == "" {
		c.misspelt(l, "", i18n.T("un texte qui n’est pas vide", "a text that is not empty"))
		return
	}
	c.text(top, l)
}

// text judges the escapes of a text (3.3.11): a comma, a semicolon and a backslash are written after a backslash.
func (c *checker) text(_ *component, l content)  { c.escapes(l, ",;") }
func (c *checker) texts(_ *component, l content) { c.escapes(l, ";") } // a list has its commas

func (c *checker) escapes(l content, special string) {
	right, faulty := strings.Builder{}, false
	for i := 0; i < len(l.value); i++ {
		b := l.value[i]
		switch {
		case b == '\\' && i+1 < len(l.value) && strings.IndexByte(`\;,nN`, l.value[i+1]) >= 0:
			right.WriteByte(b)
			i++
			b = l.value[i]
		case b == '\\' || strings.IndexByte(special, b) >= 0:
			faulty = true
			right.WriteByte('\\')
		}
		right.WriteByte(b)
	}
	if faulty {
		c.misspelt(l, strings.TrimSuffix(l.text, l.value)+right.String(), i18n.T("un texte où la virgule, le point-virgule et la barre oblique inverse sont précédés de « \\ »", "a text where commas, semicolons and backslashes come after “\\”"))
	}
}

// recurrence judges a rule of repetition (3.3.10).
func (c *checker) recurrence(_ *component, l content) {
	parts := map[string]string{}
	for part := range strings.SplitSeq(strings.ToUpper(l.value), ";") {
		name, value, _ := strings.Cut(part, "=")
		shape := recurrenceParts[name]
		_, again := parts[name]
		if shape == nil || again || !shape.MatchString(value) {
			c.misspelt(l, "", i18n.T("une règle comme FREQ=WEEKLY;UNTIL=20260704 ; « %s » n’en est pas une partie", "a rule like FREQ=WEEKLY;UNTIL=20260704; “%s” is no part of one", part))
			return
		}
		parts[name] = value
	}
	switch {
	case parts["FREQ"] == "":
		c.misspelt(l, "", i18n.T("une règle qui dit sa fréquence, comme FREQ=WEEKLY", "a rule that says its frequency, like FREQ=WEEKLY"))
	case parts["UNTIL"] != "" && parts["COUNT"] != "":
		c.misspelt(l, "", i18n.T("UNTIL ou COUNT, pas les deux", "UNTIL or COUNT, not both"))
	}
}

var recurrenceParts = map[string]*regexp.Regexp{
	"FREQ": regexp.MustCompile(`^(SECOND|MINUTE|HOUR|DAI|WEEK|MONTH|YEAR)LY$`), "UNTIL": regexp.MustCompile(`^\d{8}(T\d{6}Z?)?$`),
	"COUNT": regexp.MustCompile(`^\d+$`), "INTERVAL": regexp.MustCompile(`^0*[1-9]\d*$`), "WKST": regexp.MustCompile(`^(SU|MO|TU|WE|TH|FR|SA)$`),
	"BYSECOND": numbers, "BYMINUTE": numbers, "BYHOUR": numbers, "BYMONTHDAY": numbers, "BYYEARDAY": numbers, "BYWEEKNO": numbers, "BYMONTH": numbers, "BYSETPOS": numbers,
	"BYDAY": regexp.MustCompile(`^[+-]?\d{0,2}(SU|MO|TU|WE|TH|FR|SA)(,[+-]?\d{0,2}(SU|MO|TU|WE|TH|FR|SA))*$`),
}

var numbers = regexp.MustCompile(`^[+-]?\d{1,3}(,[+-]?\d{1,3})*$`)
