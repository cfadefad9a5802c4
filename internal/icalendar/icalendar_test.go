package icalendar

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// clocks is a block that describes the clocks of Paris; more goes into its block of winter.
func clocks(more ...string) string {
	return strings.Join(append(append([]string{"BEGIN:VTIMEZONE", "TZID:Europe/Paris", "BEGIN:DAYLIGHT", "DTSTART:19970330T020000", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0200", "TZNAME:CEST", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", "END:DAYLIGHT",
		"BEGIN:STANDARD", "DTSTART:19961027T030000", "TZOFFSETFROM:+0200", "TZOFFSETTO:+0100", "TZNAME:CET"}, more...), "END:STANDARD", "END:VTIMEZONE"), "\n")
}

// event is a block of an event without its dates.
func event(lines ...string) string {
	return strings.Join(append(append([]string{"BEGIN:VEVENT", "UID:a@demo", "DTSTAMP:20250901T080000Z"}, lines...), "END:VEVENT"), "\n")
}

// file puts blocks in a calendar, with the line ends of the norm.
func file(blocks ...string) string {
	lines := append(append([]string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Demo//FR"}, blocks...), "END:VCALENDAR", "")
	return strings.ReplaceAll(strings.Join(lines, "\n"), "\n", "\r\n")
}

func faultsOf(t *testing.T, text string) (list []Fault, facts Facts) {
	t.Helper()
	facts, err := Check(t.Context(), strings.NewReader(text), func(f Fault) { list = append(list, f) })
	if err != nil {
		t.Fatal(err)
	}
	return list, facts
}

func TestEachFaultOfACalendarIsFoundOnItsLine(t *testing.T) {
	holidays := []string{"SUMMARY:Vacances", "DTSTART;VALUE=DATE:20251018", "DTEND;VALUE=DATE:20251103"}
	for _, c := range []struct {
		name, text string
		want       []string // line, block, property, rule
		instead    string   // of the first fault
	}{
		{"days are days", file(event(holidays...)), nil, ""},
		{"clocks that are described", file(clocks(), event("DTSTART;TZID=Europe/Paris:20251018T090000", "DTEND;TZID=Europe/Paris:20251018T110000")), nil, ""},
		{"clocks described after what names them", file(event("DTSTART;TZID=Europe/Paris:20251018T090000"), clocks()), nil, ""},
		{"a name of the zone in each language", file(clocks("TZNAME;LANGUAGE=fr:heure normale"), event(holidays...)), nil, ""},
		{"two names of the zone in one block", file(clocks("TZNAME:MET"), event(holidays...)), []string{"18 STANDARD/TZNAME once"}, ""},
		{"22:00 the day before, in summer, to 23:00, in winter", file(event("DTSTART:20251017T220000Z", "DTEND:20251102T230000Z")), []string{"7 VEVENT/DTSTART whole-day"}, "DTSTART;VALUE=DATE:20251018"},
		{"23:00 the day before, for one day", file(event("DTSTART:20251224T230000Z", "DURATION:P1D")), []string{"7 VEVENT/DTSTART whole-day"}, "DTSTART;VALUE=DATE:20251225"},
		{"22:00 the day before, without an end", file(event("DTSTART:20250831T220000Z")), []string{"7 VEVENT/DTSTART whole-day"}, "DTSTART;VALUE=DATE:20250901"},
		{"22:00 the day before, without a word of universal time", file(event("DTSTART:20251017T220000", "DTEND:20251102T230000")), []string{"7 VEVENT/DTSTART whole-day"}, "DTSTART;VALUE=DATE:20251018"},
		{"midnight on the clocks of Réunion", file("X-WR-TIMEZONE:Indian/Reunion", event("DTSTART:20251009T200000Z", "DTEND:20251025T200000Z")), []string{"8 VEVENT/DTSTART whole-day"}, "DTSTART;VALUE=DATE:20251010"},
		{"an evening is an evening", file(event("DTSTART:20251017T200000Z", "DTEND:20251017T220000Z"), strings.Replace(event("DTSTART:20251017T220000", "DTEND:20251017T233000"), "a@", "b@", 1)), nil, ""},
		{"a property that may be there once", file(event(append(holidays, "SUMMARY:Congés")...)), []string{"10 VEVENT/SUMMARY once"}, ""},
		{"no beginning", file(event("SUMMARY:Vacances")), []string{"4 VEVENT/DTSTART required"}, ""},
		{"no beginning, in a message", file("METHOD:CANCEL", event("SUMMARY:Vacances")), nil, ""},
		{"no identifier", file("BEGIN:VEVENT\nDTSTAMP:20250901T080000Z\nDTSTART;VALUE=DATE:20251018\nEND:VEVENT"), []string{"4 VEVENT/UID required"}, ""},
		{"no version, no product", "BEGIN:VCALENDAR\r\n" + strings.ReplaceAll(event(holidays...), "\n", "\r\n") + "\r\nEND:VCALENDAR\r\n", []string{"1 VCALENDAR/PRODID required", "1 VCALENDAR/VERSION required"}, ""},
		{"an identifier that comes again", file(event(holidays...), event(holidays...)), []string{"12 VEVENT/UID unique"}, ""},
		{"a change of one occasion", file(event(append(holidays, "RRULE:FREQ=YEARLY")...), event(append(holidays, "RECURRENCE-ID;VALUE=DATE:20261018")...)), nil, ""},
		{"clocks that nothing describes", file(event("DTSTART;TZID=Europe/Paris:20251018T090000", "DTEND;TZID=Europe/Paris:20251018T110000")), []string{"7 VEVENT/DTSTART undeclared-zone"}, ""},
		{"a day without VALUE=DATE", file(event("DTSTART:20251018")), []string{"7 VEVENT/DTSTART value"}, "DTSTART;VALUE=DATE:20251018"},
		{"a day that does not exist", file(event("DTSTART;VALUE=DATE:20250230")), []string{"7 VEVENT/DTSTART value"}, ""},
		{"a day written otherwise", file(event("DTSTART:2025-10-18")), []string{"7 VEVENT/DTSTART value"}, ""},
		{"a zone and universal time", file(clocks(), event("DTSTART;TZID=Europe/Paris:20251018T090000Z")), []string{"23 VEVENT/DTSTART value"}, "DTSTART:20251018T090000Z"},
		{"a stamp without universal time", file("BEGIN:VEVENT\nUID:a\nDTSTAMP:20250901T080000\nDTSTART;VALUE=DATE:20251018\nEND:VEVENT"), []string{"6 VEVENT/DTSTAMP value"}, "DTSTAMP:20250901T080000Z"},
		{"an end before the beginning", file(event("DTSTART;VALUE=DATE:20251018", "DTEND;VALUE=DATE:20251017")), []string{"8 VEVENT/DTEND order"}, ""},
		{"an end on the day of the beginning", file(event("DTSTART;VALUE=DATE:20251018", "DTEND;VALUE=DATE:20251018")), []string{"8 VEVENT/DTEND order"}, "DTEND;VALUE=DATE:20251019"},
		{"a day and an instant", file(event("DTSTART;VALUE=DATE:20251018", "DTEND:20251019T080000Z")), []string{"8 VEVENT/DTEND order"}, ""},
		{"an end and a length", file(event("DTSTART;VALUE=DATE:20251018", "DTEND;VALUE=DATE:20251019", "DURATION:P1D")), []string{"9 VEVENT/DURATION order"}, ""},
		{"a comma without its backslash", file(event("SUMMARY:Toussaint, zone A", "DTSTART;VALUE=DATE:20251018")), []string{"7 VEVENT/SUMMARY value"}, `SUMMARY:Toussaint\, zone A`},
		{"values of other types", file(event("DTSTART;VALUE=DATE:20251018", "GEO:148.8;2.3", "PRIORITY:12", "STATUS:FINAL", "RRULE:FREQ=DAILY;COUNT=3;UNTIL=20260101", "URL:demo", "TRANSP:NO")),
			[]string{"8 VEVENT/GEO value", "9 VEVENT/PRIORITY value", "10 VEVENT/STATUS value", "11 VEVENT/RRULE value", "12 VEVENT/URL value", "13 VEVENT/TRANSP value"}, ""},
		{"a text that goes on without its space", file(event("DESCRIPTION:Une ligne", "une autre", "DTSTART;VALUE=DATE:20251018")), []string{"8 VEVENT/ content-line"}, ""},
		{"a folded line is one line", file(event("DESCRIPTION:Une ligne\n  et sa suite", "SEQUENCE:x", "DTSTART;VALUE=DATE:20251018")), []string{"9 VEVENT/SEQUENCE value"}, ""},
		{"an empty line", file(event("", "DTSTART;VALUE=DATE:20251018")), []string{"7 VEVENT/ content-line"}, ""},
		{"empty lines at the end", file(event(holidays...)) + "\r\n", nil, ""},
		{"a block in the wrong place", file("BEGIN:STANDARD\nDTSTART:19961027T030000\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100\nEND:STANDARD"), []string{"4 VCALENDAR/BEGIN blocks"}, ""},
		{"a block that is not closed", file(strings.TrimSuffix(event(holidays...), "\nEND:VEVENT")), []string{"10 VEVENT/END blocks"}, "END:VEVENT"},
		{"a file that is cut", "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTAMP:20250901T080000Z\r\nDTSTART;VALUE=DATE:20251018\r\n", []string{"7 VEVENT/ blocks", "7 VCALENDAR/ blocks"}, "END:VEVENT"},
		{"an empty calendar", file(), []string{"1 VCALENDAR/ blocks"}, ""},
		{"no calendar", "uai;nom\r\n", []string{"1 / content-line", "1 / blocks"}, ""},
		{"line ends of another system", strings.ReplaceAll(file(event(holidays...)), "\r\n", "\n"), []string{"1 / line-end"}, ""},
		{"what the norm leaves to others", file("X-DEMO;LANGUAGE=fr:a,b;c", "BEGIN:X-BLOC\nDTSTART:jamais\nEND:X-BLOC", event(holidays...)), nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			found, _ := faultsOf(t, c.text)
			var got []string
			for _, f := range found {
				got = append(got, f.String())
				if f.Wrong.FR == "" || f.Wrong.EN == "" || f.Rule.Fix.EN == "" {
					t.Errorf("says nothing: %+v", f)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("found %q, want %q", got, c.want)
			}
			if len(found) > 0 && found[0].Instead != c.instead {
				t.Errorf("proposes %q, want %q", found[0].Instead, c.instead)
			}
		})
	}
}

func TestWhatIsOddWithoutBeingWrongIsCounted(t *testing.T) {
	_, facts := faultsOf(t, "\ufeff"+file(event("SUMMARY:"+strings.Repeat("long ", 20), "DTSTART;VALUE=DATE:20250901", "DTEND;VALUE=DATE:20260930"), strings.Replace(event("DTSTART;VALUE=DATE:20250901", "DTEND:x"), "a@", "b@", 1)))
	want := Facts{Lines: 17, Events: 2, Faulty: 1, Mark: true, LongLines: 1, FirstLongLine: 7, LongEvents: 1, FirstLongEvent: 4}
	if facts != want {
		t.Errorf("%+v, want %+v", facts, want)
	}
}

// FuzzAnyTextIsReadToItsEnd holds the reading to texts that are no calendars: it never fails, and each proposed line is one.
func FuzzAnyTextIsReadToItsEnd(f *testing.F) {
	for _, text := range []string{file(clocks("TZNAME:MET"), event("DTSTART:20251017T220000Z", "DTEND:20251102T230000Z")), "BEGIN:VCALENDAR\nBEGIN:\nEND:\n", "a;b=\"c:d", "END:VCALENDAR", " \r\n\r\n\t"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		lines := int64(strings.Count(text, "\n")) + 1
		facts, err := Check(t.Context(), strings.NewReader(text), func(f Fault) {
			if f.Line < 0 || f.Line > lines {
				t.Errorf("a fault on line %d of %d", f.Line, lines)
			}
			if f.Instead != "" && parse(1, []byte(f.Instead), false).broken != nil {
				t.Errorf("proposes %q", f.Instead)
			}
		})
		if err != nil || facts.Lines > lines || facts.Faulty > facts.Events {
			t.Error(fmt.Sprint(facts), err)
		}
	})
}

// TestWhatIsNotJudgedIsNotKept feeds blocks that never end to a reading: what it keeps of them is bounded, whatever their length.
func TestWhatIsNotJudgedIsNotKept(t *testing.T) {
	long := strings.Repeat("x", 20_000)
	c := newChecker(func(Fault) {})
	feed := func(lines ...string) {
		for _, text := range lines {
			c.line(parse(1, []byte(text), false))
		}
	}
	feed("BEGIN:VCALENDAR", "BEGIN:VTIMEZONE", "TZID:"+long, "BEGIN:STANDARD")
	for i := range 2_000 {
		feed(fmt.Sprintf("TZNAME;LANGUAGE=l%d%s:CET", i, long), fmt.Sprintf("X-%d:%s", i, long))
	}
	standard := c.top()
	feed("END:STANDARD", "END:VTIMEZONE", "BEGIN:VEVENT", "DESCRIPTION:"+long)
	for i := range 2_000 {
		feed(fmt.Sprintf("DTSTART;TZID=z%d%s:20251018T090000", i, long), fmt.Sprintf("X-%d:%s", i, long))
	}
	kept := 0
	for _, block := range append(slices.Clone(c.stack), standard) {
		for name, first := range block.first {
			kept += len(name) + len(first.text) + len(first.value)
		}
		for key := range block.names {
			kept += len(key)
		}
	}
	for _, u := range c.used {
		kept += len(u.zone) + len(u.first.Content)
	}
	for zone := range c.declared {
		kept += len(zone)
	}
	if most := 4_000_000; kept > most {
		t.Errorf("%d bytes are kept, want at most %d", kept, most)
	}
}
