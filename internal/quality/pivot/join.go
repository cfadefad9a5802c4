package pivot

import (
	"context"
	"slices"
	"strings"

	"socle/internal/asset"
	"socle/internal/engine"
	"socle/internal/query"
	"socle/internal/schema"
	"socle/internal/store"
)

// unmatchedShown is how many values without a counterpart a coverage lists.
const unmatchedShown = 5

// Cover counts what joining two members meets: exact, and remembered for their versions. Values are listed only of datasets
// open to everybody. Both members must have been seen by who asks.
func (s *Service) Cover(ctx context.Context, a, b Member) (engine.KeyCoverage, error) {
	c, found, err := s.known(ctx, a.Field, b.Field)
	if err != nil {
		return c, err
	}
	if !found {
		if c, err = s.Engine.CoverKeys(ctx, keyOf(a), keyOf(b), unmatchedShown); err != nil {
			return c, err
		}
		// Only what may be shown is kept, also were the level to change and change back.
		c.A.Unmatched, c.B.Unmatched = shown(a, c.A.Unmatched), shown(b, c.B.Unmatched)
		if _, err = s.Store.ExecContext(ctx, keepCoverage, a.Ref.Dataset, a.Version, a.Ref.Field, b.Ref.Dataset, b.Version, b.Ref.Field, store.AsJSON(c)); err != nil {
			return c, err
		}
	}
	c.A.Unmatched, c.B.Unmatched = shown(a, c.A.Unmatched), shown(b, c.B.Unmatched)
	return c, nil
}

func shown(m Member, values []string) []string {
	if m.Dataset.Level != asset.Open {
		return nil
	}
	return values
}

func keyOf(m Member) engine.Key {
	return engine.Key{Source: query.Source{Dataset: m.Ref.Dataset, Version: m.Version}, Field: m.Ref.Field}
}

// eachSide is how many columns of each dataset a ready join selects beside the key.
const eachSide = 3

// joinSQL is a join of two members, ready to run in the console, with a few columns of each.
func (s *Service) joinSQL(ctx context.Context, a, b Member) (string, error) {
	taken := []string{a.Ref.Field}
	columns := []string{"a." + quoted(a.Ref.Field)}
	for _, side := range []struct {
		name string
		m    Member
	}{{"a", a}, {"b", b}} {
		head, err := s.Lake.Get(ctx, side.m.Ref.Dataset, side.m.Version)
		if err != nil {
			return "", err
		}
		n := 0
		for _, f := range head.Schema.Fields {
			if n == eachSide || f.Type == schema.JSON || f.Type.Spatial() || f.Name == side.m.Ref.Field || slices.Contains(taken, f.Name) {
				continue
			}
			taken, n = append(taken, f.Name), n+1
			columns = append(columns, side.name+"."+quoted(f.Name))
		}
	}
	return "SELECT " + strings.Join(columns, ", ") + "\nFROM " + quoted(a.Dataset.ID) + " AS a\nJOIN " + quoted(b.Dataset.ID) + " AS b ON a." + quoted(a.Ref.Field) + " = b." + quoted(b.Ref.Field) + "\nLIMIT 100", nil
}

func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
