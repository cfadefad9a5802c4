package identity

import (
	"context"
	"database/sql"
	"fmt"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/store"
)

// Valid reports whether r is one of the roles, [NoRole] excepted.
func (r Role) Valid() bool { return r >= Reader && r <= Administrator }

// String is the name of the role for machines: "reader"… and "none".
func (r Role) String() string {
	switch r {
	case Reader:
		return "reader"
	case Contributor:
		return "contributor"
	case Publisher:
		return "publisher"
	case Steward:
		return "steward"
	case Administrator:
		return "administrator"
	}
	return "none"
}

// Label is the name of the role for people.
func (r Role) Label() i18n.Text {
	switch r {
	case Reader:
		return i18n.T("Lecture", "Reader")
	case Contributor:
		return i18n.T("Contribution", "Contributor")
	case Publisher:
		return i18n.T("Publication", "Publisher")
	case Steward:
		return i18n.T("Intendance", "Steward")
	case Administrator:
		return i18n.T("Administration", "Administrator")
	}
	return i18n.T("Aucun rôle", "No role")
}

// ParseRole returns the role that a name for machines means. It answers Invalid.
func ParseRole(name string) (Role, error) {
	for r := NoRole; r <= Administrator; r++ {
		if r.String() == name {
			return r, nil
		}
	}
	return NoRole, fault.New(fault.Invalid, "role_unknown", i18n.T(
		"Le rôle « %s » n’existe pas. Choisissez parmi : reader, contributor, publisher, steward, administrator.",
		"The role “%s” does not exist. Choose among: reader, contributor, publisher, steward, administrator.", clip(name))).At("role")
}

const upsertMembership = `INSERT INTO memberships (user_id, org_id, role, since) VALUES ($1, $2, $3, $4)
	ON CONFLICT (user_id, org_id) DO UPDATE SET role = excluded.role, since = excluded.since`

// SetMembership gives a person a role in an organisation, or takes it away with NoRole. The installation keeps at
// least one administrator who can sign in: taking the last one away is a Conflict.
func (s *Service) SetMembership(ctx context.Context, userID, orgID string, role Role) error {
	if role != NoRole && !role.Valid() {
		_, err := ParseRole("")
		return err
	}
	return s.db.Tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := s.User(ctx, userID); err != nil {
			return err
		}
		if _, err := s.oneOrg(ctx, ` WHERE id = $1`, orgID); err != nil {
			return err
		}
		err := s.keepingAdministrator(ctx, tx, func() error {
			if role == NoRole {
				_, err := tx.ExecContext(ctx, `DELETE FROM memberships WHERE user_id = $1 AND org_id = $2`, userID, orgID)
				return err
			}
			_, err := tx.ExecContext(ctx, upsertMembership, userID, orgID, role, store.At(s.now()))
			return err
		})
		if err != nil {
			return fmt.Errorf("identity: membership: %w", err)
		}
		return s.record(ctx, tx, "membership.set", userID, map[string]any{"organization": orgID, "role": role.String()})
	})
}

// keepingAdministrator makes a change, and refuses it when it leaves the installation without the last of those who
// administer it. An installation that has none yet may do without.
func (s *Service) keepingAdministrator(ctx context.Context, tx *sql.Tx, change func() error) error {
	before, err := administrators(ctx, tx)
	if err != nil {
		return err
	}
	if err := change(); err != nil {
		return err
	}
	after, err := administrators(ctx, tx)
	if err != nil || before == 0 || after > 0 {
		return err
	}
	return fault.New(fault.Conflict, "last_administrator", i18n.T(
		"C’est le dernier compte qui administre l’installation. Nommez quelqu’un d’autre d’abord.",
		"This is the last account that administers the installation. Appoint somebody else first."))
}

// administrators counts those who can sign in and administer the installation.
func administrators(ctx context.Context, tx *sql.Tx) (n int, err error) {
	err = tx.QueryRowContext(ctx, `SELECT count(*) FROM memberships m JOIN organizations o ON o.id = m.org_id
		JOIN users u ON u.id = m.user_id WHERE o.own = 1 AND m.role = $1 AND u.disabled = 0`, Administrator).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("identity: administrators: %w", err)
	}
	return n, nil
}

// Members lists the memberships of an organisation, the highest roles first.
func (s *Service) Members(ctx context.Context, orgID string) ([]Membership, error) {
	return s.memberships(ctx, `org_id`, orgID)
}

// Memberships lists the memberships of a person, the highest roles first.
func (s *Service) Memberships(ctx context.Context, userID string) ([]Membership, error) {
	return s.memberships(ctx, `user_id`, userID)
}

func (s *Service) memberships(ctx context.Context, column, id string) ([]Membership, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT user_id, org_id, role, since FROM memberships WHERE `+column+` = $1
		ORDER BY role DESC, since, user_id`, id)
	if err != nil {
		return nil, fmt.Errorf("identity: members: %w", err)
	}
	defer rows.Close()
	list := []Membership{}
	for rows.Next() {
		var m Membership
		var since store.Time
		if err := rows.Scan(&m.UserID, &m.OrgID, &m.Role, &since); err != nil {
			return nil, fmt.Errorf("identity: members: %w", err)
		}
		m.Since = since.Time
		list = append(list, m)
	}
	return list, rows.Err()
}
