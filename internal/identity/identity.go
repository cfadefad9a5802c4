// Package identity knows people, applications and organisations, and how they prove who they are.
//
// A request carries a [Principal]: nobody, a person, or an application. People sign in with an e-mail address and
// a password (Argon2id) and keep a session; scripts carry a token. Both secrets are stored hashed, so that reading
// the store gives no access. Roles are held in organisations; who may do what with them is decided in access.
package identity

import (
	"context"
	"embed"
	"time"
)

// Migrations makes the tables of people and organisations.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Role is what somebody may do in an organisation. Each role includes those before it.
type Role int

// The roles, the narrowest first. NoRole is the absence of one.
const (
	NoRole        Role = iota
	Reader             // reads what is restricted to the organisation
	Contributor        // prepares drafts
	Publisher          // publishes versions
	Steward            // describes, decides levels and grants
	Administrator      // manages members, tokens and the organisation itself
)

// Kind is what stands behind a request.
type Kind string

// The kinds of principal.
const (
	Anonymous   Kind = "anonymous"
	Person      Kind = "person"
	Application Kind = "application" // a token held by an organisation, or the program itself
)

// Scope limits what a token may be used for, whatever its holder may do.
type Scope string

// The scopes, the narrowest first. Each includes those before it.
const (
	ScopeRead    Scope = "read"    // read what the holder may read
	ScopePublish Scope = "publish" // create, publish and describe datasets
	ScopeAdmin   Scope = "admin"   // everything that the holder may do
)

// Scopes lists every scope.
var Scopes = []Scope{ScopeRead, ScopePublish, ScopeAdmin}

// Principal is who asks. The zero Principal is anonymous.
type Principal struct {
	Kind          Kind
	UserID        string          // id of the person; for an application, id of its token
	Name          string          // how to call them
	Email         string          // people only
	Roles         map[string]Role // by organisation id
	Scopes        []Scope         // what the token allows; nil means everything
	PlatformAdmin bool            // administers the whole installation
	SessionID     string          // the session, when that is how they came
	TokenID       string          // the token, when that is how they came
}

// IsAnonymous reports whether nobody is signed in.
func (p Principal) IsAnonymous() bool { return p.Kind == "" || p.Kind == Anonymous }

// RoleIn returns the role held in an organisation. The platform's administrator administers every one of them.
func (p Principal) RoleIn(orgID string) Role {
	if p.PlatformAdmin {
		return Administrator
	}
	return p.Roles[orgID]
}

// Highest returns the highest role held anywhere.
func (p Principal) Highest() Role {
	highest := NoRole
	if p.PlatformAdmin {
		return Administrator
	}
	for _, role := range p.Roles {
		highest = max(highest, role)
	}
	return highest
}

// Allows reports whether the token that brought p allows scope; a session allows everything.
func (p Principal) Allows(scope Scope) bool {
	if p.Scopes == nil {
		return true
	}
	for _, held := range p.Scopes {
		if rank(held) >= rank(scope) {
			return true
		}
	}
	return false
}

func rank(s Scope) int {
	for i, scope := range Scopes {
		if s == scope {
			return i + 1
		}
	}
	return 0
}

// Actor returns the identifier to write in the record: "anonymous" when nobody is signed in.
func (p Principal) Actor() string {
	if p.IsAnonymous() {
		return string(Anonymous)
	}
	return p.UserID
}

// System is the program itself, acting on its own data folder from the command line.
func System() Principal {
	return Principal{Kind: Application, UserID: "system", Name: "Socle", PlatformAdmin: true}
}

type contextKey struct{}

// With returns a context in which p asks.
func With(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, contextKey{}, p)
}

// From returns who asks in ctx, anonymous when nobody was set.
func From(ctx context.Context) Principal {
	p, _ := ctx.Value(contextKey{}).(Principal)
	if p.Kind == "" {
		p.Kind = Anonymous
	}
	return p
}

// User is a person with a local account.
type User struct {
	ID        string    `json:"id"`
	Email     string    `json:"email"` // in lower case; unique
	Name      string    `json:"name"`
	Disabled  bool      `json:"disabled"` // may no longer sign in; the account stays, because the record names it
	CreatedAt time.Time `json:"createdAt"`
	SignedIn  time.Time `json:"signedIn"` // last sign-in; zero if never
}

// Organization owns datasets and gives roles.
type Organization struct {
	ID          string    `json:"id"`
	Slug        string    `json:"slug"` // in addresses; unique; ^[a-z0-9][a-z0-9_-]{0,99}$
	Name        string    `json:"name"`
	Kind        string    `json:"kind"`        // one of OrganizationKinds
	Description string    `json:"description"` // Markdown
	URL         string    `json:"url"`
	ParentID    string    `json:"parentId"`
	Own         bool      `json:"own"` // the installation's own: its administrators administer the platform
	CreatedAt   time.Time `json:"createdAt"`
	UpdatedAt   time.Time `json:"updatedAt"`
}

// Membership is the role of a person in an organisation.
type Membership struct {
	UserID string    `json:"userId"`
	OrgID  string    `json:"orgId"`
	Role   Role      `json:"role"`
	Since  time.Time `json:"since"`
}

// Session is a signed-in browser. Its secret is known to the browser only.
type Session struct {
	ID        string
	UserID    string
	CreatedAt time.Time
	SeenAt    time.Time
	ExpiresAt time.Time // moves forward with use, up to a limit counted from CreatedAt
}

// Token lets a script act as a person, or as an application of an organisation with a role of its own.
type Token struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	UserID    string    `json:"userId,omitempty"` // the person it acts as; or
	OrgID     string    `json:"orgId,omitempty"`  // the organisation whose application it is, with Role
	Role      Role      `json:"role,omitempty"`
	Scopes    []Scope   `json:"scopes"`
	Hint      string    `json:"hint"` // the last four characters of the secret, to recognise it
	CreatedAt time.Time `json:"createdAt"`
	ExpiresAt time.Time `json:"expiresAt"` // zero: never
	UsedAt    time.Time `json:"usedAt"`    // to the hour
	RevokedAt time.Time `json:"revokedAt"`
}
