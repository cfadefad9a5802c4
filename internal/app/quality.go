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
	stewardship "socle/internal/quality/steward"
)

// openQuality builds what says what the data means and what it is worth.
func (a *App) openQuality() (err error) {
	a.Dictionary = dictionary.New(dictionary.Options{Store: a.Store, Assets: a.Assets, Access: a.Access, Versions: a.Lake, Engine: a.Engine, URL: a.Config.URL})
	a.Score, err = score.New(score.Options{Store: a.Store, Assets: a.Assets, Access: a.Access, People: a.People, Versions: a.Lake, Engine: a.Engine,
		Outbound: a.Outbound, Partners: a.partners, Received: received, Measurers: a.measurers(), URL: a.Config.URL, Log: a.log})
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
			if value.After < value.Before && value.Value != nil {
				out.Lost.Categories = append(out.Lost.Categories, score.Category{Field: category.Field.Name, Value: fmt.Sprint(value.Value), Before: value.Before, After: value.After})
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

// followDescriptions asks for the work that a change of a description, a contract, a pivot or a declared schema brings, in its
// transaction.
func (a *App) followDescriptions() {
	rescore := func(ctx context.Context, tx *sql.Tx, datasetUID string) error {
		return a.Score.Changed(ctx, tx, a.Jobs, datasetUID)
	}
	a.Contracts.Changed, a.Pivots.Changed, a.Schemas.Changed = rescore, rescore, rescore
	a.Assets.Described = func(ctx context.Context, tx *sql.Tx, before, after asset.Dataset) error {
		if err := a.Dictionary.Described(ctx, tx, before, after); err != nil {
			return err
		}
		return rescore(ctx, tx, after.UID)
	}
}
