package asset

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"time"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/store"
)

const insertDataset = `INSERT INTO datasets (uid, title, description, licence, keywords, themes, frequency, coverage_start,
	coverage_end, spatial, contact, source, key_fields, fields, described_at, published_at, next_due)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`

// CreateDataset adds a dataset and returns it as kept: with its uid, times, defaults (an id made from the title,
// Licence Ouverte 2.0, open, draft) and normalised licence, frequency and keywords. It answers Conflict when the
// id is taken, even by a withdrawn asset. The author is the principal of ctx.
func (s *Service) CreateDataset(ctx context.Context, d Dataset) (Dataset, error) {
	if d.Level == "" {
		d.Level = Open
	}
	d, err := d.clean()
	if err != nil {
		return Dataset{}, err
	}
	d.Kind, d.State = KindDataset, Draft
	err = s.db.Tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		a := d.Asset
		if a.ID == "" {
			if a.ID, err = freeID(ctx, tx, d.Title); err != nil {
				return err
			}
		}
		if a, err = s.Register(ctx, tx, a); err != nil {
			return err
		}
		d.Asset, d.DescribedAt, d.PublishedAt, d.NextDue = a, a.CreatedAt, time.Time{}, time.Time{}
		if _, err := tx.ExecContext(ctx, insertDataset, append([]any{d.UID}, d.columns()...)...); err != nil {
			return explain(err, d.Asset)
		}
		return s.record(ctx, tx, "dataset.create", d.UID, map[string]any{"id": d.ID, "level": d.Level, "organization": d.OrgID})
	})
	if err != nil {
		return Dataset{}, err
	}
	return d, nil
}

// freeID makes an identifier from a title that no asset has.
func freeID(ctx context.Context, tx *sql.Tx, title string) (string, error) {
	base := MakeID(title)
	if base == "" {
		base = KindDataset
	}
	for n := 1; ; n++ {
		id := base
		if n > 1 {
			end := "-" + strconv.Itoa(n)
			id = base[:min(len(base), 100-len(end))] + end
		}
		var taken int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM assets WHERE id = $1`, id).Scan(&taken); err != nil {
			return "", fmt.Errorf("asset: %w", err)
		}
		if taken == 0 {
			return id, nil
		}
	}
}

// columns are the values of the columns of "datasets" after uid, in order.
func (d Dataset) columns() []any {
	return []any{d.Title, d.Description, d.Licence, store.AsJSON(d.Keywords), store.AsJSON(d.Themes), d.Frequency, d.CoverageStart,
		d.CoverageEnd, d.Spatial, d.Contact, d.Source, store.AsJSON(d.Key), store.AsJSON(d.Fields),
		store.At(d.DescribedAt), store.At(d.PublishedAt), store.At(d.NextDue)}
}

const (
	updateAsset = `UPDATE assets SET org_id = $1, level = $2, updated_at = $3, edition = edition + 1
		WHERE uid = $4 AND edition = $5`
	updateDataset = `UPDATE datasets SET title = $2, description = $3, licence = $4, keywords = $5, themes = $6, frequency = $7,
		coverage_start = $8, coverage_end = $9, spatial = $10, contact = $11, source = $12, key_fields = $13, fields = $14,
		described_at = $15, published_at = $16, next_due = $17 WHERE uid = $1`
)

// UpdateDataset changes the description, owner and level of the dataset d.UID. d.Edition must be the edition that
// the change was made from, otherwise the answer is Conflict and nothing changes. Id, kind, state and times are
// not changed by what d says of them. An update that changes nothing is not a new edition.
func (s *Service) UpdateDataset(ctx context.Context, d Dataset) (Dataset, error) {
	d, err := d.clean()
	if err != nil {
		return Dataset{}, err
	}
	err = s.db.Tx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		old, err := s.ByUID(ctx, d.UID)
		if err != nil {
			return err
		}
		if old.Edition != d.Edition {
			return fault.New(fault.Conflict, "edited_meanwhile", i18n.T(
				"La description de « %s » a changé pendant que vous la modifiiez. Rechargez la page, puis refaites votre changement.",
				"The description of “%s” changed while you were editing it. Reload the page, then make your change again.", old.Title))
		}
		kept := old.Asset
		kept.OrgID, kept.Level = d.OrgID, d.Level
		d.Asset, d.DescribedAt, d.PublishedAt, d.NextDue = kept, old.DescribedAt, old.PublishedAt, old.NextDue
		changed := changes(old, d)
		if len(changed) == 0 {
			return nil
		}
		return s.update(ctx, tx, old, &d, changed)
	})
	if err != nil {
		return Dataset{}, err
	}
	return d, nil
}

func (s *Service) update(ctx context.Context, tx *sql.Tx, old Dataset, d *Dataset, changed []string) error {
	now := store.Now()
	d.UpdatedAt, d.Edition = now, old.Edition+1
	detail := map[string]any{"changed": changed}
	if d.Level != old.Level {
		detail["level"] = map[string]any{"from": old.Level, "to": d.Level}
	}
	if d.OrgID != old.OrgID {
		detail["organization"] = map[string]any{"from": old.OrgID, "to": d.OrgID}
	}
	for _, name := range changed {
		if name != "level" && name != "organization" {
			d.DescribedAt = now
		}
	}
	d.NextDue = d.nextDue()
	if _, err := tx.ExecContext(ctx, updateAsset, d.OrgID, d.Level, store.At(now), d.UID, old.Edition); err != nil {
		return explain(err, d.Asset)
	}
	if _, err := tx.ExecContext(ctx, updateDataset, append([]any{d.UID}, d.columns()...)...); err != nil {
		return fmt.Errorf("asset: update: %w", err)
	}
	if s.Described != nil {
		if err := s.Described(ctx, tx, old, *d); err != nil {
			return err
		}
	}
	if err := s.Touch(ctx, tx); err != nil {
		return err
	}
	return s.record(ctx, tx, "dataset.describe", d.UID, detail)
}

// changes names what differs between two descriptions of a dataset.
func changes(old, d Dataset) []string {
	var changed []string
	for _, c := range []struct {
		name     string
		old, now any
	}{
		{"title", old.Title, d.Title}, {"description", old.Description, d.Description}, {"licence", old.Licence, d.Licence},
		{"keywords", old.Keywords, d.Keywords}, {"themes", old.Themes, d.Themes}, {"frequency", old.Frequency, d.Frequency},
		{"coverageStart", old.CoverageStart, d.CoverageStart}, {"coverageEnd", old.CoverageEnd, d.CoverageEnd},
		{"spatial", old.Spatial, d.Spatial}, {"contact", old.Contact, d.Contact}, {"source", old.Source, d.Source},
		{"key", old.Key, d.Key}, {"fields", old.Fields, d.Fields}, {"level", old.Level, d.Level}, {"organization", old.OrgID, d.OrgID},
	} {
		if !reflect.DeepEqual(c.old, c.now) {
			changed = append(changed, c.name)
		}
	}
	return changed
}

// nextDue is when the version after the last one is due.
func (d Dataset) nextDue() time.Time {
	f, _ := FrequencyOf(d.Frequency)
	return f.Next(d.PublishedAt)
}

// Get returns a dataset by id, whatever its state. It answers NotFound. It does not ask who may see it.
func (s *Service) Get(ctx context.Context, id string) (Dataset, error) {
	return s.one(ctx, ` WHERE assets.id = $1`, id)
}

// ByUID returns a dataset by uid, whatever its state. It answers NotFound.
func (s *Service) ByUID(ctx context.Context, uid string) (Dataset, error) {
	return s.one(ctx, ` WHERE assets.uid = $1`, uid)
}

func (s *Service) one(ctx context.Context, where, value string) (Dataset, error) {
	d, err := scanDataset(s.db.QueryRowContext(ctx, selectDataset+where, value))
	if errors.Is(err, sql.ErrNoRows) {
		return Dataset{}, NotFound(clip(value))
	}
	if err != nil {
		return Dataset{}, fmt.Errorf("asset: %w", err)
	}
	return d, nil
}

const selectDataset = `SELECT assets.uid, assets.id, assets.kind, assets.org_id, assets.level, assets.state, assets.created_at,
	assets.created_by, assets.updated_at, assets.edition, title, description, licence, keywords, themes, frequency, coverage_start,
	coverage_end, spatial, contact, source, key_fields, fields, described_at, published_at, next_due
	FROM assets JOIN datasets ON datasets.uid = assets.uid`

func scanDataset(row interface{ Scan(...any) error }) (Dataset, error) {
	var d Dataset
	var created, updated, described, published, due store.Time
	var keywords, themes, key store.JSON[[]string]
	var fields store.JSON[map[string]FieldDoc]
	err := row.Scan(&d.UID, &d.ID, &d.Kind, &d.OrgID, &d.Level, &d.State, &created, &d.CreatedBy, &updated, &d.Edition,
		&d.Title, &d.Description, &d.Licence, &keywords, &themes, &d.Frequency, &d.CoverageStart, &d.CoverageEnd, &d.Spatial,
		&d.Contact, &d.Source, &key, &fields, &described, &published, &due)
	d.CreatedAt, d.UpdatedAt, d.DescribedAt, d.PublishedAt, d.NextDue = created.Time, updated.Time, described.Time, published.Time, due.Time
	d.Keywords, d.Themes, d.Key, d.Fields = keywords.V, themes.V, key.V, fields.V
	return d, err
}
