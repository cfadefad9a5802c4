package validate

import (
	"context"
	"encoding/binary"

	"socle/internal/fault"
	"socle/internal/format"
	"socle/internal/schema/frictionless"
)

// Tables gives what foreign keys refer to when the table that they name does not come with the file: a dataset of the
// platform, a file beside the schema.
type Tables interface {
	// Referred hands over the values of the fields that a foreign key refers to, those of each row of the tables where they may
	// be. The fault of a key whose table is not known here, or not open to who asks, is a NotFound.
	Referred(ctx context.Context, key frictionless.ForeignKey, each func([]Referred) error) error
}

// A Referred is a value that a foreign key refers to.
type Referred struct {
	Text  string
	Plain bool // a date, a number or a boolean is written as JSON writes it, whatever the format of the field that refers to it
}

// gather reads the keys that a foreign key refers to; nil when nobody knows them.
func (r *tableRun) gather(ctx context.Context, k *keyRule) (*parent, error) {
	tables := r.program.options.Tables
	if tables == nil {
		return nil, nil
	}
	own, plain := make([]*field, len(k.fields)), make([]*field, len(k.fields))
	for i, at := range k.fields {
		def := r.program.fields[at].def
		bare := &frictionless.Schema{Fields: []frictionless.Field{{Name: def.Name, Type: def.Type}}}
		program, err := Compile(ctx, bare, Options{})
		if err != nil {
			return nil, err
		}
		own[i], plain[i] = &r.program.fields[at], &program.fields[0]
	}
	to := &parent{names: k.reference, store: &keystore{ring: r.ring}}
	r.far = append(r.far, to)
	writer := &keyWriter{store: to.store}
	var composed []byte
	err := tables.Referred(ctx, *k.key, func(values []Referred) error {
		composed = composed[:0]
		filled := 0
		for i, referred := range values {
			f := own[i]
			if referred.Plain {
				f = plain[i]
			}
			var o value
			v := []byte(referred.Text)
			f.eval(v, len(v) == 0, &o)
			if o.state == good {
				filled++
			}
			composed = keyPart(composed, f, v, &o, len(values) == 1)
		}
		if filled > 0 {
			writer.put(composed, format.Place{})
		}
		return ctx.Err()
	})
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err == nil {
		err = writer.end()
	}
	return to, err
}

// keyPart adds a value to a key, which is alone in it or not. One that is not of its type is nothing.
func keyPart(key []byte, f *field, v []byte, o *value, alone bool) []byte {
	switch {
	case o.state != good:
		return append(key, 0)
	case alone:
		return f.key(append(key, 1), v, o)
	}
	var room [64]byte
	part := f.key(room[:0], v, o)
	return append(binary.AppendUvarint(key, uint64(len(part))+1), part...)
}
