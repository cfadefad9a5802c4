package frictionless

import (
	"bytes"
	"encoding/json"
	"slices"
)

// Marshal writes a schema as indented JSON. Properties keep the order in which they were read; new ones follow in the
// order of the standard. Keys are written as lists, which both versions read.
func (s *Schema) Marshal() ([]byte, error) {
	raw, err := s.MarshalJSON()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := json.Indent(&b, raw, "", "  "); err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

// MarshalJSON writes the schema on one line.
func (s *Schema) MarshalJSON() ([]byte, error) {
	w := writer{order: s.order, extra: s.Extra}
	w.text("$schema", s.Profile)
	w.text("name", s.Name)
	w.text("title", s.Title)
	w.text("description", s.Description)
	w.text("homepage", s.Homepage)
	w.text("version", s.Version)
	fields := make([]json.RawMessage, len(s.Fields))
	for i := range s.Fields {
		raw, err := s.Fields[i].MarshalJSON()
		if err != nil {
			return nil, err
		}
		fields[i] = raw
	}
	w.put("fields", fields)
	w.text("fieldsMatch", string(s.FieldsMatch))
	w.missing(s.MissingValues)
	w.list("primaryKey", s.PrimaryKey)
	if len(s.UniqueKeys) > 0 {
		w.put("uniqueKeys", s.UniqueKeys)
	}
	if len(s.ForeignKeys) > 0 {
		w.put("foreignKeys", s.ForeignKeys)
	}
	if len(s.CustomChecks) > 0 {
		w.put("custom_checks", s.CustomChecks)
	}
	return w.object()
}

// MarshalJSON writes the field on one line.
func (f *Field) MarshalJSON() ([]byte, error) {
	w := writer{order: f.order, extra: f.Extra}
	w.text("name", f.Name)
	w.text("title", f.Title)
	w.text("description", f.Description)
	if f.Type != Any || slices.Contains(f.order, "type") {
		w.text("type", string(f.Type))
	}
	format := f.Format
	if format == "" && slices.Contains(f.order, "format") {
		format = "default"
	}
	w.text("format", format)
	w.raw("example", f.Example)
	w.text("decimalChar", f.DecimalChar)
	w.text("groupChar", f.GroupChar)
	w.choice("bareNumber", f.BareNumber)
	w.list("trueValues", f.TrueValues)
	w.list("falseValues", f.FalseValues)
	w.text("delimiter", f.Delimiter)
	w.text("itemType", string(f.ItemType))
	constraints, err := f.Constraints.MarshalJSON()
	if err != nil {
		return nil, err
	}
	if string(constraints) != "{}" || slices.Contains(f.order, "constraints") {
		w.raw("constraints", constraints)
	}
	w.missing(f.MissingValues)
	if f.Categories != nil {
		w.put("categories", f.Categories)
	}
	w.truth("categoriesOrdered", f.CategoriesOrdered)
	w.text("rdfType", f.RDFType)
	return w.object()
}

// MarshalJSON writes the constraints on one line.
func (c Constraints) MarshalJSON() ([]byte, error) {
	w := writer{order: c.order, extra: c.Extra}
	w.truth("required", c.Required)
	w.truth("unique", c.Unique)
	if c.MinLength != nil {
		w.put("minLength", *c.MinLength)
	}
	if c.MaxLength != nil {
		w.put("maxLength", *c.MaxLength)
	}
	w.raw("minimum", c.Minimum)
	w.raw("maximum", c.Maximum)
	w.raw("exclusiveMinimum", c.ExclusiveMinimum)
	w.raw("exclusiveMaximum", c.ExclusiveMaximum)
	w.text("pattern", c.Pattern)
	if c.Enum != nil {
		w.put("enum", c.Enum)
	}
	w.raw("jsonSchema", c.JSONSchema)
	return w.object()
}

// MarshalJSON writes a text, or an object when there is a label.
func (m MissingValue) MarshalJSON() ([]byte, error) {
	if m.Label == "" && m.Extra == nil {
		return compactJSON(m.Value)
	}
	w := writer{extra: m.Extra}
	w.put("value", m.Value)
	w.text("label", m.Label)
	return w.object()
}

// MarshalJSON writes the value, or an object when there is a label.
func (c Category) MarshalJSON() ([]byte, error) {
	if c.Label == "" && c.Extra == nil {
		return c.Value, nil
	}
	w := writer{extra: c.Extra}
	w.raw("value", c.Value)
	w.text("label", c.Label)
	return w.object()
}

// MarshalJSON writes the key on one line.
func (k ForeignKey) MarshalJSON() ([]byte, error) {
	reference := writer{extra: k.more}
	if k.Resource != "" || k.self {
		reference.put("resource", k.Resource)
	}
	reference.put("fields", k.Reference)
	inner, err := reference.object()
	if err != nil {
		return nil, err
	}
	w := writer{extra: k.Extra}
	w.put("fields", k.Fields)
	w.raw("reference", inner)
	return w.object()
}

// MarshalJSON writes the check on one line.
func (c Check) MarshalJSON() ([]byte, error) {
	w := writer{extra: c.Extra}
	w.text("name", c.Name)
	if c.Params != nil {
		params, err := (&writer{extra: c.Params}).object()
		if err != nil {
			return nil, err
		}
		w.raw("params", params)
	}
	return w.object()
}

// writer writes an object: what is known in the order of the standard, unless it was read in another one.
type writer struct {
	order   []string // in which the members were read
	extra   Extra    // what the standard does not know
	members []Member
	err     error
}

// said reports whether the document that was read gave the member a value.
func (w *writer) said(name string) bool {
	return slices.Contains(w.order, name) && w.extra.Get(name) == nil
}

func (w *writer) raw(name string, value json.RawMessage) {
	if value != nil {
		w.members = append(w.members, Member{name, value})
	}
}

func (w *writer) put(name string, value any) {
	raw, err := compactJSON(value)
	if err != nil && w.err == nil {
		w.err = err
	}
	w.raw(name, raw)
}

func (w *writer) text(name, value string) {
	if value != "" || w.said(name) {
		w.put(name, value)
	}
}

func (w *writer) truth(name string, value bool) {
	if value || w.said(name) {
		w.put(name, value)
	}
}

func (w *writer) list(name string, value []string) {
	if value != nil {
		w.put(name, value)
	}
}

func (w *writer) missing(values []MissingValue) {
	if values != nil {
		w.put("missingValues", values)
	}
}

// object writes the members and the extra ones, in the order of reading as far as it goes.
func (w *writer) object() ([]byte, error) {
	if w.err != nil {
		return nil, w.err
	}
	members := w.members
	for _, m := range w.extra {
		if !slices.ContainsFunc(members, func(known Member) bool { return known.Name == m.Name }) {
			members = append(members, m)
		}
	}
	place := func(m Member) int {
		if i := slices.Index(w.order, m.Name); i >= 0 {
			return i
		}
		return len(w.order)
	}
	slices.SortStableFunc(members, func(a, b Member) int { return place(a) - place(b) })
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range members {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := compactJSON(m.Name)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		if err := json.Compact(&b, m.Value); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}
