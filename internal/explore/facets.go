package explore

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"socle/internal/asset"
	"socle/internal/engine"
	"socle/internal/query"
	"socle/internal/schema"
)

// facetAnswer is a facet with its values, as the Explore API writes it.
type facetAnswer struct {
	Name   string       `json:"name"`
	Facets []facetValue `json:"facets"`
}

type facetValue struct {
	Name   string       `json:"name"`
	Count  int64        `json:"count"`
	State  string       `json:"state"`
	Value  string       `json:"value"`
	Facets []facetValue `json:"facets,omitempty"` // the next level, where it is open
}

type facetsAnswer struct {
	Links  []link        `json:"_links,omitempty"`
	Facets []facetAnswer `json:"facets"`
}

// facets counts the rows by the values of some fields: those asked for, or those meant for it.
func (s *Service) facets(w http.ResponseWriter, r *http.Request) error {
	d, err := s.find(r.Context(), r.PathValue("dataset_id"))
	if err != nil {
		return err
	}
	p, err := parametersOf(r)
	if err != nil {
		return err
	}
	request, shape, asked, why := p.filters(), p.shape(), p.texts("facet"), p.boolean("explain", false)
	request.Select, request.GroupBy, request.OrderBy = "", "", ""
	if p.err != nil {
		return p.err
	}
	if !d.hasData() && d.head.Erased == nil {
		return s.writeJSON(w, r, keyOf("facets", d.version()), d.everybody, facetsAnswer{Facets: []facetAnswer{}})
	}
	if err := d.needData(); err != nil {
		return err
	}
	facets, err := d.bindFacets(asked)
	if err != nil {
		return err
	}
	if why {
		return s.explainFacets(w, r, d, request, facets)
	}
	plan, err := d.planWith(request, query.WithFacets(d.options(), facets))
	if err != nil {
		return err
	}
	deprecate(w.Header(), plan)
	w.Header().Set("X-Socle-Version", strconv.Itoa(d.head.Number))
	key := keyOf("facets", plan.Key(), d.version(), d.UpdatedAt.String(), strings.Join(asked, "\n"), shape.key(s, r))
	return s.answer(w, r, key, d.everybody, func(ctx context.Context) ([]byte, error) {
		answer := facetsAnswer{Facets: []facetAnswer{}}
		if shape.links {
			answer.Links = []link{{"self", s.self(r)}}
		}
		if len(facets) == 0 {
			return encode(answer)
		}
		results, err := s.engine.Facets(ctx, plan, facets)
		if err != nil {
			return nil, err
		}
		for _, result := range results {
			if values := facetValues(result.Values); len(values) > 0 || len(asked) > 0 {
				answer.Facets = append(answer.Facets, facetAnswer{result.Facet.Field.Name, values})
			}
		}
		return encode(answer)
	})
}

func facetValues(values []engine.FacetValue) []facetValue {
	list := make([]facetValue, len(values))
	for i, v := range values {
		list[i] = facetValue{Name: v.Name, Value: v.Value, Count: v.Count, State: v.State}
		if len(v.Values) > 0 {
			list[i].Facets = facetValues(v.Values)
		}
	}
	return list
}

// bindFacets reads the facets asked for, or takes the fields meant for it when none is.
func (d *source) bindFacets(asked []string) ([]query.Facet, error) {
	var facets []query.Facet
	if len(asked) == 0 {
		for _, f := range d.fields.Fields {
			if !f.Type.Spatial() && isFacet(f, d.Fields[f.Name]) {
				asked = append(asked, quoteName(f.Name))
			}
		}
	}
	for _, text := range asked {
		facet, err := query.BindFacet(d.fields, text, d.options())
		if err != nil {
			return nil, err
		}
		facets = append(facets, facet)
	}
	return facets, nil
}

// Words that name a category in the headers of the field's files, without accents.
var categories = []string{"academie", "annee", "categorie", "cycle", "departement", "discipline", "etat", "famille", "federation",
	"filiere", "genre", "millesime", "ministere", "nature", "niveau", "periode", "population", "region", "rentree", "secteur", "serie", "sexe", "session",
	"statut", "trimestre", "type", "voie", "zone", "region_academique"}

// isFacet reports whether a field is offered to refine a search: when its description says so, or else when it is a
// yes or no, or is named as categories are.
func isFacet(f schema.Field, doc asset.FieldDoc) bool {
	if doc.Facet != nil {
		return *doc.Facet
	}
	if f.Personal {
		return false
	}
	switch f.Type {
	case schema.Boolean:
		return true
	case schema.Text, schema.Integer:
		words := strings.Split(f.Name, "_")
		if words[0] == "code" || words[0] == "nombre" || words[0] == "nb" || words[0] == "taux" || words[0] == "effectif" {
			return false
		}
		return slices.ContainsFunc(words, func(word string) bool {
			return slices.Contains(categories, word) || slices.Contains(categories, strings.TrimSuffix(word, "s"))
		})
	}
	return false
}
