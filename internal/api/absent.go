package api

import (
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"
)

// describeAbsence writes in the document how a request may leave something out: an optional parameter may be empty, as
// forms send it, and an optional property of a body may be null.
func describeAbsence(document *huma.OpenAPI, op *huma.Operation) {
	for _, p := range op.Parameters {
		p.AllowEmptyValue = p.In == "query" && !p.Required
	}
	if op.RequestBody == nil || op.Method == http.MethodGet {
		return
	}
	registry, seen := document.Components.Schemas, map[*huma.Schema]bool{}
	var walk func(s *huma.Schema)
	walk = func(s *huma.Schema) {
		if s != nil && s.Ref != "" {
			s = registry.SchemaFromRef(s.Ref)
		}
		if s == nil || seen[s] {
			return
		}
		seen[s] = true
		for name, property := range s.Properties {
			walk(property)
			if slices.Contains(s.Required, name) || property.Ref != "" {
				continue
			}
			property.Nullable = true
			if len(property.Enum) > 0 && !slices.Contains(property.Enum, nil) {
				property.Enum = append(property.Enum, nil)
			}
		}
		walk(s.Items)
		if inner, ok := s.AdditionalProperties.(*huma.Schema); ok {
			walk(inner)
		}
	}
	for _, content := range op.RequestBody.Content {
		walk(content.Schema)
	}
}
