package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"socle/bench/kit"
)

// growth asks Socle and DuckDB, from one client, on files of ten times more rows each, and prints a table and a picture.
func growth(ctx context.Context, o options, most int) error {
	o.peers, o.clients = false, []int{1}
	var sizes []int
	var names []string
	times := map[string][2][]time.Duration{} // of each question: Socle's and DuckDB's, for each size
	for rows := 100_000; rows <= most; rows *= 10 {
		o.rows = rows
		if err := grow(ctx, o, func(name string, socle, duck time.Duration) {
			if _, known := times[name]; !known {
				names = append(names, name)
			}
			pair := times[name]
			pair[0], pair[1] = append(pair[0], socle), append(pair[1], duck)
			times[name] = pair
		}); err != nil {
			return err
		}
		sizes = append(sizes, rows)
	}
	fmt.Printf("# %s: growth, one client, p50, Socle over HTTP / DuckDB in process\n\n| question |", kit.Machine())
	for _, rows := range sizes {
		fmt.Printf(" %s rows |", thousands(rows))
	}
	fmt.Println("\n|---|" + strings.Repeat("---|", len(sizes)))
	for _, name := range names {
		fmt.Printf("| %s |", name)
		for n := range sizes {
			fmt.Printf(" %s / %s |", kit.Milliseconds(times[name][0][n]), kit.Milliseconds(times[name][1][n]))
		}
		fmt.Println()
	}
	path := filepath.Join(o.dir, "growth.svg")
	if err := os.WriteFile(path, []byte(plot(sizes, names, times)), 0o644); err != nil {
		return err
	}
	fmt.Printf("\nThe picture is in %s.\n", path)
	return nil
}

func grow(ctx context.Context, o options, tell func(name string, socle, duck time.Duration)) error {
	engines, questions, err := open(ctx, o)
	defer func() {
		for _, e := range engines {
			e.close()
		}
	}()
	if err != nil {
		return err
	}
	for _, q := range questions {
		if q.same {
			continue
		}
		loads := cell(ctx, o, engines, q, 1, true)
		for n, load := range loads {
			if trouble := load.Trouble(); trouble != "" {
				fmt.Fprintf(os.Stderr, "%s, %s, %d rows: %s\n", engines[n].name(), q.name, o.rows, trouble)
			}
		}
		tell(q.name, loads[0].Quantile(0.5), loads[1].Quantile(0.5))
	}
	return nil
}

func thousands(n int) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// plot draws the times on two logarithmic scales: a full line for Socle, a dashed one for DuckDB, a colour for each question.
func plot(sizes []int, names []string, times map[string][2][]time.Duration) string {
	const width, height, left, top, right, bottom = 900.0, 460.0, 70.0, 20.0, 320.0, 40.0
	colours := []string{"#1b6ac9", "#c9401b", "#1b9a4a", "#8a3fc0", "#b8860b", "#0f8b8d", "#c2185b", "#555555"}
	least, most := 0.1, 1.0 // milliseconds
	for _, pair := range times {
		for _, line := range pair {
			for _, d := range line {
				most = max(most, float64(d.Microseconds())/1000)
			}
		}
	}
	most = math.Pow(10, math.Ceil(math.Log10(most)))
	x := func(rows int) float64 {
		part := (math.Log10(float64(rows)) - 5) / max(math.Log10(float64(sizes[len(sizes)-1]))-5, 1)
		return left + part*(width-left-right)
	}
	y := func(d time.Duration) float64 {
		part := math.Log10(max(float64(d.Microseconds())/1000, least)/least) / math.Log10(most/least)
		return height - bottom - part*(height-top-bottom)
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g" font-family="sans-serif" font-size="12"><rect width="100%%" height="100%%" fill="#fff"/>`, width, height)
	for ms := least; ms <= most*1.001; ms *= 10 {
		at := y(time.Duration(ms * float64(time.Millisecond)))
		fmt.Fprintf(&b, "\n"+`<line x1="%g" x2="%g" y1="%.1f" y2="%.1f" stroke="#ddd"/><text x="%g" y="%.1f" text-anchor="end">%g ms</text>`, left, width-right, at, at, left-6, at+4, math.Round(ms*10)/10)
	}
	for _, rows := range sizes {
		fmt.Fprintf(&b, "\n"+`<text x="%.1f" y="%g" text-anchor="middle">%s</text>`, x(rows), height-bottom+18, thousands(rows))
	}
	for n, name := range names {
		colour := colours[n%len(colours)]
		for engine, line := range times[name] {
			var points []string
			for i, d := range line {
				points = append(points, fmt.Sprintf("%.1f,%.1f", x(sizes[i]), y(d)))
			}
			dash := [2]string{"", ` stroke-dasharray="5 4"`}[engine]
			fmt.Fprintf(&b, "\n"+`<polyline points="%s" fill="none" stroke="%s" stroke-width="2"%s/>`, strings.Join(points, " "), colour, dash)
		}
		fmt.Fprintf(&b, "\n"+`<text x="%g" y="%g" fill="%s">%s</text>`, width-right+16, top+20+20*float64(n), colour, name)
	}
	fmt.Fprintf(&b, "\n"+`<text x="%g" y="%g">full: Socle over HTTP; dashed: DuckDB in process</text></svg>`+"\n", width-right+16, top+40+20*float64(len(names)))
	return b.String()
}
