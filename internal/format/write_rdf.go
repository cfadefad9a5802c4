package format

import (
	"bufio"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"socle/internal/schema"
)

// Rows as RDF: a row is a resource of the class Row of its dataset, a field is a property of it, a value is a literal of
// the type of the field; a list of texts gives a property several values, and what is empty says nothing. One model,
// three ways to write it: Turtle (which is N3 as well), RDF/XML and JSON-LD 1.1.

const (
	xsd       = "http://www.w3.org/2001/XMLSchema#"
	geosparql = "http://www.opengis.net/ont/geosparql#"
	rdfNS     = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
)

// rdfLiteral is a value with the address of its type, "" for a text.
type rdfLiteral struct{ text, kind string }

// rdfRows is what the three have in common.
type rdfRows struct {
	nothingAside
	options WriteOptions
	fields  []schema.Field
	names   []string // local names of the properties
	rows    int
}

func (r *rdfRows) begin(s schema.Schema) {
	r.fields, r.names = s.Fields, make([]string, len(s.Fields))
	taken := map[string]bool{"Row": true}
	for i, f := range s.Fields {
		base := elementName(f.Name)
		name := base
		for n := 2; taken[name]; n++ {
			name = base + "_" + strconv.Itoa(n)
		}
		taken[name] = true
		r.names[i] = name
	}
}

// subject is the address of the row being written.
func (r *rdfRows) subject() string {
	r.rows++
	if r.options.Record == nil {
		return ""
	}
	return r.options.Record()
}

// literals are what a field says.
func literals(f schema.Field, value any) []rdfLiteral {
	switch v := value.(type) {
	case nil:
		return nil
	case bool:
		return []rdfLiteral{{strconv.FormatBool(v), xsd + "boolean"}}
	case int64:
		return []rdfLiteral{{strconv.FormatInt(v, 10), xsd + "integer"}}
	case float64:
		return []rdfLiteral{{double(v), xsd + "double"}}
	case time.Time:
		if f.Type == schema.Date {
			return []rdfLiteral{{v.Format(time.DateOnly), xsd + "date"}}
		}
		return []rdfLiteral{{plain(f, v), xsd + "dateTime"}}
	case schema.Coordinates:
		return []rdfLiteral{{"POINT(" + strconv.FormatFloat(v.Lon, 'f', -1, 64) + " " + strconv.FormatFloat(v.Lat, 'f', -1, 64) + ")", geosparql + "wktLiteral"}}
	case json.RawMessage:
		if f.Type == schema.Geometry {
			return []rdfLiteral{{string(v), geosparql + "geoJSONLiteral"}}
		}
		var list []string
		if json.Unmarshal(v, &list) == nil {
			several := make([]rdfLiteral, len(list))
			for i, text := range list {
				several[i] = rdfLiteral{text, ""}
			}
			return several
		}
		return []rdfLiteral{{string(v), rdfNS + "JSON"}}
	}
	if f.Type == schema.Decimal {
		return []rdfLiteral{{plain(f, value), xsd + "decimal"}}
	}
	return []rdfLiteral{{plain(f, value), ""}}
}

// double writes a number as XML Schema names them.
func double(v float64) string {
	switch {
	case math.IsNaN(v):
		return "NaN"
	case math.IsInf(v, 1):
		return "INF"
	case math.IsInf(v, -1):
		return "-INF"
	}
	return strconv.FormatFloat(v, 'E', -1, 64)
}

// turtleWriter writes Turtle (https://www.w3.org/TR/turtle/).
type turtleWriter struct {
	rdfRows
	w *bufio.Writer
}

func newTurtleWriter(w io.Writer, o WriteOptions) Writer {
	return &turtleWriter{rdfRows: rdfRows{options: o}, w: bufio.NewWriterSize(w, 64<<10)}
}

// Begin implements [Writer].
func (t *turtleWriter) Begin(s schema.Schema) error {
	t.begin(s)
	_, err := fmt.Fprintf(t.w, "@prefix : <%s#> .\n@prefix xsd: <%s> .\n@prefix geo: <%s> .\n@prefix rdf: <%s> .\n", t.options.Resource, xsd, geosparql, rdfNS)
	return err
}

// Row implements [Writer].
func (t *turtleWriter) Row(values []any) error {
	if subject := t.subject(); subject != "" {
		t.w.WriteString("\n<" + subject + "> a :Row")
	} else {
		t.w.WriteString("\n[] a :Row")
	}
	for i, f := range t.fields {
		for _, literal := range literals(f, values[i]) {
			t.w.WriteString(" ;\n\t:" + t.names[i] + " " + quoteTurtle(literal.text))
			for prefix, space := range map[string]string{"xsd:": xsd, "geo:": geosparql, "rdf:": rdfNS} {
				if name, found := strings.CutPrefix(literal.kind, space); found {
					t.w.WriteString("^^" + prefix + name)
				}
			}
		}
	}
	_, err := t.w.WriteString(" .\n")
	return err
}

// End implements [Writer].
func (t *turtleWriter) End() error { return t.w.Flush() }

// quoteTurtle writes a text between quotes.
func quoteTurtle(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// rdfxmlWriter writes RDF/XML (https://www.w3.org/TR/rdf-syntax-grammar/).
type rdfxmlWriter struct {
	rdfRows
	w *xmlText
}

func newRDFXMLWriter(w io.Writer, o WriteOptions) Writer {
	return &rdfxmlWriter{rdfRows: rdfRows{options: o}, w: newXMLText(w)}
}

// Begin implements [Writer].
func (x *rdfxmlWriter) Begin(s schema.Schema) error {
	x.begin(s)
	x.w.raw(xml.Header, `<rdf:RDF xmlns:rdf="`, rdfNS, `" xmlns:f="`)
	x.w.text(x.options.Resource + "#")
	x.w.raw(`">`)
	return nil
}

// Row implements [Writer].
func (x *rdfxmlWriter) Row(values []any) error {
	x.w.raw("\n<f:Row")
	if subject := x.subject(); subject != "" {
		x.w.raw(` rdf:about="`)
		x.w.text(subject)
		x.w.raw(`"`)
	}
	x.w.raw(">")
	for i, f := range x.fields {
		for _, literal := range literals(f, values[i]) {
			x.w.raw("<f:", x.names[i])
			if literal.kind != "" {
				x.w.raw(` rdf:datatype="`, literal.kind, `"`)
			}
			x.w.raw(">")
			x.w.text(literal.text)
			x.w.raw("</f:", x.names[i], ">")
		}
	}
	x.w.raw("</f:Row>")
	return nil
}

// End implements [Writer].
func (x *rdfxmlWriter) End() error {
	x.w.raw("\n</rdf:RDF>\n")
	return x.w.flush()
}

// jsonldWriter writes JSON-LD 1.1 (https://www.w3.org/TR/json-ld11/). Its context gives each field its type, so that
// values are texts which lose no digit.
type jsonldWriter struct {
	rdfRows
	w *bufio.Writer
}

func newJSONLDWriter(w io.Writer, o WriteOptions) Writer {
	return &jsonldWriter{rdfRows: rdfRows{options: o}, w: bufio.NewWriterSize(w, 64<<10)}
}

// kindOf is the type of the literals of a field, "" for texts.
func kindOf(f schema.Field) string {
	switch f.Type {
	case schema.Integer:
		return xsd + "integer"
	case schema.Decimal:
		if f.Exact() {
			return xsd + "decimal"
		}
		return xsd + "double"
	case schema.Boolean:
		return xsd + "boolean"
	case schema.Date:
		return xsd + "date"
	case schema.Datetime:
		return xsd + "dateTime"
	case schema.Point:
		return geosparql + "wktLiteral"
	case schema.Geometry:
		return geosparql + "geoJSONLiteral"
	}
	return ""
}

// Begin implements [Writer].
func (j *jsonldWriter) Begin(s schema.Schema) error {
	j.begin(s)
	context := map[string]any{"@version": 1.1, "@vocab": j.options.Resource + "#"}
	for i, f := range j.fields {
		if kind := kindOf(f); kind != "" {
			context[j.names[i]] = map[string]string{"@id": j.options.Resource + "#" + j.names[i], "@type": kind}
		}
	}
	text, err := json.Marshal(context)
	if err != nil {
		return err
	}
	j.w.WriteString(`{"@context":`)
	j.w.Write(text)
	_, err = j.w.WriteString(`,"@graph":[`)
	return err
}

// Row implements [Writer].
func (j *jsonldWriter) Row(values []any) error {
	row := []string{}
	add := func(name string, value any) error {
		text, err := json.Marshal(value)
		row = append(row, quoteJSON(name)+":"+string(text))
		return err
	}
	subject := j.subject()
	if subject != "" {
		if err := add("@id", subject); err != nil {
			return err
		}
	}
	if err := add("@type", "Row"); err != nil {
		return err
	}
	for i, f := range j.fields {
		var list []any
		for _, literal := range literals(f, values[i]) {
			if literal.kind == kindOf(f) {
				list = append(list, literal.text)
			} else {
				list = append(list, map[string]string{"@value": literal.text, "@type": literal.kind})
			}
		}
		if len(list) > 0 {
			if err := add(j.names[i], list); err != nil {
				return err
			}
		}
	}
	if j.rows > 1 {
		j.w.WriteByte(',')
	}
	_, err := j.w.WriteString("\n{" + strings.Join(row, ",") + "}")
	return err
}

func quoteJSON(text string) string {
	quoted, err := json.Marshal(text)
	if err != nil { // a text always has a form
		return `""`
	}
	return string(quoted)
}

// End implements [Writer].
func (j *jsonldWriter) End() error {
	j.w.WriteString("\n]}\n")
	return j.w.Flush()
}
