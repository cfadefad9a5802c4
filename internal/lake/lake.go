// Package lake keeps the versions of datasets: Parquet files, the original as it came, and the record of both.
//
// A version exists when its row is committed in the store; that row names its files and their digests, and the head
// of the dataset moves in the same transaction. A writer killed at any instant leaves at most a scratch folder,
// a write row or blobs that no version names; [Lake.Leftovers] finds them and [Lake.Clean] removes them, and never
// touches what belongs to a writer still alive. Files lie in a folder, or in S3 with a bounded local cache.
package lake

import (
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"socle/internal/asset"
	"socle/internal/audit"
	"socle/internal/i18n"
	"socle/internal/schema"
	"socle/internal/scratch"
	"socle/internal/store"
)

// Migrations makes the tables of the lake.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// A Version is one immutable state of a dataset: what was published, when, by whom, and the proof of it.
// Versions are numbered from 1 without gaps. A version is never changed; its data may be erased by a
// retention decision, after which reading it answers [ErrErased] and the record stays.
type Version struct {
	DatasetUID  string    `json:"datasetUid"`
	Number      int       `json:"number"`
	PublishedAt time.Time `json:"publishedAt"`
	Author      string    `json:"author"`     // id of who published, as in the record
	AuthorName  string    `json:"authorName"` // how they were called then
	Rows        int64     `json:"rows"`
	Bytes       int64     `json:"bytes"` // of the Parquet files together

	Original    File            `json:"original"`           // byte for byte as it came
	Files       []File          `json:"files"`              // Parquet, in the order of the rows
	Quarantine  Quarantine      `json:"quarantine"`         // what did not fit
	Schema      schema.Schema   `json:"schema"`             //
	Note        string          `json:"note,omitempty"`     // what the publisher tells readers about this version
	LossNote    string          `json:"lossNote,omitempty"` // why a large loss was confirmed; readers see it too
	Settings    json.RawMessage `json:"settings,omitempty"` // how the original was read, as ingestion writes it
	Fingerprint string          `json:"fingerprint"`        // digest of the settings: same original and fingerprint, same version
	Report      json.RawMessage `json:"report,omitempty"`   // what reading the original found, as ingestion writes it

	Erased *Erasure `json:"erased,omitempty"` // set once the data is gone
}

// Role says what a file of a version holds.
type Role string

// The roles of files.
const (
	RoleData       Role = "data"
	RoleOriginal   Role = "original"
	RoleQuarantine Role = "quarantine"
)

// A File is one blob of a version.
type File struct {
	Key    string `json:"key"`            // where it is, in the blobs
	Role   Role   `json:"role"`           //
	Name   string `json:"name"`           // what to call it when it is downloaded
	Bytes  int64  `json:"bytes"`          //
	Rows   int64  `json:"rows,omitempty"` // of a Parquet file
	SHA256 string `json:"sha256"`         // in hexadecimal
}

// Quarantine is what of the original did not fit its column: counted here, listed whole in a file.
type Quarantine struct {
	Cells   int64              `json:"cells"`             // cells that were left empty
	Rows    int64              `json:"rows"`              // irregular rows: too short, too long, repeated header
	Aside   int64              `json:"aside,omitempty"`   // rows that are not in the data, because they break a rule of the dataset
	Columns []QuarantineColumn `json:"columns,omitempty"` // those with at least one cell, in the order of the schema
	File    *File              `json:"file,omitempty"`    // the list, NDJSON compressed by gzip; nil when there is nothing
}

// Total is how many entries the list has.
func (q Quarantine) Total() int64 { return q.Cells + q.Rows + q.Aside }

// QuarantineColumn counts the cells of one column that did not fit.
type QuarantineColumn struct {
	Name     string    `json:"name"`
	Label    string    `json:"label"`
	Cells    int64     `json:"cells"`
	Expected i18n.Text `json:"expected"` // what a cell should have been: "une date comme 31/12/2026"
}

// Erasure is the decision that removed the data of a version.
type Erasure struct {
	At     time.Time `json:"at"`
	By     string    `json:"by"` // id of who decided
	Reason string    `json:"reason"`
}

// Options says where a lake is. Dir is required.
type Options struct {
	Dir       string             // local folder: scratch, locks, cache, and the blobs themselves unless Blobs is set
	Blobs     Blobs              // where files are kept; a folder inside Dir when nil
	Cache     int64              // bytes of the local copies of remote blobs; 20 GB when 0
	Lease     time.Duration      // how long a silent writer of another machine is thought alive; 5 min when 0
	Log       *slog.Logger       // slog.Default() when nil
	Interrupt func(point string) // for tests: called at each point of writing where a crash would be interesting
}

// Lake keeps versions. It is safe for concurrent use, also by several processes on the same folder and store.
type Lake struct {
	db      *store.DB
	assets  *asset.Service
	log     *audit.Log
	blobs   Blobs
	cache   *cache
	scratch *scratch.Folder
	options Options
	slog    *slog.Logger
	locks   keyed
	decoded decoded
	node    string

	// Changed is called in each transaction that publishes or erases a version; nil for nobody. It is set before use.
	Changed func(ctx context.Context, tx *sql.Tx, datasetUID string) error
	alive   sync.WaitGroup
}

// Open returns the lake of a folder, on a migrated store. It makes the folder if it is absent.
func Open(ctx context.Context, db *store.DB, assets *asset.Service, log *audit.Log, options Options) (*Lake, error) {
	if options.Dir == "" {
		return nil, errors.New("lake: no folder given")
	}
	dir, err := filepath.Abs(options.Dir)
	if err != nil {
		return nil, fmt.Errorf("lake: %w", err)
	}
	options.Dir = dir
	if options.Cache <= 0 {
		options.Cache = 20_000_000_000
	}
	if options.Lease <= 0 {
		options.Lease = 5 * time.Minute
	}
	l := &Lake{db: db, assets: assets, log: log, blobs: options.Blobs, options: options, slog: options.Log}
	if l.slog == nil {
		l.slog = slog.Default()
	}
	if l.scratch, err = scratch.Open(filepath.Join(dir, "scratch")); err != nil {
		return nil, fmt.Errorf("lake: scratch: %w", err)
	}
	l.node = l.scratch.Node
	if l.blobs == nil {
		if l.blobs, err = OpenFolder(filepath.Join(dir, "blobs")); err != nil {
			return nil, err
		}
	}
	if _, local := l.blobs.(interface{ Path(string) string }); !local {
		if l.cache, err = openCache(filepath.Join(dir, "cache"), l.blobs, options.Cache); err != nil {
			return nil, fmt.Errorf("lake: cache: %w", err)
		}
	}
	return l, nil
}

// Close waits for the heartbeats of writes to end, and closes the blobs.
func (l *Lake) Close() error {
	l.alive.Wait()
	if closer, ok := l.blobs.(io.Closer); ok {
		return closer.Close()
	}
	return nil
}

// Folders are the local folders where Parquet files to read may be: for the engine's list of allowed folders.
func (l *Lake) Folders() []string {
	return []string{filepath.Join(l.options.Dir, "blobs"), filepath.Join(l.options.Dir, "cache"), l.scratch.Dir}
}

// point lets a test kill the process here.
func (l *Lake) point(name string) {
	if l.options.Interrupt != nil {
		l.options.Interrupt(name)
	}
}
