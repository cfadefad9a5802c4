package main

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"socle/bench/kit"
)

//go:embed sqlite.py
var loadSQLite string

// openDatasette serves the file from SQLite, with an index on each column that is filtered or grouped and a full-text index. Its
// limits of time and size are raised, so that it may finish. The database is made once.
func openDatasette(ctx context.Context, dir, venv, file string, rows, clients int) (*overHTTP, error) {
	folder := filepath.Join(dir, fmt.Sprintf("datasette-%d", rows))
	database := filepath.Join(folder, "bench.db")
	if _, err := os.Stat(database); err != nil {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return nil, err
		}
		command := exec.CommandContext(ctx, filepath.Join(venv, "bin", "python"), "-", file, database)
		command.Stdin, command.Stderr = strings.NewReader(loadSQLite), os.Stderr
		if err := command.Run(); err != nil {
			return nil, fmt.Errorf("load SQLite: %w", err)
		}
	}
	restart := func(ctx context.Context) (*kit.Process, error) {
		address, err := kit.FreeAddress()
		if err != nil {
			return nil, err
		}
		_, port, _ := strings.Cut(address, ":")
		args := []string{"serve", "--immutable", database, "--host", "127.0.0.1", "--port", port}
		for _, setting := range []string{"sql_time_limit_ms 600000", "facet_time_limit_ms 600000", "suggest_facets 0", "max_csv_mb 0", "max_returned_rows 32000",
			"cache_size_kb 500000", "num_sql_threads 4"} {
			name, value, _ := strings.Cut(setting, " ")
			args = append(args, "--setting", name, value)
		}
		return kit.Start(ctx, filepath.Join(dir, "datasette.log"), "http://"+address, "/-/versions.json", exec.Command(filepath.Join(venv, "bin", "datasette"), args...))
	}
	process, err := restart(ctx)
	if err != nil {
		return nil, err
	}
	e := newOverHTTP("Datasette", process, clients, func(q question, i int) string { return q.datasette(i) })
	e.restart = restart
	return e, nil
}
