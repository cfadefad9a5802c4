package validate

import (
	"bytes"
	"time"

	"socle/internal/schema/frictionless"
)

// Days are counted from 1970-01-01, moments in microseconds from its midnight UTC: what has no time zone is taken as UTC,
// so that moments can be compared.

// daysOf counts the days to a date of the Gregorian calendar; ok is false when there is no such date.
//
// Source: Howard Hinnant, chrono-Compatible Low-Level Date Algorithms, days_from_civil.
func daysOf(year, month, day int) (days int64, ok bool) {
	if month < 1 || month > 12 || day < 1 || day > 31 || day > 28 && day > lastDay(year, month) {
		return 0, false
	}
	y := year
	if month <= 2 {
		y--
	}
	era := y / 400
	if y < 0 {
		era = (y - 399) / 400
	}
	yoe := y - era*400
	m := month - 3
	if month <= 2 {
		m = month + 9
	}
	doy := (153*m+2)/5 + day - 1
	return int64(era)*146097 + int64(yoe*365+yoe/4-yoe/100+doy) - 719468, true
}

func lastDay(year, month int) int {
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

// two reads two digits.
func two(v []byte) (int, bool) {
	a, b := v[0]-'0', v[1]-'0'
	return int(a)*10 + int(b), a <= 9 && b <= 9
}

func four(v []byte) (int, bool) {
	a, ok := two(v)
	b, also := two(v[2:])
	return a*100 + b, ok && also
}

// isoDay reads the ten characters of yyyy-mm-dd.
func isoDay(v []byte) (int64, bool) {
	if len(v) != 10 || v[4] != '-' || v[7] != '-' {
		return 0, false
	}
	y, a := four(v)
	m, b := two(v[5:])
	d, c := two(v[8:])
	if !a || !b || !c || y == 0 {
		return 0, false
	}
	return daysOf(y, m, d)
}

const (
	second = int64(time.Second / time.Microsecond)
	day    = 24 * 3600 * second
)

// isoClock reads hh:mm:ss, a fraction and a time zone. 24:00:00 is the end of the day.
func isoClock(v []byte) (micros int64, ok bool) {
	if len(v) < 8 || v[2] != ':' || v[5] != ':' {
		return 0, false
	}
	h, a := two(v)
	m, b := two(v[3:])
	s, c := two(v[6:])
	if !a || !b || !c || h > 24 || m > 59 || s > 59 || h == 24 && m+s > 0 {
		return 0, false
	}
	micros = (int64(h)*3600 + int64(m)*60 + int64(s)) * second
	v = v[8:]
	if len(v) > 1 && (v[0] == '.' || v[0] == ',') {
		v = v[1:]
		unit := second
		n := 0
		for ; n < len(v) && v[n]-'0' <= 9; n++ {
			unit /= 10
			micros += int64(v[n]-'0') * unit
		}
		if n == 0 {
			return 0, false
		}
		v = v[n:]
	}
	if len(v) == 0 {
		return micros, true
	}
	zone, ok := isoZone(v)
	return micros - zone, ok
}

// isoZone reads Z, +hh, +hhmm or +hh:mm.
func isoZone(v []byte) (micros int64, ok bool) {
	if len(v) == 1 && (v[0] == 'Z' || v[0] == 'z') {
		return 0, true
	}
	if len(v) < 3 || v[0] != '+' && v[0] != '-' {
		return 0, false
	}
	h, ok := two(v[1:])
	m := 0
	if ok && len(v) > 3 {
		rest := bytes.TrimPrefix(v[3:], []byte(":"))
		if len(rest) != 2 {
			return 0, false
		}
		m, ok = two(rest)
	}
	if !ok || h > 23 || m > 59 {
		return 0, false
	}
	micros = (int64(h)*3600 + int64(m)*60) * second
	if v[0] == '-' {
		micros = -micros
	}
	return micros, true
}

func castDate(v []byte, o *value) (ok bool) {
	o.num, ok = isoDay(v)
	o.exact = true
	return ok
}

func castTime(v []byte, o *value) (ok bool) {
	o.num, ok = isoClock(v)
	o.exact = true
	return ok
}

// castDatetime reads a date, T or a space, and a time.
func castDatetime(v []byte, o *value) bool {
	if len(v) < 19 || v[10] != 'T' && v[10] != ' ' && v[10] != 't' {
		return false
	}
	days, ok := isoDay(v[:10])
	clock, also := isoClock(v[11:])
	o.num, o.exact = days*day+clock, true
	return ok && also
}

func castYear(v []byte, o *value) (ok bool) {
	if len(v) != 4 {
		return false
	}
	y, ok := four(v)
	o.num, o.exact = int64(y), true
	return ok
}

func castYearMonth(v []byte, o *value) bool {
	if len(v) != 7 || v[4] != '-' {
		return false
	}
	y, ok := four(v)
	m, also := two(v[5:])
	o.num, o.exact = int64(y)*12+int64(m)-1, true
	return ok && also && m >= 1 && m <= 12
}

// timeOf is the midnight that begins a day.
func timeOf(days int64) time.Time { return time.Unix(days*24*3600, 0).UTC() }

// typed is the field for a source that knows dates itself: a workbook writes midnight as a day alone.
func (f *field) typed() *field {
	if f.def.Type != frictionless.Datetime {
		return f
	}
	of, cast := *f, f.cast
	of.cast = func(v []byte, o *value) bool {
		if cast(v, o) {
			return true
		}
		days, ok := isoDay(v)
		*o = value{num: days * day, exact: true}
		return ok
	}
	return &of
}
