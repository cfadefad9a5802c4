package explore

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
)

// misfits reports what of a JSON text does not fit a schema.
func misfits(registry huma.Registry, schema *huma.Schema, text string) []error {
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		return []error{err}
	}
	var result huma.ValidateResult
	huma.Validate(registry, schema, huma.NewPathBuffer(nil, 0), huma.ModeReadFromServer, value, &result)
	return result.Errors
}

func TestAnswersAreWhatTheDescriptionOfTheAPISays(t *testing.T) {
	h := portal(t)
	d, err := h.assets.Get(h.admin, "etablissements")
	h.must(err)
	h.publish(d, schoolFields, schools(299)) // two versions, to be compared
	registry := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	values := strings.NewReplacer("{dataset_id}", "etablissements", "{version}", "2", "{record_id}", "0", "{attachment_id}", "original", "{format}", "json")
	for _, way := range h.service.ways() {
		operation := way.describe(registry)
		for _, query := range []string{"", "?include_links=true&include_app_metas=true&lang=en", "?timezone=Mars/Olympus", "?as_of=demain"} {
			response, body := h.get(Prefix + values.Replace(way.path) + query)
			described, known := operation.Responses[strconv.Itoa(response.StatusCode)]
			if !known {
				t.Errorf("%s%s answers %s, which is not described: %s", way.path, query, response.Status, body)
				continue
			}
			mediaType, _, _ := strings.Cut(response.Header.Get("Content-Type"), ";")
			content, known := described.Content[mediaType]
			if !known {
				if _, any := described.Content["*/*"]; !any {
					t.Errorf("%s%s answers %s in %s, which is not described", way.path, query, response.Status, mediaType)
				}
				continue
			}
			if content.Schema == nil {
				continue
			}
			for _, err := range misfits(registry, content.Schema, body) {
				t.Errorf("%s%s: %v in %s", way.path, query, err, body)
			}
		}
	}
}

func TestAWholeDatasetIsDescribedMemberByMember(t *testing.T) {
	h := portal(t)
	registry := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	schema := registry.Schema(reflect.TypeFor[datasetObject](), true, "")
	_, body := h.get(Prefix + "/catalog/datasets/etablissements?include_links=true")
	for _, err := range misfits(registry, schema, body) {
		t.Errorf("%v in %s", err, body)
	}
	if errs := misfits(registry, schema, strings.Replace(body, `"has_records":true`, `"has_records":"yes"`, 1)); len(errs) == 0 {
		t.Error("a text fits where a boolean is described")
	}
}

func TestTheDescriptionOfTheAPIIsOfferedWithItsLimits(t *testing.T) {
	h := portal(t)
	document := h.json("/openapi.json")
	paths := document["paths"].(map[string]any)
	for _, path := range []string{"/catalog/datasets", "/catalog/datasets/{dataset_id}/records", "/catalog/datasets/{dataset_id}/versions/{version}/exports/{format}"} {
		if paths[path] == nil {
			t.Errorf("%s is not described", path)
		}
	}
	for _, p := range paths["/catalog/datasets/{dataset_id}/records"].(map[string]any)["get"].(map[string]any)["parameters"].([]any) {
		parameter := p.(map[string]any)
		if parameter["name"] == "limit" && parameter["schema"].(map[string]any)["maximum"] != float64(maxGroupedLimit) {
			t.Errorf("limit: %v", parameter["schema"])
		}
	}
}

func TestAnExportOfTheCatalogueRefusesWhatItCannotRead(t *testing.T) {
	h := portal(t)
	if f := h.refused(400, "/catalog/exports/csv", "compressed", "peut-être"); f.Parameter != "compressed" {
		t.Errorf("%+v", f)
	}
}
