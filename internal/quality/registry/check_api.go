package registry

import (
	"context"
	"net/http"
	"path/filepath"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/schema/frictionless"
	"socle/internal/validate"
	"socle/internal/web"
)

type validationInput struct {
	Schema    string `query:"schema" doc:"Name of a schema of the registry, with its version or not; types and codes are found out from the file when absent" example:"academie-saint-aurele/annuaire@1.0.0"`
	SchemaURL string `query:"schemaUrl" doc:"Address of a Table Schema, instead of a name"`
	Name      string `query:"name" doc:"Name of the file in the body, for its format" example:"annuaire.csv"`
	URL       string `query:"url" doc:"Address of the file, instead of a body"`
	Dataset   string `query:"dataset" doc:"Identifier of a dataset whose version is checked, instead of a body"`
	Version   int    `query:"version" minimum:"0" doc:"Number of the version of the dataset; the current one when absent"`
	Examples  int    `query:"examples" minimum:"1" maximum:"100" default:"100" doc:"Faults shown for each field and rule; all are counted"`
	AnyCase   bool   `query:"anyCase" doc:"Do not look at the case of the names of columns"`
	ByName    bool   `query:"byName" doc:"Match columns by name whatever their order, as Validata does"`

	request *http.Request
	writer  http.ResponseWriter
}

// Resolve keeps the request, whose body is read as a stream.
func (in *validationInput) Resolve(ctx huma.Context) []error {
	in.request, in.writer = humago.Unwrap(ctx)
	return nil
}

// validationReport is what a validation found. It describes itself, because the parts of a report have names that the
// answers of other operations have too.
type validationReport struct{ *validate.Report }

// Schema implements [huma.SchemaProvider].
func (validationReport) Schema(huma.Registry) *huma.Schema {
	list := func(text string) *huma.Schema {
		return &huma.Schema{Type: huma.TypeArray, Description: text, Items: &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true}}
	}
	return &huma.Schema{Type: huma.TypeObject, Required: []string{"valid", "stats", "tasks", "errors", "warnings"}, Properties: map[string]*huma.Schema{
		"valid":    {Type: huma.TypeBoolean, Description: "Whether there is no fault"},
		"stats":    {Type: huma.TypeObject, Description: "Exact figures: rows, errors, faultyRows, bytes, seconds", AdditionalProperties: true},
		"tasks":    list("Each table that was read: its name, columns, rows and faults"),
		"errors":   list("Faults by field and rule, each with its rule, code, message, instruction, fix, exact count and at most 100 examples"),
		"warnings": list("What a person should know, that makes nothing invalid"),
	}}
}

type validationOutput struct{ Body validationReport }

// apiValidate holds the body, what is at an address, or a version of a dataset, against a schema.
func (s *Service) apiValidate(ctx context.Context, in *validationInput) (*validationOutput, error) {
	held, err := s.against(ctx, in.Schema, in.SchemaURL)
	if err != nil {
		return nil, err
	}
	var table *frictionless.Schema
	if held.document != "" {
		if table, err = frictionless.Parse([]byte(held.document)); err != nil {
			return nil, err
		}
	}
	folder, release, err := s.scratch(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	web.Stream(in.writer)
	file, err := s.receiveBody(ctx, in, folder)
	if err != nil {
		return nil, err
	}
	report, err := validate.Check(ctx, validate.File{Path: file.Path, Name: file.Name, Parquet: s.Parquet}, table, folder,
		validate.Options{Examples: in.Examples, Scratch: folder, AnyCase: in.AnyCase, ByName: in.ByName, Table: file.Name, Lists: s.Lists, Tables: s.tables()})
	if err != nil {
		return nil, err
	}
	return &validationOutput{validationReport{report}}, nil
}

// receiveBody brings the file that a call speaks of.
func (s *Service) receiveBody(ctx context.Context, in *validationInput, folder string) (received, error) {
	switch {
	case in.Dataset != "":
		_, v, err := s.wholeVersion(ctx, in.Dataset, in.Version)
		if err != nil {
			return received{}, err
		}
		file, err := s.original(ctx, v, folder)
		return received{Name: v.Original.Name, Path: file}, err
	case in.URL != "":
		return s.fetchFile(ctx, in.URL, folder)
	case in.Name == "":
		return received{}, fault.New(fault.Invalid, "file_required", i18n.T("Donnez le fichier dans le corps de la demande et son nom dans « name », ou son adresse dans « url », ou un jeu de données.",
			"Give the file in the body of the request and its name in “name”, or its address in “url”, or a dataset.")).At("name")
	}
	web.LimitBody(in.writer, in.request, s.fileLimit(ctx))
	file, err := keep(folder, in.Name, in.request.Body)
	return received{Name: filepath.Base(in.Name), Path: file}, err
}
