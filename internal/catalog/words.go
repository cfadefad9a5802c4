package catalog

import (
	"context"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"socle/internal/asset"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/schema"
	"socle/internal/web"
	"socle/internal/web/ui"
)

// Short forms for the templates: texts in the language of the reader.

func say(ctx context.Context, t i18n.Text) string { return t.In(i18n.From(ctx)) }

func number[N ~int | ~int64](ctx context.Context, n N) string { return i18n.Integer(i18n.From(ctx), n) }

func rowsText(ctx context.Context, n int64) string {
	return say(ctx, i18n.Count(n, i18n.T("ligne", "row"), i18n.T("lignes", "rows")))
}

func datasetsText(ctx context.Context, n int) string {
	return say(ctx, i18n.Count(n, i18n.T("jeu de données", "dataset"), i18n.T("jeux de données", "datasets")))
}

func day(ctx context.Context, t time.Time) string { return ui.Day(ctx, t) }

func moment(ctx context.Context, t time.Time) string { return ui.Moment(ctx, t) }

func orNever(ctx context.Context, t time.Time) string {
	if t.IsZero() {
		return i18n.S(ctx, "jamais", "never")
	}
	return day(ctx, t)
}

// wrong is what is wrong with a field of a form, in the language of the reader.
func wrong(ctx context.Context, errors web.FormErrors, field string) string {
	return errors.In(i18n.From(ctx), field)
}

// cardOf shows a dataset in a list, under a heading of a level.
func cardOf(ctx context.Context, e Entry, level int) ui.CardInfo {
	card := ui.CardInfo{Title: e.Title, URL: datasetPath(e.ID), Level: level, Text: e.Summary, Over: e.OrgName}
	if e.Level != asset.Open {
		card.Badges = append(card.Badges, ui.BadgeInfo{Label: say(ctx, levelLabel(e.Level)), Kind: ui.Warning})
	}
	if !e.NextDue.IsZero() && e.NextDue.Before(time.Now()) {
		card.Badges = append(card.Badges, ui.BadgeInfo{Label: i18n.S(ctx, "En retard", "Late"), Kind: ui.Warning})
	}
	if e.Version > 0 && !e.Partial {
		card.Facts = append(card.Facts, rowsText(ctx, e.Rows))
	}
	if !e.PublishedAt.IsZero() {
		card.Facts = append(card.Facts, i18n.S(ctx, "publié le %s", "published %s", day(ctx, e.PublishedAt)))
	}
	if covered := period(e.CoverageFrom, e.CoverageTo); !covered.IsZero() {
		card.Facts = append(card.Facts, say(ctx, covered))
	}
	if e.Geo {
		card.Facts = append(card.Facts, i18n.S(ctx, "carte", "map"))
	}
	return card
}

func facetInfo(ctx context.Context, group choices) ui.FacetInfo {
	info := ui.FacetInfo{Label: say(ctx, group.Title), Open: group.Param == "organisation" || group.Param == "theme"}
	for _, c := range group.Values {
		info.Items = append(info.Items, ui.FacetItem{Label: c.Label, Count: number(ctx, c.Count), URL: c.URL, Selected: c.Held})
		info.Open = info.Open || c.Held
	}
	return info
}

func removable(list []choice) []ui.TagInfo {
	var tags []ui.TagInfo
	for _, c := range list {
		tags = append(tags, ui.TagInfo{Label: c.Label, URL: c.URL, Remove: true})
	}
	return tags
}

func linked(list []choice) []ui.TagInfo {
	var tags []ui.TagInfo
	for _, c := range list {
		tags = append(tags, ui.TagInfo{Label: c.Label, URL: c.URL})
	}
	return tags
}

// hiddenOf carries a wish along in a form that changes its text or its order.
func hiddenOf(w wish, without string) []ui.Hidden {
	var list []ui.Hidden
	for name, values := range w.values() {
		for _, value := range values {
			if name != without {
				list = append(list, ui.Hidden{Name: name, Value: value})
			}
		}
	}
	return list
}

func pagesOf(ctx context.Context, f found, address func(page int) string) ui.PaginationInfo {
	p, last := f.Wish.Page, f.Pages
	info := ui.PaginationInfo{Label: i18n.S(ctx, "Pages du catalogue", "Pages of the catalogue"),
		Status: i18n.S(ctx, "Page %d sur %d", "Page %d of %d", p, last)}
	if p > 1 {
		info.First, info.Prev = address(1), address(p-1)
	}
	if p < last {
		info.Next, info.Last = address(p+1), address(last)
	}
	return info
}

// countText says how many datasets were found.
func countText(ctx context.Context, f found) string {
	if f.Wish.Text == "" {
		return datasetsText(ctx, f.Total)
	}
	return i18n.S(ctx, "%s pour « %s »", "%s for “%s”", i18n.Count(f.Total, i18n.T("jeu de données", "dataset"),
		i18n.T("jeux de données", "datasets")), f.Wish.Text)
}

// tabsOf shows the tabs of a dataset.
func tabsOf(ctx context.Context, v view) []ui.TabInfo {
	var tabs []ui.TabInfo
	for _, t := range v.Tabs {
		info := ui.TabInfo{Label: say(ctx, t.Label), URL: t.URL, Current: t.Key == v.Tab}
		if t.Count > 0 {
			info.Count = number(ctx, t.Count)
		}
		tabs = append(tabs, info)
	}
	return tabs
}

// badgesOf says at a glance what a reader must know of a dataset.
func badgesOf(ctx context.Context, v view) []ui.BadgeInfo {
	var badges []ui.BadgeInfo
	add := func(kind string, label i18n.Text) {
		badges = append(badges, ui.BadgeInfo{Label: say(ctx, label), Kind: kind})
	}
	if v.Demo {
		add(ui.Info, i18n.T("Données fictives", "Invented data"))
	}
	switch v.Dataset.Level {
	case asset.Open:
		add(ui.Success, i18n.T("Données ouvertes", "Open data"))
	default:
		add(ui.Warning, i18n.T("Accès : %s", "Access: %s", levelLabel(v.Dataset.Level)))
	}
	if v.Dataset.State != asset.Published {
		add(ui.Warning, stateLabel(v.Dataset.State))
	}
	if v.Dataset.Late(v.Now) {
		add(ui.Warning, i18n.T("En retard", "Late"))
	}
	return badges
}

// essentialFacts answer at once what the data is about, whether it is fresh, when more comes, and what one may do with
// it. They keep apart the dates that readers confuse.
func essentialFacts(ctx context.Context, v view) []ui.Fact {
	d := v.Dataset
	covered := period(d.CoverageStart, d.CoverageEnd)
	facts := []ui.Fact{{Label: i18n.S(ctx, "Période couverte", "Period covered"), Text: say(ctx, covered)}}
	if covered.IsZero() {
		facts[0].Text = i18n.S(ctx, "non précisée", "not stated")
	}
	if v.Head.Number > 0 {
		facts = append(facts, ui.Fact{Label: i18n.S(ctx, "Version publiée le", "Version published on"), Text: day(ctx, v.Head.PublishedAt),
			Hint: versionText(ctx, v.Head)})
	}
	next := ui.Fact{Label: i18n.S(ctx, "Prochaine version", "Next version"), Text: i18n.S(ctx, "sans date annoncée", "no date announced")}
	if !d.NextDue.IsZero() {
		next.Text = i18n.S(ctx, "attendue le %s", "due on %s", day(ctx, d.NextDue))
	}
	if d.Late(v.Now) {
		next.Text = i18n.S(ctx, "attendue depuis le %s", "due since %s", day(ctx, d.NextDue))
	}
	if d.Frequency != "" {
		next.Hint = i18n.S(ctx, "fréquence : %s", "frequency: %s", frequencyLabel(d.Frequency))
	}
	licence := licenceOf(d.Licence)
	return append(facts, next, ui.Fact{Label: i18n.S(ctx, "Licence", "Licence"), Text: licence.Title, URL: licence.URL})
}

// originFacts say where the data comes from, whom to ask, and what the producer tells of this version.
func originFacts(ctx context.Context, v view) []ui.Fact {
	d := v.Dataset
	facts := []ui.Fact{{Label: i18n.S(ctx, "Producteur", "Producer"), Text: v.Producer.Name, URL: organizationPath(v.Producer.Slug)}}
	add := func(label, text, url string) {
		if text != "" {
			facts = append(facts, ui.Fact{Label: label, Text: text, URL: url})
		}
	}
	add(i18n.S(ctx, "Source", "Source"), d.Source, safeLink(d.Source))
	add(i18n.S(ctx, "Contact", "Contact"), d.Contact, contactLink(d.Contact))
	add(i18n.S(ctx, "Territoire", "Territory"), d.Spatial, "")
	if d.Level != asset.Open {
		add(i18n.S(ctx, "Lisible par", "Readable by"), say(ctx, levelMeaning(d.Level)), "")
	}
	if v.Head.Number > 0 {
		add(i18n.S(ctx, "Note de la version %d", "Note on version %d", v.Head.Number), v.Head.Note, "")
	}
	add(i18n.S(ctx, "Description modifiée le", "Description changed on"), day(ctx, d.DescribedAt), "")
	add(i18n.S(ctx, "Identifiant", "Identifier"), d.ID, "")
	return facts
}

// versionText says which version it is, and how many rows it has to who sees them all.
func versionText(ctx context.Context, head seen) string {
	if !head.Whole {
		return i18n.S(ctx, "version %d", "version %d", head.Number)
	}
	return i18n.S(ctx, "version %d, %s", "version %d, %s", head.Number,
		i18n.Count(head.Rows, i18n.T("ligne", "row"), i18n.T("lignes", "rows")))
}

// contactLink turns a contact into a link when it is a mailbox or an address.
func contactLink(contact string) string {
	if link := safeLink(contact); link != "" {
		return link
	}
	if mailbox.MatchString(contact) {
		return "mailto:" + contact
	}
	return ""
}

func licenceOptions() []ui.Option {
	var options []ui.Option
	for _, l := range asset.Licences() {
		options = append(options, ui.Option{Value: l.ID, Label: l.Title})
	}
	return options
}

func frequencyOptions(ctx context.Context) []ui.Option {
	options := []ui.Option{{Value: "", Label: i18n.S(ctx, "Non précisée", "Not stated")}}
	for _, f := range asset.Frequencies() {
		options = append(options, ui.Option{Value: f.ID, Label: say(ctx, f.Label)})
	}
	return options
}

func levelOptions(ctx context.Context, chosen asset.Level) []ui.Option {
	var options []ui.Option
	for _, level := range asset.Levels {
		options = append(options, ui.Option{Value: string(level), Label: say(ctx, levelLabel(level)),
			Hint: i18n.S(ctx, "Lisible par %s.", "Readable by %s.", levelMeaning(level)), Selected: level == chosen})
	}
	return options
}

func roleOptions(ctx context.Context, chosen identity.Role, none bool) []ui.Option {
	var options []ui.Option
	if none {
		options = append(options, ui.Option{Value: "0", Label: say(ctx, identity.NoRole.Label()), Selected: chosen == identity.NoRole})
	}
	for _, role := range roles {
		options = append(options, ui.Option{Value: strconv.Itoa(int(role)), Label: say(ctx, role.Label()), Selected: role == chosen})
	}
	return options
}

func organizationOptions(ctx context.Context, list []identity.Organization, chosen, none string) []ui.Option {
	options := []ui.Option{{Value: "", Label: none}}
	for _, o := range list {
		options = append(options, ui.Option{Value: o.ID, Label: o.Name, Selected: o.ID == chosen})
	}
	return options
}

func scopeLabel(scope identity.Scope) i18n.Text {
	switch scope {
	case identity.ScopePublish:
		return i18n.T("Lire et publier", "Read and publish")
	case identity.ScopeAdmin:
		return i18n.T("Tout ce que je peux faire", "Everything that I may do")
	}
	return i18n.T("Lire seulement", "Read only")
}

// maxKeyChoices is how many columns a key may be chosen among on the page.
const maxKeyChoices = 200

func publishAgainPath(id string) string { return pathPublish + "?jeu=" + url.QueryEscape(id) }

func schemaPath(id string) string { return "/api/v1/datasets/" + url.PathEscape(id) + "/schema" }

func listed(names []string) string { return strings.Join(names, ", ") }

func joined(list []string) string { return strings.Join(list, ", ") }

// personalColumns returns the labels of the columns that hold identifiers of people.
func personalColumns(s schema.Schema) []string {
	var names []string
	for _, f := range s.Fields {
		if f.Personal {
			names = append(names, f.Label)
		}
	}
	return names
}

func inKey(v view, name string) bool {
	return slices.Contains(v.Dataset.Key, name) || slices.Contains(v.Head.Schema.PrimaryKey, name)
}

// subjectTags leads from the themes and keywords of a dataset to those that share them.
func subjectTags(d asset.Dataset) []ui.TagInfo {
	empty := parseWish(url.Values{})
	var tags []ui.TagInfo
	for _, theme := range d.Themes {
		tags = append(tags, ui.TagInfo{Label: theme, URL: empty.toggled(FacetTheme, theme)})
	}
	for _, keyword := range d.Keywords {
		if slices.ContainsFunc(d.Themes, func(theme string) bool { return strings.EqualFold(theme, keyword) }) {
			continue
		}
		tags = append(tags, ui.TagInfo{Label: keyword, URL: empty.toggled(FacetKeyword, keyword)})
	}
	return tags
}

// licenceChoices offers the known licences, and the one that the dataset has when it is another.
func licenceChoices(current string) []ui.Option {
	options := licenceOptions()
	if !slices.ContainsFunc(options, func(o ui.Option) bool { return o.Value == current }) {
		options = append(options, ui.Option{Value: current, Label: current})
	}
	return options
}

func keyOptions(f describing) []ui.Option {
	var options []ui.Option
	for _, field := range f.Fields {
		options = append(options, ui.Option{Value: field.Name, Label: field.Label, Selected: slices.Contains(f.Dataset.Key, field.Name)})
	}
	return options
}

func facetOptions(ctx context.Context, facet *bool) []ui.Option {
	return []ui.Option{
		{Value: "", Label: i18n.S(ctx, "Selon les valeurs", "Depending on the values"), Selected: facet == nil},
		{Value: "oui", Label: i18n.S(ctx, "Oui", "Yes"), Selected: facet != nil && *facet},
		{Value: "non", Label: i18n.S(ctx, "Non", "No"), Selected: facet != nil && !*facet},
	}
}

// hasDates reports whether fields can make an agenda.
func hasDates(fields []schema.Field) bool {
	_, found := schema.Schema{Fields: fields}.First(schema.Date, schema.Datetime)
	return found
}

var roleLabels = map[asset.Role]i18n.Text{
	asset.EventBegin: i18n.T("Début", "Beginning"), asset.EventEnd: i18n.T("Fin, ce jour compris", "End, that day included"),
	asset.EventEndExcluded: i18n.T("Fin, ce jour non compris (reprise)", "End, that day excluded (return)"), asset.EventTitle: i18n.T("Titre", "Title"),
	asset.EventText: i18n.T("Description", "Description"), asset.EventPlace: i18n.T("Lieu", "Place"), asset.EventLink: i18n.T("Lien", "Link"),
}

// agendaOptions are the roles that a field of a type can have in an agenda; none when it can have none.
func agendaOptions(ctx context.Context, t schema.Type, role asset.Role) []ui.Option {
	if !t.Temporal() && t != schema.Text {
		return nil
	}
	options := []ui.Option{{Value: "", Label: i18n.S(ctx, "Selon son nom", "Depending on its name"), Selected: role == ""}}
	for _, r := range asset.Roles {
		bound := r == asset.EventBegin || r == asset.EventEnd || r == asset.EventEndExcluded
		if bound == t.Temporal() {
			options = append(options, ui.Option{Value: string(r), Label: say(ctx, roleLabels[r]), Selected: role == r})
		}
	}
	return options
}

func dictionaryPages(ctx context.Context, f dictionary) ui.PaginationInfo {
	address := func(page int) string {
		return datasetPath(f.Dataset.ID, "modifier", tabDictionary) + "?page=" + strconv.Itoa(page)
	}
	return pagesOf(ctx, found{Wish: wish{Page: f.Page}, Pages: f.Pages}, address)
}

func withdrawTitle(ctx context.Context, f deciding) string {
	if f.Dataset.State == asset.Withdrawn {
		return i18n.S(ctx, "Remettre au catalogue", "Put back in the catalogue")
	}
	return i18n.S(ctx, "Retirer du catalogue", "Withdraw from the catalogue")
}

// plural chooses between two nouns as each language does: French says the singular for zero, English the plural.
func plural(n int, one, many i18n.Text) i18n.Text {
	t := many
	if n < 2 {
		t.FR = one.FR
	}
	if n == 1 {
		t.EN = one.EN
	}
	return t
}

func organizationFacts(ctx context.Context, v organizationView) []ui.Fact {
	var facts []ui.Fact
	if link := safeLink(v.Organization.URL); link != "" {
		facts = append(facts, ui.Fact{Label: i18n.S(ctx, "Site", "Website"), Text: link, URL: link})
	}
	if v.Parent.ID != "" {
		facts = append(facts, ui.Fact{Label: i18n.S(ctx, "Rattachée à", "Part of"), Text: v.Parent.Name, URL: organizationPath(v.Parent.Slug)})
	}
	for _, child := range v.Children {
		facts = append(facts, ui.Fact{Label: i18n.S(ctx, "Comprend", "Includes"), Text: child.Name, URL: organizationPath(child.Slug)})
	}
	return facts
}

func organizationPages(v organizationView) func(int) string {
	return func(page int) string {
		q := url.Values{}
		if v.Found.Wish.Text != "" {
			q.Set("q", v.Found.Wish.Text)
		}
		if page > 1 {
			q.Set("page", strconv.Itoa(page))
		}
		return strings.TrimSuffix(organizationPath(v.Organization.Slug)+"?"+q.Encode(), "?")
	}
}

func organizationAction(f organizationForm) string {
	if f.New {
		return pathAdminOrgs
	}
	return organizationPath(f.Organization.Slug, "modifier")
}

var mailbox = regexp.MustCompile(`^[^\s@<>"]+@[^\s@<>"]+\.[^\s@<>"]+$`)
