package engine

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"socle/internal/query"
	"socle/internal/schema"
)

// copyFar writes a file of what Trino answers: its rows go through a pipe into DuckDB, which writes them as it writes
// its own. So the same plan gives the same file on both.
func (e *Engine) copyFar(ctx context.Context, table Table, plan *query.Plan, settings string, columns output, w io.Writer) (int64, error) {
	folder, err := os.MkdirTemp(e.options.Scratch, "pipe-")
	if err != nil {
		return 0, fmt.Errorf("engine: %w", err)
	}
	defer os.RemoveAll(folder)
	path, err := filepath.Abs(filepath.Join(folder, "in"))
	if err != nil {
		return 0, fmt.Errorf("engine: %w", err)
	}
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		return 0, fmt.Errorf("engine: make a pipe: %w", err)
	}
	bare := *plan
	bare.Position = false
	source, err := e.openFar(ctx, compile(table, &bare, wire), true)
	if err != nil {
		return 0, err
	}
	r := &Rows{plan: &bare, source: source}
	defer r.Close()
	types := r.wireTypes()
	fed := make(chan error, 1)
	go func() { fed <- feed(path, source, types) }()
	c := newCompiler(Table{}, &bare)
	c.dialect = pipedSQL{from: piped(path, types, bare.Columns)}
	s := c.finish(statement{"SELECT " + strings.Join(columns(c, renamed(&bare), nil), ", ") + " FROM " + c.relation(c.table), c.args})
	rows, err := e.exports.copyTo(ctx, s, settings, w)
	if err != nil { // the feeder may still wait for somebody to read
		if reader, e := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0); e == nil {
			defer reader.Close()
		}
		r.Close()
	}
	if e := <-fed; e != nil && !errors.Is(e, syscall.EPIPE) && !(err != nil && errors.Is(e, context.Canceled)) {
		return 0, e
	}
	return rows, err
}

// pipedSQL is the dialect of DuckDB over what comes through a pipe.
type pipedSQL struct {
	duckSQL
	from string
}

func (p pipedSQL) relation(Table) string { return p.from }

// cellOf names a column of the pipe, and valueOf the value made of it.
func cellOf(i int) string  { return "w" + strconv.Itoa(i) }
func valueOf(i int) string { return "v" + strconv.Itoa(i) }

// renamed is a plan over the values of the pipe, whose columns have the names of plan.
func renamed(plan *query.Plan) *query.Plan {
	out := &query.Plan{From: plan.From, Timezone: plan.Timezone}
	for i, column := range plan.Columns {
		f := schema.Field{Name: valueOf(i), Type: column.Type()}
		if exact(column.Expr) {
			f.Scale = column.Expr.(query.Field).Scale
		}
		column.Expr = query.Field{Field: f}
		out.Columns = append(out.Columns, column)
	}
	return out
}

// piped is the relation of what [feed] writes.
func piped(path string, types []schema.Type, columns []query.Column) string {
	kinds := make([]string, 1, len(types)+1)
	kinds[0] = "'one': 'BIGINT'"
	for i, t := range types {
		kind := map[schema.Type]string{schema.Integer: "BIGINT", schema.Decimal: "DOUBLE", schema.Boolean: "BOOLEAN"}[t]
		if kind == "" {
			kind = "VARCHAR"
		}
		kinds = append(kinds, text(cellOf(i))+": "+text(kind))
	}
	var values []string
	at := 0
	for i, column := range columns {
		cell := cellOf(at)
		at++
		switch t := column.Type(); {
		case t == schema.Point:
			cell = fmt.Sprintf("CASE WHEN %[1]s IS NOT NULL THEN {'lon': %[1]s, 'lat': %[2]s} END", cell, cellOf(at))
			at++
		case t == schema.Date:
			cell = "CAST(make_timestamp(" + cell + ") AS DATE)"
		case t == schema.Datetime:
			cell = "timezone('UTC', make_timestamp(" + cell + "))"
		case exact(column.Expr):
			cell = fmt.Sprintf("CAST(%s AS DECIMAL(38, %d))", cell, column.Expr.(query.Field).Scale)
		}
		values = append(values, cell+" AS "+valueOf(i))
	}
	return fmt.Sprintf("(SELECT %s FROM read_csv(%s, auto_detect = false, columns = {%s}, delim = ',', quote = '\"', escape = '\"', header = false, "+
		"nullstr = '', allow_quoted_nulls = false, strict_mode = true, null_padding = false, max_line_size = %d, parallel = false))",
		strings.Join(values, ", "), text(path), strings.Join(kinds, ", "), 2*usualLine)
}

// feed writes rows into a pipe, every text quoted, and closes it.
func feed(path string, source wireSource, types []schema.Type) (err error) {
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("engine: open the pipe: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	w := bufio.NewWriterSize(file, 256<<10)
	raw, line := make([]any, len(types)), []byte(nil)
	for {
		if err := source.read(raw); err == io.EOF {
			return w.Flush()
		} else if err != nil {
			return err
		}
		line = append(line[:0], '1') // a line that is never empty, for empty lines may not count
		for _, value := range raw {
			line = appendCell(append(line, ','), value)
		}
		if _, err := w.Write(append(line, '\n')); err != nil {
			return err
		}
	}
}

func appendCell(line []byte, value any) []byte {
	switch value := value.(type) {
	case nil:
		return line
	case int64:
		return strconv.AppendInt(line, value, 10)
	case float64:
		return strconv.AppendFloat(line, value, 'g', -1, 64)
	case bool:
		return strconv.AppendBool(line, value)
	case string:
		line = append(line, '"')
		line = append(line, strings.ReplaceAll(value, `"`, `""`)...)
		return append(line, '"')
	}
	return fmt.Append(line, value)
}
