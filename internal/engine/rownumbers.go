package engine

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/apache/thrift/lib/go/thrift"
)

// numberRows adds to a Parquet file the column [RowColumn], which holds the place of each row, from 0. The pages that
// are there are not touched: those of the new column are written where the footer was, then the footer with the new
// column in it. As the numbers follow each other, a row costs a third of a bit.
//
// Source: https://github.com/apache/parquet-format, parquet.thrift and Encodings.md (DELTA_BINARY_PACKED).
func numberRows(ctx context.Context, path string) (err error) {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("engine: number the rows: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	footer, at, err := readFooter(file)
	if err != nil {
		return fmt.Errorf("engine: number the rows: %w", err)
	}
	counts, err := rowGroups(ctx, footer)
	if err != nil {
		return fmt.Errorf("engine: number the rows: %w", err)
	}
	var pages bytes.Buffer
	n := numbering{in: protocolOf(footer)}
	first := int64(0)
	for _, count := range counts {
		chunk := numberedChunk{rows: count, first: first, offset: at + int64(pages.Len())}
		page, err := numberedPage(ctx, chunk)
		if err != nil {
			return fmt.Errorf("engine: number the rows: %w", err)
		}
		chunk.bytes = int64(len(page))
		pages.Write(page)
		n.chunks = append(n.chunks, chunk)
		first += count
	}
	before := pages.Len()
	n.out = thrift.NewTCompactProtocolConf(&thrift.TMemoryBuffer{Buffer: &pages}, &thrift.TConfiguration{})
	if err := n.metadata(ctx); err != nil {
		return fmt.Errorf("engine: number the rows: %w", err)
	}
	pages.Write(binary.LittleEndian.AppendUint32(nil, uint32(pages.Len()-before)))
	pages.WriteString(parquetMagic)
	if _, err := file.WriteAt(pages.Bytes(), at); err != nil {
		return fmt.Errorf("engine: number the rows: %w", err)
	}
	return nil
}

const parquetMagic = "PAR1"

// readFooter returns the description of a Parquet file and where it begins.
func readFooter(file *os.File) (footer []byte, at int64, err error) {
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, 0, err
	}
	var tail [8]byte
	if _, err := file.ReadAt(tail[:], size-8); err != nil {
		return nil, 0, err
	}
	length := int64(binary.LittleEndian.Uint32(tail[:4]))
	at = size - 8 - length
	if string(tail[4:]) != parquetMagic || at < 4 {
		return nil, 0, errors.New("no Parquet file")
	}
	footer = make([]byte, length)
	_, err = file.ReadAt(footer, at)
	return footer, at, err
}

func protocolOf(data []byte) thrift.TProtocol {
	size := int32(min(int64(len(data))+1024, 1<<31-1))
	return thrift.NewTCompactProtocolConf(&thrift.TMemoryBuffer{Buffer: bytes.NewBuffer(data)},
		&thrift.TConfiguration{MaxMessageSize: size, MaxFrameSize: size})
}

// rowGroups returns the rows of each row group.
func rowGroups(ctx context.Context, footer []byte) (counts []int64, err error) {
	in := protocolOf(footer)
	return counts, eachField(ctx, in, func(id int16, kind thrift.TType) error {
		if id != fileRowGroups {
			return in.Skip(ctx, kind)
		}
		return eachItem(ctx, in, func(int, thrift.TType) error {
			return eachField(ctx, in, func(id int16, kind thrift.TType) error {
				if id != groupRows {
					return in.Skip(ctx, kind)
				}
				rows, err := in.ReadI64(ctx)
				counts = append(counts, rows)
				return err
			})
		})
	})
}

// The fields of parquet.thrift that matter here, by the structure that has them.
const (
	fileSchema, fileRowGroups, fileColumnOrders        = 2, 4, 7
	elementType, elementRepetition, elementName        = 1, 3, 4
	elementChildren                                    = 5
	groupColumns, groupBytes, groupRows, groupPacked   = 1, 2, 3, 6
	parquetInt64, parquetRequired, parquetDelta        = 2, 0, 5
	parquetRLE, parquetUncompressed, parquetDataPageV1 = 3, 0, 0
)

// numberedChunk is the column of numbers in one row group.
type numberedChunk struct {
	rows, first   int64
	offset, bytes int64 // in the file, its page header included
}

// numberedPage writes the page of a chunk with its header.
func numberedPage(ctx context.Context, chunk numberedChunk) ([]byte, error) {
	const block, parts = 128, 4
	data := binary.AppendUvarint(nil, block)
	data = binary.AppendUvarint(data, parts)
	data = binary.AppendUvarint(data, uint64(chunk.rows))
	data = binary.AppendVarint(data, chunk.first)
	for left := chunk.rows - 1; left > 0; left -= block {
		data = binary.AppendVarint(data, 1)         // the smallest difference of the block
		data = append(data, make([]byte, parts)...) // the others differ from it by 0 bits
	}
	buffer := thrift.NewTMemoryBuffer()
	err := writeStruct(ctx, thrift.NewTCompactProtocolConf(buffer, &thrift.TConfiguration{}), func(w *structWriter) {
		w.i32(1, parquetDataPageV1)
		w.i32(2, int32(len(data)))
		w.i32(3, int32(len(data)))
		w.structure(5, func(w *structWriter) {
			w.i32(1, int32(chunk.rows))
			w.i32(2, parquetDelta)
			w.i32(3, parquetRLE)
			w.i32(4, parquetRLE)
		})
	})
	return append(buffer.Bytes(), data...), err
}

// numbering copies the description of a file and puts the new column in it.
type numbering struct {
	in, out thrift.TProtocol
	chunks  []numberedChunk
}

func (n *numbering) metadata(ctx context.Context) error {
	return n.copyFields(ctx, func(id int16, kind thrift.TType) (bool, error) {
		switch id {
		case fileSchema:
			return true, n.copyList(ctx, 1, n.schemaElement, func() error {
				return writeStruct(ctx, n.out, func(w *structWriter) {
					w.i32(elementType, parquetInt64)
					w.i32(elementRepetition, parquetRequired)
					w.bytes(elementName, []byte(RowColumn))
				})
			})
		case fileRowGroups:
			return true, n.copyList(ctx, 0, n.rowGroup, nil)
		case fileColumnOrders:
			return true, n.copyList(ctx, 1, n.copyItem, func() error { // the order of its type
				return writeStruct(ctx, n.out, func(w *structWriter) { w.structure(1, func(*structWriter) {}) })
			})
		}
		return false, nil
	})
}

// schemaElement copies an element; the first is the root, which has a child more.
func (n *numbering) schemaElement(ctx context.Context, place int, kind thrift.TType) error {
	if place > 0 {
		return n.copyItem(ctx, place, kind)
	}
	return n.copyFields(ctx, func(id int16, _ thrift.TType) (bool, error) {
		if id != elementChildren {
			return false, nil
		}
		children, err := n.in.ReadI32(ctx)
		if err != nil {
			return true, err
		}
		return true, n.out.WriteI32(ctx, children+1)
	})
}

func (n *numbering) rowGroup(ctx context.Context, place int, _ thrift.TType) error {
	chunk := n.chunks[place]
	return n.copyFields(ctx, func(id int16, _ thrift.TType) (bool, error) {
		switch id {
		case groupColumns:
			return true, n.copyList(ctx, 1, n.copyItem, func() error { return chunk.describe(ctx, n.out) })
		case groupBytes, groupPacked:
			size, err := n.in.ReadI64(ctx)
			if err != nil {
				return true, err
			}
			return true, n.out.WriteI64(ctx, size+chunk.bytes)
		}
		return false, nil
	})
}

// describe writes the description of the chunk.
func (c numberedChunk) describe(ctx context.Context, out thrift.TProtocol) error {
	number := func(x int64) []byte { return binary.LittleEndian.AppendUint64(nil, uint64(x)) }
	return writeStruct(ctx, out, func(w *structWriter) {
		w.i64(2, c.offset)
		w.structure(3, func(w *structWriter) {
			w.i32(1, parquetInt64)
			w.one(2, thrift.I32, func() error { return out.WriteI32(ctx, parquetDelta) })
			w.one(3, thrift.STRING, func() error { return out.WriteString(ctx, RowColumn) })
			w.i32(4, parquetUncompressed)
			w.i64(5, c.rows)
			w.i64(6, c.bytes)
			w.i64(7, c.bytes)
			w.i64(9, c.offset)
			w.structure(12, func(w *structWriter) {
				w.i64(3, 0) // empty values
				w.bytes(5, number(c.first+c.rows-1))
				w.bytes(6, number(c.first))
			})
		})
	})
}
