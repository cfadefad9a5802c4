package app

import (
	"context"
	"fmt"
	"time"

	"socle/internal/engine"
	"socle/internal/i18n"
	"socle/internal/jobs"
	"socle/internal/lake"
	"socle/internal/query"
	"socle/internal/tables"
)

// openTables opens the projection of the lake as Iceberg tables, when the configuration wants it.
func (a *App) openTables(ctx context.Context) (err error) {
	if !a.Config.Tables && a.Config.Engine == "" {
		return nil
	}
	a.Tables, err = tables.Open(ctx, tables.Options{Store: a.Store, Lake: a.Lake, Assets: a.Assets, Log: a.log})
	return err
}

// projectTable brings the table of one dataset to its versions.
type projectTable struct {
	Dataset string `json:"dataset"`
}

func (projectTable) Kind() string { return "tables.project" }

// projectTables brings every table that is late to its versions.
type projectTables struct{}

func (projectTables) Kind() string { return "tables.late" }

// tableKinds are the jobs that write the tables: one after each publication and erasure, and a round for what was
// missed, such as a dataset that took another name.
func (a *App) tableKinds() []jobs.Kind {
	if a.Tables == nil {
		return nil
	}
	return []jobs.Kind{
		jobs.Handle(jobs.KindOptions{Background: true, Title: i18n.T("Table ouverte d’un jeu de données", "Open table of a dataset")},
			func(ctx context.Context, _ *jobs.Job, args projectTable) error {
				return a.Tables.Project(ctx, args.Dataset)
			}),
		jobs.Handle(jobs.KindOptions{Background: true, Title: i18n.T("Tables ouvertes en retard", "Open tables that are late"), Every: time.Hour, AtStart: true},
			func(ctx context.Context, _ *jobs.Job, _ projectTables) error {
				_, err := a.ProjectLate(ctx)
				return err
			}),
	}
}

// ProjectLate brings every table that is late to its versions, and returns the uids of their datasets.
func (a *App) ProjectLate(ctx context.Context) ([]string, error) {
	late, err := a.Tables.Late(ctx)
	if err != nil {
		return nil, err
	}
	for _, uid := range late {
		if err := a.Tables.Project(ctx, uid); err != nil {
			return nil, fmt.Errorf("dataset %s: %w", uid, err)
		}
	}
	return late, nil
}

// trino is the engine of large versions, nil when none is configured.
func (a *App) trino() *engine.Trino {
	if a.Config.Engine == "" {
		return nil
	}
	return &engine.Trino{Address: a.Config.Engine, Find: a.findTable}
}

// findTable finds a version among the tables, when it has as many rows as the other engine is for. One that is not there
// yet, or whose rows carry no number, is read by DuckDB.
func (a *App) findTable(ctx context.Context, source query.Source) (table engine.Table, wanted bool, err error) {
	v, err := a.Lake.Get(ctx, source.Dataset, source.Version)
	if err != nil {
		return table, false, err
	}
	if v.Erased != nil {
		return table, false, lake.ErrErased
	}
	if v.Rows < a.Config.EngineRows {
		return table, false, nil
	}
	snapshot, there, err := a.Tables.Snapshot(ctx, source.Dataset, source.Version)
	if err != nil || !there || !snapshot.Numbered {
		return table, false, err
	}
	far := &engine.Far{Schema: tables.Namespace, Name: snapshot.Table, Snapshot: snapshot.ID}
	for _, file := range v.Files {
		far.Files = append(far.Files, a.Lake.Location(file.Key))
	}
	return engine.Table{Far: far, Schema: v.Schema}, true, nil
}
