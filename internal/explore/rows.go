package explore

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"time"

	"socle/internal/format"
	"socle/internal/query"
	"socle/internal/schema"
)

// rowEncoder writes rows as the members of JSON objects, in the manner of the Explore API.
type rowEncoder struct {
	keys  []string // encoded, with their colon
	types []schema.Type
	zone  *time.Location
}

func newRowEncoder(columns []query.Column, zone *time.Location) *rowEncoder {
	e := &rowEncoder{zone: zone}
	for i, column := range columns {
		key := string(appendText(nil, column.Name)) + ": "
		if i > 0 {
			key = ", " + key
		}
		e.keys = append(e.keys, key)
		e.types = append(e.types, column.Type())
	}
	return e
}

func (e *rowEncoder) append(body []byte, values []any) ([]byte, error) {
	var err error
	for i, value := range values {
		body = append(body, e.keys[i]...)
		if body, err = appendValue(body, value, e.types[i], e.zone); err != nil {
			return nil, err
		}
	}
	return body, nil
}

// appendValue writes one value as JSON: days and instants in ISO 8601, a point as {"lon", "lat"}, a geometry as a
// GeoJSON feature, an exact decimal with all its digits.
func appendValue(body []byte, value any, t schema.Type, zone *time.Location) ([]byte, error) {
	switch v := value.(type) {
	case nil:
		return append(body, "null"...), nil
	case string:
		if t == schema.Decimal {
			return append(body, v...), nil // exact: a number written out
		}
		return appendText(body, v), nil
	case int64:
		return strconv.AppendInt(body, v, 10), nil
	case float64:
		return appendFloat(body, v), nil
	case bool:
		return strconv.AppendBool(body, v), nil
	case time.Time:
		return append(append(append(body, '"'), moment(v, t, zone)...), '"'), nil
	case schema.Coordinates:
		body = appendFloat(append(body, `{"lon": `...), v.Lon)
		return append(appendFloat(append(body, `, "lat": `...), v.Lat), '}'), nil
	case json.RawMessage:
		if t == schema.Geometry {
			body = append(append(body, `{"type": "Feature", "geometry": `...), v...)
			return append(body, `, "properties": {}}`...), nil
		}
		return append(body, v...), nil
	}
	return nil, fmt.Errorf("a value of type %T cannot be written as JSON", value)
}

// moment writes a day, or an instant as the clocks of zone show it.
func moment(v time.Time, t schema.Type, zone *time.Location) string {
	if t == schema.Date {
		return v.Format(time.DateOnly)
	}
	return instant(v.In(zone))
}

func instant(v time.Time) string { return format.Instant(v) }

// appendFloat writes a number; JSON has none that is not finite.
func appendFloat(body []byte, v float64) []byte {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return append(body, "null"...)
	}
	if v == math.Trunc(v) && math.Abs(v) < 1e15 {
		return append(strconv.AppendInt(body, int64(v), 10), ".0"...)
	}
	format := byte('f')
	if size := math.Abs(v); size < 1e-6 || size >= 1e21 {
		format = 'e'
	}
	return strconv.AppendFloat(body, v, format, -1, 64)
}

const hex4 = "0123456789abcdef"

// appendText writes a JSON string. Only what must be escaped is.
func appendText(body []byte, s string) []byte {
	body = append(body, '"')
	start := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		body = append(body, s[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			body = append(body, '\\', c)
		case '\n':
			body = append(body, '\\', 'n')
		case '\r':
			body = append(body, '\\', 'r')
		case '\t':
			body = append(body, '\\', 't')
		default:
			body = append(body, '\\', 'u', '0', '0', hex4[c>>4], hex4[c&15])
		}
	}
	return append(append(body, s[start:]...), '"')
}

// localTime puts an instant on the clocks of zone, for writers that show clocks.
func localTime(value any, t schema.Type, zone *time.Location) (time.Time, bool) {
	instant, ok := value.(time.Time)
	if !ok || t != schema.Datetime {
		return time.Time{}, false
	}
	return instant.In(zone), true
}
