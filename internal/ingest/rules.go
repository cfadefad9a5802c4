package ingest

import (
	"context"
	"slices"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/lake"
	"socle/internal/schema/frictionless"
	"socle/internal/validate"
)

// Rules says what the files of a dataset must satisfy; the program hands it over.
type Rules interface {
	// Declared returns the schemas that a dataset declares, with their names and versions, and whether a file that breaks
	// one is refused. No schema: everything is fine.
	Declared(ctx context.Context, datasetUID string) (names []string, schemas []*frictionless.Schema, refuse bool, err error)
}

// Checked is a schema that the file of a version was held against. It holds no value of a cell, because it lasts longer
// than the data.
type Checked struct {
	Schema string          `json:"schema"` // "owner/name@1.0.0"
	Faults int64           `json:"faults"`
	Rows   int64           `json:"rows"`             // that have at least one fault
	Of     int64           `json:"of"`               // rows of the file
	Header bool            `json:"header,omitempty"` // a fault is of the header, hence of every row
	Broken []CheckedBroken `json:"broken,omitempty"`
}

// CheckedBroken is a rule that a file breaks.
type CheckedBroken struct {
	Field string    `json:"field,omitempty"` // "" for the row or the header
	Title i18n.Text `json:"title"`
	Fix   i18n.Text `json:"fix"`
	Count int64     `json:"count"`
	Lines []int64   `json:"lines,omitempty"` // the first ones
}

// checkedLines is how many lines are kept of each rule that a file breaks.
const checkedLines = 10

// checkRules holds what was read against the schemas that the dataset declares, and refuses it when the dataset says so.
func (s *Service) checkRules(ctx context.Context, w *lake.Write, t *target, rd *reading) ([]Checked, error) {
	if s.Rules == nil || t.dataset == nil {
		return nil, nil
	}
	names, schemas, refuse, err := s.Rules.Declared(ctx, t.dataset.UID)
	if err != nil || len(schemas) == 0 {
		return nil, err
	}
	if rd.table == nil {
		if refuse {
			return nil, fault.New(fault.Invalid, "schema_unchecked", i18n.T("Ce jeu n’accepte que des fichiers vérifiés, et un fichier Parquet ne l’est pas encore à la publication. Envoyez un CSV ou un classeur.",
				"This dataset accepts only files that are checked, and a Parquet file is not yet checked at publication. Send a CSV or a workbook.")).At("file")
		}
		return nil, nil
	}
	var all []Checked
	for i, schema := range schemas {
		program, err := validate.Compile(ctx, schema, validate.Options{Examples: checkedLines, Scratch: w.Dir, AnyCase: true})
		if err != nil {
			return nil, err
		}
		report, err := program.Run(ctx, rd.table)
		if err != nil {
			return nil, err
		}
		checked := checkedOf(names[i], report)
		if refuse && checked.Faults > 0 {
			return nil, refused(checked)
		}
		all = append(all, checked)
	}
	return all, nil
}

// checkedOf keeps of a report what says nothing of the cells.
func checkedOf(name string, report *validate.Report) Checked {
	c := Checked{Schema: name, Faults: report.Stats.Errors, Rows: report.Stats.FaultyRows, Of: report.Stats.Rows}
	for _, g := range report.Errors {
		c.Header = c.Header || slices.Contains(g.Tags, "#header")
		b := CheckedBroken{Field: g.Field, Title: g.Title, Fix: g.Fix, Count: g.Count}
		for _, e := range g.Examples {
			b.Lines = append(b.Lines, e.Line)
		}
		c.Broken = append(c.Broken, b)
	}
	return c
}

// refused says why a file is not published: the first rules that it breaks, and where to see the rest.
func refused(c Checked) error {
	const most = 3
	reasons := i18n.Text{}
	for i, b := range c.Broken {
		if i == most {
			break
		}
		where := i18n.T("ligne entière", "whole row")
		if b.Field != "" {
			where = i18n.T("« %s »", "“%s”", b.Field)
		}
		first := int64(0)
		if len(b.Lines) > 0 {
			first = b.Lines[0]
		}
		one := i18n.T(" %s, %s : %d (à partir de la ligne %d).", " %s, %s: %d (from line %d).", where, b.Title, b.Count, first)
		reasons.FR, reasons.EN = reasons.FR+one.FR, reasons.EN+one.EN
	}
	return fault.New(fault.Invalid, "schema_broken", i18n.T(
		"Ce fichier ne respecte pas le schéma « %s » (%s), et ce jeu n’accepte que des fichiers qui le respectent. Rien n’a été publié.%s La page « Vérifier un fichier » montre chaque faute et comment la corriger.",
		"This file does not satisfy the schema “%s” (%s), and this dataset accepts only files that do. Nothing was published.%s The page “Check a file” shows each fault and how to mend it.",
		c.Schema, i18n.Count(c.Faults, i18n.T("faute", "fault"), i18n.T("fautes", "faults")), reasons)).At("file")
}
