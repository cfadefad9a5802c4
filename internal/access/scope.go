package access

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"socle/internal/asset"
	"socle/internal/identity"
)

// Scope is what a principal may see, to filter a list without asking for each element.
type Scope struct {
	All    bool          // everything
	Levels []asset.Level // published assets of these levels
	Orgs   []string      // ids of the organisations whose published assets are all visible
	Drafts []string      // ids of the organisations whose drafts and withdrawn assets are visible too
	UIDs   []string      // published assets that a grant opens
}

// Scope returns what the principal may see.
func (s *Service) Scope(ctx context.Context, who identity.Principal) (Scope, error) {
	scope := rolesOf(who)
	if scope.All || who.IsAnonymous() || !who.Allows(identity.ScopeRead) {
		return scope, nil
	}
	grants, err := s.activeGrants(ctx, who, "")
	for _, g := range grants {
		if !slices.Contains(scope.UIDs, g.AssetUID) {
			scope.UIDs = append(scope.UIDs, g.AssetUID)
		}
	}
	return scope, err
}

// rolesOf is the scope without grants. A token that does not allow reading sees what everybody sees.
func rolesOf(who identity.Principal) Scope {
	if who.IsAnonymous() || !who.Allows(identity.ScopeRead) {
		return Scope{Levels: []asset.Level{asset.Open}}
	}
	if who.PlatformAdmin {
		return Scope{All: true}
	}
	scope := Scope{Levels: []asset.Level{asset.Open, asset.Internal}}
	for orgID, role := range who.Roles {
		if role >= Read.role(asset.Published) {
			scope.Orgs = append(scope.Orgs, orgID)
		}
		if role >= Read.role(asset.Draft) {
			scope.Drafts = append(scope.Drafts, orgID)
		}
	}
	slices.Sort(scope.Orgs)
	slices.Sort(scope.Drafts)
	return scope
}

// Allows reports whether the scope holds an asset.
func (s Scope) Allows(a asset.Asset) bool {
	switch {
	case s.All:
		return true
	case a.State != asset.Published:
		return slices.Contains(s.Drafts, a.OrgID)
	}
	return slices.Contains(s.Levels, a.Level) || slices.Contains(s.Orgs, a.OrgID) || slices.Contains(s.UIDs, a.UID)
}

// SQL returns a condition on the columns uid, org_id, level and state of the table "assets", and its parameters,
// numbered from first.
func (s Scope) SQL(first int) (where string, args []any) {
	if s.All {
		return "1 = 1", nil
	}
	among := func(column string, values []string) string {
		if len(values) == 0 {
			return "1 = 0"
		}
		parameters := make([]string, len(values))
		for i, value := range values {
			parameters[i] = "$" + strconv.Itoa(first+len(args))
			args = append(args, value)
		}
		return column + " IN (" + strings.Join(parameters, ", ") + ")"
	}
	levels := make([]string, len(s.Levels))
	for i, level := range s.Levels {
		levels[i] = string(level)
	}
	published := "assets.state = '" + string(asset.Published) + "'"
	where = "(" + published + " AND (" + among("assets.level", levels) + " OR " + among("assets.org_id", s.Orgs) + " OR " +
		among("assets.uid", s.UIDs) + "))"
	return where + " OR (NOT " + published + " AND " + among("assets.org_id", s.Drafts) + ")", args
}
