package steward

import (
	"context"
	"math"
	"slices"
	"strings"

	"socle/internal/access"
	"socle/internal/asset"
	"socle/internal/identity"
)

// Item is a dataset with what its team should do first.
type Item struct {
	Dataset  asset.Dataset
	Worth    Worth
	Measured bool
	Uses     int64 // in the last ninety days
	Waiting  int   // comments without an answer
	Urgency  float64
}

// urgency weighs what is to win by who would gain by it: ten times the uses count one step more, and each comment that waits three
// points.
func (i Item) urgency() float64 {
	best := 0.0
	if len(i.Worth.Tasks) > 0 {
		best = i.Worth.Tasks[0].Gain
	}
	return (best + 3*float64(i.Waiting)) * (1 + math.Log10(1+float64(i.Uses)))
}

// tasksShown is how many things to do the list shows of each dataset.
const tasksShown = 3

// WorkList lists the datasets that the principal of ctx may describe and that have something to do, the most urgent first.
func (s *Service) WorkList(ctx context.Context) ([]Item, error) {
	who := identity.From(ctx)
	scope, err := s.Access.Scope(ctx, who)
	if err != nil {
		return nil, err
	}
	where, args := scope.SQL(1)
	datasets, err := s.Assets.List(ctx, asset.Filter{Where: where, Args: args, States: []asset.State{asset.Draft, asset.Published}})
	if err != nil {
		return nil, err
	}
	uses, err := s.Uses(ctx)
	if err != nil {
		return nil, err
	}
	waiting, err := s.waiting(ctx)
	if err != nil {
		return nil, err
	}
	var list []Item
	for _, d := range datasets {
		if s.Access.Can(ctx, who, access.Describe, d.Asset) != nil {
			continue
		}
		item := Item{Dataset: d, Uses: uses[d.UID], Waiting: waiting[d.UID]}
		if item.Worth, item.Measured, err = s.Tasks(ctx, d.UID); err != nil {
			return nil, err
		}
		item.Urgency = item.urgency()
		if item.Urgency > 0 {
			item.Worth.Tasks = item.Worth.Tasks[:min(len(item.Worth.Tasks), tasksShown)]
			list = append(list, item)
		}
	}
	slices.SortStableFunc(list, func(a, b Item) int {
		switch {
		case a.Urgency > b.Urgency:
			return -1
		case a.Urgency < b.Urgency:
			return 1
		}
		return strings.Compare(a.Dataset.ID, b.Dataset.ID)
	})
	return list, nil
}
