package query

import (
	"strconv"
	"strings"

	"socle/internal/i18n"
	"socle/internal/schema"
)

// A Facet asks for the values of a field with the number of rows of each.
type Facet struct {
	Field        schema.Field
	Disjunctive  bool   // refinements on it do not lower its own counts
	Hierarchical bool   // values are paths, opened where they are refined; dates always are
	Separator    string // between the parts of a path
	Sort         FacetSort
	Limit        int // values at most, at each level; 0 is 100
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

var facetSorts = map[string]FacetSort{"count": ByCountDesc, "-count": ByCountDesc, "+count": ByCount, "alphanum": ByValue, "-alphanum": ByValueDesc,
	"num": ByValue, "-num": ByValueDesc}

// BindFacet reads one facet parameter: a field's name, or facet(name="f", disjunctive=true, sort="-count", limit=20…).
func BindFacet(fields schema.Schema, text string, options Options) (Facet, error) {
	base, err := newBinder(fields, Request{}, options)
	if err != nil {
		return Facet{}, err
	}
	n, syntax := parseCondition("facet", text)
	if syntax != nil {
		return Facet{}, syntax
	}
	b := base.in("facet", text)
	f, syntax := b.facet(n, options)
	if syntax != nil {
		return Facet{}, syntax
	}
	return f, nil
}

// WithFacets are the options for a request whose facets say by themselves whether they are disjunctive, and what
// separates the levels of their values.
func WithFacets(options Options, facets []Facet) Options {
	by := map[string]Facet{}
	for _, f := range facets {
		by[f.Field.Name] = f
	}
	out := options
	out.Disjunctive = func(name string) bool {
		if f, asked := by[name]; asked {
			return f.Disjunctive
		}
		return options.Disjunctive != nil && options.Disjunctive(name)
	}
	out.Separator = func(name string) string {
		if f, asked := by[name]; asked {
			if f.Hierarchical && f.Field.Type == schema.Text {
				return f.Separator
			}
			return ""
		}
		if options.Separator == nil {
			return ""
		}
		return options.Separator(name)
	}
	return out
}

const facetUsage = `facet(name="champ", disjunctive=true, sort="-count", limit=20)`

func (b *binder) facet(n node, options Options) (Facet, *SyntaxError) {
	var c call
	switch n := n.(type) {
	case name:
		return b.facetField(n.at, n.text, options)
	case call:
		c = n
	}
	if c.function != "facet" {
		return Facet{}, b.failAt(0, b.text, i18n.T("une facette s’écrit champ, ou %s", "a facet is written field, or %s", usageIn(facetUsage)))
	}
	var f Facet
	for _, arg := range c.args {
		if value, ok := arg.value.(text); ok && arg.name == "name" {
			var err *SyntaxError
			if f, err = b.facetField(arg.at, value.value, options); err != nil {
				return f, err
			}
		} else if value, ok := arg.value.(name); ok && arg.name == "name" {
			var err *SyntaxError
			if f, err = b.facetField(arg.at, value.text, options); err != nil {
				return f, err
			}
		}
	}
	if f.Field.Name == "" {
		return f, b.usage(c, facetUsage)
	}
	for _, arg := range c.args {
		if !f.set(arg) {
			return f, b.failAt(arg.at, arg.name, i18n.T("«\u00a0%s\u00a0» est mal écrit\u00a0; une facette s’écrit %s", "“%s” is badly written; a facet is written %s", arg.name, usageIn(facetUsage)))
		}
	}
	return f, nil
}

func (b *binder) facetField(at int, text string, options Options) (Facet, *SyntaxError) {
	field, ok := b.field(text)
	if !ok {
		return Facet{}, b.unknownField(at, text)
	}
	if field.Type.Spatial() {
		return Facet{}, b.failAt(at, text, i18n.T("une position ne peut pas être une facette", "a position cannot be a facet"))
	}
	f := Facet{Field: field, Hierarchical: field.Type.Temporal()}
	if field.Type.Temporal() {
		f.Separator, f.Sort = "/", ByValueDesc
	}
	if options.Disjunctive != nil {
		f.Disjunctive = options.Disjunctive(field.Name)
	}
	if options.Separator != nil && field.Type == schema.Text {
		f.Separator = options.Separator(field.Name)
		f.Hierarchical = f.Separator != ""
	}
	return f, nil
}

// set applies one named argument and reports whether it is right.
func (f *Facet) set(arg argument) bool {
	switch value := arg.value.(type) {
	case boolean:
		switch arg.name {
		case "disjunctive":
			f.Disjunctive = value.value
		case "hierarchical":
			f.Hierarchical = value.value || f.Field.Type.Temporal()
			if f.Hierarchical && f.Separator == "" {
				f.Separator = "/"
			}
		default:
			return false
		}
		return true
	case text:
		switch arg.name {
		case "name":
			return true
		case "separator":
			if f.Field.Type == schema.Text {
				f.Separator = value.value
			}
			return value.value != ""
		case "sort":
			sort, ok := facetSorts[strings.ToLower(value.value)]
			f.Sort = sort
			return ok
		}
	case number:
		n, err := strconv.Atoi(value.digits)
		f.Limit = n
		return arg.name == "limit" && err == nil && n > 0 && n <= 20_000
	case name:
		return arg.name == "name"
	}
	return false
}

// refinements reads refine or exclude parameters, "facet:value".
func (b *binder) refinements(plan *Plan, texts []string, exclude bool, options Options) *SyntaxError {
	for _, text := range texts {
		b.text = text
		fieldName, value, ok := strings.Cut(text, ":")
		if !ok {
			return b.failAt(0, text, i18n.T("il manque «\u00a0:\u00a0» entre la facette et sa valeur", "“:” is missing between the facet and its value"))
		}
		fieldName = strings.Trim(strings.TrimSpace(fieldName), "`")
		field, found := b.field(fieldName)
		if !found {
			return b.unknownField(0, fieldName)
		}
		refined, err := b.refineValue(field, strings.TrimSpace(value), options)
		if err != nil {
			return err
		}
		together := exclude || options.Disjunctive != nil && options.Disjunctive(field.Name)
		plan.refine(field, refined, exclude, together)
	}
	return nil
}

// refine adds a value, as one more alternative when together with those of its field.
func (p *Plan) refine(field schema.Field, value RefineValue, exclude, together bool) {
	for i, r := range p.Refinements {
		if together && r.Field.Name == field.Name && r.Exclude == exclude {
			p.Refinements[i].Values = append(r.Values, value)
			return
		}
	}
	p.Refinements = append(p.Refinements, Refinement{Field: field, Values: []RefineValue{value}, Exclude: exclude})
}

func (b *binder) refineValue(field schema.Field, value string, options Options) (RefineValue, *SyntaxError) {
	at := text{at: len(b.text) - len(value), value: value}
	v := RefineValue{Text: value}
	if field.Type.Spatial() {
		return v, b.mismatch(at, value, field.Type)
	}
	if field.Type.Temporal() {
		p, ok := parsePeriod(value)
		if !ok {
			return v, b.badDate(at, value)
		}
		v.Value, v.Until = p.literal(p.start, field.Type, b.location), p.literal(p.end, field.Type, b.location)
		return v, nil
	}
	literal, err := b.textAs(at, value, field.Type)
	if err != nil {
		return v, err
	}
	v.Value = literal
	if field.Type == schema.Text && options.Separator != nil {
		if separator := options.Separator(field.Name); separator != "" {
			v.Below = value + separator
		}
	}
	return v, nil
}
