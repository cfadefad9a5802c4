package demo

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"
)

// table is a header and rows of string, int, float64, bool, time.Time (a day), or nil for an empty cell.
type table struct {
	header []string
	rows   [][]any
}

func (t *table) add(cells ...any) { t.rows = append(t.rows, cells) }

// dialect is how a text file is written.
type dialect struct {
	delimiter string
	comma     bool   // decimal comma
	french    bool   // days as 31/12/2026
	yes, no   string // booleans; "true" and "false" when empty
	latin     bool   // Windows-1252 instead of UTF-8
	bom       bool
}

func (d dialect) text(cell any) string {
	switch v := cell.(type) {
	case string:
		return v
	case int:
		return strconv.Itoa(v)
	case float64:
		s := strconv.FormatFloat(v, 'f', -1, 64)
		if d.comma {
			s = strings.Replace(s, ".", ",", 1)
		}
		return s
	case bool:
		if d.yes == "" {
			return strconv.FormatBool(v)
		}
		if v {
			return d.yes
		}
		return d.no
	case time.Time:
		if d.french {
			return v.Format("02/01/2006")
		}
		return v.Format(time.DateOnly)
	}
	return ""
}

// csv writes the table; extra lines are laid as they are after the row of their number.
func (t *table) csv(d dialect, extra map[int]string) []byte {
	var b strings.Builder
	if d.bom {
		b.WriteString("\ufeff")
	}
	line := func(cells []string) {
		for i, cell := range cells {
			if i > 0 {
				b.WriteString(d.delimiter)
			}
			if strings.ContainsAny(cell, d.delimiter+"\"\r\n") {
				cell = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
			}
			b.WriteString(cell)
		}
		b.WriteString("\r\n")
	}
	line(t.header)
	for i, row := range t.rows {
		cells := make([]string, len(row))
		for j, cell := range row {
			cells[j] = d.text(cell)
		}
		line(cells)
		if raw, ok := extra[i+1]; ok {
			b.WriteString(raw + "\r\n")
		}
	}
	if !d.latin {
		return []byte(b.String())
	}
	encoded, err := charmap.Windows1252.NewEncoder().String(b.String())
	if err != nil { // a defect of this package: its texts are its own
		return []byte(b.String())
	}
	return []byte(encoded)
}

// ndjson writes one object a line, with its keys in the order of the header.
func (t *table) ndjson() []byte {
	var b bytes.Buffer
	for _, row := range t.rows {
		writeObject(&b, t.header, row)
		b.WriteByte('\n')
	}
	return b.Bytes()
}

func writeObject(b *bytes.Buffer, header []string, row []any) {
	b.WriteByte('{')
	for i, cell := range row {
		if i > 0 {
			b.WriteByte(',')
		}
		if day, ok := cell.(time.Time); ok {
			cell = day.Format(time.DateOnly)
		}
		// Strings, numbers, booleans, null and lists of them: json.Marshal cannot refuse any.
		name, _ := json.Marshal(header[i])
		value, _ := json.Marshal(cell)
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
}

// geojson writes a collection; geometry gives the geometry of a row, and the columns are its properties.
func (t *table) geojson(geometry func(row int) string) []byte {
	var b bytes.Buffer
	b.WriteString("{\"type\":\"FeatureCollection\",\"features\":[\n")
	for i, row := range t.rows {
		if i > 0 {
			b.WriteString(",\n")
		}
		b.WriteString(`{"type":"Feature","geometry":` + geometry(i) + `,"properties":`)
		writeObject(&b, t.header, row)
		b.WriteByte('}')
	}
	b.WriteString("\n]}\n")
	return b.Bytes()
}

// xlsx writes a workbook of one sheet, with a real date where there is a day.
func (t *table) xlsx(sheet string) ([]byte, error) {
	f := excelize.NewFile()
	defer f.Close()
	if err := f.SetSheetName("Sheet1", sheet); err != nil {
		return nil, fmt.Errorf("name the sheet: %w", err)
	}
	day, err := f.NewStyle(&excelize.Style{NumFmt: 14})
	if err != nil {
		return nil, fmt.Errorf("make the style of days: %w", err)
	}
	stream, err := f.NewStreamWriter(sheet)
	if err != nil {
		return nil, fmt.Errorf("open the sheet: %w", err)
	}
	for i := -1; i < len(t.rows); i++ {
		var cells []any
		if i < 0 {
			for _, name := range t.header {
				cells = append(cells, name)
			}
		} else {
			for _, cell := range t.rows[i] {
				if at, ok := cell.(time.Time); ok {
					cell = excelize.Cell{StyleID: day, Value: at}
				}
				cells = append(cells, cell)
			}
		}
		if err := stream.SetRow(fmt.Sprintf("A%d", i+2), cells); err != nil {
			return nil, fmt.Errorf("write row %d: %w", i+2, err)
		}
	}
	if err := stream.Flush(); err != nil {
		return nil, fmt.Errorf("end the sheet: %w", err)
	}
	// The workbook must not say when it was made: the same seed gives the same bytes.
	if err := f.SetDocProps(&excelize.DocProperties{Created: "2026-09-01T00:00:00Z", Modified: "2026-09-01T00:00:00Z", Creator: "Socle", Title: "Données fictives"}); err != nil {
		return nil, fmt.Errorf("describe the workbook: %w", err)
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		return nil, fmt.Errorf("write the workbook: %w", err)
	}
	return b.Bytes(), nil
}

func gzipped(data []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	// Writing to memory does not fail.
	_, _ = w.Write(data)
	_ = w.Close()
	return b.Bytes()
}
