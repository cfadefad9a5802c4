// Package catalog is what visitors read: the home page, the catalogue, organisations, the page of a dataset, and
// the pages where people describe datasets and manage accounts.
//
// It says what an asset is and how fresh it is; what a dataset holds is drawn by others, handed over through
// [DataView] and [VersionsView]. It also feeds the search index. Every list asks access for its scope and every
// page asks whether it may be read, so that nobody learns of what they may not see.
package catalog

import (
	"net/http"

	"github.com/a-h/templ"

	"socle/internal/asset"
)

// DataView draws what a dataset holds. The dataset was found and may be read by who asks; the view narrows its
// plans itself. Everything a view needs from the address (filters, sort, page, version) is in the query of r. A nil
// component says that there is nothing to show.
type DataView interface {
	// Table draws the rows: sort, filters, full text, paging by cursor.
	Table(r *http.Request, d asset.Dataset) (templ.Component, error)
	// Statistics draws the figures of each column: empty, distinct, smallest, largest, histogram, most frequent.
	Statistics(r *http.Request, d asset.Dataset) (templ.Component, error)
	// Map draws the rows that have a place. It is asked only of datasets that have a point or a geometry.
	Map(r *http.Request, d asset.Dataset) (templ.Component, error)
	// Calls shows the call of the API that gives what is on screen: curl, Python, R, JavaScript.
	Calls(r *http.Request, d asset.Dataset) (templ.Component, error)
}

// VersionsView draws the history of a dataset, with the links to each version, its difference with the one before,
// and its quarantine.
type VersionsView interface {
	History(r *http.Request, d asset.Dataset) (templ.Component, error)
}

// The addresses that others serve and that pages of the catalogue lead to. %s is the id of the dataset.
const (
	pathPublish  = "/publier"                                     // ingest: publish a new dataset; ?jeu=ID for a new version of one
	pathExports  = "/api/explore/v2.1/catalog/datasets/%s/exports" // explore: /csv, /json, /jsonl, /geojson, /xlsx, /parquet
	pathOriginal = "/jeux/%s/versions/%d/original"                // ingest: the file as it came
)
