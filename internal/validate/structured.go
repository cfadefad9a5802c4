package validate

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf8"

	"socle/internal/schema/frictionless"
)

func castBoolean(f *frictionless.Field) func([]byte, *value) bool {
	yes, no := f.TrueValues, f.FalseValues
	if yes == nil {
		yes = []string{"true", "True", "TRUE", "1"}
	}
	if no == nil {
		no = []string{"false", "False", "FALSE", "0"}
	}
	return func(v []byte, o *value) bool {
		o.exact = true
		for _, s := range no {
			if string(v) == s {
				return true
			}
		}
		for _, s := range yes {
			if string(v) == s {
				o.num = 1
				return true
			}
		}
		return false
	}
}

// castObject accepts a JSON object, castArray a JSON array.
func castObject(v []byte, o *value) bool { return jsonOf(v, '{') }
func castArray(v []byte, o *value) bool  { return jsonOf(v, '[') }

func jsonOf(v []byte, first byte) bool {
	v = bytes.TrimSpace(v)
	return len(v) > 0 && v[0] == first && json.Valid(v)
}

// castList splits at the delimiter; each item is of its type, in the default format.
func castList(delimiter string, item func([]byte, *value) bool) func([]byte, *value) bool {
	return func(v []byte, o *value) bool {
		for {
			before, after, more := bytes.Cut(v, []byte(delimiter))
			var each value
			if !item(before, &each) {
				return false
			}
			if !more {
				return true
			}
			v = after
		}
	}
}

// lengthOf counts what minLength and maxLength speak of.
func lengthOf(f *frictionless.Field) func(v []byte) int {
	switch f.Type {
	case frictionless.Array:
		return func(v []byte) int {
			var items []json.RawMessage
			_ = json.Unmarshal(v, &items) // of its type, or it is not measured
			return len(items)
		}
	case frictionless.Object:
		return func(v []byte) int {
			var members map[string]json.RawMessage
			_ = json.Unmarshal(v, &members) // likewise
			return len(members)
		}
	case frictionless.List:
		delimiter := []byte(listDelimiter(f))
		return func(v []byte) int { return bytes.Count(v, delimiter) + 1 }
	}
	return utf8.RuneCount
}

func listDelimiter(f *frictionless.Field) string {
	if f.Delimiter == "" {
		return ","
	}
	return f.Delimiter
}

// castGeopoint accepts a longitude and a latitude, in one of three ways of writing.
func castGeopoint(kind string) func([]byte, *value) bool {
	return func(v []byte, o *value) bool {
		lon, lat, ok := pointOf(kind, v)
		return ok && lon >= -180 && lon <= 180 && lat >= -90 && lat <= 90
	}
}

func pointOf(kind string, v []byte) (lon, lat float64, ok bool) {
	switch kind {
	case "array":
		var pair []json.Number
		if json.Unmarshal(v, &pair) != nil || len(pair) != 2 {
			return 0, 0, false
		}
		return coordinates(string(pair[0]), string(pair[1]))
	case "object":
		var point map[string]json.Number
		if json.Unmarshal(v, &point) != nil || len(point) != 2 {
			return 0, 0, false
		}
		return coordinates(string(point["lon"]), string(point["lat"]))
	}
	before, after, ok := bytes.Cut(v, []byte(","))
	if !ok {
		return 0, 0, false
	}
	return coordinates(string(bytes.TrimSpace(before)), string(bytes.TrimSpace(after)))
}

func coordinates(x, y string) (lon, lat float64, ok bool) {
	var each value
	if !castNumber([]byte(x), &each) || !castNumber([]byte(y), &each) {
		return 0, 0, false
	}
	lon, err := strconv.ParseFloat(x, 64)
	lat, also := strconv.ParseFloat(y, 64)
	return lon, lat, err == nil && also == nil
}

// castGeoJSON accepts an object of RFC 7946 with its members.
func castGeoJSON(v []byte, o *value) bool {
	var g geo
	return jsonOf(v, '{') && json.Unmarshal(v, &g) == nil && g.valid()
}

// castTopoJSON accepts a topology, or one of its geometries.
func castTopoJSON(v []byte, o *value) bool {
	var topology struct {
		Type    string                     `json:"type"`
		Objects map[string]json.RawMessage `json:"objects"`
		Arcs    *[]json.RawMessage         `json:"arcs"`
	}
	if !jsonOf(v, '{') || json.Unmarshal(v, &topology) != nil {
		return false
	}
	switch topology.Type {
	case "Topology":
		return topology.Objects != nil && topology.Arcs != nil
	case "LineString", "MultiLineString", "Polygon", "MultiPolygon":
		return topology.Arcs != nil
	case "Point", "MultiPoint", "GeometryCollection":
		return true
	}
	return false
}

// geo is any object of GeoJSON.
type geo struct {
	Type        string          `json:"type"`
	Coordinates json.RawMessage `json:"coordinates"`
	Geometries  *[]geo          `json:"geometries"`
	Features    *[]geo          `json:"features"`
	Geometry    json.RawMessage `json:"geometry"`
	Properties  json.RawMessage `json:"properties"`
}

func (g *geo) valid() bool {
	switch g.Type {
	case "Point":
		return nested(g.Coordinates, 0, 0)
	case "MultiPoint":
		return nested(g.Coordinates, 1, 0)
	case "LineString":
		return nested(g.Coordinates, 1, 2)
	case "MultiLineString":
		return nested(g.Coordinates, 2, 2)
	case "Polygon":
		return nested(g.Coordinates, 2, 4)
	case "MultiPolygon":
		return nested(g.Coordinates, 3, 4)
	case "GeometryCollection":
		return allValid(g.Geometries, func(each *geo) bool { return each.Type != "Feature" && each.Type != "FeatureCollection" })
	case "FeatureCollection":
		return allValid(g.Features, func(each *geo) bool { return each.Type == "Feature" })
	case "Feature":
		if g.Geometry == nil || g.Properties == nil || g.Properties[0] != 'n' && g.Properties[0] != '{' {
			return false
		}
		if g.Geometry[0] == 'n' {
			return true
		}
		var inner geo
		return json.Unmarshal(g.Geometry, &inner) == nil && inner.Type != "Feature" && inner.Type != "FeatureCollection" && inner.valid()
	}
	return false
}

func allValid(list *[]geo, also func(*geo) bool) bool {
	if list == nil {
		return false
	}
	for i := range *list {
		if each := &(*list)[i]; !also(each) || !each.valid() {
			return false
		}
	}
	return true
}

// nested reports whether coordinates are positions within so many lists, the innermost of at least so many positions.
func nested(raw json.RawMessage, depth, least int) bool {
	if depth == 0 {
		var position []float64
		return json.Unmarshal(raw, &position) == nil && len(position) >= 2
	}
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil || items == nil || depth == 1 && len(items) < least {
		return false
	}
	for _, item := range items {
		if !nested(item, depth-1, least) {
			return false
		}
	}
	return true
}
