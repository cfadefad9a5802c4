// Package dictionary helps people say what each field of a dataset means, and keeps what they said before.
//
// There is one truth: the descriptions of fields in package asset, which pages, exports and the API read. This package drafts them
// from the data and from fields of other datasets that look alike, reads them from and writes them to the formats of others
// (Table Schema, CSV on the Web, spreadsheets), prints them as a document, and keeps the history of every change, whatever made
// it. A draft is shown as one, and is worth nothing until a person confirms it.
package dictionary

import (
	"context"
	"embed"
	"strings"
	"time"

	"socle/internal/access"
	"socle/internal/asset"
	"socle/internal/engine"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/lake"
	"socle/internal/query"
	"socle/internal/schema"
	"socle/internal/store"
)

// Migrations makes the table of changes.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Versions is what a dictionary needs of the lake.
type Versions interface {
	Head(ctx context.Context, datasetUID string) (lake.Version, error)
}

// Engine tells what the values of a version are.
type Engine interface {
	Statistics(ctx context.Context, source query.Source) (*engine.Statistics, error)
}

// Options is what the service is made of; all is required but URL.
type Options struct {
	Store    *store.DB
	Assets   *asset.Service
	Access   *access.Service
	Versions Versions
	Engine   Engine
	URL      string // public address of the portal without a final slash; made from the request when empty
}

// Service keeps dictionaries. It is safe for concurrent use.
type Service struct{ Options }

// New returns the service over migrated services.
func New(o Options) *Service { return &Service{o} }

// Entry is what a dictionary says of one field.
type Entry struct {
	Field schema.Field // with what people say of it laid over
	Doc   asset.FieldDoc
	Key   bool // part of what identifies a row
}

// Type says the type of the field to people.
func (e Entry) Type() i18n.Text { return typeLabel(e.Field.Type) }

// Get is a slot of the entry, with what the file said where nobody said better.
func (e Entry) Get(slot string) string {
	switch slot {
	case "libelle":
		return e.Field.Label
	case "definition":
		return e.Field.Description
	case "unite":
		return e.Field.Unit
	case "concept":
		return e.Field.Concept
	}
	return e.Doc.Get(slot)
}

// Dictionary is what is said of the fields of a version.
type Dictionary struct {
	Dataset   asset.Dataset
	Version   int // 0: none yet
	Published time.Time
	Entries   []Entry
}

// Of returns the dictionary of the version that readers see, as much of it as who asks may know. Its errors are those of reading
// the dataset.
func (s *Service) Of(ctx context.Context, d asset.Dataset) (Dictionary, error) {
	view, err := s.Access.View(ctx, identity.From(ctx), d.Asset)
	if err != nil {
		return Dictionary{}, err
	}
	out := Dictionary{Dataset: d}
	head, err := s.Versions.Head(ctx, d.UID)
	if fault.Is(err, fault.NotFound) {
		return out, nil
	}
	if err != nil {
		return out, err
	}
	out.Version, out.Published = head.Number, head.PublishedAt
	key := d.Key
	if len(key) == 0 {
		key = head.Schema.PrimaryKey
	}
	for _, f := range view.Schema(head.Schema).Fields {
		e := Entry{Field: described(f, d.Fields[f.Name]), Doc: d.Fields[f.Name]}
		for _, name := range key {
			e.Key = e.Key || name == f.Name
		}
		out.Entries = append(out.Entries, e)
	}
	return out, nil
}

// described lays what people say of a field over what the file said.
func described(f schema.Field, doc asset.FieldDoc) schema.Field {
	f.Label, f.Description, f.Unit, f.Concept = first(doc.Label, f.Label, f.Name), first(doc.Description, f.Description), first(doc.Unit, f.Unit), first(doc.Concept, f.Concept)
	return f
}

func first(texts ...string) string {
	for _, t := range texts {
		if strings.TrimSpace(t) != "" {
			return t
		}
	}
	return ""
}

func typeLabel(t schema.Type) i18n.Text {
	switch t {
	case schema.Integer:
		return i18n.T("nombre entier", "whole number")
	case schema.Decimal:
		return i18n.T("nombre décimal", "decimal number")
	case schema.Boolean:
		return i18n.T("oui ou non", "yes or no")
	case schema.Date:
		return i18n.T("date", "date")
	case schema.Datetime:
		return i18n.T("date et heure", "date and time")
	case schema.Point:
		return i18n.T("position", "position")
	case schema.Geometry:
		return i18n.T("forme géographique", "geographic shape")
	case schema.JSON:
		return i18n.T("liste ou objet", "list or object")
	}
	return i18n.T("texte", "text")
}
