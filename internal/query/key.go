package query

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Key names the plan: two plans with the same key have the same answer for ever, because a version does not
// change. It is a digest of [Plan.Canonical].
func (p *Plan) Key() string {
	sum := sha256.Sum256([]byte(p.Canonical()))
	return hex.EncodeToString(sum[:16])
}

// Canonical writes everything that the answer depends on, without ambiguity.
func (p *Plan) Canonical() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%q/%d", p.From.Dataset, p.From.Version)
	for _, c := range p.Columns {
		fmt.Fprintf(&b, " select %q %q %q ", c.Name, c.Label, c.Field.Format)
		writeExpr(&b, c.Expr)
	}
	if p.Where != nil {
		b.WriteString(" where ")
		writeExpr(&b, p.Where)
	}
	if p.Seen != nil {
		b.WriteString(" seen ")
		writeExpr(&b, p.Seen)
	}
	for _, r := range p.Refinements {
		fmt.Fprintf(&b, " refine %q %t", r.Field.Name, r.Exclude)
		for _, v := range r.Values {
			fmt.Fprintf(&b, " %q %q ", v.Text, v.Below)
			writeExpr(&b, v.Value)
			writeExpr(&b, v.Until)
		}
	}
	if p.Grouped {
		b.WriteString(" grouped")
	}
	for _, g := range p.Groups {
		fmt.Fprintf(&b, " by %q ", g.Name)
		writeExpr(&b, g.Expr)
	}
	for _, o := range p.Order {
		fmt.Fprintf(&b, " order %t ", o.Desc)
		writeExpr(&b, o.Expr)
	}
	fmt.Fprintf(&b, " limit %d offset %d zone %q position %t", max(p.Limit, -1), p.Offset, p.Timezone, p.Position)
	if p.After != nil {
		b.WriteString(" after " + p.After.String())
	}
	return b.String()
}

func canonicalExpr(e Expr) string {
	var b strings.Builder
	writeExpr(&b, e)
	return b.String()
}

// writeExpr writes an expression as a list: its type, its settings, its parts.
func writeExpr(b *strings.Builder, e Expr) {
	switch e := e.(type) {
	case Field:
		fmt.Fprintf(b, "(field %q %s %d)", e.Name, e.Field.Type, e.Scale)
		return
	case Literal:
		b.WriteString(e.canonical())
		return
	}
	fmt.Fprintf(b, "(%T", e)
	switch e := e.(type) {
	case Arithmetic:
		fmt.Fprintf(b, " %d", e.Op)
	case Call:
		fmt.Fprintf(b, " %d", e.Func)
	case DateFormat:
		fmt.Fprintf(b, " %q %s", e.Parts, e.Lang)
	case Distance:
		fmt.Fprintf(b, " %v", e.From)
	case Aggregate:
		fmt.Fprintf(b, " %d %t %v", e.Func, e.Distinct, e.Fraction)
	case BandStatic:
		writeLiterals(b, e.Bounds)
	case BandWidth:
		fmt.Fprintf(b, " %v", e.Width)
	case BandPeriod:
		fmt.Fprintf(b, " %d %d", e.Count, e.Unit)
	case Compare:
		fmt.Fprintf(b, " %d", e.Op)
	case IsBool:
		fmt.Fprintf(b, " %t", e.Want)
	case In:
		writeLiterals(b, e.Values)
	case Between:
		fmt.Fprintf(b, " %t %t", e.LowOpen, e.HighOpen)
		writeLiterals(b, []Literal{e.Low, e.High})
	case Like:
		fmt.Fprintf(b, " %q", e.Pattern)
	case Match:
		fmt.Fprintf(b, " %d %q", e.Mode, e.Terms)
	case Contains:
		writeLiterals(b, []Literal{e.Value})
	case WithinDistance:
		fmt.Fprintf(b, " %v %v", e.From, e.Metres)
	case Related:
		fmt.Fprintf(b, " %d %q", e.Op, e.To.WKT)
	case Mercator:
		fmt.Fprintf(b, " %t", e.South)
	case GeoCluster:
		fmt.Fprintf(b, " %d %d", e.Zoom, e.Radius)
	case InBox:
		fmt.Fprintf(b, " %v %v", e.Min, e.Max)
	case RowIs:
		fmt.Fprintf(b, " %d", e.ID)
	case Negate, And, Or, Not, IsNull, Element:
	}
	for _, child := range children(e) {
		b.WriteByte(' ')
		writeExpr(b, child)
	}
	b.WriteByte(')')
}

func writeLiterals(b *strings.Builder, literals []Literal) {
	for _, l := range literals {
		b.WriteString(" " + l.canonical())
	}
}

func (l Literal) canonical() string {
	switch l.Kind {
	case Text:
		return strconv.Quote(l.Text)
	case Integer:
		return strconv.FormatInt(l.Integer, 10)
	case Decimal:
		return "d" + strconv.FormatFloat(l.Decimal, 'g', -1, 64)
	case Boolean:
		return strconv.FormatBool(l.Boolean)
	case Date:
		return "date" + l.Time.Format("2006-01-02")
	case Datetime:
		return "at" + l.Time.UTC().Format(time.RFC3339Nano)
	}
	return "null"
}

// Canonical writes an expression without ambiguity: two with the same text always have the same value.
func Canonical(e Expr) string { return canonicalExpr(e) }
