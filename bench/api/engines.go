package main

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"strings"

	_ "github.com/duckdb/duckdb-go/v2" // the limit

	"socle/bench/kit"
)

// An engine answers questions from one of several clients.
type engine interface {
	name() string
	ask(ctx context.Context, q question, client, i int) error
	settle(ctx context.Context) error // after requests were cut: leave nothing running that the next measure would feel
	close()
}

// overHTTP asks a server, one connection for each client.
type overHTTP struct {
	title   string
	process *kit.Process
	clients []*kit.Client
	path    func(q question, i int) string
	restart func(ctx context.Context) (*kit.Process, error) // nil: the server stops by itself what nobody waits for
	warmed  int                                             // kinds of questions that it was warmed with
}

func newOverHTTP(title string, process *kit.Process, clients int, path func(q question, i int) string) *overHTTP {
	e := &overHTTP{title: title, process: process, path: path, clients: make([]*kit.Client, clients)}
	e.connect()
	return e
}

func (e *overHTTP) connect() {
	for i := range e.clients {
		e.clients[i] = kit.NewClient(strings.TrimPrefix(e.process.Base, "http://"))
		e.clients[i].Plain = true // Datasette does not compress
	}
}

func (e *overHTTP) name() string { return e.title }

func (e *overHTTP) ask(ctx context.Context, q question, client, i int) error {
	path := e.path(q, i)
	answer, err := e.clients[client].Get(ctx, path, "", nil)
	if err == nil && answer.Status != 200 {
		err = fmt.Errorf("%s: status %d", path, answer.Status)
	}
	return err
}

func (e *overHTTP) settle(ctx context.Context) (err error) {
	if e.restart == nil {
		return nil
	}
	e.process.Kill()
	if e.process, err = e.restart(ctx); err == nil {
		e.connect()
	}
	return err
}

func (e *overHTTP) close() {
	for _, client := range e.clients {
		client.Close()
	}
	e.process.Stop()
}

// duckDB is DuckDB in this process, on the Parquet file that Socle serves, without HTTP and without JSON: the limit.
type duckDB struct{ db *sql.DB }

func openDuckDB(parquet string) (*duckDB, error) {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return nil, err
	}
	db.SetMaxIdleConns(64)
	for _, statement := range []string{"SET GLOBAL parquet_metadata_cache = true", "CREATE VIEW bench AS SELECT * FROM read_parquet(" + kit.Quote(parquet) + ")"} {
		if _, err := db.Exec(statement); err != nil {
			return nil, fmt.Errorf("DuckDB: %w", err)
		}
	}
	return &duckDB{db}, nil
}

func (e *duckDB) name() string { return "DuckDB in process" }

func (e *duckDB) ask(ctx context.Context, q question, _, i int) error {
	for _, statement := range q.duckdb(i) {
		rows, err := e.db.QueryContext(ctx, statement)
		if err == nil {
			_, err = kit.ReadAll(rows)
		}
		if err != nil {
			return fmt.Errorf("DuckDB: %w", err)
		}
	}
	return nil
}

func (e *duckDB) settle(context.Context) error { return nil }
func (e *duckDB) close()                       { e.db.Close() }

// openSocle starts Socle on a published folder and returns a cursor of its first page.
func openSocle(ctx context.Context, data string, clients int) (*overHTTP, string, error) {
	process, err := kit.StartSocle(ctx, data)
	if err != nil {
		return nil, "", err
	}
	e := newOverHTTP("Socle", process, clients, func(q question, i int) string { return q.socle(i) })
	var page strings.Builder
	if _, err = e.clients[0].Get(ctx, records("limit", "100"), "", &page); err != nil {
		e.close()
		return nil, "", err
	}
	_, cursor, _ := strings.Cut(page.String(), `"next": "`)
	cursor, _, _ = strings.Cut(cursor, `"`)
	if cursor == "" {
		e.close()
		return nil, "", fmt.Errorf("no cursor in the first page: %.200s", page.String())
	}
	return e, cursor, nil
}

// establishments returns identifiers that are in the file, the first of its rows.
func establishments(file string) ([]string, error) {
	head, err := kit.Head(file, 256<<10)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	var uais []string
	lines := strings.Split(string(head), "\n")
	for _, line := range lines[1 : len(lines)-1] {
		if uai, _, _ := strings.Cut(line, ";"); !seen[uai] {
			seen[uai] = true
			uais = append(uais, uai)
		}
	}
	return uais, nil
}

// filters writes a condition "a = 'x' AND b > 1" as the parameters of a page of Datasette.
func filters(where string) string {
	suffix := map[string]string{"=": "", ">": "__gt", ">=": "__gte", "<": "__lt"}
	var pairs []string
	for condition := range strings.SplitSeq(where, " AND ") {
		parts := strings.SplitN(condition, " ", 3)
		pairs = append(pairs, parts[0]+suffix[parts[1]]+"="+url.QueryEscape(strings.Trim(parts[2], "'")))
	}
	return strings.Join(pairs, "&")
}

// sqlJSON is the address of a statement in Datasette.
func sqlJSON(statement string) string {
	return "/bench.json?_shape=array&sql=" + url.QueryEscape(statement)
}
