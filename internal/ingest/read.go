package ingest

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"socle/internal/fault"
	"socle/internal/format"
	"socle/internal/i18n"
	"socle/internal/lake"
	"socle/internal/schema"
	"socle/internal/validate"
)

// Settings are the choices of people about how a dataset is read. They stay from one version to the next.
type Settings struct {
	Kind   format.Kind            `json:"kind,omitempty"` // of the file for which Read was chosen
	Read   format.Options         `json:"read,omitzero"`
	Types  map[string]schema.Type `json:"types,omitempty"`  // by technical name
	Labels map[string]string      `json:"labels,omitempty"` // by technical name
}

// Automatic, in place of an encoding, a delimiter or a type, takes back what was forced earlier.
const Automatic = "auto"

// over returns the settings of a request, completed by those of before.
func (s Settings) over(r Request) Settings {
	merged := Settings{Kind: s.Kind, Read: s.Read, Types: maps.Clone(s.Types), Labels: maps.Clone(s.Labels)}
	if r.Read != (format.Options{}) {
		set := func(target *string, value string) {
			switch value {
			case "":
			case Automatic:
				*target = ""
			default:
				*target = value
			}
		}
		set(&merged.Read.Encoding, r.Read.Encoding)
		set(&merged.Read.Delimiter, r.Read.Delimiter)
		set(&merged.Read.Quote, r.Read.Quote)
		set(&merged.Read.Sheet, r.Read.Sheet)
		set(&merged.Read.Member, r.Read.Member)
		set(&merged.Read.DecimalComma, r.Read.DecimalComma)
		if r.Read.HeaderRow != 0 {
			merged.Read.HeaderRow = r.Read.HeaderRow
		}
		merged.Kind = "" // chosen for the file at hand, whatever it is
	}
	merged.Types = fill(merged.Types, r.Types)
	maps.DeleteFunc(merged.Types, func(_ string, t schema.Type) bool { return t == Automatic })
	merged.Labels = fill(merged.Labels, r.Labels)
	return merged
}

func fill[V any](into, from map[string]V) map[string]V {
	if into == nil && len(from) > 0 {
		into = map[string]V{}
	}
	maps.Copy(into, from)
	return into
}

// readAs are the options for a file of a kind: what was chosen for another kind of file does not hold.
func (s Settings) readAs(kind format.Kind, limits format.Limits) format.Options {
	options := s.Read
	if s.Kind != "" && s.Kind != kind {
		options = format.Options{DecimalComma: s.Read.DecimalComma}
	}
	options.Limits = limits
	return options
}

// reading is a file that was read whole.
type reading struct {
	source  format.Source
	table   *format.Table   // nil for Parquet
	profile *format.Profile // nil for Parquet
	columns []Column
	rows    int64 // to publish
	notes   []format.Note

	held    []held           // the schemas of the dataset, and what they find
	checked []Checked        // the same, as it is kept
	aside   *validate.RowSet // the rows that are not published, because they break a rule
	text    *format.Table    // what the schemas were held against
}

// read reads a whole file, holds it against a gate, and decides the type of each column from the rows that pass. Folder
// scratch takes what must be rewritten.
func (s *Service) read(ctx context.Context, path, name, scratch string, settings Settings, gate validate.Gate, r Request) (*reading, error) {
	limits := format.Limits{Columns: s.options.Columns, Unwrapped: s.options.Unwrapped}
	r.tell(StepRead, 0, 0)
	source, err := format.Detect(ctx, path, name)
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp(scratch, "read-")
	if err != nil {
		return nil, fmt.Errorf("ingest: read: %w", err)
	}
	if source.Wrapped() {
		options := settings.Read
		options.Limits = limits
		if source, err = format.Unwrap(ctx, source, folder, options); err != nil {
			return nil, err
		}
	}
	rd := &reading{source: source}
	if source.Kind == format.Parquet {
		err = s.readParquet(ctx, rd, folder, settings, gate)
	} else {
		err = s.readTable(ctx, rd, folder, settings.readAs(source.Kind, limits), settings, gate, r)
	}
	if err != nil {
		return nil, err
	}
	if len(rd.columns) > s.options.Columns {
		return nil, fault.New(fault.TooLarge, "too_many_columns", i18n.T(
			"Le fichier a %d colonnes ; %d au plus sont acceptées.", "The file has %d columns; at most %d are accepted.",
			len(rd.columns), s.options.Columns)).At("file")
	}
	for name, typ := range r.Types {
		if typ != Automatic && !typ.Valid() {
			return nil, fault.New(fault.Invalid, "type_invalid", i18n.T("Le type « %s » de « %s » n’existe pas. Les types sont : %s.",
				"There is no type “%s”, given to “%s”. The types are: %s.", string(typ), name, typeNames())).At("type")
		}
		if !slices.ContainsFunc(rd.columns, func(c Column) bool { return c.Field.Name == name }) {
			return nil, fault.New(fault.Invalid, "unknown_field", i18n.T(
				"Le fichier n’a pas de colonne « %s ». Ses colonnes sont : %s.", "The file has no column “%s”. Its columns are: %s.",
				name, firstNames(rd.columns))).At("type")
		}
	}
	for i := range rd.columns {
		if label := settings.Labels[rd.columns[i].Field.Name]; label != "" {
			rd.columns[i].Field.Label = label
		}
	}
	s.point("read")
	return rd, nil
}

func (s *Service) readTable(ctx context.Context, rd *reading, folder string, options format.Options, settings Settings, gate validate.Gate, r Request) (err error) {
	if rd.table, err = format.Open(ctx, rd.source, folder, options, nil); err != nil {
		return err
	}
	if err = rd.hold(ctx, rd.table, gate, folder); err != nil {
		return err
	}
	if rd.aside.Len() > 0 {
		rd.profile, err = format.ScanWithout(ctx, rd.table, rd.aside.At, r.follow(StepRead))
	} else {
		rd.profile, err = format.Scan(ctx, rd.table, r.follow(StepRead))
	}
	if err != nil {
		return err
	}
	rd.rows = rd.profile.Rows
	if len(rd.table.Sheets) < 2 { // of a workbook, another sheet can be chosen
		if err := rd.mustHaveRows(); err != nil {
			return err
		}
	}
	rd.notes = append(append(rd.notes, rd.table.Notes...), rd.profile.Notes...)
	for i, guess := range format.Infer(rd.table, rd.profile) {
		column := Column{Guess: guess}
		if forced := settings.Types[guess.Field.Name]; forced != "" {
			if column.Guess, err = format.Retype(rd.table, rd.profile, i, forced, ""); err != nil {
				return err
			}
			column.Forced = true
		}
		rd.columns = append(rd.columns, column)
	}
	return nil
}

// mustHaveRows refuses a table of headers: to publish it would empty the dataset.
func (rd *reading) mustHaveRows() error {
	if rd.rows > 0 {
		return nil
	}
	if rd.aside.Len() > 0 {
		return rd.nothingLeft()
	}
	if rd.table != nil && len(rd.table.Sheets) > 1 {
		others := slices.DeleteFunc(slices.Clone(rd.table.Sheets), func(sheet string) bool { return sheet == rd.table.Options.Sheet })
		return fault.New(fault.Invalid, "header_only", i18n.T(
			"La feuille « %s » n’a que des en-têtes : il n’y a aucune ligne à publier. Choisissez une autre feuille : %s.",
			"The sheet “%s” has headers only: there is no row to publish. Choose another sheet: %s.",
			rd.table.Options.Sheet, strings.Join(others, ", ")))
	}
	return fault.New(fault.Invalid, "header_only", i18n.T(
		"Le fichier n’a que des en-têtes : il n’y a aucune ligne à publier. Vérifiez l’export d’où il vient.",
		"The file has headers only: there is no row to publish. Check the export it comes from."))
}

func (s *Service) readParquet(ctx context.Context, rd *reading, folder string, settings Settings, gate validate.Gate) error {
	fields, rows, err := s.Writer.InspectParquet(ctx, rd.source.Path)
	if err != nil {
		return err
	}
	if err := s.holdParquet(ctx, rd, folder, gate); err != nil {
		return err
	}
	rd.rows = rows - rd.aside.Len()
	for _, field := range fields.Fields {
		column := Column{Guess: format.Guess{Field: field, Reason: i18n.T("type écrit dans le fichier", "type written in the file")}}
		if forced := settings.Types[field.Name]; forced != "" && forced != field.Type {
			column.Field.Type, column.Field.Format, column.Forced = forced, "", true
		}
		rd.columns = append(rd.columns, column)
	}
	return nil
}

// holdParquet holds a Parquet file against a gate, as text: rules are written for what files say.
func (s *Service) holdParquet(ctx context.Context, rd *reading, folder string, gate validate.Gate) error {
	if len(gate.Schemas) == 0 {
		return nil
	}
	table, err := validate.File{Path: rd.source.Path, Name: rd.source.Name, Parquet: s.Writer}.Open(ctx, nil, folder)
	if err != nil {
		return err
	}
	return rd.hold(ctx, table, gate, folder)
}

func typeNames() string {
	names := make([]string, len(schema.Types))
	for i, t := range schema.Types {
		names[i] = string(t)
	}
	return strings.Join(names, ", ")
}

func firstNames(columns []Column) string {
	const most = 12
	text := ""
	for i, c := range columns {
		if i == most {
			return text + "…"
		}
		if i > 0 {
			text += ", "
		}
		text += c.Field.Name
	}
	return text
}

// fields are the fields of the columns, in order.
func (rd *reading) fields() []schema.Field {
	fields := make([]schema.Field, len(rd.columns))
	for i, c := range rd.columns {
		fields[i] = c.Field
	}
	return fields
}

// personal lists the columns that identify people.
func (rd *reading) personal() []Personal {
	var list []Personal
	for _, c := range rd.columns {
		if c.Field.Personal {
			list = append(list, Personal{Name: c.Field.Name, Label: c.Field.Label, Why: c.Why})
		}
	}
	return list
}

// describe is what the pages show of a reading.
func (rd *reading) describe() Reading {
	d := Reading{Kind: rd.source.Kind, Rows: rd.rows, Columns: rd.columns, Notes: rd.notes, HasNames: true}
	if rd.table != nil {
		d.Options, d.HasNames, d.Sheets, d.Preview = rd.table.Options, rd.table.HasNames, rd.table.Sheets, rd.table.Preview
	}
	return d
}

// dataPath is where the converted file of a write goes.
func dataPath(w *lake.Write) string { return filepath.Join(w.Dir, "data-1.parquet") }

// quarantinePath is where the list of misfits of a write goes.
func quarantinePath(w *lake.Write) string { return filepath.Join(w.Dir, "quarantine.ndjson.gz") }
