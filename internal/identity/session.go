package identity

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/store"
)

// How long a session lasts: half a day without use, a week in all. Its use is noted every five minutes.
const (
	sessionIdle = 12 * time.Hour
	sessionMost = 7 * 24 * time.Hour
	sessionNote = 5 * time.Minute
)

const selectSession = `SELECT s.id, s.created_at, s.seen_at, s.expires_at, u.id, u.email, u.name, u.disabled
	FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.secret = $1`

// SessionPrincipal returns who holds a session, and moves its expiry forward. It answers Unauthenticated when
// the session is unknown or over.
func (s *Service) SessionPrincipal(ctx context.Context, secret string) (Principal, error) {
	var id string
	var created, seen, expires store.Time
	var u User
	err := s.db.QueryRowContext(ctx, selectSession, digest(secret)).Scan(&id, &created, &seen, &expires, &u.ID, &u.Email, &u.Name, &u.Disabled)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return Principal{}, fmt.Errorf("identity: session: %w", err)
	}
	now := s.now()
	if err != nil || u.Disabled || !now.Before(expires.Time) {
		return Principal{}, fault.New(fault.Unauthenticated, "session_over", i18n.T(
			"Votre session est terminée. Connectez-vous de nouveau.", "Your session is over. Sign in again."))
	}
	if now.Sub(seen.Time) >= sessionNote {
		until := now.Add(sessionIdle)
		if last := created.Add(sessionMost); until.After(last) {
			until = last
		}
		_, err := s.db.ExecContext(ctx, `UPDATE sessions SET seen_at = $1, expires_at = $2 WHERE id = $3`, store.At(now), store.At(until), id)
		if err != nil {
			return Principal{}, fmt.Errorf("identity: session: %w", err)
		}
	}
	p, err := s.principal(ctx, u)
	p.SessionID = id
	return p, err
}

// SignOut ends a session. Ending one that does not exist is no error.
func (s *Service) SignOut(ctx context.Context, secret string) error {
	if _, err := s.db.ExecContext(ctx, `DELETE FROM sessions WHERE secret = $1`, digest(secret)); err != nil {
		return fmt.Errorf("identity: sign out: %w", err)
	}
	return nil
}

// PrincipalOf returns the principal that a person would be, without a session: for work done in their name. It
// answers Forbidden when the account is disabled.
func (s *Service) PrincipalOf(ctx context.Context, userID string) (Principal, error) {
	u, err := s.User(ctx, userID)
	if err != nil {
		return Principal{}, err
	}
	if u.Disabled {
		return Principal{}, fault.New(fault.Forbidden, "user_disabled", i18n.T("Ce compte est désactivé.", "This account is disabled."))
	}
	return s.principal(ctx, u)
}

// principal gathers the roles of a person.
func (s *Service) principal(ctx context.Context, u User) (Principal, error) {
	p := Principal{Kind: Person, UserID: u.ID, Name: u.Name, Email: u.Email, Roles: map[string]Role{}}
	rows, err := s.db.QueryContext(ctx, `SELECT m.org_id, m.role, o.own FROM memberships m JOIN organizations o ON o.id = m.org_id
		WHERE m.user_id = $1`, u.ID)
	if err != nil {
		return Principal{}, fmt.Errorf("identity: roles: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var orgID string
		var role Role
		var own bool
		if err := rows.Scan(&orgID, &role, &own); err != nil {
			return Principal{}, fmt.Errorf("identity: roles: %w", err)
		}
		p.Roles[orgID] = role
		p.PlatformAdmin = p.PlatformAdmin || (own && role == Administrator)
	}
	return p, rows.Err()
}

// Purge deletes what no longer serves: sessions that are over, failures that are forgotten.
func (s *Service) Purge(ctx context.Context) error {
	now := s.now()
	if _, err := s.db.ExecContext(ctx, `DELETE FROM sessions WHERE expires_at <= $1`, store.At(now)); err != nil {
		return fmt.Errorf("identity: purge: %w", err)
	}
	_, err := s.db.ExecContext(ctx, `DELETE FROM sign_in_failures WHERE last_at <= $1`, store.At(now.Add(-forgetAfter)))
	if err != nil {
		return fmt.Errorf("identity: purge: %w", err)
	}
	return nil
}
