package ingest

import (
	"context"
	"slices"

	"socle/internal/asset"
	"socle/internal/fault"
	"socle/internal/format"
	"socle/internal/i18n"
	"socle/internal/validate"
	"socle/internal/web/ui"
)

// Rules says what the files of datasets must satisfy; the program hands it over.
type Rules interface {
	// Gate returns what the files of a dataset are held against; one without schemas when it declares nothing.
	Gate(ctx context.Context, datasetUID string) (validate.Gate, error)
	// Choices are the schemas that a dataset may declare.
	Choices(ctx context.Context) ([]ui.Option, error)
	// Choose returns what the files of a dataset that is not made yet would be held against.
	Choose(ctx context.Context, schema string, policy validate.Policy) (validate.Gate, error)
	// Start declares the schema of a dataset that the transaction of ctx makes.
	Start(ctx context.Context, d asset.Dataset, schema string, policy validate.Policy) error
}

// Checked is a schema that the file of a version was held against. It holds no value of a cell, because it lasts longer
// than the data.
type Checked struct {
	Schema string          `json:"schema"`           // "owner/name@1.0.0"
	Policy validate.Policy `json:"policy,omitempty"` // what became of the rows at fault; "" in the reports of before it was kept
	Faults int64           `json:"faults"`
	Rows   int64           `json:"rows"`             // that have at least one fault
	Of     int64           `json:"of"`               // rows of the file
	Header bool            `json:"header,omitempty"` // a fault is of the header, hence of every row
	Broken []CheckedBroken `json:"broken,omitempty"`
	Notes  []i18n.Text     `json:"notes,omitempty"` // what of the schema was not checked, and why
}

// CheckedBroken is a rule that a file breaks.
type CheckedBroken struct {
	Field string    `json:"field,omitempty"` // "" for the row or the header
	Title i18n.Text `json:"title"`
	Fix   i18n.Text `json:"fix"`
	Count int64     `json:"count"`
	Lines []int64   `json:"lines,omitempty"` // the first ones
}

// BrokenError refuses a file that breaks the schemas of its dataset. It is Invalid with the code "schema_broken".
type BrokenError struct {
	Fault   *fault.Error
	Checked []Checked
}

// Error is the sentence of the fault.
func (e *BrokenError) Error() string { return e.Fault.Error() }

// Unwrap returns the fault.
func (e *BrokenError) Unwrap() error { return e.Fault }

// checkedLines is how many lines are kept of each rule that a file breaks.
const checkedLines = 10

// gate asks what the files of a dataset must satisfy; of a new one, what the request chooses.
func (s *Service) gate(ctx context.Context, t *target, r Request) (err error) {
	switch {
	case s.Rules == nil:
	case t.dataset != nil:
		if t.gate, err = s.Rules.Gate(ctx, t.dataset.UID); err == nil {
			err = s.waive(ctx, t, r)
		}
	case r.Schema != "":
		t.gate, err = s.Rules.Choose(ctx, r.Schema, r.policy())
	}
	return err
}

// policy is what the request chooses, or the mildest.
func (r Request) policy() validate.Policy {
	if r.Policy == "" {
		return validate.Warn
	}
	return r.Policy
}

// broken reports whether a file breaks a rule of a schema that it was held against.
func broken(checked []Checked) bool {
	return slices.ContainsFunc(checked, func(c Checked) bool { return c.Faults > 0 })
}

// held is a table that was held against the schema of a gate.
type held struct {
	name   string
	report *validate.Report
}

// hold holds the table of a reading against each schema of a gate, reading it once for each. It answers [BrokenError] when
// the policy refuses what it finds; under [validate.SetAside], the rows at fault are put aside.
func (rd *reading) hold(ctx context.Context, table *format.Table, gate validate.Gate, scratch string) error {
	rd.held = rd.held[:0]
	for _, g := range gate.Schemas {
		program, err := validate.Compile(ctx, g.Schema, validate.Options{Examples: checkedLines, Scratch: scratch, AnyCase: true, Lists: gate.Lists, Tables: gate.Tables, Keep: gate.Policy == validate.SetAside})
		if err != nil {
			return err
		}
		report, err := program.Run(ctx, table)
		if err != nil {
			return err
		}
		rd.held = append(rd.held, held{g.Name, report})
		rd.checked = append(rd.checked, checkedOf(g.Name, gate.Policy, report))
	}
	for i, h := range rd.held {
		switch {
		case gate.Policy == validate.Block && h.report.Stats.Errors > 0:
			return &BrokenError{refused(rd.checked[i]), rd.checked}
		case gate.Policy == validate.SetAside && slices.ContainsFunc(h.report.Errors, func(g validate.Group) bool { return g.OfHeader() }):
			return &BrokenError{headerRefused(rd.checked[i], h.report), rd.checked}
		}
	}
	if gate.Policy == validate.SetAside {
		for _, h := range rd.held {
			rd.aside = rd.aside.With(h.report.Tasks[0].Faulty())
		}
	}
	rd.text = table
	return nil
}

// checkedOf keeps of a report what says nothing of the cells.
func checkedOf(name string, policy validate.Policy, report *validate.Report) Checked {
	c := Checked{Schema: name, Policy: policy, Faults: report.Stats.Errors, Rows: report.Stats.FaultyRows, Of: report.Stats.Rows}
	for _, note := range report.Warnings[:min(len(report.Warnings), checkedLines)] {
		c.Notes = append(c.Notes, note.Text)
	}
	for _, g := range report.Errors {
		c.Header = c.Header || g.OfHeader()
		b := CheckedBroken{Field: g.Field, Title: g.Title, Fix: g.Fix, Count: g.Count}
		for _, e := range g.Examples {
			if !g.OfHeader() {
				b.Lines = append(b.Lines, e.Line)
			}
		}
		c.Broken = append(c.Broken, b)
	}
	return c
}

// refused says why a file is not published: the first rules that it breaks, and where to see the rest.
func refused(c Checked) *fault.Error {
	const most = 3
	reasons := i18n.Text{}
	for i, b := range c.Broken {
		if i == most {
			break
		}
		where := i18n.T("ligne entière", "whole row")
		if len(b.Lines) == 0 {
			where = i18n.T("en-tête", "header")
		}
		if b.Field != "" {
			where = i18n.T("« %s »", "“%s”", b.Field)
		}
		one := i18n.T(" %s, %s.", " %s, %s.", where, b.Title)
		if len(b.Lines) > 0 {
			one = i18n.T(" %s, %s : %d (à partir de la ligne %d).", " %s, %s: %d (from line %d).", where, b.Title, b.Count, b.Lines[0])
		}
		reasons.FR, reasons.EN = reasons.FR+one.FR, reasons.EN+one.EN
	}
	return fault.New(fault.Invalid, "schema_broken", i18n.T(
		"Ce fichier ne respecte pas le schéma « %s » (%s), et ce jeu n’accepte que des fichiers qui le respectent. Rien n’a été publié.%s La page « Vérifier un fichier » montre chaque faute et comment la corriger.",
		"This file does not satisfy the schema “%s” (%s), and this dataset accepts only files that do. Nothing was published.%s The page “Check a file” shows each fault and how to mend it.",
		c.Schema, i18n.Count(c.Faults, i18n.T("faute", "fault"), i18n.T("fautes", "faults")), reasons)).At("file")
}

// headerRefused says why rows cannot be set aside: what is wrong is wrong for all of them.
func headerRefused(c Checked, report *validate.Report) *fault.Error {
	reasons := i18n.Text{}
	for i, g := range report.Errors {
		if !g.OfHeader() {
			continue
		}
		one := i18n.T(" « %s » : %s.", " “%s”: %s.", g.Field, c.Broken[i].Title)
		if g.Field == "" {
			one = i18n.T(" %s.", " %s.", c.Broken[i].Title)
		}
		reasons.FR, reasons.EN = reasons.FR+one.FR, reasons.EN+one.EN
	}
	return fault.New(fault.Invalid, "schema_broken", i18n.T(
		"Les colonnes de ce fichier ne sont pas celles du schéma « %s » : aucune ligne ne peut être mise de côté pour cela, et rien n’a été publié.%s Corrigez l’en-tête, ou prenez la version du schéma qui convient.",
		"The columns of this file are not those of the schema “%s”: no row can be set aside for that, and nothing was published.%s Correct the header, or take the version of the schema that suits.",
		c.Schema, reasons)).At("file")
}
