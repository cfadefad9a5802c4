package frictionless

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"socle/internal/i18n"
)

// A Package is a Data Package: tables, and other files, that go together.
type Package struct {
	Profile     string // $schema, or the profile of version 1
	Name        string
	Title       string
	Description string
	Version     string
	Resources   []Resource
	Extra       Extra     // licenses, contributors, sources, keywords… and properties that the standard does not know
	Notes       []Problem // oddities that were tolerated when reading; not written

	order []string
}

// A Resource is one file of a package, or data written in the package itself.
type Resource struct {
	Name        string
	Title       string
	Description string
	Path        []string        // relative to the folder of the package, or addresses; several are parts of one file, end to end
	Data        json.RawMessage // instead of a path
	Type        string          // "table", or the profile of version 1
	Format      string
	MediaType   string
	Encoding    string
	Bytes       *int64
	Hash        string   // "sha256:…"; MD5 when nothing is said
	Schema      *Schema  // nil when it has none, or when SchemaPath says where it is
	SchemaPath  string   //
	Dialect     *Dialect // nil when it has none
	DialectPath string   //
	Extra       Extra

	order []string
}

// Tabular reports whether the resource says that it is a table, by its type, its profile or its schema.
func (r *Resource) Tabular() bool {
	return r.Type == "table" || r.Type == "tabular-data-resource" || r.Schema != nil || r.SchemaPath != ""
}

// Resource returns the resource with a name, nil when there is none.
func (p *Package) Resource(name string) *Resource {
	if i := slices.IndexFunc(p.Resources, func(r Resource) bool { return r.Name == name }); i >= 0 {
		return &p.Resources[i]
	}
	return nil
}

var notAPackage = i18n.T("Ce n’est pas un paquet de données (Data Package)", "This is not a Data Package")

// ParsePackage reads a Data Package, of version 1 or 2. The fault is package_invalid. A path that is absolute, goes up
// or enters a hidden folder is a fault: a package may not reach outside its own folder.
func ParsePackage(data []byte) (*Package, error) {
	r := &reader{}
	o, ok := r.document(data)
	if !ok {
		return nil, r.err("package_invalid", notAPackage)
	}
	p := &Package{order: o.order, Name: o.words("name"), Title: o.words("title"), Description: o.words("description"), Version: o.words("version"), Profile: o.words("$schema")}
	resources, ok := o.list("resources")
	if !ok && !r.faultAt("resources") || ok && len(resources) == 0 {
		r.wrong("resources", "un paquet a une liste « resources » d’au moins un fichier", "a package has a list “resources” of at least one file")
	}
	for i, raw := range resources {
		if res, ok := r.object(fmt.Sprintf("resources[%d]", i), raw); ok {
			p.Resources = append(p.Resources, r.resource(res))
		}
	}
	for i, res := range p.Resources {
		for j, k := range keysOf(res.Schema) {
			if k.Resource != "" && p.Resource(k.Resource) == nil {
				r.wrong(fmt.Sprintf("resources[%d].schema.foreignKeys[%d].reference.resource", i, j), "« %s » n’est pas un fichier du paquet", "“%s” is not a file of the package", k.Resource)
			}
		}
		if first := slices.IndexFunc(p.Resources, func(other Resource) bool { return other.Name == res.Name }); first < i {
			r.wrong(fmt.Sprintf("resources[%d].name", i), "« %s » est déjà le nom de resources[%d]", "“%s” is already the name of resources[%d]", res.Name, first)
		}
	}
	p.Extra, p.Notes = o.rest(), r.notes
	if err := r.err("package_invalid", notAPackage); err != nil {
		return nil, err
	}
	return p, nil
}

// ParseResource reads a Data Resource that stands alone, as a package of that file. The fault is resource_invalid. Its
// foreign keys may name resources that nobody knows here.
func ParseResource(data []byte) (*Package, error) {
	r, p := &reader{}, &Package{}
	if o, ok := r.document(data); ok {
		res := r.resource(o)
		p.Name, p.Title, p.Resources = res.Name, res.Title, []Resource{res}
	}
	if err := r.err("resource_invalid", i18n.T("Ce n’est pas la description d’un fichier (Data Resource)", "This is not the description of a file (Data Resource)")); err != nil {
		return nil, err
	}
	p.Notes = r.notes
	return p, nil
}

func keysOf(s *Schema) []ForeignKey {
	if s == nil {
		return nil
	}
	return s.ForeignKeys
}

func (r *reader) resource(o *object) Resource {
	res := Resource{order: o.order, Name: o.text("name"), Title: o.words("title"), Description: o.words("description"), Type: o.words("type"),
		Format: o.words("format"), MediaType: o.words("mediatype"), Encoding: o.text("encoding"), Hash: o.text("hash")}
	if res.Name == "" && !r.faultAt(o.at("name")) {
		r.wrong(o.at("name"), "un fichier du paquet a un nom", "a file of the package has a name")
	}
	if res.Type == "" {
		res.Type = o.words("profile")
	}
	if n := o.natural("bytes"); n != nil {
		size := int64(*n)
		res.Bytes = &size
	}
	res.Path = o.names("path")
	res.Data, _ = o.take("data")
	switch {
	case len(res.Path) == 0 && res.Data == nil:
		r.wrong(o.at("path"), "un fichier du paquet a un chemin (« path ») ou ses données (« data »)", "a file of the package has a path (“path”) or its data (“data”)")
	case len(res.Path) > 0 && res.Data != nil:
		r.wrong(o.at("data"), "« path » et « data » s’excluent", "“path” and “data” exclude each other")
	}
	for i, p := range res.Path {
		r.inside(fmt.Sprintf("%s[%d]", o.at("path"), i), p)
	}
	r.parts(o, &res)
	res.Extra = o.rest()
	return res
}

// parts reads the schema and the dialect: objects, or where they are.
func (r *reader) parts(o *object, res *Resource) {
	if raw, ok := o.take("schema"); ok {
		if raw[0] == '"' {
			_ = json.Unmarshal(raw, &res.SchemaPath) // a JSON text, as its first byte says
			r.inside(o.at("schema"), res.SchemaPath)
		} else if s, ok := r.object(o.at("schema"), raw); ok {
			res.Schema = r.schema(s)
		}
	}
	if raw, ok := o.take("dialect"); ok {
		if raw[0] == '"' {
			_ = json.Unmarshal(raw, &res.DialectPath) // likewise
			r.inside(o.at("dialect"), res.DialectPath)
		} else if d, ok := r.object(o.at("dialect"), raw); ok {
			res.Dialect = r.dialect(d)
		}
	}
}

// inside checks that a path stays in the folder of the package.
func (r *reader) inside(at, p string) {
	if strings.HasPrefix(p, "https://") || strings.HasPrefix(p, "http://") {
		return
	}
	slashed := strings.ReplaceAll(p, `\`, "/")
	hidden := slices.ContainsFunc(strings.Split(slashed, "/"), func(part string) bool { return strings.HasPrefix(part, ".") && part != "." })
	if p == "" || path.IsAbs(slashed) || len(p) > 1 && p[1] == ':' || hidden {
		r.wrong(at, "« %s » sort du dossier du paquet, ou est caché : un chemin simple est attendu, comme « donnees/ecoles.csv »",
			"“%s” leaves the folder of the package, or is hidden: a plain path is expected, like “data/schools.csv”", p)
	}
}

// MarshalJSON writes the package on one line.
func (p *Package) MarshalJSON() ([]byte, error) {
	w := writer{order: p.order, extra: p.Extra}
	w.text("$schema", p.Profile)
	w.text("name", p.Name)
	w.text("title", p.Title)
	w.text("description", p.Description)
	w.text("version", p.Version)
	resources := make([]json.RawMessage, len(p.Resources))
	for i := range p.Resources {
		raw, err := p.Resources[i].MarshalJSON()
		if err != nil {
			return nil, err
		}
		resources[i] = raw
	}
	w.put("resources", resources)
	return w.object()
}

// MarshalJSON writes the resource on one line.
func (r *Resource) MarshalJSON() ([]byte, error) {
	w := writer{order: r.order, extra: r.Extra}
	w.text("name", r.Name)
	kind := "type"
	if slices.Contains(r.order, "profile") && !slices.Contains(r.order, "type") {
		kind = "profile"
	}
	w.text(kind, r.Type)
	w.text("title", r.Title)
	w.text("description", r.Description)
	switch len(r.Path) {
	case 0:
	case 1:
		w.put("path", r.Path[0])
	default:
		w.put("path", r.Path)
	}
	w.raw("data", r.Data)
	w.text("format", r.Format)
	w.text("mediatype", r.MediaType)
	w.text("encoding", r.Encoding)
	if r.Bytes != nil {
		w.put("bytes", *r.Bytes)
	}
	w.text("hash", r.Hash)
	if r.Dialect != nil {
		w.put("dialect", r.Dialect)
	} else {
		w.text("dialect", r.DialectPath)
	}
	if r.Schema != nil {
		w.put("schema", r.Schema)
	} else {
		w.text("schema", r.SchemaPath)
	}
	return w.object()
}
