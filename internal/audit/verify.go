package audit

import (
	"context"
	"database/sql"
	"fmt"
)

const (
	selectRows = `SELECT seq, at, actor, actor_name, action, asset, detail, previous, hash FROM audit_entries`
	selectHead = `SELECT seq, hash FROM audit_head WHERE id = 1`
)

// Verify reads the whole record, as it is at one instant, and checks each entry, its place and the end. It stops at
// the first fault. Somebody who rewrites the whole record and its head is found only by comparing [Report.Head]
// with one noted elsewhere.
func (l *Log) Verify(ctx context.Context) (Report, error) {
	var report Report
	err := l.db.Snapshot(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := report.walk(ctx, tx); err != nil || !report.OK() {
			return err
		}
		return report.checkEnd(ctx, tx)
	})
	if err != nil {
		return Report{}, fmt.Errorf("audit: verify: %w", err)
	}
	return report, nil
}

// walk checks the entries one after the other.
func (r *Report) walk(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(ctx, selectRows+` ORDER BY seq`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		e, err := scan(rows)
		if err != nil {
			return err
		}
		hash, err := e.digest()
		if err != nil {
			return err
		}
		expected := r.Entries + 1
		switch {
		case e.seq != expected:
			r.Broken, r.Reason = expected, ReasonMissing
		case hash != e.hash:
			r.Broken, r.Reason = e.seq, ReasonChanged
		case e.previous != r.Head:
			r.Broken, r.Reason = e.seq, ReasonChain
		}
		if !r.OK() {
			return nil
		}
		r.Entries, r.Head = e.seq, e.hash
	}
	return rows.Err()
}

// checkEnd compares the last entry with what the record says that it ends with.
func (r *Report) checkEnd(ctx context.Context, tx *sql.Tx) error {
	var seq int64
	var hash string
	if err := tx.QueryRowContext(ctx, selectHead).Scan(&seq, &hash); err != nil && err != sql.ErrNoRows {
		return err
	}
	switch {
	case seq > r.Entries:
		r.Broken, r.Reason = r.Entries+1, ReasonMissing
	case seq < r.Entries:
		r.Broken, r.Reason = seq+1, ReasonHead
	case hash != r.Head:
		r.Broken, r.Reason = max(seq, 1), ReasonHead
	}
	return nil
}

func scan(rows *sql.Rows) (row, error) {
	var r row
	err := rows.Scan(&r.seq, &r.at, &r.actor, &r.actorName, &r.action, &r.asset, &r.detail, &r.previous, &r.hash)
	return r, err
}
