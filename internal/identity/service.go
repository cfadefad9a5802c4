package identity

import (
	"context"
	"errors"
	"time"

	"socle/internal/audit"
	"socle/internal/store"
)

// Service keeps people and organisations.
type Service struct {
	db  *store.DB
	log *audit.Log
}

// New returns the service on a migrated store.
func New(db *store.DB, log *audit.Log) *Service { return &Service{db: db, log: log} }

// Setup makes the installation's own organisation if there is none yet, and returns it. slug and name serve only
// then; empty, they are "installation" and "Installation".
func (s *Service) Setup(ctx context.Context, slug, name string) (Organization, error) {
	return Organization{}, errors.ErrUnsupported
}

// Own returns the installation's own organisation.
func (s *Service) Own(ctx context.Context) (Organization, error) {
	return Organization{}, errors.ErrUnsupported
}

// CreateUser adds a person. It answers Conflict when the address is taken. A person without a password cannot
// sign in until [Service.SetPassword].
func (s *Service) CreateUser(ctx context.Context, email, name, password string) (User, error) {
	return User{}, errors.ErrUnsupported
}

// User returns a person by id.
func (s *Service) User(ctx context.Context, id string) (User, error) {
	return User{}, errors.ErrUnsupported
}

// UserByEmail returns a person by e-mail address, in any case.
func (s *Service) UserByEmail(ctx context.Context, email string) (User, error) {
	return User{}, errors.ErrUnsupported
}

// Users lists people by name.
func (s *Service) Users(ctx context.Context) ([]User, error) { return nil, errors.ErrUnsupported }

// SetPassword changes a password, and ends every session of the person.
func (s *Service) SetPassword(ctx context.Context, userID, password string) error {
	return errors.ErrUnsupported
}

// ChangePassword is SetPassword for somebody who proves that they know the current one; keep is the session that
// stays open.
func (s *Service) ChangePassword(ctx context.Context, userID, current, password, keep string) error {
	return errors.ErrUnsupported
}

// DisableUser stops somebody from signing in and ends their sessions and tokens; false lets them in again.
func (s *Service) DisableUser(ctx context.Context, userID string, disabled bool) error {
	return errors.ErrUnsupported
}

// SignIn checks a password and opens a session; remote is the address that asks, for throttling. It answers
// Unauthenticated without saying whether the account exists, and TooMany after repeated failures.
func (s *Service) SignIn(ctx context.Context, email, password, remote string) (secret string, session Session, err error) {
	return "", Session{}, errors.ErrUnsupported
}

// SessionPrincipal returns who holds a session, and moves its expiry forward. It answers Unauthenticated when
// the session is unknown or over.
func (s *Service) SessionPrincipal(ctx context.Context, secret string) (Principal, error) {
	return Principal{}, errors.ErrUnsupported
}

// SignOut ends a session. Ending one that does not exist is no error.
func (s *Service) SignOut(ctx context.Context, secret string) error { return errors.ErrUnsupported }

// NewToken is what to make a token with: a person, or an organisation and the role its application has.
type NewToken struct {
	Name    string
	UserID  string
	OrgID   string
	Role    Role
	Scopes  []Scope
	Expires time.Time
}

// CreateToken makes a token and returns its secret, "socle_…", which is shown once and stored hashed.
func (s *Service) CreateToken(ctx context.Context, t NewToken) (secret string, token Token, err error) {
	return "", Token{}, errors.ErrUnsupported
}

// TokenPrincipal returns who a token stands for. It answers Unauthenticated when it is unknown, over or revoked.
func (s *Service) TokenPrincipal(ctx context.Context, secret string) (Principal, error) {
	return Principal{}, errors.ErrUnsupported
}

// RevokeToken ends a token at once.
func (s *Service) RevokeToken(ctx context.Context, id string) error { return errors.ErrUnsupported }

// Tokens lists the tokens of a person, of an organisation, or all when both are empty.
func (s *Service) Tokens(ctx context.Context, userID, orgID string) ([]Token, error) {
	return nil, errors.ErrUnsupported
}

// CreateOrganization adds an organisation; an empty slug is made from the name. It answers Conflict when the slug
// is taken.
func (s *Service) CreateOrganization(ctx context.Context, o Organization) (Organization, error) {
	return Organization{}, errors.ErrUnsupported
}

// UpdateOrganization changes the name, kind, description, address and parent of the organisation o.ID.
func (s *Service) UpdateOrganization(ctx context.Context, o Organization) (Organization, error) {
	return Organization{}, errors.ErrUnsupported
}

// Organization returns an organisation by id or by slug.
func (s *Service) Organization(ctx context.Context, idOrSlug string) (Organization, error) {
	return Organization{}, errors.ErrUnsupported
}

// Organizations lists organisations by name.
func (s *Service) Organizations(ctx context.Context) ([]Organization, error) {
	return nil, errors.ErrUnsupported
}

// SetMembership gives a person a role in an organisation, or takes it away with NoRole. The installation keeps at
// least one administrator.
func (s *Service) SetMembership(ctx context.Context, userID, orgID string, role Role) error {
	return errors.ErrUnsupported
}

// Members lists the memberships of an organisation.
func (s *Service) Members(ctx context.Context, orgID string) ([]Membership, error) {
	return nil, errors.ErrUnsupported
}

// PrincipalOf returns the principal that a person would be, without a session: for work done in their name.
func (s *Service) PrincipalOf(ctx context.Context, userID string) (Principal, error) {
	return Principal{}, errors.ErrUnsupported
}
