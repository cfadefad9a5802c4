package tables

import (
	"context"
	"slices"
)

// Late returns the uids of the datasets whose table does not show what it should, in order.
func (s *Service) Late(ctx context.Context) ([]string, error) {
	heads, err := s.lake.Heads(ctx)
	if err != nil {
		return nil, err
	}
	known, err := s.known(ctx)
	if err != nil {
		return nil, err
	}
	for uid := range heads {
		known = append(known, uid)
	}
	slices.Sort(known)
	var late []string
	for _, uid := range slices.Compact(known) {
		same, err := s.agrees(ctx, uid)
		if err != nil {
			return nil, err
		}
		if !same {
			late = append(late, uid)
		}
	}
	return late, nil
}

// agrees reports whether the table of a dataset shows what it should. It looks into the table itself, so that what
// happened to it behind our back is seen.
func (s *Service) agrees(ctx context.Context, uid string) (bool, error) {
	want, err := s.wanted(ctx, uid)
	if err != nil {
		return false, err
	}
	known, err := s.snapshots(ctx, uid)
	if err != nil || len(known) != len(want.versions) {
		return false, err
	}
	if len(want.versions) == 0 {
		return true, nil
	}
	t, err := s.load(ctx, want.name)
	if err != nil || t == nil || !want.continues(t) {
		return false, err
	}
	shown := snapshotsOf(t)
	for i, v := range want.versions {
		if known[i].Version != v.Number || known[i].Table != want.name || known[i].ID != shown[v.Number] {
			return false, nil
		}
	}
	return true, nil
}
