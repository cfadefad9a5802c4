// Package engine runs plans: it compiles them to SQL for DuckDB, in process, over the Parquet files of a version.
//
// The reading [Engine] and the [Writer] each keep their own databases, in memory and locked down: no file but
// those of the allowed folders, no network, no extension, no setting, with limits of memory, threads, disk and
// time. A question ends with the context that asked it. What differs between dialects is in dialect.go alone.
package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"socle/internal/nice"
	"socle/internal/query"
	"socle/internal/schema"
	"socle/internal/scratch"
)

// Options are the limits of an engine. Zero values mean the defaults that each says.
type Options struct {
	Allowed     []string      // folders whose files may be read: the lake's, its cache, its scratch
	Scratch     string        // folder for copies, pipes and what does not fit in memory; required, made if absent
	MemoryLimit int64         // bytes; half of the machine's memory, at most 8 GB
	ScratchSize int64         // bytes on disk for what does not fit in memory; 20 GB
	Threads     int           // all processors
	Concurrency int           // questions at once, the others wait their turn; twice the threads
	Copies      int64         // bytes on disk of copies of versions; half of ScratchSize
	Timeout     time.Duration // of one question, exports excepted; 60 s
	SQL         SQLLimits     // of the SQL that people type
	Trino       *Trino        // for the versions that it wants; nil for none

	uncompressed bool // tables are written as they are

	shapes *shapes // the constant geometries of the questions under way, of all databases of an engine
}

// A Table is the files of a version, in order, and what their columns are.
type Table struct {
	Paths   []string // local Parquet files; none when Far is set
	Far     *Far     // where Trino finds the version; nil for DuckDB
	Schema  schema.Schema
	Rows    int64  // 0 when it is not known
	Release func() // called once when the reading is over; may be nil

	held   *heldShapes         // the constant geometries of the question
	merged map[string][]merger // what clustering found, by geo_cluster in canonical form
	scans  bool                // the question is one of [scans]
	sorted string              // the copy of the version, sorted by a field, that is read instead; "" for the files
	whole  string              // the database that is a copy of the version, read instead; "" for none
	awaits bool                // a store of its rows is to come soon: no other copy is wanted for this question
	wants  bool                // a store of its rows is to come, soon or not, that may answer this question
	passed map[string][]string // the values that pass tests of texts, by the id of the test
}

// Far is a version as Trino sees it: one snapshot of an Iceberg table, whose column [RowColumn] numbers the rows of a file.
type Far struct {
	Schema, Name string   // of the table, in the catalogue of the connection
	Snapshot     int64    //
	Files        []string // addresses of the Parquet files, in order
}

// Resolver finds the files of a version. The lake implements it.
type Resolver interface {
	Resolve(ctx context.Context, source query.Source) (Table, error)
}

// Engine runs plans. It is safe for concurrent use.
type Engine struct {
	database
	lanes
	scans        *scans
	exports      *exporter
	work         *scratch.Space
	resolver     Resolver
	trino        *trinoDatabase // nil when there is none
	counts       *counts
	dictionaries *dictionaries
	copies       *copies
	copier       *copier // of rows, and of small versions whole
	compressor   *copier // of large versions whole
	sql          SQLLimits
	sqlPlaces    chan struct{} // one for each statement of people at once
	processes    *sqlProcesses
}

// Open starts an engine.
func Open(options Options, resolver Resolver) (*Engine, error) {
	options, err := options.complete()
	if err != nil {
		return nil, err
	}
	work, err := openWork(options.Scratch)
	if err != nil {
		return nil, err
	}
	options.Scratch = work.Dir
	e, err := openIn(options, resolver)
	if err != nil {
		return nil, errors.Join(err, work.Release())
	}
	e.work = work
	return e, nil
}

// openIn starts an engine whose scratch folder is its own.
func openIn(options Options, resolver Resolver) (*Engine, error) {
	folders := append([]string{options.Scratch}, options.Allowed...)
	pages := options
	pages.MemoryLimit = quarters(options.MemoryLimit, 1)
	db, err := openDatabase(pages, folders, nil)
	if err != nil {
		return nil, err
	}
	waiters := &nice.Waiters{}
	exports, err := openExporter(options, folders, waiters)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	scanning, err := openScans(options, folders, waiters)
	if err != nil {
		return nil, errors.Join(err, exports.Close(), db.Close())
	}
	copying, err := openCopier(options, folders, true, 5) // as many as the queues of copies make at once
	if err != nil {
		return nil, errors.Join(err, scanning.Close(), exports.Close(), db.Close())
	}
	compressing, err := openCopier(options, folders, false, 1)
	if err != nil {
		return nil, errors.Join(err, copying.Close(), scanning.Close(), exports.Close(), db.Close())
	}
	limits := options.SQL.complete(options)
	e := &Engine{database: *db, lanes: newLanes(options, waiters), scans: scanning, exports: exports, resolver: resolver,
		counts: newCounts(10_000), dictionaries: newDictionaries(), copier: copying, compressor: compressing, sql: limits, sqlPlaces: make(chan struct{}, limits.Concurrency),
		processes: newSQLProcesses(limits.Worker)}
	if options.Trino != nil {
		if e.trino, err = openTrino(*options.Trino); err != nil {
			return nil, errors.Join(err, compressing.Close(), copying.Close(), scanning.Close(), exports.Close(), db.Close())
		}
	}
	e.copies = openCopies(options.Scratch, options.Copies)
	return e, nil
}

// Close waits for no one: questions under way are interrupted.
func (e *Engine) Close() error {
	e.processes.close()
	e.copies.close()
	errs := []error{e.copier.Close(), e.compressor.Close(), e.scans.Close(), e.exports.Close(), e.database.Close()}
	if e.trino != nil {
		errs = append(errs, e.trino.db.Close())
	}
	return errors.Join(append(errs, e.work.Release())...)
}

// find finds a plan's version among the tables of Trino, or its files for DuckDB.
func (e *Engine) find(ctx context.Context, source query.Source) (Table, func(), error) {
	if e.trino != nil {
		table, wanted, err := e.trino.find(ctx, source)
		if err != nil || wanted {
			return table, func() {}, err
		}
	}
	return e.resolve(ctx, source)
}

// findFor is find for a plan. What Trino does not compute as DuckDB does is left to DuckDB, which reads the same files.
func (e *Engine) findFor(ctx context.Context, plan *query.Plan) (Table, func(), error) {
	if e.trino != nil && !sameOnTrino(plan) {
		return e.resolve(ctx, plan.From)
	}
	return e.find(ctx, plan.From)
}

// placeOf is the database in which a table is.
func (e *Engine) placeOf(t Table) *sql.DB {
	switch {
	case t.Far != nil:
		return e.trino.db
	case t.scans:
		return e.scans.db
	}
	return e.db
}

// resolve finds the files of a version.
func (e *Engine) resolve(ctx context.Context, source query.Source) (Table, func(), error) {
	table, err := e.resolver.Resolve(ctx, source)
	if err != nil {
		return Table{}, nil, err
	}
	table.held = &heldShapes{all: e.options.shapes}
	release := func() {
		table.held.release()
		if table.Release != nil {
			table.Release()
		}
	}
	if len(table.Paths) == 0 {
		release()
		return Table{}, nil, fmt.Errorf("engine: version %d of %s has no file", source.Version, source.Dataset)
	}
	return table, release, nil
}
