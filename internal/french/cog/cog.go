// Package cog holds the communes of the official geographic code, with the days from which and until which each code
// was one. The list is made by `make assets` from packages of the State's data office; a program that was built
// without it still runs, and checks the shape of codes alone.
//
// Source: Insee, Code officiel géographique, as published by data.gouv.fr (Licence Ouverte 2.0). See package.json for
// the packages, one for each year, and docs/decisions for why.
package cog

import (
	"compress/gzip"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"socle/internal/french"
)

// files holds communes.csv.gz once it was built.
//
//go:embed all:dist
var files embed.FS

// ErrAbsent says that the program was built without the list.
var ErrAbsent = errors.New("cog: the list of communes was not built: run make assets")

// Load reads the list. It answers [ErrAbsent] when the program was built without it.
func Load() (*french.Communes, error) {
	file, err := files.Open("dist/communes.csv.gz")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrAbsent
	}
	if err != nil {
		return nil, fmt.Errorf("cog: %w", err)
	}
	defer file.Close()
	plain, err := gzip.NewReader(file)
	if err != nil {
		return nil, fmt.Errorf("cog: %w", err)
	}
	return french.ReadCommunes(plain)
}
