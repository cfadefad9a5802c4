package explore

import (
	"context"
	"encoding/xml"
	"io"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"socle/internal/asset"
	"socle/internal/i18n"
)

// portrait is what the documents that describe whole datasets are made of.
type portrait struct {
	name   string // of the portal, "" when it has none
	site   string // address of the portal
	base   string // address of the API
	only   []string
	labels bool
}

// portrait reads what a description of the catalogue says of the exports of each dataset.
func (s *Service) portrait(p *parameters, base string) portrait {
	o := portrait{name: s.name.FR, site: strings.TrimSuffix(base, Prefix), base: base, only: fieldList(p.text("include_exports")), labels: p.boolean("use_labels_in_exports", true)}
	known := namesOf(exportFormats)
	for _, name := range o.only {
		if !slices.Contains(known, name) {
			p.fail("include_exports", name, i18n.T("des formats parmi\u00a0: %s", "formats among: %s", strings.Join(known, ", ")))
		}
	}
	return o
}

// distribution is a file of a dataset.
type distribution struct {
	format exportFormat
	url    string
}

func (o portrait) distributions(d *source) []distribution {
	if !d.hasData() {
		return nil
	}
	var list []distribution
	for _, f := range d.formats() {
		if len(o.only) > 0 && !slices.Contains(o.only, f.name) {
			continue
		}
		address := o.base + "/catalog/datasets/" + url.PathEscape(d.ID) + "/exports/" + f.name
		if o.labels && (f.name == "csv" || f.isSheet()) { // the formats that have a header
			address += "?use_labels=true"
		}
		list = append(list, distribution{f, address})
	}
	return list
}

// title is that of the whole catalogue.
func (o portrait) title() string {
	if o.name == "" {
		return "Catalogue des données"
	}
	return "Catalogue des données, " + o.name
}

func (o portrait) page(d *source) string { return o.site + "/jeux/" + d.ID }

// chosen are the datasets of a catalogue query, in its order.
func (s *Service) chosen(ctx context.Context, selected selection, list []*source, base string, f shape) ([]*source, error) {
	e := &evaluator{ctx: ctx, zone: f.zone, find: s.finder()}
	rows := e.filter(selected.plan, makeRows(list, base, f))
	e.sort(selected.plan, rows)
	var datasets []*source
	for _, row := range window(rows, selected.plan) {
		datasets = append(datasets, row.source)
	}
	return datasets, e.err
}

// dcat describes the datasets in the Data Catalog Vocabulary (https://www.w3.org/TR/vocab-dcat-3/).
func (o portrait) dcat(datasets []*source) []*resource {
	catalogue := &resource{address: o.site + "/", class: "dcat:Catalog"}
	catalogue.say("dct:title", o.title())
	catalogue.say("dct:description", "Les jeux de données publiés sur ce portail.")
	if o.name != "" {
		publisher := &resource{address: o.site + "/#portail", class: "foaf:Agent"}
		publisher.say("foaf:name", o.name)
		catalogue.have("dct:publisher", publisher)
	}
	catalogue.link("foaf:homepage", o.site+"/")
	catalogue.link("dct:language", languageFrench)
	for _, d := range datasets {
		catalogue.have("dcat:dataset", o.dataset(d))
	}
	return []*resource{catalogue}
}

const languageFrench = "http://publications.europa.eu/resource/authority/language/FRA"

func (o portrait) dataset(d *source) *resource {
	r := &resource{address: o.page(d), class: "dcat:Dataset"}
	r.plain("dct:identifier", d.UID)
	r.plain("adms:identifier", d.ID)
	r.say("dct:title", d.Title)
	r.say("dct:description", first(textOf(d.html), d.Title))
	for _, word := range d.Keywords {
		r.say("dcat:keyword", word)
	}
	for _, theme := range d.Themes {
		concept := &resource{class: "skos:Concept"}
		concept.say("skos:prefLabel", theme)
		r.have("dcat:theme", concept)
	}
	r.typed("dct:issued", second(d.CreatedAt, time.UTC), "xsd:dateTime")
	r.typed("dct:modified", second(d.modified(), time.UTC), "xsd:dateTime")
	r.link("dct:language", languageFrench)
	r.link("dcat:landingPage", o.page(d))
	r.link("dct:accessRights", accessRights[d.Level])
	publisher := &resource{address: o.site + "/organisations/" + d.organization.Slug, class: "foaf:Organization"}
	publisher.plain("foaf:name", d.organization.Name)
	r.have("dct:publisher", publisher)
	if contact := contactOf(d); contact != nil {
		r.have("dcat:contactPoint", contact)
	}
	if d.CoverageStart != "" || d.CoverageEnd != "" {
		period := &resource{class: "dct:PeriodOfTime"}
		period.typed("dcat:startDate", d.CoverageStart, dayType(d.CoverageStart))
		period.typed("dcat:endDate", d.CoverageEnd, dayType(d.CoverageEnd))
		r.have("dct:temporal", period)
	}
	if d.Spatial != "" {
		place := &resource{class: "dct:Location"}
		place.say("skos:prefLabel", d.Spatial)
		r.have("dct:spatial", place)
	}
	for _, file := range o.distributions(d) {
		r.have("dcat:distribution", o.distribution(d, file))
	}
	if original := o.original(d); original != nil && len(o.only) == 0 {
		r.have("dcat:distribution", original)
	}
	return r
}

// accessRights are the levels in the vocabulary of the European Union.
var accessRights = map[asset.Level]string{asset.Open: authority + "access-right/PUBLIC", asset.Internal: authority + "access-right/NON_PUBLIC", asset.Restricted: authority + "access-right/RESTRICTED"}

const authority = "http://publications.europa.eu/resource/authority/"

// fileTypes are the formats that the vocabulary of file types of the European Union has, by the end of their name.
var fileTypes = map[string]string{"csv": "CSV", "geojson": "GEOJSON", "json": "JSON", "jsonld": "JSON_LD", "kml": "KML", "n3": "N3", "ods": "ODS", "rdf": "RDF_XML",
	"shp.zip": "SHP", "ttl": "RDF_TURTLE", "xls": "XLS", "xlsx": "XLSX", "xml": "XML", "zip": "ZIP"}

// written says the format of a distribution: a term of the vocabulary where it has one.
func (r *resource) written(extension, name string) {
	if term := fileTypes[extension]; term != "" {
		r.link("dct:format", authority+"file-type/"+term)
		return
	}
	r.plain("dct:format", name)
}

// original is the file as its producer sent it, for those who see all of it; nil otherwise. It is the one whose size is known.
func (o portrait) original(d *source) *resource {
	if !d.hasData() || !d.view.Whole() || d.head.Original.Name == "" {
		return nil
	}
	address := o.page(d) + "/versions/" + strconv.Itoa(d.head.Number) + "/original"
	r := &resource{address: address, class: "dcat:Distribution"}
	r.say("dct:title", d.Title+" (fichier déposé)")
	r.link("dcat:accessURL", address)
	r.link("dcat:downloadURL", address)
	extension := strings.ToLower(strings.TrimPrefix(path.Ext(d.head.Original.Name), "."))
	r.written(extension, extension)
	if i := slices.IndexFunc(exportFormats, func(f exportFormat) bool { return f.extension == extension }); i >= 0 {
		r.media(exportFormats[i])
	}
	r.typed("dcat:byteSize", strconv.FormatInt(d.head.Original.Bytes, 10), "xsd:nonNegativeInteger")
	r.licensed(d)
	return r
}

// media says the media type of a distribution, a term of the registry of IANA.
func (r *resource) media(f exportFormat) {
	kind, _, _ := strings.Cut(f.mediaType, ";")
	r.link("dcat:mediaType", "https://www.iana.org/assignments/media-types/"+kind)
}

// licensed says what one may do with a distribution.
func (r *resource) licensed(d *source) {
	title, address := d.licence()
	if isAddress(address) {
		r.link("dct:license", address)
	}
	r.say("dct:rights", title)
}

func (o portrait) distribution(d *source, file distribution) *resource {
	r := &resource{address: file.url, class: "dcat:Distribution"}
	r.say("dct:title", d.Title+" ("+file.format.name+")")
	r.link("dcat:accessURL", file.url)
	r.link("dcat:downloadURL", file.url)
	r.written(file.format.extension, file.format.name)
	r.media(file.format)
	r.licensed(d)
	return r
}

// contactOf is who to write to: a mailbox or the address of a form.
func contactOf(d *source) *resource {
	contact := &resource{class: "vcard:Organization"}
	contact.plain("vcard:fn", d.organization.Name)
	switch {
	case isAddress(d.Contact):
		contact.link("vcard:hasURL", d.Contact)
	case mailbox.MatchString(d.Contact):
		contact.link("vcard:hasEmail", "mailto:"+d.Contact)
	default:
		return nil
	}
	return contact
}

var mailbox = regexp.MustCompile(`^[^\s@<>"]+@[^\s@<>"]+$`)

// isAddress reports whether a text is a link that may be written as one.
func isAddress(text string) bool {
	address, err := url.Parse(text)
	return err == nil && (address.Scheme == "https" || address.Scheme == "http") && address.Host != "" && !strings.ContainsAny(text, "<>\"{}|\\^` ")
}

// dayType is the type of a day, a month or a year.
func dayType(text string) string {
	return map[int]string{4: "xsd:gYear", 7: "xsd:gYearMonth"}[len(text)] + map[bool]string{true: "xsd:date"}[len(text) > 7]
}

var tags = regexp.MustCompile(`<[^>]*>`)

// textOf is a description without its marks.
func textOf(html string) string {
	text := tags.ReplaceAllString(html, " ")
	text = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&#34;", `"`, "&quot;", `"`, "&#39;", "'", "&amp;", "&", "&nbsp;", "\u00a0").Replace(text)
	return strings.Join(strings.Fields(text), " ")
}

// dublinCore describes the datasets with the fifteen elements (https://www.dublincore.org/specifications/dublin-core/dces/).
func (o portrait) dublinCore(datasets []*source) []*resource {
	var list []*resource
	for _, d := range datasets {
		r := &resource{address: o.page(d)}
		r.say("dc:title", d.Title)
		r.say("dc:description", textOf(d.html))
		for _, word := range slices.Concat(d.Themes, d.Keywords) {
			r.say("dc:subject", word)
		}
		r.plain("dc:publisher", d.organization.Name)
		r.plain("dc:date", d.modified().UTC().Format(time.DateOnly))
		r.plain("dc:type", "Dataset")
		r.plain("dc:identifier", d.UID)
		r.plain("dc:source", d.Source)
		r.plain("dc:language", "fr")
		r.plain("dc:coverage", d.Spatial)
		licence, _ := d.licence()
		r.plain("dc:rights", licence)
		list = append(list, r)
	}
	return list
}

// dataJSON describes the datasets in the schema of Project Open Data 1.1, which catalogues called "data.json" follow
// (https://resources.data.gov/resources/dcat-us/).
func (o portrait) dataJSON(datasets []*source) members {
	list := []members{}
	for _, d := range datasets {
		licence, address := d.licence()
		publisher := members{{"@type", "org:Organization"}, {"name", d.organization.Name}}
		level := map[asset.Level]string{asset.Open: "public", asset.Internal: "non-public", asset.Restricted: "restricted public"}[d.Level]
		m := members{{"@type", "dcat:Dataset"}, {"identifier", d.UID}, {"title", d.Title}, {"description", first(textOf(d.html), d.Title)}, {"keyword", orEmpty(d.Keywords)},
			{"theme", orEmpty(d.Themes)}, {"modified", second(d.modified(), time.UTC)}, {"issued", second(d.CreatedAt, time.UTC)}, {"publisher", publisher},
			{"accessLevel", level}, {"license", first(address, licence)}, {"language", []string{"fr"}}, {"landingPage", o.page(d)}}
		if mailbox.MatchString(d.Contact) {
			m = append(m, member{"contactPoint", members{{"@type", "vcard:Contact"}, {"fn", d.organization.Name}, {"hasEmail", "mailto:" + d.Contact}}})
		}
		if d.Spatial != "" {
			m = append(m, member{"spatial", d.Spatial})
		}
		if d.CoverageStart != "" && d.CoverageEnd != "" {
			m = append(m, member{"temporal", d.CoverageStart + "/" + d.CoverageEnd})
		}
		files := []members{}
		for _, file := range o.distributions(d) {
			kind, _, _ := strings.Cut(file.format.mediaType, ";")
			files = append(files, members{{"@type", "dcat:Distribution"}, {"title", d.Title + " (" + file.format.name + ")"}, {"format", file.format.name}, {"mediaType", kind}, {"downloadURL", file.url}})
		}
		list = append(list, append(m, member{"distribution", files}))
	}
	const schema = "https://project-open-data.cio.gov/v1.1/schema"
	return members{{"@context", schema + "/catalog.jsonld"}, {"@id", o.site + "/"}, {"@type", "dcat:Catalog"}, {"conformsTo", schema}, {"describedBy", schema + "/catalog.json"}, {"dataset", list}}
}

// The elements of a feed (https://www.rssboard.org/rss-specification).
type (
	rssFeed struct {
		XMLName xml.Name   `xml:"rss"`
		Version string     `xml:"version,attr"`
		Channel rssChannel `xml:"channel"`
	}
	rssChannel struct {
		Title       string    `xml:"title"`
		Link        string    `xml:"link"`
		Description string    `xml:"description"`
		Language    string    `xml:"language"`
		Items       []rssItem `xml:"item"`
	}
	rssItem struct {
		Title       string   `xml:"title"`
		Link        string   `xml:"link"`
		Description string   `xml:"description"`
		Categories  []string `xml:"category"`
		GUID        rssGUID  `xml:"guid"`
		PubDate     string   `xml:"pubDate"`
	}
	rssGUID struct {
		IsPermaLink bool   `xml:"isPermaLink,attr"`
		Text        string `xml:",chardata"`
	}
)

func (o portrait) rss(out io.Writer, datasets []*source) error {
	feed := rssFeed{Version: "2.0", Channel: rssChannel{Title: o.title(), Link: o.site + "/", Description: "Les jeux de données, du plus récemment mis à jour au plus ancien.", Language: "fr"}}
	for _, d := range datasets {
		feed.Channel.Items = append(feed.Channel.Items, rssItem{Title: d.Title, Link: o.page(d), Description: d.html, Categories: slices.Concat(d.Themes, d.Keywords),
			GUID: rssGUID{Text: d.UID + "/" + d.version()}, PubDate: d.modified().UTC().Format(time.RFC1123Z)})
	}
	if _, err := io.WriteString(out, xml.Header); err != nil {
		return err
	}
	encoder := xml.NewEncoder(out)
	encoder.Indent("", "  ")
	return encoder.Encode(feed)
}

// describe writes a document of whole datasets, and returns how many it holds.
func (o portrait) describe(out io.Writer, format string, datasets []*source) (int64, error) {
	var err error
	switch format {
	case "dcat", "rdf":
		err = writeRDFXML(out, o.dcat(datasets))
	case "ttl":
		err = writeTurtle(out, o.dcat(datasets))
	case "dublin_core":
		err = writeRDFXML(out, o.dublinCore(datasets))
	case "rss":
		err = o.rss(out, datasets)
	case "data.json":
		var body []byte
		if body, err = encode(o.dataJSON(datasets)); err == nil {
			_, err = out.Write(body)
		}
	}
	return int64(len(datasets)), err
}
