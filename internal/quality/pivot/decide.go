package pivot

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"socle/internal/access"
	"socle/internal/asset"
	"socle/internal/audit"
	"socle/internal/fault"
	"socle/internal/french"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/store"
)

// examplesShown is how many values a proposal shows.
const examplesShown = 3

// Proposals returns the fields on which who asks may decide and did not, those that share most first. A field is compared
// only with fields that they see.
func (s *Service) Proposals(ctx context.Context) ([]Proposal, error) {
	seen, err := s.look(ctx)
	if err != nil {
		return nil, err
	}
	links, err := s.links(ctx)
	if err != nil {
		return nil, err
	}
	var list []Proposal
	for ref, m := range seen.members {
		if m.State != "" || !s.mayDecide(ctx, m) {
			continue
		}
		p := Proposal{Member: m}
		for _, l := range links[ref] {
			if other, visible := seen.members[l.b]; visible {
				p.Links = append(p.Links, Link{other, l.overlap})
			}
		}
		if len(p.Links) == 0 {
			continue
		}
		p.Pivot = pivotFor(seen, p)
		if m.Dataset.Level == asset.Open {
			if p.Examples, err = s.Engine.KeyExamples(ctx, keyOf(m), examplesShown); err != nil {
				return nil, err
			}
		}
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b Proposal) int {
		return cmp.Or(strings.Compare(a.Pivot, b.Pivot), cmp.Compare(len(b.Links), len(a.Links)), strings.Compare(a.Dataset.Title, b.Dataset.Title), strings.Compare(a.Ref.Field, b.Ref.Field))
	})
	return list, nil
}

// pivotFor is the pivot that a field would be of: its concept; else the one that a linked field is of already; else the
// name that most of the fields have.
func pivotFor(seen *sight, p Proposal) string {
	if p.Concept != "" {
		return p.Concept
	}
	names := map[string]int{nameFor(p.Ref.Field): 1}
	for _, l := range p.Links {
		if l.Other.State == Confirmed {
			return seen.pivots[l.Other.Ref]
		}
		if l.Other.Concept != "" {
			return l.Other.Concept
		}
		names[nameFor(l.Other.Ref.Field)]++
	}
	best := ""
	for name, n := range names {
		if best == "" || n > names[best] || n == names[best] && name < best {
			best = name
		}
	}
	return best
}

// nameFor is the name of a field as a pivot, not to be taken for a concept: a field "departement" that holds names is not the
// codes of départements.
func nameFor(field string) string {
	id := strings.ReplaceAll(field, "_", "-")
	if _, concept := french.ConceptOf(id); concept {
		id += "-nom"
	}
	return id[:min(len(id), 60)]
}

// Decided returns the fields on which who asks decided or may decide otherwise, by pivot.
func (s *Service) Decided(ctx context.Context) ([]Decision, error) {
	seen, err := s.look(ctx)
	if err != nil {
		return nil, err
	}
	var list []Decision
	for ref, m := range seen.members {
		if m.State != "" && s.mayDecide(ctx, m) {
			list = append(list, Decision{m, seen.pivots[ref]})
		}
	}
	slices.SortFunc(list, func(a, b Decision) int {
		return cmp.Or(strings.Compare(a.Pivot, b.Pivot), strings.Compare(a.Dataset.Title, b.Dataset.Title), strings.Compare(a.Ref.Field, b.Ref.Field))
	})
	return list, nil
}

func (s *Service) mayDecide(ctx context.Context, m Member) bool {
	return s.Access.Can(ctx, identity.From(ctx), access.Steward, m.Dataset.Asset) == nil
}

// TakeBack undoes what was decided of a field: it leaves its pivot, and is proposed again while it shares values. It needs
// the steward of the dataset, and is on the record. It answers NotFound for a field of which nothing was decided, or not
// in this pivot; "" stands for whatever pivot it is in.
func (s *Service) TakeBack(ctx context.Context, datasetID, field, pivot string) error {
	d, err := s.Assets.Get(ctx, datasetID)
	if err != nil {
		return err
	}
	who := identity.From(ctx)
	if err := s.Access.Can(ctx, who, access.Steward, d.Asset); err != nil {
		return err
	}
	return s.Store.Tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var was, of string
		err := tx.QueryRowContext(ctx, oneMember, d.UID, field).Scan(&of, &was)
		if errors.Is(err, sql.ErrNoRows) || err == nil && pivot != "" && of != pivot {
			return fault.New(fault.NotFound, "pivot_undecided", i18n.T("Rien n’a été décidé du champ « %s » : il n’y a rien à reprendre.", "Nothing was decided of field “%s”: there is nothing to take back.", field))
		}
		if err != nil {
			return fmt.Errorf("pivot: take back: %w", err)
		}
		err = s.changing(ctx, tx, d.UID, func() error {
			_, err := tx.ExecContext(ctx, dropMember, d.UID, field)
			return err
		})
		if err != nil {
			return fmt.Errorf("pivot: take back: %w", err)
		}
		return s.Audit.Record(ctx, tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Action: "pivot.reopen", Asset: d.UID, Detail: map[string]any{"field": field, "pivot": of, "was": was}})
	})
}

// Decide confirms a field in a pivot, or refuses it. It needs the steward of the dataset, and is on the record. It answers
// NotFound for a field that has no sketch.
func (s *Service) Decide(ctx context.Context, datasetID, field, pivot string, state State) error {
	d, err := s.Assets.Get(ctx, datasetID)
	if err != nil {
		return err
	}
	who := identity.From(ctx)
	if err := s.Access.Can(ctx, who, access.Steward, d.Asset); err != nil {
		return err
	}
	if state != Confirmed && state != Refused {
		return fault.New(fault.Invalid, "pivot_state", i18n.T("La décision « %s » n’existe pas : confirmer, refuser ou reprendre.", "The decision “%s” does not exist: confirm, refuse or take back.", string(state)))
	}
	if !asset.ValidID(pivot) {
		return fault.New(fault.Invalid, "pivot_name", i18n.T("Le nom d’une variable pivot s’écrit en minuscules, chiffres et tirets, comme « uai ».", "The name of a pivot variable is lower-case letters, digits and hyphens, as “uai”."))
	}
	seen, err := s.look(ctx)
	if err != nil {
		return err
	}
	m, known := seen.members[Ref{d.UID, field}]
	if !known {
		return fault.New(fault.NotFound, "pivot_field_not_found", i18n.T(
			"Le champ « %s » ne peut pas servir de pivot : il n’est pas un code ni un élément de clé, il identifie des personnes, ou sa version n’a pas encore été lue.",
			"The field “%s” cannot be a pivot: it is no code nor part of a key, it identifies people, or its version was not read yet.", field))
	}
	if m.Concept != "" && state == Confirmed && pivot != m.Concept {
		if _, other := french.ConceptOf(pivot); other {
			return fault.New(fault.Invalid, "pivot_concept", i18n.T("Les valeurs de « %s » sont d’un autre concept que « %s ».", "The values of “%s” are of another concept than “%s”.", field, pivot))
		}
	}
	return s.Store.Tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		action := map[State]string{Confirmed: "pivot.confirm", Refused: "pivot.refuse"}[state]
		err := s.changing(ctx, tx, d.UID, func() error {
			_, err := tx.ExecContext(ctx, setMember, d.UID, field, pivot, string(state), who.Actor(), store.At(store.Now()))
			return err
		})
		if err != nil {
			return fmt.Errorf("pivot: decide: %w", err)
		}
		return s.Audit.Record(ctx, tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Action: action, Asset: d.UID, Detail: map[string]any{"field": field, "pivot": pivot}})
	})
}

// changing changes the pivots of a dataset, and tells of it and of those that share one with it, before or after.
func (s *Service) changing(ctx context.Context, tx *sql.Tx, uid string, change func() error) error {
	before, err := s.partners(ctx, tx, uid)
	if err != nil {
		return err
	}
	if err := change(); err != nil {
		return err
	}
	after, err := s.partners(ctx, tx, uid)
	if err != nil {
		return err
	}
	return s.tell(ctx, tx, append(before, after...))
}
