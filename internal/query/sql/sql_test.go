package sql

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// tree is what the parser makes of text, in the shape of the engine's: SELECT a, lower(b) FROM t WHERE a = 1.
const sample, tree = `SELECT a, lower(b) FROM t WHERE a = 1`, `{"error":false,"statements":[{"node":{"type":"SELECT_NODE","modifiers":[],"cte_map":{"map":[]},
	"select_list":[{"class":"COLUMN_REF","type":"COLUMN_REF","alias":"","query_location":7,"column_names":["a"]},
		{"class":"FUNCTION","type":"FUNCTION","alias":"","query_location":10,"function_name":"lower","schema":"","catalog":"","children":[{"class":"COLUMN_REF","type":"COLUMN_REF","alias":"","query_location":16,"column_names":["b"]}],
			"filter":null,"order_bys":{"type":"ORDER_MODIFIER","orders":[]},"distinct":false,"is_operator":false,"export_state":false}],
	"from_table":{"type":"BASE_TABLE","alias":"","sample":null,"query_location":24,"schema_name":"","table_name":"t","column_name_alias":[],"catalog_name":"","at_clause":null},
	"where_clause":{"class":"COMPARISON","type":"COMPARE_EQUAL","alias":"","query_location":34,"left":{"class":"COLUMN_REF","type":"COLUMN_REF","alias":"","query_location":32,"column_names":["a"]},
		"right":{"class":"CONSTANT","type":"VALUE_CONSTANT","alias":"","query_location":36,"value":{"type":{"id":"INTEGER","type_info":null},"is_null":false,"value":1}}},
	"group_expressions":[],"group_sets":[],"aggregate_handling":"STANDARD_HANDLING","having":null,"sample":null,"qualify":null},"named_param_map":[]}]}`

func TestATreeIsCheckedAndItsRelationsRenamed(t *testing.T) {
	s, err := Check(sample, []byte(tree))
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Relations) != 1 || s.Relations[0] != (Relation{Name: "t", Dataset: "t", Position: 24, Alias: "r1"}) {
		t.Errorf("relations: %+v", s.Relations)
	}
	out, err := s.Tree()
	if err != nil || !strings.Contains(string(out), `"alias":"t"`) || !strings.Contains(string(out), `"table_name":"r1"`) {
		t.Errorf("the relation keeps its name: %s %v", out, err)
	}
	if at, found := s.PositionOf("B"); at != 16 || !found {
		t.Errorf("b is first named at %d", at)
	}
	if err := s.Verify(out); err != nil {
		t.Errorf("the tree is not itself: %v", err)
	}
	for _, other := range []string{`"column_names":["a"]`, `"function_name":"lower"`, `"value":1`, `"COMPARE_EQUAL"`, `"r1"`} {
		if err := s.Verify([]byte(strings.Replace(string(out), other, strings.NewReplacer("a", "z", "lower", "upper", "1", "2", "EQUAL", "NOTEQUAL").Replace(other), 1))); err == nil {
			t.Errorf("a tree in which %s changed is taken for the one that was checked", other)
		}
	}
}

func TestWhatIsOnNoListIsRefused(t *testing.T) {
	for name, change := range map[string][2]string{
		"a member that nobody knows":     {`"having":null`, `"having":null,"nouveau":true`},
		"a member that must say nothing": {`"at_clause":null`, `"at_clause":{"unit":"VERSION"}`},
		"a schema":                       {`"schema_name":""`, `"schema_name":"main"`},
		"a class that nobody knows":      {`"class":"COMPARISON"`, `"class":"NOUVELLE"`},
		"a type that nobody knows":       {`"COMPARE_EQUAL"`, `"COMPARE_NOUVEAU"`},
		"a relation that nobody knows":   {`"type":"BASE_TABLE"`, `"type":"NOUVELLE"`},
		"a query that nobody knows":      {`"type":"SELECT_NODE"`, `"type":"NOUVEAU_NODE"`},
		"a function that nobody knows":   {`"function_name":"lower"`, `"function_name":"nouvelle"`},
		"a type of value":                {`"id":"INTEGER"`, `"id":"NOUVEAU"`},
		"a parameter":                    {`"named_param_map":[]`, `"named_param_map":[{"key":"1","value":1}]`},
		"two statements":                 {`"named_param_map":[]}]`, `"named_param_map":[]},{"node":{},"named_param_map":[]}]`},
		"no statement":                   {`{"error":false,"statements":[`, `{"error":false,"statements":[],"x":[`},
		"a list where a text is":         {`"table_name":"t"`, `"table_name":["t"]`},
	} {
		changed := strings.Replace(tree, change[0], change[1], 1)
		if changed == tree {
			t.Fatalf("%s: nothing to change", name)
		}
		var refusal *Error
		if _, err := Check(sample, []byte(changed)); !errors.As(err, &refusal) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAnyTreeIsRefusedOrRenamed changes trees at random: the walk never breaks, and never lets a relation keep its name.
func TestAnyTreeIsRefusedOrRenamed(t *testing.T) {
	random := rand.New(rand.NewPCG(20261124, 1))
	words := []string{"", "main", "t", "SELECT_NODE", "BASE_TABLE", "SUBQUERY", "JOIN", "FUNCTION", "CAST", "STAR", "CASE", "WINDOW", "lower", "read_text", "r1", "INNER", "REGULAR", "CONSTANT", "EMPTY", "NULL"}
	var mutate func(v any) any
	mutate = func(v any) any {
		if random.IntN(40) == 0 {
			return []any{nil, true, json.Number("3"), words[random.IntN(len(words))], []any{}, map[string]any{}, []any{v}, map[string]any{"node": v}, map[string]any{"class": "SUBQUERY", "subquery": v}}[random.IntN(9)]
		}
		switch v := v.(type) {
		case map[string]any:
			for key, value := range v {
				if v[key] = mutate(value); random.IntN(80) == 0 {
					delete(v, key)
				}
			}
		case []any:
			for i := range v {
				v[i] = mutate(v[i])
			}
		case string:
			if random.IntN(25) == 0 {
				return words[random.IntN(len(words))]
			}
		}
		return v
	}
	ours := regexp.MustCompile(`^[rc][0-9]+$`)
	passed := 0
	for range 20_000 {
		var v any
		if err := json.Unmarshal([]byte(tree), &v); err != nil {
			t.Fatal(err)
		}
		changed, err := json.Marshal(mutate(v))
		if err != nil {
			t.Fatal(err)
		}
		s, err := Check(sample, changed)
		if err != nil {
			continue
		}
		passed++
		out, err := s.Tree()
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range regexp.MustCompile(`"table_name":"([^"]*)"`).FindAllStringSubmatch(string(out), -1) {
			if !ours.MatchString(found[1]) || strings.HasPrefix(found[1], "r") && !slices.ContainsFunc(s.Relations, func(r Relation) bool { return r.Alias == found[1] }) {
				t.Fatalf("%s\nlets a relation keep its name: %s", changed, out)
			}
		}
	}
	if passed < 500 {
		t.Errorf("only %d trees passed: the test no longer tries enough", passed)
	}
}

func TestPlacesAreCountedInCharacters(t *testing.T) {
	for text, want := range map[string]string{"é\nàb": "Line 2, character 2"} {
		if _, where := place(text, len(text)-1); where.EN != want {
			t.Errorf("%q: %s, want %s", text, where.EN, want)
		}
	}
}
