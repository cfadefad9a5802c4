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
	key       *frictionless.ForeignKey // as the schema writes it; nil for other kinds
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
			title: i18n.T("Ce qui désigne la ligne : %s", "What identifies the row: %s", strings.Join(s.PrimaryKey, ", ")), wrong: i18n.T("ne désigne pas une ligne et une seule", "does not identify one row and one only"),
			expect: i18n.T("Une ligne se reconnaît à %s : rien n’y est vide, et deux lignes n’ont jamais les mêmes valeurs.", "A row is known by %s: nothing there is empty, and two rows never have the same values.", andList(s.PrimaryKey)),
			fix:    i18n.T("Si la ligne est en double, retirez l’une des deux ; sinon, corrigez celle des deux qui est fausse. Remplissez ce qui est vide.", "If the row is a duplicate, remove one of the two; else correct the one of the two that is wrong. Fill what is empty.")}})
	}
	for _, key := range s.UniqueKeys {
		p.keys = append(p.keys, keyRule{kind: uniqueKey, fields: places(key), field: -1, rule: rule{on: true, name: "uniqueKeys", code: codeUnique, fields: key,
			title: i18n.T("Jamais deux fois ensemble : %s", "Never twice together: %s", strings.Join(key, ", ")), wrong: i18n.T("est déjà dans une autre ligne", "is already in another row"),
			expect: i18n.T("Deux lignes n’ont jamais à la fois les mêmes valeurs de %s.", "Two rows never have the same values of %s at once.", andList(key)),
			fix:    i18n.T("Retirez la ligne en double, ou corrigez celle des deux qui est fausse.", "Remove the duplicate row, or correct the one of the two that is wrong.")}})
	}
	for i, key := range s.ForeignKeys {
		where := key.Resource
		own, target := andList(key.Fields), i18n.T("%s de « %s »", "%s of “%s”", andList(key.Reference), where)
		wrong := i18n.T("n’est pas une valeur de %[1]s", "is not in table “%[2]s” (%[3]s)", target, where, strings.Join(key.Reference, ", "))
		fix := i18n.T("Corrigez la valeur, ou ajoutez à « %s » la ligne qui lui manque.", "Correct the value, or add to “%s” the row that it lacks.", where)
		if where == "" {
			target = i18n.T("%s de ce fichier", "%s of this file", andList(key.Reference))
			wrong = i18n.T("n’est pas une valeur de %s", "is not a value of %s", target)
			fix = i18n.T("Corrigez la valeur, ou ajoutez la ligne à laquelle elle renvoie.", "Correct the value, or add the row that it refers to.")
		}
		name := "foreignKeys"
		if len(s.ForeignKeys) > 1 {
			name = fmt.Sprintf("foreignKeys[%d]", i)
		}
		p.keys = append(p.keys, keyRule{kind: foreignKey, fields: places(key.Fields), field: -1, resource: where, reference: key.Reference, key: &s.ForeignKeys[i], rule: rule{on: true, name: name, code: codeForeign, fields: key.Fields,
			title:  i18n.T("%s renvoie à %s", "%s refers to %s", own, target),
			wrong:  wrong,
			expect: i18n.T("Chaque valeur de %s est aussi une valeur de %s.", "Every value of %s is also a value of %s.", own, target),
			fix:    fix}})
	}
}

// andList names several columns.
func andList(names []string) i18n.Text {
	fr, en := make([]string, len(names)), make([]string, len(names))
	for i, name := range names {
		fr[i], en[i] = "« "+name+" »", "“"+name+"”"
	}
	last := len(names) - 1
	if last < 1 {
		return i18n.Text{FR: strings.Join(fr, ""), EN: strings.Join(en, "")}
	}
	return i18n.Text{FR: strings.Join(fr[:last], ", ") + " et " + fr[last], EN: strings.Join(en[:last], ", ") + " and " + en[last]}
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
