package asset

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/store"
)

var validPredicate = regexp.MustCompile(`^[a-z][a-z-]{1,49}$`)

const insertRelation = `INSERT INTO asset_relations (subject, predicate, object, created_at, created_by)
	VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`

// Relate states a relation; stating it twice changes nothing. The subject must be an asset; the predicate is lower
// case letters and "-". The author is the principal of ctx.
func (s *Service) Relate(ctx context.Context, subject, predicate, object string) error {
	if !validPredicate.MatchString(predicate) || object == "" {
		return fault.New(fault.Invalid, "relation_invalid", i18n.T(
			"Une relation a un verbe en minuscules (« derived-from ») et un objet : un jeu de données ou une adresse.",
			"A relation has a verb in lower case (“derived-from”) and an object: a dataset or an address."))
	}
	return s.db.Tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := s.Asset(ctx, subject); err != nil {
			return err
		}
		result, err := tx.ExecContext(ctx, insertRelation, subject, predicate, object, store.At(store.Now()), identity.From(ctx).Actor())
		return s.related(ctx, tx, result, err, "asset.relate", subject, predicate, object)
	})
}

// Unrelate takes a relation back; taking back one that does not exist changes nothing.
func (s *Service) Unrelate(ctx context.Context, subject, predicate, object string) error {
	return s.db.Tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, `DELETE FROM asset_relations WHERE subject = $1 AND predicate = $2 AND object = $3`,
			subject, predicate, object)
		return s.related(ctx, tx, result, err, "asset.unrelate", subject, predicate, object)
	})
}

// related ends a change of a relation: when it changed something, the revision moves and the record tells.
func (s *Service) related(ctx context.Context, tx *sql.Tx, result sql.Result, err error, action, subject, predicate, object string) error {
	if err != nil {
		return fmt.Errorf("asset: relation: %w", err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return err
	}
	if err := s.Touch(ctx, tx); err != nil {
		return err
	}
	return s.record(ctx, tx, action, subject, map[string]any{"predicate": predicate, "object": object})
}

// Relations returns the relations in which uid is the subject or the object.
func (s *Service) Relations(ctx context.Context, uid string) ([]Relation, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT subject, predicate, object, created_at, created_by FROM asset_relations
		WHERE subject = $1 OR object = $1 ORDER BY predicate, created_at, subject, object`, uid)
	if err != nil {
		return nil, fmt.Errorf("asset: relations: %w", err)
	}
	defer rows.Close()
	list := []Relation{}
	for rows.Next() {
		var r Relation
		var created store.Time
		if err := rows.Scan(&r.Subject, &r.Predicate, &r.Object, &created, &r.CreatedBy); err != nil {
			return nil, fmt.Errorf("asset: relations: %w", err)
		}
		r.CreatedAt = created.Time
		list = append(list, r)
	}
	return list, rows.Err()
}
