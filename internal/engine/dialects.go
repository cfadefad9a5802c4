package engine

import (
	"fmt"
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
	facetText(f schema.Field, of string) string                   // a value of a facet as text, or as [facetName] writes it
	listItems(source, list string) (from, item string)            // a source with one row for each item of a list in JSON, and the item as text
	approximateCount(of string) string                            // different values, within a few percent
	approximateMedian(of string) string                           //
	epoch(t schema.Type, of string) string                        // seconds since 1970 as a double
}

// dialectOf is the dialect of the database in which a table is.
func dialectOf(t Table) dialect {
	if t.Far != nil {
		return trinoSQL{}
	}
	return duckSQL{}
}

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

func (duckSQL) rowID(t Table) string {
	if len(t.Paths) == 1 {
		return "file_row_number"
	}
	return fmt.Sprintf("((file_index::BIGINT << %d) + file_row_number)", query.RowBits)
}

func (duckSQL) tieBreak(t Table) []string {
	if len(t.Paths) == 1 {
		return []string{"file_row_number"}
	}
	return []string{"file_index", "file_row_number"}
}

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
func (duckSQL) finite(of string) string                    { return "isfinite(" + of + ")" }
func (duckSQL) facetText(_ schema.Field, of string) string { return "CAST(" + of + " AS VARCHAR)" }
func (duckSQL) approximateCount(of string) string          { return "approx_count_distinct(" + of + ")" }
func (duckSQL) approximateMedian(of string) string         { return "approx_quantile(" + of + ", 0.5)" }
func (duckSQL) epoch(_ schema.Type, of string) string      { return "epoch(" + of + ")" }

func (duckSQL) nearWord(c *compiler, of, term string, slips int) string {
	return fmt.Sprintf(`len(list_filter(regexp_extract_all(%s, '[\p{L}\p{N}]+'), lambda w: damerau_levenshtein(w, %s) <= %d)) > 0`, of, c.bind(term), slips)
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
	return source, fmt.Sprintf(`unnest(CASE WHEN json_type(%[1]s) = 'ARRAY' THEN from_json(%[1]s, '["VARCHAR"]') ELSE [json_extract_string(%[1]s, '$')] END)`, list)
}

// trinoSQL is the dialect of Trino.
type trinoSQL struct{}

// RowColumn is the column of every Parquet file of a version that holds the place of each row in its file, from 0.
// DuckDB knows the place without it; Trino does not. No field has this name: see [schema.Name].
const RowColumn = "_row"

func (trinoSQL) relation(t Table) string {
	return fmt.Sprintf("%s.%s FOR VERSION AS OF %d", identifier(t.Far.Schema), identifier(t.Far.Name), t.Far.Snapshot)
}

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
	return fmt.Sprintf("date_add('millisecond', CAST(floor(CAST(%s AS DOUBLE) / %d) AS BIGINT) * %d, TIMESTAMP '1970-01-01 00:00:00.000000')", since, width, width)
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

// nearWord counts slips as DuckDB does: an inserted, a missing, a wrong letter, and two neighbours in the wrong order.
// Trino does not know the last one, so it is tried on either side: as first slip or as last one.
func (trinoSQL) nearWord(c *compiler, of, term string, slips int) string {
	letters := []rune(term)
	var swapped []string
	for i := range len(letters) - 1 {
		if letters[i] != letters[i+1] {
			other := append([]rune(nil), letters...)
			other[i], other[i+1] = other[i+1], other[i]
			swapped = append(swapped, c.bind(string(other)))
		}
	}
	conditions := []string{fmt.Sprintf("levenshtein_distance(w, %s) <= %d", c.bind(term), slips)}
	for _, s := range swapped {
		conditions = append(conditions, fmt.Sprintf("levenshtein_distance(w, %s) <= %d", s, slips-1))
	}
	if slips > 1 {
		const swap = "substr(w, 1, i - 1) || substr(w, i + 1, 1) || substr(w, i, 1) || substr(w, i + 2)"
		last := []string{fmt.Sprintf("levenshtein_distance(%s, %s) <= %d", swap, c.bind(term), slips-1)}
		if len(swapped) > 0 {
			last = append(last, "contains(ARRAY["+strings.Join(swapped, ", ")+"], "+swap+")")
		}
		conditions = append(conditions, "any_match(sequence(1, greatest(length(w) - 1, 1)), i -> "+strings.Join(last, " OR ")+")")
	}
	return fmt.Sprintf(`any_match(regexp_extract_all(%s, '[\p{L}\p{N}]+'), w -> abs(length(w) - %d) <= %d AND (%s))`, of, len(letters), slips, strings.Join(conditions, " OR "))
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

// facetText writes doubles in Trino's manner, which [facetName] turns into the usual one.
func (trinoSQL) facetText(_ schema.Field, of string) string { return "CAST(" + of + " AS VARCHAR)" }

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
