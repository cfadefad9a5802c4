package score

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"socle/internal/asset"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/lake"
	"socle/internal/query"
	"socle/internal/schema"
)

// Words that say that a school, or another establishment, is open or closed. One that is to open or to close is not closed.
var (
	stateWords  = []string{"etat", "statut", "situation", "status", "state"}
	openStates  = []string{"ouvert", "ouverte", "ouvrir", "fermer", "open", "opened"}
	closedState = []string{"ferme", "fermee", "supprime", "supprimee", "closed"}
	endWords    = []string{"fermeture", "cloture", "closing"}
)

// mostClosed is how many closed identifiers of a directory are remembered while references to it are read.
const mostClosed = 200_000

func saysOneOf(v any, states []string) bool {
	return slices.ContainsFunc(strings.Fields(bareWord(textOf(v))), func(w string) bool { return slices.Contains(states, w) })
}

// saysToClose reports whether a state says that an establishment is to close: "À FERMER".
func saysToClose(v any) bool { return saysOneOf(v, []string{"fermer"}) && !saysClosed(v) }

func saysClosed(v any) bool { return saysOneOf(v, closedState) }

// Closed is how a directory says which of its establishments are closed.
type Closed struct {
	ID     string   `json:"id"`     // field of the identifiers
	State  string   `json:"state"`  // field of the states
	Values []string `json:"values"` // states that mean closed, as they are written
}

// closings finds the closed establishments of a directory, most of which are open.
type closings struct {
	r         *reader
	id, state int
	closed    func(any) bool
	found     faults
	closing   faults // open still, and said to close
	total     int64
	values    map[string]bool // nil when the state is a date
}

func newClosings(r *reader) []detector {
	id := slices.IndexFunc(r.fields, func(f schema.Field) bool { return r.identifies(f) })
	if id < 0 {
		return nil
	}
	for i, f := range r.fields {
		c := &closings{r: r, id: id, state: i}
		switch {
		case f.Type == schema.Text && r.sample.has(i, stateWords...):
			open := r.sample.share(i, func(v any) bool { return saysOneOf(v, openStates) })
			if open < 0.5 || open+r.sample.share(i, saysClosed) < usualShare {
				continue
			}
			c.closed, c.values = saysClosed, map[string]bool{}
		case f.Type.Temporal() && r.sample.has(i, endWords...):
			c.closed = func(v any) bool { at, ok := v.(time.Time); return ok && at.Before(r.asOf) }
			past := 0
			for _, row := range r.sample.rows {
				if c.closed(row.values[i]) {
					past++
				}
			}
			if past*2 > len(r.sample.rows) {
				continue
			}
		default:
			continue
		}
		c.found.Kind, c.found.Fields = "closed-among-open", []string{r.fields[id].Name, f.Name}
		c.found.Text = i18n.T("Colonne « %s » : des établissements fermés sont mêlés à ceux qui sont ouverts.", "Column “%s”: closed establishments are mixed with those that are open.", f.Label)
		c.closing.Kind, c.closing.Fields = "to-close", c.found.Fields
		c.closing.Text = i18n.T("Colonne « %s » : des établissements sont à fermer.", "Column “%s”: establishments are to close.", f.Label)
		c.closing.Hint = i18n.T("Vérifiez qu’ils sont encore ouverts, et dites quand ils ferment.", "Check that they are still open, and say when they close.")
		return []detector{c}
	}
	return nil
}

// identifies reports whether a field holds identifiers of schools or of other establishments.
func (r *reader) identifies(f schema.Field) bool {
	i := slices.IndexFunc(r.fields, func(g schema.Field) bool { return g.Name == f.Name })
	kind, known := r.codeKindOf(i, f)
	return known && (slices.Contains(kind.concepts, "uai") || slices.Contains(kind.concepts, "siret"))
}

func (c *closings) criterion() string { return CriterionClosed }

func (c *closings) look(row record) {
	if empty(row.values[c.id]) {
		return
	}
	c.total++
	v := row.values[c.state]
	if c.values != nil && saysToClose(v) {
		c.closing.add(c.r, row, c.id, c.state)
	}
	if !c.closed(v) {
		return
	}
	c.found.add(c.r, row, c.id, c.state)
	if c.values != nil && len(c.values) < exampleRows {
		c.values[textOf(v)] = true
	}
}

func (c *closings) tally() Tally {
	return Tally{Bad: c.found.Bad, Total: c.total}.with(c.total, "", &c.found, &c.closing)
}

// directory says how the file tells its closed establishments, nil when it has none.
func (c *closings) directory() *Closed {
	if len(c.values) == 0 {
		return nil
	}
	return &Closed{ID: c.r.fields[c.id].Name, State: c.r.fields[c.state].Name, Values: sortedKeys(c.values)}
}

// Partner is a field of a dataset that names what a field of another lists.
type Partner struct {
	Field string        // of the dataset
	Other asset.Dataset // the directory
	Key   string        // field of the directory
}

// addReferences adds to the measure of what is closed the rows that name an establishment that a directory says closed. A dataset
// of several periods is not looked at: what is closed today was open then.
func (s *Service) addReferences(ctx context.Context, about subject, measures map[string]Measure) error {
	if s.Partners == nil || about.reading == nil || about.reading.Latest > 0 || about.version.Erased != nil {
		return nil
	}
	partners, err := s.Partners(ctx, about.dataset)
	if err != nil {
		return fmt.Errorf("score: partners: %w", err)
	}
	for _, p := range partners {
		closed, err := s.closedOf(ctx, p)
		if err != nil {
			return fmt.Errorf("score: directory %s: %w", p.Other.ID, err)
		}
		f, there := about.version.Schema.Field(p.Field)
		if len(closed) == 0 || !there {
			continue
		}
		found, err := s.references(ctx, about, f, closed, p.Other.Title)
		if err != nil {
			return fmt.Errorf("score: references to %s: %w", p.Other.ID, err)
		}
		m := measures[CriterionClosed]
		m.State, m.Why = Measured, i18n.Text{}
		m.Bad, m.Total = m.Bad+float64(found.Bad), m.Total+float64(found.Total)
		if found.Bad > 0 {
			m.Findings = worst(append(slices.Clone(m.Findings), found))
		}
		measures[CriterionClosed] = m
	}
	return nil
}

// references counts the rows whose value is closed.
func (s *Service) references(ctx context.Context, about subject, f schema.Field, closed map[string]bool, directory string) (Finding, error) {
	found := Finding{Kind: "reference-to-closed", Fields: []string{f.Name},
		Text: i18n.T("Des lignes renvoient à un établissement que « %s » dit fermé.", "Rows refer to an establishment that “%s” says closed.", directory)}
	n := int64(0)
	err := s.column(ctx, about.dataset, about.version, f, nil, func(value any) bool {
		if n++; empty(value) {
			return true
		}
		found.Total++
		if text := textOf(value); closed[text] {
			found.Bad++
			if len(found.Examples) < exampleRows {
				found.Examples = append(found.Examples, Example{Row: n, Cells: []Cell{{f.Name, text}}})
			}
		}
		return true
	})
	return found, err
}

// closedOf returns the identifiers that a directory says closed, at most [mostClosed].
func (s *Service) closedOf(ctx context.Context, p Partner) (map[string]bool, error) {
	kept, found, err := s.kept(ctx, p.Other.UID)
	if err != nil || !found || kept.reading.Closed == nil || kept.reading.Closed.ID != p.Key {
		return nil, err
	}
	head, err := s.Versions.Head(ctx, p.Other.UID)
	if fault.Is(err, fault.NotFound) || err == nil && head.Erased != nil {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	id, hasID := head.Schema.Field(p.Key)
	state, hasState := head.Schema.Field(kept.reading.Closed.State)
	if !hasID || !hasState || state.Type != schema.Text {
		return nil, nil
	}
	condition := query.In{Of: query.Field{Field: state}}
	for _, value := range kept.reading.Closed.Values {
		condition.Values = append(condition.Values, query.Literal{Kind: query.Text, Text: value})
	}
	closed := map[string]bool{}
	err = s.column(ctx, p.Other, head, id, condition, func(value any) bool {
		closed[textOf(value)] = true
		return len(closed) < mostClosed
	})
	return closed, err
}

// column reads one column of the rows that fulfil a condition, nil for all, until next says no.
func (s *Service) column(ctx context.Context, d asset.Dataset, v lake.Version, f schema.Field, condition query.Expr, next func(any) bool) error {
	plan := &query.Plan{From: query.Source{Dataset: d.UID, Version: v.Number}, Limit: -1, Where: condition,
		Columns: []query.Column{{Name: f.Name, Label: f.Label, Expr: query.Field{Field: f}, Field: f}}}
	if err := s.Access.Narrow(ctx, identity.From(ctx), d.Asset, v.Schema, plan); err != nil {
		return err
	}
	rows, err := s.Engine.Query(ctx, plan)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if !next(rows.Values()[0]) {
			return nil
		}
	}
	return rows.Err()
}
