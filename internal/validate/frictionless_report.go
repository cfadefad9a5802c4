package validate

import (
	"socle/internal/i18n"
)

// Frictionless gives the report in the form that frictionless-py writes, for the tools that read it. The form lists
// faults one by one: those that are shown here are listed, and the warning of a task says how many there are in all.
func (r *Report) Frictionless(lang i18n.Lang) any {
	type fault struct {
		Type        string   `json:"type"`
		Title       string   `json:"title"`
		Description string   `json:"description"`
		Message     string   `json:"message"`
		Tags        []string `json:"tags"`
		Note        string   `json:"note"`
		Cells       []string `json:"cells,omitempty"`
		RowNumber   int64    `json:"rowNumber,omitempty"`
		Cell        string   `json:"cell,omitempty"`
		Label       string   `json:"label,omitempty"`
		FieldName   string   `json:"fieldName,omitempty"`
		FieldNumber int      `json:"fieldNumber,omitempty"`
	}
	type stats struct {
		Tasks    int     `json:"tasks,omitempty"`
		Errors   int64   `json:"errors"`
		Warnings int     `json:"warnings"`
		Seconds  float64 `json:"seconds"`
		Fields   int     `json:"fields,omitempty"`
		Rows     int64   `json:"rows,omitempty"`
	}
	type task struct {
		Name     string   `json:"name"`
		Type     string   `json:"type"`
		Valid    bool     `json:"valid"`
		Place    string   `json:"place"`
		Labels   []string `json:"labels"`
		Stats    stats    `json:"stats"`
		Warnings []string `json:"warnings"`
		Errors   []fault  `json:"errors"`
	}
	tasks := []task{}
	for _, t := range r.Tasks {
		out := task{Name: t.Name, Type: "table", Valid: t.Valid, Place: t.Place, Labels: t.Labels, Warnings: []string{}, Errors: []fault{},
			Stats: stats{Errors: t.Errors, Fields: t.Fields, Rows: t.Rows}}
		for _, g := range r.Errors {
			if g.Table != "" && g.Table != t.Name {
				continue
			}
			for _, e := range g.Examples {
				f := fault{Type: g.Type, Title: g.Title.In(lang), Description: g.Instruction.In(lang), Message: e.Message.In(lang), Tags: g.Tags, Note: g.Message.In(lang),
					RowNumber: e.RowNumber, Cell: e.Cell, FieldName: e.Field, FieldNumber: e.FieldNumber}
				if e.RowNumber == 0 {
					f.Cell, f.Label = "", e.Cell
				}
				out.Errors = append(out.Errors, f)
			}
		}
		if n := int64(len(out.Errors)); n < t.Errors {
			out.Warnings = append(out.Warnings, i18n.T("%d fautes sont listées sur %d", "%d faults are listed of %d", n, t.Errors).In(lang))
		}
		out.Stats.Warnings = len(out.Warnings)
		tasks = append(tasks, out)
	}
	return struct {
		Valid    bool     `json:"valid"`
		Stats    stats    `json:"stats"`
		Warnings []string `json:"warnings"`
		Errors   []fault  `json:"errors"`
		Tasks    []task   `json:"tasks"`
	}{r.Valid, stats{Tasks: len(tasks), Errors: r.Stats.Errors, Warnings: len(r.Warnings), Seconds: r.Stats.Seconds}, []string{}, []fault{}, tasks}
}
