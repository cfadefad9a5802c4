package format

import "socle/internal/schema"

// The formats of the types, as they stand in [schema.Field.Format], and what SQL must do to a value v, trimmed,
// that fits. A value that does not fit is null in the table and stands in the quarantine.
//
//	integer            digits with an optional sign, within an int64        TRY_CAST(v AS BIGINT)
//	integer  "spaces"  the same, or groups of three digits after spaces     without spaces, U+00A0 and U+202F, then the same
//	decimal            1, 1.5, .5, 5., 1e-3                                 TRY_CAST(v AS DOUBLE) or DECIMAL(38,scale)
//	decimal  "comma"   1, 1,5, ,5, 5,                                       "," replaced by ".", then the same
//	decimal  "spaces", "comma spaces"                                       without spaces as above, then the same
//	boolean  "oui/non", "vrai/faux", "true/false", "yes/no", "o/n", "1/0"   lower(v) = the first word; null if neither
//	date               2026-11-24                                           TRY_CAST(v AS DATE)
//	date     "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y/%m/%d"                 try_strptime(v, format)
//	datetime           ISO with T or a space, with or without seconds, fraction, zone (Z, +01, +0100, +01:00);
//	                   a date alone is its midnight; without a zone it is the time of Paris
//	datetime "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y"                             this date, T or a space, HH:MM or HH:MM:SS[.f]; Paris
//	point    "lat,lon", "lon,lat"                                           two numbers around a comma
//	point    "json", "geojson", "array"                                     {"lon":x,"lat":y}, a GeoJSON Point, [lon,lat]
//	geometry           a GeoJSON geometry                                   as it stands
//	json               a JSON list or object                                as it stands
const (
	FormatComma       = "comma"
	FormatSpaces      = "spaces"
	FormatCommaSpaces = "comma spaces"
	FormatLatLon      = "lat,lon"
	FormatLonLat      = "lon,lat"
	FormatJSON        = "json"
	FormatGeoJSON     = "geojson"
	FormatArray       = "array"
	FormatSlash       = "%d/%m/%Y"
	FormatDash        = "%d-%m-%Y"
	FormatDot         = "%d.%m.%Y"
	FormatYearSlash   = "%Y/%m/%d"
)

// Formats lists the formats of a type, the usual one first.
func Formats(t schema.Type) []string {
	switch t {
	case schema.Integer:
		return []string{"", FormatSpaces}
	case schema.Decimal:
		return []string{"", FormatComma, FormatSpaces, FormatCommaSpaces}
	case schema.Boolean:
		return []string{"oui/non", "vrai/faux", "true/false", "yes/no", "o/n", "1/0"}
	case schema.Date:
		return []string{"", FormatSlash, FormatDash, FormatDot, FormatYearSlash}
	case schema.Datetime:
		return []string{"", FormatSlash, FormatDash, FormatDot}
	case schema.Point:
		return []string{FormatLatLon, FormatLonLat, FormatJSON, FormatGeoJSON, FormatArray}
	}
	return []string{""}
}

// Fits reports whether a value, as text, fits a field: the rule that the SQL conversions must repeat. Blanks at
// either end do not count. An empty value fits everything; a missing marker is not looked at here.
func Fits(f schema.Field, value []byte) bool {
	c, n := classify(value)
	if c == cBlank {
		return true
	}
	if f.Exact() && n.whole+f.Scale > 38 {
		return false
	}
	if f.Format == "1/0" && f.Type == schema.Boolean {
		v := trim(value)
		return len(v) == 1 && (v[0] == '0' || v[0] == '1')
	}
	return c.fits(f.Type, f.Format)
}

// fits reports whether every cell of the class fits the type in a format. Boolean "1/0" depends on the value and
// is counted apart.
func (c class) fits(t schema.Type, format string) bool {
	switch t {
	case schema.Text:
		return true
	case schema.Integer:
		return c == cInt || c == cIntZeros || c == cIntSpaced && format == FormatSpaces
	case schema.Decimal:
		return c.fitsDecimal(format)
	case schema.Boolean:
		return c.fitsBoolean(format)
	case schema.Date:
		return c.fitsDate(format)
	case schema.Datetime:
		switch format {
		case "":
			return c == cTimeISO || c == cTimeZone || c == cDateISO
		case FormatSlash:
			return c == cTimeSlash || c == cDateSlash
		case FormatDash:
			return c == cTimeDash || c == cDateDash
		case FormatDot:
			return c == cTimeDot || c == cDateDot
		}
	case schema.Point:
		switch format {
		case FormatLatLon:
			return c == cPair || c == cPairLatLon
		case FormatLonLat:
			return c == cPair || c == cPairLonLat
		case FormatJSON:
			return c == cJSONPoint
		case FormatGeoJSON:
			return c == cGeoPoint
		case FormatArray:
			return c == cArrayPoint
		}
	case schema.Geometry:
		return c == cGeoPoint || c == cGeometry
	case schema.JSON:
		return c >= cJSONPoint && c <= cJSON
	}
	return false
}

func (c class) fitsDecimal(format string) bool {
	switch c {
	case cInt, cIntZeros, cIntBig:
		return true
	case cPoint, cExponent:
		return format == "" || format == FormatSpaces
	case cComma:
		return format == FormatComma || format == FormatCommaSpaces
	case cIntSpaced:
		return format == FormatSpaces || format == FormatCommaSpaces
	case cPointSpaced:
		return format == FormatSpaces
	case cCommaSpaced:
		return format == FormatCommaSpaces
	}
	return false
}

func (c class) fitsBoolean(format string) bool {
	switch format {
	case "oui/non":
		return c == cOui || c == cNon
	case "vrai/faux":
		return c == cVrai || c == cFaux
	case "true/false":
		return c == cTrue || c == cFalse
	case "yes/no":
		return c == cYes || c == cNo
	case "o/n":
		return c == cO || c == cN
	}
	return false
}

func (c class) fitsDate(format string) bool {
	switch format {
	case "":
		return c == cDateISO
	case FormatSlash:
		return c == cDateSlash
	case FormatDash:
		return c == cDateDash
	case FormatDot:
		return c == cDateDot
	case FormatYearSlash:
		return c == cDateYSlash
	}
	return false
}
