package ingest

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"socle/internal/asset"
	"socle/internal/engine"
	"socle/internal/format"
	"socle/internal/i18n"
	"socle/internal/lake"
	"socle/internal/schema"
	"socle/internal/web/ui"
)

func count(ctx context.Context, n int64) string { return i18n.Integer(i18n.From(ctx), n) }

func say(ctx context.Context, text i18n.Text) string { return text.In(i18n.From(ctx)) }

func rowsText(n int64) i18n.Text {
	return i18n.Count(n, i18n.T("ligne", "row"), i18n.T("lignes", "rows"))
}

func columnsText(n int) i18n.Text {
	return i18n.Count(n, i18n.T("colonne", "column"), i18n.T("colonnes", "columns"))
}

// typeName is what people call a type.
func typeName(t schema.Type) i18n.Text {
	switch t {
	case schema.Integer:
		return i18n.T("Nombre entier", "Whole number")
	case schema.Decimal:
		return i18n.T("Nombre décimal", "Decimal number")
	case schema.Boolean:
		return i18n.T("Oui ou non", "Yes or no")
	case schema.Date:
		return i18n.T("Date", "Date")
	case schema.Datetime:
		return i18n.T("Date et heure", "Date and time")
	case schema.Point:
		return i18n.T("Point", "Point")
	case schema.Geometry:
		return i18n.T("Géométrie", "Geometry")
	case schema.JSON:
		return i18n.T("JSON", "JSON")
	}
	return i18n.T("Texte", "Text")
}

func typeOptions(ctx context.Context, c Column) []ui.Option {
	options := make([]ui.Option, 0, len(schema.Types)+1)
	for _, t := range schema.Types {
		options = append(options, ui.Option{Value: string(t), Label: say(ctx, typeName(t)), Selected: t == c.Field.Type})
	}
	if c.Forced {
		options = append(options, ui.Option{Value: Automatic, Label: i18n.S(ctx, "Laisser décider", "Let it be decided")})
	}
	return options
}

func levelOptions(ctx context.Context, chosen asset.Level) []ui.Option {
	return []ui.Option{
		{Value: string(asset.Open), Label: i18n.S(ctx, "Ouvert", "Open"), Hint: i18n.S(ctx, "Tout le monde peut lire et télécharger.", "Everybody may read and download."), Selected: chosen == asset.Open || chosen == ""},
		{Value: string(asset.Internal), Label: i18n.S(ctx, "Interne", "Internal"), Hint: i18n.S(ctx, "Seules les personnes connectées.", "Only people who are signed in."), Selected: chosen == asset.Internal},
		{Value: string(asset.Restricted), Label: i18n.S(ctx, "Restreint", "Restricted"), Hint: i18n.S(ctx, "Les membres de l’organisation, et ceux à qui un accès est accordé.", "Members of the organisation, and those who are granted access."), Selected: chosen == asset.Restricted},
	}
}

func encodingOptions(ctx context.Context, chosen string) []ui.Option {
	options := []ui.Option{{Value: "", Label: i18n.S(ctx, "Détecté", "Detected")}}
	for _, encoding := range []string{"utf-8", "windows-1252", "iso-8859-1", "utf-16le", "utf-16be"} {
		options = append(options, ui.Option{Value: encoding, Label: strings.ToUpper(encoding), Selected: encoding == chosen})
	}
	return append(options, automaticOption(ctx))
}

// automaticOption takes back a choice that earlier versions were read with.
func automaticOption(ctx context.Context) ui.Option {
	return ui.Option{Value: Automatic, Label: i18n.S(ctx, "Oublier le choix des versions précédentes", "Forget the choice of earlier versions")}
}

func delimiterOptions(ctx context.Context, chosen string) []ui.Option {
	options := []ui.Option{{Value: "", Label: i18n.S(ctx, "Détecté", "Detected")}}
	for _, d := range []struct {
		value string
		label i18n.Text
	}{{";", i18n.T("Point-virgule", "Semicolon")}, {",", i18n.T("Virgule", "Comma")}, {"\t", i18n.T("Tabulation", "Tab")}, {"|", i18n.T("Barre verticale", "Vertical bar")}} {
		options = append(options, ui.Option{Value: d.value, Label: say(ctx, d.label), Selected: d.value == chosen})
	}
	return append(options, automaticOption(ctx))
}

func decimalOptions(ctx context.Context, chosen string) []ui.Option {
	return []ui.Option{{Value: "", Label: i18n.S(ctx, "Décidée colonne par colonne", "Decided column by column")},
		{Value: "comma", Label: i18n.S(ctx, "Virgule : 1,5", "Comma: 1,5"), Selected: chosen == "comma"},
		{Value: "point", Label: i18n.S(ctx, "Point : 1.5", "Point: 1.5"), Selected: chosen == "point"}, automaticOption(ctx)}
}

func headerOptions(ctx context.Context, chosen int) []ui.Option {
	options := []ui.Option{{Value: "0", Label: i18n.S(ctx, "Détecté", "Detected")},
		{Value: "-1", Label: i18n.S(ctx, "Le fichier n’en a pas", "The file has none"), Selected: chosen == -1}}
	for n := 1; n <= 10; n++ {
		options = append(options, ui.Option{Value: fmt.Sprint(n), Label: i18n.S(ctx, "Ligne %d", "Line %d", n), Selected: chosen == n})
	}
	return options
}

func sheetOptions(chosen string, sheets []string) []ui.Option {
	options := make([]ui.Option, len(sheets))
	for i, sheet := range sheets {
		options[i] = ui.Option{Value: sheet, Label: sheet, Selected: sheet == chosen}
	}
	return options
}

// examplesText shows a few values of a column.
func examplesText(c Column) string {
	var values []string
	for i, example := range c.Examples {
		if i == 3 {
			break
		}
		values = append(values, shorten(example.Value))
	}
	return strings.Join(values, " · ")
}

// valueText writes a value of a field for people; a year is not written as a quantity.
func valueText(ctx context.Context, v any, f schema.Field) string {
	switch v := v.(type) {
	case nil:
		return i18n.S(ctx, "(vide)", "(empty)")
	case float64: // numbers come back from JSON so
		if f.IsYear() {
			return strconv.FormatFloat(v, 'f', -1, 64)
		}
		return i18n.Decimal(i18n.From(ctx), v, 6)
	case bool:
		if v {
			return i18n.S(ctx, "oui", "yes")
		}
		return i18n.S(ctx, "non", "no")
	}
	return fmt.Sprint(v)
}

// exampleText shows the cells of a row that a difference found.
func exampleText(ctx context.Context, values map[string]any, fields schema.Schema) string {
	const most = 6
	var parts []string
	for _, field := range fields.Fields {
		if value, ok := values[field.Name]; ok && value != nil && len(parts) < most {
			parts = append(parts, field.Label+" : "+shorten(valueText(ctx, value, field)))
		}
	}
	return strings.Join(parts, " ; ")
}

// changedText shows the cells that differ between the two states of a row.
func changedText(ctx context.Context, e engine.Example, fields schema.Schema) string {
	var parts []string
	for _, field := range fields.Fields {
		before, had := e.Before[field.Name]
		after, has := e.After[field.Name]
		if had && has && fmt.Sprint(before) != fmt.Sprint(after) {
			parts = append(parts, fmt.Sprintf("%s : %s → %s", field.Label, shorten(valueText(ctx, before, field)), shorten(valueText(ctx, after, field))))
		}
	}
	return strings.Join(parts, " ; ")
}

// keyText names a row by its key.
func keyText(ctx context.Context, e engine.Example, key []string) string {
	values := e.After
	if values == nil {
		values = e.Before
	}
	parts := make([]string, len(key))
	for i, name := range key {
		if number, ok := values[name].(float64); ok { // a number that names something is written as it is
			parts[i] = strconv.FormatFloat(number, 'f', -1, 64)
			continue
		}
		parts[i] = valueText(ctx, values[name], schema.Field{})
	}
	return strings.Join(parts, ", ")
}

func fieldLabels(fields []schema.Field) string {
	labels := make([]string, len(fields))
	for i, f := range fields {
		labels[i] = f.Label
	}
	return strings.Join(labels, ", ")
}

func personalNames(list []Personal) string {
	labels := make([]string, len(list))
	for i, p := range list {
		labels[i] = p.Label
	}
	return strings.Join(labels, ", ")
}

// summary is a version in a few facts.
func summary(ctx context.Context, v seen) []ui.Fact {
	lang := i18n.From(ctx)
	facts := []ui.Fact{
		{Label: i18n.S(ctx, "Publiée le", "Published on"), Text: ui.Moment(ctx, v.Version.PublishedAt)},
		{Label: i18n.S(ctx, "Lignes", "Rows"), Text: count(ctx, v.Version.Rows)},
		{Label: i18n.S(ctx, "Colonnes", "Columns"), Text: count(ctx, int64(len(v.Version.Schema.Fields)))},
		{Label: i18n.S(ctx, "Fichier d’origine", "Original file"), Text: v.Version.Original.Name + " (" + i18n.Bytes(lang, v.Version.Original.Bytes) + ")"},
		{Label: i18n.S(ctx, "Empreinte SHA-256 de l’original", "SHA-256 of the original"), Text: v.Version.Original.SHA256},
	}
	if v.Named && v.Version.AuthorName != "" {
		facts = append(facts, ui.Fact{Label: i18n.S(ctx, "Publiée par", "Published by"), Text: v.Version.AuthorName})
	}
	if v.Version.Note != "" {
		facts = append(facts, ui.Fact{Label: i18n.S(ctx, "Note", "Note"), Text: v.Version.Note})
	}
	return facts
}

// historyNote is what a line of the history says: the note of the publisher, why a loss was accepted, an erasure.
func historyNote(ctx context.Context, v lake.Version) string {
	var parts []string
	if v.Note != "" {
		parts = append(parts, v.Note)
	}
	if v.LossNote != "" {
		parts = append(parts, i18n.S(ctx, "Perte confirmée : %s", "Loss confirmed: %s", v.LossNote))
	}
	if v.Erased != nil {
		parts = append(parts, i18n.S(ctx, "Données supprimées le %s : %s", "Data erased on %s: %s", i18n.Date(i18n.From(ctx), v.Erased.At), v.Erased.Reason))
	}
	return strings.Join(parts, " – ")
}

// shownColumns is how many columns a form shows at most; the others keep their guess.
const shownColumns = 300

func shown(columns []Column) []Column {
	return columns[:min(len(columns), shownColumns)]
}

// titleNow is the title that the form of a draft shows.
func (d drafting) titleNow() string {
	if d.Request.Title != "" {
		return d.Request.Title
	}
	return titleFrom(d.Name)
}

// idNow is the identifier that the form of a draft shows.
func (d drafting) idNow() string {
	if d.Request.ID != "" {
		return d.Request.ID
	}
	return idFrom(d.Request.Title, d.Name)
}

// keyNow is the key that the form of a draft shows.
func (d drafting) keyNow() []string {
	if d.Request.Key == nil && d.Target != nil && d.Target.dataset != nil {
		return d.Target.dataset.Key
	}
	return d.Request.Key
}

// misfitsAreNull is 1 when the misfits of a column are counted among its empty cells.
func misfitsAreNull(c Column) int64 {
	if c.Field.Type == schema.Text {
		return 0
	}
	return 1
}

func previewColumns(d drafting) []ui.Column {
	columns := []ui.Column{}
	for _, c := range shown(d.Reading.Columns) {
		columns = append(columns, ui.Column{Label: c.Field.Label})
	}
	return columns
}

func previewCells(row format.Row, columns int) []ui.Cell {
	cells := make([]ui.Cell, 0, columns)
	for i := range min(columns, shownColumns) {
		cell := ui.Cell{Missing: true}
		if i < len(row.Cells) && !row.Cells[i].Null {
			cell = ui.Cell{Text: shorten(row.Cells[i].Text)}
		}
		cells = append(cells, cell)
	}
	return cells
}

// schemaAnchor names the part of a page about a schema.
func schemaAnchor(name string) string { return strings.ReplaceAll(schema.Name(name), "_", "-") }

// linesText lists numbers of lines.
func linesText(lines []int64) string {
	list := make([]string, len(lines))
	for i, n := range lines {
		list[i] = strconv.FormatInt(n, 10)
	}
	return strings.Join(list, ", ")
}
