package explore

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"socle/internal/asset"
	"socle/internal/fault"
	"socle/internal/format"
	"socle/internal/i18n"
	"socle/internal/query"
	"socle/internal/schema"
)

// agendaFreshness lets an agenda that everybody may read be answered by any cache on the way for five minutes, by the
// reader's own for an hour, and by both while the server is away.
const agendaFreshness = "public, max-age=3600, s-maxage=300, stale-while-revalidate=3600, stale-if-error=604800"

// roleNames are the names of fields that play a part in an event, the best first. A field whose name holds one of the
// words plays it when no name fits.
var roleNames = []struct {
	role  asset.Role
	names []string
	words []string
	fits  func(schema.Type) bool
}{
	{asset.EventBegin, []string{"debut", "date_debut", "date_de_debut", "start_date", "date_start", "start", "dtstart", "begin", "date_et_heure_de_debut", "du"},
		[]string{"debut", "start", "begin", "ouverture"}, schema.Type.Temporal},
	{asset.EventEnd, []string{"fin", "date_fin", "date_de_fin", "end_date", "date_end", "end", "dtend", "date_et_heure_de_fin", "au"},
		[]string{"fin", "end", "cloture"}, schema.Type.Temporal},
	{asset.EventEndExcluded, []string{"reprise", "date_reprise", "date_de_reprise"}, []string{"reprise"}, schema.Type.Temporal},
	{asset.EventTitle, []string{"summary", "titre", "title", "intitule", "evenement", "event", "libelle", "objet", "subject", "nom", "name", "description"},
		[]string{"titre", "title", "intitule", "evenement", "libelle", "nom", "objet"}, isText},
	{asset.EventText, []string{"description", "details", "detail", "commentaire", "commentaires", "resume", "texte", "presentation"}, []string{"description", "commentaire"}, isText},
	{asset.EventPlace, []string{"lieu", "location", "adresse", "address", "place", "emplacement", "salle", "ville", "commune"}, []string{"lieu", "adresse"}, isText},
	{asset.EventLink, []string{"url", "lien", "link", "site", "site_web", "page"}, []string{"url", "lien"}, isText},
}

func isText(t schema.Type) bool { return t == schema.Text }

// roles tells which field plays each part in the events of a dataset: the one that people declared, else the one
// whose name says so. Without any, the first day or instant is when an event takes place.
func (d *source) roles() map[asset.Role]schema.Field {
	roles, taken := map[asset.Role]schema.Field{}, map[string]bool{}
	take := func(role asset.Role, f schema.Field) {
		roles[role], taken[f.Name] = f, true
	}
	for _, f := range d.fields.Fields {
		if role := d.Fields[f.Name].Role; role != "" {
			if _, already := roles[role]; !already {
				take(role, f)
			}
		}
	}
	for _, part := range roleNames {
		_, begun := roles[asset.EventEnd]
		if _, declared := roles[part.role]; declared || part.role == asset.EventEndExcluded && begun || part.role == asset.EventEnd && has(roles, asset.EventEndExcluded) {
			continue
		}
		free := func(f schema.Field) bool { return part.fits(f.Type) && !taken[f.Name] && d.Fields[f.Name].Role == "" }
		if f, found := named(d.fields, part.names, part.words, free); found {
			take(part.role, f)
		}
	}
	if !has(roles, asset.EventBegin) {
		for _, f := range d.fields.Fields {
			if f.Type.Temporal() && !taken[f.Name] {
				take(asset.EventBegin, f)
				break
			}
		}
	}
	return roles
}

func has(roles map[asset.Role]schema.Field, role asset.Role) bool {
	_, there := roles[role]
	return there
}

// named returns the field that has the best of the names, else the first whose name holds one of the words.
func named(fields schema.Schema, names, words []string, free func(schema.Field) bool) (schema.Field, bool) {
	for _, name := range names {
		if f, found := fields.Field(name); found && free(f) {
			return f, true
		}
	}
	for _, word := range words {
		for _, f := range fields.Fields {
			if free(f) && slices.Contains(strings.Split(f.Name, "_"), word) {
				return f, true
			}
		}
	}
	return schema.Field{}, false
}

// agendaColumn is the name in a plan of a column that an agenda needs, whatever was selected: no alias can be it.
func agendaColumn(field string) string { return "agenda " + field }

// agenda returns the plan of the events of a dataset and what makes events of its rows. What select names is told in
// the description of each event; the parts of the event and its identity come along in any case.
func (s *Service) agenda(r *http.Request, d *source, request query.Request, shape shape) (*query.Plan, format.Calendar, error) {
	if err := d.needData(); err != nil {
		return nil, format.Calendar{}, err
	}
	plan, err := query.Bind(d.from(), d.fields, request, d.options())
	if err != nil {
		return nil, format.Calendar{}, err
	}
	if plan.Grouped {
		return nil, format.Calendar{}, fault.New(fault.Invalid, query.CodeMeaning, i18n.T(
			"Des groupes ne font pas un agenda\u00a0: retirez group_by et les agrégats, ou choisissez un autre format.",
			"Groups do not make an agenda: take group_by and the aggregates out, or choose another format.")).At("group_by")
	}
	roles := d.roles()
	for _, f := range d.eventFields(roles) {
		// As if it came from *: it leaves in silence when who asks may not see it.
		plan.Columns = append(plan.Columns, query.Column{Name: agendaColumn(f.Name), Label: f.Label, Expr: query.Field{Field: f}, Field: f, Star: true})
	}
	if err := d.view.Narrow(plan, d.schema); err != nil {
		return nil, format.Calendar{}, err
	}
	calendar := s.calendar(r, d, request, shape)
	fill(&calendar, plan, roles, d.identity())
	return plan, calendar, nil
}

// eventFields are the fields that an event is made of: those with a part, a position, and those of its identity.
func (d *source) eventFields(roles map[asset.Role]schema.Field) []schema.Field {
	names := map[string]bool{}
	for _, f := range roles {
		names[f.Name] = true
	}
	if f, found := d.fields.First(schema.Point); found {
		names[f.Name] = true
	}
	for _, name := range d.identity() {
		names[name] = true
	}
	var list []schema.Field
	for _, f := range d.fields.Fields {
		if names[f.Name] {
			list = append(list, f)
		}
	}
	return list
}

// identity names the fields that tell a row from all others: its key, else everything it holds.
func (d *source) identity() []string {
	seen := func(name string) bool { _, there := d.fields.Field(name); return there }
	for _, key := range [][]string{d.Key, d.fields.PrimaryKey} {
		if len(key) > 0 && !slices.ContainsFunc(key, func(name string) bool { return !seen(name) }) {
			return key
		}
	}
	return d.fields.Names()
}

// calendar is what the agenda says of itself.
func (s *Service) calendar(r *http.Request, d *source, request query.Request, shape shape) format.Calendar {
	c := format.Calendar{Name: d.Title, Description: oneParagraph(d.Description), URL: strings.TrimSuffix(s.base(r), Prefix) + "/jeux/" + d.ID, Namespace: d.UID,
		Revised: d.head.PublishedAt, Sequence: d.head.Number, Zone: shape.zone, Lang: i18n.FR}
	for _, refinement := range request.Refine { // "Calendrier scolaire – Zone A"
		if _, value, found := strings.Cut(refinement, ":"); found {
			c.Name += " – " + strings.Trim(value, `"' `)
		}
	}
	if shape.lang != "fr" {
		c.Lang = i18n.EN
	}
	return c
}

// fill tells a calendar the places of its columns in the plan.
func fill(c *format.Calendar, plan *query.Plan, roles map[asset.Role]schema.Field, identity []string) {
	place := func(field string) format.Column {
		return format.Column(slices.IndexFunc(plan.Columns, func(column query.Column) bool { return column.Name == agendaColumn(field) }) + 1)
	}
	of := func(role asset.Role) format.Column {
		if f, there := roles[role]; there {
			return place(f.Name)
		}
		return format.None
	}
	c.Begin, c.End, c.Title, c.Text, c.Place, c.Link = of(asset.EventBegin), of(asset.EventEnd), of(asset.EventTitle), of(asset.EventText), of(asset.EventPlace), of(asset.EventLink)
	if c.End == format.None {
		c.End, c.EndExcluded = of(asset.EventEndExcluded), true
	}
	parts := map[string]bool{}
	for _, f := range roles {
		parts[f.Name] = true
	}
	for i, column := range plan.Columns {
		f, plain := column.Expr.(query.Field)
		switch {
		case strings.HasPrefix(column.Name, agendaColumn("")):
			if f.Field.Type == schema.Point {
				c.Position = format.Column(i + 1)
			}
		case plain && (parts[f.Field.Name] || f.Field.Type == schema.Point):
		default:
			c.Told = append(c.Told, format.Column(i+1))
		}
	}
	for _, name := range identity {
		if column := place(name); column != format.None {
			c.Identity = append(c.Identity, column)
		}
	}
}

// oneParagraph is the beginning of a description, without its marks.
func oneParagraph(markdown string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(markdown), "\n\n")
	first = strings.Join(strings.Fields(strings.NewReplacer("*", "", "_", "", "#", "", "`", "").Replace(first)), " ")
	if runes := []rune(first); len(runes) > 500 {
		return string(runes[:499]) + "…"
	}
	return first
}

// parisZone is the clocks of Paris.
func parisZone() *time.Location {
	zone, err := time.LoadLocation(pageZone)
	if err != nil { // the program holds the time zones
		return time.UTC
	}
	return zone
}
