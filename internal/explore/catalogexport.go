package explore

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"socle/internal/fault"
	"socle/internal/format"
	"socle/internal/i18n"
	"socle/internal/query"
	"socle/internal/schema"
)

// The formats in which the catalogue can be exported: tables of its columns, and documents of whole datasets.
var catalogFormats = []exportFormat{
	{"csv", "csv", mediaCSV, needsNothing, ""},
	{"data.json", "json", mediaJSON, needsNothing, ""},
	{"dcat", "rdf", mediaRDF, needsNothing, ""},
	{"dublin_core", "rdf", mediaRDF, needsNothing, ""},
	{"json", "json", mediaJSON, needsNothing, ""},
	{"rdf", "rdf", mediaRDF, needsNothing, ""},
	{"rss", "rss", mediaRSS, needsNothing, ""},
	{"ttl", "ttl", mediaTurtle, needsNothing, ""},
	{"xlsx", "xlsx", mediaXLSX, needsNothing, ""},
}

// isTable reports whether a format of the catalogue holds the columns that select names.
func (f exportFormat) isTable() bool { return f.name == "csv" || f.name == "json" || f.name == "xlsx" }

// The columns of a catalogue written as a table when none is chosen.
const catalogColumns = "dataset_id, title, description, theme, keyword, license, publisher, references, territory, language, " +
	"modified, data_processed, metadata_processed, records_count, has_records, features"

// catalogExports lists the formats in which the catalogue can be exported.
func (s *Service) catalogExports(w http.ResponseWriter, r *http.Request) error {
	self := s.base(r) + "/catalog/exports"
	list := links{Links: []link{{"self", self}}}
	for _, f := range catalogFormats {
		list.Links = append(list.Links, link{f.name, self + "/" + f.name})
	}
	return s.writeJSON(w, r, keyOf("catalog exports", self), true, list)
}

// catalogFormatNamed returns the format of the catalogue that an address names.
func catalogFormatNamed(name string) (exportFormat, error) {
	i := slices.IndexFunc(catalogFormats, func(f exportFormat) bool { return f.name == name })
	if i >= 0 {
		return catalogFormats[i], nil
	}
	return exportFormat{}, notOffered(name, catalogFormats)
}

// catalogFile is the catalogue as a request asks for it in a file.
type catalogFile struct {
	format   exportFormat
	request  query.Request
	shape    shape
	csv      csvChoices
	labels   bool
	whole    portrait
	download download
}

// catalogFileOf reads what an export of the catalogue asks.
func (s *Service) catalogFileOf(r *http.Request) (catalogFile, error) {
	f, err := catalogFormatNamed(r.PathValue("format"))
	if err != nil {
		return catalogFile{}, err
	}
	p, err := parametersOf(r)
	if err != nil {
		return catalogFile{}, err
	}
	c := catalogFile{format: f, request: p.whole(), shape: p.shape(), labels: p.boolean("use_labels", false), whole: s.portrait(p, s.base(r))}
	c.csv.delimiter, c.csv.listSeparator, c.csv.quoteAll, c.csv.bom = p.csv()
	c.csv.neutral, c.shape.links = p.boolean("neutralise_formulas", false), false
	c.download = download{name: "catalogue." + f.extension, mediaType: f.mediaType, compressed: p.boolean("compressed", false)}
	asked := strings.TrimSpace(c.request.Select) != "" || c.request.GroupBy != ""
	switch {
	case p.err != nil:
		return c, p.err
	case !f.isTable() && asked:
		return c, fault.New(fault.Invalid, codeParameter, i18n.T(
			"Le format %s décrit des jeux de données entiers\u00a0: retirez select et group_by, ou choisissez csv, json ou xlsx.",
			"The format %s describes whole datasets: take select and group_by out, or choose csv, json or xlsx.", f.name)).At("select")
	case f.name == "rss" && c.request.OrderBy == "": // a feed begins with what is new
		c.request.OrderBy = "modified desc"
	case (f.name == "csv" || f.name == "xlsx") && !asked:
		c.request.Select = catalogColumns
	}
	return c, nil
}

// catalogExport sends the catalogue as a file.
func (s *Service) catalogExport(w http.ResponseWriter, r *http.Request) error {
	c, err := s.catalogFileOf(r)
	if err != nil {
		return err
	}
	selected, err := bindCatalog(c.request)
	if err != nil {
		return err
	}
	list, seen, everybody, err := s.sources(r.Context())
	if err != nil {
		return err
	}
	freshness(w.Header(), everybody)
	c.download.key = keyOf("catalog export", seen, c.format.name, r.URL.RawQuery, s.base(r))
	if unchanged(w, r, c.download.key) {
		return nil
	}
	if !c.format.isTable() {
		datasets, err := s.chosen(r.Context(), selected, list, s.base(r), c.shape)
		if err != nil {
			return err
		}
		w.Header().Set("X-Total-Count", strconv.Itoa(len(datasets)))
		return s.stream(w, r, c.download, func(_ context.Context, out io.Writer) (int64, error) {
			return c.whole.describe(out, c.format.name, datasets)
		})
	}
	rows, _, err := s.runCatalog(r.Context(), selected, list, s.base(r), c.shape)
	if err != nil {
		return err
	}
	w.Header().Set("X-Total-Count", strconv.Itoa(len(rows)))
	return s.stream(w, r, c.download, func(_ context.Context, out io.Writer) (int64, error) {
		return s.writeCatalog(out, c, selected.plan, rows)
	})
}

// writeCatalog writes the columns of a catalogue query.
func (s *Service) writeCatalog(out io.Writer, c catalogFile, plan *query.Plan, rows []json.Marshaler) (int64, error) {
	switch c.format.name {
	case "json":
		return writeArray(out, rows)
	case "csv":
		return writeCatalogCSV(out, plan, rows, c.csv)
	}
	writer := format.NewWriter("xlsx", out, format.WriteOptions{Neutralise: c.csv.neutral, Labels: c.labels, Title: "catalogue", Scratch: s.scratch})
	defer writer.Close()
	return writeTable(writer, plan, rows, c.csv.listSeparator)
}

func writeArray(out io.Writer, rows []json.Marshaler) (int64, error) {
	w := bufio.NewWriter(out)
	_, _ = w.WriteString("[") // a buffered writer keeps its error for Flush
	for i, row := range rows {
		if i > 0 {
			_, _ = w.WriteString(",\n")
		}
		body, err := encode(row)
		if err != nil {
			return 0, err
		}
		_, _ = w.Write(body)
	}
	_, _ = w.WriteString("]\n")
	return int64(len(rows)), w.Flush()
}

type csvChoices struct {
	delimiter     rune
	listSeparator string
	quoteAll, bom bool
	neutral       bool
}

// flat gives the values of a row, in the order of the columns.
func flat(row json.Marshaler, listSeparator string) []any {
	var values []any
	var walk func(m members)
	walk = func(m members) {
		for _, each := range m {
			switch v := each.value.(type) {
			case members:
				walk(v)
			case []string:
				values = append(values, strings.Join(v, listSeparator))
			default:
				values = append(values, v)
			}
		}
	}
	if m, ok := row.(members); ok {
		walk(m)
	}
	return values
}

func writeCatalogCSV(out io.Writer, plan *query.Plan, rows []json.Marshaler, c csvChoices) (int64, error) {
	if c.bom {
		if _, err := io.WriteString(out, "\ufeff"); err != nil {
			return 0, err
		}
	}
	w := newCSVWriter(out, c)
	header := make([]string, len(plan.Columns))
	for i, column := range plan.Columns {
		header[i], _ = pathOf(column.Name)
	}
	w.row(header)
	for _, row := range rows {
		values := flat(row, c.listSeparator)
		cells := make([]string, len(values))
		for i, value := range values {
			text, isText := value.(string)
			switch {
			case value == nil:
			case isText && c.neutral && text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])):
				cells[i] = "'" + text
			default:
				cells[i] = plainText(value)
			}
		}
		w.row(cells)
	}
	return int64(len(rows)), w.flush()
}

// plainText writes a value in one cell; a block of the object of a dataset is written as JSON.
func plainText(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case bool, int64, int, float64:
		return fmt.Sprint(v)
	}
	body, err := encode(value)
	if err != nil {
		return ""
	}
	return string(body)
}

// csvWriter writes rows as CSV, every cell between quotes when asked.
type csvWriter struct {
	w        *bufio.Writer
	csv      *csv.Writer
	quoteAll bool
	comma    rune
	err      error
}

func newCSVWriter(out io.Writer, c csvChoices) *csvWriter {
	w := bufio.NewWriter(out)
	writer := csv.NewWriter(w)
	writer.Comma, writer.UseCRLF = c.delimiter, true
	return &csvWriter{w: w, csv: writer, quoteAll: c.quoteAll, comma: c.delimiter}
}

func (w *csvWriter) row(cells []string) {
	if w.err != nil {
		return
	}
	if !w.quoteAll {
		w.err = w.csv.Write(cells)
		return
	}
	quoted := make([]string, len(cells))
	for i, cell := range cells {
		quoted[i] = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
	}
	_, w.err = w.w.WriteString(strings.Join(quoted, string(w.comma)) + "\r\n")
}

func (w *csvWriter) flush() error {
	w.csv.Flush()
	if w.err == nil {
		w.err = w.csv.Error()
	}
	if err := w.w.Flush(); w.err == nil {
		w.err = err
	}
	return w.err
}

// writeTable writes rows with a writer of package format.
func writeTable(w format.Writer, plan *query.Plan, rows []json.Marshaler, listSeparator string) (int64, error) {
	s := schemaOf(plan.Columns)
	for i := range s.Fields {
		f := &s.Fields[i]
		name, _ := pathOf(f.Name)
		f.Name, f.Label = name, name
		if f.Type == schema.JSON {
			f.Type = schema.Text
		}
	}
	if err := w.Begin(s); err != nil {
		return 0, err
	}
	for _, row := range rows {
		values := flat(row, listSeparator)
		for i, value := range values {
			values[i] = typed(value, s.Fields[i].Type)
		}
		if err := w.Row(values); err != nil {
			return 0, err
		}
	}
	return int64(len(rows)), w.End()
}

// typed gives back to a value the type that JSON took from it.
func typed(value any, t schema.Type) any {
	switch v := value.(type) {
	case nil, int64, float64, bool:
		return v
	case string:
		if t == schema.Datetime {
			if moment, err := time.Parse(time.RFC3339, v); err == nil {
				return moment
			}
		}
		return v
	}
	return plainText(value)
}
