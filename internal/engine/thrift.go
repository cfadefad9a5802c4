package engine

import (
	"context"
	"fmt"

	"github.com/apache/thrift/lib/go/thrift"
)

// This file copies structures of Thrift without knowing them, so that what a later Parquet writes is kept.

// eachField reads a structure: read must take the value of each field.
func eachField(ctx context.Context, in thrift.TProtocol, read func(id int16, kind thrift.TType) error) error {
	if _, err := in.ReadStructBegin(ctx); err != nil {
		return err
	}
	for {
		_, kind, id, err := in.ReadFieldBegin(ctx)
		if err != nil {
			return err
		}
		if kind == thrift.STOP {
			return in.ReadStructEnd(ctx)
		}
		if err := read(id, kind); err != nil {
			return err
		}
		if err := in.ReadFieldEnd(ctx); err != nil {
			return err
		}
	}
}

// eachItem reads a list: read must take each value.
func eachItem(ctx context.Context, in thrift.TProtocol, read func(place int, kind thrift.TType) error) error {
	kind, size, err := in.ReadListBegin(ctx)
	if err != nil {
		return err
	}
	for i := range size {
		if err := read(i, kind); err != nil {
			return err
		}
	}
	return in.ReadListEnd(ctx)
}

// copyFields copies a structure. special may copy the value of a field by itself, and says whether it did.
func (n *numbering) copyFields(ctx context.Context, special func(id int16, kind thrift.TType) (bool, error)) error {
	if err := n.out.WriteStructBegin(ctx, ""); err != nil {
		return err
	}
	err := eachField(ctx, n.in, func(id int16, kind thrift.TType) error {
		if err := n.out.WriteFieldBegin(ctx, "", kind, id); err != nil {
			return err
		}
		done, err := special(id, kind)
		if err == nil && !done {
			err = n.copyValue(ctx, kind)
		}
		if err != nil {
			return err
		}
		return n.out.WriteFieldEnd(ctx)
	})
	if err != nil {
		return err
	}
	if err := n.out.WriteFieldStop(ctx); err != nil {
		return err
	}
	return n.out.WriteStructEnd(ctx)
}

// copyList copies a list and adds more items, which add writes.
func (n *numbering) copyList(ctx context.Context, more int, item func(ctx context.Context, place int, kind thrift.TType) error, add func() error) error {
	kind, size, err := n.in.ReadListBegin(ctx)
	if err != nil {
		return err
	}
	if err := n.out.WriteListBegin(ctx, kind, size+more); err != nil {
		return err
	}
	for i := range size {
		if err := item(ctx, i, kind); err != nil {
			return err
		}
	}
	if add != nil {
		if err := add(); err != nil {
			return err
		}
	}
	if err := n.in.ReadListEnd(ctx); err != nil {
		return err
	}
	return n.out.WriteListEnd(ctx)
}

func (n *numbering) copyItem(ctx context.Context, _ int, kind thrift.TType) error {
	return n.copyValue(ctx, kind)
}

func (n *numbering) copyValue(ctx context.Context, kind thrift.TType) error {
	switch kind {
	case thrift.BOOL:
		return copied(ctx, n.in.ReadBool, n.out.WriteBool)
	case thrift.BYTE:
		return copied(ctx, n.in.ReadByte, n.out.WriteByte)
	case thrift.I16:
		return copied(ctx, n.in.ReadI16, n.out.WriteI16)
	case thrift.I32:
		return copied(ctx, n.in.ReadI32, n.out.WriteI32)
	case thrift.I64:
		return copied(ctx, n.in.ReadI64, n.out.WriteI64)
	case thrift.DOUBLE:
		return copied(ctx, n.in.ReadDouble, n.out.WriteDouble)
	case thrift.STRING:
		return copied(ctx, n.in.ReadBinary, n.out.WriteBinary)
	case thrift.STRUCT:
		return n.copyFields(ctx, func(int16, thrift.TType) (bool, error) { return false, nil })
	case thrift.LIST:
		return n.copyList(ctx, 0, n.copyItem, nil)
	}
	return fmt.Errorf("a Parquet footer with a value of kind %v", kind)
}

func copied[T any](ctx context.Context, read func(context.Context) (T, error), write func(context.Context, T) error) error {
	value, err := read(ctx)
	if err != nil {
		return err
	}
	return write(ctx, value)
}

// structWriter writes the fields of a structure, and remembers the first error.
type structWriter struct {
	ctx context.Context
	out thrift.TProtocol
	err error
}

// writeStruct writes a structure whose fields, in ascending order, are written by fields.
func writeStruct(ctx context.Context, out thrift.TProtocol, fields func(w *structWriter)) error {
	w := &structWriter{ctx: ctx, out: out, err: out.WriteStructBegin(ctx, "")}
	fields(w)
	if w.err != nil {
		return w.err
	}
	if err := out.WriteFieldStop(ctx); err != nil {
		return err
	}
	return out.WriteStructEnd(ctx)
}

func (w *structWriter) field(id int16, kind thrift.TType, value func() error) {
	if w.err == nil {
		w.err = w.out.WriteFieldBegin(w.ctx, "", kind, id)
	}
	if w.err == nil {
		w.err = value()
	}
	if w.err == nil {
		w.err = w.out.WriteFieldEnd(w.ctx)
	}
}

func (w *structWriter) i32(id int16, value int32) {
	w.field(id, thrift.I32, func() error { return w.out.WriteI32(w.ctx, value) })
}

func (w *structWriter) i64(id int16, value int64) {
	w.field(id, thrift.I64, func() error { return w.out.WriteI64(w.ctx, value) })
}

func (w *structWriter) bytes(id int16, value []byte) {
	w.field(id, thrift.STRING, func() error { return w.out.WriteBinary(w.ctx, value) })
}

func (w *structWriter) structure(id int16, fields func(w *structWriter)) {
	w.field(id, thrift.STRUCT, func() error { return writeStruct(w.ctx, w.out, fields) })
}

// one writes a list of one item.
func (w *structWriter) one(id int16, kind thrift.TType, item func() error) {
	w.field(id, thrift.LIST, func() error {
		if err := w.out.WriteListBegin(w.ctx, kind, 1); err != nil {
			return err
		}
		if err := item(); err != nil {
			return err
		}
		return w.out.WriteListEnd(w.ctx)
	})
}
