package explore

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"

	"socle/internal/query"
	"socle/internal/schema"
)

// The fields of the catalogue that a query may name. Those of the block "default" go by their own name, with
// "default." before it, or by their whole path.
var (
	catalogBlocks = []schema.Field{{Name: "dataset_id", Type: schema.Text}, {Name: "dataset_uid", Type: schema.Text},
		{Name: "has_records", Type: schema.Boolean}, {Name: "data_visible", Type: schema.Boolean}, {Name: "features", Type: schema.JSON},
		{Name: "attachments", Type: schema.JSON}, {Name: "metas", Type: schema.JSON}, {Name: "fields", Type: schema.JSON}}

	catalogMetas = []schema.Field{{Name: "title", Type: schema.Text}, {Name: "description", Type: schema.Text}, {Name: "theme", Type: schema.JSON},
		{Name: "keyword", Type: schema.JSON}, {Name: "license", Type: schema.Text}, {Name: "license_url", Type: schema.Text},
		{Name: "language", Type: schema.Text}, {Name: "metadata_languages", Type: schema.JSON}, {Name: "timezone", Type: schema.Text},
		{Name: "modified", Type: schema.Datetime}, {Name: "modified_updates_on_metadata_change", Type: schema.Boolean},
		{Name: "modified_updates_on_data_change", Type: schema.Boolean}, {Name: "data_processed", Type: schema.Datetime},
		{Name: "metadata_processed", Type: schema.Datetime}, {Name: "geographic_reference", Type: schema.JSON},
		{Name: "geographic_reference_auto", Type: schema.Boolean}, {Name: "geographic_area", Type: schema.Text},
		{Name: "geographic_area_mode", Type: schema.Text}, {Name: "territory", Type: schema.JSON}, {Name: "records_count", Type: schema.Integer},
		{Name: "publisher", Type: schema.Text}, {Name: "references", Type: schema.Text}, {Name: "attributions", Type: schema.JSON},
		{Name: "source_domain", Type: schema.Text}, {Name: "source_domain_title", Type: schema.Text},
		{Name: "source_domain_address", Type: schema.Text}, {Name: "source_dataset", Type: schema.Text}, {Name: "shared_catalog", Type: schema.Text},
		{Name: "parent_domain", Type: schema.Text}, {Name: "oauth_scope", Type: schema.Text}, {Name: "federated", Type: schema.Boolean}}
)

const (
	shortPath = "default."
	wholePath = "metas.default."
)

// catalogSchema is what catalogue queries are bound to. A name has no dot there: see [withoutDots].
func catalogSchema() schema.Schema {
	var s schema.Schema
	s.Fields = append(s.Fields, catalogBlocks...)
	for _, prefix := range []string{"", shortPath, wholePath} {
		for _, f := range catalogMetas {
			f.Name = withoutDots(prefix + f.Name)
			s.Fields = append(s.Fields, f)
		}
	}
	return s
}

// pathOf returns how a bound name was written, and the name inside its block.
func pathOf(name string) (written, inner string) {
	for _, prefix := range []string{wholePath, shortPath} {
		if rest, found := strings.CutPrefix(name, withoutDots(prefix + "x")[:len(prefix)]); found {
			return prefix + rest, rest
		}
	}
	return name, name
}

// withoutDots replaces the dots of paths by "_", outside quotes, so that positions stay. The language has no dots in
// names.
func withoutDots(clause string) string {
	b := []byte(clause)
	var quote byte
	inName := false
	for i, c := range b {
		switch {
		case quote != 0:
			if c == quote && b[i-1] != '\\' {
				quote = 0
			}
			continue
		case c == '"' || c == '\'' || c == '`':
			quote, inName = c, false
		case c == '.' && inName && i+1 < len(b) && isLetter(b[i+1]):
			b[i] = '_'
		case inName:
			inName = isLetter(c) || c >= '0' && c <= '9'
		default:
			inName = isLetter(c) && (i == 0 || b[i-1] < '0' || b[i-1] > '9')
		}
	}
	return string(b)
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' }

// selection is a bound catalogue query.
type selection struct {
	plan *query.Plan
}

// wholeObject selects everything of a dataset.
var wholeObject = selection{&query.Plan{}}

// catalogDisjunctive tells on which facets several values are alternatives: where a dataset has one value only.
func catalogDisjunctive(name string) bool {
	_, inner := pathOf(name)
	for _, f := range append(catalogBlocks, catalogMetas...) {
		if f.Name == inner {
			return f.Type != schema.JSON
		}
	}
	return false
}

func catalogOptions() query.Options { return query.Options{Disjunctive: catalogDisjunctive} }

// bindCatalog checks a question about the catalogue.
func bindCatalog(request query.Request) (selection, error) {
	return bindCatalogWith(request, catalogOptions())
}

func bindCatalogWith(request query.Request, options query.Options) (selection, error) {
	undot := func(texts []string) []string {
		out := make([]string, len(texts))
		for i, text := range texts {
			out[i] = withoutDots(text)
		}
		return out
	}
	request.Select, request.GroupBy, request.OrderBy = withoutDots(request.Select), withoutDots(request.GroupBy), withoutDots(request.OrderBy)
	request.Where, request.Refine, request.Exclude = undot(request.Where), undotFacets(request.Refine), undotFacets(request.Exclude)
	plan, err := query.Bind(query.Source{}, catalogSchema(), request, options)
	return selection{plan}, err
}

// undotFacets takes the dots out of the names of facets, and leaves values as they are.
func undotFacets(texts []string) []string {
	out := make([]string, len(texts))
	for i, text := range texts {
		name, value, found := strings.Cut(text, ":")
		out[i] = withoutDots(name)
		if found {
			out[i] += ":" + value
		}
	}
	return out
}

// whole reports whether the whole object of a dataset is wanted.
func (s selection) whole() bool {
	for _, column := range s.plan.Columns {
		if !column.Star {
			return false
		}
	}
	return true
}

// project gives what is selected of one dataset: its object, or the chosen members.
func (s selection) project(d *source, base string, f shape) json.Marshaler {
	object := d.object(base, f)
	if s.whole() {
		return raw{object}
	}
	row := newCatalogRow(d, base, f)
	var out members
	if f.links {
		out = append(out, member{"_links", object.Links})
	}
	e := &evaluator{zone: f.zone}
	star := false
	for _, column := range s.plan.Columns {
		if column.Star {
			if !star {
				out = append(out, member{"dataset_id", object.DatasetID}, member{"dataset_uid", object.DatasetUID},
					member{"attachments", object.Attachments}, member{"has_records", object.HasRecords}, member{"data_visible", object.DataVisible},
					member{"features", object.Features}, member{"metas", object.Metas}, member{"fields", object.Fields})
				star = true
			}
			continue
		}
		value := e.output(e.value(column.Expr, row), column.Type())
		field, plain := column.Expr.(query.Field)
		if !plain || column.Name != field.Name {
			out = out.with([]string{column.Name}, value)
			continue
		}
		written, _ := pathOf(field.Name)
		if strings.HasPrefix(written, wholePath) {
			out = out.with(strings.Split(written, "."), value)
		} else {
			out = out.with([]string{written}, value)
		}
	}
	return out
}

// members is a JSON object that keeps the order of its members.
type members []member

type member struct {
	name  string
	value any
}

// with sets the member at a path, making the objects on the way.
func (m members) with(path []string, value any) members {
	for i := range m {
		if m[i].name != path[0] {
			continue
		}
		if inner, nested := m[i].value.(members); nested && len(path) > 1 {
			m[i].value = inner.with(path[1:], value)
		} else if len(path) == 1 {
			m[i].value = value
		}
		return m
	}
	if len(path) > 1 {
		value = members{}.with(path[1:], value)
	}
	return append(m, member{path[0], value})
}

// MarshalJSON writes the members in their order.
func (m members) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, each := range m {
		if i > 0 {
			b.WriteByte(',')
		}
		value, err := encode(each.value)
		if err != nil {
			return nil, err
		}
		b.Write(append(appendText(nil, each.name), ':'))
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// raw marshals a value without escaping HTML.
type raw struct{ value any }

// MarshalJSON implements [json.Marshaler].
func (r raw) MarshalJSON() ([]byte, error) { return encode(r.value) }

// catalogRow is a dataset as catalogue queries see it.
type catalogRow struct {
	*source
	values map[string]any // by inner name: nil, string, int64, bool, time.Time, []string, or a block
	rank   int            // place among what full text found, 0 when there is none
}

func newCatalogRow(d *source, base string, f shape) *catalogRow {
	f.links = false
	object := d.object(base, f)
	m := d.metas(f.zone)
	list := func(texts []string) any {
		if len(texts) == 0 {
			return nil
		}
		return texts
	}
	text := func(s *string) any {
		if s == nil || *s == "" {
			return nil
		}
		return *s
	}
	count := func(n *int64) any {
		if n == nil {
			return nil
		}
		return *n
	}
	moment := func(t time.Time) any {
		if t.IsZero() {
			return nil
		}
		return t.UTC()
	}
	return &catalogRow{source: d, values: map[string]any{
		"dataset_id": d.ID, "dataset_uid": d.UID, "has_records": object.HasRecords, "data_visible": object.DataVisible,
		"features": list(object.Features), "attachments": object.Attachments, "metas": object.Metas, "fields": object.Fields,
		"title": text(&m.Title), "description": text(m.Description), "theme": list(m.Theme), "keyword": list(m.Keyword), "license": text(m.License),
		"license_url": text(m.LicenseURL), "language": m.Language, "metadata_languages": list(m.MetadataLanguages), "modified": moment(d.modified()),
		"modified_updates_on_metadata_change": m.ModifiedUpdatesOnMetadataChange, "modified_updates_on_data_change": m.ModifiedUpdatesOnDataChange,
		"data_processed": moment(d.head.PublishedAt), "metadata_processed": moment(latest(d.DescribedAt, d.CreatedAt)),
		"geographic_reference_auto": m.GeographicReferenceAuto, "territory": list(m.Territory), "records_count": count(m.RecordsCount),
		"publisher": text(&m.Publisher), "references": text(m.References), "federated": m.Federated,
	}}
}
