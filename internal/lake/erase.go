package lake

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"socle/internal/audit"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/store"
)

const eraseVersion = `UPDATE lake_versions SET erased_at = $1, erased_by = $2, erased_reason = $3 WHERE dataset_uid = $4 AND number = $5 AND erased_at IS NULL`

// Erase removes the data of one version, its original and its quarantine, by decision of the principal of ctx; the
// record of the version stays. The head cannot be erased (Conflict): publish another version first. Erasing twice
// changes nothing.
func (l *Lake) Erase(ctx context.Context, datasetUID string, number int, reason string) error {
	if strings.TrimSpace(reason) == "" {
		return fault.New(fault.Invalid, "reason_required", i18n.T(
			"Dites pourquoi ces données sont supprimées.", "Say why this data is removed.")).At("reason")
	}
	v, err := l.Get(ctx, datasetUID, number)
	if err != nil {
		return err
	}
	err = l.db.Tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		head, err := headNumber(ctx, tx, datasetUID)
		if err != nil {
			return err
		}
		if head == number {
			return fault.New(fault.Conflict, "version_is_head", i18n.T(
				"La version courante ne peut pas être supprimée. Publiez-en d’abord une autre.",
				"The current version cannot be erased. Publish another one first."))
		}
		who := identity.From(ctx)
		result, err := tx.ExecContext(ctx, eraseVersion, store.At(store.Now()), who.Actor(), reason, datasetUID, number)
		if err != nil {
			return fmt.Errorf("lake: erase: %w", err)
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return err
		}
		if err := l.assets.Touch(ctx, tx); err != nil {
			return err
		}
		if err := l.changed(ctx, tx, datasetUID); err != nil {
			return err
		}
		return l.log.Record(ctx, tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Action: "version.erase",
			Asset: datasetUID, Detail: map[string]any{"version": number, "reason": reason}})
	})
	if err != nil {
		return err
	}
	l.point("erased")
	for _, file := range v.files() {
		if err := l.remove(ctx, file.Key); err != nil {
			return err
		}
	}
	return nil
}
