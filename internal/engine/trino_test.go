package engine

import (
	"context"
	"testing"

	"socle/internal/fault"
	"socle/internal/query"
)

func TestAClusterThatDoesNotAnswerIsSaidToBeAway(t *testing.T) {
	b := open(t, Options{Trino: &Trino{Address: "trino://socle@127.0.0.1:1/lake", // where nobody answers
		Find: func(context.Context, query.Source) (Table, bool, error) {
			return Table{Far: &Far{Schema: "socle", Name: "essai", Snapshot: 1, Files: []string{"s3://bucket/data.parquet"}}}, true, nil
		}}})
	rows, err := b.Query(t.Context(), bind(t, 1, query.Request{Limit: 10}))
	if err == nil {
		rows.Close()
	}
	if fault.KindOf(err) != fault.Unavailable || fault.CodeOf(err) != "engine_down" {
		t.Errorf("%v", err)
	}
}
