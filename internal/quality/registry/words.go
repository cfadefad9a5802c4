package registry

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"socle/internal/french"
	"socle/internal/i18n"
	"socle/internal/schema/frictionless"
	"socle/internal/validate"
	"socle/internal/web/ui"
)

// Short forms for the templates: texts in the language of the reader.

func say(ctx context.Context, text i18n.Text) string { return text.In(i18n.From(ctx)) }

func count[N ~int | ~int64](ctx context.Context, n N) string { return i18n.Integer(i18n.From(ctx), n) }

func fieldsText(n int) i18n.Text {
	return i18n.Count(n, i18n.T("champ", "field"), i18n.T("champs", "fields"))
}

// typeName is what people call a type.
func typeName(t frictionless.Type) i18n.Text {
	switch t {
	case frictionless.String:
		return i18n.T("Texte", "Text")
	case frictionless.Number:
		return i18n.T("Nombre", "Number")
	case frictionless.Integer:
		return i18n.T("Nombre entier", "Whole number")
	case frictionless.Boolean:
		return i18n.T("Oui ou non", "Yes or no")
	case frictionless.Object:
		return i18n.T("Objet JSON", "JSON object")
	case frictionless.Array:
		return i18n.T("Liste JSON", "JSON list")
	case frictionless.List:
		return i18n.T("Liste dans une cellule", "List in a cell")
	case frictionless.Datetime:
		return i18n.T("Date et heure", "Date and time")
	case frictionless.Date:
		return i18n.T("Date", "Date")
	case frictionless.Time:
		return i18n.T("Heure", "Time")
	case frictionless.Year:
		return i18n.T("Année", "Year")
	case frictionless.YearMonth:
		return i18n.T("Année et mois", "Year and month")
	case frictionless.Duration:
		return i18n.T("Durée", "Duration")
	case frictionless.Geopoint:
		return i18n.T("Point (longitude, latitude)", "Point (longitude, latitude)")
	case frictionless.GeoJSON:
		return i18n.T("Géométrie GeoJSON", "GeoJSON geometry")
	}
	return i18n.T("Toute valeur", "Any value")
}

// literal writes a JSON value as people do: a text without its quotes.
func literal(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	return string(raw)
}

// rules are the constraints of a field, a sentence each.
func rules(f *frictionless.Field) []i18n.Text {
	var list []i18n.Text
	add := func(fr, en string, args ...any) { list = append(list, i18n.T(fr, en, args...)) }
	c := f.Constraints
	if c.Required {
		add("Obligatoire", "Required")
	}
	if c.Unique {
		add("Sans doublon", "No duplicates")
	}
	switch {
	case c.MinLength != nil && c.MaxLength != nil && *c.MinLength == *c.MaxLength:
		add("%d caractères exactement", "%d characters exactly", *c.MinLength)
	case c.MinLength != nil && c.MaxLength != nil:
		add("De %d à %d caractères", "%d to %d characters", *c.MinLength, *c.MaxLength)
	case c.MinLength != nil:
		add("Au moins %d caractères", "At least %d characters", *c.MinLength)
	case c.MaxLength != nil:
		add("Au plus %d caractères", "At most %d characters", *c.MaxLength)
	}
	for _, bound := range []struct {
		value  json.RawMessage
		fr, en string
	}{{c.Minimum, "Au moins %s", "At least %s"}, {c.Maximum, "Au plus %s", "At most %s"},
		{c.ExclusiveMinimum, "Plus que %s", "More than %s"}, {c.ExclusiveMaximum, "Moins que %s", "Less than %s"}} {
		if bound.value != nil {
			if temporal(f.Type) {
				bound.fr, bound.en = momentBounds[bound.fr], momentBounds[bound.en]
			}
			add(bound.fr, bound.en, literal(bound.value))
		}
	}
	if words, said := validate.PatternWords(c.Pattern); said {
		add("Forme : %s", "Form: %s", words)
	} else if c.Pattern != "" {
		add("Forme : l’expression régulière %s", "Form: the regular expression %s", c.Pattern)
	}
	if c.Enum != nil {
		values := make([]string, len(c.Enum))
		for i, v := range c.Enum {
			values[i] = literal(v)
		}
		add("Une de ces valeurs : %s", "One of these values: %s", strings.Join(values, ", "))
	}
	if c.JSONSchema != nil {
		add("Satisfait un JSON Schema", "Satisfies a JSON Schema")
	}
	if f.Categories != nil {
		values := make([]string, len(f.Categories))
		for i, v := range f.Categories {
			if values[i] = literal(v.Value); v.Label != "" {
				values[i] += " (" + v.Label + ")"
			}
		}
		add("Une de ces valeurs : %s", "One of these values: %s", strings.Join(values, ", "))
	}
	return append(list, writing(f)...)
}

// momentBounds say of a date what is said of a number.
var momentBounds = map[string]string{"Au moins %s": "%s ou après", "Au plus %s": "%s ou avant", "Plus que %s": "Après %s", "Moins que %s": "Avant %s",
	"At least %s": "%s or after", "At most %s": "%s or before", "More than %s": "After %s", "Less than %s": "Before %s"}

func temporal(t frictionless.Type) bool {
	return slices.Contains([]frictionless.Type{frictionless.Date, frictionless.Datetime, frictionless.Time, frictionless.Year, frictionless.YearMonth}, t)
}

// writing says how values are written, where that is not the usual way.
func writing(f *frictionless.Field) []i18n.Text {
	var list []i18n.Text
	add := func(fr, en string, args ...any) { list = append(list, i18n.T(fr, en, args...)) }
	if f.DecimalChar != "" && f.DecimalChar != "." {
		add("Séparateur décimal : « %s »", "Decimal separator: “%s”", f.DecimalChar)
	}
	if f.GroupChar != "" {
		add("Séparateur de milliers : « %s »", "Thousands separator: “%s”", f.GroupChar)
	}
	if f.BareNumber != nil && !*f.BareNumber {
		add("Peut porter une unité", "May carry a unit")
	}
	if f.TrueValues != nil || f.FalseValues != nil {
		add("Oui : %s ; non : %s", "Yes: %s; no: %s", orUsual(f.TrueValues, "true, 1"), orUsual(f.FalseValues, "false, 0"))
	}
	if f.Type == frictionless.List {
		add("Valeurs séparées par « %s »", "Values separated by “%s”", firstOf(f.Delimiter, ","))
	}
	if len(f.MissingValues) > 0 {
		add("Valeurs qui disent « rien » : %s", "Values that say “nothing”: %s", missingText(f.MissingValues))
	}
	return list
}

func orUsual(values []string, usual string) string {
	if values == nil {
		return usual
	}
	return strings.Join(values, ", ")
}

// missingText lists the texts that stand for nothing.
func missingText(values []frictionless.MissingValue) string {
	var list []string
	for _, v := range values {
		text := v.Value
		if text == "" {
			continue // an empty cell goes without saying
		}
		if v.Label != "" {
			text += " (" + v.Label + ")"
		}
		list = append(list, text)
	}
	return strings.Join(list, ", ")
}

// typeText is the type of a field with its format, where it has one.
func typeText(f *frictionless.Field) i18n.Text {
	if f.Format == "" {
		return typeName(f.Type)
	}
	if concept, known := french.ConceptOf(strings.TrimPrefix(f.Format, "fr:")); known && f.Type == frictionless.String {
		return concept.Label
	}
	return i18n.T("%s (%s)", "%s (%s)", typeName(f.Type), f.Format)
}

// Instruction is what whoever fills in a field must know, as the schema says it.
func Instruction(f *frictionless.Field) string {
	text := f.Extra.Text(instructionName)
	for _, name := range instructionNames {
		text = firstOf(text, f.Extra.Text(name))
	}
	return text
}

// instructionNames are other names under which schemas say how a field is filled in.
var instructionNames = []string{"instruction", "consigne"}

// rowRules are what the rows of a table must satisfy beyond their cells, a sentence each.
func rowRules(t *frictionless.Schema) []i18n.Text {
	var list []i18n.Text
	add := func(fr, en string, args ...any) { list = append(list, i18n.T(fr, en, args...)) }
	if len(t.PrimaryKey) > 0 {
		add("Une ligne est désignée par : %s. Deux lignes n’ont jamais la même valeur, et rien n’y est vide.",
			"A row is identified by: %s. Two rows never have the same value, and nothing there is empty.", strings.Join(t.PrimaryKey, ", "))
	}
	for _, key := range t.UniqueKeys {
		add("Pas deux lignes avec la même valeur de : %s.", "No two rows with the same value of: %s.", strings.Join(key, ", "))
	}
	for _, key := range t.ForeignKeys {
		list = append(list, referenceText(key))
	}
	for _, check := range t.CustomChecks {
		list = append(list, checkText(check))
	}
	switch t.FieldsMatch {
	case frictionless.MatchEqual:
		add("Les colonnes du fichier sont exactement ces champs, dans n’importe quel ordre.", "The columns of the file are exactly these fields, in any order.")
	case frictionless.MatchSubset:
		add("Le fichier a tous ces champs, et peut avoir d’autres colonnes.", "The file has all these fields, and may have other columns.")
	case frictionless.MatchSuperset:
		add("Le fichier n’a que de ces champs ; il peut en manquer.", "The file has only fields of these; some may be missing.")
	case frictionless.MatchPartial:
		add("Le fichier a au moins un de ces champs.", "The file has at least one of these fields.")
	}
	if text := missingText(t.MissingValues); text != "" {
		add("Dans une cellule, ces valeurs disent qu’il n’y a rien : %s.", "In a cell, these values say that there is nothing: %s.", text)
	}
	return list
}

// firstLine is the beginning of a description, for a card.
func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	if runes := []rune(line); len(runes) > 200 {
		return string(runes[:200]) + "…"
	}
	return line
}

func listFacts(ctx context.Context, s Schema) []string {
	facts := []string{i18n.S(ctx, "version %s", "version %s", s.Latest)}
	if s.Kind == TableSchema {
		facts = append(facts, say(ctx, fieldsText(s.Fields)))
	}
	return append(facts, i18n.S(ctx, "publié le %s", "published %s", ui.Day(ctx, s.UpdatedAt)))
}

func schemaFacts(ctx context.Context, v shown) []ui.Fact {
	facts := []ui.Fact{{Label: i18n.S(ctx, "Producteur", "Producer"), Text: v.Owner.Name, URL: "/organisations/" + v.Owner.Slug},
		{Label: i18n.S(ctx, "Version", "Version"), Text: v.Version.Number, Hint: i18n.S(ctx, "publiée le %s", "published %s", ui.Day(ctx, v.Version.PublishedAt))}}
	if v.Table != nil {
		facts = append(facts, ui.Fact{Label: i18n.S(ctx, "Champs", "Fields"), Text: count(ctx, len(v.Table.Fields)),
			Hint: i18n.S(ctx, "dont obligatoires : %d", "of which required: %d", requiredFields(v.Table))})
	}
	if v.Version.Note != "" {
		facts = append(facts, ui.Fact{Label: i18n.S(ctx, "Ce qui change", "What changes"), Text: v.Version.Note})
	}
	return facts
}

func requiredFields(t *frictionless.Schema) (n int) {
	for i := range t.Fields {
		if f := &t.Fields[i]; f.Constraints.Required || slices.Contains(t.PrimaryKey, f.Name) {
			n++
		}
	}
	return n
}

// calls are the ways in which a program uses a schema.
func calls(ctx context.Context, v shown) []ui.CodeInfo {
	address := v.Base + documentPath(v.Schema.Ref, v.Version.Number)
	list := []ui.CodeInfo{{Label: i18n.S(ctx, "Adresse du document", "Address of the document"), Code: address, Open: true}}
	if v.Table != nil {
		list = append(list,
			ui.CodeInfo{Label: i18n.S(ctx, "Ligne de commande", "Command line"), Code: "socle validate fichier.csv --schema " + v.Schema.Ref.String()},
			ui.CodeInfo{Label: "curl", Code: "curl --data-binary @fichier.csv '" + v.Base + "/api/v1/validations?schema=" + v.Schema.Ref.String() + "&name=fichier.csv'"})
	}
	return list
}
