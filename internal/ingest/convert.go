package ingest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"socle/internal/engine"
	"socle/internal/format"
	"socle/internal/lake"
	"socle/internal/schema"
	"socle/internal/validate"
)

// converted is a file as it will be published: its Parquet, and the list of what did not fit, in scratch.
type converted struct {
	data       string
	rows       int64
	schema     schema.Schema
	quarantine string // "" when there is nothing
	counts     lake.Quarantine
}

// convert writes the columns of a reading, and the list of misfits next to it.
func (s *Service) convert(ctx context.Context, w *lake.Write, rd *reading, r Request) (converted, error) {
	r.tell(StepConvert, 0, 0)
	target := dataPath(w)
	if err := os.Remove(target); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return converted{}, fmt.Errorf("ingest: convert: %w", err)
	}
	out := converted{data: target, counts: countMisfits(rd)}
	group, ctx := errgroup.WithContext(ctx)
	var result engine.WriteResult
	group.Go(func() (err error) {
		if rd.table == nil {
			result, err = s.convertParquet(ctx, w, rd, target)
		} else {
			result, err = s.convertTable(ctx, w, rd, target)
		}
		return err
	})
	if out.counts.Total() > 0 {
		out.quarantine = quarantinePath(w)
		group.Go(func() error { return writeQuarantine(ctx, rd, out.quarantine, out.counts) })
	}
	if err := group.Wait(); err != nil {
		return converted{}, err
	}
	if err := verify(rd, result); err != nil {
		return converted{}, err
	}
	out.rows, out.schema = result.Rows, result.Schema
	s.point("converted")
	return out, nil
}

func (s *Service) convertTable(ctx context.Context, w *lake.Write, rd *reading, target string) (engine.WriteResult, error) {
	t := rd.table
	request := engine.WriteRequest{Path: t.Path, Rows: rd.profile.Rows, Delimiter: rune(t.Dialect.Delimiter), Quote: rune(t.Dialect.Quote),
		SkipLines: int(t.DataLine) - 1, MaxLine: rd.profile.MaxRecord, Target: target}
	if !rd.profile.Regular || rd.aside.Len() > 0 {
		path, err := normalise(ctx, w, t, rd.aside)
		if err != nil {
			return engine.WriteResult{}, err
		}
		defer os.Remove(path)
		request.Path, request.SkipLines = path, 1
		request.Delimiter, request.Quote = rune(format.Canonical.Delimiter), rune(format.Canonical.Quote)
		request.MaxLine = 2*rd.profile.MaxRecord + 3*t.Columns // every quote doubled, every cell between quotes
	}
	for _, c := range rd.columns {
		request.Columns = append(request.Columns, engine.Conversion{Field: c.Field, Misfits: c.Misfits > 0 || c.Marked > 0})
	}
	return s.Writer.WriteCSV(ctx, request)
}

// normalise rewrites an irregular table, or one of which some rows are set aside, to a file that the engine reads without
// surprise.
func normalise(ctx context.Context, w *lake.Write, t *format.Table, aside *validate.RowSet) (path string, err error) {
	file, err := os.CreateTemp(w.Dir, "normal-*.csv")
	if err != nil {
		return "", fmt.Errorf("ingest: normalise: %w", err)
	}
	buffer := bufio.NewWriterSize(file, chunkBytes)
	_, err = format.Normalise(ctx, t, buffer, aside.Has, nil)
	if err == nil {
		err = buffer.Flush()
	}
	if e := file.Close(); err == nil {
		err = e
	}
	return file.Name(), err
}

func (s *Service) convertParquet(ctx context.Context, w *lake.Write, rd *reading, target string) (engine.WriteResult, error) {
	if rd.aside.Len() == 0 {
		return s.Writer.WriteParquet(ctx, rd.source.Path, rd.fields(), "", target)
	}
	list, err := writeNumbers(w, rd.aside)
	if err != nil {
		return engine.WriteResult{}, err
	}
	defer os.Remove(list)
	return s.Writer.WriteParquet(ctx, rd.source.Path, rd.fields(), list, target)
}

// writeNumbers lists the rows of a set, one number a line.
func writeNumbers(w *lake.Write, rows *validate.RowSet) (path string, err error) {
	file, err := os.CreateTemp(w.Dir, "aside-*.csv")
	if err != nil {
		return "", fmt.Errorf("ingest: rows set aside: %w", err)
	}
	buffer := bufio.NewWriterSize(file, chunkBytes)
	for row := range rows.All() {
		fmt.Fprintln(buffer, row) // the error comes back from Flush
	}
	if err := errors.Join(buffer.Flush(), file.Close()); err != nil {
		return "", fmt.Errorf("ingest: rows set aside: %w", err)
	}
	return file.Name(), nil
}

// verify compares what was written with what was read, cell count by cell count. A difference is a defect of the
// program, and publishing would hide it.
func verify(rd *reading, result engine.WriteResult) error {
	if result.Rows != rd.rows {
		return fmt.Errorf("ingest: %d rows were written of %d read", result.Rows, rd.rows)
	}
	if rd.table == nil {
		return nil // what a Parquet file holds is not counted cell by cell
	}
	for _, c := range rd.columns {
		if written, read := result.Nulls[c.Field.Name], c.Nulls(); written != read {
			return fmt.Errorf("ingest: column %q (%s, %q): %d empty cells were written, %d were read", c.Field.Name, c.Field.Type,
				c.Field.Format, written, read)
		}
	}
	return nil
}

// store makes blobs of what was converted.
func (c converted) store(ctx context.Context, w *lake.Write) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		_, err := w.Add(ctx, lake.RoleData, filepath.Base(c.data), c.data, c.rows, "")
		return err
	})
	if c.quarantine != "" {
		group.Go(func() error {
			_, err := w.Add(ctx, lake.RoleQuarantine, filepath.Base(c.quarantine), c.quarantine, c.counts.Total(), "")
			return err
		})
	}
	return group.Wait()
}
