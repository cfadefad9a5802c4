package validate

import (
	"fmt"
	"slices"
	"strings"

	"socle/internal/i18n"
	"socle/internal/schema/frictionless"
)

// keyKind is what a key promises.
type keyKind uint8

const (
	uniqueField keyKind = iota // constraints.unique: what is empty is left out
	uniqueKey                  // uniqueKeys: a row with something empty in the key is left out
	primaryKey                 // nothing empty, all different
	foreignKey                 // found in another table; what is wholly empty is left out
)

// A keyRule compares the rows of a table with each other, or with those of another table.
type keyRule struct {
	rule
	kind      keyKind
	fields    []int
	field     int // -1 for a rule of the row
	resource  string
	reference []string
}

// keys compiles the keys of the schema.
func (c *compiler) keys() {
	p, s := c.program, c.program.schema
	places := func(names []string) []int {
		out := make([]int, len(names))
		for i, name := range names {
			out[i] = firstNamed(s, name)
		}
		return out
	}
	for i := range s.Fields {
		if s.Fields[i].Constraints.Unique {
			p.keys = append(p.keys, keyRule{kind: uniqueField, fields: []int{i}, field: i, rule: rule{on: true, name: "unique", code: codeUnique,
				title: i18n.T("Valeur unique", "Unique value"), wrong: i18n.T("est déjà dans une autre ligne", "is already in another row"),
				expect: i18n.T("Deux lignes n’ont jamais la même valeur de « %s ».", "Two rows never have the same value of “%s”.", labelOf(&s.Fields[i])),
				fix:    i18n.T("Retirez la ligne en double, ou corrigez celle des deux qui est fausse.", "Remove the duplicate row, or correct the one of the two that is wrong.")}})
		}
	}
	if len(s.PrimaryKey) > 0 && !slices.Contains(places(s.PrimaryKey), -1) {
		p.keys = append(p.keys, keyRule{kind: primaryKey, fields: places(s.PrimaryKey), field: -1, rule: rule{on: true, name: "primaryKey", code: codePrimary, fields: s.PrimaryKey,
			title: i18n.T("Clé de la ligne", "Key of the row"), wrong: i18n.T("n’identifie pas la ligne", "does not identify the row"),
			expect: i18n.T("Chaque ligne a une clé remplie et différente des autres (%s).", "Every row has a key that is filled and differs from the others (%s).", strings.Join(s.PrimaryKey, ", ")),
			fix:    i18n.T("Remplissez la clé ; d’une ligne en double, gardez celle qui est juste.", "Fill the key; of a duplicate row, keep the one that is right.")}})
	}
	for _, key := range s.UniqueKeys {
		p.keys = append(p.keys, keyRule{kind: uniqueKey, fields: places(key), field: -1, rule: rule{on: true, name: "uniqueKeys", code: codeUnique, fields: key,
			title: i18n.T("Ensemble unique de valeurs", "Unique set of values"), wrong: i18n.T("est déjà dans une autre ligne", "is already in another row"),
			expect: i18n.T("Deux lignes n’ont jamais les mêmes valeurs de %s ensemble.", "Two rows never have the same values of %s together.", strings.Join(key, ", ")),
			fix:    i18n.T("Retirez la ligne en double, ou corrigez celle des deux qui est fausse.", "Remove the duplicate row, or correct the one of the two that is wrong.")}})
	}
	for i, key := range s.ForeignKeys {
		where := key.Resource
		target := i18n.T("la table « %s »", "table “%s”", where)
		if where == "" {
			target = i18n.T("la même table", "the same table")
		}
		name := "foreignKeys"
		if len(s.ForeignKeys) > 1 {
			name = fmt.Sprintf("foreignKeys[%d]", i)
		}
		p.keys = append(p.keys, keyRule{kind: foreignKey, fields: places(key.Fields), field: -1, resource: where, reference: key.Reference, rule: rule{on: true, name: name, code: codeForeign, fields: key.Fields,
			title:  i18n.T("Référence de %s à %s (%s)", "Reference of %s to %s (%s)", strings.Join(key.Fields, ", "), target, strings.Join(key.Reference, ", ")),
			wrong:  i18n.T("n’est pas dans %s (%s)", "is not in %s (%s)", target, strings.Join(key.Reference, ", ")),
			expect: i18n.T("Chaque valeur de %s existe dans %s (%s).", "Every value of %s exists in %s (%s).", strings.Join(key.Fields, ", "), target, strings.Join(key.Reference, ", ")),
			fix:    i18n.T("Corrigez la référence, ou ajoutez la ligne qui manque à l’autre table.", "Correct the reference, or add the row that the other table lacks.")}})
	}
}

// shownKey is how a part of a key is shown: as people write it, not as it is compared.
func shownKey(def *frictionless.Field, key string) string {
	switch def.Type {
	case frictionless.Date, frictionless.Datetime, frictionless.Time, frictionless.Boolean, frictionless.YearMonth:
		var n int64
		if _, err := fmt.Sscan(key, &n); err != nil {
			return key
		}
		switch def.Type {
		case frictionless.Date:
			return timeOf(n).Format("2006-01-02")
		case frictionless.Datetime:
			return timeOf(0).Add(duration(n)).Format("2006-01-02T15:04:05Z")
		case frictionless.Time:
			return timeOf(0).Add(duration(n)).Format("15:04:05")
		case frictionless.YearMonth:
			return fmt.Sprintf("%04d-%02d", n/12, n%12+1)
		}
		return fmt.Sprint(n == 1)
	}
	return key
}
