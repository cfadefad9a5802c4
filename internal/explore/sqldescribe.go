package explore

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"socle/internal/access"
	"socle/internal/api"
	"socle/internal/query/sql"
)

// sqlAnswerObject is the answer to a statement, in the description.
type sqlAnswerObject struct {
	SQL       string           `json:"sql" doc:"The statement"`
	Datasets  []sqlVersion     `json:"datasets" nullable:"false" doc:"The versions that were read"`
	Columns   []sqlColumn      `json:"columns" nullable:"false"`
	RowCount  int              `json:"row_count" doc:"Rows in this answer"`
	Truncated bool             `json:"truncated" doc:"There are more rows"`
	Rows      []map[string]any `json:"rows" nullable:"false" doc:"A member for each column, named as it is"`
}

// sqlBody is the body of a request.
type sqlBody struct {
	SQL string `json:"sql" minLength:"1"`
}

// DescribeSQL writes in the document of an API what [Service.SQLRoutes] answer.
func (s *Service) DescribeSQL(a *api.API) {
	a.Describe(access.Public, func(registry huma.Registry) huma.Operation {
		op := describedSQL(registry, http.MethodGet, "query-sql", "Ask in SQL")
		op.Parameters = append([]*huma.Param{{Name: "sql", In: "query", Required: true, Description: fmt.Sprintf("One SELECT of at most %d bytes; a relation is a dataset by its identifier.", sql.MaxText),
			Schema: &huma.Schema{Type: huma.TypeString, MinLength: new(1)}}}, op.Parameters...)
		return op
	})
	a.Describe(access.Public, func(registry huma.Registry) huma.Operation {
		op := describedSQL(registry, http.MethodPost, "query-sql-body", "Ask in SQL, the statement in the body")
		text := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, MinLength: new(1)}}
		op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"text/plain": text, "application/sql": text,
			"application/json": {Schema: registry.Schema(reflect.TypeFor[sqlBody](), true, "")}}}
		return op
	})
}

func describedSQL(registry huma.Registry, method, id, summary string) huma.Operation {
	formats := []any{""}
	content := map[string]*huma.MediaType{}
	for _, f := range sqlFiles() {
		formats = append(formats, f.name)
		media, _, _ := strings.Cut(f.mediaType, ";")
		content[media] = &huma.MediaType{}
	}
	content["application/json"] = &huma.MediaType{Schema: &huma.Schema{AnyOf: []*huma.Schema{registry.Schema(reflect.TypeFor[sqlAnswerObject](), true, ""),
		{Type: huma.TypeArray, Items: aRecord, Description: "With format=json"}}}}
	return huma.Operation{OperationID: id, Method: method, Path: strings.TrimPrefix(PathSQL, api.Prefix), Summary: summary, Tags: []string{"SQL"},
		Description: "Reads several datasets together, as who asks sees them. Only one SELECT is allowed, and in it neither files, table functions nor settings.",
		Parameters: []*huma.Param{
			{Name: "format", In: "query", Description: "A file of up to a million rows instead of the answer described here.", Schema: &huma.Schema{Type: huma.TypeString, Enum: append(formats, "ndjson")}},
			{Name: "limit", In: "query", Description: "Rows of an answer that is no file.", Schema: &huma.Schema{Type: huma.TypeInteger, Default: sqlPageRows, Minimum: new(1.0), Maximum: new(float64(sqlMostRows))}},
		},
		Responses: map[string]*huma.Response{"200": {Description: "The rows", Content: content}}}
}
