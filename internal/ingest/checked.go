package ingest

import (
	"strings"

	"socle/internal/i18n"
	"socle/internal/validate"
	"socle/internal/web/ui"
)

// sentence says how a file stands against a schema, and what became of its faults.
func (c Checked) sentence(lang i18n.Lang) string {
	name, version, _ := strings.Cut(c.Schema, "@")
	if c.Faults == 0 {
		return i18n.T("Le fichier respecte le schéma « %s », version %s.", "The file satisfies the schema “%s”, version %s.", name, version).In(lang)
	}
	faults := i18n.Count(c.Faults, i18n.T("faute", "fault"), i18n.T("fautes", "faults"))
	said := i18n.T("Le fichier s’écarte du schéma « %s », version %s : %s, sur %s.", "The file departs from the schema “%s”, version %s: %s, in %s.", name, version, faults, rowsText(c.Rows))
	switch c.Policy {
	case validate.Block:
		return i18n.T("%s Ce jeu refuse un tel fichier.", "%s This dataset refuses such a file.", said).In(lang)
	case validate.SetAside:
		return i18n.T("%s Les lignes fautives sont mises de côté.", "%s The rows at fault are set aside.", said).In(lang)
	case validate.Warn:
		return i18n.T("%s Le fichier est publié tel quel.", "%s The file is published as it is.", said).In(lang)
	}
	return said.In(lang)
}

func (c Checked) kind() string {
	switch {
	case c.Faults == 0:
		return ui.Success
	case c.Policy == validate.Block:
		return ui.Failure
	}
	return ui.Warning
}

// schemaPath is the address of a version of a schema: "owner/name@1.0.0".
func schemaPath(name string) string { return "/schemas/" + strings.ReplaceAll(name, "@", "/") }
