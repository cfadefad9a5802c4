package registry

import (
	"encoding/json"
	"net/http"
	"net/url"

	"socle/internal/web"
)

// The catalogue of the registry, as https://opendataschema.frama.io/catalog/ describes it and schema.data.gouv.fr
// publishes its own, so that the tools that read that one read this one.
type (
	catalogueFile struct {
		Schema  string          `json:"$schema"`
		Version int             `json:"version"`
		Schemas []catalogueItem `json:"schemas"`
	}
	catalogueItem struct {
		Name        string             `json:"name"`
		Title       string             `json:"title"`
		Description string             `json:"description"`
		SchemaURL   string             `json:"schema_url"`
		SchemaType  Kind               `json:"schema_type"`
		Homepage    string             `json:"homepage"`
		Versions    []catalogueVersion `json:"versions"`
	}
	catalogueVersion struct {
		Name      string `json:"version_name"`
		SchemaURL string `json:"schema_url"`
	}
)

const catalogueSchema = "https://opendataschema.frama.io/catalog/schema-catalog.json"

// base is the public address of the portal, without a final slash.
func (s *Service) base(r *http.Request) string {
	if s.options.URL != "" {
		return s.options.URL
	}
	return web.URL(r, "")
}

// showCatalogue lists every schema and version for programs.
func (s *Service) showCatalogue(w http.ResponseWriter, r *http.Request) error {
	all, err := s.List(r.Context(), "")
	if err != nil {
		return err
	}
	base := s.base(r)
	file := catalogueFile{Schema: catalogueSchema, Version: 1, Schemas: []catalogueItem{}}
	for _, schema := range all {
		item := catalogueItem{Name: schema.Ref.String(), Title: schema.Title, Description: schema.Description, SchemaType: schema.Kind,
			SchemaURL: base + documentPath(schema.Ref, Latest), Homepage: base + schemaPath(schema.Ref)}
		for i := len(schema.Versions) - 1; i >= 0; i-- {
			number := schema.Versions[i].Number
			item.Versions = append(item.Versions, catalogueVersion{number, base + documentPath(schema.Ref, number)})
		}
		file.Schemas = append(file.Schemas, item)
	}
	forEverybody(w, "application/json; charset=utf-8", "public, no-cache")
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(file) // the reader may have left; there is nobody to tell
	return nil
}

// showDocument gives the document of a version, byte for byte.
func (s *Service) showDocument(w http.ResponseWriter, r *http.Request) error {
	asked := r.PathValue("version")
	_, v, err := s.Version(r.Context(), refOf(r), asked)
	if err != nil {
		return err
	}
	cache := "public, max-age=31536000, immutable"
	if asked != v.Number {
		cache = "public, no-cache"
	}
	tag := `"` + v.SHA256 + `"`
	forEverybody(w, "application/json; charset=utf-8", cache)
	w.Header().Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	_, _ = w.Write(v.Document) // the reader may have left; there is nobody to tell
	return nil
}

// forEverybody lets the programs of other sites read an answer: a schema is made to be taken from elsewhere.
func forEverybody(w http.ResponseWriter, media, cache string) {
	h := w.Header()
	h.Set("Content-Type", media)
	h.Set("Cache-Control", cache)
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("X-Content-Type-Options", "nosniff")
}

// refOf is the schema that an address names.
func refOf(r *http.Request) Ref { return Ref{r.PathValue("owner"), r.PathValue("name")} }

const pathSchemas = "/schemas"

// schemaPath is the address of a schema, or of a page about it.
func schemaPath(ref Ref, page ...string) string {
	path := pathSchemas + "/" + url.PathEscape(ref.Owner) + "/" + url.PathEscape(ref.Name)
	for _, part := range page {
		path += "/" + url.PathEscape(part)
	}
	return path
}

func documentPath(ref Ref, number string) string { return schemaPath(ref, number, "schema.json") }
