package registry

import (
	"context"
	"net/url"
	"slices"
	"strconv"

	"socle/internal/i18n"
	"socle/internal/lake"
	"socle/internal/validate"
	"socle/internal/web/ui"
)

func rowsText(n int64) i18n.Text {
	return i18n.Count(n, i18n.T("ligne", "row"), i18n.T("lignes", "rows"))
}

// against says what the file was held against.
func (c checked) against(ctx context.Context) string {
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

func mendedText(m validate.Mended) i18n.Text {
	text := i18n.T("%s, sans hésitation possible.", "%s, without any doubt.", i18n.Count(m.Done(), i18n.T("correction est déjà faite", "correction is already made"), i18n.T("corrections sont déjà faites", "corrections are already made")))
	return text
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
	list = append(list, ui.DownloadInfo{Label: i18n.S(ctx, "Fichier corrigé de ce qui est sûr", "File with what is sure corrected"), Detail: size(roleMended), URL: checkPath(c.ID, "corrige.csv")})
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
