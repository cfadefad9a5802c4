package cli

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"socle/internal/fault"
	"socle/internal/format"
	"socle/internal/i18n"
	"socle/internal/schema/frictionless"
	"socle/internal/validate"
)

// Referred implements [validate.Tables]: what --list gives under the name of the table, a file next to the schema, or the
// datasets of the platform that the key names, that declare the schema that it names, or that are called as its table.
func (l *lists) Referred(ctx context.Context, key frictionless.ForeignKey, each func([]validate.Referred) error) error {
	if path, given := l.given[key.Resource]; given {
		path, _, _ = strings.Cut(path, "#")
		if info, err := os.Stat(path); err != nil || info.IsDir() {
			return misuse{i18n.T("la liste « %s » n’existe pas, ou ne peut pas être lue.", "list “%s” does not exist, or cannot be read.", path)}
		}
		return l.rowsOf(ctx, path, key.Reference, format.Options{}, nil, each)
	}
	if path, _, _ := strings.Cut(l.beside(key.Resource), "#"); path != "" {
		return l.rowsOf(ctx, path, key.Reference, format.Options{}, nil, each)
	}
	if !l.platform() {
		return noList(key.Resource)
	}
	ids, err := l.targets(ctx, key)
	if err != nil {
		return err
	}
	known := false
	for _, id := range ids {
		err := l.datasetRows(ctx, id, key.Reference, each)
		if err != nil && !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Forbidden) && !fault.Is(err, fault.Invalid) { // Invalid: it lacks a field
			return err
		}
		known = known || err == nil
	}
	if !known {
		return noList(key.Resource)
	}
	return nil
}

// targets are the identifiers of the datasets that a key may refer to.
func (l *lists) targets(ctx context.Context, key frictionless.ForeignKey) ([]string, error) {
	if id := key.Extra.Text("dataset"); id != "" {
		return []string{id}, nil
	}
	owner, name, isSchema := strings.Cut(key.Extra.Text("schema"), "/")
	if !isSchema {
		return []string{key.Resource}, nil
	}
	if err := l.ask(); err != nil {
		return nil, err
	}
	var answer struct {
		Datasets []string `json:"datasets"`
	}
	err := l.client.get(ctx, "/api/v1/schemas/"+url.PathEscape(owner)+"/"+url.PathEscape(name)+"/datasets", nil, &answer)
	return answer.Datasets, err
}

// datasetRows reads the values of some fields of a dataset, once each, as whoever runs the command may read them.
func (l *lists) datasetRows(ctx context.Context, id string, fields []string, each func([]validate.Referred) error) error {
	if err := l.ask(); err != nil {
		return err
	}
	s, err := l.schemaOf(ctx, id)
	if err != nil {
		return err
	}
	plain, quoted := make([]bool, len(fields)), make([]string, len(fields))
	for i, name := range fields {
		f := s.Field(name)
		if f == nil {
			return noList(id)
		}
		plain[i], quoted[i] = f.Type != frictionless.String, "`"+name+"`"
	}
	columns := strings.Join(quoted, ", ")
	answer, err := l.client.do(ctx, http.MethodGet, explorePrefix+"/catalog/datasets/"+url.PathEscape(id)+"/exports/csv",
		url.Values{"select": {columns}, "group_by": {columns}, "limit": {"-1"}, "delimiter": {","}, "with_bom": {"false"}}, nil, "")
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	path := filepath.Join(l.scratch, "referred.csv")
	if err := save(answer.Body, path); err != nil {
		return err
	}
	return l.rowsOf(ctx, path, fields, format.Options{Delimiter: ",", HeaderRow: 1}, plain, each)
}

// rowsOf hands over some columns of a file. plain says which are written as JSON writes them; nil for none.
func (l *lists) rowsOf(ctx context.Context, path string, columns []string, read format.Options, plain []bool, each func([]validate.Referred) error) error {
	scratch, err := os.MkdirTemp(l.scratch, "list-*")
	if err != nil {
		return err
	}
	table, err := validate.File{Path: path, Parquet: parquet(scratch), Read: read}.Open(ctx, nil, scratch)
	if err != nil {
		return err
	}
	places := make([]int, len(columns))
	for i, name := range columns {
		if places[i] = slices.IndexFunc(table.Header, func(label string) bool { return strings.TrimSpace(label) == name }); places[i] < 0 {
			return misuse{i18n.T("« %s » n’a pas la colonne « %s », à laquelle le schéma renvoie.", "“%s” has no column “%s”, to which the schema refers.", filepath.Base(path), name)}
		}
	}
	values := make([]validate.Referred, len(columns))
	for row, err := range table.Rows(ctx) {
		if err != nil {
			return err
		}
		for i, at := range places {
			values[i] = validate.Referred{Text: row.Cells[at].Text, Plain: plain != nil && plain[i]}
		}
		if err := each(values); err != nil {
			return err
		}
	}
	return nil
}
