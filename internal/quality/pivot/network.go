package pivot

import (
	"slices"
	"strconv"
	"strings"

	"socle/internal/i18n"
)

// drawing is the network of pivots, laid out: the pivots in the middle, datasets on both sides, a line for each field.
type drawing struct {
	Width, Height int
	Pivots        []node
	Datasets      []node
	Lines         []line
	Left          int // datasets that are not drawn, for want of room
}

// node is a box with a name that leads to a page.
type node struct {
	X, Y, W, H int
	Text, Full string
	URL        string
}

// line goes from a dataset to a pivot.
type line struct {
	Path  string
	Title string
}

// The measures of the drawing.
const (
	mostDrawn   = 60 // datasets
	boxHeight   = 30
	boxStep     = 42
	datasetW    = 300
	pivotW      = 260
	drawnWidth  = 1120
	longestText = 33
)

// draw lays the network out. It is the same for the same pivots.
func draw(lang i18n.Lang, pivots []Pivot) drawing {
	d := drawing{Width: drawnWidth}
	if len(pivots) == 0 {
		return d
	}
	var members []Member
	for _, p := range pivots {
		for _, m := range p.Members {
			if !slices.ContainsFunc(members, func(o Member) bool { return o.Ref.Dataset == m.Ref.Dataset }) {
				members = append(members, m)
			}
		}
	}
	if len(members) > mostDrawn {
		d.Left = len(members) - mostDrawn
		members = members[:mostDrawn]
	}
	half := (len(members) + 1) / 2
	rows := max(half, len(pivots))
	d.Height = rows*boxStep + 8
	place := map[string]int{}
	for i, m := range members {
		n := node{X: 4, W: datasetW, H: boxHeight, Text: clip(m.Dataset.Title), Full: m.Dataset.Title, URL: "/jeux/" + m.Dataset.ID}
		at, column := i, half
		if i >= half {
			n.X, at, column = drawnWidth-datasetW-4, i-half, len(members)-half
		}
		n.Y = spread(at, column, d.Height)
		place[m.Ref.Dataset] = len(d.Datasets)
		d.Datasets = append(d.Datasets, n)
	}
	for i, p := range pivots {
		name := label(p.ID).In(lang)
		n := node{X: (drawnWidth - pivotW) / 2, Y: spread(i, len(pivots), d.Height), W: pivotW, H: boxHeight, Text: clip(name), Full: name, URL: pivotPath(p.ID)}
		d.Pivots = append(d.Pivots, n)
		for _, m := range p.Members {
			if at, drawn := place[m.Ref.Dataset]; drawn {
				d.Lines = append(d.Lines, line{curve(d.Datasets[at], n), m.Dataset.Title + " – " + m.Label})
			}
		}
	}
	return d
}

// spread puts the boxes of a column evenly from top to bottom.
func spread(i, n, height int) int {
	return (2*i+1)*height/(2*n) - boxHeight/2
}

// curve goes from the side of a dataset to the side of a pivot that faces it.
func curve(dataset, pivot node) string {
	x1, x2 := dataset.X+dataset.W, pivot.X
	if dataset.X > pivot.X {
		x1, x2 = dataset.X, pivot.X+pivot.W
	}
	y1, y2 := dataset.Y+dataset.H/2, pivot.Y+pivot.H/2
	middle := (x1 + x2) / 2
	n := strconv.Itoa
	return "M" + n(x1) + " " + n(y1) + " C" + n(middle) + " " + n(y1) + " " + n(middle) + " " + n(y2) + " " + n(x2) + " " + n(y2)
}

// clip keeps a text within its box.
func clip(text string) string {
	if r := []rune(text); len(r) > longestText {
		return strings.TrimRight(string(r[:longestText-1]), " ,:") + "…"
	}
	return text
}
