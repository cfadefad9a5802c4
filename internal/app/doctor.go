package app

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"socle/internal/access"
	"socle/internal/api"
	"socle/internal/audit"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/lake"
)

// Health is what an examination of an installation finds.
type Health struct {
	Record  audit.Report    `json:"record"`
	Damage  []lake.Damage   `json:"damage" doc:"Files of versions that are missing or altered"`
	Cleared []lake.Leftover `json:"cleared" doc:"What dead writers had left"`
	Late    []string        `json:"late" doc:"Datasets whose Iceberg table was not at their versions"`
	DryRun  bool            `json:"dryRun" doc:"Nothing was cleared, only looked for"`
}

// Err is the fault that the damage found amounts to, nil when there is none.
func (h Health) Err() error {
	if len(h.Damage) == 0 && h.Record.OK() {
		return nil
	}
	return fault.New(fault.Conflict, "data_folder_damaged", i18n.T(
		"Le dossier de données est abîmé. Remettez les fichiers nommés depuis une sauvegarde.",
		"The data folder is damaged. Restore the files named from a backup."))
}

// Examination says how to examine.
type Examination struct {
	Deep   bool // read every file whole and compare its digest
	DryRun bool // clear nothing
}

// Examine verifies the record and the files of every version, and clears what dead writers left. What belongs to work under
// way is not touched, so it may run beside others.
func (a *App) Examine(ctx context.Context, how Examination) (h Health, err error) {
	h = Health{DryRun: how.DryRun, Damage: []lake.Damage{}, Cleared: []lake.Leftover{}, Late: []string{}}
	if h.Record, err = a.Audit.Verify(ctx); err != nil {
		return h, err
	}
	clear := a.Lake.Clean
	if how.DryRun {
		clear = a.Lake.Leftovers
	}
	cleared, err := clear(ctx)
	if err != nil {
		return h, err
	}
	if a.Tables != nil {
		bring := a.ProjectLate
		if how.DryRun {
			bring = a.Tables.Late
		}
		late, err := bring(ctx)
		if err != nil {
			return h, err
		}
		h.Late = append(h.Late, late...)
	}
	damage, err := a.Lake.Check(ctx, how.Deep)
	h.Cleared, h.Damage = append(h.Cleared, cleared...), append(h.Damage, damage...)
	return h, err
}

type examineInput struct {
	Deep bool `query:"deep" doc:"Read every file whole and compare its digest"`
}

type examineOutput struct{ Body Health }

// operations registers the examination for the administrators of the platform.
func (a *App) operations() {
	op := func(id, method, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: "/health", Tags: []string{"installation"}, Summary: summary}
	}
	register := func(operation huma.Operation, dryRun bool) {
		api.Register(a.api, access.Platform, operation, func(ctx context.Context, in *examineInput) (*examineOutput, error) {
			health, err := a.Examine(ctx, Examination{Deep: in.Deep, DryRun: dryRun})
			if err != nil {
				return nil, err
			}
			return &examineOutput{health}, nil
		})
	}
	register(op("examine-installation", http.MethodGet, "Examine the record and the files of every version, and change nothing"), true)
	register(op("clear-installation", http.MethodPost, "Examine, and clear what interrupted work left"), false)
}
