package engine

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"socle/internal/query"
	"socle/internal/schema"
)

// A dialect is what the databases that run plans do not say in the same words. This file is the only one that knows
// both; everything else of a statement is the same text for all. Arguments and results are SQL expressions unless
// they say otherwise.
type dialect interface {
	relation(t Table) string              // the rows of a version
	places(t Table) []string              // the columns of a relation that only their names give: * leaves them out
	rowID(t Table) string                 // the identifier of a row, see [query.RowID]
	tieBreak(t Table) []string            // the order of the rows of a version
	rowIs(t Table, id query.RowID) string // whether a row is that one
	ordered() bool                        // whether a reading without ORDER BY follows the order of the version
	finish(s statement) statement         // the statement as the driver takes it

	instantOf(t time.Time) string                                 // an instant as a constant
	timestamp(of string) string                                   // a day or a local time as a local time, to the microsecond
	clock(zone, instant string) string                            // what the clocks of a zone, a name, show at an instant
	moment(zone, local string) string                             // the instant at which the clocks of a zone show a local time
	dayOfWeek(local string) string                                // 1 is Monday
	dateToken(token, local string) string                         // a numeric token of [query.DatePart] as text
	dayPath(depth int, local string) string                       // "2026", "2026/09" or "2026/09/01"
	period(unit query.PeriodUnit, count int, local string) string // the first local time of the period
	micros(t schema.Type, of string) string                       // a day or an instant as it travels: see [decode]
	member(point, name string) string                             // "lon" or "lat" of a point
	folded(of string) string                                      // lower case, without accents
	contains(of, part string) string                              // whether a text has a part
	matches(of, pattern string) string                            // whether a part of a text fits a regular expression
	nearWord(c *compiler, of, term string, slips int) string      // whether a word of a text is a term, a Go text, but for a few slips of typing
	listHas(list, value string) string                            // whether a list in JSON has a value in JSON
	percentile(of string, fraction float64) string                // interpolated, of doubles
	random(row, seed string) string                               // in [0, 1[
	finite(of string) string                                      // whether a double is a number
	facetName(f schema.Field, raw string) string                  // a Go text: the value of a facet as it is shown, from its CAST to a text
	listItems(source, list string) (from, item string)            // a source with one row for each item of a list in JSON, and the item as text
	approximateCount(of string) string                            // different values, within a few percent
	approximateMedian(of string) string                           //
	epoch(t schema.Type, of string) string                        // seconds since 1970 as a double
	isJSON(of string) string                                      // whether a text is JSON
	jsonText(of string) string                                    // a text as a string of JSON, "null" when it is empty
	digits(of string) string                                      // a double as a number of JSON
	spread(list, column string) string                            // a join of one row for each item of a list in JSON, as text, one for an empty list
	elementStartsWith(list, prefix string) string                 // whether an item of a list in JSON starts so
	pairs(from, into []string, fromName, intoName string) string  // a relation of two columns of whole numbers

	pointOf(lon, lat string) string                                                   // a point
	pointRelated(c *compiler, op query.Relation, point string, to query.Shape) string // how a point in the box of a constant geometry lies to it
	shapeEdges(shape string) [4]string                                                // west, south, east, north of a geometry in GeoJSON
}

// dialectOf is the dialect of the database in which a table is.
func dialectOf(t Table) dialect {
	if t.Far != nil {
		return trinoSQL{}
	}
	if t.whole != "" {
		return wholeSQL{}
	}
	if t.sorted != "" {
		return sortedSQL{}
	}
	return duckSQL{}
}

// sortedSQL is that of DuckDB for a sorted copy of a version, which keeps the identifier of each row in a column.
type sortedSQL struct{ duckSQL }

func (sortedSQL) relation(t Table) string { return relation([]string{t.sorted}) }
func (sortedSQL) places(Table) []string   { return nil }
func (sortedSQL) rowID(Table) string      { return identifier(idColumn) }
func (sortedSQL) tieBreak(Table) []string { return []string{identifier(idColumn)} }
func (sortedSQL) ordered() bool           { return false }
func (sortedSQL) rowIs(_ Table, id query.RowID) string {
	return "(" + identifier(idColumn) + " = " + strconv.FormatInt(int64(id), 10) + ")"
}

// wholeSQL is that of DuckDB for a whole copy of a version, in the order of the version.
type wholeSQL struct{ sortedSQL }

func (wholeSQL) relation(t Table) string { return identifier(t.whole) + ".rows" }
func (wholeSQL) ordered() bool           { return true }

// duckSQL is the dialect of DuckDB.
type duckSQL struct{}

func (duckSQL) relation(t Table) string { return relation(t.Paths) }

func relation(paths []string) string {
	quoted := make([]string, len(paths))
	for i, path := range paths {
		quoted[i] = text(path)
	}
	return "read_parquet([" + strings.Join(quoted, ", ") + "])"
}

func (duckSQL) places(t Table) []string {
	if len(t.Paths) == 1 {
		return []string{"file_row_number"}
	}
	return []string{"file_index", "file_row_number"}
}

func (duckSQL) rowID(t Table) string {
	if len(t.Paths) == 1 {
		return "file_row_number"
	}
	return fmt.Sprintf("((file_index::BIGINT << %d) + file_row_number)", query.RowBits)
}

func (d duckSQL) tieBreak(t Table) []string { return d.places(t) }

func (duckSQL) rowIs(t Table, id query.RowID) string {
	if len(t.Paths) == 1 {
		return "(file_row_number = " + strconv.FormatInt(int64(id), 10) + ")"
	}
	return fmt.Sprintf("(file_index = %d AND file_row_number = %d)", int64(id)>>query.RowBits, int64(id)&(1<<query.RowBits-1))
}

func (duckSQL) ordered() bool                 { return true }
func (duckSQL) finish(s statement) statement  { return s }
func (duckSQL) timestamp(of string) string    { return "CAST(" + of + " AS TIMESTAMP)" }
func (duckSQL) clock(zone, at string) string  { return "timezone(" + text(zone) + ", " + at + ")" }
func (duckSQL) dayOfWeek(local string) string { return "isodow(" + local + ")" }

func (duckSQL) instantOf(t time.Time) string {
	return "TIMESTAMPTZ '" + t.UTC().Format("2006-01-02 15:04:05.999999") + "+00'"
}

func (duckSQL) moment(zone, local string) string {
	return "timezone(" + text(zone) + ", CAST(" + local + " AS TIMESTAMP))"
}

var strftime = map[string]string{"yyyy": "%Y", "yy": "%y", "xxxx": "%G", "ww": "%V", "DDD": "%j", "D": "%-j", "MM": "%m", "M": "%-m", "dd": "%d", "d": "%-d",
	"HH": "%H", "H": "%-H", "mm": "%M", "m": "%-M", "ss": "%S", "s": "%-S"}

func (duckSQL) dateToken(token, local string) string {
	switch token {
	case "xx":
		return "right(strftime(" + local + ", '%G'), 2)"
	case "w":
		return "CAST(weekofyear(" + local + ") AS VARCHAR)"
	case "e":
		return "CAST(isodow(" + local + ") AS VARCHAR)"
	}
	return "strftime(" + local + ", '" + strftime[token] + "')"
}

func (duckSQL) dayPath(depth int, local string) string {
	return fmt.Sprintf("strftime(%s, '%s')", local, []string{"%Y", "%Y/%m", "%Y/%m/%d"}[depth-1])
}

var periodUnits = map[query.PeriodUnit]string{query.Milliseconds: "milliseconds", query.Seconds: "seconds", query.Minutes: "minutes", query.Hours: "hours",
	query.Days: "days", query.Weeks: "week", query.Months: "month", query.Quarters: "quarter", query.Years: "year"}

func (duckSQL) period(unit query.PeriodUnit, count int, local string) string {
	if unit >= query.Weeks {
		return fmt.Sprintf("date_trunc('%s', %s)", periodUnits[unit], local)
	}
	return fmt.Sprintf("time_bucket(INTERVAL '%d %s', CAST(%s AS TIMESTAMP), TIMESTAMP '1970-01-01')", count, periodUnits[unit], local)
}

func (duckSQL) micros(_ schema.Type, of string) string { return "epoch_us(" + of + ")" }
func (duckSQL) member(point, name string) string {
	return "struct_extract(" + point + ", '" + name + "')"
}
func (duckSQL) folded(of string) string         { return "strip_accents(lower(" + of + "))" }
func (duckSQL) contains(of, part string) string { return "contains(" + of + ", " + part + ")" }
func (duckSQL) matches(of, pattern string) string {
	return "regexp_matches(" + of + ", " + pattern + ")"
}
func (duckSQL) listHas(list, value string) string {
	return "json_contains(" + list + ", " + value + ")"
}
func (duckSQL) finite(of string) string                     { return "isfinite(" + of + ")" }
func (duckSQL) facetName(_ schema.Field, raw string) string { return raw }
func (duckSQL) approximateCount(of string) string           { return "approx_count_distinct(" + of + ")" }
func (duckSQL) approximateMedian(of string) string          { return "approx_quantile(" + of + ", 0.5)" }
func (duckSQL) epoch(_ schema.Type, of string) string       { return "epoch(" + of + ")" }

func (duckSQL) nearWord(c *compiler, of, term string, slips int) string {
	return fmt.Sprintf(`len(list_filter(regexp_extract_all(%s, '[\p{L}\p{N}]+'), lambda w: levenshtein(w, %s) <= %d)) > 0`, of, c.bind(term), slips)
}

func (duckSQL) percentile(of string, fraction float64) string {
	if fraction == 0.5 {
		return "median(" + of + ")"
	}
	return "quantile_cont(" + of + ", " + float(fraction) + ")"
}

func (duckSQL) random(row, seed string) string {
	return "(CAST('0x' || left(md5(" + row + " || ' ' || " + seed + "), 13) AS BIGINT) / 4503599627370496e0)"
}

func (duckSQL) listItems(source, list string) (from, item string) {
	return source, "unnest(" + duckItems(list) + ")"
}

// duckItems is a field of JSON as a list of texts; what is no list is a list of one.
func duckItems(list string) string {
	return fmt.Sprintf(`CASE WHEN json_type(%[1]s) = 'ARRAY' THEN from_json(%[1]s, '["VARCHAR"]') ELSE [json_extract_string(%[1]s, '$')] END`, list)
}

func (duckSQL) isJSON(of string) string { return "json_valid(" + of + ")" }
func (duckSQL) jsonText(of string) string {
	return "coalesce(CAST(to_json(" + of + ") AS VARCHAR), 'null')"
}
func (duckSQL) digits(of string) string { return "CAST(" + of + " AS VARCHAR)" }

func (duckSQL) spread(list, column string) string {
	return fmt.Sprintf(", LATERAL (SELECT unnest(CASE WHEN json_array_length(%s) = 0 THEN [NULL] ELSE %s END) AS %s)", list, duckItems(list), identifier(column))
}

func (duckSQL) elementStartsWith(list, prefix string) string {
	return fmt.Sprintf("(len(list_filter(%s, lambda v: starts_with(v, %s))) > 0)", duckItems(list), prefix)
}

func (duckSQL) pairs(from, into []string, fromName, intoName string) string {
	return fmt.Sprintf("(SELECT unnest([%s]) AS %s, unnest([%s]) AS %s)", strings.Join(from, ","), fromName, strings.Join(into, ","), intoName)
}

func (duckSQL) pointOf(lon, lat string) string { return "{'lon': " + lon + ", 'lat': " + lat + "}" }

// shape is a constant geometry as the functions of geo.go take it: by its key.
func (duckSQL) shape(c *compiler, constant query.Shape) string {
	if c.table.held == nil { // a statement that only is looked at
		return c.bind(constant.WKT)
	}
	return c.bind(c.table.held.hold(constant.WKT))
}

func (d duckSQL) pointRelated(c *compiler, op query.Relation, point string, to query.Shape) string {
	return placed(op, "geo_covers("+d.shape(c, to)+", "+d.member(point, "lon")+", "+d.member(point, "lat")+")")
}

// placed compares the place of a point, as [preparedShape.place] says it, with a relation.
func placed(op query.Relation, place string) string {
	return "(" + place + map[query.Relation]string{query.Inside: " = 2)", query.Disjoint: " = 0)", query.Intersects: " > 0)"}[op]
}

// shapeRelated is how a geometry in GeoJSON lies to a constant one.
func (d duckSQL) shapeRelated(c *compiler, op query.Relation, shape string, to query.Shape) string {
	wkt := d.shape(c, to)
	switch op {
	case query.Inside:
		return "geo_within(" + shape + ", " + wkt + ")"
	case query.Disjoint:
		return "(NOT geo_intersects(" + shape + ", " + wkt + "))"
	}
	return "geo_intersects(" + shape + ", " + wkt + ")"
}

// shapeDistance is in metres, from the nearest place of a geometry in GeoJSON.
func (duckSQL) shapeDistance(shape string, from schema.Coordinates) string {
	return "geo_distance(" + shape + ", " + float(from.Lon) + ", " + float(from.Lat) + ")"
}

func (duckSQL) shapeEdges(shape string) (edges [4]string) {
	for i := range edges {
		edges[i] = fmt.Sprintf("geo_bounds(%s)[%d]", shape, i+1)
	}
	return edges
}

// hull is the convex hull of a group of points, as GeoJSON.
func (d duckSQL) hull(point string) string {
	return fmt.Sprintf("geo_hull(string_agg(CAST(%s AS VARCHAR) || ' ' || CAST(%s AS VARCHAR), ' '))", d.member(point, "lon"), d.member(point, "lat"))
}

// sameOnTrino reports whether a plan has the same answer on Trino. It has not when it measures distances to lines and areas,
// draws a hull, or relates lines, areas or collections: Trino's functions see a flat Earth, order the corners otherwise, take
// for the edge what is near it, and give up on shapes that cross themselves.
func sameOnTrino(plan *query.Plan) bool {
	same := true
	check := func(e query.Expr) {
		query.Walk(e, func(e query.Expr) bool {
			switch e := e.(type) {
			case query.Distance:
				same = same && e.Of.Type() != schema.Geometry
			case query.WithinDistance:
				same = same && e.Of.Type() != schema.Geometry
			case query.Related:
				same = same && e.Of.Type() == schema.Point && trinoPlaces(e.To)
			case query.Aggregate:
				same = same && e.Func != query.Hull
			}
			return same
		})
	}
	for _, column := range plan.Columns {
		check(column.Expr)
	}
	for _, g := range plan.Groups {
		check(g.Expr)
	}
	for _, o := range plan.Order {
		check(o.Expr)
	}
	check(plan.Where)
	check(plan.Seen)
	return same
}

// trinoSQL is the dialect of Trino.
type trinoSQL struct{}

// RowColumn is the column of every Parquet file of a version that holds the place of each row in its file, from 0.
// DuckDB knows the place without it; Trino does not. No field has this name: see [schema.Name].
const RowColumn = "_row"

func (trinoSQL) relation(t Table) string {
	return fmt.Sprintf("%s.%s FOR VERSION AS OF %d", identifier(t.Far.Schema), identifier(t.Far.Name), t.Far.Snapshot)
}

func (trinoSQL) places(Table) []string { return []string{`"$path"`} }

func (d trinoSQL) rowID(t Table) string {
	if len(t.Far.Files) == 1 {
		return identifier(RowColumn)
	}
	return fmt.Sprintf("(%s * %d + %s)", d.place(t), int64(1)<<query.RowBits, identifier(RowColumn))
}

// place is the place of the file of a row among the files of the version.
func (trinoSQL) place(t Table) string {
	var b strings.Builder
	b.WriteString(`CASE "$path"`)
	for i, file := range t.Far.Files {
		fmt.Fprintf(&b, " WHEN %s THEN %d", text(file), i)
	}
	return b.String() + " END"
}

func (d trinoSQL) tieBreak(t Table) []string {
	if len(t.Far.Files) == 1 {
		return []string{identifier(RowColumn)}
	}
	return []string{d.place(t), identifier(RowColumn)}
}

func (d trinoSQL) rowIs(t Table, id query.RowID) string {
	row := fmt.Sprintf("%s = %d", identifier(RowColumn), int64(id)&(1<<query.RowBits-1))
	if len(t.Far.Files) == 1 {
		return fmt.Sprintf("(%s = %d)", identifier(RowColumn), int64(id))
	}
	place := int64(id) >> query.RowBits
	if place >= int64(len(t.Far.Files)) {
		return "false"
	}
	return `("$path" = ` + text(t.Far.Files[place]) + " AND " + row + ")"
}

func (trinoSQL) ordered() bool { return false }

// finish turns the numbered parameters into Trino's, which have no number: each place takes its own argument.
func (trinoSQL) finish(s statement) statement {
	out := statement{args: make([]any, 0, len(s.args))}
	var b strings.Builder
	for i := 0; i < len(s.sql); i++ {
		switch ch := s.sql[i]; ch {
		case '\'', '"': // a text or a name, to its end; a doubled quote only begins the next part of it
			end := i + 1 + strings.IndexByte(s.sql[i+1:], ch)
			b.WriteString(s.sql[i : end+1])
			i = end
		case '$':
			end := i + 1
			for end < len(s.sql) && s.sql[end] >= '0' && s.sql[end] <= '9' {
				end++
			}
			number, err := strconv.Atoi(s.sql[i+1 : end])
			if err != nil || number < 1 || number > len(s.args) {
				b.WriteByte(ch)
				continue
			}
			b.WriteByte('?')
			out.args = append(out.args, s.args[number-1])
			i = end - 1
		default:
			b.WriteByte(ch)
		}
	}
	out.sql = b.String()
	return out
}

func (trinoSQL) instantOf(t time.Time) string {
	return "TIMESTAMP '" + t.UTC().Format("2006-01-02 15:04:05.000000") + " UTC'"
}

func (trinoSQL) timestamp(of string) string { return "CAST(" + of + " AS TIMESTAMP(6))" }

func (trinoSQL) clock(zone, at string) string {
	return "CAST(" + at + " AT TIME ZONE " + text(zone) + " AS TIMESTAMP(6))"
}

func (d trinoSQL) moment(zone, local string) string {
	return "with_timezone(" + d.timestamp(local) + ", " + text(zone) + ")"
}

func (trinoSQL) dayOfWeek(local string) string { return "day_of_week(" + local + ")" }

// dateToken leans on the patterns of Joda, from which the language took its own.
func (trinoSQL) dateToken(token, local string) string {
	return "format_datetime(" + local + ", " + text(token) + ")"
}

func (d trinoSQL) dayPath(depth int, local string) string {
	return "format_datetime(" + d.timestamp(local) + ", '" + []string{"yyyy", "yyyy/MM", "yyyy/MM/dd"}[depth-1] + "')"
}

// periodMillis are the lengths of the periods that have one.
var periodMillis = map[query.PeriodUnit]int64{query.Milliseconds: 1, query.Seconds: 1000, query.Minutes: 60_000, query.Hours: 3_600_000, query.Days: 86_400_000}

func (d trinoSQL) period(unit query.PeriodUnit, count int, local string) string {
	if unit >= query.Weeks {
		return fmt.Sprintf("date_trunc('%s', %s)", periodUnits[unit], local)
	}
	width := periodMillis[unit] * int64(count)
	since := "date_diff('millisecond', TIMESTAMP '1970-01-01 00:00:00.000000', date_trunc('millisecond', " + d.timestamp(local) + "))"
	// date_add takes no more milliseconds than fit in 32 bits, an interval does.
	return fmt.Sprintf("(TIMESTAMP '1970-01-01 00:00:00.000000' + (CAST(floor(CAST(%s AS DOUBLE) / %d) AS BIGINT) * %d) * INTERVAL '0.001' SECOND)", since, width, width)
}

// micros leaves the reading of instants to the driver: no function of Trino counts microseconds.
func (trinoSQL) micros(t schema.Type, of string) string {
	if t == schema.Date {
		return "CAST(" + of + " AS DATE)"
	}
	return "CAST(" + of + " AS TIMESTAMP(6) WITH TIME ZONE) AT TIME ZONE 'UTC'"
}

func (trinoSQL) member(point, name string) string { return "(" + point + ")." + name }

func (trinoSQL) folded(of string) string {
	return `normalize(regexp_replace(normalize(lower(` + of + `), NFD), '\p{M}+', ''), NFC)`
}

func (trinoSQL) contains(of, part string) string   { return "(strpos(" + of + ", " + part + ") > 0)" }
func (trinoSQL) matches(of, pattern string) string { return "regexp_like(" + of + ", " + pattern + ")" }
func (trinoSQL) finite(of string) string           { return "is_finite(" + of + ")" }
func (trinoSQL) approximateCount(of string) string { return "approx_distinct(" + of + ")" }

func (trinoSQL) approximateMedian(of string) string { return "approx_percentile(" + of + ", 0.5)" }

func (trinoSQL) listHas(list, value string) string {
	return fmt.Sprintf("(coalesce(contains(TRY_CAST(json_parse(%[1]s) AS ARRAY(JSON)), json_parse(%[2]s)), false) OR json_parse(%[1]s) = json_parse(%[2]s))", list, value)
}

func (trinoSQL) nearWord(c *compiler, of, term string, slips int) string {
	return fmt.Sprintf(`any_match(regexp_extract_all(%s, '[\p{L}\p{N}]+'), w -> levenshtein_distance(w, %s) <= %d)`, of, c.bind(term), slips)
}

// percentile interpolates between the two nearest values, as DuckDB does: Trino's own are estimates.
func (trinoSQL) percentile(of string, fraction float64) string {
	values := "array_agg(" + of + " ORDER BY " + of + ") FILTER (WHERE " + of + " IS NOT NULL)"
	place := fmt.Sprintf("((cardinality(%s) - 1) * %s)", values, float(fraction))
	low := fmt.Sprintf("element_at(%s, CAST(floor(%s) AS BIGINT) + 1)", values, place)
	high := fmt.Sprintf("element_at(%s, CAST(ceil(%s) AS BIGINT) + 1)", values, place)
	return fmt.Sprintf("(%[1]s + (%[2]s - %[1]s) * (%[3]s - floor(%[3]s)))", low, high, place)
}

// random is a hash that every database computes alike.
func (trinoSQL) random(row, seed string) string {
	return "(from_base(substr(to_hex(md5(to_utf8(CAST(" + row + " AS VARCHAR) || ' ' || CAST(" + seed + " AS VARCHAR)))), 1, 13), 16) / 4503599627370496e0)"
}

// facetName turns a double in Trino's manner, 1.5E0, into DuckDB's, 1.5.
func (trinoSQL) facetName(f schema.Field, raw string) string {
	x, err := strconv.ParseFloat(raw, 64)
	if f.Type != schema.Decimal || f.Exact() || err != nil {
		return raw
	}
	if size := math.Abs(x); x != 0 && (size < 1e-4 || size >= 1e16) {
		return strconv.FormatFloat(x, 'e', -1, 64)
	}
	name := strconv.FormatFloat(x, 'f', -1, 64)
	if !strings.Contains(name, ".") {
		name += ".0"
	}
	return name
}

func (trinoSQL) listItems(source, list string) (from, item string) {
	items := fmt.Sprintf("coalesce(TRY_CAST(json_parse(%[1]s) AS ARRAY(JSON)), ARRAY[json_parse(%[1]s)])", list)
	return source + " CROSS JOIN UNNEST(" + items + ") AS listed(listed_item)", "coalesce(TRY_CAST(listed_item AS VARCHAR), json_format(listed_item))"
}

func (trinoSQL) epoch(t schema.Type, of string) string {
	if t == schema.Date {
		return "CAST(date_diff('day', DATE '1970-01-01', " + of + ") * 86400 AS DOUBLE)"
	}
	return "to_unixtime(" + of + ")"
}

func (trinoSQL) isJSON(of string) string { return "(TRY(json_parse(" + of + ")) IS NOT NULL)" }
func (trinoSQL) jsonText(of string) string {
	return "coalesce(json_format(CAST(" + of + " AS JSON)), 'null')"
}
func (trinoSQL) digits(of string) string { return "json_format(CAST(" + of + " AS JSON))" }

// trinoItems is a field of JSON as a list of texts; what is no list is a list of one.
func trinoItems(list string) string {
	return fmt.Sprintf("transform(coalesce(TRY_CAST(json_parse(%[1]s) AS ARRAY(JSON)), ARRAY[json_parse(%[1]s)]), v -> coalesce(TRY_CAST(v AS VARCHAR), json_format(v)))", list)
}

func (trinoSQL) spread(list, column string) string {
	return fmt.Sprintf(" CROSS JOIN UNNEST(CASE WHEN %[1]s IS NULL OR cardinality(%[2]s) = 0 THEN ARRAY[CAST(NULL AS VARCHAR)] ELSE %[2]s END) AS spread(%[3]s)",
		list, trinoItems(list), identifier(column))
}

func (trinoSQL) elementStartsWith(list, prefix string) string {
	return "any_match(" + trinoItems(list) + ", v -> starts_with(v, " + prefix + "))"
}

func (trinoSQL) pairs(from, into []string, fromName, intoName string) string {
	return fmt.Sprintf("(SELECT * FROM UNNEST(ARRAY[%s], ARRAY[%s]) AS pairs(%s, %s))", strings.Join(from, ","), strings.Join(into, ","), fromName, intoName)
}

func (trinoSQL) pointOf(lon, lat string) string {
	return "CAST(ROW(" + lon + ", " + lat + ") AS ROW(lon DOUBLE, lat DOUBLE))"
}

func trinoShape(geojson string) string { return "to_geometry(from_geojson_geometry(" + geojson + "))" }

// trinoPlaces reports whether points are related to a constant geometry in SQL: to a point, and to areas whose edges make no
// longer a statement than Trino reads.
func trinoPlaces(to query.Shape) bool {
	return to.Min == to.Max || len(stripsOf(to)) > 0
}

// longestStrips is in bytes; Trino reads statements of a million characters, whose other conditions need some.
const longestStrips = 400_000

// stripsOf are the edges of areas as JSON; empty for what is none, and when there are too many.
func stripsOf(to query.Shape) string {
	text := prepareText(to.WKT).stripsJSON()
	if len(text) > longestStrips {
		return ""
	}
	return text
}

// pointRelated counts edges as [preparedShape.placeInAreas] does: the functions of Trino take for the edge what is within some
// billionths of a degree of it, and know no point in a collection.
func (d trinoSQL) pointRelated(c *compiler, op query.Relation, point string, to query.Shape) string {
	if to.Min == to.Max { // a point fills its box
		return strconv.FormatBool(op != query.Disjoint)
	}
	shape, lon, lat := prepareText(to.WKT), d.member(point, "lon"), d.member(point, "lat")
	strip := "1"
	if shape.height > 0 {
		strip = fmt.Sprintf("TRY_CAST(least(greatest(floor((%s - %s) / %s), 0e0), %de0) AS BIGINT) + 1", lat, float(shape.box.south), float(shape.height), len(shape.strips)-1)
	}
	side := strings.NewReplacer("x", lon, "y", lat).Replace("((e[3] - e[1]) * (y - e[2]) - (x - e[1]) * (e[4] - e[2]))")
	return placed(op, fmt.Sprintf("reduce(element_at(CAST(json_parse(%[1]s) AS ARRAY(ARRAY(ARRAY(DOUBLE)))), %[2]s), 0, (place, e) -> CASE WHEN place = 1 "+
		"OR %[3]s = 0 AND %[4]s BETWEEN least(e[1], e[3]) AND greatest(e[1], e[3]) AND %[5]s BETWEEN least(e[2], e[4]) AND greatest(e[2], e[4]) THEN 1 "+
		"WHEN (e[2] > %[5]s) <> (e[4] > %[5]s) AND (%[3]s > 0) = (e[4] > e[2]) THEN 2 - place ELSE place END, place -> place)",
		c.bind(stripsOf(to)), strip, side, lon, lat))
}

func (trinoSQL) shapeEdges(shape string) [4]string {
	g := trinoShape(shape)
	return [4]string{"ST_XMin(" + g + ")", "ST_YMin(" + g + ")", "ST_XMax(" + g + ")", "ST_YMax(" + g + ")"}
}
