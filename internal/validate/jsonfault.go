package validate

import (
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"socle/internal/french"
	"socle/internal/i18n"
)

// jsonKey is what the faults of a document are grouped by: the place with * for the elements of lists, and the keyword.
type jsonKey struct{ place, rule string }

func (k jsonKey) compare(other jsonKey) int {
	if c := strings.Compare(k.place, other.place); c != 0 {
		return c
	}
	return strings.Compare(k.rule, other.rule)
}

// mostGroups bounds the groups of a report: the names of members may come from the data. The faults of the others are
// counted under their keyword alone.
const mostGroups = 1000

type jsonGroup struct {
	Group
	paths [][]string // of the examples
}

// jsonFault is one rule that one value breaks.
type jsonFault struct {
	path    []string // in the value that is held
	place   string   // with * for the elements of lists
	words   jsonWords
	value   any
	there   bool   // the value is there to be shown
	masked  bool   // what it is about may not be shown
	concept string // the code that it should be
}

// hold holds a value against a schema. index is its place in the list that is read, nil when it is a document; line its
// line, when it has one.
func (r *jsonRun) hold(s *jsonschema.Schema, value any, index *int64, line int64) {
	r.values++
	var broken *jsonschema.ValidationError
	if !errors.As(s.Validate(value), &broken) {
		return
	}
	r.faulty++
	var before []string
	place := ""
	if index != nil {
		before, place = []string{strconv.FormatInt(*index, 10)}, "/*"
	}
	found := r.leaves(broken, value, nil)
	slices.SortStableFunc(found, func(a, b jsonFault) int { return comparePaths(a.path, b.path) }) // members come in no order
	for _, f := range found {
		f.place = place + f.place
		r.add(f, slices.Concat(before, f.path), line)
	}
}

// comparePaths orders places by their steps, numbers by their value.
func comparePaths(a, b []string) int {
	return slices.CompareFunc(a, b, func(x, y string) int {
		m, errX := strconv.Atoi(x)
		n, errY := strconv.Atoi(y)
		if errX == nil && errY == nil {
			return m - n
		}
		return strings.Compare(x, y)
	})
}

// leaves gathers the rules that are broken. Of a choice between forms, only the choice is a fault: what each form would
// have wanted is no mistake of whoever wrote the value.
func (r *jsonRun) leaves(e *jsonschema.ValidationError, value any, into []jsonFault) []jsonFault {
	switch k := e.ErrorKind.(type) {
	case *kind.AnyOf, *kind.OneOf, *kind.Not:
		return append(into, r.leaf(e, value, nil))
	case *kind.Required:
		return r.members(e, value, k.Missing, into)
	case *kind.DependentRequired:
		return r.members(e, value, k.Missing, into)
	case *kind.Dependency:
		return r.members(e, value, k.Missing, into)
	case *kind.AdditionalProperties:
		return r.members(e, value, slices.Sorted(slices.Values(k.Properties)), into)
	}
	if len(e.Causes) == 0 {
		return append(into, r.leaf(e, value, nil))
	}
	for _, cause := range e.Causes {
		into = r.leaves(cause, value, into)
	}
	return into
}

// members makes a fault of each member that an error names.
func (r *jsonRun) members(e *jsonschema.ValidationError, value any, names []string, into []jsonFault) []jsonFault {
	for _, name := range names {
		into = append(into, r.leaf(e, value, []string{name}))
	}
	return into
}

// leaf is one broken rule, on the value where the error is or on a member of it.
func (r *jsonRun) leaf(e *jsonschema.ValidationError, value any, member []string) jsonFault {
	f := jsonFault{path: slices.Concat(e.InstanceLocation, member), words: wordsOf(e.ErrorKind), there: true}
	var place []string
	for _, step := range f.path {
		switch v := value.(type) {
		case []any:
			place = append(place, "*")
			if n, err := strconv.Atoi(step); err == nil && n < len(v) {
				value = v[n]
			}
			continue
		case map[string]any:
			value, f.there = v[step], v[step] != nil
		}
		place = append(place, step)
	}
	f.place, f.value = pointer(place), value
	f.concept, f.masked = r.about(e.SchemaURL)
	return f
}

// about says what code of the administration the format of a part of the schema names, and whether it is about people.
func (r *jsonRun) about(url string) (concept string, personal bool) {
	address, path, _ := strings.Cut(url, "#")
	if address != strings.TrimSuffix(r.schema.address, "#") {
		return "", false
	}
	node := r.schema.content
	for step := range strings.SplitSeq(strings.TrimPrefix(path, "/"), "/") {
		if path == "" {
			break
		}
		step = unescape(step)
		switch v := node.(type) {
		case map[string]any:
			node = v[step]
		case []any:
			n, err := strconv.Atoi(step)
			if err != nil || n >= len(v) {
				return "", false
			}
			node = v[n]
		}
	}
	members, _ := node.(map[string]any)
	name, _ := members["format"].(string)
	c, known := french.ConceptOf(strings.TrimPrefix(name, "fr:"))
	if !known {
		return "", false
	}
	return c.Name, c.Personal
}

func (r *jsonRun) add(f jsonFault, path []string, line int64) {
	r.errors++
	key := jsonKey{f.place, f.words.rule}
	g := r.groups[key]
	if g == nil && len(r.groups) >= mostGroups {
		key.place = "…"
		g = r.groups[key]
	}
	if g == nil {
		code := codeConstraint
		if key.rule == "type" || key.rule == "format" {
			code = codeType
		}
		where := key.place
		if where == "" {
			where = "/"
		}
		g = &jsonGroup{Group: Group{Field: where, Rule: key.rule, Type: code, Code: code, Tags: tags(code), Title: f.words.title, Message: i18n.T("« %s » %s", "“%s” %s", where, f.words.wrong),
			Instruction: f.words.what, Fix: i18n.T("Corrigez la valeur, ou vérifiez le nom des membres.", "Correct the value, or check the names of the members."), Examples: []Example{}, rule: -1}}
		if f.masked {
			g.Message = i18n.T("« %s » n’est pas juste", "“%s” is not right", where)
		}
		r.groups[key] = g
	}
	if g.Count++; len(g.Examples) < r.most {
		g.Examples, g.paths = append(g.Examples, r.example(f, path, line)), append(g.paths, path)
	}
}

// example tells one fault; its line comes later when the document has several.
func (r *jsonRun) example(f jsonFault, path []string, line int64) Example {
	e := Example{Row: r.values, Line: line, RowNumber: line, Field: f.place, Pointer: pointer(path)}
	if f.there {
		switch v := f.value.(type) {
		case map[string]any, []any:
		default:
			e.Cell = clip([]byte(shownJSON(v)))
		}
	}
	if e.Cell != "" && (f.masked || holdsNIR(e.Cell)) {
		e.Cell, e.Masked = mask(e.Cell), true
	}
	wrong := f.words.wrong
	if e.Masked && f.words.rule == "format" {
		wrong = i18n.T("n’est pas juste", "is not right") // the reason may quote the value
	}
	at := e.Pointer
	if at == "" {
		at = "/"
	}
	e.Message = i18n.T("« %s » %s.", "“%s” %s.", at, wrong)
	if e.Cell != "" {
		e.Message = i18n.T("« %s » : « %s » %s.", "“%s”: “%s” %s.", at, e.Cell, wrong)
	}
	if concept, known := french.ConceptOf(f.concept); known && !e.Masked && f.words.rule == "format" {
		if better := written(concept, e.Cell).Suggestion; better != "" && concept.Check(better).Valid {
			e.Suggestion = better
			e.Message = i18n.T("%s Voulez-vous dire « %s » ?", "%s Did you mean “%s”?", e.Message, better)
		}
	}
	if line > 0 {
		e.Message = i18n.T("Ligne %d, %s", "Line %d, %s", line, e.Message)
	}
	return e
}

// brokenLine is a line of JSON Lines that is no JSON.
func (r *jsonRun) brokenLine(line int64, err error) {
	r.values++
	r.faulty++
	words := jsonWords{"json", i18n.T("Ligne illisible", "Unreadable line"), i18n.T("n’est pas du JSON valable (%s)", "is not valid JSON (%s)", err.Error()), i18n.T("Chaque ligne est une valeur JSON entière.", "Each line is a whole JSON value.")}
	r.add(jsonFault{words: words}, nil, line)
	g := r.groups[jsonKey{"", "json"}]
	g.Type, g.Code, g.Tags = "source-error", "source-error", []string{"#table", "#row"}
}

// locate finds the lines of the examples.
func (r *jsonRun) locate(in io.Reader) error {
	tree := &sought{}
	for _, g := range r.groups {
		for i := range g.Examples {
			path := g.paths[i]
			if g.Rule == "required" || g.Rule == "dependentRequired" {
				path = path[:len(path)-1] // the object that lacks it
			}
			tree.add(path, &g.Examples[i].Line)
		}
	}
	if err := tree.locate(in); err != nil {
		return err
	}
	for _, g := range r.groups {
		for i := range g.Examples {
			e := &g.Examples[i]
			e.RowNumber, e.Message = e.Line, i18n.T("Ligne %d, %s", "Line %d, %s", e.Line, e.Message)
		}
	}
	return nil
}
