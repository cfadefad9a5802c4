package cog

import (
	"errors"
	"testing"
	"time"
)

func TestTheListHoldsTheCommunesOfEachYear(t *testing.T) {
	list, err := Load()
	if errors.Is(err, ErrAbsent) {
		t.Skip("the list was not built: run “make assets”")
	}
	if err != nil {
		t.Fatal(err)
	}
	if n := list.Len(); n < 38_000 || n > 45_000 {
		t.Errorf("%d codes, want about 40,000", n)
	}
	day := func(year int, month time.Month) time.Time { return time.Date(year, month, 1, 0, 0, 0, 0, time.UTC) }
	for _, tc := range []struct {
		code  string
		day   time.Time
		valid bool
		meant string
	}{
		{"35238", time.Time{}, true, ""},
		{"2A004", time.Time{}, true, ""},
		{"20004", day(1970, 1), false, ""},      // shape: Corsica has letters
		{"01144", day(2017, 6), true, ""},       // Dommartin
		{"01144", day(2018, 6), false, "01025"}, // merged in January 2018
		{"14666", day(2018, 6), false, ""},      // Sannerville was merged in 2017
		{"14666", day(2022, 6), true, ""},       // and came back in 2020
		{"75101", time.Time{}, true, ""},        // an arrondissement
		{"75001", time.Time{}, false, "75101"},  // its postal code
		{"98818", day(2019, 6), true, ""},       // Nouméa, which the first lists leave out
		{"97611", time.Time{}, true, ""},        // Mamoudzou
		{"01000", time.Time{}, false, ""},       // the postal code of two communes
	} {
		if v := list.At(tc.code, tc.day); v.Valid != tc.valid || tc.meant != "" && v.Suggestion != tc.meant {
			t.Errorf("%s on %s: %+v", tc.code, tc.day.Format(time.DateOnly), v)
		}
	}
}
