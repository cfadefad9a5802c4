package score

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"

	"socle/internal/schema"
)

// empty reports whether a cell says nothing.
func empty(v any) bool {
	if s, ok := v.(string); ok {
		return strings.TrimSpace(s) == ""
	}
	return v == nil
}

// textOf is a value as a person would write it.
func textOf(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	case time.Time:
		if v.Equal(v.Truncate(24 * time.Hour)) {
			return v.Format(time.DateOnly)
		}
		return v.Format(time.RFC3339)
	case schema.Coordinates:
		return strconv.FormatFloat(v.Lat, 'f', -1, 64) + ", " + strconv.FormatFloat(v.Lon, 'f', -1, 64)
	case json.RawMessage:
		return string(v)
	}
	return ""
}

// numberOf returns a number and whether the value is one.
func numberOf(v any) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	case string: // an exact decimal
		x, err := strconv.ParseFloat(v, 64)
		return x, err == nil
	}
	return 0, false
}

// yearOf returns the year that a value tells, 0 when it tells none.
func yearOf(v any) int {
	switch v := v.(type) {
	case time.Time:
		return v.Year()
	case int64:
		if v >= 1900 && v < 2200 {
			return int(v)
		}
	case string: // "2025-2026", "2025/2026", "Rentrée 2025": the last year
		year := 0
		for i := 0; i+4 <= len(v); i++ {
			bounded := (i == 0 || !isDigit(v[i-1])) && (i+4 == len(v) || !isDigit(v[i+4]))
			if !bounded || !isDigit(v[i]) {
				continue
			}
			if n, err := strconv.Atoi(v[i : i+4]); err == nil && n >= 1900 && n < 2200 {
				year = max(year, n)
			}
		}
		return year
	}
	return 0
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// FNV-1a, 64 bits: http://www.isthe.com/chongo/tech/comp/fnv/.
const (
	fnvOffset = 14695981039346656037
	fnvPrime  = 1099511628211
)

// hashOf is a digest of some values of a row, the same for ever.
func hashOf(values []any, columns ...int) uint64 {
	h := uint64(fnvOffset)
	add := func(v any) {
		h = hashValue(h, v)
		h = (h ^ 0xff) * fnvPrime // no UTF-8 has it: "a","bc" is not "ab","c"
	}
	if columns == nil {
		for _, v := range values {
			add(v)
		}
		return h
	}
	for _, i := range columns {
		add(values[i])
	}
	return h
}

func hashValue(h uint64, v any) uint64 {
	word := func(x uint64) {
		for range 8 {
			h = (h ^ x&0xff) * fnvPrime
			x >>= 8
		}
	}
	switch v := v.(type) {
	case nil:
	case int64:
		word(uint64(v))
	case float64:
		word(math.Float64bits(v))
	case time.Time:
		word(uint64(v.UnixMicro()))
	default:
		for _, c := range []byte(textOf(v)) {
			h = (h ^ uint64(c)) * fnvPrime
		}
	}
	return h
}
