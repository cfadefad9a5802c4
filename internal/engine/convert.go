package engine

import (
	"fmt"
	"strings"

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
	case f.Type == schema.Date && (f.Format == "" || f.Format == "%Y-%m-%d"):
		return "DATE"
	case f.Type == schema.Datetime && f.Format == schema.FormatLocal:
		return "TIMESTAMP"
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
	case "TIMESTAMP":
		return paris(cell)
	default:
		return cell
	}
	trimmed := "trim(" + cell + ", ' \t\u00a0\u202f')"
	switch f.Type {
	case schema.Integer:
		if f.Format == schema.FormatSpace {
			return c.guard(trimmed, spacedInteger, "TRY_CAST("+without(trimmed, " \u00a0\u202f")+" AS BIGINT)")
		}
		return c.guard(trimmed, plainInteger, "TRY_CAST("+trimmed+" AS BIGINT)")
	case schema.Decimal:
		return c.decimal(trimmed)
	case schema.Boolean:
		return boolean(trimmed)
	case schema.Date:
		return c.date(trimmed)
	case schema.Datetime:
		return c.datetime(trimmed)
	case schema.Point:
		return point(trimmed, f.Format)
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
	case schema.FormatComma:
		pattern, number = commaDecimal, "replace("+cell+", ',', '.')"
	case schema.FormatSpaceComma:
		pattern, number = spacedComma, "replace("+without(cell, " \u00a0\u202f")+", ',', '.')"
	case schema.FormatSpace:
		pattern, number = spacedPoint, without(cell, " \u00a0\u202f")
	}
	return c.guard(cell, pattern, "TRY_CAST("+number+" AS "+target+")")
}

// boolean reads every vocabulary that is offered: the words do not overlap.
func boolean(cell string) string {
	return "CASE WHEN lower(" + cell + ") IN ('oui', 'vrai', 'true', 'yes', 'o', 'y', 't', 'v', '1') THEN true " +
		"WHEN lower(" + cell + ") IN ('non', 'faux', 'false', 'no', 'n', 'f', '0') THEN false END"
}

func (c Conversion) date(cell string) string {
	if c.Field.Format == "" || c.Field.Format == "%Y-%m-%d" {
		return c.guard(cell, `[0-9]{4}-[0-9]{2}-[0-9]{2}`, "TRY_CAST("+cell+" AS DATE)")
	}
	return c.guard(cell, digitsOf(c.Field.Format), "CAST(try_strptime("+cell+", "+text(c.Field.Format)+") AS DATE)")
}

func (c Conversion) datetime(cell string) string {
	switch format := c.Field.Format; format {
	case schema.FormatPlain:
		return "TRY_CAST(" + cell + " AS TIMESTAMPTZ)"
	case schema.FormatLocal:
		return paris("TRY_CAST(" + cell + " AS TIMESTAMP)")
	default:
		return c.guard(cell, digitsOf(format), paris("try_strptime("+cell+", "+text(format)+")"))
	}
}

// digitsOf is the pattern of the texts that a strptime format reads, with as many digits as it writes.
func digitsOf(format string) string {
	return strings.NewReplacer("%Y", "[0-9]{4}", "%m", "[0-9]{1,2}", "%d", "[0-9]{1,2}", "%H", "[0-9]{1,2}", "%M", "[0-9]{2}",
		"%S", "[0-9]{2}", ".", "[.]").Replace(format)
}

// point reads "48.1, -1.6", "[-1.6, 48.1]", {"lon": …, "lat": …} or a GeoJSON point, whatever order the format says.
// A point outside the Earth is none.
func point(cell, format string) string {
	lat, lon := "TRY_CAST(trim(split_part("+cell+", ',', 1), ' []()') AS DOUBLE)", "TRY_CAST(trim(split_part("+cell+", ',', 2), ' []()') AS DOUBLE)"
	switch format {
	case schema.FormatLonLat:
		lat, lon = lon, lat
	case schema.FormatJSON:
		lon, lat = jsonNumber(cell, "$.lon"), jsonNumber(cell, "$.lat")
	case schema.FormatGeoJSON:
		lon, lat = jsonNumber(cell, "$.coordinates[0]"), jsonNumber(cell, "$.coordinates[1]")
	}
	return fmt.Sprintf("CASE WHEN %[2]s BETWEEN -90 AND 90 AND %[1]s BETWEEN -180 AND 180 THEN {'lon': %[1]s, 'lat': %[2]s} END", lon, lat)
}

func jsonNumber(cell, path string) string {
	return "TRY_CAST(json_extract_string(CASE WHEN json_valid(" + cell + ") THEN " + cell + " END, " + text(path) + ") AS DOUBLE)"
}
