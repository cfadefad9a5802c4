package catalog

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"socle/internal/asset"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/search"
)

// facet is a way to refine the catalogue.
type facet struct {
	key   string // in the index
	param string // in the address
	title i18n.Text
}

// facets lists the ways to refine, in the order of the page.
var facets = []facet{
	{FacetOrganization, "organisation", i18n.T("Organisation", "Organisation")},
	{FacetTheme, "theme", i18n.T("Thème", "Theme")},
	{FacetFeature, "contenu", i18n.T("Contenu", "Content")},
	{FacetKeyword, "mot-cle", i18n.T("Mot-clé", "Keyword")},
	{FacetLicence, "licence", i18n.T("Licence", "Licence")},
	{FacetLevel, "acces", i18n.T("Accès", "Access")},
}

// sorting is an order that the catalogue offers.
type sorting struct {
	name  string // in the address; "" is the default
	label i18n.Text
	order search.Order
}

var sortings = []sorting{
	{"", i18n.T("Pertinence", "Relevance"), nil},
	{"recent", i18n.T("Mise à jour récente", "Recently updated"), search.ByUpdated},
	{"titre", i18n.T("Titre", "Title"), search.ByTitle},
	{"lignes", i18n.T("Nombre de lignes", "Number of rows"), byRows},
}

// byRows puts the largest dataset first. Restricted ones come last: a grant may hide how many rows there are.
func byRows(a, b search.Hit) int {
	return cmp.Compare(countedRows(b.Document), countedRows(a.Document))
}

// countedRows is the number of rows of a dataset that says it to everybody who sees it.
func countedRows(d *search.Document) int64 {
	entry, ok := d.Data.(Entry)
	if !ok || entry.Level == asset.Restricted {
		return 0
	}
	return entry.Rows
}

// pageSize is how many datasets a page of the catalogue shows.
const pageSize = 20

// lastPage bounds how far a page number goes.
const lastPage = 10_000

// wish is what the address of the catalogue asks for.
type wish struct {
	Text   string
	Refine map[string][]string // by key of facet
	Sort   string
	Page   int // from 1
}

// parseWish reads an address. What it does not understand it ignores: an address that once worked still shows something.
func parseWish(q url.Values) wish {
	w := wish{Text: strings.TrimSpace(q.Get("q")), Refine: map[string][]string{}, Sort: q.Get("tri"), Page: 1}
	if runes := []rune(w.Text); len(runes) > 200 {
		w.Text = string(runes[:200])
	}
	if !slices.ContainsFunc(sortings, func(s sorting) bool { return s.name == w.Sort }) {
		w.Sort = ""
	}
	if page, err := strconv.Atoi(q.Get("page")); err == nil && page > 1 && page <= lastPage {
		w.Page = page
	}
	for _, f := range facets {
		for _, value := range q[f.param] {
			if value != "" && !slices.Contains(w.Refine[f.key], value) {
				w.Refine[f.key] = append(w.Refine[f.key], value)
			}
		}
	}
	return w
}

// values writes the wish back as an address has it, without the page.
func (w wish) values() url.Values {
	q := url.Values{}
	if w.Text != "" {
		q.Set("q", w.Text)
	}
	if w.Sort != "" {
		q.Set("tri", w.Sort)
	}
	for _, f := range facets {
		for _, value := range w.Refine[f.key] {
			q.Add(f.param, value)
		}
	}
	return q
}

// on returns the address of another path with the same wish.
func (w wish) on(path string) string {
	if q := w.values().Encode(); q != "" {
		return path + "?" + q
	}
	return path
}

// atPage returns the address of another page of the same wish.
func (w wish) atPage(page int) string {
	q := w.values()
	if page > 1 {
		q.Set("page", strconv.Itoa(page))
	}
	if len(q) == 0 {
		return pathCatalogue
	}
	return pathCatalogue + "?" + q.Encode()
}

// toggled returns the address with a value of a facet added, or taken away when it is there.
func (w wish) toggled(key, value string) string {
	other := w
	other.Refine = map[string][]string{}
	for k, values := range w.Refine {
		other.Refine[k] = slices.Clone(values)
	}
	if i := slices.Index(other.Refine[key], value); i >= 0 {
		other.Refine[key] = slices.Delete(other.Refine[key], i, i+1)
	} else {
		other.Refine[key] = append(other.Refine[key], value)
	}
	return other.on(pathCatalogue)
}

// holds reports whether the wish refines by a value.
func (w wish) holds(key, value string) bool { return slices.Contains(w.Refine[key], value) }

// refined reports whether the wish refines at all.
func (w wish) refined() bool {
	for _, values := range w.Refine {
		if len(values) > 0 {
			return true
		}
	}
	return false
}

// choice is a value of a facet, as a link.
type choice struct {
	Label string
	Count int
	URL   string
	Held  bool
}

// choices is a facet with its values.
type choices struct {
	Title  i18n.Text
	Param  string
	Values []choice
}

// found is what the catalogue shows.
type found struct {
	Wish     wish
	Entries  []Entry
	Total    int
	Pages    int
	Forgiven bool
	Facets   []choices
	Held     []choice // the values that refine, to take away
}

// maxChoices is how many values of a facet the page shows, besides those that refine.
const maxChoices = 12

// find runs a wish for whoever asks in ctx.
func (c *Catalog) find(ctx context.Context, w wish, limit int) (found, error) {
	scope, err := c.access.Scope(ctx, identity.From(ctx))
	if err != nil {
		return found{}, err
	}
	query := search.Query{Text: w.Text, Refine: w.Refine, Visible: Visible(scope), Offset: (w.Page - 1) * limit, Limit: limit}
	for _, f := range facets {
		query.Facets = append(query.Facets, f.key)
	}
	for _, s := range sortings {
		if s.name == w.Sort {
			query.Order = s.order
		}
	}
	if w.Text == "" && w.Sort == "" {
		query.Order = search.ByUpdated
	}
	result, err := c.index.Search(ctx, query)
	if err != nil {
		return found{}, err
	}
	out := found{Wish: w, Total: result.Total, Pages: (result.Total + limit - 1) / limit, Forgiven: result.Forgiven}
	if out.Entries, err = c.entries(ctx, result.Hits); err != nil {
		return found{}, err
	}
	return out, c.fillFacets(ctx, &out, result)
}

func (c *Catalog) fillFacets(ctx context.Context, out *found, result search.Result) error {
	lang := i18n.From(ctx)
	names, err := c.organizationNames(ctx)
	if err != nil {
		return err
	}
	label := func(key, value string) string { return facetLabel(lang, key, value, names) }
	for _, f := range facets {
		if f.key == FacetLevel && identity.From(ctx).IsAnonymous() {
			continue // everything that they see is open
		}
		group := choices{Title: f.title, Param: f.param}
		for _, count := range result.Facets[f.key] {
			held := out.Wish.holds(f.key, count.Value)
			if len(group.Values) < maxChoices || held {
				group.Values = append(group.Values, choice{Label: label(f.key, count.Value), Count: count.Count,
					URL: out.Wish.toggled(f.key, count.Value), Held: held})
			}
		}
		if len(group.Values) > 0 {
			out.Facets = append(out.Facets, group)
		}
		for _, value := range out.Wish.Refine[f.key] {
			out.Held = append(out.Held, choice{Label: label(f.key, value), URL: out.Wish.toggled(f.key, value), Held: true})
		}
	}
	return nil
}

// organizationNames returns the name of each organisation by slug.
func (c *Catalog) organizationNames(ctx context.Context) (map[string]string, error) {
	list, err := c.people.Organizations(ctx)
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, o := range list {
		names[o.Slug] = o.Name
	}
	return names, nil
}

// suggestions returns what to try when nothing was found: the most frequent themes and keywords of what may be seen.
func (c *Catalog) suggestions(ctx context.Context) ([]choice, error) {
	all, err := c.find(ctx, parseWish(url.Values{}), 1)
	if err != nil {
		return nil, err
	}
	var list []choice
	for _, group := range all.Facets {
		if group.Param == "theme" || group.Param == "mot-cle" {
			list = append(list, group.Values[:min(len(group.Values), 5)]...)
		}
	}
	return list, nil
}

func (c *Catalog) redirectToCatalogue(w http.ResponseWriter, r *http.Request) error {
	target := pathCatalogue
	if r.URL.RawQuery != "" {
		target += "?" + r.URL.RawQuery
	}
	http.Redirect(w, r, target, http.StatusMovedPermanently)
	return nil
}
