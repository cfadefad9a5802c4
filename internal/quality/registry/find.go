package registry

import (
	"context"
	"slices"
	"strings"

	"socle/internal/french"
)

// List returns the schemas in whose name, title, description or owner every word of text is, ordered by name; all of
// them when text is empty.
func (s *Service) List(ctx context.Context, text string) ([]Schema, error) {
	all, err := readAll(ctx, s.Store)
	if err != nil {
		return nil, err
	}
	words := strings.Fields(french.Fold(text))
	all = slices.DeleteFunc(all, func(s Schema) bool {
		content := french.Fold(s.Ref.String() + " " + s.Title + " " + s.Description)
		return slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(content, word) })
	})
	slices.SortFunc(all, byName)
	return all, nil
}

// Get returns a schema with its versions. It answers NotFound.
func (s *Service) Get(ctx context.Context, ref Ref) (Schema, error) {
	return readSchema(ctx, s.Store, ref)
}

// Version returns a version of a schema with its document, the latest one when number is "" or [Latest]. It answers
// NotFound.
func (s *Service) Version(ctx context.Context, ref Ref, number string) (Schema, Version, error) {
	found, err := readSchema(ctx, s.Store, ref)
	if err != nil {
		return Schema{}, Version{}, err
	}
	if number == "" || number == Latest {
		number = found.Latest
	}
	i := slices.IndexFunc(found.Versions, func(v Version) bool { return v.Number == strings.TrimPrefix(number, "v") })
	if i < 0 {
		return Schema{}, Version{}, noVersion(ref, number)
	}
	v := found.Versions[i]
	v.Document, err = readDocument(ctx, s.Store, v)
	return found, v, err
}

// Document returns the document that a name stands for: "owner/name", or "owner/name@1.2.0". The command line resolves
// names here.
func (s *Service) Document(ctx context.Context, name string) ([]byte, error) {
	ref, number, err := ParseRef(name)
	if err != nil {
		return nil, err
	}
	_, v, err := s.Version(ctx, ref, number)
	return v.Document, err
}
