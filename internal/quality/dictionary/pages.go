package dictionary

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"socle/internal/access"
	"socle/internal/asset"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/identity"
	"socle/internal/schema"
	"socle/internal/web"
	"socle/internal/web/ui"
)

// Routes is the table of the pages. Each asks about the dataset itself.
func (s *Service) Routes() web.Routes {
	describe := access.On(access.Describe)
	return web.Routes{
		{Pattern: "GET /jeux/{id}/dictionnaire/document", Permission: access.Public, Handler: s.document},
		{Pattern: "GET /jeux/{id}/dictionnaire/historique", Permission: access.Public, Handler: s.history},
		{Pattern: "GET /jeux/{id}/dictionnaire/fichier/{format}", Permission: access.Public, Handler: s.export},
		{Pattern: "GET /jeux/{id}/modifier/dictionnaire/fichier", Permission: describe, Handler: s.choose},
		{Pattern: "POST /jeux/{id}/modifier/dictionnaire/fichier", Permission: describe, Handler: s.receive},
		{Pattern: "POST /jeux/{id}/modifier/dictionnaire/fichier/enregistrer", Permission: describe, Handler: s.save},
	}
}

func pathOf(id string, parts ...string) string {
	return "/jeux/" + url.PathEscape(id) + strings.Join(append([]string{""}, parts...), "/")
}

// open returns the dataset that an address names, when who asks may do action to it.
func (s *Service) open(r *http.Request, action access.Action) (asset.Dataset, error) {
	d, err := s.Assets.Get(r.Context(), r.PathValue("id"))
	if err != nil {
		return d, err
	}
	return d, s.Access.Can(r.Context(), identity.From(r.Context()), action, d.Asset)
}

func info(r *http.Request, d asset.Dataset, title i18n.Text) web.PageInfo {
	lang := i18n.From(r.Context())
	return web.PageInfo{Title: title.In(lang) + " – " + d.Title, Active: "catalogue", NoIndex: true, Crumbs: []ui.Crumb{
		{Label: i18n.T("Catalogue", "Catalogue").In(lang), URL: "/jeux"}, {Label: d.Title, URL: pathOf(d.ID)},
		{Label: i18n.T("Dictionnaire", "Dictionary").In(lang), URL: pathOf(d.ID, "dictionnaire")}, {Label: title.In(lang)}}}
}

// document answers with the dictionary as a text to read and to print.
func (s *Service) document(w http.ResponseWriter, r *http.Request) error {
	d, err := s.open(r, access.Read)
	if err != nil {
		return err
	}
	dictionary, err := s.Of(r.Context(), d)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, documentPage(info(r, d, i18n.T("Dictionnaire à imprimer", "Dictionary to print")), dictionary))
}

// history answers with who changed what of the dictionary, and when. Names of people are for those who are signed in.
func (s *Service) history(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	d, err := s.open(r, access.Read)
	if err != nil {
		return err
	}
	dictionary, err := s.Of(ctx, d)
	if err != nil {
		return err
	}
	changes, err := s.History(ctx, d.UID)
	if err != nil {
		return err
	}
	view, err := s.Access.View(ctx, identity.From(ctx), d.Asset)
	if err != nil {
		return err
	}
	if !view.Whole() { // of the fields that are seen only
		changes = slices.DeleteFunc(changes, func(c Change) bool {
			return !slices.ContainsFunc(dictionary.Entries, func(e Entry) bool { return e.Field.Name == c.Field })
		})
	}
	changes = slices.DeleteFunc(changes, func(c Change) bool { return len(c.Slots()) == 0 })
	return web.Render(w, r, http.StatusOK, historyPage(info(r, d, i18n.T("Historique", "History")), d, changes, !identity.From(ctx).IsAnonymous()))
}

// export answers with the dictionary in a format of others.
func (s *Service) export(w http.ResponseWriter, r *http.Request) error {
	d, err := s.open(r, access.Read)
	if err != nil {
		return err
	}
	format := r.PathValue("format")
	media, known := mediaTypes[format]
	if !known {
		return fault.New(fault.NotFound, "format_unknown", i18n.T("Le dictionnaire n’existe pas dans ce format.", "The dictionary does not exist in that format."))
	}
	dictionary, err := s.Of(r.Context(), d)
	if err != nil {
		return err
	}
	base := s.URL
	if base == "" {
		base = web.URL(r, "")
	}
	w.Header().Set("Content-Type", media)
	w.Header().Set("Cache-Control", "private, no-cache")
	w.Header().Set("Content-Disposition", `attachment; filename="dictionnaire-`+d.ID+"."+format+`"`)
	return dictionary.Write(w, format, base)
}

// reading is what a file would change of a dictionary.
type reading struct {
	Dataset asset.Dataset // as kept
	Changes []Change
	Unknown []string // fields of the file that the dataset does not have
	Packed  string   // what to save, for the form that confirms
	Errors  web.FormErrors
}

func (s *Service) choose(w http.ResponseWriter, r *http.Request) error {
	d, err := s.open(r, access.Describe)
	if err != nil {
		return err
	}
	return s.showReading(w, r, reading{Dataset: d}, http.StatusOK)
}

func (s *Service) showReading(w http.ResponseWriter, r *http.Request, v reading, status int) error {
	return web.Render(w, r, status, importPage(info(r, v.Dataset, i18n.T("Importer un dictionnaire", "Import a dictionary")), v))
}

// fileBytes is how large a dictionary may be.
const fileBytes = 8 << 20

// receive reads a file and shows what it would change; nothing is kept.
func (s *Service) receive(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	d, err := s.open(r, access.Describe)
	if err != nil {
		return err
	}
	v := reading{Dataset: d, Errors: web.FormErrors{}}
	docs, err := uploaded(w, r)
	if err == nil {
		var after asset.Dataset
		if after, v.Unknown, err = s.lay(ctx, d, docs); err == nil {
			v.Changes = differences(d, after)
			v.Packed, err = pack(after.Fields, v.Changes)
		}
	}
	if err != nil {
		errors, known := web.FormError(err)
		if !known {
			return err
		}
		v.Errors = errors
		return s.showReading(w, r, v, fault.KindOf(err).Status())
	}
	return s.showReading(w, r, v, http.StatusOK)
}

func uploaded(w http.ResponseWriter, r *http.Request) (map[string]asset.FieldDoc, error) {
	r.Body = http.MaxBytesReader(w, r.Body, fileBytes)
	file, header, err := r.FormFile("fichier")
	if err != nil {
		return nil, fault.New(fault.Invalid, "file_missing", i18n.T("Choisissez un fichier de 8 Mo au plus.", "Choose a file of at most 8 MB.")).At("fichier").Because(err)
	}
	defer file.Close()
	content, err := io.ReadAll(file)
	if err != nil {
		return nil, unreadable(err)
	}
	return Read(header.Filename, content)
}

func (s *Service) lay(ctx context.Context, d asset.Dataset, docs map[string]asset.FieldDoc) (asset.Dataset, []string, error) {
	head, err := s.Versions.Head(ctx, d.UID)
	if err != nil {
		return d, nil, err
	}
	after, unknown := Lay(d, head.Schema.Fields, docs)
	for name, doc := range after.Fields {
		if doc.Sensitivity != "" && !slices.Contains(asset.Sensitivities, doc.Sensitivity) {
			doc.Sensitivity = sensitivityNamed(string(doc.Sensitivity))
			if doc.Sensitivity == "" {
				return d, nil, fault.New(fault.Invalid, "sensitivity_unknown", i18n.T("La sensibilité du champ « %s » n’est pas une de celles-ci : public, internal, personal, sensitive.",
					"The sensitivity of the field “%s” is not one of these: public, internal, personal, sensitive.", name)).At("fichier")
			}
			after.Fields[name] = doc
		}
	}
	return after, unknown, nil
}

// sensitivityNamed reads a sensitivity as a person writes it.
func sensitivityNamed(text string) asset.Sensitivity {
	for _, s := range asset.Sensitivities {
		label := s.Label()
		if folded := schema.Name(text); folded == schema.Name(label.FR) || folded == schema.Name(label.EN) {
			return s
		}
	}
	return ""
}

// differences lists the fields of which something changes.
func differences(before, after asset.Dataset) []Change {
	names := map[string]bool{}
	for name := range after.Fields {
		names[name] = true
	}
	var list []Change
	for _, name := range sorted(names) {
		if c := (Change{Field: name, Before: before.Fields[name], After: after.Fields[name]}); len(c.Slots()) > 0 {
			list = append(list, c)
		}
	}
	return list
}

func pack(fields map[string]asset.FieldDoc, changes []Change) (string, error) {
	packed := map[string]asset.FieldDoc{}
	for _, c := range changes {
		packed[c.Field] = fields[c.Field]
	}
	text, err := json.Marshal(packed)
	return string(text), err
}

// save keeps what a person was shown, when nobody changed the description meanwhile.
func (s *Service) save(w http.ResponseWriter, r *http.Request) error {
	d, err := s.open(r, access.Describe)
	if err != nil {
		return err
	}
	r.Body = http.MaxBytesReader(w, r.Body, 2*fileBytes)
	if err := r.ParseForm(); err != nil {
		return fault.New(fault.Invalid, "form_unreadable", i18n.T("Le formulaire n’a pas pu être lu.", "The form could not be read.")).Because(err)
	}
	packed := map[string]asset.FieldDoc{}
	if err := json.Unmarshal([]byte(r.PostForm.Get("contenu")), &packed); err != nil {
		return fault.New(fault.Invalid, "form_unreadable", i18n.T("Le formulaire n’a pas pu être lu.", "The form could not be read.")).Because(err)
	}
	changed := d
	changed.Fields = make(map[string]asset.FieldDoc, len(d.Fields))
	for name, doc := range d.Fields {
		changed.Fields[name] = doc
	}
	for name, doc := range packed {
		changed.Fields[name] = doc
	}
	if changed.Edition, err = strconv.ParseInt(r.PostForm.Get("edition"), 10, 64); err != nil {
		changed.Edition = d.Edition
	}
	if _, err := s.Assets.UpdateDataset(r.Context(), changed); err != nil {
		errors, known := web.FormError(err)
		if !known {
			return err
		}
		// What was read stays on the page, beside what is kept now: the person sees both and says again.
		v := reading{Dataset: d, Changes: differences(d, changed), Errors: errors, Packed: r.PostForm.Get("contenu")}
		return s.showReading(w, r, v, fault.KindOf(err).Status())
	}
	return web.Redirect(w, r, pathOf(d.ID, "dictionnaire"), web.Flash{Kind: web.Success, Text: i18n.T("Le dictionnaire importé est enregistré.", "The imported dictionary is saved.")})
}
