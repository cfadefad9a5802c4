package ingest

import (
	"context"

	"socle/internal/engine"
	"socle/internal/query"
)

// Resolve implements [engine.Resolver] over the lake.
func (r Resolver) Resolve(ctx context.Context, source query.Source) (engine.Table, error) {
	v, paths, release, err := r.Lake.Local(ctx, source.Dataset, source.Version)
	if err != nil {
		return engine.Table{}, err
	}
	return engine.Table{Paths: paths, Schema: v.Schema, Rows: v.Rows, Release: release}, nil
}
