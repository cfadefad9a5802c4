package ingest

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"

	"socle/internal/format"
	"socle/internal/i18n"
	"socle/internal/lake"
	"socle/internal/schema"
)

// Entry is one line of a quarantine: a cell that did not fit its column, an irregular row, or a row set aside.
type Entry struct {
	Line  int64            `json:"line"`            // where it is in the original: physical line, sheet row, element
	Row   int64            `json:"row,omitempty"`   // number of the data row, from 1; 0 when it is not a row
	Kind  format.IssueKind `json:"kind"`            //
	Name  string           `json:"name,omitempty"`  // technical name of the column; "" for a whole row
	Value string           `json:"value,omitempty"` // as it came

	Broken []Breach `json:"broken,omitempty"` // of a row set aside: what it breaks
	Cells  []string `json:"cells,omitempty"`  // of a row set aside: all of it, as it came
}

// countMisfits says how many entries the quarantine of a reading will have.
func countMisfits(rd *reading) lake.Quarantine {
	q := lake.Quarantine{Aside: rd.aside.Len()}
	for _, c := range rd.columns {
		if c.Misfits > 0 {
			q.Cells += c.Misfits
			q.Columns = append(q.Columns, lake.QuarantineColumn{Name: c.Field.Name, Label: c.Field.Label, Cells: c.Misfits, Expected: Expected(c.Field)})
		}
	}
	if rd.profile == nil {
		return q
	}
	for kind, n := range rd.profile.Counts {
		if kind != format.Value {
			q.Rows += n
		}
	}
	return q
}

// writeQuarantine lists the rows set aside, then every misfit and irregular row, in a file, and fails if they are not as
// many as counted.
func writeQuarantine(ctx context.Context, rd *reading, path string, counts lake.Quarantine) error {
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("ingest: quarantine: %w", err)
	}
	defer file.Close()
	packed := gzip.NewWriter(file)
	buffer := bufio.NewWriter(packed)
	encoder := json.NewEncoder(buffer)
	encoder.SetEscapeHTML(false)
	var n int64
	for entry, err := range rd.quarantine(ctx) {
		if err != nil {
			return err
		}
		if err := encoder.Encode(entry); err != nil {
			return fmt.Errorf("ingest: quarantine: %w", err)
		}
		n++
	}
	if n != counts.Total() {
		return fmt.Errorf("ingest: the quarantine lists %d entries, %d were counted", n, counts.Total())
	}
	if err := errors.Join(buffer.Flush(), packed.Close()); err != nil {
		return fmt.Errorf("ingest: quarantine: %w", err)
	}
	return nil
}

// quarantine yields what goes into the quarantine.
func (rd *reading) quarantine(ctx context.Context) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		if rd.aside.Len() > 0 {
			for entry, err := range rd.asides(ctx) {
				if !yield(entry, err) || err != nil {
					return
				}
			}
		}
		if rd.table == nil {
			return
		}
		guesses := make([]format.Guess, len(rd.columns))
		for i, c := range rd.columns {
			guesses[i] = c.Guess
		}
		for m, err := range format.Misfits(ctx, rd.table, guesses) {
			if err != nil {
				yield(Entry{}, err)
				return
			}
			if rd.aside.Has(m.Row) {
				continue
			}
			entry := Entry{Line: m.Line, Row: m.Row, Kind: m.Kind, Value: m.Value}
			if m.Column >= 0 && m.Column < len(guesses) {
				entry.Name = guesses[m.Column].Field.Name
			}
			if !yield(entry, nil) {
				return
			}
		}
	}
}

// Quarantine yields the entries of a version's quarantine: the rows set aside, then the rest, each in the order of the
// original.
func (s *Service) Quarantine(ctx context.Context, v lake.Version) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		if v.Quarantine.File == nil {
			return
		}
		reader, err := s.Lake.Open(ctx, v, *v.Quarantine.File)
		if err != nil {
			yield(Entry{}, err)
			return
		}
		defer reader.Close()
		unpacked, err := gzip.NewReader(bufio.NewReader(reader))
		if err != nil {
			yield(Entry{}, fmt.Errorf("ingest: quarantine: %w", err))
			return
		}
		decoder := json.NewDecoder(unpacked)
		for {
			var entry Entry
			err := decoder.Decode(&entry)
			if errors.Is(err, io.EOF) {
				return
			}
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				yield(Entry{}, fmt.Errorf("ingest: quarantine: %w", err))
				return
			}
			if !yield(entry, nil) {
				return
			}
		}
	}
}

// Explain says in one sentence what is wrong with an entry and what became of it.
func Explain(e Entry, fields schema.Schema) i18n.Text {
	field, _ := fields.Field(e.Name)
	label := field.Label
	if label == "" {
		label = e.Name
	}
	value := shorten(e.Value)
	switch e.Kind {
	case SetAside:
		return asideText(e)
	case format.ShortRow:
		return i18n.T("Ligne %d : il manque des cellules à la fin ; elles sont laissées vides.",
			"Line %d: cells are missing at the end; they are left empty.", e.Line)
	case format.LongRow:
		return i18n.T("Ligne %d : il y a plus de cellules que de colonnes ; celles en trop, « %s », ne sont gardées qu’ici.",
			"Line %d: there are more cells than columns; the extra ones, “%s”, are kept only here.", e.Line, value)
	case format.RepeatedHeader:
		return i18n.T("Ligne %d : c’est l’en-tête répété ; elle n’est pas une ligne de données.",
			"Line %d: it is the header again; it is not a row of data.", e.Line)
	case format.BadEncoding:
		return i18n.T("Ligne %d, colonne « %s » : des octets ne sont pas de l’UTF-8 ; la cellule est lue comme du Windows-1252 : « %s ».",
			"Line %d, column “%s”: some bytes are not UTF-8; the cell is read as Windows-1252: “%s”.", e.Line, label, value)
	case format.StrayQuote:
		return i18n.T("Ligne %d : un guillemet est mal placé ; la cellule est lue telle quelle : « %s ».",
			"Line %d: a quote is misplaced; the cell is read as it stands: “%s”.", e.Line, value)
	}
	return i18n.T("Ligne %d, colonne « %s » : « %s » n’est pas %s ; la cellule est laissée vide.",
		"Line %d, column “%s”: “%s” is not %s; the cell is left empty.", e.Line, label, value, Expected(field))
}

// finding is one thing that is wrong with an entry.
type finding struct {
	Column, Value string
	Text, Fix     i18n.Text
}

// findings are what is wrong with an entry, one for each rule that a row set aside breaks.
func (e Entry) findings(fields schema.Schema) []finding {
	if e.Kind != SetAside {
		return []finding{{Column: e.Name, Value: e.Value, Text: Explain(e, fields)}}
	}
	var list []finding
	for _, b := range e.Broken {
		list = append(list, finding{Column: b.Field, Value: b.Value, Text: b.Message, Fix: b.Fix})
	}
	return list
}

// about reports whether an entry is about a column.
func (e Entry) about(column string) bool {
	return e.Name == column || slices.ContainsFunc(e.Broken, func(b Breach) bool { return schema.Name(b.Field) == column })
}

// asideText says what is wrong with a row set aside.
func asideText(e Entry) i18n.Text {
	var said i18n.Text
	for _, b := range e.Broken {
		said.FR, said.EN = said.FR+b.Message.FR+" ", said.EN+b.Message.EN+" "
	}
	return i18n.T("%sLa ligne est mise de côté : elle n’est pas dans les données.", "%sThe row is set aside: it is not in the data.", said)
}

const shownRunes = 120

func shorten(value string) string {
	if runes := []rune(value); len(runes) > shownRunes {
		return string(runes[:shownRunes]) + "…"
	}
	return value
}

// Expected says what a cell of a field should be: "une date comme 31/12/2026".
func Expected(f schema.Field) i18n.Text {
	switch f.Type {
	case schema.Integer:
		return i18n.T("un nombre entier", "a whole number")
	case schema.Decimal:
		return i18n.T("un nombre", "a number")
	case schema.Boolean:
		return i18n.T("un oui ou un non", "a yes or a no")
	case schema.Date:
		return i18n.T("une date%s", "a date%s", written(f.Format))
	case schema.Datetime:
		return i18n.T("une date avec son heure%s", "a date with its time%s", written(f.Format))
	case schema.Point:
		return i18n.T("un point (latitude et longitude)", "a point (latitude and longitude)")
	case schema.Geometry:
		return i18n.T("une géométrie GeoJSON", "a GeoJSON geometry")
	case schema.JSON:
		return i18n.T("une valeur JSON", "a JSON value")
	}
	return i18n.T("un texte", "a text")
}
