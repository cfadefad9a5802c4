package engine

import (
	"container/list"
	"context"
	"errors"
	"sync"

	"socle/internal/query"
)

// counts remembers the row counts of plans, those used last. Versions do not change, so a count is never stale.
type counts struct {
	mu     sync.Mutex
	size   int
	order  *list.List // of *counted, latest first
	byPlan map[string]*list.Element
}

type counted struct {
	key  string
	rows int64
}

func newCounts(size int) *counts {
	return &counts{size: size, order: list.New(), byPlan: map[string]*list.Element{}}
}

func (c *counts) get(key string) (int64, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	element, ok := c.byPlan[key]
	if !ok {
		return 0, false
	}
	c.order.MoveToFront(element)
	return element.Value.(*counted).rows, true
}

func (c *counts) put(key string, rows int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.byPlan[key]; ok {
		return
	}
	c.byPlan[key] = c.order.PushFront(&counted{key, rows})
	if c.order.Len() > c.size {
		last := c.order.Back()
		c.order.Remove(last)
		delete(c.byPlan, last.Value.(*counted).key)
	}
}

// compileCount counts the rows that a plan without limit gives.
func compileCount(table Table, total *query.Plan) statement {
	c := newCompiler(table, total)
	if total.Grouped {
		return c.finish(statement{"SELECT count(*) FROM (" + c.groups(total) + ") AS groups", c.args})
	}
	from, where := c.source(total, "")
	return c.finish(statement{"SELECT count(*) FROM " + from + where, c.args})
}

// Count returns how many rows the plan would give without limit, offset and cursor: exact, and remembered.
func (e *Engine) Count(ctx context.Context, plan *query.Plan) (int64, error) {
	total := plan.Total()
	if !total.Grouped { // what is selected does not matter
		total.Columns = nil
	}
	key := total.Key()
	if rows, ok := e.counts.get(key); ok {
		return rows, nil
	}
	table, release, err := e.findFor(ctx, plan)
	if err != nil {
		return 0, err
	}
	defer release()
	if rows, ok := e.countOf(ctx, &table, total); ok {
		e.counts.put(key, rows)
		return rows, nil
	}
	ctx, leave, err := e.admit(ctx, &table, total)
	if err != nil {
		return 0, err
	}
	defer leave()
	if table, err = e.prepare(ctx, table, total); err != nil {
		return 0, err
	}
	s := compileCount(table, total)
	ctx, cancel := e.limited(ctx)
	defer cancel()
	found, err := e.ask(ctx, table, s)
	if err != nil {
		return 0, e.explain(ctx, err)
	}
	defer found.Close()
	var rows int64
	if found.Next() {
		err = found.Scan(&rows)
	}
	if err = errors.Join(err, found.Err()); err != nil {
		return 0, e.explain(ctx, err)
	}
	e.counts.put(key, rows)
	return rows, nil
}
