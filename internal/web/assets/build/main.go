// Command build bundles the styles, scripts, fonts and drawings of the pages into internal/web/dist.
//
// Run it from the root of the project after npm ci. Each file gets a name that changes with its content, so that
// browsers keep it for a year; manifest.json says which name stands for which file; .br and .gz are written beside
// each. The theme of the French State is made only where its package is installed: its terms of use must have
// been accepted by somebody who may (see README.md beside).
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/evanw/esbuild/pkg/api"
)

const (
	source = "internal/web/assets"
	target = "internal/web/dist"
)

func main() {
	log.SetFlags(0)
	if err := build(); err != nil {
		log.Fatal("assets: ", err)
	}
}

func build() error {
	root, err := os.Getwd()
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join("node_modules", "htmx.org")); err != nil {
		return fmt.Errorf("run “npm ci” first, from the root of the project: %w", err)
	}
	if err := empty(target); err != nil {
		return err
	}
	styles := []string{"css/theme-neutral.css", "css/map.css"}
	if _, err := os.Stat(filepath.Join("node_modules", "@gouvfr", "dsfr", "dist")); err == nil {
		styles = append(styles, "css/theme-dsfr.css")
	} else {
		log.Print("assets: without the theme of the French State, whose package is not installed (internal/web/assets/README.md says how)")
	}
	manifest := map[string]string{}
	for _, group := range []struct {
		entries []string
		module  bool // modules share their common parts; what is not one runs before the page is painted
	}{{styles, false}, {[]string{"app.js", "map.js"}, true}, {[]string{"map-worker.js"}, true}, {[]string{"scheme.js"}, false}} {
		if err := bundle(root, group.entries, group.module, manifest); err != nil {
			return err
		}
	}
	if err := compressAll(target); err != nil {
		return err
	}
	text, err := json.MarshalIndent(manifest, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(target, "manifest.json"), append(text, '\n'), 0o644) // last: it says that all is there
}

// empty removes what an earlier run left.
func empty(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if entry.Name() != ".gitkeep" {
			if err := os.RemoveAll(filepath.Join(dir, entry.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// bundle builds entries and writes in the manifest under which names.
func bundle(root string, entries []string, module bool, manifest map[string]string) error {
	paths := make([]string, len(entries))
	for i, entry := range entries {
		paths[i] = "./" + source + "/" + entry
	}
	format := api.FormatIIFE
	if module {
		format = api.FormatESModule
	}
	result := api.Build(api.BuildOptions{
		AbsWorkingDir: root, EntryPoints: paths, Outdir: target, Bundle: true, Write: true, Metafile: true,
		MinifyWhitespace: true, MinifyIdentifiers: true, MinifySyntax: true, Splitting: module, Format: format,
		IgnoreAnnotations: true, // the worker of the maps says that it has no effect, and would be left out
		EntryNames:        "[name]-[hash]", ChunkNames: "chunk-[hash]", AssetNames: "[name]-[hash]", Target: api.ES2023,
		LegalComments: api.LegalCommentsInline, LogLevel: api.LogLevelSilent,
		Loader: map[string]api.Loader{".woff2": api.LoaderFile, ".woff": api.LoaderEmpty, ".svg": api.LoaderFile, ".png": api.LoaderFile},
	})
	for _, message := range result.Errors {
		where := ""
		if message.Location != nil {
			where = fmt.Sprintf("%s:%d: ", message.Location.File, message.Location.Line)
		}
		log.Print("assets: ", where, message.Text)
	}
	if len(result.Errors) > 0 {
		return fmt.Errorf("%s: %d errors", strings.Join(entries, ", "), len(result.Errors))
	}
	var meta struct {
		Outputs map[string]struct {
			EntryPoint string `json:"entryPoint"`
		} `json:"outputs"`
	}
	if err := json.Unmarshal([]byte(result.Metafile), &meta); err != nil {
		return err
	}
	for output, info := range meta.Outputs {
		if info.EntryPoint != "" {
			manifest[filepath.Base(info.EntryPoint)] = filepath.Base(output)
		}
	}
	return icon(manifest)
}

// icon copies the icon of the site under a name that changes with its content.
func icon(manifest map[string]string) error {
	if _, done := manifest["icon.svg"]; done {
		return nil
	}
	text, err := os.ReadFile(filepath.Join(source, "icon.svg"))
	if err != nil {
		return err
	}
	manifest["icon.svg"] = "icon-" + hash(text) + ".svg"
	return os.WriteFile(filepath.Join(target, manifest["icon.svg"]), text, 0o644)
}

// compressAll writes .br and .gz beside each file that they make smaller.
func compressAll(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if !slices.Contains([]string{".css", ".js", ".svg"}, filepath.Ext(entry.Name())) {
			continue
		}
		path := filepath.Join(dir, entry.Name())
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for suffix, squeeze := range map[string]func([]byte) ([]byte, error){".br": withBrotli, ".gz": withGzip} {
			small, err := squeeze(text)
			if err != nil {
				return err
			}
			if len(small) < len(text) {
				if err := os.WriteFile(path+suffix, small, 0o644); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func withBrotli(text []byte) ([]byte, error) {
	var out bytes.Buffer
	w := brotli.NewWriterLevel(&out, brotli.BestCompression)
	if _, err := w.Write(text); err != nil {
		return nil, err
	}
	err := w.Close()
	return out.Bytes(), err
}

func withGzip(text []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(text); err != nil {
		return nil, err
	}
	err = w.Close()
	return out.Bytes(), err
}
