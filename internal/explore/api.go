package explore

import (
	"cmp"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"socle/internal/access"
	"socle/internal/api"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
)

// Prefix is where the Explore API lives.
const Prefix = "/api/explore/v2.1"

// The addresses of a dataset and of the list of its versions.
const (
	datasetPath  = "/catalog/datasets/{dataset_id}"
	versionsPath = datasetPath + "/versions"
)

// way is a way into the Explore API.
type way struct {
	path    string // below the prefix
	handler api.Handler
	says    operation
}

// ways lists the ways that the description of the API shows.
func (s *Service) ways() []way {
	table := []way{
		{"/catalog", s.root, operation{"listEntryPoints", "The ways into the catalogue", nil, jsonAnswer[links]("The ways")}},
		{"/catalog/datasets", s.datasets, operation{"listDatasets", "Datasets of the catalogue", pageParameters, pageOf("A page of datasets", datasetSchema)}},
		{"/catalog/facets", s.catalogFacets, operation{"countDatasets", "Numbers of datasets by the values of their metadata", facetParameters, jsonAnswer[facetsAnswer]("The facets")}},
		{"/catalog/exports", s.catalogExports, operation{"listCatalogExports", "Formats in which the catalogue is exported", nil, jsonAnswer[links]("The formats")}},
		{"/catalog/exports/{format}", s.catalogExport, operation{"exportDatasets", "The catalogue as a file", catalogFileParameters, fileAnswer(catalogFormats)}},
		{datasetPath, s.dataset, operation{"getDataset", "What is known of a dataset", joined([]*huma.Param{selectParameter}, shapeParameters), datasetAnswer}},
		{datasetPath + "/records", s.records, operation{"listRecords", "Records of a dataset, or groups of them", joined(recordsParameters, []*huma.Param{explainParameter}), orExplained(pageOf("A page of records", recordSchema))}},
		{datasetPath + "/records/{record_id}", s.record, operation{"getRecord", "One record", joined([]*huma.Param{selectParameter}, shapeParameters), recordAnswer}},
		{datasetPath + "/facets", s.facets, operation{"countRecords", "Numbers of records by the values of fields", joined(facetParameters, []*huma.Param{explainParameter}), orObject[explainedFacets](jsonAnswer[facetsAnswer]("The facets"))}},
		{datasetPath + "/exports", s.exports, operation{"listExports", "Formats in which a dataset is exported", nil, jsonAnswer[links]("The formats")}},
		{datasetPath + "/exports/{format}", s.export, operation{"exportRecords", "The records of a dataset as a file", joined(exportParameters, []*huma.Param{explainParameter}), orExplained(fileAnswer(exportFormats))}},
		{datasetPath + "/diff", s.diff, operation{"compareVersions", "What changed between two versions", joined(diffParameters, diffPageParameters), jsonAnswer[diffPage]("The changes")}},
		{datasetPath + "/diff/exports/{format}", s.diffExport, operation{"exportChanges", "What changed between two versions, as a file: csv or jsonl", diffParameters, fileAnswer(diffFormats())}},
		{datasetPath + "/attachments", s.attachments, operation{"listAttachments", "Files that come with a dataset", nil, jsonAnswer[attachmentList]("The files")}},
		{datasetPath + "/attachments/{attachment_id}", s.attachment, operation{"getAttachment", "A file that comes with a dataset", nil, originalAnswer}},
	}
	for _, entry := range table { // each way into a dataset leads to its versions too
		if rest, ok := strings.CutPrefix(entry.path, datasetPath); ok {
			says := entry.says
			says.name, says.summary = says.name+"OfVersion", says.summary+", as of one version"
			table = append(table, way{versionsPath + "/{version}" + rest, entry.handler, says})
		}
	}
	return append(table,
		way{versionsPath, s.listVersions, operation{"listVersions", "Versions of a dataset, the newest first", []*huma.Param{zoneParameter}, jsonAnswer[versionList]("The versions")}},
		way{"/openapi.json", s.openAPI, operation{"describeAPI", "This description", nil, documentAnswer}})
}

// Routes are the ways into the Explore API. Anybody may take them; each handler asks what who asks may see. Give
// them to the door together with [Service.Fail], which writes errors in the shape of this API.
func (s *Service) Routes() api.Routes {
	var routes api.Routes
	for _, entry := range append(s.ways(), way{path: "/", handler: s.root}) {
		// With a final slash or without, and never a redirect: scripts do not follow them all.
		path := Prefix + strings.TrimSuffix(entry.path, "/")
		handler := s.asked(s.versioned(entry.handler))
		routes = append(routes, api.Route{Pattern: "GET " + path, Permission: access.Public, Handler: handler, Identify: s.identify},
			api.Route{Pattern: "GET " + path + "/{$}", Permission: access.Public, Handler: handler, Identify: s.identify})
	}
	return append(routes,
		api.Route{Pattern: "OPTIONS " + Prefix + "/{path...}", Permission: access.Public, Handler: s.options, Unlimited: true},
		api.Route{Pattern: "GET " + Prefix + "/{path...}", Permission: access.Public, Handler: s.nothing},
		api.Route{Pattern: Prefix + "/{path...}", Permission: access.Public, Handler: s.readOnly})
}

// asked puts around a handler what every answer has: headers for scripts of other sites.
func (s *Service) asked(next api.Handler) api.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		allowEverySite(w.Header())
		return next(w, r)
	}
}

// exposed are the headers that a script of another site may read.
const exposed = "ETag, Link, Content-Disposition, Retry-After, X-Socle-Version, X-Total-Count, Socle-Row-Count, Socle-Digest, Repr-Digest, " +
	"RateLimit, RateLimit-Policy, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, ODS-Explore-API-Deprecation"

// allowEverySite lets scripts of any site read the answer. Cookies are never sent along: there is no
// Access-Control-Allow-Credentials.
func allowEverySite(h http.Header) {
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", exposed)
}

// identify reads the key that a request carries in the manner of the Explore API. A session or a token that the
// site has read already stays.
func (s *Service) identify(r *http.Request) (*http.Request, error) {
	if !identity.From(r.Context()).IsAnonymous() {
		return r, nil
	}
	secret := cmp.Or(parameter(r, "apikey"), parameter(r, "access_token"))
	if scheme, value, _ := strings.Cut(r.Header.Get("Authorization"), " "); secret == "" &&
		(strings.EqualFold(scheme, "Apikey") || strings.EqualFold(scheme, "Bearer")) {
		secret = strings.TrimSpace(value)
	}
	if secret == "" {
		return r, nil
	}
	refused := fault.New(fault.Unauthenticated, "UnauthorizedError", i18n.T(
		"La clé donnée n’est pas connue, a expiré ou a été révoquée. Sans clé, les données ouvertes restent accessibles.",
		"The key given is not known, has expired or was revoked. Without a key, open data stays accessible."))
	if s.keys == nil {
		return r, refused
	}
	who, err := s.keys.TokenPrincipal(r.Context(), secret)
	switch {
	case fault.KindOf(err) == fault.Internal && err != nil:
		return r, err
	case err != nil:
		return r, refused.Because(err)
	case !who.Allows(identity.ScopeRead):
		return r, fault.New(fault.Forbidden, "ForbiddenError", i18n.T(
			"Cette clé ne permet pas de lire.", "This key does not allow reading."))
	}
	return r.WithContext(identity.With(r.Context(), who)), nil
}

func (s *Service) options(w http.ResponseWriter, r *http.Request) error {
	h := w.Header()
	allowEverySite(h)
	h.Set("Allow", "GET, HEAD, OPTIONS")
	h.Set("Access-Control-Allow-Methods", "GET, HEAD, OPTIONS")
	h.Set("Access-Control-Allow-Headers", "Authorization, Accept, Accept-Language, Content-Type, If-None-Match, X-Requested-With, ODS-API-Analytics-App, ODS-API-Analytics-Client")
	h.Set("Access-Control-Max-Age", "86400")
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Service) nothing(w http.ResponseWriter, r *http.Request) error {
	allowEverySite(w.Header())
	return unknownPath(r.URL.Path)
}

// readOnly answers the methods that this API does not have.
func (s *Service) readOnly(w http.ResponseWriter, r *http.Request) error {
	allowEverySite(w.Header())
	w.Header().Set("Allow", "GET, HEAD, OPTIONS")
	body, err := encode(failureOf(fault.New(fault.Invalid, "MethodNotAllowedError", i18n.T(
		"Cette API ne fait que lire : GET, HEAD ou OPTIONS.", "This API only reads: GET, HEAD or OPTIONS.")), parameter(r, "lang")))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(http.StatusMethodNotAllowed)
	_, _ = w.Write(body) // the client may have left; there is nobody to tell
	return nil
}

// root lists the ways into the catalogue.
func (s *Service) root(w http.ResponseWriter, r *http.Request) error {
	base := s.base(r)
	return s.writeJSON(w, r, "root "+base, true, links{Links: []link{
		{"self", base + "/catalog"}, {"datasets", base + "/catalog/datasets"}, {"facets", base + "/catalog/facets"},
		{"exports", base + "/catalog/exports"}}})
}
