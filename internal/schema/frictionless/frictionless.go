// Package frictionless holds the documents of the Frictionless Data standards: Table Schema and Data Package,
// versions 1 and 2, and Table Dialect.
//
// It reads them, says exactly what is wrong with one that is not what it claims to be, and writes them back with
// nothing lost: properties that the standards do not know are kept, in their order. It knows nothing of data; package
// validate holds a table against a schema.
//
// Sources: https://datapackage.org/standard/table-schema/, …/table-dialect/, …/data-package/, …/data-resource/ (2.0),
// https://specs.frictionlessdata.io (1.0). Custom checks: the convention of Validata, which schema.data.gouv.fr follows.
package frictionless

import (
	"encoding/json"
	"slices"

	"socle/internal/i18n"
)

// Type is the type of the values of a field.
type Type string

// The types of Table Schema. List is new in version 2.
const (
	String    Type = "string"
	Number    Type = "number"
	Integer   Type = "integer"
	Boolean   Type = "boolean"
	Object    Type = "object"
	Array     Type = "array"
	List      Type = "list"
	Datetime  Type = "datetime"
	Date      Type = "date"
	Time      Type = "time"
	Year      Type = "year"
	YearMonth Type = "yearmonth"
	Duration  Type = "duration"
	Geopoint  Type = "geopoint"
	GeoJSON   Type = "geojson"
	Any       Type = "any"
)

// Types lists every type, in the order of the standard.
var Types = []Type{String, Number, Integer, Boolean, Object, Array, List, Datetime, Date, Time, Year, YearMonth, Duration, Geopoint, GeoJSON, Any}

// FieldsMatch says how the fields of a schema are laid over the columns of a file.
type FieldsMatch string

// The ways of matching. All but MatchExact go by name.
const (
	MatchExact    FieldsMatch = "exact"    // the same columns in the same order; the default
	MatchEqual    FieldsMatch = "equal"    // the same set of columns
	MatchSubset   FieldsMatch = "subset"   // the file has every field, and may have more columns
	MatchSuperset FieldsMatch = "superset" // the file has only fields, and may lack some
	MatchPartial  FieldsMatch = "partial"  // at least one in common
)

// The addresses that say which version of the standard a schema follows.
const (
	TableSchemaV1 = "https://datapackage.org/profiles/1.0/tableschema.json"
	TableSchemaV2 = "https://datapackage.org/profiles/2.0/tableschema.json"
)

// A Schema is a Table Schema.
type Schema struct {
	Profile       string         // $schema; empty means version 1
	Name          string         // as schema.data.gouv.fr and Data Packages name it
	Title         string         //
	Description   string         //
	Homepage      string         //
	Version       string         // of the schema itself
	Fields        []Field        //
	FieldsMatch   FieldsMatch    // empty means exact
	MissingValues []MissingValue // nil when not said, which means [""]; empty when said to be none: see [Schema.Missing]
	PrimaryKey    []string       // names of fields; each is then required
	UniqueKeys    [][]string     // version 2
	ForeignKeys   []ForeignKey   //
	CustomChecks  []Check        // custom_checks, the convention of Validata
	Extra         Extra          // properties that the standard does not know
	Notes         []Problem      // oddities that were tolerated when reading; not written

	order []string
}

// A Field describes one column.
type Field struct {
	Name              string
	Title             string
	Description       string
	Example           json.RawMessage // any JSON value; nil when absent
	Type              Type            // [Any] when absent: never inferred
	Format            string          // "default" is kept empty; without the "fmt:" of the first drafts
	Constraints       Constraints
	MissingValues     []MissingValue // nil: those of the schema; they replace them, and are not added
	Categories        []Category     // closed list of values; nil when absent
	CategoriesOrdered bool
	RDFType           string // address of an RDF class

	DecimalChar string   // number; "" means "."
	GroupChar   string   // number, integer; "" means none
	BareNumber  *bool    // number, integer; nil means true
	TrueValues  []string // boolean; nil means true, True, TRUE, 1
	FalseValues []string // boolean; nil means false, False, FALSE, 0
	Delimiter   string   // list; "" means ","
	ItemType    Type     // list; "" means string

	Extra Extra

	order []string
}

// Constraints are what the values of a field must satisfy besides their type. Bounds and lists are kept as JSON: what
// they mean depends on the type.
type Constraints struct {
	Required         bool
	Unique           bool
	MinLength        *int
	MaxLength        *int
	Minimum          json.RawMessage
	Maximum          json.RawMessage
	ExclusiveMinimum json.RawMessage
	ExclusiveMaximum json.RawMessage
	Pattern          string // a regular expression of XML Schema: it speaks of the whole value
	Enum             []json.RawMessage
	JSONSchema       json.RawMessage
	Extra            Extra // constraints that the standard does not know; nobody checks them

	order []string
}

// A MissingValue is a text that stands for nothing, with what kind of nothing it is.
type MissingValue struct {
	Value string
	Label string // version 2; empty when not said
	Extra Extra
}

// A Category is one value of a closed list, with its label.
type Category struct {
	Value json.RawMessage // a string or an integer
	Label string
	Extra Extra
}

// A ForeignKey says that fields take their values in those of another table, or of the same one.
type ForeignKey struct {
	Fields    []string
	Resource  string   // of the same Data Package; empty for the table itself
	Reference []string // fields of the other table, as many as Fields
	Extra     Extra

	self bool  // "resource": "" was said
	more Extra // of the reference
}

// A Check is a rule over one or several columns that the standard has no word for.
type Check struct {
	Name   string
	Params Extra
	Extra  Extra
}

// Missing returns the texts that stand for nothing in a field of the schema.
func (s *Schema) Missing(f *Field) []MissingValue {
	switch {
	case f.MissingValues != nil:
		return f.MissingValues
	case s.MissingValues != nil:
		return s.MissingValues
	}
	return []MissingValue{{}}
}

// V2 reports whether the schema says that it follows version 2.
func (s *Schema) V2() bool { return s.Profile == TableSchemaV2 }

// Field returns the first field with a name, nil when there is none.
func (s *Schema) Field(name string) *Field {
	if i := slices.IndexFunc(s.Fields, func(f Field) bool { return f.Name == name }); i >= 0 {
		return &s.Fields[i]
	}
	return nil
}

// Extra holds properties that the standard does not know, in their order.
type Extra []Member

// A Member is one property of a JSON object.
type Member struct {
	Name  string
	Value json.RawMessage
}

// Get returns the value of a property, nil when it is not there.
func (e Extra) Get(name string) json.RawMessage {
	for _, m := range e {
		if m.Name == name {
			return m.Value
		}
	}
	return nil
}

// Text returns the value of a property that is a text, "" when it is not there or not a text.
func (e Extra) Text(name string) string {
	var s string
	_ = json.Unmarshal(e.Get(name), &s) // not a text: ""
	return s
}

// Texts returns the value of a property that is a list of texts, or one text.
func (e Extra) Texts(name string) []string {
	raw := e.Get(name)
	var list []string
	if json.Unmarshal(raw, &list) == nil {
		return list
	}
	if s := e.Text(name); s != "" {
		return []string{s}
	}
	return nil
}

// Set gives a property a value, which must be writable as JSON; nil removes it.
func (e *Extra) Set(name string, value any) error {
	i := slices.IndexFunc(*e, func(m Member) bool { return m.Name == name })
	if value == nil {
		if i >= 0 {
			*e = slices.Delete(*e, i, i+1)
		}
		return nil
	}
	raw, err := compactJSON(value)
	if err != nil {
		return err
	}
	if i >= 0 {
		(*e)[i].Value = raw
	} else {
		*e = append(*e, Member{name, raw})
	}
	return nil
}

// A Problem is something wrong, or odd, at one place of a document.
type Problem struct {
	Path    string    `json:"path"` // "fields[3].constraints.pattern"; "" for the document itself
	Message i18n.Text `json:"message"`
}
