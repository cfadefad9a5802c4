package engine

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/query"
	"socle/internal/query/sql"
	"socle/internal/schema"
)

// SQLLimits bound the SQL that people type. Zero values mean the defaults that each says.
type SQLLimits struct {
	MemoryLimit int64         // bytes of one statement; a quarter of the engine's, at most 2 GB
	Threads     int           // of one statement; half of the engine's
	Concurrency int           // statements at once, the others wait; half of the engine's threads, so that other questions keep the rest
	Timeout     time.Duration // of one statement; 20 s
	Wait        time.Duration // for a place; 20 s
}

func (l SQLLimits) complete(o Options) SQLLimits {
	if l.MemoryLimit <= 0 {
		l.MemoryLimit = min(o.MemoryLimit/4, 2_000_000_000)
	}
	if l.Threads <= 0 {
		l.Threads = max(o.Threads/2, 1)
	}
	if l.Concurrency <= 0 {
		l.Concurrency = max(o.Threads/2, 1)
	}
	if l.Timeout <= 0 {
		l.Timeout = 20 * time.Second
	}
	if l.Wait <= 0 {
		l.Wait = 20 * time.Second
	}
	return l
}

// A Relation is what a relation of a checked statement reads: a dataset as who asks may see it.
type Relation struct {
	Alias string      // the name that the checked statement gives it
	Plan  *query.Plan // every row and field that is seen, narrowed
	Whole bool        // nothing was narrowed
}

// ParseSQL checks a text that a person typed: see package sql. Its errors are [*sql.Error].
func (e *Engine) ParseSQL(ctx context.Context, text string) (*sql.Statement, error) {
	if err := sql.Prepare(text); err != nil {
		return nil, err
	}
	tree, err := e.serialize(ctx, text)
	if err != nil {
		return nil, err
	}
	return sql.Check(text, tree)
}

// serialize is the syntax tree of a text, as JSON. The parser looks nothing up.
func (e *Engine) serialize(ctx context.Context, text string) (tree []byte, err error) {
	ctx, cancel := e.limited(ctx)
	defer cancel()
	if err := e.db.QueryRowContext(ctx, "SELECT CAST(json_serialize_sql(CAST($1 AS VARCHAR)) AS VARCHAR)", text).Scan(&tree); err != nil {
		return nil, e.explain(ctx, err)
	}
	return tree, nil
}

// print writes a checked statement with our names for relations, and makes sure that it reads back as what was checked.
func (e *Engine) print(ctx context.Context, s *sql.Statement) (text string, err error) {
	tree, err := s.Tree()
	if err != nil {
		return "", err
	}
	limited, cancel := e.limited(ctx)
	defer cancel()
	if err := e.db.QueryRowContext(limited, "SELECT json_deserialize_sql(CAST($1 AS JSON))", string(tree)).Scan(&text); err != nil {
		return "", fmt.Errorf("engine: print a checked statement: %w", err)
	}
	again, err := e.serialize(ctx, text)
	if err != nil {
		return "", err
	}
	return text, s.Verify(again)
}

// SQL runs a checked statement over its relations and gives at most limit rows. The columns of the answer have the types
// of fields.
func (e *Engine) SQL(ctx context.Context, s *sql.Statement, relations []Relation, limit int) (*Rows, error) {
	text, err := e.print(ctx, s)
	if err != nil {
		return nil, err
	}
	leave, err := e.enterSQL(ctx)
	if err != nil {
		return nil, err
	}
	r := &Rows{release: []func(){leave}}
	if err := e.openSQL(ctx, r, s, text, relations, limit); err != nil {
		r.free()
		return nil, err
	}
	return r, nil
}

// enterSQL waits for a place among the statements at once.
func (e *Engine) enterSQL(ctx context.Context) (leave func(), err error) {
	wait, stop := context.WithTimeout(ctx, e.sql.Wait)
	defer stop()
	select {
	case e.sqlPlaces <- struct{}{}:
		return func() { <-e.sqlPlaces }, nil
	case <-wait.Done():
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fault.New(fault.Unavailable, "sql_busy", i18n.T("Trop de requêtes SQL sont en cours\u00a0; réessayez dans un moment.",
			"Too many SQL queries are running; try again in a moment."))
	}
}

// openSQL starts a statement in a database of its own, which may touch the files of its relations and nothing else.
func (e *Engine) openSQL(ctx context.Context, r *Rows, s *sql.Statement, text string, relations []Relation, limit int) error {
	with, files, args, err := e.relations(ctx, r, relations)
	if err != nil {
		return err
	}
	scratch, err := os.MkdirTemp(e.options.Scratch, "sql-")
	if err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	r.release = append(r.release, func() { _ = os.RemoveAll(scratch) })
	options := e.options
	options.Scratch, options.MemoryLimit, options.Threads, options.Timeout, options.Concurrency = scratch, e.sql.MemoryLimit, e.sql.Threads, e.sql.Timeout, 2
	db, err := openDatabase(options, []string{scratch}, files)
	if err != nil {
		return err
	}
	r.release = append(r.release, func() { _ = db.Close() })
	one := &Engine{database: *db}
	limited, cancel := one.limited(ctx)
	r.release = append(r.release, cancel)
	columns, err := one.describeSQL(limited, with+"SELECT * FROM ("+text+")", args)
	if err != nil {
		return explainSQL(limited, one, s, err)
	}
	r.plan = &query.Plan{Columns: columns}
	types := r.wireTypes()
	r.raw, r.values = make([]any, len(types)), make([]any, len(columns))
	compiled := statement{wireSQL(with, text, columns, limit), args}
	if limit > streamed {
		r.source = one.openStream(limited, compiled, types)
	} else if r.source, err = one.openDirect(limited, compiled); err != nil {
		return explainSQL(limited, one, s, err)
	}
	r.explain = func(err error) error { return explainSQL(limited, one, s, err) }
	return nil
}

// relations writes each relation as a named subquery.
func (e *Engine) relations(ctx context.Context, r *Rows, relations []Relation) (with string, files []string, args []any, err error) {
	var parts []string
	for _, relation := range relations {
		table, release, err := e.resolve(ctx, relation.Plan.From)
		if err != nil {
			return "", nil, nil, err
		}
		r.release = append(r.release, release)
		c := newCompiler(table, relation.Plan)
		c.args = args
		compiled := c.compile(relation.Plan, sqlColumns)
		if !relation.Whole { // a condition of the statement must never see a row that is not shown: the limit is a wall
			compiled.sql += " LIMIT " + strconv.FormatInt(1<<62, 10)
		}
		parts = append(parts, identifier(relation.Alias)+" AS NOT MATERIALIZED ("+compiled.sql+")")
		files, args = append(files, table.Paths...), compiled.args
	}
	if len(parts) > 0 {
		with = "WITH " + strings.Join(parts, ", ") + " "
	}
	return with, files, args, nil
}

// sqlColumns gives each field its name and a type that SQL knows: lists and geometries are JSON.
func sqlColumns(c *compiler, plan *query.Plan, _ []sortKey) []string {
	columns := make([]string, len(plan.Columns))
	for i, column := range plan.Columns {
		value := c.value(column.Expr)
		if t := column.Type(); t == schema.JSON || t == schema.Geometry {
			value = "CAST(" + value + " AS JSON)"
		}
		columns[i] = value + " AS " + identifier(column.Name)
	}
	return columns
}

// describeSQL asks what the columns of a statement are.
func (e *Engine) describeSQL(ctx context.Context, text string, args []any) ([]query.Column, error) {
	rows, err := e.db.QueryContext(ctx, "DESCRIBE "+text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var columns []query.Column
	for rows.Next() {
		var name, kind string
		var rest [4]any
		if err := rows.Scan(&name, &kind, &rest[0], &rest[1], &rest[2], &rest[3]); err != nil {
			return nil, err
		}
		field := fieldOf(name, kind)
		columns = append(columns, query.Column{Name: field.Name, Label: field.Name, Expr: query.Field{Field: field}, Field: field})
	}
	return columns, rows.Err()
}

// fieldOf is the field that holds the values of a column.
func fieldOf(name, kind string) schema.Field {
	f := schema.Field{Name: strings.ReplaceAll(name, "count_star()", "count(*)"), Type: schema.Text}
	var width, scale int
	switch {
	case kind == "TINYINT", kind == "SMALLINT", kind == "INTEGER", kind == "BIGINT", kind == "UTINYINT", kind == "USMALLINT", kind == "UINTEGER",
		kind == "UBIGINT", kind == "HUGEINT", kind == "UHUGEINT":
		f.Type = schema.Integer
	case kind == "DOUBLE", kind == "FLOAT":
		f.Type = schema.Decimal
	case kind == "BOOLEAN":
		f.Type = schema.Boolean
	case kind == "DATE":
		f.Type = schema.Date
	case strings.HasPrefix(kind, "TIMESTAMP"):
		f.Type = schema.Datetime
	case kind == `STRUCT(lon DOUBLE, lat DOUBLE)`, kind == `STRUCT("lon" DOUBLE, "lat" DOUBLE)`:
		f.Type = schema.Point
	case kind == "JSON", strings.HasSuffix(kind, "[]"), strings.HasPrefix(kind, "STRUCT("), strings.HasPrefix(kind, "MAP("):
		f.Type = schema.JSON
	default:
		if n, err := fmt.Sscanf(kind, "DECIMAL(%d,%d)", &width, &scale); err == nil && n == 2 {
			f.Type, f.Scale = schema.Decimal, scale
		}
	}
	return f
}

// wireSQL wraps a statement so that its columns come as [Rows] decodes them.
func wireSQL(with, text string, columns []query.Column, limit int) string {
	names, values := make([]string, len(columns)), []string{}
	for i, column := range columns {
		names[i] = "v" + strconv.Itoa(i)
		switch column.Type() {
		case schema.Text:
			values = append(values, "CAST("+names[i]+" AS VARCHAR)")
		case schema.JSON:
			values = append(values, "CAST(to_json("+names[i]+") AS VARCHAR)")
		default:
			values = append(values, wireValue(names[i], column.Expr)...)
		}
	}
	return with + "SELECT " + strings.Join(values, ", ") + " FROM (" + text + ") AS answer(" + strings.Join(names, ", ") + ") LIMIT " + strconv.Itoa(limit)
}
