package catalog

import (
	"context"
	"strconv"
	"time"

	"socle/internal/access"
	"socle/internal/api"
	"socle/internal/asset"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/schema"
	"socle/internal/search"
	"socle/internal/store"
)

// apiDataset is a dataset as programs read it.
type apiDataset struct {
	ID            string                    `json:"id" doc:"In addresses"`
	UID           string                    `json:"uid" doc:"Never changes"`
	Title         string                    `json:"title"`
	Description   string                    `json:"description" doc:"Markdown"`
	Organization  string                    `json:"organization" doc:"Slug of the producer"`
	Producer      string                    `json:"producer" doc:"Name of the producer"`
	Access        asset.Level               `json:"access" enum:"open,internal,restricted"`
	State         asset.State               `json:"state" enum:"draft,published,withdrawn"`
	Licence       string                    `json:"licence"`
	LicenceURL    string                    `json:"licenceUrl,omitempty"`
	Keywords      []string                  `json:"keywords"`
	Themes        []string                  `json:"themes"`
	Frequency     string                    `json:"frequency"`
	CoverageStart string                    `json:"coverageStart" doc:"First year, month or day that the data is about"`
	CoverageEnd   string                    `json:"coverageEnd"`
	Spatial       string                    `json:"spatial"`
	Contact       string                    `json:"contact"`
	Source        string                    `json:"source"`
	Key           []string                  `json:"key" doc:"Fields that together identify a row"`
	Fields        map[string]asset.FieldDoc `json:"fields" doc:"What people say of the fields, by technical name"`
	CreatedAt     time.Time                 `json:"createdAt"`
	DescribedAt   time.Time                 `json:"describedAt" doc:"Last change of the description"`
	PublishedAt   *time.Time                `json:"publishedAt,omitempty" doc:"Last publication of a version"`
	NextDue       *time.Time                `json:"nextDue,omitempty" doc:"When the next version is due"`
	Late          bool                      `json:"late" doc:"The next version was due before now"`
	Edition       int64                     `json:"edition" doc:"Send it back with a change, so that nobody’s work is lost"`
	Version       *publishedVersion         `json:"version,omitempty" doc:"What readers see; absent when nothing was published"`
	URL           string                    `json:"url" doc:"Path of its page"`
}

// publishedVersion is the version that readers see.
type publishedVersion struct {
	Number      int       `json:"number"`
	PublishedAt time.Time `json:"publishedAt"`
	Rows        *int64    `json:"rows,omitempty" doc:"Absent, like the original, for who sees only some of the rows or fields"`
	File        string    `json:"file,omitempty" doc:"Name of the original"`
	Bytes       int64     `json:"bytes,omitempty" doc:"Of the original"`
	SHA256      string    `json:"sha256,omitempty" doc:"Of the original"`
	Note        string    `json:"note,omitempty"`
	LossNote    string    `json:"lossNote,omitempty" doc:"Why this version holds less than the one before"`
	Quarantine  int64     `json:"quarantine" doc:"Values and rows of the original that did not fit"`
}

func datasetBody(d asset.Dataset, o identity.Organization, head seen) apiDataset {
	d = narrowedDataset(d, head)
	body := apiDataset{ID: d.ID, UID: d.UID, Title: d.Title, Description: d.Description, Organization: o.Slug, Producer: o.Name,
		Access: d.Level, State: d.State, Licence: d.Licence, LicenceURL: licenceOf(d.Licence).URL, Keywords: list(d.Keywords),
		Themes: list(d.Themes), Frequency: d.Frequency, CoverageStart: d.CoverageStart, CoverageEnd: d.CoverageEnd, Spatial: d.Spatial,
		Contact: d.Contact, Source: d.Source, Key: list(d.Key), Fields: d.Fields, CreatedAt: d.CreatedAt, DescribedAt: d.DescribedAt,
		PublishedAt: instant(d.PublishedAt), NextDue: instant(d.NextDue), Late: d.Late(store.Now()), Edition: d.Edition, URL: datasetPath(d.ID)}
	if body.Fields == nil {
		body.Fields = map[string]asset.FieldDoc{}
	}
	if head.Number > 0 {
		body.Version = &publishedVersion{Number: head.Number, PublishedAt: head.PublishedAt, File: head.Original.Name,
			Bytes: head.Original.Bytes, SHA256: head.Original.SHA256, Note: head.Note, LossNote: head.LossNote, Quarantine: head.Quarantine.Total()}
		if head.Whole {
			body.Version.Rows = &head.Rows
		}
	}
	return body
}

// list is l, never null in an answer.
func list(l []string) []string {
	if l == nil {
		return []string{}
	}
	return l
}

// allowedDataset returns the dataset called id, when who asks may read it and do action to it.
func (c *Catalog) allowedDataset(ctx context.Context, id string, action access.Action) (asset.Dataset, error) {
	d, err := c.assets.Get(ctx, id)
	if err != nil {
		return asset.Dataset{}, err
	}
	who := identity.From(ctx)
	if err := c.access.Can(ctx, who, access.Read, d.Asset); err != nil {
		return asset.Dataset{}, err
	}
	return d, c.access.Can(ctx, who, action, d.Asset)
}

// body completes a dataset with its producer and its head.
func (c *Catalog) body(ctx context.Context, d asset.Dataset) (*output[apiDataset], error) {
	o, err := c.people.Organization(ctx, d.OrgID)
	if err != nil {
		return nil, err
	}
	head, err := c.seenHead(ctx, d)
	return answered(datasetBody(d, o, head), err)
}

type apiDatasetQuery struct {
	Text         string   `query:"q" doc:"Words to find; accents, plurals and small typing mistakes do not matter"`
	Organization string   `query:"organization" doc:"Slug"`
	Theme        []string `query:"theme"`
	Keyword      []string `query:"keyword"`
	Sort         string   `query:"sort" enum:"relevance,updated,title,rows" default:"relevance"`
	Limit        int      `query:"limit" minimum:"1" maximum:"100" default:"20"`
	Cursor       string   `query:"cursor" doc:"What the page before gave as “next”"`
}

var apiSorts = map[string]search.Order{"relevance": nil, "updated": search.ByUpdated, "title": search.ByTitle, "rows": byRows}

func (c *Catalog) apiListDatasets(ctx context.Context, in *apiDatasetQuery) (*output[api.List[apiDataset]], error) {
	scope, err := c.access.Scope(ctx, identity.From(ctx))
	if err != nil {
		return nil, err
	}
	offset := 0
	if in.Cursor != "" {
		if offset, err = strconv.Atoi(in.Cursor); err != nil || offset < 0 {
			return nil, fault.New(fault.Invalid, "cursor_invalid", i18n.T("Ce curseur n’est pas de ceux que donne cette liste.",
				"This cursor is not one that this list gives.")).At("cursor")
		}
	}
	query := search.Query{Text: in.Text, Visible: Visible(scope), Order: apiSorts[in.Sort], Offset: offset, Limit: in.Limit,
		Refine: map[string][]string{FacetTheme: in.Theme, FacetKeyword: in.Keyword}}
	if in.Organization != "" {
		query.Refine[FacetOrganization] = []string{in.Organization}
	}
	result, err := c.index.Search(ctx, query)
	if err != nil {
		return nil, err
	}
	page := api.List[apiDataset]{Items: []apiDataset{}, Total: result.Total}
	for _, hit := range result.Hits {
		d, err := c.assets.ByUID(ctx, hit.Document.ID)
		if err != nil {
			return nil, err
		}
		body, err := c.body(ctx, d)
		if err != nil {
			return nil, err
		}
		page.Items = append(page.Items, body.Body)
	}
	if next := offset + len(page.Items); next < result.Total {
		page.Next = strconv.Itoa(next)
	}
	return answered(page, nil)
}

func (c *Catalog) apiGetDataset(ctx context.Context, in *apiByID) (*output[apiDataset], error) {
	d, err := c.allowedDataset(ctx, in.ID, access.Read)
	if err != nil {
		return nil, err
	}
	return c.body(ctx, d)
}

// DatasetDescription is what a program may say of a dataset. What it leaves out stays as it is. It is exported because
// the description of the API is read from it.
type DatasetDescription struct {
	Title         *string                   `json:"title,omitempty"`
	Description   *string                   `json:"description,omitempty" doc:"Markdown"`
	Licence       *string                   `json:"licence,omitempty" doc:"Id, usual name or address"`
	Keywords      *[]string                 `json:"keywords,omitempty"`
	Themes        *[]string                 `json:"themes,omitempty"`
	Frequency     *string                   `json:"frequency,omitempty"`
	CoverageStart *string                   `json:"coverageStart,omitempty"`
	CoverageEnd   *string                   `json:"coverageEnd,omitempty"`
	Spatial       *string                   `json:"spatial,omitempty"`
	Contact       *string                   `json:"contact,omitempty"`
	Source        *string                   `json:"source,omitempty"`
	Key           *[]string                 `json:"key,omitempty"`
	Fields        map[string]asset.FieldDoc `json:"fields,omitempty" doc:"The fields named here are replaced, the others stay"`
}

// over lays what is said over a dataset.
func (p DatasetDescription) over(d asset.Dataset) asset.Dataset {
	for _, text := range []struct{ from, to *string }{{p.Title, &d.Title}, {p.Description, &d.Description}, {p.Licence, &d.Licence},
		{p.Frequency, &d.Frequency}, {p.CoverageStart, &d.CoverageStart}, {p.CoverageEnd, &d.CoverageEnd}, {p.Spatial, &d.Spatial},
		{p.Contact, &d.Contact}, {p.Source, &d.Source}} {
		if text.from != nil {
			*text.to = *text.from
		}
	}
	for _, words := range []struct{ from, to *[]string }{{p.Keywords, &d.Keywords}, {p.Themes, &d.Themes}, {p.Key, &d.Key}} {
		if words.from != nil {
			*words.to = *words.from
		}
	}
	fields := map[string]asset.FieldDoc{}
	for name, doc := range d.Fields {
		fields[name] = doc
	}
	for name, doc := range p.Fields {
		fields[name] = doc
	}
	d.Fields = fields
	return d
}

type apiNewDataset struct {
	Body struct {
		ID           string `json:"id,omitempty" doc:"In addresses; made from the title when absent"`
		Organization string `json:"organization,omitempty" doc:"Slug; the installation’s own when absent"`
		Access       string `json:"access,omitempty" enum:"open,internal,restricted" default:"open"`
		DatasetDescription
	}
}

func (c *Catalog) apiCreateDataset(ctx context.Context, in *apiNewDataset) (*output[apiDataset], error) {
	o, err := c.people.Own(ctx)
	if in.Body.Organization != "" {
		o, err = c.people.Organization(ctx, in.Body.Organization)
	}
	if err != nil {
		return nil, err
	}
	if err := c.access.CanIn(ctx, identity.From(ctx), access.Contribute, o.ID); err != nil {
		return nil, err
	}
	d := in.Body.over(asset.Dataset{Asset: asset.Asset{ID: in.Body.ID, OrgID: o.ID, Level: asset.Level(in.Body.Access)}})
	if d.ID == "" {
		d.ID = asset.MakeID(d.Title)
	}
	if d, err = c.assets.CreateDataset(ctx, d); err != nil {
		return nil, err
	}
	return c.body(ctx, d)
}

type apiChange struct {
	ID   string `path:"id"`
	Body struct {
		Edition int64 `json:"edition,omitempty" doc:"The edition that the change was made from; Conflict when somebody changed it since. Absent: the last word wins"`
		DatasetDescription
	}
}

func (c *Catalog) apiDescribe(ctx context.Context, in *apiChange) (*output[apiDataset], error) {
	d, err := c.allowedDataset(ctx, in.ID, access.Describe)
	if err != nil {
		return nil, err
	}
	d = in.Body.over(d)
	if in.Body.Edition != 0 {
		d.Edition = in.Body.Edition
	}
	if d, err = c.assets.UpdateDataset(ctx, d); err != nil {
		return nil, err
	}
	return c.body(ctx, d)
}

type apiAccess struct {
	ID   string `path:"id"`
	Body struct {
		Access    string `json:"access" enum:"open,internal,restricted"`
		Confirmed bool   `json:"confirmed,omitempty" doc:"Needed to open columns that hold identifiers of people"`
	}
}

func (c *Catalog) apiDecideAccess(ctx context.Context, in *apiAccess) (*output[apiDataset], error) {
	d, err := c.allowedDataset(ctx, in.ID, access.Steward)
	if err != nil {
		return nil, err
	}
	head, err := headOf(ctx, c.lake, d)
	if err != nil {
		return nil, err
	}
	if err := openingRule(d.Level, asset.Level(in.Body.Access), personalColumns(head.Schema), in.Body.Confirmed); err != nil {
		return nil, err
	}
	d.Level = asset.Level(in.Body.Access)
	if d, err = c.assets.UpdateDataset(ctx, d); err != nil {
		return nil, err
	}
	return c.body(ctx, d)
}

type apiState struct {
	ID   string `path:"id"`
	Body struct {
		Withdrawn bool   `json:"withdrawn"`
		Reason    string `json:"reason" minLength:"1" doc:"Written in the record, without personal data"`
	}
}

func (c *Catalog) apiDecideState(ctx context.Context, in *apiState) (*output[apiDataset], error) {
	d, err := c.allowedDataset(ctx, in.ID, access.Steward)
	if err != nil {
		return nil, err
	}
	if in.Body.Withdrawn != (d.State == asset.Withdrawn) {
		if err := c.assets.SetState(ctx, d.UID, afterWithdrawal(d), in.Body.Reason); err != nil {
			return nil, err
		}
	}
	if d, err = c.assets.ByUID(ctx, d.UID); err != nil {
		return nil, err
	}
	return c.body(ctx, d)
}

// afterWithdrawal is the state of a dataset once withdrawn, or once put back.
func afterWithdrawal(d asset.Dataset) asset.State {
	switch {
	case d.State != asset.Withdrawn:
		return asset.Withdrawn
	case d.PublishedAt.IsZero():
		return asset.Draft
	}
	return asset.Published
}

// apiSchema answers with the schema of the version that readers see, as a Frictionless Table Schema.
func (c *Catalog) apiSchema(ctx context.Context, in *apiByID) (*output[tableSchema], error) {
	d, err := c.allowedDataset(ctx, in.ID, access.Read)
	if err != nil {
		return nil, err
	}
	head, err := c.seenHead(ctx, d)
	if err != nil {
		return nil, err
	}
	if head.Number == 0 {
		return nil, fault.New(fault.NotFound, "version_not_found", i18n.T("Ce jeu de données n’a pas encore de version.", "This dataset has no version yet."))
	}
	return answered(tableSchemaOf(narrowedDataset(d, head), head.Schema), nil)
}

// tableSchema is https://specs.frictionlessdata.io/table-schema/.
type tableSchema struct {
	Fields     []tableField `json:"fields"`
	PrimaryKey []string     `json:"primaryKey,omitempty"`
}

type tableField struct {
	Name        string `json:"name"`
	Title       string `json:"title,omitempty"`
	Type        string `json:"type"`
	Format      string `json:"format,omitempty"`
	Description string `json:"description,omitempty"`
	Example     string `json:"example,omitempty"`

	// What the standard has no word for: a document may have more properties.
	Unit         string `json:"unit,omitempty"`
	Instructions string `json:"instructions,omitempty" doc:"How a value is entered"`
	CodeList     string `json:"codelist,omitempty" doc:"Id of a dataset, or address, of the list of codes"`
	Standard     string `json:"standard,omitempty" doc:"The norm that the values follow"`
	Sensitivity  string `json:"sensitivity,omitempty"`
	Concept      string `json:"concept,omitempty" doc:"What the values identify"`
}

func tableSchemaOf(d asset.Dataset, s schema.Schema) tableSchema {
	out := tableSchema{PrimaryKey: d.Key}
	if len(out.PrimaryKey) == 0 {
		out.PrimaryKey = s.PrimaryKey
	}
	for _, f := range s.Fields {
		field := tableField{Name: f.Name, Title: f.Label, Type: string(f.Type), Description: f.Description}
		doc := d.Fields[f.Name]
		field.Example, field.Unit, field.Instructions, field.CodeList = doc.Example, f.Unit, doc.Instructions, doc.Nomenclature
		field.Standard, field.Sensitivity, field.Concept = doc.Norm, string(doc.Sensitivity), f.Concept
		switch f.Type {
		case schema.Text:
			field.Type = "string"
		case schema.Decimal:
			field.Type = "number"
		case schema.Point:
			field.Type, field.Format = "geopoint", "object"
		case schema.Geometry:
			field.Type = "geojson"
		case schema.JSON:
			field.Type = "any"
		}
		out.Fields = append(out.Fields, field)
	}
	return out
}
