package registry

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"socle/internal/asset"
	"socle/internal/fault"
	"socle/internal/format"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/lake"
	"socle/internal/schema"
	"socle/internal/schema/frictionless"
	"socle/internal/validate"
)

// InferFile proposes a schema for a file of this machine, from every one of its cells. Folder scratch takes what must be
// rewritten.
func (s *Service) InferFile(ctx context.Context, file, name, scratch string) (*frictionless.Schema, error) {
	table, err := validate.File{Path: file, Name: name, Parquet: s.Parquet}.Open(ctx, nil, scratch)
	if err != nil {
		return nil, err
	}
	profile, err := format.Scan(ctx, table, nil)
	if err != nil {
		return nil, err
	}
	out := &frictionless.Schema{Profile: frictionless.TableSchemaV2}
	for _, guess := range format.Infer(table, profile) {
		out.Fields = append(out.Fields, fieldOf(guess, profile.Rows))
	}
	return out, nil
}

// InferDataset proposes a schema for the original of a dataset's head, with what its dictionary says. The principal of
// ctx must see the whole of the dataset.
func (s *Service) InferDataset(ctx context.Context, id, scratch string) (*frictionless.Schema, error) {
	d, v, err := s.wholeVersion(ctx, id, 0)
	if err != nil {
		return nil, err
	}
	file, err := s.original(ctx, v, scratch)
	if err != nil {
		return nil, err
	}
	out, err := s.InferFile(ctx, file, v.Original.Name, scratch)
	if err != nil {
		return nil, err
	}
	labels := make([]string, len(out.Fields))
	for i := range out.Fields {
		labels[i] = out.Fields[i].Name
	}
	names := schema.Names(labels)
	for i := range out.Fields {
		document(&out.Fields[i], d.Fields[names[i]])
	}
	for _, name := range d.Key {
		if i := slices.Index(names, name); i >= 0 {
			out.PrimaryKey = append(out.PrimaryKey, labels[i])
		}
	}
	out.Title, out.Description = d.Title, ""
	return out, nil
}

// document puts what people said of a field in its description.
func document(f *frictionless.Field, doc asset.FieldDoc) {
	f.Title, f.Description = firstOf(doc.Label, f.Title), firstOf(doc.Description, f.Description)
	if doc.Example != "" {
		f.Example, _ = json.Marshal(doc.Example) // a text is always JSON
	}
	if doc.Instructions != "" {
		_ = f.Extra.Set(instructionName, doc.Instructions) // a text is always JSON
	}
}

// wholeVersion returns a version of a dataset that the principal of ctx sees whole, the head for 0.
func (s *Service) wholeVersion(ctx context.Context, id string, number int) (asset.Dataset, lake.Version, error) {
	d, err := s.Assets.Get(ctx, id)
	if err != nil {
		return d, lake.Version{}, err
	}
	view, err := s.Access.View(ctx, identity.From(ctx), d.Asset)
	if err != nil {
		return d, lake.Version{}, err
	}
	if !view.Whole() {
		return d, lake.Version{}, fault.New(fault.Forbidden, "part_only", i18n.T(
			"Vous ne voyez qu’une partie de ces données ; les contrôler est réservé à ceux qui les voient toutes.",
			"You see only a part of this data; checking it is for those who see all of it."))
	}
	var v lake.Version
	if number == 0 {
		v, err = s.Lake.Head(ctx, d.UID)
	} else {
		v, err = s.Lake.Get(ctx, d.UID, number)
	}
	if err == nil && v.Erased != nil {
		err = lake.ErrErased
	}
	return d, v, err
}

// original copies the original of a version to a folder, and returns its path.
func (s *Service) original(ctx context.Context, v lake.Version, folder string) (string, error) {
	reader, err := s.Lake.Open(ctx, v, v.Original)
	if err != nil {
		return "", err
	}
	defer reader.Close()
	return keep(folder, v.Original.Name, reader)
}

// keep writes what a reader gives to a folder, under a name with the extension of the original.
func keep(folder, name string, reader io.Reader) (string, error) {
	file, err := os.CreateTemp(folder, "received-*"+strings.ToLower(path.Ext(filepath.Base(name))))
	if err != nil {
		return "", err
	}
	_, err = io.Copy(file, reader)
	if e := file.Close(); err == nil {
		err = e
	}
	return file.Name(), err
}

// fieldOf writes the guess of a column as a field of a schema to publish: what every row has is required, and a code is claimed only
// where every value is one.
func fieldOf(g format.Guess, rows int64) frictionless.Field {
	f := validate.FieldOf(g)
	if f.Name == "" {
		f.Name = g.Field.Name
	}
	f.Constraints.Required = rows > 0 && g.Nulls() == 0
	switch {
	case g.Field.Type == schema.Text && g.Misfits > 0:
		f.Format = ""
	case g.Field.Type == schema.Datetime && g.Field.Format != "":
		f.Type, f.Format = frictionless.String, "" // days in the French order with an hour come in too many forms for one format
	case g.Field.Type == schema.Datetime:
		f.Format = ""
	}
	return f
}
