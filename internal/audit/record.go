package audit

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"socle/internal/store"
)

const (
	advance = `UPDATE audit_head SET seq = seq + 1 WHERE id = 1 RETURNING seq, hash`
	settle  = `UPDATE audit_head SET hash = $1 WHERE id = 1`
	insert  = `INSERT INTO audit_entries (seq, at, actor, actor_name, action, asset, detail, previous, hash)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`
)

// Record appends an entry in the transaction of the caller; called with the [store.DB] itself, it makes one, or
// joins the one of ctx. An entry needs an actor and an action.
func (l *Log) Record(ctx context.Context, q store.Queryer, entry Entry) error {
	if entry.Actor == "" || entry.Action == "" {
		return errors.New("audit: an entry needs an actor and an action")
	}
	if db, ok := q.(*store.DB); ok {
		return db.Tx(ctx, func(ctx context.Context, tx *sql.Tx) error { return record(ctx, tx, entry) })
	}
	return record(ctx, q, entry)
}

// record takes the place after the head, which puts the writers in line until the transaction ends.
func record(ctx context.Context, tx store.Queryer, entry Entry) error {
	detail := "{}"
	if len(entry.Detail) > 0 {
		text, err := json.Marshal(entry.Detail)
		if err != nil {
			return fmt.Errorf("audit: detail of %s: %w", entry.Action, err)
		}
		detail = string(text)
	}
	r := row{
		at: store.At(store.Now()), actor: storable(entry.Actor), actorName: storable(entry.ActorName),
		action: storable(entry.Action), asset: storable(entry.Asset), detail: detail,
	}
	if err := tx.QueryRowContext(ctx, advance).Scan(&r.seq, &r.previous); err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	hash, err := r.digest()
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, insert, r.seq, r.at, r.actor, r.actorName, r.action, r.asset, r.detail, r.previous, hash)
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	if _, err := tx.ExecContext(ctx, settle, hash); err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	return nil
}

// row is an entry as the table holds it: what the hash covers is the text that is kept, byte for byte.
type row struct {
	seq                             int64
	at                              store.Time
	actor, actorName, action, asset string
	detail, previous, hash          string
}

// format names the serialisation that is hashed; it changes if the serialisation ever does.
const format = "socle-audit-1"

// digest is the SHA-256, in hexadecimal, of the JSON array of the format, the number, the instant, the actor, the
// name, the action, the asset, the detail as text, and the hash of the entry before.
func (r row) digest() (string, error) {
	at, err := r.at.Value()
	if err != nil {
		return "", err
	}
	content, err := json.Marshal([]any{format, r.seq, at, r.actor, r.actorName, r.action, r.asset, r.detail, r.previous})
	if err != nil {
		return "", fmt.Errorf("audit: %w", err)
	}
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:]), nil
}

// storable drops what a database refuses in a text.
func storable(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "")
}
