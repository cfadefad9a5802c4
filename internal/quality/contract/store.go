package contract

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/store"
)

const (
	readContract = `SELECT dataset_uid, content, edition, updated_at FROM contracts`
	addContract  = `INSERT INTO contracts (dataset_uid, content, edition, updated_by, updated_at) VALUES ($1, $2, 1, $3, $4)`
	setContract  = `UPDATE contracts SET content = $1, edition = edition + 1, updated_by = $2, updated_at = $3 WHERE dataset_uid = $4 AND edition = $5`
	dropContract = `DELETE FROM contracts WHERE dataset_uid = $1`
	addResult    = `INSERT INTO contract_results (id, dataset_uid, version, edition, checked_at, cause, outcomes, fresh) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`
	readResults  = `SELECT id, version, edition, checked_at, cause, outcomes, fresh FROM contract_results WHERE dataset_uid = $1 ORDER BY checked_at DESC, id DESC LIMIT $2`
	readResult   = `SELECT id, version, edition, checked_at, cause, outcomes, fresh FROM contract_results WHERE id = $1`
	readBreaks   = `SELECT rule, since FROM contract_breaks WHERE dataset_uid = $1`
	openBreak    = `INSERT INTO contract_breaks (dataset_uid, rule, since) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`
	closeBreak   = `DELETE FROM contract_breaks WHERE dataset_uid = $1 AND rule = $2`
	closeBreaks  = `DELETE FROM contract_breaks WHERE dataset_uid = $1`
)

func scanContract(scan func(...any) error) (Contract, error) {
	var uid string
	var content store.JSON[Contract]
	var edition int64
	var updated store.Time
	err := scan(&uid, &content, &edition, &updated)
	c := content.V
	c.DatasetUID, c.Edition, c.UpdatedAt = uid, edition, updated.Time
	return c, err
}

// find returns the contract of a dataset. It answers NotFound.
func (s *Service) find(ctx context.Context, uid string) (Contract, error) {
	c, err := scanContract(s.Store.QueryRowContext(ctx, readContract+` WHERE dataset_uid = $1`, uid).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return Contract{}, fault.New(fault.NotFound, "contract_not_found", i18n.T("Ce jeu de données n’a pas de contrat.", "This dataset has no contract."))
	}
	if err != nil {
		return Contract{}, fmt.Errorf("contract of %s: %w", uid, err)
	}
	return c, nil
}

// all returns every contract.
func (s *Service) all(ctx context.Context) (list []Contract, err error) {
	rows, err := s.Store.QueryContext(ctx, readContract+` ORDER BY dataset_uid`)
	if err != nil {
		return nil, fmt.Errorf("contracts: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		c, err := scanContract(rows.Scan)
		if err != nil {
			return nil, fmt.Errorf("contracts: %w", err)
		}
		list = append(list, c)
	}
	return list, rows.Err()
}

func scanResult(scan func(...any) error) (Result, error) {
	var r Result
	var at store.Time
	var outcomes store.JSON[[]Outcome]
	var fresh store.JSON[[]string]
	err := scan(&r.ID, &r.Version, &r.Edition, &at, &r.Cause, &outcomes, &fresh)
	r.At, r.Outcomes, r.Fresh = at.Time, outcomes.V, fresh.V
	return r, err
}

// results returns the last checks, the newest first.
func (s *Service) results(ctx context.Context, uid string, most int) (list []Result, err error) {
	rows, err := s.Store.QueryContext(ctx, readResults, uid, most)
	if err != nil {
		return nil, fmt.Errorf("results of the contract of %s: %w", uid, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		r, err := scanResult(rows.Scan)
		if err != nil {
			return nil, fmt.Errorf("results of the contract of %s: %w", uid, err)
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

// breaks returns the rules that are broken, with since when.
func (s *Service) breaks(ctx context.Context, uid string) (open map[string]store.Time, err error) {
	rows, err := s.Store.QueryContext(ctx, readBreaks, uid)
	if err != nil {
		return nil, fmt.Errorf("breaks of the contract of %s: %w", uid, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	open = map[string]store.Time{}
	for rows.Next() {
		var rule string
		var since store.Time
		if err := rows.Scan(&rule, &since); err != nil {
			return nil, fmt.Errorf("breaks of the contract of %s: %w", uid, err)
		}
		open[rule] = since
	}
	return open, rows.Err()
}

// keep writes a result, opens and closes breaks, tells who follows, and asks for a mail when a rule broke that held before: all or nothing.
func (s *Service) keep(ctx context.Context, uid string, r *Result) error {
	return s.Store.Tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		open, err := s.breaks(ctx, uid)
		if err != nil {
			return err
		}
		r.Fresh = nil
		known := map[string]bool{}
		for _, o := range r.Outcomes {
			known[o.Rule] = true
			_, broken := open[o.Rule]
			switch {
			case o.State == Broken && !broken:
				r.Fresh = append(r.Fresh, o.Rule)
				_, err = tx.ExecContext(ctx, openBreak, uid, o.Rule, store.At(r.At))
			case o.State == Kept && broken:
				_, err = tx.ExecContext(ctx, closeBreak, uid, o.Rule)
			}
			if err != nil {
				return fmt.Errorf("contract: breaks: %w", err)
			}
		}
		for rule := range open {
			if !known[rule] { // the rule is no more
				if _, err := tx.ExecContext(ctx, closeBreak, uid, rule); err != nil {
					return fmt.Errorf("contract: breaks: %w", err)
				}
			}
		}
		if _, err := tx.ExecContext(ctx, addResult, r.ID, uid, r.Version, r.Edition, store.At(r.At), r.Cause, store.AsJSON(r.Outcomes), store.AsJSON(r.Fresh)); err != nil {
			return fmt.Errorf("contract: result: %w", err)
		}
		if err := s.tell(ctx, tx, uid); err != nil {
			return err
		}
		if len(r.Fresh) > 0 && s.jobs != nil {
			return s.askAlert(ctx, tx, uid, r.ID)
		}
		return nil
	})
}
