package query

import (
	"time"

	"socle/internal/schema"
)

// Expr is one node of a plan's expression. The implementations are the types of this file and no other:
// whoever compiles a plan switches over all of them.
type Expr interface {
	Type() schema.Type // the type of its values; "" for the null literal
	isExpr()
}

// LiteralKind tells which value a [Literal] holds.
type LiteralKind int

// The kinds of literals.
const (
	Null LiteralKind = iota
	Text
	Integer
	Decimal
	Boolean
	Date
	Datetime
)

// Value expressions.
type (
	// Field is the value of a field of the version.
	Field struct{ schema.Field }

	// Literal is a constant. Only the member that its kind names is set.
	Literal struct {
		Kind    LiteralKind
		Text    string
		Integer int64
		Decimal float64
		Boolean bool
		Time    time.Time // UTC; midnight for a Date
	}

	// Arithmetic is + - * / on numbers; a division by zero is null.
	Arithmetic struct {
		Op          ArithmeticOp
		Left, Right Expr
	}

	// Negate is the opposite of a number.
	Negate struct{ Of Expr }

	// Call is a scalar function.
	Call struct {
		Func ScalarFunc
		Args []Expr
	}

	// DateFormat writes a day or an instant as a sequence of parts.
	DateFormat struct {
		Of    Expr
		Parts []DatePart
		Lang  string // of the names of months and days: one of the languages of the Explore API
	}

	// Distance is the distance in metres from a point, or from the nearest place of a geometry, to a point, on a
	// sphere of radius 6 371 008.8 m.
	Distance struct {
		Of   Expr
		From schema.Coordinates
	}

	// Element is one value of a list. It is only a group key: a row is in the group of each of its values.
	Element struct{ Field }

	// Aggregate is one value for each group.
	Aggregate struct {
		Func     AggregateFunc
		Of       Expr // nil for count(*)
		Distinct bool
		Fraction float64 // of [Percentile], between 0 and 1
	}

	// BandStatic puts a number or a time in one of the bands between bounds; lower bound included, upper excluded.
	// The value is the band as text, "[10, 50[".
	BandStatic struct {
		Of     Expr
		Bounds []Literal // ascending; a Null first or last one means no limit on that side
	}

	// BandWidth puts a number in bands of equal width. The value is the band as text.
	BandWidth struct {
		Of    Expr
		Width float64
	}

	// GeoCluster gathers the points that are close to each other at a zoom of a web map: those of one geohash cell,
	// then the cells whose centres are closer than the radius. The value is the mean position of the group.
	GeoCluster struct {
		Of     Expr // of points
		Zoom   int  // 0 to 25; the world is 256 pixels wide at zoom 0
		Radius int  // pixels
	}

	// Mercator is a coordinate of a point on the square map of the web, from 0 to 1 excluded: eastwards from the
	// antimeridian, southwards from 85.0511° north. What is nearer to a pole is on the edge of the map.
	Mercator struct {
		Of    Expr // of points
		South bool // the coordinate southwards; else the one eastwards
	}

	// RowNumber is the identifier of the row: see [RowID].
	RowNumber struct{}

	// BandPeriod puts a time in periods. The value is the first instant of the period.
	BandPeriod struct {
		Of    Expr
		Count int
		Unit  PeriodUnit
	}
)

// Conditions; their type is boolean.
type (
	// Compare compares two values; false when either is null.
	Compare struct {
		Op          CompareOp
		Left, Right Expr
	}
	// And holds when all do.
	And struct{ Of []Expr }
	// Or holds when one does.
	Or struct{ Of []Expr }
	// Not holds when the condition does not.
	Not struct{ Of Expr }
	// IsNull holds when the value is empty.
	IsNull struct{ Of Expr }
	// IsBool holds when the value is exactly Want.
	IsBool struct {
		Of   Expr
		Want bool
	}
	// In holds when the value is one of the list.
	In struct {
		Of     Expr
		Values []Literal
	}
	// Between holds when the value is in the interval; a Null end is no limit.
	Between struct {
		Of                Expr
		Low, High         Literal
		LowOpen, HighOpen bool
	}
	// Like holds when the text contains the words, or fits the pattern when it has a * or a ?.
	Like struct {
		Of      Expr
		Pattern string
	}
	// Match is full text: every term is found in one of the fields, accents and case ignored except by [StartsWith].
	Match struct {
		Mode   MatchMode
		Fields []Field
		Terms  []string // folded, see [Fold]; for [StartsWith] the one prefix as written
		Star   bool     // over all visible fields, not named ones
	}
	// Contains holds when a list, in a field of JSON, has the value.
	Contains struct {
		List  Expr
		Value Literal
	}
	// WithinDistance holds when a point, or some place of a geometry, is no farther than Metres from a centre.
	WithinDistance struct {
		Of     Expr
		From   schema.Coordinates
		Metres float64
	}
	// Related holds when a point or a geometry is related so to a constant geometry, on the plane of longitudes and
	// latitudes.
	Related struct {
		Op Relation
		Of Expr
		To Shape
	}
	// InBox holds when a point, or the whole of a geometry, is in a box of latitudes and longitudes, edges included.
	InBox struct {
		Of       Expr
		Min, Max schema.Coordinates
	}
	// RowIs holds for the one row with that identifier.
	RowIs struct{ ID RowID }
)

// A DatePart is one part of a [DateFormat]: one of the tokens yyyy yy xxxx xx ww w e E EEEE D DDD M MM MMM MMMM d dd
// H HH m mm s ss, or text as it is.
type DatePart struct {
	Token string // "" for text
	Text  string
}

// ArithmeticOp is an operator on numbers.
type ArithmeticOp int

// The operators on numbers.
const (
	Add ArithmeticOp = iota
	Subtract
	Multiply
	Divide
)

// CompareOp is a comparison.
type CompareOp int

// The comparisons.
const (
	Equal CompareOp = iota
	NotEqual
	Less
	LessEqual
	Greater
	GreaterEqual
)

// ScalarFunc is a function of one row.
type ScalarFunc int

// The scalar functions.
const (
	Length ScalarFunc = iota
	Lower
	Upper
	IfNull
	Year
	Quarter
	Month
	Day
	DayOfWeek // 0 is Monday
	Hour
	Minute
	Second
	Millisecond
	JSONFormat // a text read as JSON; the second argument when it is none, or else the text
	Random     // a number in [0, 1[ that depends on the row and on the seed only
)

// AggregateFunc is a function of a group.
type AggregateFunc int

// The aggregates.
const (
	Count AggregateFunc = iota
	Sum
	Average
	Minimum
	Maximum
	Median
	Percentile
	Bounds // the box around points or geometries, as a geometry
	Hull   // the convex hull of points, as a geometry
)

// Relation is how one geometry lies to another.
type Relation int

// The relations.
const (
	Intersects Relation = iota // they share a place
	Disjoint                   // they share none
	Inside                     // no place of the first is outside the second, nor is it all on its edge
)

// MatchMode is how the terms of a full-text condition are looked for.
type MatchMode int

// The modes of full text.
const (
	Words      MatchMode = iota // every term is a whole word
	Search                      // every term but the last is a word, the last one a prefix
	Suggest                     // every term is a prefix of a word
	StartsWith                  // the whole value starts so, case and accents counting
)

// PeriodUnit is a unit of [BandPeriod].
type PeriodUnit int

// The units of periods.
const (
	Milliseconds PeriodUnit = iota
	Seconds
	Minutes
	Hours
	Days
	Weeks
	Months
	Quarters
	Years
)

func (Field) isExpr()          {}
func (Literal) isExpr()        {}
func (Arithmetic) isExpr()     {}
func (Negate) isExpr()         {}
func (Call) isExpr()           {}
func (DateFormat) isExpr()     {}
func (Distance) isExpr()       {}
func (Aggregate) isExpr()      {}
func (BandStatic) isExpr()     {}
func (BandWidth) isExpr()      {}
func (BandPeriod) isExpr()     {}
func (Element) isExpr()        {}
func (GeoCluster) isExpr()     {}
func (Mercator) isExpr()       {}
func (RowNumber) isExpr()      {}
func (Related) isExpr()        {}
func (Compare) isExpr()        {}
func (And) isExpr()            {}
func (Or) isExpr()             {}
func (Not) isExpr()            {}
func (IsNull) isExpr()         {}
func (IsBool) isExpr()         {}
func (In) isExpr()             {}
func (Between) isExpr()        {}
func (Like) isExpr()           {}
func (Match) isExpr()          {}
func (Contains) isExpr()       {}
func (WithinDistance) isExpr() {}
func (InBox) isExpr()          {}
func (RowIs) isExpr()          {}

// Type is the type of the field.
func (f Field) Type() schema.Type { return f.Field.Type }

// Type is the type of the constant, "" for null.
func (l Literal) Type() schema.Type {
	return [...]schema.Type{"", schema.Text, schema.Integer, schema.Decimal, schema.Boolean, schema.Date, schema.Datetime}[l.Kind]
}

// Type is integer when both sides are and nothing is divided, else decimal.
func (a Arithmetic) Type() schema.Type {
	if a.Op != Divide && a.Left.Type() == schema.Integer && a.Right.Type() == schema.Integer {
		return schema.Integer
	}
	return schema.Decimal
}

// Type is that of the number.
func (n Negate) Type() schema.Type { return n.Of.Type() }

// Type is what the function returns.
func (c Call) Type() schema.Type {
	switch c.Func {
	case Lower, Upper:
		return schema.Text
	case IfNull:
		for _, arg := range c.Args {
			if t := arg.Type(); t != "" {
				if t == schema.Integer && c.Args[len(c.Args)-1].Type() == schema.Decimal {
					return schema.Decimal
				}
				return t
			}
		}
		return ""
	case Random:
		return schema.Decimal
	case JSONFormat:
		return schema.JSON
	default:
		return schema.Integer
	}
}

// Type is what the aggregate returns.
func (a Aggregate) Type() schema.Type {
	switch a.Func {
	case Count:
		return schema.Integer
	case Average:
		return schema.Decimal
	case Bounds, Hull:
		return schema.Geometry
	case Median, Percentile:
		if a.Of.Type().Temporal() {
			return a.Of.Type()
		}
		return schema.Decimal
	default:
		return a.Of.Type()
	}
}

// Type is that of the value, a day for days.
func (b BandPeriod) Type() schema.Type { return b.Of.Type() }

func (DateFormat) Type() schema.Type     { return schema.Text }
func (Element) Type() schema.Type        { return schema.Text }
func (GeoCluster) Type() schema.Type     { return schema.Point }
func (Mercator) Type() schema.Type       { return schema.Decimal }
func (RowNumber) Type() schema.Type      { return schema.Integer }
func (Related) Type() schema.Type        { return schema.Boolean }
func (Distance) Type() schema.Type       { return schema.Decimal }
func (BandStatic) Type() schema.Type     { return schema.Text }
func (BandWidth) Type() schema.Type      { return schema.Text }
func (Compare) Type() schema.Type        { return schema.Boolean }
func (And) Type() schema.Type            { return schema.Boolean }
func (Or) Type() schema.Type             { return schema.Boolean }
func (Not) Type() schema.Type            { return schema.Boolean }
func (IsNull) Type() schema.Type         { return schema.Boolean }
func (IsBool) Type() schema.Type         { return schema.Boolean }
func (In) Type() schema.Type             { return schema.Boolean }
func (Between) Type() schema.Type        { return schema.Boolean }
func (Like) Type() schema.Type           { return schema.Boolean }
func (Match) Type() schema.Type          { return schema.Boolean }
func (Contains) Type() schema.Type       { return schema.Boolean }
func (WithinDistance) Type() schema.Type { return schema.Boolean }
func (InBox) Type() schema.Type          { return schema.Boolean }
func (RowIs) Type() schema.Type          { return schema.Boolean }
