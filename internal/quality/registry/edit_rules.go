package registry

import (
	"net/url"
	"slices"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/schema/frictionless"
)

// The rules between columns that the editor offers, by their names in schemas: those of Validata where it has them.
const (
	ruleCompare     = "compare-columns-value"
	ruleSum         = "sum-columns-value"
	ruleCohesive    = "cohesive-columns-value"
	ruleOneOf       = "at-least-one"
	ruleExclusive   = "mutually-exclusive"
	ruleConditional = "conditional-required"
)

var comparisons = []string{"<", "<=", "==", ">=", ">"}

// readRule makes a rule of the form of its kind.
func readRule(form url.Values) (frictionless.Check, error) {
	kind := form.Get("regle")
	check := frictionless.Check{Name: kind}
	set := func(name string, value any) { _ = check.Params.Set(name, value) } // texts are always JSON
	columns := slices.DeleteFunc(slices.Clone(form["colonnes"]), func(name string) bool { return name == "" })
	column, other := form.Get("colonne"), form.Get("autre")
	switch kind {
	case ruleCompare:
		op := form.Get("comparaison")
		if column == "" || other == "" || column == other || !slices.Contains(comparisons, op) {
			return check, incomplete(i18n.T("Choisissez deux colonnes différentes et comment elles se comparent.", "Choose two different columns and how they compare."))
		}
		set("column", column)
		set("op", op)
		set("column2", other)
	case ruleSum:
		if column == "" || len(columns) < 2 || slices.Contains(columns, column) {
			return check, incomplete(i18n.T("Choisissez la colonne du total et au moins deux autres colonnes.", "Choose the column of the total and at least two other columns."))
		}
		set("column", column)
		set("columns", columns)
	case ruleCohesive:
		if len(columns) < 2 {
			return check, atLeastTwo()
		}
		set("column", columns[0])
		set("othercolumns", columns[1:])
	case ruleOneOf, ruleExclusive:
		if len(columns) < 2 {
			return check, atLeastTwo()
		}
		set("columns", columns)
	case ruleConditional:
		if column == "" || other == "" || column == other {
			return check, incomplete(i18n.T("Choisissez deux colonnes différentes.", "Choose two different columns."))
		}
		set("column", column)
		set("when", other)
		if values := lines(form.Get("valeurs")); len(values) > 0 {
			set("values", values)
		}
	default:
		return check, incomplete(i18n.T("Choisissez une sorte de règle.", "Choose a kind of rule."))
	}
	return check, nil
}

func incomplete(message i18n.Text) error { return fault.New(fault.Invalid, "rule_incomplete", message) }

func atLeastTwo() error {
	return incomplete(i18n.T("Choisissez au moins deux colonnes.", "Choose at least two columns."))
}
