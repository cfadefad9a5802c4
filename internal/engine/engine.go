// Package engine runs plans: it compiles them to SQL for DuckDB, in process, over the Parquet files of a version.
//
// The reading [Engine] and the [Writer] each keep their own databases, in memory and locked down: no file but
// those of the allowed folders, no network, no extension, no setting, with limits of memory, threads, disk and
// time. A question ends with the context that asked it. What differs between dialects is in dialect.go alone.
package engine

import (
	"context"
	"errors"
	"io"
	"time"

	"socle/internal/query"
	"socle/internal/schema"
)

// Options are the limits of an engine. Zero values mean the defaults that each says.
type Options struct {
	Allowed     []string      // folders whose files may be read: the lake's, its cache, its scratch
	Scratch     string        // folder for pipes and for what does not fit in memory; required, made if absent
	MemoryLimit int64         // bytes; half of the machine's memory, at most 8 GB
	ScratchSize int64         // bytes on disk for what does not fit in memory; 20 GB
	Threads     int           // all processors
	Concurrency int           // questions at once, the others wait their turn; twice the threads
	Timeout     time.Duration // of one question, exports excepted; 60 s
}

// A Table is the files of a version, in order, and what their columns are.
type Table struct {
	Paths   []string // local Parquet files
	Schema  schema.Schema
	Release func() // called once when the reading is over; may be nil
}

// Resolver finds the files of a version. The lake implements it.
type Resolver interface {
	Resolve(ctx context.Context, source query.Source) (Table, error)
}

var errNotYet = errors.New("engine: being written")

// Engine runs plans. It is safe for concurrent use.
type Engine struct{}

// Open starts an engine.
func Open(options Options, resolver Resolver) (*Engine, error) { return nil, errNotYet }

// Close waits for no one: questions under way are interrupted.
func (e *Engine) Close() error { return nil }

// Rows are the rows of an answer, one after the other. Close must be called; it is harmless to call it twice.
type Rows struct{}

// Columns says what the values are.
func (r *Rows) Columns() []query.Column { return nil }

// Next goes to the next row and reports whether there is one. After false, see [Rows.Err].
func (r *Rows) Next() bool { return false }

// Values is the current row: nil, string, int64, float64, bool, time.Time (UTC), [schema.Coordinates] or
// [encoding/json.RawMessage]. An exact decimal is a string. The slice is reused by Next.
func (r *Rows) Values() []any { return nil }

// ID is the identifier of the current row, when the plan asked for positions and is not grouped.
func (r *Rows) ID() query.RowID { return 0 }

// Cursor is the place of the current row, when the plan asked for positions.
func (r *Rows) Cursor() query.Cursor { return query.Cursor{} }

// Err is what ended the rows early, if anything did.
func (r *Rows) Err() error { return nil }

// Close ends the reading and frees its place.
func (r *Rows) Close() error { return nil }

// Query runs a plan and returns its rows.
func (e *Engine) Query(ctx context.Context, plan *query.Plan) (*Rows, error) { return nil, errNotYet }

// Count returns how many rows the plan would give without limit, offset and cursor: exact, and remembered.
func (e *Engine) Count(ctx context.Context, plan *query.Plan) (int64, error) { return 0, errNotYet }

// A FacetResult is a facet with its values.
type FacetResult struct {
	Facet  query.Facet
	Values []FacetValue
}

// A FacetValue is one value of a facet.
type FacetValue struct {
	Name   string // the last part of the value
	Value  string // the whole value, as refine takes it
	Count  int64
	State  string       // "displayed", "refined" or "excluded"
	Values []FacetValue // the next level of a hierarchy, where it is open
}

// Facets counts the rows of the plan by the values of each facet, in as few readings as possible.
func (e *Engine) Facets(ctx context.Context, plan *query.Plan, facets []query.Facet) ([]FacetResult, error) {
	return nil, errNotYet
}

// Format is a file format that the engine writes by itself.
type Format string

// The formats that the engine writes.
const (
	CSV     Format = "csv"
	JSON    Format = "json"
	NDJSON  Format = "ndjson"
	Parquet Format = "parquet"
)

// CopyOptions say how a file is written. The zero value of each member is the usual choice.
type CopyOptions struct {
	Format             Format
	Delimiter          rune   // CSV: ';' when 0
	QuoteAll           bool   // CSV
	BOM                bool   // CSV: starts with a byte order mark
	NoHeader           bool   // CSV
	Labels             bool   // CSV: headers are labels, not names
	ListSeparator      string // CSV: joins the values of a list, "," when empty
	NeutralizeFormulas bool   // CSV: a text that a spreadsheet would run is preceded by an apostrophe
	Compression        string // Parquet: "snappy" when empty, or "zstd"
}

// Copy writes the rows of the plan as a file, in the order of the plan and in constant memory, and returns how many
// rows went out.
func (e *Engine) Copy(ctx context.Context, plan *query.Plan, options CopyOptions, w io.Writer) (int64, error) {
	return 0, errNotYet
}

// ColumnStatistics describes the values of one column.
type ColumnStatistics struct {
	Field        schema.Field
	Empty        int64      // rows without a value
	Distinct     int64      // different values
	Approximate  bool       // Distinct is an estimate, within a few percent
	Min, Max     any        // nil when there is no value, or no order
	Mean         *float64   // numbers only
	Median       *float64   // numbers only
	Histogram    []Bin      // numbers, days and instants, when there are at least two different values
	MostFrequent []Frequent // at most 10, by falling count; none when every value is different
}

// A Bin is one bar of a histogram: values from Low included to High excluded, the last bar includes High.
type Bin struct {
	Low, High any // float64, or time.Time
	Count     int64
}

// Frequent is a value and in how many rows it is.
type Frequent struct {
	Value any
	Count int64
}

// Statistics describes a version.
type Statistics struct {
	Rows    int64
	Columns []ColumnStatistics
}

// Statistics describes every column of a version.
func (e *Engine) Statistics(ctx context.Context, source query.Source) (*Statistics, error) {
	return nil, errNotYet
}

// A Difference is what changed from one version to another.
type Difference struct {
	Key            []string         // what identified rows; none when whole rows were compared
	RowsBefore     int64            //
	RowsAfter      int64            //
	Added          int64            // rows that only the second has
	Removed        int64            // rows that only the first has
	Changed        int64            // rows of both whose other values differ; 0 without key
	DuplicateKeys  int64            // rows whose key is empty or not unique, left out of the three counts; 0 without key
	ColumnsAdded   []schema.Field   //
	ColumnsRemoved []schema.Field   //
	ColumnsRetyped []Retyped        //
	ChangedBy      map[string]int64 // for each column of both, the rows in which it changed; nil without key
	AddedRows      []Example        // a few of each
	RemovedRows    []Example        //
	ChangedRows    []Example        //
}

// Retyped is a column whose type changed.
type Retyped struct {
	Name          string
	Before, After schema.Type
}

// An Example is a row of a difference. Values are by column name, as [Rows.Values] gives them.
type Example struct {
	Before map[string]any // nil for an added row
	After  map[string]any // nil for a removed row
}

// Diff compares two versions, row by row when key names the fields that identify one.
func (e *Engine) Diff(ctx context.Context, before, after Table, key []string) (*Difference, error) {
	return nil, errNotYet
}

// LossRequest says which columns to look at.
type LossRequest struct {
	Categories []string // columns whose values count rows: territory, level, sector…
	Codes      []string // columns whose values should not disappear: establishment, commune…
	Limit      int      // values listed for each column; 0 is 50
}

// Losses is what publishing after instead of before would take away. It states facts; what is too much is for the caller to say.
type Losses struct {
	RowsBefore, RowsAfter int64
	Categories            []CategoryLoss  // every requested column that both have
	Emptied               []EmptiedColumn // columns of both whose share of filled cells fell
	Codes                 []CodeLoss      // every requested column that both have
}

// CategoryLoss compares the rows of each value of a column.
type CategoryLoss struct {
	Field  schema.Field
	Values []CategoryCount // those that have fewer rows than before, greatest loss first
	Total  int             // how many have fewer, also those not listed
}

// CategoryCount is one value with its rows in each version.
type CategoryCount struct {
	Value         any // nil for the rows without a value
	Before, After int64
}

// EmptiedColumn is a column with fewer filled cells.
type EmptiedColumn struct {
	Field         schema.Field
	Before, After int64 // filled cells
}

// CodeLoss lists the values that no row has any more.
type CodeLoss struct {
	Field       schema.Field
	Before      int64 // different values before
	Disappeared int64 // of which no longer there
	Appeared    int64 // new ones
	Examples    []CategoryCount
}

// Losses compares two versions for what disappears.
func (e *Engine) Losses(ctx context.Context, before, after Table, request LossRequest) (*Losses, error) {
	return nil, errNotYet
}
