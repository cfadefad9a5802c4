package format

// class is the one thing a cell is. Every type is a set of classes ([class.fits]), so that one reading counts the
// fits of all types at once.
type class uint8

const (
	cText  class = iota // anything else
	cBlank              // blanks only, or "" between quotes

	cInt         // 12, -3, +4, 0: fits an int64, no useless zero
	cIntZeros    // 007
	cIntBig      // beyond an int64
	cIntSpaced   // 1 234
	cPoint       // 1.5, .5, 5.
	cExponent    // 1e5, 1.5E-3
	cComma       // 1,5
	cPointSpaced // 1 234.5
	cCommaSpaced // 1 234,5

	cDateISO    // 2026-11-24
	cDateYSlash // 2026/11/24
	cDateSlash  // 24/11/2026
	cDateDash   // 24-11-2026
	cDateDot    // 24.11.2026

	cTimeISO   // 2026-11-24T10:00, 2026-11-24 10:00:00.5
	cTimeZone  // the same with Z or +01:00
	cTimeSlash // 24/11/2026 10:00
	cTimeDash
	cTimeDot

	cOui
	cNon
	cVrai
	cFaux
	cTrue
	cFalse
	cYes
	cNo
	cO
	cN

	cPair       // 48.1, -1.6: both orders are on the Earth
	cPairLatLon // only latitude first is
	cPairLonLat // only longitude first is

	cJSONPoint  // {"lon": -1.6, "lat": 48.1}
	cGeoPoint   // {"type": "Point", "coordinates": [-1.6, 48.1]}
	cArrayPoint // [-1.6, 48.1]
	cGeometry   // any other GeoJSON geometry
	cJSON       // any other JSON object or list

	cMissing // the first of the missing markers, in the order of markers
)

// markers are the spellings, in lower case, that mean "no value" in columns that are not text.
var markers = [...]string{"na", "n/a", "#n/a", "null", "nan", "none", "nd", "n.d.", "n.d", "nc", "n.c.", "ns", "n.s.", "s", "-", "--", "…", "\\n"}

const classes = int(cMissing) + len(markers)

func (c class) missing() bool { return c >= cMissing }

// number is what the classifier learns of a numeric cell on its way.
type number struct {
	whole, fraction int  // digits before and after the separator, without the zeros that say nothing
	digits          bool // nothing but digits
}

// classify says what a cell is. It does not allocate.
func classify(b []byte) (class, number) { return classifyBare(trim(b)) }

// classifyBare is classify for a cell without blanks at its ends.
func classifyBare(b []byte) (class, number) {
	if len(b) == 0 {
		return cBlank, number{}
	}
	switch c := b[0]; {
	case c >= '0' && c <= '9', c == '+', c == '.', c == ',':
		return classifyNumber(b)
	case c == '-':
		if len(b) > 1 && b[1] != '-' {
			return classifyNumber(b)
		}
		return classifyWord(b), number{}
	case c == '{' || c == '[':
		return classifyJSON(b), number{}
	case len(b) <= 5:
		return classifyWord(b), number{}
	}
	return cText, number{}
}

// trim takes blanks off both ends: spaces, tabs, line ends, and the no-break spaces that spreadsheets leave.
func trim(b []byte) []byte {
	for len(b) > 0 {
		switch c := b[0]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			b = b[1:]
		case c == 0xC2 && len(b) > 1 && b[1] == 0xA0:
			b = b[2:]
		case c == 0xE2 && len(b) > 2 && b[1] == 0x80 && b[2] == 0xAF:
			b = b[3:]
		default:
			return trimEnd(b)
		}
	}
	return b
}

func trimEnd(b []byte) []byte {
	for {
		n := len(b)
		switch c := b[n-1]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			b = b[:n-1]
		case c == 0xA0 && n > 2 && b[n-2] == 0xC2:
			b = b[:n-2]
		case c == 0xAF && n > 3 && b[n-2] == 0x80 && b[n-3] == 0xE2:
			b = b[:n-3]
		default:
			return b
		}
	}
}

func classifyWord(b []byte) class {
	if len(b) > 5 {
		return cText
	}
	var low [5]byte
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		low[i] = c
	}
	switch string(low[:len(b)]) {
	case "oui":
		return cOui
	case "non":
		return cNon
	case "vrai":
		return cVrai
	case "faux":
		return cFaux
	case "true":
		return cTrue
	case "false":
		return cFalse
	case "yes":
		return cYes
	case "no":
		return cNo
	case "o":
		return cO
	case "n":
		return cN
	case "-", "--", "s", "…", "\\n":
		return markerClass(low[:len(b)])
	}
	if len(b) >= 2 && (low[0] == 'n' || low[0] == '#') {
		return markerClass(low[:len(b)])
	}
	return cText
}

func markerClass(low []byte) class {
	for i, m := range markers {
		if string(low) == m {
			return cMissing + class(i)
		}
	}
	return cText
}

func digit(c byte) bool { return c-'0' <= 9 }

// digitsAt returns how many digits there are from i.
func digitsAt(b []byte, i int) int {
	n := 0
	for i+n < len(b) && digit(b[i+n]) {
		n++
	}
	return n
}

// classifyNumber handles whatever begins with a digit, a sign or a decimal separator.
func classifyNumber(b []byte) (class, number) {
	i := 0
	signed := b[0] == '+' || b[0] == '-'
	if signed {
		i = 1
	}
	start := i
	for i < len(b) && digit(b[i]) {
		i++
	}
	d := i - start
	zeros := 0
	for zeros < d-1 && b[start+zeros] == '0' {
		zeros++
	}
	if i == len(b) {
		if d == 0 {
			return cText, number{}
		}
		n := number{whole: d - zeros, digits: !signed}
		switch {
		case d-zeros > 19 || d-zeros == 19 && !fitsInt64(b[start+zeros:i], b[0] == '-'):
			return cIntBig, n
		case zeros > 0:
			return cIntZeros, n
		}
		return cInt, n
	}
	switch c := b[i]; {
	case c == '.':
		return classifyPoint(b, start, i, zeros, signed)
	case c == ',':
		return classifyComma(b, start, i, zeros, i)
	case !signed && (c == '-' || c == '/'):
		return classifyDate(b, d, c), number{}
	case (c == 'e' || c == 'E') && d > 0:
		return classifyExponent(b, i), number{}
	case (c == ' ' || c == 0xC2 || c == 0xE2) && d > 0 && d <= 3:
		return classifySpaced(b, start, i, zeros)
	}
	return cText, number{}
}

// fitsInt64 compares 19 digits with the bounds of an int64.
func fitsInt64(digits []byte, negative bool) bool {
	if negative {
		return string(digits) <= "9223372036854775808"
	}
	return string(digits) <= "9223372036854775807"
}

// significant returns the length of the fraction without its last zeros.
func significant(fraction []byte) int {
	n := len(fraction)
	for n > 0 && fraction[n-1] == '0' {
		n--
	}
	return n
}

func classifyPoint(b []byte, start, i, zeros int, signed bool) (class, number) {
	d := i - start
	f := digitsAt(b, i+1)
	end := i + 1 + f
	if d+f == 0 {
		return cText, number{}
	}
	n := number{whole: d - zeros, fraction: significant(b[i+1 : end])}
	if end == len(b) {
		return cPoint, n
	}
	switch c := b[end]; {
	case c == '.' && !signed:
		return classifyDate(b, d, '.'), number{}
	case c == 'e' || c == 'E':
		return classifyExponent(b, end), number{}
	case c == ',':
		return classifyPair(b, end), number{}
	case c == ' ' && end+1 < len(b) && b[end+1] == ',':
		return classifyPair(b, end+1), number{}
	}
	return cText, number{}
}

// classifyComma handles a number whose comma stands at i; first is where its first separator stands.
func classifyComma(b []byte, start, i, zeros, first int) (class, number) {
	f := digitsAt(b, i+1)
	end := i + 1 + f
	if i-start+f == 0 {
		return cText, number{}
	}
	if end == len(b) {
		return cComma, number{whole: i - start - zeros, fraction: significant(b[i+1 : end])}
	}
	// 48,-1.6 and 48, -1.6: whole degrees before the comma
	if i > start {
		return classifyPair(b, first), number{}
	}
	return cText, number{}
}

// classifyExponent checks an exponent at i and that the number is finite: at most 1e±300, whatever its digits.
func classifyExponent(b []byte, i int) class {
	i++
	if i < len(b) && (b[i] == '+' || b[i] == '-') {
		i++
	}
	n := digitsAt(b, i)
	if n == 0 || n > 3 || i+n != len(b) || len(b) > 40 {
		return cText
	}
	exponent := 0
	for _, c := range b[i:] {
		exponent = exponent*10 + int(c-'0')
	}
	if exponent > 260 {
		return cText
	}
	return cExponent
}

// groupSpace returns the length of the space that groups digits at i: plain, no-break or narrow no-break.
func groupSpace(b []byte, i int) int {
	switch {
	case b[i] == ' ':
		return 1
	case b[i] == 0xC2 && i+1 < len(b) && b[i+1] == 0xA0:
		return 2
	case b[i] == 0xE2 && i+2 < len(b) && b[i+1] == 0x80 && b[i+2] == 0xAF:
		return 3
	}
	return 0
}

// classifySpaced handles 1 234 567, with or without decimals: groups of exactly three after the first.
func classifySpaced(b []byte, start, i, zeros int) (class, number) {
	whole := i - start - zeros
	if b[start] == '0' {
		return cText, number{} // "01 23" is a code or a telephone, not a number
	}
	for i < len(b) {
		space := groupSpace(b, i)
		if space == 0 {
			break
		}
		if digitsAt(b, i+space) != 3 {
			return cText, number{}
		}
		i += space + 3
		whole += 3
	}
	if whole > 18 {
		return cText, number{}
	}
	if i == len(b) {
		return cIntSpaced, number{whole: whole}
	}
	if b[i] != '.' && b[i] != ',' {
		return cText, number{}
	}
	f := digitsAt(b, i+1)
	if i+1+f != len(b) {
		return cText, number{}
	}
	n := number{whole: whole, fraction: significant(b[i+1:])}
	if b[i] == '.' {
		return cPointSpaced, n
	}
	return cCommaSpaced, n
}
