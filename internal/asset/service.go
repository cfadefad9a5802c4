package asset

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"socle/internal/audit"
	"socle/internal/store"
)

// Service keeps the assets.
type Service struct {
	db  *store.DB
	log *audit.Log
}

// New returns the service on a migrated store.
func New(db *store.DB, log *audit.Log) *Service { return &Service{db: db, log: log} }

// CreateDataset adds a dataset and returns it as kept: with its uid, times, defaults (Licence Ouverte 2.0, open,
// draft) and normalised licence, frequency and keywords. It answers Conflict when the id is taken, even by a
// withdrawn asset. The author is the principal of ctx.
func (s *Service) CreateDataset(ctx context.Context, d Dataset) (Dataset, error) {
	return Dataset{}, errors.ErrUnsupported
}

// UpdateDataset changes the description, owner and level of the dataset d.UID. d.Edition must be the edition that
// the change was made from, otherwise the answer is Conflict and nothing changes. Id, kind and state stay.
func (s *Service) UpdateDataset(ctx context.Context, d Dataset) (Dataset, error) {
	return Dataset{}, errors.ErrUnsupported
}

// Rename changes the id of an asset.
func (s *Service) Rename(ctx context.Context, uid, id string) error { return errors.ErrUnsupported }

// Get returns a dataset by id, whatever its state. It answers NotFound. It does not ask who may see it.
func (s *Service) Get(ctx context.Context, id string) (Dataset, error) {
	return Dataset{}, errors.ErrUnsupported
}

// ByUID returns a dataset by uid, whatever its state.
func (s *Service) ByUID(ctx context.Context, uid string) (Dataset, error) {
	return Dataset{}, errors.ErrUnsupported
}

// Filter chooses datasets. The zero Filter takes every published one.
type Filter struct {
	States []State // nil: published only
	OrgID  string
	Level  Level
	UIDs   []string // nil: no condition; empty: none
	Where  string   // more conditions on the table "assets" with parameters numbered from 1, as access writes them
	Args   []any
	Order  Order
	Limit  int // 0: all
	Offset int
}

// Order is how a list is sorted.
type Order string

// The orders.
const (
	ByID      Order = ""          // by id
	ByUpdated Order = "updated"   // last changed first
	ByNew     Order = "published" // last published first
)

// List returns the datasets that a filter chooses.
func (s *Service) List(ctx context.Context, f Filter) ([]Dataset, error) {
	return nil, errors.ErrUnsupported
}

// Count returns how many datasets a filter chooses, whatever its limit.
func (s *Service) Count(ctx context.Context, f Filter) (int, error) { return 0, errors.ErrUnsupported }

// Published marks, in the transaction that publishes a version, that the dataset has one: it leaves the state of
// draft, its next due date is computed, and the revision moves.
func (s *Service) Published(ctx context.Context, tx *sql.Tx, uid string, at time.Time) error {
	return errors.ErrUnsupported
}

// SetState publishes (a dataset without data), hides again or withdraws an asset. reason is written in the record.
func (s *Service) SetState(ctx context.Context, uid string, state State, reason string) error {
	return errors.ErrUnsupported
}

// Register adds an asset of another kind, whose description its capability keeps itself, in the transaction of
// the caller.
func (s *Service) Register(ctx context.Context, tx *sql.Tx, a Asset) (Asset, error) {
	return Asset{}, errors.ErrUnsupported
}

// Asset returns an asset of any kind by uid.
func (s *Service) Asset(ctx context.Context, uid string) (Asset, error) {
	return Asset{}, errors.ErrUnsupported
}

// Relate states a relation; stating it twice changes nothing. The author is the principal of ctx.
func (s *Service) Relate(ctx context.Context, subject, predicate, object string) error {
	return errors.ErrUnsupported
}

// Unrelate takes a relation back.
func (s *Service) Unrelate(ctx context.Context, subject, predicate, object string) error {
	return errors.ErrUnsupported
}

// Relations returns the relations in which uid is the subject or the object.
func (s *Service) Relations(ctx context.Context, uid string) ([]Relation, error) {
	return nil, errors.ErrUnsupported
}

// Revision returns a number that moves whenever something that the catalogue shows changes. It is cheap.
func (s *Service) Revision(ctx context.Context) (int64, error) { return 0, errors.ErrUnsupported }

// Touch moves the revision in the transaction of the caller.
func (s *Service) Touch(ctx context.Context, tx store.Queryer) error { return errors.ErrUnsupported }
