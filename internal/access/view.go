package access

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"socle/internal/asset"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/query"
	"socle/internal/schema"
)

// View is what a principal sees of the data of one asset: everything, or what its grants show.
type View struct {
	whole  bool
	grants []Grant
}

// View returns what the principal sees of the data. Its errors are those of [Service.Can] for [Read].
func (s *Service) View(ctx context.Context, who identity.Principal, a asset.Asset) (View, error) {
	if rolesOf(who).Allows(a) {
		return View{whole: true}, nil
	}
	if err := s.Can(ctx, who, Read, a); err != nil {
		return View{}, err
	}
	grants, err := s.activeGrants(ctx, who, a.UID)
	if err != nil {
		return View{}, err
	}
	if len(grants) == 0 { // the last one ended since the question above
		return View{}, hidden(who, a)
	}
	for _, g := range grants {
		if len(g.Fields) == 0 && g.RowFilter == "" {
			return View{whole: true}, nil
		}
	}
	return View{grants: grants}, nil
}

// Whole reports whether every field and every row is seen. Only then may whole files be given, such as the original.
func (v View) Whole() bool { return v.whole }

// Key tells apart views that do not see the same thing: "" for the whole. It belongs in the key of every cache.
func (v View) Key() string {
	if v.whole {
		return ""
	}
	type part struct {
		Fields []string
		Rows   string
	}
	parts := make([]part, len(v.grants))
	for i, g := range v.grants {
		parts[i] = part{g.Fields, g.RowFilter}
	}
	text, err := json.Marshal(parts)
	if err != nil {
		return "unknown"
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// Schema returns the fields that are seen: to bind a request, and to show. The zero View sees none.
func (v View) Schema(all schema.Schema) schema.Schema {
	if v.whole {
		return all
	}
	seen := schema.Schema{}
	for _, field := range all.Fields {
		if v.shows(field.Name) {
			seen.Fields = append(seen.Fields, field)
		}
	}
	for _, name := range all.PrimaryKey {
		if !v.shows(name) {
			return seen
		}
	}
	seen.PrimaryKey = all.PrimaryKey
	return seen
}

func (v View) shows(field string) bool {
	for _, g := range v.grants {
		if g.Shows(field) {
			return true
		}
	}
	return v.whole
}

// Narrow takes away from the plan, made on the version whose fields are all, what is not seen: hidden fields leave
// it, and only the rows that are seen stay. When several grants show different fields, the rows are those of the
// grants that show every field of the plan: a field of one never meets a row of another. It answers Invalid when
// the plan names a field that is not seen, and Forbidden when no grant shows the fields together. A plan is narrowed
// once: the row filter may read hidden fields.
func (v View) Narrow(plan *query.Plan, all schema.Schema) error {
	if v.whole {
		return nil
	}
	if len(v.grants) == 0 {
		return fault.New(fault.Forbidden, "nothing_visible", i18n.T("Aucune donnée ne vous est ouverte ici.", "No data is open to you here."))
	}
	if err := plan.Hide(func(field string) bool { return !v.shows(field) }); err != nil {
		return err
	}
	usable := v.covering(plan)
	if len(usable) == 0 {
		// A plan of every field: keep those of the grant that shows the most.
		widest := v.widest(all)
		if err := plan.Hide(func(field string) bool { return !widest.Shows(field) }); err != nil {
			return fault.New(fault.Forbidden, "fields_apart", i18n.T(
				"Ces champs vous sont ouverts séparément, par des accès différents. Interrogez-les l’un après l’autre.",
				"These fields are open to you separately, by different grants. Query them one after the other.")).Because(err)
		}
		usable = v.covering(plan)
	}
	return restrict(plan, all, usable)
}

// covering returns the grants that show every field that the plan reads.
func (v View) covering(plan *query.Plan) []Grant {
	var covering []Grant
	for _, g := range v.grants {
		covers := true
		for _, field := range plan.Fields() {
			covers = covers && g.Shows(field)
		}
		if covers {
			covering = append(covering, g)
		}
	}
	return covering
}

// widest returns the grant that shows the most fields; of equals, one without a row filter, then the oldest.
func (v View) widest(all schema.Schema) Grant {
	var best Grant
	most := -1
	for _, g := range v.grants {
		n := 0
		for _, field := range all.Fields {
			if g.Shows(field.Name) {
				n++
			}
		}
		if n > most || (n == most && g.RowFilter == "" && best.RowFilter != "") {
			best, most = g, n
		}
	}
	return best
}

// restrict keeps the rows that one of the grants shows. A filter that no longer fits the version shows nothing,
// and says so: it never opens more.
func restrict(plan *query.Plan, all schema.Schema, grants []Grant) error {
	var rows query.Or
	for _, g := range grants {
		if g.RowFilter == "" {
			return nil
		}
		condition, err := query.Condition(all, g.RowFilter)
		if err != nil {
			return fault.New(fault.Forbidden, "grant_outdated", i18n.T(
				"L’accès qui vous a été donné ne correspond plus aux champs de cette version. Demandez qu’il soit revu.",
				"The access that you were given no longer fits the fields of this version. Ask for it to be reviewed.")).Because(err)
		}
		if condition == nil { // the filter is only spaces
			return nil
		}
		rows.Of = append(rows.Of, condition)
	}
	switch len(rows.Of) {
	case 0:
		return fault.New(fault.Forbidden, "nothing_visible", i18n.T("Aucune donnée ne vous est ouverte ici.", "No data is open to you here."))
	case 1:
		plan.See(rows.Of[0])
	default:
		plan.See(rows)
	}
	return nil
}

// Narrow is [Service.View] then [View.Narrow], for a plan already bound.
func (s *Service) Narrow(ctx context.Context, who identity.Principal, a asset.Asset, all schema.Schema, plan *query.Plan) error {
	view, err := s.View(ctx, who, a)
	if err != nil {
		return err
	}
	return view.Narrow(plan, all)
}
