package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"socle/internal/engine"
	"socle/internal/fault"
	"socle/internal/format"
	"socle/internal/i18n"
	"socle/internal/outbound"
	"socle/internal/schema/frictionless"
	"socle/internal/validate"
)

type validateCommand struct {
	File      string   `arg:"" help:"File to check; or datapackage.json, or the description of a file (Data Resource)." name:"file"`
	Schema    string   `help:"Table Schema: a file, an address (https://…) or the name of a schema of the platform; or a JSON Schema, for JSON and JSON Lines. Without it, types and codes are found out from the file." placeholder:"S"`
	Format    string   `help:"text, json, html, or frictionless for the JSON of frictionless-py." enum:"text,json,html,frictionless" default:"text"`
	Output    string   `help:"Write the report to a file." type:"path" placeholder:"FILE"`
	List      []string `help:"Reference list for the rules “in-list”: its name in the schema, and a file. A file of several columns needs the one to take. Lists that are not given are the communes, files next to the schema, or datasets of the platform." sep:"none" placeholder:"NAME=FILE[#COLUMN]"`
	Examples  int      `help:"Faults shown for each field and rule, 100 at most; all are counted." default:"100" placeholder:"N"`
	ByName    bool     `help:"Match columns by name whatever their order, as Validata does; what is missing or in excess is a warning."`
	AnyCase   bool     `help:"Do not look at the case of the names of columns."`
	Encoding  string   `help:"Force the encoding." placeholder:"NAME"`
	Delimiter string   `help:"Force the delimiter." placeholder:"CHAR"`
	Quote     string   `help:"Force the quote: one character, or none." placeholder:"CHAR"`
	HeaderRow int      `help:"Force the row of the headers, from 1; -1 for none." placeholder:"N"`
	Sheet     string   `help:"Sheet of the workbook to read." placeholder:"NAME"`
	Member    string   `help:"File of the ZIP archive to read." placeholder:"NAME"`
}

// Help is shown by socle validate --help.
func (validateCommand) Help() string {
	return "Reads the whole file and says every fault: line, column, value, rule, how to mend it. Counts are exact; the first\n" +
		"faults of each field and rule are shown. The exit code is 0 when the file is valid, 1 when faults were found, 2 when the\n" +
		"command cannot be carried out: no such file, a schema that is not one.\n\nExample:\n" +
		"  socle validate ecoles.csv --schema ecoles.schema.json --json"
}

// Run validates and writes the report.
func (c validateCommand) Run(s *session) error {
	scratch, err := os.MkdirTemp("", "socle-validate-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	v := &validation{validateCommand: c, session: s, scratch: scratch}
	report, err := v.report(s.ctx)
	if err != nil {
		return v.misused(err)
	}
	if err := v.write(report); err != nil {
		return err
	}
	if !report.Valid {
		return exit(exitRefused)
	}
	return nil
}

// exit is a result that has been said already; its number is the exit code.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// validation is one run of the command.
type validation struct {
	validateCommand
	*session
	scratch string
}

// misused turns what prevents the validation into a misuse: the data has not been judged.
func (v *validation) misused(err error) error {
	kind := fault.KindOf(err)
	if errors.Is(err, context.Canceled) || kind == fault.Internal {
		return err
	}
	if v.globals.JSON || v.Format == "json" {
		_ = v.json(map[string]any{"error": map[string]any{"code": fault.CodeOf(err), "message": fault.Message(err).In(v.lang), "problems": frictionless.ProblemsOf(err)}})
	}
	return misuse{fault.Message(err)}
}

func (v *validation) report(ctx context.Context) (*validate.Report, error) {
	if info, err := os.Stat(v.File); err != nil || info.IsDir() {
		return nil, misuse{i18n.T("le fichier « %s » n’existe pas, ou ne peut pas être lu.", "file “%s” does not exist, or cannot be read.", v.File)}
	}
	options := validate.Options{Examples: v.Examples, Scratch: v.scratch, ByName: v.ByName, AnyCase: v.AnyCase}
	lists, err := v.lists()
	if err != nil {
		return nil, err
	}
	defer lists.close()
	options.Lists, options.Tables = lists, lists
	if p, err := v.packageIn(); err != nil {
		return nil, err
	} else if p != nil {
		bundle := validate.Bundle{Folder: filepath.Dir(v.File), Scratch: v.scratch, Parquet: parquet(v.scratch), Fetch: v.fetch}
		return bundle.Package(ctx, p, options)
	}
	var schema *frictionless.Schema
	if v.Schema != "" {
		document, err := v.document(ctx)
		if err != nil {
			return nil, err
		}
		if validate.IsJSONSchema(document) {
			return v.nested(ctx, document, options)
		}
		if schema, err = frictionless.Parse(document); err != nil {
			return nil, err
		}
	}
	file := validate.File{Path: v.File, Parquet: parquet(v.scratch), Read: format.Options{Encoding: v.Encoding, Delimiter: v.Delimiter, Quote: v.Quote,
		HeaderRow: v.HeaderRow, Sheet: v.Sheet, Member: v.Member}}
	return validate.Check(ctx, file, schema, v.scratch, options)
}

func parquet(scratch string) validate.Parquet {
	return engine.NewWriter(engine.Options{Scratch: scratch})
}

// packageIn reads the file as a Data Package, or as the Data Resource of one file, when it is one; nil when it is not.
func (v *validation) packageIn() (*frictionless.Package, error) {
	path := v.File
	if !strings.EqualFold(filepath.Ext(path), ".json") {
		return nil, nil
	}
	const most = 64 << 20
	if info, err := os.Stat(path); err != nil || info.Size() > most {
		return nil, err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var shape struct {
		Resources json.RawMessage `json:"resources"`
		Fields    json.RawMessage `json:"fields"`
		Name      json.RawMessage `json:"name"`
		Path      json.RawMessage `json:"path"`
		Data      json.RawMessage `json:"data"`
		Schema    json.RawMessage `json:"schema"`
		Dialect   json.RawMessage `json:"dialect"`
		Profile   string          `json:"profile"`
		Standard  string          `json:"$schema"`
	}
	parsed := json.Unmarshal(data, &shape)
	switch name := filepath.Base(path); {
	case name == "datapackage.json", parsed == nil && len(shape.Resources) > 0 && shape.Resources[0] == '[' && shape.Fields == nil:
		return frictionless.ParsePackage(data)
	case name == "dataresource.json", parsed == nil && v.Schema == "" && shape.Fields == nil && shape.Name != nil && (shape.Path != nil || shape.Data != nil) &&
		(shape.Schema != nil || shape.Dialect != nil || strings.Contains(shape.Profile+shape.Standard, "resource")):
		return frictionless.ParseResource(data)
	}
	return nil, nil // another kind of JSON: rows, perhaps
}

// document finds the schema: a file, what is at an address, or a schema of the platform.
func (v *validation) document(ctx context.Context) ([]byte, error) {
	switch {
	case strings.HasPrefix(v.Schema, "http://"), strings.HasPrefix(v.Schema, "https://"):
		path, err := v.fetch(ctx, v.Schema, v.scratch)
		if err != nil {
			return nil, err
		}
		return os.ReadFile(path)
	case strings.Contains(v.Schema, "://"):
		return nil, misuse{i18n.T("--schema attend un fichier, une adresse http ou https, ou un nom. Reçu : %s.", "--schema expects a file, an http or https address, or a name. Given: %s.", v.Schema)}
	}
	if info, err := os.Stat(v.Schema); err == nil && !info.IsDir() {
		return os.ReadFile(v.Schema)
	}
	if strings.EqualFold(filepath.Ext(v.Schema), ".json") || strings.Count(v.Schema, "/") != 1 {
		return nil, misuse{i18n.T("le schéma « %s » n’existe pas : donnez un fichier, une adresse, ou le nom d’un schéma de la plateforme (propriétaire/nom).",
			"schema “%s” does not exist: give a file, an address, or the name of a schema of the platform (owner/name).", v.Schema)}
	}
	return v.named(ctx)
}

// named asks the platform for a schema: the data folder, or a running server.
func (v *validation) named(ctx context.Context) ([]byte, error) {
	if v.globals.Server != "" {
		client, err := v.client()
		if err != nil {
			return nil, err
		}
		defer client.close()
		name, number, found := strings.Cut(v.Schema, "@")
		if !found {
			number = "latest"
		}
		answer, err := client.do(ctx, http.MethodGet, "/schemas/"+name+"/"+number+"/schema.json", nil, nil, "")
		if fault.Is(err, fault.NotFound) { // the page says it in HTML
			return nil, fault.New(fault.NotFound, "schema_not_found", i18n.T("Le schéma « %s » n’existe pas dans ce registre.",
				"There is no schema “%s” in this registry.", v.Schema)).Because(err)
		}
		if err != nil {
			return nil, err
		}
		defer answer.Body.Close()
		return io.ReadAll(answer.Body)
	}
	if _, err := os.Stat(v.globals.Data); err != nil {
		return nil, misuse{i18n.T("le schéma « %s » n’est pas un fichier, et il n’y a pas de plateforme dans « %s » où le chercher : donnez --data ou --server.",
			"schema “%s” is not a file, and there is no platform in “%s” to look for it: give --data or --server.", v.Schema, v.globals.Data)}
	}
	program, err := v.open()
	if err != nil {
		return nil, err
	}
	defer program.Close()
	return program.Schemas.Document(ctx, v.Schema)
}

// fetch brings what is at an address to a file. Private addresses are refused, and redirects to them.
func (v *validation) fetch(ctx context.Context, address, folder string) (string, error) {
	config, err := v.config()
	if err != nil {
		return "", err
	}
	answer, err := outbound.New(outbound.Options{AllowPrivate: config.AllowPrivate}).Fetch(ctx, address)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	folder, err = os.MkdirTemp(folder, "fetched-*")
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, answer.Name)
	file, err := os.Create(path)
	if err != nil {
		return "", err
	}
	_, err = io.Copy(file, answer.Body)
	if closing := file.Close(); err == nil {
		err = closing
	}
	return path, err
}

// write writes the report where and as the flags say.
func (v *validation) write(report *validate.Report) (err error) {
	out := v.out
	if v.Output != "" {
		file, err := os.Create(v.Output)
		if err != nil {
			return misuse{i18n.T("le rapport ne peut pas être écrit dans « %s ».", "the report cannot be written to “%s”.", v.Output)}
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		out = file
	}
	kind := v.Format
	if v.globals.JSON && kind == "text" {
		kind = "json"
	}
	switch kind {
	case "json", "frictionless":
		var value any = report
		if kind == "frictionless" {
			value = report.Frictionless(v.lang)
		}
		encoder := json.NewEncoder(out)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		return encoder.Encode(value)
	case "html":
		return report.HTML(out, v.lang)
	}
	return report.Text(out, v.lang)
}
