package engine

import (
	"context"
	"fmt"

	"socle/internal/schema"
)

// Losses compares two versions for what disappears. It ends the reading of both tables.
func (e *Engine) Losses(ctx context.Context, before, after Table, request LossRequest) (*Losses, error) {
	defer before.done()
	defer after.done()
	ctx, leave, err := e.scans.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	ctx, cancel := e.limited(ctx)
	defer cancel()
	if request.Limit <= 0 {
		request.Limit = 50
	}
	c := comparer{engine: e, before: before, after: after}
	l := &Losses{}
	if err := c.filled(ctx, l); err != nil {
		return nil, e.explain(ctx, err)
	}
	for _, name := range request.Categories {
		if f, ok := c.both(name); ok {
			loss, err := c.category(ctx, f, request.Limit)
			if err != nil {
				return nil, e.explain(ctx, err)
			}
			l.Categories = append(l.Categories, loss)
		}
	}
	for _, name := range request.Codes {
		if f, ok := c.both(name); ok {
			loss, err := c.codes(ctx, f, request.Limit)
			if err != nil {
				return nil, e.explain(ctx, err)
			}
			l.Codes = append(l.Codes, loss)
		}
	}
	return l, nil
}

// comparer puts questions to two versions at once.
type comparer struct {
	engine        *Engine
	before, after Table
}

// both returns the field of a name that both versions have with the same type.
func (c comparer) both(name string) (schema.Field, bool) {
	old, had := c.before.Schema.Field(name)
	now, has := c.after.Schema.Field(name)
	return old, had && has && old.Type == now.Type && old.Scale == now.Scale
}

// filled counts the rows, and the filled cells of the columns of both, in one reading of each.
func (c comparer) filled(ctx context.Context, l *Losses) error {
	var common []schema.Field
	selected := []string{"count(*)"}
	for _, f := range c.before.Schema.Fields {
		if _, ok := c.after.Schema.Field(f.Name); ok {
			common = append(common, f)
			selected = append(selected, "count("+identifier(f.Name)+")")
		}
	}
	read := func(t Table) ([]int64, error) {
		counts, into := make([]int64, len(selected)), make([]any, len(selected))
		for i := range counts {
			into[i] = &counts[i]
		}
		return counts, c.engine.scans.db.QueryRowContext(ctx, "SELECT "+joinWith(selected, ", ", "")+" FROM "+relation(t.Paths)).Scan(into...)
	}
	old, err := read(c.before)
	if err != nil {
		return err
	}
	now, err := read(c.after)
	if err != nil {
		return err
	}
	l.RowsBefore, l.RowsAfter = old[0], now[0]
	for i, f := range common {
		// Cross-multiplied: the share of filled cells fell.
		if now[i+1]*l.RowsBefore < old[i+1]*l.RowsAfter {
			l.Emptied = append(l.Emptied, EmptiedColumn{Field: f, Before: old[i+1], After: now[i+1]})
		}
	}
	return nil
}

// counted is the rows of each value of a column in each version.
func (c comparer) counted(f schema.Field) string {
	column := identifier(f.Name)
	return fmt.Sprintf(`WITH b AS (SELECT %[1]s AS v, count(*) AS n FROM %[2]s GROUP BY v), a AS (SELECT %[1]s AS v, count(*) AS n FROM %[3]s GROUP BY v) `,
		column, relation(c.before.Paths), relation(c.after.Paths))
}

func (c comparer) category(ctx context.Context, f schema.Field, limit int) (CategoryLoss, error) {
	loss := CategoryLoss{Field: f}
	values, err := c.values(ctx, f, c.counted(f)+fmt.Sprintf(`SELECT %s, b.n, coalesce(a.n, 0), count(*) OVER () FROM b LEFT JOIN a ON a.v IS NOT DISTINCT FROM b.v
		WHERE coalesce(a.n, 0) < b.n ORDER BY b.n - coalesce(a.n, 0) DESC, b.v LIMIT %d`, plainSQL(f, "b.v"), limit), &loss.Total)
	loss.Values = values
	return loss, err
}

func (c comparer) codes(ctx context.Context, f schema.Field, limit int) (CodeLoss, error) {
	loss := CodeLoss{Field: f}
	err := c.engine.scans.db.QueryRowContext(ctx, c.counted(f)+`SELECT count(b.v), count(b.v) FILTER (a.v IS NULL), count(a.v) FILTER (b.v IS NULL)
		FROM b FULL JOIN a ON a.v = b.v`).Scan(&loss.Before, &loss.Disappeared, &loss.Appeared)
	if err != nil || loss.Disappeared == 0 {
		return loss, err
	}
	var total int
	loss.Examples, err = c.values(ctx, f, c.counted(f)+fmt.Sprintf(`SELECT %s, b.n, 0, count(*) OVER () FROM b ANTI JOIN a ON a.v = b.v
		WHERE b.v IS NOT NULL ORDER BY b.n DESC, b.v LIMIT %d`, plainSQL(f, "b.v"), limit), &total)
	return loss, err
}

func (c comparer) values(ctx context.Context, f schema.Field, statement string, total *int) ([]CategoryCount, error) {
	rows, err := c.engine.scans.db.QueryContext(ctx, statement)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var values []CategoryCount
	for rows.Next() {
		var raw any
		var v CategoryCount
		if err := rows.Scan(&raw, &v.Before, &v.After, total); err != nil {
			return nil, err
		}
		if v.Value, err = plainValue(f, raw); err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	return values, rows.Err()
}
