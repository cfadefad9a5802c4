package asset

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/store"
)

const (
	updateState     = `UPDATE assets SET state = $1, updated_at = $2 WHERE uid = $3`
	updatePublished = `UPDATE datasets SET published_at = $1, next_due = $2 WHERE uid = $3`
)

// Published marks, in the transaction that publishes a version, that the dataset has one: it leaves the state of
// draft, its next due date is computed, and the revision moves. It answers Conflict when the dataset is withdrawn.
// The record of the publication is written by whoever publishes.
func (s *Service) Published(ctx context.Context, tx *sql.Tx, uid string, at time.Time) error {
	d, err := scanDataset(tx.QueryRowContext(ctx, selectDataset+` WHERE assets.uid = $1`, uid))
	if err != nil {
		return fmt.Errorf("asset: publish %s: %w", uid, err)
	}
	if d.State == Withdrawn {
		return fault.New(fault.Conflict, "dataset_withdrawn", i18n.T(
			"Le jeu de données « %s » est retiré : rien ne peut y être publié. Rétablissez-le d’abord.",
			"The dataset “%s” is withdrawn: nothing can be published there. Restore it first.", d.ID))
	}
	d.PublishedAt = at
	if _, err := tx.ExecContext(ctx, updateState, Published, store.At(at), uid); err != nil {
		return fmt.Errorf("asset: publish: %w", err)
	}
	if _, err := tx.ExecContext(ctx, updatePublished, store.At(at), store.At(d.nextDue()), uid); err != nil {
		return fmt.Errorf("asset: publish: %w", err)
	}
	return s.Touch(ctx, tx)
}

// SetState publishes (a dataset without data), hides again as a draft, or withdraws an asset. reason is written in
// the record, so it must name nobody.
func (s *Service) SetState(ctx context.Context, uid string, state State, reason string) error {
	if state != Draft && state != Published && state != Withdrawn {
		return fault.New(fault.Invalid, "state_unknown", i18n.T(
			"L’état « %s » n’existe pas. Choisissez « draft », « published » ou « withdrawn ».",
			"The state “%s” does not exist. Choose “draft”, “published” or “withdrawn”.", clip(string(state)))).At("state")
	}
	return s.db.Tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		a, err := s.Asset(ctx, uid)
		if err != nil || a.State == state {
			return err
		}
		if _, err := tx.ExecContext(ctx, updateState, state, store.At(store.Now()), uid); err != nil {
			return fmt.Errorf("asset: state: %w", err)
		}
		if err := s.Touch(ctx, tx); err != nil {
			return err
		}
		detail := map[string]any{"id": a.ID, "from": a.State, "to": state}
		if reason != "" {
			detail["reason"] = reason
		}
		return s.record(ctx, tx, a.Kind+".state", uid, detail)
	})
}

// Rename changes the id of an asset. The old one becomes free.
func (s *Service) Rename(ctx context.Context, uid, id string) error {
	if err := checkID(id); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		a, err := s.Asset(ctx, uid)
		if err != nil || a.ID == id {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE assets SET id = $1, updated_at = $2, edition = edition + 1 WHERE uid = $3`,
			id, store.At(store.Now()), uid)
		if err != nil {
			return explain(err, Asset{ID: id})
		}
		if err := s.Touch(ctx, tx); err != nil {
			return err
		}
		return s.record(ctx, tx, a.Kind+".rename", uid, map[string]any{"from": a.ID, "to": id})
	})
}
