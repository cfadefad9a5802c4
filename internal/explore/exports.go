package explore

import (
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"hash"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"

	"socle/internal/engine"
	"socle/internal/fault"
	"socle/internal/format"
	"socle/internal/i18n"
	"socle/internal/query"
	"socle/internal/schema"
	"socle/internal/web"
)

// The types of what is exported.
const (
	mediaCSV     = "text/csv; charset=utf-8"
	mediaJSON    = "application/json; charset=utf-8"
	mediaNDJSON  = "application/x-ndjson; charset=utf-8"
	mediaGeoJSON = "application/geo+json; charset=utf-8"
	mediaXLSX    = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	mediaParquet = "application/vnd.apache.parquet"
)

// exportFormat is a format in which rows can be taken away.
type exportFormat struct {
	name      string
	extension string
	mediaType string
	spatial   bool          // only where there is a place to draw
	native    engine.Format // written by the engine itself; "" when format writes it row by row
}

// exportFormats lists the formats, under the names that addresses give them.
var exportFormats = []exportFormat{
	{"csv", "csv", mediaCSV, false, engine.CSV},
	{"geojson", "geojson", mediaGeoJSON, true, ""},
	{"json", "json", mediaJSON, false, engine.JSON},
	{"jsonl", "jsonl", mediaNDJSON, false, engine.NDJSON},
	{"parquet", "parquet", mediaParquet, false, engine.Parquet},
	{"xlsx", "xlsx", mediaXLSX, false, ""},
}

// formatNamed returns the format that an address names; "ndjson" is what others call jsonl.
func formatNamed(name string, offered []exportFormat) (exportFormat, error) {
	if name == "ndjson" {
		name = "jsonl"
	}
	i := slices.IndexFunc(offered, func(f exportFormat) bool { return f.name == name })
	if i >= 0 {
		return offered[i], nil
	}
	return exportFormat{}, fault.New(fault.Invalid, codeParameter, i18n.T(
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

// formats lists the formats of a dataset: those of maps only when it has a place.
func (d *source) formats() []exportFormat {
	_, spatial := d.fields.First(schema.Point, schema.Geometry)
	return slices.DeleteFunc(slices.Clone(exportFormats), func(f exportFormat) bool { return f.spatial && !spatial })
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
}

func (p *parameters) export(f exportFormat) exportOptions {
	o := exportOptions{format: f, compressed: p.boolean("compressed", false), labels: p.boolean("use_labels", false),
		neutral: p.boolean("neutralise_formulas", false), shape: p.shape()}
	if epsg := p.integer("epsg", 4326, 0, 1_000_000); epsg != 4326 {
		p.fail("epsg", strconv.Itoa(epsg), i18n.T("4326 : les positions ne sont données qu’en WGS 84", "4326: positions are given in WGS 84 only"))
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
	request, options := p.whole(), p.export(f)
	if p.err != nil {
		return p.err
	}
	plan, err := d.plan(request)
	if err != nil {
		return err
	}
	header := w.Header()
	freshness(header, d.everybody)
	header.Set("X-Socle-Version", strconv.Itoa(d.head.Number))
	if unchanged(w, r, keyOf("export", plan.Key(), f.name, fmt.Sprint(options.copy, options.compressed, options.labels, options.neutral), options.shape.key(s, r))) {
		return nil
	}
	if n, known := knownRows(d, plan); known {
		header.Set("X-Total-Count", strconv.FormatInt(n, 10))
	}
	name := fmt.Sprintf("%s-v%d.%s", d.ID, d.head.Number, f.extension)
	return s.stream(w, r, download{name: name, mediaType: f.mediaType, compressed: options.compressed}, func(ctx context.Context, out io.Writer) (int64, error) {
		if f.native != "" {
			return s.engine.Copy(ctx, plan, options.copy, out)
		}
		return s.writeRows(ctx, d, plan, options, out)
	})
}

// knownRows is the number of rows of an export when it needs no counting.
func knownRows(d *source, plan *query.Plan) (int64, bool) {
	if plan.Where != nil || len(plan.Refinements) > 0 || plan.Grouped || !d.view.Whole() {
		return 0, false
	}
	n := max(d.head.Rows-int64(plan.Offset), 0)
	if plan.Limit >= 0 {
		n = min(n, int64(plan.Limit))
	}
	return n, true
}

// writeRows writes row by row the formats that the engine does not know.
func (s *Service) writeRows(ctx context.Context, d *source, plan *query.Plan, o exportOptions, out io.Writer) (int64, error) {
	rows, err := s.engine.Query(ctx, plan)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	writer := format.NewWriter(o.format.name, out, format.WriteOptions{Neutralise: o.neutral, Labels: o.labels, Title: d.Title, Scratch: s.scratch})
	if writer == nil {
		return 0, fmt.Errorf("no writer for the format %q", o.format.name)
	}
	if err := writer.Begin(schemaOf(rows.Columns())); err != nil {
		return 0, err
	}
	var n int64
	for rows.Next() {
		values := rows.Values()
		for i, value := range values {
			if t, ok := localTime(value, rows.Columns()[i].Type(), o.shape.zone); ok {
				values[i] = t
			}
		}
		if err := writer.Row(values); err != nil {
			return n, err
		}
		n++
	}
	if err := rows.Err(); err != nil {
		return n, err
	}
	return n, writer.End()
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

// download is a file being sent.
type download struct {
	name       string
	mediaType  string
	compressed bool // as a gzip file, not as an encoding of the transport
}

// stream sends a file that write makes while it leaves. Nothing is sent before the first byte, so that an error
// before it is still answered as one; after it, an error cuts the connection, so that half a file is never taken for a
// whole one. Row count and digests follow in trailers.
func (s *Service) stream(w http.ResponseWriter, r *http.Request, file download, write func(context.Context, io.Writer) (int64, error)) error {
	h := w.Header()
	h.Set("Content-Type", file.mediaType)
	if file.compressed {
		file.name += ".gz"
		h.Set("Content-Type", "application/gzip")
	}
	h.Set("Content-Disposition", disposition(file.name))
	if r.Method == http.MethodHead {
		return nil
	}
	web.Stream(w)
	names := []string{"Socle-Row-Count", "Socle-Digest"}
	if encoding := r.Header.Get("Accept-Encoding"); !strings.Contains(encoding, "gzip") && !strings.Contains(encoding, "br") {
		// The digest of the representation covers its encoding, which the site chooses: it is known here only without one.
		names = append(names, "Repr-Digest")
	}
	h.Set("Trailer", strings.Join(names, ", "))
	out := &counted{w: w, sum: sha256.New()}
	rows, err := writeFile(r.Context(), out, file.compressed, write)
	if err != nil {
		if !out.begun {
			return err
		}
		if r.Context().Err() == nil {
			s.log.ErrorContext(r.Context(), "export interrupted", slog.String("path", r.URL.Path), slog.Any("error", err))
		}
		panic(http.ErrAbortHandler) // the documented way of net/http to cut an answer short
	}
	digest := "sha-256=:" + base64.StdEncoding.EncodeToString(out.sum.Sum(nil)) + ":"
	h.Set("Socle-Row-Count", strconv.FormatInt(rows, 10))
	for _, name := range names[1:] {
		h.Set(name, digest)
	}
	return nil
}

func writeFile(ctx context.Context, out io.Writer, compressed bool, write func(context.Context, io.Writer) (int64, error)) (int64, error) {
	if !compressed {
		return write(ctx, out)
	}
	zipped := gzip.NewWriter(out)
	rows, err := write(ctx, zipped)
	if err != nil {
		return rows, err
	}
	return rows, zipped.Close()
}

// counted passes bytes on and digests them.
type counted struct {
	w     io.Writer
	sum   hash.Hash
	begun bool
}

func (c *counted) Write(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil // writing nothing would send the headers
	}
	c.begun = true
	n, err := c.w.Write(b)
	c.sum.Write(b[:n])
	return n, err
}

// disposition names a downloaded file.
func disposition(name string) string {
	if header := mime.FormatMediaType("attachment", map[string]string{"filename": path.Base(name)}); header != "" {
		return header
	}
	return "attachment"
}
