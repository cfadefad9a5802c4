package identity

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"unicode/utf8"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/store"
)

const (
	selectUser = `SELECT id, email, name, disabled, created_at, signed_in FROM users`
	insertUser = `INSERT INTO users (id, email, name, password, disabled, created_at) VALUES ($1, $2, $3, $4, 0, $5)`
)

func scanUser(row interface{ Scan(...any) error }) (User, error) {
	var u User
	var created, signedIn store.Time
	err := row.Scan(&u.ID, &u.Email, &u.Name, &u.Disabled, &created, &signedIn)
	u.CreatedAt, u.SignedIn = created.Time, signedIn.Time
	return u, err
}

// CreateUser adds a person. It answers Conflict when the address is taken. An empty password is none: the person
// cannot sign in until [Service.SetPassword].
func (s *Service) CreateUser(ctx context.Context, email, name, password string) (User, error) {
	u := User{ID: store.NewID(), Email: cleanEmail(email), Name: strings.TrimSpace(name), CreatedAt: s.now()}
	if err := checkUser(u); err != nil {
		return User{}, err
	}
	hash := ""
	if password != "" {
		if err := acceptable(password, u.Email); err != nil {
			return User{}, err
		}
		var err error
		if hash, err = s.hashPassword(ctx, password); err != nil {
			return User{}, err
		}
	}
	err := s.db.Tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, insertUser, u.ID, u.Email, u.Name, store.Text(hash), store.At(u.CreatedAt))
		if err != nil {
			return explainUser(err)
		}
		return s.record(ctx, tx, "user.create", u.ID, nil)
	})
	if err != nil {
		return User{}, err
	}
	return u, nil
}

// UpdateUser changes the name and the e-mail address of the person u.ID.
func (s *Service) UpdateUser(ctx context.Context, u User) (User, error) {
	u.Email, u.Name = cleanEmail(u.Email), strings.TrimSpace(u.Name)
	if err := checkUser(u); err != nil {
		return User{}, err
	}
	err := s.db.Tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, `UPDATE users SET email = $1, name = $2 WHERE id = $3`, u.Email, u.Name, u.ID)
		if err != nil {
			return explainUser(err)
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, userNotFound())
		}
		return s.record(ctx, tx, "user.update", u.ID, nil)
	})
	if err != nil {
		return User{}, err
	}
	return s.User(ctx, u.ID)
}

// User returns a person by id. It answers NotFound.
func (s *Service) User(ctx context.Context, id string) (User, error) {
	return s.oneUser(ctx, ` WHERE id = $1`, id)
}

// UserByEmail returns a person by e-mail address, in any case. It answers NotFound.
func (s *Service) UserByEmail(ctx context.Context, email string) (User, error) {
	return s.oneUser(ctx, ` WHERE email = $1`, cleanEmail(email))
}

func (s *Service) oneUser(ctx context.Context, where, value string) (User, error) {
	u, err := scanUser(s.db.QueryRowContext(ctx, selectUser+where, value))
	if errors.Is(err, sql.ErrNoRows) {
		return User{}, userNotFound()
	}
	if err != nil {
		return User{}, fmt.Errorf("identity: user: %w", err)
	}
	return u, nil
}

// Users lists people by name.
func (s *Service) Users(ctx context.Context) ([]User, error) {
	rows, err := s.db.QueryContext(ctx, selectUser+` ORDER BY name, email`)
	if err != nil {
		return nil, fmt.Errorf("identity: users: %w", err)
	}
	defer rows.Close()
	users := []User{}
	for rows.Next() {
		u, err := scanUser(rows)
		if err != nil {
			return nil, fmt.Errorf("identity: users: %w", err)
		}
		users = append(users, u)
	}
	return users, rows.Err()
}

// SetPassword changes a password, and ends every session of the person.
func (s *Service) SetPassword(ctx context.Context, userID, password string) error {
	return s.setPassword(ctx, userID, password, "")
}

// ChangePassword is SetPassword for somebody who proves that they know the current one, within the limits of
// [Service.SignIn]; keep is the id of the session that stays open. It answers Invalid when current is wrong.
func (s *Service) ChangePassword(ctx context.Context, userID, current, password, keep string) error {
	u, err := s.User(ctx, userID)
	if err != nil {
		return err
	}
	attempt, err := s.try(ctx, u.Email, "")
	if err != nil {
		return err
	}
	var stored store.Text
	if err := s.db.QueryRowContext(ctx, `SELECT password FROM users WHERE id = $1`, userID).Scan(&stored); err != nil {
		return fmt.Errorf("identity: password: %w", err)
	}
	match, _, err := s.checkPassword(ctx, string(stored), current)
	if err != nil {
		return err
	}
	if !match {
		return fault.New(fault.Invalid, "password_wrong", i18n.T(
			"Le mot de passe actuel n’est pas le bon.", "The current password is wrong.")).At("current")
	}
	if err := s.forget(ctx, attempt); err != nil {
		return err
	}
	return s.setPassword(ctx, userID, password, keep)
}

func (s *Service) setPassword(ctx context.Context, userID, password, keep string) error {
	u, err := s.User(ctx, userID)
	if err != nil {
		return err
	}
	if err := acceptable(password, u.Email); err != nil {
		return err
	}
	hash, err := s.hashPassword(ctx, password)
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE users SET password = $1 WHERE id = $2`, hash, userID); err != nil {
			return fmt.Errorf("identity: password: %w", err)
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE user_id = $1 AND id <> $2`, userID, keep); err != nil {
			return fmt.Errorf("identity: password: %w", err)
		}
		return s.record(ctx, tx, "user.password", userID, nil)
	})
}

// DisableUser stops somebody from signing in and ends their sessions; their tokens stop working. False lets them
// in again. It answers Conflict for the last administrator of the platform.
func (s *Service) DisableUser(ctx context.Context, userID string, disabled bool) error {
	return s.db.Tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		u, err := s.User(ctx, userID)
		if err != nil || u.Disabled == disabled {
			return err
		}
		err = s.keepingAdministrator(ctx, tx, func() error {
			_, err := tx.ExecContext(ctx, `UPDATE users SET disabled = $1 WHERE id = $2`, store.Bool(disabled), userID)
			return err
		})
		if err != nil {
			return fmt.Errorf("identity: disable: %w", err)
		}
		if disabled {
			if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE user_id = $1`, userID); err != nil {
				return fmt.Errorf("identity: disable: %w", err)
			}
		}
		return s.record(ctx, tx, "user.disable", userID, map[string]any{"disabled": disabled})
	})
}

// EraseUser disables an account and forgets the name, the address and the password; what the record says of its
// acts stays, under an id that names nobody.
func (s *Service) EraseUser(ctx context.Context, userID string) error {
	return s.db.Tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := s.DisableUser(ctx, userID, true); err != nil {
			return err
		}
		for _, statement := range []string{
			`UPDATE users SET email = 'erased:' || id, name = '', password = NULL, signed_in = NULL WHERE id = $1`,
			`DELETE FROM memberships WHERE user_id = $1`,
			`DELETE FROM tokens WHERE user_id = $1`,
		} {
			if _, err := tx.ExecContext(ctx, statement, userID); err != nil {
				return fmt.Errorf("identity: erase: %w", err)
			}
		}
		return s.record(ctx, tx, "user.erase", userID, nil)
	})
}

func cleanEmail(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

func checkUser(u User) error {
	address, err := mail.ParseAddress(u.Email)
	if err != nil || address.Address != u.Email || len(u.Email) > 254 {
		return fault.New(fault.Invalid, "email_invalid", i18n.T(
			"« %s » n’est pas une adresse électronique. Exemple : prenom.nom@example.fr.",
			"“%s” is not an e-mail address. Example: first.last@example.org.", clip(u.Email))).At("email")
	}
	if n := utf8.RuneCountInString(u.Name); n == 0 || n > maxName {
		return nameMissing()
	}
	return nil
}

func userNotFound() error {
	return fault.New(fault.NotFound, "user_not_found", i18n.T("Ce compte n’existe pas.", "This account does not exist."))
}

func explainUser(err error) error {
	if store.IsDuplicate(err) {
		return fault.New(fault.Conflict, "email_taken", i18n.T(
			"Un compte existe déjà avec cette adresse électronique.", "An account already has this e-mail address.")).At("email")
	}
	return fmt.Errorf("identity: user: %w", err)
}
