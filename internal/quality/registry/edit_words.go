package registry

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"socle/internal/french"
	"socle/internal/i18n"
	"socle/internal/schema"
	"socle/internal/schema/frictionless"
	"socle/internal/web/ui"
)

func bytesText(n int64) i18n.Text {
	return i18n.Text{FR: i18n.Bytes(i18n.FR, n), EN: i18n.Bytes(i18n.EN, n)}
}

// joined puts sentences one after the other.
func joined(ctx context.Context, texts []i18n.Text) string {
	list := make([]string, len(texts))
	for i, t := range texts {
		list[i] = say(ctx, t)
	}
	if len(list) > 0 && strings.HasSuffix(list[0], ".") {
		return strings.Join(list, " ")
	}
	for i := 1; i < len(list); i++ {
		first, size := utf8.DecodeRuneInString(list[i])
		list[i] = string(unicode.ToLower(first)) + list[i][size:]
	}
	return strings.Join(list, i18n.S(ctx, "\u00a0; ", "; "))
}

func unlines(list []string) string { return strings.Join(list, "\n") }

func literals(values []json.RawMessage) string {
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = literal(v)
	}
	return unlines(list)
}

func natural(n *int) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(*n)
}

// nameFrom proposes the name of a schema from its title.
func nameFrom(title string) string {
	return strings.Trim(clipped(strings.ReplaceAll(schema.Name(title), "_", "-"), 100), "-")
}

func clipped(text string, most int) string {
	if len(text) > most {
		return text[:most]
	}
	return text
}

// wrong are the inputs that have something wrong, in the order of their names.
func (f fielding) wrong() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(f.Errors)), func(name string) bool { return name == "" })
}

// detailed reports whether a field says something in the part of the form that is folded.
func (f fielding) detailed() bool {
	c := f.Field.Constraints
	return c.Minimum != nil || c.Maximum != nil || c.ExclusiveMinimum != nil || c.ExclusiveMaximum != nil || c.MinLength != nil || c.MaxLength != nil || c.Pattern != "" || f.Field.MissingValues != nil ||
		f.Field.DecimalChar != "" || f.Field.GroupChar != "" || f.Field.TrueValues != nil || f.Field.FalseValues != nil || len(f.Errors) > 0
}

// chosen selects the options that somebody had chosen.
func chosen(options []ui.Option, values []string) []ui.Option {
	for i := range options {
		options[i].Selected = slices.Contains(values, options[i].Value)
	}
	return options
}

func typeOptions(ctx context.Context) []ui.Option {
	options := make([]ui.Option, len(frictionless.Types))
	for i, t := range frictionless.Types {
		options[i] = ui.Option{Value: string(t), Label: say(ctx, typeName(t))}
	}
	return options
}

// formatOptions are the formats of a text.
func formatOptions(ctx context.Context) []ui.Option {
	var options []ui.Option
	for _, c := range french.Concepts() {
		options = append(options, ui.Option{Value: c.Name, Label: say(ctx, c.Label)})
	}
	return append(options, ui.Option{Value: "uri", Label: i18n.S(ctx, "Adresse web", "Web address")}, ui.Option{Value: "uuid", Label: "UUID"},
		ui.Option{Value: "%d/%m/%Y", Label: i18n.S(ctx, "Date : 31/12/2026", "Date: 31/12/2026")})
}

func formatNames() string {
	concepts := french.Concepts()
	names := make([]string, len(concepts))
	for i, c := range concepts {
		names[i] = c.Name
	}
	return strings.Join(names, ", ")
}

func matchOptions(ctx context.Context) []ui.Option {
	return []ui.Option{
		{Value: "", Label: i18n.S(ctx, "Exactement ces champs, dans cet ordre", "Exactly these fields, in this order")},
		{Value: string(frictionless.MatchEqual), Label: i18n.S(ctx, "Exactement ces champs, dans n’importe quel ordre", "Exactly these fields, in any order")},
		{Value: string(frictionless.MatchSubset), Label: i18n.S(ctx, "Tous ces champs, et d’autres colonnes si l’on veut", "All these fields, and other columns if wanted")},
		{Value: string(frictionless.MatchSuperset), Label: i18n.S(ctx, "Seulement de ces champs, il peut en manquer", "Only of these fields, some may be missing")},
		{Value: string(frictionless.MatchPartial), Label: i18n.S(ctx, "Au moins un de ces champs", "At least one of these fields")},
	}
}

func keyOptions(t *frictionless.Schema) []ui.Option {
	options := checkOptions(t)
	for i := range options {
		for _, name := range t.PrimaryKey {
			options[i].Selected = options[i].Selected || name == options[i].Value
		}
	}
	return options
}

func checkOptions(t *frictionless.Schema) []ui.Option {
	options := make([]ui.Option, len(t.Fields))
	for i := range t.Fields {
		options[i] = ui.Option{Value: t.Fields[i].Name, Label: t.Fields[i].Name}
	}
	return options
}

func columnOptions(t *frictionless.Schema) []ui.Option {
	return append([]ui.Option{{Value: "", Label: "–"}}, checkOptions(t)...)
}

func comparisonOptions(ctx context.Context) []ui.Option {
	options := make([]ui.Option, len(comparisons))
	for i, op := range comparisons {
		options[i] = ui.Option{Value: op, Label: say(ctx, comparison(op))}
	}
	return options
}
