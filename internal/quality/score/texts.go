package score

import (
	"slices"
	"strings"

	"socle/internal/french"
	"socle/internal/i18n"
	"socle/internal/schema"
)

// contacts checks the telephone numbers or the e-mail addresses of one column.
type contacts struct {
	r      *reader
	column int
	check  func(string) french.Verdict
	bad    faults
	total  int64
}

func newContacts(r *reader) (list []detector) {
	for i, f := range r.fields {
		if f.Type != schema.Text && f.Type != schema.Integer {
			continue
		}
		c := &contacts{r: r, column: i}
		switch {
		case f.Concept == "phone" || r.sample.has(i, "tel", "telephone", "phone", "fax", "mobile", "portable"):
			c.check, c.bad.Kind = phone, "bad-phone"
			c.bad.Text = i18n.T("Colonne « %s » : des numéros de téléphone n’ont pas dix chiffres.", "Column “%s”: telephone numbers do not have ten digits.", f.Label)
		case f.Concept == "email" || r.sample.has(i, "mail", "email", "courriel", "mel"):
			c.check, c.bad.Kind = french.Email, "bad-email"
			c.bad.Text = i18n.T("Colonne « %s » : des adresses électroniques n’en ont pas la forme.", "Column “%s”: e-mail addresses do not have the shape of one.", f.Label)
		default:
			continue
		}
		list = append(list, c)
	}
	return list
}

// phone is [french.Phone], with a short way for the ten digits that nearly every number is.
func phone(s string) french.Verdict {
	if len(s) == 10 && french.Recognise([]byte(s)) == french.CodePhone {
		return french.Verdict{Valid: true, Canonical: s}
	}
	return french.Phone(s)
}

func (c *contacts) criterion() string { return "validity-contacts" }

func (c *contacts) look(row record) {
	v := row.values[c.column]
	if empty(v) {
		return
	}
	c.total++
	for _, one := range strings.FieldsFunc(textOf(v), func(r rune) bool { return r == ';' || r == ',' || r == '/' }) {
		if !c.check(strings.TrimSpace(one)).Valid {
			c.bad.add(c.r, row, c.column)
			return
		}
	}
}

func (c *contacts) tally() Tally {
	return Tally{Bad: c.bad.Bad, Total: c.total}.with(c.total, c.r.fields[c.column].Name, &c.bad)
}

// placeholders finds words that stand for nothing in the columns of names, places and addresses.
type placeholders struct {
	r       *reader
	columns []int
	nothing *memory[bool] // whether a value stands for nothing
	bad     []faults
	total   []int64
}

var (
	nameWords = []string{"nom", "name", "appellation", "denomination", "libelle", "label", "commune", "ville", "city", "town", "localite", "lieu", "place", "adresse",
		"address", "voie", "rue", "pays", "departement", "academie", "region", "titre", "title", "etablissement", "ecole", "contact", "responsable"}
	nothingWords = []string{"inconnu", "inconnue", "unknown", "non renseigne", "non renseignee", "nr", "n.r.", "nc", "n.c.", "n/a", "na", "nd", "n.d.", "non communique", "non connu",
		"a completer", "a renseigner", "a definir", "a preciser", "xxx", "xx", "xxxx", "test", "essai", "todo", "tbd", "neant", "null", "none", "undefined", "vide", "?", "??", "???",
		"-", "--", "...", "…", "sans objet", "so", "s/o", "autre commune", "zzz", "aucun", "aucune", "0"}
)

func newPlaceholders(r *reader) []detector {
	p := &placeholders{r: r, nothing: newMemory(standsForNothing)}
	for i, f := range r.fields {
		if f.Type == schema.Text && r.sample.has(i, nameWords...) {
			p.columns = append(p.columns, i)
			bad := faults{}
			bad.Kind = "placeholder"
			bad.Text = i18n.T("Colonne « %s » : des cellules contiennent un mot mis pour rien.", "Column “%s”: cells hold a word that stands for nothing.", f.Label)
			p.bad, p.total = append(p.bad, bad), append(p.total, 0)
		}
	}
	if p.columns == nil {
		return nil
	}
	return []detector{p}
}

func (p *placeholders) criterion() string { return "complete-placeholders" }

func (p *placeholders) look(row record) {
	for i, column := range p.columns {
		text, _ := row.values[column].(string)
		if empty(text) {
			continue
		}
		p.total[i]++
		if p.nothing.of(text) {
			p.bad[i].add(p.r, row, column)
		}
	}
}

func standsForNothing(text string) bool {
	// Most values are longer than any such word: they are not folded.
	return len(text) <= 24 && slices.Contains(nothingWords, strings.TrimSpace(french.Fold(text)))
}

func (p *placeholders) tally() Tally {
	var t Tally
	for i, column := range p.columns {
		t.Bad, t.Total = t.Bad+p.bad[i].Bad, t.Total+p.total[i]
		t = t.with(p.total[i], p.r.fields[column].Name, &p.bad[i])
	}
	return t
}
