package rowstore

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"math"
	"strings"
)

// insertedAtOnce are the rows of a statement: to start one takes a fifth of the time of inserting a row.
const insertedAtOnce = 10

// An inserter adds rows by the driver itself: what database/sql does for each value takes as long as half of what SQLite does with it.
type inserter struct {
	one, some statement
	columns   int
	values    []driver.NamedValue // of the rows that wait to be some
}

type statement interface {
	driver.Stmt
	driver.StmtExecContext
}

// newInserter makes an inserter for a connection of the driver, see [sql.Conn.Raw].
func newInserter(ctx context.Context, connection any, columns int) (i *inserter, err error) {
	prepare, able := connection.(driver.ConnPrepareContext)
	if !able {
		return nil, fmt.Errorf("rowstore: %T prepares no statements", connection)
	}
	row := "(?" + strings.Repeat(", ?", columns) + ")"
	i = &inserter{columns: 1 + columns, values: make([]driver.NamedValue, 0, insertedAtOnce*(1+columns))}
	for into, rows := range map[*statement]int{&i.one: 1, &i.some: insertedAtOnce} {
		prepared, err := prepare.PrepareContext(ctx, "INSERT INTO rows VALUES "+row+strings.Repeat(", "+row, rows-1))
		if err != nil {
			return nil, errors.Join(fmt.Errorf("rowstore: %w", err), i.close())
		}
		if *into, able = prepared.(statement); !able {
			return nil, errors.Join(fmt.Errorf("rowstore: %T runs no statements", prepared), prepared.Close(), i.close())
		}
	}
	return i, nil
}

func (i *inserter) close() (err error) {
	for _, s := range []statement{i.one, i.some} {
		if s != nil {
			err = errors.Join(err, s.Close())
		}
	}
	return err
}

// add adds a row, at the latest when flush is called.
func (i *inserter) add(row []any) error {
	if len(row) != i.columns {
		return fmt.Errorf("rowstore: %d values for %d columns", len(row), i.columns)
	}
	for _, value := range row {
		if number, is := value.(float64); is && math.IsNaN(number) {
			return ErrUnfit
		}
		i.values = append(i.values, driver.NamedValue{Ordinal: 1 + len(i.values), Value: value})
	}
	if len(i.values) < insertedAtOnce*i.columns {
		return nil
	}
	return i.run(i.some, i.values)
}

// flush adds the rows that wait.
func (i *inserter) flush() error {
	waiting := i.values
	for ; len(waiting) > 0; waiting = waiting[i.columns:] {
		for at := range i.columns {
			waiting[at].Ordinal = 1 + at
		}
		if err := i.run(i.one, waiting[:i.columns]); err != nil {
			return err
		}
	}
	return nil
}

func (i *inserter) run(s statement, values []driver.NamedValue) error {
	i.values = i.values[:0]
	if _, err := s.ExecContext(context.Background(), values); err != nil { // whose end nobody watches: that takes a goroutine each time
		return fmt.Errorf("rowstore: %w", err)
	}
	return nil
}
