package app

import (
	"context"
	"database/sql"
	"fmt"

	"socle/internal/asset"
	"socle/internal/ingest"
	"socle/internal/jobs"
	"socle/internal/lake"
	"socle/internal/quality/dictionary"
	"socle/internal/quality/score"
)

// openQuality builds what says what the data means and what it is worth.
func (a *App) openQuality() (err error) {
	a.Dictionary = dictionary.New(dictionary.Options{Store: a.Store, Assets: a.Assets, Access: a.Access, Versions: a.Lake, Engine: a.Engine, URL: a.Config.URL})
	a.Score, err = score.New(score.Options{Store: a.Store, Assets: a.Assets, Access: a.Access, People: a.People, Versions: a.Lake, Engine: a.Engine,
		Received: received, Measurers: a.measurers(), URL: a.Config.URL, Log: a.log})
	return err
}

// measurers are the criteria of the score that the neighbours measure.
func (a *App) measurers() map[string]score.Measurer {
	return map[string]score.Measurer{}
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
