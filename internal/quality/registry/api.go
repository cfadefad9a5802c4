package registry

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"socle/internal/access"
	"socle/internal/api"
	"socle/internal/identity"
	"socle/internal/web"
)

// Operations registers what programs may do with schemas.
func (s *Service) Operations(a *api.API) {
	op := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Tags: []string{"schemas"}, Summary: summary}
	}
	publish := op("publish-schema", http.MethodPost, "/schemas/{owner}/{name}/versions", "Publish a version of a schema; the schema is made if it does not exist")
	publish.DefaultStatus = http.StatusCreated
	publish.RequestBody = &huma.RequestBody{Description: "The document, kept byte for byte; none when the parameter url says where it is.",
		Content: map[string]*huma.MediaType{"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}}
	publish.Errors = []int{http.StatusConflict}

	api.Register(a, access.Public, op("list-schemas", http.MethodGet, "/schemas", "List and search schemas"), s.apiList)
	api.Register(a, access.Public, op("get-schema", http.MethodGet, "/schemas/{owner}/{name}", "Read a schema and its versions"), s.apiGet)
	api.Register(a, access.On(access.Steward), publish, s.apiPublish)
	api.Register(a, access.Public, op("list-schema-datasets", http.MethodGet, "/schemas/{owner}/{name}/datasets", "List the datasets that declare a schema"), s.apiDeclaring)

	api.Register(a, access.Public, op("get-dataset-rules", http.MethodGet, "/datasets/{id}/rules", "Read the schemas that a dataset declares"), s.apiRules)
	api.Register(a, access.On(access.Steward), op("declare-dataset-rules", http.MethodPut, "/datasets/{id}/rules", "Declare the schemas of a dataset, and what happens when a file breaks one"), s.apiDeclare)

	check := op("validate-file", http.MethodPost, "/validations", "Hold a file, or a version of a dataset, against a schema")
	check.Tags = []string{"validations"}
	check.RequestBody = &huma.RequestBody{Description: "The file, byte for byte; none when a parameter says where it is.",
		Content: map[string]*huma.MediaType{"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}}
	api.Register(a, access.Public, check, s.apiValidate)
}

// schemaRecord is a schema as programs read it.
type schemaRecord struct {
	Name        string          `json:"name" doc:"The owner, a slash, the name of the schema" example:"academie-saint-aurele/annuaire"`
	Title       string          `json:"title"`
	Description string          `json:"description"`
	Type        Kind            `json:"type" enum:"tableschema,datapackage,jsonschema"`
	Latest      string          `json:"latest" doc:"Number of the latest version"`
	UpdatedAt   time.Time       `json:"updatedAt"`
	Versions    []schemaVersion `json:"versions" doc:"The greatest first"`
}

type schemaVersion struct {
	Number      string    `json:"number" example:"1.2.0"`
	PublishedAt time.Time `json:"publishedAt"`
	Author      string    `json:"author,omitempty" doc:"Shown to those who are signed in"`
	Note        string    `json:"note,omitempty" doc:"What changed"`
	Origin      string    `json:"origin,omitempty" doc:"Where the document was fetched from"`
	SHA256      string    `json:"sha256" doc:"Digest of the document"`
	Document    string    `json:"document" doc:"Address of the document on this site"`
}

func recordOf(schema Schema, named bool) schemaRecord {
	record := schemaRecord{Name: schema.Ref.String(), Title: schema.Title, Description: schema.Description, Type: schema.Kind, Latest: schema.Latest,
		UpdatedAt: schema.UpdatedAt, Versions: []schemaVersion{}}
	for _, v := range schema.Versions {
		item := schemaVersion{Number: v.Number, PublishedAt: v.PublishedAt, Note: v.Note, Origin: v.Origin, SHA256: v.SHA256, Document: documentPath(schema.Ref, v.Number)}
		if named {
			item.Author = v.AuthorName
		}
		record.Versions = append(record.Versions, item)
	}
	return record
}

func signedIn(ctx context.Context) bool { return !identity.From(ctx).IsAnonymous() }

type listInput struct {
	Query string `query:"q" doc:"Words to look for in names, titles and descriptions"`
}

type listOutput struct{ Body api.List[schemaRecord] }

func (s *Service) apiList(ctx context.Context, in *listInput) (*listOutput, error) {
	all, err := s.List(ctx, in.Query)
	if err != nil {
		return nil, err
	}
	out := &listOutput{Body: api.List[schemaRecord]{Items: make([]schemaRecord, 0, len(all)), Total: len(all)}}
	for _, schema := range all {
		out.Body.Items = append(out.Body.Items, recordOf(schema, signedIn(ctx)))
	}
	return out, nil
}

type schemaInput struct {
	Owner string `path:"owner" doc:"Slug of the organisation that owns the schema"`
	Name  string `path:"name" doc:"Name of the schema there"`
}

type schemaOutput struct{ Body schemaRecord }

func (s *Service) apiGet(ctx context.Context, in *schemaInput) (*schemaOutput, error) {
	schema, err := s.Get(ctx, Ref{in.Owner, in.Name})
	if err != nil {
		return nil, err
	}
	return &schemaOutput{recordOf(schema, signedIn(ctx))}, nil
}

type publishInput struct {
	Owner   string `path:"owner" doc:"Slug of the organisation that owns the schema"`
	Name    string `path:"name" doc:"Name of the schema there"`
	Version string `query:"version" doc:"Number of the version; that of the document, or the next one, when absent" example:"1.2.0"`
	Note    string `query:"note" doc:"What changed, for readers"`
	URL     string `query:"url" doc:"Address of the document, instead of a body"`

	request *http.Request
	writer  http.ResponseWriter
}

// Resolve keeps the request, whose body is read as it came.
func (in *publishInput) Resolve(ctx huma.Context) []error {
	in.request, in.writer = humago.Unwrap(ctx)
	return nil
}

// apiPublish publishes the body. Whether who asks may is asked by the publication itself.
func (s *Service) apiPublish(ctx context.Context, in *publishInput) (*schemaOutput, error) {
	n := NewVersion{Ref: Ref{in.Owner, in.Name}, Number: in.Version, Note: in.Note, Origin: in.URL}
	if _, err := s.steward(ctx, in.Owner); err != nil { // before anything is fetched
		return nil, err
	}
	var err error
	if in.URL != "" {
		n.Document, err = s.Fetch(ctx, in.URL)
	} else {
		web.LimitBody(in.writer, in.request, s.options.MaxBytes)
		n.Document, err = io.ReadAll(in.request.Body)
	}
	if err != nil {
		return nil, err
	}
	schema, _, err := s.Publish(ctx, n)
	if err != nil {
		return nil, err
	}
	return &schemaOutput{recordOf(schema, true)}, nil
}
