package catalog

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"socle/internal/access"
	"socle/internal/asset"
	"socle/internal/fault"
	"socle/internal/i18n"
	"socle/internal/schema"
	"socle/internal/web"
	"socle/internal/web/ui"
)

// describing is the form that describes a dataset.
type describing struct {
	Dataset asset.Dataset // as typed
	Saved   asset.Dataset // as kept
	Errors  web.FormErrors
	Preview string // the description as HTML, when asked for
	Fields  []schema.Field
}

// editDescription shows the form.
func (c *Catalog) editDescription(w http.ResponseWriter, r *http.Request) error {
	d, err := c.dataset(r, access.Describe)
	if err != nil {
		return err
	}
	return c.showDescribing(w, r, describing{Dataset: d, Saved: d}, http.StatusOK)
}

func (c *Catalog) showDescribing(w http.ResponseWriter, r *http.Request, form describing, status int) error {
	head, err := headOf(r.Context(), c.lake, form.Saved)
	if err != nil {
		return err
	}
	form.Fields = head.Schema.Fields
	return web.Render(w, r, status, describePage(c.editInfo(r, form.Saved, i18n.T("Modifier la description", "Edit the description")), form))
}

// editInfo is what the layout must know of a page that changes a dataset.
func (c *Catalog) editInfo(r *http.Request, d asset.Dataset, title i18n.Text) web.PageInfo {
	lang := i18n.From(r.Context())
	return web.PageInfo{Title: title.In(lang) + " – " + d.Title, Active: "catalogue", NoIndex: true, Crumbs: []ui.Crumb{
		{Label: i18n.T("Catalogue", "Catalogue").In(lang), URL: pathCatalogue},
		{Label: d.Title, URL: datasetPath(d.ID)},
		{Label: title.In(lang)},
	}}
}

// saveDescription keeps what the form says, or shows it again with what is wrong. The form carries the edition that
// it was made from; when somebody saved in between, nothing is kept and both are there to compare.
func (c *Catalog) saveDescription(w http.ResponseWriter, r *http.Request) error {
	saved, err := c.dataset(r, access.Describe)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return badForm(err)
	}
	form := describing{Dataset: readDescription(saved, r.PostForm), Saved: saved, Errors: web.FormErrors{}}
	if r.PostForm.Get("action") == "apercu" {
		if form.Preview, err = c.markdown.HTML(form.Dataset.Description); err != nil {
			return err
		}
		return c.showDescribing(w, r, form, http.StatusOK)
	}
	if _, err = c.assets.UpdateDataset(r.Context(), form.Dataset); err == nil {
		return web.Redirect(w, r, datasetPath(saved.ID), web.Flash{Kind: web.Success,
			Text: i18n.T("La description est enregistrée.", "The description is saved.")})
	}
	status, known := formStatus(err, &form.Errors)
	if !known {
		return err
	}
	if fault.Is(err, fault.Conflict) {
		form.Dataset.Edition = saved.Edition // saving again replaces what the person has now been shown
	}
	return c.showDescribing(w, r, form, status)
}

// readDescription lays what the form says over the dataset as kept.
func readDescription(d asset.Dataset, form url.Values) asset.Dataset {
	text := func(name string) string { return strings.TrimSpace(form.Get(name)) }
	d.Title = text("titre")
	d.Description = strings.ReplaceAll(text("description"), "\r\n", "\n")
	d.Licence = text("licence")
	d.Keywords = splitList(form.Get("mots-cles"))
	d.Themes = splitList(form.Get("themes"))
	d.Frequency = text("frequence")
	d.CoverageStart, d.CoverageEnd = text("periode-debut"), text("periode-fin")
	d.Spatial, d.Contact, d.Source = text("territoire"), text("contact"), text("source")
	if form.Has("cle-presente") {
		d.Key = slices.Compact(form["cle"])
	}
	if edition, err := strconv.ParseInt(form.Get("edition"), 10, 64); err == nil {
		d.Edition = edition
	}
	return d
}

// splitList reads a list that people separate by commas, semicolons or line breaks.
func splitList(s string) []string {
	var list []string
	for _, item := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ';' || r == '\n' || r == '\r' }) {
		if item = strings.Join(strings.Fields(item), " "); item != "" && !slices.Contains(list, item) {
			list = append(list, item)
		}
	}
	return list
}

// formStatus turns a fault about what was typed into errors of the form and the status of the answer. It reports
// false for any other error.
func formStatus(err error, errors *web.FormErrors) (int, bool) {
	found, known := web.FormError(err)
	if !known {
		return 0, false
	}
	named := web.FormErrors{}
	for field, message := range found {
		if input, known := inputs[field]; known {
			field = input
		}
		named[field] = message
	}
	*errors = named
	return fault.KindOf(err).Status(), true
}

// inputs gives the input of a form that carries what a service calls by another name.
var inputs = map[string]string{
	"title": "titre", "keywords": "mots-cles", "frequency": "frequence", "coverageStart": "periode-debut", "coverageEnd": "periode-fin",
	"spatial": "territoire", "key": "cle", "access": "niveau",
	"name": "nom", "slug": "adresse-courte", "kind": "nature", "parent": "rattachement", "url": "site",
	"email": "courriel", "scopes": "portee", "expires": "duree", "password": "nouveau", "current": "actuel",
}

func badForm(err error) error {
	return fault.New(fault.Invalid, "form_unreadable", i18n.T("Le formulaire n’a pas pu être lu.", "The form could not be read.")).Because(err)
}

// fieldsPage is how many columns the form of the dictionary shows at once.
const fieldsPerPage = 100

// dictionary is the form that describes the columns.
type dictionary struct {
	Dataset asset.Dataset
	Fields  []schema.Field // of this page, as described
	Page    int
	Pages   int
	Errors  web.FormErrors

	Before    map[string]asset.FieldDoc // as kept when the form was made
	CanDraft  bool
	Drafting  bool                 // empty inputs hold drafts, which count for the fields that are ticked
	Drafts    map[string]i18n.Text // where a draft comes from, by "field.slot"
	Meanwhile map[string]string    // what somebody else wrote since, by "field.slot"
}

// Drafter drafts what nobody said of fields: the drafts, and where each text comes from, by "field.slot" (see
// [asset.FieldSlots]).
type Drafter interface {
	Propose(ctx context.Context, d asset.Dataset, fields []schema.Field) (map[string]asset.FieldDoc, map[string]i18n.Text, error)
}

// editDictionary shows the form of the columns.
func (c *Catalog) editDictionary(w http.ResponseWriter, r *http.Request) error {
	d, err := c.dataset(r, access.Describe)
	if err != nil {
		return err
	}
	return c.showDictionary(w, r, dictionary{Dataset: d}, http.StatusOK)
}

func (c *Catalog) showDictionary(w http.ResponseWriter, r *http.Request, form dictionary, status int) error {
	head, err := headOf(r.Context(), c.lake, form.Dataset)
	if err != nil {
		return err
	}
	all := head.Schema.Fields
	form.Pages = max(1, (len(all)+fieldsPerPage-1)/fieldsPerPage)
	form.Page = 1
	if page, err := strconv.Atoi(r.FormValue("page")); err == nil {
		form.Page = min(max(page, 1), form.Pages)
	}
	start := (form.Page - 1) * fieldsPerPage
	form.Fields = all[start:min(len(all), start+fieldsPerPage)]
	form.CanDraft = c.drafter != nil
	kept, err := c.assets.ByUID(r.Context(), form.Dataset.UID)
	if err != nil {
		return err
	}
	form.Before, form.Dataset.Edition = kept.Fields, kept.Edition
	if form.CanDraft && r.FormValue("propositions") == "oui" && r.Method == http.MethodGet {
		if err := c.draft(r.Context(), &form); err != nil {
			return err
		}
	}
	return web.Render(w, r, status, dictionaryPage(c.editInfo(r, form.Dataset, i18n.T("Décrire les colonnes", "Describe the columns")), form))
}

// saveDictionary keeps what people say of the columns. A column that the form does not name keeps what it had.
func (c *Catalog) saveDictionary(w http.ResponseWriter, r *http.Request) error {
	saved, err := c.dataset(r, access.Describe)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return badForm(err)
	}
	base, typed := readBase(saved, r.PostForm), readDictionary(saved, r.PostForm)
	form := dictionary{Dataset: typed}
	if typed.Edition != saved.Edition {
		form.Dataset, form.Meanwhile = mergeDictionaries(base, typed, saved)
	}
	if len(form.Meanwhile) > 0 {
		form.Errors = web.FormErrors{"": i18n.T("Quelqu’un a changé les mêmes cases pendant que vous écriviez. Ce qu’il a écrit est sous les vôtres : gardez le meilleur, puis enregistrez.",
			"Somebody changed the same texts while you were writing. What they wrote is below yours: keep the best, then save.")}
		return c.showDictionary(w, r, form, http.StatusConflict)
	}
	if _, err = c.assets.UpdateDataset(r.Context(), form.Dataset); err == nil {
		return web.Redirect(w, r, datasetPath(saved.ID, tabDictionary), web.Flash{Kind: web.Success,
			Text: i18n.T("Le dictionnaire est enregistré.", "The dictionary is saved.")})
	}
	status, known := formStatus(err, &form.Errors)
	if !known {
		return err
	}
	return c.showDictionary(w, r, form, status)
}

// draft fills the empty inputs with what the portal would say.
func (c *Catalog) draft(ctx context.Context, form *dictionary) error {
	drafts, from, err := c.drafter.Propose(ctx, form.Dataset, form.Fields)
	if err != nil {
		return err
	}
	fields := make(map[string]asset.FieldDoc, len(form.Dataset.Fields))
	for name, doc := range form.Dataset.Fields {
		fields[name] = doc
	}
	for name, draft := range drafts {
		doc := fields[name]
		for _, slot := range asset.FieldSlots {
			if doc.Get(slot.Name) == "" {
				doc.Set(slot.Name, draft.Get(slot.Name))
			}
		}
		fields[name] = doc
	}
	form.Dataset.Fields, form.Drafts, form.Drafting = fields, from, len(from) > 0
	return nil
}

// readBase is the dictionary that the form was made from.
func readBase(d asset.Dataset, form url.Values) map[string]asset.FieldDoc {
	base := map[string]asset.FieldDoc{}
	for _, name := range form["champ"] {
		var doc asset.FieldDoc
		if json.Unmarshal([]byte(form.Get(name+".avant")), &doc) != nil {
			doc = d.Fields[name]
		}
		base[name] = doc
	}
	return base
}

// mergeDictionaries lays what was typed over what somebody else saved meanwhile: each keeps what only they changed. It returns what
// the other wrote of the texts that both changed, by "field.slot", those being left as they were typed.
func mergeDictionaries(base map[string]asset.FieldDoc, typed, saved asset.Dataset) (asset.Dataset, map[string]string) {
	merged, meanwhile := saved, map[string]string{}
	merged.Fields = make(map[string]asset.FieldDoc, len(saved.Fields))
	for name, doc := range saved.Fields {
		merged.Fields[name] = doc
	}
	for name, before := range base {
		mine, theirs := typed.Fields[name], saved.Fields[name]
		for _, slot := range asset.FieldSlots {
			was, here, there := before.Get(slot.Name), mine.Get(slot.Name), theirs.Get(slot.Name)
			switch {
			case here == was:
				mine.Set(slot.Name, there)
			case there != was && there != here:
				meanwhile[name+"."+slot.Name] = there
			}
		}
		if mine == (asset.FieldDoc{}) {
			delete(merged.Fields, name)
		} else {
			merged.Fields[name] = mine
		}
	}
	return merged, meanwhile
}

// readDictionary lays the form over what was said of the fields. The names of its inputs are the technical name of
// the field, a dot, and a slot of [asset.FieldSlots], "facette" or "role". Where the inputs hold drafts, a field counts only
// when it is ticked.
func readDictionary(d asset.Dataset, form url.Values) asset.Dataset {
	fields := make(map[string]asset.FieldDoc, len(d.Fields))
	for name, doc := range d.Fields {
		fields[name] = doc
	}
	for _, name := range form["champ"] {
		if form.Get("propositions") == "oui" && form.Get(name+".confirme") != "oui" {
			continue
		}
		doc := fields[name] // what the form does not ask stays
		for _, slot := range asset.FieldSlots {
			if form.Has(name + "." + slot.Name) {
				doc.Set(slot.Name, shorten(strings.TrimSpace(form.Get(name+"."+slot.Name)), 2000))
			}
		}
		if form.Has(name + ".role") {
			doc.Role = asset.Role(form.Get(name + ".role"))
		}
		doc.Facet = nil
		switch form.Get(name + ".facette") {
		case "oui":
			yes := true
			doc.Facet = &yes
		case "non":
			no := false
			doc.Facet = &no
		}
		if doc == (asset.FieldDoc{}) {
			delete(fields, name)
		} else {
			fields[name] = doc
		}
	}
	d.Fields = fields
	if edition, err := strconv.ParseInt(form.Get("edition"), 10, 64); err == nil {
		d.Edition = edition
	}
	return d
}

// deciding is the form that changes who may read a dataset, or withdraws it.
type deciding struct {
	Dataset  asset.Dataset
	Level    asset.Level
	Personal []string // labels of the columns that hold identifiers of people
	Errors   web.FormErrors
}

func (c *Catalog) deciding(r *http.Request) (deciding, error) {
	d, err := c.dataset(r, access.Steward)
	if err != nil {
		return deciding{}, err
	}
	head, err := headOf(r.Context(), c.lake, d)
	if err != nil {
		return deciding{}, err
	}
	form := deciding{Dataset: d, Level: d.Level, Personal: personalColumns(head.Schema), Errors: web.FormErrors{}}
	return form, nil
}

// editAccess shows who may read a dataset and what can be decided.
func (c *Catalog) editAccess(w http.ResponseWriter, r *http.Request) error {
	form, err := c.deciding(r)
	if err != nil {
		return err
	}
	return c.showAccess(w, r, form, http.StatusOK)
}

func (c *Catalog) showAccess(w http.ResponseWriter, r *http.Request, form deciding, status int) error {
	return web.Render(w, r, status, accessPage(c.editInfo(r, form.Dataset, i18n.T("Accès et retrait", "Access and withdrawal")), form))
}

// saveAccess changes the level of access. Opening a dataset whose columns hold identifiers of people asks for a
// confirmation that names them.
func (c *Catalog) saveAccess(w http.ResponseWriter, r *http.Request) error {
	form, err := c.deciding(r)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return badForm(err)
	}
	form.Level = asset.Level(r.PostForm.Get("niveau"))
	err = c.changeLevel(r, form, r.PostForm.Get("confirmation") == "oui")
	if err == nil {
		return web.Redirect(w, r, datasetPath(form.Dataset.ID), web.Flash{Kind: web.Success,
			Text: i18n.T("L’accès est maintenant « %s » : %s.", "Access is now “%s”: %s.", levelLabel(form.Level), levelMeaning(form.Level))})
	}
	status, known := formStatus(err, &form.Errors)
	if !known {
		return err
	}
	return c.showAccess(w, r, form, status)
}

func (c *Catalog) changeLevel(r *http.Request, form deciding, confirmed bool) error {
	if !form.Level.Valid() {
		return fault.New(fault.Invalid, "level_invalid", i18n.T("Choisissez un niveau d’accès.", "Choose a level of access.")).At("niveau")
	}
	if err := openingRule(form.Dataset.Level, form.Level, form.Personal, confirmed); err != nil {
		return err
	}
	d := form.Dataset
	d.Level = form.Level
	if edition, err := strconv.ParseInt(r.PostForm.Get("edition"), 10, 64); err == nil {
		d.Edition = edition
	}
	_, err := c.assets.UpdateDataset(r.Context(), d)
	return err
}

// openingRule refuses to open to everybody columns that hold identifiers of people, unless somebody who was told
// which ones says so.
func openingRule(from, to asset.Level, personal []string, confirmed bool) error {
	if to != asset.Open || from == asset.Open || len(personal) == 0 || confirmed {
		return nil
	}
	names := strings.Join(personal, ", ")
	return fault.New(fault.Conflict, "personal_identifiers", i18n.T(
		"Des colonnes de ce jeu contiennent des identifiants de personnes : %s. Pour l’ouvrir à tous, cochez la confirmation ; sinon, publiez une version sans ces colonnes.",
		"Columns of this dataset hold identifiers of people: %s. To open it to everybody, tick the confirmation; otherwise publish a version without them.",
		names)).At("confirmation")
}

// withdraw takes a dataset out of the catalogue, or puts it back. Its record and versions stay.
func (c *Catalog) withdraw(w http.ResponseWriter, r *http.Request) error {
	form, err := c.deciding(r)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return badForm(err)
	}
	reason := strings.TrimSpace(r.PostForm.Get("motif"))
	if reason == "" {
		form.Errors.Add("motif", i18n.T("Dites pourquoi : ce motif est inscrit au journal.", "Say why: the reason is written in the record."))
		return c.showAccess(w, r, form, http.StatusBadRequest)
	}
	state := afterWithdrawal(form.Dataset)
	message := map[asset.State]i18n.Text{
		asset.Withdrawn: i18n.T("Le jeu de données est retiré. Seule son équipe le voit encore.", "The dataset is withdrawn. Only its team still sees it."),
		asset.Draft:     i18n.T("Le jeu de données est de nouveau un brouillon.", "The dataset is a draft again."),
		asset.Published: i18n.T("Le jeu de données est de nouveau publié.", "The dataset is published again."),
	}[state]
	if err := c.assets.SetState(r.Context(), form.Dataset.UID, state, reason); err != nil {
		return err
	}
	return web.Redirect(w, r, datasetPath(form.Dataset.ID), web.Flash{Kind: web.Success, Text: message})
}
