package score

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"socle/internal/access"
	"socle/internal/asset"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/jobs"
	"socle/internal/lake"
	"socle/internal/query"
	"socle/internal/schema"
	"socle/internal/store"
)

// Verdict is what a neighbour measured for a criterion.
type Verdict struct {
	Bad, Total float64   // Total is 0 when it was not measured yet
	Text       i18n.Text // what was measured, in a sentence; may be zero
	URL        string    // the page that shows it; may be empty
	Findings   []Finding // the faults one by one; may be nil
}

// Measurer measures a criterion that this package cannot: validation against a schema, pivots, contracts. It reports false when
// the dataset has nothing of the kind.
type Measurer interface {
	Measure(ctx context.Context, d asset.Dataset, v lake.Version) (Verdict, bool, error)
}

// MeasurerFunc is a [Measurer] that is a function.
type MeasurerFunc func(ctx context.Context, d asset.Dataset, v lake.Version) (Verdict, bool, error)

// Measure implements [Measurer].
func (f MeasurerFunc) Measure(ctx context.Context, d asset.Dataset, v lake.Version) (Verdict, bool, error) {
	return f(ctx, d, v)
}

// Asker asks whether an address answers, as outbound does.
type Asker interface {
	Check(ctx context.Context, address string) error
}

// Versions is what a score needs of the lake.
type Versions interface {
	Head(ctx context.Context, datasetUID string) (lake.Version, error)
}

// Options is what the service is made of. Everything is required but what says otherwise.
type Options struct {
	Store     *store.DB
	Assets    *asset.Service
	Access    *access.Service
	People    *identity.Service
	Versions  Versions
	Engine    Engine
	Received  func(lake.Version) (Received, error) // what ingestion noted of a version
	Measurers map[string]Measurer                  // by criterion; those that are absent stay unmeasured
	Outbound  Asker
	// Partners returns the fields of a dataset whose values a field of another lists; nil when nobody knows.
	Partners func(ctx context.Context, d asset.Dataset) ([]Partner, error)
	URL      string           // public address of the portal without a final slash; made from the request when empty
	Now      func() time.Time // time.Now when nil
	Log      *slog.Logger     // slog.Default() when nil
}

// Service computes, keeps and shows scores. It is safe for concurrent use.
type Service struct {
	Options
	rules Rules
	jobs  *jobs.Runner
}

// New returns the service over migrated services.
func New(o Options) (*Service, error) {
	rules, err := LoadRules()
	if err != nil {
		return nil, err
	}
	if o.Now == nil {
		o.Now = store.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return &Service{Options: o, rules: rules}, nil
}

// Rules returns the criteria.
func (s *Service) Rules() Rules { return s.rules }

// Compute measures a dataset, keeps its score and returns it. The data is read again only when the version, or what a reading
// looks for, changed.
func (s *Service) Compute(ctx context.Context, uid string) (Score, error) {
	ctx = identity.With(ctx, identity.System())
	d, err := s.Assets.ByUID(ctx, uid)
	if err != nil {
		return Score{}, err
	}
	head, err := s.Versions.Head(ctx, uid)
	if fault.Is(err, fault.NotFound) {
		head, err = lake.Version{}, nil
	}
	if err != nil {
		return Score{}, err
	}
	last, found, err := s.kept(ctx, uid)
	if err != nil {
		return Score{}, err
	}
	about := subject{dataset: d, version: head, now: s.Now()}
	if head.Number > 0 {
		if err := s.readInto(ctx, &about, last, found); err != nil {
			return Score{}, err
		}
	}
	score, err := s.measure(ctx, about)
	if err != nil {
		return Score{}, err
	}
	return score, s.keep(ctx, score, about.reading, about.before)
}

// readInto gives the subject what reading its version found: kept, or read now.
func (s *Service) readInto(ctx context.Context, about *subject, last stored, found bool) (err error) {
	if about.received, err = s.Received(about.version); err != nil {
		return err
	}
	same := found && last.reading.Version == about.version.Number && last.reading.Edition == readerEdition
	switch {
	case found && last.reading.Version == about.version.Number:
		about.before = last.before
	case found && last.reading.Version == about.version.Number-1:
		about.before = last.reading.Digest
	}
	if about.version.Erased != nil {
		if same {
			bare := last.reading.withoutExamples()
			about.reading = &bare
		}
		return nil
	}
	if same {
		about.reading = &last.reading
		return nil
	}
	plan := query.All(query.Source{Dataset: about.dataset.UID, Version: about.version.Number}, about.version.Schema)
	if err := s.Access.Narrow(ctx, identity.From(ctx), about.dataset.Asset, about.version.Schema, plan); err != nil {
		return err
	}
	key := about.dataset.Key
	if len(key) == 0 {
		key = about.version.Schema.PrimaryKey
	}
	about.reading, err = read(ctx, s.Engine, plan, about.version.PublishedAt, key, func(f schema.Field) bool {
		sensitivity := about.dataset.Fields[f.Name].Sensitivity
		return f.Personal || sensitivity == asset.SensitivityPersonal || sensitivity == asset.SensitivitySensitive
	})
	return err
}

// measure makes the score of a subject.
func (s *Service) measure(ctx context.Context, about subject) (Score, error) {
	measures := about.fileMeasures()
	if about.version.Number > 0 || about.dataset.Title != "" {
		for criterion, m := range about.described() {
			measures[criterion] = m
		}
	}
	if err := s.addReferences(ctx, about, measures); err != nil {
		return Score{}, err
	}
	var err error
	if measures[CriterionLinks], err = s.links(ctx, about); err != nil {
		return Score{}, err
	}
	for criterion, measurer := range s.Measurers {
		if about.version.Number == 0 {
			continue
		}
		verdict, applies, err := measurer.Measure(ctx, about.dataset, about.version)
		switch {
		case err != nil:
			return Score{}, fmt.Errorf("score: %s: %w", criterion, err)
		case !applies:
			measures[criterion] = Measure{State: Inapplicable, Why: i18n.T("Rien de tel n’est associé à ce jeu.", "Nothing of the kind is attached to this dataset.")}
		case verdict.Total == 0:
			measures[criterion] = Measure{State: Unmeasured, Why: i18n.T("Pas encore vérifié sur cette version.", "Not checked yet on this version."), Link: verdict.URL}
		default:
			measures[criterion] = Measure{State: Measured, Bad: verdict.Bad, Total: verdict.Total, Why: verdict.Text, Link: verdict.URL, Findings: worst(verdict.Findings)}
		}
	}
	score := s.rules.assemble(measures, about.ceilings())
	score.Dataset, score.Version, score.At = about.dataset.UID, about.version.Number, about.now
	score.Europe, score.France = about.europe(), about.france()
	return score, nil
}

// ComputeAll computes every dataset that is not withdrawn. One that cannot be computed is logged, and
// the others go on.
func (s *Service) ComputeAll(ctx context.Context, progress func(done, total int)) error {
	list, err := s.Assets.List(identity.With(ctx, identity.System()), asset.Filter{States: []asset.State{asset.Published, asset.Draft}})
	if err != nil {
		return err
	}
	for i, d := range list {
		if _, err := s.Compute(ctx, d.UID); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			s.Log.WarnContext(ctx, "score not computed", "dataset", d.ID, "error", err)
		}
		progress(i+1, len(list))
	}
	return nil
}

// Names of the criteria that a neighbour or the network measures, for who wires them.
const (
	CriterionSchema    = "validity-schema"
	CriterionPivots    = "consistent-pivots"
	CriterionContracts = "consistent-contracts"
	CriterionClosed    = "consistent-open"
	CriterionLinks     = "open-links"
	// The criterion of the rows that are missing: a reading gives it hints, and the ingestion counts.
	CriterionPopulation = "complete-population"
)

// linesOf are the lines of a dimension.
func (s Score) linesOf(dimension string) []Line {
	return slices.DeleteFunc(slices.Clone(s.Lines), func(l Line) bool { return l.Dimension != dimension })
}
