package engine

import (
	"socle/internal/query"
	"socle/internal/schema"
)

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
