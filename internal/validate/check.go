package validate

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"socle/internal/fault"
	"socle/internal/french"
	"socle/internal/i18n"
	"socle/internal/schema/frictionless"
)

// aliases are the names of Validata, old and new, and their French codes, as this package calls them.
var aliases = map[string]string{
	"french-siren-value": "siren", "french-siret-value": "siret", "phone-number-value": "phone", "phone-number": "phone",
	"cohesive-columns-value": "cohesive-columns", "compare-columns-value": "compare-columns", "sum-columns-value": "sum-columns",
	"opening-hours-value": "opening-hours", "year-interval-value": "year-interval", "nomenclature-actes-value": "nomenclature-acte",
	"nomenclature-actes": "nomenclature-acte", "french-gps-coordinates-value": "french-gps-coordinates",
	"one-of-required": "at-least-one", "date-order": "compare-columns",
}

// checker compiles one custom check.
type checker struct {
	*compiler
	check frictionless.Check
	path  string
	wrong bool
}

// checks compiles the custom checks. A check that is not known, or that speaks of a column that is not in the schema,
// is a warning: the others run.
func (c *compiler) checks() error {
	for i, check := range c.program.schema.CustomChecks {
		k := &checker{compiler: c, check: check, path: fmt.Sprintf("custom_checks[%d]", i)}
		if err := k.compile(); err != nil {
			return err
		}
	}
	return nil
}

func (k *checker) compile() error {
	name := k.check.Name
	if current, old := aliases[name]; old {
		name = current
	}
	if concept, ok := french.ConceptOf(name); ok {
		k.cell(conceptRule(nil, concept), concept.Personal, castConcept(concept))
		return nil
	}
	switch name {
	case "cohesive-columns":
		k.cohesive()
	case "mutually-exclusive":
		k.exclusive()
	case "at-least-one":
		k.atLeastOne()
	case "compare-columns":
		k.compare()
	case "sum-columns":
		k.sum()
	case "parts-sum":
		k.partsSum()
	case "monotonic":
		k.monotonic()
	case "conditional-required":
		k.conditional()
	case "in-list":
		return k.inList()
	case "commune-at-date":
		return k.communeAtDate()
	case "point-in-territory":
		k.pointInTerritory()
	case "french-gps-coordinates":
		k.gps()
	case "year-interval":
		k.yearInterval()
	case "opening-hours":
		k.cell(simpleRule("opening-hours", i18n.T("Horaires d’ouverture", "Opening hours"), i18n.T("n’est pas un horaire d’OpenStreetMap", "is not an OpenStreetMap opening hours value"),
			i18n.T("Écrivez les horaires comme « Mo-Fr 09:00-12:00,14:00-17:00 ».", "Write the hours like “Mo-Fr 09:00-12:00,14:00-17:00”.")), false, openingHours)
	case "nomenclature-acte":
		k.cell(simpleRule("nomenclature-acte", i18n.T("Nomenclature des actes", "Nomenclature of acts"), i18n.T("n’est pas une matière de la nomenclature @ctes", "is not a subject of the @ctes nomenclature"),
			i18n.T("Commencez par l’une des neuf matières, comme « Finances locales », puis « / » et le détail.", "Begin with one of the nine subjects, like “Finances locales”, then “/” and the detail.")), false, nomenclatureActe)
	default:
		k.note("check_unknown", k.path+".name", i18n.T("Le contrôle « %s » n’est pas connu : il n’est pas fait.", "Check “%s” is not known: it is not done.", k.check.Name))
	}
	return nil
}

// column is the field that a parameter names; -1, with a warning, when there is none.
func (k *checker) column(params ...string) int {
	for _, param := range params {
		if name := k.check.Params.Text(param); name != "" {
			return k.named(name)
		}
	}
	k.skip(i18n.T("le paramètre « %s » manque", "parameter “%s” is missing", params[0]))
	return -1
}

func (k *checker) named(name string) int {
	i := firstNamed(k.program.schema, name)
	if i < 0 {
		k.skip(i18n.T("la colonne « %s » n’est pas dans le schéma", "column “%s” is not in the schema", name))
	}
	return i
}

func (k *checker) skip(why i18n.Text) {
	k.wrong = true
	k.note("check_skipped", k.path, i18n.T("Le contrôle « %s » n’est pas fait : %s.", "Check “%s” is not done: %s.", k.check.Name, why))
}

// columns are the fields that parameters name, one or several each.
func (k *checker) columns(params ...string) []int {
	var out []int
	for _, param := range params {
		for _, name := range k.check.Params.Texts(param) {
			out = append(out, k.named(name))
		}
	}
	return out
}

func (k *checker) nameAll(fields []int) []string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = k.program.schema.Fields[f].Name
	}
	return names
}

// cell adds a rule on the cells of one column. What is empty is left out.
func (k *checker) cell(r rule, masked bool, ok func([]byte, *value) bool) {
	field := k.column("column", "field")
	if k.wrong {
		return
	}
	r.on, r.name, r.code = true, k.check.Name, codeConstraint
	f := &k.program.fields[field]
	f.masked = f.masked || masked
	f.add(r, ok)
}

// row adds a rule over several columns.
func (k *checker) row(r rule, field int, fields []int, holds func(w *worker) bool) {
	if k.wrong {
		return
	}
	r.on, r.name, r.code, r.fields = true, k.check.Name, codeRow, k.nameAll(fields)
	k.program.rows = append(k.program.rows, rowRule{rule: r, field: field, fields: fields, holds: holds})
}

func simpleRule(name string, title, wrong, expect i18n.Text) rule {
	return rule{on: true, name: name, code: codeConstraint, title: title, wrong: wrong, expect: expect, fix: i18n.T("Corrigez la valeur.", "Correct the value.")}
}

func (w *worker) filled(fields []int) (n int) {
	for _, f := range fields {
		if w.values[f].state != empty {
			n++
		}
	}
	return n
}

func (k *checker) cohesive() {
	fields := append([]int{k.column("column")}, k.columns("othercolumns", "columns")...)
	if k.wrong {
		return
	}
	names := strings.Join(k.nameAll(fields), ", ")
	k.row(rule{title: i18n.T("Colonnes solidaires : %s", "Columns that go together: %s", names), wrong: i18n.T("ces colonnes sont remplies en partie seulement", "these columns are filled only in part"),
		expect: i18n.T("Remplissez toutes ces colonnes, ou aucune : %s.", "Fill all of these columns, or none: %s.", names), fix: i18n.T("Complétez celles qui manquent, ou videz les autres.", "Complete those that are missing, or empty the others.")},
		-1, fields, func(w *worker) bool { n := w.filled(fields); return n == 0 || n == len(fields) })
}

func (k *checker) exclusive() {
	fields := k.columns("columns", "column", "column2", "othercolumns")
	if k.wrong {
		return
	}
	names := strings.Join(k.nameAll(fields), ", ")
	k.row(rule{title: i18n.T("Colonnes qui s’excluent : %s", "Columns that exclude each other: %s", names), wrong: i18n.T("plusieurs de ces colonnes sont remplies", "several of these columns are filled"),
		expect: i18n.T("Ne remplissez qu’une de ces colonnes : %s.", "Fill only one of these columns: %s.", names), fix: i18n.T("Gardez la seule qui convient.", "Keep the only one that suits.")},
		-1, fields, func(w *worker) bool { return w.filled(fields) <= 1 })
}

func (k *checker) atLeastOne() {
	fields := k.columns("columns", "column", "column1", "column2", "othercolumns")
	if k.wrong {
		return
	}
	names := strings.Join(k.nameAll(fields), ", ")
	k.row(rule{title: i18n.T("Au moins une colonne remplie : %s", "At least one column filled: %s", names), wrong: i18n.T("toutes ces colonnes sont vides", "all of these columns are empty"),
		expect: i18n.T("Remplissez au moins une de ces colonnes : %s.", "Fill at least one of these columns: %s.", names), fix: i18n.T("Donnez l’une des valeurs.", "Give one of the values.")},
		-1, fields, func(w *worker) bool { return w.filled(fields) > 0 })
}

var operators = map[string]func(order int) bool{
	"<": func(o int) bool { return o < 0 }, "<=": func(o int) bool { return o <= 0 }, "==": func(o int) bool { return o == 0 }, "=": func(o int) bool { return o == 0 },
	"!=": func(o int) bool { return o != 0 }, ">=": func(o int) bool { return o >= 0 }, ">": func(o int) bool { return o > 0 },
}

// compare is compare-columns (column, op, column2) and date-order (start, end).
func (k *checker) compare() {
	a, b := k.column("column", "start"), k.column("column2", "end")
	op := k.check.Params.Text("op")
	if op == "" {
		op = "<="
	}
	holds, known := operators[op]
	if !known {
		k.skip(i18n.T("« %s » n’est pas une comparaison", "“%s” is not a comparison", op))
	}
	if k.wrong {
		return
	}
	p := k.program
	na, nb := p.schema.Fields[a].Name, p.schema.Fields[b].Name
	must := inWords(k.program.schema.Fields[a].Type, op)
	k.row(rule{title: i18n.T("« %s » %s « %s »", "“%s” %s “%s”", na, must, nb), wrong: i18n.T("« %s » %s « %s » n’est pas vrai ici", "“%s” %s “%s” is not true here", na, must, nb),
		expect: i18n.T("Dans chaque ligne, « %s » %s « %s ».", "In each row, “%s” %s “%s”.", na, must, nb), fix: i18n.T("Vérifiez les deux valeurs : elles sont peut-être inversées.", "Check both values: they may be swapped.")},
		-1, []int{a, b}, func(w *worker) bool {
			x, y := &w.values[a], &w.values[b]
			if x.state != good || y.state != good {
				return true
			}
			order, ok := p.compareValues(a, w.cell(a), x, b, w.cell(b), y)
			return !ok || holds(order)
		})
}

// inWords says how a value stands to another one, as people do.
func inWords(t frictionless.Type, op string) i18n.Text {
	switch op {
	case "==", "=":
		return i18n.T("est égal à", "is equal to")
	case "!=":
		return i18n.T("n’est pas égal à", "is not equal to")
	}
	if isNumeric(t) || t == frictionless.Duration || t == frictionless.String {
		return map[string]i18n.Text{"<": i18n.T("est plus petit que", "is less than"), "<=": i18n.T("ne dépasse pas", "is at most"),
			">": i18n.T("est plus grand que", "is greater than"), ">=": i18n.T("vaut au moins", "is at least")}[op]
	}
	return map[string]i18n.Text{"<": i18n.T("précède", "is before"), "<=": i18n.T("ne vient pas après", "is not after"),
		">": i18n.T("suit", "is after"), ">=": i18n.T("ne vient pas avant", "is not before")}[op]
}

func (k *checker) monotonic() {
	field := k.column("column")
	if k.wrong {
		return
	}
	down := slices.Contains([]string{"descending", "desc", "decreasing"}, k.check.Params.Text("order"))
	strict := string(k.check.Params.Get("strict")) == "true"
	way := i18n.T("croissante", "increasing")
	if down {
		way = i18n.T("décroissante", "decreasing")
	}
	name := k.program.schema.Fields[field].Name
	k.row(rule{title: i18n.T("Colonne %s : %s", "Column %s: %s", way, name), wrong: i18n.T("rompt l’ordre des lignes", "breaks the order of the rows"),
		expect: i18n.T("La colonne « %s » est %s d’une ligne à la suivante.", "Column “%s” is %s from a row to the next.", name, way), fix: i18n.T("Triez les lignes, ou corrigez la valeur.", "Sort the rows, or correct the value.")},
		field, []int{field}, nil)
	k.program.rows[len(k.program.rows)-1].order = &orderRule{field, down, strict}
}

// conditional is conditional-required: column is required when another one has one of some values, or any value.
func (k *checker) conditional() {
	field, when := k.column("column"), k.column("when", "column2")
	if k.wrong {
		return
	}
	var values []json.RawMessage
	if raw := k.check.Params.Get("values"); raw != nil && json.Unmarshal(raw, &values) != nil {
		values = []json.RawMessage{raw}
	}
	if raw := k.check.Params.Get("value"); raw != nil {
		values = append(values, raw)
	}
	source := &k.program.fields[when]
	is := k.among(source, k.path+".params.values", values)
	name, other := k.program.schema.Fields[field].Name, k.program.schema.Fields[when].Name
	condition := i18n.T("« %s » est rempli", "“%s” is filled", other)
	if len(values) > 0 {
		texts := make([]string, len(values))
		for i, raw := range values {
			texts[i] = string(textOf(raw))
		}
		condition = i18n.T("« %s » vaut %s", "“%s” is %s", other, orList(texts))
	}
	k.row(rule{told: true, title: i18n.T("« %s » obligatoire quand %s", "“%s” required when %s", name, condition), wrong: i18n.T("« %s » est vide alors que %s", "“%s” is empty though %s", name, condition),
		expect: i18n.T("Remplissez « %s » quand %s.", "Fill “%s” when %s.", name, condition), fix: i18n.T("Donnez la valeur qui manque, ou corrigez celle qui l’exige.", "Give the missing value, or correct the one that asks for it.")},
		-1, []int{field, when}, func(w *worker) bool {
			o := &w.values[when]
			if o.state != good || len(values) > 0 && !is(w.cell(when), o) {
				return true
			}
			return w.values[field].state != empty
		})
}

// list gives a reference list, nil with a warning when it is not there.
func (k *checker) list(name string) (List, error) {
	list, err := k.program.options.Lists.List(k.ctx, name)
	if fault.Is(err, fault.NotFound) {
		k.skip(i18n.T("la liste « %s » n’existe pas ici, ou n’est pas ouverte à qui demande", "list “%s” does not exist here, or is not open to who asks", name))
		return nil, nil
	}
	return list, err
}

func (k *checker) inList() error {
	name := k.check.Params.Text("list")
	list, err := k.list(name)
	if err != nil || list == nil {
		return err
	}
	k.cell(rule{title: i18n.T("Dans la liste « %s »", "In list “%s”", name), wrong: i18n.T("n’est pas dans la liste « %s »", "is not in list “%s”", name),
		expect: i18n.T("Écrivez une valeur de la liste « %s ».", "Write a value of list “%s”.", name), fix: i18n.T("Cherchez la valeur dans la liste de référence.", "Look for the value in the reference list.")},
		false, func(v []byte, o *value) bool { return list.Has(string(v), time.Time{}) })
	return nil
}

// communeAtDate checks that a commune existed on the day of the row (date: a column), or on a given day (at).
func (k *checker) communeAtDate() error {
	name := k.check.Params.Text("list")
	if name == "" {
		name = "communes"
	}
	list, err := k.list(name)
	if err != nil || list == nil {
		return err
	}
	if at := k.check.Params.Text("at"); at != "" {
		day, err := time.Parse("2006-01-02", at)
		if err != nil {
			k.skip(i18n.T("« %s » n’est pas une date", "“%s” is not a date", at))
			return nil
		}
		k.cell(communeRule(i18n.T("au %s", "on %s", at)), false, func(v []byte, o *value) bool { return list.Has(string(v), day) })
		return nil
	}
	field, date := k.column("column"), k.column("date", "column2")
	if k.wrong {
		return nil
	}
	kind := k.program.schema.Fields[date].Type
	if !slices.Contains([]frictionless.Type{frictionless.Date, frictionless.Datetime, frictionless.Year, frictionless.YearMonth}, kind) {
		k.skip(i18n.T("« %s » n’est pas une date", "“%s” is not a date", k.program.schema.Fields[date].Name))
		return nil
	}
	k.row(communeRule(i18n.T("à la date de la ligne", "on the day of the row")), field, []int{field, date}, func(w *worker) bool {
		o, d := &w.values[field], &w.values[date]
		return o.state != good || d.state != good || list.Has(string(w.cell(field)), momentOf(kind, d.num))
	})
	return nil
}

func communeRule(when i18n.Text) rule {
	return rule{title: i18n.T("Commune %s", "Commune %s", when), wrong: i18n.T("n’est pas une commune %s", "is not a commune %s", when),
		expect: i18n.T("Écrivez le code officiel géographique de la commune tel qu’il était %s.", "Write the official geographic code of the commune as it was %s.", when),
		fix:    i18n.T("La commune a peut-être fusionné : cherchez celle qui la remplace à cette date.", "The commune may have merged: look for the one that replaces it on that day.")}
}

// momentOf is the day of a value of a temporal type.
func momentOf(t frictionless.Type, n int64) time.Time {
	switch t {
	case frictionless.Datetime:
		return timeOf(0).Add(duration(n))
	case frictionless.Year:
		return time.Date(int(n), 1, 1, 0, 0, 0, 0, time.UTC)
	case frictionless.YearMonth:
		return time.Date(int(n/12), time.Month(n%12+1), 1, 0, 0, 0, 0, time.UTC)
	}
	return timeOf(n)
}

func duration(micros int64) time.Duration { return time.Duration(micros) * time.Microsecond }
