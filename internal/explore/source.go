package explore

import (
	"context"
	"strconv"
	"strings"
	"time"

	"socle/internal/access"
	"socle/internal/asset"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/lake"
	"socle/internal/nice"
	"socle/internal/query"
	"socle/internal/schema"
)

// source is a dataset opened for who asks: what they may see of it.
type source struct {
	*published
	view      access.View   // what who asks sees of the data
	fields    schema.Schema // those that they see
	everybody bool          // open to all, so that answers are the same for everybody
	pinned    bool          // the request named the version in its path
	now       time.Time     // what now() means; the moment of the question when zero
	purse     nice.Purse    // who pays for long questions
}

// find opens a published dataset, at the version that the request asks for. A dataset that who asks may not see does not exist.
func (s *Service) find(ctx context.Context, id string) (*source, error) {
	snapshot, err := s.catalogue.now(ctx)
	if err != nil {
		return nil, err
	}
	d, found := snapshot.byID[id]
	if !found {
		return nil, unknownDataset(id)
	}
	opened, err := s.open(ctx, d)
	if err != nil {
		return nil, err
	}
	if s.used != nil {
		s.used(d.UID)
	}
	return s.at(ctx, opened, whichOf(ctx))
}

func (s *Service) open(ctx context.Context, d *published) (*source, error) {
	view, err := s.access.View(ctx, identity.From(ctx), d.Asset)
	if err != nil {
		if fault.KindOf(err) == fault.Internal {
			return nil, err
		}
		return nil, unknownDataset(d.ID)
	}
	return &source{published: d, view: view, fields: view.Schema(d.schema), purse: nice.PurseOf(ctx),
		everybody: d.Level == asset.Open && d.State == asset.Published}, nil
}

// describe opens a dataset in any state for the page that shows it, whose reader was checked already.
func (s *Service) describe(ctx context.Context, d asset.Dataset) (*source, error) {
	p, err := s.catalogue.publish(ctx, d, nil)
	if err != nil {
		return nil, err
	}
	return s.open(ctx, p)
}

// from names the version that plans read.
func (d *source) from() query.Source { return query.Source{Dataset: d.UID, Version: d.head.Number} }

// version is the part of a key that changes when the data or its description does.
func (d *source) version() string {
	return d.UID + "/" + strconv.Itoa(d.head.Number)
}

// erased says that data was removed, when and why.
func erased(by *lake.Erasure) error {
	day := i18n.Text{FR: dayText(i18n.FR, by.At, ""), EN: dayText(i18n.EN, by.At, "")}
	message := i18n.T("Les données de cette version ont été effacées le %s par une décision de conservation. La fiche du jeu de données reste.",
		"The data of this version was erased on %s by a retention decision. The description of the dataset remains.", day)
	if reason := strings.TrimSpace(by.Reason); reason != "" {
		message = i18n.T("%s Motif\u00a0: %s", "%s Reason: %s", message, reason)
	}
	return fault.New(fault.Gone, "ErasedDataError", message)
}

// needData refuses what only a dataset with data can answer.
func (d *source) needData() error {
	switch {
	case d.head.Erased != nil:
		return erased(d.head.Erased)
	case d.head.Number == 0:
		return fault.New(fault.NotFound, "NoDataError", i18n.T(
			"Ce jeu de données n’a pas encore de données.", "This dataset has no data yet."))
	}
	return nil
}

// options are the circumstances in which requests on the dataset are bound.
func (d *source) options() query.Options {
	return query.Options{Now: d.now,
		Disjunctive: func(name string) bool {
			f, _ := d.fields.Field(name)
			return disjunctive(f)
		},
		Separator: func(name string) string { return d.Fields[name].Separator }}
}

// disjunctive reports whether several values refined on a facet are alternatives: nobody looks for a row that has two
// values in one cell, but in a list one does.
func disjunctive(f schema.Field) bool { return f.Type != schema.JSON }

// plan binds a request to the dataset and narrows it to what who asks may see.
func (d *source) plan(request query.Request) (*query.Plan, error) {
	return d.planWith(request, d.options())
}

func (d *source) planWith(request query.Request, options query.Options) (plan *query.Plan, err error) {
	if err := d.needData(); err != nil {
		return nil, err
	}
	bind := func() {
		if plan, err = query.Bind(d.from(), d.fields, request, options); err == nil {
			err = d.view.Narrow(plan, d.schema)
		}
	}
	if isLong(request) {
		if err := d.purse.Check(); err != nil {
			return nil, err
		}
		start := time.Now()
		nice.Do(bind)
		d.purse.Spend(max(time.Since(start), time.Millisecond))
	} else {
		bind()
	}
	if err != nil {
		return nil, err
	}
	return plan, nil
}

// longQuestion is the size in bytes from which reading a question gives way to other questions. What people and their scripts ask is
// ten times shorter.
const longQuestion = 4_000

func isLong(r query.Request) bool {
	size := len(r.Select) + len(r.GroupBy) + len(r.OrderBy)
	for _, list := range [][]string{r.Where, r.Refine, r.Exclude} {
		for _, text := range list {
			size += len(text)
		}
	}
	return size > longQuestion
}
