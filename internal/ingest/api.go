package ingest

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"socle/internal/access"
	"socle/internal/api"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/lake"
	"socle/internal/schema"
	"socle/internal/web"
)

// Operations registers what programs may do with versions. The handler asks again about the dataset itself.
func (s *Service) Operations(a *api.API) {
	op := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Tags: []string{"versions"}, Summary: summary}
	}
	publish := op("publish-version", http.MethodPost, "/datasets/{id}/versions", "Publish a file as a new version; the dataset is made if it does not exist")
	publish.RequestBody = &huma.RequestBody{Description: "The file, byte for byte, unless its address is given.",
		Content: map[string]*huma.MediaType{"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}}
	publish.Errors = []int{http.StatusConflict}

	api.Register(a, access.Public, op("list-versions", http.MethodGet, "/datasets/{id}/versions", "List the versions of a dataset, the newest first"), s.apiVersions)
	api.Register(a, access.Public, op("get-version", http.MethodGet, "/datasets/{id}/versions/{number}", "Read the record of a version"), s.apiVersion)
	api.Register(a, access.Public, op("get-quarantine", http.MethodGet, "/datasets/{id}/versions/{number}/quarantine", "Read what of a file did not fit"), s.apiQuarantine)
	api.Register(a, access.On(access.Publish), publish, s.apiPublish)
}

// versionRecord is a version as programs read it.
type versionRecord struct {
	Number      int             `json:"number"`
	PublishedAt time.Time       `json:"publishedAt"`
	Author      string          `json:"author,omitempty" doc:"Shown to those who are signed in"`
	Rows        int64           `json:"rows"`
	Bytes       int64           `json:"bytes" doc:"Bytes of the original"`
	SHA256      string          `json:"sha256" doc:"Digest of the original"`
	FileName    string          `json:"fileName"`
	Note        string          `json:"note,omitempty"`
	LossNote    string          `json:"lossNote,omitempty" doc:"Why a large loss was accepted"`
	Schema      schema.Schema   `json:"schema"`
	Quarantine  lake.Quarantine `json:"quarantine"`
	Checked     []Checked       `json:"checked,omitempty" doc:"Schemas of the dataset that the file was held against, and what it breaks"`
	Erased      *lake.Erasure   `json:"erased,omitempty"`
}

func versionBody(v lake.Version, named bool) versionRecord {
	body := versionRecord{Number: v.Number, PublishedAt: v.PublishedAt, Rows: v.Rows, Bytes: v.Original.Bytes, SHA256: v.Original.SHA256,
		FileName: v.Original.Name, Note: v.Note, LossNote: v.LossNote, Schema: v.Schema, Quarantine: v.Quarantine, Erased: v.Erased}
	if report, err := ReportOf(v); err == nil {
		body.Checked = report.Checked
	}
	body.Quarantine.File = nil // where it is kept is nobody's business
	if named {
		body.Author = v.AuthorName
	}
	return body
}

// The inputs repeat the parameters of their path instead of embedding one another: parameters of an embedded struct that is
// not exported are never read.
type datasetInput struct {
	ID string `path:"id" doc:"Identifier of the dataset"`
}

type versionsOutput struct{ Body api.List[versionRecord] }

func (s *Service) apiVersions(ctx context.Context, in *datasetInput) (*versionsOutput, error) {
	v, err := s.findVersion(ctx, in.ID, 0)
	if err != nil {
		return nil, err
	}
	versions, err := s.Lake.List(ctx, v.Dataset.UID)
	if err != nil {
		return nil, err
	}
	out := &versionsOutput{Body: api.List[versionRecord]{Items: []versionRecord{}, Total: len(versions)}}
	for _, version := range versions {
		out.Body.Items = append(out.Body.Items, versionBody(version, v.Named))
	}
	return out, nil
}

type versionInput struct {
	ID     string `path:"id" doc:"Identifier of the dataset"`
	Number int    `path:"number" minimum:"1" doc:"Number of the version"`
}

type versionOutput struct{ Body versionRecord }

func (s *Service) apiVersion(ctx context.Context, in *versionInput) (*versionOutput, error) {
	v, err := s.findVersion(ctx, in.ID, in.Number)
	if err != nil {
		return nil, err
	}
	return &versionOutput{versionBody(v.Version, v.Named)}, nil
}

type quarantineInput struct {
	ID     string `path:"id" doc:"Identifier of the dataset"`
	Number int    `path:"number" minimum:"1" doc:"Number of the version"`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
	Offset int    `query:"offset" minimum:"0" default:"0"`
}

type quarantineEntry struct {
	Entry
	Explanation string `json:"explanation" doc:"What is wrong, in the language of Accept-Language"`
}

type quarantineOutput struct{ Body api.List[quarantineEntry] }

func (s *Service) apiQuarantine(ctx context.Context, in *quarantineInput) (*quarantineOutput, error) {
	v, err := s.findVersion(ctx, in.ID, in.Number)
	if err != nil {
		return nil, err
	}
	if v.Version.Erased != nil {
		return nil, lake.ErrErased
	}
	out := &quarantineOutput{Body: api.List[quarantineEntry]{Items: []quarantineEntry{}, Total: int(v.Version.Quarantine.Total())}}
	skip := in.Offset
	for entry, err := range s.Quarantine(ctx, v.Version) {
		if err != nil {
			return nil, err
		}
		if skip--; skip >= 0 {
			continue
		}
		if len(out.Body.Items) == in.Limit {
			break
		}
		entry.Cells = nil // to be corrected, not shown: the original holds them
		out.Body.Items = append(out.Body.Items, quarantineEntry{entry, Explain(entry, v.Version.Schema).In(i18n.From(ctx))})
	}
	return out, nil
}

type publishInput struct {
	ID       string `path:"id" doc:"Identifier of the dataset"`
	Name     string `query:"name" doc:"Name of the file, for its format; required with a body" example:"effectifs.csv"`
	URL      string `query:"url" format:"uri" doc:"Public address of the file, which the server fetches instead of reading a body" example:"https://exemple.fr/effectifs.csv"`
	Settings string `query:"settings" doc:"Title, organisation, level, types, note… as JSON; what is absent is decided, or kept from before" example:"{\"title\":\"Effectifs\",\"types\":{\"code\":\"text\"}}"`

	request *http.Request
	writer  http.ResponseWriter
}

// Resolve keeps the request, whose body is read as a stream.
func (in *publishInput) Resolve(ctx huma.Context) []error {
	in.request, in.writer = humago.Unwrap(ctx)
	return nil
}

type publishOutput struct{ Body Result }

// apiPublish publishes the body. Right and existence are asked by the publication itself.
func (s *Service) apiPublish(ctx context.Context, in *publishInput) (*publishOutput, error) {
	var r Request
	if in.Settings != "" {
		if err := json.Unmarshal([]byte(in.Settings), &r); err != nil {
			return nil, fault.New(fault.Invalid, "settings_invalid", i18n.T("Le paramètre « settings » n’est pas un objet JSON valable.",
				"The parameter “settings” is not a valid JSON object.")).At("settings").Because(err)
		}
	}
	r.ID = in.ID
	result, err := s.publishInput(ctx, in, r)
	if err != nil {
		return nil, err
	}
	result.Version.Files, result.Version.Quarantine.File = nil, nil
	if identity.From(ctx).IsAnonymous() {
		result.Version.Author, result.Version.AuthorName = "", ""
	}
	return &publishOutput{result}, nil
}

// publishInput publishes what the request brings, or what its address leads to.
func (s *Service) publishInput(ctx context.Context, in *publishInput, r Request) (Result, error) {
	switch {
	case in.URL != "" && in.Name != "":
		return Result{}, fault.New(fault.Invalid, "name_or_url", i18n.T("Donnez un fichier et son nom (name), ou une adresse (url), pas les deux.",
			"Give a file and its name (name), or an address (url), not both.")).At("url")
	case in.URL != "":
		return s.PublishURL(ctx, in.URL, r)
	case in.Name == "":
		return Result{}, fault.New(fault.Invalid, "name_missing", i18n.T("Dites le nom du fichier dans le paramètre « name ».",
			"Say the name of the file in the parameter “name”.")).At("name")
	}
	web.LimitBody(in.writer, in.request, s.options.MaxBytes)
	web.Stream(in.writer)
	return s.Publish(ctx, in.Name, in.request.Body, r)
}
