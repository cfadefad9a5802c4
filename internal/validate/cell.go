package validate

import (
	"bytes"

	"socle/internal/schema/frictionless"
)

// state is what a cell turned out to be.
type state uint8

const (
	empty state = iota // nothing, or a text that stands for nothing
	bad                // not of its type
	good
)

// value is the meaning of a cell.
type value struct {
	faults uint64 // bit i: rule i of the field is broken
	num    int64  // of a good cell: see kind
	scale  int8   // of a number: decimals in num
	state  state
	exact  bool // num and scale say all of it; else the text does
}

// A field is a field of the schema, ready to be held against cells.
type field struct {
	def     *frictionless.Field
	missing [][]byte
	lengths uint64 // bit n: a missing value has n bytes; bit 63: 63 or more
	cast    func(v []byte, o *value) bool
	tests   []test
	rules   []rule // rule i is bit i of faults
	masked  bool   // its values may not be shown
	key     func(dst, v []byte, o *value) []byte
}

// The first rules of every field.
const (
	ruleType = iota
	ruleRequired
	ruleMissingCell
)

// A test is one constraint on a cell that is of its type.
type test struct {
	bit uint64
	ok  func(v []byte, o *value) bool
}

// eval gives the meaning of a cell. null is a nothing that the source itself says. The meaning is written where the
// caller keeps it, since it would otherwise be allocated for every cell.
func (f *field) eval(v []byte, null bool, o *value) {
	*o = value{}
	if null || f.stands(v) {
		if f.rules[ruleRequired].on {
			o.faults = 1 << ruleRequired
		}
		return
	}
	if !f.cast(v, o) {
		*o = value{state: bad, faults: 1 << ruleType}
		return
	}
	o.state = good
	for i := range f.tests {
		if t := &f.tests[i]; !t.ok(v, o) {
			o.faults |= t.bit
		}
	}
}

// stands reports whether a text stands for nothing.
func (f *field) stands(v []byte) bool {
	if f.lengths>>min(len(v), 63)&1 == 0 {
		return false
	}
	for _, m := range f.missing {
		if bytes.Equal(m, v) {
			return true
		}
	}
	return false
}

func (f *field) setMissing(values []frictionless.MissingValue) {
	for _, m := range values {
		f.missing = append(f.missing, []byte(m.Value))
		f.lengths |= 1 << min(len(m.Value), 63)
	}
}

// worthRemembering reports whether looking a value up is cheaper than reading it again.
func (f *field) worthRemembering() bool {
	return len(f.tests) > 0 || f.def.Type != frictionless.String && f.def.Type != frictionless.Any || f.def.Format != ""
}
