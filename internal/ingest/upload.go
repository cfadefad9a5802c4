package ingest

import (
	"errors"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"socle/internal/access"
	"socle/internal/asset"
	"socle/internal/fault"
	"socle/internal/format"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/jobs"
	"socle/internal/schema"
	"socle/internal/validate"
	"socle/internal/web"
	"socle/internal/web/ui"
)

// uploading is the form that receives a file.
type uploading struct {
	Dataset  *asset.Dataset // the dataset that gets a new version; nil for a new dataset
	Address  string
	Drafts   []Draft
	MaxBytes int64
	Errors   web.FormErrors
}

func errNoFile() error {
	return fault.New(fault.Invalid, "file_required", i18n.T("Choisissez un fichier, ou donnez son adresse.",
		"Choose a file, or give its address.")).At("file")
}

// showUpload shows the form; "jeu" names the dataset that gets a new version.
func (s *Service) showUpload(w http.ResponseWriter, r *http.Request) error {
	form, err := s.uploadForm(r, r.URL.Query().Get("jeu"))
	if err != nil {
		return err
	}
	return s.renderUpload(w, r, form, http.StatusOK)
}

func (s *Service) uploadForm(r *http.Request, id string) (form uploading, err error) {
	ctx := r.Context()
	form.MaxBytes = s.options.MaxBytes
	if id != "" {
		d, err := s.Assets.Get(ctx, id)
		if err == nil {
			err = s.Access.Can(ctx, identity.From(ctx), access.Contribute, d.Asset)
		}
		if err != nil {
			return form, err
		}
		form.Dataset = &d
	}
	form.Drafts, err = s.Drafts(ctx)
	return form, err
}

func (s *Service) renderUpload(w http.ResponseWriter, r *http.Request, form uploading, status int) error {
	lang := i18n.From(r.Context())
	title := i18n.T("Publier un fichier", "Publish a file")
	crumbs := []ui.Crumb{{Label: title.In(lang)}}
	if form.Dataset != nil {
		title = i18n.T("Publier une nouvelle version", "Publish a new version")
		crumbs = []ui.Crumb{{Label: form.Dataset.Title, URL: datasetPath(form.Dataset.ID)}, {Label: title.In(lang)}}
	}
	return web.Render(w, r, status, uploadPage(web.PageInfo{Title: title.In(lang), Active: "publier", NoIndex: true, Crumbs: crumbs}, form))
}

// upload receives the form as a stream: the file is never in memory, and the fields come before it.
func (s *Service) upload(w http.ResponseWriter, r *http.Request) error {
	web.LimitBody(w, r, s.options.MaxBytes+1<<20)
	parts, err := r.MultipartReader()
	if err != nil {
		return fault.New(fault.Invalid, "form_unreadable", i18n.T("Le formulaire n’a pas pu être lu.", "The form could not be read.")).Because(err)
	}
	fields := url.Values{}
	draft, err := s.receiveForm(r, parts, fields)
	if err == nil {
		return web.Redirect(w, r, draftPath(draft.ID))
	}
	found, ok := web.FormError(err)
	if !ok {
		return err
	}
	form, formErr := s.uploadForm(r, fields.Get("jeu"))
	if formErr != nil {
		return formErr
	}
	form.Address, form.Errors = fields.Get("adresse"), found
	if form.Address != "" { // what went wrong, went wrong with the address
		form.Errors = web.FormErrors{"adresse": fault.Message(err)}
	}
	return s.renderUpload(w, r, form, fault.KindOf(err).Status())
}

func (s *Service) receiveForm(r *http.Request, parts *multipart.Reader, fields url.Values) (Draft, error) {
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return Draft{}, explainReceive(err)
		}
		if part.FormName() == "file" && part.FileName() != "" {
			if fields.Get("adresse") != "" {
				return Draft{}, fault.New(fault.Invalid, "file_or_address", i18n.T("Donnez un fichier ou une adresse, pas les deux.",
					"Give a file or an address, not both.")).At("adresse")
			}
			return s.Stage(r.Context(), part.FileName(), part, Request{ID: fields.Get("jeu")})
		}
		text, err := io.ReadAll(io.LimitReader(part, 64<<10))
		if err != nil {
			return Draft{}, explainReceive(err)
		}
		if part.FileName() == "" {
			fields.Set(part.FormName(), strings.TrimSpace(string(text)))
		}
	}
	if address := fields.Get("adresse"); address != "" {
		return s.StageURL(r.Context(), address, Request{ID: fields.Get("jeu")})
	}
	return Draft{}, errNoFile()
}

// drafting is the page of a draft.
type drafting struct {
	Draft
	Target  *target // where it would go; nil when that cannot be said
	Orgs    []ui.Option
	Schemas []ui.Option // that a new dataset may declare
	Job     *jobs.Status
	Errors  web.FormErrors
}

func (s *Service) showDraft(w http.ResponseWriter, r *http.Request) error {
	d, err := s.Draft(r.Context(), r.PathValue("draft"))
	if err != nil {
		return err
	}
	return s.renderDraft(w, r, d, nil, http.StatusOK)
}

func (s *Service) renderDraft(w http.ResponseWriter, r *http.Request, d Draft, found web.FormErrors, status int) error {
	ctx := r.Context()
	lang := i18n.From(ctx)
	page := drafting{Draft: d, Errors: found}
	var err error
	if t, err := s.aim(ctx, d.Name, d.Request); err == nil {
		page.Target = t
	} else if fault.KindOf(err) == fault.Internal {
		return err
	}
	if page.Orgs, err = s.organizations(r); err != nil {
		return err
	}
	if s.Rules != nil && d.State == DraftReady {
		if page.Schemas, err = s.Rules.Choices(ctx); err != nil {
			return err
		}
	}
	if d.State == DraftWorking {
		w.Header().Set("Refresh", "2")
		if s.jobs != nil && d.JobID != 0 {
			status, err := s.jobs.Status(ctx, d.JobID)
			if err != nil && !fault.Is(err, fault.NotFound) {
				return err
			}
			if err == nil {
				page.Job = &status
			}
		}
	}
	titles := map[DraftState]i18n.Text{
		DraftReady:     i18n.T("Vérifier avant de publier", "Check before publishing"),
		DraftWorking:   i18n.T("Traitement en cours", "Being processed"),
		DraftPrepared:  i18n.T("Confirmer la publication", "Confirm the publication"),
		DraftPublished: i18n.T("Publication terminée", "Published"),
	}
	title := titles[d.State].In(lang)
	info := web.PageInfo{Title: title, Active: "publier", NoIndex: true, Wide: d.State == DraftReady,
		Crumbs: []ui.Crumb{{Label: i18n.T("Publier", "Publish").In(lang), URL: pathPublish}, {Label: title}}}
	return web.Render(w, r, status, draftPage(info, page))
}

// organizations lists those in which the reader may publish.
func (s *Service) organizations(r *http.Request) ([]ui.Option, error) {
	all, err := s.Identity.Organizations(r.Context())
	if err != nil {
		return nil, err
	}
	var options []ui.Option
	for _, org := range all {
		if s.Access.CanIn(r.Context(), identity.From(r.Context()), access.Publish, org.ID) == nil {
			options = append(options, ui.Option{Value: org.Slug, Label: org.Name})
		}
	}
	return options, nil
}

// formBytes bounds the form of a draft, which names every column shown.
const formBytes = 4 << 20

func (s *Service) actOnDraft(w http.ResponseWriter, r *http.Request) error {
	web.LimitBody(w, r, formBytes)
	if err := r.ParseForm(); err != nil {
		return explainReceive(err)
	}
	ctx := r.Context()
	d, err := s.Draft(ctx, r.PathValue("draft"))
	if err != nil {
		return err
	}
	action := r.PostForm.Get("action")
	if action == "abandonner" {
		if err := s.Discard(ctx, d.ID); err != nil {
			return err
		}
		return web.Redirect(w, r, pathPublish, web.Flash{Kind: web.Info, Text: i18n.T("Le dépôt est abandonné, rien n’a été publié.",
			"The deposit is given up, nothing was published.")})
	}
	asked := d
	asked.Request = d.readForm(r.PostForm)
	adjusted, err := s.Adjust(ctx, d.ID, asked.Request)
	if err == nil && action == "publier" {
		adjusted, err = s.Submit(ctx, d.ID)
	}
	if found, ok := web.FormError(err); ok {
		return s.renderDraft(w, r, asked, found, fault.KindOf(err).Status())
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, draftPath(adjusted.ID))
}

// readForm returns the request that the form of a draft makes. What the form does not hold stays.
func (d Draft) readForm(form url.Values) Request {
	r := d.Request
	r.Types, r.Labels = maps.Clone(r.Types), maps.Clone(r.Labels)
	text := func(name string, target *string) {
		if form.Has(name) {
			*target = strings.TrimSpace(form.Get(name))
		}
	}
	text("titre", &r.Title)
	text("org", &r.Org)
	text("note", &r.Note)
	text("schema", &r.Schema)
	text("perte", &r.AcceptLoss)
	text("encodage", &r.Read.Encoding)
	text("separateur", &r.Read.Delimiter)
	text("decimale", &r.Read.DecimalComma)
	text("feuille", &r.Read.Sheet)
	if form.Get("destination") == "nouveau" {
		text("id", &r.ID)
		r.New = r.ID != ""
	}
	if form.Has("niveau") {
		r.Level = asset.Level(form.Get("niveau"))
	}
	if form.Has("politique") {
		r.Policy = validate.Policy(form.Get("politique"))
	}
	if form.Has("entete") {
		r.Read.HeaderRow, _ = strconv.Atoi(form.Get("entete")) // anything else is "detected"
	}
	if form.Has("confirmation") {
		r.ConfirmPersonal = form.Get("personnelles") == "1"
	}
	d.readColumns(form, &r)
	return r
}

func (d Draft) readColumns(form url.Values, r *Request) {
	for _, c := range d.Reading.Columns {
		name := c.Field.Name
		typ := schema.Type(form.Get("type:" + name))
		if (typ.Valid() && typ != c.Field.Type) || (typ == Automatic && c.Forced) {
			r.Types = fill(r.Types, map[string]schema.Type{name: typ})
		}
		if label := strings.TrimSpace(form.Get("libelle:" + name)); label != "" && label != c.Field.Label {
			r.Labels = fill(r.Labels, map[string]string{name: label})
		}
	}
	if !form.Has("cles") {
		return
	}
	key := slices.DeleteFunc(form["cle"], func(name string) bool { return name == "" })
	if len(key) > 0 || r.Key != nil {
		r.Key = append([]string{}, key...)
	}
}

// readAsText says how a file was read, for people.
func (r Reading) readAsText(lang i18n.Lang) string {
	kinds := map[format.Kind]string{format.CSV: "CSV", format.TSV: "TSV", format.JSON: "JSON", format.NDJSON: "NDJSON",
		format.GeoJSON: "GeoJSON", format.XLSX: "XLSX", format.ODS: "ODS", format.Parquet: "Parquet"}
	parts := []string{kinds[r.Kind]}
	if r.Options.Encoding != "" && (r.Kind == format.CSV || r.Kind == format.TSV) {
		parts = append(parts, encodingTitle(r.Options.Encoding))
	}
	if r.Options.Delimiter != "" && r.Kind == format.CSV {
		parts = append(parts, i18n.T("séparateur « %s »", "delimiter “%s”", delimiterName(r.Options.Delimiter)).In(lang))
	}
	if r.Options.Sheet != "" {
		parts = append(parts, i18n.T("feuille « %s »", "sheet “%s”", r.Options.Sheet).In(lang))
	}
	return strings.Join(parts, ", ")
}

// encodingTitle writes the name of an encoding as people do: UTF-8, Windows-1252.
func encodingTitle(name string) string {
	if strings.HasPrefix(name, "utf") || strings.HasPrefix(name, "iso") {
		return strings.ToUpper(name)
	}
	return strings.ToUpper(name[:1]) + name[1:]
}

func delimiterName(d string) i18n.Text {
	if d == "\t" {
		return i18n.T("tabulation", "tab")
	}
	return i18n.Text{FR: d, EN: d}
}
