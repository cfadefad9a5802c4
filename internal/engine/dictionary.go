package engine

import (
	"container/list"
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"socle/internal/nice"
	"socle/internal/query"
	"socle/internal/schema"
)

// Most text columns repeat few values: names of communes, levels, remarks. Whether a word is in a text is then asked once of each
// value instead of once of each row, and the rows are compared with the values that have it. DuckDB does so with its own
// dictionaries for the simplest conditions only.

const (
	manyRows      = 20_000   // in a version, from which the values are worth reading first
	fewTexts      = 10_000   // values of a column, in each part of a file, that are read first
	listedTexts   = 2_000    // values that are compared with the rows
	textsInMemory = 64 << 20 // bytes of the values that are remembered
)

// A textTest is a condition on one text field that nothing but its value decides.
type textTest struct {
	field, key string
	write      func(c *compiler, of string) string
}

func (t textTest) id() string { return t.field + "\x00" + t.key }

// tested writes a test of a field: as it is, or as the values that pass it when they are known.
func (c *compiler) tested(t textTest) string {
	if c.tests != nil {
		c.tests[t.id()] = t
	}
	passed, known := c.table.passed[t.id()]
	switch {
	case !known:
		return t.write(c, identifier(t.field))
	case len(passed) == 0:
		return "false"
	}
	// A list rather than IN, which would be a join and lose the order of the rows.
	return "list_contains(CAST(" + c.bind(passed) + " AS VARCHAR[]), " + identifier(t.field) + ")"
}

// prepare finds what the statements of a plan need to know beforehand; for a scan, on a thread that gives way.
func (e *Engine) prepare(ctx context.Context, table Table, plan *query.Plan) (ready Table, err error) {
	find := func() {
		if ready, err = e.lift(ctx, table, plan); err == nil {
			ready, err = e.cluster(ctx, ready, plan)
		}
	}
	if table.scans {
		nice.RunLast(find)
	} else {
		find()
	}
	return ready, err
}

// lift asks the conditions of a plan on texts of the values of their fields, where these are few in a large version.
func (e *Engine) lift(ctx context.Context, table Table, plan *query.Plan) (Table, error) {
	if table.Far != nil {
		return table, nil
	}
	c := newCompiler(table, plan)
	c.tests = map[string]textTest{}
	c.source(plan, "")
	if len(c.tests) == 0 {
		return table, nil
	}
	ctx, cancel := e.limited(ctx)
	defer cancel()
	passed := map[string][]string{}
	for id, test := range c.tests {
		values, few, err := e.dictionaries.values(ctx, e.placeOf(table), table, test.field)
		if err != nil {
			return table, e.explain(ctx, err)
		}
		if !few {
			continue
		}
		those, err := passing(ctx, e.placeOf(table), newCompiler(table, plan), test, values)
		if err != nil {
			return table, e.explain(ctx, err)
		}
		if len(those) <= listedTexts {
			passed[id] = those
		}
	}
	table.passed = passed
	return table, nil
}

// passing returns the values that pass a test.
func passing(ctx context.Context, db *sql.DB, c *compiler, test textTest, values []string) ([]string, error) {
	of := identifier(test.field)
	from := "(SELECT unnest(CAST(" + c.bind(values) + " AS VARCHAR[])) AS " + of + ")"
	return readTexts(ctx, db, "SELECT "+of+" FROM "+from+" WHERE "+test.write(c, of), c.args...)
}

func readTexts(ctx context.Context, db *sql.DB, statement string, args ...any) ([]string, error) {
	rows, err := db.QueryContext(ctx, statement, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	texts := []string{}
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, fmt.Errorf("engine: read the values of a field: %w", err)
		}
		texts = append(texts, text)
	}
	return texts, rows.Err()
}

// dictionaries remembers the values of text columns, those used last. Versions do not change, so they are never stale.
type dictionaries struct {
	mu       sync.Mutex
	bytes    int
	order    *list.List // of *columnTexts, latest first
	byColumn map[string]*list.Element
	from     int64 // rows of the versions whose values are read
}

type columnTexts struct {
	key    string
	values []string
	few    bool
	bytes  int
}

func newDictionaries() *dictionaries {
	return &dictionaries{from: manyRows, order: list.New(), byColumn: map[string]*list.Element{}}
}

// values returns the values of a text column, and whether they are few enough for a large version.
func (d *dictionaries) values(ctx context.Context, db *sql.DB, table Table, column string) ([]string, bool, error) {
	key := strings.Join(table.Paths, "\x00") + "\x00" + column
	d.mu.Lock()
	if element, ok := d.byColumn[key]; ok {
		d.order.MoveToFront(element)
		known := element.Value.(*columnTexts)
		d.mu.Unlock()
		return known.values, known.few, nil
	}
	d.mu.Unlock()
	known := &columnTexts{key: key, bytes: len(key)}
	few, err := d.fewInColumn(ctx, db, table, column)
	if err != nil {
		return nil, false, err
	}
	if few {
		from := duckSQL{}.relation(table)
		known.values, err = readTexts(ctx, db, fmt.Sprintf("SELECT DISTINCT %[1]s FROM %[2]s WHERE %[1]s IS NOT NULL", identifier(column), from))
		if err != nil {
			return nil, false, err
		}
		if known.few = len(known.values) <= fewTexts; !known.few {
			known.values = nil
		}
	}
	for _, v := range known.values {
		known.bytes += len(v) + 16
	}
	d.keep(known)
	return known.values, known.few, nil
}

func (d *dictionaries) keep(c *columnTexts) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, ok := d.byColumn[c.key]; ok {
		return
	}
	d.byColumn[c.key] = d.order.PushFront(c)
	for d.bytes += c.bytes; d.bytes > textsInMemory; {
		last := d.order.Remove(d.order.Back()).(*columnTexts)
		delete(d.byColumn, last.key)
		d.bytes -= last.bytes
	}
}

// fewInColumn asks the footers of the files, so that a column of names is not read for nothing.
func (d *dictionaries) fewInColumn(ctx context.Context, db *sql.DB, table Table, column string) (bool, error) {
	var paths []string
	for _, path := range table.Paths {
		paths = append(paths, text(path))
	}
	var rows, most int64
	err := db.QueryRowContext(ctx, "SELECT coalesce(sum(num_values), 0), coalesce(max(coalesce(stats_distinct_count, "+strconv.Itoa(fewTexts+1)+
		")), 0) FROM parquet_metadata(["+strings.Join(paths, ", ")+"]) WHERE path_in_schema = $1", column).Scan(&rows, &most)
	return err == nil && rows >= d.from && most <= fewTexts, err
}

// wordTest is the test of a field by a word, in one of the ways of the language.
func wordTest(f schema.Field, term string, mode query.MatchMode, last bool) textTest {
	return textTest{f.Name, fmt.Sprintf("word\x00%v\x00%v\x00%s", mode, last, term), func(c *compiler, of string) string { return c.term(of, term, mode, last) }}
}
