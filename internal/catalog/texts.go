package catalog

import (
	"net/http"

	"socle/internal/i18n"
	"socle/internal/web"
	"socle/internal/web/ui"
)

// help answers with the page that says how to publish, read and reuse.
func (c *Catalog) help(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, http.StatusOK, helpPage(c.textInfo(r, i18n.T("Aide", "Help"), "aide")))
}

// apiHelp answers with the page that presents the APIs.
func (c *Catalog) apiHelp(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, http.StatusOK, apiHelpPage(c.textInfo(r, i18n.T("Se servir de l’API", "Using the API"), "api"), c.base(r)))
}

// accessibility answers with the accessibility statement.
func (c *Catalog) accessibility(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, http.StatusOK, accessibilityPage(c.textInfo(r, i18n.T("Accessibilité", "Accessibility"), ""), c.site))
}

// legal answers with the legal notice.
func (c *Catalog) legal(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, http.StatusOK, legalPage(c.textInfo(r, i18n.T("Mentions légales", "Legal notice"), ""), c.site))
}

func (c *Catalog) textInfo(r *http.Request, title i18n.Text, active string) web.PageInfo {
	label := title.In(i18n.From(r.Context()))
	return web.PageInfo{Title: label, Active: active, Crumbs: []ui.Crumb{{Label: label}}}
}
