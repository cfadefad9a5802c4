package query

import (
	"errors"

	"socle/internal/fault"
	"socle/internal/schema"
)

// RowID identifies a row inside its version: the place of its file, then the place of the row in the file.
// Identifiers ascend in the order of the version.
type RowID int64

// A Cursor is a place in the order of a plan: just at one row.
type Cursor struct {
	Keys []Literal // the values of the sort keys (and of the group keys) at that row
	Row  RowID     // the row; 0 in a grouped plan
}

// String is the cursor as an address carries it.
func (c Cursor) String() string { return "" }

// ParseCursor reads what [Cursor.String] wrote.
func ParseCursor(text string) (Cursor, error) { return Cursor{}, errNotYet }

var errNotYet = errors.New("query: being written")

// SyntaxError is what is wrong with a query, and where. It carries a [fault.Error] of kind Invalid whose code is
// "ODSQLSyntaxError" when the text cannot be read and "ODSQLError" when it means nothing on this dataset.
type SyntaxError struct {
	Clause     string // the parameter at fault: "select", "where", "group_by", "order_by", "refine", "exclude", "facet"
	Text       string // the clause as it came
	Position   int    // where in the clause, in characters from 0
	Found      string // the word there; "" at the end
	Expected   string // what could have been there, in English; "" when many things could
	Suggestion string // the field or function that was probably meant; ""
	Fault      *fault.Error
}

func (e *SyntaxError) Error() string { return e.Fault.Error() }

// Unwrap returns the fault with its sentence in both languages.
func (e *SyntaxError) Unwrap() error { return e.Fault }

// Bind checks a request against the fields of a version and returns its plan. Fields that the caller may not see
// must not be in the schema. Every error is a [*SyntaxError], or another fault of kind Invalid.
func Bind(from Source, fields schema.Schema, request Request, options Options) (*Plan, error) {
	return nil, errNotYet
}

// Condition reads one where text against the fields of a version: for the row filter of a grant.
func Condition(fields schema.Schema, where string) (Expr, error) { return nil, errNotYet }

// All is the plan of every row and every field of a version, in its order.
func All(from Source, fields schema.Schema) *Plan { return nil }

// Key is the plan as a canonical text: two plans with the same key have the same answer for ever, because a
// version does not change.
func (p *Plan) Key() string { return "" }

// Restrict keeps only the rows that also fulfil the condition.
func (p *Plan) Restrict(condition Expr) {}

// Hide takes fields away from the plan: out of *, of patterns and of full text, in silence. A plan that names
// such a field is refused as if the field did not exist. It returns an error of kind Invalid then.
func (p *Plan) Hide(hidden func(field string) bool) error { return errNotYet }

// Fields returns the names of the fields that the plan reads, without repetition, in the order of the schema's use.
func (p *Plan) Fields() []string { return nil }

// Total is the plan whose rows are those that p would give without limit, offset and cursor.
func (p *Plan) Total() *Plan { return nil }

// A Facet asks for the values of a field with the number of rows of each.
type Facet struct {
	Field        schema.Field
	Disjunctive  bool   // refinements on it do not lower its own counts
	Hierarchical bool   // values are paths, opened where they are refined; dates always are
	Separator    string // between the parts of a path
	Sort         FacetSort
	Limit        int // values at most; 0 is 100
}

// FacetSort is the order of the values of a facet.
type FacetSort int

// The orders of facets.
const (
	ByCountDesc FacetSort = iota
	ByCount
	ByValue
	ByValueDesc
)

// BindFacet reads one facet parameter: a field's name, or facet(name="f", disjunctive=true, sort="-count", limit=20…).
func BindFacet(fields schema.Schema, text string, options Options) (Facet, error) {
	return Facet{}, errNotYet
}

// Fold writes text as full text compares it: lower case, without accents.
func Fold(text string) string { return text }

// Terms splits text into the folded terms that full text looks for.
func Terms(text string) []string { return nil }
