package registry

import (
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"socle/internal/access"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/schema/frictionless"
	"socle/internal/validate"
	"socle/internal/web"
	"socle/internal/web/ui"
)

const pathDrafts = "/atelier-schemas/"

func draftPath(id string, page ...string) string {
	path := pathDrafts + url.PathEscape(id)
	for _, part := range page {
		path += "/" + part
	}
	return path
}

// editorPages is the table of the pages where schemas are made. Drafts are their owner's.
func (s *Service) editorPages() web.Routes {
	steward := access.On(access.Steward)
	return web.Routes{
		{Pattern: "GET " + pathNew, Permission: steward, Handler: s.showNew},
		{Pattern: "POST " + pathNew, Permission: steward, Handler: s.begin},
		{Pattern: "POST /schemas/{owner}/{name}/brouillon", Permission: steward, Handler: s.revise},
		{Pattern: "GET /atelier-schemas/{draft}", Permission: steward, Handler: s.showDraft},
		{Pattern: "POST /atelier-schemas/{draft}", Permission: steward, Handler: s.actOnDraft},
		{Pattern: "GET /atelier-schemas/{draft}/apercu", Permission: steward, Handler: s.showPreview},
		{Pattern: "GET /atelier-schemas/{draft}/document", Permission: steward, Handler: s.editDocument},
		{Pattern: "POST /atelier-schemas/{draft}/document", Permission: steward, Handler: s.saveDocument},
		{Pattern: "GET /atelier-schemas/{draft}/champs/{field}", Permission: steward, Handler: s.editField},
		{Pattern: "POST /atelier-schemas/{draft}/champs/{field}", Permission: steward, Handler: s.saveField},
		{Pattern: "GET /atelier-schemas/{draft}/cles", Permission: steward, Handler: s.editKey},
		{Pattern: "POST /atelier-schemas/{draft}/cles", Permission: steward, Handler: s.saveKey},
		{Pattern: "GET /atelier-schemas/{draft}/regles", Permission: steward, Handler: s.editRule},
		{Pattern: "POST /atelier-schemas/{draft}/regles", Permission: steward, Handler: s.saveRule},
	}
}

// beginning is the page where a schema begins.
type beginning struct {
	Address string
	Dataset string
	Drafts  []Draft
	Limit   int64
	Errors  web.FormErrors
}

func (s *Service) showNew(w http.ResponseWriter, r *http.Request) error {
	return s.renderNew(w, r, beginning{Dataset: r.URL.Query().Get("jeu")}, http.StatusOK)
}

func (s *Service) renderNew(w http.ResponseWriter, r *http.Request, page beginning, status int) error {
	var err error
	if page.Drafts, err = s.Drafts(r.Context()); err != nil {
		return err
	}
	page.Limit = s.options.MaxFile
	title := i18n.T("Nouveau schéma", "New schema").In(i18n.From(r.Context()))
	return web.Render(w, r, status, newPage(s.editInfo(r, title), page))
}

// editInfo is what the layout must know of a page of the editor.
func (s *Service) editInfo(r *http.Request, title string, crumbs ...ui.Crumb) web.PageInfo {
	way := append([]ui.Crumb{{Label: i18n.T("Schémas", "Schemas").In(i18n.From(r.Context())), URL: pathSchemas}}, crumbs...)
	return web.PageInfo{Title: title, Active: "schemas", NoIndex: true, Crumbs: append(way, ui.Crumb{Label: title})}
}

// begin makes a draft of what the form gives: a schema or a file of data, an address, a dataset; or of nothing.
func (s *Service) begin(w http.ResponseWriter, r *http.Request) error {
	web.LimitBody(w, r, s.options.MaxFile+1<<20)
	folder, release, err := s.scratch(r.Context())
	if err != nil {
		return err
	}
	defer release()
	form, file, err := receiveForm(r, folder)
	if err != nil {
		return err
	}
	content, err := s.source(r.Context(), form, file, folder)
	var d Draft
	if err == nil {
		d, err = s.Begin(r.Context(), content)
	}
	if found, ok := web.FormError(err); ok {
		return s.renderNew(w, r, beginning{Address: form.Get("adresse"), Dataset: form.Get("jeu"), Errors: onlyOf(found, "file", "adresse", "jeu")}, fault.KindOf(err).Status())
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, draftPath(d.ID))
}

// onlyOf leaves the errors about some fields beside them, and puts the others over the form.
func onlyOf(found web.FormErrors, fields ...string) web.FormErrors {
	out := web.FormErrors{}
	for field, message := range found {
		if !slices.Contains(fields, field) {
			field = ""
		}
		out[field] = message
	}
	return out
}

// received is a file that came with a form.
type received struct {
	Name string
	Path string // "" when none came
	From string // check that it is the corrected file of; "" for none
}

// receiveForm reads a form as a stream: files go to a folder, and the fields stay short.
func receiveForm(r *http.Request, folder string) (url.Values, received, error) {
	fields, file := url.Values{}, received{}
	parts, err := r.MultipartReader()
	if err != nil {
		return fields, file, fault.New(fault.Invalid, "form_unreadable", i18n.T("Le formulaire n’a pas pu être lu.", "The form could not be read.")).Because(err)
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return fields, file, nil
		}
		if err != nil {
			return fields, file, cut(err)
		}
		if err := receivePart(part, fields, &file, folder); err != nil {
			return fields, file, err
		}
	}
}

func receivePart(part *multipart.Part, fields url.Values, file *received, folder string) error {
	defer part.Close()
	if part.FileName() != "" {
		path, err := keep(folder, part.FileName(), part)
		*file = received{Name: part.FileName(), Path: path}
		return cut(err)
	}
	text, err := io.ReadAll(io.LimitReader(part, 1<<20))
	if part.FormName() != "file" {
		fields.Add(part.FormName(), strings.TrimSpace(string(text)))
	}
	return cut(err)
}

// cut says what a broken transfer means.
func cut(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return fault.New(fault.Invalid, "upload_cut", i18n.T("L’envoi du fichier s’est interrompu avant la fin. Recommencez.",
			"The upload of the file stopped before its end. Try again.")).At("file").Because(err)
	}
	return err
}

// scratch makes a folder for the time of a request.
func (s *Service) scratch(ctx context.Context) (string, func(), error) {
	w, err := s.Lake.Begin(ctx) // its folder goes away even if the program dies
	if err != nil {
		return "", nil, err
	}
	return w.Dir, w.Abort, nil
}

// source is what a draft begins with.
func (s *Service) source(ctx context.Context, form url.Values, file received, folder string) (DraftContent, error) {
	var t *frictionless.Schema
	var err error
	switch address, dataset := form.Get("adresse"), form.Get("jeu"); {
	case form.Get("depart") == "vide":
		return DraftContent{}, nil
	case file.Path != "":
		if document, ok := s.asSchema(file.Path); ok {
			return DraftContent{Document: string(document)}, nil
		}
		t, err = s.InferFile(ctx, file.Path, file.Name, folder)
	case address != "":
		document, err := s.Fetch(ctx, address)
		if err != nil {
			return DraftContent{}, at(err, "adresse")
		}
		_, err = s.inspect(document)
		return DraftContent{Document: string(document), Origin: address}, at(err, "adresse")
	case dataset != "":
		t, err = s.InferDataset(ctx, dataset, folder)
		err = at(err, "jeu")
	default:
		err = fault.New(fault.Invalid, "file_required", i18n.T("Choisissez un fichier, donnez une adresse ou un jeu de données, ou commencez d’une page blanche.",
			"Choose a file, give an address or a dataset, or begin with a blank page.")).At("file")
	}
	if err != nil {
		return DraftContent{}, err
	}
	document, err := t.Marshal()
	return DraftContent{Document: string(document)}, err
}

// at moves a fault about what somebody typed to a field of a form.
func at(err error, field string) error {
	var e *fault.Error
	if errors.As(err, &e) && e.Kind != fault.Internal {
		moved := *e
		if moved.Kind == fault.NotFound || moved.Kind == fault.Forbidden || moved.Kind == fault.Unavailable {
			moved.Kind = fault.Invalid // of what was typed, not of this page
		}
		return moved.At(field)
	}
	return err
}

// asSchema returns the bytes of a file that is a schema itself rather than data.
func (s *Service) asSchema(path string) ([]byte, bool) {
	info, err := os.Stat(path)
	if err != nil || info.Size() > s.options.MaxBytes {
		return nil, false
	}
	document, err := os.ReadFile(path)
	if err != nil {
		return nil, false
	}
	_, err = s.inspect(document)
	return document, err == nil
}

func (s *Service) revise(w http.ResponseWriter, r *http.Request) error {
	d, err := s.Revise(r.Context(), refOf(r))
	if err != nil {
		return err
	}
	return web.Redirect(w, r, draftPath(d.ID))
}

// editing is the page of a draft.
type editing struct {
	Draft
	Table    *frictionless.Schema // nil when the document is no Table Schema
	Kind     Kind
	Proposed string      // number of the version
	Reasons  []i18n.Text // why that number
	Problem  i18n.Text   // what of the document cannot be checked
	Notes    []i18n.Text // oddities of the document
	Orgs     []ui.Option
	Errors   web.FormErrors
}

func (s *Service) showDraft(w http.ResponseWriter, r *http.Request) error {
	d, err := s.Draft(r.Context(), r.PathValue("draft"))
	if err != nil {
		return err
	}
	return s.renderDraft(w, r, d, nil, http.StatusOK)
}

func (s *Service) renderDraft(w http.ResponseWriter, r *http.Request, d Draft, found web.FormErrors, status int) error {
	page, err := s.examine(r.Context(), d)
	if err != nil {
		return err
	}
	page.Errors = found
	title := firstOf(d.Title(), i18n.T("Schéma sans titre", "Untitled schema").In(i18n.From(r.Context())))
	return web.Render(w, r, status, draftPage(s.editInfo(r, title, s.newCrumb(r)), page))
}

func (s *Service) newCrumb(r *http.Request) ui.Crumb {
	return ui.Crumb{Label: i18n.T("Atelier", "Workshop").In(i18n.From(r.Context())), URL: pathNew}
}

// examine says everything that the page of a draft shows.
func (s *Service) examine(ctx context.Context, d Draft) (editing, error) {
	page := editing{Draft: d}
	about, err := s.inspect([]byte(d.Document))
	if err != nil {
		return page, err
	}
	page.Kind = about.Kind
	if about.Kind == TableSchema {
		if page.Table, err = frictionless.Parse([]byte(d.Document)); err != nil {
			return page, err
		}
		page.Problem, page.Notes = examineTable(ctx, page.Table)
	}
	var kept Schema
	var base []byte
	if d.Org != "" && d.Name != "" {
		if kept, err = s.Get(ctx, Ref{d.Org, d.Name}); err != nil && !fault.Is(err, fault.NotFound) {
			return page, err
		}
		if len(kept.Versions) > 0 {
			_, v, err := s.Version(ctx, kept.Ref, Latest)
			if err != nil {
				return page, err
			}
			base = v.Document
		}
	}
	page.Proposed, page.Reasons = s.proposal(d, kept, base)
	all, err := s.Identity.Organizations(ctx)
	if err != nil {
		return page, err
	}
	for _, org := range all {
		if s.Access.CanIn(ctx, identity.From(ctx), access.Steward, org.ID) == nil {
			page.Orgs = append(page.Orgs, ui.Option{Value: org.Slug, Label: org.Name, Selected: org.Slug == d.Org})
		}
	}
	return page, nil
}

// examineTable says what of a schema cannot be checked, and what is odd about it.
func examineTable(ctx context.Context, t *frictionless.Schema) (problem i18n.Text, notes []i18n.Text) {
	for _, note := range t.Notes {
		notes = append(notes, i18n.T("%s : %s", "%s: %s", note.Path, note.Message))
	}
	if _, err := validate.Compile(ctx, t, validate.Options{}); err != nil {
		problem = fault.Message(err)
	}
	for i := range t.Fields {
		f := &t.Fields[i]
		if f.Description == "" && Instruction(f) == "" {
			notes = append(notes, i18n.T("« %s » n’a ni description ni consigne : qui remplit le fichier ne saura pas quoi écrire.",
				"“%s” has neither description nor instruction: whoever fills in the file will not know what to write.", f.Name))
		}
	}
	return problem, notes
}

// edited returns the draft that an address names, with its table.
func (s *Service) edited(r *http.Request) (Draft, *frictionless.Schema, error) {
	d, err := s.Draft(r.Context(), r.PathValue("draft"))
	if err != nil {
		return d, nil, err
	}
	t, err := frictionless.Parse([]byte(d.Document))
	return d, t, err
}

// saveTable keeps a draft whose table was changed.
func (s *Service) saveTable(ctx context.Context, d Draft, t *frictionless.Schema) error {
	document, err := t.Marshal()
	if err != nil {
		return err
	}
	d.Document, d.Origin = string(document), ""
	return s.Save(ctx, d)
}

// formBytes bounds the forms of the editor.
const formBytes = 4 << 20

// actOnDraft does what a button of the page of a draft says.
func (s *Service) actOnDraft(w http.ResponseWriter, r *http.Request) error {
	web.LimitBody(w, r, formBytes)
	if err := r.ParseForm(); err != nil {
		return cut(err)
	}
	ctx := r.Context()
	d, err := s.Draft(ctx, r.PathValue("draft"))
	if err != nil {
		return err
	}
	action, argument, _ := strings.Cut(r.PostForm.Get("action"), ":")
	switch action {
	case "abandonner":
		if err := s.Discard(ctx, d.ID); err != nil {
			return err
		}
		return web.Redirect(w, r, pathNew, web.Flash{Kind: web.Info, Text: i18n.T("Le brouillon est abandonné, rien n’a été publié.", "The draft is given up, nothing was published.")})
	case "publier":
		return s.submitDraft(w, r, d)
	}
	t, err := frictionless.Parse([]byte(d.Document))
	if err != nil {
		return err
	}
	anchor := "#champs"
	switch index, _ := strconv.Atoi(argument); {
	case action == "presentation":
		readPresentation(t, r.PostForm)
		anchor = ""
	case action == "retirer-regle" && index >= 0 && index < len(t.CustomChecks):
		t.CustomChecks = slices.Delete(t.CustomChecks, index, index+1)
		anchor = "#regles"
	case action == "retirer-cle" && index >= 0 && index < len(t.UniqueKeys):
		t.UniqueKeys = slices.Delete(t.UniqueKeys, index, index+1)
		anchor = "#cles"
	case action == "retirer-renvoi" && index >= 0 && index < len(t.ForeignKeys):
		t.ForeignKeys = slices.Delete(t.ForeignKeys, index, index+1)
		anchor = "#cles"
	case index < 0 || index >= len(t.Fields):
	case action == "monter" && index > 0:
		t.Fields[index-1], t.Fields[index] = t.Fields[index], t.Fields[index-1]
	case action == "descendre" && index+1 < len(t.Fields):
		t.Fields[index+1], t.Fields[index] = t.Fields[index], t.Fields[index+1]
	case action == "retirer":
		name := t.Fields[index].Name
		t.Fields = slices.Delete(t.Fields, index, index+1)
		rename(t, name, "")
	}
	if err := s.saveTable(ctx, d, t); err != nil {
		return err
	}
	return web.Redirect(w, r, draftPath(d.ID)+anchor)
}

// submitDraft publishes a draft under the name and the number that the form gives.
func (s *Service) submitDraft(w http.ResponseWriter, r *http.Request, d Draft) error {
	ctx := r.Context()
	form := r.PostForm
	d.Org, d.Name, d.Number, d.Note = form.Get("org"), strings.TrimSpace(form.Get("nom")), strings.TrimSpace(form.Get("numero")), form.Get("note")
	if d.Number == "" {
		if page, err := s.examine(ctx, d); err == nil {
			d.Number = page.Proposed
		}
	}
	err := s.Save(ctx, d)
	var schema Schema
	var v Version
	if err == nil {
		if table, wrong := frictionless.Parse([]byte(d.Document)); wrong == nil && len(table.Fields) > 0 {
			_, err = validate.Compile(ctx, table, validate.Options{}) // a schema that nothing can be held against helps nobody
			if err == nil {
				err = s.acyclic(ctx, Ref{d.Org, d.Name}, referred(table))
			}
		} else if wrong == nil {
			err = fault.New(fault.Invalid, "schema_empty", i18n.T("Ce schéma ne décrit encore aucun champ.", "This schema describes no field yet."))
		}
	}
	if err == nil {
		schema, v, err = s.Submit(ctx, d)
	}
	if found, ok := web.FormError(err); ok {
		return s.renderDraft(w, r, d, onlyOf(found, "owner", "name", "version", "note"), fault.KindOf(err).Status())
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, schemaPath(schema.Ref), web.Flash{Kind: web.Success, Text: i18n.T("La version %s est publiée.", "Version %s is published.", v.Number)})
}

func (s *Service) showPreview(w http.ResponseWriter, r *http.Request) error {
	d, t, err := s.edited(r)
	if err != nil {
		return err
	}
	title := i18n.T("Aperçu", "Preview").In(i18n.From(r.Context()))
	return web.Render(w, r, http.StatusOK, previewPage(s.editInfo(r, title, s.newCrumb(r), ui.Crumb{Label: firstOf(d.Title(), "…"), URL: draftPath(d.ID)}), d, t, s.options.Markdown(t.Description)))
}
