package validate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"socle/internal/fault"
	"socle/internal/french"
	"socle/internal/i18n"
)

// jsonSchema compiles a constraint on objects and arrays. A JSON Schema that refers to another document is refused:
// validating a table fetches nothing.
func (c *compiler) jsonSchema(f *field, path string, raw json.RawMessage) {
	compiled, _, err := compileJSON(c.ctx, raw, "schema.json", nil)
	if err != nil {
		c.wrong(path, fault.Message(err))
		return
	}
	f.add(jsonSchemaRule(f.def), func(v []byte, o *value) bool {
		document, err := readJSON(v)
		return err == nil && compiled.Validate(document) == nil
	})
}

// Documents gives the documents that a JSON Schema refers to, by their whole address: https://… or file:///….
type Documents func(ctx context.Context, address string) ([]byte, error)

// mostDocuments is how many documents a schema may refer to.
const mostDocuments = 64

// compileJSON compiles a JSON Schema that came from an address, and returns its content too. Formats are checked, those of
// the codes of the administration included ("uai", or "fr:uai"). The fault schema_invalid says what cannot be checked and
// why; a document that may not be fetched is the fault of whoever refused it.
func compileJSON(ctx context.Context, document []byte, address string, documents Documents) (*jsonschema.Schema, any, error) {
	content, err := readJSON(document)
	if err != nil {
		return nil, nil, unusable("", i18n.T("ce n’est pas du JSON (%s)", "it is not JSON (%s)", err.Error())).Because(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	compiler.UseLoader(&documentLoader{ctx: ctx, documents: documents})
	compiler.UseRegexpEngine(boundedRegexp)
	for _, concept := range french.Concepts() {
		check := func(v any) error {
			text, ok := v.(string)
			if !ok {
				return nil // a format speaks of texts only
			}
			if verdict := written(concept, text); !verdict.Valid {
				return refusal(verdict.Reason)
			}
			return nil
		}
		compiler.RegisterFormat(&jsonschema.Format{Name: "fr:" + concept.Name, Validate: check})
		if concept.Name != "email" { // which the standard has
			compiler.RegisterFormat(&jsonschema.Format{Name: concept.Name, Validate: check})
		}
	}
	if err := compiler.AddResource(address, content); err != nil {
		return nil, nil, cannotCompile(err)
	}
	compiled, err := compiler.Compile(address)
	if err != nil {
		return nil, nil, cannotCompile(err)
	}
	return compiled, content, nil
}

// refusal is an error that says why in both languages.
type refusal i18n.Text

func (r refusal) Error() string { return r.EN }

func unusable(path string, why i18n.Text) *fault.Error {
	return fault.New(fault.Invalid, "schema_invalid", i18n.T("Ce n’est pas un schéma JSON utilisable : %s.", "This is not a usable JSON Schema: %s.", why)).At(path)
}

// cannotCompile says why a schema cannot be compiled.
func cannotCompile(err error) error {
	var load *jsonschema.LoadURLError
	if errors.As(err, &load) {
		if fault.KindOf(load.Err) != fault.Internal {
			return load.Err
		}
		return unusable("", i18n.T("le document « %s » ne se lit pas (%s)", "document “%s” cannot be read (%s)", load.URL, load.Err.Error())).Because(err)
	}
	path, said := "", i18n.Text{FR: err.Error(), EN: err.Error()}
	var expr *jsonschema.InvalidRegexError
	var invalid *jsonschema.ValidationError
	var against *jsonschema.SchemaValidationError
	if errors.As(err, &against) {
		err = against.Err
	}
	switch {
	case errors.As(err, &expr):
		path = fragment(expr.URL)
		said = reasonOf(expr.Err)
	case errors.As(err, &invalid):
		leaf := invalid
		for len(leaf.Causes) > 0 {
			leaf = leaf.Causes[0]
		}
		path = pointer(leaf.InstanceLocation)
		said = wordsOf(leaf.ErrorKind).wrong
		if format, ok := leaf.ErrorKind.(*kind.Format); ok && format.Want == "regex" {
			said = reasonOf(format.Err)
		}
	}
	if path != "" {
		said = i18n.T("à « %s », %s", "at “%s”, %s", path, said)
	}
	return unusable(path, said).Because(err)
}

// reasonOf is the reason of a refusal, or what an error says.
func reasonOf(err error) i18n.Text {
	var why refusal
	if errors.As(err, &why) {
		return i18n.Text(why)
	}
	return i18n.Text{FR: err.Error(), EN: err.Error()}
}

func fragment(address string) string {
	_, after, _ := strings.Cut(address, "#")
	return after
}

// documentLoader hands the documents that a schema refers to.
type documentLoader struct {
	ctx       context.Context
	documents Documents
	loaded    int
}

// Load implements [jsonschema.URLLoader].
func (l *documentLoader) Load(address string) (any, error) {
	if l.documents == nil {
		return nil, fault.New(fault.Invalid, "schema_invalid", i18n.T("Ce schéma JSON renvoie à un autre document, %s : rien n’est téléchargé ici. Recopiez-le sous « $defs ».",
			"This JSON Schema refers to another document, %s: nothing is fetched here. Copy it under “$defs”.", address))
	}
	if l.loaded++; l.loaded > mostDocuments {
		return nil, fault.New(fault.Invalid, "schema_invalid", i18n.T("Ce schéma JSON renvoie à plus de %d documents.", "This JSON Schema refers to more than %d documents.", mostDocuments))
	}
	document, err := l.documents(l.ctx, address)
	if err != nil {
		return nil, err
	}
	return readJSON(document)
}

// boundedRegexp gives JSON Schema the same expressions as the constraint pattern, which are not anchored there.
func boundedRegexp(expr string) (jsonschema.Regexp, error) {
	translated, wrong := translate(expr)
	if wrong != nil {
		return nil, refusal(*wrong)
	}
	compiled, err := compileSearch(expr, translated)
	if err != nil {
		return nil, refusal(i18n.T("l’expression régulière ne se lit pas (%s)", "the regular expression cannot be read (%s)", err.Error()))
	}
	return compiled, nil
}

// readJSON reads one value, with its numbers as they are written.
func readJSON(data []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errors.New("a second value after the first")
	}
	return value, boundedNumbers(value)
}

// mostExponent bounds the numbers of a document: that of the greatest number that computers usually hold. A few bytes
// more, like 1e999999999, would take gigabytes when compared exactly.
const mostExponent = 400

func boundedNumbers(value any) error {
	switch v := value.(type) {
	case json.Number:
		if at := strings.IndexAny(string(v), "eE"); at >= 0 {
			if n, err := strconv.Atoi(string(v)[at+1:]); err != nil || n > mostExponent || n < -mostExponent {
				return fmt.Errorf("number %.40s is out of range", string(v))
			}
		}
	case []any:
		for _, each := range v {
			if err := boundedNumbers(each); err != nil {
				return err
			}
		}
	case map[string]any:
		for _, each := range v {
			if err := boundedNumbers(each); err != nil {
				return err
			}
		}
	}
	return nil
}
