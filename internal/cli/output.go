package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"unicode/utf8"
)

// json writes a value for machines.
func (s *session) json(value any) error {
	encoder := json.NewEncoder(s.out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}

// widest is how much of a cell a table shows.
const widest = 60

// table writes rows for people, aligned.
func (s *session) table(headers []string, rows [][]string) error {
	w := tabwriter.NewWriter(s.out, 0, 4, 2, ' ', 0)
	line := func(cells []string) {
		for i, cell := range cells {
			cell = strings.Join(strings.Fields(cell), " ")
			if utf8.RuneCountInString(cell) > widest {
				cell = string([]rune(cell)[:widest-1]) + "…"
			}
			if i > 0 {
				io.WriteString(w, "\t")
			}
			io.WriteString(w, cell)
		}
		io.WriteString(w, "\n")
	}
	line(headers)
	rules := make([]string, len(headers))
	for i, h := range headers {
		rules[i] = strings.Repeat("─", min(utf8.RuneCountInString(h), widest))
	}
	line(rules)
	for _, row := range rows {
		line(row)
	}
	return w.Flush()
}

func (s *session) println(fr, en string, args ...any) { fmt.Fprintln(s.out, s.say(fr, en, args...)) }
