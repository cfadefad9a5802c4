package asset

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// Filter chooses datasets. The zero Filter takes every published one.
type Filter struct {
	States []State // nil: published only
	OrgID  string
	Level  Level
	UIDs   []string // nil: no condition; empty: none
	Where  string   // more conditions on the table "assets" with parameters numbered from 1, as access writes them
	Args   []any    // the parameters of Where
	Order  Order
	Limit  int // 0: all
	Offset int
}

// Order is how a list is sorted.
type Order string

// The orders.
const (
	ByID      Order = ""          // by id
	ByUpdated Order = "updated"   // last changed first
	ByNew     Order = "published" // last published first, those never published last
)

// List returns the datasets that a filter chooses.
func (s *Service) List(ctx context.Context, f Filter) ([]Dataset, error) {
	where, args := f.conditions()
	query := selectDataset + where
	switch f.Order {
	case ByUpdated:
		query += ` ORDER BY assets.updated_at DESC, assets.id`
	case ByNew:
		query += ` ORDER BY published_at DESC NULLS LAST, assets.id`
	default:
		query += ` ORDER BY assets.id`
	}
	if f.Limit > 0 {
		query += ` LIMIT ` + strconv.Itoa(f.Limit) + ` OFFSET ` + strconv.Itoa(max(f.Offset, 0))
	}
	rows, err := s.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("asset: list: %w", err)
	}
	defer rows.Close()
	list := []Dataset{}
	for rows.Next() {
		d, err := scanDataset(rows)
		if err != nil {
			return nil, fmt.Errorf("asset: list: %w", err)
		}
		list = append(list, d)
	}
	return list, rows.Err()
}

// Count returns how many datasets a filter chooses, whatever its limit.
func (s *Service) Count(ctx context.Context, f Filter) (int, error) {
	where, args := f.conditions()
	var n int
	err := s.db.QueryRowContext(ctx, `SELECT count(*) FROM assets JOIN datasets ON datasets.uid = assets.uid`+where, args...).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("asset: count: %w", err)
	}
	return n, nil
}

func (f Filter) conditions() (where string, args []any) {
	args = append(args, f.Args...)
	parameter := func(value any) string {
		args = append(args, value)
		return "$" + strconv.Itoa(len(args))
	}
	conditions := []string{}
	if f.Where != "" {
		conditions = append(conditions, "("+f.Where+")")
	}
	states := f.States
	if states == nil {
		states = []State{Published}
	}
	conditions = append(conditions, among("assets.state", states, parameter))
	if f.OrgID != "" {
		conditions = append(conditions, "assets.org_id = "+parameter(f.OrgID))
	}
	if f.Level != "" {
		conditions = append(conditions, "assets.level = "+parameter(string(f.Level)))
	}
	if f.UIDs != nil {
		conditions = append(conditions, among("assets.uid", f.UIDs, parameter))
	}
	return " WHERE " + strings.Join(conditions, " AND "), args
}

// among writes a condition that no value fulfils when the list is empty.
func among[S ~string](column string, values []S, parameter func(any) string) string {
	if len(values) == 0 {
		return "1 = 0"
	}
	names := make([]string, len(values))
	for i, value := range values {
		names[i] = parameter(string(value))
	}
	return column + " IN (" + strings.Join(names, ", ") + ")"
}
