package validate

import (
	"bytes"
	"cmp"
	"math"
	"strconv"
	"unicode/utf8"

	"socle/internal/schema/frictionless"
)

// digitsKept is how many digits a whole number may have to be held as an int64.
const digitsKept = 18

// trimmed drops the blanks around a number, which its lexical form allows.
func trimmed(v []byte) []byte {
	for len(v) > 0 && v[0] <= ' ' {
		v = v[1:]
	}
	for len(v) > 0 && v[len(v)-1] <= ' ' {
		v = v[:len(v)-1]
	}
	if len(v) > 0 && (v[0] >= 0x80 || v[len(v)-1] >= 0x80) {
		return bytes.TrimSpace(v)
	}
	return v
}

// castInteger reads a whole number: a sign, digits.
func castInteger(v []byte, o *value) bool {
	v = trimmed(v)
	i, negative := 0, false
	if len(v) > 0 && (v[0] == '-' || v[0] == '+') {
		negative = v[0] == '-'
		i = 1
	}
	if i == len(v) {
		return false
	}
	var n int64
	digits := 0
	for ; i < len(v); i++ {
		c := v[i] - '0'
		if c > 9 {
			return false
		}
		if n != 0 || c != 0 {
			if digits++; digits <= digitsKept {
				n = n*10 + int64(c)
			}
		}
	}
	if negative {
		n = -n
	}
	o.num, o.exact = n, digits <= digitsKept
	return true
}

// castNumber reads a decimal number: a sign, digits, a point, an exponent; or NaN, INF, -INF in any case.
func castNumber(v []byte, o *value) bool {
	v = trimmed(v)
	i, negative := 0, false
	if len(v) > 0 && (v[0] == '-' || v[0] == '+') {
		negative = v[0] == '-'
		i = 1
	}
	var n int64
	digits, seen, scale, point := 0, 0, 0, false
	for ; i < len(v); i++ {
		if c := v[i] - '0'; c <= 9 {
			seen++
			if point {
				scale++
			}
			if n != 0 || c != 0 {
				if digits++; digits <= digitsKept {
					n = n*10 + int64(c)
				}
			}
			continue
		}
		if v[i] != '.' || point {
			break
		}
		point = true
	}
	if seen == 0 {
		return isNotFinite(v, o)
	}
	if i < len(v) {
		e, ok := exponent(v[i:])
		if !ok {
			return false
		}
		scale -= e
	}
	if negative {
		n = -n
	}
	o.num, o.exact = n, digits <= digitsKept && scale >= 0 && scale <= digitsKept
	if o.exact {
		o.scale = int8(scale)
	}
	return true
}

// exponent reads e+12.
func exponent(v []byte) (int, bool) {
	if len(v) < 2 || v[0]|0x20 != 'e' {
		return 0, false
	}
	n, err := strconv.Atoi(string(v[1:]))
	if err != nil || v[len(v)-1]-'0' > 9 {
		rest := v[1:]
		if len(rest) > 0 && (rest[0] == '+' || rest[0] == '-') {
			rest = rest[1:]
		}
		if len(rest) == 0 || !onlyDigits(rest) {
			return 0, false
		}
		n = math.MaxInt32 // beyond anything that is compared otherwise than as a text
	}
	return min(max(n, -math.MaxInt32), math.MaxInt32), true
}

func onlyDigits(v []byte) bool {
	for _, c := range v {
		if c-'0' > 9 {
			return false
		}
	}
	return true
}

// notFinite is the num of NaN, which satisfies no bound, and of the infinities, which are beyond all numbers.
const notFinite = math.MinInt64

func isNotFinite(v []byte, o *value) bool {
	if len(v) > 4 || len(v) < 3 {
		return false
	}
	switch string(bytes.ToLower(v)) {
	case "nan", "inf", "-inf", "+inf":
		o.num, o.exact = notFinite, false
		return true
	}
	return false
}

// writing undoes the writing of a number that its field describes: a sign of decimals, of groups, units around it.
// It returns nil when the field is written plainly.
func writing(f *frictionless.Field) func(v []byte, buffer []byte) ([]byte, bool) {
	bare := f.BareNumber == nil || *f.BareNumber
	if f.DecimalChar == "" && f.GroupChar == "" && bare {
		return nil
	}
	group, point := []byte(f.GroupChar), []byte(f.DecimalChar)
	return func(v, buffer []byte) ([]byte, bool) {
		v = trimmed(v)
		if !bare {
			v = withoutUnits(v)
		}
		out := buffer[:0]
		for i := 0; i < len(v); {
			switch {
			case len(group) > 0 && bytes.HasPrefix(v[i:], group):
				i += len(group)
			case len(point) > 0 && bytes.HasPrefix(v[i:], point):
				out = append(out, '.')
				i += len(point)
			case len(point) > 0 && v[i] == '.':
				return nil, false
			default:
				out = append(out, v[i])
				i++
			}
		}
		return out, true
	}
}

// withoutUnits drops what is no number at both ends: "95 %", "€ 95".
func withoutUnits(v []byte) []byte {
	start := 0
	for start < len(v) && v[start] != '-' && v[start]-'0' > 9 {
		_, n := utf8.DecodeRune(v[start:])
		start += n
	}
	end := len(v)
	for end > start && v[end-1]-'0' > 9 {
		end--
	}
	return v[start:end]
}

// described casts numbers that are not written plainly.
func described(f *frictionless.Field, cast func([]byte, *value) bool) func([]byte, *value) bool {
	undo := writing(f)
	if undo == nil {
		return cast
	}
	return func(v []byte, o *value) bool {
		var room [64]byte
		plain, ok := undo(v, room[:])
		return ok && cast(plain, o)
	}
}

// decimal is a number in a form that compares as texts do: ±0.digits × 10^exp, digits without zeros at either end.
type decimal struct {
	negative bool
	digits   []byte
	exp      int
	number   bool // false for NaN
	infinite bool
}

// decimalOf reads what castNumber accepts.
func decimalOf(v []byte) decimal {
	v = trimmed(v)
	d := decimal{number: true}
	i := 0
	if len(v) > 0 && (v[0] == '-' || v[0] == '+') {
		d.negative = v[0] == '-'
		i = 1
	}
	if i < len(v) && v[i] != '.' && v[i]-'0' > 9 {
		d.number = v[i]|0x20 == 'i'
		d.infinite = d.number
		return d
	}
	point := -1
	for ; i < len(v) && v[i]|0x20 != 'e'; i++ {
		if v[i] == '.' {
			point = len(d.digits)
			continue
		}
		d.digits = append(d.digits, v[i])
	}
	if point < 0 {
		point = len(d.digits)
	}
	d.exp = point
	if i < len(v) {
		e, _ := exponent(v[i:])
		d.exp += e
	}
	for len(d.digits) > 0 && d.digits[0] == '0' {
		d.digits, d.exp = d.digits[1:], d.exp-1
	}
	d.digits = bytes.TrimRight(d.digits, "0")
	if len(d.digits) == 0 {
		d.negative, d.exp = false, 0
	}
	return d
}

// compare orders two numbers.
func (d decimal) compare(e decimal) int {
	sign := 1
	switch {
	case d.infinite && e.infinite && d.negative == e.negative:
		return 0
	case d.infinite && d.negative, e.infinite && !e.negative:
		return -1
	case d.infinite, e.infinite:
		return 1
	case d.negative != e.negative:
		if d.negative {
			return -1
		}
		return 1
	case d.negative:
		sign = -1
	}
	switch {
	case len(d.digits) == 0 || len(e.digits) == 0:
		return sign * cmp.Compare(len(d.digits), len(e.digits))
	case d.exp != e.exp:
		return sign * cmp.Compare(d.exp, e.exp)
	}
	return sign * bytes.Compare(d.digits, e.digits)
}

// appendTo writes the number in one way for each number, to compare keys.
func (d decimal) appendTo(dst []byte) []byte {
	if !d.number {
		return append(dst, "nan"...)
	}
	if d.negative {
		dst = append(dst, '-')
	}
	if d.infinite {
		return append(dst, "inf"...)
	}
	whole := len(d.digits)
	if d.exp == whole || whole == 0 {
		if whole == 0 {
			return append(dst, '0')
		}
		return append(dst, d.digits...)
	}
	if d.exp > 0 && d.exp < 40 && d.exp > whole {
		dst = append(dst, d.digits...)
		for range d.exp - whole {
			dst = append(dst, '0')
		}
		return dst
	}
	dst = append(append(dst, '.'), d.digits...)
	return strconv.AppendInt(append(dst, 'e'), int64(d.exp), 10)
}

// powers of ten that a float64 holds exactly.
var powers = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18}

// comparable53 bounds the numbers whose float64, once divided by a power of ten, orders them exactly: fifteen digits.
const comparable53 = 999_999_999_999_999

// float returns the number as a float64 that orders exactly, and whether there is one.
func (o *value) float() (float64, bool) {
	if !o.exact || o.num > comparable53 || o.num < -comparable53 {
		return 0, false
	}
	return float64(o.num) / powers[o.scale], true
}
