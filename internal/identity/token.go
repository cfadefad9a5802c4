package identity

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/store"
)

// tokenPrefix lets people and scanners recognise a secret that leaked.
const tokenPrefix = "socle_"

// NewToken is what to make a token with: a person, or an organisation and the role its application has.
type NewToken struct {
	Name    string
	UserID  string
	OrgID   string
	Role    Role
	Scopes  []Scope   // nil: read
	Expires time.Time // zero: never
}

const (
	selectToken = `SELECT id, name, user_id, org_id, role, scopes, hint, created_at, expires_at, used_at, revoked_at FROM tokens`
	insertToken = `INSERT INTO tokens (id, secret, name, user_id, org_id, role, scopes, hint, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
)

func scanToken(row interface{ Scan(...any) error }) (Token, error) {
	var t Token
	var user, org store.Text
	var scopes store.JSON[[]Scope]
	var created, expires, used, revoked store.Time
	err := row.Scan(&t.ID, &t.Name, &user, &org, &t.Role, &scopes, &t.Hint, &created, &expires, &used, &revoked)
	t.UserID, t.OrgID, t.Scopes = string(user), string(org), scopes.V
	t.CreatedAt, t.ExpiresAt, t.UsedAt, t.RevokedAt = created.Time, expires.Time, used.Time, revoked.Time
	return t, err
}

// CreateToken makes a token and returns its secret, "socle_…", which is shown once and stored hashed.
func (s *Service) CreateToken(ctx context.Context, n NewToken) (secret string, token Token, err error) {
	if n.Scopes == nil {
		n.Scopes = []Scope{ScopeRead}
	}
	if err := s.checkToken(n); err != nil {
		return "", Token{}, err
	}
	secret = tokenPrefix + newSecret()
	token = Token{ID: store.NewID(), Name: strings.TrimSpace(n.Name), UserID: n.UserID, OrgID: n.OrgID, Role: n.Role,
		Scopes: n.Scopes, Hint: secret[len(secret)-4:], CreatedAt: s.now(), ExpiresAt: n.Expires}
	err = s.db.Tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, insertToken, token.ID, digest(secret), token.Name, store.Text(token.UserID), store.Text(token.OrgID),
			token.Role, store.AsJSON(token.Scopes), token.Hint, store.At(token.CreatedAt), store.At(token.ExpiresAt))
		if store.IsOrphan(err) {
			return fault.New(fault.NotFound, "holder_not_found", i18n.T(
				"Le porteur de ce jeton n’existe pas.", "The holder of this token does not exist.")).Because(err)
		}
		if err != nil {
			return fmt.Errorf("identity: token: %w", err)
		}
		return s.record(ctx, tx, "token.create", token.ID, map[string]any{"scopes": n.Scopes, "organization": n.OrgID, "user": n.UserID})
	})
	if err != nil {
		return "", Token{}, err
	}
	return secret, token, nil
}

func (s *Service) checkToken(n NewToken) error {
	if name := utf8.RuneCountInString(strings.TrimSpace(n.Name)); name == 0 || name > maxName {
		return nameMissing()
	}
	if (n.UserID == "") == (n.OrgID == "") {
		return errors.New("identity: a token is held by a person or by an organisation")
	}
	if (n.OrgID != "") != n.Role.Valid() {
		return fault.New(fault.Invalid, "role_unknown", i18n.T(
			"Choisissez le rôle de l’application dans l’organisation.", "Choose the role of the application in the organisation.")).At("role")
	}
	for _, scope := range n.Scopes {
		if !slices.Contains(Scopes, scope) {
			return fault.New(fault.Invalid, "scope_unknown", i18n.T(
				"La portée « %s » n’existe pas. Choisissez parmi : read, publish, admin.",
				"The scope “%s” does not exist. Choose among: read, publish, admin.", clip(string(scope)))).At("scopes")
		}
	}
	if len(n.Scopes) == 0 {
		return fault.New(fault.Invalid, "scope_missing", i18n.T(
			"Choisissez ce que le jeton permet : read, publish ou admin.", "Choose what the token allows: read, publish or admin.")).At("scopes")
	}
	if !n.Expires.IsZero() && !n.Expires.After(s.now()) {
		return fault.New(fault.Invalid, "expiry_past", i18n.T(
			"La date de fin du jeton est déjà passée.", "The token would end in the past.")).At("expires")
	}
	return nil
}

// TokenPrincipal returns who a token stands for. It answers Unauthenticated when it is unknown, over or revoked.
func (s *Service) TokenPrincipal(ctx context.Context, secret string) (Principal, error) {
	refused := fault.New(fault.Unauthenticated, "token_invalid", i18n.T(
		"Ce jeton n’est pas valable : inconnu, expiré ou révoqué. Créez-en un autre.",
		"This token is not valid: unknown, expired or revoked. Create another one."))
	t, err := scanToken(s.db.QueryRowContext(ctx, selectToken+` WHERE secret = $1`, digest(secret)))
	if errors.Is(err, sql.ErrNoRows) {
		return Principal{}, refused
	}
	if err != nil {
		return Principal{}, fmt.Errorf("identity: token: %w", err)
	}
	now := s.now()
	if !t.RevokedAt.IsZero() || (!t.ExpiresAt.IsZero() && !now.Before(t.ExpiresAt)) {
		return Principal{}, refused
	}
	p := Principal{Kind: Application, UserID: t.ID, Name: t.Name, Roles: map[string]Role{t.OrgID: t.Role}}
	if t.UserID != "" {
		if p, err = s.PrincipalOf(ctx, t.UserID); fault.Is(err, fault.Forbidden) || fault.Is(err, fault.NotFound) {
			return Principal{}, refused.Because(err)
		}
		if err != nil {
			return Principal{}, err
		}
	}
	p.TokenID, p.Scopes = t.ID, t.Scopes
	if now.Sub(t.UsedAt) >= time.Hour {
		if _, err := s.db.ExecContext(ctx, `UPDATE tokens SET used_at = $1 WHERE id = $2`, store.At(now.Truncate(time.Hour)), t.ID); err != nil {
			return Principal{}, fmt.Errorf("identity: token: %w", err)
		}
	}
	return p, nil
}

// RevokeToken ends a token at once. Revoking one twice changes nothing; it answers NotFound.
func (s *Service) RevokeToken(ctx context.Context, id string) error {
	return s.db.Tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		t, err := s.Token(ctx, id)
		if err != nil || !t.RevokedAt.IsZero() {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE tokens SET revoked_at = $1 WHERE id = $2`, store.At(s.now()), id); err != nil {
			return fmt.Errorf("identity: token: %w", err)
		}
		return s.record(ctx, tx, "token.revoke", id, nil)
	})
}

// Token returns a token by id, without its secret. It answers NotFound.
func (s *Service) Token(ctx context.Context, id string) (Token, error) {
	t, err := scanToken(s.db.QueryRowContext(ctx, selectToken+` WHERE id = $1`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return Token{}, fault.New(fault.NotFound, "token_not_found", i18n.T("Ce jeton n’existe pas.", "This token does not exist."))
	}
	if err != nil {
		return Token{}, fmt.Errorf("identity: token: %w", err)
	}
	return t, nil
}

// Tokens lists the tokens of a person, of an organisation, or all when both are empty, the newest first.
func (s *Service) Tokens(ctx context.Context, userID, orgID string) ([]Token, error) {
	where, args := "", []any(nil)
	switch {
	case userID != "":
		where, args = ` WHERE user_id = $1`, []any{userID}
	case orgID != "":
		where, args = ` WHERE org_id = $1`, []any{orgID}
	}
	rows, err := s.db.QueryContext(ctx, selectToken+where+` ORDER BY id DESC`, args...)
	if err != nil {
		return nil, fmt.Errorf("identity: tokens: %w", err)
	}
	defer rows.Close()
	tokens := []Token{}
	for rows.Next() {
		t, err := scanToken(rows)
		if err != nil {
			return nil, fmt.Errorf("identity: tokens: %w", err)
		}
		tokens = append(tokens, t)
	}
	return tokens, rows.Err()
}
