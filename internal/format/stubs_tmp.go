package format

import (
	"context"
	"errors"
	"io"
	"iter"

	"socle/internal/schema"
)

var errSoon = errors.New("not written yet")

const defaultBlock = 4 << 20

type positions struct{}

func open(context.Context, Source, string, Options, Progress) (*Table, error) { return nil, errSoon }
func (t *Table) rows(context.Context) iter.Seq2[Row, error]                   { return func(func(Row, error) bool) {} }
func normalise(context.Context, *Table, io.Writer, Progress) (int64, error)   { return 0, errSoon }
func misfits(context.Context, *Table, []Guess) iter.Seq2[Misfit, error] {
	return func(func(Misfit, error) bool) {}
}
func scan(context.Context, *Table, int, Progress) (*Profile, error) { return nil, errSoon }
func infer(*Table, *Profile) []Guess                                { return nil }
func retype(*Table, *Profile, int, schema.Type, string) (Guess, error) {
	return Guess{}, errSoon
}
func fits(schema.Field, []byte) bool                   { return false }

// ColumnProfile holds the counts of one column.
type ColumnProfile struct {
	Label string `json:"label"`
	Name  string `json:"name"`
}
