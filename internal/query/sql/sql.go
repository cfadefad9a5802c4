// Package sql checks the SQL that people type before anything runs it.
//
// The text is parsed by the engine itself, which gives a syntax tree; the tree is walked here against a list of what
// is allowed: nodes, members of nodes, functions, types. What is not on the list is refused, with what and where, so
// that a construct that nobody thought of is refused too. Every relation named becomes a name of ours, numbered, and
// so does every common table expression: nothing that a person typed is ever looked up as a table, a file or a view.
// Whoever runs the statement gives each relation its meaning: a dataset, as who asks may see it.
package sql

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"socle/internal/fault"
	"socle/internal/i18n"
)

// The limits of a statement, far above what people write and far below what would exhaust a parser.
const (
	MaxText    = 20_000 // bytes
	maxNesting = 100    // brackets inside brackets
	maxDepth   = 250    // nodes inside nodes
	maxNodes   = 8_000
	maxTables  = 24 // relations read, each time that one is named
)

// A Relation is a dataset that a statement reads, as it was named.
type Relation struct {
	Name     string // as typed, without its quotes: "effectifs", "effectifs@3"
	Dataset  string // the identifier of the dataset, in lower case
	Version  int    // 0 for the newest
	Position int    // where it is first named, in characters from 0
	Alias    string // the name by which the checked statement reads it: "r1"
}

// A Statement is a checked statement.
type Statement struct {
	Text      string     // as it was typed
	Relations []Relation // each once, in the order in which the walk met them
	tree      map[string]any
	columns   map[string]int // where each column is first named, by lower-case name, in characters from 0
}

// Tree is the checked syntax tree, with our names for relations, as the engine prints it.
func (s *Statement) Tree() ([]byte, error) { return json.Marshal(s.tree) }

// PositionOf returns where a column is first named in the text, in characters from 0, and whether it is.
func (s *Statement) PositionOf(column string) (int, bool) {
	at, found := s.columns[strings.ToLower(column)]
	return at, found
}

// Prepare refuses a text that should not even be parsed: too long, too deeply nested, or not text.
func Prepare(text string) error {
	switch {
	case strings.TrimSpace(text) == "":
		return refuse(text, 0, i18n.T("écrivez une requête, par exemple SELECT * FROM \"un-jeu\" LIMIT 10", "write a query, for instance SELECT * FROM \"a-dataset\" LIMIT 10"))
	case len(text) > MaxText:
		return &Error{Fault: fault.New(fault.TooLarge, "sql_too_long", i18n.T("La requête fait %d octets, la limite est de %d.",
			"The query is %d bytes long, the limit is %d.", len(text), MaxText)).At("sql")}
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		return refuse("", 0, i18n.T("le texte n’est pas en UTF-8", "the text is not UTF-8"))
	}
	depth := 0
	for i := range len(text) { // strings and comments count too: none needs a hundred brackets open
		switch text[i] {
		case '(', '[', '{':
			if depth++; depth > maxNesting {
				return refuse(text, i, i18n.T("plus de %d parenthèses sont ouvertes", "more than %d brackets are open", maxNesting))
			}
		case ')', ']', '}':
			depth = max(depth-1, 0)
		}
	}
	return nil
}

// parsed is what the engine's parser answers.
type parsed struct {
	Failed     bool             `json:"error"`
	Kind       string           `json:"error_type"`
	Message    string           `json:"error_message"`
	Position   string           `json:"position"`
	Statements []map[string]any `json:"statements"`
}

// Check reads the tree that the engine made of a text. Its errors are [*Error].
func Check(text string, tree []byte) (*Statement, error) {
	var p parsed
	decoder := json.NewDecoder(bytes.NewReader(tree))
	decoder.UseNumber()
	if err := decoder.Decode(&p); err != nil {
		return nil, fault.New(fault.Invalid, "sql_unreadable", i18n.T("La requête ne peut pas être lue.", "The query cannot be read.")).At("sql").Because(err)
	}
	switch {
	case p.Failed && p.Kind == "parser":
		return nil, notSQL(text, p)
	case p.Failed:
		return nil, refuse(text, 0, i18n.T("seules les lectures sont possibles : SELECT, ou WITH … SELECT", "only reading is possible: SELECT, or WITH … SELECT"))
	case len(p.Statements) != 1:
		return nil, refuse(text, 0, i18n.T("une seule requête à la fois : retirez le point-virgule et ce qui suit", "one query at a time: take the semicolon out and what follows it"))
	}
	c := &checker{text: text, out: &Statement{Text: text, columns: map[string]int{}}, byName: map[string]string{}}
	if err := c.run(func() { c.statement(p.Statements[0]) }); err != nil {
		return nil, err
	}
	c.out.tree = map[string]any{"error": false, "statements": []any{p.Statements[0]}}
	return c.out, nil
}

// Verify checks what the engine printed of a checked tree, once parsed again: it must be the same tree. So what runs is
// what was checked, whatever the printer does.
func (s *Statement) Verify(tree []byte) error {
	var p parsed
	decoder := json.NewDecoder(bytes.NewReader(tree))
	decoder.UseNumber()
	if err := decoder.Decode(&p); err != nil || p.Failed || len(p.Statements) != 1 || !same(s.tree["statements"].([]any)[0], p.Statements[0]) {
		return refuse(s.Text, 0, i18n.T("cette tournure ne peut pas être exécutée telle quelle : écrivez-la autrement, par exemple avec une sous-requête nommée",
			"this turn of phrase cannot be run as it is: write it in another way, for instance with a named subquery"))
	}
	return nil
}

// same compares two trees apart from places in the text, and from how constants are written.
func same(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok {
			return false
		}
		if a["type"] == "EXPRESSION_LIST" && b["type"] == "SUBQUERY" {
			return same(a, values(b))
		}
		if class, other := a["class"], b["class"]; class == "CONSTANT" || other == "CONSTANT" {
			return constant(a) != notConstant && constant(a) == constant(b) && a["alias"] == b["alias"]
		}
		for key, value := range a {
			if key != "query_location" && !same(value, b[key]) {
				return false
			}
		}
		return len(a) == len(b)
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !same(a[i], b[i]) {
				return false
			}
		}
		return true
	}
	return a == b
}

// values is the VALUES that a subquery "(SELECT * FROM (VALUES …))" is, which is how the printer writes VALUES; nil when
// there is anything else in it.
func values(subquery map[string]any) any {
	holder, _ := subquery["subquery"].(map[string]any)
	node, _ := holder["node"].(map[string]any)
	selected, _ := node["select_list"].([]any)
	if node["type"] != "SELECT_NODE" || len(selected) != 1 || !blank(subquery, "subquery", "alias") || !blank(node, "select_list", "from_table", "cte_map", "aggregate_handling") {
		return nil
	}
	with, _ := node["cte_map"].(map[string]any)
	star, _ := selected[0].(map[string]any)
	if !blank(with) || star["class"] != "STAR" || !blank(star, "class") {
		return nil
	}
	return node["from_table"]
}

// blank reports whether the members of a node say nothing, but some.
func blank(node map[string]any, but ...string) bool {
	for key, value := range node {
		if key == "type" || key == "query_location" || slices.Contains(but, key) {
			continue
		}
		switch v := value.(type) {
		case nil:
		case string:
			if v != "" {
				return false
			}
		case bool:
			if v {
				return false
			}
		case []any:
			if len(v) > 0 {
				return false
			}
		default:
			return false
		}
	}
	return true
}

const notConstant = "not a constant"

// constant writes the value of a constant: true prints as CAST('t' AS BOOLEAN), 1e3 as 1000.0.
func constant(node map[string]any) string {
	if node["class"] == "CAST" {
		child, _ := node["child"].(map[string]any)
		kind, _ := node["cast_type"].(map[string]any)
		if text := constant(child); kind["id"] == "BOOLEAN" && (text == "text t" || text == "text f") {
			return "is " + strconv.FormatBool(text == "text t")
		}
		return notConstant
	}
	value, _ := node["value"].(map[string]any)
	if value == nil {
		return notConstant
	}
	if value["is_null"] == true {
		return "null"
	}
	switch v := value["value"].(type) {
	case string:
		return "text " + v
	case bool:
		return "is " + strconv.FormatBool(v)
	case json.Number:
		kind, _ := value["type"].(map[string]any)
		f, err := v.Float64()
		if info, ok := kind["type_info"].(map[string]any); ok && err == nil {
			if scale, ok := info["scale"].(json.Number); ok { // a decimal is kept as a whole number
				n, _ := scale.Int64()
				for range n {
					f /= 10
				}
			}
		}
		return "number " + strconv.FormatFloat(f, 'g', 15, 64)
	default:
		text, err := json.Marshal(v)
		if err != nil {
			return notConstant
		}
		return "number " + string(text)
	}
}
