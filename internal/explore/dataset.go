package explore

import (
	"context"
	"mime"
	"net/http"
	"path"
	"slices"
	"strconv"
	"time"

	"socle/internal/asset"
	"socle/internal/query"
	"socle/internal/schema"
)

// datasetObject is a dataset as the Explore API writes it.
type datasetObject struct {
	Links       []link         `json:"_links,omitempty"`
	DatasetID   string         `json:"dataset_id"`
	DatasetUID  string         `json:"dataset_uid"`
	Attachments []attachedFile `json:"attachments"`
	HasRecords  bool           `json:"has_records"`
	DataVisible bool           `json:"data_visible"`
	Features    []string       `json:"features"`
	Metas       metas          `json:"metas"`
	Fields      []fieldObject  `json:"fields"`
}

type attachedFile struct {
	MIMEType string `json:"mimetype"`
	URL      string `json:"url"`
	ID       string `json:"id"`
	Title    string `json:"title"`
}

type fieldObject struct {
	Name        string              `json:"name"`
	Label       string              `json:"label"`
	Type        string              `json:"type"`
	Annotations map[string][]string `json:"annotations"`
	Description *string             `json:"description"`
}

// metas are the metadata, by block.
type metas struct {
	Default defaultMetas `json:"default"`
	Socle   socleMetas   `json:"socle"`
}

// defaultMetas are what the Explore API says of every dataset, in the block "default". A pointer is null when
// nothing is known.
type defaultMetas struct {
	Title                           string   `json:"title"`
	Description                     *string  `json:"description"`
	Theme                           []string `json:"theme"`
	Keyword                         []string `json:"keyword"`
	License                         *string  `json:"license"`
	LicenseURL                      *string  `json:"license_url"`
	Language                        string   `json:"language"`
	MetadataLanguages               []string `json:"metadata_languages"`
	Timezone                        *string  `json:"timezone"`
	Modified                        string   `json:"modified"`
	ModifiedUpdatesOnMetadataChange bool     `json:"modified_updates_on_metadata_change"`
	ModifiedUpdatesOnDataChange     bool     `json:"modified_updates_on_data_change"`
	DataProcessed                   *string  `json:"data_processed"`
	MetadataProcessed               string   `json:"metadata_processed"`
	GeographicReference             []string `json:"geographic_reference"`
	GeographicReferenceAuto         bool     `json:"geographic_reference_auto"`
	GeographicArea                  *string  `json:"geographic_area"`
	GeographicAreaMode              *string  `json:"geographic_area_mode"`
	Territory                       []string `json:"territory"`
	RecordsCount                    *int64   `json:"records_count"`
	Publisher                       string   `json:"publisher"`
	References                      *string  `json:"references"`
	Attributions                    []string `json:"attributions"`
	SourceDomain                    *string  `json:"source_domain"`
	SourceDomainTitle               *string  `json:"source_domain_title"`
	SourceDomainAddress             *string  `json:"source_domain_address"`
	SourceDataset                   *string  `json:"source_dataset"`
	SharedCatalog                   *string  `json:"shared_catalog"`
	ParentDomain                    *string  `json:"parent_domain"`
	OAuthScope                      *string  `json:"oauth_scope"`
	Federated                       bool     `json:"federated"`
}

// socleMetas is what this platform says besides, in a block of its own.
type socleMetas struct {
	Version       int     `json:"version"`
	Frequency     *string `json:"frequency"`
	CoverageStart *string `json:"coverage_start"`
	CoverageEnd   *string `json:"coverage_end"`
	NextDue       *string `json:"next_due"`
	Organization  string  `json:"organization"`
	Access        string  `json:"access"`
}

// some returns nil for a text that says nothing.
func some(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// second writes an instant as metadata do, to the second.
func second(t time.Time, zone *time.Location) string {
	return t.In(zone).Format("2006-01-02T15:04:05-07:00")
}

func someTime(t time.Time, zone *time.Location) *string {
	if t.IsZero() {
		return nil
	}
	return some(second(t, zone))
}

// modified is when the data last changed, or the description of a dataset without data.
func (d *published) modified() time.Time {
	if !d.head.PublishedAt.IsZero() {
		return d.head.PublishedAt
	}
	return d.UpdatedAt
}

// licence returns the title and the address of the licence.
func (d *published) licence() (title, url string) {
	if licence, known := asset.LicenceOf(d.Licence); known {
		return licence.Title, licence.URL
	}
	return d.Licence, ""
}

// features says what a dataset can be used for: a map, figures over time, figures.
func (d *source) features() []string {
	features := []string{}
	if _, found := d.fields.First(schema.Point, schema.Geometry); found {
		features = append(features, "geo")
	}
	if _, found := d.fields.First(schema.Integer, schema.Decimal); found {
		features = append(features, "analyze")
	}
	if _, found := d.fields.First(schema.Date, schema.Datetime); found {
		features = append(features, "timeserie")
	}
	return features
}

// territory lists the territories that the data describes.
func (d *published) territory() []string {
	if d.Spatial == "" {
		return []string{}
	}
	return []string{d.Spatial}
}

func (d *source) metas(zone *time.Location) defaultMetas {
	title, url := d.licence()
	return defaultMetas{
		Title: d.Title, Description: some(d.html), Theme: orEmpty(d.Themes), Keyword: orEmpty(d.Keywords), License: some(title), LicenseURL: some(url),
		Language: "fr", MetadataLanguages: []string{"fr"}, Modified: second(d.modified(), zone), ModifiedUpdatesOnDataChange: true,
		DataProcessed: someTime(d.head.PublishedAt, zone), MetadataProcessed: second(latest(d.DescribedAt, d.CreatedAt), zone),
		GeographicReference: []string{}, Territory: d.territory(), RecordsCount: d.rowCount(), Publisher: d.organization.Name, References: some(d.Source),
	}
}

// rowCount is the number of rows of the version, nil when who asks sees some of them only.
func (d *source) rowCount() *int64 {
	if !d.view.Whole() {
		return nil
	}
	return &d.head.Rows
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// object writes the dataset in the manner of the Explore API. base is the address of the API.
func (d *source) object(base string, f shape) datasetObject {
	o := datasetObject{DatasetID: d.ID, DatasetUID: d.UID, Attachments: []attachedFile{}, HasRecords: d.hasData() && d.head.Rows > 0,
		DataVisible: d.hasData(), Features: d.features(), Fields: []fieldObject{},
		Metas: metas{Default: d.metas(f.zone), Socle: socleMetas{Version: d.head.Number, Frequency: some(d.Frequency),
			CoverageStart: some(d.CoverageStart), CoverageEnd: some(d.CoverageEnd), NextDue: someTime(d.NextDue, f.zone),
			Organization: d.organization.Slug, Access: string(d.Level)}}}
	if d.attachesOriginal() {
		o.Attachments = append(o.Attachments, attachedFile{MIMEType: mediaType(d.head.Original.Name), Title: d.head.Original.Name, ID: originalID,
			URL: base + d.path() + "/attachments/" + originalID})
	}
	for _, field := range d.fields.Fields {
		o.Fields = append(o.Fields, d.fieldObject(field))
	}
	if f.links {
		self := base + d.path()
		o.Links = []link{{"self", self}, {"catalog", base + "/catalog"}, {"datasets", base + "/catalog/datasets"}, {"records", self + "/records"},
			{"facets", self + "/facets"}, {"exports", self + "/exports"}, {"attachments", self + "/attachments"}}
	}
	return o
}

// fieldTypes are the names that the Explore API gives to types.
var fieldTypes = map[schema.Type]string{schema.Text: "text", schema.Integer: "int", schema.Decimal: "double", schema.Boolean: "boolean",
	schema.Date: "date", schema.Datetime: "datetime", schema.Point: "geo_point_2d", schema.Geometry: "geo_shape", schema.JSON: "json_blob"}

func (d *source) fieldObject(f schema.Field) fieldObject {
	annotations := map[string][]string{}
	if isFacet(f, d.Fields[f.Name]) {
		annotations["facet"] = []string{}
		if disjunctive(f) {
			annotations["disjunctive"] = []string{}
		}
	}
	if separator := d.Fields[f.Name].Separator; separator != "" && f.Type == schema.Text {
		annotations["hierarchical"] = []string{separator}
	}
	if f.Type.Numeric() || f.Type.Temporal() {
		annotations["sortable"] = []string{}
	}
	if slices.Contains(d.Key, f.Name) {
		annotations["id"] = []string{}
	}
	if f.Unit != "" {
		annotations["unit"] = []string{f.Unit}
	}
	if f.Exact() {
		annotations["decimals"] = []string{strconv.Itoa(f.Scale)}
	}
	if f.Type.Temporal() {
		annotations["timeserie_precision"] = []string{map[bool]string{true: "day", false: "minute"}[f.Type == schema.Date]}
	}
	return fieldObject{Name: f.Name, Label: f.Label, Type: fieldTypes[f.Type], Annotations: annotations, Description: some(f.Description)}
}

// dataset answers with what is known of one dataset.
func (s *Service) dataset(w http.ResponseWriter, r *http.Request) error {
	d, err := s.find(r.Context(), r.PathValue("dataset_id"))
	if err != nil {
		return err
	}
	p, err := parametersOf(r)
	if err != nil {
		return err
	}
	shape, selection := p.shape(), p.text("select")
	if p.err != nil {
		return p.err
	}
	columns := wholeObject
	if selection != "" {
		if columns, err = bindCatalog(query.Request{Select: selection, Lang: shape.lang}); err != nil {
			return err
		}
	}
	base := s.base(r)
	key := keyOf("dataset", d.version(), d.path(), d.edition(), d.view.Key(), selection, base, shape.key(s, r))
	return s.answer(w, r, key, d.everybody, func(context.Context) ([]byte, error) {
		return encode(columns.project(d, base, shape))
	})
}

// edition is the part of a key that changes when the description does, or the name of the publisher.
func (d *published) edition() string {
	return strconv.FormatInt(d.Edition, 10) + " " + d.UpdatedAt.String() + " " + d.organization.Name
}

// mediaType guesses the type of a file from its name. It is written here rather than asked of the system, whose
// tables differ between machines.
func mediaType(name string) string {
	types := map[string]string{".csv": "text/csv", ".tsv": "text/tab-separated-values", ".json": "application/json", ".geojson": "application/geo+json",
		".ndjson": "application/x-ndjson", ".jsonl": "application/x-ndjson", ".xlsx": mediaXLSX, ".ods": "application/vnd.oasis.opendocument.spreadsheet",
		".parquet": "application/vnd.apache.parquet", ".gz": "application/gzip", ".zip": "application/zip", ".txt": "text/plain"}
	if t, known := types[path.Ext(name)]; known {
		return t
	}
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	return "application/octet-stream"
}
