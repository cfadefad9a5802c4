package app

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"socle/internal/access"
	"socle/internal/asset"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/lake"
	"socle/internal/query"
	"socle/internal/schema"
	"socle/internal/validate"
)

// Values implements [registry.Datasets].
func (l lists) Values(ctx context.Context, id string, fields []string, each func([]validate.Referred) error) error {
	d, head, err := l.readable(ctx, id)
	if err != nil {
		return err
	}
	plan := &query.Plan{From: query.Source{Dataset: d.UID, Version: head.Number}, Limit: -1, Grouped: true}
	plain := make([]bool, len(fields))
	for i, name := range fields {
		f, found := head.Schema.Field(name)
		if !found {
			return noReference(id)
		}
		expr := query.Field{Field: f}
		plan.Groups = append(plan.Groups, query.Group{Name: f.Name, Expr: expr})
		plan.Columns = append(plan.Columns, query.Column{Name: f.Name, Label: f.Label, Expr: expr, Field: f})
		plain[i] = f.Type != schema.Text
	}
	if err := l.access.Narrow(ctx, identity.From(ctx), d.Asset, head.Schema, plan); err != nil || plan.Where != nil || len(plan.Columns) != len(fields) {
		return noReference(id) // what is hidden would be said to be missing
	}
	rows, err := l.engine.Query(ctx, plan)
	if err != nil {
		return err
	}
	defer rows.Close()
	values := make([]validate.Referred, len(fields))
	for rows.Next() {
		for i, v := range rows.Values() {
			values[i] = validate.Referred{Text: plainText(v, plan.Columns[i].Field.Type), Plain: plain[i]}
		}
		if err := each(values); err != nil {
			return err
		}
	}
	return rows.Err()
}

// readable is a dataset that who asks may read, with its current version. It answers NotFound.
func (l lists) readable(ctx context.Context, id string) (asset.Dataset, lake.Version, error) {
	d, err := l.assets.Get(ctx, id)
	if err == nil {
		err = l.access.Can(ctx, identity.From(ctx), access.Read, d.Asset)
	}
	var head lake.Version
	if err == nil {
		head, err = l.lake.Head(ctx, d.UID)
	}
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Forbidden) || err == nil && head.Erased != nil {
		err = noReference(id)
	}
	return d, head, err
}

// plainText writes a value as JSON does, an instant in universal time.
func plainText(v any, t schema.Type) string {
	switch v := v.(type) {
	case nil:
		return ""
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case time.Time:
		if t == schema.Date {
			return v.Format(time.DateOnly)
		}
		return v.UTC().Format("2006-01-02T15:04:05.999999999Z")
	}
	return fmt.Sprint(v)
}

func noReference(id string) error {
	return fault.New(fault.NotFound, "reference_not_found", i18n.T("Il n’y a pas de jeu « %s » auquel se confronter.", "There is no dataset “%s” to be held against.", id))
}
