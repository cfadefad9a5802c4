package tables

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/apache/iceberg-go/catalog"
	"github.com/apache/iceberg-go/table"

	"socle/internal/lake"
)

// drop removes a table and its metadata. The Parquet files are the lake's and stay.
func (s *Service) drop(ctx context.Context, t *table.Table) error {
	if err := s.catalog.DropTable(ctx, t.Identifier()); err != nil && !errors.Is(err, catalog.ErrNoSuchTable) {
		return fmt.Errorf("tables: drop %v: %w", t.Identifier(), err)
	}
	key, ours := strings.CutPrefix(t.Location(), s.lake.Location(lake.TablesPrefix))
	if !ours || key == "" {
		return nil
	}
	return s.lake.RemoveTable(ctx, lake.TablesPrefix+key+"/")
}

// dropOthers removes the tables of a dataset that have another name than is wanted, because it was renamed, and all
// of them when nothing is wanted.
func (s *Service) dropOthers(ctx context.Context, want wanted) error {
	known, err := s.snapshots(ctx, want.uid)
	if err != nil {
		return err
	}
	var names []string
	for _, one := range known {
		names = append(names, one.Table)
	}
	if a, err := s.assets.Asset(ctx, want.uid); err == nil {
		names = append(names, a.ID)
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if name == want.name && len(want.versions) > 0 {
			continue
		}
		t, err := s.load(ctx, name)
		if err != nil {
			return err
		}
		if t == nil || t.Properties()[datasetProperty] != want.uid {
			continue
		}
		if err := s.drop(ctx, t); err != nil {
			return err
		}
	}
	return nil
}
