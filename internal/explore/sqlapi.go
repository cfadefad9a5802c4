package explore

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"socle/internal/access"
	"socle/internal/api"
	"socle/internal/fault"
	"socle/internal/format"
	"socle/internal/i18n"
	"socle/internal/query/sql"
	"socle/internal/web"
)

// PathSQL is the address of the SQL operation of the API.
const PathSQL = api.Prefix + "/sql"

// SQLRoutes are the ways to ask in SQL. Anybody may take them; each relation of a statement is asked for.
func (s *Service) SQLRoutes() api.Routes {
	return api.Routes{
		{Pattern: "GET " + PathSQL, Permission: access.Public, Handler: s.asked(s.answerSQL), Identify: s.identify},
		{Pattern: "POST " + PathSQL, Permission: access.Public, Handler: s.asked(s.answerSQL), Identify: s.identify},
		{Pattern: "OPTIONS " + PathSQL, Permission: access.Public, Handler: s.options, Unlimited: true},
	}
}

// sqlFormats are the files in which an answer may be taken, by the name that addresses give them.
var sqlFormats = []exportFormat{
	{name: "csv", extension: "csv", mediaType: mediaCSV}, {name: "json", extension: "json", mediaType: mediaJSON}, {name: "jsonl", extension: "jsonl", mediaType: mediaNDJSON},
	{name: "xlsx", extension: "xlsx", mediaType: mediaXLSX}, {name: "parquet", extension: "parquet", mediaType: mediaParquet},
	{name: "arrow", extension: "arrow", mediaType: "application/vnd.apache.arrow.stream"},
}

// sqlFiles are the formats that this program can write.
func sqlFiles() []exportFormat {
	return slices.DeleteFunc(slices.Clone(sqlFormats), func(f exportFormat) bool {
		return f.name != "parquet" && format.NewWriter(writerOf(f), io.Discard, format.WriteOptions{}) == nil
	})
}

// writerOf is the name by which package format knows a format.
func writerOf(f exportFormat) string {
	if f.name == "jsonl" {
		return "ndjson"
	}
	return f.name
}

// sqlRequest is what a request asks.
type sqlRequest struct {
	text   string
	format string // "" for the answer of the API
	limit  int
}

// answerSQL answers a statement, as JSON with the types of the columns, or as a file.
func (s *Service) answerSQL(w http.ResponseWriter, r *http.Request) error {
	request, err := sqlRequestOf(r)
	if err != nil {
		return err
	}
	q, err := s.askSQL(r.Context(), request.text)
	if err != nil {
		return err
	}
	if request.format != "" {
		return s.sqlFile(w, r, q, request.format)
	}
	freshness(w.Header(), q.everybody && r.Method != http.MethodPost)
	if unchanged(w, r, q.key+" "+strconv.Itoa(request.limit)) {
		return nil
	}
	result, err := s.sqlRows(r.Context(), q, request.limit)
	if err != nil {
		return err
	}
	body, err := q.encode(result)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", mediaJSON)
	_, _ = w.Write(body) // the client may have left; there is nobody to tell
	return nil
}

// sqlRequestOf reads the statement: in the address, in a form, as JSON, or as it is.
func sqlRequestOf(r *http.Request) (sqlRequest, error) {
	p, err := parametersOf(r)
	if err != nil {
		return sqlRequest{}, err
	}
	request := sqlRequest{text: p.text("sql"), limit: p.integer("limit", sqlPageRows, 1, sqlMostRows)}
	names := []string{"", "ndjson"}
	for _, f := range sqlFiles() {
		names = append(names, f.name)
	}
	request.format = p.choice("format", names...)
	if p.err != nil {
		return sqlRequest{}, p.err
	}
	if r.Method != http.MethodPost {
		return request, nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, 4*sql.MaxText))
	if err != nil {
		return request, fault.New(fault.TooLarge, "sql_too_long", i18n.T("La requête est trop longue.", "The query is too long.")).At("sql")
	}
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")) // what it does not understand is plain text
	switch {
	case len(body) == 0:
	case media == "application/json":
		var sent struct {
			SQL string `json:"sql"`
		}
		if err := json.Unmarshal(body, &sent); err != nil {
			return request, fault.New(fault.Invalid, "body_unreadable", i18n.T(
				"Le corps de la requête doit être {\"sql\": \"SELECT …\"}.", "The body of the request must be {\"sql\": \"SELECT …\"}.")).At("sql")
		}
		request.text = sent.SQL
	default:
		request.text = string(body)
	}
	return request, nil
}

// sqlColumn describes a column of an answer.
type sqlColumn struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	Scale int    `json:"scale,omitempty"` // decimals of an exact number
}

// sqlVersion says which version of a dataset an answer was read from.
type sqlVersion struct {
	Dataset string `json:"dataset"`
	Version int    `json:"version"`
}

// name is how a statement names the version.
func (v *sqlVersion) name() string { return v.Dataset + "@" + strconv.Itoa(v.Version) }

// encode writes the answer of the API.
func (q *sqlQuestion) encode(result *sqlResult) ([]byte, error) {
	columns, versions := []sqlColumn{}, []sqlVersion{}
	for _, c := range result.columns {
		columns = append(columns, sqlColumn{c.Name, string(c.Field.Type), c.Field.Scale})
	}
	for _, d := range q.sources {
		versions = append(versions, sqlVersion{d.ID, d.head.Number})
	}
	head, err := encode(struct {
		SQL       string       `json:"sql"`
		Datasets  []sqlVersion `json:"datasets"`
		Columns   []sqlColumn  `json:"columns"`
		RowCount  int          `json:"row_count"`
		Truncated bool         `json:"truncated"`
	}{q.statement.Text, versions, columns, len(result.rows), result.more})
	if err != nil {
		return nil, err
	}
	body := append(head[:len(head)-1], `,"rows":[`...)
	encoder := newRowEncoder(result.columns, time.UTC)
	for i, row := range result.rows {
		if i > 0 {
			body = append(body, ',')
		}
		body = append(body, '{')
		if body, err = encoder.append(body, row); err != nil {
			return nil, err
		}
		body = append(body, '}')
	}
	return append(body, "]}"...), nil
}

// sqlFile sends an answer as a file. It is made whole before its first byte leaves: a statement that fails halfway is
// answered as an error, and a slow reader holds nothing of the engine.
func (s *Service) sqlFile(w http.ResponseWriter, r *http.Request, q *sqlQuestion, name string) error {
	f, err := formatNamed(name, sqlFiles())
	if err != nil {
		return err
	}
	h := w.Header()
	freshness(h, q.everybody && r.Method != http.MethodPost)
	if unchanged(w, r, q.key+" "+f.name) {
		return nil
	}
	file, err := os.CreateTemp(s.scratch, "sql-*."+f.extension)
	if err != nil {
		return fmt.Errorf("explore: sql file: %w", err)
	}
	defer os.Remove(file.Name())
	defer file.Close()
	rows, err := s.writeSQL(r.Context(), q, f, file)
	if err != nil {
		return err
	}
	if rows > sqlFileRows {
		return fault.New(fault.TooLarge, "sql_too_many_rows", i18n.T("La réponse a plus d’un million de lignes. Ajoutez un filtre ou une agrégation, ou exportez les jeux de données entiers.",
			"The answer has more than a million rows. Add a filter or an aggregation, or export the whole datasets.")).At("sql")
	}
	h.Set("Content-Type", f.mediaType)
	h.Set("Content-Disposition", disposition("requete."+f.extension))
	h.Set("Socle-Row-Count", strconv.FormatInt(rows, 10))
	web.Stream(w)
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("explore: sql file: %w", err)
	}
	if r.Method != http.MethodHead {
		_, _ = io.Copy(w, file) // the client may have left; there is nobody to tell
	}
	return nil
}

// writeSQL writes an answer in a format and returns its number of rows.
func (s *Service) writeSQL(ctx context.Context, q *sqlQuestion, f exportFormat, file io.Writer) (n int64, err error) {
	if f.name == "parquet" {
		return s.sql.SQLParquet(ctx, q.statement, q.relations, sqlFileRows+1, file)
	}
	rows, err := s.sql.SQL(ctx, q.statement, q.relations, sqlFileRows+1)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	buffer := bufio.NewWriterSize(file, 256<<10)
	writer := format.NewWriter(writerOf(f), buffer, format.WriteOptions{Title: "SQL", Scratch: s.scratch})
	if closer, ok := writer.(io.Closer); ok {
		defer func() { err = errors.Join(err, closer.Close()) }()
	}
	if err := writer.Begin(schemaOf(rows.Columns())); err != nil {
		return 0, err
	}
	for rows.Next() && n <= sqlFileRows {
		if err := writer.Row(rows.Values()); err != nil {
			return n, err
		}
		n++
	}
	if err := rows.Err(); err != nil {
		return n, err
	}
	return n, errors.Join(writer.End(), buffer.Flush())
}

// sqlAddress is the address of an answer, or of a page, for a statement.
func sqlAddress(path, text string, more ...string) string {
	c := apiCall{address: path}
	c.add("sql", strings.TrimSpace(text))
	for i := 0; i+1 < len(more); i += 2 {
		c.add(more[i], more[i+1])
	}
	return c.url()
}
