package asset

import (
	"testing"
	"time"

	"socle/internal/schema"
)

func TestALicenceIsRecognisedHoweverItIsSpelt(t *testing.T) {
	for text, want := range map[string]string{
		"lov2": "lov2", "LOV2": "lov2", "Licence Ouverte v2.0": "lov2", "Licence Ouverte / Open Licence version 2.0": "lov2",
		"Licence Ouverte v2.0 (Etalab)": "lov2", "Licence ouverte": "lov2", "Open Licence v2.0": "lov2",
		"https://www.etalab.gouv.fr/licence-ouverte-open-licence": "lov2", "http://etalab.gouv.fr/licence-ouverte-open-licence/": "lov2",
		"ODbL": "odc-odbl", "CC0": "cc-zero", "cc by 4.0": "cc-by", "cc-by-sa": "cc-by-sa", "": "", "GPL": "",
	} {
		if l, _ := LicenceOf(text); l.ID != want {
			t.Errorf("%q is %q, want %q", text, l.ID, want)
		}
	}
}

func TestNoSpellingMeansTwoThings(t *testing.T) {
	seen := map[string]string{}
	once := func(id string, spellings ...string) {
		for _, spelling := range spellings {
			if other, taken := seen[spelling]; taken && other != id {
				t.Errorf("%q means %s and %s", spelling, other, id)
			}
			seen[spelling] = id
		}
	}
	for _, l := range Licences() {
		once(l.ID, append(l.spellings, schema.Name(l.ID), schema.Name(l.Title))...)
	}
	clear(seen)
	for _, f := range Frequencies() {
		once(f.ID, append(f.spellings, f.ID, schema.Name(f.EU), schema.Name(f.Label.FR), schema.Name(f.Label.EN))...)
	}
}

func TestTheNextPublicationIsDueAPeriodLater(t *testing.T) {
	at := func(text string) time.Time {
		d, err := time.Parse(time.DateTime, text)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	tests := []struct{ frequency, last, want string }{
		{"hourly", "2026-01-31 23:30:00", "2026-02-01 00:30:00"},
		{"quotidienne", "2026-02-28 08:00:00", "2026-03-01 08:00:00"},
		{"weekly", "2026-12-30 08:00:00", "2027-01-06 08:00:00"},
		{"mensuel", "2026-01-31 08:00:00", "2026-02-28 08:00:00"},
		{"quarterly", "2026-11-30 08:00:00", "2027-02-28 08:00:00"},
		{"ANNUAL_2", "2026-08-31 08:00:00", "2027-02-28 08:00:00"},
		{"annual", "2024-02-29 08:00:00", "2025-02-28 08:00:00"},
		{"triennial", "2026-05-05 08:00:00", "2029-05-05 08:00:00"},
		{"irregular", "2026-05-05 08:00:00", ""},
		{"", "2026-05-05 08:00:00", ""},
	}
	for _, test := range tests {
		f, _ := FrequencyOf(test.frequency)
		got := f.Next(at(test.last))
		if test.want == "" && !got.IsZero() || test.want != "" && !got.Equal(at(test.want)) {
			t.Errorf("%s after %s is %s, want %s", test.frequency, test.last, got.Format(time.DateTime), test.want)
		}
	}
	if f, _ := FrequencyOf("daily"); !f.Next(time.Time{}).IsZero() {
		t.Error("nothing is due after no publication")
	}
}
