package app

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"socle/internal/access"
	"socle/internal/asset"
	"socle/internal/engine"
	"socle/internal/fault"
	"socle/internal/french/cog"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/lake"
	"socle/internal/query"
	"socle/internal/schema"
	"socle/internal/validate"
)

// lists are the reference lists that the rules of a schema name at a publication: the communes, which the program
// carries, and the datasets of the platform that whoever publishes may read, as "annuaire" when it has a key of one field,
// or "annuaire:uai".
type lists struct {
	assets *asset.Service
	access *access.Service
	lake   *lake.Lake
	engine *engine.Engine
}

// mostListed is how many values a list may have: it is held in memory.
const mostListed = 2_000_000

// List implements [validate.Lists].
func (l lists) List(ctx context.Context, name string) (validate.List, error) {
	if name == "communes" {
		communes, err := cog.Load()
		if errors.Is(err, cog.ErrAbsent) {
			return nil, noList(name)
		}
		return validate.Communes{List: communes}, err
	}
	id, field, _ := strings.Cut(name, ":")
	d, err := l.assets.Get(ctx, id)
	if err == nil {
		err = l.access.Can(ctx, identity.From(ctx), access.Read, d.Asset)
	}
	var head lake.Version
	if err == nil {
		head, err = l.lake.Head(ctx, d.UID)
	}
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Forbidden) || err == nil && head.Erased != nil {
		return nil, noList(name)
	}
	if err != nil {
		return nil, err
	}
	if field == "" && len(d.Key) == 1 {
		field = d.Key[0]
	}
	column, found := head.Schema.Field(field)
	if !found || column.Type != schema.Text && column.Type != schema.Integer {
		return nil, noList(name)
	}
	return l.values(ctx, d, head, column)
}

// values reads the values of a column, once each.
func (l lists) values(ctx context.Context, d asset.Dataset, v lake.Version, f schema.Field) (validate.List, error) {
	expr := query.Field{Field: f}
	plan := &query.Plan{From: query.Source{Dataset: d.UID, Version: v.Number}, Limit: -1, Grouped: true, Groups: []query.Group{{Name: f.Name, Expr: expr}},
		Columns: []query.Column{{Name: f.Name, Label: f.Label, Expr: expr, Field: f}}}
	if err := l.access.Narrow(ctx, identity.From(ctx), d.Asset, v.Schema, plan); err != nil {
		return nil, noList(d.ID + ":" + f.Name)
	}
	rows, err := l.engine.Query(ctx, plan)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	values := validate.Values{}
	for rows.Next() {
		if value := rows.Values()[0]; value != nil {
			values[fmt.Sprint(value)] = struct{}{}
		}
		if len(values) > mostListed {
			return nil, fault.New(fault.TooLarge, "list_too_long", i18n.T("La liste « %s » a plus de %d valeurs : elle ne peut pas servir de référence.",
				"The list “%s” has more than %d values: it cannot serve as a reference.", d.ID, mostListed)).At("list")
		}
	}
	return values, rows.Err()
}

func noList(name string) error {
	return fault.New(fault.NotFound, "list_not_found", i18n.T("Il n’y a pas de liste « %s ».", "There is no list “%s”.", name))
}
