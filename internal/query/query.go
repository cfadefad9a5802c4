// Package query turns what people ask of a dataset into a checked plan.
//
// ODSQL, the language of the Explore API, is read by a lexer and a recursive-descent parser into a syntax tree
// that remembers positions; the tree is then bound to the fields of a version, which gives a [Plan]: Go values
// that hold no SQL, that access narrows and that the engine compiles. Every error says where in the text it is,
// what was expected, and which field was probably meant.
package query

import (
	"time"

	"socle/internal/schema"
)

// A Source is what a plan reads: one version of one dataset.
type Source struct {
	Dataset string // the UID of the dataset
	Version int    // the number of the version; never 0 in a plan that runs
}

// A Plan is a question about one version, checked against its fields: the only way to data.
// It is built by [Bind], narrowed by access with [Plan.Hide] and [Plan.See], and run by the engine.
type Plan struct {
	From        Source
	Columns     []Column     // what comes out, in order; never empty
	Where       Expr         // rows to keep, nil for all
	Seen        Expr         // the only rows that there are for who asks, nil for all: nothing else of the plan may fail because of another row
	Refinements []Refinement // rows to keep, by facet; kept apart because a disjunctive facet ignores its own
	Grouped     bool         // one row a group: aggregates or group keys are there
	Groups      []Group      // the keys of the groups; none with Grouped is the whole table as one group
	Order       []Order      // before the tie-break, which is the row number, or the group keys
	Limit       int          // rows at most; negative for no limit
	Offset      int          // rows to skip
	After       *Cursor      // start just after this row, in the order of the plan; nil from the start
	Position    bool         // also give each row's identifier and cursor
	Timezone    string       // IANA name in which days and hours of instants are taken; "" is UTC
	Deprecated  []Deprecation
}

// A Deprecation says that a question uses something whose name or meaning has changed since.
type Deprecation struct {
	ID      string // of the feature: "GEOMETRY_FUNCTION"
	Message string // in English: it goes in a header
}

// A Column is one column of an answer.
type Column struct {
	Name  string       // the key of the value: an alias, a field's name, or the text of the expression
	Label string       // the header that people read; the name when nothing better is known
	Expr  Expr         //
	Field schema.Field // the field shown, with its format and unit; zero for a computed column
	Star  bool         // came from * or from a pattern, not by name: may be dropped in silence
}

// Type is the type of the values of the column.
func (c Column) Type() schema.Type { return c.Expr.Type() }

// A Group is one key of a grouped plan. Group keys have the name by which columns and order may refer to them.
type Group struct {
	Name string
	Expr Expr
}

// An Order is one sort key. Empty values come last in both directions.
type Order struct {
	Expr Expr
	Desc bool
}

// A Refinement keeps the rows that have one of the values in a facet, or drops them.
type Refinement struct {
	Field   schema.Field
	Values  []RefineValue // alternatives
	Exclude bool
}

// A RefineValue is one value of a facet as an address carries it, and what it means for the field.
type RefineValue struct {
	Text  string  // as written: "Lycée", "2019/08"
	Value Literal // the value itself; for a period, its first instant
	Until Literal // for a period, the instant just after it; else of kind [Null]
	Below string  // in a hierarchy, what the paths under the value start with; else ""
}

// A Request is a question as the parameters of the Explore API put it.
type Request struct {
	Select   string
	Where    []string // all must hold
	GroupBy  string
	OrderBy  string
	Refine   []string // "facet:value"
	Exclude  []string // "facet:value"
	Limit    int      // rows at most: 0 for none at all, negative for no limit
	Offset   int
	Timezone string // IANA name, "" for UTC
	Lang     string // for the names of days and months: one of those of the Explore API, French by default
}

// Options are the circumstances of a request.
type Options struct {
	Now         time.Time           // what now() means; the zero time means the moment of the call
	Disjunctive func(string) bool   // whether the values refined on a facet are alternatives; nil means none is
	Separator   func(string) string // the separator of a hierarchical text facet; nil or "" means flat
}
