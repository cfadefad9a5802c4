package format

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"socle/internal/schema"
)

func newCSVWriter(w io.Writer, o WriteOptions) Writer {
	return &csvWriter{w: csv.NewWriter(w), options: o}
}

func newJSONWriter(w io.Writer, array bool) Writer {
	return &jsonWriter{w: bufio.NewWriterSize(w, 64<<10), array: array}
}

// title returns what stands above a column.
func (o WriteOptions) title(f schema.Field) string {
	if o.Labels && f.Label != "" {
		return f.Label
	}
	return f.Name
}

// neutral returns text as it may be written without a spreadsheet running it.
func (o WriteOptions) neutral(text string) string {
	if o.Neutralise && isFormula(text) {
		return "'" + text
	}
	return text
}

// isFormula reports whether a spreadsheet would run a text instead of showing it. A number that begins with its sign
// is harmless.
func isFormula(text string) bool {
	if text == "" || !strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return false
	}
	if text[0] == '+' || text[0] == '-' {
		if _, err := strconv.ParseFloat(strings.Replace(text, ",", ".", 1), 64); err == nil {
			return false
		}
	}
	return true
}

// Instant writes an instant in ISO 8601 on the clocks of its location, with its offset from UTC. ISO 8601 has no
// seconds in offsets, and the clocks of before time zones did: those are written a few seconds off, with the offset
// that makes the instant right.
func Instant(t time.Time) string {
	if _, offset := t.Zone(); offset%60 != 0 {
		t = t.In(time.FixedZone("", offset/60*60))
	}
	return t.Format("2006-01-02T15:04:05.999999-07:00")
}

// plain writes a value as text that reads back to the same value.
func plain(f schema.Field, value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	case time.Time:
		if f.Type == schema.Date {
			return v.Format(time.DateOnly)
		}
		return Instant(v)
	case schema.Coordinates:
		return strconv.FormatFloat(v.Lat, 'f', -1, 64) + ", " + strconv.FormatFloat(v.Lon, 'f', -1, 64)
	case json.RawMessage:
		return string(v)
	}
	return fmt.Sprint(value)
}

// asJSON writes a value as JSON. A number that JSON cannot say is null; an exact decimal keeps every digit.
func asJSON(f schema.Field, value any) ([]byte, error) {
	switch v := value.(type) {
	case nil:
		return []byte("null"), nil
	case string:
		if f.Type == schema.Decimal || f.Type == schema.Integer {
			return []byte(v), nil
		}
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return []byte("null"), nil
		}
	case time.Time:
		return json.Marshal(plain(f, v))
	case json.RawMessage:
		return v, nil
	}
	return json.Marshal(value)
}

// csvWriter writes comma-separated values with a header.
type csvWriter struct {
	nothingAside
	w       *csv.Writer
	options WriteOptions
	fields  []schema.Field
	record  []string
}

func (c *csvWriter) Begin(s schema.Schema) error {
	c.fields, c.record = s.Fields, make([]string, len(s.Fields))
	for i, f := range s.Fields {
		c.record[i] = c.options.neutral(c.options.title(f))
	}
	return c.w.Write(c.record)
}

func (c *csvWriter) Row(values []any) error {
	for i, f := range c.fields {
		c.record[i] = plain(f, values[i])
		if f.Type == schema.Text {
			c.record[i] = c.options.neutral(c.record[i])
		}
	}
	return c.w.Write(c.record)
}

func (c *csvWriter) End() error {
	c.w.Flush()
	return c.w.Error()
}

// jsonWriter writes an array of objects, or one object a line. Members keep the order of the fields.
type jsonWriter struct {
	nothingAside
	w      *bufio.Writer
	array  bool
	fields []schema.Field
	names  [][]byte
	rows   int
}

func (j *jsonWriter) Begin(s schema.Schema) (err error) {
	j.fields = s.Fields
	if j.names, err = memberNames(s.Fields); err != nil || !j.array {
		return err
	}
	return j.w.WriteByte('[')
}

func memberNames(fields []schema.Field) ([][]byte, error) {
	names := make([][]byte, len(fields))
	for i, f := range fields {
		name, err := json.Marshal(f.Name)
		if err != nil {
			return nil, err
		}
		names[i] = append(name, ':')
	}
	return names, nil
}

func (j *jsonWriter) Row(values []any) error {
	if j.array && j.rows > 0 {
		j.w.WriteByte(',')
	}
	if j.array {
		j.w.WriteByte('\n')
	}
	j.rows++
	if err := writeObject(j.w, j.fields, j.names, values, -1); err != nil {
		return err
	}
	if !j.array {
		j.w.WriteByte('\n')
	}
	return nil
}

func (j *jsonWriter) End() error {
	if j.array {
		j.w.WriteString("\n]\n")
	}
	return j.w.Flush()
}

// writeObject writes the members of a row but the one at skip. Errors of w are kept by it until it is flushed.
func writeObject(w *bufio.Writer, fields []schema.Field, names [][]byte, values []any, skip int) error {
	w.WriteByte('{')
	first := true
	for i, f := range fields {
		if i == skip {
			continue
		}
		value, err := asJSON(f, values[i])
		if err != nil {
			return fmt.Errorf("format: field %s: %w", f.Name, err)
		}
		if !first {
			w.WriteByte(',')
		}
		first = false
		w.Write(names[i])
		w.Write(value)
	}
	return w.WriteByte('}')
}
