package validate

import (
	"context"
	"encoding/csv"
	"errors"
	"io"
	"iter"
	"slices"
	"strconv"

	"socle/internal/format"
	"socle/internal/i18n"
	"socle/internal/schema"
)

// Mended is what [Report.Mend] did.
type Mended struct {
	Cells int64 `json:"cells"` // cells written otherwise, or left out: empty ones beyond the last column
	Rows  int64 `json:"rows"`  // rows left out: blank ones, and headers that come again
	Names int64 `json:"names"` // columns that took the name of their field
	Left  int64 `json:"left"`  // faults that a person must look at
}

// Done is how many things were mended.
func (m Mended) Done() int64 { return m.Cells + m.Rows + m.Names }

// Mend writes the table of a report again as CSV in UTF-8, with everything mended that can be without asking anybody:
// what [Fault.Sure] says, rows that are none, columns whose name differs from that of their field by its writing. What is
// not sure stays as it came. It asks for a report made with [Options.Keep].
func (r *Report) Mend(ctx context.Context, w io.Writer) (Mended, error) {
	task := &r.Tasks[0]
	if task.run == nil {
		return Mended{}, errors.New("validate: nothing was read")
	}
	table := task.run.table
	out := csv.NewWriter(w)
	out.Comma = ';'
	if slices.Contains([]format.Kind{format.CSV, format.TSV}, table.Source.Kind) {
		out.Comma = rune(table.Dialect.Delimiter)
	}
	m := &mender{out: out, width: table.Columns}
	if table.HasNames {
		if err := out.Write(m.header(task.run)); err != nil {
			return Mended{}, err
		}
	}
	rows, stop := iter.Pull2(table.Rows(ctx))
	defer stop()
	m.next = rows
	err := task.Faults(ctx, r, m.take)
	if err == nil {
		err = m.through(-1)
	}
	out.Flush()
	return m.Mended, errors.Join(err, out.Error())
}

// mender goes through the rows of a table beside its faults.
type mender struct {
	Mended
	out     *csv.Writer
	next    func() (format.Row, error, bool)
	width   int
	row     int64          // number of the row at hand, 0 before the first
	changes map[int]string // of the row that comes
	changed int64          // its number
	removed int64          // line of the last record that is left out
	shifted int64          // number of the last row whose values are not in their columns
	named   map[string]bool
}

// header names the columns, those that differ from a field by their writing after it.
func (m *mender) header(r *tableRun) []string {
	labels := slices.Clone(r.table.Header)
	m.named = map[string]bool{}
	for i, label := range labels {
		if firstNamed(r.program.schema, label) >= 0 {
			continue
		}
		for _, f := range r.program.schema.Fields {
			if schema.Name(f.Name) == schema.Name(label) && !slices.Contains(labels, f.Name) {
				labels[i] = f.Name
				m.named[f.Name], m.named[label] = true, true
				m.Names++
				break
			}
		}
	}
	return labels
}

// take notes what to change for a fault, once the rows before it are written.
func (m *mender) take(f Fault) error {
	switch {
	case f.Group.rule < 0:
		if !m.named[f.Cell] && !m.named[f.Field] {
			m.Left++
		}
		return nil
	case f.Group.Rule == tableRule[blankRow].name || f.Group.Rule == tableRule[repeatedHeader].name:
		m.Rows++
		m.removed = f.Line
		return nil
	case f.Line == m.removed:
		return nil // another fault of what is left out
	case f.Group.Rule == tableRule[shiftedRow].name || f.Row == m.shifted:
		m.shifted = f.Row
		m.Left++
		return nil // what is not in its column is not mended after it
	}
	if f.Group.Rule == tableRule[extraCell].name && f.Value == "" {
		m.Cells++ // through leaves it out
		return nil
	}
	if f.Row != m.changed {
		if err := m.through(f.Row - 1); err != nil {
			return err
		}
		m.changed, m.changes = f.Row, map[int]string{}
	}
	if _, already := m.changes[f.Column]; already {
		return nil
	}
	if !f.Sure {
		m.Left++
		return nil
	}
	m.changes[f.Column] = f.Suggestion
	m.Cells++
	return nil
}

// through writes the rows up to a number, all of them for -1.
func (m *mender) through(last int64) error {
	for last < 0 || m.row < last {
		row, err, more := m.next()
		if err != nil || !more {
			return err
		}
		m.row = row.Number
		cells := make([]string, 0, m.width+len(row.Extra))
		for _, c := range row.Cells {
			cells = append(cells, c.Text)
		}
		for len(cells) < m.width {
			cells = append(cells, "")
		}
		for _, c := range row.Extra {
			cells = append(cells, c.Text) // nothing is lost, and a person will look
		}
		for len(cells) > m.width && cells[len(cells)-1] == "" {
			cells = cells[:len(cells)-1]
		}
		if row.Number == m.changed {
			for column, value := range m.changes {
				cells[column] = value
			}
		}
		if len(cells) == 1 && cells[0] == "" {
			continue // a blank row of one column
		}
		if err := m.out.Write(cells); err != nil {
			return err
		}
	}
	return nil
}

// Listed is how many faults [Report.List] writes at most: more is no list that anybody reads.
const Listed = 5_000_000

// List writes every fault as CSV, one a line in the order of the file, in a language. Where there are more than
// [Listed], a last line says so. It asks for a report made with [Options.Keep].
func (r *Report) List(ctx context.Context, w io.Writer, lang i18n.Lang) error {
	out := csv.NewWriter(w)
	out.Comma = ';'
	t := func(fr, en string) string { return i18n.T(fr, en).In(lang) }
	if err := out.Write([]string{t("ligne", "line"), t("colonne", "column"), t("valeur", "value"), t("regle", "rule"), t("constat", "finding"), t("correction_proposee", "proposed_correction"), t("consigne", "instruction"), "code"}); err != nil {
		return err
	}
	n := 0
	full := errors.New("listed")
	for i := range r.Tasks {
		err := r.Tasks[i].Faults(ctx, r, func(f Fault) error {
			if n++; n > Listed {
				return full
			}
			return out.Write([]string{strconv.FormatInt(f.Line, 10), firstText(f.Field, f.Group.Field), spreadsheetCell(f.Cell), f.Group.Title.In(lang), f.Message.In(lang), spreadsheetCell(f.Suggestion), f.Group.Instruction.In(lang), f.Group.Code})
		})
		if errors.Is(err, full) {
			err = out.Write([]string{"", "", "", "", i18n.T("La liste s’arrête ici : %d fautes de plus.", "The list ends here: %d more faults.", r.Stats.Errors-Listed).In(lang), "", "", ""})
		}
		if err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func firstText(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// spreadsheetCell keeps a spreadsheet from running a cell as a formula.
func spreadsheetCell(text string) string {
	if text != "" && slices.Contains([]byte("=+-@\t\r"), text[0]) {
		if _, err := strconv.ParseFloat(text, 64); err != nil {
			return "'" + text
		}
	}
	return text
}
