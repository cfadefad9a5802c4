package app

import (
	"context"

	"socle/internal/catalog"
	"socle/internal/explore"
	"socle/internal/quality/pivot"
)

// openPivots builds what says how the data of several datasets go together.
func (a *App) openPivots() {
	parts := pivot.Parts{Store: a.Store, Audit: a.Audit, Assets: a.Assets, Access: a.Access, Lake: a.Lake, Engine: a.Engine, Log: a.log}
	if len(a.Config.SQLWorker) > 0 {
		parts.Console = explore.ConsoleAddress
	}
	a.Pivots = pivot.New(parts)
}

// panels are what is drawn under the data of a dataset.
func (a *App) panels() []catalog.PanelView { return []catalog.PanelView{a.Pivots, a.Steward} }

// FinishDemo decides what people would of the demonstration: its schools are one pivot variable.
func (a *App) FinishDemo(ctx context.Context) error {
	if err := a.Pivots.StudyLate(ctx); err != nil {
		return err
	}
	proposals, err := a.Pivots.Proposals(ctx)
	if err != nil {
		return err
	}
	for _, p := range proposals {
		if p.Pivot == "uai" {
			if err := a.Pivots.Decide(ctx, p.Dataset.ID, p.Ref.Field, p.Pivot, pivot.Confirmed); err != nil {
				return err
			}
		}
	}
	return nil
}
