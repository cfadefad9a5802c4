package identity

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"time"

	"socle/internal/audit"
	"socle/internal/nice"
	"socle/internal/store"
)

// Service keeps people and organisations. It does not ask who may: access does.
type Service struct {
	// Changed is called, when set, in the transaction that changes an organisation as visitors see it.
	Changed func(ctx context.Context, tx store.Queryer) error

	db    *store.DB
	log   *audit.Log
	now   func() time.Time
	slots chan struct{} // limits how many passwords are hashed at once, because each takes 19 MiB
}

// New returns the service on a migrated store.
func New(db *store.DB, log *audit.Log) *Service {
	return &Service{db: db, log: log, now: store.Now, slots: make(chan struct{}, 2*nice.Processors())}
}

// record writes an act of the principal of ctx upon something of this package.
func (s *Service) record(ctx context.Context, tx *sql.Tx, action, about string, detail map[string]any) error {
	who := From(ctx)
	return s.log.Record(ctx, tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Action: action, Asset: about, Detail: detail})
}

func (s *Service) changed(ctx context.Context, tx *sql.Tx) error {
	if s.Changed == nil {
		return nil
	}
	return s.Changed(ctx, tx)
}

// newSecret returns 256 random bits as text that fits a cookie and an address.
func newSecret() string {
	var random [32]byte
	_, _ = rand.Read(random[:]) // never fails: the program stops when the system gives no randomness
	return base64.RawURLEncoding.EncodeToString(random[:])
}

// digest is how a secret is stored. Secrets of 256 random bits need no slow hash.
func digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
