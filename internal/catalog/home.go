package catalog

import (
	"net/http"
	"net/url"

	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/search"
	"socle/internal/web"
	"socle/internal/web/ui"
)

// front is what the home page shows.
type front struct {
	Site          Site
	Datasets      int
	Rows          int64
	Organizations int
	Themes        []choice
	Recent        []Entry
	Producers     []organizationCard
	SignedIn      bool
}

// How much the home page shows.
const (
	frontRecent    = 6
	frontThemes    = 9
	frontProducers = 6
)

// home shows what the portal is, and ways in.
func (c *Catalog) home(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	scope, err := c.access.Scope(ctx, identity.From(ctx))
	if err != nil {
		return err
	}
	page := front{Site: c.site, SignedIn: !identity.From(ctx).IsAnonymous()}
	counting := func(d *search.Document) bool {
		page.Rows += countedRows(d)
		return true
	}
	result, err := c.index.Search(ctx, search.Query{Visible: Visible(scope), Filter: counting, Order: search.ByUpdated,
		Limit: frontRecent, Facets: []string{FacetTheme}})
	if err != nil {
		return err
	}
	page.Datasets = result.Total
	if page.Recent, err = c.entries(ctx, result.Hits); err != nil {
		return err
	}
	empty := parseWish(url.Values{})
	for _, count := range result.Facets[FacetTheme][:min(frontThemes, len(result.Facets[FacetTheme]))] {
		page.Themes = append(page.Themes, choice{Label: count.Value, Count: count.Count, URL: empty.toggled(FacetTheme, count.Value)})
	}
	cards, err := c.organizationCards(ctx, false)
	if err != nil {
		return err
	}
	page.Organizations = len(cards)
	page.Producers = cards[:min(frontProducers, len(cards))]
	info := web.PageInfo{Active: "accueil", Description: c.site.Description.In(i18n.From(ctx)), JSONLD: c.siteLD(r),
		Alternates: []web.Alternate{feedAlternate(ctx, pathFeed)}}
	return web.Render(w, r, http.StatusOK, homePage(info, page))
}

// browse shows the catalogue.
func (c *Catalog) browse(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	result, err := c.find(ctx, parseWish(r.URL.Query()), pageSize)
	if err != nil {
		return err
	}
	if result.Wish.Page > 1 && result.Wish.Page > result.Pages {
		return web.Redirect(w, r, result.Wish.atPage(result.Pages))
	}
	var advice []choice
	if result.Total == 0 {
		if advice, err = c.suggestions(ctx); err != nil {
			return err
		}
	}
	lang := i18n.From(ctx)
	title := i18n.T("Catalogue", "Catalogue").In(lang)
	info := web.PageInfo{Title: title, Active: "catalogue", Crumbs: []ui.Crumb{{Label: title}},
		Description: i18n.T("Tous les jeux de données de %s : recherche, thèmes, organisations.", "All the datasets of %s: search, themes, organisations.", c.site.Name).In(lang),
		NoIndex:     result.Wish.Text != "" || result.Wish.refined(),
		Alternates:  []web.Alternate{feedAlternate(ctx, result.Wish.on(pathFeed))}}
	if result.Wish.Text != "" {
		info.Title = i18n.T("%s – recherche", "%s – search", result.Wish.Text).In(lang)
	}
	if result.Wish.Page > 1 {
		info.Canonical = result.Wish.atPage(result.Wish.Page)
	}
	return web.Render(w, r, http.StatusOK, cataloguePage(info, result, advice))
}
