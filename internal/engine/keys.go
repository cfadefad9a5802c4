package engine

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/duckdb/duckdb-go/v2"

	"socle/internal/query"
	"socle/internal/schema"
)

// A Key is a field of a version, as something on which rows are joined.
type Key struct {
	Source query.Source
	Field  string
}

// KeySketch says in a bounded space what values a key has.
type KeySketch struct {
	Rows     int64
	Filled   int64    // rows with a value
	Distinct int64    // different values, whatever their case and the blanks around them; exact
	Long     int64    // different values of five characters or more: short ones are shared by accident
	Least    []uint64 // the smallest hashes of the different values, in order: all of them when there are few
}

// folded is a value as the sketches see it.
func folded(column string) string { return "upper(trim(CAST(" + column + " AS VARCHAR)))" }

// SketchKey reads one column and keeps the most smallest hashes of its different values (the first half of their MD5, which
// does not change from a release to another). Different values are told apart on disk when they do not fit in memory.
func (e *Engine) SketchKey(ctx context.Context, key Key, most int) (KeySketch, error) {
	var s KeySketch
	err := e.onKeys(ctx, func(ctx context.Context, from []string) error {
		column := folded(identifier(key.Field))
		var least duckdb.Composite[[]uint64]
		err := e.scans.db.QueryRowContext(ctx, fmt.Sprintf(`WITH v AS (SELECT DISTINCT %[1]s AS v FROM %[2]s WHERE %[1]s <> '')
			SELECT (SELECT count(*) FROM %[2]s), (SELECT count(*) FROM %[2]s WHERE %[1]s <> ''), count(*), count(*) FILTER (length(v) > 4),
				coalesce(min(CAST('0x' || left(md5(v), 16) AS UBIGINT), %[3]d), []) FROM v`, column, from[0], most)).Scan(&s.Rows, &s.Filled, &s.Distinct, &s.Long, &least)
		s.Least = least.Get()
		return err
	}, key)
	return s, err
}

// KeyCoverage says what joining two keys gives: exact counts.
type KeyCoverage struct {
	A, B KeySide
	Rows int64 // of the join
}

// KeySide is one side of a join.
type KeySide struct {
	Rows            int64    // of the version
	Empty           int64    // rows without a value, which meet nothing
	Matched         int64    // rows whose value the other side has
	Distinct        int64    // different values
	MatchedDistinct int64    // of which the other side has
	MostRows        int64    // most rows that one value has: 1 when the key identifies rows
	Unmatched       []string // a few values that the other side has not, those of most rows first
}

// CoverKeys joins two keys and counts what meets and what does not, with at most so many examples of each side. Values are
// compared as a join written in SQL does, to the character; a number meets a text that is written alike.
func (e *Engine) CoverKeys(ctx context.Context, a, b Key, examples int) (KeyCoverage, error) {
	var c KeyCoverage
	err := e.onKeys(ctx, func(ctx context.Context, from []string) error {
		with := fmt.Sprintf(`WITH a AS (SELECT CAST(%s AS VARCHAR) AS k, count(*) AS n FROM %s GROUP BY k), b AS (SELECT CAST(%s AS VARCHAR) AS k, count(*) AS n FROM %s GROUP BY k) `,
			identifier(a.Field), from[0], identifier(b.Field), from[1])
		side := func(s, o string) string {
			return fmt.Sprintf(`coalesce(sum(%[1]s.n), 0)::BIGINT, coalesce(sum(%[1]s.n) FILTER (%[2]s.n IS NOT NULL), 0)::BIGINT, count(%[1]s.k), count(%[1]s.k) FILTER (%[2]s.n IS NOT NULL), coalesce(max(%[1]s.n), 0)::BIGINT`, s, o)
		}
		err := e.scans.db.QueryRowContext(ctx, with+`SELECT `+side("a", "b")+`, `+side("b", "a")+`, coalesce(sum(a.n * b.n), 0)::BIGINT,
			(SELECT coalesce(sum(n), 0)::BIGINT FROM a WHERE k IS NULL), (SELECT coalesce(sum(n), 0)::BIGINT FROM b WHERE k IS NULL)
			FROM (SELECT * FROM a WHERE k IS NOT NULL) AS a FULL JOIN (SELECT * FROM b WHERE k IS NOT NULL) AS b ON a.k = b.k`).
			Scan(&c.A.Rows, &c.A.Matched, &c.A.Distinct, &c.A.MatchedDistinct, &c.A.MostRows, &c.B.Rows, &c.B.Matched, &c.B.Distinct, &c.B.MatchedDistinct, &c.B.MostRows,
				&c.Rows, &c.A.Empty, &c.B.Empty)
		if err != nil {
			return err
		}
		c.A.Rows, c.B.Rows = c.A.Rows+c.A.Empty, c.B.Rows+c.B.Empty
		if c.A.Unmatched, err = e.strangers(ctx, with, "a", "b", examples); err != nil {
			return err
		}
		c.B.Unmatched, err = e.strangers(ctx, with, "b", "a", examples)
		return err
	}, a, b)
	return c, err
}

// strangers are values of a side that the other has not.
func (e *Engine) strangers(ctx context.Context, with, side, other string, most int) ([]string, error) {
	if most <= 0 {
		return nil, nil
	}
	rows, err := e.scans.db.QueryContext(ctx, fmt.Sprintf(`%sSELECT k FROM %s AS s WHERE k IS NOT NULL AND NOT EXISTS (SELECT 1 FROM %s AS o WHERE o.k = s.k) ORDER BY n DESC, k LIMIT %d`, with, side, other, most))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var value string
		if err := rows.Scan(&value); err != nil {
			return nil, err
		}
		list = append(list, value)
	}
	return list, rows.Err()
}

// KeyExamples returns a few values of a key, in their order.
func (e *Engine) KeyExamples(ctx context.Context, key Key, most int) ([]string, error) {
	var list []string
	err := e.onKeys(ctx, func(ctx context.Context, from []string) error {
		rows, err := e.scans.db.QueryContext(ctx, fmt.Sprintf(`SELECT DISTINCT CAST(%[1]s AS VARCHAR) AS k FROM %[2]s WHERE %[1]s IS NOT NULL ORDER BY k LIMIT %[3]d`, identifier(key.Field), from[0], most))
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var value string
			if err := rows.Scan(&value); err != nil {
				return err
			}
			list = append(list, value)
		}
		return rows.Err()
	}, key)
	return list, err
}

// onKeys opens the versions of keys and asks about them, as the other questions are asked.
func (e *Engine) onKeys(ctx context.Context, ask func(ctx context.Context, from []string) error, keys ...Key) error {
	var from []string
	for _, key := range keys {
		table, release, err := e.resolve(ctx, key.Source)
		if err != nil {
			return err
		}
		defer release()
		if f, there := table.Schema.Field(key.Field); !there || f.Type != schema.Text && f.Type != schema.Integer {
			return fmt.Errorf("engine: %s is no key of version %d of %s", key.Field, key.Source.Version, key.Source.Dataset)
		}
		from = append(from, relation(table.Paths))
	}
	ctx, leave, err := e.scans.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	ctx, cancel := e.limited(ctx)
	defer cancel()
	if err := ask(ctx, from); err != nil && err != sql.ErrNoRows {
		return e.explain(ctx, fmt.Errorf("keys of %s: %w", strings.Join(keyNames(keys), ", "), err))
	}
	return nil
}

func keyNames(keys []Key) (names []string) {
	for _, k := range keys {
		names = append(names, k.Field)
	}
	return names
}
