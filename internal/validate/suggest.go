package validate

import (
	"strings"
	"time"

	"socle/internal/french"
	"socle/internal/schema/frictionless"
)

// suggest proposes the value that was probably meant. Whatever it proposes is without fault for the field.
func (f *field) suggest(cell string) (string, bool) {
	for _, candidate := range f.candidates(cell) {
		if candidate == cell || candidate == "" {
			continue
		}
		var o value
		if f.eval([]byte(candidate), false, &o); o.state == good && o.faults == 0 {
			return candidate, true
		}
	}
	return "", false
}

// candidates are ways of writing a value otherwise, the likeliest first.
func (f *field) candidates(cell string) []string {
	var out []string
	text := strings.Join(strings.Fields(strings.Map(plainSpace, cell)), " ")
	out = append(out, text)
	def := f.def
	switch def.Type {
	case frictionless.Integer, frictionless.Number:
		out = append(out, numbersIn(def, text)...)
	case frictionless.Boolean:
		out = append(out, truthsIn(def, text)...)
	case frictionless.Date, frictionless.Datetime, frictionless.Time:
		out = append(out, f.momentsIn(text)...)
	case frictionless.Year:
		if len(text) == 9 || len(text) > 4 && !onlyDigits([]byte(text[:5])) {
			out = append(out, text[:4])
		}
	case frictionless.YearMonth:
		if days, ok := anyWays().day(text); ok {
			out = append(out, timeOf(days).Format("2006-01"))
		}
	case frictionless.String, frictionless.Any:
		out = append(out, f.textsIn(text)...)
	}
	return append(out, f.closest(text)...)
}

// plainSpace makes typographic spaces plain.
func plainSpace(r rune) rune {
	switch r {
	case '\u00a0', '\u202f', '\u2009', '\ufeff':
		return ' '
	}
	return r
}

func numbersIn(def *frictionless.Field, text string) []string {
	point := def.DecimalChar
	if point == "" {
		point = "."
	}
	tight := strings.ReplaceAll(text, " ", "")
	bare := strings.Trim(strings.TrimSuffix(tight, "%"), "€$ ")
	out := []string{tight, bare}
	comma := strings.Count(bare, ",")
	switch {
	case comma == 1 && !strings.Contains(bare, "."):
		out = append(out, strings.Replace(bare, ",", point, 1))
	case comma > 0 && strings.LastIndex(bare, ".") > strings.LastIndex(bare, ","):
		out = append(out, strings.Replace(strings.ReplaceAll(bare, ",", ""), ".", point, 1))
	case comma == 1:
		out = append(out, strings.Replace(strings.ReplaceAll(bare, ".", ""), ",", point, 1))
	case point != ".":
		out = append(out, strings.Replace(bare, ".", point, 1))
	}
	if def.Type == frictionless.Integer {
		for _, end := range []string{".0", ",0", ".00", ",00"} {
			out = append(out, strings.TrimSuffix(bare, end))
		}
	}
	return out
}

func truthsIn(def *frictionless.Field, text string) []string {
	yes, no := "true", "false"
	if len(def.TrueValues) > 0 {
		yes = def.TrueValues[0]
	}
	if len(def.FalseValues) > 0 {
		no = def.FalseValues[0]
	}
	switch french.Fold(text) {
	case "oui", "o", "vrai", "v", "yes", "y", "true", "t", "1", "x":
		return []string{yes}
	case "non", "n", "faux", "no", "false", "f", "0":
		return []string{no}
	}
	return nil
}

// momentsIn reads the text in all the ways that mean one thing, and writes it in the way of the field.
func (f *field) momentsIn(text string) []string {
	layouts := anyWays()
	read := layouts.moment
	if f.def.Type == frictionless.Time {
		read = layouts.clock // a year is no hour
	}
	at, ok := read(text)
	if !ok {
		return nil
	}
	t := timeOf(0).Add(duration(at))
	if f.def.Type == frictionless.Date && !t.Equal(t.Truncate(24*time.Hour)) {
		return nil // an hour would be lost
	}
	format := f.def.Format
	if format == "" || format == "any" {
		format = map[frictionless.Type]string{frictionless.Date: "%Y-%m-%d", frictionless.Datetime: "%Y-%m-%dT%H:%M:%S", frictionless.Time: "%H:%M:%S"}[f.def.Type]
	}
	written := strings.NewReplacer("%Y", "2006", "%y", "06", "%m", "01", "%d", "02", "%H", "15", "%M", "04", "%S", "05").Replace(format)
	if strings.Contains(written, "%") {
		return nil
	}
	return []string{t.Format(written)}
}

func (f *field) textsIn(text string) []string {
	tight := strings.NewReplacer(" ", "", ".", "", "-", "").Replace(text)
	out := []string{strings.ToUpper(text), strings.ToLower(text), tight, strings.ToUpper(tight)}
	if onlyDigits([]byte(tight)) {
		out = append(out, "0"+tight, "00"+tight)
	}
	if concept, ok := conceptNamed(f.def); ok {
		v := concept.Check(text)
		out = append(out, v.Suggestion, v.Canonical)
	}
	switch f.def.Format {
	case "uri":
		out = append(out, "https://"+text, strings.ReplaceAll(text, " ", "%20"))
	case "email":
		out = append(out, strings.ReplaceAll(tight, "(at)", "@"), strings.ReplaceAll(text, " ", ""), strings.TrimPrefix(text, "mailto:"))
	}
	if r := f.rules; len(r) > 0 {
		for i := range r {
			if r[i].name == "uai" || r[i].name == "commune" || r[i].name == "postal" {
				if c, ok := french.ConceptOf(r[i].name); ok {
					out = append(out, c.Check(text).Suggestion)
				}
			}
		}
	}
	return out
}

// closest finds in a closed list the value that differs by case and accents, or by one letter alone.
func (f *field) closest(text string) []string {
	var values []string
	for _, raw := range f.def.Constraints.Enum {
		values = append(values, string(textOf(raw)))
	}
	for _, c := range f.def.Categories {
		values = append(values, string(textOf(c.Value)))
	}
	folded := french.Fold(text)
	var near []string
	for _, v := range values {
		switch other := french.Fold(v); {
		case other == folded:
			return []string{v}
		case len(folded) > 3 && within1(folded, other):
			near = append(near, v)
		}
	}
	if len(near) == 1 {
		return near
	}
	return nil
}

// within1 reports whether one letter changed, added or removed turns a text into another.
func within1(a, b string) bool {
	x, y := []rune(a), []rune(b)
	if len(x) > len(y) {
		x, y = y, x
	}
	if len(y)-len(x) > 1 {
		return false
	}
	i := 0
	for i < len(x) && x[i] == y[i] {
		i++
	}
	j := 0
	for j < len(x)-i && x[len(x)-1-j] == y[len(y)-1-j] {
		j++
	}
	return i+j >= len(y)-1
}
