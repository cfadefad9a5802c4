package validate

import (
	"bufio"
	"fmt"
	"io"
	"slices"

	"socle/internal/i18n"
)

// shownInText is how many examples of each group a text report shows.
const shownInText = 5

// Text writes the report for a terminal: the verdict, then each group with its count, its first faults and what to do.
func (r *Report) Text(w io.Writer, lang i18n.Lang) error {
	out := bufio.NewWriter(w)
	line := func(t i18n.Text) { fmt.Fprintln(out, t.In(lang)) }
	line(r.Verdict())
	for _, g := range r.Errors {
		fmt.Fprintln(out)
		where := g.Field
		if g.Table != "" && where != "" {
			where = g.Table + " · " + where
		} else if g.Table != "" {
			where = g.Table
		}
		if where != "" {
			where += " — "
		}
		fmt.Fprintf(out, "✗ %s%s : %s [%s]\n", where, g.Title.In(lang), faults(g.Count).In(lang), g.Type)
		for i, e := range g.Examples {
			if i == shownInText {
				break
			}
			fmt.Fprintf(out, "    %s\n", e.Message.In(lang))
		}
		if g.Count > shownInText {
			fmt.Fprintln(out, "    …")
		}
		if !g.Instruction.IsZero() {
			fmt.Fprintf(out, "  → %s\n", g.Instruction.In(lang))
		}
		if !g.Fix.IsZero() {
			fmt.Fprintf(out, "  → %s\n", g.Fix.In(lang))
		}
	}
	if len(r.Warnings) > 0 {
		fmt.Fprintln(out)
	}
	for _, warning := range r.Warnings {
		prefix := ""
		if warning.Table != "" {
			prefix = warning.Table + " — "
		}
		if warning.Path != "" {
			prefix += warning.Path + " : "
		}
		fmt.Fprintf(out, "! %s%s\n", prefix, warning.Text.In(lang))
	}
	return out.Flush()
}

func faults(n int64) i18n.Text {
	return i18n.Count(n, i18n.T("faute", "fault"), i18n.T("fautes", "faults"))
}

// Verdict is the report in a sentence.
func (r *Report) Verdict() i18n.Text {
	one, many := i18n.T("ligne", "row"), i18n.T("lignes", "rows")
	if slices.ContainsFunc(r.Tasks, func(t Task) bool { return t.Kind == CalendarKind }) {
		one, many = i18n.T("événement", "event"), i18n.T("événements", "events")
	}
	rows := i18n.Count(r.Stats.Rows, one, many)
	if r.Valid {
		return i18n.T("✓ Valide : %s, aucune faute.", "✓ Valid: %s, no fault.", rows)
	}
	return i18n.T("✗ Non valide : %s dans %s, sur %s.", "✗ Not valid: %s in %s, of %s.", faults(r.Stats.Errors),
		i18n.Count(r.Stats.FaultyRows, one, many), rows)
}
