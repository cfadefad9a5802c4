package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/duckdb/duckdb-go/v2"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/schema"
)

// InspectParquet reads the columns of an uploaded Parquet file as the schema they would have, and its number of rows.
func (w *Writer) InspectParquet(ctx context.Context, path string) (schema.Schema, int64, error) {
	db, err := w.open(nil, []string{path})
	if err != nil {
		return schema.Schema{}, 0, err
	}
	defer db.Close()
	columns, err := describe(ctx, db, path)
	if err != nil {
		return schema.Schema{}, 0, parquetError(ctx, err)
	}
	var rows int64
	if err := db.QueryRowContext(ctx, "SELECT num_rows FROM parquet_file_metadata("+text(path)+")").Scan(&rows); err != nil {
		return schema.Schema{}, 0, parquetError(ctx, err)
	}
	headers := make([]string, len(columns))
	for i, c := range columns {
		headers[i] = c.name
	}
	fields := make([]schema.Field, len(columns))
	for i, unique := range schema.Names(headers) {
		typ, scale := typeOf(columns[i].kind)
		fields[i] = schema.Field{Name: unique, Label: headers[i], Type: typ, Scale: scale}
	}
	return schema.Schema{Fields: fields}, rows, nil
}

// WriteParquet rewrites an uploaded Parquet file with the types of fields, in the order of the file's columns, one
// field a column; an element of fields with an empty name leaves its column out. Lists and structures become JSON.
// without is a file, in the folder of the target, of the numbers of the rows to leave out, from 1, one a line; "" for none.
// A file that is cut short or is no Parquet gives a fault of kind Invalid.
func (w *Writer) WriteParquet(ctx context.Context, path string, fields []schema.Field, without, target string) (WriteResult, error) {
	db, err := w.open(nil, []string{path})
	if err != nil {
		return WriteResult{}, err
	}
	columns, err := describe(ctx, db, path)
	db.Close()
	if err != nil {
		return WriteResult{}, parquetError(ctx, err)
	}
	if len(columns) != len(fields) {
		return WriteResult{}, fmt.Errorf("engine: %d fields for %d columns", len(fields), len(columns))
	}
	var expressions []string
	var kept []schema.Field
	for i, f := range fields {
		if f.Name == "" {
			continue
		}
		expressions = append(expressions, recast(columns[i], f)+" AS "+identifier(f.Name))
		kept = append(kept, f)
	}
	query := "SELECT " + strings.Join(expressions, ", ") + " FROM read_parquet(" + text(path) + ")"
	if without != "" {
		// Sorted, because a join that does not fit in memory gives rows in any order.
		query = "SELECT " + strings.Join(expressions, ", ") + " FROM read_parquet(" + text(path) + ", file_row_number = true) ANTI JOIN read_csv(" + text(without) +
			", auto_detect = false, header = false, columns = {'left_out': 'BIGINT'}) ON file_row_number = left_out - 1 ORDER BY file_row_number"
	}
	result, err := w.write(ctx, query, path, target, rowGroup(WriteRequest{}), kept)
	if err != nil {
		return WriteResult{}, parquetError(ctx, err)
	}
	return result, nil
}

// parquetColumn is a column of a Parquet file, with its type in DuckDB's words.
type parquetColumn struct{ name, kind string }

func describe(ctx context.Context, db *sql.DB, path string) ([]parquetColumn, error) {
	rows, err := db.QueryContext(ctx, "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM read_parquet("+text(path)+"))")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var columns []parquetColumn
	for rows.Next() {
		var c parquetColumn
		if err := rows.Scan(&c.name, &c.kind); err != nil {
			return nil, err
		}
		columns = append(columns, c)
	}
	return columns, rows.Err()
}

var decimalKind = regexp.MustCompile(`^DECIMAL\((\d+),(\d+)\)$`)

// typeOf says which type of field a DuckDB type becomes, and its scale where it is an exact decimal.
func typeOf(kind string) (schema.Type, int) {
	switch kind {
	case "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER":
		return schema.Integer, 0
	case "UBIGINT", "HUGEINT", "UHUGEINT":
		return schema.Text, 0
	case "FLOAT", "DOUBLE":
		return schema.Decimal, 0
	case "BOOLEAN":
		return schema.Boolean, 0
	case "DATE":
		return schema.Date, 0
	}
	if parts := decimalKind.FindStringSubmatch(kind); parts != nil {
		precision, _ := strconv.Atoi(parts[1])
		scale, _ := strconv.Atoi(parts[2])
		switch {
		case scale == 0 && precision <= 18:
			return schema.Integer, 0
		case precision <= 15: // a double keeps 15 digits
			return schema.Decimal, 0
		case scale == 0:
			return schema.Text, 0
		}
		return schema.Decimal, scale
	}
	switch {
	case strings.HasPrefix(kind, "TIMESTAMP"):
		return schema.Datetime, 0
	case kind == `STRUCT(lon DOUBLE, lat DOUBLE)`:
		return schema.Point, 0
	case strings.HasPrefix(kind, "STRUCT"), strings.HasPrefix(kind, "MAP"), strings.HasSuffix(kind, "]"), kind == "JSON":
		return schema.JSON, 0
	}
	return schema.Text, 0
}

// recast makes the value of a field from a column of a Parquet file. A value that its type cannot hold is empty.
func recast(c parquetColumn, f schema.Field) string {
	column := identifier(c.name)
	natural, _ := typeOf(c.kind)
	switch f.Type {
	case schema.Text:
		return "CAST(" + column + " AS VARCHAR)"
	case schema.Integer:
		return "TRY_CAST(" + column + " AS BIGINT)"
	case schema.Decimal:
		if f.Exact() {
			return fmt.Sprintf("TRY_CAST(%s AS DECIMAL(38, %d))", column, f.Scale)
		}
		return "TRY_CAST(" + column + " AS DOUBLE)"
	case schema.Boolean:
		return "TRY_CAST(" + column + " AS BOOLEAN)"
	case schema.Date:
		return "TRY_CAST(" + column + " AS DATE)"
	case schema.Datetime:
		if c.kind == "TIMESTAMP WITH TIME ZONE" || c.kind == "VARCHAR" {
			return "TRY_CAST(" + column + " AS TIMESTAMPTZ)"
		}
		return "TRY_CAST(TRY_CAST(" + column + " AS TIMESTAMP) AS TIMESTAMPTZ)" // no zone in the file: UTC, as Parquet says
	case schema.Point:
		if natural == schema.Point {
			return column
		}
		return point("CAST("+column+" AS VARCHAR)", f.Format)
	case schema.JSON, schema.Geometry:
		if natural == schema.JSON && c.kind != "JSON" {
			return "CAST(to_json(" + column + ") AS VARCHAR)"
		}
		value := "CAST(" + column + " AS VARCHAR)"
		return "CASE WHEN json_valid(" + value + ") THEN " + value + " END"
	}
	return column
}

// conversionError gives a meaning to what can go wrong with somebody's file or this machine.
func conversionError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var e *duckdb.Error
	if errors.As(err, &e) && e.Type == duckdb.ErrorTypeOutOfMemory {
		return fault.New(fault.Unavailable, "out_of_memory", i18n.T(
			"La mémoire accordée à la conversion ne suffit pas pour ce fichier. Réessayez quand la machine est moins occupée, ou augmentez la limite de mémoire.",
			"The memory given to the conversion is not enough for this file. Try again when the machine is less busy, or raise the memory limit.")).Because(err)
	}
	return fmt.Errorf("engine: write: %w", err)
}

// parquetError says that a file is no readable Parquet, unless the fault is elsewhere.
func parquetError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var e *duckdb.Error
	if fault.KindOf(err) != fault.Internal || !errors.As(err, &e) {
		return err
	}
	switch e.Type {
	case duckdb.ErrorTypeInvalidInput, duckdb.ErrorTypeIO, duckdb.ErrorTypeInvalid, duckdb.ErrorTypeSerialization, duckdb.ErrorTypeInvalidConfiguration:
		return fault.New(fault.Invalid, "parquet_unreadable", i18n.T(
			"Ce fichier Parquet est incomplet ou abîmé : sa fin, où il décrit son contenu, ne peut pas être lue. Exportez-le de nouveau, puis déposez-le entier.",
			"This Parquet file is cut short or damaged: its end, where it describes its content, cannot be read. Export it again, then send it whole.")).Because(err)
	}
	return err
}
