package engine

import (
	"context"
	"database/sql"
	"time"

	"socle/internal/nice"
	"socle/internal/query"
)

// scans is the database of the questions that read much of a large version (conditions, groups, orders) and of those that compare or
// measure whole versions. Its threads have a low
// priority and its lanes are its own, so that whoever asks for a page, a record or the catalogue never waits for them. When nobody
// else asks anything they have the whole machine.
type scans struct {
	*database
	lanes
}

// scannedRows are those of a version from which a condition takes more than a few milliseconds.
const scannedRows = 200_000

func openScans(options Options, folders []string, waiters *nice.Waiters) (*scans, error) {
	options.MemoryLimit = quarters(options.MemoryLimit, 2)
	var d *database
	var err error
	nice.RunLast(func() { d, err = openDatabase(options, folders, nil) })
	if err != nil {
		return nil, err
	}
	lanes := newLanes(options, &nice.Waiters{All: waiters})
	lanes.moment *= 5
	return &scans{d, lanes}, nil
}

// quarters is a part of the memory of an engine; a small one is not divided.
func quarters(memory, n int64) int64 { return max(memory*n/4, min(memory, 200_000_000)) }

// admit waits for the place that a question needs, and says in the table which it is.
func (e *Engine) admit(ctx context.Context, table *Table, plan *query.Plan) (context.Context, func(), error) {
	*table = e.useCopy(ctx, *table, plan)
	if table.scans = scanned(*table, plan); table.scans {
		if err := nice.PurseOf(ctx).Check(); err != nil {
			return nil, nil, err
		}
		if table.wants {
			return e.scans.enterAmong(ctx, e.lanes.waiters)
		}
		return e.scans.enter(ctx)
	}
	return e.enter(ctx)
}

// scanned reports whether a plan reads much of a large version.
func scanned(table Table, plan *query.Plan) bool {
	if table.Far != nil || table.Rows < scannedRows || table.sorted != "" {
		return false
	}
	if table.whole != "" && table.Rows < wholeRows && len(lookups(plan)) > 0 { // a value of one column
		return false
	}
	if table.awaits && len(lookups(plan)) > 0 && len(plan.Order) == 0 { // the same in files, until the rows are stored
		return false
	}
	_, one := plan.Where.(query.RowIs)
	return plan.Where != nil && !one || plan.Seen != nil || len(plan.Refinements) > 0 || len(plan.Order) > 0 || plan.Grouped
}

// ask runs a statement where its table is.
func (e *Engine) ask(ctx context.Context, table Table, s statement) (rows *sql.Rows, err error) {
	run := func() { rows, err = e.placeOf(table).QueryContext(ctx, s.sql, s.args...) }
	if table.scans {
		start := time.Now()
		nice.RunLast(run) // DuckDB works on the thread that asks, too
		nice.PurseOf(ctx).Spend(time.Since(start))
	} else {
		run()
	}
	return rows, err
}
