package query

import (
	"strings"
)

// node is one node of the syntax tree. Its position is a byte of the clause.
type node interface {
	pos() int
	print(b *strings.Builder, outer int)
}

// The syntax tree.
type (
	name struct {
		at     int
		text   string
		quoted bool
	}
	starNode struct{ at int }
	text     struct {
		at    int
		value string
	}
	number struct {
		at     int
		digits string
	}
	boolean struct {
		at    int
		value bool
	}
	null   struct{ at int }
	moment struct { // date'…'
		at    int
		value string
	}
	geometry struct { // geom'…'
		at    int
		value string
	}
	quantity struct { // 10km, 1 day
		at     int
		digits string
		unit   string
	}
	negation struct { // -x
		at int
		of node
	}
	inversion struct { // not x
		at int
		of node
	}
	operation struct { // + - * / and comparisons
		at          int
		op          string
		left, right node
	}
	logic struct { // and, or; flat
		at int
		op string
		of []node
	}
	is struct { // x is [not] null, true, false
		at   int
		of   node
		not  bool
		what string
	}
	inList struct {
		at     int
		of     node
		values []node
	}
	inRange struct {
		at                int
		of                node
		low, high         node // a starNode for no limit
		lowOpen, highOpen bool
	}
	inField struct { // "x" in field
		at    int
		value node
		field node
	}
	call struct {
		at       int
		function string // lower case
		distinct bool
		args     []argument
	}
)

// argument is one argument of a call, maybe named: now(months=-1).
type argument struct {
	at    int
	name  string
	value node
}

// item is one part of select.
type item struct {
	start, end int // of the expression in the clause
	expr       node
	alias      string
	aliasAt    int
	patterns   []string // of include(…) and exclude(…)
	exclude    bool
}

// key is one part of order_by.
type key struct {
	expr node
	desc bool
}

func (n name) pos() int      { return n.at }
func (n starNode) pos() int  { return n.at }
func (n text) pos() int      { return n.at }
func (n number) pos() int    { return n.at }
func (n boolean) pos() int   { return n.at }
func (n null) pos() int      { return n.at }
func (n moment) pos() int    { return n.at }
func (n geometry) pos() int  { return n.at }
func (n quantity) pos() int  { return n.at }
func (n negation) pos() int  { return n.at }
func (n inversion) pos() int { return n.at }
func (n operation) pos() int { return n.at }
func (n logic) pos() int     { return n.at }
func (n is) pos() int        { return n.at }
func (n inList) pos() int    { return n.at }
func (n inRange) pos() int   { return n.at }
func (n inField) pos() int   { return n.at }
func (n call) pos() int      { return n.at }

// How tightly operators bind, loosest first.
const (
	bindOr = iota + 1
	bindAnd
	bindNot
	bindCompare
	bindSum
	bindProduct
	bindSign
)

// show writes a tree as a clause that reads back as the same tree.
func show(n node) string {
	var b strings.Builder
	n.print(&b, 0)
	return b.String()
}

func bracket(b *strings.Builder, outer, inner int, write func()) {
	if inner < outer {
		b.WriteByte('(')
		defer b.WriteByte(')')
	}
	write()
}

func (n name) print(b *strings.Builder, _ int) {
	if n.quoted {
		b.WriteString("`" + n.text + "`")
		return
	}
	b.WriteString(n.text)
}

func (n starNode) print(b *strings.Builder, _ int) { b.WriteByte('*') }

func (n text) print(b *strings.Builder, _ int) { b.WriteString(quoteText(n.value)) }

func quoteText(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`, "\r", `\r`).Replace(s) + `"`
}

func (n number) print(b *strings.Builder, _ int) { b.WriteString(n.digits) }

func (n boolean) print(b *strings.Builder, _ int) {
	if n.value {
		b.WriteString("true")
		return
	}
	b.WriteString("false")
}

func (n null) print(b *strings.Builder, _ int)     { b.WriteString("null") }
func (n moment) print(b *strings.Builder, _ int)   { b.WriteString("date" + quoteText(n.value)) }
func (n geometry) print(b *strings.Builder, _ int) { b.WriteString("geom" + quoteText(n.value)) }

func (n quantity) print(b *strings.Builder, _ int) {
	b.WriteString(n.digits)
	if !quantityWord.MatchString("1" + n.unit) {
		b.WriteByte(' ')
	}
	b.WriteString(n.unit)
}

func (n negation) print(b *strings.Builder, outer int) {
	bracket(b, outer, bindSign, func() {
		b.WriteString("- ")
		n.of.print(b, bindSign)
	})
}

func (n inversion) print(b *strings.Builder, outer int) {
	bracket(b, outer, bindNot, func() {
		b.WriteString("not ")
		n.of.print(b, bindNot)
	})
}

func (n operation) print(b *strings.Builder, outer int) {
	inner, right := bindCompare, bindSum
	left := bindSum
	switch n.op {
	case "+", "-":
		inner, left, right = bindSum, bindSum, bindProduct
	case "*", "/":
		inner, left, right = bindProduct, bindProduct, bindSign
	}
	bracket(b, outer, inner, func() {
		n.left.print(b, left)
		b.WriteString(" " + n.op + " ")
		n.right.print(b, right)
	})
}

func (n logic) print(b *strings.Builder, outer int) {
	inner := bindAnd
	if n.op == "or" {
		inner = bindOr
	}
	bracket(b, outer, inner, func() {
		for i, part := range n.of {
			if i > 0 {
				b.WriteString(" " + n.op + " ")
			}
			part.print(b, inner+1)
		}
	})
}

func (n is) print(b *strings.Builder, outer int) {
	bracket(b, outer, bindCompare, func() {
		n.of.print(b, bindSum)
		b.WriteString(" is ")
		if n.not {
			b.WriteString("not ")
		}
		b.WriteString(n.what)
	})
}

func (n inList) print(b *strings.Builder, outer int) {
	bracket(b, outer, bindCompare, func() {
		n.of.print(b, bindSum)
		b.WriteString(" in (")
		for i, v := range n.values {
			if i > 0 {
				b.WriteString(", ")
			}
			v.print(b, bindSum)
		}
		b.WriteByte(')')
	})
}

func (n inRange) print(b *strings.Builder, outer int) {
	bracket(b, outer, bindCompare, func() {
		n.of.print(b, bindSum)
		b.WriteString(map[bool]string{false: " in [", true: " in ]"}[n.lowOpen])
		n.low.print(b, bindSum)
		b.WriteString(" .. ")
		n.high.print(b, bindSum)
		b.WriteString(map[bool]string{false: "]", true: "["}[n.highOpen])
	})
}

func (n inField) print(b *strings.Builder, outer int) {
	bracket(b, outer, bindCompare, func() {
		n.value.print(b, bindSum)
		b.WriteString(" in ")
		n.field.print(b, bindSum)
	})
}

func (n call) print(b *strings.Builder, _ int) {
	b.WriteString(n.function + "(")
	if n.distinct {
		b.WriteString("distinct ")
	}
	for i, arg := range n.args {
		if i > 0 {
			b.WriteString(", ")
		}
		outer := 0
		if arg.name != "" {
			b.WriteString(arg.name + "=")
		} else if takesNames(n.function) { // a comparison between brackets is no name with its value
			outer = bindSum
		}
		arg.value.print(b, outer)
	}
	b.WriteByte(')')
}
