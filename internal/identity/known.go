package identity

import (
	"context"
	"fmt"

	"socle/internal/store"
)

// Known reports whether id is that of a person, an organisation or an application: kind is "person",
// "organization" or "application". Nothing of another kind is known.
func Known(ctx context.Context, q store.Queryer, kind, id string) (bool, error) {
	statements := map[string]string{
		"person":       `SELECT count(*) FROM users WHERE id = $1`,
		"organization": `SELECT count(*) FROM organizations WHERE id = $1`,
		"application":  `SELECT count(*) FROM tokens WHERE id = $1`,
	}
	statement, ok := statements[kind]
	if !ok {
		return false, nil
	}
	var n int
	if err := q.QueryRowContext(ctx, statement, id).Scan(&n); err != nil {
		return false, fmt.Errorf("identity: known: %w", err)
	}
	return n == 1, nil
}
