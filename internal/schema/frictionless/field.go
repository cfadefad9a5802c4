package frictionless

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// applies says to which types a constraint applies, nil for all of them.
var applies = map[string][]Type{
	"minLength":        {String, Array, Object, List},
	"maxLength":        {String, Array, Object, List},
	"minimum":          ordered,
	"maximum":          ordered,
	"exclusiveMinimum": ordered,
	"exclusiveMaximum": ordered,
	"pattern":          {String},
	"jsonSchema":       {Array, Object},
}

var ordered = []Type{Integer, Number, Date, Time, Datetime, Duration, Year, YearMonth}

// Applies reports whether the standard gives a constraint a meaning for a type.
func Applies(constraint string, t Type) bool {
	types, limited := applies[constraint]
	return !limited || slices.Contains(types, t)
}

func (r *reader) field(o *object) Field {
	f := Field{order: o.order, Name: o.text("name"), Title: o.words("title"), Description: o.words("description"), RDFType: o.words("rdfType")}
	if f.Name == "" && !r.faultAt(o.at("name")) {
		r.wrong(o.at("name"), "un champ a un nom", "a field has a name")
	}
	f.Example, _ = o.take("example")
	f.Type = Any
	if said := o.text("type"); said != "" {
		f.Type = Type(said)
		if !slices.Contains(Types, f.Type) {
			r.wrong(o.at("type"), "« %s » n’est pas un type : %s", "“%s” is not a type: %s", said, typeNames())
		}
	}
	f.Format = strings.TrimPrefix(o.text("format"), "fmt:")
	if f.Format == "default" {
		f.Format = ""
	}
	if raw, ok := o.take("constraints"); ok {
		if c, ok := r.object(o.at("constraints"), raw); ok {
			f.Constraints = r.constraints(c, f.Type)
		}
	}
	f.MissingValues = r.missing(o)
	f.Categories = r.categories(o)
	if b := o.truth("categoriesOrdered"); b != nil {
		f.CategoriesOrdered = *b
	}
	r.writing(o, &f)
	if _, misplaced := o.peek("required"); misplaced {
		r.note(o.at("required"), "« required » n’a d’effet que dans « constraints »", "“required” has an effect only in “constraints”")
	}
	f.Extra = o.rest()
	return f
}

func typeNames() string {
	var b strings.Builder
	for i, t := range Types {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(string(t))
	}
	return b.String()
}

// writing reads how the values of the type are written. On a field of another type these properties mean nothing.
func (r *reader) writing(o *object, f *Field) {
	switch f.Type {
	case Number:
		f.DecimalChar = r.character(o, "decimalChar")
		fallthrough
	case Integer:
		f.GroupChar = r.character(o, "groupChar")
		f.BareNumber = o.truth("bareNumber")
	case Boolean:
		f.TrueValues, f.FalseValues = o.texts("trueValues"), o.texts("falseValues")
	case List:
		f.Delimiter = o.text("delimiter")
		f.ItemType = Type(o.text("itemType"))
		if f.ItemType != "" && !slices.Contains([]Type{String, Integer, Boolean, Number, Datetime, Date, Time}, f.ItemType) {
			r.wrong(o.at("itemType"), "les éléments d’une liste sont de type string, integer, boolean, number, datetime, date ou time ; « %s » a été trouvé",
				"the items of a list are of type string, integer, boolean, number, datetime, date or time; “%s” was found", string(f.ItemType))
		}
	}
}

func (r *reader) character(o *object, name string) string {
	s := o.text(name)
	if s != "" && utf8.RuneCountInString(s) != 1 {
		r.note(o.at(name), "un seul caractère est attendu ; « %s » a été trouvé", "a single character is expected; “%s” was found", s)
	}
	return s
}

func (r *reader) constraints(o *object, t Type) Constraints {
	c := Constraints{order: o.order}
	for _, m := range o.members {
		if _, known := applies[m.Name]; known && !Applies(m.Name, t) {
			r.note(o.at(m.Name), "« %s » n’a pas de sens pour le type %s : personne ne le contrôle", "“%s” has no meaning for type %s: nobody checks it", m.Name, string(t))
		}
	}
	if b := o.truth("required"); b != nil {
		c.Required = *b
	}
	if b := o.truth("unique"); b != nil {
		c.Unique = *b
	}
	c.MinLength, c.MaxLength = o.natural("minLength"), o.natural("maxLength")
	c.Minimum, _ = o.take("minimum")
	c.Maximum, _ = o.take("maximum")
	c.ExclusiveMinimum, _ = o.take("exclusiveMinimum")
	c.ExclusiveMaximum, _ = o.take("exclusiveMaximum")
	c.Pattern = o.text("pattern")
	if elements, ok := o.list("enum"); ok {
		if c.Enum = elements; len(elements) == 0 {
			r.note(o.at("enum"), "la liste est vide : aucune valeur n’est admise", "the list is empty: no value is admitted")
		}
	}
	if raw, ok := o.take("jsonSchema"); ok {
		if raw[0] != '{' && raw[0] != 't' && raw[0] != 'f' {
			r.wrong(o.at("jsonSchema"), "un schéma JSON est attendu, entre accolades ; %s a été trouvé", "a JSON Schema is expected, between braces; %s was found", kindOf(raw))
		}
		c.JSONSchema = raw
	}
	for _, m := range o.members {
		r.note(o.at(m.Name), "la contrainte « %s » n’est pas du standard : personne ne la contrôle", "constraint “%s” is not of the standard: nobody checks it", m.Name)
	}
	c.Extra = o.rest()
	return c
}

// categories reads a closed list of values, labelled or not.
func (r *reader) categories(o *object) []Category {
	elements, ok := o.list("categories")
	if !ok {
		return nil
	}
	out := []Category{}
	for i, raw := range elements {
		path := fmt.Sprintf("%s[%d]", o.at("categories"), i)
		c := Category{Value: raw}
		if raw[0] == '{' {
			labelled, _ := r.object(path, raw)
			if c.Value, ok = labelled.take("value"); !ok {
				r.wrong(path, "une catégorie a une propriété « value »", "a category has a property “value”")
			}
			c.Label = labelled.words("label")
			c.Extra = labelled.rest()
		}
		if !scalar(c.Value) {
			r.wrong(path, "un texte ou un entier est attendu ; %s a été trouvé", "a text or a whole number is expected; %s was found", kindOf(c.Value))
		}
		out = append(out, c)
	}
	return out
}

func scalar(raw json.RawMessage) bool {
	return len(raw) > 0 && raw[0] != '{' && raw[0] != '[' && raw[0] != 'n'
}
