package validate

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"socle/internal/fault"
	"socle/internal/french"
	"socle/internal/i18n"
	"socle/internal/schema/frictionless"
)

// compiler gathers what of a schema cannot be checked.
type compiler struct {
	ctx      context.Context
	program  *Program
	problems frictionless.Problems
	states   int // of the automata made so far
}

// Bounds of what a schema, which anybody may have written, costs whatever the file.
const (
	allStates   = 16 << 10 // of all automata: 4 MB
	mostKeys    = 256      // unique fields and keys: each takes buffers
	allExamples = 400_000  // of all rules
)

func compile(ctx context.Context, s *frictionless.Schema, o Options) (*Program, error) {
	if o.Examples <= 0 || o.Examples > most {
		o.Examples = most
	}
	if o.Lists == nil {
		o.Lists = BuiltIn{}
	}
	if o.Memory <= 0 {
		o.Memory = 16 << 20
	}
	c := &compiler{ctx: ctx, program: &Program{schema: s, options: o}}
	for _, n := range s.Notes {
		c.program.notes = append(c.program.notes, Warning{Code: "schema_note", Path: n.Path, Text: n.Message})
	}
	for i := range s.Fields {
		c.program.fields = append(c.program.fields, c.field(i))
	}
	c.keys()
	if n := len(c.program.keys); n > mostKeys {
		c.wrong("fields", i18n.T("%d clés et valeurs uniques sont demandées ; la limite est de %d", "%d keys and unique values are asked for; the limit is %d", n, mostKeys))
	}
	if err := c.checks(); err != nil {
		return nil, err
	}
	if len(c.problems) > 0 {
		first := c.problems[0]
		return nil, fault.New(fault.Invalid, "schema_invalid", i18n.T("Ce schéma ne peut pas être contrôlé. À « %s » : %s", "This schema cannot be checked. At “%s”: %s", first.Path, first.Message)).
			At(first.Path).Because(c.problems)
	}
	return c.program, nil
}

func (c *compiler) wrong(path string, message i18n.Text) {
	c.problems = append(c.problems, frictionless.Problem{Path: path, Message: message})
}

func (c *compiler) note(code, path string, text i18n.Text) {
	c.program.notes = append(c.program.notes, Warning{Code: code, Path: path, Text: text})
}

// field compiles one field.
func (c *compiler) field(i int) field {
	s := c.program.schema
	def := &s.Fields[i]
	f := field{def: def}
	f.setMissing(s.Missing(def))
	f.rules = []rule{typeRule(def), requiredRule(def, def.Constraints.Required), missingCellRule(def)}
	c.cast(&f, fmt.Sprintf("fields[%d]", i))
	f.key = keyOf(def, f.cast)
	c.constraints(&f, fmt.Sprintf("fields[%d].constraints", i))
	return f
}

func firstNamed(s *frictionless.Schema, name string) int {
	return slices.IndexFunc(s.Fields, func(f frictionless.Field) bool { return f.Name == name })
}

// cast chooses how the values of the field are read.
func (c *compiler) cast(f *field, path string) {
	def := f.def
	if concept, ok := conceptNamed(def); ok {
		f.cast, f.masked = castWritten(concept), concept.Personal
		f.rules[ruleType] = conceptRule(def, concept)
		return
	}
	if def.Type == frictionless.Date || def.Type == frictionless.Datetime || def.Type == frictionless.Time {
		c.moment(f, path)
		return
	}
	known := true
	f.cast, known = castNamed(def)
	if !known {
		c.note("format_unknown", path+".format", i18n.T("le format « %s » n’est pas connu pour le type %s : les valeurs sont lues comme si rien n’était dit", "format “%s” is not known for type %s: values are read as if nothing was said", def.Format, string(def.Type)))
	}
}

// castNamed is how the values of a type and a format are read; known is false when the format is not.
func castNamed(def *frictionless.Field) (cast func([]byte, *value) bool, known bool) {
	plain := def.Format == ""
	switch def.Type {
	case frictionless.String:
		switch def.Format {
		case "email":
			return castEmail, true
		case "uri":
			return castURI, true
		case "uuid":
			return castUUID, true
		case "binary":
			return castBinary, true
		}
		return castText, plain
	case frictionless.Number:
		return described(def, castNumber), plain
	case frictionless.Integer:
		return described(def, castInteger), plain
	case frictionless.Boolean:
		return castBoolean(def), plain
	case frictionless.Object:
		return castObject, plain
	case frictionless.Array:
		return castArray, plain
	case frictionless.List:
		return castList(listDelimiter(def), castItem(def.ItemType)), plain
	case frictionless.Year:
		return castYear, plain
	case frictionless.YearMonth:
		return castYearMonth, plain
	case frictionless.Duration:
		return castDuration, plain
	case frictionless.Geopoint:
		return castGeopoint(def.Format), plain || def.Format == "array" || def.Format == "object"
	case frictionless.GeoJSON:
		if def.Format == "topojson" {
			return castTopoJSON, true
		}
		return castGeoJSON, plain
	}
	return castText, plain
}

func castItem(t frictionless.Type) func([]byte, *value) bool {
	switch t {
	case frictionless.Date:
		return castDate
	case frictionless.Datetime:
		return castDatetime
	case frictionless.Time:
		return castTime
	}
	cast, _ := castNamed(&frictionless.Field{Type: t})
	return cast
}

// moment compiles the formats of dates and times.
func (c *compiler) moment(f *field, path string) {
	kind := string(f.def.Type)
	switch f.def.Format {
	case "":
		f.cast = castItem(f.def.Type)
	case "any":
		f.cast = anyWays().cast(kind)
	case "%Y-%m-%d":
		if kind == "date" {
			f.cast = castDateLoose
			return
		}
		fallthrough
	default:
		l, wrong := newLayout(f.def.Format)
		if wrong != nil {
			c.wrong(path+".format", *wrong)
			f.cast = castText
			return
		}
		f.cast = l.cast(kind)
	}
}

// castDateLoose reads %Y-%m-%d as strptime does: a zero may be missing.
func castDateLoose(v []byte, o *value) bool {
	if castDate(v, o) {
		return true
	}
	parts := bytes.Split(v, []byte("-"))
	if len(parts) != 3 || len(parts[0]) != 4 || len(parts[1]) > 2 || len(parts[2]) > 2 {
		return false
	}
	var padded [10]byte
	copy(padded[:], "0000-00-00")
	copy(padded[:4], parts[0])
	copy(padded[7-len(parts[1]):7], parts[1])
	copy(padded[10-len(parts[2]):], parts[2])
	return castDate(padded[:], o)
}

// conceptNamed is the code of the administration that the format of a text names: "uai", or "fr:uai".
func conceptNamed(def *frictionless.Field) (french.Concept, bool) {
	if def.Type != frictionless.String || def.Format == "" || def.Format == "email" {
		return french.Concept{}, false
	}
	return french.ConceptOf(strings.TrimPrefix(def.Format, "fr:"))
}

func castConcept(concept french.Concept) func([]byte, *value) bool {
	quick := map[string]french.Code{"siren": french.CodeSIREN, "siret": french.CodeSIRET}[concept.Name]
	return func(v []byte, o *value) bool {
		if quick != french.NoCode && french.Recognise(v) == quick {
			return true
		}
		return concept.Check(string(v)).Valid
	}
}

// exact are the codes that are written in one way: without a space, in capitals. Others (telephones, IBAN, social security
// numbers) are printed in groups by those who issue them, and are compared without their spaces.
var exact = []string{"uai", "siren", "siret", "tva", "rna", "commune", "postal", "departement", "region", "mef"}

// written checks a value against a code as a field that has it as its format must write it.
func written(c french.Concept, text string) french.Verdict {
	v := c.Check(text)
	if v.Valid && v.Canonical != "" && v.Canonical != text && slices.Contains(exact, c.Name) {
		return french.Verdict{Canonical: v.Canonical, Suggestion: v.Canonical,
			Reason: i18n.T("il s’écrit sans espace ni signe, en capitales", "it is written without spaces or signs, in capitals")}
	}
	return v
}

// castWritten reads a code as it must be written; [castConcept] takes any way of writing it.
func castWritten(concept french.Concept) func([]byte, *value) bool {
	loose := castConcept(concept)
	if !slices.Contains(exact, concept.Name) {
		return loose
	}
	return func(v []byte, o *value) bool {
		if plainCode(v) {
			return loose(v, o) // nothing to write otherwise
		}
		return written(concept, string(v)).Valid
	}
}

// plainCode reports whether a text is of digits and capitals alone.
func plainCode(v []byte) bool {
	for _, c := range v {
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return true
}

// textOf is what a JSON value is in a file: a text as it is, anything else as JSON writes it.
func textOf(raw json.RawMessage) []byte {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return []byte(s)
	}
	return bytes.TrimSpace(raw)
}

// logical reads a value of the schema itself, as a cell or as JSON.
func (f *field) logical(raw json.RawMessage) (v []byte, o value, ok bool) {
	v = textOf(raw)
	if f.def.Type == frictionless.Boolean && (string(raw) == "true" || string(raw) == "false") {
		o.exact = true
		if string(raw) == "true" {
			o.num = 1
		}
		return v, o, true
	}
	if f.cast(v, &o) {
		return v, o, true
	}
	o = value{}
	switch f.def.Type {
	case frictionless.Number:
		ok = castNumber(v, &o)
	case frictionless.Integer:
		ok = castInteger(v, &o)
	case frictionless.Date, frictionless.Datetime, frictionless.Time:
		ok = castItem(f.def.Type)(v, &o)
	}
	return v, o, ok
}
