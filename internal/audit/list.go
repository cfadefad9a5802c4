package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"socle/internal/store"
)

const (
	defaultLimit = 50
	maxLimit     = 1000
)

// List returns entries, the newest first.
func (l *Log) List(ctx context.Context, filter Filter, page Page) ([]Entry, error) {
	where, args := filter.conditions(page)
	limit := page.Limit
	if limit <= 0 {
		limit = defaultLimit
	}
	rows, err := l.db.QueryContext(ctx, selectRows+where+` ORDER BY seq DESC LIMIT `+strconv.Itoa(min(limit, maxLimit)), args...)
	if err != nil {
		return nil, fmt.Errorf("audit: list: %w", err)
	}
	defer rows.Close()
	entries := []Entry{}
	for rows.Next() {
		r, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("audit: list: %w", err)
		}
		e := Entry{Seq: r.seq, At: r.at.Time, Actor: r.actor, ActorName: r.actorName, Action: r.action, Asset: r.asset,
			Previous: r.previous, Hash: r.hash}
		if err := json.Unmarshal([]byte(r.detail), &e.Detail); err != nil {
			e.Detail = map[string]any{"unreadable": r.detail} // somebody wrote there; Verify says so
		}
		entries = append(entries, e)
	}
	return entries, rows.Err()
}

func (f Filter) conditions(page Page) (where string, args []any) {
	var conditions []string
	add := func(condition string, value any) {
		args = append(args, value)
		conditions = append(conditions, strings.ReplaceAll(condition, "?", "$"+strconv.Itoa(len(args))))
	}
	if f.Actor != "" {
		add("actor = ?", f.Actor)
	}
	if prefix := strings.TrimSuffix(f.Action, "*"); prefix != f.Action || strings.HasSuffix(prefix, ".") {
		add(`action LIKE ? ESCAPE '\'`, strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(prefix)+"%")
	} else if f.Action != "" {
		add("action = ?", f.Action)
	}
	if f.Asset != "" {
		add("asset = ?", f.Asset)
	}
	if !f.From.IsZero() {
		add("at >= ?", store.At(f.From))
	}
	if !f.Until.IsZero() {
		add("at < ?", store.At(f.Until))
	}
	if page.Before > 0 {
		add("seq < ?", page.Before)
	}
	if len(conditions) == 0 {
		return "", nil
	}
	return " WHERE " + strings.Join(conditions, " AND "), args
}
