package main

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	_ "github.com/duckdb/duckdb-go/v2" // the peer

	"socle/bench/kit"
)

// runPeer does, in a process of its own, what DuckDB alone would do.
func runPeer(work string, args []string) error {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return err
	}
	defer db.Close()
	switch work {
	case "copy":
		_, err = db.Exec("COPY (SELECT * FROM read_csv(" + kit.Quote(args[0]) + ")) TO " + kit.Quote(args[1]) + " (FORMAT parquet, COMPRESSION zstd)")
	case "export":
		_, err = db.Exec("COPY (SELECT * FROM read_parquet(" + kit.Quote(args[0]) + ")) TO " + kit.Quote(args[1]) + " (FORMAT csv, DELIMITER ';')")
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
		if _, err := kit.ReadAll(rows); err != nil {
			return 0, err
		}
		times = append(times, time.Since(start))
	}
	return kit.Median(times[1:]), nil
}
