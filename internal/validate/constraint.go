package validate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"

	"socle/internal/i18n"
	"socle/internal/schema/frictionless"
)

// constraints compiles what the values of a field must satisfy besides their type.
func (c *compiler) constraints(f *field, path string) {
	def, set := f.def, f.def.Constraints
	if set.MinLength != nil && frictionless.Applies("minLength", def.Type) {
		length, least := lengthOf(def), *set.MinLength
		f.add(lengthRule(def, "minLength", least), func(v []byte, o *value) bool { return length(v) >= least })
	}
	if set.MaxLength != nil && frictionless.Applies("maxLength", def.Type) {
		length, limit := lengthOf(def), *set.MaxLength
		text := def.Type == frictionless.String
		f.add(lengthRule(def, "maxLength", limit), func(v []byte, o *value) bool { return text && len(v) <= limit || length(v) <= limit })
	}
	c.bound(f, path, "minimum", set.Minimum, func(order int) bool { return order >= 0 })
	c.bound(f, path, "maximum", set.Maximum, func(order int) bool { return order <= 0 })
	c.bound(f, path, "exclusiveMinimum", set.ExclusiveMinimum, func(order int) bool { return order > 0 })
	c.bound(f, path, "exclusiveMaximum", set.ExclusiveMaximum, func(order int) bool { return order < 0 })
	if set.Pattern != "" && frictionless.Applies("pattern", def.Type) {
		p, wrong := newPattern(set.Pattern, allStates-c.states)
		if wrong != nil {
			c.wrong(path+".pattern", *wrong)
		} else {
			if p.automaton != nil {
				c.states += len(p.automaton.final)
			}
			f.add(patternRule(def, p), func(v []byte, o *value) bool { return p.match(v) })
		}
	}
	if set.Enum != nil {
		f.add(enumRule("enum", set.Enum, nil), c.among(f, path+".enum", set.Enum))
	}
	if def.Categories != nil {
		values, labels := make([]json.RawMessage, len(def.Categories)), make([]string, len(def.Categories))
		for i, category := range def.Categories {
			values[i], labels[i] = category.Value, category.Label
		}
		f.add(enumRule("categories", values, labels), c.among(f, path, values))
	}
	if set.JSONSchema != nil && frictionless.Applies("jsonSchema", def.Type) {
		c.jsonSchema(f, path+".jsonSchema", set.JSONSchema)
	}
}

// add gives the field a rule on its cells.
func (f *field) add(r rule, ok func([]byte, *value) bool) {
	if len(f.rules) == 64 {
		return // no field has as many constraints: the standard knows fewer
	}
	f.tests = append(f.tests, test{1 << len(f.rules), ok})
	f.rules = append(f.rules, r)
}

// bound compiles a minimum or a maximum.
func (c *compiler) bound(f *field, path, name string, raw json.RawMessage, holds func(order int) bool) {
	def := f.def
	if raw == nil || !frictionless.Applies(name, def.Type) {
		return
	}
	text, limit, ok := f.logical(raw)
	if !ok {
		what, _ := typeText(def)
		c.wrong(path+"."+name, i18n.T("« %s » n’est pas %s", "“%s” is not %s", string(text), what))
		return
	}
	r := boundRule(def, name, string(text))
	switch def.Type {
	case frictionless.Number, frictionless.Integer:
		f.add(r, numberBound(def, text, limit, holds))
	case frictionless.Duration:
		duration, _ := durationOf(text) // it was read
		f.add(r, func(v []byte, o *value) bool {
			d, _ := durationOf(v)
			order, ordered := d.compare(duration)
			return ordered && holds(order)
		})
	default:
		f.add(r, func(v []byte, o *value) bool { return holds(compareInts(o.num, limit.num)) })
	}
}

func compareInts(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// numberBound compares exactly: as floats where both have at most fifteen digits, else digit by digit.
func numberBound(def *frictionless.Field, text []byte, limit value, holds func(int) bool) func([]byte, *value) bool {
	quick, isQuick := limit.float()
	var undo func([]byte, []byte) ([]byte, bool)
	if def.Type == frictionless.Number || def.Type == frictionless.Integer {
		undo = writing(def)
	}
	exact := decimalOf(text)
	if undo != nil {
		if plain, ok := undo(text, nil); ok {
			if d := decimalOf(plain); d.number {
				exact = d
			}
		}
	}
	return func(v []byte, o *value) bool {
		if x, ok := o.float(); ok && isQuick {
			order := 0
			switch {
			case x < quick:
				order = -1
			case x > quick:
				order = 1
			}
			return holds(order)
		}
		if undo != nil {
			v, _ = undo(v, nil) // it was read
		}
		d := decimalOf(v)
		return d.number && exact.number && holds(d.compare(exact))
	}
}

// among compiles a closed list, compared on what values mean.
func (c *compiler) among(f *field, path string, values []json.RawMessage) func([]byte, *value) bool {
	known := make(map[string]bool, len(values))
	for i, raw := range values {
		v, o, ok := f.logical(raw)
		if !ok {
			c.note("value_never_met", fmt.Sprintf("%s[%d]", path, i), i18n.T("« %s » n’est pas du type %s : aucune cellule ne peut lui être égale", "“%s” is not of type %s: no cell can equal it", string(v), string(f.def.Type)))
			continue
		}
		known[string(keyOf(f.def, f.cast)(nil, v, &o))] = true
	}
	if f.def.Type == frictionless.String || f.def.Type == frictionless.Any {
		return func(v []byte, o *value) bool { return known[string(v)] }
	}
	key := keyOf(f.def, f.cast)
	return func(v []byte, o *value) bool {
		var room [64]byte
		return known[string(key(room[:0], v, o))]
	}
}

// keyOf writes what a good cell means, so that two cells that mean the same are written alike: they are compared so for
// lists, unique values and keys.
func keyOf(def *frictionless.Field, cast func([]byte, *value) bool) func(dst, v []byte, o *value) []byte {
	switch def.Type {
	case frictionless.Number, frictionless.Integer:
		undo := writing(def)
		return func(dst, v []byte, o *value) []byte {
			if o.exact {
				return appendNumber(dst, o.num, int(o.scale))
			}
			if undo != nil {
				if plain, ok := undo(v, nil); ok {
					v = plain
				}
			}
			return decimalOf(v).appendTo(dst)
		}
	case frictionless.Boolean, frictionless.Date, frictionless.Datetime, frictionless.Time, frictionless.Year, frictionless.YearMonth:
		return func(dst, v []byte, o *value) []byte { return strconv.AppendInt(dst, o.num, 10) }
	case frictionless.Duration:
		return func(dst, v []byte, o *value) []byte {
			d, _ := durationOf(v) // it was read
			return strconv.AppendFloat(strconv.AppendInt(append(dst, 'P'), d.months, 10), d.seconds, 'g', -1, 64)
		}
	case frictionless.Geopoint:
		return func(dst, v []byte, o *value) []byte {
			lon, lat, _ := pointOf(def.Format, v) // it was read
			return strconv.AppendFloat(append(strconv.AppendFloat(dst, lon, 'g', -1, 64), ','), lat, 'g', -1, 64)
		}
	case frictionless.Object, frictionless.Array, frictionless.GeoJSON:
		return func(dst, v []byte, o *value) []byte { return append(dst, canonicalJSON(v)...) }
	}
	return func(dst, v []byte, o *value) []byte { return append(dst, v...) }
}

// canonicalJSON writes members in alphabetical order and numbers as they came.
func canonicalJSON(v []byte) []byte {
	d := json.NewDecoder(bytes.NewReader(v))
	d.UseNumber()
	var any any
	if d.Decode(&any) != nil {
		return v
	}
	out, err := json.Marshal(any)
	if err != nil {
		return v
	}
	return out
}

// appendNumber writes num / 10^scale as [decimal.appendTo] does.
func appendNumber(dst []byte, num int64, scale int) []byte {
	for scale > 0 && num%10 == 0 {
		num, scale = num/10, scale-1
	}
	if scale == 0 {
		return strconv.AppendInt(dst, num, 10)
	}
	if num < 0 {
		dst, num = append(dst, '-'), -num
	}
	dst = append(dst, '.')
	start := len(dst)
	dst = strconv.AppendInt(dst, num, 10)
	exp := len(dst) - start - scale
	return strconv.AppendInt(append(dst, 'e'), int64(exp), 10)
}
