// Package access answers one question: may this principal do this to that asset, and seeing what?
//
// Open assets are for everybody, internal ones for whoever is signed in, restricted ones for the members of the
// owner and for those who hold a grant. Somebody who may not see an asset is told that it does not exist. Every
// door asks here and nowhere else, and every plan is narrowed here before it runs.
package access

import (
	"context"
	"embed"

	"socle/internal/asset"
	"socle/internal/audit"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/store"
)

// Migrations makes the table of grants.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Action is what somebody wants to do.
type Action string

// The actions on an asset, or in an organisation.
const (
	Read       Action = "read"       // see the description and the data
	Contribute Action = "contribute" // prepare a draft
	Publish    Action = "publish"    // publish a version
	Describe   Action = "describe"   // change the description
	Steward    Action = "steward"    // change the level or the owner, withdraw, decide grants, erase
	Administer Action = "administer" // members, tokens, the organisation itself
)

// role is the role that an action needs in the organisation that owns the asset.
func (a Action) role(state asset.State) identity.Role {
	switch a {
	case Read:
		if state == asset.Published {
			return identity.Reader
		}
		return identity.Contributor
	case Contribute:
		return identity.Contributor
	case Describe:
		if state == asset.Draft {
			return identity.Contributor // who prepares a draft describes it
		}
		return identity.Publisher
	case Publish:
		return identity.Publisher
	case Steward:
		return identity.Steward
	}
	return identity.Administrator
}

// scope is the scope that a token needs for an action.
func (a Action) scope() identity.Scope {
	switch a {
	case Read:
		return identity.ScopeRead
	case Contribute, Publish, Describe:
		return identity.ScopePublish
	}
	return identity.ScopeAdmin
}

// Service decides.
type Service struct {
	db  *store.DB
	log *audit.Log
}

// New returns the service on a migrated store.
func New(db *store.DB, log *audit.Log) *Service { return &Service{db: db, log: log} }

// Can answers nil when the principal may do action to the asset; NotFound when it may not even know that the asset
// exists; Unauthenticated when it may see it, and signing in could help; Forbidden otherwise.
func (s *Service) Can(ctx context.Context, who identity.Principal, action Action, a asset.Asset) error {
	visible, err := s.visible(ctx, who, a)
	if err != nil {
		return err
	}
	if !visible {
		return hidden(who, a)
	}
	if action == Read {
		return nil
	}
	return allowed(who, action, who.RoleIn(a.OrgID), a.State)
}

// CanIn answers nil when the principal may do action in an organisation: create a dataset there, for instance. The
// existence of an organisation is no secret.
func (s *Service) CanIn(_ context.Context, who identity.Principal, action Action, orgID string) error {
	return allowed(who, action, who.RoleIn(orgID), asset.Published)
}

// visible reports whether the principal may know of the asset.
func (s *Service) visible(ctx context.Context, who identity.Principal, a asset.Asset) (bool, error) {
	if rolesOf(who).Allows(a) {
		return true, nil
	}
	if who.IsAnonymous() || a.State != asset.Published || !who.Allows(identity.ScopeRead) {
		return false, nil
	}
	grants, err := s.activeGrants(ctx, who, a.UID)
	return len(grants) > 0, err
}

// hidden is what somebody is told of an asset that they may not see: that it does not exist; unless everybody who
// asks like them could see it until it was withdrawn.
func hidden(who identity.Principal, a asset.Asset) error {
	before := a
	before.State = asset.Published
	if a.State == asset.Withdrawn && rolesOf(who).Allows(before) {
		return fault.New(fault.NotFound, "dataset_withdrawn", i18n.T(
			"Le jeu de données « %s » a été retiré par son producteur.", "The dataset “%s” was withdrawn by its producer.", a.ID))
	}
	return asset.NotFound(a.ID)
}

// allowed compares a role with what an action needs.
func allowed(who identity.Principal, action Action, held identity.Role, state asset.State) error {
	needed := action.role(state)
	switch {
	case who.IsAnonymous():
		return signInFirst()
	case held < needed:
		return fault.New(fault.Forbidden, "role_needed", i18n.T(
			"Il faut le rôle « %s » dans l’organisation pour faire cela. Demandez-le à qui l’administre.",
			"The role “%s” in the organisation is needed for that. Ask whoever administers it.", needed.Label()))
	case !who.Allows(action.scope()):
		return scopeNeeded(action.scope())
	}
	return nil
}

func signInFirst() error {
	return fault.New(fault.Unauthenticated, "sign_in_needed", i18n.T(
		"Connectez-vous pour faire cela.", "Sign in to do that."))
}

func scopeNeeded(scope identity.Scope) error {
	return fault.New(fault.Forbidden, "scope_needed", i18n.T(
		"Ce jeton ne le permet pas : il lui faut la portée « %s ».", "This token does not allow that: it needs the scope “%s”.", scope))
}
