package dictionary

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"socle/internal/asset"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/schema"
	"socle/internal/schema/frictionless"
)

// The formats that a dictionary is written in, as addresses name them.
const (
	FormatSchema = "table-schema.json"
	FormatCSVW   = "csvw.json"
	FormatCSV    = "csv"
	FormatXLSX   = "xlsx"
)

var mediaTypes = map[string]string{FormatSchema: "application/json", FormatCSVW: "application/csvm+json", FormatCSV: "text/csv; charset=utf-8",
	FormatXLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}

// Write writes a dictionary in a format. base is the public address of the portal.
func (d Dictionary) Write(w io.Writer, format, base string) error {
	switch format {
	case FormatSchema:
		text, err := d.tableSchema()
		if err == nil {
			_, err = w.Write(append(text, '\n'))
		}
		return err
	case FormatCSVW:
		return writeJSON(w, d.csvw(base))
	case FormatCSV:
		return d.writeCSV(w)
	case FormatXLSX:
		return d.writeXLSX(w)
	}
	return fault.New(fault.NotFound, "format_unknown", i18n.T("Le dictionnaire n’existe pas dans ce format.", "The dictionary does not exist in that format."))
}

func writeJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}

// The properties of a Table Schema that the standard does not have, by slot: a document may have any.
var extraNames = map[string]string{"unite": "unit", "consigne": "instructions", "nomenclature": "codelist", "norme": "standard", "sensibilite": "sensitivity", "concept": "concept"}

var tableTypes = map[schema.Type]frictionless.Type{schema.Text: frictionless.String, schema.Integer: frictionless.Integer, schema.Decimal: frictionless.Number, schema.Boolean: frictionless.Boolean,
	schema.Date: frictionless.Date, schema.Datetime: frictionless.Datetime, schema.Point: frictionless.Geopoint, schema.Geometry: frictionless.GeoJSON, schema.JSON: frictionless.Any}

func (d Dictionary) tableSchema() ([]byte, error) {
	out := frictionless.Schema{Profile: frictionless.TableSchemaV2, Name: d.Dataset.ID, Title: d.Dataset.Title}
	for _, e := range d.Entries {
		f := frictionless.Field{Name: e.Field.Name, Title: e.Field.Label, Description: e.Field.Description, Type: tableTypes[e.Field.Type]}
		if e.Field.Type == schema.Point {
			f.Format = "object"
		}
		if e.Doc.Example != "" {
			text, err := json.Marshal(e.Doc.Example)
			if err != nil {
				return nil, err
			}
			f.Example = text
		}
		for _, slot := range asset.FieldSlots {
			if name := extraNames[slot.Name]; name != "" && e.Get(slot.Name) != "" {
				if err := f.Extra.Set(name, e.Get(slot.Name)); err != nil {
					return nil, err
				}
			}
		}
		if e.Key {
			out.PrimaryKey = append(out.PrimaryKey, e.Field.Name)
		}
		out.Fields = append(out.Fields, f)
	}
	return out.Marshal()
}

// CSV on the Web, https://www.w3.org/TR/tabular-metadata/. The slots that it has no word for are common properties of Dublin Core,
// SKOS and schema.org, whose prefixes it knows.
var csvwNames = map[string]string{"definition": "dc:description", "unite": "schema:unitText", "consigne": "skos:scopeNote", "exemple": "skos:example", "nomenclature": "dc:references", "norme": "dc:conformsTo",
	"sensibilite": "dc:accessRights", "concept": "dc:subject"}

var csvwTypes = map[schema.Type]string{schema.Text: "string", schema.Integer: "integer", schema.Decimal: "number", schema.Boolean: "boolean", schema.Date: "date", schema.Datetime: "dateTimeStamp", schema.Point: "string",
	schema.Geometry: "json", schema.JSON: "json"}

func (d Dictionary) csvw(base string) map[string]any {
	var columns []map[string]any
	var key []string
	for _, e := range d.Entries {
		c := map[string]any{"name": e.Field.Name, "titles": e.Field.Label, "datatype": csvwTypes[e.Field.Type]}
		for slot, property := range csvwNames {
			if text := e.Get(slot); text != "" {
				c[property] = text
			}
		}
		columns = append(columns, c)
		if e.Key {
			key = append(key, e.Field.Name)
		}
	}
	table := map[string]any{"columns": columns}
	if key != nil {
		table["primaryKey"] = key
	}
	return map[string]any{"@context": []any{"http://www.w3.org/ns/csvw", map[string]string{"@language": "fr"}}, "dc:title": d.Dataset.Title,
		"url": base + "/api/explore/v2.1/catalog/datasets/" + d.Dataset.ID + "/exports/csv", "dialect": map[string]any{"delimiter": ";", "header": true}, "tableSchema": table}
}

// rows are the dictionary as a sheet: the names of the columns first.
func (d Dictionary) rows() [][]string {
	head := []string{"champ", "type"}
	for _, slot := range asset.FieldSlots {
		head = append(head, slot.Name)
	}
	rows := [][]string{head}
	for _, e := range d.Entries {
		row := []string{e.Field.Name, string(e.Field.Type)}
		for _, slot := range asset.FieldSlots {
			row = append(row, e.Get(slot.Name))
		}
		rows = append(rows, row)
	}
	return rows
}

func (d Dictionary) writeCSV(w io.Writer) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil { // spreadsheets know UTF-8 by it
		return err
	}
	out := csv.NewWriter(w)
	out.Comma = ';'
	for _, row := range d.rows() {
		for i, cell := range row {
			row[i] = harmless(cell)
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// harmless keeps a spreadsheet from taking a text for a formula.
func harmless(cell string) string {
	if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r") {
		return "'" + cell
	}
	return cell
}

func (d Dictionary) writeXLSX(w io.Writer) error {
	book := excelize.NewFile()
	defer book.Close()
	const sheet = "Dictionnaire"
	if err := book.SetSheetName("Sheet1", sheet); err != nil {
		return err
	}
	for i, row := range d.rows() {
		for j, cell := range row {
			name, err := excelize.CoordinatesToCellName(j+1, i+1)
			if err == nil {
				err = book.SetCellStr(sheet, name, cell)
			}
			if err != nil {
				return fmt.Errorf("dictionary: xlsx: %w", err)
			}
		}
	}
	bold, err := book.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err == nil {
		err = book.SetRowStyle(sheet, 1, 1, bold)
	}
	if err == nil {
		err = book.SetColWidth(sheet, "A", "K", 24)
	}
	if err == nil {
		err = book.SetPanes(sheet, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
	}
	if err != nil {
		return fmt.Errorf("dictionary: xlsx: %w", err)
	}
	return book.Write(w)
}

// Read reads what a file in one of the formats says of fields, by technical name. The format is told by the content, and by the
// name of the file for a spreadsheet.
func Read(name string, content []byte) (map[string]asset.FieldDoc, error) {
	text := bytes.TrimPrefix(content, []byte("\ufeff"))
	switch trimmed := bytes.TrimSpace(text); {
	case len(trimmed) > 0 && trimmed[0] == '{':
		var probe struct {
			Context json.RawMessage `json:"@context"`
		}
		if err := json.Unmarshal(trimmed, &probe); err != nil {
			return nil, unreadable(err)
		}
		if probe.Context != nil {
			return readCSVW(trimmed)
		}
		return readTableSchema(trimmed)
	case bytes.HasPrefix(content, []byte("PK")) || strings.EqualFold(path.Ext(name), ".xlsx"):
		return readXLSX(content)
	}
	return readCSV(text)
}

func unreadable(err error) error {
	return fault.New(fault.Invalid, "dictionary_unreadable", i18n.T(
		"Ce fichier n’est pas un dictionnaire lisible. Donnez un Table Schema, des métadonnées CSVW, ou un tableau (CSV, XLSX) dont la première colonne est « champ ».",
		"This file is no readable dictionary. Give a Table Schema, CSVW metadata, or a table (CSV, XLSX) whose first column is “champ”.")).At("fichier").Because(err)
}

func readTableSchema(text []byte) (map[string]asset.FieldDoc, error) {
	s, err := frictionless.Parse(text)
	if err != nil {
		return nil, err
	}
	docs := map[string]asset.FieldDoc{}
	for _, f := range s.Fields {
		doc := asset.FieldDoc{Label: f.Title, Description: f.Description}
		if f.Example != nil {
			doc.Example = plainJSON(f.Example)
		}
		for slot, extra := range extraNames {
			doc.Set(slot, f.Extra.Text(extra))
		}
		docs[schema.Name(f.Name)] = doc
	}
	return docs, nil
}

// plainJSON is a JSON value as a text: a string without its quotes, anything else as it is.
func plainJSON(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(raw)
}

func readCSVW(text []byte) (map[string]asset.FieldDoc, error) {
	var document struct {
		Tables []struct {
			Schema csvwSchema `json:"tableSchema"`
		} `json:"tables"`
		Schema csvwSchema `json:"tableSchema"`
	}
	if err := json.Unmarshal(text, &document); err != nil {
		return nil, unreadable(err)
	}
	columns := document.Schema.Columns
	if len(document.Tables) == 1 {
		columns = document.Tables[0].Schema.Columns
	}
	if len(columns) == 0 {
		return nil, unreadable(nil)
	}
	docs := map[string]asset.FieldDoc{}
	for _, c := range columns {
		doc := asset.FieldDoc{Label: natural(c["titles"])}
		for slot, property := range csvwNames {
			doc.Set(slot, natural(c[property]))
		}
		name := schema.Name(natural(c["name"]))
		if name == "" {
			name = schema.Name(doc.Label)
		}
		docs[name] = doc
	}
	return docs, nil
}

type csvwSchema struct {
	Columns []map[string]json.RawMessage `json:"columns"`
}

// natural reads a natural language property: a text, a list of texts, texts by language, or a value object.
func natural(raw json.RawMessage) string {
	var any any
	if json.Unmarshal(raw, &any) != nil {
		return ""
	}
	for {
		switch v := any.(type) {
		case string:
			return v
		case []interface{}:
			if len(v) == 0 {
				return ""
			}
			any = v[0]
		case map[string]interface{}:
			any = nil
			for _, key := range []string{"fr", "@value", "und", "en"} {
				if value, ok := v[key]; ok && any == nil {
					any = value
				}
			}
		default:
			return ""
		}
	}
}

func readCSV(text []byte) (map[string]asset.FieldDoc, error) {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	in := csv.NewReader(bytes.NewReader(text))
	in.FieldsPerRecord, in.LazyQuotes = -1, true
	for _, comma := range ";\t," {
		if bytes.ContainsRune(line, comma) {
			in.Comma = comma
			break
		}
	}
	rows, err := in.ReadAll()
	if err != nil {
		return nil, unreadable(err)
	}
	return readRows(rows)
}

func readXLSX(content []byte) (map[string]asset.FieldDoc, error) {
	book, err := excelize.OpenReader(bytes.NewReader(content), excelize.Options{UnzipSizeLimit: 64 << 20, UnzipXMLSizeLimit: 16 << 20})
	if err != nil {
		return nil, unreadable(err)
	}
	defer book.Close()
	rows, err := book.GetRows(book.GetSheetName(0))
	if err != nil {
		return nil, unreadable(err)
	}
	return readRows(rows)
}

// otherHeaders are words that people write in place of the names of slots.
var otherHeaders = map[string]string{"champ": "champ", "field": "champ", "nom": "champ", "name": "champ", "nom_technique": "champ", "colonne": "champ", "variable": "champ",
	"label": "libelle", "title": "libelle", "titre": "libelle", "description": "definition", "signification": "definition", "unit": "unite", "instructions": "consigne", "consigne_de_saisie": "consigne",
	"example": "exemple", "codelist": "nomenclature", "code_list": "nomenclature", "standard": "norme", "norm": "norme", "sensitivity": "sensibilite"}

func readRows(rows [][]string) (map[string]asset.FieldDoc, error) {
	if len(rows) == 0 {
		return nil, unreadable(nil)
	}
	var slots []string
	for _, header := range rows[0] {
		name := schema.Name(header)
		if other := otherHeaders[name]; other != "" {
			name = other
		}
		slots = append(slots, name)
	}
	at := slices.Index(slots, "champ")
	if at < 0 {
		return nil, unreadable(nil)
	}
	docs := map[string]asset.FieldDoc{}
	for _, row := range rows[1:] {
		if at >= len(row) || schema.Name(row[at]) == "" {
			continue
		}
		var doc asset.FieldDoc
		for i, cell := range row[:min(len(row), len(slots))] {
			cell = strings.TrimSpace(cell)
			if len(cell) > 1 && cell[0] == '\'' && strings.ContainsAny(cell[1:2], "=+-@\t\r") {
				cell = cell[1:]
			}
			doc.Set(slots[i], cell)
		}
		docs[schema.Name(row[at])] = doc
	}
	return docs, nil
}

// Lay lays what was read over what a dataset says, for the fields that it has: a slot that the file leaves empty stays as it was.
// It returns the dataset as it would be, and the names that it has no field for.
func Lay(d asset.Dataset, fields []schema.Field, docs map[string]asset.FieldDoc) (asset.Dataset, []string) {
	laid := make(map[string]asset.FieldDoc, len(d.Fields))
	for name, doc := range d.Fields {
		laid[name] = doc
	}
	var unknown []string
	for name, doc := range docs {
		i := slices.IndexFunc(fields, func(f schema.Field) bool { return f.Name == name })
		if i < 0 {
			unknown = append(unknown, name)
			continue
		}
		now, shown := laid[name], Entry{Field: described(fields[i], laid[name]), Doc: laid[name]}
		for _, slot := range asset.FieldSlots {
			if text := doc.Get(slot.Name); text != "" && text != shown.Get(slot.Name) {
				now.Set(slot.Name, text)
			}
		}
		if now != (asset.FieldDoc{}) {
			laid[name] = now
		}
	}
	slices.Sort(unknown)
	d.Fields = laid
	return d, unknown
}
