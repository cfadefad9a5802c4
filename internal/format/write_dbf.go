package format

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/schema"
)

// The limits of a table of dBase.
const (
	dbfFields  = 255
	dbfText    = 254    // bytes of a text
	dbfRecord  = 65_535 // bytes of a row
	dbfDigits  = 18     // of a number that readers take for a whole one
	dbfDecimal = 15     // digits after the point
)

// dbfTable is the table of a shapefile (dBase III, with texts in UTF-8 as the .cpg beside says). Columns are as wide as
// their widest value, known at the end: rows wait in a scratch file, each cell after its length.
type dbfTable struct {
	options WriteOptions
	fields  []schema.Field
	names   []string
	skip    int // the field that is the shape
	rows    *scratchFile
	count   int
	columns []dbfColumn
	cell    []byte
}

// dbfColumn is what is known of a column so far.
type dbfColumn struct {
	width    int
	decimals int
	digits   int // of the longest whole number
	cut      int // texts that did not fit
	lost     int // numbers that are none: not a number, infinite
}

func newDBFTable(o WriteOptions, fields []schema.Field, skip int) (*dbfTable, error) {
	rows, err := newScratchFile(o.Scratch)
	if err != nil {
		return nil, err
	}
	return &dbfTable{options: o, fields: fields, names: dbfNames(fields), skip: skip, rows: rows, columns: make([]dbfColumn, len(fields))}, nil
}

// dbfNames makes names of ten letters at most, all different.
func dbfNames(fields []schema.Field) []string {
	names, taken := make([]string, len(fields)), map[string]bool{}
	for i, f := range fields {
		name := schema.Name(f.Name)
		if name == "" {
			name = "champ"
		}
		if len(name) > 10 {
			name = name[:10]
		}
		for n, base := 1, name; taken[name]; n++ {
			end := "_" + strconv.Itoa(n)
			name = base[:min(len(base), 10-len(end))] + end
		}
		taken[name] = true
		names[i] = name
	}
	return names
}

// add puts a row aside.
func (t *dbfTable) add(values []any) error {
	t.count++
	b := t.cell[:0]
	for i, f := range t.fields {
		if i == t.skip {
			continue
		}
		text := t.columns[i].text(f, values[i])
		b = binary.AppendUvarint(b, uint64(len(text)))
		b = append(b, text...)
	}
	t.cell = b
	return t.rows.write(b)
}

// text is a value as it is written, remembering how much room it takes.
func (c *dbfColumn) text(f schema.Field, value any) string {
	text := ""
	switch v := value.(type) {
	case nil:
		return ""
	case bool:
		text = map[bool]string{true: "T", false: "F"}[v]
	case int64:
		text = strconv.FormatInt(v, 10)
		c.digits = max(c.digits, len(text))
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			c.lost++
			return ""
		}
		text = strconv.FormatFloat(v, 'f', -1, 64)
		if len(text) > 32 {
			text = strconv.FormatFloat(v, 'e', -1, 64)
		} else if point := strings.IndexByte(text, '.'); point >= 0 {
			c.decimals = max(c.decimals, min(len(text)-point-1, dbfDecimal))
		}
	case time.Time:
		if f.Type == schema.Date && v.Year() >= 0 && v.Year() <= 9999 {
			text = v.Format("20060102")
		} else {
			text = plain(f, v)
		}
	default:
		text = plain(f, value)
	}
	if len(text) > dbfText {
		cut := dbfText
		for !utf8.RuneStart(text[cut]) {
			cut--
		}
		text = text[:cut]
		c.cut++
	}
	c.width = max(c.width, len(text))
	return text
}

// kind is the letter of the type of a column.
func (t *dbfTable) kind(i int) byte {
	switch f := t.fields[i]; f.Type {
	case schema.Integer:
		if t.columns[i].digits <= dbfDigits {
			return 'N'
		}
	case schema.Decimal:
		if !f.Exact() {
			return 'N'
		}
	case schema.Boolean:
		return 'L'
	case schema.Date:
		if t.columns[i].width <= 8 {
			return 'D'
		}
	}
	return 'C'
}

// width is the width of a column, in bytes.
func (t *dbfTable) width(i int) int {
	if t.kind(i) == 'D' {
		return 8
	}
	return max(t.columns[i].width, 1)
}

// settle checks that the table is one, before anything of it leaves.
func (t *dbfTable) settle() error {
	size := int64(1)
	for i := range t.fields {
		if i != t.skip {
			size += int64(t.width(i))
		}
	}
	if size > dbfRecord {
		return fault.New(fault.Invalid, "table_too_wide", i18n.T(
			"Les lignes sont trop longues pour un shapefile. Choisissez des colonnes avec select, ou le format fgb, geojson ou parquet.",
			"The rows are too long for a shapefile. Choose columns with select, or fgb, geojson or parquet."))
	}
	if size*int64(t.count) > shpMost {
		return shpTooLarge()
	}
	return nil
}

// write writes the table.
func (t *dbfTable) write(out io.Writer) error {
	w := bufio.NewWriterSize(out, 64<<10)
	w.Write(t.header())
	rows, err := t.rows.reader()
	if err != nil {
		return err
	}
	for range t.count {
		w.WriteByte(' ')
		for i := range t.fields {
			if i == t.skip {
				continue
			}
			length, err := binary.ReadUvarint(rows)
			if err != nil {
				return fmt.Errorf("format: dbf: %w", err)
			}
			cell := make([]byte, length)
			if _, err := io.ReadFull(rows, cell); err != nil {
				return fmt.Errorf("format: dbf: %w", err)
			}
			t.pad(w, i, cell)
		}
	}
	w.WriteByte(0x1a)
	return w.Flush()
}

// pad writes a cell as wide as its column: numbers to the right, the rest to the left.
func (t *dbfTable) pad(w *bufio.Writer, i int, cell []byte) {
	blank := strings.Repeat(" ", t.width(i)-len(cell))
	switch kind := t.kind(i); {
	case kind == 'L' && len(cell) == 0:
		w.WriteByte('?')
	case kind == 'N':
		w.WriteString(blank)
		w.Write(cell)
	default:
		w.Write(cell)
		w.WriteString(blank)
	}
}

// header describes the columns.
func (t *dbfTable) header() []byte {
	length := 1
	var columns []byte
	for i := range t.fields {
		if i == t.skip {
			continue
		}
		length += t.width(i)
		column := make([]byte, 32)
		copy(column[:10], t.names[i])
		column[11], column[16] = t.kind(i), byte(t.width(i))
		if column[11] == 'N' && t.fields[i].Type == schema.Decimal {
			column[17] = byte(t.columns[i].decimals)
		}
		columns = append(columns, column...)
	}
	head := make([]byte, 32)
	head[0] = 0x03
	head[1], head[2], head[3] = 126, 1, 1 // of a day: not that of the export, so that two exports are the same
	binary.LittleEndian.PutUint32(head[4:], uint32(t.count))
	binary.LittleEndian.PutUint16(head[8:], uint16(len(columns)+33))
	binary.LittleEndian.PutUint16(head[10:], uint16(length))
	return append(append(head, columns...), 0x0d)
}

// notes say what did not fit.
func (t *dbfTable) notes() []string {
	var notes []string
	for i, c := range t.columns {
		if c.cut > 0 {
			notes = append(notes, fmt.Sprintf("%s: %d × > %d octets / bytes", t.names[i], c.cut, dbfText))
		}
		if c.lost > 0 {
			notes = append(notes, fmt.Sprintf("%s: %d × NaN, ∞", t.names[i], c.lost))
		}
	}
	return notes
}
