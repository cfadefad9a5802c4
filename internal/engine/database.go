package engine

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/duckdb/duckdb-go/v2"

	"socle/internal/fault"
	"socle/internal/i18n"
)

// complete fills the defaults and makes the scratch folder.
func (o Options) complete() (Options, error) {
	if o.Scratch == "" {
		return o, errors.New("engine: no scratch folder")
	}
	if err := os.MkdirAll(o.Scratch, 0o700); err != nil {
		return o, fmt.Errorf("engine: %w", err)
	}
	if o.shapes == nil {
		o.shapes = newShapes()
	}
	if o.Threads <= 0 {
		o.Threads = runtime.NumCPU()
	}
	if o.Concurrency <= 0 {
		o.Concurrency = 2 * o.Threads
	}
	if o.Timeout <= 0 {
		o.Timeout = 60 * time.Second
	}
	if o.ScratchSize <= 0 {
		o.ScratchSize = 20_000_000_000
	}
	if o.Copies <= 0 {
		o.Copies = o.ScratchSize / 2
	}
	if o.MemoryLimit <= 0 {
		o.MemoryLimit = min(MachineMemory()/2, 8_000_000_000)
	}
	return o, nil
}

// MachineMemory is the machine's memory in bytes, 4 GB when it does not say.
func MachineMemory() int64 {
	var info syscall.Sysinfo_t
	if err := syscall.Sysinfo(&info); err != nil {
		return 4_000_000_000
	}
	return int64(info.Totalram) * int64(info.Unit)
}

// database is one DuckDB, in memory and locked down.
type database struct {
	options Options
	db      *sql.DB
}

// openDatabase starts a DuckDB that may touch the files of some folders, and some single files.
func openDatabase(options Options, folders, files []string) (*database, error) {
	folders, err := absolute(folders)
	if err != nil {
		return nil, err
	}
	if files, err = absolute(files); err != nil {
		return nil, err
	}
	spill := filepath.Join(options.Scratch, "spill")
	lock := []string{
		fmt.Sprintf("SET GLOBAL memory_limit = '%d bytes'", options.MemoryLimit),
		fmt.Sprintf("SET GLOBAL threads = %d", options.Threads),
		"SET GLOBAL temp_directory = " + text(spill),
		fmt.Sprintf("SET GLOBAL max_temp_directory_size = '%d bytes'", options.ScratchSize),
		"SET GLOBAL TimeZone = 'UTC'",
		"SET GLOBAL preserve_insertion_order = true",
		"SET GLOBAL autoinstall_known_extensions = false",
		"SET GLOBAL autoload_known_extensions = false",
		"SET GLOBAL allow_community_extensions = false",
		"SET GLOBAL parquet_metadata_cache = true",
		"SET GLOBAL allowed_directories = " + texts(folders),
		"SET GLOBAL allowed_paths = " + texts(files),
		"SET GLOBAL enable_external_access = false",
	}
	if options.uncompressed {
		lock = append(lock, "SET GLOBAL force_compression = 'uncompressed'")
	}
	lock = append(lock, "SET GLOBAL lock_configuration = true") // the last: nothing can be set after it
	var once sync.Once
	connector, err := duckdb.NewConnector("", func(execer driver.ExecerContext) (err error) {
		once.Do(func() {
			for _, statement := range lock {
				if _, err = execer.ExecContext(context.Background(), statement, nil); err != nil {
					err = fmt.Errorf("engine: %s: %w", statement, err)
					return
				}
			}
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("engine: open: %w", err)
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(options.Concurrency + 2)
	db.SetMaxIdleConns(options.Concurrency + 2)
	if err := addGeography(context.Background(), db, options.shapes); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &database{options: options, db: db}, nil
}

func absolute(paths []string) ([]string, error) {
	out := make([]string, len(paths))
	for i, path := range paths {
		var err error
		if out[i], err = filepath.Abs(path); err != nil {
			return nil, fmt.Errorf("engine: %w", err)
		}
	}
	return out, nil
}

// texts is a list of texts.
func texts(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = text(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// Close waits for no one: questions under way are interrupted.
func (d *database) Close() error { return d.db.Close() }

// errTimeout is the cause of a context that the engine itself ended.
var errTimeout = errors.New("engine: out of time")

// limited gives a question its time.
func (d *database) limited(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, d.options.Timeout, errTimeout)
}

// explain gives an error of DuckDB its meaning.
func (d *database) explain(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if cause := context.Cause(ctx); errors.Is(cause, errTimeout) {
		return fault.New(fault.TooLarge, "query_too_slow", i18n.T(
			"La requête dépasse %d secondes. Ajoutez un filtre, ou téléchargez le fichier entier.",
			"The query takes more than %d seconds. Add a filter, or download the whole file.", int(d.options.Timeout.Seconds()))).Because(err)
	} else if errors.Is(cause, errCrowded) {
		return crowded()
	} else if cause != nil {
		return cause
	}
	var e *duckdb.Error
	if !errors.As(err, &e) {
		return explainTrino(err)
	}
	switch e.Type {
	case duckdb.ErrorTypeOutOfMemory:
		return fault.New(fault.TooLarge, "query_too_large", i18n.T(
			"La requête demande plus de mémoire qu’elle ne peut en avoir. Ajoutez un filtre ou groupez par moins de valeurs.",
			"The query needs more memory than it may have. Add a filter or group by fewer values.")).Because(err)
	case duckdb.ErrorTypeOutOfRange, duckdb.ErrorTypeConversion:
		return fault.New(fault.Invalid, "ODSQLError", i18n.T(
			"Un calcul de la requête dépasse les nombres possibles.", "A computation of the query exceeds the possible numbers.")).Because(err)
	case duckdb.ErrorTypeIO:
		return fault.New(fault.Unavailable, "data_unreadable", i18n.T(
			"Les données de cette version ne peuvent pas être lues pour le moment.", "The data of this version cannot be read for the moment.")).Because(err)
	}
	return fmt.Errorf("engine: %w", err)
}
