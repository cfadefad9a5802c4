package catalog

import (
	"strconv"
	"strings"
	"time"

	"socle/internal/asset"
	"socle/internal/identity"
	"socle/internal/schema"
)

// JSON-LD of a dataset in the vocabulary of schema.org, as dataset search engines read it:
// https://schema.org/Dataset and https://developers.google.com/search/docs/appearance/structured-data/dataset.
type (
	ldDataset struct {
		Context             string          `json:"@context"`
		Type                string          `json:"@type"`
		ID                  string          `json:"@id"`
		Name                string          `json:"name"`
		Description         string          `json:"description"`
		URL                 string          `json:"url"`
		Identifier          string          `json:"identifier"`
		Keywords            []string        `json:"keywords,omitempty"`
		Licence             string          `json:"license,omitempty"`
		IsAccessibleForFree bool            `json:"isAccessibleForFree"`
		Creator             *ldOrganization `json:"creator,omitempty"`
		Publisher           *ldOrganization `json:"publisher,omitempty"`
		TemporalCoverage    string          `json:"temporalCoverage,omitempty"`
		SpatialCoverage     *ldPlace        `json:"spatialCoverage,omitempty"`
		Variables           []ldVariable    `json:"variableMeasured,omitempty"`
		Version             string          `json:"version,omitempty"`
		DateCreated         string          `json:"dateCreated,omitempty"`
		DatePublished       string          `json:"datePublished,omitempty"`
		DateModified        string          `json:"dateModified,omitempty"`
		IsBasedOn           string          `json:"isBasedOn,omitempty"`
		InCatalog           *ldDataCatalog  `json:"includedInDataCatalog,omitempty"`
		Distribution        []ldDownload    `json:"distribution,omitempty"`
	}
	ldOrganization struct {
		Type string `json:"@type"`
		Name string `json:"name"`
		URL  string `json:"url,omitempty"`
	}
	ldPlace struct {
		Type string `json:"@type"`
		Name string `json:"name"`
	}
	ldVariable struct {
		Type        string `json:"@type"`
		Name        string `json:"name"`
		Description string `json:"description,omitempty"`
		Unit        string `json:"unitText,omitempty"`
		Concept     string `json:"propertyID,omitempty"`
		CodeList    string `json:"valueReference,omitempty"`
		Norm        string `json:"measurementTechnique,omitempty"`
	}
	ldDataCatalog struct {
		Type string `json:"@type"`
		Name string `json:"name"`
		URL  string `json:"url"`
	}
	ldDownload struct {
		Type   string `json:"@type"`
		Name   string `json:"name"`
		Format string `json:"encodingFormat,omitempty"`
		URL    string `json:"contentUrl"`
		Size   string `json:"contentSize,omitempty"` // in bytes, as text
		SHA256 string `json:"sha256,omitempty"`
	}
)

// The bounds that search engines put on a description, in characters.
const (
	ldShortest = 50
	ldLongest  = 5000
)

// ldContent is what the JSON-LD of a dataset is made from.
type ldContent struct {
	Dataset     asset.Dataset
	Producer    identity.Organization
	Description string // plain text
	Site        string // name of the portal
	Base        string // public address of the portal, without a final slash
	Fields      []schema.Field
	Version     int // 0: none
	PublishedAt time.Time
	Downloads   []download
}

// ldOf describes an open dataset to search engines. Times have the precision of a second.
func ldOf(c ldContent) ldDataset {
	d := c.Dataset
	url := c.Base + datasetPath(d.ID)
	description := c.Description
	if len([]rune(description)) < ldShortest {
		if description != "" {
			description += " — "
		}
		description += "Jeu de données « " + d.Title + " » publié par " + c.Producer.Name + " sur " + c.Site + "."
	}
	ld := ldDataset{
		Context: "https://schema.org", Type: "Dataset", ID: url, Name: d.Title, URL: url, Identifier: d.ID,
		Description: shorten(description, ldLongest), Keywords: append(append([]string{}, d.Keywords...), d.Themes...),
		IsAccessibleForFree: true, TemporalCoverage: ldPeriod(d.CoverageStart, d.CoverageEnd),
		DateCreated: ldTime(d.CreatedAt), DatePublished: ldTime(c.PublishedAt), DateModified: ldTime(lastChange(d)),
		IsBasedOn: safeLink(d.Source),
		InCatalog: &ldDataCatalog{Type: "DataCatalog", Name: c.Site, URL: c.Base + "/"},
	}
	if licence := licenceOf(d.Licence); licence.URL != "" {
		ld.Licence = licence.URL
	}
	if c.Producer.Name != "" {
		producer := &ldOrganization{Type: "Organization", Name: c.Producer.Name, URL: c.Base + organizationPath(c.Producer.Slug)}
		ld.Creator, ld.Publisher = producer, producer
	}
	if d.Spatial != "" {
		ld.SpatialCoverage = &ldPlace{Type: "Place", Name: d.Spatial}
	}
	if c.Version > 0 {
		ld.Version = strconv.Itoa(c.Version)
	}
	for _, f := range c.Fields {
		ld.Variables = append(ld.Variables, ldVariable{Type: "PropertyValue", Name: f.Label, Description: f.Description, Unit: f.Unit, Concept: d.Fields[f.Name].Concept,
			CodeList: ldCodeList(c.Base, d.Fields[f.Name].Nomenclature), Norm: d.Fields[f.Name].Norm})
	}
	for _, file := range c.Downloads {
		item := ldDownload{Type: "DataDownload", Name: file.Name.FR, Format: file.MediaType, URL: c.Base + file.URL, SHA256: file.SHA256}
		if file.Bytes > 0 {
			item.Size = strconv.FormatInt(file.Bytes, 10)
		}
		ld.Distribution = append(ld.Distribution, item)
	}
	return ld
}

// ldCodeList is the address of a code list, or its name.
func ldCodeList(base, nomenclature string) string {
	if to := codeListURL(nomenclature); strings.HasPrefix(to, "/") {
		return base + to
	}
	return nomenclature
}

// ldPeriod writes a period as an ISO 8601 interval; an open end is "..".
func ldPeriod(start, end string) string {
	switch {
	case start == "" && end == "":
		return ""
	case start == end:
		return start
	case start == "":
		return "../" + end
	case end == "":
		return start + "/.."
	}
	return start + "/" + end
}

func ldTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// lastChange is when the data or its description last changed.
func lastChange(d asset.Dataset) time.Time {
	if d.DescribedAt.After(d.PublishedAt) {
		return d.DescribedAt
	}
	return d.PublishedAt
}
