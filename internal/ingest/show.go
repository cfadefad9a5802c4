package ingest

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strconv"

	"socle/internal/i18n"
	"socle/internal/web/ui"
)

// whyType says why a column has its type.
func whyType(ctx context.Context, report Report, column int) string {
	if column >= len(report.Columns) {
		return ""
	}
	c := report.Columns[column]
	if c.Forced {
		return i18n.S(ctx, "choisi à la publication", "chosen at publication")
	}
	return say(ctx, c.Reason)
}

// pageURL is the address of the page before or after, "" when there is none.
func (q quarantine) pageURL(step int) string {
	if page := q.Page + step; page >= 1 && (step < 0 || q.Next) {
		values := url.Values{"page": {strconv.Itoa(page)}}
		if q.Column != "" {
			values.Set("colonne", q.Column)
		}
		return versionPath(q.Dataset.ID, q.Version.Number, "quarantaine") + "?" + values.Encode()
	}
	return ""
}

func (d difference) options(ctx context.Context) []ui.Option {
	options := make([]ui.Option, len(d.Choices))
	for i, v := range d.Choices {
		options[i] = ui.Option{Value: strconv.Itoa(v.Number), Label: i18n.S(ctx, "Version %d, du %s", "Version %d, of %s", v.Number, i18n.Date(i18n.From(ctx), v.PublishedAt))}
	}
	return options
}

func (d difference) stats(ctx context.Context) []ui.StatInfo {
	stats := []ui.StatInfo{
		{Value: count(ctx, d.Diff.Added), Label: i18n.S(ctx, "lignes ajoutées", "rows added")},
		{Value: count(ctx, d.Diff.Removed), Label: i18n.S(ctx, "lignes retirées", "rows removed")},
	}
	if len(d.Diff.Key) > 0 {
		stats = append(stats, ui.StatInfo{Value: count(ctx, d.Diff.Changed), Label: i18n.S(ctx, "lignes modifiées", "rows changed")})
	}
	return append(stats, ui.StatInfo{Value: count(ctx, d.Diff.RowsAfter), Label: i18n.S(ctx, "lignes en tout, contre %s", "rows in all, against %s", count(ctx, d.Diff.RowsBefore))})
}

type columnChange struct {
	label string
	rows  int64
}

// changedBy lists the columns in which rows changed, the most changed first.
func (d difference) changedBy() []columnChange {
	var changes []columnChange
	for _, field := range d.Version.Schema.Fields {
		if n := d.Diff.ChangedBy[field.Name]; n > 0 {
			changes = append(changes, columnChange{field.Label, n})
		}
	}
	slices.SortStableFunc(changes, func(a, b columnChange) int { return cmp.Compare(b.rows, a.rows) })
	return changes
}

func (d difference) bars(ctx context.Context) []ui.Bar {
	const most = 20
	var bars []ui.Bar
	for i, change := range d.changedBy() {
		if i == most {
			break
		}
		bars = append(bars, ui.Bar{Label: change.label, Value: float64(change.rows), Text: count(ctx, change.rows)})
	}
	return bars
}
