package i18n

import (
	"context"
	"testing"
	"time"
)

func TestNumbersAreWrittenAsEachLanguageDoes(t *testing.T) {
	for _, tc := range []struct{ got, want string }{
		{Integer(FR, 1234567), "1\u202f234\u202f567"},
		{Integer(EN, 1234567), "1,234,567"},
		{Integer(FR, -999), "-999"},
		{Integer(EN, int64(-1000)), "-1,000"},
		{Decimal(FR, 1234.5, 2), "1\u202f234,5"},
		{Decimal(EN, 0.10, 2), "0.1"},
		{Decimal(FR, -0.5, 1), "-0,5"},
		{Percent(FR, 0.125), "12,5\u00a0%"},
		{Percent(EN, 1), "100%"},
		{Bytes(FR, 0), "0\u00a0octets"},
		{Bytes(FR, 1_234_567), "1,2\u00a0Mo"},
		{Bytes(EN, 999_999), "1\u00a0MB"},
		{Bytes(FR, 345_000_000_000), "345\u00a0Go"},
	} {
		if tc.got != tc.want {
			t.Errorf("got %q, want %q", tc.got, tc.want)
		}
	}
}

func TestDatesAreWrittenInFull(t *testing.T) {
	day := time.Date(2026, 5, 1, 9, 7, 0, 0, time.UTC)
	if got := DateTime(FR, day); got != "1er mai 2026 à 09:07" {
		t.Error(got)
	}
	if got := Date(EN, day); got != "1 May 2026" {
		t.Error(got)
	}
}

func TestACountAgreesWithItsNoun(t *testing.T) {
	row, rows := T("ligne", "row"), T("lignes", "rows")
	for n, want := range map[int]Text{0: {"0\u00a0ligne", "0 rows"}, 1: {"1\u00a0ligne", "1 row"}, 2: {"2\u00a0lignes", "2 rows"}} {
		if got := Count(n, row, rows); got != want {
			t.Errorf("%d: %v", n, got)
		}
	}
}

func TestASentenceInsideASentenceTakesItsLanguage(t *testing.T) {
	text := T("la colonne %q est %s", "column %q is %s", "uai", T("vide", "empty"))
	if text.EN != `column "uai" is empty` || text.FR != `la colonne "uai" est vide` {
		t.Error(text)
	}
	if got := S(With(context.Background(), EN), "oui", "yes"); got != "yes" {
		t.Error(got)
	}
	if ParseLang("en-GB") != EN || ParseLang("de") != FR {
		t.Error("languages")
	}
}

func TestFrenchMarksStayOnTheLineOfTheirWord(t *testing.T) {
	text := T("Attention : « %s » est-il vide ? Oui ; corrigez !", "Is “%s” empty? Yes; mend it!", "a : b ?")
	if want := "Attention\u00a0: «\u00a0a : b ?\u00a0» est-il vide\u202f? Oui\u202f; corrigez\u202f!"; text.FR != want {
		t.Errorf("got %q, want %q", text.FR, want)
	}
}
