package catalog

import (
	"context"
	"maps"
	"slices"

	"socle/internal/access"
	"socle/internal/asset"
	"socle/internal/identity"
	"socle/internal/lake"
	"socle/internal/schema"
	"socle/internal/search"
)

// seen is the version that readers see, as much of it as one reader may know.
type seen struct {
	lake.Version
	Whole bool // every field and every row; otherwise the count of rows and whole files are not said
}

// misread is how many cells and rows of the file were not of the expected form.
func (s seen) misread() int64 { return s.Quarantine.Cells + s.Quarantine.Rows }

// seenHead returns what who asks may know of the version that readers see, with what people say of its fields. A
// grant may show some fields and some rows only: the others leave no trace, not even their number. The errors are
// those of reading the dataset.
func (c *Catalog) seenHead(ctx context.Context, d asset.Dataset) (seen, error) {
	view, err := c.access.View(ctx, identity.From(ctx), d.Asset)
	if err != nil {
		return seen{}, err
	}
	head, err := headOf(ctx, c.lake, d)
	if err != nil || view.Whole() {
		return seen{head, true}, err
	}
	return seen{Version: narrowed(head, view.Schema(head.Schema))}, nil
}

// narrowed keeps of a version what somebody who sees only some of it may know.
func narrowed(v lake.Version, fields schema.Schema) lake.Version {
	return lake.Version{DatasetUID: v.DatasetUID, Number: v.Number, PublishedAt: v.PublishedAt, Schema: fields, Note: v.Note, LossNote: v.LossNote}
}

// narrowedDataset takes away what a description says of fields that are not seen.
func narrowedDataset(d asset.Dataset, v seen) asset.Dataset {
	if v.Whole {
		return d
	}
	hidden := func(name string) bool { _, found := v.Schema.Field(name); return !found }
	d.Fields = maps.Clone(d.Fields)
	maps.DeleteFunc(d.Fields, func(name string, _ asset.FieldDoc) bool { return hidden(name) })
	if slices.ContainsFunc(d.Key, hidden) {
		d.Key = nil
	}
	return d
}

// entries returns what a list shows of the hits of a search, without the number of rows where who asks does not see
// them all.
func (c *Catalog) entries(ctx context.Context, hits []search.Hit) ([]Entry, error) {
	var list []Entry
	for _, hit := range hits {
		entry, ok := hit.Document.Data.(Entry)
		if !ok {
			continue
		}
		if entry.Level == asset.Restricted {
			view, err := c.access.View(ctx, identity.From(ctx), publishedAsset(hit.Document))
			if err != nil {
				return nil, err
			}
			if !view.Whole() {
				entry.Rows, entry.Fields, entry.Partial, entry.Geo = 0, 0, true, false
			}
		}
		list = append(list, entry)
	}
	return list, nil
}

// publishedAsset is the asset that a document of the index describes; the index holds published ones only.
func publishedAsset(d *search.Document) asset.Asset {
	return asset.Asset{UID: d.ID, Kind: asset.KindDataset, OrgID: d.OrgID, Level: asset.Level(d.Level), State: asset.Published}
}

// Visible returns the function that hides from a search what is out of scope.
func Visible(scope access.Scope) func(*search.Document) bool {
	return func(d *search.Document) bool { return scope.Allows(publishedAsset(d)) }
}
