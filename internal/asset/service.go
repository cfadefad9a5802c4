package asset

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"socle/internal/audit"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/store"
)

// Service keeps the assets.
type Service struct {
	db       *store.DB
	log      *audit.Log
	revision *store.Statement

	// Described is called, when set, in the transaction that changes a description, with the dataset before and after. It is
	// set before use.
	Described func(ctx context.Context, tx *sql.Tx, before, after Dataset) error
}

// New returns the service on a migrated store.
func New(db *store.DB, log *audit.Log) *Service {
	return &Service{db: db, log: log, revision: db.Statement(`SELECT revision FROM asset_revision WHERE id = 1`)}
}

const selectAsset = `SELECT uid, id, kind, org_id, level, state, created_at, created_by, updated_at, edition FROM assets`

func scanAsset(row interface{ Scan(...any) error }) (Asset, error) {
	var a Asset
	var created, updated store.Time
	err := row.Scan(&a.UID, &a.ID, &a.Kind, &a.OrgID, &a.Level, &a.State, &created, &a.CreatedBy, &updated, &a.Edition)
	a.CreatedAt, a.UpdatedAt = created.Time, updated.Time
	return a, err
}

// Asset returns an asset of any kind by uid. It answers NotFound.
func (s *Service) Asset(ctx context.Context, uid string) (Asset, error) {
	a, err := scanAsset(s.db.QueryRowContext(ctx, selectAsset+` WHERE uid = $1`, uid))
	if errors.Is(err, sql.ErrNoRows) {
		return Asset{}, NotFound(uid)
	}
	if err != nil {
		return Asset{}, fmt.Errorf("asset: %w", err)
	}
	return a, nil
}

// NotFound is the answer about an asset that does not exist, or that the asker may not know of: the same words.
func NotFound(id string) error {
	return fault.New(fault.NotFound, "dataset_not_found", i18n.T(
		"Aucun jeu de données ne porte l’identifiant « %s ». Vérifiez l’adresse ou cherchez-le dans le catalogue.",
		"No dataset is called “%s”. Check the address or look for it in the catalogue.", id))
}

const insertAsset = `INSERT INTO assets (uid, id, kind, org_id, level, state, created_at, created_by, updated_at, edition)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $7, 1)`

// Register adds an asset of another kind, whose description its capability keeps itself, in the transaction of
// the caller. The author is the principal of ctx; state and level are draft and open when empty.
func (s *Service) Register(ctx context.Context, tx *sql.Tx, a Asset) (Asset, error) {
	if err := checkID(a.ID); err != nil {
		return Asset{}, err
	}
	if a.Kind == "" {
		return Asset{}, errors.New("asset: an asset without a kind")
	}
	if a.Level == "" {
		a.Level = Open
	}
	if a.State == "" {
		a.State = Draft
	}
	if !a.Level.Valid() {
		return Asset{}, badLevel(a.Level)
	}
	a.UID, a.CreatedAt, a.CreatedBy, a.Edition = store.NewID(), store.Now(), identity.From(ctx).Actor(), 1
	a.UpdatedAt = a.CreatedAt
	// The unique index would refuse it too, but on PostgreSQL a refused statement ends the transaction.
	var taken int
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM assets WHERE id = $1`, a.ID).Scan(&taken); err != nil {
		return Asset{}, fmt.Errorf("asset: %w", err)
	}
	if taken > 0 {
		return Asset{}, idTaken(a.ID)
	}
	_, err := tx.ExecContext(ctx, insertAsset, a.UID, a.ID, a.Kind, a.OrgID, a.Level, a.State, store.At(a.CreatedAt), a.CreatedBy)
	if err != nil {
		return Asset{}, explain(err, a)
	}
	return a, s.Touch(ctx, tx)
}

// explain gives a meaning to the refusals of the database.
func explain(err error, a Asset) error {
	switch {
	case store.IsDuplicate(err):
		return idTaken(a.ID)
	case store.IsOrphan(err):
		return fault.New(fault.Invalid, "organization_not_found", i18n.T(
			"L’organisation choisie n’existe pas. Choisissez-en une dans la liste.",
			"The chosen organisation does not exist. Choose one from the list.")).At("organization").Because(err)
	}
	return fmt.Errorf("asset: %w", err)
}

func idTaken(id string) error {
	return fault.New(fault.Conflict, "id_taken", i18n.T(
		"L’identifiant « %s » est déjà pris, peut-être par un jeu de données retiré. Choisissez-en un autre.",
		"The identifier “%s” is already taken, maybe by a withdrawn dataset. Choose another one.", id)).At("id")
}

// Revision returns a number that moves whenever something that the catalogue shows changes. It is cheap.
func (s *Service) Revision(ctx context.Context) (int64, error) {
	var revision int64
	if err := s.revision.QueryRowContext(ctx).Scan(&revision); err != nil {
		return 0, fmt.Errorf("asset: revision: %w", err)
	}
	return revision, nil
}

// Touch moves the revision in the transaction of the caller.
func (s *Service) Touch(ctx context.Context, tx store.Queryer) error {
	if _, err := tx.ExecContext(ctx, `UPDATE asset_revision SET revision = revision + 1 WHERE id = 1`); err != nil {
		return fmt.Errorf("asset: revision: %w", err)
	}
	return nil
}

// record writes an act of the principal of ctx.
func (s *Service) record(ctx context.Context, tx *sql.Tx, action, uid string, detail map[string]any) error {
	who := identity.From(ctx)
	return s.log.Record(ctx, tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Action: action, Asset: uid, Detail: detail})
}
