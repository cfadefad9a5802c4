// Package access answers one question: may this principal do this to that asset, and seeing what?
//
// Open assets are for everybody, internal ones for whoever is signed in, restricted ones for the members of the
// owner and for those who hold a grant. Somebody who may not see an asset is told that it does not exist. Every
// door asks here and nowhere else, and every plan is narrowed here before it runs.
package access

import (
	"context"
	"embed"
	"errors"
	"time"

	"socle/internal/asset"
	"socle/internal/audit"
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

// Permission is what a route asks before its handler runs. Its zero value lets nobody in, so a route that forgets
// it stays shut. The handler then asks about the asset itself.
type Permission struct {
	audience audience
	action   Action
}

type audience int

const (
	nobody audience = iota
	everybody
	signedIn
	holders
	platform
)

// The permissions of routes.
var (
	Public   = Permission{audience: everybody} // anybody; the handler still asks [Service.Can] for what it shows
	SignedIn = Permission{audience: signedIn}
	Platform = Permission{audience: platform} // administrators of the installation
)

// On is the permission of whoever may do action in at least one organisation.
func On(action Action) Permission { return Permission{audience: holders, action: action} }

// IsPublic reports whether anybody may pass.
func (p Permission) IsPublic() bool { return p.audience == everybody }

// Check answers nil when the principal may take the route, Unauthenticated when signing in could help, and
// Forbidden otherwise.
func (p Permission) Check(who identity.Principal) error { return errors.ErrUnsupported }

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
	return errors.ErrUnsupported
}

// CanIn answers nil when the principal may do action in an organisation: create a dataset there, for instance.
func (s *Service) CanIn(ctx context.Context, who identity.Principal, action Action, orgID string) error {
	return errors.ErrUnsupported
}

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
	return Scope{}, errors.ErrUnsupported
}

// Allows reports whether the scope holds an asset.
func (s Scope) Allows(a asset.Asset) bool { return false }

// SQL returns a condition on the columns uid, org_id, level and state of the table "assets", and its parameters,
// numbered from first.
func (s Scope) SQL(first int) (where string, args []any) { return "1 = 0", nil }

// SubjectKind is what a grant is given to.
type SubjectKind string

// The subjects of a grant.
const (
	ToPerson       SubjectKind = "person"
	ToOrganization SubjectKind = "organization" // every member, and every application
	ToApplication  SubjectKind = "application"  // a token
)

// Grant opens a restricted asset, or a part of it, to somebody, for a purpose and a time.
type Grant struct {
	ID          string      `json:"id"`
	SubjectKind SubjectKind `json:"subjectKind"`
	SubjectID   string      `json:"subjectId"`
	AssetUID    string      `json:"assetUid"`
	Fields      []string    `json:"fields"`     // names of the visible fields; empty: all
	RowFilter   string      `json:"rowFilter"`  // condition on the rows, in the query language; "": all
	Purpose     string      `json:"purpose"`    // why, in words; required
	LegalBasis  string      `json:"legalBasis"` // by what right
	From        time.Time   `json:"from"`       // included; now when zero
	Until       time.Time   `json:"until"`      // excluded; zero: without end
	Decision    string      `json:"decision"`   // reference of the decision it comes from
	CreatedAt   time.Time   `json:"createdAt"`
	CreatedBy   string      `json:"createdBy"`
	RevokedAt   time.Time   `json:"revokedAt"`
	RevokedBy   string      `json:"revokedBy"`
}

// Active reports whether the grant opens anything at an instant.
func (g Grant) Active(now time.Time) bool {
	return g.RevokedAt.IsZero() && !now.Before(g.From) && (g.Until.IsZero() || now.Before(g.Until))
}

// Grant gives a grant. The author is the principal of ctx.
func (s *Service) Grant(ctx context.Context, g Grant) (Grant, error) {
	return Grant{}, errors.ErrUnsupported
}

// Revoke ends a grant; it takes effect at the next question.
func (s *Service) Revoke(ctx context.Context, id, reason string) error { return errors.ErrUnsupported }

// Grants lists the grants on an asset, the newest first, those that are over included.
func (s *Service) Grants(ctx context.Context, assetUID string) ([]Grant, error) {
	return nil, errors.ErrUnsupported
}
