package explore

import (
	"context"
	"sync/atomic"
	"testing"

	"socle/internal/engine"
	"socle/internal/engine/trinotest"
	"socle/internal/lake"
	"socle/internal/lake/laketest"
	"socle/internal/query"
	"socle/internal/store/storetest"
	"socle/internal/tables"
)

// asked counts how often the engine looks for a version among the tables of Trino: it then computes there.
type asked struct{ there atomic.Int64 }

// onTrino is a house in PostgreSQL and S3, every version of which is asked of a real Trino.
func onTrino(t *testing.T) (*house, *tables.Service, *asked) {
	t.Helper()
	dsn, bucket := storetest.DSN(t), laketest.Bucket(t)
	cluster := trinotest.Cluster(t, dsn, bucket)
	blobs, err := lake.OpenBucket(t.Context(), bucket)
	if err != nil {
		t.Fatal(err)
	}
	var projected *tables.Service
	count := &asked{}
	h := buildOn(t, storetest.Open(t, dsn), blobs, func(h *house) *engine.Trino {
		projected, err = tables.Open(h.admin, tables.Options{Store: h.db, Lake: h.lake, Assets: h.assets, Log: quiet()})
		h.must(err)
		return &engine.Trino{Address: cluster, Find: func(ctx context.Context, source query.Source) (engine.Table, bool, error) {
			v, err := h.lake.Get(ctx, source.Dataset, source.Version)
			if err != nil {
				return engine.Table{}, false, err
			}
			snapshot, there, err := projected.Snapshot(ctx, source.Dataset, source.Version)
			if err != nil || !there {
				return engine.Table{}, false, err
			}
			count.there.Add(1)
			far := &engine.Far{Schema: tables.Namespace, Name: snapshot.Table, Snapshot: snapshot.ID}
			for _, file := range v.Files {
				far.Files = append(far.Files, h.lake.Location(file.Key))
			}
			return engine.Table{Far: far, Schema: v.Schema}, true, nil
		}}
	})
	return h, projected, count
}

// The whole differential test of the query language again, computed by Trino, against the same SQL by hand on DuckDB.
func TestTrinoAnswersTheWholeLanguageAsHandWrittenSQL(t *testing.T) {
	h, projected, count := onTrino(t)
	x := newTrialIn(t, h)
	d, err := h.assets.Get(h.admin, "essai")
	h.must(err)
	h.must(projected.Project(h.admin, d.UID))
	for _, part := range []struct {
		name  string
		check func(*testing.T)
		asks  int64 // at least so many times of Trino; 0: its questions are refused before
	}{
		{"conditions", x.conditions, 200}, {"columns and orders", x.selections, 70}, {"groups", x.groups, 50}, {"facets", x.facets, 20},
		{"random orders", x.randomOrders, 5}, {"texts of JSON", x.textsOfJSON, 3}, {"refusals", x.refusals, 0}, {"hostile questions", x.hostile, 3},
	} {
		t.Run(part.name, func(t *testing.T) {
			outside := x.t
			defer func() { x.t = outside }()
			x.t = t
			before := count.there.Load()
			part.check(t)
			asks := count.there.Load() - before
			t.Logf("%d readings asked of Trino", asks)
			if asks < part.asks {
				t.Errorf("Trino was asked %d times: DuckDB answered in its place", asks)
			}
		})
	}
}
