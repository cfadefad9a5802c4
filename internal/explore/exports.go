package explore

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"socle/internal/engine"
	"socle/internal/fault"
	"socle/internal/format"
	"socle/internal/i18n"
	"socle/internal/projection"
	"socle/internal/query"
	"socle/internal/schema"
)

// The types of what is exported.
const (
	mediaArrow   = "application/vnd.apache.arrow.stream"
	mediaCSV     = "text/csv; charset=utf-8"
	mediaFGB     = "application/flatgeobuf"
	mediaGPX     = "application/gpx+xml; charset=utf-8"
	mediaJSON    = "application/json; charset=utf-8"
	mediaNDJSON  = "application/x-ndjson; charset=utf-8"
	mediaJSONLD  = "application/ld+json; charset=utf-8"
	mediaGeoJSON = "application/geo+json; charset=utf-8"
	mediaICal    = "text/calendar; charset=utf-8"
	mediaKML     = "application/vnd.google-earth.kml+xml; charset=utf-8"
	mediaN3      = "text/n3; charset=utf-8"
	mediaODS     = "application/vnd.oasis.opendocument.spreadsheet"
	mediaParquet = "application/vnd.apache.parquet"
	mediaRSS     = "application/rss+xml; charset=utf-8"
	mediaRDF     = "application/rdf+xml; charset=utf-8"
	mediaTurtle  = "text/turtle; charset=utf-8"
	mediaXLSX    = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	mediaZip     = "application/zip"
)

// exportFormat is a format in which rows can be taken away.
type exportFormat struct {
	name      string
	extension string
	mediaType string
	needs     need
	native    engine.Format // written by the engine itself; "" when format writes it row by row
}

// need is what a dataset must have for a format to make sense.
type need int

const (
	needsNothing need = iota
	needsPlace        // a point or a geometry
	needsDay          // a day or an instant
)

// exportFormats lists the formats, under the names that addresses give them.
var exportFormats = []exportFormat{
	{"arrow", "arrows", mediaArrow, needsNothing, ""},
	{"csv", "csv", mediaCSV, needsNothing, engine.CSV},
	{"fgb", "fgb", mediaFGB, needsPlace, ""},
	{"geojson", "geojson", mediaGeoJSON, needsPlace, ""},
	{"gpx", "gpx", mediaGPX, needsPlace, ""},
	{"ical", "ics", mediaICal, needsDay, ""},
	{"json", "json", mediaJSON, needsNothing, engine.JSON},
	{"jsonl", "jsonl", mediaNDJSON, needsNothing, engine.NDJSON},
	{"jsonld", "jsonld", mediaJSONLD, needsNothing, ""},
	{"kml", "kml", mediaKML, needsPlace, ""},
	{"n3", "n3", mediaN3, needsNothing, ""},
	{"ods", "ods", mediaODS, needsNothing, ""},
	{"parquet", "parquet", mediaParquet, needsNothing, engine.Parquet},
	{"rdfxml", "rdf", mediaRDF, needsNothing, ""},
	{"shp", "shp.zip", mediaZip, needsPlace, ""},
	{"turtle", "ttl", mediaTurtle, needsNothing, ""},
	{"xlsx", "xlsx", mediaXLSX, needsNothing, ""},
}

// projects reports whether the coordinates of a format may be other than degrees.
func (f exportFormat) projects() bool {
	return f.name == "fgb" || f.name == "geojson" || f.name == "shp"
}

// isSheet reports whether a format is a sheet, which has an end.
func (f exportFormat) isSheet() bool { return f.name == "ods" || f.name == "xlsx" }

// isRDF reports whether rows become resources with addresses.
func (f exportFormat) isRDF() bool {
	return f.name == "jsonld" || f.name == "n3" || f.name == "rdfxml" || f.name == "turtle"
}

// otherNames are what others call formats, in addresses that are around.
var otherNames = map[string]string{"ics": "ical", "ical.ics": "ical", "ndjson": "jsonl", "rdf": "rdfxml", "ttl": "turtle"}

// formatNamed returns the format that an address names.
func formatNamed(name string, offered []exportFormat) (exportFormat, error) {
	if usual, known := otherNames[name]; known {
		name = usual
	}
	i := slices.IndexFunc(offered, func(f exportFormat) bool { return f.name == name })
	if i >= 0 {
		return offered[i], nil
	}
	return exportFormat{}, notOffered(name, offered)
}

// notOffered says that a format is not one of those offered, and which are.
func notOffered(name string, offered []exportFormat) error {
	return fault.New(fault.Invalid, codeParameter, i18n.T(
		"Le format d’export «\u00a0%s\u00a0» n’est pas proposé ici. Formats proposés\u00a0: %s.",
		"The export format “%s” is not offered here. Formats offered: %s.", short(name), strings.Join(namesOf(offered), ", "))).At("format")
}

func short(text string) string {
	if len(text) > 60 {
		return strings.ToValidUTF8(text[:60], "") + "…"
	}
	return text
}

func namesOf(formats []exportFormat) []string {
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = f.name
	}
	return names
}

// formats lists the formats of a dataset: those of maps only when it has a place, the agenda when it has days.
func (d *source) formats() []exportFormat {
	_, place := d.fields.First(schema.Point, schema.Geometry)
	_, day := d.fields.First(schema.Date, schema.Datetime)
	return slices.DeleteFunc(slices.Clone(exportFormats), func(f exportFormat) bool {
		return f.needs == needsPlace && !place || f.needs == needsDay && !day
	})
}

// exports lists the formats in which a dataset can be exported.
func (s *Service) exports(w http.ResponseWriter, r *http.Request) error {
	d, err := s.find(r.Context(), r.PathValue("dataset_id"))
	if err != nil {
		return err
	}
	self := s.base(r) + d.path() + "/exports"
	list := links{Links: []link{{"self", self}}}
	for _, f := range d.formats() {
		list.Links = append(list.Links, link{f.name, self + "/" + f.name})
	}
	return s.writeJSON(w, r, keyOf("exports", self, d.version(), d.view.Key()), d.everybody, list)
}

// exportOptions are the choices of an export.
type exportOptions struct {
	format     exportFormat
	copy       engine.CopyOptions
	compressed bool
	labels     bool
	neutral    bool
	shape      shape
	epsg       int
	name       string   // of GPX and KML: the field that names a place
	told       []string // of GPX: the fields of the description
	extensions bool     // of GPX
}

func (p *parameters) export(f exportFormat) exportOptions {
	o := exportOptions{format: f, compressed: p.boolean("compressed", false), labels: p.boolean("use_labels", false),
		neutral: p.boolean("neutralise_formulas", false), shape: p.shape()}
	o.epsg = p.system(f)
	switch f.name {
	case "gpx":
		o.name, o.told, o.extensions = p.text("name_field"), fieldList(p.text("description_field_list")), p.boolean("use_extension", true)
	case "kml":
		o.name = p.text("name_field")
	}
	o.copy = engine.CopyOptions{Format: f.native, Labels: o.labels, NeutralizeFormulas: o.neutral}
	switch f.native {
	case engine.CSV:
		o.copy.Delimiter, o.copy.ListSeparator, o.copy.QuoteAll, o.copy.BOM = p.csv()
	case engine.Parquet:
		o.copy.Compression = p.choice("parquet_compression", "snappy", "zstd")
	}
	return o
}

// system reads the system of coordinates that an export asks for.
func (p *parameters) system(f exportFormat) int {
	code := p.integer("epsg", projection.WGS84, 0, 1_000_000)
	if _, known := projection.EPSG(code); !known {
		var codes []string
		for _, common := range projection.Common() {
			codes = append(codes, strconv.Itoa(common))
		}
		p.fail("epsg", strconv.Itoa(code), i18n.T("un système connu, par exemple %s", "a system that is known, for example %s", strings.Join(codes, ", ")))
	} else if code != projection.WGS84 && !f.projects() {
		p.fail("epsg", strconv.Itoa(code), i18n.T(
			"4326 en %s\u00a0: seuls fgb, geojson et shp sont projetés dans un autre système", "4326 in %s: only fgb, geojson and shp are projected into another system", f.name))
	}
	return code
}

// fieldList cuts a text at its commas.
func fieldList(text string) []string {
	var parts []string
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}

// csv reads the choices that are those of CSV.
func (p *parameters) csv() (delimiter rune, listSeparator string, quoteAll, bom bool) {
	delimiter = rune(p.choice("delimiter", ";", ",", "\t", "|")[0])
	if listSeparator = p.text("list_separator"); listSeparator == "" {
		listSeparator = ","
	}
	if len(listSeparator) > 8 {
		p.fail("list_separator", listSeparator, i18n.T("8 octets au plus", "8 bytes at most"))
	}
	return delimiter, listSeparator, p.boolean("quote_all", false), p.boolean("with_bom", true)
}

// export sends the rows of a dataset as a file, streamed, from one version, in one order.
func (s *Service) export(w http.ResponseWriter, r *http.Request) error {
	d, err := s.find(r.Context(), r.PathValue("dataset_id"))
	if err != nil {
		return err
	}
	f, err := formatNamed(r.PathValue("format"), d.formats())
	if err != nil {
		return err
	}
	p, err := parametersOf(r)
	if err != nil {
		return err
	}
	request, options, why := p.whole(), p.export(f), p.boolean("explain", false)
	if p.err != nil {
		return p.err
	}
	if why {
		return s.explain(w, r, d, request)
	}
	if f.name == "ical" && p.text("timezone") == "" { // days and hours of an agenda are those of Paris, unless it says otherwise
		request.Timezone, options.shape.zone = pageZone, parisZone()
	}
	plan, write, err := s.writing(r, d, request, options)
	if err != nil {
		return err
	}
	header := w.Header()
	deprecate(header, plan)
	freshness(header, d.everybody)
	if f.needs == needsDay && d.everybody {
		header.Set("Cache-Control", agendaFreshness)
	}
	header.Set("X-Socle-Version", strconv.Itoa(d.head.Number))
	key := keyOf("export", plan.Key(), f.name, options.key(), options.shape.key(s, r), d.version(), d.edition(), strings.Join(request.Refine, "|"), s.base(r))
	if unchanged(w, r, key) {
		return nil
	}
	if n, known := knownRows(d, plan); known {
		header.Set("X-Total-Count", strconv.FormatInt(n, 10))
	}
	name := fmt.Sprintf("%s-v%d.%s", d.ID, d.head.Number, f.extension)
	return s.stream(w, r, download{key: key, name: name, mediaType: f.mediaType, compressed: options.compressed}, write)
}

// writing returns the plan of an export and what writes its file.
func (s *Service) writing(r *http.Request, d *source, request query.Request, o exportOptions) (*query.Plan, func(context.Context, io.Writer) (int64, error), error) {
	if o.format.name == "ical" {
		plan, calendar, err := s.agenda(r, d, request, o.shape)
		if err != nil {
			return nil, nil, err
		}
		return plan, func(ctx context.Context, out io.Writer) (int64, error) {
			return s.writeRows(ctx, plan, o, format.WriteOptions{Calendar: calendar}, out)
		}, nil
	}
	plan, err := d.plan(request)
	if err != nil {
		return nil, nil, err
	}
	if o.format.name != "json" { // only there has json_format a meaning
		plan = plan.Unformatted()
	}
	if err := o.refusesUnknown(plan.Columns); err != nil {
		return nil, nil, err
	}
	if o.format.isSheet() {
		if err := s.fitsSheet(r.Context(), d, plan, o.format); err != nil {
			return nil, nil, err
		}
	}
	how := format.WriteOptions{Neutralise: o.neutral, Labels: o.labels, Title: d.Title, Scratch: s.scratch, EPSG: o.epsg,
		NameField: o.name, DescriptionFields: o.told, Extensions: o.extensions}
	if o.format.isRDF() {
		how.Resource, plan.Position = s.base(r)+"/catalog/datasets/"+d.ID, !plan.Grouped
	}
	return plan, func(ctx context.Context, out io.Writer) (int64, error) {
		if o.format.native != "" {
			return s.engine.Copy(ctx, plan, o.copy, out)
		}
		return s.writeRows(ctx, plan, o, how, out)
	}, nil
}

// refusesUnknown refuses the names of columns that an export does not have.
func (o exportOptions) refusesUnknown(columns []query.Column) error {
	check := func(parameter string, names ...string) error {
		for _, name := range names {
			if name != "" && !slices.ContainsFunc(columns, func(c query.Column) bool { return c.Name == name }) {
				return fault.New(fault.Invalid, codeParameter, i18n.T(
					"Valeur incorrecte pour le paramètre %s\u00a0: «\u00a0%s\u00a0» n’est pas une colonne de l’export.",
					"Invalid value for the parameter %s: “%s” is not a column of the export.", parameter, short(name))).At(parameter)
			}
		}
		return nil
	}
	if err := check("name_field", o.name); err != nil {
		return err
	}
	return check("description_field_list", o.told...)
}

// fitsSheet refuses the rows that a sheet cannot hold, before any of them is read.
func (s *Service) fitsSheet(ctx context.Context, d *source, plan *query.Plan, f exportFormat) error {
	n, known := knownRows(d, plan)
	if !known {
		total, err := s.engine.Count(ctx, plan)
		if err != nil {
			return err
		}
		n = window64(total, plan)
	}
	if n < format.SheetRows {
		return nil
	}
	others := slices.DeleteFunc(namesOf(d.formats()), func(name string) bool { return name == "ods" || name == "xlsx" })
	return fault.New(fault.Invalid, codeParameter, i18n.T(
		"Une feuille de tableur a au plus %d lignes de données, et il y en a %d. Filtrez-les avec where, refine ou limit, ou choisissez un autre format\u00a0: %s.",
		"A sheet has at most %d rows of data, and there are %d. Filter them with where, refine or limit, or choose another format: %s.",
		format.SheetRows-1, n, strings.Join(others, ", "))).At("format")
}

// window64 is how many of the rows of a plan come out.
func window64(total int64, plan *query.Plan) int64 {
	n := max(total-int64(plan.Offset), 0)
	if plan.Limit >= 0 {
		n = min(n, int64(plan.Limit))
	}
	return n
}

// key writes the choices that change the bytes of a file.
func (o exportOptions) key() string {
	return fmt.Sprintf("%+v %t %t %t %d %q %q %t", o.copy, o.compressed, o.labels, o.neutral, o.epsg, o.name, o.told, o.extensions)
}

// knownRows is the number of rows of an export when it needs no counting.
func knownRows(d *source, plan *query.Plan) (int64, bool) {
	if plan.Where != nil || len(plan.Refinements) > 0 || plan.Grouped || !d.view.Whole() {
		return 0, false
	}
	return window64(d.head.Rows, plan), true
}

// schemaOf describes the columns of an answer as fields.
func schemaOf(columns []query.Column) schema.Schema {
	var s schema.Schema
	for _, column := range columns {
		f := column.Field
		f.Name, f.Label, f.Type = column.Name, first(column.Label, column.Name), column.Type()
		s.Fields = append(s.Fields, f)
	}
	return s
}
