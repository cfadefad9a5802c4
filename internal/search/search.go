// Package search finds documents by the words that describe them, in French as people type it.
//
// The index lives in memory and is a cache: it is filled from a [Source] and follows it whenever the source's
// revision moves. Accents, plurals and elisions do not matter, the last word may be unfinished, and when nothing
// matches exactly small typos are forgiven. Who may see what is the caller's to say, with a function; documents
// that it hides count nowhere, neither in the results nor in the facets.
package search

import (
	"context"
	"iter"
	"time"
)

// Document is something to find. The index keeps it whole and hands it back; treat it as read-only.
type Document struct {
	ID          string // unique; what the caller knows it by
	Title       string
	Description string // plain text or Markdown
	Keywords    []string
	Themes      []string
	Producer    string              // name of the organisation
	Fields      []string            // names and labels of the columns
	Facets      map[string][]string // exact values to refine and count by: "theme", "publisher", "level"…
	Level       string              // for Query.Visible, with OrgID
	OrgID       string
	Updated     time.Time
	Popularity  float64 // how much it is used; breaks ties of relevance
	Data        any     // whatever the caller wants back with the document

	sortKey string
}

// Source is where documents come from.
type Source interface {
	// Revision is a cheap number that moves whenever a document may have changed.
	Revision(ctx context.Context) (int64, error)
	// Documents yields every document there is; it stops at the first error.
	Documents(ctx context.Context) iter.Seq2[Document, error]
}

// Query says what to look for. The zero Query finds every document.
type Query struct {
	Text    string               // words as typed; every word must be found; "…" for words in a row
	Refine  map[string][]string  // facet → values, all of which a document must have
	Exclude map[string][]string  // facet → values, none of which a document may have
	Visible func(*Document) bool // what the asker may know of; nil hides nothing
	Filter  func(*Document) bool // any other condition; nil for none
	Order   Order                // nil is [ByRelevance] with a text, [ByTitle] without
	Offset  int
	Limit   int      // 0 returns no hit, only totals and facets
	Facets  []string // facets to count over the whole result
}

// Order compares two hits as cmp.Compare does; ties go by title, then by identifier.
type Order func(a, b Hit) int

// Hit is one document found.
type Hit struct {
	Document *Document
	Score    float64 // 0 when the query had no text
}

// Count is a value of a facet with the number of documents found that have it.
type Count struct {
	Value string
	Count int
}

// Result is what a query finds.
type Result struct {
	Total    int                // documents found, on all pages
	Hits     []Hit              // those of the page
	Facets   map[string][]Count // most frequent first, then by value
	Forgiven bool               // nothing matched as typed; these match with small differences
}
