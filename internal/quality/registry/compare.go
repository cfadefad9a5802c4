package registry

import (
	"encoding/json"
	"reflect"
	"slices"

	"socle/internal/i18n"
	"socle/internal/schema/frictionless"
)

// changeBetween says how much a schema asks of those who have files of an earlier one, and why. What is proposed from
// it is a proposal: a person decides on the number.
func changeBetween(before, after *frictionless.Schema) (Change, []i18n.Text) {
	change, reasons := Patch, []i18n.Text(nil)
	because := func(c Change, fr, en string, args ...any) {
		change = max(change, c)
		reasons = append(reasons, i18n.T(fr, en, args...))
	}
	for i := range before.Fields {
		old := &before.Fields[i]
		f := after.Field(old.Name)
		if f == nil {
			because(Major, "Le champ « %s » disparaît.", "Field “%s” goes.", old.Name)
			continue
		}
		if f.Type != old.Type || f.Format != old.Format {
			because(Major, "Le champ « %s » change de type.", "Field “%s” changes its type.", old.Name)
		}
		if f.Constraints.Required && !old.Constraints.Required {
			because(Major, "Le champ « %s » devient obligatoire.", "Field “%s” becomes required.", old.Name)
		}
		switch narrower, wider := narrowed(old, f), narrowed(f, old); {
		case narrower:
			because(Major, "Moins de valeurs sont permises dans « %s ».", "Fewer values are allowed in “%s”.", old.Name)
		case wider:
			because(Minor, "Plus de valeurs sont permises dans « %s ».", "More values are allowed in “%s”.", old.Name)
		}
	}
	for i := range after.Fields {
		f := &after.Fields[i]
		if before.Field(f.Name) != nil {
			continue
		}
		if f.Constraints.Required {
			because(Major, "Le champ obligatoire « %s » s’ajoute.", "The required field “%s” is added.", f.Name)
		} else {
			because(Minor, "Le champ « %s » s’ajoute.", "Field “%s” is added.", f.Name)
		}
	}
	if !slices.Equal(before.PrimaryKey, after.PrimaryKey) {
		because(Major, "La clé change.", "The key changes.")
	}
	if len(after.CustomChecks) > len(before.CustomChecks) {
		because(Major, "Des règles entre colonnes s’ajoutent.", "Rules between columns are added.")
	}
	return change, reasons
}

// narrowed reports whether a field says something of its values that it did not say before. A list of values that only
// grows says nothing new.
func narrowed(before, after *frictionless.Field) bool {
	was := plain(before.Constraints)
	for name, value := range plain(after.Constraints) {
		if name == "required" || reflect.DeepEqual(was[name], value) {
			continue
		}
		if old, ok := was[name].([]any); !ok || name != "enum" || !contains(value, old) {
			return true
		}
	}
	return after.Categories != nil && (before.Categories == nil || slices.ContainsFunc(before.Categories, func(c frictionless.Category) bool {
		return !slices.ContainsFunc(after.Categories, func(d frictionless.Category) bool { return string(c.Value) == string(d.Value) })
	}))
}

// contains reports whether every element of a list is in another one.
func contains(list any, elements []any) bool {
	all, _ := list.([]any)
	return !slices.ContainsFunc(elements, func(e any) bool {
		return !slices.ContainsFunc(all, func(o any) bool { return reflect.DeepEqual(o, e) })
	})
}

// plain is what constraints say, whatever the order in which they were written.
func plain(c frictionless.Constraints) map[string]any {
	raw, err := json.Marshal(c)
	var all map[string]any
	if err != nil || json.Unmarshal(raw, &all) != nil {
		return nil
	}
	return all
}

// proposal is the number that a draft would take, and why.
func (s *Service) proposal(d Draft, kept Schema, base []byte) (string, []i18n.Text) {
	if len(kept.Versions) == 0 {
		if t, err := frictionless.Parse([]byte(d.Document)); err == nil {
			if number, err := parseNumber(t.Version); err == nil {
				return number, nil
			}
		}
		return "1.0.0", nil
	}
	before, err := frictionless.Parse(base)
	after, wrong := frictionless.Parse([]byte(d.Document))
	if err != nil || wrong != nil {
		return next(kept.Latest, Minor), nil
	}
	change, reasons := changeBetween(before, after)
	return next(kept.Versions[0].Number, change), reasons
}
