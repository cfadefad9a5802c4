package registry

import (
	"bytes"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/schema/frictionless"
	"socle/internal/web"
)

// lines are the lines of a text area that say something.
func lines(text string) []string {
	var list []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			list = append(list, line)
		}
	}
	return list
}

// readPresentation puts what the form about a whole schema says into it.
func readPresentation(t *frictionless.Schema, form url.Values) {
	t.Title, t.Description = strings.TrimSpace(form.Get("titre")), strings.TrimSpace(strings.ReplaceAll(form.Get("description"), "\r\n", "\n"))
	t.FieldsMatch = frictionless.FieldsMatch(form.Get("correspondance"))
	if t.FieldsMatch != "" {
		t.Profile = frictionless.TableSchemaV2 // version 1 knows only one way
	}
	t.MissingValues = readMissing(form.Get("manquantes"), t)
	t.PrimaryKey = nil
	for i := range t.Fields {
		if slices.Contains(form["cle"], t.Fields[i].Name) {
			t.PrimaryKey = append(t.PrimaryKey, t.Fields[i].Name)
		}
	}
}

// readMissing reads the values that stand for nothing, one a line, with what they mean after an equals sign. An empty
// cell is always one.
func readMissing(text string, t *frictionless.Schema) []frictionless.MissingValue {
	list := []frictionless.MissingValue{{}}
	for _, line := range lines(text) {
		value, label, _ := strings.Cut(line, "=")
		m := frictionless.MissingValue{Value: strings.TrimSpace(value), Label: strings.TrimSpace(label)}
		if m.Label != "" {
			t.Profile = frictionless.TableSchemaV2
		}
		if !slices.ContainsFunc(list, func(other frictionless.MissingValue) bool { return other.Value == m.Value }) {
			list = append(list, m)
		}
	}
	if len(list) == 1 {
		return nil
	}
	return list
}

// writeMissing is what readMissing reads.
func writeMissing(values []frictionless.MissingValue) string {
	var b strings.Builder
	for _, v := range values {
		if v.Value == "" {
			continue
		}
		b.WriteString(v.Value)
		if v.Label != "" {
			b.WriteString(" = " + v.Label)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// instructionName is the property of a field that says how it is filled in. The standard has none.
const instructionName = "instructions"

// readField puts what the form about a field says into it.
func readField(f *frictionless.Field, t *frictionless.Schema, form url.Values) error {
	text := func(name string) string { return strings.TrimSpace(strings.ReplaceAll(form.Get(name), "\r\n", "\n")) }
	f.Name, f.Title, f.Description, f.Format = text("nom"), text("titre"), text("description"), text("format")
	if f.Name == "" {
		return fault.New(fault.Invalid, "field_name_missing", i18n.T("Donnez le nom de la colonne, tel qu’il est dans l’en-tête du fichier.",
			"Give the name of the column, as it is in the header of the file.")).At("nom")
	}
	if f.Type = frictionless.Type(text("type")); !slices.Contains(frictionless.Types, f.Type) {
		f.Type = frictionless.String
	}
	_ = f.Extra.Set(instructionName, nil)
	if instruction := text("consigne"); instruction != "" {
		for _, other := range instructionNames {
			_ = f.Extra.Set(other, nil)
		}
		_ = f.Extra.Set(instructionName, instruction) // a text is always JSON
	}
	f.Example = nil
	if example := text("exemple"); example != "" {
		f.Example = jsonOf(example, f.Type)
	}
	f.MissingValues = readMissing(form.Get("manquantes"), t)
	f.DecimalChar, f.GroupChar = text("decimale"), strings.TrimRight(form.Get("milliers"), "\r\n")
	f.TrueValues, f.FalseValues = lines(form.Get("oui")), lines(form.Get("non"))
	if err := readCategories(f, form.Get("categories")); err != nil {
		return err
	}
	if f.Categories != nil || form.Get("plus-que") != "" || form.Get("moins-que") != "" {
		t.Profile = frictionless.TableSchemaV2 // version 1 knows neither
	}
	return readConstraints(f, form)
}

// readCategories reads codes, one a line, with what they mean after an equals sign. What was said more of a code stays.
func readCategories(f *frictionless.Field, text string) error {
	var list []frictionless.Category
	for _, line := range lines(text) {
		value, label, _ := strings.Cut(line, "=")
		c := frictionless.Category{Value: jsonOf(strings.TrimSpace(value), f.Type), Label: strings.TrimSpace(label)}
		if slices.ContainsFunc(list, func(other frictionless.Category) bool { return bytes.Equal(other.Value, c.Value) }) {
			return fault.New(fault.Invalid, "category_twice", i18n.T("Le code « %s » est écrit deux fois.", "Code “%s” is written twice.", literal(c.Value))).At("categories")
		}
		for _, before := range f.Categories {
			if bytes.Equal(before.Value, c.Value) {
				c.Extra = before.Extra
			}
		}
		list = append(list, c)
	}
	if len(list) > 0 && f.Type != frictionless.String && f.Type != frictionless.Integer {
		return fault.New(fault.Invalid, "categories_type", i18n.T("Des codes se donnent à un texte ou à un nombre entier, et ce champ est de type « %s ».", "Codes are for a text or a whole number, and this field is of type “%s”.", typeName(f.Type))).At("categories")
	}
	f.Categories = list
	return nil
}

// writeCategories is what readCategories reads.
func writeCategories(list []frictionless.Category) string {
	var b strings.Builder
	for _, c := range list {
		b.WriteString(literal(c.Value))
		if c.Label != "" {
			b.WriteString(" = " + c.Label)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// inputOf are the inputs of the form of a field, by what they say of it.
var inputOf = map[string]string{"name": "nom", "format": "format", "example": "exemple", "categories": "categories", "constraints.minimum": "minimum", "constraints.maximum": "maximum",
	"constraints.exclusiveMinimum": "plus-que", "constraints.exclusiveMaximum": "moins-que", "constraints.pattern": "motif", "constraints.enum": "valeurs",
	"constraints.minLength": "longueur-min", "constraints.maxLength": "longueur-max"}

// besideInputs says what is wrong with a field beside the input that says it, and the rest over the form.
func besideInputs(err error) web.FormErrors {
	problems := frictionless.ProblemsOf(err)
	if len(problems) == 0 {
		return web.FormErrors{"": fault.Message(err)}
	}
	out := web.FormErrors{}
	for _, p := range problems {
		_, part, _ := strings.Cut(p.Path, "].")
		part, _, _ = strings.Cut(part, "[") // the place in a list
		input := inputOf[part]
		if _, said := out[input]; !said {
			out[input] = sentence(p.Message)
		}
	}
	return out
}

// sentence makes a sentence of a clause.
func sentence(t i18n.Text) i18n.Text {
	whole := func(text string) string {
		first, size := utf8.DecodeRuneInString(text)
		return string(unicode.ToUpper(first)) + strings.TrimSuffix(text[size:], ".") + "."
	}
	return i18n.Text{FR: whole(t.FR), EN: whole(t.EN)}
}

func readConstraints(f *frictionless.Field, form url.Values) error {
	c := &f.Constraints
	c.Required, c.Unique = form.Get("obligatoire") != "", form.Get("unique") != ""
	c.Pattern = strings.TrimSpace(form.Get("motif"))
	for name, target := range map[string]**int{"longueur-min": &c.MinLength, "longueur-max": &c.MaxLength} {
		*target = nil
		text := strings.TrimSpace(form.Get(name))
		if text == "" {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return fault.New(fault.Invalid, "length_invalid", i18n.T("« %s » n’est pas un nombre de caractères.", "“%s” is no number of characters.", clip(text))).At(name)
		}
		*target = &n
	}
	for name, target := range map[string]*json.RawMessage{"minimum": &c.Minimum, "maximum": &c.Maximum, "plus-que": &c.ExclusiveMinimum, "moins-que": &c.ExclusiveMaximum} {
		*target = nil
		if text := strings.TrimSpace(form.Get(name)); text != "" {
			*target = jsonOf(text, f.Type)
		}
	}
	c.Enum = nil
	for _, line := range lines(form.Get("valeurs")) {
		c.Enum = append(c.Enum, jsonOf(line, f.Type))
	}
	return nil
}

// jsonOf writes a text as the JSON value that a type makes of it: a number for numbers, else a text.
func jsonOf(text string, t frictionless.Type) json.RawMessage {
	switch t {
	case frictionless.Number, frictionless.Integer, frictionless.Year, frictionless.Boolean, frictionless.Object, frictionless.Array:
		if raw := json.RawMessage(text); json.Valid(raw) && !bytes.HasPrefix(raw, []byte(`"`)) {
			return raw
		}
	}
	raw, _ := json.Marshal(text) // a text is always JSON
	return raw
}

// rename makes keys and rules follow a field that changes its name; to "" when the field goes.
func rename(t *frictionless.Schema, from, to string) {
	follow := func(names []string) []string {
		var out []string
		for _, name := range names {
			switch {
			case name != from:
				out = append(out, name)
			case to != "":
				out = append(out, to)
			}
		}
		return out
	}
	if from == to || t.Field(from) != nil && to == "" {
		return
	}
	t.PrimaryKey = follow(t.PrimaryKey)
	var unique [][]string
	for _, key := range t.UniqueKeys {
		if key = follow(key); len(key) > 0 {
			unique = append(unique, key)
		}
	}
	t.UniqueKeys = unique
	var foreign []frictionless.ForeignKey
	for _, key := range t.ForeignKeys {
		before := len(key.Fields)
		if key.Fields = follow(key.Fields); len(key.Fields) < before {
			continue
		}
		if key.Resource == "" {
			key.Reference = follow(key.Reference)
		}
		foreign = append(foreign, key)
	}
	t.ForeignKeys = foreign
	t.CustomChecks = slices.DeleteFunc(t.CustomChecks, func(c frictionless.Check) bool { return to == "" && speaksOf(c, from) })
	for i := range t.CustomChecks {
		renameIn(&t.CustomChecks[i], from, to)
	}
}

// speaksOf reports whether a rule names a field.
func speaksOf(c frictionless.Check, name string) bool {
	return slices.ContainsFunc(c.Params, func(p frictionless.Member) bool {
		return slices.Contains(columnParams, p.Name) && slices.Contains(c.Params.Texts(p.Name), name)
	})
}

// columnParams are the parameters of rules that name columns.
var columnParams = []string{"column", "column1", "column2", "columns", "othercolumns", "field", "when", "start", "end"}

func renameIn(c *frictionless.Check, from, to string) {
	for _, p := range slices.Clone(c.Params) {
		if !slices.Contains(columnParams, p.Name) {
			continue
		}
		names := c.Params.Texts(p.Name)
		i := slices.Index(names, from)
		if i < 0 {
			continue
		}
		names[i] = to
		if bytes.HasPrefix(p.Value, []byte(`"`)) {
			_ = c.Params.Set(p.Name, names[0]) // a text is always JSON
		} else {
			_ = c.Params.Set(p.Name, names)
		}
	}
}
