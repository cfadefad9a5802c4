package score

import (
	"fmt"
	"slices"
	"strings"

	"socle/internal/french"
	"socle/internal/i18n"
	"socle/internal/schema"
)

// listValues is how many different values a list of values has at most.
const listValues = 1000

// spellings finds the values of a list that are written in several ways.
type spellings struct {
	r       *reader
	columns []int
	values  []map[string]int64 // nil once the column is no list
	filled  []int64
}

func newSpellings(r *reader) []detector {
	s := &spellings{r: r}
	for i, f := range r.fields {
		if f.Type == schema.Text && !f.Personal {
			s.columns, s.values, s.filled = append(s.columns, i), append(s.values, map[string]int64{}), append(s.filled, 0)
		}
	}
	if s.columns == nil {
		return nil
	}
	return []detector{s}
}

func (s *spellings) criterion() string { return "consistent-spellings" }

func (s *spellings) look(row record) {
	for i, column := range s.columns {
		if s.values[i] == nil {
			continue
		}
		text, _ := row.values[column].(string)
		if empty(text) {
			continue
		}
		s.filled[i]++
		s.values[i][text]++
		if len(s.values[i]) > listValues {
			s.values[i] = nil
		}
	}
}

// isList reports whether a column has few values, each used several times.
func (s *spellings) isList(i int) bool {
	return len(s.values[i]) > 0 && s.filled[i] >= 3*int64(len(s.values[i]))
}

// listed names the columns that are lists.
func (s *spellings) listed() (names []string) {
	for i, column := range s.columns {
		if s.isList(i) && len(s.values[i]) > 1 {
			names = append(names, s.r.fields[column].Name)
		}
	}
	return names
}

func (s *spellings) tally() Tally {
	var t Tally
	for i, column := range s.columns {
		if !s.isList(i) {
			continue
		}
		t.Total += s.filled[i]
		f := s.finding(i, column)
		if f.Bad > 0 {
			t.Bad += f.Bad
			t.Findings = append(t.Findings, f)
		}
	}
	return t
}

func (s *spellings) finding(i, column int) Finding {
	field := s.r.fields[column]
	f := Finding{Kind: "several-spellings", Fields: []string{field.Name}, Total: s.filled[i],
		Text: i18n.T("Colonne « %s » : une même valeur est écrite de plusieurs façons.", "Column “%s”: one value is written in several ways.", field.Label)}
	groups := map[string][]string{}
	for value := range s.values[i] {
		key := bareWord(value)
		groups[key] = append(groups[key], value)
	}
	for _, key := range sortedKeys(groups) {
		ways := groups[key]
		if len(ways) < 2 || key == "" {
			continue
		}
		slices.SortFunc(ways, func(a, b string) int {
			if n := s.values[i][b] - s.values[i][a]; n != 0 {
				return int(n)
			}
			return strings.Compare(a, b)
		})
		e := Example{}
		for w, way := range ways {
			if w > 0 {
				f.Bad += s.values[i][way]
			}
			e.Cells = append(e.Cells, Cell{Field: field.Name, Value: fmt.Sprintf("%s (%d)", clip(way), s.values[i][way])})
		}
		if len(f.Examples) < exampleRows {
			f.Examples = append(f.Examples, e)
		}
	}
	return f
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// bareWord is a value without what does not change its meaning: case, accents, punctuation, the s of the plural.
func bareWord(s string) string {
	words := strings.FieldsFunc(french.Fold(s), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	for i, w := range words {
		if len(w) > 3 {
			words[i] = strings.TrimSuffix(w, "s")
		}
	}
	return strings.Join(words, " ")
}
