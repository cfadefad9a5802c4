package dictionary

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"socle/internal/asset"
	"socle/internal/engine"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/query"
	"socle/internal/schema"
)

// known is what is always true of a concept.
type known struct {
	definition, instructions, norm string
}

// concepts are what the codes of the field mean, in French as the dictionaries of the field are.
var concepts = map[string]known{
	"uai":         {"Identifiant de l’établissement dans le répertoire national (unité administrative immatriculée).", "Sept chiffres puis une lettre de contrôle, sans espace, avec les zéros du début.", "Répertoire national des établissements (RAMSESE)"},
	"siret":       {"Identifiant de l’établissement au répertoire Sirene.", "Quatorze chiffres, sans espace : les neuf du SIREN puis les cinq du numéro interne.", "Insee, répertoire Sirene"},
	"siren":       {"Identifiant de l’unité légale au répertoire Sirene.", "Neuf chiffres, sans espace.", "Insee, répertoire Sirene"},
	"commune":     {"Commune, par son code au code officiel géographique. Ce n’est pas le code postal.", "Cinq caractères, avec le zéro du début ; 2A ou 2B en Corse.", "Insee, code officiel géographique (COG)"},
	"departement": {"Département, par son code au code officiel géographique.", "Deux caractères, ou trois outre-mer, avec le zéro du début ; 2A ou 2B en Corse.", "Insee, code officiel géographique (COG)"},
	"postal":      {"Code postal de l’adresse.", "Cinq chiffres, avec le zéro du début.", "La Poste"},
	"ine":         {"Identifiant national de l’élève ou de l’étudiant.", "Onze caractères, sans espace.", "Répertoire national des identifiants élèves, étudiants et apprentis (RNIE)"},
	"nir":         {"Numéro d’inscription au répertoire des personnes physiques (numéro de sécurité sociale).", "Treize caractères et la clé de deux chiffres.", "Insee, RNIPP"},
	"phone":       {"Numéro de téléphone.", "Dix chiffres, ou la forme internationale.", "UIT-T E.164"},
	"email":       {"Adresse électronique.", "Une adresse par cellule.", "RFC 5322"},
}

// Propose drafts what nobody said of some fields of a dataset: from the concepts that were recognised, from the values, and from the
// fields of the same name, label or concept of other datasets that who asks may read. It returns the drafts, and where each comes
// from, by "field.slot".
func (s *Service) Propose(ctx context.Context, d asset.Dataset, fields []schema.Field) (map[string]asset.FieldDoc, map[string]i18n.Text, error) {
	drafts, from := map[string]asset.FieldDoc{}, map[string]i18n.Text{}
	alike, err := s.alike(ctx, d)
	if err != nil {
		return nil, nil, err
	}
	figures, err := s.figures(ctx, d)
	if err != nil {
		return nil, nil, err
	}
	for _, f := range fields {
		said := d.Fields[f.Name]
		var draft asset.FieldDoc
		propose := func(slot, text string, source i18n.Text) {
			if text != "" && said.Get(slot) == "" && draft.Get(slot) == "" && (slot != "definition" || f.Description == "") && (slot != "unite" || f.Unit == "") {
				draft.Set(slot, text)
				from[f.Name+"."+slot] = source
			}
		}
		for _, other := range alike[f.Name] {
			source := i18n.T("le champ « %s » de « %s »", "the field “%s” of “%s”", other.field, other.dataset)
			for _, slot := range []string{"definition", "unite", "consigne", "nomenclature", "norme", "concept"} {
				propose(slot, other.doc.Get(slot), source)
			}
		}
		if k, ok := concepts[f.Concept]; ok {
			source := i18n.T("le concept reconnu dans les valeurs", "the concept recognised in the values")
			propose("definition", k.definition, source)
			propose("consigne", k.instructions, source)
			propose("norme", k.norm, source)
		}
		values := i18n.T("les valeurs de la colonne", "the values of the column")
		propose("consigne", instructions(f, figures[f.Name]), values)
		if !f.Personal {
			propose("exemple", example(figures[f.Name]), values)
		}
		propose("sensibilite", string(sensitivity(d, f)), i18n.T("le niveau d’accès du jeu et ce que la colonne identifie", "the level of access of the dataset and what the column identifies"))
		if draft != (asset.FieldDoc{}) {
			drafts[f.Name] = draft
		}
	}
	return drafts, from, nil
}

// figures are the figures of each column; none when there is no data.
func (s *Service) figures(ctx context.Context, d asset.Dataset) (map[string]engine.ColumnStatistics, error) {
	out := map[string]engine.ColumnStatistics{}
	head, err := s.Versions.Head(ctx, d.UID)
	if fault.Is(err, fault.NotFound) || err == nil && head.Erased != nil {
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	statistics, err := s.Engine.Statistics(ctx, query.Source{Dataset: d.UID, Version: head.Number})
	if err != nil {
		return nil, fmt.Errorf("dictionary: %w", err)
	}
	for _, c := range statistics.Columns {
		out[c.Field.Name] = c
	}
	return out, nil
}

// listed is how many values an instruction names at most.
const listed = 12

// instructions says how a value is entered, after the type and the values.
func instructions(f schema.Field, c engine.ColumnStatistics) string {
	switch f.Type {
	case schema.Date:
		return "Un jour, écrit AAAA-MM-JJ : 2026-09-01."
	case schema.Datetime:
		return "Un instant, avec son fuseau horaire : 2026-09-01T08:30:00+02:00."
	case schema.Boolean:
		return "Oui ou non."
	case schema.Point:
		return "Latitude puis longitude en degrés (WGS 84), avec le point décimal."
	case schema.Integer:
		if f.IsYear() {
			return "Une année, en quatre chiffres."
		}
		if c.Min != nil {
			return fmt.Sprintf("Un nombre entier, sans espace ; de %s à %s dans cette version.", text(c.Min), text(c.Max))
		}
	case schema.Decimal:
		if c.Min != nil {
			return fmt.Sprintf("Un nombre décimal ; de %s à %s dans cette version.", text(c.Min), text(c.Max))
		}
	case schema.Text:
		if f.Personal || c.Distinct == 0 || c.Distinct > listed || len(c.MostFrequent) < int(min(c.Distinct, 10)) {
			return ""
		}
		var values []string
		for _, v := range c.MostFrequent {
			values = append(values, text(v.Value))
		}
		slices.Sort(values)
		if c.Distinct > int64(len(values)) {
			return "L’une des valeurs de la liste, telle quelle : " + strings.Join(values, ", ") + "…"
		}
		return "L’une de ces valeurs, telle quelle : " + strings.Join(values, ", ") + "."
	}
	return ""
}

// example is a value of the column: the most frequent one, or the smallest.
func example(c engine.ColumnStatistics) string {
	value := ""
	if len(c.MostFrequent) > 0 {
		value = text(c.MostFrequent[0].Value)
	} else if c.Min != nil {
		value = text(c.Min)
	}
	if len([]rune(value)) > 100 {
		return ""
	}
	return value
}

func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		if v {
			return "oui"
		}
		return "non"
	case time.Time:
		if v.Equal(v.Truncate(24 * time.Hour)) {
			return v.Format(time.DateOnly)
		}
		return v.Format(time.RFC3339)
	}
	return ""
}

func sensitivity(d asset.Dataset, f schema.Field) asset.Sensitivity {
	switch {
	case f.Personal:
		return asset.SensitivityPersonal
	case d.Level == asset.Open:
		return asset.SensitivityPublic
	}
	return asset.SensitivityInternal
}

// similar is a field of another dataset that looks alike.
type similar struct {
	dataset, field string
	doc            asset.FieldDoc
	said           int // how many slots it has
}

// alike finds, for each field of a dataset, those of other datasets that have the same name, label or concept and say something;
// those that say the most first.
func (s *Service) alike(ctx context.Context, d asset.Dataset) (map[string][]similar, error) {
	scope, err := s.Access.Scope(ctx, identity.From(ctx))
	if err != nil {
		return nil, err
	}
	where, args := scope.SQL(1)
	others, err := s.Assets.List(ctx, asset.Filter{Where: where, Args: args})
	if err != nil {
		return nil, err
	}
	head, err := s.Versions.Head(ctx, d.UID)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	out := map[string][]similar{}
	for _, other := range others {
		view, err := s.Access.View(ctx, identity.From(ctx), other.Asset)
		if err != nil || other.UID == d.UID || !view.Whole() {
			continue
		}
		for name, doc := range other.Fields {
			one := similar{dataset: other.Title, field: first(doc.Label, name), doc: doc}
			for _, slot := range asset.FieldSlots {
				if doc.Get(slot.Name) != "" {
					one.said++
				}
			}
			for _, f := range head.Schema.Fields {
				label := first(d.Fields[f.Name].Label, f.Label)
				concept := first(d.Fields[f.Name].Concept, f.Concept)
				if f.Name == name || doc.Label != "" && schema.Name(label) == schema.Name(doc.Label) || doc.Concept != "" && doc.Concept == concept {
					out[f.Name] = append(out[f.Name], one)
				}
			}
		}
	}
	for name := range out {
		slices.SortStableFunc(out[name], func(a, b similar) int {
			if a.said != b.said {
				return b.said - a.said
			}
			return strings.Compare(a.dataset, b.dataset)
		})
	}
	return out, nil
}
