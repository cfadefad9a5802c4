package validate

import (
	"math/bits"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"socle/internal/format"
	"socle/internal/french"
	"socle/internal/i18n"
)

// newReport puts the runs of tables together.
func newReport(runs []*tableRun) *Report {
	r := &Report{Valid: true, Errors: []Group{}, Warnings: []Warning{}}
	for _, run := range runs {
		groups := run.groups()
		task := Task{Name: run.name, Place: run.table.Source.Name, Labels: run.table.Header, Fields: len(run.program.fields), Rows: run.layout.Rows, faulty: run.faultyRows(), run: run}
		for i := range groups {
			task.Errors += groups[i].Count
			if len(runs) > 1 {
				groups[i].Table = run.name
			}
		}
		task.FaultyRows, task.Valid = task.faulty.Len(), task.Errors == 0
		r.Errors = append(r.Errors, groups...)
		for _, w := range slices.Concat(run.program.notes, run.warnings()) {
			if len(runs) > 1 {
				w.Table = run.name
			}
			r.Warnings = append(r.Warnings, w)
		}
		r.Tasks = append(r.Tasks, task)
		r.Valid = r.Valid && task.Valid
		r.Stats.Rows, r.Stats.Errors, r.Stats.FaultyRows = r.Stats.Rows+task.Rows, r.Stats.Errors+task.Errors, r.Stats.FaultyRows+task.FaultyRows
		r.Stats.Bytes += run.table.Source.Size
	}
	r.Stats.Tasks, r.Stats.Warnings = len(r.Tasks), len(r.Warnings)
	return r
}

// warnings are those of the file itself.
func (r *tableRun) warnings() []Warning {
	out := slices.Clone(r.binding.warnings)
	for _, n := range r.table.Notes {
		out = append(out, Warning{Code: n.Code, Text: n.Text})
	}
	for i := range r.program.rows {
		if rule := &r.program.rows[i]; !r.has(rule.fields) {
			out = append(out, Warning{Code: "check_skipped", Text: i18n.T("Le contrôle « %s » n’est pas fait : il manque au fichier l’une des colonnes %s.", "Check “%s” is not done: the file lacks one of the columns %s.", rule.name, strings.Join(rule.rule.fields, ", "))})
		}
	}
	for i := range r.program.keys {
		k := &r.program.keys[i]
		switch {
		case r.stores[i] == nil:
			out = append(out, Warning{Code: "check_skipped", Text: i18n.T("La règle « %s » n’est pas contrôlée : il manque au fichier l’une des colonnes %s.", "Rule “%s” is not checked: the file lacks one of the columns %s.", k.name, strings.Join(r.program.namesOf(k.fields), ", "))})
		case slices.Contains(r.absent, i):
			out = append(out, Warning{Code: "reference_unchecked", Text: i18n.T("La référence à la table « %s » n’est pas contrôlée : elle n’est pas connue ici. Donnez le paquet de données entier, ou cette table.", "The reference to table “%s” is not checked: it is not known here. Give the whole data package, or that table.", k.resource)})
		}
	}
	return out
}

func (p *Program) namesOf(fields []int) []string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = p.fields[f].def.Name
	}
	return names
}

// faultyRows puts the marks of the blocks in order.
func (r *tableRun) faultyRows() *RowSet {
	s := &RowSet{first: r.layout.FirstRows(), blocks: make([]rowBits, len(r.layout.FirstRows()))}
	for block, b := range r.marked {
		s.blocks[block] = b
		for _, word := range b {
			s.count += int64(bits.OnesCount64(word))
		}
	}
	return s
}

// groups are the faults by field and rule: the header, then the fields in the order of the columns, then the rows.
func (r *tableRun) groups() []Group {
	out := r.labelGroups()
	p := r.program
	for i := range p.fields {
		f := &p.fields[i]
		for j := range f.rules {
			if n := r.bases[i] + j; r.counts[n] > 0 {
				out = append(out, r.group(n, &f.rules[j], i))
			}
		}
		for j := range p.keys {
			if n := r.keyBase + j; p.keys[j].field == i && r.counts[n] > 0 {
				out = append(out, r.group(n, &p.keys[j].rule, i))
			}
		}
	}
	for n := range tableRules {
		if r.counts[n] > 0 {
			out = append(out, r.group(n, &tableRule[n], -1))
		}
	}
	for j := range p.rows {
		if n := r.rowBase + j; r.counts[n] > 0 {
			out = append(out, r.group(n, &p.rows[j].rule, p.rows[j].field))
		}
	}
	for j := range p.keys {
		if n := r.keyBase + j; p.keys[j].field < 0 && r.counts[n] > 0 {
			out = append(out, r.group(n, &p.keys[j].rule, -1))
		}
	}
	return out
}

// group tells the faults of one rule.
func (r *tableRun) group(n int, rule *rule, field int) Group {
	g := Group{rule: n, Rule: rule.name, Type: rule.code, Code: rule.code, Tags: tags(rule.code), Fields: rule.fields, Title: rule.title, Message: rule.wrong,
		Instruction: rule.expect, Fix: rule.fix, Count: r.counts[n], Examples: []Example{}}
	f := r.program.fieldAt(field)
	if f != nil {
		g.Field, g.FieldNumber = f.def.Name, r.binding.columns[field]+1
		g.Message = i18n.T("« %s » %s", "“%s” %s", labelOf(f.def), rule.wrong)
	}
	for _, s := range firstOf100(r.shown[n], r.most) {
		g.Examples = append(g.Examples, r.example(rule, f, s))
	}
	return g
}

// fieldAt returns a field by its place, nil for none.
func (p *Program) fieldAt(i int) *field {
	if i < 0 {
		return nil
	}
	return &p.fields[i]
}

// example tells one fault.
func (r *tableRun) example(rule *rule, f *field, s seen) Example {
	row, line, record := r.layout.Where(s.at)
	e := Example{Row: row, Line: line, RowNumber: r.rowNumber(line, record), Cell: s.cell}
	if f == nil && s.column >= 0 && (rule.code == codeExtra || rule.name == ShiftedRow) {
		e.FieldNumber = int(s.column) + 1
	}
	if f != nil {
		e.Field, e.FieldNumber = f.def.Name, int(s.column)+1
		if s.column < 0 || rule.code == codeUnique {
			e.FieldNumber = r.binding.columns[r.program.place(f)] + 1
		}
	}
	hidden := f != nil && f.masked
	if !hidden && rule.name != "required" {
		hidden = holdsNIR(e.Cell)
	}
	if hidden && e.Cell != "" {
		e.Cell, e.Masked = mask(e.Cell), true
	}
	e.Message = r.message(rule, f, &e, s)
	if f != nil && !e.Masked && s.cell != "" && rule.code != codeUnique {
		if suggestion, ok := f.suggest(s.cell); ok {
			e.Suggestion = suggestion
			e.Message = i18n.T("%s Voulez-vous dire « %s » ?", "%s Did you mean “%s”?", e.Message, suggestion)
		}
	}
	return e
}

// rowNumber is how frictionless-py counts a row: records of a text, rows of a sheet, elements of a list after a header.
func (r *tableRun) rowNumber(line, record int64) int64 {
	switch r.table.Source.Kind {
	case format.XLSX, format.ODS:
		return line
	case format.JSON, format.NDJSON, format.GeoJSON:
		return line + 1
	}
	return record + int64(r.table.RecordsBefore())
}

func (p *Program) place(f *field) int {
	for i := range p.fields {
		if &p.fields[i] == f {
			return i
		}
	}
	return -1
}

// message is the sentence about one fault.
func (r *tableRun) message(rule *rule, f *field, e *Example, s seen) i18n.Text {
	where := i18n.T("Ligne %d", "Line %d", e.Line)
	if f != nil {
		where = i18n.T("Ligne %d, « %s »", "Line %d, “%s”", e.Line, labelOf(f.def))
	}
	wrong := rule.wrong
	switch {
	case s.note != "" && rule.noted != nil:
		return i18n.T("%s : %s.", "%s: %s.", where, rule.noted(s.note))
	case s.note != "":
		wrong = i18n.T("est déjà à la ligne %s", "is already on line %s", s.note)
	}
	if rule.reason != nil && !e.Masked {
		if reason := rule.reason(e.Cell); !reason.IsZero() {
			wrong = i18n.T("%s : %s", "%s: %s", wrong, reason)
		}
	}
	switch {
	case rule.name == "primaryKey" && strings.Trim(e.Cell, ", ") == "":
		return i18n.T("%s : ce qui la désigne n’est pas entièrement rempli (%s).", "%s: what identifies it is not wholly filled (%s).", where, strings.Join(rule.fields, ", "))
	case e.Cell == "" && f != nil:
		return i18n.T("Ligne %d : « %s » %s.", "Line %d: “%s” %s.", e.Line, labelOf(f.def), wrong)
	case rule.code == codeExtra && e.Cell == "":
		return i18n.T("%s : une cellule vide est au-delà de la dernière colonne.", "%s: an empty cell is beyond the last column.", where)
	case rule.told || strings.Trim(e.Cell, ", ") == "":
		return i18n.T("%s : %s.", "%s: %s.", where, wrong)
	case rule.code == codeRow && f == nil:
		return i18n.T("%s : %s (%s).", "%s: %s (%s).", where, wrong, e.Cell)
	}
	return i18n.T("%s : « %s » %s.", "%s: “%s” %s.", where, e.Cell, wrong)
}

// labelGroups are the faults of the header, by rule.
func (r *tableRun) labelGroups() []Group {
	var out []Group
	for _, code := range []string{"unmatched-header", "blank-label", "duplicate-label", "incorrect-label", "missing-label", "extra-label"} {
		g := Group{rule: -1, Rule: code, Type: code, Code: code, Tags: tags(code), Examples: []Example{}}
		for _, f := range r.binding.faults {
			if f.code != code {
				continue
			}
			g.Title, g.Fix = f.title, f.fix
			g.Message, g.Instruction = i18n.T("L’en-tête n’est pas celui du schéma", "The header is not that of the schema"), i18n.T("Le fichier a les colonnes du schéma : %s.", "The file has the columns of the schema: %s.", orList(r.program.schemaNames()))
			if g.Count++; len(g.Examples) < r.most {
				g.Examples = append(g.Examples, Example{Line: max(1, r.table.DataLine-1), Field: f.field, FieldNumber: f.column + 1, Cell: f.label, Message: i18n.T("En-tête : %s.", "Header: %s.", f.wrong)})
			}
		}
		if g.Count > 0 {
			out = append(out, g)
		}
	}
	return out
}

func (p *Program) schemaNames() []string {
	names := make([]string, len(p.fields))
	for i := range p.fields {
		names[i] = p.fields[i].def.Name
	}
	return names
}

// tableRule are the rules that every table has.
var tableRule = [tableRules]rule{
	blankRow: {on: true, name: "blank-row", code: codeBlankRow, title: i18n.T("Ligne vide", "Blank row"), wrong: i18n.T("la ligne est vide", "the row is blank"),
		expect: i18n.T("Chaque ligne porte des données.", "Every row holds data."), fix: i18n.T("Retirez la ligne.", "Remove the row.")},
	extraCell: {on: true, name: "extra-cell", code: codeExtra, title: i18n.T("Cellule en trop", "Extra cell"), wrong: i18n.T("est au-delà de la dernière colonne", "is beyond the last column"),
		expect: i18n.T("Chaque ligne a autant de cellules que l’en-tête.", "Every row has as many cells as the header."), fix: i18n.T("Retirez la cellule si elle est de trop. Si un texte de la ligne a été coupé parce qu’il contient le séparateur, réunissez-le.", "Remove the cell if it is in excess. If a text of the row was cut because it holds the delimiter, join it again.")},
	shiftedRow: {on: true, name: ShiftedRow, code: codeRow, title: i18n.T("Valeurs décalées", "Shifted values"), wrong: i18n.T("les valeurs sont décalées d’une colonne", "values are shifted by one column"), noted: sayShift,
		expect: i18n.T("Chaque valeur est dans sa colonne.", "Every value is in its column."), fix: i18n.T("Remettez les valeurs à leur place : les autres fautes de la ligne disparaîtront. Dans un fichier texte, un texte qui contient le séparateur se met entre guillemets.", "Put the values back in their places: the other faults of the row will go. In a text file, a text that holds the delimiter is put between quotes.")},
	repeatedHeader: {on: true, name: "repeated-header", code: "row-error", title: i18n.T("En-tête répété", "Repeated header"), wrong: i18n.T("la ligne répète les noms des colonnes", "the row repeats the names of the columns"),
		expect: i18n.T("Les noms des colonnes sont à la première ligne seulement.", "The names of the columns are on the first line only."), fix: i18n.T("Retirez la ligne.", "Remove the row.")},
}

// nirLike finds what may be a social security number, alone or within a text.
var nirLike = regexp.MustCompile(`[1-478][ .-]?\d{2}[ .-]?\d{2}[ .-]?(?:\d{2}|2[ABab])[ .-]?\d{3}[ .-]?\d{3}(?:[ .-]?\d{2})?`)

// holdsNIR reports whether a text holds a social security number, by its shape and, when it is there, its key.
func holdsNIR(text string) bool {
	for _, found := range nirLike.FindAllString(text, -1) {
		if french.NIR(found).Valid {
			return true
		}
	}
	return false
}

// mask hides letters and digits, and leaves the length and the separators, which help to find the fault.
func mask(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return '•'
		}
		return r
	}, text)
}
