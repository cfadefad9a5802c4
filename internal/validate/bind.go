package validate

import (
	"fmt"
	"slices"
	"strings"

	"socle/internal/format"
	"socle/internal/i18n"
	"socle/internal/schema/frictionless"
)

// binding lays the fields of a schema over the columns of a table.
type binding struct {
	columns  []int // of each field; -1 when the table lacks it
	labels   []string
	faults   []labelFault
	warnings []Warning
}

// labelFault is a fault of the header.
type labelFault struct {
	code   string
	column int // from 0
	field  string
	label  string
	title  i18n.Text
	wrong  i18n.Text
	fix    i18n.Text
}

// bind lays the fields over the columns as the schema wants them matched.
func (p *Program) bind(t *format.Table) *binding {
	fields := p.schema.Fields
	b := &binding{columns: make([]int, len(fields)), labels: t.Header[:t.Labelled()]}
	for i := range b.columns {
		b.columns[i] = -1
	}
	if !t.HasNames {
		for i := range min(len(fields), t.Columns) {
			b.columns[i] = i
		}
		return b
	}
	match := p.schema.FieldsMatch
	if match == "" {
		match = frictionless.MatchExact
	}
	b.odd(t)
	if match == frictionless.MatchExact && slices.Contains([]format.Kind{format.JSON, format.NDJSON, format.GeoJSON}, t.Source.Kind) {
		match = frictionless.MatchEqual // the members of an object have no order
		if p.options.ByName {
			match = ""
		}
	}
	switch {
	case p.options.ByName && match == frictionless.MatchExact:
		p.byName(b, "")
	case match == frictionless.MatchExact:
		if !p.aligned(b) {
			p.byPlace(b)
		}
	default:
		p.byName(b, match)
	}
	return b
}

// odd finds the labels that are wrong whatever the schema.
func (b *binding) odd(t *format.Table) {
	seen := map[string]int{}
	for i, label := range b.labels {
		if label == "" {
			b.faults = append(b.faults, labelFault{code: "blank-label", column: i, title: i18n.T("Colonne sans nom", "Column without a name"),
				wrong: i18n.T("la colonne %d n’a pas de nom", "column %d has no name", i+1), fix: i18n.T("Nommez la colonne, ou retirez-la si elle est vide.", "Name the column, or remove it if it is empty.")})
			continue
		}
		if first, twice := seen[label]; twice {
			b.faults = append(b.faults, labelFault{code: "duplicate-label", column: i, label: label, title: i18n.T("Nom de colonne répété", "Repeated column name"),
				wrong: i18n.T("« %s » est déjà le nom de la colonne %d", "“%s” is already the name of column %d", label, first+1), fix: i18n.T("Renommez l’une des deux colonnes, ou retirez celle qui est de trop.", "Rename one of the two columns, or remove the one that is in excess.")})
			continue
		}
		seen[label] = i
	}
}

// same reports whether a label is the name of a field.
func (p *Program) same(name, label string) bool {
	label = strings.TrimSpace(strings.ReplaceAll(label, "\n", " "))
	return name == label || p.options.AnyCase && strings.EqualFold(name, label)
}

// aligned lays the fields over a header that names them in their order, but for some that it lacks, or for some columns in
// excess: those alone are at fault, and not all that come after them. It reports whether the header is one.
func (p *Program) aligned(b *binding) bool {
	fields := p.schema.Fields
	if len(b.faults) > 0 || len(b.labels) == len(fields) || len(b.labels) == 0 {
		return false
	}
	columns := make([]int, len(fields))
	at := 0
	for i := range fields {
		columns[i] = -1
		j := at
		for j < len(b.labels) && !p.same(fields[i].Name, b.labels[j]) {
			j++
		}
		if j < len(b.labels) {
			columns[i], at = j, j+1
		}
	}
	found := 0
	for _, j := range columns {
		if j >= 0 {
			found++
		}
	}
	if found != min(len(fields), len(b.labels)) {
		return false // something is named otherwise
	}
	b.columns = columns
	for i, j := range columns {
		if j < 0 {
			b.missing(i, fields[i].Name)
		}
	}
	for j, label := range b.labels {
		if !slices.Contains(columns, j) {
			b.extra(j, label)
		}
	}
	return true
}

// byPlace is the exact way: the same columns in the same order.
func (p *Program) byPlace(b *binding) {
	fields := p.schema.Fields
	repeated := map[int]bool{}
	for _, f := range b.faults {
		repeated[f.column] = true
	}
	for i, label := range b.labels {
		switch {
		case i >= len(fields):
			b.extra(i, label)
		case !repeated[i] && !p.same(fields[i].Name, label):
			b.columns[i] = i
			b.faults = append(b.faults, labelFault{code: "incorrect-label", column: i, field: fields[i].Name, label: label, title: i18n.T("Colonne mal nommée ou mal placée", "Column with a wrong name or place"),
				wrong: i18n.T("la colonne %d s’appelle « %s » ; le schéma attend « %s » à cette place", "column %d is called “%s”; the schema expects “%s” at this place", i+1, label, fields[i].Name),
				fix:   i18n.T("Renommez la colonne en « %s », ou remettez les colonnes dans l’ordre du schéma.", "Rename the column to “%s”, or put the columns back in the order of the schema.", fields[i].Name)})
		default:
			b.columns[i] = i
		}
	}
	for i := len(b.labels); i < len(fields); i++ {
		b.missing(i, fields[i].Name)
	}
}

// byName is every other way. match is empty for the way of Validata: what is missing or in excess is only a warning,
// unless the field is required.
func (p *Program) byName(b *binding, match frictionless.FieldsMatch) {
	fields := p.schema.Fields
	taken := make([]bool, len(b.labels))
	common := false
	for i := range fields {
		for j, label := range b.labels {
			if !taken[j] && p.same(fields[i].Name, label) {
				b.columns[i], taken[j], common = j, true, true
				break
			}
		}
	}
	if match == frictionless.MatchPartial && !common {
		b.faults = append(b.faults, labelFault{code: "unmatched-header", column: 0, title: i18n.T("Aucune colonne du schéma", "No column of the schema"),
			wrong: i18n.T("aucune colonne du fichier n’est un champ du schéma", "no column of the file is a field of the schema"), fix: i18n.T("Vérifiez que le fichier est bien celui que décrit le schéma, et que sa première ligne nomme les colonnes.", "Check that the file is the one that the schema describes, and that its first line names the columns.")})
	}
	for i := range fields {
		if b.columns[i] >= 0 {
			continue
		}
		if match == frictionless.MatchEqual || match == frictionless.MatchSubset || fields[i].Constraints.Required {
			b.missing(i, fields[i].Name)
		} else if match == "" {
			b.warnings = append(b.warnings, Warning{Code: "missing-label", Text: i18n.T("Le fichier n’a pas la colonne facultative « %s ».", "The file does not have the optional column “%s”.", fields[i].Name)})
		}
	}
	for j, label := range b.labels {
		if taken[j] || label == "" {
			continue
		}
		if match == frictionless.MatchEqual || match == frictionless.MatchSuperset {
			b.extra(j, label)
		} else {
			b.warnings = append(b.warnings, Warning{Code: "extra-label", Text: i18n.T("La colonne « %s » n’est pas dans le schéma : rien n’y est contrôlé.", "Column “%s” is not in the schema: nothing is checked in it.", label)})
		}
	}
}

func (b *binding) extra(column int, label string) {
	shown := label
	if shown == "" {
		shown = fmt.Sprint(column + 1)
	}
	b.faults = append(b.faults, labelFault{code: "extra-label", column: column, label: label, title: i18n.T("Colonne en trop", "Extra column"),
		wrong: i18n.T("la colonne « %s » n’est pas dans le schéma", "column “%s” is not in the schema", shown), fix: i18n.T("Retirez la colonne, ou demandez qu’elle entre au schéma.", "Remove the column, or ask that it enter the schema.")})
}

func (b *binding) missing(column int, name string) {
	b.faults = append(b.faults, labelFault{code: "missing-label", column: column, field: name, title: i18n.T("Colonne absente", "Missing column"),
		wrong: i18n.T("il manque la colonne « %s »", "column “%s” is missing", name), fix: i18n.T("Ajoutez la colonne « %s » ; si elle existe sous un autre nom, renommez-la.", "Add column “%s”; if it is there under another name, rename it.", name)})
}
