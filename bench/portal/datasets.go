package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
)

// A dataset of the portal, as its list tells: how much there is, and how much it is asked for.
type dataset struct {
	id        string
	rows      int
	bytes     int64
	calls     int64
	downloads int64
}

// width is the bytes of a row.
func (d dataset) width() int { return int(d.bytes / int64(max(d.rows, 1))) }

// readList reads the list of a real portal, a CSV as Opendatasoft exports it.
func readList(path string) ([]dataset, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	reader := csv.NewReader(f)
	reader.Comma = ';'
	lines, err := reader.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("list of the portal: %w", err)
	}
	at := map[string]int{}
	for i, name := range lines[0] {
		at[strings.TrimPrefix(name, "\ufeff")] = i
	}
	var list []dataset
	for _, line := range lines[1:] {
		number := func(name string) int64 {
			i, found := at[name]
			if !found {
				err = errors.Join(err, fmt.Errorf("list of the portal: no column %q", name))
				return 0
			}
			n, _ := strconv.ParseFloat(line[i], 64) // an empty cell is none
			return int64(n)
		}
		list = append(list, dataset{id: line[at["dataset_id"]], rows: int(number("records_count")), bytes: number("records_size"),
			calls: number("API call count"), downloads: number("Download count")})
	}
	return list, err
}

// The shape of a real ministry's portal, by its quantiles: how many rows, bytes a row, calls and downloads a dataset has.
var (
	quantiles    = []float64{0, .1, .2, .3, .4, .5, .6, .7, .8, .9, .95, .98, .99, 1}
	rowsAt       = []float64{0, 31, 100, 240, 630, 1_200, 3_600, 9_200, 24_000, 56_000, 180_000, 520_000, 2_800_000, 3_000_000}
	widthsAt     = []float64{22, 78, 107, 145, 176, 226, 293, 371, 524, 900, 1_200, 3_000, 8_000, 15_000}
	callsAt      = []float64{350, 3_900, 5_300, 7_000, 11_000, 21_000, 31_000, 67_000, 240_000, 700_000, 2_200_000, 4_200_000, 4_800_000, 6_400_000}
	downloadsAt  = []float64{100, 870, 1_500, 2_600, 3_400, 4_200, 5_400, 6_700, 8_900, 15_000, 35_000, 90_000, 110_000, 110_000}
	mainDatasets = []dataset{
		{"calendrier-scolaire", 2_320, 290_000, 164_000_000, 7_300_000},
		{"annuaire-education", 69_000, 47_400_000, 62_000_000, 370_000},
		{"adresse-et-geolocalisation", 64_000, 35_000_000, 21_000_000, 310_000},
	}
)

// builtInList makes up a portal of 281 datasets with that shape; the same one each time.
func builtInList() []dataset {
	const many = 281
	list := append([]dataset(nil), mainDatasets...)
	rest := many - len(list)
	r := rand.New(rand.NewPCG(1, 2))
	order := func() []int { return r.Perm(rest) }
	rows, widths, calls, downloads := order(), order(), order(), order()
	for i := range rest {
		at := func(rank []int, values []float64) float64 {
			return quantile(values, (float64(rank[i])+0.5)/float64(rest))
		}
		d := dataset{id: fmt.Sprintf("jeu-%03d", i+1), rows: int(at(rows, rowsAt)), calls: int64(at(calls, callsAt)), downloads: int64(at(downloads, downloadsAt))}
		width := at(widths, widthsAt)
		if d.rows > 300_000 {
			width = min(width, 600) // the widest rows are in small datasets
		}
		d.bytes = int64(float64(d.rows) * width)
		list = append(list, d)
	}
	return list
}

// quantile is the value at a part of a distribution, between the quantiles that are known.
func quantile(values []float64, part float64) float64 {
	for n := 1; n < len(quantiles); n++ {
		if part <= quantiles[n] {
			between := (part - quantiles[n-1]) / (quantiles[n] - quantiles[n-1])
			low, high := math.Log(values[n-1]+1), math.Log(values[n]+1)
			return math.Exp(low+between*(high-low)) - 1
		}
	}
	return values[len(values)-1]
}

// fewest is the number of rows under which no dataset is scaled down: the calendar stays whole.
const fewest = 2_500

// list returns the datasets of a list that stands at a path, or the built-in ones when there is none, with the rows times scale.
func list(path string, scale float64) (datasets []dataset, from string, err error) {
	from = path
	switch datasets, err = readList(path); {
	case path == "" || errors.Is(err, fs.ErrNotExist):
		datasets, from, err = builtInList(), "built in, from quantiles", nil
	case err != nil:
		return nil, "", err
	}
	for i, d := range datasets {
		if width := d.width(); scale != 1 && d.rows > 0 {
			datasets[i].rows = max(int(float64(d.rows)*scale), min(d.rows, fewest))
			datasets[i].bytes = int64(datasets[i].rows) * int64(width)
		}
	}
	return datasets, from, nil
}

// kind is how a dataset is made and asked.
type kind int

const (
	other kind = iota
	calendar
	directory
)

func (d dataset) kind() kind {
	switch {
	case strings.Contains(d.id, "calendrier-scolaire"):
		return calendar
	case strings.Contains(d.id, "annuaire-education"), strings.Contains(d.id, "adresse-et-geolocalisation"):
		return directory
	}
	return other
}
