package cli

import (
	"context"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"socle/internal/fault"
	"socle/internal/format"
	"socle/internal/i18n"
	"socle/internal/validate"
)

// nested holds a JSON file against a JSON Schema.
func (v *validation) nested(ctx context.Context, document []byte, options validate.Options) (*validate.Report, error) {
	address := v.Schema
	if !isAddress(address) {
		path, err := filepath.Abs(address)
		if err != nil {
			return nil, err
		}
		address = (&url.URL{Scheme: "file", Path: filepath.ToSlash(path)}).String()
	}
	schema, err := validate.CompileJSON(ctx, document, address, v.referred)
	if err != nil {
		return nil, err
	}
	return schema.Check(ctx, validate.File{Path: v.File, Read: format.Options{Member: v.Member}}, v.scratch, options)
}

func isAddress(name string) bool {
	return strings.HasPrefix(name, "http://") || strings.HasPrefix(name, "https://")
}

// referred brings a document that a JSON Schema refers to: one of the Internet as any other address, or a file of the
// folder of the schema. A schema that came from an address names no file here.
func (v *validation) referred(ctx context.Context, address string) ([]byte, error) {
	if isAddress(address) {
		path, err := v.fetch(ctx, address, v.scratch)
		if err != nil {
			return nil, err
		}
		return os.ReadFile(path)
	}
	refused := fault.New(fault.Invalid, "schema_reference", i18n.T("Le schéma renvoie à « %s », qui n’est pas un fichier de son dossier, ni une adresse https.",
		"The schema refers to “%s”, which is neither a file of its folder nor an https address.", address))
	place, err := url.Parse(address)
	if err != nil || place.Scheme != "file" || isAddress(v.Schema) {
		return nil, refused
	}
	own, err := filepath.Abs(v.Schema)
	if err != nil {
		return nil, err
	}
	folder := filepath.Dir(own)
	inside, err := filepath.Rel(folder, filepath.FromSlash(place.Path))
	if err != nil {
		return nil, refused
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	file, err := root.Open(inside) // refuses what leads out, by its path or by a link
	if err != nil {
		return nil, refused.Because(err)
	}
	defer file.Close()
	return io.ReadAll(file)
}
