package frictionless

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"socle/internal/i18n"
)

// Parse reads a Table Schema, of version 1 or 2. The fault schema_invalid says the first problem, where it is and what
// was expected; [ProblemsOf] gives them all. What the standard tolerates, or what real schemas do without harm, is
// tolerated and said in [Schema.Notes]: fields of the same name, constraints that the standard does not know or that
// do not apply to a type.
func Parse(data []byte) (*Schema, error) {
	r := &reader{}
	o, ok := r.document(data)
	if !ok {
		return nil, r.err("schema_invalid", notASchema)
	}
	s := r.schema(o)
	if err := r.err("schema_invalid", notASchema); err != nil {
		return nil, err
	}
	return s, nil
}

var notASchema = i18n.T("Ce n’est pas un schéma de table (Table Schema)", "This is not a Table Schema")

func (r *reader) schema(o *object) *Schema {
	s := &Schema{order: o.order}
	s.Profile = o.words("$schema")
	s.Name, s.Title, s.Description, s.Homepage, s.Version = o.words("name"), o.words("title"), o.words("description"), o.words("homepage"), o.words("version")
	fields, ok := o.list("fields")
	if !ok && !r.faultAt(o.at("fields")) {
		r.wrong(o.at("fields"), "un schéma a une liste « fields », un objet pour chaque colonne", "a schema has a list “fields”, one object for each column")
	}
	for i, raw := range fields {
		if f, ok := r.object(fmt.Sprintf("%s[%d]", o.at("fields"), i), raw); ok {
			s.Fields = append(s.Fields, r.field(f))
		}
	}
	s.FieldsMatch = r.fieldsMatch(o)
	s.MissingValues = r.missing(o)
	s.PrimaryKey = o.names("primaryKey")
	if keys, ok := o.list("uniqueKeys"); ok {
		for i, raw := range keys {
			s.UniqueKeys = append(s.UniqueKeys, r.key(fmt.Sprintf("%s[%d]", o.at("uniqueKeys"), i), raw))
		}
	}
	if keys, ok := o.list("foreignKeys"); ok {
		for i, raw := range keys {
			if k, ok := r.object(fmt.Sprintf("%s[%d]", o.at("foreignKeys"), i), raw); ok {
				s.ForeignKeys = append(s.ForeignKeys, r.foreignKey(k))
			}
		}
	}
	s.CustomChecks = r.checks(o)
	s.Extra = o.rest()
	r.names(o, s)
	s.Notes = r.notes
	return s
}

func (r *reader) faultAt(path string) bool {
	return slices.ContainsFunc(r.problems, func(p Problem) bool { return p.Path == path })
}

// fieldsMatch reads the way of matching. The standard wrote it as a list of one in a draft, which is accepted.
func (r *reader) fieldsMatch(o *object) FieldsMatch {
	said := o.names("fieldsMatch")
	if len(said) == 0 {
		return ""
	}
	m := FieldsMatch(said[0])
	if len(said) > 1 || !slices.Contains([]FieldsMatch{MatchExact, MatchEqual, MatchSubset, MatchSuperset, MatchPartial}, m) {
		r.wrong(o.at("fieldsMatch"), "« exact », « equal », « subset », « superset » ou « partial » est attendu ; « %s » a été trouvé",
			"“exact”, “equal”, “subset”, “superset” or “partial” is expected; “%s” was found", strings.Join(said, ", "))
	}
	return m
}

// missing reads the texts that stand for nothing: texts, or objects with a label.
func (r *reader) missing(o *object) []MissingValue {
	elements, ok := o.list("missingValues")
	if !ok {
		return nil
	}
	out := []MissingValue{}
	for i, raw := range elements {
		path := fmt.Sprintf("%s[%d]", o.at("missingValues"), i)
		var m MissingValue
		switch {
		case json.Unmarshal(raw, &m.Value) == nil && raw[0] == '"':
		case raw[0] == '{':
			labelled, _ := r.object(path, raw)
			if _, said := labelled.peek("value"); !said {
				r.wrong(path, "une valeur manquante a une propriété « value »", "a missing value has a property “value”")
			}
			m.Value, m.Label = labelled.text("value"), labelled.words("label")
			m.Extra = labelled.rest()
		default:
			r.wrong(path, "un texte, ou un objet avec « value » et « label », est attendu ; %s a été trouvé",
				"a text, or an object with “value” and “label”, is expected; %s was found", kindOf(raw))
		}
		if slices.ContainsFunc(out, func(other MissingValue) bool { return other.Value == m.Value }) {
			r.note(path, "la valeur manquante « %s » est déjà dans la liste", "the missing value “%s” is already in the list", m.Value)
		}
		out = append(out, m)
	}
	return out
}

func (o *object) peek(name string) (json.RawMessage, bool) {
	i := slices.IndexFunc(o.members, func(m Member) bool { return m.Name == name })
	if i < 0 {
		return nil, false
	}
	return o.members[i].Value, true
}

// key reads one key of uniqueKeys.
func (r *reader) key(path string, raw json.RawMessage) []string {
	holder := &object{reader: r, path: path, members: []Member{{"", raw}}}
	key := holder.names("")
	if len(key) == 0 && !r.faultAt(path+".") {
		r.wrong(path, "une clé nomme au moins un champ", "a key names at least one field")
	}
	return key
}

func (r *reader) foreignKey(o *object) ForeignKey {
	k := ForeignKey{Fields: o.names("fields")}
	raw, ok := o.take("reference")
	if !ok {
		r.wrong(o.at("reference"), "une clé étrangère a un objet « reference » avec la liste « fields »", "a foreign key has an object “reference” with the list “fields”")
		return k
	}
	if ref, ok := r.object(o.at("reference"), raw); ok {
		_, k.self = ref.peek("resource")
		k.Resource = ref.text("resource")
		k.self = k.self && k.Resource == ""
		k.Reference = ref.names("fields")
		k.more = ref.rest()
		switch {
		case len(k.Fields) == 0:
			r.wrong(o.at("fields"), "une clé étrangère nomme au moins un champ", "a foreign key names at least one field")
		case len(k.Reference) != len(k.Fields):
			r.wrong(ref.at("fields"), "autant de champs que dans la clé sont attendus : %d ; %d ont été trouvés", "as many fields as in the key are expected: %d; %d were found", len(k.Fields), len(k.Reference))
		}
	}
	k.Extra = o.rest()
	return k
}

// checks reads custom_checks.
func (r *reader) checks(o *object) []Check {
	elements, ok := o.list("custom_checks")
	if !ok {
		return nil
	}
	var out []Check
	for i, raw := range elements {
		path := fmt.Sprintf("%s[%d]", o.at("custom_checks"), i)
		c, ok := r.object(path, raw)
		if !ok {
			continue
		}
		check := Check{Name: c.text("name")}
		if check.Name == "" && !r.faultAt(c.at("name")) {
			r.wrong(c.at("name"), "un contrôle a un nom", "a check has a name")
		}
		if raw, ok := c.take("params"); ok {
			if p, ok := r.object(c.at("params"), raw); ok {
				check.Params = p.rest()
			}
		}
		check.Extra = c.rest()
		out = append(out, check)
	}
	return out
}

// names checks that keys and checks speak of fields that are there, and notes fields of the same name.
func (r *reader) names(o *object, s *Schema) {
	seen := map[string]int{}
	for i, f := range s.Fields {
		if first, twice := seen[f.Name]; twice && f.Name != "" {
			r.note(fmt.Sprintf("%s[%d].name", o.at("fields"), i), "le champ « %s » est déjà décrit par fields[%d] : les clés parlent du premier", "field “%s” is already described by fields[%d]: keys speak of the first", f.Name, first)
			continue
		}
		seen[f.Name] = i
	}
	known := func(path string, names []string) {
		for i, name := range names {
			if _, ok := seen[name]; !ok {
				r.wrong(fmt.Sprintf("%s[%d]", path, i), "« %s » n’est pas un champ du schéma", "“%s” is not a field of the schema", name)
			}
		}
	}
	known(o.at("primaryKey"), s.PrimaryKey)
	for i, key := range s.UniqueKeys {
		known(fmt.Sprintf("%s[%d]", o.at("uniqueKeys"), i), key)
	}
	for i, key := range s.ForeignKeys {
		path := fmt.Sprintf("%s[%d]", o.at("foreignKeys"), i)
		known(path+".fields", key.Fields)
		if key.Resource == "" {
			known(path+".reference.fields", key.Reference)
		}
	}
}
