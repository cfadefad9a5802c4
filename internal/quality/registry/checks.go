package registry

import (
	"encoding/json"
	"strings"

	"socle/internal/i18n"
	"socle/internal/schema/frictionless"
)

// checkText says a rule over columns in a sentence.
func checkText(c frictionless.Check) i18n.Text {
	text := func(name string) string { return c.Params.Text(name) }
	texts := func(names ...string) string {
		var all []string
		for _, name := range names {
			all = append(all, c.Params.Texts(name)...)
		}
		return strings.Join(all, ", ")
	}
	switch c.Name {
	case ruleCompare:
		return i18n.T("« %s » %s « %s ».", "“%s” %s “%s”.", text("column"), comparison(text("op")), text("column2"))
	case ruleSum:
		return i18n.T("« %s » est la somme de : %s.", "“%s” is the sum of: %s.", text("column"), texts("columns"))
	case "one-of-required", ruleOneOf:
		return i18n.T("Au moins une de ces colonnes est remplie : %s.", "At least one of these columns is filled: %s.", texts("column", "column2", "columns"))
	case ruleExclusive:
		return i18n.T("Une seule de ces colonnes est remplie : %s.", "Only one of these columns is filled: %s.", texts("columns", "column", "column2"))
	case ruleConditional:
		if values := texts("values", "value"); values != "" {
			return i18n.T("« %s » est obligatoire quand « %s » vaut : %s.", "“%s” is required when “%s” is: %s.", text("column"), text("when"), values)
		}
		return i18n.T("« %s » est obligatoire quand « %s » est rempli.", "“%s” is required when “%s” is filled.", text("column"), text("when"))
	case ruleCohesive:
		return i18n.T("Ces colonnes sont toutes remplies, ou toutes vides : %s.", "These columns are all filled, or all empty: %s.", texts("column", "othercolumns"))
	}
	params := make([]string, len(c.Params))
	for i, p := range c.Params {
		params[i] = p.Name + " = " + literal(json.RawMessage(p.Value))
	}
	return i18n.T("Contrôle « %s » (%s).", "Check “%s” (%s).", c.Name, strings.Join(params, ", "))
}

func comparison(op string) i18n.Text {
	switch op {
	case "<":
		return i18n.T("est plus petit que", "is less than")
	case "<=":
		return i18n.T("est au plus", "is at most")
	case "==":
		return i18n.T("est égal à", "is equal to")
	case ">=":
		return i18n.T("est au moins", "is at least")
	case ">":
		return i18n.T("est plus grand que", "is greater than")
	}
	return i18n.Text{FR: op, EN: op}
}
