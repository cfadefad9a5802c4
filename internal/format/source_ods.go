package format

import (
	"archive/zip"
	"bufio"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"socle/internal/fault"
	"socle/internal/i18n"
)

// The reader of ODS streams content.xml (OpenDocument 1.2 part 1, chapter 9). Rows and cells that repeat are followed
// within the limits; those that only pad the sheet to its border are not.

type odsReader struct {
	part   part
	d      *xml.Decoder
	limits Limits
	out    emit
	row    sourceRow
	merged int
}

func readODS(ctx context.Context, path string, o Options, out emit) (facts sourceFacts, err error) {
	archive, err := zip.OpenReader(path)
	if err != nil {
		return facts, brokenWorkbook(err)
	}
	defer archive.Close()
	if facts.sheets, err = odsSheets(ctx, archive, o.Limits); err != nil {
		return facts, err
	}
	index, err := chooseSheet(facts.sheets, o.Sheet)
	if err != nil {
		return facts, err
	}
	facts.sheet = facts.sheets[index]
	facts.notes = manySheets(facts.sheets, facts.sheet)
	content, err := odsContent(archive, o.Limits)
	if err != nil {
		return facts, err
	}
	defer content.Close()
	r := &odsReader{part: content, d: xml.NewDecoder(bufio.NewReaderSize(content, 1<<16)), limits: o.Limits, out: out}
	err = r.sheet(ctx, index)
	if r.merged > 0 {
		facts.notes = append(facts.notes, Note{Code: "merged_cells", Text: i18n.T(
			"La feuille a %d zones de cellules fusionnées : seule la première cellule de chacune a une valeur.",
			"The sheet has %d merged areas: only the first cell of each has a value.", r.merged)})
	}
	return facts, err
}

func odsContent(archive *zip.ReadCloser, limits Limits) (part, error) {
	i := slices.IndexFunc(archive.File, func(f *zip.File) bool { return f.Name == "content.xml" })
	if i < 0 {
		return part{}, brokenWorkbook(errNoPart)
	}
	r, err := openPart(archive.File[i], limits)
	if err != nil {
		return part{}, brokenWorkbook(err)
	}
	return r, nil
}

// odsSheets reads the names of the sheets.
func odsSheets(ctx context.Context, archive *zip.ReadCloser, limits Limits) ([]string, error) {
	content, err := odsContent(archive, limits)
	if err != nil {
		return nil, err
	}
	defer content.Close()
	d := xml.NewDecoder(bufio.NewReaderSize(content, 1<<16))
	var names []string
	for n := 0; ; n++ {
		if n%4096 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		content.next()
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return names, nil
		}
		if err != nil {
			return nil, odsBroken(err)
		}
		if t, ok := token.(xml.StartElement); ok && t.Name.Local == "table" {
			names = append(names, attribute(t, "name"))
		}
	}
}

// odsBroken says what is wrong: an encrypted file has no XML where XML should be.
func odsBroken(err error) error {
	var syntax *xml.SyntaxError
	if errors.As(err, &syntax) && syntax.Line == 1 {
		return fault.New(fault.Invalid, "workbook_encrypted", i18n.T(
			"Ce classeur est abîmé, ou protégé par un mot de passe. Enregistrez-le de nouveau, sans protection, puis recommencez.",
			"This workbook is damaged, or protected by a password. Save it again, without protection, then retry.")).Because(err)
	}
	return brokenWorkbook(err)
}

// sheet reads the rows of the sheet at a place.
func (r *odsReader) sheet(ctx context.Context, index int) error {
	table, line := -1, int64(0)
	for n := 0; ; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		r.part.next()
		token, err := r.d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return odsBroken(err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			switch {
			case t.Name.Local == "table":
				table++
			case t.Name.Local == "table-row" && table == index:
				times := repeated(t, "number-rows-repeated")
				r.row = sourceRow{line: line + 1, cells: r.row.cells[:0]}
				if err := r.cells(); err != nil {
					return err
				}
				if err := r.repeat(times); err != nil {
					return err
				}
				line += times
			}
		case xml.EndElement:
			if t.Name.Local == "table" && table == index {
				return nil
			}
		}
	}
}

// repeat emits the row as often as the sheet repeats it; a blank one is a gap.
func (r *odsReader) repeat(times int64) error {
	row := r.row.trimmed()
	if row.blank() {
		return nil
	}
	if times > r.limits.Cells {
		return fault.New(fault.TooLarge, "sheet_too_long", i18n.T(
			"La feuille répète %d fois la ligne %d : c’est plus que les %d lignes d’une feuille. Supprimez cette répétition.",
			"The sheet repeats row %[2]d %[1]d times: more than the %[3]d rows of a sheet. Remove that repetition.", times, row.line, r.limits.Cells))
	}
	for range times {
		if err := r.out(row); err != nil {
			return err
		}
		row.line++
	}
	return nil
}

func repeated(t xml.StartElement, name string) int64 {
	if n, err := strconv.ParseInt(attribute(t, name), 10, 64); err == nil && n > 1 {
		return n
	}
	return 1
}

// cells reads the cells of a row to its end. Empty cells that repeat are counted, and laid only before another one.
func (r *odsReader) cells() error {
	empty := int64(0)
	for {
		token, err := r.d.Token()
		if err != nil {
			return odsBroken(err)
		}
		switch t := token.(type) {
		case xml.EndElement:
			if t.Name.Local == "table-row" {
				return nil
			}
		case xml.StartElement:
			if t.Name.Local != "table-cell" && t.Name.Local != "covered-table-cell" {
				continue
			}
			times := repeated(t, "number-columns-repeated")
			if attribute(t, "number-columns-spanned") > "1" || attribute(t, "number-rows-spanned") > "1" {
				r.merged++
			}
			cell, err := r.cell(t)
			if err != nil {
				return err
			}
			if cell.Null {
				empty += times
				continue
			}
			if int64(len(r.row.cells))+empty+times > int64(r.limits.Columns) {
				return fault.New(fault.TooLarge, "too_many_columns", i18n.T("La ligne %d de la feuille a plus de %d colonnes.",
					"Row %d of the sheet has more than %d columns.", r.row.line, r.limits.Columns))
			}
			for range empty {
				r.row.cells = append(r.row.cells, nullCell())
			}
			empty = 0
			for range times {
				r.row.cells = append(r.row.cells, cell)
			}
		}
	}
}

// cell reads a cell to its end.
func (r *odsReader) cell(start xml.StartElement) (sourceCell, error) {
	shown, err := r.paragraphs(start.Name.Local)
	if err != nil {
		return nullCell(), odsBroken(err)
	}
	switch attribute(start, "value-type") {
	case "float", "percentage", "currency":
		written := attribute(start, "value")
		if number, err := strconv.ParseFloat(written, 64); err == nil {
			return valueCell(showNumber(number, written)), nil
		}
		return valueCell(shown), nil
	case "date":
		return valueCell(attribute(start, "date-value")), nil
	case "time":
		return valueCell(clockTime(attribute(start, "time-value"), shown)), nil
	case "boolean":
		return valueCell(attribute(start, "boolean-value")), nil
	case "string":
		if value := attribute(start, "string-value"); value != "" {
			shown = value
		}
	}
	return textOrNull(shown), nil
}

// paragraphs joins the paragraphs of a cell, without its comments.
func (r *odsReader) paragraphs(until string) (string, error) {
	var b strings.Builder
	paragraphs, inside := 0, 0
	for {
		token, err := r.d.Token()
		if err != nil {
			return "", err
		}
		switch t := token.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "annotation":
				if err := r.d.Skip(); err != nil {
					return "", err
				}
			case "p", "h":
				if paragraphs++; paragraphs > 1 {
					b.WriteByte('\n')
				}
				inside++
			case "s":
				n := int64(1)
				if count := attribute(t, "c"); count != "" {
					n = min(repeatedCount(count), 10_000)
				}
				b.WriteString(strings.Repeat(" ", int(n)))
			case "tab":
				b.WriteByte('\t')
			case "line-break":
				b.WriteByte('\n')
			}
		case xml.EndElement:
			switch t.Name.Local {
			case "p", "h":
				inside--
			case until:
				return b.String(), nil
			}
		case xml.CharData:
			if inside > 0 {
				b.Write(t)
			}
		}
	}
}

func repeatedCount(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 {
		return 1
	}
	return n
}

// clockTime turns PT08H30M00S into 08:30:00, and leaves anything else as it is shown.
func clockTime(duration, shown string) string {
	var hours, minutes int
	var seconds float64
	if _, err := fmt.Sscanf(duration, "PT%dH%dM%fS", &hours, &minutes, &seconds); err != nil {
		return shown
	}
	return fmt.Sprintf("%02d:%02d:%02d", hours, minutes, int(seconds))
}
