package registry

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"socle/internal/access"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/schema/frictionless"
	"socle/internal/store"
	"socle/internal/validate"
)

// Datasets reads the datasets that references lead to; the program hands it over.
type Datasets interface {
	// Values hands over, once each, the values of some fields of the current version of a dataset. It answers NotFound for one
	// that does not exist, that has not the fields, or of which who asks may not see every row.
	Values(ctx context.Context, id string, fields []string, each func([]validate.Referred) error) error
}

// referredDataset is the property of a foreign key that names the dataset that it refers to.
const referredDataset = "dataset"

// mostReferred is how many datasets that declare one schema are read for a reference to it.
const mostReferred = 20

const declaringRules = `SELECT dataset_uid, schemas FROM registry_rules ORDER BY dataset_uid`

// references finds what the foreign keys of a schema refer to: the dataset that the key names, the datasets that declare
// the schema that it names, or the dataset that is called as its table, as far as who asks may read them.
type references struct{ *Service }

// tables gives what foreign keys refer to; nil when the program has no datasets.
func (s *Service) tables() validate.Tables {
	if s.Datasets == nil {
		return nil
	}
	return references{s}
}

// Referred implements [validate.Tables].
func (s references) Referred(ctx context.Context, key frictionless.ForeignKey, each func([]validate.Referred) error) error {
	ids := []string{key.Resource}
	if named := key.Extra.Text(referredDataset); named != "" {
		ids = []string{named}
	} else if ref, _, err := ParseRef(key.Extra.Text(referredName)); err == nil {
		if ids, err = s.declaring(ctx, ref); err != nil {
			return err
		}
	}
	known := false
	for _, id := range ids {
		err := s.Datasets.Values(ctx, id, key.Reference, each)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		known = known || err == nil
	}
	if !known {
		return fault.New(fault.NotFound, "reference_not_found", i18n.T("Il n’y a pas de jeu auquel confronter la référence à « %s ».", "There is no dataset to hold the reference to “%s” against.", key.Resource))
	}
	return nil
}

// declaring returns the identifiers of the datasets that declare a schema, in whatever version, as far as who asks may read
// them.
func (s *Service) declaring(ctx context.Context, ref Ref) ([]string, error) {
	uids, err := s.declaringUIDs(ctx, ref)
	if err != nil {
		return nil, fmt.Errorf("registry: datasets that declare %s: %w", ref, err)
	}
	ids := []string{}
	for _, uid := range uids {
		d, err := s.Assets.ByUID(ctx, uid)
		if err == nil {
			err = s.Access.Can(ctx, identity.From(ctx), access.Read, d.Asset)
		}
		if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Forbidden) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if ids = append(ids, d.ID); len(ids) == mostReferred {
			break
		}
	}
	return ids, nil
}

func (s *Service) declaringUIDs(ctx context.Context, ref Ref) (uids []string, err error) {
	rows, err := s.Store.QueryContext(ctx, declaringRules)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var uid string
		var schemas store.JSON[[]string]
		if err := rows.Scan(&uid, &schemas); err != nil {
			return nil, err
		}
		if slices.ContainsFunc(schemas.V, func(name string) bool { name, _, _ = strings.Cut(name, "@"); return name == ref.String() }) {
			uids = append(uids, uid)
		}
	}
	return uids, rows.Err()
}

type declaringInput struct {
	Owner string `path:"owner" doc:"Organisation of the schema"`
	Name  string `path:"name" doc:"Name of the schema"`
}

type declaringOutput struct {
	Body struct {
		Datasets []string `json:"datasets" doc:"Identifiers of the datasets that declare the schema, in whatever version, and that who asks may read"`
	}
}

// apiDeclaring lists the datasets that declare a schema.
func (s *Service) apiDeclaring(ctx context.Context, in *declaringInput) (*declaringOutput, error) {
	ref := Ref{in.Owner, in.Name}
	if _, _, err := s.Version(ctx, ref, Latest); err != nil {
		return nil, err
	}
	ids, err := s.declaring(ctx, ref)
	if err != nil {
		return nil, err
	}
	out := &declaringOutput{}
	out.Body.Datasets = ids
	return out, nil
}
