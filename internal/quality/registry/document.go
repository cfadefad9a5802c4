package registry

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"

	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/schema/frictionless"
)

// described is what a document says of itself.
type described struct {
	Kind        Kind
	Name        string // as the document has it; "" when it has none
	Title       string
	Description string
	Version     string
	Fields      int
}

// maxFields bounds how many fields a schema may describe, as ingestion bounds the columns of a table.
const maxFields = 10_000

// outline is what of a document tells its kind.
type outline struct {
	Schema      string `json:"$schema"`
	Name        string `json:"name"`
	Title       string `json:"title"`
	Description string `json:"description"`
	Version     string `json:"version"`

	Fields     []json.RawMessage `json:"fields"`
	Resources  []json.RawMessage `json:"resources"`
	Properties map[string]any    `json:"properties"`
	Type       any               `json:"type"`
}

// inspect says what a document is, and refuses one that is no schema, with the reason.
func (s *Service) inspect(document []byte) (described, error) {
	if int64(len(document)) > s.options.MaxBytes {
		return described{}, fault.New(fault.TooLarge, "schema_too_large", i18n.T("Ce document dépasse la taille acceptée pour un schéma, %s.",
			"This document is over the size accepted for a schema, %s.", i18n.Text{FR: i18n.Bytes(i18n.FR, s.options.MaxBytes), EN: i18n.Bytes(i18n.EN, s.options.MaxBytes)})).At("file")
	}
	if !utf8.Valid(document) {
		return described{}, invalidDocument(i18n.T("Ce fichier n’est pas un texte en UTF-8.", "This file is no text in UTF-8."))
	}
	text := bytes.TrimPrefix(document, []byte("\ufeff"))
	var o outline
	if err := json.Unmarshal(text, &o); err != nil {
		return described{}, notJSON(text, err)
	}
	if len(o.Fields) > maxFields {
		return described{}, fault.New(fault.TooLarge, "schema_too_large", i18n.T("Ce schéma décrit %d champs ; %d au plus sont acceptés.",
			"This schema describes %d fields; at most %d are accepted.", len(o.Fields), maxFields)).At("file")
	}
	d := described{Kind: kindOf(o), Name: o.Name, Title: o.Title, Description: o.Description, Version: o.Version, Fields: len(o.Fields)}
	switch d.Kind {
	case TableSchema:
		_, err := frictionless.Parse(text)
		return d, err
	case DataPackage:
		_, err := frictionless.ParsePackage(text)
		return d, err
	case JSONSchema:
		d.Fields = len(o.Properties)
		return d, nil
	}
	return described{}, invalidDocument(i18n.T(
		"Ce document JSON n’est pas un schéma : un Table Schema a une liste « fields », un Data Package une liste « resources », un JSON Schema un « type » ou des « properties ».",
		"This JSON document is no schema: a Table Schema has a list “fields”, a Data Package a list “resources”, a JSON Schema a “type” or “properties”."))
}

// kindOf tells the languages of schemas apart, "" for none.
func kindOf(o outline) Kind {
	switch {
	case strings.Contains(o.Schema, "json-schema.org"):
		return JSONSchema
	case o.Resources != nil:
		return DataPackage
	case o.Fields != nil:
		return TableSchema
	case o.Properties != nil, o.Type != nil && o.Schema != "":
		return JSONSchema
	}
	return ""
}

func invalidDocument(message i18n.Text) *fault.Error {
	return fault.New(fault.Invalid, "schema_invalid", message).At("file")
}

// notJSON says where a document stops being JSON, or what of it has the wrong shape.
func notJSON(text []byte, err error) error {
	var syntax *json.SyntaxError
	var shape *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		line, column := placeOf(text, syntax.Offset)
		return invalidDocument(i18n.T("Ce n’est pas du JSON valable : ligne %d, caractère %d.", "This is not valid JSON: line %d, character %d.", line, column)).Because(err)
	case errors.As(err, &shape) && shape.Field != "":
		return invalidDocument(i18n.T("Dans ce document, « %s » n’a pas la forme attendue.", "In this document, “%s” does not have the expected form.", shape.Field)).Because(err)
	}
	return invalidDocument(i18n.T("Ce document n’est pas un objet JSON.", "This document is no JSON object.")).Because(err)
}

// placeOf turns an offset in bytes into a line and a character, both from 1.
func placeOf(text []byte, offset int64) (line, column int) {
	before := text[:min(int64(len(text)), max(0, offset))]
	line = 1 + bytes.Count(before, []byte("\n"))
	return line, utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
}
