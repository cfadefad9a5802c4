package explore

import (
	"context"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/a-h/templ"

	"socle/internal/asset"
	"socle/internal/engine"
	"socle/internal/i18n"
	"socle/internal/schema"
	"socle/internal/web/ui"
)

// columnView is what the tab of statistics shows of one column.
type columnView struct {
	Name      string
	Label     string
	Type      string
	Meaning   string
	Facts     []ui.Fact
	Histogram ui.HistogramInfo
	Frequent  []ui.Bar
}

// weightOf estimates the memory that the figures of a version take.
func weightOf(s *engine.Statistics) int64 {
	weight := int64(200)
	for _, column := range s.Columns {
		weight += 400 + int64(len(column.Histogram)*64+len(column.MostFrequent)*160)
	}
	return weight
}

// Statistics draws the figures of each column of a dataset.
func (s *Service) Statistics(r *http.Request, dataset asset.Dataset) (templ.Component, error) {
	ctx := r.Context()
	d, err := s.describe(ctx, dataset)
	if err != nil {
		return nil, err
	}
	if d.needData() != nil {
		return nil, nil
	}
	lang := i18n.From(ctx)
	if !d.view.Whole() { // the figures are of every row: they would tell about those that are hidden
		return statisticsTab(nil, i18n.T("Les statistiques portent sur toutes les lignes ; votre accès n’en montre qu’une partie.",
			"Statistics are about every row; your access shows some of them only.").In(lang)), nil
	}
	figures, err := s.figures.answer(ctx, d.version(), func(ctx context.Context) (*engine.Statistics, error) {
		return s.engine.Statistics(ctx, d.from())
	})
	if err != nil {
		return nil, err
	}
	var columns []columnView
	for _, column := range figures.Columns {
		if f, visible := d.fields.Field(column.Field.Name); visible {
			columns = append(columns, columnOf(lang, f, column, figures.Rows))
		}
	}
	return statisticsTab(columns, ""), nil
}

func columnOf(lang i18n.Lang, f schema.Field, c engine.ColumnStatistics, rows int64) columnView {
	v := columnView{Name: f.Name, Label: first(f.Label, f.Name), Type: typeName(lang, f), Meaning: f.Description}
	fact := func(fr, en, text string) {
		if text != "" {
			v.Facts = append(v.Facts, ui.Fact{Label: i18n.T(fr, en).In(lang), Text: text})
		}
	}
	share := func(n int64) string {
		if rows == 0 {
			return i18n.Integer(lang, n)
		}
		return i18n.Integer(lang, n) + " (" + i18n.Percent(lang, float64(n)/float64(rows)) + ")"
	}
	fact("Vides", "Empty", share(c.Empty))
	distinct := i18n.Integer(lang, c.Distinct)
	if c.Approximate {
		distinct = i18n.T("environ %s", "about %s", distinct).In(lang)
	}
	fact("Valeurs différentes", "Distinct values", distinct)
	fact("Plus petite", "Smallest", valueText(lang, c.Min, f))
	fact("Plus grande", "Largest", valueText(lang, c.Max, f))
	if c.Mean != nil {
		fact("Moyenne", "Mean", significant(lang, *c.Mean))
	}
	if c.Median != nil {
		fact("Médiane", "Median", significant(lang, *c.Median))
	}
	v.Histogram = histogram(lang, f, c.Histogram)
	for _, each := range c.MostFrequent {
		v.Frequent = append(v.Frequent, ui.Bar{Label: first(valueText(lang, each.Value, f), "–"), Value: float64(each.Count), Text: share(each.Count)})
	}
	return v
}

// significant writes a computed number with four figures or so.
func significant(lang i18n.Lang, x float64) string {
	if x == 0 {
		return "0"
	}
	decimals := 3 - int(math.Floor(math.Log10(math.Abs(x))))
	return i18n.Decimal(lang, x, min(max(decimals, 0), 8))
}

func histogram(lang i18n.Lang, f schema.Field, bins []engine.Bin) ui.HistogramInfo {
	h := ui.HistogramInfo{Label: i18n.T("Répartition de « %s »", "Distribution of “%s”", first(f.Label, f.Name)).In(lang)}
	for _, bin := range bins {
		h.Bars = append(h.Bars, ui.Bar{Label: i18n.T("de %s à %s", "from %s to %s", edge(lang, bin.Low, f), edge(lang, bin.High, f)).In(lang),
			Value: float64(bin.Count), Text: i18n.Integer(lang, bin.Count)})
	}
	if len(bins) > 0 {
		h.Low, h.High = edge(lang, bins[0].Low, f), edge(lang, bins[len(bins)-1].High, f)
	}
	return h
}

// edge writes the limit of a bar.
func edge(lang i18n.Lang, value any, f schema.Field) string {
	switch v := value.(type) {
	case float64:
		if f.IsYear() && v == math.Trunc(v) {
			return strings.TrimSpace(valueText(lang, int64(v), f))
		}
		return significant(lang, v)
	case time.Time:
		return dayText(lang, v, schema.Date)
	}
	return valueText(lang, value, f)
}
