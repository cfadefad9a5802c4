package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"socle/internal/app"
	"socle/internal/asset"
	"socle/internal/fault"
	"socle/internal/format"
	"socle/internal/i18n"
	"socle/internal/ingest"
	"socle/internal/schema"
)

type publishCommand struct {
	File       string   `arg:"" help:"File to publish, or its address (https://…)." name:"file"`
	ID         string   `help:"Identifier of the dataset; made from the title." placeholder:"ID"`
	Title      string   `help:"Title; made from the name of the file." placeholder:"T"`
	Org        string   `help:"Organisation that publishes; the installation's own." placeholder:"ORG"`
	Access     string   `help:"open, internal or restricted; open." enum:"open,internal,restricted," default:"" placeholder:"LEVEL"`
	Type       []string `help:"Force the type of a field." sep:"none" placeholder:"FIELD=TYPE"`
	Key        []string `help:"Fields that together identify a row." placeholder:"FIELD"`
	Schema     string   `help:"Table Schema that the dataset declares from now on: a file, an address (https://…) or the name of a schema of the platform. A file or an address enters the registry under the identifier of the dataset." placeholder:"S"`
	OnFault    string   `help:"What becomes of what breaks the schema: block refuses the file, quarantine sets the rows aside, warn publishes all; warn." enum:"block,quarantine,warn," default:"" placeholder:"WORD"`
	Note       string   `help:"About this version, for readers." placeholder:"NOTE"`
	AcceptLoss string   `help:"Publish in spite of a large loss, and say why; readers see it." placeholder:"NOTE"`
	Encoding   string   `help:"Force the encoding: utf-8, windows-1252, iso-8859-1, utf-16le, utf-16be." placeholder:"NAME"`
	Delimiter  string   `help:"Force the delimiter." placeholder:"CHAR"`
	Quote      string   `help:"Force the quote: one character, or none." placeholder:"CHAR"`
	HeaderRow  int      `help:"Force the row of the headers, from 1; -1 for none." placeholder:"N"`
	Decimal    string   `help:"Force the decimal separator: comma or point." enum:"comma,point," default:"" placeholder:"WORD"`
	Sheet      string   `help:"Sheet of the workbook to read." placeholder:"NAME"`
	Member     string   `help:"File of the ZIP archive to read." placeholder:"NAME"`
	DryRun     bool     `help:"Do everything but publish."`
}

// Help is shown by socle publish --help.
func (publishCommand) Help() string {
	return "Reads the whole file, decides the types, and publishes a version that everybody allowed sees at once. A later\n" +
		"publication of the same --id keeps what it does not name.\n\nExample:\n" +
		"  socle publish effectifs.csv --id effectifs-colleges --title \"Effectifs des collèges\" --type code_postal=text\n" +
		"  socle publish effectifs.csv --id effectifs-colleges --schema effectifs.schema.json --on-fault quarantine"
}

// request turns the flags into what ingestion is asked. Saying --access open aloud confirms columns about people.
func (c publishCommand) request() (ingest.Request, error) {
	r := ingest.Request{ID: c.ID, Title: c.Title, Org: c.Org, Level: asset.Level(c.Access), ConfirmPersonal: c.Access == string(asset.Open),
		Key: c.Key, Note: c.Note, AcceptLoss: c.AcceptLoss, DryRun: c.DryRun, Types: map[string]schema.Type{},
		Read: format.Options{Encoding: c.Encoding, Delimiter: c.Delimiter, Quote: c.Quote, HeaderRow: c.HeaderRow, DecimalComma: c.Decimal,
			Sheet: c.Sheet, Member: c.Member}}
	for _, forced := range c.Type {
		field, typ, found := strings.Cut(forced, "=")
		if !found || field == "" || !schema.Type(typ).Valid() {
			return r, misuse{i18n.T("--type attend CHAMP=TYPE, où TYPE est l’un de : %s. Reçu : %s.",
				"--type expects FIELD=TYPE, where TYPE is one of: %s. Given: %s.", typeNames(), forced)}
		}
		r.Types[field] = schema.Type(typ)
	}
	return r, nil
}

func typeNames() string {
	names := make([]string, len(schema.Types))
	for i, t := range schema.Types {
		names[i] = string(t)
	}
	return strings.Join(names, ", ")
}

// Run publishes and says what was understood.
func (c publishCommand) Run(s *session) error {
	request, err := c.request()
	if err != nil {
		return err
	}
	remote := strings.HasPrefix(c.File, "https://") || strings.HasPrefix(c.File, "http://")
	if !remote {
		info, err := os.Stat(c.File)
		if err != nil || info.IsDir() {
			return fault.New(fault.NotFound, "file_not_found", i18n.T("Le fichier « %s » n’existe pas ou ne peut pas être lu.",
				"The file “%s” does not exist or cannot be read.", c.File)).Because(err)
		}
	}
	if s.globals.Server != "" {
		return c.send(s, request, remote)
	}
	program, err := s.open()
	if err != nil {
		return err
	}
	defer program.Close()
	if c.Schema != "" || c.OnFault != "" {
		request.ID = c.id(remote)
		inside := &client{base: "http://socle.invalid", http: &http.Client{Transport: inProcess{program.API()}}}
		if err := c.declareSchema(s, inside, &request); err != nil {
			return err
		}
	}
	result, err := c.publish(s, program, request, remote)
	if err != nil {
		return s.held(err)
	}
	return s.published(result)
}

func (c publishCommand) publish(s *session, program *app.App, request ingest.Request, remote bool) (ingest.Result, error) {
	bar := s.progress(i18n.T("Publication", "Publishing"), 1000)
	defer bar.done()
	request.Progress = func(p ingest.Progress) { bar.set(p.Label, int64(p.Ratio*1000), 1000) }
	if remote {
		return program.Ingest.PublishURL(s.ctx, c.File, request)
	}
	return program.Ingest.PublishFile(s.ctx, c.File, request)
}

// held says what must be confirmed, and how.
func (s *session) held(err error) error {
	var loss *ingest.LossError
	var personal *ingest.PersonalError
	switch {
	case errors.As(err, &loss):
		fmt.Fprintln(s.err, s.say("Cette version perdrait beaucoup :", "This version would lose much:"))
		for _, reason := range loss.Changes.Reasons {
			fmt.Fprintln(s.err, "  - "+reason.In(s.lang))
		}
		fmt.Fprintln(s.err, s.say("Si c’est voulu, recommencez avec --accept-loss \"pourquoi\" : les lecteurs verront cette note.",
			"If this is meant, run again with --accept-loss \"why\": readers will see that note."))
	case errors.As(err, &personal):
		fmt.Fprintln(s.err, s.say("Des colonnes identifient des personnes :", "Some columns identify people:"))
		for _, column := range personal.Columns {
			fmt.Fprintf(s.err, "  - %s (%s) : %s\n", column.Label, column.Name, column.Why.In(s.lang))
		}
		fmt.Fprintln(s.err, s.say("Pour les ouvrir à tous malgré cela, dites-le : --access open. Sinon : --access restricted.",
			"To open them to everybody all the same, say so: --access open. Otherwise: --access restricted."))
	}
	return err
}

// outcome is what --json prints: the parts of a result that scripts need.
type outcome struct {
	Dataset    string           `json:"dataset"`
	Title      string           `json:"title"`
	Version    int              `json:"version"`
	Rows       int64            `json:"rows"`
	Bytes      int64            `json:"bytes"`
	SHA256     string           `json:"sha256"`
	Created    bool             `json:"created"`
	Unchanged  bool             `json:"unchanged"`
	DryRun     bool             `json:"dryRun"`
	Fields     []schema.Field   `json:"fields"`
	Quarantine map[string]int64 `json:"quarantine"`
	Checked    []ingest.Checked `json:"checked,omitempty"`
}

// published says what was done.
func (s *session) published(r ingest.Result) error {
	v := r.Version
	if s.globals.JSON {
		out := outcome{Dataset: r.Dataset.ID, Title: r.Dataset.Title, Version: v.Number, Rows: v.Rows, Bytes: v.Original.Bytes, SHA256: v.Original.SHA256,
			Created: r.Created, Unchanged: r.Unchanged, DryRun: r.DryRun, Fields: v.Schema.Fields,
			Quarantine: map[string]int64{"cells": v.Quarantine.Cells, "rows": v.Quarantine.Rows, "aside": v.Quarantine.Aside}, Checked: r.Checked}
		return s.json(out)
	}
	rows := i18n.Count(v.Rows, i18n.T("ligne", "row"), i18n.T("lignes", "rows"))
	switch {
	case r.Unchanged:
		s.println("« %s » est déjà à jour : mêmes octets, mêmes réglages que la version %d (%s).",
			"“%s” is already up to date: same bytes, same settings as version %d (%s).", r.Dataset.ID, v.Number, rows)
	case r.DryRun:
		s.println("Essai sans publication : « %s » aurait %s.", "Dry run: “%s” would have %s.", r.Dataset.ID, rows)
	default:
		s.println("« %s », version %d, publiée : %s.", "“%s”, version %d, published: %s.", r.Dataset.ID, v.Number, rows)
	}
	if !r.Unchanged {
		if err := s.columns(r); err != nil {
			return err
		}
	}
	for _, note := range r.Notes {
		fmt.Fprintln(s.out, note.Text.In(s.lang))
	}
	for _, c := range r.Checked {
		if c.Faults > 0 {
			s.println("Schéma « %s » : %s.", "Schema “%s”: %s.", c.Schema, i18n.Count(c.Faults, i18n.T("faute", "fault"), i18n.T("fautes", "faults")))
		}
	}
	if n := v.Quarantine.Aside; n > 0 {
		s.println("%s : ce qui enfreint une règle n’est pas publié. La liste est sur la page de la version.", "%s: what breaks a rule is not published. The list is on the page of the version.",
			i18n.Count(n, i18n.T("ligne mise de côté", "row set aside"), i18n.T("lignes mises de côté", "rows set aside")))
	}
	if q := v.Quarantine; q.Cells+q.Rows > 0 {
		s.println("Quarantaine : %s et %s. La liste est sur la page de la version.", "Quarantine: %s and %s. The list is on the page of the version.",
			i18n.Count(q.Cells, i18n.T("cellule vidée", "emptied cell"), i18n.T("cellules vidées", "emptied cells")),
			i18n.Count(q.Rows, i18n.T("ligne irrégulière", "irregular row"), i18n.T("lignes irrégulières", "irregular rows")))
	}
	return nil
}

// columns shows how each column was read.
func (s *session) columns(r ingest.Result) error {
	misfits := map[string]int64{}
	for _, column := range r.Version.Quarantine.Columns {
		misfits[column.Name] = column.Cells
	}
	var rows [][]string
	for _, f := range r.Version.Schema.Fields {
		quarantined := ""
		if n := misfits[f.Name]; n > 0 {
			quarantined = i18n.Integer(s.lang, n)
		}
		rows = append(rows, []string{f.Name, f.Label, string(f.Type), f.Format, quarantined})
	}
	return s.table([]string{s.say("champ", "field"), s.say("libellé", "label"), "type", "format", s.say("écarts", "misfits")}, rows)
}

// send publishes on a running server, in one request whose body is the file.
func (c publishCommand) send(s *session, request ingest.Request, remote bool) error {
	client, err := s.client()
	if err != nil {
		return err
	}
	defer client.close()
	request.ID = c.id(remote)
	if err := c.declareSchema(s, client, &request); err != nil {
		return err
	}
	settings, err := json.Marshal(request)
	if err != nil {
		return err
	}
	path, parameters := "/api/v1/datasets/"+url.PathEscape(request.ID)+"/versions", url.Values{"settings": {string(settings)}}
	var response *http.Response
	if remote {
		parameters.Set("url", c.File) // the server fetches it
		response, err = client.do(s.ctx, http.MethodPost, path, parameters, nil, "")
	} else {
		response, err = c.upload(s, client, path, parameters)
	}
	if err != nil {
		return err
	}
	defer response.Body.Close()
	var result ingest.Result
	if err := json.NewDecoder(response.Body).Decode(&result); err != nil {
		return fmt.Errorf("answer of the server: %w", err)
	}
	return s.published(result)
}

// id is the identifier of the dataset: that of --id, else made from the title, or from the name of the file.
func (c publishCommand) id(remote bool) string {
	switch {
	case c.ID != "":
		return c.ID
	case c.Title != "":
		return asset.MakeID(c.Title)
	}
	return asset.MakeID(fileTitle(c.File, remote))
}

// fileTitle is the name of a file without its extension, or what an address ends with.
func fileTitle(file string, address bool) string {
	if parsed, err := url.Parse(file); address && err == nil {
		file = parsed.Path
	}
	return strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
}

// upload sends the file.
func (c publishCommand) upload(s *session, client *client, path string, parameters url.Values) (*http.Response, error) {
	file, err := os.Open(c.File)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	parameters.Set("name", filepath.Base(c.File))
	bar := s.progress(i18n.T("Envoi", "Sending"), info.Size())
	defer bar.done()
	// As a plain reader, so that the transport cannot close the file before the size is said.
	return client.do(s.ctx, http.MethodPost, path, parameters, readerOnly{io.TeeReader(file, bar)}, "application/octet-stream")
}

// readerOnly hides everything of a reader but Read.
type readerOnly struct{ io.Reader }
