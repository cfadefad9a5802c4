package format

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"socle/internal/schema"
)

func TestEachValueFitsTheTypesItShould(t *testing.T) {
	type is struct {
		typ    schema.Type
		format string
	}
	integer, spaced := is{schema.Integer, ""}, is{schema.Integer, FormatSpaces}
	decimal, comma, commaSpaces := is{schema.Decimal, ""}, is{schema.Decimal, FormatComma}, is{schema.Decimal, FormatCommaSpaces}
	iso, slash, dash, dot := is{schema.Date, ""}, is{schema.Date, FormatSlash}, is{schema.Date, FormatDash}, is{schema.Date, FormatDot}
	instant, french := is{schema.Datetime, ""}, is{schema.Datetime, FormatSlash}
	latLon, lonLat := is{schema.Point, FormatLatLon}, is{schema.Point, FormatLonLat}
	for _, tc := range []struct {
		is      is
		fits    []string
		refuses []string
	}{
		{integer, []string{"0", "12", "-3", "+4", "007", " 12 ", "12\u00a0", "9223372036854775807", "-9223372036854775808"},
			[]string{"1.0", "1,0", "1 234", "9223372036854775808", "-9223372036854775809", "12a", "-", "+", "--1", "1e3", "NaN", "0x10"}},
		{spaced, []string{"1 234", "1\u202f234\u00a0567", "12", "-1 234"}, []string{"12 34", "1234 567", "1 234,5", "0 123", "1  234"}},
		{decimal, []string{"1", "1.5", ".5", "5.", "-0.25", "1e5", "1.5E-3", "123456789012345678901234567890"},
			[]string{"1,5", ".", "1.2.3", "e5", "1e", "1e999", "inf", "nan", "1 234.5", "12 %"}},
		{comma, []string{"1,5", "12", "-0,25", ",5", "5,"}, []string{"1.5", "1,2,3", ",", "1 234,5"}},
		{commaSpaces, []string{"1 234,5", "1\u202f234", "1,5"}, []string{"1.5", "12 34,5"}},
		{iso, []string{"2026-11-24", "2024-02-29", "0001-01-01"}, []string{"2026-02-29", "2026-13-01", "2026-1-1", "24/11/2026", "0000-01-01", "2026-11-24T10:00", "2018-2019"}},
		{slash, []string{"24/11/2026", "1/2/2026", "01/02/2026"}, []string{"24/11/26", "11/24/2026", "31/04/2026", "2026/11/24", "24-11-2026"}},
		{dash, []string{"24-11-2026"}, []string{"24-11-26", "24/11/2026", "1-2"}},
		{dot, []string{"24.11.2026"}, []string{"24.11.26", "24.11", "1.2.3"}},
		{is{schema.Date, FormatYearSlash}, []string{"2026/11/24"}, []string{"2026-11-24", "24/11/2026"}},
		{instant, []string{"2026-11-24T10:00", "2026-11-24 10:00:59", "2026-11-24T10:00:00.123456Z", "2026-11-24T10:00:00+01:00", "2026-11-24T10:00:00+0100", "2026-11-24"},
			[]string{"2026-11-24T24:00", "2026-11-24T10:60", "2026-11-24T10", "2026-11-24T10:00:00.Z", "2026-11-24T10:00z", "24/11/2026 10:00"}},
		{french, []string{"24/11/2026 10:00", "24/11/2026 10:00:01", "24/11/2026"}, []string{"24/11/2026 10h00", "24/11/2026T10:00Z", "24/11/2026 25:00"}},
		{is{schema.Boolean, "oui/non"}, []string{"oui", "NON", " Oui "}, []string{"o", "vrai", "ouii"}},
		{is{schema.Boolean, "o/n"}, []string{"O", "n"}, []string{"oui", "0"}},
		{is{schema.Boolean, "1/0"}, []string{"1", "0"}, []string{"2", "01", "oui"}},
		{latLon, []string{"48.1, -1.6", "48.1,-1.6", "48.1 , -1.6", "48,-1.6", "89.9,179.9"}, []string{"48,1", "91.0,2.0", "48.1", "48.1,", "1.2,3.4,5.6", "120.5, 45.1"}},
		{lonLat, []string{"-1.6, 48.1", "120.5, 45.1"}, []string{"45.1, 120.5"}},
		{is{schema.Point, FormatJSON}, []string{`{"lon": -1.6, "lat": 48.1}`, `{"lat":48.1,"lon":-1.6}`}, []string{`{"lon": -1.6}`, `{"lon":"a","lat":1}`, `{"lon":200,"lat":1}`}},
		{is{schema.Point, FormatGeoJSON}, []string{`{"type":"Point","coordinates":[-1.6,48.1]}`}, []string{`{"type":"Point","coordinates":[]}`, `{"type":"Polygon","coordinates":[]}`}},
		{is{schema.Point, FormatArray}, []string{"[-1.6, 48.1]", "[1,2,3]"}, []string{"[1]", "[1,2,3,4]", "[200,1]"}},
		{is{schema.Geometry, ""}, []string{`{"type":"Point","coordinates":[-1.6,48.1]}`, `{"type":"Polygon","coordinates":[[[0,0],[0,1],[1,1],[0,0]]]}`, `{"type":"GeometryCollection","geometries":[]}`},
			[]string{`{"type":"Circle","coordinates":[]}`, `{"type":"Feature"}`, "{}"}},
		{is{schema.JSON, ""}, []string{"{}", "[1,2]", `{"a":[1]}`}, []string{"{", "[1,", "1", `"a"`}},
	} {
		f := schema.Field{Type: tc.is.typ, Format: tc.is.format}
		for _, v := range tc.fits {
			if !Fits(f, []byte(v)) {
				t.Errorf("%q should fit %s %q", v, f.Type, f.Format)
			}
		}
		for _, v := range tc.refuses {
			if Fits(f, []byte(v)) {
				t.Errorf("%q should not fit %s %q", v, f.Type, f.Format)
			}
		}
	}
}

func TestANumberIsExactWhereAFloatWouldLoseDigits(t *testing.T) {
	for value, want := range map[string]bool{
		"0.1": true, "0.9008106370234706": true, "-1.9294895003671315": true, "123456789012345": true, "1,5": true,
		"0.12345678901234567890": false, "9007199254740993": false, "43.133333333333333": false, "12345678901234.567": false, "0.30000000000000004": true,
	} {
		if got := lossless([]byte(value)); got != want {
			t.Errorf("lossless(%s) = %v", value, got)
		}
	}
}

func FuzzClassifierAgreesWithTheStandardLibrary(f *testing.F) {
	for _, v := range []string{"12", "-0.5", "1 234,5", "2026-11-24", "24/11/2026 10:00", "48.1, -1.6", `{"lon":1,"lat":2}`, "NA", "", "\u00a0", "1e5", "9223372036854775808"} {
		f.Add([]byte(v))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, _ := classify(b)
		v := string(trim(b))
		switch c {
		case cInt, cIntZeros:
			if _, err := strconv.ParseInt(v, 10, 64); err != nil {
				t.Errorf("%q: %v", v, err)
			}
		case cPoint, cExponent, cIntBig:
			if _, err := strconv.ParseFloat(v, 64); err != nil {
				t.Errorf("%q: %v", v, err)
			}
		case cComma:
			if _, err := strconv.ParseFloat(strings.Replace(v, ",", ".", 1), 64); err != nil {
				t.Errorf("%q: %v", v, err)
			}
		case cDateISO:
			if _, err := time.Parse("2006-01-02", v); err != nil {
				t.Errorf("%q: %v", v, err)
			}
		case cDateSlash:
			if _, err := time.Parse("2/1/2006", v); err != nil {
				t.Errorf("%q: %v", v, err)
			}
		case cText:
			if _, err := strconv.ParseInt(v, 10, 64); err == nil {
				t.Errorf("%q is an integer", v)
			}
			if _, err := time.Parse("2006-01-02", v); err == nil && v[:4] != "0000" {
				t.Errorf("%q is a date", v)
			}
		}
		if plainlyLossless(b) && len(b) < 40 && (c == cPoint || c == cInt) {
			x, _ := strconv.ParseFloat(v, 64)
			if y := strconv.FormatFloat(x, 'f', -1, 64); strings.Trim(y, "-0.") != strings.Trim(strings.TrimLeft(v, "+-"), "0.") {
				t.Errorf("%q comes back as %s", v, y)
			}
		}
	})
}
