package catalog

import (
	"socle/internal/access"
	"socle/internal/i18n"
	"socle/internal/web"
)

// Routes is the table of the pages: who may come, and what answers. The handler then asks about the asset itself.
func (c *Catalog) Routes() web.Routes {
	describe, steward, administer := access.On(access.Describe), access.On(access.Steward), access.On(access.Administer)
	return web.Routes{
		{Pattern: "GET /{$}", Permission: access.Public, Handler: c.home},
		{Pattern: "GET " + pathCatalogue, Permission: access.Public, Handler: c.browse},
		{Pattern: "GET /datasets", Permission: access.Public, Handler: c.redirectToCatalogue},
		{Pattern: "GET " + pathFeed, Permission: access.Public, Handler: c.feed},

		{Pattern: "GET /jeux/{id}", Permission: access.Public, Handler: c.show(tabData)},
		{Pattern: "GET /jeux/{id}/" + tabDictionary, Permission: access.Public, Handler: c.show(tabDictionary)},
		{Pattern: "GET /jeux/{id}/" + tabColumns, Permission: access.Public, Handler: c.show(tabColumns)},
		{Pattern: "GET /jeux/{id}/" + tabQuality, Permission: access.Public, Handler: c.show(tabQuality)},
		{Pattern: "GET /jeux/{id}/" + tabMap, Permission: access.Public, Handler: c.show(tabMap)},
		{Pattern: "GET /jeux/{id}/" + tabDownloads, Permission: access.Public, Handler: c.show(tabDownloads)},
		{Pattern: "GET /jeux/{id}/" + tabAPI, Permission: access.Public, Handler: c.show(tabAPI)},
		{Pattern: "GET /jeux/{id}/" + tabVersions, Permission: access.Public, Handler: c.show(tabVersions)},

		{Pattern: "GET /jeux/{id}/modifier", Permission: describe, Handler: c.editDescription},
		{Pattern: "POST /jeux/{id}/modifier", Permission: describe, Handler: c.saveDescription},
		{Pattern: "GET /jeux/{id}/modifier/dictionnaire", Permission: describe, Handler: c.editDictionary},
		{Pattern: "POST /jeux/{id}/modifier/dictionnaire", Permission: describe, Handler: c.saveDictionary},
		{Pattern: "GET /jeux/{id}/acces", Permission: steward, Handler: c.editAccess},
		{Pattern: "POST /jeux/{id}/acces", Permission: steward, Handler: c.saveAccess},
		{Pattern: "POST /jeux/{id}/retrait", Permission: steward, Handler: c.withdraw},

		{Pattern: "GET " + pathOrganizations, Permission: access.Public, Handler: c.listOrganizations},
		{Pattern: "GET /organisations/{slug}", Permission: access.Public, Handler: c.showOrganization},
		{Pattern: "GET /organisations/{slug}/modifier", Permission: administer, Handler: c.editOrganization},
		{Pattern: "POST /organisations/{slug}/modifier", Permission: administer, Handler: c.saveOrganization},
		{Pattern: "POST /organisations/{slug}/membres", Permission: administer, Handler: c.saveMember},

		{Pattern: "GET " + pathForgotten, Permission: access.Public, Handler: c.forgotten},
		{Pattern: "POST " + pathForgotten, Permission: access.Public, Handler: c.askForLink},
		{Pattern: "GET " + pathPassword + "{secret}", Permission: access.Public, Handler: c.choosePassword},
		{Pattern: "POST " + pathPassword + "{secret}", Permission: access.Public, Handler: c.savePassword},
		{Pattern: "GET " + pathDrafts, Permission: access.SignedIn, Handler: c.showDrafts},

		{Pattern: "GET " + pathAdmin, Permission: access.Platform, Handler: c.administration},
		{Pattern: "GET " + pathUsers, Permission: access.Platform, Handler: c.listUsers},
		{Pattern: "POST " + pathUsers, Permission: access.Platform, Handler: c.createUser},
		{Pattern: "GET /administration/utilisateurs/{id}", Permission: access.Platform, Handler: c.showUser},
		{Pattern: "POST /administration/utilisateurs/{id}", Permission: access.Platform, Handler: c.actOnUser},
		{Pattern: "POST /administration/utilisateurs/{id}/roles", Permission: access.Platform, Handler: c.saveUserRoles},
		{Pattern: "GET " + pathAdminOrgs, Permission: access.Platform, Handler: c.newOrganization},
		{Pattern: "POST " + pathAdminOrgs, Permission: access.Platform, Handler: c.createOrganization},
		{Pattern: "GET " + pathRecord, Permission: access.Platform, Handler: c.showRecord},
		{Pattern: "GET " + pathJobs, Permission: access.Platform, Handler: c.listJobs},
		{Pattern: "POST /administration/taches/{id}", Permission: access.Platform, Handler: c.actOnJob},

		{Pattern: "GET " + pathHelp, Permission: access.Public, Handler: c.help},
		{Pattern: "GET " + PathAPIHelp, Permission: access.Public, Handler: c.apiHelp},
		{Pattern: "GET " + pathAccessibility, Permission: access.Public, Handler: c.accessibility},
		{Pattern: "GET " + pathLegal, Permission: access.Public, Handler: c.legal},
		{Pattern: "GET " + pathSitemap, Permission: access.Public, Handler: c.sitemap},
		{Pattern: "GET /robots.txt", Permission: access.Public, Handler: c.robots},
		{Pattern: "GET /.well-known/security.txt", Permission: access.Public, Handler: c.security},
	}
}

// FooterLinks are the links that the law and good manners want at the bottom of every page.
func FooterLinks() []web.FooterLink {
	return []web.FooterLink{
		{Label: i18n.T("Accessibilité : non conforme", "Accessibility: not conforming"), URL: pathAccessibility},
		{Label: i18n.T("Mentions légales", "Legal notice"), URL: pathLegal},
		{Label: i18n.T("Aide", "Help"), URL: pathHelp},
		{Label: i18n.T("Se servir de l’API", "Using the API"), URL: PathAPIHelp},
	}
}
