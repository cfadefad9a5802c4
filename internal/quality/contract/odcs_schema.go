package contract

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"

	"socle/internal/i18n"
)

// schema reads the one object that a contract describes, and the rules on it and on its properties.
func (r *reader) schema(node *yaml.Node) {
	objects := r.list(node, "schema")
	if len(objects) > 1 {
		r.wrong(node, "schema", i18n.T("un contrat décrit ici un seul jeu de données ; ce document en décrit %d", "a contract describes one dataset here; this document describes %d", len(objects)))
		return
	}
	for _, object := range objects {
		all := r.members(object, "schema[0]")
		r.text(all, "schema[0]", "name", true)
		for i, rule := range r.list(all["quality"], "schema[0].quality") {
			r.quality(rule, fmt.Sprintf("schema[0].quality[%d]", i), "")
		}
		for i, property := range r.list(all["properties"], "schema[0].properties") {
			path := fmt.Sprintf("schema[0].properties[%d]", i)
			all := r.members(property, path)
			name := r.text(all, path, "name", true)
			if name == "" {
				continue
			}
			for j, rule := range r.list(all["quality"], path+".quality") {
				r.quality(rule, fmt.Sprintf("%s.quality[%d]", path, j), name)
			}
			r.implied(property, path, all, name)
		}
	}
}

// implied adds what "required" and "unique" of a property promise, unless a rule says it already.
func (r *reader) implied(node *yaml.Node, path string, all map[string]*yaml.Node, name string) {
	zero := 0.0
	for key, kind := range map[string]Kind{"required": Empty, "unique": Unique} {
		if all[key] == nil {
			continue
		}
		var yes bool
		if err := all[key].Decode(&yes); err != nil {
			r.wrong(all[key], join(path, key), i18n.T("true ou false est attendu", "true or false is expected"))
			continue
		}
		said := slices.ContainsFunc(r.contract.Rules, func(rule Rule) bool { return rule.Kind == kind && len(rule.Fields) == 1 && rule.Fields[0] == name })
		if yes && !said {
			limit := zero
			r.add(node, path, nil, Rule{Kind: kind, Fields: []string{name}, Limit: &limit})
		}
	}
}

// operators are the comparisons of the standard.
var operators = []string{"mustBe", "mustNotBe", "mustBeGreaterThan", "mustBeGreaterOrEqualTo", "mustBeLessThan", "mustBeLessOrEqualTo", "mustBeBetween", "mustNotBeBetween"}

// bounds reads the one comparison of a rule as a least and a most, nil when open.
func (r *reader) bounds(node *yaml.Node, path string, all map[string]*yaml.Node) (least, most *float64, ok bool) {
	found := ""
	for _, operator := range operators {
		if all[operator] != nil {
			if found != "" {
				r.wrong(all[operator], join(path, operator), i18n.T("une règle a une seule comparaison", "a rule has one comparison only"))
				return nil, nil, false
			}
			found = operator
		}
	}
	if found == "" {
		r.wrong(node, path, i18n.T("il manque une comparaison, par exemple « mustBeLessOrEqualTo: 5 »", "a comparison is missing, for instance “mustBeLessOrEqualTo: 5”"))
		return nil, nil, false
	}
	value := all[found]
	if found == "mustBeBetween" {
		ends := r.list(value, join(path, found))
		if len(ends) != 2 {
			r.wrong(value, join(path, found), i18n.T("deux nombres sont attendus, le plus petit d’abord", "two numbers are expected, the smaller first"))
			return nil, nil, false
		}
		low, okLow := r.number(ends[0], join(path, found))
		high, okHigh := r.number(ends[1], join(path, found))
		if okLow && okHigh && low > high {
			r.wrong(value, join(path, found), i18n.T("le plus petit nombre vient d’abord", "the smaller number comes first"))
			return nil, nil, false
		}
		return &low, &high, okLow && okHigh
	}
	number, ok := r.number(value, join(path, found))
	if !ok {
		return nil, nil, false
	}
	switch found {
	case "mustBe":
		return &number, &number, true
	case "mustBeGreaterOrEqualTo":
		return &number, nil, true
	case "mustBeLessOrEqualTo":
		return nil, &number, true
	case "mustBeGreaterThan": // counts are whole, so more than 9 is 10 or more
		number++
		return &number, nil, true
	case "mustBeLessThan":
		number = max(0, number-1)
		return nil, &number, true
	}
	r.wrong(value, join(path, found), i18n.T("cette comparaison n’est pas vérifiée ici : écrivez un minimum, un maximum ou les deux", "this comparison is not checked here: write a least, a most or both"))
	return nil, nil, false
}

// quality reads one rule, on the whole object or on a property.
func (r *reader) quality(node *yaml.Node, path, field string) {
	all := r.members(node, path)
	if all == nil {
		return
	}
	kind := r.text(all, path, "type", false)
	switch {
	case kind == "custom":
		r.custom(node, path, all, field)
	case kind == "sql" || kind == "text":
		r.other(node, path, all, "quality", fieldList(field)...)
	case kind == "" || kind == "library":
		r.library(node, path, all, field)
	default:
		r.wrong(all["type"], join(path, "type"), i18n.T("« %s » n’est pas un type de règle : library, sql, text ou custom", "“%s” is not a type of rule: library, sql, text or custom", clip(kind)))
	}
}

func fieldList(field string) []string {
	if field == "" {
		return nil
	}
	return []string{field}
}

// library reads a rule with a metric of the standard.
func (r *reader) library(node *yaml.Node, path string, all map[string]*yaml.Node, field string) {
	metric := r.text(all, path, "metric", all["rule"] == nil)
	if metric == "" {
		metric = r.text(all, path, "rule", false) // its name before 3.1
	}
	least, most, ok := r.bounds(node, path, all)
	if !ok {
		return
	}
	unit := r.text(all, path, "unit", false)
	switch metric {
	case "rowCount":
		r.add(node, path, all, Rule{Kind: Rows, Least: least, Limit: most})
	case "nullValues", "missingValues":
		if field == "" || most == nil || unit != "percent" && *most != 0 {
			r.wrong(node, path, i18n.T("la part de vides se promet d’un champ, en pourcentage : unit: percent et un maximum", "the share of empty cells is promised of a field, in percent: unit: percent and a most"))
			return
		}
		r.add(node, path, all, Rule{Kind: Empty, Fields: []string{field}, Limit: most})
	case "duplicateValues":
		fields := fieldList(field)
		if arguments := all["arguments"]; arguments != nil {
			properties := r.members(arguments, join(path, "arguments"))["properties"]
			for _, element := range r.list(properties, join(path, "arguments.properties")) {
				fields = append(fields, element.Value)
			}
		}
		if len(fields) == 0 || most == nil || unit == "percent" && *most != 0 {
			r.wrong(node, path, i18n.T("les répétitions se promettent d’un champ, ou de « arguments.properties », en lignes au plus", "repetitions are promised of a field, or of “arguments.properties”, in rows at most"))
			return
		}
		r.add(node, path, all, Rule{Kind: Unique, Fields: fields, Limit: most})
	case "invalidValues": // the schema of the dataset says it, and checks it
		r.other(node, path, all, "quality", fieldList(field)...)
	case "":
	default:
		r.wrong(node, join(path, "metric"), i18n.T("« %s » n’est pas une mesure de la norme : rowCount, nullValues, missingValues, duplicateValues, invalidValues", "“%s” is not a metric of the standard: rowCount, nullValues, missingValues, duplicateValues, invalidValues", clip(metric)))
	}
}

// custom reads a rule that the standard has no metric for: ours when its engine is Socle.
func (r *reader) custom(node *yaml.Node, path string, all map[string]*yaml.Node, field string) {
	if r.text(all, path, "engine", true) != engineName {
		r.other(node, path, all, "quality", fieldList(field)...)
		return
	}
	if all["implementation"] == nil {
		r.wrong(node, join(path, "implementation"), i18n.T("cette partie est obligatoire", "this part is required"))
		return
	}
	path = join(path, "implementation")
	how := r.members(all["implementation"], path)
	rule := Rule{Fields: fieldList(field)}
	value := func(key string) *float64 {
		if how[key] == nil {
			r.wrong(all["implementation"], join(path, key), i18n.T("cette partie est obligatoire", "this part is required"))
			return nil
		}
		number, ok := r.number(how[key], join(path, key))
		if !ok {
			return nil
		}
		return &number
	}
	needsField := true
	switch check := r.text(how, path, "check", true); check {
	case "volumeChange":
		rule.Kind, rule.Limit, needsField = Volume, value("mostPercent"), false
	case "partLoss":
		rule.Kind, rule.Limit = ByPart, value("mostPercent")
	case "drift":
		rule.Kind, rule.Limit = Drift, value("mostPSI")
	case "reference":
		rule.Kind, rule.Least = Reference, value("leastPercent")
		rule.Dataset, rule.Field = r.text(how, path, "dataset", true), r.text(how, path, "field", true)
	case "":
		return
	default:
		r.wrong(how["check"], join(path, "check"), i18n.T("« %s » n’existe pas : volumeChange, partLoss, drift ou reference", "“%s” does not exist: volumeChange, partLoss, drift or reference", clip(check)))
		return
	}
	if needsField && field == "" {
		r.wrong(node, path, i18n.T("cette règle porte sur un champ : écrivez-la dans « properties »", "this rule is about a field: write it in “properties”"))
		return
	}
	r.add(node, path, all, rule)
}
