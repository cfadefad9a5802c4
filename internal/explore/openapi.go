package explore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// DocumentPath is the address of the description of the Explore API.
const DocumentPath = Prefix + "/openapi.json"

// operation is what the description says of a way in.
type operation struct {
	name       string // in programs made from the description
	summary    string
	parameters []*huma.Param // of the query
	answer     answer
}

// answer describes what a way answers when all goes well.
type answer func(huma.Registry) *huma.Response

// openAPI answers with the description.
func (s *Service) openAPI(w http.ResponseWriter, r *http.Request) error {
	body, err := s.describeAPI(s.base(r))
	if err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	return s.answer(w, r, keyOf("openapi", hex.EncodeToString(sum[:])), true, func(context.Context) ([]byte, error) { return body, nil })
}

// Document returns the description of this API as an OpenAPI 3.1 document, in JSON, with addresses below that of the
// portal when it is known.
func (s *Service) Document() ([]byte, error) { return s.describeAPI(s.url + Prefix) }

func (s *Service) describeAPI(base string) ([]byte, error) {
	registry := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	document := &huma.OpenAPI{OpenAPI: "3.1.0",
		Info: &huma.Info{Title: "API Explore v2.1", Version: "2.1", Description: "Read the catalogue, the records and the exports of the datasets, " +
			"in the manner of the Explore API v2.1. Every address may end with a slash. Without a key, open data is read."},
		Servers: []*huma.Server{{URL: base}},
		Components: &huma.Components{Schemas: registry, SecuritySchemes: map[string]*huma.SecurityScheme{
			"key":      {Type: "apiKey", In: "header", Name: "Authorization", Description: "A token, after the word “Apikey” or “Bearer”."},
			"queryKey": {Type: "apiKey", In: "query", Name: "apikey", Description: "A token. Prefer the header: addresses end up in logs."},
		}},
		Security: []map[string][]string{{}, {"key": {}}, {"queryKey": {}}},
	}
	for _, way := range s.ways() {
		document.AddOperation(way.describe(registry))
	}
	return json.Marshal(document)
}

func (w way) describe(registry huma.Registry) *huma.Operation {
	o := &huma.Operation{Method: http.MethodGet, Path: w.path, OperationID: w.says.name, Summary: w.says.summary,
		Responses: map[string]*huma.Response{"200": w.says.answer(registry), "429": jsonAnswer[tooMany]("Too many calls")(registry)}}
	for _, part := range strings.Split(w.path, "/") {
		if name, found := strings.CutPrefix(part, "{"); found {
			o.Parameters = append(o.Parameters, pathParameter(strings.TrimSuffix(name, "}")))
		}
	}
	o.Parameters = append(o.Parameters, w.says.parameters...)
	if w.readsOneVersion() && !slices.ContainsFunc(o.Parameters, func(p *huma.Param) bool { return p.Name == "version" }) {
		o.Parameters = append(o.Parameters, asOfParameter)
	}
	refused := jsonAnswer[failure]
	codes := []int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusInternalServerError, http.StatusServiceUnavailable}
	if strings.Contains(w.path, "{") {
		codes = append(codes, http.StatusNotFound, http.StatusGone)
	}
	for _, code := range codes {
		o.Responses[strconv.Itoa(code)] = refused(http.StatusText(code))(registry)
	}
	return o
}

// readsOneVersion reports whether a way reads the data or the description of a version of a dataset.
func (w way) readsOneVersion() bool {
	return strings.HasPrefix(w.path, datasetPath) && w.path != versionsPath
}

// The parameters in paths.
func pathParameter(name string) *huma.Param {
	p := &huma.Param{Name: name, In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString, MinLength: new(1)}}
	switch name {
	case "dataset_id":
		p.Description = "Identifier of a dataset, as the catalogue gives it."
	case "record_id":
		p.Description = "Identifier of a record in the version, which include_app_metas=true shows as _id."
	case "attachment_id":
		p.Description = "Identifier of a file that comes with the dataset."
	case "version":
		p.Description = "Number of a version; versions are numbered from 1 without gaps."
		p.Schema = &huma.Schema{Type: huma.TypeInteger, Minimum: new(1.0)}
	case "format":
		p.Description = "A format of those that “exports” lists."
	}
	return p
}

func textParameter(name, description string) *huma.Param {
	return &huma.Param{Name: name, In: "query", Description: description, AllowEmptyValue: true, Schema: &huma.Schema{Type: huma.TypeString}}
}

func listParameter(name, description string) *huma.Param {
	return &huma.Param{Name: name, In: "query", Description: description, Style: "form", Explode: new(true), AllowEmptyValue: true,
		Schema: &huma.Schema{Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeString}}}
}

func numberParameter(name, description string, missing, least, most int) *huma.Param {
	s := &huma.Schema{Type: huma.TypeInteger, Default: missing, Minimum: new(float64(least))}
	if most > 0 {
		s.Maximum = new(float64(most))
	}
	return &huma.Param{Name: name, In: "query", Description: description, AllowEmptyValue: true, Schema: s}
}

func choiceParameter(name, description string, values ...string) *huma.Param {
	s := &huma.Schema{Type: huma.TypeString, Default: values[0]}
	for _, value := range values {
		s.Enum = append(s.Enum, value)
	}
	return &huma.Param{Name: name, In: "query", Description: description, AllowEmptyValue: true, Schema: s}
}

func switchParameter(name, description string, missing bool) *huma.Param {
	return &huma.Param{Name: name, In: "query", Description: description, AllowEmptyValue: true, Schema: &huma.Schema{Type: huma.TypeBoolean, Default: missing}}
}

// The parameters of queries, in the groups that ways share. An empty value is that of an absent parameter, as forms send it.
var (
	languageParameter = choiceParameter("lang", "Language of formatted values and of messages.", append([]string{"fr"}, slices.DeleteFunc(slices.Clone(languages), func(l string) bool { return l == "fr" })...)...)
	zoneParameter     = textParameter("timezone", "Name of the time zone in which instants are read and shown, such as Europe/Paris. UTC when absent.")
	linksParameter    = switchParameter("include_links", "Give links, in _links.", false)
	metasParameter    = switchParameter("include_app_metas", "Give what the platform says of each record: _id, _timestamp, _size.", false)
	selectParameter   = textParameter("select", "Columns, values computed from them, and aggregates, in the query language: “nom, total * 2 as double”.")
	asOfParameter     = textParameter("as_of", "A day or an instant: the version that readers saw then is read.")

	shapeParameters = []*huma.Param{languageParameter, zoneParameter, linksParameter, metasParameter}
	rowParameters   = []*huma.Param{
		listParameter("where", "Conditions in the query language; all must hold."),
		listParameter("refine", "“facet:value”: keep the rows that have the value."),
		listParameter("exclude", "“facet:value”: leave out the rows that have the value."),
	}
	questionParameters = joined([]*huma.Param{selectParameter}, rowParameters, []*huma.Param{
		textParameter("group_by", "What the rows are grouped by, in the query language."),
		textParameter("order_by", "What the rows are ordered by: “total desc, nom”. What is left undecided follows the order of the source."),
	})
	pageParameters = joined(questionParameters, shapeParameters, []*huma.Param{
		numberParameter("limit", "Rows of the page: "+strconv.Itoa(maxLimit)+" at most, "+strconv.Itoa(maxGroupedLimit)+" with group_by. -1 is as many as may be.", defaultLimit, -1, maxGroupedLimit),
		numberParameter("offset", "Rows before the page. offset + limit is at most "+strconv.Itoa(maxWindow-1)+", or "+strconv.Itoa(maxGroupedWindow)+" with group_by.", 0, 0, maxGroupedWindow),
	})
	recordsParameters = joined(pageParameters, []*huma.Param{textParameter("cursor", "Where to go on: the member “next” of the page before. Pages have no cap this way.")})
	facetParameters   = joined([]*huma.Param{listParameter("facet", "Fields whose values are counted. Those meant for it when absent.")}, rowParameters, shapeParameters)
	csvParameters     = []*huma.Param{
		choiceParameter("delimiter", "Of CSV: what stands between cells.", ";", ",", "\t", "|"),
		{Name: "list_separator", In: "query", AllowEmptyValue: true, Description: "Of CSV: what stands between the values of a list.", Schema: &huma.Schema{Type: huma.TypeString, Default: ",", MaxLength: new(8)}},
		switchParameter("quote_all", "Of CSV: put every cell between quotes.", false),
		switchParameter("with_bom", "Of CSV: begin with a byte order mark, which some spreadsheets need.", true),
	}
	fileParameters = joined(questionParameters, shapeParameters, csvParameters, []*huma.Param{
		numberParameter("limit", "Rows at most. -1 is all of them.", -1, -1, 0), numberParameter("offset", "Rows left out at the beginning.", 0, 0, 0),
		switchParameter("use_labels", "Name columns by their label.", false),
		switchParameter("compressed", "Send a gzip file.", false),
		switchParameter("neutralise_formulas", "Keep spreadsheets from taking texts for formulas.", false),
	})
	catalogFileParameters = joined(fileParameters, []*huma.Param{
		textParameter("include_exports", "Of data.json, dcat, rdf and ttl: the formats of the datasets to speak of, with commas between them. All of them when absent."),
		switchParameter("use_labels_in_exports", "Of data.json, dcat, rdf and ttl: let these name columns by their label.", true),
	})
	exportParameters = joined(fileParameters, []*huma.Param{
		choiceParameter("parquet_compression", "Of Parquet.", "snappy", "zstd"),
		numberParameter("epsg", "Of fgb, geojson and shp: the system of the coordinates.", 4326, 0, 1_000_000),
		textParameter("name_field", "Of GPX and KML: the field that names a place."),
		textParameter("description_field_list", "Of GPX: the fields of the description, with commas between them."),
		switchParameter("use_extension", "Of GPX: give the other fields as extensions.", true),
	})
)

func joined(lists ...[]*huma.Param) []*huma.Param { return slices.Concat(lists...) }

// page is one page of a list, in the description.
type page[T any] struct {
	Total   *int64 `json:"total_count,omitempty" doc:"Over all pages. Groups are not counted." minimum:"0"`
	Links   []link `json:"_links,omitempty"`
	Results []T    `json:"results" nullable:"false"`
	Next    string `json:"next,omitempty" doc:"Value of cursor for the page that follows; absent on the last one"`
}

// attachmentList are the files that come with a dataset.
type attachmentList struct {
	Links       []link       `json:"_links" nullable:"false"`
	Attachments []attachment `json:"attachments" nullable:"false"`
}

// versionList are the versions of a dataset.
type versionList struct {
	Total   int             `json:"total_count"`
	Results []versionObject `json:"results" nullable:"false"`
}

// jsonAnswer describes an answer of a type.
func jsonAnswer[T any](description string) answer {
	return func(registry huma.Registry) *huma.Response {
		return jsonResponse(description, registry.Schema(reflect.TypeFor[T](), true, ""))
	}
}

func jsonResponse(description string, schema *huma.Schema) *huma.Response {
	return &huma.Response{Description: description, Content: map[string]*huma.MediaType{"application/json": {Schema: schema}}}
}

// aRecord is a row: a member for each of its columns.
var aRecord = &huma.Schema{Type: huma.TypeObject, Description: "A member for each column, named as it is.", AdditionalProperties: true}

// pageOf describes a page whose elements have a schema.
func pageOf(description string, element func(huma.Registry) *huma.Schema) answer {
	return func(registry huma.Registry) *huma.Response {
		schema := *huma.SchemaFromType(registry, reflect.TypeFor[page[map[string]any]]())
		results := *schema.Properties["results"]
		results.Items = element(registry)
		schema.Properties["results"] = &results
		response := jsonResponse(description, &schema)
		response.Headers = map[string]*huma.Header{"Link": {Description: "The page that follows", Schema: &huma.Schema{Type: huma.TypeString}},
			"X-Socle-Version": {Description: "Number of the version that was read", Schema: &huma.Schema{Type: huma.TypeInteger}}}
		return response
	}
}

func recordSchema(huma.Registry) *huma.Schema { return aRecord }

// datasetSchema is a dataset, or the members that were selected of it.
func datasetSchema(registry huma.Registry) *huma.Schema {
	return &huma.Schema{AnyOf: []*huma.Schema{registry.Schema(reflect.TypeFor[datasetObject](), true, ""),
		{Type: huma.TypeObject, AdditionalProperties: true, Description: "With select or group_by: what was asked for."}}}
}

func recordAnswer(huma.Registry) *huma.Response { return jsonResponse("The record", aRecord) }

func datasetAnswer(registry huma.Registry) *huma.Response {
	return jsonResponse("The dataset", datasetSchema(registry))
}

func documentAnswer(huma.Registry) *huma.Response {
	return jsonResponse("An OpenAPI document", &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true})
}

// fileAnswer describes a file in one of some formats.
func fileAnswer(formats []exportFormat) answer {
	return func(huma.Registry) *huma.Response {
		content := map[string]*huma.MediaType{"application/gzip": {}}
		for _, f := range formats {
			mediaType, _, _ := strings.Cut(f.mediaType, ";")
			content[mediaType] = &huma.MediaType{}
		}
		rows := &huma.Schema{Type: huma.TypeArray, Items: aRecord}
		if slices.ContainsFunc(formats, func(f exportFormat) bool { return f.name == "data.json" }) { // a document, not a list
			rows = &huma.Schema{AnyOf: []*huma.Schema{rows, {Type: huma.TypeObject, AdditionalProperties: true}}}
		}
		content["application/json"] = &huma.MediaType{Schema: rows}
		return &huma.Response{Description: "The file", Content: content, Headers: map[string]*huma.Header{
			"Content-Disposition": {Description: "Name of the file", Schema: &huma.Schema{Type: huma.TypeString}},
			"X-Total-Count":       {Description: "Number of rows, when it is known before", Schema: &huma.Schema{Type: huma.TypeInteger}},
			"Socle-Row-Count":     {Description: "Number of rows, in a trailer when the file is large", Schema: &huma.Schema{Type: huma.TypeInteger}},
			"Socle-Digest":        {Description: "Digest of the file, in a trailer when it is large", Schema: &huma.Schema{Type: huma.TypeString}},
		}}
	}
}

func originalAnswer(huma.Registry) *huma.Response {
	return &huma.Response{Description: "The file", Content: map[string]*huma.MediaType{"*/*": {}}}
}
