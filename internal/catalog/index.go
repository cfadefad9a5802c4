package catalog

import (
	"context"
	"iter"
	"slices"
	"strings"
	"time"

	"socle/internal/asset"
	"socle/internal/fault"
	"socle/internal/identity"
	"socle/internal/lake"
	"socle/internal/schema"
	"socle/internal/search"
)

// The facets that documents carry.
const (
	FacetOrganization = "organization" // slug
	FacetPublisher    = "publisher"    // name of the organisation
	FacetTheme        = "theme"
	FacetKeyword      = "keyword"
	FacetLicence      = "license"  // id of the licence
	FacetFeature      = "features" // one of the Feature constants
	FacetLevel        = "access"   // level of access
	FacetFrequency    = "frequency"
)

// The features that a dataset may have, as values of [FacetFeature].
const (
	FeatureGeo     = "geo"       // a point or a geometry
	FeatureTime    = "timeserie" // a date
	FeatureNumbers = "analyze"   // a number
)

// Entry is what the catalogue shows of a dataset in a list. It travels in search.Document.Data.
type Entry struct {
	UID, ID      string
	Title        string
	Summary      string // beginning of the description, plain text
	OrgSlug      string
	OrgName      string
	Licence      string
	Theme        string // the first one
	Level        asset.Level
	Rows         int64 // say it only to who sees them all: see [Catalog.entries]
	Version      int   // 0: no data yet
	Fields       int
	Partial      bool // a grant shows some of it only; set for one reader
	PublishedAt  time.Time
	UpdatedAt    time.Time // last change of the data or of the description
	NextDue      time.Time
	CoverageFrom string
	CoverageTo   string
	Geo          bool
}

// summaryLength is how much of a description a list shows, in characters.
const summaryLength = 220

// Source feeds the search index with every published dataset, whatever its level: the index asks who may see what
// at each search.
type Source struct {
	assets   *asset.Service
	people   *identity.Service
	lake     *lake.Lake
	markdown *Markdown
}

// NewSource returns the source of the search index.
func NewSource(assets *asset.Service, people *identity.Service, versions *lake.Lake) *Source {
	return &Source{assets: assets, people: people, lake: versions, markdown: NewMarkdown()}
}

// Revision implements [search.Source].
func (s *Source) Revision(ctx context.Context) (int64, error) { return s.assets.Revision(ctx) }

// Documents implements [search.Source]. The ID of a document is the uid of the dataset, and its Data an [Entry].
func (s *Source) Documents(ctx context.Context) iter.Seq2[search.Document, error] {
	return func(yield func(search.Document, error) bool) {
		datasets, err := s.assets.List(ctx, asset.Filter{})
		if err != nil {
			yield(search.Document{}, err)
			return
		}
		list, err := s.people.Organizations(ctx)
		if err != nil {
			yield(search.Document{}, err)
			return
		}
		organizations := map[string]identity.Organization{}
		for _, o := range list {
			organizations[o.ID] = o
		}
		heads, err := s.lake.Heads(ctx)
		if err != nil {
			yield(search.Document{}, err)
			return
		}
		for _, d := range datasets {
			if !yield(s.document(d, organizations[d.OrgID], described(heads[d.UID], d)), nil) {
				return
			}
		}
	}
}

func (s *Source) document(d asset.Dataset, o identity.Organization, v lake.Version) search.Document {
	document := search.Document{
		ID: d.UID, Title: d.Title, Description: s.markdown.Plain(d.Description), Keywords: d.Keywords, Themes: d.Themes,
		Producer: o.Name, Level: string(d.Level), OrgID: d.OrgID, Updated: lastChange(d),
		Facets: map[string][]string{
			FacetOrganization: {o.Slug}, FacetPublisher: {o.Name}, FacetTheme: d.Themes, FacetKeyword: d.Keywords,
			FacetLicence: {d.Licence}, FacetFeature: features(v.Schema), FacetLevel: {string(d.Level)},
		},
	}
	if d.Frequency != "" {
		document.Facets[FacetFrequency] = []string{d.Frequency}
	}
	if d.Level != asset.Restricted { // a grant may hide a column, and then its name must not be found
		for _, f := range v.Schema.Fields {
			document.Fields = append(document.Fields, f.Name, f.Label)
		}
	}
	entry := Entry{UID: d.UID, ID: d.ID, Title: d.Title, Summary: s.markdown.Excerpt(d.Description, summaryLength),
		OrgSlug: o.Slug, OrgName: o.Name, Licence: d.Licence, Level: d.Level, Rows: v.Rows, Version: v.Number,
		Fields: len(v.Schema.Fields), PublishedAt: d.PublishedAt.UTC(), UpdatedAt: lastChange(d).UTC(), NextDue: d.NextDue.UTC(), CoverageFrom: d.CoverageStart,
		CoverageTo: d.CoverageEnd, Geo: slices.Contains(document.Facets[FacetFeature], FeatureGeo)}
	if len(d.Themes) > 0 {
		entry.Theme = d.Themes[0]
	}
	document.Data = entry
	return document
}

func features(s schema.Schema) []string {
	var list []string
	if _, found := s.First(schema.Point, schema.Geometry); found {
		list = append(list, FeatureGeo)
	}
	if _, found := s.First(schema.Date, schema.Datetime); found {
		list = append(list, FeatureTime)
	}
	if _, found := s.First(schema.Integer, schema.Decimal); found {
		list = append(list, FeatureNumbers)
	}
	return list
}

// headOf returns the version that readers see, with what people say of its fields; the zero version when there is
// none yet.
func headOf(ctx context.Context, versions *lake.Lake, d asset.Dataset) (lake.Version, error) {
	v, err := versions.Head(ctx, d.UID)
	if fault.Is(err, fault.NotFound) {
		return lake.Version{}, nil
	}
	if err != nil {
		return lake.Version{}, err
	}
	return described(v, d), nil
}

// described returns a version whose fields say what people say of them, over what the file said.
func described(v lake.Version, d asset.Dataset) lake.Version {
	v.Schema.Fields = slices.Clone(v.Schema.Fields)
	for i, f := range v.Schema.Fields {
		doc := d.Fields[f.Name]
		f.Label = first(doc.Label, f.Label, f.Name)
		f.Description = first(doc.Description, f.Description)
		f.Unit = first(doc.Unit, f.Unit)
		f.Concept = first(doc.Concept, f.Concept)
		v.Schema.Fields[i] = f
	}
	return v
}

// first returns the first text that says something.
func first(texts ...string) string {
	i := slices.IndexFunc(texts, func(s string) bool { return strings.TrimSpace(s) != "" })
	if i < 0 {
		return ""
	}
	return texts[i]
}
