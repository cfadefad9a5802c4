package contract

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"socle/internal/fault"
	"socle/internal/i18n"
)

// A document of the standard, as Bitol publishes it: https://bitol-io.github.io/open-data-contract-standard/. Versions
// 3.0 to 3.2 of it are read; 3.1 is written, which is the oldest that has every part that Socle uses.
const (
	writtenVersion = "v3.1.0"
	engineName     = "socle" // of the custom rules that the standard has no metric for
	mostBytes      = 1_000_000
	mostRules      = 200
)

var (
	ruleID       = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$`)
	readVersions = regexp.MustCompile(`^v3\.[0-2]\.[0-9]+$`)
	// The parts of a document, those that Socle understands and those that it keeps.
	understood = []string{"apiVersion", "kind", "id", "name", "version", "status", "description", "schema", "slaProperties"}
	preserved  = []string{"tenant", "tags", "servers", "dataProduct", "domain", "context", "support", "price", "team", "roles", "slaDefaultElement",
		"authoritativeDefinitions", "customProperties", "contractCreatedTs"}
)

// problem is what is wrong in a document, and where.
type problem struct {
	line int
	path string
	text i18n.Text
}

// reader reads a document and gathers what is wrong with it, so that a person mends everything at once.
type reader struct {
	problems []problem
	contract Contract
	taken    map[string]bool
}

// Parse reads a document in YAML or JSON. The fault lists what is wrong, with the line and the place of each.
func Parse(text []byte) (Contract, error) {
	if len(text) > mostBytes {
		return Contract{}, fault.New(fault.TooLarge, "contract_too_large", i18n.T("Un contrat fait moins d’un mégaoctet.", "A contract is smaller than a megabyte.")).At("document")
	}
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return Contract{}, fault.New(fault.Invalid, "contract_not_yaml", i18n.T("Le document n’est pas du YAML lisible : %s.", "The document is not readable YAML: %s.", strings.TrimPrefix(err.Error(), "yaml: "))).At("document")
	}
	r := &reader{taken: map[string]bool{}}
	if len(document.Content) != 1 || document.Content[0].Kind != yaml.MappingNode {
		r.wrong(&document, "", i18n.T("un contrat est un objet, qui commence par « apiVersion: v3.1.0 »", "a contract is an object, which begins with “apiVersion: v3.1.0”"))
	} else {
		r.document(document.Content[0])
	}
	return r.contract, r.fault()
}

func (r *reader) wrong(node *yaml.Node, path string, text i18n.Text) {
	r.problems = append(r.problems, problem{node.Line, path, text})
}

// fault puts the problems in one sentence.
func (r *reader) fault() error {
	if len(r.problems) == 0 {
		return nil
	}
	slices.SortStableFunc(r.problems, func(a, b problem) int { return a.line - b.line })
	var list i18n.Text
	for i, p := range r.problems {
		if i == 10 {
			list.FR, list.EN = fmt.Sprintf("%s… et %d autres", list.FR, len(r.problems)-i), fmt.Sprintf("%s… and %d others", list.EN, len(r.problems)-i)
			break
		}
		one := i18n.T("ligne %d, %s : %s ; ", "line %d, %s: %s; ", p.line, p.path, p.text)
		if p.path == "" {
			one = i18n.T("ligne %d : %s ; ", "line %d: %s; ", max(p.line, 1), p.text)
		}
		list.FR, list.EN = list.FR+one.FR, list.EN+one.EN
	}
	list.FR, list.EN = strings.TrimSuffix(list.FR, " ; "), strings.TrimSuffix(list.EN, "; ")
	return fault.New(fault.Invalid, "contract_invalid", i18n.T("Ce document n’est pas un contrat ODCS : %s.", "This document is not an ODCS contract: %s.", list)).At("document")
}

// members are the values of an object by key.
func (r *reader) members(node *yaml.Node, path string) map[string]*yaml.Node {
	node = target(node)
	if node.Kind != yaml.MappingNode {
		r.wrong(node, path, i18n.T("un objet est attendu", "an object is expected"))
		return nil
	}
	all := map[string]*yaml.Node{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key := node.Content[i].Value
		if all[key] != nil {
			r.wrong(node.Content[i], join(path, key), i18n.T("la clé est écrite deux fois", "the key is written twice"))
		}
		all[key] = target(node.Content[i+1])
	}
	return all
}

func target(node *yaml.Node) *yaml.Node {
	for node.Kind == yaml.AliasNode && node.Alias != nil {
		node = node.Alias
	}
	return node
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// list are the elements of a list.
func (r *reader) list(node *yaml.Node, path string) []*yaml.Node {
	if node == nil {
		return nil
	}
	if node.Kind != yaml.SequenceNode {
		r.wrong(node, path, i18n.T("une liste est attendue", "a list is expected"))
		return nil
	}
	return node.Content
}

// text is a string, "" when there is none.
func (r *reader) text(all map[string]*yaml.Node, path, key string, required bool) string {
	node := all[key]
	if node == nil {
		if required {
			r.problems = append(r.problems, problem{1, join(path, key), i18n.T("cette partie est obligatoire", "this part is required")})
		}
		return ""
	}
	if node.Kind != yaml.ScalarNode || required && strings.TrimSpace(node.Value) == "" {
		r.wrong(node, join(path, key), i18n.T("un texte est attendu", "a text is expected"))
		return ""
	}
	return strings.TrimSpace(node.Value)
}

func (r *reader) document(node *yaml.Node) {
	all := r.members(node, "")
	c := &r.contract
	for key, value := range all {
		switch {
		case slices.Contains(understood, key):
		case slices.Contains(preserved, key):
			var extra any
			if err := value.Decode(&extra); err != nil {
				r.wrong(value, key, i18n.T("cette valeur n’est pas lisible", "this value cannot be read"))
				continue
			}
			if c.Extra == nil {
				c.Extra = map[string]any{}
			}
			c.Extra[key] = extra
		default:
			r.wrong(value, key, i18n.T("la norme n’a pas de partie de ce nom", "the standard has no part of that name"))
		}
	}
	if version := r.text(all, "", "apiVersion", true); version != "" && !readVersions.MatchString(version) {
		r.wrong(all["apiVersion"], "apiVersion", i18n.T("« %s » n’est pas une version 3 de la norme : v3.0.0 à v3.2.x", "“%s” is not a version 3 of the standard: v3.0.0 to v3.2.x", clip(version)))
	}
	if kind := r.text(all, "", "kind", true); kind != "" && kind != "DataContract" {
		r.wrong(all["kind"], "kind", i18n.T("la seule valeur possible est « DataContract »", "the only possible value is “DataContract”"))
	}
	r.text(all, "", "id", true)
	c.Name, c.Version = r.text(all, "", "name", false), r.text(all, "", "version", true)
	if c.Status = strings.ToLower(r.text(all, "", "status", false)); c.Status == "" || c.Status == "proposed" {
		c.Status = "draft"
	} else if !slices.Contains(Statuses, c.Status) {
		r.wrong(all["status"], "status", i18n.T("« %s » n’est pas un état : %s", "“%s” is not a status: %s", clip(c.Status), strings.Join(Statuses, ", ")))
	}
	if description := all["description"]; description != nil {
		parts := r.members(description, "description")
		c.Purpose, c.Usage, c.Limitations = r.text(parts, "description", "purpose", false), r.text(parts, "description", "usage", false), r.text(parts, "description", "limitations", false)
	}
	r.service(all["slaProperties"])
	r.schema(all["schema"])
	if len(c.Rules) > mostRules {
		r.wrong(node, "", i18n.T("un contrat a au plus %d règles", "a contract has at most %d rules", mostRules))
	}
}

// service reads the service levels: freshness, which the standard also calls latency.
func (r *reader) service(node *yaml.Node) {
	for i, element := range r.list(node, "slaProperties") {
		path := fmt.Sprintf("slaProperties[%d]", i)
		all := r.members(element, path)
		property := r.text(all, path, "property", true)
		if all["value"] == nil {
			r.wrong(element, join(path, "value"), i18n.T("cette partie est obligatoire", "this part is required"))
			continue
		}
		if property != "freshness" && property != "latency" {
			r.other(element, path, all, "slaProperties")
			continue
		}
		value, ok := r.number(all["value"], join(path, "value"))
		days, known := map[string]float64{"": 1, "d": 1, "day": 1, "days": 1, "h": 1.0 / 24, "hr": 1.0 / 24, "hour": 1.0 / 24, "hours": 1.0 / 24, "w": 7, "week": 7, "weeks": 7,
			"m": 30, "month": 30, "months": 30, "y": 365, "yr": 365, "year": 365, "years": 365}[strings.ToLower(r.text(all, path, "unit", false))]
		if !known {
			r.wrong(all["unit"], join(path, "unit"), i18n.T("l’unité est d (jours), h, w, m ou y", "the unit is d (days), h, w, m or y"))
		}
		if ok && known {
			limit := value * days
			r.add(element, path, all, Rule{Kind: Freshness, Limit: &limit})
		}
	}
}

func (r *reader) number(node *yaml.Node, path string) (float64, bool) {
	value, err := strconv.ParseFloat(node.Value, 64)
	if node.Kind != yaml.ScalarNode || err != nil || math.IsNaN(value) || math.IsInf(value, 0) || value < 0 {
		r.wrong(node, path, i18n.T("un nombre positif est attendu", "a positive number is expected"))
		return 0, false
	}
	return value, true
}

// add keeps a rule under its identifier, or under one made for it.
func (r *reader) add(node *yaml.Node, path string, all map[string]*yaml.Node, rule Rule) {
	if len(r.contract.Rules) > mostRules { // told once, at the end
		return
	}
	rule.ID = r.text(all, path, "id", false)
	if rule.ID != "" && !ruleID.MatchString(rule.ID) {
		r.wrong(all["id"], join(path, "id"), i18n.T("un identifiant a des lettres, des chiffres, - et _", "an identifier has letters, digits, - and _"))
	}
	if rule.ID != "" && r.taken[rule.ID] {
		r.wrong(all["id"], join(path, "id"), i18n.T("deux règles ont cet identifiant", "two rules have this identifier"))
	}
	if rule.Description == "" {
		rule.Description = r.text(all, path, "description", false)
	}
	if rule.ID == "" {
		rule.ID = freeID(rule, func(id string) bool { return r.taken[id] })
	}
	r.taken[rule.ID] = true
	r.contract.Rules = append(r.contract.Rules, rule)
}

// freeID makes an identifier for a rule that has none.
func freeID(rule Rule, taken func(string) bool) string {
	base := strings.Join(append([]string{string(rule.Kind)}, rule.Fields...), "-")
	base = base[:min(len(base), 70)]
	id := base
	for n := 2; taken(id); n++ {
		id = base + "-" + strconv.Itoa(n)
	}
	return id
}

// other keeps a rule that is not checked here, with where it stood.
func (r *reader) other(node *yaml.Node, path string, all map[string]*yaml.Node, place string, fields ...string) {
	var raw map[string]any
	if err := node.Decode(&raw); err != nil {
		r.wrong(node, path, i18n.T("cette règle n’est pas lisible", "this rule cannot be read"))
		return
	}
	delete(raw, "id")
	r.add(node, path, all, Rule{Kind: Other, Fields: fields, Raw: map[string]any{place: raw}})
}

func clip(text string) string {
	if runes := []rune(text); len(runes) > 60 {
		return string(runes[:60]) + "…"
	}
	return text
}
