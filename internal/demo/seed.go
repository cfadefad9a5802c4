package demo

import (
	"context"
	"fmt"

	"socle/internal/asset"
	"socle/internal/fault"
	"socle/internal/identity"
	"socle/internal/schema"
)

// Publisher publishes files: ingestion, handed over by the program.
type Publisher interface {
	// Versions returns how many versions a dataset has.
	Versions(ctx context.Context, datasetUID string) (int, error)
	// Publish makes a version of the bytes, or returns why not. It publishes as whoever asks in ctx.
	Publish(ctx context.Context, p Publication) error
}

// Publication is a file to publish as the next version of a dataset that exists.
type Publication struct {
	Dataset    asset.Dataset
	Name       string // of the file
	Data       []byte
	Note       string                 // for readers of the version
	AcceptLoss string                 // why a large loss is right; "" when none is expected
	Types      map[string]schema.Type // forced, by technical name
}

// Registry keeps schemas: handed over by the program.
type Registry interface {
	// Keep publishes a version of a schema as whoever asks in ctx, unless it is there.
	Keep(ctx context.Context, s Schema) error
	// Declare has the files of a dataset held against a schema.
	Declare(ctx context.Context, datasetID string, r Rules) error
}

// Seeder puts the demonstration in an installation.
type Seeder struct {
	People    *identity.Service
	Assets    *asset.Service
	Publisher Publisher
	Registry  Registry                                  // nil: no schemas
	Seed      uint64                                    // [DefaultSeed] when 0
	Finish    func(ctx context.Context) error           // what the program decides once all is there: links, contracts; may be nil
	Progress  func(done, total int, what asset.Dataset) // called before each file and, with done = total, after the last; may be nil
}

// Run adds what is missing of the demonstration: organisations, accounts, datasets, versions. What is there is left
// as it is, even if people changed or withdrew it; an interrupted run is completed by the next. It acts as the
// program itself, and the record says so.
func (s Seeder) Run(ctx context.Context) error {
	if s.Seed == 0 {
		s.Seed = DefaultSeed
	}
	ctx = identity.With(ctx, identity.System())
	orgs, err := s.organizations(ctx)
	if err != nil {
		return err
	}
	if err := s.accounts(ctx, orgs); err != nil {
		return err
	}
	if err := s.schemas(ctx); err != nil {
		return err
	}
	all, err := Datasets(s.Seed)
	if err != nil {
		return err
	}
	done, total := 0, 0
	for _, d := range all {
		total += len(d.Files)
	}
	for _, d := range all {
		if err := s.dataset(ctx, orgs, d, func() { s.tell(done, total, d.Dataset); done++ }); err != nil {
			return fmt.Errorf("demonstration dataset %q: %w", d.ID, err)
		}
	}
	if s.Finish != nil {
		if err := s.Finish(ctx); err != nil {
			return fmt.Errorf("finish the demonstration: %w", err)
		}
	}
	s.tell(total, total, asset.Dataset{})
	return nil
}

func (s Seeder) schemas(ctx context.Context) error {
	if s.Registry == nil {
		return nil
	}
	all, err := Schemas()
	if err != nil {
		return err
	}
	for _, schema := range all {
		if err := s.Registry.Keep(ctx, schema); err != nil {
			return fmt.Errorf("demonstration schema %s/%s: %w", schema.Owner, schema.Name, err)
		}
	}
	return nil
}

func (s Seeder) tell(done, total int, what asset.Dataset) {
	if s.Progress != nil {
		s.Progress(done, total, what)
	}
}

// organizations returns the identifier of each by slug, "" for the installation's own.
func (s Seeder) organizations(ctx context.Context) (map[string]string, error) {
	own, err := s.People.Own(ctx)
	if err != nil {
		return nil, fmt.Errorf("own organisation: %w", err)
	}
	ids := map[string]string{"": own.ID}
	for _, o := range Organizations() {
		kept, err := s.People.Organization(ctx, o.Slug)
		if fault.Is(err, fault.NotFound) {
			kept, err = s.People.CreateOrganization(ctx, o)
		}
		if err != nil {
			return nil, fmt.Errorf("demonstration organisation %q: %w", o.Slug, err)
		}
		ids[o.Slug] = kept.ID
	}
	return ids, nil
}

func (s Seeder) accounts(ctx context.Context, orgs map[string]string) error {
	for _, a := range Accounts() {
		_, err := s.People.UserByEmail(ctx, a.Email)
		if err == nil {
			continue
		}
		if !fault.Is(err, fault.NotFound) {
			return fmt.Errorf("demonstration account %q: %w", a.Email, err)
		}
		user, err := s.People.CreateUser(ctx, a.Email, a.Name, a.Password)
		if err != nil {
			return fmt.Errorf("demonstration account %q: %w", a.Email, err)
		}
		for org, role := range a.Roles {
			if err := s.People.SetMembership(ctx, user.ID, orgs[org], role); err != nil {
				return fmt.Errorf("role of the demonstration account %q: %w", a.Email, err)
			}
		}
	}
	return nil
}

// dataset makes a dataset and publishes the versions that it has not; step is called before each file.
func (s Seeder) dataset(ctx context.Context, orgs map[string]string, d Dataset, step func()) error {
	kept, err := s.Assets.Get(ctx, d.ID)
	if fault.Is(err, fault.NotFound) {
		d.OrgID = orgs[d.Org]
		kept, err = s.Assets.CreateDataset(ctx, d.Dataset)
		if err == nil && d.Rules.Schema != "" && s.Registry != nil {
			err = s.Registry.Declare(ctx, kept.ID, d.Rules)
		}
	}
	if err != nil {
		return err
	}
	versions := len(d.Files)
	if kept.State != asset.Withdrawn {
		if versions, err = s.Publisher.Versions(ctx, kept.UID); err != nil {
			return err
		}
	}
	for i, f := range d.Files {
		step()
		if i < versions {
			continue
		}
		p := Publication{Dataset: kept, Name: f.Name, Data: f.Data, Note: f.Note, AcceptLoss: f.Loss, Types: f.Types}
		if err := s.Publisher.Publish(ctx, p); err != nil {
			return fmt.Errorf("publish %s: %w", f.Name, err)
		}
	}
	return nil
}
