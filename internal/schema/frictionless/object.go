package frictionless

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"socle/internal/fault"
	"socle/internal/i18n"
)

// Problems is every problem found in a document. It is the cause of the fault that [Parse] and its kin return.
type Problems []Problem

// Error lists the problems, for logs.
func (p Problems) Error() string {
	var b strings.Builder
	for i, problem := range p {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(problem.Path + ": " + problem.Message.EN)
	}
	return b.String()
}

// ProblemsOf returns every problem behind a fault of this package, in the order of the document.
func ProblemsOf(err error) []Problem {
	var p Problems
	if errors.As(err, &p) {
		return p
	}
	return nil
}

// reader gathers what is wrong while a document is read, so that all of it can be said at once.
type reader struct {
	problems Problems
	notes    []Problem
}

func (r *reader) wrong(path, fr, en string, args ...any) {
	r.problems = append(r.problems, Problem{path, i18n.T(fr, en, args...)})
}

func (r *reader) note(path, fr, en string, args ...any) {
	r.notes = append(r.notes, Problem{path, i18n.T(fr, en, args...)})
}

// err is the fault that says the first problem, and how many others there are.
func (r *reader) err(code string, what i18n.Text) error {
	if len(r.problems) == 0 {
		return nil
	}
	first := r.problems[0]
	where := first.Path
	if where == "" {
		where = "$"
	}
	message := i18n.T("%s. À « %s » : %s", "%s. At “%s”: %s", what, where, first.Message)
	if n := len(r.problems) - 1; n > 0 {
		message = i18n.T("%s (et %s)", "%s (and %s)", message, i18n.Count(n, i18n.T("autre problème", "other problem"), i18n.T("autres problèmes", "other problems")))
	}
	return fault.New(fault.Invalid, code, message).At(first.Path).Because(r.problems)
}

// object is a JSON object being read: its members are taken one by one, and what remains is unknown to the standard.
type object struct {
	*reader
	path    string
	members []Member
	order   []string
}

// document reads a whole document, which must be one object.
func (r *reader) document(data []byte) (*object, bool) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if err := json.Unmarshal(data, new(json.RawMessage)); err != nil {
		line, column := 1, 1
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			before := data[:min(int(syntax.Offset), len(data))]
			line += bytes.Count(before, []byte("\n"))
			column = len(before) - bytes.LastIndexByte(before, '\n') - 1
		}
		r.wrong("", "ce n’est pas du JSON : l’écriture se brise à la ligne %d, caractère %d", "this is not JSON: it breaks on line %d, character %d", line, max(column, 1))
		return nil, false
	}
	return r.object("", data)
}

// object reads an object at a path.
func (r *reader) object(path string, raw json.RawMessage) (*object, bool) {
	members, err := membersOf(raw)
	if err != nil {
		r.wrong(path, "un objet est attendu, entre accolades ; %s a été trouvé", "an object is expected, between braces; %s was found", kindOf(raw))
		return nil, false
	}
	o := &object{reader: r, path: path, members: members}
	for _, m := range members {
		o.order = append(o.order, m.Name)
	}
	return o, true
}

// membersOf reads the members of an object in order; of a name said twice, the last value counts.
func membersOf(raw json.RawMessage) ([]Member, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	if token, err := d.Token(); err != nil || token != json.Delim('{') {
		return nil, errors.New("not an object")
	}
	members := []Member{}
	places := map[string]int{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, err
		}
		name, _ := token.(string)
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		if i, twice := places[name]; twice {
			members[i].Value = value
			continue
		}
		places[name] = len(members)
		members = append(members, Member{name, value})
	}
	if _, err := d.Token(); err != nil && err != io.EOF {
		return nil, err
	}
	return members, nil
}

func (o *object) at(name string) string {
	if o.path == "" {
		return name
	}
	return o.path + "." + name
}

// take removes a member and returns its value. A null is as good as nothing, except to be written back.
func (o *object) take(name string) (json.RawMessage, bool) {
	i := slices.IndexFunc(o.members, func(m Member) bool { return m.Name == name })
	if i < 0 || string(o.members[i].Value) == "null" {
		return nil, false
	}
	value := o.members[i].Value
	o.members = slices.Delete(o.members, i, i+1)
	return value, true
}

// rest is what was not taken.
func (o *object) rest() Extra {
	if len(o.members) == 0 {
		return nil
	}
	return Extra(o.members)
}

func (o *object) text(name string) string {
	raw, ok := o.take(name)
	if !ok {
		return ""
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		o.wrong(o.at(name), "un texte est attendu, entre guillemets ; %s a été trouvé", "a text is expected, between quotes; %s was found", kindOf(raw))
	}
	return s
}

// words is a text that only describes: anything else is kept as it is, and is no fault.
func (o *object) words(name string) string {
	i := slices.IndexFunc(o.members, func(m Member) bool { return m.Name == name })
	if i < 0 || o.members[i].Value[0] != '"' {
		return ""
	}
	return o.text(name)
}

func (o *object) truth(name string) *bool {
	raw, ok := o.take(name)
	if !ok {
		return nil
	}
	var b bool
	if json.Unmarshal(raw, &b) != nil {
		o.wrong(o.at(name), "true ou false est attendu, sans guillemets ; %s a été trouvé", "true or false is expected, without quotes; %s was found", kindOf(raw))
		return nil
	}
	return &b
}

// natural is a whole number from 0.
func (o *object) natural(name string) *int {
	raw, ok := o.take(name)
	if !ok {
		return nil
	}
	n, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || n < 0 || n != float64(int(n)) {
		o.wrong(o.at(name), "un nombre entier à partir de 0 est attendu ; %s a été trouvé", "a whole number from 0 is expected; %s was found", kindOf(raw))
		return nil
	}
	whole := int(n)
	return &whole
}

// list is the elements of an array; ok is false when the member is not there or not an array.
func (o *object) list(name string) (elements []json.RawMessage, ok bool) {
	raw, ok := o.take(name)
	if !ok {
		return nil, false
	}
	elements = []json.RawMessage{}
	if json.Unmarshal(raw, &elements) != nil {
		o.wrong(o.at(name), "une liste est attendue, entre crochets ; %s a été trouvé", "a list is expected, between brackets; %s was found", kindOf(raw))
		return nil, false
	}
	return elements, true
}

// texts is a list of texts, nil when the member is not there.
func (o *object) texts(name string) []string {
	elements, ok := o.list(name)
	if !ok {
		return nil
	}
	out := make([]string, len(elements))
	for i, raw := range elements {
		if json.Unmarshal(raw, &out[i]) != nil || raw[0] != '"' {
			o.wrong(fmt.Sprintf("%s[%d]", o.at(name), i), "un texte est attendu, entre guillemets ; %s a été trouvé", "a text is expected, between quotes; %s was found", kindOf(raw))
		}
	}
	return out
}

// names is a list of names, or one name alone as version 1 allows.
func (o *object) names(name string) []string {
	i := slices.IndexFunc(o.members, func(m Member) bool { return m.Name == name })
	if i < 0 || o.members[i].Value[0] != '"' {
		return o.texts(name)
	}
	one := o.text(name)
	if one == "" {
		return nil
	}
	return []string{one}
}

// kindOf names what a JSON value is.
func kindOf(raw json.RawMessage) i18n.Text {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 {
		return i18n.T("rien", "nothing")
	}
	switch raw[0] {
	case '{':
		return i18n.T("un objet", "an object")
	case '[':
		return i18n.T("une liste", "a list")
	case '"':
		text := string(raw)
		if len(text) > 60 {
			text = strings.ToValidUTF8(text[:57], "") + "…"
		}
		return i18n.T("le texte %s", "the text %s", text)
	case 't', 'f':
		return i18n.T("%s", "%s", string(raw))
	case 'n':
		return i18n.T("null", "null")
	}
	return i18n.T("le nombre %s", "the number %s", string(raw))
}

func compactJSON(value any) (json.RawMessage, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}
