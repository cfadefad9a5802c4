package validate

import (
	"encoding/json"

	"socle/internal/schema/frictionless"
)

// Sample returns a value that breaks no rule on the cells of a field, for people to write like it: the example of the
// schema when it is right, else one made from the rules. It is empty when the field is not there, or nothing is found.
func (p *Program) Sample(name string) string {
	i := firstNamed(p.schema, name)
	if i < 0 {
		return ""
	}
	f := &p.fields[i]
	for _, candidate := range f.samples() {
		if suggestion, ok := f.right(candidate); ok {
			return suggestion
		}
	}
	return ""
}

// right returns a text when it breaks no rule, else the way of writing it that breaks none.
func (f *field) right(text string) (string, bool) {
	if text == "" {
		return "", false
	}
	var o value
	if f.eval([]byte(text), false, &o); o.state == good && o.faults == 0 {
		return text, true
	}
	return f.suggest(text)
}

// samples are values that may be right, the likeliest first.
func (f *field) samples() []string {
	def, set := f.def, &f.def.Constraints
	var out []string
	add := func(values ...json.RawMessage) {
		for _, raw := range values {
			if raw != nil {
				out = append(out, string(textOf(raw)))
			}
		}
	}
	add(def.Example)
	add(set.Enum...)
	for _, c := range def.Categories {
		add(c.Value)
	}
	if concept, ok := conceptNamed(def); ok {
		out = append(out, concept.Example)
	}
	if set.Pattern != "" {
		if p, wrong := newPattern(set.Pattern, 0); wrong == nil {
			out = append(out, patternSample(set.Pattern, p))
		}
	}
	out = append(out, usual[def.Type]...)
	add(set.Minimum, set.Maximum)
	if def.Type == frictionless.Boolean {
		out = append(out, "oui", "non", "true")
	}
	if format, known := usualFormats[def.Format]; known {
		out = append(out, format)
	}
	return out
}

// usual are right values of each type, where nothing more is asked.
var usual = map[frictionless.Type][]string{
	frictionless.Integer: {"12", "1"}, frictionless.Number: {"12.5", "0.5", "1"}, frictionless.Date: {"2026-11-24"},
	frictionless.Datetime: {"2026-11-24T08:30:00"}, frictionless.Time: {"08:30:00"}, frictionless.Year: {"2026"},
	frictionless.YearMonth: {"2026-11"}, frictionless.Duration: {"PT1H30M"}, frictionless.Geopoint: {"-1.68, 48.11"},
	frictionless.Object: {"{}"}, frictionless.Array: {"[]"}, frictionless.GeoJSON: {`{"type":"Point","coordinates":[-1.68,48.11]}`},
}

// usualFormats are right texts of the formats that are no code.
var usualFormats = map[string]string{"email": "accueil@example.org", "uri": "https://example.org/", "uuid": "123e4567-e89b-42d3-a456-426614174000"}
