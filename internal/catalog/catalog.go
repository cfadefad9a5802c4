// Package catalog is what visitors read: the home page, the catalogue, organisations, the page of a dataset, and
// the pages where people describe datasets and manage accounts.
//
// It says what an asset is and how fresh it is; what a dataset holds is drawn by others, handed over through
// [DataView] and [VersionsView]. It also feeds the search index. Every list asks access for its scope and every
// page asks whether it may be read, so that nobody learns of what they may not see.
package catalog

import (
	"context"
	"net/http"

	"github.com/a-h/templ"

	"socle/internal/access"
	"socle/internal/asset"
	"socle/internal/audit"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/jobs"
	"socle/internal/lake"
	"socle/internal/search"
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

// QualityView draws what a dataset is worth, with the evidence.
type QualityView interface {
	Panel(r *http.Request, d asset.Dataset) (templ.Component, error)
}

// PanelView draws something about a dataset under its data: what it can be joined with, what it promises. The dataset was
// found and may be read by who asks. A nil component says that there is nothing to show.
type PanelView interface {
	Panel(r *http.Request, d asset.Dataset) (templ.Component, error)
}

// Comments is where people say what they think of a field.
type Comments interface {
	FieldPath(dataset, field string) string                                        // where a field is commented
	WaitingByField(ctx context.Context, datasetUID string) (map[string]int, error) // comments that wait for an answer
}

// Options is what the catalogue is made of. Everything is required but Data, Versions, Quality, Drafter, Panels, Comments and Jobs, whose absence
// leaves out what they do.
type Options struct {
	Assets    *asset.Service
	People    *identity.Service
	Access    *access.Service
	Lake      *lake.Lake
	Index     *search.Index // over [Source]
	Log       *audit.Log
	Jobs      *jobs.Runner
	Passwords *Passwords
	Data      DataView
	Versions  VersionsView
	Quality   QualityView
	Panels    []PanelView // under the data, in order
	Drafter   Drafter
	Comments  Comments
	Site      Site
}

// Site is what the portal says of itself. Empty texts are left out, or said to be unknown.
type Site struct {
	Name        i18n.Text
	Description i18n.Text // one or two sentences, on the home page
	URL         string    // public address without a final slash; needed to send links to people who are not signed in
	Demo        bool      // the data is invented
	Legal       Legal
}

// Legal is what the law asks a public site to say of itself: who publishes, who is responsible, who hosts, whom to
// write to.
type Legal struct {
	Publisher     string // who publishes the site: name, then address, on several lines
	Director      string // director of publication: name and office
	Host          string // who hosts it: name, then address, on several lines
	Contact       string // mailbox, or address of a form
	DataProtector string // mailbox of the data protection officer
	Security      string // where to report a weakness: "mailto:…" or "https://…"
}

// Catalog serves the pages and the operations.
type Catalog struct {
	assets    *asset.Service
	people    *identity.Service
	access    *access.Service
	lake      *lake.Lake
	index     *search.Index
	log       *audit.Log
	jobs      *jobs.Runner
	passwords *Passwords
	data      DataView
	versions  VersionsView
	quality   QualityView
	panels    []PanelView
	drafter   Drafter
	comments  Comments
	site      Site
	markdown  *Markdown
}

// New returns the catalogue over migrated services.
func New(o Options) *Catalog {
	if o.Site.Name.IsZero() {
		o.Site.Name = i18n.T("Socle", "Socle")
	}
	return &Catalog{assets: o.Assets, people: o.People, access: o.Access, lake: o.Lake, index: o.Index, log: o.Log,
		jobs: o.Jobs, passwords: o.Passwords, data: o.Data, versions: o.Versions, quality: o.Quality, drafter: o.Drafter, comments: o.Comments, panels: o.Panels, site: o.Site, markdown: NewMarkdown()}
}
