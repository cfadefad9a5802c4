package engine

import (
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/duckdb/duckdb-go/v2"

	"socle/internal/query"
	"socle/internal/schema"
)

// The SQL of people is parsed and run by a process of its own: the machine bounds its memory, whatever the statement
// makes the database do, and when it ends badly the server does not. The process is this program, started with
// [SQLWorkerArgument]; the two speak in gob over the standard input and output.

// SQLWorkerArgument is the one argument of the program that makes it such a process: see [ServeSQL].
const SQLWorkerArgument = "sql-worker"

// sqlRequest is what the process is asked, one thing at a time.
type sqlRequest struct {
	Parse string  // a text whose tree is wanted
	Print string  // a tree whose text is wanted
	Run   *sqlRun // a statement to run
}

// sqlRun is a statement with what it may touch and use.
type sqlRun struct {
	With, Text  string // the relations, and what is asked of them
	Args        []any
	Files       []string // that may be read
	Scratch     string   // folder that may be written
	Limit       int      // rows
	Parquet     bool     // the answer is a file, not rows
	MemoryLimit int64
	ScratchSize int64
	Threads     int
}

// sqlAnswer is a part of what the process says; the last one of an answer has End.
type sqlAnswer struct {
	Text    string
	Columns []schema.Field
	Data    []byte // rows, as the wire of [Rows], or a piece of a file
	Rows    int64  // of a file
	End     bool
	Failure *sqlFailure
}

// sqlFailure is an error of the database. Its text holds what the data holds: it is for no log.
type sqlFailure struct {
	Database bool // of the database, of that kind; else of the process itself
	Kind     int
	Text     string
}

// spare is the memory that the process takes besides that of the database.
const spare = 700_000_000

// ServeSQL is the whole life of the process: it answers until the input ends.
func ServeSQL(in io.Reader, out io.Writer) error {
	w := &sqlWorker{in: gob.NewDecoder(in), out: gob.NewEncoder(out)}
	requests := make(chan sqlRequest)
	go func() {
		for {
			var request sqlRequest
			if err := w.in.Decode(&request); err != nil {
				os.Exit(0) // whoever asked is gone, even while a statement runs
			}
			requests <- request
		}
	}()
	for request := range requests {
		if err := w.answer(request); err != nil {
			return err
		}
	}
	return nil
}

type sqlWorker struct {
	in     *gob.Decoder
	out    *gob.Encoder
	parser *database
}

func (w *sqlWorker) answer(request sqlRequest) error {
	last := sqlAnswer{End: true}
	var err error
	switch {
	case request.Run != nil:
		err = w.run(*request.Run, &last)
	case request.Print != "":
		last.Text, err = w.ask("SELECT json_deserialize_sql(CAST($1 AS JSON))", request.Print)
	default:
		last.Text, err = w.ask("SELECT CAST(json_serialize_sql(CAST($1 AS VARCHAR)) AS VARCHAR)", request.Parse)
	}
	if err != nil {
		last.Failure = &sqlFailure{Text: err.Error()}
		var d *duckdb.Error
		if errors.As(err, &d) {
			last.Failure = &sqlFailure{Database: true, Kind: int(d.Type), Text: d.Msg}
		}
	}
	return w.out.Encode(last)
}

// ask puts a question about a text to a database without data.
func (w *sqlWorker) ask(question, text string) (answer string, err error) {
	if w.parser == nil {
		scratch, err := os.MkdirTemp("", "socle-sql-")
		if err != nil {
			return "", err
		}
		defer os.RemoveAll(scratch)
		options := Options{Scratch: scratch, MemoryLimit: 200_000_000, Threads: 1, Concurrency: 1, ScratchSize: 1_000_000}
		if w.parser, err = openDatabase(options, []string{scratch}, nil); err != nil {
			return "", err
		}
	}
	err = w.parser.db.QueryRowContext(context.Background(), question, text).Scan(&answer)
	return answer, err
}

// run answers with the columns of a statement, then its rows. The time is counted by whoever asked, who ends the process.
func (w *sqlWorker) run(r sqlRun, last *sqlAnswer) error {
	if err := confine(syscall.RLIMIT_CORE, 0); err != nil {
		return err
	}
	if err := confine(rlimitData, uint64(r.MemoryLimit+spare)); err != nil {
		return err
	}
	options := Options{Scratch: r.Scratch, MemoryLimit: r.MemoryLimit, ScratchSize: r.ScratchSize, Threads: r.Threads, Concurrency: 2}
	db, err := openDatabase(options, []string{r.Scratch}, r.Files)
	if err != nil {
		return err
	}
	defer db.Close()
	ctx := context.Background()
	fields, err := db.describeSQL(ctx, r.With+"SELECT * FROM ("+r.Text+")", r.Args)
	if err != nil {
		return err
	}
	if r.Parquet {
		rows, err := db.copyTo(ctx, statement{r.With + "SELECT * FROM (" + r.Text + ") LIMIT " + strconv.Itoa(r.Limit), r.Args}, "FORMAT parquet, COMPRESSION snappy", w)
		last.Rows = rows
		return err
	}
	if err := w.out.Encode(sqlAnswer{Columns: fields}); err != nil {
		return err
	}
	_, err = db.copyTo(ctx, statement{wireSQL(r.With, r.Text, fields, r.Limit), r.Args}, wireCSV, w)
	return err
}

// rlimitData bounds the memory that a process may write to. It is Linux's RLIMIT_DATA, which package syscall names too.
const rlimitData = syscall.RLIMIT_DATA

func confine(what int, most uint64) error {
	if err := syscall.Setrlimit(what, &syscall.Rlimit{Cur: most, Max: most}); err != nil {
		return fmt.Errorf("engine: bound the process: %w", err)
	}
	return nil
}

// Write sends rows.
func (w *sqlWorker) Write(data []byte) (int, error) {
	return len(data), w.out.Encode(sqlAnswer{Data: data})
}

// describeSQL asks what the columns of a statement are.
func (d *database) describeSQL(ctx context.Context, text string, args []any) ([]schema.Field, error) {
	rows, err := d.db.QueryContext(ctx, "DESCRIBE "+text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var fields []schema.Field
	for rows.Next() {
		var name, kind string
		var rest [4]any
		if err := rows.Scan(&name, &kind, &rest[0], &rest[1], &rest[2], &rest[3]); err != nil {
			return nil, err
		}
		fields = append(fields, fieldOf(name, kind))
	}
	return fields, rows.Err()
}

// fieldOf is the field that holds the values of a column.
func fieldOf(name, kind string) schema.Field {
	f := schema.Field{Name: strings.ReplaceAll(name, "count_star()", "count(*)"), Type: schema.Text}
	switch kind {
	case "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "HUGEINT", "UHUGEINT":
		f.Type = schema.Integer
	case "DOUBLE", "FLOAT":
		f.Type = schema.Decimal
	case "BOOLEAN":
		f.Type = schema.Boolean
	case "DATE":
		f.Type = schema.Date
	case `STRUCT(lon DOUBLE, lat DOUBLE)`, `STRUCT("lon" DOUBLE, "lat" DOUBLE)`:
		f.Type = schema.Point
	default:
		var width, scale int
		n, err := fmt.Sscanf(kind, "DECIMAL(%d,%d)", &width, &scale)
		switch {
		case err == nil && n == 2:
			f.Type, f.Scale = schema.Decimal, scale
		case strings.HasPrefix(kind, "TIMESTAMP"):
			f.Type = schema.Datetime
		case kind == "JSON", strings.HasSuffix(kind, "[]"), strings.HasPrefix(kind, "STRUCT("), strings.HasPrefix(kind, "MAP("):
			f.Type = schema.JSON
		}
	}
	return f
}

// wireSQL wraps a statement so that its columns come as [Rows] decodes them.
func wireSQL(with, text string, fields []schema.Field, limit int) string {
	c := newCompiler(Table{}, &query.Plan{})
	names, values := make([]string, len(fields)), []string{}
	for i, field := range fields {
		names[i] = "v" + strconv.Itoa(i)
		switch field.Type {
		case schema.Text:
			values = append(values, "CAST("+names[i]+" AS VARCHAR)")
		case schema.JSON:
			values = append(values, "CAST(to_json("+names[i]+") AS VARCHAR)")
		default:
			values = append(values, c.wireValue(names[i], query.Field{Field: field})...)
		}
	}
	return with + "SELECT " + strings.Join(values, ", ") + " FROM (" + text + ") AS answer(" + strings.Join(names, ", ") + ") LIMIT " + strconv.Itoa(limit)
}
