package format

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"socle/internal/fault"
	"socle/internal/i18n"
)

// The reader of JSON makes two readings of the file: the first collects the members of all objects, in the order in
// which they are first seen, the second emits their values in that order.

// geometryMember is the column of the geometry of GeoJSON features.
const geometryMember = "geometry"

func readJSON(ctx context.Context, path string, kind Kind, o Options, out emit) (facts sourceFacts, err error) {
	places := map[string]int{}
	err = eachObject(ctx, path, kind, o.Limits, func(_ int64, members []member) error {
		for _, m := range members {
			if _, seen := places[m.name]; seen {
				continue
			}
			if len(places) >= o.Limits.Columns {
				return fault.New(fault.TooLarge, "too_many_columns", i18n.T(
					"Les objets de ce fichier ont plus de %d membres différents : ce n’est pas un tableau.",
					"The objects of this file have more than %d different members: this is no table.", o.Limits.Columns))
			}
			places[m.name] = len(places)
			facts.header = append(facts.header, m.name)
		}
		return nil
	})
	if err != nil {
		return facts, err
	}
	cells := make([]sourceCell, len(places))
	err = eachObject(ctx, path, kind, o.Limits, func(line int64, members []member) error {
		for i := range cells {
			cells[i] = nullCell()
		}
		for _, m := range members {
			cells[places[m.name]] = jsonCell(m.value)
		}
		return out(sourceRow{line: line, cells: cells})
	})
	return facts, err
}

type member struct {
	name  string
	value json.RawMessage
}

// jsonCell writes a value as the text of a cell: lists and objects stay JSON, on one line.
func jsonCell(value json.RawMessage) sourceCell {
	switch value[0] {
	case 'n':
		return nullCell()
	case '"':
		var text string
		if err := json.Unmarshal(value, &text); err != nil {
			return valueCell(string(value))
		}
		return textCell(text)
	case '[', '{':
		var compact bytes.Buffer
		if err := json.Compact(&compact, value); err == nil {
			return valueCell(compact.String())
		}
	}
	return valueCell(string(value))
}

// eachObject calls do for each row of the file, with its line (NDJSON) or its place in the array.
func eachObject(ctx context.Context, path string, kind Kind, limits Limits, do func(line int64, members []member) error) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("format: json: %w", err)
	}
	defer f.Close()
	skip, err := byteOrderMark(f)
	if err != nil {
		return fmt.Errorf("format: json: %w", err)
	}
	r := &jsonReader{ctx: ctx, file: f, pieces: &pieces{from: f, limit: int64(limits.Record)}, start: skip, limits: limits, do: do, geo: kind == GeoJSON}
	if kind == NDJSON {
		return r.lines()
	}
	return r.array()
}

// byteOrderMark passes over the mark at the beginning of the file and returns its length.
func byteOrderMark(f *os.File) (int64, error) {
	var head [3]byte
	n, err := io.ReadFull(f, head[:])
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return 0, err
	}
	skip := int64(0)
	if n == 3 && head == [3]byte{0xEF, 0xBB, 0xBF} {
		skip = 3
	}
	_, err = f.Seek(skip, io.SeekStart)
	return skip, err
}

type jsonReader struct {
	ctx    context.Context
	file   *os.File
	pieces *pieces // of file
	start  int64
	limits Limits
	do     func(int64, []member) error
	geo    bool
	rows   int64
}

// lines reads one object a line.
func (r *jsonReader) lines() error {
	scanner := bufio.NewScanner(r.file)
	scanner.Buffer(make([]byte, 0, 64<<10), r.limits.Record)
	line := int64(0)
	for scanner.Scan() {
		line++
		if line%1024 == 0 && r.ctx.Err() != nil {
			return r.ctx.Err()
		}
		text := bytes.TrimSpace(scanner.Bytes())
		if len(text) == 0 {
			continue
		}
		members, err := membersOf(text)
		if err != nil {
			return fault.New(fault.Invalid, "json_invalid", i18n.T(
				"La ligne %d n’est pas un objet JSON : %s. Chaque ligne doit contenir un objet entier, comme {\"nom\": \"valeur\"}.",
				"Line %d is not a JSON object: %s. Each line must hold a whole object, like {\"name\": \"value\"}.", line, jsonReason(err))).Because(err)
		}
		if err := r.do(line, members); err != nil {
			return err
		}
	}
	if errors.Is(scanner.Err(), bufio.ErrTooLong) {
		return fault.New(fault.TooLarge, "row_too_long", i18n.T("La ligne %d dépasse %s, la taille admise pour une ligne.",
			"Line %d is over %s, the size allowed for a row.", line+1, sizeText(int64(r.limits.Record))))
	}
	if err := scanner.Err(); err != nil {
		return fmt.Errorf("format: json: %w", err)
	}
	return nil
}

// array reads the objects of the array at the top, or of the one array that an object at the top holds ("features",
// "results", "data"…).
func (r *jsonReader) array() error {
	d := json.NewDecoder(bufio.NewReaderSize(r.pieces, 256<<10))
	token, err := d.Token()
	if err != nil {
		return r.broken(d, err)
	}
	switch token {
	case json.Delim('['):
		if err := r.elements(d); err != nil {
			return err
		}
		return r.ended(d)
	case json.Delim('{'):
		return r.envelope(d)
	}
	return notTabularJSON()
}

// envelope looks for the array in an object and reads it.
func (r *jsonReader) envelope(d *json.Decoder) error {
	found := false
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return r.broken(d, err)
		}
		name, _ := token.(string)
		if token, err = d.Token(); err != nil {
			return r.broken(d, err)
		}
		if token == json.Delim('[') && !found && (!r.geo || name == "features") {
			found = true
			if err := r.elements(d); err != nil {
				return err
			}
			continue
		}
		if err := r.skip(d, token); err != nil {
			return r.broken(d, err)
		}
	}
	if _, err := d.Token(); err != nil {
		return r.broken(d, err)
	}
	if !found {
		return notTabularJSON()
	}
	return r.ended(d)
}

// skip passes over a value whose first token was read.
func (r *jsonReader) skip(d *json.Decoder, token json.Token) (err error) {
	for depth := 0; ; {
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		r.pieces.next()
		if depth == 0 {
			return nil
		}
		if token, err = d.Token(); err != nil {
			return err
		}
	}
}

// elements reads the objects of an array whose bracket was read.
func (r *jsonReader) elements(d *json.Decoder) error {
	for d.More() {
		if r.rows++; r.rows%1024 == 0 && r.ctx.Err() != nil {
			return r.ctx.Err()
		}
		var element json.RawMessage
		if err := d.Decode(&element); err != nil {
			return r.broken(d, err)
		}
		if r.pieces.next(); len(element) > r.limits.Record {
			return r.broken(d, errPieceTooLong)
		}
		members, err := r.row(element)
		if err != nil {
			return err
		}
		if err := r.do(r.rows, members); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return r.broken(d, err)
	}
	return nil
}

// row is the members of an element: those of the object, or the properties of a feature and its geometry.
func (r *jsonReader) row(element json.RawMessage) ([]member, error) {
	members, err := membersOf(element)
	if err != nil {
		return nil, fault.New(fault.Invalid, "json_not_objects", i18n.T(
			"L’élément %d du tableau JSON n’est pas un objet. Chaque ligne doit être un objet, comme {\"nom\": \"valeur\"}.",
			"Element %d of the JSON array is not an object. Each row must be an object, like {\"name\": \"value\"}.", r.rows)).Because(err)
	}
	if !r.geo {
		return members, nil
	}
	var row []member
	var geometry json.RawMessage = []byte("null")
	for _, m := range members {
		switch m.name {
		case "properties":
			if m.value[0] != '{' {
				continue
			}
			if row, err = membersOf(m.value); err != nil {
				return nil, fmt.Errorf("format: feature %d: %w", r.rows, err)
			}
		case "geometry":
			geometry = m.value
		}
	}
	name := geometryMember
	for _, m := range row {
		if m.name == name {
			name = "geo_shape"
		}
	}
	return append(row, member{name: name, value: geometry}), nil
}

// membersOf reads an object, its members in order. Of a member given twice, the last value holds.
func membersOf(object []byte) ([]member, error) {
	d := json.NewDecoder(bytes.NewReader(object))
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	if token != json.Delim('{') {
		return nil, errNotObject
	}
	var members []member
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, err
		}
		m := member{}
		m.name, _ = token.(string)
		if err := d.Decode(&m.value); err != nil {
			return nil, err
		}
		members = append(members, m)
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errAfterObject
	}
	return members, nil
}

var (
	errNotObject   = errors.New("not an object")
	errAfterObject = errors.New("something follows the object")
)

// ended checks that nothing follows the document.
func (r *jsonReader) ended(d *json.Decoder) error {
	if _, err := d.Token(); errors.Is(err, io.EOF) {
		return nil
	} else if err != nil {
		return r.broken(d, err)
	}
	return r.broken(d, errAfterObject)
}

func notTabularJSON() error {
	return fault.New(fault.Invalid, "json_not_table", i18n.T(
		"Ce JSON ne contient pas de tableau d’objets. Il en faut un, comme [{\"nom\": \"Ada\"}, {\"nom\": \"Blaise\"}].",
		"This JSON holds no array of objects. One is needed, like [{\"name\": \"Ada\"}, {\"name\": \"Blaise\"}]."))
}

// broken says where the document stops being JSON.
func (r *jsonReader) broken(d *json.Decoder, err error) error {
	if errors.Is(err, errPieceTooLong) {
		return fault.New(fault.TooLarge, "row_too_long", i18n.T("L’élément %d (octet %d) dépasse %s, la taille admise pour une ligne.",
			"Element %d (byte %d) is over %s, the size allowed for a row.", max(r.rows, 1), r.start+d.InputOffset(), sizeText(int64(r.limits.Record))))
	}
	offset := r.breakAfter(r.start + d.InputOffset())
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		if size, e := r.file.Seek(0, io.SeekEnd); e == nil {
			offset = size
		}
		line := r.lineAt(offset)
		return fault.New(fault.Invalid, "json_truncated", i18n.T(
			"Le fichier JSON s’arrête avant sa fin, à la ligne %d (octet %d). Il a sans doute été coupé pendant sa copie : déposez-le entier.",
			"The JSON file stops before its end, at line %d (byte %d). It was probably cut while it was copied: send it whole.", line, offset)).Because(err)
	}
	return fault.New(fault.Invalid, "json_invalid", i18n.T("Le fichier n’est plus du JSON valable à la ligne %d (octet %d) : %s.",
		"The file is no longer valid JSON at line %d (byte %d): %s.", r.lineAt(offset), offset, jsonReason(err))).Because(err)
}

// breakAfter finds the byte that breaks the value which begins at or after an offset: a decoder in the middle of a
// document only says where the value begins.
func (r *jsonReader) breakAfter(offset int64) int64 {
	if _, err := r.file.Seek(offset, io.SeekStart); err != nil {
		return offset
	}
	rest := bufio.NewReader(io.LimitReader(r.file, int64(r.limits.Record)))
	skipped := offset
	for {
		c, err := rest.ReadByte()
		if err != nil {
			return offset
		}
		if !strings.ContainsRune(" \t\r\n,:", rune(c)) {
			break
		}
		skipped++
	}
	if err := rest.UnreadByte(); err != nil {
		return offset
	}
	var syntax *json.SyntaxError
	var value json.RawMessage
	if errors.As(json.NewDecoder(rest).Decode(&value), &syntax) {
		return skipped + syntax.Offset
	}
	return offset
}

// jsonReason names the usual mistakes.
func jsonReason(err error) i18n.Text {
	if errors.Is(err, errNotObject) {
		return i18n.T("un objet est attendu", "an object is expected")
	}
	if errors.Is(err, errAfterObject) {
		return i18n.T("quelque chose suit la fin", "something follows the end")
	}
	text := err.Error()
	if _, rest, ok := strings.Cut(text, "invalid character "); ok {
		character, _, _ := strings.Cut(rest, " ")
		return i18n.T("caractère %s inattendu", "unexpected character %s", character)
	}
	return i18n.T("il est mal formé", "it is malformed")
}

// lineAt counts the lines before an offset of the file.
func (r *jsonReader) lineAt(offset int64) int64 {
	if _, err := r.file.Seek(0, io.SeekStart); err != nil {
		return 0
	}
	lines := int64(1)
	buffer := make([]byte, 64<<10)
	reader := io.LimitReader(r.file, offset)
	for {
		n, err := reader.Read(buffer)
		lines += int64(bytes.Count(buffer[:n], []byte{'\n'}))
		if err != nil {
			return lines
		}
	}
}
