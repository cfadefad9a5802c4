package score

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"socle/internal/i18n"
	"socle/internal/web/ui"
)

func say(ctx context.Context, t i18n.Text) string { return t.In(i18n.From(ctx)) }

// points writes points with one decimal at most.
func points(ctx context.Context, x float64) string { return i18n.Decimal(i18n.From(ctx), x, 1) }

func percent(ctx context.Context, ratio float64) string { return i18n.Percent(i18n.From(ctx), ratio) }

// rate writes a small rate with the figures that tell something.
func rate(ctx context.Context, m Measure) string {
	lang := i18n.From(ctx)
	x := m.Rate()
	if x > 0 && x < 0.001 {
		return i18n.S(ctx, "moins de 0,1 %", "less than 0.1%")
	}
	return i18n.Percent(lang, x)
}

// counted writes what a line counted, or its rate alone where the counts are not for the reader.
func counted(ctx context.Context, m Measure) string {
	if m.Coarse {
		return rate(ctx, m)
	}
	return fraction(ctx, m.Bad, m.Total)
}

// fraction writes a numerator and its denominator.
func fraction(ctx context.Context, bad, total float64) string {
	lang := i18n.From(ctx)
	return i18n.S(ctx, "%s sur %s", "%s of %s", i18n.Decimal(lang, bad, 1), i18n.Decimal(lang, total, 1))
}

func letterKind(letter string) string {
	switch letter {
	case "A", "B":
		return ui.Success
	case "C":
		return ui.Info
	case "D":
		return ui.Warning
	}
	return ui.Failure
}

func stats(ctx context.Context, p panel) []ui.StatInfo {
	s := p.Score
	list := []ui.StatInfo{{Value: s.Letter, Label: i18n.S(ctx, "note", "letter"), URL: PathCriteria},
		{Value: points(ctx, s.Points), Label: i18n.S(ctx, "points sur 100", "points of 100")}}
	for _, part := range s.Parts {
		label := i18n.S(ctx, "pour les données", "for the data")
		if part.ID == string(Documentation) {
			label = i18n.S(ctx, "pour la documentation et l’usage", "for documentation and use")
		}
		value := percent(ctx, part.Share())
		if part.Of == 0 {
			value = "–"
		}
		list = append(list, ui.StatInfo{Value: value, Label: label, Hint: fraction(ctx, part.Points, part.Of) + i18n.S(ctx, " points", " points")})
	}
	return list
}

// worth says what a dimension is worth.
func worth(ctx context.Context, r Result) string {
	if r.Of == 0 {
		return i18n.S(ctx, "non mesuré", "not measured")
	}
	return i18n.S(ctx, "%s (%s points)", "%s (%s points)", percent(ctx, r.Share()), fraction(ctx, r.Points, r.Of))
}

// state says in a few words how a line stands.
func state(ctx context.Context, l Line) string {
	switch l.Measure.State {
	case Inapplicable:
		return i18n.S(ctx, "sans objet", "not applicable")
	case Unmeasured:
		return i18n.S(ctx, "non mesuré", "not measured")
	}
	return i18n.S(ctx, "%s sur %s points", "%s of %s points", points(ctx, l.Points), points(ctx, l.Weight))
}

// URL is the page where what the line lacks is done, for the dataset called id.
func (l Line) URL(id string) string {
	if l.Measure.Link != "" {
		return l.Measure.Link
	}
	return strings.ReplaceAll(l.Link, "{id}", url.PathEscape(id))
}

func (p panel) label(field string) string {
	if label := p.Labels[field]; label != "" {
		return label
	}
	return field
}

func (p panel) fields(names []string) string {
	labels := make([]string, 0, 8)
	for _, n := range names[:min(len(names), 8)] {
		labels = append(labels, p.label(n))
	}
	if len(names) > 8 {
		labels = append(labels, fmt.Sprintf("… (%d)", len(names)))
	}
	return strings.Join(labels, ", ")
}

func exampleText(ctx context.Context, p panel, e Example) string {
	var parts []string
	for _, c := range e.Cells {
		value := c.Value
		if value == "" {
			value = i18n.S(ctx, "vide", "empty")
		}
		parts = append(parts, p.label(c.Field)+i18n.S(ctx, "\u00a0: ", ": ")+value)
	}
	return strings.Join(parts, i18n.S(ctx, " ; ", "; "))
}

// curveText says how a rate becomes points.
func curveText(ctx context.Context, c Criterion) string {
	lang := i18n.From(ctx)
	if c.Curve == CurveErrors {
		return i18n.S(ctx, "tous les points jusqu’à %s, aucun à partir de %s, droite en logarithme entre les deux", "every point up to %s, none from %s on, a line in the logarithm in between", rateText(lang, c.OK), rateText(lang, c.KO))
	}
	return i18n.S(ctx, "tous les points jusqu’à %s, aucun à partir de %s, droite entre les deux", "every point up to %s, none from %s on, a line in between", rateText(lang, c.OK), rateText(lang, c.KO))
}

// sensitivityText says by how many places the datasets move at most when one weight varies.
func sensitivityText(ctx context.Context, rules Rules, scored []Scored) string {
	places, letters := 0, 0
	for _, s := range rules.Sensitivities(scored) {
		places, letters = max(places, s.Places), max(letters, s.Letters)
	}
	moved := i18n.T("aucun jeu ne change de lettre", "no letter changes")
	if letters > 0 {
		moved = i18n.T("%s de lettre au plus", "%s letter at most", i18n.Count(int64(letters), i18n.T("jeu change", "dataset changes"), i18n.T("jeux changent", "datasets change")))
	}
	return i18n.S(ctx, "Quand le poids d’un seul critère varie de 20\u00a0%% en plus ou en moins, le classement des %s mesurés change de %s au plus, et %s.",
		"When the weight of a single criterion varies by 20%% more or less, the order of the %s measured changes by %s at most, and %s.",
		i18n.Count(int64(len(scored)), i18n.T("jeu", "dataset"), i18n.T("jeux", "datasets")), i18n.Count(int64(places), i18n.T("place", "place"), i18n.T("places", "places")), moved)
}

func rateText(lang i18n.Lang, x float64) string {
	text := i18n.Decimal(lang, x*100, 3)
	if lang == i18n.EN {
		return text + "%"
	}
	return text + "\u00a0%"
}

// historyLine is the points of the history, the oldest first, in a space of 600 by 200.
func historyLine(ctx context.Context, history []Moment) ui.LineInfo {
	first, last := history[len(history)-1], history[0]
	span := last.At.Sub(first.At).Seconds()
	var points []string
	for i := len(history) - 1; i >= 0; i-- {
		m := history[i]
		x := 0.0
		if span > 0 {
			x = 600 * m.At.Sub(first.At).Seconds() / span
		}
		points = append(points, fmt.Sprintf("%.1f,%.1f", x, 200-2*m.Points))
	}
	return ui.LineInfo{Label: i18n.S(ctx, "Points de qualité, du %s au %s", "Points of quality, from %s to %s", ui.Day(ctx, first.At), ui.Day(ctx, last.At)),
		Points: strings.Join(points, " "), Low: ui.Day(ctx, first.At), High: ui.Day(ctx, last.At), Least: "0", Most: "100"}
}
