package explore

import (
	"context"
	"fmt"
	"html"
	"slices"
	"strings"
	"sync"

	"socle/internal/asset"
	"socle/internal/fault"
	"socle/internal/identity"
	"socle/internal/lake"
	"socle/internal/schema"
)

// published is a dataset with what must be known to answer about it.
type published struct {
	asset.Dataset
	organization identity.Organization
	head         lake.Version  // the zero version when there is no data yet
	schema       schema.Schema // of the head, described by people
	html         string        // the description
}

// hasData reports whether there are rows to read.
func (d *published) hasData() bool { return d.head.Number > 0 && d.head.Erased == nil }

// catalogue keeps in memory every published dataset, whatever its level, as of one revision. Who may see what is
// asked at each request.
type catalogue struct {
	assets        *asset.Service
	organizations Organizations
	versions      Versions
	markdown      func(string) string
	revision      *shared[int64] // of the catalogue: every request asks for it

	mu     sync.Mutex // held by who reads the store
	latest *snapshot
}

// snapshot is the catalogue as of one revision. It is never changed.
type snapshot struct {
	revision int64
	list     []*published // by id
	byID     map[string]*published
}

// now returns the catalogue as of the latest revision.
func (c *catalogue) now(ctx context.Context) (*snapshot, error) {
	revision, err := c.revision.get(ctx)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.latest != nil && c.latest.revision == revision {
		return c.latest, nil
	}
	// The revision was read before the rest: what changes meanwhile is read again at the next request.
	s, err := c.read(ctx, revision)
	if err != nil {
		return nil, fmt.Errorf("read the catalogue: %w", err)
	}
	c.latest = s
	return s, nil
}

func (c *catalogue) read(ctx context.Context, revision int64) (*snapshot, error) {
	datasets, err := c.assets.List(ctx, asset.Filter{})
	if err != nil {
		return nil, err
	}
	organizations, err := c.organizations.Organizations(ctx)
	if err != nil {
		return nil, err
	}
	byOrg := map[string]identity.Organization{}
	for _, o := range organizations {
		byOrg[o.ID] = o
	}
	before := map[string]*published{}
	if c.latest != nil {
		before = c.latest.byID
	}
	s := &snapshot{revision: revision, byID: make(map[string]*published, len(datasets))}
	for _, d := range datasets {
		p, err := c.publish(ctx, d, before[d.ID])
		if err != nil {
			return nil, err
		}
		p.organization = byOrg[d.OrgID]
		s.list = append(s.list, p)
		s.byID[d.ID] = p
	}
	return s, nil
}

// publish gathers what is known of a dataset, taking what cannot have changed from what was known before.
func (c *catalogue) publish(ctx context.Context, d asset.Dataset, before *published) (*published, error) {
	head, err := headOf(ctx, c.versions, d.UID)
	if err != nil {
		return nil, err
	}
	p := &published{Dataset: d, head: head, schema: described(head.Schema, d.Fields)}
	if before != nil && before.Description == d.Description {
		p.html = before.html
	} else {
		p.html = c.markdown(d.Description)
	}
	return p, nil
}

// headOf returns the version that readers see, the zero version when there is none yet.
func headOf(ctx context.Context, versions Versions, uid string) (lake.Version, error) {
	head, err := versions.Head(ctx, uid)
	if fault.Is(err, fault.NotFound) {
		return lake.Version{}, nil
	}
	return head, err
}

// described returns the fields as people describe them: what they say goes over what the file said.
func described(s schema.Schema, docs map[string]asset.FieldDoc) schema.Schema {
	s.Fields = slices.Clone(s.Fields)
	for i := range s.Fields {
		f := &s.Fields[i]
		doc := docs[f.Name]
		f.Label = first(doc.Label, f.Label, f.Name)
		f.Description = first(doc.Description, f.Description)
		f.Unit = first(doc.Unit, f.Unit)
	}
	return s
}

// visible returns the datasets that who asks may read, by id.
func (s *Service) visible(ctx context.Context) (*snapshot, []*published, error) {
	snapshot, err := s.catalogue.now(ctx)
	if err != nil {
		return nil, nil, err
	}
	scope, err := s.access.Scope(ctx, identity.From(ctx))
	if err != nil {
		return nil, nil, err
	}
	var list []*published
	for _, d := range snapshot.list {
		if scope.Allows(d.Asset) {
			list = append(list, d)
		}
	}
	return snapshot, list, nil
}

// first returns the first text that says something, "" when none does.
func first(texts ...string) string {
	i := slices.IndexFunc(texts, func(s string) bool { return strings.TrimSpace(s) != "" })
	if i < 0 {
		return ""
	}
	return texts[i]
}

// escaped shows a text as it is.
func escaped(text string) string {
	if text == "" {
		return ""
	}
	return "<p>" + html.EscapeString(text) + "</p>"
}
