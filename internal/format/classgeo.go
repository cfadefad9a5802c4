package format

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unsafe"
)

// classifyPair handles "a,b" and "a, b", two numbers of which one at least has decimals; the comma is at i.
func classifyPair(b []byte, comma int) class {
	first, second := trim(b[:comma]), trim(b[comma+1:])
	if len(first) == 0 || len(second) == 0 || len(b) > 80 {
		return cText
	}
	if bytes.IndexByte(first, '.') < 0 && bytes.IndexByte(second, '.') < 0 {
		return cText
	}
	x, okX := degrees(first)
	y, okY := degrees(second)
	if !okX || !okY {
		return cText
	}
	latLon := x >= -90 && x <= 90 && y >= -180 && y <= 180
	lonLat := y >= -90 && y <= 90 && x >= -180 && x <= 180
	switch {
	case latLon && lonLat:
		return cPair
	case latLon:
		return cPairLatLon
	case lonLat:
		return cPairLonLat
	}
	return cText
}

// degrees reads a plain decimal number with a point.
func degrees(b []byte) (float64, bool) {
	for _, c := range b {
		if !digit(c) && c != '.' && c != '-' && c != '+' {
			return 0, false
		}
	}
	x, err := strconv.ParseFloat(view(b), 64)
	return x, err == nil
}

// view is b as a string without a copy, for calls that do not keep it.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// A shape is the part of a JSON object that tells what it places on the Earth.
type shape struct {
	Type        string          `json:"type"`
	Coordinates json.RawMessage `json:"coordinates"`
	Geometries  json.RawMessage `json:"geometries"`
	Lon         *float64        `json:"lon"`
	Lat         *float64        `json:"lat"`
}

func classifyJSON(b []byte) class {
	if len(b) < 2 || b[len(b)-1] != '}' && b[len(b)-1] != ']' || !json.Valid(b) {
		return cText
	}
	if b[0] == '[' {
		if len(b) < 100 {
			if _, ok := position(b); ok {
				return cArrayPoint
			}
		}
		return cJSON
	}
	hasType, hasLon := bytes.Contains(b, []byte(`"coordinates"`)) || bytes.Contains(b, []byte(`"geometries"`)), bytes.Contains(b, []byte(`"lon"`))
	if !hasType && !hasLon {
		return cJSON
	}
	var s shape
	if json.Unmarshal(b, &s) != nil {
		return cJSON
	}
	switch {
	case s.Type == "Point":
		if _, ok := position(s.Coordinates); ok {
			return cGeoPoint
		}
		return cJSON
	case s.Type == "GeometryCollection" && len(s.Geometries) > 0 && s.Geometries[0] == '[':
		return cGeometry
	case len(s.Coordinates) > 0 && s.Coordinates[0] == '[' && geometryType(s.Type):
		return cGeometry
	case s.Type == "" && s.Lon != nil && s.Lat != nil && onEarth(*s.Lon, *s.Lat):
		return cJSONPoint
	}
	return cJSON
}

func geometryType(name string) bool {
	switch name {
	case "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon":
		return true
	}
	return false
}

func onEarth(lon, lat float64) bool { return lon >= -180 && lon <= 180 && lat >= -90 && lat <= 90 }

// position reads [lon, lat] or [lon, lat, altitude].
func position(b []byte) ([]float64, bool) {
	var p []float64
	if len(b) == 0 || b[0] != '[' || json.Unmarshal(b, &p) != nil || len(p) < 2 || len(p) > 3 || !onEarth(p[0], p[1]) {
		return nil, false
	}
	return p, true
}
