package ingest

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"socle/internal/access"
	"socle/internal/asset"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
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

// Panel draws how the current version of a dataset stands against the schemas that it declares, on its page; nil when it
// was held against none and the reader may not declare any.
func (s *Service) Panel(r *http.Request, d asset.Dataset) (templ.Component, error) {
	ctx := r.Context()
	v, err := s.findVersion(ctx, d.ID, 0)
	switch {
	case fault.Is(err, fault.NotFound), fault.Is(err, fault.Forbidden): // no version yet, or only a part of it is seen
		return nil, nil
	case err != nil:
		return nil, err
	case len(v.Report.Checked) == 0 && (s.Rules == nil || s.Access.Can(ctx, identity.From(ctx), access.Steward, d.Asset) != nil):
		return nil, nil
	}
	return checkedPanel(v), nil
}

// selected marks the option that was chosen.
func selected(options []ui.Option, value string) []ui.Option {
	options = slices.Clone(options)
	for i := range options {
		options[i].Selected = options[i].Value == value
	}
	return options
}

// policyOptions are the policies, with what each does.
func policyOptions(ctx context.Context, chosen validate.Policy) []ui.Option {
	var options []ui.Option
	for _, p := range validate.Policies() {
		options = append(options, ui.Option{Value: string(p), Label: say(ctx, p.Title()), Hint: say(ctx, p.Hint()), Selected: p == chosen})
	}
	return options
}

// lowered begins a sentence as it goes on within another.
func lowered(text string) string { return strings.ToLower(text[:1]) + text[1:] }
