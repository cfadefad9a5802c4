package ingest

import (
	"context"
	"errors"
	"iter"

	"socle/internal/fault"
	"socle/internal/format"
	"socle/internal/i18n"
	"socle/internal/validate"
)

// SetAside is the kind of an entry that is a whole row: it breaks a rule of its dataset, and is not in the data.
const SetAside format.IssueKind = "set_aside"

// Breach is one rule that a row set aside breaks.
type Breach struct {
	Schema  string    `json:"schema"`          // "owner/name@1.0.0"
	Field   string    `json:"field,omitempty"` // as the schema calls it; "" for the row
	Value   string    `json:"value,omitempty"` // as it came, cut when it is long; masked where it may not be shown
	Rule    i18n.Text `json:"rule"`            // in a few words
	Message i18n.Text `json:"message"`         // what is wrong with the value
	Expect  i18n.Text `json:"expect"`          // the instruction of the field
	Fix     i18n.Text `json:"fix"`             // what to do about it
}

// asides yields the rows that are set aside, each with everything that it breaks, in the order of the file. It reads the
// file again, and holds one row.
func (rd *reading) asides(ctx context.Context) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		sources := make([]*breaches, len(rd.held))
		for i, h := range rd.held {
			sources[i] = newBreaches(ctx, h)
			defer sources[i].stop()
		}
		for row, err := range rd.text.Rows(ctx) {
			if err != nil {
				yield(Entry{}, err)
				return
			}
			if !rd.aside.Has(row.Number) {
				continue
			}
			entry := Entry{Line: row.Line, Row: row.Number, Kind: SetAside}
			for _, cells := range [][]format.Cell{row.Cells, row.Extra} {
				for _, c := range cells {
					entry.Cells = append(entry.Cells, c.Text)
				}
			}
			for _, s := range sources {
				if entry.Broken, err = s.of(row.Number, entry.Broken); err != nil {
					yield(Entry{}, err)
					return
				}
			}
			if !yield(entry, nil) {
				return
			}
		}
	}
}

// breaches goes through the faults that a schema finds, in the order of the file.
type breaches struct {
	schema string
	next   func() (validate.Fault, error, bool)
	stop   func()
	ahead  *validate.Fault // met already, of a later row
}

func newBreaches(ctx context.Context, h held) *breaches {
	b := &breaches{schema: h.name}
	b.next, b.stop = iter.Pull2(func(yield func(validate.Fault, error) bool) {
		left := errors.New("ingest: nobody asks any more")
		err := h.report.Tasks[0].Faults(ctx, h.report, func(f validate.Fault) error {
			if f.Row > 0 && !f.NoRow() && !yield(f, nil) {
				return left
			}
			return nil
		})
		if err != nil && !errors.Is(err, left) {
			yield(validate.Fault{}, err)
		}
	})
	return b
}

// of adds the faults of a row. Rows are asked in their order.
func (b *breaches) of(row int64, to []Breach) ([]Breach, error) {
	for {
		f := b.ahead
		if f == nil {
			next, err, more := b.next()
			if err != nil || !more {
				return to, err
			}
			f = &next
		}
		if b.ahead = nil; f.Row > row {
			b.ahead = f
			return to, nil
		}
		if f.Row == row {
			to = append(to, Breach{Schema: b.schema, Field: firstOf(f.Field, f.Group.Field), Value: f.Cell, Rule: f.Group.Title, Message: f.Message, Expect: f.Group.Instruction, Fix: f.Group.Fix})
		}
	}
}

func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

// nothingLeft says that no row satisfies the rules of the dataset.
func (rd *reading) nothingLeft() error {
	return &BrokenError{Checked: rd.checked, Fault: fault.New(fault.Invalid, "schema_broken", i18n.T(
		"Toutes les lignes du fichier enfreignent les règles du jeu : il n’en reste aucune à publier, et rien n’a été publié. La page « Vérifier un fichier » montre chaque faute et comment la corriger.",
		"Every row of the file breaks the rules of the dataset: none is left to publish, and nothing was published. The page “Check a file” shows each fault and how to mend it.")).At("file")}
}
