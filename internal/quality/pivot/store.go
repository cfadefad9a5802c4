package pivot

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"socle/internal/engine"
	"socle/internal/store"
)

const (
	fieldColumns = `dataset_uid, field, version, label, concept, row_count, filled, distinct_values, long_values, hashes`
	addField     = `INSERT INTO pivot_sketches (` + fieldColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
	dropFields   = `DELETE FROM pivot_sketches WHERE dataset_uid = $1`
	allFields    = `SELECT ` + fieldColumns + ` FROM pivot_sketches ORDER BY dataset_uid, field`
	markRead     = `INSERT INTO pivot_read (dataset_uid, version, read_at) VALUES ($1, $2, $3)
		ON CONFLICT (dataset_uid) DO UPDATE SET version = excluded.version, read_at = excluded.read_at`
	readVersions = `SELECT dataset_uid, version FROM pivot_read`
	addLink      = `INSERT INTO pivot_links (dataset_uid, field, other_uid, other_field, overlap) VALUES ($1, $2, $3, $4, $5)`
	dropLinks    = `DELETE FROM pivot_links WHERE dataset_uid = $1 OR other_uid = $1`
	allLinks     = `SELECT dataset_uid, field, other_uid, other_field, overlap FROM pivot_links ORDER BY dataset_uid, field, other_uid, other_field`
	allMembers   = `SELECT dataset_uid, field, pivot, state, decided_at FROM pivot_members`
	setMember    = `INSERT INTO pivot_members (dataset_uid, field, pivot, state, decided_by, decided_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (dataset_uid, field) DO UPDATE SET pivot = excluded.pivot, state = excluded.state, decided_by = excluded.decided_by, decided_at = excluded.decided_at`
	oneMember    = `SELECT pivot, state FROM pivot_members WHERE dataset_uid = $1 AND field = $2`
	dropMember   = `DELETE FROM pivot_members WHERE dataset_uid = $1 AND field = $2`
	readPartners = `SELECT DISTINCT b.dataset_uid FROM pivot_members a JOIN pivot_members b ON a.pivot = b.pivot
		WHERE a.dataset_uid = $1 AND b.dataset_uid <> $1 AND a.state = 'confirmed' AND b.state = 'confirmed'`
	readCoverage = `SELECT coverage FROM pivot_coverage WHERE dataset_uid = $1 AND version = $2 AND field = $3 AND other_uid = $4 AND other_version = $5 AND other_field = $6`
	keepCoverage = `INSERT INTO pivot_coverage (dataset_uid, version, field, other_uid, other_version, other_field, coverage) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT DO NOTHING`
	dropCoverage = `DELETE FROM pivot_coverage WHERE dataset_uid = $1 OR other_uid = $1`
)

// forEach reads rows one after the other.
func forEach(ctx context.Context, q store.Queryer, query string, args []any, each func(scan func(...any) error) error) (err error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("pivot: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := each(rows.Scan); err != nil {
			return fmt.Errorf("pivot: %w", err)
		}
	}
	return rows.Err()
}

func scanField(scan func(...any) error) (Field, error) {
	var f Field
	var hashes string
	err := scan(&f.Dataset, &f.Ref.Field, &f.Version, &f.Label, &f.Concept, &f.Sketch.Rows, &f.Sketch.Filled, &f.Sketch.Distinct, &f.Sketch.Long, &hashes)
	if err == nil {
		f.Sketch.Least, err = unpack(hashes)
	}
	return f, err
}

// eachField reads every sketch, one at a time, so that memory does not grow with the catalogue.
func eachField(ctx context.Context, q store.Queryer, do func(Field) error) error {
	return forEach(ctx, q, allFields, nil, func(scan func(...any) error) error {
		f, err := scanField(scan)
		if err != nil {
			return err
		}
		return do(f)
	})
}

// storedLink is two fields that share values; the overlap is seen from the first.
type storedLink struct {
	a, b    Ref
	overlap Overlap
}

// replaceFields keeps what was learnt of a version, in place of what was known of the one before, and compares it with every
// other dataset. One at a time: of two at once, neither would see the other.
func (s *Service) replaceFields(ctx context.Context, uid string, version int, fields []Field) error {
	return s.Store.Tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, markRead, turn, 0, store.At(store.Now())); err != nil {
			return fmt.Errorf("pivot: wait for one’s turn: %w", err)
		}
		links, err := s.compareAll(ctx, uid, fields)
		if err != nil {
			return err
		}
		for _, drop := range []string{dropFields, dropLinks, dropCoverage} {
			if _, err := tx.ExecContext(ctx, drop, uid); err != nil {
				return fmt.Errorf("pivot: forget the sketches of %s: %w", uid, err)
			}
		}
		for _, f := range fields {
			if _, err := tx.ExecContext(ctx, addField, f.Dataset, f.Ref.Field, f.Version, f.Label, f.Concept, f.Sketch.Rows, f.Sketch.Filled, f.Sketch.Distinct, f.Sketch.Long,
				pack(f.Sketch.Least)); err != nil {
				return fmt.Errorf("pivot: keep the sketch of %s: %w", f.Ref.Field, err)
			}
		}
		for _, l := range links {
			if _, err := tx.ExecContext(ctx, addLink, l.a.Dataset, l.a.Field, l.b.Dataset, l.b.Field, store.AsJSON(l.overlap)); err != nil {
				return fmt.Errorf("pivot: keep the link of %s: %w", l.a.Field, err)
			}
		}
		if _, err := tx.ExecContext(ctx, markRead, uid, version, store.At(store.Now())); err != nil {
			return fmt.Errorf("pivot: mark %s read: %w", uid, err)
		}
		partners, err := s.partners(ctx, tx, uid)
		if err != nil {
			return err
		}
		return s.tell(ctx, tx, partners)
	})
}

// partners returns the datasets that share a confirmed pivot with one, and that one, in order.
func (s *Service) partners(ctx context.Context, tx *sql.Tx, uid string) ([]string, error) {
	list := []string{uid}
	err := forEach(ctx, tx, readPartners, []any{uid}, func(scan func(...any) error) error {
		var other string
		err := scan(&other)
		list = append(list, other)
		return err
	})
	return list, err
}

// tell says once of each dataset that what it shares changed.
func (s *Service) tell(ctx context.Context, tx *sql.Tx, uids []string) error {
	if s.Changed == nil {
		return nil
	}
	slices.Sort(uids)
	for _, uid := range slices.Compact(uids) {
		if err := s.Changed(ctx, tx, uid); err != nil {
			return err
		}
	}
	return nil
}

// turn is the row that whoever compares holds until it is done.
const turn = ""

// decision is what a person decided of a field.
type decision struct {
	pivot string
	state State
	at    time.Time
}

func (s *Service) decisions(ctx context.Context) (map[Ref]decision, error) {
	all := map[Ref]decision{}
	err := forEach(ctx, s.Store, allMembers, nil, func(scan func(...any) error) error {
		var ref Ref
		var d decision
		var state string
		var at store.Time
		err := scan(&ref.Dataset, &ref.Field, &d.pivot, &state, &at)
		d.state, d.at = State(state), at.Time
		all[ref] = d
		return err
	})
	return all, err
}

// links returns what shares values, from both sides.
func (s *Service) links(ctx context.Context) (map[Ref][]storedLink, error) {
	all := map[Ref][]storedLink{}
	err := forEach(ctx, s.Store, allLinks, nil, func(scan func(...any) error) error {
		var l storedLink
		var o store.JSON[Overlap]
		err := scan(&l.a.Dataset, &l.a.Field, &l.b.Dataset, &l.b.Field, &o)
		l.overlap = o.V
		all[l.a] = append(all[l.a], l)
		all[l.b] = append(all[l.b], storedLink{l.b, l.a, l.overlap.reversed()})
		return err
	})
	for _, links := range all {
		slices.SortStableFunc(links, func(x, y storedLink) int {
			switch {
			case x.overlap.Strength() > y.overlap.Strength():
				return -1
			case x.overlap.Strength() < y.overlap.Strength():
				return 1
			}
			return 0
		})
	}
	return all, err
}

// known is the coverage of two fields if it was counted before.
func (s *Service) known(ctx context.Context, a, b Field) (c engine.KeyCoverage, found bool, err error) {
	var kept store.JSON[engine.KeyCoverage]
	err = s.Store.QueryRowContext(ctx, readCoverage, a.Dataset, a.Version, a.Ref.Field, b.Dataset, b.Version, b.Ref.Field).Scan(&kept)
	if errors.Is(err, sql.ErrNoRows) {
		return c, false, nil
	}
	if err != nil {
		return c, false, fmt.Errorf("pivot: coverage: %w", err)
	}
	return kept.V, true, nil
}
