package cli

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"socle/internal/fault"
	"socle/internal/format"
	"socle/internal/i18n"
	"socle/internal/schema/frictionless"
	"socle/internal/validate"
)

// communes is the name of the list that the program carries.
const communes = "communes"

// lists finds the reference lists that the rules of a schema name: those of --list; the communes, with their days; a
// file next to the schema; a dataset of the platform, as "annuaire" when it has one key, or "annuaire:uai".
type lists struct {
	*validation
	given  map[string]string // what --list says, by name
	folder string            // of the schema, or of the package; empty when the schema is not a file here, which may then name none
	read   map[string]validate.List
	client *client // of the platform, once it was asked
}

// lists reads what --list says.
func (v *validation) lists() (*lists, error) {
	l := &lists{validation: v, given: map[string]string{}, read: map[string]validate.List{}}
	for _, said := range v.validateCommand.List {
		name, path, found := strings.Cut(said, "=")
		if !found || name == "" || path == "" {
			return nil, misuse{i18n.T("--list attend NOM=FICHIER, ou NOM=FICHIER#COLONNE. Reçu : %s.", "--list expects NAME=FILE, or NAME=FILE#COLUMN. Given: %s.", said)}
		}
		l.given[name] = path
	}
	beside := v.Schema
	if beside == "" {
		beside = v.File // a package
	}
	if info, err := os.Stat(beside); err == nil && !info.IsDir() {
		l.folder = filepath.Dir(beside)
	}
	return l, nil
}

// close leaves the platform.
func (l *lists) close() {
	if l.client != nil {
		_ = l.client.close() // nothing was written
	}
}

// List implements [validate.Lists].
func (l *lists) List(ctx context.Context, name string) (list validate.List, err error) {
	if known, found := l.read[name]; found {
		return known, nil
	}
	switch path, given := l.given[name]; {
	case given:
		list, err = l.file(ctx, path)
	case name == communes:
		list, err = validate.BuiltIn{}.List(ctx, name)
	case l.beside(name) != "":
		list, err = l.file(ctx, l.beside(name))
	default:
		list, err = l.dataset(ctx, name)
	}
	if err == nil {
		l.read[name] = list
	}
	return list, err
}

func noList(name string) error {
	return fault.New(fault.NotFound, "list_not_found", i18n.T("Il n’y a pas de liste « %s ».", "There is no list “%s”.", name))
}

// beside is where a name leads from the schema, empty when there is no such file in its folder. A schema, which anybody
// may have written, never names a file elsewhere.
func (l *lists) beside(name string) string {
	path, column, _ := strings.Cut(name, "#")
	if l.folder == "" || !filepath.IsLocal(path) || filepath.Ext(path) == "" {
		return ""
	}
	root, err := os.OpenRoot(l.folder)
	if err != nil {
		return ""
	}
	defer root.Close()
	if info, err := root.Stat(path); err != nil || info.IsDir() { // a link that leads out is no file of the folder
		return ""
	}
	return filepath.Join(l.folder, path) + "#" + column
}

// file reads FILE, or FILE#COLUMN.
func (l *lists) file(ctx context.Context, said string) (validate.List, error) {
	path, column, _ := strings.Cut(said, "#")
	if info, err := os.Stat(path); err != nil || info.IsDir() {
		return nil, misuse{i18n.T("la liste « %s » n’existe pas, ou ne peut pas être lue.", "list “%s” does not exist, or cannot be read.", path)}
	}
	return l.values(ctx, path, column, format.Options{})
}

func (l *lists) values(ctx context.Context, path, column string, read format.Options) (validate.List, error) {
	scratch, err := os.MkdirTemp(l.scratch, "list-*")
	if err != nil {
		return nil, err
	}
	table, err := validate.File{Path: path, Parquet: parquet(scratch), Read: read}.Open(ctx, nil, scratch)
	if err != nil {
		return nil, err
	}
	return validate.ReadValues(ctx, table, column)
}

// dataset asks the platform for the values of a field, as whoever runs the command may read them.
func (l *lists) dataset(ctx context.Context, name string) (validate.List, error) {
	if !l.platform() {
		return nil, noList(name)
	}
	if err := l.ask(); err != nil {
		return nil, err
	}
	id, field, _ := strings.Cut(name, ":")
	if field == "" {
		var err error
		if field, err = l.key(ctx, id); err != nil {
			return nil, err
		}
	}
	answer, err := l.client.do(ctx, http.MethodGet, explorePrefix+"/catalog/datasets/"+url.PathEscape(id)+"/exports/csv",
		url.Values{"select": {"`" + field + "`"}, "group_by": {"`" + field + "`"}, "limit": {"-1"}, "delimiter": {","}, "with_bom": {"false"}}, nil, "")
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	path := filepath.Join(l.scratch, "list.csv")
	if err := save(answer.Body, path); err != nil {
		return nil, err
	}
	return l.values(ctx, path, "", format.Options{Delimiter: ",", HeaderRow: 1})
}

// platform reports whether there is a platform to ask.
func (l *lists) platform() bool {
	_, err := os.Stat(l.globals.Data)
	return err == nil || l.globals.Server != ""
}

// ask opens the platform.
func (l *lists) ask() (err error) {
	if l.client == nil {
		l.client, err = l.validation.client()
	}
	return err
}

// key is the only field of the key of a dataset.
func (l *lists) key(ctx context.Context, id string) (string, error) {
	s, err := l.schemaOf(ctx, id)
	if err != nil {
		return "", err
	}
	switch {
	case len(s.PrimaryKey) == 1:
		return s.PrimaryKey[0], nil
	case len(s.Fields) == 1:
		return s.Fields[0].Name, nil
	}
	return "", misuse{i18n.T("le jeu « %s » a plusieurs champs et pas une clé d’un seul : écrivez le champ dans le schéma, comme « %s:uai ».",
		"dataset “%s” has several fields and no key of one: write the field in the schema, like “%s:uai”.", id, id)}
}

// schemaOf is the schema of a dataset.
func (l *lists) schemaOf(ctx context.Context, id string) (*frictionless.Schema, error) {
	answer, err := l.client.do(ctx, http.MethodGet, "/api/v1/datasets/"+url.PathEscape(id)+"/schema", nil, nil, "")
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	document, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	return frictionless.Parse(document)
}

func save(from io.Reader, path string) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, from)
	return errors.Join(err, file.Close())
}
