package steward

import (
	"context"
	"database/sql"
	"strings"
	"time"
	"unicode/utf8"

	"socle/internal/access"
	"socle/internal/asset"
	"socle/internal/audit"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/store"
)

// The bounds of what people may say.
const (
	maxBody  = 4000 // characters
	maxDaily = 30   // comments and answers of one person in a day
)

// Say adds what the principal of ctx says of a dataset that they may read. The team of the dataset is written to.
func (s *Service) Say(ctx context.Context, d asset.Dataset, c Comment) (Comment, error) {
	who := identity.From(ctx)
	if who.Kind != identity.Person {
		return c, fault.New(fault.Unauthenticated, "sign_in_needed", i18n.T("Connectez-vous pour faire une remarque.", "Sign in to make a comment."))
	}
	view, err := s.Access.View(ctx, who, d.Asset)
	if err != nil {
		return c, err
	}
	head, err := s.Versions.Head(ctx, d.UID)
	if err != nil {
		return c, err
	}
	if c.Body, err = checkBody(c.Body); err != nil {
		return c, err
	}
	if _, seen := view.Schema(head.Schema).Field(c.Field); c.Field != "" && !seen {
		return c, fault.New(fault.Invalid, "field_unknown", i18n.T("Le jeu n’a pas de colonne « %s ».", "The dataset has no column “%s”.", c.Field)).At("champ")
	}
	if c.To == 0 {
		c.To = c.From
	}
	if c.From < 0 || c.To < c.From || view.Whole() && c.To > head.Rows {
		return c, fault.New(fault.Invalid, "rows_invalid", i18n.T("Donnez des numéros de lignes du tableau, le premier avant le dernier.", "Give numbers of rows of the table, the first before the last.")).At("de")
	}
	c.ID, c.Dataset, c.Version, c.Author, c.AuthorName, c.State, c.CreatedAt = store.NewID(), d.UID, head.Number, who.UserID, who.Name, Open, store.Now()
	err = s.Store.Tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := s.patience(ctx, tx, who.UserID); err != nil {
			return err
		}
		if err := insertComment(ctx, tx, c); err != nil {
			return err
		}
		if err := s.record(ctx, tx, "comment.add", d.UID, map[string]any{"comment": c.ID, "field": c.Field}); err != nil {
			return err
		}
		return s.ring(ctx, tx, d.UID, mailArgs{Comment: c.ID})
	})
	return c, err
}

func checkBody(body string) (string, error) {
	body = strings.TrimSpace(strings.ReplaceAll(body, "\r\n", "\n"))
	switch n := utf8.RuneCountInString(body); {
	case n == 0:
		return "", fault.New(fault.Invalid, "body_missing", i18n.T("Écrivez votre remarque.", "Write your comment.")).At("texte")
	case n > maxBody:
		return "", fault.New(fault.TooLarge, "text_too_long", i18n.T("Ce texte fait %d caractères ; il en faut au plus %d.", "This text has %d characters; at most %d are allowed.", n, maxBody)).At("texte")
	}
	return body, nil
}

// patience keeps one person from flooding others.
func (s *Service) patience(ctx context.Context, tx *sql.Tx, author string) error {
	since := store.At(store.Now().Add(-24 * time.Hour))
	var n int
	if err := tx.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM quality_comments WHERE author = $1 AND created_at > $2) +
		(SELECT count(*) FROM quality_answers WHERE author = $1 AND created_at > $2)`, author, since).Scan(&n); err != nil {
		return err
	}
	if n >= maxDaily {
		return fault.New(fault.TooMany, "comments_too_many", i18n.T("Vous avez écrit %d remarques depuis hier. Réessayez demain.", "You wrote %d comments since yesterday. Try again tomorrow.", n)).At("texte")
	}
	return nil
}

// Reply adds a word under a comment: its author or the team of the dataset may. The other side is written to.
func (s *Service) Reply(ctx context.Context, d asset.Dataset, id, body string) error {
	who := identity.From(ctx)
	c, err := s.Get(ctx, d.UID, id)
	if err != nil {
		return err
	}
	team := s.Access.Can(ctx, who, access.Describe, d.Asset)
	if c.Author != who.UserID || who.Kind != identity.Person {
		if team != nil {
			return team
		}
	}
	if c.State == Removed {
		return noComment()
	}
	if body, err = checkBody(body); err != nil {
		return err
	}
	a := Answer{Author: who.UserID, Producer: team == nil, Body: body, CreatedAt: store.Now()}
	state := c.State
	switch {
	case a.Producer && state == Open:
		state = Answered
	case !a.Producer && state != Open: // the reader is not satisfied: it is for the team again
		state = Open
	}
	return s.Store.Tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := s.patience(ctx, tx, who.UserID); err != nil {
			return err
		}
		answerID, err := insertAnswer(ctx, tx, c.ID, a)
		if err != nil {
			return err
		}
		if err := setState(ctx, tx, c.ID, state, c.ResolvedIn, c.Body); err != nil {
			return err
		}
		if err := s.record(ctx, tx, "comment.answer", d.UID, map[string]any{"comment": c.ID}); err != nil {
			return err
		}
		return s.ring(ctx, tx, d.UID, mailArgs{Comment: c.ID, Answer: answerID, ToAuthor: a.Producer})
	})
}

// Resolve says that a version mends what a comment told: the head, when version is 0. Whoever describes the dataset may.
func (s *Service) Resolve(ctx context.Context, d asset.Dataset, id string, version int) error {
	if err := s.Access.Can(ctx, identity.From(ctx), access.Describe, d.Asset); err != nil {
		return err
	}
	c, err := s.Get(ctx, d.UID, id)
	if err != nil {
		return err
	}
	if c.State == Removed {
		return noComment()
	}
	head, err := s.Versions.Head(ctx, d.UID)
	if err != nil {
		return err
	}
	if version == 0 {
		version = head.Number
	}
	if version < 1 || version > head.Number+1 {
		return fault.New(fault.Invalid, "version_invalid", i18n.T("Donnez le numéro d’une version publiée, ou de la prochaine.", "Give the number of a published version, or of the next one.")).At("version")
	}
	return s.Store.Tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := setState(ctx, tx, c.ID, Resolved, version, c.Body); err != nil {
			return err
		}
		if err := s.record(ctx, tx, "comment.resolve", d.UID, map[string]any{"comment": c.ID, "version": version}); err != nil {
			return err
		}
		return s.ring(ctx, tx, d.UID, mailArgs{Comment: c.ID, Resolved: version, ToAuthor: true})
	})
}

// Remove takes away a comment that does not belong: its text and what was said under it go, the record tells who did it and why.
// Stewards of the dataset may.
func (s *Service) Remove(ctx context.Context, d asset.Dataset, id, reason string) error {
	if err := s.Access.Can(ctx, identity.From(ctx), access.Steward, d.Asset); err != nil {
		return err
	}
	c, err := s.Get(ctx, d.UID, id)
	if err != nil {
		return err
	}
	if reason = strings.TrimSpace(reason); reason == "" {
		return fault.New(fault.Invalid, "reason_missing", i18n.T("Dites pourquoi : ce motif est inscrit au journal.", "Say why: the reason is written in the record.")).At("motif")
	}
	return s.Store.Tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := setState(ctx, tx, c.ID, Removed, 0, ""); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM quality_answers WHERE comment_id = $1`, c.ID); err != nil {
			return err
		}
		return s.record(ctx, tx, "comment.remove", d.UID, map[string]any{"comment": c.ID, "reason": reason})
	})
}

func (s *Service) record(ctx context.Context, tx *sql.Tx, action, uid string, detail map[string]any) error {
	who := identity.From(ctx)
	return s.Audit.Record(ctx, tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Action: action, Asset: uid, Detail: detail})
}
