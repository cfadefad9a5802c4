// Command build makes the list of communes from the yearly packages that package.json names: one row for each code and
// period. Until 2019 the periods are those of the history of the official geographic code, to the day; after, a code
// begins or ends with the year whose list first has it or lacks it. It runs in internal/french/cog.
package main

import (
	"cmp"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"socle/internal/french"
)

// years are those that have a package; the last day told by the history is in the first one.
var years = []int{2019, 2021, 2022, 2023, 2024, 2025, 2026}

// listed is a commune as the list of a year has it.
type listed struct {
	Code   string   `json:"code"`
	Name   string   `json:"nom"`
	Type   string   `json:"type"`
	Seat   string   `json:"chefLieu"` // the commune that a part is part of
	Postal []string `json:"codesPostaux"`
	Former []string `json:"anciensCodes"`
}

// past is a period of the history.
type past struct {
	Code  string `json:"code"`
	Name  string `json:"nom"`
	Type  string `json:"type"`
	Begin string `json:"dateDebut"`
	End   string `json:"dateFin"`
}

// row is a line of the list.
type row struct {
	code, name        string
	kind              french.CommuneKind
	from, until, next string
	postal            []string
}

func main() {
	if err := build(filepath.Join("dist", "communes.csv.gz")); err != nil {
		fmt.Fprintln(os.Stderr, "list of communes:", err)
		os.Exit(1)
	}
}

func build(target string) error {
	var history []past
	if err := read(years[0], "historique-communes", &history); err != nil {
		return err
	}
	lists := make([][]listed, len(years))
	for i, year := range years {
		if err := read(year, "communes", &lists[i]); err != nil {
			return err
		}
	}
	return write(target, periods(history, lists))
}

func read(year int, name string, into any) error {
	text, err := os.ReadFile(filepath.Join("node_modules", fmt.Sprintf("cog-%d", year), "data", name+".json"))
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

// periods puts the history and the lists together.
func periods(history []past, lists [][]listed) []row {
	latest := lists[len(lists)-1]
	successors, names, postal := map[string]string{}, map[string]string{}, map[string][]string{}
	for _, l := range latest {
		switch l.Type {
		case "commune-deleguee", "commune-associee":
			if l.Seat != l.Code {
				successors[l.Code] = l.Seat
			}
		default:
			names[l.Code], postal[l.Code] = l.Name, l.Postal
			for _, former := range l.Former {
				successors[former] = l.Code
			}
		}
	}
	var rows []row
	open := map[string]int{} // the rows that have not ended, by code
	for _, p := range join(history) {
		rows = append(rows, row{code: p.Code, name: p.Name, kind: french.KindCommune, from: p.Begin, until: p.End, next: successors[p.Code]})
		if p.End == "" {
			open[p.Code] = len(rows) - 1
		}
	}
	for i, list := range lists {
		there := map[string]bool{}
		for _, l := range list {
			kind := french.KindCommune
			switch l.Type {
			case "arrondissement-municipal":
				kind = french.KindArrondissement
			case "commune-deleguee", "commune-associee":
				continue
			}
			there[l.Code] = true
			at, known := open[l.Code]
			if !known {
				r := row{code: l.Code, name: l.Name, kind: kind}
				if i > 0 && kind == french.KindCommune && !overseas(l.Code) {
					r.from = fmt.Sprintf("%d-01-01", years[i-1]+1)
				}
				rows = append(rows, r)
				at = len(rows) - 1
				open[l.Code] = at
			}
			rows[at].name = cmp.Or(names[l.Code], l.Name)
		}
		for code, at := range open {
			if !there[code] && !(i == 0 && overseas(code)) {
				// The benefit of the doubt where a year has no list: it ends with the year whose list lacks it.
				rows[at].until, rows[at].next = fmt.Sprintf("%d-01-01", years[i]), successors[code]
				delete(open, code)
			}
		}
	}
	for code, at := range open {
		rows[at].postal, rows[at].next = postal[code], ""
	}
	for _, l := range latest {
		if _, commune := open[l.Code]; !commune && (l.Type == "commune-deleguee" || l.Type == "commune-associee") {
			rows = append(rows, row{code: l.Code, name: l.Name, kind: french.KindPart, next: l.Seat})
		}
	}
	slices.SortStableFunc(rows, func(a, b row) int { return cmp.Or(cmp.Compare(a.code, b.code), cmp.Compare(a.from, b.from)) })
	return rows
}

// overseas reports whether a code is of a collectivity that the first lists leave out.
func overseas(code string) bool {
	return strings.HasPrefix(code, "975") || strings.HasPrefix(code, "977") || strings.HasPrefix(code, "978") || strings.HasPrefix(code, "98")
}

// join makes one period of those of a commune that follow each other: it changed its name or its members, not its code.
func join(history []past) []past {
	communes := slices.DeleteFunc(slices.Clone(history), func(p past) bool { return p.Type != "COM" })
	slices.SortStableFunc(communes, func(a, b past) int { return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.Begin, b.Begin)) })
	var out []past
	for _, p := range communes {
		if n := len(out) - 1; n >= 0 && out[n].Code == p.Code && out[n].End == p.Begin && p.Begin != "" {
			out[n].End, out[n].Name = p.End, p.Name
			continue
		}
		out = append(out, p)
	}
	return out
}

func write(target string, rows []row) error {
	file, err := os.Create(target)
	if err != nil {
		return err
	}
	defer file.Close()
	packed, err := gzip.NewWriterLevel(file, gzip.BestCompression)
	if err != nil {
		return err
	}
	if err := lines(packed, rows); err != nil {
		return err
	}
	if err := packed.Close(); err != nil {
		return err
	}
	return file.Close()
}

func lines(w io.Writer, rows []row) error {
	out := csv.NewWriter(w)
	if err := out.Write([]string{"code", "name", "kind", "from", "until", "successor", "postal"}); err != nil {
		return err
	}
	for _, r := range rows {
		if err := out.Write([]string{r.code, r.name, string(r.kind), r.from, r.until, r.next, strings.Join(r.postal, " ")}); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}
