package engine

import (
	"bufio"
	"fmt"
	"hash/maphash"
	"io"
	"strconv"

	"socle/internal/schema"
)

// wireRows reads the rows of a CSV in which everything but the empty values is quoted.
type wireRows struct {
	cells  *cellReader
	values []*cellValues // of the columns
}

func newWireRows(r io.Reader, types []schema.Type) *wireRows {
	w := &wireRows{cells: &cellReader{r: bufio.NewReaderSize(r, 256<<10)}}
	for _, t := range types {
		w.values = append(w.values, &cellValues{made: valueOfCell(t)})
	}
	return w
}

func (w *wireRows) read(raw []any) error {
	for i := range raw {
		cell, null, err := w.cells.next()
		if err != nil {
			if err == io.EOF && i > 0 {
				err = io.ErrUnexpectedEOF
			}
			return err
		}
		if null {
			raw[i] = nil
		} else if raw[i], err = w.values[i].of(cell); err != nil {
			return fmt.Errorf("engine: read the pipe: %w", err)
		}
	}
	return nil
}

// cellReader cuts the CSV of a stream. The standard reader would not do: it does not tell "" from nothing, and
// changes the line ends inside texts.
type cellReader struct {
	r    *bufio.Reader
	cell []byte
}

// next returns the next cell, valid until the next call; io.EOF before the first one of a row that is not there.
func (c *cellReader) next() (cell []byte, null bool, err error) {
	first, err := c.r.ReadByte()
	if err != nil {
		return nil, false, err
	}
	if first != '"' { // nothing, then the delimiter or the end of the line
		return nil, true, nil
	}
	c.cell = c.cell[:0]
	for {
		part, err := c.r.ReadSlice('"')
		c.cell = append(c.cell, part...)
		if err == bufio.ErrBufferFull {
			continue
		}
		if err == nil {
			if first, err = c.r.ReadByte(); err == nil {
				if first == '"' {
					continue // a doubled quote: the text goes on
				}
				return c.cell[:len(c.cell)-1], false, nil
			}
		}
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, false, err
	}
}

// cellValues makes the values of one column of a stream. It keeps those of the last different cells, since most columns say the same
// again and again: a cell that is known needs neither reading nor memory.
type cellValues struct {
	made        func(cell string) (any, error)
	seed        maphash.Seed
	kept        []keptCell // by the hash of the cell; nil at first, and once the column is seen to repeat little
	asked, hits int
}

type keptCell struct {
	cell  string
	value any
}

const (
	keptCells   = 1024 // of a column
	longestKept = 64   // bytes of a cell
	firstCells  = 1024 // of which nothing is kept: most answers have no more
	trialCells  = 8192 // after which a column that repeats less than every fourth cell is given up
)

func valueOfCell(t schema.Type) func(cell string) (any, error) {
	switch t {
	case schema.Integer:
		return func(cell string) (any, error) { return strconv.ParseInt(cell, 10, 64) }
	case schema.Decimal:
		return func(cell string) (any, error) { return strconv.ParseFloat(cell, 64) }
	case schema.Boolean:
		return func(cell string) (any, error) { return cell == "true", nil }
	}
	return func(cell string) (any, error) { return cell, nil }
}

// of returns the value of a cell.
func (v *cellValues) of(cell []byte) (any, error) {
	switch v.asked++; v.asked {
	case firstCells:
		v.seed, v.kept = maphash.MakeSeed(), make([]keptCell, keptCells)
	case firstCells + trialCells:
		if v.hits < trialCells/4 {
			v.kept = nil
		}
	}
	if v.kept == nil || len(cell) > longestKept {
		return v.made(string(cell))
	}
	slot := &v.kept[maphash.Bytes(v.seed, cell)%keptCells]
	if slot.value != nil && slot.cell == string(cell) {
		v.hits++
		return slot.value, nil
	}
	text := string(cell)
	value, err := v.made(text)
	if err == nil {
		*slot = keptCell{text, value}
	}
	return value, err
}
