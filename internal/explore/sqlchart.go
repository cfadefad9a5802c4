package explore

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"socle/internal/i18n"
	"socle/internal/schema"
	"socle/internal/web/ui"
)

// The most that a chart shows.
const (
	mostBars   = 40
	mostPoints = 1_000
)

// chartView is a chart of one column by another: bars for categories, a line over time. The table of the same answer
// says the same in figures.
type chartView struct {
	Title  string
	Bars   []ui.Bar // of categories
	Line   string   // points of a line over time, in the units of the drawing: 600 by 200
	Low    string   // under the line, left and right
	High   string
	Least  string // beside the line, bottom and top
	Most   string
	Words  string // what the chart shows, for those who do not see it
	Cut    bool   // there are more rows than it shows
	Reason string // why there is none
}

// chartChooser is what may be drawn.
type chartChooser struct {
	Labels []ui.Option
	Values []ui.Option
}

// chartOf draws a result: the first column that names by the first that counts, unless others are asked for.
func chartOf(lang i18n.Lang, r *sqlResult, label, value string) (*chartView, chartChooser) {
	var chooser chartChooser
	at, of := -1, -1
	for i, c := range r.columns {
		if c.Field.Type.Numeric() {
			if of < 0 && c.Name != label || c.Name == value {
				of = i
			}
			chooser.Values = append(chooser.Values, ui.Option{Value: c.Name, Label: c.Name})
		}
		if c.Field.Type != schema.JSON && !c.Field.Type.Spatial() {
			if at < 0 && (!c.Field.Type.Numeric() || c.Field.IsYear()) || c.Name == label {
				at = i
			}
			chooser.Labels = append(chooser.Labels, ui.Option{Value: c.Name, Label: c.Name})
		}
	}
	v := &chartView{}
	if at < 0 || of < 0 || at == of || len(r.rows) == 0 {
		v.Reason = i18n.T("Il faut une colonne qui nomme (un texte, un jour) et une colonne de nombres, par exemple : SELECT academie, count(*) AS n FROM … GROUP BY academie.",
			"It takes a column that names (a text, a day) and a column of numbers, for instance: SELECT academie, count(*) AS n FROM … GROUP BY academie.").In(lang)
		return v, chooser
	}
	for i := range chooser.Labels {
		chooser.Labels[i].Selected = chooser.Labels[i].Value == r.columns[at].Name
	}
	for i := range chooser.Values {
		chooser.Values[i].Selected = chooser.Values[i].Value == r.columns[of].Name
	}
	v.Title = i18n.T("%s, par %s", "%s, by %s", r.columns[of].Name, r.columns[at].Name).In(lang)
	if t := r.columns[at].Field.Type; t.Temporal() && len(r.rows) > 2 {
		v.line(lang, r, at, of)
	} else {
		v.bars(lang, r, at, of)
	}
	return v, chooser
}

// drawn is a value as a chart draws it.
func drawn(value any) (float64, bool) {
	switch v := value.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	case string:
		f, err := strconv.ParseFloat(v, 64)
		return f, err == nil
	}
	return 0, false
}

func (v *chartView) bars(lang i18n.Lang, r *sqlResult, at, of int) {
	for _, row := range r.rows {
		n, ok := drawn(row[of])
		if !ok {
			continue
		}
		if len(v.Bars) == mostBars {
			v.Cut = true
			break
		}
		name := cell(lang, row[at], r.columns[at].Field)
		if name.Missing {
			name.Text = i18n.T("(vide)", "(empty)").In(lang)
		}
		v.Bars = append(v.Bars, ui.Bar{Label: name.Text, Value: max(n, 0), Text: cell(lang, row[of], r.columns[of].Field).Text})
	}
	v.Cut = v.Cut || r.more
}

// The drawing of a line, in its units.
const lineWidth, lineHeight = 600, 200

func (v *chartView) line(lang i18n.Lang, r *sqlResult, at, of int) {
	type point struct {
		when  time.Time
		value float64
		row   []any
	}
	var points []point
	for _, row := range r.rows {
		when, isTime := row[at].(time.Time)
		n, isNumber := drawn(row[of])
		if isTime && isNumber && len(points) < mostPoints {
			points = append(points, point{when, n, row})
		}
	}
	v.Cut = r.more
	if len(points) < 2 {
		v.bars(lang, r, at, of)
		return
	}
	first, last, least, most := points[0], points[0], points[0], points[0]
	for _, p := range points {
		if p.when.Before(first.when) {
			first = p
		}
		if p.when.After(last.when) {
			last = p
		}
		if p.value < least.value {
			least = p
		}
		if p.value > most.value {
			most = p
		}
	}
	floor := min(least.value, 0)
	height, width := most.value-floor, last.when.Sub(first.when).Seconds()
	if height <= 0 {
		height = 1
	}
	if width <= 0 {
		width = 1
	}
	var b strings.Builder
	for _, p := range points {
		fmt.Fprintf(&b, "%.1f,%.1f ", p.when.Sub(first.when).Seconds()/width*lineWidth, lineHeight-(p.value-floor)/height*lineHeight)
	}
	say := func(p point, column int) string { return cell(lang, p.row[column], r.columns[column].Field).Text }
	v.Line, v.Low, v.High, v.Most = strings.TrimSpace(b.String()), say(first, at), say(last, at), say(most, of)
	if v.Least = "0"; floor < 0 {
		v.Least = say(least, of)
	}
	v.Words = i18n.T("%s\u00a0: de %s (%s) à %s (%s)\u202f; le plus haut %s (%s), le plus bas %s (%s)", "%s: from %s (%s) to %s (%s); highest %s (%s), lowest %s (%s)",
		v.Title, v.Low, say(first, of), v.High, say(last, of), v.Most, say(most, at), say(least, of), say(least, at)).In(lang)
}
