package engine

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/duckdb/duckdb-go/v2"
)

// database opens a DuckDB in memory that may touch the given folders and files and nothing else. The order of the
// statements matters: limits and folders first, then the doors are shut, then the lock is turned.
func database(ctx context.Context, o Options, folders, files []string) (*sql.DB, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	connector, err := duckdb.NewConnector("", nil)
	if err != nil {
		return nil, fmt.Errorf("engine: %w", err)
	}
	db := sql.OpenDB(connector)
	for _, statement := range []string{
		"SET threads = " + strconv.Itoa(o.Threads),
		fmt.Sprintf("SET memory_limit = '%dB'", o.MemoryLimit),
		"SET temp_directory = " + text(o.Scratch),
		fmt.Sprintf("SET max_temp_directory_size = '%dB'", o.ScratchSize),
		"SET preserve_insertion_order = true",
		"SET TimeZone = 'UTC'",
		"SET default_null_order = 'nulls_last'",
		"SET autoinstall_known_extensions = false",
		"SET autoload_known_extensions = false",
		"SET allow_community_extensions = false",
		"SET allowed_directories = " + texts(append([]string{o.Scratch}, folders...)),
		"SET allowed_paths = " + texts(files),
		"SET enable_external_access = false",
		"SET lock_configuration = true",
	} {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			db.Close()
			return nil, fmt.Errorf("engine: %s: %w", statement, err)
		}
	}
	return db, nil
}

// withDefaults fills in the limits and makes the scratch folder.
func (o Options) withDefaults() (Options, error) {
	if o.Scratch == "" {
		return o, fmt.Errorf("engine: no scratch folder given")
	}
	if err := os.MkdirAll(o.Scratch, 0o750); err != nil {
		return o, fmt.Errorf("engine: scratch: %w", err)
	}
	if o.Threads <= 0 {
		o.Threads = defaultThreads()
	}
	if o.MemoryLimit <= 0 {
		o.MemoryLimit = defaultMemory()
	}
	if o.ScratchSize <= 0 {
		o.ScratchSize = 20_000_000_000
	}
	return o, nil
}

// text writes a string literal. Only values that no statement can take as a parameter are written so: paths and
// settings of our own.
func text(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func texts(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = text(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// name writes an identifier.
func name(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
