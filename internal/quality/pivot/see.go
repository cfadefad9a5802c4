package pivot

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"socle/internal/asset"
	"socle/internal/fault"
	"socle/internal/french"
	"socle/internal/i18n"
	"socle/internal/identity"
)

const seenFields = `SELECT dataset_uid, field, version, label, concept, row_count, filled, distinct_values, long_values, '' FROM pivot_sketches ORDER BY dataset_uid, field`

// sight is what who asks sees: the published datasets that they may read whole, with their fields that may be keys and
// what was decided of them. Everything that pages and programs are told comes from it, so that nothing else can be.
type sight struct {
	members map[Ref]Member
	pivots  map[Ref]string // decided, confirmed or refused
}

func (s *Service) look(ctx context.Context) (*sight, error) {
	who := identity.From(ctx)
	scope, err := s.Access.Scope(ctx, who)
	if err != nil {
		return nil, err
	}
	list, err := s.Assets.List(ctx, asset.Filter{})
	if err != nil {
		return nil, err
	}
	datasets := map[string]asset.Dataset{}
	for _, d := range list {
		if !scope.Allows(d.Asset) {
			continue
		}
		view, err := s.Access.View(ctx, who, d.Asset)
		if err != nil && fault.KindOf(err) == fault.Internal {
			return nil, err
		}
		if err == nil && view.Whole() {
			datasets[d.UID] = d
		}
	}
	decided, err := s.decisions(ctx)
	if err != nil {
		return nil, err
	}
	seen := &sight{members: map[Ref]Member{}, pivots: map[Ref]string{}}
	err = forEach(ctx, s.Store, seenFields, nil, func(scan func(...any) error) error {
		f, err := scanField(scan)
		if err != nil {
			return err
		}
		if d, visible := datasets[f.Dataset]; visible {
			of := decided[f.Ref]
			seen.members[f.Ref] = Member{Field: f, Dataset: d, State: of.state, Decided: of.at}
			if of.state != "" {
				seen.pivots[f.Ref] = of.pivot
			}
		}
		return nil
	})
	return seen, err
}

// confirmed gathers the pivots of which who asks sees two members or more: a pivot of one would say that there is another
// dataset.
func (v *sight) confirmed() []Pivot {
	by := map[string][]Member{}
	for ref, m := range v.members {
		if m.State == Confirmed {
			by[v.pivots[ref]] = append(by[v.pivots[ref]], m)
		}
	}
	var list []Pivot
	for id, members := range by {
		if len(members) < 2 {
			continue
		}
		slices.SortFunc(members, byUse)
		p := Pivot{ID: id, Members: members}
		for _, m := range members {
			p.Concept = cmp.Or(p.Concept, m.Concept)
		}
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b Pivot) int { return cmp.Or(len(b.Members)-len(a.Members), strings.Compare(a.ID, b.ID)) })
	return list
}

// byUse puts the reference first, then titles in their order. The reference has one row for each value; one that calls itself a
// directory goes before one that merely has more values.
func byUse(a, b Member) int {
	rank := func(m Member) (directory int, values int64) {
		if !m.Sketch.Identifies() {
			return 0, 0
		}
		for _, word := range strings.Fields(french.Fold(m.Dataset.Title)) {
			if slices.Contains([]string{"annuaire", "repertoire", "referentiel", "nomenclature"}, word) {
				directory = 1
			}
		}
		return directory, m.Sketch.Distinct
	}
	directoryA, valuesA := rank(a)
	directoryB, valuesB := rank(b)
	return cmp.Or(cmp.Compare(directoryB, directoryA), cmp.Compare(valuesB, valuesA), strings.Compare(a.Dataset.Title, b.Dataset.Title), strings.Compare(a.Ref.Field, b.Ref.Field))
}

// Pivots returns the confirmed pivots that who asks may see, those of most datasets first.
func (s *Service) Pivots(ctx context.Context) ([]Pivot, error) {
	seen, err := s.look(ctx)
	if err != nil {
		return nil, err
	}
	return seen.confirmed(), nil
}

// Pivot returns one of them. It answers NotFound, also for a pivot of which who asks sees fewer than two datasets.
func (s *Service) Pivot(ctx context.Context, id string) (Pivot, error) {
	list, err := s.Pivots(ctx)
	for _, p := range list {
		if p.ID == id {
			return p, nil
		}
	}
	if err != nil {
		return Pivot{}, err
	}
	return Pivot{}, fault.New(fault.NotFound, "pivot_not_found", i18n.T("Il n’y a pas de variable pivot de ce nom. La liste est dans la page des pivots.",
		"There is no pivot variable of that name. The list is on the page of pivots."))
}

// Member returns the member of a pivot that belongs to the dataset of an id: its field may be named after a colon, as in
// "annuaire:uai", when a dataset has several.
func (p Pivot) Member(name string) (Member, error) {
	id, field, _ := strings.Cut(name, ":")
	for _, m := range p.Members {
		if m.Dataset.ID == id && (field == "" || m.Ref.Field == field) {
			return m, nil
		}
	}
	return Member{}, fault.New(fault.NotFound, "pivot_member_not_found", i18n.T("« %s » n’a pas de champ dans cette variable pivot.", "“%s” has no field in this pivot variable.", name))
}

// Joins returns the other datasets with which a dataset can be read together, by confirmed pivots.
func (s *Service) Joins(ctx context.Context, datasetUID string) ([]Join, error) {
	list, err := s.Pivots(ctx)
	if err != nil {
		return nil, err
	}
	var joins []Join
	for _, p := range list {
		for _, m := range p.Members {
			if m.Ref.Dataset != datasetUID {
				continue
			}
			for _, other := range p.Members {
				if other.Ref.Dataset == datasetUID {
					continue
				}
				text, err := s.joinSQL(ctx, m, other)
				if err != nil {
					return nil, err
				}
				joins = append(joins, Join{Pivot: p.ID, Field: m, Other: other, SQL: text})
			}
		}
	}
	return joins, nil
}
