package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// ckan is the shape of CKAN's datastore: the table that CKAN makes of a file, with its indexes, and the statements that its
// datastore_search, datastore_search_sql and dump run, in ckanext/datastore/backend/postgres.py of CKAN 2.11. It is a lower bound,
// in CKAN's favour: nothing is counted of its Python (checks, encoding, WSGI), of HTTP, nor of one statement after another's commit.
type ckan struct {
	pool *pgxpool.Pool
	stop func()
}

// openCKAN starts PostgreSQL and loads the file, once, into a cluster that stays for the next run.
func openCKAN(ctx context.Context, dir, file string, rows, clients int) (*ckan, error) {
	cluster, err := startPostgreSQL(ctx, fmt.Sprintf("%s/postgresql-%d", dir, rows))
	if err != nil {
		return nil, err
	}
	config, err := pgxpool.ParseConfig("postgres:///postgres?" + url.Values{"host": {cluster.folder}, "user": {"postgres"}, "sslmode": {"disable"}}.Encode())
	if err != nil {
		cluster.stop()
		return nil, err
	}
	config.MaxConns = int32(clients)
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		cluster.stop()
		return nil, err
	}
	e := &ckan{pool: pool, stop: cluster.stop}
	if err := e.load(ctx, file); err != nil {
		e.close()
		return nil, fmt.Errorf("load PostgreSQL: %w", err)
	}
	return e, nil
}

const ckanColumns = "uai, etablissement, code_commune, commune, departement, secteur, annee, niveau, effectif, taux_reussite, ips, date_constat, internat, montant, observation"

// load makes the table. CKAN fills _full_text by a trigger for each row, with the values of the row joined; here one statement writes
// the same vectors in a third of the time.
func (e *ckan) load(ctx context.Context, file string) error {
	var loaded bool
	if err := e.pool.QueryRow(ctx, "SELECT to_regclass('loaded') IS NOT NULL").Scan(&loaded); err != nil || loaded {
		return err
	}
	const columns = `uai text, etablissement text, code_commune text, commune text, departement text, secteur text, annee numeric, niveau text,
		effectif numeric, taux_reussite numeric, ips numeric, date_constat timestamp, internat boolean, montant numeric, observation text`
	if err := e.run(ctx, "DROP TABLE IF EXISTS bench, staging", "CREATE UNLOGGED TABLE staging ("+columns+")"); err != nil {
		return err
	}
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	connection, err := e.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	_, err = connection.Conn().PgConn().CopyFrom(ctx, f, "COPY staging FROM STDIN (FORMAT csv, HEADER, DELIMITER ';')")
	connection.Release()
	if err != nil {
		return err
	}
	return e.run(ctx,
		"CREATE TABLE bench (_id serial PRIMARY KEY, _full_text tsvector, "+columns+")",
		"INSERT INTO bench (_full_text, "+ckanColumns+") SELECT to_tsvector(concat_ws(' ', "+ckanColumns+")), "+ckanColumns+" FROM staging",
		"DROP TABLE staging",
		"SET maintenance_work_mem = '1GB'",
		"CREATE INDEX ON bench USING gin (_full_text)",
		"CREATE INDEX ON bench (uai)", "CREATE INDEX ON bench (departement)", "CREATE INDEX ON bench (secteur)", "CREATE INDEX ON bench (annee)",
		"CREATE INDEX ON bench (niveau)", "CREATE INDEX ON bench (effectif)", "CREATE INDEX ON bench (montant)",
		"VACUUM ANALYZE bench", "CREATE TABLE loaded ()")
}

func (e *ckan) run(ctx context.Context, statements ...string) error {
	connection, err := e.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer connection.Release()
	for _, statement := range statements {
		if _, err := connection.Exec(ctx, statement); err != nil {
			return fmt.Errorf("%.60s: %w", statement, err)
		}
	}
	return nil
}

func (e *ckan) name() string { return "CKAN’s datastore" }

func (e *ckan) ask(ctx context.Context, q question, _, i int) error {
	connection, err := e.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer connection.Release()
	for _, statement := range q.ckan(i) {
		if strings.HasPrefix(statement, "COPY") {
			err = dumpPages(ctx, connection.Conn(), statement)
		} else {
			err = asJSON(ctx, connection.Conn(), statement)
		}
		if err != nil {
			return fmt.Errorf("PostgreSQL: %w", err)
		}
	}
	return nil
}

// asJSON reads an answer and writes it as CKAN does: what PostgreSQL has made JSON already as it is, other rows as objects.
func asJSON(ctx context.Context, connection *pgx.Conn, statement string) error {
	rows, err := connection.Query(ctx, statement)
	if err != nil {
		return err
	}
	objects, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (map[string]any, error) {
		object, err := pgx.RowToMap(row)
		if text, ok := object["array_to_json"].(string); ok {
			object["array_to_json"] = json.RawMessage(text)
		}
		return object, err
	})
	if err != nil {
		return err
	}
	return json.NewEncoder(io.Discard).Encode(objects)
}

const dumpPage = 32_000 // rows that CKAN's dump asks for at a time

// dumpPages runs the statement of a page of a dump until a page is not full.
func dumpPages(ctx context.Context, connection *pgx.Conn, statement string) error {
	for offset := 0; ; offset += dumpPage {
		tag, err := connection.PgConn().CopyTo(ctx, io.Discard, fmt.Sprintf(statement, offset))
		if err != nil || tag.RowsAffected() < dumpPage {
			return err
		}
	}
}

func (e *ckan) settle(context.Context) error { return nil } // pgx cancels what nobody waits for

func (e *ckan) close() {
	e.pool.Close()
	e.stop()
}

// ckanSelected are the columns of an answer: days and hours as text, as CKAN gives them.
var ckanSelected = "_id, " + strings.ReplaceAll(ckanColumns, "date_constat", `to_char(date_constat, 'YYYY-MM-DD"T"HH24:MI:SS') AS date_constat`)

// datastoreSearch is the page and the total as datastore_search asks for them.
func datastoreSearch(where string, offset, limit int) []string {
	if where != "" {
		where = "WHERE " + where
	}
	return []string{
		fmt.Sprintf(`SELECT array_to_json(array_agg(j))::text FROM (SELECT %s FROM (SELECT * FROM bench %s ORDER BY _id LIMIT %d OFFSET %d) AS z) AS j`,
			ckanSelected, where, limit, offset),
		fmt.Sprintf(`SELECT count(*) FROM (SELECT %s FROM bench %s) AS t`, ckanSelected, where)}
}

// fullText is datastore_search with q: the best rank first.
func fullText(word, where string, limit int) []string {
	from := fmt.Sprintf(`bench, plainto_tsquery('english', '%s') "query" WHERE _full_text @@ "query" AND %s`, word, where)
	return []string{
		fmt.Sprintf(`SELECT array_to_json(array_agg(j))::text FROM (SELECT %s, ts_rank(_full_text, "query") AS rank
			FROM (SELECT * FROM %s ORDER BY ts_rank(_full_text, "query") DESC LIMIT %d) AS z) AS j`, ckanSelected, from, limit),
		fmt.Sprintf(`SELECT count(*) FROM (SELECT %s FROM %s) AS t`, ckanSelected, from)}
}

// searchSQL is a statement as datastore_search_sql runs it.
func searchSQL(statement string) string {
	return "SELECT * FROM (" + statement + ") AS blah LIMIT 32001"
}

// dump is the statement of a page of a dump, its offset left open.
func dump(where string) string {
	return fmt.Sprintf(`COPY (SELECT %s FROM (SELECT * FROM bench WHERE %s ORDER BY _id LIMIT %d OFFSET %%d) AS z) TO STDOUT csv DELIMITER ','`,
		strings.ReplaceAll(ckanSelected, "%", "%%"), where, dumpPage)
}
