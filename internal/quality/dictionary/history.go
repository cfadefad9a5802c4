package dictionary

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"socle/internal/asset"
	"socle/internal/identity"
	"socle/internal/store"
)

// Change is what somebody changed in the description of a field.
type Change struct {
	Field     string         `json:"field"`
	Edition   int64          `json:"edition"`
	At        time.Time      `json:"at"`
	ActorName string         `json:"actor,omitempty"`
	Before    asset.FieldDoc `json:"before"`
	After     asset.FieldDoc `json:"after"`
}

// Slots names the texts that changed, in the order of the dictionary.
func (c Change) Slots() []asset.FieldSlot {
	return slices.DeleteFunc(slices.Clone(asset.FieldSlots), func(s asset.FieldSlot) bool { return c.Before.Get(s.Name) == c.After.Get(s.Name) })
}

// Described keeps what changed in the description of fields, in the transaction that changes it: it is the hook of
// [asset.Service.Described].
func (s *Service) Described(ctx context.Context, tx *sql.Tx, before, after asset.Dataset) error {
	names := map[string]bool{}
	for name := range before.Fields {
		names[name] = true
	}
	for name := range after.Fields {
		names[name] = true
	}
	who := identity.From(ctx)
	for _, name := range sorted(names) {
		if same(before.Fields[name], after.Fields[name]) {
			continue
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO quality_dictionary_changes (id, dataset_uid, field, edition, changed_at, actor, actor_name, before_doc, after_doc)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, store.NewID(), after.UID, name, after.Edition, store.At(after.UpdatedAt), who.Actor(), who.Name,
			store.AsJSON(before.Fields[name]), store.AsJSON(after.Fields[name])); err != nil {
			return fmt.Errorf("dictionary: history: %w", err)
		}
	}
	return nil
}

// same reports whether two descriptions have the same texts: what a page offers as a filter is no matter of meaning.
func same(a, b asset.FieldDoc) bool {
	return !slices.ContainsFunc(asset.FieldSlots, func(s asset.FieldSlot) bool { return a.Get(s.Name) != b.Get(s.Name) })
}

func sorted(set map[string]bool) []string {
	names := make([]string, 0, len(set))
	for name := range set {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// History lists the changes of a dictionary, the newest first, at most five hundred.
func (s *Service) History(ctx context.Context, uid string) ([]Change, error) {
	rows, err := s.Store.QueryContext(ctx, `SELECT field, edition, changed_at, actor_name, before_doc, after_doc FROM quality_dictionary_changes
		WHERE dataset_uid = $1 ORDER BY changed_at DESC, edition DESC, field LIMIT 500`, uid)
	if err != nil {
		return nil, fmt.Errorf("dictionary: history: %w", err)
	}
	defer rows.Close()
	list := []Change{}
	for rows.Next() {
		var c Change
		var at store.Time
		var before, after store.JSON[asset.FieldDoc]
		if err := rows.Scan(&c.Field, &c.Edition, &at, &c.ActorName, &before, &after); err != nil {
			return nil, fmt.Errorf("dictionary: history: %w", err)
		}
		c.At, c.Before, c.After = at.Time, before.V, after.V
		list = append(list, c)
	}
	return list, rows.Err()
}
