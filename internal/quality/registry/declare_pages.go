package registry

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"socle/internal/access"
	"socle/internal/asset"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/schema/frictionless"
	"socle/internal/validate"
	"socle/internal/web"
	"socle/internal/web/ui"
)

// mostRules is how many schemas a dataset may declare.
const mostRules = 10

// rulesPages is the table of the page where a dataset declares its rules. It is for those who decide about the dataset: who
// publishes does not lift the rules that hold a publication back.
func (s *Service) rulesPages() web.Routes {
	steward := access.On(access.Steward)
	return web.Routes{
		{Pattern: "GET /jeux/{id}/regles", Permission: steward, Handler: s.showRules},
		{Pattern: "POST /jeux/{id}/regles", Permission: steward, Handler: s.saveRules},
	}
}

func rulesPath(id string) string { return "/jeux/" + url.PathEscape(id) + "/regles" }

// declaring is the form of the rules of a dataset.
type declaring struct {
	Dataset asset.Dataset
	Rules   Rules
	Choices []ui.Option
	Errors  web.FormErrors
}

// ruled returns the dataset of an address for who may decide about it.
func (s *Service) ruled(r *http.Request) (declaring, error) {
	ctx := r.Context()
	d, err := s.Assets.Get(ctx, r.PathValue("id"))
	if err != nil {
		return declaring{}, err
	}
	if err := s.Access.Can(ctx, identity.From(ctx), access.Steward, d.Asset); err != nil {
		return declaring{}, err
	}
	f := declaring{Dataset: d}
	if f.Choices, err = s.Choices(ctx); err != nil {
		return declaring{}, err
	}
	f.Rules, err = s.RulesOf(ctx, d.UID)
	return f, err
}

func (s *Service) showRules(w http.ResponseWriter, r *http.Request) error {
	f, err := s.ruled(r)
	if err != nil {
		return err
	}
	return s.renderRules(w, r, f, http.StatusOK)
}

func (s *Service) renderRules(w http.ResponseWriter, r *http.Request, f declaring, status int) error {
	lang := i18n.From(r.Context())
	title := i18n.T("Règles à la publication", "Rules at publication").In(lang)
	info := web.PageInfo{Title: title + " – " + f.Dataset.Title, Active: "catalogue", NoIndex: true, Crumbs: []ui.Crumb{
		{Label: i18n.T("Catalogue", "Catalogue").In(lang), URL: "/jeux"}, {Label: f.Dataset.Title, URL: "/jeux/" + url.PathEscape(f.Dataset.ID)}, {Label: title}}}
	return web.Render(w, r, status, rulesPage(info, f))
}

func (s *Service) saveRules(w http.ResponseWriter, r *http.Request) error {
	web.LimitBody(w, r, 64<<10)
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "form_unreadable", i18n.T("Le formulaire n’a pas pu être lu.", "The form could not be read.")).Because(err)
	}
	f, err := s.ruled(r)
	if err != nil {
		return err
	}
	f.Rules = Rules{Schemas: []string{}, Policy: validate.Policy(r.PostForm.Get("policy"))}
	for _, name := range r.PostForm["schemas"] {
		if name = strings.TrimSpace(name); name != "" && !slices.Contains(f.Rules.Schemas, name) {
			f.Rules.Schemas = append(f.Rules.Schemas, name)
		}
	}
	_, err = s.Declare(r.Context(), f.Dataset.ID, f.Rules)
	if found, ok := web.FormError(err); ok {
		f.Errors = found
		return s.renderRules(w, r, f, fault.KindOf(err).Status())
	}
	if err != nil {
		return err
	}
	text := i18n.T("Les règles sont enregistrées : elles valent à partir de la prochaine publication.", "The rules are kept: they hold from the next publication on.")
	if len(f.Rules.Schemas) == 0 {
		text = i18n.T("Ce jeu ne déclare plus de schéma : ses fichiers ne sont plus contrôlés.", "This dataset declares no schema any more: its files are no longer checked.")
	}
	return web.Redirect(w, r, rulesPath(f.Dataset.ID), web.Flash{Kind: web.Success, Text: text})
}

// Choices are the schemas that a dataset may declare, each to be followed or at one of its versions.
func (s *Service) Choices(ctx context.Context) ([]ui.Option, error) {
	all, err := s.List(ctx, "")
	if err != nil {
		return nil, err
	}
	lang := i18n.From(ctx)
	var options []ui.Option
	for _, schema := range all {
		if schema.Kind != TableSchema {
			continue
		}
		options = append(options, ui.Option{Value: schema.Ref.String(), Label: i18n.T("%s, toujours la dernière version (%s)", "%s, always the latest version (%s)", schema.Title, schema.Latest).In(lang)})
		for _, v := range schema.Versions {
			if v.Kind == TableSchema {
				options = append(options, ui.Option{Value: schema.Ref.String() + "@" + v.Number, Label: i18n.T("%s, version %s", "%s, version %s", v.Title, v.Number).In(lang)})
			}
		}
	}
	return options, nil
}

// Choose returns what the files of a dataset that is not made yet would be held against. It answers Invalid for a schema
// that is not in the registry.
func (s *Service) Choose(ctx context.Context, schema string, policy validate.Policy) (validate.Gate, error) {
	rules := Rules{Schemas: []string{schema}, Policy: policy}
	if err := s.checkRules(ctx, rules); err != nil {
		return validate.Gate{}, err
	}
	return s.gateOf(ctx, rules)
}

// Start declares the schema of a dataset that ctx's transaction makes. Whoever makes a dataset may.
func (s *Service) Start(ctx context.Context, d asset.Dataset, schema string, policy validate.Policy) error {
	return s.declare(ctx, d, Rules{Schemas: []string{schema}, Policy: policy})
}

// checkRules refuses rules that cannot be held.
func (s *Service) checkRules(ctx context.Context, rules Rules) error {
	if !rules.Policy.Valid() {
		return fault.New(fault.Invalid, "policy_invalid", i18n.T("La politique « %s » n’existe pas. Choisissez block, quarantine ou warn.",
			"There is no policy “%s”. Choose block, quarantine or warn.", clip(string(rules.Policy)))).At("policy")
	}
	if len(rules.Schemas) > mostRules {
		return fault.New(fault.Invalid, "too_many_schemas", i18n.T("Un jeu déclare au plus %d schémas.", "A dataset declares at most %d schemas.", mostRules)).At("schemas")
	}
	for _, name := range rules.Schemas {
		held, err := s.against(ctx, name, "")
		if fault.Is(err, fault.NotFound) { // said of what was asked, not of the address
			err = fault.New(fault.Invalid, fault.CodeOf(err), fault.Message(err))
		}
		if err == nil {
			_, err = compiled(ctx, held)
		}
		if err != nil {
			return at(err, "schemas")
		}
	}
	return nil
}

// chosen are the options of one field of the form: what it has may have left the registry.
func (f declaring) chosen(value string) []ui.Option {
	options := slices.Clone(f.Choices)
	known := value == ""
	for i := range options {
		options[i].Selected = options[i].Value == value
		known = known || options[i].Selected
	}
	if !known {
		options = append(options, ui.Option{Value: value, Label: value, Selected: true})
	}
	return options
}

// slots are the fields of the form: one for each schema, and one more.
func (f declaring) slots() []string {
	slots := slices.Clone(f.Rules.Schemas)
	if len(slots) < mostRules {
		slots = append(slots, "")
	}
	return slots
}

// policyOptions are the policies, with what each does.
func policyOptions(lang i18n.Lang, chosen validate.Policy) []ui.Option {
	var options []ui.Option
	for _, p := range validate.Policies() {
		options = append(options, ui.Option{Value: string(p), Label: p.Title().In(lang), Hint: p.Hint().In(lang), Selected: p == chosen})
	}
	return options
}

// slotLabel names a field of the form.
func slotLabel(ctx context.Context, i int, value string) string {
	if value == "" && i > 0 {
		return i18n.S(ctx, "Un schéma de plus", "One more schema")
	}
	if i == 0 {
		return i18n.S(ctx, "Schéma", "Schema")
	}
	return i18n.S(ctx, "Schéma %d", "Schema %d", i+1)
}

// compiled makes a program of a schema, to be told what of it cannot be checked.
func compiled(ctx context.Context, held against) (*validate.Program, error) {
	table, err := frictionless.Parse([]byte(held.document))
	if err != nil {
		return nil, err
	}
	return validate.Compile(ctx, table, validate.Options{})
}
