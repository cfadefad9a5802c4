package validate

import (
	"bytes"
	"encoding/json"
	"errors"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"socle/internal/i18n"
)

// jsonSchema compiles a constraint on objects and arrays. A JSON Schema that refers to another document is refused:
// validating fetches nothing.
func (c *compiler) jsonSchema(f *field, path string, raw json.RawMessage) {
	refuse := func(err error) {
		c.wrong(path, i18n.T("ce n’est pas un schéma JSON utilisable : %s", "this is not a usable JSON Schema: %s", err.Error()))
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		refuse(err)
		return
	}
	const place = "schema.json"
	compiler := jsonschema.NewCompiler()
	compiler.UseLoader(noDocuments{})
	compiler.UseRegexpEngine(boundedRegexp)
	if err := compiler.AddResource(place, document); err != nil {
		refuse(err)
		return
	}
	compiled, err := compiler.Compile(place)
	if err != nil {
		refuse(err)
		return
	}
	f.add(jsonSchemaRule(f.def), func(v []byte, o *value) bool {
		document, err := jsonschema.UnmarshalJSON(bytes.NewReader(v))
		return err == nil && compiled.Validate(document) == nil
	})
}

// noDocuments loads nothing.
type noDocuments struct{}

func (noDocuments) Load(url string) (any, error) {
	return nil, errors.New("a reference to another document, " + url)
}

// boundedRegexp gives JSON Schema the same expressions as the constraint pattern, which are not anchored there.
func boundedRegexp(expr string) (jsonschema.Regexp, error) {
	translated, wrong := translate(expr)
	if wrong != nil {
		return nil, errors.New(wrong.EN)
	}
	return compileSearch(expr, translated)
}
