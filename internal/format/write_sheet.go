package format

import (
	"archive/zip"
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/schema"
)

// What a sheet of a workbook can hold.
const (
	SheetRows    = 1_048_576 // the header included
	sheetColumns = 16_384
	cellText     = 32_767 // characters
)

func tooManyRows() error {
	return fault.New(fault.Invalid, "sheet_too_long", i18n.T(
		"Une feuille de tableur ne peut pas contenir plus de 1 048 575 lignes de données. Filtrez les données, ou choisissez le format CSV ou Parquet.",
		"A spreadsheet cannot hold more than 1,048,575 rows of data. Filter the data, or choose CSV or Parquet."))
}

func checkColumns(n int) error {
	if n <= sheetColumns {
		return nil
	}
	return fault.New(fault.Invalid, "sheet_too_wide", i18n.T(
		"Une feuille de tableur ne peut pas contenir plus de 16 384 colonnes. Choisissez des colonnes, ou le format CSV ou Parquet.",
		"A spreadsheet cannot hold more than 16,384 columns. Choose columns, or CSV or Parquet."))
}

// exactInteger is the largest integer that a spreadsheet, which counts in doubles, keeps exactly.
const exactInteger = 1 << 53

// xlsxWriter writes a workbook of one sheet. The library keeps long sheets in a temporary file.
type xlsxWriter struct {
	w       io.Writer
	options WriteOptions
	file    *excelize.File
	stream  *excelize.StreamWriter
	fields  []schema.Field
	day     int // styles
	instant int
	rows    int
	cells   []any
}

func newXLSXWriter(w io.Writer, o WriteOptions) Writer { return &xlsxWriter{w: w, options: o} }

// Close implements [Writer].
func (x *xlsxWriter) Close() error {
	if x.file == nil {
		return nil
	}
	return x.file.Close()
}

func (x *xlsxWriter) Begin(s schema.Schema) (err error) {
	if err := checkColumns(len(s.Fields)); err != nil {
		return err
	}
	x.fields = s.Fields
	x.file = excelize.NewFile(excelize.Options{TmpDir: x.options.Scratch})
	sheet := sheetName(x.options.Title)
	if err := x.file.SetSheetName("Sheet1", sheet); err != nil {
		return fmt.Errorf("format: xlsx: %w", err)
	}
	bold, err := x.file.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return fmt.Errorf("format: xlsx: %w", err)
	}
	day, instant := "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"
	if x.day, err = x.file.NewStyle(&excelize.Style{CustomNumFmt: &day}); err != nil {
		return fmt.Errorf("format: xlsx: %w", err)
	}
	if x.instant, err = x.file.NewStyle(&excelize.Style{CustomNumFmt: &instant}); err != nil {
		return fmt.Errorf("format: xlsx: %w", err)
	}
	// The library would say that the sheet is one cell, which readers that stream believe.
	if err := x.file.SetSheetDimension(sheet, ""); err != nil {
		return fmt.Errorf("format: xlsx: %w", err)
	}
	if x.stream, err = x.file.NewStreamWriter(sheet); err != nil {
		return fmt.Errorf("format: xlsx: %w", err)
	}
	if err := x.stream.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return fmt.Errorf("format: xlsx: %w", err)
	}
	x.cells = make([]any, len(s.Fields))
	for i, f := range s.Fields {
		x.cells[i] = excelize.Cell{StyleID: bold, Value: x.options.neutral(x.options.title(f))}
	}
	x.rows = 1
	return x.stream.SetRow("A1", x.cells)
}

func (x *xlsxWriter) Row(values []any) error {
	x.rows++
	if x.rows > SheetRows {
		return tooManyRows()
	}
	for i, f := range x.fields {
		x.cells[i] = x.cell(f, values[i])
	}
	if err := x.stream.SetRow("A"+strconv.Itoa(x.rows), x.cells); err != nil {
		return fmt.Errorf("format: xlsx row %d: %w", x.rows, err)
	}
	return nil
}

// cell gives the library a value whose type it shows rightly: codes as text, days as days.
func (x *xlsxWriter) cell(f schema.Field, value any) any {
	switch v := value.(type) {
	case nil, bool:
		return v
	case time.Time:
		style := x.instant
		if f.Type == schema.Date {
			style = x.day
		}
		if v.Year() < 1900 || v.Year() > 9999 { // the calendar of spreadsheets begins in 1900
			return plain(f, v)
		}
		return excelize.Cell{StyleID: style, Value: wall(v)}
	case string:
		if f.Type != schema.Decimal {
			return cutText(x.options.neutral(v))
		}
	}
	if n, ok := sheetNumber(f, value); ok {
		return n
	}
	return cutText(plain(f, value))
}

// sheetNumber is a number that a spreadsheet, which counts in doubles and shows fifteen digits, keeps as it is; false
// for the others, which are to be written as texts.
func sheetNumber(f schema.Field, value any) (any, bool) {
	switch v := value.(type) {
	case int64:
		return v, v <= exactInteger && v >= -exactInteger
	case float64:
		return v, !math.IsNaN(v) && !math.IsInf(v, 0)
	case string:
		digits := strings.TrimLeft(strings.NewReplacer(".", "", "-", "").Replace(v), "0")
		n, err := strconv.ParseFloat(v, 64)
		return n, f.Type == schema.Decimal && err == nil && len(digits) <= 15
	}
	return nil, false
}

// wall is what the clock shows, as an instant of UTC: a spreadsheet knows no time zone.
func wall(v time.Time) time.Time {
	year, month, day := v.Date()
	hour, minute, second := v.Clock()
	return time.Date(year, month, day, hour, minute, second, v.Nanosecond(), time.UTC)
}

func (x *xlsxWriter) End() error {
	if err := x.stream.Flush(); err != nil {
		return fmt.Errorf("format: xlsx: %w", err)
	}
	if _, err := x.file.WriteTo(x.w); err != nil {
		return fmt.Errorf("format: xlsx: %w", err)
	}
	return nil
}

// sheetName makes a name that a workbook accepts: at most 31 characters, none of : \ / ? * [ ].
func sheetName(title string) string {
	name := strings.Map(func(r rune) rune {
		if strings.ContainsRune(`:\/?*[]'`, r) {
			return ' '
		}
		return r
	}, title)
	name = strings.TrimSpace(name)
	if runes := []rune(name); len(runes) > 31 {
		name = strings.TrimSpace(string(runes[:31]))
	}
	if name == "" {
		return "Données"
	}
	return name
}

// cutText cuts a text that is longer than a cell of Excel may be, and says so at its end: a longer one would make
// Excel call the file damaged. Lengths are in UTF-16, as Excel counts.
func cutText(text string) string {
	if len(text) <= cellText {
		return text
	}
	units := utf16.Encode([]rune(text))
	if len(units) <= cellText {
		return text
	}
	mark := fmt.Sprintf(" […] (%d caractères : texte entier en CSV, ODS ou Parquet)", utf8.RuneCountInString(text))
	kept := units[:cellText-len(utf16.Encode([]rune(mark)))]
	if utf16.IsSurrogate(rune(kept[len(kept)-1])) && kept[len(kept)-1] < 0xdc00 { // the first half of a character
		kept = kept[:len(kept)-1]
	}
	return string(utf16.Decode(kept)) + mark
}

// odsWriter writes an OpenDocument spreadsheet of one sheet, streaming (OpenDocument 1.2, part 1, chapter 9).
type odsWriter struct {
	nothingAside
	w       io.Writer
	options WriteOptions
	archive *zip.Writer
	content *bufio.Writer
	fields  []schema.Field
	rows    int
}

const (
	odsMedia    = "application/vnd.oasis.opendocument.spreadsheet"
	odsManifest = `<?xml version="1.0" encoding="UTF-8"?>
<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.2"><manifest:file-entry manifest:full-path="/" manifest:version="1.2" manifest:media-type="` + odsMedia + `"/><manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>`
	odsHead = `<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2"><office:body><office:spreadsheet><table:table table:name="`
	odsTail = `</table:table></office:spreadsheet></office:body></office:document-content>`
)

func newODSWriter(w io.Writer, o WriteOptions) Writer { return &odsWriter{w: w, options: o} }

func (o *odsWriter) Begin(s schema.Schema) error {
	if err := checkColumns(len(s.Fields)); err != nil {
		return err
	}
	o.fields = s.Fields
	o.archive = zip.NewWriter(o.w)
	// The media type comes first and uncompressed, so that the file is recognised by its first bytes.
	kind, err := o.archive.CreateHeader(&zip.FileHeader{Name: "mimetype", Method: zip.Store})
	if err != nil {
		return fmt.Errorf("format: ods: %w", err)
	}
	if _, err := io.WriteString(kind, odsMedia); err != nil {
		return fmt.Errorf("format: ods: %w", err)
	}
	manifest, err := o.archive.Create("META-INF/manifest.xml")
	if err != nil {
		return fmt.Errorf("format: ods: %w", err)
	}
	if _, err := io.WriteString(manifest, odsManifest); err != nil {
		return fmt.Errorf("format: ods: %w", err)
	}
	content, err := o.archive.Create("content.xml")
	if err != nil {
		return fmt.Errorf("format: ods: %w", err)
	}
	o.content = bufio.NewWriterSize(content, 64<<10)
	o.content.WriteString(odsHead)
	o.escape(sheetName(o.options.Title))
	o.content.WriteString(`"><table:table-row>`)
	for _, f := range s.Fields {
		o.text(o.options.neutral(o.options.title(f)))
	}
	o.rows = 1
	_, err = o.content.WriteString("</table:table-row>")
	return err
}

func (o *odsWriter) Row(values []any) error {
	o.rows++
	if o.rows > SheetRows {
		return tooManyRows()
	}
	o.content.WriteString("<table:table-row>")
	for i, f := range o.fields {
		o.cell(f, values[i])
	}
	_, err := o.content.WriteString("</table:table-row>")
	return err
}

func (o *odsWriter) cell(f schema.Field, value any) {
	written := plain(f, value)
	switch v := value.(type) {
	case nil:
		o.content.WriteString("<table:table-cell/>")
	case int64, float64:
		if _, ok := sheetNumber(f, v); !ok {
			o.text(written)
			return
		}
		o.typed("float", `office:value="`+written+`"`, written)
	case bool:
		o.typed("boolean", `office:boolean-value="`+written+`"`, written)
	case time.Time:
		if f.Type == schema.Datetime {
			written = v.Format("2006-01-02T15:04:05.999999")
		}
		o.typed("date", `office:date-value="`+written+`"`, written)
	case string:
		if _, ok := sheetNumber(f, v); ok {
			o.typed("float", `office:value="`+written+`"`, written)
			return
		}
		o.text(o.options.neutral(written))
	default:
		o.text(o.options.neutral(written))
	}
}

func (o *odsWriter) typed(kind, value, text string) {
	fmt.Fprintf(o.content, `<table:table-cell office:value-type="%s" %s><text:p>%s</text:p></table:table-cell>`, kind, value, text)
}

func (o *odsWriter) text(text string) {
	o.content.WriteString(`<table:table-cell office:value-type="string">`)
	for line := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		o.content.WriteString("<text:p>")
		o.spaced(line)
		o.content.WriteString("</text:p>")
	}
	o.content.WriteString("</table:table-cell>")
}

// spaced writes a line whose runs of spaces and tabs survive: readers fold plain ones into one space.
func (o *odsWriter) spaced(line string) {
	for line != "" {
		rest := strings.TrimLeft(line, " ")
		switch spaces := len(line) - len(rest); {
		case spaces > 0:
			fmt.Fprintf(o.content, `<text:s text:c="%d"/>`, spaces)
			line = rest
		case line[0] == '\t':
			o.content.WriteString("<text:tab/>")
			line = line[1:]
		default:
			end := strings.Index(line, "  ")
			if tab := strings.IndexByte(line, '\t'); tab >= 0 && (end < 0 || tab < end) {
				end = tab
			}
			if end < 0 {
				end = len(line)
			}
			o.escape(line[:end])
			line = line[end:]
		}
	}
}

// escape writes text as XML. The writer keeps its own error until it is flushed.
func (o *odsWriter) escape(text string) { _ = xml.EscapeText(o.content, []byte(text)) }

func (o *odsWriter) End() error {
	o.content.WriteString(odsTail)
	if err := o.content.Flush(); err != nil {
		return fmt.Errorf("format: ods: %w", err)
	}
	if err := o.archive.Close(); err != nil {
		return fmt.Errorf("format: ods: %w", err)
	}
	return nil
}
