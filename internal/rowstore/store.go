// Package rowstore keeps the rows of one version in a file of SQLite, where one row, or a page of them, is found and read in tens of
// microseconds. It is a cache beside the Parquet files, which are made to read much at once.
//
// It answers what it can in a bounded time, and says [ErrTooMuch] for the rest: whoever asks has another way.
package rowstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	_ "modernc.org/sqlite" // the driver
)

// ErrUnfit says that SQLite cannot hold a value as it is: it has no number that is not one (NaN).
var ErrUnfit = errors.New("rowstore: a value that SQLite does not know")

// A Store holds rows. It is safe for concurrent use.
type Store struct {
	db   *sql.DB
	path string
	rows int64

	indexing sync.Mutex // held while an index is made: SQLite makes one at a time

	mu         sync.RWMutex
	indexed    map[int]bool
	statements map[string]*sql.Stmt
}

// A file that is lost with the process need not be safe, and the pages of hundreds of stores are better shared, in the memory of the
// system, than kept by each connection. They are not mapped: a disk that fails is then an error, and not the end of the process.
const pragmas = "_pragma=synchronous(OFF)&_pragma=cache_size(-256)&_pragma=mmap_size(0)&_pragma=temp_store(MEMORY)&_pragma=busy_timeout(10000)"

// connections are those of a store, at most: a question takes a tenth of a millisecond, to open another one ten times that.
const connections = 4

func open(path, journal string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: path}).String()+"?"+pragmas+"&_pragma=journal_mode("+journal+")")
	if err != nil {
		return nil, fmt.Errorf("rowstore: %w", err)
	}
	return db, nil
}

// Build makes the file of a store and fills it: fill adds rows of so many columns, each with its identifier, then its values, which are
// nil, string, int64, float64 or bool. When it fails, or a value is unfit, there is no file.
func Build(ctx context.Context, path string, columns int, fill func(add func(row []any) error) error) (*Store, error) {
	rows, err := build(ctx, path, columns, fill)
	if err != nil {
		remove(path)
		return nil, err
	}
	db, err := open(path, "WAL") // who asks does not wait while an index is made
	if err != nil {
		remove(path)
		return nil, err
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	db.SetConnMaxIdleTime(time.Minute)
	return &Store{db: db, path: path, rows: rows, indexed: map[int]bool{}, statements: map[string]*sql.Stmt{}}, nil
}

func build(ctx context.Context, path string, columns int, fill func(add func(row []any) error) error) (rows int64, err error) {
	db, err := open(path, "OFF")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	conn, err := db.Conn(ctx)
	if err != nil {
		return 0, fmt.Errorf("rowstore: %w", err)
	}
	defer conn.Close()
	names := make([]string, columns)
	for i := range names {
		names[i] = ", " + column(i)
	}
	for _, statement := range []string{"BEGIN", "CREATE TABLE rows (id INTEGER PRIMARY KEY" + strings.Join(names, "") + ")"} {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return 0, fmt.Errorf("rowstore: %w", err)
		}
	}
	err = conn.Raw(func(connection any) (err error) {
		insert, err := newInserter(ctx, connection, columns)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, insert.close()) }()
		err = fill(func(row []any) error {
			rows++
			return errors.Join(insert.add(row), ctx.Err())
		})
		if err != nil {
			return err
		}
		return insert.flush()
	})
	if err != nil {
		return 0, err
	}
	if _, err := conn.ExecContext(ctx, "COMMIT"); err != nil {
		return 0, fmt.Errorf("rowstore: %w", err)
	}
	return rows, nil
}

func column(i int) string {
	if i == ID {
		return "id"
	}
	return "c" + strconv.Itoa(i)
}

// Index makes the rows be found by the value of a column; the values of others that are kept beside it need not be read in the rows. Questions
// are answered meanwhile.
func (s *Store) Index(ctx context.Context, of int, beside ...int) error {
	s.indexing.Lock()
	defer s.indexing.Unlock()
	if s.Indexed(of) {
		return nil
	}
	columns := column(of)
	for _, other := range beside {
		columns += ", " + column(other)
	}
	for _, statement := range []string{"CREATE INDEX IF NOT EXISTS by_" + column(of) + " ON rows (" + columns + ")", "PRAGMA wal_checkpoint(PASSIVE)"} {
		if _, err := s.db.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("rowstore: index a column: %w", err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.indexed[of] = true
	return nil
}

// Indexed reports whether rows are found by the value of a column.
func (s *Store) Indexed(of int) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.indexed[of]
}

// Small reports whether there are so few rows that all may be looked at for a question.
func (s *Store) Small() bool { return s.rows <= smallRows }

// Bytes is what the store takes on the disk.
func (s *Store) Bytes() (bytes int64) {
	for _, suffix := range suffixes {
		if info, err := os.Stat(s.path + suffix); err == nil {
			bytes += info.Size()
		}
	}
	return bytes
}

// suffixes are those of the files that SQLite makes.
var suffixes = []string{"", "-wal", "-shm"}

// Close closes the store and removes its files.
func (s *Store) Close() error {
	err := s.db.Close()
	remove(s.path)
	return err
}

// remove removes what SQLite has left of a file.
func remove(path string) {
	for _, suffix := range suffixes {
		_ = os.Remove(path + suffix)
	}
}
