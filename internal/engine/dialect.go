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

// This file writes the values of a plan in SQL. Texts are parameters; numbers, days and instants, which this file itself
// writes, stand in the SQL so that the files' statistics can skip what cannot match.

// compiler writes one statement. In a grouped plan it writes the inner query first, then refers to its columns.
type compiler struct {
	dialect
	table Table
	zone  string
	args  []any
	inner map[string]string // canonical expression → column of the inner query
	joins bool              // DuckDB may make a join of what was written: it makes one of a list of values, and a join loses the order of the rows

	group    []string // the columns of the group keys, which tell groups apart
	explicit bool     // the order of the version is written even where a reading follows it

	tests map[string]textTest // the tests of texts that were written, by their id; nil: they are not collected
}

func newCompiler(table Table, plan *query.Plan) *compiler {
	zone := plan.Timezone
	if zone == "" {
		zone = "UTC"
	}
	return &compiler{dialect: dialectOf(table), table: table, zone: zone}
}

// identifier quotes a name.
func identifier(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// text quotes a text that the program itself made: a path, a format, a time zone.
func text(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// bind makes a value a parameter.
func (c *compiler) bind(value any) string {
	c.args = append(c.args, value)
	return "$" + strconv.Itoa(len(c.args))
}

// number writes a constant that is no text.
func (c *compiler) number(l query.Literal) string {
	switch l.Kind {
	case query.Integer:
		return strconv.FormatInt(l.Integer, 10)
	case query.Decimal:
		return float(l.Decimal)
	case query.Boolean:
		return strconv.FormatBool(l.Boolean)
	case query.Date:
		return "DATE '" + l.Time.UTC().Format("2006-01-02") + "'"
	case query.Datetime:
		return c.instantOf(l.Time)
	}
	return "NULL"
}

func float(x float64) string {
	if math.IsInf(x, 0) || math.IsNaN(x) {
		return "NULL"
	}
	s := strconv.FormatFloat(x, 'e', -1, 64)
	return s
}

func (c *compiler) literal(l query.Literal) string {
	if l.Kind == query.Text {
		return c.bind(l.Text)
	}
	return c.number(l)
}

// value writes an expression.
func (c *compiler) value(e query.Expr) string {
	if len(c.inner) > 0 {
		if column, ok := c.inner[query.Canonical(e)]; ok {
			return c.present(e, column)
		}
	}
	switch e := e.(type) {
	case query.Field:
		return identifier(e.Name)
	case query.Literal:
		return c.literal(e)
	case query.Arithmetic:
		return c.arithmetic(e)
	case query.Negate:
		return "(-" + c.value(e.Of) + ")"
	case query.Call:
		return c.call(e)
	case query.DateFormat:
		return c.dateFormat(e)
	case query.Distance:
		return c.distance(e.Of, e.From)
	case query.Aggregate:
		return c.aggregate(e)
	case query.BandStatic, query.BandWidth:
		return c.present(e, c.groupKey(e))
	case query.BandPeriod:
		return c.bandPeriod(e)
	case query.Mercator:
		return c.mercator(e)
	case query.RowNumber:
		return c.rowID(c.table)
	case query.GeoCluster, query.Element: // only as keys of groups
		return c.groupKey(e)
	default:
		return "coalesce(" + c.condition(e) + ", false)"
	}
}

func (c *compiler) arithmetic(e query.Arithmetic) string {
	left, right := c.value(e.Left), c.value(e.Right)
	switch e.Op {
	case query.Add:
		return "(" + left + " + " + right + ")"
	case query.Subtract:
		return "(" + left + " - " + right + ")"
	case query.Multiply:
		return "(" + left + " * " + right + ")"
	default:
		return "(CAST(" + left + " AS DOUBLE) / nullif(" + right + ", 0))"
	}
}

// local is an instant as the clocks of the plan's time zone show it; a day is itself.
func (c *compiler) local(e query.Expr) string {
	if e.Type() == schema.Datetime {
		return c.clock(c.zone, c.value(e))
	}
	return c.value(e)
}

func (c *compiler) call(e query.Call) string {
	switch e.Func {
	case query.Length:
		return "length(" + c.value(e.Args[0]) + ")"
	case query.Lower:
		return "lower(" + c.value(e.Args[0]) + ")"
	case query.Upper:
		return "upper(" + c.value(e.Args[0]) + ")"
	case query.IfNull:
		return "coalesce(" + c.value(e.Args[0]) + ", " + c.value(e.Args[1]) + ")"
	case query.JSONFormat:
		return c.jsonFormat(e)
	case query.Random:
		row := c.rowID(c.table)
		if c.inner != nil {
			row = c.groupName()
		}
		return c.random(row, c.value(e.Args[0]))
	case query.Year:
		return "year(" + c.local(e.Args[0]) + ")"
	case query.Quarter:
		return "quarter(" + c.local(e.Args[0]) + ")"
	case query.Month:
		return "month(" + c.local(e.Args[0]) + ")"
	case query.Day:
		return "day(" + c.local(e.Args[0]) + ")"
	case query.DayOfWeek:
		return "(" + c.dayOfWeek(c.local(e.Args[0])) + " - 1)"
	case query.Hour:
		return "hour(" + c.timestamp(c.local(e.Args[0])) + ")"
	case query.Minute:
		return "minute(" + c.timestamp(c.local(e.Args[0])) + ")"
	case query.Second:
		return "second(" + c.timestamp(c.local(e.Args[0])) + ")"
	default: // Millisecond: DuckDB counts the seconds in
		return "(millisecond(" + c.timestamp(c.local(e.Args[0])) + ") % 1000)"
	}
}

// groupName is a text that tells a group from the others.
func (c *compiler) groupName() string {
	parts := []string{"''"}
	for _, column := range c.group {
		parts = append(parts, "coalesce(CAST("+column+" AS VARCHAR), '') || '/'")
	}
	return "(" + strings.Join(parts, " || ") + ")"
}

// jsonFormat is the text where it is JSON, and elsewhere the fallback, or the text itself as a JSON string.
func (c *compiler) jsonFormat(e query.Call) string {
	of := c.value(e.Args[0])
	fallback := of
	if len(e.Args) > 1 {
		fallback = c.value(e.Args[1])
	}
	return "CASE WHEN " + c.isJSON(of) + " THEN " + of + " ELSE " + c.jsonText("CAST("+fallback+" AS VARCHAR)") + " END"
}

func (c *compiler) aggregate(e query.Aggregate) string {
	if e.Of == nil {
		return "count(*)"
	}
	of := c.value(e.Of)
	switch e.Func {
	case query.Count:
		if e.Distinct {
			return "count(DISTINCT " + of + ")"
		}
		return "count(" + of + ")"
	case query.Sum:
		if e.Of.Type() == schema.Integer {
			return "CAST(sum(" + of + ") AS BIGINT)"
		}
		return "CAST(sum(" + of + ") AS DOUBLE)"
	case query.Average:
		if e.Of.Type() == schema.Integer { // whose sum is exact
			return "avg(" + of + ")"
		}
		return "avg(CAST(" + of + " AS DOUBLE))"
	case query.Minimum:
		return "min(" + of + ")"
	case query.Maximum:
		return "max(" + of + ")"
	case query.Bounds:
		return c.bounds(e.Of)
	case query.Hull:
		return duckSQL{}.hull(c.value(e.Of))
	case query.Median:
		return c.percentile("CAST("+of+" AS DOUBLE)", 0.5)
	default: // Percentile
		return c.percentile("CAST("+of+" AS DOUBLE)", e.Fraction)
	}
}

// groupKey is what rows are grouped by: for bands, a number that sorts as they do.
func (c *compiler) groupKey(e query.Expr) string {
	switch e := e.(type) {
	case query.BandStatic:
		of := c.value(e.Of)
		if e.Of.Type() == schema.Date { // bounds may be instants
			of = "CAST(" + of + " AS TIMESTAMP WITH TIME ZONE)"
		}
		var b strings.Builder
		b.WriteString("CASE")
		for i := range e.Bounds[1:] {
			var parts []string
			if low := e.Bounds[i]; low.Kind != query.Null {
				parts = append(parts, of+" >= "+c.number(low))
			}
			if high := e.Bounds[i+1]; high.Kind != query.Null {
				parts = append(parts, of+" < "+c.number(high))
			}
			if len(parts) == 0 {
				parts = append(parts, of+" IS NOT NULL")
			}
			fmt.Fprintf(&b, " WHEN %s THEN %d", strings.Join(parts, " AND "), i)
		}
		return b.String() + " END"
	case query.GeoCluster:
		return c.clusterKey(e)
	case query.Element:
		return identifier(elementColumn(e))
	case query.BandWidth:
		return "CAST(floor(CAST(" + c.value(e.Of) + " AS DOUBLE) / " + float(e.Width) + ") AS BIGINT)"
	default:
		return c.value(e)
	}
}

// present turns the key of a group into the value that people see.
func (c *compiler) present(e query.Expr, key string) string {
	switch e := e.(type) {
	case query.BandStatic:
		var b strings.Builder
		b.WriteString("CASE " + key)
		for i := range e.Bounds[1:] {
			fmt.Fprintf(&b, " WHEN %d THEN %s", i, text("["+c.bound(e.Bounds[i])+", "+c.bound(e.Bounds[i+1])+"["))
		}
		return b.String() + " END"
	case query.BandWidth:
		width := strconv.FormatFloat(e.Width, 'f', -1, 64) // a decimal in SQL, so that 3 × 0.1 is 0.3
		return fmt.Sprintf("('[' || CAST(%[1]s * %[2]s AS VARCHAR) || ', ' || CAST((%[1]s + 1) * %[2]s AS VARCHAR) || '[')", key, width)
	case query.GeoCluster:
		return key + "c"
	default:
		return key
	}
}

// inBands are the rows that make a group of static bands: those in a band, and the empty ones. None when all do.
func (c *compiler) inBands(e query.BandStatic) []condition {
	of := c.value(e.Of)
	if e.Of.Type() == schema.Date {
		of = "CAST(" + of + " AS TIMESTAMP WITH TIME ZONE)"
	}
	parts := []string{}
	if low := e.Bounds[0]; low.Kind != query.Null {
		parts = append(parts, of+" >= "+c.number(low))
	}
	if high := e.Bounds[len(e.Bounds)-1]; high.Kind != query.Null {
		parts = append(parts, of+" < "+c.number(high))
	}
	if len(parts) == 0 {
		return nil
	}
	return []condition{{"(" + of + " IS NULL OR " + strings.Join(parts, " AND ") + ")", false}}
}

// elements adds to a relation one row for each value of the lists that are group keys; an empty list gives one row.
func (c *compiler) elements(plan *query.Plan) string {
	var joins string
	for _, g := range plan.Groups {
		if e, is := g.Expr.(query.Element); is {
			joins += c.spread(identifier(e.Name), elementColumn(e))
		}
	}
	return joins
}

// elementColumn names what no field can be named.
func elementColumn(e query.Element) string { return "element:" + e.Name }

// bound writes the end of a band, an instant as the clocks of the zone show it.
func (c *compiler) bound(l query.Literal) string {
	if location, err := time.LoadLocation(c.zone); err == nil && l.Kind == query.Datetime {
		return l.Time.In(location).Format("2006-01-02T15:04:05-07:00")
	}
	return bound(l)
}

func bound(l query.Literal) string {
	switch l.Kind {
	case query.Integer:
		return strconv.FormatInt(l.Integer, 10)
	case query.Decimal:
		return strconv.FormatFloat(l.Decimal, 'f', -1, 64)
	case query.Date:
		return l.Time.Format("2006-01-02")
	case query.Datetime:
		return l.Time.UTC().Format("2006-01-02T15:04:05+00:00")
	}
	return "*"
}

// steady reports whether the periods of instants are the same by the clocks of the zone as by those of UTC: short ones
// are. They are taken there, because when clocks go back one hour of the zone is two.
func (c *compiler) steady(e query.BandPeriod) bool {
	width := map[query.PeriodUnit]time.Duration{query.Milliseconds: time.Millisecond, query.Seconds: time.Second, query.Minutes: time.Minute,
		query.Hours: time.Hour}[e.Unit] * time.Duration(e.Count)
	location, err := time.LoadLocation(c.zone)
	if e.Of.Type() != schema.Datetime || width == 0 || width > time.Hour || err != nil {
		return false
	}
	for _, month := range []time.Month{time.January, time.July} {
		_, offset := time.Date(2026, month, 1, 0, 0, 0, 0, time.UTC).In(location).Zone()
		if time.Duration(offset)*time.Second%width != 0 {
			return false
		}
	}
	return true
}

func (c *compiler) bandPeriod(e query.BandPeriod) string {
	if c.steady(e) {
		return c.moment("UTC", c.period(e.Unit, e.Count, c.clock("UTC", c.value(e.Of))))
	}
	start := c.period(e.Unit, e.Count, c.local(e.Of))
	if e.Of.Type() == schema.Date {
		return "CAST(" + start + " AS DATE)"
	}
	return c.moment(c.zone, start)
}

func (c *compiler) dateFormat(e query.DateFormat) string {
	of := c.timestamp(c.local(e.Of))
	parts := []string{"''"}
	for _, part := range e.Parts {
		switch part.Token {
		case "":
			parts = append(parts, c.bind(part.Text))
		case "E", "EEEE":
			parts = append(parts, nameOf(c.dayOfWeek(of), e.Names(part.Token)))
		case "MMM", "MMMM":
			parts = append(parts, nameOf("month("+of+")", e.Names(part.Token)))
		default:
			parts = append(parts, c.dateToken(part.Token, of))
		}
	}
	return "(" + strings.Join(parts, " || ") + ")"
}

// nameOf picks a name by its number.
func nameOf(number string, names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = text(name)
	}
	return "ARRAY[" + strings.Join(quoted, ", ") + "][" + number + "]"
}
