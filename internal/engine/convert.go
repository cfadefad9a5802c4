package engine

import (
	"fmt"
	"strings"

	"socle/internal/format"
	"socle/internal/schema"
)

// A pattern says which texts a conversion takes. It repeats in SQL the rule by which package format counted the
// cells that fit, and guards the cast in columns where some do not: DuckDB casts more than the rule allows ("1e3",
// "1_000"), and what does not fit must be empty, not guessed.
const (
	plainInteger  = `[+-]?[0-9]+`
	spacedInteger = "[+-]?[0-9]{1,3}([ \u00a0\u202f][0-9]{3})+|" + plainInteger
	pointDecimal  = `[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?`
	commaDecimal  = `[+-]?([0-9]+(,[0-9]*)?|,[0-9]+)`
	spacedComma   = "[+-]?[0-9]{1,3}([ \u00a0\u202f][0-9]{3})+(,[0-9]*)?|" + commaDecimal
	spacedPoint   = "[+-]?[0-9]{1,3}([ \u00a0\u202f][0-9]{3})+([.][0-9]*)?|" + pointDecimal
)

// kind is the type as which DuckDB reads the column: that of the field when every cell is known to fit and is written
// as DuckDB writes it, which halves the time; text otherwise.
func (c Conversion) kind() string {
	if c.Misfits {
		return "VARCHAR"
	}
	switch f := c.Field; {
	case f.Type == schema.Integer && f.Format == "":
		return "BIGINT"
	case f.Type == schema.Decimal && f.Format == "":
		return decimalKindOf(f)
	case f.Type == schema.Date && f.Format == "":
		return "DATE"
	case f.Type == schema.Boolean && f.Format == "true/false":
		return "BOOLEAN"
	}
	return "VARCHAR"
}

func decimalKindOf(f schema.Field) string {
	if f.Exact() {
		return fmt.Sprintf("DECIMAL(38, %d)", f.Scale)
	}
	return "DOUBLE"
}

// paris makes an instant of a local time. Texts that carry no zone are of Paris, as everything the ministry writes.
func paris(value string) string { return "timezone('Europe/Paris', " + value + ")" }

// sql is the expression that makes the value of the field from the cell, a column of type kind; its own type is that
// of the field in the file.
func (c Conversion) sql(cell string) string {
	f := c.Field
	switch c.kind() {
	case "VARCHAR":
	default:
		return cell
	}
	trimmed := "trim(" + cell + ", ' \t\r\n\u00a0\u202f')"
	switch f.Type {
	case schema.Integer:
		if f.Format == format.FormatSpaces {
			return c.guard(trimmed, spacedInteger, "TRY_CAST("+without(trimmed, " \u00a0\u202f")+" AS BIGINT)")
		}
		return c.guard(trimmed, plainInteger, "TRY_CAST("+trimmed+" AS BIGINT)")
	case schema.Decimal:
		return c.decimal(trimmed)
	case schema.Boolean:
		return boolean(cell, trimmed, f.Format)
	case schema.Date:
		return c.date(trimmed)
	case schema.Datetime:
		return c.datetime(trimmed)
	case schema.Point:
		return c.point(trimmed)
	case schema.Geometry, schema.JSON:
		return "CASE WHEN json_valid(" + trimmed + ") THEN " + trimmed + " END"
	}
	return cell
}

// guard lets only the texts of a pattern through, where some others are known to be there.
func (c Conversion) guard(cell, pattern, value string) string {
	if !c.Misfits {
		return value
	}
	return "CASE WHEN regexp_full_match(" + cell + ", " + text(pattern) + ") THEN " + value + " END"
}

func without(cell, characters string) string {
	return "translate(" + cell + ", " + text(characters) + ", '')"
}

func (c Conversion) decimal(cell string) string {
	target := decimalKindOf(c.Field)
	pattern, number := pointDecimal, cell
	switch c.Field.Format {
	case format.FormatComma:
		pattern, number = commaDecimal, "replace("+cell+", ',', '.')"
	case format.FormatCommaSpaces:
		pattern, number = spacedComma, "replace("+without(cell, " \u00a0\u202f")+", ',', '.')"
	case format.FormatSpaces:
		pattern, number = spacedPoint, without(cell, " \u00a0\u202f")
	}
	return c.guard(cell, pattern, "TRY_CAST("+number+" AS "+target+")")
}

// boolean reads the two words of the format, and nothing else. Words as people usually write them are compared as they
// stand, which takes a tenth of the time; the others are trimmed and folded first.
func boolean(cell, trimmed, format string) string {
	yes, no, _ := strings.Cut(format, "/")
	var usual strings.Builder
	for _, write := range []func(string) string{strings.ToLower, capitalised, strings.ToUpper} {
		fmt.Fprintf(&usual, " WHEN %s THEN true WHEN %s THEN false", text(write(yes)), text(write(no)))
	}
	return "CASE " + cell + usual.String() + " ELSE CASE lower(" + trimmed + ") WHEN " + text(yes) + " THEN true WHEN " + text(no) + " THEN false END END"
}

func capitalised(word string) string { return strings.ToUpper(word[:1]) + word[1:] }

func (c Conversion) date(cell string) string {
	if c.Field.Format == "" {
		return c.guard(cell, `[0-9]{4}-[0-9]{2}-[0-9]{2}`, "TRY_CAST("+cell+" AS DATE)")
	}
	return c.guard(cell, digitsOf(c.Field.Format), "CAST(try_strptime("+cell+", "+text(c.Field.Format)+") AS DATE)")
}

// datetime reads instants with a zone, times of Paris without one, and days as their midnight there.
func (c Conversion) datetime(cell string) string {
	if day := c.Field.Format; day != "" {
		value := paris(fmt.Sprintf("try_strptime(replace(%s, 'T', ' '), %s)", cell, texts([]string{day + " %H:%M:%S.%f", day + " %H:%M:%S", day + " %H:%M", day})))
		return c.guard(cell, digitsOf(day)+`([ T][0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?)?`, value)
	}
	zoned := fmt.Sprintf("ends_with(upper(%[1]s), 'Z') OR contains(%[1]s[11:], '+') OR contains(%[1]s[11:], '-')", cell)
	withSeconds := "regexp_replace(" + cell + `, '^(.{10}[T ][0-9]{2}:[0-9]{2})( ?[Zz+-])', '\1:00\2')` // DuckDB wants them before a zone
	value := "CASE WHEN " + zoned + " THEN TRY_CAST(" + withSeconds + " AS TIMESTAMPTZ) ELSE " + paris("TRY_CAST("+cell+" AS TIMESTAMP)") + " END"
	return c.guard(cell, `[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?( ?([Zz]|[+-][0-9]{2}(:?[0-9]{2})?))?)?`, value)
}

// digitsOf is the pattern of the texts that a strptime format reads, with as many digits as it writes.
func digitsOf(format string) string {
	return strings.NewReplacer("%Y", "[0-9]{4}", "%m", "[0-9]{1,2}", "%d", "[0-9]{1,2}", "%H", "[0-9]{1,2}", "%M", "[0-9]{2}",
		"%S", "[0-9]{2}", ".", "[.]").Replace(format)
}

// point guards what [point] reads.
func (c Conversion) point(cell string) string {
	value := point(cell, c.Field.Format)
	switch c.Field.Format {
	case format.FormatLatLon, format.FormatLonLat:
		return c.guard(cell, `[^,]+,[^,]+`, value)
	case format.FormatArray:
		return c.guard(cell, `\[[^,]+,[^,]+\]`, value)
	}
	return value
}

// point reads "48.1, -1.6", [-1.6, 48.1], {"lon": …, "lat": …} or a GeoJSON point, as the format says. A point outside
// the Earth is none.
func point(cell, how string) string {
	lat, lon := "TRY_CAST(trim(split_part("+cell+", ',', 1), ' []()') AS DOUBLE)", "TRY_CAST(trim(split_part("+cell+", ',', 2), ' []()') AS DOUBLE)"
	switch how {
	case format.FormatLonLat, format.FormatArray:
		lat, lon = lon, lat
	case format.FormatJSON:
		lon, lat = jsonNumber(cell, "$.lon"), jsonNumber(cell, "$.lat")
	case format.FormatGeoJSON:
		lon, lat = jsonNumber(cell, "$.coordinates[0]"), jsonNumber(cell, "$.coordinates[1]")
	}
	return fmt.Sprintf("CASE WHEN %[2]s BETWEEN -90 AND 90 AND %[1]s BETWEEN -180 AND 180 THEN {'lon': %[1]s, 'lat': %[2]s} END", lon, lat)
}

func jsonNumber(cell, path string) string {
	return "TRY_CAST(json_extract_string(CASE WHEN json_valid(" + cell + ") THEN " + cell + " END, " + text(path) + ") AS DOUBLE)"
}
