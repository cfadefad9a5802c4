package sql

import (
	"encoding/json"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"socle/internal/i18n"
)

// checker walks one statement, refuses what is not allowed, and gives relations our names.
type checker struct {
	text   string
	out    *Statement
	scope  *scope
	byName map[string]string // our name for each relation, by lower-case name
	place  int               // byte of the text that is being looked at
	depth  int
	nodes  int
	tables int
	ctes   int
}

// scope holds the common table expressions that a place of the statement sees.
type scope struct {
	outer *scope
	name  string // lower case
	ours  string
}

func (s *scope) find(name string) (string, bool) {
	for ; s != nil; s = s.outer {
		if s.name == name {
			return s.ours, true
		}
	}
	return "", false
}

// run walks, and gives back what made the walk stop.
func (c *checker) run(walk func()) (err error) {
	defer func() {
		if reason := recover(); reason != nil {
			stop, ok := reason.(*Error)
			if !ok {
				panic(reason)
			}
			err = stop
		}
	}()
	walk()
	return nil
}

// refuse ends the walk: what is said of the node being looked at.
func (c *checker) refuse(fr, en string, args ...any) {
	panic(refuse(c.text, c.place, i18n.T(fr, en, args...)))
}

// unknown refuses what is on no list.
func (c *checker) unknown(what string) {
	c.refuse("la construction « %s » n’est pas permise", "the construct “%s” is not allowed", strings.ToLower(quote(what)))
}

// member is a rule: what a member of a node may hold. It looks at the value and at what is inside it.
type member func(c *checker, value any)

// shape is what a sort of node may have: its types, and its members, each with its rule.
type shape struct {
	types   []string // nil: its type is its class
	members map[string]member
}

// enter looks at a node of one of some shapes, chosen by the member tag.
func (c *checker) enter(value any, tag string, shapes map[string]shape, own func(name string, node map[string]any)) {
	node, ok := value.(map[string]any)
	if !ok {
		c.unknown("?")
	}
	before := c.place
	c.locate(node)
	c.depth++
	c.nodes++
	if c.depth > maxDepth || c.nodes > maxNodes {
		c.refuse("la requête est trop compliquée", "the query is too complicated")
	}
	name, _ := node[tag].(string)
	known, ok := shapes[name]
	if !ok {
		c.unknown(name)
	}
	if kind, _ := node["type"].(string); known.types != nil && !slices.Contains(known.types, kind) {
		c.unknown(kind)
	}
	if own != nil {
		own(name, node)
	}
	c.members(node, known.members)
	c.depth--
	c.place = before
}

func (c *checker) members(node map[string]any, rules map[string]member) {
	keys := make([]string, 0, len(node))
	for key := range node {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	for _, key := range keys {
		rule, known := rules[key]
		if !known {
			c.unknown(key)
		}
		rule(c, node[key])
	}
}

// locate remembers where a node is in the text, when it says.
func (c *checker) locate(node map[string]any) {
	number, _ := node["query_location"].(json.Number)
	if at, err := strconv.Atoi(number.String()); err == nil && at >= 0 && at <= len(c.text) {
		c.place = at
	}
}

// The rules of members.

func any_(*checker, any) {}

// absent allows only what says nothing.
func absent(c *checker, value any) {
	switch v := value.(type) {
	case nil:
		return
	case string:
		if v == "" {
			return
		}
	case bool:
		if !v {
			return
		}
	case []any:
		if len(v) == 0 {
			return
		}
	}
	c.unknown("?")
}

func text(c *checker, value any) {
	if _, ok := value.(string); !ok {
		c.unknown("?")
	}
}

func flag(c *checker, value any) {
	if _, ok := value.(bool); !ok {
		c.unknown("?")
	}
}

// among allows some words.
func among(words ...string) member {
	return func(c *checker, value any) {
		if word, ok := value.(string); !ok || !slices.Contains(words, word) {
			c.unknown(word)
		}
	}
}

// list applies a rule to each element.
func list(rule member) member {
	return func(c *checker, value any) {
		if value == nil {
			return
		}
		elements, ok := value.([]any)
		if !ok {
			c.unknown("?")
		}
		for _, element := range elements {
			rule(c, element)
		}
	}
}

// optional allows nothing, or what a rule allows.
func optional(rule member) member {
	return func(c *checker, value any) {
		if value != nil {
			rule(c, value)
		}
	}
}

// object applies rules to the members of an object without a type.
func object(rules func() map[string]member) member {
	return func(c *checker, value any) {
		node, ok := value.(map[string]any)
		if !ok {
			c.unknown("?")
		}
		c.members(node, rules())
	}
}

// statement looks at a statement, or at a subquery.
func (c *checker) statement(value any) {
	object(func() map[string]member {
		return map[string]member{"node": (*checker).query, "named_param_map": func(c *checker, value any) {
			if params, ok := value.([]any); !ok || len(params) > 0 {
				c.refuse("les paramètres (?, $1) ne sont pas permis : écrivez les valeurs", "parameters (?, $1) are not allowed: write the values")
			}
		}}
	})(c, value)
}

// query looks at a SELECT, a set operation or a recursive expression. What WITH names is seen by what follows it.
func (c *checker) query(value any) {
	outer := c.scope
	c.enter(value, "type", queries(), func(_ string, node map[string]any) {
		if ctes, ok := node["cte_map"]; ok {
			c.with(ctes)
		}
	})
	c.scope = outer
}

// with looks at common table expressions, in order, and gives each a name of ours.
func (c *checker) with(value any) {
	holder, _ := value.(map[string]any)
	entries, _ := holder["map"].([]any)
	if len(holder) != 1 {
		c.unknown("with")
	}
	for _, entry := range entries {
		pair, _ := entry.(map[string]any)
		name, _ := pair["key"].(string)
		body, ok := pair["value"].(map[string]any)
		if !ok || len(pair) != 2 {
			c.unknown("with")
		}
		c.ctes++
		inner := &scope{outer: c.scope, name: strings.ToLower(name), ours: "c" + strconv.Itoa(c.ctes)}
		query, _ := body["query"].(map[string]any)
		if node, _ := query["node"].(map[string]any); node["type"] == "RECURSIVE_CTE_NODE" {
			if node["cte_name"] != name {
				c.unknown("with")
			}
			node["cte_name"] = inner.ours
			before := c.scope
			c.scope = inner // it sees itself
			c.members(body, expressionWith())
			c.scope = before
		} else {
			c.members(body, expressionWith())
		}
		body["materialized"] = "CTE_MATERIALIZE_DEFAULT"
		pair["key"] = inner.ours
		c.scope = inner
	}
}

// ref looks at what stands in FROM.
func (c *checker) ref(value any) {
	if node, ok := value.(map[string]any); ok {
		c.locate(node)
		switch node["type"] {
		case "TABLE_FUNCTION":
			function, _ := node["function"].(map[string]any)
			name, _ := function["function_name"].(string)
			c.refuse("la fonction de table « %s » n’est pas permise : on ne lit que des jeux de données, par leur identifiant",
				"the table function “%s” is not allowed: only datasets are read, by their identifier", quote(name))
		case "SHOW_REF":
			c.refuse("DESCRIBE, SHOW et SUMMARIZE ne sont pas permis : les champs des jeux sont dans l’aide",
				"DESCRIBE, SHOW and SUMMARIZE are not allowed: the fields of the datasets are in the help")
		case "PIVOT":
			c.refuse("PIVOT et UNPIVOT ne sont pas permis : écrivez sum(x) FILTER (WHERE …) pour chaque colonne",
				"PIVOT and UNPIVOT are not allowed: write sum(x) FILTER (WHERE …) for each column")
		}
	}
	c.enter(value, "type", references(), func(name string, node map[string]any) {
		if name == "BASE_TABLE" {
			c.table(node)
		}
	})
}

// table gives a relation our name, and keeps that of the person as its alias.
func (c *checker) table(node map[string]any) {
	name, ok := node["table_name"].(string)
	if !ok {
		c.unknown("?")
	}
	if node["schema_name"] != "" || node["catalog_name"] != "" {
		c.refuse("« %s » n’est pas un jeu de données : écrivez son identifiant seul, entre guillemets", "“%s” is not a dataset: write its identifier alone, between double quotes", quote(name))
	}
	if c.tables++; c.tables > maxTables {
		c.refuse("la requête lit plus de %d fois des jeux", "the query reads datasets more than %d times", maxTables)
	}
	if node["alias"] == "" {
		node["alias"] = name
	}
	if ours, found := c.scope.find(strings.ToLower(name)); found {
		node["table_name"] = ours
		return
	}
	node["table_name"] = c.relation(name)
}

func (c *checker) relation(name string) string {
	key := strings.ToLower(name)
	if ours, known := c.byName[key]; known {
		return ours
	}
	dataset, version, numbered := strings.Cut(key, "@")
	number := 0
	if numbered {
		var err error
		if number, err = strconv.Atoi(version); err != nil || number < 1 || strconv.Itoa(number) != version {
			c.refuse("« %s » : le numéro de version s’écrit après @, comme dans \"effectifs@3\"", "“%s”: the number of the version is written after @, as in \"effectifs@3\"", quote(name))
		}
	}
	ours := "r" + strconv.Itoa(len(c.out.Relations)+1)
	c.byName[key] = ours
	c.out.Relations = append(c.out.Relations, Relation{Name: name, Dataset: dataset, Version: number,
		Position: utf8.RuneCountInString(c.text[:c.place]), Alias: ours})
	return ours
}

// expr looks at an expression.
func (c *checker) expr(value any) {
	c.enter(value, "class", expressions(), func(class string, node map[string]any) {
		switch class {
		case "FUNCTION", "WINDOW":
			c.function(node)
		case "COLUMN_REF":
			c.column(node)
		}
	})
}

// column remembers where a column is named, and refuses the words that SQL turns into functions when no column has
// their name.
func (c *checker) column(node map[string]any) {
	names, _ := node["column_names"].([]any)
	if len(names) == 0 {
		c.unknown("?")
	}
	last, _ := names[len(names)-1].(string)
	if len(names) == 1 && slices.Contains(sqlValues, strings.ToLower(last)) {
		c.refuse("« %s » n’est pas permis : la réponse changerait d’un jour, ou d’une personne, à l’autre. Écrivez la valeur ; pour un champ de ce nom, écrivez jeu.%s",
			"“%s” is not allowed: the answer would change from one day, or person, to the next. Write the value; for a field of that name, write dataset.%s", quote(last), quote(last))
	}
	position := utf8.RuneCountInString(c.text[:c.place])
	if at, known := c.out.columns[strings.ToLower(last)]; !known || position < at {
		c.out.columns[strings.ToLower(last)] = position
	}
}

// function allows a function by its name, and bounds what it may make.
func (c *checker) function(node map[string]any) {
	name, _ := node["function_name"].(string)
	name = strings.ToLower(name)
	if !slices.Contains(functions[:], name) {
		c.refuse("la fonction « %s » n’est pas permise", "the function “%s” is not allowed", quote(name))
	}
	children, _ := node["children"].([]any)
	if name == "lpad" || name == "rpad" {
		if len(children) != 3 || !smallConstant(children[1]) {
			c.refuse("la longueur de « %s » doit être un nombre écrit, de 0 à %d", "the length of “%s” must be a written number, from 0 to %d", name, maxPad)
		}
	}
	if name == "unnest" && len(children) != 1 {
		c.refuse("« unnest » prend une liste et rien d’autre", "“unnest” takes a list and nothing else")
	}
}

// maxPad is the longest text that padding makes.
const maxPad = 1000

func smallConstant(value any) bool {
	node, _ := value.(map[string]any)
	holder, _ := node["value"].(map[string]any)
	number, _ := holder["value"].(json.Number)
	n, err := strconv.Atoi(number.String())
	return node["class"] == "CONSTANT" && err == nil && n >= 0 && n <= maxPad
}

// kind looks at a type.
func (c *checker) kind(value any) {
	node, ok := value.(map[string]any)
	if !ok {
		c.unknown("type")
	}
	id, _ := node["id"].(string)
	if c.depth++; c.depth > maxDepth {
		c.refuse("la requête est trop compliquée", "the query is too complicated")
	}
	if !slices.Contains(types[:], id) {
		c.refuse("le type « %s » n’est pas permis", "the type “%s” is not allowed", strings.ToLower(quote(id)))
	}
	c.members(node, map[string]member{"id": text, "type_info": optional((*checker).kindInfo)})
	c.depth--
}

func (c *checker) kindInfo(value any) {
	c.enter(value, "type", typeInfos(), func(name string, node map[string]any) {
		if written, _ := node["name"].(string); name == "UNBOUND_TYPE_INFO" && !strings.EqualFold(written, "json") {
			c.refuse("le type « %s » n’est pas permis", "the type “%s” is not allowed", quote(written))
		}
	})
}

// constant looks at a value that is written in the text.
func (c *checker) constant(value any) {
	object(func() map[string]member {
		return map[string]member{"type": (*checker).kind, "is_null": flag, "value": func(c *checker, value any) {
			switch v := value.(type) {
			case nil, string, bool, json.Number:
			case map[string]any: // a whole number of 128 bits, in two halves
				c.members(v, map[string]member{"upper": number, "lower": number})
			default:
				c.unknown("constant")
			}
		}}
	})(c, value)
}

func number(c *checker, value any) {
	if _, ok := value.(json.Number); !ok {
		c.unknown("?")
	}
}
