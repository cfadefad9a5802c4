package identity

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/store"
)

// How failed sign-ins slow the next ones down: after the free ones, one must wait 30 seconds, then twice as long
// each time, up to a quarter of an hour. A quiet hour forgets them.
const (
	freeByAccount = 5
	freeByAddress = 30 // a school may share one address
	firstWait     = 30 * time.Second
	longestWait   = 15 * time.Minute
	forgetAfter   = time.Hour
)

// SignIn checks a password and opens a session; remote is the address that asks, for throttling, with or without
// its port. It answers Unauthenticated, in the same words and the same time whether or not the account exists, and
// TooMany after repeated failures.
func (s *Service) SignIn(ctx context.Context, email, password, remote string) (secret string, session Session, err error) {
	email = cleanEmail(email)
	attempt, err := s.try(ctx, email, remote)
	if err != nil {
		return "", Session{}, err
	}
	var u User
	var stored store.Text
	err = s.db.QueryRowContext(ctx, `SELECT id, name, disabled, password FROM users WHERE email = $1`, email).
		Scan(&u.ID, &u.Name, &u.Disabled, &stored)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", Session{}, fmt.Errorf("identity: sign in: %w", err)
	}
	match, current, err := s.checkPassword(ctx, string(stored), password)
	if err != nil {
		return "", Session{}, err
	}
	if !match || u.Disabled {
		return "", Session{}, fault.New(fault.Unauthenticated, "sign_in_failed", i18n.T(
			"L’adresse ou le mot de passe ne va pas. Vérifiez-les et réessayez.",
			"The address or the password is wrong. Check them and try again."))
	}
	rehash := ""
	if !current {
		if rehash, err = s.hashPassword(ctx, password); err != nil {
			return "", Session{}, err
		}
	}
	return s.openSession(ctx, u, rehash, attempt)
}

// openSession ends a successful sign-in. rehash replaces the stored hash of the password when it is not empty.
func (s *Service) openSession(ctx context.Context, u User, rehash string, attempt []string) (string, Session, error) {
	secret, now := newSecret(), s.now()
	session := Session{ID: store.NewID(), UserID: u.ID, CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(sessionIdle)}
	err := s.db.Tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := s.forget(ctx, attempt); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO sessions (id, secret, user_id, created_at, seen_at, expires_at)
			VALUES ($1, $2, $3, $4, $4, $5)`, session.ID, digest(secret), u.ID, store.At(now), store.At(session.ExpiresAt))
		if err != nil {
			return fmt.Errorf("identity: session: %w", err)
		}
		_, err = tx.ExecContext(ctx, `UPDATE users SET signed_in = $1, password = COALESCE($2, password) WHERE id = $3`,
			store.At(now), store.Text(rehash), u.ID)
		if err != nil {
			return fmt.Errorf("identity: session: %w", err)
		}
		return s.record(With(ctx, Principal{Kind: Person, UserID: u.ID, Name: u.Name}), tx, "user.sign_in", u.ID, nil)
	})
	if err != nil {
		return "", Session{}, err
	}
	return secret, session, nil
}

// try counts an attempt before it is made, so that many at once do not pass together, and answers TooMany when it
// must not be made. It returns what to [Service.forget] when the attempt succeeds.
func (s *Service) try(ctx context.Context, email, remote string) (subjects []string, err error) {
	type limit struct {
		subject string
		free    int
	}
	limits := []limit{{digest("account:" + email), freeByAccount}}
	if network := networkOf(remote); network != "" {
		limits = append(limits, limit{digest("address:" + network), freeByAddress})
	}
	now := s.now()
	var wait time.Duration
	err = s.db.Tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		subjects, wait = nil, 0 // the transaction may be tried again
		for _, l := range limits {
			count, last, err := failures(ctx, tx, l.subject)
			if err != nil {
				return err
			}
			if now.Sub(last) >= forgetAfter {
				count = 0
			}
			wait = max(wait, last.Add(waitAfter(count-l.free)).Sub(now))
			subjects = append(subjects, l.subject)
			if wait > 0 {
				return nil
			}
			_, err = tx.ExecContext(ctx, `INSERT INTO sign_in_failures (subject, count, last_at) VALUES ($1, $2, $3)
				ON CONFLICT (subject) DO UPDATE SET count = excluded.count, last_at = excluded.last_at`, l.subject, count+1, store.At(now))
			if err != nil {
				return fmt.Errorf("identity: throttle: %w", err)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if wait > 0 {
		seconds := int(wait/time.Second) + 1
		return nil, fault.New(fault.TooMany, "sign_in_throttled", i18n.T(
			"Trop d’essais infructueux. Réessayez dans %s.", "Too many failed attempts. Try again in %s.",
			i18n.Count(seconds, i18n.T("seconde", "second"), i18n.T("secondes", "seconds"))))
	}
	return subjects, nil
}

// waitAfter is how long to wait after the n-th failure beyond the free ones.
func waitAfter(n int) time.Duration {
	if n < 0 {
		return 0
	}
	return min(firstWait<<min(n, 10), longestWait)
}

func failures(ctx context.Context, tx *sql.Tx, subject string) (count int, last time.Time, err error) {
	var at store.Time
	err = tx.QueryRowContext(ctx, `SELECT count, last_at FROM sign_in_failures WHERE subject = $1`, subject).Scan(&count, &at)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, time.Time{}, fmt.Errorf("identity: throttle: %w", err)
	}
	return count, at.Time, nil
}

// forget takes back an attempt that succeeded: the account's failures are over, the address's are one fewer.
func (s *Service) forget(ctx context.Context, subjects []string) error {
	for i, subject := range subjects {
		statement := `DELETE FROM sign_in_failures WHERE subject = $1`
		if i > 0 {
			statement = `UPDATE sign_in_failures SET count = count - 1 WHERE subject = $1 AND count > 0`
		}
		if _, err := s.db.ExecContext(ctx, statement, subject); err != nil {
			return fmt.Errorf("identity: throttle: %w", err)
		}
	}
	return nil
}

// networkOf is what stands for one household or office: an IPv4 address, or the 64-bit network of an IPv6 one.
func networkOf(remote string) string {
	address, err := netip.ParseAddr(strings.Trim(remote, "[]"))
	if err != nil {
		withPort, err := netip.ParseAddrPort(remote)
		if err != nil {
			return remote
		}
		address = withPort.Addr()
	}
	address = address.Unmap()
	if address.Is4() {
		return address.String()
	}
	network, err := address.WithZone("").Prefix(64)
	if err != nil {
		return address.String()
	}
	return network.String()
}
