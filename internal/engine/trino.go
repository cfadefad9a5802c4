package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/trinodb/trino-go-client/trino"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/query"
)

// Trino is a cluster that runs the plans of large versions, on the same Parquet files.
type Trino struct {
	Address string // "trino://user@host:port/catalog"; "trino+https://user:password@…" over TLS
	// Find returns the table of a version, and whether its plans go to Trino. Those that do not, because the version is
	// small or its table is late, run on DuckDB.
	Find func(ctx context.Context, source query.Source) (table Table, wanted bool, err error)
}

// trinoDatabase is the connection to a cluster.
type trinoDatabase struct {
	db   *sql.DB
	find func(ctx context.Context, source query.Source) (Table, bool, error)
}

// openTrino does not wait for the cluster: a node may start before it.
func openTrino(t Trino) (*trinoDatabase, error) {
	config, err := trinoConfig(t.Address)
	if err != nil {
		return nil, err
	}
	connector, err := trino.NewConnector(config)
	if err != nil {
		return nil, badTrino(err)
	}
	return &trinoDatabase{db: sql.OpenDB(connector), find: t.Find}, nil
}

// trinoPatience is how long a cluster that does not answer is asked again, well below the time of a question: whoever waits is
// then told so, rather than that their question is too long.
const trinoPatience = 5 * time.Second

// trinoConfig reads the address of a cluster.
func trinoConfig(address string) (*trino.Config, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, badTrino(err)
	}
	schemes := map[string]string{"trino": "http", "trino+https": "https"}
	catalog := strings.Trim(u.Path, "/")
	if schemes[u.Scheme] == "" || u.Host == "" || catalog == "" || strings.Contains(catalog, "/") || u.User == nil || u.User.Username() == "" {
		return nil, badTrino(errors.New("address of Trino: " + u.Redacted()))
	}
	patience := trinoPatience
	server := url.URL{Scheme: schemes[u.Scheme], User: u.User, Host: u.Host}
	return &trino.Config{ServerURI: server.String(), Source: "socle", Catalog: catalog, TimeZone: "UTC",
		DisableExplicitPrepare: true, // a long statement does not fit in a header
		RequestRetryTimeout:    &patience,
	}, nil
}

func badTrino(err error) error {
	return fault.New(fault.Invalid, "engine_address", i18n.T(
		"L’adresse du moteur n’est pas reconnue. Écrivez « trino://utilisateur@machine:8080/catalogue ».",
		"The address of the engine is not recognised. Write “trino://user@host:8080/catalog”.")).Because(err)
}

// explainTrino gives an error of Trino, or of the way to it, its meaning.
func explainTrino(err error) error {
	var failed *trino.ErrTrino
	var refused *trino.ErrQueryFailed
	var network net.Error
	switch {
	case errors.As(err, &failed):
		return explainFailure(failed, err)
	case errors.As(err, &refused), errors.As(err, &network), errors.Is(err, io.ErrUnexpectedEOF):
		return fault.New(fault.Unavailable, "engine_down", i18n.T(
			"Le moteur des grands jeux de données ne répond pas ; réessayez dans un moment.",
			"The engine of large datasets does not answer; try again in a moment.")).Because(err)
	}
	return fmt.Errorf("engine: %w", err)
}

func explainFailure(failed *trino.ErrTrino, err error) error {
	switch name := failed.ErrorName; {
	case name == "QUERY_QUEUE_FULL", name == "SERVER_STARTING_UP", name == "NO_NODES_AVAILABLE", name == "SERVER_SHUTTING_DOWN":
		return fault.New(fault.Unavailable, "engine_busy", i18n.T("Trop de requêtes sont en cours ; réessayez dans un moment.",
			"Too many queries are running; try again in a moment.")).Because(err)
	case failed.ErrorType == "INSUFFICIENT_RESOURCES":
		return fault.New(fault.TooLarge, "query_too_large", i18n.T(
			"La requête demande plus de mémoire ou de temps qu’elle ne peut en avoir. Ajoutez un filtre ou groupez par moins de valeurs.",
			"The query needs more memory or time than it may have. Add a filter or group by fewer values.")).Because(err)
	case name == "NUMERIC_VALUE_OUT_OF_RANGE", name == "INVALID_CAST_ARGUMENT", name == "DIVISION_BY_ZERO":
		return fault.New(fault.Invalid, "ODSQLError", i18n.T(
			"Un calcul de la requête dépasse les nombres possibles.", "A computation of the query exceeds the possible numbers.")).Because(err)
	case failed.ErrorType == "EXTERNAL":
		return fault.New(fault.Unavailable, "data_unreadable", i18n.T(
			"Les données de cette version ne peuvent pas être lues pour le moment.", "The data of this version cannot be read for the moment.")).Because(err)
	}
	return fmt.Errorf("engine: %w", err)
}

// far reads an answer of Trino, which comes as it is read.
type far struct{ direct }

func (e *Engine) openFar(ctx context.Context, s statement, long bool) (wireSource, error) {
	limited, cancel := context.WithCancel(ctx)
	if !long {
		cancel()
		limited, cancel = e.limited(ctx)
	}
	explain := func(err error) error { return e.explain(limited, err) }
	rows, err := e.trino.db.QueryContext(limited, s.sql, s.args...)
	if err != nil {
		err = explain(err)
		cancel()
		return nil, err
	}
	return &far{direct{rows: rows, explain: explain, cancel: cancel}}, nil
}

func (f *far) read(raw []any) error {
	if err := f.direct.read(raw); err != nil {
		return err
	}
	for i, value := range raw {
		if t, ok := value.(time.Time); ok {
			raw[i] = t.UnixMicro()
		}
	}
	return nil
}
