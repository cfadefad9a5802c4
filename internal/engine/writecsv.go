package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/duckdb/duckdb-go/v2"

	"socle/internal/schema"
)

// usualLine is the length of row that DuckDB is told to expect, unless the file has a longer one. Its buffers take
// sixteen times that: at 8 MB they stay near the processor, which takes half the memory of its own 32 MB and a
// twentieth less time.
const usualLine = 512 << 10

// WriteCSV converts a text file to Parquet, rows in the same order. Empty cells and misfits become empty values.
// On error no target remains.
func (w *Writer) WriteCSV(ctx context.Context, request WriteRequest) (WriteResult, error) {
	var expressions []string
	var fields []schema.Field
	for i, c := range request.Columns {
		if c.Skip {
			continue
		}
		expressions = append(expressions, c.sql(cellName(i))+" AS "+identifier(c.Field.Name))
		fields = append(fields, c.Field)
	}
	if len(fields) == 0 {
		return WriteResult{}, errors.New("engine: no column to write")
	}
	query := "SELECT " + strings.Join(expressions, ", ") + " FROM " + readCSV(request)
	result, err := w.write(ctx, query, request.Path, request.Target, rowGroup(request), fields)
	if isConversion(err) && !cautious(request) {
		// A cell that was thought to fit does not read as its type after all: convert every column as text.
		request.Columns = slices.Clone(request.Columns)
		for i := range request.Columns {
			request.Columns[i].Misfits = true
		}
		return w.WriteCSV(ctx, request)
	}
	return result, err
}

// cautious reports whether every column is already read as text.
func cautious(r WriteRequest) bool {
	return !slices.ContainsFunc(r.Columns, func(c Conversion) bool { return !c.Skip && c.kind() != "VARCHAR" })
}

func isConversion(err error) bool {
	var e *duckdb.Error
	return errors.As(err, &e) && (e.Type == duckdb.ErrorTypeConversion || e.Type == duckdb.ErrorTypeInvalidInput)
}

// cellName is what a column of the text file is called in SQL: the names of fields come after.
func cellName(i int) string { return fmt.Sprintf("c%d", i) }

// readCSV reads the file with everything forced: nothing is guessed, and a row that does not have its cells is an
// error, never a row less.
func readCSV(r WriteRequest) string {
	columns := make([]string, len(r.Columns))
	for i, c := range r.Columns {
		kind := "VARCHAR"
		if !c.Skip {
			kind = c.kind()
		}
		columns[i] = text(cellName(i)) + ": " + text(kind)
	}
	line := max(usualLine, r.MaxLine+1)
	quote := ""
	if r.Quote != 0 {
		quote = string(r.Quote)
	}
	return fmt.Sprintf("read_csv(%s, auto_detect = false, columns = {%s}, delim = %s, quote = %s, escape = %s, header = false, skip = %d, "+
		"nullstr = '', allow_quoted_nulls = false, strict_mode = true, null_padding = false, ignore_errors = false, max_line_size = %d, buffer_size = %d, parallel = true)",
		text(r.Path), strings.Join(columns, ", "), text(string(r.Delimiter)), text(quote), text(quote), r.SkipLines, line, 16*line)
}

// open starts a database that may touch a few folders and files and nothing else.
func (w *Writer) open(folders, files []string) (*sql.DB, error) {
	options, err := w.options.complete()
	if err != nil {
		return nil, err
	}
	d, err := openDatabase(options, folders, files)
	if err != nil {
		return nil, err
	}
	return d.db, nil
}

// rowGroup is how many rows of a file are written together. A page of twenty rows reads a whole group, and a scan would rather have
// large ones: a group holds some 20 MB of text, within what DuckDB usually takes.
func rowGroup(r WriteRequest) int64 {
	const text, least, usual, vector = 20_000_000, 8_192, 122_880, 2_048
	info, err := os.Stat(r.Path)
	if err != nil || r.Rows <= 0 || info.Size() == 0 {
		return usual
	}
	rows := text * r.Rows / info.Size() / vector * vector
	return min(max(rows, least), usual)
}

// write runs a query into a new Parquet file and counts what is in it.
func (w *Writer) write(ctx context.Context, query, source, target string, group int64, fields []schema.Field) (result WriteResult, err error) {
	defer func() {
		if err != nil {
			if e := os.Remove(target); e != nil && !errors.Is(e, fs.ErrNotExist) {
				err = errors.Join(err, e)
			}
		}
	}()
	db, err := w.open([]string{filepath.Dir(target)}, []string{source})
	if err != nil {
		return WriteResult{}, err
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, fmt.Sprintf("COPY (%s) TO %s (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE %d)", query, text(target), group)); err != nil {
		return WriteResult{}, conversionError(ctx, err)
	}
	if err := numberRows(ctx, target); err != nil {
		return WriteResult{}, err
	}
	return inspect(ctx, db, target, fields)
}

// inspect reads what a Parquet file says of itself, without its data.
func inspect(ctx context.Context, db *sql.DB, path string, fields []schema.Field) (WriteResult, error) {
	info, err := os.Stat(path)
	if err != nil {
		return WriteResult{}, fmt.Errorf("engine: written file: %w", err)
	}
	result := WriteResult{Bytes: info.Size(), Nulls: make(map[string]int64, len(fields)), Schema: schema.Schema{Fields: fields}}
	if err := db.QueryRowContext(ctx, "SELECT num_rows FROM parquet_file_metadata("+text(path)+")").Scan(&result.Rows); err != nil {
		return WriteResult{}, fmt.Errorf("engine: written file: %w", err)
	}
	// A structure is stored as its members: the first one says how many are empty.
	rows, err := db.QueryContext(ctx, `SELECT split_part(path_in_schema, ', ', 1), sum(stats_null_count), count(*) = count(stats_null_count)
		FROM parquet_metadata(`+text(path)+`) WHERE NOT ends_with(path_in_schema, ', lat') AND path_in_schema <> '`+RowColumn+`' GROUP BY 1`)
	if err != nil {
		return WriteResult{}, fmt.Errorf("engine: written file: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var field string
		var nulls sql.NullInt64
		var known bool
		if err := rows.Scan(&field, &nulls, &known); err != nil {
			return WriteResult{}, fmt.Errorf("engine: written file: %w", err)
		}
		if known {
			result.Nulls[field] = nulls.Int64
		}
	}
	return result, rows.Err()
}
