package catalog

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"socle/internal/audit"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/jobs"
	"socle/internal/notify"
	"socle/internal/store"
)

// Migrations makes the table of the links by which people choose a password.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// The reasons to send somebody a link.
const (
	purposeInvite = "invite" // a new account
	purposeReset  = "reset"  // a forgotten password
)

// How long a link opens, by reason.
var linkLives = map[string]time.Duration{purposeInvite: 7 * 24 * time.Hour, purposeReset: time.Hour}

// Passwords sends links by which people choose their password: to open an account, or when they forgot.
//
// A link works once. Its secret is made by the job that sends it, so that it is never written down anywhere but in
// the mail; a later link ends the earlier ones.
type Passwords struct {
	db     *store.DB
	people *identity.Service
	log    *audit.Log
	mailer notify.Mailer
	site   i18n.Text
}

// NewPasswords returns the service; site is the name of the portal, in messages.
func NewPasswords(db *store.DB, people *identity.Service, log *audit.Log, mailer notify.Mailer, site i18n.Text) *Passwords {
	return &Passwords{db: db, people: people, log: log, mailer: mailer, site: site}
}

// LinkArgs are the arguments of the job that sends a link.
type LinkArgs struct {
	UserID  string `json:"userId"`
	Purpose string `json:"purpose"`
	Site    string `json:"site"` // public address of the portal, without a final slash
}

// Kind implements [jobs.Args].
func (LinkArgs) Kind() string { return "password_link" }

// JobKind is the kind of job that the runner must know for links to leave.
func (p *Passwords) JobKind() jobs.Kind {
	return jobs.Handle(jobs.KindOptions{
		Title:   i18n.T("Envoyer un lien de mot de passe", "Send a password link"),
		Timeout: time.Minute,
	}, func(ctx context.Context, _ *jobs.Job, args LinkArgs) error { return p.send(ctx, args) })
}

func (p *Passwords) send(ctx context.Context, args LinkArgs) error {
	user, err := p.people.User(ctx, args.UserID)
	if err != nil {
		return jobs.Stop(err)
	}
	if user.Disabled {
		return nil
	}
	secret, err := p.makeLink(ctx, user.ID, args.Purpose)
	if err != nil {
		return err
	}
	return p.mailer.Send(ctx, p.message(user, args.Purpose, args.Site+pathPassword+secret))
}

// message is what the mail says. It never says more than that the account exists, to the holder of the mailbox.
func (p *Passwords) message(user identity.User, purpose, url string) notify.Message {
	m := notify.Message{To: notify.Address{Name: user.Name, Email: user.Email}}
	if purpose == purposeInvite {
		m.Subject = i18n.T("Votre compte sur %s", "Your account on %s", p.site)
		m.Paragraphs = []i18n.Text{
			i18n.T("Un compte a été ouvert pour vous sur %s.", "An account was opened for you on %s.", p.site),
			i18n.T("Choisissez votre mot de passe dans les sept jours. Ce lien ne sert qu’une fois.",
				"Choose your password within seven days. This link works once."),
		}
	} else {
		m.Subject = i18n.T("Choisir un nouveau mot de passe sur %s", "Choose a new password on %s", p.site)
		m.Paragraphs = []i18n.Text{
			i18n.T("Un nouveau mot de passe a été demandé pour votre compte sur %s.",
				"A new password was asked for your account on %s.", p.site),
			i18n.T("Choisissez-le dans l’heure. Si vous n’avez rien demandé, ne faites rien : votre mot de passe reste le même.",
				"Choose it within the hour. If you did not ask for anything, do nothing: your password stays the same."),
		}
	}
	m.Link = &notify.Link{Label: i18n.T("Choisir mon mot de passe", "Choose my password"), URL: url}
	return m
}

func (p *Passwords) makeLink(ctx context.Context, userID, purpose string) (secret string, err error) {
	secret = rand.Text()
	now := store.Now()
	err = p.db.Tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM password_links WHERE user_id = $1", userID); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO password_links (secret, user_id, purpose, created_at, expires_at)
			VALUES ($1, $2, $3, $4, $5)`,
			hashed(secret), userID, purpose, store.At(now), store.At(now.Add(linkLives[purpose])))
		return err
	})
	if err != nil {
		return "", fmt.Errorf("catalog: make a password link: %w", err)
	}
	return secret, nil
}

// errLink says that a link opens nothing, whatever the reason.
var errLink = fault.New(fault.NotFound, "password_link_over",
	i18n.T("Ce lien ne sert plus : il a expiré, a déjà servi ou a été remplacé par un plus récent. Demandez-en un nouveau.",
		"This link no longer works: it expired, was used, or was replaced by a newer one. Ask for another."))

// Holder returns whom a link lets choose a password. It answers NotFound when the link opens nothing.
func (p *Passwords) Holder(ctx context.Context, secret string) (identity.User, error) {
	var userID string
	err := p.db.QueryRowContext(ctx, "SELECT user_id FROM password_links WHERE secret = $1 AND used_at IS NULL AND expires_at > $2",
		hashed(secret), store.At(store.Now())).Scan(&userID)
	if errors.Is(err, sql.ErrNoRows) {
		return identity.User{}, errLink
	}
	if err != nil {
		return identity.User{}, fmt.Errorf("catalog: read a password link: %w", err)
	}
	user, err := p.people.User(ctx, userID)
	if err == nil && user.Disabled {
		err = errLink
	}
	return user, err
}

// recentLink is how long somebody waits between two links that they ask for.
const recentLink = 5 * time.Minute

// Recent reports whether a link left for somebody a moment ago.
func (p *Passwords) Recent(ctx context.Context, userID string) (bool, error) {
	var n int
	err := p.db.QueryRowContext(ctx, "SELECT count(*) FROM password_links WHERE user_id = $1 AND created_at > $2",
		userID, store.At(store.Now().Add(-recentLink))).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("catalog: count password links: %w", err)
	}
	return n > 0, nil
}

// Choose sets the password of the holder of a link, which then opens nothing more. A password that is refused
// leaves the link as it was.
func (p *Passwords) Choose(ctx context.Context, secret, password string) error {
	user, err := p.Holder(ctx, secret)
	if err != nil {
		return err
	}
	ctx = identity.With(ctx, identity.Principal{Kind: identity.Person, UserID: user.ID, Name: user.Name})
	return p.db.Tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, "UPDATE password_links SET used_at = $1 WHERE secret = $2 AND used_at IS NULL",
			store.At(store.Now()), hashed(secret))
		if err != nil {
			return fmt.Errorf("catalog: use a password link: %w", err)
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return errLink.Because(err)
		}
		return p.people.SetPassword(ctx, user.ID, password)
	})
}

func hashed(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
