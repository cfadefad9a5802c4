package search

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/index/scorch"
)

// Index is a searchable copy of a source. It is safe for concurrent use.
type Index struct {
	source Source
	stem   analysis.Analyzer
	typed  analysis.Analyzer
	bleve  bleve.Index

	refreshing sync.Mutex // held by the one who reads the source

	mu       sync.RWMutex // held while the documents below change
	filled   bool
	revision int64
	entries  map[string]entry
	docs     map[string]*Document
}

// New returns an index of the source; it is filled at the first search. Close it after use.
func New(source Source) (*Index, error) {
	m, err := newMapping()
	if err != nil {
		return nil, err
	}
	// No path: the index lives in memory and is gone with the process.
	b, err := bleve.NewUsing("", m, scorch.Name, scorch.Name, nil)
	if err != nil {
		return nil, fmt.Errorf("open the search index: %w", err)
	}
	return &Index{source: source, bleve: b, stem: m.AnalyzerNamed(stems), typed: m.AnalyzerNamed(typed)}, nil
}

// Close frees the index.
func (x *Index) Close() error { return x.bleve.Close() }

// Refresh brings the index up to date with its source. Search does it too; calling it at the start of the program
// spares the first visitor the wait.
func (x *Index) Refresh(ctx context.Context) error {
	revision, err := x.source.Revision(ctx)
	if err != nil {
		return fmt.Errorf("read the revision of what is searched: %w", err)
	}
	if x.current(revision) {
		return nil
	}
	x.refreshing.Lock()
	defer x.refreshing.Unlock()
	// The revision is read before the documents: what changes in between is seen again at the next search.
	if revision, err = x.source.Revision(ctx); err != nil {
		return fmt.Errorf("read the revision of what is searched: %w", err)
	}
	if x.current(revision) {
		return nil
	}
	docs := map[string]*Document{}
	entries := map[string]entry{}
	for d, err := range x.source.Documents(ctx) {
		if err != nil {
			return fmt.Errorf("read what is searched: %w", err)
		}
		d.sortKey = fold(d.Title)
		docs[d.ID], entries[d.ID] = &d, entryOf(&d)
	}
	batch := x.bleve.NewBatch()
	for id, e := range entries {
		if old, known := x.entries[id]; known && old == e {
			continue
		}
		if err := batch.Index(id, e.asMap()); err != nil {
			return fmt.Errorf("index %q: %w", id, err)
		}
	}
	for id := range x.entries {
		if _, kept := entries[id]; !kept {
			batch.Delete(id)
		}
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if batch.Size() > 0 {
		if err := x.bleve.Batch(batch); err != nil {
			return fmt.Errorf("index what changed: %w", err)
		}
	}
	x.docs, x.entries, x.revision, x.filled = docs, entries, revision, true
	return nil
}

func (x *Index) current(revision int64) bool {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.filled && x.revision == revision
}

// Search brings the index up to date with its source, then finds.
func (x *Index) Search(ctx context.Context, q Query) (Result, error) {
	if err := x.Refresh(ctx); err != nil {
		return Result{}, err
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	if strings.TrimSpace(q.Text) == "" {
		hits := make([]Hit, 0, len(x.docs))
		for _, d := range x.docs {
			if q.accepts(d) {
				hits = append(hits, Hit{Document: d})
			}
		}
		return q.result(hits, ByTitle), nil
	}
	asked := understand(q.Text, x.stem, x.typed)
	if asked.empty() {
		return q.result(nil, ByRelevance), nil
	}
	hits, err := x.match(ctx, q, asked, false)
	if err != nil {
		return Result{}, err
	}
	forgiven := false
	if len(hits) == 0 {
		if hits, err = x.match(ctx, q, asked, true); err != nil {
			return Result{}, err
		}
		forgiven = len(hits) > 0
	}
	result := q.result(hits, ByRelevance)
	result.Forgiven = forgiven
	return result, nil
}

// match returns every document that the words find and that the query accepts; the caller holds the lock.
func (x *Index) match(ctx context.Context, q Query, asked request, forgiving bool) ([]Hit, error) {
	found, err := x.bleve.SearchInContext(ctx, bleve.NewSearchRequestOptions(asked.query(x.stem, forgiving), len(x.docs), 0, false))
	if err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	var hits []Hit
	for _, match := range found.Hits {
		if d := x.docs[match.ID]; d != nil && q.accepts(d) {
			hits = append(hits, Hit{Document: d, Score: match.Score})
		}
	}
	return hits, nil
}

func (q Query) accepts(d *Document) bool {
	if q.Visible != nil && !q.Visible(d) || q.Filter != nil && !q.Filter(d) {
		return false
	}
	for facet, values := range q.Refine {
		for _, value := range values {
			if !slices.Contains(d.Facets[facet], value) {
				return false
			}
		}
	}
	for facet, values := range q.Exclude {
		for _, value := range values {
			if slices.Contains(d.Facets[facet], value) {
				return false
			}
		}
	}
	return true
}

// result counts, sorts and cuts the page.
func (q Query) result(hits []Hit, order Order) Result {
	r := Result{Total: len(hits), Facets: map[string][]Count{}}
	for _, facet := range q.Facets {
		r.Facets[facet] = countFacet(hits, facet)
	}
	if q.Order != nil {
		order = q.Order
	}
	slices.SortFunc(hits, func(a, b Hit) int {
		return cmp.Or(order(a, b), ByTitle(a, b), cmp.Compare(a.Document.ID, b.Document.ID))
	})
	start := min(max(0, q.Offset), len(hits))
	end := min(start+max(0, q.Limit), len(hits))
	r.Hits = hits[start:end]
	return r
}

func countFacet(hits []Hit, facet string) []Count {
	found := map[string]int{}
	for _, hit := range hits {
		for _, value := range hit.Document.Facets[facet] {
			found[value]++
		}
	}
	counts := make([]Count, 0, len(found))
	for value, n := range found {
		counts = append(counts, Count{value, n})
	}
	slices.SortFunc(counts, func(a, b Count) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(fold(a.Value), fold(b.Value)))
	})
	return counts
}

// ByRelevance puts the best match first, then what is used most.
func ByRelevance(a, b Hit) int {
	return cmp.Or(cmp.Compare(b.Score, a.Score), ByPopularity(a, b))
}

// ByTitle sorts by title as a dictionary does, whatever the accents and the case.
func ByTitle(a, b Hit) int { return cmp.Compare(a.Document.sortKey, b.Document.sortKey) }

// ByUpdated puts the most recently updated first.
func ByUpdated(a, b Hit) int { return b.Document.Updated.Compare(a.Document.Updated) }

// ByPopularity puts what is used most first.
func ByPopularity(a, b Hit) int { return cmp.Compare(b.Document.Popularity, a.Document.Popularity) }
