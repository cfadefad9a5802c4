package score

import (
	"slices"
	"strings"

	"socle/internal/french"
	"socle/internal/i18n"
	"socle/internal/schema"
)

// codeKind is a kind of code that can be checked alone.
type codeKind struct {
	concepts []string // as ingestion recognises them
	words    []string // one of these is in the name of the column…
	also     []string // …with one of these, when there are any
	label    i18n.Text
	check    func(string) french.Verdict
	named    bool // the name of the column is enough: codes all wrong are still that kind
}

var codeKinds = []codeKind{
	{concepts: []string{"uai"}, words: []string{"uai", "rne"}, label: i18n.T("UAI", "UAI"), check: french.UAI},
	{concepts: []string{"siret"}, words: []string{"siret"}, label: i18n.T("SIRET", "SIRET"), check: french.SIRET},
	{concepts: []string{"siren"}, words: []string{"siren"}, label: i18n.T("SIREN", "SIREN"), check: french.SIREN},
	{concepts: []string{"commune"}, words: []string{"insee", "depcom", "codgeo"}, label: i18n.T("code commune", "commune code"), check: french.Commune},
	{words: []string{"commune", "com"}, also: []string{"code", "cod"}, label: i18n.T("code commune", "commune code"), check: french.Commune},
	{concepts: []string{"postal"}, words: []string{"postal", "cp"}, label: i18n.T("code postal", "postal code"), check: french.Postal},
	{concepts: []string{"departement"}, words: []string{"departement", "dep", "dept"}, also: []string{"code", "cod", "numero", "num"}, label: i18n.T("code département", "département code"), check: departementCode},
	{words: []string{"region", "reg"}, also: []string{"code", "cod"}, label: i18n.T("code région", "region code"), check: regionCode, named: true},
}

// departementCode wants the zero: "1" is what is left of "01".
func departementCode(s string) french.Verdict {
	v := french.Departement(s)
	if len(s) == 1 && s[0] >= '1' && s[0] <= '9' {
		v = french.Verdict{Reason: i18n.T("il manque le zéro du début", "the leading zero is missing"), Suggestion: "0" + s}
	}
	return v
}

// regions are the codes of INSEE, those before 2016 after those of today: a long series has both.
var regions = strings.Fields("01 02 03 04 06 11 24 27 28 32 44 52 53 75 76 84 93 94 21 22 23 25 26 31 41 42 43 54 72 73 74 82 83 91")

// regionCode checks the code of a region in INSEE's official geographic code. The "régions académiques" have other numbers.
func regionCode(s string) french.Verdict {
	s = strings.TrimSpace(s)
	switch {
	case slices.Contains(regions, s):
		return french.Verdict{Valid: true, Canonical: s}
	case len(s) == 1 && slices.Contains(regions, "0"+s):
		return french.Verdict{Reason: i18n.T("il manque le zéro du début", "the leading zero is missing"), Suggestion: "0" + s}
	}
	return french.Verdict{Reason: i18n.T("ce n’est pas un code de région de l’Insee", "it is no region code of INSEE")}
}

// codes checks the codes of one column.
type codes struct {
	r          *reader
	column     int
	kind       codeKind
	verdicts   *memory[codeVerdict]
	zeros, bad faults
	total      int64
}

func newCodes(r *reader) (list []detector) {
	for i, f := range r.fields {
		kind, ok := r.codeKindOf(i, f)
		if !ok {
			continue
		}
		c := &codes{r: r, column: i, kind: kind, verdicts: newMemory(kind.verdict)}
		c.zeros.Kind, c.bad.Kind = "lost-zeros", "bad-code"
		if kind.named {
			c.bad.Kind = "region-not-insee"
		}
		list = append(list, c)
	}
	return list
}

// codeKindOf says what codes a column holds: by what ingestion recognised, or by its name when at least half of the values look
// like it.
func (r *reader) codeKindOf(i int, f schema.Field) (codeKind, bool) {
	if f.Type != schema.Text && f.Type != schema.Integer {
		return codeKind{}, false
	}
	for _, k := range codeKinds {
		if f.Concept != "" && slices.Contains(k.concepts, f.Concept) {
			return k, true
		}
	}
	for _, k := range codeKinds {
		if !r.sample.has(i, k.words...) || len(k.also) > 0 && !r.sample.has(i, k.also...) {
			continue
		}
		likely := func(v any) bool {
			verdict := k.check(textOf(v))
			return verdict.Valid || verdict.Suggestion != ""
		}
		if k.named {
			likely = func(v any) bool {
				s := textOf(v)
				return len(s) <= 2 && shapeOf(s) == shape{digitsShape, len(s)}
			}
		}
		if r.sample.share(i, likely) >= 0.5 {
			return k, true
		}
	}
	return codeKind{}, false
}

func (c *codes) criterion() string { return "validity-codes" }

func (c *codes) look(row record) {
	v := row.values[c.column]
	if empty(v) {
		return
	}
	c.total++
	switch c.verdicts.of(textOf(v)) {
	case lostZero:
		c.zeros.add(c.r, row, c.column)
	case badCode:
		c.bad.add(c.r, row, c.column)
	}
}

// codeVerdict is what is wrong with a code.
type codeVerdict byte

const (
	rightCode codeVerdict = iota
	lostZero
	badCode
)

func (k codeKind) verdict(value string) codeVerdict {
	text := strings.TrimSpace(value)
	switch verdict := k.check(text); {
	case verdict.Valid:
		return rightCode
	case verdict.Suggestion == "0"+text:
		return lostZero
	}
	return badCode
}

func (c *codes) tally() Tally {
	t := Tally{Bad: c.zeros.Bad + c.bad.Bad, Total: c.total}
	label := c.r.fields[c.column].Label
	c.zeros.Text = i18n.T("Colonne « %s » : des valeurs ont perdu le zéro du début (%s).", "Column “%s”: values lost their leading zero (%s).", label, c.kind.label)
	c.bad.Text = i18n.T("Colonne « %s » : des valeurs ne sont pas un %s juste.", "Column “%s”: values are no right %s.", label, c.kind.label)
	if c.kind.named {
		c.bad.Text = i18n.T("Colonne « %s » : des codes ne sont pas ceux des régions de l’Insee ; peut-être ceux des régions académiques.",
			"Column “%s”: codes are not those of the regions of INSEE; perhaps those of the “régions académiques”.", label)
	}
	return t.with(c.total, c.r.fields[c.column].Name, &c.zeros, &c.bad)
}

// with adds the findings that found something.
func (t Tally) with(total int64, field string, found ...*faults) Tally {
	for _, f := range found {
		if f.Bad > 0 {
			f.Total = total
			if f.Fields == nil {
				f.Fields = []string{field}
			}
			t.Findings = append(t.Findings, f.Finding)
		}
	}
	return t
}
