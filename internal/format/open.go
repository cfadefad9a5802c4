package format

import (
	"bytes"
	"context"
	"io"
	"os"
	"slices"
	"strings"

	"socle/internal/fault"
	"socle/internal/i18n"
)

// previewed is how many rows a table shows before it is read whole.
const previewed = 50

func open(ctx context.Context, src Source, scratch string, opts Options, progress Progress) (*Table, error) {
	opts.Limits = opts.Limits.withDefaults()
	if len(opts.Quote) > 1 && opts.Quote != "none" || len(opts.Delimiter) > 1 && forcedDelimiter(opts.Delimiter) == opts.Delimiter[0] {
		return nil, fault.New(fault.Invalid, "bad_dialect", i18n.T(
			"Le séparateur et le guillemet sont chacun un seul caractère.", "The delimiter and the quote are one character each."))
	}
	var t *Table
	var err error
	switch src.Kind {
	case CSV, TSV:
		t, err = openDelimited(ctx, src, scratch, opts, progress)
	case JSON, NDJSON, GeoJSON:
		t, err = openJSON(ctx, src, scratch, opts, progress)
	case XLSX:
		t, err = openXLSX(ctx, src, scratch, opts, progress)
	case ODS:
		t, err = openODS(ctx, src, scratch, opts, progress)
	default:
		return nil, fault.New(fault.Invalid, "not_a_table", i18n.T("Le fichier « %s » ne se lit pas comme un tableau.", "The file “%s” cannot be read as a table.", src.Name))
	}
	if err != nil {
		return nil, err
	}
	if t.Columns > opts.Limits.Columns {
		return nil, tooManyColumns(t.Columns, opts.Limits.Columns)
	}
	for row, err := range t.Rows(ctx) {
		if err != nil {
			return nil, err
		}
		row.Cells, row.Extra = slices.Clone(row.Cells), slices.Clone(row.Extra)
		if t.Preview = append(t.Preview, row); len(t.Preview) == previewed {
			break
		}
	}
	return t, nil
}

func tooManyColumns(n, limit int) error {
	return fault.New(fault.TooLarge, "too_many_columns", i18n.T(
		"Le fichier a %d colonnes ; la limite est de %d. Le séparateur n’est peut-être pas le bon, ou le tableau est couché : une ligne par mesure se publie mieux qu’une colonne par mesure.",
		"The file has %d columns; the limit is %d. The delimiter may be wrong, or the table lies on its side: one row a measure publishes better than one column a measure.", n, limit))
}

func openDelimited(ctx context.Context, src Source, scratch string, opts Options, progress Progress) (*Table, error) {
	path, encoding, mark, err := inUTF8(ctx, src, scratch, opts.Encoding, progress)
	if err != nil {
		return nil, err
	}
	head, whole, err := headOf(path, mark, opts.Limits.Record)
	if err != nil {
		return nil, err
	}
	d := sniffDialect(head, whole, opts, src.Kind)
	if len(d.records) == 0 {
		return nil, headless(head, whole, d.dialect, src.Name, opts.Limits.Record)
	}
	t := &Table{Source: src, Path: path, Options: opts, Encoding: encoding, BOM: mark, limits: opts.Limits}
	t.settle(d, head, opts.HeaderRow)
	t.Options.Encoding = encoding
	return t, nil
}

// headOf reads enough of the file to hold at least its first record, and says whether that is all of it.
func headOf(path string, mark, limit int) (head []byte, whole bool, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, false, err
	}
	defer file.Close()
	if _, err := file.Seek(int64(mark), io.SeekStart); err != nil {
		return nil, false, err
	}
	const step = 256 << 10
	for size := step; ; size *= 2 {
		more, err := io.ReadAll(io.LimitReader(file, int64(size-len(head))))
		if err != nil {
			return nil, false, err
		}
		head = append(head, more...)
		if len(head) < size {
			return head, true, nil
		}
		if bytes.ContainsAny(head[:len(head)-step/4], "\n\r") && (size > 4*step || bytes.Count(head, []byte("\n")) > 20) || len(head) > limit {
			return head, false, nil
		}
	}
}

// headless says why no record could be cut from the head.
func headless(head []byte, whole bool, d Dialect, name string, limit int) error {
	c := cutter{file: bytes.NewReader(head), dialect: d, newline: newSplitter(d).newline, limit: min(limit, len(head)-1), line: 1}
	if !whole {
		c.file = io.MultiReader(c.file, zeros{})
	}
	if _, err := c.next(nil, len(head)); err != nil && err != io.EOF {
		return err
	}
	return emptyFile(name)
}

// zeros never ends.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// settle takes the header and the place of the data from the draft of the head.
func (t *Table) settle(d draft, head []byte, forced int) {
	header, first := d.header(forced)
	t.Dialect = d.dialect
	t.Options.Delimiter, t.Options.Quote = string(d.dialect.Delimiter), "none"
	if d.dialect.Delimiter == noDelimiter {
		t.Options.Delimiter = "none"
	}
	if d.dialect.Quote != 0 {
		t.Options.Quote = string(d.dialect.Quote)
	}
	t.Header = d.columns(header, first)
	t.Columns = len(t.Header)
	t.HasNames = header >= 0
	t.Options.HeaderRow = header + 1
	if header < 0 {
		t.Options.HeaderRow = -1
	}
	t.data, t.DataLine = int64(t.BOM+d.end), int64(d.after)
	if first < len(d.records) {
		t.data, t.DataLine = int64(t.BOM+d.starts[first]), int64(d.lines[first])
	}
	t.Skipped = max(first-1, 0)
	t.plainHeader = int(t.DataLine)-1 == first && sum(d.takes[:first]) == first
	if header < 0 {
		t.Skipped = first
		return
	}
	t.labelled = len(d.records[header])
	until := t.data - int64(t.BOM)
	if raw := head[d.starts[header]:until]; t.Columns > 1 {
		t.rawHeader = bytes.TrimRight(bytes.Clone(raw), "\r\n")
	}
	t.noteSkipped(header, d.lines[header])
}

func (t *Table) noteSkipped(header, line int) {
	if header > 0 {
		t.Notes = append(t.Notes, Note{"skipped_lines", i18n.T(
			"Les noms des colonnes sont à la ligne %d ; ce qui précède (%s) n’est pas repris dans le tableau, mais reste dans le fichier d’origine.",
			"The names of the columns are on line %d; what comes before (%s) is not in the table, but stays in the original file.",
			line, i18n.Count(header, i18n.T("ligne", "line"), i18n.T("lignes", "lines")))})
	}
}

func sum(ns []int) int {
	total := 0
	for _, n := range ns {
		total += n
	}
	return total
}

// labelNotes says what is odd about the names of the columns.
func (t *Table) labelNotes() []Note {
	var notes []Note
	var unnamed int
	for _, label := range t.Header {
		if strings.TrimSpace(label) == "" {
			unnamed++
		}
	}
	switch {
	case !t.HasNames:
		notes = append(notes, Note{"no_header", i18n.T(
			"Le fichier n’a pas de ligne de noms : les colonnes s’appellent colonne_1, colonne_2… Nommez-les avant de publier.",
			"The file has no row of names: the columns are called colonne_1, colonne_2… Name them before publishing.")})
	case unnamed > 0:
		notes = append(notes, Note{"unnamed_columns", i18n.T(
			"Sans nom : %s. Le nom donné vient de la place.", "Without a name: %s. The name given comes from the place.",
			i18n.Count(unnamed, i18n.T("colonne", "column"), i18n.T("colonnes", "columns")))})
	}
	if names := repeatedNames(t.Header); len(names) > 0 {
		notes = append(notes, Note{"repeated_names", i18n.T(
			"Plusieurs colonnes portent le même nom (%s) : un numéro est ajouté aux suivantes.",
			"Several columns have the same name (%s): a number is added to those that follow.", strings.Join(names, ", "))})
	}
	return notes
}
