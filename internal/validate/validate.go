// Package validate holds a table against a schema, and says what is wrong, where, and how to mend it.
//
// [Compile] turns a Table Schema into a [Program]: every rule of a cell in one step a column, every rule of a row, and
// keys that are compared after the reading. [Program.Run] reads the table once, on every processor, in bounded memory,
// whatever the number of faults. The [Report] counts every fault exactly, and shows the first ones of each field and
// rule; it does not depend on how the file was cut among processors. Faults carry the codes of frictionless-py, so that
// other tools read them.
//
// The rules are those of Table Schema, versions 1 and 2, with the codes of the French administration as named formats,
// and rules over several columns as custom checks: docs/validation.md lists them.
package validate

import (
	"context"
	"time"

	"socle/internal/format"
	"socle/internal/schema/frictionless"
)

// Options are the circumstances of a validation. The zero Options is the safe default.
type Options struct {
	Lists    Lists           // reference lists, for the rules that ask for one; [BuiltIn] when nil
	Tables   Tables          // what foreign keys to other tables refer to, when those tables do not come with the file; nil for nothing
	Examples int             // faults shown for each field and rule; 100 when 0, which is also the most
	Scratch  string          // folder for keys that do not fit in memory; the system's when empty
	Memory   int64           // bytes of keys kept in memory before they go to Scratch; 16 MiB when 0
	ByName   bool            // match columns by name even where the schema wants its order, as Validata does: what is missing or in excess is a warning
	AnyCase  bool            // names of columns that differ from those of fields by their case only are theirs
	Table    string          // name of the table in reports; that of its file when empty
	Progress format.Progress // may be nil
	Keep     bool            // keep where the faults of keys are, one bit a row, for [Task.Faults]
}

// Lists gives the reference lists of the platform: communes, schools, nomenclatures.
type Lists interface {
	// List returns the list with a name. The fault of one that does not exist is a NotFound.
	List(ctx context.Context, name string) (List, error)
}

// A List says which values exist, and when. It is asked by several goroutines at once.
type List interface {
	// Has reports whether a value exists; at a date when at is not zero, at any time otherwise.
	Has(value string, at time.Time) bool
}

// A Program is a schema ready to be held against tables. It is safe for concurrent use.
type Program struct {
	schema  *frictionless.Schema
	options Options
	fields  []field
	notes   []Warning
	rows    []rowRule
	keys    []keyRule
}

// Compile makes a program of a schema. The fault schema_invalid says what of the schema cannot be checked and why: a
// regular expression that this engine refuses, a bound that is not of its type, a JSON Schema that is not one.
func Compile(ctx context.Context, s *frictionless.Schema, o Options) (*Program, error) {
	return compile(ctx, s, o)
}

// Schema returns the schema that the program was made of.
func (p *Program) Schema() *frictionless.Schema { return p.schema }

// Run holds a table against the schema. Foreign keys to other tables are held when [Options.Tables] knows these, and left
// aside otherwise: see [Bundle]. The faults are those of reading the file; faults of the data are in the report.
func (p *Program) Run(ctx context.Context, t *format.Table) (*Report, error) {
	return p.run(ctx, t)
}
