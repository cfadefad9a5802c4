package explore

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"socle/internal/i18n"
	"socle/internal/schema"
	"socle/internal/web/ui"
)

// longest is how much of a text a table shows, in characters.
const longest = 160

// cell shows a value in a table.
func cell(lang i18n.Lang, value any, f schema.Field) ui.Cell {
	text := valueText(lang, value, f)
	return ui.Cell{Text: text, Missing: value == nil, Numeric: f.Type.Numeric()}
}

// valueText writes a value for people.
func valueText(lang i18n.Lang, value any, f schema.Field) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		if f.Type == schema.Decimal && lang == i18n.FR {
			return strings.Replace(v, ".", ",", 1) // exact: every digit stays
		}
		return cut(v)
	case bool:
		if v {
			return i18n.T("oui", "yes").In(lang)
		}
		return i18n.T("non", "no").In(lang)
	case int64:
		if f.IsYear() {
			return strconv.FormatInt(v, 10)
		}
		return i18n.Integer(lang, v)
	case float64:
		return decimalText(lang, v)
	case time.Time:
		return dayText(lang, v, f.Type)
	case schema.Coordinates:
		return strconv.FormatFloat(v.Lat, 'f', 5, 64) + ", " + strconv.FormatFloat(v.Lon, 'f', 5, 64)
	case json.RawMessage:
		if f.Type == schema.Geometry {
			return geometryText(lang, v)
		}
		return cut(string(v))
	}
	return cut(fmt.Sprint(value))
}

// decimalText writes a number with the decimals that tell it apart, six at most for those of usual size.
func decimalText(lang i18n.Lang, v float64) string {
	if size := math.Abs(v); size != 0 && (size < 1e-4 || size >= 1e15) {
		text := strconv.FormatFloat(v, 'g', 6, 64)
		if lang == i18n.FR {
			text = strings.Replace(text, ".", ",", 1)
		}
		return text
	}
	return i18n.Decimal(lang, v, 6)
}

func dayText(lang i18n.Lang, v time.Time, t schema.Type) string {
	layout := map[i18n.Lang]string{i18n.FR: "02/01/2006", i18n.EN: "2006-01-02"}[lang]
	if t == schema.Datetime {
		return v.In(pageLocation()).Format(layout + " 15:04")
	}
	return v.Format(layout)
}

func geometryText(lang i18n.Lang, v json.RawMessage) string {
	var shape struct {
		Type string `json:"type"`
	}
	if json.Unmarshal(v, &shape) != nil {
		return i18n.T("géométrie", "geometry").In(lang)
	}
	names := map[string]i18n.Text{"Point": i18n.T("point", "point"), "MultiPoint": i18n.T("points", "points"), "LineString": i18n.T("ligne", "line"),
		"MultiLineString": i18n.T("lignes", "lines"), "Polygon": i18n.T("surface", "area"), "MultiPolygon": i18n.T("surfaces", "areas")}
	if name, known := names[shape.Type]; known {
		return name.In(lang)
	}
	return i18n.T("géométrie", "geometry").In(lang)
}

func cut(text string) string {
	if len(text) <= longest {
		return text
	}
	runes := []rune(text)
	if len(runes) <= longest {
		return text
	}
	return string(runes[:longest-1]) + "…"
}

// typeName is what a type is called on screen.
func typeName(lang i18n.Lang, f schema.Field) string {
	names := map[schema.Type]i18n.Text{schema.Text: i18n.T("texte", "text"), schema.Integer: i18n.T("entier", "integer"),
		schema.Decimal: i18n.T("décimal", "decimal"), schema.Boolean: i18n.T("oui ou non", "yes or no"), schema.Date: i18n.T("date", "date"),
		schema.Datetime: i18n.T("date et heure de Paris", "date and time in Paris"), schema.Point: i18n.T("position", "location"),
		schema.Geometry: i18n.T("géométrie", "geometry"), schema.JSON: i18n.T("liste ou objet", "list or object")}
	name := names[f.Type].In(lang)
	if f.Unit != "" {
		name += " (" + f.Unit + ")"
	}
	return name
}
