package steward

import (
	"context"
	"fmt"
	"net/url"
)

// FieldPath is the address where a field of a dataset is commented, under its anchor.
func (s *Service) FieldPath(dataset, field string) string {
	return pathOf(dataset, "remarques") + "?champ=" + url.QueryEscape(field)
}

// WaitingByField counts the comments of a dataset that wait for an answer, by the field that they are about.
func (s *Service) WaitingByField(ctx context.Context, datasetUID string) (map[string]int, error) {
	rows, err := s.Store.QueryContext(ctx, `SELECT field, count(*) FROM quality_comments WHERE dataset_uid = $1 AND state = $2 AND field <> '' GROUP BY field`, datasetUID, Open)
	if err != nil {
		return nil, fmt.Errorf("steward: %w", err)
	}
	defer rows.Close()
	out := map[string]int{}
	for rows.Next() {
		var field string
		var n int
		if err := rows.Scan(&field, &n); err != nil {
			return nil, fmt.Errorf("steward: %w", err)
		}
		out[field] = n
	}
	return out, rows.Err()
}
