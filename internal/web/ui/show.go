package ui

import (
	"context"
	"strconv"

	"socle/internal/i18n"
)

func sortIcon(sorted string) string {
	switch sorted {
	case "ascending":
		return "up"
	case "descending":
		return "down"
	}
	return "sort"
}

func rel(icon string) string {
	switch icon {
	case "previous":
		return "prev nofollow"
	case "next":
		return "next nofollow"
	}
	return "nofollow"
}

func rows(f FieldInfo) int {
	if f.Rows > 0 {
		return f.Rows
	}
	return 5
}

func progressMax(p ProgressInfo) int {
	if p.Max > 0 {
		return p.Max
	}
	return 100
}

func highest(bars []Bar) float64 {
	top := 0.0
	for _, b := range bars {
		top = max(top, b.Value)
	}
	return top
}

// The highest bar is 58 units of the 60; a bar that is not zero keeps one unit, so that it is seen.
func barUnits(bars []Bar, b Bar) float64 {
	top := highest(bars)
	if top <= 0 || b.Value <= 0 {
		return 0
	}
	return max(1, 58*b.Value/top)
}

func barHeight(bars []Bar, b Bar) string {
	return strconv.FormatFloat(barUnits(bars, b), 'f', 2, 64)
}

func barTop(bars []Bar, b Bar) string {
	return strconv.FormatFloat(60-barUnits(bars, b), 'f', 2, 64)
}

func barShare(bars []Bar, b Bar) string {
	top := highest(bars)
	if top <= 0 {
		return "0"
	}
	return strconv.FormatFloat(100*b.Value/top, 'f', 2, 64)
}

// histogramLabel says what the chart shows to those who cannot see it: its extent and its highest bar.
func histogramLabel(ctx context.Context, h HistogramInfo) string {
	if len(h.Bars) == 0 {
		return h.Label
	}
	top := h.Bars[0]
	for _, b := range h.Bars {
		if b.Value > top.Value {
			top = b
		}
	}
	return i18n.S(ctx, "%s\u00a0: de %s à %s\u202f; le plus souvent %s (%s)", "%s: from %s to %s; most often %s (%s)",
		h.Label, h.Low, h.High, top.Label, top.Text)
}
