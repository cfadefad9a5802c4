package score

import (
	"slices"
	"strings"

	"socle/internal/i18n"
	"socle/internal/schema"
)

// copies finds rows that are there twice, or keys that two rows share. A hash of eight bytes stands for each row; that two of
// thirty million rows have the same by chance is less likely than one in forty thousand.
type copies struct {
	r       *reader
	columns []int // of the key; nil: the whole row
	guessed bool  // nobody declared it
	hashes  []uint64
	over    bool // too many rows
	total   int64
}

func newCopies(r *reader) (list []detector) {
	if len(r.fields) > 1 {
		list = append(list, &copies{r: r})
	}
	var key []int
	for _, name := range r.key {
		i := slices.IndexFunc(r.fields, func(f schema.Field) bool { return f.Name == name })
		if i < 0 {
			key = nil
			break
		}
		key = append(key, i)
	}
	if key != nil {
		return append(list, &copies{r: r, columns: key})
	}
	// Without a declared key, an identifier that names nearly every row once is one.
	for i, f := range r.fields {
		kind, _ := r.codeKindOf(i, f)
		identifies := slices.Contains(kind.concepts, "uai") || slices.Contains(kind.concepts, "siret")
		if identifies || r.sample.has(i, "identifiant", "id", "uuid") && f.Type != schema.Decimal {
			return append(list, &copies{r: r, columns: []int{i}, guessed: true})
		}
	}
	return list
}

func (c *copies) criterion() string {
	if c.columns == nil {
		return "unique-rows"
	}
	return "unique-key"
}

func (c *copies) look(row record) {
	if c.over || c.columns != nil && allEmpty(row.values, c.columns) {
		return
	}
	c.total++
	if c.total > hashedRows {
		c.over, c.hashes = true, nil
		return
	}
	if c.columns == nil {
		c.hashes = append(c.hashes, row.hash)
	} else {
		c.hashes = append(c.hashes, hashOf(row.values, c.columns...))
	}
}

func allEmpty(values []any, columns []int) bool {
	return !slices.ContainsFunc(columns, func(i int) bool { return !empty(values[i]) })
}

func (c *copies) tally() Tally {
	if c.over || c.total == 0 {
		return Tally{}
	}
	slices.Sort(c.hashes)
	var repeated int64
	for i := 1; i < len(c.hashes); i++ {
		if c.hashes[i] == c.hashes[i-1] {
			repeated++
		}
	}
	c.hashes = nil
	if c.guessed && repeated*4 > c.total { // it names things that have several rows each
		return Tally{}
	}
	t := Tally{Bad: repeated, Total: c.total}
	if repeated == 0 {
		return t
	}
	f := Finding{Kind: "repeated-row", Bad: repeated, Total: c.total, Text: i18n.T("Des lignes sont entièrement égales à une autre.", "Rows are wholly equal to another.")}
	if c.columns != nil {
		var labels []string
		for _, i := range c.columns {
			f.Fields, labels = append(f.Fields, c.r.fields[i].Name), append(labels, c.r.fields[i].Label)
		}
		f.Kind = "repeated-key"
		f.Text = i18n.T("Plusieurs lignes ont le même identifiant (%s).", "Several rows have the same identifier (%s).", strings.Join(labels, ", "))
	}
	t.Findings = []Finding{f}
	return t
}
