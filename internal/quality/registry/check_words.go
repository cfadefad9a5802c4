package registry

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"socle/internal/i18n"
	"socle/internal/lake"
	"socle/internal/validate"
	"socle/internal/web/ui"
)

func rowsText(n int64) i18n.Text {
	return i18n.Count(n, i18n.T("ligne", "row"), i18n.T("lignes", "rows"))
}

// calendar reports whether the file is a calendar: its report speaks of events and of properties.
func (c checked) calendar() bool {
	return c.Report != nil && slices.ContainsFunc(c.Report.Tasks, func(t validate.Task) bool { return t.Kind == validate.CalendarKind })
}

// size says how much was held.
func (c checked) size() i18n.Text {
	if c.calendar() {
		return eventsText(c.Report.Stats.Rows)
	}
	return rowsText(c.Report.Stats.Rows)
}

// touched says how much of it has a fault.
func (c checked) touched(ctx context.Context) i18n.Text {
	n := i18n.Integer(i18n.From(ctx), c.Report.Stats.FaultyRows)
	if c.calendar() {
		return i18n.T("événements concernés : %s", "events concerned: %s", n)
	}
	return i18n.T("lignes concernées : %s", "rows concerned: %s", n)
}

func eventsText(n int64) i18n.Text {
	return i18n.Count(n, i18n.T("événement", "event"), i18n.T("événements", "events"))
}

// against says what the file was held against.
func (c checked) against(ctx context.Context) string {
	if c.calendar() {
		return i18n.S(ctx, "Calendrier iCalendar, confronté à sa norme, RFC 5545.", "iCalendar, held against its norm, RFC 5545.")
	}
	if c.Schema == "" {
		return i18n.S(ctx, "Sans schéma : les types et les codes sont reconnus dans le fichier lui-même.", "Without a schema: types and codes are recognised in the file itself.")
	}
	return i18n.S(ctx, "Schéma : %s (%s)", "Schema: %s (%s)", c.Title, c.Schema)
}

// againPath is where to send the file once it is mended.
func (c checked) againPath() string {
	ref, _, err := ParseRef(c.Schema)
	if err != nil {
		return pathValidate
	}
	return pathValidate + "?schema=" + url.QueryEscape(ref.String())
}

func (c checked) hasFile(role lake.Role) bool {
	return slices.ContainsFunc(c.Files, func(f lake.File) bool { return f.Role == role })
}

// mendedText says what was mended without asking anybody.
func mendedText(m validate.Mended) i18n.Text {
	return i18n.T("%s : la valeur est la même, écrite autrement (une espace, une virgule, une majuscule, une date), ou la ligne était vide.",
		"%s: the value is the same, written otherwise (a space, a comma, a capital, a date), or the row was blank.",
		i18n.Count(m.Done(), i18n.T("correction est sûre et déjà faite", "correction is sure and already made"), i18n.T("corrections sont sûres et déjà faites", "corrections are sure and already made")))
}

// leftText says what is left after that.
func leftText(m validate.Mended) i18n.Text {
	if m.Left == 0 {
		return i18n.T("Il ne devrait plus rester de faute.", "No fault should be left.")
	}
	return i18n.T("Il restera %s : vous verrez la ligne et la consigne de chacune.", "There will be %s: you will see the line and the instruction of each.",
		i18n.Count(m.Left, i18n.T("faute à corriger vous-même", "fault to mend yourself"), i18n.T("fautes à corriger vous-même", "faults to mend yourself")))
}

// fileKinds are the ends of the names of the files that can be checked.
const fileKinds = ".csv,.tsv,.txt,.json,.ndjson,.jsonl,.geojson,.xlsx,.ods,.parquet,.ics,.gz,.zip"

// elsewhere reports whether the schema is known by its address alone.
func (c checked) elsewhere() bool {
	return strings.HasPrefix(c.Schema, "https://") || strings.HasPrefix(c.Schema, "http://")
}

// place says where the faults of a group are, in the words of a heading.
func (c checked) place(ctx context.Context, g validate.Group) string {
	if g.Field == "" || c.calendar() {
		return groupPlace(ctx, g)
	}
	if c.Table != nil {
		if f := c.Table.Field(g.Field); f != nil && f.Title != "" && f.Title != f.Name {
			return i18n.S(ctx, "Colonne « %s » (%s)", "Column “%s” (%s)", g.Field, f.Title)
		}
	}
	return i18n.S(ctx, "Colonne « %s »", "Column “%s”", g.Field)
}

// sample is a right value of a field.
type sample struct{ Field, Value string }

// samples are right values for the fields of a group.
func (c checked) samples(g validate.Group) []sample {
	if c.Program == nil || slices.Contains(g.Tags, "#header") || g.Rule == "missing-cell" {
		return nil
	}
	var fields []string
	switch {
	case g.Field != "" && g.Rule != "unique":
		fields = []string{g.Field}
	case slices.Contains(fillRules, g.Rule):
		fields = g.Fields
	}
	var list []sample
	for _, name := range fields {
		if value := c.Program.Sample(name); value != "" {
			list = append(list, sample{name, value})
		}
	}
	return list
}

// fillRules are the rules over several columns that ask for one to be filled.
var fillRules = []string{ruleOneOf, ruleConditional, ruleCohesive, "one-of-required", "cohesive-columns"}

// exampleColumns are the heads of the table of a group.
func exampleColumns(ctx context.Context, g validate.Group) []ui.Column {
	value := i18n.S(ctx, "Valeur", "Value")
	if g.Field == "" && len(g.Fields) > 1 {
		value = i18n.S(ctx, "Valeurs (%s)", "Values (%s)", strings.Join(g.Fields, ", "))
	}
	return []ui.Column{{Label: i18n.S(ctx, "Ligne", "Line"), Numeric: true}, {Label: value}, {Label: i18n.S(ctx, "Constat", "Finding")}, {Label: i18n.S(ctx, "Correction proposée", "Proposed correction")}}
}

// proposed is what to write for a fault. What is not in its column is put back first.
func (c checked) proposed(ctx context.Context, g validate.Group, e validate.Example) ui.Cell {
	for i, other := range c.Groups {
		if other.Rule != validate.ShiftedRow || g.Rule == other.Rule {
			continue
		}
		if slices.ContainsFunc(other.Examples, func(shifted validate.Example) bool { return shifted.Line == e.Line }) {
			return ui.Cell{Text: i18n.S(ctx, "Ligne décalée : corrigez d’abord cela", "Shifted row: mend that first"), URL: "#" + groupID(i)}
		}
	}
	if e.Suggestion == "" {
		return ui.Cell{Text: i18n.S(ctx, "à vous de voir", "yours to find"), Class: "s-hint"}
	}
	return ui.Cell{Text: e.Suggestion}
}

func (c checked) downloads(ctx context.Context) []ui.DownloadInfo {
	var list []ui.DownloadInfo
	size := func(role lake.Role) string {
		for _, f := range c.Files {
			if f.Role == role {
				return "CSV, " + i18n.Bytes(i18n.From(ctx), f.Bytes)
			}
		}
		return ""
	}
	if c.Mended.Done() > 0 { // else it is the file that came
		list = append(list, ui.DownloadInfo{Label: i18n.S(ctx, "Fichier corrigé de ce qui est sûr", "File with what is sure corrected"), Detail: size(roleMended), URL: checkPath(c.ID, "corrige.csv")})
	}
	return append(list, ui.DownloadInfo{Label: i18n.S(ctx, "Liste de toutes les fautes", "List of all the faults"), Detail: size(roleList), URL: checkPath(c.ID, "fautes.csv")})
}

// columns are the heads of the table of rules, each of which sorts.
func (c checked) columns(ctx context.Context) []ui.Column {
	head := func(label, by string, numeric bool) ui.Column {
		column := ui.Column{Label: label, Numeric: numeric, SortURL: checkPath(c.ID) + "?tri=" + by + "#fautes"}
		if c.Sort == by {
			column.Sorted = "ascending"
			if by == sortCount {
				column.Sorted = "descending"
			}
		}
		return column
	}
	return []ui.Column{head(i18n.S(ctx, "Colonne", "Column"), sortPlace, false), head(i18n.S(ctx, "Règle", "Rule"), sortRule, false), head(i18n.S(ctx, "Fautes", "Faults"), sortCount, true)}
}

func groupID(i int) string { return "faute-" + strconv.Itoa(i+1) }

// groupPlace says where the faults of a group are.
func groupPlace(ctx context.Context, g validate.Group) string {
	switch {
	case g.Field != "":
		return g.Field
	case slices.Contains(g.Tags, "#header"):
		return i18n.S(ctx, "En-tête", "Header")
	case slices.Contains(g.Tags, "#file"):
		return i18n.S(ctx, "Fichier", "File")
	}
	return i18n.S(ctx, "Ligne entière", "Whole row")
}

// instruction is what the schema says of how the field of a group is filled in.
func (c checked) instruction(g validate.Group) string {
	if c.Table == nil || g.Field == "" {
		return ""
	}
	if f := c.Table.Field(g.Field); f != nil {
		return Instruction(f)
	}
	return ""
}

const fewExamples = 10

// shown is how many examples of a group are shown.
func (c checked) shown() int {
	if c.All {
		return shownExamples
	}
	return fewExamples
}

// more reports whether more examples are kept than shown.
func (c checked) more() bool {
	return slices.ContainsFunc(c.Groups, func(g validate.Group) bool { return len(g.Examples) > c.shown() })
}

// exampleCaption names the table of a group: no two tables of a page have the same name.
func exampleCaption(ctx context.Context, g validate.Group, most int) string {
	what := i18n.Count(g.Count, i18n.T("faute", "fault"), i18n.T("fautes", "faults"))
	if shown := min(most, len(g.Examples)); int64(shown) < g.Count {
		what = i18n.T("les %d premières fautes sur %s", "the first %d faults of %s", shown, i18n.T("%s", "%s", i18n.Integer(i18n.From(ctx), g.Count)))
	}
	return i18n.S(ctx, "%s, %s : %s", "%s, %s: %s", groupPlace(ctx, g), g.Title, what)
}

func shownCell(text string) string {
	if runes := []rune(text); len(runes) > 120 {
		return string(runes[:120]) + "…"
	}
	return text
}
