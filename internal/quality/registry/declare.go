package registry

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"socle/internal/access"
	"socle/internal/asset"
	"socle/internal/audit"
	"socle/internal/identity"
	"socle/internal/schema/frictionless"
	"socle/internal/store"
	"socle/internal/validate"
)

// Rules are the schemas that a dataset declares: "owner/name" follows the latest version, "owner/name@1.0.0" stays.
type Rules struct {
	Schemas []string        `json:"schemas" doc:"Names of Table Schemas of the registry, with their version or not; none takes the declaration back"`
	Policy  validate.Policy `json:"policy" enum:"block,quarantine,warn" doc:"block: a file that breaks a schema is refused; quarantine: the rows that break it are set aside, the others published; warn: all is published and the version says so"`
}

const (
	selectRules = `SELECT schemas, policy FROM registry_rules WHERE dataset_uid = $1`
	removeRules = `DELETE FROM registry_rules WHERE dataset_uid = $1`
	insertRules = `INSERT INTO registry_rules (dataset_uid, schemas, policy, updated_at) VALUES ($1, $2, $3, $4)`
)

// RulesOf returns what a dataset declares; nothing when it declares nothing.
func (s *Service) RulesOf(ctx context.Context, datasetUID string) (Rules, error) {
	var rules Rules
	var schemas store.JSON[[]string]
	err := s.Store.QueryRowContext(ctx, selectRules, datasetUID).Scan(&schemas, &rules.Policy)
	if errors.Is(err, sql.ErrNoRows) {
		return Rules{Schemas: []string{}, Policy: validate.Warn}, nil
	}
	if err != nil {
		return Rules{}, fmt.Errorf("registry: rules of %s: %w", datasetUID, err)
	}
	rules.Schemas = schemas.V
	return rules, nil
}

// Declare sets what a dataset declares. The principal of ctx must be a steward of the dataset. It answers Invalid for a
// schema that is not in the registry, or that is no Table Schema.
func (s *Service) Declare(ctx context.Context, id string, rules Rules) (Rules, error) {
	d, err := s.Assets.Get(ctx, id)
	if err != nil {
		return Rules{}, err
	}
	if err := s.Access.Can(ctx, identity.From(ctx), access.Steward, d.Asset); err != nil {
		return Rules{}, err
	}
	if err := s.checkRules(ctx, rules); err != nil {
		return Rules{}, err
	}
	if err := s.declare(ctx, d, rules); err != nil {
		return Rules{}, err
	}
	return s.RulesOf(ctx, d.UID)
}

// declare keeps what a dataset declares.
func (s *Service) declare(ctx context.Context, d asset.Dataset, rules Rules) error {
	who := identity.From(ctx)
	return s.Store.Tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, removeRules, d.UID); err != nil {
			return err
		}
		if len(rules.Schemas) > 0 {
			if _, err := tx.ExecContext(ctx, insertRules, d.UID, store.AsJSON(rules.Schemas), string(rules.Policy), store.At(store.Now())); err != nil {
				return err
			}
		}
		if s.Changed != nil {
			if err := s.Changed(ctx, tx, d.UID); err != nil {
				return err
			}
		}
		return s.Audit.Record(ctx, tx, audit.Entry{Actor: who.Actor(), ActorName: who.Name, Action: "dataset.declare-schemas", Asset: d.UID,
			Detail: map[string]any{"schemas": rules.Schemas, "policy": string(rules.Policy)}})
	})
}

// Gate returns what the files of a dataset are held against. Ingestion asks it at each publication.
func (s *Service) Gate(ctx context.Context, datasetUID string) (validate.Gate, error) {
	rules, err := s.RulesOf(ctx, datasetUID)
	if err != nil {
		return validate.Gate{}, err
	}
	return s.gateOf(ctx, rules)
}

// gateOf finds the schemas that rules name.
func (s *Service) gateOf(ctx context.Context, rules Rules) (validate.Gate, error) {
	gate := validate.Gate{Policy: rules.Policy, Lists: s.Lists, Tables: s.tables()}
	for _, name := range rules.Schemas {
		held, err := s.against(ctx, name, "")
		if err != nil {
			return validate.Gate{}, err
		}
		table, err := frictionless.Parse([]byte(held.document))
		if err != nil {
			return validate.Gate{}, err
		}
		gate.Schemas = append(gate.Schemas, validate.Gated{Name: held.name, Schema: table})
	}
	return gate, nil
}

type rulesInput struct {
	ID string `path:"id" doc:"Identifier of the dataset"`
}

type declareInput struct {
	ID   string `path:"id" doc:"Identifier of the dataset"`
	Body Rules
}

type rulesOutput struct{ Body Rules }

func (s *Service) apiRules(ctx context.Context, in *rulesInput) (*rulesOutput, error) {
	d, err := s.Assets.Get(ctx, in.ID)
	if err == nil {
		err = s.Access.Can(ctx, identity.From(ctx), access.Read, d.Asset)
	}
	if err != nil {
		return nil, err
	}
	rules, err := s.RulesOf(ctx, d.UID)
	return &rulesOutput{rules}, err
}

func (s *Service) apiDeclare(ctx context.Context, in *declareInput) (*rulesOutput, error) {
	rules, err := s.Declare(ctx, in.ID, in.Body)
	if err != nil {
		return nil, err
	}
	return &rulesOutput{rules}, nil
}
