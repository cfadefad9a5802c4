package explore

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strconv"
	"time"

	"socle/internal/engine"
	"socle/internal/format"
	"socle/internal/nice"
	"socle/internal/query"
)

const (
	rowsAtOnce  = 1_000 // rows of a file that are written like any answer; what follows gives way to others
	rowsInATurn = 200   // rows written in one turn: a few milliseconds
)

// writeRows writes row by row the formats that the engine does not know. Neither the engine nor whoever receives is waited for during
// a turn: rows are read before it, and their bytes leave after it.
func (s *Service) writeRows(ctx context.Context, plan *query.Plan, o exportOptions, how format.WriteOptions, out io.Writer) (int64, error) {
	rows, err := s.engine.Query(ctx, plan)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	next := batch{rows: rows, zone: o.shape.zone}
	if plan.Position && how.Resource != "" { // a row belongs to its version: its number in another one is another row's
		prefix := how.Resource + "/versions/" + strconv.Itoa(plan.From.Version) + "/records/"
		how.Record = func() string { return prefix + strconv.FormatInt(int64(next.id), 10) }
	}
	var written bytes.Buffer
	to := &outlet{&written}
	writer := format.NewWriter(o.format.name, to, how)
	if writer == nil {
		return 0, fmt.Errorf("no writer for the format %q", o.format.name)
	}
	defer writer.Close()
	if err := writer.Begin(schemaOf(rows.Columns())); err != nil {
		return 0, err
	}
	var n int64
	for next.read() {
		write := func() { err = next.write(writer) }
		if n < rowsAtOnce {
			write()
		} else {
			nice.Do(write)
		}
		if err != nil {
			return n, err
		}
		n += int64(len(next.ids))
		if _, err := written.WriteTo(out); err != nil {
			return n, err
		}
	}
	if err := rows.Err(); err != nil {
		return n, err
	}
	if _, err := written.WriteTo(out); err != nil {
		return n, err
	}
	to.Writer = out // some formats have nearly everything to write now
	return n, writer.End()
}

// outlet is where a writer's bytes go for now.
type outlet struct{ io.Writer }

// batch is some rows of an answer, kept while they are written.
type batch struct {
	rows   *engine.Rows
	zone   *time.Location
	values []any // of all the rows, one after the other
	ids    []query.RowID
	id     query.RowID // of the row being written
}

// read takes the next rows, and reports whether there are any.
func (b *batch) read() bool {
	b.values, b.ids = b.values[:0], b.ids[:0]
	for len(b.ids) < rowsInATurn && b.rows.Next() {
		for i, value := range b.rows.Values() {
			if t, ok := localTime(value, b.rows.Columns()[i].Type(), b.zone); ok {
				value = t
			}
			b.values = append(b.values, value)
		}
		b.ids = append(b.ids, b.rows.ID())
	}
	return len(b.ids) > 0
}

func (b *batch) write(w format.Writer) error {
	width := len(b.values) / len(b.ids)
	for i, id := range b.ids {
		b.id = id
		if err := w.Row(b.values[i*width : (i+1)*width]); err != nil {
			return err
		}
	}
	return nil
}
