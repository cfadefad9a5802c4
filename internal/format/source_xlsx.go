package format

import (
	"archive/zip"
	"bufio"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"path"
	"strconv"
	"strings"
	"time"

	"socle/internal/fault"
	"socle/internal/i18n"
)

// The reader of XLSX streams the XML of one sheet (ECMA-376 part 1, chapter 18): libraries either load the whole sheet or
// hide whether a number is a date.

// workbook is what must be known of a workbook before its cells can be read.
type workbook struct {
	zip      *zip.ReadCloser
	sheets   []string
	parts    []string // of each sheet
	date1904 bool     // days are counted from 1904, not from 1900
	shared   []string
	styles   []cellStyle
	limits   Limits
}

// cellStyle is what a number format makes of a number.
type cellStyle struct {
	date, clock bool
	zeros       int // digits to which the number is padded: "00000" is a code
}

func readXLSX(ctx context.Context, path string, o Options, out emit) (facts sourceFacts, err error) {
	w, err := openWorkbook(path, o.Limits)
	if err != nil {
		return facts, err
	}
	defer w.zip.Close()
	facts.sheets = w.sheets
	index, err := chooseSheet(w.sheets, o.Sheet)
	if err != nil {
		return facts, err
	}
	facts.sheet = w.sheets[index]
	facts.notes = manySheets(w.sheets, facts.sheet)
	merged, err := w.read(ctx, w.parts[index], o.Limits, out)
	if merged > 0 {
		facts.notes = append(facts.notes, Note{Code: "merged_cells", Text: i18n.T(
			"La feuille a %d zones de cellules fusionnées : seule la première cellule de chacune a une valeur.",
			"The sheet has %d merged areas: only the first cell of each has a value.", merged)})
	}
	return facts, err
}

func openWorkbook(file string, limits Limits) (_ *workbook, err error) {
	archive, err := zip.OpenReader(file)
	if err != nil {
		return nil, brokenWorkbook(err)
	}
	w := &workbook{zip: archive, limits: limits}
	defer func() {
		if err != nil {
			archive.Close()
		}
	}()
	for _, f := range archive.File {
		if f.Name == "EncryptedPackage" {
			return nil, fault.New(fault.Invalid, "workbook_encrypted", i18n.T(
				"Ce classeur est protégé par un mot de passe. Enregistrez-le sans protection, puis recommencez.",
				"This workbook is protected by a password. Save it without protection, then retry."))
		}
	}
	if err := w.readBook(); err != nil {
		return nil, brokenWorkbook(err)
	}
	if err := w.readShared(); err != nil {
		return nil, brokenWorkbook(err)
	}
	if err := w.readStyles(); err != nil {
		return nil, brokenWorkbook(err)
	}
	return w, nil
}

// part opens a part by its name, in any case, within the limit. It answers errNoPart.
func (w *workbook) part(name string) (part, error) {
	for _, f := range w.zip.File {
		if strings.EqualFold(strings.TrimPrefix(f.Name, "/"), strings.TrimPrefix(name, "/")) {
			return openPart(f, w.limits)
		}
	}
	return part{}, fmt.Errorf("%w: %s", errNoPart, name)
}

var errNoPart = errors.New("no such part")

// decode reads a small part whole.
func (w *workbook) decode(name string, into any) error {
	r, err := w.part(name)
	if err != nil {
		return err
	}
	defer r.Close()
	return xml.NewDecoder(r).Decode(into)
}

func (w *workbook) readBook() error {
	var links struct {
		Relationship []struct {
			ID     string `xml:"Id,attr"`
			Type   string `xml:"Type,attr"`
			Target string `xml:"Target,attr"`
		}
	}
	book := "xl/workbook.xml"
	if w.decode("_rels/.rels", &links) == nil {
		for _, link := range links.Relationship {
			if strings.HasSuffix(link.Type, "/officeDocument") {
				book = strings.TrimPrefix(link.Target, "/")
			}
		}
	}
	var content struct {
		Properties struct {
			Date1904 string `xml:"date1904,attr"`
		} `xml:"workbookPr"`
		Sheets []struct {
			Name  string `xml:"name,attr"`
			State string `xml:"state,attr"`
			ID    string `xml:"http://schemas.openxmlformats.org/officeDocument/2006/relationships id,attr"`
			IDAlt string `xml:"http://purl.oclc.org/ooxml/officeDocument/relationships id,attr"`
		} `xml:"sheets>sheet"`
	}
	if err := w.decode(book, &content); err != nil {
		return err
	}
	w.date1904 = content.Properties.Date1904 == "1" || content.Properties.Date1904 == "true"
	links.Relationship = nil
	if err := w.decode(path.Dir(book)+"/_rels/"+path.Base(book)+".rels", &links); err != nil {
		return err
	}
	targets := map[string]string{}
	for _, link := range links.Relationship {
		if !strings.HasSuffix(link.Type, "/worksheet") {
			continue
		}
		target := link.Target
		if !strings.HasPrefix(target, "/") {
			target = path.Join(path.Dir(book), target)
		}
		targets[link.ID] = target
	}
	for _, s := range content.Sheets {
		if target, ok := targets[s.ID+s.IDAlt]; ok && s.State != "veryHidden" {
			w.sheets, w.parts = append(w.sheets, s.Name), append(w.parts, target)
		}
	}
	return nil
}

// readShared loads the table of texts, which cells point into.
func (w *workbook) readShared() error {
	r, err := w.part("xl/sharedStrings.xml")
	if errors.Is(err, errNoPart) {
		return nil
	}
	if err != nil {
		return err
	}
	defer r.Close()
	d := xml.NewDecoder(bufio.NewReaderSize(r, 1<<16))
	for {
		r.next()
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "si" {
			text, err := richText(d, "si")
			if err != nil {
				return err
			}
			w.shared = append(w.shared, text)
		}
	}
}

// richText joins the runs of a text, without its phonetic hints.
func richText(d *xml.Decoder, until string) (string, error) {
	var b strings.Builder
	inText := false
	for {
		token, err := d.Token()
		if err != nil {
			return "", err
		}
		switch t := token.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "t":
				inText = true
			case "rPh":
				if err := d.Skip(); err != nil {
					return "", err
				}
			}
		case xml.EndElement:
			switch t.Name.Local {
			case "t":
				inText = false
			case until:
				return b.String(), nil
			}
		case xml.CharData:
			if inText {
				b.Write(t)
			}
		}
	}
}

func (w *workbook) readStyles() error {
	var content struct {
		Formats []struct {
			ID   int    `xml:"numFmtId,attr"`
			Code string `xml:"formatCode,attr"`
		} `xml:"numFmts>numFmt"`
		Cells []struct {
			Format int `xml:"numFmtId,attr"`
		} `xml:"cellXfs>xf"`
	}
	err := w.decode("xl/styles.xml", &content)
	if errors.Is(err, errNoPart) {
		return nil
	}
	if err != nil {
		return err
	}
	codes := map[int]string{}
	for _, f := range content.Formats {
		codes[f.ID] = f.Code
	}
	for _, c := range content.Cells {
		w.styles = append(w.styles, styleOf(c.Format, codes[c.Format]))
	}
	return nil
}

// styleOf says what a number format shows. The built-in formats of dates are 14 to 22, 27 to 36, 45 to 47 and 50 to 58.
func styleOf(id int, code string) cellStyle {
	switch {
	case code != "":
	case id == 18, id == 19, id == 20, id == 21, id >= 45 && id <= 47:
		return cellStyle{clock: true}
	case id == 22:
		return cellStyle{date: true, clock: true}
	case id >= 14 && id <= 17, id >= 27 && id <= 36, id >= 50 && id <= 58:
		return cellStyle{date: true}
	default:
		return cellStyle{}
	}
	if strings.Trim(code, "0") == "" && len(code) > 1 {
		return cellStyle{zeros: len(code)}
	}
	letters := formatLetters(code)
	return cellStyle{date: strings.ContainsAny(letters, "yd") || strings.Contains(letters, "mmm"), clock: strings.ContainsAny(letters, "hs")}
}

// formatLetters is what a format code leaves to letters once its quoted texts, colours and conditions are gone.
func formatLetters(code string) string {
	code, _, _ = strings.Cut(code, ";")
	var b strings.Builder
	for i := 0; i < len(code); i++ {
		switch c := code[i]; c {
		case '\\', '_', '*':
			i++
		case '"':
			if end := strings.IndexByte(code[i+1:], '"'); end >= 0 {
				i += end + 1
			}
		case '[':
			if end := strings.IndexByte(code[i:], ']'); end >= 0 {
				inside := strings.ToLower(code[i+1 : i+end])
				if strings.Trim(inside, "hms") == "" {
					b.WriteString(inside)
				}
				i += end
			}
		default:
			b.WriteByte(c)
		}
	}
	letters := strings.ToLower(b.String())
	if strings.Contains(letters, "general") || strings.ContainsAny(letters, "0#?@") {
		return ""
	}
	return letters
}

// read streams the rows of a sheet and returns how many merged areas it has.
func (w *workbook) read(ctx context.Context, name string, limits Limits, out emit) (merged int, err error) {
	r, err := w.part(name)
	if err != nil {
		return 0, brokenWorkbook(err)
	}
	defer r.Close()
	d := xml.NewDecoder(bufio.NewReaderSize(r, 1<<16))
	row := sourceRow{}
	for n := 0; ; n++ {
		if n%4096 == 0 && ctx.Err() != nil {
			return merged, ctx.Err()
		}
		r.next()
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return merged, nil
		}
		if err != nil {
			return merged, brokenWorkbook(fmt.Errorf("row %d: %w", row.line+1, err))
		}
		switch t := token.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "row":
				row = sourceRow{line: rowNumber(t, row.line), cells: row.cells[:0]}
			case "c":
				if err := w.cell(d, t, &row, limits); err != nil {
					return merged, err
				}
			case "mergeCell":
				merged++
			}
		case xml.EndElement:
			if t.Name.Local != "row" {
				continue
			}
			if row = row.trimmed(); !row.blank() {
				if err := out(row); err != nil {
					return merged, err
				}
			}
		}
	}
}

func rowNumber(t xml.StartElement, before int64) int64 {
	if n, err := strconv.ParseInt(attribute(t, "r"), 10, 64); err == nil && n > 0 {
		return n
	}
	return before + 1
}

func attribute(t xml.StartElement, name string) string {
	for _, a := range t.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// cell reads a cell to its end and puts it at its place in the row.
func (w *workbook) cell(d *xml.Decoder, start xml.StartElement, row *sourceRow, limits Limits) error {
	column := len(row.cells)
	if ref := attribute(start, "r"); ref != "" {
		if column = columnOf(ref); column < 0 || column >= limits.Columns {
			return fault.New(fault.TooLarge, "too_many_columns", i18n.T(
				"La ligne %d de la feuille a une cellule en %s, au-delà des %d colonnes admises.",
				"Row %d of the sheet has a cell at %s, beyond the %d columns that are taken.", row.line, ref, limits.Columns))
		}
	}
	kind, style := attribute(start, "t"), attribute(start, "s")
	var value, inline string
	for depth := 1; depth > 0; {
		token, err := d.Token()
		if err != nil {
			return brokenWorkbook(fmt.Errorf("row %d: %w", row.line, err))
		}
		switch t := token.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "is":
				if inline, err = richText(d, "is"); err != nil {
					return brokenWorkbook(err)
				}
			case "v":
				if err := d.DecodeElement(&value, &t); err != nil {
					return brokenWorkbook(err)
				}
			default:
				if err := d.Skip(); err != nil {
					return brokenWorkbook(err)
				}
			}
		case xml.EndElement:
			depth--
		}
	}
	for len(row.cells) <= column {
		row.cells = append(row.cells, nullCell())
	}
	cell, err := w.value(kind, style, value, inline)
	if err != nil {
		return brokenWorkbook(fmt.Errorf("row %d: %w", row.line, err))
	}
	row.cells[column] = cell
	return nil
}

// columnOf reads the letters of "AB12": 27. It returns -1 when there are none.
func columnOf(ref string) int {
	n := 0
	for _, c := range []byte(ref) {
		if c < 'A' || c > 'Z' {
			break
		}
		if n = n*26 + int(c-'A') + 1; n > 1<<20 {
			return -1
		}
	}
	return n - 1
}

func (w *workbook) value(kind, style, value, inline string) (sourceCell, error) {
	switch kind {
	case "s":
		i, err := strconv.Atoi(strings.TrimSpace(value))
		if err != nil || i < 0 || i >= len(w.shared) {
			return nullCell(), fmt.Errorf("no shared text %q", value)
		}
		return textOrNull(w.shared[i]), nil
	case "inlineStr":
		return textOrNull(inline), nil
	case "str":
		return textOrNull(value), nil
	case "b":
		return valueCell(strconv.FormatBool(value == "1" || value == "true")), nil
	case "e":
		return valueCell(value), nil
	case "d":
		return valueCell(value), nil
	}
	if value = strings.TrimSpace(value); value == "" {
		return nullCell(), nil
	}
	number, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return valueCell(value), nil
	}
	var s cellStyle
	if i, err := strconv.Atoi(style); err == nil && i >= 0 && i < len(w.styles) {
		s = w.styles[i]
	}
	return s.show(number, value, w.date1904), nil
}

func textOrNull(text string) sourceCell {
	if text == "" {
		return nullCell()
	}
	return textCell(text)
}

// show writes a number as its format means it.
func (s cellStyle) show(number float64, written string, date1904 bool) sourceCell {
	switch {
	case s.zeros > 0 && number >= 0 && number == math.Trunc(number) && number < 1e15:
		return textCell(fmt.Sprintf("%0*d", s.zeros, int64(number)))
	case (s.date || s.clock) && number >= 0 && number < 2_958_466: // the day after 9999-12-31
		return valueCell(showTime(number, s, date1904))
	}
	return valueCell(showNumber(number, written))
}

// showTime turns a count of days into what it means. In the calendar of 1900, day 60 is a 29 February that never was
// (ECMA-376 part 1, 18.17.4.1).
func showTime(days float64, s cellStyle, date1904 bool) string {
	origin := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	switch {
	case date1904:
		origin = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	case days < 60:
		origin = origin.AddDate(0, 0, 1)
	}
	whole, fraction := math.Modf(days)
	instant := origin.AddDate(0, 0, int(whole)).Add(time.Duration(math.Round(fraction*86_400_000)) * time.Millisecond)
	switch {
	case !s.date && whole == 0:
		return instant.Format("15:04:05")
	case !s.clock && fraction == 0, !s.clock:
		return instant.Format(time.DateOnly)
	}
	return instant.Format("2006-01-02T15:04:05.999")
}

// showNumber writes a number without the noise of its binary form: spreadsheets show 15 digits and write 17.
func showNumber(number float64, written string) string {
	if number == math.Trunc(number) && math.Abs(number) < 1e15 {
		return strconv.FormatFloat(number, 'f', 0, 64)
	}
	short := strconv.FormatFloat(number, 'g', 15, 64)
	if value, err := strconv.ParseFloat(short, 64); err == nil && len(strings.TrimLeft(short, "-0.")) <= 13 {
		return strconv.FormatFloat(value, 'f', -1, 64)
	}
	if strings.ContainsAny(written, "eE") {
		return strconv.FormatFloat(number, 'f', -1, 64)
	}
	return written
}
