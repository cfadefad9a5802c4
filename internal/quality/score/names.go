package score

import (
	"fmt"
	"slices"
	"strings"

	"socle/internal/i18n"
	"socle/internal/schema"
)

// identifierNames is how many identifiers the names of are compared.
const identifierNames = 100_000

// names finds identifiers that have several names: one thing written in two ways, or, when the places differ too, several things
// that share an identifier.
type names struct {
	r        *reader
	id, name int
	when     int // the column of the year, -1 when there is none: a name may change with the years
	place    int // the column of the address, or of another place; -1 when there is none, or the identifiers are those of places
	known    map[string]map[string]named
}

// named is how often an identifier has a name, and where what has it is the first time.
type named struct {
	rows  int64
	place string
}

func newNames(r *reader) (list []detector) {
	when := slices.Index(r.sample.year, true)
	for i, f := range r.fields {
		if f.Type != schema.Text || f.Personal {
			continue
		}
		kind, isCode := r.codeKindOf(i, f)
		if !isCode || !slices.ContainsFunc(kind.concepts, func(c string) bool { return c == "uai" || c == "siret" || c == "commune" }) {
			continue
		}
		wanted := []string{"nom", "appellation", "denomination", "name"}
		for j, g := range r.fields {
			if j == i || g.Type != schema.Text || !r.sample.has(j, wanted...) || r.sample.has(j, "prenom", "commune", "academie", "departement", "region", "pays", "responsable") != r.sample.has(i, "commune", "insee") {
				continue
			}
			n := &names{r: r, id: i, name: j, when: when, place: -1, known: map[string]map[string]named{}}
			if !slices.Contains(kind.concepts, "commune") {
				n.place = r.placeColumn()
			}
			list = append(list, n)
			break
		}
	}
	return list
}

// placeColumn is the column that says best where the thing of a row is, -1 when none does.
func (r *reader) placeColumn() int {
	for _, words := range [][]string{{"adresse", "voie", "rue", "address"}, {"position", "coordonnees", "geolocalisation"}, {"commune", "ville", "localite"}, {"postal"}} {
		for i := range r.fields {
			if !r.masked[i] && r.sample.has(i, words...) && !r.sample.has(i, "mail", "web", "electronique", "site") {
				return i
			}
		}
	}
	return -1
}

func (n *names) criterion() string { return "consistent-names" }

func (n *names) look(row record) {
	id, name := textOf(row.values[n.id]), textOf(row.values[n.name])
	if id == "" || name == "" {
		return
	}
	if n.when >= 0 {
		id = fmt.Sprintf("%s\x00%d", id, yearOf(row.values[n.when]))
	}
	ways := n.known[id]
	if ways == nil {
		if len(n.known) >= identifierNames {
			return
		}
		ways = map[string]named{}
		n.known[id] = ways
	}
	way, known := ways[name]
	if !known && len(ways) == 5 {
		return
	}
	if !known && n.place >= 0 {
		way.place = textOf(row.values[n.place])
	}
	way.rows++
	ways[name] = way
}

func (n *names) tally() Tally {
	var t Tally
	id, name := n.r.fields[n.id], n.r.fields[n.name]
	several := Finding{Kind: "one-identifier-several-names", Fields: []string{id.Name, name.Name},
		Text: i18n.T("« %s » : le même identifiant porte plusieurs noms (« %s »).", "“%s”: one identifier has several names (“%s”).", id.Label, name.Label)}
	shared := Finding{Kind: "shared-identifier", Fields: []string{id.Name, name.Name}}
	if n.place >= 0 {
		place := n.r.fields[n.place]
		shared.Fields = append(shared.Fields, place.Name)
		shared.Text = i18n.T("« %s » : des établissements de noms et de lieux différents partagent un identifiant (« %s », « %s »).", "“%s”: establishments of different names and places share an identifier (“%s”, “%s”).", id.Label, name.Label, place.Label)
	}
	for _, key := range sortedKeys(n.known) {
		ways := n.known[key]
		var all, most int64
		for _, way := range ways {
			all, most = all+way.rows, max(most, way.rows)
		}
		if all < 2 {
			continue
		}
		t.Total += all
		if len(ways) == 1 {
			continue
		}
		f := &several
		if apart(ways) {
			f = &shared
		}
		f.Bad += all - most
		t.Bad += all - most
		if len(f.Examples) < exampleRows {
			f.Examples = append(f.Examples, n.example(key, ways, f == &shared))
		}
	}
	for _, f := range []Finding{several, shared} {
		if f.Total = t.Total; f.Bad > 0 {
			t.Findings = append(t.Findings, f)
		}
	}
	return t
}

// apart reports whether each name is in a place of its own.
func apart(ways map[string]named) bool {
	places := map[string]bool{}
	for _, way := range ways {
		places[bareWord(way.place)] = true
	}
	return len(places) == len(ways) && !places[""]
}

// example shows the names of an identifier, with their places when these tell something.
func (n *names) example(key string, ways map[string]named, places bool) Example {
	plain, _, _ := strings.Cut(key, "\x00")
	e := Example{Cells: []Cell{{Field: n.r.fields[n.id].Name, Value: plain}}}
	for _, name := range sortedKeys(ways) {
		e.Cells = append(e.Cells, Cell{Field: n.r.fields[n.name].Name, Value: clip(name)})
		if places {
			e.Cells = append(e.Cells, Cell{Field: n.r.fields[n.place].Name, Value: clip(ways[name].place)})
		}
	}
	return e
}
