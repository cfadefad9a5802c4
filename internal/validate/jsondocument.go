package validate

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"socle/internal/fault"
	"socle/internal/format"
	"socle/internal/i18n"
)

// A JSONSchema is a JSON Schema ready to be held against documents: a JSON file, or each line of a JSON Lines file. It
// is safe for concurrent use.
type JSONSchema struct {
	whole   *jsonschema.Schema
	item    *jsonschema.Schema // of the elements, when the schema says of the whole only that it is a list of them
	address string
	content any // of the schema, to know what a rule speaks of
}

// mostDocument is the size of the largest value that is held in memory: a document, a line, an element of a list.
const mostDocument = 64 << 20

// IsJSONSchema reports whether a document is a JSON Schema rather than a Table Schema: it says so by its "$schema", or
// it has keywords of one and no list of fields.
func IsJSONSchema(document []byte) bool {
	var said struct {
		Profile string          `json:"$schema"`
		Fields  json.RawMessage `json:"fields"`
	}
	var members map[string]json.RawMessage
	document = bytes.TrimPrefix(document, []byte("\xef\xbb\xbf"))
	if json.Unmarshal(document, &members) != nil {
		return false
	}
	_ = json.Unmarshal(document, &said) // a "$schema" that is no text says nothing
	if strings.Contains(said.Profile, "//json-schema.org/") {
		return true
	}
	if len(said.Fields) > 0 && said.Fields[0] == '[' {
		return false
	}
	return slices.ContainsFunc([]string{"type", "properties", "items", "prefixItems", "$ref", "$defs", "definitions", "allOf", "anyOf", "oneOf", "enum", "const"}, func(keyword string) bool {
		_, there := members[keyword]
		return there
	})
}

// CompileJSON makes a JSONSchema of a document that came from an address, from which its references start. Documents may
// be nil: nothing is fetched. The fault schema_invalid says what cannot be checked and why.
func CompileJSON(ctx context.Context, document []byte, address string, documents Documents) (*JSONSchema, error) {
	whole, content, err := compileJSON(ctx, document, address, documents)
	if err != nil {
		return nil, err
	}
	s := &JSONSchema{whole: whole, address: address, content: content}
	if members, ok := content.(map[string]any); ok && plainList(members) {
		item, ok := whole.Items2020, whole.Items2020 != nil
		if each, is := whole.Items.(*jsonschema.Schema); !ok && is {
			item, ok = each, true
		}
		if ok {
			s.item = item
		}
	}
	return s, nil
}

// plainList reports whether a schema says nothing of a document but that it is a list, and what its elements are. Such a
// document need not be held whole.
func plainList(members map[string]any) bool {
	if members["type"] != "array" {
		return false
	}
	for name := range members {
		if !slices.Contains([]string{"$schema", "$id", "id", "$defs", "definitions", "title", "description", "$comment", "examples", "default", "type", "items"}, name) {
			return false
		}
	}
	return true
}

// Check holds a file against the schema. What cannot be read is a fault of the report. It is for JSON and JSON Lines,
// compressed or not: another kind of file is the fault json_expected.
func (s *JSONSchema) Check(ctx context.Context, f File, scratch string, o Options) (*Report, error) {
	started := time.Now()
	if o.Examples <= 0 || o.Examples > most {
		o.Examples = most
	}
	name := f.Name
	if name == "" {
		name = filepath.Base(f.Path)
	}
	r := &jsonRun{schema: s, ctx: ctx, most: o.Examples, groups: map[jsonKey]*jsonGroup{}}
	source, err := format.Detect(ctx, f.Path, name)
	if err == nil && source.Wrapped() {
		source, err = format.Unwrap(ctx, source, scratch, f.Read)
	}
	if err == nil && !slices.Contains([]format.Kind{format.JSON, format.NDJSON, format.GeoJSON}, source.Kind) {
		return nil, fault.New(fault.Invalid, "json_expected", i18n.T("Un schéma JSON décrit du JSON, et « %s » n’en est pas. Pour un tableau, donnez un Table Schema : une liste « fields ».",
			"A JSON Schema describes JSON, and “%s” is not. For a table, give a Table Schema: a list “fields”.", name)).At("schema")
	}
	if err == nil {
		err = r.file(source)
	}
	if err != nil {
		g, ok := Unreadable(err)
		if !ok {
			return nil, err
		}
		r.unread = &g
	}
	report := r.report(name)
	report.Stats.Bytes, report.Stats.Seconds = source.Size, time.Since(started).Seconds()
	return report, nil
}

// jsonRun is one file being held against a schema.
type jsonRun struct {
	schema *JSONSchema
	ctx    context.Context
	most   int
	groups map[jsonKey]*jsonGroup
	values int64 // documents, lines or elements
	faulty int64 // of them
	errors int64
	unread *Group
}

// file reads the values one by one.
func (r *jsonRun) file(source format.Source) error {
	in, err := os.Open(source.Path)
	if err != nil {
		return err
	}
	defer in.Close()
	if source.Kind == format.NDJSON {
		return r.lines(in)
	}
	buffered := bufio.NewReaderSize(in, 1<<16)
	first, err := firstByte(buffered)
	if err != nil {
		return err
	}
	switch {
	case r.schema.item != nil && first == '[':
		err = r.elements(buffered)
	case source.Size > mostDocument:
		err = fault.New(fault.TooLarge, "json_too_large", i18n.T("Le document dépasse %s, la taille qu’un schéma JSON contrôle d’un seul tenant. Donnez-en une liste, avec un schéma « type: array » et « items », ou des lignes (JSON Lines).",
			"The document exceeds %s, the size that a JSON Schema checks in one piece. Make a list of it, with a schema “type: array” and “items”, or lines (JSON Lines).", bytesOf(mostDocument)))
	default:
		var data []byte
		if data, err = io.ReadAll(buffered); err == nil {
			err = r.whole(data)
		}
	}
	if err != nil {
		return err
	}
	if _, err := in.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return r.locate(in)
}

// broken says where a file is no JSON.
func broken(err error) error {
	if fault.KindOf(err) != fault.Internal {
		return err
	}
	return fault.New(fault.Invalid, "json_invalid", i18n.T("Le fichier n’est pas du JSON valable : %s.", "The file is not valid JSON: %s.", err.Error())).Because(err)
}

func (r *jsonRun) whole(data []byte) error {
	document, err := readJSON(data)
	if err != nil {
		return broken(err)
	}
	r.hold(r.schema.whole, document, nil, 0)
	return nil
}

// firstByte is the first one that is no blank; the reader stays before it, after a byte order mark.
func firstByte(in *bufio.Reader) (byte, error) {
	if head, err := in.Peek(3); err == nil && string(head) == "\xef\xbb\xbf" {
		_, _ = in.Discard(3) // they were just seen
	}
	for {
		c, err := in.ReadByte()
		if err == io.EOF {
			return 0, nil
		}
		if err != nil {
			return 0, err
		}
		if c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			return c, in.UnreadByte()
		}
	}
}

// elements reads a list without holding it.
func (r *jsonRun) elements(in io.Reader) error {
	limited := &limitedValue{in: in, left: mostDocument}
	decoder := json.NewDecoder(limited)
	decoder.UseNumber()
	if _, err := decoder.Token(); err != nil { // the bracket
		return broken(err)
	}
	for n := int64(0); decoder.More(); n++ {
		limited.left = mostDocument
		var element any
		if err := decoder.Decode(&element); err != nil {
			return broken(err)
		}
		if err := boundedNumbers(element); err != nil {
			return broken(err)
		}
		if err := r.ctx.Err(); err != nil {
			return err
		}
		r.hold(r.schema.item, element, &n, 0)
	}
	if _, err := decoder.Token(); err != nil {
		return broken(err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return broken(errors.New("a second value after the first"))
	}
	return nil
}

// lines reads one document a line. A line that is no JSON is a fault of that line.
func (r *jsonRun) lines(in io.Reader) error {
	scanner := bufio.NewScanner(in)
	scanner.Buffer(make([]byte, 0, 1<<16), mostDocument)
	for line := int64(1); scanner.Scan(); line++ {
		text := scanner.Bytes()
		if line == 1 {
			text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
		}
		if len(bytes.TrimSpace(text)) == 0 {
			continue
		}
		if err := r.ctx.Err(); err != nil {
			return err
		}
		document, err := readJSON(text)
		if err != nil {
			r.brokenLine(line, err)
			continue
		}
		r.hold(r.schema.whole, document, nil, line)
	}
	if errors.Is(scanner.Err(), bufio.ErrTooLong) {
		return tooLong()
	}
	return scanner.Err()
}

// report puts what was found together.
func (r *jsonRun) report(name string) *Report {
	out := &Report{Errors: []Group{}, Warnings: []Warning{}}
	for _, key := range slices.SortedFunc(maps.Keys(r.groups), jsonKey.compare) {
		out.Errors = append(out.Errors, r.groups[key].Group)
	}
	if r.unread != nil {
		out.Errors = append(out.Errors, *r.unread)
		r.errors++
	}
	out.Valid = r.errors == 0
	out.Stats = Stats{Tasks: 1, Rows: r.values, Errors: r.errors, FaultyRows: r.faulty}
	out.Tasks = []Task{{Name: name, Place: name, Valid: out.Valid, Labels: []string{}, Rows: r.values, Errors: r.errors, FaultyRows: r.faulty}}
	return out
}

func bytesOf(n int64) i18n.Text {
	return i18n.Text{FR: i18n.Bytes(i18n.FR, n), EN: i18n.Bytes(i18n.EN, n)}
}

func tooLong() error {
	return fault.New(fault.TooLarge, "json_too_large", i18n.T("Une ligne ou un élément dépasse %s, la taille admise.", "A line or an element exceeds %s, the size that is allowed.", bytesOf(mostDocument)))
}

// limitedValue stops a decoder that would hold a value without bound.
type limitedValue struct {
	in   io.Reader
	left int64
}

// Read implements [io.Reader].
func (l *limitedValue) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, tooLong()
	}
	n, err := l.in.Read(p)
	l.left -= int64(n)
	return n, err
}
