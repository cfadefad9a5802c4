package format

// classifyDate handles what begins with d digits and then the separator: a date, alone or followed by a time.
// Years have four digits, from 1 to 9999: two would leave the century to chance. French order takes one or two
// digits for the day and the month, year first takes two.
func classifyDate(b []byte, d int, separator byte) class {
	var year, month, day, i int
	yearFirst := d == 4
	switch {
	case yearFirst && separator != '.':
		if len(b) < 10 || b[7] != separator || !digits2(b, 5) || !digits2(b, 8) {
			return cText
		}
		year, month, day, i = number4(b, 0), number2(b, 5), number2(b, 8), 10
	case d == 1 || d == 2:
		m := digitsAt(b, d+1)
		y := d + 1 + m + 1
		if m == 0 || m > 2 || y+4 > len(b) || b[y-1] != separator || digitsAt(b, y) != 4 {
			return cText
		}
		day, month, year, i = small(b[:d]), small(b[d+1:d+1+m]), number4(b, y), y+4
	default:
		return cText
	}
	if year == 0 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		return cText
	}
	dated, timed := cDateISO, cTimeISO
	switch {
	case yearFirst && separator == '/':
		dated, timed = cDateYSlash, cText
	case yearFirst:
	case separator == '/':
		dated, timed = cDateSlash, cTimeSlash
	case separator == '-':
		dated, timed = cDateDash, cTimeDash
	default:
		dated, timed = cDateDot, cTimeDot
	}
	if i == len(b) {
		return dated
	}
	if timed == cText || b[i] != ' ' && b[i] != 'T' {
		return cText
	}
	zoned, ok := clock(b[i+1:])
	switch {
	case !ok, zoned && timed != cTimeISO:
		return cText
	case zoned:
		return cTimeZone
	}
	return timed
}

// clock checks HH:MM, HH:MM:SS or HH:MM:SS.f (one to six decimals), then nothing or, zoned, "Z", "+01", "+0100" or "+01:00".
func clock(b []byte) (zoned, ok bool) {
	if len(b) < 5 || b[2] != ':' || !digits2(b, 0) || !digits2(b, 3) || number2(b, 0) > 23 || number2(b, 3) > 59 {
		return false, false
	}
	i := 5
	if i < len(b) && b[i] == ':' {
		if len(b) < 8 || !digits2(b, 6) || number2(b, 6) > 59 {
			return false, false
		}
		i = 8
		if i < len(b) && b[i] == '.' {
			f := digitsAt(b, i+1)
			if f == 0 || f > 6 {
				return false, false
			}
			i += 1 + f
		}
	}
	switch rest := b[i:]; {
	case len(rest) == 0:
		return false, true
	case len(rest) == 1:
		return true, rest[0] == 'Z'
	case rest[0] != '+' && rest[0] != '-' || len(rest) < 3 || !digits2(rest, 1) || number2(rest, 1) > 14:
		return false, false
	case len(rest) == 3:
		return true, true
	case len(rest) == 5:
		return true, digits2(rest, 3) && number2(rest, 3) < 60
	case len(rest) == 6:
		return true, rest[3] == ':' && digits2(rest, 4) && number2(rest, 4) < 60
	}
	return false, false
}

func digits2(b []byte, i int) bool { return digit(b[i]) && digit(b[i+1]) }
func number2(b []byte, i int) int  { return int(b[i]-'0')*10 + int(b[i+1]-'0') }
func number4(b []byte, i int) int  { return number2(b, i)*100 + number2(b, i+2) }

func small(b []byte) int {
	n := 0
	for _, c := range b {
		n = n*10 + int(c-'0')
	}
	return n
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}
