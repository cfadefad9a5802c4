package web

import (
	"embed"
	"encoding/json"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"strings"

	"socle/internal/fault"
	"socle/internal/i18n"
)

//go:embed all:dist
var dist embed.FS

// assetPrefix is where the assets are served. Their names change with their content.
const assetPrefix = "/assets/"

// Assets are the styles, scripts and fonts that internal/web/assets/build made. They may be missing from a build.
type Assets struct {
	files    fs.FS
	manifest map[string]string // logical name ("app.js") to file name ("app-1A2B3C4D.js")
}

// EmbeddedAssets returns the assets inside the program.
func EmbeddedAssets() *Assets {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		return &Assets{}
	}
	return LoadAssets(files)
}

// LoadAssets reads the manifest of built assets. Without one, [Assets.Built] is false.
func LoadAssets(files fs.FS) *Assets {
	a := &Assets{files: files, manifest: map[string]string{}}
	if text, err := fs.ReadFile(files, "manifest.json"); err == nil && json.Unmarshal(text, &a.manifest) != nil {
		a.manifest = nil
	}
	return a
}

// Built reports whether the assets are there.
func (a *Assets) Built() bool { return len(a.manifest) > 0 }

// HasTheme reports whether the styles of a theme are there: those of the State are, only where its package was
// installed.
func (a *Assets) HasTheme(theme string) bool {
	_, found := a.manifest["theme-"+theme+".css"]
	return found
}

// URL returns the address of an asset, "" when it does not exist.
func (a *Assets) URL(name string) string {
	if file, found := a.manifest[name]; found {
		return assetPrefix + file
	}
	return ""
}

var errAssetsMissing = fault.New(fault.Unavailable, "assets_missing", i18n.T(
	"Les styles et les scripts de ce site n’ont pas été construits. Lancez « make assets », puis reconstruisez le programme.",
	"The styles and scripts of this site have not been built. Run “make assets”, then build the program again."))

// ServeHTTP answers with an asset, in its compressed form when the reader takes it.
func (a *Assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, assetPrefix)
	if !fs.ValidPath(name) || name == "manifest.json" || strings.HasSuffix(name, ".br") || strings.HasSuffix(name, ".gz") || a.files == nil {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Vary", "Accept-Encoding")
	body, encoding := a.best(r, name)
	if body == nil {
		http.NotFound(w, r)
		return
	}
	if encoding != "" {
		h.Set("Content-Encoding", encoding)
	}
	h.Set("Content-Type", contentType(name))
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("ETag", `"`+url.PathEscape(name)+encoding+`"`)
	if r.Header.Get("If-None-Match") == h.Get("ETag") {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
}

func (a *Assets) best(r *http.Request, name string) (body []byte, encoding string) {
	for _, form := range []struct{ encoding, suffix string }{{"br", ".br"}, {"gzip", ".gz"}} {
		if Accepts(r, form.encoding) {
			if body, err := fs.ReadFile(a.files, name+form.suffix); err == nil {
				return body, form.encoding
			}
		}
	}
	body, err := fs.ReadFile(a.files, name)
	if err != nil {
		return nil, ""
	}
	return body, ""
}

// contentType is written here rather than asked of the system, whose tables differ between machines.
func contentType(name string) string {
	types := map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
		".mjs": "text/javascript; charset=utf-8", ".woff2": "font/woff2", ".svg": "image/svg+xml", ".png": "image/png",
		".ico": "image/x-icon", ".json": "application/json", ".txt": "text/plain; charset=utf-8"}
	if t, found := types[path.Ext(name)]; found {
		return t
	}
	return "application/octet-stream"
}

// tileOrigin is the part of a tile address that the security policy names.
func tileOrigin(template string) string {
	u, err := url.Parse(strings.NewReplacer("{", "", "}", "").Replace(template))
	if err != nil || u.Host == "" {
		return "'self'"
	}
	return u.Scheme + "://" + u.Host
}
