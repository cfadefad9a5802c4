package validate

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestACalendarIsHeldAgainstItsNormAndItsPeopleAreMasked(t *testing.T) {
	event := "BEGIN:VEVENT\r\nUID:u%\r\nDTSTAMP:20250901T080000Z\r\nDTSTART:20250831T220000Z\r\nORGANIZER:personne à demo.example\r\nEND:VEVENT\r\n"
	var text strings.Builder
	text.WriteString("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n")
	for i := range 130 {
		text.WriteString(strings.ReplaceAll(event, "%", string(rune('A'+i/26))+string(rune('a'+i%26))))
	}
	text.WriteString("END:VCALENDAR\r\n")
	path := filepath.Join(t.TempDir(), "export") // known by its first bytes, whatever its name
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	report, err := Check(t.Context(), File{Path: path}, nil, t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if report.Valid || report.Stats.Rows != 130 || report.Stats.FaultyRows != 130 || report.Stats.Errors != 260 || len(report.Errors) != 2 {
		t.Fatalf("%+v, %d groups", report.Stats, len(report.Errors))
	}
	day, people := report.Group("VEVENT/DTSTART", "whole-day"), report.Group("VEVENT/ORGANIZER", "value")
	if day == nil || day.Count != 130 || len(day.Examples) != most || day.Examples[0].Line != 7 || day.Examples[0].Suggestion != "DTSTART;VALUE=DATE:20250901" || day.Type != codeConstraint {
		t.Errorf("days: %+v", day)
	}
	if people == nil || strings.Contains(people.Examples[0].Cell+people.Examples[0].Message.FR, "personne") || !people.Examples[0].Masked {
		t.Errorf("people: %+v", people)
	}
}

func TestAFileNamedAsACalendarThatIsNoneIsSaidToBeNone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "zone-b.ics")
	if err := os.WriteFile(path, []byte("uai;nom\n0750655E;École\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	report, err := Check(t.Context(), File{Path: path}, nil, t.TempDir(), Options{})
	if err != nil || report.Group("", "blocks") == nil || len(report.Group("", "content-line").Examples) != 2 {
		t.Errorf("%+v %v", report, err)
	}
}
