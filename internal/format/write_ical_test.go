package format

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	ics "github.com/arran4/golang-ical"

	"socle/internal/icalendar"
	"socle/internal/schema"
)

var eventFields = schema.Schema{Fields: []schema.Field{
	{Name: "id", Type: schema.Text}, {Name: "titre", Label: "Titre", Type: schema.Text},
	{Name: "debut", Type: schema.Datetime}, {Name: "fin", Type: schema.Datetime},
	{Name: "lieu", Type: schema.Text}, {Name: "zones", Label: "Zones", Type: schema.JSON}, {Name: "position", Type: schema.Point},
}}

var dayFields = schema.Schema{Fields: []schema.Field{
	{Name: "titre", Type: schema.Text}, {Name: "debut", Type: schema.Date}, {Name: "fin", Type: schema.Date}}}

func instantOf(t *testing.T, text string) any {
	t.Helper()
	if text == "" {
		return nil
	}
	layout := time.RFC3339
	if len(text) == len(time.DateOnly) {
		layout = time.DateOnly
	}
	at, err := time.Parse(layout, text)
	if err != nil {
		t.Fatal(err)
	}
	return at.UTC()
}

func calendarOf(t *testing.T, c Calendar, fields schema.Schema, rows ...[]any) string {
	t.Helper()
	if c.Name == "" {
		c.Name = "Calendrier"
	}
	c.Namespace, c.Revised, c.Sequence = "jeu", time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC), 7
	var b bytes.Buffer
	w := NewWriter("ical", &b, WriteOptions{Calendar: c})
	if err := w.Begin(fields); err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if err := w.Row(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.End(); err != nil {
		t.Fatal(err)
	}
	if _, err := icalendar.Check(t.Context(), bytes.NewReader(b.Bytes()), func(f icalendar.Fault) { t.Errorf("what is written is no calendar: %v: %s", f, f.Wrong.EN) }); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// unfolded undoes the folding and keeps the lines that begin with one of the names.
func unfolded(calendar string, names ...string) string {
	var kept []string
	for line := range strings.SplitSeq(strings.ReplaceAll(calendar, "\r\n ", ""), "\r\n") {
		for _, name := range names {
			if strings.HasPrefix(line, name) {
				kept = append(kept, line)
			}
		}
	}
	return strings.Join(kept, " ")
}

func TestAnEventTakesPlaceWhenItsRowSays(t *testing.T) {
	for _, tc := range []struct {
		name       string
		fields     schema.Schema
		calendar   Calendar
		begin, end string
		want       string
	}{
		{"midnights of Paris in summer are days, though UTC calls them 22:00 of the day before", eventFields, Calendar{},
			"2026-10-16T22:00:00Z", "2026-11-01T23:00:00Z", "DTSTART;VALUE=DATE:20261017 DTEND;VALUE=DATE:20261102"},
		{"midnights of Paris in winter are days, though UTC calls them 23:00 of the day before", eventFields, Calendar{},
			"2026-12-18T23:00:00Z", "2027-01-03T23:00:00Z", "DTSTART;VALUE=DATE:20261219 DTEND;VALUE=DATE:20270104"},
		{"midnights of UTC are days", eventFields, Calendar{}, "2026-07-04T00:00:00Z", "2026-09-01T00:00:00Z", "DTSTART;VALUE=DATE:20260704 DTEND;VALUE=DATE:20260901"},
		{"the last minute of a day is its end", eventFields, Calendar{}, "2026-10-16T22:00:00Z", "2026-10-17T21:59:59Z", "DTSTART;VALUE=DATE:20261017 DTEND;VALUE=DATE:20261018"},
		{"one midnight is one day", eventFields, Calendar{}, "2026-10-16T22:00:00Z", "", "DTSTART;VALUE=DATE:20261017 DTEND;VALUE=DATE:20261018"},
		{"the same midnight twice is one day", eventFields, Calendar{}, "2026-10-16T22:00:00Z", "2026-10-16T22:00:00Z", "DTSTART;VALUE=DATE:20261017 DTEND;VALUE=DATE:20261018"},
		{"hours are hours of Paris", eventFields, Calendar{}, "2026-10-17T07:00:00Z", "2026-10-17T10:30:00Z",
			"DTSTART;TZID=Europe/Paris:20261017T090000 DTEND;TZID=Europe/Paris:20261017T123000"},
		{"a moment without an end", eventFields, Calendar{}, "2026-01-17T07:00:00Z", "", "DTSTART;TZID=Europe/Paris:20260117T080000"},
		{"midnight to noon has hours", eventFields, Calendar{}, "2026-10-16T22:00:00Z", "2026-10-17T10:00:00Z",
			"DTSTART;TZID=Europe/Paris:20261017T000000 DTEND;TZID=Europe/Paris:20261017T120000"},
		{"before the rules of the zone, UTC", eventFields, Calendar{}, "1990-06-01T08:00:00Z", "", "DTSTART:19900601T080000Z"},
		{"an end before its beginning is left out", eventFields, Calendar{}, "2026-10-17T07:00:00Z", "2026-10-16T07:00:00Z", "DTSTART;TZID=Europe/Paris:20261017T090000"},
		{"without a beginning, the end is the event", eventFields, Calendar{}, "", "2026-10-16T22:00:00Z", "DTSTART;VALUE=DATE:20261017 DTEND;VALUE=DATE:20261018"},
		{"without a day there is no event", eventFields, Calendar{}, "", "", ""},
		{"a year that iCalendar cannot write is no day", eventFields, Calendar{}, "9999-12-31T00:00:00Z", "", ""},
		{"the last day is part of the event", dayFields, Calendar{}, "2026-10-17", "2026-11-01", "DTSTART;VALUE=DATE:20261017 DTEND;VALUE=DATE:20261102"},
		{"the day of return is not, when declared so", dayFields, Calendar{EndExcluded: true}, "2026-10-17", "2026-11-02", "DTSTART;VALUE=DATE:20261017 DTEND;VALUE=DATE:20261102"},
		{"one day", dayFields, Calendar{}, "2026-09-01", "2026-09-01", "DTSTART;VALUE=DATE:20260901 DTEND;VALUE=DATE:20260902"},
		{"one day, the end excluded", dayFields, Calendar{EndExcluded: true}, "2026-09-01", "2026-09-01", "DTSTART;VALUE=DATE:20260901 DTEND;VALUE=DATE:20260902"},
		{"a last day before the first", dayFields, Calendar{}, "2026-09-02", "2026-09-01", "DTSTART;VALUE=DATE:20260902 DTEND;VALUE=DATE:20260903"},
	} {
		row := []any{"1", "t", instantOf(t, tc.begin), instantOf(t, tc.end), nil, nil, nil}
		tc.calendar.Begin, tc.calendar.End = 3, 4
		if len(tc.fields.Fields) == 3 {
			row, tc.calendar.Begin, tc.calendar.End = row[1:4], 2, 3
		}
		_, events, _ := strings.Cut(calendarOf(t, tc.calendar, tc.fields, row), "BEGIN:VEVENT")
		if got := unfolded(events, "DTSTART", "DTEND"); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
	}
}

func TestOtherClocksThanThoseOfParisAreWrittenInUTC(t *testing.T) {
	reunion, err := time.LoadLocation("Indian/Reunion")
	if err != nil {
		t.Fatal(err)
	}
	got := calendarOf(t, Calendar{Begin: 3, End: 4, Zone: reunion}, eventFields,
		[]any{"1", "t", instantOf(t, "2026-10-09T20:00:00Z"), instantOf(t, "2026-10-25T20:00:00Z"), nil, nil, nil},
		[]any{"2", "t", instantOf(t, "2026-10-09T08:00:00Z"), nil, nil, nil, nil})
	if got := unfolded(got, "DTSTART", "DTEND", "TZID"); got != "DTSTART;VALUE=DATE:20261010 DTEND;VALUE=DATE:20261026 DTSTART:20261009T080000Z" {
		t.Error(got)
	}
}

func TestIdentifiersOutliveVersionsAndNeverRepeat(t *testing.T) {
	at := instantOf(t, "2026-10-16T22:00:00Z")
	row := func(id, title string) []any { return []any{id, title, at, nil, nil, nil, nil} }
	uids := func(c Calendar, rows ...[]any) []string {
		c.Begin = 3
		return strings.Fields(unfolded(calendarOf(t, c, eventFields, rows...), "UID:"))
	}
	byKey := Calendar{Identity: []Column{1}}
	first := uids(byKey, row("a", "x"), row("b", "x"))
	again := uids(byKey, row("c", "x"), row("b", "another title"), row("a", "x"))
	if first[0] != again[2] || first[1] != again[1] || first[0] == first[1] {
		t.Errorf("the key makes the identifier, not the place of the row: %v, %v", first, again)
	}
	if twice := uids(Calendar{}, row("a", "x"), row("a", "x")); twice[0] == twice[1] {
		t.Error("two rows that nothing tells apart have one identifier")
	}
}

func TestACalendarSaysWhatItHolds(t *testing.T) {
	long := strings.Repeat("é,;\\", 60) + "\r\nfin\x07"
	got := calendarOf(t, Calendar{Name: "Vacances, zone A", Description: "Une ligne\nune autre", URL: "https://exemple.fr/jeux/a", Begin: 3, End: 4, Title: 2, Place: 5, Position: 7,
		Told: []Column{6}, Identity: []Column{1}}, eventFields,
		[]any{"1", long, instantOf(t, "2026-10-16T22:00:00Z"), instantOf(t, "2027-10-16T22:00:00Z"), "Salle 1\net 2", json.RawMessage(`["Zone A","Zone B"]`), schema.Coordinates{Lon: 2.5, Lat: 48}},
		[]any{"2", nil, instantOf(t, "2026-10-17T07:00:00Z"), instantOf(t, "2026-10-16T07:00:00Z"), nil, nil, nil})
	for line := range strings.SplitSeq(got, "\r\n") {
		if len(line) > 75 || !utf8.ValidString(line) || strings.ContainsAny(line, "\r\n\x07") {
			t.Errorf("a line of %d octets: %q", len(line), line)
		}
	}
	golden(t, "calendar.ics", []byte(got))
	calendar, err := ics.ParseCalendar(strings.NewReader(got))
	if err != nil {
		t.Fatal(err)
	}
	if events := calendar.Events(); len(events) != 2 || events[0].GetProperty(ics.ComponentPropertySummary).Value != "" && len(events[0].GetProperty(ics.ComponentPropertySummary).Value) < 300 {
		t.Errorf("another reader sees %d events", len(events))
	}
	if strings.Count(got, "BEGIN:VTIMEZONE") != 1 || strings.Count(got, "TZNAME:") != 2 {
		t.Error("one zone, and one name in each of its two blocks")
	}
}

func TestACalendarIsNeverEmpty(t *testing.T) {
	if got := calendarOf(t, Calendar{Begin: 2}, dayFields); !strings.Contains(got, "BEGIN:VTIMEZONE") {
		t.Error(got)
	}
	if got := calendarOf(t, Calendar{Begin: 2}, dayFields, []any{"t", instantOf(t, "2026-10-16"), nil}); strings.Contains(got, "VTIMEZONE") {
		t.Error("days have no zone", got)
	}
}
