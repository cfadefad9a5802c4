// Package schema says what the columns of a table are: their names, types, meanings and constraints.
//
// It is the vocabulary that the whole house shares about fields; it reads and writes Frictionless Table Schema,
// and it decides nothing about data.
package schema

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Type is the type of a field's values.
type Type string

// The types of a field. The comment says how a value is stored in a Parquet file and how Go holds it.
const (
	Text     Type = "text"     // VARCHAR; string
	Integer  Type = "integer"  // BIGINT; int64
	Decimal  Type = "decimal"  // DOUBLE, or DECIMAL(38,s) where a double would lose digits; float64 or string
	Boolean  Type = "boolean"  // BOOLEAN; bool
	Date     Type = "date"     // DATE; time.Time at midnight UTC
	Datetime Type = "datetime" // TIMESTAMP WITH TIME ZONE (UTC); time.Time
	Point    Type = "point"    // STRUCT(lon DOUBLE, lat DOUBLE), WGS 84; Coordinates
	Geometry Type = "geometry" // VARCHAR holding a GeoJSON geometry, WGS 84; json.RawMessage
	JSON     Type = "json"     // VARCHAR holding a JSON value (lists, objects); json.RawMessage
)

// Types lists every type, in the order in which a form offers them.
var Types = []Type{Text, Integer, Decimal, Boolean, Date, Datetime, Point, Geometry, JSON}

// Valid reports whether t is one of [Types].
func (t Type) Valid() bool { return slices.Contains(Types, t) }

// Numeric reports whether values of the type can be added.
func (t Type) Numeric() bool { return t == Integer || t == Decimal }

// Temporal reports whether the type is a day or an instant.
func (t Type) Temporal() bool { return t == Date || t == Datetime }

// Spatial reports whether the type places things on the Earth.
func (t Type) Spatial() bool { return t == Point || t == Geometry }

// Coordinates is the value of a [Point] field, in degrees (WGS 84).
type Coordinates struct {
	Lon float64 `json:"lon"`
	Lat float64 `json:"lat"`
}

// Field is one column of a version.
type Field struct {
	Name        string `json:"name"`                  // technical name, see [Name]; unique in its schema
	Label       string `json:"label"`                 // the header as it came, or as a person rewrote it
	Type        Type   `json:"type"`                  //
	Format      string `json:"format,omitempty"`      // how the source wrote it: "%d/%m/%Y", "comma" (decimal), "oui/non", "lat,lon"…
	Concept     string `json:"concept,omitempty"`     // what it identifies: "uai", "siret", "commune", "ine"… (package french), or ""
	Personal    bool   `json:"personal,omitempty"`    // holds identifiers of people, by value or by name
	Description string `json:"description,omitempty"` // what it means, for readers; plain text
	Unit        string `json:"unit,omitempty"`        //
	Scale       int    `json:"scale,omitempty"`       // decimals of a Decimal stored exactly; 0 when it is a double
}

// Exact reports whether a Decimal field is stored as DECIMAL(38, Scale) because a double would lose digits.
func (f Field) Exact() bool { return f.Type == Decimal && f.Scale > 0 }

// IsYear reports whether a whole number is a year by its name, so that people read it without a space: 2025.
func (f Field) IsYear() bool {
	return f.Type == Integer && slices.ContainsFunc(strings.Split(f.Name, "_"), func(word string) bool {
		return slices.Contains([]string{"annee", "an", "year", "millesime", "rentree", "session", "exercice"}, word)
	})
}

// Schema is the ordered list of fields of a version.
type Schema struct {
	Fields     []Field  `json:"fields"`
	PrimaryKey []string `json:"primaryKey,omitempty"` // names of the fields that together identify a row
}

// Field returns the field called name and whether there is one.
func (s Schema) Field(name string) (Field, bool) {
	for _, f := range s.Fields {
		if f.Name == name {
			return f, true
		}
	}
	return Field{}, false
}

// Names returns the technical names, in order.
func (s Schema) Names() []string {
	names := make([]string, len(s.Fields))
	for i, f := range s.Fields {
		names[i] = f.Name
	}
	return names
}

// First returns the first field of one of the types and whether there is one.
func (s Schema) First(types ...Type) (Field, bool) {
	for _, f := range s.Fields {
		if slices.Contains(types, f.Type) {
			return f, true
		}
	}
	return Field{}, false
}

// Name turns a header into a technical name: lower case, accents folded, every run of anything but letters and
// digits turned to one "_", none at either end. It returns "" for a header without a letter or a digit.
func Name(header string) string {
	var b strings.Builder
	gap := false
	for _, r := range norm.NFKD.String(header) {
		switch {
		case unicode.Is(unicode.Mn, r):
			continue
		case ligature(r) != "":
			writeGap(&b, &gap)
			b.WriteString(ligature(r))
		case r < 128 && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			writeGap(&b, &gap)
			b.WriteRune(unicode.ToLower(r))
		default:
			gap = true
		}
	}
	return b.String()
}

func writeGap(b *strings.Builder, gap *bool) {
	if *gap && b.Len() > 0 {
		b.WriteByte('_')
	}
	*gap = false
}

func ligature(r rune) string {
	switch r {
	case 'œ', 'Œ':
		return "oe"
	case 'æ', 'Æ':
		return "ae"
	case 'ß':
		return "ss"
	case 'ø', 'Ø':
		return "o"
	case 'ł', 'Ł':
		return "l"
	}
	return ""
}

// Names turns headers into unique technical names: an empty header becomes "colonne_3" after its place, a
// repeated one takes "_2", "_3"… as its end.
func Names(headers []string) []string {
	names := make([]string, len(headers))
	taken := map[string]bool{}
	next := map[string]int{} // the number that a repetition tries first, so that ten thousand of one name stay quick
	for i, header := range headers {
		name := Name(header)
		if name == "" {
			name = "colonne_" + strconv.Itoa(i+1)
		}
		unique := name
		for n := max(2, next[name]); taken[unique]; n++ {
			unique = name + "_" + strconv.Itoa(n)
			next[name] = n + 1
		}
		taken[unique] = true
		names[i] = unique
	}
	return names
}
