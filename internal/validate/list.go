package validate

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"socle/internal/fault"
	"socle/internal/format"
	"socle/internal/french"
	"socle/internal/french/cog"
	"socle/internal/i18n"
)

// Values is a list whose values exist at any time.
type Values map[string]struct{}

// Has implements [List].
func (v Values) Has(value string, _ time.Time) bool {
	_, found := v[value]
	return found
}

// ReadValues makes a list of a column of a table: the one with a label, or the only one when the label is empty. What is
// empty is no value.
func ReadValues(ctx context.Context, t *format.Table, column string) (Values, error) {
	at := 0
	switch {
	case column != "":
		at = slices.IndexFunc(t.Header, func(label string) bool { return strings.TrimSpace(label) == column })
	case t.Columns != 1:
		at = -1
	}
	if at < 0 {
		return nil, fault.New(fault.Invalid, "list_column", i18n.T("« %s » a plusieurs colonnes, ou n’a pas celle qui est demandée : dites laquelle est la liste, parmi %s.",
			"“%s” has several columns, or not the one that is asked for: say which one is the list, among %s.", t.Source.Name, orList(t.Header))).At("list")
	}
	values := Values{}
	for row, err := range t.Rows(ctx) {
		if err != nil {
			return nil, err
		}
		if text := row.Cells[at].Text; text != "" {
			values[text] = struct{}{}
		}
	}
	return values, nil
}

// BuiltIn are the lists that the program carries: "communes", with their days.
type BuiltIn struct{}

// List implements [Lists].
func (BuiltIn) List(_ context.Context, name string) (List, error) {
	if name == "communes" {
		list, err := cog.Load()
		if !errors.Is(err, cog.ErrAbsent) {
			return Communes{List: list}, err
		}
	}
	return nil, fault.New(fault.NotFound, "list_not_found", i18n.T("Il n’y a pas de liste « %s ».", "There is no list “%s”.", name))
}

// Communes is the list of the communes of France, with the days of each.
type Communes struct{ List *french.Communes }

// Has implements [List]: whether the code was a commune on a day, or, on the zero day, whether it ever was.
func (c Communes) Has(code string, at time.Time) bool {
	if !at.IsZero() {
		return c.List.At(code, at).Valid
	}
	v := french.Commune(code)
	return v.Valid && slices.ContainsFunc(c.List.Find(v.Canonical), func(r french.CommuneRecord) bool { return r.Kind != french.KindPart })
}
