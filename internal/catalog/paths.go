package catalog

import (
	"fmt"
	"net/url"
)

// PathAPIHelp is the page that presents the APIs to people.
const PathAPIHelp = "/aide/api"

// The addresses of the catalogue.
const (
	pathCatalogue     = "/jeux"
	pathFeed          = "/jeux.atom"
	pathOrganizations = "/organisations"
	pathSignIn        = "/connexion"
	pathForgotten     = "/connexion/oubli"
	pathPassword      = "/mot-de-passe/" // then the secret of the link
	pathDrafts        = "/compte/brouillons"
	pathAccount       = "/compte"
	pathAdmin         = "/administration"
	pathUsers         = "/administration/utilisateurs"
	pathAdminOrgs     = "/administration/organisations"
	pathRecord        = "/administration/journal"
	pathJobs          = "/administration/taches"
	pathHelp          = "/aide"
	pathAccessibility = "/accessibilite"
	pathLegal         = "/mentions-legales"
	pathSitemap       = "/sitemap.xml"
	pathPublish       = "/publier"                                         // of ingest; ?jeu=ID for a new version of a dataset
	pathOperations    = "/documentation/api"                               // of the site: the operations of the API, for people
	exportsOf         = "/api/explore/v2.1/catalog/datasets/%s/exports/%s" // of explore: the id, then the format
	originalOf        = "/jeux/%s/versions/%d/original"                    // of ingest: the id, then the version
)

// datasetPath is the address of a dataset, or of one of its tabs.
func datasetPath(id string, tab ...string) string {
	path := pathCatalogue + "/" + url.PathEscape(id)
	for _, part := range tab {
		path += "/" + part
	}
	return path
}

// organizationPath is the address of an organisation.
func organizationPath(slug string, page ...string) string {
	path := pathOrganizations + "/" + url.PathEscape(slug)
	for _, part := range page {
		path += "/" + part
	}
	return path
}

func userPath(id string) string { return pathUsers + "/" + url.PathEscape(id) }

func exportPath(id, format string) string { return fmt.Sprintf(exportsOf, url.PathEscape(id), format) }

func originalPath(id string, version int) string {
	return fmt.Sprintf(originalOf, url.PathEscape(id), version)
}
