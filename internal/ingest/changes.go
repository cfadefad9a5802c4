package ingest

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"socle/internal/engine"
	"socle/internal/i18n"
	"socle/internal/lake"
	"socle/internal/query"
	"socle/internal/schema"
)

// Changes is what a new version would change against the head, before it is published.
type Changes struct {
	Base       int                    `json:"base"` // number of the head compared with
	RowsBefore int64                  `json:"rowsBefore"`
	RowsAfter  int64                  `json:"rowsAfter"`
	Added      []schema.Field         `json:"added,omitempty"`   // columns
	Removed    []schema.Field         `json:"removed,omitempty"` // columns
	Retyped    []engine.Retyped       `json:"retyped,omitempty"`
	Categories []engine.CategoryLoss  `json:"categories,omitempty"` // rows by territory and category, where some have fewer
	Emptied    []engine.EmptiedColumn `json:"emptied,omitempty"`    // columns with fewer filled cells
	Codes      []engine.CodeLoss      `json:"codes,omitempty"`      // codes that no row has any more
	Reasons    []i18n.Text            `json:"reasons,omitempty"`    // why the loss is large, a sentence each; none: it is not
}

// Large reports whether the loss is large enough to be confirmed by a person.
func (c *Changes) Large() bool { return c != nil && len(c.Reasons) > 0 }

// A loss is large, and held until a person confirms it, when at least one of these holds. The shares are low enough
// to catch a département or an académie that was left out, and high enough to let a directory breathe.
const (
	lostRows       = 0.10 // of the rows are gone
	weightyValue   = 0.01 // a value of a category that had at least this share of the rows…
	lostOfCategory = 0.50 // …has lost this share of them, or all
	weightyRows    = 3    // and at least so many rows, so that a table of ten rows is not held for one
	wasFilled      = 0.50 // a column filled at least so much…
	nowEmpty       = 0.05 // …is filled less than so much
	lostCodes      = 0.10 // of the different codes of a column are gone
)

// compare says what publishing a file of Parquet would change against the head.
func (s *Service) compare(ctx context.Context, head lake.Version, path string, fields schema.Schema, rows int64) (*Changes, error) {
	changes := &Changes{Base: head.Number, RowsBefore: head.Rows, RowsAfter: rows}
	compareColumns(changes, head.Schema, fields)
	if head.Erased != nil || head.Rows == 0 {
		changes.judge()
		return changes, nil
	}
	before, err := Resolver{s.Lake}.Resolve(ctx, query.Source{Dataset: head.DatasetUID, Version: head.Number})
	if err != nil {
		return nil, fmt.Errorf("ingest: compare: %w", err)
	}
	losses, err := s.Engine.Losses(ctx, before, engine.Table{Paths: []string{path}, Schema: fields}, lossRequest(head.Schema, fields))
	if err != nil {
		return nil, fmt.Errorf("ingest: compare: %w", err)
	}
	changes.Emptied = losses.Emptied
	for _, category := range losses.Categories {
		if category.Total > 0 {
			changes.Categories = append(changes.Categories, category)
		}
	}
	for _, code := range losses.Codes {
		if code.Disappeared > 0 {
			changes.Codes = append(changes.Codes, code)
		}
	}
	changes.judge()
	return changes, nil
}

func compareColumns(c *Changes, before, after schema.Schema) {
	for _, field := range before.Fields {
		now, ok := after.Field(field.Name)
		switch {
		case !ok:
			c.Removed = append(c.Removed, field)
		case now.Type != field.Type:
			c.Retyped = append(c.Retyped, engine.Retyped{Name: field.Name, Before: field.Type, After: now.Type})
		}
	}
	for _, field := range after.Fields {
		if _, ok := before.Field(field.Name); !ok {
			c.Added = append(c.Added, field)
		}
	}
}

// Names of columns that say where or what kind: their values are worth counting. French and English, since
// producers use both.
var (
	categoryName = regexp.MustCompile(`(^|_)(communes?|villes?|localites?|departements?|dept?|academies?|acad|regions?|pays|country|zones?|circonscriptions?|bassins?|secteurs?|sector|statuts?|status|types?|natures?|niveaux?|level|categories?|category|annees?|year|rentree|session|millesime|sexe|sex|genre|filieres?|voies?|disciplines?|cycles?|etat|ministere|federations?|familles?|domaines?|themes?)(_|$)`)
	codeName     = regexp.MustCompile(`(^|_)(uai|rne|numero_uai|siret|siren|insee|code|codes|cog|identifiant|id)(_|$)`)
)

// How many columns are compared at most: each costs a count over both versions.
const (
	mostCategories = 12
	mostCodes      = 6
)

var codeConcepts = []string{"uai", "siret", "siren", "commune"}

// lossRequest chooses the columns to compare: those whose name or concept says a territory or a category, and those
// that hold codes.
func lossRequest(before, after schema.Schema) engine.LossRequest {
	var request engine.LossRequest
	for _, field := range before.Fields {
		now, ok := after.Field(field.Name)
		if !ok || now.Type != field.Type || field.Personal {
			continue
		}
		countable := field.Type == schema.Text || field.Type == schema.Integer || field.Type == schema.Boolean
		switch {
		case slices.Contains(codeConcepts, field.Concept) || (field.Type == schema.Text && field.Concept == "" && codeName.MatchString(field.Name) && !categoryName.MatchString(field.Name)):
			if len(request.Codes) < mostCodes {
				request.Codes = append(request.Codes, field.Name)
			}
		case countable && (field.Type == schema.Boolean || field.Concept == "departement" || categoryName.MatchString(field.Name)):
			if len(request.Categories) < mostCategories {
				request.Categories = append(request.Categories, field.Name)
			}
		}
	}
	return request
}

// judge writes the reasons for which the loss is large.
func (c *Changes) judge() {
	c.Reasons = nil
	add := func(fr, en string, args ...any) { c.Reasons = append(c.Reasons, i18n.T(fr, en, args...)) }
	lost := c.RowsBefore - c.RowsAfter
	if lost > 0 && lost >= weightyRows && float64(lost) >= lostRows*float64(c.RowsBefore) {
		add("Il y a %s lignes de moins que dans la version %d (%s au lieu de %s).", "There are %s fewer rows than in version %d (%s instead of %s).",
			number(lost), c.Base, number(c.RowsAfter), number(c.RowsBefore))
	}
	for _, field := range c.Removed {
		add("La colonne « %s » a disparu.", "Column “%s” is gone.", field.Label)
	}
	for _, column := range c.Emptied {
		if c.RowsAfter > 0 && share(column.Before, c.RowsBefore) >= wasFilled && share(column.After, c.RowsAfter) < nowEmpty {
			add("La colonne « %s », remplie à %s, est presque vide (%s).", "Column “%s”, filled at %s, is almost empty (%s).",
				column.Field.Label, percent(column.Before, c.RowsBefore), percent(column.After, c.RowsAfter))
		}
	}
	for _, category := range c.Categories {
		c.judgeCategory(category, add)
	}
	for _, code := range c.Codes {
		if code.Disappeared >= weightyRows && float64(code.Disappeared) >= lostCodes*float64(code.Before) {
			add("%s codes sur %s ont disparu de la colonne « %s ».", "%s codes of %s are gone from column “%s”.",
				number(code.Disappeared), number(code.Before), code.Field.Label)
		}
	}
}

func (c *Changes) judgeCategory(category engine.CategoryLoss, add func(fr, en string, args ...any)) {
	const named = 5
	var gone, halved []string
	for _, value := range category.Values {
		lost := value.Before - value.After
		if value.Value == nil || lost < weightyRows || share(value.Before, c.RowsBefore) < weightyValue {
			continue
		}
		switch {
		case value.After == 0:
			gone = append(gone, fmt.Sprint(value.Value))
		case float64(lost) >= lostOfCategory*float64(value.Before):
			halved = append(halved, fmt.Sprint(value.Value))
		}
	}
	some := func(values []string) string {
		if len(values) > named {
			return strings.Join(values[:named], ", ") + "…"
		}
		return strings.Join(values, ", ")
	}
	if len(gone) > 0 {
		add("Dans « %s », plus aucune ligne pour : %s.", "In “%s”, no row any more for: %s.", category.Field.Label, some(gone))
	}
	if len(halved) > 0 {
		add("Dans « %s », au moins la moitié des lignes manque pour : %s.", "In “%s”, at least half of the rows are missing for: %s.",
			category.Field.Label, some(halved))
	}
}

func share(part, whole int64) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

func number(n int64) i18n.Text {
	return i18n.Text{FR: i18n.Integer(i18n.FR, n), EN: i18n.Integer(i18n.EN, n)}
}

func percent(part, whole int64) i18n.Text {
	return i18n.Text{FR: i18n.Percent(i18n.FR, share(part, whole)), EN: i18n.Percent(i18n.EN, share(part, whole))}
}
