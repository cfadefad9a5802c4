package internal

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The floors of the house, from the ground up, as docs/architecture.md draws them. On the ground floor a package
// may import those before it; above, a package imports only from the floors below. "app" knows everybody.
var (
	kernel = []string{"i18n", "nice", "french", "fault", "icalendar", "store", "scratch", "audit", "jobs", "identity", "schema", "asset", "query", "access", "projection", "format", "validate", "lake",
		"rowstore", "engine", "tables", "search", "outbound", "notify"}
	doors        = []string{"web", "api", "mcp"}
	capabilities = []string{"catalog", "ingest", "explore", "quality"}
	domains      = []string{"demo"}
	top          = []string{"app", "cli"}
)

func TestArrowsOnlyGoDown(t *testing.T) {
	floors := [][]string{kernel, doors, capabilities, domains, top}
	place := func(pkg string) (floor, rank int) {
		for i, packages := range floors {
			if j := slices.Index(packages, pkg); j >= 0 {
				return i, j
			}
		}
		return -1, -1
	}
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || !strings.Contains(path, string(filepath.Separator)) {
			return err
		}
		from, _, _ := strings.Cut(filepath.ToSlash(path), "/")
		floor, rank := place(from)
		if floor < 0 {
			t.Errorf("%s: package %s has no floor in arrows_test.go", path, from)
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range file.Imports {
			name, _ := strconv.Unquote(spec.Path.Value)
			name, ours := strings.CutPrefix(name, "socle/internal/")
			if !ours {
				continue
			}
			to, _, _ := strings.Cut(name, "/")
			toFloor, toRank := place(to)
			down := toFloor < floor || to == from || (floor == toFloor && (floor == 0 || floor == 4) && toRank < rank)
			// Tests may start the whole program; the arrows of the program itself stay clean.
			if !down && !(strings.HasSuffix(path, "_test.go") && to == "app") {
				t.Errorf("%s imports %s: arrows only go down", path, to)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
