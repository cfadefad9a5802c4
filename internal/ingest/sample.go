package ingest

import (
	"strings"

	"socle/internal/i18n"
)

// sampleDate writes the last day of 2026, at half past two, in the directives of strftime.
var sampleDate = strings.NewReplacer("%d", "31", "%-d", "31", "%m", "12", "%-m", "12", "%Y", "2026", "%y", "26", "%H", "14", "%-H", "14",
	"%M", "30", "%S", "00", "%T", "14:30:00", "%f", "000", "%z", "+01:00", "%B", "décembre", "%b", "déc.")

// written shows how a format writes dates: " comme 31/12/2026".
func written(format string) i18n.Text {
	if !strings.Contains(format, "%") {
		return i18n.Text{}
	}
	sample := sampleDate.Replace(format)
	if strings.Contains(sample, "%") {
		return i18n.Text{}
	}
	return i18n.T(" comme %s", " such as %s", sample)
}
