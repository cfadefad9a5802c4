package ingest

import (
	"net/http"
	"net/url"
	"strconv"

	"socle/internal/access"
	"socle/internal/asset"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/lake"
	"socle/internal/web"
	"socle/internal/web/ui"
)

// Pages is the table of the pages of publishing and of versions. Drafts are their owner's; what shows a version asks
// whether the reader sees the whole of it.
func (s *Service) Pages() web.Routes {
	contribute := access.On(access.Contribute)
	return web.Routes{
		{Pattern: "GET " + pathPublish, Permission: contribute, Handler: s.showUpload},
		{Pattern: "POST " + pathPublish, Permission: contribute, Handler: s.upload},
		{Pattern: "GET /publier/{draft}", Permission: contribute, Handler: s.showDraft},
		{Pattern: "POST /publier/{draft}", Permission: contribute, Handler: s.actOnDraft},

		{Pattern: "GET /jeux/{id}/versions/{n}", Permission: access.Public, Handler: s.showVersion},
		{Pattern: "GET /jeux/{id}/versions/{n}/original", Permission: access.Public, Handler: s.download},
		{Pattern: "GET /jeux/{id}/versions/{n}/ecarts", Permission: access.Public, Handler: s.showDifference},
		{Pattern: "GET /jeux/{id}/versions/{n}/quarantaine", Permission: access.Public, Handler: s.showQuarantine},
		{Pattern: "POST /jeux/{id}/versions/{n}/quarantaine/rendre", Permission: access.On(access.Steward), Handler: s.giveBack},
		{Pattern: "POST /jeux/{id}/versions/{n}/quarantaine/corriger", Permission: contribute, Handler: s.mend},
		{Pattern: "GET /jeux/{id}/versions/{n}/quarantaine.csv", Permission: access.Public, Handler: s.downloadQuarantine},
		{Pattern: "GET /jeux/{id}/versions/{n}/lignes-de-cote.csv", Permission: access.Public, Handler: s.downloadAside},
		{Pattern: "GET /jeux/{id}/versions/{n}/suppression", Permission: access.On(access.Steward), Handler: s.showErasure},
		{Pattern: "POST /jeux/{id}/versions/{n}/suppression", Permission: access.On(access.Steward), Handler: s.erase},
	}
}

const (
	pathPublish = "/publier"
	pathDataset = "/jeux/"
)

func draftPath(id string) string { return pathPublish + "/" + url.PathEscape(id) }

func datasetPath(id string) string { return pathDataset + url.PathEscape(id) }

// versionPath is the address of a version, or of a page about it.
func versionPath(id string, number int, page ...string) string {
	path := datasetPath(id) + "/versions/" + strconv.Itoa(number)
	for _, part := range page {
		path += "/" + part
	}
	return path
}

// seen is a version that the reader sees whole.
type seen struct {
	Dataset asset.Dataset
	Version lake.Version
	Report  Report
	Head    int  // number of the head
	Decides bool // the reader may erase versions
	Named   bool // the reader may know who published
}

// version returns the version that an address names. Versions are shown to those who see all of the data: the
// original and the quarantine hold every field and every row.
func (s *Service) version(r *http.Request) (seen, error) {
	ctx := r.Context()
	number, err := strconv.Atoi(r.PathValue("n"))
	if err != nil || number < 1 {
		return seen{}, noVersion()
	}
	return s.findVersion(ctx, r.PathValue("id"), number)
}

func noVersion() error {
	return fault.New(fault.NotFound, "version_not_found", i18n.T("Cette version n’existe pas.", "This version does not exist."))
}

// info is what the layout must know of a page about a version.
func (v seen) info(r *http.Request, title i18n.Text, page string) web.PageInfo {
	lang := i18n.From(r.Context())
	crumbs := []ui.Crumb{
		{Label: i18n.T("Catalogue", "Catalogue").In(lang), URL: "/jeux"},
		{Label: v.Dataset.Title, URL: datasetPath(v.Dataset.ID)},
		{Label: i18n.T("Versions", "Versions").In(lang), URL: datasetPath(v.Dataset.ID) + "/versions"},
	}
	if page != "" {
		crumbs = append(crumbs, ui.Crumb{Label: i18n.T("Version %d", "Version %d", v.Version.Number).In(lang), URL: versionPath(v.Dataset.ID, v.Version.Number)})
	}
	crumbs = append(crumbs, ui.Crumb{Label: title.In(lang)})
	return web.PageInfo{Title: title.In(lang) + " – " + v.Dataset.Title, Active: "catalogue", Crumbs: crumbs, NoIndex: page != ""}
}

// mayName reports whether the reader may know who published: people are named to those who are signed in.
func mayName(r *http.Request) bool { return !identity.From(r.Context()).IsAnonymous() }
