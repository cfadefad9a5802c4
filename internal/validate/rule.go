package validate

import (
	"encoding/json"
	"slices"
	"strings"

	"socle/internal/french"
	"socle/internal/i18n"
	"socle/internal/schema/frictionless"
)

// A rule is one thing that may be wrong, with what a person reads about it.
type rule struct {
	on     bool     // it can be broken
	name   string   // "type", "pattern", "primaryKey"…
	code   string   // of frictionless-py
	fields []string // of a rule over several columns
	title  i18n.Text
	wrong  i18n.Text // what is wrong, after the value: "is not a whole number"
	expect i18n.Text // what is expected, as an instruction
	fix    i18n.Text
	reason func(cell string) i18n.Text // what is wrong with one value, when it can be told; nil otherwise
	told   bool                        // what is wrong says the values of the row: they are not said again
	noted  func(note string) i18n.Text // what is wrong, from what was noted where the fault was met; nil for a key: the note is a line
}

// The codes of frictionless-py.
const (
	codeType       = "type-error"
	codeConstraint = "constraint-error"
	codeUnique     = "unique-error"
	codePrimary    = "primary-key"
	codeForeign    = "foreign-key"
	codeRow        = "row-constraint"
	codeBlankRow   = "blank-row"
	codeExtra      = "extra-cell"
	codeMissing    = "missing-cell"
)

// tags are those that frictionless-py gives its codes.
func tags(code string) []string {
	switch code {
	case codeBlankRow, codePrimary, codeForeign, codeRow, "duplicate-row":
		return []string{"#table", "#row"}
	case "blank-header", "unmatched-header":
		return []string{"#table", "#header"}
	case "extra-label", "missing-label", "blank-label", "duplicate-label", "incorrect-label":
		return []string{"#table", "#header", "#label"}
	}
	return []string{"#table", "#row", "#cell"}
}

func typeRule(def *frictionless.Field) rule {
	what, how := typeText(def)
	r := rule{on: true, name: "type", code: codeType, title: i18n.T("Type : %s", "Type: %s", what),
		wrong: i18n.T("n’est pas %s", "is not %s", what), expect: how, fix: correct(def)}
	if def.Type == frictionless.Boolean {
		r.title, r.wrong = i18n.T("Type : oui ou non", "Type: yes or no"), i18n.T("ne dit ni oui ni non", "says neither yes nor no")
	}
	return r
}

// correct says what to do with a wrong value. It may be left out only where the field lets it.
func correct(def *frictionless.Field) i18n.Text {
	if def != nil && def.Constraints.Required {
		return i18n.T("Corrigez la valeur ; elle est obligatoire.", "Correct the value; it is required.")
	}
	return i18n.T("Corrigez la valeur, ou laissez la cellule vide si elle n’est pas connue.", "Correct the value, or leave the cell empty if it is not known.")
}

// typeText names a value of a type, and says how to write it.
func typeText(def *frictionless.Field) (what, how i18n.Text) {
	format := def.Format
	switch def.Type {
	case frictionless.Integer:
		return i18n.T("un nombre entier", "a whole number"), i18n.T("Écrivez des chiffres seuls, sans espace ni unité : 1250.", "Write digits alone, without space or unit: 1250.")
	case frictionless.Number:
		point := def.DecimalChar
		if point == "" {
			point = "."
		}
		return i18n.T("un nombre", "a number"), i18n.T("Écrivez des chiffres, avec « %s » devant les décimales : 12%s5.", "Write digits, with “%s” before the decimals: 12%s5.", point, point)
	case frictionless.Boolean:
		yes, no := def.TrueValues, def.FalseValues
		if len(yes) == 0 {
			yes = []string{"true", "1"}
		}
		if len(no) == 0 {
			no = []string{"false", "0"}
		}
		return i18n.T("un oui ou non", "a yes or no"), i18n.T("Écrivez %s pour oui, %s pour non.", "Write %s for yes, %s for no.", orList(yes), orList(no))
	case frictionless.Date:
		return i18n.T("une date", "a date"), i18n.T("Écrivez la date sous la forme %s.", "Write the date as %s.", shapeOf(format, "AAAA-MM-JJ", "YYYY-MM-DD", "2026-11-24"))
	case frictionless.Datetime:
		return i18n.T("une date avec l’heure", "a date with a time"), i18n.T("Écrivez la date et l’heure sous la forme %s.", "Write the date and time as %s.", shapeOf(format, "AAAA-MM-JJTHH:MM:SS", "YYYY-MM-DDTHH:MM:SS", "2026-11-24T08:30:00"))
	case frictionless.Time:
		return i18n.T("une heure", "a time"), i18n.T("Écrivez l’heure sous la forme %s.", "Write the time as %s.", shapeOf(format, "HH:MM:SS", "HH:MM:SS", "08:30:00"))
	case frictionless.Year:
		return i18n.T("une année", "a year"), i18n.T("Écrivez l’année sur quatre chiffres : 2026.", "Write the year with four digits: 2026.")
	case frictionless.YearMonth:
		return i18n.T("un mois d’une année", "a month of a year"), i18n.T("Écrivez l’année et le mois : 2026-11.", "Write the year and the month: 2026-11.")
	case frictionless.Duration:
		return i18n.T("une durée", "a duration"), i18n.T("Écrivez la durée sous la forme d’ISO 8601 : P1Y2M3DT4H pour un an, deux mois, trois jours et quatre heures.", "Write the duration as ISO 8601 has it: P1Y2M3DT4H for one year, two months, three days and four hours.")
	case frictionless.Geopoint:
		example := map[string]string{"": "-1.68, 48.11", "array": "[-1.68, 48.11]", "object": `{"lon": -1.68, "lat": 48.11}`}[format]
		return i18n.T("un point géographique", "a geographic point"), i18n.T("Écrivez la longitude puis la latitude, en degrés : %s.", "Write the longitude then the latitude, in degrees: %s.", example)
	case frictionless.GeoJSON:
		return i18n.T("une géométrie GeoJSON", "a GeoJSON geometry"), i18n.T("Écrivez un objet GeoJSON entier, avec son « type » et ses « coordinates ».", "Write a whole GeoJSON object, with its “type” and its “coordinates”.")
	case frictionless.Object:
		return i18n.T("un objet JSON", "a JSON object"), i18n.T("Écrivez un objet entre accolades : {\"nom\": \"valeur\"}.", "Write an object between braces: {\"name\": \"value\"}.")
	case frictionless.Array:
		return i18n.T("une liste JSON", "a JSON list"), i18n.T("Écrivez une liste entre crochets : [\"a\", \"b\"].", "Write a list between brackets: [\"a\", \"b\"].")
	case frictionless.List:
		item, _ := typeText(&frictionless.Field{Type: def.ItemType})
		return i18n.T("une liste de valeurs", "a list of values"), i18n.T("Séparez les valeurs par « %s » ; chacune est %s.", "Separate the values with “%s”; each is %s.", listDelimiter(def), item)
	}
	switch format {
	case "email":
		return i18n.T("une adresse électronique", "an e-mail address"), i18n.T("Écrivez une adresse comme accueil@example.org.", "Write an address like accueil@example.org.")
	case "uri":
		return i18n.T("une adresse web complète", "a full web address"), i18n.T("Écrivez l’adresse entière, avec https:// au début et sans espace.", "Write the whole address, with https:// at the beginning and no space.")
	case "uuid":
		return i18n.T("un identifiant UUID", "a UUID"), i18n.T("Écrivez les 32 chiffres hexadécimaux en cinq groupes : 123e4567-e89b-42d3-a456-426614174000.", "Write the 32 hexadecimal digits in five groups: 123e4567-e89b-42d3-a456-426614174000.")
	case "binary":
		return i18n.T("un contenu en base64", "a base64 content"), i18n.T("Encodez le contenu en base64.", "Encode the content in base64.")
	}
	return i18n.T("un texte", "a text"), i18n.T("Écrivez un texte.", "Write a text.")
}

// shapeOf shows a format with letters for what changes, and an example.
func shapeOf(format, fr, en, example string) i18n.Text {
	switch format {
	case "":
		return i18n.T("%s, par exemple %s", "%s, for instance %s", i18n.T(fr, en), example)
	case "any":
		return i18n.T("%s de préférence, par exemple %s", "%s preferably, for instance %s", i18n.T(fr, en), example)
	}
	french := strings.NewReplacer("%Y", "AAAA", "%y", "AA", "%m", "MM", "%d", "JJ", "%H", "HH", "%M", "MM", "%S", "SS")
	english := strings.NewReplacer("%Y", "YYYY", "%y", "YY", "%m", "MM", "%d", "DD", "%H", "HH", "%M", "MM", "%S", "SS")
	filled := strings.NewReplacer("%Y", "2026", "%y", "26", "%m", "11", "%d", "24", "%H", "08", "%M", "30", "%S", "00")
	if shown := filled.Replace(format); !strings.Contains(shown, "%") {
		return i18n.T("%s, par exemple %s", "%s, for instance %s", i18n.T(french.Replace(format), english.Replace(format)), shown)
	}
	return i18n.T("%s", "%s", format)
}

func conceptRule(def *frictionless.Field, c french.Concept) rule {
	r := rule{on: true, name: c.Name, code: codeType, title: c.Label, wrong: i18n.T("n’est pas juste", "is not right"),
		expect: i18n.T("Écrivez une valeur comme %s.", "Write a value like %s.", c.Example),
		fix:    i18n.T("Vérifiez la valeur à sa source : une faute de frappe, ou un zéro perdu au début, sont les causes les plus fréquentes.", "Check the value at its source: a typing error, or a zero lost at the beginning, are the most frequent causes.")}
	if !c.Personal {
		r.reason = func(cell string) i18n.Text { return written(c, cell).Reason }
	}
	return r
}

func requiredRule(def *frictionless.Field, required bool) rule {
	return rule{on: required, name: "required", code: codeConstraint, title: i18n.T("Valeur obligatoire", "Required value"), wrong: i18n.T("est vide", "is empty"),
		expect: i18n.T("Aucune cellule de cette colonne n’est vide.", "No cell of this column is empty."),
		fix:    i18n.T("Remplissez la cellule. Si la valeur n’existe pas, retirez la ligne, ou demandez à qui publie le schéma que ce champ devienne facultatif.", "Fill the cell. If there is no value, remove the row, or ask those who publish the schema that this field become optional.")}
}

func missingCellRule(def *frictionless.Field) rule {
	return rule{on: true, name: "missing-cell", code: codeMissing, title: i18n.T("Cellule absente", "Missing cell"), wrong: i18n.T("manque : la ligne a moins de cellules que l’en-tête", "is missing: the row has fewer cells than the header"),
		expect: i18n.T("Chaque ligne a autant de cellules que l’en-tête.", "Every row has as many cells as the header."),
		fix:    i18n.T("Ajoutez à la fin de la ligne les cellules qui manquent, même vides ; vérifiez qu’un retour à la ligne ne l’a pas coupée en deux.", "Add the missing cells at the end of the row, even empty; check that a line break did not cut it in two.")}
}

func lengthRule(def *frictionless.Field, name string, n int) rule {
	unit := i18n.Count(n, i18n.T("caractère", "character"), i18n.T("caractères", "characters"))
	if def.Type != frictionless.String {
		unit = i18n.Count(n, i18n.T("élément", "item"), i18n.T("éléments", "items"))
	}
	r := rule{on: true, name: name, code: codeConstraint}
	if name == "minLength" {
		r.title, r.wrong = i18n.T("Longueur : au moins %s", "Length: at least %s", unit), i18n.T("est trop court", "is too short")
		r.expect = i18n.T("Écrivez au moins %s.", "Write at least %s.", unit)
		r.fix = i18n.T("Complétez la valeur ; un zéro perdu au début en est souvent la cause.", "Complete the value; a zero lost at the beginning is often the cause.")
		return r
	}
	r.title, r.wrong = i18n.T("Longueur : au plus %s", "Length: at most %s", unit), i18n.T("est trop long", "is too long")
	r.expect = i18n.T("Écrivez au plus %s.", "Write at most %s.", unit)
	r.fix = i18n.T("Raccourcissez la valeur.", "Shorten the value.")
	return r
}

func boundRule(def *frictionless.Field, name, limit string) rule {
	says := map[string]i18n.Text{
		"minimum": i18n.T("au moins %s", "at least %s", limit), "maximum": i18n.T("au plus %s", "at most %s", limit),
		"exclusiveMinimum": i18n.T("plus de %s", "more than %s", limit), "exclusiveMaximum": i18n.T("moins de %s", "less than %s", limit),
	}
	what, fix := i18n.T("une valeur : %s", "a value: %s", says[name]), i18n.T("Vérifiez la valeur et son unité.", "Check the value and its unit.")
	switch def.Type {
	case frictionless.Date, frictionless.Datetime, frictionless.Time, frictionless.Year, frictionless.YearMonth:
		says = map[string]i18n.Text{
			"minimum": i18n.T("%s ou après", "%s or after", limit), "maximum": i18n.T("%s ou avant", "%s or before", limit),
			"exclusiveMinimum": i18n.T("après %s", "after %s", limit), "exclusiveMaximum": i18n.T("avant %s", "before %s", limit),
		}
		what, _ = typeText(def)
		what, fix = i18n.T("%s : %s", "%s: %s", what, says[name]), i18n.T("Vérifiez la date à sa source : une erreur de siècle ou un jour pris pour un mois sont fréquents.", "Check the date at its source: a wrong century, or a day taken for a month, are frequent.")
	}
	return rule{on: true, name: name, code: codeConstraint, title: i18n.T("Limite : %s", "Limit: %s", says[name]), wrong: i18n.T("est hors des limites (%s)", "is out of bounds (%s)", says[name]),
		expect: i18n.T("Écrivez %s.", "Write %s.", what), fix: fix}
}

// patternRule says a pattern in words where it can, with a value to write like.
func patternRule(def *frictionless.Field, p *pattern) rule {
	r := rule{on: true, name: "pattern", code: codeConstraint, title: i18n.T("Forme de la valeur", "Form of the value"), wrong: i18n.T("n’a pas la forme attendue", "does not have the expected form"),
		fix: i18n.T("Comparez avec l’exemple, caractère par caractère : espaces, accents, tirets et zéros du début comptent.", "Compare with the example, character by character: spaces, accents, hyphens and leading zeros count.")}
	form, said := PatternWords(def.Constraints.Pattern)
	if !said {
		form = i18n.T("l’expression régulière %s", "the regular expression %s", def.Constraints.Pattern)
	}
	sample := patternSample(def.Constraints.Pattern, p)
	if text := textOf(def.Example); def.Example != nil && p.match(text) {
		sample = string(text)
	}
	switch {
	case sample != "":
		r.expect = i18n.T("Écrivez une valeur comme %s (%s).", "Write a value like %s (%s).", sample, form)
	case said:
		r.expect = i18n.T("Écrivez %s.", "Write %s.", form)
	default:
		r.expect = i18n.T("Écrivez une valeur qui suit %s.", "Write a value that follows %s.", form)
	}
	return r
}

// enumRule shows the values of a closed list, with what they mean where labels say it.
func enumRule(name string, values []json.RawMessage, labels []string) rule {
	texts := make([]string, len(values))
	for i, raw := range values {
		texts[i] = string(textOf(raw))
	}
	choices := orList(texts)
	if slices.ContainsFunc(labels, func(label string) bool { return label != "" }) && len(values) <= mostShown {
		list := make([]i18n.Text, len(values))
		for i, text := range texts {
			list[i] = i18n.T("« %s »", "“%s”", text)
			if labels[i] != "" {
				list[i] = i18n.T("%s (%s)", "%s (%s)", list[i], labels[i])
			}
		}
		choices = i18n.Text{FR: joinTexts(list, i18n.FR), EN: joinTexts(list, i18n.EN)}
	}
	return rule{on: true, name: name, code: codeConstraint, title: i18n.T("Liste fermée de valeurs", "Closed list of values"), wrong: i18n.T("n’est pas dans la liste", "is not in the list"),
		expect: i18n.T("Choisissez parmi %s.", "Choose among %s.", choices), fix: i18n.T("Reprenez la valeur de la liste telle qu’elle est écrite, majuscules et accents compris.", "Take the value of the list as it is written, capitals and accents included.")}
}

func jsonSchemaRule(def *frictionless.Field) rule {
	return rule{on: true, name: "jsonSchema", code: codeConstraint, title: i18n.T("Schéma JSON de la valeur", "JSON Schema of the value"), wrong: i18n.T("ne suit pas le schéma JSON du champ", "does not follow the JSON Schema of the field"),
		expect: i18n.T("La valeur suit le schéma JSON que donne le champ.", "The value follows the JSON Schema that the field gives."), fix: i18n.T("Vérifiez les noms et les types de l’objet.", "Check the names and types of the object.")}
}

// mostShown is how many values of a list are shown in a sentence.
const mostShown = 20

func orList(values []string) i18n.Text {
	more := ""
	if len(values) > mostShown {
		values, more = values[:mostShown], "…"
	}
	return i18n.Text{FR: "« " + strings.Join(values, " », « ") + " »" + more, EN: "“" + strings.Join(values, "”, “") + "”" + more}
}

// labelOf is how people call a field.
func labelOf(def *frictionless.Field) string {
	if def.Title != "" {
		return def.Title
	}
	return def.Name
}
