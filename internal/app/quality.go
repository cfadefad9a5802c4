package app

import (
	"context"
	"database/sql"
	"fmt"

	"socle/internal/asset"
	"socle/internal/i18n"
	"socle/internal/ingest"
	"socle/internal/jobs"
	"socle/internal/lake"
	"socle/internal/quality/contract"
	"socle/internal/quality/dictionary"
	"socle/internal/quality/score"
	stewardship "socle/internal/quality/steward"
)

// openQuality builds what says what the data means and what it is worth.
func (a *App) openQuality() (err error) {
	a.Dictionary = dictionary.New(dictionary.Options{Store: a.Store, Assets: a.Assets, Access: a.Access, Versions: a.Lake, Engine: a.Engine, URL: a.Config.URL})
	a.Score, err = score.New(score.Options{Store: a.Store, Assets: a.Assets, Access: a.Access, People: a.People, Versions: a.Lake, Engine: a.Engine,
		Received: received, Measurers: a.measurers(), URL: a.Config.URL, Log: a.log})
	if err != nil {
		return err
	}
	a.Steward = stewardship.New(stewardship.Options{Store: a.Store, Audit: a.Audit, Assets: a.Assets, Access: a.Access, People: a.People, Versions: a.Lake, Mailer: a.Mailer,
		Tasks: a.tasks, URL: a.Config.URL})
	return nil
}

// tasks tells stewardship what a dataset is worth and what would win the most points.
func (a *App) tasks(ctx context.Context, datasetUID string) (stewardship.Worth, bool, error) {
	s, found, err := a.Score.Get(ctx, datasetUID)
	if err != nil || !found {
		return stewardship.Worth{}, false, err
	}
	d, err := a.Assets.ByUID(ctx, datasetUID)
	if err != nil {
		return stewardship.Worth{}, false, err
	}
	worth := stewardship.Worth{Letter: s.Letter, Points: s.Points}
	for _, line := range s.Next() {
		worth.Tasks = append(worth.Tasks, stewardship.Task{Label: line.Action, Gain: line.Gain, URL: line.URL(d.ID)})
	}
	return worth, true, nil
}

// measurers are the criteria of the score that the neighbours measure.
func (a *App) measurers() map[string]score.Measurer {
	return map[string]score.Measurer{score.CriterionPivots: score.MeasurerFunc(a.measurePivots), score.CriterionContracts: score.MeasurerFunc(a.measureContract)}
}

// measureContract counts the expectations of a contract that the last check of the version found broken.
func (a *App) measureContract(ctx context.Context, d asset.Dataset, v lake.Version) (score.Verdict, bool, error) {
	sight, err := a.Contracts.See(ctx, d.ID)
	if err != nil || sight.Contract.Edition == 0 {
		return score.Verdict{}, false, err
	}
	verdict := score.Verdict{URL: "/jeux/" + d.ID + "/contrat"}
	if len(sight.Results) == 0 || sight.Results[0].Version != v.Number {
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

// received tells the score what ingestion noted of a version.
func received(v lake.Version) (score.Received, error) {
	report, err := ingest.ReportOf(v)
	if err != nil {
		return score.Received{}, err
	}
	out := score.Received{Encoding: report.Encoding}
	if report.Changes == nil {
		return out, nil
	}
	out.Lost = &score.Lost{RowsBefore: report.Changes.RowsBefore, RowsAfter: report.Changes.RowsAfter}
	for _, c := range report.Changes.Emptied {
		out.Emptied = append(out.Emptied, score.Emptying{Field: c.Field.Name, Before: c.Before, After: c.After})
	}
	for _, category := range report.Changes.Categories {
		for _, value := range category.Values {
			if value.After == 0 && value.Before > 0 && value.Value != nil {
				out.Lost.Categories = append(out.Lost.Categories, score.Category{Field: category.Field.Name, Value: fmt.Sprint(value.Value), Rows: value.Before})
			}
		}
	}
	return out, nil
}

// followVersions asks for the work that a publication or an erasure brings, in their transaction.
func (a *App) followVersions() {
	a.Lake.Changed = func(ctx context.Context, tx *sql.Tx, datasetUID string) error {
		if a.Tables != nil {
			// Without a key: a job that runs may have looked at the versions before this one.
			if _, _, err := a.Jobs.Insert(ctx, tx, projectTable{datasetUID}, jobs.Insert{Asset: datasetUID}); err != nil {
				return err
			}
		}
		if err := a.Pivots.Follow(ctx, tx, a.Jobs, datasetUID); err != nil {
			return err
		}
		if err := a.Contracts.Follow(ctx, tx, datasetUID); err != nil {
			return err
		}
		return a.Score.Changed(ctx, tx, a.Jobs, datasetUID)
	}
}

// followDescriptions asks for the work that a change of a description brings.
func (a *App) followDescriptions() {
	a.Assets.Described = func(ctx context.Context, tx *sql.Tx, before, after asset.Dataset) error {
		if err := a.Dictionary.Described(ctx, tx, before, after); err != nil {
			return err
		}
		return a.Score.Changed(ctx, tx, a.Jobs, after.UID)
	}
}
