package web

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// apiPagePath presents the OpenAPI document to people, without a script from elsewhere.
const apiPagePath = "/documentation/api"

// apiDocument is what the page reads of an OpenAPI document.
type apiDocument struct {
	Address string `json:"-"` // of the document itself
	Info    struct {
		Title, Version, Description string
	}
	Servers []struct{ URL string }
	Paths   map[string]map[string]apiOperation
}

type apiOperation struct {
	Method, Path         string `json:"-"`
	OperationID          string
	Summary, Description string
	Tags                 []string
	Parameters           []struct {
		Name, In, Description string
		Required              bool
		Schema                struct {
			Type    any
			Default any
			Enum    []any
		}
	}
	Security  []map[string][]string
	Responses map[string]struct{ Description string }
}

// operations lists the operations by path, then in the order in which a resource lives.
func (d apiDocument) operations() []apiOperation {
	order := []string{"get", "post", "put", "patch", "delete"}
	var all []apiOperation
	for path, methods := range d.Paths {
		for method, operation := range methods {
			if slices.Contains(order, method) {
				operation.Method, operation.Path = strings.ToUpper(method), path
				all = append(all, operation)
			}
		}
	}
	slices.SortFunc(all, func(a, b apiOperation) int {
		if c := strings.Compare(a.Path, b.Path); c != 0 {
			return c
		}
		return slices.Index(order, strings.ToLower(a.Method)) - slices.Index(order, strings.ToLower(b.Method))
	})
	return all
}

// anchor names the part of the page about an API.
func (d apiDocument) anchor() string {
	return strings.Trim(strings.ReplaceAll(strings.TrimSuffix(d.Address, "/openapi.json"), "/", "-"), "-")
}

func (d apiDocument) server() string {
	if len(d.Servers) == 0 {
		return ""
	}
	return d.Servers[0].URL
}

func (o apiOperation) statuses() string {
	var codes []string
	for code := range o.Responses {
		if code != "default" {
			codes = append(codes, code)
		}
	}
	slices.Sort(codes)
	return strings.Join(codes, ", ")
}

func (s *Site) showAPI(w http.ResponseWriter, r *http.Request) error {
	first, err := readDocument("/api/v1/openapi.json", s.options.OpenAPI)
	if err != nil {
		return err
	}
	var more []apiDocument
	for _, described := range s.options.MoreAPIs {
		document, err := readDocument(described.URL, described.Document)
		if err != nil {
			return err
		}
		more = append(more, document)
	}
	return Render(w, r, http.StatusOK, apiPage(first, more))
}

func readDocument(address string, write DocumentFunc) (apiDocument, error) {
	document := apiDocument{Address: address}
	text, err := write()
	if err != nil {
		return document, err
	}
	return document, json.Unmarshal(text, &document)
}

// typeName writes a JSON Schema type, which may be a list: "string", "string, null".
func typeName(t any) string {
	switch t := t.(type) {
	case string:
		return t
	case []any:
		names := make([]string, len(t))
		for i, name := range t {
			names[i] = typeName(name)
		}
		return strings.Join(names, ", ")
	}
	return ""
}
