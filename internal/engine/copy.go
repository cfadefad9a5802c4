package engine

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"

	"socle/internal/query"
	"socle/internal/schema"
)

// Copy writes the rows of the plan as a file, in the order of the plan and in constant memory, and returns how many
// rows went out. It takes as long as w takes: only ctx ends it.
func (e *Engine) Copy(ctx context.Context, plan *query.Plan, options CopyOptions, w io.Writer) (int64, error) {
	table, release, err := e.findFor(ctx, plan)
	if err != nil {
		return 0, err
	}
	defer release()
	if brief(table) {
		return e.copyBrief(ctx, table, plan, options, w)
	}
	table = e.useCopy(ctx, table, plan)
	table.scans = scanned(table, plan)
	leave, err := e.exports.enterFor(ctx, table)
	if err != nil {
		return 0, err
	}
	defer leave()
	settings, columns, err := options.settings()
	if err != nil {
		return 0, err
	}
	if options.Format == CSV {
		if _, err := io.WriteString(w, options.header(plan)); err != nil {
			return 0, err
		}
	}
	if table, err = e.prepare(ctx, table, plan); err != nil {
		return 0, err
	}
	if table.Far != nil {
		return e.copyFar(ctx, table, plan, settings, columns, w)
	}
	return e.exports.copyTo(ctx, compileCopy(table, plan, columns), settings, w)
}

// copyBrief is Copy for a version so small that any answer about it is a page like others: it has its priority, and is over before w
// takes anything, so that who reads slowly keeps nobody waiting.
func (e *Engine) copyBrief(ctx context.Context, table Table, plan *query.Plan, options CopyOptions, w io.Writer) (int64, error) {
	settings, columns, err := options.settings()
	if err != nil {
		return 0, err
	}
	ctx, leave, err := e.admit(ctx, &table, plan)
	if err != nil {
		return 0, err
	}
	defer leave()
	ctx, cancel := e.limited(ctx)
	defer cancel()
	if table, err = e.prepare(ctx, table, plan); err != nil {
		return 0, err
	}
	var b bytes.Buffer
	if options.Format == CSV {
		b.WriteString(options.header(plan))
	}
	rows, err := e.database.copyTo(ctx, compileCopy(table, plan, columns), settings, &b)
	if err != nil {
		return 0, err
	}
	leave()
	_, err = w.Write(b.Bytes())
	return rows, err
}

// settings are the options of COPY and the way values are written.
func (o CopyOptions) settings() (string, output, error) {
	switch o.Format {
	case CSV:
		force := ""
		if o.QuoteAll {
			force = ", FORCE_QUOTE *"
		}
		return "FORMAT csv, HEADER false, NULLSTR '', QUOTE '\"', ESCAPE '\"', DELIMITER " + text(string(o.delimiter())) + force, o.csvColumns, nil
	case JSON:
		return "FORMAT json, ARRAY true", jsonColumns, nil
	case NDJSON:
		return "FORMAT json", jsonColumns, nil
	case Parquet:
		compression := "snappy"
		if o.Compression == "zstd" {
			compression = "zstd"
		}
		return "FORMAT parquet, COMPRESSION " + compression, parquetColumns, nil
	}
	return "", nil, fmt.Errorf("engine: no format %q", o.Format)
}

func (o CopyOptions) delimiter() rune {
	if o.Delimiter == 0 {
		return ';'
	}
	return o.Delimiter
}

// header is the first line of a CSV file: what DuckDB would write of names that occur twice is not what people read.
func (o CopyOptions) header(plan *query.Plan) string {
	var b strings.Builder
	if o.BOM {
		b.WriteString("\ufeff")
	}
	if o.NoHeader {
		return b.String()
	}
	for i, c := range plan.Columns {
		if i > 0 {
			b.WriteRune(o.delimiter())
		}
		title := c.Name
		if o.Labels {
			title = c.Label
		}
		if o.NeutralizeFormulas && title != "" && strings.ContainsRune(formulaStarts, rune(title[0])) {
			title = "'" + title
		}
		if o.QuoteAll || strings.ContainsAny(title, "\"\r\n"+string(o.delimiter())) {
			title = `"` + strings.ReplaceAll(title, `"`, `""`) + `"`
		}
		b.WriteString(title)
	}
	b.WriteByte('\n')
	return b.String()
}

// formulaStarts are the first characters by which a spreadsheet takes a text for a formula.
const formulaStarts = "=+-@\t\r"

// csvColumns writes values as text: days and instants in ISO 8601, points as "lat, lon".
func (o CopyOptions) csvColumns(c *compiler, plan *query.Plan, _ []sortKey) []string {
	var columns []string
	for _, column := range plan.Columns {
		sql := c.value(column.Expr)
		switch column.Type() {
		case schema.Datetime:
			sql = c.instant(sql)
		case schema.Point:
			sql = fmt.Sprintf("(CAST(struct_extract(%[1]s, 'lat') AS VARCHAR) || ', ' || CAST(struct_extract(%[1]s, 'lon') AS VARCHAR))", sql)
		case schema.JSON:
			separator := o.ListSeparator
			if separator == "" {
				separator = ","
			}
			sql = fmt.Sprintf(`CASE WHEN json_type(%[1]s) = 'ARRAY' THEN array_to_string(from_json(%[1]s, '["VARCHAR"]'), %[2]s) ELSE %[1]s END`, sql, c.bind(separator))
		}
		if o.NeutralizeFormulas && (column.Type() == schema.Text || column.Type() == schema.JSON) {
			sql = fmt.Sprintf("CASE WHEN %[1]s <> '' AND contains(%[2]s, left(%[1]s, 1)) THEN '''' || %[1]s ELSE %[1]s END", sql, text(formulaStarts))
		}
		columns = append(columns, sql+" AS "+identifier(column.Name))
	}
	return columns
}

// instant writes an instant in ISO 8601 with the offset of the plan's time zone at that instant, to the microsecond
// when it has some. The clock shown is that of the offset written, which has no seconds where the zone's once had.
func (c *compiler) instant(sql string) string {
	utc := "CAST(" + sql + " AS TIMESTAMP)"
	if c.zone == "UTC" {
		return clock(utc) + " || '+00:00'"
	}
	minutes := "date_diff('minute', " + utc + ", timezone(" + text(c.zone) + ", " + sql + "))"
	return fmt.Sprintf("(%s || CASE WHEN %[2]s < 0 THEN '-' ELSE '+' END || printf('%%02d:%%02d', abs(%[2]s) // 60, abs(%[2]s) %% 60))",
		clock("("+utc+" + to_minutes("+minutes+"))"), minutes)
}

// clock writes a local time.
func clock(sql string) string {
	return fmt.Sprintf("(strftime(%[1]s, '%%Y-%%m-%%dT%%H:%%M:%%S') || CASE WHEN microsecond(%[1]s) %% 1000000 = 0 THEN '' ELSE rtrim(strftime(%[1]s, '.%%f'), '0') END)", sql)
}

// jsonColumns writes points as objects, lists as they are, geometries as features, as the answers of the API do. JSON
// has no number that is not finite.
func jsonColumns(c *compiler, plan *query.Plan, _ []sortKey) []string {
	var columns []string
	for _, column := range plan.Columns {
		sql := c.value(column.Expr)
		switch t := column.Type(); {
		case t == schema.Datetime:
			sql = c.instant(sql)
		case t == schema.JSON:
			sql = "CAST(" + sql + " AS JSON)"
		case t == schema.Geometry:
			sql = `CAST('{"type": "Feature", "geometry": ' || ` + sql + ` || ', "properties": {}}' AS JSON)`
		case t == schema.Decimal && !exact(column.Expr):
			sql = fmt.Sprintf("CASE WHEN isfinite(%[1]s) THEN %[1]s END", sql)
		}
		columns = append(columns, sql+" AS "+identifier(column.Name))
	}
	return columns
}

// parquetColumns writes values with the types of the version.
func parquetColumns(c *compiler, plan *query.Plan, _ []sortKey) []string {
	var columns []string
	for _, column := range plan.Columns {
		columns = append(columns, c.value(column.Expr)+" AS "+identifier(column.Name))
	}
	return columns
}
