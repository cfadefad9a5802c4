package score_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// agenda writes a calendar of one event as a portal exported it, with one more line in the block of its zone.
func agenda(inZone string, dates ...string) string {
	lines := []string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Demo//FR", "BEGIN:VTIMEZONE", "TZID:Europe/Paris", "BEGIN:STANDARD", "DTSTART:19961027T030000", "TZOFFSETFROM:+0200", "TZOFFSETTO:+0100",
		"RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU", "TZNAME:CET"}
	if inZone != "" {
		lines = append(lines, inZone)
	}
	lines = append(lines, "END:STANDARD", "END:VTIMEZONE", "BEGIN:VEVENT", "UID:a@demo.example", "DTSTAMP:20250901T080000Z", "SUMMARY:Vacances de la Toussaint")
	return strings.Join(append(append(lines, dates...), "END:VEVENT", "END:VCALENDAR", ""), "\r\n")
}

// reported is everything that users of a portal of the field wrote of its data, and everything that its auditors checked by
// hand, dataset by dataset, in 2026. Each is found by the program alone on a file made to have it: one of the faults
// above, by its name; a calendar; or what another test of this package shows. What is asked for and does not exist yet (other
// datasets) is no fault of a file.
var reported = []struct {
	by, finding string
	fault       string             // name of one of the faults
	calendar    string             // a calendar that has it
	says        string             // what the report on the calendar says
	shown       func(t *testing.T) // the test that shows it
}{
	{by: "users", finding: "after an update, whole départements or académies are missing", fault: "whole départements are missing after an update"},
	{by: "users", finding: "whole académies are missing, on a first publication", fault: "a first publication lacks the académies overseas"},
	{by: "users", finding: "whole départements are missing, on a first publication", fault: "a first publication lacks whole départements"},
	{by: "users", finding: "overseas calendars are absent", fault: "a calendar has the three zones and nothing overseas"},
	{by: "users", finding: "only one school in a town", fault: "only one school is left in a town after an update"},
	{by: "users", finding: "a column that was full is now empty", fault: "a column that was full is empty"},
	{by: "users", finding: "no word of why rows are gone, or why a version has fewer schools", shown: TestALossWithoutAWordOfWhyIsHeld},
	{by: "users", finding: "a school near Lille is located near Bordeaux", fault: "a school near Lille is located near Bordeaux"},
	{by: "users", finding: "an index of 50,493, because a name held the separator", fault: "a row is shifted because a name held the separator"},
	{by: "users", finding: "girls and boys do not make the total", fault: "girls and boys do not make the total"},
	{by: "users", finding: "INSEE codes as integers, without their zeros", fault: "INSEE codes are integers without their zeros"},
	{by: "users", finding: "events begin at 22:00 or 23:00 the day before, in a table", fault: "calendar events begin at 22:00 or 23:00 where a day was meant"},
	{by: "users", finding: "events begin at 22:00 or 23:00 the day before, in a calendar", calendar: agenda("", "DTSTART:20251017T220000Z", "DTEND:20251102T230000Z"), says: `"rule":"whole-day"`},
	{by: "users", finding: "two TZNAME in one block of a calendar, which agendas refuse", calendar: agenda("TZNAME:MET", "DTSTART;VALUE=DATE:20251018"), says: `"field":"STANDARD/TZNAME","rule":"once"`},
	{by: "users", finding: "the calendar of a zone cannot be subscribed to: it is cut", calendar: strings.TrimSuffix(agenda("", "DTSTART;VALUE=DATE:20251018"), "END:VCALENDAR\r\n"), says: `"rule":"blocks"`},
	{by: "users", finding: "a region code that is not INSEE’s", fault: "a region code is not INSEE’s"},
	{by: "users", finding: "an event from September to the September after, in a table", fault: "an event runs over a year"},
	{by: "users", finding: "an event from September to the September after, in a calendar", calendar: agenda("", "DTSTART;VALUE=DATE:20250901", "DTEND;VALUE=DATE:20260930"), says: "calendar_over_a_year"},
	{by: "users", finding: "what a column means, or how it was computed, is not said", fault: "columns have no definition, or a vague one"},
	{by: "users", finding: "where the list of codes is", fault: "a column of codes leads to no code list"},
	{by: "users", finding: "“updated” yesterday with the figures of four years ago", fault: "figures of years ago under a new date"},
	{by: "users", finding: "“updated” with the same data", fault: "the same data under a new date"},
	{by: "users", finding: "a partial update", fault: "an update is partial: a territory has only figures of the year before"},
	{by: "users", finding: "when the next update comes is not said", shown: TestFaultsOfTheDescriptionAreFound},
	{by: "users", finding: "a dead link", shown: TestLinksThatLeadNowhereAreFoundAndRemembered},
	{by: "users", finding: "no licence, no theme, no keyword; a licence spelt in two ways", shown: TestFaultsOfTheDescriptionAreFound},
	{by: "users", finding: "a dataset without a row", shown: TestADatasetWithoutRowsIsWorthE},
	{by: "auditors", finding: "completeness by column: cells", fault: "cells are left empty"},
	{by: "auditors", finding: "completeness by column: columns", fault: "a column is almost empty"},
	{by: "auditors", finding: "the same UAI twice", fault: "the same UAI is there twice"},
	{by: "auditors", finding: "the same row twice", fault: "the same row is there twice"},
	{by: "auditors", finding: "whether the school is open or closed, by its state", fault: "a directory mixes closed schools with open ones"},
	{by: "auditors", finding: "whether the school is open or closed, by its date", fault: "a directory keeps schools whose closing is past"},
	{by: "auditors", finding: "whether the school is to close", fault: "a directory has schools to close"},
	{by: "auditors", finding: "whether a UAI is shared by several schools", fault: "two schools share a UAI"},
	{by: "auditors", finding: "digits of telephone numbers", fault: "telephone numbers do not have ten digits"},
	{by: "auditors", finding: "shape of e-mail addresses", fault: "e-mail addresses do not have the shape of one"},
	{by: "auditors", finding: "place-holder words in place names", fault: "words that stand for nothing in place names"},
	{by: "auditors", finding: "precision of the location", fault: "positions are given to within ten kilometres"},
	{by: "auditors", finding: "a location out of the commune", fault: "a school is located in the next commune but one"},
	{by: "auditors", finding: "totals against their parts", fault: "a total is not the sum of its levels"},
	{by: "auditors", finding: "the same school under two names", fault: "one school has two names"},
	{by: "auditors", finding: "one code list, several spellings", fault: "one code list has several spellings"},
	{by: "auditors", finding: "column names in French, English and codes side by side", fault: "column names mix French, English and codes"},
}

func TestEverythingThatUsersAndAuditorsReportedIsFound(t *testing.T) {
	h := newHouse(t, "")
	for _, r := range reported {
		t.Run(r.by+": "+r.finding, func(t *testing.T) {
			switch {
			case r.fault != "":
				// TestEachFaultThatAuditorsFoundIsFoundOnAFileMadeToHaveIt publishes its file.
				if !made(r.fault) {
					t.Errorf("no file has the fault %q", r.fault)
				}
			case r.calendar != "":
				request := httptest.NewRequestWithContext(h.ctx, http.MethodPost, "/api/v1/validations?name=zone-b.ics", strings.NewReader(r.calendar))
				request.Header.Set("Content-Type", "application/octet-stream")
				answer := httptest.NewRecorder()
				h.API().ServeHTTP(answer, request)
				if report := answer.Body.String(); answer.Code != http.StatusOK || !strings.Contains(report, r.says) {
					t.Errorf("%d: %q is not in %s", answer.Code, r.says, report)
				}
			case r.shown == nil:
				t.Error("nothing shows it")
			}
		})
	}
}

// made reports whether a file is made to have a fault.
func made(name string) bool {
	for _, f := range faults {
		if f.name == name {
			return f.bad > 0
		}
	}
	return false
}

func TestALossWithoutAWordOfWhyIsHeld(t *testing.T) {
	h := newHouse(t, "")
	send := func(rows int) (int, string) {
		r := httptest.NewRequestWithContext(h.ctx, http.MethodPost, "/api/v1/datasets/perte/versions?name=fichier.csv", strings.NewReader(table("uai;code_departement", rows, func(i int) string { return uai(i) + ";59" })))
		r.Header.Set("Content-Type", "application/octet-stream")
		w := httptest.NewRecorder()
		h.API().ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
	if status, answer := send(40); status >= 300 {
		t.Fatalf("%d %s", status, answer)
	}
	if status, answer := send(10); status < 400 || !strings.Contains(answer, "loss") {
		t.Errorf("three rows in four are gone, and nobody asks why: %d %s", status, answer)
	}
}
