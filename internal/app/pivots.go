package app

import (
	"context"

	"socle/internal/catalog"
	"socle/internal/explore"
	"socle/internal/quality/contract"
	"socle/internal/quality/pivot"
)

// openPivots builds what says how the data of several datasets go together, and what producers promise.
func (a *App) openPivots() {
	parts := pivot.Parts{Store: a.Store, Audit: a.Audit, Assets: a.Assets, Access: a.Access, Lake: a.Lake, Engine: a.Engine, Log: a.log}
	if len(a.Config.SQLWorker) > 0 {
		parts.Console = explore.ConsoleAddress
	}
	a.Pivots = pivot.New(parts)
	a.Contracts = contract.New(contract.Services{Store: a.Store, Audit: a.Audit, People: a.People, Assets: a.Assets, Access: a.Access, Lake: a.Lake, Engine: a.Engine,
		Mailer: a.Mailer, URL: a.Config.URL, Log: a.log})
}

// panels are what is drawn under the data of a dataset.
func (a *App) panels() []catalog.PanelView {
	return []catalog.PanelView{a.Ingest, a.Contracts, a.Pivots, a.Steward}
}

// FinishDemo decides what people would of the demonstration: its schools are one pivot variable, and one dataset is under
// contract.
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
	return a.demoContract(ctx)
}

// demoContract puts the canteens under contract. Their second version lacks a département, which breaks it.
func (a *App) demoContract(ctx context.Context) error {
	const id = "restauration-scolaire"
	v, err := a.Contracts.See(ctx, id)
	if err != nil || v.Contract.Edition > 0 {
		return err
	}
	bound := func(x float64) *float64 { return &x }
	err = a.Contracts.Save(ctx, id, contract.Contract{Name: "Restauration scolaire, une fois par an", Version: "1.0.0", Status: "active",
		Purpose: "Suivre, école par école, les repas servis, leur prix et la part de bio. Données fictives.",
		Rules: []contract.Rule{
			{ID: "fraicheur", Kind: contract.Freshness, Limit: bound(400), Description: "Une version par année scolaire."},
			{ID: "lignes", Kind: contract.Rows, Least: bound(300), Limit: bound(2000)},
			{ID: "departements", Kind: contract.ByPart, Fields: []string{"departement"}, Limit: bound(20), Description: "Aucun département ne disparaît d’une année à l’autre."},
			{ID: "uai-unique", Kind: contract.Unique, Fields: []string{"uai"}, Limit: bound(0)},
			{ID: "tarifs", Kind: contract.Empty, Fields: []string{"tarif_moyen"}, Limit: bound(1)},
			{ID: "derive-des-tarifs", Kind: contract.Drift, Fields: []string{"tarif_moyen"}, Limit: bound(0.25)},
			{ID: "etablissements", Kind: contract.Reference, Fields: []string{"uai"}, Dataset: "annuaire-etablissements", Field: "uai", Least: bound(98)},
		}})
	if err != nil {
		return err
	}
	_, err = a.Contracts.Check(ctx, v.Dataset.UID, "publication")
	return err
}
