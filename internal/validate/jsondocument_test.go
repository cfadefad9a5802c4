package validate

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestAJSONSchemaIsToldFromATableSchema(t *testing.T) {
	for document, want := range map[string]bool{
		`{"$schema":"https://json-schema.org/draft/2020-12/schema"}`:                    true,
		`{"$schema":"http://json-schema.org/draft-07/schema#","title":"x","fields":[]}`: true,
		`{"type":"object","properties":{"fields":{}}}`:                                  true,
		`{"properties":{}}`:         true,
		`{"fields":[{"name":"a"}]}`: false,
		`{"$schema":"https://datapackage.org/profiles/2.0/tableschema.json","fields":[{"name":"a"}]}`: false,
		`{"name":"x"}`: false,
		`[1]`:          false,
		`nope`:         false,
	} {
		if got := IsJSONSchema([]byte(document)); got != want {
			t.Errorf("%s: %t", document, got)
		}
	}
}

// heldJSON holds a file against a JSON Schema.
func heldJSON(t *testing.T, schema, name, content string) *Report {
	t.Helper()
	s, err := CompileJSON(context.Background(), []byte(schema), "file:///schema.json", nil)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := s.Check(context.Background(), File{Path: path}, t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestTheFaultsOfADocumentAreGroupedByPlaceAndKeyword(t *testing.T) {
	var content strings.Builder
	content.WriteString("[\n")
	for i := range 250 {
		if i > 0 {
			content.WriteString(",\n")
		}
		fmt.Fprintf(&content, `{"n": %d, "tags": ["a", "b", %d]}`, i, i)
	}
	content.WriteString("\n]")
	const item = `{"type":"object","properties":{"n":{"maximum":199},"tags":{"items":{"type":"string"}}}}`
	for name, schema := range map[string]string{"read element by element": `{"type":"array","items":` + item + `}`, "held whole": `{"type":"array","minItems":1,"items":` + item + `}`} {
		t.Run(name, func(t *testing.T) {
			r := heldJSON(t, schema, "d.json", content.String())
			if len(r.Errors) != 2 || r.Stats.Errors != 300 {
				t.Fatalf("%d faults, groups %+v", r.Stats.Errors, r.Errors)
			}
			if g := r.Group("/*/n", "maximum"); g == nil || g.Count != 50 || len(g.Examples) != 50 || g.Type != codeConstraint || g.Examples[0].Pointer != "/200/n" || g.Examples[0].Line != 202 {
				t.Errorf("%+v", g)
			}
			if g := r.Group("/*/tags/*", "type"); g == nil || g.Count != 250 || len(g.Examples) != 100 || g.Type != codeType || g.Examples[99].Pointer != "/99/tags/2" || g.Examples[99].Line != 101 {
				t.Errorf("%+v", g)
			}
		})
	}
}

func TestAChoiceBetweenFormsIsOneFault(t *testing.T) {
	r := heldJSON(t, `{"type":"object","properties":{"v":{"oneOf":[{"type":"integer"},{"type":"object","required":["a"]}]}}}`, "d.json", `{"v": "x"}`)
	if len(r.Errors) != 1 || r.Errors[0].Rule != "oneOf" || r.Errors[0].Count != 1 || r.Errors[0].Examples[0].Cell != "x" {
		t.Errorf("%+v", r.Errors)
	}
}

func TestACodeOfAPersonIsNotShownInClearInADocument(t *testing.T) {
	const nir, wrong = "269054958815780", "269054958815781"
	r := heldJSON(t, `{"type":"object","properties":{"nir":{"type":"string","format":"nir","maxLength":3},"note":{"type":"integer"}}}`, "d.json", `{"nir":"`+wrong+`","note":"NIR `+nir+`"}`)
	if r.Stats.Errors != 2 {
		t.Errorf("%+v", r.Errors)
	}
	var out strings.Builder
	if err := r.HTML(&out, "fr"); err != nil {
		t.Fatal(err)
	}
	if text := out.String() + fmt.Sprint(r.Errors); strings.Contains(text, wrong) || strings.Contains(text, nir) {
		t.Error("a number is shown")
	}
}

func TestTheNamesOfMembersDoNotMakeGroupsWithoutBound(t *testing.T) {
	var content strings.Builder
	content.WriteByte('{')
	for i := range 5000 {
		if i > 0 {
			content.WriteByte(',')
		}
		fmt.Fprintf(&content, `"m%d":1`, i)
	}
	content.WriteByte('}')
	r := heldJSON(t, `{"type":"object","additionalProperties":{"type":"string"}}`, "d.json", content.String())
	if r.Stats.Errors != 5000 || len(r.Errors) > mostGroups+1 {
		t.Errorf("%d faults in %d groups", r.Stats.Errors, len(r.Errors))
	}
}

func TestASchemaThatTurnsInCirclesIsAFaultAndNotALoop(t *testing.T) {
	s, err := CompileJSON(context.Background(), []byte(`{"type":"object","$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}}}`), "file:///s.json", nil)
	if err != nil {
		return // refused is as good
	}
	path := filepath.Join(t.TempDir(), "d.json")
	if err := os.WriteFile(path, []byte(`{}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if r, err := s.Check(context.Background(), File{Path: path}, t.TempDir(), Options{}); err != nil || r.Valid {
		t.Errorf("%+v %v", r, err)
	}
}

func TestTheLineOfAPlaceIsFound(t *testing.T) {
	const document = "\xef\xbb\xbf{\n \"a\\n\": [1,\n  {\"b\": \"x\\\"]\"},\n  [],\n  [true,\n null]], \"c/d~\":\n -1.5e3,\n \"twice\": 1,\n\n \"twice\": 2}\n"
	tree, want := &sought{}, map[string]int64{"": 1, "a\n": 2, "a\n 0": 2, "a\n 1": 3, "a\n 1 b": 3, "a\n 2": 4, "a\n 3": 5, "a\n 3 0": 5, "a\n 3 1": 6, "c/d~": 7, "twice": 10, "none": 0, "a\n 9": 0}
	got := map[string]*int64{}
	for place := range want {
		got[place] = new(int64)
		steps := strings.Split(place, " ")
		tree.add(slices.DeleteFunc(steps, func(s string) bool { return s == "" }), got[place])
	}
	if err := tree.locate(strings.NewReader(document)); err != nil {
		t.Fatal(err)
	}
	for place, line := range want {
		if *got[place] != line {
			t.Errorf("%q is on line %d, want %d", place, *got[place], line)
		}
	}
}

func FuzzJSONDocument(f *testing.F) {
	f.Add(`{"type":"array","items":{"type":"object","required":["a"],"properties":{"a":{"format":"uai","pattern":"^0"}}}}`, `[{"a":"0750655D"},{},3]`)
	f.Add(`{"anyOf":[{"type":"integer"},{"$ref":"#/$defs/x"}],"$defs":{"x":{"uniqueItems":true,"contains":{"const":1e2}}}}`, `[[1,1],{"a":[{"b":null}]}]`)
	f.Add(`{"properties":{"a":{"multipleOf":0.1}},"patternProperties":{"^b":false},"propertyNames":{"maxLength":1}}`, "{\"a\":1.05,\"bb\":\n[2]}")
	f.Fuzz(func(t *testing.T, schema, document string) {
		if len(schema) > 2000 || len(document) > 2000 || len(document) == 0 {
			return
		}
		s, err := CompileJSON(context.Background(), []byte(schema), "file:///schema.json", nil)
		if err != nil {
			return
		}
		path := filepath.Join(t.TempDir(), "d.json")
		if err := os.WriteFile(path, []byte(document), 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := s.Check(context.Background(), File{Path: path}, t.TempDir(), Options{})
		if err != nil {
			return
		}
		var counted int64
		for _, g := range r.Errors {
			counted += g.Count
			if g.Message.FR == "" || g.Message.EN == "" || len(g.Examples) == 0 {
				t.Fatalf("%+v", g)
			}
		}
		if counted != r.Stats.Errors || r.Valid != (counted == 0) {
			t.Fatalf("%d counted, %d said, valid %t", counted, r.Stats.Errors, r.Valid)
		}
	})
}
