package app

import (
	"context"
	"slices"
	"strings"

	"socle/internal/asset"
	"socle/internal/i18n"
	"socle/internal/ingest"
	"socle/internal/lake"
	"socle/internal/quality/contract"
	"socle/internal/quality/score"
	"socle/internal/validate"
)

// measurers are the criteria of the score that the neighbours measure.
func (a *App) measurers() map[string]score.Measurer {
	return map[string]score.Measurer{score.CriterionSchema: score.MeasurerFunc(a.measureSchema), score.CriterionPivots: score.MeasurerFunc(a.measurePivots),
		score.CriterionContracts: score.MeasurerFunc(a.measureContract)}
}

// measureSchema counts the rows of a version that break the schemas that its dataset declares, as the report kept with it has
// them. A fault of the header is one of every row. Rows that were set aside are not in the version: they are no fault of it, and are
// counted as missing from it by another criterion.
func (a *App) measureSchema(ctx context.Context, d asset.Dataset, v lake.Version) (score.Verdict, bool, error) {
	rules, err := a.Schemas.RulesOf(ctx, d.UID)
	if err != nil || len(rules.Schemas) == 0 {
		return score.Verdict{}, false, err
	}
	report, err := ingest.ReportOf(v)
	if err != nil {
		return score.Verdict{}, false, err
	}
	verdict := score.Verdict{URL: "/jeux/" + d.ID + "/versions"}
	for _, checked := range report.Checked {
		name, _, _ := strings.Cut(checked.Schema, "@")
		if !slices.ContainsFunc(rules.Schemas, func(declared string) bool { return declared == checked.Schema || declared == name }) {
			continue // a schema that is no longer declared
		}
		if checked.Policy == validate.SetAside {
			verdict.Total += float64(v.Rows)
			verdict.Text = i18n.T("Les lignes qui enfreignaient une règle ont été mises de côté : elles ne sont pas publiées.", "The rows that broke a rule were set aside: they are not published.")
			if v.Quarantine.Aside == 0 {
				verdict.Text = i18n.Text{}
			}
			continue
		}
		faulty := checked.Rows
		if checked.Header {
			faulty = checked.Of
		}
		verdict.Bad, verdict.Total = verdict.Bad+float64(faulty), verdict.Total+float64(checked.Of)
		for _, broken := range checked.Broken {
			finding := score.Finding{Kind: "schema-rule", Bad: broken.Count, Total: checked.Of, Text: i18n.T("Schéma « %s », %s. %s", "Schema “%s”, %s. %s", checked.Schema, broken.Title, broken.Fix)}
			if broken.Field != "" {
				finding.Fields = []string{broken.Field}
			}
			verdict.Findings = append(verdict.Findings, finding)
		}
	}
	return verdict, true, nil
}

// partners tells the score which fields of a dataset the datasets of the same pivots list.
func (a *App) partners(ctx context.Context, d asset.Dataset) ([]score.Partner, error) {
	joins, err := a.Pivots.Joins(ctx, d.UID)
	if err != nil {
		return nil, err
	}
	var list []score.Partner
	for _, join := range joins {
		list = append(list, score.Partner{Field: join.Field.Ref.Field, Other: join.Other.Dataset, Key: join.Other.Ref.Field})
	}
	return list, nil
}

// measureContract counts the expectations of a contract that the last check of the version found broken.
func (a *App) measureContract(ctx context.Context, d asset.Dataset, v lake.Version) (score.Verdict, bool, error) {
	sight, err := a.Contracts.See(ctx, d.ID)
	if err != nil || sight.Contract.Status != "active" {
		return score.Verdict{}, false, err
	}
	verdict := score.Verdict{URL: "/jeux/" + d.ID + "/contrat"}
	if len(sight.Results) == 0 || sight.Results[0].Version != v.Number || sight.Results[0].Edition != sight.Contract.Edition {
		return verdict, true, nil // not checked yet
	}
	for _, outcome := range sight.Results[0].Outcomes {
		switch outcome.State {
		case contract.Broken:
			verdict.Bad++
			verdict.Total++
			verdict.Text = outcome.Text
		case contract.Kept:
			verdict.Total++
		}
	}
	return verdict, true, nil
}

// measurePivots counts the values of confirmed pivots that no reference dataset has. A reference has each value once; of
// several, the one that knows the most values counts. A dataset that is itself the reference is not compared.
func (a *App) measurePivots(ctx context.Context, d asset.Dataset, _ lake.Version) (score.Verdict, bool, error) {
	joins, err := a.Pivots.Joins(ctx, d.UID)
	if err != nil {
		return score.Verdict{}, false, err
	}
	type best struct {
		rows, missing int64
		other, pivot  string
	}
	fields := map[string]best{}
	for _, join := range joins {
		cover, err := a.Pivots.Cover(ctx, join.Field, join.Other)
		if err != nil {
			return score.Verdict{}, false, err
		}
		rows := cover.A.Rows - cover.A.Empty
		if cover.B.MostRows > 1 || rows == 0 || cover.A.MostRows <= 1 && cover.A.Distinct >= cover.B.Distinct {
			continue
		}
		found := best{rows: rows, missing: rows - cover.A.Matched, other: join.Other.Dataset.Title, pivot: join.Pivot}
		if before, known := fields[join.Field.Ref.Field]; !known || found.missing < before.missing {
			fields[join.Field.Ref.Field] = found
		}
	}
	var v score.Verdict
	for _, found := range fields {
		v.Bad, v.Total = v.Bad+float64(found.missing), v.Total+float64(found.rows)
		v.Text = i18n.T("Comparé à « %s ».", "Compared with “%s”.", found.other)
		v.URL = "/pivots/" + found.pivot
	}
	return v, len(fields) > 0, nil
}
