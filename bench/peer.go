package main

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	_ "github.com/duckdb/duckdb-go/v2" // the peer
)

// runPeer does, in a process of its own, what DuckDB alone would do.
func runPeer(work string, args []string) error {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return err
	}
	defer db.Close()
	quote := func(path string) string { return "'" + strings.ReplaceAll(path, "'", "''") + "'" }
	switch work {
	case "copy":
		_, err = db.Exec("COPY (SELECT * FROM read_csv(" + quote(args[0]) + ")) TO " + quote(args[1]) + " (FORMAT parquet, COMPRESSION zstd)")
	case "export":
		_, err = db.Exec("COPY (SELECT * FROM read_parquet(" + quote(args[0]) + ")) TO " + quote(args[1]) + " (FORMAT csv, DELIMITER ';')")
	default:
		err = fmt.Errorf("unknown work %q", work)
	}
	return err
}

// timeQuery runs a query n times on a warm connection, reads every value, and returns the median.
func timeQuery(ctx context.Context, db *sql.DB, n int, query string) (time.Duration, error) {
	var times []time.Duration
	for range n + 1 {
		start := time.Now()
		rows, err := db.QueryContext(ctx, query)
		if err != nil {
			return 0, err
		}
		columns, err := rows.Columns()
		if err != nil {
			return 0, err
		}
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(any)
		}
		for rows.Next() {
			if err := rows.Scan(values...); err != nil {
				return 0, err
			}
		}
		if err := rows.Close(); err != nil {
			return 0, err
		}
		times = append(times, time.Since(start))
	}
	return median(times[1:]), nil
}
