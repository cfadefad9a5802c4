package score

import (
	"fmt"
	"slices"
	"strings"

	"socle/internal/asset"
	"socle/internal/i18n"
	"socle/internal/schema"
)

// Received is what the ingestion of a version noted: how the file was written, and what it lost against the version before.
type Received struct {
	Encoding string     // "utf-8"; "" when the format settles it
	Lost     *Lost      // nil for a first version
	Emptied  []Emptying // columns with fewer filled cells than before
}

// Lost is what a version lost.
type Lost struct {
	RowsBefore, RowsAfter int64
	Categories            []Category // territories and categories that lost rows
}

// Category is a value of a category that lost rows.
type Category struct {
	Field, Value  string
	Before, After int64 // rows
}

// The share of its rows that a category loses for it to be a loss, and how many rows it had at least. One that is gone is a loss
// whatever it had.
const (
	shrunkShare = 0.5
	shrunkLeast = 10
)

// lost reports whether a category lost what no usual change explains.
func (c Category) lost() bool {
	return c.After == 0 || c.Before >= shrunkLeast && float64(c.Before-c.After) > shrunkShare*float64(c.Before)
}

// Emptying is a column with fewer filled cells than before.
type Emptying struct {
	Field         string
	Before, After int64
}

// fileMeasures are what the file and its reading say.
func (s subject) fileMeasures() map[string]Measure {
	out := map[string]Measure{}
	if s.reading == nil {
		return out
	}
	for criterion, t := range s.reading.Tallies {
		if t.Total == 0 {
			out[criterion] = inapplicable(i18n.T("Rien de tel dans ce jeu.", "Nothing of the kind in this dataset."))
			continue
		}
		m := measured(float64(t.Bad), float64(t.Total))
		m.Findings = t.Findings
		out[criterion] = m
	}
	for _, criterion := range []string{"validity-codes", "validity-contacts", "complete-placeholders", "unique-key", "unique-rows", "consistent-totals", "consistent-periods", "consistent-days", "consistent-shift",
		"consistent-spellings", "consistent-names", "consistent-places", CriterionClosed} {
		if _, seen := out[criterion]; !seen {
			out[criterion] = inapplicable(i18n.T("Rien de tel dans ce jeu.", "Nothing of the kind in this dataset."))
		}
	}
	out["structure-columns"], out["structure-rows"], out["structure-encoding"] = s.headers(), s.irregular(), s.encoding()
	out["validity-cells"], out["complete-cells"], out["complete-columns"] = s.misfits(), s.cells(), s.columns()
	population := s.population()
	population.Findings = append(slices.Clone(population.Findings), s.reading.Tallies[CriterionPopulation].Findings...)
	out[CriterionPopulation] = population
	return out
}

func (s subject) headers() Measure {
	seen := map[string]bool{}
	return s.eachField("bad-header", i18n.T("Des colonnes n’ont pas de nom, ou le même qu’une autre.", "Columns have no name, or that of another."), always, func(f schema.Field) float64 {
		folded := bareWord(f.Label)
		bad := strings.HasPrefix(f.Name, "colonne_") && strings.Trim(strings.TrimPrefix(f.Name, "colonne_"), "0123456789") == "" || seen[folded]
		seen[folded] = true
		return oneIf(bad)
	})
}

func (s subject) irregular() Measure {
	q := s.version.Quarantine
	m := measured(float64(q.Rows), float64(s.version.Rows))
	if q.Rows > 0 {
		m.Findings = []Finding{{Kind: "irregular-row", Bad: q.Rows, Total: s.version.Rows, Text: i18n.T("Des lignes n’ont pas le nombre de cellules de l’en-tête, ou le répètent.", "Rows do not have the number of cells of the header, or repeat it.")}}
	}
	return m
}

func (s subject) encoding() Measure {
	bad := s.received.Encoding != "" && s.received.Encoding != "utf-8"
	m := flag(bad, i18n.T("Le fichier a été déposé en %s.", "The file came in %s.", s.received.Encoding))
	if bad {
		m.Findings = []Finding{{Kind: "not-utf-8", Text: m.Why, Bad: 1, Total: 1}}
	}
	return m
}

func (s subject) misfits() Measure {
	var filled int64
	for _, n := range s.reading.Filled {
		filled += n
	}
	q := s.version.Quarantine
	m := measured(float64(q.Cells), float64(filled+q.Cells))
	for _, c := range q.Columns {
		m.Findings = append(m.Findings, Finding{Kind: "misfit", Fields: []string{c.Name}, Bad: c.Cells, Total: s.reading.Filled[c.Name] + c.Cells,
			Text: i18n.T("Colonne « %s » : des cellules ne sont pas %s.", "Column “%s”: cells are not %s.", c.Label, c.Expected)})
	}
	return m
}

// The shares that tell an empty column.
const (
	almostEmpty = 0.05
	wasFilled   = 0.5
)

func (s subject) isAlmostEmpty(f schema.Field) bool {
	return float64(s.reading.Filled[f.Name]) < almostEmpty*float64(s.reading.Rows)
}

func (s subject) cells() Measure {
	var empty, all int64
	m := Measure{State: Measured}
	for _, f := range s.version.Schema.Fields {
		if s.isAlmostEmpty(f) {
			continue
		}
		gaps := s.reading.Rows - s.reading.Filled[f.Name]
		empty, all = empty+gaps, all+s.reading.Rows
		if gaps*50 > s.reading.Rows {
			m.Findings = append(m.Findings, Finding{Kind: "gaps", Fields: []string{f.Name}, Bad: gaps, Total: s.reading.Rows,
				Text: i18n.T("Colonne « %s » : des cellules sont vides.", "Column “%s”: cells are empty.", s.label(f))})
		}
	}
	m.Bad, m.Total = float64(empty), float64(all)
	m.Findings = worst(m.Findings)
	return m
}

func (s subject) columns() Measure {
	m := s.eachField("almost-empty", i18n.T("Des colonnes sont presque vides.", "Columns are almost empty."), always, func(f schema.Field) float64 { return oneIf(s.isAlmostEmpty(f)) })
	for _, e := range s.received.Emptied {
		f, known := s.version.Schema.Field(e.Field)
		if known && s.received.Lost != nil && float64(e.Before) >= wasFilled*float64(s.received.Lost.RowsBefore) && s.isAlmostEmpty(f) {
			m.Findings = append([]Finding{{Kind: "emptied-column", Fields: []string{e.Field}, Bad: e.Before - e.After, Total: e.Before,
				Text: i18n.T("La colonne « %s » était remplie dans la version précédente ; elle est vide.", "Column “%s” was filled in the version before; it is empty.", s.label(f))}}, m.Findings...)
		}
	}
	return m
}

// population measures the rows that are missing: those set aside at publication, of those that were sent, or those that
// territories and categories lost, of those of the version before; the worse of the two, for they may be the same rows.
func (s subject) population() Measure {
	m, aside := s.shrinkage(), s.setAside()
	if aside.State == Inapplicable {
		return m
	}
	worse := m
	if aside.Rate() >= m.Rate() {
		worse = aside
	}
	worse.Findings = worst(append(slices.Clone(aside.Findings), m.Findings...))
	worse.Link = aside.Link
	return worse
}

// setAside counts the rows that were sent and are not in the version, because they break a rule of the dataset.
func (s subject) setAside() Measure {
	n := s.version.Quarantine.Aside
	if n == 0 {
		return inapplicable(i18n.Text{})
	}
	m := measured(float64(n), float64(s.version.Rows+n))
	m.Link = fmt.Sprintf("%s/%d/quarantaine", datasetPath(s.dataset.ID, "versions"), s.version.Number)
	m.Findings = []Finding{{Kind: "set-aside", Bad: n, Total: s.version.Rows + n,
		Text: i18n.T("Des lignes du fichier ont été mises de côté : elles enfreignent une règle du jeu et manquent aux lecteurs.", "Rows of the file were set aside: they break a rule of the dataset, and readers lack them.")}}
	return m
}

// shrinkage counts the rows that territories and categories lost since the version before.
func (s subject) shrinkage() Measure {
	lost := s.received.Lost
	if lost == nil || lost.RowsBefore == 0 {
		return inapplicable(i18n.T("C’est la première version.", "It is the first version."))
	}
	m := measured(0, float64(lost.RowsBefore))
	gone, shrunk := map[string]*Finding{}, map[string]*Finding{}
	for _, c := range lost.Categories {
		if !c.lost() {
			continue
		}
		label := c.Field
		if field, ok := s.version.Schema.Field(c.Field); ok {
			label = s.label(field)
		}
		value := clip(c.Value)
		of, kind, text := gone, "missing-category", i18n.T("Colonne « %s » : des valeurs de la version précédente n’ont plus aucune ligne.", "Column “%s”: values of the version before have no row any more.", label)
		if c.After > 0 {
			of, kind, text = shrunk, "shrunk-category", i18n.T("Colonne « %s » : des valeurs ont perdu plus de la moitié de leurs lignes depuis la version précédente.", "Column “%s”: values lost more than half of their rows since the version before.", label)
			value = fmt.Sprintf("%s (%d → %d)", value, c.Before, c.After)
		}
		f := of[c.Field]
		if f == nil {
			f = &Finding{Kind: kind, Fields: []string{c.Field}, Total: lost.RowsBefore, Text: text}
			of[c.Field] = f
		}
		f.Bad += c.Before - c.After
		if len(f.Examples) < exampleRows {
			f.Examples = append(f.Examples, Example{Cells: []Cell{{Field: c.Field, Value: value}}})
		}
	}
	rows := map[string]int64{} // lost, as each field tells
	for _, of := range []map[string]*Finding{gone, shrunk} {
		for _, name := range sortedKeys(of) {
			rows[name] += of[name].Bad
			m.Bad = max(m.Bad, float64(rows[name]))
			m.Findings = append(m.Findings, *of[name])
		}
	}
	return m
}

// identifying are the concepts whose values name one person each.
var identifying = []string{"ine", "nir", "numen"}

// ceilings that hold whatever the rates.
func (s subject) ceilings() (held []string) {
	if s.reading == nil || s.reading.Rows == 0 {
		held = append(held, ceilingNoRows)
	}
	if s.dataset.Level == asset.Open && slices.ContainsFunc(s.version.Schema.Fields, func(f schema.Field) bool { return slices.Contains(identifying, f.Concept) }) {
		held = append(held, ceilingIdentifiers)
	}
	return held
}
