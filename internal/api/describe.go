package api

import (
	"github.com/danielgtaylor/huma/v2"

	"socle/internal/access"
)

// Describe writes in the document an operation that a raw route answers. op is as for [Register], with its parameters, its
// body and its good answers, whose types it adds to the registry; the problems are added here.
func (a *API) Describe(permission access.Permission, op func(huma.Registry) huma.Operation) {
	document := a.huma.OpenAPI()
	described := op(document.Components.Schemas)
	if !permission.IsPublic() {
		described.Security = []map[string][]string{{"token": {}}}
	}
	a.describeProblems(&described, permission)
	document.AddOperation(&described)
}
